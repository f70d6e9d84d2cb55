/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users.c - USER, passwd(5) and group(5), from an image's bytes. Asks neither
 * libc nor the host, which have their own users. The first entry wins, as in libc.
 */

#include "image/users.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "image/shown.h"

#define ID_MAX 2147483647u /* what Docker accepts; past it others have wrapped around to root */
#define FIELDS 7u

/* Cut the front of `text` off at `end`, which is swallowed. */
static struct bytes cut(struct bytes *text, char end)
{
	const uint8_t *p = text->len ? memchr(text->data, end, text->len) : NULL;
	size_t len = p ? (size_t)(p - text->data) : text->len;
	struct bytes b = bytes_of(text->data, len);

	*text = bytes_of(text->data + len + (p != NULL), text->len - len - (p != NULL));
	return b;
}

static bool id_read(struct bytes text, uint32_t *out)
{
	uint64_t v = 0;

	if (text.len == 0 || text.len > 10)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(text.data[i] - '0');
	}
	*out = (uint32_t)v;
	return v <= ID_MAX;
}

static bool all_digits(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.len > 0;
}

/* name:password:uid:gid:comment:home:shell, and name:password:gid:members. */
struct line {
	struct bytes fields[FIELDS];
	unsigned n;
	unsigned number; /* from 1, for the sentence */
};

static bool next_line(struct bytes *file, struct line *l)
{
	struct bytes text;

	if (file->len == 0)
		return false;
	text = cut(file, '\n');
	l->number++;
	memset(l->fields, 0, sizeof l->fields);
	l->n = 0;
	do
		l->fields[l->n++] = cut(&text, ':');
	while (text.len > 0 && l->n < FIELDS);
	return true;
}

struct user {
	struct bytes name, home;
	uint32_t uid, gid;
};

struct group {
	struct bytes name, members;
	uint32_t gid;
};

static bool user_read(const struct line *l, struct user *u)
{
	u->name = l->fields[0];
	u->home = l->fields[5];
	return u->name.len && l->n >= 4 && id_read(l->fields[2], &u->uid) &&
	       id_read(l->fields[3], &u->gid);
}

static bool group_read(const struct line *l, struct group *g)
{
	g->name = l->fields[0];
	g->members = l->fields[3];
	return g->name.len && l->n >= 3 && id_read(l->fields[2], &g->gid);
}

static enum cloister_err damaged(const char *file, const struct line *l, struct cloister_fault *why)
{
	return fail(why, CLOISTER_E_MALFORMED, "USER", "%s, line %u: the entry of `%s` is damaged", file,
		    l->number, shown(l->fields[0]).text);
}

/* By name, or by uid when `name` is a number or empty (root). */
static enum cloister_err find_user(struct bytes passwd, struct bytes name, uint32_t uid,
				   bool by_uid, struct user *out, bool *found,
				   struct cloister_fault *why)
{
	struct line l = { .number = 0 };
	struct user u;

	*found = false;
	while (!*found && next_line(&passwd, &l)) {
		bool good = user_read(&l, &u);
		if (!good && !by_uid && bytes_equal(l.fields[0], name))
			return damaged("/etc/passwd", &l, why);
		*found = good && (by_uid ? u.uid == uid : bytes_equal(u.name, name));
	}
	if (*found)
		*out = u;
	return CLOISTER_OK;
}

static enum cloister_err find_group(struct bytes group, struct bytes name, struct group *out,
				    bool *found, struct cloister_fault *why)
{
	struct line l = { .number = 0 };
	struct group g;

	*found = false;
	while (!*found && next_line(&group, &l)) {
		bool good = group_read(&l, &g);
		if (!good && bytes_equal(l.fields[0], name))
			return damaged("/etc/group", &l, why);
		*found = good && bytes_equal(g.name, name);
	}
	if (*found)
		*out = g;
	return CLOISTER_OK;
}

/* Keep the list ascending and without repeats. */
static enum cloister_err join(struct image_user *u, uint32_t gid, struct cloister_fault *why)
{
	size_t at = u->n_groups;

	while (at > 0 && u->groups[at - 1] > gid)
		at--;
	if (at > 0 && u->groups[at - 1] == gid)
		return CLOISTER_OK;
	if (u->n_groups == USER_GROUPS_MAX)
		return fail(why, CLOISTER_E_LIMIT, "USER", "more than %d groups", USER_GROUPS_MAX);
	memmove(u->groups + at + 1, u->groups + at, (u->n_groups - at) * sizeof gid);
	u->groups[at] = gid;
	u->n_groups++;
	return CLOISTER_OK;
}

