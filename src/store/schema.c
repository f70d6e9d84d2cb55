/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the tables and their migrations.
 *
 * Rows are numbered by `seq`, never given twice, which is what lists go by. A
 * row that belongs to an enclave or a task names the account too, so that the
 * database itself refuses to join what two accounts own.
 */

#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "store/sql.h"

#define APPLICATION_ID 1129074003 /* "CLST" */

static const char version_1[] =
	"CREATE TABLE meta ("
	" one INTEGER PRIMARY KEY CHECK (one = 1),"
	" version INTEGER NOT NULL,"
	" kind TEXT NOT NULL CHECK (kind IN ('production', 'dev'))"
	") STRICT;"

	"CREATE TABLE accounts ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" name TEXT NOT NULL,"
	" made_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE TABLE wallets ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" account INTEGER NOT NULL REFERENCES accounts (seq),"
	" wallet TEXT NOT NULL UNIQUE CHECK (wallet <> ''),"
	" made_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE INDEX wallets_of ON wallets (account);"

	"CREATE TABLE keys ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" account INTEGER NOT NULL REFERENCES accounts (seq),"
	" wallet TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
	" scopes INTEGER NOT NULL,"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 2),"
	" expires_ms INTEGER NOT NULL,"
	" made_ms INTEGER NOT NULL,"
	" changed_ms INTEGER NOT NULL,"
	" used_ms INTEGER NOT NULL DEFAULT 0,"
	" UNIQUE (account, id)"
	") STRICT;"
	"CREATE INDEX keys_of ON keys (account);"

	"CREATE TABLE enclaves ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" account INTEGER NOT NULL REFERENCES accounts (seq),"
	" wallet TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" description TEXT NOT NULL,"
	" region TEXT NOT NULL,"
	" provider_id TEXT NOT NULL,"
	" provider_config TEXT NOT NULL,"
	" source_type TEXT NOT NULL,"
	" github TEXT NOT NULL,"
	" build_id TEXT NOT NULL DEFAULT '',"
	" build_status TEXT NOT NULL DEFAULT '',"
	" build_log_group TEXT NOT NULL DEFAULT '',"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 13),"
	" error_message TEXT NOT NULL DEFAULT '',"
	" exit_code INTEGER NOT NULL DEFAULT -1,"
	" restarts INTEGER NOT NULL DEFAULT 0,"
	" image_digest TEXT NOT NULL DEFAULT '',"
	" ports TEXT NOT NULL DEFAULT '',"
	" made_ms INTEGER NOT NULL,"
	" changed_ms INTEGER NOT NULL,"
	" UNIQUE (account, id)"
	") STRICT;"
	"CREATE INDEX enclaves_of ON enclaves (account);"
	"CREATE INDEX enclaves_in ON enclaves (status);"

	"CREATE TABLE transitions ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" account INTEGER NOT NULL,"
	" enclave TEXT NOT NULL,"
	" was INTEGER NOT NULL CHECK (was BETWEEN 0 AND 13)," /* 0: it was made */
	" is_now INTEGER NOT NULL CHECK (is_now BETWEEN 1 AND 13),"
	" reason TEXT NOT NULL,"
	" at_ms INTEGER NOT NULL,"
	" FOREIGN KEY (account, enclave) REFERENCES enclaves (account, id) ON DELETE CASCADE"
	") STRICT;"
	"CREATE INDEX transitions_of ON transitions (account, enclave);"

	"CREATE TABLE tasks ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" id TEXT NOT NULL UNIQUE,"
	" account INTEGER NOT NULL,"
	" enclave TEXT NOT NULL,"
	" wallet TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" description TEXT NOT NULL,"
	" schedule TEXT NOT NULL,"
	" zone TEXT NOT NULL,"
	" command TEXT NOT NULL,"
	" overlap INTEGER NOT NULL CHECK (overlap BETWEEN 1 AND 3),"
	" status INTEGER NOT NULL CHECK (status BETWEEN 1 AND 4),"
	" next_ms INTEGER NOT NULL," /* 0: not planned */
	" last_ms INTEGER NOT NULL DEFAULT 0,"
	" made_ms INTEGER NOT NULL,"
	" changed_ms INTEGER NOT NULL,"
	" UNIQUE (account, id),"
	" FOREIGN KEY (account, enclave) REFERENCES enclaves (account, id) ON DELETE CASCADE"
	") STRICT;"
	"CREATE INDEX tasks_of ON tasks (account);"
	"CREATE INDEX tasks_in ON tasks (account, enclave);"
	"CREATE INDEX tasks_due ON tasks (next_ms) WHERE next_ms > 0;"

	"CREATE TABLE runs ("
	" seq INTEGER PRIMARY KEY AUTOINCREMENT,"
	" account INTEGER NOT NULL,"
	" task TEXT NOT NULL,"
	" outcome INTEGER NOT NULL CHECK (outcome BETWEEN 1 AND 4),"
	" exit_code INTEGER NOT NULL DEFAULT -1,"
	" detail TEXT NOT NULL DEFAULT '',"
	" started_ms INTEGER NOT NULL,"
	" ended_ms INTEGER NOT NULL DEFAULT 0,"
	" FOREIGN KEY (account, task) REFERENCES tasks (account, id) ON DELETE CASCADE"
	") STRICT;"
	"CREATE INDEX runs_of ON runs (account, task);"
	"CREATE INDEX runs_going ON runs (outcome) WHERE outcome = 1;"

	"CREATE TABLE credentials ("
	" account INTEGER NOT NULL,"
	" enclave TEXT NOT NULL,"
	" registry TEXT NOT NULL,"
	" sealed BLOB NOT NULL,"
	" PRIMARY KEY (account, enclave),"
	" FOREIGN KEY (account, enclave) REFERENCES enclaves (account, id) ON DELETE CASCADE"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE answers ("
	" account INTEGER NOT NULL REFERENCES accounts (seq),"
	" key TEXT NOT NULL CHECK (key <> ''),"
	" request BLOB NOT NULL CHECK (length(request) = 32),"
	" status INTEGER NOT NULL,"
	" body BLOB NOT NULL,"
	" made_ms INTEGER NOT NULL,"
	" PRIMARY KEY (account, key)"
	") STRICT;"
	"CREATE INDEX answers_by_age ON answers (made_ms);"

	/* An account's lines outlive whatever they speak of: no reference. 0: the operator's. */
	"CREATE TABLE audit ("
	" seq INTEGER PRIMARY KEY,"
	" at_ms INTEGER NOT NULL,"
	" account INTEGER NOT NULL,"
	" actor TEXT NOT NULL,"
	" action TEXT NOT NULL,"
	" target TEXT NOT NULL,"
	" detail TEXT NOT NULL,"
	" prev BLOB NOT NULL CHECK (length(prev) = 32),"
	" hash BLOB NOT NULL CHECK (length(hash) = 32)"
	") STRICT;"
	"CREATE INDEX audit_of ON audit (account);"
	"CREATE TRIGGER audit_next BEFORE INSERT ON audit"
	" WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM audit)"
	" BEGIN SELECT RAISE(ABORT, 'append only'); END;"
	"CREATE TRIGGER audit_kept BEFORE UPDATE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'append only'); END;"
	"CREATE TRIGGER audit_whole BEFORE DELETE ON audit"
	" BEGIN SELECT RAISE(ABORT, 'append only'); END;"

	"CREATE TABLE checkpoints ("
	" seq INTEGER PRIMARY KEY REFERENCES audit (seq),"
	" hash BLOB NOT NULL CHECK (length(hash) = 32),"
	" signature BLOB NOT NULL,"
	" at_ms INTEGER NOT NULL"
	") STRICT;"
	"CREATE TRIGGER checkpoints_next BEFORE INSERT ON checkpoints"
	" WHEN NEW.seq <= (SELECT coalesce(max(seq), 0) FROM checkpoints)"
	" BEGIN SELECT RAISE(ABORT, 'append only'); END;"
	"CREATE TRIGGER checkpoints_kept BEFORE UPDATE ON checkpoints"
	" BEGIN SELECT RAISE(ABORT, 'append only'); END;"
	"CREATE TRIGGER checkpoints_whole BEFORE DELETE ON checkpoints"
	" BEGIN SELECT RAISE(ABORT, 'append only'); END;";

static const char *const steps[] = { version_1 };

const struct schema schema_ours = { steps, sizeof steps / sizeof *steps };

static const char *kind_name(enum store_kind kind)
{
	return kind == STORE_DEV ? "dev" : "production";
}

static void drop_stmt(sqlite3_stmt **stmt)
{
	sqlite3_finalize(*stmt);
}

enum cloister_err schema_ask_text(sqlite3 *db, const char *sql, char *out, size_t room,
				  struct cloister_fault *why)
{
	own(drop_stmt) sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		return fail(why, CLOISTER_E_MALFORMED, "store", "a row is missing that every store has");
	if (rc != SQLITE_ROW)
		return sql_fail(db, rc, why);
	const char *text = (const char *)sqlite3_column_text(stmt, 0);
	if (!text)
		return sql_fail(db, SQLITE_NOMEM, why);
	snprintf(out, room, "%s", text);
	return CLOISTER_OK;
}

enum cloister_err schema_ask_int(sqlite3 *db, const char *sql, int64_t *out,
				 struct cloister_fault *why)
{
	own(drop_stmt) sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_DONE)
		return fail(why, CLOISTER_E_MALFORMED, "store", "a row is missing that every store has");
	if (rc != SQLITE_ROW)
		return sql_fail(db, rc, why);
	*out = sqlite3_column_int64(stmt, 0);
	return CLOISTER_OK;
}

