/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pull.c - from a reference down to its layers: each thing is asked for by the digest
 * that the thing above it gave, and kept when it had it.
 */

#include "registry/pull.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hex.h"
#include "image/oci.h"
#include "image/shown.h"
#include "registry/client.h"
#include "registry/layout.h"

#define MAX_DOCUMENTS (LIMIT_INDEX_DEPTH + 1) /* indexes, and the manifest */
#define MAX_TYPE 256u                         /* a Content-Type */
#define DIGEST_ROOM (8 + 2 * SHA256_LEN)

enum kind { KIND_UNKNOWN, KIND_SCHEMA1, KIND_INDEX, KIND_MANIFEST };

static const struct {
	const char *type;
	enum kind kind;
} kinds[] = {
	{ "application/vnd.oci.image.manifest.v1+json", KIND_MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v2+json", KIND_MANIFEST },
	{ "application/vnd.oci.image.index.v1+json", KIND_INDEX },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", KIND_INDEX },
	{ "application/vnd.docker.distribution.manifest.v1+json", KIND_SCHEMA1 },
	{ "application/vnd.docker.distribution.manifest.v1+prettyjws", KIND_SCHEMA1 },
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

/* What is asked for: all of the above but schema 1. */
static const char accept_types[] = "application/vnd.oci.image.manifest.v1+json, "
				   "application/vnd.docker.distribution.manifest.v2+json, "
				   "application/vnd.oci.image.index.v1+json, "
				   "application/vnd.docker.distribution.manifest.list.v2+json";

/* An index or a manifest, checked. */
struct document {
	struct buf text;
	enum kind kind;
	uint8_t digest[SHA256_LEN];
};

struct work {
	struct client client;
	struct layout layout;
	const struct pull_options *o;
	struct document docs[MAX_DOCUMENTS];
	size_t n_docs; /* the last one is the manifest */
	struct descriptor config;
	struct image_layer *layers;
	struct pulled done;
};

static void work_fini(struct work *w)
{
	client_close(&w->client);
	layout_close(&w->layout);
	for (size_t i = 0; i < MAX_DOCUMENTS; i++)
		buf_fini(&w->docs[i].text);
	free(w->layers);
}

static void digest_text(const uint8_t digest[static SHA256_LEN], char out[static DIGEST_ROOM])
{
	memcpy(out, "sha256:", 7);
	hex_write(bytes_of(digest, SHA256_LEN), out + 7);
}

/* ---- Indexes and manifests ----------------------------------------------------------- */

static enum kind kind_of_type(struct bytes type)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (bytes_are(type, kinds[i].type))
			return kinds[i].kind;
	return KIND_UNKNOWN;
}

static enum kind kind_of_text(struct json type)
{
	for (size_t i = 0; i < N_KINDS; i++)
		if (json_is(type, kinds[i].type))
			return kinds[i].kind;
	return KIND_UNKNOWN;
}

/* By what it holds. Both at once would be one image to us and another to somebody else (CVE-2021-41190). */
static enum cloister_err kind_of_content(struct json doc, enum kind *out, struct cloister_fault *why)
{
	bool index = json_get(doc, "manifests").type != JSON_NONE;
	bool manifest = json_get(doc, "layers").type != JSON_NONE || json_get(doc, "config").type != JSON_NONE;
	uint64_t version = 0;

	(void)json_u64(json_get(doc, "schemaVersion"), &version);
	if (index && manifest)
		return fail(why, CLOISTER_E_MALFORMED, "manifest", "it is an index and a manifest at once");
	*out = version == 1 ? KIND_SCHEMA1 : index ? KIND_INDEX : manifest ? KIND_MANIFEST : KIND_UNKNOWN;
	return CLOISTER_OK;
}

/* What a document is, when its content, its own word and the header's agree as far as they say something. */
static enum cloister_err kind_of(struct bytes text, struct bytes header, enum kind *out,
				 struct cloister_fault *why)
{
	const uint8_t *end = header.len ? memchr(header.data, ';', header.len) : NULL;
	enum kind told = kind_of_type(bytes_trimmed(end ? bytes_of(header.data, (size_t)(end - header.data)) : header));
	struct json doc;

	TRY(json_read(text, &doc, why));
	TRY(kind_of_content(doc, out, why));
	struct json type = json_get(doc, "mediaType");
	if (*out == KIND_SCHEMA1 || told == KIND_SCHEMA1)
		return fail(why, CLOISTER_E_UNSUPPORTED, "manifest",
			    "it has schema 1, which says too little about its layers; push the image again with a tool of today");
	if (*out == KIND_UNKNOWN)
		return fail(why, CLOISTER_E_MALFORMED, "manifest", "it is neither an image's manifest nor an index");
	if ((told && told != *out) || (type.type != JSON_NONE && kind_of_text(type) != *out))
		return fail(why, CLOISTER_E_MALFORMED, "manifest", "its content is not what its media type says");
	return CLOISTER_OK;
}

/* The registry's own word about a tag; without one, nobody said anything. */
static enum cloister_err check_said(struct bytes said, const uint8_t digest[static SHA256_LEN],
				    struct cloister_fault *why)
{
	char text[DIGEST_ROOM];

	digest_text(digest, text);
	if (!said.len || bytes_are(said, text))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_MALFORMED, "digest", "the registry says %s of it, and its content has %.20s...",
		    shown(said).text, text);
}

