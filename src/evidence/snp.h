/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_SNP_H
#define EVIDENCE_SNP_H

/*
 * snp.h - AMD's ATTESTATION_REPORT (document 56860), versions 2 to 5. Reading is
 * form only; nothing in it is true before the signature held. Views borrow from
 * the report; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define SNP_REPORT_LEN 0x4a0u
#define SNP_SIGNED_LEN 0x2a0u /* what the signature covers */
#define SNP_CHIP_ID_LEN 64u
#define SNP_TURIN_ID_LEN 8u   /* Turin's chip ids: the rest of the field is zero */
#define SNP_TCB_LEN 8u
#define SNP_SIG_LEN 96u       /* r || s, big-endian */
#define SNP_VMPL_HOST 0xffffffffu /* the host asked for the report, not the guest */

/* The products whose roots are public, and what else a report may name. */
enum snp_product {
	SNP_MILAN,
	SNP_GENOA, /* also Bergamo and Siena */
	SNP_TURIN,
	SNP_PRODUCTS,
	SNP_VENICE = SNP_PRODUCTS, /* known by its CPUID; AMD has published no root yet */
	SNP_NAMELESS,              /* version 2 has no CPUID: the key's certificate says */
	SNP_STRANGE,               /* a CPUID that is not known here */
};

const char *snp_product_name(enum snp_product p); /* "Milan" */

/* Security patch levels, in the order in which people compare them: one by one, never as a number. */
struct snp_tcb {
	uint8_t fmc; /* Turin only, else 0 */
	uint8_t bl, tee, snp, ucode;
};

/* POLICY, table 10. */
#define SNP_POLICY_RESERVED_1 (1ull << 17) /* must be set */
#define SNP_POLICY_MIGRATE_MA (1ull << 18)
#define SNP_POLICY_DEBUG (1ull << 19)
#define SNP_POLICY_ABI_MINOR(policy) ((uint8_t)(policy))
#define SNP_POLICY_ABI_MAJOR(policy) ((uint8_t)((policy) >> 8))
#define SNP_POLICY_KNOWN ((1ull << 26) - 1)

/* PLATFORM_INFO, table 24. Bit 6 has no name, and genuine Turin machines set it. */
#define SNP_PLATFORM_ALIAS_CHECK (1ull << 5)
#define SNP_PLATFORM_KNOWN ((1ull << 8) - 1)

/* KEY_INFO.SIGNING_KEY */
enum snp_signer { SNP_VCEK = 0, SNP_VLEK = 1, SNP_NO_KEY = 7 };

struct snp_firmware {
	uint8_t build, minor, major;
};

struct snp_report {
	struct bytes signed_part; /* SNP_SIGNED_LEN bytes */
	uint32_t version;         /* 2..5 */
	uint32_t guest_svn;
	uint64_t policy, platform_info;
	uint32_t vmpl;
	uint32_t key_info;
	enum snp_signer signer;
	bool author_key_en, mask_chip_key;
	struct bytes family_id, image_id;               /* 16 */
	struct bytes report_data;                       /* 64 */
	struct bytes measurement;                       /* 48 */
	struct bytes host_data;                         /* 32 */
	struct bytes id_key_digest, author_key_digest;  /* 48 */
	struct bytes report_id, report_id_ma;           /* 32 */
	struct bytes current_tcb, reported_tcb, committed_tcb, launch_tcb; /* SNP_TCB_LEN, see snp_tcb() */
	struct bytes chip_id;                           /* SNP_CHIP_ID_LEN */
	uint8_t family, model, stepping;                /* CPUID, combined; 0 in version 2 */
	struct snp_firmware current, committed;
	bool has_mitigations;                           /* from version 5 */
	uint64_t launch_mitigations, current_mitigations;
	struct bytes sig_r, sig_s;                      /* 72 each, little-endian; see snp_signature() */

	/* The first signed field that is reserved and not zero; NULL when there is none. It is a
	   rule's to refuse, after the signature: then it is AMD's doing and not damage. */
	const char *reserved;
	size_t reserved_at;
};

/*
 * Errors: CLOISTER_E_MALFORMED with field and offset; CLOISTER_E_UNSUPPORTED
 * (another version or signature algorithm).
 */
enum cloister_err snp_report_read(struct bytes report, struct snp_report *out,
				  struct cloister_fault *why);

/*
 * The product that the report names: by CPUID, or in version 2 by the shape of
 * the chip id (Turin) or not at all (SNP_NAMELESS).
 */
enum snp_product snp_report_product(const struct snp_report *r);

/* Whether the host hides the chip id (it is zero, as it is with a VLEK). */
bool snp_chip_is_masked(const struct snp_report *r);

/* The chip id as its product has it: 64 bytes, or 8 on Turin. */
struct bytes snp_chip_id(const struct snp_report *r, enum snp_product p);

/* The eight bytes of a TCB_VERSION, which mean other things on Turin. False: a reserved one is not zero. */
bool snp_tcb_read(enum snp_product p, struct bytes raw, struct snp_tcb *out);
bool snp_tcb_equal(const struct snp_tcb *a, const struct snp_tcb *b);
/* The first level of `t` that is below the one of `least`: "bl"; NULL when none is. */
const char *snp_tcb_below(const struct snp_tcb *t, const struct snp_tcb *least);

/* "fmc 1 bl 1 tee 1 snp 4 ucode 81"; `out` has SNP_TCB_TEXT bytes. Returns it. */
#define SNP_TCB_TEXT 48u
const char *snp_tcb_text(enum snp_product p, const struct snp_tcb *t, char out[static SNP_TCB_TEXT]);

/* r and s as big-endian numbers of 48 bytes. False when one has more, or is zero. */
bool snp_signature(const struct snp_report *r, uint8_t out[static SNP_SIG_LEN]);

#endif
