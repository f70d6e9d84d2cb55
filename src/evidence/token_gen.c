/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_gen.c - makes vectors/token: tokens that fail one rule of doc/rules.md
 * and no other, and some that fail none. Run by hand when a rule changes
 * (`ninja -C build token_vectors`); the files are committed. Every token is
 * signed after it was spoiled, wherever its issuer could have done so.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "evidence/forge_pki.h"

#define AT_S 1790000000ull /* 2026-09-21, when every good certificate is valid */
#define ISSUER "https://issuer.example"
#define KID "test-key-1"
#define HEX16 "00112233445566778899aabbccddeeff"
#define HEX48 HEX16 HEX16 HEX16
#define ZERO16 "00000000000000000000000000000000"
#define ZERO48 ZERO16 ZERO16 ZERO16
#define NONCE "nonce of the verifier"
#define NONCE_IAT "2026-09-21 14:13:20 +0000 UTC"
#define HELD "held data"

enum how { PS384, RS256, SALT_0, OTHER_KEY, OTHER_ROOT_KEY, PKCS1_384, PSS_256, PAYLOAD_CHANGED, EMPTY, ZEROS };

struct member {
	const char *name, *json; /* json NULL: left out */
};

struct row {
	const char *name, *fails, *says, *about;
	enum how how;
	const char *header;        /* NULL: {"alg":"PS384","kid":KID,"typ":"JWT"} */
	struct member changed[4];  /* of the claims */
	const char *nest;          /* the claims go into this object */
	bool sgx;
	const char *expect;        /* more members of the index entry */
	const char *behind;        /* put behind the token */
	const char *inner;         /* one more member beside the registers */
};

/* 64 names of 31 letters: as many and as long as there may be. */
#define ID(x) "\"TEST-SA-00000000000000000000" x "\""
#define EIGHT(x) ID(x "0") "," ID(x "1") "," ID(x "2") "," ID(x "3") "," ID(x "4") "," ID(x "5") "," ID(x "6") "," ID(x "7")
#define ALL_64 EIGHT("00") "," EIGHT("01") "," EIGHT("02") "," EIGHT("03") "," EIGHT("04") "," EIGHT("05") "," \
	       EIGHT("06") "," EIGHT("07")

