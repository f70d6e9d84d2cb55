/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_SOURCE_H
#define IMAGE_SOURCE_H

/*
 * source.h - an unmodified image as its users have it: `docker-archive:FILE`
 * (docker save, skopeo), `oci:DIR[:tag]`, `oci-archive:FILE[:tag]`. Opened
 * images have their manifest and configuration checked (digests, sizes,
 * limits); layers are read later, by image_merge(), one by one.
 *
 * Everything in an image is hostile. Archives are read by libarchive (tar
 * only, no filters) in a confined worker process (layer.h); this process sees
 * bounded, typed records only.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

/* The image's configuration, OCI image-spec config.md. Lists are NULL-terminated, never NULL. */
struct image_config {
	char **entrypoint, **cmd, **env, **volumes;
	char *user;        /* as written: "", "redis", "1000:1000" */
	char *working_dir; /* "" when absent */
	char *stop_signal; /* "" when absent */
	uint16_t *ports;   /* TCP ports of ExposedPorts, ascending */
	size_t n_ports;
	char *architecture, *os;
	char *created;     /* RFC 3339 or "" */
};

struct image;

/* `platform_arch` picks from a multi-platform index ("amd64"). */
enum cloister_err image_open(const char *reference, const char *platform_arch, struct image **out,
			     struct cloister_fault *why);
void image_free(struct image *im);
void drop_image(struct image **im);

const struct image_config *image_config(const struct image *im);
/* Lower-case hex of the image manifest's SHA-256 (the config's for docker-archive). */
const char *image_digest(const struct image *im);
const char *image_name(const struct image *im); /* reference name or "" */
size_t image_layers(const struct image *im);

#endif
