/* SPDX-License-Identifier: MIT */
#include "engine/metrics/pages.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/clock/clock.h"
#include "engine/report/line.h"

#define FRESH 4u /* beside the number of a set, 0 .. 2 */

int kqt_door_init(struct kqt_door *d)
{
	memset(d, 0, sizeof(*d));
	kqt_role_enter(&on_main);
	kqt_role_enter(&on_http); /* no thread takes yet */
	d->front = 1;
	atomic_store(&d->middle, 2u);
	for (int i = 0; i < 3; i++)
		for (int f = 0; f < KQT_METRICS_FORMATS; f++) {
			d->set[i].metrics[f] = kqt_array_new(KQT_METRICS_ROOM, 1);
			if (!d->set[i].metrics[f])
				return -ENOMEM;
		}
	return 0;
}

void kqt_door_fini(struct kqt_door *d)
{
	for (int i = 0; i < 3; i++) {
		for (int f = 0; f < KQT_METRICS_FORMATS; f++)
			free(d->set[i].metrics[f]);
		free(d->set[i].line);
	}
	memset(d, 0, sizeof(*d));
}

struct kqt_pages *kqt_door_back(struct kqt_door *d)
{
	return &d->set[d->back];
}

void kqt_door_publish(struct kqt_door *d)
{
	unsigned old = atomic_exchange_explicit(&d->middle, d->back | FRESH, memory_order_acq_rel);

	d->back = old & ~FRESH;
}

const struct kqt_pages *kqt_door_take(struct kqt_door *d)
{
	if (atomic_load_explicit(&d->middle, memory_order_relaxed) & FRESH)
		d->front = atomic_exchange_explicit(&d->middle, d->front, memory_order_acq_rel) &
		           ~FRESH;
	return &d->set[d->front];
}

int kqt_pages_fill(struct kqt_pages *p, const struct kqt_metrics *m,
                   const struct kqt_snapshot *snap, enum kqt_stream stream)
{
	for (int f = 0; f < KQT_METRICS_FORMATS; f++) {
		struct kqt_strbuf out = kqt_strbuf_init(p->metrics[f], KQT_METRICS_ROOM);
		int rc = kqt_metrics_render(m, snap, (enum kqt_metrics_format)f, &out);

		if (rc < 0)
			return rc;
		p->metrics_len[f] = out.len;
	}
	free(p->line);
	p->line = kqt_line_json(snap, stream, false, NULL);
	p->line_len = p->line ? strlen(p->line) : 0;
	p->running = snap->running;
	p->at_ns = kqt_clock_now_ns();
	return 0;
}
