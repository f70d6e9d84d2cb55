/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote_bench.c - verdicts on TDX and SGX quotes per second, beside single P-256
 * verifications, measured in turns in one run. Quotes and collateral are of our
 * own making; with a folder of genuine ones, the first of each version that is
 * accepted there is measured too, whose documents are larger.
 *
 *   quote_bench VECTORS GENUINE [SECONDS]
 */

#include <stdio.h>
#include <stdlib.h>

#include "crypto/verify.h"
#include "evidence/forge_dcap.h"
#include "evidence/genuine.h"
#include "evidence/genuine_dcap.h"
#include "evidence/quote_judge.h"
#include "sys/clock.h"

#define WINDOW_US 20000u
#define MAX_ROUNDS 500u
#define PIECES 6u

static size_t rounds;

struct subject {
	char name[64];
	struct bytes quote, pieces[PIECES], root;
	uint64_t at_s;
	struct cloister_policy policy;
	struct cloister_trust *warm;
};

/* One P-256 verification, the unit of everything here. */
static uint8_t unit_point[65], unit_digest[32], unit_sig[64];

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "quote_bench: %s\n", what);
	exit(1);
}

static struct cloister_trust *new_trust(const struct subject *s)
{
	struct cloister_trust *t;

	must(cloister_trust_new(&t, NULL) == CLOISTER_OK, "no trust");
	if (s->root.len)
		must(cloister_trust_add_root(t, lend(s->root), NULL) == CLOISTER_OK, "no root");
	for (size_t i = 0; i < PIECES; i++)
		if (s->pieces[i].len)
			must(cloister_trust_add_collateral(t, lend(s->pieces[i]), NULL) == CLOISTER_OK,
			     "no collateral");
	return t;
}

static bool verify(struct subject *s, struct cloister_trust *t)
{
	static struct cloister_verdict v;

	must(evidence_verify(t, &s->policy, s->quote, s->at_s, &v, NULL) == CLOISTER_OK, "no verdict");
	return cloister_verdict_accepts(&v);
}

/* Nothing remembered; what handing over the collateral costs is not counted. */
static uint64_t cold(struct subject *s)
{
	struct cloister_trust *t = new_trust(s);
	uint64_t from = clock_mono_us();

	must(verify(s, t), "a good quote was refused");
	uint64_t took = clock_mono_us() - from;
	cloister_trust_free(t);
	return took;
}

static uint64_t warm(struct subject *s)
{
	uint64_t from = clock_mono_us();

	must(verify(s, s->warm), "a good quote was refused");
	return clock_mono_us() - from;
}

static uint64_t unit(struct subject *s)
{
	uint64_t from = clock_mono_us();
	bool good;

	(void)s;
	must(p256_verify(unit_point, unit_digest, unit_sig, &good, NULL) == CLOISTER_OK && good, "unit");
	return clock_mono_us() - from;
}

