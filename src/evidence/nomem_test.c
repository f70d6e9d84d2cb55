/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nomem_test.c - every allocation of a judgement gets its turn to fail. The call
 * says so, or did without; no document is refused for it, and
 * nothing leaks (the sanitizer run would say; there this test's own malloc is out).
 *
 *   nomem_test FOLDER     of vectors/nitro
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/nomem.h"
#include "evidence/forge.h"
#include "evidence/genuine.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *folder = ".";

static struct buf file(const char *name)
{
	struct buf b = BUF_INIT(1u << 20);
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_true(read_file(path, &b));
	return b;
}

/* One judgement with a trust of its own, so that nothing is remembered. */
static enum cloister_err judge(struct bytes doc, struct bytes root, size_t n, bool *accepted)
{
	struct cloister_policy e = expect_anything();
	struct cloister_verdict *v = NULL;
	struct cloister_trust *t;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(t, lend(root), NULL), CLOISTER_OK);
	armed = true;
	left = n;
	enum cloister_err err = cloister_verify(t, &e, lend(doc), FORGE_AT_S, &v, NULL);
	armed = false;
	*accepted = err == CLOISTER_OK && cloister_verdict_accepts(v);
	assert_int_equal(v != NULL, err == CLOISTER_OK);
	cloister_verdict_free(v);
	cloister_trust_free(t);
	return err;
}

static void each_allocation_fails_once(void **state)
{
	struct buf doc = file("ok.cose"), root = file("root.der");
	size_t n_nomem = 0, n_refused = 0, most;
	bool accepted;

	(void)state;
	if (!OWN_MALLOC) {
		print_message("the sanitizer has a malloc of its own: skipped\n");
		buf_fini(&doc);
		buf_fini(&root);
		skip();
	}
	n_asked = 0;
	assert_int_equal(judge(buf_bytes(&doc), buf_bytes(&root), SIZE_MAX - 1, &accepted), CLOISTER_OK);
	assert_true(accepted);
	most = n_asked;
	for (size_t n = 0; n < most; n++) {
		enum cloister_err err = judge(buf_bytes(&doc), buf_bytes(&root), n, &accepted);
		assert_true(err == CLOISTER_OK || err == CLOISTER_E_NOMEM);
		n_nomem += err == CLOISTER_E_NOMEM;
		n_refused += err == CLOISTER_OK && !accepted;
	}
	print_message("%zu allocations: %zu times said so, %zu times refused\n", most, n_nomem, n_refused);
	assert_int_equal(n_refused, 0);
	/* OpenSSL may do without a few of its own, but not without most. */
	assert_true(n_nomem > most / 2);
	buf_fini(&doc);
	buf_fini(&root);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails_once),
	};

	if (argc > 1)
		folder = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