#define OLD_STATUS(name, old, bit) \
	{ name, NULL, "", "tolerated, in the words that the service used at first", .how = PS384, \
	  .changed = { { "attester_tcb_status", "\"" old "\"" } }, .expect = "\"tolerated\":" #bit ",\"grace\":31536000" }

#define HEAD(alg) "{\"alg\":\"" alg "\",\"kid\":\"" KID "\",\"typ\":\"JWT\"}"

static const struct row rows[] = {
	{ "ok", NULL, "", "a token of the usual form", .how = PS384 },
	{ "ok-rs256", NULL, "", "signed with RS256", .how = RS256, .header = HEAD("RS256") },
	{ "ok-jku", NULL, "", "the header says where a key is to be had, and brings one: not looked at", .how = PS384,
	  .header = "{\"alg\":\"PS384\",\"kid\":\"" KID "\",\"jku\":\"https://elsewhere.example\",\"jwk\":{\"kty\":\"RSA\"}}" },
	{ "ok-nested", NULL, "", "version 2: an object per TEE", PS384, .nest = "tdx" },
	{ "ok-sgx", NULL, "", "an SGX enclave", PS384, .sgx = true, .expect = "\"measurement\":\"mrenclave\"" },
	{ "ok-no-nonce", NULL, "", "without a verifier's nonce and held data", .how = PS384,
	  .changed = { { "verifier_nonce", NULL }, { "attester_held_data", NULL } },
	  .expect = "\"nonce\":\"any\",\"user_data\":\"any\"" },
	{ "ok-service-td", NULL, "", "a TD that can be migrated, allowed", .how = PS384,
	  .changed = { { "tdx_td_attributes", "\"0000003000000000\"" } }, .expect = "\"allow_service_td\":true" },
	{ "ok-tolerated", NULL, "", "out of date, which the caller tolerates for a year", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" } },
	  .expect = "\"tolerated\":16,\"grace\":31536000" },
	{ "ok-debug-allowed", NULL, "", "a debug machine, allowed", .how = PS384,
	  .changed = { { "tdx_is_debuggable", "true" } }, .expect = "\"allow_debug\":true" },
	{ "ok-any-issuer", NULL, "", "any issuer is accepted", .how = PS384,
	  .changed = { { "iss", "\"somebody\"" } }, .expect = "\"issuer\":\"any\"" },
	{ "ok-key-for-all", NULL, "", "the key's alg is not said", PS384, .expect = "\"jwks\":\"no-alg\"" },

	{ "ok-no-usage", NULL, "", "certificates without keyUsage", .how = PS384, .expect = "\"jwks\":\"no-usage\"" },

	{ "ok-short-chain", NULL, "", "the key's certificate is the root's", PS384, .expect = "\"jwks\":\"two\"" },
	{ "ok-no-nbf", NULL, "", "it does not say when it begins", PS384, .changed = { { "nbf", NULL } } },
	{ "ok-soon", NULL, "", "it begins in 60 seconds: clocks differ", PS384, .changed = { { "nbf", "1790000060" } } },
	{ "ok-one-letter", NULL, "", "an issuer of one letter", .how = PS384,
	  .changed = { { "iss", "\"i\"" } }, .expect = "\"issuer\":\"any\"" },
	{ "ok-nested-sgx", NULL, "", "version 2 of an SGX enclave", PS384, .nest = "sgx", .sgx = true },
	{ "ok-sgx-most", NULL, "", "the largest product and version", PS384, .sgx = true,
	  .changed = { { "sgx_isvprodid", "65535" }, { "sgx_isvsvn", "65535" } } },
	{ "ok-no-dbgstat", NULL, "", "no dbgstat", PS384, .changed = { { "dbgstat", NULL } } },
	{ "ok-registers", NULL, "", "only MRTD is the program expected", PS384, .changed = { { "tdx_rtmr0", "\"" ZERO48 "\"" } } },
	{ "ok-no-advisories", NULL, "", "no advisories, said so", PS384, .changed = { { "attester_advisory_ids", "null" } } },
	{ "ok-advisories-64", NULL, "", "as many advisories as there may be", .how = PS384,
	  .changed = { { "attester_advisory_ids", "[" ALL_64 "]" } } },
	{ "ok-dateless", NULL, "", "out of date for ever, and nothing says since when", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" }, { "attester_tcb_date", NULL } },
	  .expect = "\"tolerated\":16,\"grace\":18446744073709551615" },
	{ "ok-tcb-later", NULL, "", "a TCB date after the chosen time", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" }, { "attester_tcb_date", "\"2027-05-01T00:00:00Z\"" } },
	  .expect = "\"tolerated\":16,\"grace\":1" },
	{ "ok-tcb-just", NULL, "", "out of date for just as long as is tolerated", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" } }, .expect = "\"tolerated\":16,\"grace\":12406400" },
	{ "ok-old-status", NULL, "", "up to date, in the words that the service used at first", PS384,
	  .changed = { { "attester_tcb_status", "\"OK\"" } } },
	OLD_STATUS("ok-old-out-of-date", "OUT_OF_DATE", 16),
	OLD_STATUS("ok-old-hardening", "SW_HARDENING_NEEDED", 2),
	OLD_STATUS("ok-old-configuration", "CONFIGURATION_NEEDED", 4),
	OLD_STATUS("ok-old-both", "CONFIGURATION_AND_SW_HARDENING_NEEDED", 8),
	OLD_STATUS("ok-old-all", "OUT_OF_DATE_CONFIGURATION_NEEDED", 32),

	{ "form-behind", "T1", "signature", "a line behind the token", PS384, .behind = "\nx" },
	{ "form-four-parts", "T1", "three parts", "a fourth part", PS384, .behind = ".AAAA" },
	{ "form-padding", "T1", "signature", "padding behind the signature", PS384, .behind = "=" },
	{ "form-crit", "T1", "crit", "a header that must be understood", .how = PS384,
	  .header = "{\"alg\":\"PS384\",\"kid\":\"" KID "\",\"crit\":[\"exp\"]}" },
	{ "form-b64", "T1", "b64", "a payload that is not base64", .how = PS384,
	  .header = "{\"alg\":\"PS384\",\"kid\":\"" KID "\",\"b64\":false}" },
	{ "form-kid-number", "T1", "kid", "a key's name that is a number", .how = PS384,
	  .header = "{\"alg\":\"PS384\",\"kid\":1}" },
	{ "form-claim-twice", "T1", "repeated", "a claim that is there twice", .how = PS384,
	  .changed = { { "jti\":1,\"jti", "2" } } },
	{ "form-claim-escaped-twice", "T1", "repeated", "twice, once with an escape in its name", .how = PS384,
	  .changed = { { "\\u0069ss", "2" } } },

	{ "algorithm-none", "T2", "none", "unsigned, and says so", .how = EMPTY, .header = HEAD("none") },
	{ "algorithm-hs256", "T2", "HS256", "a MAC", .how = ZEROS, .header = HEAD("HS256") },
	{ "algorithm-ps256", "T2", "PS256", "with another hash", .how = PSS_256, .header = HEAD("PS256") },
	{ "algorithm-case", "T2", "ps384", "in other letters", .how = PS384, .header = HEAD("ps384") },

	{ "key-nameless", "T3", "does not name", "no kid", .how = PS384, .header = "{\"alg\":\"PS384\"}" },
	{ "key-unknown", "T3", "no key has the name", "a kid that is in no set", .how = PS384,
	  .header = "{\"alg\":\"PS384\",\"kid\":\"test-key-2\"}" },
	{ "key-twice", "T3", "two keys", "a set with two keys of that name", PS384, .expect = "\"jwks\":\"twice\"" },
	{ "key-other-algorithm", "T3", "not for PS384", "the set has the key for RS256", .how = PS384,
	  .expect = "\"jwks\":\"rs256\"" },
	{ "key-setless", "T3", "no key set was given", "the caller gave no set", PS384, .expect = "\"jwks\":\"none\"" },
	{ "key-ec", "T3", "RSA", "a key of another kind under that name", PS384, .expect = "\"jwks\":\"ec\"" },

	{ "certificates-other-key", "T4", "certificate is about", "the set's key is not its certificate's",
	  .how = OTHER_KEY, .expect = "\"jwks\":\"other-key\"" },
	{ "certificates-same-length", "T4", "certificate is about", "the same with numbers of one length",
	  .how = OTHER_ROOT_KEY, .expect = "\"jwks\":\"same-length\"" },
	{ "certificates-prefix", "T4", "certificate is about", "the set's key is the beginning of the certificate's",
	  .how = PS384, .expect = "\"jwks\":\"prefix\"" },
	{ "certificates-exponent", "T4", "certificate is about", "the set's key has another exponent", .how = PS384,
	  .expect = "\"jwks\":\"exponent\"" },
	{ "certificates-digits", "T4", "base64", "a certificate that is not base64", .how = PS384,
	  .expect = "\"jwks\":\"digits\"" },
	{ "certificates-one", "T4", "x5c: 1 certificates, 2", "the key's certificate alone", .how = PS384,
	  .expect = "\"jwks\":\"one\"" },
	{ "certificates-none", "T4", "x5c: 0 certificates, 2", "a key without certificates", PS384, .expect = "\"jwks\":\"no-x5c\"" },
	{ "certificates-garbage", "T4", "certificate 3 of 3", "a certificate cut short", .how = PS384,
	  .expect = "\"jwks\":\"garbage\"" },

	{ "root-other", "T5", "SHA-256 (f38a77f5…)", "a chain to a root that the caller did not give", .how = PS384,
	  .expect = "\"jwks\":\"other-root\"" },
	{ "path-expired", "T6", "expired", "the signer's certificate has expired", .how = PS384,
	  .expect = "\"jwks\":\"expired\"" },
	{ "path-authority", "T6", "authority", "the signer is an authority", .how = PS384,
	  .expect = "\"jwks\":\"leaf-ca\"" },
	{ "path-not-ca", "T6", "not an authority", "the issuer is none", PS384, .expect = "\"jwks\":\"not-ca\"" },
	{ "path-usage", "T6", "may not sign certificates", "the issuer may not issue", .how = PS384,
	  .expect = "\"jwks\":\"usage\"" },
	{ "path-names", "T6", "issuer", "the signer names another issuer", .how = PS384,
	  .expect = "\"jwks\":\"names\"" },
	{ "path-unsigned", "T6", "not signed", "the signer's certificate is signed by a stranger", .how = PS384,
	  .expect = "\"jwks\":\"unsigned\"" },

	{ "signature-payload", "T7", "signature", "one claim was changed afterwards", .how = PAYLOAD_CHANGED },
	{ "signature-salt", "T7", "signature", "without a salt: RFC 7518 wants one as long as the hash", .how = SALT_0 },
	{ "signature-stranger", "T7", "signature", "by another key", .how = OTHER_KEY },
	{ "signature-pkcs1", "T7", "signature", "PKCS#1 v1.5 where PSS is due", .how = PKCS1_384 },
	{ "signature-pss", "T7", "signature", "PSS where PKCS#1 v1.5 is due", .how = PSS_256, .header = HEAD("RS256") },
	{ "signature-zeros", "T7", "signature", "all zeros", .how = ZEROS },

	{ "dates-no-exp", "T8", "exp", "it never expires", PS384, .changed = { { "exp", NULL } } },
	{ "dates-expired", "T8", "expired", "it expired a second ago", .how = PS384,
	  .changed = { { "exp", "1790000000" } } },
	{ "dates-exp-text", "T8", "exp", "the expiry is a text", PS384, .changed = { { "exp", "\"1790000300\"" } } },
	{ "dates-no-iat", "T8", "iat", "nobody knows when it was issued", PS384, .changed = { { "iat", NULL } } },
	{ "dates-early", "T8", "begins", "it begins in 61 seconds", PS384, .changed = { { "nbf", "1790000061" } } },
	{ "dates-nbf-text", "T8", "nbf", "its beginning is a text", PS384, .changed = { { "nbf", "\"1790000000\"" } } },
	{ "dates-iat-text", "T8", "iat", "its issuing is a text", PS384, .changed = { { "iat", "\"1790000000\"" } } },
	{ "dates-backwards", "T8", "before it was issued", "it expires before it was issued", .how = PS384,
	  .changed = { { "iat", "1790000300" } } },

	{ "issuer-other", "T9", "another", "another issuer", PS384, .changed = { { "iss", "\"https://issuer.exampl\"" } } },
	{ "issuer-same-length", "T9", "another", "another issuer of as many letters", .how = PS384,
	  .changed = { { "iss", "\"https://issuer.exampla\"" } } },
	{ "issuer-longer", "T9", "another", "the issuer's name, and more", .how = PS384,
	  .changed = { { "iss", "\"" ISSUER ".evil\"" } } },
	{ "issuer-empty", "T9", "iss", "an issuer without a name", .how = PS384,
	  .changed = { { "iss", "\"\"" } }, .expect = "\"issuer\":\"any\"" },
	{ "issuer-none", "T9", "iss", "no issuer", PS384, .changed = { { "iss", NULL } }, .expect = "\"issuer\":\"any\"" },

	{ "claims-register-short", "T10", "tdx_mrtd", "a register of 47 bytes", .how = PS384,
	  .changed = { { "tdx_mrtd", "\"" HEX16 HEX16 "00112233445566778899aabbccddee\"" } } },
	{ "claims-register-gone", "T10", "tdx_rtmr3", "a register is missing", .how = PS384,
	  .changed = { { "tdx_rtmr3", NULL } } },
	{ "claims-typeless", "T10", "attester_type", "nothing says what was judged", .how = PS384,
	  .changed = { { "attester_type", NULL } } },
	{ "claims-type-other", "T10", "attester_type", "the object is not of the type it names", .how = PS384,
	  .nest = "sgx" },
	{ "claims-both", "T10", "both", "two machines at once", PS384, .nest = "tdx\":{},\"sgx" },
	{ "claims-sgx-in-tdx", "T10", "not that of the object", "an SGX enclave in the object of a TD", PS384, .nest = "tdx", .sgx = true },
	{ "claims-no-object", "T10", "no object", "a number where the TD should be", PS384, .changed = { { "tdx\":1,\"jti", "2" } } },
	{ "claims-product", "T10", "sgx_isvprodid", "a product past 65535", PS384, .sgx = true,
	  .changed = { { "sgx_isvprodid", "65536" } } },
	{ "claims-product-text", "T10", "sgx_isvprodid", "a product that is a text", PS384, .sgx = true,
	  .changed = { { "sgx_isvprodid", "\"7\"" } } },
	{ "claims-version", "T10", "sgx_isvsvn", "a version past 65535", PS384, .sgx = true,
	  .changed = { { "sgx_isvsvn", "65536" } } },
	{ "claims-version-gone", "T10", "sgx_isvsvn", "no version", PS384, .sgx = true, .changed = { { "sgx_isvsvn", NULL } } },
	{ "claims-date", "T10", "attester_tcb_date", "a TCB date that is none", .how = PS384,
	  .changed = { { "attester_tcb_date", "\"yesterday\"" } } },
	{ "claims-date-number", "T10", "attester_tcb_date", "a TCB date that is a number", .how = PS384,
	  .changed = { { "attester_tcb_date", "1777593600" } } },
	{ "claims-advisories", "T10", "attester_advisory_ids", "advisories that are a text", .how = PS384,
	  .changed = { { "attester_advisory_ids", "\"TEST-SA-00001\"" } } },
	{ "claims-advisory-number", "T10", "attester_advisory_ids", "an advisory that is a number", .how = PS384,
	  .changed = { { "attester_advisory_ids", "[1]" } } },
	{ "claims-advisory-long", "T10", "attester_advisory_ids", "an advisory of 32 letters", .how = PS384,
	  .changed = { { "attester_advisory_ids", "[" ID("0000") "]" } } },
	{ "claims-advisories-65", "T10", "attester_advisory_ids", "one advisory too many", .how = PS384,
	  .changed = { { "attester_advisory_ids", "[" ALL_64 "," ID("100") "]" } } },
	{ "claims-nonce", "T10", "verifier_nonce", "a nonce that is not base64", .how = PS384,
	  .changed = { { "verifier_nonce", "{\"val\":\"!\",\"iat\":\"eA==\"}" } } },
	{ "claims-nonce-dateless", "T10", "verifier_nonce", "a nonce without its date", .how = PS384,
	  .changed = { { "verifier_nonce", "{\"val\":\"bm9uY2U=\"}" } } },
	{ "claims-held", "T10", "attester_held_data", "held data that are a number", .how = PS384,
	  .changed = { { "attester_held_data", "7" } } },
	{ "claims-status", "T10", "attester_tcb_status", "a status that is unknown here", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"Fine\"" } } },
	{ "claims-debug-text", "T10", "tdx_is_debuggable", "a flag that is a text", .how = PS384,
	  .changed = { { "tdx_is_debuggable", "\"false\"" } } },

	{ "tcb-other", "T11", "OutOfDate is not tolerated", "out of date, where the caller tolerates something else", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" } }, .expect = "\"tolerated\":2,\"grace\":31536000" },
	{ "tcb-old-revoked", "T11", "Revoked is not", "the same in the words that the service used at first", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"REVOKED\"" } }, .expect = "\"tolerated\":511,\"grace\":31536000" },
	{ "tcb-a-second", "T11", "after the TCB date", "out of date for a second longer than is tolerated", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" } }, .expect = "\"tolerated\":16,\"grace\":12406399" },
	{ "tcb-out-of-date", "T11", "OutOfDate", "out of date, which the caller does not tolerate", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" } } },
	{ "tcb-revoked", "T11", "Revoked", "revoked, which nobody can tolerate", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"Revoked\"" } }, .expect = "\"tolerated\":511,\"grace\":31536000" },
	{ "tcb-too-long", "T11", "after the TCB date", "out of date for longer than is tolerated", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" } }, .expect = "\"tolerated\":16,\"grace\":86400" },
	{ "tcb-dateless", "T11", "since when", "out of date, and nothing says since when", .how = PS384,
	  .changed = { { "attester_tcb_status", "\"OutOfDate\"" }, { "attester_tcb_date", NULL } },
	  .expect = "\"tolerated\":16,\"grace\":86400" },

	{ "debug-flag", "R15", "debug", "a debug machine by its flag", .how = PS384,
	  .changed = { { "tdx_is_debuggable", "true" } } },
	{ "service-td", "D28", "MIGRATABLE", "a TD that can be migrated", .how = PS384,
	  .changed = { { "tdx_td_attributes", "\"0000003000000000\"" } } },
	{ "debug-attributes", "R15", "debug", "by TDATTRIBUTES alone", .how = PS384,
	  .changed = { { "tdx_td_attributes", "\"0100001000000000\"" } } },
	{ "debug-dbgstat", "R15", "debug", "by dbgstat alone", .how = PS384,
	  .changed = { { "dbgstat", "\"enabled\"" } } },
	{ "debug-nested", "R15", "debug", "by dbgstat inside the object alone", PS384, .nest = "tdx",
	  .inner = "\"dbgstat\":\"enabled\"" },
	{ "debug-beside", "R15", "debug", "by dbgstat beside the object alone", PS384, .nest = "tdx",
	  .inner = "\"dbgstat\":\"disabled\"", .changed = { { "dbgstat", "\"enabled\"" } } },
	{ "debug-sgx", "R15", "debug", "an enclave by its flag", PS384, .sgx = true, .changed = { { "sgx_is_debuggable", "true" } } },
	{ "debug-attribute-flag", "R15", "debug", "by the flag of TDATTRIBUTES alone", PS384,
	  .inner = "\"tdx_td_attributes_debug\":true" },
	{ "debug-unsaid", "R15", "does not say", "nothing says whether it is", .how = PS384,
	  .changed = { { "tdx_is_debuggable", NULL } } },

	{ "binding-nonce", "T12", "digest", "the nonce is not in the report data", .how = PS384,
	  .changed = { { "verifier_nonce", "{\"val\":\"bm9uY2U=\",\"iat\":\"eA==\"}" } },
	  .expect = "\"nonce\":\"6e6f6e6365\"" },
	{ "binding-nonce-alone", "T12", "digest", "held data were left out afterwards", .how = PS384,
	  .changed = { { "attester_held_data", NULL } }, .expect = "\"user_data\":\"any\"" },
	{ "binding-held-alone", "T12", "digest", "the nonce was left out afterwards", .how = PS384,
	  .changed = { { "verifier_nonce", NULL } }, .expect = "\"nonce\":\"any\"" },
	{ "binding-held", "T12", "digest", "the held data are not in the report data", .how = PS384,
	  .changed = { { "attester_held_data", "\"b3RoZXI=\"" } }, .expect = "\"user_data\":\"6f74686572\"" },
};

