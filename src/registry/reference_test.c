/* SPDX-License-Identifier: Apache-2.0 */
/* reference_test.c - names that users write, and those that nobody may. */

#include "base/test.h"

#include "registry/reference.h"

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

static const struct good {
	const char *text, *name, *server; /* server NULL: hub.test:99 */
} goods[] = {
	{ "nginx", "hub.test:99/library/nginx:latest", NULL },
	{ "nginx:1.27", "hub.test:99/library/nginx:1.27", NULL },
	{ "web/nginx", "hub.test:99/web/nginx:latest", NULL },
	{ "localhost/nginx", "localhost/nginx:latest", "localhost" },
	{ "localhosts/nginx", "hub.test:99/localhosts/nginx:latest", NULL },
	{ "localhost:5000/a", "localhost:5000/a:latest", "localhost:5000" },
	{ "127.0.0.1:5000/a/b/c:v_1.0-x", "127.0.0.1:5000/a/b/c:v_1.0-x", "127.0.0.1:5000" },
	{ "[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000" },
	{ "[fd00::1:2]/a", "[fd00::1:2]/a:latest", "[fd00::1:2]" },
	{ "h.example:65535/a", "h.example:65535/a:latest", "h.example:65535" },
	{ "H-1.Example/a", "H-1.Example/a:latest", "H-1.Example" },
	{ "docker.io/nginx", "docker.io/library/nginx:latest", "registry-1.docker.io" },
	{ "docker.io/web/nginx", "docker.io/web/nginx:latest", "registry-1.docker.io" },
	{ "index.docker.io/nginx", "docker.io/library/nginx:latest", "registry-1.docker.io" },
	{ "ghcr.io/a/b@sha256:" HEX, "ghcr.io/a/b@sha256:" HEX, "ghcr.io" },
	{ "ghcr.io/a/b:t@sha256:" HEX, "ghcr.io/a/b:t@sha256:" HEX, "ghcr.io" },
	{ "a.b/c.d/e_f/g__h/i--j/k---l", "a.b/c.d/e_f/g__h/i--j/k---l:latest", "a.b" },
	{ "q.io/a:_", "q.io/a:_", "q.io" },
	{ "q.io/a:Z" A64 "12345678901234567890123456789012345678901234567890123456789012",
	  "q.io/a:Z" A64 "12345678901234567890123456789012345678901234567890123456789012", "q.io" },
};

