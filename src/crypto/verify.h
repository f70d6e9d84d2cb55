/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_VERIFY_H
#define CRYPTO_VERIFY_H

/*
 * verify.h - ECDSA on P-384 (FIPS 186-4), checking only. Public values in,
 * so nothing here is constant in time. Safe from several threads at once.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "crypto/hash.h"

#define P384_POINT_LEN 97u /* 04 || x || y */
#define P384_SIG_LEN 96u   /* r || s, big-endian */

/*
 * *good_out says whether `sig` over the SHA-384 `digest` is by `point`. A point
 * that is not on the curve, and r or s outside 1..n-1, are simply not good.
 * Errors: CLOISTER_E_NOMEM.
 */
enum cloister_err p384_verify(const uint8_t point[static P384_POINT_LEN],
			      const uint8_t digest[static SHA384_LEN],
			      const uint8_t sig[static P384_SIG_LEN], bool *good_out,
			      struct cloister_fault *why);

#endif
