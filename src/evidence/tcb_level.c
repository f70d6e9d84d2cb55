/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcb_level.c - the TCB evaluation of Intel's quote verification library, in
 * the terms of Intel's PCS: find a level for the platform, the Quoting Enclave
 * and the TDX module, then let them converge.
 */

#include "evidence/tcb_level.h"

#include "base/mem.h"

static bool none_above(const uint8_t *level, const uint8_t *have, size_t from)
{
	for (size_t i = from; i < TCB_COMPONENTS; i++)
		if (level[i] > have[i])
			return false;
	return true;
}

static bool fits(const struct tcb_level *l, const struct tcb_numbers *n, const uint8_t *tdx)
{
	if (!none_above(l->sgx, n->sgx, 0) || l->pcesvn > n->pcesvn)
		return false;
	/* A versioned module answers for the first two numbers with levels of its own. */
	return !n->is_tdx || none_above(l->tdx, tdx, tdx_module_version(tdx) > 0 ? 2 : 0);
}

static int order(const struct tcb_level *a, const struct tcb_level *b)
{
	int by_sgx = bytes_order(BYTES_OF(a->sgx), BYTES_OF(b->sgx));

	if (by_sgx)
		return by_sgx;
	if (a->pcesvn != b->pcesvn)
		return a->pcesvn - b->pcesvn;
	return bytes_order(BYTES_OF(a->tdx), BYTES_OF(b->tdx));
}

/* The highest level that fits: the first of a sorted list, whatever order they were sent in. */
static const struct pcs_level *platform_level(const struct tcb_info *info,
					      const struct tcb_numbers *n, const uint8_t *tdx)
{
	const struct tcb_level *best = NULL;

	for (size_t i = 0; i < info->n_levels; i++)
		if (fits(&info->levels[i], n, tdx) && (!best || order(&info->levels[i], best) > 0))
			best = &info->levels[i];
	return best ? &best->said : NULL;
}

static const struct pcs_level *isv_level(const struct pcs_isv_level *levels, size_t n, unsigned svn)
{
	const struct pcs_isv_level *best = NULL;

	for (size_t i = 0; i < n; i++)
		if (levels[i].isvsvn <= svn && (!best || levels[i].isvsvn > best->isvsvn))
			best = &levels[i];
	return best ? &best->said : NULL;
}

static const struct pcs_level *module_level(const struct tcb_info *info, const uint8_t *tdx)
{
	const struct tdx_module_identity *m = tcb_info_module(info, tdx_module_version(tdx));

	return m ? isv_level(info->module_levels + m->first, m->n, tdx[0]) : NULL;
}

/*
 * A part that is out of date makes the platform's status out of date and leaves
 * the need for configuration standing: not the worse of two words, but both.
 */
static enum tcb_status converge(enum tcb_status platform, enum tcb_status part)
{
	if (part == TCB_REVOKED)
		return TCB_REVOKED;
	if (part != TCB_OUT_OF_DATE)
		return platform;
	switch (platform) {
	case TCB_UP_TO_DATE:
	case TCB_SW_HARDENING_NEEDED:
		return TCB_OUT_OF_DATE;
	case TCB_CONFIGURATION_NEEDED:
	case TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
		return TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
	default:
		return platform;
	}
}

/* Insert in order unless it is there. Readers bound each list, so the room is never exceeded. */
static void add_advisory(struct tcb_answer *a, struct bytes id)
{
	size_t at = 0;

	while (at < a->n_advisories && bytes_order(a->advisories[at], id) < 0)
		at++;
	if ((at < a->n_advisories && bytes_equal(a->advisories[at], id)) || a->n_advisories == TCB_ADVISORIES)
		return;
	memmove(a->advisories + at + 1, a->advisories + at,
		(a->n_advisories - at) * sizeof *a->advisories);
	a->advisories[at] = id;
	a->n_advisories++;
}

static void merge(struct tcb_answer *a, const struct pcs_level *part)
{
	struct json_walk w = json_walk(part->advisories);
	struct json id;

	a->status = converge(a->status, part->status);
	if (part->date_s < a->date_s)
		a->date_s = part->date_s;
	while (json_next(&w, NULL, &id)) /* checked: a string without escapes */
		add_advisory(a, bytes_of(id.text.data + 1, id.text.len - 2));
}

static void evaluate(const struct tcb_info *info, const struct qe_identity *qe,
		     const struct tcb_numbers *n, const uint8_t *tdx, struct tcb_answer *out)
{
	bool versioned = n->is_tdx && tdx_module_version(tdx) > 0;
	const struct pcs_level *platform = platform_level(info, n, tdx);
	const struct pcs_level *enclave = isv_level(qe->levels, qe->n_levels, n->qe_isvsvn);
	const struct pcs_level *module = versioned ? module_level(info, tdx) : NULL;

	out->found = platform && enclave && (module || !versioned);
	out->missing = !platform ? "the platform" : !enclave ? "the quoting enclave" : "the TDX module";
	out->n_advisories = 0;
	out->status = TCB_REVOKED; /* whoever looks at it all the same */
	if (!out->found)
		return;
	out->status = platform->status;
	out->date_s = platform->date_s;
	merge(out, platform); /* its own status changes nothing but Revoked, which it is */
	merge(out, enclave);
	if (module)
		merge(out, module);
}

static bool needs_configuration(enum tcb_status s)
{
	return s == TCB_CONFIGURATION_NEEDED || s == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED ||
	       s == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
}

/* An old launch on a platform that has been updated since: launch the TD again and it is well. */
static enum tcb_status relaunch(enum tcb_status launch, enum tcb_status current)
{
	if (launch != TCB_OUT_OF_DATE && launch != TCB_OUT_OF_DATE_CONFIGURATION_NEEDED)
		return launch;
	switch (current) {
	case TCB_UP_TO_DATE:
	case TCB_SW_HARDENING_NEEDED:
	case TCB_CONFIGURATION_NEEDED:
	case TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED:
		return needs_configuration(launch) || needs_configuration(current) ?
			       TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED :
			       TCB_TD_RELAUNCH_ADVISED;
	default:
		return launch;
	}
}

void tcb_evaluate(const struct tcb_info *info, const struct qe_identity *qe,
		  const struct tcb_numbers *n, struct tcb_answers *out)
{
	evaluate(info, qe, n, n->tdx, &out->launch);
	evaluate(info, qe, n, n->has_current ? n->tdx_current : n->tdx, &out->current);
	out->launch.status = relaunch(out->launch.status, out->current.status);
}
