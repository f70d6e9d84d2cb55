/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_profiles_test.c - the certificates of AMD, Intel and token issuers: one
 * good one each, and what each profile refuses, with the field and the offset
 * that are blamed. What all profiles have in common is in cert_test.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "codec/cert.h"
#include "codec/tlv_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

enum part {
	VERSION, SERIAL, ALG, ISSUER, VALIDITY, SUBJECT, KEY, EXTENSIONS, END, OUTER, SIG, LAST, BEHIND, PARTS
};
#define INNER OUTER

#define ECDSA "300a06082a8648ce3d040302"
#define ECDSA_384 "300a06082a8648ce3d040303"
#define PSS_OID "06092a864886f70d01010a"
#define SHA256_ID "300d06096086480165030402010500"
#define SHA384_ID "300d06096086480165030402020500"
#define MGF1_384 "a11c301a06092a864886f70d010108" SHA384_ID
#define PSS "3041" PSS_OID "3034a00f" SHA384_ID MGF1_384 "a203020130"
#define PSS_TRAILER "3046" PSS_OID "3039a00f" SHA384_ID MGF1_384 "a203020130a303020101"
#define RSA(last) "300d06092a864886f70d01" last "0500"
#define NAME "300c310a300806035504030c0141"
#define NAME_B "300c310a300806035504030c0142"
#define YEAR "301e170d3236303130313030303030305a170d3236313233313030303030305a"
#define EC_KEY_ID "301306072a8648ce3d020106082a8648ce3d030107"
#define X32 "1111111111111111111111111111111111111111111111111111111111111111"
#define P256_KEY "3059" EC_KEY_ID "03420004" X32 X32
#define P384_KEY "3076301006072a8648ce3d020106052b8104002203620004" X32 X32 X32
#define USAGE(value) "300e0603551d0f0101ff0404" value
#define NO_CA "300c0603551d130101ff04023000"
#define SIG_EC "030900300602010702010b"

/* rsaEncryption with a modulus of `len` bytes that begins with `first`, and this exponent INTEGER. */
static const char *rsa_key(char *out, size_t len, unsigned first, const char *exponent)
{
	char number[1200], pair[1400], bits[1500];
	size_t sign = first >= 0x80;

	snprintf(number, sizeof number, "0282%04zx%s%02x%0*d", len + sign, sign ? "00" : "", first,
		 (int)(2 * len - 2), 1);
	snprintf(pair, sizeof pair, "3082%04zx%s%s", (strlen(number) + strlen(exponent)) / 2, number, exponent);
	snprintf(bits, sizeof bits, "0382%04zx00%s", strlen(pair) / 2 + 1, pair);
	snprintf(out, 1600, "3082%04zx%s%s", 15 + strlen(bits) / 2, RSA("0101"), bits);
	return out;
}

static const char *rsa_sig(char *out, size_t len)
{
	snprintf(out, 1600, "0382%04zx00%0*d", len + 1, (int)(2 * len), 7);
	return out;
}

struct base {
	const struct cert_profile *profile;
	const char *parts[PARTS];
};

static char rsa_4096[1600], rsa_2048[1600], sig_4096[1600], sig_2048[1600];

static struct base bases[] = {
	/* an AMD authority, endorsement key, an Intel leaf and a token issuer */
	{ &cert_profile_amd,
	  { "a003020102", "0203010001", PSS_TRAILER, NAME, YEAR, NAME_B, rsa_4096,
	    "a3233021" "300f0603551d130101ff040530030101ff" USAGE("03020106"), NULL,
	    PSS_TRAILER, sig_4096, NULL, NULL } },
	{ &cert_profile_amd,
	  { "a003020102", "020100", PSS, NAME, YEAR, NAME_B, P384_KEY,
	    "a30f300d" "300b06032a03040404" "00010203", NULL, PSS, sig_4096, NULL, NULL } },
	{ &cert_profile_intel,
	  { "a003020102", "02017f", ECDSA, NAME, YEAR, NAME_B, P256_KEY,
	    "a320301e" USAGE("030206c0") NO_CA, NULL, ECDSA, SIG_EC, NULL, NULL } },
	{ &cert_profile_token,
	  { "a003020102", "020101", RSA("010d"), NAME, YEAR, NAME_B, rsa_2048,
	    "a320301e" USAGE("030206c0") NO_CA, NULL, RSA("010d"), sig_2048, NULL, NULL } },
};
enum { AMD_CA, AMD_VEK, INTEL, TOKEN, BASES };

static struct tlv make(int base, enum part part, const char *hex)
{
	const char *parts[PARTS];

