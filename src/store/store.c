/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.c - one SQLite file: opening it warily, transactions, copies.
 *
 * Write-ahead log with full synchronisation: what store_commit() has said is on
 * the disk. The file is believed to be ours only as far as SQLite's own checks
 * go: no views, no extensions, no functions with effects inside the schema, no
 * write to the schema, cells checked when they are read.
 */

#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "crypto/random.h"
#include "store/schema.h"
#include "store/sql.h"
#include "sys/io.h"

#define FILE_NAME "cloister.db"
#define WAL_KEPT "16777216" /* bytes that the log keeps of the disk between checkpoints */

static void drop_db(sqlite3 **db)
{
	sqlite3_close(*db); /* NULL is fine */
}

static enum cloister_err run(sqlite3 *db, const char *sql, struct cloister_fault *why)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

	return rc == SQLITE_OK ? CLOISTER_OK : sql_fail(db, rc, why);
}

static enum cloister_err be_wary(sqlite3 *db, struct cloister_fault *why)
{
	static const struct {
		int what, on;
	} options[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_ENABLE_FKEY, 1 },
		{ SQLITE_DBCONFIG_ENABLE_TRIGGER, 1 }, /* what keeps the audit log whole */
		{ SQLITE_DBCONFIG_ENABLE_VIEW, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		int rc = sqlite3_db_config(db, options[i].what, options[i].on, NULL);
		if (rc != SQLITE_OK)
			return sql_fail(db, rc, why);
	}
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, (int)(4 * LIMIT_STORE_VALUE)); /* a row, too */
	sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_busy_timeout(db, SQL_BUSY_MS);
	return run(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
		       "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
		       "PRAGMA journal_size_limit = " WAL_KEPT, why);
}

static enum cloister_err open_db(const char *path, int flags, sqlite3 **out,
				 struct cloister_fault *why)
{
	own(drop_db) sqlite3 *db = NULL;
	int rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE |
						    SQLITE_OPEN_EXRESCODE, NULL);

	if (rc != SQLITE_OK)
		return sql_fail(db, rc, why);
	TRY(be_wary(db, why));
	*out = give(db, NULL);
	return CLOISTER_OK;
}

/*
 * `sql` is one of SQLite's two checks: "ok", or what is wrong. They speak of a
 * page that could not be read, for want of memory say, as they speak of a
 * damaged one; damage is what is still there at the second look.
 */
static enum cloister_err check_whole(sqlite3 *db, const char *sql, struct cloister_fault *why)
{
	char says[80] = "";
	int64_t n_loose;

	for (unsigned looks = 0; looks < 2 && strcmp(says, "ok") != 0; looks++)
		TRY(schema_ask_text(db, sql, says, sizeof says, why));
	if (strcmp(says, "ok") != 0)
		return fail(why, CLOISTER_E_MALFORMED, "store", "the file is damaged; restore a backup (%s)", says);
	TRY(schema_ask_int(db, "SELECT count(*) FROM pragma_foreign_key_check", &n_loose, why));
	if (n_loose)
		return fail(why, CLOISTER_E_MALFORMED, "store",
			    "the file is damaged; restore a backup (%lld rows belong to nobody)",
			    (long long)n_loose);
	return CLOISTER_OK;
}

/* The folder: ours alone, since what lies in it is believed. */
static enum cloister_err open_dir(const char *path, bool make, int *fd_out, struct cloister_fault *why)
{
	struct stat st;

