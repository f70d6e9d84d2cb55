/* SPDX-License-Identifier: Apache-2.0 */
/* tpm_test.c - quotes of our own making, wrong in one place, and Azure's genuine ones. */

#include "base/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/wr.h"
#include "codec/json.h"
#include "crypto/verify.h"
#include "evidence/genuine.h"
#include "evidence/hcl.h"
#include "evidence/tpm.h"

static const char *folder;
static uint8_t room[512];

/* A quote over `pcrs`, whose digest is of 32 bytes of 0xdd. */
static struct bytes good_quote(void)
{
	struct wr w = wr_open(room, sizeof room);
	uint8_t digest[32];

	memset(digest, 0xdd, sizeof digest);
	/*   0 */ wr_be32(&w, 0xff544347);
	/*   4 */ wr_be16(&w, 0x8018);
	/*   6 */ wr_be16(&w, 34);
	/*   8 */ wr_be16(&w, 0x000b);
	wr_zero(&w, 32);
	/*  42 */ wr_be16(&w, 5);
	/*  44 */ wr_put(&w, bytes_text("nonce"));
	/*  49 */ wr_be64(&w, 123456);
	/*  57 */ wr_be32(&w, 2);
	/*  61 */ wr_be32(&w, 3);
	/*  65 */ wr_u8(&w, 1);
	/*  66 */ wr_be64(&w, 0x2020031200120003);
	/*  74 */ wr_be32(&w, 1);
	/*  78 */ wr_be16(&w, 0x000b);
	/*  80 */ wr_u8(&w, 3);
	/*  81 */ wr_u8(&w, 0x81);
	wr_u8(&w, 0);
	wr_u8(&w, 0x80);
	/*  84 */ wr_be16(&w, 32);
	/*  86 */ wr_put(&w, BYTES_OF(digest));
	return bytes_of(room, w.len);
}

static void a_quote_is_read(void **state)
{
	struct cloister_fault why = { 0 };
	struct tpm_quote q;
	(void)state;

	WANT_OK(tpm_quote_read(good_quote(), &q, &why), &why);
	assert_true(bytes_are(q.extra, "nonce"));
	assert_int_equal(q.signer.len, 34);
	assert_int_equal(q.clock_ms, 123456);
	assert_int_equal(q.resets, 2);
	assert_int_equal(q.restarts, 3);
	assert_true(q.clock_safe);
	assert_true(q.firmware == 0x2020031200120003);
	assert_int_equal(q.pcrs, 0x800081);
	assert_int_equal(q.digest.len, 32);
	assert_int_equal(q.digest.data[0], 0xdd);

	struct bytes in = good_quote();
	room[65] = 0;
	WANT_OK(tpm_quote_read(in, &q, &why), &why);
	assert_false(q.clock_safe);
}

/* The same with a name and a nonce of other lengths. */
static struct bytes quote_of(size_t signer, size_t extra)
{
	uint8_t good[512];
	struct bytes in = good_quote();
	struct wr w = wr_open(room, sizeof room);

	memcpy(good, in.data, in.len);
	wr_put(&w, bytes_of(good, 6));
	wr_be16(&w, (uint16_t)signer);
	wr_zero(&w, signer);
	wr_be16(&w, (uint16_t)extra);
	wr_zero(&w, extra);
	wr_put(&w, bytes_of(good + 49, in.len - 49));
	return bytes_of(room, w.len);
}

static void names_and_nonces_have_ceilings(void **state)
{
	static const struct {
		size_t signer, extra;
		const char *what; /* NULL: accepted */
	} rows[] = {
		{ 0, 0, NULL },	       { 66, 0, NULL }, { 67, 0, "qualifiedSigner" },
		{ 34, 66, NULL },      { 34, 67, "extraData" },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why = { 0 };
		struct tpm_quote q = { .pcrs = 77 };
		enum cloister_err err = tpm_quote_read(quote_of(rows[i].signer, rows[i].extra), &q, &why);
		assert_int_equal(err, rows[i].what ? CLOISTER_E_MALFORMED : CLOISTER_OK);
		if (err)
			assert_string_equal(why.what, rows[i].what);
		else
			assert_true(q.signer.len == rows[i].signer && q.extra.len == rows[i].extra);
		assert_int_equal(q.pcrs, err ? 77 : 0x800081);
	}
}

