/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_test.c - vectors/cert holds one good certificate and one for each thing
 * that can be wrong; its index names the field and the offset that are blamed.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/cert.h"

#include <cmocka.h> /* last: it has a macro named fail */

static struct bytes load(const char *name, uint8_t room[static 4096])
{
	const char *source = getenv("CLOISTER_SOURCE");
	char path[4096];

	snprintf(path, sizeof path, "%s/vectors/cert/%s", source ? source : ".", name);
	FILE *f = fopen(path, "rb");
	assert_non_null(f);
	size_t n = fread(room, 1, 4096, f);
	fclose(f);
	return bytes_of(room, n);
}

static void the_good_one_is_read(void **state)
{
	uint8_t room[4096];
	struct bytes der = load("good.der", room);
	struct cert c;

	(void)state;
	assert_int_equal(cert_read(der, &cert_profile_nitro, &c, NULL), CLOISTER_OK);
	assert_int_equal(c.not_before_s, 1788220800); /* 2026-09-01T00:00:00Z */
	assert_int_equal(c.not_after_s, 1793491199);  /* 2026-10-31T23:59:59Z */
	assert_true(c.is_ca && c.has_path_len && c.has_usage);
	assert_int_equal(c.path_len, 0);
	assert_int_equal(c.usage, CERT_DIGITAL_SIGNATURE | CERT_SIGNS_CERTS);
	assert_int_equal(c.serial.len, 16);
	assert_int_equal(c.key.point.len, CERT_P384_LEN);
	assert_int_equal(c.key.point.data[0], 4);
	assert_false(bytes_equal(c.issuer, c.subject));
	assert_int_equal(c.tbs.data - der.data, 4);
	/* The signed part is followed by the algorithm's 12 bytes and the signature. */
	assert_int_equal(c.tbs.data[c.tbs.len], 0x30);
	assert_int_equal(c.tbs.data[c.tbs.len + 12], 0x03);
}

static void parts_are_found(void **state)
{
	static const uint8_t constraints[] = { 0x55, 0x1d, 0x13 }, unknown[] = { 0x55, 0x1d, 0x14 };
	static const uint8_t value[] = { 0x30, 0x06, 0x01, 0x01, 0xff, 0x02, 0x01, 0x00 };
	static const uint8_t cn[] = { 0x55, 0x04, 0x03 }, ou[] = { 0x55, 0x04, 0x0b };
	static const uint8_t twice[] = { 0x30, 0x18, 0x31, 0x0a, 0x30, 0x08, 0x06, 0x03, 0x55,
					 0x04, 0x03, 0x0c, 0x01, 'a',  0x31, 0x0a, 0x30, 0x08,
					 0x06, 0x03, 0x55, 0x04, 0x03, 0x0c, 0x01, 'a' };
	struct bytes once = BYTES_OF(twice), found = BYTES_NONE;
	uint8_t room[4096], name[14] = { 0x30, 0x0c };
	struct cert c;

	(void)state;
	assert_int_equal(cert_read(load("good.der", room), &cert_profile_nitro, &c, NULL), CLOISTER_OK);
	assert_int_equal(c.key.kind, CERT_KEY_P384);
	assert_int_equal(c.alg, CERT_ECDSA_SHA384);
	assert_true(cert_extension(&c, BYTES_OF(constraints), &found));
	assert_true(bytes_equal(found, BYTES_OF(value)));
	assert_false(cert_extension(&c, BYTES_OF(unknown), &found));
	assert_false(cert_extension(&c, BYTES_NONE, &found));
	assert_true(name_attribute(c.subject, BYTES_OF(cn), &found));
	assert_true(cert_common_name_is(c.subject, "Test zone"));
	assert_false(cert_common_name_is(c.subject, "Test zon"));
	assert_false(cert_common_name_is(c.subject, "Test zone "));
	assert_false(cert_common_name_is(c.issuer, "Test zone"));
	assert_false(name_attribute(c.subject, BYTES_OF(ou), &found));
	assert_false(name_attribute(BYTES_NONE, BYTES_OF(cn), &found));
	assert_false(cert_common_name_is(once, "a")); /* two of them: which? */
	memcpy(name + 2, twice + 2, 12);
	assert_true(cert_common_name_is(BYTES_OF(name), "a"));
	name[11] = 0x13; /* PrintableString */
	assert_true(cert_common_name_is(BYTES_OF(name), "a"));
	name[11] = 0x1e; /* BMPString: the same bytes are another text */
	assert_false(cert_common_name_is(BYTES_OF(name), "a"));
	assert_false(name_attribute(BYTES_OF(name), BYTES_OF(cn), &found));
}

