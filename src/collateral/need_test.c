/* SPDX-License-Identifier: Apache-2.0 */
/*
 * need_test.c - what machines need, by name and by evidence, and where that is asked for.
 *
 *   need_test VECTORS
 */

#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/limits.h"
#include "collateral/fetch.h"
#include "collateral/need.h"
#include "evidence/forge_snp.h"
#include "evidence/verdict.h"
#include "sys/io.h"

static const char *vectors = ".";

#define ID8 "0102030405060708"
#define ID64 ID8 "1112131415161718" "2122232425262728" "3132333435363738" \
	"4142434445464748" "5152535455565758" "6162636465666768" "7172737475767778"

static const struct fetch where = { .kds = "https://kds", .pcs = "https://pcs", .certificates = "https://certs" };

/* Machines by name, and the address of their certificate; NULL: refused. */
static const struct {
	const char *text, *url;
} machines[] = {
	{ "Milan:" ID64 ":bl3-tee0-snp8-ucode115", "https://kds/vcek/v1/Milan/" ID64 "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115" },
	{ "MILAN:" ID64 ":0300000000000873", "https://kds/vcek/v1/Milan/" ID64 "?blSPL=03&teeSPL=00&snpSPL=08&ucodeSPL=115" },
	{ "genoa:" ID64 ":bl10-tee0-snp23-ucode84", "https://kds/vcek/v1/Genoa/" ID64 "?blSPL=10&teeSPL=00&snpSPL=23&ucodeSPL=84" },
	{ "Turin:" ID8 ":fmc1-bl1-tee1-snp4-ucode81", "https://kds/vcek/v1/Turin/" ID8 "?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81" },
	{ "Turin:" ID8 ":0101010400000051", "https://kds/vcek/v1/Turin/" ID8 "?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=81" },
	{ "Turin:" ID8 ":bl1-tee1-snp4-ucode81", NULL },
	{ "Milan:" ID64 ":fmc1-bl1-tee1-snp4-ucode81", NULL },
	{ "Milan:" ID64 ":bl3-tee0-snp8-ucode256", NULL },
	{ "Milan:" ID64 ":bl3-tee0-snp8-ucode-1", NULL },
	{ "Milan:" ID64 ":bl3-tee0-snp8", NULL },
	{ "Milan:" ID64 ":bl3-tee0-snp8-ucode115-", NULL },
	{ "Milan:" ID64 ":bl3-tee0-snp8-ucode", NULL },
	{ "Milan:" ID64 ":0300010000000873", NULL }, /* a reserved byte */
	{ "Milan:" ID64 ":03000000000008", NULL },
	{ "Milan:" ID64 ":", NULL },
	{ "Milan:" ID64, NULL },
	{ "Milan:" ID8 ":0300000000000873", NULL },
	{ "Turin:" ID64 ":0101010400000051", NULL },
	{ "Milan:" ID64 "00:0300000000000873", NULL },
	{ "Rome:" ID64 ":0300000000000873", NULL },
	{ ":" ID64 ":0300000000000873", NULL },
	{ "", NULL },
};

static void by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(machines); i++) {
		own(needs_fini) struct needs n = { 0 };
		struct cloister_fault why = { 0 };
		char url[LIMIT_URL];
		enum cloister_err err = needs_of_snp(machines[i].text, &n, &why);
		if (!machines[i].url) {
			if (err != CLOISTER_E_USAGE || n.n)
				fail_msg("%s: %s", machines[i].text, cloister_err_name(err));
			continue;
		}
		WANT_OK(err, &why);
		assert_int_equal(n.n, 3);
		assert_int_equal(n.list[2].kind, NEED_VCEK);
		WANT_OK(fetch_url(&where, &n.list[2], url, sizeof url, &why), &why);
		assert_string_equal(url, machines[i].url);
		assert_int_equal(fetch_url(&where, &n.list[2], url, 20, &why), CLOISTER_E_LIMIT);
		WANT_OK(needs_of_snp(machines[i].text, &n, &why), &why); /* each once */
		assert_int_equal(n.n, 3);
	}
}

