/* SPDX-License-Identifier: MIT */
/* Built without libmicrohttpd: there is no endpoint, and that is said. */
#include "engine/base/err.h"
#include "engine/metrics/http.h"

const bool kqt_http_available = false;

int kqt_http_open(const char *listen, struct kqt_http **out, struct kqt_strbuf *why)
{
	(void)listen;
	*out = NULL;
	kqt_strbuf_add(why, "this kqtop was built without libmicrohttpd; --textfile needs none");
	return -KQT_E_UNSUPPORTED;
}

void kqt_http_free(struct kqt_http *h)
{
	(void)h;
}

const char *kqt_http_address(const struct kqt_http *h)
{
	(void)h;
	return "";
}

bool kqt_http_is_loopback(const struct kqt_http *h)
{
	(void)h;
	return true;
}

int kqt_http_publish(struct kqt_http *h, const struct kqt_metrics *m,
                     const struct kqt_snapshot *snap, enum kqt_stream stream, uint64_t period_ns)
{
	(void)h;
	(void)m;
	(void)snap;
	(void)stream;
	(void)period_ns;
	return -KQT_E_UNSUPPORTED;
}
