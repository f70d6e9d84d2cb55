/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_RAW_BENCH_H
#define CRYPTO_RAW_BENCH_H

/* raw_bench.h - for benchmarks only: OpenSSL verifying by its own means, nothing of ours between. */

#include <stdbool.h>

enum raw_kind { RAW_P256, RAW_P384, RAW_RSA2048, RAW_RSA3072, RAW_RSA4096, RAW_KINDS };

struct raw_signature; /* a key, a signature by it, a context ready to verify */

struct raw_signature *raw_new(enum raw_kind kind); /* NULL when it cannot be made */
bool raw_verify(struct raw_signature *r);
void raw_free(struct raw_signature *r);
const char *raw_name(enum raw_kind kind); /* "P-384" */

#endif