static const struct {
	struct need need;
	const char *url, *text;
} documents[] = {
	{ { .kind = NEED_AMD_CHAIN, .product = SNP_GENOA }, "https://kds/vcek/v1/Genoa/cert_chain", "the authorities of Genoa" },
	{ { .kind = NEED_AMD_CHAIN, .product = SNP_MILAN, .vlek = true }, "https://kds/vlek/v1/Milan/cert_chain",
	  "the authorities of Milan for VLEKs" },
	{ { .kind = NEED_AMD_CRL, .product = SNP_TURIN }, "https://kds/vcek/v1/Turin/crl", "the revocation list of Turin" },
	{ { .kind = NEED_ROOT_CRL }, "https://certs/IntelSGXRootCA.der", "the revocation list of Intel's root" },
	{ { .kind = NEED_PCK_CRL, .platform_ca = true }, "https://pcs/sgx/certification/v4/pckcrl?ca=platform&encoding=der",
	  "the revocation list of the PCK Platform CA" },
	{ { .kind = NEED_PCK_CRL }, "https://pcs/sgx/certification/v4/pckcrl?ca=processor&encoding=der",
	  "the revocation list of the PCK Processor CA" },
	{ { .kind = NEED_TCB_INFO, .tee = TCB_TDX, .fmspc = { 0, 0x80, 0x6f, 5 } },
	  "https://pcs/tdx/certification/v4/tcb?fmspc=00806f050000", "the TDX TCB info of FMSPC 00806f050000" },
	{ { .kind = NEED_TCB_INFO, .tee = TCB_SGX }, "https://pcs/sgx/certification/v4/tcb?fmspc=000000000000",
	  "the SGX TCB info of FMSPC 000000000000" },
	{ { .kind = NEED_QE_IDENTITY, .tee = TCB_TDX }, "https://pcs/tdx/certification/v4/qe/identity", "the TDX QE identity" },
	{ { .kind = NEED_QE_IDENTITY, .tee = TCB_SGX }, "https://pcs/sgx/certification/v4/qe/identity", "the SGX QE identity" },
};

static void addresses(void **state)
{
	struct fetch pccs = { .kds = "https://kds", .pcs = "https://pccs:8081" };
	struct cloister_fault why;
	char url[LIMIT_URL], text[NEED_TEXT];

	(void)state;
	for (size_t i = 0; i < N_OF(documents); i++) {
		WANT_OK(fetch_url(&where, &documents[i].need, url, sizeof url, &why), &why);
		assert_string_equal(url, documents[i].url);
		assert_string_equal(need_text(&documents[i].need, text), documents[i].text);
	}
	WANT_OK(fetch_url(&pccs, &(struct need){ .kind = NEED_ROOT_CRL }, url, sizeof url, &why), &why);
	assert_string_equal(url, "https://pccs:8081/sgx/certification/v4/rootcacrl");
}

static void by_fmspc(void **state)
{
	static const char *const bad[] = { "", "00806f05000", "00806f05000000", "00806g050000", "00806f0500001" };
	own(needs_fini) struct needs n = { 0 };
	struct cloister_fault why;

	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_int_equal(needs_of_fmspc(bad[i], TCB_TDX, &n, &why), CLOISTER_E_USAGE);
	assert_int_equal(n.n, 0);
	WANT_OK(needs_of_fmspc("00806F050000", TCB_TDX, &n, &why), &why);
	assert_int_equal(n.n, 5);
	WANT_OK(needs_of_fmspc("00806f050000", TCB_SGX, &n, &why), &why);
	assert_int_equal(n.n, 7); /* the lists are the same */
}

/* ---- By evidence ------------------------------------------------------------------- */

static struct cloister_trust *trust_in(const char *root)
{
	own(buf_fini) struct buf pem = BUF_INIT(1u << 16);
	struct cloister_trust *trust = NULL;
	struct cloister_fault why;
	char path[4096];

	WANT_OK(cloister_trust_new(&trust, &why), &why);
	if (!root)
		return trust;
	snprintf(path, sizeof path, "%s/%s", vectors, root);
	WANT_OK(file_read(AT_FDCWD, path, pem.max, &pem, &why), &why);
	WANT_OK(cloister_trust_add_root(trust, lend(buf_bytes(&pem)), &why), &why);
	return trust;
}

