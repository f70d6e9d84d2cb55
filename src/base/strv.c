/* SPDX-License-Identifier: Apache-2.0 */
/* strv.c - see strv.h. */

#include "base/strv.h"

#include <stdlib.h>
#include <string.h>

void strv_take(struct strv *v, char *text)
{
	char **list = text && !v->failed ? reallocarray(v->list, v->n + 2, sizeof *list) : NULL;

	if (!list) {
		free(text);
		v->failed = true;
		return;
	}
	list[v->n++] = text;
	list[v->n] = NULL;
	v->list = list;
}

void strv_add(struct strv *v, const char *text)
{
	strv_take(v, strdup(text));
}

void strv_add_all(struct strv *v, const char *const *list)
{
	for (; list && *list; list++)
		strv_add(v, *list);
}

void strv_fini(struct strv *v)
{
	for (size_t i = 0; i < v->n; i++)
		free(v->list[i]);
	free(v->list);
	*v = (struct strv){ 0 };
}

enum cloister_err strv_ok(const struct strv *v, const char *what, struct cloister_fault *why)
{
	return v->failed ? fail(why, CLOISTER_E_NOMEM, what, "out of memory") : CLOISTER_OK;
}

const char *const *strv_list(const struct strv *v)
{
	static const char *const none[] = { NULL };

	return v->list ? (const char *const *)v->list : none;
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *v)
{
	size_t kept = 0;

	if (v->n == 0)
		return;
	qsort(v->list, v->n, sizeof *v->list, by_bytes);
	for (size_t i = 0; i < v->n; i++) {
		if (kept && strcmp(v->list[kept - 1], v->list[i]) == 0)
			free(v->list[i]);
		else
			v->list[kept++] = v->list[i];
	}
	v->n = kept;
	v->list[kept] = NULL;
}

void strv_set(struct strv *v, const char *entry)
{
	size_t key = strcspn(entry, "=");

	for (size_t i = 0; i < v->n; i++) {
		if (strncmp(v->list[i], entry, key) != 0 || v->list[i][key] != '=')
			continue;
		char *copy = strdup(entry);
		v->failed |= !copy;
		if (!copy)
			return;
		free(v->list[i]);
		v->list[i] = copy;
		return;
	}
	strv_add(v, entry);
}
