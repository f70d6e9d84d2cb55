/* SPDX-License-Identifier: Apache-2.0 */
/* tar_test.c - the outer archive's index, and links followed inside it. */

#include "image/tar.h"

#include <fcntl.h>

#include "image/layer_test.h"
#include "image/blobs.h"

static enum cloister_err index_of(struct bytes file, struct tar *t, struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;

	TRY(file_scratch(NULL, &fd, why));
	TRY(io_write_full(fd, file.data, file.len, why));
	return tar_index(fd, t, why);
}

static void a_good_archive(void **state)
{
	own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
	struct cloister_fault why = { 0 };
	static char name[301];
	struct tar t;

	(void)state;
	memset(name, 'n', 300);
	tar_entry(&tar, '5', "blobs/", NULL, 0755, BYTES_NONE);
	tar_entry(&tar, '0', "./blobs/a", NULL, 0644, bytes_text("hello"));
	tar_entry(&tar, 'g', "global", NULL, 0644, bytes_text("20 comment=whatever\n"));
	tar_pax(&tar, "path", bytes_text(name));
	tar_entry(&tar, '0', "short", NULL, 0644, bytes_text("long"));
	tar_entry(&tar, 'L', "././@LongLink", NULL, 0644, bytes_text("gnu/long"));
	tar_entry(&tar, '0', "gnu", NULL, 0644, bytes_text("1"));
	tar_entry(&tar, '2', "x/layer.tar", "../blobs/a", 0777, BYTES_NONE);
	tar_end(&tar);
	WANT_OK(index_of(buf_bytes(&tar), &t, &why), &why);
	assert_int_equal(t.n_members, 5);
	const struct tar_member *a = tar_find(&t, "blobs/a");
	assert_non_null(a);
	assert_int_equal(a->len, 5);
	assert_memory_equal(tar.data + a->at, "hello", 5);
	assert_int_equal(tar_find(&t, name)->len, 4);
	assert_int_equal(tar_find(&t, "gnu/long")->len, 1);
	assert_string_equal(tar_find(&t, "x/layer.tar")->target, "../blobs/a");
	assert_null(tar_find(&t, "short"));
	assert_null(tar_find(&t, "missing"));
	tar_fini(&t);
	/* Every cut inside a header or content is noticed. */
	for (size_t n = 1; n < tar.len - 1024; n += 97) {
		enum cloister_err err = index_of(bytes_of(tar.data, n), &t, &why);
		if (err == CLOISTER_OK) {
			assert_int_equal(n % 512, 0);
			tar_fini(&t);
		}
	}
}

enum bad { TWICE, DOTDOT, FLIP, DEVICE, SPARSE, HUGE_SIZE, HUGE_PAX, NO_PAX, CUT, PAX_BROKEN, PAX_NUL, COMPRESSED, TEXT, EMPTY };

static const struct {
	enum bad what;
	enum cloister_err err;
	const char *note;
} bads[] = {
	{ TWICE, CLOISTER_E_MALFORMED, "holds `a` twice" },
	{ DOTDOT, CLOISTER_E_MALFORMED, "has `..` in its name" },
	{ FLIP, CLOISTER_E_MALFORMED, "value not allowed here" },
	{ DEVICE, CLOISTER_E_UNSUPPORTED, "type 0x33" },
	{ SPARSE, CLOISTER_E_UNSUPPORTED, "sparse member" },
	{ HUGE_SIZE, CLOISTER_E_MALFORMED, "ends inside `a`" },
	{ HUGE_PAX, CLOISTER_E_MALFORMED, "value not allowed" },
	{ NO_PAX, CLOISTER_E_MALFORMED, "value not allowed" },
	{ CUT, CLOISTER_E_MALFORMED, "ends inside `b`" },
	{ PAX_BROKEN, CLOISTER_E_MALFORMED, "ends inside this field" },
	{ PAX_NUL, CLOISTER_E_MALFORMED, "value not allowed" },
	{ COMPRESSED, CLOISTER_E_UNSUPPORTED, "gzip -d" },
	{ TEXT, CLOISTER_E_MALFORMED, "not a tar archive" },
	{ EMPTY, CLOISTER_E_MALFORMED, "the file is empty" },
};

