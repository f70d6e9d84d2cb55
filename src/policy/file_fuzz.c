/* SPDX-License-Identifier: Apache-2.0 */
/* file_fuzz.c - any bytes as a policy file: no crash, and what is read can be used. */

#include <stdlib.h>

#include "base/mem.h"
#include "evidence/expect.h"
#include "policy/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Stands for the file: fails half of the time, so that both ways are seen. */
static enum cloister_err take_file(void *ctx, const char *path, unsigned set, struct cloister_policy *p,
				   struct cloister_fault *why)
{
	static const uint8_t value[48] = { 1 };

	(void)ctx;
	if (path[0] == 'x')
		return fail(why, CLOISTER_E_MISSING, "file", "it is not there");
	return policy_expect(p, set, "pcr0", BYTES_OF(value), why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloister_policy *p = NULL;
	struct cloister_fault why;

	if (policy_read(bytes_of(data, size), take_file, NULL, &p, &why) != CLOISTER_OK)
		return 0;
	if (expect_possible(p, NULL) != CLOISTER_OK)
		abort();
	(void)(cloister_policy_set(p, "nonce", "0a", NULL) == CLOISTER_OK);
	(void)(expect_ready(p, NULL) == CLOISTER_OK);
	cloister_policy_free(p);
	return 0;
}
