/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect.c - R13 to R16 and R18 to R23, one function each, every comparison in
 * full and in constant time. None of them is skipped: each answers held, failed,
 * or that the caller said "any"; what the caller expects and a kind does not
 * have is a failure, not an omission.
 */

#include "evidence/expect.h"

#include <string.h>

#include "base/mem.h"

#define SKEW_S 60u /* leaf certificates live three hours: little is forgiven */

typedef unsigned long long ull;

/* ---- Registers --------------------------------------------------------------- */

#define NITRO (1u << KIND_NITRO)
#define SNP (1u << KIND_SNP | 1u << KIND_AZURE_SNP)
#define TDX (1u << KIND_TDX | 1u << KIND_AZURE_TDX | 1u << KIND_TOKEN)
#define SGX (1u << KIND_SGX | 1u << KIND_TOKEN)
#define VTPM (1u << KIND_AZURE_SNP | 1u << KIND_AZURE_TDX)
#define PCR(n) { "pcr" #n, "PCR" #n, 48, true, NITRO }
#define VPCR(n) { "vtpm_pcr" #n, "vTPM PCR" #n, 32, false, VTPM }

static const struct reg regs[] = {
	PCR(0), PCR(1), PCR(2), PCR(3), PCR(4), PCR(5), PCR(6), PCR(7), PCR(8), PCR(9), PCR(10),
	PCR(11), PCR(12), PCR(13), PCR(14), PCR(15), PCR(16), PCR(17), PCR(18), PCR(19), PCR(20),
	PCR(21), PCR(22), PCR(23), PCR(24), PCR(25), PCR(26), PCR(27), PCR(28), PCR(29), PCR(30),
	PCR(31),
	{ "measurement", "the measurement", 0, true, NITRO | SNP | TDX | SGX },
	{ "host_data", "HOST_DATA", 32, false, SNP },
	{ "id_key_digest", "ID_KEY_DIGEST", 48, false, SNP },
	{ "author_key_digest", "AUTHOR_KEY_DIGEST", 48, false, SNP },
	{ "family_id", "FAMILY_ID", 16, false, SNP },
	{ "image_id", "IMAGE_ID", 16, false, SNP },
	{ "mrtd", "MRTD", 48, true, TDX },
	{ "rtmr0", "RTMR0", 48, false, TDX },
	{ "rtmr1", "RTMR1", 48, false, TDX },
	{ "rtmr2", "RTMR2", 48, false, TDX },
	{ "rtmr3", "RTMR3", 48, false, TDX },
	{ "mrseam", "MRSEAM", 48, false, TDX },
	{ "mrsignerseam", "MRSIGNERSEAM", 48, false, TDX },
	{ "mrconfigid", "MRCONFIGID", 48, false, TDX },
	{ "mrowner", "MROWNER", 48, false, TDX },
	{ "mrownerconfig", "MROWNERCONFIG", 48, false, TDX },
	{ "mrservicetd", "MRSERVICETD", 48, false, TDX },
	{ "mrenclave", "MRENCLAVE", 32, true, SGX },
	{ "mrsigner", "MRSIGNER", 32, true, SGX },
	{ "isv_prod_id", "ISVPRODID", 2, false, SGX }, /* little-endian, as the report has it */
	{ "config_id", "CONFIGID", 64, false, SGX },
	VPCR(0), VPCR(1), VPCR(2), VPCR(3), VPCR(4), VPCR(5), VPCR(6), VPCR(7), VPCR(8), VPCR(9),
	VPCR(10), VPCR(11), VPCR(12), VPCR(13), VPCR(14), VPCR(15), VPCR(16), VPCR(17), VPCR(18),
	VPCR(19), VPCR(20), VPCR(21), VPCR(22), VPCR(23),
};

#define N_REGS (sizeof regs / sizeof *regs)

const struct reg *reg_at(size_t i)
{
	return i < N_REGS ? &regs[i] : NULL;
}

const struct reg *reg_find(const char *name)
{
	for (size_t i = 0; i < N_REGS; i++)
		if (strcmp(regs[i].name, name) == 0)
			return &regs[i];
	return NULL;
}

