/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOISTER_VERIFY_H
#define CLOISTER_VERIFY_H

/*
 * verify.h - decide whether a piece of evidence deserves trust.
 *
 * A verifier is given everything it may rely on: the evidence, the roots, what
 * is expected, and the time. It opens nothing, asks nobody, reads no clock, and
 * returns the same verdict for the same inputs for ever. The evidence never
 * chooses its root: a root is built in (AWS Nitro Enclaves Root G1, by the
 * SHA-256 of its certificate) or was given by the caller.
 *
 * What it does not do: it fetches nothing and knows of no revocation (AWS says
 * not to use CRLs for these certificates), it cannot see physical attacks on
 * the machine, and it says nothing about the quality of the measured program,
 * only which program it is.
 *
 * Nothing is skipped by silence: each expected value is given, or waived by an
 * explicit CLOISTER_ANY. A check that nobody made is a refusal.
 *
 * Threads: a built struct cloister_trust may be shared; everything else
 * belongs to its caller.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cloister/bytes.h"
#include "cloister/err.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CLOISTER_PCR_LEN 48 /* bytes: SHA-384 */
#define CLOISTER_PCR_COUNT 32
#define CLOISTER_AGE_ANY UINT64_MAX

/* ---- Trust: who may vouch ---------------------------------------------- */

/* The roots, and the certificate chains already verified up to them. Built once, then shared. */
struct cloister_trust;

/* Starts with the built-in AWS root. Errors: CLOISTER_E_NOMEM. */
enum cloister_err cloister_trust_new(struct cloister_trust **out, struct cloister_fault *why);

/*
 * Accept one more root: a self-signed P-384 certificate, DER or PEM. Its name
 * proves nothing; whatever it vouches for is CLOISTER_LEVEL_LOW (unless it is
 * the built-in root itself). Not to be called while another thread verifies.
 *
 * Errors: CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED, CLOISTER_E_LIMIT (too many).
 */
enum cloister_err cloister_trust_add_root(struct cloister_trust *trust, struct cloister_bytes cert,
					  struct cloister_fault *why);

void cloister_trust_free(struct cloister_trust *trust); /* NULL is fine */

/* ---- Expectations: what the caller wants to hear ------------------------- */

/* Zero was never said, and cloister_verify() answers it with CLOISTER_E_USAGE. */
enum cloister_want { CLOISTER_UNSAID = 0, CLOISTER_ANY, CLOISTER_EXACTLY };

/* A field of the document. `value` counts with CLOISTER_EXACTLY only and may be empty. */
struct cloister_field {
	enum cloister_want want;
	struct cloister_bytes value; /* at most 1024 bytes */
};

struct cloister_expect {
	struct cloister_field nonce;      /* CLOISTER_EXACTLY wants at least one byte */
	struct cloister_field user_data;
	struct cloister_field public_key;

	/* With CLOISTER_EXACTLY every PCR whose bit is set in pcr_mask must match; see
	   cloister_expect_pcr(), which sets all three. */
	enum cloister_want measurements;
	uint32_t pcr_mask;
	unsigned char pcr[CLOISTER_PCR_COUNT][CLOISTER_PCR_LEN];

	uint64_t max_age_s; /* seconds, or CLOISTER_AGE_ANY; 0 was never said */
	bool allow_debug;   /* let a debug enclave pass; its program cannot be known */
};

/*
 * Expect PCR `index` (0..31) to be `value` (48 bytes). An all-zero value is
 * what a debug enclave reports and is refused: CLOISTER_E_USAGE.
 */
enum cloister_err cloister_expect_pcr(struct cloister_expect *expect, unsigned index,
				      struct cloister_bytes value, struct cloister_fault *why);

/* ---- The verdict --------------------------------------------------------- */

