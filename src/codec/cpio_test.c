/* SPDX-License-Identifier: Apache-2.0 */
/* newc archives: written the same each time, walked, found in; every tampering refused where it is. */

#include "base/test.h"

#include <stdio.h>

#include "codec/cpio.h"

/* "init" with "INIT", "dev", then the trailer: entries at 0, 120 and 236. */
static void make(struct buf *out)
{
	struct cpio_out c = cpio_out(out);

	cpio_put_file(&c, "init", 0755, bytes_text("INIT"));
	cpio_put_dir(&c, "dev", 0755);
	cpio_end(&c, 512);
}

static void exact_bytes(void **state)
{
	static const char want[] =
		"070701" "00000001" "000081ED" "00000000" "00000000" "00000001" "00000000" "00000004"
		"00000000" "00000000" "00000000" "00000000" "00000005" "00000000" "init\0\0INIT"
		"070701" "00000002" "000041ED" "00000000" "00000000" "00000002" "00000000" "00000000"
		"00000000" "00000000" "00000000" "00000000" "00000004" "00000000" "dev\0\0\0"
		"070701" "00000000" "00000000" "00000000" "00000000" "00000001" "00000000" "00000000"
		"00000000" "00000000" "00000000" "00000000" "0000000B" "00000000" "TRAILER!!!\0\0\0\0";
	own(buf_fini) struct buf b = BUF_INIT(1 << 16);

	(void)state;
	make(&b);
	assert_int_equal(b.len, 512);
	assert_memory_equal(b.data, want, sizeof want - 1);
	assert_true(mem_is_zero(b.data + sizeof want - 1, 512 - (sizeof want - 1)));
}

static void walk(void **state)
{
	own(buf_fini) struct buf b = BUF_INIT(1 << 16);
	struct cloister_fault why;
	struct cpio_entry e;

	(void)state;
	make(&b);
	struct cpio c = cpio_open(buf_bytes(&b));
	WANT_OK(cpio_next(&c, &e, &why), &why);
	assert_true(bytes_are(e.name, "init") && bytes_are(e.content, "INIT"));
	assert_int_equal(e.mode, CPIO_FILE | 0755);
	WANT_OK(cpio_next(&c, &e, &why), &why);
	assert_true(bytes_are(e.name, "dev") && e.content.len == 0);
	assert_int_equal(e.mode, CPIO_DIR | 0755);
	WANT_OK(cpio_next(&c, &e, &why), &why);
	assert_true(c.end);
	assert_int_equal(cpio_behind(&c).len, 512 - c.at);
	assert_int_equal(cpio_next(&c, &e, &why), CLOISTER_E_USAGE);
}

static void find(void **state)
{
	own(buf_fini) struct buf b = BUF_INIT(1 << 16);
	struct cpio_out c = cpio_out(&b);
	struct cloister_fault why;
	struct cpio_entry e;

	(void)state;
	cpio_put_file(&c, "once", 0644, bytes_text("1"));
	cpio_put_file(&c, "twice", 0644, bytes_text("2"));
	cpio_put_file(&c, "twice", 0644, bytes_text("3"));
	cpio_end(&c, 4);
	WANT_OK(cpio_find(buf_bytes(&b), "once", &e, &why), &why);
	assert_true(bytes_are(e.content, "1"));
	assert_int_equal(cpio_find(buf_bytes(&b), "never", &e, &why), CLOISTER_E_MISSING);
	assert_int_equal(cpio_find(buf_bytes(&b), "twice", &e, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "the archive has twice twice");
}

/* Bytes put over the archive's; the first or second walk step refuses them. */
static const struct {
	const char *name;
	size_t at;
	const char *with;
	size_t len;
	const char *what, *note;
	size_t fault_at;
} rows[] = {
	{ "old magic", 0, "070707", 6, "magic", "no newc entry", 0 },
	{ "checksummed magic", 0, "070702", 6, "magic", "no newc entry", 0 },
	{ "sign in a number", 14, "-00081ED", 8, "mode", "not eight hex", 14 },
	{ "blank in a number", 46, "       0", 8, "mtime", "not eight hex", 46 },
	{ "an owner", 22, "00000001", 8, "uid", "not zero", 22 },
	{ "a hard link", 38, "00000002", 8, "nlink", "a hard link", 38 },
	{ "a time", 46, "00000001", 8, "mtime", "not zero", 46 },
	{ "a device", 78, "00000001", 8, "rdevmajor", "not zero", 78 },
	{ "0x in a number", 54, "0x000004", 8, "filesize", "not eight hex", 54 },
	{ "checksum", 102, "00000001", 8, "check", "checksum", 102 },
	{ "no name", 94, "00000001", 8, "namesize", "no name", 94 },
	{ "long name", 94, "00001001", 8, "namesize", "too long", 94 },
	{ "name without NUL", 114, "s", 1, "name", "does not end", 110 },
	{ "NUL inside a name", 111, "\0", 1, "name", "climbs", 110 },
	{ "absolute name", 110, "/nit", 4, "name", "absolute", 110 },
	{ "climbing name", 110, "../x", 4, "name", "climbs", 110 },
	{ "name with dot", 110, "./it", 4, "name", "climbs", 110 },
	{ "name with an empty part", 110, "i//t", 4, "name", "empty part", 110 },
	{ "name with slash at its end", 110, "ini/", 4, "name", "empty part", 110 },
	{ "padding", 115, "x", 1, "padding", "not zero", 115 },
	{ "content past the end", 54, "00001000", 8, "content", "ends inside", 116 },
	{ "size of 4 GiB", 54, "FFFFFFFF", 8, "content", "ends inside", 116 },
	{ "second magic", 120, "07070", 5, NULL, NULL, 0 },
	{ "trailer with content", 236 + 54, "00000004", 8, "trailer", "has content", 357 },
};

static enum cloister_err walk_all(struct bytes archive, struct cloister_fault *why)
{
	struct cpio c = cpio_open(archive);
	struct cpio_entry e;

	while (!c.end)
		TRY(cpio_next(&c, &e, why));
	return CLOISTER_OK;
}

static void tampered(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf b = BUF_INIT(1 << 16);
		struct cloister_fault why = { 0 };

		make(&b);
		memcpy(b.data + rows[i].at, rows[i].with, rows[i].len);
		enum cloister_err err = walk_all(buf_bytes(&b), &why);
		if (!rows[i].what) {
			assert_int_equal(err, CLOISTER_OK);
			continue;
		}
		if (err != CLOISTER_E_MALFORMED || strcmp(why.what, rows[i].what) ||
		    why.at != rows[i].fault_at || !strstr(why.note, rows[i].note))
			fail_msg("%s: %s %s at %zu: %s", rows[i].name, cloister_err_name(err),
				 err ? why.what : "", why.at, why.note);
	}
}

static void every_prefix(void **state)
{
	own(buf_fini) struct buf b = BUF_INIT(1 << 16);
	struct cloister_fault why;

	(void)state;
	make(&b);
	for (size_t len = 0; len < 360; len++) {
		uint8_t *copy = malloc(len + 1);
		memcpy(copy, b.data, len);
		assert_int_equal(walk_all(bytes_of(copy, len), &why), CLOISTER_E_MALFORMED);
		free(copy);
	}
	WANT_OK(walk_all(buf_bytes(&b), &why), &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(exact_bytes), cmocka_unit_test(walk),
					    cmocka_unit_test(find), cmocka_unit_test(tampered),
					    cmocka_unit_test(every_prefix) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