const char *tcb_status_name(enum tcb_status s)
{
	static const char *const names[TCB_STATUS_COUNT] = {
		[TCB_UP_TO_DATE] = "UpToDate",
		[TCB_SW_HARDENING_NEEDED] = "SWHardeningNeeded",
		[TCB_CONFIGURATION_NEEDED] = "ConfigurationNeeded",
		[TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED] = "ConfigurationAndSWHardeningNeeded",
		[TCB_OUT_OF_DATE] = "OutOfDate",
		[TCB_OUT_OF_DATE_CONFIGURATION_NEEDED] = "OutOfDateConfigurationNeeded",
		[TCB_TD_RELAUNCH_ADVISED] = "TDRelaunchAdvised",
		[TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED] = "TDRelaunchAdvisedConfigurationNeeded",
		[TCB_REVOKED] = "Revoked",
	};

	return (unsigned)s < TCB_STATUS_COUNT ? names[s] : "unknown";
}

/* ---- Whether everything was said ---------------------------------------------- */

static enum cloister_err value_possible(const struct reg *reg, struct bytes value,
					struct cloister_fault *why)
{
	if (reg->len && value.len != reg->len)
		return fail(why, CLOISTER_E_USAGE, reg->name, "%s has %u bytes, not %zu", reg->label,
			    reg->len, value.len);
	if (!reg->len && value.len != 48 && value.len != 32)
		return fail(why, CLOISTER_E_USAGE, reg->name, "%s has 48 or 32 bytes, not %zu",
			    reg->label, value.len);
	if (reg->zero_is_nothing && mem_is_zero(value.data, value.len))
		return fail(why, CLOISTER_E_USAGE, reg->name,
			    "an all-zero %s measures nothing and cannot be expected", reg->label);
	return CLOISTER_OK;
}

enum cloister_err policy_expect(struct cloister_policy *p, unsigned set, const char *name,
				struct bytes value, struct cloister_fault *why)
{
	const struct reg *reg = reg_find(name);

	if (!reg)
		return fail(why, CLOISTER_E_USAGE, "measurements", "there is no register `%s`", name);
	TRY(value_possible(reg, value, why));
	if (set >= LIMIT_EXPECTED_SETS)
		return fail(why, CLOISTER_E_LIMIT, "measurements", "more than %u sets",
			    LIMIT_EXPECTED_SETS);
	if (p->n_expected == LIMIT_EXPECTED)
		return fail(why, CLOISTER_E_LIMIT, "measurements", "more than %u values", LIMIT_EXPECTED);
	for (size_t i = 0; i < p->n_expected; i++)
		if (p->expected[i].set == set && p->expected[i].reg == reg)
			return fail(why, CLOISTER_E_USAGE, reg->name, "%s is given twice", reg->label);
	struct expected *e = &p->expected[p->n_expected++];
	*e = (struct expected){ .reg = reg, .set = (uint16_t)set, .len = (uint8_t)value.len };
	memcpy(e->value, value.data, value.len);
	p->measurements = WANT_EXACTLY;
	return CLOISTER_OK;
}

enum cloister_err policy_expect_pcr(struct cloister_policy *p, unsigned index, struct bytes value,
				    struct cloister_fault *why)
{
	if (!p || index >= LIMIT_PCRS)
		return fail(why, CLOISTER_E_USAGE, "pcr", "there is no PCR%u", index);
	return policy_expect(p, 0, regs[index].name, value, why);
}

static enum cloister_err field_ready(const struct want_field *f, size_t least, size_t most,
				     const char *name, struct cloister_fault *why)
{
	if (f->want == WANT_UNSAID || f->want > WANT_REQUIRED)
		return fail(why, CLOISTER_E_USAGE, name, "say which one is expected, or any");
	if (f->want != WANT_EXACTLY)
		return CLOISTER_OK;
	if (f->value.len < least || f->value.len > most)
		return fail(why, CLOISTER_E_USAGE, name, "%zu to %zu bytes can be expected, not %zu",
			    least, most, f->value.len);
	return CLOISTER_OK;
}

static bool expects(const struct cloister_policy *p, unsigned set, const char *name)
{
	for (size_t i = 0; i < p->n_expected; i++)
		if (p->expected[i].set == set && strcmp(p->expected[i].reg->name, name) == 0)
			return true;
	return false;
}

/* Zeros are what a register holds that nobody extended: equal, and yet nothing was measured. */
static bool expects_something(const struct cloister_policy *p, unsigned set, const char *name)
{
	for (size_t i = 0; i < p->n_expected; i++) {
		const struct expected *e = &p->expected[i];
		if (e->set == set && strcmp(e->reg->name, name) == 0)
			return !mem_is_zero(e->value, e->len);
	}
	return false;
}

