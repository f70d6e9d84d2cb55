/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_appraise.c - what a believed quote says, against Intel's collateral and
 * the caller's policy: D23 to D29, and the claims. Here nothing depends on
 * anything else, so each check is answered.
 */

#include "evidence/quote_judge.h"

#include <stdio.h>

#include "base/date.h"

typedef unsigned long long ull;

/* ---- D23, D24: how up to date ------------------------------------------------------ */

static uint32_t evaluation_of(const struct dcap *d)
{
	return d->info.evaluation < d->qe.evaluation ? d->info.evaluation : d->qe.evaluation;
}

/* An older evaluation may be current for weeks more; who has seen the newer one is not led back. */
static void check_seen(struct dcap *d, const char *what, uint32_t is, uint32_t seen)
{
	if (is < seen)
		verdict_failed(d->v, CHECK_TCB_EVALUATION,
			       "%s of evaluation %u, but one of %u is at hand, due for renewal: fetch it anew",
			       what, is, seen);
}

static void check_evaluation(struct dcap *d)
{
	uint32_t least = d->j->policy->dcap.evaluation_min, is = evaluation_of(d);

	check_seen(d, "TCB information", d->info.evaluation, d->info_seen.evaluation);
	check_seen(d, "a QE identity", d->qe.evaluation, d->qe_seen.evaluation);
	if (is < least)
		verdict_failed(d->v, CHECK_TCB_EVALUATION,
			       "collateral of evaluation %u, at least %u is asked for", is, least);
	else if (least == 0 && !(d->info_seen.is_callers && d->qe_seen.is_callers))
		verdict_tolerated(d->v, CHECK_TCB_EVALUATION,
				  "%u, but no least number is asked for (dcap.evaluation_min), nor has the "
				  "caller current collateral of his own", is);
	else
		verdict_held(d->v, CHECK_TCB_EVALUATION, "%u", is);
}

static void evaluate(struct dcap *d)
{
	struct tcb_numbers n = { .pcesvn = d->pck.pcesvn, .qe_isvsvn = d->q.qe.isv_svn };

	memcpy(n.sgx, d->pck.components, sizeof n.sgx);
	n.is_tdx = d->q.body != QUOTE_SGX;
	if (n.is_tdx)
		memcpy(n.tdx, d->q.td.tee_tcb_svn.data, sizeof n.tdx);
	n.has_current = d->q.td.tee_tcb_svn_2.data;
	if (n.has_current)
		memcpy(n.tdx_current, d->q.td.tee_tcb_svn_2.data, sizeof n.tdx_current);
	tcb_evaluate(&d->info, &d->qe, &n, &d->answers);
}

/* Up to date, or what the caller tolerates for so long after the date of the level. */
static bool tolerated(const struct dcap *d, const struct tcb_answer *a)
{
	const struct dcap_wants *w = &d->j->policy->dcap;
	uint64_t now_s = d->j->now_s;

	if (a->status == TCB_REVOKED) /* also what no level covers */
		return false;
	if (a->status == TCB_UP_TO_DATE)
		return true;
	return (w->tolerated >> a->status & 1) &&
	       (now_s <= a->date_s || now_s - a->date_s <= w->grace_s);
}

/* Append a name and what stands before it, unless there is no room for all of it and a NUL. */
static bool put_name(char *out, size_t room, size_t *n, const char *before, struct bytes name)
{
	if (strlen(before) + name.len >= room - *n)
		return false;
	*n += (size_t)snprintf(out + *n, room - *n, "%s%.*s", before, (int)name.len, (const char *)name.data);
	return true;
}

/* "OutOfDate, level of 2025-05-14: INTEL-SA-1 …", as many names as there is room for. */
static void describe(const struct tcb_answer *a, char *out, size_t room)
{
	char date[DATE_ROOM];
	size_t n;

	date_write(a->date_s, date);
	n = (size_t)snprintf(out, room, "%s, level of %.10s", tcb_status_name(a->status), date);
	for (size_t i = 0; i < a->n_advisories; i++)
		if (!put_name(out, room, &n, i ? " " : ": ", a->advisories[i]))
			return;
}

