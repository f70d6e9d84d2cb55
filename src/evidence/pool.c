/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c - a bounded list, and a walk over two of them. */

#include "evidence/pool.h"

enum cloister_err pool_add(struct pool *p, enum item_kind kind, struct bytes data,
			   struct cloister_fault *why)
{
	if (p->n == LIMIT_POOL)
		return fail(why, CLOISTER_E_LIMIT, "collateral", "more than %u pieces", LIMIT_POOL);
	p->items[p->n++] = (struct pool_item){ kind, data, NULL };
	return CLOISTER_OK;
}

const struct pool_item *pool_walk(const struct pool *given, const struct pool *own,
				  enum item_kind kind, size_t *at)
{
	size_t n_given = given ? given->n : 0, n = n_given + (own ? own->n : 0);

	while (*at < n) {
		size_t i = (*at)++;
		const struct pool_item *item = i < n_given ? &given->items[i] : &own->items[i - n_given];
		if (item->kind == kind)
			return item;
	}
	return NULL;
}

bool pool_next(const struct pool *given, const struct pool *own, enum item_kind kind, size_t *at,
	       struct bytes *out)
{
	const struct pool_item *item = pool_walk(given, own, kind, at);

	if (item)
		*out = item->data;
	return item != NULL;
}