	if (make && mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail_sys(why, "store.mkdir", "%.120s", path);
	own(drop_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "store", "there is no folder %.120s", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(why, "store.open", "%.120s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return fail(why, CLOISTER_E_USAGE, "store",
			    "%.100s is another user's or open to others; it must be ours and of mode 0700", path);
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

/* SQLite gives the files beside it the mode of the first; so that one is made here. */
static enum cloister_err have_file(int dir_fd, bool make, struct cloister_fault *why)
{
	struct stat st;

	if (fstatat(dir_fd, FILE_NAME, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077))
			return CLOISTER_OK;
		return fail(why, CLOISTER_E_USAGE, "store",
			    FILE_NAME " is no file of ours of mode 0600");
	}
	if (errno != ENOENT)
		return fail_sys(why, "store.open", FILE_NAME);
	if (!make)
		return fail(why, CLOISTER_E_MISSING, "store", "there is none yet; `cloisterd init` makes it");
	own(drop_fd) int fd = openat(dir_fd, FILE_NAME, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fsync(dir_fd) < 0)
		return fail_sys(why, "store.make", FILE_NAME);
	return CLOISTER_OK;
}

static enum cloister_err be_logged(sqlite3 *db, struct cloister_fault *why)
{
	char mode[16];

	TRY(schema_ask_text(db, "PRAGMA journal_mode = WAL", mode, sizeof mode, why));
	if (strcmp(mode, "wal") != 0)
		return fail(why, CLOISTER_E_UNSUPPORTED, "store", "no write-ahead log on this file system");
	return CLOISTER_OK;
}

static enum cloister_err ready(sqlite3 *db, const struct store_spec *spec, struct cloister_fault *why)
{
	int version;

	TRY(schema_look(db, &schema_ours, spec->kind, &version, why));
	if (version == 0 && !spec->make)
		return fail(why, CLOISTER_E_MISSING, "store", "it is empty; `cloisterd init` fills it");
	TRY(be_logged(db, why));
	if (version)
		TRY(check_whole(db, "PRAGMA quick_check(1)", why));
	return schema_apply(db, &schema_ours, spec->kind, version, why);
}

enum cloister_err store_open(const struct store_spec *spec, struct store **out,
			     struct cloister_fault *why)
{
	own(drop_fd) int dir_fd = -1;
	own(drop_store) struct store *s = calloc(1, sizeof *s);
	char path[LIMIT_PATH];

	if (!s)
		return fail(why, CLOISTER_E_NOMEM, "store", "out of memory");
	if ((size_t)snprintf(path, sizeof path, "%s/" FILE_NAME, spec->dir) >= sizeof path)
		return fail(why, CLOISTER_E_LIMIT, "store", "the path is too long");
	TRY(open_dir(spec->dir, spec->make, &dir_fd, why));
	TRY(have_file(dir_fd, spec->make, why));
	TRY(open_db(path, SQLITE_OPEN_READWRITE, &s->db, why));
	TRY(ready(s->db, spec, why));
	*out = give(s, NULL);
	return CLOISTER_OK;
}

void store_close(struct store *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n_kept; i++)
		sqlite3_finalize(s->kept[i].stmt);
	sqlite3_close(s->db);
	free(s);
}

void drop_store(struct store **s)
{
	store_close(*s);
}

static enum cloister_err do_one(struct store *s, const char *sql, struct cloister_fault *why)
{
	own(sql_close) struct sql q = sql_open(s, sql);

	return sql_run(&q, NULL, why);
}

/* SQLite may take a whole transaction back by itself, when the disk is full say. */
static bool is_lost(const struct store *s)
{
	return s->depth && sqlite3_get_autocommit(s->db);
}

enum cloister_err store_begin(struct store *s, struct store_tx *out, struct cloister_fault *why)
{
	if (is_lost(s))
		return fail(why, CLOISTER_E_USAGE, "store", "the transaction around this one was rolled back");
	TRY(s->depth ? do_one(s, "SAVEPOINT inner", why) : do_one(s, "BEGIN IMMEDIATE", why));
	*out = (struct store_tx){ s, ++s->depth };
	return CLOISTER_OK;
}

enum cloister_err store_commit(struct store_tx *tx, struct cloister_fault *why)
{
	struct store *s = tx->store;

	if (tx->depth != s->depth || is_lost(s))
		return fail(why, CLOISTER_E_USAGE, "store", "the transaction was rolled back or is not the innermost");
	TRY(s->depth > 1 ? do_one(s, "RELEASE inner", why) : do_one(s, "COMMIT", why));
	s->depth--;
	tx->store = NULL;
	return CLOISTER_OK;
}

void store_rollback(struct store_tx *tx)
{
	struct store *s = give(tx->store, NULL);

	if (!s)
		return;
	/* Failures here mean that SQLite did it already. */
	if (is_lost(s))
		;
	else if (tx->depth == 1)
		(void)do_one(s, "ROLLBACK", NULL);
	else if (do_one(s, "ROLLBACK TO inner", NULL) == CLOISTER_OK)
		(void)do_one(s, "RELEASE inner", NULL);
	s->depth = tx->depth - 1;
}

enum cloister_err store_id_new(const char *prefix, uint64_t now_ms, char out[static STORE_ID_ROOM],
			       struct cloister_fault *why)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char tail[10] = "";
	uint8_t dice[32];

