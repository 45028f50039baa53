/* SPDX-License-Identifier: MIT */
#include "engine/report/disturb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/report/sysfile.h"

/* proc(5), /proc/stat: cpu user nice system idle iowait irq softirq steal, in ticks. */
static uint64_t steal_ns(void)
{
	long hz = sysconf(_SC_CLK_TCK);
	char line[256], *at = line;

	if (hz <= 0 || !kqt_sysfile_line("/proc/stat", "cpu ", line, sizeof(line)))
		return KQT_UNKNOWN;
	for (int field = 0; field < 7 && at; field++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at, NULL, 10) * (UINT64_C(1000000000) / (uint64_t)hz) : KQT_UNKNOWN;
}

/* Documentation/accounting/psi.rst: "some avg10=0.00 avg60=0.00 avg300=0.00 total=N", N in
 * microseconds. */
static uint64_t pressure_ns(const char *path)
{
	char line[256];
	const char *total;

	if (!kqt_sysfile_line(path, "some ", line, sizeof(line)))
		return KQT_UNKNOWN;
	total = strstr(line, "total=");
	return total ? strtoull(total + strlen("total="), NULL, 10) * 1000 : KQT_UNKNOWN;
}

/* cgroup-v2.rst, cpu.stat of our own group: "throttled_usec N". The root group has no
 * quota and no such line. */
static uint64_t throttled_ns(void)
{
	char group[512], path[600], value[64];

	if (!kqt_sysfile_line("/proc/self/cgroup", "0::", group, sizeof(group)))
		return KQT_UNKNOWN;
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/cpu.stat", group);
	if (!kqt_sysfile_line(path, "throttled_usec ", value, sizeof(value)))
		return KQT_UNKNOWN;
	return strtoull(value, NULL, 10) * 1000;
}

static uint64_t thermal_throttles(void)
{
	uint64_t sum = 0, n;
	char path[128];
	int cpu = 0;

	for (;; cpu++) {
		snprintf(path, sizeof(path),
		         "/sys/devices/system/cpu/cpu%d/thermal_throttle/core_throttle_count", cpu);
		if (!kqt_sysfile_count(path, &n))
			break;
		sum += n;
	}
	return cpu ? sum : KQT_UNKNOWN;
}

void kqt_disturbance_now(struct kqt_disturbance *out)
{
	struct rusage ru;

	out->at = (struct kqt_round_flags){
	    .steal_ns = steal_ns(),
	    .pressure_cpu_ns = pressure_ns("/proc/pressure/cpu"),
	    .pressure_memory_ns = pressure_ns("/proc/pressure/memory"),
	    .pressure_io_ns = pressure_ns("/proc/pressure/io"),
	    .throttled_ns = throttled_ns(),
	    .thermal_throttles = thermal_throttles(),
	    .involuntary_switches = KQT_UNKNOWN,
	    .major_faults = KQT_UNKNOWN,
	};
	if (getrusage(RUSAGE_SELF, &ru) == 0) {
		out->at.involuntary_switches = (uint64_t)ru.ru_nivcsw;
		out->at.major_faults = (uint64_t)ru.ru_majflt;
	}
}

/* A counter that is not known at either end says nothing; one that went back (a CPU was
 * taken away) neither. */
static uint64_t grown(uint64_t from, uint64_t to)
{
	return from == KQT_UNKNOWN || to == KQT_UNKNOWN || to < from ? KQT_UNKNOWN : to - from;
}

void kqt_disturbance_since(const struct kqt_disturbance *before, struct kqt_round_flags *out)
{
	const struct kqt_round_flags *a = &before->at;
	struct kqt_disturbance now;

	kqt_disturbance_now(&now);
	out->steal_ns = grown(a->steal_ns, now.at.steal_ns);
	out->pressure_cpu_ns = grown(a->pressure_cpu_ns, now.at.pressure_cpu_ns);
	out->pressure_memory_ns = grown(a->pressure_memory_ns, now.at.pressure_memory_ns);
	out->pressure_io_ns = grown(a->pressure_io_ns, now.at.pressure_io_ns);
	out->throttled_ns = grown(a->throttled_ns, now.at.throttled_ns);
	out->thermal_throttles = grown(a->thermal_throttles, now.at.thermal_throttles);
	out->involuntary_switches = grown(a->involuntary_switches, now.at.involuntary_switches);
	out->major_faults = grown(a->major_faults, now.at.major_faults);
}
