/* SPDX-License-Identifier: MIT */
/* The endpoint by libmicrohttpd. The library's loop is driven from outside, in a thread of
 * ours, because it knows no limit on how long a whole request may take: who sends a byte
 * now and then never falls silent long enough for its own. Between two rounds of the loop
 * we end connections that have had their time, in the thread that owns their descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/metrics/http.h"
#include "engine/metrics/listen.h"
#include "engine/metrics/pages.h"

#define TIME_NS (10 * KQT_NS_PER_S)   /* a connection may take */
#define CROWDED_NS (1 * KQT_NS_PER_S) /* while all places are taken */
#define STALE_NS (10 * KQT_NS_PER_S)  /* after the next page set was to come: unhealthy */
#define REQUEST_SIZE 8192             /* bytes of a request's line and headers */
#define WITHOUT_EPOLL_MS 200          /* select cannot be woken: look this often */
#define REFUSED_MS 100                /* before the next try to accept what could not be */

const bool kqt_http_available = true;

/** A connection: since when, and is it still to be ended? */
struct place {
	int fd; /* -1 = free */
	uint64_t since_ns;
	bool ended;
};

struct kqt_http {
	struct kqt_listener listener;
	struct kqt_door door;
	struct MHD_Daemon *daemon; /* the thread's while it runs */
	pthread_t thread;
	bool runs;
	_Atomic int started;
	int stop[2];   /* a pipe: its end is the thread's; -1 = none */
	int listen_fd; /* the library's; to look at only */
	struct place place[KQT_HTTP_CONNECTIONS] KQT_OWNED(on_http);
	bool freed KQT_OWNED(on_http); /* a place, in the last round */
};

/* -- answers ---------------------------------------------------------------------- */

static const char index_page[] =
    "<!DOCTYPE html>\n"
    "<html lang=\"en\">\n"
    "<head><meta charset=\"utf-8\"><title>kqtop</title></head>\n"
    "<body>\n"
    "<h1>kqtop " KQT_VERSION "</h1>\n"
    "<p>Kernel event notification, timed.</p>\n"
    "<ul>\n"
    "<li><a href=\"/metrics\">/metrics</a>: for Prometheus, OpenMetrics or its classic text</li>\n"
    "<li><a href=\"/snapshot\">/snapshot</a>: the figures as JSON</li>\n"
    "<li><a href=\"/healthz\">/healthz</a>: whether it measures</li>\n"
    "</ul>\n"
    "</body>\n"
    "</html>\n";

struct answer {
	unsigned status;
	const char *type, *text; /* text: copied when it is sent, unless it is constant */
	size_t len;
	bool constant;
};

static struct answer plain(unsigned status, const char *text)
{
	return (struct answer){status, "text/plain; charset=utf-8", text, strlen(text), true};
}

static struct answer health(const struct kqt_pages *p)
{
	if (kqt_clock_now_ns() - p->at_ns > STALE_NS + 3 * p->period_ns)
		return plain(MHD_HTTP_SERVICE_UNAVAILABLE, "stale: no figures for a while\n");
	if (!p->running)
		return plain(MHD_HTTP_SERVICE_UNAVAILABLE, "halted: the engine does not measure\n");
	return plain(MHD_HTTP_OK, "ok\n");
}

static struct answer metrics(const struct kqt_pages *p, struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND,
	                                                 MHD_HTTP_HEADER_ACCEPT);
	enum kqt_metrics_format f = kqt_metrics_accept(accept);

	return (struct answer){MHD_HTTP_OK, kqt_metrics_content_type(f), p->metrics[f],
	                       p->metrics_len[f], false};
}

