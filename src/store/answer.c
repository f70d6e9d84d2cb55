/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - answers by idempotency key. */

#include "store/answer.h"

#include "base/limits.h"
#include "store/sql.h"

enum cloister_err store_answer_put(struct store *s, int64_t account, struct bytes key,
				   const struct store_answer *a, uint64_t now_ms,
				   struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "INSERT INTO answers (account, key, request, status, body, made_ms)"
		   " VALUES (?, ?, ?, ?, ?, ?)");

	sql_int(&q, account);
	sql_text(&q, key);
	sql_blob(&q, BYTES_OF(a->request));
	sql_int(&q, a->status);
	sql_blob(&q, a->body);
	sql_int(&q, now_ms);
	return sql_run(&q, NULL, why);
}

enum cloister_err store_answer_get(struct store *s, int64_t account, struct bytes key,
				   const uint8_t request[static SHA256_LEN], struct buf *texts,
				   struct store_answer *out, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "SELECT request, status, body, made_ms FROM answers WHERE account = ? AND key = ?");
	struct store_answer a;

	sql_int(&q, account);
	sql_text(&q, key);
	TRY(sql_one(&q, texts, "answer", why));
	sql_take_array(&q, a.request, sizeof a.request);
	a.status = (int)sql_take_int(&q);
	sql_take(&q, &a.body);
	a.made_ms = (uint64_t)sql_take_int(&q);
	TRY(sql_done(&q, why));
	if (!mem_same(a.request, request, sizeof a.request))
		return fail(why, CLOISTER_E_USAGE, "store.answer", "the key was used for another request");
	*out = a;
	return CLOISTER_OK;
}

enum cloister_err store_answer_expire(struct store *s, uint64_t before_ms, int64_t *n_out,
				      struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(
		s, "DELETE FROM answers WHERE rowid IN"
		   " (SELECT rowid FROM answers WHERE made_ms < ? ORDER BY made_ms LIMIT ?)");

	sql_int(&q, before_ms);
	sql_int(&q, LIMIT_STORE_PAGE);
	return sql_run(&q, n_out, why);
}
