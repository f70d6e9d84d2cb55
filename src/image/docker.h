/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_DOCKER_H
#define IMAGE_DOCKER_H

/* docker.h - manifest.json of `docker save` and skopeo's docker-archive, from bytes. */

#include "codec/json.h"
#include "image/source.h"

struct docker_manifest {
	char *config;  /* the configuration's name in the archive */
	char *name;    /* the first of RepoTags or "" */
	char **layers; /* names, lowest first, NULL at the end */
	size_t n_layers;
};

enum cloister_err docker_manifest_read(struct bytes text, struct docker_manifest *out,
				       struct cloister_fault *why);
void docker_manifest_fini(struct docker_manifest *m);

#endif