static struct answer find(struct kqt_http *h, struct MHD_Connection *c, const char *url,
                          const char *method) KQT_ON(on_http)
{
	const struct kqt_pages *p = kqt_door_take(&h->door);

	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return plain(MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (strcmp(url, "/metrics") == 0)
		return metrics(p, c);
	if (strcmp(url, "/healthz") == 0)
		return health(p);
	if (strcmp(url, "/") == 0)
		return (struct answer){MHD_HTTP_OK, "text/html; charset=utf-8", index_page,
		                       sizeof(index_page) - 1, true};
	if (strcmp(url, "/snapshot") != 0)
		return plain(MHD_HTTP_NOT_FOUND, "there are /metrics, /snapshot and /healthz\n");
	if (!p->line)
		return plain(MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
	return (struct answer){MHD_HTTP_OK, "application/json", p->line, p->line_len, false};
}

static enum MHD_Result send_answer(struct MHD_Connection *c, const struct answer *a)
{
	/* one request a connection, so that a connection's time is a request's */
	static const char *const headers[][2] = {
	    {MHD_HTTP_HEADER_CONNECTION, "close"},
	    {MHD_HTTP_HEADER_CACHE_CONTROL, "no-store"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"Content-Security-Policy", "default-src 'none'"},
	};
	/* a copy: the page set goes back through the door while a slow reader still reads */
	struct MHD_Response *r = MHD_create_response_from_buffer(
	    a->len, (void *)a->text, a->constant ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_COPY);
	enum MHD_Result ok;

	if (!r)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		(void)MHD_add_response_header(r, headers[i][0], headers[i][1]);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	ok = MHD_queue_response(c, a->status, r);
	MHD_destroy_response(r);
	return ok;
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_size, void **own)
{
	struct answer a;

	(void)version;
	(void)body;
	(void)own;
	*body_size = 0; /* what there is of a body is passed over */
	kqt_role_enter(&on_http);
	a = find(cls, c, url, method);
	return send_answer(c, &a);
}

/* -- connections and their time ---------------------------------------------------- */

static void on_connection(void *cls, struct MHD_Connection *c, void **own,
                          enum MHD_ConnectionNotificationCode what)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct kqt_http *h = cls;
	struct place *p = *own;

	kqt_role_enter(&on_http);
	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p)
			p->fd = -1;
		h->freed = true;
		return;
	}
	for (int i = 0; i < KQT_HTTP_CONNECTIONS; i++)
		if (h->place[i].fd < 0 && info) {
			h->place[i] = (struct place){info->connect_fd, kqt_clock_now_ns(), false};
			*own = &h->place[i];
			return;
		}
}

/* End who has had his time. @return ns until the next one has, UINT64_MAX if none will. */
static uint64_t end_overdue(struct kqt_http *h) KQT_ON(on_http)
{
	uint64_t now = kqt_clock_now_ns(), limit = CROWDED_NS, next = UINT64_MAX;

	for (int i = 0; i < KQT_HTTP_CONNECTIONS; i++)
		if (h->place[i].fd < 0)
			limit = TIME_NS;
	for (int i = 0; i < KQT_HTTP_CONNECTIONS; i++) {
		struct place *p = &h->place[i];

		if (p->fd < 0 || p->ended)
			continue;
		if (now - p->since_ns >= limit) {
			/* the library sees the end of it in its next round, and closes */
			(void)shutdown(p->fd, SHUT_RDWR);
			p->ended = true;
			next = 0;
		} else if (limit - (now - p->since_ns) < next) {
			next = limit - (now - p->since_ns);
		}
	}
	return next;
}

/* Wait for the network, for what the library or an overdue connection wants, or for the
 * end. @return false at the end. */
static bool wait_for_work(struct kqt_http *h, int epoll_fd, uint64_t overdue_ns)
{
	struct pollfd fds[2] = {{.fd = h->stop[0], .events = POLLIN},
	                        {.fd = epoll_fd, .events = POLLIN}};
	MHD_UNSIGNED_LONG_LONG library_ms;
	int ms = -1;

	if (overdue_ns != UINT64_MAX)
		ms = (int)(overdue_ns / KQT_NS_PER_MS + 1);
	if (MHD_get_timeout(h->daemon, &library_ms) == MHD_YES &&
	    (ms < 0 || library_ms < (unsigned)ms))
		ms = (int)library_ms;
	if (epoll_fd < 0) {
		if (ms < 0 || ms > WITHOUT_EPOLL_MS)
			ms = WITHOUT_EPOLL_MS;
		(void)MHD_run_wait(h->daemon, ms);
		ms = 0;
	}
	(void)poll(fds, epoll_fd < 0 ? 1 : 2, ms);
	return !fds[0].revents;
}

/* Does somebody wait whom this round should have accepted? Then there was no descriptor for
 * him. While it has connections the library tries again when one of them ends; without one
 * it tries in every round, and his waiting begins a round at once. */
static bool could_not_accept(const struct kqt_http *h) KQT_ON(on_http)
{
	struct pollfd listening = {.fd = h->listen_fd, .events = POLLIN};

	if (h->freed)
		return false; /* it accepts again from the next round on */
	for (int i = 0; i < KQT_HTTP_CONNECTIONS; i++)
		if (h->place[i].fd >= 0)
			return false;
	return poll(&listening, 1, 0) > 0;
}

static void pause_unless_stopped(const struct kqt_http *h)
{
	struct pollfd stop = {.fd = h->stop[0], .events = POLLIN};

	(void)poll(&stop, 1, REFUSED_MS);
}

