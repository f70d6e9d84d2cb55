/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_forged_test.c - quotes of our own, each different in one place: where
 * sizes, dates and versions just pass and just do not, what a verdict says and
 * claims, and what a remembered signature may not stand in for.
 *
 *   quote_forged_test VECTORS    the folder, for its keys
 */

#include <stdio.h>

#include "base/date.h"
#include "base/test.h"
#include "codec/pem.h"
#include "crypto/hash.h"
#include "evidence/forge_dcap.h"
#include "evidence/genuine.h"
#include "evidence/quote_judge.h"

static struct dcap_keys keys;
static struct dcap_forge forge;
static struct cloister_policy policy;
static struct cloister_verdict v;
static const char *vectors = ".";

#define NOW_S DCAP_FORGE_AT_S
#define DAY_S UINT64_C(86400)

static void begin(uint16_t version, enum quote_body body)
{
	dcap_forge_begin(&forge, &keys, version, body);
	policy = expect_anything();
}

static enum check judge_bytes(struct cloister_trust *t, struct bytes quote, uint64_t now_s)
{
	struct judge j = { t, &policy, NULL, now_s };
	struct cloister_fault why;

	v = verdict_new("quote");
	verdict_held(&v, CHECK_KIND, "%s", "");
	WANT_OK(quote_judge(&j, quote, &v, &why), &why);
	verdict_seal(&v);
	assert_int_equal(cloister_verdict_accepts(&v), verdict_first_failed(&v) == CHECK_COUNT);
	return verdict_first_failed(&v);
}

/* The forge's quote, by what `t` has. Claims that borrow from the quote are gone afterwards. */
static enum check judge_by(struct cloister_trust *t)
{
	struct buf quote = BUF_INIT(LIMIT_QUOTE + 1);

	dcap_forge_quote(&forge, &quote);
	enum check c = judge_bytes(t, buf_bytes(&quote), NOW_S);
	buf_fini(&quote);
	return c;
}

/* The same by the forge's own collateral. */
static enum check judged(void)
{
	struct cloister_trust *t = dcap_forge_trust(&forge);
	enum check c = judge_by(t);

	cloister_trust_free(t);
	return c;
}

static uint64_t number(const char *name)
{
	const struct claim *c = verdict_claim(&v, name);

	if (!c)
		fail_msg("%s is not claimed", name);
	return c->number;
}

static uint64_t date(const char *text)
{
	uint64_t unix_s;

	assert_true(date_read(text, &unix_s));
	return unix_s;
}

static void assert_says(enum check c, const char *due)
{
	if (strcmp(v.reason[c], due) != 0)
		fail_msg("%s: %s; due: %s", check_id(c), v.reason[c], due);
}

/* ---- D1 to D3 ---- */

static void sizes_are_bounded(void **state)
{
	struct buf quote = BUF_INIT(LIMIT_QUOTE + 1);

	(void)state;
	begin(4, QUOTE_TD_10);
	dcap_forge_quote(&forge, &quote);
	forge.q.padding = LIMIT_QUOTE - quote.len;
	quote.len = 0;
	dcap_forge_quote(&forge, &quote);
	struct cloister_trust *t = dcap_forge_trust(&forge);
	assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S), CHECK_COUNT);
	assert_says(CHECK_QUOTE_SIZE, "32768 bytes");
	assert_says(CHECK_QUOTE_HEADER, "version 4");
	char text[128];
	snprintf(text, sizeof text, "632 bytes are signed, %zu zeros follow the quote", forge.q.padding);
	assert_says(CHECK_QUOTE_LAYOUT, text);
	buf_byte(&quote, 0);
	assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S), CHECK_QUOTE_SIZE);
	assert_says(CHECK_QUOTE_SIZE, "32769 bytes, 48 to 32768 are accepted");
	assert_int_equal(judge_bytes(t, bytes_of(quote.data, 48), NOW_S), CHECK_QUOTE_LAYOUT);
	assert_says(CHECK_QUOTE_SIZE, "48 bytes");
	assert_int_equal(judge_bytes(t, bytes_of(quote.data, 47), NOW_S), CHECK_QUOTE_SIZE);
	assert_says(CHECK_QUOTE_SIZE, "47 bytes, 48 to 32768 are accepted");
	cloister_trust_free(t);
	buf_fini(&quote);
}

/* ---- D5, D7: the root, and what each certificate is called ---- */

/* Who wants to look a root up finds the digest of its key in the sentence. */
static void an_unknown_root_is_named(void **state)
{
	struct buf pem = BUF_INIT(1u << 16);
	struct cloister_fault why;
	uint8_t der[LIMIT_PCK_CERT], key[SHA256_LEN];
	char text[32];
	size_t len;
	struct cert c;

	(void)state;
	begin(5, QUOTE_TD_15);
	dcap_forge_root(&forge, &pem);
	WANT_OK(pem_read(buf_bytes(&pem), "CERTIFICATE", der, sizeof der, &len, &why), &why);
	WANT_OK(cert_read(bytes_of(der, len), &cert_profile_intel, &c, &why), &why);
	WANT_OK(hash_sha256(c.spki, key, &why), &why);
	snprintf(text, sizeof text, "SHA-256 %02x%02x%02x%02x", key[0], key[1], key[2], key[3]);
	struct cloister_trust *t;
	WANT_OK(cloister_trust_new(&t, &why), &why);
	assert_int_equal(judge_by(t), CHECK_PCK_ROOT);
	assert_non_null(strstr(v.reason[CHECK_PCK_ROOT], text));
	cloister_trust_free(t);
	buf_fini(&pem);
}

