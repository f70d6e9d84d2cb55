/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_nomem_test.c - every allocation inside every kind of signature check
 * gets its turn to fail. The call says so, or answers what it would have
 * answered; want of memory is never read as a bad signature, nor a good one.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "crypto/forge_key.h"
#include "crypto/verify.h"

#include <cmocka.h> /* last: it has a macro named fail */

struct kind {
	const char *name, *curve; /* else RSA */
	enum hash_kind hash;
	enum rsa_scheme scheme;
};

static const struct kind kinds[] = {
	{ "P-256", "P-256", HASH_SHA256, 0 },
	{ "P-384", "P-384", HASH_SHA384, 0 },
	{ "PKCS#1 SHA-256", NULL, HASH_SHA256, RSA_PKCS1_SHA256 },
	{ "PKCS#1 SHA-384", NULL, HASH_SHA384, RSA_PKCS1_SHA384 },
	{ "PKCS#1 SHA-512", NULL, HASH_SHA512, RSA_PKCS1_SHA512 },
	{ "PSS SHA-256", NULL, HASH_SHA256, RSA_PSS_SHA256 },
	{ "PSS SHA-384", NULL, HASH_SHA384, RSA_PSS_SHA384 },
};
#define KINDS (sizeof kinds / sizeof *kinds)

struct thing {
	const struct kind *kind;
	uint8_t digest[SHA512_LEN], sig[FORGE_SIG_MAX];
	uint8_t point[P384_POINT_LEN], modulus[256], exponent[3];
	size_t digest_len, sig_len;
};

static struct thing things[KINDS];

static bool is_pss(const struct kind *k)
{
	return !k->curve && (k->scheme == RSA_PSS_SHA256 || k->scheme == RSA_PSS_SHA384);
}

/* The digest itself is what is signed: any bytes do. */
static struct thing sign(const struct kind *k)
{
	const struct forge_scheme scheme = { .hash = k->hash, .pss = is_pss(k), .salt_len = -1 };
	struct thing t = { .kind = k, .digest_len = k->hash == HASH_SHA256 ? SHA256_LEN :
						    k->hash == HASH_SHA384 ? SHA384_LEN : SHA512_LEN };
	struct forge_key *key = k->curve ? forge_key_ec(k->curve) : forge_key_rsa(2048, 65537);

	memset(t.digest, 0x5a, sizeof t.digest);
	t.sig_len = forge_key_sign(key, &scheme, bytes_of(t.digest, t.digest_len), t.sig);
	memcpy(t.point, key->point, key->point_len);
	if (!k->curve) {
		memcpy(t.modulus, key->modulus, sizeof t.modulus);
		memcpy(t.exponent, key->exponent, sizeof t.exponent);
	}
	forge_key_free(key);
	return t;
}

static enum cloister_err check(const struct thing *t, bool *good)
{
	const struct kind *k = t->kind;

	if (!k->curve)
		return rsa_verify(k->scheme, BYTES_OF(t->modulus), BYTES_OF(t->exponent),
				  bytes_of(t->digest, t->digest_len), bytes_of(t->sig, t->sig_len), good,
				  NULL);
	if (k->hash == HASH_SHA256)
		return p256_verify(t->point, t->digest, t->sig, good, NULL);
	return p384_verify(t->point, t->digest, t->sig, good, NULL);
}

/* False when want of memory was taken for an answer. */
static bool honest(const struct thing *t, bool expected, size_t *n_nomem)
{
	bool good = !expected;
	enum cloister_err err = check(t, &good);

	*n_nomem += err == CLOISTER_E_NOMEM;
	return err == CLOISTER_E_NOMEM || (err == CLOISTER_OK && good == expected);
}

/* Allocations of one check, each of which has failed once. */
static size_t fail_each(const struct thing *t, bool expected, size_t *n_nomem)
{
	size_t n = 0;

	do {
		left = n;
		n_asked = 0;
		armed = true;
		bool well = honest(t, expected, n_nomem);
		armed = false;
		if (!well)
			print_error("%s: allocation %zu of a %s signature\n", t->kind->name, n,
				    expected ? "good" : "bad");
		assert_true(well);
		assert_true(honest(t, expected, &(size_t){ 0 })); /* nothing was broken for good */
	} while (n++ < n_asked);
	return n - 1;
}

static void skip_without_malloc(void)
{
	if (OWN_MALLOC)
		return;
	print_message("the sanitizer has a malloc of its own: skipped\n");
	skip();
}

/* Each way in which a thing can be bad, and the right one. */
static void each_allocation_fails_once(void **state)
{
	(void)state;
	skip_without_malloc();
	for (size_t i = 0; i < KINDS; i++) {
		struct thing good = things[i], digest = good, sig = good, range = good, key = good;
		size_t n_nomem = 0, n = 0;

		digest.digest[3] ^= 1;
		sig.sig[sig.sig_len - 1] ^= 1;
		memset(range.sig, 0xff, range.sig_len); /* no number below the order or the modulus */
		key.point[40] ^= 1;                     /* not on the curve, as good as surely */
		key.modulus[40] ^= 1;
		n += fail_each(&good, true, &n_nomem);
		n += fail_each(&digest, false, &n_nomem);
		n += fail_each(&sig, false, &n_nomem);
		n += fail_each(&range, false, &n_nomem);
		n += fail_each(&key, false, &n_nomem);
		print_message("%s: %zu allocations failed, %zu times it said so\n", good.kind->name, n,
			      n_nomem);
		assert_true(n > 10 && n_nomem > n / 2);
	}
}

static int sign_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++)
		things[i] = sign(&kinds[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	return cmocka_run_group_tests(tests, sign_all, NULL);
}
