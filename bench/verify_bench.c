/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_bench.c - verifications per second beside the P-384 verifications that
 * OpenSSL does, measured in turns in one run, so that a busy machine slows all
 * of them alike. The document has four certificates under a root of our own.
 *
 *   verify_bench [SECONDS]     default 3; prints rates and ratios
 */

#include <stdio.h>
#include <stdlib.h>

#include "cloister/verify.h"
#include "crypto/verify_bench.h"
#include "evidence/forge.h"
#include "evidence/kind.h"
#include "sys/clock.h"

#define WINDOW_US 50000u
#define MAX_ROUNDS 700u

struct bench {
	struct buf doc;
	struct cloister_trust *warm;
	struct cloister_policy expect;
	struct buf root;
	struct p384_baseline *baseline;
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "verify_bench: %s\n", what);
	exit(1);
}

static struct cloister_trust *new_trust(const struct bench *b)
{
	struct cloister_trust *t;

	must(cloister_trust_new(&t, NULL) == CLOISTER_OK &&
		     cloister_trust_add_root(t, lend(buf_bytes(&b->root)), NULL) == CLOISTER_OK,
	     "no trust");
	return t;
}

static void verify(struct bench *b, struct cloister_trust *t)
{
	static struct cloister_verdict v;

	must(evidence_verify(t, &b->expect, buf_bytes(&b->doc), FORGE_AT_S, &v, NULL) ==
			     CLOISTER_OK &&
		     cloister_verdict_accepts(&v),
	     "the document was refused");
}

/* A chain that nobody has seen; what adding the root costs is not counted. */
static uint64_t cold(struct bench *b)
{
	struct cloister_trust *t = new_trust(b);
	uint64_t from = clock_mono_us();

	verify(b, t);
	uint64_t took = clock_mono_us() - from;
	cloister_trust_free(t);
	return took;
}

static uint64_t cached(struct bench *b)
{
	uint64_t from = clock_mono_us();

	verify(b, b->warm);
	return clock_mono_us() - from;
}

static uint64_t openssl(struct bench *b)
{
	uint64_t from = clock_mono_us();

	must(p384_baseline_verify(b->baseline), "OpenSSL refuses its own signature");
	return clock_mono_us() - from;
}

static void prepare(struct bench *b)
{
	struct forge keys;
	struct forge_chain c;
	struct forge_doc d;

	*b = (struct bench){ .doc = BUF_INIT(1u << 16), .root = BUF_INIT(1u << 16) };
	forge_init(&keys);
	forge_chain_init(&c, &keys);
	forge_chain_write(&c);
	forge_doc_init(&d, &keys);
	forge_document(&d, &c, &b->doc);
	buf_put(&b->root, keys.root_der.data, keys.root_der.len);
	b->expect = (struct cloister_policy){
		.nonce = { WANT_EXACTLY, d.nonce },
		.user_data.want = WANT_ANY,
		.public_key.want = WANT_ANY,
		.report_data.want = WANT_ANY,
		.issuer.want = WANT_ANY,
		.platforms = WANT_ANY,
		.max_age_s = 300,
	};
	for (unsigned i = 0; i <= 2; i++)
		must(policy_expect_pcr(&b->expect, i, BYTES_OF(d.pcr[i]), NULL) == CLOISTER_OK, "pcr");
	b->baseline = p384_baseline_new();
	must(b->baseline != NULL, "OpenSSL makes no P-384 key");
	b->warm = new_trust(b);
	verify(b, b->warm);
	forge_chain_fini(&c);
	forge_fini(&keys);
}

/* Calls per second over one window. */
static double rate(struct bench *b, uint64_t (*once)(struct bench *))
{
	uint64_t spent = 0, n = 0;

	for (; spent < WINDOW_US; n++)
		spent += once(b);
	return (double)n * 1e6 / (double)spent;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static uint64_t (*const kinds[])(struct bench *) = { cold, cached, openssl };
	static double rates[3][MAX_ROUNDS];
	static struct bench b;
	long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 3;
	size_t rounds = (size_t)seconds * 1000000 / WINDOW_US / 3;

	must(seconds >= 1 && rounds <= MAX_ROUNDS, "usage: verify_bench [SECONDS], 1 to 100");
	prepare(&b);
	for (size_t i = 0; i < rounds; i++)
		for (size_t k = 0; k < 3; k++)
			rates[k][i] = rate(&b, kinds[k]);
	for (size_t k = 0; k < 3; k++)
		qsort(rates[k], rounds, sizeof rates[k][0], by_size);
	double median[3] = { rates[0][rounds / 2], rates[1][rounds / 2], rates[2][rounds / 2] };
	printf("one Nitro-shaped document of %zu bytes, 4 certificates; one thread; medians of %zu "
	       "windows of %u ms\n",
	       b.doc.len, rounds, WINDOW_US / 1000);
	printf("  verdicts, chain never seen      %8.0f /s   %.2f of OpenSSL's P-384 verifications\n",
	       median[0], median[0] / median[2]);
	printf("  verdicts, chain remembered      %8.0f /s   %.2f   (target: 0.80)\n", median[1],
	       median[1] / median[2]);
	printf("  OpenSSL EVP_PKEY_verify, P-384  %8.0f /s   1.00\n", median[2]);
	buf_fini(&b.doc);
	buf_fini(&b.root);
	cloister_trust_free(b.warm);
	p384_baseline_free(b.baseline);
	return 0;
}
