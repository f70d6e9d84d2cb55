/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cbor_test.c - the reader against RFC 8949's own examples (appendix A) and a
 * table of inputs that must be refused, each with the field and the offset of
 * the item to blame; the writer against the same examples.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/hex.h"
#include "base/limits.h"
#include "codec/cbor.h"

#include <cmocka.h> /* after ours: it has a macro called fail */

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* The shapes that the rows read with. */
static void read_uint(struct rd *r)
{
	(void)cbor_uint(r, 1000, "n");
}
static void read_int(struct rd *r)
{
	(void)cbor_int(r, "i");
}
static void read_bstr(struct rd *r)
{
	(void)cbor_bstr(r, 1, 4, "b");
}
static void read_maybe(struct rd *r)
{
	(void)cbor_bstr_or_null(r, 1, 4, "b");
}
static void read_tstr(struct rd *r)
{
	(void)cbor_tstr(r, 1, 8, "t");
}
static void read_bool(struct rd *r)
{
	(void)cbor_bool(r, "flag");
}
static void read_null(struct rd *r)
{
	cbor_null(r, "none");
}
static void read_array(struct rd *r, enum cbor_form form)
{
	struct cbor_walk w = cbor_array(r, form, 3, "list");
	while (cbor_next(r, &w))
		(void)cbor_uint(r, 1000, "element");
}
static void read_list(struct rd *r)
{
	read_array(r, CBOR_DEFINITE);
}
static void read_open_list(struct rd *r)
{
	read_array(r, CBOR_EITHER);
}
static void read_names(struct rd *r, enum cbor_form form)
{
	static const char *const names[] = { "a", "bc", "" };
	struct cbor_walk w = cbor_map(r, form, 3, "map");
	size_t which;
	while (cbor_next_name(r, &w, names, COUNT(names), &which))
		(void)cbor_uint(r, 1000, names[which]);
}
static void read_map(struct rd *r)
{
	read_names(r, CBOR_DEFINITE);
}
static void read_open_map(struct rd *r)
{
	read_names(r, CBOR_EITHER);
}
static void read_numbers(struct rd *r)
{
	struct cbor_walk w = cbor_map(r, CBOR_EITHER, 32, "pcrs");
	uint64_t key;
	while (cbor_next_number(r, &w, 31, &key))
		(void)cbor_bstr(r, 1, 4, "pcr");
}
static void read_any(struct rd *r)
{
	(void)cbor_skip(r, CBOR_DEFINITE, "item");
}
static void read_any_open(struct rd *r)
{
	(void)cbor_skip(r, CBOR_EITHER, "item");
}

#define BAD CLOISTER_E_MALFORMED
#define LIM CLOISTER_E_LIMIT

