/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_judge.c - from an attestation report to a verdict: parse (S1 to S4), find
 * out who vouches for the key (S5 to S12), that it is this machine's key at this
 * TCB (S13 to S15), check the signature over the very bytes that were parsed
 * (S16), and only then look at what they say.
 */

#include <stdio.h>

#include "evidence/snp_chain.h"

typedef unsigned long long ull;

/* ---- Before anything is believed ------------------------------------------- */

/* S1 and S2. */
static bool parse(struct bytes report, struct snp_report *r, struct cloister_verdict *v)
{
	struct cloister_fault why;

	if (report.len != SNP_REPORT_LEN) {
		verdict_failed(v, CHECK_SNP_SIZE, "%zu bytes instead of %u", report.len, SNP_REPORT_LEN);
		return false;
	}
	verdict_held(v, CHECK_SNP_SIZE, "%s", "");
	if (snp_report_read(report, r, &why) != CLOISTER_OK) {
		verdict_fault(v, CHECK_SNP_FORMAT, &why);
		return false;
	}
	verdict_held(v, CHECK_SNP_FORMAT, "version %u", r->version);
	return true;
}

/* S3. With a masked key the firmware leaves the signature out. */
static bool check_key_kind(const struct snp_report *r, struct cloister_verdict *v)
{
	if (r->mask_chip_key)
		verdict_failed(v, CHECK_SNP_KEY_KIND, "the host masks the key: nobody signed this");
	else if (r->signer == SNP_NO_KEY)
		verdict_failed(v, CHECK_SNP_KEY_KIND, "it says that nobody signed it");
	else if (r->signer != SNP_VCEK && r->signer != SNP_VLEK)
		verdict_failed(v, CHECK_SNP_KEY_KIND, "signing key %d is not known here", (int)r->signer);
	else if (r->key_info >> 5)
		verdict_failed(v, CHECK_SNP_KEY_KIND, "reserved bits of KEY_INFO are set: %xh", r->key_info);
	else
		verdict_held(v, CHECK_SNP_KEY_KIND, "%s", r->signer == SNP_VLEK ? "VLEK" : "VCEK");
	return verdict_held_to(v, CHECK_SNP_KEY_KIND);
}

/* S4 */
static bool check_product(const struct snp_report *r, struct cloister_verdict *v)
{
	enum snp_product p = snp_report_product(r);

	if (p < SNP_PRODUCTS)
		verdict_held(v, CHECK_SNP_PRODUCT, "%s", snp_product_name(p));
	else if (p == SNP_NAMELESS)
		verdict_held(v, CHECK_SNP_PRODUCT, "version 2 names none: the key's certificate does");
	else if (p == SNP_VENICE)
		verdict_failed(v, CHECK_SNP_PRODUCT, "Venice: AMD has published no root for it yet");
	else
		verdict_failed(v, CHECK_SNP_PRODUCT, "family %02xh model %02xh is not known here", r->family,
			       r->model);
	return verdict_held_to(v, CHECK_SNP_PRODUCT);
}

/* S13: by AMD's own extension; the names were compared in S9. */
static void check_match(const struct snp_chain *s, struct cloister_verdict *v)
{
	if (s->vek.product == s->product)
		verdict_held(v, CHECK_SNP_MATCH, "%.*s", (int)s->vek.product_name.len,
			     (const char *)s->vek.product_name.data);
	else
		verdict_failed(v, CHECK_SNP_MATCH, "the key is for %s, the report from %s",
			       snp_product_name(s->vek.product), snp_product_name(s->product));
}

