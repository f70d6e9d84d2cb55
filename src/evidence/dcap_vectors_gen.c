/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dcap_vectors_gen.c - makes vectors/tdx and vectors/sgx: quotes and pieces of
 * collateral that fail one rule of doc/rules.md and no other, and some that fail
 * none. Each file takes the place of one piece of a good set (root.pem, good.bin,
 * tcb_info.json, qe_identity.json, signer.pem, root.crl, pck.crl); an empty one
 * leaves it out, and one with "beside" is given besides. Run by hand when a rule changes; the keys are fixed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "evidence/forge_dcap.h"
#include "evidence/forge_der.h"

enum piece { QUOTE, TCB_INFO, QE_IDENTITY, SIGNER, ROOT_CRL, PCK_CRL };

static const struct {
	const char *name, *suffix, *good;
	void (*write)(const struct dcap_forge *f, struct buf *out);
} pieces[] = {
	[QUOTE] = { "quote", "bin", "good.bin", dcap_forge_quote },
	[TCB_INFO] = { "tcb_info", "json", "tcb_info.json", dcap_forge_tcb_info },
	[QE_IDENTITY] = { "qe_identity", "json", "qe_identity.json", dcap_forge_qe_identity },
	[SIGNER] = { "signer", "pem", "signer.pem", dcap_forge_signer },
	[ROOT_CRL] = { "root_crl", "crl", "root.crl", dcap_forge_root_crl },
	[PCK_CRL] = { "pck_crl", "crl", "pck.crl", dcap_forge_pck_crl },
};

#define TDX 1u
#define SGX 2u

struct row {
	unsigned kinds;
	const char *name, *fails, *says, *about;
	enum piece piece;
	void (*edit)(struct dcap_forge *f); /* before it is signed */
	void (*damage)(struct buf *b);      /* after */
	const char *more;                   /* of the index entry */
};

#define EDIT(name, ...)                            \
	static void name(struct dcap_forge *f)     \
	{                                          \
		__VA_ARGS__;                       \
	}
#define DAMAGE(name, ...)                          \
	static void name(struct buf *b)            \
	{                                          \
		__VA_ARGS__;                       \
	}
#define INFO(from, to) DCAP_REPLACE(f->tcb_info, from, to)
#define IDENTITY(from, to) DCAP_REPLACE(f->qe_identity, from, to)

/* ---- forms that are good ---- */

static void another_form(struct dcap_forge *f, uint16_t version, enum quote_body body)
{
	struct dcap_keys keys = f->keys;

	dcap_forge_begin(f, &keys, version, body);
}

EDIT(v4_td, another_form(f, 4, QUOTE_TD_10))
EDIT(v5_td_10, another_form(f, 5, QUOTE_TD_10))
EDIT(v5_extended, another_form(f, 5, QUOTE_TD_15_EXTENDED))
EDIT(v4_sgx, another_form(f, 4, QUOTE_SGX))
EDIT(v5_sgx, another_form(f, 5, QUOTE_SGX))
EDIT(padded, f->q.padding = 1000)
EDIT(no_qe_auth, f->q.qe_auth_len = 0)

static void swap_levels(struct dcap_forge *f)
{
	char *array = strstr(f->tcb_info, "\"tcbLevels\":[{\"tcb\":{\"sgx") + 13;
	char *comma = strstr(array, "\"UpToDate\"},") + 11;
	char text[8192];

	snprintf(text, sizeof text, "%.*s,%.*s]}", (int)strlen(comma + 1) - 2, comma + 1,
		 (int)(comma - array), array);
	memcpy(array, text, strlen(text) + 1);
}

static void version_2(struct dcap_forge *f)
{
	size_t n = (size_t)snprintf(f->tcb_info, sizeof f->tcb_info,
		"{\"version\":2,\"issueDate\":\"2026-06-20T00:00:00Z\",\"nextUpdate\":\"2026-07-20T00:00:00Z\","
		"\"fmspc\":\"00806fab0000\",\"pceId\":\"0001\",\"tcbType\":0,\"tcbEvaluationDataNumber\":20,"
		"\"tcbLevels\":[{\"tcb\":{");
	for (unsigned i = 1; i <= 16; i++)
		n += (size_t)snprintf(f->tcb_info + n, sizeof f->tcb_info - n, "\"sgxtcbcomp%02usvn\":5,", i);
	snprintf(f->tcb_info + n, sizeof f->tcb_info - n,
		 "\"pcesvn\":11},\"tcbDate\":\"2026-02-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}]}");
}

/* ---- D1 to D3 ---- */

DAMAGE(empty, b->len = 0)
DAMAGE(short_by_one, b->len = QUOTE_HEADER_LEN - 1)
static void too_large(struct buf *b)
{
	while (b->len <= LIMIT_QUOTE)
		buf_byte(b, 0);
}
EDIT(version_two, f->q.version = 2)
EDIT(version_six, f->q.version = 6)
EDIT(p384, f->q.key_type = 3)
EDIT(other_tee, f->q.tee = 2)
EDIT(tee_tdx, f->q.tee = 0x81)
EDIT(reserved, f->q.reserved[3] = 1)
EDIT(vendor, f->q.vendor[15] ^= 1)
EDIT(tee_sgx, f->q.tee = 0)
DAMAGE(last_byte_gone, b->len--)
DAMAGE(a_byte_behind, buf_byte(b, 1))
EDIT(body_size, f->q.body_size_off = 1)
EDIT(auth_len, f->q.auth_len_off = -1)
EDIT(auth_reaches_padding, f->q.auth_len_off = 4; f->q.padding = 64)
EDIT(outer_len, f->q.outer_len_off = 4; f->q.auth_len_off = 4; f->q.padding = 64)
EDIT(chain_len, f->q.chain_len_off = -1)
EDIT(pck_only, f->q.inner_type = 4)
EDIT(ppid_only, f->q.inner_type = 1)
EDIT(unwrapped, f->q.outer_type = 5)
EDIT(qe_reserved, f->q.qe[0x14] = 1)
EDIT(sgx_reserved, f->q.body[0x60] = 1)

/* ---- D4 to D9 ---- */

