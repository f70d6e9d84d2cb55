/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json.c - RFC 8259. check_value() is the grammar, walked once over the whole
 * document; everything after it moves over text that is known to be good.
 */

#include "codec/json.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/rd.h"
#include "base/utf8.h"

/* Members of one object are compared pairwise, so their number is bounded. */
#define MEMBERS_MAX 1024u

static int peek(const struct rd *r)
{
	return rd_ok(r) && r->at < r->end ? *r->at : -1;
}

static void space(struct rd *r)
{
	for (int c = peek(r); c == ' ' || c == '\t' || c == '\n' || c == '\r'; c = peek(r))
		rd_u8(r, "space");
}

static void refuse(struct rd *r, const char *note)
{
	rd_refuse(r, CLOISTER_E_MALFORMED, "json", note);
}

static bool eat(struct rd *r, int c)
{
	if (peek(r) != c)
		return false;
	rd_u8(r, "json");
	return true;
}

static int hex4(struct rd *r)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(r);
		if (c >= '0' && c <= '9')
			v = v << 4 | (c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			v = v << 4 | ((c | 32) - 'a' + 10);
		else
			return -1;
		rd_u8(r, "json");
	}
	return v;
}

/* After a backslash: the code point, or -1. Surrogates must come in pairs. */
static int32_t escape(struct rd *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);

	if (c <= 0)
		return -1;
	rd_u8(r, "json");
	if (c != 'u') {
		const char *p = strchr(from, c);
		return p ? to[p - from] : -1;
	}
	int hi = hex4(r);
	if (hi < 0xd800 || hi > 0xdfff)
		return hi;
	if (hi > 0xdbff || !eat(r, '\\') || !eat(r, 'u'))
		return -1;
	int lo = hex4(r);
	if (lo < 0xdc00 || lo > 0xdfff)
		return -1;
	return 0x10000 + ((hi - 0xd800) << 10) + (lo - 0xdc00);
}

/* One UTF-8 sequence (RFC 3629: shortest form, no surrogates); its code point, or -1. */
static int32_t utf8(struct rd *r)
{
	int c = rd_u8(r, "json");
	int more = c < 0x80 ? 0 : c >= 0xc2 && c <= 0xdf ? 1 : (c & 0xf0) == 0xe0 ? 2 :
		   c >= 0xf0 && c <= 0xf4 ? 3 : -1;
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };

	if (more < 0)
		return -1;
	int32_t v = more ? c & (0x3f >> more) : c;
	for (int i = 0; i < more; i++) {
		int next = peek(r);
		if (next < 0x80 || next > 0xbf)
			return -1;
		v = v << 6 | (rd_u8(r, "json") & 0x3f);
	}
	if (v < least[more] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return -1;
	return v;
}

/* The next code point of a string's inside: -1 wrong, -2 the closing quote (eaten). */
static int32_t next_point(struct rd *r)
{
	int c = peek(r);

	if (c < 0x20)
		return -1;
	if (eat(r, '"'))
		return -2;
	if (eat(r, '\\'))
		return escape(r);
	return utf8(r);
}

/* Most text is printable ASCII without escapes: a run of it at once. */
static struct bytes take_plain(struct rd *r)
{
	size_t n = 0, left = rd_left(r);

	while (n < left && r->at[n] >= 0x20 && r->at[n] < 0x7f && r->at[n] != '"' && r->at[n] != '\\')
		n++;
	return rd_take(r, n, "json");
}

static void check_string(struct rd *r)
{
	if (!eat(r, '"')) {
		refuse(r, "a string was expected");
		return;
	}
	int32_t c;
	do {
		(void)take_plain(r);
		c = next_point(r);
	} while (c >= 0);
	if (c == -1)
		refuse(r, "bad character, escape or UTF-8 in a string");
}

static bool digits(struct rd *r)
{
	int c = peek(r);

	if (c < '0' || c > '9')
		return false;
	for (; c >= '0' && c <= '9'; c = peek(r))
		rd_u8(r, "json");
	return true;
}