static void a_quote_has_a_ceiling(void **state)
{
	static uint8_t in[TPM_QUOTE_MAX + 1];
	struct cloister_fault why = { 0 };
	struct tpm_quote q;
	(void)state;

	assert_int_equal(tpm_quote_read(bytes_of(in, TPM_QUOTE_MAX), &q, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "magic");
	assert_int_equal(tpm_quote_read(BYTES_OF(in), &q, &why), CLOISTER_E_LIMIT);
	assert_int_equal(tpm_quote_read(BYTES_OF(in), &q, NULL), CLOISTER_E_LIMIT);
	char due[64];
	snprintf(due, sizeof due, "larger than %u bytes", TPM_QUOTE_MAX);
	assert_string_equal(why.note, due);
}

static const struct {
	size_t at;
	uint8_t to;
	const char *what;
	enum cloister_err err;
} bad[] = {
	{ 0, 0xfe, "magic", CLOISTER_E_MALFORMED },
	{ 4, 0x81, "type", CLOISTER_E_UNSUPPORTED },
	{ 5, 0x17, "type", CLOISTER_E_UNSUPPORTED }, /* certify */
	{ 7, 67, "qualifiedSigner", CLOISTER_E_MALFORMED },
	{ 42, 1, "extraData", CLOISTER_E_MALFORMED },
	{ 43, 67, "extraData", CLOISTER_E_MALFORMED },
	{ 65, 2, "safe", CLOISTER_E_MALFORMED },
	{ 77, 0, "pcrSelect", CLOISTER_E_UNSUPPORTED },
	{ 77, 2, "pcrSelect", CLOISTER_E_UNSUPPORTED },
	{ 79, 0x04, "pcrSelect", CLOISTER_E_UNSUPPORTED },
	{ 79, 0x0c, "pcrSelect", CLOISTER_E_UNSUPPORTED },
	{ 80, 2, "sizeofSelect", CLOISTER_E_MALFORMED },
	{ 80, 4, "sizeofSelect", CLOISTER_E_MALFORMED },
	{ 85, 31, "pcrDigest", CLOISTER_E_MALFORMED },
	{ 85, 33, "pcrDigest", CLOISTER_E_MALFORMED },
	{ 84, 1, "pcrDigest", CLOISTER_E_MALFORMED },
};

static void wrong_quotes_are_refused(void **state)
{
	struct cloister_fault why = { 0 };
	struct tpm_quote q = { .pcrs = 77 };
	(void)state;

	for (size_t i = 0; i < N_OF(bad); i++) {
		struct bytes in = good_quote();
		room[bad[i].at] = bad[i].to;
		enum cloister_err err = tpm_quote_read(in, &q, &why);
		if (err != bad[i].err || strcmp(why.what, bad[i].what) != 0)
			fail_msg("row %zu: %s, %s: %s", i, cloister_err_name(err), why.what, why.note);
	}
	struct bytes in = good_quote();
	room[81] = room[83] = 0;
	assert_int_equal(tpm_quote_read(in, &q, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "pcrSelect");
	in = good_quote();
	room[in.len] = 0;
	assert_int_equal(tpm_quote_read(bytes_of(room, in.len + 1), &q, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "quote");
	assert_int_equal(q.pcrs, 77);
	for (size_t n = 0; n < in.len; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, in.data, n);
		assert_int_not_equal(tpm_quote_read(bytes_of(cut, n), &q, NULL), CLOISTER_OK);
		free(cut);
	}
}

static void signatures(void **state)
{
	uint8_t in[600] = { 0x00, 0x14, 0x00, 0x0b, 0x01, 0x00 };
	struct cloister_fault why = { 0 };
	struct bytes sig;
	(void)state;

	WANT_OK(tpm_signature_read(bytes_of(in, 256), &sig, &why), &why);
	assert_ptr_equal(sig.data, in);
	WANT_OK(tpm_signature_read(bytes_of(in, 262), &sig, &why), &why);
	assert_ptr_equal(sig.data, in + 6);
	assert_int_equal(sig.len, 256);
	for (size_t n = 0; n < 600; n++)
		if (n != 256 && n != 262 && n != 320 && n != 384 && n != 448 && n != 512)
			assert_int_not_equal(tpm_signature_read(bytes_of(in, n), &sig, NULL), CLOISTER_OK);
	in[4] = 2; /* the longest key's */
	WANT_OK(tpm_signature_read(bytes_of(in, 6 + 512), &sig, &why), &why);
	assert_int_equal(sig.len, 512);
	in[5] = 64; /* 576 */
	assert_int_equal(tpm_signature_read(bytes_of(in, 6 + 576), &sig, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "sig");
	in[4] = 1;
	in[5] = 1; /* 257 */
	assert_int_equal(tpm_signature_read(bytes_of(in, 6 + 257), &sig, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "sig");
	in[5] = 0;
	in[3] = 0x0c;
	assert_int_equal(tpm_signature_read(bytes_of(in, 262), &sig, &why), CLOISTER_E_UNSUPPORTED);
	in[3] = 0x0b;
	in[1] = 0x16; /* RSAPSS */
	assert_int_equal(tpm_signature_read(bytes_of(in, 262), &sig, &why), CLOISTER_E_UNSUPPORTED);
	in[1] = 0x14;
	in[4] = 0;
	in[5] = 64;
	assert_int_equal(tpm_signature_read(bytes_of(in, 70), &sig, &why), CLOISTER_E_MALFORMED);
}

/* Exactly the selected registers, lowest first; a missing one is an error, one more is nothing. */
static void the_selection_is_honoured(void **state)
{
	uint8_t value[TPM_PCRS][TPM_PCR_LEN], both[2 * TPM_PCR_LEN], want[SHA256_LEN], got[SHA256_LEN];
	struct bytes pcr[TPM_PCRS + 1] = { [TPM_PCRS] = BYTES_OF(value[0]) };
	struct cloister_fault why = { 0 };
	(void)state;

	for (unsigned i = 0; i < TPM_PCRS; i++) {
		memset(value[i], (int)i + 1, TPM_PCR_LEN);
		pcr[i] = BYTES_OF(value[i]);
	}
	memcpy(both, value[4], TPM_PCR_LEN);
	memcpy(both + TPM_PCR_LEN, value[23], TPM_PCR_LEN);
	WANT_OK(hash_sha256(BYTES_OF(both), want, &why), &why);
	WANT_OK(tpm_pcr_digest(1u << 4 | 1u << 23, pcr, got, &why), &why);
	assert_memory_equal(got, want, sizeof want);
	WANT_OK(tpm_pcr_digest(1u << 4 | 1u << 23 | 1u << 24, pcr, got, &why), &why); /* there is no PCR24 */
	assert_memory_equal(got, want, sizeof want);
	value[5][0] ^= 1; /* not selected */
	WANT_OK(tpm_pcr_digest(1u << 4 | 1u << 23, pcr, got, &why), &why);
	assert_memory_equal(got, want, sizeof want);
	WANT_OK(tpm_pcr_digest(1u << 4 | 1u << 5 | 1u << 23, pcr, got, &why), &why);
	assert_memory_not_equal(got, want, sizeof want);
	pcr[23] = BYTES_NONE;
	assert_int_equal(tpm_pcr_digest(1u << 4 | 1u << 23, pcr, got, &why), CLOISTER_E_MISSING);
	pcr[23] = bytes_of(value[23], 20);
	assert_int_equal(tpm_pcr_digest(1u << 4 | 1u << 23, pcr, got, &why), CLOISTER_E_MISSING);
}

/* ---- the genuine ones ------------------------------------------------------- */

struct item {
	struct buf hcl, msg, sig, pcrs;
};

static bool load(const char *name, struct item *out)
{
	static const char *const parts[] = { "hcl_report.bin", "tpm_quote.msg", "tpm_quote.sig",
					     "pcrs_sha256.bin" };
	struct buf *to[] = { &out->hcl, &out->msg, &out->sig, &out->pcrs };
	bool all = true;

	for (size_t i = 0; i < N_OF(parts); i++) {
		char path[4096];
		*to[i] = (struct buf)BUF_INIT(1u << 16);
		snprintf(path, sizeof path, "%s/%s/%s", folder, name, parts[i]);
		all = read_file(path, to[i]) && all;
	}
	return all;
}

static void unload(struct item *it)
{
	buf_fini(&it->hcl);
	buf_fini(&it->msg);
	buf_fini(&it->sig);
	buf_fini(&it->pcrs);
}

static bool signed_by(const struct jwk *ak, struct bytes msg, struct bytes sig)
{
	uint8_t digest[SHA256_LEN];
	struct cloister_fault why = { 0 };
	bool good;

	WANT_OK(hash_sha256(msg, digest, &why), &why);
	WANT_OK(rsa_verify(RSA_PKCS1_SHA256, bytes_of(ak->n, ak->n_len), bytes_of(ak->e, ak->e_len),
			   BYTES_OF(digest), sig, &good, &why), &why);
	return good;
}

static void check_item(struct item *it, struct json expect)
{
	struct cloister_fault why = { 0 };
	struct bytes pcr[TPM_PCRS], sig;
	uint8_t digest[SHA256_LEN];
	struct hcl_runtime rt;
	struct tpm_quote q;
	struct hcl h;
	char hex[256];

	WANT_OK(hcl_read(buf_bytes(&it->hcl), &h, &why), &why);
	WANT_OK(hcl_runtime_read(h.runtime, &rt, &why), &why);
	WANT_OK(tpm_quote_read(buf_bytes(&it->msg), &q, &why), &why);
	WANT_OK(tpm_signature_read(buf_bytes(&it->sig), &sig, &why), &why);
	assert_true(signed_by(&rt.ak, buf_bytes(&it->msg), sig));
	for (size_t i = 0; i < TPM_PCRS; i++)
		pcr[i] = bytes_of(it->pcrs.data + i * TPM_PCR_LEN, TPM_PCR_LEN);
	WANT_OK(tpm_pcr_digest(q.pcrs, pcr, digest, &why), &why);
	assert_memory_equal(digest, q.digest.data, sizeof digest);
	assert_int_equal(q.pcrs, 0xffffff);
	hex_write(q.extra, hex);
	assert_true(json_is(json_get(json_get(expect, "tpm"), "extra"), hex));
	/* every bit of the quote is under the signature, every bit of it counts */
	for (size_t bit = 0; bit < 8 * it->msg.len; bit++) {
		it->msg.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(signed_by(&rt.ak, buf_bytes(&it->msg), sig));
		it->msg.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * it->sig.len; bit++) {
		it->sig.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(signed_by(&rt.ak, buf_bytes(&it->msg), sig));
		it->sig.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t i = 0; i < TPM_PCRS; i++) {
		it->pcrs.data[i * TPM_PCR_LEN] ^= 1;
		WANT_OK(tpm_pcr_digest(q.pcrs, pcr, digest, &why), &why);
		assert_memory_not_equal(digest, q.digest.data, sizeof digest);
		it->pcrs.data[i * TPM_PCR_LEN] ^= 1;
	}
}

static void genuine_quotes_hold(void **state)
{
	struct buf index = BUF_INIT(LIMIT_JSON);
	struct cloister_fault why = { 0 };
	struct json root, key, value;
	char path[4096], name[256];
	size_t n = 0;
	(void)state;

	snprintf(path, sizeof path, "%s/expected.json", folder);
	if (!read_file(path, &index)) {
		print_message("no genuine Azure evidence beside the checkout: skipped\n");
		skip();
	}
	WANT_OK(json_read(buf_bytes(&index), &root, &why), &why);
	for (struct json_walk w = json_walk(root); json_next(&w, &key, &value); n++) {
		struct item it;
		assert_true(json_text(key, name, sizeof name));
		print_message("%s\n", name);
		assert_true(load(name, &it));
		check_item(&it, value);
		unload(&it);
	}
	assert_int_not_equal(n, 0);
	buf_fini(&index);
}

/* argv[1]: the folder of Azure's genuine evidence, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quote_is_read),
		cmocka_unit_test(names_and_nonces_have_ceilings),
		cmocka_unit_test(a_quote_has_a_ceiling),
		cmocka_unit_test(wrong_quotes_are_refused),
		cmocka_unit_test(signatures),
		cmocka_unit_test(the_selection_is_honoured),
		cmocka_unit_test(genuine_quotes_hold),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
