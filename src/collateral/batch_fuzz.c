/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch_fuzz.c - whatever a server or a file may hold: taken apart, checked by its
 * own pieces, named; read as evidence; decoded as a header. Names hold no slash.
 */

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "collateral/batch.h"
#include "collateral/need.h"
#include "collateral/piece.h"
#include "net/http_get.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct cloister_trust *trust;
	own(batch_fini) struct batch b = { 0 };
	own(needs_fini) struct needs needs = { 0 };
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_COLLATERAL);
	struct cloister_fault why;
	struct bytes in = bytes_of(data, size);

	if (!trust && cloister_trust_new(&trust, &why) != CLOISTER_OK)
		abort();
	(void)batch_add(&b, in, &why);
	for (size_t i = 0; i < b.pool.n && i < 8; i++) {
		const struct pool_item *item = &b.pool.items[i];
		struct piece p;
		struct piece_rank rank;
		(void)piece_rank_read(item->kind, item->data, &rank);
		if (piece_check(trust, &b.pool, item->kind, item->data, 1790000000, &p, &why) == CLOISTER_OK &&
		    (strchr(p.name, '/') || p.name[0] == '.' || !p.root_is_builtin))
			abort();
	}
	(void)needs_of(trust, in, 1790000000, &needs, &why);
	(void)url_decode(in, &text, &why);
	return 0;
}
