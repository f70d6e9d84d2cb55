/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_FORGE_SNP_H
#define EVIDENCE_FORGE_SNP_H

/*
 * forge_snp.h - for tests, vectors and benchmarks only: AMD's chains, lists and
 * reports under keys of our own, with one chosen thing wrong in them. Everything
 * is signed properly unless it is the signature that is wrong.
 */

#include "base/mem.h"
#include "evidence/forge_pki.h"
#include "evidence/snp.h"

/* Keys of one world, shared by all products: only names and contents tell them apart. */
struct snp_forge {
	struct forge_key *ark, *ask, *vek, *stranger;
};
void snp_forge_init(struct snp_forge *f, const char *vectors); /* the folder with keys/ */
void snp_forge_fini(struct snp_forge *f);

#define SNP_FORGE_AT_S 1790000000u /* 2026-09-21: when all good certificates are valid */

/* Good ones, to be changed; `ext` lives with the caller. `subject`: FORGE_AMD_NAME("ARK-Milan"). */
struct forge_tbs snp_forge_ark(const char *subject);
struct forge_tbs snp_forge_ask(const char *issuer, const char *subject);
struct forge_tbs snp_forge_vek(const char *issuer, const char *subject);

/* AMD's extensions in the order of the table in snp_vek.c: hex of each value, NULL when it is absent. */
enum { VEK_VERSION, VEK_PRODUCT, VEK_BL, VEK_TEE, VEK_SNP, VEK_4, VEK_5, VEK_6, VEK_7, VEK_UCODE, VEK_FMC,
       VEK_HWID, VEK_CSP, VEK_EXTS };
struct snp_forge_exts {
	const char *value[VEK_EXTS];
	struct forge_ext more; /* another one behind them; oid_hex == NULL: none */
};
/* Those of a VCEK, or VLEK, for the report that snp_forge_report() begins with. */
struct snp_forge_exts snp_forge_exts(enum snp_product p, bool vlek);

/* A certificate with them. */
void snp_forge_vek_write(const struct forge_tbs *t, const struct snp_forge_exts *e,
			 const struct forge_key *key, const struct forge_key *signer, struct buf *out);

/* A good report, to be changed and then signed. */
void snp_forge_report(enum snp_product p, uint32_t version, uint8_t out[static SNP_REPORT_LEN]);
void snp_forge_sign(uint8_t report[static SNP_REPORT_LEN], const struct forge_key *vek);

/* The host's table, to be put behind a report: a piece under each label, or none when it is empty. */
struct snp_forge_table {
	struct bytes ark, ask, vcek, vlek, crl;
};
void snp_forge_table(const struct snp_forge_table *t, struct buf *out);

void snp_put32(uint8_t *at, uint32_t v);
void snp_put64(uint8_t *at, uint64_t v);

#endif
