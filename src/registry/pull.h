/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGISTRY_PULL_H
#define REGISTRY_PULL_H

/*
 * pull.h - an image out of a registry into an OCI image layout (layout.h), which
 * image/source.h then reads as `oci:DIR:NAME`.
 *
 * The registry is believed nothing but a tag's digest: every document and blob must
 * have the size and the SHA-256 that the one above it says, and whoever names a digest
 * does not even believe the tag. What is there already and right is not fetched.
 *
 * HTTPS; plain HTTP only to this machine and to hosts that the caller lists.
 */

#include <stdbool.h>
#include <stdint.h>

#include "crypto/secret.h"
#include "registry/reference.h"

/* One blob's progress; `blob` of `n_blobs` from 1, the configuration first. */
struct pull_news {
	const char *host; /* while it wants us to wait: `wait_s` seconds; else NULL */
	uint64_t wait_s;
	size_t blob, n_blobs;
	uint64_t bytes, size;
};
typedef void pull_progress(void *ctx, const struct pull_news *news);

/* Who asks at `host` (as in struct reference): both stay empty for nobody. */
typedef enum cloister_err pull_login(void *ctx, const char *host, struct secret *user,
				     struct secret *password, struct cloister_fault *why);

struct pull_options {
	const char *arch;                 /* "amd64" */
	const char *const *insecure;      /* HOST[:PORT] that are asked without TLS; NULL at the end, or NULL */
	const char *ca_file;              /* PEM; who may vouch for servers; NULL: the system's list */
	uint64_t timeout_ms;              /* for all of it */
	uint64_t max_bytes;               /* of all blobs together; 0: LIMIT_IMAGE_BYTES */
	pull_login *login;                /* NULL: anonymous */
	pull_progress *progress;          /* may be NULL */
	void *ctx;
};

struct pulled {
	char digest[2 * SHA256_LEN + 1]; /* the image manifest's, in hexadecimal */
	char name[REFERENCE_ROOM];       /* the image's name in the layout */
	size_t n_layers;
	uint64_t bytes, fetched; /* of all blobs; of those that were not there */
};

/*
 * Errors: CLOISTER_E_MISSING (no such image, or none for this architecture), CLOISTER_E_PEER (the registry
 * refuses, or breaks off), CLOISTER_E_MALFORMED (what it sends is not what was named),
 * CLOISTER_E_UNSUPPORTED, CLOISTER_E_LIMIT, CLOISTER_E_TIMEOUT, CLOISTER_E_SYSTEM. After a failure the layout has whole
 * blobs more at most, and no other name.
 */
enum cloister_err pull(const struct reference *ref, const char *dir, const struct pull_options *o,
		       struct pulled *out, struct cloister_fault *why);

#endif