static double rate(struct subject *s, uint64_t (*once)(struct subject *))
{
	uint64_t spent = 0, n = 0;

	for (; spent < WINDOW_US; n++)
		spent += once(s);
	return (double)n * 1e6 / (double)spent;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(struct subject *s)
{
	static uint64_t (*const kinds[])(struct subject *) = { cold, warm, unit };
	static double rates[3][MAX_ROUNDS];

	s->warm = new_trust(s);
	must(verify(s, s->warm), "a good quote was refused");
	for (size_t i = 0; i < rounds; i++)
		for (size_t k = 0; k < 3; k++)
			rates[k][i] = rate(s, kinds[k]);
	for (size_t k = 0; k < 3; k++)
		qsort(rates[k], rounds, sizeof rates[k][0], by_size);
	double one = rates[2][rounds / 2];
	printf("%-22s %5zu bytes   first %6.0f /s = %5.2f P-256 each   again %6.0f /s = %5.2f   "
	       "P-256 %6.0f /s\n", s->name, s->quote.len, rates[0][rounds / 2], one / rates[0][rounds / 2],
	       rates[1][rounds / 2], one / rates[1][rounds / 2], one);
	cloister_trust_free(s->warm);
}

static struct cloister_policy everything(void)
{
	struct cloister_policy p = expect_anything();

	p.dcap = (struct dcap_wants){ .tolerated = (1u << TCB_REVOKED) - 2, .grace_s = UINT64_MAX,
				      .allow_service_td = true };
	return p;
}

static void ours(const char *vectors, uint16_t version, enum quote_body body, const char *name)
{
	void (*const write[PIECES])(const struct dcap_forge *, struct buf *) = {
		dcap_forge_tcb_info, dcap_forge_qe_identity, dcap_forge_signer, dcap_forge_root_crl,
		dcap_forge_pck_crl, NULL };
	static struct dcap_forge f;
	struct dcap_keys keys;
	struct buf quote = BUF_INIT(1u << 16), root = BUF_INIT(1u << 16), b[PIECES] = { 0 };
	struct subject s = { .at_s = DCAP_FORGE_AT_S, .policy = everything() };

	dcap_keys_load(&keys, vectors);
	dcap_forge_begin(&f, &keys, version, body);
	dcap_forge_quote(&f, &quote);
	dcap_forge_root(&f, &root);
	for (size_t i = 0; i < PIECES && write[i]; i++) {
		b[i].max = 1u << 20;
		write[i](&f, &b[i]);
		s.pieces[i] = buf_bytes(&b[i]);
	}
	snprintf(s.name, sizeof s.name, "%s", name);
	s.quote = buf_bytes(&quote);
	s.root = buf_bytes(&root);
	measure(&s);
	for (size_t i = 0; i < PIECES; i++)
		buf_fini(&b[i]);
	buf_fini(&quote);
	buf_fini(&root);
	dcap_keys_free(&keys);
}

static void genuine_one(const struct dcap_case *c, void *data)
{
	unsigned *seen = data, version = c->quote.data[0];
	struct subject s = { .at_s = c->at_s, .policy = everything(), .quote = buf_bytes(&c->quote),
			     .pieces = { buf_bytes(&c->tcb_info), buf_bytes(&c->qe_identity),
					 buf_bytes(&c->signing_chain), buf_bytes(&c->root_crl),
					 buf_bytes(&c->pck_crl), buf_bytes(&c->processor_crl) } };

	if (!c->pck_valid || !c->launch[0] || *seen >> version & 1)
		return;
	struct cloister_trust *t = new_trust(&s);
	bool good = verify(&s, t);
	cloister_trust_free(t);
	if (!good)
		return;
	*seen |= 1u << version;
	snprintf(s.name, sizeof s.name, "genuine, version %u", version);
	measure(&s);
}

static void prepare_unit(const char *vectors)
{
	struct forge_key *k = forge_key_load(vectors, "p256-a");
	struct buf sig = BUF_INIT(64);

	forge_sign(k, FORGE_ECDSA_SHA256, bytes_text("unit"), &sig);
	must(hash_sha256(bytes_text("unit"), unit_digest, NULL) == CLOISTER_OK && sig.len == 64, "unit");
	memcpy(unit_point, k->point, sizeof unit_point);
	memcpy(unit_sig, sig.data, sizeof unit_sig);
	buf_fini(&sig);
	forge_key_free(k);
}

int main(int argc, char **argv)
{
	long seconds = argc > 3 ? strtol(argv[3], NULL, 10) : 2;
	unsigned seen = 0;

	rounds = (size_t)seconds * 1000000 / WINDOW_US / 3;
	must(argc >= 3 && seconds >= 1 && rounds <= MAX_ROUNDS,
	     "usage: quote_bench VECTORS GENUINE [SECONDS], 1 to 30");
	prepare_unit(argv[1]);
	ours(argv[1], 3, QUOTE_SGX, "ours, SGX");
	ours(argv[1], 5, QUOTE_TD_15, "ours, TDX 1.5");
	(void)genuine_dcap_each(argv[2], genuine_one, &seen);
	return 0;
}
