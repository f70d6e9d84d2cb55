/* SPDX-License-Identifier: Apache-2.0 */
/* pem_fuzz.c - never writes past the room it was given. */

#include <stdlib.h>

#include "codec/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cloister_fault why;
	uint8_t *room = malloc(1024);
	size_t len = 0;

	if (!room)
		abort();
	enum cloister_err err = pem_read(bytes_of(data, size), "CERTIFICATE", room, 1024, &len, &why);
	if (err == CLOISTER_OK && (len > 1024 || !pem_looks_like(bytes_of(data, size))))
		abort();
	free(room);
	return 0;
}
