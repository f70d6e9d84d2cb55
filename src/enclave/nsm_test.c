/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsm_test.c - every request and every error of the emulated NSM, its PCR rules
 * against values computed elsewhere, and the documents member by member.
 * emulator_test.c has the documents judged by programs that share no code.
 */

#include <stdio.h>

#include "base/test.h"

#include "codec/cbor.h"
#include "codec/cose.h"
#include "crypto/verify.h"
#include "enclave/nsm.h"

#define MODULE_ID "i-0123456789abcdef0-enc0123456789abcdef"
#define NOW_MS 1790000000123u

/* SHA-384(48 zero bytes || "i-0123456789abcdef0"), by Python's hashlib. */
#define PCR4                                                                                       \
	"d6432900ac1c343cb40286898792c55e962aef0cc35c4910c0c286145b51af19e782cb21cc31a042671d7dfb" \
	"d398251c"
/* SHA-384(48 zero bytes || "abc"), likewise. */
#define ABC                                                                                        \
	"b1c16eb7634112b7c9d5ebd27e62a2d4528bbfcfd68b62d3afd9ecf98e0f413a84314acce78317fb69fd8951" \
	"55343e09"

/* Requests, encoded by a script of its own. */
#define GET_RANDOM "6947657452616e646f6d"
#define DESCRIBE_NSM "6b44657363726962654e534d"
#define DESCRIBE_PCR(index) "a16b4465736372696265504352a165696e646578" index
#define EXTEND_PCR(index, data) "a169457874656e64504352a265696e646578" index "6464617461" data
#define LOCK_PCR(index) "a1674c6f636b504352a165696e646578" index
#define LOCK_PCRS(range) "a1684c6f636b50435273a16572616e6765" range
#define ATTESTATION "a16b4174746573746174696f6e"
#define USER_DATA "69757365725f64617461"
#define NONCE "656e6f6e6365"
#define PUBLIC_KEY "6a7075626c69635f6b6579"

static struct sign_key *key;
static enum cloister_err next_random, next_identity, next_sign;
static uint8_t certificate[] = "leaf", root[] = "the root", issuer[] = "an issuer";

static enum cloister_err test_random(void *ctx, uint8_t *out, size_t len, struct cloister_fault *why)
{
	(void)ctx;
	if (next_random)
		return fail(why, next_random, "test", "no random bytes");
	memset(out, 0x5a, len);
	return CLOISTER_OK;
}

static enum cloister_err test_identity(void *ctx, uint64_t now_ms, struct nsm_identity *out,
				       struct cloister_fault *why)
{
	(void)ctx;
	assert_int_equal(now_ms, NOW_MS);
	if (next_identity)
		return fail(why, next_identity, "test", "no identity");
	*out = (struct nsm_identity){ BYTES_OF(certificate), { BYTES_OF(root), BYTES_OF(issuer) }, 2 };
	return CLOISTER_OK;
}

static enum cloister_err test_sign(void *ctx, const uint8_t digest[static SHA384_LEN],
				   uint8_t sig_out[static SIGN_SIG_LEN], struct cloister_fault *why)
{
	(void)ctx;
	if (next_sign)
		return fail(why, next_sign, "test", "no signature");
	return sign_es384(key, digest, sig_out, why);
}

static const struct nsm_host host = { NULL, test_random, test_identity, test_sign };

static struct measurements image(void)
{
	struct measurements m = { .is_signed = true };

	memset(m.pcr0, 0x10, PCR_LEN);
	memset(m.pcr1, 0x11, PCR_LEN);
	memset(m.pcr2, 0x12, PCR_LEN);
	memset(m.pcr8, 0x18, PCR_LEN);
	return m;
}

static struct nsm fresh(bool is_debug)
{
	struct measurements m = image();
	struct cloister_fault why = { 0 };
	struct nsm n;

	WANT_OK(nsm_init(MODULE_ID, &m, is_debug, host, &n, &why), &why);
	return n;
}

static uint8_t reply_room[LIMIT_NSM_RESPONSE];

static struct bytes ask_bytes(struct nsm *n, struct bytes request)
{
	struct cloister_fault why = { 0 };
	struct bytes reply = BYTES_NONE;

