/* SPDX-License-Identifier: Apache-2.0 */
/* trust_test.c - which digest is whose root, and what the memory of good signatures keeps. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/hex.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"

#include <cmocka.h> /* last: it has a macro named fail */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(roots_belong_to_families),
		cmocka_unit_test(the_longest_unused_goes_first),
		cmocka_unit_test(what_has_expired_goes_before_what_is_old),
		cmocka_unit_test(names_are_compared_whole),
		cmocka_unit_test(collateral_is_copied),
		cmocka_unit_test(pools_are_walked_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
