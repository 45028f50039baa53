/* SPDX-License-Identifier: MIT */
/* Writing to files. Threads: any. */
#ifndef KQT_BASE_IO_H
#define KQT_BASE_IO_H

#include <stddef.h>

#include "engine/base/annot.h"

/** All of it, however often the system takes only a part or is interrupted.
 * @return 0 or -errno; a part may have been written then. */
KQT_MUST_USE int kqt_write_all(int fd, const void *data, size_t size);

#endif
