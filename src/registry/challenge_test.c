/* SPDX-License-Identifier: Apache-2.0 */
/* challenge_test.c - what registries say, what RFC 9110 allows besides, and what it does not. */

#include "base/test.h"

#include <stdio.h>

#include "registry/challenge.h"

static const struct good {
	const char *header;
	enum challenge_kind kind;
	const char *realm, *service;
} goods[] = {
	{ "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\",scope=\"repository:library/nginx:pull\"",
	  CHALLENGE_BEARER, "https://auth.docker.io/token", "registry.docker.io" },
	{ "Basic realm=\"Registry Realm\"", CHALLENGE_BASIC, "Registry Realm", "" },
	{ "Basic", CHALLENGE_BASIC, "", "" },
	{ "basic", CHALLENGE_BASIC, "", "" },
	{ "\tBEARER   Realm = \"r\" , SERVICE=s\t", CHALLENGE_BEARER, "r", "s" },
	{ "Basic realm=\"a\", Bearer realm=\"b\",service=\"c\"", CHALLENGE_BEARER, "b", "c" },
	{ "Bearer realm=\"b\", Basic realm=\"a\"", CHALLENGE_BEARER, "b", "" },
	{ "Negotiate, Basic realm=\"a\"", CHALLENGE_BASIC, "a", "" },
	{ "Digest realm=\"d\", nonce=\"n,\\\"Bearer realm=x\", Basic", CHALLENGE_BASIC, "", "" },
	{ "Bearer realm=\"a\", Bearer realm=\"b\"", CHALLENGE_BEARER, "a", "" },
	{ "Bearer realm=\"a\\\"b\\\\c\",error=\"invalid_token\"", CHALLENGE_BEARER, "a\"b\\c", "" },
};

static const struct bad {
	const char *header;
	enum cloister_err err;
	size_t at;
} bads[] = {
	{ "", CLOISTER_E_MALFORMED, 0 },
	{ ",", CLOISTER_E_MALFORMED, 0 },
	{ "Basic,", CLOISTER_E_MALFORMED, 6 },
	{ "Basic;", CLOISTER_E_MALFORMED, 5 },
	{ "Basic abc", CLOISTER_E_MALFORMED, 9 },
	{ "Basic abc==", CLOISTER_E_MALFORMED, 10 },
	{ "Basic realm", CLOISTER_E_MALFORMED, 11 },
	{ "Basic realm=", CLOISTER_E_MALFORMED, 12 },
	{ "Basic realm=\"", CLOISTER_E_MALFORMED, 13 },
	{ "Basic realm=\"a", CLOISTER_E_MALFORMED, 14 },
	{ "Basic realm=\"a\\", CLOISTER_E_MALFORMED, 15 },
	{ "Basic realm=\"a\"b", CLOISTER_E_MALFORMED, 15 },
	{ "Basic realm=\"a\",", CLOISTER_E_MALFORMED, 16 },
	{ "Basic realm=\"a\",,a=b", CLOISTER_E_MALFORMED, 16 },
	{ "Basic realm=\"a\", =b", CLOISTER_E_MALFORMED, 17 },
	{ "Basic realm=a, realm=b", CLOISTER_E_MALFORMED, 22 },
	{ "Basic realm=a, REALM=b", CLOISTER_E_MALFORMED, 22 },
	{ "Bearer service=s", CLOISTER_E_MALFORMED, 0 },
	{ "Bearer realm=\"\"", CLOISTER_E_MALFORMED, 0 },
	{ "Bearer realm=\"a\nb\"", CLOISTER_E_MALFORMED, 15 },
	{ "Bearer realm=\"a\x7f\"", CLOISTER_E_MALFORMED, 15 },
	{ "Bearer realm=\"a\xc3\xa4\"", CLOISTER_E_MALFORMED, 15 },
	{ "Bearer realm=\"a\", Basic realm=\"a", CLOISTER_E_MALFORMED, 32 },
	{ "Negotiate", CLOISTER_E_UNSUPPORTED, CLOISTER_NOWHERE },
	{ "Digest realm=\"Basic\"", CLOISTER_E_UNSUPPORTED, CLOISTER_NOWHERE },
};

