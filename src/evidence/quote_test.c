/* SPDX-License-Identifier: Apache-2.0 */
/* quote_test.c - quotes of our own, right and wrong in one place each, and their field and offset. */

#include "base/test.h"
#include "evidence/forge_quote.h"
#include "evidence/quote.h"

#define CHAIN "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

static const struct {
	uint16_t version;
	enum quote_body body;
	size_t body_at;
} good[] = {
	{ 3, QUOTE_SGX, 48 },
	{ 4, QUOTE_SGX, 48 },
	{ 4, QUOTE_TD_10, 48 },
	{ 5, QUOTE_SGX, 54 },
	{ 5, QUOTE_TD_10, 54 },
	{ 5, QUOTE_TD_15, 54 },
	{ 5, QUOTE_TD_15_EXTENDED, 54 },
};

static struct forge_quote forged(size_t i)
{
	struct forge_quote f;

	forge_quote_begin(&f, good[i].version, good[i].body);
	f.chain = bytes_text(CHAIN);
	return f;
}

static void write(const struct forge_quote *f, struct buf *out)
{
	*out = (struct buf)BUF_INIT(LIMIT_QUOTE);
	forge_quote_write(f, out);
	assert_false(out->failed);
}

static void assert_filled(struct bytes b, uint8_t with, size_t len)
{
	assert_int_equal(b.len, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(b.data[i], with);
}

static void each_form_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		struct forge_quote f = forged(i);
		struct cloister_fault why;
		struct buf b;
		struct quote q;
		memset(f.body + 0x2a9, 0x44, 48); /* DEVINFO, of the extended body */
		write(&f, &b);
		WANT_OK(quote_read(buf_bytes(&b), &q, &why), &why);
		assert_int_equal(q.header.version, good[i].version);
		assert_int_equal(q.body, good[i].body);
		assert_filled(q.header.user_data, 0x0d, 20);
		assert_ptr_equal(q.signed_part.data, b.data);
		assert_int_equal(q.signed_part.len, good[i].body_at + forge_body_len(good[i].body));
		assert_filled(q.signature, 0x21, 64);
		assert_filled(q.attestation_key, 0x22, 64);
		assert_filled(q.qe.mrsigner, 0x32, 32);
		assert_int_equal(q.qe.raw.len, 384);
		assert_int_equal(q.qe.isv_svn, 5);
		assert_filled(q.qe_signature, 0x23, 64);
		assert_int_equal(q.qe_auth.len, 32);
		assert_true(bytes_are(q.pck_chain, CHAIN));
		assert_int_equal(q.padding, 0);
		if (good[i].body == QUOTE_SGX) {
			assert_filled(q.sgx.mrenclave, 0x41, 32);
			assert_filled(q.sgx.mrsigner, 0x42, 32);
			assert_int_equal(q.sgx.flags, SGX_INIT | SGX_MODE64);
			assert_filled(q.sgx.report_data, 0x70, 64);
			assert_null(q.td.mrtd.data);
		} else {
			assert_filled(q.td.mrseam, 0x51, 48);
			assert_filled(q.td.mrtd, 0x52, 48);
			assert_filled(q.td.rtmr[3], 0x63, 48);
			assert_filled(q.td.report_data, 0x70, 64);
			assert_int_equal(q.td.attributes_bits, TD_SEPT_VE_DISABLE);
			assert_int_equal(q.td.xfam_bits, 0x600e7);
			assert_int_equal(q.td.tee_tcb_svn_2.len, good[i].body >= QUOTE_TD_15 ? 16 : 0);
			assert_int_equal(q.td.mrservicetd.len, good[i].body >= QUOTE_TD_15 ? 48 : 0);
			if (good[i].body == QUOTE_TD_15_EXTENDED)
				assert_filled(q.td.dev_info, 0x44, 48);
			assert_null(q.sgx.mrenclave.data);
		}
		buf_fini(&b);
	}
}

static void every_prefix_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		struct forge_quote f = forged(i);
		struct buf b;
		struct quote q;
		write(&f, &b);
		for (size_t len = 0; len < b.len; len++) {
			uint8_t *copy = malloc(len ? len : 1); /* so that a read past it is seen */
			memcpy(copy, b.data, len);
			assert_int_not_equal(quote_read(bytes_of(copy, len), &q, NULL), CLOISTER_OK);
			free(copy);
		}
		buf_fini(&b);
	}
}

