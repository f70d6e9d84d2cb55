/* SPDX-License-Identifier: Apache-2.0 */
/* pck_test.c - PCK extensions of our own, right and wrong in one item each. */

#include "base/test.h"
#include "evidence/forge_dcap.h"
#include "evidence/forge_der.h"
#include "evidence/pck.h"

static void extension(const struct pck_item *items, bool platform, struct buf *out)
{
	*out = (struct buf)BUF_INIT(4096);
	forge_pck_extension(items, platform, out);
	assert_false(out->failed);
}

/* What the rows below change. */
static void standard(struct pck_item items[static PCK_ITEMS])
{
	forge_pck_items(items);
	items[PCK_SVN_1 + 2].value = "00";
	items[PCK_PCESVN].value = "0b0c";
	items[PCK_FMSPC].value = "00806f050000";
}

static void both_forms_are_read(void **state)
{
	struct pck_item items[PCK_ITEMS];
	struct cloister_fault why;
	struct buf b;
	struct pck p;

	(void)state;
	standard(items);
	for (int platform = 0; platform < 2; platform++) {
		extension(items, platform, &b);
		WANT_OK(pck_read(buf_bytes(&b), &p, &why), &why);
		assert_int_equal(p.ppid.len, 16);
		assert_int_equal(p.ppid.data[0], 0x11);
		assert_int_equal(p.components[0], 5);
		assert_int_equal(p.components[1], 255);
		assert_int_equal(p.components[2], 0);
		assert_int_equal(p.pcesvn, 0x0b0c);
		assert_int_equal(p.cpu_svn.data[0], 0x22);
		assert_memory_equal(p.pceid.data, "\0\1", 2);
		assert_memory_equal(p.fmspc.data, "\0\x80\x6f\5\0\0", 6);
		assert_int_equal(p.sgx_type, 1);
		assert_int_equal(p.has_platform, platform);
		assert_int_equal(p.platform_id.len, platform ? 16 : 0);
		assert_int_equal(p.dynamic_platform, platform);
		assert_false(p.cached_keys);
		assert_int_equal(p.smt, platform);
		buf_fini(&b);
	}
}

static const struct {
	const char *name;
	size_t at;
	struct pck_item is;
	const char *field;
} bad[] = {
	{ "no PPID", PCK_PPID, { 0 }, "ppid" },
	{ "PPID short", PCK_PPID, { "01", "04", "1111" }, "ppid" },
	{ "PPID of another OID", PCK_PPID, { "08", "04", "11111111111111111111111111111111" }, "ppid" },
	{ "PPID of another type", PCK_PPID, { "01", "02", "11111111111111111111111111111111" }, "ppid" },
	{ "SVN 256", PCK_SVN_1, { "0201", "02", "0100" }, "tcb component svn" },
	{ "SVN negative", PCK_SVN_1, { "0201", "02", "85" }, "tcb component svn" },
	{ "SVN empty", PCK_SVN_1, { "0201", "02", "" }, "tcb component svn" },
	{ "SVN in long form", PCK_SVN_1, { "0201", "02", "0005" }, "tcb component svn" },
	{ "SVN of four bytes", PCK_SVN_1, { "0201", "02", "00000005" }, "tcb component svn" },
	{ "SVN of five bytes", PCK_SVN_1, { "0201", "02", "0100000005" }, "tcb component svn" },
	{ "SVN 128 in one byte", PCK_SVN_1, { "0201", "02", "80" }, "tcb component svn" },
	{ "SVN 2 twice", PCK_SVN_1, { "0202", "02", "05" }, "tcb component svn" },
	{ "SVN 16 missing", PCK_SVN_16, { 0 }, "tcb component svn" },
	{ "OID longer", PCK_SVN_1, { "020101", "02", "05" }, "tcb component svn" },
	{ "PCESVN 65536", PCK_PCESVN, { "0211", "02", "010000" }, "pcesvn" },
	{ "no CPUSVN", PCK_CPUSVN, { 0 }, "cpusvn" },
	{ "CPUSVN long", PCK_CPUSVN, { "0212", "04", "2222222222222222222222222222222222" }, "cpusvn" },
	{ "PCEID short", PCK_PCEID, { "03", "04", "00" }, "pceid" },
	{ "FMSPC long", PCK_FMSPC, { "04", "04", "00806f05000000" }, "fmspc" },
	{ "type 3", PCK_TYPE, { "05", "0a", "03" }, "sgx type" },
	{ "type an INTEGER", PCK_TYPE, { "05", "02", "01" }, "sgx type" },
	{ "no instance id", PCK_PLATFORM, { 0 }, "platform instance id" },
	{ "smt half true", PCK_SMT, { "0703", "01", "01" }, "smt enabled" },
	{ "no cached keys", PCK_CACHED, { 0 }, "cached keys" },
};

static void one_wrong_item_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct pck_item items[PCK_ITEMS];
		struct cloister_fault why;
		struct buf b;
		struct pck p;
		standard(items);
		items[bad[i].at] = bad[i].is;
		extension(items, true, &b);
		enum cloister_err err = pck_read(buf_bytes(&b), &p, &why);
		if (err != CLOISTER_E_MALFORMED || strcmp(why.what, bad[i].field) != 0)
			fail_msg("%s: %s at %zu", bad[i].name, err ? why.what : "accepted", why.at);
		buf_fini(&b);
	}
}

