/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_judge.c - from a token of Intel Trust Authority to a verdict: parse (T1,
 * T2), find the key that the caller's key set has under that name (T3, T4), find
 * out who vouches for it (T5, T6), check the signature over the very bytes that
 * were parsed (T7), and only then look at what they say (T8 to T12).
 *
 * A token says that somebody else judged the hardware. So it is worth what its
 * issuer is worth, and no root of an issuer is built in.
 */

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/hex.h"
#include "base/rd.h"
#include "codec/jwt.h"
#include "crypto/verify.h"
#include "evidence/kind.h"
#include "evidence/path.h"
#include "evidence/quote_judge.h"

#define SKEW_S 60u
#define HELD_MAX LIMIT_NSM_FIELD /* bytes of attester_held_data; real ones have 388 */

typedef unsigned long long ull;

/* ---- T1 to T7: who speaks ---------------------------------------------------- */

static bool parse(struct bytes text, struct jwt_room *room, struct jwt *t, struct cloister_verdict *v)
{
	struct cloister_fault why;
	enum cloister_err err = jwt_read(text, JWT_PS384 | JWT_RS256, room, t, &why);

	if (err == CLOISTER_E_UNSUPPORTED) {
		verdict_held(v, CHECK_TOKEN_FORM, "%zu bytes", text.len);
		verdict_fault(v, CHECK_TOKEN_ALGORITHM, &why);
		return false;
	}
	if (err != CLOISTER_OK) {
		verdict_fault(v, CHECK_TOKEN_FORM, &why);
		return false;
	}
	verdict_held(v, CHECK_TOKEN_FORM, "%zu bytes", text.len);
	verdict_held(v, CHECK_TOKEN_ALGORITHM, "%s", jwt_alg_name(t->alg));
	return true;
}

/* Among the caller's key sets; the evidence's own are not looked at. */
static bool find_key(const struct judge *j, const struct jwt *t, struct jwk *key,
		     struct cloister_verdict *v)
{
	struct cloister_fault why;
	enum cloister_err err = CLOISTER_E_MISSING;
	struct bytes jwks;
	size_t at = 0, n = 0;

	if (!t->has_kid) {
		verdict_failed(v, CHECK_TOKEN_KEY, "the token does not name its key");
		return false;
	}
	while (err == CLOISTER_E_MISSING && pool_next(NULL, trust_pool(j->trust), ITEM_JWKS, &at, &jwks)) {
		err = jwks_find(jwks, t->kid, key, &why);
		n++;
	}
	if (n == 0)
		verdict_failed(v, CHECK_TOKEN_KEY, "no key set was given");
	else if (err != CLOISTER_OK)
		verdict_fault(v, CHECK_TOKEN_KEY, &why);
	else if (!(key->algs & t->alg))
		verdict_failed(v, CHECK_TOKEN_KEY, "the key is not for %s", jwt_alg_name(t->alg));
	else
		verdict_held(v, CHECK_TOKEN_KEY, "%.64s", t->kid);
	return verdict_held_to(v, CHECK_TOKEN_KEY);
}

struct ders {
	uint8_t room[LIMIT_CHAIN + 1][LIMIT_JWK_CERT];
	struct bytes der[LIMIT_CHAIN + 1]; /* root first */
};

static bool is_number(struct bytes is, const uint8_t *due, size_t len)
{
	return is.len == len && mem_same(is.data, due, len);
}

