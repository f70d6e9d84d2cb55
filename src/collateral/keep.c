/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c - check, then store; and look through what is stored. */

#include "collateral/keep.h"

#include <stdlib.h>

enum cloister_err keep_beside(struct keep *k, const struct batch *b, struct cloister_fault *why)
{
	for (size_t i = 0; i < b->pool.n; i++)
		if (piece_is_beside(b->pool.items[i].kind, b->pool.items[i].data))
			TRY(batch_put(&k->beside, b->pool.items[i].kind, b->pool.items[i].data, why));
	return CLOISTER_OK;
}

static enum cloister_err note_beside(void *ctx, const char *name, struct bytes content,
				     struct cloister_fault *why)
{
	own(batch_fini) struct batch b = { 0 };

	(void)name;
	/* What cannot be read helps nobody; keep_each() says so. */
	if (batch_add(&b, content, NULL) != CLOISTER_OK)
		return CLOISTER_OK;
	return keep_beside(ctx, &b, why);
}

enum cloister_err keep_open(const char *path, bool make, struct cloister_trust *trust, uint64_t now_s,
			    struct keep *out, struct cloister_fault *why)
{
	out->trust = trust;
	out->now_s = now_s;
	TRY(shelf_open(path, make, &out->shelf, why));
	return shelf_each(&out->shelf, note_beside, out, why);
}

void keep_close(struct keep *k)
{
	shelf_close(&k->shelf);
	batch_fini(&k->beside);
}

/*
 * Whether what is there is the better one, as the judges would choose: while it is
 * current, by Intel's number, since several are current at once; else by date. So
 * nobody who hands pieces over can put an older one in the way of a newer.
 */
static bool stays(const struct keep *k, const struct piece_rank *there, const struct piece *p)
{
	if (there->evaluation != p->evaluation && k->now_s <= there->until_s)
		return there->evaluation > p->evaluation;
	return there->issued_s > p->issued_s;
}

static enum cloister_err put(struct keep *k, const struct piece *p, enum item_kind kind,
			     struct cloister_fault *why)
{
	own(buf_fini) struct buf there = BUF_INIT(LIMIT_COLLATERAL);
	enum keep_did did = KEEP_NEW;
	struct piece_rank rank;

	if (shelf_get(&k->shelf, p->name, &there, NULL) == CLOISTER_OK) {
		did = KEEP_RENEWED;
		if (bytes_equal(buf_bytes(&there), p->data))
			did = KEEP_SAME;
		else if (piece_rank_read(kind, buf_bytes(&there), &rank) && stays(k, &rank, p))
			did = KEEP_OLDER;
	}
	if (did == KEEP_NEW || did == KEEP_RENEWED)
		TRY(shelf_put(&k->shelf, p->name, p->data, why));
	if (k->said)
		k->said(k->ctx, p, did);
	return CLOISTER_OK;
}

static void drop_pieces(struct piece **p)
{
	free(*p);
}

enum cloister_err keep_batch(struct keep *k, const struct batch *b, keep_want *want, void *ctx,
			     struct cloister_fault *why)
{
	const struct pool *pool = &b->pool;
	own(drop_pieces) struct piece *pieces = calloc(pool->n + 1, sizeof *pieces);
	struct pool beside = k->beside.pool; /* loans */

	if (!pieces)
		return fail(why, CLOISTER_E_NOMEM, "collateral", "out of memory");
	for (size_t i = 0; i < pool->n; i++)
		if (piece_is_beside(pool->items[i].kind, pool->items[i].data))
			TRY(pool_add(&beside, pool->items[i].kind, pool->items[i].data, why));
	for (size_t i = 0; i < pool->n; i++) {
		TRY(piece_check(k->trust, &beside, pool->items[i].kind, pool->items[i].data, k->now_s,
				&pieces[i], why));
		if (want)
			TRY(want(ctx, &pieces[i], why));
	}
	for (size_t i = 0; i < pool->n; i++)
		TRY(put(k, &pieces[i], pool->items[i].kind, why));
	return keep_beside(k, b, why);
}

struct look {
	const struct keep *k;
	keep_seen *seen;
	void *ctx;
};

static enum cloister_err look_at(void *ctx, const char *name, struct bytes content,
				 struct cloister_fault *why)
{
	own(batch_fini) struct batch b = { 0 };
	const struct look *l = ctx;
	struct cloister_fault bad = { 0 };

	if (batch_add(&b, content, &bad) != CLOISTER_OK)
		return l->seen(l->ctx, name, NULL, &bad, why);
	for (size_t i = 0; i < b.pool.n; i++) {
		const struct pool_item *item = &b.pool.items[i];
		struct piece p = { 0 };
		bool vouched = piece_vouched(l->k->trust, &l->k->beside.pool, item->kind, item->data,
					     l->k->now_s, &p, &bad) == CLOISTER_OK;
		bool good = vouched && piece_in_time(&p, l->k->now_s, &bad) == CLOISTER_OK;
		TRY(l->seen(l->ctx, name, vouched ? &p : NULL, good ? NULL : &bad, why));
	}
	return CLOISTER_OK;
}

enum cloister_err keep_each(const struct keep *k, keep_seen *seen, void *ctx, struct cloister_fault *why)
{
	struct look l = { k, seen, ctx };

	return shelf_each(&k->shelf, look_at, &l, why);
}
