/* SPDX-License-Identifier: Apache-2.0 */
/* pck_test.c - PCK extensions of our own, right and wrong in one item each. */

#include <stdio.h>

#include "base/mem.h"
#include "base/test.h"
#include "evidence/pck.h"

/* An item of the extension as text: arcs below Intel's, tag and value in hex. */
struct item {
	const char *arcs, *tag, *value;
};

#define N_ITEMS 26u

/* Where in the list the items of the inner sequences stand. */
enum { PPID, SVN_1, SVN_16 = SVN_1 + 15, PCESVN, CPUSVN, PCEID, FMSPC, TYPE, PLATFORM, DYNAMIC, CACHED, SMT };

static void standard(struct item items[static N_ITEMS])
{
	static const char *const arcs[] = { "0201", "0202", "0203", "0204", "0205", "0206",
					    "0207", "0208", "0209", "020a", "020b", "020c",
					    "020d", "020e", "020f", "0210" };

	items[PPID] = (struct item){ "01", "04", "11111111111111111111111111111111" };
	for (size_t i = 0; i < 16; i++)
		items[SVN_1 + i] = (struct item){ arcs[i], "02", "05" };
	items[SVN_1 + 1].value = "00ff";
	items[SVN_1 + 2].value = "00";
	items[PCESVN] = (struct item){ "0211", "02", "0b0c" };
	items[CPUSVN] = (struct item){ "0212", "04", "22222222222222222222222222222222" };
	items[PCEID] = (struct item){ "03", "04", "0001" };
	items[FMSPC] = (struct item){ "04", "04", "00806f050000" };
	items[TYPE] = (struct item){ "05", "0a", "01" };
	items[PLATFORM] = (struct item){ "06", "04", "33333333333333333333333333333333" };
	items[DYNAMIC] = (struct item){ "0701", "01", "ff" };
	items[CACHED] = (struct item){ "0702", "01", "00" };
	items[SMT] = (struct item){ "0703", "01", "ff" };
}

static void tlv(struct buf *out, unsigned tag, struct bytes v)
{
	buf_byte(out, (uint8_t)tag);
	if (v.len > 127)
		buf_byte(out, v.len > 255 ? 0x82 : 0x81);
	if (v.len > 255)
		buf_byte(out, (uint8_t)(v.len >> 8));
	buf_byte(out, (uint8_t)v.len);
	buf_put(out, v.data, v.len);
}

/* SEQUENCE {OID, whatever `value` holds already encoded}. */
static void named(struct buf *out, const char *arcs_hex, struct bytes value)
{
	static const uint8_t base[] = { 0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01 };
	struct buf oid = BUF_INIT(64), both = BUF_INIT(4096);
	size_t len;
	uint8_t *arcs = test_hex(arcs_hex, &len);

	buf_put(&oid, base, sizeof base);
	buf_put(&oid, arcs, len);
	tlv(&both, 0x06, buf_bytes(&oid));
	buf_put(&both, value.data, value.len);
	tlv(out, 0x30, buf_bytes(&both));
	free(arcs);
	buf_fini(&oid);
	buf_fini(&both);
}

static void one(struct buf *out, const struct item *it)
{
	struct buf value = BUF_INIT(256);
	size_t len, tag_len;

	if (!it->arcs)
		return;
	uint8_t *tag = test_hex(it->tag, &tag_len), *bytes = test_hex(it->value, &len);
	tlv(&value, tag[0], bytes_of(bytes, len));
	named(out, it->arcs, buf_bytes(&value));
	free(tag);
	free(bytes);
	buf_fini(&value);
}

static void sequence_of(struct buf *out, const char *arcs, const struct item *items, size_t n)
{
	struct buf list = BUF_INIT(4096), seq = BUF_INIT(4096);

	for (size_t i = 0; i < n; i++)
		one(&list, &items[i]);
	tlv(&seq, 0x30, buf_bytes(&list));
	named(out, arcs, buf_bytes(&seq));
	buf_fini(&list);
	buf_fini(&seq);
}

static void extension(const struct item *items, bool platform, struct buf *out)
{
	struct buf list = BUF_INIT(4096);

	*out = (struct buf)BUF_INIT(4096);
	one(&list, &items[PPID]);
	sequence_of(&list, "02", items + SVN_1, CPUSVN + 1 - SVN_1);
	for (size_t i = PCEID; i <= (platform ? PLATFORM : TYPE); i++)
		one(&list, &items[i]);
	if (platform)
		sequence_of(&list, "07", items + DYNAMIC, 3);
	tlv(out, 0x30, buf_bytes(&list));
	buf_fini(&list);
}

static void both_forms_are_read(void **state)
{
	struct item items[N_ITEMS];
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
	struct item is;
	const char *field;
} bad[] = {
	{ "no PPID", PPID, { 0 }, "ppid" },
	{ "PPID short", PPID, { "01", "04", "1111" }, "ppid" },
	{ "PPID of another OID", PPID, { "08", "04", "11111111111111111111111111111111" }, "ppid" },
	{ "PPID of another type", PPID, { "01", "02", "11111111111111111111111111111111" }, "ppid" },
	{ "SVN 256", SVN_1, { "0201", "02", "0100" }, "tcb component svn" },
	{ "SVN negative", SVN_1, { "0201", "02", "85" }, "tcb component svn" },
	{ "SVN empty", SVN_1, { "0201", "02", "" }, "tcb component svn" },
	{ "SVN in long form", SVN_1, { "0201", "02", "0005" }, "tcb component svn" },
	{ "SVN of four bytes", SVN_1, { "0201", "02", "00000005" }, "tcb component svn" },
	{ "SVN 2 twice", SVN_1, { "0202", "02", "05" }, "tcb component svn" },
	{ "SVN 16 missing", SVN_16, { 0 }, "tcb component svn" },
	{ "OID longer", SVN_1, { "020101", "02", "05" }, "tcb component svn" },
	{ "PCESVN 65536", PCESVN, { "0211", "02", "010000" }, "pcesvn" },
	{ "no CPUSVN", CPUSVN, { 0 }, "cpusvn" },
	{ "CPUSVN long", CPUSVN, { "0212", "04", "2222222222222222222222222222222222" }, "cpusvn" },
	{ "PCEID short", PCEID, { "03", "04", "00" }, "pceid" },
	{ "FMSPC long", FMSPC, { "04", "04", "00806f05000000" }, "fmspc" },
	{ "type 3", TYPE, { "05", "0a", "03" }, "sgx type" },
	{ "type an INTEGER", TYPE, { "05", "02", "01" }, "sgx type" },
	{ "no instance id", PLATFORM, { 0 }, "platform instance id" },
	{ "smt half true", SMT, { "0703", "01", "01" }, "smt enabled" },
	{ "no cached keys", CACHED, { 0 }, "cached keys" },
};

static void one_wrong_item_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct item items[N_ITEMS];
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

static void every_prefix_is_refused(void **state)
{
	struct item items[N_ITEMS];
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
		cmocka_unit_test(every_prefix_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