/* The largest numbers, and the smallest that need a zero in front. */
static void numbers_are_read_whole(void **state)
{
	static const struct {
		size_t at;
		const char *value;
		uint16_t due;
	} rows[] = {
		{ PCK_SVN_1, "7f", 127 },	  { PCK_SVN_1, "0080", 128 },	    { PCK_SVN_1, "00ff", 255 },
		{ PCK_PCESVN, "00ffff", 65535 }, { PCK_PCESVN, "7fff", 32767 }, { PCK_PCESVN, "00", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		struct pck_item items[PCK_ITEMS];
		struct cloister_fault why;
		struct buf b;
		struct pck p;
		standard(items);
		items[rows[i].at].value = rows[i].value;
		extension(items, true, &b);
		WANT_OK(pck_read(buf_bytes(&b), &p, &why), &why);
		assert_int_equal(rows[i].at == PCK_PCESVN ? p.pcesvn : p.components[0], rows[i].due);
		buf_fini(&b);
	}
}

static void types_and_flags_are_read(void **state)
{
	static const char *const types[] = { "00", "01", "02" };

	(void)state;
	for (uint8_t i = 0; i < 8; i++) {
		struct pck_item items[PCK_ITEMS];
		struct cloister_fault why;
		struct buf b;
		struct pck p;
		standard(items);
		items[PCK_TYPE].value = types[i % 3];
		items[PCK_DYNAMIC].value = i & 1 ? "ff" : "00";
		items[PCK_CACHED].value = i & 2 ? "ff" : "00";
		items[PCK_SMT].value = i & 4 ? "ff" : "00";
		extension(items, true, &b);
		WANT_OK(pck_read(buf_bytes(&b), &p, &why), &why);
		assert_int_equal(p.sgx_type, i % 3);
		assert_int_equal(p.dynamic_platform, i & 1);
		assert_int_equal(p.cached_keys, i >> 1 & 1);
		assert_int_equal(p.smt, i >> 2 & 1);
		buf_fini(&b);
	}
}

/* A copy of DER in which sequence number *at has a NULL behind its last element. */
static void copy_with_more(struct bytes in, int *at, struct buf *out)
{
	while (in.len > 0) {
		size_t head = in.data[1] < 0x80 ? 2 : in.data[1] == 0x81 ? 3 : 4;
		size_t len = in.data[1] < 0x80 ? in.data[1] : in.data[head - 1];
		if (head == 4)
			len += (size_t)in.data[2] << 8;
		if (in.data[0] == 0x30) {
			struct buf inner = FORGE_DER_BUF;
			bool is_it = (*at)-- == 0;
			copy_with_more(bytes_of(in.data + head, len), at, &inner);
			if (is_it)
				buf_put(&inner, "\x05\x00", 2);
			forge_wrap(out, 0x30, &inner);
		} else {
			buf_put(out, in.data, head + len);
		}
		in = bytes_of(in.data + head + len, in.len - head - len);
	}
}

static void nothing_may_follow_in_any_sequence(void **state)
{
	struct pck_item items[PCK_ITEMS];
	struct cloister_fault why;
	int n = 0, left = -1;
	struct buf b;
	struct pck p;

	(void)state;
	standard(items);
	extension(items, true, &b);
	for (;; n++) {
		struct buf more = FORGE_DER_BUF;
		left = n;
		copy_with_more(buf_bytes(&b), &left, &more);
		enum cloister_err err = pck_read(buf_bytes(&more), &p, &why);
		buf_fini(&more);
		if (left >= 0) { /* there are no more */
			WANT_OK(err, &why);
			break;
		}
		assert_int_equal(err, CLOISTER_E_MALFORMED);
	}
	assert_int_equal(n, 1 + 1 + 2 + 18 + 3 + 1 + 2 + 3);
	buf_fini(&b);
}

/* Every byte of every item's OID. */
static void oids_are_compared_whole(void **state)
{
	struct pck_item items[PCK_ITEMS];
	struct buf b;
	struct pck p;
	size_t n = 0;

	(void)state;
	standard(items);
	extension(items, true, &b);
	for (uint8_t *at = b.data; (at = memmem(at, b.len - (size_t)(at - b.data), pck_extension_oid.data,
						pck_extension_oid.len)); at++, n++)
		for (size_t i = 0; i <= pck_extension_oid.len; i++) {
			at[i] ^= 1;
			assert_int_equal(pck_read(buf_bytes(&b), &p, NULL), CLOISTER_E_MALFORMED);
			at[i] ^= 1;
		}
	assert_int_equal(n, 1 + 1 + 18 + 3 + 1 + 1 + 3);
	assert_int_equal(pck_read(buf_bytes(&b), &p, NULL), CLOISTER_OK);
	buf_fini(&b);
}

static void every_prefix_is_refused(void **state)
{
	struct pck_item items[PCK_ITEMS];
	struct buf b;
	struct pck p;

	(void)state;
	standard(items);
	extension(items, true, &b);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		memcpy(copy, b.data, len);
		assert_int_not_equal(pck_read(bytes_of(copy, len), &p, NULL), CLOISTER_OK);
		free(copy);
	}
	buf_byte(&b, 0);
	assert_int_not_equal(pck_read(buf_bytes(&b), &p, NULL), CLOISTER_OK);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_read),
		cmocka_unit_test(one_wrong_item_is_named),
		cmocka_unit_test(numbers_are_read_whole),
		cmocka_unit_test(types_and_flags_are_read),
		cmocka_unit_test(nothing_may_follow_in_any_sequence),
		cmocka_unit_test(oids_are_compared_whole),
		cmocka_unit_test(every_prefix_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
