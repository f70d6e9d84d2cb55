/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcb_info.c - TCB information as Intel's PCS API version 4 describes it, with
 * the version 2 form that SGX collateral had until 2025. Known members only:
 * see pcs.h.
 */

#include "evidence/tcb_info.h"

#include "base/hex.h"

#define PLATFORM_STATUSES                                                             \
	(1u << TCB_UP_TO_DATE | 1u << TCB_SW_HARDENING_NEEDED |                       \
	 1u << TCB_CONFIGURATION_NEEDED | 1u << TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED | \
	 1u << TCB_OUT_OF_DATE | 1u << TCB_OUT_OF_DATE_CONFIGURATION_NEEDED | 1u << TCB_REVOKED)

/* Version 3: [{"svn":5,"category":"BIOS","type":"…"} …], sixteen of them. */
static enum cloister_err components(struct json tcb, const char *key,
				    uint8_t out[static TCB_COMPONENTS], struct cloister_fault *why)
{
	static const char *const known[] = { "svn", "category", "type", NULL };
	struct json list = json_get(tcb, key), v;
	struct json_walk w = json_walk(list);
	uint64_t svn;

	if (list.type != JSON_ARRAY || json_count(list) != TCB_COMPONENTS)
		return fail(why, CLOISTER_E_MALFORMED, key, "not a list of %u components",
			    TCB_COMPONENTS);
	for (size_t i = 0; json_next(&w, NULL, &v); i++) {
		TRY(json_only(v, known, key, why));
		TRY(pcs_number(v, "svn", UINT8_MAX, &svn, why));
		out[i] = (uint8_t)svn;
	}
	return CLOISTER_OK;
}

/* Version 2: sgxtcbcomp01svn … sgxtcbcomp16svn, and pcesvn; nothing else. */
static enum cloister_err components_v2(struct json tcb, uint8_t out[static TCB_COMPONENTS],
				       struct cloister_fault *why)
{
	static const char *const names[TCB_COMPONENTS] = {
		"sgxtcbcomp01svn", "sgxtcbcomp02svn", "sgxtcbcomp03svn", "sgxtcbcomp04svn",
		"sgxtcbcomp05svn", "sgxtcbcomp06svn", "sgxtcbcomp07svn", "sgxtcbcomp08svn",
		"sgxtcbcomp09svn", "sgxtcbcomp10svn", "sgxtcbcomp11svn", "sgxtcbcomp12svn",
		"sgxtcbcomp13svn", "sgxtcbcomp14svn", "sgxtcbcomp15svn", "sgxtcbcomp16svn",
	};
	uint64_t svn;

	for (size_t i = 0; i < TCB_COMPONENTS; i++) {
		TRY(pcs_number(tcb, names[i], UINT8_MAX, &svn, why));
		out[i] = (uint8_t)svn;
	}
	if (json_count(tcb) != TCB_COMPONENTS + 1)
		return fail(why, CLOISTER_E_MALFORMED, "tcb", "members that are not known");
	return CLOISTER_OK;
}

static enum cloister_err level(const struct tcb_info *t, struct json v, struct tcb_level *out,
			       struct cloister_fault *why)
{
	static const char *const known[] = { "tcb", "tcbDate", "tcbStatus", "advisoryIDs", NULL };
	static const char *const sgx_only[] = { "sgxtcbcomponents", "pcesvn", NULL };
	static const char *const with_tdx[] = { "sgxtcbcomponents", "pcesvn", "tdxtcbcomponents", NULL };
	struct json tcb = json_get(v, "tcb");
	uint64_t pcesvn;

	*out = (struct tcb_level){ 0 };
	TRY(json_only(v, known, "tcbLevels", why));
	TRY(pcs_number(tcb, "pcesvn", UINT16_MAX, &pcesvn, why));
	out->pcesvn = (uint16_t)pcesvn;
	if (t->version == 2) {
		TRY(components_v2(tcb, out->sgx, why));
	} else {
		TRY(json_only(tcb, t->tee == TCB_TDX ? with_tdx : sgx_only, "tcb", why));
		TRY(components(tcb, "sgxtcbcomponents", out->sgx, why));
	}
	if (t->tee == TCB_TDX)
		TRY(components(tcb, "tdxtcbcomponents", out->tdx, why));
	return pcs_level_read(v, PLATFORM_STATUSES, &out->said, why);
}

static bool same_tcb(const struct tcb_level *a, const struct tcb_level *b)
{
	return mem_same(a->sgx, b->sgx, sizeof a->sgx) && a->pcesvn == b->pcesvn &&
	       mem_same(a->tdx, b->tdx, sizeof a->tdx);
}

static enum cloister_err levels(struct tcb_info *t, struct json array, struct cloister_fault *why)
{
	struct json_walk w = json_walk(array);
	struct json v;

	if (array.type != JSON_ARRAY || json_count(array) == 0)
		return fail(why, CLOISTER_E_MALFORMED, "tcbLevels", "no list of levels");
	while (json_next(&w, NULL, &v)) {
		if (t->n_levels == LIMIT_TCB_LEVELS)
			return fail(why, CLOISTER_E_LIMIT, "tcbLevels", "more than %u levels",
				    LIMIT_TCB_LEVELS);
		TRY(level(t, v, &t->levels[t->n_levels], why));
		for (size_t i = 0; i < t->n_levels; i++)
			if (same_tcb(&t->levels[i], &t->levels[t->n_levels]))
				return fail(why, CLOISTER_E_MALFORMED, "tcbLevels",
					    "two levels for the same numbers");
		t->n_levels++;
	}
	return CLOISTER_OK;
}

