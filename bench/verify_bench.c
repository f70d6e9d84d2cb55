/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_bench.c - what a verdict costs, kind by kind, beside the signatures that
 * it needs as OpenSSL alone verifies them. Everything is measured in turns in one
 * run, in processor time (threads: by the wall clock); figures are medians.
 *
 *   verify_bench SECONDS VECTORS [--only NAME FILE AT_S [COLLATERAL...]]
 *
 * VECTORS is vectors/ of the checkout: one accepted document of each kind under
 * roots of our own. With --only, one document and the built-in roots instead.
 * `cold` knows no chain and no signature, `cached` has seen the chain and the
 * collateral before, which is what a server lives in. Which signatures a verdict
 * needs is counted, not assumed: the linker puts a counter before ours.
 */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/cose.h"
#include "codec/jwt.h"
#include "crypto/verify.h"
#include "crypto/raw_bench.h"
#include "evidence/forge.h"
#include "evidence/forge_dcap.h"
#include "evidence/forge_snp.h"
#include "evidence/genuine.h"
#include "evidence/hcl.h"
#include "evidence/kind.h"
#include "evidence/nitro.h"
#include "evidence/quote.h"
#include "evidence/snp.h"
#include "heap.h"
#include "sys/clock.h"

#define WINDOW_US 20000u
#define ROUNDS_MAX 512u
#define FILES_MAX 24
#define THREADS_MAX 4u

/* Processor time: a busy machine does not count. */
static double now_us(void)
{
	return (double)clock() * 1e6 / CLOCKS_PER_SEC;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "verify_bench: %s\n", what);
	exit(1);
}

/* ---- Which signatures ------------------------------------------------------- */

static unsigned counted[RAW_KINDS];
static bool is_counting;

/* The linker sends each call of NAME to __wrap_NAME and calls it __real_NAME. */
#define COUNTED(name, kind, args, ...)             \
	enum cloister_err __real_##name args;      \
	enum cloister_err __wrap_##name args;      \
	enum cloister_err __wrap_##name args       \
	{                                          \
		counted[kind] += is_counting;      \
		return __real_##name(__VA_ARGS__); \
	}
#define COUNTED_EC(name, kind)                                                                        \
	COUNTED(name, kind,                                                                           \
		(const uint8_t *point, const uint8_t *digest, const uint8_t *sig, bool *good_out,     \
		 struct cloister_fault *why),                                                         \
		point, digest, sig, good_out, why)

COUNTED_EC(p256_verify, RAW_P256)
COUNTED_EC(p384_verify, RAW_P384)
COUNTED(rsa_verify, modulus.len > 384 ? RAW_RSA4096 : modulus.len > 256 ? RAW_RSA3072 : RAW_RSA2048,
	(enum rsa_scheme scheme, struct bytes modulus, struct bytes exponent, struct bytes digest,
	 struct bytes sig, bool *good_out, struct cloister_fault *why),
	scheme, modulus, exponent, digest, sig, good_out, why)

static struct raw_signature *raws[RAW_KINDS];
static double raw_us[RAW_KINDS]; /* what one of them costs, measured between the others */

/* ---- One document ----------------------------------------------------------- */

struct subject {
	const char *name;
	struct buf doc;
	struct buf roots[3], collateral[FILES_MAX];
	size_t n_roots, n_collateral;
	uint64_t at_s;
	struct cloister_policy policy;
	struct cloister_trust *warm;
	unsigned needs[2][RAW_KINDS]; /* cold, cached */
};

static struct cloister_trust *new_trust(const struct subject *s)
{
	struct cloister_trust *t;

	must(cloister_trust_new(&t, NULL) == CLOISTER_OK, "no trust");
	for (size_t i = 0; i < s->n_roots; i++)
		must(cloister_trust_add_root(t, lend(buf_bytes(&s->roots[i])), NULL) == CLOISTER_OK, "root");
	for (size_t i = 0; i < s->n_collateral; i++)
		must(cloister_trust_add_collateral(t, lend(buf_bytes(&s->collateral[i])), NULL) == CLOISTER_OK,
		     "collateral");
	return t;
}

static enum check judge(const struct subject *s, struct cloister_trust *t)
{
	struct cloister_verdict *v = malloc(sizeof *v);

	must(v && evidence_verify(t, &s->policy, buf_bytes(&s->doc), s->at_s, v, NULL) == CLOISTER_OK,
	     "no verdict");
	enum check first = verdict_first_failed(v);
	if (first != CHECK_COUNT && is_counting)
		fprintf(stderr, "%s: %s %s\n", s->name, check_word(first), v->reason[first]);
	verdict_fini(v);
	free(v);
	return first;
}