	WANT_OK(nsm_answer(n, NOW_MS, request, reply_room, &reply, &why), &why);
	return reply;
}

static struct bytes ask(struct nsm *n, const char *hex)
{
	size_t len;
	own(drop_mem) uint8_t *request = test_hex(hex, &len);

	return ask_bytes(n, bytes_of(request, len));
}

static void assert_hex(struct bytes got, const char *sentence, const char *want)
{
	own(drop_mem) char *text = malloc(2 * got.len + 1);

	assert_non_null(text);
	hex_write(got, text);
	if (strcmp(text, want) != 0)
		fail_msg("%s: %s instead of %s", sentence, text, want);
}

/* The name in {"Error": name}, or "" for any other reply. */
static void error_of(struct bytes reply, char *out, size_t room)
{
	static const char *const names[] = { "Error" };
	struct cloister_fault why;
	struct rd r = rd_open(reply, &why);
	size_t which;

	*out = '\0';
	if (cbor_peek(&r) != CBOR_MAP)
		return;
	struct cbor_walk w = cbor_map(&r, CBOR_DEFINITE, 1, "reply");
	if (!cbor_next_name(&r, &w, names, 1, &which))
		return;
	struct bytes name = cbor_tstr(&r, 1, room - 1, "error");
	if (rd_close(&r, "reply") == CLOISTER_OK)
		snprintf(out, room, "%.*s", (int)name.len, (const char *)name.data);
}

static void assert_error(struct bytes reply, const char *sentence, const char *want)
{
	char got[32];

	error_of(reply, got, sizeof got);
	if (strcmp(got, want) != 0)
		fail_msg("%s: `%s` instead of `%s`", sentence, got, want);
}

