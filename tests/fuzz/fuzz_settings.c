/* SPDX-License-Identifier: MIT */
/* Any bytes read as a configuration file. One that is taken is taken too after one of its
 * settings was changed, says the new value, and says all else as before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "tests/fuzz/fuzz.h"
#include "tui/settings.h"

static int load(char *text, struct kqt_settings *s, struct kqt_config *cfg)
{
	FILE *f = fmemopen(text, strlen(text), "r");
	struct kqt_config_use use = {.other = kqt_settings_take, .ctx = s};
	char message[512];
	struct kqt_strbuf why = kqt_strbuf_init(message, sizeof(message));
	int rc;

	kqt_settings_default(s);
	kqt_config_default(cfg);
	if (!f)
		return -1;
	rc = kqt_config_file_from(f, "fuzz", cfg, &use, &why);
	fclose(f);
	KQT_FUZZ_MUST(rc == 0 || rc > -KQT_E_TOO_FEW || why.len > 0);
	for (size_t i = 0; i < why.len; i++)
		KQT_FUZZ_MUST((unsigned char)message[i] >= ' ' && message[i] != 0x7f);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct kqt_settings before, after;
	static struct kqt_config cfg_before, cfg_after;
	char *text = malloc(size + 1), *edited;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (memchr(data, '\0', size) || load(text, &before, &cfg_before) < 0) {
		free(text);
		return 0;
	}
	edited = kqt_config_edit(text, "kqtop", "scale", "log");
	KQT_FUZZ_MUST(edited && load(edited, &after, &cfg_after) == 0);
	KQT_FUZZ_MUST(after.value[KQT_SETTING_SCALE] == 2);
	KQT_FUZZ_MUST(after.origin[KQT_SETTING_SCALE].by == KQT_BY_FILE);
	after.value[KQT_SETTING_SCALE] = before.value[KQT_SETTING_SCALE];
	KQT_FUZZ_MUST(memcmp(after.value, before.value, sizeof(after.value)) == 0);
	KQT_FUZZ_MUST(after.n_unknown == before.n_unknown);
	KQT_FUZZ_MUST(kqt_config_same(&cfg_before, &cfg_after));
	free(text);
	text = kqt_config_edit(edited, "kqtop", "scale", NULL);
	KQT_FUZZ_MUST(text && load(text, &after, &cfg_after) == 0);
	KQT_FUZZ_MUST(after.origin[KQT_SETTING_SCALE].by == KQT_BY_DEFAULT);
	KQT_FUZZ_MUST(after.n_unknown == before.n_unknown);
	free(text);
	free(edited);
	return 0;
}
