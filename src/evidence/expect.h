/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_EXPECT_H
#define EVIDENCE_EXPECT_H

/*
 * expect.h - what a caller wants to hear, and the checks that every kind shares:
 * R13 to R23. Nothing is skipped by silence: each expectation is a value, or an
 * explicit "any"; what was never said makes the call fail.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "evidence/snp.h"
#include "evidence/verdict.h"

enum kind {
	KIND_NONE = 0, /* not recognised */
	KIND_NITRO,
	KIND_SNP,
	KIND_TDX,
	KIND_SGX,
	KIND_AZURE_SNP,
	KIND_AZURE_TDX,
	KIND_TOKEN, /* Intel Trust Authority */
	KIND_COUNT
};

/*
 * Zero was never said, and judging then fails with CLOISTER_E_USAGE; so it does
 * while a policy file's `required` waits for the caller's value.
 */
enum want { WANT_UNSAID = 0, WANT_ANY, WANT_EXACTLY, WANT_REQUIRED };

/* A field of the evidence. The value is a loan; setters put a copy into the policy's room. */
struct want_field {
	enum want want;
	struct bytes value;
};

/*
 * Registers that can be expected, by the name of their claim. A set holds when
 * all of its registers are equal; measurements hold when one set that speaks of
 * this kind holds.
 */
#define REGISTER_MAX 64u /* bytes of the longest */
struct reg {
	const char *name;  /* of the claim: "pcr0", "measurement", "mrtd", … */
	const char *label; /* as people write it: "PCR0", "MRTD", … */
	uint8_t len;       /* bytes; 0: 32 or 48, as the kind has it */
	bool zero_is_nothing; /* all zeros measure nothing and cannot be expected */
	uint32_t kinds;    /* bit per kind that has it */
};
const struct reg *reg_find(const char *name); /* NULL: no such register */
const struct reg *reg_at(size_t i);           /* NULL past the end */

struct expected {
	const struct reg *reg;
	uint16_t set; /* counted from 0 */
	uint8_t len;
	uint8_t value[REGISTER_MAX];
};

/* TCB statuses of Intel's TCB information, as bits of `tolerated`. */
enum tcb_status {
	TCB_UP_TO_DATE,
	TCB_SW_HARDENING_NEEDED,
	TCB_CONFIGURATION_NEEDED,
	TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
	TCB_OUT_OF_DATE,
	TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
	TCB_TD_RELAUNCH_ADVISED,
	TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED,
	TCB_REVOKED, /* never tolerated */
	TCB_STATUS_COUNT
};
const char *tcb_status_name(enum tcb_status s); /* "UpToDate", … as Intel spells them */

/* A security version that a program must have at least. */
struct want_least {
	bool given; /* 0 too has to be said */
	uint32_t least;
};

struct snp_wants {
	bool allow_milan;           /* its VCEK seed can be extracted in software: arXiv 2605.12990 */
	bool allow_migration_agent;
	bool require_crl;           /* else a CRL is used when there is one */
	bool any_vmpl;              /* else `vmpl`, 0 by default */
	uint32_t vmpl;
	struct {
		bool given;
		struct snp_tcb least; /* security patch levels */
	} floor[SNP_PRODUCTS];
	uint64_t platform_info;     /* bits that must be set … */
	uint64_t platform_info_clear; /* … and that must not */
	uint64_t guest_policy, guest_policy_clear; /* likewise, of the guest's policy */
	struct {
		bool given;
		uint8_t major, minor;
	} abi;                      /* the least that the guest's policy may ask of the firmware */
	uint64_t mitigations;       /* bits of the current mitigation vector that must be set */
	struct want_least guest_svn; /* of the id block */
};

struct sgx_wants {
	struct want_least isv_svn; /* due where MRSIGNER names the program */
	struct want_least config_svn;
};

struct dcap_wants {
	uint32_t tolerated;      /* bit per enum tcb_status besides TCB_UP_TO_DATE */
	uint64_t grace_s;        /* … for so long after the TCB date; UINT64_MAX: for ever */
	uint32_t evaluation_min; /* least tcbEvaluationDataNumber */
	bool allow_service_td;   /* let MRSERVICETD or MIGRATABLE be set */
};

struct gce_wants {
	bool required;    /* a launch endorsement of Google's; else one that is there is checked */
	uint32_t svn_min; /* the least version of the firmware that it may endorse; requires one, too, unless 0 */
};

struct want_platform {
	uint8_t len, id[REGISTER_MAX]; /* chip id or PPID */
};

struct cloister_policy {
	uint32_t kinds; /* bit per kind allowed; 0: every kind whose root is trusted */
	struct want_field nonce, user_data, public_key, report_data;
	enum want measurements;
	size_t n_expected;
	struct expected expected[LIMIT_EXPECTED];
	enum want platforms;
	size_t n_platforms;
	struct want_platform platform[LIMIT_PLATFORMS];
	uint64_t max_age_s; /* CLOISTER_AGE_ANY, or seconds; 0 was never said */
	bool allow_debug;
	struct snp_wants snp;
	struct dcap_wants dcap;
	struct gce_wants gce;
	struct sgx_wants sgx;
	struct want_field issuer; /* of tokens (T9), and of nothing else; UTF-8 */
	uint8_t room[5][LIMIT_NSM_FIELD]; /* copies, for the setters */
	uint64_t said;                    /* bit per key, for the setters */
};

/* One more register of one set. CLOISTER_E_USAGE: not a possible value; CLOISTER_E_LIMIT. */
enum cloister_err policy_expect(struct cloister_policy *p, unsigned set, const char *reg,
				struct bytes value, struct cloister_fault *why);

/* The same for PCR `index` of Nitro, in the first set. */
enum cloister_err policy_expect_pcr(struct cloister_policy *p, unsigned index, struct bytes value,
				    struct cloister_fault *why);

/*
 * Whether everything was said and is possible: CLOISTER_E_USAGE otherwise. The first lets
 * through what is required of a caller who has not been heard yet.
 */
enum cloister_err expect_possible(const struct cloister_policy *p, struct cloister_fault *why);
enum cloister_err expect_ready(const struct cloister_policy *p, struct cloister_fault *why);

/* What a kind's evidence says, for the checks that all share. Registers are read from the claims. */
struct spoken {
	enum kind kind;
	bool has_time;           /* R13, R14 */
	uint64_t made_s;
	bool is_debug;           /* R15 */
	const char *debug_unknown; /* a sentence when nothing says whether it is; else NULL */
	const char *debug_because; /* "PCR0, PCR1 or PCR2 is all zeros" */
	bool has_fields;         /* nonce, user_data, public_key are fields of their own (R18 to R20) */
	struct bytes nonce, user_data, public_key; /* data == NULL: absent */
	struct bytes report_data; /* R18 (the nonce, then zeros) and R21; data == NULL: this kind has none */
	struct bytes platform_id; /* R22; data == NULL: this kind has none, or it is masked */
};

/* Answer R13 to R16 and R18 to R23, and T9 where it is not the judge's, about evidence whose signature has held. */
void expect_common(const struct cloister_policy *p, const struct spoken *s, uint64_t now_s,
		  struct cloister_verdict *v);

#endif
