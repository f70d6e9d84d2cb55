/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind_fuzz.c - whatever is recognised has all its parts inside the input or the
 * store, and the store never grows past what it was sized for.
 */

#include <stdlib.h>

#include "evidence/kind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(struct bytes part, const uint8_t *base, size_t len)
{
	return base && part.data >= base && part.len <= len && (size_t)(part.data - base) <= len - part.len;
}

static void must_lie(struct bytes part, struct bytes input, const struct evidence *e)
{
	if (part.len && !lies_in(part, input.data, input.len) &&
	    !lies_in(part, e->scratch.data, e->scratch.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct evidence e;
	struct bytes input = bytes_of(data, size);

	enum cloister_err err = evidence_open(input, &e, NULL);
	if ((err == CLOISTER_OK) != (e.kind != KIND_NONE) || e.scratch.len > e.scratch.max)
		abort();
	if (err == CLOISTER_OK) {
		must_lie(e.body, input, &e);
		must_lie(e.event_log, input, &e);
		must_lie(e.tpm_quote, input, &e);
		must_lie(e.tpm_signature, input, &e);
		must_lie(e.tpm_pcrs, input, &e);
		must_lie(e.td_quote, input, &e);
		for (size_t i = 0; i < e.given.n; i++)
			must_lie(e.given.items[i].data, input, &e);
		if (e.body.len == 0)
			abort();
	}
	evidence_fini(&e);
	return 0;
}
