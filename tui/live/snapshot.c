/* SPDX-License-Identifier: MIT */
/* What is shown, saved: the screen as text, to be pasted into a report, and the same
 * figures as JSON, to be computed with. Two files of one name; neither is ever one that
 * was there before. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/live/app.h"

#define TRIES 1000

static void put_screen(const struct kqt_app *a, FILE *f)
{
	char row[8192], options[2048], when[48] = "";
	struct kqt_strbuf sb = kqt_strbuf_init(options, sizeof(options));
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S %z", &tm);
	kqt_config_command_line(&kqt_app_shown(a)->config, &a->opt->settings.file, &sb);
	fprintf(f, "kqtop %s, %s\nkqtop live%s%s\n\n", KQT_VERSION, when, sb.len ? " " : "",
	        options);
	for (int r = 0; r < a->canvas.rows; r++)
		fprintf(f, "%s\n", kqt_canvas_row_text(&a->canvas, r, row, sizeof(row)));
}

/* @return 0 or errno */
static int put(const struct kqt_app *a, int fd, bool json)
{
	FILE *f = fdopen(fd, "w");
	char *line = NULL;
	int error = 0;

	if (!f) {
		error = errno;
		close(fd);
		return error;
	}
	if (json) {
		line = kqt_line_json(kqt_app_shown(a), a->ui.stream, false, NULL);
		error = line ? 0 : ENOMEM;
	}
	errno = 0;
	if (line)
		fputs(line, f);
	else if (!json)
		put_screen(a, f);
	if (ferror(f) && !error)
		error = errno ? errno : EIO;
	if (fclose(f) != 0 && !error)
		error = errno ? errno : EIO;
	free(line);
	return error;
}

/* Both files new, of the first name that neither has. @return 0 or errno */
static int create(char *base, size_t size, int fd[2])
{
	static const char *const end[2] = {"txt", "json"};
	char stamp[40] = "kqtop", path[96];
	time_t now = time(NULL);
	struct tm tm;

	if (localtime_r(&now, &tm))
		(void)strftime(stamp, sizeof(stamp), "kqtop-%Y%m%d-%H%M%S", &tm);
	for (int i = 1; i < TRIES; i++) {
		snprintf(base, size, i == 1 ? "%s" : "%s-%d", stamp, i);
		for (int k = 0; k < 2; k++) {
			snprintf(path, sizeof(path), "%s.%s", base, end[k]);
			fd[k] = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
			if (fd[k] >= 0)
				continue;
			if (k == 1) {
				int error = errno;

				snprintf(path, sizeof(path), "%s.txt", base);
				close(fd[0]);
				unlink(path);
				errno = error;
			}
			break;
		}
		if (fd[0] >= 0 && fd[1] >= 0)
			return 0;
		if (errno != EEXIST)
			return errno;
	}
	return EEXIST;
}

void kqt_app_snapshot(struct kqt_app *a)
{
	char base[64], path[96], text[96];
	int fd[2] = {-1, -1}, error;

	if (!kqt_app_shown(a)->total) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "nothing to save yet");
		return;
	}
	error = create(base, sizeof(base), fd);
	for (int k = 0; k < 2 && fd[0] >= 0 && fd[1] >= 0; k++) {
		int failed = put(a, fd[k], k == 1);

		error = error ? error : failed;
	}
	if (!error) {
		kqt_app_say(a, KQT_MESSAGE_INFO, "saved %s.txt and %s.json", base, base);
		return;
	}
	if (fd[0] >= 0 && fd[1] >= 0) { /* half a file is none */
		snprintf(path, sizeof(path), "%s.txt", base);
		unlink(path);
		snprintf(path, sizeof(path), "%s.json", base);
		unlink(path);
	}
	kqt_app_say(a, KQT_MESSAGE_BAD, "cannot save %s.txt: %s", base,
	            kqt_errno_text(error, text, sizeof(text)));
}
