/* SPDX-License-Identifier: MIT */
/* kqtop assess: the min-entropy of a file or a pipe, by SP 800-90B 6.3. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "tui/cmd.h"

#define CAP_DEFAULT 10000000u
#define CHUNK 65536 /* a multiple of 8: timings */
#define BAR 30
/* Longest grain: an hour, in picoseconds. */
#define GRAIN_MAX_PS (UINT64_C(3600) * KQT_NS_PER_S * 1000)

struct assess_options {
	uint64_t bits;     /* 0 = as many as the largest sample needs */
	uint64_t threads;  /* 0 = one a processor */
	uint64_t cap;      /* samples */
	uint64_t grain_ps; /* 0 = none given */
	bool timings, json;
};

/** What was read. */
struct input {
	const char *name; /* for messages */
	int fd;
	uint8_t *samples; /* [room] */
	size_t n, room;
	unsigned char part[8]; /* of a timing */
	unsigned n_part;
	bool truncated; /* the cap was reached and there was more */
	/* timings: their low bytes on each clock of kqt_grain_ps */
	uint64_t grain_counts[KQT_GRAINS][256];
};

/* -- input ------------------------------------------------------------------ */

static void complain_of(const char *what, const struct input *in, int errnum)
{
	char text[96];
	bool standard = in->fd == STDIN_FILENO;

	kqt_complain("cannot %s %s%s%s: %s", what, standard ? "" : "'", in->name,
	             standard ? "" : "'", kqt_errno_text(errnum, text, sizeof(text)));
}

static uint64_t timing_of(const unsigned char le[8])
{
	uint64_t ns = 0;

	for (int i = 7; i >= 0; i--)
		ns = ns << 8 | le[i];
	return ns;
}

static void count_grains(struct input *in, uint64_t ns)
{
	for (unsigned g = 0; g < KQT_GRAINS; g++) {
		uint64_t ticks;

		kqt_grain_ticks(g, &ns, 1, &ticks);
		in->grain_counts[g][(uint8_t)ticks]++;
	}
}

/* The symbol of a timing: its low byte, or that of how many whole grains it has. */
static uint8_t symbol_of(uint64_t ns, uint64_t grain_ps)
{
	if (grain_ps)
		ns = (uint64_t)((unsigned __int128)ns * 1000 / grain_ps);
	return (uint8_t)ns;
}

static int keep(struct input *in, uint8_t sample)
{
	if (in->n == in->room) {
		size_t room = in->room ? 2 * in->room : CHUNK;
		uint8_t *more = realloc(in->samples, room);

		if (!more)
			return -ENOMEM;
		in->samples = more;
		in->room = room;
	}
	in->samples[in->n++] = sample;
	return 0;
}

static int take(struct input *in, const struct assess_options *opt, unsigned char byte)
{
	if (in->n == opt->cap) {
		in->truncated = true;
		return 0;
	}
	if (!opt->timings)
		return keep(in, byte);
	in->part[in->n_part++] = byte;
	if (in->n_part < sizeof(in->part))
		return 0;
	in->n_part = 0;
	count_grains(in, timing_of(in->part));
	return keep(in, symbol_of(timing_of(in->part), opt->grain_ps));
}

