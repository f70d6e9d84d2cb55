/* SPDX-License-Identifier: Apache-2.0 */
/* users_test.c - USER as Docker means it, one row a meaning. */

#include "image/users.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"

#define PASSWD                                         \
	"# comment\n\n"                                \
	"root:x:0:0:root:/root:/bin/sh\n"              \
	"redis:x:999:998::/var/lib/redis:/usr/sbin/nologin\n" \
	"redis:x:1:1:second entry:/:/bin/sh\n"         \
	"1234:x:0:0:a number as a name:/:/bin/sh\n"    \
	"short:x:5:6\n"                                \
	"broken:x:abc:1::/:\n"                         \
	"+::::::\n"                                    \
	"relative:x:7:7::home:\n"                      \
	"last:x:8:8::/last:/bin/sh"
#define GROUP                         \
	"root:x:0:\n"                 \
	"redis:x:998:\n"              \
	"wheel:x:10:root,redis\n"     \
	"tls:x:5:redis\n"             \
	"again:x:10:redis,redis\n"    \
	"prefix:x:11:redi,redis2\n"   \
	"bad:x:-1:redis\n"            \
	"77:x:0:\n"

struct row {
	const char *spec;
	uint32_t uid, gid;
	const char *home;
	const char *groups; /* "5 10 998" */
	enum cloister_err err;
	const char *note; /* part of the sentence */
};

static const struct row rows[] = {
	{ "", 0, 0, "/root", "0 10", 0, NULL },
	{ "0", 0, 0, "/root", "0 10", 0, NULL },
	{ "root", 0, 0, "/root", "0 10", 0, NULL },
	{ "redis", 999, 998, "/var/lib/redis", "5 10 998", 0, NULL },
	{ "999", 999, 998, "/var/lib/redis", "5 10 998", 0, NULL },
	{ "redis:", 999, 998, "/var/lib/redis", "5 10 998", 0, NULL },
	{ "redis:wheel", 999, 10, "/var/lib/redis", "10", 0, NULL },
	{ "redis:4000", 999, 4000, "/var/lib/redis", "4000", 0, NULL },
	{ ":wheel", 0, 10, "/root", "10", 0, NULL },
	{ "1000", 1000, 0, "/", "0", 0, NULL },
	{ "1000:1000", 1000, 1000, "/", "1000", 0, NULL },
	{ "1234", 1234, 0, "/", "0", 0, NULL }, /* never the user whose name is 1234 */
	{ "1:77", 1, 77, "/", "77", 0, NULL },
	{ "short", 5, 6, "/", "6", 0, NULL },
	{ "relative", 7, 7, "/", "7", 0, NULL },
	{ "last", 8, 8, "/last", "8", 0, NULL },
	{ "2147483647", 2147483647, 0, "/", "0", 0, NULL },
	{ "2147483648", 0, 0, "", "", CLOISTER_E_LIMIT, "larger than" },
	{ "4294967296", 0, 0, "", "", CLOISTER_E_LIMIT, "larger than" },
	{ "99999999999999999999", 0, 0, "", "", CLOISTER_E_LIMIT, "larger than" },
	{ "0:4294967296", 0, 0, "", "", CLOISTER_E_LIMIT, "larger than" },
	{ "-1", 0, 0, "", "", CLOISTER_E_MISSING, "no user `-1`" },
	{ "nobody", 0, 0, "", "", CLOISTER_E_MISSING, "no user `nobody`" },
	{ "redis:nogroup", 0, 0, "", "", CLOISTER_E_MISSING, "no group `nogroup`" },
	{ "redis:bad", 0, 0, "", "", CLOISTER_E_MALFORMED, "/etc/group, line 7" },
	{ "broken", 0, 0, "", "", CLOISTER_E_MALFORMED, "/etc/passwd, line 8" },
	{ "+", 0, 0, "", "", CLOISTER_E_MALFORMED, "/etc/passwd, line 9" },
	{ "a:b:c", 0, 0, "", "", CLOISTER_E_MALFORMED, "USER:GROUP" },
};

