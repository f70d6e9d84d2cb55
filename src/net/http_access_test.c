/* SPDX-License-Identifier: Apache-2.0 */
/* http_access_test.c - names, origins, ranges and forwarded addresses, row by row. */

#include "base/test.h"

#include "net/http_access.h"

static struct http_address address(const char *text)
{
	struct http_address a = { 0 };

	assert_true(http_address_read(bytes_text(text), &a));
	return a;
}

static void addresses(void **state)
{
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "1.2.3.4 ", "[::1]", "::1%eth0", "1.2.3.4:80", "x",
					   "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000" };
	char text[HTTP_ADDRESS_ROOM];
	struct http_address a;
	(void)state;

	a = address("192.0.2.7");
	http_address_text(&a, text);
	assert_string_equal(text, "192.0.2.7");
	a = address("::ffff:192.0.2.7"); /* the same by its other name */
	http_address_text(&a, text);
	assert_string_equal(text, "192.0.2.7");
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_false(http_address_read(bytes_text(bad[i]), &a));
}

static void ranges(void **state)
{
	static const struct {
		const char *range, *address;
		bool holds;
	} is[] = {
		{ "10.0.0.0/8", "10.255.0.1", true }, { "10.0.0.0/8", "11.0.0.1", false }, { "10.0.0.0/9", "10.128.0.1", false },
		{ "192.0.2.7", "192.0.2.7", true }, { "192.0.2.7", "192.0.2.6", false }, { "0.0.0.0/0", "8.8.8.8", true },
		{ "0.0.0.0/0", "2001:db8::1", false }, { "2001:db8::/32", "2001:db8:1::1", true }, { "::1", "::1", true }, { "::/0", "1.2.3.4", true },
	};
	static const char *const bad[] = { "", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/8x", "10.0.0.0/-1", "10.0.0.0/ 8", "x" };
	struct http_range r;
	(void)state;

	for (size_t i = 0; i < N_OF(is); i++) {
		struct http_address a = address(is[i].address);
		assert_true(http_range_read(is[i].range, &r));
		assert_int_equal(http_range_holds(&r, &a), is[i].holds);
	}
	for (size_t i = 0; i < N_OF(bad); i++)
		assert_false(http_range_read(bad[i], &r));
}

static void names(void **state)
{
	static const char *const others[] = { "alias:8080", "bare", NULL };
	struct http_names n = { "https://c.example/", others };
	struct http_address local = address("127.0.0.1"), outside = address("192.0.2.7");
	static const struct {
		const char *host;
		bool here, outside; /* asked at 127.0.0.1:8080, at 192.0.2.7:8080 */
	} is[] = {
		{ "c.example", true, true }, { "C.EXAMPLE", true, true }, { "c.example:443", false, false }, { "c.example.", false, false },
		{ "xc.example", false, false }, { "alias:8080", true, true }, { "alias", false, false }, { "bare", true, true },
		{ "localhost:8080", true, false }, { "localhost", false, false }, { "127.0.0.1:8080", true, false },
		{ "192.0.2.7:8080", false, true }, { "192.0.2.7", false, false }, { "192.0.2.7:80800", false, false },
		{ "[::ffff:127.0.0.1]:8080", true, false }, { "evil.example:8080", false, false }, { "127.1:8080", false, false },
		{ "2130706433:8080", false, false }, { "", false, false },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(is); i++) {
		assert_int_equal(http_host_good(&n, bytes_text(is[i].host), &local, 8080, false), is[i].here);
		assert_int_equal(http_host_good(&n, bytes_text(is[i].host), &outside, 8080, false), is[i].outside);
	}
	assert_true(http_host_good(&n, bytes_text("127.0.0.1"), &local, 443, true));
	assert_false(http_host_good(&n, bytes_text("127.0.0.1"), &local, 443, false));
	n = (struct http_names){ 0 };
	assert_false(http_host_good(&n, BYTES_NONE, &local, 8080, false));
	assert_false(http_host_good(&n, bytes_text("c.example"), &local, 8080, false));
}

static void origins(void **state)
{
	struct http_names n = { "https://c.example", NULL };
	static const struct {
		const char *origin, *host;
		bool is_tls, good;
	} is[] = {
		{ "https://c.example", "c.example", false, true }, /* a proxy ends TLS */
		{ "https://c.example", "127.0.0.1:80", false, true }, { "http://127.0.0.1:80", "127.0.0.1:80", false, true },
		{ "https://127.0.0.1", "127.0.0.1", true, true }, { "http://127.0.0.1", "127.0.0.1", true, false },
		{ "http://127.0.0.1:81", "127.0.0.1:80", false, false }, { "null", "c.example", false, false }, { "", "", false, false },
		{ "https://", "", true, false }, { "https://c.example.evil", "c.example", false, false }, { "https://c.example/", "c.example", false, false },
		{ "chrome-extension://c.example", "c.example", false, false },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(is); i++)
		assert_int_equal(http_origin_good(&n, bytes_text(is[i].origin), bytes_text(is[i].host), is[i].is_tls), is[i].good);
}

static void forwarded(void **state)
{
	static const struct {
		const char *peer, *said, *client; /* NULL: nonsense */
	} is[] = {
		{ "192.0.2.1", "198.51.100.1", "192.0.2.1" }, { "10.0.0.1", "198.51.100.1", "198.51.100.1" },
		{ "10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1" }, { "10.0.0.1", "198.51.100.1,10.0.0.2 , 10.0.0.3", "198.51.100.1" },
		{ "10.0.0.1", "10.0.0.2", "10.0.0.2" }, { "10.0.0.1", "", "10.0.0.1" }, { "10.0.0.1", "unknown", NULL },
		{ "10.0.0.1", "198.51.100.1,", NULL }, { "10.0.0.1", "x, 198.51.100.1", "198.51.100.1" },
	};
	struct http_range proxies[1];
	(void)state;

	assert_true(http_range_read("10.0.0.0/8", proxies));
	for (size_t i = 0; i < N_OF(is); i++) {
		struct http_head h = { .n_fields = 1 };
		struct http_address peer = address(is[i].peer), out;
		char text[HTTP_ADDRESS_ROOM];
		h.fields[0] = (struct http_field){ bytes_text("x-forwarded-for"), bytes_text(is[i].said) };
		assert_int_equal(http_client_of(&h, &peer, proxies, 1, &out), is[i].client != NULL);
		if (!is[i].client)
			continue;
		http_address_text(&out, text);
		assert_string_equal(text, is[i].client);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses), cmocka_unit_test(ranges),    cmocka_unit_test(names),
		cmocka_unit_test(origins),   cmocka_unit_test(forwarded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
