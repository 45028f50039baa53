/* SPDX-License-Identifier: MIT */
/* kqtop sweep: rounds over a grid, interleaved, then the best against the default. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tui/cmd.h"
#include "tui/rounds.h"
#include "tui/sweep.h"

#define BUDGET_NS (120 * KQT_NS_PER_S)
#define ROUND_NS KQT_NS_PER_S
#define ROUND_LEAST_NS (100 * KQT_NS_PER_MS) /* shorter ones have too few waits for a p99 */
/* 20,000 bytes need some seconds at the default configuration's 5,000 waits a second. */
#define ROUND_ASSESSED_NS (5 * KQT_NS_PER_S)
#define ROUNDS_AIM 20 /* more of a point than this teach little */
/* Start, end and assessment of a round, until some have been seen. */
#define AROUND_NS (150 * KQT_NS_PER_MS)
#define POLL_MS 100
#define SEED_MAX ((UINT64_C(1) << 53) - 1)

struct sweep_options {
	uint64_t rounds, round_ns, budget_ns, seed; /* 0 = not given */
	enum kqt_objective objective;
	enum kqt_stream stream;
	bool seed_given, json;
	int color;              /* -1 as the terminal says */
	struct kqt_config base; /* what the configuration file makes of the defaults */
};

/** A sweep in progress. */
struct sweeping {
	const struct sweep_options *opt;
	struct kqt_sweep *s;
	uint64_t passes, start_ns, rounds_done, rounds_all, spent_ns;
	bool bar, unusable;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

/* -- how much of it --------------------------------------------------------- */

static uint64_t budget_of(const struct sweep_options *opt)
{
	return opt->budget_ns ? opt->budget_ns : BUDGET_NS;
}

static uint64_t round_takes_ns(const struct sweeping *w)
{
	return w->rounds_done ? w->spent_ns / w->rounds_done : w->s->round_ns + AROUND_NS;
}

/* When each point gets `passes` of them and the best its pairs. */
static uint64_t rounds_of(const struct sweeping *w, uint64_t passes)
{
	return passes * w->s->n_points + UINT64_C(2) * KQT_SWEEP_PAIRS;
}

static uint64_t takes_ns(const struct sweeping *w, uint64_t passes)
{
	return rounds_of(w, passes) * round_takes_ns(w);
}

/* Rounds shorter than by default where so many would break the budget, if nobody asked
 * for a length. What is assessed needs its bytes, whatever there is time for. */
static void shorten_rounds(struct sweeping *w, uint64_t passes)
{
	uint64_t each = budget_of(w->opt) / rounds_of(w, passes);

	if (w->opt->round_ns || w->s->objective == KQT_OBJECTIVE_ASSESSED ||
	    takes_ns(w, passes) <= budget_of(w->opt))
		return;
	w->s->round_ns = each > AROUND_NS + ROUND_LEAST_NS
	                     ? (each - AROUND_NS) / KQT_NS_PER_MS * KQT_NS_PER_MS
	                     : ROUND_LEAST_NS;
}

/* As many rounds as the budget has room for. @return false: told that it has none. */
static bool plan(struct sweeping *w)
{
	const struct sweep_options *opt = w->opt;
	uint64_t least = opt->rounds ? opt->rounds : KQT_SWEEP_ROUNDS_MIN;
	char takes[16], budget[16], each[16];

	w->passes = least;
	if (opt->rounds && !opt->budget_ns)
		return true; /* somebody knows what he wants */
	shorten_rounds(w, least);
	if (takes_ns(w, least) > budget_of(opt)) {
		kqt_complain("sweep: %zu point%s, %" PRIu64 " rounds of %s each, and %d to confirm "
		             "the best take about %s, more than the budget of %s: give a larger "
		             "--budget, a shorter --round-time, or fewer values",
		             w->s->n_points, kqt_plural(w->s->n_points), least,
		             kqt_fmt_ns(w->s->round_ns, each, sizeof(each)), 2 * KQT_SWEEP_PAIRS,
		             kqt_fmt_ns(takes_ns(w, least), takes, sizeof(takes)),
		             kqt_fmt_ns(budget_of(opt), budget, sizeof(budget)));
		return false;
	}
	while (!opt->rounds && w->passes < ROUNDS_AIM &&
	       takes_ns(w, w->passes + 1) <= budget_of(opt))
		w->passes++;
	return true;
}

/* Has the machine been so slow that another pass would break the budget? */
static bool out_of_budget(const struct sweeping *w, uint64_t pass)
{
	uint64_t used = kqt_clock_now_ns() - w->start_ns;

	return !w->opt->rounds && pass >= KQT_SWEEP_ROUNDS_MIN &&
	       used + takes_ns(w, 1) > budget_of(w->opt);
}

/* -- a round ---------------------------------------------------------------- */

static void progress(const struct sweeping *w, const char *what)
{
	char text[16];
	uint64_t left = (w->rounds_all - w->rounds_done) * round_takes_ns(w);

	if (!w->bar)
		return;
	kqt_fmt_ns((left + KQT_NS_PER_S - 1) / KQT_NS_PER_S * KQT_NS_PER_S, text, sizeof(text));
	fprintf(stderr, "\rround %" PRIu64 " of %" PRIu64 ": %.50s, %s left \033[K",
	        w->rounds_done + 1, w->rounds_all, what, text);
}

static void progress_end(const struct sweeping *w)
{
	if (w->bar)
		fputs("\r\033[K", stderr);
}

static void take_answer(struct sweeping *w, struct kqt_round_answer *a,
                        const struct kqt_config *cfg, struct kqt_sweep_figures *out,
                        const char *what, bool first)
{
	kqt_sweep_figures_of(&a->round, w->opt->stream, cfg->collection, out);
	if (!w->s->backend[0] && a->backend)
		snprintf(w->s->backend, sizeof(w->s->backend), "%s", a->backend);
	if (a->shortfall && first) {
		progress_end(w);
		kqt_complain("%s: %s", what, a->shortfall);
	}
}

/* @return 0; 1 when interrupted; -1 told */
static int measure(struct sweeping *w, const struct kqt_config *cfg, const char *what, bool first,
                   struct kqt_sweep_figures *out)
{
	struct kqt_round_order order = {
	    .config = *cfg, .round_ns = w->s->round_ns, .stream = w->opt->stream};
	char text[512];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	uint64_t began = kqt_clock_now_ns();
	struct kqt_round_child child;
	struct kqt_round_answer a;
	int rc = kqt_round_start(&order, &child);

