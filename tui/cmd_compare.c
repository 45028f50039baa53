/* SPDX-License-Identifier: MIT */
/* kqtop compare: is there a difference, how large, is it real. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tui/cmd.h"
#include "tui/compare_text.h"

#define MARGIN_LEAST 0.0001 /* 0.01 % */
#define MARGIN_MOST 10      /* 1000 % */

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_MARKDOWN, FORMAT_CSV };

struct compare_options {
	double margin;
	enum format format;
	const char *html; /* NULL = no page */
};

static int set_margin(void *into, const char *value, struct kqt_strbuf *why)
{
	char *end = NULL;
	double percent = value[0] >= '0' && value[0] <= '9' ? strtod(value, &end) : -1;

	if (end && *end == '%')
		end++;
	if (!end || *end != '\0' || strpbrk(value, "xXpPnN") ||
	    !(percent / 100 >= MARGIN_LEAST && percent / 100 <= MARGIN_MOST)) {
		kqt_strbuf_add(why, "'%.40s' is not a percentage from 0.01%% to 1000%%", value);
		return -KQT_E_SYNTAX;
	}
	((struct compare_options *)into)->margin = percent / 100;
	return 0;
}

static int set_html(void *into, const char *value, struct kqt_strbuf *why)
{
	if (value[0] == '\0') {
		kqt_strbuf_add(why, "a file's name is needed");
		return -KQT_E_SYNTAX;
	}
	((struct compare_options *)into)->html = value;
	return 0;
}

static int set_format(struct compare_options *opt, enum format format, struct kqt_strbuf *why)
{
	if (opt->format != FORMAT_TABLE && opt->format != format) {
		kqt_strbuf_add(why, "only one of --json, --markdown, --csv");
		return -KQT_E_SYNTAX;
	}
	opt->format = format;
	return 0;
}

static int set_json(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	return set_format(into, FORMAT_JSON, why);
}

static int set_markdown(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	return set_format(into, FORMAT_MARKDOWN, why);
}

static int set_csv(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	return set_format(into, FORMAT_CSV, why);
}

/* -- the run ---------------------------------------------------------------------- */

static int exit_status(enum kqt_compare_verdict v)
{
	switch (v) {
	case KQT_COMPARE_WORSE:
		return KQT_EXIT_NEGATIVE;
	case KQT_COMPARE_INCONCLUSIVE:
	case KQT_COMPARE_REFUSED:
		return KQT_EXIT_UNDECIDED;
	case KQT_COMPARE_BETTER:
	case KQT_COMPARE_EQUIVALENT:
	case KQT_COMPARE_DIFFERS:
		break;
	}
	return KQT_EXIT_OK;
}

/* Whatever goes wrong is 2: 1 says that something is worse. */
static int print_json(const struct kqt_compare *c)
{
	char *json = kqt_compare_json(c);

	if (!json) {
		kqt_complain("out of memory");
		return KQT_EXIT_USAGE;
	}
	printf("%s\n", json);
	free(json);
	return KQT_EXIT_OK;
}

/* @return 0 or -errno */
static int write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");
	int rc = 0;

	if (!f)
		return -errno;
	errno = 0;
	if (fputs(text, f) < 0)
		rc = errno ? -errno : -EIO;
	if (fclose(f) != 0 && rc == 0)
		rc = -errno;
	return rc;
}

/* The page over a report that it is made of would be the end of a measurement. */
static bool is_one_of(const char *path, char *const *files, size_t n)
{
	struct stat page, file;

	if (stat(path, &page) != 0 || !S_ISREG(page.st_mode))
		return false;
	for (size_t i = 0; i < n; i++)
		if (stat(files[i], &file) == 0 && file.st_dev == page.st_dev &&
		    file.st_ino == page.st_ino)
			return true;
	return false;
}

static int write_html(const struct kqt_compare *c, const char *path)
{
	char *html = kqt_compare_html(c), text[96];
	int rc = html ? write_file(path, html) : -ENOMEM;

	free(html);
	if (rc == 0)
		return KQT_EXIT_OK;
	kqt_complain("cannot write '%s': %s", path, kqt_err_text(rc, text, sizeof(text)));
	return KQT_EXIT_USAGE;
}

