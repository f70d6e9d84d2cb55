/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLOISTER_VERIFY_H
#define CLOISTER_VERIFY_H

/*
 * verify.h - decide whether a piece of evidence deserves trust.
 *
 * A verifier is given everything it may rely on: the evidence, the roots, what
 * is expected, and the time. It opens nothing, asks nobody, reads no clock, and
 * returns the same verdict for the same inputs for ever. The evidence never
 * chooses its root: a root is built in (AWS Nitro Enclaves Root G1 and AMD's
 * ARKs by the SHA-256 of their certificates, Intel's by that of its key) or was
 * given by the caller.
 *
 * What it does not do: it fetches nothing, it cannot see physical attacks on
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

#define CLOISTER_AGE_ANY UINT64_MAX

/* ---- Trust: who may vouch ---------------------------------------------- */

/*
 * The roots, the collateral (certificates, revocation lists, TCB information),
 * and what was already found well signed. Built once, then shared.
 */
struct cloister_trust;

/* Starts with the built-in roots and no collateral. Errors: CLOISTER_E_NOMEM. */
enum cloister_err cloister_trust_new(struct cloister_trust **out, struct cloister_fault *why);

/*
 * Accept one more root, for one family of evidence: "nitro"; "snp" (AMD's, also on
 * Azure); "dcap" (Intel's: TDX and SGX, also on Azure); "token"; "google" (launch
 * endorsements). A self-signed certificate, DER or PEM. Its name proves nothing;
 * whatever it vouches for is CLOISTER_LEVEL_LOW (unless it is the built-in root
 * itself), and it vouches for no other family. Not to be called while another thread
 * verifies.
 *
 * Errors: CLOISTER_E_USAGE (no such family), CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED
 * (no authority, or of a form that this family never has), CLOISTER_E_LIMIT (too many).
 */
enum cloister_err cloister_trust_add_root_for(struct cloister_trust *trust, const char *family,
					      struct cloister_bytes cert,
					      struct cloister_fault *why);

/*
 * The same for the one family whose form the certificate has: P-384 is nitro, P-256 is
 * dcap, RSA is snp where it is called ARK-Milan, ARK-Genoa or ARK-Turin, else google
 * where it is signed by PSS with SHA-256, token by PSS with SHA-384 or by PKCS#1 with
 * SHA-384 or SHA-512. CLOISTER_E_USAGE when several remain.
 */
enum cloister_err cloister_trust_add_root(struct cloister_trust *trust, struct cloister_bytes cert,
					  struct cloister_fault *why);

/*
 * Hand over collateral: one or more certificates (DER, or PEM one behind the
 * other), a revocation list (DER or PEM), a body as Intel's PCS sends it
 * ({"tcbInfo":…} or {"enclaveIdentity":…}), the JSON in which collateral
 * travels (tcb_info_issuer_chain, tcb_info, …), a JWKS, or a launch endorsement
 * of Google's. It is copied. It is not believed: each piece counts only where
 * its own signature leads to a root. A revocation list that cannot be read, or a
 * certificate that is not whole, is an error and not kept. Not to be called while another thread verifies.
 *
 * Errors: CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED (nothing known), CLOISTER_E_LIMIT, CLOISTER_E_NOMEM.
 */
enum cloister_err cloister_trust_add_collateral(struct cloister_trust *trust,
						struct cloister_bytes piece,
						struct cloister_fault *why);

void cloister_trust_free(struct cloister_trust *trust); /* NULL is fine */

/* ---- The policy: what the caller wants to hear ------------------------------ */

/* See policy.h. What it does not say, and does not call `any`, makes cloister_verify() fail. */
struct cloister_policy;

/* ---- The verdict --------------------------------------------------------- */

/* Zero means nobody looked, and nobody looking is a refusal unless the caller waived the check. */
enum cloister_finding { CLOISTER_UNCHECKED = 0, CLOISTER_FAILED, CLOISTER_HELD };

/* How much a verdict is worth. A refusal is worth nothing. */
enum cloister_level {
	CLOISTER_LEVEL_NONE = 0,
	CLOISTER_LEVEL_LOW,    /* a root given by the caller (an emulator's, say), or a debug enclave */
	CLOISTER_LEVEL_MEDIUM, /* a built-in root, but a check that matters was waived or only tolerated */
	CLOISTER_LEVEL_HIGH    /* a built-in root, the whole program and the nonce compared, nothing let pass */
};

/* One check, by a number and a name that never change; doc/rules.md explains each. */
struct cloister_answer {
	const char *id;       /* "R12" */
	const char *name;     /* "signature" */
	const char *question; /* what is true when it held */
	const char *reason;   /* one sentence; may be "" when held; lives as long as the verdict */
	enum cloister_finding finding;
	bool is_waived;       /* not checked because the caller said that it does not matter */
	bool lowers_level;    /* waived, or held only as far as the caller lets it: never HIGH; reason says why */
};

enum cloister_claim_type {
	CLOISTER_CLAIM_BYTES = 1,
	CLOISTER_CLAIM_TEXT,   /* UTF-8, not terminated */
	CLOISTER_CLAIM_NUMBER,
	CLOISTER_CLAIM_TIME,   /* Unix seconds */
	CLOISTER_CLAIM_BOOL    /* 0 or 1 */
};

/*
 * What the evidence says, once it is known who says it; doc/claims.md has the
 * names. `bytes` is a loan: of the evidence that was handed to
 * cloister_verify(), or of the verdict. Both must live as long as it is used.
 */
