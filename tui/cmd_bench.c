/* SPDX-License-Identifier: MIT */
/* kqtop bench: rounds, without a screen, under a declared load, into a report. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tui/bench.h"
#include "tui/compare_text.h"

#define ROUNDS_DEFAULT 20
#define ROUNDS_MAX 5000
#define ROUND_TIME_DEFAULT_NS (5 * KQT_NS_PER_S)
#define MARGIN 0.05 /* as compare's default */
#define LABEL_MAX 200
/* Integers up to here are the same in everybody's JSON. */
#define SEED_MAX ((UINT64_C(1) << 53) - 1)
#define DMA_FILE "/dev/cpu_dma_latency"
/* Linux: Documentation/power/pm_qos_interface.rst; its "no restriction" is 2000 s. */
#define DMA_LATENCY_MAX_US UINT64_C(2000000000)

/* -- before the rounds ------------------------------------------------------ */

/* After half an hour it is too late to learn that the report cannot be written. */
static int check_file(const char *path)
{
	char copy[KQT_PATH_SIZE], text[96];
	struct stat st;
	int error = 0;

	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			error = EISDIR;
		else if (access(path, W_OK) < 0)
			error = errno;
	} else if (errno != ENOENT) {
		error = errno;
	} else if (strlen(path) >= sizeof(copy)) {
		error = ENAMETOOLONG;
	} else {
		memcpy(copy, path, strlen(path) + 1);
		if (access(dirname(copy), W_OK) < 0)
			error = errno;
	}
	if (error == 0)
		return -1;
	kqt_complain("cannot write '%s': %s", path, kqt_errno_text(error, text, sizeof(text)));
	return KQT_EXIT_USAGE;
}

/* The kernel keeps the request for as long as the file is open. @return a descriptor to
 * hold, or -1, told. */
static int hold_dma_latency(uint64_t us)
{
	int32_t value = (int32_t)us;
	char text[96];
	int fd = open(DMA_FILE, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, &value, sizeof(value)) == (ssize_t)sizeof(value))
		return fd;
	kqt_complain("--dma-latency: cannot hold %" PRIu64 "us at '%s': %s", us, DMA_FILE,
	             kqt_errno_text(errno, text, sizeof(text)));
	if (fd >= 0)
		close(fd);
	return -1;
}

static char *now_text(void)
{
	char text[32];
	time_t now = time(NULL);
	struct tm tm;

	gmtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	return strdup(text);
}

static char *copy_of(const char *text)
{
	return text ? strdup(text) : NULL;
}

static uint64_t some_seed(void)
{
	return (kqt_clock_now_ns() ^ (uint64_t)getpid() << 20 ^ (uint64_t)time(NULL)) & UINT32_MAX;
}

static struct kqt_report *new_report(const struct kqt_bench *b,
                                     const struct kqt_config cfg[KQT_SIDES])
{
	const struct kqt_bench_options *opt = b->opt;
	struct kqt_report *r = kqt_report_new();

	if (!r)
		return NULL;
	r->version = strdup(KQT_VERSION);
	r->label = copy_of(opt->label);
	r->started = now_text();
	r->seed = opt->seed_given ? opt->seed : some_seed();
	r->ab = opt->ab || opt->self_check;
	r->self_check = opt->self_check;
	r->rounds_wanted = opt->rounds;
	r->how.round_ns = opt->round_ns;
	r->how.warmup = strdup(KQT_ROUND_WARMUP);
	r->how.stream = strdup(kqt_stream_name(opt->stream));
	r->how.dma_latency_us = opt->dma_latency_us;
	r->side[1].options = copy_of(opt->ab);
	for (int i = 0; i < KQT_SIDES; i++) {
		r->side[i].config = cfg[i];
		r->side[i].load = copy_of(b->load_of[i].text);
		r->side[i].load_command = copy_of(b->load_of[i].command);
		if (r->side[i].load)
			r->side[i].load_version = KQT_LOAD_VERSION;
	}
	if (kqt_fingerprint(r, opt->hostname) == 0)
		return r;
	kqt_report_free(r);
	return NULL;
}

/* -- after the rounds ------------------------------------------------------- */

/* "x.json" -> "x.hlog", any other name with ".hlog" behind it. */
static void hlog_path(const char *path, char *out, size_t size)
{
	size_t len = strlen(path);

	if (len > 5 && strcmp(path + len - 5, ".json") == 0)
		len -= 5;
	snprintf(out, size, "%.*s.hlog", (int)len, path);
}