/* The certificates of the key, and that the first of them is the key's. */
static bool read_chain(const struct jwk *key, struct ders *d, struct path *p, struct cloister_verdict *v)
{
	struct cloister_fault why;

	for (size_t i = 0; i < key->n_x5c; i++) {
		size_t at = key->n_x5c - 1 - i, len;
		if (jwk_cert(key, i, d->room[at], sizeof d->room[at], &len, &why) != CLOISTER_OK) {
			verdict_fault(v, CHECK_TOKEN_CERTIFICATES, &why);
			return false;
		}
		d->der[at] = bytes_of(d->room[at], len);
	}
	if (key->n_x5c < 2) {
		verdict_failed(v, CHECK_TOKEN_CERTIFICATES, "x5c: %zu certificates, 2 or more are due",
			       key->n_x5c);
		return false;
	}
	if (!path_read(p, d->der, key->n_x5c, &cert_profile_token)) {
		verdict_failed(v, CHECK_TOKEN_CERTIFICATES, "x5c: %s", p->say);
		return false;
	}
	const struct cert_key *leaf = &p->certs[p->n - 1].key; /* RSA: no other is of this profile */
	if (!is_number(leaf->modulus, key->n, key->n_len) || !is_number(leaf->exponent, key->e, key->e_len)) {
		verdict_failed(v, CHECK_TOKEN_CERTIFICATES,
			       "the key is not the one that its certificate is about");
		return false;
	}
	verdict_held(v, CHECK_TOKEN_CERTIFICATES, "%s", p->say);
	return true;
}

static enum cloister_err check_root(const struct judge *j, const struct path *p,
				    uint8_t sha256[static SHA256_LEN], struct cloister_verdict *v,
				    struct cloister_fault *why)
{
	bool builtin;

	TRY(hash_sha256(p->certs[0].der, sha256, why));
	if (trust_has_root(j->trust, ROOT_TOKEN, sha256, &builtin))
		verdict_held(v, CHECK_TOKEN_ROOT, "a root given by the caller");
	else
		verdict_failed(v, CHECK_TOKEN_ROOT,
			       "no root that was given has this certificate's SHA-256 (%02x%02x%02x%02x…)",
			       sha256[0], sha256[1], sha256[2], sha256[3]);
	return CLOISTER_OK;
}

static enum cloister_err check_path(const struct judge *j, struct path *p, struct cloister_verdict *v,
				    struct cloister_fault *why)
{
	bool good = path_roles(p, PATH_USAGE_UNSAID) && path_names(p) && path_valid(p, j->now_s);
	char until[CLOISTER_NOTE_MAX];

	snprintf(until, sizeof until, "%s", p->say);
	if (good)
		TRY(path_signed(p, j->trust, j->now_s, &good, why));
	if (good)
		verdict_held(v, CHECK_TOKEN_PATH, "%s", until);
	else
		verdict_failed(v, CHECK_TOKEN_PATH, "%s", p->say);
	return CLOISTER_OK;
}

static enum cloister_err check_signature(const struct jwt *t, const struct jwk *key,
					 struct cloister_verdict *v, struct cloister_fault *why)
{
	uint8_t digest[SHA384_LEN];
	bool ps = t->alg == JWT_PS384, good;

	if (ps)
		TRY(hash_sha384(t->signed_text, digest, why));
	else
		TRY(hash_sha256(t->signed_text, digest, why));
	TRY(rsa_verify(ps ? RSA_PSS_SHA384 : RSA_PKCS1_SHA256, bytes_of(key->n, key->n_len),
		       bytes_of(key->e, key->e_len), bytes_of(digest, ps ? SHA384_LEN : SHA256_LEN),
		       t->sig, &good, why));
	if (good)
		verdict_held(v, CHECK_TOKEN_SIGNATURE, "%s", "");
	else
		verdict_failed(v, CHECK_TOKEN_SIGNATURE, "the signature is not the key's over these bytes");
	return CLOISTER_OK;
}

/* ---- T8 to T12: what is said --------------------------------------------------- */

/* A claim that is hex of a register. */
struct mapping {
	const char *claim, *name;
	size_t len;
};

enum { TD_ATTRIBUTES = 10 }; /* where they stand below */

