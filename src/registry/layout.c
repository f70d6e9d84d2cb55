/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c - OCI image-spec 1.1, image-layout.md, as a store that several processes fill. */

#include "registry/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/limits.h"
#include "codec/json.h"

#define VERSION_TEXT "{\"imageLayoutVersion\":\"1.0.0\"}"
#define INDEX_TYPE "application/vnd.oci.image.index.v1+json"
#define REF_NAME "org.opencontainers.image.ref.name"
#define NAME_ROOM 96

void layout_close(struct layout *l)
{
	drop_fd(&l->dir_fd);
}

static enum cloister_err make_dir(int at, const char *path, struct cloister_fault *why)
{
	if (mkdirat(at, path, 0755) < 0 && errno != EEXIST)
		return fail_sys(why, "images", "making the directory `%s`", path);
	return CLOISTER_OK;
}

static enum cloister_err check_version(int dir_fd, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_PATH);
	struct json doc;

	TRY(file_read(dir_fd, "oci-layout", LIMIT_PATH, &text, why));
	TRY(json_read(buf_bytes(&text), &doc, why));
	if (!json_is(json_get(doc, "imageLayoutVersion"), "1.0.0"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "oci-layout", "only imageLayoutVersion 1.0.0 is known");
	return CLOISTER_OK;
}

enum cloister_err layout_open(const char *path, struct layout *out, struct cloister_fault *why)
{
	own(layout_close) struct layout l = LAYOUT_INIT;

	TRY(make_dir(AT_FDCWD, path, why));
	l.dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dir_fd < 0)
		return fail_sys(why, "images", "opening `%s`", path);
	TRY(make_dir(l.dir_fd, "blobs", why));
	TRY(make_dir(l.dir_fd, "blobs/sha256", why));
	if (faccessat(l.dir_fd, "oci-layout", F_OK, 0) < 0)
		TRY(file_once(l.dir_fd, "oci-layout", 0644, bytes_text(VERSION_TEXT), why));
	TRY(check_version(l.dir_fd, why));
	*out = give(l, (struct layout)LAYOUT_INIT);
	return CLOISTER_OK;
}

static void blob_name(const uint8_t digest[static SHA256_LEN], char out[static NAME_ROOM])
{
	char hex[2 * SHA256_LEN + 1];

	hex_write(bytes_of(digest, SHA256_LEN), hex);
	snprintf(out, NAME_ROOM, "blobs/sha256/%s", hex);
}

/* The digest of a file, as it is now. */
static enum cloister_err hash_file(int fd, uint8_t out[static SHA256_LEN], struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;
	uint8_t chunk[65536];
	ssize_t n;

	TRY(hash_new(HASH_SHA256, &h, why));
	while ((n = read(fd, chunk, sizeof chunk)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "blob", "reading it again");
		hash_update(h, bytes_of(chunk, (size_t)n));
	}
	return hash_final(h, out, why);
}

enum cloister_err layout_check(const struct layout *l, const uint8_t digest[static SHA256_LEN], uint64_t size,
			       bool *there_out, struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	char name[NAME_ROOM];
	uint8_t found[SHA256_LEN];
	struct stat st;

	blob_name(digest, name);
	fd = openat(l->dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size != size) {
		*there_out = false;
		return CLOISTER_OK;
	}
	TRY(hash_file(fd, found, why));
	*there_out = bytes_equal(BYTES_OF(found), bytes_of(digest, SHA256_LEN));
	return CLOISTER_OK;
}

enum cloister_err layout_read(const struct layout *l, const uint8_t digest[static SHA256_LEN],
			      struct buf *out, struct cloister_fault *why)
{
	uint8_t found[SHA256_LEN];
	char name[NAME_ROOM];
	size_t start = out->len;