#define N_ROWS (sizeof rows / sizeof *rows)

static const char *folder;
static struct forge_key *root, *other_root, *leaf, *stranger;

/* ---- claims ------------------------------------------------------------------- */

static void put_member(struct buf *out, const struct row *r, const char *name, const char *json)
{
	for (size_t i = 0; i < sizeof r->changed / sizeof *r->changed; i++)
		if (r->changed[i].name && strcmp(r->changed[i].name, name) == 0)
			json = r->changed[i].json;
	if (json)
		buf_print(out, "%s\"%s\":%s", out->data[out->len - 1] == '{' ? "" : ",", name, json);
}

static void put_text(struct buf *out, const struct row *r, const char *name, const char *text)
{
	char json[512];

	snprintf(json, sizeof json, "\"%s\"", text);
	put_member(out, r, name, json);
}

static void report_data(bool sgx, char hex[static 129])
{
	static const char input[] = NONCE NONCE_IAT HELD;
	uint8_t digest[64] = { 0 };
	struct bytes in = bytes_text(input);

	if ((sgx ? hash_sha256(in, digest, NULL) : hash_sha512(in, digest, NULL)) != CLOISTER_OK)
		abort();
	hex_write(BYTES_OF(digest), hex);
}

static void put_base64(struct buf *out, const char *text)
{
	char b64[256];

	b64_write(bytes_text(text), b64);
	buf_text(out, b64);
}