/* By a tag or a digest, over the network. */
static enum cloister_err fetch_document(struct work *w, const char *name, struct document *d,
					struct cloister_fault *why)
{
	own(buf_fini) struct buf type = BUF_INIT(MAX_TYPE), said = BUF_INIT(MAX_TYPE);
	struct http_header headers[] = { { "Content-Type", &type }, { "Docker-Content-Digest", &said } };
	const struct http_ask ask = { .accept = accept_types, .may_leave = true, .body = &d->text,
				      .headers = headers, .n_headers = 2 };
	const struct reference *ref = w->client.ref;
	char path[DIGEST_ROOM + LIMIT_TAG + 16];

	snprintf(path, sizeof path, "manifests/%s", name);
	enum cloister_err err = client_ask(&w->client, path, &ask, why);
	if (err == CLOISTER_E_MISSING)
		return fail(why, err, "image", "%.50s has no `%.60s` called `%.30s`", ref->host, ref->path, name);
	TRY(err);
	TRY(hash_sha256(buf_bytes(&d->text), d->digest, why));
	TRY(check_said(buf_bytes(&said), d->digest, why));
	return kind_of(buf_bytes(&d->text), buf_bytes(&type), &d->kind, why);
}

/* One that is here already, or else that the registry has. */
static enum cloister_err named_document(struct work *w, const uint8_t digest[static SHA256_LEN],
					struct document *d, struct cloister_fault *why)
{
	char name[DIGEST_ROOM];

	if (layout_read(&w->layout, digest, &d->text, NULL) == CLOISTER_OK) {
		memcpy(d->digest, digest, sizeof d->digest);
		return kind_of(buf_bytes(&d->text), BYTES_NONE, &d->kind, why);
	}
	d->text.len = 0;
	digest_text(digest, name);
	TRY(fetch_document(w, name, d, why));
	if (bytes_equal(BYTES_OF(d->digest), bytes_of(digest, SHA256_LEN)))
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_MALFORMED, "digest", "the content of %.25s... is not what its name says", name);
}

static enum cloister_err check_descriptor(const struct document *d, const struct descriptor *want,
					  struct cloister_fault *why)
{
	if (d->text.len != want->size)
		return fail(why, CLOISTER_E_MALFORMED, "manifest", "it has %zu bytes, and the index says %llu",
			    d->text.len, (unsigned long long)want->size);
	if ((d->kind == KIND_INDEX) != want->is_index)
		return fail(why, CLOISTER_E_MALFORMED, "manifest", "its content is not what the index says");
	return CLOISTER_OK;
}

static void drop_text(char **text)
{
	free(*text);
}

static enum cloister_err pick(const struct document *index, const char *arch, struct descriptor *out,
			      struct cloister_fault *why)
{
	own(drop_text) char *name = NULL;

	return oci_index_pick(buf_bytes(&index->text), NULL, arch, out, &name, why);
}

/* The reference's document, and down through indexes to a manifest. */
static enum cloister_err find_manifest(struct work *w, struct cloister_fault *why)
{
	const struct reference *ref = w->client.ref;
	struct descriptor want;

