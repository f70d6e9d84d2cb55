/* SPDX-License-Identifier: Apache-2.0 */
/* random.c - getrandom(2) until all is there. */

#include "crypto/random.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

enum cloister_err random_bytes(void *out, size_t len, struct cloister_fault *why)
{
	uint8_t *p = out;

	for (size_t got = 0; got < len;) {
		ssize_t n = getrandom(p + got, len - got, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			enum cloister_err err =
				fail_sys(why, "random", "the kernel gives no random bytes");
			memset(out, 0, len);
			return err;
		}
		got += (size_t)n;
	}
	return CLOISTER_OK;
}
