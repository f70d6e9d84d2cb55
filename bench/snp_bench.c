/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_bench.c - what a verdict on an SEV-SNP report costs beside the signatures
 * in it: one P-384, three RSA-4096 when nobody has seen the chain, none of those
 * when it is remembered. Measured in turns, so that a busy machine slows all
 * alike; medians.
 *
 *   snp_bench VECTORS [ROUNDS]     VECTORS/keys signs; default 200 rounds
 */

#include <stdio.h>
#include <stdlib.h>

#include "codec/cert.h"
#include "crypto/verify.h"
#include "evidence/forge_snp.h"
#include "evidence/kind.h"
#include "sys/clock.h"

#define PARSES 1000u
#define MAX_ROUNDS 2000u

struct bench {
	struct buf doc, root, ask;
	struct snp_report report;
	struct cloister_policy policy;
	struct cloister_trust *warm;
	struct cert certs[3]; /* root, authority, key */
	struct buf vek;
	uint8_t sig[SNP_SIG_LEN];
};

enum { COLD, WARM, RAW, RAW_P384, PARSE, MEASURED };

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "snp_bench: %s\n", what);
	exit(1);
}

static struct cloister_trust *new_trust(const struct bench *b)
{
	struct cloister_trust *t;

	must(cloister_trust_new(&t, NULL) == CLOISTER_OK &&
		     cloister_trust_add_root(t, lend(buf_bytes(&b->root)), NULL) == CLOISTER_OK &&
		     cloister_trust_add_collateral(t, lend(buf_bytes(&b->root)), NULL) == CLOISTER_OK &&
		     cloister_trust_add_collateral(t, lend(buf_bytes(&b->ask)), NULL) == CLOISTER_OK,
	     "no trust");
	return t;
}

static void prepare(struct bench *b, const char *vectors)
{
	struct forge_tbs ark = snp_forge_ark(FORGE_AMD_NAME("ARK-Genoa"));
	struct forge_tbs ask = snp_forge_ask(ark.subject, FORGE_AMD_NAME("SEV-Genoa"));
	struct forge_tbs vek = snp_forge_vek(ask.subject, FORGE_AMD_NAME("SEV-VCEK"));
	struct snp_forge_exts exts = snp_forge_exts(SNP_GENOA, false);
	uint8_t report[SNP_REPORT_LEN], program[48];
	struct snp_forge keys;

	*b = (struct bench){ .doc = BUF_INIT(1u << 16), .root = BUF_INIT(1u << 16),
			     .ask = BUF_INIT(1u << 16), .vek = BUF_INIT(1u << 16) };
	snp_forge_init(&keys, vectors);
	forge_pki_cert(&ark, keys.ark, keys.ark, &b->root);
	forge_pki_cert(&ask, keys.ask, keys.ark, &b->ask);
	snp_forge_vek_write(&vek, &exts, keys.vek, keys.ask, &b->vek);
	snp_forge_report(SNP_GENOA, 3, report);
	snp_forge_sign(report, keys.vek);
	buf_put(&b->doc, report, sizeof report);
	snp_forge_table(&(struct snp_forge_table){ .vcek = buf_bytes(&b->vek) }, &b->doc);
	snp_forge_fini(&keys);

	b->policy = (struct cloister_policy){
		.nonce = { WANT_EXACTLY, bytes_of("N\1\2\3", 4) }, .user_data.want = WANT_ANY,
		.public_key.want = WANT_ANY, .report_data.want = WANT_ANY, .issuer.want = WANT_ANY,
		.platforms = WANT_ANY, .max_age_s = CLOISTER_AGE_ANY,
	};
	memset(program, 'm', sizeof program);
	must(policy_expect(&b->policy, 0, "measurement", BYTES_OF(program), NULL) == CLOISTER_OK, "policy");
	must(cert_read(buf_bytes(&b->root), &cert_profile_amd, &b->certs[0], NULL) == CLOISTER_OK &&
		     cert_read(buf_bytes(&b->ask), &cert_profile_amd, &b->certs[1], NULL) == CLOISTER_OK &&
		     cert_read(buf_bytes(&b->vek), &cert_profile_amd, &b->certs[2], NULL) == CLOISTER_OK,
	     "a certificate is not read");
	must(snp_report_read(bytes_of(b->doc.data, SNP_REPORT_LEN), &b->report, NULL) == CLOISTER_OK &&
		     snp_signature(&b->report, b->sig), "the report is not read");
	b->warm = new_trust(b);
}