/* At the usual priority: at the lowest, tried on two processors that 14 wanted, it did not
 * run once in 25 s, and a loaded machine is what one wants to hear of. */
static void *http_main(void *arg)
{
	struct kqt_http *h = arg;
	const struct kqt_thread_options opt = {.name = "kqt-http", .cpu = -1};
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	uint64_t overdue_ns = UINT64_MAX;
	int rc = kqt_thread_apply(&opt);

	kqt_role_enter(&on_http);
	atomic_store_explicit(&h->started, rc < 0 ? rc : 1, memory_order_release);
	if (rc < 0)
		return NULL;
	while (wait_for_work(h, info ? info->epoll_fd : -1, overdue_ns)) {
		h->freed = false;
		(void)MHD_run(h->daemon);
		overdue_ns = end_overdue(h);
		/* With all places taken the library takes its listening socket out of the
		 * epoll set, frees places at the end of a round and puts the socket back at
		 * the beginning of the next: without one nothing would wake us any more. */
		if (h->freed)
			overdue_ns = 0;
		if (could_not_accept(h))
			pause_unless_stopped(h);
	}
	return NULL;
}

/* -- for main ---------------------------------------------------------------------- */

/* The library's loop, without a thread: nothing is accepted yet. Here and not later because
 * a session may take every descriptor that is left. */
static int start_daemon(struct kqt_http *h)
{
	/* no MHD_USE_ERROR_LOG: the engine never prints */
	unsigned flags = MHD_is_feature_supported(MHD_FEATURE_EPOLL) == MHD_YES ? MHD_USE_EPOLL
	                                                                        : MHD_NO_FLAG;

	errno = 0;
	h->daemon = MHD_start_daemon(
	    flags, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, h->listener.fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)KQT_HTTP_CONNECTIONS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_SIZE, MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned)(TIME_NS / KQT_NS_PER_S), MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
	if (!h->daemon)
		return errno ? -errno : -ENOMEM;
	h->listen_fd = h->listener.fd;
	h->listener.fd = -1; /* the library closes it */
	return 0;
}

int kqt_http_open(const char *listen, struct kqt_http **out, struct kqt_strbuf *why)
{
	struct kqt_http *h = calloc(1, sizeof(*h));
	char text[96];
	int rc = -ENOMEM;

	*out = NULL;
	if (!h)
		goto fail;
	kqt_role_enter(&on_http); /* it does not run yet */
	for (int i = 0; i < KQT_HTTP_CONNECTIONS; i++)
		h->place[i].fd = -1;
	h->stop[0] = h->stop[1] = -1;
	rc = kqt_listen_open(listen, &h->listener, why);
	if (rc < 0) {
		kqt_http_free(h);
		return rc; /* why says it */
	}
	if (pipe(h->stop) < 0) {
		rc = -errno;
		goto fail;
	}
	for (int i = 0; i < 2; i++)
		(void)fcntl(h->stop[i], F_SETFD, FD_CLOEXEC);
	rc = kqt_door_init(&h->door);
	if (rc == 0)
		rc = start_daemon(h);
	if (rc < 0)
		goto fail;
	*out = h;
	return 0;
fail:
	kqt_strbuf_add(why, "cannot serve metrics: %s", kqt_err_text(rc, text, sizeof(text)));
	kqt_http_free(h);
	return rc;
}

void kqt_http_free(struct kqt_http *h)
{
	if (!h)
		return;
	if (h->runs) {
		close(h->stop[1]); /* a write could fail; nobody keeps a pipe from ending */
		h->stop[1] = -1;
		pthread_join(h->thread, NULL);
	}
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	kqt_listen_close(&h->listener);
	for (int i = 0; i < 2; i++)
		if (h->stop[i] >= 0)
			close(h->stop[i]);
	kqt_door_fini(&h->door);
	free(h);
}

const char *kqt_http_address(const struct kqt_http *h)
{
	return h->listener.address;
}

bool kqt_http_is_loopback(const struct kqt_http *h)
{
	return h->listener.loopback;
}

int kqt_http_publish(struct kqt_http *h, const struct kqt_metrics *m,
                     const struct kqt_snapshot *snap, enum kqt_stream stream, uint64_t period_ns)
{
	struct kqt_pages *p;
	int rc;

	kqt_role_enter(&on_main);
	p = kqt_door_back(&h->door);
	rc = kqt_pages_fill(p, m, snap, stream);
	if (rc < 0)
		return rc;
	p->period_ns = period_ns;
	kqt_door_publish(&h->door);
	if (!h->runs)
		rc = kqt_thread_start(&h->thread, http_main, h, &h->started);
	h->runs = rc == 0;
	return rc;
}
