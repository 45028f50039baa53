/* SPDX-License-Identifier: MIT */
#include "engine/report/fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "engine/base/alloc.h"
#include "engine/base/err.h"
#include "engine/clock/clock.h"
#include "engine/clock/thread.h"
#include "engine/config/text.h"
#include "engine/report/port/port.h"
#include "engine/report/sysfile.h"

#define CPU "/sys/devices/system/cpu/"

/** The report that is filled; the first error ends it. */
struct filling {
	struct kqt_report *r;
	int rc;
};

int kqt_fact_add(struct kqt_report *r, const char *key, const char *value, bool number)
{
	char shown[KQT_REPORT_TEXT_MAX + 1];
	struct kqt_fact f = {.number = number && value};

	if (!r->facts)
		r->facts = kqt_array_new(KQT_REPORT_FACTS_MAX, sizeof(r->facts[0]));
	if (!r->facts)
		return -ENOMEM;
	if (r->n_facts == KQT_REPORT_FACTS_MAX)
		return -KQT_E_RANGE;
	f.key = strdup(key);
	f.value = value ? strdup(kqt_text_show(value, shown, sizeof(shown))) : NULL;
	if (!f.key || (value && !f.value)) {
		free(f.key);
		free(f.value);
		return -ENOMEM;
	}
	r->facts[r->n_facts++] = f;
	return 0;
}

const char *kqt_fact(const struct kqt_report *r, const char *key)
{
	for (size_t i = 0; i < r->n_facts; i++)
		if (strcmp(r->facts[i].key, key) == 0)
			return r->facts[i].value;
	return NULL;
}

/* -- kinds of facts --------------------------------------------------------- */

static void text(struct filling *f, const char *key, const char *value)
{
	if (f->rc == 0)
		f->rc = kqt_fact_add(f->r, key, value && value[0] ? value : NULL, false);
}

static void count(struct filling *f, const char *key, bool known, uint64_t value)
{
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, value);
	if (f->rc == 0)
		f->rc = kqt_fact_add(f->r, key, known ? number : NULL, true);
}

static void real(struct filling *f, const char *key, bool known, double value)
{
	char number[32];

	snprintf(number, sizeof(number), "%.6g", value);
	if (f->rc == 0)
		f->rc = kqt_fact_add(f->r, key, known ? number : NULL, true);
}

/** A line of a file, as it is. */
static void line(struct filling *f, const char *key, const char *path, const char *start)
{
	char value[KQT_REPORT_TEXT_MAX + 1];

	text(f, key, kqt_sysfile_line(path, start, value, sizeof(value)) ? value : NULL);
}

/* -- groups ----------------------------------------------------------------- */

static void add_system(struct filling *f)
{
	char value[512] = "";
	struct utsname u;
	bool known = uname(&u) == 0;

	if (known)
		snprintf(value, sizeof(value), "%s %s", u.sysname, u.release);
	text(f, "kernel", value);
	text(f, "kernel_build", known ? u.version : NULL);
	text(f, "machine", known ? u.machine : NULL);
}

static void add_cpu(struct filling *f)
{
	char model[256];
	long online = sysconf(_SC_NPROCESSORS_ONLN), all = sysconf(_SC_NPROCESSORS_CONF);
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	text(f, "cpu_model", kqt_port_cpu_model(model, sizeof(model)) ? model : NULL);
	count(f, "cores", online > 0, (uint64_t)online);
	count(f, "cores_configured", all > 0, (uint64_t)all);
	line(f, "smt", CPU "smt/control", "");
	line(f, "governor", CPU "cpu0/cpufreq/scaling_governor", "");
	line(f, "frequency_driver", CPU "cpu0/cpufreq/scaling_driver", "");
	line(f, "boost", CPU "cpufreq/boost", "");
	line(f, "no_turbo", CPU "intel_pstate/no_turbo", "");
	line(f, "idle_driver", CPU "cpuidle/current_driver", "");
	line(f, "isolated_cpus", CPU "isolated", "");
	count(f, "memory_bytes", pages > 0 && page > 0, (uint64_t)pages * (uint64_t)page);
}

