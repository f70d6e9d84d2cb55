/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gce_judge.c - what goes with a report of a cloud's machine: Google's
 * endorsement of the measurement (G1 to G4, G6), when there is one among the
 * collateral or in the bundle or the policy wants one, and the event log (G5),
 * when there is one. Both are asked after the hardware's own judge, and about its
 * claims only.
 */

#include <stdio.h>

#include "codec/pem.h"
#include "crypto/verify.h"
#include "evidence/gce.h"
#include "evidence/kind.h"
#include "evidence/path.h"

typedef unsigned long long ull;

struct endorsed {
	struct gce_endorsement e;
	struct gce_golden g;
	bool listed;
	uint32_t n; /* virtual CPUs, or GiB of RAM */
};

static bool read_one(struct bytes in, struct bytes measurement, bool is_tdx, struct endorsed *out,
		     struct cloister_fault *why)
{
	if (gce_endorsement_read(in, &out->e, why) != CLOISTER_OK ||
	    gce_golden_read(out->e.golden, &out->g, why) != CLOISTER_OK)
		return false;
	out->listed = is_tdx ? gce_endorses_tdx(&out->g, measurement, &out->n) :
			       gce_endorses_snp(&out->g, measurement, &out->n);
	return true;
}

/*
 * Those of one pool. Whether any has its form; of several, *out, which comes empty, is the
 * first that lists the measurement.
 */
static bool choose_from(const struct pool *pool, struct bytes measurement, bool is_tdx, struct endorsed *out,
			struct cloister_fault *why)
{
	struct endorsed one;
	struct bytes in;
	size_t at = 0;
	bool any = false;

	while (!out->listed && pool_next(pool, NULL, ITEM_ENDORSEMENT, &at, &in)) {
		if (!read_one(in, measurement, is_tdx, &one, why) || (any && !one.listed))
			continue;
		any = true;
		*out = one;
	}
	return any;
}

static bool has_one(const struct pool *pool)
{
	struct bytes in;
	size_t at = 0;

	return pool_next(pool, NULL, ITEM_ENDORSEMENT, &at, &in);
}

/*
 * G1: the caller's endorsements, and only where there are none the evidence's: who sends
 * evidence might send an older one along. What it says is believed after G3.
 */
static bool choose(const struct judge *j, struct bytes measurement, bool is_tdx, struct endorsed *out,
		   struct cloister_verdict *v)
{
	const struct pool *pool = has_one(trust_pool(j->trust)) ? trust_pool(j->trust) : j->given;
	struct cloister_fault why;

	if (choose_from(pool, measurement, is_tdx, out, &why)) {
		verdict_held(v, CHECK_GCE_FORM, "made %llu, from the %s", (ull)out->g.made_s,
			     pool == j->given ? "evidence" : "caller");
		return true;
	}
	verdict_fault(v, CHECK_GCE_FORM, &why);
	return false;
}

struct chain {
	uint8_t room[LIMIT_CHAIN + 1][LIMIT_CERT_LARGE];
	struct bytes ders[LIMIT_CHAIN + 1]; /* root first */
	size_t n;
};

/* The bundle's certificates, root first, and the signer's behind them. False: `note` says why. */
static bool read_chain(const struct gce_golden *g, struct chain *c, const char **note)
{
	struct bytes text = g->ca_bundle, block;
	struct cloister_fault why;
	size_t len;

	while (pem_next(&text, &block)) {
		*note = "ca_bundle: too many certificates, or one that is not PEM";
		if (c->n == LIMIT_CHAIN || pem_read(block, "CERTIFICATE", c->room[c->n],
						    sizeof c->room[c->n], &len, &why) != CLOISTER_OK)
			return false;
		c->ders[c->n] = bytes_of(c->room[c->n], len);
		c->n++;
	}
	*note = "ca_bundle: text behind the certificates";
	if (text.len > 0)
		return false;
	c->ders[c->n++] = g->cert;
	*note = "ca_bundle: no certificate above the signer's";
	return c->n >= 2;
}

