/* SPDX-License-Identifier: MIT */
/* The table of estimators, and which way of computing them is in use. */
#include "engine/base/err.h"
#include "engine/entropy/est.h"

const struct kqt_estimator kqt_estimators[KQT_ESTIMATORS] = {
    {"mcv", "MCV", "6.3.1", true, true, "at least 2", kqt_est_mcv},
    {"collision", "Collision", "6.3.2", false, true, "2 collisions", kqt_est_collision},
    {"markov", "Markov", "6.3.3", false, true, "at least 2", kqt_est_markov},
    {"compression", "Compression", "6.3.4", false, true, "at least 6012", kqt_est_compression},
    {"t_tuple", "t-Tuple", "6.3.5", true, true, "a symbol 35 times", kqt_est_t_tuple},
    {"lrs", "LRS", "6.3.6", true, true, "a repeat longer than the t-tuples", kqt_est_lrs},
    {"multi_mcw", "MultiMCW", "6.3.7", true, true, "at least 4096", kqt_est_multi_mcw},
    {"lag", "Lag", "6.3.8", true, true, "at least 3", kqt_est_lag},
    {"multi_mmc", "MultiMMC", "6.3.9", true, true, "at least 4", kqt_est_multi_mmc},
    {"lz78y", "LZ78Y", "6.3.10", true, true, "at least 19", kqt_est_lz78y},
};

enum kqt_est_path kqt_est_path_best(void)
{
#if defined(__x86_64__)
	bool popcnt = __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("bmi") &&
	              __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx2");

	if (popcnt && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
	    __builtin_cpu_supports("avx512vpopcntdq"))
		return KQT_PATH_AVX512;
	return popcnt ? KQT_PATH_POPCNT : KQT_PATH_PLAIN;
#else
	return KQT_PATH_PLAIN;
#endif
}

/* 0 = not chosen yet, else the path + 1. Every thread would choose the same. */
static atomic_int chosen;

enum kqt_est_path kqt_est_path(void)
{
	int path = atomic_load_explicit(&chosen, memory_order_relaxed);

	if (path == 0) {
		path = (int)kqt_est_path_best() + 1;
		atomic_store_explicit(&chosen, path, memory_order_relaxed);
	}
	return (enum kqt_est_path)(path - 1);
}

int kqt_est_path_force(enum kqt_est_path path)
{
	if (path > kqt_est_path_best())
		return -KQT_E_UNSUPPORTED;
	atomic_store_explicit(&chosen, (int)path + 1, memory_order_relaxed);
	return 0;
}