static const struct mapping tdx_map[] = {
	{ "tdx_mrtd", "mrtd", 48 },
	{ "tdx_rtmr0", "rtmr0", 48 },
	{ "tdx_rtmr1", "rtmr1", 48 },
	{ "tdx_rtmr2", "rtmr2", 48 },
	{ "tdx_rtmr3", "rtmr3", 48 },
	{ "tdx_mrseam", "mrseam", 48 },
	{ "tdx_mrsignerseam", "mrsignerseam", 48 },
	{ "tdx_mrconfigid", "mrconfigid", 48 },
	{ "tdx_mrowner", "mrowner", 48 },
	{ "tdx_mrownerconfig", "mrownerconfig", 48 },
	[TD_ATTRIBUTES] = { "tdx_td_attributes", "td_attributes", 8 },
	{ "tdx_xfam", "xfam", 8 },
	{ "tdx_tee_tcb_svn", "tee_tcb_svn", 16 },
	{ "tdx_report_data", "report_data", 64 },
};

static const struct mapping sgx_map[] = {
	{ "sgx_mrenclave", "mrenclave", 32 },
	{ "sgx_mrsigner", "mrsigner", 32 },
	{ "sgx_report_data", "report_data", 64 },
};

struct said {
	struct json all; /* the token's claims */
	uint64_t made_s, expires_s, begins_s;
	char issuer[LIMIT_NSM_FIELD + 1];
	struct json of; /* the object that holds the claims: the token's, or its "tdx" or "sgx" */
	bool is_tdx;
	bool is_debug, says_debug;
	uint8_t report_data[64];
	uint8_t value[sizeof tdx_map / sizeof *tdx_map][64];
	uint64_t isv_prod_id, isv_svn;
	enum tcb_status status;
	uint64_t tcb_date_s;
	bool has_tcb_date;
	char advisories[2048]; /* sorted, without repeats, comma-joined */
	bool has_nonce;
	uint8_t nonce[LIMIT_NSM_FIELD], nonce_iat[128];
	size_t nonce_len, nonce_iat_len;
	uint8_t held[HELD_MAX];
	size_t held_len;
	bool has_held;
};

/* RFC 7519 4.1: NumericDate, whole seconds as every issuer here writes them. */
static void check_dates(struct said *s, uint64_t now_s, struct cloister_verdict *v)
{
	struct json nbf = json_get(s->all, "nbf");

	if (!json_u64(json_get(s->all, "exp"), &s->expires_s))
		verdict_failed(v, CHECK_TOKEN_DATES, "exp: missing, or no number");
	else if (!json_u64(json_get(s->all, "iat"), &s->made_s))
		verdict_failed(v, CHECK_TOKEN_DATES, "iat: missing, or no number");
	else if (nbf.type != JSON_NONE && !json_u64(nbf, &s->begins_s))
		verdict_failed(v, CHECK_TOKEN_DATES, "nbf: no number");
	else if (now_s >= s->expires_s)
		verdict_failed(v, CHECK_TOKEN_DATES, "it expired %llu s before the chosen time",
			       (ull)(now_s - s->expires_s));
	else if (s->begins_s > now_s && s->begins_s - now_s > SKEW_S)
		verdict_failed(v, CHECK_TOKEN_DATES, "it begins %llu s after the chosen time",
			       (ull)(s->begins_s - now_s));
	else if (s->made_s >= s->expires_s)
		verdict_failed(v, CHECK_TOKEN_DATES, "it expires before it was issued");
	else
		verdict_held(v, CHECK_TOKEN_DATES, "for another %llu s", (ull)(s->expires_s - now_s));
}

static void check_issuer_name(struct said *s, const struct want_field *want, struct cloister_verdict *v)
{
	if (!json_text(json_get(s->all, "iss"), s->issuer, sizeof s->issuer) || !s->issuer[0])
		verdict_failed(v, CHECK_TOKEN_ISSUER, "iss: missing, or no text");
	else if (want->want == WANT_ANY)
		verdict_waived(v, CHECK_TOKEN_ISSUER, "any issuer under that root is accepted");
	else if (strlen(s->issuer) != want->value.len || !mem_same(s->issuer, want->value.data, want->value.len))
		verdict_failed(v, CHECK_TOKEN_ISSUER, "issued by another than was expected");
	else
		verdict_held(v, CHECK_TOKEN_ISSUER, "%.80s", s->issuer);
}

