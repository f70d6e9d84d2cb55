/* SPDX-License-Identifier: Apache-2.0 */
/* The measured manifest: canonical bytes, and a table of what its reader refuses. */

#include "base/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "image/manifest.h"

static const char good[] =
	"{\"version\":1,\"argv\":[\"redis-server\",\"--port\",\"6379\"],\"env\":[\"PATH=/usr/bin\",\"A=x\\ny\"],"
	"\"cwd\":\"/data\",\"user\":{\"uid\":999,\"gid\":998,\"groups\":[4,998]},\"hostname\":\"cache\","
	"\"stop_signal\":15,\"ports\":[80,6379],\"volumes\":[\"/data\"],\"log\":[\"stdout\"],\"memory_mib\":96,"
	"\"rootfs\":{\"format\":\"squashfs\",\"length\":8192}}";

static struct manifest_spec spec(void)
{
	static const char *const argv[] = { "redis-server", "--port", "6379", NULL };
	static const char *const env[] = { "PATH=/usr/bin", "A=x\ny", NULL };
	static const char *const volumes[] = { "/data", NULL };
	static const uint32_t groups[] = { 4, 998 };
	static const uint16_t ports[] = { 80, 6379 };

	return (struct manifest_spec){
		.argv = argv, .env = env, .volumes = volumes, .cwd = "/data", .hostname = "cache",
		.uid = 999, .gid = 998, .groups = groups, .n_groups = 2, .stop_signal = 15,
		.ports = ports, .n_ports = 2, .log_stdout = true, .memory_mib = 96,
		.rootfs_len = 8192,
	};
}

static void canonical(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_MANIFEST);
	const struct manifest_spec s = spec();
	struct cloister_fault why;

	(void)state;
	WANT_OK(manifest_write(&s, &out, &why), &why);
	assert_string_equal(buf_string(&out), good);
}

static void read_back(void **state)
{
	struct cloister_fault why;
	struct manifest m;

	(void)state;
	WANT_OK(manifest_read(bytes_text(good), &m, &why), &why);
	assert_int_equal(json_count(m.argv), 3);
	assert_int_equal(json_count(m.env), 2);
	assert_string_equal(m.cwd, "/data");
	assert_string_equal(m.hostname, "cache");
	assert_int_equal(m.uid, 999);
	assert_int_equal(m.gid, 998);
	assert_int_equal(m.n_groups, 2);
	assert_int_equal(m.stop_signal, 15);
	assert_true(m.log_stdout && !m.log_stderr);
	assert_int_equal(m.memory_mib, 96);
	assert_int_equal(m.rootfs_len, 8192);
}