static void put_tee(struct buf *out, const struct row *r)
{
	char data[129];
	struct buf nonce = BUF_INIT(1024);

	report_data(r->sgx, data);
	put_text(out, r, "attester_type", r->sgx ? "SGX" : "TDX");
	put_text(out, r, "attester_tcb_status", "UpToDate");
	put_text(out, r, "attester_tcb_date", "2026-05-01T00:00:00Z");
	put_member(out, r, "attester_advisory_ids", "[\"TEST-SA-00002\",\"TEST-SA-00001\",\"TEST-SA-00002\"]");
	if (r->sgx) {
		put_text(out, r, "sgx_mrenclave", HEX16 HEX16);
		put_text(out, r, "sgx_mrsigner", HEX16 HEX16);
		put_member(out, r, "sgx_isvprodid", "7");
		put_member(out, r, "sgx_isvsvn", "3");
		put_member(out, r, "sgx_is_debuggable", "false");
		put_text(out, r, "sgx_report_data", data);
	} else {
		static const char *const zero[] = { "tdx_rtmr1",      "tdx_rtmr2",   "tdx_rtmr3",
						    "tdx_mrsignerseam", "tdx_mrconfigid", "tdx_mrowner",
						    "tdx_mrownerconfig" };
		put_text(out, r, "tdx_mrtd", HEX48);
		put_text(out, r, "tdx_rtmr0", HEX48);
		put_text(out, r, "tdx_mrseam", HEX48);
		for (size_t i = 0; i < sizeof zero / sizeof *zero; i++)
			put_text(out, r, zero[i], ZERO48);
		put_text(out, r, "tdx_td_attributes", "0000001000000000");
		put_text(out, r, "tdx_xfam", "e702060000000000");
		put_text(out, r, "tdx_tee_tcb_svn", HEX16);
		put_member(out, r, "tdx_is_debuggable", "false");
		put_text(out, r, "tdx_report_data", data);
	}
	buf_text(&nonce, "{\"val\":\"");
	put_base64(&nonce, NONCE);
	buf_text(&nonce, "\",\"iat\":\"");
	put_base64(&nonce, NONCE_IAT);
	buf_text(&nonce, "\",\"signature\":\"AAAA\"}");
	put_member(out, r, "verifier_nonce", buf_string(&nonce));
	nonce.len = 0;
	buf_byte(&nonce, '"');
	put_base64(&nonce, HELD);
	buf_byte(&nonce, '"');
	put_member(out, r, "attester_held_data", buf_string(&nonce));
	buf_fini(&nonce);
	if (r->inner)
		buf_print(out, ",%s", r->inner);
}

