/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_gen.c - makes vectors/azure and vectors/gcp: bundles that fail one rule
 * of doc/rules.md and no other, and some that fail none. Run by hand when a rule
 * changes (`ninja -C build cloud_vectors`); the files are committed. Everything
 * is signed after it was spoiled, wherever a forger who holds the key could have
 * done so: the hardware's keys, the vTPM's and Google's are all ours here.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "base/wr.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "evidence/forge_dcap.h"
#include "evidence/forge_snp.h"
#include "evidence/hcl.h"
#include "evidence/tpm.h"

#define NONCE "vTPM nonce"
#define ARK FORGE_AMD_NAME("ARK-Genoa")
#define ASK FORGE_AMD_NAME("SEV-Genoa")

enum shape { OWN, COCO_0, COCO_1, COCO_2 };

struct row {
	const char *name, *fails, *says, *about;
	const char *expect; /* more members of the index entry */
};

/* The spoilers look at the name of their row. */
static const struct row azure_rows[] = {
	{ "ok-snp", NULL, "", "an SNP machine, in a bundle of ours", "" },
	{ "ok-snp-coco-0", NULL, "", "as Confidential Containers wrote it first", "" },
	{ "ok-snp-coco-1", NULL, "", "the same, version 1", "" },
	{ "ok-snp-coco-2", NULL, "", "the same, version 2", "" },
	{ "ok-tdx", NULL, "", "a TDX machine, in a bundle of ours", "" },
	{ "ok-tdx-coco-0", NULL, "", "as Confidential Containers wrote it first", "" },
	{ "ok-tdx-coco-1", NULL, "", "the same, version 1", "" },
	{ "ok-tdx-tdreport", NULL, "", "the TDREPORT has other report data than the quote: nobody signs it, and it decides nothing", "" },
	{ "ok-vm", NULL, "", "all that is said of the VM", "" },
	{ "ok-header-1", NULL, "", "the older header", "" },
	{ "ok-sha384", NULL, "", "the runtime data are digested with SHA-384", "" },
	{ "ok-some-registers", NULL, "", "the quote selects registers 0, 7 and 11", "" },
	{ "ok-tpmt-signature", NULL, "", "the signature as the TPM returns it", "" },

	{ "hcl-version", "A1", "version", "another header", "" },
	{ "hcl-status", "A1", "status", "the paravisor reports an error", "" },
	{ "hcl-behind", "A1", "padding", "a byte behind the report", "" },
	{ "hcl-type", "A1", "data.type", "hardware of a kind that is unknown here", "" },
	{ "runtime-no-key", "A2", "HCLAkPub", "no key that signs quotes", "" },
	{ "runtime-two-keys", "A2", "two keys", "two keys of the same name", "" },
	{ "runtime-encrypts", "A2", "key_ops", "the key is not for signing", "" },
	{ "runtime-repeated", "A2", "repeated", "a member that is there twice", "" },
	{ "quote-magic", "A3", "magic", "not made by a TPM", "" },
	{ "quote-certify", "A3", "type", "the TPM attests something else", "" },
	{ "quote-bank", "A3", "SHA-256 bank", "of the SHA-384 bank", "" },
	{ "quote-banks", "A3", "one bank", "of two banks", "" },
	{ "quote-nothing", "A3", "pcrSelect", "no register is selected", "" },
	{ "quote-behind", "A3", "left over", "a byte behind the quote", "" },
	{ "quote-pss", "A3", "RSASSA", "a signature of another scheme", "" },
	{ "binding-runtime", "A4", "digest", "runtime data of another machine", "" },
	{ "binding-tail", "A4", "digest", "the last byte of the report data is not zero", "" },
	{ "binding-td-quote", "A4", "digest", "the TD quote has other report data than the TDREPORT", "" },
	{ "paravisor-vmpl", "A5", "VMPL 2", "the guest asked for the report itself", "\"any_vmpl\":true" },
	{ "vtpm-nonce", "A6", "did not sign", "the nonce was changed afterwards", "" },
	{ "vtpm-key", "A6", "did not sign", "signed by another key", "" },
	{ "vtpm-pkcs1-sha384", "A6", "did not sign", "signed over another hash", "" },
	{ "registers-value", "A7", "not those", "one register is another", "" },
	{ "registers-selection", "A7", "not those",
	  "the digest is of all registers, but the quote selects three: verifiers that do not look accept this", "" },
	{ "user-data-none", "R19", "has none", "user data are demanded, and there are none", "" },
	{ "registers-order", "A7", "not those", "two registers in each other's place", "" },
};

