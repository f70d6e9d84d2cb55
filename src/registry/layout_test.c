/* SPDX-License-Identifier: Apache-2.0 */
/* layout_test.c - what is named in a directory that others write too, and which blobs are believed. */

#include "base/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/layout.h"

#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

static char dir[] = "/tmp/cloister-layout-XXXXXX";
static uint8_t abc[SHA256_LEN]; /* the digest of "abc" */

static const char *path(const char *name)
{
	static char text[256];

	snprintf(text, sizeof text, "%s/l/%s", dir, name);
	return text;
}

static void put(const char *name, const char *text)
{
	struct cloister_fault why;

	WANT_OK(file_write(AT_FDCWD, path(name), 0644, bytes_text(text), &why), &why);
}

/* A layout of nothing. */
static int fresh(void **state)
{
	static struct layout l;
	struct cloister_fault why;
	size_t len;

	(void)hex_read(bytes_text(ABC), abc, sizeof abc, &len, &why);
	snprintf(dir, sizeof dir, "/tmp/cloister-layout-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	WANT_OK(layout_open(path(""), &l, &why), &why);
	*state = &l;
	return 0;
}

static int gone(void **state)
{
	static const char *const names[] = { ("blobs/sha256/" ABC), "index.json", "oci-layout", "other" };

	layout_close(*state);
	for (size_t i = 0; i < N_OF(names); i++)
		unlink(path(names[i]));
	/* Nothing else may lie about. */
	return rmdir(path("blobs/sha256")) || rmdir(path("blobs")) || rmdir(path("")) || rmdir(dir);
}

static struct layout_entry entry(const char *name, uint64_t size)
{
	struct layout_entry e = { .name = name, .media_type = "a/b", .arch = "amd64", .size = size };

	memcpy(e.digest, abc, sizeof e.digest);
	return e;
}

static void index_is(const char *want)
{
	own(buf_fini) struct buf text = BUF_INIT(4096);
	struct cloister_fault why;

	WANT_OK(file_read(AT_FDCWD, path("index.json"), 4096, &text, &why), &why);
	assert_string_equal(buf_string(&text), want);
}

#define HEAD "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":["
#define ENTRY(name, size)                                                                     \
	"{\"mediaType\":\"a/b\",\"digest\":\"sha256:" ABC "\",\"size\":" size                  \
	",\"platform\":{\"architecture\":\"amd64\",\"os\":\"linux\"},\"annotations\":{"        \
	"\"org.opencontainers.image.ref.name\":\"" name "\"}}"

static void names(void **state)
{
	const struct layout_entry x = entry("a.b/x:1", 3), y = entry("a.b/y:1", 4), z = entry("a.b/x:1", 5);
	struct cloister_fault why;

	WANT_OK(layout_name(*state, &x, &why), &why);
	index_is(HEAD ENTRY("a.b/x:1", "3") "]}");
	WANT_OK(layout_name(*state, &y, &why), &why);
	WANT_OK(layout_name(*state, &z, &why), &why);
	index_is(HEAD ENTRY("a.b/y:1", "4") "," ENTRY("a.b/x:1", "5") "]}");
}

/* What another program wrote stays as it was. */
static void others(void **state)
{
	const struct layout_entry x = entry("x", 3);
	struct cloister_fault why;

	put("index.json", "{ \"schemaVersion\": 2, \"annotations\": {\"k\": \"v\"}, \"manifests\": [ {\"size\": 1.0},"
			  " {\"annotations\": {\"org.opencontainers.image.ref.name\": \"\\u0078\"}}, 7 ] }");
	WANT_OK(layout_name(*state, &x, &why), &why);
	index_is(HEAD "{\"size\": 1.0},7," ENTRY("x", "3") "],\"annotations\":{\"k\": \"v\"}}");
}

static void damaged(void **state)
{
	static const char *const texts[] = { "", "{", "{}", "[]", "{\"manifests\":{}}" };
	const struct layout_entry x = entry("x", 3);
	struct cloister_fault why;

	for (size_t i = 0; i < N_OF(texts); i++) {
		put("index.json", texts[i]);
		assert_int_equal(layout_name(*state, &x, &why), CLOISTER_E_MALFORMED);
		index_is(texts[i]);
	}
}

static void versions(void **state)
{
	struct layout l = LAYOUT_INIT;
	struct cloister_fault why;

	(void)state;
	put("oci-layout", "{\"imageLayoutVersion\":\"2.0.0\"}");
	assert_int_equal(layout_open(path(""), &l, &why), CLOISTER_E_UNSUPPORTED);
	put("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\",\"more\":1}");
	WANT_OK(layout_open(path(""), &l, &why), &why);
	layout_close(&l);
	assert_int_equal(layout_open(path("oci-layout"), &l, &why), CLOISTER_E_SYSTEM);
	assert_int_equal(layout_open(path("no/such"), &l, &why), CLOISTER_E_SYSTEM);
}

static bool there(const struct layout *l, uint64_t size)
{
	struct cloister_fault why;
	bool is = false;

	WANT_OK(layout_check(l, abc, size, &is, &why), &why);
	return is;
}

static enum cloister_err reads(const struct layout *l, size_t max)
{
	own(buf_fini) struct buf out = BUF_INIT(max);
	enum cloister_err err;

	buf_text(&out, "-");
	err = layout_read(l, abc, &out, NULL);
	assert_string_equal(buf_string(&out), err ? "-" : "-abc");
	return err;
}

static void blobs(void **state)
{
	struct cloister_fault why;

	assert_false(there(*state, 3));
	assert_int_equal(reads(*state, 100), CLOISTER_E_MISSING);
	WANT_OK(layout_put(*state, abc, bytes_text("abc"), &why), &why);
	assert_true(there(*state, 3));
	assert_false(there(*state, 2));
	assert_int_equal(reads(*state, 4), CLOISTER_OK);
	assert_int_equal(reads(*state, 3), CLOISTER_E_LIMIT);
	put("blobs/sha256/" ABC, "abd");
	assert_false(there(*state, 3));
	assert_int_equal(reads(*state, 100), CLOISTER_E_MISSING);
	/* What is elsewhere today may be something else tomorrow. */
	put("other", "abc");
	assert_int_equal(unlink(path("blobs/sha256/" ABC)), 0);
	assert_int_equal(symlink("../../other", path("blobs/sha256/" ABC)), 0);
	assert_false(there(*state, 3));
	WANT_OK(layout_put(*state, abc, bytes_text("abc"), &why), &why);
	assert_true(there(*state, 3));
	assert_int_equal(unlink(path("blobs/sha256/" ABC)), 0);
	assert_int_equal(mkfifo(path("blobs/sha256/" ABC), 0600), 0);
	assert_false(there(*state, 0));
}

/* One that was not committed leaves nothing (gone() looks), and the one before stays. */
static void dropped(void **state)
{
	struct cloister_fault why;

	WANT_OK(layout_put(*state, abc, bytes_text("abc"), &why), &why);
	for (int commits = 0; commits < 2; commits++) {
		own(file_drop) struct file_new f = FILE_NEW_INIT;
		WANT_OK(layout_new(*state, abc, &f, &why), &why);
		WANT_OK(io_write_full(f.fd, "abx", 3, &why), &why);
		if (commits)
			WANT_OK(file_commit(&f, &why), &why);
		else
			assert_true(there(*state, 3));
	}
	assert_false(there(*state, 3));
}

int main(void)
{
#define FRESH(test) cmocka_unit_test_setup_teardown(test, fresh, gone)
	const struct CMUnitTest tests[] = {
		FRESH(names), FRESH(others), FRESH(damaged), FRESH(versions), FRESH(blobs), FRESH(dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
