/* SPDX-License-Identifier: Apache-2.0 */
/* boot_fuzz.c - a command line behind a measured copy, and a file list. */

#include <stdlib.h>

#include "guest/boot.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct boot_file files[BOOT_FILES_MAX];
	struct bytes in = bytes_of(data, size);
	size_t n = 0;
	bool timing;

	/* Everything up to the first line feed is the measured copy, the rest what runs. */
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	if (end) {
		struct bytes measured = bytes_of(data, (size_t)(end - data));
		struct bytes running = bytes_of(end + 1, size - measured.len - 1);
		if (boot_cmdline(running, measured, &timing, NULL) == CLOISTER_OK &&
		    !bytes_equal(bytes_of(running.data, measured.len), measured))
			abort();
	}
	if (boot_files(in, files, &n, NULL) == CLOISTER_OK && (n < 3 || n > BOOT_FILES_MAX))
		abort();
	return 0;
}
