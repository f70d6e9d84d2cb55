/* SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

/*
 * sql.h - what the files of this folder share: statements that stay prepared,
 * parameters and columns read in their order, SQLite's codes as faults.
 *
 * A statement is used like a reader: parameters are put and columns taken one
 * after the other, what goes wrong is remembered, and sql_run(), sql_next() or
 * sql_done() says it.
 */

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"
#include "store/store.h"

#define SQL_KEPT_MAX 96u  /* statements in this folder; the build's tests would notice */
#define SQL_VIEWS_MAX 16u /* texts of one row */
#define SQL_BUSY_MS 2000

struct store {
	sqlite3 *db;
	unsigned depth; /* open transactions, one in the other */
	struct {
		const char *text; /* static; its address is the key */
		sqlite3_stmt *stmt;
	} kept[SQL_KEPT_MAX];
	size_t n_kept;
};

struct sql {
	struct store *store;
	sqlite3_stmt *stmt;   /* the store's */
	int rc;               /* sticky */
	const char *refused;  /* sticky: a parameter that may not be stored, and why */
	int param, col;
	struct buf *to;       /* where texts are copied; NULL: views of SQLite's memory */
	struct {
		struct bytes *view;
		size_t at;
	} views[SQL_VIEWS_MAX];
	size_t n_views;
};

/* SQLite's code as a fault. */
enum cloister_err sql_fail(sqlite3 *db, int rc, struct cloister_fault *why);

/* `text` must be static. own(sql_close) makes the statement ready for the next user. */
struct sql sql_open(struct store *s, const char *text);
void sql_close(struct sql *q);

void sql_int(struct sql *q, int64_t v);
void sql_text(struct sql *q, struct bytes utf8);         /* without data: "" */
void sql_text_or_null(struct sql *q, struct bytes utf8); /* without data: NULL, for COALESCE */
void sql_blob(struct sql *q, struct bytes b);
/* The two parameters of `seq < ? … LIMIT ?`. */
void sql_page(struct sql *q, struct store_page page);
void sql_page_up(struct sql *q, struct store_page page); /* `seq > ? … LIMIT ?` */

/* For what gives no rows. `changed_or_null`: how many rows it touched. */
enum cloister_err sql_run(struct sql *q, int64_t *changed_or_null, struct cloister_fault *why);
/* The same where a row must be touched: CLOISTER_E_MISSING, "there is no such `thing`". */
enum cloister_err sql_run_one(struct sql *q, const char *thing, struct cloister_fault *why);

enum cloister_err sql_next(struct sql *q, bool *row_out, struct cloister_fault *why);
/* The only row, its texts to be copied to `to`. CLOISTER_E_MISSING. */
enum cloister_err sql_one(struct sql *q, struct buf *to, const char *thing,
			  struct cloister_fault *why);

int64_t sql_take_int(struct sql *q);
void sql_take(struct sql *q, struct bytes *out); /* no row is shown before sql_done() */
void sql_take_array(struct sql *q, void *out, size_t len);
void sql_take_id(struct sql *q, char out[static STORE_ID_ROOM]);
/* Whether the row was read as it should; the texts' views hold from here on. */
enum cloister_err sql_done(struct sql *q, struct cloister_fault *why);

#endif
