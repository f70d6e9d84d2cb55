/* SPDX-License-Identifier: Apache-2.0 */
/* tar_fuzz.c - an outer archive's index; every member must lie within the file. */

#include "image/tar.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("tar", MFD_CLOEXEC);
	struct tar t;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (tar_index(fd, &t, NULL) == CLOISTER_OK) {
		for (size_t i = 0; i < t.n_members; i++) {
			const struct tar_member *m = &t.members[i];
			if (m->at > size || m->len > size - m->at || !tar_find(&t, m->name))
				abort();
		}
		tar_fini(&t);
	}
	close(fd);
	return 0;
}
