/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads_test.c - four threads, one trust, every document that we made of every
 * kind, each in another order: the verdicts are those that one thread gets alone. What is
 * remembered between them (chains, signatures) may save work and nothing else.
 * Built with the thread sanitizer (tools/check) it also finds races.
 *
 *   threads_test VECTORS [ROUNDS]
 */

#include "base/test.h"

#include <pthread.h>
#include <stdio.h>

#include "codec/json.h"
#include "evidence/forge.h"
#include "evidence/forge_dcap.h"
#include "evidence/forge_snp.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#define THREADS 4u
#define DOCS_MAX 1024u
#define PIECES_MAX 12

/* One trust has them all: each kind's roots, and what its judge needs besides. */
static const struct kind_of_vectors {
	const char *folder;
	uint64_t at_s; /* when what is good is valid */
	const char *roots[4], *pieces[PIECES_MAX];
} kinds[] = {
	{ "nitro", FORGE_AT_S, { "root.der" }, { NULL } },
	{ "snp", SNP_FORGE_AT_S, { "ark-genoa.der", "ark-milan.der", "ark-turin.der" },
	  { "ark-genoa.der", "ark-milan.der", "ark-turin.der", "ask-genoa.der", "ask-milan.der", "ask-turin.der",
	    "asvk-genoa.der", "asvk-milan.der", "asvk-turin.der" } },
	{ "tdx", DCAP_FORGE_AT_S, { "root.pem" },
	  { "signer.pem", "root.crl", "pck.crl", "tcb_info.json", "qe_identity.json" } },
	{ "sgx", DCAP_FORGE_AT_S, { "root.pem" },
	  { "signer.pem", "root.crl", "pck.crl", "tcb_info.json", "qe_identity.json" } },
	{ "azure", DCAP_FORGE_AT_S, { "ark.der", "intel-root.pem" },
	  { "ark.der", "ask.der", "tcb-signer.pem", "root.crl", "pck.crl", "tcb-info.pcs", "qe-identity.pcs" } },
	{ "gcp", DCAP_FORGE_AT_S, { "root.der", "root-pkcs1.der" }, { NULL } },
	{ "token", FORGE_AT_S, { "root.der" }, { "jwks.json" } },
};

struct doc {
	struct buf bytes;
	uint64_t at_s;
	enum check alone; /* how it ends in one thread */
};

static const char *folder;
static unsigned rounds = 3;
static struct cloister_trust *trust;
static struct doc docs[DOCS_MAX];
static size_t n_docs;

static void load(struct buf *out, const char *dir, const char *name)
{
	char path[1024];

	snprintf(path, sizeof path, "%s/%s/%s", folder, dir, name);
	*out = (struct buf)BUF_INIT(LIMIT_EVIDENCE_FILE);
	if (!read_file(path, out))
		fail_msg("%s cannot be read", path);
}

static void lay(struct cloister_trust *t, const char *dir, const char *name, bool is_root)
{
	struct cloister_fault why = { 0 };
	struct buf b;

	load(&b, dir, name);
	/* of some, an issuer of tokens could have the same form */
	const char *family = strcmp(dir, "gcp") == 0 ? "google" : NULL;
	WANT_OK(is_root ? cloister_trust_add_root_for(t, family, lend(buf_bytes(&b)), &why) :
			  cloister_trust_add_collateral(t, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
}

static struct cloister_trust *new_trust(void)
{
	struct cloister_trust *t;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	for (size_t k = 0; k < N_OF(kinds); k++) {
		for (size_t i = 0; i < N_OF(kinds[k].roots) && kinds[k].roots[i]; i++)
			lay(t, kinds[k].folder, kinds[k].roots[i], true);
		for (size_t i = 0; i < PIECES_MAX && kinds[k].pieces[i]; i++)
			lay(t, kinds[k].folder, kinds[k].pieces[i], false);
	}
	return t;
}

static enum check judge(struct cloister_trust *t, const struct doc *d)
{
	struct cloister_policy any = expect_anything();
	struct cloister_verdict *v = malloc(sizeof *v);
	enum check first;

	if (!v || evidence_verify(t, &any, buf_bytes(&d->bytes), d->at_s, v, NULL) != CLOISTER_OK)
		abort();
	first = verdict_first_failed(v);
	verdict_fini(v);
	free(v);
	return first;
}

/* Every document of a kind, and what one thread says about it. */
static void take_kind(const struct kind_of_vectors *kind)
{
	struct json entries, e;
	struct buf index;
	size_t n_accepted = 0, n = 0;

	load(&index, kind->folder, "index.json");
	assert_int_equal(json_read(buf_bytes(&index), &entries, NULL), CLOISTER_OK);
	for (struct json_walk w = json_walk(entries); json_next(&w, NULL, &e); n++) {
		char file[128];
		assert_true(n_docs < DOCS_MAX && json_text(json_get(e, "file"), file, sizeof file));
		struct doc *d = &docs[n_docs++];
		load(&d->bytes, kind->folder, file);
		d->at_s = kind->at_s;
		d->alone = judge(trust, d);
		n_accepted += d->alone == CHECK_COUNT;
	}
	print_message("%s: %zu documents, %zu accepted\n", kind->folder, n, n_accepted);
	assert_int_not_equal(n_accepted, 0);
	assert_int_not_equal(n_accepted, n);
	buf_fini(&index);
}

/* A stride of its own for each thread, so that they meet in the memory of chains. */
static void *work(void *arg)
{
	static const size_t strides[THREADS] = { 1, 7, 31, 131 };
	size_t me = (size_t)(uintptr_t)arg, wrong = 0;

	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < n_docs; i++) {
			size_t doc = (i * strides[me] + me * 13 + r) % n_docs;
			wrong += judge(trust, &docs[doc]) != docs[doc].alone;
		}
	return (void *)(uintptr_t)wrong;
}

static void run_together(void)
{
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_int_equal((uintptr_t)wrong, 0);
	}
}

/* With a memory of chains that one thread has filled. */
static void verdicts_are_the_same(void **state)
{
	(void)state;
	trust = new_trust();
	for (size_t k = 0; k < N_OF(kinds); k++)
		take_kind(&kinds[k]);
	run_together();
	cloister_trust_free(trust);
}

/* The same with a memory that starts empty: the threads fill it together. */
static void a_memory_is_filled_together(void **state)
{
	(void)state;
	trust = new_trust();
	run_together();
	cloister_trust_free(trust);
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_the_same),
		cmocka_unit_test(a_memory_is_filled_together),
	};

	if (argc < 2)
		return 2;
	folder = argv[1];
	rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : rounds;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < n_docs; i++)
		buf_fini(&docs[i].bytes);
	return failed;
}