static void verify(struct bench *b, struct cloister_trust *t)
{
	static struct cloister_verdict v;

	must(evidence_verify(t, &b->policy, buf_bytes(&b->doc), SNP_FORGE_AT_S, &v, NULL) == CLOISTER_OK &&
		     cloister_verdict_accepts(&v),
	     "the report was refused");
	verdict_fini(&v);
}

static void raw_p384(const struct bench *b)
{
	uint8_t digest[SHA384_LEN];
	bool good;

	must(hash_sha384(b->report.signed_part, digest, NULL) == CLOISTER_OK &&
		     p384_verify(b->certs[2].key.point.data, digest, b->sig, &good, NULL) == CLOISTER_OK &&
		     good, "P-384");
}

/* The signatures alone, with the digests that they are over. */
static void raw(const struct bench *b)
{
	raw_p384(b);
	for (size_t i = 0; i < 3; i++) {
		const struct cert_key *key = &b->certs[i ? i - 1 : 0].key;
		uint8_t digest[SHA384_LEN];
		bool good;
		must(hash_sha384(b->certs[i].tbs, digest, NULL) == CLOISTER_OK &&
			     rsa_verify(RSA_PSS_SHA384, key->modulus, key->exponent, BYTES_OF(digest),
					b->certs[i].sig, &good, NULL) == CLOISTER_OK &&
			     good, "RSA");
	}
}

static void parse(const struct bench *b)
{
	struct snp_report r;

	for (unsigned i = 0; i < PARSES; i++)
		must(snp_report_read(bytes_of(b->doc.data, SNP_REPORT_LEN), &r, NULL) == CLOISTER_OK &&
			     r.version == 3, "parse");
}

/* Microseconds of one call; making the trust is not counted. */
static uint64_t once(struct bench *b, int what)
{
	struct cloister_trust *t = what == COLD ? new_trust(b) : NULL;
	uint64_t from = clock_mono_us();

	if (what == COLD)
		verify(b, t);
	else if (what == WARM)
		verify(b, b->warm);
	else if (what == RAW)
		raw(b);
	else if (what == RAW_P384)
		raw_p384(b);
	else
		parse(b);
	uint64_t took = clock_mono_us() - from;
	cloister_trust_free(t);
	return took;
}

static int order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	static uint64_t took[MEASURED][MAX_ROUNDS];
	static struct bench b;
	unsigned rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 200;
	double median[MEASURED];

	if (argc < 2 || rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: snp_bench VECTORS [ROUNDS]\n");
		return 2;
	}
	prepare(&b, argv[1]);
	verify(&b, b.warm);
	for (unsigned i = 0; i < rounds; i++)
		for (int m = 0; m < MEASURED; m++)
			took[m][i] = once(&b, m);
	for (int m = 0; m < MEASURED; m++) {
		qsort(took[m], rounds, sizeof took[m][0], order);
		median[m] = (double)took[m][rounds / 2];
	}
	printf("cold verdict   %7.0f us  %.2f of its signatures alone (%.0f us: P-384 and three RSA-4096)\n",
	       median[COLD], median[COLD] / median[RAW], median[RAW]);
	printf("chain known    %7.0f us  %.2f of its signature alone (%.0f us: P-384)\n", median[WARM],
	       median[WARM] / median[RAW_P384], median[RAW_P384]);
	printf("parsing        %7.3f us\n", median[PARSE] / PARSES);
	cloister_trust_free(b.warm);
	buf_fini(&b.doc);
	buf_fini(&b.root);
	buf_fini(&b.ask);
	buf_fini(&b.vek);
	return 0;
}
