/* SPDX-License-Identifier: Apache-2.0 */
/* build_record.c - build records as JSON; doc/build.md explains the members. */

#include "image/build_record.h"

#include "base/date.h"
#include "crypto/hash.h"

static enum cloister_err put_inputs(struct json_out *w, const struct build_record *r,
				    struct cloister_fault *why)
{
	char when[DATE_ROOM];

	date_write(r->epoch, when);
	json_put_text(w, "image", r->image_name);
	json_put_text(w, "image_sha256", r->image_digest);
	json_put_text(w, "epoch", when);
	json_put_text(w, "rootfs_writer", r->rootfs_writer);
	return platform_put(w, "platform", r->platform, why);
}

static enum cloister_err put_digest(struct json_out *w, const char *key, struct bytes content,
				    struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];

	TRY(hash_sha256(content, digest, why));
	json_open(w, key, '{');
	json_put_hex(w, "sha256", BYTES_OF(digest));
	json_put_u64(w, "length", content.len);
	json_close(w, '}');
	return CLOISTER_OK;
}

enum cloister_err build_record_inputs(const struct build_record *r, struct buf *out,
				      struct cloister_fault *why)
{
	struct json_out w = json_out(out);

	json_open(&w, NULL, '{');
	TRY(put_inputs(&w, r, why));
	json_close(&w, '}');
	return buf_ok(out, "record", why);
}

enum cloister_err build_record_write(const struct build_record *r, struct buf *out, struct cloister_fault *why)
{
	struct json_out w = json_out(out);

	json_open(&w, NULL, '{');
	json_put_u64(&w, "version", 1);
	json_put_text(&w, "tool", "cloister " CLOISTER_VERSION);
	TRY(put_inputs(&w, r, why));
	TRY(put_digest(&w, "manifest", r->workload->manifest_text, why));
	TRY(put_digest(&w, "rootfs", r->workload->rootfs, why));
	TRY(put_digest(&w, "file", r->file, why));
	json_close(&w, '}');
	return buf_ok(out, "record", why);
}