static void test_errors(void **state)
{
	static const struct {
		const char *sentence, *request, *error;
	} rows[] = {
		/* indices */
		{ "PCR 32 is described", DESCRIBE_PCR("1820"), "InvalidIndex" },
		{ "PCR 65535 is described", DESCRIBE_PCR("19ffff"), "InvalidIndex" },
		{ "PCR 65536 must not become 0", DESCRIBE_PCR("1a00010000"), "InvalidOperation" },
		{ "PCR -1 is described", DESCRIBE_PCR("20"), "InvalidOperation" },
		{ "PCR 32 is extended", EXTEND_PCR("1820", "43616263"), "InvalidIndex" },
		{ "PCR 15 is extended, which is locked", EXTEND_PCR("0f", "43616263"), "ReadOnlyIndex" },
		{ "PCR 0 is extended, which is locked", EXTEND_PCR("00", "43616263"), "ReadOnlyIndex" },
		{ "PCR 0 is locked again", LOCK_PCR("00"), "ReadOnlyIndex" },
		{ "PCR 32 is locked", LOCK_PCR("1820"), "InvalidIndex" },
		{ "33 PCRs are locked", LOCK_PCRS("1821"), "InvalidIndex" },
		{ "65535 PCRs are locked", LOCK_PCRS("19ffff"), "InvalidIndex" },

		/* not an operation */
		{ "nothing", "", "InvalidOperation" },
		{ "a number", "00", "InvalidOperation" },
		{ "null", "f6", "InvalidOperation" },
		{ "an array", "80", "InvalidOperation" },
		{ "an empty map", "a0", "InvalidOperation" },
		{ "an empty text", "60", "InvalidOperation" },
		{ "an operation that does not exist", "6452656164", "InvalidOperation" },
		{ "another that does not, as a map", "a16452656164a0", "InvalidOperation" },
		{ "the name in lower case", "6967657472616e646f6d", "InvalidOperation" },
		{ "the name as bytes", "4947657452616e646f6d", "InvalidOperation" },
		{ "two operations in one map", "a2674c6f636b504352a165696e64657810684c6f636b50435273a16572616e676511",
		  "InvalidOperation" },
		{ "two in an open map", "bf674c6f636b504352a165696e64657810684c6f636b50435273a16572616e676511ff",
		  "InvalidOperation" },
		{ "an operation without its map", "6b4465736372696265504352", "InvalidOperation" },
		{ "DescribeNSM as a map", "a16b44657363726962654e534da0", "InvalidOperation" },
		{ "GetRandom with a member", "a16947657452616e646f6da16572616e676501", "InvalidOperation" },
		{ "Attestation as a text", "6b4174746573746174696f6e", "InvalidOperation" },
		{ "an operation's members are null", "a16b4465736372696265504352f6", "InvalidOperation" },
		{ "a byte behind the request", DESCRIBE_NSM "00", "InvalidOperation" },
		{ "two requests", DESCRIBE_NSM DESCRIBE_NSM, "InvalidOperation" },
		{ "a tag", "c0" DESCRIBE_NSM, "InvalidOperation" },
		{ "text in pieces", "7f" DESCRIBE_NSM "ff", "InvalidOperation" },

		/* members */
		{ "no index", "a16b4465736372696265504352a0", "InvalidOperation" },
		{ "extending without data", "a169457874656e64504352a165696e64657810", "InvalidOperation" },
		{ "extending without index", "a169457874656e64504352a1646461746143616263", "InvalidOperation" },
		{ "an index and a stranger", "a16b4465736372696265504352a265696e64657800617a00",
		  "InvalidOperation" },
		{ "an index and a member of another operation",
		  "a16b4465736372696265504352a265696e646578006572616e676500", "InvalidOperation" },
		{ "an index twice", "a16b4465736372696265504352a265696e6465780065696e64657800",
		  "InvalidOperation" },
		{ "a long-winded index", DESCRIBE_PCR("1800"), "InvalidOperation" },
		{ "an index as text", DESCRIBE_PCR("6130"), "InvalidOperation" },
		{ "an index as a float", DESCRIBE_PCR("f90000"), "InvalidOperation" },
		{ "an index of null", DESCRIBE_PCR("f6"), "InvalidOperation" },
		{ "data as text", EXTEND_PCR("10", "63616263"), "InvalidOperation" },
		{ "data of null", EXTEND_PCR("10", "f6"), "InvalidOperation" },
		{ "data shorter than it says", EXTEND_PCR("10", "4361"), "InvalidOperation" },
		{ "data of 2^64-1 bytes", EXTEND_PCR("10", "5bffffffffffffffff61"), "InvalidOperation" },
		{ "a nonce of text", ATTESTATION "a1" NONCE "6161", "InvalidOperation" },
		{ "a nonce of false", ATTESTATION "a1" NONCE "f4", "InvalidOperation" },
		{ "a nonce twice", ATTESTATION "a2" NONCE "4161" NONCE "f6", "InvalidOperation" },
		{ "an attestation with an index", ATTESTATION "a165696e64657800", "InvalidOperation" },
		{ "an open map without its break", "bf6b4465736372696265504352bf65696e64657800ff",
		  "InvalidOperation" },
		{ "an empty public key", ATTESTATION "a1" PUBLIC_KEY "40", "InvalidArgument" },
	};
	struct nsm n = fresh(false), before = n;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_error(ask(&n, rows[i].request), rows[i].sentence, rows[i].error);
	assert_memory_equal(n.pcr, before.pcr, sizeof n.pcr);
	assert_int_equal(n.locked, before.locked);
}

