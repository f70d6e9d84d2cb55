/* SPDX-License-Identifier: Apache-2.0 */
/* query_fuzz.c - a query, a line end, and a JSON body: whatever is accepted is within its bounds. */

#include <stdlib.h>

#include "base/utf8.h"
#include "daemon/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_wallet(struct bytes query, struct json body)
{
	struct query_said said = { .query = query, .body = body };
	char wallet[LIMIT_WALLET + 1];
	enum refusal r;

	if (!query_wallet(&said, wallet, &r))
		return;
	struct bytes w = bytes_text(wallet);
	if (w.len == 0 || w.len > LIMIT_WALLET || utf8_valid(w) != w.len)
		abort();
}

static void look_at_page(struct bytes query)
{
	struct query_page page;
	enum refusal r;

	if (query_page(query, 100, 1000, &page, &r) && (page.limit < 1 || page.limit > 1000))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line_end = size ? memchr(data, '\n', size) : NULL;
	size_t len = line_end ? (size_t)(line_end - data) : size;
	own(buf_fini) struct buf bad = BUF_INIT(4096);
	struct json body = { 0 };
	unsigned scopes = 0;
	enum refusal r;

	if (line_end && json_read(bytes_of(line_end + 1, size - len - 1), &body, NULL) != CLOISTER_OK)
		body = (struct json){ 0 };
	look_at_wallet(bytes_of(data, len), body);
	look_at_page(bytes_of(data, len));
	if (query_permissions(json_get(body, "permissions"), &scopes, &bad, &r) && (scopes == 0 || scopes > 31))
		abort();
	return 0;
}