	for (size_t i = 0; i < MAX_DOCUMENTS; i++) {
		struct document *d = &w->docs[i];
		d->text.max = LIMIT_JSON;
		if (i > 0)
			TRY(named_document(w, want.digest, d, why));
		else if (ref->has_digest)
			TRY(named_document(w, ref->digest, d, why));
		else
			TRY(fetch_document(w, ref->tag, d, why));
		if (i > 0)
			TRY(check_descriptor(d, &want, why));
		w->n_docs = i + 1;
		if (d->kind == KIND_MANIFEST)
			return CLOISTER_OK;
		TRY(pick(d, w->o->arch, &want, why));
	}
	return fail(why, CLOISTER_E_LIMIT, "index", "indexes nest deeper than %u", LIMIT_INDEX_DEPTH);
}

/* ---- Blobs --------------------------------------------------------------------------- */

struct blob {
	struct work *w;
	size_t i; /* of all blobs, from 1 */
	const uint8_t *digest;
	uint64_t size;
	struct file_new file;
	struct hash *hash;
	uint64_t got; /* bytes, hashed and written */
};

static void blob_fini(struct blob *b)
{
	file_drop(&b->file);
	hash_free(b->hash);
}

static void tell(const struct blob *b)
{
	const struct pull_news news = { .blob = b->i, .n_blobs = b->w->done.n_layers + 1, .bytes = b->got,
					.size = b->size };

	if (b->w->o->progress)
		b->w->o->progress(b->w->o->ctx, &news);
}

static enum cloister_err begin_anew(struct blob *b, struct cloister_fault *why)
{
	uint8_t unused[SHA256_LEN];

	b->got = 0;
	if (ftruncate(b->file.fd, 0) < 0 || lseek(b->file.fd, 0, SEEK_SET) < 0)
		return fail_sys(why, "blob", "beginning anew");
	return hash_final(b->hash, unused, why);
}

static enum cloister_err take_part(void *ctx, uint64_t at, struct bytes part, struct cloister_fault *why)
{
	struct blob *b = ctx;

	if (at == 0 && b->got)
		TRY(begin_anew(b, why));
	if (at != b->got)
		return fail(why, CLOISTER_E_MALFORMED, "blob", "a part of it came out of order");
	if (part.len > b->size - b->got)
		return fail(why, CLOISTER_E_MALFORMED, "blob", "it is longer than the %llu bytes that its manifest says",
			    (unsigned long long)b->size);
	hash_update(b->hash, part);
	TRY(io_write_full(b->file.fd, part.data, part.len, why));
	b->got += part.len;
	tell(b);
	return CLOISTER_OK;
}

/* A connection that breaks off is taken up where it did, as long as each brings something. */
static enum cloister_err fetch_parts(struct blob *b, struct cloister_fault *why)
{
	char path[DIGEST_ROOM + 16] = "blobs/";

	digest_text(b->digest, path + 6);
	for (unsigned tries = 1;; tries++) {
		const struct http_ask ask = { .may_leave = true, .from = b->got, .sink = take_part, .sink_ctx = b };
		uint64_t before = b->got;
		enum cloister_err err = client_ask(&b->w->client, path, &ask, why);
		if (err == CLOISTER_E_MISSING)
			return fail(why, err, "blob", "%.60s does not have %.25s..., of which its manifest is made",
				    b->w->client.ref->host, path + 6);
		if (err != CLOISTER_E_PEER || b->got <= before || tries >= LIMIT_PULL_TRIES)
			return err;
		if (b->got == b->size)
			return CLOISTER_OK;
	}
}

static enum cloister_err fetch_blob(struct blob *b, struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];

	TRY(layout_new(&b->w->layout, b->digest, &b->file, why));
	TRY(hash_new(HASH_SHA256, &b->hash, why));
	if (b->size)
		TRY(fetch_parts(b, why));
	if (b->got != b->size)
		return fail(why, CLOISTER_E_MALFORMED, "blob", "it ends after %llu of the %llu bytes that its manifest says",
			    (unsigned long long)b->got, (unsigned long long)b->size);
	TRY(hash_final(b->hash, digest, why));
	if (!bytes_equal(BYTES_OF(digest), bytes_of(b->digest, SHA256_LEN)))
		return fail(why, CLOISTER_E_MALFORMED, "digest", "the content of blob %zu of %zu is not what its manifest says",
			    b->i, b->w->done.n_layers + 1);
	b->w->done.fetched += b->size;
	return file_commit(&b->file, why);
}