/* G2: to a root that the caller gave; none of Google's is built in. */
static enum cloister_err check_path(const struct judge *j, const struct gce_golden *g, struct path *p,
				    struct cloister_verdict *v, struct cloister_fault *why)
{
	struct chain c = { 0 };
	uint8_t sha256[SHA256_LEN];
	const char *note;
	bool builtin, good;

	if (!read_chain(g, &c, &note)) {
		verdict_failed(v, CHECK_GCE_PATH, "%s", note);
		return CLOISTER_OK;
	}
	TRY(hash_sha256(c.ders[0], sha256, why));
	if (!trust_has_root(j->trust, ROOT_GOOGLE, sha256, &builtin)) {
		verdict_failed(v, CHECK_GCE_PATH,
			       "no root that was given has this certificate's SHA-256 (%02x%02x%02x%02x…)",
			       sha256[0], sha256[1], sha256[2], sha256[3]);
		return CLOISTER_OK;
	}
	good = path_read(p, c.ders, c.n, &cert_profile_google) && path_roles(p, PATH_LEAF_SIGNS) &&
	       path_names(p) && path_valid(p, j->now_s);
	if (good)
		TRY(path_signed(p, j->trust, j->now_s, &good, why));
	if (good)
		verdict_held(v, CHECK_GCE_PATH, "a root given by the caller");
	else
		verdict_failed(v, CHECK_GCE_PATH, "%s", p->say);
	if (!good)
		return CLOISTER_OK;
	verdict_claim_bytes_copy(v, "endorsement_root_sha256", BYTES_OF(sha256));
	return CLOISTER_OK;
}

static enum cloister_err check_signature(const struct gce_endorsement *e, const struct cert *signer,
					 struct cloister_verdict *v, struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];
	bool good;

	TRY(hash_sha256(e->golden, digest, why));
	TRY(rsa_verify(RSA_PSS_SHA256, signer->key.modulus, signer->key.exponent, BYTES_OF(digest),
		       e->signature, &good, why));
	if (good)
		verdict_held(v, CHECK_GCE_SIGNATURE, "%zu bytes", e->golden.len);
	else
		verdict_failed(v, CHECK_GCE_SIGNATURE, "the signer did not sign these bytes");
	return CLOISTER_OK;
}

/* G6: asked when the caller names a least version. */
static void check_svn(uint32_t least, uint32_t is, struct cloister_verdict *v)
{
	if (least == 0)
		return;
	if (is < least)
		verdict_failed(v, CHECK_GCE_SVN, "%u, at least %u is asked for", is, least);
	else
		verdict_held(v, CHECK_GCE_SVN, "%u", is);
}

static enum cloister_err check_endorsement(const struct judge *j, enum kind kind, struct cloister_verdict *v,
					   struct cloister_fault *why)
{
	const struct claim *measurement = verdict_claim(v, "measurement");
	struct endorsed e = { 0 };
	struct path p;

	verdict_ask(v, CHECK_GCE_FORM, CHECK_GCE_ENDORSED);
	if (j->policy->gce.svn_min)
		verdict_ask(v, CHECK_GCE_SVN, CHECK_GCE_SVN);
	if (!measurement || !choose(j, claim_bytes(v, measurement), kind == KIND_TDX, &e, v))
		return CLOISTER_OK;
	TRY(check_path(j, &e.g, &p, v, why));
	if (verdict_held_to(v, CHECK_GCE_PATH))
		TRY(check_signature(&e.e, &p.certs[p.n - 1], v, why));
	if (!verdict_held_to(v, CHECK_GCE_SIGNATURE))
		return CLOISTER_OK;
	if (!e.listed) {
		verdict_failed(v, CHECK_GCE_ENDORSED, "the measurement is not among those that are endorsed");
		return CLOISTER_OK;
	}
	verdict_held(v, CHECK_GCE_ENDORSED, "for %u %s", e.n,
		     kind == KIND_TDX ? "GiB of memory" : "virtual CPUs");
	check_svn(j->policy->gce.svn_min, kind == KIND_TDX ? e.g.tdx_svn : e.g.snp_svn, v);
	verdict_claim_time(v, "endorsement_date", e.g.made_s);
	verdict_claim_u64(v, kind == KIND_TDX ? "endorsed_ram_gib" : "endorsed_vcpus", e.n);
	verdict_claim_u64(v, "endorsement_svn", kind == KIND_TDX ? e.g.tdx_svn : e.g.snp_svn);
	if (e.g.digest.len)
		verdict_claim_bytes_copy(v, "firmware_sha384", e.g.digest);
	return CLOISTER_OK;
}