static bool save(const struct kqt_report *r, const char *path)
{
	char text[512], log[KQT_PATH_SIZE + 8];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	struct stat st;

	if (kqt_report_save(r, path, &why) < 0) {
		kqt_complain("%s", text);
		return false;
	}
	/* a device or a pipe has no file beside it */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return true;
	hlog_path(path, log, sizeof(log));
	if (kqt_report_save_hlog(r, log, &why) == 0)
		return true;
	kqt_complain("%s", text);
	return false;
}

static bool print_json(const struct kqt_report *r)
{
	char *text = kqt_report_json(r, NULL);
	bool ok = text && kqt_output_text(text);

	if (!text)
		kqt_complain("out of memory");
	free(text);
	return ok;
}

/* Of two sides: what `kqtop compare` says of the report. It is not what the exit status
 * is about: whoever asks which side is better is not told by a 1 that B is worse. */
static void show_comparison(const struct kqt_report *r, const char *name)
{
	struct kqt_compare *c;
	char text[96];
	int rc = kqt_compare_new(&r, &name, 1, MARGIN, &c);

	if (rc < 0) {
		kqt_complain("cannot compare: %s", kqt_err_text(rc, text, sizeof(text)));
		return;
	}
	printf("\n");
	kqt_compare_print(c);
	kqt_compare_free(c);
}

/* Everything that the run came to. @return exit status */
static int tell(const struct kqt_bench *b)
{
	const struct kqt_bench_options *opt = b->opt;
	const struct kqt_report *r = b->report;
	uint64_t wanted = r->rounds_wanted * (r->ab ? 2 : 1);
	bool good = r->complete;

	if (opt->file && !save(r, opt->file))
		good = false;
	if (opt->json)
		good = print_json(r) && good;
	else
		kqt_bench_show(r, &opt->base);
	if (opt->ab && !opt->json && r->n_rounds > 1)
		show_comparison(r, opt->file ? opt->file : "bench");
	if (b->broke.wait_ns)
		kqt_bench_show_broke(b);
	if (opt->self_check && !kqt_bench_check(r, opt->json))
		good = false;
	if (r->n_rounds)
		for (unsigned i = 0; i < opt->n_conditions; i++)
			if (kqt_condition_met(&opt->condition[i], r))
				good = false;
	if (b->interrupted)
		kqt_complain("interrupted after %zu of %" PRIu64 " round%s", r->n_rounds, wanted,
		             kqt_plural(wanted));
	return kqt_output_end() && good ? KQT_EXIT_OK : KQT_EXIT_NEGATIVE;
}

static int bench(struct kqt_bench *b, const struct kqt_config cfg[KQT_SIDES])
{
	int dma_fd = -1, rc;

	if (b->opt->dma_latency_us != KQT_UNKNOWN) {
		dma_fd = hold_dma_latency(b->opt->dma_latency_us);
		if (dma_fd < 0)
			return KQT_EXIT_USAGE;
	}
	b->report = new_report(b, cfg);
	if (!b->report) {
		kqt_complain("out of memory");
		return KQT_EXIT_NEGATIVE;
	}
	kqt_bench_run(b);
	if (dma_fd >= 0)
		close(dma_fd);
	/* nothing was measured and the message says why: no report hides that */
	rc = b->failed && b->report->n_rounds == 0
	         ? (b->unusable ? KQT_EXIT_USAGE : KQT_EXIT_NEGATIVE)
	         : tell(b);
	kqt_report_free(b->report);
	return rc;
}

/* -- options ---------------------------------------------------------------- */

static int number(const char *value, uint64_t min, uint64_t max, uint64_t *out,
                  struct kqt_strbuf *why)
{
	int rc = kqt_parse_uint(value, min, max, out);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from %" PRIu64 " to %" PRIu64,
		               value, min, max);
	return rc;
}

static int set_rounds(void *into, const char *value, struct kqt_strbuf *why)
{
	return number(value, 1, ROUNDS_MAX, &((struct kqt_bench_options *)into)->rounds, why);
}

static int set_round_time(void *into, const char *value, struct kqt_strbuf *why)
{
	return kqt_round_time_parse(value, &((struct kqt_bench_options *)into)->round_ns, why);
}

static int set_load(void *into, const char *value, struct kqt_strbuf *why)
{
	struct kqt_bench_load *l = into;
	int rc = kqt_load_parse(value, &l->spec, why);

	if (rc == 0)
		l->text = value;
	return rc;
}

static int set_load_command(void *into, const char *value, struct kqt_strbuf *why)
{
	if (!kqt_text_is_plain(value) || !value[0] || strlen(value) > KQT_REPORT_TEXT_MAX) {
		kqt_strbuf_add(why,
		               "the command is empty, too long (%d bytes) or holds a control "
		               "character",
		               KQT_REPORT_TEXT_MAX);
		return -KQT_E_SYNTAX;
	}
	((struct kqt_bench_load *)into)->command = value;
	return 0;
}