#define OTHER FORGE_INTEL_NAME("Intel SGX Another CA")
#define PROCESSOR FORGE_INTEL_NAME("Intel SGX PCK Processor CA")

static void each_is_called_what_it_is(void **state)
{
	(void)state;
	begin(5, QUOTE_TD_15);
	forge.root.tbs.subject = forge.root.tbs.issuer = forge.authority.tbs.issuer = OTHER;
	forge.tcb.tbs.issuer = forge.root_crl.issuer = OTHER;
	assert_int_equal(judged(), CHECK_PCK_NAMES);
	assert_says(CHECK_PCK_NAMES, "the root is not called Intel SGX Root CA");
	begin(5, QUOTE_TD_15);
	forge.authority.tbs.subject = forge.pck.tbs.issuer = forge.pck_crl.issuer = OTHER;
	assert_int_equal(judged(), CHECK_PCK_NAMES);
	assert_says(CHECK_PCK_NAMES, "the authority is called neither Intel SGX PCK Platform CA nor "
				     "Intel SGX PCK Processor CA");
	begin(5, QUOTE_TD_15);
	forge.pck.tbs.subject = OTHER;
	assert_int_equal(judged(), CHECK_PCK_NAMES);
	assert_says(CHECK_PCK_NAMES, "the leaf is not called Intel SGX PCK Certificate");
	begin(5, QUOTE_TD_15); /* the authority of platforms with one processor */
	forge.authority.tbs.subject = forge.pck.tbs.issuer = forge.pck_crl.issuer = PROCESSOR;
	forge.no_platform = true;
	assert_int_equal(judged(), CHECK_COUNT);
	assert_non_null(verdict_claim(&v, "platform_id"));
	assert_null(verdict_claim(&v, "platform_instance_id"));
	assert_null(verdict_claim(&v, "smt"));
}

/* ---- dates ---- */

/* Certificates, lists and documents count from their first second to their last. */
static void the_first_and_last_second_count(void **state)
{
	static const struct {
		const char *from, *until; /* in the documents */
		const char *crl_from, *crl_until;
		bool expires;
	} rows[] = {
		{ "2026-07-01T00:00:00Z", "2026-07-20T00:00:00Z", "260701000000Z", "260720000000Z", false },
		{ "2026-06-20T00:00:00Z", "2026-07-01T00:00:00Z", "260620000000Z", "260701000000Z", true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(5, QUOTE_TD_15);
		DCAP_REPLACE(forge.tcb_info, "2026-06-20T00:00:00Z", rows[i].from);
		DCAP_REPLACE(forge.tcb_info, "2026-07-20T00:00:00Z", rows[i].until);
		DCAP_REPLACE(forge.qe_identity, "2026-06-20T00:00:00Z", rows[i].from);
		DCAP_REPLACE(forge.qe_identity, "2026-07-20T00:00:00Z", rows[i].until);
		forge.root_crl.this_update = forge.pck_crl.this_update = rows[i].crl_from;
		forge.root_crl.next_update = forge.pck_crl.next_update = rows[i].crl_until;
		forge.pck.tbs.from = forge.tcb.tbs.from = rows[i].crl_from;
		forge.pck.tbs.until = forge.tcb.tbs.until = rows[i].crl_until;
		assert_int_equal(judged(), CHECK_COUNT);
		const char *says = rows[i].expires ? "for another 0 s" : "for another 1641600 s";
		assert_says(CHECK_TCB_INFO_DATES, says);
		assert_says(CHECK_QE_IDENTITY_DATES, says);
	}
}

/* Of the four statements the oldest, and the one that is due first, are told. */
static void the_oldest_statement_is_told(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		begin(5, QUOTE_TD_15);
		if (i == 0) {
			forge.root_crl.this_update = "260601000000Z";
			forge.root_crl.next_update = "260702000000Z";
		} else if (i == 1) {
			forge.pck_crl.this_update = "260601000000Z";
			forge.pck_crl.next_update = "260702000000Z";
		} else {
			char *text = i == 2 ? forge.tcb_info : forge.qe_identity;
			size_t room = i == 2 ? sizeof forge.tcb_info : sizeof forge.qe_identity;
			dcap_replace(text, room, "2026-06-20", "2026-06-01");
			dcap_replace(text, room, "2026-07-20", "2026-07-02");
		}
		assert_int_equal(judged(), CHECK_COUNT);
		assert_int_equal(number("collateral_date"), date("2026-06-01T00:00:00Z"));
		assert_int_equal(number("collateral_next_update"), date("2026-07-02T00:00:00Z"));
		assert_int_equal(number("valid_from"), date("2018-01-01T00:00:00Z"));
		assert_int_equal(number("valid_until"), date("2033-01-01T00:00:00Z"));
	}
}