/* S14. Only a VCEK is one chip's; when the host masks the chip id, its certificate names the chip. */
static void check_chip(const struct snp_report *r, const struct snp_chain *s, struct cloister_verdict *v)
{
	struct bytes id = snp_chip_id(r, s->product);
	bool rest_is_zero = mem_is_zero(r->chip_id.data + id.len, r->chip_id.len - id.len);

	if (!rest_is_zero)
		verdict_failed(v, CHECK_SNP_CHIP, "the chip id is longer than %s's",
			       snp_product_name(s->product));
	else if (s->vek.kind == SNP_VLEK)
		verdict_held(v, CHECK_SNP_CHIP, "a VLEK is a provider's, not one chip's");
	else if (snp_chip_is_masked(r))
		verdict_held(v, CHECK_SNP_CHIP, "the host masks the chip id; the certificate names the chip");
	else if (s->vek.hwid.len == id.len && mem_same(s->vek.hwid.data, id.data, id.len))
		verdict_held(v, CHECK_SNP_CHIP, "%zu bytes compared", id.len);
	else
		verdict_failed(v, CHECK_SNP_CHIP, "the key is another chip's");
}

/* S15 */
static void check_tcb(const struct snp_report *r, const struct snp_chain *s, struct cloister_verdict *v)
{
	char is[SNP_TCB_TEXT], due[SNP_TCB_TEXT];
	struct snp_tcb reported;

	(void)snp_tcb_read(s->product, r->reported_tcb, &reported); /* reserved bytes: S17 */
	(void)snp_tcb_text(s->product, &reported, is);
	if (snp_tcb_equal(&reported, &s->vek.tcb))
		verdict_held(v, CHECK_SNP_TCB, "%s", is);
	else
		verdict_failed(v, CHECK_SNP_TCB, "the report says %s, the key's certificate %s", is,
			       snp_tcb_text(s->product, &s->vek.tcb, due));
}

/* S16 */
static enum cloister_err check_signature(const struct snp_report *r, const struct snp_chain *s,
					 struct cloister_verdict *v, struct cloister_fault *why)
{
	uint8_t sig[SNP_SIG_LEN];
	bool good;

	TRY(snp_signed_by(r, s->path.certs[s->path.n - 1].key.point.data, &good, why));
	if (good)
		verdict_held(v, CHECK_SNP_SIGNATURE, "%s", "");
	else if (!snp_signature(r, sig))
		verdict_failed(v, CHECK_SNP_SIGNATURE, "r or s is zero, or has more than 48 bytes");
	else
		verdict_failed(v, CHECK_SNP_SIGNATURE, "the signature is not the key's over these bytes");
	return CLOISTER_OK;
}

/* ---- What the report says, once it is known who says it ---------------------- */

static const struct {
	const char *name;
	size_t at;
} tcbs[] = {
	{ "REPORTED_TCB", offsetof(struct snp_report, reported_tcb) },
	{ "COMMITTED_TCB", offsetof(struct snp_report, committed_tcb) },
	{ "CURRENT_TCB", offsetof(struct snp_report, current_tcb) },
	{ "LAUNCH_TCB", offsetof(struct snp_report, launch_tcb) },
};
#define N_TCBS (sizeof tcbs / sizeof *tcbs)
enum { REPORTED, COMMITTED, CURRENT, LAUNCH };

static bool tcb_of(const struct snp_report *r, enum snp_product p, size_t i, struct snp_tcb *out)
{
	return snp_tcb_read(p, *(const struct bytes *)((const char *)r + tcbs[i].at), out);
}

