/* SPDX-License-Identifier: Apache-2.0 */
/* tpm.c - TPM 2.0 Library, part 2: Structures. Big-endian, sizes of 16 bits. */

#include "evidence/tpm.h"

#include "base/limits.h"
#include "base/rd.h"

#define TPM_GENERATED_VALUE 0xff544347u
#define TPM_ST_ATTEST_QUOTE 0x8018u
#define TPM_ALG_RSASSA 0x0014u
#define TPM_ALG_SHA256 0x000bu
#define NAME_MAX_LEN 66u /* TPM2B_NAME: an algorithm and its digest */
#define DATA_MAX_LEN 66u /* TPM2B_DATA: sizeof(TPMT_HA) */

enum { SELECT_LEN = TPM_PCRS / 8 };

static struct bytes read_sized(struct rd *r, size_t most, const char *field)
{
	size_t len = rd_be16(r, field);

	rd_want(r, len <= most, field);
	return rd_take(r, len, field);
}

static bool read_bool(struct rd *r, const char *field)
{
	uint8_t v = rd_u8(r, field);

	rd_want(r, v <= 1, field);
	return v == 1;
}

/* TPML_PCR_SELECTION, of which we know one bank. */
static uint32_t read_selection(struct rd *r)
{
	uint32_t pcrs = 0;

	if (rd_be32(r, "pcrSelect.count") != 1)
		rd_refuse(r, CLOISTER_E_UNSUPPORTED, "pcrSelect", "not of exactly one bank");
	if (rd_be16(r, "pcrSelect.hash") != TPM_ALG_SHA256)
		rd_refuse(r, CLOISTER_E_UNSUPPORTED, "pcrSelect", "not of the SHA-256 bank");
	rd_want(r, rd_u8(r, "sizeofSelect") == SELECT_LEN, "sizeofSelect");
	for (unsigned i = 0; i < SELECT_LEN; i++)
		pcrs |= (uint32_t)rd_u8(r, "pcrSelect") << 8 * i;
	rd_want(r, pcrs != 0, "pcrSelect");
	return pcrs;
}

enum cloister_err tpm_quote_read(struct bytes in, struct tpm_quote *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct tpm_quote q = { 0 };

	if (in.len > TPM_QUOTE_MAX)
		return fail(why, CLOISTER_E_LIMIT, "quote", "larger than %u bytes", TPM_QUOTE_MAX);
	rd_want(&r, rd_be32(&r, "magic") == TPM_GENERATED_VALUE, "magic");
	if (rd_be16(&r, "type") != TPM_ST_ATTEST_QUOTE)
		rd_refuse(&r, CLOISTER_E_UNSUPPORTED, "type", "the TPM attests something else");
	q.signer = read_sized(&r, NAME_MAX_LEN, "qualifiedSigner");
	q.extra = read_sized(&r, DATA_MAX_LEN, "extraData");
	q.clock_ms = rd_be64(&r, "clock");
	q.resets = rd_be32(&r, "resetCount");
	q.restarts = rd_be32(&r, "restartCount");
	q.clock_safe = read_bool(&r, "safe");
	q.firmware = rd_be64(&r, "firmwareVersion");
	q.pcrs = read_selection(&r);
	q.digest = read_sized(&r, SHA256_LEN, "pcrDigest");
	rd_want(&r, q.digest.len == SHA256_LEN, "pcrDigest");
	TRY(rd_close(&r, "quote"));
	*out = q;
	return CLOISTER_OK;
}

static bool is_rsa_len(size_t len)
{
	return len >= LIMIT_RSA_LEAST && len <= LIMIT_RSA && len % 64 == 0;
}

enum cloister_err tpm_signature_read(struct bytes in, struct bytes *sig_out,
				     struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct bytes sig;

	if (is_rsa_len(in.len)) {
		*sig_out = in;
		return CLOISTER_OK;
	}
	if (rd_be16(&r, "sigAlg") != TPM_ALG_RSASSA)
		rd_refuse(&r, CLOISTER_E_UNSUPPORTED, "sigAlg", "not RSASSA");
	if (rd_be16(&r, "hash") != TPM_ALG_SHA256)
		rd_refuse(&r, CLOISTER_E_UNSUPPORTED, "hash", "not SHA-256");
	sig = read_sized(&r, LIMIT_RSA, "sig");
	rd_want(&r, is_rsa_len(sig.len), "sig");
	TRY(rd_close(&r, "signature"));
	*sig_out = sig;
	return CLOISTER_OK;
}

enum cloister_err tpm_pcr_digest(uint32_t pcrs, const struct bytes pcr[static TPM_PCRS],
				 uint8_t out[static SHA256_LEN], struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;

	TRY(hash_new(HASH_SHA256, &h, why));
	for (unsigned i = 0; i < TPM_PCRS; i++) {
		if (!(pcrs >> i & 1))
			continue;
		if (pcr[i].len != TPM_PCR_LEN)
			return fail(why, CLOISTER_E_MISSING, "pcrs", "PCR%u is selected and not given", i);
		hash_update(h, pcr[i]);
	}
	return hash_final(h, out, why);
}
