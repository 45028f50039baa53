/* SPDX-License-Identifier: MIT */
#include "tui/publish.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Half of what a scraper takes for a short period; a file is a rename and a few pages. */
#define TEXTFILE_NS (5 * KQT_NS_PER_S)

/* Descriptors that the session must not take, which may take all that are left: one for
 * each connection, one for a file of ours and one for the kernel's about this process. */
#define SPARE (KQT_HTTP_CONNECTIONS + 2)

struct kqt_publisher {
	struct kqt_http *http;
	struct kqt_textfile *file;
	struct kqt_metrics metrics;
	uint64_t file_ns; /* when it is to be written next */
	char url[96];
	int spare[SPARE]; /* given up when first published: the session is open then */
	int n_spare;
};

static int open_endpoint(struct kqt_publisher *p, const char *listen)
{
	char text[256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	if (kqt_http_open(listen, &p->http, &why) < 0) {
		kqt_complain("--listen: %s", text);
		return KQT_EXIT_USAGE;
	}
	snprintf(p->url, sizeof(p->url), "http://%s/metrics", kqt_http_address(p->http));
	if (!kqt_http_is_loopback(p->http))
		kqt_complain("warning: %s is no loopback address: whoever reaches it can read "
		             "the figures",
		             kqt_http_address(p->http));
	return -1;
}

static int open_file(struct kqt_publisher *p, const char *dir)
{
	char text[KQT_PATH_SIZE + 256];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));

	if (kqt_textfile_open(dir, &p->file, &why) < 0) {
		kqt_complain("--textfile: %s", text);
		return KQT_EXIT_USAGE;
	}
	return -1;
}

static void keep_spare(struct kqt_publisher *p)
{
	int n = p->http ? SPARE : SPARE - KQT_HTTP_CONNECTIONS;

	while (p->n_spare < n) {
		int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return;
		p->spare[p->n_spare++] = fd;
	}
}

static void give_up_spare(struct kqt_publisher *p)
{
	while (p->n_spare > 0)
		close(p->spare[--p->n_spare]);
}

int kqt_publish_open(const struct kqt_publish_options *opt, struct kqt_publisher **out)
{
	struct kqt_publisher *p = calloc(1, sizeof(*p));
	int rc = -1;

	*out = NULL;
	if (!p) {
		kqt_complain("out of memory");
		return KQT_EXIT_NEGATIVE;
	}
	if (opt->listen)
		rc = open_endpoint(p, opt->listen);
	if (rc < 0 && opt->textfile)
		rc = open_file(p, opt->textfile);
	if (rc >= 0) {
		kqt_publish_close(p);
		return rc;
	}
	kqt_metrics_init(&p->metrics);
	keep_spare(p);
	*out = p;
	return -1;
}

void kqt_publish_close(struct kqt_publisher *p)
{
	if (!p)
		return;
	give_up_spare(p);
	kqt_http_free(p->http);
	kqt_textfile_close(p->file);
	free(p);
}

int kqt_publish(struct kqt_publisher *p, const struct kqt_snapshot *snap, bool running,
                enum kqt_stream stream, uint64_t period_ns, bool last)
{
	struct kqt_snapshot now = *snap;
	uint64_t now_ns = kqt_clock_now_ns();
	int rc = 0, file_rc = 0;

	give_up_spare(p);
	now.running = running; /* a snapshot says so only when it is made */
	kqt_metrics_note(&p->metrics, &now);
	if (p->http)
		rc = kqt_http_publish(p->http, &p->metrics, &now, stream, period_ns);
	if (p->file && (last || now_ns >= p->file_ns)) {
		file_rc = kqt_textfile_write(p->file, &p->metrics, &now);
		p->file_ns = now_ns + TEXTFILE_NS;
	}
	return rc < 0 ? rc : file_rc;
}

const char *kqt_publish_url(const struct kqt_publisher *p)
{
	return p->url;
}

int kqt_publish_check_listen(const char *value, struct kqt_strbuf *why)
{
	if (!kqt_http_available) {
		kqt_strbuf_add(why, "this kqtop was built without libmicrohttpd");
		return -KQT_E_UNSUPPORTED;
	}
	return kqt_listen_check(value, why);
}
