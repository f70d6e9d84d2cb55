/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest_mem.c - see guest_mem.h. Never keeps a descriptor: a mapping outlives
 * it.
 */

#include "shim/guest_mem.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE 4096u

static enum cloister_err span_check(const struct guest_span *s, int fd, struct cloister_fault *why)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (s->size == 0 || s->gpa + s->size < s->gpa || s->uva + s->size < s->uva ||
	    s->offset + s->size < s->offset)
		return fail(why, CLOISTER_E_PEER, "vhost.mem_table", "a region is empty or wraps around");
	if (fstat(fd, &st) < 0)
		return fail_sys(why, "vhost.mem_table", "cannot stat the region's file");
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		return fail(why, CLOISTER_E_PEER, "vhost.mem_table",
			    "guest memory must be a memfd sealed against shrinking "
			    "(memory-backend-memfd, share=on)");
	if ((uint64_t)st.st_size < s->offset + s->size)
		return fail(why, CLOISTER_E_PEER, "vhost.mem_table", "a region ends behind its file");
	return CLOISTER_OK;
}

static enum cloister_err region_map(const struct guest_span *s, int fd, struct guest_region *out,
				    struct cloister_fault *why)
{
	uint64_t cut = s->offset % PAGE; /* mmap wants whole pages, the offset need not be one */

	TRY(span_check(s, fd, why));
	*out = (struct guest_region){ .span = *s, .map_len = s->size + cut };
	out->map = mmap(NULL, out->map_len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
			(off_t)(s->offset - cut));
	if (out->map == MAP_FAILED)
		return fail_sys(why, "vhost.mem_table", "cannot map a region");
	out->host = (uint8_t *)out->map + cut;
	return CLOISTER_OK;
}

enum cloister_err guest_mem_map(struct guest_mem *m, const struct guest_span *span, const int *fds,
				size_t n, struct cloister_fault *why)
{
	own(guest_mem_fini) struct guest_mem next = { 0 };

	if (n > GUEST_REGIONS)
		return fail(why, CLOISTER_E_LIMIT, "vhost.mem_table", "%zu regions, at most %u", n,
			    GUEST_REGIONS);
	for (size_t i = 0; i < n; i++, next.n_regions++)
		TRY(region_map(&span[i], fds[i], &next.region[i], why));
	guest_mem_fini(m);
	*m = give(next, (struct guest_mem){ 0 });
	return CLOISTER_OK;
}

void guest_mem_fini(struct guest_mem *m)
{
	for (size_t i = 0; i < m->n_regions; i++)
		munmap(m->region[i].map, m->region[i].map_len);
	m->n_regions = 0;
}

uint8_t *guest_mem_gpa(const struct guest_mem *m, uint64_t gpa, size_t *len)
{
	for (size_t i = 0; i < m->n_regions; i++) {
		const struct guest_region *r = &m->region[i];
		uint64_t at = gpa - r->span.gpa;

		if (gpa < r->span.gpa || at >= r->span.size)
			continue;
		if (*len > r->span.size - at)
			*len = r->span.size - at;
		return r->host + at;
	}
	return NULL;
}

uint8_t *guest_mem_uva(const struct guest_mem *m, uint64_t uva, size_t len)
{
	for (size_t i = 0; i < m->n_regions; i++) {
		const struct guest_region *r = &m->region[i];
		uint64_t at = uva - r->span.uva;

		if (uva >= r->span.uva && at < r->span.size && len <= r->span.size - at)
			return r->host + at;
	}
	return NULL;
}
