/* SPDX-License-Identifier: Apache-2.0 */
/* hex.c - bytes as text and back, strictly. */

#include "base/hex.h"

void hex_write(struct bytes in, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < in.len; i++) {
		*out++ = digits[in.data[i] >> 4];
		*out++ = digits[in.data[i] & 15];
	}
	*out = 0;
}

static int nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

enum cloister_err hex_read(struct bytes text, uint8_t *out, size_t room, size_t *len_out,
			   struct cloister_fault *why)
{
	if (text.len % 2)
		return fail_at(why, text.len, "hex", "an odd number of digits");
	if (text.len / 2 > room)
		return fail(why, CLOISTER_E_LIMIT, "hex", "more than %zu bytes", room);
	for (size_t i = 0; i < text.len; i += 2) {
		int hi = nibble(text.data[i]), lo = nibble(text.data[i + 1]);
		if (hi < 0 || lo < 0)
			return fail_at(why, hi < 0 ? i : i + 1, "hex", "not a hex digit");
		out[i / 2] = (uint8_t)(hi << 4 | lo);
	}
	*len_out = text.len / 2;
	return CLOISTER_OK;
}

static const char b64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void b64_write(struct bytes in, char *out)
{
	for (size_t i = 0; i < in.len; i += 3) {
		size_t left = in.len - i;
		uint32_t v = (uint32_t)in.data[i] << 16;
		if (left > 1)
			v |= (uint32_t)in.data[i + 1] << 8;
		if (left > 2)
			v |= in.data[i + 2];
		*out++ = b64_digits[v >> 18];
		*out++ = b64_digits[v >> 12 & 63];
		*out++ = left > 1 ? b64_digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? b64_digits[v & 63] : '=';
	}
	*out = 0;
}

/* The value of a digit, and one more, so that what is none reads as 0. */
#define LETTERS_AND_DIGITS                                                                             \
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, \
	25, 26,                                                                                        \
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47,    \
	48, 49, 50, 51, 52, ['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62

static int sextet(uint8_t c)
{
	static const uint8_t values[256] = { LETTERS_AND_DIGITS, ['+'] = 63, ['/'] = 64 };

	return values[c] - 1;
}

enum cloister_err b64_read(struct bytes text, uint8_t *out, size_t room, size_t *len_out,
			   struct cloister_fault *why)
{
	size_t len = 0;

	if (text.len % 4)
		return fail_at(why, text.len, "base64", "length is not a multiple of four");
	for (size_t i = 0; i < text.len; i += 4) {
		const uint8_t *q = text.data + i;
		size_t pad = i + 4 == text.len ? (size_t)(q[3] == '=') + (q[3] == '=' && q[2] == '=') : 0;
		uint32_t v = 0;
		for (size_t k = 0; k < 4; k++) {
			int s = k < 4 - pad ? sextet(q[k]) : 0;
			if (s < 0)
				return fail_at(why, i + k, "base64", "not a base64 digit");
			v = v << 6 | (uint32_t)s;
		}
		if (v & (pad == 2 ? 0xffff : pad == 1 ? 0xff : 0))
			return fail_at(why, i, "base64", "unused bits are set");
		if (3 - pad > room - len)
			return fail(why, CLOISTER_E_LIMIT, "base64", "more than %zu bytes", room);
		for (size_t k = 0; k < 3 - pad; k++)
			out[len++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*len_out = len;
	return CLOISTER_OK;
}

/* ---- base64url ---- */

static const char url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void b64url_write(struct bytes in, char *out)
{
	for (size_t i = 0; i < in.len; i += 3) {
		size_t left = in.len - i;
		uint32_t v = (uint32_t)in.data[i] << 16;
		if (left > 1)
			v |= (uint32_t)in.data[i + 1] << 8;
		if (left > 2)
			v |= in.data[i + 2];
		*out++ = url_digits[v >> 18];
		*out++ = url_digits[v >> 12 & 63];
		if (left > 1)
			*out++ = url_digits[v >> 6 & 63];
		if (left > 2)
			*out++ = url_digits[v & 63];
	}
	*out = 0;
}

static int url_sextet(uint8_t c)
{
	static const uint8_t values[256] = { LETTERS_AND_DIGITS, ['-'] = 63, ['_'] = 64 };

	return values[c] - 1;
}

enum cloister_err b64url_read(struct bytes text, uint8_t *out, size_t room, size_t *len_out,
			      struct cloister_fault *why)
{
	size_t len = 0;

	if (text.len % 4 == 1)
		return fail_at(why, text.len, "base64url", "one digit too many or three too few");
	for (size_t i = 0; i < text.len; i += 4) {
		size_t n = text.len - i < 4 ? text.len - i : 4; /* digits: 2, 3 or 4 */
		uint32_t v = 0;
		for (size_t k = 0; k < 4; k++) {
			int s = k < n ? url_sextet(text.data[i + k]) : 0;
			if (s < 0)
				return fail_at(why, i + k, "base64url", "not a base64url digit");
			v = v << 6 | (uint32_t)s;
		}
		if (v & (n == 2 ? 0xffff : n == 3 ? 0xff : 0))
			return fail_at(why, i, "base64url", "unused bits are set");
		if (n - 1 > room - len)
			return fail(why, CLOISTER_E_LIMIT, "base64url", "more than %zu bytes", room);
		for (size_t k = 0; k < n - 1; k++)
			out[len++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*len_out = len;
	return CLOISTER_OK;
}
