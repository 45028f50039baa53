/* SPDX-License-Identifier: MIT */
/* What estimators work in. Each _new gives room for inputs of up to n_max symbols, or
 * NULL when memory is short, and adds its size to *bytes; each _free takes NULL. The contents between two runs do
 * not matter: every run starts by clearing what it reads. */
#ifndef KQT_ENTROPY_EST_WORK_H
#define KQT_ENTROPY_EST_WORK_H

#include "engine/entropy/est.h"

/* MultiMMC on symbols: at most 1,600,256 nodes of 16 bytes and 2^21 slots of 8, 42.4 MB. */
struct kqt_mmc_work *kqt_mmc_work_new(size_t n_max, size_t *bytes);
void kqt_mmc_work_free(struct kqt_mmc_work *w);
int kqt_mmc_symbols(const struct kqt_est_data *d, struct kqt_mmc_work *w, double *bits_out);

/* MultiMMC on bits: 0.8 MB. */
struct kqt_mmc_bits *kqt_mmc_bits_new(size_t *bytes);
void kqt_mmc_bits_free(struct kqt_mmc_bits *w);
int kqt_mmc_bitwise(const struct kqt_est_data *d, struct kqt_mmc_bits *w, double *bits_out);

/* LZ78Y on symbols: 4.2 MB. */
struct kqt_lz_work *kqt_lz_work_new(size_t *bytes);
void kqt_lz_work_free(struct kqt_lz_work *w);
int kqt_lz_symbols(const struct kqt_est_data *d, struct kqt_lz_work *w, double *bits_out);

/* LZ78Y on bits: 16 KB. */
struct kqt_lz_bits *kqt_lz_bits_new(size_t *bytes);
void kqt_lz_bits_free(struct kqt_lz_bits *w);
int kqt_lz_bitwise(const struct kqt_est_data *d, struct kqt_lz_bits *w, double *bits_out);

#endif
