/* SPDX-License-Identifier: MIT */
#include "engine/metrics/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/config/config.h"

#define BACKLOG 64 /* connections that wait while all places are taken */

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t size_of(const union address *a)
{
	return a->any.sa_family == AF_INET6 ? sizeof(a->v6) : sizeof(a->v4);
}

static int parse(const char *text, union address *a)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	uint64_t port;
	size_t len;

	memset(a, 0, sizeof(*a));
	if (!colon || kqt_parse_uint(colon + 1, 0, 65535, &port) < 0)
		return -KQT_E_SYNTAX;
	len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return -KQT_E_SYNTAX;
	memcpy(host, text, len);
	host[len] = '\0';
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		a->v6.sin6_family = AF_INET6;
		a->v6.sin6_port = htons((uint16_t)port);
		return inet_pton(AF_INET6, host + 1, &a->v6.sin6_addr) == 1 ? 0 : -KQT_E_SYNTAX;
	}
	a->v4.sin_family = AF_INET;
	a->v4.sin_port = htons((uint16_t)port);
	if (strcmp(host, "localhost") == 0) {
		a->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return 0;
	}
	return inet_pton(AF_INET, host, &a->v4.sin_addr) == 1 ? 0 : -KQT_E_SYNTAX;
}

/* What a stranger typed goes to a terminal: nothing that moves its cursor. */
static void quote(struct kqt_strbuf *why, const char *text)
{
	kqt_strbuf_add(why, "'");
	for (int i = 0; i < 80 && text[i]; i++)
		kqt_strbuf_add(why,
		               (unsigned char)text[i] < 32 || text[i] == 127 ? "\\x%02x" : "%c",
		               (unsigned char)text[i]);
	kqt_strbuf_add(why, "'");
}

int kqt_listen_check(const char *text, struct kqt_strbuf *why)
{
	union address a;
	int rc = parse(text, &a);

	if (rc < 0 && why) {
		quote(why, text);
		kqt_strbuf_add(why, " is not ADDRESS:PORT, as 127.0.0.1:9464 or [::1]:9464");
	}
	return rc;
}

static void describe(struct kqt_listener *l, const union address *a)
{
	char host[INET6_ADDRSTRLEN] = "";

	if (a->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
		l->loopback = IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
		snprintf(l->address, sizeof(l->address), "[%s]:%u", host, ntohs(a->v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
		l->loopback = ntohl(a->v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
		snprintf(l->address, sizeof(l->address), "%s:%u", host, ntohs(a->v4.sin_port));
	}
}

static int open_socket(const union address *a)
{
	const int on = 1;
	int fd = socket(a->any.sa_family, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	/* an address whose last connections are still being forgotten can be had again;
	 * one that somebody listens on cannot */
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    (a->any.sa_family == AF_INET6 &&
	     setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, &a->any, size_of(a)) < 0 || listen(fd, BACKLOG) < 0) {
		int err = errno;

		close(fd);
		return -err;
	}
	return fd;
}

int kqt_listen_open(const char *text, struct kqt_listener *out, struct kqt_strbuf *why)
{
	union address a;
	socklen_t len = sizeof(a);
	char error[96];
	int rc = kqt_listen_check(text, why);

	*out = (struct kqt_listener){.fd = -1};
	if (rc < 0)
		return rc;
	(void)parse(text, &a);
	rc = open_socket(&a);
	if (rc < 0) {
		kqt_strbuf_add(why, "cannot listen on '%s': %s", text,
		               kqt_errno_text(-rc, error, sizeof(error)));
		return rc;
	}
	out->fd = rc;
	(void)getsockname(out->fd, &a.any, &len); /* cannot fail for a socket that is bound */
	describe(out, &a);
	return 0;
}

void kqt_listen_close(struct kqt_listener *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
