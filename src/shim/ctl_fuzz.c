/* SPDX-License-Identifier: Apache-2.0 */
/* ctl_fuzz.c - one request line of ctl.sock, and one CONNECT line of vsock.sock. */

#include <stdlib.h>

#include "shim/ctl.h"
#include "shim/uds.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes in = bytes_of(data, size);
	struct ctl_request r;
	uint32_t port;

	if (ctl_request_read(in, &r, NULL) == CLOISTER_OK) {
		if (r.op < CTL_STATUS || r.op > CTL_SIGNAL || r.nonce.len > LIMIT_NSM_FIELD)
			abort();
		if (r.op == CTL_SIGNAL && (r.signal < 1 || r.signal > 64))
			abort();
	}
	if (uds_line_read(in, &port, NULL) == CLOISTER_OK && (size < 10 || data[size - 1] != '\n'))
		abort();
	return 0;
}
