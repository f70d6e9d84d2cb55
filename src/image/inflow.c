/* SPDX-License-Identifier: Apache-2.0 */
/* inflow.c - decompressing one layer, streaming. RFC 1952 through zlib, RFC 8878 through libzstd. */

#include "image/inflow.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"

#define CHUNK (128u << 10)

struct inflow {
	struct inflow_job job;
	struct hash *hash;
	z_stream gzip;
	ZSTD_DCtx *zstd;
	bool in_frame; /* inside a gzip member or zstd frame */
	bool ended;    /* pull() said so */
	size_t n_frames; /* gzip members that are complete */
	struct bytes in; /* the rest of in_room */
	uint64_t total, nonzero;
	uint8_t in_room[CHUNK], out_room[CHUNK];
};

enum layer_codec codec_of(struct bytes magic)
{
	if (magic.len >= 2 && bytes_are(bytes_of(magic.data, 2), "\x1f\x8b"))
		return CODEC_GZIP;
	if (magic.len >= 4 && bytes_are(bytes_of(magic.data, 4), "\x28\xb5\x2f\xfd"))
		return CODEC_ZSTD;
	/* A skippable frame, 0x184D2A50 to 5F: some writers begin with one. */
	if (magic.len >= 4 && (magic.data[0] & 0xf0) == 0x50 &&
	    bytes_are(bytes_of(magic.data + 1, 3), "\x2a\x4d\x18"))
		return CODEC_ZSTD;
	return CODEC_PLAIN;
}

enum cloister_err inflow_open(const struct inflow_job *job, struct inflow **out,
			      struct cloister_fault *why)
{
	own(drop_inflow) struct inflow *f = calloc(1, sizeof *f);

	if (!f)
		return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
	f->job = *job;
	if (job->hash)
		TRY(hash_new(HASH_SHA256, &f->hash, why));
	if (job->codec == CODEC_GZIP && inflateInit2(&f->gzip, 15 + 16 /* gzip only */) != Z_OK)
		return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
	f->zstd = job->codec == CODEC_ZSTD ? ZSTD_createDCtx() : NULL;
	if (job->codec == CODEC_ZSTD && !f->zstd)
		return fail(why, CLOISTER_E_NOMEM, "layer", "out of memory");
	if (f->zstd)
		ZSTD_DCtx_setParameter(f->zstd, ZSTD_d_windowLogMax, LIMIT_ZSTD_WINDOW_LOG);
	*out = give(f, NULL);
	return CLOISTER_OK;
}

void inflow_close(struct inflow *f)
{
	if (!f)
		return;
	hash_free(f->hash);
	inflateEnd(&f->gzip);
	ZSTD_freeDCtx(f->zstd);
	free(f);
}

void drop_inflow(struct inflow **f)
{
	inflow_close(*f);
	*f = NULL;
}

static enum cloister_err refill(struct inflow *f, struct cloister_fault *why)
{
	size_t len = 0;

	if (f->in.len > 0 || f->ended)
		return CLOISTER_OK;
	TRY(f->job.pull(f->job.ctx, f->in_room, sizeof f->in_room, &len, why));
	f->in = bytes_of(f->in_room, len);
	f->ended = len == 0;
	return CLOISTER_OK;
}

static void used(struct inflow *f, size_t len)
{
	f->in = bytes_of(f->in.data + len, f->in.len - len);
}

static enum cloister_err plain_next(struct inflow *f, struct bytes *out, struct cloister_fault *why)
{
	TRY(refill(f, why));
	*out = f->in;
	used(f, f->in.len);
	return CLOISTER_OK;
}

static enum cloister_err gzip_step(struct inflow *f, size_t *made, struct cloister_fault *why)
{
	z_stream *z = &f->gzip;

	if (!f->in_frame && inflateReset(z) != Z_OK)
		return fail(why, CLOISTER_E_NOMEM, "layer", "gzip could not start");
	bool behind = f->n_frames > 0 && !f->in_frame;
	f->in_frame = true;
	z->next_in = (Bytef *)f->in.data;
	z->avail_in = (uInt)f->in.len;
	z->next_out = f->out_room;
	z->avail_out = sizeof f->out_room;
	int r = inflate(z, Z_NO_FLUSH);
	used(f, f->in.len - z->avail_in);
	*made = sizeof f->out_room - z->avail_out;
	if (r == Z_STREAM_END) {
		f->in_frame = false;
		f->n_frames++;
	}
	if (r == Z_OK || r == Z_STREAM_END || r == Z_BUF_ERROR)
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_MALFORMED, "layer", "%s: %s",
		    behind ? "something follows the gzip stream" : "the gzip stream is damaged",
		    z->msg ? z->msg : "no reason given");
}

static enum cloister_err zstd_step(struct inflow *f, size_t *made, struct cloister_fault *why)
{
	ZSTD_inBuffer in = { f->in.data, f->in.len, 0 };
	ZSTD_outBuffer out = { f->out_room, sizeof f->out_room, 0 };
	size_t r = ZSTD_decompressStream(f->zstd, &out, &in);

	if (ZSTD_isError(r))
		return fail(why, CLOISTER_E_MALFORMED, "layer", "the zstd stream is damaged: %s",
			    ZSTD_getErrorName(r));
	used(f, in.pos);
	*made = out.pos;
	f->in_frame = r != 0;
	return CLOISTER_OK;
}

/* Until something came out or everything is in. */
static enum cloister_err inflate_next(struct inflow *f, struct bytes *out,
				      struct cloister_fault *why)
{
	size_t made = 0;

	while (made == 0) {
		TRY(refill(f, why));
		if (f->in.len == 0 && f->ended && !f->in_frame)
			break;
		size_t before = f->in.len;
		TRY(f->job.codec == CODEC_GZIP ? gzip_step(f, &made, why) : zstd_step(f, &made, why));
		if (made == 0 && f->in.len == before && f->ended)
			return fail(why, CLOISTER_E_MALFORMED, "layer",
				    "its compressed stream ends too early");
	}
	*out = bytes_of(f->out_room, made);
	return CLOISTER_OK;
}

enum cloister_err inflow_next(struct inflow *f, struct bytes *out, struct cloister_fault *why)
{
	struct bytes b;

	TRY(f->job.codec == CODEC_PLAIN ? plain_next(f, &b, why) : inflate_next(f, &b, why));
	if (b.len > f->job.ceiling - f->total)
		return fail(why, CLOISTER_E_LIMIT, "layer",
			    "it expands to more than the %llu bytes that a layer of its size may have",
			    (unsigned long long)f->job.ceiling);
	if (f->hash)
		hash_update(f->hash, b);
	size_t n = b.len;
	while (n > 0 && b.data[n - 1] == 0)
		n--;
	if (n > 0)
		f->nonzero = f->total + n;
	f->total += b.len;
	*out = b;
	return CLOISTER_OK;
}

uint64_t inflow_total(const struct inflow *f)
{
	return f->total;
}

uint64_t inflow_nonzero(const struct inflow *f)
{
	return f->nonzero;
}

enum cloister_err inflow_digest(struct inflow *f, uint8_t out[static SHA256_LEN],
				struct cloister_fault *why)
{
	memset(out, 0, SHA256_LEN);
	return f->hash ? hash_final(f->hash, out, why) : CLOISTER_OK;
}