/* The registers of evidence that held. False: it has none that a log leads to. */
static bool find_registers(const struct cloister_verdict *v, struct bytes out[static CCEL_RTMRS])
{
	static const char *const names[CCEL_RTMRS] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	for (unsigned i = 0; i < CCEL_RTMRS; i++) {
		const struct claim *r = verdict_claim(v, names[i]);
		if (!r)
			return false;
		out[i] = claim_bytes(v, r);
	}
	return true;
}

static void compare(struct cloister_verdict *v, const struct bytes rtmr[static CCEL_RTMRS])
{
	char names[sizeof " RTMR0" * CCEL_RTMRS] = "";
	size_t len = 0;

	event_log_compare(&v->log, rtmr, v->reproduced);
	for (unsigned i = 0; i < CCEL_RTMRS; i++)
		if (!v->reproduced[i])
			len += (size_t)snprintf(names + len, sizeof names - len, " RTMR%u", i);
	if (len)
		verdict_failed(v, CHECK_EVENT_LOG, "the log does not lead to%s", names);
	else
		verdict_held(v, CHECK_EVENT_LOG, "%zu events", v->log.n_events);
}

/* A log of nothing would lead to registers of zeros, which say nothing either. */
static bool extends_any(const struct event_log *log)
{
	for (unsigned i = 0; i < CCEL_RTMRS; i++)
		if (log->n_extended[i])
			return true;
	return false;
}

/* G5: the log is the one that led to these registers. */
static enum cloister_err check_log(struct bytes log, struct cloister_verdict *v, struct cloister_fault *why)
{
	struct bytes rtmr[CCEL_RTMRS];
	struct cloister_fault local;

	verdict_ask(v, CHECK_EVENT_LOG, CHECK_EVENT_LOG);
	if (!verdict_claim(v, "measurement"))
		return CLOISTER_OK;
	if (!find_registers(v, rtmr)) {
		verdict_failed(v, CHECK_EVENT_LOG, "the evidence has no registers that a log leads to");
		return CLOISTER_OK;
	}
	enum cloister_err err = event_log_read(log, &v->log, &local);
	if (err == CLOISTER_E_NOMEM)
		return fail(why, err, "event log", "out of memory");
	v->has_log = err == CLOISTER_OK;
	if (!v->has_log)
		verdict_fault(v, CHECK_EVENT_LOG, &local);
	else if (!extends_any(&v->log))
		verdict_failed(v, CHECK_EVENT_LOG, "the log has no event that went into a register");
	else
		compare(v, rtmr);
	/* the log itself is no claim: not all that it says is covered by a digest */
	if (verdict_held_to(v, CHECK_EVENT_LOG))
		verdict_claim_u64(v, "log_events", v->log.n_events);
	return CLOISTER_OK;
}

/* The policy wants an endorsement, and there is none. */
static void refuse_unendorsed(enum kind kind, struct cloister_verdict *v)
{
	bool endorsable = kind == KIND_SNP || kind == KIND_TDX;

	verdict_ask(v, CHECK_GCE_FORM, CHECK_GCE_ENDORSED);
	if (verdict_claim(v, "measurement"))
		verdict_failed(v, CHECK_GCE_FORM, "%s",
			       endorsable ? "the policy requires a launch endorsement, and none is at hand" :
					    "the policy requires a launch endorsement, which this kind cannot have");
}

enum cloister_err cloud_judge(const struct judge *j, const struct evidence *e, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	bool endorsable = e->kind == KIND_SNP || e->kind == KIND_TDX;

	if (endorsable && (has_one(trust_pool(j->trust)) || has_one(j->given)))
		TRY(check_endorsement(j, e->kind, v, why));
	else if (j->policy->gce.required || j->policy->gce.svn_min)
		refuse_unendorsed(e->kind, v);
	if (e->event_log.len || e->log_is_given)
		TRY(check_log(e->event_log, v, why));
	return CLOISTER_OK;
}
