/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_SHOWN_H
#define IMAGE_SHOWN_H

/*
 * shown.h - a stranger's name as it may appear on a terminal: printable ASCII,
 * everything else a question mark, the front cut when it is long.
 */

#include "base/bytes.h"

struct shown {
	char text[64];
};

struct shown shown(struct bytes name);

static inline struct shown shown_text(const char *name)
{
	return shown(bytes_text(name));
}

#endif
