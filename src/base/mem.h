/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

/*
 * mem.h - comparing and wiping, where the compiler must not be clever; and
 * the growing buffer that the rest allocates through.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

/* Compare in time that depends on `len` only. A length of zero is never "the same". */
bool mem_same(const void *a, const void *b, size_t len);

/* True when all `len` bytes are zero. */
bool mem_is_zero(const void *p, size_t len);

/* Overwrite, also when nobody reads it again. */
void mem_wipe(void *p, size_t len);

/* free() for own(): every char * or uint8_t * that came from malloc. */
void drop_mem(void *p_to_pointer);

/* A terminated copy on the heap, for free(); NULL when out of memory. */
char *mem_text(struct bytes b);

/*
 * A growing byte buffer with a ceiling. Start from BUF_INIT(max); `failed` is
 * sticky and asked once, at the end, by buf_ok().
 */
struct buf {
	uint8_t *data;
	size_t len;
	size_t room;
	size_t max;  /* never grows past this many bytes */
	bool failed; /* past max, or out of memory */
	bool starved; /* of the two, the latter */
};

#define BUF_INIT(ceiling) { .max = (ceiling) }

void buf_put(struct buf *b, const void *data, size_t len);
void buf_byte(struct buf *b, uint8_t byte);
void buf_text(struct buf *b, const char *text);
void buf_print(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_fini(struct buf *b); /* wipes nothing; secrets live elsewhere */
/* Errors: CLOISTER_E_LIMIT past max, CLOISTER_E_NOMEM. */
enum cloister_err buf_ok(const struct buf *b, const char *what, struct cloister_fault *why);

/* The content as a C string, valid until the next call on `b`; "" after a failure. */
const char *buf_string(struct buf *b);

static inline struct bytes buf_bytes(const struct buf *b)
{
	return (struct bytes){ b->data, b->len };
}

#endif