	while (rc == 0 && !interrupted) {
		progress(w, what);
		rc = kqt_round_wait(&child, POLL_MS);
	}
	if (rc < 0 || interrupted) {
		kqt_round_abandon(&child);
		if (rc < 0 && !interrupted) {
			progress_end(w);
			kqt_complain("cannot run a round: %s",
			             kqt_err_text(rc, text, sizeof(text)));
		}
		return interrupted ? 1 : -1;
	}
	kqt_round_answer_init(&a);
	rc = kqt_round_finish(&child, &a, &why);
	if (rc == 0 && !a.error) {
		take_answer(w, &a, cfg, out, what, first);
	} else {
		progress_end(w);
		kqt_complain("%s: %s", what, rc == 0 ? a.error : text);
		w->unusable = rc == 0 && a.unusable;
		rc = -1;
	}
	kqt_round_answer_fini(&a);
	w->rounds_done++;
	w->spent_ns += kqt_clock_now_ns() - began;
	return rc < 0 ? -1 : 0;
}

/* -- the grid, then the best ------------------------------------------------ */

static int one_pass(struct sweeping *w, uint64_t pass, size_t *order)
{
	struct kqt_sweep *s = w->s;
	int rc = 0;

	kqt_sweep_order(s, pass, order);
	for (size_t i = 0; i < s->n_points && rc == 0; i++) {
		struct kqt_sweep_point *p = &s->point[order[i]];
		char text[256];
		struct kqt_strbuf what = kqt_strbuf_init(text, sizeof(text));
		struct kqt_config cfg;

		kqt_sweep_config(s, order[i], &cfg);
		kqt_sweep_point_text(s, order[i], &what);
		rc = measure(w, &cfg, text, pass == 0, &p->round[p->n]);
		p->n += rc == 0;
	}
	return rc;
}

static int grid(struct sweeping *w)
{
	size_t *order = calloc(w->s->n_points, sizeof(*order));
	int rc = 0;

	if (!order) {
		kqt_complain("out of memory");
		return -1;
	}
	for (uint64_t pass = 0; pass < w->passes && rc == 0; pass++) {
		if (out_of_budget(w, pass)) {
			w->rounds_all -= (w->passes - pass) * w->s->n_points;
			break;
		}
		rc = one_pass(w, pass, order);
	}
	free(order);
	return rc;
}

static int confirm(struct sweeping *w)
{
	struct kqt_sweep *s = w->s;
	long best = kqt_sweep_best(s);
	struct kqt_config cfg[2] = {s->base};
	int rc = 0;

	if (best < 0)
		return 0;
	kqt_sweep_config(s, (size_t)best, &cfg[1]);
	if (kqt_config_same(&cfg[0], &cfg[1]))
		return 0;
	for (size_t i = 0; i < KQT_SWEEP_PAIRS && rc == 0; i++) {
		bool first = kqt_sweep_best_first(s, i);

		for (int k = 0; k < 2 && rc == 0; k++) {
			bool side = (k == 0) == first;

			rc = measure(w, &cfg[side], side ? "the best" : "the default", false,
			             &s->pair[i][side]);
		}
		s->n_pairs += rc == 0;
	}
	return rc;
}

static bool want_color(int color)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (color >= 0)
		return color;
	return isatty(STDOUT_FILENO) && !(no && *no) && term && strcmp(term, "dumb") != 0;
}

