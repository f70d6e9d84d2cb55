/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cbor.c - RFC 8949 without its liberties. Every head is read in head(), every
 * container is entered in container(); neither trusts a length before it is
 * compared with what is left. Never allocates; the only recursion, in
 * skip_item(), stops at LIMIT_CBOR_DEPTH.
 */

#include "codec/cbor.h"

#include "base/limits.h"
#include "base/utf8.h"

enum major { UINT, NEGINT, BSTR, TSTR, ARRAY, MAP, TAG, SIMPLE };

#define INFO_FALSE 20u
#define INFO_TRUE 21u
#define INFO_NULL 22u
#define INFO_OPEN 31u /* indefinite length, or the break byte under SIMPLE */
#define BREAK 0xffu

struct head {
	size_t at; /* offset of its first byte */
	enum major major;
	uint8_t info;
	uint64_t value;
};

/* Refuse with the offset of the item that is wrong, not of where reading stopped. */
static void refuse(struct rd *r, size_t at, enum cloister_err err, const char *field,
		   const char *note)
{
	if (!rd_ok(r))
		return;
	rd_refuse(r, err, field, note);
	r->why->at = at;
}

static void malformed(struct rd *r, size_t at, const char *field, const char *note)
{
	refuse(r, at, CLOISTER_E_MALFORMED, field, note);
}

/* The bytes after a first byte whose low five bits are 24..27, as RFC 8949 section 3 has them. */
static uint64_t argument(struct rd *r, size_t at, uint8_t info, const char *field)
{
	static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
	uint64_t v = info == 24 ? rd_u8(r, field) :
		     info == 25 ? rd_be16(r, field) :
		     info == 26 ? rd_be32(r, field) :
				  rd_be64(r, field);

	if (rd_ok(r) && v < least[info - 24])
		malformed(r, at, field, "the number is not in its shortest form");
	return rd_ok(r) ? v : 0;
}

static struct head head(struct rd *r, const char *field)
{
	struct head h = { .at = rd_at(r) };
	uint8_t first = rd_u8(r, field);

	h.major = (enum major)(first >> 5);
	h.info = first & 31;
	if (!rd_ok(r))
		return h;
	if (h.major == SIMPLE && h.info >= 25 && h.info <= 27)
		malformed(r, h.at, field, "floating point is not accepted");
	else if (h.major == SIMPLE && h.info == INFO_OPEN)
		malformed(r, h.at, field, "a break byte where an item is due");
	else if (h.major == SIMPLE && (h.info < INFO_FALSE || h.info > INFO_NULL))
		malformed(r, h.at, field, "undefined and unassigned values are not accepted");
	else if (h.major == TAG)
		malformed(r, h.at, field, "tags are not accepted");
	else if (h.info >= 28 && h.info <= 30)
		malformed(r, h.at, field, "the first byte is reserved");
	else if (h.info == INFO_OPEN && (h.major < BSTR || h.major > MAP))
		malformed(r, h.at, field, "only containers can have no length");
	else if (h.info == INFO_OPEN && h.major <= TSTR)
		malformed(r, h.at, field, "strings in pieces are not accepted");
	else if (h.info < 24)
		h.value = h.info;
	else if (h.info <= 27)
		h.value = argument(r, h.at, h.info, field);
	return h;
}

/* A head that must be of one type; `note` names what was due. */
static struct head due(struct rd *r, enum major major, const char *field, const char *note)
{
	struct head h = head(r, field);

	if (h.major != major)
		malformed(r, h.at, field, note);
	return h;
}

enum cbor_type cbor_peek(const struct rd *r)
{
	static const enum cbor_type types[] = { CBOR_UINT, CBOR_NEGINT, CBOR_BSTR, CBOR_TSTR,
						CBOR_ARRAY, CBOR_MAP };

	if (!rd_ok(r) || rd_left(r) == 0)
		return CBOR_NONE;
	uint8_t first = *r->at;
	if (first >> 5 < TAG)
		return types[first >> 5];
	switch (first) {
	case SIMPLE << 5 | INFO_FALSE:
	case SIMPLE << 5 | INFO_TRUE:
		return CBOR_BOOL;
	case SIMPLE << 5 | INFO_NULL:
		return CBOR_NULL;
	}
	return CBOR_NONE;
}

uint64_t cbor_uint(struct rd *r, uint64_t max, const char *field)
{
	struct head h = due(r, UINT, field, "an unsigned number is due");

	if (h.value > max)
		malformed(r, h.at, field, "the number is too large");
	return rd_ok(r) ? h.value : 0;
}

int64_t cbor_int(struct rd *r, const char *field)
{
	struct head h = head(r, field);

	if (h.major != UINT && h.major != NEGINT)
		malformed(r, h.at, field, "a number is due");
	if (h.value > INT64_MAX)
		malformed(r, h.at, field, "the number is too large");
	if (!rd_ok(r))
		return 0;
	return h.major == UINT ? (int64_t)h.value : -1 - (int64_t)h.value;
}

