/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crl_test.c - one good list, and one for each thing that can be wrong with a
 * part of it: the field and the offset that are blamed. Nobody looks at the
 * signature here.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "codec/crl.h"
#include "codec/der.h"
#include "codec/tlv_test.h"

#include <cmocka.h> /* last: it has a macro named fail */

enum part { VERSION, ALG, ISSUER, THIS, NEXT, REVOKED, EXTENSIONS, END, OUTER, SIG, LAST, BEHIND, PARTS };
#define INNER OUTER

#define ECDSA "300a06082a8648ce3d040302"
#define ECDSA_384 "300a06082a8648ce3d040303"
#define PSS "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130"
#define PSS_TRAILER "304606092a864886f70d01010a3039a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130a303020101"
#define NAME "300c310a300806035504030c0141"
#define JAN "170d3236303130313030303030305a" /* 260101000000Z */
#define FEB "170d3236303230313030303030305a"
#define REASON "300c300a0603551d1504030a0101"
#define ENTRY_1 "3020020101" JAN REASON
#define ENTRY_255 "3021020200ff" JAN REASON
#define ENTRY_BARE "3012020102" JAN
#define NUMBER "300a0603551d140403020105"
#define KEY_ID "300d0603551d23040630048002abcd"
#define SIG_GOOD "030900300602010702010b"

static const char *const good[PARTS] = {
	[VERSION] = "020101",
	[ALG] = ECDSA,
	[ISSUER] = NAME,
	[THIS] = JAN,
	[NEXT] = FEB,
	[REVOKED] = "3059" ENTRY_1 ENTRY_255 ENTRY_BARE,
	[EXTENSIONS] = "a01d301b" NUMBER KEY_ID,
	[OUTER] = ECDSA,
	[SIG] = SIG_GOOD,
};

static struct tlv make(enum part part, const char *hex)
{
	const char *parts[PARTS];

	memcpy(parts, good, sizeof parts);
	parts[part] = hex;
	return tlv_make(parts, INNER, PARTS);
}

static void the_good_one_is_read(void **state)
{
	struct tlv t = make(END, NULL);
	static const uint8_t one[] = { 1 }, ff[] = { 0xff }, two[] = { 2 }, three[] = { 3 }, long_one[] = { 0, 1 };
	static const uint8_t id[] = { 0xab, 0xcd };
	struct crl c;

	(void)state;
	assert_int_equal(crl_read(bytes_of(t.der, t.len), &cert_profile_intel, &c, NULL), CLOISTER_OK);
	assert_int_equal(c.alg, CERT_ECDSA_SHA256);
	assert_int_equal(c.this_update_s, 1767225600); /* 2026-01-01 */
	assert_int_equal(c.next_update_s, 1769904000); /* 2026-02-01 */
	assert_int_equal(c.n_entries, 3);
	assert_int_equal(c.number.len, 1);
	assert_int_equal(c.number.data[0], 5);
	assert_true(bytes_equal(c.authority_key_id, BYTES_OF(id)));
	assert_true(cert_common_name_is(c.issuer, "A"));
	assert_ptr_equal(c.tbs.data, t.der + t.at[VERSION] - 3);
	assert_ptr_equal(c.tbs.data + c.tbs.len, t.der + t.at[OUTER]);
	assert_int_equal(c.sig_ec[31], 7);
	assert_int_equal(c.sig_ec[63], 11);
	assert_true(crl_lists(&c, BYTES_OF(one)));
	assert_true(crl_lists(&c, BYTES_OF(ff)));
	assert_true(crl_lists(&c, BYTES_OF(two)));
	assert_false(crl_lists(&c, BYTES_OF(three)));
	assert_false(crl_lists(&c, BYTES_OF(long_one)));
	assert_false(crl_lists(&c, BYTES_NONE));
}

static void nobody_is_revoked(void **state)
{
	struct tlv t = make(REVOKED, NULL);
	static const uint8_t one[] = { 1 };
	struct crl c;

	(void)state;
	assert_int_equal(crl_read(bytes_of(t.der, t.len), &cert_profile_intel, &c, NULL), CLOISTER_OK);
	assert_int_equal(c.n_entries, 0);
	assert_false(crl_lists(&c, BYTES_OF(one)));
}