static const struct bad {
	const char *sentence, *hex;
	void (*read)(struct rd *r);
	enum cloister_err err;
	const char *what; /* the fault's field */
	size_t at;
} bad[] = {
	/* the end comes too early */
	{ "no byte at all", "", read_any, BAD, "item", 0 },
	{ "a one-byte argument is missing", "18", read_any, BAD, "item", 1 },
	{ "a two-byte argument is cut", "1901", read_any, BAD, "item", 1 },
	{ "a four-byte argument is cut", "1a010203", read_any, BAD, "item", 1 },
	{ "an eight-byte argument is cut", "1b01020304050607", read_any, BAD, "item", 1 },
	{ "a negative number's argument is cut", "39ff", read_any, BAD, "item", 1 },
	{ "a byte string has fewer bytes than it says", "43aabb", read_any, BAD, "item", 1 },
	{ "a text string has fewer bytes than it says", "636161", read_any, BAD, "item", 1 },
	{ "a byte string of 2^64-1 bytes", "5bffffffffffffffff00", read_any, BAD, "item", 9 },
	{ "a text string of 2^63 bytes", "7b800000000000000041", read_any, BAD, "item", 9 },
	{ "a byte string of 4 GiB", "5affffffff00", read_any, BAD, "item", 5 },
	{ "an array without its element", "81", read_any, BAD, "item", 0 },
	{ "an array that promises 2^28 elements, five bytes in all", "9a10000000", read_any, BAD, "item", 0 },
	{ "an array of 2^64-1 elements", "9bffffffffffffffff00", read_any, BAD, "item", 0 },
	{ "an array's second element is missing", "820143", read_any, BAD, "item", 3 },
	{ "a map without its pair", "a1", read_any, BAD, "item", 0 },
	{ "a map without its value", "a101", read_any, BAD, "item", 0 },
	{ "a map of 2^63 pairs, whose bytes would overflow", "bb800000000000000000", read_any, LIM, "item", 0 },
	{ "an open array never ends", "9f01", read_any_open, BAD, "item", 2 },
	{ "an open map never ends", "bf0102", read_any_open, BAD, "item", 3 },
	{ "an open map ends inside a pair's value", "bf01", read_any_open, BAD, "item", 2 },

	/* not the shortest form */
	{ "23 in two bytes", "1817", read_any, BAD, "item", 0 },
	{ "0 in two bytes", "1800", read_uint, BAD, "n", 0 },
	{ "255 in three bytes", "1900ff", read_any, BAD, "item", 0 },
	{ "65535 in five bytes", "1a0000ffff", read_any, BAD, "item", 0 },
	{ "2^32-1 in nine bytes", "1b00000000ffffffff", read_any, BAD, "item", 0 },
	{ "-24 in two bytes", "3817", read_int, BAD, "i", 0 },
	{ "-256 in three bytes", "3900ff", read_int, BAD, "i", 0 },
	{ "a byte string's length is long-winded", "580161", read_bstr, BAD, "b", 0 },
	{ "a text's length is long-winded", "780161", read_tstr, BAD, "t", 0 },
	{ "an array's count is long-winded", "980101", read_list, BAD, "list", 0 },
	{ "a map's count is long-winded", "b801616101", read_map, BAD, "map", 0 },
	{ "a map's key is long-winded", "a1780161610001", read_map, BAD, "map", 1 },
	{ "the second element is long-winded", "82011802", read_list, BAD, "element", 2 },
	{ "a number key is long-winded", "a1180141aa", read_numbers, BAD, "pcrs", 1 },

	/* first bytes that mean nothing */
	{ "reserved 28 under unsigned", "1c", read_any, BAD, "item", 0 },
	{ "reserved 29 under negative", "3d", read_any, BAD, "item", 0 },
	{ "reserved 30 under byte string", "5e", read_any, BAD, "item", 0 },
	{ "reserved 28 under text", "7c", read_any, BAD, "item", 0 },
	{ "reserved 29 under array", "9d", read_any, BAD, "item", 0 },
	{ "reserved 30 under map", "be", read_any, BAD, "item", 0 },
	{ "reserved 28 under simple", "fc", read_any, BAD, "item", 0 },
	{ "an open unsigned number", "1f", read_any_open, BAD, "item", 0 },
	{ "an open negative number", "3f", read_any_open, BAD, "item", 0 },

	/* what we leave out */
	{ "tag 18, COSE_Sign1", "d28443a10126a0", read_any, BAD, "item", 0 },
	{ "tag 55799, self-described", "d9d9f700", read_any, BAD, "item", 0 },
	{ "tag 0 on a key", "a1c0616101", read_any, BAD, "item", 1 },
	{ "an open tag", "df00", read_any_open, BAD, "item", 0 },
	{ "a half float", "f93c00", read_any, BAD, "item", 0 },
	{ "a single float", "fa47c35000", read_any, BAD, "item", 0 },
	{ "a double float", "fb3ff199999999999a", read_any, BAD, "item", 0 },
	{ "a NaN in an array", "8201f97e00", read_any, BAD, "item", 2 },
	{ "undefined", "f7", read_any, BAD, "item", 0 },
	{ "simple value 16", "f0", read_any, BAD, "item", 0 },
	{ "simple value 255", "f8ff", read_any, BAD, "item", 0 },
	{ "true in two bytes", "f815", read_bool, BAD, "flag", 0 },
	{ "a byte string in pieces", "5f42010243030405ff", read_any_open, BAD, "item", 0 },
	{ "a text string in pieces", "7f657374726561ff", read_any_open, BAD, "item", 0 },
	{ "an empty string in no pieces", "5fff", read_bstr, BAD, "b", 0 },
	{ "an open array where none is allowed", "9f01ff", read_any, BAD, "item", 0 },
	{ "an open map where none is allowed", "bf616101ff", read_map, BAD, "map", 0 },
	{ "an open array inside a closed one", "819fff", read_any, BAD, "item", 1 },
	{ "an open list where none is allowed", "9fff", read_list, BAD, "list", 0 },

	/* breaks in wrong places */
	{ "a break at the top", "ff", read_any_open, BAD, "item", 0 },
	{ "a break as an element", "81ff", read_any_open, BAD, "item", 1 },
	{ "a break as a value", "bf01ff", read_any_open, BAD, "item", 2 },
	{ "a break as a value of a closed map", "a101ff", read_any_open, BAD, "item", 2 },
	{ "a break for a number", "ff", read_uint, BAD, "n", 0 },
	{ "a break instead of a named member's value", "bf6161ff", read_open_map, BAD, "a", 3 },

	/* another type than is due */
	{ "a negative number where an unsigned is due", "20", read_uint, BAD, "n", 0 },
	{ "a string where a number is due", "4100", read_int, BAD, "i", 0 },
	{ "text where bytes are due", "6161", read_bstr, BAD, "b", 0 },
	{ "bytes where text is due", "4161", read_tstr, BAD, "t", 0 },
	{ "null where bytes are due", "f6", read_bstr, BAD, "b", 0 },
	{ "a number where bytes or null are due", "00", read_maybe, BAD, "b", 0 },
	{ "false where bytes or null are due", "f4", read_maybe, BAD, "b", 0 },
	{ "null where true or false is due", "f6", read_bool, BAD, "flag", 0 },
	{ "a number where true or false is due", "15", read_bool, BAD, "flag", 0 },
	{ "false where null is due", "f4", read_null, BAD, "none", 0 },
	{ "a number where null is due", "16", read_null, BAD, "none", 0 },
	{ "a map where an array is due", "a0", read_list, BAD, "list", 0 },
	{ "an array where a map is due", "80", read_map, BAD, "map", 0 },
	{ "a null array", "f6", read_list, BAD, "list", 0 },
	{ "text as an element", "8261616161", read_list, BAD, "element", 1 },

	/* out of bounds */
	{ "1001 where 1000 is the most", "1903e9", read_uint, BAD, "n", 0 },
	{ "2^63 does not fit", "1b8000000000000000", read_int, BAD, "i", 0 },
	{ "-2^63-1 does not fit", "3b8000000000000000", read_int, BAD, "i", 0 },
	{ "an empty string where one byte is the least", "40", read_bstr, BAD, "b", 0 },
	{ "five bytes where four are the most", "450000000000", read_bstr, BAD, "b", 0 },
	{ "an empty string is not null", "40", read_maybe, BAD, "b", 0 },
	{ "empty text where one byte is the least", "60", read_tstr, BAD, "t", 0 },
	{ "a list of four where three is the most", "8401020304", read_list, LIM, "list", 0 },
	{ "an open list of four where three is the most", "9f01020304ff", read_open_list, LIM, "list", 4 },
	{ "an open list of three that goes on", "9f010203", read_open_list, LIM, "list", 4 },
	{ "a map of four where three is the most", "a4616101626263016001616101", read_map, LIM, "map", 0 },

	/* text that is not UTF-8: the offset is the character's */
	{ "a stray continuation byte", "626180", read_tstr, BAD, "t", 2 },
	{ "an overlong slash", "62c0af", read_tstr, BAD, "t", 1 },
	{ "a surrogate", "6461eda080", read_tstr, BAD, "t", 2 },
	{ "past U+10FFFF", "64f4908080", read_tstr, BAD, "t", 1 },
	{ "a character cut by the string's end", "6261c3a9", read_tstr, BAD, "t", 2 },
	{ "bad text inside a skipped array", "820061ff", read_any, BAD, "item", 3 },
	{ "a key that is not UTF-8", "a161ff01", read_map, BAD, "map", 2 },

	/* keys */
	{ "a name comes twice", "a2616101616102", read_map, BAD, "map", 4 },
	{ "a name comes twice in an open map", "bf6161016262630261616103ff", read_open_map, BAD, "map", 8 },
	{ "a name that is not known", "a1617a01", read_map, BAD, "map", 1 },
	{ "a name that only begins like a known one", "a162616101", read_map, BAD, "map", 1 },
	{ "a known name with a NUL behind it", "a162610001", read_map, BAD, "map", 1 },
	{ "a number for a name", "a10101", read_map, BAD, "map", 1 },
	{ "a byte string for a name", "a1416101", read_map, BAD, "map", 1 },
	{ "a number comes twice", "a30141aa0241bb0141cc", read_numbers, BAD, "pcrs", 7 },
	{ "number 32 where 31 is the last", "a1182041aa", read_numbers, BAD, "pcrs", 1 },
	{ "number 2^32 must not become 0", "a11b000000010000000041aa", read_numbers, BAD, "pcrs", 1 },
	{ "a negative key", "a12041aa", read_numbers, BAD, "pcrs", 1 },
	{ "a text for a number", "a1613141aa", read_numbers, BAD, "pcrs", 1 },
	{ "thirty-three pairs are too many", "b8210041aa", read_numbers, LIM, "pcrs", 0 },
	{ "a key comes twice in a skipped map", "a201020103", read_any, BAD, "item", 3 },
	{ "a text key comes twice in a skipped map", "a3616101616202616103", read_any, BAD, "item", 7 },
	{ "a key comes twice two levels down", "81a201a241aa0041aa000203", read_any, BAD, "item", 7 },
	{ "an array for a key", "a1800102", read_any, BAD, "item", 1 },
	{ "a map for a key", "a1a001", read_any, BAD, "item", 1 },
	{ "null for a key", "a1f601", read_any, BAD, "item", 1 },
	{ "true for a key", "a1f501", read_any, BAD, "item", 1 },

	/* depth */
	{ "nine arrays", "818181818181818181", read_any, LIM, "item", 8 },
	{ "nine arrays, the last one empty", "818181818181818180", read_any, LIM, "item", 8 },
	{ "nine maps", "a100a100a100a100a100a100a100a100a0", read_any, LIM, "item", 16 },
	{ "nine open arrays", "9f9f9f9f9f9f9f9f9f", read_any_open, LIM, "item", 8 },

	/* left over */
	{ "a second item", "0000", read_any, BAD, "document", 1 },
	{ "a break after a closed array", "8101ff", read_any_open, BAD, "document", 2 },
	{ "a second break", "9fffff", read_any_open, BAD, "document", 2 },
	{ "a byte after a named map", "a161610100", read_map, BAD, "document", 4 },
	{ "a zero after a string", "416100", read_bstr, BAD, "document", 2 },
};

