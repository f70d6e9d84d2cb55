/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust_test.c - which digest is whose root, and what the memory of good signatures keeps.
 * argv[1]: the folder of the vectors, for its keys.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "base/nomem.h"
#include "evidence/forge_der.h"
#include "evidence/forge_pki.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *vectors;

static struct cloister_trust *fresh(void)
{
	struct cloister_trust *t = NULL;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	return t;
}

/* As the manufacturers publish them; Intel's is that of the key. */
static const struct {
	enum root_family family;
	const char *sha256;
} roots[] = {
	{ ROOT_AWS, "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b" },
	{ ROOT_AMD_MILAN, "69d063b45344d26a2e94e1f4210de49ef555308287d4c174445c95639a540bcd" },
	{ ROOT_AMD_GENOA, "4c6598d19c18719c5dfd4a7d335f674e5bfe1d8f800cea2cf270c10d103db2f1" },
	{ ROOT_AMD_TURIN, "1f084161a44bb6d93778a904877d4819cafa5d05ef4193b2ded9dd9c73dd3f6a" },
	{ ROOT_INTEL, "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e" },
};

/* A built-in root vouches for its own family, and no bit of it may differ. */
static void roots_belong_to_families(void **state)
{
	struct cloister_trust *t = fresh();
	static const uint8_t zero[SHA256_LEN];
	bool builtin;

	(void)state;
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
		uint8_t digest[SHA256_LEN];
		size_t len;
		assert_int_equal(hex_read(bytes_text(roots[i].sha256), digest, sizeof digest, &len, NULL), 0);
		for (int f = ROOT_AWS; f < ROOT_FAMILIES; f++) {
			bool is = f == (int)roots[i].family;
			builtin = !is;
			assert_int_equal(trust_has_root(t, (enum root_family)f, digest, &builtin), is);
			assert_int_equal(builtin, is);
		}
		digest[SHA256_LEN - 1] ^= 1;
		assert_false(trust_has_root(t, roots[i].family, digest, &builtin));
		assert_false(builtin);
	}
	for (int f = ROOT_AWS; f < ROOT_FAMILIES; f++)
		assert_false(trust_has_root(t, (enum root_family)f, zero, &builtin));
	cloister_trust_free(t);
}