static void by_report(void **state)
{
	struct cloister_trust *trust = trust_in(NULL);
	uint8_t report[SNP_REPORT_LEN];
	struct cloister_fault why;

	(void)state;
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++)
		for (uint32_t version = 2; version <= 5; version++) {
			own(needs_fini) struct needs n = { 0 };
			snp_forge_report(p, version, report);
			WANT_OK(needs_of(trust, BYTES_OF(report), SNP_FORGE_AT_S, &n, &why), &why);
			bool nameless = version == 2 && p != SNP_TURIN;
			assert_int_equal(n.n, nameless ? 5 : 3);
			const struct need *vcek = &n.list[n.n - 1];
			assert_int_equal(vcek->kind, NEED_VCEK);
			assert_int_equal(vcek->product, nameless ? (int)SNP_NAMELESS : p);
			assert_int_equal(vcek->chip_len, p == SNP_TURIN ? 8 : 64);
			assert_memory_equal(vcek->chip_id, report + 0x1a0, vcek->chip_len);
			assert_memory_equal(vcek->tcb, report + 0x180, SNP_TCB_LEN);
		}
	own(needs_fini) struct needs n = { 0 };
	snp_forge_report(SNP_MILAN, 3, report);
	report[0x48] = SNP_VLEK << 2;
	memset(report + 0x1a0, 0, 64);
	WANT_OK(needs_of(trust, BYTES_OF(report), SNP_FORGE_AT_S, &n, &why), &why);
	assert_int_equal(n.n, 2); /* the provider hands the VLEK over */
	assert_true(n.list[0].vlek);
	report[0x48] = SNP_NO_KEY << 2;
	assert_int_equal(needs_of(trust, BYTES_OF(report), SNP_FORGE_AT_S, &n, &why), CLOISTER_E_UNSUPPORTED);
	report[0x48] = 0;
	assert_int_equal(needs_of(trust, BYTES_OF(report), SNP_FORGE_AT_S, &n, &why), CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.what, "chip id");
	for (size_t len = 0; len < sizeof report; len++)
		assert_int_not_equal(needs_of(trust, bytes_of(report, len), SNP_FORGE_AT_S, &n, &why), CLOISTER_OK);
	cloister_trust_free(trust);
}

static void by_quote(void **state)
{
	static const struct { const char *file, *root; enum tcb_tee tee; } rows[] = {
		{ "tdx/ok.bin", "tdx/root.pem", TCB_TDX }, { "sgx/ok.bin", "sgx/root.pem", TCB_SGX },
	};
	struct cloister_fault why;
	char path[4096];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf quote = BUF_INIT(1u << 16);
		own(needs_fini) struct needs n = { 0 };
		struct cloister_trust *trust = trust_in(rows[i].root), *stranger = trust_in(NULL);
		snprintf(path, sizeof path, "%s/%s", vectors, rows[i].file);
		WANT_OK(file_read(AT_FDCWD, path, quote.max, &quote, &why), &why);
		/* Before anybody is asked, the machine's certificate leads to a root, now. */
		assert_int_equal(needs_of(stranger, buf_bytes(&quote), 1782864000, &n, &why), CLOISTER_E_MALFORMED);
		assert_int_equal(needs_of(trust, buf_bytes(&quote), 2782864000, &n, &why), CLOISTER_E_MALFORMED);
		assert_int_equal(n.n, 0);
		WANT_OK(needs_of(trust, buf_bytes(&quote), 1782864000, &n, &why), &why);
		assert_int_equal(n.n, 4);
		assert_int_equal(n.list[2].kind, NEED_TCB_INFO);
		assert_int_equal(n.list[2].tee, rows[i].tee);
		assert_int_equal(n.list[3].tee, rows[i].tee);
		assert_int_equal(n.beside.pool.n, 2);
		cloister_trust_free(trust);
		cloister_trust_free(stranger);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_name), cmocka_unit_test(addresses), cmocka_unit_test(by_fmspc),
		cmocka_unit_test(by_report), cmocka_unit_test(by_quote),
	};

	if (argc > 1)
		vectors = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
