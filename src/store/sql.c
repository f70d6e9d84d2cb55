/* SPDX-License-Identifier: Apache-2.0 */
/* sql.c - prepared statements as readers and writers of rows; the only sqlite3_bind and _column. */

#include "store/sql.h"

#include <errno.h>

#include "base/limits.h"
#include "base/utf8.h"

static enum cloister_err constraint(int rc, struct cloister_fault *why)
{
	switch (rc) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
		return fail(why, CLOISTER_E_USAGE, "store", "there is one already");
	case SQLITE_CONSTRAINT_FOREIGNKEY:
		return fail(why, CLOISTER_E_MISSING, "store", "what it belongs to does not exist");
	case SQLITE_CONSTRAINT_TRIGGER:
		return fail(why, CLOISTER_E_USAGE, "store", "the audit log is only ever added to");
	default:
		return fail(why, CLOISTER_E_USAGE, "store", "a value is outside its range");
	}
}

static enum cloister_err system_failed(sqlite3 *db, int rc, struct cloister_fault *why)
{
	errno = db ? sqlite3_system_errno(db) : 0;
	if (errno == ENOSPC)
		return fail_sys(why, "store", "nothing was written");
	if (errno == 0)
		errno = EIO;
	return fail_sys(why, "store", "%s", sqlite3_errstr(rc));
}

enum cloister_err sql_fail(sqlite3 *db, int rc, struct cloister_fault *why)
{
	if (rc == SQLITE_IOERR_NOMEM)
		rc = SQLITE_NOMEM;
	switch (rc & 0xff) {
	case SQLITE_NOMEM:
		return fail(why, CLOISTER_E_NOMEM, "store", "out of memory");
	case SQLITE_FULL:
		errno = ENOSPC;
		return fail_sys(why, "store", "nothing was written");
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return fail(why, CLOISTER_E_TIMEOUT, "store", "another process holds it");
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return fail(why, CLOISTER_E_MALFORMED, "store",
			    "the file is damaged or is no database; restore a backup");
	case SQLITE_TOOBIG:
		return fail(why, CLOISTER_E_LIMIT, "store", "a value is too long");
	case SQLITE_CONSTRAINT:
		return constraint(rc, why);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return system_failed(db, rc, why);
	default:
		errno = 0;
		return fail_sys(why, "store", "%.120s", db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
	}
}

/* A statement is compiled once. Its address names it, since texts here are literals. */
static int find(struct store *s, const char *text, sqlite3_stmt **out)
{
	for (size_t i = 0; i < s->n_kept; i++)
		if (s->kept[i].text == text) {
			*out = s->kept[i].stmt;
			return sqlite3_stmt_busy(*out) ? SQLITE_MISUSE : SQLITE_OK;
		}
	if (s->n_kept == SQL_KEPT_MAX)
		return SQLITE_TOOBIG;
	int rc = sqlite3_prepare_v3(s->db, text, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
	if (rc != SQLITE_OK)
		return rc;
	s->kept[s->n_kept].text = text;
	s->kept[s->n_kept++].stmt = *out;
	return SQLITE_OK;
}

struct sql sql_open(struct store *s, const char *text)
{
	struct sql q = { .store = s };

	q.rc = find(s, text, &q.stmt);
	if (q.rc != SQLITE_OK)
		q.stmt = NULL;
	return q;
}

void sql_close(struct sql *q)
{
	if (!q->stmt)
		return;
	sqlite3_reset(q->stmt);
	sqlite3_clear_bindings(q->stmt); /* loans end here */
}

static bool can_bind(struct sql *q)
{
	return ++q->param && q->rc == SQLITE_OK && !q->refused;
}

void sql_int(struct sql *q, int64_t v)
{
	if (can_bind(q))
		q->rc = sqlite3_bind_int64(q->stmt, q->param, v);
}

/* Texts lie with their owner until the statement is closed. */
void sql_text(struct sql *q, struct bytes utf8)
{
	if (!can_bind(q))
		return;
	if (utf8.len > LIMIT_STORE_VALUE)
		q->rc = SQLITE_TOOBIG;
	else if (utf8_valid(utf8) != utf8.len)
		q->refused = "a text is not UTF-8";
	else if (utf8.len && memchr(utf8.data, 0, utf8.len))
		q->refused = "a text has a NUL inside";
	else
		q->rc = sqlite3_bind_text(q->stmt, q->param, utf8.len ? (const char *)utf8.data : "",
					  (int)utf8.len, SQLITE_STATIC);
}

void sql_text_or_null(struct sql *q, struct bytes utf8)
{
	if (utf8.data)
		sql_text(q, utf8);
	else if (can_bind(q))
		q->rc = sqlite3_bind_null(q->stmt, q->param);
}

void sql_blob(struct sql *q, struct bytes b)
{
	if (!can_bind(q))
		return;
	if (b.len > LIMIT_STORE_VALUE)
		q->rc = SQLITE_TOOBIG;
	else
		q->rc = sqlite3_bind_blob(q->stmt, q->param, b.len ? (const void *)b.data : "", (int)b.len,
					  SQLITE_STATIC);
}

void sql_page_up(struct sql *q, struct store_page page)
{
	if (page.limit == 0 || page.limit > LIMIT_STORE_PAGE || page.after < 0)
		q->refused = "a page has 1 to 1000 rows, behind a number that a page gave";
	sql_int(q, page.after);
	sql_int(q, page.limit);
}

void sql_page(struct sql *q, struct store_page page)
{
	if (page.after == 0)
		page.after = INT64_MAX;
	sql_page_up(q, page);
}

static enum cloister_err broken(const struct sql *q, struct cloister_fault *why)
{
	if (q->refused)
		return fail(why, CLOISTER_E_USAGE, "store", "%s", q->refused);
	return sql_fail(q->store->db, q->rc, why);
}

static bool is_broken(const struct sql *q)
{
	return q->refused || q->rc != SQLITE_OK;
}

enum cloister_err sql_next(struct sql *q, bool *row_out, struct cloister_fault *why)
{
	if (is_broken(q))
		return broken(q, why);
	int rc = sqlite3_step(q->stmt);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
		q->rc = rc;
		return broken(q, why);
	}
	q->col = 0;
	q->n_views = 0;
	*row_out = rc == SQLITE_ROW;
	return CLOISTER_OK;
}

enum cloister_err sql_run(struct sql *q, int64_t *changed_or_null, struct cloister_fault *why)
{
	bool row = true;