static void test_replies(void **state)
{
	static const struct {
		const char *sentence, *request, *reply;
	} rows[] = {
		{ "DescribeNSM", DESCRIBE_NSM,
		  "a16b44657363726962654e534da7" /* {"DescribeNSM": {7 */
		  "6d76657273696f6e5f6d616a6f7201" "6d76657273696f6e5f6d696e6f7200"
		  "6d76657273696f6e5f706174636800"
		  "696d6f64756c655f69647827692d303132333435363738396162636465" /* module_id */
		  "66302d656e6330313233343536373839616263646566"
		  "686d61785f706372731820"
		  "6b6c6f636b65645f7063727390000102030405060708090a0b0c0d0e0f"
		  "66646967657374665348413338" "34" },
		{ "PCR4 is the instance id", DESCRIBE_PCR("04"),
		  "a16b4465736372696265504352a2646c6f636bf564646174615830" PCR4 },
		{ "PCR3 is zero: no role", DESCRIBE_PCR("03"),
		  "a16b4465736372696265504352a2646c6f636bf564646174615830"
		  "000000000000000000000000000000000000000000000000"
		  "000000000000000000000000000000000000000000000000" },
		{ "PCR8 is the signer's", DESCRIBE_PCR("08"),
		  "a16b4465736372696265504352a2646c6f636bf564646174615830"
		  "181818181818181818181818181818181818181818181818"
		  "181818181818181818181818181818181818181818181818" },
		{ "PCR16 is zero and open", DESCRIBE_PCR("10"),
		  "a16b4465736372696265504352a2646c6f636bf464646174615830"
		  "000000000000000000000000000000000000000000000000"
		  "000000000000000000000000000000000000000000000000" },
		{ "an open request is fine", "bf6b4465736372696265504352bf65696e64657804ffff",
		  "a16b4465736372696265504352a2646c6f636bf564646174615830" PCR4 },
		{ "extending", EXTEND_PCR("10", "43616263"), "a169457874656e64504352a164646174615830" ABC },
		{ "members in another order", "a169457874656e64504352a264646174614361626365696e64657811",
		  "a169457874656e64504352a164646174615830" ABC },
		{ "locking", LOCK_PCR("10"), "674c6f636b504352" },
		{ "it is locked, and still what it was", DESCRIBE_PCR("10"),
		  "a16b4465736372696265504352a2646c6f636bf564646174615830" ABC },
		{ "locking 0 to 16, which are locked", LOCK_PCRS("11"), "684c6f636b50435273" },
		{ "17 is outside that range", DESCRIBE_PCR("11"),
		  "a16b4465736372696265504352a2646c6f636bf464646174615830" ABC },
		{ "locking none", LOCK_PCRS("00"), "684c6f636b50435273" },
		{ "locking all", LOCK_PCRS("1820"), "684c6f636b50435273" },
		{ "31 as well", DESCRIBE_PCR("181f"),
		  "a16b4465736372696265504352a2646c6f636bf564646174615830"
		  "000000000000000000000000000000000000000000000000"
		  "000000000000000000000000000000000000000000000000" },
	};
	struct nsm n = fresh(false);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_hex(ask(&n, rows[i].request), rows[i].sentence, rows[i].reply);
	assert_error(ask(&n, LOCK_PCR("11")), "17 is locked now", "ReadOnlyIndex");
	assert_error(ask(&n, EXTEND_PCR("181f", "40")), "31 too", "ReadOnlyIndex");
}

static void test_random_reply(void **state)
{
	struct nsm n = fresh(false);
	struct bytes reply = ask(&n, GET_RANDOM);
	uint8_t want[NSM_RANDOM_LEN];

	(void)state;
	memset(want, 0x5a, sizeof want);
	/* {"GetRandom": {"random": 256 bytes}} */
	assert_hex(bytes_of(reply.data, 22), "head", "a16947657452616e646f6da16672616e646f6d590100");
	assert_true(bytes_equal(bytes_of(reply.data + 22, reply.len - 22), BYTES_OF(want)));
}

static void test_debug_start(void **state)
{
	struct nsm n = fresh(true);
	uint8_t zero[PCR_LEN] = { 0 };

	(void)state;
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		if (i != 4)
			assert_memory_equal(n.pcr[i], zero, PCR_LEN);
	assert_hex(BYTES_OF(n.pcr[4]), "PCR4 is real in debug mode too", PCR4);
	assert_int_equal(n.locked, 0xffff);
}

static void test_start(void **state)
{
	struct nsm n = fresh(false);
	struct measurements m = image();

	(void)state;
	assert_memory_equal(n.pcr[0], m.pcr0, PCR_LEN);
	assert_memory_equal(n.pcr[1], m.pcr1, PCR_LEN);
	assert_memory_equal(n.pcr[2], m.pcr2, PCR_LEN);
	assert_memory_equal(n.pcr[8], m.pcr8, PCR_LEN);
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		if (i != 4 && i != 8 && i > 2)
			assert_true(mem_is_zero(n.pcr[i], PCR_LEN));
	assert_int_equal(n.locked, 0xffff);
}

