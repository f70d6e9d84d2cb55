/* SPDX-License-Identifier: Apache-2.0 */
/* heap.c - glibc's allocator with a counter in front. Not thread-safe: figures of one thread only. */

#include "heap.h"

#include <malloc.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

static size_t live, base, highest;

static void *grown(void *p)
{
	live += p ? malloc_usable_size(p) : 0;
	if (live > highest)
		highest = live;
	return p;
}

void *malloc(size_t size)
{
	return grown(__libc_malloc(size));
}

void *calloc(size_t n, size_t size)
{
	return grown(__libc_calloc(n, size));
}

void *realloc(void *p, size_t size)
{
	size_t before = p ? malloc_usable_size(p) : 0;
	void *q = __libc_realloc(p, size);

	if (q || size == 0)
		live -= before;
	return grown(q);
}

void free(void *p)
{
	live -= p ? malloc_usable_size(p) : 0;
	__libc_free(p);
}

void heap_mark(void)
{
	base = highest = live;
}

size_t heap_peak(void)
{
	return highest - base;
}