static bool print_json(const struct kqt_sweep *s)
{
	char *text = kqt_sweep_json(s);
	bool ok = text && kqt_output_text(text);

	if (!text)
		kqt_complain("out of memory");
	free(text);
	return ok;
}

static bool any_round(const struct kqt_sweep *s)
{
	for (size_t i = 0; i < s->n_points; i++)
		if (s->point[i].n)
			return true;
	return false;
}

/* Then no configuration is better than another, and who asked for the best gets none. */
static bool has_best(const struct kqt_sweep *s)
{
	const char *why = s->objective == KQT_OBJECTIVE_ASSESSED ? "no round gave 20000 bytes"
	                  : s->objective == KQT_OBJECTIVE_P99 ? "rounds had too few notifications"
	                                                      : "rounds had nothing to measure";

	if (kqt_sweep_best(s) >= 0)
		return true;
	kqt_complain("sweep: no point has the figure %s: %s; --round-time makes them longer",
	             kqt_objective_name(s->objective), why);
	return false;
}

static int sweep(struct kqt_sweep *s, const struct sweep_options *opt)
{
	struct sigaction sa = {.sa_handler = on_interrupt, .sa_flags = (int)SA_RESETHAND};
	struct sweeping w = {.opt = opt, .s = s, .bar = isatty(STDERR_FILENO)};
	bool show;
	int rc;

	if (!plan(&w))
		return KQT_EXIT_USAGE;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	w.rounds_all = rounds_of(&w, w.passes);
	w.start_ns = kqt_clock_now_ns();
	rc = grid(&w);
	if (rc == 0)
		rc = confirm(&w);
	progress_end(&w);
	if (rc < 0 && w.unusable && s->point[0].n == 0)
		return KQT_EXIT_USAGE;
	if (rc > 0)
		kqt_complain("interrupted after %" PRIu64 " of %" PRIu64 " rounds", w.rounds_done,
		             w.rounds_all);
	show = rc >= 0 || any_round(s); /* a round that was lost takes no other with it */
	if (show && opt->json && !print_json(s))
		return KQT_EXIT_NEGATIVE;
	if (show && !opt->json)
		kqt_sweep_show(s, want_color(opt->color));
	return kqt_output_end() && rc == 0 && has_best(s) ? KQT_EXIT_OK : KQT_EXIT_NEGATIVE;
}