	memcpy(parts, bases[base].parts, sizeof parts);
	parts[part] = hex;
	if (part == ALG)
		parts[OUTER] = hex; /* both alike, unless the row is about that */
	return tlv_make(parts, INNER, PARTS);
}

static void each_good_one_is_read(void **state)
{
	static const struct cert_profile *const profiles[] = { &cert_profile_nitro, &cert_profile_amd,
							       &cert_profile_intel, &cert_profile_token };

	(void)state;
	for (int b = 0; b < BASES; b++) {
		struct tlv t = make(b, END, NULL);
		struct bytes der = bytes_of(t.der, t.len);
		struct cloister_fault why = { 0 };
		struct cert c;
		if (cert_read(der, bases[b].profile, &c, &why) != CLOISTER_OK)
			print_error("%d: %s at %zu: %s\n", b, why.what, why.at, why.note);
		for (size_t i = 0; i < 4; i++) /* an AMD authority's form could be a token issuer's */
			assert_int_equal(cert_read(der, profiles[i], &c, NULL) == CLOISTER_OK,
					 profiles[i] == bases[b].profile || (b == AMD_CA && i == 3));
		assert_int_equal(cert_read(der, &cert_profile_any, &c, NULL), CLOISTER_OK);
		assert_ptr_equal(c.spki.data, t.der + t.at[KEY]);
		assert_int_equal(c.spki.len, t.at[EXTENSIONS] - t.at[KEY]);
		assert_int_equal(c.alg, b == INTEL ? CERT_ECDSA_SHA256 :
					b == TOKEN ? CERT_RSA_SHA512 :
						     CERT_RSA_PSS_SHA384);
		assert_int_equal(c.key.kind, b == INTEL	  ? CERT_KEY_P256 :
					     b == AMD_VEK ? CERT_KEY_P384 :
							    CERT_KEY_RSA);
		assert_int_equal(c.key.modulus.len, b == AMD_CA ? 512 : b == TOKEN ? 256 : 0);
		assert_int_equal(c.key.exponent.len, b == AMD_CA ? 3 : b == TOKEN ? 1 : 0);
		assert_int_equal(c.key.point.len, b == INTEL ? 65 : b == AMD_VEK ? 97 : 0);
		assert_int_equal(c.sig.len, b == INTEL ? 8 : b == TOKEN ? 256 : 512);
		assert_int_equal(c.is_ca, b == AMD_CA);
		assert_int_equal(c.has_usage, b != AMD_VEK);
		assert_int_equal(c.sig_ec[31], b == INTEL ? 7 : 0);
		assert_int_equal(c.sig_ec[63], b == INTEL ? 11 : 0);
	}
}

static void raw_extensions_are_found(void **state)
{
	static const uint8_t oid[] = { 0x2a, 0x03, 0x04 }, value[] = { 0, 1, 2, 3 };
	struct tlv t = make(AMD_VEK, END, NULL);
	struct bytes found;
	struct cert c;

	(void)state;
	assert_int_equal(cert_read(bytes_of(t.der, t.len), &cert_profile_amd, &c, NULL), CLOISTER_OK);
	assert_true(cert_extension(&c, BYTES_OF(oid), &found));
	assert_true(bytes_equal(found, BYTES_OF(value)));
	assert_int_equal(c.serial.len, 1);
	assert_int_equal(c.serial.data[0], 0);
}

static char keys[16][1600], sigs[8][1600];

enum but { BITS_UNUSED, MORE_IN_BITS, MORE_IN_KEY, KEY_FOR_PSS };

/* RSA-2048 with one thing changed: head 4, algorithm 15, bit string 5, pair 4, modulus 261, exponent 5. */
static const char *rsa_key_but(char *out, enum but but)
{
	static const uint8_t more[] = { MORE_IN_BITS, MORE_IN_KEY };

	rsa_key(out, 256, 0x80, "0203010001");
	if (but == BITS_UNUSED)
		memcpy(out + 2 * 23, "01", 2);
	if (but == KEY_FOR_PSS)
		memcpy(out + 2 * 16, "0a", 2);
	for (size_t i = 0; i < sizeof more; i++)
		if (but == more[i])
			memcpy(out + strlen(out), "0500", 5);
	if (but == MORE_IN_BITS || but == MORE_IN_KEY)
		memcpy(out + 4, "0124", 4);
	if (but == MORE_IN_BITS)
		memcpy(out + 2 * 21, "0111", 4);
	return out;
}

struct row {
	const char *name;
	int base;
	enum part part;
	const char *hex;
	const char *field; /* NULL: accepted */
	size_t delta;
};