static enum cloister_err check_kind(sqlite3 *db, enum store_kind kind, struct cloister_fault *why)
{
	char is[16];

	TRY(schema_ask_text(db, "SELECT kind FROM meta", is, sizeof is, why));
	if (kind == 0 || strcmp(is, kind_name(kind)) == 0)
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_USAGE, "store", "%s",
		    kind == STORE_DEV ?
			    "this state directory was made for production and is never opened with --dev" :
			    "this state directory was made with --dev and is never opened without it");
}

enum cloister_err schema_look(sqlite3 *db, const struct schema *schema, enum store_kind kind,
			      int *version_out, struct cloister_fault *why)
{
	int64_t tables, application, version;

	TRY(schema_ask_int(db, "PRAGMA application_id", &application, why));
	TRY(schema_ask_int(db, "SELECT count(*) FROM sqlite_schema", &tables, why));
	if (tables == 0 && application == 0) { /* new, or its maker died before the first step */
		*version_out = 0;
		return CLOISTER_OK;
	}
	if (application != APPLICATION_ID)
		return fail(why, CLOISTER_E_UNSUPPORTED, "store", "the file is another program's database");
	TRY(schema_ask_int(db, "SELECT version FROM meta", &version, why));
	if (version > schema->n_steps)
		return fail(why, CLOISTER_E_UNSUPPORTED, "store",
			    "it is of version %lld and this program knows %d: a newer one wrote it, "
			    "and there is no way back but a backup",
			    (long long)version, schema->n_steps);
	if (version < 1)
		return fail(why, CLOISTER_E_MALFORMED, "store", "there is no version %lld", (long long)version);
	TRY(check_kind(db, kind, why));
	*version_out = (int)version;
	return CLOISTER_OK;
}

static enum cloister_err run(sqlite3 *db, const char *sql, struct cloister_fault *why)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? CLOISTER_OK : sql_fail(db, rc, why);
}

static enum cloister_err one_step(sqlite3 *db, const char *step, enum store_kind kind, int version,
				  struct cloister_fault *why)
{
	char mark[160];

	if (version == 1)
		snprintf(mark, sizeof mark,
			 "PRAGMA application_id = %d; INSERT INTO meta VALUES (1, 1, '%s'); COMMIT",
			 APPLICATION_ID, kind_name(kind));
	else
		snprintf(mark, sizeof mark, "UPDATE meta SET version = %d; COMMIT", version);
	TRY(run(db, "BEGIN IMMEDIATE", why));
	enum cloister_err err = run(db, step, why);
	if (err == CLOISTER_OK)
		err = run(db, mark, why);
	if (!sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	return err;
}

enum cloister_err schema_apply(sqlite3 *db, const struct schema *schema, enum store_kind kind,
			       int version, struct cloister_fault *why)
{
	for (int i = version; i < schema->n_steps; i++)
		TRY(one_step(db, schema->steps[i], kind, i + 1, why));
	return CLOISTER_OK;
}
