/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_JWT_H
#define CODEC_JWT_H

/*
 * jwt.h - signed tokens (RFC 7519 in JWS compact form, RFC 7515) and the keys
 * that go with them (JWK and JWK sets, RFC 7517), strictly. This reads; it
 * judges neither signature nor claims.
 *
 * A token names its algorithm, but the caller says which are allowed. It may
 * name a place for keys (jku, x5u) or bring one (jwk, x5c): such members are
 * tolerated, because real tokens have them, and never looked at. Members that
 * change what a token means (crit, b64, enc, zip) are refused, and so is every
 * member that is not known here.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "codec/json.h"

/* Bits of the set that a caller allows. "none" is not among them and never will be. */
enum jwt_alg { JWT_PS384 = 1, JWT_RS256 = 2 };

/* Where the decoded parts live; the token is a view of it and of its own text. */
struct jwt_room {
	uint8_t data[LIMIT_JWT];
};

struct jwt {
	enum jwt_alg alg;
	char kid[LIMIT_JWT_KID + 1]; /* "" when has_kid is false */
	bool has_kid;
	struct json header, claims;  /* objects */
	struct bytes signed_text;    /* "header.payload" as sent: what the signature covers */
	struct bytes sig;
};

/*
 * `algs`: the allowed algorithms. Errors: CLOISTER_E_MALFORMED with an offset
 * in `text`, CLOISTER_E_UNSUPPORTED (another algorithm), CLOISTER_E_LIMIT.
 */
enum cloister_err jwt_read(struct bytes text, unsigned algs, struct jwt_room *room, struct jwt *out,
			   struct cloister_fault *why);

const char *jwt_alg_name(enum jwt_alg alg); /* "PS384" */

/* An RSA key. Numbers are big-endian without leading zeros. */
struct jwk {
	uint8_t n[LIMIT_RSA], e[LIMIT_RSA_EXPONENT];
	size_t n_len, e_len;
	unsigned algs; /* what `alg` allows; everything when it is not said */
	size_t n_x5c;  /* certificates, the key's own first */
	struct json x5c;
};

/* From its object: kty RSA, n, e; alg, use and x5c when there. Other members are not looked at. */
enum cloister_err jwk_read(struct json key, struct jwk *out, struct cloister_fault *why);

/* Certificate `i` of n_x5c, as DER into out (room bytes). */
enum cloister_err jwk_cert(const struct jwk *key, size_t i, uint8_t *out, size_t room,
			   size_t *len_out, struct cloister_fault *why);

/*
 * The key named `kid` in the set `jwks` ({"keys": […]}). Two of that name are
 * CLOISTER_E_MALFORMED, none is CLOISTER_E_MISSING.
 */
enum cloister_err jwks_find(struct bytes jwks, const char *kid, struct jwk *out,
			    struct cloister_fault *why);

/* Whether `text` is a JSON object with an array "keys". */
bool jwks_looks_like(struct bytes text);

#endif