static void check_number(struct rd *r)
{
	bool good;

	eat(r, '-');
	good = eat(r, '0') || digits(r);
	if (good && eat(r, '.'))
		good = digits(r);
	if (good && (peek(r) == 'e' || peek(r) == 'E')) {
		rd_u8(r, "json");
		if (!eat(r, '+'))
			eat(r, '-');
		good = digits(r);
	}
	if (!good)
		refuse(r, "a value was expected");
}

static void check_word(struct rd *r, const char *word)
{
	for (; *word; word++)
		if (!eat(r, *word)) {
			refuse(r, "a value was expected");
			return;
		}
}

static bool same_string(struct bytes a, struct bytes b);

/* Whether a member of the object text from `from` up to `key` has the same key. */
static bool key_repeats(struct bytes before, struct bytes key)
{
	struct json_walk w = { before, true };
	struct json k, v;

	while (json_next(&w, &k, &v))
		if (same_string(k.text, key))
			return true;
	return false;
}

/*
 * Which keys an object may have had so far, a bit for each of 2048 digests: a bit that is
 * not set means that the key is new, and only one that is set costs a comparison with
 * all before it. Keys with escapes can be spelt in several ways, and spare nobody that.
 */
struct seen {
	uint64_t bits[32];
	bool escaped;
};

static bool may_repeat(struct seen *s, struct bytes key)
{
	uint32_t digest = 2166136261u; /* FNV-1a */

	if (memchr(key.data, '\\', key.len))
		s->escaped = true;
	for (size_t i = 0; i < key.len; i++)
		digest = (digest ^ key.data[i]) * 16777619u;
	digest ^= digest >> 16;
	uint64_t *word = &s->bits[digest >> 6 & 31], bit = 1ull << (digest & 63);
	bool was_set = *word & bit;
	*word |= bit;
	return was_set || s->escaped;
}

static void check_value(struct rd *r, unsigned depth);

static void check_members(struct rd *r, unsigned depth, bool object)
{
	const uint8_t *first = r->at;
	struct seen seen = { 0 };
	unsigned n = 0;

	space(r);
	if (eat(r, object ? '}' : ']'))
		return;
	while (rd_ok(r)) {
		space(r);
		if (object) {
			const uint8_t *at = r->at;
			check_string(r);
			struct bytes key = bytes_of(at, (size_t)(r->at - at));
			if (++n > MEMBERS_MAX)
				rd_refuse(r, CLOISTER_E_LIMIT, "json", "an object has too many members");
			else if (rd_ok(r) && may_repeat(&seen, key) &&
				 key_repeats(bytes_of(first, (size_t)(at - first)), key))
				refuse(r, "a key is repeated");
			space(r);
			if (rd_ok(r) && !eat(r, ':'))
				refuse(r, "a colon was expected");
		}
		check_value(r, depth);
		space(r);
		if (eat(r, ','))
			continue;
		if (rd_ok(r) && !eat(r, object ? '}' : ']'))
			refuse(r, "a comma or the closing bracket was expected");
		return;
	}
}

static void check_value(struct rd *r, unsigned depth)
{
	if (depth == 0) {
		rd_refuse(r, CLOISTER_E_LIMIT, "json", "nested too deeply");
		return;
	}
	space(r);
	switch (peek(r)) {
	case '{':
	case '[':
		check_members(r, depth - 1, rd_u8(r, "json") == '{');
		break;
	case '"':
		check_string(r);
		break;
	case 't':
		check_word(r, "true");
		break;
	case 'f':
		check_word(r, "false");
		break;
	case 'n':
		check_word(r, "null");
		break;
	default:
		check_number(r);
	}
}