static const struct row gcp_rows[] = {
	{ "ok-snp", NULL, "", "an endorsed SNP machine", "" },
	{ "ok-tdx", NULL, "", "an endorsed TDX machine", "" },
	{ "ok-log", NULL, "", "a TDX machine and its event log", "" },
	{ "ok-log-dstack", NULL, "", "the same as dstack writes it", "" },
	{ "ok-none", NULL, "", "neither endorsement nor log: nothing is asked", "" },
	{ "ok-required", NULL, "", "an endorsement where the policy requires one, of just the least version", "\"gce_required\":true,\"gce_svn_min\":7" },
	{ "ok-newer", NULL, "", "endorsed firmware of a later version", "\"gce_svn_min\":8" },
	{ "ok-later-fields", NULL, "", "fields that were added later", "" },
	{ "ok-digestless", NULL, "", "the firmware's digest is not said", "" },
	{ "ok-pkcs1-chain", NULL, "", "certificates with PKCS#1 v1.5", "" },
	{ "form-cut", "G1", "the input ends", "cut short", "" },
	{ "form-unknown", "G1", "unknown field", "a third field in the outer message", "" },
	{ "form-certless", "G1", "cert", "nobody is named who signed", "" },
	{ "form-short", "G1", "sev_snp", "a measurement of 47 bytes", "" },
	{ "form-twice", "G1", "repeated", "two signers", "" },
	{ "form-none", "G1", "none is at hand", "the policy requires an endorsement, and there is none", "\"gce_required\":true" },
	{ "form-none-tdx", "G1", "and none is at hand", "the same of a TDX machine", "\"gce_required\":true" },
	{ "form-none-svn", "G1", "none is at hand", "the policy names a least version, and there is no endorsement", "\"gce_svn_min\":1" },
	{ "path-root", "G2", "no root that was given has this certificate's SHA-256 (9506da7b…)", "a root that the caller did not give", "" },
	{ "path-names", "G2", "names another issuer", "the signer's certificate names another issuer, and the root signed it", "" },
	{ "path-many", "G2", "too many certificates", "nine certificates above the signer's", "" },
	{ "path-eight", "G2", "allows fewer authorities below it", "eight, which is more than the root allows", "" },
	{ "path-text", "G2", "text behind the certificates", "a letter behind the bundle of certificates", "" },
	{ "path-expired", "G2", "expired", "the signer's certificate has expired", "" },
	{ "path-authority", "G2", "authority", "the signer is an authority", "" },
	{ "path-unsigned", "G2", "not signed", "the signer's certificate is signed by a stranger", "" },
	{ "path-rootless", "G2", "no certificate above", "the bundle of certificates is empty", "" },
	{ "signature-golden", "G3", "did not sign", "a measurement was put in afterwards", "" },
	{ "signature-key", "G3", "did not sign", "signed by another key", "" },
	{ "signature-pkcs1", "G3", "did not sign", "PKCS#1 v1.5 where PSS is due", "" },
	{ "signature-salt", "G3", "did not sign", "without a salt", "" },
	{ "endorsed-other", "G4", "not among", "another measurement", "" },
	{ "endorsed-tdx", "G4", "not among", "the measurement is endorsed, but for TDX", "" },
	{ "log-other", "G5", "RTMR1", "the log of another start", "" },
	{ "log-separator", "G5", "second separator", "a separator twice, and registers that fit", "" },
	{ "log-dstack-payload", "G5", "name and payload", "dstack's log, with another payload than was digested", "" },
	{ "log-dstack-type", "G5", "type 0000000d in RTMR3",
	  "the same under another type, so that verifiers who look at types do not look at it", "" },
	{ "log-dstack-other", "G5", "RTMR3", "dstack's log of another start", "" },
	{ "log-nothing", "G5", "no event", "a log of no event but one that goes into no register, beside registers of zeros", "" },
	{ "log-dstack-nothing", "G5", "no event", "dstack's log without an event, beside registers of zeros", "" },
	{ "svn-low", "G6", "7, at least 8", "endorsed firmware of an earlier version", "\"gce_svn_min\":8" },
	{ "svn-tdx-low", "G6", "7, at least 8", "the same of a TDX machine; the version of SNP's firmware would do", "\"gce_svn_min\":8" },
	{ "log-snp", "G5", "no registers", "a log beside a report that has no registers for it", "" },
};

static const char *vectors, *name;
static struct snp_forge snp;
static struct dcap_keys dcap;
static struct forge_key *ak, *other_rsa, *google_root, *google_signer;
static struct buf vek, ask_der, ark_der;

static bool is(const char *what)
{
	return strcmp(name, what) == 0;
}


static void save(const char *kind, const char *file, const char *suffix, struct bytes b)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s/%s%s", vectors, kind, file, suffix);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0)
		abort();
}

/* ---- hardware --------------------------------------------------------------------- */

static void make_snp(const uint8_t data[static 64], uint8_t out[static SNP_REPORT_LEN])
{
	snp_forge_report(SNP_GENOA, 3, out);
	memcpy(out + 0x50, data, 64);
	if (is("paravisor-vmpl"))
		snp_put32(out + 0x30, 2);
	snp_forge_sign(out, snp.vek);
}

static void make_tdx(const uint8_t data[static 64], const uint8_t rtmr[4][48], struct buf *quote,
		     struct buf pieces[static 6])
{
	struct dcap_forge f;

