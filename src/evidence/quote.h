/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_QUOTE_H
#define EVIDENCE_QUOTE_H

/*
 * quote.h - Intel DCAP quotes: version 3 (SGX), 4 (SGX, TDX 1.0) and 5 (SGX,
 * TDX 1.0, 1.5 and its extension), with ECDSA P-256 attestation keys. This
 * reads, it does not judge. Views borrow from the input; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

#define QUOTE_HEADER_LEN 48u
#define QUOTE_SVNS 16u /* components of a TCB */

enum quote_tee { QUOTE_TEE_SGX = 0x00, QUOTE_TEE_TDX = 0x81 };

/* As version 5 counts them. */
enum quote_body { QUOTE_SGX = 1, QUOTE_TD_10, QUOTE_TD_15, QUOTE_TD_15_EXTENDED };

struct quote_header {
	uint16_t version;
	uint16_t key_type; /* 2: ECDSA P-256 */
	uint32_t tee;
	uint16_t qe_svn, pce_svn; /* zero from version 4 on */
	struct bytes vendor;      /* 16 */
	struct bytes user_data;   /* 20 */
};

/* Attributes of an enclave, first half. */
#define SGX_INIT (UINT64_C(1) << 0)
#define SGX_DEBUG (UINT64_C(1) << 1)
#define SGX_MODE64 (UINT64_C(1) << 2)
#define SGX_PROVISION_KEY (UINT64_C(1) << 4)
#define SGX_EINITTOKEN_KEY (UINT64_C(1) << 5)
#define SGX_KSS (UINT64_C(1) << 7)
/* These, 6 CET and 10 AEX notify; SDM volume 3D, table 36-3. */
#define SGX_DEFINED UINT64_C(0x4f7)

#define SGX_REPORT_LEN 384u

/* An enclave's report: the body of an SGX quote, and what the Quoting Enclave says of itself. */
struct sgx_report {
	struct bytes raw;
	struct bytes cpu_svn;       /* 16 */
	struct bytes misc_select;   /* 4 */
	struct bytes ext_prod_id;   /* 16 */
	struct bytes attributes;    /* 16: flags, then XFRM */
	uint64_t flags, xfrm;
	struct bytes mrenclave;     /* 32 */
	struct bytes mrsigner;      /* 32 */
	struct bytes config_id;     /* 64 */
	struct bytes prod_id_bytes; /* 2, little-endian */
	uint16_t prod_id, isv_svn, config_svn;
	struct bytes family_id;     /* 16 */
	struct bytes report_data;   /* 64 */
};

#define TD_DEBUG (UINT64_C(1) << 0)
#define TD_MIGRATABLE_BIT 29u
#define TD_MIGRATABLE (UINT64_C(1) << TD_MIGRATABLE_BIT)
#define TD_UNTRUSTED UINT64_C(0xff) /* the TUD group: any bit makes the TD untrusted */
#define TD_SEPT_VE_DISABLE (UINT64_C(1) << 28)

/* A TD's report. What a body type does not have is {NULL, 0} or 0. */
struct td_report {
	struct bytes tee_tcb_svn;     /* 16 */
	struct bytes mrseam;          /* 48 */
	struct bytes mrsignerseam;    /* 48 */
	struct bytes seam_attributes; /* 8 */
	struct bytes td_attributes;   /* 8 */
	struct bytes xfam;            /* 8 */
	uint64_t attributes_bits, xfam_bits;
	struct bytes mrtd;            /* 48 */
	struct bytes mrconfigid;      /* 48 */
	struct bytes mrowner;         /* 48 */
	struct bytes mrownerconfig;   /* 48 */
	struct bytes rtmr[4];         /* 48 each */
	struct bytes report_data;     /* 64 */
	/* from 1.5 on */
	struct bytes tee_tcb_svn_2;   /* 16 */
	struct bytes mrservicetd;     /* 48 */
	/* extended */
	struct bytes vm_id;           /* 1 */
	struct bytes td_id;           /* 32 */
	struct bytes dev_info;        /* 48 */
	struct bytes init_service_td_hash;       /* 48 */
	struct bytes init_service_td_attributes; /* 8 */
	struct bytes init_cpu_svn;               /* 16 */
	struct bytes init_tee_tcb_svn;           /* 16 */
	struct bytes init_fmspc;                 /* 12 */
	struct bytes service_td_hash;            /* 48 */
	struct bytes service_td_attributes;      /* 8 */
};

struct quote {
	struct quote_header header;
	enum quote_body body;
	struct sgx_report sgx;        /* QUOTE_SGX */
	struct td_report td;          /* the others */
	struct bytes signed_part;     /* header and body: what the attestation key signed */
	struct bytes signature;       /* 64: r || s */
	struct bytes attestation_key; /* 64: x || y */
	struct sgx_report qe;         /* the Quoting Enclave's report */
	struct bytes qe_signature;    /* 64 */
	struct bytes qe_auth;
	struct bytes pck_chain;       /* PEM: leaf, intermediate, root */
	size_t padding;               /* zeros behind the quote */
};

/* Whether these bytes want to be read as a quote, good or bad; *is_tdx: by its TEE type. */
bool quote_looks_like(struct bytes in, bool *is_tdx);

/*
 * The first 48 bytes, and for version 5 the body's type: CLOISTER_E_UNSUPPORTED
 * when it is not a quote of a version, key type, TEE or vendor known here.
 */
enum cloister_err quote_header_read(struct bytes in, struct quote_header *out,
				    struct cloister_fault *why);

/* All of it. Zeros may follow, as Linux hands quotes out in buffers of fixed size; nothing else. */
enum cloister_err quote_read(struct bytes in, struct quote *out, struct cloister_fault *why);

/*
 * The certificates of the quote, decoded into `room`: leaf first, exactly three.
 * White space or one NUL may end the text.
 */
#define PCK_CHAIN_CERTS 3u
struct pck_chain {
	struct bytes certs[PCK_CHAIN_CERTS]; /* in `room` */
	uint8_t room[PCK_CHAIN_CERTS][LIMIT_PCK_CERT];
};
enum cloister_err pck_chain_read(struct bytes text, struct pck_chain *out,
				 struct cloister_fault *why);

#endif