static double cold_us(struct subject *s)
{
	struct cloister_trust *t = new_trust(s);
	double from = now_us();

	must(judge(s, t) == CHECK_COUNT, "refused");
	double took = now_us() - from;
	cloister_trust_free(t);
	return took;
}

static double cached_us(struct subject *s)
{
	double from = now_us();

	must(judge(s, s->warm) == CHECK_COUNT, "refused");
	return now_us() - from;
}

static void parse(const struct subject *s, struct jwt_room *room)
{
	struct evidence e;
	struct cose_sign1 frame;
	union {
		struct nitro_doc nitro;
		struct snp_report snp;
		struct quote quote;
		struct hcl hcl;
		struct jwt jwt;
	} out;
	enum cloister_err err = evidence_open(buf_bytes(&s->doc), &e, NULL);

	must(err == CLOISTER_OK, "not recognised");
	switch (e.kind) {
	case KIND_NITRO:
		err = cose_sign1_read(e.body, &frame, NULL);
		if (err == CLOISTER_OK)
			err = nitro_doc_read(frame.payload, &out.nitro, NULL);
		break;
	case KIND_SNP:
		err = snp_report_read(e.body, &out.snp, NULL);
		break;
	case KIND_TDX:
	case KIND_SGX:
		err = quote_read(e.body, &out.quote, NULL);
		break;
	case KIND_AZURE_SNP:
	case KIND_AZURE_TDX:
		err = hcl_read(e.body, &out.hcl, NULL);
		break;
	default:
		err = jwt_read(e.body, JWT_PS384 | JWT_RS256, room, &out.jwt, NULL);
	}
	must(err == CLOISTER_OK, "not read");
	evidence_fini(&e);
}

#define PARSES 100
static double parse_us(struct subject *s)
{
	static struct jwt_room room;
	double from = now_us();

	for (int i = 0; i < PARSES; i++)
		parse(s, &room);
	return (now_us() - from) / PARSES;
}

/* ---- Measuring ---------------------------------------------------------------- */

enum column { COLD, CACHED, PARSE, COLUMNS };

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof *v, by_size);
	return v[n / 2];
}

/* The mean over a short window, in microseconds. */
static double window(struct subject *s, double (*once)(struct subject *))
{
	double spent = 0;
	unsigned n = 0;

	for (; spent < WINDOW_US; n++)
		spent += once(s);
	return spent / n;
}

static double raw_window(enum raw_kind kind)
{
	double from = now_us(), spent;
	unsigned n = 0;

	do {
		must(raw_verify(raws[kind]), "OpenSSL refuses its own signature");
		n++;
		spent = now_us() - from;
	} while (spent < WINDOW_US / 4);
	return spent / n;
}

static void count(struct subject *s, struct cloister_trust *t, unsigned out[static RAW_KINDS])
{
	memset(counted, 0, sizeof counted);
	is_counting = true;
	bool held = judge(s, t) == CHECK_COUNT;
	is_counting = false;
	must(held, "refused");
	memcpy(out, counted, sizeof counted);
}

static size_t peak_of(struct subject *s, bool cold)
{
	struct cloister_trust *t = cold ? new_trust(s) : s->warm;

	heap_mark();
	must(judge(s, t) == CHECK_COUNT, "refused");
	size_t peak = heap_peak();
	if (cold)
		cloister_trust_free(t);
	return peak;
}

struct racer {
	struct subject *s;
	uint64_t until_us, n;
};

static void *race(void *arg)
{
	struct racer *r = arg;

	for (; clock_mono_us() < r->until_us; r->n++)
		must(judge(r->s, r->s->warm) == CHECK_COUNT, "refused");
	return NULL;
}

static double threads_per_s(struct subject *s, unsigned threads, uint64_t span_us)
{
	struct racer racers[THREADS_MAX];
	pthread_t ids[THREADS_MAX];
	uint64_t from = clock_mono_us(), n = 0;

	for (unsigned i = 0; i < threads; i++) {
		racers[i] = (struct racer){ s, from + span_us, 0 };
		must(pthread_create(&ids[i], NULL, race, &racers[i]) == 0, "no thread");
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(ids[i], NULL);
		n += racers[i].n;
	}
	return (double)n * 1e6 / (double)(clock_mono_us() - from);
}