	while (row)
		TRY(sql_next(q, &row, why));
	if (changed_or_null)
		*changed_or_null = sqlite3_changes64(q->store->db);
	return CLOISTER_OK;
}

enum cloister_err sql_run_one(struct sql *q, const char *thing, struct cloister_fault *why)
{
	int64_t changed;

	TRY(sql_run(q, &changed, why));
	if (changed == 0)
		return fail(why, CLOISTER_E_MISSING, "store", "there is no such %s", thing);
	return CLOISTER_OK;
}

enum cloister_err sql_one(struct sql *q, struct buf *to, const char *thing,
			  struct cloister_fault *why)
{
	bool row;

	q->to = to;
	TRY(sql_next(q, &row, why));
	if (!row)
		return fail(why, CLOISTER_E_MISSING, "store", "there is no such %s", thing);
	return CLOISTER_OK;
}

int64_t sql_take_int(struct sql *q)
{
	return sqlite3_column_int64(q->stmt, q->col++);
}

static struct bytes column(struct sql *q)
{
	int at = q->col++;
	const void *data = sqlite3_column_blob(q->stmt, at);

	return bytes_of(data, (size_t)sqlite3_column_bytes(q->stmt, at));
}

void sql_take(struct sql *q, struct bytes *out)
{
	struct bytes b = column(q);

	*out = b;
	if (!q->to)
		return;
	if (q->n_views == SQL_VIEWS_MAX) {
		q->rc = SQLITE_TOOBIG;
		return;
	}
	q->views[q->n_views].view = out;
	q->views[q->n_views++].at = q->to->len;
	buf_put(q->to, b.data, b.len);
}

void sql_take_array(struct sql *q, void *out, size_t len)
{
	struct bytes b = column(q);

	if (b.len != len)
		q->rc = SQLITE_CORRUPT;
	else
		memcpy(out, b.data, len);
}

void sql_take_id(struct sql *q, char out[static STORE_ID_ROOM])
{
	struct bytes b = column(q);

	if (b.len == 0 || b.len >= STORE_ID_ROOM) {
		q->rc = SQLITE_CORRUPT;
		return;
	}
	memcpy(out, b.data, b.len);
	out[b.len] = '\0';
}

enum cloister_err sql_done(struct sql *q, struct cloister_fault *why)
{
	if (q->rc == SQLITE_OK && sqlite3_errcode(q->store->db) == SQLITE_NOMEM)
		q->rc = SQLITE_NOMEM;
	if (is_broken(q))
		return broken(q, why);
	if (q->to)
		TRY(buf_ok(q->to, "store", why));
	for (size_t i = 0; i < q->n_views; i++)
		q->views[i].view->data = q->to->data + q->views[i].at;
	return CLOISTER_OK;
}
