/* SPDX-License-Identifier: MIT */
/* Key c: which reports are to stand beside the live figures. Names are typed on the message
 * line; Tab completes them. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/live/app.h"

/* -- completion ----------------------------------------------------------- */

/* Names that begin so, in one folder. */
struct matches {
	char common[256]; /* how all of them begin */
	int n;
	struct kqt_strbuf *names;
};

static bool is_folder(const char *folder, const char *name)
{
	char path[KQT_PATH_SIZE + 256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void match(struct matches *m, const char *folder, const char *name, const char *begin)
{
	char shown[64], full[sizeof(m->common)];
	size_t k = 0;

	if (strncmp(name, begin, strlen(begin)) != 0 || (name[0] == '.' && begin[0] != '.'))
		return;
	if ((size_t)snprintf(full, sizeof(full), "%s%s", name,
	                     is_folder(folder, name) ? "/" : "") >= sizeof(full))
		return;
	kqt_strbuf_add(m->names, "%s%s", m->n ? "  " : "",
	               kqt_text_show(full, shown, sizeof(shown)));
	if (m->n++ == 0) {
		memcpy(m->common, full, sizeof(full));
		return;
	}
	while (m->common[k] && m->common[k] == full[k])
		k++;
	m->common[k] = '\0';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

bool kqt_complete_path(char *path, size_t size, struct kqt_strbuf *names)
{
	char *last = strrchr(path, ',') ? strrchr(path, ',') + 1 : path;
	char *slash = strrchr(last, '/'), *begin = slash ? slash + 1 : last;
	char folder[KQT_PATH_SIZE], text[96];
	struct matches m = {.names = names};
	size_t had = strlen(begin);
	struct dirent **names_there = NULL;
	int n;

	snprintf(folder, sizeof(folder), "%.*s", (int)(begin - last), last);
	n = scandir(*folder ? folder : ".", &names_there, NULL, by_name);
	if (n < 0) {
		kqt_strbuf_add(names, "cannot open this folder: %s",
		               kqt_errno_text(errno, text, sizeof(text)));
		return false;
	}
	for (int i = 0; i < n; i++) {
		match(&m, *folder ? folder : ".", names_there[i]->d_name, begin);
		free(names_there[i]);
	}
	free(names_there);
	if (m.n == 0)
		kqt_strbuf_add(names, "nothing begins so");
	if (m.n == 0 || strlen(m.common) <= had ||
	    (size_t)(begin - path) + strlen(m.common) >= size)
		return false;
	memcpy(begin, m.common, strlen(m.common) + 1);
	return true;
}

/* -- the question --------------------------------------------------------- */

void kqt_app_ask(struct kqt_app *a)
{
	a->ui.asking = true;
	a->ui.path[0] = '\0';
	a->ui.message_kind = KQT_MESSAGE_NONE;
}

static void look_at_it(struct kqt_app *a)
{
	a->ui.view = KQT_VIEW_COMPARE;
	a->ui.page = 0;
	a->recompute_all = true;
}

static void load(struct kqt_app *a)
{
	char text[512] = "";
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int n;

	a->ui.asking = false;
	if (!a->ui.path[0]) {
		size_t had = kqt_beside_clear(&a->beside);

		look_at_it(a);
		kqt_app_say(a, KQT_MESSAGE_INFO,
		            had ? "no reports beside it any more" : "no report was loaded");
		return;
	}
	n = kqt_beside_load(&a->beside, a->ui.path, &why);
	if (n < 0) {
		kqt_app_say(a, KQT_MESSAGE_BAD, "%s", text);
		kqt_app_note(a, KQT_ENTRY_REPORT, "not loaded: %s", text);
		return;
	}
	look_at_it(a);
	kqt_text_show(a->ui.path, text, sizeof(text));
	kqt_app_say(a, KQT_MESSAGE_INFO, "%d report%s loaded", n, kqt_plural((uint64_t)n));
	kqt_app_note(a, KQT_ENTRY_REPORT, "loaded %s", text);
}

static void complete(struct kqt_app *a)
{
	char text[200] = "";
	struct kqt_strbuf names = kqt_strbuf_init(text, sizeof(text));

	if (kqt_complete_path(a->ui.path, sizeof(a->ui.path), &names))
		return;
	/* the question stays; what it could be stands in the row for a moment */
	a->ui.asking_shown = true;
	kqt_app_say(a, KQT_MESSAGE_INFO, "%s", text);
}

bool kqt_app_ask_key(struct kqt_app *a, int key)
{
	struct kqt_ui *ui = &a->ui;
	size_t n = strlen(ui->path);

	if (!ui->asking)
		return false;
	ui->asking_shown = false;
	if (key == KQT_KEY_ENTER) {
		load(a);
	} else if (key == KQT_KEY_ESC) {
		ui->asking = false;
	} else if (key == KQT_KEY_TAB) {
		complete(a);
	} else if (key == KQT_KEY_BACKSPACE) {
		/* a whole character of UTF-8, as Tab may have added it */
		while (n > 0 && ((unsigned char)ui->path[n - 1] & 0xc0) == 0x80)
			n--;
		ui->path[n > 0 ? n - 1 : 0] = '\0';
	} else if (key >= ' ' && key != 127 && key < KQT_KEY_UP) {
		if (n + 1 < sizeof(ui->path))
			snprintf(ui->path + n, sizeof(ui->path) - n, "%c", key);
	} else {
		/* ^C, ^L, ^Z and function keys do what they always do */
		return key == KQT_KEY_MOUSE;
	}
	return true;
}