static void check_status(struct dcap *d)
{
	const struct tcb_answer *launch = &d->answers.launch, *current = &d->answers.current;
	const struct tcb_answer *first = tolerated(d, launch) ? current : launch;
	const char *when = first == launch ? "" : "now: ";
	char text[128];

	if (!first->found) {
		verdict_failed(d->v, CHECK_TCB_STATUS, "%sno level of Intel's covers %s", when,
			       first->missing);
		return;
	}
	describe(first, text, sizeof text);
	if (!tolerated(d, first))
		verdict_failed(d->v, CHECK_TCB_STATUS, "%s%s", when, text);
	else if (launch->status != TCB_UP_TO_DATE)
		verdict_tolerated(d->v, CHECK_TCB_STATUS, "%s, tolerated by the caller",
				  tcb_status_name(launch->status));
	else if (current->status != TCB_UP_TO_DATE)
		verdict_tolerated(d->v, CHECK_TCB_STATUS, "now: %s, tolerated by the caller",
				  tcb_status_name(current->status));
	else
		verdict_held(d->v, CHECK_TCB_STATUS, "%s", tcb_status_name(launch->status));
}

/* ---- D28, for quotes and for what others say of them ---------------------------------- */

/*
 * A service TD, for migration say, can read and write the TD that is bound to it.
 * Reports of TD 1.0 do not say whether one is: there MIGRATABLE alone shows that one can.
 */
void td_check_service(bool is_bound, uint64_t attributes, bool allowed, struct cloister_verdict *v)
{
	const char *say = is_bound ? "a service TD is bound, which can read this one's memory" :
				     "MIGRATABLE is set: a migration TD may read this one's memory";

	if (!is_bound && !(attributes & TD_MIGRATABLE))
		verdict_held(v, CHECK_TD_SERVICE, "%s", "");
	else if (allowed)
		verdict_tolerated(v, CHECK_TD_SERVICE, "%s; allowed by the caller", say);
	else
		verdict_failed(v, CHECK_TD_SERVICE, "%s", say);
}

/* ---- D25 to D28: the TD --------------------------------------------------------------- */

/* What Intel says of the module with this major version, or NULL. */
static const struct tdx_module *module_due(const struct dcap *d, uint8_t version)
{
	if (version == 0)
		return &d->info.module;
	const struct tdx_module_identity *m = tcb_info_module(&d->info, version);
	return m ? &m->module : NULL;
}

static void check_module(struct dcap *d)
{
	const struct td_report *t = &d->q.td;
	uint8_t version = tdx_module_version(t->tee_tcb_svn.data), differs = 0;
	const struct tdx_module *due = module_due(d, version);

	if (!due) {
		verdict_failed(d->v, CHECK_TDX_MODULE, "Intel lists no TDX module of version %u", version);
		return;
	}
	for (size_t i = 0; i < sizeof due->attributes; i++)
		differs |= (uint8_t)((t->seam_attributes.data[i] & due->attributes_mask[i]) ^
				     due->attributes[i]);
	if (!mem_same(t->mrsignerseam.data, due->mrsigner, sizeof due->mrsigner))
		verdict_failed(d->v, CHECK_TDX_MODULE, "MRSIGNERSEAM is another signer than Intel's");
	else if (differs || !mem_is_zero(t->seam_attributes.data, t->seam_attributes.len))
		verdict_failed(d->v, CHECK_TDX_MODULE, "SEAMATTRIBUTES are not those of Intel's module");
	else
		verdict_held(d->v, CHECK_TDX_MODULE, "version %u", version);
}

/*
 * Intel TDX Module ABI: 7:1 the rest of the TUD group; defined above it are
 * 16 ICSSD, 27 LASS, 28 SEPT_VE_DISABLE, 29 MIGRATABLE, 30 PKS, 31 KL, 62 TPA, 63 PERFMON.
 */
#define TD_DEFINED (UINT64_C(0xc0000000f8010000) | TD_UNTRUSTED)

static void check_td_attributes(struct dcap *d)
{
	uint64_t a = d->q.td.attributes_bits;

	if (a & (TD_UNTRUSTED & ~TD_DEBUG))
		verdict_failed(d->v, CHECK_TD_ATTRIBUTES,
			       "%016llx: a bit besides DEBUG says that the TD is not to be trusted", (ull)a);
	else if (a & ~TD_DEFINED)
		verdict_failed(d->v, CHECK_TD_ATTRIBUTES, "%016llx: reserved bits are set", (ull)a);
	else
		verdict_held(d->v, CHECK_TD_ATTRIBUTES, "%016llx", (ull)a);
}

