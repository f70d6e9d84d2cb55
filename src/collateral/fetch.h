/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COLLATERAL_FETCH_H
#define COLLATERAL_FETCH_H

/*
 * fetch.h - ask AMD's KDS and Intel's PCS, or mirrors and caches of theirs, for
 * one document after the other, and keep what passes every check. Who is asked
 * learns which machines are meant, and nothing else.
 */

#include "collateral/keep.h"
#include "collateral/need.h"
#include "net/http_get.h"

#define FETCH_KDS "https://kdsintf.amd.com"
#define FETCH_PCS "https://api.trustedservices.intel.com"
#define FETCH_CERTIFICATES "https://certificates.trustedservices.intel.com"

struct fetch {
	struct http *http;
	struct keep *keep;
	const char *kds, *pcs; /* where paths begin, without the last slash */
	const char *certificates; /* NULL: a PCCS at `pcs`, which has the root's list itself */
};

/*
 * Fetch one document, check it, store it. Errors: http_get()'s, keep_batch()'s;
 * CLOISTER_E_PEER when it is not what was asked for. Then nothing is stored.
 */
enum cloister_err fetch_need(const struct fetch *f, const struct need *n, struct cloister_fault *why);

/* The address of a document; CLOISTER_E_LIMIT. `n->product` is one of AMD's, not SNP_NAMELESS. */
enum cloister_err fetch_url(const struct fetch *f, const struct need *n, char *out, size_t room,
			    struct cloister_fault *why);

#endif
