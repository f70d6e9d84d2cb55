/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci.c - from index.json to a checked configuration and a list of layers. A
 * blob is believed only after its size and digest were those of its descriptor.
 */

#include "image/oci.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "image/shown.h"

#define REF_NAME "org.opencontainers.image.ref.name"
#define CONTAINERD_NAME "io.containerd.image.name"

enum media { MEDIA_OTHER, MEDIA_INDEX, MEDIA_MANIFEST, MEDIA_CONFIG, MEDIA_LAYER };

static const struct {
	const char *type;
	enum media media;
} media_types[] = {
	{ "application/vnd.oci.image.index.v1+json", MEDIA_INDEX },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", MEDIA_INDEX },
	{ "application/vnd.oci.image.manifest.v1+json", MEDIA_MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v2+json", MEDIA_MANIFEST },
	{ "application/vnd.oci.image.config.v1+json", MEDIA_CONFIG },
	{ "application/vnd.docker.container.image.v1+json", MEDIA_CONFIG },
	{ "application/vnd.oci.image.layer.v1.tar", MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+gzip", MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.v1.tar+zstd", MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar", MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", MEDIA_LAYER },
	{ "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar", MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.gzip", MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.diff.tar.zstd", MEDIA_LAYER },
	{ "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", MEDIA_LAYER },
};

static enum media media(struct json descriptor)
{
	struct json type = json_get(descriptor, "mediaType");

	for (size_t i = 0; i < sizeof media_types / sizeof *media_types; i++)
		if (json_is(type, media_types[i].type))
			return media_types[i].media;
	return MEDIA_OTHER;
}

static enum cloister_err descriptor_read(struct json v, enum media want, const char *field,
					 struct descriptor *out, struct cloister_fault *why)
{
	struct descriptor d = { 0 };
	enum media m = media(v);

	if (v.type != JSON_OBJECT)
		return fail(why, CLOISTER_E_MALFORMED, field, "there is no descriptor");
	if (m != want)
		return fail(why, CLOISTER_E_UNSUPPORTED, field, "media type %s is not supported here",
			    shown(json_get(v, "mediaType").text).text);
	TRY(digest_read(json_get(v, "digest"), d.digest, why));
	if (!json_u64(json_get(v, "size"), &d.size))
		return fail(why, CLOISTER_E_MALFORMED, field, "the descriptor has no size");
	d.is_index = m == MEDIA_INDEX;
	*out = d;
	return CLOISTER_OK;
}

/* Whether an index entry answers to `tag`, a name or a digest, which no name can look like. */
static bool has_tag(struct json entry, const char *tag)
{
	struct json notes = json_get(entry, "annotations");
	char name[LIMIT_PATH];

	if (json_is(json_get(notes, REF_NAME), tag) || json_is(json_get(notes, CONTAINERD_NAME), tag) ||
	    json_is(json_get(entry, "digest"), tag))
		return true;
	if (!json_text(json_get(notes, CONTAINERD_NAME), name, sizeof name))
		return false;
	size_t len = strlen(name), tag_len = strlen(tag);
	return len > tag_len && name[len - tag_len - 1] == ':' &&
	       strcmp(name + len - tag_len, tag) == 0;
}

/* buildx keeps attestations beside the images, on a platform called unknown. */
static bool is_image(struct json entry)
{
	enum media m = media(entry);

	return (m == MEDIA_INDEX || m == MEDIA_MANIFEST) &&
	       !json_is(json_get(json_get(entry, "platform"), "os"), "unknown") &&
	       json_get(json_get(entry, "annotations"), "vnd.docker.reference.type").type == JSON_NONE;
}

static void list_item(struct buf *to, const char *text)
{
	if (to->len)
		buf_text(to, ", ");
	buf_text(to, shown_text(text).text);
}

static const char *list_text(struct buf *b)
{
	return b->failed ? "more than fit into this line" : b->len ? buf_string(b) : "none";
}

static bool entry_name(struct json entry, char *out, size_t room)
{
	struct json notes = json_get(entry, "annotations");

	return json_text(json_get(notes, REF_NAME), out, room) ||
	       json_text(json_get(notes, CONTAINERD_NAME), out, room);
}

/* The one name that all images of the index share; several names want a tag. */
static enum cloister_err only_name(struct json entries, struct cloister_fault *why)
{
	own(buf_fini) struct buf names = BUF_INIT(90);
	char first[LIMIT_PATH] = "", name[LIMIT_PATH];
	struct json_walk w = json_walk(entries);
	struct json entry;
	bool several = false;

	while (json_next(&w, NULL, &entry)) {
		if (!is_image(entry) || !entry_name(entry, name, sizeof name))
			continue;
		several |= first[0] && strcmp(first, name) != 0;
		if (!first[0] || strcmp(first, name) != 0)
			list_item(&names, name);
		if (!first[0])
			memcpy(first, name, sizeof first);
	}
	if (!several)
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_USAGE, "image", "it holds several images, name one as :TAG; tags: %s",
		    list_text(&names));
}