#define XFAM_DUE UINT64_C(0x3)          /* x87 and SSE */
#define XFAM_ALLOWED UINT64_C(0x0006dbe7)

static void check_xfam(struct dcap *d)
{
	uint64_t x = d->q.td.xfam_bits;

	if ((x & XFAM_DUE) != XFAM_DUE || (x & ~XFAM_ALLOWED))
		verdict_failed(d->v, CHECK_TD_XFAM,
			       "%016llx: bits 0 and 1 are due, and none outside %016llx", (ull)x,
			       (ull)XFAM_ALLOWED);
	else
		verdict_held(d->v, CHECK_TD_XFAM, "%016llx", (ull)x);
}

static bool is_set(struct bytes b)
{
	return !mem_is_zero(b.data, b.len);
}

static void check_service_td(struct dcap *d)
{
	const struct td_report *t = &d->q.td;
	bool bound = is_set(t->mrservicetd) || is_set(t->service_td_hash) ||
		     is_set(t->init_service_td_hash);

	td_check_service(bound, t->attributes_bits, d->j->policy->dcap.allow_service_td, d->v);
}

/* ---- D29: the enclave ------------------------------------------------------------------- */

static void check_sgx_attributes(struct dcap *d)
{
	uint64_t f = d->q.sgx.flags;

	if (!(f & SGX_INIT) || !(f & SGX_MODE64))
		verdict_failed(d->v, CHECK_SGX_ATTRIBUTES,
			       "%016llx: the enclave is not initialized, or not of 64 bits", (ull)f);
	else if (f & ~SGX_DEFINED)
		verdict_failed(d->v, CHECK_SGX_ATTRIBUTES, "%016llx: reserved bits are set", (ull)f);
	else
		verdict_held(d->v, CHECK_SGX_ATTRIBUTES, "%016llx", (ull)f);
}

void dcap_appraise(struct dcap *d)
{
	evaluate(d);
	check_evaluation(d);
	check_status(d);
	if (d->q.body == QUOTE_SGX) {
		verdict_ask(d->v, CHECK_SGX_ATTRIBUTES, CHECK_SGX_ATTRIBUTES);
		check_sgx_attributes(d);
		return;
	}
	verdict_ask(d->v, CHECK_TDX_MODULE, CHECK_TD_SERVICE);
	check_module(d);
	check_td_attributes(d);
	check_xfam(d);
	check_service_td(d);
}

/* ---- Claims ------------------------------------------------------------------------------- */

