/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGISTRY_REFERENCE_H
#define REGISTRY_REFERENCE_H

/*
 * reference.h - the name of an image in a registry: `[HOST[:PORT]/]PATH[:TAG][@sha256:HEX]`,
 * by the grammar of the OCI distribution specification 1.1 ("Pulling manifests") and of
 * the tools that users know it from.
 *
 * What stands before the first slash is a host when it holds a dot or a colon, or is
 * `localhost`. Without one the image is in the registry that the caller names, and a
 * path of one component is in its `library/`, as everywhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "crypto/hash.h"

struct reference {
	char host[LIMIT_REGISTRY_HOST + 1]; /* with its port, if one was given */
	char path[LIMIT_NAME + 1];          /* "library/nginx" */
	char tag[LIMIT_TAG + 1];            /* "" when only the digest counts; "latest" when neither was given */
	bool has_digest;
	uint8_t digest[SHA256_LEN];         /* of the manifest, or of the index above it */
};

/* Room for reference_name(): host, path, tag and digest with what is between them. */
#define REFERENCE_ROOM (LIMIT_REGISTRY_HOST + LIMIT_NAME + LIMIT_TAG + 2 * SHA256_LEN + 16)

/*
 * `registry` is HOST[:PORT] for names without a host; NULL: those are refused.
 * Errors: CLOISTER_E_MALFORMED with the offset, CLOISTER_E_UNSUPPORTED (another digest than SHA-256),
 * CLOISTER_E_USAGE (no host, and no `registry`).
 */
enum cloister_err reference_read(struct bytes text, const char *registry, struct reference *out,
				 struct cloister_fault *why);

/* In full, the one way of writing it: HOST/PATH[:TAG][@sha256:HEX]. */
void reference_name(const struct reference *r, char out[static REFERENCE_ROOM]);

/* Whom to ask: the host, but for Docker Hub, whose registry is called otherwise. */
const char *reference_server(const struct reference *r);

/* Whether HOST[:PORT] is well formed; for lists of hosts. */
bool reference_is_host(struct bytes text);

#endif
