/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c - the hash chain and its checkpoints. */

#include "store/audit.h"

#include "base/limits.h"
#include "codec/json.h"
#include "store/sql.h"

enum cloister_err store_audit_line(const struct store_audit *a, struct buf *out,
				   struct cloister_fault *why)
{
	struct json_out w = json_out(out);

	json_open(&w, NULL, '{');
	json_put_i64(&w, "account", a->account);
	json_put_bytes(&w, "action", a->action);
	json_put_bytes(&w, "actor", a->actor);
	json_put_u64(&w, "at", a->at_ms);
	json_put_bytes(&w, "detail", a->detail);
	json_put_u64(&w, "seq", a->seq);
	json_put_bytes(&w, "target", a->target);
	json_close(&w, '}');
	return buf_ok(out, "store.audit", why);
}

static void hash_part(struct hash *h, struct bytes b)
{
	uint8_t len[8];

	for (size_t i = 0; i < sizeof len; i++)
		len[i] = (uint8_t)((uint64_t)b.len >> (56 - 8 * i));
	hash_update(h, BYTES_OF(len));
	hash_update(h, b);
}

enum cloister_err store_audit_hash(const uint8_t prev[static SHA256_LEN], struct bytes line,
				   uint8_t out[static SHA256_LEN], struct cloister_fault *why)
{
	own(drop_hash) struct hash *h = NULL;

	TRY(hash_new(HASH_SHA256, &h, why));
	hash_part(h, bytes_text(STORE_AUDIT_DOMAIN));
	hash_part(h, bytes_of(prev, SHA256_LEN));
	hash_part(h, line);
	return hash_final(h, out, why);
}

static enum cloister_err hash_of(const struct store_audit *a, const uint8_t prev[static SHA256_LEN],
				 uint8_t out[static SHA256_LEN], struct cloister_fault *why)
{
	own(buf_fini) struct buf line = BUF_INIT(8 * LIMIT_STORE_VALUE); /* escapes take six bytes for one */

	TRY(store_audit_line(a, &line, why));
	return store_audit_hash(prev, buf_bytes(&line), out, why);
}

enum cloister_err store_audit_last(struct store *s, struct store_audit_head *out,
				   struct cloister_fault *why)
{
	own(sql_close) struct sql q =
		sql_open(s, "SELECT seq, hash FROM audit WHERE seq = (SELECT max(seq) FROM audit)");
	struct store_audit_head head = { 0 };
	bool row;

	TRY(sql_next(&q, &row, why));
	if (row) {
		head.seq = (uint64_t)sql_take_int(&q);
		sql_take_array(&q, head.hash, sizeof head.hash);
		TRY(sql_done(&q, why));
	}
	*out = head;
	return CLOISTER_OK;
}

static enum cloister_err put_line(struct store *s, const struct store_audit *a,
				  struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO audit (seq, at_ms, account, actor, action, target, detail, prev, hash)"
		   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

	sql_int(&q, a->seq);
	sql_int(&q, a->at_ms);
	sql_int(&q, a->account);
	sql_text(&q, a->actor);
	sql_text(&q, a->action);
	sql_text(&q, a->target);
	sql_text(&q, a->detail);
	sql_blob(&q, BYTES_OF(a->prev));
	sql_blob(&q, BYTES_OF(a->hash));
	return sql_run(&q, NULL, why);
}

enum cloister_err store_audit_add(struct store *s, const struct store_audit *a, uint64_t now_ms,
				  struct cloister_fault *why)
{
	own(store_rollback) struct store_tx tx = STORE_TX_INIT;
	struct store_audit line = *a;
	struct store_audit_head last;

	TRY(store_begin(s, &tx, why));
	TRY(store_audit_last(s, &last, why));
	line.seq = last.seq + 1;
	line.at_ms = now_ms;
	memcpy(line.prev, last.hash, sizeof line.prev);
	TRY(hash_of(&line, line.prev, line.hash, why));
	TRY(put_line(s, &line, why));
	return store_commit(&tx, why);
}

#define AUDIT_COLUMNS \
	"SELECT seq, at_ms, account, actor, action, target, detail, prev, hash FROM audit"

static enum cloister_err each_line(struct sql *q, store_audit_visit *visit, void *ctx,
				   struct cloister_fault *why)
{
	bool row;