static double floor_us(const unsigned needs[static RAW_KINDS])
{
	double sum = 0;

	for (int k = 0; k < RAW_KINDS; k++)
		sum += needs[k] * raw_us[k];
	return sum;
}

static void needs_text(const unsigned needs[static RAW_KINDS], char out[static 96])
{
	size_t n = 0;

	out[0] = 0;
	for (int k = 0; k < RAW_KINDS; k++)
		if (needs[k])
			n += (size_t)snprintf(out + n, 96 - n, "%s%u %s", n ? " + " : "", needs[k],
					      raw_name((enum raw_kind)k));
	if (n == 0)
		snprintf(out, 96, "none");
}

static void measure(struct subject *s, double seconds)
{
	static double (*const once[COLUMNS])(struct subject *) = { cold_us, cached_us, parse_us };
	static double us[COLUMNS][ROUNDS_MAX], raw[RAW_KINDS][ROUNDS_MAX];
	struct cloister_trust *fresh = new_trust(s);
	size_t rounds = (size_t)(seconds * 1e6 / (COLUMNS * WINDOW_US + RAW_KINDS * WINDOW_US / 4)) + 1;
	char text[2][96];

	rounds = rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds;
	s->warm = new_trust(s);
	count(s, fresh, s->needs[0]);
	(void)cached_us(s);
	count(s, s->warm, s->needs[1]);
	cloister_trust_free(fresh);
	size_t peaks[2] = { peak_of(s, true), peak_of(s, false) };
	for (size_t i = 0; i < rounds; i++) {
		for (int c = 0; c < COLUMNS; c++)
			us[c][i] = window(s, once[c]);
		for (int k = 0; k < RAW_KINDS; k++)
			raw[k][i] = raw_window((enum raw_kind)k);
	}
	for (int k = 0; k < RAW_KINDS; k++)
		raw_us[k] = median(raw[k], rounds);
	double cold = median(us[COLD], rounds), cached = median(us[CACHED], rounds);
	needs_text(s->needs[0], text[0]);
	needs_text(s->needs[1], text[1]);
	printf("%-10s %6zu  %8.0f %8.0f  %5.2f   %8.0f %8.0f  %5.2f   %7.0f  %5zu %5zu\n", s->name, s->doc.len,
	       1e6 / cold, cold, floor_us(s->needs[0]) / cold, 1e6 / cached, cached,
	       floor_us(s->needs[1]) / cached, median(us[PARSE], rounds) * 1000, (peaks[0] + 1023) / 1024,
	       (peaks[1] + 1023) / 1024);
	printf("%-10s signatures cold: %s; cached: %s\n", "", text[0], text[1]);
}

static void scale(struct subject *s, double seconds)
{
	uint64_t span = (uint64_t)(seconds * 1e6 / 3);
	double one = threads_per_s(s, 1, span), two = threads_per_s(s, 2, span),
	       four = threads_per_s(s, 4, span);

	printf("%-10s verdicts/s with the chain cached: 1 thread %.0f, 2 threads %.0f (%.2fx), 4 threads %.0f "
	       "(%.2fx)\n",
	       s->name, one, two, two / one, four, four / one);
}

/* ---- Which documents ------------------------------------------------------------ */

static bool load(const char *folder, const char *name, struct buf *out)
{
	char path[1024];

	*out = (struct buf)BUF_INIT(LIMIT_EVIDENCE_FILE);
	snprintf(path, sizeof path, "%s%s%s", folder ? folder : "", folder ? "/" : "", name);
	return read_file(path, out);
}

static const struct {
	const char *name, *doc;
	uint64_t at_s;
	const char *roots[3], *collateral[FILES_MAX];
} own_subjects[] = {
	{ "nitro", "nitro/ok.cose", FORGE_AT_S, { "nitro/root.der" }, { NULL } },
	{ "snp", "snp/ok-genoa.snp", SNP_FORGE_AT_S, { "snp/ark-genoa.der" }, { "snp/ark-genoa.der", "snp/ask-genoa.der" } },
	{ "tdx", "tdx/ok.bin", DCAP_FORGE_AT_S, { "tdx/root.pem" },
	  { "tdx/signer.pem", "tdx/tcb_info.json", "tdx/qe_identity.json", "tdx/root.crl", "tdx/pck.crl" } },
	{ "sgx", "sgx/ok.bin", DCAP_FORGE_AT_S, { "sgx/root.pem" },
	  { "sgx/signer.pem", "sgx/tcb_info.json", "sgx/qe_identity.json", "sgx/root.crl", "sgx/pck.crl" } },
	{ "azure-snp", "azure/ok-snp-coco-1.json", DCAP_FORGE_AT_S, { "azure/ark.der" }, { "azure/ark.der", "azure/ask.der" } },
	{ "azure-tdx", "azure/ok-tdx-coco-1.json", DCAP_FORGE_AT_S, { "azure/intel-root.pem" },
	  { "azure/tcb-signer.pem", "azure/tcb-info.pcs", "azure/qe-identity.pcs", "azure/root.crl", "azure/pck.crl" } },
	{ "token", "token/ok.jwt", FORGE_AT_S, { "token/root.der" }, { "token/jwks.json" } },
};

