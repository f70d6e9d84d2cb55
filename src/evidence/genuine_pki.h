/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_GENUINE_PKI_H
#define EVIDENCE_GENUINE_PKI_H

/*
 * genuine_pki.h - for tests only: every certificate and revocation list that
 * lies in a folder of genuine evidence, whatever it is wrapped in: DER in the
 * middle of a file, PEM, PEM in JSON, base64 in a token's header.
 */

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"

struct genuine_item {
	char path[512]; /* where it was first seen */
	struct bytes der;
	bool is_crl;
};

struct genuine_pki {
	struct genuine_item *items; /* distinct */
	size_t n;
};

/* Empty when the folder is not there. */
struct genuine_pki genuine_pki_load(const char *folder);
void genuine_pki_free(struct genuine_pki *g);

#endif
