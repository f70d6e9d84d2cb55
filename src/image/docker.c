/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker.c - the archive of `docker save`: manifest.json names a configuration
 * and layers. Newer Docker makes the archive an OCI layout at the same time;
 * then the names are blobs and their digests are checked as well. Docker's image
 * specification v1.2, "Combined Image JSON + Filesystem Changeset Format".
 */

#include "image/docker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "image/image.h"
#include "image/shown.h"

#define BLOBS "blobs/sha256/"

/* A name in the archive. */
static enum cloister_err name(struct json v, const char *field, char **out,
			      struct cloister_fault *why)
{
	char text[LIMIT_PATH];

	if (!json_text(v, text, sizeof text) || !text[0])
		return fail(why, CLOISTER_E_MALFORMED, field, "it is not a file name");
	*out = strdup(text);
	return *out ? CLOISTER_OK : fail(why, CLOISTER_E_NOMEM, field, "out of memory");
}

/* The tags of all images, for the sentence that says there are several. */
static enum cloister_err several(struct json images, struct cloister_fault *why)
{
	own(buf_fini) struct buf names = BUF_INIT(80);
	struct json_walk w = json_walk(images);
	struct json image, tag;
	char text[256];

	while (json_next(&w, NULL, &image)) {
		struct json_walk tags = json_walk(json_get(image, "RepoTags"));
		while (json_next(&tags, NULL, &tag))
			if (json_text(tag, text, sizeof text))
				buf_print(&names, "%s%s", names.len ? ", " : "", shown_text(text).text);
	}
	return fail(why, CLOISTER_E_USAGE, "image",
		    "the archive holds %zu images, save the one you want by itself: %s",
		    json_count(images), names.failed ? "…" : buf_string(&names));
}

static enum cloister_err read_into(struct json image, struct docker_manifest *m,
				   struct cloister_fault *why)
{
	struct json layers = json_get(image, "Layers");
	struct json_walk w = json_walk(layers);
	struct json_walk tags = json_walk(json_get(image, "RepoTags"));
	struct json v;

	TRY(name(json_get(image, "Config"), "manifest.Config", &m->config, why));
	if (layers.type != JSON_ARRAY && layers.type != JSON_NULL)
		return fail(why, CLOISTER_E_MALFORMED, "manifest.Layers", "it lists no layers");
	if (json_count(layers) > LIMIT_LAYERS)
		return fail(why, CLOISTER_E_LIMIT, "manifest.Layers", "more than %u layers", LIMIT_LAYERS);
	m->layers = calloc(json_count(layers) + 1, sizeof *m->layers);
	if (!m->layers)
		return fail(why, CLOISTER_E_NOMEM, "manifest", "out of memory");
	while (json_next(&w, NULL, &v))
		TRY(name(v, "manifest.Layers", &m->layers[m->n_layers++], why));
	if (json_next(&tags, NULL, &v))
		return name(v, "manifest.RepoTags", &m->name, why);
	m->name = strdup("");
	return m->name ? CLOISTER_OK : fail(why, CLOISTER_E_NOMEM, "manifest", "out of memory");
}

enum cloister_err docker_manifest_read(struct bytes text, struct docker_manifest *out,
				       struct cloister_fault *why)
{
	own(docker_manifest_fini) struct docker_manifest m = { 0 };
	struct json doc, image;

	TRY(json_read(text, &doc, why));
	struct json_walk w = json_walk(doc);
	if (doc.type != JSON_ARRAY || !json_next(&w, NULL, &image))
		return fail(why, CLOISTER_E_MALFORMED, "manifest.json", "it lists no image");
	if (json_count(doc) > 1)
		return several(doc, why);
	TRY(read_into(image, &m, why));
	*out = give(m, (struct docker_manifest){ 0 });
	return CLOISTER_OK;
}

void docker_manifest_fini(struct docker_manifest *m)
{
	for (char **p = m->layers; p && *p; p++)
		free(*p);
	free(m->layers);
	free(m->config);
	free(m->name);
	*m = (struct docker_manifest){ 0 };
}

/* The digest that a name claims: blobs/sha256/HEX, or HEX.json for a configuration. */
static bool claimed(const char *name, const char *suffix, uint8_t out[static SHA256_LEN])
{
	size_t len = strlen(name), tail = strlen(suffix), got;

	if (strncmp(name, BLOBS, strlen(BLOBS)) == 0) {
		name += strlen(BLOBS);
		len -= strlen(BLOBS);
		tail = 0;
	} else if (tail == 0 || len < tail || strcmp(name + len - tail, suffix) != 0) {
		return false;
	}
	return len - tail == 2 * SHA256_LEN &&
	       hex_read(bytes_of(name, len - tail), out, SHA256_LEN, &got, NULL) == CLOISTER_OK;
}

static enum cloister_err configure(struct image *im, const struct docker_manifest *m,
				   struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	uint8_t digest[SHA256_LEN], claim[SHA256_LEN];

	TRY(blobs_read(&im->blobs, m->config, LIMIT_JSON, &text, why));
	TRY(hash_sha256(buf_bytes(&text), digest, why));
	if (claimed(m->config, ".json", claim) && !bytes_equal(BYTES_OF(claim), BYTES_OF(digest)))
		return fail(why, CLOISTER_E_MALFORMED, "digest",
			    "the configuration is not the one that its name `%s` says",
			    shown_text(m->config).text);
	hex_write(BYTES_OF(digest), im->digest);
	return image_configure(im, buf_bytes(&text), m->n_layers, why);
}

enum cloister_err docker_open(struct image *im, struct cloister_fault *why)
{
	own(docker_manifest_fini) struct docker_manifest m = { 0 };
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);

	if (!blobs_has(&im->blobs, "manifest.json"))
		return fail(why, CLOISTER_E_MISSING, "image",
			    "there is no `manifest.json` in the archive, so it is not from `docker save`%s",
			    blobs_has(&im->blobs, "oci-layout") ? "; oci-archive:FILE reads it" : "");
	TRY(blobs_read(&im->blobs, "manifest.json", LIMIT_JSON, &text, why));
	TRY(docker_manifest_read(buf_bytes(&text), &m, why));
	TRY(configure(im, &m, why));
	for (size_t i = 0; i < m.n_layers; i++) {
		own(span_close) struct span span = SPAN_INIT;
		struct image_layer *l = &im->layers[i];
		snprintf(l->name, sizeof l->name, "%s", m.layers[i]);
		TRY(blobs_find(&im->blobs, l->name, &span, why));
		l->size = span.len;
		l->has_blob = claimed(l->name, "", l->blob);
	}
	im->name = give(m.name, NULL);
	return CLOISTER_OK;
}