static bool lists(struct bytes members, struct bytes name)
{
	while (members.len > 0)
		if (bytes_equal(cut(&members, ','), name))
			return true;
	return false;
}

static enum cloister_err memberships(struct bytes group, struct bytes name, struct image_user *u,
				     struct cloister_fault *why)
{
	struct line l = { .number = 0 };
	struct group g;

	while (next_line(&group, &l))
		if (group_read(&l, &g) && lists(g.members, name))
			TRY(join(u, g.gid, why));
	return CLOISTER_OK;
}

static enum cloister_err number_or_fail(struct bytes text, const char *what, const char *file,
					bool have_file, uint32_t *out, struct cloister_fault *why)
{
	if (id_read(text, out))
		return CLOISTER_OK;
	if (all_digits(text))
		return fail(why, CLOISTER_E_LIMIT, "USER", "%s %s is larger than %u", what,
			    shown(text).text, ID_MAX);
	if (!have_file)
		return fail(why, CLOISTER_E_MISSING, "USER",
			    "the image has no %s to look `%s` up in; a number needs none", file,
			    shown(text).text);
	return fail(why, CLOISTER_E_MISSING, "USER", "the image's %s has no %s `%s`", file, what,
		    shown(text).text);
}

static enum cloister_err set_user(struct bytes name, struct bytes passwd, struct image_user *out,
				  struct bytes *known_as, struct cloister_fault *why)
{
	bool by_uid = name.len == 0 || all_digits(name), found;
	struct user u;

	if (by_uid && name.len)
		TRY(number_or_fail(name, "user", "/etc/passwd", true, &out->uid, why));
	TRY(find_user(passwd, name, out->uid, by_uid, &u, &found, why));
	if (!found && !by_uid)
		return number_or_fail(name, "user", "/etc/passwd", passwd.len > 0, &out->uid, why);
	if (!found)
		return CLOISTER_OK;
	out->uid = u.uid;
	out->gid = u.gid;
	*known_as = u.name;
	if (u.home.len > 0 && u.home.len < sizeof out->home && u.home.data[0] == '/') {
		memcpy(out->home, u.home.data, u.home.len);
		out->home[u.home.len] = 0;
	}
	return CLOISTER_OK;
}

static enum cloister_err set_group(struct bytes name, struct bytes group, struct image_user *out,
				   struct cloister_fault *why)
{
	bool found = false;
	struct group g;

	if (!all_digits(name))
		TRY(find_group(group, name, &g, &found, why));
	if (!found)
		return number_or_fail(name, "group", "/etc/group", group.len > 0, &out->gid, why);
	out->gid = g.gid;
	return CLOISTER_OK;
}

static enum cloister_err check_file(struct bytes file, const char *name, struct cloister_fault *why)
{
	if (file.len > LIMIT_PASSWD)
		return fail(why, CLOISTER_E_LIMIT, "USER", "%s is longer than %u bytes", name,
			    LIMIT_PASSWD);
	if (file.len && memchr(file.data, 0, file.len))
		return fail(why, CLOISTER_E_MALFORMED, "USER", "%s holds a NUL byte", name);
	return CLOISTER_OK;
}

enum cloister_err user_resolve(const char *spec, struct bytes passwd, struct bytes group,
			       struct image_user *out, struct cloister_fault *why)
{
	struct image_user u = { .home = "/" };
	struct bytes rest = bytes_text(spec), known_as = BYTES_NONE;
	struct bytes user = cut(&rest, ':');

	TRY(check_file(passwd, "/etc/passwd", why));
	TRY(check_file(group, "/etc/group", why));
	if (rest.len && memchr(rest.data, ':', rest.len))
		return fail(why, CLOISTER_E_MALFORMED, "USER", "`%s` is not USER or USER:GROUP",
			    shown_text(spec).text);
	TRY(set_user(user, passwd, &u, &known_as, why));
	if (rest.len)
		TRY(set_group(rest, group, &u, why));
	TRY(join(&u, u.gid, why));
	if (!rest.len && known_as.len)
		TRY(memberships(group, known_as, &u, why));
	*out = u;
	return CLOISTER_OK;
}
