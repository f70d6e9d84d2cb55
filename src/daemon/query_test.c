/* SPDX-License-Identifier: Apache-2.0 */
/* Wallets from three places, pages, cursors and permissions. */

#include "daemon/query.h"

#include <stdio.h>

#include "base/test.h"

#define OK N_REFUSALS

static struct json parse(const char *text)
{
	struct json v = { 0 };

	if (text)
		WANT_OK(json_read(bytes_text(text), &v, NULL), NULL);
	return v;
}

static void wallets(void **state)
{
	static const struct {
		const char *query, *body, *header;
		enum refusal refusal;
		const char *wallet;
	} cases[] = {
		{ "wallet=0xAb", NULL, NULL, OK, "0xAb" },
		{ "limit=5&account=a%40b.example", NULL, NULL, OK, "a@b.example" },
		{ "identifier=x+y", NULL, NULL, OK, "x y" },
		{ "", "{\"walletAddress\":\"0xAb\"}", NULL, OK, "0xAb" },
		{ "", NULL, "0xAb", OK, "0xAb" },
		{ "wallet=0xAb&account=0xAb", "{\"walletAddress\":\"0xAb\"}", "0xAb", OK, "0xAb" },
		{ "", NULL, NULL, REFUSE_WALLET, NULL },
		{ "wallet=", NULL, NULL, REFUSE_WALLET, NULL },
		{ "Wallet=x", NULL, NULL, REFUSE_WALLET, NULL },
		{ "wallet=a&wallet=a", NULL, NULL, REFUSE_WALLET, NULL },
		{ "wallet=%00", NULL, NULL, REFUSE_WALLET, NULL },
		{ "wallet=%0a", NULL, NULL, REFUSE_WALLET, NULL },
		{ "wallet=%ff", NULL, NULL, REFUSE_WALLET, NULL },
		{ "", "{\"walletAddress\":5}", NULL, REFUSE_WALLET, NULL },
		{ "wallet=a", "{\"walletAddress\":null}", NULL, REFUSE_WALLET, NULL },
		{ "", "{\"walletAddress\":\"a\\u0007\"}", NULL, REFUSE_WALLET, NULL },
		{ "wallet=a", "[\"walletAddress\"]", NULL, OK, "a" },
		{ "", NULL, "", REFUSE_WALLET, NULL },
		{ "", NULL, "a\x7f", REFUSE_WALLET, NULL },
		{ "wallet=a&account=b", NULL, NULL, REFUSE_WALLETS, NULL },
		{ "wallet=a", "{\"walletAddress\":\"A\"}", NULL, REFUSE_WALLETS, NULL },
		{ "wallet=a", NULL, "b", REFUSE_WALLETS, NULL },
		{ "", "{\"walletAddress\":\"a\"}", "ab", REFUSE_WALLETS, NULL },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct query_said said = { bytes_text(cases[i].query), parse(cases[i].body),
					   cases[i].header ? bytes_text(cases[i].header) : BYTES_NONE };
		char wallet[LIMIT_WALLET + 1] = "untouched";
		enum refusal r = OK;

		print_message("%s\n", cases[i].query);
		assert_int_equal(query_wallet(&said, wallet, &r), cases[i].refusal == OK);
		assert_string_equal(wallet, cases[i].wallet ? cases[i].wallet : "untouched");
		if (cases[i].refusal != OK)
			assert_int_equal(r, cases[i].refusal);
	}
}

static void long_wallets(void **state)
{
	char query[LIMIT_WALLET + 16], body[LIMIT_WALLET + 64], text[LIMIT_WALLET + 2], out[LIMIT_WALLET + 1];
	enum refusal r;

	(void)state;
	for (size_t len = LIMIT_WALLET; len <= LIMIT_WALLET + 1; len++) {
		memset(text, 'x', len);
		text[len] = 0;
		snprintf(query, sizeof query, "wallet=%s", text);
		snprintf(body, sizeof body, "{\"walletAddress\":\"%s\"}", text);
		struct query_said in_query = { .query = bytes_text(query) }, in_body = { .body = parse(body) },
				  in_header = { .header = bytes_text(text) };
		assert_int_equal(query_wallet(&in_query, out, &r), len == LIMIT_WALLET);
		assert_int_equal(query_wallet(&in_body, out, &r), len == LIMIT_WALLET);
		assert_int_equal(query_wallet(&in_header, out, &r), len == LIMIT_WALLET);
	}
}