	dcap_forge_begin(&f, &dcap, 4, QUOTE_TD_10);
	memcpy(f.q.body + 520, data, 64);
	if (rtmr)
		memcpy(f.q.body + 328, rtmr, 4 * 48);
	dcap_forge_quote(&f, quote);
	dcap_forge_root(&f, &pieces[0]);
	dcap_forge_signer(&f, &pieces[1]);
	dcap_forge_root_crl(&f, &pieces[2]);
	dcap_forge_pck_crl(&f, &pieces[3]);
	dcap_forge_tcb_info(&f, &pieces[4]);
	dcap_forge_qe_identity(&f, &pieces[5]);
}

/* ---- JSON --------------------------------------------------------------------------- */

static void put_base64(struct json_out *w, const char *key, struct bytes b)
{
	char *text = malloc(B64_ROOM(b.len));

	b64_write(b, text);
	json_put_text(w, key, text);
	free(text);
}

/* With padding, as Confidential Containers writes it. */
static void put_base64url(struct json_out *w, const char *key, struct bytes b)
{
	char *text = malloc(B64_ROOM(b.len) + 4);

	b64url_write(b, text);
	while (strlen(text) % 4)
		memcpy(text + strlen(text), "=", 2);
	json_put_text(w, key, text);
	free(text);
}

static void put_numbers(struct json_out *w, const char *key, struct bytes b)
{
	json_open(w, key, '[');
	for (size_t i = 0; i < b.len; i++)
		json_put_u64(w, NULL, b.data[i]);
	json_close(w, ']');
}

/* What the judge of a TDX quote needs: not the root, which is the caller's. */
static void put_pieces(struct json_out *w, const struct buf pieces[static 6], const struct buf *more)
{
	json_open(w, "collateral", '[');
	if (more)
		put_base64(w, NULL, buf_bytes(more));
	json_put_bytes(w, NULL, buf_bytes(&pieces[1]));
	put_base64(w, NULL, buf_bytes(&pieces[2]));
	put_base64(w, NULL, buf_bytes(&pieces[3]));
	json_put_raw(w, NULL, buf_bytes(&pieces[4]));
	json_put_raw(w, NULL, buf_bytes(&pieces[5]));
	json_close(w, ']');
}

/* ---- Azure ---------------------------------------------------------------------------- */

static void put_key(struct buf *out, const char *kid, const char *op)
{
	char n[800];

	b64url_write(forge_key_modulus(ak), n);
	buf_print(out, "{\"kid\":\"%s\",\"key_ops\":[\"%s\"],\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}", kid, op, n);
}

static void make_runtime(struct buf *out)
{
	buf_text(out, "{\"keys\":[");
	put_key(out, is("runtime-no-key") ? "HCLAkPuc" : "HCLAkPub", is("runtime-encrypts") ? "encrypt" : "sign");
	buf_byte(out, ',');
	put_key(out, is("runtime-two-keys") ? "HCLAkPub" : "HCLEkPub", "encrypt");
	buf_text(out, "],\"vm-configuration\":{");
	buf_text(out, is("ok-vm") ? "\"console-enabled\":false,\"secure-boot\":false,\"tpm-persisted\":true,"
				    "\"filtered-vpci-devices-allowed\":true,\"root-cert-thumbprint\":\"thumb\"," :
				    "\"console-enabled\":true,\"secure-boot\":true,");
	buf_text(out, "\"tpm-enabled\":true,\"vmUniqueId\":\"00000000-0000-0000-0000-000000000001\"}");
	if (is("user-data-none")) {
		buf_text(out, "}");
		return;
	}
	buf_byte(out, ',');
	if (is("runtime-repeated"))
		buf_text(out, "\"vm-configuration\":{\"secure-boot\":true},");
	buf_text(out, "\"user-data\":\"");
	for (int i = 0; i < 64; i++)
		buf_text(out, "5A");
	buf_text(out, "\"}");
}

static void make_hcl(const struct buf *runtime, bool tdx, struct bytes report, uint8_t out[static 2600])
{
	struct wr w = wr_open(out, 2600);

	memset(out, 0, 2600);
	wr_put(&w, bytes_text("HCLA"));
	wr_le32(&w, is("hcl-version") ? 3 : is("ok-header-1") ? 1 : 2);
	wr_le32(&w, (uint32_t)(32 + 1184 + 20 + runtime->len));
	wr_le32(&w, 2);
	wr_le32(&w, is("hcl-status"));
	wr_zero(&w, 12);
	wr_put(&w, report);
	wr_zero(&w, 1184 - report.len);
	wr_le32(&w, (uint32_t)(20 + runtime->len));
	wr_le32(&w, 1);
	wr_le32(&w, is("hcl-type") ? 3 : tdx ? 4 : 2);
	wr_le32(&w, is("ok-sha384") ? 2 : 1);
	wr_le32(&w, (uint32_t)runtime->len);
	wr_put(&w, buf_bytes(runtime));
	if (w.full)
		abort();
	if (is("hcl-behind"))
		out[2599] = 1;
}

