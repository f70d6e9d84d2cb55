/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer_test.c - layers as strangers make them: each hostile one is refused
 * with its own sentence, each odd but honest one is read. Compression, digests,
 * ceilings. All through the real confined worker.
 */

#include "image/layer_test.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>
#include <zstd.h>

struct row {
	const char *name;
	void (*make)(struct buf *tar);
	enum cloister_err err;
	const char *note;
};

#define SCRIPT(fn, text)                   \
	static void fn(struct buf *tar)    \
	{                                  \
		tar_script(tar, text);     \
	}

/* Ways out. */
SCRIPT(dotdot, "f ../x 1\n")
SCRIPT(dotdot_inside, "d a\nf a/../../x 1\n")
SCRIPT(dotdot_end, "d a/..\n")
SCRIPT(dotdot_whiteout, "f a/../.wh.x \n")
SCRIPT(through_own_link, "l e /etc\nf e/passwd x\n")
SCRIPT(through_own_link_deep, "d a\nl a/e ../..\nd a/e/b\nf a/e/b/c x\n")
SCRIPT(whiteout_through_own_link, "l e /etc\nf e/.wh.passwd \n")
SCRIPT(link_dotdot, "f a 1\nh b ../a\n")
SCRIPT(link_nothing, "h b a\n")
SCRIPT(link_itself, "h b b\n")
SCRIPT(link_forward, "h b a\nf a 1\n")
SCRIPT(link_directory, "d a\nh b a\n")
SCRIPT(link_through_own_link, "d a\nf a/f 1\nl l a\nh b l/f\n")
/* Twice. */
SCRIPT(twice, "f a 1\nf a 2\n")
SCRIPT(twice_spelled, "f a 1\nf ./a 2\n")
SCRIPT(twice_type, "f a 1\nl a b\n")
SCRIPT(file_then_dir, "f a 1\nd a\n")
SCRIPT(dir_then_file, "d a\nf a 1\n")
SCRIPT(file_with_children, "f a 1\nf a/b 1\n")
SCRIPT(children_then_link, "f a/b 1\nl a /etc\n")
SCRIPT(twice_link, "f a 1\nh b a\nh b a\n")
SCRIPT(twice_directory, "d a\nf a/x 1\nd a\n")
/* Whiteouts that are none. */
SCRIPT(whiteout_nothing, "f .wh. \n")
SCRIPT(whiteout_dot, "f .wh.. \n")
SCRIPT(whiteout_dotdot, "f .wh... \n")
SCRIPT(below_whiteout, "f .wh.a/b \n")

static void root_file(struct buf *tar)
{
	tar_entry(tar, '0', ".", NULL, 0644, bytes_text("x"));
	tar_end(tar);
}

