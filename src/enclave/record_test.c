/* SPDX-License-Identifier: Apache-2.0 */
/* record_test.c - a record survives writing and reading; anything else is refused by its member. */

#include "enclave/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void set(char *member, size_t room, const char *text)
{
	assert_true((size_t)snprintf(member, room, "%s", text) < room);
}

static struct record sample(void)
{
	struct record r = { .state = RECORD_STOPPED, .pid = 4321, .debug = true, .memory_mib = 512,
			    .cpus = 2, .uid = 61234, .created_ms = 1790000000001, .started_ms = 1790000000500,
			    .ended_ms = 1790000009000, .exit_code = 143, .n_ports = 2 };

	set(r.name, sizeof r.name, "cache");
	set(r.id, sizeof r.id, "i-0123456789abcdef0-enc0123456789abcdef");
	set(r.image, sizeof r.image, "/images/a \"quoted\"\n.eif");
	set(r.run_dir, sizeof r.run_dir, "/run/cloister/cache");
	set(r.accelerator, sizeof r.accelerator, "tcg");
	set(r.reason, sizeof r.reason, "the workload was ended by signal 15");
	memset(r.pcr0, 0xa0, sizeof r.pcr0);
	memset(r.pcr1, 0xa1, sizeof r.pcr1);
	r.ports[0] = (struct publish){ "127.0.0.1", 6379, 6379 };
	r.ports[1] = (struct publish){ "::1", 8080, 80 };
	return r;
}

static void survives(void **state)
{
	(void)state;
	own(buf_fini) struct buf once = BUF_INIT(RECORD_MAX);
	own(buf_fini) struct buf twice = BUF_INIT(RECORD_MAX);
	struct record in = sample(), out;

	record_put(&in, &once);
	assert_int_equal(record_parse(buf_bytes(&once), &out, NULL), CLOISTER_OK);
	assert_string_equal(out.image, in.image);
	assert_string_equal(out.ports[1].address, "::1");
	assert_int_equal(out.exit_code, 143);
	assert_int_equal(out.state, RECORD_STOPPED);
	assert_memory_equal(out.pcr1, in.pcr1, sizeof in.pcr1);
	record_put(&out, &twice);
	assert_true(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));
}

/* Every strict prefix is refused. */
static void prefixes(void **state)
{
	(void)state;
	own(buf_fini) struct buf text = BUF_INIT(RECORD_MAX);
	struct record in = sample(), out;

	record_put(&in, &text);
	for (size_t len = 0; len < text.len; len++)
		assert_int_not_equal(record_parse(bytes_of(text.data, len), &out, NULL), CLOISTER_OK);
}

static void refused(void **state)
{
	(void)state;
	/* Replace `from` by `to` in a good record: the member that is blamed. */
	static const struct {
		const char *from, *to, *what;
		enum cloister_err err;
	} rows[] = {
		{ "\"version\":1", "\"version\":2", "record.version", CLOISTER_E_UNSUPPORTED },
		{ "\"version\":1", "\"version\":x", NULL, CLOISTER_E_MALFORMED },
		{ "\"stopped\"", "\"halted\"", "record.state", CLOISTER_E_MALFORMED },
		{ "\"pid\":4321", "\"pid\":99999999999", "pid", CLOISTER_E_MALFORMED },
		{ "\"debug\":true", "\"debug\":1", "debug", CLOISTER_E_MALFORMED },
		{ "\"memory_mib\":512", "\"memory_mib\":-1", "memory_mib", CLOISTER_E_MALFORMED },
		{ "\"pcr0\":\"a0", "\"pcr0\":\"", "pcr0", CLOISTER_E_MALFORMED },
		{ "\"pcr1\":\"a1", "\"pcr1\":\"zz", "pcr1", CLOISTER_E_MALFORMED },
		{ "\"accelerator\":\"tcg\"", "\"accelerator\":\"tcgtcgtcg\"", "accelerator", CLOISTER_E_MALFORMED },
		{ "\"ports\":[\"127", "\"ports\":[\"400", "record.ports", CLOISTER_E_MALFORMED },
		{ "\"exit_code\"", "\"exit_kode\"", "exit_code", CLOISTER_E_MALFORMED },
	};
	own(buf_fini) struct buf good = BUF_INIT(RECORD_MAX);
	struct record in = sample();

	record_put(&in, &good);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		own(buf_fini) struct buf bad = BUF_INIT(RECORD_MAX);
		struct cloister_fault why;
		struct record out = { .pid = 7 };
		const char *text = buf_string(&good);
		const char *at = strstr(text, rows[i].from);

		assert_non_null(at);
		buf_put(&bad, text, (size_t)(at - text));
		buf_text(&bad, rows[i].to);
		buf_text(&bad, at + strlen(rows[i].from));
		assert_int_equal(record_parse(buf_bytes(&bad), &out, &why), rows[i].err);
		if (rows[i].what)
			assert_string_equal(why.what, rows[i].what);
		assert_int_equal(out.pid, 7);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