/* ---- D19 to D22, with memory ---- */

/*
 * What was found well signed once is not computed again, for these bytes under this
 * key and signature only: a quote of another chain that brings the same report is refused.
 */
static void memory_is_of_key_signature_and_bytes(void **state)
{
	struct buf quote = BUF_INIT(LIMIT_QUOTE);
	struct cloister_fault why;
	struct quote q;

	(void)state;
	begin(5, QUOTE_TD_15);
	struct cloister_trust *t = dcap_forge_trust(&forge);
	assert_int_equal(judge_by(t), CHECK_COUNT);
	forge.pck.key = keys.stranger; /* and the report is by keys.pck still */
	forge.pck.tbs.serial_hex = "09";
	for (int i = 0; i < 2; i++)
		assert_int_equal(judge_by(t), CHECK_QE_REPORT);
	begin(5, QUOTE_TD_15);
	dcap_forge_quote(&forge, &quote);
	WANT_OK(quote_read(buf_bytes(&quote), &q, &why), &why);
	for (size_t i = 0; i < 2; i++) {
		uint8_t *byte = quote.data + ((i ? q.qe_signature.data + 63 : q.qe.mrenclave.data) - quote.data);
		*byte ^= 1;
		for (int twice = 0; twice < 2; twice++) /* a bad answer is not remembered as a good one */
			assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S), CHECK_QE_REPORT);
		*byte ^= 1;
		assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S), CHECK_COUNT);
	}
	cloister_trust_free(t);
	buf_fini(&quote);
}

/* The name under which a good signature is remembered. */
static bool remembered(struct cloister_trust *t, const uint8_t *point, struct bytes sig, struct bytes message)
{
	struct buf fact = BUF_INIT(256);
	uint8_t digest[SHA256_LEN], name[SHA384_LEN];

	assert_int_equal(hash_sha256(message, digest, NULL), CLOISTER_OK);
	buf_put(&fact, point, CERT_P256_LEN);
	buf_put(&fact, sig.data, sig.len);
	buf_put(&fact, digest, sizeof digest);
	assert_int_equal(hash_sha384(buf_bytes(&fact), name, NULL), CLOISTER_OK);
	buf_fini(&fact);
	return trust_knows(t, name);
}

static void good_signatures_are_remembered(void **state)
{
	struct buf quote = BUF_INIT(LIMIT_QUOTE);
	struct cloister_fault why;
	struct quote q;

	(void)state;
	begin(5, QUOTE_TD_15);
	dcap_forge_quote(&forge, &quote);
	WANT_OK(quote_read(buf_bytes(&quote), &q, &why), &why);
	struct cloister_trust *t = dcap_forge_trust(&forge);
	assert_false(remembered(t, keys.pck->point, q.qe_signature, q.qe.raw));
	assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S), CHECK_COUNT);
	assert_true(remembered(t, keys.pck->point, q.qe_signature, q.qe.raw));
	/* the quote's own is not: it comes once */
	assert_false(remembered(t, keys.attestation->point, q.signature, q.signed_part));
	cloister_trust_free(t);
	buf_fini(&quote);
}