/* One byte of a good quote is changed; the field and the offset are blamed. */
static const struct {
	const char *name;
	size_t quote; /* of good[] */
	size_t at;
	uint8_t value;
	const char *field;
	size_t blamed;
} bad_bytes[] = {
	{ "version 2", 0, 0, 2, "version", 0 },
	{ "version 6", 6, 0, 6, "version", 0 },
	{ "version 0x0104", 2, 1, 1, "version", 0 },
	{ "P-384 key", 2, 2, 3, "attestation_key_type", 2 },
	{ "TDX in version 3", 0, 4, 0x81, "tee_type", 4 },
	{ "unknown TEE", 2, 4, 0x80, "tee_type", 4 },
	{ "TEE's high byte", 2, 7, 1, "tee_type", 4 },
	{ "reserved 8", 2, 8, 1, "reserved_08", 8 },
	{ "reserved 9, version 5", 5, 9, 1, "reserved_08", 8 },
	{ "reserved 10", 2, 10, 1, "reserved_0a", 10 },
	{ "vendor's first byte", 2, 12, 0, "qe_vendor_id", 12 },
	{ "vendor's last byte", 2, 27, 0, "qe_vendor_id", 12 },
	{ "SGX body in a TDX quote", 5, 48, 1, "body_type", 48 },
	{ "TD body in an SGX quote", 3, 48, 2, "body_type", 48 },
	{ "body type 5", 6, 48, 5, "body_type", 48 },
	{ "body type 0", 3, 48, 0, "body_type", 48 },
	{ "1.0 with 1.5's size", 5, 48, 2, "body_size", 50 },
	{ "size one more", 5, 50, 0x89, "body_size", 50 },
	{ "size's high byte", 5, 53, 1, "body_size", 50 },
	{ "report's reserved 20", 0, 48 + 20, 1, "reserved_014", 48 + 20 },
	{ "report's reserved 96", 0, 48 + 127, 1, "reserved_060", 48 + 96 },
	{ "report's reserved 160", 0, 48 + 191, 1, "reserved_0a0", 48 + 160 },
	{ "report's reserved 262", 0, 48 + 303, 1, "reserved_106", 48 + 262 },
	{ "QE report's reserved 20", 0, 48 + 384 + 4 + 128 + 31, 1, "reserved_014", 48 + 384 + 4 + 128 + 20 },
	{ "certification type 6 in version 3", 0, 48 + 384 + 4 + 128 + 384 + 64 + 34, 6,
	  "certification_type", 48 + 384 + 4 + 128 + 384 + 64 + 34 },
	{ "certification type 4", 2, 48 + 584 + 4 + 128 + 6 + 384 + 64 + 34, 4, "certification_type",
	  48 + 584 + 4 + 128 + 6 + 384 + 64 + 34 },
	{ "outer type 5", 2, 48 + 584 + 4 + 128, 5, "certification_type", 48 + 584 + 4 + 128 },
};

static void one_wrong_byte_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad_bytes); i++) {
		struct forge_quote f = forged(bad_bytes[i].quote);
		struct cloister_fault why;
		struct quote q;
		struct buf b;
		write(&f, &b);
		b.data[bad_bytes[i].at] = bad_bytes[i].value;
		if (quote_read(buf_bytes(&b), &q, &why) != CLOISTER_E_MALFORMED ||
		    strcmp(why.what, bad_bytes[i].field) != 0 || why.at != bad_bytes[i].blamed)
			fail_msg("%s: %s at %zu", bad_bytes[i].name, why.what, why.at);
		buf_fini(&b);
	}
}