static void make_quote(const uint8_t pcr[24][32], struct buf *out)
{
	bool some = is("ok-some-registers") || is("registers-selection");
	uint32_t mask = is("quote-nothing") ? 0 : some ? 1u << 0 | 1u << 7 | 1u << 11 : 0xffffff;
	uint32_t digested = is("registers-selection") ? 0xffffff : mask;
	uint8_t room[512], digest[32];
	struct wr w = wr_open(room, sizeof room);
	struct hash *h;

	if (hash_new(HASH_SHA256, &h, NULL) != CLOISTER_OK)
		abort();
	for (unsigned i = 0; i < 24; i++)
		if (digested >> i & 1)
			hash_update(h, bytes_of(pcr[i], 32));
	if (hash_final(h, digest, NULL) != CLOISTER_OK)
		abort();
	hash_free(h);
	wr_be32(&w, is("quote-magic") ? 0xff544348 : 0xff544347);
	wr_be16(&w, is("quote-certify") ? 0x8017 : 0x8018);
	wr_be16(&w, 34);
	wr_be16(&w, 0x000b);
	for (int i = 0; i < 32; i++)
		wr_u8(&w, 0x51);
	wr_be16(&w, sizeof NONCE - 1);
	wr_put(&w, bytes_text(NONCE));
	wr_be64(&w, 1000);
	wr_be32(&w, 1);
	wr_be32(&w, 0);
	wr_u8(&w, 1);
	wr_be64(&w, 0x2026);
	wr_be32(&w, is("quote-banks") ? 2 : 1);
	for (int i = 0; i < 1 + is("quote-banks"); i++) {
		wr_be16(&w, i || is("quote-bank") ? 0x000c : 0x000b);
		wr_u8(&w, 3);
		wr_u8(&w, (uint8_t)mask);
		wr_u8(&w, (uint8_t)(mask >> 8));
		wr_u8(&w, (uint8_t)(mask >> 16));
	}
	wr_be16(&w, 32);
	wr_put(&w, BYTES_OF(digest));
	if (is("quote-behind"))
		wr_u8(&w, 0);
	buf_put(out, room, w.len);
}

static void sign_quote(struct buf *quote, struct buf *sig)
{
	static const uint8_t head[] = { 0x00, 0x14, 0x00, 0x0b, 0x01, 0x00 }, pss[] = { 0x00, 0x16, 0x00, 0x0b, 0x01, 0x00 };
	struct forge_scheme s = { is("vtpm-pkcs1-sha384") ? HASH_SHA384 : HASH_SHA256, false, 0, false };
	uint8_t room[FORGE_SIG_MAX];
	size_t len = forge_key_sign_message(is("vtpm-key") ? other_rsa : ak, &s, buf_bytes(quote), room);

	if (is("ok-tpmt-signature"))
		buf_put(sig, head, sizeof head);
	if (is("quote-pss"))
		buf_put(sig, pss, sizeof pss);
	buf_put(sig, room, is("vtpm-key") ? 256 : len);
	if (is("vtpm-nonce"))
		quote->data[44] ^= 1;
}

static void put_pcrs(struct json_out *w, const uint8_t pcr[24][32], enum shape shape)
{
	json_open(w, "pcrs", '[');
	for (unsigned i = 0; i < 24; i++)
		if (shape == COCO_0)
			put_numbers(w, NULL, bytes_of(pcr[i], 32));
		else
			json_put_hex(w, NULL, bytes_of(pcr[i], 32));
	json_close(w, ']');
}

struct parts {
	struct bytes hcl, quote, sig, td_quote;
	uint8_t pcr[24][32];
	const struct buf *pieces; /* of a TDX machine */
};

static void put_coco(struct json_out *w, const struct parts *p, bool tdx, enum shape shape)
{
	struct buf pem = BUF_INIT(1u << 16);

	if (shape == COCO_0) {
		json_open(w, tdx ? "tpm_quote" : "quote", '{');
		put_numbers(w, "signature", p->sig);
		put_numbers(w, "message", p->quote);
		put_pcrs(w, p->pcr, shape);
		json_close(w, '}');
		put_numbers(w, tdx ? "hcl_report" : "report", p->hcl);
		forge_pem(&pem, "CERTIFICATE", buf_bytes(&vek));
		if (tdx)
			put_numbers(w, "td_quote", p->td_quote);
		else
			json_put_bytes(w, "vcek", buf_bytes(&pem));
	} else {
		json_put_u64(w, "version", shape == COCO_1 ? 1 : 2);
		json_open(w, "tpm_quote", '{');
		json_put_hex(w, "signature", p->sig);
		json_put_hex(w, "message", p->quote);
		put_pcrs(w, p->pcr, shape);
		json_close(w, '}');
		put_base64url(w, "hcl_report", p->hcl);
		put_base64url(w, tdx ? "td_quote" : "vcek", tdx ? p->td_quote : buf_bytes(&vek));
	}
	buf_fini(&pem);
}

