/* SPDX-License-Identifier: MIT */
/* The program itself, to be executed once more. */
#ifndef KQT_TUI_SELF_H
#define KQT_TUI_SELF_H

/** What main() got as argv[0]; borrowed for ever. */
void kqt_self_set(const char *argv0);

/** For execvp and posix_spawnp: the file that is running where the system says which
 * (Linux, also when it was replaced or removed since), else argv[0]. */
const char *kqt_self_path(void);

#endif
