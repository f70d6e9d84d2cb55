/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_CONFIG_H
#define IMAGE_CONFIG_H

/*
 * config.h - reading an image's configuration (OCI image-spec config.md, and
 * Docker's image.spec v1.2, which is the same for what we use), and "sha256:…".
 */

#include "codec/json.h"
#include "crypto/hash.h"
#include "image/source.h"

struct diff_ids {
	uint8_t (*ids)[SHA256_LEN];
	size_t n;
};

/* Read and check; HEALTHCHECK, ONBUILD, SHELL and labels are not ours and are ignored. */
enum cloister_err config_read(struct bytes text, struct image_config *config, struct diff_ids *layers,
			      struct cloister_fault *why);
/* A configuration must say what it is for; old ones without a system are Linux. CLOISTER_E_UNSUPPORTED. */
enum cloister_err config_fits(const struct image_config *config, const char *arch,
			      struct cloister_fault *why);
void config_fini(struct image_config *config);
void diff_ids_fini(struct diff_ids *d);

/* "sha256:" and 64 lower-case digits, or CLOISTER_E_UNSUPPORTED. */
enum cloister_err digest_read(struct json v, uint8_t out[static SHA256_LEN],
			      struct cloister_fault *why);

#endif