/* Each reader: NULL, or what is missing or of another form. Version 1 is flat, version 2 has an object per TEE. */
static const char *find_claims(struct said *s)
{
	struct json tdx = json_get(s->all, "tdx"), sgx = json_get(s->all, "sgx");

	if (tdx.type != JSON_NONE && sgx.type != JSON_NONE)
		return "both \"tdx\" and \"sgx\"";
	s->of = tdx.type != JSON_NONE ? tdx : sgx.type != JSON_NONE ? sgx : s->all;
	if (s->of.type != JSON_OBJECT)
		return "\"tdx\" or \"sgx\" is no object";
	struct json type = json_get(s->of, "attester_type");
	s->is_tdx = json_is(type, "TDX");
	if (!s->is_tdx && !json_is(type, "SGX"))
		return "attester_type: neither TDX nor SGX";
	if ((tdx.type != JSON_NONE && !s->is_tdx) || (sgx.type != JSON_NONE && s->is_tdx))
		return "attester_type is not that of the object";
	return NULL;
}

static bool hex_claim(struct json of, const char *name, uint8_t *out, size_t len)
{
	char text[2 * 64 + 1];
	size_t n;

	return json_text(json_get(of, name), text, sizeof text) &&
	       hex_read(bytes_text(text), out, len, &n, NULL) == CLOISTER_OK && n == len;
}

static const char *read_registers(struct said *s)
{
	const struct mapping *map = s->is_tdx ? tdx_map : sgx_map;
	size_t n = s->is_tdx ? sizeof tdx_map / sizeof *tdx_map : sizeof sgx_map / sizeof *sgx_map;

	for (size_t i = 0; i < n; i++)
		if (!hex_claim(s->of, map[i].claim, s->value[i], map[i].len))
			return map[i].claim;
	memcpy(s->report_data, s->value[n - 1], sizeof s->report_data);
	if (!s->is_tdx && (!json_u64(json_get(s->of, "sgx_isvprodid"), &s->isv_prod_id) ||
			   s->isv_prod_id > UINT16_MAX))
		return "sgx_isvprodid";
	if (!s->is_tdx &&
	    (!json_u64(json_get(s->of, "sgx_isvsvn"), &s->isv_svn) || s->isv_svn > UINT16_MAX))
		return "sgx_isvsvn";
	return NULL;
}

static bool is_enabled(struct json dbgstat)
{
	return dbgstat.type != JSON_NONE && !json_is(dbgstat, "disabled");
}

/* Whoever of those that speak of debugging says yes is believed. */
static const char *read_debug(struct said *s)
{
	static const char *const flags[] = { "tdx_is_debuggable", "tdx_td_attributes_debug",
					     "sgx_is_debuggable" };

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
		struct json v = json_get(s->of, flags[i]);
		bool yes;
		if (v.type == JSON_NONE)
			continue;
		if (!json_bool(v, &yes))
			return flags[i];
		s->says_debug = true;
		s->is_debug |= yes;
	}
	s->is_debug |= is_enabled(json_get(s->all, "dbgstat")) || is_enabled(json_get(s->of, "dbgstat"));
	/* TDATTRIBUTES, the TUD group: any bit of it means an untrusted TD; zero where there is no TD */
	s->is_debug |= s->value[TD_ATTRIBUTES][0] != 0;
	return NULL;
}

