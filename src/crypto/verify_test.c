/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_test.c - a signature is good for its key, its digest and its bytes,
 * and for nothing else. Known answers: P-256 of RFC 6979 A.2.5; RSA worked out
 * with nothing but arithmetic, for a key that was thrown away.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "crypto/forge_key.h"
#include "crypto/sign.h"
#include "crypto/verify.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define N256 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define N256_PLUS_1 "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552"
#define N384 "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
#define N384_PLUS_1 "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52974"
#define ZERO "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define ONE "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001"
#define ONES "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"

static const char rsa_n[] =
	"c4ae80d7d6a58c93878e8cae800ac3dc2f7bd5e2702dcd593e7e313a3d274c55f9edf68b64443d0891f0e4fd257088c9"
	"b68779acb16d02b08348ada80d436220be0a0625bfeccf2fb1ab90e42a16e5fd77ca7ce323697a37d6d9e58ff16bc770"
	"273729f6dbe439ea6800f9b3cf884ac9ef191321d47dffb47bb1afd6e74b36afc0c7a3cd44e45e0c12ec6a261715cc57"
	"62141c65e6df6f973f9b67857975f8e41234724e4bff0afdc0c525eb2b6a698b7e31c1c6fc87e98f93e16e00487f260d"
	"eb9f8c57f63067b1d1f416424af913676610e9be2a960475743592e76b1c2dd20e5caf65544bbf4867cc74d11a6375a2"
	"36e2ae160335f46dd78a9571cb23c1b5";
static const char pss_sha256[] =
	"754b72843f29f72b970f4065e9f92f3a78bb10757978f5adfd6febbe083ffc542a7a8a00684f59f4d74b66ff189ba181"
	"587d7a46384ebfce110502717e695294b26092746e763921ecf9fdfb4ea2863725d522aca4e14c45e25da193863f54ee"
	"af0d8ebc00f183392729caf8c8ba16a36986e39449f7a5e7648b0e0f83e0372584bc3299a2f09a09c097cc11f16ec496"
	"5557f8eac548ea8306b2281f6e82760680f946aedbf6ed05717fe379bf035b2eb916f9139d9e4eeaa9990d07fa683637"
	"f319201eadef0578477d2ec97caf6bcad45c0302ac51acbfc0917e4d1d27b53b81bddcd33e25dbeb173d3e59afca2dc7"
	"2c37f465203c31094c6469baf696d987";
static const char pss_sha384[] =
	"6b0812c291aebc6528e91799734132b5010e1c07da02292db01f2258b52b7e2018b994e86307968335c02d76ab93e918"
	"43cbc5f7b48d69fbffe0288f618dd38ada5d2ea443590ebdb662344765f7f797ef18a8c2981816e51a99f7e904fd0b28"
	"cb39bc1e8b75551e20bc875f3c24eca1e05c52a453759ea0889dc46eb63c9c9b6586d5c479ab1f19452ea080cb6a4d40"
	"da9d716a1d4fa8dbd9c310b6d3eff2ea2d2057f338c0f598186f34af8d0b61f2995be040ac9b3b9632f7f9dd2a07aac9"
	"9c1870d6cb9ed6a3731a3f854789260d515475bb04aac96d20986b18574455a1055c5f59a61242bb189dc8130259afaa"
	"32bdc17c95bfa7bfe54905f1b80146f8";
static const char pkcs1_sha256[] =
	"b86af0ceb3d6b26cfe61e19190306285df581d103629e3409fd5b97fcdcc741202c103a27c31743337a5e969ac8165ba"
	"aa3600a47c35ac9f606f5ab23e7bfb6527cf98b6ac69eff152529088f7e516b96e4ccf7b3543e6bb5e237f7c6d74e31c"
	"d2ffbc624d0b465c10eddb450a226dfe8b2464b387f0724376032214d178ac5d344aae613f329f3252e57e9781cb1ee6"
	"4c2eb07bee6ac81d96e4645b6ed32ea2c039ef7e8c0354704e2fc5853c459fced63535e55a126786f85e46375bee8c66"
	"120055bbeb478971e8d016c07d4038edfad28250cf0ab1223d95381b4d80d309a36fe4935862393669172a704f94f452"
	"7bd57343ad3385e83c9ebe2e3e72e700";