static enum json_type type_of(struct bytes text)
{
	switch (text.len ? text.data[0] : 0) {
	case 0:
		return JSON_NONE;
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
	case 'f':
		return JSON_BOOL;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

enum cloister_err json_read(struct bytes text, struct json *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(text, why ? why : &local);

	space(&r);
	const uint8_t *at = r.at;
	check_value(&r, LIMIT_JSON_DEPTH);
	struct bytes value = bytes_of(at, (size_t)(r.at - at));
	space(&r);
	TRY(rd_close(&r, "json"));
	*out = (struct json){ type_of(value), value };
	return CLOISTER_OK;
}

/* ---- moving over checked text ---- */

static struct bytes skip_space(struct bytes b)
{
	while (b.len && (*b.data == ' ' || *b.data == '\t' || *b.data == '\n' || *b.data == '\r'))
		b = bytes_of(b.data + 1, b.len - 1);
	return b;
}

/* The length of the checked string that `b` starts with, quotes included. */
static size_t string_len(struct bytes b)
{
	const uint8_t *quote = memchr(b.data + 1, '"', b.len - 1);
	size_t i = 1;

	if (quote && quote[-1] != '\\') /* then no escape made it part of the string */
		return (size_t)(quote - b.data) + 1;
	while (i < b.len && b.data[i] != '"')
		i += b.data[i] == '\\' ? 2 : 1;
	return i < b.len ? i + 1 : b.len;
}

/* The same of an object or an array; its kind of bracket needs no telling apart, for it was checked. */
static size_t container_len(struct bytes b)
{
	unsigned depth = 0;

	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.data[i];
		if (c == '"')
			i += string_len(bytes_of(b.data + i, b.len - i)) - 1;
		else if ((c | 0x20) == '{') /* or '[', which differs in that bit only */
			depth++;
		else if ((c | 0x20) == '}' && --depth == 0)
			return i + 1;
	}
	return b.len;
}

/* The same of a number or a word, which ends where something else begins. */
static size_t bare_len(struct bytes b)
{
	size_t i = 0;

	while (i < b.len && b.data[i] > ' ' && b.data[i] != ',' && b.data[i] != ':' && b.data[i] != ']' &&
	       b.data[i] != '}')
		i++;
	return i;
}

static size_t value_len(struct bytes b)
{
	uint8_t first = b.len ? b.data[0] : 0;

	return first == '"' ? string_len(b) :
	       first == '{' || first == '[' ? container_len(b) :
					      bare_len(b);
}

static struct json cut_value(struct bytes *left)
{
	*left = skip_space(*left);
	size_t len = value_len(*left);
	struct bytes text = bytes_of(left->data, len);

	*left = skip_space(bytes_of(left->data + len, left->len - len));
	return (struct json){ type_of(text), text };
}

struct json_walk json_walk(struct json v)
{
	if (v.type != JSON_ARRAY && v.type != JSON_OBJECT)
		return (struct json_walk){ 0 };
	return (struct json_walk){ bytes_of(v.text.data + 1, v.text.len - 2),
				   v.type == JSON_OBJECT };
}

bool json_next(struct json_walk *w, struct json *key_or_null, struct json *value)
{
	struct json key = { 0 };

	w->left = skip_space(w->left);
	if (w->left.len == 0)
		return false;
	if (w->in_object) {
		key = cut_value(&w->left);
		if (w->left.len == 0)
			return false;
		w->left = bytes_of(w->left.data + 1, w->left.len - 1); /* the colon */
	}
	*value = cut_value(&w->left);
	if (w->left.len && *w->left.data == ',')
		w->left = bytes_of(w->left.data + 1, w->left.len - 1);
	if (key_or_null)
		*key_or_null = key;
	return value->type != JSON_NONE;
}

size_t json_count(struct json v)
{
	struct json_walk w = json_walk(v);
	struct json value;
	size_t n = 0;

	while (json_next(&w, NULL, &value))
		n++;
	return n;
}

struct json json_get(struct json object, const char *key)
{
	struct json_walk w = json_walk(object);
	struct json k, v;

	while (object.type == JSON_OBJECT && json_next(&w, &k, &v))
		if (json_is(k, key))
			return v;
	return (struct json){ 0 };
}

/* ---- strings ---- */

struct text {
	struct cloister_fault why;
	struct rd r;
};

static void text_open(struct text *t, struct bytes quoted)
{
	t->r = rd_open(bytes_of(quoted.data + 1, quoted.len - 1), &t->why);
}

static size_t encode(int32_t c, uint8_t out[static 4])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	out[0] = (uint8_t)(lead[more] | c >> (6 * more));
	for (size_t i = 1; i <= more; i++)
		out[i] = (uint8_t)(0x80 | (c >> (6 * (more - i)) & 0x3f));
	return more + 1;
}

/* Without escapes a string's text is its bytes; most are so. */
static bool is_plain(struct bytes quoted)
{
	return memchr(quoted.data, '\\', quoted.len) == NULL;
}