/* Up to the cap, and one byte of what is past it: a pipe may have no end. */
static int read_all(struct input *in, const struct assess_options *opt)
{
	static unsigned char chunk[CHUNK];

	while (!in->truncated) {
		ssize_t got = read(in->fd, chunk, in->n == opt->cap ? 1 : sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		for (ssize_t i = 0; i < got && !in->truncated; i++) {
			int rc = take(in, opt, chunk[i]);

			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

/* @return -1 to go on, else the exit status */
static int load(struct input *in, const struct assess_options *opt)
{
	int rc;

	in->fd = strcmp(in->name, "-") == 0 ? STDIN_FILENO : open(in->name, O_RDONLY | O_CLOEXEC);
	if (in->fd == STDIN_FILENO)
		in->name = "standard input";
	if (in->fd < 0) {
		complain_of("open", in, errno);
		return KQT_EXIT_USAGE;
	}
	rc = read_all(in, opt);
	if (rc < 0)
		complain_of("read", in, -rc);
	close(in->fd); /* now, so that whoever feeds a pipe need not wait for the result */
	if (rc < 0)
		return rc == -ENOMEM ? KQT_EXIT_NEGATIVE : KQT_EXIT_USAGE;
	if (in->n_part)
		kqt_complain("the last %u byte%s, no whole timing, left out", in->n_part,
		             kqt_plural(in->n_part));
	if (in->n > 0)
		return -1;
	kqt_complain("nothing to assess: %s%s%s has no %s", in->fd == STDIN_FILENO ? "" : "'",
	             in->name, in->fd == STDIN_FILENO ? "" : "'",
	             opt->timings ? "whole timing" : "samples");
	return KQT_EXIT_USAGE;
}

/* -- output ----------------------------------------------------------------- */

static bool draw_bar(void *arg, double done)
{
	int full = (int)(done * BAR);

	(void)arg;
	fprintf(stderr, "\rassessing [%.*s%*s] %3.0f %%\033[K", full,
	        "##############################", BAR - full, "", done * 100);
	return true;
}

static void print_figure(double bits)
{
	if (isnan(bits))
		printf("  %12s", "-");
	else
		printf("  %12.9f", bits);
}

/* What a figure that is not there lacked; what never runs on a view needs no word. */
static void print_reason(const struct kqt_assessment *a, enum kqt_estimator_id e)
{
	const struct kqt_assess_view *views[] = {&a->literal, &a->bitstring};
	char text[96];

	for (int v = 0; v < 2; v++)
		if (views[v]->assessed && views[v]->rc[e] == -KQT_E_TOO_FEW)
			printf("  (%s: %s)", v ? "bitstring" : "symbols",
			       kqt_assess_reason(e, views[v]->rc[e], text, sizeof(text)));
}

static void print_table(const struct kqt_assessment *a, bool truncated)
{
	printf("%zu sample%s of %u bit%s, %u different%s\n\n", a->samples, kqt_plural(a->samples),
	       a->bits_per_symbol, kqt_plural(a->bits_per_symbol), a->alphabet,
	       truncated ? " (there was more: --max-samples)" : "");
	printf("%-22s  %12s  %12s\n", "bits of min-entropy", "a symbol", "a bit");
	for (int e = 0; e < KQT_ESTIMATORS; e++) {
		bool binds = a->binding == e;

		printf("%c %-11s %-8s", binds ? '*' : ' ', kqt_estimators[e].title,
		       kqt_estimators[e].section);
		print_figure(a->literal.bits[e]);
		print_figure(a->bitstring.bits[e]);
		print_reason(a, (enum kqt_estimator_id)e);
		printf("\n");
	}
	printf("  %-20s", "least");
	print_figure(a->literal.h);
	print_figure(a->bitstring.h);
	printf("\n\nassessed %.6f bits a sample", a->assessed);
	if (a->binding >= 0)
		printf(", by %s on the %s", kqt_estimators[a->binding].title,
		       a->binding_bitstring ? "bitstring" : "symbols");
	else if (a->alphabet < 2)
		printf(": all samples are equal");
	printf("\nclaimed  %.1f bits a wait: %s\n", KQT_CLAIMED_BITS,
	       a->assessed >= KQT_CLAIMED_BITS ? "the figure is not below it"
	                                       : "the figure is below it");
}

static void print_grain(const char *clock, const uint64_t counts[256])
{
	struct kqt_grain_figures f = {0};

	kqt_grain_figures(counts, &f);
	printf("%-22s  %10.4f  %10.4f  %10.4f  %10.4f\n", clock, f.shannon, f.shannon_ref, f.mcv,
	       f.mcv_ref);
}

/* One sample has no MCV: "nan" is nobody's figure. */
static void print_grains(const struct input *in)
{
	static const char *const clocks[KQT_GRAINS] = {"as measured", "41.67 ns", "100 ns", "1 us"};

	if (in->n < 2)
		return;
	printf("\n%-22s  %10s  %10s  %10s  %10s\n", "low bytes on a clock of", "Shannon",
	       "(perfect)", "MCV", "(perfect)");
	for (int g = 0; g < KQT_GRAINS; g++)
		print_grain(clocks[g], in->grain_counts[g]);
}

static json_t *grains_json(const struct input *in)
{
	struct kqt_grain_figures figures[KQT_GRAINS] = {{0}};

	for (int g = 0; g < KQT_GRAINS; g++)
		kqt_grain_figures(in->grain_counts[g], &figures[g]);
	return kqt_grains_json(figures);
}

static json_t *real_or_null(double v)
{
	return isnan(v) ? json_null() : json_real(v);
}

/* Why a figure is null that others of its view are not. */
static json_t *reasons_json(const struct kqt_assess_view *v)
{
	json_t *o = json_object();
	char text[96];

	for (int e = 0; e < KQT_ESTIMATORS; e++)
		if (v->assessed && v->rc[e] != 0)
			kqt_tree_set(o, kqt_estimators[e].key,
			             json_string(kqt_assess_reason((enum kqt_estimator_id)e,
			                                           v->rc[e], text, sizeof(text))));
	return o;
}

static int print_json(const struct kqt_assessment *a, const struct input *in, bool timings)
{
	json_t *o = json_object();
	bool written;
	char *text;

	kqt_tree_set(o, "schema", json_integer(1));
	kqt_tree_set(o, "samples", json_integer((json_int_t)a->samples));
	kqt_tree_set(o, "alphabet", json_integer(a->alphabet));
	kqt_tree_set(o, "bits_per_symbol", json_integer(a->bits_per_symbol));
	kqt_tree_set(o, "h_original", real_or_null(a->literal.h));
	kqt_tree_set(o, "h_bitstring", real_or_null(a->bitstring.h));
	kqt_tree_set(o, "assessed", json_real(a->assessed));
	kqt_tree_set(o, "binding",
	             a->binding < 0
	                 ? json_null()
	                 : json_pack("{s:s,s:s}", "estimator", kqt_estimators[a->binding].key, "on",
	                             a->binding_bitstring ? "bitstring" : "literal"));
	kqt_tree_set(o, "claimed", json_real(KQT_CLAIMED_BITS));
	kqt_tree_set(o, "truncated", json_boolean(in->truncated));
	kqt_tree_set(o, "seconds", json_real(a->seconds));
	kqt_tree_set(o, "literal", kqt_estimates_json(&a->literal));
	kqt_tree_set(o, "bitstring",
	             a->alphabet == 2 ? json_null() : kqt_estimates_json(&a->bitstring));
	kqt_tree_set(o, "reasons",
	             json_pack("{s:o,s:o}", "literal", reasons_json(&a->literal), "bitstring",
	                       reasons_json(&a->bitstring)));
	kqt_tree_set(o, "grains", timings ? grains_json(in) : json_null());
	text = kqt_tree_text(o, "\n");
	if (!text) {
		kqt_complain("out of memory");
		return KQT_EXIT_NEGATIVE;
	}
	written = kqt_output_text(text);
	free(text);
	return written ? KQT_EXIT_OK : KQT_EXIT_NEGATIVE;
}

/* -- the run ---------------------------------------------------------------- */

static unsigned processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > KQT_ASSESS_MAX_THREADS ? KQT_ASSESS_MAX_THREADS : (unsigned)n;
}

static int run(const struct assess_options *opt, const struct input *in, unsigned bits,
               struct kqt_assessment *out)
{
	bool bar = isatty(STDERR_FILENO);
	struct kqt_assess_options how = {
	    .threads = opt->threads ? (unsigned)opt->threads : processors(),
	    .progress = bar ? draw_bar : NULL,
	};
	struct kqt_assess_workspace *w = kqt_assess_workspace_new(in->n, bits);
	char text[96];
	int rc;

	if (!w) {
		kqt_complain("out of memory");
		return KQT_EXIT_NEGATIVE;
	}
	rc = kqt_assess(w, in->samples, in->n, bits, &how, out);
	kqt_assess_workspace_free(w);
	if (bar)
		fputs("\r\033[K", stderr);
	if (rc == 0)
		return KQT_EXIT_OK;
	kqt_complain("cannot assess: %s", kqt_err_text(rc, text, sizeof(text)));
	return KQT_EXIT_NEGATIVE;
}

static int assess(const struct assess_options *opt, struct input *in)
{
	struct kqt_assessment result;
	unsigned bits;
	int rc = load(in, opt);

	if (rc >= 0)
		return rc;
	bits = kqt_assess_bits(in->samples, in->n);
	if (opt->bits && bits > opt->bits) {
		kqt_complain("--bits %llu: there are samples of %u bits",
		             (unsigned long long)opt->bits, bits);
		return KQT_EXIT_USAGE;
	}
	rc = run(opt, in, opt->bits ? (unsigned)opt->bits : bits, &result);
	if (rc != KQT_EXIT_OK)
		return rc;
	if (opt->json)
		rc = print_json(&result, in, opt->timings);
	else
		print_table(&result, in->truncated);
	if (!opt->json && opt->timings)
		print_grains(in);
	return kqt_output_end() ? rc : KQT_EXIT_NEGATIVE;
}

/* -- options ---------------------------------------------------------------- */

static int number(const char *value, uint64_t max, uint64_t *out, struct kqt_strbuf *why)
{
	int rc = kqt_parse_uint(value, 1, max, out);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from 1 to %llu", value,
		               (unsigned long long)max);
	return rc;
}

static int set_bits(void *into, const char *value, struct kqt_strbuf *why)
{
	return number(value, 8, &((struct assess_options *)into)->bits, why);
}

static int set_threads(void *into, const char *value, struct kqt_strbuf *why)
{
	return number(value, KQT_ASSESS_MAX_THREADS, &((struct assess_options *)into)->threads,
	              why);
}

static int set_cap(void *into, const char *value, struct kqt_strbuf *why)
{
	return number(value, KQT_ASSESS_MAX_SAMPLES, &((struct assess_options *)into)->cap, why);
}

static int set_timings(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct assess_options *)into)->timings = true;
	return 0;
}