static const struct bad {
	const char *text;
	enum cloister_err err;
	const char *what;
	size_t at;
} bads[] = {
	{ "", CLOISTER_E_MALFORMED, "path", 0 },
	{ "/", CLOISTER_E_MALFORMED, "path", 0 },
	{ "/a", CLOISTER_E_MALFORMED, "path", 0 },
	{ "a/", CLOISTER_E_MALFORMED, "path", 2 },
	{ "a//b", CLOISTER_E_MALFORMED, "path", 2 },
	{ "a.b/", CLOISTER_E_MALFORMED, "path", 4 },
	{ "Nginx", CLOISTER_E_MALFORMED, "path", 0 },
	{ "a/Nginx", CLOISTER_E_MALFORMED, "path", 2 },
	{ "a.b/..", CLOISTER_E_MALFORMED, "path", 4 },
	{ "a.b/c/../d", CLOISTER_E_MALFORMED, "path", 6 },
	{ "a.b/c..d", CLOISTER_E_MALFORMED, "path", 6 },
	{ "a.b/c___d", CLOISTER_E_MALFORMED, "path", 7 },
	{ "a.b/c._d", CLOISTER_E_MALFORMED, "path", 6 },
	{ "a.b/c-", CLOISTER_E_MALFORMED, "path", 6 },
	{ "a.b/-c", CLOISTER_E_MALFORMED, "path", 4 },
	{ "a.b/c d", CLOISTER_E_MALFORMED, "image", 5 },
	{ "a.b/c?d", CLOISTER_E_MALFORMED, "image", 5 },
	{ "a.b/c%2f", CLOISTER_E_MALFORMED, "image", 5 },
	{ "a.b/c#", CLOISTER_E_MALFORMED, "image", 5 },
	{ "a.b/c\n", CLOISTER_E_MALFORMED, "image", 5 },
	{ "https://a.b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "user@a.b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "u:p@a.b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:0/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:08/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:65536/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:100000/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:80:80/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b:x/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a..b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ ".a/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a./c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "-a.b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a-.b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a_b.c/d", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "[::1/a", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "[]:1/a", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "[:::]/a", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "[::1%1]:5/a", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "[::1]x:5/a", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a" A64 ".b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a:", CLOISTER_E_MALFORMED, "tag", 2 },
	{ "a:.b", CLOISTER_E_MALFORMED, "tag", 2 },
	{ "a:-b", CLOISTER_E_MALFORMED, "tag", 2 },
	{ "a:b:c", CLOISTER_E_MALFORMED, "image", 3 },
	{ "a:b/c", CLOISTER_E_MALFORMED, "registry", 0 },
	{ "a.b/c:d/e", CLOISTER_E_MALFORMED, "image", 7 },
	{ "q.io/a:Z" A64 "123456789012345678901234567890123456789012345678901234567890123" "4", CLOISTER_E_MALFORMED, "tag", 7 },
	{ "a@", CLOISTER_E_UNSUPPORTED, "digest", CLOISTER_NOWHERE },
	{ "a@sha512:" HEX HEX, CLOISTER_E_UNSUPPORTED, "digest", CLOISTER_NOWHERE },
	{ "a@sha256:" HEX "0", CLOISTER_E_MALFORMED, "digest", 2 },
	{ "a@sha256:0" , CLOISTER_E_MALFORMED, "digest", 2 },
	{ "a@sha256:A" "0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", CLOISTER_E_MALFORMED, "digest", 2 },
	{ "a@sha256:g" "0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", CLOISTER_E_MALFORMED, "digest", 2 },
	{ "a@sha256:" HEX ":b", CLOISTER_E_MALFORMED, "image", 73 },
};

static void taken(void **state)
{
	char name[REFERENCE_ROOM], again[REFERENCE_ROOM];

	(void)state;
	for (size_t i = 0; i < N_OF(goods); i++) {
		struct cloister_fault why = { 0 };
		struct reference r;
		WANT_OK(reference_read(bytes_text(goods[i].text), "hub.test:99", &r, &why), &why);
		reference_name(&r, name);
		assert_string_equal(name, goods[i].name);
		assert_string_equal(reference_server(&r), goods[i].server ? goods[i].server : "hub.test:99");
		/* In full it means the same, whatever the default. */
		WANT_OK(reference_read(bytes_text(name), NULL, &r, &why), &why);
		reference_name(&r, again);
		assert_string_equal(again, name);
	}
}

static void refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bads); i++) {
		struct cloister_fault why = { 0 };
		struct reference r = { .tag = "before" };
		enum cloister_err err = reference_read(bytes_text(bads[i].text), "hub.test", &r, &why);
		if (err != bads[i].err || strcmp(why.what, bads[i].what) != 0 || why.at != bads[i].at)
			fail_msg("`%s`: %s, %s at %zu", bads[i].text, cloister_err_name(err),
				 why.what ? why.what : "", why.at);
		assert_string_equal(r.tag, "before");
	}
}

static void lengths(void **state)
{
	char text[600];
	struct cloister_fault why = { 0 };
	struct reference r;

	(void)state;
	memset(text, 'a', sizeof text);
	memcpy(text, "a.b/", 4);
	text[4 + LIMIT_NAME] = 0;
	WANT_OK(reference_read(bytes_text(text), NULL, &r, &why), &why);
	text[4 + LIMIT_NAME] = 'a';
	text[4 + LIMIT_NAME + 1] = 0;
	assert_int_equal(reference_read(bytes_text(text), NULL, &r, &why), CLOISTER_E_MALFORMED);
	/* `library/` counts. */
	text[4 + LIMIT_NAME - 7] = 0;
	assert_int_equal(reference_read(bytes_text(text + 4), "a.b", &r, &why), CLOISTER_E_MALFORMED);
	text[4 + LIMIT_NAME - 8] = 0;
	WANT_OK(reference_read(bytes_text(text + 4), "a.b", &r, &why), &why);
	/* A NUL is no end. */
	assert_int_equal(reference_read(bytes_of("a.b/c\0d", 7), NULL, &r, &why), CLOISTER_E_MALFORMED);
}

static void registries(void **state)
{
	static const char *const bad[] = { "", "a/b", "https://a.b", "a b", ":80", "a:", "[::1" };
	struct cloister_fault why = { 0 };
	struct reference r;

	(void)state;
	assert_int_equal(reference_read(bytes_text("nginx"), NULL, &r, &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "`nginx` names no registry"));
	WANT_OK(reference_read(bytes_text("nginx"), "intranet", &r, &why), &why);
	assert_string_equal(r.host, "intranet");
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_int_equal(reference_read(bytes_text("nginx"), bad[i], &r, &why), CLOISTER_E_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(taken), cmocka_unit_test(refused), cmocka_unit_test(lengths),
		cmocka_unit_test(registries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