static struct bytes unhex(const char *hex, uint8_t *room, size_t room_len)
{
	size_t len = 0;

	assert_int_equal(hex_read(bytes_text(hex), room, room_len, &len, NULL), CLOISTER_OK);
	return bytes_of(room, len);
}

static void test_bad(void **state)
{
	size_t n_wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct bad *c = &bad[i];
		uint8_t room[64];
		struct cloister_fault why;
		struct rd r = rd_open(unhex(c->hex, room, sizeof room), &why);
		c->read(&r);
		enum cloister_err err = rd_close(&r, "document");
		if (err != c->err || why.at != c->at || !why.what || strcmp(why.what, c->what) != 0)
			n_wrong++, print_error("%s (%s): %s, %s at %zu: %s\n", c->sentence,
					       c->hex, cloister_err_name(err),
					       why.what ? why.what : "-", why.at, why.note);
	}
	assert_int_equal(n_wrong, 0);
}

/* RFC 8949 appendix F: all of its examples that are not well-formed. */
static void test_appendix_f(void **state)
{
	static const char *const rows[] = {
		/* End of input in a head */
		"18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78",
		"98", "9a01ff00", "b8", "d8", "f8", "f900", "fa0000", "fb000000",
		/* Strings with short data */
		"41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00",
		"7b7fffffffffffffff010203",
		/* Maps and arrays without enough items */
		"81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000",
		/* A tag without content */
		"c0",
		/* Open strings, maps and arrays without a break */
		"5f4100", "7f6100", "9f", "9f0102", "bf", "bf01020102", "819f", "9f8000",
		"9f9f9f9f9fffffffff", "9f819f819f9fffffff",
		/* Reserved additional information */
		"1c", "1d", "1e", "3c", "3d", "3e", "5c", "5d", "5e", "7c", "7d", "7e", "9c",
		"9d", "9e", "bc", "bd", "be", "dc", "dd", "de", "fc", "fd", "fe",
		/* Reserved two-byte simple values */
		"f800", "f801", "f818", "f81f",
		/* Pieces of another type, or open */
		"5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff",
		"7f4100ff", "5f5f4100ffff", "7f7f6100ffff",
		/* Breaks where none may be */
		"ff", "81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff", "9f81ff",
		"9f829f819f9fffffffff",
		/* Open maps with an odd number of items */
		"bf00ff", "bf000000ff",
		/* Major types that cannot be open */
		"1f", "3f", "df",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t room[64];
		struct cloister_fault why;
		struct rd r = rd_open(unhex(rows[i], room, sizeof room), &why);
		read_any_open(&r);
		if (rd_close(&r, "document") == CLOISTER_OK)
			fail_msg("%s is accepted", rows[i]);
	}
}