/* S17 */
static void check_reserved(const struct snp_report *r, enum snp_product p, struct cloister_verdict *v)
{
	struct snp_tcb t;

	if (r->reserved)
		verdict_failed(v, CHECK_SNP_RESERVED, "%s at byte %zu is not zero", r->reserved,
			       r->reserved_at);
	if (!(r->policy & SNP_POLICY_RESERVED_1))
		verdict_failed(v, CHECK_SNP_RESERVED, "bit 17 of the guest's policy is not set");
	if (r->policy & ~SNP_POLICY_KNOWN)
		verdict_failed(v, CHECK_SNP_RESERVED, "unknown bits of the guest's policy are set: %llxh",
			       (ull)r->policy);
	if (r->platform_info & ~SNP_PLATFORM_KNOWN)
		verdict_failed(v, CHECK_SNP_RESERVED, "unknown bits of PLATFORM_INFO are set: %llxh",
			       (ull)r->platform_info);
	if (r->vmpl > 3 && r->vmpl != SNP_VMPL_HOST)
		verdict_failed(v, CHECK_SNP_RESERVED, "there is no VMPL %u", r->vmpl);
	for (size_t i = 0; i < N_TCBS; i++)
		if (!tcb_of(r, p, i, &t))
			verdict_failed(v, CHECK_SNP_RESERVED, "reserved bytes of %s are not zero",
				       tcbs[i].name);
	verdict_held(v, CHECK_SNP_RESERVED, "%s", "");
}

/* S18: arXiv 2605.12990. Whoever has a chip's seed signs for every firmware that will ever exist. */
static void check_milan(const struct snp_wants *w, enum snp_product p, struct cloister_verdict *v)
{
	if (p != SNP_MILAN)
		verdict_held(v, CHECK_SNP_MILAN, "%s", snp_product_name(p));
	else if (w->allow_milan)
		verdict_waived(v, CHECK_SNP_MILAN,
			       "Milan, allowed by the caller: software can extract a chip's keys, and then "
			       "sign anything");
	else
		verdict_failed(v, CHECK_SNP_MILAN,
			       "Milan: software can extract a chip's keys, and then sign anything "
			       "(arXiv 2605.12990)");
}

/* S19 */
static void check_vmpl(const struct snp_wants *w, uint32_t vmpl, struct cloister_verdict *v)
{
	if (vmpl == SNP_VMPL_HOST)
		verdict_failed(v, CHECK_SNP_VMPL, "the host asked for this report, not the guest");
	else if (w->any_vmpl)
		verdict_waived(v, CHECK_SNP_VMPL, "VMPL %u; any is accepted by the caller", vmpl);
	else if (vmpl != w->vmpl)
		verdict_failed(v, CHECK_SNP_VMPL, "VMPL %u instead of %u", vmpl, w->vmpl);
	else
		verdict_held(v, CHECK_SNP_VMPL, "VMPL %u", vmpl);
}

static bool has_agent(const struct snp_report *r)
{
	for (size_t i = 0; i < r->report_id_ma.len; i++)
		if (r->report_id_ma.data[i] != 0xff)
			return true;
	return false;
}

/* S20 */
static void check_migration(const struct snp_wants *w, const struct snp_report *r,
			    struct cloister_verdict *v)
{
	const char *what = has_agent(r)			       ? "a migration agent is bound to the guest" :
			   r->policy & SNP_POLICY_MIGRATE_MA ? "the guest's policy lets one be bound" :
							       NULL;

	if (!what)
		verdict_held(v, CHECK_SNP_MIGRATION, "%s", "");
	else if (w->allow_migration_agent)
		verdict_waived(v, CHECK_SNP_MIGRATION, "%s, allowed by the caller", what);
	else
		verdict_failed(v, CHECK_SNP_MIGRATION, "%s", what);
}

static uint32_t number(struct snp_firmware f)
{
	return (uint32_t)f.major << 16 | (uint32_t)f.minor << 8 | f.build;
}

/* S21: SNP_CONFIG and SNP_COMMIT keep Reported <= Committed <= Current. */
static void check_tcb_order(const struct snp_report *r, enum snp_product p, struct cloister_verdict *v)
{
	struct snp_tcb reported, committed, current;
	const char *level;

	(void)tcb_of(r, p, REPORTED, &reported);
	(void)tcb_of(r, p, COMMITTED, &committed);
	(void)tcb_of(r, p, CURRENT, &current);
	level = snp_tcb_below(&committed, &reported);
	if (level)
		verdict_failed(v, CHECK_SNP_TCB_ORDER, "%s of REPORTED_TCB is above COMMITTED_TCB's", level);
	level = snp_tcb_below(&current, &committed);
	if (level)
		verdict_failed(v, CHECK_SNP_TCB_ORDER, "%s of COMMITTED_TCB is above CURRENT_TCB's", level);
	if (number(r->committed) > number(r->current))
		verdict_failed(v, CHECK_SNP_TCB_ORDER, "the committed firmware is newer than the current one");
	verdict_held(v, CHECK_SNP_TCB_ORDER, "%s", "");
}