static void taken(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(goods); i++) {
		struct cloister_fault why = { 0 };
		struct challenge c;
		WANT_OK(challenge_read(bytes_text(goods[i].header), &c, &why), &why);
		assert_int_equal(c.kind, goods[i].kind);
		assert_string_equal(c.realm, goods[i].realm);
		assert_string_equal(c.service, goods[i].service);
	}
}

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bads); i++) {
		struct cloister_fault why = { 0 };
		struct challenge c = { .realm = "before" };
		enum cloister_err err = challenge_read(bytes_text(bads[i].header), &c, &why);
		if (err != bads[i].err || why.at != bads[i].at)
			fail_msg("`%s`: %s at %zu: %s", bads[i].header, cloister_err_name(err), why.at, why.note);
		assert_string_equal(c.realm, "before");
	}
}

static void lengths(void **state)
{
	char header[LIMIT_URL + 64], fill[LIMIT_URL + 1];
	struct cloister_fault why = { 0 };
	struct challenge c;

	(void)state;
	memset(fill, 'r', sizeof fill);
	fill[LIMIT_URL - 1] = 0;
	snprintf(header, sizeof header, "Bearer realm=%s", fill);
	WANT_OK(challenge_read(bytes_text(header), &c, &why), &why);
	assert_string_equal(c.realm, fill);
	fill[LIMIT_URL - 1] = 'r';
	fill[LIMIT_URL] = 0;
	snprintf(header, sizeof header, "Bearer realm=%s", fill);
	assert_int_equal(challenge_read(bytes_text(header), &c, &why), CLOISTER_E_MALFORMED);
	fill[LIMIT_CHALLENGE_PART] = 0;
	snprintf(header, sizeof header, "Bearer realm=r,service=\"%s\"", fill);
	assert_int_equal(challenge_read(bytes_text(header), &c, &why), CLOISTER_E_MALFORMED);
}

static void tokens(void **state)
{
	static const struct { const char *json, *header; } rows[] = {
		{ "{\"token\":\"aB0-._~+/==\"}", "Bearer aB0-._~+/==" },
		{ "{\"access_token\":\"x\",\"expires_in\":300}", "Bearer x" },
		{ "{\"token\":\"t\",\"access_token\":\"x\"}", "Bearer t" },
		{ "{\"token\":\"\",\"access_token\":\"x\"}", "Bearer x" },
		{ "{\"token\":null,\"access_token\":\"x\"}", "Bearer x" },
		{ "{\"token\":\"a\\r\\nHost: b\"}", NULL }, { "{\"token\":\"a b\"}", NULL },
		{ "{\"token\":\"a=b\"}", NULL }, { "{\"token\":\"=\"}", NULL }, { "{\"token\":\"a\\u0000\"}", NULL },
		{ "{\"token\":\"\"}", NULL }, { "{\"token\":1}", NULL }, { "{}", NULL }, { "[]", NULL },
		{ "{\"token\":\"a,b\"}", NULL }, { "{\"token\":\"a|b\"}", NULL }, { "{\"token\":\"a\xc3\xa4\"}", NULL },
		{ "<html>", NULL }, { "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(drop_secret) struct secret s = { 0 };
		struct cloister_fault why = { 0 };
		enum cloister_err err = token_read(bytes_text(rows[i].json), &s, &why);
		if (rows[i].header ? err || !bytes_are(secret_bytes(&s), rows[i].header) : !err || s.len)
			fail_msg("%s: %s", rows[i].json, cloister_err_name(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken), cmocka_unit_test(refused), cmocka_unit_test(lengths),
		cmocka_unit_test(tokens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
