/* SPDX-License-Identifier: Apache-2.0 */
/* vhost_user_fuzz.c - any bytes as a message, with any number of descriptors. */

#include <stdlib.h>

#include "shim/vhost_user.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vhost_msg m = { 0 };
	struct cloister_fault why = { 0 };

	if (size < 1)
		return 0;
	if (vhost_msg_read(bytes_of(data + 1, size - 1), data[0], &m, &why) == CLOISTER_OK &&
	    (m.n_spans > GUEST_REGIONS || m.config.size > VHOST_CONFIG_MAX || m.n_fds != data[0]))
		abort();
	return 0;
}
