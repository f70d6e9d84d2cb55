/* SPDX-License-Identifier: Apache-2.0 */
/* account.c - accounts, wallets, keys. */

#include "store/account.h"

#include "store/sql.h"

#define USED_EVERY_MS 60000u

static const char *const scopes[STORE_SCOPES] = {
	"enclaves:read", "enclaves:write", "tasks:read", "tasks:write", "logs:read",
	"redact:run", "redact:proxy", "redact:log", "pii:write", "pii:audit",
	"keys:read", "keys:write", "audit:read", "admin",
};

const char *store_scope_name(unsigned bit)
{
	return bit < STORE_SCOPES ? scopes[bit] : NULL;
}

bool store_scope_read(struct bytes name, uint32_t *scope_out)
{
	for (unsigned i = 0; i < STORE_SCOPES; i++)
		if (bytes_are(name, scopes[i])) {
			*scope_out = 1u << i;
			return true;
		}
	return false;
}

enum cloister_err store_account_add(struct store *s, struct bytes name, uint64_t now_ms,
				    int64_t *account_out, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, "INSERT INTO accounts (name, made_ms) VALUES (?, ?)");

	sql_text(&q, name);
	sql_int(&q, now_ms);
	TRY(sql_run(&q, NULL, why));
	*account_out = sqlite3_last_insert_rowid(s->db);
	return CLOISTER_OK;
}

enum cloister_err store_account_list(struct store *s, struct store_page page,
				     store_account_visit *visit, void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "SELECT seq, name, made_ms FROM accounts WHERE seq < ? ORDER BY seq DESC LIMIT ?");
	bool row;

	sql_page(&q, page);
	for (;;) {
		struct store_account a;

		TRY(sql_next(&q, &row, why));
		if (!row)
			return CLOISTER_OK;
		a.seq = sql_take_int(&q);
		sql_take(&q, &a.name);
		a.made_ms = (uint64_t)sql_take_int(&q);
		TRY(sql_done(&q, why));
		TRY(visit(ctx, &a, why));
	}
}

enum cloister_err store_wallet_add(struct store *s, int64_t account, struct bytes wallet,
				   uint64_t now_ms, struct cloister_fault *why)
{
	own(sql_close) struct sql q =
		sql_open(s, "INSERT INTO wallets (account, wallet, made_ms) VALUES (?, ?, ?)");

	sql_int(&q, account);
	sql_text(&q, wallet);
	sql_int(&q, now_ms);
	return sql_run(&q, NULL, why);
}

enum cloister_err store_wallet_account(struct store *s, struct bytes wallet, int64_t *account_out,
				       struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, "SELECT account FROM wallets WHERE wallet = ?");

	sql_text(&q, wallet);
	TRY(sql_one(&q, NULL, "wallet", why));
	*account_out = sql_take_int(&q);
	return CLOISTER_OK;
}

#define KEY_COLUMNS                                                                              \
	"SELECT seq, id, account, wallet, name, hash, scopes, status, expires_ms, made_ms, changed_ms," \
	" used_ms FROM keys"

static void take_key(struct sql *q, struct store_key *k)
{
	k->seq = sql_take_int(q);
	sql_take_id(q, k->id);
	k->account = sql_take_int(q);
	sql_take(q, &k->wallet);
	sql_take(q, &k->name);
	sql_take_array(q, k->hash, sizeof k->hash);
	k->scopes = (uint32_t)sql_take_int(q);
	k->status = (enum store_key_status)sql_take_int(q);
	k->expires_ms = (uint64_t)sql_take_int(q);
	k->made_ms = (uint64_t)sql_take_int(q);
	k->changed_ms = (uint64_t)sql_take_int(q);
	k->used_ms = (uint64_t)sql_take_int(q);
}

static enum cloister_err check_scopes(uint32_t bits, struct cloister_fault *why)
{
	if (bits & ~STORE_SCOPES_ALL)
		return fail(why, CLOISTER_E_USAGE, "store.key", "there is no scope of bits %#x",
			    bits & ~STORE_SCOPES_ALL);
	return CLOISTER_OK;
}