static void put_claims(struct buf *out, const struct row *r)
{
	char number[32];

	buf_byte(out, '{');
	if (r->nest) {
		buf_print(out, "\"%s\":{", r->nest);
		put_tee(out, r);
		buf_byte(out, '}');
	} else {
		put_tee(out, r);
	}
	put_text(out, r, "dbgstat", "disabled");
	put_text(out, r, "ver", r->nest ? "2.0.0" : "1.0.0");
	put_text(out, r, "iss", ISSUER);
	snprintf(number, sizeof number, "%llu", AT_S);
	put_member(out, r, "iat", number);
	put_member(out, r, "nbf", number);
	snprintf(number, sizeof number, "%llu", AT_S + 300);
	put_member(out, r, "exp", number);
	/* members that the usual token has not */
	for (size_t i = 0; i < sizeof r->changed / sizeof *r->changed; i++)
		if (r->changed[i].name && strpbrk(r->changed[i].name, "\\\""))
			buf_print(out, ",\"%s\":%s", r->changed[i].name, r->changed[i].json);
	buf_byte(out, '}');
}

/* ---- tokens ------------------------------------------------------------------- */

static void put_url(struct buf *out, struct bytes b)
{
	char *text = malloc(2 * b.len + 8);

	b64url_write(b, text);
	buf_text(out, text);
	free(text);
}