static void claim_td(const struct td_report *t, struct cloister_verdict *v)
{
	static const char *const rtmr[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	verdict_claim_bytes(v, "measurement", t->mrtd);
	verdict_claim_bytes(v, "mrtd", t->mrtd);
	for (size_t i = 0; i < 4; i++)
		verdict_claim_bytes(v, rtmr[i], t->rtmr[i]);
	verdict_claim_bytes(v, "report_data", t->report_data);
	verdict_claim_bool(v, "debug", t->attributes_bits & TD_DEBUG);
	verdict_claim_bytes(v, "td_attributes", t->td_attributes);
	verdict_claim_bytes(v, "xfam", t->xfam);
	verdict_claim_bytes(v, "mrconfigid", t->mrconfigid);
	verdict_claim_bytes(v, "mrowner", t->mrowner);
	verdict_claim_bytes(v, "mrownerconfig", t->mrownerconfig);
	verdict_claim_bytes(v, "mrservicetd", t->mrservicetd);
	verdict_claim_bytes(v, "mrseam", t->mrseam);
	verdict_claim_bytes(v, "mrsignerseam", t->mrsignerseam);
	verdict_claim_bytes(v, "seam_attributes", t->seam_attributes);
	verdict_claim_bytes(v, "tee_tcb_svn", t->tee_tcb_svn);
	verdict_claim_bytes(v, "tee_tcb_svn_2", t->tee_tcb_svn_2);
	verdict_claim_bytes(v, "td_id", t->td_id);
	verdict_claim_bytes(v, "vm_id", t->vm_id);
	verdict_claim_bytes(v, "dev_info", t->dev_info);
	verdict_claim_bytes(v, "init_service_td_hash", t->init_service_td_hash);
	verdict_claim_bytes(v, "service_td_hash", t->service_td_hash);
}

static void claim_enclave(const struct sgx_report *s, struct cloister_verdict *v)
{
	verdict_claim_bytes(v, "measurement", s->mrenclave);
	verdict_claim_bytes(v, "mrenclave", s->mrenclave);
	verdict_claim_bytes(v, "mrsigner", s->mrsigner);
	verdict_claim_bytes(v, "isv_prod_id", s->prod_id_bytes);
	verdict_claim_u64(v, "isv_svn", s->isv_svn);
	verdict_claim_bytes(v, "report_data", s->report_data);
	verdict_claim_bool(v, "debug", s->flags & SGX_DEBUG);
	verdict_claim_bytes(v, "attributes", s->attributes);
	verdict_claim_bytes(v, "misc_select", s->misc_select);
	verdict_claim_bytes(v, "config_id", s->config_id);
	verdict_claim_u64(v, "config_svn", s->config_svn);
	verdict_claim_bytes(v, "isv_ext_prod_id", s->ext_prod_id);
	verdict_claim_bytes(v, "isv_family_id", s->family_id);
	verdict_claim_bytes(v, "cpu_svn", s->cpu_svn);
}

/* Sorted, none twice, joined by commas; cut at a whole name when a verdict has no room for more. */
static void claim_advisories(struct cloister_verdict *v, const char *name, const struct tcb_answer *a)
{
	char text[LIMIT_CLAIM_BYTES / 4];
	size_t n = 0;

	text[0] = 0;
	for (size_t i = 0; i < a->n_advisories; i++)
		if (!put_name(text, sizeof text, &n, i ? "," : "", a->advisories[i]))
			break;
	verdict_claim_text_copy(v, name, text);
}

static void claim_status(const struct dcap *d, struct cloister_verdict *v)
{
	const struct tcb_answer *launch = &d->answers.launch, *current = &d->answers.current;

	if (launch->found) {
		verdict_claim_text_copy(v, "tcb_status", tcb_status_name(launch->status));
		verdict_claim_time(v, "tcb_date", launch->date_s);
		claim_advisories(v, "advisories", launch);
	}
	if (current->found && d->q.td.tee_tcb_svn_2.data) {
		verdict_claim_text_copy(v, "current_tcb_status", tcb_status_name(current->status));
		verdict_claim_time(v, "current_tcb_date", current->date_s);
		claim_advisories(v, "current_advisories", current);
	}
}

void dcap_claim(struct dcap *d)
{
	struct cloister_verdict *v = d->v;

	v->root_is_builtin = d->root_is_builtin;
	if (d->q.body == QUOTE_SGX)
		claim_enclave(&d->q.sgx, v);
	else
		claim_td(&d->q.td, v);
	claim_status(d, v);
	verdict_claim_u64(v, "tcb_evaluation", evaluation_of(d));
	verdict_claim_bytes_copy(v, "tcb", BYTES_OF(d->pck.components));
	verdict_claim_u64(v, "pcesvn", d->pck.pcesvn);
	verdict_claim_u64(v, "qe_isv_svn", d->q.qe.isv_svn);
	verdict_claim_bytes_copy(v, "platform_id", d->pck.ppid);
	verdict_claim_bytes_copy(v, "fmspc", d->pck.fmspc);
	if (d->pck.has_platform) {
		verdict_claim_bytes_copy(v, "platform_instance_id", d->pck.platform_id);
		verdict_claim_bool(v, "smt", d->pck.smt);
	}
	verdict_claim_text_copy(v, "root", d->root_is_builtin ? "intel-sgx-root-ca" : "caller-root");
	verdict_claim_bytes_copy(v, "root_sha256", BYTES_OF(d->root_sha256));
	verdict_claim_time(v, "valid_from", d->path.valid_from_s);
	verdict_claim_time(v, "valid_until", d->path.valid_until_s);
	verdict_claim_time(v, "collateral_date", d->collateral_s);
	verdict_claim_time(v, "collateral_next_update", d->collateral_until_s);
}
