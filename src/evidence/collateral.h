/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_COLLATERAL_H
#define EVIDENCE_COLLATERAL_H

/*
 * collateral.h - take a piece of collateral apart into items of a pool: PEM blocks
 * become DER, the JSON in which a set travels becomes the bodies that were signed.
 * Nothing is verified here.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "evidence/pool.h"

/* `data` lives until the call returns. */
typedef enum cloister_err collateral_take(void *ctx, enum item_kind kind, struct bytes data,
					  struct cloister_fault *why);

/*
 * Certificates (DER; PEM, any number), a CRL (DER or PEM), a PCS body, a set
 * ("QuoteCollateralV3": pck_crl_issuer_chain, root_ca_crl, pck_crl,
 * tcb_info_issuer_chain, tcb_info, tcb_info_signature, qe_identity_issuer_chain,
 * qe_identity, qe_identity_signature, pck_certificate_chain), a JWKS, what
 * Azure's host says (vcekCert, certificateChain), an SNP host's certificate table,
 * a launch endorsement of Google's.
 * Items before a fault may have been handed out already.
 *
 * Errors: CLOISTER_E_MALFORMED, CLOISTER_E_UNSUPPORTED, CLOISTER_E_LIMIT, CLOISTER_E_NOMEM, and take's.
 */
enum cloister_err collateral_sort(struct bytes piece, collateral_take *take, void *ctx,
				  struct cloister_fault *why);

/* A CRL rather than a certificate: its first member after the version is no serial number. */
bool collateral_is_crl(struct bytes der);

#endif
