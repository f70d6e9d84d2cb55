/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_JSON_H
#define CODEC_JSON_H

/*
 * json.h - RFC 8259, strictly, without allocation while reading.
 *
 * json_read() walks a whole document once and refuses what is not JSON, is not
 * UTF-8, nests deeper than LIMIT_JSON_DEPTH, repeats a key or has bytes left
 * over. After that a `struct json` is a view of checked text and the getters
 * cannot meet anything malformed; what is missing or of another type reads as
 * JSON_NONE, false or 0, and the caller says what that means.
 *
 * The writer appends to a `struct buf`, puts commas itself and escapes text;
 * the same calls give the same bytes (compact, no white space).
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"

enum json_type {
	JSON_NONE = 0, /* not there */
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	enum json_type type;
	struct bytes text; /* the value's own text, quotes and brackets included */
};

enum cloister_err json_read(struct bytes text, struct json *out, struct cloister_fault *why);

/* Member `key` of an object; JSON_NONE when absent or when `object` is none. */
struct json json_get(struct json object, const char *key);

/* Walk members or elements: start from json_walk(v), stop when next() says false. */
struct json_walk {
	struct bytes left;
	bool in_object;
};
struct json_walk json_walk(struct json v);
bool json_next(struct json_walk *w, struct json *key_or_null, struct json *value);

/* Number of elements or members. */
size_t json_count(struct json v);

/* Decode a string into out (room bytes, terminated). False: not a string, has a NUL, too long. */
bool json_text(struct json v, char *out, size_t room);

/* Whether `v` is a string whose decoded text equals `text`. */
bool json_is(struct json v, const char *text);

/* Decode a string onto `out`, a NUL inside included. False when `v` is no string. */
bool json_string_to(struct json v, struct buf *out);

/* An integer without fraction or exponent, 0 … 2^64-1, and in int64 range. */
bool json_u64(struct json v, uint64_t *out);
bool json_i64(struct json v, int64_t *out);
bool json_bool(struct json v, bool *out);

/* Refuse members of `object` that are not in the NULL-terminated list `known`. */
enum cloister_err json_only(struct json object, const char *const *known, const char *what,
			    struct cloister_fault *why);

/* The same, and out[i] is the value of known[i], or JSON_NONE: all members in one walk. */
enum cloister_err json_members(struct json object, const char *const *known, struct json *out,
			       const char *what, struct cloister_fault *why);

/* Writer. Pass key NULL inside arrays and at the top. */
struct json_out {
	struct buf *to;
	bool comma;  /* the next value needs one */
};
struct json_out json_out(struct buf *to);
void json_open(struct json_out *w, const char *key, char bracket); /* '{' or '[' */
void json_close(struct json_out *w, char bracket);                 /* '}' or ']' */
void json_put_text(struct json_out *w, const char *key, const char *text); /* NULL writes null */
void json_put_bytes(struct json_out *w, const char *key, struct bytes utf8);
/* File names, output: what is no UTF-8 becomes U+FFFD, and C1 controls are escaped like C0's. */
void json_put_loose(struct json_out *w, const char *key, struct bytes text);
void json_put_hex(struct json_out *w, const char *key, struct bytes b);
void json_put_u64(struct json_out *w, const char *key, uint64_t v);
void json_put_i64(struct json_out *w, const char *key, int64_t v);
void json_put_bool(struct json_out *w, const char *key, bool v);
void json_put_null(struct json_out *w, const char *key);
void json_put_raw(struct json_out *w, const char *key, struct bytes json_text);

#endif
