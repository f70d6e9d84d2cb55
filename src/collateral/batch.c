/* SPDX-License-Identifier: Apache-2.0 */
/* batch.c - from bytes of several forms to pieces of our own. */

#include "collateral/batch.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/mem.h"
#include "evidence/collateral.h"
#include "evidence/quote.h"

void batch_fini(struct batch *b)
{
	for (size_t i = 0; i < b->pool.n; i++)
		free((void *)b->pool.items[i].data.data);
	b->pool.n = 0;
}

enum cloister_err batch_put(struct batch *b, enum item_kind kind, struct bytes data,
			    struct cloister_fault *why)
{
	for (size_t i = 0; i < b->pool.n; i++)
		if (b->pool.items[i].kind == kind && bytes_equal(b->pool.items[i].data, data))
			return CLOISTER_OK;
	uint8_t *copy = malloc(data.len ? data.len : 1);
	if (!copy)
		return fail(why, CLOISTER_E_NOMEM, "collateral", "out of memory");
	memcpy(copy, data.data, data.len);
	enum cloister_err err = pool_add(&b->pool, kind, bytes_of(copy, data.len), why);
	if (err != CLOISTER_OK)
		free(copy);
	return err;
}

static enum cloister_err take(void *ctx, enum item_kind kind, struct bytes data,
			      struct cloister_fault *why)
{
	return batch_put(ctx, kind, data, why);
}

/* A quote brings the chain of its machine's certificate, and with it the issuers of lists. */
static enum cloister_err add_quote(struct batch *b, struct bytes content, struct cloister_fault *why)
{
	struct pck_chain chain;
	struct quote q;

	TRY(quote_read(content, &q, why));
	TRY(pck_chain_read(q.pck_chain, &chain, why));
	for (size_t i = 0; i < PCK_CHAIN_CERTS; i++)
		TRY(batch_put(b, ITEM_CERT, chain.certs[i], why));
	return CLOISTER_OK;
}

static bool is_hex(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (!memchr("0123456789abcdefABCDEF", b.data[i], 22))
			return false;
	return b.len >= 2 && b.data[0] == '3' && b.data[1] == '0'; /* a DER SEQUENCE */
}

static enum cloister_err add_hex(struct batch *b, struct bytes digits, struct cloister_fault *why)
{
	own(drop_mem) uint8_t *der = malloc(digits.len / 2 + 1);
	size_t len;

	if (!der)
		return fail(why, CLOISTER_E_NOMEM, "collateral", "out of memory");
	TRY(hex_read(digits, der, digits.len / 2 + 1, &len, why));
	return collateral_sort(bytes_of(der, len), take, b, why);
}

enum cloister_err batch_add(struct batch *b, struct bytes content, struct cloister_fault *why)
{
	struct bytes text = content;
	struct cloister_fault local;

	while (text.len && (text.data[text.len - 1] == '\n' || text.data[text.len - 1] == '\r'))
		text.len--;
	if (is_hex(text))
		return add_hex(b, text, why);
	enum cloister_err err = collateral_sort(content, take, b, why);
	if (err != CLOISTER_E_UNSUPPORTED)
		return err;
	return add_quote(b, content, &local) == CLOISTER_OK ? CLOISTER_OK : err;
}
