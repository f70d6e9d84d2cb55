/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

/*
 * hex.h - lower-case hex out, either case in; base64 (RFC 4648 section 4,
 * padded) and base64url (section 5, without padding) both ways.
 */

#include "base/bytes.h"
#include "base/fault.h"

/* Writes 2 * in.len digits and a terminator into `out`. */
void hex_write(struct bytes in, char *out);

/*
 * Reads exactly text.len / 2 bytes into `out` (room bytes). Anything that is
 * not an even run of hex digits is CLOISTER_E_MALFORMED, too much is
 * CLOISTER_E_LIMIT.
 */
enum cloister_err hex_read(struct bytes text, uint8_t *out, size_t room, size_t *len_out,
			   struct cloister_fault *why);

/* Room that b64_write needs for `len` bytes, with its terminator. */
#define B64_ROOM(len) (((len) + 2) / 3 * 4 + 1)

void b64_write(struct bytes in, char *out);

/* Strict: no white space, padding required, unused bits zero. */
enum cloister_err b64_read(struct bytes text, uint8_t *out, size_t room, size_t *len_out,
			   struct cloister_fault *why);

/* As base64, in the alphabet of URLs and without padding. */
void b64url_write(struct bytes in, char *out);

/* Strict: no white space, no padding, no length that four digits cannot give, unused bits zero. */
enum cloister_err b64url_read(struct bytes text, uint8_t *out, size_t room, size_t *len_out,
			      struct cloister_fault *why);

#endif
