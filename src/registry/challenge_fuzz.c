/* SPDX-License-Identifier: Apache-2.0 */
/* challenge_fuzz.c - whatever header or token is taken holds nothing that could leave its place. */

#include "registry/challenge.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

static void all_visible(struct bytes b, int least)
{
	for (size_t i = 0; i < b.len; i++)
		want(b.data[i] >= least && b.data[i] <= 0x7e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct secret s;
	struct challenge c;

	if (challenge_read(bytes_of(data, size), &c, NULL) == CLOISTER_OK) {
		want(c.kind == CHALLENGE_BASIC || c.kind == CHALLENGE_BEARER);
		want(c.kind != CHALLENGE_BEARER || c.realm[0]);
		want(memchr(c.realm, 0, sizeof c.realm) && memchr(c.service, 0, sizeof c.service));
		all_visible(bytes_text(c.realm), 0x20);
		all_visible(bytes_text(c.service), 0x20);
	}
	s.len = 0;
	if (token_read(bytes_of(data, size), &s, NULL) == CLOISTER_OK) {
		struct bytes token = secret_bytes(&s);
		want(bytes_skip(&token, "Bearer ") && token.len);
		all_visible(token, 0x21);
	}
	return 0;
}
