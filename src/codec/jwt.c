/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt.c - RFC 7515 section 7.1 and RFC 7517, the strict parts: one spelling of
 * base64url, one algorithm out of a given set, no member that changes meaning.
 */

#include "codec/jwt.h"

#include "base/hex.h"
#include "base/wr.h"

static const struct {
	const char *name;
	enum jwt_alg alg;
} algs_known[] = { { "PS384", JWT_PS384 }, { "RS256", JWT_RS256 } };

#define N_ALGS (sizeof algs_known / sizeof *algs_known)

const char *jwt_alg_name(enum jwt_alg alg)
{
	for (size_t i = 0; i < N_ALGS; i++)
		if (algs_known[i].alg == alg)
			return algs_known[i].name;
	return "none";
}

/* Up to the next dot, or to the end when `last`; false: no dot, or one too many. */
static bool cut(struct bytes *left, bool last, struct bytes *part)
{
	const uint8_t *dot = left->len ? memchr(left->data, '.', left->len) : NULL;

	if (last || !dot) {
		*part = *left;
		return last && !dot;
	}
	*part = bytes_of(left->data, (size_t)(dot - left->data));
	*left = bytes_of(dot + 1, left->len - part->len - 1);
	return true;
}

/* Room is taken from the front of `room`. Offsets become those of the whole text. */
static enum cloister_err decode(struct bytes text, struct bytes part, const char *what, struct wr *room,
				struct bytes *out, struct cloister_fault *why)
{
	uint8_t *to = room->data + room->len;
	size_t len;
	enum cloister_err err = b64url_read(part, to, room->room - room->len, &len, why);

	if (err != CLOISTER_OK) {
		why->what = what;
		if (err == CLOISTER_E_MALFORMED)
			why->at += (size_t)(part.data - text.data);
		return err;
	}
	room->len += len;
	*out = bytes_of(to, len);
	return CLOISTER_OK;
}

static enum cloister_err read_object(struct bytes text, const char *what, struct json *out,
				     struct cloister_fault *why)
{
	enum cloister_err err = json_read(text, out, why);

	if (err != CLOISTER_OK) {
		why->what = what;
		return err;
	}
	if (out->type != JSON_OBJECT)
		return fail_at(why, 0, what, "an object was expected");
	return CLOISTER_OK;
}

static enum cloister_err read_alg(struct json header, unsigned algs, enum jwt_alg *out,
				  struct cloister_fault *why)
{
	struct json alg = json_get(header, "alg");

	if (alg.type != JSON_STRING)
		return fail(why, CLOISTER_E_MALFORMED, "alg", "the member is missing or no string");
	for (size_t i = 0; i < N_ALGS; i++)
		if ((algs & algs_known[i].alg) && json_is(alg, algs_known[i].name)) {
			*out = algs_known[i].alg;
			return CLOISTER_OK;
		}
	return fail(why, CLOISTER_E_UNSUPPORTED, "alg", "%.*s is not allowed here",
		    (int)(alg.text.len < 40 ? alg.text.len : 40), (const char *)alg.text.data);
}

static enum cloister_err read_header(struct jwt *t, unsigned algs, struct cloister_fault *why)
{
	/* Behind typ: tolerated, never looked at. */
	static const char *const known[] = { "alg", "kid", "typ", "jku", "jwk",
					     "x5u", "x5c", "x5t", "x5t#S256", NULL };
	struct json kid = json_get(t->header, "kid"), typ = json_get(t->header, "typ");

	TRY(json_only(t->header, known, "header", why));
	TRY(read_alg(t->header, algs, &t->alg, why));
	t->has_kid = kid.type != JSON_NONE;
	if (t->has_kid && (!json_text(kid, t->kid, sizeof t->kid) || !t->kid[0]))
		return fail(why, CLOISTER_E_MALFORMED, "kid", "not a text of 1 to %u bytes",
			    LIMIT_JWT_KID);
	if (typ.type != JSON_NONE && !json_is(typ, "JWT") && !json_is(typ, "jwt"))
		return fail(why, CLOISTER_E_MALFORMED, "typ", "only JWT is accepted");
	return CLOISTER_OK;
}

static enum cloister_err read_token(struct bytes text, unsigned algs, struct wr room, struct jwt *t,
				    struct cloister_fault *why)
{
	struct bytes left = text, part[3], header, payload;

	if (text.len > LIMIT_JWT)
		return fail(why, CLOISTER_E_LIMIT, "token", "larger than %u bytes", LIMIT_JWT);
	for (int i = 0; i < 3; i++)
		if (!cut(&left, i == 2, &part[i]))
			return fail_at(why, (size_t)(left.data - text.data), "token",
				       "not three parts with a dot between");
	TRY(decode(text, part[0], "header", &room, &header, why));
	TRY(decode(text, part[1], "payload", &room, &payload, why));
	TRY(decode(text, part[2], "signature", &room, &t->sig, why));
	t->signed_text = bytes_of(text.data, part[0].len + 1 + part[1].len);

	TRY(read_object(header, "header", &t->header, why));
	TRY(read_header(t, algs, why));
	TRY(read_object(payload, "payload", &t->claims, why));
	if (t->sig.len < LIMIT_RSA_LEAST || t->sig.len > LIMIT_RSA)
		return fail_at(why, (size_t)(part[2].data - text.data), "signature",
			       "%zu bytes: no RSA key in use here signs so", t->sig.len);
	return CLOISTER_OK;
}

enum cloister_err jwt_read(struct bytes text, unsigned algs, struct jwt_room *room, struct jwt *out,
			   struct cloister_fault *why)
{
	struct cloister_fault local;
	struct jwt t = { 0 };

