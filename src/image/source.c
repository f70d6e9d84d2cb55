/* SPDX-License-Identifier: Apache-2.0 */
/* source.c - from a reference to an opened image. Reads no layer. */

#include "image/source.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "image/image.h"
#include "image/shown.h"

#define SCHEMES "docker-archive:FILE, oci:DIR[:TAG] and oci-archive:FILE[:TAG]"

void image_free(struct image *im)
{
	if (!im)
		return;
	blobs_close(&im->blobs);
	config_fini(&im->config);
	free(im->name);
	free(im->layers);
	free(im);
}

void drop_image(struct image **im)
{
	image_free(*im);
	*im = NULL;
}

enum cloister_err image_configure(struct image *im, struct bytes text, size_t n_layers,
				  struct cloister_fault *why)
{
	own(diff_ids_fini) struct diff_ids ids = { 0 };

	TRY(config_read(text, &im->config, &ids, why));
	if (ids.n != n_layers)
		return fail(why, CLOISTER_E_MALFORMED, "image",
			    "the manifest lists %zu layers, the configuration %zu", n_layers, ids.n);
	im->layers = calloc(n_layers + 1, sizeof *im->layers);
	if (!im->layers)
		return fail(why, CLOISTER_E_NOMEM, "image", "out of memory");
	im->n_layers = n_layers;
	for (size_t i = 0; i < n_layers; i++)
		memcpy(im->layers[i].diff_id, ids.ids[i], SHA256_LEN);
	return CLOISTER_OK;
}

struct reference {
	char *path;
	const char *tag; /* inside path, or NULL */
};

static void drop_reference(struct reference *r)
{
	free(r->path);
}

/* PATH[:TAG]: the longest path wins that exists, because both parts may hold colons. */
static enum cloister_err split(const char *text, struct reference *r, struct cloister_fault *why)
{
	r->path = strdup(text);
	if (!r->path)
		return fail(why, CLOISTER_E_NOMEM, "image", "out of memory");
	size_t at = strlen(r->path);
	while (access(r->path, F_OK) < 0) {
		if (r->path[at] == 0 && at < strlen(text))
			r->path[at] = ':';
		while (at > 0 && r->path[--at] != ':')
			;
		if (at == 0)
			return fail(why, CLOISTER_E_MISSING, "image", "there is no `%s`", text);
		r->path[at] = 0;
	}
	if (at < strlen(text))
		r->tag = r->path + at + 1;
	if (r->tag && !*r->tag)
		return fail(why, CLOISTER_E_USAGE, "image", "the tag after `%s:` is empty", r->path);
	return CLOISTER_OK;
}

/* The text behind `scheme` or NULL. */
static const char *behind(const char *reference, const char *scheme)
{
	size_t len = strlen(scheme);

	return strncmp(reference, scheme, len) == 0 ? reference + len : NULL;
}

static enum cloister_err open_into(struct image *im, const char *reference, const char *arch,
				   struct cloister_fault *why)
{
	own(drop_reference) struct reference r = { 0 };
	const char *rest;

	if ((rest = behind(reference, "docker-archive:"))) {
		TRY(blobs_open_archive(rest, &im->blobs, why));
		return docker_open(im, why);
	}
	if ((rest = behind(reference, "oci-archive:"))) {
		TRY(split(rest, &r, why));
		TRY(blobs_open_archive(r.path, &im->blobs, why));
		return oci_open(im, r.tag, arch, why);
	}
	if ((rest = behind(reference, "oci:"))) {
		TRY(split(rest, &r, why));
		TRY(blobs_open_dir(r.path, &im->blobs, why));
		return oci_open(im, r.tag, arch, why);
	}
	return fail(why, CLOISTER_E_USAGE, "image", "`%s` names no format; there are " SCHEMES,
		    shown_text(reference).text);
}

enum cloister_err image_open(const char *reference, const char *platform_arch, struct image **out,
			     struct cloister_fault *why)
{
	own(drop_image) struct image *im = calloc(1, sizeof *im);

	if (!im)
		return fail(why, CLOISTER_E_NOMEM, "image", "out of memory");
	im->blobs = (struct blobs)BLOBS_INIT;
	TRY(open_into(im, reference, platform_arch, why));
	TRY(config_fits(&im->config, platform_arch, why));
	*out = give(im, NULL);
	return CLOISTER_OK;
}

const struct image_config *image_config(const struct image *im)
{
	return &im->config;
}

const char *image_digest(const struct image *im)
{
	return im->digest;
}

const char *image_name(const struct image *im)
{
	return im->name ? im->name : "";
}

size_t image_layers(const struct image *im)
{
	return im->n_layers;
}
