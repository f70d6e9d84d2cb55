/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_FORGE_H
#define EVIDENCE_FORGE_H

/*
 * forge.h - for tests, vectors and benchmarks only: chains and documents under
 * roots of our own, with one chosen thing wrong in them. Everything is signed
 * properly, so that a verifier which forgets a comparison would accept.
 */

#include <stdint.h>

#include "base/limits.h"
#include "base/mem.h"
#include "crypto/sign.h"
#include "evidence/forge_der.h"
#include "evidence/nitro.h"

/* One thing wrong with a certificate. Each row of the table in forge_cert.c says which field. */
enum cert_defect {
	CERT_GOOD,
	CERT_VERSION_ABSENT,
	CERT_VERSION_2,
	CERT_SERIAL_ZERO,
	CERT_SERIAL_NEGATIVE,
	CERT_SERIAL_PADDED,
	CERT_SERIAL_LONG,
	CERT_INNER_SHA256,
	CERT_OUTER_SHA256,
	CERT_ALGORITHM_NULL, /* parameters NULL where none are allowed */
	CERT_ISSUER_EMPTY,
	CERT_SUBJECT_EMPTY,
	CERT_NAME_TWO_IN_SET,
	CERT_TIME_WITHOUT_Z,
	CERT_TIME_MONTH_13,
	CERT_TIME_LEAP_SECOND,
	CERT_TIME_GENERALIZED_EARLY,
	CERT_TIME_BACKWARDS,
	CERT_CURVE_P256,
	CERT_POINT_COMPRESSED,
	CERT_POINT_SHORT,
	CERT_POINT_UNUSED_BITS,
	CERT_UNIQUE_ID,
	CERT_EXTENSIONS_NONE,
	CERT_EXTENSIONS_EMPTY,
	CERT_EXTENSIONS_MANY,
	CERT_UNKNOWN_CRITICAL,
	CERT_UNKNOWN_TWICE,
	CERT_USAGE_TWICE,
	CERT_CRITICAL_FALSE,
	CERT_CA_NOT_CRITICAL,
	CERT_CA_FALSE_WRITTEN,
	CERT_CA_TRUE_AS_01,
	CERT_PATHLEN_PADDED,
	CERT_PATHLEN_NEGATIVE,
	CERT_PATHLEN_WITHOUT_CA,
	CERT_CONSTRAINTS_LONGER,
	CERT_USAGE_TRAILING_ZEROS,
	CERT_USAGE_UNUSED_SET,
	CERT_USAGE_EMPTY,
	CERT_EXTENSION_LONGER,
	CERT_TBS_LONGER,
	CERT_LONGER,
	CERT_TRAILING,
	CERT_LENGTH_LONG,
	CERT_LENGTH_INDEFINITE,
	CERT_SIG_R_ZERO,
	CERT_SIG_R_NEGATIVE,
	CERT_SIG_R_PADDED,
	CERT_SIG_S_LONG,
	CERT_SIG_LONGER,
	CERT_SIG_UNUSED_BITS,
	CERT_DEFECTS
};

#define FORGE_NO_USAGE (-1)

struct forge_cert {
	const char *issuer, *subject; /* common names */
	const char *from, *until;     /* "YYMMDDHHMMSSZ", or with YYYY */
	bool is_ca;
	int path_len;                 /* -1: none */
	int usage;                    /* first byte of keyUsage (80h digitalSignature, 04h keyCertSign) */
	enum cert_defect defect;
};

/* The name, for file names, and the field that cert_read() must blame; NULL for CERT_GOOD. */
const char *forge_defect_name(enum cert_defect d);
const char *forge_defect_field(enum cert_defect d);

/* Appends the DER to `out`. `key`'s public half goes in, `signer` signs. */
void forge_cert(const struct forge_cert *spec, const struct sign_key *key,
		const struct sign_key *signer, struct buf *out);

/* ---- chains and documents -------------------------------------------------- */

/* Keys of one world: made once, fresh each time. */
struct forge {
	struct sign_key *root, *other_root, *regional, *zonal, *leaf, *stranger;
	struct buf root_der; /* the one certificate of `root` */
};
void forge_init(struct forge *f);
void forge_fini(struct forge *f);

#define FORGE_CERTS 12
#define FORGE_AT_S 1790000000u      /* 2026-09-21: when all good certificates are valid */
#define FORGE_INSTANCE "i-0123456789abcdef0"

/* A chain as a document carries it: root first, leaf last. */
struct forge_chain {
	const struct forge *keys;
	size_t n;
	struct forge_cert spec[FORGE_CERTS];
	const struct sign_key *key[FORGE_CERTS], *signer[FORGE_CERTS];
	struct buf der[FORGE_CERTS]; /* filled by forge_chain_write() */
};
void forge_chain_init(struct forge_chain *c, const struct forge *f); /* root, regional, zonal, leaf */
void forge_chain_write(struct forge_chain *c);
void forge_chain_fini(struct forge_chain *c);

/* Everything in the document that tests replace. A NULL `data` is null in the document. */
struct forge_doc {
	struct bytes protected_header; /* {1: -35} */
	const char *module_id, *digest;
	uint64_t timestamp_ms;
	uint32_t pcr_mask;
	uint8_t pcr[LIMIT_PCRS][NITRO_PCR_LEN];
	struct bytes public_key, user_data, nonce;
	bool indefinite;      /* as devices have written since November 2025 */
	uint32_t leave_out;   /* bit per member, in the order of enum member in nitro.c */
	const char *odd_member; /* written in place of that member: hex of key and value */
	unsigned odd_at;        /* before which member (0..9); 9: at the end */
	const struct sign_key *signer; /* the leaf's key */
};
void forge_doc_init(struct forge_doc *d, const struct forge *f);

/* The payload's bytes, and the whole document around any payload. */
void forge_payload(const struct forge_doc *d, const struct forge_chain *c, struct buf *out);
void forge_frame(const struct forge_doc *d, struct bytes payload, struct buf *out);
/* Both. */
void forge_document(const struct forge_doc *d, const struct forge_chain *c, struct buf *out);

#endif
