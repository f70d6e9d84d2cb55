/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_vek_test.c - AMD's extensions, one wrong in each row, in certificates of our
 * own; and the genuine ones that lie beside the checkout.
 *
 *   snp_vek_test VECTORS GENUINE
 */

#include "base/test.h"

#include "base/mem.h"
#include "evidence/forge_snp.h"
#include "evidence/genuine_pki.h"
#include "evidence/snp_vek.h"

static struct snp_forge keys;
static const char *vectors = ".", *genuine = ".";

static void make(const struct snp_forge_exts *e, const char *subject, struct buf *out)
{
	struct forge_tbs t = snp_forge_vek(FORGE_AMD_NAME("SEV-Test"), subject);

	snp_forge_vek_write(&t, e, keys.vek, keys.ask, out);
}

#define VCEK FORGE_AMD_NAME("SEV-VCEK")
#define VLEK FORGE_AMD_NAME("SEV-VLEK")

static void good_ones_are_read(void **state)
{
	(void)state;
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++)
		for (int vlek = 0; vlek < 2; vlek++) {
			struct snp_forge_exts e = snp_forge_exts((enum snp_product)p, vlek);
			struct buf der = BUF_INIT(1u << 16);
			struct cloister_fault why = { 0 };
			struct snp_vek v;
			struct cert c;
			make(&e, vlek ? VLEK : VCEK, &der);
			WANT_OK(cert_read(buf_bytes(&der), &cert_profile_amd, &c, &why), &why);
			WANT_OK(snp_vek_read(&c, &v, &why), &why);
			assert_int_equal(v.product, p);
			assert_int_equal(v.kind, vlek ? SNP_VLEK : SNP_VCEK);
			assert_int_equal(v.struct_version, p == SNP_TURIN);
			assert_int_equal(v.tcb.fmc, p == SNP_TURIN);
			assert_int_equal(v.tcb.bl, 4);
			assert_int_equal(v.tcb.tee, 0);
			assert_int_equal(v.tcb.snp, 0x18);
			assert_int_equal(v.tcb.ucode, 0xdb); /* over 127 */
			assert_int_equal(v.hwid.len, vlek ? 0 : p == SNP_TURIN ? 8 : 64);
			assert_int_equal(v.csp_id.len, vlek ? 18 : 0);
			buf_fini(&der);
		}
}

#define ID_8 "0102030405060708"
#define ID_64 ID_8 ID_8 ID_8 ID_8 ID_8 ID_8 ID_8 ID_8

#define A_8 "4141414141414141"
#define A_64 A_8 A_8 A_8 A_8 A_8 A_8 A_8 A_8

