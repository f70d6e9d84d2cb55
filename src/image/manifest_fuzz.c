/* SPDX-License-Identifier: Apache-2.0 */
/* manifest_fuzz.c - any bytes as the measured manifest, and as a second ramdisk that carries one. */

#include "image/manifest.h"

#include <stdlib.h>

#include "image/ramdisk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ramdisk0 platform;
	struct cloister_fault why;
	struct ramdisk1 workload;
	struct manifest m;

	if (manifest_read(bytes_of(data, size), &m, &why) == CLOISTER_OK &&
	    (json_count(m.argv) == 0 || m.cwd[0] != '/' || m.stop_signal < 1 || m.memory_mib == 0 ||
	     !manifest_hostname_ok(m.hostname)))
		abort();
	if (ramdisk1_read(bytes_of(data, size), &workload, &why) == CLOISTER_OK &&
	    workload.rootfs.data + workload.rootfs.len != data + size)
		abort();
	if (ramdisk0_read(bytes_of(data, size), &platform, &why) == CLOISTER_OK &&
	    platform.init.len == 0)
		abort();
	return 0;
}