static int set_bench_load(void *into, const char *value, struct kqt_strbuf *why)
{
	return set_load(&((struct kqt_bench_options *)into)->load, value, why);
}

static int set_bench_load_command(void *into, const char *value, struct kqt_strbuf *why)
{
	return set_load_command(&((struct kqt_bench_options *)into)->load, value, why);
}

static int set_plain(const char *value, size_t max, const char **out, struct kqt_strbuf *why)
{
	if (!kqt_text_is_plain(value) || strlen(value) > max) {
		kqt_strbuf_add(why, "longer than %zu bytes, no UTF-8, or with a control character",
		               max);
		return -KQT_E_SYNTAX;
	}
	*out = value;
	return 0;
}

static int set_ab(void *into, const char *value, struct kqt_strbuf *why)
{
	return set_plain(value, KQT_REPORT_TEXT_MAX, &((struct kqt_bench_options *)into)->ab, why);
}

static int set_label(void *into, const char *value, struct kqt_strbuf *why)
{
	return set_plain(value, LABEL_MAX, &((struct kqt_bench_options *)into)->label, why);
}

static int set_seed(void *into, const char *value, struct kqt_strbuf *why)
{
	struct kqt_bench_options *o = into;

	o->seed_given = true;
	return number(value, 0, SEED_MAX, &o->seed, why);
}

static int set_fail_if(void *into, const char *value, struct kqt_strbuf *why)
{
	struct kqt_bench_options *o = into;

	if (o->n_conditions == KQT_CONDITIONS_MAX) {
		kqt_strbuf_add(why, "more than %d conditions", KQT_CONDITIONS_MAX);
		return -KQT_E_RANGE;
	}
	return kqt_condition_parse(value, &o->condition[o->n_conditions++], why);
}

static int set_self_check(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct kqt_bench_options *)into)->self_check = true;
	return 0;
}

static int set_break(void *into, const char *value, struct kqt_strbuf *why)
{
	uint64_t *ns = &((struct kqt_bench_options *)into)->break_ns;

	if (kqt_parse_duration(value, "us", ns) == 0 && *ns > 0)
		return 0;
	kqt_strbuf_add(why, "'%.40s' is not a duration above 0", value);
	return -KQT_E_SYNTAX;
}

static int set_dma_latency(void *into, const char *value, struct kqt_strbuf *why)
{
	uint64_t ns;

	if (kqt_parse_duration(value, "us", &ns) != 0 || ns % KQT_NS_PER_US != 0 ||
	    ns / KQT_NS_PER_US > DMA_LATENCY_MAX_US) {
		kqt_strbuf_add(
		    why, "'%.40s' is not a duration of whole microseconds from 0 to 2000s", value);
		return -KQT_E_SYNTAX;
	}
	((struct kqt_bench_options *)into)->dma_latency_us = ns / KQT_NS_PER_US;
	return 0;
}

static int set_stream(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_stream_from_name(value);

	if (rc < 0) {
		kqt_strbuf_add(why, "'%.40s' is none of seed, low8, lsb, notification", value);
		return rc;
	}
	((struct kqt_bench_options *)into)->stream = (enum kqt_stream)rc;
	return 0;
}

static int set_hostname(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct kqt_bench_options *)into)->hostname = true;
	return 0;
}

static int set_file(void *into, const char *value, struct kqt_strbuf *why)
{
	struct kqt_bench_options *o = into;

	(void)why;
	if (strcmp(value, "-") == 0)
		o->json = true;
	else
		o->file = value;
	return 0;
}

static int set_json(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct kqt_bench_options *)into)->json = true;
	return 0;
}

/* -- the second side -------------------------------------------------------- */

/* What stands in --ab, on top of side A. */
static int read_side_b(const char *text, struct kqt_config *cfg, struct kqt_bench_load *load,
                       char ***words)
{
	static const struct kqt_option options[] = {
	    {"load", '\0', "KIND", "load of this side", set_load},
	    {"load-cmd", '\0', "CMD", "load of this side", set_load_command},
	    {0},
	};
	static const struct kqt_usage usage = {.command = "bench",
	                                       .synopsis = "kqtop bench --ab 'OPTIONS'",
	                                       .about = "What differs on side B.",
	                                       .options = options,
	                                       .measures = true,
	                                       .within = "--ab"};
	struct kqt_bench_load given = {0};
	char **argv;
	int n, rc = kqt_words(text, words, &n);

	if (rc < 0) {
		kqt_complain(rc == -ENOMEM ? "out of memory" : "--ab: a quote is not closed");
		return rc == -ENOMEM ? KQT_EXIT_NEGATIVE : KQT_EXIT_USAGE;
	}
	argv = calloc((size_t)n + 2, sizeof(*argv));
	if (!argv) {
		kqt_complain("out of memory");
		return KQT_EXIT_NEGATIVE;
	}
	argv[0] = (char *)"bench";
	memcpy(argv + 1, *words, (size_t)n * sizeof(*argv));
	rc = kqt_options_read(n + 1, argv, &usage, cfg, &given, NULL);
	free(argv);
	if (given.text || given.command)
		*load = given;
	return rc;
}

