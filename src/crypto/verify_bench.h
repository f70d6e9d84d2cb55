/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_VERIFY_BENCH_H
#define CRYPTO_VERIFY_BENCH_H

/* verify_bench.h - for benchmarks only: OpenSSL verifying by its own means, nothing of ours between. */

#include <stdbool.h>

struct p384_baseline; /* a P-384 key, a signature by it, a context ready to verify */

struct p384_baseline *p384_baseline_new(void); /* NULL when it cannot be made */
bool p384_baseline_verify(struct p384_baseline *b);
void p384_baseline_free(struct p384_baseline *b);

#endif
