/* SPDX-License-Identifier: Apache-2.0 */
/* layer_record.c - both ends of the worker's protocol, side by side. Allocates nothing. */

#include "image/layer_record.h"

#include "base/rd.h"

bool xattr_kept(struct bytes key)
{
	bool user = key.len > 5 && bytes_are(bytes_of(key.data, 5), "user.");
	bool overlay = key.len >= 13 && bytes_are(bytes_of(key.data, 13), "user.overlay.");

	return (user && !overlay) || bytes_are(key, "security.capability");
}

/* The head comes first but knows the length, so the body is measured with a writer over nothing. */
static void head(struct wr *w, size_t len, enum record_type type)
{
	wr_be32(w, (uint32_t)len);
	wr_u8(w, (uint8_t)type);
}

static void entry_body(struct wr *w, const struct layer_entry *e)
{
	wr_u8(w, (uint8_t)e->kind);
	wr_be32(w, e->mode);
	wr_be32(w, e->uid);
	wr_be32(w, e->gid);
	wr_be64(w, e->mtime);
	wr_be64(w, e->size);
	wr_be16(w, (uint16_t)e->path.len);
	wr_put(w, e->path);
	wr_be16(w, (uint16_t)e->target.len);
	wr_put(w, e->target);
	wr_u8(w, (uint8_t)e->n_left_out);
	wr_u8(w, (uint8_t)e->n_xattrs);
	for (unsigned i = 0; i < e->n_xattrs; i++) {
		wr_u8(w, (uint8_t)e->xattrs[i].key.len);
		wr_put(w, e->xattrs[i].key);
		wr_be32(w, (uint32_t)e->xattrs[i].value.len);
		wr_put(w, e->xattrs[i].value);
	}
}

void record_entry(struct wr *w, const struct layer_entry *e)
{
	struct wr measure = wr_open(NULL, 0);

	entry_body(&measure, e);
	head(w, measure.len, RECORD_ENTRY);
	entry_body(w, e);
}

void record_data(struct wr *w, uint64_t at, struct bytes data)
{
	head(w, 8 + data.len, RECORD_DATA);
	wr_be64(w, at);
	wr_put(w, data);
}

void record_end(struct wr *w, const uint8_t diff_id[static SHA256_LEN], uint64_t len)
{
	head(w, SHA256_LEN + 8, RECORD_END);
	wr_put(w, bytes_of(diff_id, SHA256_LEN));
	wr_be64(w, len);
}

void record_refused(struct wr *w, enum cloister_err err, const char *sentence)
{
	struct bytes text = bytes_text(sentence);

	head(w, 1 + text.len, RECORD_REFUSED);
	wr_u8(w, (uint8_t)err);
	wr_put(w, text);
}

static enum cloister_err tell(enum cloister_err err, const struct cloister_fault *bad,
			      struct cloister_fault *why)
{
	if (err != CLOISTER_OK && why)
		*why = *bad;
	return err;
}

/* A path or target: not longer than the kernel's, and without a NUL. */
static struct bytes text(struct rd *r, const char *field)
{
	size_t len = rd_be16(r, field);

	rd_want(r, len < LIMIT_PATH, field);
	struct bytes b = rd_take(r, rd_ok(r) ? len : 0, field);
	rd_want(r, b.len == 0 || !memchr(b.data, 0, b.len), field);
	return b;
}

static struct layer_xattr xattr(struct rd *r)
{
	struct layer_xattr x;

	x.key = rd_take(r, rd_u8(r, "entry.xattr_key"), "entry.xattr_key");
	rd_want(r, x.key.len && !memchr(x.key.data, 0, x.key.len) && xattr_kept(x.key),
		"entry.xattr_key");
	x.value = rd_take(r, rd_be32(r, "entry.xattr_value"), "entry.xattr_value");
	rd_want(r, x.value.len <= LIMIT_XATTR, "entry.xattr_value");
	return x;
}

enum cloister_err record_entry_read(struct bytes body, struct layer_entry *out,
				    struct cloister_fault *why)
{
	struct cloister_fault bad;
	struct rd r = rd_open(body, &bad);
	struct layer_entry e = { 0 };

	uint8_t kind = rd_u8(&r, "entry.kind");
	rd_want(&r, kind > 0 && kind < LAYER_KINDS, "entry.kind");
	e.kind = (enum layer_kind)kind;
	e.mode = rd_be32(&r, "entry.mode");
	rd_want(&r, e.mode <= 07777, "entry.mode");
	e.uid = rd_be32(&r, "entry.uid");
	rd_want(&r, e.uid != UINT32_MAX, "entry.uid");
	e.gid = rd_be32(&r, "entry.gid");
	rd_want(&r, e.gid != UINT32_MAX, "entry.gid");
	e.mtime = rd_be64(&r, "entry.mtime");
	e.size = rd_be64(&r, "entry.size");
	rd_want(&r, e.size <= LIMIT_LAYER_BYTES && (e.kind == LAYER_FILE || e.size == 0), "entry.size");
	e.path = text(&r, "entry.path");
	e.target = text(&r, "entry.target");
	rd_want(&r, (e.kind == LAYER_SYMLINK || e.kind == LAYER_HARDLINK) == (e.target.len > 0),
		"entry.target");
	e.n_left_out = rd_u8(&r, "entry.n_left_out");
	e.n_xattrs = rd_u8(&r, "entry.n_xattrs");
	rd_want(&r, e.n_xattrs <= LIMIT_XATTRS, "entry.n_xattrs");
	for (unsigned i = 0; rd_ok(&r) && i < e.n_xattrs; i++)
		e.xattrs[i] = xattr(&r);
	TRY(tell(rd_close(&r, "entry"), &bad, why));
	*out = e;
	return CLOISTER_OK;
}

enum cloister_err record_data_read(struct bytes body, struct layer_data *out,
				   struct cloister_fault *why)
{
	struct cloister_fault bad;
	struct rd r = rd_open(body, &bad);
	struct layer_data d;

	d.at = rd_be64(&r, "data.offset");
	d.data = rd_rest(&r, "data.bytes");
	rd_want(&r, d.data.len > 0 && d.data.len <= RECORD_DATA_MAX, "data.bytes");
	TRY(tell(rd_close(&r, "data"), &bad, why));
	*out = d;
	return CLOISTER_OK;
}

enum cloister_err record_end_read(struct bytes body, struct layer_end *out,
				  struct cloister_fault *why)
{
	struct cloister_fault bad;
	struct rd r = rd_open(body, &bad);
	struct layer_end e;

	rd_array(&r, e.diff_id, "end.diff_id");
	e.len = rd_be64(&r, "end.length");
	TRY(tell(rd_close(&r, "end"), &bad, why));
	*out = e;
	return CLOISTER_OK;
}

enum cloister_err record_refusal(struct bytes body, struct cloister_fault *why)
{
	struct cloister_fault bad;
	struct rd r = rd_open(body, &bad);
	char sentence[CLOISTER_NOTE_MAX];

	uint8_t code = rd_u8(&r, "refused.code");
	rd_want(&r, code > CLOISTER_OK && code <= CLOISTER_E_TIMEOUT, "refused.code");
	struct bytes b = rd_rest(&r, "refused.sentence");
	rd_want(&r, b.len < sizeof sentence, "refused.sentence");
	TRY(tell(rd_close(&r, "refused"), &bad, why));
	for (size_t i = 0; i < b.len; i++)
		sentence[i] = b.data[i] < 0x20 || b.data[i] > 0x7e ? '?' : (char)b.data[i];
	sentence[b.len] = 0;
	return fail(why, (enum cloister_err)code, "layer", "%s", sentence);
}
