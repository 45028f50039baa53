/* SPDX-License-Identifier: MIT */
/* An order and an answer on their way between two processes. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/entropy/extract.h"
#include "engine/report/config_json.h"
#include "engine/report/measure.h"
#include "engine/report/report_priv.h"

static void write_config(struct kqt_json_out *out, const void *at)
{
	kqt_config_write_json(out, at);
}

static void read_config(struct kqt_json_in *in, void *at)
{
	(void)kqt_config_read_json(in, at);
}

static const struct kqt_field order_fields[] = {
    {.key = "config",
     .type = KQT_F_CUSTOM,
     .offset = offsetof(struct kqt_round_order, config),
     .read = read_config,
     .write = write_config,
     .required = true},
    {.key = "round_ns", .type = KQT_F_COUNT, .offset = offsetof(struct kqt_round_order, round_ns)},
    {.key = "stream", .type = KQT_F_COUNT, .offset = offsetof(struct kqt_round_order, stream)},
    {.key = "break_ns", .type = KQT_F_COUNT, .offset = offsetof(struct kqt_round_order, break_ns)},
    KQT_ROW_END,
};

static const struct kqt_field broke_fields[] = {
    KQT_ROW_COUNT_OR_NULL("wait_ns", kqt_broke, wait_ns),
    {.key = "at_s", .type = KQT_F_REAL, .offset = offsetof(struct kqt_broke, at_s)},
    KQT_ROW_COUNT_OR_NULL("filters", kqt_broke, filters),
    KQT_ROW_COUNT_OR_NULL("timer", kqt_broke, pending[KQT_FILTER_TIMER]),
    KQT_ROW_COUNT_OR_NULL("read", kqt_broke, pending[KQT_FILTER_READ]),
    KQT_ROW_COUNT_OR_NULL("write", kqt_broke, pending[KQT_FILTER_WRITE]),
    KQT_ROW_COUNT_OR_NULL("vnode", kqt_broke, pending[KQT_FILTER_VNODE]),
    KQT_ROW_COUNT_OR_NULL("timer_oldest_ns", kqt_broke, pending_oldest_ns[KQT_FILTER_TIMER]),
    KQT_ROW_COUNT_OR_NULL("read_oldest_ns", kqt_broke, pending_oldest_ns[KQT_FILTER_READ]),
    KQT_ROW_COUNT_OR_NULL("write_oldest_ns", kqt_broke, pending_oldest_ns[KQT_FILTER_WRITE]),
    KQT_ROW_COUNT_OR_NULL("vnode_oldest_ns", kqt_broke, pending_oldest_ns[KQT_FILTER_VNODE]),
    KQT_ROW_COUNT_OR_NULL("before1_ns", kqt_broke, before_ns[0]),
    KQT_ROW_COUNT_OR_NULL("before2_ns", kqt_broke, before_ns[1]),
    KQT_ROW_COUNT_OR_NULL("before3_ns", kqt_broke, before_ns[2]),
    KQT_ROW_COUNT_OR_NULL("before4_ns", kqt_broke, before_ns[3]),
    KQT_ROW_COUNT_OR_NULL("before5_ns", kqt_broke, before_ns[4]),
    KQT_ROW_COUNT_OR_NULL("before6_ns", kqt_broke, before_ns[5]),
    KQT_ROW_COUNT_OR_NULL("before7_ns", kqt_broke, before_ns[6]),
    KQT_ROW_COUNT_OR_NULL("before8_ns", kqt_broke, before_ns[7]),
    KQT_ROW_END,
};
_Static_assert(KQT_BROKE_BEFORE == 8, "the table lists them");

static void write_round(struct kqt_json_out *out, const void *at)
{
	const struct kqt_round_answer *a = at;

	if (a->error)
		kqt_json_put(out, "null");
	else
		kqt_json_write(out, kqt_round_fields, &a->round);
}

static void read_round(struct kqt_json_in *in, void *at)
{
	struct kqt_round_answer *a = at;

	if (!kqt_json_null(in))
		(void)kqt_round_read(in, &a->round);
}

static const struct kqt_field answer_fields[] = {
    {.key = "error",
     .type = KQT_F_TEXT_OR_NULL,
     .offset = offsetof(struct kqt_round_answer, error)},
    {.key = "unusable", .type = KQT_F_FLAG, .offset = offsetof(struct kqt_round_answer, unusable)},
    {.key = "shortfall",
     .type = KQT_F_TEXT_OR_NULL,
     .offset = offsetof(struct kqt_round_answer, shortfall)},
    {.key = "backend",
     .type = KQT_F_TEXT_OR_NULL,
     .offset = offsetof(struct kqt_round_answer, backend)},
    {.key = "backend_label",
     .type = KQT_F_TEXT_OR_NULL,
     .offset = offsetof(struct kqt_round_answer, backend_label)},
    {.key = "broke",
     .type = KQT_F_OBJECT,
     .offset = offsetof(struct kqt_round_answer, broke),
     .table = broke_fields},
    {.key = "round",
     .type = KQT_F_CUSTOM,
     .read = read_round,
     .write = write_round,
     .required = true},
    KQT_ROW_END,
};

static char *to_json(const struct kqt_field *fields, const void *from, size_t *size)
{
	struct kqt_json_out out = {0};

	kqt_json_write(&out, fields, from);
	if (out.failed) {
		free(out.text);
		return NULL;
	}
	*size = out.len;
	return out.text;
}

static int from_json(const struct kqt_field *fields, const char *name, const char *text,
                     size_t size, void *into, struct kqt_strbuf *why)
{
	struct kqt_json_in in = kqt_json_in(name, text, size, why);

	if (kqt_json_read(&in, fields, into))
		(void)kqt_json_end(&in);
	return in.rc;
}

char *kqt_round_order_json(const struct kqt_round_order *order, size_t *size)
{
	return to_json(order_fields, order, size);
}

char *kqt_round_answer_json(const struct kqt_round_answer *a, size_t *size)
{
	return to_json(answer_fields, a, size);
}

int kqt_round_order_parse(const char *text, size_t size, struct kqt_round_order *out,
                          struct kqt_strbuf *why)
{
	int rc = from_json(order_fields, "the order", text, size, out, why);

	if (rc < 0)
		return rc;
	if (out->round_ns >= KQT_ROUND_MIN_NS && out->round_ns <= KQT_ROUND_MAX_NS &&
	    out->stream < KQT_STREAMS)
		return 0;
	kqt_strbuf_add(why, "the order is out of range");
	return -KQT_E_RANGE;
}

int kqt_round_answer_parse(const char *text, size_t size, struct kqt_round_answer *out,
                           struct kqt_strbuf *why)
{
	return from_json(answer_fields, "the round's answer", text, size, out, why);
}

void kqt_round_answer_init(struct kqt_round_answer *a)
{
	*a = (struct kqt_round_answer){0};
	kqt_round_fini(&a->round);
}

void kqt_round_answer_fini(struct kqt_round_answer *a)
{
	free(a->error);
	free(a->shortfall);
	free(a->backend);
	free(a->backend_label);
	kqt_round_fini(&a->round);
	kqt_round_answer_init(a);
}