static const char *read_status(struct said *s)
{
	/* The service spelt them so at first. */
	static const struct {
		const char *name;
		enum tcb_status status;
	} old[] = {
		{ "OK", TCB_UP_TO_DATE },
		{ "OUT_OF_DATE", TCB_OUT_OF_DATE },
		{ "SW_HARDENING_NEEDED", TCB_SW_HARDENING_NEEDED },
		{ "CONFIGURATION_NEEDED", TCB_CONFIGURATION_NEEDED },
		{ "CONFIGURATION_AND_SW_HARDENING_NEEDED", TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED },
		{ "OUT_OF_DATE_CONFIGURATION_NEEDED", TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
		{ "REVOKED", TCB_REVOKED },
	};
	struct json v = json_get(s->of, "attester_tcb_status");

	for (int i = 0; i < TCB_STATUS_COUNT; i++)
		if (json_is(v, tcb_status_name((enum tcb_status)i))) {
			s->status = (enum tcb_status)i;
			return NULL;
		}
	for (size_t i = 0; i < sizeof old / sizeof *old; i++)
		if (json_is(v, old[i].name)) {
			s->status = old[i].status;
			return NULL;
		}
	return "attester_tcb_status";
}

#define ADVISORIES_MAX 64u
#define ADVISORY_MAX 32u

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static const char *read_advisories(struct said *s)
{
	char list[ADVISORIES_MAX][ADVISORY_MAX];
	struct json ids = json_get(s->of, "attester_advisory_ids"), id;
	size_t n = 0, len = 0;

	if (ids.type == JSON_NONE || ids.type == JSON_NULL)
		return NULL;
	if (ids.type != JSON_ARRAY)
		return "attester_advisory_ids";
	for (struct json_walk w = json_walk(ids); json_next(&w, NULL, &id); n++)
		if (n == ADVISORIES_MAX || !json_text(id, list[n], ADVISORY_MAX))
			return "attester_advisory_ids";
	qsort(list, n, sizeof *list, by_text);
	for (size_t i = 0; i < n; i++) {
		if (i && strcmp(list[i], list[i - 1]) == 0)
			continue;
		len += (size_t)snprintf(s->advisories + len, sizeof s->advisories - len, "%s%s",
					len ? "," : "", list[i]);
	}
	return NULL;
}

static bool base64_claim(struct json v, uint8_t *out, size_t room, size_t *len)
{
	char text[B64_ROOM(HELD_MAX)];

	return json_text(v, text, sizeof text) && b64_read(bytes_text(text), out, room, len, NULL) == CLOISTER_OK;
}

static const char *read_nonce(struct said *s)
{
	struct json nonce = json_get(s->of, "verifier_nonce"), held = json_get(s->of, "attester_held_data");

	s->has_nonce = nonce.type != JSON_NONE;
	s->has_held = held.type != JSON_NONE;
	if (s->has_nonce && (!base64_claim(json_get(nonce, "val"), s->nonce, sizeof s->nonce, &s->nonce_len) ||
			     !base64_claim(json_get(nonce, "iat"), s->nonce_iat, sizeof s->nonce_iat,
					   &s->nonce_iat_len)))
		return "verifier_nonce";
	if (s->has_held && !base64_claim(held, s->held, sizeof s->held, &s->held_len))
		return "attester_held_data";
	return NULL;
}

static const char *read_tcb_date(struct said *s)
{
	struct json v = json_get(s->of, "attester_tcb_date");
	char text[64];

	s->has_tcb_date = v.type != JSON_NONE;
	if (s->has_tcb_date && !(json_text(v, text, sizeof text) && date_read(text, &s->tcb_date_s)))
		return "attester_tcb_date";
	return NULL;
}

static void check_claims(struct said *s, struct cloister_verdict *v)
{
	static const char *(*const readers[])(struct said *s) = { find_claims,	 read_registers,  read_debug, read_status,
								  read_tcb_date, read_advisories, read_nonce };
	const char *fault = NULL;

	for (size_t i = 0; !fault && i < sizeof readers / sizeof *readers; i++)
		fault = readers[i](s);
	if (fault)
		verdict_failed(v, CHECK_TOKEN_CLAIMS, "%s: missing, or not of the form that is due", fault);
	else
		verdict_held(v, CHECK_TOKEN_CLAIMS, "%s", s->is_tdx ? "TDX" : "SGX");
}

/* What the token says of the TD itself, by the rule that a quote has to pass. */
static void check_service_td(const struct said *s, bool allowed, struct cloister_verdict *v)
{
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(s->value[TD_ATTRIBUTES]), &why);
	uint64_t attributes = rd_le64(&r, "td_attributes");

	if (!s->is_tdx)
		return;
	td_check_service(false, attributes, allowed, v);
}

