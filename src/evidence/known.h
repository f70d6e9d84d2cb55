/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_KNOWN_H
#define EVIDENCE_KNOWN_H

/*
 * known.h - a piece of the caller's collateral, read and digested when it is
 * given, since it does not change after that and most of a verdict's time would
 * go into reading it again. Read is not believed: whose it is, its dates and its
 * signature are looked at for every verdict. Never written to afterwards, so
 * threads may share it.
 */

#include "codec/crl.h"
#include "crypto/hash.h"
#include "evidence/pool.h"
#include "evidence/qe_identity.h"
#include "evidence/tcb_info.h"

struct known {
	union {
		struct pcs_signed sent; /* what both documents of the PCS begin with */
		struct tcb_info info;  /* ITEM_TCB_INFO */
		struct qe_identity qe; /* ITEM_QE_IDENTITY */
		struct crl crl;        /* ITEM_CRL of Intel's profile */
		struct cert cert;      /* ITEM_CERT likewise */
	};
	uint8_t sha256[SHA256_LEN]; /* of what is signed in a document of the PCS */
	uint8_t sha384[SHA384_LEN]; /* of a whole list */
};

/*
 * Views borrow from `data`. *out is NULL for kinds that are not worth it, and for what
 * cannot be read: the verdict that meets it says why. Errors: CLOISTER_E_NOMEM.
 */
enum cloister_err known_new(enum item_kind kind, struct bytes data, struct known **out,
			    struct cloister_fault *why);
void known_free(const struct known *k);

#endif
