/* SPDX-License-Identifier: Apache-2.0 */
/* jwt_test.c - tokens and keys, right and wrong in one place. Signatures are not looked at here. */

#include "base/test.h"

#include <stdio.h>

#include "codec/jwt.h"

#define BOTH (JWT_PS384 | JWT_RS256)
#define HEADER "{\"alg\":\"PS384\",\"kid\":\"k1\",\"typ\":\"JWT\",\"jku\":\"https://example.org\"}"

static char token[3 * LIMIT_JWT];
static struct jwt_room room;

/* header '.' payload '.' 256 bytes, or `sig` as it is. */
static struct bytes make(const char *header, const char *payload, const char *sig)
{
	static const uint8_t zeros[256];
	char *p = token;

	b64url_write(bytes_text(header), p);
	p += strlen(p);
	*p++ = '.';
	b64url_write(bytes_text(payload), p);
	p += strlen(p);
	*p++ = '.';
	if (sig)
		memcpy(p, sig, strlen(sig) + 1);
	else
		b64url_write(BYTES_OF(zeros), p);
	return bytes_text(token);
}

static void a_token_is_read(void **state)
{
	struct bytes text = make(HEADER, "{\"iss\":\"x\",\"exp\":1}", NULL);
	struct cloister_fault why = { 0 };
	struct jwt t;
	uint64_t exp;
	(void)state;

	WANT_OK(jwt_read(text, BOTH, &room, &t, &why), &why);
	assert_int_equal(t.alg, JWT_PS384);
	assert_string_equal(jwt_alg_name(t.alg), "PS384");
	assert_true(t.has_kid);
	assert_string_equal(t.kid, "k1");
	assert_true(json_u64(json_get(t.claims, "exp"), &exp) && exp == 1);
	assert_int_equal(t.sig.len, 256);
	assert_ptr_equal(t.signed_text.data, text.data);
	assert_int_equal(t.signed_text.len, (size_t)(strrchr(token, '.') - token));
}

static void every_prefix_is_refused(void **state)
{
	struct bytes text = make(HEADER, "{\"iss\":\"x\"}", NULL);
	(void)state;

	for (size_t n = 0; n < text.len; n++) {
		struct jwt t = { .alg = 77 };
		struct cloister_fault why = { 0 };
		char *cut = malloc(n ? n : 1);
		memcpy(cut, text.data, n);
		/* 256 bytes of signature have a shorter spelling of 342 digits only */
		assert_int_not_equal(jwt_read(bytes_of(cut, n), BOTH, &room, &t, &why), CLOISTER_OK);
		assert_int_equal(t.alg, 77);
		free(cut);
	}
}

static const struct {
	const char *header, *payload, *sig, *what;
	enum cloister_err err;
} bad[] = {
	{ "{\"alg\":\"none\"}", "{}", "", "alg", CLOISTER_E_UNSUPPORTED },
	{ "{\"alg\":\"HS256\"}", "{}", NULL, "alg", CLOISTER_E_UNSUPPORTED },
	{ "{\"alg\":\"ps384\"}", "{}", NULL, "alg", CLOISTER_E_UNSUPPORTED },
	{ "{\"alg\":\"PS256\"}", "{}", NULL, "alg", CLOISTER_E_UNSUPPORTED },
	{ "{\"alg\":[\"PS384\"]}", "{}", NULL, "alg", CLOISTER_E_MALFORMED },
	{ "{\"kid\":\"k1\"}", "{}", NULL, "alg", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"alg\":\"PS384\"}", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"crit\":[\"b64\"],\"b64\":false}", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"b64\":true}", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"zip\":\"DEF\"}", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"enc\":\"A128GCM\"}", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"kid\":7}", "{}", NULL, "kid", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"kid\":\"\"}", "{}", NULL, "kid", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\",\"typ\":\"JWE\"}", "{}", NULL, "typ", CLOISTER_E_MALFORMED },
	{ "[]", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"} x", "{}", NULL, "header", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "[]", NULL, "payload", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "", NULL, "payload", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{\"a\":1,\"a\":1}", NULL, "payload", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{\"x\":{\"a\":1,\"\\u0061\":1}}", NULL, "payload", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "", "signature", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "AAAA", "signature", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "A", "signature", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "AB", "signature", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "AA==", "signature", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "A+/A", "signature", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "AAAA.AAAA", "token", CLOISTER_E_MALFORMED },
	{ "{\"alg\":\"PS384\"}", "{}", "AAAA\n", "signature", CLOISTER_E_MALFORMED },
};

static void wrong_tokens_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why = { 0 };
		struct jwt t = { .alg = 77 };
		enum cloister_err err = jwt_read(make(bad[i].header, bad[i].payload, bad[i].sig), BOTH,
						 &room, &t, &why);
		if (err != bad[i].err || strcmp(why.what, bad[i].what) != 0)
			fail_msg("row %zu: %s, %s: %s", i, cloister_err_name(err), why.what, why.note);
		assert_int_equal(t.alg, 77);
	}
}

