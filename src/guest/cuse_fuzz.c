/* SPDX-License-Identifier: Apache-2.0 */
/* cuse_fuzz.c - one message of the kernel's, with a client's bytes in it. */

#include <stdlib.h>

#include "base/limits.h"
#include "guest/cuse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cuse_call c;

	if (cuse_read(bytes_of(data, size), &c, NULL) != CLOISTER_OK || c.kind != CUSE_IOCTL)
		return 0;
	if (c.step == CUSE_WANT_BUFFERS &&
	    (c.request_len > LIMIT_NSM_REQUEST || c.room > LIMIT_NSM_RESPONSE))
		abort();
	if (c.step == CUSE_SUBMIT &&
	    (c.request.len == 0 || c.request.len > LIMIT_NSM_REQUEST || c.room > LIMIT_NSM_RESPONSE ||
	     c.raw.len != CUSE_RAW_LEN || c.raw.data < data ||
	     c.raw.data + c.raw.len + c.request.len != data + size))
		abort();
	return 0;
}
