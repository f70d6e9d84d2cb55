/* SPDX-License-Identifier: Apache-2.0 */
/* secret.c - a fixed room that is wiped whole, so no copy is left behind by growing. */

#include "crypto/secret.h"

#include "base/mem.h"

enum cloister_err secret_put(struct secret *s, struct bytes b, struct cloister_fault *why)
{
	if (b.len > sizeof s->data - s->len)
		return fail(why, CLOISTER_E_LIMIT, "secret", "more than %u bytes", SECRET_MAX);
	if (b.len)
		memcpy(s->data + s->len, b.data, b.len);
	s->len += b.len;
	return CLOISTER_OK;
}

void drop_secret(struct secret *s)
{
	mem_wipe(s, sizeof *s);
}
