/* SPDX-License-Identifier: Apache-2.0 */
/* enclave_test.c - fields, states, history, who sees what. */

#include "store/store_test.h"

/* The whole table, written out once more: from, and what may follow. */
static const struct {
	enum store_status was;
	const char *name, *next; /* names, one space between */
} table[] = {
	{ 0, "?", "PENDING_BUILD PENDING_DEPLOY" },
	{ STORE_PENDING_BUILD, "PENDING_BUILD", "BUILDING BUILD_FAILED PENDING_DESTROY" },
	{ STORE_BUILDING, "BUILDING", "PENDING_DEPLOY BUILD_FAILED PENDING_DESTROY" },
	{ STORE_BUILD_FAILED, "BUILD_FAILED", "PENDING_BUILD PENDING_DEPLOY PENDING_DESTROY" },
	{ STORE_PENDING_DEPLOY, "PENDING_DEPLOY", "DEPLOYING BUILD_FAILED FAILED PENDING_DESTROY" },
	{ STORE_DEPLOYING, "DEPLOYING", "DEPLOYED BUILD_FAILED FAILED DESTROYED PENDING_DESTROY" },
	{ STORE_DEPLOYED, "DEPLOYED", "PAUSING DEPLOYING FAILED DESTROYED PENDING_DESTROY" },
	{ STORE_PAUSING, "PAUSING", "PAUSED DEPLOYED FAILED DESTROYED PENDING_DESTROY" },
	{ STORE_PAUSED, "PAUSED", "RESUMING FAILED PENDING_DESTROY" },
	{ STORE_RESUMING, "RESUMING", "DEPLOYED PAUSED FAILED DESTROYED PENDING_DESTROY" },
	{ STORE_PENDING_DESTROY, "PENDING_DESTROY", "DESTROYING DESTROYED FAILED" },
	{ STORE_DESTROYING, "DESTROYING", "DESTROYED FAILED" },
	{ STORE_DESTROYED, "DESTROYED", "" },
	{ STORE_FAILED, "FAILED", "PENDING_DEPLOY PENDING_DESTROY" },
};

