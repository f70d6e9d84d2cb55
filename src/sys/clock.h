/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_CLOCK_H
#define SYS_CLOCK_H

/* clock.h - the only door to the time. Verifiers are given the time, they do not ask for it. */

#include <stdbool.h>
#include <stdint.h>

uint64_t clock_unix_ms(void);  /* wall clock, milliseconds since 1970 */
uint64_t clock_mono_ms(void);  /* monotonic */
uint64_t clock_mono_us(void);

#endif