/* -- options ---------------------------------------------------------------- */

static int set_rounds(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_parse_uint(value, KQT_SWEEP_ROUNDS_MIN, KQT_SWEEP_ROUNDS_MAX,
	                        &((struct sweep_options *)into)->rounds);

	if (rc < 0)
		kqt_strbuf_add(why, "'%.40s' is not a whole number from %d to %d", value,
		               KQT_SWEEP_ROUNDS_MIN, KQT_SWEEP_ROUNDS_MAX);
	return rc;
}

static int set_duration(const char *value, uint64_t least_ns, const char *least, uint64_t *out,
                        struct kqt_strbuf *why)
{
	uint64_t ns;

	if (kqt_parse_duration(value, "s", &ns) == 0 && ns >= least_ns && ns <= KQT_ROUND_MAX_NS) {
		*out = ns;
		return 0;
	}
	kqt_strbuf_add(why, "'%.40s' is not a duration from %s to 24h", value, least);
	return -KQT_E_SYNTAX;
}

static int set_round_time(void *into, const char *value, struct kqt_strbuf *why)
{
	return set_duration(value, KQT_ROUND_MIN_NS, "50ms",
	                    &((struct sweep_options *)into)->round_ns, why);
}

static int set_budget(void *into, const char *value, struct kqt_strbuf *why)
{
	return set_duration(value, KQT_NS_PER_MS, "1ms", &((struct sweep_options *)into)->budget_ns,
	                    why);
}

static int set_objective(void *into, const char *value, struct kqt_strbuf *why)
{
	int o = kqt_objective_parse(value, why);

	if (o >= 0)
		((struct sweep_options *)into)->objective = (enum kqt_objective)o;
	return o < 0 ? o : 0;
}

static int set_stream(void *into, const char *value, struct kqt_strbuf *why)
{
	int rc = kqt_stream_from_name(value);

	if (rc < 0) {
		kqt_strbuf_add(why, "'%.40s' is none of seed, low8, lsb, notification", value);
		return rc;
	}
	((struct sweep_options *)into)->stream = (enum kqt_stream)rc;
	return 0;
}

static int set_seed(void *into, const char *value, struct kqt_strbuf *why)
{
	struct sweep_options *o = into;

	o->seed_given = true;
	if (kqt_parse_uint(value, 0, SEED_MAX, &o->seed) == 0)
		return 0;
	kqt_strbuf_add(why, "'%.40s' is not a whole number from 0 to 2^53 - 1", value);
	return -KQT_E_SYNTAX;
}

static int set_json(void *into, const char *value, struct kqt_strbuf *why)
{
	(void)value;
	(void)why;
	((struct sweep_options *)into)->json = true;
	return 0;
}

static int set_color(void *into, const char *value, struct kqt_strbuf *why)
{
	static const char *const names[] = {"never", "always", "auto"};

	for (int i = 0; i < 3; i++) {
		if (strcmp(value, names[i]) == 0) {
			((struct sweep_options *)into)->color = i == 2 ? -1 : i;
			return 0;
		}
	}
	kqt_strbuf_add(why, "'%.40s' is none of auto, always, never", value);
	return -KQT_E_UNKNOWN_NAME;
}