/* A bundle of our own, around version 1 of the others' and what goes with it. */
static void put_own(struct json_out *w, const struct parts *p, bool tdx)
{
	json_put_text(w, "bundle", "cloister/1");
	json_open(w, "evidence", '{');
	put_coco(w, p, tdx, COCO_1);
	json_close(w, '}');
	if (tdx) {
		put_pieces(w, p->pieces, NULL);
		return;
	}
	/* as the metadata service says it */
	struct buf pem = BUF_INIT(1u << 16);
	json_open(w, "collateral", '[');
	json_open(w, NULL, '{');
	forge_pem(&pem, "CERTIFICATE", buf_bytes(&vek));
	json_put_bytes(w, "vcekCert", buf_bytes(&pem));
	pem.len = 0;
	forge_pem(&pem, "CERTIFICATE", buf_bytes(&ask_der));
	forge_pem(&pem, "CERTIFICATE", buf_bytes(&ark_der));
	json_put_bytes(w, "certificateChain", buf_bytes(&pem));
	json_put_text(w, "tcbm", "00");
	json_close(w, '}');
	json_close(w, ']');
	buf_fini(&pem);
}

/* Of this row. */
static enum shape shape_of(void)
{
	return strstr(name, "coco-0") ? COCO_0 : strstr(name, "coco-1") ? COCO_1 : strstr(name, "coco-2") ? COCO_2 : OWN;
}

static void digest_runtime(const struct buf *runtime, uint8_t data[static 64])
{
	memset(data, 0, 64);
	if ((is("ok-sha384") ? hash_sha384(buf_bytes(runtime), data, NULL) :
			       hash_sha256(buf_bytes(runtime), data, NULL)) != CLOISTER_OK)
		abort();
	if (is("binding-tail"))
		data[63] = 1;
}

static bool is_tdx(void)
{
	return strstr(name, "tdx") || is("binding-td-quote") || strstr(name, "log");
}

static void make_azure(struct buf *out)
{
	bool tdx = is_tdx();
	struct buf runtime = BUF_INIT(1u << 12), quote = BUF_INIT(1u << 10), sig = BUF_INIT(1u << 10);
	struct buf td_quote = BUF_INIT(1u << 16), pieces[6];
	uint8_t hcl[2600], report[SNP_REPORT_LEN] = { 0 }, data[64], quoted[64];
	struct parts p = { 0 };
	struct json_out w = json_out(out);

	for (size_t i = 0; i < 6; i++)
		pieces[i] = (struct buf)BUF_INIT(1u << 16);
	make_runtime(&runtime);
	digest_runtime(&runtime, data);
	memcpy(quoted, data, 64);
	if (is("binding-td-quote"))
		quoted[0] ^= 1;
	if (is("ok-tdx-tdreport"))
		data[0] ^= 1;
	if (tdx) {
		report[0] = 0x81;
		memcpy(report + 128, data, 64);
	} else {
		make_snp(data, report);
	}
	if (tdx)
		make_tdx(quoted, NULL, &td_quote, pieces);
	if (is("binding-runtime"))
		memcpy(strstr((char *)runtime.data, "000000000001"), "000000000002", 12);
	make_hcl(&runtime, tdx, bytes_of(report, tdx ? 1024 : 1184), hcl);
	for (int i = 0; i < 24; i++)
		memset(p.pcr[i], i + 1, 32);
	make_quote(p.pcr, &quote);
	sign_quote(&quote, &sig);
	if (is("registers-value"))
		p.pcr[11][31] ^= 1;
	if (is("registers-order"))
		memset(p.pcr[3], 5, 32), memset(p.pcr[4], 4, 32);
	p.hcl = BYTES_OF(hcl);
	p.quote = buf_bytes(&quote);
	p.sig = buf_bytes(&sig);
	p.td_quote = buf_bytes(&td_quote);
	p.pieces = pieces;
	json_open(&w, NULL, '{');
	if (shape_of() == OWN)
		put_own(&w, &p, tdx);
	else
		put_coco(&w, &p, tdx, shape_of());
	json_close(&w, '}');
	buf_byte(out, '\n');
	for (size_t i = 0; i < 6; i++)
		buf_fini(&pieces[i]);
	buf_fini(&runtime);
	buf_fini(&quote);
	buf_fini(&sig);
	buf_fini(&td_quote);
}

/* ---- Google ----------------------------------------------------------------------------- */

static void pb_tag(struct buf *b, unsigned number, unsigned wire)
{
	buf_byte(b, (uint8_t)(number << 3 | wire));
}

static void pb_number(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		buf_byte(b, (uint8_t)(v | 0x80));
	buf_byte(b, (uint8_t)v);
}

static void pb_uint(struct buf *b, unsigned number, uint64_t v)
{
	pb_tag(b, number, 0);
	pb_number(b, v);
}