static size_t sign(enum how how, struct bytes text, uint8_t sig[static FORGE_SIG_MAX])
{
	struct forge_scheme s = { HASH_SHA384, true, -1, false };
	const struct forge_key *key = how == OTHER_KEY ? stranger : how == OTHER_ROOT_KEY ? other_root : leaf;

	switch (how) {
	case RS256:
		s = (struct forge_scheme){ HASH_SHA256, false, 0, false };
		break;
	case SALT_0:
		s.salt_len = 0;
		break;
	case PKCS1_384:
		s.pss = false;
		break;
	case PSS_256:
		s.hash = HASH_SHA256;
		break;
	case EMPTY:
		return 0;
	case ZEROS:
		memset(sig, 0, 384);
		return 384;
	default:
		break;
	}
	return forge_key_sign_message(key, &s, text, sig);
}

static void put_token(struct buf *out, const struct row *r)
{
	struct buf claims = BUF_INIT(1u << 16);
	uint8_t sig[FORGE_SIG_MAX];

	put_url(out, bytes_text(r->header ? r->header : HEAD("PS384")));
	buf_byte(out, '.');
	put_claims(&claims, r);
	size_t at = out->len;
	put_url(out, buf_bytes(&claims));
	size_t len = sign(r->how, buf_bytes(out), sig);
	if (r->how == PAYLOAD_CHANGED) {
		out->len = at;
		memcpy(strstr((char *)claims.data, "UpToDate"), "uPTODATE", 8);
		put_url(out, buf_bytes(&claims));
	}
	buf_byte(out, '.');
	put_url(out, bytes_of(sig, len));
	if (r->behind)
		buf_text(out, r->behind);
	buf_fini(&claims);
}

