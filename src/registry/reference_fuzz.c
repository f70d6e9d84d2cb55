/* SPDX-License-Identifier: Apache-2.0 */
/* reference_fuzz.c - what is taken is within its bounds, safe in a URL, and reads the same in full. */

#include "registry/reference.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void want(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[REFERENCE_ROOM], again[REFERENCE_ROOM];
	struct reference r, s;

	if (reference_read(bytes_of(data, size), "hub.test", &r, NULL) != CLOISTER_OK)
		return 0;
	want(r.host[0] && r.path[0] && (r.tag[0] || r.has_digest));
	want(strlen(r.host) <= LIMIT_REGISTRY_HOST && strlen(r.path) <= LIMIT_NAME && strlen(r.tag) <= LIMIT_TAG);
	want(!strpbrk(r.path, "?#%:@\\ ") && !strstr(r.path, "..") && !strstr(r.path, "//"));
	want(!strpbrk(r.host, "/?#%@\\ ") && !strpbrk(r.tag, "/?#%:@\\ "));
	reference_name(&r, name);
	want(reference_read(bytes_text(name), NULL, &s, NULL) == CLOISTER_OK);
	reference_name(&s, again);
	want(strcmp(name, again) == 0);
	return 0;
}