static void pb_bytes(struct buf *b, unsigned number, struct bytes in)
{
	pb_tag(b, number, 2);
	pb_number(b, in.len);
	buf_put(b, in.data, in.len);
}

/* svn, then one list entry: {1: n, field: measurement}. */
static void pb_list(struct buf *b, unsigned number, unsigned field, uint64_t svn, uint64_t n, struct bytes m)
{
	struct buf entry = BUF_INIT(256), list = BUF_INIT(512);

	pb_uint(&entry, 1, n);
	pb_bytes(&entry, field, m);
	pb_uint(&list, 1, svn);
	pb_bytes(&list, 2, buf_bytes(&entry));
	pb_bytes(b, number, buf_bytes(&list));
	buf_fini(&entry);
	buf_fini(&list);
}

static void make_certs(struct buf *root_pem, struct buf *cert)
{
	struct forge_tbs r = { .issuer = "CN=Test TCB root", .subject = "CN=Test TCB root", .from = "260101000000Z",
			       .until = "491231235959Z", .serial_hex = "01", .alg = FORGE_PSS_SHA256,
			       .constraints_hex = "30060101ff020100", .usage_hex = FORGE_USAGE_CA };
	struct forge_tbs l = r;
	const struct forge_key *rk = is("path-root") ? other_rsa : google_root;
	struct buf der = BUF_INIT(1u << 16);

	if (is("ok-pkcs1-chain"))
		r.alg = FORGE_RSA_SHA256;
	l.alg = r.alg;
	l.subject = "CN=Test TCB signer";
	if (is("path-names"))
		l.issuer = "CN=Test TCB roof";
	l.serial_hex = "02";
	l.until = is("path-expired") ? "260601000000Z" : "291231235959Z";
	l.constraints_hex = is("path-authority") ? "30030101ff" : "3000";
	l.usage_hex = is("path-authority") ? FORGE_USAGE_CA : FORGE_USAGE_LEAF;
	forge_pki_cert(&r, rk, rk, &der);
	for (int i = is("path-rootless") ? 0 : is("path-many") ? 9 : is("path-eight") ? 8 : 1; i > 0; i--)
		forge_pem(root_pem, "CERTIFICATE", buf_bytes(&der));
	if (is("path-text"))
		buf_byte(root_pem, 'x');
	if (is("ok-snp") || is("ok-pkcs1-chain"))
		save("gcp", is("ok-snp") ? "root" : "root-pkcs1", ".der", buf_bytes(&der));
	forge_pki_cert(&l, google_signer, is("path-unsigned") ? other_rsa : rk, cert);
	buf_fini(&der);
}

static void make_golden(const uint8_t snp_m[static 48], const uint8_t mrtd[static 48], struct buf *out)
{
	struct buf time = BUF_INIT(64), pem = BUF_INIT(1u << 16), cert = BUF_INIT(1u << 16);
	uint8_t digest[48];

	memset(digest, 0xd1, sizeof digest);
	make_certs(&pem, &cert);
	pb_uint(&time, 1, 1780000000);
	pb_bytes(out, 1, buf_bytes(&time));
	pb_uint(out, 2, 123456789);
	if (!is("form-certless"))
		pb_bytes(out, 4, buf_bytes(&cert));
	if (is("form-twice"))
		pb_bytes(out, 4, buf_bytes(&cert));
	if (!is("ok-digestless"))
		pb_bytes(out, 5, BYTES_OF(digest));
	if (pem.len)
		pb_bytes(out, 6, buf_bytes(&pem));
	pb_list(out, 7, 2, is("ok-newer") || is("svn-tdx-low") ? 9 : 7, 4, bytes_of(snp_m, is("form-short") ? 47 : 48));
	pb_list(out, 8, 3, 7, 16, bytes_of(mrtd, 48));
	if (is("ok-later-fields"))
		pb_bytes(out, 9, bytes_text("something else"));
	buf_fini(&time);
	buf_fini(&pem);
	buf_fini(&cert);
}

static void make_endorsement(const uint8_t snp_m[static 48], const uint8_t mrtd[static 48], struct buf *out)
{
	struct forge_scheme s = { HASH_SHA256, !is("signature-pkcs1"), is("signature-salt") ? 0 : -1, false };
	struct buf golden = BUF_INIT(1u << 16);
	uint8_t sig[FORGE_SIG_MAX], other[48] = { 1 };
	size_t len;

	make_golden(is("endorsed-other") || is("endorsed-tdx") || is("signature-golden") ? other : snp_m,
		    is("endorsed-tdx") ? snp_m : mrtd, &golden);
	len = forge_key_sign_message(is("signature-key") ? google_root : google_signer, &s, buf_bytes(&golden), sig);
	if (is("signature-golden")) {
		golden.len = 0;
		make_golden(snp_m, mrtd, &golden);
	}
	pb_bytes(out, 1, buf_bytes(&golden));
	pb_bytes(out, 2, bytes_of(sig, len));
	if (is("form-unknown"))
		pb_uint(out, 3, 1);
	if (is("form-cut"))
		out->len -= 100;
	buf_fini(&golden);
}