static void try(const struct row *row)
{
	struct tlv t = make(row->base, row->part, row->hex);
	struct cloister_fault why = { 0 };
	struct cert c = { .path_len = 77 };
	enum cloister_err err = cert_read(bytes_of(t.der, t.len), bases[row->base].profile, &c, &why);
	size_t at = t.at[row->part] + row->delta;

	if ((err == CLOISTER_OK) != !row->field || (row->field && (strcmp(why.what, row->field) || why.at != at)))
		print_error("%s: %s at %zu (%zu): %s\n", row->name, why.what ? why.what : "read", why.at,
			    why.at - t.at[row->part], why.note);
	if (!row->field) {
		assert_int_equal(err, CLOISTER_OK);
		return;
	}
	assert_int_not_equal(err, CLOISTER_OK);
	assert_string_equal(why.what, row->field);
	assert_int_equal(why.at, at);
	assert_int_equal(c.path_len, 77); /* outputs change only on success */
}

static void keys_and_signatures(void **state)
{
	const struct row rows[] = {
		{ "RSA-2048", TOKEN, KEY, rsa_key(keys[0], 256, 0x80, "0203010001"), NULL, 0 },
		{ "RSA-2048 without its sign byte", TOKEN, KEY, rsa_key(keys[1], 256, 0x7f, "0203010001"), NULL, 0 },
		{ "RSA-2040", TOKEN, KEY, rsa_key(keys[2], 255, 0x80, "0203010001"), "subjectPublicKey.modulus", 28 },
		{ "RSA-4104", TOKEN, KEY, rsa_key(keys[3], 513, 0x80, "0203010001"), "subjectPublicKey.modulus", 28 },
		{ "an exponent of 32 bits", TOKEN, KEY, rsa_key(keys[4], 256, 0x80, "020500ffffffff"), NULL, 0 },
		{ "an exponent of 33 bits", TOKEN, KEY, rsa_key(keys[5], 256, 0x80, "02050100000001"),
		  "subjectPublicKey.exponent", 289 },
		{ "an exponent of zero", TOKEN, KEY, rsa_key(keys[6], 256, 0x80, "020100"),
		  "subjectPublicKey.exponent", 289 },
		{ "a negative exponent", TOKEN, KEY, rsa_key(keys[7], 256, 0x80, "020181"),
		  "subjectPublicKey.exponent", 289 },
		{ "no exponent", TOKEN, KEY, rsa_key(keys[8], 256, 0x80, ""), "subjectPublicKey.exponent", 289 },
		{ "three numbers", TOKEN, KEY, rsa_key(keys[9], 256, 0x80, "0203010001020101"), "subjectPublicKey", 294 },
		{ "unused bits in an RSA key", TOKEN, KEY, rsa_key_but(keys[11], BITS_UNUSED), "subjectPublicKey", 19 },
		{ "more behind the pair of an RSA key", TOKEN, KEY, rsa_key_but(keys[12], MORE_IN_BITS),
		  "subjectPublicKey", 294 },
		{ "more behind an RSA key", TOKEN, KEY, rsa_key_but(keys[13], MORE_IN_KEY),
		  "subjectPublicKeyInfo", 294 },
		{ "more behind a point", INTEL, KEY, "305b" EC_KEY_ID "03420004" X32 X32 "0500",
		  "subjectPublicKeyInfo", 91 },
		{ "a key for PSS only", TOKEN, KEY, rsa_key_but(keys[14], KEY_FOR_PSS), "subjectPublicKeyInfo.algorithm", 4 },
		{ "P-521", AMD_VEK, KEY, "3076301006072a8648ce3d020106052b8104002303620004" X32 X32 X32,
		  "subjectPublicKeyInfo.algorithm", 2 },
		{ "P-256 for AMD", AMD_VEK, KEY, P256_KEY, "subjectPublicKeyInfo.algorithm", 2 },
		{ "P-256 for a token", TOKEN, KEY, P256_KEY, "subjectPublicKeyInfo.algorithm", 4 - 2 },
		{ "P-384 for Intel", INTEL, KEY, P384_KEY, "subjectPublicKeyInfo.algorithm", 2 },
		{ "RSA for Intel", INTEL, KEY, rsa_key(keys[10], 256, 0x80, "0203010001"),
		  "subjectPublicKeyInfo.algorithm", 4 },
		{ "P-256 with a point of P-384", INTEL, KEY, "3079" EC_KEY_ID "03620004" X32 X32 X32,
		  "subjectPublicKey", 23 },
		{ "a compressed point", INTEL, KEY, "3039" EC_KEY_ID "03220002" X32, "subjectPublicKey", 23 },
		{ "a hybrid point", INTEL, KEY, "3059" EC_KEY_ID "03420006" X32 X32, "subjectPublicKey", 23 },
		{ "unused bits in the key", INTEL, KEY, "3059" EC_KEY_ID "03420104" X32 X32, "subjectPublicKey", 23 },
		{ "a signature of RSA-2040", TOKEN, SIG, rsa_sig(sigs[0], 255), "signatureValue", 0 },
		{ "a signature of RSA-2048", TOKEN, SIG, rsa_sig(sigs[1], 256), NULL, 0 },
		{ "a signature of RSA-4096", TOKEN, SIG, rsa_sig(sigs[2], 512), NULL, 0 },
		{ "a signature of RSA-4104", TOKEN, SIG, rsa_sig(sigs[3], 513), "signatureValue", 0 },
		{ "a pair where a number is due", TOKEN, SIG, SIG_EC, "signatureValue", 0 },
		{ "a number where a pair is due", INTEL, SIG, rsa_sig(sigs[4], 256), "signatureValue", 5 },
		{ "an empty signature", TOKEN, SIG, "0300", "signatureValue", 2 },
		{ "more behind the pair", INTEL, SIG, "030b00300602010702010b0500", "signatureValue", 11 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		try(&rows[i]);
}

static void algorithms(void **state)
{
	static const struct row rows[] = {
		{ "SHA-256 with RSA", TOKEN, ALG, RSA("010b"), NULL, 0 },
		{ "SHA-384 with RSA", TOKEN, ALG, RSA("010c"), NULL, 0 },
		{ "SHA-1 with RSA", TOKEN, ALG, RSA("0105"), "signature", 0 },
		{ "rsaEncryption as a signature", TOKEN, ALG, RSA("0101"), "signature", 0 },
		{ "without NULL", TOKEN, ALG, "300b06092a864886f70d01010b", "signature", 0 },
		{ "PSS for a token", TOKEN, ALG, PSS, NULL, 0 },
		{ "PKCS#1 for AMD", AMD_VEK, ALG, RSA("010c"), "signature", 0 },
		{ "PSS with its trailer", AMD_VEK, ALG, PSS_TRAILER, NULL, 0 },
		{ "another trailer", AMD_VEK, ALG,
		  "3046" PSS_OID "3039a00f" SHA384_ID MGF1_384 "a203020130a303020102", "signature", 0 },
		{ "a salt of 32 bytes", AMD_VEK, ALG, "3041" PSS_OID "3034a00f" SHA384_ID MGF1_384 "a203020120",
		  "signature", 0 },
		{ "a salt that is not said", AMD_VEK, ALG, "303c" PSS_OID "302fa00f" SHA384_ID MGF1_384, "signature", 0 },
		{ "MGF1 with SHA-256", AMD_VEK, ALG,
		  "3041" PSS_OID "3034a00f" SHA384_ID "a11c301a06092a864886f70d010108" SHA256_ID "a203020130",
		  "signature", 0 },
		{ "PSS with SHA-256", AMD_VEK, ALG, "3041" PSS_OID "3034a00f" SHA256_ID MGF1_384 "a203020130",
		  "signature", 0 },
		{ "PSS without parameters", AMD_VEK, ALG, "300b" PSS_OID, "signature", 0 },
		{ "P-384's for Intel", INTEL, ALG, ECDSA_384, "signature", 0 },
		{ "ECDSA with NULL", INTEL, ALG, "300c06082a8648ce3d0403020500", "signature", 0 },
		{ "the other spelling outside", AMD_VEK, OUTER, PSS_TRAILER, "signatureAlgorithm", 0 },
		{ "the other spelling inside", AMD_CA, OUTER, PSS, "signatureAlgorithm", 0 },
		{ "another hash outside", TOKEN, OUTER, RSA("010b"), "signatureAlgorithm", 0 },
		{ "a zero serial for Intel", INTEL, SERIAL, "020100", "serialNumber", 0 },
		{ "a zero serial for a token", TOKEN, SERIAL, "020100", "serialNumber", 0 },
		{ "a padded zero for AMD", AMD_VEK, SERIAL, "02020000", "serialNumber", 0 },
		{ "a negative serial for AMD", AMD_VEK, SERIAL, "0201ff", "serialNumber", 0 },
		{ "the padded keyUsage from AMD", AMD_VEK, EXTENSIONS, "a3123010" USAGE("03020104"), NULL, 0 },
		{ "the padded keyUsage from Intel", INTEL, EXTENSIONS, "a3123010" USAGE("03020104"), "keyUsage", 16 },
		{ "another padded keyUsage from AMD", AMD_VEK, EXTENSIONS, "a3123010" USAGE("03020004"), "keyUsage", 16 },
		{ "another bit in the padding", AMD_VEK, EXTENSIONS, "a3123010" USAGE("03020184"), "keyUsage", 16 },
		{ "an unknown critical extension", AMD_VEK, EXTENSIONS, "a3123010300e06032a03040101ff040400010203",
		  "extension", 4 },
		{ "a serial of 21 bytes for AMD", AMD_VEK, SERIAL, "0215010203040506070809101112131415161718192021",
		  "serialNumber", 0 },
		{ "a serial of 20 bytes for AMD", AMD_VEK, SERIAL, "02140102030405060708091011121314151617181920",
		  NULL, 0 },
		{ "two versions", INTEL, VERSION, "a006020102020102", "version", 5 },
		{ "both times alike", INTEL, VALIDITY, "301e170d3236303130313030303030305a170d3236303130313030303030305a",
		  NULL, 0 },
		{ "three times", INTEL, VALIDITY,
		  "302d170d3236303130313030303030305a170d3236303130313030303030305a170d3236303130313030303030305a",
		  "validity", 32 },
		{ "three things in a pair", INTEL, ISSUER, "300e310c300a06035504030c01410500", "issuer", 14 },
		{ "more behind the list of extensions", INTEL, EXTENSIONS, "a3223" "01e" USAGE("030206c0") NO_CA "0500",
		  "extensions", 34 },
		{ "constraints of a leaf, not critical", INTEL, EXTENSIONS, "a30d300b30090603551d1304023000", NULL, 0 },
		{ "constraints of an authority, not critical", INTEL, EXTENSIONS,
		  "a310300e300c0603551d13040530030101ff", "basicConstraints", 4 },
		{ "a path length of -128", AMD_CA, EXTENSIONS, "a316301430120603551d130101ff040830060101ff020180",
		  "basicConstraints.pathLenConstraint", 21 },
		{ "a path length of 127", AMD_CA, EXTENSIONS, "a316301430120603551d130101ff040830060101ff02017f",
		  NULL, 0 },
		{ "raw bytes in keyUsage", AMD_VEK, EXTENSIONS, "a30f300d300b0603551d0f040400010203", "keyUsage", 13 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		try(&rows[i]);
}

static void the_padded_usage_means_what_it_says(void **state)
{
	struct tlv t = make(AMD_VEK, EXTENSIONS, "a3123010" USAGE("03020104"));
	struct cert c;

	(void)state;
	assert_int_equal(cert_read(bytes_of(t.der, t.len), &cert_profile_amd, &c, NULL), CLOISTER_OK);
	assert_true(c.has_usage);
	assert_int_equal(c.usage, CERT_SIGNS_CERTS);
}

static void every_prefix_is_refused(void **state)
{
	(void)state;
	for (int b = 0; b < BASES; b++) {
		struct tlv t = make(b, END, NULL);
		for (size_t len = 0; len < t.len; len++) {
			uint8_t *copy = malloc(len ? len : 1);
			struct cert c;
			assert_non_null(copy);
			memcpy(copy, t.der, len);
			assert_int_equal(cert_read(bytes_of(copy, len), bases[b].profile, &c, NULL),
					 CLOISTER_E_MALFORMED);
			free(copy);
		}
	}
}

static void sizes(void **state)
{
	uint8_t large[LIMIT_CERT_LARGE + 1] = { 0x30, 0x82, 0x0f, 0xfd };
	struct cloister_fault why;
	struct cert c;

	(void)state;
	for (int b = 0; b < BASES; b++) {
		assert_int_equal(cert_read(BYTES_OF(large), bases[b].profile, &c, &why), CLOISTER_E_LIMIT);
		assert_int_equal(cert_read(bytes_of(large, LIMIT_CERT_LARGE), bases[b].profile, &c, &why),
				 CLOISTER_E_MALFORMED);
	}
	assert_int_equal(cert_read(bytes_of(large, LIMIT_CERT + 1), &cert_profile_nitro, &c, &why),
			 CLOISTER_E_LIMIT);
}

static int set_up(void **state)
{
	(void)state;
	rsa_key(rsa_4096, 512, 0xc1, "0203010001");
	rsa_key(rsa_2048, 256, 0xc1, "020103");
	rsa_sig(sig_4096, 512);
	rsa_sig(sig_2048, 256);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_good_one_is_read),
		cmocka_unit_test(raw_extensions_are_found),
		cmocka_unit_test(keys_and_signatures),
		cmocka_unit_test(algorithms),
		cmocka_unit_test(the_padded_usage_means_what_it_says),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