/* ---- keys --------------------------------------------------------------------- */

static const struct forge_tbs root_tbs = {
	.issuer = "CN=Test Token Root", .subject = "CN=Test Token Root", .from = "260101000000Z",
	.until = "491231235959Z", .serial_hex = "01", .alg = FORGE_PSS_SHA384,
	.constraints_hex = "30060101ff020101", .usage_hex = FORGE_USAGE_CA,
};
static const struct forge_tbs ca_tbs = {
	.issuer = "CN=Test Token Root", .subject = "CN=Test Token CA", .from = "260101000000Z",
	.until = "361231235959Z", .serial_hex = "02", .alg = FORGE_PSS_SHA384,
	.constraints_hex = "30060101ff020100", .usage_hex = FORGE_USAGE_CA,
};
static const struct forge_tbs leaf_tbs = {
	.issuer = "CN=Test Token CA", .subject = "CN=Test Token Signer", .from = "260101000000Z",
	.until = "280101000000Z", .serial_hex = "03", .alg = FORGE_RSA_SHA384,
	.constraints_hex = "3000", .usage_hex = FORGE_USAGE_LEAF,
};

static void save(const char *name, const char *suffix, struct bytes b)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0)
		abort();
}

static void put_cert(struct buf *out, const struct buf *der, bool last)
{
	char *text = malloc(B64_ROOM(der->len));

	b64_write(buf_bytes(der), text);
	buf_print(out, "\"%s\"%s", text, last ? "" : ",");
	free(text);
}

/* An odd number of 2048 bits or more. */
static struct bytes beginning(struct bytes modulus)
{
	do
		modulus.len--;
	while (!(modulus.data[modulus.len - 1] & 1));
	return modulus;
}