/* A broken view lists everybody whose number lies in it anywhere: the answer that is safe. */
static void a_broken_list_lists_everybody(void **state)
{
	struct tlv t = make(END, NULL);
	static const uint8_t tag[] = { DER_SEQUENCE };
	struct crl c;

	(void)state;
	assert_int_equal(crl_read(bytes_of(t.der, t.len), &cert_profile_intel, &c, NULL), CLOISTER_OK);
	assert_false(crl_lists(&c, BYTES_OF(tag)));
	c.entries.len--;
	assert_true(crl_lists(&c, BYTES_OF(tag)));
}

/* AMD's form: PSS in both spellings, and a list that may not name its key. */
static void amd_lists(void **state)
{
	static const char *const algs[] = { PSS, PSS_TRAILER };
	static const size_t lens[] = { 255, 256, 512, 513 };
	char sig[2 * 600 + 16];
	struct crl c;

	(void)state;
	for (size_t i = 0; i < 8; i++) {
		const char *parts[PARTS];
		size_t len = lens[i / 2];
		memcpy(parts, good, sizeof parts);
		snprintf(sig, sizeof sig, "0382%04zx00%0*d", len + 1, (int)(2 * len), 7);
		parts[ALG] = parts[OUTER] = algs[i % 2];
		parts[SIG] = sig;
		parts[EXTENSIONS] = "a00e300c" NUMBER;
		struct tlv t = tlv_make(parts, INNER, PARTS);
		enum cloister_err err = crl_read(bytes_of(t.der, t.len), &cert_profile_amd, &c, NULL);
		assert_int_equal(err == CLOISTER_OK, len >= 256 && len <= 512);
		if (err == CLOISTER_OK) {
			assert_int_equal(c.alg, CERT_RSA_PSS_SHA384);
			assert_int_equal(c.sig.len, len);
			assert_int_equal(c.authority_key_id.len, 0);
		}
		parts[OUTER] = algs[1 - i % 2]; /* the other spelling of the same */
		t = tlv_make(parts, INNER, PARTS);
		assert_int_equal(crl_read(bytes_of(t.der, t.len), &cert_profile_amd, &c, NULL),
				 CLOISTER_E_MALFORMED);
	}
}

