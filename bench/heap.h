/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

/* heap.h - how much is allocated at most, OpenSSL's own included; for benchmarks of one thread. */

#include <stddef.h>

void heap_mark(void);     /* begin to watch: what is there now counts as nothing */
size_t heap_peak(void);   /* bytes at the highest since; 0 when this build cannot tell */

#endif