static void check_tcb(const struct dcap_wants *want, const struct said *s, uint64_t now_s,
		      struct cloister_verdict *v)
{
	const char *name = tcb_status_name(s->status);
	uint64_t age_s = now_s > s->tcb_date_s ? now_s - s->tcb_date_s : 0;

	if (s->status == TCB_UP_TO_DATE)
		verdict_held(v, CHECK_TOKEN_TCB, "%s", name);
	else if (s->status == TCB_REVOKED || !(want->tolerated >> s->status & 1))
		verdict_failed(v, CHECK_TOKEN_TCB, "%s is not tolerated", name);
	else if (want->grace_s != UINT64_MAX && !s->has_tcb_date)
		verdict_failed(v, CHECK_TOKEN_TCB, "%s, and the token does not say since when", name);
	else if (age_s > want->grace_s)
		verdict_failed(v, CHECK_TOKEN_TCB, "%s, and %llu s after the TCB date; %llu s are tolerated",
			       name, (ull)age_s, (ull)want->grace_s);
	else
		verdict_tolerated(v, CHECK_TOKEN_TCB, "%s, tolerated by the caller", name);
}

/*
 * The verifier's nonce and the data that the attester holds are in the report
 * data: SHA-512 (TDX) or SHA-256 and zeros (SGX) of nonce, its date and the data.
 */
static enum cloister_err check_binding(const struct said *s, struct cloister_verdict *v,
				       struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;
	uint8_t due[64] = { 0 };

	if (!s->has_nonce && !s->has_held) {
		verdict_held(v, CHECK_TOKEN_BINDING, "neither nonce nor held data");
		return CLOISTER_OK;
	}
	TRY(hash_new(s->is_tdx ? HASH_SHA512 : HASH_SHA256, &h, why));
	hash_update(h, bytes_of(s->nonce, s->nonce_len));
	hash_update(h, bytes_of(s->nonce_iat, s->nonce_iat_len));
	hash_update(h, bytes_of(s->held, s->held_len));
	TRY(hash_final(h, due, why));
	if (mem_same(due, s->report_data, sizeof due))
		verdict_held(v, CHECK_TOKEN_BINDING, "all 64 bytes of report data compared");
	else
		verdict_failed(v, CHECK_TOKEN_BINDING,
			       "the report data are not the digest of nonce and held data");
	return CLOISTER_OK;
}

/* ---- what it amounts to ---------------------------------------------------------- */

static void claim_registers(const struct said *s, struct cloister_verdict *v)
{
	const struct mapping *map = s->is_tdx ? tdx_map : sgx_map;
	size_t n = s->is_tdx ? sizeof tdx_map / sizeof *tdx_map : sizeof sgx_map / sizeof *sgx_map;
	uint8_t prod[2] = { (uint8_t)s->isv_prod_id, (uint8_t)(s->isv_prod_id >> 8) };

	verdict_claim_bytes_copy(v, "measurement", bytes_of(s->value[0], map[0].len));
	for (size_t i = 0; i < n; i++)
		verdict_claim_bytes_copy(v, map[i].name, bytes_of(s->value[i], map[i].len));
	if (s->is_tdx)
		return;
	verdict_claim_bytes_copy(v, "isv_prod_id", BYTES_OF(prod));
	verdict_claim_u64(v, "isv_svn", s->isv_svn);
}