static const char pkcs1_sha384[] =
	"1533a9444b581583a8589099db9a645e973332eab18d390b2b916582f8a9d476bce87d828ee79662628f328cd7a50649"
	"c2638583d616a95e0d7cc5cffa5d7b17d1fdde0105a8744bf2de4f6322defd565e28af679af44eee4a4d623e6f8752f4"
	"1ccc0f73a511e20b5d0d3de901ffc44bc7a3eb499c6fc2df869cb4ce0b726778a89d24ffa7be75550b3f755fa18995d0"
	"f37aba73213729007df843b44785c092f4f670bf31a4b774bd88deecaec0de0e30325192b0a6bfce8c98d8f612581114"
	"a10f37406c62c642b266c5e4dd1001f2162e303ff5503466cfafb8b37bbbf4af579fd1e8b59f0cf610098408cabbc5b9"
	"1fa94fd6fac37a304eb2885839132101";
static const char pkcs1_sha512[] =
	"4ebf488612f8ba3483b78bce8f7ddc0b1c7b87013eba2779afc809c65989075418b2445bdfeb7e5812679706545aabe5"
	"ce1830cd5c8ec8924edad2c22da8cafab5944869f411176620e10de1b182af82c9bdb2a7c66dbb20be8d2d7cb62a2a89"
	"e27d31010a84b755a94b3cebdc61cdc02a76b27afada36d27b92c1ef8ceed5569a8f565f7a33cedaeb4263c0b26891fa"
	"ee16c197d7881c37e8b2432202a3b82fc60246f90825452a026e4c7a6f8370ce0541b4b848790a5e48efc9102d346b30"
	"9795df6082ae848b72321498e6ced90b98bc4e05370db469a99d1fa2caa77c7c50034474814af2af6ac9c4d4b390321b"
	"3beecbb22dc55a24e3c01815b8a1820a";
/* The right digest, without the NULL that its AlgorithmIdentifier has to have. */
static const char pkcs1_without_null[] =
	"a459e3f4fedd70ab110e7346e3717a38163d16801b7d128f9ff917de3c311126533f9e9f117398f2a94b84160b74337c"
	"0d2aa994f30e33d090f227a52a83853bd5f77063c7db36cc1f4405f88e305fa18cdabf7b9f01cc3918c54c10384e4ce9"
	"8c5fd3b119d14ebba73a60ceded55f0399b711d44577bea3172829d31d11aa4b1a72312956cb35c8653846162db7e4ce"
	"6ed939031a4203323b4e33f417c8ba796fdb7d4b463fbd6d14093b22ea2762bc88a731eb2675a3d72df378f4ebe71396"
	"e5a0b462dea94c6a2b324eee2be5ad0967f65f9d04c73e79a15ffccadb2659e9f0846791f2a07e2df927d3e7f47ed52f"
	"e6e421adda5aec58a22c04fee877fdb1";
/* Eight bytes of padding, and what they leave free at the end: Bleichenbacher's forgery of 2006. */
static const char pkcs1_short_padding[] =
	"21a3c26d8604dc21c3adc4c9601abbb3b88effaf7234a6fb8855ff83637304812a3226974cabb68c0eff1c9935166802"
	"366f0a694725312a25763b691ef48e050e9b5420032a90423ffb53a1d9d393f3b30378032e22c5f8f651a220aadf17f1"
	"49ae4a52d09ce35b490a128a2d9f672ea2326d05043af5374f3ed777d0c20bb3b7fea4249062f9416e61db10e63bd6a0"
	"d7e04dfe4671bc2328e99450c98e20f828414f27f0cc83be9318a5ed50340197a53f4d5a4b53db087ed639e2f134222f"
	"7afd82deaf6a723dd27b5fd24a56ffb6c0205533c1b1bbcf2226b65831ef411ae04cd30495d0b22c602913e1cb0338d2"
	"f45b4ae78beb5c27b8d416addd059e13";

/* P-256 and P-384 alike: where things are, by half the length of a signature. */
struct signed_thing {
	size_t half;
	uint8_t point[97], digest[48], sig[FORGE_SIG_MAX];
};

static const size_t halves[] = { 32, 48 };