static enum cloister_err no_such_tag(struct json entries, const char *tag,
				     struct cloister_fault *why)
{
	own(buf_fini) struct buf names = BUF_INIT(90);
	struct json_walk w = json_walk(entries);
	char name[LIMIT_PATH];
	struct json entry;

	while (json_next(&w, NULL, &entry))
		if (is_image(entry) && entry_name(entry, name, sizeof name))
			list_item(&names, name);
	return fail(why, CLOISTER_E_MISSING, "image", "it has no tag `%s`; tags: %s",
		    shown_text(tag).text, list_text(&names));
}

enum fit { FIT_NO, FIT_MAYBE, FIT_YES };

static enum fit fit(struct json entry, const char *arch)
{
	struct json platform = json_get(entry, "platform");

	if (media(entry) == MEDIA_INDEX || platform.type != JSON_OBJECT)
		return FIT_MAYBE;
	return json_is(json_get(platform, "os"), "linux") &&
			       json_is(json_get(platform, "architecture"), arch) ?
		       FIT_YES :
		       FIT_NO;
}

static enum cloister_err no_such_platform(struct json entries, const char *arch,
					  struct cloister_fault *why)
{
	own(buf_fini) struct buf names = BUF_INIT(90);
	struct json_walk w = json_walk(entries);
	struct json entry;

	while (json_next(&w, NULL, &entry)) {
		char os[32] = "?", cpu[32] = "?", both[80];
		struct json platform = json_get(entry, "platform");
		if (!is_image(entry))
			continue;
		json_text(json_get(platform, "os"), os, sizeof os);
		json_text(json_get(platform, "architecture"), cpu, sizeof cpu);
		snprintf(both, sizeof both, "%s/%s", os, cpu);
		list_item(&names, both);
	}
	return fail(why, CLOISTER_E_MISSING, "image", "it has nothing for linux/%s; platforms: %s", arch,
		    list_text(&names));
}

enum cloister_err oci_index_pick(struct bytes text, const char *tag, const char *arch,
				 struct descriptor *out, char **name_out,
				 struct cloister_fault *why)
{
	struct json doc, entries, entry, best = { 0 };
	enum fit best_fit = FIT_NO;
	bool tag_seen = false;
	char name[LIMIT_PATH] = "";

	TRY(json_read(text, &doc, why));
	entries = json_get(doc, "manifests");
	if (entries.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "index", "it lists no manifests");
	if (!tag)
		TRY(only_name(entries, why));
	struct json_walk w = json_walk(entries);
	while (json_next(&w, NULL, &entry)) {
		if (!is_image(entry) || (tag && !has_tag(entry, tag)))
			continue;
		tag_seen = true;
		enum fit f = fit(entry, arch);
		if (f > best_fit) {
			best_fit = f;
			best = entry;
		}
	}
	if (tag && !tag_seen)
		return no_such_tag(entries, tag, why);
	if (best_fit == FIT_NO)
		return no_such_platform(entries, arch, why);
	(void)entry_name(best, name, sizeof name);
	TRY(descriptor_read(best, media(best), "index.manifests", out, why));
	*name_out = strdup(name);
	return *name_out ? CLOISTER_OK : fail(why, CLOISTER_E_NOMEM, "index", "out of memory");
}

static enum cloister_err layer_read_descriptor(struct json v, struct image_layer *out,
					       struct cloister_fault *why)
{
	struct descriptor d;

	TRY(descriptor_read(v, MEDIA_LAYER, "manifest.layers", &d, why));
	memcpy(out->blob, d.digest, sizeof out->blob);
	out->has_blob = true;
	out->size = d.size;
	return CLOISTER_OK;
}

enum cloister_err oci_manifest_read(struct bytes text, struct descriptor *config,
				    struct image_layer **layers_out, size_t *n_out,
				    struct cloister_fault *why)
{
	own(drop_mem) struct image_layer *layers = NULL;
	struct json doc, v;
	uint64_t version;
	size_t n = 0;

