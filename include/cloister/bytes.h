/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOISTER_BYTES_H
#define CLOISTER_BYTES_H

/* bytes.h - a borrowed run of bytes: nobody frees it, the owner outlives it. */

#include <stddef.h>

struct cloister_bytes {
	const unsigned char *data;
	size_t len; /* bytes */
};

#endif