/* A number of nanoseconds, which may have a fraction (Apple's clock ticks every 41.67), or
 * a duration of whole ones. */
static int set_grain(void *into, const char *value, struct kqt_strbuf *why)
{
	uint64_t *ps = &((struct assess_options *)into)->grain_ps, whole;
	size_t digits = strspn(value, "0123456789.eE+-");
	char *end = NULL;
	double ns = -1;

	if (value[0] >= '0' && value[0] <= '9')
		ns = strtod(value, &end);
	if (end != value + digits || (*end != '\0' && strcmp(end, "ns") != 0))
		ns = kqt_parse_duration(value, "ns", &whole) == 0 ? (double)whole : -1;
	if (!(ns >= 0.001 && ns <= (double)GRAIN_MAX_PS / 1000)) {
		kqt_strbuf_add(why, "'%.40s' is not a number of nanoseconds from 0.001 to 3.6e12",
		               value);
		return -KQT_E_SYNTAX;
	}
	*ps = (uint64_t)llround(ns * 1000);
	return 0;
}

static int set_json(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct assess_options *)into)->json = true;
	return 0;
}

int kqt_cmd_assess(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"bits", '\0', "W", "bits of a sample, 1 to 8 (default: what the largest needs)",
	     set_bits},
	    {"threads", '\0', "N", "threads to use, 1 to 64 (default: one a processor)",
	     set_threads},
	    {"timings", '\0', NULL, "64-bit little-endian ns, as of `collect --format timings`",
	     set_timings},
	    {"grain", '\0', "NS", "timings in whole multiples of this before the low byte is taken",
	     set_grain},
	    {"max-samples", '\0', "N", "read no more than this (default 10000000)", set_cap},
	    {"json", '\0', NULL, "one JSON object", set_json},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "assess",
	    .synopsis = "kqtop assess [--bits W] [--timings [--grain NS]] [--json] FILE|-",
	    .about = "Min-entropy of samples, one a byte, by the estimators of SP 800-90B 6.3.",
	    .options = options,
	    .operands = "FILE",
	};
	struct assess_options opt = {.cap = CAP_DEFAULT};
	struct input in = {.name = NULL};
	int first, rc = kqt_options_read(argc, argv, &usage, NULL, &opt, &first);

	if (rc >= 0)
		return rc;
	if (first + 1 != argc) {
		kqt_complain("assess: one file is needed, or '-' for standard input "
		             "(see 'kqtop assess --help')");
		return KQT_EXIT_USAGE;
	}
	if (opt.grain_ps && !opt.timings) {
		kqt_complain("--grain: only of --timings (see 'kqtop assess --help')");
		return KQT_EXIT_USAGE;
	}
	in.name = argv[first];
	rc = assess(&opt, &in);
	free(in.samples);
	return rc;
}