	TRY(json_read(text, &doc, why));
	struct json list = json_get(doc, "layers");
	if (!json_u64(json_get(doc, "schemaVersion"), &version) || version != 2)
		return fail(why, CLOISTER_E_UNSUPPORTED, "manifest.schemaVersion", "only version 2 is known");
	if (list.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "manifest.layers", "it lists no layers");
	if (json_count(list) > LIMIT_LAYERS)
		return fail(why, CLOISTER_E_LIMIT, "manifest.layers", "more than %u layers", LIMIT_LAYERS);
	TRY(descriptor_read(json_get(doc, "config"), MEDIA_CONFIG, "manifest.config", config, why));
	layers = calloc(json_count(list) + 1, sizeof *layers);
	if (!layers)
		return fail(why, CLOISTER_E_NOMEM, "manifest", "out of memory");
	struct json_walk w = json_walk(list);
	while (json_next(&w, NULL, &v))
		TRY(layer_read_descriptor(v, &layers[n++], why));
	*layers_out = give(layers, NULL);
	*n_out = n;
	return CLOISTER_OK;
}

static void blob_name(const uint8_t digest[static SHA256_LEN], char *out, size_t room)
{
	char hex[2 * SHA256_LEN + 1];

	hex_write(bytes_of(digest, SHA256_LEN), hex);
	snprintf(out, room, "blobs/sha256/%s", hex);
}

/* A small blob, checked against its descriptor. */
static enum cloister_err blob_read(const struct blobs *s, const struct descriptor *d,
				   struct buf *out, struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];
	char name[128];

	blob_name(d->digest, name, sizeof name);
	TRY(blobs_read(s, name, LIMIT_JSON, out, why));
	if (out->len != d->size)
		return fail(why, CLOISTER_E_MALFORMED, "digest", "%.25s... is %zu bytes long, not %llu",
			    name + 6, out->len, (unsigned long long)d->size);
	TRY(hash_sha256(buf_bytes(out), digest, why));
	if (!bytes_equal(BYTES_OF(digest), BYTES_OF(d->digest)))
		return fail(why, CLOISTER_E_MALFORMED, "digest", "the content of %.25s... is not what its name says",
			    name + 6);
	return CLOISTER_OK;
}

static enum cloister_err check_layout(const struct blobs *s, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	struct json doc;

	if (!blobs_has(s, "oci-layout"))
		return fail(why, CLOISTER_E_MISSING, "image",
			    "there is no file `oci-layout`, so it is not an OCI image layout%s",
			    s->is_archive && blobs_has(s, "manifest.json") ?
				    "; docker-archive:FILE reads it" :
				    "");
	TRY(blobs_read(s, "oci-layout", LIMIT_JSON, &text, why));
	TRY(json_read(buf_bytes(&text), &doc, why));
	if (!json_is(json_get(doc, "imageLayoutVersion"), "1.0.0"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "oci-layout", "only imageLayoutVersion 1.0.0 is known");
	return CLOISTER_OK;
}

static void drop_text(char **text)
{
	free(*text);
	*text = NULL;
}

/* Down from index.json through nested indexes to the manifest's descriptor. */
static enum cloister_err find_manifest(struct image *im, const char *tag, const char *arch,
				       struct descriptor *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);

	TRY(blobs_read(&im->blobs, "index.json", LIMIT_JSON, &text, why));
	for (unsigned depth = 0; depth < LIMIT_INDEX_DEPTH; depth++) {
		own(drop_text) char *name = NULL;
		TRY(oci_index_pick(buf_bytes(&text), tag, arch, out, &name, why));
		if (!im->name || !im->name[0]) {
			free(im->name);
			im->name = give(name, NULL);
		}
		if (!out->is_index)
			return CLOISTER_OK;
		text.len = 0;
		TRY(blob_read(&im->blobs, out, &text, why));
		tag = NULL;
	}
	return fail(why, CLOISTER_E_LIMIT, "index", "indexes nest deeper than %u", LIMIT_INDEX_DEPTH);
}

enum cloister_err oci_open(struct image *im, const char *tag, const char *arch,
			   struct cloister_fault *why)
{
	own(buf_fini) struct buf manifest = BUF_INIT(LIMIT_JSON);
	own(buf_fini) struct buf config = BUF_INIT(LIMIT_JSON);
	own(drop_mem) struct image_layer *layers = NULL;
	struct descriptor d, config_at;
	size_t n;

	TRY(check_layout(&im->blobs, why));
	TRY(find_manifest(im, tag, arch, &d, why));
	TRY(blob_read(&im->blobs, &d, &manifest, why));
	TRY(oci_manifest_read(buf_bytes(&manifest), &config_at, &layers, &n, why));
	TRY(blob_read(&im->blobs, &config_at, &config, why));
	TRY(image_configure(im, buf_bytes(&config), n, why));
	for (size_t i = 0; i < n; i++) {
		struct image_layer *l = &im->layers[i];
		memcpy(l->blob, layers[i].blob, sizeof l->blob);
		l->has_blob = true;
		l->size = layers[i].size;
		blob_name(l->blob, l->name, sizeof l->name);
	}
	hex_write(BYTES_OF(d.digest), im->digest);
	return CLOISTER_OK;
}
