/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rootfs_test.c - the squashfs is the same bytes whoever writes it and where.
 * What is in it is real_test.sh's question, which asks unsquashfs.
 */

#include "image/rootfs.h"

#include <errno.h>
#include <sys/stat.h>

#include "image/layer_test.h"

/* A tree with what has gone wrong elsewhere: empty files, holes, hard links, one directory of many. */
static struct tree *sample(struct cloister_fault *why)
{
	own(merge_fini) struct merge m = { 0 };
	own(buf_fini) struct buf tar = BUF_INIT(8 << 20);
	static uint8_t content[400000];
	struct tree *t = NULL;
	char name[64];

	for (size_t i = 0; i < sizeof content; i++)
		content[i] = (uint8_t)(i * i >> 7);
	tar_entry(&tar, '0', "big", NULL, 0600, BYTES_OF(content));
	tar_entry(&tar, '0', "same", NULL, 0600, BYTES_OF(content));
	tar_entry(&tar, '0', "zeros", NULL, 0644, bytes_of((uint8_t[300000]){ 0 }, 300000));
	tar_entry(&tar, '0', "block", NULL, 0644, bytes_of(content, 131072));
	tar_entry(&tar, '1', "hard", "big", 0600, BYTES_NONE);
	for (int i = 0; i < 700; i++) {
		snprintf(name, sizeof name, "many/%d", i);
		tar_entry(&tar, '0', name, NULL, 0644, bytes_of(content, (size_t)i));
	}
	tar_script(&tar, "f empty \nd d\nl d/l ../big\np d/p\nx d/x 1\nk d/k 2\nx d/e \n");
	WANT_OK(merge_init(&m, why), why);
	WANT_OK(lay_file(&m, buf_bytes(&tar), NULL, why), why);
	WANT_OK(merge_finish(&m, &t, why), why);
	WANT_OK(tree_mkdir(t, "/proc", why), why);
	WANT_OK(tree_mkdir(t, "/var/lib/data", why), why);
	return t;
}

static void written(const struct tree *t, unsigned n_workers, off_t start, struct buf *out)
{
	const struct rootfs_options options = { .mtime = 1700000000, .n_workers = n_workers };
	own(drop_fd) int fd = -1;
	struct cloister_fault why = { 0 };
	uint64_t len = 0;

	WANT_OK(file_scratch(NULL, &fd, &why), &why);
	assert_int_equal(lseek(fd, start, SEEK_SET), start);
	WANT_OK(rootfs_write(t, &options, fd, &len, &why), &why);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), start + (off_t)len);
	assert_int_equal(len % 4096, 0);
	own(drop_mem) uint8_t *data = malloc(len);
	assert_int_equal(pread(fd, data, len, start), (ssize_t)len);
	buf_put(out, data, len);
}

/* Workers, umask, zone and locale's variables, the place in the file: none of them shows. */
static void same_bytes(void **state)
{
	static const struct {
		unsigned workers;
		off_t start;
		const char *zone, *locale;
		mode_t mask;
	} rows[] = {
		{ 1, 0, "UTC", "C", 022 },
		{ 1, 4096, "UTC", "C", 022 },
		{ 2, 0, "Pacific/Kiritimati", "tr_TR.UTF-8", 0 },
		{ 4, 12345, "America/St_Johns", "C.UTF-8", 077 },
		{ 8, 0, "UTC", "C", 022 },
		{ 0, 0, "UTC", "C", 022 },
	};
	own(buf_fini) struct buf first = BUF_INIT(16 << 20);

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf again = BUF_INIT(16 << 20);
		struct cloister_fault why = { 0 };
		setenv("TZ", rows[i].zone, 1);
		setenv("LC_ALL", rows[i].locale, 1);
		mode_t before = umask(rows[i].mask);
		own(drop_tree) struct tree *t = sample(&why);
		written(t, rows[i].workers, rows[i].start, i ? &again : &first);
		umask(before);
		if (i && !bytes_equal(buf_bytes(&first), buf_bytes(&again)))
			fail_msg("%u workers at %lld: other bytes", rows[i].workers, (long long)rows[i].start);
	}
}

/* Equal content is stored once, zeros hardly at all. */
static void content_is_shared(void **state)
{
	own(buf_fini) struct buf image = BUF_INIT(16 << 20);
	struct cloister_fault why = { 0 };
	own(drop_tree) struct tree *t = sample(&why);

	(void)state;
	written(t, 1, 0, &image);
	assert_true(t->n_bytes > 1400000);
	assert_true(image.len < 700000);
	/* squashfs 4.0, zstd, blocks of 128 KiB, the given time. */
	assert_memory_equal(image.data, "hsqs", 4);
	assert_memory_equal(image.data + 8, "\x00\xf1\x53\x65", 4);
	assert_memory_equal(image.data + 12, "\x00\x00\x02\x00", 4);
	assert_memory_equal(image.data + 20, "\x06\x00", 2);
	assert_memory_equal(image.data + 28, "\x04\x00\x00\x00", 4);
}

static void an_empty_tree(void **state)
{
	own(buf_fini) struct buf image = BUF_INIT(1 << 20);
	own(merge_fini) struct merge m = { 0 };
	own(drop_tree) struct tree *t = NULL;
	struct cloister_fault why = { 0 };

	(void)state;
	WANT_OK(merge_init(&m, &why), &why);
	WANT_OK(merge_finish(&m, &t, &why), &why);
	written(t, 1, 0, &image);
	assert_int_equal(image.len, 4096);
}

static void no_place_to_write(void **state)
{
	const struct rootfs_options options = { .n_workers = 1 };
	struct cloister_fault why = { 0 };
	own(drop_tree) struct tree *t = sample(&why);
	int fds[2];
	uint64_t len;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(rootfs_write(t, &options, fds[1], &len, &why), CLOISTER_E_SYSTEM);
	assert_int_equal(why.sys, ESPIPE);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_bytes),
		cmocka_unit_test(content_is_shared),
		cmocka_unit_test(an_empty_tree),
		cmocka_unit_test(no_place_to_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