static void put_event(struct wr *w, uint32_t reg, uint32_t type, struct bytes data, uint8_t rtmr[4][48])
{
	uint8_t pair[2][48];

	if (hash_sha384(data, pair[1], NULL) != CLOISTER_OK)
		abort();
	wr_le32(w, reg);
	wr_le32(w, type);
	wr_le32(w, 1);
	wr_le16(w, 0x0c);
	wr_put(w, BYTES_OF(pair[1]));
	wr_le32(w, (uint32_t)data.len);
	wr_put(w, data);
	memcpy(pair[0], rtmr[reg - 1], 48);
	if (hash_sha384(BYTES_OF(pair), rtmr[reg - 1], NULL) != CLOISTER_OK)
		abort();
}

static void make_log(struct buf *out, uint8_t rtmr[4][48])
{
	uint8_t room[2048];
	struct wr w = wr_open(room, sizeof room);
	struct bytes separator = bytes_of("\0\0\0\0", 4);

	wr_le32(&w, 0);
	wr_le32(&w, 3);
	wr_zero(&w, 20);
	wr_le32(&w, 33);
	wr_put(&w, bytes_of("Spec ID Event03\0\0\0\0\0\0\2\0\2\1\0\0\0\x0c\0\x30\0\0", 33));
	if (is("log-nothing")) {
		put_event(&w, 1, 3, bytes_text("StartupLocality"), rtmr);
		memset(rtmr, 0, 4 * 48);
		buf_put(out, room, w.len);
		return;
	}
	put_event(&w, 1, 4, separator, rtmr);
	if (is("log-separator"))
		put_event(&w, 1, 4, separator, rtmr);
	put_event(&w, 2, 4, separator, rtmr);
	put_event(&w, 2, 0x80000007, bytes_text("Calling EFI Application from Boot Option"), rtmr);
	put_event(&w, 3, 0xd, bytes_text("kernel_cmdline: quiet"), rtmr);
	if (is("log-other"))
		rtmr[1][0] ^= 1;
	buf_put(out, room, w.len);
}

/* One event of the boot, and one of dstack's own. */
static void make_dstack_log(struct buf *out, uint8_t rtmr[4][48])
{
	static const char own[] = "\1\0\0\x08:app-id:\xaa\xbb";
	bool spoils_payload = is("log-dstack-payload") || is("log-dstack-type");
	uint8_t pair[2][48] = { 0 };
	struct json_out w = json_out(out);

	json_open(&w, NULL, '[');
	for (unsigned i = 0; i < 2 && !is("log-dstack-nothing"); i++) {
		unsigned imr = i ? 3 : 1;
		if (hash_sha384(i ? bytes_of(own, 14) : bytes_text("kernel"), pair[1], NULL) != CLOISTER_OK)
			abort();
		json_open(&w, NULL, '{');
		json_put_u64(&w, "imr", imr);
		json_put_u64(&w, "event_type", !i ? 0x80000003 : is("log-dstack-type") ? 0xd : 0x08000001);
		json_put_hex(&w, "digest", BYTES_OF(pair[1]));
		json_put_text(&w, "event", i ? "app-id" : "");
		json_put_text(&w, "event_payload", !i ? "" : spoils_payload ? "aabc" : "aabb");
		json_close(&w, '}');
		if (hash_sha384(BYTES_OF(pair), rtmr[imr], NULL) != CLOISTER_OK)
			abort();
	}
	json_close(&w, ']');
	if (is("log-dstack-other"))
		rtmr[3][0] ^= 1;
}

static void make_gcp(struct buf *out)
{
	bool tdx = is("ok-tdx") || is("svn-tdx-low") || is("form-none-tdx") || (strstr(name, "log") && !is("log-snp")), log = strstr(name, "log");
	struct buf quote = BUF_INIT(1u << 16), endorsement = BUF_INIT(1u << 16), events = BUF_INIT(1u << 16);
	uint8_t data[64] = "N\1\2\3", report[SNP_REPORT_LEN], rtmr[4][48] = { 0 }, m[48], mrtd[48];
	struct json_out w = json_out(out);
	struct buf pieces[6], pem = BUF_INIT(1u << 16);

	for (size_t i = 0; i < 6; i++)
		pieces[i] = (struct buf)BUF_INIT(1u << 16);
	if (strstr(name, "dstack"))
		make_dstack_log(&events, rtmr);
	else if (log)
		make_log(&events, rtmr);
	make_snp(data, report);
	make_tdx(data, log ? rtmr : NULL, &quote, pieces);
	memcpy(m, report + 0x90, 48);
	memcpy(mrtd, quote.data + 48 + 136, 48);
	make_endorsement(m, mrtd, &endorsement);

	json_open(&w, NULL, '{');
	json_put_text(&w, "bundle", "cloister/1");
	put_base64(&w, "evidence", tdx ? buf_bytes(&quote) : BYTES_OF(report));
	if (strstr(name, "dstack"))
		json_put_bytes(&w, "event_log", buf_bytes(&events));
	else if (log)
		put_base64(&w, "event_log", buf_bytes(&events));
	bool endorsed = !log && !is("ok-none") && !is("form-none") && !is("form-none-svn") && !is("form-none-tdx");
	if (tdx) {
		put_pieces(&w, pieces, endorsed ? &endorsement : NULL);
	} else {
		json_open(&w, "collateral", '[');
		if (endorsed)
			put_base64(&w, NULL, buf_bytes(&endorsement));
		forge_pem(&pem, "CERTIFICATE", buf_bytes(&ark_der));
		json_put_bytes(&w, NULL, buf_bytes(&pem));
		put_base64(&w, NULL, buf_bytes(&ask_der));
		put_base64(&w, NULL, buf_bytes(&vek));
		json_close(&w, ']');
	}
	json_close(&w, '}');
	buf_byte(out, '\n');
	for (size_t i = 0; i < 6; i++)
		buf_fini(&pieces[i]);
	buf_fini(&quote);
	buf_fini(&endorsement);
	buf_fini(&events);
	buf_fini(&pem);
}

