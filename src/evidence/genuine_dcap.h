/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_GENUINE_DCAP_H
#define EVIDENCE_GENUINE_DCAP_H

/*
 * genuine_dcap.h - for tests only: the quotes and the collateral that lie beside
 * the checkout, each pair with what Intel's own library said about it. They are
 * not ours to commit; a test that finds none skips with a sentence.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"

/* One quote, one set of collateral, one time. The bytes live until the callback returns. */
struct dcap_case {
	char name[256];
	char note[256];
	char stage[64];         /* negative cases: where it has to be refused */
	bool synthetic;         /* under a root of somebody's own making, `root` */
	bool pck_valid;         /* false: the PCK certificate is not valid yet at that time */
	char expected[64];      /* synthetic: a status, or "reject" */
	uint64_t at_s;
	struct buf quote, tcb_info, qe_identity, signing_chain, root_crl, pck_crl, root;
	struct buf processor_crl; /* genuine: pck_crl is the platforms' list; either may be missing */
	/* what Intel's library said; no status: it gave none */
	char launch[64], current[64], launch_advisories[512], current_advisories[512];
	uint64_t launch_date_s, current_date_s;
	uint64_t evaluation; /* 0: not said */
};

typedef void dcap_visit(const struct dcap_case *c, void *data);

/* `folder` holds tdx/ and sgx/. The number of cases visited; 0 when there are none. */
size_t genuine_dcap_each(const char *folder, dcap_visit *visit, void *data);
size_t synthetic_dcap_each(const char *folder, dcap_visit *visit, void *data);
size_t negative_dcap_each(const char *folder, dcap_visit *visit, void *data);

#endif