/*
 * Whether a set says which program runs. For Nitro that is PCR0, or PCR1 with
 * PCR2 (doc/evidence.md says what each alone would let through).
 */
static bool names_a_program(const struct cloister_policy *p, unsigned set)
{
	return expects(p, set, "measurement") || expects(p, set, "pcr0") ||
	       (expects(p, set, "pcr1") && expects(p, set, "pcr2")) || expects(p, set, "mrtd") ||
	       expects(p, set, "mrenclave") ||
	       (expects(p, set, "mrsigner") && expects(p, set, "isv_prod_id"));
}

/* Whether a set names its program by who signed it, and by nothing else. */
static bool names_a_signer(const struct cloister_policy *p, unsigned set)
{
	return expects(p, set, "mrsigner") && !expects(p, set, "mrenclave") &&
	       !expects(p, set, "measurement");
}

static enum cloister_err measurements_ready(const struct cloister_policy *p,
					    struct cloister_fault *why)
{
	if ((p->measurements == WANT_ANY || p->measurements == WANT_REQUIRED) && p->n_expected == 0)
		return CLOISTER_OK;
	if (p->measurements != WANT_EXACTLY || p->n_expected == 0)
		return fail(why, CLOISTER_E_USAGE, "measurements",
			    "say which are expected, or any, and not both");
	for (size_t i = 0; i < p->n_expected; i++) {
		const struct expected *e = &p->expected[i];
		if (value_possible(e->reg, bytes_of(e->value, e->len), NULL) != CLOISTER_OK)
			return fail(why, CLOISTER_E_USAGE, "measurements",
				    "an all-zero %s measures nothing and cannot be expected",
				    e->reg->label);
		if (!names_a_program(p, e->set))
			return fail(why, CLOISTER_E_USAGE, "measurements",
				    "expect PCR0, or PCR1 and PCR2, or what says so for another kind: "
				    "%s does not say which program runs", e->reg->label);
		if (names_a_signer(p, e->set) && !p->sgx.isv_svn.given)
			return fail(why, CLOISTER_E_USAGE, "sgx.isv_svn_min",
				    "MRSIGNER admits whatever its owner ever signed: say the least "
				    "version, if only 0");
	}
	return CLOISTER_OK;
}

/* A status that is tolerated for no time is not tolerated, and says nothing to the reader. */
static enum cloister_err dcap_ready(const struct dcap_wants *d, struct cloister_fault *why)
{
	if (d->tolerated && d->grace_s == 0)
		return fail(why, CLOISTER_E_USAGE, "dcap.tolerate", "say for how long: dcap.grace");
	if (!d->tolerated && d->grace_s)
		return fail(why, CLOISTER_E_USAGE, "dcap.grace", "say for what: dcap.tolerate");
	return CLOISTER_OK;
}

static enum cloister_err snp_ready(const struct snp_wants *w, struct cloister_fault *why)
{
	if (w->platform_info & w->platform_info_clear)
		return fail(why, CLOISTER_E_USAGE, "snp.platform_info", "one bit cannot be set and clear");
	if (w->guest_policy & w->guest_policy_clear)
		return fail(why, CLOISTER_E_USAGE, "snp.guest_policy", "one bit cannot be set and clear");
	return CLOISTER_OK;
}

enum cloister_err expect_possible(const struct cloister_policy *p, struct cloister_fault *why)
{
	TRY(field_ready(&p->nonce, 1, LIMIT_NSM_FIELD, "nonce", why));
	TRY(field_ready(&p->user_data, 0, LIMIT_NSM_FIELD, "user_data", why));
	TRY(field_ready(&p->public_key, 1, LIMIT_NSM_FIELD, "public_key", why));
	TRY(field_ready(&p->report_data, 64, 64, "report_data", why));
	TRY(field_ready(&p->issuer, 1, LIMIT_NSM_FIELD, "issuer", why));
	TRY(measurements_ready(p, why));
	if (p->platforms != WANT_ANY && (p->platforms != WANT_EXACTLY || p->n_platforms == 0))
		return fail(why, CLOISTER_E_USAGE, "platforms", "say which machines are allowed, or any");
	if (p->max_age_s == 0)
		return fail(why, CLOISTER_E_USAGE, "max_age", "say how old it may be, or any");
	TRY(snp_ready(&p->snp, why));
	return dcap_ready(&p->dcap, why);
}