struct cloister_claim {
	const char *name;
	enum cloister_claim_type type;
	struct cloister_bytes bytes; /* BYTES and TEXT */
	uint64_t number;             /* NUMBER, TIME and BOOL */
};

struct cloister_verdict;

/*
 * Check `evidence` against `trust` and `policy` as of `now_s` (Unix seconds).
 *
 * Returns CLOISTER_OK whenever a verdict could be reached, also a refusing one;
 * *out is then the caller's, to be freed with cloister_verdict_free(). It is
 * untouched otherwise. `why` may be NULL.
 *
 * Errors: CLOISTER_E_USAGE (something was not said, or is impossible),
 * CLOISTER_E_NOMEM.
 */
enum cloister_err cloister_verify(struct cloister_trust *trust,
				  const struct cloister_policy *policy,
				  struct cloister_bytes evidence, uint64_t now_s,
				  struct cloister_verdict **out, struct cloister_fault *why);

/*
 * Evidence and what came beside it, in a file of its own. Zero it before filling
 * it in; `data` of NULL means that there is none.
 */
struct cloister_evidence {
	struct cloister_bytes document;  /* what cloister_verify() takes */
	struct cloister_bytes event_log; /* the guest's: CCEL, or dstack's JSON; used in place of one inside */
};

/*
 * The same for such a set: a log that is given has to lead to the registers of the
 * evidence (rule G5). What it holds is borrowed, as the claims are.
 */
enum cloister_err cloister_verify_evidence(struct cloister_trust *trust,
					   const struct cloister_policy *policy,
					   const struct cloister_evidence *evidence, uint64_t now_s,
					   struct cloister_verdict **out,
					   struct cloister_fault *why);

void cloister_verdict_free(struct cloister_verdict *verdict); /* NULL is fine */

/* The only function that says yes: every check asked held, or is one that the caller waived. */
bool cloister_verdict_accepts(const struct cloister_verdict *verdict);

/* CLOISTER_LEVEL_NONE unless the verdict accepts. */
enum cloister_level cloister_verdict_level(const struct cloister_verdict *verdict);

/* "nitro", "snp", "tdx", "sgx", "azure-snp", "azure-tdx", "token"; "unknown" when not recognised. */
const char *cloister_verdict_kind(const struct cloister_verdict *verdict);

/* Whether a root that this library knows vouches, and not one that the caller gave. */
bool cloister_verdict_root_is_builtin(const struct cloister_verdict *verdict);

/* The checks of this kind, counted from 0; false past the last. */
bool cloister_verdict_answer(const struct cloister_verdict *verdict, size_t index,
			     struct cloister_answer *out);

/* The first check that failed; false when none did. */
bool cloister_verdict_refusal(const struct cloister_verdict *verdict, struct cloister_answer *out);

/*
 * What it means that check `index` (as above) did not hold, and what to do about it:
 * plain sentences into `out`, terminated and cut at `size` bytes; "" when it held.
 * False past the last.
 */
#define CLOISTER_EXPLANATION_MAX 512
bool cloister_verdict_explain(const struct cloister_verdict *verdict, size_t index, char *out,
			      size_t size);

/* The claims, counted from 0; false past the last. None before it is known who speaks. */
bool cloister_verdict_claim(const struct cloister_verdict *verdict, size_t index,
			    struct cloister_claim *out);
bool cloister_verdict_claim_named(const struct cloister_verdict *verdict, const char *name,
				  struct cloister_claim *out);

/* ---- The event log: what was measured, and in which order -------------------- */

/* One of the four registers that a log leads to. */
struct cloister_register {
	const char *name;           /* "rtmr0" … "rtmr3" */
	unsigned char replayed[48]; /* where the log leads */
	size_t n_events;            /* that went into it */
	bool is_reproduced;         /* the evidence has this value */
};

/*
 * The registers, counted from 0; false past the last, and when there is no log, none
 * that could be read, or nobody known who vouches for registers.
 */
bool cloister_verdict_register(const struct cloister_verdict *verdict, size_t index,
			       struct cloister_register *out);

#define CLOISTER_EVENT_LABEL_MAX 64
#define CLOISTER_EVENT_TEXT_MAX 512
struct cloister_event {
	const char *reg;          /* "rtmr0" …; "mrtd" of events that extend nothing */
	unsigned char digest[48]; /* SHA-384 */
	bool is_measured;         /* the register is reproduced: this digest went into it, in this order */
	bool is_proven;           /* and the digest covers the text, which otherwise is only said */
	char text[CLOISTER_EVENT_TEXT_MAX]; /* printable ASCII, terminated, cut when longer */
	/* No digest covers these, ever: */
	uint32_t type;
	const char *type_name;    /* "EV_SEPARATOR"; NULL: no name is known here */
	char label[CLOISTER_EVENT_LABEL_MAX]; /* as the log calls it, "kernel_cmdline" say, or "" */
};

/*
 * The events, in the order of the log: start from *at = 0, which the call moves on;
 * false at the end, and when cloister_verdict_register() has nothing. A value of *at
 * belongs to one verdict. Decide by digests that are measured, by nothing else: texts
 * are for people, also those that are proven, since what is long is cut and what is
 * not printable reads as a dot.
 */
bool cloister_verdict_next_event(const struct cloister_verdict *verdict, size_t *at,
				 struct cloister_event *out);

const char *cloister_finding_name(enum cloister_finding finding); /* "held", "failed", "not checked" */
const char *cloister_level_name(enum cloister_level level);       /* "HIGH", "MEDIUM", "LOW", "NONE" */

#ifdef __cplusplus
}
#endif

#endif
