/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_CBOR_H
#define CODEC_CBOR_H

/*
 * cbor.h - RFC 8949, the strict part of it that evidence uses: a pull reader
 * over `struct rd` and a deterministic writer over `struct wr`.
 *
 * Reading. The caller asks for what its document has next, in order; the first
 * thing that is wrong stays in the reader's fault (field, offset of the item's
 * first byte) and everything read later is zero, so a parser asks once, in
 * rd_close(). Views borrow from the input; nothing is allocated.
 *
 * Always refused: heads that are not in their shortest form, tags, floats,
 * undefined and unassigned simple values, strings of indefinite length, text
 * that is not UTF-8, repeated map keys. Maps and arrays of indefinite length are
 * refused unless the call says CBOR_EITHER (Nitro documents since November
 * 2025 carry them). Member order is not looked at.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/rd.h"
#include "base/wr.h"

/* What an item is, by its first byte. Zero: nothing there that we read. */
enum cbor_type {
	CBOR_NONE = 0,
	CBOR_UINT,
	CBOR_NEGINT,
	CBOR_BSTR,
	CBOR_TSTR,
	CBOR_ARRAY,
	CBOR_MAP,
	CBOR_BOOL,
	CBOR_NULL,
};

/* Whether a container's length must be in its head, or a break byte may end it. */
enum cbor_form { CBOR_DEFINITE = 0, CBOR_EITHER };

/* The next item's type, without moving. CBOR_NONE at the end, at a break, after a fault. */
enum cbor_type cbor_peek(const struct rd *r);

/* Numbers: above `max` (or outside int64) is malformed. */
uint64_t cbor_uint(struct rd *r, uint64_t max, const char *field);
int64_t cbor_int(struct rd *r, const char *field);

/* Strings of min..max bytes. An empty string has data != NULL and len 0. */
struct bytes cbor_bstr(struct rd *r, size_t min, size_t max, const char *field);
struct bytes cbor_tstr(struct rd *r, size_t min, size_t max, const char *field);
/* As cbor_bstr(), or null, which reads as BYTES_NONE (data == NULL). */
struct bytes cbor_bstr_or_null(struct rd *r, size_t min, size_t max, const char *field);

bool cbor_bool(struct rd *r, const char *field);
void cbor_null(struct rd *r, const char *field);

/*
 * Containers. Open one, then ask cbor_next() (arrays) or one of the key calls
 * (maps) before each item or pair: true means it is there and must be read,
 * false that the container has ended, or the reader has failed.
 *
 *	struct cbor_walk w = cbor_array(r, CBOR_EITHER, LIMIT_CHAIN, "cabundle");
 *	while (cbor_next(r, &w))
 *		chain[n++] = cbor_bstr(r, 1, LIMIT_CERT, "cabundle[]");
 *
 * More than `max` items or pairs is CLOISTER_E_LIMIT. A walk that ended by
 * itself has read its break byte; the caller must not stop earlier.
 */
struct cbor_walk {
	uint64_t left;     /* items or pairs that may still come */
	uint64_t seen;     /* bit per key met, see below */
	const char *field; /* the container's name in faults */
	bool open;         /* ends with a break byte */
};

struct cbor_walk cbor_array(struct rd *r, enum cbor_form form, uint64_t max, const char *field);
struct cbor_walk cbor_map(struct rd *r, enum cbor_form form, uint64_t max, const char *field);
bool cbor_next(struct rd *r, struct cbor_walk *w);

/*
 * The next pair of a map whose keys are texts of the table `names` (at most 64):
 * reads the key, *which_out is its index, the value comes next. A key that is
 * not in the table, or comes again, is malformed.
 */
bool cbor_next_name(struct rd *r, struct cbor_walk *w, const char *const *names, size_t n_names,
		    size_t *which_out);
/* The same for unsigned keys 0..max; max is at most 63. */
bool cbor_next_number(struct rd *r, struct cbor_walk *w, uint64_t max, uint64_t *key_out);
/* Whether the key of index or number `which` has come. */
bool cbor_seen(const struct cbor_walk *w, size_t which);

/*
 * One whole item of any of our types, checked like everything else (repeated
 * keys inside it included) and stepped over; the view is its encoding. Nests at
 * most LIMIT_CBOR_DEPTH containers, a map in it has at most LIMIT_CBOR_KEYS
 * pairs and its keys are numbers or strings: CLOISTER_E_LIMIT otherwise.
 */
struct bytes cbor_skip(struct rd *r, enum cbor_form form, const char *field);

/* Writer: shortest heads, definite lengths; members come in the order they are written. */
void cbor_put_uint(struct wr *w, uint64_t v);
void cbor_put_int(struct wr *w, int64_t v);
void cbor_put_bstr(struct wr *w, struct bytes b);
void cbor_put_bstr_or_null(struct wr *w, struct bytes b); /* data == NULL is null */
void cbor_put_bstr_head(struct wr *w, uint64_t len); /* the caller writes the bytes */
void cbor_put_tstr(struct wr *w, struct bytes utf8);
void cbor_put_text(struct wr *w, const char *utf8);
void cbor_put_array(struct wr *w, uint64_t n_items); /* the items follow */
void cbor_put_map(struct wr *w, uint64_t n_pairs);   /* key, value, key, value … follow */
void cbor_put_bool(struct wr *w, bool v);
void cbor_put_null(struct wr *w);

#endif
