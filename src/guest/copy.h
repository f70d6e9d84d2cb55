/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_COPY_H
#define GUEST_COPY_H

/* copy.h - a directory's content into another, as `cp -a` does. */

#include "base/fault.h"

/*
 * Both are descriptors of directories, O_PATH is fine. Regular files, directories,
 * links, fifos, with owner, mode, times and extended attributes; two names of one
 * file become two files; devices and sockets are left out.
 */
enum cloister_err copy_tree(int from, int to, struct cloister_fault *why);

#endif
