/* SPDX-License-Identifier: Apache-2.0 */
/* Author-written manifests: what they may say, and the sentence and line for what they may not. */

#include "base/test.h"

#include <stdio.h>

#include "image/author.h"

static void all_members(void **state)
{
	static const char text[] = "# a comment\n"
				   "argv: [redis-server, --port, \"6379\"]\n"
				   "env: { TZ: UTC, A: 'x: y' }\n"
				   "user: redis:log\n"
				   "cwd: /data\n"
				   "hostname: cache\n"
				   "ports: [6379, 80]\n"
				   "volumes:\n"
				   "  - /data\n"
				   "log: [stdout, stderr]\n"
				   "memory_mib: 128\n"
				   "stop_signal: SIGINT\n";
	own(launch_wish_fini) struct launch_wish w = { 0 };
	struct cloister_fault why;

	(void)state;
	WANT_OK(author_read(bytes_text(text), &w, &why), &why);
	assert_int_equal(w.argv.n, 3);
	assert_string_equal(w.argv.list[2], "6379");
	assert_string_equal(w.env.list[1], "A=x: y");
	assert_string_equal(w.user, "redis:log");
	assert_string_equal(w.cwd, "/data");
	assert_string_equal(w.hostname, "cache");
	assert_true(w.has_ports && w.n_ports == 2 && w.ports[0] == 80);
	assert_true(w.has_volumes && w.volumes.n == 1);
	assert_true(w.log_stdout && w.log_stderr);
	assert_int_equal(w.memory_mib, 128);
	assert_string_equal(w.stop_signal, "SIGINT");
}

static const struct {
	const char *text, *note; /* NULL: accepted */
} rows[] = {
	{ "env: [A=1, B=]\n", NULL },
	{ "{}\n", NULL },
	{ "ports: []\nvolumes: []\nlog: []\n", NULL },
	{ "user: \"null\"\n", NULL },
	{ "", "line 1: the file is empty" },
	{ "# only this\n", "the file is empty" },
	{ "- a\n", "line 1: a mapping of keys is expected" },
	{ "argv\n", "line 1: a mapping of keys is expected" },
	{ "argv: [a]\nuse: x\n", "line 2: this key is not known" },
	{ "user: a\ncwd: /\nuser: b\n", "line 3: this key is there twice" },
	{ "env: { A: 1, A: 2 }\n", "line 1: the variable is there twice" },
	{ "env: { A=B: 1 }\n", "the name of a variable is expected" },
	{ "env:\n  - A\n", "line 2: KEY=value is expected" },
	{ "argv: &x [a]\n", "line 1: anchors and tags are not accepted" },
	{ "argv: *x\n", "line 1: aliases are not accepted" },
	{ "user: !!str x\n", "anchors and tags are not accepted" },
	{ "argv: a\n", "a list is expected" },
	{ "argv: []\n", "argv names no program" },
	{ "argv: [[a]]\n", "a single value is expected" },
	{ "user: [a]\n", "a single value is expected" },
	{ "user:\n", "a value is missing" },
	{ "user: ~\n", "a value is missing" },
	{ "user: null\n", "a value is missing" },
	{ "user: \"a\\0b\"\n", "contains a NUL" },
	{ "ports: [65536]\n", "a number is expected" },
	{ "ports: [0]\n", "a number is expected" },
	{ "ports: [0x50]\n", "a number is expected" },
	{ "ports: [8e1]\n", "a number is expected" },
	{ "memory_mib: -1\n", "a number is expected" },
	{ "memory_mib: 99999999999999999999\n", "a number is expected" },
	{ "log: [console]\n", "only stdout and stderr" },
	{ "log: [stdout, stdout]\n", "each once" },
	{ "user: a\n---\nuser: b\n", "a second document follows" },
	{ "%YAML 1.1\n---\nuser: a\n", "directives are not accepted" },
	{ "user: {a\n", "line" },
	{ "user: \xff\n", "line" },
};

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(launch_wish_fini) struct launch_wish w = { 0 };
		struct cloister_fault why = { 0 };
		enum cloister_err err = author_read(bytes_text(rows[i].text), &w, &why);

		if (err != (rows[i].note ? CLOISTER_E_MALFORMED : CLOISTER_OK) ||
		    (err && (strcmp(why.what, "manifest") || !strstr(why.note, rows[i].note))))
			fail_msg("%s: %s: %s", rows[i].text, cloister_err_name(err), why.note);
	}
}

/* A file without a byte has no place either. */
static void nothing_at_all(void **state)
{
	own(launch_wish_fini) struct launch_wish w = { 0 };
	struct cloister_fault why;

	(void)state;
	assert_int_equal(author_read(BYTES_NONE, &w, &why), CLOISTER_E_MALFORMED);
}

/* No nesting, however deep, costs more than its bytes. */
static void deep(void **state)
{
	own(launch_wish_fini) struct launch_wish w = { 0 };
	struct cloister_fault why;
	static char text[1 << 16];

	(void)state;
	memset(text, '[', sizeof text);
	assert_int_equal(author_read(bytes_of(text, sizeof text), &w, &why), CLOISTER_E_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(all_members), cmocka_unit_test(table),
					    cmocka_unit_test(nothing_at_all), cmocka_unit_test(deep) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