/* ---- both ---------------------------------------------------------------------------------- */

static void make_all(const char *kind, const struct row *rows, size_t n, void make(struct buf *out))
{
	struct buf index = BUF_INIT(1u << 20);

	buf_text(&index, "[\n");
	for (size_t i = 0; i < n; i++) {
		struct buf b = BUF_INIT(1u << 20);
		name = rows[i].name;
		make(&b);
		if (b.failed)
			abort();
		save(kind, name, ".json", buf_bytes(&b));
		buf_fini(&b);
		buf_print(&index, "%s{\"file\":\"%s.json\",\"fails\":", i ? "," : "", name);
		buf_print(&index, rows[i].fails ? "\"%s\"" : "null", rows[i].fails);
		buf_print(&index, ",\"says\":\"%s\",\"about\":\"%s\"%s%s}\n", rows[i].says, rows[i].about,
			  *rows[i].expect ? "," : "", rows[i].expect);
	}
	buf_text(&index, "]\n");
	save(kind, "index", ".json", buf_bytes(&index));
	buf_fini(&index);
}

/* Roots, and for the shapes that carry none, the collateral of the caller. */
static void save_trust(void)
{
	struct buf quote = BUF_INIT(1u << 16), pieces[6];
	static const char *const files[6][2] = { { "intel-root", ".pem" }, { "tcb-signer", ".pem" },
						 { "root", ".crl" },	   { "pck", ".crl" },
						 { "tcb-info", ".pcs" },  { "qe-identity", ".pcs" } };
	uint8_t data[64] = { 0 };

	name = "trust";
	for (size_t i = 0; i < 6; i++)
		pieces[i] = (struct buf)BUF_INIT(1u << 16);
	make_tdx(data, NULL, &quote, pieces);
	for (size_t i = 0; i < 6; i++) {
		save("azure", files[i][0], files[i][1], buf_bytes(&pieces[i]));
		buf_fini(&pieces[i]);
	}
	save("azure", "ark", ".der", buf_bytes(&ark_der));
	save("azure", "ask", ".der", buf_bytes(&ask_der));
	buf_fini(&quote);
}

int main(int argc, char **argv)
{
	char path[4096];

	if (argc != 2)
		return 2;
	vectors = argv[1];
	snprintf(path, sizeof path, "%s/azure", vectors);
	(void)mkdir(path, 0777);
	snprintf(path, sizeof path, "%s/gcp", vectors);
	(void)mkdir(path, 0777);
	snp_forge_init(&snp, vectors);
	dcap_keys_load(&dcap, vectors);
	ak = forge_key_load(vectors, "rsa2048-a");
	other_rsa = forge_key_load(vectors, "rsa4096-a");
	google_root = forge_key_load(vectors, "rsa4096-b");
	google_signer = forge_key_load(vectors, "rsa3072-a");
	vek = ask_der = ark_der = (struct buf)BUF_INIT(1u << 16);
	struct forge_tbs ark = snp_forge_ark(ARK), ask = snp_forge_ask(ARK, ASK);
	struct forge_tbs leaf = snp_forge_vek(ASK, FORGE_AMD_NAME("SEV-VCEK"));
	struct snp_forge_exts exts = snp_forge_exts(SNP_GENOA, false);
	forge_pki_cert(&ark, snp.ark, snp.ark, &ark_der);
	forge_pki_cert(&ask, snp.ask, snp.ark, &ask_der);
	snp_forge_vek_write(&leaf, &exts, snp.vek, snp.ask, &vek);
	save_trust();
	make_all("azure", azure_rows, sizeof azure_rows / sizeof *azure_rows, make_azure);
	make_all("gcp", gcp_rows, sizeof gcp_rows / sizeof *gcp_rows, make_gcp);
	return 0;
}