	for (;;) {
		struct store_audit a;

		TRY(sql_next(q, &row, why));
		if (!row)
			return CLOISTER_OK;
		a.seq = (uint64_t)sql_take_int(q);
		a.at_ms = (uint64_t)sql_take_int(q);
		a.account = sql_take_int(q);
		sql_take(q, &a.actor);
		sql_take(q, &a.action);
		sql_take(q, &a.target);
		sql_take(q, &a.detail);
		sql_take_array(q, a.prev, sizeof a.prev);
		sql_take_array(q, a.hash, sizeof a.hash);
		TRY(sql_done(q, why));
		TRY(visit(ctx, &a, why));
	}
}

enum cloister_err store_audit_list(struct store *s, int64_t account, struct store_page page,
				   store_audit_visit *visit, void *ctx, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, AUDIT_COLUMNS " WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?");

	sql_int(&q, account);
	sql_page(&q, page);
	return each_line(&q, visit, ctx, why);
}

enum cloister_err store_audit_list_all(struct store *s, struct store_page page,
				       store_audit_visit *visit, void *ctx,
				       struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, AUDIT_COLUMNS " WHERE seq > ? ORDER BY seq LIMIT ?");

	sql_page_up(&q, page);
	return each_line(&q, visit, ctx, why);
}

static enum cloister_err verify_line(void *ctx, const struct store_audit *a,
				     struct cloister_fault *why)
{
	struct store_audit_head *head = ctx;
	uint8_t hash[SHA256_LEN];

	if (a->seq != head->seq + 1)
		return fail(why, CLOISTER_E_MALFORMED, "store.audit", "line %llu is missing",
			    (unsigned long long)head->seq + 1);
	TRY(hash_of(a, head->hash, hash, why));
	if (!mem_same(a->prev, head->hash, sizeof hash) || !mem_same(a->hash, hash, sizeof hash))
		return fail(why, CLOISTER_E_MALFORMED, "store.audit", "line %llu was changed",
			    (unsigned long long)a->seq);
	head->seq = a->seq;
	memcpy(head->hash, hash, sizeof hash);
	return CLOISTER_OK;
}

static enum cloister_err verify_checkpoints(struct store *s, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "SELECT checkpoints.seq FROM checkpoints LEFT JOIN audit USING (seq)"
		   " WHERE audit.hash IS NOT checkpoints.hash LIMIT 1");
	bool row;

	TRY(sql_next(&q, &row, why));
	if (row)
		return fail(why, CLOISTER_E_MALFORMED, "store.audit",
			    "the checkpoint at line %lld has another hash", (long long)sql_take_int(&q));
	return CLOISTER_OK;
}

enum cloister_err store_audit_verify(struct store *s, struct store_audit_head *head_out,
				     struct cloister_fault *why)
{
	struct store_audit_head head = { 0 };
	uint64_t before;

	do {
		before = head.seq;
		TRY(store_audit_list_all(s, (struct store_page){ (int64_t)before, LIMIT_STORE_PAGE },
					 verify_line, &head, why));
	} while (head.seq != before);
	TRY(verify_checkpoints(s, why));
	*head_out = head;
	return CLOISTER_OK;
}

/* Only from a line of the log; so a row is added, or the checkpoint is about none. */
enum cloister_err store_checkpoint_add(struct store *s, const struct store_checkpoint *c,
				       struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO checkpoints (seq, hash, signature, at_ms)"
		   " SELECT seq, hash, ?, ? FROM audit WHERE seq = ? AND hash = ?");
	int64_t added;

	sql_blob(&q, c->signature);
	sql_int(&q, c->at_ms);
	sql_int(&q, c->head.seq);
	sql_blob(&q, BYTES_OF(c->head.hash));
	TRY(sql_run(&q, &added, why));
	if (added == 0)
		return fail(why, CLOISTER_E_USAGE, "store.audit", "no line %llu has the checkpoint's hash",
			    (unsigned long long)c->head.seq);
	return CLOISTER_OK;
}

enum cloister_err store_checkpoint_list(struct store *s, struct store_page page,
					store_checkpoint_visit *visit, void *ctx,
					struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "SELECT seq, hash, signature, at_ms FROM checkpoints WHERE seq < ? ORDER BY seq DESC LIMIT ?");
	bool row;

	sql_page(&q, page);
	for (;;) {
		struct store_checkpoint c;

		TRY(sql_next(&q, &row, why));
		if (!row)
			return CLOISTER_OK;
		c.head.seq = (uint64_t)sql_take_int(&q);
		sql_take_array(&q, c.head.hash, sizeof c.head.hash);
		sql_take(&q, &c.signature);
		c.at_ms = (uint64_t)sql_take_int(&q);
		TRY(sql_done(&q, why));
		TRY(visit(ctx, &c, why));
	}
}
