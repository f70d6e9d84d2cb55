/* SPDX-License-Identifier: Apache-2.0 */
/* shelf_test.c - what is in a directory, whole or not at all, in one order. */

#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "collateral/shelf.h"

static char folder[] = "/tmp/cloister-shelf-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "deep/er/b.der", "deep/er/a.json", "deep/er/.hidden.der",
		"deep/er/README", "deep/er/gone.der", "deep/er/dir.der", "deep/er", "deep", "odd.json",
		"large.der" };
	char path[4096];

	(void)state;
	for (size_t i = 0; i < N_OF(names); i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		remove(path);
	}
	return rmdir(folder);
}

static const char *in(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static enum cloister_err note(void *ctx, const char *name, struct bytes content, struct cloister_fault *why)
{
	(void)why;
	buf_print(ctx, "%s=%zu ", name, content.len);
	return CLOISTER_OK;
}

static void keeps_pieces(void **state)
{
	own(shelf_close) struct shelf s = SHELF_INIT;
	own(buf_fini) struct buf seen = BUF_INIT(1024), one = BUF_INIT(1024);
	struct cloister_fault why = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(shelf_open(in("deep/er"), false, &s, &why), CLOISTER_E_MISSING);
	WANT_OK(shelf_open(in("deep/er"), true, &s, &why), &why);
	assert_int_equal(stat(in("deep"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	umask(077); /* must not decide */
	WANT_OK(shelf_put(&s, "b.der", bytes_text("bb"), &why), &why);
	WANT_OK(shelf_put(&s, "a.json", bytes_text("longer than the next"), &why), &why);
	WANT_OK(shelf_put(&s, "a.json", bytes_text("{}"), &why), &why);
	WANT_OK(shelf_put(&s, ".hidden.der", bytes_text("x"), &why), &why);
	WANT_OK(shelf_put(&s, "README", bytes_text("x"), &why), &why);
	assert_int_equal(mkdir(in("deep/er/dir.der"), 0700), 0);
	assert_int_equal(symlink("nowhere", in("deep/er/gone.der")), 0);
	assert_int_equal(stat(in("deep/er/b.der"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0644);
	WANT_OK(shelf_each(&s, note, &seen, &why), &why);
	assert_string_equal(buf_string(&seen), "a.json=2 b.der=2 ");
	WANT_OK(shelf_get(&s, "b.der", &one, &why), &why);
	assert_int_equal(one.len, 2);
	assert_int_equal(shelf_get(&s, "c.der", &one, &why), CLOISTER_E_MISSING);
}

static void names_the_file(void **state)
{
	own(shelf_close) struct shelf s = SHELF_INIT;
	struct cloister_fault why = { 0 };
	struct cloister_trust *trust = NULL;
	char *large = calloc(1, LIMIT_COLLATERAL + 1);

	(void)state;
	assert_non_null(large);
	WANT_OK(cloister_trust_new(&trust, &why), &why);
	WANT_OK(shelf_open(folder, false, &s, &why), &why);
	WANT_OK(shelf_give(folder, BYTES_NONE, trust, &why), &why); /* nothing in it yet */
	WANT_OK(shelf_put(&s, "odd.json", bytes_text("{\"odd\":1}"), &why), &why);
	assert_int_equal(shelf_give(folder, BYTES_NONE, trust, &why), CLOISTER_E_UNSUPPORTED);
	assert_non_null(strstr(why.note, "odd.json: "));
	assert_int_equal(shelf_give(in("odd.json"), BYTES_NONE, trust, &why), CLOISTER_E_UNSUPPORTED);
	assert_non_null(strstr(why.note, "odd.json: "));
	assert_int_equal(shelf_give(in("none.json"), BYTES_NONE, trust, &why), CLOISTER_E_SYSTEM);
	assert_int_equal(unlink(in("odd.json")), 0);
	WANT_OK(shelf_put(&s, "large.der", bytes_of(large, LIMIT_COLLATERAL + 1), &why), &why);
	assert_int_equal(shelf_give(folder, BYTES_NONE, trust, &why), CLOISTER_E_LIMIT);
	cloister_trust_free(trust);
	free(large);
}

/* Of a fleet's certificates only those of the chip in the evidence are looked at. */
static void fleets_fit(void **state)
{
	own(shelf_close) struct shelf s = SHELF_INIT;
	static const uint8_t evidence[] = { 9, 9, 0, 0, 0, 0, 0, 0, 0, 77, 9 };
	struct cloister_fault why = { 0 };
	struct cloister_trust *trust = NULL;
	char name[64];

	(void)state;
	WANT_OK(cloister_trust_new(&trust, &why), &why);
	WANT_OK(shelf_open(in("fleet"), true, &s, &why), &why);
	for (unsigned i = 0; i <= SHELF_ALL + 1; i++) {
		snprintf(name, sizeof name, "amd-turin-vcek-%016x-fmc1.der", i);
		WANT_OK(shelf_put(&s, name, bytes_text("odd"), &why), &why);
		bool many = i >= SHELF_ALL;
		assert_int_equal(shelf_give(s.path, BYTES_NONE, trust, &why), many ? CLOISTER_OK : CLOISTER_E_UNSUPPORTED);
		assert_int_equal(shelf_give(s.path, BYTES_OF(evidence), trust, &why), CLOISTER_E_UNSUPPORTED);
		if (many)
			assert_non_null(strstr(why.note, "000000000000004d"));
	}
	for (unsigned i = 0; i <= SHELF_ALL + 1; i++) {
		snprintf(name, sizeof name, "fleet/amd-turin-vcek-%016x-fmc1.der", i);
		unlink(in(name));
	}
	rmdir(in("fleet"));
	cloister_trust_free(trust);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_file),
		cmocka_unit_test(keeps_pieces),
		cmocka_unit_test(fleets_fit),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