#define NO_CERT "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
EDIT(one_certificate, f->q.chain = bytes_text(NO_CERT))
EDIT(garbage, f->q.chain = bytes_text(NO_CERT NO_CERT NO_CERT))
EDIT(no_extension, f->no_extension = true)
EDIT(short_ppid, f->items[PCK_PPID].value = "11")
EDIT(svn_missing, f->items[PCK_SVN_16].arcs = NULL)
EDIT(root_other, f->root.key = f->root.signer = f->authority.signer = f->tcb.signer = f->root_crl_signer = f->keys.stranger)
EDIT(leaf_is_ca, f->pck.tbs.constraints_hex = "30030101ff")
EDIT(leaf_signs_certs, f->pck.tbs.usage_hex = "03020284")
EDIT(authority_is_no_ca, f->authority.tbs.constraints_hex = "3000")
EDIT(authority_signs_none, f->authority.tbs.usage_hex = "03020780")
EDIT(other_issuer, f->pck.tbs.issuer = FORGE_INTEL_NAME("Intel SGX PCK Processor CA"))
EDIT(other_leaf, f->pck.tbs.subject = FORGE_INTEL_NAME("Intel SGX TCB Signing"))
EDIT(other_authority, f->authority.tbs.subject = f->pck.tbs.issuer = f->pck_crl.issuer = FORGE_INTEL_NAME("Intel SGX PCK Other CA"))
EDIT(pck_early, f->pck.tbs.from = "260701000001Z")
EDIT(pck_expired, f->pck.tbs.until = "260630235959Z")
EDIT(authority_expired, f->authority.tbs.until = "260630235959Z")
EDIT(pck_by_stranger, f->pck.signer = f->keys.stranger)
EDIT(authority_by_stranger, f->authority.signer = f->keys.stranger)
EDIT(authority_by_itself, f->authority.signer = f->keys.authority)

/* ---- D10, D11 ---- */

static const char *const authority_serial[] = { "0102", "02", NULL }, *const pck_serial[] = { "03", NULL },
		  *const tcb_serial[] = { "04", NULL };
EDIT(root_crl_stale, f->root_crl.next_update = "260630235959Z")
EDIT(root_crl_early, f->root_crl.this_update = "260701000001Z")
EDIT(root_crl_revokes, f->root_crl.serials_hex = authority_serial)
EDIT(root_crl_stale_revokes, f->root_crl.serials_hex = authority_serial; f->root_crl.next_update = "260630235959Z")
EDIT(root_crl_revokes_signer, f->root_crl.serials_hex = tcb_serial)
EDIT(root_crl_by_stranger, f->root_crl_signer = f->keys.stranger)
EDIT(root_crl_by_authority, f->root_crl_signer = f->keys.authority)
EDIT(root_crl_foreign, f->root_crl.issuer = FORGE_INTEL_NAME("Intel SGX PCK Platform CA"))
EDIT(pck_crl_stale, f->pck_crl.next_update = "260630235959Z")
EDIT(pck_crl_early, f->pck_crl.this_update = "260701000001Z")
EDIT(pck_crl_revokes, f->pck_crl.serials_hex = pck_serial)
EDIT(pck_crl_by_stranger, f->pck_crl_signer = f->keys.stranger)
EDIT(pck_crl_by_root, f->pck_crl_signer = f->keys.root)
EDIT(pck_crl_processor, f->pck_crl.issuer = FORGE_INTEL_NAME("Intel SGX PCK Processor CA"))

/* ---- D12 to D18 ---- */

static void other_tee_info(struct dcap_forge *f)
{
	struct dcap_forge other;

	dcap_forge_begin(&other, &f->keys, 4, f->q.body_type == QUOTE_SGX ? QUOTE_TD_10 : QUOTE_SGX);
	memcpy(f->tcb_info, other.tcb_info, sizeof f->tcb_info);
	memcpy(f->qe_identity, other.qe_identity, sizeof f->qe_identity);
}
EDIT(info_fmspc, INFO("00806", "00706"))
EDIT(info_pceid, INFO("\"pceId\":\"0001\"", "\"pceId\":\"0000\""))
EDIT(info_unknown, INFO("\"tcbType\":0", "\"tcbType\":0,\"more\":1"))
EDIT(info_version_4, INFO("\"version\":3", "\"version\":4"))
EDIT(info_type_1, INFO("\"tcbType\":0", "\"tcbType\":1"))
EDIT(info_status, INFO("UpToDate", "Uptodate"))
EDIT(info_by_stranger, f->tcb_info_signer = f->keys.stranger)
EDIT(info_by_pck, f->tcb_info_signer = f->keys.pck)
EDIT(info_future, INFO("\"issueDate\":\"2026-06-20T00:00:00Z\"", "\"issueDate\":\"2026-07-01T00:00:01Z\""))
EDIT(info_stale, INFO("\"nextUpdate\":\"2026-07-20T00:00:00Z\"", "\"nextUpdate\":\"2026-06-30T23:59:59Z\""))
EDIT(signer_expired, f->tcb.tbs.until = "260630235959Z")
EDIT(signer_early, f->tcb.tbs.from = "260701000001Z")
EDIT(signer_name, f->tcb.tbs.subject = FORGE_INTEL_NAME("Intel SGX TCB Signing 2"))
EDIT(signer_issuer, f->tcb.tbs.issuer = FORGE_INTEL_NAME("Intel SGX PCK Platform CA"); f->tcb.signer = f->keys.authority)
EDIT(signer_by_stranger, f->tcb.signer = f->keys.stranger)
EDIT(signer_is_ca, f->tcb.tbs.constraints_hex = "30030101ff"; f->tcb.tbs.usage_hex = FORGE_USAGE_CA)
EDIT(qe_unknown, IDENTITY("\"isvprodid\"", "\"more\":1,\"isvprodid\""))
EDIT(qe_version, IDENTITY("\"version\":2", "\"version\":3"))
EDIT(qe_status, IDENTITY("UpToDate", "SWHardeningNeeded"))
EDIT(qe_by_stranger, f->qe_identity_signer = f->keys.stranger)
EDIT(qe_future, IDENTITY("\"issueDate\":\"2026-06-20T00:00:00Z\"", "\"issueDate\":\"2026-07-01T00:00:01Z\""))
EDIT(qe_stale, IDENTITY("\"nextUpdate\":\"2026-07-20T00:00:00Z\"", "\"nextUpdate\":\"2026-06-30T23:59:59Z\""))

