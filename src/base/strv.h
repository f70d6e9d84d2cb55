/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STRV_H
#define BASE_STRV_H

/* strv.h - a growing list of texts, NULL-terminated as argv is. Start from zeros. */

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct strv {
	char **list; /* NULL while empty */
	size_t n;
	bool failed; /* out of memory; sticky */
};

void strv_add(struct strv *v, const char *text);     /* a copy */
void strv_take(struct strv *v, char *text);          /* now ours; NULL is a failure */
void strv_add_all(struct strv *v, const char *const *list); /* NULL-terminated; NULL is empty */
void strv_fini(struct strv *v);
enum cloister_err strv_ok(const struct strv *v, const char *what, struct cloister_fault *why);

/* As a NULL-terminated list, never NULL itself; valid until the next call. */
const char *const *strv_list(const struct strv *v);

/* By byte value, without repeats. */
void strv_sort(struct strv *v);

/*
 * Put `entry` ("KEY=value") in place of the entry with its key, or at the end:
 * how environments are merged.
 */
void strv_set(struct strv *v, const char *entry);

#endif
