/* SPDX-License-Identifier: Apache-2.0 */
/*
 * piece_test.c - pieces of our own, AMD's and Intel's kind: their names, every
 * prefix, a spread of flipped bits, and who may vouch for whom.
 *
 *   piece_test VECTORS FOLDER      FOLDER: what forge_kds wrote
 */

#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/limits.h"
#include "collateral/batch.h"
#include "collateral/piece.h"
#include "evidence/forge_snp.h"
#include "evidence/verdict.h"
#include "sys/io.h"

#define AMD_S SNP_FORGE_AT_S
#define INTEL_S 1782864000u /* 2026-07-01 */
#define CHIP "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20" \
	     "2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40"

static const char *vectors = ".", *forged = ".";

static void load(const char *file, struct buf *out)
{
	struct cloister_fault why;
	char path[4096];

	/* A plain name is forge_kds's, one with a folder is a committed vector's. */
	snprintf(path, sizeof path, "%s/%s", strchr(file, '/') ? vectors : forged, file);
	WANT_OK(file_read(AT_FDCWD, path, LIMIT_COLLATERAL, out, &why), &why);
}

/* Everything in these files, a NULL-terminated list. */
static void gather(const char *const *files, struct batch *out)
{
	struct cloister_fault why;

	for (; *files; files++) {
		own(buf_fini) struct buf content = BUF_INIT(LIMIT_COLLATERAL);
		load(*files, &content);
		WANT_OK(batch_add(out, buf_bytes(&content), &why), &why);
	}
}

static struct cloister_trust *trust_in(const char *const *roots)
{
	struct cloister_trust *t = NULL;
	struct cloister_fault why;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	for (; roots && *roots; roots++) {
		own(buf_fini) struct buf root = BUF_INIT(LIMIT_COLLATERAL);
		load(*roots, &root);
		WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&root)), &why), &why);
	}
	return t;
}

static const char *const amd[] = { "Milan-ark.der", "Milan-ask.der", "Milan-asvk.der", "Milan-crl.der",
				   "Turin-ark.der", "Turin-ask.der", NULL };
static const char *const amd_roots[] = { "Milan-ark.der", "Turin-ark.der", "Genoa-ark.der", NULL };
static const char *const intel[] = { "tdx/root.pem", "tdx/signer.pem", "tdx/ok.bin", "tdx/root.crl", NULL };
static const char *const intel_roots[] = { "tdx/root.pem", NULL };

