/* SPDX-License-Identifier: Apache-2.0 */
/* users_fuzz.c - spec, passwd and group, separated by bytes 0xff. */

#include "image/users.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *a = size ? memchr(data, 0xff, size) : NULL;
	const uint8_t *b = a ? memchr(a + 1, 0xff, (size_t)(data + size - a - 1)) : NULL;
	struct image_user u;
	char spec[64] = "";

	if (!b || (size_t)(a - data) >= sizeof spec)
		return 0;
	memcpy(spec, data, (size_t)(a - data));
	if (user_resolve(spec, bytes_of(a + 1, (size_t)(b - a - 1)),
			 bytes_of(b + 1, (size_t)(data + size - b - 1)), &u, NULL) != CLOISTER_OK)
		return 0;
	/* Groups ascend without repeats and hold the primary one; home is absolute. */
	for (size_t i = 1; i < u.n_groups; i++)
		if (u.groups[i - 1] >= u.groups[i])
			abort();
	if (u.n_groups == 0 || u.home[0] != '/' || u.uid > 2147483647u)
		abort();
	return 0;
}
