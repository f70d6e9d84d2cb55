/* SPDX-License-Identifier: Apache-2.0 */
/* nitro_test.c - the payload's members at their bounds, the document's size, and whose instance it names. */

#include "base/test.h"

#include <stdio.h>

#include "crypto/hash.h"
#include "evidence/forge.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"
#include "evidence/nitro.h"

static struct forge keys;
static struct forge_chain chain;

enum { MODULE_ID, DIGEST, TIMESTAMP, PCRS, CERTIFICATE, CABUNDLE };

#define B_16 "11111111111111111111111111111111"
#define PCRS_KEY "6470637273"
#define CABUNDLE_KEY "68636162756e646c65"

/* One member, key and value, in place of a good one. */
static const struct {
	const char *name;
	unsigned member;
	const char *hex;
	enum cloister_err err;
	const char *field, *note; /* NULL: accepted; part of the note */
} members[] = {
	{ "module_id of one character", MODULE_ID, "696d6f64756c655f6964" "6161", CLOISTER_OK, NULL, NULL },
	{ "module_id empty", MODULE_ID, "696d6f64756c655f6964" "60", CLOISTER_E_MALFORMED, "module_id", "too short" },
	{ "digest empty", DIGEST, "66646967657374" "60", CLOISTER_E_MALFORMED, "digest", "only SHA384" },
	{ "timestamp 1", TIMESTAMP, "6974696d657374616d70" "01", CLOISTER_OK, NULL, NULL },
	{ "timestamp 0", TIMESTAMP, "6974696d657374616d70" "00", CLOISTER_E_MALFORMED, "timestamp", "" },
	{ "a PCR of 47", PCRS, PCRS_KEY "a100582f" B_16 B_16 "111111111111111111111111111111",
	  CLOISTER_E_MALFORMED, "pcrs[]", "too short" },
	{ "a PCR of 48", PCRS, PCRS_KEY "a1005830" B_16 B_16 B_16, CLOISTER_OK, NULL, NULL },
	{ "a PCR of 49", PCRS, PCRS_KEY "a1005831" B_16 B_16 B_16 "11", CLOISTER_E_MALFORMED, "pcrs[]", "too long" },
	{ "33 PCRs", PCRS, PCRS_KEY "b821", CLOISTER_E_LIMIT, "pcrs", "" },
	{ "PCR 31", PCRS, PCRS_KEY "a1181f5830" B_16 B_16 B_16, CLOISTER_OK, NULL, NULL },
	{ "PCR 32", PCRS, PCRS_KEY "a118205830" B_16 B_16 B_16, CLOISTER_E_MALFORMED, "pcrs", "" },
	{ "a leaf of one byte", CERTIFICATE, "6b6365727469666963617465" "4130", CLOISTER_OK, NULL, NULL },
	{ "an empty leaf", CERTIFICATE, "6b6365727469666963617465" "40", CLOISTER_E_MALFORMED, "certificate", "too short" },
	{ "an authority of one byte", CABUNDLE, CABUNDLE_KEY "814130", CLOISTER_OK, NULL, NULL },
	{ "an empty authority", CABUNDLE, CABUNDLE_KEY "8140", CLOISTER_E_MALFORMED, "cabundle[]", "too short" },
	{ "nine authorities", CABUNDLE, CABUNDLE_KEY "89", CLOISTER_E_LIMIT, "cabundle", "" },
};

static void each_member_at_its_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(members); i++) {
		struct nitro_doc out = { .n_certs = 77 };
		struct cloister_fault why = { 0 };
		struct buf payload = BUF_INIT(1u << 16);
		struct forge_doc d;
		forge_doc_init(&d, &keys);
		d.leave_out = 1u << members[i].member;
		d.odd_at = members[i].member;
		d.odd_member = members[i].hex;
		forge_payload(&d, &chain, &payload);
		enum cloister_err err = nitro_doc_read(buf_bytes(&payload), &out, &why);
		print_message("%s: %s %s\n", members[i].name, err ? why.what : "", err ? why.note : "");
		assert_int_equal(err, members[i].err);
		assert_int_equal(nitro_doc_read(buf_bytes(&payload), &(struct nitro_doc){ 0 }, NULL), err);
		assert_int_equal(out.n_certs == 77, err != CLOISTER_OK); /* outputs change only on success */
		if (err) {
			assert_string_equal(why.what, members[i].field);
			assert_non_null(strstr(why.note, members[i].note));
		}
		buf_fini(&payload);
	}
}

static void a_public_key_of_one_byte(void **state)
{
	static const uint8_t one[] = { 7 };
	struct buf payload = BUF_INIT(1u << 16);
	struct cloister_fault why = { 0 };
	struct nitro_doc out;
	struct forge_doc d;

	(void)state;
	forge_doc_init(&d, &keys);
	d.public_key = BYTES_OF(one);
	forge_payload(&d, &chain, &payload);
	WANT_OK(nitro_doc_read(buf_bytes(&payload), &out, &why), &why);
	assert_true(bytes_equal(out.public_key, BYTES_OF(one)));
	buf_fini(&payload);
}