static const struct {
	const char *name;
	enum part part;
	const char *hex;
	const char *field;
	size_t delta; /* from the beginning of the part */
} rows[] = {
	{ "version 1 written", VERSION, "020100", "version", 0 },
	{ "version 3", VERSION, "020102", "version", 0 },
	{ "no version", VERSION, NULL, "version", 0 },
	{ "another algorithm inside", ALG, ECDSA_384, "signature", 0 },
	{ "an algorithm with NULL", ALG, "300c06082a8648ce3d0403020500", "signature", 0 },
	{ "another algorithm outside", OUTER, ECDSA_384, "signatureAlgorithm", 0 },
	{ "no issuer", ISSUER, "3000", "issuer", 2 },
	{ "two pairs in a set", ISSUER, "30163114300806035504030c0141300806035504030c0141", "issuer", 14 },
	{ "no such month", THIS, "170d3236313330313030303030305a", "thisUpdate", 0 },
	{ "time without Z", THIS, "170d323630313031303030303030" "2b", "thisUpdate", 0 },
	{ "GeneralizedTime before 2050", NEXT, "180f32303236303230313030303030305a", "nextUpdate", 0 },
	{ "no nextUpdate", NEXT, NULL, "nextUpdate", 0 },
	{ "it ends before it begins", NEXT, "170d3235303230313030303030305a", "nextUpdate", (size_t)-15 },
	{ "an empty list", REVOKED, "3000", "revokedCertificates", 2 },
	{ "a serial that is negative", REVOKED, "30143012020180" JAN, "userCertificate", 4 },
	{ "a serial that is padded", REVOKED, "3015301302020001" JAN, "userCertificate", 4 },
	{ "a serial of 21 bytes", REVOKED,
	  "302830260215010203040506070809101112131415161718192021" JAN, "userCertificate", 4 },
	{ "an entry without a date", REVOKED, "30053003020101", "revocationDate", 7 },
	{ "an entry with a wrong date", REVOKED, "30143012020101170d3236313330313030303030305a",
	  "revocationDate", 7 },
	{ "an entry that is longer", REVOKED, "30243022020101" JAN REASON "0500", "revokedCertificate", 36 },
	{ "an entry with an empty list", REVOKED, "30163014020101" JAN "3000", "extensions", 24 },
	{ "an entry with something else", REVOKED, "30163014020101" JAN "0500", "crlEntryExtensions", 22 },
	{ "an entry with a critical reason", REVOKED, "30253023020101" JAN "300f300d0603551d150101ff04030a0101",
	  "extension", 24 },
	{ "an entry for another issuer", REVOKED, "30243022020101" JAN "300e300c0603551d1d04053003820141",
	  "extension", 24 },
	{ "an entry with one thing twice", REVOKED,
	  "302e302c020101" JAN "3018300a0603551d1504030a0101300a0603551d1504030a0101", "extension", 36 },
	{ "something behind the entries", EXTENSIONS, "0500" "a01d301b" NUMBER KEY_ID, "crlExtensions", 0 },
	{ "no extensions", EXTENSIONS, NULL, "crlExtensions", 0 },
	{ "extensions that are empty", EXTENSIONS, "a0023000", "extensions", 4 },
	{ "something behind the list of extensions", EXTENSIONS, "a01f301b" NUMBER KEY_ID "0500",
	  "crlExtensions", 31 },
	{ "no number", EXTENSIONS, "a011300f" KEY_ID, "cRLNumber", 0 },
	{ "no key identifier", EXTENSIONS, "a00e300c" NUMBER, "authorityKeyIdentifier", 0 },
	{ "a key identifier by name only", EXTENSIONS, "a01c301a" NUMBER "300c0603551d2304053003a10141",
	  "authorityKeyIdentifier.keyIdentifier", 27 },
	{ "a key identifier with something broken behind", EXTENSIONS,
	  "a0213" "01f" NUMBER "30110603551d23040a30088002abcda1050500", "authorityKeyIdentifier", 31 },
	{ "a number of 21 bytes", EXTENSIONS,
	  "a0313" "02f" "301e0603551d1404170215010203040506070809101112131415161718192021" KEY_ID, "cRLNumber", 13 },
	{ "a negative number", EXTENSIONS, "a01d301b" "300a0603551d140403020185" KEY_ID, "cRLNumber", 13 },
	{ "a number and more", EXTENSIONS, "a01f301d" "300c0603551d1404050201050500" KEY_ID,
	  "extension.extnValue", 16 },
	{ "a number twice", EXTENSIONS, "a0293027" NUMBER NUMBER KEY_ID, "extension", 16 },
	{ "a delta list", EXTENSIONS, "a02c302a" NUMBER KEY_ID "300d0603551d1b0101ff0403020101", "extension", 31 },
	{ "a delta list that is not critical", EXTENSIONS, "a0293027" NUMBER KEY_ID "300a0603551d1b0403020101",
	  "extension", 31 },
	{ "a list of some certificates", EXTENSIONS,
	  "a02e302c" NUMBER KEY_ID "300f0603551d1c0101ff040530038101ff", "extension", 31 },
	{ "a list of some certificates, not critical", EXTENSIONS,
	  "a02b3029" NUMBER KEY_ID "300c0603551d1c040530038101ff", "extension", 31 },
	{ "something unknown that is critical", EXTENSIONS,
	  "a02b3029" NUMBER KEY_ID "300c06032a03040101ff04020500", "extension", 31 },
	{ "critical written as FALSE", EXTENSIONS, "a02b3029" NUMBER KEY_ID "300c06032a030401010004020500",
	  "extension.critical", 38 },
	{ "the signed part is longer", END, "0500", "tbsCertList", 0 },
	{ "unused bits", SIG, "030901300602010702010b", "signatureValue", 0 },
	{ "no signature", SIG, NULL, "signatureValue", 0 },
	{ "r is zero", SIG, "030900300602010002010b", "signatureValue.r", 5 },
	{ "s is negative", SIG, "030900300602010702018b", "signatureValue.s", 8 },
	{ "r is longer than the curve", SIG,
	  "032900302602210100000000000000000000000000000000000000000000000000000000000000" "00000201" "0b",
	  "signatureValue.r", 5 },
	{ "three numbers", SIG, "030b00300802010702010b0500", "signatureValue", 11 },
	{ "more behind the pair", SIG, "030b00300602010702010b0500", "signatureValue", 11 },
	{ "more behind the signature", LAST, "0500", "certificateList", 0 },
	{ "more behind the list", BEHIND, "00", "certificateList", 0 },
};

static void each_wrong_one_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tlv t = make(rows[i].part, rows[i].hex);
		struct cloister_fault why = { 0 };
		struct crl c = { .n_entries = 77 };
		enum cloister_err err = crl_read(bytes_of(t.der, t.len), &cert_profile_intel, &c, &why);
		size_t at = t.at[rows[i].part] + rows[i].delta;
		if (err == CLOISTER_OK || strcmp(why.what, rows[i].field) || why.at != at)
			print_error("%s: %s at %zu (%zu): %s\n", rows[i].name, why.what ? why.what : "read",
				    why.at, why.at - t.at[rows[i].part], why.note);
		assert_int_not_equal(err, CLOISTER_OK);
		assert_string_equal(why.what, rows[i].field);
		assert_int_equal(why.at, at);
		assert_int_equal(c.n_entries, 77); /* outputs change only on success */
	}
}

