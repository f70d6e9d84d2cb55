/* SPDX-License-Identifier: Apache-2.0 */
/* The synthetic images of the shared vectors get their published measurements; JSON round trip. */

#include "image/measure.h"

#include <fcntl.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "sys/io.h"

static const char *vector_path(const char *name)
{
	static char path[4096];
	const char *source = getenv("CLOISTER_SOURCE");

	snprintf(path, sizeof path, "%s/../shared/vectors/nitro/eif-synthetic/%s", source ? source : ".",
		 name);
	return path;
}

static void expect_pcr(struct json want, const char *name, const uint8_t got[PCR_LEN])
{
	char hex[2 * PCR_LEN + 1];

	hex_write(bytes_of(got, PCR_LEN), hex);
	assert_true(json_is(json_get(want, name), hex));
}

static void one_vector(struct json index, const char *name)
{
	own(drop_map) struct bytes file = BYTES_NONE;
	struct json want = json_get(index, name);
	struct cloister_fault why;
	struct measurements m;
	struct eif e;

	assert_int_equal(want.type, JSON_OBJECT);
	assert_int_equal(file_map(AT_FDCWD, vector_path(name), LIMIT_EIF, &file, &why), CLOISTER_OK);
	assert_int_equal(eif_read(file, &e, &why), CLOISTER_OK);
	assert_int_equal(measure(&e, &m, &why), CLOISTER_OK);
	expect_pcr(want, "PCR0", m.pcr0);
	expect_pcr(want, "PCR1", m.pcr1);
	expect_pcr(want, "PCR2", m.pcr2);
	assert_int_equal(m.is_signed, json_get(want, "PCR8").type != JSON_NONE);
	if (m.is_signed)
		expect_pcr(want, "PCR8", m.pcr8);
	/* the kernels of these files are no kernels, and that is another question's answer */
	assert_int_equal(eif_check_kernel(&e, &why), CLOISTER_E_MALFORMED);
}

static void synthetic_vectors(void **state)
{
	static const char *const names[] = { "one-ramdisk.eif", "two-ramdisks.eif",
					     "three-ramdisks.eif", "signed.eif",
					     "two-ramdisks-cmdline-cut9.eif" };
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	struct cloister_fault why;
	struct json index;

	(void)state;
	if (access(vector_path("eif-vectors.json"), R_OK) != 0) {
		print_message("skipped: there are no shared vectors beside this checkout\n");
		skip();
	}
	assert_int_equal(file_read(AT_FDCWD, vector_path("eif-vectors.json"), LIMIT_JSON, &text, &why),
			 CLOISTER_OK);
	assert_int_equal(json_read(buf_bytes(&text), &index, &why), CLOISTER_OK);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		one_vector(index, names[i]);
}

/* Section 2.1 of Nitro's rules: no second ramdisk leaves the hash of nothing inside PCR2. */
static void no_workload(void **state)
{
	static const char want[] = "21b9efbc184807662e966d34f390821309eeac6802309798826296bf3e8bec7c"
				   "10edb30948c90ba67310f7b964fc500a";
	const struct eif_part parts[] = {
		{ EIF_KERNEL, bytes_text("kernel"), 6 },
		{ EIF_CMDLINE, bytes_text("quiet"), 5 },
		{ EIF_METADATA, bytes_text("{}"), 2 },
		{ EIF_RAMDISK, bytes_text("ramdisk"), 7 },
	};
	own(buf_fini) struct buf file = BUF_INIT(1 << 20);
	char hex[2 * PCR_LEN + 1];
	struct cloister_fault why;
	struct measurements m;
	struct eif e;

	(void)state;
	assert_int_equal(eif_write(false, parts, 4, &file, &why), CLOISTER_OK);
	assert_int_equal(eif_read(buf_bytes(&file), &e, &why), CLOISTER_OK);
	assert_int_equal(measure(&e, &m, &why), CLOISTER_OK);
	hex_write(BYTES_OF(m.pcr2), hex);
	assert_string_equal(hex, want);
	assert_memory_equal(m.pcr0, m.pcr1, PCR_LEN);
	assert_true(mem_is_zero(m.pcr8, PCR_LEN) && !m.is_signed);
}

#define H48 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"

static const struct {
	const char *name, *text;
	enum cloister_err err;
	const char *what;
} json_rows[] = {
	{ "plain", "{\"hash_algorithm\":\"SHA384\",\"pcr0\":\"" H48 "\",\"pcr1\":\"" H48 "\",\"pcr2\":\"" H48 "\"}", 0, NULL },
	{ "nested", "{\"image\":1,\"measurements\":{\"hash_algorithm\":\"SHA384\",\"pcr0\":\"" H48 "\",\"pcr1\":\"" H48 "\",\"pcr2\":\"" H48 "\",\"pcr8\":\"" H48 "\"}}", 0, NULL },
	{ "no pcr1", "{\"hash_algorithm\":\"SHA384\",\"pcr0\":\"" H48 "\",\"pcr2\":\"" H48 "\"}", CLOISTER_E_MALFORMED, "pcr1" },
	{ "short pcr2", "{\"hash_algorithm\":\"SHA384\",\"pcr0\":\"" H48 "\",\"pcr1\":\"" H48 "\",\"pcr2\":\"00\"}", CLOISTER_E_MALFORMED, "pcr2" },
	{ "bad pcr8", "{\"hash_algorithm\":\"SHA384\",\"pcr0\":\"" H48 "\",\"pcr1\":\"" H48 "\",\"pcr2\":\"" H48 "\",\"pcr8\":null}", CLOISTER_E_MALFORMED, "pcr8" },
	{ "other hash", "{\"hash_algorithm\":\"SHA256\",\"pcr0\":\"" H48 "\",\"pcr1\":\"" H48 "\",\"pcr2\":\"" H48 "\"}", CLOISTER_E_UNSUPPORTED, "hash_algorithm" },
	{ "unknown member", "{\"hash_algorithm\":\"SHA384\",\"pcr0\":\"" H48 "\",\"pcr1\":\"" H48 "\",\"pcr2\":\"" H48 "\",\"pcr3\":\"\"}", CLOISTER_E_MALFORMED, "measurements" },
	{ "no JSON", "pcr0", CLOISTER_E_MALFORMED, "json" },
};

static void json_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof json_rows / sizeof *json_rows; i++) {
		struct cloister_fault why = { 0 };
		struct measurements m;
		enum cloister_err err = measurements_read(bytes_text(json_rows[i].text), &m, &why);

		print_message("%s\n", json_rows[i].name);
		assert_int_equal(err, json_rows[i].err);
		if (err) {
			assert_string_equal(why.what, json_rows[i].what);
			continue;
		}
		own(buf_fini) struct buf text = BUF_INIT(4096);
		struct json_out w = json_out(&text);
		struct measurements back;
		measurements_put(&w, NULL, &m);
		assert_int_equal(measurements_read(buf_bytes(&text), &back, &why), CLOISTER_OK);
		assert_memory_equal(&back, &m, sizeof m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(synthetic_vectors),
		cmocka_unit_test(no_workload),
		cmocka_unit_test(json_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