static struct signed_thing make(size_t half)
{
	struct signed_thing s = { .half = half };
	const struct forge_scheme scheme = { .hash = half == 32 ? HASH_SHA256 : HASH_SHA384 };
	struct forge_key *key = forge_key_ec(half == 32 ? "P-256" : "P-384");
	struct bytes message = bytes_text("something");

	if (half == 32)
		assert_int_equal(hash_sha256(message, s.digest, NULL), CLOISTER_OK);
	else
		assert_int_equal(hash_sha384(message, s.digest, NULL), CLOISTER_OK);
	memcpy(s.point, key->point, key->point_len);
	assert_int_equal(forge_key_sign_message(key, &scheme, message, s.sig), 2 * half);
	forge_key_free(key);
	return s;
}

static bool good(const struct signed_thing *s)
{
	bool answer = true;
	enum cloister_err err = s->half == 32 ?
					p256_verify(s->point, s->digest, s->sig, &answer, NULL) :
					p384_verify(s->point, s->digest, s->sig, &answer, NULL);

	assert_int_equal(err, CLOISTER_OK);
	return answer;
}

static void flip_all(struct signed_thing *s, uint8_t *p, size_t len, size_t round)
{
	for (size_t i = 0; i < len; i += 3) {
		p[i] ^= (uint8_t)(1 << (i + round) % 8);
		assert_false(good(s));
		p[i] ^= (uint8_t)(1 << (i + round) % 8);
	}
}

static void flips(void **state)
{
	(void)state;
	for (size_t round = 0; round < 6; round++) {
		struct signed_thing s = make(halves[round % 2]);
		assert_true(good(&s));
		flip_all(&s, s.point, 2 * s.half + 1, round);
		flip_all(&s, s.digest, s.half, round);
		flip_all(&s, s.sig, 2 * s.half, round);
		assert_true(good(&s));
	}
}

/* The last `len` bytes of a hex number. */
static void set(uint8_t *at, size_t len, const char *hex)
{
	size_t n;

	assert_int_equal(hex_read(bytes_text(hex + strlen(hex) - 2 * len), at, len, &n, NULL),
			 CLOISTER_OK);
}

static void edges_of(size_t half)
{
	const char *const values[] = { ZERO, ONE, half == 32 ? N256 : N384,
				       half == 32 ? N256_PLUS_1 : N384_PLUS_1, ONES };

	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		struct signed_thing s = make(half);
		set(s.sig, half, values[i]);
		assert_false(good(&s));
		s = make(half);
		set(s.sig + half, half, values[i]);
		assert_false(good(&s));
		for (size_t k = 0; k < sizeof values / sizeof *values; k++) {
			set(s.sig, half, values[i]);
			set(s.sig + half, half, values[k]);
			assert_false(good(&s));
			memset(s.digest, 0, sizeof s.digest);
			assert_false(good(&s));
		}
		s = make(half);
		set(s.point + 1, half, values[i]); /* not on the curve */
		assert_false(good(&s));
	}
	struct signed_thing s = make(half);
	s.point[0] = 6; /* the hybrid form of the same point */
	s.point[0] |= s.point[2 * half] & 1;
	assert_false(good(&s));
	s.point[0] = 0; /* infinity's encoding begins so */
	assert_false(good(&s));
}

static void edges(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		edges_of(halves[i]);
}

static void keys_do_not_mix(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct signed_thing a = make(halves[i]), b = make(halves[i]);
		memcpy(a.point, b.point, sizeof a.point);
		assert_false(good(&a));
	}
}