static void say_groups(const struct image_user *u, char *out, size_t room)
{
	out[0] = 0;
	for (size_t i = 0, at = 0; i < u->n_groups; i++)
		at += (size_t)snprintf(out + at, room - at, "%s%u", i ? " " : "", u->groups[i]);
}

static void check(const struct row *r, struct bytes passwd, struct bytes group)
{
	struct cloister_fault why = { 0 };
	struct image_user u;
	char groups[128];

	enum cloister_err err = user_resolve(r->spec, passwd, group, &u, &why);
	if (err != r->err)
		fail_msg("`%s`: %s: %s", r->spec, cloister_err_name(err), why.note);
	if (err != CLOISTER_OK) {
		if (!strstr(why.note, r->note))
			fail_msg("`%s`: says `%s`", r->spec, why.note);
		return;
	}
	say_groups(&u, groups, sizeof groups);
	if (u.uid != r->uid || u.gid != r->gid || strcmp(u.home, r->home) != 0 ||
	    strcmp(groups, r->groups) != 0)
		fail_msg("`%s`: %u:%u %s [%s]", r->spec, u.uid, u.gid, u.home, groups);
}

static void specs(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		check(&rows[i], bytes_text(PASSWD), bytes_text(GROUP));
}

/* An image without either file still runs by numbers, and says what it lacks otherwise. */
static void without_files(void **state)
{
	static const struct row bare[] = {
		{ "", 0, 0, "/", "0", 0, NULL },
		{ "65532:65532", 65532, 65532, "/", "65532", 0, NULL },
		{ "redis", 0, 0, "", "", CLOISTER_E_MISSING, "no /etc/passwd" },
		{ "1:wheel", 0, 0, "", "", CLOISTER_E_MISSING, "no /etc/group" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(bare); i++)
		check(&bare[i], BYTES_NONE, BYTES_NONE);
}

static void hostile_files(void **state)
{
	static char big[LIMIT_PASSWD + 1];
	static const char nul[] = "root:x:0:0::/:\0\n";
	char groups[16384] = "";
	struct cloister_fault why = { 0 };
	struct image_user u;

	(void)state;
	assert_int_equal(user_resolve("", BYTES_OF(big), BYTES_NONE, &u, &why), CLOISTER_E_LIMIT);
	assert_int_equal(user_resolve("", BYTES_NONE, BYTES_OF(big), &u, &why), CLOISTER_E_LIMIT);
	assert_int_equal(user_resolve("", BYTES_OF(nul), BYTES_NONE, &u, &why), CLOISTER_E_MALFORMED);
	for (int i = 0; i < USER_GROUPS_MAX + 1; i++) {
		size_t at = strlen(groups);
		snprintf(groups + at, sizeof groups - at, "g%d:x:%d:root\n", i, 1000 - i);
	}
	assert_int_equal(user_resolve("root", bytes_text(PASSWD), bytes_text(groups), &u, &why),
			 CLOISTER_E_LIMIT);
	assert_non_null(strstr(why.note, "256 groups"));
}

/* Every prefix of both files: no crash, and never root by accident. */
static void prefixes(void **state)
{
	struct image_user u;

	(void)state;
	for (size_t n = 0; n < strlen(PASSWD); n++)
		if (user_resolve("redis", bytes_of(PASSWD, n), bytes_text(GROUP), &u, NULL) ==
		    CLOISTER_OK)
			assert_int_equal(u.uid, 999);
	for (size_t n = 0; n < strlen(GROUP); n++)
		assert_int_equal(user_resolve("redis", bytes_text(PASSWD), bytes_of(GROUP, n), &u, NULL),
				 CLOISTER_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specs),
		cmocka_unit_test(without_files),
		cmocka_unit_test(hostile_files),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