static void claim(const struct said *s, const struct path *p, const uint8_t root_sha256[static SHA256_LEN],
		  struct cloister_verdict *v)
{
	verdict_claim_text_copy(v, "issuer", s->issuer);
	verdict_claim_time(v, "timestamp", s->made_s);
	verdict_claim_time(v, "expires", s->expires_s);
	verdict_claim_text_copy(v, "tee", s->is_tdx ? "tdx" : "sgx");
	claim_registers(s, v);
	verdict_claim_bool(v, "debug", s->is_debug);
	verdict_claim_text_copy(v, "tcb_status", tcb_status_name(s->status));
	if (s->has_tcb_date)
		verdict_claim_time(v, "tcb_date", s->tcb_date_s);
	verdict_claim_text_copy(v, "advisories", s->advisories);
	if (s->has_nonce)
		verdict_claim_bytes_copy(v, "nonce", bytes_of(s->nonce, s->nonce_len));
	if (s->has_held)
		verdict_claim_bytes_copy(v, "user_data", bytes_of(s->held, s->held_len));
	verdict_claim_text_copy(v, "root", "caller-root");
	verdict_claim_bytes_copy(v, "root_sha256", bytes_of(root_sha256, SHA256_LEN));
	verdict_claim_time(v, "valid_from", p->valid_from_s);
	verdict_claim_time(v, "valid_until", p->valid_until_s);
}

static struct spoken spoken_by(const struct said *s)
{
	return (struct spoken){
		.kind = KIND_TOKEN,
		.has_time = true,
		.made_s = s->made_s,
		.is_debug = s->is_debug,
		.debug_unknown = s->says_debug ? NULL : "the token does not say whether it is",
		.debug_because = "the token says so",
		.has_fields = true,
		.nonce = s->has_nonce ? bytes_of(s->nonce, s->nonce_len) : BYTES_NONE,
		.user_data = s->has_held ? bytes_of(s->held, s->held_len) : BYTES_NONE,
		.report_data = BYTES_OF(s->report_data),
	};
}

enum cloister_err token_judge(const struct judge *j, struct bytes text, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	uint8_t root_sha256[SHA256_LEN];
	struct jwt_room room;
	struct said said = { 0 };
	struct path path;
	struct ders ders;
	struct jwt t;
	struct jwk key;

	verdict_ask(v, CHECK_TOKEN_FORM, CHECK_TOKEN_BINDING);
	verdict_ask(v, CHECK_TIMESTAMP, CHECK_MEASUREMENTS);
	verdict_ask(v, CHECK_NONCE, CHECK_REPORT_DATA);
	if (!parse(text, &room, &t, v) || !find_key(j, &t, &key, v) || !read_chain(&key, &ders, &path, v))
		return CLOISTER_OK;
	TRY(check_root(j, &path, root_sha256, v, why));
	if (verdict_held_to(v, CHECK_TOKEN_ROOT))
		TRY(check_path(j, &path, v, why));
	if (verdict_held_to(v, CHECK_TOKEN_PATH))
		TRY(check_signature(&t, &key, v, why));
	if (!verdict_held_to(v, CHECK_TOKEN_SIGNATURE))
		return CLOISTER_OK;
	said.all = t.claims;
	check_dates(&said, j->now_s, v);
	check_issuer_name(&said, &j->policy->issuer, v);
	check_claims(&said, v);
	if (!verdict_held_to(v, CHECK_TOKEN_CLAIMS))
		return CLOISTER_OK;
	claim(&said, &path, root_sha256, v);
	check_tcb(&j->policy->dcap, &said, j->now_s, v);
	TRY(check_binding(&said, v, why));
	check_service_td(&said, j->policy->dcap.allow_service_td, v);
	struct spoken s = spoken_by(&said);
	expect_common(j->policy, &s, j->now_s, v);
	return CLOISTER_OK;
}
