/* SPDX-License-Identifier: Apache-2.0 */
/* log_test.c - records as they are written, read back, cut, and rotated, in a real directory. */

#include "enclave/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "sys/io.h"

#define NOON 1795521600123u /* 2026-11-24T12:00:00.123Z */

static char dir_name[64];
static int dir = -1;

static int set_up(void **state)
{
	(void)state;
	snprintf(dir_name, sizeof dir_name, "/tmp/cloister-log-XXXXXX");
	dir = mkdtemp(dir_name) ? open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return dir < 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlinkat(dir, "t", 0);
	unlinkat(dir, "t.1", 0);
	close(dir);
	return rmdir(dir_name);
}

static void content(const char *name, struct buf *out)
{
	struct cloister_fault why = { 0 };

	WANT_OK(file_read(dir, name, 1u << 20, out, &why), &why);
}

/* What is written for some output, and that nothing else is. */
static void records(void **state)
{
	(void)state;
	static const struct {
		enum log_stream stream;
		const char *text, *want;
	} rows[] = {
		{ LOG_STDOUT, "", "" },
		{ LOG_STDOUT, "a\n", "2026-11-24T12:00:00.123Z stdout F a\n" },
		{ LOG_STDERR, "a", "2026-11-24T12:00:00.123Z stderr P a\n" },
		{ LOG_STDOUT, "\n", "2026-11-24T12:00:00.123Z stdout F \n" },
		{ LOG_STDOUT, "a\nb", "2026-11-24T12:00:00.123Z stdout F a\n2026-11-24T12:00:00.123Z stdout P b\n" },
		/* A workload that writes a record of its own writes a line of output. */
		{ LOG_STDOUT, "x\n2026-11-24T12:00:00.123Z event F forged\n",
		  "2026-11-24T12:00:00.123Z stdout F x\n"
		  "2026-11-24T12:00:00.123Z stdout F 2026-11-24T12:00:00.123Z event F forged\n" },
		{ LOG_EVENT, "started\n", "2026-11-24T12:00:00.123Z event F started\n" },
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf got = BUF_INIT(1u << 20);
		struct log l;

		unlinkat(dir, "t", 0);
		assert_int_equal(log_open(&l, dir, "t", 1u << 20, NULL), CLOISTER_OK);
		log_record(&l, NOON, rows[i].stream, bytes_text(rows[i].text));
		log_close(&l);
		content("t", &got);
		assert_string_equal(buf_string(&got), rows[i].want);
	}
}

/* Any bytes come back: pieces joined, newlines where F says so. */
static void bytes_survive(void **state)
{
	(void)state;
	own(buf_fini) struct buf got = BUF_INIT(1u << 20), joined = BUF_INIT(1u << 20);
	static uint8_t in[40000];
	struct log l;

	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 7919 >> 3);
	unlinkat(dir, "t", 0);
	assert_int_equal(log_open(&l, dir, "t", 1u << 20, NULL), CLOISTER_OK);
	log_record(&l, NOON, LOG_STDOUT, BYTES_OF(in));
	log_close(&l);
	content("t", &got);
	for (size_t at = 0; at < got.len;) {
		const uint8_t *nl = memchr(got.data + at, '\n', got.len - at);
		struct log_line line;
		assert_non_null(nl);
		assert_true(log_line_read(bytes_of(got.data + at, (size_t)(nl - got.data) - at), &line));
		buf_put(&joined, line.text.data, line.text.len);
		if (line.whole)
			buf_byte(&joined, '\n');
		at = (size_t)(nl - got.data) + 1;
	}
	assert_true(bytes_equal(buf_bytes(&joined), BYTES_OF(in)));
}

static void lines_that_are_none(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"2026-11-24T12:00:00.123Z",
		"2026-11-24T12:00:00.123Z stdout",
		"2026-11-24T12:00:00.123Z stdout X a",
		"2026-11-24T12:00:00.123Z stdin F a",
		"2026-11-24T12:00:00Z stdout F a",
		" stdout F a",
	};

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct log_line l = { .whole = true };
		assert_false(log_line_read(bytes_text(rows[i]), &l));
		assert_true(l.whole);
	}
}

/* Whatever is written, both files together stay below the ceiling, and the newest is there. */
static void rotates(void **state)
{
	(void)state;
	own(buf_fini) struct buf newest = BUF_INIT(1u << 20), older = BUF_INIT(1u << 20);
	struct stat a, b = { 0 };
	char text[64];
	struct log l;

	unlinkat(dir, "t", 0);
	assert_int_equal(log_open(&l, dir, "t", 4096, NULL), CLOISTER_OK);
	for (int i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "line %d\n", i);
		log_record(&l, NOON, LOG_STDOUT, bytes_text(text));
		assert_int_equal(fstatat(dir, "t", &a, 0), 0);
		(void)fstatat(dir, "t.1", &b, 0);
		assert_true(a.st_size + b.st_size <= 4096);
	}
	assert_false(l.failed);
	log_close(&l);
	content("t", &newest);
	content("t.1", &older);
	assert_non_null(strstr(buf_string(&newest), " line 999\n"));
	assert_null(strstr(buf_string(&older), " line 0\n"));
	/* Nothing is lost between the two. */
	int last;
	const char *tail = strrchr(buf_string(&older), ' ');
	assert_non_null(tail);
	last = atoi(tail + 1);
	snprintf(text, sizeof text, " line %d\n", last + 1);
	assert_non_null(strstr(buf_string(&newest), text));
}

/* A log goes on where an earlier one ended, and a full disk is remembered. */
static void appends_and_fails(void **state)
{
	(void)state;
	own(buf_fini) struct buf got = BUF_INIT(1u << 20);
	struct log l;

	unlinkat(dir, "t", 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(log_open(&l, dir, "t", 1u << 20, NULL), CLOISTER_OK);
		log_raw(&l, bytes_text("x"));
		log_close(&l);
	}
	content("t", &got);
	assert_string_equal(buf_string(&got), "xx");
	assert_int_equal(log_open(&l, dir, "t", 1u << 20, NULL), CLOISTER_OK);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(full >= 0 && dup2(full, l.fd) >= 0);
	close(full);
	log_raw(&l, bytes_text("y"));
	assert_true(l.failed);
	log_close(&l);
	log_raw(&l, bytes_text("z")); /* idle is fine */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),	       cmocka_unit_test(bytes_survive),
		cmocka_unit_test(lines_that_are_none), cmocka_unit_test(rotates),
		cmocka_unit_test(appends_and_fails),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
