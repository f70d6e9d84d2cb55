/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHIM_GUEST_MEM_H
#define SHIM_GUEST_MEM_H

/*
 * guest_mem.h - the guest's memory, as the vhost-user front end shares it: a
 * few regions, each a file that is mapped here. Two address spaces lead into
 * it: guest-physical (what descriptors name) and the front end's own (what the
 * ring addresses are given in). Every access is translated here, and only
 * here; what is outside of the regions has no translation.
 *
 * The guest writes to this memory whenever it likes: read a value once.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

#define GUEST_REGIONS 8u /* vhost-user: at most 8 per table without CONFIGURE_MEM_SLOTS */

/* One region as the front end describes it; bytes and byte addresses. */
struct guest_span {
	uint64_t gpa; /* guest-physical start */
	uint64_t size;
	uint64_t uva; /* the same byte in the front end's address space */
	uint64_t offset; /* where it starts in the shared file */
};

struct guest_region {
	struct guest_span span;
	uint8_t *host; /* where span.gpa is mapped */
	void *map;     /* what munmap wants */
	size_t map_len;
};

struct guest_mem {
	struct guest_region region[GUEST_REGIONS];
	size_t n_regions;
};

/*
 * Map `n` regions (fds[i] for span[i], borrowed) in place of what `m` holds
 * now; on failure `m` is unchanged. The files must be memfds sealed against
 * shrinking, or a front end could pull the pages from under us (SIGBUS).
 */
enum cloister_err guest_mem_map(struct guest_mem *m, const struct guest_span *span, const int *fds,
				size_t n, struct cloister_fault *why);
void guest_mem_fini(struct guest_mem *m);

/*
 * Where guest-physical `gpa` is mapped; *len is cut to what follows it in its
 * region. NULL when it lies nowhere.
 */
uint8_t *guest_mem_gpa(const struct guest_mem *m, uint64_t gpa, size_t *len);

/* All `len` bytes at front-end address `uva`, in one region, or NULL. */
uint8_t *guest_mem_uva(const struct guest_mem *m, uint64_t uva, size_t len);

#endif