static const struct {
	const char *name;
	enum snp_product p;
	bool vlek;
	unsigned ext;
	const char *value;
	const char *field; /* NULL: accepted */
} rows[] = {
	{ "a level of 0", SNP_MILAN, false, VEK_UCODE, "020100", NULL },
	{ "a level of 127", SNP_MILAN, false, VEK_UCODE, "02017f", NULL },
	{ "a level of 128", SNP_MILAN, false, VEK_UCODE, "02020080", NULL },
	{ "a level of 255", SNP_MILAN, false, VEK_UCODE, "020200ff", NULL },
	{ "a level of 256", SNP_MILAN, false, VEK_UCODE, "02020100", "ucodeSPL" },
	{ "a negative level", SNP_MILAN, false, VEK_UCODE, "0201db", "ucodeSPL" },
	{ "a padded level", SNP_MILAN, false, VEK_UCODE, "02020001", "ucodeSPL" },
	{ "a level of no bytes", SNP_MILAN, false, VEK_BL, "0200", "blSPL" },
	{ "a level that is no number", SNP_MILAN, false, VEK_BL, "040104", "blSPL" },
	{ "a level with a byte behind it", SNP_MILAN, false, VEK_BL, "02010400", "blSPL" },
	{ "a level with another behind it", SNP_MILAN, false, VEK_BL, "020104020104", "blSPL" },
	{ "an empty level", SNP_MILAN, false, VEK_BL, "", "blSPL" },
	{ "without version", SNP_MILAN, false, VEK_VERSION, NULL, "structVersion" },
	{ "without product", SNP_MILAN, false, VEK_PRODUCT, NULL, "productName" },
	{ "without bl", SNP_MILAN, false, VEK_BL, NULL, "blSPL" },
	{ "without tee", SNP_MILAN, false, VEK_TEE, NULL, "teeSPL" },
	{ "without snp", SNP_MILAN, false, VEK_SNP, NULL, "snpSPL" },
	{ "without spl4", SNP_MILAN, false, VEK_4, NULL, "spl4" },
	{ "without spl5", SNP_GENOA, false, VEK_5, NULL, "spl5" },
	{ "without spl6", SNP_GENOA, false, VEK_6, NULL, "spl6" },
	{ "without spl7", SNP_TURIN, false, VEK_7, NULL, "spl7" },
	{ "without ucode", SNP_TURIN, false, VEK_UCODE, NULL, "ucodeSPL" },
	{ "without fmc on Turin", SNP_TURIN, false, VEK_FMC, NULL, "fmcSPL" },
	{ "with fmc on Genoa", SNP_GENOA, false, VEK_FMC, "020100", "fmcSPL" },
	{ "with spl4 on Turin", SNP_TURIN, false, VEK_4, "020100", NULL },
	{ "spl4 not zero", SNP_MILAN, false, VEK_4, "020101", "spl4" },
	{ "spl7 not zero", SNP_TURIN, false, VEK_7, "020101", "spl7" },
	{ "version 1", SNP_MILAN, false, VEK_VERSION, "020101", NULL },
	{ "version 2", SNP_MILAN, false, VEK_VERSION, "020102", "structVersion" },
	{ "product without stepping", SNP_MILAN, false, VEK_PRODUCT, "16054d696c616e", NULL },
	{ "product with stepping", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d4231", NULL },
	{ "product with half a stepping", SNP_GENOA, false, VEK_PRODUCT, "160747656e6f612d42", "productName" },
	{ "product with more behind", SNP_GENOA, false, VEK_PRODUCT, "160647656e6f6158", "productName" },
	{ "product with the first of steppings", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d4130", NULL },
	{ "product with the last of steppings", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d5a39", NULL },
	{ "product with another mark", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612b4231", "productName" },
	{ "product with a stepping before A", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d4031", "productName" },
	{ "product with a stepping behind Z", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d5b31", "productName" },
	{ "product with a stepping before 0", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d422f", "productName" },
	{ "product with a stepping behind 9", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d423a", "productName" },
	{ "product with two of three right", SNP_GENOA, false, VEK_PRODUCT, "160847656e6f612d3142", "productName" },
	{ "product with a longer stepping", SNP_GENOA, false, VEK_PRODUCT, "160947656e6f612d423130", "productName" },
	{ "product that is only the beginning", SNP_GENOA, false, VEK_PRODUCT, "160447656e6f", "productName" },
	{ "product in small letters", SNP_GENOA, false, VEK_PRODUCT, "160567656e6f61", "productName" },
	{ "product as UTF8String", SNP_GENOA, false, VEK_PRODUCT, "0c0547656e6f61", "productName" },
	{ "product unknown", SNP_GENOA, false, VEK_PRODUCT, "160656656e696365", "productName" },
	{ "product empty", SNP_GENOA, false, VEK_PRODUCT, "1600", "productName" },
	{ "without hwid", SNP_MILAN, false, VEK_HWID, NULL, "hwID" },
	{ "without hwid on Turin", SNP_TURIN, false, VEK_HWID, NULL, "hwID" },
	{ "hwid in an OCTET STRING", SNP_MILAN, false, VEK_HWID, "0440" ID_64, NULL },
	{ "hwid in an OCTET STRING on Turin", SNP_TURIN, false, VEK_HWID, "0408" ID_8, NULL },
	{ "hwid of 8 on Milan", SNP_MILAN, false, VEK_HWID, ID_8, "hwID" },
	{ "hwid of 64 on Turin", SNP_TURIN, false, VEK_HWID, ID_64, "hwID" },
	{ "hwid of 63", SNP_MILAN, false, VEK_HWID, "043d" ID_8 ID_8 ID_8 ID_8 ID_8 ID_8 ID_8 "0102030405", "hwID" },
	{ "hwid with a byte behind", SNP_MILAN, false, VEK_HWID, "0440" ID_64 "00", "hwID" },
	{ "hwid empty", SNP_MILAN, false, VEK_HWID, "", "hwID" },
	{ "csp in a VCEK", SNP_MILAN, false, VEK_CSP, "160141", "cspID" },
	{ "hwid in a VLEK", SNP_MILAN, true, VEK_HWID, ID_64, "hwID" },
	{ "without csp in a VLEK", SNP_MILAN, true, VEK_CSP, NULL, "cspID" },
	{ "csp empty", SNP_MILAN, true, VEK_CSP, "1600", "cspID" },
	{ "csp of one character", SNP_MILAN, true, VEK_CSP, "160141", NULL },
	{ "csp with the first printable", SNP_MILAN, true, VEK_CSP, "1603412042", NULL },
	{ "csp with the last printable", SNP_MILAN, true, VEK_CSP, "16017e", NULL },
	{ "csp with the one before", SNP_MILAN, true, VEK_CSP, "1602411f", "cspID" },
	{ "csp with the one behind", SNP_MILAN, true, VEK_CSP, "1602417f", "cspID" },
	{ "csp that begins with another", SNP_MILAN, true, VEK_CSP, "16020a41", "cspID" },
	{ "csp with a control character", SNP_MILAN, true, VEK_CSP, "160241" "0a", "cspID" },
	{ "csp with a NUL", SNP_MILAN, true, VEK_CSP, "160241" "00", "cspID" },
	{ "csp as UTF8String", SNP_MILAN, true, VEK_CSP, "0c0141", "cspID" },
	{ "csp of 128", SNP_MILAN, true, VEK_CSP, "168180" A_64 A_64, NULL },
	{ "csp of 129", SNP_MILAN, true, VEK_CSP, "168181" A_64 A_64 "41", "cspID" },
	{ "another extension of AMD's", SNP_MILAN, false, VEK_EXTS, "2b060104019c7801030a",
	  "extension" },
	{ "an extension below one of AMD's", SNP_MILAN, false, VEK_EXTS, "2b060104019c78010401",
	  "extension" },
	{ "an extension of somebody's", SNP_MILAN, false, VEK_EXTS, "2a0304", NULL },
	{ "one that is as long as AMD's", SNP_MILAN, false, VEK_EXTS, "2b0601040182378101", NULL },
	{ "one that ends as one of AMD's", SNP_MILAN, false, VEK_EXTS, "2b060104018237010301", NULL },
	{ "AMD's arc itself", SNP_MILAN, false, VEK_EXTS, "2b060104019c7801", "extension" },
};

static void each_row(void **state)
{
	static const uint8_t null[] = { 5, 0 };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct snp_forge_exts e = snp_forge_exts(rows[i].p, rows[i].vlek);
		struct buf der = BUF_INIT(1u << 16);
		struct cloister_fault why = { 0 };
		struct snp_vek v = { .struct_version = 77 };
		struct cert c;
		if (rows[i].ext == VEK_EXTS)
			e.more = (struct forge_ext){ rows[i].value, false, BYTES_OF(null) };
		else
			e.value[rows[i].ext] = rows[i].value;
		make(&e, rows[i].vlek ? VLEK : VCEK, &der);
		WANT_OK(cert_read(buf_bytes(&der), &cert_profile_amd, &c, &why), &why);
		enum cloister_err err = snp_vek_read(&c, &v, &why);
		print_message("%s: %s: %s\n", rows[i].name, err ? why.what : "accepted", err ? why.note : "");
		if (rows[i].field) {
			assert_int_equal(err, CLOISTER_E_MALFORMED);
			assert_string_equal(why.what, rows[i].field);
			assert_true(why.at >= (size_t)(c.extensions.data - c.der.data) && why.at < c.der.len);
			assert_int_equal(v.struct_version, 77);
		} else {
			assert_int_equal(err, CLOISTER_OK);
		}
		buf_fini(&der);
	}
}

/* Where an extension's identifier ends in the certificate. */
static size_t behind(const struct buf *der, const char *oid_hex)
{
	size_t len;
	uint8_t *oid = test_hex(oid_hex, &len);
	const uint8_t *found = memmem(der->data, der->len, oid, len);

	free(oid);
	assert_non_null(found);
	return (size_t)(found - der->data) + len;
}

/* Of several the first, and where it is. */
static void the_first_fault_is_told(void **state)
{
	static const struct {
		unsigned ext;
		const char *value, *oid_hex, *field;
	} bad[] = {
		{ VEK_BL, "020200", "2b060104019c78010301", "blSPL" },
		{ VEK_PRODUCT, "160141", "2b060104019c780102", "productName" },
		{ VEK_UCODE, "02020100", "2b060104019c78010308", "ucodeSPL" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct snp_forge_exts e = snp_forge_exts(SNP_MILAN, false);
		struct buf der = BUF_INIT(1u << 16);
		struct cloister_fault why = { 0 };
		struct snp_vek v;
		struct cert c;
		e.value[bad[i].ext] = bad[i].value;
		e.value[VEK_HWID] = NULL; /* and another one */
		make(&e, VCEK, &der);
		WANT_OK(cert_read(buf_bytes(&der), &cert_profile_amd, &c, &why), &why);
		assert_int_equal(snp_vek_read(&c, &v, &why), CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, bad[i].field);
		assert_int_equal(why.at, behind(&der, bad[i].oid_hex) + 2); /* an OCTET STRING's head */
		buf_fini(&der);
	}
}

/* cert_read() refuses what comes twice, so the reader of AMD's extensions never meets it. */
static void twice_is_refused(void **state)
{
	static const uint8_t four[] = { 2, 1, 4 };
	struct snp_forge_exts e = snp_forge_exts(SNP_MILAN, false);
	struct buf der = BUF_INIT(1u << 16);
	struct cloister_fault why;
	struct cert c;

	(void)state;
	e.more = (struct forge_ext){ "2b060104019c78010301", false, BYTES_OF(four) }; /* blSPL */
	make(&e, VCEK, &der);
	assert_int_equal(cert_read(buf_bytes(&der), &cert_profile_amd, &c, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "extension");
	buf_fini(&der);
}

/* A peer compares the chip id only when the name is "VCEK", which no certificate has. */
static void other_names_are_refused(void **state)
{
	static const char *const names[] = {
		FORGE_AMD_NAME("VCEK"),	    FORGE_AMD_NAME("VLEK"),    FORGE_AMD_NAME("SEV-VCEK-Milan"),
		FORGE_AMD_NAME("sev-vcek"), FORGE_AMD_NAME("SEV-VCE"), "O=SEV-VCEK",
	};

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		struct snp_forge_exts e = snp_forge_exts(SNP_MILAN, false);
		struct buf der = BUF_INIT(1u << 16);
		struct cloister_fault why;
		struct snp_vek v;
		struct cert c;
		make(&e, names[i], &der);
		assert_int_equal(cert_read(buf_bytes(&der), &cert_profile_amd, &c, &why), CLOISTER_OK);
		assert_int_equal(snp_vek_read(&c, &v, &why), CLOISTER_E_UNSUPPORTED);
		assert_string_equal(why.what, "subject");
		buf_fini(&der);
	}
}

static void genuine_ones_are_read(void **state)
{
	struct genuine_pki g = genuine_pki_load(genuine);
	size_t n_vcek = 0, n_vlek = 0;

	(void)state;
	for (size_t i = 0; i < g.n; i++) {
		struct cloister_fault why = { 0 };
		struct snp_vek v;
		struct cert c;
		if (g.items[i].is_crl ||
		    cert_read(g.items[i].der, &cert_profile_amd, &c, &why) != CLOISTER_OK || c.is_ca ||
		    c.key.kind != CERT_KEY_P384)
			continue;
		WANT_OK(snp_vek_read(&c, &v, &why), &why);
		n_vcek += v.kind == SNP_VCEK;
		n_vlek += v.kind == SNP_VLEK;
	}
	genuine_pki_free(&g);
	print_message("%zu VCEK, %zu VLEK\n", n_vcek, n_vlek);
	if (n_vcek + n_vlek == 0)
		skip();
}

static int begin(void **state)
{
	(void)state;
	snp_forge_init(&keys, vectors);
	return 0;
}

static int end(void **state)
{
	(void)state;
	snp_forge_fini(&keys);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones_are_read),	   cmocka_unit_test(each_row),
		cmocka_unit_test(the_first_fault_is_told), cmocka_unit_test(twice_is_refused),	   cmocka_unit_test(other_names_are_refused),
		cmocka_unit_test(genuine_ones_are_read),
	};

	if (argc == 3) {
		vectors = argv[1];
		genuine = argv[2];
	}
	return cmocka_run_group_tests(tests, begin, end);
}