static int print(const struct kqt_compare *c, enum format format)
{
	int rc = KQT_EXIT_OK;

	if (format == FORMAT_JSON)
		rc = print_json(c);
	else if (format == FORMAT_MARKDOWN)
		kqt_compare_print_markdown(c);
	else if (format == FORMAT_CSV)
		kqt_compare_print_csv(c);
	else
		kqt_compare_print(c);
	return kqt_output_end() ? rc : KQT_EXIT_USAGE;
}

static int compare(const struct compare_options *opt, const struct kqt_report *const *reports,
                   char *const *files, size_t n)
{
	struct kqt_compare *c = NULL;
	int rc = kqt_compare_new(reports, (const char *const *)files, n, opt->margin, &c);

	if (rc == -KQT_E_TOO_FEW)
		kqt_complain("compare: two reports are needed, or one of 'kqtop bench --ab'");
	else if (rc == -KQT_E_RANGE)
		kqt_complain("compare: at most %d reports (one of an A/B run counts as two)",
		             KQT_COMPARE_MAX);
	else if (rc < 0)
		kqt_complain("out of memory");
	if (rc < 0)
		return KQT_EXIT_USAGE;
	rc = opt->html ? write_html(c, opt->html) : KQT_EXIT_OK;
	if (rc == KQT_EXIT_OK)
		rc = print(c, opt->format);
	if (rc == KQT_EXIT_OK)
		rc = exit_status(c->verdict);
	kqt_compare_free(c);
	return rc;
}

/* Load all, then compare. */
static int run(const struct compare_options *opt, char *const *files, size_t n)
{
	struct kqt_report *reports[KQT_COMPARE_MAX] = {NULL};
	char text[1024];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	int rc = 0;
	size_t have = 0;

	if (opt->html && is_one_of(opt->html, files, n)) {
		kqt_complain("--html: '%s' is one of the reports", opt->html);
		return KQT_EXIT_USAGE;
	}
	while (rc == 0 && have < n) {
		rc = kqt_report_load(files[have], &reports[have], &why);
		have += rc == 0;
	}
	if (rc < 0)
		kqt_complain("%s", text);
	rc = rc < 0 ? KQT_EXIT_USAGE
	            : compare(opt, (const struct kqt_report *const *)reports, files, n);
	while (have > 0)
		kqt_report_free(reports[--have]);
	return rc;
}

int kqt_cmd_compare(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"margin", '\0', "PERCENT", "a difference below this does not matter (5%)", set_margin},
	    {"html", '\0', "FILE", "write a page with distributions and heat maps", set_html},
	    {"json", '\0', NULL, "one JSON object", set_json},
	    {"markdown", '\0', NULL, "tables of Markdown", set_markdown},
	    {"csv", '\0', NULL, "every row of every comparison", set_csv},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "compare",
	    .synopsis = "kqtop compare [--margin 5%] [--html FILE] [--json] A [B ...]",
	    .about =
	        "Reports of 'kqtop bench' against the first: is there a difference, is it real.\n"
	        "Exit status 0: no primary row is worse; 1: one is; 3: inconclusive or refused.",
	    .options = options,
	    .operands = "A B ...",
	};
	struct compare_options opt = {.margin = KQT_COMPARE_MARGIN};
	int first, rc = kqt_options_read(argc, argv, &usage, NULL, &opt, &first);

	if (rc >= 0)
		return rc;
	if (first == argc) {
		kqt_complain("compare: two reports are needed, or one of 'kqtop bench --ab' "
		             "(see 'kqtop compare --help')");
		return KQT_EXIT_USAGE;
	}
	if (argc - first > KQT_COMPARE_MAX) {
		kqt_complain("compare: at most %d reports", KQT_COMPARE_MAX);
		return KQT_EXIT_USAGE;
	}
	return run(&opt, argv + first, (size_t)(argc - first));
}