static const struct good {
	const char *sentence, *hex;
	void (*read)(struct rd *r);
} good[] = {
	{ "zero", "00", read_uint },
	{ "the largest that is allowed", "1903e8", read_uint },
	{ "-1", "20", read_int },
	{ "one byte", "4100", read_bstr },
	{ "four bytes", "4401020304", read_bstr },
	{ "null for bytes", "f6", read_maybe },
	{ "bytes for null", "41ff", read_maybe },
	{ "text with an umlaut and a smile", "66c3bcf09f9880", read_tstr },
	{ "true", "f5", read_bool },
	{ "false", "f4", read_bool },
	{ "null", "f6", read_null },
	{ "an empty list", "80", read_list },
	{ "a full list", "8301020a", read_list },
	{ "a closed list where both are allowed", "83010203", read_open_list },
	{ "an open list, full", "9f010203ff", read_open_list },
	{ "an open list, empty", "9fff", read_open_list },
	{ "names in any order", "a362626301616102600a", read_map },
	{ "no names", "a0", read_map },
	{ "an open map of names", "bf6161016002ff", read_open_map },
	{ "numbers", "a2181f41aa0041bb", read_numbers },
	{ "open numbers", "bf0041bb181f41aaff", read_numbers },
	{ "eight arrays", "8181818181818180", read_any },
	{ "open and closed, nested", "bf61619f01a10203ff6162bfffff", read_any_open },
	{ "the same key on two levels", "a101a10102", read_any },
	{ "keys that differ in type only", "a401000000416100616100", read_any },
	{ "2^64-1", "1bffffffffffffffff", read_any },
	{ "-2^64", "3bffffffffffffffff", read_any },
};

