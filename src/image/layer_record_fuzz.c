/* SPDX-License-Identifier: Apache-2.0 */
/* layer_record_fuzz.c - two layers' records as a hostile worker would send them, built and merged. */

#include "image/layer_record.h"

#include <stdint.h>
#include <stdlib.h>

#include "image/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Frames with u16 lengths, so that the fuzzer finds its way; true when END was met. */
static bool one_layer(struct bytes *in, struct record_feed *f)
{
	while (in->len >= 3 && !f->ended) {
		size_t len = (size_t)(in->data[0] << 8 | in->data[1]);
		uint8_t type = in->data[2];
		*in = bytes_of(in->data + 3, in->len - 3);
		if (len > in->len)
			return false;
		if (record_feed_take(f, type, bytes_of(in->data, len), NULL) != CLOISTER_OK)
			return false;
		*in = bytes_of(in->data + len, in->len - len);
	}
	return f->ended;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = { data, size };
	struct merge m;
	bool good = true;

	if (merge_init(&m, NULL) != CLOISTER_OK)
		return 0;
	for (int i = 0; good && i < 3; i++) {
		struct layer_build b;
		struct layer_sink sink = { layer_build_entry, layer_build_data, NULL, &b };
		struct record_feed f = { .sink = &sink, .ceiling = 1 << 20 };
		if (layer_build_init(&b, &m, NULL) != CLOISTER_OK)
			break;
		good = one_layer(&in, &f) && merge_layer(&m, &b, NULL) == CLOISTER_OK;
		layer_build_fini(&b);
	}
	tree_finish(m.tree);
	(void)tree_find(m.tree, "/a/b/../c");
	merge_fini(&m);
	return 0;
}