static void add_time(struct filling *f)
{
	uint64_t tick = kqt_port_tick_ns();
	struct kqt_clock_info ci;

	kqt_clock_measure(&ci);
	text(f, "clock", ci.name);
	text(f, "clock_source", ci.source);
	count(f, "clock_granularity_ns", ci.granularity_ns > 0, ci.granularity_ns);
	count(f, "clock_cost_ns", true, (uint64_t)llround(ci.cost_ns));
	count(f, "timer_slack_ns", kqt_thread_slack_ns() > 0, kqt_thread_slack_ns());
	count(f, "tick_ns", tick > 0, tick);
	line(f, "nohz_full", CPU "nohz_full", "");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int shown_file(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* What this processor is affected by, one after the other: "retbleed: Mitigation: ..". */
static void add_mitigations(struct filling *f)
{
	char all[KQT_REPORT_TEXT_MAX + 1], path[512], one[256];
	struct kqt_strbuf sb = kqt_strbuf_init(all, sizeof(all));
	struct dirent **names;
	int n = scandir(CPU "vulnerabilities", &names, shown_file, by_name);

	if (n < 0) {
		text(f, "mitigations", NULL);
		return;
	}
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), CPU "vulnerabilities/%s", names[i]->d_name);
		if (kqt_sysfile_line(path, "", one, sizeof(one)) &&
		    strcmp(one, "Not affected") != 0)
			kqt_strbuf_add(&sb, "%s%s: %s", sb.len ? "; " : "", names[i]->d_name, one);
		free(names[i]);
	}
	free(names);
	text(f, "mitigations", sb.len ? all : "none needed");
}

/* A machine within a machine says so in many ways; none of them is sure to be there. */
static void add_virtualisation(struct filling *f)
{
	char vendor[128], product[128], flags[8192], value[300] = "";

	if (kqt_sysfile_line("/sys/class/dmi/id/sys_vendor", "", vendor, sizeof(vendor)) &&
	    kqt_sysfile_line("/sys/class/dmi/id/product_name", "", product, sizeof(product)))
		snprintf(value, sizeof(value), "%s %s", vendor, product);
	text(f, "hardware", value);
	if (!kqt_sysfile_line("/sys/hypervisor/type", "", value, sizeof(value))) {
		value[0] = '\0';
		if (kqt_sysfile_line("/proc/cpuinfo", "flags", flags, sizeof(flags)))
			snprintf(value, sizeof(value), "%s",
			         strstr(flags, " hypervisor") ? "virtual machine" : "none");
	}
	text(f, "virtualisation", value);
	line(f, "container", "/run/systemd/container", "");
}

static void add_pressure(struct filling *f, const char *key, const char *path)
{
	char value[256];
	bool known = kqt_sysfile_line(path, "some avg10=", value, sizeof(value));

	real(f, key, known, known ? strtod(value, NULL) : 0);
}

/* What went on just before the run. */
static void add_load(struct filling *f)
{
	double load[3];
	bool known = getloadavg(load, 3) == 3;

	real(f, "load_average_1", known, known ? load[0] : 0);
	real(f, "load_average_5", known, known ? load[1] : 0);
	real(f, "load_average_15", known, known ? load[2] : 0);
	add_pressure(f, "pressure_cpu", "/proc/pressure/cpu");
	add_pressure(f, "pressure_memory", "/proc/pressure/memory");
	add_pressure(f, "pressure_io", "/proc/pressure/io");
}

static void add_hostname(struct filling *f)
{
	char name[256];

	text(f, "hostname", gethostname(name, sizeof(name) - 1) == 0 ? name : NULL);
}

int kqt_fingerprint(struct kqt_report *r, bool hostname)
{
	struct filling f = {.r = r};

	if (hostname)
		add_hostname(&f);
	add_system(&f);
	add_cpu(&f);
	add_time(&f);
	add_mitigations(&f);
	add_virtualisation(&f);
	add_load(&f);
	return f.rc;
}