static void make_bad(enum bad what, struct buf *tar)
{
	static const uint8_t content[2000];

	if (what == TEXT || what == COMPRESSED)
		buf_text(tar, what == TEXT ? "text" : "\x1f\x8b");
	if (what == TEXT || what == COMPRESSED)
		buf_put(tar, content, sizeof content);
	if (what == TEXT || what == COMPRESSED || what == EMPTY)
		return;
	tar_entry(tar, '0', "first", NULL, 0644, BYTES_NONE);
	switch (what) {
	case TWICE:
		tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
		tar_entry(tar, '0', "./a", NULL, 0644, BYTES_NONE);
		break;
	case DOTDOT: tar_entry(tar, '0', "a/../b", NULL, 0644, BYTES_NONE); break;
	case FLIP: tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE); tar->data[520] ^= 1; break;
	case DEVICE: tar_entry(tar, '3', "a", NULL, 0644, BYTES_NONE); break;
	case SPARSE:
		tar_pax(tar, "GNU.sparse.major", bytes_text("1"));
		tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
		break;
	case HUGE_SIZE:
		tar_head(tar, &(struct tar_head){ .name = "a", .type = '0', .size_field = "\x80\0\0\0\0\x7f\xff\xff\xff\xff\xff\xff" });
		break;
	case HUGE_PAX:
		tar_pax(tar, "size", bytes_text("9999999999999999999"));
		tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
		break;
	case NO_PAX: /* nothing is not zero: other readers take the header's size, and see another archive */
		tar_pax(tar, "size", BYTES_NONE);
		tar_entry(tar, '0', "a", NULL, 0644, BYTES_NONE);
		break;
	case PAX_BROKEN: tar_entry(tar, 'x', "p", NULL, 0644, bytes_text("99 path=a\n")); break;
	case PAX_NUL:
		tar_pax(tar, "path", bytes_of("a\0b", 3));
		tar_entry(tar, '0', "x", NULL, 0644, BYTES_NONE);
		break;
	default:
		tar_entry(tar, '0', "b", NULL, 0644, BYTES_OF(content));
		tar->len -= 600;
		return;
	}
	tar_end(tar);
}

static void bad_archives(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bads); i++) {
		own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
		struct cloister_fault why = { 0 };
		struct tar t = { 0 };
		make_bad(bads[i].what, &tar);
		enum cloister_err err = index_of(buf_bytes(&tar), &t, &why);
		if (err != bads[i].err || !strstr(why.note, bads[i].note))
			fail_msg("%d: %s: %s", bads[i].what, cloister_err_name(err), why.note);
	}
}

/* Links: along them, out of the archive, in circles. */
static void links(void **state)
{
	static const struct {
		const char *name;
		const char *content; /* NULL: missing */
	} rows[] = {
		{ "a", "hello" },	{ "d/rel", "hello" },  { "d/abs", "hello" }, { "d/two", "hello" },
		{ "hard", "hello" },	{ "d/out", NULL },     { "loop1", NULL },    { "d", NULL },
		{ "nowhere", NULL },
	};
	own(buf_fini) struct buf tar = BUF_INIT(1 << 20);
	char path[] = "/tmp/cloister-tar-XXXXXX";
	own(drop_fd) int fd = mkstemp(path);
	own(blobs_close) struct blobs s = BLOBS_INIT;
	struct cloister_fault why = { 0 };

	(void)state;
	tar_entry(&tar, '0', "a", NULL, 0644, bytes_text("hello"));
	tar_entry(&tar, '5', "d", NULL, 0755, BYTES_NONE);
	tar_entry(&tar, '2', "d/rel", "../a", 0777, BYTES_NONE);
	tar_entry(&tar, '2', "d/abs", "/a", 0777, BYTES_NONE);
	tar_entry(&tar, '2', "d/two", "rel", 0777, BYTES_NONE);
	tar_entry(&tar, '1', "hard", "a", 0644, BYTES_NONE);
	tar_entry(&tar, '2', "d/out", "../../../../etc/passwd", 0777, BYTES_NONE);
	tar_entry(&tar, '2', "loop1", "loop2", 0777, BYTES_NONE);
	tar_entry(&tar, '2', "loop2", "loop1", 0777, BYTES_NONE);
	tar_entry(&tar, '2', "nowhere", "b", 0777, BYTES_NONE);
	tar_end(&tar);
	WANT_OK(io_write_full(fd, tar.data, tar.len, &why), &why);
	WANT_OK(blobs_open_archive(path, &s, &why), &why);
	unlink(path);
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf out = BUF_INIT(100);
		enum cloister_err err = blobs_read(&s, rows[i].name, 100, &out, &why);
		if (rows[i].content ? err != CLOISTER_OK || strcmp(buf_string(&out), rows[i].content) != 0 :
				      err != CLOISTER_E_MISSING)
			fail_msg("%s: %s", rows[i].name, cloister_err_name(err));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_archive),
		cmocka_unit_test(bad_archives),
		cmocka_unit_test(links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
