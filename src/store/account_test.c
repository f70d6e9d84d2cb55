/* SPDX-License-Identifier: Apache-2.0 */
/* account_test.c - wallets, scopes, keys and who may see them. */

#include "store/store_test.h"

static void wallets_lead_to_one_account(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t a = test_account(s, "a"), b = test_account(s, "b"), is = 0;
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(store_wallet_add(s, a, bytes_text("0xAbC"), NOW, &why), &why);
	WANT_REFUSED(store_wallet_add(s, b, bytes_text("0xAbC"), NOW, &why), CLOISTER_E_USAGE, "already", &why);
	/* another spelling is another wallet */
	WANT_OK(store_wallet_add(s, b, bytes_text("0xabc"), NOW, &why), &why);
	WANT_OK(store_wallet_account(s, bytes_text("0xAbC"), &is, &why), &why);
	assert_int_equal(is, a);
	WANT_OK(store_wallet_account(s, bytes_text("0xabc"), &is, &why), &why);
	assert_int_equal(is, b);
	WANT_REFUSED(store_wallet_account(s, bytes_text("0xABC"), &is, &why), CLOISTER_E_MISSING, "no such wallet", &why);
	WANT_REFUSED(store_wallet_account(s, bytes_text("0xabc "), &is, &why), CLOISTER_E_MISSING, "no such wallet", &why);
	assert_int_equal(is, b);
	WANT_REFUSED(store_wallet_add(s, 99, bytes_text("w"), NOW, &why), CLOISTER_E_MISSING, "does not exist", &why);
	WANT_REFUSED(store_wallet_add(s, a, bytes_text(""), NOW, &why), CLOISTER_E_USAGE, "range", &why);
}

static enum cloister_err see_account(void *ctx, const struct store_account *a, struct cloister_fault *why)
{
	(void)why;
	assert_true(bytes_are(a->name, a->seq == 1 ? "a" : "b"));
	assert_int_equal(a->made_ms, NOW);
	return see(ctx, a->seq);
}

static void accounts_are_listed(void **state)
{
	own(drop_store) struct store *s = test_open();
	struct cloister_fault why = { 0 };
	struct seen seen = { 0 };

	(void)state;
	test_account(s, "a");
	test_account(s, "b");
	WANT_OK(store_account_list(s, (struct store_page){ 0, 10 }, see_account, &seen, &why), &why);
	assert_int_equal(seen.n, 2);
	assert_int_equal(seen.seq[0], 2);
	seen.n = 0;
	WANT_OK(store_account_list(s, (struct store_page){ 2, 10 }, see_account, &seen, &why), &why);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.seq[0], 1);
}

/* The bits are in everybody's database. */
static void scopes_are_these(void **state)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} rows[] = {
		{ "enclaves:read", 0x1 }, { "enclaves:write", 0x2 }, { "tasks:read", 0x4 },
		{ "tasks:write", 0x8 }, { "logs:read", 0x10 }, { "redact:run", 0x20 },
		{ "redact:proxy", 0x40 }, { "redact:log", 0x80 }, { "pii:write", 0x100 },
		{ "pii:audit", 0x200 }, { "keys:read", 0x400 }, { "keys:write", 0x800 },
		{ "audit:read", 0x1000 }, { "admin", 0x2000 },
	};
	uint32_t bit;

	(void)state;
	for (unsigned i = 0; i < N_OF(rows); i++) {
		assert_true(store_scope_read(bytes_text(rows[i].name), &bit));
		assert_int_equal(bit, rows[i].bit);
		assert_string_equal(store_scope_name(i), rows[i].name);
	}
	assert_int_equal(STORE_SCOPES_ALL, 0x3fff);
	assert_null(store_scope_name(N_OF(rows)));
	assert_false(store_scope_read(bytes_text("enclaves"), &bit));
	assert_false(store_scope_read(bytes_text("enclaves:readx"), &bit));
	assert_false(store_scope_read(bytes_text(""), &bit));
}

static void key_of(int64_t account, uint8_t fill, struct store_key *out)
{
	*out = (struct store_key){ .account = account, .wallet = bytes_text("w"), .name = bytes_text("ci"),
				   .scopes = STORE_ENCLAVES_READ | STORE_LOGS_READ };
	memset(out->hash, fill, sizeof out->hash);
}

static void keys_are_found_by_hash(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	int64_t a = test_account(s, "a");
	struct cloister_fault why = { 0 };
	struct store_key k, is;
	char id[STORE_ID_ROOM], other[STORE_ID_ROOM];

	(void)state;
	key_of(a, 1, &k);
	k.expires_ms = NOW + 1000;
	WANT_OK(store_key_add(s, &k, NOW, id, &why), &why);
	assert_memory_equal(id, "key_1764000000000_", 18);
	WANT_REFUSED(store_key_add(s, &k, NOW, other, &why), CLOISTER_E_USAGE, "already", &why);
	WANT_OK(store_key_find(s, k.hash, NOW + 999, &texts, &is, &why), &why);
	assert_string_equal(is.id, id);
	assert_int_equal(is.account, a);
	assert_true(bytes_are(is.wallet, "w"));
	assert_true(bytes_are(is.name, "ci"));
	assert_memory_equal(is.hash, k.hash, sizeof is.hash);
	assert_int_equal(is.scopes, STORE_ENCLAVES_READ | STORE_LOGS_READ);
	assert_int_equal(is.status, STORE_KEY_ACTIVE);
	assert_int_equal(is.expires_ms, NOW + 1000);
	assert_int_equal(is.made_ms, NOW);
	assert_int_equal(is.used_ms, 0);

	WANT_REFUSED(store_key_find(s, k.hash, NOW + 1000, &texts, &is, &why), CLOISTER_E_MISSING, "no such key", &why);
	k.hash[31] ^= 1;
	WANT_REFUSED(store_key_find(s, k.hash, NOW, &texts, &is, &why), CLOISTER_E_MISSING, "no such key", &why);
	k.hash[31] ^= 1;
	struct store_key_change off = { .status = STORE_KEY_INACTIVE };
	WANT_OK(store_key_update(s, a, id, &off, NOW + 1, &why), &why);
	WANT_REFUSED(store_key_find(s, k.hash, NOW, &texts, &is, &why), CLOISTER_E_MISSING, "no such key", &why);

	key_of(a, 2, &k);
	WANT_OK(store_key_add(s, &k, NOW, id, &why), &why);
	WANT_OK(store_key_find(s, k.hash, INT64_MAX, &texts, &is, &why), &why); /* never expires */
	k.scopes = 1u << 14;
	key_of(a, 3, &k);
	k.scopes = 1u << STORE_SCOPES;
	WANT_REFUSED(store_key_add(s, &k, NOW, id, &why), CLOISTER_E_USAGE, "no scope of bits 0x4000", &why);
}