static void only_what_the_caller_allows(void **state)
{
	struct cloister_fault why = { 0 };
	struct jwt t;
	(void)state;

	assert_int_equal(jwt_read(make(HEADER, "{}", NULL), JWT_RS256, &room, &t, &why),
			 CLOISTER_E_UNSUPPORTED);
	assert_int_equal(jwt_read(make(HEADER, "{}", NULL), 0, &room, &t, &why), CLOISTER_E_UNSUPPORTED);
	WANT_OK(jwt_read(make(HEADER, "{}", NULL), JWT_PS384, &room, &t, &why), &why);
	memset(token, 'A', LIMIT_JWT + 1);
	assert_int_equal(jwt_read(bytes_of(token, LIMIT_JWT + 1), BOTH, &room, &t, NULL), CLOISTER_E_LIMIT);
	assert_int_equal(jwt_read(BYTES_NONE, BOTH, &room, &t, NULL), CLOISTER_E_MALFORMED);
}

/* ---- keys: @ stands for 2048 bits ending in one ------------------------------ */

static struct bytes fill(const char *format)
{
	uint8_t n[256];
	char *p = token;

	memset(n, 0xff, sizeof n);
	for (; *format; format++)
		if (*format == '@') {
			b64url_write(BYTES_OF(n), p);
			p += strlen(p);
		} else {
			*p++ = *format;
		}
	*p = 0;
	return bytes_text(token);
}

#define SET(members) "{\"keys\":[{\"kid\":\"k0\",\"kty\":\"EC\"},{" members "}]}"

static const struct {
	const char *set, *what;
	enum cloister_err err;
} bad_keys[] = {
	{ "[]", "keys", CLOISTER_E_MALFORMED },
	{ "{\"keys\":{}}", "keys", CLOISTER_E_MALFORMED },
	{ "{\"keys\":[]}", "kid", CLOISTER_E_MISSING },
	{ SET("\"kid\":\"k2\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\""), "kid", CLOISTER_E_MISSING },
	{ SET("\"kid\":\"k1\",\"kty\":\"EC\""), "kty", CLOISTER_E_UNSUPPORTED },
	{ SET("\"kid\":\"k1\",\"n\":\"@\",\"e\":\"AQAB\""), "kty", CLOISTER_E_UNSUPPORTED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"e\":\"AQAB\""), "n", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\""), "n", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"AA@\",\"e\":\"AQAB\""), "n", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@@@\",\"e\":\"AQAB\""), "n", CLOISTER_E_LIMIT },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AAEAAQ\""), "e", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAA\""), "key", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQ\""), "key", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB==\""), "e", CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\",\"use\":\"enc\""), "use",
	  CLOISTER_E_UNSUPPORTED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\",\"x5c\":\"\""), "x5c",
	  CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\",\"x5c\":[1]"), "x5c",
	  CLOISTER_E_MALFORMED },
	{ SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\"},{\"kid\":\"k1\""), "kid",
	  CLOISTER_E_MALFORMED },
};

static void wrong_keys_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_keys); i++) {
		struct cloister_fault why = { 0 };
		struct jwk k = { .algs = 77 };
		enum cloister_err err = jwks_find(fill(bad_keys[i].set), "k1", &k, &why);
		if (err != bad_keys[i].err || strcmp(why.what, bad_keys[i].what) != 0)
			fail_msg("row %zu: %s, %s: %s", i, cloister_err_name(err), why.what, why.note);
		assert_int_equal(k.algs, 77);
	}
}

static void a_key_is_read(void **state)
{
	struct cloister_fault why = { 0 };
	struct jwk k;
	uint8_t der[8];
	size_t len;
	(void)state;

	struct bytes set = fill(SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\",\"alg\":\"RS256\","
				    "\"x5c\":[\"AAEC\",\"Aw==\"]"));
	assert_true(jwks_looks_like(set));
	assert_false(jwks_looks_like(bytes_text("{}")));
	WANT_OK(jwks_find(set, "k1", &k, &why), &why);
	assert_int_equal(k.n_len, 256);
	assert_int_equal(k.n[0], 0xff);
	assert_int_equal(k.e_len, 3);
	assert_int_equal(k.e[0], 1);
	assert_int_equal(k.algs, JWT_RS256);
	assert_int_equal(k.n_x5c, 2);
	WANT_OK(jwk_cert(&k, 0, der, sizeof der, &len, &why), &why);
	assert_int_equal(len, 3);
	WANT_OK(jwk_cert(&k, 1, der, sizeof der, &len, &why), &why);
	assert_int_equal(len, 1);
	assert_int_equal(der[0], 3);
	assert_int_equal(jwk_cert(&k, 2, der, sizeof der, &len, &why), CLOISTER_E_MISSING);
	WANT_OK(jwks_find(fill(SET("\"kid\":\"k1\",\"kty\":\"RSA\",\"n\":\"@\",\"e\":\"AQAB\",\"alg\":\"ES256\"")),
			  "k1", &k, &why), &why);
	assert_int_equal(k.algs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_read),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(wrong_tokens_are_refused),
		cmocka_unit_test(only_what_the_caller_allows),
		cmocka_unit_test(wrong_keys_are_refused),
		cmocka_unit_test(a_key_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