static const struct {
	const char *name;
	enum part part;
	const char *hex;
} accepted[] = {
	{ "a serial of zero", REVOKED, "30143012020100" JAN },
	{ "a serial of 20 bytes", REVOKED,
	  "302730250214" "01020304050607080910111213141516171819" "20" JAN },
	{ "something unknown", EXTENSIONS, "a0283026" NUMBER KEY_ID "300906032a030404020500" },
	{ "a key identifier with a name behind", EXTENSIONS,
	  "a0213" "01f" NUMBER "30110603551d23040a30088002abcda1020500" },
	{ "a key identifier of one byte", EXTENSIONS, "a01c301a" NUMBER "300c0603551d23040530038001ab" },
	{ "a number of 20 bytes", EXTENSIONS,
	  "a0303" "02e" "301d0603551d14041602140102030405060708091011121314151617181920" KEY_ID },
	{ "both times alike", NEXT, JAN },
	{ "GeneralizedTime from 2050", NEXT, "180f32303536303130313030303030305a" },
};

static void what_may_be_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
		struct tlv t = make(accepted[i].part, accepted[i].hex);
		struct cloister_fault why = { 0 };
		struct crl c;
		enum cloister_err err = crl_read(bytes_of(t.der, t.len), &cert_profile_intel, &c, &why);
		if (err != CLOISTER_OK)
			print_error("%s: %s at %zu: %s\n", accepted[i].name, why.what, why.at, why.note);
		assert_int_equal(err, CLOISTER_OK);
	}
}

static void every_prefix_is_refused(void **state)
{
	struct tlv t = make(END, NULL);

	(void)state;
	for (size_t len = 0; len < t.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		struct crl c;
		assert_non_null(copy);
		memcpy(copy, t.der, len);
		assert_int_equal(crl_read(bytes_of(copy, len), &cert_profile_intel, &c, NULL),
				 CLOISTER_E_MALFORMED);
		free(copy);
	}
}

/* Thousands of entries, each found and its neighbours not; and a list that is too large. */
static void long_lists(void **state)
{
	enum { N = 20000, EACH = 22 };
	static uint8_t der[N * EACH + 256];
	struct tlv t = make(END, NULL);
	uint8_t *entries = der + 256, *p = entries;
	struct crl c;

	(void)state;
	assert_int_equal(crl_read(bytes_of(t.der, t.len), &cert_profile_intel, &c, NULL), CLOISTER_OK);
	for (uint32_t i = 0; i < N; i++, p += EACH) {
		const uint8_t head[] = { 0x30, EACH - 2, 0x02, 0x03, (uint8_t)(1 + (i >> 15)),
					 (uint8_t)(i >> 7), (uint8_t)(i << 1 & 0xff) };
		memcpy(p, head, sizeof head);
		memcpy(p + 7, t.der + t.at[THIS], 15);
	}
	c.entries = bytes_of(entries, N * EACH);
	for (uint32_t i = 0; i < N; i += 997) {
		uint8_t serial[] = { (uint8_t)(1 + (i >> 15)), (uint8_t)(i >> 7), (uint8_t)(i << 1 & 0xff) };
		assert_true(crl_lists(&c, BYTES_OF(serial)));
		serial[2] |= 1;
		assert_false(crl_lists(&c, BYTES_OF(serial)));
	}
	uint8_t *large = calloc(1, LIMIT_CRL + 1);
	struct cloister_fault why;
	assert_non_null(large);
	assert_int_equal(crl_read(bytes_of(large, LIMIT_CRL + 1), &cert_profile_intel, &c, &why),
			 CLOISTER_E_LIMIT);
	assert_int_equal(crl_read(bytes_of(large, LIMIT_CRL), &cert_profile_intel, &c, &why),
			 CLOISTER_E_MALFORMED);
	free(large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_one_is_read),
		cmocka_unit_test(nobody_is_revoked),
		cmocka_unit_test(a_broken_list_lists_everybody),
		cmocka_unit_test(amd_lists),
		cmocka_unit_test(each_wrong_one_is_refused),
		cmocka_unit_test(what_may_be_is_read),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(long_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