static bool same_string(struct bytes a, struct bytes b)
{
	struct text x, y;
	int32_t c, d;

	if (is_plain(a) && is_plain(b))
		return bytes_equal(a, b);
	text_open(&x, a);
	text_open(&y, b);
	do {
		c = next_point(&x.r);
		d = next_point(&y.r);
	} while (c == d && c >= 0);
	return c == d;
}

bool json_is(struct json v, const char *text)
{
	struct text t;
	int32_t c;

	if (v.type != JSON_STRING)
		return false;
	if (is_plain(v.text))
		return bytes_are(bytes_of(v.text.data + 1, v.text.len - 2), text);
	text_open(&t, v.text);
	while ((c = next_point(&t.r)) >= 0) {
		uint8_t u[4];
		size_t n = encode(c, u);
		/* strncmp stops at the text's end, so it never reads past it. */
		if (c == 0 || strncmp(text, (char *)u, n) != 0)
			return false;
		text += n;
	}
	return *text == 0;
}

bool json_text(struct json v, char *out, size_t room)
{
	struct text t;
	size_t len = 0;
	int32_t c;

	if (v.type != JSON_STRING || room == 0)
		return false;
	if (is_plain(v.text)) {
		len = v.text.len - 2;
		if (len >= room)
			return false;
		memcpy(out, v.text.data + 1, len);
		out[len] = 0;
		return true;
	}
	text_open(&t, v.text);
	while ((c = next_point(&t.r)) >= 0) {
		uint8_t u[4];
		size_t n = encode(c, u);
		if (c == 0 || n >= room - len)
			return false;
		memcpy(out + len, u, n);
		len += n;
	}
	out[len] = 0;
	return true;
}

bool json_string_to(struct json v, struct buf *out)
{
	struct text t;
	int32_t c;

	if (v.type != JSON_STRING)
		return false;
	text_open(&t, v.text);
	do {
		uint8_t u[4];
		struct bytes run = take_plain(&t.r);
		buf_put(out, run.data, run.len);
		c = next_point(&t.r);
		if (c >= 0)
			buf_put(out, u, encode(c, u));
	} while (c >= 0);
	return !out->failed;
}

/* ---- numbers and words ---- */

bool json_u64(struct json v, uint64_t *out)
{
	uint64_t n = 0;

	if (v.type != JSON_NUMBER)
		return false;
	for (size_t i = 0; i < v.text.len; i++) {
		unsigned d = (unsigned)v.text.data[i] - '0';
		if (d > 9 || __builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, d, &n))
			return false;
	}
	*out = n;
	return true;
}

bool json_i64(struct json v, int64_t *out)
{
	bool negative = v.type == JSON_NUMBER && v.text.data[0] == '-';
	struct json digits_only = v;
	uint64_t n;

	if (negative)
		digits_only.text = bytes_of(v.text.data + 1, v.text.len - 1);
	if (!json_u64(digits_only, &n) || n > (uint64_t)INT64_MAX + negative)
		return false;
	*out = negative ? (int64_t)(0 - n) : (int64_t)n;
	return true;
}

bool json_bool(struct json v, bool *out)
{
	if (v.type != JSON_BOOL)
		return false;
	*out = v.text.data[0] == 't';
	return true;
}

enum cloister_err json_only(struct json object, const char *const *known, const char *what,
			    struct cloister_fault *why)
{
	struct json_walk w = json_walk(object);
	struct json k, v;

	if (object.type != JSON_OBJECT)
		return fail(why, CLOISTER_E_MALFORMED, what, "an object was expected");
	while (json_next(&w, &k, &v)) {
		const char *const *name = known;
		while (*name && !json_is(k, *name))
			name++;
		if (!*name)
			return fail(why, CLOISTER_E_MALFORMED, what, "member %.*s is not known",
				    (int)(k.text.len < 64 ? k.text.len : 64), k.text.data);
	}
	return CLOISTER_OK;
}

