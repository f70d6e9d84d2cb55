/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_EIF_H
#define CODEC_EIF_H

/*
 * eif.h - the Enclave Image Format, version 4, read strictly and written.
 *
 * Layout: doc/eif.md. The reader takes the narrowest reading on which AWS's
 * library, the Nitro hypervisor and QEMU agree: sections contiguous and in the
 * order kernel, command line, metadata, ramdisks, signature; the last one ends
 * the file; nothing reserved is set; the checksum holds. It works on a mapped
 * file, allocates nothing, and every view in `struct eif` borrows from it.
 *
 * The checksum protects against accidents only. What an image *is* say its
 * measurements (image/measure.h), and they do not bind the borders between
 * sections: see eif_check_kernel() and image/platform.h.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/mem.h"

#define EIF_HEADER 548u        /* bytes before the first section's header */
#define EIF_SECTION_HEADER 12u /* bytes before each section's data */
#define EIF_CRC_AT 0x220u

enum eif_kind {
	EIF_KERNEL = 1,
	EIF_CMDLINE = 2,
	EIF_RAMDISK = 3,
	EIF_SIGNATURE = 4,
	EIF_METADATA = 5,
};

/* "kernel", "cmdline", "ramdisk", "signature", "metadata". */
const char *eif_kind_name(enum eif_kind kind);

struct eif_section {
	enum eif_kind kind;
	struct bytes data;
	uint64_t at; /* offset of `data` in the file */
};

struct eif {
	bool arm64; /* else x86_64 */
	uint64_t default_mem, default_cpus; /* nothing uses them */
	uint32_t crc32;
	size_t n_sections;
	struct eif_section sections[LIMIT_EIF_SECTIONS]; /* in file order */
	struct bytes kernel, cmdline, metadata;
	struct bytes signature; /* empty when unsigned */
	size_t n_ramdisks;
	struct bytes ramdisks[LIMIT_EIF_SECTIONS];
};

/* Every refusal names its field, the offset and one sentence. */
enum cloister_err eif_read(struct bytes file, struct eif *out, struct cloister_fault *why);

/*
 * Whether the kernel section is exactly one bzImage (or arm64 Image), nothing
 * cut off and nothing behind it but the Secure Boot signature that its own
 * header announces: other bytes could be the beginning of the command line that
 * was measured. Not part of eif_read(), since measuring does
 * not depend on it; everything that boots an image asks.
 */
enum cloister_err eif_check_kernel(const struct eif *e, struct cloister_fault *why);

/* "6.12.117+deb12-cloud-amd64" out of a bzImage's header, or "" when it does not say. */
void eif_kernel_version(struct bytes kernel, char out[static 64]);

/* A section to write; `len` alone when the data is written elsewhere. */
struct eif_part {
	enum eif_kind kind;
	struct bytes data;
	uint64_t len; /* bytes; equals data.len when there is data */
};

/*
 * Write the file header of `n` parts with checksum zero. Which parts may follow
 * which is for eif_read() to say: whoever writes a file reads it back.
 */
void eif_header_write(bool arm64, const struct eif_part *parts, size_t n,
		      uint8_t out[static EIF_HEADER]);
void eif_section_header_write(enum eif_kind kind, uint64_t len,
			      uint8_t out[static EIF_SECTION_HEADER]);

/* The checksum of a whole file, whatever its own checksum field holds. */
uint32_t eif_crc(struct bytes file);

/* A whole small file, header, sections and checksum, onto the end of an empty `out`. */
enum cloister_err eif_write(bool arm64, const struct eif_part *parts, size_t n, struct buf *out,
			    struct cloister_fault *why);

#endif
