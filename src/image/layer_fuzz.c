/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer_fuzz.c - a layer's bytes, compressed or not, through the worker's code
 * and back through the parent's, in one process and without the walls.
 */

#include <stdint.h>
#include <stdlib.h>

#include "image/merge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct play {
	struct bytes left;
	struct record_feed feed;
	bool stopped;
};

static enum cloister_err pull(void *ctx, void *room, size_t len, size_t *len_out,
			      struct cloister_fault *why)
{
	struct play *p = ctx;
	/* Small pieces, so that headers straddle them. */
	size_t n = p->left.len < 700 ? p->left.len : 700;

	(void)why;
	n = n < len ? n : len;
	memcpy(room, p->left.data, n);
	p->left = bytes_of(p->left.data + n, p->left.len - n);
	*len_out = n;
	return CLOISTER_OK;
}

/* What our own worker says must be records, whatever it was given to read. */
static bool push(void *ctx, struct bytes b)
{
	struct play *p = ctx;

	while (b.len > 0 && !p->stopped) {
		if (b.len < RECORD_HEAD)
			abort();
		size_t len = (size_t)b.data[0] << 24 | (size_t)b.data[1] << 16 | (size_t)b.data[2] << 8 | b.data[3];
		if (len > RECORD_MAX || b.len < RECORD_HEAD + len)
			abort();
		p->stopped = record_feed_take(&p->feed, b.data[4], bytes_of(b.data + RECORD_HEAD, len), NULL) !=
			     CLOISTER_OK;
		b = bytes_of(b.data + RECORD_HEAD + len, b.len - RECORD_HEAD - len);
	}
	return !p->stopped;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct merge m;
	struct layer_build b;
	struct layer_sink sink = { layer_build_entry, layer_build_data, NULL, &b };
	struct play p = { .left = { data, size }, .feed = { .sink = &sink, .ceiling = 1 << 20 } };
	struct inflow_job job = { codec_of(p.left), 4 << 20, true, pull, &p };
	struct inflow *in = NULL;

	if (size == 0 || merge_init(&m, NULL) != CLOISTER_OK || layer_build_init(&b, &m, NULL) != CLOISTER_OK ||
	    inflow_open(&job, &in, NULL) != CLOISTER_OK)
		return 0;
	layer_decode(in, push, &p);
	if (p.feed.ended && !p.stopped && merge_layer(&m, &b, NULL) == CLOISTER_OK)
		tree_finish(m.tree);
	inflow_close(in);
	layer_build_fini(&b);
	merge_fini(&m);
	return 0;
}
