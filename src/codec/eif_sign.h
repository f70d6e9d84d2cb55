/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_EIF_SIGN_H
#define CODEC_EIF_SIGN_H

/*
 * eif_sign.h - the signature section of an enclave image: who is said to have
 * signed it. Reading it proves nothing; the hypervisor checks the signature
 * and shows the certificate's digest as PCR8.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"

struct eif_signature {
	uint8_t cert_der[LIMIT_EIF_SIGNATURE];
	size_t cert_len; /* bytes */
	uint8_t cose[LIMIT_EIF_SIGNATURE]; /* an untagged COSE_Sign1, unread */
	size_t cose_len; /* bytes */
};

/* Exactly one signer with exactly one PEM certificate, else PCR8 would be ambiguous. */
enum cloister_err eif_signature_read(struct bytes section, struct eif_signature *out,
				     struct cloister_fault *why);

#endif