enum cloister_err expect_ready(const struct cloister_policy *p, struct cloister_fault *why)
{
	const struct {
		const char *name;
		enum want want;
	} fields[] = {
		{ "nonce", p->nonce.want },	      { "user_data", p->user_data.want },
		{ "public_key", p->public_key.want }, { "report_data", p->report_data.want },
		{ "issuer", p->issuer.want },	      { "measurements", p->measurements },
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (fields[i].want == WANT_REQUIRED)
			return fail(why, CLOISTER_E_USAGE, fields[i].name,
				    "the policy requires that the caller says which one is expected");
	return expect_possible(p, why);
}

/* ---- The checks ----------------------------------------------------------------- */

static void check_time(const struct cloister_policy *p, const struct spoken *s, uint64_t now_s,
		       struct cloister_verdict *v)
{
	uint64_t age_s = s->made_s > now_s ? 0 : now_s - s->made_s;

	if (!s->has_time) {
		if (p->max_age_s != CLOISTER_AGE_ANY)
			verdict_failed(v, CHECK_AGE, "evidence of this kind does not say when it was made");
		return;
	}
	if (s->made_s > now_s && s->made_s - now_s > SKEW_S)
		verdict_failed(v, CHECK_TIMESTAMP, "made %llu s after the chosen time",
			       (ull)(s->made_s - now_s));
	else
		verdict_held(v, CHECK_TIMESTAMP, "made %llu s before the chosen time", (ull)age_s);
	if (p->max_age_s == CLOISTER_AGE_ANY)
		verdict_waived(v, CHECK_AGE,
			       "any age is accepted; the certificates bound it to their validity");
	else if (age_s > p->max_age_s)
		verdict_failed(v, CHECK_AGE, "%llu s old, at most %llu s are allowed", (ull)age_s,
			       (ull)p->max_age_s);
	else
		verdict_held(v, CHECK_AGE, "%llu s old", (ull)age_s);
}

static void check_debug(const struct cloister_policy *p, const struct spoken *s,
			struct cloister_verdict *v)
{
	v->is_debug = s->is_debug || s->debug_unknown;
	if (s->debug_unknown)
		verdict_failed(v, CHECK_DEBUG, "%s", s->debug_unknown);
	else if (!s->is_debug)
		verdict_held(v, CHECK_DEBUG, "%s", "");
	else if (p->allow_debug)
		verdict_waived(v, CHECK_DEBUG,
			       "a debug enclave, allowed by the caller: its host can read it");
	else
		verdict_failed(v, CHECK_DEBUG, "a debug enclave: %s", s->debug_because);
}

/* What is wrong with one register, or NULL. */
static const char *register_fault(const struct expected *e, const struct cloister_verdict *v)
{
	const struct claim *c = verdict_claim(v, e->reg->name);

	if (!c || c->type != CLOISTER_CLAIM_BYTES)
		return "is not in the evidence";
	struct bytes is = claim_bytes(v, c);
	if (is.len != e->len || !mem_same(is.data, e->value, e->len))
		return v->is_debug ? "is not what was expected; a debug enclave cannot say what runs in it" :
				     "is not what was expected";
	return NULL;
}

/*
 * What a set that is equal leaves open about the program, or NULL. Hardware measures the
 * firmware that a guest starts with; on TDX and on Azure what the firmware then loads is in
 * other registers. Those that the guest extends or the host chooses (RTMR3, MRCONFIGID) do
 * not stand in for them: without kernel and ramdisk anybody may have filled them.
 * Nor do registers that are expected to be zero.
 */
static const char *left_open(const struct cloister_policy *p, unsigned set, enum kind kind,
			     const struct cloister_verdict *v)
{
	bool is_azure = kind == KIND_AZURE_SNP || kind == KIND_AZURE_TDX;
	bool is_td = kind == KIND_TDX || (kind == KIND_TOKEN && verdict_claim(v, "mrtd"));

	if (is_td && !(expects_something(p, set, "rtmr1") && expects_something(p, set, "rtmr2")))
		return "MRTD is the firmware alone: expect RTMR1 and RTMR2 too, for kernel, command "
		       "line and ramdisk";
	if (is_azure &&
	    !(expects_something(p, set, "vtpm_pcr4") &&
	      (expects_something(p, set, "vtpm_pcr9") || expects_something(p, set, "vtpm_pcr11"))))
		return "the measurement is Microsoft's firmware alone: expect vTPM PCR4, and 9 or 11, "
		       "for what it loads";
	if (names_a_signer(p, set) && p->sgx.isv_svn.least == 0)
		return "MRSIGNER admits whatever its owner ever signed, in every version";
	return NULL;
}

/* Whether a set speaks of this kind, and if so how its comparison ends. */
static bool set_applies(const struct cloister_policy *p, unsigned set, enum kind kind)
{
	for (size_t i = 0; i < p->n_expected; i++)
		if (p->expected[i].set == set && (p->expected[i].reg->kinds >> kind & 1))
			return true;
	return false;
}

static const struct expected *set_fault(const struct cloister_policy *p, unsigned set,
					const struct cloister_verdict *v, size_t *n_out)
{
	const struct expected *first = NULL;

	*n_out = 0;
	for (size_t i = 0; i < p->n_expected; i++) {
		const struct expected *e = &p->expected[i];
		if (e->set != set)
			continue;
		++*n_out;
		if (!first && register_fault(e, v))
			first = e;
	}
	return first;
}

static void check_measurements(const struct cloister_policy *p, const struct spoken *s,
			       struct cloister_verdict *v)
{
	const struct expected *first = NULL, *fault;
	const char *open, *because = NULL;
	size_t n, n_held = 0, n_sets = 0;