/* What becomes of a file with one piece: its kind and the end of its name, or words of the refusal. */
static const struct {
	const char *file;
	uint64_t at_s;
	enum piece_kind kind; /* 0: refused */
	const char *says;
} rows[] = {
	{ "Milan-ark.der", AMD_S, PIECE_ARK, "amd-milan-ark-" },
	{ "Milan-ask.der", AMD_S, PIECE_ASK, "amd-milan-ask-" },
	{ "Milan-asvk.der", AMD_S, PIECE_ASVK, "amd-milan-asvk-" },
	{ "Milan-crl.der", AMD_S, PIECE_AMD_CRL, "-amd-milan-crl.der" },
	{ "Milan-vcek.der", AMD_S, PIECE_VCEK, "-amd-milan-vcek-" CHIP "-bl4-tee0-snp24-ucode219.der" },
	{ "Turin-vcek.der", AMD_S, PIECE_VCEK, "-amd-turin-vcek-0102030405060708-fmc1-bl4-tee0-snp24-ucode219.der" },
	{ "Milan-vlek.der", AMD_S, PIECE_VLEK, "-amd-milan-vlek-CN_cc-test.example-bl4-tee0-snp24-ucode219-" },
	{ "tdx/root.pem", INTEL_S, PIECE_INTEL_ROOT, "-intel-root-ca-" },
	{ "tdx/signer.pem", INTEL_S, PIECE_TCB_SIGNER, "-intel-tcb-signing-" },
	{ "tdx/root.crl", INTEL_S, PIECE_ROOT_CRL, "-intel-root-crl.der" },
	{ "tdx/pck.crl", INTEL_S, PIECE_PLATFORM_CRL, "-intel-pck-platform-crl.der" },
	{ "tdx/tcb_info.json", INTEL_S, PIECE_TCB_INFO, "-intel-tdx-tcb-info-00806fab0000.json" },
	{ "tdx/qe_identity.json", INTEL_S, PIECE_QE_IDENTITY, "-intel-tdx-qe-identity.json" },
	{ "Genoa-vcek.der", AMD_S, 0, "neither stored nor given" },
	{ "Milan-vcek-stranger.der", AMD_S, 0, "not signed by the one above" },
	{ "Milan-vcek-expired.der", AMD_S, 0, "expired" },
	{ "Milan-vcek-other-product.der", AMD_S, 0, "a key of Genoa" },
	{ "Milan-vcek.der", 1700000000, 0, "begins" },
	{ "Milan-vcek.der", 2700000000, 0, "expired" },
	{ "Milan-ark-stranger.der", AMD_S, 0, "neither built in nor given" },
	{ "Milan-ask-stranger.der", AMD_S, 0, "not signed by the one above" },
	{ "Milan-crl-stale.der", AMD_S, 0, "was to be renewed" },
	{ "Milan-crl-stranger.der", AMD_S, 0, "did not sign it" },
	{ "Milan-crl.der", 1780000000, 0, "issued" },
	{ "tdx/tcb-info-tampered.json", INTEL_S, 0, "did not sign it" },
	{ "tdx/tcb-info-stale.json", INTEL_S, 0, "renewed 1 s before" },
	{ "tdx/tcb-info-future.json", INTEL_S, 0, "issued 1 s after" },
	{ "tdx/tcb-signer-stranger.pem", INTEL_S, 0, "not signed by the one above" },
	{ "tdx/tcb-signer-expired.pem", INTEL_S, 0, "expired" },
	{ "tdx/tcb-signer-name.pem", INTEL_S, 0, "of nobody" },
	{ "tdx/tcb-signer-ca.pem", INTEL_S, 0, "authority" },
	{ "tdx/pck-crl-stranger.crl", INTEL_S, 0, "did not sign it" },
	{ "nitro/root.der", AMD_S, 0, "of nobody" },
};

static void kinds_and_names(void **state)
{
	struct cloister_trust *both[] = { trust_in(amd_roots), trust_in(intel_roots) };
	own(batch_fini) struct batch of_amd = { 0 }, of_intel = { 0 };
	const struct pool *beside[] = { &of_amd.pool, &of_intel.pool };

	(void)state;
	gather(amd, &of_amd);
	gather(intel, &of_intel);
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(batch_fini) struct batch one = { 0 };
		struct cloister_fault why = { 0 };
		struct piece p = { 0 };
		bool is_intel = strncmp(rows[i].file, "tdx/", 4) == 0;
		gather((const char *const[]){ rows[i].file, NULL }, &one);
		enum cloister_err err = piece_check(both[is_intel], beside[is_intel], one.pool.items[0].kind,
						    one.pool.items[0].data, rows[i].at_s, &p, &why);
		const char *said = rows[i].kind ? p.name : why.note;
		if ((err == CLOISTER_OK) != (rows[i].kind != 0) || p.kind != rows[i].kind || !strstr(said, rows[i].says))
			fail_msg("%s: %s: %s, %s, `%s`", rows[i].file, cloister_err_name(err), piece_what(p.kind), said,
				 why.note);
		if (err == CLOISTER_OK && (p.root_is_builtin || strncmp(p.name, "by-", 3) != 0))
			fail_msg("%s: %s under a root that was given", rows[i].file, p.name);
	}
	cloister_trust_free(both[0]);
	cloister_trust_free(both[1]);
}