/* The content of a string whose head has been read. */
static struct bytes content(struct rd *r, struct head h, size_t min, size_t max, const char *field)
{
	if (h.value < min)
		malformed(r, h.at, field, "the string is too short");
	if (h.value > max)
		malformed(r, h.at, field, "the string is too long");
	if (!rd_ok(r))
		return BYTES_NONE;
	size_t at = rd_at(r);
	struct bytes b = rd_take(r, (size_t)h.value, field);
	if (rd_ok(r) && h.major == TSTR) {
		size_t good = utf8_valid(b);
		if (good < b.len)
			malformed(r, at + good, field, "the text is not UTF-8");
	}
	return rd_ok(r) ? b : BYTES_NONE;
}

struct bytes cbor_bstr(struct rd *r, size_t min, size_t max, const char *field)
{
	return content(r, due(r, BSTR, field, "a byte string is due"), min, max, field);
}

struct bytes cbor_tstr(struct rd *r, size_t min, size_t max, const char *field)
{
	return content(r, due(r, TSTR, field, "a text string is due"), min, max, field);
}

struct bytes cbor_bstr_or_null(struct rd *r, size_t min, size_t max, const char *field)
{
	if (cbor_peek(r) != CBOR_NULL)
		return content(r, due(r, BSTR, field, "a byte string or null is due"), min, max,
			       field);
	cbor_null(r, field);
	return BYTES_NONE;
}

bool cbor_bool(struct rd *r, const char *field)
{
	struct head h = head(r, field);

	if (h.major != SIMPLE || h.info > INFO_TRUE)
		malformed(r, h.at, field, "true or false is due");
	return rd_ok(r) && h.info == INFO_TRUE;
}

void cbor_null(struct rd *r, const char *field)
{
	struct head h = head(r, field);

	if (h.major != SIMPLE || h.info != INFO_NULL)
		malformed(r, h.at, field, "null is due");
}

/* Begin to walk a container whose head has been read. */
static struct cbor_walk container(struct rd *r, struct head h, enum cbor_form form, uint64_t max,
				  const char *field)
{
	bool open = h.info == INFO_OPEN;
	uint64_t each = h.major == MAP ? 2 : 1; /* bytes that an item or pair takes at least */

	if (open && form != CBOR_EITHER)
		malformed(r, h.at, field, "the length must be given");
	if (h.value > max)
		refuse(r, h.at, CLOISTER_E_LIMIT, field, "too many items");
	if (h.value > rd_left(r) / each)
		malformed(r, h.at, field, "more items than the input has bytes for");
	if (!rd_ok(r))
		return (struct cbor_walk){ .field = field };
	return (struct cbor_walk){ .left = open ? max : h.value, .field = field, .open = open };
}

struct cbor_walk cbor_array(struct rd *r, enum cbor_form form, uint64_t max, const char *field)
{
	return container(r, due(r, ARRAY, field, "an array is due"), form, max, field);
}

struct cbor_walk cbor_map(struct rd *r, enum cbor_form form, uint64_t max, const char *field)
{
	return container(r, due(r, MAP, field, "a map is due"), form, max, field);
}

/* The break byte, if it is next. */
static bool ended(struct rd *r, const char *field)
{
	if (rd_left(r) == 0 || *r->at != BREAK)
		return false;
	(void)rd_u8(r, field);
	return true;
}

bool cbor_next(struct rd *r, struct cbor_walk *w)
{
	if (!rd_ok(r))
		return false;
	if (w->open && ended(r, w->field)) {
		*w = (struct cbor_walk){ .seen = w->seen, .field = w->field };
		return false;
	}
	if (w->left == 0 && !w->open)
		return false;
	if (w->left == 0) {
		refuse(r, rd_at(r), CLOISTER_E_LIMIT, w->field, "too many items");
		return false;
	}
	w->left--;
	return true;
}

/* Mark key number `which` (0..63) of a walk; false when it came before. */
static bool mark(struct rd *r, struct cbor_walk *w, size_t at, uint64_t which)
{
	if (w->seen >> which & 1)
		malformed(r, at, w->field, "a key is repeated");
	w->seen |= (uint64_t)1 << which;
	return rd_ok(r);
}

bool cbor_next_name(struct rd *r, struct cbor_walk *w, const char *const *names, size_t n_names,
		    size_t *which_out)
{
	if (!cbor_next(r, w))
		return false;
	size_t at = rd_at(r);
	struct bytes key = cbor_tstr(r, 0, SIZE_MAX, w->field);
	for (size_t i = 0; rd_ok(r) && i < n_names && i < 64; i++) {
		if (!bytes_are(key, names[i]))
			continue;
		*which_out = i;
		return mark(r, w, at, i);
	}
	malformed(r, at, w->field, "the key is unknown");
	return false;
}

bool cbor_next_number(struct rd *r, struct cbor_walk *w, uint64_t max, uint64_t *key_out)
{
	if (!cbor_next(r, w))
		return false;
	size_t at = rd_at(r);
	uint64_t key = cbor_uint(r, max < 64 ? max : 63, w->field);
	if (!rd_ok(r) || !mark(r, w, at, key))
		return false;
	*key_out = key;
	return true;
}

