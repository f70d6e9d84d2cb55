/* SPDX-License-Identifier: Apache-2.0 */
/* jwt_fuzz.c - whatever token or key set is accepted keeps its bounds and has one spelling. */

#include <stdlib.h>

#include "base/hex.h"
#include "codec/jwt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

static void try_token(struct bytes text)
{
	static struct jwt_room room;
	static char again[2 * LIMIT_JWT];
	struct jwt t;

	if (jwt_read(text, JWT_PS384 | JWT_RS256, &room, &t, NULL) != CLOISTER_OK)
		return;
	want(t.header.type == JSON_OBJECT && t.claims.type == JSON_OBJECT);
	want(t.alg == JWT_PS384 || t.alg == JWT_RS256);
	want(t.has_kid == (t.kid[0] != 0));
	want(t.sig.len >= LIMIT_RSA_LEAST && t.sig.len <= LIMIT_RSA);
	b64url_write(t.sig, again);
	want(t.signed_text.len + 1 + strlen(again) == text.len);
	want(bytes_are(bytes_of(text.data + t.signed_text.len + 1, text.len - t.signed_text.len - 1), again));
}

static void try_keys(struct bytes text)
{
	uint8_t der[LIMIT_JWK_CERT];
	struct jwk k;
	size_t len;

	if (jwks_find(text, "k1", &k, NULL) != CLOISTER_OK)
		return;
	want(jwks_looks_like(text));
	want(k.n_len >= LIMIT_RSA_LEAST && k.n_len <= LIMIT_RSA && k.n[0] && k.n[k.n_len - 1] & 1);
	want(k.e_len >= 1 && k.e_len <= LIMIT_RSA_EXPONENT && k.e[0]);
	want(k.n_x5c <= LIMIT_CHAIN);
	for (size_t i = 0; i < k.n_x5c; i++)
		if (jwk_cert(&k, i, der, sizeof der, &len, NULL) == CLOISTER_OK)
			want(len <= sizeof der);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_token(bytes_of(data, size));
	try_keys(bytes_of(data, size));
	return 0;
}