/* S22: also the TCB at launch, for what ran then could have read what runs now. */
static void check_tcb_floor(const struct snp_wants *w, const struct snp_report *r, enum snp_product p,
			    struct cloister_verdict *v)
{
	char is[SNP_TCB_TEXT], due[SNP_TCB_TEXT];
	const struct snp_tcb *least = &w->floor[p].least;
	struct snp_tcb t;

	if (!w->floor[p].given) {
		verdict_waived(v, CHECK_SNP_TCB_FLOOR, "no least TCB was given for %s", snp_product_name(p));
		return;
	}
	(void)snp_tcb_text(p, least, due);
	for (size_t i = 0; i < N_TCBS; i++) {
		(void)tcb_of(r, p, i, &t);
		if (snp_tcb_below(&t, least))
			verdict_failed(v, CHECK_SNP_TCB_FLOOR, "%s is %s, at least %s is expected",
				       tcbs[i].name, snp_tcb_text(p, &t, is), due);
	}
	if (snp_tcb_equal(least, &(struct snp_tcb){ 0 }))
		verdict_tolerated(v, CHECK_SNP_TCB_FLOOR, "at least %s, which is any", due);
	verdict_held(v, CHECK_SNP_TCB_FLOOR, "at least %s", due);
}

/* S23 to S25: `due` bits are set, `barred` ones are not. */
static void check_bits(uint64_t due, uint64_t barred, uint64_t is, enum check c, struct cloister_verdict *v)
{
	if (due == 0 && barred == 0)
		verdict_waived(v, c, "nothing is demanded; the report says %llxh", (ull)is);
	else if ((is & due) != due)
		verdict_failed(v, c, "%llxh is demanded, %llxh is missing", (ull)due, (ull)(due & ~is));
	else if (is & barred)
		verdict_failed(v, c, "%llxh is forbidden, %llxh is set", (ull)barred, (ull)(is & barred));
	else
		verdict_held(v, c, "%llxh", (ull)is);
}

/* Whatever else was demanded: without the alias check a memory module may lie (CVE-2024-21944). */
static void check_platform_info(const struct snp_wants *w, uint64_t is, struct cloister_verdict *v)
{
	bool has_wish = w->platform_info || w->platform_info_clear;
	bool is_met = (is & w->platform_info) == w->platform_info && !(is & w->platform_info_clear);

	if (has_wish && is_met && !(w->platform_info & SNP_PLATFORM_ALIAS_CHECK))
		verdict_tolerated(v, CHECK_SNP_PLATFORM_INFO, "%llxh, but the alias check was not demanded", (ull)is);
	check_bits(w->platform_info, w->platform_info_clear, is, CHECK_SNP_PLATFORM_INFO, v);
}

/* The ABI in a guest's policy is what it asks of the firmware: an older one does not run it. */
static void check_guest_policy(const struct snp_wants *w, uint64_t policy, struct cloister_verdict *v)
{
	unsigned major = SNP_POLICY_ABI_MAJOR(policy), minor = SNP_POLICY_ABI_MINOR(policy);
	bool is_low = major < w->abi.major || (major == w->abi.major && minor < w->abi.minor);
	bool has_bits = w->guest_policy || w->guest_policy_clear;

	if (is_low) /* than 0.0, when none was given, nothing is */
		verdict_failed(v, CHECK_SNP_GUEST_POLICY, "it asks for ABI %u.%u, at least %u.%u is expected",
			       major, minor, w->abi.major, w->abi.minor);
	else if (w->abi.given && !has_bits)
		verdict_held(v, CHECK_SNP_GUEST_POLICY, "it asks for ABI %u.%u", major, minor);
	else
		check_bits(w->guest_policy, w->guest_policy_clear, policy, CHECK_SNP_GUEST_POLICY, v);
}