/* Bits of the quoting enclave that its identity's masks leave open, and the last ones that they do not. */
static void masks_of_the_quoting_enclave(void **state)
{
	static const struct {
		size_t at;
		uint8_t flip;
		const char *other; /* NULL: it is the same enclave to Intel */
	} rows[] = {
		{ 0x30, 0x04, NULL }, /* MODE64, which the mask FB… leaves out */
		{ 0x38, 0xff, NULL }, /* XFRM */
		{ 0x3f, 0x80, NULL },
		{ 0x00, 0xff, NULL }, /* CPUSVN and MRENCLAVE are not compared: versions are */
		{ 0x40, 0x01, NULL },
		{ 0x30, 0x01, "attributes" },
		{ 0x37, 0x80, "attributes" },
		{ 0x10, 0x01, "MISCSELECT" },
		{ 0x13, 0x80, "MISCSELECT" },
		{ 0x80, 0x01, "signer" },
		{ 0x9f, 0x80, "signer" },
		{ 0x100, 0x01, "product id" },
		{ 0x101, 0x80, "product id" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		char text[128];
		begin(5, QUOTE_TD_15);
		forge.q.qe[rows[i].at] ^= rows[i].flip;
		assert_int_equal(judged(), rows[i].other ? CHECK_QE_MATCH : CHECK_COUNT);
		snprintf(text, sizeof text, "the enclave that made the key has another %s than Intel's",
			 rows[i].other ? rows[i].other : "");
		assert_says(CHECK_QE_MATCH, rows[i].other ? text : "version 5");
	}
}

/* ---- D23, D24 ---- */

/* The lower of the two documents' numbers counts, and equal is enough. */
static void evaluations_have_a_floor(void **state)
{
	static const struct {
		const char *info, *qe;
		uint32_t least;
		bool holds;
	} rows[] = {
		{ "20", "21", 20, true },  { "21", "20", 20, true },  { "20", "21", 21, false },
		{ "21", "20", 21, false }, { "21", "21", 21, true },  { "21", "21", 22, false },
		{ "20", "20", 0, true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(3, QUOTE_SGX);
		DCAP_REPLACE(forge.tcb_info, "Number\":20", rows[i].info[1] == '0' ? "Number\":20" : "Number\":21");
		DCAP_REPLACE(forge.qe_identity, "Number\":20", rows[i].qe[1] == '0' ? "Number\":20" : "Number\":21");
		policy.dcap.evaluation_min = rows[i].least;
		assert_int_equal(judged(), rows[i].holds ? CHECK_COUNT : CHECK_TCB_EVALUATION);
		assert_int_equal(number("tcb_evaluation"), strcmp(rows[i].info, rows[i].qe) < 0 ?
							   (uint64_t)atoi(rows[i].info) : (uint64_t)atoi(rows[i].qe));
		assert_false(v.tolerated[CHECK_TCB_EVALUATION]);
	}
	assert_says(CHECK_TCB_EVALUATION, "20");
}

#define OLD_S UINT64_C(1755043200) /* 2025-08-13: the date of the level that is out of date */

/* A status that is tolerated is so to the last second of the grace, and from before its date on. */
static void grace_ends(void **state)
{
	static const struct {
		uint32_t tolerated;
		uint64_t grace_s;
		bool future, holds;
	} rows[] = {
		{ 1u << TCB_OUT_OF_DATE, NOW_S - OLD_S, false, true },
		{ 1u << TCB_OUT_OF_DATE, NOW_S - OLD_S - 1, false, false },
		{ 1u << TCB_OUT_OF_DATE, UINT64_MAX, false, true },
		{ 1u << TCB_SW_HARDENING_NEEDED | 1u << TCB_TD_RELAUNCH_ADVISED, UINT64_MAX, false, false },
		{ 0, UINT64_MAX, false, false },
		{ 1u << TCB_OUT_OF_DATE, 1, true, true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(5, QUOTE_TD_10);
		forge.items[PCK_PCESVN].value = "05";
		if (rows[i].future) {
			DCAP_REPLACE(forge.tcb_info, "2025-08-13", "2026-09-01"); /* the module's */
			DCAP_REPLACE(forge.tcb_info, "2025-08-13", "2026-09-01");
			DCAP_REPLACE(forge.tcb_info, "2026-02-11", "2026-09-01");
			DCAP_REPLACE(forge.qe_identity, "2026-02-11", "2026-09-01");
		}
		policy.dcap.tolerated = rows[i].tolerated;
		policy.dcap.grace_s = rows[i].grace_s;
		assert_int_equal(judged(), rows[i].holds ? CHECK_COUNT : CHECK_TCB_STATUS);
		assert_int_equal(v.tolerated[CHECK_TCB_STATUS], rows[i].holds);
		assert_says(CHECK_TCB_STATUS,
			    rows[i].holds ? "OutOfDate, tolerated by the caller" :
			    "OutOfDate, level of 2025-08-13: INTEL-SA-00001 INTEL-SA-00002");
	}
}

/* Each of the two moments has a sentence and a status of its own. */
static void launch_and_now_are_told_apart(void **state)
{
	static const struct {
		uint8_t launch, now; /* the module's number; 4 is out of date, 2 has no level */
		uint32_t tolerated;
		bool holds;
		const char *says, *status, *current;
	} rows[] = {
		{ 5, 5, 0, true, "UpToDate", "UpToDate", "UpToDate" },
		{ 5, 4, 1u << TCB_OUT_OF_DATE, true, "now: OutOfDate, tolerated by the caller", "UpToDate",
		  "OutOfDate" },
		{ 5, 4, 0, false, "now: OutOfDate, level of 2025-08-13: INTEL-SA-00001 INTEL-SA-00002",
		  "UpToDate", "OutOfDate" },
		{ 5, 2, 1u << TCB_OUT_OF_DATE, false, "now: no level of Intel's covers the TDX module",
		  "UpToDate", NULL },
		{ 4, 5, 1u << TCB_TD_RELAUNCH_ADVISED, true, "TDRelaunchAdvised, tolerated by the caller",
		  "TDRelaunchAdvised", "UpToDate" },
		{ 4, 5, 1u << TCB_OUT_OF_DATE, false,
		  "TDRelaunchAdvised, level of 2025-08-13: INTEL-SA-00001 INTEL-SA-00002",
		  "TDRelaunchAdvised", "UpToDate" },
		{ 2, 5, 0, false, "no level of Intel's covers the TDX module", NULL, "UpToDate" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(5, QUOTE_TD_15);
		forge.q.body[0] = rows[i].launch;
		forge.q.body[0x248] = rows[i].now;
		policy.dcap.tolerated = rows[i].tolerated;
		policy.dcap.grace_s = UINT64_MAX;
		assert_int_equal(judged(), rows[i].holds ? CHECK_COUNT : CHECK_TCB_STATUS);
		assert_says(CHECK_TCB_STATUS, rows[i].says);
		assert_int_equal(v.tolerated[CHECK_TCB_STATUS], rows[i].holds && i > 0);
		const struct claim *launch = verdict_claim(&v, "tcb_status"), *now = verdict_claim(&v, "current_tcb_status");
		assert_int_equal(launch != NULL, rows[i].status != NULL);
		assert_int_equal(now != NULL, rows[i].current != NULL);
		assert_true(!launch || bytes_are(claim_bytes(&v, launch), rows[i].status));
		assert_true(!now || bytes_are(claim_bytes(&v, now), rows[i].current));
		assert_int_equal(verdict_claim(&v, "tcb_date") != NULL, launch != NULL);
		assert_int_equal(verdict_claim(&v, "current_advisories") != NULL, now != NULL);
	}
}

/* 32 names, the last of which just fits into the claim or just does not; none is cut in the middle. */
static void advisories_are_cut_at_a_name(void **state)
{
	static const char name[] = "a-name-of-an-advisory-that-is-sixty-one-characters-long-to-sa";

	(void)state;
	for (unsigned longer = 0; longer < 2; longer++) {
		struct buf list = BUF_INIT(1u << 12);
		begin(3, QUOTE_SGX);
		forge.items[PCK_PCESVN].value = "05";
		for (unsigned i = 0; i < 32; i++)
			buf_print(&list, "%s\"%02u%s%s\"", i ? "," : "", i, name, i == 31 && longer ? "y" : "");
		buf_byte(&list, 0);
		DCAP_REPLACE(forge.tcb_info, "\"INTEL-SA-00002\",\"INTEL-SA-00001\"", (const char *)list.data);
		/* the enclave's level is of the same date and says nothing */
		assert_int_equal(judged(), CHECK_TCB_STATUS);
		struct bytes said = claim_bytes(&v, verdict_claim(&v, "advisories"));
		assert_int_equal(said.len, longer ? 31 * 64 - 1 : 32 * 64 - 1);
		assert_int_equal(said.data[said.len - 1], 'a');
		char text[128];
		snprintf(text, sizeof text, "OutOfDate, level of 2025-08-13: 00%s", name); /* a second one does not fit */
		assert_says(CHECK_TCB_STATUS, text);
		buf_fini(&list);
	}
}

/* Revoked is not among what can be tolerated. */
static void revoked_is_never_tolerated(void **state)
{
	(void)state;
	begin(3, QUOTE_SGX);
	DCAP_REPLACE(forge.qe_identity, "UpToDate", "Revoked");
	policy.dcap.tolerated = UINT32_MAX;
	policy.dcap.grace_s = UINT64_MAX;
	assert_int_equal(judged(), CHECK_TCB_STATUS);
	assert_says(CHECK_TCB_STATUS, "Revoked, level of 2026-02-11");
}

/* ---- D25 to D29 ---- */

static void every_bit_of_the_td_counts(void **state)
{
	static const struct {
		size_t at;
		uint8_t flip;
		enum check fails; /* CHECK_COUNT: it may be so */
		const char *says;
	} rows[] = {
		{ 0x40, 0x01, CHECK_TDX_MODULE, "MRSIGNERSEAM is another signer than Intel's" },
		{ 0x6f, 0x80, CHECK_TDX_MODULE, "MRSIGNERSEAM is another signer than Intel's" },
		{ 0x70, 0x01, CHECK_TDX_MODULE, "SEAMATTRIBUTES are not those of Intel's module" },
		{ 0x77, 0x80, CHECK_TDX_MODULE, "SEAMATTRIBUTES are not those of Intel's module" },
		{ 0x78, 0x02, CHECK_TD_ATTRIBUTES,
		  "0000000010000002: a bit besides DEBUG says that the TD is not to be trusted" },
		{ 0x78, 0x80, CHECK_TD_ATTRIBUTES,
		  "0000000010000080: a bit besides DEBUG says that the TD is not to be trusted" },
		{ 0x79, 0x01, CHECK_TD_ATTRIBUTES, "0000000010000100: reserved bits are set" },
		{ 0x7f, 0x20, CHECK_TD_ATTRIBUTES, "2000000010000000: reserved bits are set" },
		{ 0x7f, 0x40, CHECK_COUNT, "4000000010000000" }, /* TPA */
		{ 0x7a, 0x01, CHECK_COUNT, "0000000010010000" }, /* ICSSD */
		{ 0x7b, 0x80, CHECK_COUNT, "0000000090000000" }, /* KL */
		{ 0x80, 0x01, CHECK_TD_XFAM, "00000000000600e6: bits 0 and 1 are due, and none outside 000000000006dbe7" },
		{ 0x80, 0x02, CHECK_TD_XFAM, "00000000000600e5: bits 0 and 1 are due, and none outside 000000000006dbe7" },
		{ 0x80, 0x08, CHECK_TD_XFAM, "00000000000600ef: bits 0 and 1 are due, and none outside 000000000006dbe7" },
		{ 0x87, 0x80, CHECK_TD_XFAM, "80000000000600e7: bits 0 and 1 are due, and none outside 000000000006dbe7" },
		{ 0x258, 0x01, CHECK_TD_SERVICE, "a service TD is bound, which can read this one's memory" },
		{ 0x287, 0x80, CHECK_TD_SERVICE, "a service TD is bound, which can read this one's memory" },
		{ 0x2d9, 0x01, CHECK_TD_SERVICE, "a service TD is bound, which can read this one's memory" },
		{ 0x33d, 0x01, CHECK_TD_SERVICE, "a service TD is bound, which can read this one's memory" },
		{ 0x7b, 0x20, CHECK_TD_SERVICE, "MIGRATABLE is set: a migration TD may read this one's memory" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(5, QUOTE_TD_15_EXTENDED);
		forge.q.body[rows[i].at] ^= rows[i].flip;
		assert_int_equal(judged(), rows[i].fails);
		assert_says(rows[i].fails == CHECK_COUNT ? CHECK_TD_ATTRIBUTES : rows[i].fails, rows[i].says);
		if (rows[i].fails != CHECK_TD_SERVICE)
			continue;
		policy.dcap.allow_service_td = true;
		assert_int_equal(judged(), CHECK_COUNT);
		assert_true(v.tolerated[CHECK_TD_SERVICE]);
		assert_non_null(strstr(v.reason[CHECK_TD_SERVICE], rows[i].says));
		assert_non_null(strstr(v.reason[CHECK_TD_SERVICE], "; allowed by the caller"));
	}
}

/* What Intel's document says of the module of this version, and whether there is one of it at all. */
static void the_module_is_the_one_of_its_version(void **state)
{
	(void)state;
	begin(5, QUOTE_TD_15);
	assert_int_equal(judged(), CHECK_COUNT);
	assert_says(CHECK_TDX_MODULE, "version 1");
	begin(5, QUOTE_TD_10);
	forge.q.body[1] = 2; /* TDX_02, of which nothing is said */
	assert_int_equal(judged(), CHECK_TCB_STATUS);
	assert_says(CHECK_TDX_MODULE, "Intel lists no TDX module of version 2");
	/* Version 0 is that of "tdxModule"; its number is one of the platform's then. */
	begin(5, QUOTE_TD_10);
	forge.q.body[1] = 0;
	DCAP_REPLACE(forge.tcb_info, "\"tdxtcbcomponents\":[{\"svn\":5},{\"svn\":5}",
		     "\"tdxtcbcomponents\":[{\"svn\":5},{\"svn\":0}");
	assert_int_equal(judged(), CHECK_COUNT);
	assert_says(CHECK_TDX_MODULE, "version 0");
	DCAP_REPLACE(forge.tcb_info, "{\"mrsigner\":\"00", "{\"mrsigner\":\"01");
	assert_int_equal(judged(), CHECK_TDX_MODULE);
	/* An identity whose mask leaves attributes open does not open them: they are zero. */
	begin(5, QUOTE_TD_15);
	for (int i = 0; i < 2; i++)
		DCAP_REPLACE(forge.tcb_info, "FFFFFFFFFFFFFFFF", "0000000000000000");
	assert_int_equal(judged(), CHECK_COUNT);
	forge.q.body[0x73] = 1;
	assert_int_equal(judged(), CHECK_TDX_MODULE);
	/* … and where they are due, zero is not what is due. */
	static const char *const due[] = { "\"attributes\":\"0100000000000000\"", "\"attributes\":\"0000000000000001\"" };
	for (size_t k = 0; k < N_OF(due); k++) {
		begin(5, QUOTE_TD_15);
		for (int i = 0; i < 2; i++)
			DCAP_REPLACE(forge.tcb_info, "\"attributes\":\"0000000000000000\"", due[k]);
		assert_int_equal(judged(), CHECK_TDX_MODULE);
	}
}

static void every_bit_of_the_enclave_counts(void **state)
{
	static const struct {
		size_t at;
		uint8_t flip;
		enum check fails;
		const char *says;
	} rows[] = {
		{ 0x30, 0x01, CHECK_SGX_ATTRIBUTES,
		  "0000000000000004: the enclave is not initialized, or not of 64 bits" },
		{ 0x30, 0x04, CHECK_SGX_ATTRIBUTES,
		  "0000000000000001: the enclave is not initialized, or not of 64 bits" },
		{ 0x30, 0x08, CHECK_SGX_ATTRIBUTES, "000000000000000d: reserved bits are set" },
		{ 0x37, 0x80, CHECK_SGX_ATTRIBUTES, "8000000000000005: reserved bits are set" },
		{ 0x30, 0x10, CHECK_COUNT, "0000000000000015" }, /* PROVISIONKEY */
		{ 0x30, 0x00, CHECK_COUNT, "0000000000000005" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(4, QUOTE_SGX);
		forge.q.body[rows[i].at] ^= rows[i].flip;
		assert_int_equal(judged(), rows[i].fails);
		assert_says(CHECK_SGX_ATTRIBUTES, rows[i].says);
		assert_false(v.asked[CHECK_TDX_MODULE]);
	}
}

static void debug_is_said_by_one_bit(void **state)
{
	(void)state;
	for (int sgx = 0; sgx < 2; sgx++) {
		begin(4, sgx ? QUOTE_SGX : QUOTE_TD_10);
		assert_int_equal(judged(), CHECK_COUNT);
		assert_int_equal(number("debug"), 0);
		assert_false(v.is_debug);
		forge.q.body[sgx ? 0x30 : 0x78] |= sgx ? SGX_DEBUG : TD_DEBUG;
		policy.allow_debug = false;
		assert_int_equal(judged(), CHECK_DEBUG);
		assert_int_equal(number("debug"), 1);
		assert_says(CHECK_DEBUG, sgx ? "a debug enclave: the DEBUG bit of its attributes is set" :
					       "a debug enclave: the DEBUG bit of TDATTRIBUTES is set");
	}
}

/* ---- claims ---- */

static struct bytes claimed(const char *name)
{
	const struct claim *c = verdict_claim(&v, name);

	if (!c || c->type != CLOISTER_CLAIM_BYTES)
		fail_msg("%s is not claimed", name);
	return claim_bytes(&v, c);
}

/* What is claimed of the body is that part of it; offsets as Intel's layouts have them. */
struct place {
	const char *name;
	uint16_t at, len;
};

static const struct place td_places[] = {
	{ "measurement", 0x88, 48 }, { "mrtd", 0x88, 48 }, { "rtmr0", 0x148, 48 }, { "rtmr1", 0x178, 48 },
	{ "rtmr2", 0x1a8, 48 }, { "rtmr3", 0x1d8, 48 }, { "report_data", 0x208, 64 }, { "td_attributes", 0x78, 8 },
	{ "xfam", 0x80, 8 }, { "mrconfigid", 0xb8, 48 }, { "mrowner", 0xe8, 48 }, { "mrownerconfig", 0x118, 48 },
	{ "mrservicetd", 0x258, 48 }, { "mrseam", 0x10, 48 }, { "mrsignerseam", 0x40, 48 },
	{ "seam_attributes", 0x70, 8 }, { "tee_tcb_svn", 0, 16 }, { "tee_tcb_svn_2", 0x248, 16 },
	{ "vm_id", 0x288, 1 }, { "td_id", 0x289, 32 }, { "dev_info", 0x2a9, 48 },
	{ "init_service_td_hash", 0x2d9, 48 }, { "service_td_hash", 0x33d, 48 },
};
static const struct place sgx_places[] = {
	{ "cpu_svn", 0, 16 }, { "misc_select", 0x10, 4 }, { "isv_ext_prod_id", 0x20, 16 }, { "attributes", 0x30, 16 },
	{ "measurement", 0x40, 32 }, { "mrenclave", 0x40, 32 }, { "mrsigner", 0x80, 32 }, { "config_id", 0xc0, 64 },
	{ "isv_prod_id", 0x100, 2 }, { "isv_family_id", 0x130, 16 }, { "report_data", 0x140, 64 },
};

static void assert_places(const struct place *places, size_t n, const uint8_t *body)
{
	for (size_t i = 0; i < n; i++) {
		struct bytes b = claimed(places[i].name);
		if (!bytes_equal(b, bytes_of(body + places[i].at, places[i].len)))
			fail_msg("%s is not the body's", places[i].name);
	}
}

static void assert_platform(void)
{
	static const uint8_t components[16] = { 5, 255, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5 };

	assert_true(bytes_equal(claimed("tcb"), BYTES_OF(components)));
	assert_int_equal(number("pcesvn"), 11);
	assert_int_equal(number("qe_isv_svn"), 5);
	assert_memory_equal(claimed("platform_id").data, "\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11\x11", 16);
	assert_memory_equal(claimed("fmspc").data, "\x00\x80\x6f\xab\x00\x00", 6);
	assert_memory_equal(claimed("platform_instance_id").data, "\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33\x33", 16);
	assert_int_equal(number("smt"), 1);
	assert_true(bytes_are(claim_bytes(&v, verdict_claim(&v, "root")), "caller-root"));
	assert_int_equal(claimed("root_sha256").len, 32);
	assert_int_equal(number("tcb_date"), date("2026-02-11T00:00:00Z"));
	assert_int_equal(claim_bytes(&v, verdict_claim(&v, "advisories")).len, 0);
}

static void claims_are_what_the_quote_says(void **state)
{
	static const struct {
		uint16_t version;
		enum quote_body body;
	} forms[] = { { 5, QUOTE_TD_15_EXTENDED }, { 4, QUOTE_TD_10 }, { 3, QUOTE_SGX } };

	(void)state;
	for (size_t i = 0; i < N_OF(forms); i++) {
		struct buf quote = BUF_INIT(LIMIT_QUOTE);
		bool sgx = forms[i].body == QUOTE_SGX;
		begin(forms[i].version, forms[i].body);
		if (sgx) {
			for (size_t at = 0x20; at < 0x30; at++) /* fields that are zero otherwise, told apart */
				forge.q.body[at] = (uint8_t)at;
			memset(forge.q.body + 0xc0, 0x43, 64);
			memset(forge.q.body + 0x130, 0x44, 16);
			forge.q.body[0x104] = 7;
		} else {
			forge.q.body[0x288] = 3;
			memset(forge.q.body + 0x289, 0x45, 32);
			memset(forge.q.body + 0x2a9, 0x46, 48);
			memset(forge.q.body + 0x2d9, 0x47, 48);
			memset(forge.q.body + 0x33d, 0x48, 48);
			policy.dcap.allow_service_td = true;
		}
		struct cloister_trust *t = dcap_forge_trust(&forge);
		dcap_forge_quote(&forge, &quote);
		assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S), CHECK_COUNT);
		size_t n_td = forms[i].body == QUOTE_TD_10 ? 12 : N_OF(td_places);
		assert_places(sgx ? sgx_places : td_places, sgx ? N_OF(sgx_places) : n_td, forge.q.body);
		assert_platform();
		if (sgx) {
			assert_int_equal(number("isv_svn"), 5);
			assert_int_equal(number("config_svn"), 7);
		}
		assert_int_equal(verdict_claim(&v, "current_tcb_status") != NULL, i == 0); /* who states two sets */
		cloister_trust_free(t);
		buf_fini(&quote);
	}
}

/* Registers are those of the kind that the quote is of. */
static void programs_are_named_by_kind(void **state)
{
	static const struct {
		uint16_t version;
		enum quote_body body;
		const char *reg;
		bool holds;
	} rows[] = {
		{ 4, QUOTE_TD_10, "mrtd", true },  { 4, QUOTE_TD_10, "mrenclave", false },
		{ 4, QUOTE_SGX, "mrtd", false },   { 4, QUOTE_SGX, "mrenclave", true },
	};
	uint8_t value[48];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		begin(rows[i].version, rows[i].body);
		memset(value, rows[i].body == QUOTE_SGX ? 0x41 : 0x52, sizeof value);
		size_t len = strcmp(rows[i].reg, "mrtd") == 0 ? 48 : 32;
		assert_int_equal(policy_expect(&policy, 0, rows[i].reg, bytes_of(value, len), NULL), CLOISTER_OK);
		struct cloister_trust *t = dcap_forge_trust(&forge);
		struct buf quote = BUF_INIT(LIMIT_QUOTE);
		dcap_forge_quote(&forge, &quote);
		assert_int_equal(judge_bytes(t, buf_bytes(&quote), NOW_S),
				 rows[i].holds ? CHECK_COUNT : CHECK_MEASUREMENTS);
		assert_int_equal(verdict_claim(&v, rows[i].reg) != NULL, rows[i].holds);
		cloister_trust_free(t);
		buf_fini(&quote);
	}
}

/* A machine is known by the PPID of its certificate. */
static void the_platform_is_compared(void **state)
{
	(void)state;
	begin(5, QUOTE_TD_15);
	policy.platforms = WANT_EXACTLY;
	policy.n_platforms = 1;
	policy.platform[0].len = 16;
	memset(policy.platform[0].id, 0x11, 16);
	assert_int_equal(judged(), CHECK_COUNT);
	policy.platform[0].id[15] ^= 1;
	assert_int_equal(judged(), CHECK_PLATFORM);
}

static int load_keys(void **state)
{
	(void)state;
	dcap_keys_load(&keys, vectors);
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	dcap_keys_free(&keys);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_bounded),
		cmocka_unit_test(an_unknown_root_is_named),
		cmocka_unit_test(each_is_called_what_it_is),
		cmocka_unit_test(the_first_and_last_second_count),
		cmocka_unit_test(the_oldest_statement_is_told),
		cmocka_unit_test(memory_is_of_key_signature_and_bytes),
		cmocka_unit_test(good_signatures_are_remembered),
		cmocka_unit_test(masks_of_the_quoting_enclave),
		cmocka_unit_test(evaluations_have_a_floor),
		cmocka_unit_test(grace_ends),
		cmocka_unit_test(launch_and_now_are_told_apart),
		cmocka_unit_test(advisories_are_cut_at_a_name),
		cmocka_unit_test(revoked_is_never_tolerated),
		cmocka_unit_test(every_bit_of_the_td_counts),
		cmocka_unit_test(the_module_is_the_one_of_its_version),
		cmocka_unit_test(every_bit_of_the_enclave_counts),
		cmocka_unit_test(debug_is_said_by_one_bit),
		cmocka_unit_test(claims_are_what_the_quote_says),
		cmocka_unit_test(programs_are_named_by_kind),
		cmocka_unit_test(the_platform_is_compared),
	};

	vectors = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, load_keys, free_keys);
}