enum cloister_err json_members(struct json object, const char *const *known, struct json *out,
			       const char *what, struct cloister_fault *why)
{
	struct json_walk w = json_walk(object);
	struct json k, v;

	if (object.type != JSON_OBJECT)
		return fail(why, CLOISTER_E_MALFORMED, what, "an object was expected");
	for (size_t i = 0; known[i]; i++)
		out[i] = (struct json){ 0 };
	while (json_next(&w, &k, &v)) {
		size_t i = 0;
		while (known[i] && !json_is(k, known[i]))
			i++;
		if (!known[i])
			return fail(why, CLOISTER_E_MALFORMED, what, "member %.*s is not known",
				    (int)(k.text.len < 64 ? k.text.len : 64), k.text.data);
		out[i] = v;
	}
	return CLOISTER_OK;
}

/* ---- writer ---- */

struct json_out json_out(struct buf *to)
{
	return (struct json_out){ to, false };
}

static void put_escaped(struct buf *to, struct bytes s)
{
	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.data[i];
		if (c == '"' || c == '\\')
			buf_print(to, "\\%c", c);
		else if (c == '\n')
			buf_text(to, "\\n");
		else if (c < 0x20 || c == 0x7f)
			buf_print(to, "\\u%04x", c);
		else
			buf_byte(to, c);
	}
}

static void put_quoted(struct buf *to, struct bytes s)
{
	buf_byte(to, '"');
	put_escaped(to, s);
	buf_byte(to, '"');
}

/* Up to the first byte that is no UTF-8, or to the end. */
static void put_valid(struct buf *to, struct bytes s)
{
	size_t from = 0;

	for (size_t i = 0; i + 1 < s.len; i++) {
		if (s.data[i] != 0xc2 || s.data[i + 1] >= 0xa0)
			continue;
		put_escaped(to, bytes_of(s.data + from, i - from));
		buf_print(to, "\\u%04x", s.data[i + 1]);
		from = i + 2;
	}
	put_escaped(to, bytes_of(s.data + from, s.len - from));
}

static void lead_in(struct json_out *w, const char *key)
{
	if (w->comma)
		buf_byte(w->to, ',');
	if (key) {
		put_quoted(w->to, bytes_text(key));
		buf_byte(w->to, ':');
	}
	w->comma = true;
}

void json_open(struct json_out *w, const char *key, char bracket)
{
	lead_in(w, key);
	buf_byte(w->to, (uint8_t)bracket);
	w->comma = false;
}

void json_close(struct json_out *w, char bracket)
{
	buf_byte(w->to, (uint8_t)bracket);
	w->comma = true;
}

void json_put_bytes(struct json_out *w, const char *key, struct bytes utf8_text)
{
	lead_in(w, key);
	put_quoted(w->to, utf8_text);
}

void json_put_loose(struct json_out *w, const char *key, struct bytes text)
{
	lead_in(w, key);
	buf_byte(w->to, '"');
	while (text.len > 0) {
		size_t n = utf8_valid(text);
		put_valid(w->to, bytes_of(text.data, n));
		if (n < text.len)
			buf_text(w->to, "\xef\xbf\xbd"); /* U+FFFD */
		n += n < text.len;
		text = bytes_of(text.data + n, text.len - n);
	}
	buf_byte(w->to, '"');
}

void json_put_text(struct json_out *w, const char *key, const char *text)
{
	if (text)
		json_put_bytes(w, key, bytes_text(text));
	else
		json_put_null(w, key);
}

void json_put_hex(struct json_out *w, const char *key, struct bytes b)
{
	lead_in(w, key);
	buf_byte(w->to, '"');
	for (size_t i = 0; i < b.len; i++)
		buf_print(w->to, "%02x", b.data[i]);
	buf_byte(w->to, '"');
}

void json_put_u64(struct json_out *w, const char *key, uint64_t v)
{
	lead_in(w, key);
	buf_print(w->to, "%llu", (unsigned long long)v);
}

void json_put_i64(struct json_out *w, const char *key, int64_t v)
{
	lead_in(w, key);
	buf_print(w->to, "%lld", (long long)v);
}

void json_put_bool(struct json_out *w, const char *key, bool v)
{
	lead_in(w, key);
	buf_text(w->to, v ? "true" : "false");
}

void json_put_null(struct json_out *w, const char *key)
{
	lead_in(w, key);
	buf_text(w->to, "null");
}

void json_put_raw(struct json_out *w, const char *key, struct bytes json_text_in)
{
	lead_in(w, key);
	buf_put(w->to, json_text_in.data, json_text_in.len);
}
