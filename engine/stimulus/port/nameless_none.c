/* SPDX-License-Identifier: MIT */
/* Where no file can be without a name: kqt_source_open_named_file is for there. */
#include "engine/base/err.h"
#include "engine/stimulus/port/port.h"

int kqt_port_open_nameless(const char *dir)
{
	(void)dir;
	return -KQT_E_UNSUPPORTED;
}
