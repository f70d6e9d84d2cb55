/* SPDX-License-Identifier: Apache-2.0 */
/* shelf.c - a directory and its files; nothing here looks into a piece. */

#include "collateral/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strv.h"
#include "collateral/batch.h"
#include "sys/io.h"

/* mkdir -p. What is kept is public; what it lies in may be somebody's state. */
static enum cloister_err make_all(const char *whole, struct cloister_fault *why)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof path, "%s", whole) >= sizeof path)
		return fail(why, CLOISTER_E_LIMIT, "collateral", "the path is too long");
	for (char *p = path + 1;; p++) {
		char c = *p;
		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, c ? 0700 : 0755) < 0 && errno != EEXIST)
			return fail_sys(why, "collateral.mkdir", "%.120s", path);
		*p = c;
		if (c == '\0')
			return CLOISTER_OK;
	}
}

enum cloister_err shelf_open(const char *path, bool make, struct shelf *out,
			     struct cloister_fault *why)
{
	struct shelf s = SHELF_INIT;

	if (!*path || (size_t)snprintf(s.path, sizeof s.path, "%s", path) >= sizeof s.path)
		return fail(why, CLOISTER_E_USAGE, "collateral", "the directory's name is empty or too long");
	if (make)
		TRY(make_all(path, why));
	s.dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.dir_fd < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "collateral", "there is no directory %.120s", path);
	if (s.dir_fd < 0)
		return fail_sys(why, "collateral.open", "%.120s", path);
	*out = s;
	return CLOISTER_OK;
}

void shelf_close(struct shelf *s)
{
	drop_fd(&s->dir_fd);
}

static bool is_piece(const char *name)
{
	static const char *const ends[] = { ".der", ".crt", ".cer", ".crl", ".pem", ".json", ".table" };
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && dot != name && *name != '.' && i < sizeof ends / sizeof *ends; i++)
		if (strcmp(dot, ends[i]) == 0)
			return true;
	return false;
}

static void drop_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

static enum cloister_err names_of(const struct shelf *s, struct strv *out, struct cloister_fault *why)
{
	int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own(drop_dir) DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct stat st;

	if (!dir) {
		enum cloister_err err = fail_sys(why, "collateral.list", "%.120s", s->path);
		drop_fd(&fd);
		return err;
	}
	for (struct dirent *e; (errno = 0, e = readdir(dir));) {
		if (!is_piece(e->d_name) || fstatat(s->dir_fd, e->d_name, &st, 0) < 0 || !S_ISREG(st.st_mode))
			continue;
		if (out->n == LIMIT_SHELF)
			return fail(why, CLOISTER_E_LIMIT, "collateral", "more than %u files in %.100s",
				    LIMIT_SHELF, s->path);
		strv_add(out, e->d_name);
	}
	if (errno)
		return fail_sys(why, "collateral.list", "%.120s", s->path);
	strv_sort(out);
	return strv_ok(out, "collateral", why);
}

/* The same fault, with the file in front. */
static enum cloister_err in_file(struct cloister_fault *why, enum cloister_err err, const char *name)
{
	struct cloister_fault inner = *why;
	char text[sizeof inner.note];
	const char *slash = strrchr(name, '/');

	(void)cloister_fault_text(&inner, text, sizeof text);
	return fail(why, err, "collateral", "%.72s: %.84s", slash ? slash + 1 : name, text);
}

/* Whether a name is that of a certificate of a chip whose id `evidence` does not hold. */
static bool is_of_another_chip(const char *name, struct bytes evidence)
{
	static const char word[] = "-vcek-";
	const char *digits = strstr(name, word);
	uint8_t id[64];
	size_t len;

	if (!digits)
		return false;
	digits += sizeof word - 1;
	struct bytes text = bytes_of(digits, strspn(digits, "0123456789abcdef"));
	if (hex_read(text, id, sizeof id, &len, NULL) != CLOISTER_OK || len == 0)
		return false;
	return evidence.len < len || !memmem(evidence.data, evidence.len, id, len);
}

static enum cloister_err each(const struct shelf *s, const struct bytes *evidence, shelf_visit *visit,
			      void *ctx, struct cloister_fault *why)
{
	own(strv_fini) struct strv names = { 0 };

	TRY(names_of(s, &names, why));
	for (size_t i = 0; i < names.n; i++) {
		if (evidence && names.n > SHELF_ALL && is_of_another_chip(names.list[i], *evidence))
			continue;
		own(buf_fini) struct buf content = BUF_INIT(LIMIT_COLLATERAL);
		TRY(shelf_get(s, names.list[i], &content, why));
		TRY(visit(ctx, names.list[i], buf_bytes(&content), why));
	}
	return CLOISTER_OK;
}

enum cloister_err shelf_each(const struct shelf *s, shelf_visit *visit, void *ctx,
			     struct cloister_fault *why)
{
	return each(s, NULL, visit, ctx, why);
}

enum cloister_err shelf_get(const struct shelf *s, const char *name, struct buf *out,
			    struct cloister_fault *why)
{
	if (faccessat(s->dir_fd, name, F_OK, 0) < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "collateral", "there is no %.120s", name);
	return file_read(s->dir_fd, name, LIMIT_COLLATERAL, out, why);
}

enum cloister_err shelf_put(const struct shelf *s, const char *name, struct bytes content,
			    struct cloister_fault *why)
{
	TRY(file_write(s->dir_fd, name, 0644, content, why));
	/* The name itself has to survive a power cut too. */
	if (fsync(s->dir_fd) < 0)
		return fail_sys(why, "collateral.sync", "%.120s", s->path);
	return CLOISTER_OK;
}

/* What the library does not take apart itself: digits, a quote. */
static enum cloister_err give_parts(struct cloister_trust *trust, struct bytes content,
				    struct cloister_fault *why)
{
	own(batch_fini) struct batch b = { 0 };

	TRY(batch_add(&b, content, why));
	for (size_t i = 0; i < b.pool.n; i++) {
		struct bytes data = b.pool.items[i].data;
		TRY(cloister_trust_add_collateral(trust, (struct cloister_bytes){ data.data, data.len }, why));
	}
	return CLOISTER_OK;
}

static enum cloister_err give_one(void *ctx, const char *name, struct bytes content,
				  struct cloister_fault *why)
{
	struct cloister_bytes lent = { content.data, content.len };
	struct cloister_fault local;

	why = why ? why : &local;
	enum cloister_err err = cloister_trust_add_collateral(ctx, lent, why);
	if (err == CLOISTER_E_UNSUPPORTED)
		err = give_parts(ctx, content, why);
	return err == CLOISTER_OK ? err : in_file(why, err, name);
}

enum cloister_err shelf_give(const char *path, struct bytes evidence, struct cloister_trust *trust,
			     struct cloister_fault *why)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return fail_sys(why, "collateral", "%.120s", path);
	if (S_ISDIR(st.st_mode)) {
		own(shelf_close) struct shelf s = SHELF_INIT;
		TRY(shelf_open(path, false, &s, why));
		return each(&s, &evidence, give_one, trust, why);
	}
	own(buf_fini) struct buf content = BUF_INIT(LIMIT_COLLATERAL);
	TRY(file_read(AT_FDCWD, path, LIMIT_COLLATERAL, &content, why));
	return give_one(trust, path, buf_bytes(&content), why);
}
