/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads_test.c - four threads, one trust, every document that we made, each in
 * another order: the verdicts are those that one thread gets alone. What is
 * remembered between them (chains, signatures) may save work and nothing else.
 * Built with the thread sanitizer (tools/check) it also finds races.
 *
 *   threads_test VECTORS [ROUNDS]
 */

#include "base/test.h"

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>

#include "evidence/forge.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#define THREADS 4u
#define DOCS_MAX 1024u

static const char *folder;
static unsigned rounds = 3;
static struct cloister_trust *trust;
static struct buf docs[DOCS_MAX];
static enum check alone[DOCS_MAX];
static size_t n_docs, n_accepted;

static bool ends(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && strcmp(name + len - n, end) == 0;
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

/* What ends like collateral and is not in the first two lists is wrong in one way. */
static void take(const char *path, const char *name)
{
	static const char *const roots[] = { "root.der", "root.pem", NULL };
	static const char *const good[] = { "pck.crl", "root.crl", "tcb_info.json", "qe_identity.json",
					    "signer.pem", "jwks.json", "ask.der", "asvk.der", "vcek.der",
					    "root.der", "root.pem", NULL };
	struct buf b = BUF_INIT(LIMIT_EVIDENCE_FILE);
	bool is_collateral = ends(name, ".json") || ends(name, ".der") || ends(name, ".pem") || ends(name, ".crl");

	assert_true(read_file(path, &b));
	if (is_one_of(name, roots))
		(void)cloister_trust_add_root(trust, lend(buf_bytes(&b)), NULL);
	if (is_one_of(name, good))
		(void)cloister_trust_add_collateral(trust, lend(buf_bytes(&b)), NULL);
	if (!is_collateral && n_docs < DOCS_MAX)
		docs[n_docs++] = give(b, ((struct buf)BUF_INIT(LIMIT_EVIDENCE_FILE)));
	buf_fini(&b);
}

static void take_folder(const char *kind)
{
	char path[1024];
	struct dirent *entry;

	snprintf(path, sizeof path, "%s/%s", folder, kind);
	DIR *dir = opendir(path);
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || entry->d_type == DT_DIR || strcmp(entry->d_name, "index.json") == 0)
			continue;
		snprintf(path, sizeof path, "%s/%s/%s", folder, kind, entry->d_name);
		take(path, entry->d_name);
	}
	closedir(dir);
}

static enum check judge(struct cloister_trust *t, size_t i)
{
	struct cloister_policy any = expect_anything();
	struct cloister_verdict *v = malloc(sizeof *v);
	enum check first;

	if (!v || evidence_verify(t, &any, buf_bytes(&docs[i]), FORGE_AT_S, v, NULL) != CLOISTER_OK)
		abort();
	first = verdict_first_failed(v);
	verdict_fini(v);
	free(v);
	return first;
}

/* A stride of its own for each thread, so that they meet in the memory of chains. */
static void *work(void *arg)
{
	static const size_t strides[THREADS] = { 1, 7, 31, 131 };
	size_t me = (size_t)(uintptr_t)arg, wrong = 0;

	for (unsigned r = 0; r < rounds; r++)
		for (size_t i = 0; i < n_docs; i++) {
			size_t doc = (i * strides[me] + me * 13 + r) % n_docs;
			wrong += judge(trust, doc) != alone[doc];
		}
	return (void *)(uintptr_t)wrong;
}

static void verdicts_are_the_same(void **state)
{
	pthread_t threads[THREADS];
	(void)state;

	for (size_t i = 0; i < n_docs; i++) {
		alone[i] = judge(trust, i);
		n_accepted += alone[i] == CHECK_COUNT;
	}
	print_message("%zu documents, %zu accepted, %u threads, %u rounds\n", n_docs, n_accepted, THREADS, rounds);
	assert_true(n_docs > 100 && n_accepted > 5);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_int_equal((uintptr_t)wrong, 0);
	}
}

/* The same with a memory that starts empty: the threads fill it together. */
static void a_memory_is_filled_together(void **state)
{
	struct cloister_trust *before = trust;
	size_t n = n_docs;
	(void)state;

	assert_int_equal(cloister_trust_new(&trust, NULL), CLOISTER_OK);
	static const char *const kinds[] = { "nitro", "snp", "tdx", "sgx", "azure", "token" };
	for (size_t k = 0; k < N_OF(kinds); k++) {
		n_docs = DOCS_MAX; /* roots and collateral only */
		take_folder(kinds[k]);
	}
	n_docs = n;
	pthread_t threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;
		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_int_equal((uintptr_t)wrong, 0);
	}
	cloister_trust_free(trust);
	trust = before;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_the_same),
		cmocka_unit_test(a_memory_is_filled_together),
	};
	static const char *const kinds[] = { "nitro", "snp", "tdx", "sgx", "azure", "token" };

	if (argc < 2 || cloister_trust_new(&trust, NULL) != CLOISTER_OK)
		return 2;
	folder = argv[1];
	rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : rounds;
	for (size_t k = 0; k < N_OF(kinds); k++)
		take_folder(kinds[k]);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (size_t i = 0; i < n_docs; i++)
		buf_fini(&docs[i]);
	cloister_trust_free(trust);
	return failed;
}