static void other_profiles_refuse_it(void **state)
{
	uint8_t room[4096];
	struct bytes der = load("good.der", room);
	struct cert_profile p = cert_profile_any;
	struct cloister_fault why;
	struct cert c;

	(void)state;
	assert_int_equal(cert_read(der, &cert_profile_any, &c, NULL), CLOISTER_OK);
	assert_int_equal(cert_read(der, &cert_profile_amd, &c, &why), CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.what, "signature");
	assert_int_equal(cert_read(der, &cert_profile_intel, &c, NULL), CLOISTER_E_UNSUPPORTED);
	assert_int_equal(cert_read(der, &cert_profile_token, &c, NULL), CLOISTER_E_UNSUPPORTED);
	p.keys &= ~(unsigned)CERT_KEY_P384;
	assert_int_equal(cert_read(der, &p, &c, &why), CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.what, "subjectPublicKeyInfo.algorithm");
	p = cert_profile_nitro;
	p.max = der.len;
	assert_int_equal(cert_read(der, &p, &c, NULL), CLOISTER_OK);
	p.max--;
	assert_int_equal(cert_read(der, &p, &c, &why), CLOISTER_E_LIMIT);
}

static void each_wrong_one_is_refused(void **state)
{
	uint8_t room[4096], index_room[4096];
	struct bytes left = load("index.txt", index_room);
	size_t n = 0;

	(void)state;
	while (left.len > 0) {
		char name[64], field[64];
		size_t len = (size_t)((const uint8_t *)memchr(left.data, '\n', left.len) - left.data);
		/* NAME FIELD OFFSET in columns */
		snprintf(name, sizeof name, "%.*s", (int)strcspn((const char *)left.data, " "),
			 (const char *)left.data);
		const char *p = (const char *)left.data + 31;
		snprintf(field, sizeof field, "%.*s", (int)strcspn(p, " "), p);
		size_t at = strtoul((const char *)left.data + 68, NULL, 10);
		left = bytes_of(left.data + len + 1, left.len - len - 1);

		struct cert c = { .path_len = 77 };
		struct cloister_fault why = { 0 };
		enum cloister_err err = cert_read(load(name, room), &cert_profile_nitro, &c, &why);
		print_message("%s: %s at %zu: %s\n", name, field, at, why.note);
		n++;
		if (strcmp(field, "-") == 0) {
			assert_int_equal(err, CLOISTER_OK);
			continue;
		}
		assert_int_not_equal(err, CLOISTER_OK);
		assert_string_equal(why.what, field);
		assert_int_equal(why.at, at);
		assert_int_equal(c.path_len, 77); /* outputs change only on success */
	}
	assert_true(n > 50);
}

static void every_prefix_is_refused(void **state)
{
	uint8_t room[4096];
	struct bytes der = load("good.der", room);

	(void)state;
	for (size_t len = 0; len < der.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		struct cert c;
		assert_non_null(copy);
		memcpy(copy, der.data, len);
		assert_int_equal(cert_read(bytes_of(copy, len), &cert_profile_nitro, &c, NULL), CLOISTER_E_MALFORMED);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_one_is_read),
		cmocka_unit_test(parts_are_found),
		cmocka_unit_test(other_profiles_refuse_it),
		cmocka_unit_test(each_wrong_one_is_refused),
		cmocka_unit_test(every_prefix_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