static void p256_known_answer(void **state)
{
	struct signed_thing s = { .half = 32, .point = { 4 } };

	(void)state;
	set(s.point + 1, 32, "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
	set(s.point + 33, 32, "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
	set(s.sig, 32, "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716");
	set(s.sig + 32, 32, "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
	assert_int_equal(hash_sha256(bytes_text("sample"), s.digest, NULL), CLOISTER_OK);
	assert_true(good(&s));
	assert_int_equal(hash_sha256(bytes_text("test"), s.digest, NULL), CLOISTER_OK);
	assert_false(good(&s));
}

/* What our own signer makes is good for the checker of the same curve. */
static void es384_is_good(void **state)
{
	uint8_t point[SIGN_POINT_LEN], digest[SHA384_LEN], sig[SIGN_SIG_LEN];
	struct sign_key *key;
	bool answer = false;

	(void)state;
	assert_int_equal(sign_key_new(&key, NULL), CLOISTER_OK);
	assert_int_equal(sign_key_point(key, point, NULL), CLOISTER_OK);
	assert_int_equal(hash_sha384(bytes_text("something"), digest, NULL), CLOISTER_OK);
	assert_int_equal(sign_es384(key, digest, sig, NULL), CLOISTER_OK);
	sign_key_free(key);
	assert_int_equal(p384_verify(point, digest, sig, &answer, NULL), CLOISTER_OK);
	assert_true(answer);
}

struct rsa_thing {
	enum rsa_scheme scheme;
	uint8_t modulus[1024], exponent[8], digest[64], sig[FORGE_SIG_MAX];
	size_t modulus_len, exponent_len, digest_len, sig_len;
};

static bool rsa_good(const struct rsa_thing *t)
{
	bool answer = true;

	assert_int_equal(rsa_verify(t->scheme, bytes_of(t->modulus, t->modulus_len),
				    bytes_of(t->exponent, t->exponent_len),
				    bytes_of(t->digest, t->digest_len), bytes_of(t->sig, t->sig_len),
				    &answer, NULL),
			 CLOISTER_OK);
	return answer;
}

static void set_digest(struct rsa_thing *t, const char *message)
{
	bool sha256 = t->scheme == RSA_PKCS1_SHA256 || t->scheme == RSA_PSS_SHA256;
	struct bytes b = bytes_text(message);

	t->digest_len = sha256 ? 32 : t->scheme == RSA_PKCS1_SHA512 ? 64 : 48;
	assert_int_equal(sha256			? hash_sha256(b, t->digest, NULL) :
			 t->digest_len == 64	? hash_sha512(b, t->digest, NULL) :
						  hash_sha384(b, t->digest, NULL),
			 CLOISTER_OK);
}

static struct rsa_thing known(enum rsa_scheme scheme, const char *sig_hex)
{
	struct rsa_thing t = { .scheme = scheme, .exponent = { 1, 0, 1 }, .exponent_len = 3 };

	assert_int_equal(hex_read(bytes_text(rsa_n), t.modulus, sizeof t.modulus, &t.modulus_len, NULL),
			 CLOISTER_OK);
	assert_int_equal(hex_read(bytes_text(sig_hex), t.sig, sizeof t.sig, &t.sig_len, NULL),
			 CLOISTER_OK);
	set_digest(&t, "something");
	return t;
}

static const struct {
	enum rsa_scheme scheme;
	const char *sig;
} answers[] = {
	{ RSA_PKCS1_SHA256, pkcs1_sha256 }, { RSA_PKCS1_SHA384, pkcs1_sha384 },
	{ RSA_PKCS1_SHA512, pkcs1_sha512 }, { RSA_PSS_SHA256, pss_sha256 },
	{ RSA_PSS_SHA384, pss_sha384 },
};
#define ANSWERS (sizeof answers / sizeof *answers)

static void rsa_known_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWERS; i++) {
		struct rsa_thing t = known(answers[i].scheme, answers[i].sig);
		assert_true(rsa_good(&t));
		set_digest(&t, "something else");
		assert_false(rsa_good(&t));
		for (size_t k = 0; k < ANSWERS; k++) {
			t = known(answers[k].scheme, answers[i].sig); /* one scheme's as another's */
			assert_int_equal(rsa_good(&t), i == k);
		}
	}
}

static void rsa_flips(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWERS; i++) {
		struct rsa_thing t = known(answers[i].scheme, answers[i].sig);
		struct {
			uint8_t *at;
			size_t len;
		} parts[] = { { t.modulus, t.modulus_len }, { t.exponent, t.exponent_len },
			      { t.digest, t.digest_len }, { t.sig, t.sig_len } };
		for (size_t p = 0; p < 4; p++)
			for (size_t k = 0; k < parts[p].len; k++) {
				parts[p].at[k] ^= (uint8_t)(1 << k % 8);
				assert_false(rsa_good(&t));
				parts[p].at[k] ^= (uint8_t)(1 << k % 8);
			}
		assert_true(rsa_good(&t));
	}
}

