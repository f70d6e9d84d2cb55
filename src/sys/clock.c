/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c - the only caller of clock_gettime(). */

#include "sys/clock.h"

#include <time.h>

static uint64_t now_us(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t clock_unix_ms(void)
{
	return now_us(CLOCK_REALTIME) / 1000;
}

uint64_t clock_mono_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

uint64_t clock_mono_us(void)
{
	return now_us(CLOCK_MONOTONIC);
}
