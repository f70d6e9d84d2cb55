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
static enum cloister_err components(struct json list, const char *name,
				    uint8_t out[static TCB_COMPONENTS], struct cloister_fault *why)
{
	static const char *const known[] = { "svn", "category", "type", NULL };
	struct json_walk w = json_walk(list);
	struct json v, member[3];
	uint64_t svn;
	size_t n = 0;

	while (n < TCB_COMPONENTS && json_next(&w, NULL, &v)) {
		TRY(json_members(v, known, member, name, why));
		TRY(pcs_number(member[0], "svn", UINT8_MAX, &svn, why));
		out[n++] = (uint8_t)svn;
	}
	if (list.type != JSON_ARRAY || n < TCB_COMPONENTS || json_next(&w, NULL, &v))
		return fail(why, CLOISTER_E_MALFORMED, name, "not a list of sixteen components");
	return CLOISTER_OK;
}

/* Version 2: sgxtcbcomp01svn … sgxtcbcomp16svn, and pcesvn; nothing else. */
static enum cloister_err tcb_v2(struct json tcb, struct tcb_level *out, struct cloister_fault *why)
{
	static const char *const known[] = {
		"sgxtcbcomp01svn", "sgxtcbcomp02svn", "sgxtcbcomp03svn", "sgxtcbcomp04svn",
		"sgxtcbcomp05svn", "sgxtcbcomp06svn", "sgxtcbcomp07svn", "sgxtcbcomp08svn",
		"sgxtcbcomp09svn", "sgxtcbcomp10svn", "sgxtcbcomp11svn", "sgxtcbcomp12svn",
		"sgxtcbcomp13svn", "sgxtcbcomp14svn", "sgxtcbcomp15svn", "sgxtcbcomp16svn",
		"pcesvn", NULL,
	};
	struct json member[TCB_COMPONENTS + 1];
	uint64_t svn;

	TRY(json_members(tcb, known, member, "tcb", why));
	for (size_t i = 0; i < TCB_COMPONENTS; i++) {
		TRY(pcs_number(member[i], known[i], UINT8_MAX, &svn, why));
		out->sgx[i] = (uint8_t)svn;
	}
	TRY(pcs_number(member[TCB_COMPONENTS], "pcesvn", UINT16_MAX, &svn, why));
	out->pcesvn = (uint16_t)svn;
	return CLOISTER_OK;
}

static enum cloister_err tcb_v3(struct json tcb, bool is_tdx, struct tcb_level *out,
				struct cloister_fault *why)
{
	static const char *const sgx[] = { "pcesvn", "sgxtcbcomponents", NULL };
	static const char *const tdx[] = { "pcesvn", "sgxtcbcomponents", "tdxtcbcomponents", NULL };
	struct json member[3];
	uint64_t svn;

	TRY(json_members(tcb, is_tdx ? tdx : sgx, member, "tcb", why));
	TRY(pcs_number(member[0], "pcesvn", UINT16_MAX, &svn, why));
	out->pcesvn = (uint16_t)svn;
	TRY(components(member[1], "sgxtcbcomponents", out->sgx, why));
	return is_tdx ? components(member[2], "tdxtcbcomponents", out->tdx, why) : CLOISTER_OK;
}

static enum cloister_err level(const struct tcb_info *t, struct json v, struct tcb_level *out,
			       struct cloister_fault *why)
{
	struct json tcb;

	TRY(pcs_level_read(v, PLATFORM_STATUSES, &out->said, &tcb, why));
	return t->version == 2 ? tcb_v2(tcb, out, why) : tcb_v3(tcb, t->tee == TCB_TDX, out, why);
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

	if (array.type != JSON_ARRAY)
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
	if (t->n_levels == 0)
		return fail(why, CLOISTER_E_MALFORMED, "tcbLevels", "an empty list of levels");
	return CLOISTER_OK;
}

/* mrsigner, attributes and attributesMask, in this order. */
static enum cloister_err module(const struct json member[static 3], struct tdx_module *out,
				struct cloister_fault *why)
{
	TRY(pcs_hex(member[0], "mrsigner", out->mrsigner, sizeof out->mrsigner, why));
	TRY(pcs_hex(member[1], "attributes", out->attributes, sizeof out->attributes, why));
	return pcs_hex(member[2], "attributesMask", out->attributes_mask,
		       sizeof out->attributes_mask, why);
}

/* "TDX_01", from 1: the digits are hexadecimal; Intel's own library compares without regard to case. */
static bool module_version(struct json id, uint8_t *out)
{
	char text[sizeof "TDX_NN"];
	uint8_t byte[1] = { 0 }; /* without digits, which is no version */
	size_t n;

	if (!json_text(id, text, sizeof text) || (text[0] | 32) != 't' || (text[1] | 32) != 'd' ||
	    (text[2] | 32) != 'x' || text[3] != '_' ||
	    hex_read(bytes_text(text + 4), byte, sizeof byte, &n, NULL) != CLOISTER_OK)
		return false;
	*out = byte[0];
	return byte[0] != 0;
}