static void families_have_names(void **state)
{
	static const char *const names[] = { "nitro", "snp", "dcap", "token", "google" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_string_equal(root_family_name(bytes_text(names[i])), names[i]);
	assert_null(root_family_name(bytes_text("tdx")));
	assert_null(root_family_name(bytes_text("nitr")));
	assert_null(root_family_name(bytes_text("googles")));
	assert_null(root_family_name(BYTES_NONE));
}

/* A root that signs itself, with an extension of `pad` bytes to make it as long as a test wants. */
static void make_root(const char *name, enum forge_alg alg, const char *key_name, const char *usage_hex,
		      size_t pad, struct buf *out)
{
	static const uint8_t zeros[LIMIT_CERT_LARGE];
	struct forge_ext ext = { "2b060104019c7f", false, { zeros, pad } };
	struct forge_key *key = forge_key_load(vectors, key_name);
	struct forge_tbs tbs = { .issuer = name, .subject = name, .from = "260101000000Z",
				 .until = "360101000000Z", .serial_hex = "01", .alg = alg,
				 .constraints_hex = "30030101ff", .usage_hex = usage_hex,
				 .ext = &ext, .n_ext = 1 };

	*out = (struct buf)FORGE_DER_BUF;
	forge_pki_cert(&tbs, key, key, out);
	forge_key_free(key);
}

static const struct {
	const char *name;
	enum forge_alg alg;
	const char *key, *usage_hex;
	const char *families;          /* for which it is taken */
	enum cloister_err unnamed;     /* when nobody says for which */
	const char *note;              /* and why not */
} roots_given[] = {
	{ "CN=Some", FORGE_ECDSA_SHA384, "p384-a", FORGE_USAGE_CA, "nitro", CLOISTER_OK, "" },
	{ "CN=Some", FORGE_ECDSA_SHA256, "p256-a", FORGE_USAGE_CA, "dcap", CLOISTER_OK, "" },
	{ "CN=Some", FORGE_PSS_SHA384, "rsa4096-a", FORGE_USAGE_CA, "token", CLOISTER_OK, "" },
	{ "CN=ARK-Milan", FORGE_PSS_SHA384, "rsa4096-a", FORGE_USAGE_CA, "snp", CLOISTER_OK, "" },
	{ "CN=ARK-Genoa", FORGE_PSS_SHA384, "rsa4096-a", FORGE_USAGE_CA, "snp", CLOISTER_OK, "" },
	{ "CN=ARK-Turin", FORGE_PSS_SHA384, "rsa4096-a", FORGE_USAGE_CA, "snp", CLOISTER_OK, "" },
	/* AMD has published no root of this name yet */
	{ "CN=ARK-Venice", FORGE_PSS_SHA384, "rsa4096-a", FORGE_USAGE_CA, "token", CLOISTER_OK, "" },
	{ "CN=ARK-Milano", FORGE_PSS_SHA384, "rsa4096-a", FORGE_USAGE_CA, "token", CLOISTER_OK, "" },
	/* AMD's name and another algorithm than AMD's: of no family */
	{ "CN=ARK-Milan", FORGE_RSA_SHA384, "rsa4096-a", FORGE_USAGE_CA, "", CLOISTER_E_UNSUPPORTED,
	  "no chain of any kind can have such a root" },
	{ "CN=Some", FORGE_PSS_SHA256, "rsa4096-a", FORGE_USAGE_CA, "google", CLOISTER_OK, "" },
	{ "CN=Some", FORGE_RSA_SHA256, "rsa4096-a", FORGE_USAGE_CA, "token google", CLOISTER_E_USAGE,
	  "it could be a token issuer's or Google's: say for which (token, google)" },
	{ "CN=Some", FORGE_RSA_SHA512, "rsa4096-a", NULL, "token", CLOISTER_OK, "" },
	{ "CN=Some", FORGE_RSA_SHA512, "rsa4096-a", FORGE_USAGE_LEAF, "", CLOISTER_E_UNSUPPORTED,
	  "the certificate is no authority" },
	{ "CN=Some", FORGE_ECDSA_SHA384, "p384-a", NULL, "", CLOISTER_E_UNSUPPORTED,
	  "the certificate is no authority" },
};

/* Whether `t` takes the root for this family, which nothing but this call decides. */
static enum cloister_err give_root(const char *family, struct bytes der, struct cloister_fault *why)
{
	struct cloister_trust *t = fresh();
	enum cloister_err err = cloister_trust_add_root_for(t, family, lend(der), why);
	uint8_t sha256[SHA256_LEN];
	unsigned n = 0;
	bool builtin;

	assert_int_equal(hash_sha256(der, sha256, NULL), CLOISTER_OK);
	for (int f = ROOT_AWS; f < ROOT_FAMILIES; f++) {
		n += trust_has_root(t, (enum root_family)f, sha256, &builtin);
		assert_false(builtin);
	}
	bool is_amd = trust_has_root(t, ROOT_AMD_GENOA, sha256, &builtin); /* three at once */
	assert_int_equal(n, err == CLOISTER_OK ? is_amd ? 3 : 1 : 0);
	cloister_trust_free(t);
	return err;
}

static void roots_are_taken_for_what_they_can_be(void **state)
{
	static const char *const names[] = { "nitro", "snp", "dcap", "token", "google" };

	(void)state;
	for (size_t i = 0; i < sizeof roots_given / sizeof *roots_given; i++) {
		struct cloister_fault why = { 0 };
		struct buf der;
		make_root(roots_given[i].name, roots_given[i].alg, roots_given[i].key, roots_given[i].usage_hex, 1, &der);
		for (size_t k = 0; k < sizeof names / sizeof *names; k++)
			assert_int_equal(give_root(names[k], buf_bytes(&der), NULL),
					 strstr(roots_given[i].families, names[k]) ? CLOISTER_OK : CLOISTER_E_UNSUPPORTED);
		assert_int_equal(give_root(NULL, buf_bytes(&der), &why), roots_given[i].unnamed);
		assert_string_equal(why.note, roots_given[i].note);
		buf_fini(&der);
	}
}

/* What a user is told, word for word. */
static void refused_roots_say_why(void **state)
{
	struct cloister_trust *t = fresh();
	struct cloister_fault why;
	struct buf der;

	(void)state;
	make_root("CN=Some", FORGE_ECDSA_SHA384, "p384-a", FORGE_USAGE_CA, 1, &der);
	assert_int_equal(give_root("tdx", buf_bytes(&der), &why), CLOISTER_E_USAGE);
	assert_string_equal(why.note, "families are nitro, snp, dcap, token and google, not `tdx`");
	assert_int_equal(give_root("dcap", buf_bytes(&der), &why), CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.note, "no chain of dcap can have such a root");
	for (unsigned i = 0; i < LIMIT_ROOTS; i++)
		assert_int_equal(cloister_trust_add_root(t, lend(buf_bytes(&der)), NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(t, lend(buf_bytes(&der)), &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "at most 16 can be added");
	buf_fini(&der);
	cloister_trust_free(t);
}

/* The certificates of a Nitro chain have a ceiling of their own, and so has its root. */
static void roots_are_no_larger_than_their_family_has_them(void **state)
{
	bool at_most = false, more = false;

	(void)state;
	for (size_t pad = 600; pad < 700; pad++) {
		struct buf der;
		make_root("CN=Some", FORGE_ECDSA_SHA384, "p384-a", FORGE_USAGE_CA, pad, &der);
		assert_int_equal(give_root("nitro", buf_bytes(&der), NULL),
				 der.len <= LIMIT_CERT ? CLOISTER_OK : CLOISTER_E_UNSUPPORTED);
		at_most |= der.len == LIMIT_CERT;
		more |= der.len == LIMIT_CERT + 1;
		buf_fini(&der);
	}
	assert_true(at_most && more);
}

static const uint8_t *run(uint8_t set, uint8_t number)
{
	static uint8_t out[SHA384_LEN];

	memset(out, 0, sizeof out);
	out[0] = set;
	out[SHA384_LEN - 1] = number;
	return out;
}

static void the_longest_unused_goes_first(void **state)
{
	struct cloister_trust *t = fresh();

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		trust_remember(t, run(1, i), 100, 10);
	assert_true(trust_knows(t, run(1, 0)));
	trust_remember(t, run(1, 1), 100, 10); /* known already: used again, not kept twice */
	trust_remember(t, run(1, 4), 100, 10); /* in the place of 2 */
	trust_remember(t, run(1, 5), 100, 10); /* in the place of 3 */
	for (uint8_t i = 0; i < 6; i++)
		assert_int_equal(trust_knows(t, run(1, i)), i != 2 && i != 3);
	/* another set is another place, and 64 sets further is the same one again */
	for (uint8_t i = 0; i < 4; i++)
		trust_remember(t, run(2, i), 100, 10);
	assert_true(trust_knows(t, run(1, 0)));
	for (uint8_t i = 0; i < 4; i++)
		trust_remember(t, run(1 + 64, i), 100, 10);
	assert_false(trust_knows(t, run(1, 0)));
	/* the last set has four places too, and at the very first second they are empty all the same */
	for (uint8_t i = 0; i < 5; i++) {
		trust_remember(t, run(63, i), 100, 0);
		for (uint8_t k = 0; k < 5; k++)
			assert_int_equal(trust_knows(t, run(63, k)), k <= i && k + 4 > i);
	}
	assert_true(trust_knows(t, run(1 + 64, 0)));
	cloister_trust_free(t);
}

static void what_has_expired_goes_before_what_is_old(void **state)
{
	struct cloister_trust *t = fresh();

	(void)state;
	trust_remember(t, run(0, 0), 100, 10);
	trust_remember(t, run(0, 1), 50, 10);
	trust_remember(t, run(0, 2), 100, 10);
	trust_remember(t, run(0, 3), 100, 10);
	trust_remember(t, run(0, 4), 100, 50); /* 1 is good to the last second: the oldest, 0, goes */
	assert_true(trust_knows(t, run(0, 1)));
	assert_false(trust_knows(t, run(0, 0)));
	trust_remember(t, run(0, 5), 100, 51); /* one second later it is 1 that goes, though just used */
	assert_false(trust_knows(t, run(0, 1)));
	for (uint8_t i = 2; i < 6; i++)
		assert_true(trust_knows(t, run(0, i)));
	/* remembered anew, it lives as long as was said last */
	trust_remember(t, run(0, 2), 20, 10);
	trust_remember(t, run(0, 6), 100, 60);
	assert_false(trust_knows(t, run(0, 2)));
	cloister_trust_free(t);
}

/* Every byte of a name counts, and a digest of zeros is not what an empty place holds. */
static void names_are_compared_whole(void **state)
{
	struct cloister_trust *t = fresh();
	uint8_t name[SHA384_LEN] = { 3, 1, 4 }, other[SHA384_LEN];

	(void)state;
	assert_false(trust_knows(t, run(0, 0)));
	trust_remember(t, name, 100, 10);
	for (size_t i = 0; i < sizeof name; i++) {
		memcpy(other, name, sizeof other);
		other[i] ^= 0x80;
		assert_false(trust_knows(t, other));
	}
	assert_true(trust_knows(t, name));
	cloister_trust_free(t);
}

static void collateral_is_copied(void **state)
{
	struct cloister_trust *t = fresh();
	char text[] = "{\"keys\":[]}";
	struct cloister_fault why;

	(void)state;
	assert_int_equal(cloister_trust_add_collateral(t, lend(bytes_text(text)), NULL), CLOISTER_OK);
	memset(text, 'x', sizeof text - 1);
	assert_int_equal(trust_pool(t)->n, 1);
	assert_int_equal(trust_pool(t)->items[0].kind, ITEM_JWKS);
	assert_true(bytes_are(trust_pool(t)->items[0].data, "{\"keys\":[]}"));
	assert_int_equal(cloister_trust_add_collateral(NULL, lend(bytes_text(text)), &why),
			 CLOISTER_E_USAGE);
	assert_int_equal(cloister_trust_add_root(NULL, lend(bytes_text(text)), &why), CLOISTER_E_USAGE);
	cloister_trust_free(t);
	cloister_trust_free(NULL);
}

/* A list that was cut short would count as none, and so would one that was taken for a certificate. */
static void what_is_cut_short_is_refused(void **state)
{
	static const uint8_t stranger[] = { 0x30, 0x03, 0x02, 0x01, 0x07 }; /* of a kind unknown here, but whole */
	struct forge_key *key = forge_key_load(vectors, "p256-a");
	struct cloister_trust *t = fresh();
	struct buf piece[2] = { FORGE_DER_BUF, FORGE_DER_BUF };
	struct cloister_fault why = { 0 };

	(void)state;
	forge_pki_crl(&(struct forge_crl){ .issuer = "CN=Some", .this_update = "261101000000Z",
					   .next_update = "261201000000Z", .alg = FORGE_ECDSA_SHA256,
					   .number_hex = "01", .key_id_hex = "0102" },
		      key, &piece[0]);
	make_root("CN=Some", FORGE_ECDSA_SHA256, "p256-a", FORGE_USAGE_CA, 1, &piece[1]);
	forge_key_free(key);
	for (size_t i = 0; i < 2; i++) {
		struct bytes b = buf_bytes(&piece[i]);
		for (size_t len = 0; len < b.len; len++)
			assert_int_not_equal(cloister_trust_add_collateral(t, lend(bytes_of(b.data, len)), NULL),
					     CLOISTER_OK);
		assert_int_equal(trust_pool(t)->n, i);
		assert_int_equal(cloister_trust_add_collateral(t, lend(b), NULL), CLOISTER_OK);
		assert_int_equal(trust_pool(t)->items[i].kind, i ? ITEM_CERT : ITEM_CRL);
		buf_byte(&piece[i], 0);
		assert_int_equal(cloister_trust_add_collateral(t, lend(buf_bytes(&piece[i])), NULL),
				 CLOISTER_E_MALFORMED);
		assert_int_equal(cloister_trust_add_collateral(t, lend(buf_bytes(&piece[i])), &why),
				 CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, i ? "certificate or list" : "certificateList");
		buf_fini(&piece[i]);
	}
	assert_int_equal(cloister_trust_add_collateral(t, lend(BYTES_OF(stranger)), NULL), CLOISTER_OK);
	cloister_trust_free(t);
}

static void pools_are_walked_in_order(void **state)
{
	static const uint8_t a[] = { 1 }, b[] = { 2 }, c[] = { 3 };
	static struct pool given, own;
	struct cloister_fault why;
	struct bytes out;
	size_t at = 0;

	(void)state;
	assert_false(pool_next(NULL, NULL, ITEM_CERT, &at, &out));
	assert_int_equal(pool_add(&own, ITEM_CERT, BYTES_OF(a), NULL), CLOISTER_OK);
	assert_int_equal(pool_add(&own, ITEM_CRL, BYTES_OF(b), NULL), CLOISTER_OK);
	assert_int_equal(pool_add(&given, ITEM_CERT, BYTES_OF(c), NULL), CLOISTER_OK);
	at = 0;
	assert_true(pool_next(&given, &own, ITEM_CERT, &at, &out));
	assert_ptr_equal(out.data, c); /* what came with the evidence comes first */
	assert_true(pool_next(&given, &own, ITEM_CERT, &at, &out));
	assert_ptr_equal(out.data, a);
	assert_false(pool_next(&given, &own, ITEM_CERT, &at, &out));
	at = 0;
	assert_true(pool_next(NULL, &own, ITEM_CRL, &at, &out));
	assert_ptr_equal(out.data, b);
	at = 0;
	assert_true(pool_next(&given, NULL, ITEM_CERT, &at, &out));
	assert_false(pool_next(&given, NULL, ITEM_CERT, &at, &out));
	while (own.n < LIMIT_POOL)
		assert_int_equal(pool_add(&own, ITEM_CRL, BYTES_OF(b), &why), CLOISTER_OK);
	assert_int_equal(pool_add(&own, ITEM_CRL, BYTES_OF(b), &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "more than 256 pieces");
	assert_int_equal(own.n, LIMIT_POOL);
}

/* Whichever allocation fails, the call says so, and what was there before is there still. */
static void each_allocation_fails_once(void **state)
{
	struct buf list = FORGE_DER_BUF;
	struct forge_key *key = forge_key_load(vectors, "p256-a");
	enum cloister_err err = CLOISTER_E_NOMEM;
	struct cloister_trust *t = NULL;
	struct cloister_fault why;

	(void)state;
	forge_pki_crl(&(struct forge_crl){ .issuer = "CN=Some", .this_update = "261101000000Z",
					   .next_update = "261201000000Z", .alg = FORGE_ECDSA_SHA256,
					   .number_hex = "01", .key_id_hex = "0102" },
		      key, &list);
	forge_key_free(key);
	if (OWN_MALLOC) {
		left = 0;
		armed = true;
		assert_int_equal(cloister_trust_new(&t, &why), CLOISTER_E_NOMEM);
		armed = false;
		assert_null(t);
		assert_string_equal(why.note, "out of memory");
	}
	t = fresh();
	for (size_t n = 0; err != CLOISTER_OK; n++) {
		left = n;
		armed = OWN_MALLOC;
		err = cloister_trust_add_collateral(t, lend(buf_bytes(&list)), &why);
		armed = false;
		assert_true(err == CLOISTER_OK || err == CLOISTER_E_NOMEM);
		assert_true(n > 1 || err == CLOISTER_E_NOMEM || !OWN_MALLOC); /* the copy, and what is read of it */
		if (n < 2 && OWN_MALLOC)
			assert_string_equal(why.note, "out of memory");
		assert_true(n < 100);
	}
	const struct pool *pool = trust_pool(t);
	assert_true(pool->n > 0 && pool->n < LIMIT_POOL);
	for (size_t i = 0; i < pool->n; i++) /* all that is there is whole */
		assert_true(bytes_equal(pool->items[i].data, buf_bytes(&list)));
	assert_non_null(pool->items[pool->n - 1].known);
	cloister_trust_free(t);
	buf_fini(&list);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_belong_to_families),
		cmocka_unit_test(families_have_names),
		cmocka_unit_test(roots_are_taken_for_what_they_can_be),
		cmocka_unit_test(refused_roots_say_why),
		cmocka_unit_test(roots_are_no_larger_than_their_family_has_them),
		cmocka_unit_test(the_longest_unused_goes_first),
		cmocka_unit_test(what_has_expired_goes_before_what_is_old),
		cmocka_unit_test(names_are_compared_whole),
		cmocka_unit_test(collateral_is_copied),
		cmocka_unit_test(what_is_cut_short_is_refused),
		cmocka_unit_test(pools_are_walked_in_order),
		cmocka_unit_test(each_allocation_fails_once),
	};

	vectors = argc > 1 ? argv[1] : "vectors";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
