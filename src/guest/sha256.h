/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_SHA256_H
#define GUEST_SHA256_H

/*
 * sha256.h - FIPS 180-4, for the guest alone, where OpenSSL would be ten times
 * the size of everything else. It names the manifest in /v1/identity; nothing
 * that is decided rests on it.
 */

#include "base/bytes.h"

void sha256(struct bytes in, uint8_t out[static 32]);

#endif
