/* SPDX-License-Identifier: Apache-2.0 */
/* json_fuzz.c - whatever json_read() accepts, the getters must walk without surprise. */

#include <stdlib.h>

#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void visit(struct json v, struct buf *text)
{
	struct json_walk w = json_walk(v);
	struct json key, value;
	size_t n = 0;
	uint64_t u;
	int64_t i;
	bool b;

	text->len = 0;
	if (json_string_to(v, text) != (v.type == JSON_STRING) && !text->failed)
		abort();
	(void)json_u64(v, &u);
	(void)json_i64(v, &i);
	(void)json_bool(v, &b);
	while (json_next(&w, &key, &value)) {
		if (v.type == JSON_OBJECT && key.type != JSON_STRING)
			abort();
		visit(value, text);
		n++;
	}
	if (n != json_count(v))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json v;
	struct buf text = BUF_INIT(1 << 20);

	if (json_read(bytes_of(data, size), &v, NULL) == CLOISTER_OK)
		visit(v, &text);
	buf_fini(&text);
	return 0;
}