	blob_name(digest, name);
	TRY(file_read(l->dir_fd, name, out->max - start, out, why));
	TRY(hash_sha256(bytes_of(out->data + start, out->len - start), found, why));
	if (bytes_equal(BYTES_OF(found), bytes_of(digest, SHA256_LEN)))
		return CLOISTER_OK;
	out->len = start;
	return fail(why, CLOISTER_E_MISSING, "blob", "%.25s... is not what its name says", name + 6);
}

enum cloister_err layout_new(const struct layout *l, const uint8_t digest[static SHA256_LEN],
			     struct file_new *out, struct cloister_fault *why)
{
	char name[NAME_ROOM];

	blob_name(digest, name);
	return file_new(l->dir_fd, name, 0644, out, why);
}

enum cloister_err layout_put(const struct layout *l, const uint8_t digest[static SHA256_LEN],
			     struct bytes content, struct cloister_fault *why)
{
	char name[NAME_ROOM];

	blob_name(digest, name);
	return file_write(l->dir_fd, name, 0644, content, why);
}

static void put_entry(struct json_out *w, const struct layout_entry *e)
{
	char digest[8 + 2 * SHA256_LEN] = "sha256:";

	hex_write(BYTES_OF(e->digest), digest + 7);
	json_open(w, NULL, '{');
	json_put_text(w, "mediaType", e->media_type);
	json_put_text(w, "digest", digest);
	json_put_u64(w, "size", e->size);
	json_open(w, "platform", '{');
	json_put_text(w, "architecture", e->arch);
	json_put_text(w, "os", "linux");
	json_close(w, '}');
	json_open(w, "annotations", '{');
	json_put_text(w, REF_NAME, e->name);
	json_close(w, '}');
	json_close(w, '}');
}

/* What index.json says, with the entry of this name replaced; the others as they were. */
static enum cloister_err renamed(struct json doc, const struct layout_entry *e, struct buf *out,
				 struct cloister_fault *why)
{
	struct json_walk w = json_walk(json_get(doc, "manifests"));
	struct json_out to = json_out(out);
	struct json v;

	json_open(&to, NULL, '{');
	json_put_u64(&to, "schemaVersion", 2);
	json_put_text(&to, "mediaType", INDEX_TYPE);
	json_open(&to, "manifests", '[');
	while (json_next(&w, NULL, &v))
		if (!json_is(json_get(json_get(v, "annotations"), REF_NAME), e->name))
			json_put_raw(&to, NULL, v.text);
	put_entry(&to, e);
	json_close(&to, ']');
	if (json_get(doc, "annotations").type == JSON_OBJECT)
		json_put_raw(&to, "annotations", json_get(doc, "annotations").text);
	json_close(&to, '}');
	return buf_ok(out, "index.json", why);
}


/* Held until the descriptor is closed; a directory can be locked like a file. */
static enum cloister_err lock(const struct layout *l, int *out, struct cloister_fault *why)
{
	own(drop_fd) int fd = openat(l->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return fail_sys(why, "images", "locking the directory");
	*out = give(fd, -1);
	return CLOISTER_OK;
}

enum cloister_err layout_name(const struct layout *l, const struct layout_entry *e,
			      struct cloister_fault *why)
{
	own(buf_fini) struct buf before = BUF_INIT(LIMIT_JSON), after = BUF_INIT(LIMIT_JSON);
	own(drop_fd) int held = -1;
	struct json doc = { 0 };

	TRY(lock(l, &held, why));
	if (faccessat(l->dir_fd, "index.json", F_OK, 0) == 0) {
		TRY(file_read(l->dir_fd, "index.json", LIMIT_JSON, &before, why));
		TRY(json_read(buf_bytes(&before), &doc, why));
		if (json_get(doc, "manifests").type != JSON_ARRAY)
			return fail(why, CLOISTER_E_MALFORMED, "index.json", "it lists no manifests");
	}
	TRY(renamed(doc, e, &after, why));
	return file_write(l->dir_fd, "index.json", 0644, buf_bytes(&after), why);
}
