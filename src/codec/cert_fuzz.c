/* SPDX-License-Identifier: Apache-2.0 */
/* cert_fuzz.c - whatever is accepted points into its input and is in order. */

#include <stdlib.h>

#include "codec/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct bytes part, struct bytes whole)
{
	if (part.data < whole.data || part.len > whole.len ||
	    (size_t)(part.data - whole.data) > whole.len - part.len)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes der = bytes_of(data, size);
	struct cloister_fault why;
	struct cert c;

	if (cert_read(der, &cert_profile_nitro, &c, &why) != CLOISTER_OK) {
		if (!why.what || why.at > size)
			abort();
		return 0;
	}
	inside(c.tbs, der);
	inside(c.serial, c.tbs);
	inside(c.issuer, c.tbs);
	inside(c.subject, c.tbs);
	inside(c.key.point, c.tbs);
	if (c.key.point.len != CERT_P384_LEN || c.not_before_s > c.not_after_s ||
	    (c.has_path_len && !c.is_ca))
		abort();
	return 0;
}