/* One set per way to be wrong; `name` says which. */
static void write_jwks(const char *name)
{
#define IS(what) (strcmp(name, what) == 0)
	struct forge_tbs r = root_tbs, c = ca_tbs, l = leaf_tbs;
	const struct forge_key *rk = IS("other-root") ? other_root : root;
	const struct forge_key *ck = stranger; /* the intermediate's */
	const struct forge_key *key = IS("other-key") ? stranger : IS("same-length") ? other_root : leaf;
	struct buf out = BUF_INIT(1u << 18), der[3];

	for (size_t i = 0; i < 3; i++)
		der[i] = (struct buf)BUF_INIT(1u << 16);
	if (IS("expired"))
		l.until = "260901000000Z";
	if (IS("leaf-ca"))
		l.constraints_hex = "30030101ff", l.usage_hex = FORGE_USAGE_CA, c.constraints_hex = "30030101ff";
	if (IS("not-ca"))
		c.constraints_hex = "3000", c.usage_hex = FORGE_USAGE_LEAF;
	if (IS("usage"))
		c.usage_hex = FORGE_USAGE_LEAF;
	if (IS("no-usage"))
		c.usage_hex = l.usage_hex = NULL;
	if (IS("two"))
		l.issuer = r.subject;
	if (IS("names"))
		l.issuer = "CN=Test Token CB";
	forge_pki_cert(&r, rk, rk, &der[0]);
	forge_pki_cert(&c, ck, rk, &der[1]);
	forge_pki_cert(&l, IS("same-length") ? root : leaf, IS("unsigned") ? leaf : IS("two") ? rk : ck, &der[2]);
	if (IS("garbage"))
		der[2].len--;
	if (IS("jwks"))
		save("root", ".der", buf_bytes(&der[0]));

	buf_text(&out, "{\"keys\":[{\"kid\":\"another\",\"kty\":\"EC\",\"crv\":\"P-256\"},");
	for (int twice = 0; twice < 1 + IS("twice"); twice++) {
		buf_print(&out, "%s{\"kid\":\"" KID "\",\"kty\":\"%s\",", twice ? "," : "", IS("ec") ? "EC" : "RSA");
		if (IS("rs256"))
			buf_text(&out, "\"alg\":\"RS256\",");
		buf_text(&out, "\"n\":\"");
		put_url(&out, IS("prefix") ? beginning(forge_key_modulus(key)) : forge_key_modulus(key));
		buf_text(&out, "\",\"e\":\"");
		put_url(&out, IS("exponent") ? bytes_of("\1\0\3", 3) : forge_key_exponent(key));
		buf_byte(&out, '"');
		if (IS("digits"))
			buf_text(&out, ",\"x5c\":[\"!!!!\",\"!!!!\"]");
		else if (!IS("no-x5c")) {
			buf_text(&out, ",\"x5c\":[");
			for (size_t i = 3; i-- > (IS("one") ? 2 : 0);)
				if (!(IS("two") && i == 1))
					put_cert(&out, &der[i], i == (IS("one") ? 2 : 0));
			buf_byte(&out, ']');
		}
		buf_byte(&out, '}');
	}
	buf_text(&out, "]}");
	save(name, ".json", buf_bytes(&out));
	buf_fini(&out);
	for (size_t i = 0; i < 3; i++)
		buf_fini(&der[i]);
#undef IS
}

int main(int argc, char **argv)
{
	static const char *const sets[] = { "jwks",	"no-alg",  "twice",   "rs256",	 "ec",
					    "other-key", "no-x5c", "garbage", "other-root", "expired",
					    "leaf-ca",	"not-ca",  "names",   "unsigned", "usage",
					    "no-usage", "same-length", "two", "one", "digits", "prefix", "exponent" };
	struct buf index = BUF_INIT(1u << 20);
	char path[4096];

	if (argc != 2)
		return 2;
	snprintf(path, sizeof path, "%s/token", argv[1]);
	folder = path;
	(void)mkdir(folder, 0777);
	root = forge_key_load(argv[1], "rsa4096-a");
	other_root = forge_key_load(argv[1], "rsa4096-b");
	leaf = forge_key_load(argv[1], "rsa3072-a");
	stranger = forge_key_load(argv[1], "rsa2048-a");
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		write_jwks(sets[i]);
	buf_text(&index, "[\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		const struct row *r = &rows[i];
		struct buf token = BUF_INIT(1u << 16);
		put_token(&token, r);
		save(r->name, ".jwt", buf_bytes(&token));
		buf_fini(&token);
		buf_print(&index, "%s{\"file\":\"%s.jwt\",\"fails\":", i ? "," : "", r->name);
		buf_print(&index, r->fails ? "\"%s\"" : "null", r->fails);
		buf_print(&index, ",\"says\":\"%s\",\"about\":\"%s\"%s%s}\n", r->says, r->about,
			  r->expect ? "," : "", r->expect ? r->expect : "");
	}
	buf_text(&index, "]\n");
	save("index", ".json", buf_bytes(&index));
	buf_fini(&index);
	return 0;
}