static bool own_subject(const char *folder, size_t i, struct subject *s)
{
	*s = (struct subject){ .name = own_subjects[i].name, .at_s = own_subjects[i].at_s, .policy = expect_anything() };
	if (!load(folder, own_subjects[i].doc, &s->doc))
		return false;
	for (size_t k = 0; k < 3 && own_subjects[i].roots[k]; k++)
		s->n_roots += load(folder, own_subjects[i].roots[k], &s->roots[s->n_roots]);
	for (size_t k = 0; k < FILES_MAX && own_subjects[i].collateral[k]; k++)
		s->n_collateral += load(folder, own_subjects[i].collateral[k], &s->collateral[s->n_collateral]);
	return true;
}

static void drop_subject(struct subject *s)
{
	buf_fini(&s->doc);
	for (size_t i = 0; i < s->n_roots; i++)
		buf_fini(&s->roots[i]);
	for (size_t i = 0; i < s->n_collateral; i++)
		buf_fini(&s->collateral[i]);
	cloister_trust_free(s->warm);
}

static void head(void)
{
	printf("%-10s %6s  %8s %8s  %5s   %8s %8s  %5s   %7s  %11s\n", "kind", "bytes", "cold/s", "us",
	       "floor", "cached/s", "us", "floor", "parse", "peak KiB");
	printf("%-10s %6s  %8s %8s  %5s   %8s %8s  %5s   %7s  %5s %5s\n", "", "", "", "", "share", "", "",
	       "share", "ns", "cold", "cached");
}

static void one_file(char **argv, int n, double seconds)
{
	struct subject s = { .name = argv[0], .at_s = strtoull(argv[2], NULL, 10), .policy = expect_anything() };

	must(load(NULL, argv[1], &s.doc) && n <= 3 + FILES_MAX, "the document cannot be read");
	for (int i = 3; i < n; i++)
		must(load(NULL, argv[i], &s.collateral[s.n_collateral++]), argv[i]);
	/* Some machines are out of date, and were then: how long a verdict takes is asked here. */
	s.policy.dcap.tolerated = ~(1u << TCB_REVOKED);
	s.policy.dcap.grace_s = UINT64_MAX;
	s.policy.snp.allow_milan = true;
	s.policy.snp.any_vmpl = true;
	measure(&s, seconds);
	drop_subject(&s);
}

static void all_own(const char *folder, double seconds)
{
	size_t n = sizeof own_subjects / sizeof *own_subjects;
	struct subject s;

	head();
	for (size_t i = 0; i < n; i++) {
		if (!own_subject(folder, i, &s))
			continue;
		measure(&s, seconds / 2 / (double)n);
		drop_subject(&s);
	}
	for (size_t i = 0; i < n; i++) {
		if (!own_subject(folder, i, &s))
			continue;
		s.warm = new_trust(&s);
		(void)cached_us(&s);
		scale(&s, seconds / 2 / (double)n);
		drop_subject(&s);
	}
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? strtod(argv[1], NULL) : 0;

	must(seconds > 0 && argc > 2, "usage: verify_bench SECONDS VECTORS [--only NAME FILE AT_S [COLLATERAL...]]");
	for (int k = 0; k < RAW_KINDS; k++)
		must((raws[k] = raw_new((enum raw_kind)k)) != NULL, "OpenSSL makes no key");
	if (argc > 6 && strcmp(argv[3], "--only") == 0)
		one_file(argv + 4, argc - 4, seconds);
	else
		all_own(argv[2], seconds);
	if (argc <= 3) {
		printf("OpenSSL's EVP_PKEY_verify:");
		for (int k = 0; k < RAW_KINDS; k++)
			printf("%s %s %.0f us", k ? "," : "", raw_name((enum raw_kind)k), raw_us[k]);
		printf("\n");
	}
	for (int k = 0; k < RAW_KINDS; k++)
		raw_free(raws[k]);
	return 0;
}
