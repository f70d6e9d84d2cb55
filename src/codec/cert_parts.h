/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_CERT_PARTS_H
#define CODEC_CERT_PARTS_H

/* cert_parts.h - what certificates and revocation lists have in common; for cert.c and crl.c only. */

#include "base/rd.h"
#include "codec/cert.h"

/* Refuse, unless `holds`, with the offset `at`; static texts. */
void part_want(struct rd *r, size_t at, bool holds, enum cloister_err err, const char *field,
	       const char *note);

/* A signature's AlgorithmIdentifier that the profile accepts: the whole element, and what it means. */
struct bytes part_algorithm(struct rd *r, const struct cert_profile *p, const char *field,
			    enum cert_alg *alg);

/* The same once more, byte by byte: RFC 5280 4.1.1.2. The first is signed, this one is not. */
void part_same_algorithm(struct rd *r, const struct cert_profile *p, struct bytes first);

/* RFC 5280 4.1.2.4: one attribute per relative name; not empty. The whole Name element. */
struct bytes part_name(struct rd *r, const char *field);

/* A BIT STRING with a signature by `alg`: as it is, and for ECDSA as r || s. */
struct bytes part_signature(struct rd *r, enum cert_alg alg, uint8_t ec[static CERT_SIG_EC_MAX]);

/* One of a list of extensions, as its callback sees it. */
struct part_extension {
	size_t at; /* offset of the extension */
	struct bytes oid;
	bool critical;
	struct rd *value; /* the content of its OCTET STRING */
};
/* True when it knows the extension and has read all of its value. */
typedef bool part_extension_fn(void *ctx, const struct part_extension *e);

/* RFC 5280 4.2: not empty, none twice, at most LIMIT_CERT_EXTENSIONS, unknown ones not critical. */
void part_extensions(struct rd *list, part_extension_fn *each, void *ctx);

#endif