/* One text of the good manifest replaced by another. */
static const struct {
	const char *from, *to;
	enum cloister_err err;
	const char *what;
} rows[] = {
	{ "\"version\":1", "\"version\":2", CLOISTER_E_UNSUPPORTED, "version" },
	{ "\"version\":1", "\"version\":\"1\"", CLOISTER_E_MALFORMED, "version" },
	{ "\"version\":1,", "", CLOISTER_E_MALFORMED, "version" },
	{ "\"version\":1", "\"version\":1,\"network\":true", CLOISTER_E_MALFORMED, "manifest" },
	{ "\"version\":1", "\"version\":1,\"version\":1", CLOISTER_E_MALFORMED, "json" },
	{ "[\"redis-server\",\"--port\",\"6379\"]", "[]", CLOISTER_E_MALFORMED, "argv" },
	{ "[\"redis-server\",\"--port\",\"6379\"]", "\"redis-server\"", CLOISTER_E_MALFORMED, "argv" },
	{ "\"redis-server\"", "\"\"", CLOISTER_E_MALFORMED, "argv" },
	{ "\"--port\"", "6379", CLOISTER_E_MALFORMED, "argv" },
	{ "--port", "--\\u0000", CLOISTER_E_MALFORMED, "argv" },
	{ "\"--port\"", "\"\"", CLOISTER_OK, NULL },
	{ "PATH=", "PATH", CLOISTER_E_MALFORMED, "env" },
	{ "PATH=", "=", CLOISTER_E_MALFORMED, "env" },
	{ "\"cwd\":\"/data\"", "\"cwd\":\"data\"", CLOISTER_E_MALFORMED, "cwd" },
	{ "\"cwd\":\"/data\"", "\"cwd\":null", CLOISTER_E_MALFORMED, "cwd" },
	{ "\"uid\":999", "\"uid\":-1", CLOISTER_E_MALFORMED, "user.uid" },
	{ "\"uid\":999", "\"uid\":4294967295", CLOISTER_E_MALFORMED, "user.uid" },
	{ "\"uid\":999", "\"uid\":4294967294", CLOISTER_OK, NULL },
	{ "\"uid\":999", "\"uid\":1.0", CLOISTER_E_MALFORMED, "user.uid" },
	{ "\"gid\":998", "\"gid\":\"998\"", CLOISTER_E_MALFORMED, "user.gid" },
	{ "\"groups\":[4,998]", "\"groups\":[4,\"x\"]", CLOISTER_E_MALFORMED, "user.groups" },
	{ "\"groups\":[4,998]", "\"groups\":4", CLOISTER_E_MALFORMED, "user.groups" },
	{ "\"groups\":[4,998]", "\"groups\":[],\"name\":\"x\"", CLOISTER_E_MALFORMED, "user" },
	{ "\"hostname\":\"cache\"", "\"hostname\":\"\"", CLOISTER_E_MALFORMED, "hostname" },
	{ "\"hostname\":\"cache\"", "\"hostname\":\"-a\"", CLOISTER_E_MALFORMED, "hostname" },
	{ "\"hostname\":\"cache\"", "\"hostname\":\"a-\"", CLOISTER_E_MALFORMED, "hostname" },
	{ "\"hostname\":\"cache\"", "\"hostname\":\"a..b\"", CLOISTER_E_MALFORMED, "hostname" },
	{ "\"hostname\":\"cache\"", "\"hostname\":\"a_b\"", CLOISTER_E_MALFORMED, "hostname" },
	{ "\"hostname\":\"cache\"", "\"hostname\":\"a.b-c.example\"", CLOISTER_OK, NULL },
	{ "\"stop_signal\":15", "\"stop_signal\":0", CLOISTER_E_MALFORMED, "stop_signal" },
	{ "\"stop_signal\":15", "\"stop_signal\":65", CLOISTER_E_MALFORMED, "stop_signal" },
	{ "[80,6379]", "[6379,80]", CLOISTER_E_MALFORMED, "ports" },
	{ "[80,6379]", "[80,80]", CLOISTER_E_MALFORMED, "ports" },
	{ "[80,6379]", "[0]", CLOISTER_E_MALFORMED, "ports" },
	{ "[80,6379]", "[65536]", CLOISTER_E_MALFORMED, "ports" },
	{ "[80,6379]", "{}", CLOISTER_E_MALFORMED, "ports" },
	{ "\"volumes\":[\"/data\"]", "\"volumes\":[\"data\"]", CLOISTER_E_MALFORMED, "volumes" },
	{ "\"volumes\":[\"/data\"]", "\"volumes\":[]", CLOISTER_OK, NULL },
	{ "[\"stdout\"]", "[\"stdout\",\"stdout\"]", CLOISTER_E_MALFORMED, "log" },
	{ "[\"stdout\"]", "[\"stdin\"]", CLOISTER_E_MALFORMED, "log" },
	{ "[\"stdout\"]", "\"stdout\"", CLOISTER_E_MALFORMED, "log" },
	{ "[\"stdout\"]", "[]", CLOISTER_OK, NULL },
	{ "\"memory_mib\":96", "\"memory_mib\":0", CLOISTER_E_MALFORMED, "memory_mib" },
	{ "\"memory_mib\":96", "\"memory_mib\":1048577", CLOISTER_E_MALFORMED, "memory_mib" },
	{ "\"squashfs\"", "\"ext4\"", CLOISTER_E_UNSUPPORTED, "rootfs.format" },
	{ "\"length\":8192", "\"length\":8193", CLOISTER_E_MALFORMED, "rootfs.length" },
	{ "\"length\":8192", "\"length\":0", CLOISTER_E_MALFORMED, "rootfs.length" },
	{ "\"length\":8192", "\"length\":17179873280", CLOISTER_E_MALFORMED, "rootfs.length" },
	{ "\"length\":8192", "\"length\":8192,\"offset\":0", CLOISTER_E_MALFORMED, "rootfs" },
	{ "}}", "}} ", CLOISTER_OK, NULL },
	{ "}}", "}}x", CLOISTER_E_MALFORMED, "json" },
};

