/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_TPM_H
#define EVIDENCE_TPM_H

/*
 * tpm.h - a quote of a TPM 2.0 (TPMS_ATTEST, TPM 2.0 Library part 2, section
 * 10.12.12), its signature, and the digest over the registers that it selects.
 *
 * Which registers a quote is about is in the quote, not in what travels beside
 * it: `pcrs` is read from there, and tpm_pcr_digest() hashes exactly those.
 * Views borrow from the quote; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "crypto/hash.h"

#define TPM_PCRS 24u
#define TPM_PCR_LEN SHA256_LEN
#define TPM_QUOTE_MAX 1024u

struct tpm_quote {
	struct bytes signer; /* qualified name of the key */
	struct bytes extra;  /* extraData: the nonce, may be empty */
	uint64_t clock_ms;
	uint32_t resets, restarts;
	bool clock_safe;
	uint64_t firmware;
	uint32_t pcrs;       /* bit per register selected, of the SHA-256 bank; never zero */
	struct bytes digest; /* over those; SHA-256 */
};

/*
 * Errors: CLOISTER_E_MALFORMED with the offset; CLOISTER_E_UNSUPPORTED when it
 * is no quote, or one of another bank or of several.
 */
enum cloister_err tpm_quote_read(struct bytes in, struct tpm_quote *out, struct cloister_fault *why);

/*
 * The RSASSA signature with SHA-256 in `in`: a TPMT_SIGNATURE, or the bare
 * signature, 256 to 512 bytes, as Azure's tools pass it on.
 */
enum cloister_err tpm_signature_read(struct bytes in, struct bytes *sig_out,
				     struct cloister_fault *why);

/*
 * SHA-256 over the registers of `pcrs`, lowest first. CLOISTER_E_MISSING when
 * one of them is not 32 bytes, whatever else is there.
 */
enum cloister_err tpm_pcr_digest(uint32_t pcrs, const struct bytes pcr[static TPM_PCRS],
				 uint8_t out[static SHA256_LEN], struct cloister_fault *why);

#endif
