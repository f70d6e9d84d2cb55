/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_FORGE_DCAP_H
#define EVIDENCE_FORGE_DCAP_H

/*
 * forge_dcap.h - for tests, vectors and benchmarks only: a quote and the
 * collateral for it, under keys of our own, with one chosen thing wrong.
 * Everything is signed after it was spoiled, unless it is the signature that is
 * wrong.
 */

#include "evidence/forge_pki.h"
#include "evidence/forge_quote.h"
#include "evidence/trust.h"

#define DCAP_FORGE_AT_S 1782864000u /* 2026-07-01: when all that is good is current */

struct dcap_keys {
	struct forge_key *root, *authority, *pck, *tcb, *attestation, *stranger;
};
void dcap_keys_load(struct dcap_keys *k, const char *vectors); /* the folder with keys/ */
void dcap_keys_free(struct dcap_keys *k);

/* One item of the PCK extension as hex: arcs below Intel's, tag, value; arcs NULL: left out. */
struct pck_item {
	const char *arcs, *tag, *value;
};
enum { PCK_PPID, PCK_SVN_1, PCK_SVN_16 = PCK_SVN_1 + 15, PCK_PCESVN, PCK_CPUSVN, PCK_PCEID, PCK_FMSPC,
       PCK_TYPE, PCK_PLATFORM, PCK_DYNAMIC, PCK_CACHED, PCK_SMT, PCK_ITEMS };
void forge_pck_items(struct pck_item items[static PCK_ITEMS]);
/* `platform`: the items of the Platform CA's certificates too. */
void forge_pck_extension(const struct pck_item *items, bool platform, struct buf *out);

/* A certificate and who signs it. */
struct dcap_cert {
	struct forge_tbs tbs;
	const struct forge_key *key, *signer;
};

struct dcap_forge {
	struct dcap_keys keys;
	struct dcap_cert root, authority, pck, tcb;
	struct pck_item items[PCK_ITEMS];
	bool no_extension, no_platform; /* no_platform: as the Processor CA writes them */
	struct forge_crl root_crl, pck_crl;
	const struct forge_key *root_crl_signer, *pck_crl_signer;
	struct forge_quote q;
	const struct forge_key *attestation; /* whose public half is in the quote */
	const struct forge_key *quote_signer, *qe_signer;
	bool keep_report_data;               /* of the QE's report: as it stands */
	char tcb_info[8192], qe_identity[4096]; /* the inner objects */
	const struct forge_key *tcb_info_signer, *qe_identity_signer;
};

/* All good, for this form of quote. */
void dcap_forge_begin(struct dcap_forge *f, const struct dcap_keys *keys, uint16_t version,
		      enum quote_body body);

/* Replace the first `from` in a document's text. Aborts when it is not there. */
void dcap_replace(char *text, size_t room, const char *from, const char *to);
#define DCAP_REPLACE(array, from, to) dcap_replace(array, sizeof(array), from, to)

/* The pieces, appended. */
void dcap_forge_quote(const struct dcap_forge *f, struct buf *out);
void dcap_forge_root(const struct dcap_forge *f, struct buf *pem);
void dcap_forge_signer(const struct dcap_forge *f, struct buf *pem); /* the TCB signing certificate */
void dcap_forge_root_crl(const struct dcap_forge *f, struct buf *der);
void dcap_forge_pck_crl(const struct dcap_forge *f, struct buf *der);
void dcap_forge_tcb_info(const struct dcap_forge *f, struct buf *json);
void dcap_forge_qe_identity(const struct dcap_forge *f, struct buf *json);

/* A caller who has this root and all of this collateral. */
struct cloister_trust *dcap_forge_trust(const struct dcap_forge *f);

#endif
