/* SPDX-License-Identifier: Apache-2.0 */
/* virtq.c - see virtq.h; offsets and flags are virtio 1.2 sections 2.7.5, 2.7.6 and 2.7.8. */

#include "shim/virtq.h"

#include <string.h>

enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };
enum { AVAIL_NO_INTERRUPT = 1, USED_NO_NOTIFY = 1 };

#define DESC_LEN 16u
#define AVAIL_LEN(num) (6u + 2u * (num))
#define USED_LEN(num) (6u + 8u * (num))

/* One look at memory that changes under us. Aligned: virtq_attach() saw to it. */
#define LOAD(type, p) __atomic_load_n((const type *)(const void *)(p), __ATOMIC_RELAXED)
#define STORE(type, p, v) __atomic_store_n((type *)(void *)(p), (v), __ATOMIC_RELAXED)

struct desc {
	uint64_t gpa;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

enum cloister_err virtq_size(struct virtq *q, uint32_t num, struct cloister_fault *why)
{
	if (num == 0 || num > VIRTQ_MAX || (num & (num - 1)) != 0)
		return fail(why, CLOISTER_E_PEER, "vhost.vring_num",
			    "%u is not a power of two up to %u", num, VIRTQ_MAX);
	q->num = (uint16_t)num;
	return CLOISTER_OK;
}

void virtq_detach(struct virtq *q)
{
	q->desc = q->avail = q->used = NULL;
}

bool virtq_attach(struct virtq *q, const struct guest_mem *m)
{
	uint8_t *desc, *avail, *used;

	virtq_detach(q);
	if (!q->num || !q->has_addr)
		return false;
	desc = guest_mem_uva(m, q->addr.desc, DESC_LEN * q->num);
	avail = guest_mem_uva(m, q->addr.avail, AVAIL_LEN(q->num));
	used = guest_mem_uva(m, q->addr.used, USED_LEN(q->num));
	if (!desc || !avail || !used || (uintptr_t)desc % 16 || (uintptr_t)avail % 2 ||
	    (uintptr_t)used % 4)
		return false;
	q->desc = desc;
	q->avail = avail;
	q->used = used;
	q->next_used = q->published = LOAD(uint16_t, used + 2);
	return true;
}

void virtq_rebase(struct virtq *q, uint16_t base)
{
	q->next_avail = q->seen_avail = base;
	q->broken = false;
}

/* How many entries wait; reads the driver's index only when ours ran out. */
static uint16_t waiting(struct virtq *q)
{
	if (q->next_avail == q->seen_avail) {
		q->seen_avail = LOAD(uint16_t, q->avail + 2);
		__atomic_thread_fence(__ATOMIC_ACQUIRE); /* entries are read after the index */
	}
	return (uint16_t)(q->seen_avail - q->next_avail);
}

static struct desc desc_at(const struct virtq *q, uint16_t i)
{
	const uint8_t *p = q->desc + DESC_LEN * i;

	return (struct desc){ LOAD(uint64_t, p), LOAD(uint32_t, p + 8), LOAD(uint16_t, p + 12),
			      LOAD(uint16_t, p + 14) };
}

/* Append a descriptor's bytes, which may span adjacent regions. */
static bool chain_add(struct chain *c, const struct guest_mem *m, uint64_t gpa, size_t len)
{
	while (len > 0) {
		size_t part = len;
		uint8_t *p = guest_mem_gpa(m, gpa, &part);

		if (!p || c->n_iov == VIRTQ_IOV)
			return false;
		c->iov[c->n_iov++] = (struct iovec){ p, part };
		c->len += part;
		gpa += part;
		len -= part;
	}
	return true;
}

/* No chain is longer than its ring, so a loop ends the walk there. */
static bool chain_walk(const struct virtq *q, const struct guest_mem *m, bool writable,
		       struct chain *c)
{
	uint16_t at = c->head;

	for (uint32_t n = 0; n < q->num; n++) {
		struct desc d;

		if (at >= q->num)
			return false;
		d = desc_at(q, at);
		if (d.flags & DESC_INDIRECT || !!(d.flags & DESC_WRITE) != writable ||
		    !chain_add(c, m, d.gpa, d.len))
			return false;
		if (!(d.flags & DESC_NEXT))
			return true;
		at = d.next;
	}
	return false;
}

enum virtq_got virtq_next(struct virtq *q, const struct guest_mem *m, bool writable,
			  struct chain *out)
{
	uint16_t n;

	if (!q->avail || q->broken)
		return VIRTQ_BROKEN;
	n = waiting(q);
	if (n == 0)
		return VIRTQ_EMPTY;
	if (n > q->num) { /* 2.7.13.3: the driver cannot offer more than the ring holds */
		q->broken = true;
		return VIRTQ_BROKEN;
	}
	out->head = LOAD(uint16_t, q->avail + 4 + 2 * (q->next_avail % q->num));
	out->n_iov = 0;
	out->len = 0;
	q->next_avail++;
	if (chain_walk(q, m, writable, out))
		return VIRTQ_CHAIN;
	virtq_push(q, out->head, 0);
	return VIRTQ_BAD;
}

void virtq_undo(struct virtq *q)
{
	q->next_avail--;
}

void virtq_push(struct virtq *q, uint16_t head, uint32_t len)
{
	uint8_t *entry = q->used + 4 + 8 * (q->next_used % q->num);

	STORE(uint32_t, entry, head);
	STORE(uint32_t, entry + 4, len);
	q->next_used++;
}

bool virtq_publish(struct virtq *q)
{
	if (!q->used || q->published == q->next_used)
		return false;
	__atomic_thread_fence(__ATOMIC_RELEASE); /* entries before the index */
	STORE(uint16_t, q->used + 2, q->next_used);
	q->published = q->next_used;
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* the index before asking whether to interrupt */
	return !(LOAD(uint16_t, q->avail) & AVAIL_NO_INTERRUPT);
}

bool virtq_listen(struct virtq *q, bool on)
{
	if (!q->used || q->broken)
		return false;
	STORE(uint16_t, q->used, on ? 0 : USED_NO_NOTIFY);
	if (!on)
		return false;
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* a buffer added meanwhile came without a kick */
	return waiting(q) != 0;
}

bool chain_read(const struct chain *c, void *dst, size_t len)
{
	uint8_t *to = dst;

	for (uint32_t i = 0; i < c->n_iov && len > 0; i++) {
		size_t n = c->iov[i].iov_len < len ? c->iov[i].iov_len : len;
		memcpy(to, c->iov[i].iov_base, n);
		to += n;
		len -= n;
	}
	return len == 0;
}

bool chain_write(const struct chain *c, const void *src, size_t len)
{
	const uint8_t *from = src;

	for (uint32_t i = 0; i < c->n_iov && len > 0; i++) {
		size_t n = c->iov[i].iov_len < len ? c->iov[i].iov_len : len;
		memcpy(c->iov[i].iov_base, from, n);
		from += n;
		len -= n;
	}
	return len == 0;
}

size_t chain_part(const struct chain *c, size_t at, size_t len, struct iovec out[VIRTQ_IOV])
{
	size_t n_out = 0;

	for (uint32_t i = 0; i < c->n_iov && len > 0; i++) {
		size_t have = c->iov[i].iov_len;
		size_t n;

		if (at >= have) {
			at -= have;
			continue;
		}
		n = have - at < len ? have - at : len;
		out[n_out++] = (struct iovec){ (uint8_t *)c->iov[i].iov_base + at, n };
		len -= n;
		at = 0;
	}
	return n_out;
}
