/* SPDX-License-Identifier: MIT */
#include "tests/support/descriptors.h"

#include <fcntl.h>
#include <time.h>

#define PAUSES_MAX 5000 /* of a millisecond */
#define QUIET 30        /* so many equal counts in a row */

static int count(void)
{
	int n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void pause_briefly(void)
{
	nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
}

int kqt_test_descriptors(void)
{
	int last = count(), same = 0;

	for (int i = 0; i < PAUSES_MAX && same < QUIET; i++) {
		int n;

		pause_briefly();
		n = count();
		same = n == last ? same + 1 : 0;
		last = n;
	}
	return last;
}

int kqt_test_descriptors_once(int wanted)
{
	int n = count();

	for (int i = 0; i < PAUSES_MAX && n != wanted; i++) {
		pause_briefly();
		n = count();
	}
	return n;
}