	if (text.len == 0)
		return fail_at(why, 0, "token", "it is empty");
	TRY(read_token(text, algs, wr_open(room->data, sizeof room->data), &t, why ? why : &local));
	*out = t;
	return CLOISTER_OK;
}

/* ---- keys ---- */

/* A big-endian number in base64url, without leading zeros (RFC 7518 section 2). */
static enum cloister_err read_number(struct json key, const char *name, size_t least, uint8_t *out,
				     size_t room, size_t *len_out, struct cloister_fault *why)
{
	struct json v = json_get(key, name);
	char text[LIMIT_RSA * 4 / 3 + 3];

	if (v.type != JSON_STRING)
		return fail(why, CLOISTER_E_MALFORMED, name, "the member is missing or no string");
	if (!json_text(v, text, sizeof text))
		return fail(why, CLOISTER_E_LIMIT, name, "a key of more than %u bits", LIMIT_RSA * 8);
	enum cloister_err err = b64url_read(bytes_text(text), out, room, len_out, why);
	if (err != CLOISTER_OK) {
		why->what = name;
		return err;
	}
	if (*len_out < least || out[0] == 0)
		return fail(why, CLOISTER_E_MALFORMED, name, "shorter than %zu bytes, or a leading zero",
			    least);
	return CLOISTER_OK;
}

static enum cloister_err read_use(struct json key, struct jwk *k, struct cloister_fault *why)
{
	struct json alg = json_get(key, "alg"), use = json_get(key, "use");

	if (use.type != JSON_NONE && !json_is(use, "sig"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "use", "the key is not for signatures");
	k->algs = alg.type == JSON_NONE ? ~0u : 0;
	for (size_t i = 0; i < N_ALGS; i++)
		if (json_is(alg, algs_known[i].name))
			k->algs = algs_known[i].alg;
	return CLOISTER_OK;
}

static enum cloister_err read_x5c(struct json key, struct jwk *k, struct cloister_fault *why)
{
	struct json_walk w;
	struct json v;

	k->x5c = json_get(key, "x5c");
	if (k->x5c.type == JSON_NONE)
		return CLOISTER_OK;
	if (k->x5c.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "x5c", "an array was expected");
	for (w = json_walk(k->x5c); json_next(&w, NULL, &v); k->n_x5c++)
		if (v.type != JSON_STRING || k->n_x5c == LIMIT_CHAIN)
			return fail(why, CLOISTER_E_MALFORMED, "x5c",
				    "not a list of at most %u texts", LIMIT_CHAIN);
	return CLOISTER_OK;
}

enum cloister_err jwk_read(struct json key, struct jwk *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct jwk k = { 0 };

	why = why ? why : &local;
	if (key.type != JSON_OBJECT)
		return fail(why, CLOISTER_E_MALFORMED, "key", "an object was expected");
	if (!json_is(json_get(key, "kty"), "RSA"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "kty", "only RSA is accepted");
	TRY(read_number(key, "n", LIMIT_RSA_LEAST, k.n, sizeof k.n, &k.n_len, why));
	TRY(read_number(key, "e", 1, k.e, sizeof k.e, &k.e_len, why));
	if (!(k.n[k.n_len - 1] & 1) || !(k.e[k.e_len - 1] & 1) || (k.e_len == 1 && k.e[0] < 3))
		return fail(why, CLOISTER_E_MALFORMED, "key", "no RSA key has such numbers");
	TRY(read_use(key, &k, why));
	TRY(read_x5c(key, &k, why));
	*out = k;
	return CLOISTER_OK;
}

enum cloister_err jwk_cert(const struct jwk *key, size_t i, uint8_t *out, size_t room,
			   size_t *len_out, struct cloister_fault *why)
{
	struct json_walk w = json_walk(key->x5c);
	struct json v = { 0 };
	char text[B64_ROOM(LIMIT_JWK_CERT)];

	for (size_t k = 0; k <= i; k++)
		if (!json_next(&w, NULL, &v))
			return fail(why, CLOISTER_E_MISSING, "x5c", "no certificate %zu", i);
	if (!json_text(v, text, sizeof text))
		return fail(why, CLOISTER_E_LIMIT, "x5c", "a certificate of more than %u bytes",
			    LIMIT_JWK_CERT);
	return b64_read(bytes_text(text), out, room, len_out, why);
}

static enum cloister_err keys_of(struct bytes jwks, struct json *out, struct cloister_fault *why)
{
	struct json set;

	if (jwks.len > LIMIT_JWKS)
		return fail(why, CLOISTER_E_LIMIT, "jwks", "larger than %u bytes", LIMIT_JWKS);
	TRY(json_read(jwks, &set, why));
	*out = json_get(set, "keys");
	if (out->type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "keys", "the member is missing or no array");
	return CLOISTER_OK;
}

enum cloister_err jwks_find(struct bytes jwks, const char *kid, struct jwk *out,
			    struct cloister_fault *why)
{
	struct json keys, key, found = { 0 };

	TRY(keys_of(jwks, &keys, why));
	for (struct json_walk w = json_walk(keys); json_next(&w, NULL, &key);) {
		if (!json_is(json_get(key, "kid"), kid))
			continue;
		if (found.type != JSON_NONE)
			return fail(why, CLOISTER_E_MALFORMED, "kid", "two keys have the name %.64s", kid);
		found = key;
	}
	if (found.type == JSON_NONE)
		return fail(why, CLOISTER_E_MISSING, "kid", "no key has the name %.64s", kid);
	return jwk_read(found, out, why);
}

bool jwks_looks_like(struct bytes text)
{
	struct json keys;

	return keys_of(text, &keys, NULL) == CLOISTER_OK;
}
