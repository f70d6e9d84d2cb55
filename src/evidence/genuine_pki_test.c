/* SPDX-License-Identifier: Apache-2.0 */
/* genuine_pki_test.c - every genuine certificate is read, by one profile and in that one whole. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "codec/cert.h"
#include "codec/crl.h"
#include "evidence/genuine_pki.h"
#include "evidence/path.h"

#include <cmocka.h> /* last: it has a macro named fail */

static struct genuine_pki pki;
static const char *folder;

static bool skip_without(void)
{
	if (pki.n == 0)
		print_message("no genuine evidence beside the checkout: skipped\n");
	return pki.n == 0;
}

/* The first that reads it; Nitro's and Intel's have nothing in common with the others. */
static const struct cert_profile *profile_of(struct bytes der)
{
	static const struct cert_profile *const all[] = { &cert_profile_nitro, &cert_profile_amd,
							  &cert_profile_intel, &cert_profile_token };
	struct cert c;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (cert_read(der, all[i], &c, NULL) == CLOISTER_OK)
			return all[i];
	return NULL;
}

static void each_certificate_is_read(void **state)
{
	size_t n = 0;

	(void)state;
	if (skip_without())
		skip();
	for (size_t i = 0; i < pki.n; i++) {
		const struct genuine_item *item = &pki.items[i];
		struct cloister_fault why;
		char text[256];
		struct cert c;
		if (item->is_crl)
			continue;
		if (strstr(item->path, "/eif-synthetic/"))
			continue; /* made for image files, and without extensions */
		const struct cert_profile *p = profile_of(item->der);
		if (!p && cert_read(item->der, &cert_profile_any, &c, &why) != CLOISTER_OK)
			fail_msg("%s: %s", item->path, cloister_fault_text(&why, text, sizeof text));
		assert_non_null(p);
		assert_int_equal(cert_read(item->der, p, &c, NULL), CLOISTER_OK);
		assert_ptr_equal(c.der.data, item->der.data);
		n++;
	}
	print_message("%zu certificates\n", n);
	assert_true(n > 0);
}

static void each_list_is_read(void **state)
{
	size_t n = 0;

	(void)state;
	if (skip_without())
		skip();
	for (size_t i = 0; i < pki.n; i++) {
		const struct genuine_item *item = &pki.items[i];
		struct cloister_fault why;
		struct crl c;
		char text[256];
		if (!item->is_crl)
			continue;
		if (crl_read(item->der, &cert_profile_intel, &c, &why) != CLOISTER_OK &&
		    crl_read(item->der, &cert_profile_amd, &c, NULL) != CLOISTER_OK)
			fail_msg("%s: %s", item->path, cloister_fault_text(&why, text, sizeof text));
		assert_false(crl_lists(&c, BYTES_OF("no serial number has this many")));
		for (size_t len = 0; len < c.der.len; len += 7)
			assert_int_not_equal(crl_read(bytes_of(c.der.data, len), &cert_profile_any, &c, NULL),
					     CLOISTER_OK);
		n++;
	}
	print_message("%zu lists\n", n);
	assert_true(n > 0);
}

/* One name may have several keys, for some of these chains are synthetic; one of them signed. */
static void each_signature_holds(void **state)
{
	size_t held = 0, alone = 0;

	(void)state;
	if (skip_without())
		skip();
	for (size_t i = 0; i < pki.n; i++) {
		size_t candidates = 0, good = 0;
		struct cert c, issuer;
		struct crl l;
		bool is_crl = pki.items[i].is_crl;
		if (is_crl)
			assert_int_equal(crl_read(pki.items[i].der, &cert_profile_any, &l, NULL), CLOISTER_OK);
		else if (cert_read(pki.items[i].der, &cert_profile_any, &c, NULL) != CLOISTER_OK)
			continue;
		for (size_t k = 0; k < pki.n; k++) {
			bool signed_by = false;
			if (cert_read(pki.items[k].der, &cert_profile_any, &issuer, NULL) != CLOISTER_OK ||
			    !bytes_equal(issuer.subject, is_crl ? l.issuer : c.issuer))
				continue;
			candidates++;
			assert_int_equal(is_crl ? path_crl_signed_by(&l, &issuer.key, &signed_by, NULL) :
						  path_cert_signed_by(&c, &issuer.key, &signed_by, NULL),
					 CLOISTER_OK);
			good += signed_by;
		}
		if (candidates && !good && !strstr(pki.items[i].path, "/negative/"))
			fail_msg("%s: signed by none of %zu", pki.items[i].path, candidates);
		held += good > 0;
		alone += candidates == 0;
	}
	print_message("%zu signatures hold, %zu without an issuer\n", held, alone);
	assert_true(held > alone);
}

static int load(void **state)
{
	(void)state;
	pki = genuine_pki_load(folder);
	return 0;
}

static int unload(void **state)
{
	(void)state;
	genuine_pki_free(&pki);
	return 0;
}

/* argv[1]: the folder of the genuine evidence, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_certificate_is_read),
		cmocka_unit_test(each_list_is_read),
		cmocka_unit_test(each_signature_holds),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, load, unload);
}