static void check_content(const struct snp_wants *w, const struct snp_report *r, enum snp_product p,
			  struct cloister_verdict *v)
{
	check_reserved(r, p, v);
	check_milan(w, p, v);
	check_vmpl(w, r->vmpl, v);
	check_migration(w, r, v);
	check_tcb_order(r, p, v);
	check_tcb_floor(w, r, p, v);
	check_platform_info(w, r->platform_info, v);
	check_bits(w->mitigations, 0, r->current_mitigations, CHECK_SNP_MITIGATIONS, v);
	check_guest_policy(w, r->policy, v);
}

/* ---- Claims ------------------------------------------------------------------ */

static void claim_tcb(struct cloister_verdict *v, const char *name, const struct snp_report *r,
		      enum snp_product p, size_t i)
{
	char text[SNP_TCB_TEXT];
	struct snp_tcb t;

	(void)tcb_of(r, p, i, &t);
	verdict_claim_text_copy(v, name, snp_tcb_text(p, &t, text));
}

static void claim_firmware(struct cloister_verdict *v, const char *name, struct snp_firmware f)
{
	char text[16];

	snprintf(text, sizeof text, "%u.%u.%u", f.major, f.minor, f.build);
	verdict_claim_text_copy(v, name, text);
}

static void claim_report(const struct snp_report *r, enum snp_product p, struct cloister_verdict *v)
{
	verdict_claim_u64(v, "version", r->version);
	verdict_claim_bytes(v, "measurement", r->measurement);
	verdict_claim_bytes(v, "report_data", r->report_data);
	verdict_claim_bytes(v, "host_data", r->host_data);
	verdict_claim_bytes(v, "id_key_digest", r->id_key_digest);
	verdict_claim_bytes(v, "author_key_digest", r->author_key_digest);
	verdict_claim_bool(v, "author_key_en", r->author_key_en);
	verdict_claim_bytes(v, "family_id", r->family_id);
	verdict_claim_bytes(v, "image_id", r->image_id);
	verdict_claim_u64(v, "guest_svn", r->guest_svn);
	verdict_claim_u64(v, "policy", r->policy);
	verdict_claim_bool(v, "debug", r->policy & SNP_POLICY_DEBUG);
	verdict_claim_u64(v, "vmpl", r->vmpl);
	verdict_claim_bytes(v, "report_id", r->report_id);
	verdict_claim_bytes(v, "report_id_ma", r->report_id_ma);
	verdict_claim_u64(v, "platform_info", r->platform_info);
	claim_tcb(v, "tcb", r, p, REPORTED);
	claim_tcb(v, "committed_tcb", r, p, COMMITTED);
	claim_tcb(v, "current_tcb", r, p, CURRENT);
	claim_tcb(v, "launch_tcb", r, p, LAUNCH);
	claim_firmware(v, "current_version", r->current);
	claim_firmware(v, "committed_version", r->committed);
	if (r->has_mitigations) {
		verdict_claim_u64(v, "launch_mit_vector", r->launch_mitigations);
		verdict_claim_u64(v, "current_mit_vector", r->current_mitigations);
	}
}

/* The chip by the report, or by the certificate when the host masks it there; a VLEK names none. */
static struct bytes machine(const struct snp_report *r, const struct snp_chain *s)
{
	return snp_chip_is_masked(r) ? s->vek.hwid : snp_chip_id(r, s->product);
}