/* One question per entry, in the order they are asked; doc/rules.md explains each. */
enum cloister_check {
	CLOISTER_CHECK_SIZE,         /* R1  not empty, at most 32 KiB */
	CLOISTER_CHECK_ENVELOPE,     /* R2  one strict COSE_Sign1, nothing left over */
	CLOISTER_CHECK_ALGORITHM,    /* R3  ES384 and no other header parameter */
	CLOISTER_CHECK_PAYLOAD,      /* R4  one strict CBOR map of the known members */
	CLOISTER_CHECK_MEMBERS,      /* R5  each member is there and within its bounds */
	CLOISTER_CHECK_ROOT,         /* R6  the first certificate is a root given to us */
	CLOISTER_CHECK_CERTIFICATES, /* R7  each certificate has the one form that we read */
	CLOISTER_CHECK_PATH,         /* R8  authorities may sign, the leaf may only speak */
	CLOISTER_CHECK_NAMES,        /* R9  each issuer is the subject above it */
	CLOISTER_CHECK_VALIDITY,     /* R10 each certificate is valid at the chosen time */
	CLOISTER_CHECK_CHAIN,        /* R11 each certificate is signed by the one above */
	CLOISTER_CHECK_SIGNATURE,    /* R12 the leaf signed exactly the bytes parsed */
	CLOISTER_CHECK_TIMESTAMP,    /* R13 not made in the future */
	CLOISTER_CHECK_AGE,          /* R14 not older than the caller allows */
	CLOISTER_CHECK_DEBUG,        /* R15 not a debug enclave */
	CLOISTER_CHECK_MEASUREMENTS, /* R16 the program is the one expected */
	CLOISTER_CHECK_INSTANCE,     /* R17 PCR4 is the instance that module_id names */
	CLOISTER_CHECK_NONCE,        /* R18 made for this caller, now */
	CLOISTER_CHECK_USER_DATA,    /* R19 as expected */
	CLOISTER_CHECK_PUBLIC_KEY,   /* R20 as expected */
	CLOISTER_CHECK_COUNT
};

/* Zero means nobody looked, and nobody looking is a refusal unless the caller waived the check. */
enum cloister_finding { CLOISTER_UNCHECKED = 0, CLOISTER_FAILED, CLOISTER_HELD };

/* How much a verdict is worth. A refusal is worth nothing. */
enum cloister_level {
	CLOISTER_LEVEL_NONE = 0,
	CLOISTER_LEVEL_LOW,    /* a root given by the caller (an emulator's, say), or a debug enclave */
	CLOISTER_LEVEL_MEDIUM, /* the built-in root, but nonce or measurements were waived */
	CLOISTER_LEVEL_HIGH    /* the built-in root, nonce and measurements compared */
};

/*
 * What the evidence says, as loans from it. All empty until the signature and
 * the chain held: nobody is tempted by claims that nobody vouched for.
 */
struct cloister_claims {
	struct cloister_bytes module_id; /* UTF-8, not terminated */
	uint64_t timestamp_ms;           /* Unix milliseconds */
	uint32_t pcr_mask;               /* bit per PCR that the document lists */
	struct cloister_bytes pcr[CLOISTER_PCR_COUNT];
	struct cloister_bytes nonce, user_data, public_key; /* data == NULL: absent */
	unsigned char root_sha256[32];   /* of the root certificate that vouches */
	bool root_is_builtin;
	bool is_debug;
	uint64_t valid_from_s, valid_until_s; /* when all certificates are valid, Unix seconds */
};

struct cloister_verdict {
	const char *kind;                /* "nitro" */
	enum cloister_finding finding[CLOISTER_CHECK_COUNT];
	char reason[CLOISTER_CHECK_COUNT][CLOISTER_NOTE_MAX]; /* one sentence; may be "" when held */
	uint32_t waived;                 /* bit per check that the caller waived */
	struct cloister_claims claims;
};

/*
 * Check `evidence` against `trust` and `expect` as of `now_s` (Unix seconds).
 *
 * Returns CLOISTER_OK whenever a verdict could be reached, also a refusing one.
 * `verdict` is untouched otherwise. `why` may be NULL.
 *
 * Checks R1 to R12 stop at the first that fails; the rest stay unchecked, with
 * the reason. R13 to R20 are each answered once R1 to R12 held.
 *
 * Errors: CLOISTER_E_USAGE (an expectation was not said, or is impossible),
 * CLOISTER_E_NOMEM.
 */
enum cloister_err cloister_verify(struct cloister_trust *trust,
				  const struct cloister_expect *expect,
				  struct cloister_bytes evidence, uint64_t now_s,
				  struct cloister_verdict *verdict, struct cloister_fault *why);

/* The only function that says yes: every check held, or is one that the caller waived. */
bool cloister_verdict_accepts(const struct cloister_verdict *verdict);

/* CLOISTER_LEVEL_NONE unless the verdict accepts. */
enum cloister_level cloister_verdict_level(const struct cloister_verdict *verdict);

/* The first check that failed, or CLOISTER_CHECK_COUNT. */
enum cloister_check cloister_verdict_first_failed(const struct cloister_verdict *verdict);

/* "R12", "signature", and "the leaf signed exactly the bytes parsed". Never NULL. */
const char *cloister_check_id(enum cloister_check check);
const char *cloister_check_name(enum cloister_check check);
const char *cloister_check_question(enum cloister_check check);
const char *cloister_finding_name(enum cloister_finding finding); /* "held", "failed", "not checked" */
const char *cloister_level_name(enum cloister_level level);       /* "HIGH", "MEDIUM", "LOW", "NONE" */

#ifdef __cplusplus
}
#endif

#endif