static void long_component(struct buf *tar)
{
	static char name[257];

	memset(name, 'n', 256);
	tar_pax(tar, "path", bytes_text(name));
	tar_entry(tar, '0', "x", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

static void long_path(struct buf *tar)
{
	static char name[4200];

	for (size_t i = 0; i < sizeof name - 1; i++)
		name[i] = i % 2 ? '/' : 'a';
	tar_pax(tar, "path", bytes_text(name));
	tar_entry(tar, '0', "x", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

/* As deep as a path may be is still fine. */
static void deep_path(struct buf *tar)
{
	static char name[4094];

	for (size_t i = 0; i < sizeof name - 1; i++)
		name[i] = i % 2 ? '/' : 'a';
	tar_pax(tar, "path", bytes_text(name));
	tar_entry(tar, '0', "x", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

static void no_name(struct buf *tar)
{
	tar_entry(tar, '0', "", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

static void no_target(struct buf *tar)
{
	tar_entry(tar, '2', "l", "", 0777, BYTES_NONE);
	tar_end(tar);
}

/* Sizes: absurd, negative, and content that is not there. */
static void sized(struct buf *tar, const char *field)
{
	tar_head(tar, &(struct tar_head){ .name = "a", .type = '0', .mode = 0644, .size_field = field });
	tar_end(tar);
}

static void size_absurd(struct buf *tar)
{
	sized(tar, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff");
}

static void size_octal(struct buf *tar)
{
	sized(tar, "77777777777");
}

static void size_negative(struct buf *tar)
{
	sized(tar, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00");
}

static void size_missing(struct buf *tar)
{
	sized(tar, "00000100000");
}

static void pax_size(struct buf *tar)
{
	tar_pax(tar, "size", bytes_text("9223372036854775807"));
	tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

/* A file of 9 GB that is one hole (GNU sparse 1.0). */
static void sparse_bomb(struct buf *tar)
{
	static const char map[512] = "0\n";
	own(buf_fini) struct buf body = BUF_INIT(4096);

	buf_text(&body, "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n24 GNU.sparse.name=hole\n"
			"34 GNU.sparse.realsize=9663676416\n");
	tar_entry(tar, 'x', "pax", NULL, 0644, buf_bytes(&body));
	tar_entry(tar, '0', "GNUSparseFile.0/hole", NULL, 0644, bytes_of(map, sizeof map));
	tar_end(tar);
}

static void owner_huge(struct buf *tar)
{
	tar_pax(tar, "uid", bytes_text("4294967296"));
	tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

static void owner_negative(struct buf *tar)
{
	tar_pax(tar, "gid", bytes_text("-5"));
	tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

static void xattr_huge(struct buf *tar)
{
	static uint8_t value[70000];

	tar_pax(tar, "SCHILY.xattr.user.big", BYTES_OF(value));
	tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
	tar_end(tar);
}

static void bad_checksum(struct buf *tar)
{
	tar_script(tar, "f a 1\nf b 2\n");
	tar->data[1024 + 20] ^= 1;
}

static void truncated(struct buf *tar)
{
	static uint8_t content[100000];

	tar_entry(tar, '0', "a", NULL, 0644, BYTES_OF(content));
	tar->len -= 50000;
}

static void trailing(struct buf *tar)
{
	tar_script(tar, "f a 1\n");
	tar_script(tar, "f b 1\n");
}

static void trailing_byte(struct buf *tar)
{
	tar_script(tar, "f a 1\n");
	buf_text(tar, "x");
}

static void single_zero_block(struct buf *tar)
{
	tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
	buf_put(tar, (uint8_t[512]){ 0 }, 512);
	tar_script(tar, "f b 1\n");
}

static void text_file(struct buf *tar)
{
	for (int i = 0; i < 100; i++)
		buf_text(tar, "this is no archive\n");
}

static void nothing(struct buf *tar)
{
	(void)tar;
}

static void cpio(struct buf *tar)
{
	buf_text(tar, "070701");
	for (int i = 0; i < 600; i++)
		buf_text(tar, "0");
}

static void padded(struct buf *tar)
{
	tar_script(tar, "f a 1\n");
	buf_put(tar, (uint8_t[9216]){ 0 }, 9216);
}

static void no_end(struct buf *tar)
{
	tar_entry(tar, '0', "a", NULL, 0644, bytes_text("x"));
}

static void no_padding(struct buf *tar)
{
	tar_entry(tar, '0', "a", NULL, 0644, bytes_text("xyz"));
	tar->len = 512 + 3;
}

static void cut_in_the_content(struct buf *tar)
{
	no_padding(tar);
	tar->len -= 1;
}

static void cut_in_the_padding(struct buf *tar)
{
	tar_entry(tar, '0', "a", NULL, 0644, bytes_text("xyz"));
	tar->len -= 1;
}

static const struct row hostile[] = {
	{ "cut in the content of the last file", cut_in_the_content, CLOISTER_E_MALFORMED,
	  "not a sound tar archive" },
	{ "cut in the padding", cut_in_the_padding, CLOISTER_E_MALFORMED, "not a sound tar archive" },
	{ "up and out", dotdot, CLOISTER_E_MALFORMED, "leads out of the image" },
	{ "up and out from inside", dotdot_inside, CLOISTER_E_MALFORMED, "leads out of the image" },
	{ "up at the end", dotdot_end, CLOISTER_E_MALFORMED, "leads out of the image" },
	{ "whiteout outside", dotdot_whiteout, CLOISTER_E_MALFORMED, "leads out of the image" },
	{ "writing through its own link", through_own_link, CLOISTER_E_MALFORMED,
	  "`e/passwd` goes through a symbolic link of the same layer" },
	{ "the same, deeper", through_own_link_deep, CLOISTER_E_MALFORMED, "symbolic link of the same layer" },
	{ "removing through its own link", whiteout_through_own_link, CLOISTER_E_MALFORMED,
	  "symbolic link of the same layer" },
	{ "hard link outside", link_dotdot, CLOISTER_E_MALFORMED, "leads out of the image" },
	{ "hard link to nothing", link_nothing, CLOISTER_E_MALFORMED, "`b` leads to nothing" },
	{ "hard link to itself", link_itself, CLOISTER_E_MALFORMED, "`b` leads to nothing" },
	{ "hard link to what comes later", link_forward, CLOISTER_E_MALFORMED, "`b` leads to nothing" },
	{ "hard link to a directory", link_directory, CLOISTER_E_MALFORMED, "`b` leads to a directory" },
	{ "hard link through its own link", link_through_own_link, CLOISTER_E_MALFORMED,
	  "the hard link `b` goes through a symbolic link" },
	{ "a name twice", twice, CLOISTER_E_MALFORMED, "holds `a` twice" },
	{ "a name twice, spelled differently", twice_spelled, CLOISTER_E_MALFORMED, "holds `./a` twice" },
	{ "a name twice, another type", twice_type, CLOISTER_E_MALFORMED, "holds `a` twice" },
	{ "a file, then a directory", file_then_dir, CLOISTER_E_MALFORMED, "holds `a` twice" },
	{ "a directory, then a file", dir_then_file, CLOISTER_E_MALFORMED, "holds `a` twice" },
	{ "a file with children", file_with_children, CLOISTER_E_MALFORMED, "`a/b` lies below" },
	{ "a parent that turns into a link", children_then_link, CLOISTER_E_MALFORMED, "holds `a` twice" },
	{ "a hard link twice", twice_link, CLOISTER_E_MALFORMED, "holds `b` twice" },
	{ "a whiteout of nothing", whiteout_nothing, CLOISTER_E_MALFORMED, "names nothing" },
	{ "a whiteout of .", whiteout_dot, CLOISTER_E_MALFORMED, "names nothing" },
	{ "a whiteout of ..", whiteout_dotdot, CLOISTER_E_MALFORMED, "names nothing" },
	{ "something below a whiteout", below_whiteout, CLOISTER_E_MALFORMED, "below a whiteout" },
	{ "the root is a file", root_file, CLOISTER_E_MALFORMED, "the root is not a directory" },
	{ "a name of 256 bytes", long_component, CLOISTER_E_LIMIT, "a name of 256 bytes" },
	{ "a path of 4199 bytes", long_path, CLOISTER_E_LIMIT, "4199 bytes" },
	{ "no name", no_name, CLOISTER_E_MALFORMED, "without a name" },
	{ "a link to no name", no_target, CLOISTER_E_MALFORMED, "without a link target" },
	{ "an absurd size", size_absurd, CLOISTER_E_MALFORMED, "not a sound tar archive" },
	{ "8 GiB in octal", size_octal, CLOISTER_E_LIMIT, "add up to more" },
	{ "a negative size", size_negative, CLOISTER_E_MALFORMED, "negative size" },
	{ "content that is missing", size_missing, CLOISTER_E_MALFORMED, "Truncated" },
	{ "2^63 - 1 bytes by pax", pax_size, CLOISTER_E_MALFORMED, "not a sound tar archive" },
	{ "9 GB of hole", sparse_bomb, CLOISTER_E_LIMIT, "claims 9663676416 bytes" },
	{ "an owner past 32 bits", owner_huge, CLOISTER_E_LIMIT, "impossible owner" },
	{ "a negative group", owner_negative, CLOISTER_E_LIMIT, "impossible group" },
	{ "an xattr of 70000 bytes", xattr_huge, CLOISTER_E_LIMIT, "extended attributes" },
	{ "a wrong checksum", bad_checksum, CLOISTER_E_MALFORMED, "not a sound tar archive" },
	{ "truncated", truncated, CLOISTER_E_MALFORMED, "Truncated" },
	{ "a second archive behind it", trailing, CLOISTER_E_MALFORMED, "follows the archive's end" },
	{ "a byte behind it", trailing_byte, CLOISTER_E_MALFORMED, "follows the archive's end" },
	{ "entries behind one zero block", single_zero_block, CLOISTER_E_MALFORMED, "follows the archive's end" },
	{ "a text file", text_file, CLOISTER_E_MALFORMED, "not a sound tar archive" },
	{ "nothing at all", nothing, CLOISTER_E_MALFORMED, "not a sound tar archive" },
	{ "another format", cpio, CLOISTER_E_MALFORMED, "not a sound tar archive" },
};

/* Odd, but honest archives are like that. */
static const struct row honest[] = {
	{ "a directory twice", twice_directory, CLOISTER_OK, NULL },
	{ "padding", padded, CLOISTER_OK, NULL },
	{ "no end marker", no_end, CLOISTER_OK, NULL },
	{ "no padding and no end marker, as umoci writes", no_padding, CLOISTER_OK, NULL },
	{ "a path of 4093 bytes", deep_path, CLOISTER_OK, NULL },
};

static enum cloister_err lay(struct bytes file, const uint8_t *diff_id, struct buf *text,
			     struct cloister_fault *why)
{
	own(merge_fini) struct merge m = { 0 };
	own(drop_tree) struct tree *t = NULL;

	TRY(merge_init(&m, why));
	TRY(lay_file(&m, file, diff_id, why));
	TRY(merge_finish(&m, &t, why));
	if (text)
		tree_say(t, text);
	return CLOISTER_OK;
}

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
		struct cloister_fault why = { 0 };
		rows[i].make(&tar);
		enum cloister_err err = lay(buf_bytes(&tar), NULL, NULL, &why);
		if (err != rows[i].err || (err != CLOISTER_OK && !strstr(why.note, rows[i].note)))
			fail_msg("%s: %s: %s", rows[i].name, cloister_err_name(err), why.note);
	}
}

static void hostile_layers(void **state)
{
	(void)state;
	check(hostile, N_OF(hostile));
}

static void honest_layers(void **state)
{
	(void)state;
	check(honest, N_OF(honest));
}

/* An error sentence never carries a stranger's control characters to the terminal. */
static void names_are_printable(void **state)
{
	own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
	struct cloister_fault why = { 0 };

	(void)state;
	tar_entry(&tar, '0', "../\033]0;owned\007\xc3\xa9", NULL, 0644, BYTES_NONE);
	tar_end(&tar);
	assert_int_equal(lay(buf_bytes(&tar), NULL, NULL, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.note, "`../?]0;owned???` leads out of the image with `..`");
}

static void gzip_member(struct buf *to, struct bytes in, int level)
{
	z_stream z = { 0 };
	uint8_t room[65536];

	assert_int_equal(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)in.data;
	z.avail_in = (uInt)in.len;
	do {
		z.next_out = room;
		z.avail_out = sizeof room;
		assert_true(deflate(&z, Z_FINISH) != Z_STREAM_ERROR);
		buf_put(to, room, sizeof room - z.avail_out);
	} while (z.avail_out == 0);
	deflateEnd(&z);
}

static void zstd_frame(struct buf *to, struct bytes in)
{
	size_t room = ZSTD_compressBound(in.len);
	own(drop_mem) uint8_t *out = malloc(room);
	size_t n = ZSTD_compress(out, room, in.data, in.len, 3);

	assert_false(ZSTD_isError(n));
	buf_put(to, out, n);
}

/* A window of 2^n bytes, n past the cap: header of a frame with unknown content size. */
static void zstd_window(struct buf *to, struct bytes in, int log)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t room = ZSTD_compressBound(in.len);
	own(drop_mem) uint8_t *out = malloc(room);
	ZSTD_outBuffer o = { out, room, 0 };
	ZSTD_inBuffer i = { in.data, in.len, 0 };

	ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, log);
	while (ZSTD_compressStream2(c, &o, &i, ZSTD_e_continue) && i.pos < i.size)
		;
	assert_int_equal(ZSTD_compressStream2(c, &o, &i, ZSTD_e_end), 0);
	buf_put(to, out, o.pos);
	ZSTD_freeCCtx(c);
}

enum codec_case {
	GZIP, GZIP_TWO, GZIP_CUT, GZIP_TRAIL, GZIP_TRAIL_ZERO, GZIP_CRC, ZSTD, ZSTD_TWO, ZSTD_SKIP,
	ZSTD_SKIP_FIRST, ZSTD_CUT, ZSTD_TRAIL, ZSTD_FLIP, ZSTD_WINDOW, ZSTD_WINDOW_PAST, GZIP_WRONG,
};

static const struct {
	const char *name;
	enum codec_case what;
	enum cloister_err err;
	const char *note;
} codecs[] = {
	{ "gzip", GZIP, 0, NULL },
	{ "gzip, two members", GZIP_TWO, 0, NULL },
	{ "gzip, cut", GZIP_CUT, CLOISTER_E_MALFORMED, "ends too early" },
	{ "gzip, garbage behind", GZIP_TRAIL, CLOISTER_E_MALFORMED, "something follows the gzip stream" },
	{ "gzip, zeros behind", GZIP_TRAIL_ZERO, CLOISTER_E_MALFORMED, "something follows the gzip stream" },
	{ "gzip, wrong checksum", GZIP_CRC, CLOISTER_E_MALFORMED, "incorrect data check" },
	{ "zstd", ZSTD, 0, NULL },
	{ "zstd, two frames", ZSTD_TWO, 0, NULL },
	{ "zstd, skippable frame behind", ZSTD_SKIP, 0, NULL },
	{ "zstd, skippable frame first", ZSTD_SKIP_FIRST, 0, NULL },
	{ "zstd, cut", ZSTD_CUT, CLOISTER_E_MALFORMED, "ends too early" },
	{ "zstd, garbage behind", ZSTD_TRAIL, CLOISTER_E_MALFORMED, "zstd stream is damaged" },
	{ "zstd, a flipped bit", ZSTD_FLIP, CLOISTER_E_MALFORMED, "" },
	{ "zstd, window of 128 MiB", ZSTD_WINDOW, 0, NULL },
	{ "zstd, window of 256 MiB", ZSTD_WINDOW_PAST, CLOISTER_E_MALFORMED, "too much memory" },
	{ "not what the configuration names", GZIP_WRONG, CLOISTER_E_MALFORMED,
	  "not the one that the configuration names" },
};

static void compress_as(enum codec_case what, struct bytes tar, struct buf *to)
{
	struct bytes half = bytes_of(tar.data, tar.len / 2);
	struct bytes rest = bytes_of(tar.data + half.len, tar.len - half.len);
	static const uint8_t skip[] = { 0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c' };

	switch (what) {
	case GZIP_TWO: gzip_member(to, half, 9); gzip_member(to, rest, 1); break;
	case GZIP_CUT: gzip_member(to, tar, 6); to->len -= 9; break;
	case GZIP_TRAIL: gzip_member(to, tar, 6); buf_text(to, "garbage"); break;
	case GZIP_TRAIL_ZERO: gzip_member(to, tar, 6); buf_put(to, (uint8_t[512]){ 0 }, 512); break;
	case GZIP_CRC: gzip_member(to, tar, 6); to->data[to->len - 8] ^= 1; break;
	case ZSTD: zstd_frame(to, tar); break;
	case ZSTD_TWO: zstd_frame(to, half); zstd_frame(to, rest); break;
	case ZSTD_SKIP: zstd_frame(to, tar); buf_put(to, skip, sizeof skip); break;
	case ZSTD_SKIP_FIRST: buf_put(to, skip, sizeof skip); zstd_frame(to, tar); break;
	case ZSTD_CUT: zstd_frame(to, tar); to->len -= 3; break;
	case ZSTD_TRAIL: zstd_frame(to, tar); buf_text(to, "garbage"); break;
	case ZSTD_FLIP: zstd_frame(to, tar); to->data[to->len / 2] ^= 4; break;
	case ZSTD_WINDOW: zstd_window(to, tar, 27); break;
	case ZSTD_WINDOW_PAST: zstd_window(to, tar, 28); break;
	default: gzip_member(to, tar, 6); break;
	}
}

static void compressions(void **state)
{
	static char content[300000];

	(void)state;
	for (size_t i = 0; i < sizeof content - 1; i++)
		content[i] = (char)('a' + i * i % 23);
	for (size_t i = 0; i < N_OF(codecs); i++) {
		own(buf_fini) struct buf tar = BUF_INIT(1 << 20), file = BUF_INIT(1 << 20);
		own(buf_fini) struct buf text = BUF_INIT(1 << 20);
		struct cloister_fault why = { 0 };
		uint8_t diff_id[SHA256_LEN];
		tar_entry(&tar, '0', "f", NULL, 0644, bytes_text(content));
		tar_end(&tar);
		WANT_OK(hash_sha256(buf_bytes(&tar), diff_id, &why), &why);
		diff_id[31] ^= codecs[i].what == GZIP_WRONG;
		compress_as(codecs[i].what, buf_bytes(&tar), &file);
		enum cloister_err err = lay(buf_bytes(&file), diff_id, &text, &why);
		if (err != codecs[i].err || (err && !strstr(why.note, codecs[i].note)))
			fail_msg("%s: %s: %s", codecs[i].name, cloister_err_name(err), why.note);
		if (err == CLOISTER_OK) {
			assert_int_equal(text.len, sizeof content - 1 + strlen("f /f \n"));
			assert_memory_equal(text.data + 5, content, sizeof content - 1);
		}
	}
}

/* Half a gigabyte of zeros in a few hundred kilobytes, in a file and behind the archive. */
static void bombs(void **state)
{
	static uint8_t zeros[1 << 20];
	enum { MIB = 512 };
	own(buf_fini) struct buf mib = BUF_INIT(1 << 20);

	(void)state;
	gzip_member(&mib, BYTES_OF(zeros), 6);
	for (int behind = 0; behind < 2; behind++) {
		own(buf_fini) struct buf file = BUF_INIT(8 << 20), tar = BUF_INIT(1 << 20);
		struct cloister_fault why = { 0 };
		if (behind)
			tar_script(&tar, "f a 1\n");
		else
			tar_head(&tar, &(struct tar_head){ .name = "a", .type = '0', .size = (uint64_t)MIB << 20 });
		gzip_member(&file, buf_bytes(&tar), 6);
		for (int i = 0; i < MIB; i++)
			buf_put(&file, mib.data, mib.len);
		assert_int_equal(lay(buf_bytes(&file), (const uint8_t *)zeros, NULL, &why), CLOISTER_E_LIMIT);
		assert_non_null(strstr(why.note, behind ? "expands to more than" : "add up to more than"));
	}
	assert_int_equal(layer_ceiling(1), LIMIT_LAYER_FREE);
	assert_int_equal(layer_ceiling(100 << 20), LIMIT_LAYER_BYTES);
	assert_int_equal(layer_ceiling(UINT64_MAX), LIMIT_LAYER_BYTES);
}

static void wrong_digests(void **state)
{
	own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
	own(drop_fd) int fd = -1;
	own(merge_fini) struct merge m = { 0 };
	struct cloister_fault why = { 0 };
	uint8_t digest[SHA256_LEN], wrong[SHA256_LEN];
	struct layer_build b;

	(void)state;
	tar_script(&tar, "f a 1\n");
	WANT_OK(hash_sha256(buf_bytes(&tar), digest, &why), &why);
	memcpy(wrong, digest, sizeof wrong);
	wrong[0] ^= 1;
	WANT_OK(file_scratch(NULL, &fd, &why), &why);
	WANT_OK(io_write_full(fd, tar.data, tar.len, &why), &why);
	WANT_OK(merge_init(&m, &why), &why);
	for (int which = 0; which < 3; which++) {
		const struct layer_source src = { fd, 0, tar.len, which == 1 ? wrong : digest,
						  which == 2 ? wrong : digest };
		const struct layer_sink sink = { layer_build_entry, layer_build_data, NULL, &b };
		WANT_OK(layer_build_init(&b, &m, &why), &why);
		enum cloister_err err = layer_read(&src, &sink, &why);
		layer_build_fini(&b);
		assert_int_equal(err, which ? CLOISTER_E_MALFORMED : CLOISTER_OK);
		if (which == 1)
			assert_string_equal(why.note, "the layer's file is not the one that the manifest names");
		if (which == 2)
			assert_string_equal(why.note,
					    "the layer's content is not the one that the configuration names");
	}
}

/* Written by libarchive: long names, UTF-8 and bytes that are not, sparse files, in three formats. */
static void archive_write(struct buf *to, int (*format)(struct archive *))
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	static char name[600], room[1 << 20];
	size_t used = 0;

	for (size_t i = 0; i < 540; i++)
		name[i] = i % 50 == 49 ? '/' : 'n';
	assert_int_equal(format(a), ARCHIVE_OK);
	archive_write_set_bytes_per_block(a, 512);
	assert_int_equal(archive_write_open_memory(a, room, sizeof room, &used), ARCHIVE_OK);
	for (int i = 0; i < 3; i++) {
		const char *names[] = { name, "e\xcc\x81 decomposed", "latin \xe9 raw" };
		archive_entry_clear(e);
		archive_entry_copy_pathname(e, names[i]);
		archive_entry_set_filetype(e, AE_IFREG);
		archive_entry_set_perm(e, 0644);
		archive_entry_set_mtime(e, 1234567890, 123456789);
		archive_entry_set_size(e, 3);
		assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
		assert_int_equal(archive_write_data(a, "abc", 3), 3);
	}
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(e);
	buf_put(to, room, used);
}

static void names_are_bytes(void **state)
{
	static int (*const formats[])(struct archive *) = { archive_write_set_format_pax,
							     archive_write_set_format_gnutar };

	(void)state;
	for (size_t i = 0; i < N_OF(formats); i++) {
		own(buf_fini) struct buf tar = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
		struct cloister_fault why = { 0 };
		archive_write(&tar, formats[i]);
		WANT_OK(lay(buf_bytes(&tar), NULL, &text, &why), &why);
		assert_non_null(strstr(buf_string(&text), "f /e\xcc\x81 decomposed abc\n"));
		assert_non_null(strstr(buf_string(&text), "f /latin \xe9 raw abc\n"));
		assert_non_null(strstr(buf_string(&text), "/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn/"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_layers),
		cmocka_unit_test(honest_layers),
		cmocka_unit_test(names_are_printable),
		cmocka_unit_test(compressions),
		cmocka_unit_test(bombs),
		cmocka_unit_test(wrong_digests),
		cmocka_unit_test(names_are_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
