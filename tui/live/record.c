/* SPDX-License-Identifier: MIT */
/* Recording from the screen. Whatever happens to the file, the engine goes on. */
#include <stdio.h>
#include <string.h>

#include "tui/cmd.h"
#include "tui/live/app.h"

/* The files' names as they may be shown. */
static void note_recorded(struct kqt_app *a)
{
	struct kqt_strbuf sb = kqt_strbuf_init(a->recorded, sizeof(a->recorded));
	const char *path = kqt_recorder_path(a->recorder);
	size_t used = strlen(a->recordings);

	kqt_strbuf_add(&sb, "%s, %s.hlog", path, path);
	if (a->recorder_raw)
		kqt_strbuf_add(&sb, ", %s.raw", path);
	for (char *p = a->recorded; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	if (used + sb.len + sizeof("; ") <= sizeof(a->recordings))
		snprintf(a->recordings + used, sizeof(a->recordings) - used, "%s%s",
		         used ? "; " : "", a->recorded);
	else
		a->recordings_more++;
}

/* For whoever reads it when the screen is gone. The first, which the others may come of. */
static void note_failed(struct kqt_app *a, const char *prefix, const char *why)
{
	if (!a->record_failed[0])
		snprintf(a->record_failed, sizeof(a->record_failed), "%s%s", prefix, why);
}

static void end(struct kqt_app *a, const struct kqt_snapshot *snap)
{
	char why[sizeof(a->record_error)], lost[sizeof(a->record_error)];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));
	struct kqt_strbuf words = kqt_strbuf_init(lost, sizeof(lost));
	int rc;

	note_recorded(a);
	if (a->recorder_raw && snap && kqt_record_lost(a->recorder, snap, &words)) {
		snprintf(a->record_error, sizeof(a->record_error), "%s", lost);
		note_failed(a, "", lost);
	}
	rc = kqt_recorder_close(a->recorder, snap, &sb);
	a->recorder = NULL;
	a->recorder_raw = false;
	if (rc < 0 && why[0])
		snprintf(a->record_error, sizeof(a->record_error), "%s", why);
	if (rc < 0)
		note_failed(a, "the recording ended early: ", a->record_error);
}

/* It cannot be written: why stands in record_error. */
static void give_up(struct kqt_app *a)
{
	end(a, NULL);
	kqt_app_say(a, KQT_MESSAGE_BAD, "recording ended: %s", a->record_error);
	kqt_app_note(a, KQT_ENTRY_RECORD, "recording ended: %s", a->record_error);
}

void kqt_app_record(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);
	struct kqt_strbuf sb;

	if (!a->recorder)
		return;
	sb = kqt_strbuf_init(a->record_error, sizeof(a->record_error));
	if (kqt_recorder_take(a->recorder, snap, a->ui.stream, &sb) < 0)
		give_up(a);
	kqt_app_record_waits(a);
}

void kqt_app_record_waits(struct kqt_app *a)
{
	struct kqt_strbuf sb;

	if (!a->opt->raw)
		return;
	if (!a->recorder) {
		(void)kqt_record_waits(NULL, a->session, NULL);
		return;
	}
	sb = kqt_strbuf_init(a->record_error, sizeof(a->record_error));
	if (kqt_record_waits(a->recorder, a->session, &sb) < 0)
		give_up(a);
}

void kqt_app_record_mark(struct kqt_app *a, char letter, const char *text)
{
	struct kqt_strbuf sb;

	if (!a->recorder)
		return;
	sb = kqt_strbuf_init(a->record_error, sizeof(a->record_error));
	if (kqt_recorder_mark(a->recorder, kqt_session_snapshot(a->session), letter, text, &sb) < 0)
		give_up(a);
}

void kqt_app_record_toggle(struct kqt_app *a)
{
	char name[KQT_PATH_SIZE], why[sizeof(a->record_error)];
	struct kqt_strbuf sb = kqt_strbuf_init(why, sizeof(why));

	if (a->recorder) {
		kqt_app_record_end(a);
		kqt_app_note(a, KQT_ENTRY_RECORD, "%s%s", a->record_error[0] ? "" : "recorded ",
		             a->record_error[0] ? a->record_error : a->recorded);
		kqt_app_say(a, a->record_error[0] ? KQT_MESSAGE_BAD : KQT_MESSAGE_INFO, "%s%s",
		            a->record_error[0] ? "" : "recorded ",
		            a->record_error[0] ? a->record_error : a->recorded);
		return;
	}
	kqt_recording_default_name(name, sizeof(name));
	a->record_error[0] = '\0';
	if (kqt_recorder_open(name, KQT_LINES_NEW, kqt_session_snapshot(a->session), &a->recorder,
	                      &sb) < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", why);
		kqt_app_note(a, KQT_ENTRY_RECORD, "%s", why);
		return;
	}
	kqt_app_say(a, KQT_MESSAGE_INFO, "recording to %s; R ends it\nR ends %s", name, name);
	kqt_app_note(a, KQT_ENTRY_RECORD, "recording to %s", name);
}

void kqt_app_record_end(struct kqt_app *a)
{
	const struct kqt_snapshot *snap = kqt_session_snapshot(a->session);

	kqt_app_record(a);
	if (!a->recorder)
		return;
	end(a, snap);
}
