/* SPDX-License-Identifier: Apache-2.0 */
/* forge_pki_test.c - what the forge makes is what the readers take, and the same each time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "codec/cert.h"
#include "codec/crl.h"
#include "evidence/forge_der.h"
#include "evidence/forge_pki.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *vectors;

static const struct {
	const char *key, *signer;
	enum forge_alg alg;
	const struct cert_profile *profile;
	enum cert_key_kind kind;
	enum cert_alg read_as;
	size_t sig_len; /* of RSA */
} forms[] = {
	{ "p256-a", "p256-b", FORGE_ECDSA_SHA256, &cert_profile_intel, CERT_KEY_P256, CERT_ECDSA_SHA256, 0 },
	{ "p384-a", "p384-b", FORGE_ECDSA_SHA384, &cert_profile_nitro, CERT_KEY_P384, CERT_ECDSA_SHA384, 0 },
	{ "p384-c", "rsa4096-a", FORGE_PSS_SHA384, &cert_profile_amd, CERT_KEY_P384, CERT_RSA_PSS_SHA384, 512 },
	{ "rsa4096-b", "rsa4096-a", FORGE_PSS_SHA384_TRAILER, &cert_profile_amd, CERT_KEY_RSA,
	  CERT_RSA_PSS_SHA384, 512 },
	{ "rsa2048-a", "rsa3072-a", FORGE_RSA_SHA256, &cert_profile_token, CERT_KEY_RSA, CERT_RSA_SHA256, 384 },
	{ "rsa2048-a", "rsa3072-a", FORGE_RSA_SHA384, &cert_profile_token, CERT_KEY_RSA, CERT_RSA_SHA384, 384 },
	{ "rsa2048-a", "rsa2048-a", FORGE_RSA_SHA512, &cert_profile_token, CERT_KEY_RSA, CERT_RSA_SHA512, 256 },
};
#define FORMS (sizeof forms / sizeof *forms)

static void certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct forge_key *key = forge_key_load(vectors, forms[i].key);
		struct forge_key *signer = forge_key_load(vectors, forms[i].signer);
		struct buf der = FORGE_DER_BUF, again = FORGE_DER_BUF;
		const struct forge_ext ext = { "2a0304", false, bytes_text("raw bytes") };
		const struct forge_tbs t = {
			.issuer = FORGE_AMD_NAME("ARK-Test"),
			.subject = FORGE_INTEL_NAME("Something"),
			.from = "260101000000Z",
			.until = "20560101000000Z",
			.serial_hex = "0102",
			.alg = forms[i].alg,
			.constraints_hex = "30060101ff020100",
			.usage_hex = FORGE_USAGE_CA,
			.ext = &ext,
			.n_ext = 1,
		};
		struct cloister_fault why = { 0 };
		struct bytes value;
		struct cert c;
		forge_pki_cert(&t, key, signer, &der);
		forge_pki_cert(&t, key, signer, &again);
		assert_int_equal(cert_read(buf_bytes(&der), forms[i].profile, &c, &why), CLOISTER_OK);
		assert_true(bytes_equal(buf_bytes(&der), buf_bytes(&again)));
		assert_int_equal(c.key.kind, forms[i].kind);
		assert_int_equal(c.alg, forms[i].read_as);
		if (key->is_rsa) {
			assert_true(bytes_equal(c.key.modulus, forge_key_modulus(key)));
			assert_true(bytes_equal(c.key.exponent, forge_key_exponent(key)));
		} else {
			assert_true(bytes_equal(c.key.point, forge_key_point(key)));
		}
		if (forms[i].sig_len)
			assert_int_equal(c.sig.len, forms[i].sig_len);
		assert_true(c.is_ca && c.has_path_len && c.path_len == 0);
		assert_int_equal(c.usage, CERT_SIGNS_CERTS | CERT_SIGNS_CRLS);
		assert_true(cert_extension(&c, BYTES_OF(((const uint8_t[]){ 0x2a, 3, 4 })), &value));
		assert_true(bytes_are(value, "raw bytes"));
		assert_true(cert_common_name_is(c.subject, "Something"));
		assert_true(cert_common_name_is(c.issuer, "ARK-Test"));
		buf_fini(&der);
		buf_fini(&again);
		forge_key_free(key);
		forge_key_free(signer);
	}
}

static void lists(void **state)
{
	static const char *const serials[] = { "0102", "00ff", "7f", NULL };
	static const uint8_t listed[] = { 0xff }, not_listed[] = { 0x02 };

	(void)state;
	for (size_t i = 0; i < FORMS; i++) {
		struct forge_key *signer = forge_key_load(vectors, forms[i].signer);
		struct buf der = FORGE_DER_BUF;
		const struct forge_crl t = {
			.issuer = FORGE_AMD_NAME("ARK-Test"),
			.this_update = "260101000000Z",
			.next_update = "20560101000000Z",
			.alg = forms[i].alg,
			.number_hex = "05",
			.key_id_hex = "0102030405",
			.serials_hex = serials,
		};
		struct crl c;
		forge_pki_crl(&t, signer, &der);
		assert_int_equal(crl_read(buf_bytes(&der), forms[i].profile, &c, NULL), CLOISTER_OK);
		assert_int_equal(c.n_entries, 3);
		assert_true(crl_lists(&c, BYTES_OF(listed)));
		assert_false(crl_lists(&c, BYTES_OF(not_listed)));
		assert_true(cert_common_name_is(c.issuer, "ARK-Test"));
		buf_fini(&der);
		forge_key_free(signer);
	}
}

/* argv[1]: the folder of the vectors, for its keys. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates),
		cmocka_unit_test(lists),
	};

	vectors = argc > 1 ? argv[1] : "vectors";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
