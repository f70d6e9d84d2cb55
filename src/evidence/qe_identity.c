/* SPDX-License-Identifier: Apache-2.0 */
/* qe_identity.c - enclave identities as Intel's PCS API version 4 describes them; known members only. */

#include "evidence/qe_identity.h"

enum { VERSION, ID, ISSUED, NEXT, EVALUATION, MISC, MISC_MASK, ATTRIBUTES, ATTRIBUTES_MASK, SIGNER,
       PRODUCT, LEVELS, MEMBERS };

enum cloister_err qe_identity_read(struct bytes doc, struct qe_identity *out,
				   struct cloister_fault *why)
{
	static const char *const known[] = {
		[VERSION] = "version", [ID] = "id", [ISSUED] = "issueDate", [NEXT] = "nextUpdate",
		[EVALUATION] = "tcbEvaluationDataNumber", [MISC] = "miscselect",
		[MISC_MASK] = "miscselectMask", [ATTRIBUTES] = "attributes",
		[ATTRIBUTES_MASK] = "attributesMask", [SIGNER] = "mrsigner",
		[PRODUCT] = "isvprodid", [LEVELS] = "tcbLevels", [MEMBERS] = NULL,
	};
	struct json m[MEMBERS];
	uint64_t version, evaluation, prod;

	*out = (struct qe_identity){ 0 };
	TRY(pcs_signed_read(doc, "enclaveIdentity", &out->sent, why));
	TRY(json_members(out->sent.json, known, m, "enclaveIdentity", why));
	TRY(pcs_number(m[VERSION], "version", UINT64_MAX, &version, why));
	if (version != 2)
		return fail(why, CLOISTER_E_UNSUPPORTED, "version", "enclave identity of version %llu",
			    (unsigned long long)version);
	out->id = json_is(m[ID], "QE") ? QE_SGX : QE_TDX;
	if (out->id == QE_TDX && !json_is(m[ID], "TD_QE"))
		return fail(why, CLOISTER_E_MALFORMED, "id", "neither QE nor TD_QE");
	TRY(pcs_date(m[ISSUED], "issueDate", &out->issued_s, why));
	TRY(pcs_date(m[NEXT], "nextUpdate", &out->next_update_s, why));
	TRY(pcs_number(m[EVALUATION], "tcbEvaluationDataNumber", UINT32_MAX, &evaluation, why));
	out->evaluation = (uint32_t)evaluation;
	TRY(pcs_hex(m[MISC], "miscselect", out->miscselect, sizeof out->miscselect, why));
	TRY(pcs_hex(m[MISC_MASK], "miscselectMask", out->miscselect_mask,
		    sizeof out->miscselect_mask, why));
	TRY(pcs_hex(m[ATTRIBUTES], "attributes", out->attributes, sizeof out->attributes, why));
	TRY(pcs_hex(m[ATTRIBUTES_MASK], "attributesMask", out->attributes_mask,
		    sizeof out->attributes_mask, why));
	TRY(pcs_hex(m[SIGNER], "mrsigner", out->mrsigner, sizeof out->mrsigner, why));
	TRY(pcs_number(m[PRODUCT], "isvprodid", UINT16_MAX, &prod, why));
	out->isvprodid = (uint16_t)prod;
	return pcs_isv_levels_read(m[LEVELS], out->levels, LIMIT_QE_LEVELS, &out->n_levels, why);
}