static void table(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
		struct cloister_fault why = { 0 };
		struct manifest m;
		const char *at = strstr(good, rows[i].from);

		assert_non_null(at);
		buf_put(&text, good, (size_t)(at - good));
		buf_text(&text, rows[i].to);
		buf_text(&text, at + strlen(rows[i].from));
		enum cloister_err err = manifest_read(buf_bytes(&text), &m, &why);
		if (err != rows[i].err || (err && strcmp(why.what, rows[i].what)))
			fail_msg("%s -> %s: %s %s", rows[i].from, rows[i].to, cloister_err_name(err),
				 err ? why.what : "");
	}
}

/* Each member must be there. */
static void missing(void **state)
{
	static const char *const members[] = { "argv", "env", "cwd", "user", "hostname", "stop_signal",
					       "ports", "volumes", "log", "memory_mib", "rootfs" };

	(void)state;
	for (size_t i = 0; i < N_OF(members); i++) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
		struct json_out w = json_out(&text);
		struct cloister_fault why;
		struct manifest m;
		struct json doc;

		WANT_OK(json_read(bytes_text(good), &doc, &why), &why);
		json_open(&w, NULL, '{');
		struct json_walk walk = json_walk(doc);
		for (struct json key, value; json_next(&walk, &key, &value);) {
			char name[32];
			assert_true(json_text(key, name, sizeof name));
			if (strcmp(name, members[i]) != 0)
				json_put_raw(&w, name, value.text);
		}
		json_close(&w, '}');
		enum cloister_err err = manifest_read(buf_bytes(&text), &m, &why);
		assert_int_not_equal(err, CLOISTER_OK);
		assert_memory_equal(why.what, members[i], strlen(members[i]));
	}
}

static void every_prefix(void **state)
{
	struct cloister_fault why;
	struct manifest m;

	(void)state;
	for (size_t len = 0; len < sizeof good - 1; len++)
		assert_int_not_equal(manifest_read(bytes_of(good, len), &m, &why), CLOISTER_OK);
}

/* What cannot be read back is not written. */
static void writer_refuses(void **state)
{
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_MANIFEST);
	struct manifest_spec s = spec();
	struct cloister_fault why;

	(void)state;
	s.cwd = "relative";
	assert_int_equal(manifest_write(&s, &out, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "cwd");
	s = spec();
	const char *const latin1[] = { "caf\xe9", NULL };
	s.argv = latin1;
	assert_int_not_equal(manifest_write(&s, &out, &why), CLOISTER_OK);
	assert_int_equal(out.len, 0);
}

/* One row per list: what is open, what is not. */
static void ports(void **state)
{
	static const struct {
		const char *list;
		uint16_t open[3], closed[3];
	} lists[] = {
		{ "[]", { 1, 22, 65535 }, { 0 } },
		{ "[6379]", { 6379 }, { 0, 6378, 6380 } },
		{ "[1,8,65535]", { 1, 8, 65535 }, { 0, 7, 9 } },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(lists); i++) {
		struct cloister_fault why;
		struct manifest m = { 0 };
		struct manifest_ports p;

		WANT_OK(json_read(bytes_text(lists[i].list), &m.ports, &why), &why);
		manifest_ports(&m, &p);
		for (size_t k = 0; k < 3 && lists[i].open[k]; k++)
			assert_true(manifest_port_open(&p, lists[i].open[k]));
		for (size_t k = 0; k < 3; k++)
			assert_false(manifest_port_open(&p, lists[i].closed[k]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(canonical), cmocka_unit_test(read_back),    cmocka_unit_test(table),
		cmocka_unit_test(missing),   cmocka_unit_test(every_prefix), cmocka_unit_test(writer_refuses),
		cmocka_unit_test(ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