static void rsa_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWERS; i++) {
		const struct rsa_thing t = known(answers[i].scheme, answers[i].sig);
		struct rsa_thing u = t;
		u.sig_len--;
		assert_false(rsa_good(&u));
		u = t;
		u.sig[u.sig_len++] = 0;
		assert_false(rsa_good(&u));
		u = t;
		memmove(u.sig + 1, t.sig, t.sig_len); /* the same number, one byte longer */
		u.sig[0] = 0;
		u.sig_len++;
		assert_false(rsa_good(&u));
		u = known(answers[i].scheme, answers[i].sig);
		u.digest_len--;
		assert_false(rsa_good(&u));
		u.digest_len = 0;
		assert_false(rsa_good(&u));
		u = known(answers[i].scheme, answers[i].sig);
		u.sig_len = 0;
		assert_false(rsa_good(&u));
		u.modulus_len = 0;
		assert_false(rsa_good(&u));
		u = known(answers[i].scheme, answers[i].sig);
		memmove(u.modulus + 1, u.modulus, u.modulus_len++);
		u.modulus[0] = 0;
		assert_false(rsa_good(&u));
		u.sig_len++; /* and the signature as long */
		assert_false(rsa_good(&u));
		u = known(answers[i].scheme, answers[i].sig);
		memmove(u.exponent + 1, u.exponent, u.exponent_len++);
		u.exponent[0] = 0;
		assert_false(rsa_good(&u));
	}
}

/* The signature is below the modulus; adding the modulus gives a second name of the same number. */
static void rsa_signature_above_modulus(void **state)
{
	(void)state;
	for (size_t i = 0; i < ANSWERS; i++) {
		struct rsa_thing t = known(answers[i].scheme, answers[i].sig);
		memcpy(t.sig, t.modulus, t.modulus_len); /* 0 + n */
		assert_false(rsa_good(&t));
		memset(t.sig, 0, t.sig_len);
		assert_false(rsa_good(&t));
		t.sig[t.sig_len - 1] = 1; /* 1 is its own signature */
		assert_false(rsa_good(&t));
		memset(t.sig, 0xff, t.sig_len);
		assert_false(rsa_good(&t));
	}
}

static void rsa_forged_paddings(void **state)
{
	struct rsa_thing t = known(RSA_PKCS1_SHA256, pkcs1_without_null);

	(void)state;
	assert_false(rsa_good(&t));
	t = known(RSA_PKCS1_SHA256, pkcs1_short_padding);
	assert_false(rsa_good(&t));
}

static struct rsa_thing sign(const struct forge_key *key, enum rsa_scheme scheme,
			     struct forge_scheme how)
{
	struct rsa_thing t = { .scheme = scheme };

	t.modulus_len = key->modulus_len;
	memcpy(t.modulus, key->modulus, key->modulus_len);
	t.exponent_len = key->exponent_len;
	memcpy(t.exponent, key->exponent, key->exponent_len);
	set_digest(&t, "something");
	t.sig_len = forge_key_sign(key, &how, bytes_of(t.digest, t.digest_len), t.sig);
	return t;
}

