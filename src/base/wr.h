/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_WR_H
#define BASE_WR_H

/*
 * wr.h - the reader's mirror: writes into memory that the caller owns.
 *
 * What does not fit is counted but not written, and `full` is sticky: a
 * writer over no memory (NULL, 0) measures. Ask wr_close() once, at the end.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

struct wr {
	uint8_t *data;
	size_t room; /* bytes */
	size_t len;  /* bytes written, or that would have been */
	bool full;
};

struct wr wr_open(void *data, size_t room);
void wr_u8(struct wr *w, uint8_t v);
void wr_be16(struct wr *w, uint16_t v);
void wr_be32(struct wr *w, uint32_t v);
void wr_be64(struct wr *w, uint64_t v);
void wr_le16(struct wr *w, uint16_t v);
void wr_le32(struct wr *w, uint32_t v);
void wr_le64(struct wr *w, uint64_t v);
void wr_put(struct wr *w, struct bytes b);
void wr_zero(struct wr *w, size_t len);

/* The bytes written; CLOISTER_E_LIMIT when they did not fit. */
enum cloister_err wr_close(const struct wr *w, const char *what, struct bytes *out,
			   struct cloister_fault *why);

#endif
