/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer.c - feeding a layer's file to the confined worker and taking its
 * records. Believes the worker in nothing: every record is read with the same
 * care as a stranger's file, and the file's own digest is computed here.
 */

#include "image/layer.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sys/worker.h"

#define CHUNK (256u << 10)

uint64_t layer_ceiling(uint64_t len)
{
	if (len > LIMIT_LAYER_BYTES / LIMIT_LAYER_RATIO)
		return LIMIT_LAYER_BYTES;
	uint64_t most = len * LIMIT_LAYER_RATIO;
	return most > LIMIT_LAYER_FREE ? most : LIMIT_LAYER_FREE;
}

static enum cloister_err take_entry(struct record_feed *f, struct bytes body,
				    struct cloister_fault *why)
{
	struct layer_entry e;

	TRY(record_entry_read(body, &e, why));
	if (e.size > f->ceiling - f->total)
		return fail(why, CLOISTER_E_LIMIT, "layer",
			    "its files add up to more than the %llu bytes that a layer of its size may have",
			    (unsigned long long)f->ceiling);
	f->total += e.size;
	f->size = e.size;
	f->written = 0;
	f->in_file = e.kind == LAYER_FILE;
	return f->sink->entry(f->sink->ctx, &e, why);
}

static enum cloister_err take_data(struct record_feed *f, struct bytes body,
				   struct cloister_fault *why)
{
	struct layer_data d;

	TRY(record_data_read(body, &d, why));
	if (!f->in_file || d.at < f->written || d.at > f->size || d.data.len > f->size - d.at)
		return fail(why, CLOISTER_E_PEER, "layer", "the reader's content is not within its file");
	f->written = d.at + d.data.len;
	return f->sink->data(f->sink->ctx, &d, why);
}

enum cloister_err record_feed_take(struct record_feed *f, uint8_t type, struct bytes body,
				   struct cloister_fault *why)
{
	if (f->ended)
		return fail(why, CLOISTER_E_PEER, "layer", "the reader went on after its end");
	switch (type) {
	case RECORD_ENTRY:
		return take_entry(f, body, why);
	case RECORD_DATA:
		return take_data(f, body, why);
	case RECORD_END:
		f->ended = true;
		return record_end_read(body, &f->end, why);
	case RECORD_REFUSED:
		return record_refusal(body, why);
	}
	return fail(why, CLOISTER_E_PEER, "layer", "the reader sent a record of unknown type %u", type);
}

struct reading {
	const struct layer_source *src;
	struct record_feed feed;
	struct worker worker;
	struct hash *hash;
	uint64_t fed; /* bytes of the file */
	size_t have;  /* bytes in records */
	uint8_t file[CHUNK];
	uint8_t records[2 * (RECORD_HEAD + RECORD_MAX)];
};

static void drop_reading(struct reading **r)
{
	if (!*r)
		return;
	worker_drop(&(*r)->worker);
	hash_free((*r)->hash);
	free(*r);
}

/* The next piece of the file, hashed on its way. */
static enum cloister_err next_chunk(struct reading *r, struct bytes *out, struct cloister_fault *why)
{
	uint64_t left = r->src->len - r->fed;
	size_t want = left < CHUNK ? (size_t)left : CHUNK;
	ssize_t n = pread(r->src->fd, r->file, want, (off_t)(r->src->at + r->fed));

	if (n < 0)
		return fail_sys(why, "layer", "reading its file");
	if (n == 0)
		return fail(why, CLOISTER_E_MALFORMED, "layer", "its file became shorter while it was read");
	r->fed += (uint64_t)n;
	*out = bytes_of(r->file, (size_t)n);
	hash_update(r->hash, *out);
	return CLOISTER_OK;
}

static uint32_t frame_len(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Take every whole frame out of the buffer and move the rest to its front. */
static enum cloister_err take_frames(struct reading *r, struct cloister_fault *why)
{
	size_t at = 0;

	while (r->have - at >= RECORD_HEAD) {
		const uint8_t *head = r->records + at;
		size_t len = frame_len(head);
		if (len > RECORD_MAX)
			return fail(why, CLOISTER_E_PEER, "layer", "the reader sent a record of %zu bytes", len);
		if (r->have - at < RECORD_HEAD + len)
			break;
		TRY(record_feed_take(&r->feed, head[4], bytes_of(head + RECORD_HEAD, len), why));
		at += RECORD_HEAD + len;
	}
	memmove(r->records, r->records + at, r->have - at);
	r->have -= at;
	return CLOISTER_OK;
}

static enum cloister_err converse(struct reading *r, struct cloister_fault *why)
{
	const struct layer_sink *sink = r->feed.sink;
	struct bytes chunk = BYTES_NONE;
	bool ended = false;
	size_t got;

	while (!ended) {
		if (chunk.len == 0 && r->fed < r->src->len) {
			TRY(next_chunk(r, &chunk, why));
			if (sink->progress)
				sink->progress(sink->ctx, r->fed);
		}
		if (chunk.len == 0)
			worker_fed(&r->worker);
		TRY(worker_turn(&r->worker, &chunk, r->records + r->have, sizeof r->records - r->have,
				&got, &ended, why));
		r->have += got;
		TRY(take_frames(r, why));
	}
	return CLOISTER_OK;
}

static enum cloister_err check(struct reading *r, bool plain, struct cloister_fault *why)
{
	uint8_t blob[SHA256_LEN];
	const uint8_t *diff_id = plain ? blob : r->feed.end.diff_id;
	int status;

	TRY(worker_wait(&r->worker, &status, why));
	if (!r->feed.ended || status != 0)
		return fail(why, CLOISTER_E_PEER, "layer", "its reader stopped early, with status %d", status);
	if (r->fed != r->src->len)
		return fail(why, CLOISTER_E_PEER, "layer", "its reader did not read it all");
	TRY(hash_final(r->hash, blob, why));
	if (r->src->blob && !bytes_equal(BYTES_OF(blob), bytes_of(r->src->blob, SHA256_LEN)))
		return fail(why, CLOISTER_E_MALFORMED, "digest",
			    "the layer's file is not the one that the manifest names");
	if (!bytes_equal(bytes_of(diff_id, SHA256_LEN), bytes_of(r->src->diff_id, SHA256_LEN)))
		return fail(why, CLOISTER_E_MALFORMED, "digest",
			    "the layer's content is not the one that the configuration names");
	return CLOISTER_OK;
}

static enum cloister_err first_bytes(const struct layer_source *src, enum layer_codec *out,
				     struct cloister_fault *why)
{
	uint8_t magic[4];
	ssize_t n = pread(src->fd, magic, src->len < 4 ? src->len : 4, (off_t)src->at);

	if (n < 0)
		return fail_sys(why, "layer", "reading its file");
	*out = codec_of(bytes_of(magic, (size_t)n));
	return CLOISTER_OK;
}

enum cloister_err layer_read(const struct layer_source *src, const struct layer_sink *sink,
			     struct cloister_fault *why)
{
	own(drop_reading) struct reading *r = calloc(1, sizeof *r);
	struct layer_job job = { .ceiling = layer_ceiling(src->len) };

	if (!r)
		return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
	r->worker = (struct worker)WORKER_INIT;
	r->src = src;
	r->feed.sink = sink;
	r->feed.ceiling = job.ceiling;
	TRY(first_bytes(src, &job.codec, why));
	job.hash = job.codec != CODEC_PLAIN;
	TRY(hash_new(HASH_SHA256, &r->hash, why));
	TRY(worker_start(layer_worker, &job, &r->worker, why));
	TRY(converse(r, why));
	return check(r, !job.hash, why);
}
