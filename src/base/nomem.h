/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_NOMEM_H
#define BASE_NOMEM_H

/*
 * nomem.h - for tests only: a malloc of the program's own, so that each
 * allocation can have its turn to fail. Included by one file of a program.
 * While `armed`, `left` more allocations succeed, the next fails, later ones
 * succeed again; `n_asked` counts them. Under a sanitizer, which has a malloc of
 * its own, OWN_MALLOC is 0 and nothing ever fails.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_MALLOC 0
#endif
#endif
#ifndef OWN_MALLOC
#define OWN_MALLOC 1
#endif

/* a test may need only some of them */
__attribute__((unused)) static bool armed;
__attribute__((unused)) static size_t left, n_asked; /* allocations until one fails; how many there were */

#if OWN_MALLOC
static bool refused(void)
{
	if (!armed)
		return false;
	n_asked++;
	if (left-- > 0)
		return false;
	left = SIZE_MAX; /* one at a time */
	errno = ENOMEM;
	return true;
}

/* glibc's own, under the names that stay when these are replaced; libcrypto calls these too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
	return refused() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return refused() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return refused() ? NULL : __libc_realloc(p, size);
}
#endif

#endif
