/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nomem_test.c - every allocation of a judgement gets its turn to fail, for each
 * kind of evidence. The call says so, or did without; no document is refused for
 * it, and nothing leaks (the sanitizer run would say; there this test's own malloc is out).
 *
 *   nomem_test VECTORS
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nomem.h"
#include "evidence/forge.h"
#include "evidence/genuine.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *vectors = ".";

#define INTEL                                                                                               \
	"azure/intel-root.pem", "azure/tcb-info.pcs", "azure/qe-identity.pcs", "azure/tcb-signer.pem",      \
		"azure/root.crl", "azure/pck.crl"
#define AMD "azure/ark.der", "azure/ark.der", "azure/ask.der"

/* Good evidence and what is needed beside it; the first of `files` is a root, and Google's is one. */
static const struct world {
	const char *document, *files[8];
	uint64_t at_s;
} worlds[] = {
	{ "nitro/ok.cose", { "nitro/root.der" }, FORGE_AT_S },
	{ "snp/ok-crl-demanded.snp", { "snp/ark-genoa.der", "snp/ark-genoa.der", "snp/ask-genoa.der" }, FORGE_AT_S },
	/* two keys fit, and both signatures are tried */
	{ "snp/ok-masked-two.snp", { "snp/ark-genoa.der", "snp/ark-genoa.der", "snp/ask-genoa.der" }, FORGE_AT_S },
	{ "tdx/good.bin",
	  { "tdx/root.pem", "tdx/tcb_info.json", "tdx/qe_identity.json", "tdx/signer.pem", "tdx/root.crl",
	    "tdx/pck.crl" }, 1782864000 },
	{ "azure/ok-snp.json", { AMD }, 1782864000 },
	{ "azure/ok-tdx.json", { INTEL }, 1782864000 },
	{ "gcp/ok-snp.json", { AMD, "gcp/root.der" }, 1782864000 },
	{ "gcp/ok-log.json", { INTEL }, 1782864000 },
	{ "gcp/ok-log-dstack.json", { INTEL }, 1782864000 },
};
#define N_WORLDS (sizeof worlds / sizeof *worlds)

static struct buf file(const char *name)
{
	struct buf b = BUF_INIT(1u << 20);
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", vectors, name);
	assert_true(read_file(path, &b));
	return b;
}

static struct cloister_trust *trust_in(const struct world *w)
{
	struct cloister_trust *t;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	for (size_t i = 0; w->files[i]; i++) {
		struct buf b = file(w->files[i]);
		bool is_root = i == 0 || strcmp(w->files[i], "gcp/root.der") == 0;
		assert_int_equal(is_root ? cloister_trust_add_root(t, lend(buf_bytes(&b)), NULL) :
					   cloister_trust_add_collateral(t, lend(buf_bytes(&b)), NULL),
				 CLOISTER_OK);
		buf_fini(&b);
	}
	return t;
}

/* One judgement with a trust of its own, so that nothing is remembered. */
static enum cloister_err judge(const struct world *w, struct bytes doc, size_t n, bool *accepted)
{
	struct cloister_policy e = expect_anything();
	struct cloister_verdict *v = NULL;
	struct cloister_trust *t = trust_in(w);

	armed = true;
	left = n;
	enum cloister_err err = cloister_verify(t, &e, lend(doc), w->at_s, &v, NULL);
	armed = false;
	*accepted = err == CLOISTER_OK && cloister_verdict_accepts(v);
	assert_int_equal(v != NULL, err == CLOISTER_OK);
	cloister_verdict_free(v);
	cloister_trust_free(t);
	return err;
}

static void fail_each(const struct world *w)
{
	struct buf doc = file(w->document);
	size_t n_nomem = 0, n_refused = 0, most;
	bool accepted;

	n_asked = 0;
	assert_int_equal(judge(w, buf_bytes(&doc), SIZE_MAX - 1, &accepted), CLOISTER_OK);
	assert_true(accepted);
	most = n_asked;
	for (size_t n = 0; n < most; n++) {
		enum cloister_err err = judge(w, buf_bytes(&doc), n, &accepted);
		assert_true(err == CLOISTER_OK || err == CLOISTER_E_NOMEM);
		n_nomem += err == CLOISTER_E_NOMEM;
		n_refused += err == CLOISTER_OK && !accepted;
	}
	print_message("%s: %zu allocations: %zu times said so, %zu times refused\n", w->document, most,
		      n_nomem, n_refused);
	assert_int_equal(n_refused, 0);
	/* OpenSSL may do without a few of its own, but not without most. */
	assert_true(n_nomem > most / 2);
	buf_fini(&doc);
}

static void each_allocation_fails_once(void **state)
{
	(void)state;
	if (!OWN_MALLOC) {
		print_message("the sanitizer has a malloc of its own: skipped\n");
		skip();
	}
	for (size_t i = 0; i < N_WORLDS; i++)
		fail_each(&worlds[i]);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	if (argc > 1)
		vectors = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