static void use_is_noted_once_a_minute(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	struct cloister_fault why = { 0 };
	struct store_key k, is, stale;
	char id[STORE_ID_ROOM];

	(void)state;
	key_of(test_account(s, "a"), 1, &k);
	WANT_OK(store_key_add(s, &k, NOW, id, &why), &why);
	WANT_OK(store_key_find(s, k.hash, NOW, &texts, &stale, &why), &why);
	WANT_OK(store_key_used(s, &stale, NOW, &why), &why);
	WANT_OK(store_key_find(s, k.hash, NOW, &texts, &is, &why), &why);
	assert_int_equal(is.used_ms, NOW);

	/* within the minute nothing is written, whatever the caller saw last */
	int64_t writes = sqlite3_total_changes64(s->db);
	WANT_OK(store_key_used(s, &is, NOW + 59999, &why), &why);
	WANT_OK(store_key_used(s, &stale, NOW + 59999, &why), &why);
	WANT_OK(store_key_used(s, &is, NOW - 5000, &why), &why); /* the clock was set back */
	assert_int_equal(sqlite3_total_changes64(s->db), writes);
	WANT_OK(store_key_used(s, &is, NOW + 60000, &why), &why);
	assert_int_equal(sqlite3_total_changes64(s->db), writes + 1);
	WANT_OK(store_key_find(s, k.hash, NOW, &texts, &is, &why), &why);
	assert_int_equal(is.used_ms, NOW + 60000);
}

static enum cloister_err see_key(void *ctx, const struct store_key *k, struct cloister_fault *why)
{
	(void)why;
	assert_true(bytes_are(k->name, "ci"));
	return see(ctx, k->seq);
}

static void keys_are_their_accounts(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(4096);
	int64_t a = test_account(s, "a"), b = test_account(s, "b");
	struct store_key_change change = { .name = bytes_text("x"), .set_scopes = true };
	struct cloister_fault why = { 0 };
	struct store_key k, is;
	char id[STORE_ID_ROOM];
	struct seen seen = { 0 };

	(void)state;
	key_of(a, 1, &k);
	WANT_OK(store_key_add(s, &k, NOW, id, &why), &why);
	WANT_REFUSED(store_key_get(s, b, id, &texts, &is, &why), CLOISTER_E_MISSING, "no such key", &why);
	WANT_REFUSED(store_key_update(s, b, id, &change, NOW, &why), CLOISTER_E_MISSING, "no such key", &why);
	WANT_REFUSED(store_key_remove(s, b, id, &why), CLOISTER_E_MISSING, "no such key", &why);
	WANT_OK(store_key_list(s, b, (struct store_page){ 0, 10 }, see_key, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
	WANT_OK(store_key_list(s, a, (struct store_page){ 0, 10 }, see_key, &seen, &why), &why);
	assert_int_equal(seen.n, 1);

	WANT_OK(store_key_update(s, a, id, &change, NOW + 5, &why), &why);
	WANT_OK(store_key_get(s, a, id, &texts, &is, &why), &why);
	assert_true(bytes_are(is.name, "x"));
	assert_int_equal(is.scopes, 0);
	assert_int_equal(is.status, STORE_KEY_ACTIVE);
	assert_int_equal(is.changed_ms, NOW + 5);
	change = (struct store_key_change){ .scopes = STORE_ADMIN }; /* without set_scopes */
	WANT_OK(store_key_update(s, a, id, &change, NOW + 6, &why), &why);
	WANT_OK(store_key_get(s, a, id, &texts, &is, &why), &why);
	assert_int_equal(is.scopes, 0);
	assert_true(bytes_are(is.name, "x"));
	change = (struct store_key_change){ .set_scopes = true, .scopes = 1u << 31 };
	WANT_REFUSED(store_key_update(s, a, id, &change, NOW, &why), CLOISTER_E_USAGE, "no scope", &why);
	change = (struct store_key_change){ .status = (enum store_key_status)3 };
	WANT_REFUSED(store_key_update(s, a, id, &change, NOW, &why), CLOISTER_E_USAGE, "range", &why);
	WANT_OK(store_key_remove(s, a, id, &why), &why);
	WANT_REFUSED(store_key_remove(s, a, id, &why), CLOISTER_E_MISSING, "no such key", &why);
	WANT_REFUSED(store_key_find(s, k.hash, NOW, &texts, &is, &why), CLOISTER_E_MISSING, "no such key", &why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(wallets_lead_to_one_account),
		STORE_TEST(accounts_are_listed),
		STORE_TEST(scopes_are_these),
		STORE_TEST(keys_are_found_by_hash),
		STORE_TEST(use_is_noted_once_a_minute),
		STORE_TEST(keys_are_their_accounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
