/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_BOOT_H
#define GUEST_BOOT_H

/*
 * boot.h - what init must hold against its surroundings before it believes
 * them: the command line it was started with, and the list of its own files.
 *
 * No measurement binds where one section of an image ends and the next begins
 * (doc/guest.md), so whoever holds the file can cut the front off the command
 * line or off the ramdisk and keep every PCR. Init therefore carries a copy
 * of the command line and a list of its files, and compares.
 *
 * Pure: bytes in, an answer out.
 */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"

#define BOOT_FILES_MAX 64u   /* files in ramdisk 0 */
#define BOOT_NAME_MAX 128u   /* bytes of one name */
#define BOOT_LIST_MAX 8192u  /* bytes of /files */

/*
 * `running` is /proc/cmdline, `measured` the content of /cmdline. After the
 * exact copy only these may follow, separated by spaces: QEMU's and Nitro's
 * virtio_mmio.device=SIZE@ADDRESS:IRQ, any number of them, and at most once
 * each tsc_early_khz=N, lpj=N and no_timer_check, which an emulated machine
 * needs; *timing_out says whether one of those was there.
 */
enum cloister_err boot_cmdline(struct bytes running, struct bytes measured, bool *timing_out,
			       struct cloister_fault *why);

/* One line of /files, "LENGTH NAME": a path without a leading slash, as in the archive. */
struct boot_file {
	char name[BOOT_NAME_MAX + 1];
	uint64_t len; /* bytes */
};

/*
 * Read the whole list: at most BOOT_FILES_MAX files, none twice, "init",
 * "agent" and "cmdline" among them. The order is the order in which modules load.
 */
enum cloister_err boot_files(struct bytes list, struct boot_file out[static BOOT_FILES_MAX],
			     size_t *n_out, struct cloister_fault *why);

#endif