	for (size_t n = 0; n < 9;) {
		TRY(random_bytes(dice, sizeof dice, why));
		for (size_t i = 0; i < sizeof dice && n < 9; i++)
			if (dice[i] < 252) /* 7 * 36: each digit as likely as the next */
				tail[n++] = digits[dice[i] % 36];
	}
	snprintf(out, STORE_ID_ROOM, "%.12s_%llu_%s", prefix, (unsigned long long)now_ms, tail);
	return CLOISTER_OK;
}

/* All pages of `from` into the empty `to`, and a look at what came out. */
static enum cloister_err copy_pages(sqlite3 *from, sqlite3 *to, struct cloister_fault *why)
{
	char mode[16];
	sqlite3_backup *copy = sqlite3_backup_init(to, "main", from, "main");

	if (!copy)
		return sql_fail(to, sqlite3_extended_errcode(to), why);
	int stepped = sqlite3_backup_step(copy, -1);
	int rc = sqlite3_backup_finish(copy);
	if (rc != SQLITE_OK || stepped != SQLITE_DONE)
		return sql_fail(to, rc != SQLITE_OK ? rc : stepped, why);
	/* One file, without a log beside it. */
	TRY(schema_ask_text(to, "PRAGMA journal_mode = DELETE", mode, sizeof mode, why));
	return check_whole(to, "PRAGMA integrity_check(1)", why);
}

static enum cloister_err copy_into(sqlite3 *from, const char *path, struct cloister_fault *why)
{
	own(drop_db) sqlite3 *to = NULL;
	own(drop_fd) int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail_sys(why, "store.copy", "%.120s", path);
	TRY(open_db(path, SQLITE_OPEN_READWRITE, &to, why));
	TRY(copy_pages(from, to, why));
	return fsync(fd) < 0 ? fail_sys(why, "store.copy", "%.120s", path) : CLOISTER_OK;
}

static enum cloister_err sync_folder_of(const char *path, struct cloister_fault *why)
{
	char folder[LIMIT_PATH];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;

	snprintf(folder, sizeof folder, "%.*s%s", (int)len, path, slash ? "/" : ".");
	own(drop_fd) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) < 0 ? fail_sys(why, "store.copy", "%.120s", folder) : CLOISTER_OK;
}

/* Under another name until it is whole. */
static enum cloister_err copy_to(sqlite3 *from, const char *path, struct cloister_fault *why)
{
	char part[LIMIT_PATH], journal[LIMIT_PATH + 16];

	if ((size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part)
		return fail(why, CLOISTER_E_LIMIT, "store", "the path is too long");
	snprintf(journal, sizeof journal, "%s-journal", part);
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return fail(why, CLOISTER_E_USAGE, "store", "%.120s exists already", path);
	(void)unlink(journal); /* of one that was killed */
	(void)unlink(part);
	enum cloister_err err = copy_into(from, part, why);
	if (err == CLOISTER_OK && renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE) < 0)
		err = fail_sys(why, "store.copy", "%.120s", path);
	if (err != CLOISTER_OK)
		(void)unlink(part);
	return err == CLOISTER_OK ? sync_folder_of(path, why) : err;
}

enum cloister_err store_backup(struct store *s, const char *path, struct cloister_fault *why)
{
	return copy_to(s->db, path, why);
}

enum cloister_err store_restore(const char *backup, const char *dir, struct cloister_fault *why)
{
	static const char *const files[] = { FILE_NAME, FILE_NAME "-wal", FILE_NAME "-shm" };
	own(drop_db) sqlite3 *from = NULL;
	own(drop_fd) int dir_fd = -1;
	char path[LIMIT_PATH];
	int version;

	if ((size_t)snprintf(path, sizeof path, "%s/" FILE_NAME, dir) >= sizeof path)
		return fail(why, CLOISTER_E_LIMIT, "store", "the path is too long");
	if (faccessat(AT_FDCWD, backup, R_OK, AT_EACCESS) < 0)
		return fail_sys(why, "store.restore", "%.120s", backup);
	TRY(open_db(backup, SQLITE_OPEN_READONLY, &from, why));
	TRY(schema_look(from, &schema_ours, 0, &version, why));
	if (version == 0)
		return fail(why, CLOISTER_E_USAGE, "store", "%.120s is empty", backup);
	TRY(check_whole(from, "PRAGMA integrity_check(1)", why));
	TRY(open_dir(dir, true, &dir_fd, why));
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		if (faccessat(dir_fd, files[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return fail(why, CLOISTER_E_USAGE, "store",
				    "%.100s/%s exists; restore into a folder without a store", dir, files[i]);
	return copy_to(from, path, why);
}