static void test_module_ids(void **state)
{
	static const char *const bad[] = {
		"", "i-0123456789abcdef0", "i-0123456789abcdef0-enc0123456789abcde",
		"i-0123456789abcdef0-enc0123456789abcdef0", "j-0123456789abcdef0-enc0123456789abcdef",
		"i-0123456789ABCDEF0-enc0123456789abcdef", "i-0123456789abcdef0-enc0123456789abcdeg",
		"i-0123456789abcdef0_enc0123456789abcdef", "i-0123456789abcdef-enc0123456789abcdef0",
	};
	struct measurements m = image();
	struct nsm n = { .locked = 77 };

	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_int_equal(nsm_init(bad[i], &m, false, host, &n, NULL), CLOISTER_E_USAGE);
	assert_int_equal(n.locked, 77);
}

/* ---- documents ---- */

struct fields {
	struct bytes user_data, nonce, public_key;
};

static struct bytes request_of(const struct fields *f, uint8_t *room, size_t room_len)
{
	struct wr w = wr_open(room, room_len);

	cbor_put_map(&w, 1);
	cbor_put_text(&w, "Attestation");
	cbor_put_map(&w, 3);
	cbor_put_text(&w, "user_data");
	cbor_put_bstr_or_null(&w, f->user_data);
	cbor_put_text(&w, "nonce");
	cbor_put_bstr_or_null(&w, f->nonce);
	cbor_put_text(&w, "public_key");
	cbor_put_bstr_or_null(&w, f->public_key);
	assert_false(w.full);
	return bytes_of(room, w.len);
}

/* The document of a reply {"Attestation": {"document": bytes}}. */
static struct bytes document_of(struct bytes reply)
{
	static const char *const outer[] = { "Attestation" }, *const inner[] = { "document" };
	struct cloister_fault why;
	struct rd r = rd_open(reply, &why);
	size_t which;

	struct cbor_walk a = cbor_map(&r, CBOR_DEFINITE, 1, "reply");
	assert_true(cbor_next_name(&r, &a, outer, 1, &which));
	struct cbor_walk b = cbor_map(&r, CBOR_DEFINITE, 1, "reply");
	assert_true(cbor_next_name(&r, &b, inner, 1, &which));
	struct bytes document = cbor_bstr(&r, 1, SIZE_MAX, "document");
	WANT_OK(rd_close(&r, "reply"), &why);
	return document;
}

static void assert_signed(const struct cose_sign1 *c)
{
	struct cloister_fault why = { 0 };
	uint8_t room[COSE_HEAD_ROOM], digest[SHA384_LEN], point[SIGN_POINT_LEN];
	struct bytes head;
	struct hash *h;
	bool good = false;

	WANT_OK(cose_sign1_head(c, room, sizeof room, &head, &why), &why);
	WANT_OK(hash_new(HASH_SHA384, &h, &why), &why);
	hash_update(h, head);
	hash_update(h, c->payload);
	WANT_OK(hash_final(h, digest, &why), &why);
	hash_free(h);
	WANT_OK(sign_key_point(key, point, &why), &why);
	WANT_OK(p384_verify(point, digest, c->signature.data, &good, &why), &why);
	assert_true(good);
}

static void want_key(struct rd *r, const char *name)
{
	struct bytes got = cbor_tstr(r, 1, 32, name);

	if (!bytes_are(got, name))
		fail_msg("member `%.*s` where `%s` is due", (int)got.len, (const char *)got.data, name);
}

static void want_bytes(struct rd *r, const char *name, struct bytes want)
{
	want_key(r, name);
	struct bytes got = cbor_bstr_or_null(r, 0, SIZE_MAX, name);
	assert_int_equal(got.data == NULL, want.data == NULL);
	assert_true(bytes_equal(got, want));
}

