/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_PLATFORM_H
#define IMAGE_PLATFORM_H

/*
 * platform.h - the part of an image that is the same for every workload:
 * kernel, command line and ramdisk 0. A platform bundle is an EIF with that
 * one ramdisk; any image built here can serve as one.
 *
 * platform_read() is the gate for whatever boots: it holds the image against
 * everything that the measurements do not bind.
 */

#include <stdbool.h>

#include "codec/eif.h"
#include "codec/json.h"
#include "image/ramdisk.h"

#define PLATFORM_CMDLINE                                                            \
	"console=ttyS0 reboot=t panic=-1 retain_initrd random.trust_cpu=on "        \
	"random.trust_bootloader=off quiet"

struct platform {
	struct eif eif;
	struct ramdisk0 files; /* files.cmdline equals eif.cmdline */
	char kernel_version[64];
};

/*
 * Check that an image read by eif_read() is one of ours: a whole kernel with
 * nothing behind it, ramdisk 0 as ramdisk0_write() makes it, its copy of the
 * command line equal to the section.
 */
enum cloister_err platform_of(const struct eif *e, struct platform *out,
			      struct cloister_fault *why);

/* eif_read() and platform_of(). Views borrow from `file`. */
enum cloister_err platform_read(struct bytes file, struct platform *out,
				struct cloister_fault *why);

/* Write a bundle of these parts onto the end of an empty `out` and read it back. */
enum cloister_err platform_write(struct bytes kernel, const struct ramdisk0 *files,
				 struct buf *out, struct cloister_fault *why);

/* {"kernel":{"version":…,"sha256":…},"cmdline":…,"init":…,"agent":…,"modules":{NAME:…}}; digests are SHA-256. */
enum cloister_err platform_put(struct json_out *w, const char *key, const struct platform *p,
			       struct cloister_fault *why);

#endif