/* Certificates may come from the caller's collateral: what is claimed of them is copied. */
static void claim_chain(const struct snp_report *r, const struct snp_chain *s, struct cloister_verdict *v)
{
	static const char *const roots[SNP_PRODUCTS] = { "amd-ark-milan", "amd-ark-genoa", "amd-ark-turin" };
	struct bytes id = machine(r, s);

	v->root_is_builtin = s->root_is_builtin;
	verdict_claim_text_copy(v, "product", snp_product_name(s->product));
	verdict_claim_text_copy(v, "signing_key", r->signer == SNP_VLEK ? "vlek" : "vcek");
	if (id.data)
		verdict_claim_bytes_copy(v, "platform_id", id);
	if (s->vek.csp_id.data) {
		char text[LIMIT_SNP_CSP_ID + 1];
		snprintf(text, sizeof text, "%.*s", (int)s->vek.csp_id.len, (const char *)s->vek.csp_id.data);
		verdict_claim_text_copy(v, "csp_id", text);
	}
	verdict_claim_text_copy(v, "root", s->root_is_builtin ? roots[s->product] : "caller-root");
	verdict_claim_bytes_copy(v, "root_sha256", BYTES_OF(s->root_sha256));
	verdict_claim_time(v, "valid_from", s->path.valid_from_s);
	verdict_claim_time(v, "valid_until", s->path.valid_until_s);
	if (s->has_crl) {
		verdict_claim_time(v, "collateral_date", s->crl.this_update_s);
		verdict_claim_time(v, "collateral_next_update", s->crl.next_update_s);
	}
}

static struct spoken spoken_by(const struct snp_report *r, const struct snp_chain *s)
{
	return (struct spoken){
		.kind = KIND_SNP,
		.is_debug = r->policy & SNP_POLICY_DEBUG,
		.debug_because = "bit 19 of the guest's policy is set: its host may read its memory",
		.report_data = r->report_data,
		.platform_id = machine(r, s),
	};
}

enum cloister_err snp_check(const struct judge *j, struct bytes report, struct spoken *said,
			    struct cloister_verdict *v, struct cloister_fault *why)
{
	struct snp_report r;
	struct snp_chain s = { 0 };

	verdict_ask(v, CHECK_SNP_SIZE, CHECK_SNP_GUEST_POLICY);
	if (!parse(report, &r, v) || !check_key_kind(&r, v) || !check_product(&r, v))
		return CLOISTER_OK;
	TRY(snp_chain_check(j, &r, &s, v, why));
	if (verdict_held_to(v, CHECK_SNP_REVOCATION))
		check_match(&s, v);
	if (verdict_held_to(v, CHECK_SNP_MATCH))
		check_chip(&r, &s, v);
	if (verdict_held_to(v, CHECK_SNP_CHIP))
		check_tcb(&r, &s, v);
	if (verdict_held_to(v, CHECK_SNP_TCB))
		TRY(check_signature(&r, &s, v, why));
	if (!verdict_held_to(v, CHECK_SNP_SIGNATURE))
		return CLOISTER_OK;
	claim_report(&r, s.product, v);
	claim_chain(&r, &s, v);
	check_content(&j->policy->snp, &r, s.product, v);
	*said = spoken_by(&r, &s);
	return CLOISTER_OK;
}

enum cloister_err snp_judge(const struct judge *j, struct bytes report, struct cloister_verdict *v,
			    struct cloister_fault *why)
{
	struct spoken said;

	verdict_ask(v, CHECK_DEBUG, CHECK_MEASUREMENTS);
	verdict_ask(v, CHECK_NONCE, CHECK_NONCE);
	verdict_ask(v, CHECK_REPORT_DATA, CHECK_REPORT_DATA);
	TRY(snp_check(j, report, &said, v, why));
	if (verdict_held_to(v, CHECK_SNP_SIGNATURE))
		expect_common(j->policy, &said, j->now_s, v);
	return CLOISTER_OK;
}