/* Well made by another rule for the salt or MGF1: not good. */
static void rsa_pss_parameters(void **state)
{
	struct forge_key *key = forge_key_rsa(2048, 65537);
	static const struct {
		enum rsa_scheme scheme;
		enum hash_kind hash;
		int own_len;
	} rows[] = { { RSA_PSS_SHA256, HASH_SHA256, 32 }, { RSA_PSS_SHA384, HASH_SHA384, 48 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const int salts[] = { 0, 20, rows[i].own_len - 1, rows[i].own_len, rows[i].own_len + 1, 64 };
		for (size_t k = 0; k < sizeof salts / sizeof *salts; k++) {
			struct rsa_thing t = sign(key, rows[i].scheme,
						  (struct forge_scheme){ rows[i].hash, true, salts[k], false });
			assert_int_equal(rsa_good(&t), salts[k] == rows[i].own_len);
		}
		struct rsa_thing t = sign(key, rows[i].scheme,
					  (struct forge_scheme){ rows[i].hash, true, -1, true });
		assert_false(rsa_good(&t));
	}
	forge_key_free(key);
}

/* Making large keys takes seconds; these lie in vectors/keys. */
static struct forge_key *key_of_bits(unsigned bits, uint64_t exponent)
{
	const char *name = bits == 3072 ? "rsa3072-a" : bits == 4096 ? "rsa4096-a" : "rsa4104-large";
	const char *source = getenv("CLOISTER_SOURCE");
	char path[4096];
	uint8_t pem[8192];

	if (bits < 3072)
		return forge_key_rsa(bits, exponent);
	snprintf(path, sizeof path, "%s/vectors/keys/%s.pem", source ? source : ".", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t len = fread(pem, 1, sizeof pem, f);
	fclose(f);
	struct forge_key *k = forge_key_read(bytes_of(pem, len));
	assert_int_equal(k->modulus_len, bits / 8);
	return k;
}

/* Keys at and past the edges of what is accepted, each with a proper signature. */
static void rsa_key_sizes(void **state)
{
	static const struct {
		unsigned bits;
		uint64_t exponent;
		bool accepted;
	} rows[] = {
		{ 1024, 65537, false }, { 2047, 65537, false }, { 2048, 3, true },
		{ 2048, 65537, true },	{ 2049, 65537, true },	{ 2050, 17, true },
		{ 2055, 65537, true },	{ 2056, 65537, true },	{ 2048, 0xfffffffb, true },
		{ 2048, 0x10000000f, false }, { 3072, 65537, true },	{ 4096, 65537, true },	{ 4104, 65537, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct forge_key *key = key_of_bits(rows[i].bits, rows[i].exponent);
		struct rsa_thing t = sign(key, RSA_PKCS1_SHA256,
					  (struct forge_scheme){ HASH_SHA256, false, 0, false });
		assert_int_equal(rsa_good(&t), rows[i].accepted);
		t = sign(key, RSA_PSS_SHA384, (struct forge_scheme){ HASH_SHA384, true, -1, false });
		assert_int_equal(rsa_good(&t), rows[i].accepted);
		forge_key_free(key);
	}
}

/* With exponent 1 every encoded message is its own signature. */
static void rsa_exponents(void **state)
{
	static const uint8_t exponents[][4] = { { 1 }, { 2 }, { 0 } };
	struct rsa_thing t = known(RSA_PKCS1_SHA256, pkcs1_sha256);
	static const char head[] = "3031300d060960864801650304020105000420";
	size_t n;

	(void)state;
	memset(t.sig, 0xff, t.sig_len);
	t.sig[0] = 0;
	t.sig[1] = 1;
	t.sig[256 - 52] = 0;
	assert_int_equal(hex_read(bytes_text(head), t.sig + 256 - 51, 19, &n, NULL), CLOISTER_OK);
	memcpy(t.sig + 256 - 32, t.digest, 32);
	t.exponent_len = 1;
	for (size_t i = 0; i < 3; i++) {
		memcpy(t.exponent, exponents[i], 1);
		assert_false(rsa_good(&t));
	}
	t.exponent_len = 0;
	assert_false(rsa_good(&t));
}

static void sha512_known_answer(void **state)
{
	uint8_t digest[SHA512_LEN], expected[SHA512_LEN];
	size_t n;

	(void)state;
	assert_int_equal(hash_sha512(bytes_text("abc"), digest, NULL), CLOISTER_OK);
	assert_int_equal(hex_read(bytes_text("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
					     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
				  expected, sizeof expected, &n, NULL),
			 CLOISTER_OK);
	assert_memory_equal(digest, expected, SHA512_LEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flips),
		cmocka_unit_test(edges),
		cmocka_unit_test(keys_do_not_mix),
		cmocka_unit_test(p256_known_answer),
		cmocka_unit_test(es384_is_good),
		cmocka_unit_test(rsa_known_answers),
		cmocka_unit_test(rsa_flips),
		cmocka_unit_test(rsa_lengths),
		cmocka_unit_test(rsa_signature_above_modulus),
		cmocka_unit_test(rsa_forged_paddings),
		cmocka_unit_test(rsa_pss_parameters),
		cmocka_unit_test(rsa_key_sizes),
		cmocka_unit_test(rsa_exponents),
		cmocka_unit_test(sha512_known_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
