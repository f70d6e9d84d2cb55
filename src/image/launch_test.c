/* SPDX-License-Identifier: Apache-2.0 */
/* Docker's rules for ENTRYPOINT, CMD, ENV, WORKDIR, USER, STOPSIGNAL, VOLUME, and what an author may replace. */

#include "base/test.h"

#include <stdio.h>

#include "image/launch.h"

static char *none[] = { NULL };

static struct image_config config(void)
{
	return (struct image_config){ .entrypoint = none, .cmd = none, .env = none, .volumes = none,
				      .user = "", .working_dir = "", .stop_signal = "", .created = "",
				      .architecture = "amd64", .os = "linux" };
}

static void expect_list(const char *const *list, const char *joined)
{
	own(buf_fini) struct buf got = BUF_INIT(4096);

	for (; *list; list++)
		buf_print(&got, "%s|", *list);
	assert_string_equal(buf_string(&got), joined);
}

/* Splits "a b" at blanks onto `to`. */
static void words(struct strv *to, const char *text)
{
	for (; *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		strv_take(to, strndup(text, len));
		text += len;
	}
}

static const struct {
	const char *image_entry, *image_cmd, *argv, *entry, *cmd, *want;
} commands[] = {
	{ "", "sh", "", "", "", "sh|" },
	{ "entry -x", "", "", "", "", "entry|-x|" },
	{ "entry", "a b", "", "", "", "entry|a|b|" },
	{ "entry", "a b", "", "", "c", "entry|c|" },
	{ "entry", "a b", "", "other", "", "other|" },
	{ "entry", "a b", "", "other", "c d", "other|c|d|" },
	{ "entry", "a b", "whole thing", "", "", "whole|thing|" },
	{ "", "", "", "", "c d", "c|d|" },
	{ "", "", "", "", "", NULL },
};

static void entrypoint_and_cmd(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(commands); i++) {
		own(strv_fini) struct strv entry = { 0 }, cmd = { 0 };
		own(launch_wish_fini) struct launch_wish wish = { 0 };
		own(launch_fini) struct launch l = { 0 };
		struct image_config c = config();
		struct cloister_fault why;

		words(&entry, commands[i].image_entry);
		words(&cmd, commands[i].image_cmd);
		words(&wish.argv, commands[i].argv);
		words(&wish.entrypoint, commands[i].entry);
		words(&wish.cmd, commands[i].cmd);
		c.entrypoint = entry.n ? entry.list : none;
		c.cmd = cmd.n ? cmd.list : none;
		enum cloister_err err = launch_resolve(&c, &wish, BYTES_NONE, BYTES_NONE, &l, &why);
		if (commands[i].want) {
			WANT_OK(err, &why);
			expect_list(l.spec.argv, commands[i].want);
		} else {
			assert_int_equal(err, CLOISTER_E_USAGE);
			assert_non_null(strstr(why.note, "names no program"));
		}
	}
}

static void defaults(void **state)
{
	const struct launch_wish wish = { 0 };
	own(launch_fini) struct launch l = { 0 };
	struct image_config c = config();
	struct cloister_fault why;
	char *cmd[] = { "a", NULL };

	(void)state;
	c.cmd = cmd;
	WANT_OK(launch_resolve(&c, &wish, BYTES_NONE, BYTES_NONE, &l, &why), &why);
	expect_list(l.spec.env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|"
				"HOSTNAME=cloister|HOME=/|");
	assert_string_equal(l.spec.cwd, "/");
	assert_string_equal(l.spec.hostname, "cloister");
	assert_int_equal(l.spec.uid, 0);
	assert_int_equal(l.spec.stop_signal, 15);
	assert_false(l.spec.log_stdout || l.spec.log_stderr);
	assert_int_equal(l.spec.n_ports, 0);
}

static void everything(void **state)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\nredis:x:999:998::/var/lib/redis:/bin/false\n";
	static const char group[] = "root:x:0:\nredis:x:998:\nlog:x:4:redis\n";
	char *cmd[] = { "a", NULL };
	char *env[] = { "A=1\n2", "PATH=/bin", "NOVALUE", "A=3", NULL };
	char *volumes[] = { "/data/", "/a//b/../c", "/data", NULL };
	uint16_t ports[] = { 6379 };
	own(launch_wish_fini) struct launch_wish wish = { 0 };
	own(launch_fini) struct launch l = { 0 };
	struct image_config c = config();
	struct cloister_fault why;

	(void)state;
	c.cmd = cmd;
	c.env = env;
	c.volumes = volumes;
	c.user = "redis";
	c.working_dir = "srv/./x";
	c.stop_signal = "SIGINT";
	c.ports = ports;
	c.n_ports = 1;
	strv_add(&wish.env, "B=x=y");
	WANT_OK(launch_resolve(&c, &wish, bytes_text(passwd), bytes_text(group), &l, &why), &why);
	expect_list(l.spec.env, "PATH=/bin|HOSTNAME=cloister|A=3|B=x=y|HOME=/var/lib/redis|");
	expect_list(l.spec.volumes, "/a/c|/data|");
	assert_string_equal(l.spec.cwd, "/srv/x");
	assert_int_equal(l.spec.uid, 999);
	assert_int_equal(l.spec.gid, 998);
	assert_int_equal(l.spec.stop_signal, 2);
	assert_int_equal(l.spec.n_ports, 1);
	assert_int_equal(l.spec.ports[0], 6379);
}