/* Each reads whole; each strict prefix of it is refused. */
static void test_good_and_its_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		uint8_t room[64];
		struct bytes in = unhex(good[i].hex, room, sizeof room);
		for (size_t len = 0; len <= in.len; len++) {
			uint8_t *copy = malloc(len + 1); /* its end is the sanitizer's end */
			struct cloister_fault why;
			assert_non_null(copy);
			uint8_t *at = copy + 1;
			memcpy(at, in.data, len);
			struct rd r = rd_open(bytes_of(at, len), &why);
			good[i].read(&r);
			enum cloister_err err = rd_close(&r, "document");
			free(copy);
			if ((err == CLOISTER_OK) != (len == in.len))
				fail_msg("%s, %zu of %zu bytes: %s, %s at %zu: %s",
					 good[i].sentence, len, in.len, cloister_err_name(err),
					 why.what, why.at, why.note);
		}
	}
}

/* RFC 8949 appendix A, as far as we speak it: what the reader makes of it, and the writer of that. */
static void test_numbers_both_ways(void **state)
{
	static const struct {
		int64_t value;
		const char *hex;
	} rows[] = {
		{ 0, "00" }, { 1, "01" }, { 10, "0a" }, { 23, "17" }, { 24, "1818" },
		{ 25, "1819" }, { 100, "1864" }, { 255, "18ff" }, { 256, "190100" },
		{ 1000, "1903e8" }, { 65535, "19ffff" }, { 65536, "1a00010000" },
		{ 1000000, "1a000f4240" }, { 4294967295, "1affffffff" },
		{ 4294967296, "1b0000000100000000" }, { 1000000000000, "1b000000e8d4a51000" },
		{ INT64_MAX, "1b7fffffffffffffff" }, { -1, "20" }, { -10, "29" }, { -24, "37" },
		{ -25, "3818" }, { -35, "3822" }, { -100, "3863" }, { -1000, "3903e7" },
		{ INT64_MIN, "3b7fffffffffffffff" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t room[16], out[16];
		char text[33];
		struct cloister_fault why;
		struct rd r = rd_open(unhex(rows[i].hex, room, sizeof room), &why);
		struct wr w = wr_open(out, sizeof out);
		struct bytes written;
		assert_true(cbor_int(&r, "number") == rows[i].value);
		assert_int_equal(rd_close(&r, "number"), CLOISTER_OK);
		cbor_put_int(&w, rows[i].value);
		assert_int_equal(wr_close(&w, "number", &written, NULL), CLOISTER_OK);
		hex_write(written, text);
		assert_string_equal(text, rows[i].hex);
	}
}

/* One document with everything the writer has, read back by hand. */
static void test_writer(void **state)
{
	uint8_t out[128];
	char text[257];
	struct wr w = wr_open(out, sizeof out);
	struct bytes written;

	(void)state;
	cbor_put_map(&w, 6);
	cbor_put_text(&w, "a");
	cbor_put_uint(&w, UINT64_MAX);
	cbor_put_text(&w, "b");
	cbor_put_bstr(&w, BYTES_OF("\1\2"));
	cbor_put_text(&w, "c");
	cbor_put_array(&w, 3);
	cbor_put_bool(&w, true);
	cbor_put_bool(&w, false);
	cbor_put_null(&w);
	cbor_put_tstr(&w, bytes_text("d"));
	cbor_put_bstr_or_null(&w, BYTES_NONE);
	cbor_put_int(&w, -1);
	cbor_put_bstr_or_null(&w, bytes_of("", 0));
	cbor_put_uint(&w, 24);
	cbor_put_bstr_head(&w, 1);
	wr_u8(&w, 0xee);
	assert_int_equal(wr_close(&w, "all", &written, NULL), CLOISTER_OK);
	hex_write(written, text);
	assert_string_equal(text, "a661611bffffffffffffffff61624301020061638"
				  "3f5f4f66164f62040181841ee");

	struct cloister_fault why;
	struct rd r = rd_open(written, &why);
	struct bytes whole = cbor_skip(&r, CBOR_DEFINITE, "all");
	assert_int_equal(rd_close(&r, "all"), CLOISTER_OK);
	assert_true(bytes_equal(whole, written));
}

static void test_peek(void **state)
{
	static const struct {
		uint8_t first;
		enum cbor_type type;
	} rows[] = {
		{ 0x00, CBOR_UINT }, { 0x1b, CBOR_UINT }, { 0x20, CBOR_NEGINT }, { 0x40, CBOR_BSTR },
		{ 0x7b, CBOR_TSTR }, { 0x9f, CBOR_ARRAY }, { 0xbf, CBOR_MAP }, { 0xc0, CBOR_NONE },
		{ 0xd2, CBOR_NONE }, { 0xf4, CBOR_BOOL }, { 0xf5, CBOR_BOOL }, { 0xf6, CBOR_NULL },
		{ 0xf7, CBOR_NONE }, { 0xf9, CBOR_NONE }, { 0xff, CBOR_NONE },
	};
	struct cloister_fault why;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rd r = rd_open(bytes_of(&rows[i].first, 1), &why);
		assert_int_equal(cbor_peek(&r), rows[i].type);
		assert_int_equal(rd_at(&r), 0);
	}
	struct rd r = rd_open(BYTES_NONE, &why);
	assert_int_equal(cbor_peek(&r), CBOR_NONE);
}

