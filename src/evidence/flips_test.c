/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flips_test.c - every strict prefix and every single flipped bit of valid
 * documents is refused, and by the check that the place calls for.
 *
 *   flips_test GENUINE OWN STEP     every STEP-th bit; 1 is all of them (`make soak`)
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/cert.h"
#include "codec/cose.h"
#include "evidence/forge.h"
#include "evidence/genuine.h"
#include "evidence/nitro.h"
#include "evidence/verdict.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *genuine_folder = ".", *own_folder = ".";
static size_t step = 1;
static struct cloister_trust *trust;
static size_t n_flips, n_prefixes, n_by[CHECK_COUNT];

#define ONLY(c) (1u << CHECK_##c)

/* Which checks may be the first to fail when a bit of each byte is flipped. */
struct map {
	size_t len;
	uint32_t may[LIMIT_EVIDENCE];
};

static void mark(struct map *m, struct bytes doc, struct bytes part, uint32_t may)
{
	for (size_t i = 0; i < part.len; i++)
		m->may[(size_t)(part.data - doc.data) + i] = may;
}

static void mark_certificate(struct map *m, struct bytes doc, struct bytes der, bool is_root)
{
	struct cert c;

	assert_int_equal(cert_read(der, &cert_profile_nitro, &c, NULL), CLOISTER_OK);
	mark(m, doc, der,
	     is_root ? ONLY(ROOT) :
		       ONLY(CERTIFICATES) | ONLY(PATH) | ONLY(NAMES) | ONLY(VALIDITY) | ONLY(CHAIN));
	if (!is_root) { /* the key but for its first byte, 04, says nothing by itself */
		mark(m, doc, bytes_of(c.key.point.data + 1, CERT_P384_LEN - 1), ONLY(CHAIN));
		mark(m, doc, bytes_of(c.serial.data + 1, c.serial.len - 1), ONLY(CHAIN));
	}
}

/* The map of a valid document. */
static void chart(struct bytes doc, struct map *m)
{
	struct cose_sign1 frame;
	struct nitro_doc d;

	assert_int_equal(cose_sign1_read(doc, &frame, NULL), CLOISTER_OK);
	assert_int_equal(nitro_doc_read(frame.payload, &d, NULL), CLOISTER_OK);
	m->len = doc.len;
	mark(m, doc, doc, ONLY(ENVELOPE));
	mark(m, doc, bytes_of(doc.data, 1), ONLY(KIND) | ONLY(ENVELOPE)); /* no array or tag any more */
	mark(m, doc, frame.protected_header, ONLY(ALGORITHM));
	mark(m, doc, frame.signature, ONLY(SIGNATURE));
	/* Heads and names: the map breaks, or a member does, or the signature does. */
	mark(m, doc, frame.payload, ONLY(PAYLOAD) | ONLY(MEMBERS) | ONLY(SIGNATURE));
	mark(m, doc, d.module_id, ONLY(PAYLOAD) | ONLY(SIGNATURE)); /* or it is not UTF-8 */
	for (unsigned i = 0; i < LIMIT_PCRS; i++)
		mark(m, doc, d.pcr[i], ONLY(SIGNATURE));
	mark(m, doc, d.nonce, ONLY(SIGNATURE));
	mark(m, doc, d.user_data, ONLY(SIGNATURE));
	mark(m, doc, d.public_key, ONLY(SIGNATURE));
	for (size_t i = 0; i < d.n_certs; i++)
		mark_certificate(m, doc, d.certs[i], i == 0);
}

static enum check first_failed(struct bytes doc, uint64_t at_s)
{
	struct cloister_policy e = expect_anything();
	struct cloister_verdict v;

	assert_int_equal(evidence_verify(trust, &e, doc, at_s, &v, NULL), CLOISTER_OK);
	assert_int_equal(cloister_verdict_accepts(&v),
			 verdict_first_failed(&v) == CHECK_COUNT);
	return verdict_first_failed(&v);
}

/* A copy of exactly `len` bytes, so that the sanitizers see a read past its end. */
static void refuse_prefixes(struct bytes doc, uint64_t at_s)
{
	for (size_t len = 0; len < doc.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		assert_non_null(copy);
		memcpy(copy, doc.data, len);
		assert_int_equal(first_failed(bytes_of(copy, len), at_s),
				 len ? CHECK_ENVELOPE : CHECK_KIND);
		free(copy);
		n_prefixes++;
	}
}

static void refuse_flips(const char *name, struct bytes doc, uint64_t at_s)
{
	static struct map m;
	uint8_t *copy = malloc(doc.len);

	assert_non_null(copy);
	memcpy(copy, doc.data, doc.len);
	chart(doc, &m);
	for (size_t bit = doc.len % step; bit < doc.len * 8; bit += step) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		enum check c = first_failed(bytes_of(copy, doc.len), at_s);
		if (c == CHECK_COUNT || !(m.may[bit / 8] >> c & 1))
			fail_msg("%s: bit %zu of byte %zu: %s", name, bit % 8, bit / 8,
				 check_word(c));
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		n_by[c]++;
		n_flips++;
	}
	assert_int_equal(first_failed(bytes_of(copy, doc.len), at_s), CHECK_COUNT);
	free(copy);
}

static void report(void)
{
	print_message("%zu prefixes, %zu flips refused:", n_prefixes, n_flips);
	for (int c = 0; c < CHECK_COUNT; c++)
		if (n_by[c])
			print_message(" %s %zu", check_word((enum check)c), n_by[c]);
	print_message("\n");
	n_prefixes = n_flips = 0;
	memset(n_by, 0, sizeof n_by);
}

static void genuine_documents(void **state)
{
	static struct genuine docs[GENUINE_MAX];
	size_t n = genuine_load(genuine_folder, docs);

	(void)state;
	if (n == 0) {
		print_message("no genuine documents beside the checkout: skipped\n");
		skip();
	}
	for (size_t i = 0; i < n; i++) {
		if (strncmp(docs[i].expect, "accept", 6) != 0)
			continue;
		refuse_prefixes(buf_bytes(&docs[i].doc), docs[i].at_s);
		refuse_flips(docs[i].file, buf_bytes(&docs[i].doc), docs[i].at_s);
	}
	genuine_free(docs, n);
	report();
}

static void our_documents(void **state)
{
	static const char *const names[] = { "ok.cose",	    "ok-indefinite.cose", "ok-nulls.cose",
					     "ok-1024.cose", "ok-short-chain.cose" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct buf doc = BUF_INIT(1u << 20);
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", own_folder, names[i]);
		assert_true(read_file(path, &doc));
		refuse_prefixes(buf_bytes(&doc), FORGE_AT_S);
		refuse_flips(names[i], buf_bytes(&doc), FORGE_AT_S);
		buf_fini(&doc);
	}
	report();
}

static int load(void **state)
{
	char path[4096];
	struct buf root = BUF_INIT(1u << 16);

	(void)state;
	snprintf(path, sizeof path, "%s/root.der", own_folder);
	if (!read_file(path, &root) || cloister_trust_new(&trust, NULL) != CLOISTER_OK)
		return -1;
	enum cloister_err err = cloister_trust_add_root(trust, lend(buf_bytes(&root)), NULL);
	buf_fini(&root);
	return err == CLOISTER_OK ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	cloister_trust_free(trust);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_documents),
		cmocka_unit_test(genuine_documents),
	};

	if (argc == 4) {
		genuine_folder = argv[1];
		own_folder = argv[2];
		step = strtoul(argv[3], NULL, 10);
	}
	if (step == 0)
		return 2;
	return cmocka_run_group_tests(tests, load, unload);
}
