/* SPDX-License-Identifier: Apache-2.0 */
/* verify_test.c - a signature is good for its key, its digest and its bytes, and for nothing else. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/sign.h"
#include "crypto/verify.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define N "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
#define N_PLUS_1 "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52974"
#define ZERO "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define ONE "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"
#define ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

struct signed_thing {
	uint8_t point[P384_POINT_LEN], digest[SHA384_LEN], sig[P384_SIG_LEN];
};

static struct signed_thing make(void)
{
	struct sign_key *key;
	struct signed_thing s;

	assert_int_equal(sign_key_new(&key, NULL), CLOISTER_OK);
	assert_int_equal(sign_key_point(key, s.point, NULL), CLOISTER_OK);
	assert_int_equal(hash_sha384(bytes_text("something"), s.digest, NULL), CLOISTER_OK);
	assert_int_equal(sign_es384(key, s.digest, s.sig, NULL), CLOISTER_OK);
	sign_key_free(key);
	return s;
}

static bool good(const struct signed_thing *s)
{
	bool answer = true;

	assert_int_equal(p384_verify(s->point, s->digest, s->sig, &answer, NULL), CLOISTER_OK);
	return answer;
}

static void flips(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		struct signed_thing s = make();
		assert_true(good(&s));
		for (size_t i = 0; i < sizeof s; i += 3) {
			uint8_t *p = (uint8_t *)&s + i;
			*p ^= (uint8_t)(1 << (i + (size_t)round) % 8);
			assert_false(good(&s));
			*p ^= (uint8_t)(1 << (i + (size_t)round) % 8);
		}
		assert_true(good(&s));
	}
}

static void set(uint8_t *at, const char *hex)
{
	size_t len;

	assert_int_equal(hex_read(bytes_text(hex), at, 48, &len, NULL), CLOISTER_OK);
}

static void edges(void **state)
{
	static const char *const values[] = { ZERO, ONE, N, N_PLUS_1, ONES };

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct signed_thing s = make();
		set(s.sig, values[i]);
		assert_false(good(&s));
		s = make();
		set(s.sig + 48, values[i]);
		assert_false(good(&s));
		for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
			set(s.sig, values[i]);
			set(s.sig + 48, values[k]);
			assert_false(good(&s));
			memset(s.digest, 0, sizeof s.digest);
			assert_false(good(&s));
		}
		s = make();
		set(s.point + 1, values[i]); /* not on the curve */
		assert_false(good(&s));
	}
	struct signed_thing s = make();
	s.point[0] = 6; /* the hybrid form of the same point */
	s.point[0] |= s.point[P384_POINT_LEN - 1] & 1;
	assert_false(good(&s));
	s.point[0] = 0; /* infinity's encoding begins so */
	assert_false(good(&s));
}

static void keys_do_not_mix(void **state)
{
	struct signed_thing a = make(), b = make();

	(void)state;
	memcpy(a.point, b.point, sizeof a.point);
	assert_false(good(&a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flips),
		cmocka_unit_test(edges),
		cmocka_unit_test(keys_do_not_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
