/* SPDX-License-Identifier: Apache-2.0 */
/* qe_identity.c - enclave identities as Intel's PCS API version 4 describes them; known members only. */

#include "evidence/qe_identity.h"

enum cloister_err qe_identity_read(struct bytes doc, struct qe_identity *out,
				   struct cloister_fault *why)
{
	static const char *const known[] = {
		"id", "version", "issueDate", "nextUpdate", "tcbEvaluationDataNumber", "miscselect",
		"miscselectMask", "attributes", "attributesMask", "mrsigner", "isvprodid", "tcbLevels",
		NULL,
	};
	uint64_t version, evaluation, prod;

	*out = (struct qe_identity){ 0 };
	TRY(pcs_signed_read(doc, "enclaveIdentity", &out->sent, why));
	struct json body = out->sent.json;
	TRY(pcs_number(body, "version", UINT8_MAX, &version, why));
	if (version != 2)
		return fail(why, CLOISTER_E_UNSUPPORTED, "version", "enclave identity of version %llu",
			    (unsigned long long)version);
	TRY(json_only(body, known, "enclaveIdentity", why));
	out->id = json_is(json_get(body, "id"), "QE") ? QE_SGX : QE_TDX;
	if (out->id == QE_TDX && !json_is(json_get(body, "id"), "TD_QE"))
		return fail(why, CLOISTER_E_MALFORMED, "id", "neither QE nor TD_QE");
	TRY(pcs_date(body, "issueDate", &out->issued_s, why));
	TRY(pcs_date(body, "nextUpdate", &out->next_update_s, why));
	TRY(pcs_number(body, "tcbEvaluationDataNumber", UINT32_MAX, &evaluation, why));
	out->evaluation = (uint32_t)evaluation;
	TRY(pcs_hex(body, "miscselect", out->miscselect, sizeof out->miscselect, why));
	TRY(pcs_hex(body, "miscselectMask", out->miscselect_mask, sizeof out->miscselect_mask, why));
	TRY(pcs_hex(body, "attributes", out->attributes, sizeof out->attributes, why));
	TRY(pcs_hex(body, "attributesMask", out->attributes_mask, sizeof out->attributes_mask, why));
	TRY(pcs_hex(body, "mrsigner", out->mrsigner, sizeof out->mrsigner, why));
	TRY(pcs_number(body, "isvprodid", UINT16_MAX, &prod, why));
	out->isvprodid = (uint16_t)prod;
	return pcs_isv_levels_read(json_get(body, "tcbLevels"), out->levels, LIMIT_QE_LEVELS,
				   &out->n_levels, why);
}
