/* SPDX-License-Identifier: Apache-2.0 */
/* known.c - collateral is read once, by the same readers as what comes with evidence. */

#include "evidence/known.h"

#include <stddef.h>
#include <stdlib.h>

_Static_assert(offsetof(struct tcb_info, sent) == 0 && offsetof(struct qe_identity, sent) == 0,
	       "known.h has it once for both");

/* Whether it could be read; digests are made of what could. */
static bool read_item(enum item_kind kind, struct bytes data, struct known *k)
{
	switch (kind) {
	case ITEM_TCB_INFO:
		return tcb_info_read(data, &k->info, NULL) == CLOISTER_OK;
	case ITEM_QE_IDENTITY:
		return qe_identity_read(data, &k->qe, NULL) == CLOISTER_OK;
	case ITEM_CRL:
		return crl_read(data, &cert_profile_intel, &k->crl, NULL) == CLOISTER_OK;
	case ITEM_CERT:
		return cert_read(data, &cert_profile_intel, &k->cert, NULL) == CLOISTER_OK;
	default:
		return false;
	}
}

static enum cloister_err digest(enum item_kind kind, struct known *k, struct cloister_fault *why)
{
	if (kind == ITEM_CERT)
		return CLOISTER_OK;
	if (kind == ITEM_CRL)
		return hash_sha384(k->crl.der, k->sha384, why);
	return hash_sha256(k->sent.body, k->sha256, why);
}

static void drop_known(struct known **k)
{
	known_free(*k);
}

enum cloister_err known_new(enum item_kind kind, struct bytes data, struct known **out,
			    struct cloister_fault *why)
{
	*out = NULL;
	own(drop_known) struct known *k = malloc(sizeof *k);
	if (!k)
		return fail(why, CLOISTER_E_NOMEM, "collateral", "out of memory");
	if (!read_item(kind, data, k))
		return CLOISTER_OK;
	TRY(digest(kind, k, why));
	*out = give(k, NULL);
	return CLOISTER_OK;
}

void known_free(const struct known *k)
{
	free((void *)k);
}
