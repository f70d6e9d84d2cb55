/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_PAYLOAD_H
#define SHIM_PAYLOAD_H

/*
 * payload.h - an image file, opened once, checked, measured and laid out for
 * the machine.
 *
 * The file is copied into sealed memory before it is looked at, so nobody can
 * change it between check, measurement and boot. Kernel and ramdisks go into
 * sealed memory of their own, and what is measured is read back from there:
 * the very pages that QEMU is given.
 */

#include "base/fault.h"
#include "base/limits.h"
#include "image/manifest.h"
#include "image/measure.h"

struct payload {
	int kernel_fd; /* sealed; -1 while idle */
	int initrd_fd; /* sealed, all ramdisks behind each other */
	char cmdline[LIMIT_EIF_CMDLINE + 1];
	struct measurements measured;
	uint32_t memory_mib; /* the least that the manifest asks for */
	struct manifest_ports ports;
};

#define PAYLOAD_INIT { .kernel_fd = -1, .initrd_fd = -1 }

/* Refused: anything platform_read() and ramdisk1_read() refuse, and images for other machines. */
enum cloister_err payload_open(const char *path, struct payload *out, struct cloister_fault *why);
void payload_close(struct payload *p); /* for own() */

#endif