static enum cloister_err module(struct json v, struct tdx_module *out, struct cloister_fault *why)
{
	TRY(pcs_hex(v, "mrsigner", out->mrsigner, sizeof out->mrsigner, why));
	TRY(pcs_hex(v, "attributes", out->attributes, sizeof out->attributes, why));
	return pcs_hex(v, "attributesMask", out->attributes_mask, sizeof out->attributes_mask, why);
}

/* "TDX_01": the digits are hexadecimal; Intel's own library compares without regard to case. */
static bool module_version(struct json id, uint8_t *out)
{
	char text[sizeof "TDX_NN"];
	uint8_t byte[1];
	size_t n;

	if (!json_text(id, text, sizeof text) || strlen(text) != sizeof text - 1 ||
	    (text[0] | 32) != 't' || (text[1] | 32) != 'd' || (text[2] | 32) != 'x' ||
	    text[3] != '_' ||
	    hex_read(bytes_text(text + 4), byte, sizeof byte, &n, NULL) != CLOISTER_OK)
		return false;
	*out = byte[0];
	return true;
}

static enum cloister_err identity(struct tcb_info *t, struct json v, struct cloister_fault *why)
{
	static const char *const known[] = { "id", "mrsigner", "attributes", "attributesMask",
					     "tcbLevels", NULL };
	struct tdx_module_identity *m = &t->identities[t->n_identities];

	TRY(json_only(v, known, "tdxModuleIdentities", why));
	if (!module_version(json_get(v, "id"), &m->version) || m->version == 0)
		return fail(why, CLOISTER_E_MALFORMED, "tdxModuleIdentities", "an id unlike TDX_01");
	if (tcb_info_module(t, m->version))
		return fail(why, CLOISTER_E_MALFORMED, "tdxModuleIdentities",
			    "two entries for TDX_%02X", m->version);
	TRY(module(v, &m->module, why));
	m->first = t->n_module_levels;
	TRY(pcs_isv_levels_read(json_get(v, "tcbLevels"), t->module_levels + m->first,
				LIMIT_MODULE_LEVELS - m->first, &m->n, why));
	t->n_module_levels += m->n;
	t->n_identities++;
	return CLOISTER_OK;
}

static enum cloister_err modules(struct tcb_info *t, struct json body, struct cloister_fault *why)
{
	static const char *const known[] = { "mrsigner", "attributes", "attributesMask", NULL };
	struct json one = json_get(body, "tdxModule"), all = json_get(body, "tdxModuleIdentities");
	struct json_walk w = json_walk(all);
	struct json v;

	TRY(json_only(one, known, "tdxModule", why));
	TRY(module(one, &t->module, why));
	t->has_module = true;
	if (all.type != JSON_NONE && all.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "tdxModuleIdentities", "not a list");
	while (json_next(&w, NULL, &v)) {
		if (t->n_identities == LIMIT_TDX_MODULES)
			return fail(why, CLOISTER_E_LIMIT, "tdxModuleIdentities",
				    "more than %u entries", LIMIT_TDX_MODULES);
		TRY(identity(t, v, why));
	}
	return CLOISTER_OK;
}

/* Version and id say which members there may be. */
static enum cloister_err shape(struct tcb_info *t, struct json body, struct cloister_fault *why)
{
#define COMMON "version", "issueDate", "nextUpdate", "fmspc", "pceId", "tcbType", \
	       "tcbEvaluationDataNumber", "tcbLevels"
	static const char *const v2[] = { COMMON, NULL };
	static const char *const sgx[] = { COMMON, "id", NULL };
	static const char *const tdx[] = { COMMON, "id", "tdxModule", "tdxModuleIdentities", NULL };
#undef COMMON
	struct json id = json_get(body, "id");
	uint64_t version;

	TRY(pcs_number(body, "version", UINT8_MAX, &version, why));
	if (version != 2 && version != 3)
		return fail(why, CLOISTER_E_UNSUPPORTED, "version", "TCB information of version %llu",
			    (unsigned long long)version);
	t->version = (uint8_t)version;
	t->tee = version == 3 && json_is(id, "TDX") ? TCB_TDX : TCB_SGX;
	if (version == 3 && t->tee == TCB_SGX && !json_is(id, "SGX"))
		return fail(why, CLOISTER_E_MALFORMED, "id", "neither SGX nor TDX");
	return json_only(body, version == 2 ? v2 : t->tee == TCB_TDX ? tdx : sgx, "tcbInfo", why);
}

enum cloister_err tcb_info_read(struct bytes doc, struct tcb_info *out, struct cloister_fault *why)
{
	uint64_t evaluation, type;

	*out = (struct tcb_info){ 0 };
	TRY(pcs_signed_read(doc, "tcbInfo", &out->sent, why));
	struct json body = out->sent.json;
	TRY(shape(out, body, why));
	TRY(pcs_date(body, "issueDate", &out->issued_s, why));
	TRY(pcs_date(body, "nextUpdate", &out->next_update_s, why));
	TRY(pcs_hex(body, "fmspc", out->fmspc, sizeof out->fmspc, why));
	TRY(pcs_hex(body, "pceId", out->pceid, sizeof out->pceid, why));
	TRY(pcs_number(body, "tcbType", 0, &type, why)); /* 0: components compared one by one */
	TRY(pcs_number(body, "tcbEvaluationDataNumber", UINT32_MAX, &evaluation, why));
	out->evaluation = (uint32_t)evaluation;
	if (out->tee == TCB_TDX)
		TRY(modules(out, body, why));
	return levels(out, json_get(body, "tcbLevels"), why);
}

const struct tdx_module_identity *tcb_info_module(const struct tcb_info *t, uint8_t version)
{
	for (size_t i = 0; i < t->n_identities; i++)
		if (t->identities[i].version == version)
			return &t->identities[i];
	return NULL;
}