	if (p->measurements == WANT_ANY) {
		verdict_waived(v, CHECK_MEASUREMENTS, "any program is accepted by the caller");
		return;
	}
	for (unsigned set = 0; set < LIMIT_EXPECTED_SETS; set++) {
		if (!set_applies(p, set, s->kind))
			continue;
		fault = set_fault(p, set, v, &n);
		open = left_open(p, set, s->kind, v);
		if (!fault && !open)
			verdict_held(v, CHECK_MEASUREMENTS, "%zu registers compared", n);
		if (!fault) {
			n_held = n;
			because = open;
		}
		if (!first)
			first = fault;
		n_sets++;
	}
	if (n_held)
		verdict_tolerated(v, CHECK_MEASUREMENTS, "%zu registers compared, but %s", n_held, because);
	if (n_sets == 0)
		verdict_failed(v, CHECK_MEASUREMENTS, "no measurement is expected of this kind of evidence");
	else if (first && n_sets > 1)
		verdict_failed(v, CHECK_MEASUREMENTS, "none of %zu sets is equal; in the first, %s %s",
			       n_sets, first->reg->label, register_fault(first, v));
	else if (first)
		verdict_failed(v, CHECK_MEASUREMENTS, "%s %s", first->reg->label,
			       register_fault(first, v));
}

static void check_field(const struct want_field *want, struct bytes is, enum check c,
			struct cloister_verdict *v)
{
	struct bytes due = want->value;

	if (want->want == WANT_ANY && !is.data)
		verdict_waived(v, c, "any is accepted; the evidence has none");
	else if (want->want == WANT_ANY)
		verdict_waived(v, c, "any is accepted; the evidence has one of %zu bytes", is.len);
	else if (!is.data)
		verdict_failed(v, c, "the evidence has none");
	else if (is.len != due.len || (is.len > 0 && !mem_same(is.data, due.data, is.len)))
		verdict_failed(v, c, "not the one that was expected");
	else
		verdict_held(v, c, "%zu bytes compared", is.len);
}

/* Where evidence has report data and no nonce field, the nonce is their beginning and zeros the rest. */
static void check_nonce_in_report_data(const struct want_field *want, struct bytes is,
				       struct cloister_verdict *v)
{
	uint8_t due[REGISTER_MAX] = { 0 };