static void pages(void **state)
{
	static const struct {
		const char *query;
		enum refusal refusal;
		uint32_t limit;
		bool is_paged;
		uint64_t before;
	} cases[] = {
		{ "", OK, 50, false, 0 },
		{ "wallet=x", OK, 50, false, 0 },
		{ "limit=1", OK, 1, true, 0 },
		{ "limit=1000", OK, 1000, true, 0 },
		{ "cursor=000000000000002a", OK, 50, true, 42 },
		{ "limit=7&cursor=ffffffffffffffff", OK, 7, true, UINT64_MAX },
		{ "limit=0", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=1001", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=-1", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=+1", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=5x", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=4294967297", REFUSE_LIMIT, 0, false, 0 },
		{ "limit=1&limit=1", REFUSE_LIMIT, 0, false, 0 },
		{ "cursor=", REFUSE_CURSOR, 0, false, 0 },
		{ "cursor=2a", REFUSE_CURSOR, 0, false, 0 },
		{ "cursor=0000000000000000", REFUSE_CURSOR, 0, false, 0 },
		{ "cursor=000000000000002A", REFUSE_CURSOR, 0, false, 0 },
		{ "cursor=0x0000000000002a", REFUSE_CURSOR, 0, false, 0 },
		{ "cursor=000000000000002a0", REFUSE_CURSOR, 0, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct query_page page = { .limit = 9 };
		enum refusal r = OK;

		print_message("%s\n", cases[i].query);
		assert_int_equal(query_page(bytes_text(cases[i].query), 50, 1000, &page, &r), cases[i].refusal == OK);
		if (cases[i].refusal != OK) {
			assert_int_equal(r, cases[i].refusal);
			assert_int_equal(page.limit, 9);
			continue;
		}
		assert_int_equal(page.limit, cases[i].limit);
		assert_int_equal(page.is_paged, cases[i].is_paged);
		assert_true(page.before == cases[i].before);
	}
}

static void cursors(void **state)
{
	static const uint64_t seqs[] = { 1, 42, INT64_MAX, UINT64_MAX };
	char cursor[QUERY_CURSOR_ROOM], query[64];
	struct query_page page;
	enum refusal r;

	(void)state;
	for (size_t i = 0; i < N_OF(seqs); i++) {
		query_cursor(seqs[i], cursor);
		snprintf(query, sizeof query, "cursor=%s", cursor);
		assert_true(query_page(bytes_text(query), 1, 1, &page, &r));
		assert_true(page.before == seqs[i]);
	}
}

static void permissions(void **state)
{
	static const struct {
		const char *array;
		enum refusal refusal;
		unsigned scopes;
		const char *bad;
	} cases[] = {
		{ "[\"enclaves:read\"]", OK, 1, "" },
		{ "[\"logs:read\",\"tasks:write\",\"tasks:read\",\"enclaves:write\",\"enclaves:read\"]", OK, 31, "" },
		{ "[]", REFUSE_FIELDS, 0, "" },
		{ "\"enclaves:read\"", REFUSE_FIELDS, 0, "" },
		{ NULL, REFUSE_FIELDS, 0, "" },
		{ "[\"a\",\"enclaves:read\",\"b\"]", REFUSE_PERMISSIONS, 0, "a, b" },
		{ "[\"enclaves:read\",\"enclaves:read\"]", REFUSE_PERMISSIONS, 0, "enclaves:read" },
		{ "[\"enclaves:*\",5]", REFUSE_PERMISSIONS, 0, "enclaves:*, (no name)" },
		{ "[\"redact:run\"]", REFUSE_PERMISSIONS, 0, "redact:run" },
		{ "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", REFUSE_FIELDS, 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		own(buf_fini) struct buf bad = BUF_INIT(4096);
		unsigned set = 0;
		enum refusal r = OK;

		print_message("%s\n", cases[i].array ? cases[i].array : "(none)");
		assert_int_equal(query_permissions(parse(cases[i].array), &set, &bad, &r), cases[i].refusal == OK);
		if (cases[i].refusal != OK)
			assert_int_equal(r, cases[i].refusal);
		assert_int_equal(set, cases[i].scopes);
		assert_string_equal(buf_string(&bad), cases[i].bad);
	}
	assert_string_equal(query_scope_name(SCOPE_ENCLAVES_READ), "enclaves:read");
	assert_string_equal(query_scope_name(SCOPE_TASKS_WRITE), "tasks:write");
	assert_string_equal(query_scope_name(SCOPE_LOGS_READ), "logs:read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wallets), cmocka_unit_test(long_wallets), cmocka_unit_test(pages),
		cmocka_unit_test(cursors), cmocka_unit_test(permissions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
