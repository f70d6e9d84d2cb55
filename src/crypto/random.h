/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

/* random.h - unpredictable bytes, from the kernel and nowhere else; good in forked children. */

#include <stddef.h>

#include "base/fault.h"

/* Waits until the kernel's generator is seeded. On failure `out` is zeros. */
enum cloister_err random_bytes(void *out, size_t len, struct cloister_fault *why);

#endif
