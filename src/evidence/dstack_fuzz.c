/* SPDX-License-Identifier: Apache-2.0 */
/* dstack_fuzz.c - whatever log is accepted leaves an untouched register only where no event was. */

#include <stdlib.h>

#include "evidence/dstack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dstack_log log;

	if (dstack_log_read(bytes_of(data, size), &log, NULL) != CLOISTER_OK)
		return 0;
	if ((log.n_events == 0) != mem_is_zero(log.rtmr, sizeof log.rtmr))
		abort();
	return 0;
}
