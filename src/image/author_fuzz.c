/* SPDX-License-Identifier: Apache-2.0 */
/* author_fuzz.c - any bytes as an author's YAML manifest. */

#include "image/author.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	own(launch_wish_fini) struct launch_wish wish = { 0 };
	struct cloister_fault why;

	(void)(author_read(bytes_of(data, size), &wish, &why) == CLOISTER_OK);
	return 0;
}