static void change(struct buf *b, const char *from, const char *to)
{
	char *p = memmem(b->data, b->len, from, strlen(from));

	if (!p || strlen(from) != strlen(to))
		abort();
	memcpy(p, to, strlen(to));
}
DAMAGE(info_tampered, change(b, "\"svn\":4", "\"svn\":3"))
DAMAGE(info_respelt, change(b, "\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":21"))
DAMAGE(qe_tampered, change(b, "3232", "3233"))

/* ---- D19 to D22 ---- */

EDIT(qe_report_by_stranger, f->qe_signer = f->keys.stranger)
EDIT(qe_report_by_attestation_key, f->qe_signer = f->keys.attestation)
EDIT(key_other, f->attestation = f->quote_signer = f->keys.stranger; f->keep_report_data = true; memset(f->q.qe + 0x140, 0x5a, 32))
static void padding_of_key(struct dcap_forge *f)
{
	struct buf bound = BUF_INIT(256);

	buf_put(&bound, f->attestation->point + 1, 64);
	buf_put(&bound, f->q.qe_auth, f->q.qe_auth_len);
	if (hash_sha256(buf_bytes(&bound), f->q.qe + 0x140, NULL) != CLOISTER_OK)
		abort();
	buf_fini(&bound);
	f->q.qe[0x140 + 63] = 1;
	f->keep_report_data = true;
}
EDIT(qe_signer, memset(f->q.qe + 0x80, 0x33, 32))
EDIT(qe_product, f->q.qe[0x100] = 9)
EDIT(qe_debug, f->q.qe[0x30] |= 2)
EDIT(qe_misc, f->q.qe[0x10] = 1)
EDIT(quote_by_stranger, f->quote_signer = f->keys.stranger)
EDIT(quote_by_pck, f->quote_signer = f->keys.pck)
DAMAGE(header_flipped, b->data[28] ^= 1)
DAMAGE(body_flipped, b->data[115] ^= 0x80)

/* The signature lies behind the length that follows header and body. */
static uint8_t *signature(struct buf *b)
{
	size_t at = b->data[0] == 5 ? 54 + (size_t)(b->data[50] | b->data[51] << 8) : 48 + 384;

	return b->data + at + 4;
}
DAMAGE(r_zero, memset(signature(b), 0, 32))
DAMAGE(s_zero, memset(signature(b) + 32, 0, 32))
DAMAGE(both_zero, memset(signature(b), 0, 64))
/* In the QE's report, behind signature and key, and the wrapper where there is one. */
DAMAGE(qe_report_flipped, signature(b)[128 + (b->data[0] > 3 ? 6 : 0) + 0x40] ^= 1)
DAMAGE(qe_auth_flipped, signature(b)[128 + (b->data[0] > 3 ? 6 : 0) + 384 + 64 + 2] ^= 1)
DAMAGE(key_flipped, signature(b)[64] ^= 1)

/* ---- D23 to D29, R15 to R22 ---- */

EDIT(info_newer, INFO("\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":21"))
EDIT(info_seen, info_newer(f); info_stale(f))
EDIT(info_seen_early, info_newer(f); info_future(f))
EDIT(info_seen_other, info_seen(f); info_fmspc(f))
EDIT(info_seen_stranger, info_seen(f); info_by_stranger(f))
EDIT(qe_seen, IDENTITY("\"tcbEvaluationDataNumber\":20", "\"tcbEvaluationDataNumber\":21"); qe_stale(f))
EDIT(platform_old, f->items[PCK_SVN_1].value = "04"; f->items[PCK_PCESVN].value = "05")
EDIT(qe_old, f->q.qe[0x102] = 4)
EDIT(module_level_old, INFO("{\"isvsvn\":5}", "{\"isvsvn\":6}"))
EDIT(platform_none, f->items[PCK_PCESVN].value = "04")
EDIT(qe_none, f->q.qe[0x102] = 1)
EDIT(module_none, f->q.body[0] = 2)

/* A platform's level with another status; the first "UpToDate" of the platform's levels. */
static void platform_is(struct dcap_forge *f, const char *status)
{
	char *levels = strstr(f->tcb_info, "\"tcbLevels\":[{\"tcb\":{\"sgx");

	dcap_replace(levels, sizeof f->tcb_info - (size_t)(levels - f->tcb_info), "UpToDate", status);
}
EDIT(platform_revoked, platform_is(f, "Revoked"))
EDIT(platform_configuration, platform_is(f, "ConfigurationNeeded"))
EDIT(qe_revoked, IDENTITY("UpToDate", "Revoked"))
EDIT(module_revoked, INFO("UpToDate", "Revoked"))
EDIT(configuration_and_old_module, platform_is(f, "ConfigurationNeeded"); INFO("{\"isvsvn\":5}", "{\"isvsvn\":6}"))
EDIT(now_old, f->q.body[0x248] = 4)
EDIT(now_none, f->q.body[0x248] = 2)
EDIT(launched_old, f->q.body[0] = 4)
EDIT(mrsignerseam, f->q.body[0x40] = 1)
EDIT(seam_attributes, f->q.body[0x77] = 1)
EDIT(perf_profiling, f->q.body[0x78] = 0x20)
EDIT(td_reserved, f->q.body[0x7d] = 1)
EDIT(td_all_defined, f->q.body[0x7a] = 0x01; f->q.body[0x7b] = 0xd8; f->q.body[0x7f] = 0xc0)
EDIT(xfam_no_sse, f->q.body[0x80] = 0xe5)
EDIT(xfam_reserved, f->q.body[0x83] = 1)
EDIT(migratable, f->q.body[0x7b] = 0x20)
EDIT(migratable_td_10, another_form(f, 4, QUOTE_TD_10); f->q.body[0x7b] = 0x30)
EDIT(service_td, f->q.body[0x258] = 1)
EDIT(service_td_extended, another_form(f, 5, QUOTE_TD_15_EXTENDED); f->q.body[0x33d] = 1)
EDIT(td_debug, f->q.body[0x78] = 1)
EDIT(no_init, f->q.body[0x30] = 4)
EDIT(no_mode64, f->q.body[0x30] = 1)
EDIT(sgx_reserved_attribute, f->q.body[0x31] = 0x80)
EDIT(sgx_debug, f->q.body[0x30] |= 2)
static void nothing(struct dcap_forge *f)
{
	(void)f;
}

#define BOTH (TDX | SGX)
#define ALL_STATUSES "\"tolerate\":\"SWHardeningNeeded ConfigurationNeeded ConfigurationAndSWHardeningNeeded OutOfDate OutOfDateConfigurationNeeded TDRelaunchAdvised TDRelaunchAdvisedConfigurationNeeded\""
#define H32(b) "\"" b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b "\""
#define H48(b) "\"" b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b "\""
#define H64(b) "\"" b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b b "\""

#define SIGNER_SAID "\"registers\":{\"mrsigner\":" H32("42") ",\"isv_prod_id\":\"0100\"}"

static const struct row rows[] = {
	{ BOTH, "ok", NULL, "", "a good quote with good collateral", QUOTE, nothing, NULL, NULL },
	{ TDX, "ok-v4", NULL, "", "version 4, TD report 1.0", QUOTE, v4_td, NULL, NULL },
	{ TDX, "ok-v5-td-10", NULL, "", "version 5, TD report 1.0", QUOTE, v5_td_10, NULL, NULL },
	{ TDX, "ok-v5-extended", NULL, "", "version 5, the extended TD report", QUOTE, v5_extended, NULL, NULL },
	{ SGX, "ok-v4", NULL, "", "version 4", QUOTE, v4_sgx, NULL, NULL },
	{ SGX, "ok-v5", NULL, "", "version 5", QUOTE, v5_sgx, NULL, NULL },
	{ BOTH, "ok-padded", NULL, "", "zeros behind the quote", QUOTE, padded, NULL, NULL },
	{ BOTH, "ok-no-qe-auth", NULL, "", "the quoting enclave adds no data of its own", QUOTE, no_qe_auth, NULL, NULL },
	{ BOTH, "ok-levels-unsorted", NULL, "", "the lower level comes first", TCB_INFO, swap_levels, NULL, NULL },
	{ SGX, "ok-info-v2", NULL, "", "TCB information of version 2", TCB_INFO, version_2, NULL, NULL },
	{ BOTH, "ok-tolerated", NULL, "", "out of date, and tolerated", QUOTE, platform_old, NULL, "\"tolerate\":\"OutOfDate\"" },
	{ BOTH, "ok-grace", NULL, "", "out of date for less than the grace", QUOTE, platform_old, NULL, "\"tolerate\":\"OutOfDate\",\"grace\":27820800" },
	{ TDX, "ok-relaunch", NULL, "", "relaunch is advised, and tolerated", QUOTE, launched_old, NULL, "\"tolerate\":\"TDRelaunchAdvised\"" },
	{ TDX, "ok-service-td", NULL, "", "a service TD, allowed", QUOTE, service_td, NULL, "\"allow_service_td\":true" },
	{ TDX, "ok-migratable", NULL, "", "a TD that can be migrated, allowed", QUOTE, migratable_td_10, NULL, "\"allow_service_td\":true" },
	{ TDX, "ok-attributes", NULL, "", "every attribute that is defined and leaves the TD trusted, but for MIGRATABLE", QUOTE, td_all_defined, NULL, NULL },
	{ TDX, "ok-debug", NULL, "", "a debug TD, allowed", QUOTE, td_debug, NULL, "\"allow_debug\":true" },
	{ SGX, "ok-debug", NULL, "", "a debug enclave, allowed", QUOTE, sgx_debug, NULL, "\"allow_debug\":true" },
	{ BOTH, "ok-expected", NULL, "", "report data and machine as expected", QUOTE, nothing, NULL,
	  "\"report_data\":" H64("70") ",\"nonce\":" H64("70") ",\"platform\":\"11111111111111111111111111111111\",\"evaluation_min\":20" },

	{ BOTH, "ok-seen-early", NULL, "", "newer TCB information, issued after the chosen time", TCB_INFO, info_seen_early, NULL, "\"beside\":true" },
	{ BOTH, "ok-seen-other", NULL, "", "newer TCB information, for other platforms", TCB_INFO, info_seen_other, NULL, "\"beside\":true" },
	{ BOTH, "ok-seen-stranger", NULL, "", "newer TCB information that a stranger signed", TCB_INFO, info_seen_stranger, NULL, "\"beside\":true" },

	{ BOTH, "size-empty", "D1", "0 bytes", "no bytes at all", QUOTE, nothing, empty, NULL },
	{ BOTH, "size-short", "D1", "47 bytes", "shorter than a header", QUOTE, nothing, short_by_one, NULL },
	{ BOTH, "size-large", "D1", "32769 bytes", "one byte more than 32 KiB, zeros mostly", QUOTE, nothing, too_large, NULL },
	{ BOTH, "header-version-2", "D2", "version", "version 2", QUOTE, version_two, NULL, NULL },
	{ BOTH, "header-version-6", "D2", "version", "version 6", QUOTE, version_six, NULL, NULL },
	{ BOTH, "header-p384", "D2", "attestation_key_type", "a key type that nobody uses", QUOTE, p384, NULL, NULL },
	{ BOTH, "header-tee", "D2", "tee_type", "an unknown TEE", QUOTE, other_tee, NULL, NULL },
	{ SGX, "header-tdx-in-v3", "D2", "tee_type", "version 3 has no TDX", QUOTE, tee_tdx, NULL, NULL },
	{ TDX, "header-body-type", "D2", "body_type", "a TD report in what calls itself SGX's", QUOTE, tee_sgx, NULL, NULL },
	{ TDX, "header-reserved", "D2", "reserved_0a", "a reserved byte is set", QUOTE, reserved, NULL, NULL },
	{ BOTH, "header-vendor", "D2", "qe_vendor_id", "another vendor's quoting enclave", QUOTE, vendor, NULL, NULL },
	{ BOTH, "layout-truncated", "D3", "ends inside", "the last byte is missing", QUOTE, nothing, last_byte_gone, NULL },
	{ BOTH, "layout-behind", "D3", "padding", "a byte behind the quote that is not zero", QUOTE, nothing, a_byte_behind, NULL },
	{ TDX, "layout-body-size", "D3", "body_size", "the body's size is not its type's", QUOTE, body_size, NULL, NULL },
	{ BOTH, "layout-auth-short", "D3", "ends inside", "the authentication data end early", QUOTE, auth_len, NULL, NULL },
	{ BOTH, "layout-auth-long", "D3", "left over", "the authentication data reach into the padding", QUOTE, auth_reaches_padding, NULL, NULL },
	{ TDX, "layout-outer-long", "D3", "left over", "the wrapper holds more than the chain", QUOTE, outer_len, NULL, NULL },
	{ BOTH, "layout-chain-short", "D3", "left over", "the chain ends early", QUOTE, chain_len, NULL, NULL },
	{ BOTH, "layout-type-4", "D3", "are not inside", "the leaf only, without its chain", QUOTE, pck_only, NULL, NULL },
	{ BOTH, "layout-type-1", "D3", "are not inside", "a PPID instead of certificates", QUOTE, ppid_only, NULL, NULL },
	{ TDX, "layout-unwrapped", "D3", "certification_type", "the chain where the wrapper is due", QUOTE, unwrapped, NULL, NULL },
	{ BOTH, "layout-qe-reserved", "D3", "reserved_014", "a reserved byte of the quoting enclave's report", QUOTE, qe_reserved, NULL, NULL },
	{ SGX, "layout-reserved", "D3", "reserved_060", "a reserved byte of the report", QUOTE, sgx_reserved, NULL, NULL },

	{ BOTH, "certificates-one", "D4", "BEGIN", "one block instead of three", QUOTE, one_certificate, NULL, NULL },
	{ BOTH, "certificates-garbage", "D4", "certificate 1 of 3", "three blocks that are no certificates", QUOTE, garbage, NULL, NULL },
	{ BOTH, "certificates-no-extension", "D4", "which platform", "no word about the platform", QUOTE, no_extension, NULL, NULL },
	{ BOTH, "certificates-short-ppid", "D4", "ppid", "a PPID of one byte", QUOTE, short_ppid, NULL, NULL },
	{ BOTH, "certificates-svn-missing", "D4", "tcb component svn", "fifteen components", QUOTE, svn_missing, NULL, NULL },
	{ BOTH, "root-other", "D5", "not Intel's", "another key under Intel's name, as the pre-production root", QUOTE, root_other, NULL, NULL },
	{ BOTH, "path-leaf-ca", "D6", "authority", "the PCK certificate is an authority", QUOTE, leaf_is_ca, NULL, NULL },
	{ BOTH, "path-leaf-cert-sign", "D6", "sign certificates", "the PCK certificate may sign certificates", QUOTE, leaf_signs_certs, NULL, NULL },
	{ BOTH, "path-not-ca", "D6", "not an authority", "the authority is none", QUOTE, authority_is_no_ca, NULL, NULL },
	{ BOTH, "path-no-cert-sign", "D6", "may not sign", "the authority may not sign", QUOTE, authority_signs_none, NULL, NULL },
	{ BOTH, "names-issuer", "D7", "another issuer", "the leaf names another authority", QUOTE, other_issuer, NULL, NULL },
	{ BOTH, "names-leaf", "D7", "PCK Certificate", "a leaf that is called something else", QUOTE, other_leaf, NULL, NULL },
	{ BOTH, "names-authority", "D7", "neither", "an authority that is called something else", QUOTE, other_authority, NULL, NULL },
	{ BOTH, "validity-early", "D8", "begins 1 s", "the PCK certificate begins a second later; Intel's own library does not look", QUOTE, pck_early, NULL, NULL },
	{ BOTH, "validity-expired", "D8", "expired 1 s", "the PCK certificate ended a second ago", QUOTE, pck_expired, NULL, NULL },
	{ BOTH, "validity-authority", "D8", "certificate 2 of 3 expired", "the authority's certificate ended a second ago", QUOTE, authority_expired, NULL, NULL },
	{ BOTH, "chain-leaf", "D9", "certificate 3 of 3", "the leaf is signed by a stranger", QUOTE, pck_by_stranger, NULL, NULL },
	{ BOTH, "chain-authority", "D9", "certificate 2 of 3", "the authority is signed by a stranger", QUOTE, authority_by_stranger, NULL, NULL },
	{ BOTH, "chain-authority-itself", "D9", "certificate 2 of 3", "the authority is signed by itself", QUOTE, authority_by_itself, NULL, NULL },
	{ BOTH, "root-crl-missing", "D10", "no revocation list", "no list by the root", ROOT_CRL, nothing, empty, NULL },
	{ BOTH, "root-crl-stale", "D10", "", "the root's list was to be renewed", ROOT_CRL, root_crl_stale, NULL, NULL },
	{ BOTH, "root-crl-early", "D10", "", "the root's list begins a second later", ROOT_CRL, root_crl_early, NULL, NULL },
	{ BOTH, "root-crl-revokes", "D10", "revoked", "the root revoked the authority", ROOT_CRL, root_crl_revokes, NULL, NULL },
	{ BOTH, "root-crl-stale-revokes", "D10", "revoked", "it did so in a list that is stale", ROOT_CRL, root_crl_stale_revokes, NULL, NULL },
	{ BOTH, "root-crl-stranger", "D10", "did not sign", "a list by a stranger in the root's name", ROOT_CRL, root_crl_by_stranger, NULL, NULL },
	{ BOTH, "root-crl-authority", "D10", "did not sign", "a list by the authority in the root's name", ROOT_CRL, root_crl_by_authority, NULL, NULL },
	{ BOTH, "root-crl-foreign", "D10", "no revocation list", "a list in another's name", ROOT_CRL, root_crl_foreign, NULL, NULL },
	{ BOTH, "pck-crl-missing", "D11", "no revocation list", "no list by the authority", PCK_CRL, nothing, empty, NULL },
	{ BOTH, "pck-crl-stale", "D11", "", "the authority's list was to be renewed", PCK_CRL, pck_crl_stale, NULL, NULL },
	{ BOTH, "pck-crl-early", "D11", "", "the authority's list begins a second later", PCK_CRL, pck_crl_early, NULL, NULL },
	{ BOTH, "pck-crl-revokes", "D11", "revoked", "the authority revoked the platform", PCK_CRL, pck_crl_revokes, NULL, NULL },
	{ BOTH, "pck-crl-stranger", "D11", "did not sign", "a list by a stranger in the authority's name", PCK_CRL, pck_crl_by_stranger, NULL, NULL },
	{ BOTH, "pck-crl-root", "D11", "did not sign", "a list by the root in the authority's name", PCK_CRL, pck_crl_by_root, NULL, NULL },
	{ BOTH, "pck-crl-processor", "D11", "no revocation list", "the other authority's list", PCK_CRL, pck_crl_processor, NULL, NULL },
	{ BOTH, "tcb-info-missing", "D12", "none of 0", "no TCB information", TCB_INFO, nothing, empty, NULL },
	{ BOTH, "tcb-info-other-tee", "D12", "none of 1", "TCB information for the other TEE", TCB_INFO, other_tee_info, NULL, NULL },
	{ BOTH, "tcb-info-fmspc", "D12", "none of 1", "TCB information for other platforms", TCB_INFO, info_fmspc, NULL, NULL },
	{ BOTH, "tcb-info-pceid", "D12", "none of 1", "TCB information for another PCE", TCB_INFO, info_pceid, NULL, NULL },
	{ BOTH, "tcb-info-unknown", "D12", "more", "a member that nobody knows", TCB_INFO, info_unknown, NULL, NULL },
	{ BOTH, "tcb-info-version-4", "D12", "version", "version 4", TCB_INFO, info_version_4, NULL, NULL },
	{ BOTH, "tcb-info-type-1", "D12", "tcbType", "tcbType 1", TCB_INFO, info_type_1, NULL, NULL },
	{ BOTH, "tcb-info-status", "D12", "tcbStatus", "a status that there is not", TCB_INFO, info_status, NULL, NULL },
	{ BOTH, "tcb-signer-missing", "D13", "no certificate for TCB signing", "no TCB signing certificate", SIGNER, nothing, empty, NULL },
	{ BOTH, "tcb-signer-expired", "D13", "expired", "it ended a second ago", SIGNER, signer_expired, NULL, NULL },
	{ BOTH, "tcb-signer-early", "D13", "begins", "it begins a second later", SIGNER, signer_early, NULL, NULL },
	{ BOTH, "tcb-signer-name", "D13", "not called", "it is called something else", SIGNER, signer_name, NULL, NULL },
	{ BOTH, "tcb-signer-issuer", "D13", "not issued by this root", "the PCK authority issued it", SIGNER, signer_issuer, NULL, NULL },
	{ BOTH, "tcb-signer-stranger", "D13", "not signed", "a stranger signed it", SIGNER, signer_by_stranger, NULL, NULL },
	{ BOTH, "tcb-signer-ca", "D13", "authority", "it is an authority", SIGNER, signer_is_ca, NULL, NULL },
	{ BOTH, "tcb-signer-revoked", "D13", "revoked", "the root revoked it", ROOT_CRL, root_crl_revokes_signer, NULL, NULL },
	{ BOTH, "tcb-info-tampered", "D14", "did not sign", "a number was changed", TCB_INFO, nothing, info_tampered, NULL },
	{ BOTH, "tcb-info-evaluation", "D14", "did not sign", "the evaluation number was raised", TCB_INFO, nothing, info_respelt, NULL },
	{ BOTH, "tcb-info-stranger", "D14", "did not sign", "a stranger signed it", TCB_INFO, info_by_stranger, NULL, NULL },
	{ BOTH, "tcb-info-pck", "D14", "did not sign", "the platform's own key signed it", TCB_INFO, info_by_pck, NULL, NULL },
	{ BOTH, "tcb-info-future", "D15", "issued 1 s after", "issued a second later; Intel's own library does not look", TCB_INFO, info_future, NULL, NULL },
	{ BOTH, "tcb-info-stale", "D15", "renewed 1 s before", "to be renewed a second ago", TCB_INFO, info_stale, NULL, NULL },
	{ BOTH, "qe-identity-missing", "D16", "none of 0", "no identity", QE_IDENTITY, nothing, empty, NULL },
	{ BOTH, "qe-identity-other-tee", "D16", "none of 1", "the other TEE's quoting enclave", QE_IDENTITY, other_tee_info, NULL, NULL },
	{ BOTH, "qe-identity-unknown", "D16", "more", "a member that nobody knows", QE_IDENTITY, qe_unknown, NULL, NULL },
	{ BOTH, "qe-identity-version-3", "D16", "version", "version 3", QE_IDENTITY, qe_version, NULL, NULL },
	{ BOTH, "qe-identity-status", "D16", "tcbStatus", "a status that only platforms have", QE_IDENTITY, qe_status, NULL, NULL },
	{ BOTH, "qe-identity-tampered", "D17", "did not sign", "another signer was written in", QE_IDENTITY, nothing, qe_tampered, NULL },
	{ BOTH, "qe-identity-stranger", "D17", "did not sign", "a stranger signed it", QE_IDENTITY, qe_by_stranger, NULL, NULL },
	{ BOTH, "qe-identity-future", "D18", "issued 1 s after", "issued a second later", QE_IDENTITY, qe_future, NULL, NULL },
	{ BOTH, "qe-identity-stale", "D18", "renewed 1 s before", "to be renewed a second ago", QE_IDENTITY, qe_stale, NULL, NULL },
	{ BOTH, "qe-report-tampered", "D19", "did not sign", "one bit of the enclave's identity", QUOTE, nothing, qe_report_flipped, NULL },
	{ BOTH, "qe-report-stranger", "D19", "did not sign", "a stranger signed it", QUOTE, qe_report_by_stranger, NULL, NULL },
	{ BOTH, "qe-report-attestation-key", "D19", "did not sign", "the attestation key signed it", QUOTE, qe_report_by_attestation_key, NULL, NULL },
	{ BOTH, "attestation-key-other", "D20", "another attestation key", "the report states another key", QUOTE, key_other, NULL, NULL },
	{ BOTH, "attestation-key-flipped", "D20", "another attestation key", "one bit of the key", QUOTE, nothing, key_flipped, NULL },
	{ BOTH, "attestation-key-auth", "D20", "another attestation key", "one bit of the enclave's own data", QUOTE, nothing, qe_auth_flipped, NULL },
	{ BOTH, "attestation-key-padding", "D20", "another attestation key", "bytes behind the digest are set; Intel's own library does not look", QUOTE, padding_of_key, NULL, NULL },
	{ BOTH, "qe-match-signer", "D21", "signer", "another signer's enclave (CVE-2026-22696)", QUOTE, qe_signer, NULL, NULL },
	{ BOTH, "qe-match-product", "D21", "product", "another enclave by the same signer", QUOTE, qe_product, NULL, NULL },
	{ BOTH, "qe-match-debug", "D21", "attributes", "the quoting enclave in debug mode", QUOTE, qe_debug, NULL, NULL },
	{ BOTH, "qe-match-misc", "D21", "MISCSELECT", "another MISCSELECT", QUOTE, qe_misc, NULL, NULL },
	{ BOTH, "quote-signature-body", "D22", "did not sign", "one bit of the body", QUOTE, nothing, body_flipped, NULL },
	{ BOTH, "quote-signature-header", "D22", "did not sign", "one bit of the header's user data", QUOTE, nothing, header_flipped, NULL },
	{ BOTH, "quote-signature-stranger", "D22", "did not sign", "a stranger signed it", QUOTE, quote_by_stranger, NULL, NULL },
	{ BOTH, "quote-signature-pck", "D22", "did not sign", "the platform's key signed it", QUOTE, quote_by_pck, NULL, NULL },
	{ BOTH, "quote-signature-r-zero", "D22", "did not sign", "r is zero", QUOTE, nothing, r_zero, NULL },
	{ BOTH, "quote-signature-s-zero", "D22", "did not sign", "s is zero", QUOTE, nothing, s_zero, NULL },
	{ BOTH, "quote-signature-zero", "D22", "did not sign", "both are zero", QUOTE, nothing, both_zero, NULL },

	{ BOTH, "evaluation-both", "D23", "20", "both documents are of an older evaluation", QUOTE, nothing, NULL, "\"evaluation_min\":21" },
	{ BOTH, "evaluation-qe", "D23", "20", "the identity is of an older evaluation", TCB_INFO, info_newer, NULL, "\"evaluation_min\":21" },
	{ BOTH, "evaluation-seen", "D23", "one of 21 is at hand", "newer TCB information was seen, which is due for renewal", TCB_INFO, info_seen, NULL, "\"beside\":true" },
	{ BOTH, "evaluation-seen-qe", "D23", "one of 21 is at hand", "a newer identity was seen, which is due for renewal", QE_IDENTITY, qe_seen, NULL, "\"beside\":true" },
	{ BOTH, "status-platform", "D24", "OutOfDate", "the platform is out of date, the rest is not", QUOTE, platform_old, NULL, NULL },
	{ BOTH, "status-qe", "D24", "OutOfDate", "the quoting enclave is out of date", QUOTE, qe_old, NULL, NULL },
	{ TDX, "status-module", "D24", "OutOfDate", "the TDX module is out of date", TCB_INFO, module_level_old, NULL, NULL },
	{ BOTH, "status-no-platform", "D24", "the platform", "no level covers the platform, its PCE is too old", QUOTE, platform_none, NULL, ALL_STATUSES },
	{ BOTH, "status-no-qe", "D24", "the quoting enclave", "no level covers the quoting enclave", QUOTE, qe_none, NULL, ALL_STATUSES },
	{ TDX, "status-no-module", "D24", "the TDX module", "no level covers the TDX module", QUOTE, module_none, NULL, ALL_STATUSES },
	{ BOTH, "status-platform-revoked", "D24", "Revoked", "a revoked platform, whatever is tolerated; go-tdx-guest takes the module's status alone", TCB_INFO, platform_revoked, NULL, ALL_STATUSES },
	{ BOTH, "status-qe-revoked", "D24", "Revoked", "a revoked quoting enclave", QE_IDENTITY, qe_revoked, NULL, ALL_STATUSES },
	{ TDX, "status-module-revoked", "D24", "Revoked", "a revoked TDX module; readers of fewer members say UpToDate", TCB_INFO, module_revoked, NULL, ALL_STATUSES },
	{ BOTH, "status-configuration", "D24", "ConfigurationNeeded", "not what is tolerated", TCB_INFO, platform_configuration, NULL, "\"tolerate\":\"OutOfDate SWHardeningNeeded\"" },
	{ TDX, "status-two-faults", "D24", "OutOfDateConfigurationNeeded", "configuration needed and a module out of date are both, not the worse of two words", TCB_INFO, configuration_and_old_module, NULL, "\"tolerate\":\"OutOfDate ConfigurationNeeded\"" },
	{ BOTH, "status-grace", "D24", "OutOfDate", "a second more than the grace", QUOTE, platform_old, NULL, "\"tolerate\":\"OutOfDate\",\"grace\":27820799" },
	{ TDX, "status-now", "D24", "now: OutOfDate", "well at launch and out of date now; Intel's own library says OK", QUOTE, now_old, NULL, NULL },
	{ TDX, "status-now-none", "D24", "now: no level", "well at launch, and no level now", QUOTE, now_none, NULL, ALL_STATUSES },
	{ TDX, "status-relaunch", "D24", "TDRelaunchAdvised", "out of date at launch and well now", QUOTE, launched_old, NULL, "\"tolerate\":\"OutOfDate\"" },
	{ TDX, "tdx-module-signer", "D25", "MRSIGNERSEAM", "a module that Intel did not sign", QUOTE, mrsignerseam, NULL, NULL },
	{ TDX, "tdx-module-attributes", "D25", "SEAMATTRIBUTES", "SEAMATTRIBUTES are set", QUOTE, seam_attributes, NULL, NULL },
	{ TDX, "td-attributes-profiling", "D26", "not to be trusted", "performance profiling by the host", QUOTE, perf_profiling, NULL, "\"allow_debug\":true" },
	{ TDX, "td-attributes-reserved", "D26", "reserved", "a reserved attribute", QUOTE, td_reserved, NULL, NULL },
	{ TDX, "td-xfam-sse", "D27", "due", "XFAM without SSE", QUOTE, xfam_no_sse, NULL, NULL },
	{ TDX, "td-xfam-reserved", "D27", "due", "XFAM with a reserved bit", QUOTE, xfam_reserved, NULL, NULL },
	{ TDX, "service-td", "D28", "service TD", "a service TD is bound", QUOTE, service_td, NULL, NULL },
	{ TDX, "service-td-extended", "D28", "service TD", "one is bound, in the extended report", QUOTE, service_td_extended, NULL, NULL },
	{ TDX, "service-td-migratable", "D28", "MIGRATABLE", "the TD can be migrated, although nothing is bound", QUOTE, migratable, NULL, NULL },
	{ TDX, "service-td-migratable-td-10", "D28", "MIGRATABLE", "the same in a report of TD 1.0, which does not say what is bound", QUOTE, migratable_td_10, NULL, NULL },
	{ SGX, "attributes-init", "D29", "not initialized", "an enclave that was never initialized", QUOTE, no_init, NULL, NULL },
	{ SGX, "attributes-mode64", "D29", "not of 64 bits", "an enclave of 32 bits", QUOTE, no_mode64, NULL, NULL },
	{ SGX, "attributes-reserved", "D29", "reserved", "a reserved attribute", QUOTE, sgx_reserved_attribute, NULL, NULL },

	{ TDX, "debug", "R15", "debug", "a debug TD", QUOTE, td_debug, NULL, NULL },
	{ SGX, "debug", "R15", "debug", "a debug enclave", QUOTE, sgx_debug, NULL, NULL },
	{ TDX, "measurements-mrtd", "R16", "MRTD", "another MRTD is expected", QUOTE, nothing, NULL, "\"registers\":{\"mrtd\":" H48("53") "}" },
	{ TDX, "measurements-rtmr3", "R16", "RTMR3", "another RTMR3 is expected", QUOTE, nothing, NULL, "\"registers\":{\"mrtd\":" H48("52") ",\"rtmr3\":" H48("62") "}" },
	{ SGX, "measurements-mrsigner", "R16", "MRSIGNER", "another MRSIGNER is expected", QUOTE, nothing, NULL, "\"registers\":{\"mrenclave\":" H32("41") ",\"mrsigner\":" H32("41") "}" },
	{ SGX, "measurements-mrenclave", "R16", "MRENCLAVE", "another MRENCLAVE is expected", QUOTE, nothing, NULL, "\"registers\":{\"mrenclave\":" H32("40") "}" },
	{ BOTH, "nonce-prefix", "R18", "not the expected nonce", "the report data begin with the nonce and go on", QUOTE, nothing, NULL, "\"nonce\":\"70707070\"" },
	{ BOTH, "report-data-other", "R21", "not the one", "other report data are expected", QUOTE, nothing, NULL, "\"report_data\":" H64("71") },
	{ BOTH, "platform-other", "R22", "none of", "another machine is expected", QUOTE, nothing, NULL, "\"platform\":\"11111111111111111111111111111112\"" },
	{ SGX, "ok-signer", NULL, "", "the signer's product, exactly as new as expected", QUOTE, nothing, NULL, SIGNER_SAID ",\"isv_svn_min\":5" },
	{ SGX, "svn-isv", "R23", "isv_svn is 5, at least 6", "the signer's product, older than expected", QUOTE, nothing, NULL, SIGNER_SAID ",\"isv_svn_min\":6" },
	{ SGX, "svn-config", "R23", "config_svn is 0, at least 1", "an older configuration", QUOTE, nothing, NULL, "\"config_svn_min\":1" },
	{ TDX, "issuer-of-a-quote", "T9", "no token", "an issuer is expected, as only tokens have one", QUOTE, nothing, NULL, "\"issuer\":\"https://portal.example\"" },
};

static void save(const char *folder, const char *name, const struct buf *b)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(b->data ? b->data : (const uint8_t *)"", 1, b->len, f) != b->len || fclose(f) != 0)
		abort();
}

static void begin(struct dcap_forge *f, const struct dcap_keys *keys, unsigned kind)
{
	if (kind == TDX)
		dcap_forge_begin(f, keys, 5, QUOTE_TD_15);
	else
		dcap_forge_begin(f, keys, 3, QUOTE_SGX);
}

static void write_row(const char *folder, const struct row *r, unsigned kind,
		      const struct dcap_keys *keys, struct buf *index)
{
	struct buf out = BUF_INIT(1u << 20);
	static struct dcap_forge f;
	char name[128];

	begin(&f, keys, kind);
	r->edit(&f);
	pieces[r->piece].write(&f, &out);
	if (r->damage)
		r->damage(&out);
	snprintf(name, sizeof name, "%s.%s", r->name, pieces[r->piece].suffix);
	save(folder, name, &out);
	buf_fini(&out);
	buf_print(index, "%s{\"file\":\"%s\",\"fails\":", index->len > 2 ? "," : "", name);
	buf_print(index, r->fails ? "\"%s\"" : "null", r->fails);
	buf_print(index, ",\"says\":\"%s\",\"about\":\"%s\",\"as\":\"%s\"%s%s}\n", r->says, r->about,
		  pieces[r->piece].name, r->more ? "," : "", r->more ? r->more : "");
}

static void write_kind(const char *vectors, const char *name, unsigned kind, const struct dcap_keys *keys)
{
	struct buf index = BUF_INIT(1u << 20), root = BUF_INIT(1u << 16);
	static struct dcap_forge f;
	char folder[2048];

	snprintf(folder, sizeof folder, "%s/%s", vectors, name);
	(void)mkdir(folder, 0777);
	begin(&f, keys, kind);
	dcap_forge_root(&f, &root);
	save(folder, "root.pem", &root);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct buf good = BUF_INIT(1u << 20);
		pieces[i].write(&f, &good);
		save(folder, pieces[i].good, &good);
		buf_fini(&good);
	}
	buf_text(&index, "[\n");
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (rows[i].kinds & kind)
			write_row(folder, &rows[i], kind, keys, &index);
	buf_text(&index, "]\n");
	if (index.failed)
		abort();
	save(folder, "index.json", &index);
	buf_fini(&index);
	buf_fini(&root);
}

/* Small quotes of every form, documents and an extension, for the fuzzers to begin with. */
static void write_seeds(const char *vectors, const struct dcap_keys *keys)
{
	static const struct {
		uint16_t version;
		enum quote_body body;
		const char *name;
	} forms[] = {
		{ 3, QUOTE_SGX, "v3" },		    { 4, QUOTE_SGX, "v4-sgx" },
		{ 4, QUOTE_TD_10, "v4" },	    { 5, QUOTE_SGX, "v5-sgx" },
		{ 5, QUOTE_TD_10, "v5-10" },	    { 5, QUOTE_TD_15, "v5-15" },
		{ 5, QUOTE_TD_15_EXTENDED, "v5-extended" },
	};
	static struct dcap_forge f;
	struct buf b = BUF_INIT(1u << 16);
	char folder[2048];

	snprintf(folder, sizeof folder, "%s/fuzz/quote", vectors);
	(void)mkdir(folder, 0777);
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		dcap_forge_begin(&f, keys, forms[i].version, forms[i].body);
		f.q.chain = bytes_text(NO_CERT NO_CERT NO_CERT);
		b.len = 0;
		dcap_forge_quote(&f, &b);
		save(folder, forms[i].name, &b);
	}
	b.len = 0;
	forge_pck_extension(f.items, true, &b);
	save(folder, "pck-extension", &b);
	for (unsigned kind = TDX; kind <= SGX; kind++) {
		begin(&f, keys, kind);
		snprintf(folder, sizeof folder, "%s/fuzz/tcb_info", vectors);
		(void)mkdir(folder, 0777);
		b.len = 0;
		dcap_forge_tcb_info(&f, &b);
		save(folder, kind == TDX ? "tdx" : "sgx", &b);
		b.len = 0;
		version_2(&f);
		dcap_forge_tcb_info(&f, &b);
		save(folder, "v2", &b);
		snprintf(folder, sizeof folder, "%s/fuzz/qe_identity", vectors);
		(void)mkdir(folder, 0777);
		b.len = 0;
		dcap_forge_qe_identity(&f, &b);
		save(folder, kind == TDX ? "td_qe" : "qe", &b);
	}
	buf_fini(&b);
}

/* argv[1]: the vectors folder. */
int main(int argc, char **argv)
{
	struct dcap_keys keys;

	if (argc != 2)
		return 2;
	dcap_keys_load(&keys, argv[1]);
	write_kind(argv[1], "tdx", TDX, &keys);
	write_kind(argv[1], "sgx", SGX, &keys);
	write_seeds(argv[1], &keys);
	dcap_keys_free(&keys);
	return 0;
}