/* As in bench: without it identical rounds differ by the phase that they freeze. */
static void dithered(struct kqt_config *cfg)
{
	cfg->dither = 1;
}

static struct kqt_config *base_of(void *into)
{
	return &((struct sweep_options *)into)->base;
}

/* @return -1 with *out set, else the exit status */
static int make_sweep(int argc, char **argv, int first, const struct kqt_config *cfg,
                      struct kqt_sweep **out)
{
	static struct kqt_sweep_axis axis[KQT_SWEEP_AXES_MAX];
	char text[KQT_PATH_SIZE];
	struct kqt_strbuf why = kqt_strbuf_init(text, sizeof(text));
	size_t n = 0;
	int rc = 0;

	if (first == argc)
		kqt_strbuf_add(&why, "what is to be swept? such as timers=0,4,8 sockets=1,4");
	else if (argc - first > KQT_SWEEP_AXES_MAX)
		kqt_strbuf_add(&why, "more than %d axes", KQT_SWEEP_AXES_MAX);
	for (int i = first; i < argc && why.len == 0; i++)
		rc = kqt_sweep_axis_parse(argv[i], &axis[n++], &why);
	if (why.len == 0)
		rc = kqt_sweep_new(cfg, axis, n, out, &why);
	if (rc == 0 && why.len == 0)
		return -1;
	kqt_complain("sweep: %s (see 'kqtop sweep --help')", why.len ? text : "out of memory");
	return KQT_EXIT_USAGE;
}

int kqt_cmd_sweep(int argc, char **argv)
{
	static const struct kqt_option options[] = {
	    {"objective", '\0', "NAME", "p99 (default), p50, waits_per_s, assessed_bits_per_s",
	     set_objective},
	    {"budget", '\0', "T", "time for all of it, in s (default 2m)", set_budget},
	    {"rounds", '\0', "N", "rounds of each point, 3 to 100 (default: what fits the budget)",
	     set_rounds},
	    {"round-time", '\0', "T",
	     "length of a round, in s (50ms to 24h, default 1s; 5s for assessed bits)",
	     set_round_time},
	    {"stream", '\0', "STREAM", "bytes to assess: seed, low8, lsb, notification",
	     set_stream},
	    {"seed", '\0', "N", "of the order of the rounds (default: any)", set_seed},
	    {"color", '\0', "WHEN", "auto, always or never (also NO_COLOR)", set_color},
	    {"json", '\0', NULL, "one JSON object instead of table and map", set_json},
	    {0},
	};
	static const struct kqt_usage usage = {
	    .command = "sweep",
	    .synopsis = "kqtop sweep AXIS=VALUE,VALUE.. [AXIS=..] [--objective NAME] [--budget T] "
	                "[OPTIONS]",
	    .about =
	        "Measure every combination of some values, in interleaved rounds, and the best "
	        "against the default.",
	    .options = options,
	    .measures = true,
	    .operands = "AXIS=VALUE,VALUE..",
	    .defaults = dithered,
	    .base = base_of,
	};
	struct sweep_options opt = {.color = -1};
	struct kqt_sweep *s = NULL;
	struct kqt_config cfg;
	int first, rc = kqt_options_read(argc, argv, &usage, &cfg, &opt, &first);

	if (rc < 0)
		rc = make_sweep(argc, argv, first, &cfg, &s);
	if (rc >= 0)
		return rc;
	s->objective = opt.objective;
	s->from = &opt.base;
	s->stream = opt.stream;
	s->seed = opt.seed_given ? opt.seed
	                         : (kqt_clock_now_ns() ^ (uint64_t)time(NULL)) & UINT32_MAX;
	s->round_ns = opt.round_ns                              ? opt.round_ns
	              : opt.objective == KQT_OBJECTIVE_ASSESSED ? ROUND_ASSESSED_NS
	                                                        : ROUND_NS;
	rc = sweep(s, &opt);
	kqt_sweep_free(s);
	return rc;
}