static enum cloister_err need_blob(struct work *w, size_t i, const uint8_t digest[static SHA256_LEN],
				   uint64_t size, struct cloister_fault *why)
{
	own(blob_fini) struct blob b = { .w = w, .i = i, .digest = digest, .size = size, .file = FILE_NEW_INIT };
	bool there;

	tell(&b);
	TRY(layout_check(&w->layout, digest, size, &there, why));
	return there ? CLOISTER_OK : fetch_blob(&b, why);
}

/* ---- The whole ----------------------------------------------------------------------- */

static enum cloister_err count_bytes(struct work *w, struct cloister_fault *why)
{
	uint64_t max = w->o->max_bytes ? w->o->max_bytes : LIMIT_IMAGE_BYTES;
	uint64_t left = max;

	for (size_t i = 0; i <= w->done.n_layers; i++) {
		uint64_t size = i == 0 ? w->config.size : w->layers[i - 1].size;
		if (size > left)
			return fail(why, CLOISTER_E_LIMIT, "image", "its blobs have more than %llu bytes",
				    (unsigned long long)max);
		left -= size;
	}
	w->done.bytes = max - left;
	if (w->config.size > LIMIT_JSON)
		return fail(why, CLOISTER_E_LIMIT, "config", "it has more than %u bytes", LIMIT_JSON);
	return CLOISTER_OK;
}

/* Before the layers, which are the long part. */
static enum cloister_err check_config(struct work *w, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	own(config_fini) struct image_config config = { 0 };
	own(diff_ids_fini) struct diff_ids ids = { 0 };

	TRY(layout_read(&w->layout, w->config.digest, &text, why));
	TRY(config_read(buf_bytes(&text), &config, &ids, why));
	if (ids.n != w->done.n_layers)
		return fail(why, CLOISTER_E_MALFORMED, "image", "the manifest lists %zu layers, the configuration %zu",
			    w->done.n_layers, ids.n);
	return config_fits(&config, w->o->arch, why);
}

static enum cloister_err need_blobs(struct work *w, struct cloister_fault *why)
{
	TRY(count_bytes(w, why));
	TRY(need_blob(w, 1, w->config.digest, w->config.size, why));
	TRY(check_config(w, why));
	for (size_t i = 0; i < w->done.n_layers; i++)
		TRY(need_blob(w, i + 2, w->layers[i].blob, w->layers[i].size, why));
	return CLOISTER_OK;
}

/* The manifest's own type, which old OCI manifests do not say. */
static const char *manifest_type(struct bytes text)
{
	struct json doc;

	if (json_read(text, &doc, NULL) == CLOISTER_OK)
		for (size_t i = 0; i < N_KINDS; i++)
			if (json_is(json_get(doc, "mediaType"), kinds[i].type))
				return kinds[i].type;
	return kinds[0].type;
}

/* Documents last and the name at the very end: what is named is all there. */
static enum cloister_err name_it(struct work *w, struct cloister_fault *why)
{
	const struct document *m = &w->docs[w->n_docs - 1];
	struct layout_entry e = { .name = w->done.name, .media_type = manifest_type(buf_bytes(&m->text)),
				  .arch = w->o->arch, .size = m->text.len };

	for (size_t i = 0; i < w->n_docs; i++)
		TRY(layout_put(&w->layout, w->docs[i].digest, buf_bytes(&w->docs[i].text), why));
	memcpy(e.digest, m->digest, sizeof e.digest);
	return layout_name(&w->layout, &e, why);
}

enum cloister_err pull(const struct reference *ref, const char *dir, const struct pull_options *o,
		       struct pulled *out, struct cloister_fault *why)
{
	own(work_fini) struct work w = { .layout = LAYOUT_INIT, .o = o };

	reference_name(ref, w.done.name);
	TRY(layout_open(dir, &w.layout, why));
	TRY(client_open(ref, o, &w.client, why));
	TRY(find_manifest(&w, why));
	const struct document *m = &w.docs[w.n_docs - 1];
	TRY(oci_manifest_read(buf_bytes(&m->text), &w.config, &w.layers, &w.done.n_layers, why));
	TRY(need_blobs(&w, why));
	TRY(name_it(&w, why));
	hex_write(BYTES_OF(m->digest), w.done.digest);
	*out = w.done;
	return CLOISTER_OK;
}
