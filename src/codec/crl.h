/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_CRL_H
#define CODEC_CRL_H

/*
 * crl.h - one certificate revocation list of version 2 (RFC 5280 section 5),
 * complete and direct: delta lists, lists for some certificates only and
 * lists that speak for other issuers are refused, and so is whatever is
 * critical and unknown. This reads every entry and judges nothing: issuer,
 * times and signature are the caller's to check. Views borrow from the input;
 * nothing is allocated.
 */

#include "codec/cert.h"

struct crl {
	struct bytes der;
	struct bytes tbs;    /* what the signature covers */
	struct bytes issuer; /* a whole Name element */
	uint64_t this_update_s, next_update_s; /* Unix seconds */
	struct bytes number; /* cRLNumber's magnitude */
	struct bytes authority_key_id; /* keyIdentifier; empty when there is none */
	enum cert_alg alg;
	uint8_t sig_ec[CERT_SIG_EC_MAX]; /* as in struct cert */
	struct bytes sig;
	struct bytes entries; /* for crl_lists() */
	size_t n_entries;
};

/* `p`: the profile of the chain that it belongs to; at most LIMIT_CRL bytes. */
enum cloister_err crl_read(struct bytes der, const struct cert_profile *p, struct crl *out,
			   struct cloister_fault *why);

/* Whether the list names this serial number, given as struct cert has it. */
bool crl_lists(const struct crl *c, struct bytes serial);

#endif