static bool one_load(const struct kqt_bench_load *l)
{
	if (!l->text || !l->command)
		return true;
	kqt_complain("--load and --load-cmd exclude each other (see 'kqtop bench --help')");
	return false;
}

/* @return -1 to go on, else the exit status */
static int make_sides(struct kqt_bench *b, struct kqt_config cfg[KQT_SIDES], char ***words)
{
	const struct kqt_bench_options *opt = b->opt;
	int rc = -1;

	if (opt->ab && opt->self_check) {
		kqt_complain("--ab and --self-check exclude each other: a self-check's sides are "
		             "the same");
		return KQT_EXIT_USAGE;
	}
	cfg[1] = cfg[0];
	b->load_of[0] = b->load_of[1] = opt->load;
	if (opt->ab)
		rc = read_side_b(opt->ab, &cfg[1], &b->load_of[1], words);
	if (rc >= 0)
		return rc;
	return one_load(&b->load_of[0]) && one_load(&b->load_of[1]) ? -1 : KQT_EXIT_USAGE;
}

/* Without it each run freezes a phase between timers and stimulus at random, and two
 * identical rounds differ. */
static void dithered(struct kqt_config *cfg)
{
	cfg->dither = 1;
}

static struct kqt_config *base_of(void *into)
{
	return &((struct kqt_bench_options *)into)->base;
}

int kqt_cmd_bench(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"rounds", '\0', "N",
	     "rounds, of each side (1 to 5000, default 20; a verdict needs 10)", set_rounds},
	    {"round-time", '\0', "T",
	     "length of a round, in s (50ms to 24h, default 5s); entropy needs 20,000 bytes in it",
	     set_round_time},
	    {"load", '\0', "KIND[:N|:Nx]", "load meanwhile: cpu memory fork sockets files timers",
	     set_bench_load},
	    {"load-cmd", '\0', "CMD", "a command as load, run by /bin/sh", set_bench_load_command},
	    {"ab", '\0', "OPTIONS", "a side B with these options, in pairs of random order",
	     set_ab},
	    {"self-check", '\0', NULL, "a side B that is the same: the noise floor",
	     set_self_check},
	    {"label", '\0', "NAME", "name of this run, for the report", set_label},
	    {"seed", '\0', "N", "of the order within pairs and of the load (default: any)",
	     set_seed},
	    {"fail-if", '\0', "CONDITION", "exit 1 if met, such as 'notification.p99>500us'",
	     set_fail_if},
	    {"break", '\0', "US", "end at a wait longer than this, and show it", set_break},
	    {"dma-latency", '\0', "US", "hold the CPUs' wake-up latency down to this",
	     set_dma_latency},
	    {"stream", '\0', "STREAM", "bytes to assess: seed, low8, lsb, notification",
	     set_stream},
	    {"hostname", '\0', NULL, "put the host's name into the report", set_hostname},
	    {"output", 'o', "FILE", "write the report there, and FILE.hlog beside it", set_file},
	    {"json", '\0', NULL, "print the report instead of the table", set_json},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "bench",
	    .synopsis = "kqtop bench [--rounds N] [--round-time T] [--load KIND] [--ab 'OPTIONS'] "
	                "[-o FILE] [OPTIONS]",
	    .about = "Measure in rounds, each by a process of its own, and report.",
	    .options = options,
	    .measures = true,
	    .defaults = dithered,
	    .base = base_of,
	};
	struct kqt_bench_options opt = {.rounds = ROUNDS_DEFAULT,
	                                .round_ns = ROUND_TIME_DEFAULT_NS,
	                                .dma_latency_us = KQT_UNKNOWN};
	struct kqt_bench b = {.opt = &opt};
	struct kqt_config cfg[KQT_SIDES];
	char **words = NULL;
	int rc = kqt_options_read(argc, argv, &usage, &cfg[0], &opt, NULL);

	if (rc < 0)
		rc = make_sides(&b, cfg, &words);
	if (rc < 0 && opt.file)
		rc = check_file(opt.file);
	if (rc < 0)
		rc = bench(&b, cfg);
	if (words) {
		free(words[0]); /* they are all in one */
		free(words);
	}
	return rc;
}
