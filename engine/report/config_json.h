/* SPDX-License-Identifier: MIT */
/* A configuration as JSON: every tunable by its JSON name, and the preset. Numbers in
 * the tunable's unit, flags true or false, everything else text; null = the default
 * of a text. */
#ifndef KQT_REPORT_CONFIG_JSON_H
#define KQT_REPORT_CONFIG_JSON_H

#include "engine/config/config.h"
#include "engine/report/json.h"

void kqt_config_write_json(struct kqt_json_out *out, const struct kqt_config *cfg);
/** Over the defaults; keys that no tunable has are skipped, ranges are the tunables'. */
bool kqt_config_read_json(struct kqt_json_in *in, struct kqt_config *cfg);

#endif
