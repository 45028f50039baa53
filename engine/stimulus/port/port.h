/* SPDX-License-Identifier: MIT */
/* What opening a source needs that not every system has; one small file each in
 * this folder, picked by the Makefile. */
#ifndef KQT_STIMULUS_PORT_PORT_H
#define KQT_STIMULUS_PORT_PORT_H

/** pair_*.c: an AF_UNIX stream pair, both ends non-blocking and closed on exec.
 * @return 0 or -errno with nothing left open. */
int kqt_port_socket_pair(int fd[2]);

/** nameless_*.c: a file that has no name: in dir, or, if dir is NULL, in the
 * default folder and at last in memory.
 * @return a descriptor or -errno; -KQT_E_UNSUPPORTED where there is no such thing */
int kqt_port_open_nameless(const char *dir);

#endif