enum cloister_err store_key_add(struct store *s, const struct store_key *key, uint64_t now_ms,
				char id_out[static STORE_ID_ROOM], struct cloister_fault *why)
{
	char id[STORE_ID_ROOM];
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO keys (id, account, wallet, name, hash, scopes, status, expires_ms, made_ms,"
		   " changed_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	TRY(check_scopes(key->scopes, why));
	TRY(store_id_new("key", now_ms, id, why));
	sql_text(&q, bytes_text(id));
	sql_int(&q, key->account);
	sql_text(&q, key->wallet);
	sql_text(&q, key->name);
	sql_blob(&q, BYTES_OF(key->hash));
	sql_int(&q, key->scopes);
	sql_int(&q, STORE_KEY_ACTIVE);
	sql_int(&q, key->expires_ms);
	sql_int(&q, now_ms);
	sql_int(&q, now_ms);
	TRY(sql_run(&q, NULL, why));
	memcpy(id_out, id, sizeof id);
	return CLOISTER_OK;
}

static enum cloister_err one_key(struct sql *q, struct buf *texts, struct store_key *out,
				 struct cloister_fault *why)
{
	struct store_key k;

	TRY(sql_one(q, texts, "key", why));
	take_key(q, &k);
	TRY(sql_done(q, why));
	*out = k;
	return CLOISTER_OK;
}

enum cloister_err store_key_find(struct store *s, const uint8_t hash[static SHA256_LEN],
				 uint64_t now_ms, struct buf *texts, struct store_key *out,
				 struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, KEY_COLUMNS " WHERE hash = ? AND status = 1 AND (expires_ms = 0 OR expires_ms > ?)");

	sql_blob(&q, bytes_of(hash, SHA256_LEN));
	sql_int(&q, now_ms);
	return one_key(&q, texts, out, why);
}

enum cloister_err store_key_used(struct store *s, const struct store_key *key, uint64_t now_ms,
				 struct cloister_fault *why)
{
	if (now_ms < key->used_ms + USED_EVERY_MS)
		return CLOISTER_OK;
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE keys SET used_ms = ? WHERE account = ? AND id = ? AND used_ms <= ?");
	sql_int(&q, now_ms);
	sql_int(&q, key->account);
	sql_text(&q, bytes_text(key->id));
	sql_int(&q, (int64_t)now_ms - USED_EVERY_MS); /* a request beside this one may have noted it */
	return sql_run(&q, NULL, why);
}

enum cloister_err store_key_get(struct store *s, int64_t account, const char *id, struct buf *texts,
				struct store_key *out, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, KEY_COLUMNS " WHERE account = ? AND id = ?");

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return one_key(&q, texts, out, why);
}

enum cloister_err store_key_list(struct store *s, int64_t account, struct store_page page,
				 store_key_visit *visit, void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, KEY_COLUMNS " WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?");
	bool row;

	sql_int(&q, account);
	sql_page(&q, page);
	for (;;) {
		struct store_key k;

		TRY(sql_next(&q, &row, why));
		if (!row)
			return CLOISTER_OK;
		take_key(&q, &k);
		TRY(sql_done(&q, why));
		TRY(visit(ctx, &k, why));
	}
}

enum cloister_err store_key_update(struct store *s, int64_t account, const char *id,
				   const struct store_key_change *change, uint64_t now_ms,
				   struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "UPDATE keys SET name = coalesce(?, name), scopes = iif(?, ?, scopes),"
		   " status = coalesce(nullif(?, 0), status), changed_ms = ? WHERE account = ? AND id = ?");

	TRY(check_scopes(change->scopes, why));
	sql_text_or_null(&q, change->name);
	sql_int(&q, change->set_scopes);
	sql_int(&q, change->scopes);
	sql_int(&q, change->status);
	sql_int(&q, now_ms);
	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return sql_run_one(&q, "key", why);
}

enum cloister_err store_key_remove(struct store *s, int64_t account, const char *id,
				   struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, "DELETE FROM keys WHERE account = ? AND id = ?");

	sql_int(&q, account);
	sql_text(&q, bytes_text(id));
	return sql_run_one(&q, "key", why);
}