bool cbor_seen(const struct cbor_walk *w, size_t which)
{
	return which < 64 && (w->seen >> which & 1);
}

static void skip_item(struct rd *r, enum cbor_form form, unsigned depth, const char *field);

/* A key inside a skipped map, remembered by its encoding: equal keys have equal shortest forms. */
static void skip_key(struct rd *r, struct bytes *keys, size_t n, const char *field)
{
	size_t at = rd_at(r);
	const uint8_t *from = r->at;
	enum cbor_type type = cbor_peek(r);

	if (type < CBOR_UINT || type > CBOR_TSTR)
		malformed(r, at, field, "a map's key must be a number or a string");
	skip_item(r, CBOR_DEFINITE, LIMIT_CBOR_DEPTH, field);
	if (!rd_ok(r))
		return;
	keys[n] = bytes_of(from, rd_at(r) - at);
	for (size_t i = 0; i < n; i++)
		if (bytes_equal(keys[i], keys[n]))
			malformed(r, at, field, "a key is repeated");
}

static void skip_map(struct rd *r, struct head h, enum cbor_form form, unsigned depth,
		     const char *field)
{
	struct bytes keys[LIMIT_CBOR_KEYS];
	struct cbor_walk w = container(r, h, form, LIMIT_CBOR_KEYS, field);

	for (size_t n = 0; cbor_next(r, &w); n++) {
		skip_key(r, keys, n, field);
		skip_item(r, form, depth + 1, field);
	}
}

static void skip_array(struct rd *r, struct head h, enum cbor_form form, unsigned depth,
		       const char *field)
{
	struct cbor_walk w = container(r, h, form, UINT64_MAX, field);

	while (cbor_next(r, &w))
		skip_item(r, form, depth + 1, field);
}

static void skip_item(struct rd *r, enum cbor_form form, unsigned depth, const char *field)
{
	struct head h = head(r, field);

	if (!rd_ok(r))
		return;
	if ((h.major == ARRAY || h.major == MAP) && depth >= LIMIT_CBOR_DEPTH)
		refuse(r, h.at, CLOISTER_E_LIMIT, field, "containers nest too deep");
	else if (h.major == MAP)
		skip_map(r, h, form, depth, field);
	else if (h.major == ARRAY)
		skip_array(r, h, form, depth, field);
	else if (h.major == BSTR || h.major == TSTR)
		(void)content(r, h, 0, SIZE_MAX, field);
}

struct bytes cbor_skip(struct rd *r, enum cbor_form form, const char *field)
{
	const uint8_t *from = r->at;

	skip_item(r, form, 0, field);
	return rd_ok(r) ? bytes_of(from, (size_t)(r->at - from)) : BYTES_NONE;
}

static void put_head(struct wr *w, enum major major, uint64_t v)
{
	uint8_t first = (uint8_t)(major << 5);

	if (v < 24) {
		wr_u8(w, (uint8_t)(first | v));
	} else if (v <= UINT8_MAX) {
		wr_u8(w, first | 24);
		wr_u8(w, (uint8_t)v);
	} else if (v <= UINT16_MAX) {
		wr_u8(w, first | 25);
		wr_be16(w, (uint16_t)v);
	} else if (v <= UINT32_MAX) {
		wr_u8(w, first | 26);
		wr_be32(w, (uint32_t)v);
	} else {
		wr_u8(w, first | 27);
		wr_be64(w, v);
	}
}

void cbor_put_uint(struct wr *w, uint64_t v)
{
	put_head(w, UINT, v);
}

void cbor_put_int(struct wr *w, int64_t v)
{
	if (v >= 0)
		put_head(w, UINT, (uint64_t)v);
	else
		put_head(w, NEGINT, (uint64_t)(-1 - v));
}

void cbor_put_bstr_head(struct wr *w, uint64_t len)
{
	put_head(w, BSTR, len);
}

void cbor_put_bstr(struct wr *w, struct bytes b)
{
	put_head(w, BSTR, b.len);
	wr_put(w, b);
}

void cbor_put_bstr_or_null(struct wr *w, struct bytes b)
{
	if (b.data)
		cbor_put_bstr(w, b);
	else
		cbor_put_null(w);
}

void cbor_put_tstr(struct wr *w, struct bytes utf8)
{
	put_head(w, TSTR, utf8.len);
	wr_put(w, utf8);
}

void cbor_put_text(struct wr *w, const char *utf8)
{
	cbor_put_tstr(w, bytes_text(utf8));
}

void cbor_put_array(struct wr *w, uint64_t n_items)
{
	put_head(w, ARRAY, n_items);
}

void cbor_put_map(struct wr *w, uint64_t n_pairs)
{
	put_head(w, MAP, n_pairs);
}

void cbor_put_bool(struct wr *w, bool v)
{
	put_head(w, SIMPLE, v ? INFO_TRUE : INFO_FALSE);
}

void cbor_put_null(struct wr *w)
{
	put_head(w, SIMPLE, INFO_NULL);
}