/* Lengths that disagree with each other, in every place where there is one. */
static const struct {
	const char *name;
	size_t quote;
	int body, auth, outer, chain;
	size_t padding;
	bool holds;
	const char *field;
} lengths[] = {
	{ .name = "as it should be", .quote = 2, .holds = true },
	{ .name = "zeros behind", .quote = 2, .padding = 3064, .holds = true },
	{ .name = "one zero behind", .quote = 5, .padding = 1, .holds = true },
	{ .name = "body short", .quote = 5, .body = -1, .field = "body_size" },
	{ .name = "auth short", .quote = 2, .auth = -1, .field = "certification_data" },
	{ .name = "auth long", .quote = 2, .auth = 1, .field = "auth_data" },
	{ .name = "auth reaches into zeros", .quote = 2, .auth = 4, .padding = 64, .field = "auth_data" },
	{ .name = "outer short", .quote = 2, .outer = -1, .field = "certification_data" },
	{ .name = "outer long", .quote = 2, .outer = 4, .field = "certification_data" },
	{ .name = "outer and auth reach into zeros", .quote = 2, .outer = 4, .auth = 4, .padding = 64,
	  .field = "certification_data" },
	{ .name = "chain short", .quote = 2, .chain = -1, .field = "certification_data" },
	{ .name = "chain long", .quote = 2, .chain = 1, .field = "certification_data" },
	{ .name = "version 3, chain short", .quote = 0, .chain = -1, .field = "auth_data" },
	{ .name = "version 3, auth short", .quote = 0, .auth = -1, .field = "certification_data" },
	{ .name = "version 3, auth long", .quote = 0, .auth = 1, .padding = 1, .field = "auth_data" },
};

static void lengths_must_agree(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(lengths); i++) {
		struct forge_quote f = forged(lengths[i].quote);
		struct cloister_fault why;
		struct quote q;
		struct buf b;
		f.body_size_off = lengths[i].body;
		f.auth_len_off = lengths[i].auth;
		f.outer_len_off = lengths[i].outer;
		f.chain_len_off = lengths[i].chain;
		f.padding = lengths[i].padding;
		write(&f, &b);
		enum cloister_err err = quote_read(buf_bytes(&b), &q, &why);
		if (lengths[i].holds ? err != CLOISTER_OK || q.padding != lengths[i].padding :
				       err != CLOISTER_E_MALFORMED ||
					       strcmp(why.what, lengths[i].field) != 0)
			fail_msg("%s: %s at %zu", lengths[i].name, why.what, why.at);
		buf_fini(&b);
	}
}

/* Only type 5 brings a chain; of 1 to 4, which are known, the sentence says what to do. */
static void other_certification_is_refused(void **state)
{
	(void)state;
	for (uint16_t type = 0; type < 9; type++) {
		struct forge_quote f = forged(2);
		struct cloister_fault why;
		struct quote q;
		struct buf b;
		f.inner_type = type;
		write(&f, &b);
		enum cloister_err err = quote_read(buf_bytes(&b), &q, &why);
		assert_int_equal(err, type == 5 ? CLOISTER_OK : CLOISTER_E_MALFORMED);
		if (err) {
			assert_string_equal(why.what, "certification_type");
			assert_int_equal(strstr(why.note, "have the platform quote with type 5") != NULL,
					 type >= 1 && type <= 4);
		}
		buf_fini(&b);
	}
}

