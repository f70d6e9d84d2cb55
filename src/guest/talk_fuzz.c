/* SPDX-License-Identifier: Apache-2.0 */
/* talk_fuzz.c - one message, from either side. */

#include <stdlib.h>

#include "guest/talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct talk t;

	if (talk_read(bytes_of(data, size), TALK_AGENT, &t, NULL) == CLOISTER_OK &&
	    (size > TALK_MAX || (t.type == TALK_SIGNAL && (t.signal < 1 || t.signal > 64))))
		abort();
	if (talk_read(bytes_of(data, size), TALK_INIT, &t, NULL) == CLOISTER_OK &&
	    (t.text.len > TALK_TEXT_MAX || t.kind > 1))
		abort();
	return 0;
}