/* A map that is stepped over may have LIMIT_CBOR_KEYS pairs and not one more. */
static void test_skipped_keys_limit(void **state)
{
	(void)state;
	for (unsigned extra = 0; extra < 2; extra++) {
		uint8_t out[1024];
		struct wr w = wr_open(out, sizeof out);
		struct cloister_fault why;
		cbor_put_map(&w, LIMIT_CBOR_KEYS + extra);
		for (unsigned i = 0; i < LIMIT_CBOR_KEYS + extra; i++) {
			cbor_put_uint(&w, i);
			cbor_put_null(&w);
		}
		struct rd r = rd_open(bytes_of(out, w.len), &why);
		(void)cbor_skip(&r, CBOR_DEFINITE, "map");
		assert_int_equal(rd_close(&r, "map"), extra ? CLOISTER_E_LIMIT : CLOISTER_OK);
	}
}

/* After the first fault nothing moves and everything reads as zero, absent or ended. */
static void test_sticky(void **state)
{
	static const uint8_t in[] = { 0xf7, 0x05, 0x41, 0x61, 0x81, 0x01 };
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(in), &why);

	(void)state;
	(void)cbor_skip(&r, CBOR_EITHER, "first");
	size_t at = rd_at(&r);
	assert_int_equal(cbor_uint(&r, 9, "later"), 0);
	assert_int_equal(cbor_int(&r, "later"), 0);
	assert_null(cbor_bstr(&r, 0, 9, "later").data);
	assert_null(cbor_tstr(&r, 0, 9, "later").data);
	assert_null(cbor_bstr_or_null(&r, 0, 9, "later").data);
	assert_false(cbor_bool(&r, "later"));
	struct cbor_walk w = cbor_array(&r, CBOR_EITHER, 9, "later");
	assert_false(cbor_next(&r, &w));
	assert_null(cbor_skip(&r, CBOR_EITHER, "later").data);
	assert_int_equal(rd_at(&r), at);
	assert_string_equal(why.what, "first");
	assert_int_equal(why.at, 0);
}

static void test_seen(void **state)
{
	static const uint8_t in[] = { 0xa2, 0x05, 0x41, 0x00, 0x18, 0x1f, 0x41, 0x01 };
	struct cloister_fault why;
	struct rd r = rd_open(BYTES_OF(in), &why);
	struct cbor_walk w = cbor_map(&r, CBOR_DEFINITE, 32, "pcrs");
	uint64_t key;

	(void)state;
	while (cbor_next_number(&r, &w, 31, &key))
		assert_int_equal(cbor_bstr(&r, 1, 1, "pcr").data[0], key == 31);
	assert_int_equal(rd_close(&r, "pcrs"), CLOISTER_OK);
	assert_true(cbor_seen(&w, 5) && cbor_seen(&w, 31));
	assert_false(cbor_seen(&w, 0) || cbor_seen(&w, 63) || cbor_seen(&w, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_appendix_f),
		cmocka_unit_test(test_good_and_its_prefixes),
		cmocka_unit_test(test_numbers_both_ways),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_peek),
		cmocka_unit_test(test_skipped_keys_limit),
		cmocka_unit_test(test_sticky),
		cmocka_unit_test(test_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