/* What the author says replaces what the image says. */
static void wishes(void **state)
{
	char *cmd[] = { "a", NULL };
	char *env[] = { "HOME=/image", NULL };
	own(launch_wish_fini) struct launch_wish wish = {
		.user = strdup("5:6"), .cwd = strdup("/w"), .hostname = strdup("h"),
		.stop_signal = strdup("9"), .has_volumes = true, .log_stderr = true,
	};
	own(launch_fini) struct launch l = { 0 };
	struct image_config c = config();
	struct cloister_fault why;

	(void)state;
	c.cmd = cmd;
	c.env = env;
	c.user = "nobody-knows";
	c.volumes = cmd;
	c.stop_signal = "TERM";
	WANT_OK(launch_wish_port(&wish, 80, &why), &why);
	WANT_OK(launch_wish_port(&wish, 22, &why), &why);
	WANT_OK(launch_wish_port(&wish, 80, &why), &why);
	assert_int_equal(launch_wish_port(&wish, 0, &why), CLOISTER_E_USAGE);
	WANT_OK(launch_resolve(&c, &wish, BYTES_NONE, BYTES_NONE, &l, &why), &why);
	assert_int_equal(l.spec.uid, 5);
	assert_int_equal(l.spec.gid, 6);
	assert_string_equal(l.spec.cwd, "/w");
	assert_int_equal(l.spec.stop_signal, 9);
	assert_true(l.spec.log_stderr && !l.spec.log_stdout);
	assert_int_equal(l.spec.n_ports, 2);
	assert_int_equal(l.spec.ports[0], 22);
	expect_list(l.spec.volumes, "");
	expect_list(l.spec.env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin|"
				"HOSTNAME=h|HOME=/image|");
}

static void refused(void **state)
{
	static const struct {
		const char *hostname, *stop_signal, *env, *volume, *what;
	} rows[] = {
		{ "a_b", NULL, NULL, NULL, "hostname" }, { NULL, "SIGNOPE", NULL, NULL, "stop_signal" },
		{ NULL, "0", NULL, NULL, "stop_signal" }, { NULL, NULL, "x", NULL, "env" },
		{ NULL, NULL, "=x", NULL, "env" },	 { NULL, NULL, NULL, "/a/..", "volumes" },
	};
	char *cmd[] = { "a", NULL };

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(launch_wish_fini) struct launch_wish wish = { .has_volumes = true };
		own(launch_fini) struct launch l = { 0 };
		struct image_config c = config();
		struct cloister_fault why;

		c.cmd = cmd;
		wish.hostname = rows[i].hostname ? strdup(rows[i].hostname) : NULL;
		wish.stop_signal = rows[i].stop_signal ? strdup(rows[i].stop_signal) : NULL;
		if (rows[i].env)
			strv_add(&wish.env, rows[i].env);
		if (rows[i].volume)
			strv_add(&wish.volumes, rows[i].volume);
		assert_int_equal(launch_resolve(&c, &wish, BYTES_NONE, BYTES_NONE, &l, &why),
				 CLOISTER_E_USAGE);
		assert_string_equal(why.what, rows[i].what);
	}
}

static void signals(void **state)
{
	static const struct {
		const char *text;
		int number;
	} rows[] = {
		{ "SIGTERM", 15 }, { "TERM", 15 },	  { "term", 15 },	 { "15", 15 },
		{ "SIGKILL", 9 },  { "SIGQUIT", 3 },	  { "SIGWINCH", 28 },	 { "64", 64 },
		{ "SIGRTMIN", 34 }, { "SIGRTMIN+3", 37 }, { "RTMAX-1", 63 },	 { "SIGRTMAX", 64 },
		{ "SIGRTMIN+30", 64 }, { "SIGRTMIN+31", 0 }, { "SIGRTMIN-1", 0 }, { "65", 0 },
		{ "-1", 0 },	   { "SIG", 0 },	  { "", 0 },		 { "1x", 0 },
		{ "SIGTERMINATE", 0 }, { "SIGSIGTERM", 0 }, { "SIGRTMIN+", 0 },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		if (launch_signal(rows[i].text) != rows[i].number)
			fail_msg("%s is %d", rows[i].text, launch_signal(rows[i].text));
}

static void paths(void **state)
{
	static const char *const rows[][2] = {
		{ "", "/" },	    { "/", "/" },     { "a", "/a" },	     { "/a/", "/a" },
		{ "//a//b", "/a/b" }, { ".", "/" },   { "a/./b", "/a/b" },   { "a/../b", "/b" },
		{ "../..", "/" },   { "/a/b/..", "/a" }, { "...", "/..." },  { "a/..b", "/a/..b" },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		assert_true(launch_clean_path(rows[i][0], out, sizeof out));
		assert_string_equal(out, rows[i][1]);
	}
	assert_true(launch_clean_path("/12345678901234", out, sizeof out));
	assert_false(launch_clean_path("/123456789012345", out, sizeof out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entrypoint_and_cmd), cmocka_unit_test(defaults),
		cmocka_unit_test(everything),	      cmocka_unit_test(wishes),
		cmocka_unit_test(refused),	      cmocka_unit_test(signals),
		cmocka_unit_test(paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