/* Member by member, in the order of AWS's documents, all maps definite. */
static void assert_payload(const struct nsm *n, struct bytes payload, const struct fields *f)
{
	struct cloister_fault why;
	struct rd r = rd_open(payload, &why);

	struct cbor_walk top = cbor_map(&r, CBOR_DEFINITE, 9, "payload");
	assert_int_equal(top.left, 9);
	want_key(&r, "module_id");
	assert_true(bytes_are(cbor_tstr(&r, 1, 64, "module_id"), MODULE_ID));
	want_key(&r, "digest");
	assert_true(bytes_are(cbor_tstr(&r, 1, 64, "digest"), "SHA384"));
	want_key(&r, "timestamp");
	assert_int_equal(cbor_uint(&r, UINT64_MAX, "timestamp"), NOW_MS);
	want_key(&r, "pcrs");
	struct cbor_walk pcrs = cbor_map(&r, CBOR_DEFINITE, LIMIT_PCRS, "pcrs");
	for (uint64_t i = 0, index; i < LIMIT_PCRS; i++) {
		if (!(n->locked >> i & 1))
			continue;
		assert_true(cbor_next_number(&r, &pcrs, 31, &index));
		assert_int_equal(index, i);
		assert_true(bytes_equal(cbor_bstr(&r, PCR_LEN, PCR_LEN, "pcr"), BYTES_OF(n->pcr[i])));
	}
	assert_int_equal(pcrs.left, 0);
	want_bytes(&r, "certificate", BYTES_OF(certificate));
	want_key(&r, "cabundle");
	struct cbor_walk bundle = cbor_array(&r, CBOR_DEFINITE, LIMIT_CHAIN, "cabundle");
	assert_int_equal(bundle.left, 2);
	assert_true(bytes_equal(cbor_bstr(&r, 1, LIMIT_CERT, "root"), BYTES_OF(root)));
	assert_true(bytes_equal(cbor_bstr(&r, 1, LIMIT_CERT, "issuer"), BYTES_OF(issuer)));
	want_bytes(&r, "public_key", f->public_key);
	want_bytes(&r, "user_data", f->user_data);
	want_bytes(&r, "nonce", f->nonce);
	WANT_OK(rd_close(&r, "payload"), &why);
}

static void check_document(struct nsm *n, const struct fields *f)
{
	uint8_t room[LIMIT_NSM_REQUEST];
	struct cloister_fault why = { 0 };
	struct cose_sign1 c;

	struct bytes document = document_of(ask_bytes(n, request_of(f, room, sizeof room)));
	assert_hex(bytes_of(document.data, 7), "frame", "8444a1013822a0");
	assert_hex(bytes_of(document.data + document.len - 98, 2), "signature", "5860");
	WANT_OK(cose_sign1_read(document, &c, &why), &why);
	assert_signed(&c);
	assert_payload(n, c.payload, f);
}

static void test_documents(void **state)
{
	static uint8_t most[LIMIT_NSM_FIELD];
	const struct bytes none = BYTES_NONE, empty = bytes_of("", 0), full = BYTES_OF(most);
	const struct bytes one = bytes_of("x", 1);
	const struct fields rows[] = {
		{ none, none, none },  { one, none, none },	{ none, one, none },
		{ none, none, one },   { empty, none, none },	{ none, empty, none },
		{ empty, empty, one }, { full, full, full },	{ one, full, none },
	};
	struct nsm n = fresh(false), debug = fresh(true);

	(void)state;
	memset(most, 0xee, sizeof most);
	for (size_t i = 0; i < N_OF(rows); i++) {
		check_document(&n, &rows[i]);
		check_document(&debug, &rows[i]);
	}
	/* PCRs that the enclave extends and locks come into its documents; open ones do not. */
	(void)ask(&n, EXTEND_PCR("10", "43616263"));
	check_document(&n, &rows[0]);
	(void)ask(&n, LOCK_PCR("10"));
	(void)ask(&n, LOCK_PCR("181f"));
	check_document(&n, &rows[7]);
	(void)ask(&n, LOCK_PCRS("1820"));
	check_document(&n, &rows[7]);
}

/* Without a member at all, in any order, in open maps: the same as null. */
static void test_request_shapes(void **state)
{
	static const char *const rows[] = {
		ATTESTATION "a0",
		ATTESTATION "bfff",
		"bf6b4174746573746174696f6ea0ff",
		ATTESTATION "a1" NONCE "f6",
		ATTESTATION "a3" PUBLIC_KEY "f6" USER_DATA "f6" NONCE "f6",
	};
	const struct fields none = { 0 };
	struct nsm n = fresh(false);
	struct cloister_fault why = { 0 };
	struct cose_sign1 c;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		WANT_OK(cose_sign1_read(document_of(ask(&n, rows[i])), &c, &why), &why);
		assert_payload(&n, c.payload, &none);
	}
}