static void only_zeros_may_follow(void **state)
{
	struct forge_quote f = forged(5);
	struct cloister_fault why;
	struct quote q;
	struct buf b;

	(void)state;
	f.padding = 100;
	write(&f, &b);
	size_t end = b.len - 100;
	b.data[end + 60] = 1;
	assert_int_equal(quote_read(buf_bytes(&b), &q, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "padding");
	assert_int_equal(why.at, end);
	buf_fini(&b);
}

static void qe_auth_data_may_be_empty(void **state)
{
	struct forge_quote f = forged(0);
	struct cloister_fault why;
	struct quote q;
	struct buf b;

	(void)state;
	f.qe_auth_len = 0;
	write(&f, &b);
	WANT_OK(quote_read(buf_bytes(&b), &q, &why), &why);
	assert_int_equal(q.qe_auth.len, 0);
	b.data[48 + 384 + 4 + 128 + 384 + 64] = b.data[48 + 384 + 4 + 128 + 384 + 65] = 0xff;
	assert_int_equal(quote_read(buf_bytes(&b), &q, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "qe_auth");
	buf_fini(&b);
}

/* The header alone says "no quote that is known here" with a code of its own. */
static void a_stranger_is_told_apart(void **state)
{
	struct quote_header h;
	struct cloister_fault why;
	struct buf b;

	(void)state;
	for (size_t i = 0; i < N_OF(good); i++) {
		struct forge_quote f = forged(i);
		write(&f, &b);
		WANT_OK(quote_header_read(buf_bytes(&b), &h, &why), &why);
		assert_int_equal(h.tee, good[i].body == QUOTE_SGX ? 0 : 0x81);
		b.data[0] = 2;
		assert_int_equal(quote_header_read(buf_bytes(&b), &h, &why), CLOISTER_E_UNSUPPORTED);
		assert_string_equal(why.what, "version");
		buf_fini(&b);
	}
}

/* What wants to be read as a quote, so that it is refused as one and not as nothing known. */
static void quotes_are_recognised(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
		bool vendor, looks;
	} rows[] = {
		{ 0, 4, true, true },  { 0, 4, false, true },  { 0, 3, false, true },  { 0, 5, false, true },
		{ 0, 2, false, false }, { 0, 6, false, false }, { 0, 9, true, true },   { 1, 1, false, false },
		{ 1, 1, true, true },  { 2, 3, false, false }, { 3, 1, false, false }, { 3, 1, true, true },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct forge_quote f = forged(2);
		bool is_tdx = false;
		struct buf b;
		write(&f, &b);
		b.data[rows[i].at] = rows[i].value;
		if (!rows[i].vendor)
			b.data[27] ^= 1;
		assert_int_equal(quote_looks_like(bytes_of(b.data, QUOTE_HEADER_LEN), &is_tdx), rows[i].looks);
		assert_true(is_tdx);
		assert_false(quote_looks_like(bytes_of(b.data, QUOTE_HEADER_LEN - 1), &is_tdx));
		b.data[4] = 0;
		(void)quote_looks_like(buf_bytes(&b), &is_tdx);
		assert_false(is_tdx);
		buf_fini(&b);
	}
}

/* Nobody has to ask why. */
static void a_fault_is_optional(void **state)
{
	struct forge_quote f = forged(2);
	struct quote_header h;
	struct quote q;
	struct buf b;

	(void)state;
	write(&f, &b);
	assert_int_equal(quote_header_read(buf_bytes(&b), &h, NULL), CLOISTER_OK);
	assert_int_equal(quote_read(buf_bytes(&b), &q, NULL), CLOISTER_OK);
	b.data[0] = 6;
	assert_int_equal(quote_header_read(buf_bytes(&b), &h, NULL), CLOISTER_E_UNSUPPORTED);
	buf_fini(&b);
}

#define BLOCK(text) "-----BEGIN CERTIFICATE-----\n" text "\n-----END CERTIFICATE-----"

static const struct {
	const char *name, *text;
	int extra; /* bytes of the literal behind its first NUL; -1: its last one is behind the text */
	bool holds;
} chains[] = {
	{ "three", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\n", 0, true },
	{ "CR LF", BLOCK("AAAA") "\r\n" BLOCK("BBBB") "\r\n" BLOCK("CCCC") "\r\n", 0, true },
	{ "no newline at the end", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC"), 0, true },
	{ "a NUL at the end", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\n", 1, true },
	{ "a newline behind the end", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\n", -1, true },
	{ "two NULs", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\n\0", 2, false },
	{ "two", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n", 0, false },
	{ "four", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\n" BLOCK("CCCC"), 0, false },
	{ "text between", BLOCK("AAAA") "\nx\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\n", 0, false },
	{ "text behind", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n" BLOCK("CCCC") "\nx", 0, false },
	{ "another label", BLOCK("AAAA") "\n" BLOCK("BBBB") "\n-----BEGIN CRL-----\nCCCC\n-----END CRL-----", 0, false },
	{ "no PEM", "AAAA", 0, false },
	{ "nothing", "", 0, false },
};

static void chains_have_three_certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(chains); i++) {
		static struct pck_chain c;
		struct cloister_fault why;
		struct bytes text = bytes_of(chains[i].text, (size_t)((int)strlen(chains[i].text) + chains[i].extra));
		enum cloister_err err = pck_chain_read(text, &c, &why);
		if ((err == CLOISTER_OK) != chains[i].holds)
			fail_msg("%s: %s", chains[i].name, err ? why.what : "accepted");
		for (size_t k = 0; !err && k < 3; k++)
			assert_int_equal(c.certs[k].len, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_is_read),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(one_wrong_byte_is_named),
		cmocka_unit_test(lengths_must_agree),
		cmocka_unit_test(other_certification_is_refused),
		cmocka_unit_test(only_zeros_may_follow),
		cmocka_unit_test(qe_auth_data_may_be_empty),
		cmocka_unit_test(a_stranger_is_told_apart),
		cmocka_unit_test(quotes_are_recognised),
		cmocka_unit_test(a_fault_is_optional),
		cmocka_unit_test(chains_have_three_certificates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