/* One family does not vouch for the other, and nobody without its root. */
static void roots_count_for_all_or_nothing(void **state)
{
	struct cloister_trust *none = trust_in(NULL);
	own(batch_fini) struct batch all = { 0 };
	struct cloister_fault why = { 0 };

	(void)state;
	gather(amd, &all);
	gather(intel, &all);
	for (size_t i = 0; i < all.pool.n; i++) {
		struct piece p;
		const struct pool_item *item = &all.pool.items[i];
		if (piece_check(none, &all.pool, item->kind, item->data, INTEL_S, &p, &why) == CLOISTER_OK)
			fail_msg("%s is believed without its root", piece_what(p.kind));
	}
	cloister_trust_free(none);
}

/* A piece whose list says that its authority is revoked. */
static void revoked_authorities(void **state)
{
	static const char *const files[] = { "Milan-ark.der", "Milan-ask.der", "Milan-crl-revokes.der", "Milan-vcek.der", NULL };
	struct cloister_trust *t = trust_in(amd_roots);
	own(batch_fini) struct batch all = { 0 };
	struct cloister_fault why = { 0 };
	struct piece p;

	(void)state;
	gather(files, &all);
	assert_int_equal(piece_check(t, &all.pool, ITEM_CERT, all.pool.items[3].data, AMD_S, &p, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "certificate 2 of 3 is revoked"));
	assert_int_equal(piece_check(t, &all.pool, ITEM_CERT, all.pool.items[1].data, AMD_S, &p, &why), CLOISTER_E_MALFORMED);
	cloister_trust_free(t);
}

static const struct {
	const char *file;
	uint64_t at_s;
} whole[] = {
	{ "Milan-vcek.der", AMD_S }, { "Milan-crl.der", AMD_S }, { "tdx/tcb_info.json", INTEL_S }, { "tdx/root.crl", INTEL_S },
};

static void prefixes_and_flips(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(whole); i++) {
		own(batch_fini) struct batch beside = { 0 }, one = { 0 };
		bool is_intel = strncmp(whole[i].file, "tdx/", 4) == 0;
		struct cloister_trust *t = trust_in(is_intel ? intel_roots : amd_roots);
		struct cloister_fault why;
		struct piece p;
		gather(is_intel ? intel : amd, &beside);
		/* Without the piece itself, which would be found beside its damaged copy. */
		gather((const char *const[]){ whole[i].file, NULL }, &one);
		const struct pool_item item = one.pool.items[0];
		uint8_t *copy = malloc(item.data.len);
		memcpy(copy, item.data.data, item.data.len);
		for (size_t len = 0; len < item.data.len; len += 1 + len / 97)
			if (piece_check(t, &beside.pool, item.kind, bytes_of(copy, len), whole[i].at_s, &p, &why) == CLOISTER_OK)
				fail_msg("%s: the first %zu bytes are taken", whole[i].file, len);
		for (size_t bit = 0; bit < 8 * item.data.len; bit += 61) {
			copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
			bool taken = piece_check(t, &beside.pool, item.kind, bytes_of(copy, item.data.len), whole[i].at_s, &p, &why) ==
				     CLOISTER_OK;
			copy[bit / 8] ^= (uint8_t)(1u << bit % 8);
			/* Digits of the signature of a statement may be of either case. */
			if (taken && item.kind != ITEM_TCB_INFO)
				fail_msg("%s: bit %zu is flipped and taken", whole[i].file, bit);
			if (taken && bit / 8 + 2 * PCS_SIG_LEN + 4 < item.data.len)
				fail_msg("%s: bit %zu of the signed part is flipped and taken", whole[i].file, bit);
		}
		free(copy);
		cloister_trust_free(t);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_and_names), cmocka_unit_test(roots_count_for_all_or_nothing),
		cmocka_unit_test(revoked_authorities), cmocka_unit_test(prefixes_and_flips),
	};

	if (argc < 3)
		return 2;
	vectors = argv[1];
	forged = argv[2];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