/* As many pairs as a map may have could never all be known; one more is not even begun. */
static void a_document_of_many_members(void **state)
{
	static const uint8_t at_most[] = { 0xb8, 64, 0x00 }, more[] = { 0xb8, 65, 0x00 };
	struct cloister_fault why = { 0 };
	struct nitro_doc d;

	(void)state;
	assert_int_equal(nitro_doc_read(BYTES_OF(at_most), &d, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(nitro_doc_read(BYTES_OF(more), &d, &why), CLOISTER_E_LIMIT);
}

static void a_payload_has_a_ceiling(void **state)
{
	(void)state;
	for (size_t len = LIMIT_NSM_PAYLOAD - 1; len <= LIMIT_NSM_PAYLOAD + 1; len++) {
		const uint8_t head[] = { 0xa1, 0x00, 0x59, (uint8_t)((len - 5) >> 8), (uint8_t)(len - 5) };
		uint8_t *payload = calloc(1, len);
		struct cloister_fault why = { 0 };
		assert_non_null(payload);
		memcpy(payload, head, sizeof head);
		enum cloister_err err = nitro_payload_check(bytes_of(payload, len), &why);
		assert_int_equal(err, len > LIMIT_NSM_PAYLOAD ? CLOISTER_E_LIMIT : CLOISTER_OK);
		if (err)
			assert_non_null(strstr(why.note, "larger than 16384 bytes"));
		/* and cut short, for who does not ask why */
		assert_int_equal(nitro_payload_check(bytes_of(payload, 100), NULL), CLOISTER_E_MALFORMED);
		free(payload);
	}
}

/* ---- the judge ----------------------------------------------------------------- */

static void a_document_has_a_size(void **state)
{
	static uint8_t zeros[LIMIT_EVIDENCE + 1];
	struct cloister_policy p = expect_anything();
	struct cloister_trust *t;
	struct pool none = { 0 };

	(void)state;
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	const struct {
		size_t len;
		const char *says; /* NULL: of a possible size */
	} rows[] = {
		{ 0, "0 bytes; 1 to 32768 are accepted" }, { 1, NULL }, { LIMIT_EVIDENCE, NULL },
		{ LIMIT_EVIDENCE + 1, "32769 bytes; 1 to 32768 are accepted" },
	};
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_verdict v = verdict_new("nitro");
		struct judge j = { t, &p, &none, FORGE_AT_S };
		assert_int_equal(nitro_judge(&j, bytes_of(zeros, rows[i].len), &v, NULL), CLOISTER_OK);
		assert_int_equal(verdict_first_failed(&v), rows[i].says ? CHECK_SIZE : CHECK_ENVELOPE);
		if (rows[i].says)
			assert_string_equal(v.reason[CHECK_SIZE], rows[i].says);
		verdict_fini(&v);
	}
	cloister_trust_free(t);
}

/* What PCR4 was extended with, by the last "-enc" of module_id. */
static void the_instance_is_the_name_before_enc(void **state)
{
	static const struct {
		const char *module_id, *instance; /* NULL: it names none */
	} rows[] = {
		{ "i-enc0", "i" },	  { "ab-enc", "ab" },	  { "a-enc1-enc2", "a-enc1" },
		{ "-enc0", NULL },	  { "i-0123-en", NULL },  { "i", NULL },
		{ "i-0123_enc45", NULL }, { "i-0123-ENC45", NULL },
	};
	struct cloister_policy p = expect_anything();
	struct cloister_trust *t;

	(void)state;
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(t, lend(buf_bytes(&keys.root_der)), NULL), CLOISTER_OK);
	for (size_t i = 0; i < N_OF(rows); i++) {
		uint8_t extended[NITRO_PCR_LEN + 32] = { 0 };
		struct buf doc = BUF_INIT(1u << 16);
		struct cloister_verdict v;
		struct forge_doc d;
		size_t len = rows[i].instance ? strlen(rows[i].instance) : 0;
		forge_doc_init(&d, &keys);
		d.module_id = rows[i].module_id;
		memcpy(extended + NITRO_PCR_LEN, rows[i].instance ? rows[i].instance : "", len);
		assert_int_equal(hash_sha384(bytes_of(extended, NITRO_PCR_LEN + len), d.pcr[4], NULL), CLOISTER_OK);
		forge_document(&d, &chain, &doc);
		assert_int_equal(evidence_verify(t, &p, buf_bytes(&doc), FORGE_AT_S, &v, NULL), CLOISTER_OK);
		assert_int_equal(verdict_first_failed(&v), rows[i].instance ? CHECK_COUNT : CHECK_INSTANCE);
		assert_string_equal(v.reason[CHECK_INSTANCE], rows[i].instance ? "" : "module_id names no instance");
		verdict_fini(&v);
		buf_fini(&doc);
	}
	cloister_trust_free(t);
}

static int begin(void **state)
{
	(void)state;
	forge_init(&keys);
	forge_chain_init(&chain, &keys);
	forge_chain_write(&chain);
	return 0;
}

static int end(void **state)
{
	(void)state;
	forge_chain_fini(&chain);
	forge_fini(&keys);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member_at_its_bounds),
		cmocka_unit_test(a_public_key_of_one_byte),
		cmocka_unit_test(a_document_of_many_members),
		cmocka_unit_test(a_payload_has_a_ceiling),
		cmocka_unit_test(a_document_has_a_size),
		cmocka_unit_test(the_instance_is_the_name_before_enc),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