static bool listed(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		if (n == len && strncmp(p, name, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static void states_follow_the_table(void **state)
{
	enum store_status is;

	(void)state;
	assert_int_equal(N_OF(table), STORE_STATUSES + 1);
	for (unsigned was = 0; was < N_OF(table); was++) {
		assert_int_equal(table[was].was, was);
		assert_string_equal(store_status_name((enum store_status)was), table[was].name);
		assert_int_equal(store_status_read(bytes_text(table[was].name), &is), was > 0);
		if (was)
			assert_int_equal(is, was);
		for (unsigned to = 0; to < N_OF(table); to++)
			if (store_status_follows(was, to) != listed(table[was].next, table[to].name))
				fail_msg("%s to %s", table[was].name, table[to].name);
	}
	assert_false(store_status_follows(14, STORE_DEPLOYED));
	assert_false(store_status_follows(STORE_DEPLOYED, 14));
	assert_string_equal(store_status_name(14), "?");
	assert_false(store_status_read(bytes_text("deployed"), &is));
	assert_false(store_status_read(bytes_text("DEPLOYE"), &is));
}

/* Put an enclave into a state behind the store's back. */
static void force(struct store *s, const char *id, unsigned status)
{
	char sql[160];

	snprintf(sql, sizeof sql, "UPDATE enclaves SET status = %u WHERE id = '%s'", status, id);
	assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static enum cloister_err see_transition(void *ctx, const struct store_transition *t, struct cloister_fault *why)
{
	(void)why;
	return see(ctx, t->was * 100 + t->is_now);
}

static void wrong_steps_change_nothing(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	int64_t a = test_account(s, "a");
	char id[STORE_ID_ROOM], both[64];
	struct cloister_fault why = { 0 };
	struct store_enclave e;
	struct seen seen = { 0 };

	(void)state;
	test_enclave(s, a, id);
	for (unsigned was = 1; was < N_OF(table); was++)
		for (unsigned to = 1; to < N_OF(table); to++) {
			struct store_move m = { .to = to, .error_message = bytes_text("e"),
						.image_digest = bytes_text("sha256:00") };
			if (listed(table[was].next, table[to].name))
				continue;
			force(s, id, was);
			snprintf(both, sizeof both, "%s does not become %s", table[was].name, table[to].name);
			WANT_REFUSED(store_enclave_move(s, a, id, &m, NOW + 1, &why), CLOISTER_E_USAGE, both, &why);
			texts.len = 0;
			WANT_OK(store_enclave_get(s, a, id, &texts, &e, &why), &why);
			assert_int_equal(e.status, was);
			assert_int_equal(e.image_digest.len, 0);
			assert_int_equal(e.changed_ms, NOW);
		}
	WANT_OK(store_transition_list(s, a, id, (struct store_page){ 0, 1000 }, see_transition, &seen, &why), &why);
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.seq[0], STORE_PENDING_DEPLOY);
	assert_int_equal(s->depth, 0);
}

static void fields_come_back(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	struct store_enclave made = test_enclave_of(test_account(s, "a")), e;
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];

	(void)state;
	made.github = bytes_text("{\"isConnected\":false}");
	WANT_OK(store_enclave_add(s, &made, NOW, id, &why), &why);
	assert_memory_equal(id, "enc_1764000000000_", 18);
	WANT_OK(store_enclave_get(s, made.account, id, &texts, &e, &why), &why);
	assert_string_equal(e.id, id);
	assert_int_equal(e.seq, 1);
	assert_int_equal(e.account, made.account);
	assert_true(bytes_are(e.wallet, "0xWallet"));
	assert_true(bytes_are(e.name, "näme"));
	assert_true(bytes_are(e.description, "what it is for"));
	assert_true(bytes_are(e.region, "us-west-2"));
	assert_true(bytes_are(e.provider_id, "aws-nitro"));
	assert_true(bytes_are(e.provider_config, "{\"dockerImage\":\"hello-world\"}"));
	assert_true(bytes_are(e.source_type, "registry"));
	assert_true(bytes_are(e.github, "{\"isConnected\":false}"));
	assert_int_equal(e.status, STORE_PENDING_DEPLOY);
	assert_int_equal(e.exit_code, -1);
	assert_int_equal(e.restarts, 0);
	assert_int_equal(e.error_message.len + e.image_digest.len + e.ports.len + e.build_id.len, 0);
	assert_int_equal(e.made_ms, NOW);

	struct store_enclave_change change = { .name = bytes_text("new"), .github = bytes_text("") };
	WANT_OK(store_enclave_update(s, made.account, id, &change, NOW + 9, &why), &why);
	WANT_OK(store_enclave_get(s, made.account, id, &texts, &e, &why), &why);
	assert_true(bytes_are(e.name, "new"));
	assert_int_equal(e.github.len, 0);
	assert_true(bytes_are(e.description, "what it is for"));
	assert_int_equal(e.changed_ms, NOW + 9);

	made.status = STORE_DEPLOYED;
	WANT_REFUSED(store_enclave_add(s, &made, NOW, id, &why), CLOISTER_E_USAGE, "begins as DEPLOYED", &why);
	made.status = STORE_PENDING_BUILD;
	made.account = 99;
	WANT_REFUSED(store_enclave_add(s, &made, NOW, id, &why), CLOISTER_E_MISSING, "does not exist", &why);
}

static void a_life(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	int64_t a = test_account(s, "a");
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];
	struct store_enclave e;
	struct seen seen = { 0 };

	(void)state;
	test_enclave(s, a, id);
	test_move(s, a, id, STORE_DEPLOYING);
	struct store_move up = { .to = STORE_DEPLOYED, .image_digest = bytes_text("sha256:11"),
				 .ports = bytes_text("[1]"), .build_id = bytes_text("b"),
				 .build_status = bytes_text("c"), .build_log_group = bytes_text("d") };
	WANT_OK(store_enclave_move(s, a, id, &up, NOW + 1, &why), &why);
	test_move(s, a, id, STORE_DEPLOYING); /* started again */
	test_move(s, a, id, STORE_DEPLOYED);
	WANT_OK(store_enclave_get(s, a, id, &texts, &e, &why), &why);
	assert_int_equal(e.restarts, 1);
	assert_true(bytes_are(e.image_digest, "sha256:11"));
	assert_true(bytes_are(e.ports, "[1]"));
	assert_true(bytes_are(e.build_id, "b"));
	assert_true(bytes_are(e.build_status, "c"));
	assert_true(bytes_are(e.build_log_group, "d"));
	assert_int_equal(e.error_message.len, 0); /* what test_move() gives counts with failures only */

	struct store_move mute = { .to = STORE_FAILED };
	WANT_REFUSED(store_enclave_move(s, a, id, &mute, NOW, &why), CLOISTER_E_USAGE, "FAILED wants a reason", &why);
	struct store_move fails = { .to = STORE_FAILED, .error_message = bytes_text("exit 3"), .has_exit = true, .exit_code = 3 };
	WANT_OK(store_enclave_move(s, a, id, &fails, NOW + 2, &why), &why);
	WANT_OK(store_enclave_get(s, a, id, &texts, &e, &why), &why);
	assert_true(bytes_are(e.error_message, "exit 3"));
	assert_int_equal(e.exit_code, 3);
	assert_int_equal(e.changed_ms, NOW + 2);

	test_move(s, a, id, STORE_PENDING_DEPLOY); /* anew */
	WANT_OK(store_enclave_get(s, a, id, &texts, &e, &why), &why);
	assert_int_equal(e.error_message.len, 0);
	assert_int_equal(e.exit_code, -1);
	assert_int_equal(e.restarts, 1);
	WANT_REFUSED(store_enclave_remove(s, a, id, &why), CLOISTER_E_USAGE, "it is PENDING_DEPLOY", &why);
	test_move(s, a, id, STORE_PENDING_DESTROY);
	test_move(s, a, id, STORE_DESTROYED);
	WANT_OK(store_transition_list(s, a, id, (struct store_page){ 0, 3 }, see_transition, &seen, &why), &why);
	assert_int_equal(seen.n, 3);
	assert_int_equal(seen.seq[0], STORE_PENDING_DESTROY * 100 + STORE_DESTROYED);
	assert_int_equal(seen.seq[2], STORE_FAILED * 100 + STORE_PENDING_DEPLOY);
	WANT_OK(store_enclave_remove(s, a, id, &why), &why);
	WANT_REFUSED(store_enclave_remove(s, a, id, &why), CLOISTER_E_MISSING, "no such enclave", &why);
	seen.n = 0;
	WANT_OK(store_transition_list(s, a, id, (struct store_page){ 0, 9 }, see_transition, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
	/* its number is not given again */
	test_enclave(s, a, id);
	WANT_OK(store_enclave_get(s, a, id, &texts, &e, &why), &why);
	assert_int_equal(e.seq, 2);
}

static void which_may_be_removed(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t a = test_account(s, "a");
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];

	(void)state;
	for (unsigned i = 1; i <= STORE_STATUSES; i++) {
		bool may = i == STORE_DESTROYED || i == STORE_FAILED || i == STORE_BUILD_FAILED;
		test_enclave(s, a, id);
		force(s, id, i);
		assert_int_equal(store_enclave_remove(s, a, id, &why), may ? CLOISTER_OK : CLOISTER_E_USAGE);
	}
}

/* What crash loops write is bounded. */
static void history_is_bounded(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t a = test_account(s, "a");
	struct cloister_fault why = { 0 };
	struct seen seen = { 0 };
	char id[STORE_ID_ROOM], other[STORE_ID_ROOM];
	struct store_tx tx;

	(void)state;
	test_enclave(s, a, id);
	test_enclave(s, a, other);
	WANT_OK(store_begin(s, &tx, &why), &why);
	test_move(s, a, id, STORE_DEPLOYING);
	for (unsigned i = 0; i < 600; i++) {
		test_move(s, a, id, STORE_DEPLOYED);
		test_move(s, a, id, STORE_DEPLOYING);
	}
	WANT_OK(store_commit(&tx, &why), &why);
	WANT_OK(store_transition_list(s, a, id, (struct store_page){ 0, 1000 }, see_transition, &seen, &why), &why);
	assert_int_equal(seen.n, 1000);
	assert_int_equal(seen.seq[0], STORE_DEPLOYED * 100 + STORE_DEPLOYING);
	int64_t n;
	sqlite3_stmt *q;
	assert_int_equal(sqlite3_prepare_v2(s->db, "SELECT count(*) FROM transitions", -1, &q, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(q), SQLITE_ROW);
	n = sqlite3_column_int64(q, 0);
	sqlite3_finalize(q);
	assert_int_equal(n, 1001); /* the other's first is still there */
}

static enum cloister_err see_enclave(void *ctx, const struct store_enclave *e, struct cloister_fault *why)
{
	(void)why;
	assert_true(bytes_are(e->region, "us-west-2"));
	return see(ctx, e->seq);
}

static enum cloister_err see_one(void *ctx, const struct store_enclave *e, struct cloister_fault *why)
{
	(void)see(ctx, e->seq);
	return fail(why, CLOISTER_E_PEER, "visit", "had enough");
}

static void lists_go_by_pages(void **state)
{
	own(drop_store) struct store *s = test_open();
	int64_t a = test_account(s, "a"), b = test_account(s, "b");
	struct cloister_fault why = { 0 };
	struct seen seen = { 0 };
	char id[STORE_ID_ROOM];

	(void)state;
	for (size_t i = 0; i < 10; i++)
		test_enclave(s, i % 2 ? b : a, id); /* a has 1 3 5 7 9 */
	WANT_OK(store_enclave_list(s, a, (struct store_page){ 0, 2 }, see_enclave, &seen, &why), &why);
	WANT_OK(store_enclave_list(s, a, (struct store_page){ 7, 2 }, see_enclave, &seen, &why), &why);
	test_enclave(s, a, id); /* new ones do not shift what is read */
	WANT_OK(store_enclave_list(s, a, (struct store_page){ 3, 2 }, see_enclave, &seen, &why), &why);
	WANT_OK(store_enclave_list(s, a, (struct store_page){ 1, 2 }, see_enclave, &seen, &why), &why);
	static const int64_t want[] = { 9, 7, 5, 3, 1 };
	assert_int_equal(seen.n, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(seen.seq[i], want[i]);
	WANT_REFUSED(store_enclave_list(s, a, (struct store_page){ 0, 0 }, see_enclave, &seen, &why), CLOISTER_E_USAGE, "1 to 1000", &why);
	WANT_REFUSED(store_enclave_list(s, a, (struct store_page){ 0, 1001 }, see_enclave, &seen, &why), CLOISTER_E_USAGE, "1 to 1000", &why);
	WANT_REFUSED(store_enclave_list(s, a, (struct store_page){ -1, 5 }, see_enclave, &seen, &why), CLOISTER_E_USAGE, "1 to 1000", &why);
	seen.n = 0;
	WANT_REFUSED(store_enclave_list(s, a, (struct store_page){ 0, 5 }, see_one, &seen, &why), CLOISTER_E_PEER, "had enough", &why);
	assert_int_equal(seen.n, 1);

	seen.n = 0; /* both accounts', for who keeps them running */
	WANT_OK(store_enclave_list_status(s, STORE_PENDING_DEPLOY, (struct store_page){ 0, 1000 }, see_enclave, &seen, &why), &why);
	assert_int_equal(seen.n, 11);
	seen.n = 0;
	test_move(s, a, id, STORE_DEPLOYING);
	WANT_OK(store_enclave_list_status(s, STORE_DEPLOYING, (struct store_page){ 0, 1000 }, see_enclave, &seen, &why), &why);
	assert_int_equal(seen.n, 1);
}

static void others_see_nothing(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	int64_t a = test_account(s, "a"), b = test_account(s, "b");
	struct store_enclave_change change = { .name = bytes_text("mine") };
	struct store_move m = { .to = STORE_PENDING_DESTROY };
	struct cloister_fault why = { 0 };
	struct bytes registry, sealed;
	struct store_enclave e;
	struct seen seen = { 0 };
	char id[STORE_ID_ROOM];

	(void)state;
	test_enclave(s, a, id);
	WANT_OK(store_credential_put(s, a, id, bytes_text("r"), bytes_text("s"), &why), &why);
	WANT_REFUSED(store_enclave_get(s, b, id, &texts, &e, &why), CLOISTER_E_MISSING, "no such enclave", &why);
	WANT_REFUSED(store_enclave_update(s, b, id, &change, NOW, &why), CLOISTER_E_MISSING, "no such enclave", &why);
	WANT_REFUSED(store_enclave_move(s, b, id, &m, NOW, &why), CLOISTER_E_MISSING, "no such enclave", &why);
	WANT_REFUSED(store_enclave_remove(s, b, id, &why), CLOISTER_E_MISSING, "no such enclave", &why);
	WANT_REFUSED(store_credential_get(s, b, id, &texts, &registry, &sealed, &why), CLOISTER_E_MISSING, "no such credential", &why);
	WANT_REFUSED(store_credential_put(s, b, id, bytes_text("r"), bytes_text("s"), &why), CLOISTER_E_MISSING, "does not exist", &why);
	WANT_OK(store_transition_list(s, b, id, (struct store_page){ 0, 9 }, see_transition, &seen, &why), &why);
	WANT_OK(store_enclave_list(s, b, (struct store_page){ 0, 9 }, see_enclave, &seen, &why), &why);
	assert_int_equal(seen.n, 0);
}

static void credentials_go_with_their_enclave(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(65536);
	int64_t a = test_account(s, "a");
	struct cloister_fault why = { 0 };
	struct bytes registry, sealed;
	char id[STORE_ID_ROOM];

	(void)state;
	test_enclave(s, a, id);
	WANT_OK(store_credential_put(s, a, id, bytes_text("r1"), bytes_of("\0\xff\1", 3), &why), &why);
	WANT_OK(store_credential_get(s, a, id, &texts, &registry, &sealed, &why), &why);
	assert_true(bytes_are(registry, "r1"));
	assert_true(bytes_equal(sealed, bytes_of("\0\xff\1", 3)));
	WANT_OK(store_credential_put(s, a, id, bytes_text("r2"), bytes_text("other"), &why), &why);
	WANT_OK(store_credential_get(s, a, id, &texts, &registry, &sealed, &why), &why);
	assert_true(bytes_are(registry, "r2"));
	assert_true(bytes_are(sealed, "other"));
	force(s, id, STORE_DESTROYED);
	WANT_OK(store_enclave_remove(s, a, id, &why), &why);
	WANT_REFUSED(store_credential_get(s, a, id, &texts, &registry, &sealed, &why), CLOISTER_E_MISSING, "no such credential", &why);
}

/* Room for the texts is the caller's to bound. */
static void too_little_room(void **state)
{
	own(drop_store) struct store *s = test_open();
	own(buf_fini) struct buf texts = BUF_INIT(20);
	int64_t a = test_account(s, "a");
	struct store_enclave e = { .seq = 77 };
	struct cloister_fault why = { 0 };
	char id[STORE_ID_ROOM];

	(void)state;
	test_enclave(s, a, id);
	assert_int_equal(store_enclave_get(s, a, id, &texts, &e, &why), CLOISTER_E_LIMIT);
	assert_int_equal(e.seq, 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(states_follow_the_table),
		STORE_TEST(wrong_steps_change_nothing),
		STORE_TEST(fields_come_back),
		STORE_TEST(a_life),
		STORE_TEST(which_may_be_removed),
		STORE_TEST(history_is_bounded),
		STORE_TEST(lists_go_by_pages),
		STORE_TEST(others_see_nothing),
		STORE_TEST(credentials_go_with_their_enclave),
		STORE_TEST(too_little_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