static enum cloister_err identity(struct tcb_info *t, struct json v, struct cloister_fault *why)
{
	static const char *const known[] = { "mrsigner", "attributes", "attributesMask", "id",
					     "tcbLevels", NULL };
	struct tdx_module_identity *m = &t->identities[t->n_identities];
	struct json member[5];

	TRY(json_members(v, known, member, "tdxModuleIdentities", why));
	if (!module_version(member[3], &m->version))
		return fail(why, CLOISTER_E_MALFORMED, "tdxModuleIdentities", "an id unlike TDX_01");
	if (tcb_info_module(t, m->version))
		return fail(why, CLOISTER_E_MALFORMED, "tdxModuleIdentities",
			    "two entries for TDX_%02X", m->version);
	TRY(module(member, &m->module, why));
	m->first = t->n_module_levels;
	TRY(pcs_isv_levels_read(member[4], t->module_levels + m->first,
				LIMIT_MODULE_LEVELS - m->first, &m->n, why));
	t->n_module_levels += m->n;
	t->n_identities++;
	return CLOISTER_OK;
}

static enum cloister_err modules(struct tcb_info *t, struct json one, struct json all,
				 struct cloister_fault *why)
{
	static const char *const known[] = { "mrsigner", "attributes", "attributesMask", NULL };
	struct json_walk w = json_walk(all);
	struct json v, member[3];

	TRY(json_members(one, known, member, "tdxModule", why));
	TRY(module(member, &t->module, why));
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

/* Members, in the order in which the documentation has them. */
enum { VERSION, ISSUED, NEXT, FMSPC, PCEID, TYPE, EVALUATION, LEVELS, ID, MODULE, MODULES, MEMBERS };

/* Version and id say which members there may be besides those that all have. */
static enum cloister_err shape(struct tcb_info *t, struct json member[static MEMBERS],
			       struct cloister_fault *why)
{
	static const char *const known[] = {
		[VERSION] = "version", [ISSUED] = "issueDate", [NEXT] = "nextUpdate",
		[FMSPC] = "fmspc", [PCEID] = "pceId", [TYPE] = "tcbType",
		[EVALUATION] = "tcbEvaluationDataNumber", [LEVELS] = "tcbLevels", [ID] = "id",
		[MODULE] = "tdxModule", [MODULES] = "tdxModuleIdentities", [MEMBERS] = NULL,
	};
	uint64_t version;

	TRY(json_members(t->sent.json, known, member, "tcbInfo", why));
	TRY(pcs_number(member[VERSION], "version", UINT64_MAX, &version, why));
	if (version != 2 && version != 3)
		return fail(why, CLOISTER_E_UNSUPPORTED, "version", "TCB information of version %llu",
			    (unsigned long long)version);
	t->version = (uint8_t)version;
	t->tee = json_is(member[ID], "TDX") ? TCB_TDX : TCB_SGX;
	if (version == 3 && t->tee == TCB_SGX && !json_is(member[ID], "SGX"))
		return fail(why, CLOISTER_E_MALFORMED, "id", "neither SGX nor TDX");
	if (version == 2 && member[ID].type != JSON_NONE)
		return fail(why, CLOISTER_E_MALFORMED, "tcbInfo", "version 2 has no id");
	if (t->tee == TCB_SGX &&
	    (member[MODULE].type != JSON_NONE || member[MODULES].type != JSON_NONE))
		return fail(why, CLOISTER_E_MALFORMED, "tcbInfo", "TDX modules in what is for SGX");
	return CLOISTER_OK;
}

enum cloister_err tcb_info_read(struct bytes doc, struct tcb_info *out, struct cloister_fault *why)
{
	struct json member[MEMBERS];
	uint64_t evaluation, type;

	*out = (struct tcb_info){ 0 };
	TRY(pcs_signed_read(doc, "tcbInfo", &out->sent, why));
	TRY(shape(out, member, why));
	TRY(pcs_date(member[ISSUED], "issueDate", &out->issued_s, why));
	TRY(pcs_date(member[NEXT], "nextUpdate", &out->next_update_s, why));
	TRY(pcs_hex(member[FMSPC], "fmspc", out->fmspc, sizeof out->fmspc, why));
	TRY(pcs_hex(member[PCEID], "pceId", out->pceid, sizeof out->pceid, why));
	TRY(pcs_number(member[TYPE], "tcbType", 0, &type, why)); /* 0: component by component */
	TRY(pcs_number(member[EVALUATION], "tcbEvaluationDataNumber", UINT32_MAX, &evaluation, why));
	out->evaluation = (uint32_t)evaluation;
	if (out->tee == TCB_TDX)
		TRY(modules(out, member[MODULE], member[MODULES], why));
	return levels(out, member[LEVELS], why);
}

const struct tdx_module_identity *tcb_info_module(const struct tcb_info *t, uint8_t version)
{
	for (size_t i = 0; i < t->n_identities; i++)
		if (t->identities[i].version == version)
			return &t->identities[i];
	return NULL;
}