	if (want->want == WANT_ANY)
		verdict_waived(v, CHECK_NONCE, "any is accepted");
	else if (want->value.len > is.len || is.len > sizeof due)
		verdict_failed(v, CHECK_NONCE, "%zu bytes do not fit into the report data",
			       want->value.len);
	else if (mem_is_zero(want->value.data, want->value.len))
		verdict_failed(v, CHECK_NONCE, "a nonce of zeros cannot be told from none");
	else {
		memcpy(due, want->value.data, want->value.len);
		if (mem_same(is.data, due, is.len))
			verdict_held(v, CHECK_NONCE, "all %zu bytes of report data compared", is.len);
		else
			verdict_failed(v, CHECK_NONCE, "the report data are not the expected nonce");
	}
}

static void check_fields(const struct cloister_policy *p, const struct spoken *s,
			 struct cloister_verdict *v)
{
	if (s->has_fields || !s->report_data.data)
		check_field(&p->nonce, s->nonce, CHECK_NONCE, v);
	else
		check_nonce_in_report_data(&p->nonce, s->report_data, v);
	if (s->has_fields || p->user_data.want == WANT_EXACTLY)
		check_field(&p->user_data, s->user_data, CHECK_USER_DATA, v);
	if (s->has_fields || p->public_key.want == WANT_EXACTLY)
		check_field(&p->public_key, s->public_key, CHECK_PUBLIC_KEY, v);
	if (s->report_data.data || p->report_data.want == WANT_EXACTLY)
		check_field(&p->report_data, s->report_data, CHECK_REPORT_DATA, v);
}

static void check_platform(const struct cloister_policy *p, const struct spoken *s,
			   struct cloister_verdict *v)
{
	bool found = false;

	if (p->platforms == WANT_ANY) {
		if (s->platform_id.data)
			verdict_waived(v, CHECK_PLATFORM, "any machine is accepted by the caller");
		return;
	}
	if (!s->platform_id.data) {
		verdict_failed(v, CHECK_PLATFORM, "the evidence does not say which machine made it");
		return;
	}
	for (size_t i = 0; i < p->n_platforms; i++)
		found |= p->platform[i].len == s->platform_id.len &&
			 mem_same(p->platform[i].id, s->platform_id.data, s->platform_id.len);
	if (found)
		verdict_held(v, CHECK_PLATFORM, "one of %zu that are allowed", p->n_platforms);
	else
		verdict_failed(v, CHECK_PLATFORM, "none of the %zu that are allowed", p->n_platforms);
}

/* A token's issuer is its judge's to compare; what has none cannot have the one that is expected. */
static void check_issuer(const struct cloister_policy *p, const struct spoken *s,
			 struct cloister_verdict *v)
{
	if (s->kind != KIND_TOKEN && p->issuer.want == WANT_EXACTLY)
		verdict_failed(v, CHECK_TOKEN_ISSUER, "the evidence is no token, and nobody issued it");
}

static void check_svn(const struct want_least *want, const char *name, struct cloister_verdict *v,
		      size_t *n_compared)
{
	const struct claim *c = verdict_claim(v, name);

	if (!want->given)
		return;
	if (!c || c->type != CLOISTER_CLAIM_NUMBER)
		verdict_failed(v, CHECK_PROGRAM_SVN, "%s is not in the evidence", name);
	else if (c->number < want->least)
		verdict_failed(v, CHECK_PROGRAM_SVN, "%s is %llu, at least %u is expected", name,
			       (ull)c->number, want->least);
	++*n_compared;
}

/* Only guests with an id block and enclaves have such versions; a token about a TD has none. */
static void check_svns(const struct cloister_policy *p, const struct spoken *s, struct cloister_verdict *v)
{
	bool is_snp = SNP >> s->kind & 1;
	bool is_sgx = (SGX >> s->kind & 1) && !verdict_claim(v, "mrtd");
	size_t n = 0;

	if (is_snp)
		check_svn(&p->snp.guest_svn, "guest_svn", v, &n);
	if (is_sgx) {
		check_svn(&p->sgx.isv_svn, "isv_svn", v, &n);
		check_svn(&p->sgx.config_svn, "config_svn", v, &n);
	}
	if (n > 0)
		verdict_held(v, CHECK_PROGRAM_SVN, "%zu compared", n);
	else if (is_snp || is_sgx)
		verdict_waived(v, CHECK_PROGRAM_SVN, "no least version is expected");
}

void expect_common(const struct cloister_policy *p, const struct spoken *s, uint64_t now_s,
		  struct cloister_verdict *v)
{
	check_time(p, s, now_s, v);
	check_debug(p, s, v);
	check_measurements(p, s, v);
	check_fields(p, s, v);
	check_platform(p, s, v);
	check_svns(p, s, v);
	check_issuer(p, s, v);
}
