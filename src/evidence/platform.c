/* SPDX-License-Identifier: Apache-2.0 */
/* platform.c - certificates of platforms that were met. Compared byte by byte: no digest stands for them. */

#include "evidence/platform.h"

#include <stdlib.h>

enum cloister_err platform_new(struct bytes text, struct platform **out, struct cloister_fault *why)
{
	struct platform *p = malloc(sizeof *p + text.len);

	if (!p)
		return fail(why, CLOISTER_E_NOMEM, "verify", "out of memory");
	atomic_init(&p->refs, 1);
	p->text = bytes_of(p + 1, text.len);
	if (text.len)
		memcpy(p + 1, text.data, text.len);
	*out = p;
	return CLOISTER_OK;
}

struct platform *platform_ref(struct platform *p)
{
	atomic_fetch_add(&p->refs, 1);
	return p;
}

void platform_unref(struct platform *p)
{
	if (p && atomic_fetch_sub(&p->refs, 1) == 1)
		free(p);
}

/* The leaf comes first, and its serial number is among the first bytes: platforms spread over the sets. */
static struct platform_place *set_of(struct platforms *all, struct bytes text)
{
	uint32_t h = 0x811c9dc5; /* FNV-1a */

	for (size_t i = 0; i < text.len && i < 256; i++)
		h = (h ^ text.data[i]) * 0x01000193;
	return all->places[h % PLATFORM_SETS];
}

static struct platform_place *find(struct platforms *all, struct bytes text)
{
	struct platform_place *set = set_of(all, text);

	for (size_t i = 0; i < PLATFORM_WAYS; i++)
		if (set[i].platform && bytes_equal(set[i].platform->text, text))
			return &set[i];
	return NULL;
}

struct platform *platforms_find(struct platforms *all, struct bytes text)
{
	struct platform_place *place = find(all, text);

	if (!place)
		return NULL;
	place->used = ++all->tick;
	return platform_ref(place->platform);
}

/* An empty place, whose tick is 0, or the longest unused one. */
static struct platform_place *victim(struct platform_place *set)
{
	struct platform_place *oldest = &set[0];

	for (size_t i = 1; i < PLATFORM_WAYS; i++)
		if (set[i].used < oldest->used)
			oldest = &set[i];
	return oldest;
}

struct platform *platforms_keep(struct platforms *all, struct platform *p)
{
	if (p->text.len > LIMIT_PLATFORM_TEXT || find(all, p->text))
		return NULL;
	struct platform_place *place = victim(set_of(all, p->text));
	struct platform *old = place->platform;
	*place = (struct platform_place){ platform_ref(p), ++all->tick };
	return old;
}

void platforms_fini(struct platforms *all)
{
	for (size_t i = 0; i < PLATFORM_SETS; i++)
		for (size_t k = 0; k < PLATFORM_WAYS; k++)
			platform_unref(all->places[i][k].platform);
}