static void test_too_large(void **state)
{
	static uint8_t over[LIMIT_NSM_FIELD + 1], room[LIMIT_NSM_REQUEST + 1];
	const struct bytes none = BYTES_NONE;
	const struct fields rows[] = {
		{ BYTES_OF(over), none, none }, { none, BYTES_OF(over), none }, { none, none, BYTES_OF(over) },
	};
	struct nsm n = fresh(false);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		assert_error(ask_bytes(&n, request_of(&rows[i], room, sizeof room)), "1025 bytes",
			     "InputTooLarge");

	/* The largest request is taken, one byte more is not. */
	for (size_t extra = 0; extra < 2; extra++) {
		size_t head_len;
		own(drop_mem) uint8_t *head = test_hex(EXTEND_PCR("10", "590000"), &head_len);
		size_t data = LIMIT_NSM_REQUEST + extra - head_len;
		memset(room, 0xdd, sizeof room);
		memcpy(room, head, head_len);
		room[head_len - 2] = (uint8_t)(data >> 8);
		room[head_len - 1] = (uint8_t)data;
		assert_error(ask_bytes(&n, bytes_of(room, LIMIT_NSM_REQUEST + extra)), "4096 bytes",
			     extra ? "InputTooLarge" : "");
	}
}

/* A host that fails: the guest learns InternalError, we learn why, and nothing has changed. */
static void test_failing_host(void **state)
{
	static const struct {
		enum cloister_err *which;
		const char *request, *note;
	} rows[] = {
		{ &next_random, GET_RANDOM, "no random bytes" },
		{ &next_identity, ATTESTATION "a0", "no identity" },
		{ &next_sign, ATTESTATION "a0", "no signature" },
	};
	struct nsm n = fresh(false), before = n;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_fault why = { 0 };
		struct bytes reply;
		size_t len;
		own(drop_mem) uint8_t *request = test_hex(rows[i].request, &len);
		*rows[i].which = CLOISTER_E_SYSTEM;
		assert_int_equal(nsm_answer(&n, NOW_MS, bytes_of(request, len), reply_room, &reply, &why),
				 CLOISTER_E_SYSTEM);
		*rows[i].which = CLOISTER_OK;
		assert_string_equal(why.note, rows[i].note);
		assert_error(reply, rows[i].note, "InternalError");
		assert_memory_equal(n.pcr, before.pcr, sizeof n.pcr);
	}
}

/* Cut anywhere, a request is no request. */
static void test_prefixes(void **state)
{
	static const char *const rows[] = {
		GET_RANDOM, DESCRIBE_NSM, DESCRIBE_PCR("04"), EXTEND_PCR("10", "43616263"), LOCK_PCR("10"),
		LOCK_PCRS("11"), ATTESTATION "a3" PUBLIC_KEY "4161" USER_DATA "4162" NONCE "f6",
	};
	struct nsm n = fresh(false);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		size_t len;
		own(drop_mem) uint8_t *request = test_hex(rows[i], &len);
		for (size_t cut = 0; cut < len; cut++)
			assert_error(ask_bytes(&n, bytes_of(request, cut)), rows[i], "InvalidOperation");
	}
}

static int make_key(void **state)
{
	(void)state;
	return (int)sign_key_new(&key, NULL);
}

static int free_key(void **state)
{
	(void)state;
	drop_sign_key(&key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),	       cmocka_unit_test(test_replies),
		cmocka_unit_test(test_random_reply),   cmocka_unit_test(test_start),
		cmocka_unit_test(test_debug_start),    cmocka_unit_test(test_module_ids),
		cmocka_unit_test(test_documents),      cmocka_unit_test(test_request_shapes),
		cmocka_unit_test(test_too_large),      cmocka_unit_test(test_failing_host),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, make_key, free_key);
}
