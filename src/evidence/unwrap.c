/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap.c - text to bytes, into a store that is sized once and never moves. */

#include "evidence/unwrap.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

/* Every layer shrinks what it holds, and there are LIMIT_UNWRAP of them besides one inside a member. */
#define STORE_TIMES (LIMIT_UNWRAP + 1)
#define STORE_LEAST 4096u

struct buf unwrap_store(size_t len)
{
	return (struct buf)BUF_INIT(STORE_TIMES * len + STORE_LEAST);
}

enum cloister_err unwrap_room(struct buf *store, size_t len, uint8_t **out, struct cloister_fault *why)
{
	if (len > store->max - store->len)
		return fail(why, CLOISTER_E_LIMIT, "evidence", "unwraps to more than it may");
	if (!store->data) {
		store->data = malloc(store->max);
		store->room = store->max;
	}
	if (!store->data)
		return fail(why, CLOISTER_E_NOMEM, "evidence", "out of memory");
	*out = store->data + store->len;
	store->len += len;
	return CLOISTER_OK;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct bytes unwrap_trim(struct bytes text)
{
	while (text.len && is_space(text.data[0]))
		text = bytes_of(text.data + 1, text.len - 1);
	while (text.len && is_space(text.data[text.len - 1]))
		text.len--;
	return text;
}

bool unwrap_is_text(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if ((b.data[i] < 0x20 || b.data[i] > 0x7e) && !is_space(b.data[i]))
			return false;
	return true;
}

static bool is_hex_digit(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Of a text that is not empty. */
static bool is_hex(struct bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (!is_space(text.data[i]) && !is_hex_digit(text.data[i]))
			return false;
		n += !is_space(text.data[i]);
	}
	return n % 2 == 0;
}

/* Without white space, and in the alphabet of URLs without padding: the one that is then read. */
static struct bytes plain(struct bytes text, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.data[i];
		if (!is_space(c))
			out[n++] = c == '+' ? '-' : c == '/' ? '_' : c;
	}
	bool padded = n % 4 == 0 && out[n - 1] == '=', twice = padded && out[n - 2] == '=';
	return bytes_of(out, n - padded - twice);
}

static bool mixes_alphabets(struct bytes text)
{
	bool standard = memchr(text.data, '+', text.len) || memchr(text.data, '/', text.len);
	bool url = memchr(text.data, '-', text.len) || memchr(text.data, '_', text.len);

	return standard && url;
}

enum cloister_err unwrap_text(struct buf *store, struct bytes text, struct bytes *out,
			      struct cloister_fault *why)
{
	uint8_t *decoded, *spaceless;
	size_t len = 0, mark = store->len;
	enum cloister_err err;

	text = unwrap_trim(text);
	bool marked = text.len > 2 && text.data[0] == '0' && (text.data[1] | 0x20) == 'x';
	if (marked)
		text = bytes_of(text.data + 2, text.len - 2);
	if (text.len == 0 || mixes_alphabets(text))
		return fail_at(why, 0, "text", "neither hexadecimal digits nor base64");
	TRY(unwrap_room(store, text.len, &decoded, why)); /* more than it takes */
	TRY(unwrap_room(store, text.len, &spaceless, why));
	bool hex = is_hex(text);
	struct bytes digits = plain(text, spaceless);
	if (hex)
		err = hex_read(digits, decoded, text.len, &len, why);
	else if (marked)
		err = fail_at(why, 2, "hex", "not a whole number of hexadecimal bytes");
	else
		err = b64url_read(digits, decoded, text.len, &len, why);
	store->len = mark + len;
	if (err == CLOISTER_OK)
		*out = bytes_of(decoded, len);
	return err;
}

enum cloister_err unwrap_string(struct buf *store, struct json v, struct bytes *out,
				struct cloister_fault *why)
{
	uint8_t *room;

	if (v.type != JSON_STRING)
		return fail(why, CLOISTER_E_MALFORMED, "json", "a string is due");
	struct bytes inside = bytes_of(v.text.data + 1, v.text.len - 2);
	if (!memchr(inside.data, '\\', inside.len)) {
		*out = inside;
		return CLOISTER_OK;
	}
	own(buf_fini) struct buf text = BUF_INIT(inside.len);
	if (!json_string_to(v, &text))
		return fail(why, CLOISTER_E_NOMEM, "evidence", "out of memory");
	TRY(unwrap_room(store, text.len, &room, why));
	memcpy(room, text.data, text.len);
	*out = bytes_of(room, text.len);
	return CLOISTER_OK;
}

static enum cloister_err numbers(struct buf *store, struct json v, struct bytes *out,
				 struct cloister_fault *why)
{
	struct json_walk w = json_walk(v);
	struct json element;
	uint8_t *room;
	size_t n = 0, count = json_count(v);

	TRY(unwrap_room(store, count, &room, why));
	while (json_next(&w, NULL, &element)) {
		uint64_t byte;
		if (!json_u64(element, &byte) || byte > 255)
			return fail(why, CLOISTER_E_MALFORMED, "json", "element %zu is no byte", n);
		room[n++] = (uint8_t)byte;
	}
	*out = bytes_of(room, n);
	return CLOISTER_OK;
}

enum cloister_err unwrap_value(struct buf *store, struct json v, struct bytes *out,
			       struct cloister_fault *why)
{
	struct bytes text;

	if (v.type == JSON_ARRAY)
		return numbers(store, v, out, why);
	if (v.type != JSON_STRING)
		return fail(why, CLOISTER_E_MALFORMED, "json", "a string or an array of bytes is due");
	TRY(unwrap_string(store, v, &text, why));
	return unwrap_text(store, text, out, why);
}
