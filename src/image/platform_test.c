/* SPDX-License-Identifier: Apache-2.0 */
/* Ramdisks and platform bundles: written the same each time, and refused when anything is not as written. */

#include "base/test.h"

#include <stdio.h>

#include "codec/cpio.h"
#include "codec/eif_test.h"
#include "image/measure.h"
#include "image/platform.h"

static struct ramdisk0 files(void)
{
	return (struct ramdisk0){
		.init = bytes_text("INIT"),
		.agent = bytes_text("AGENT"),
		.cmdline = bytes_text("quiet panic=-1"),
		.n_modules = 2,
		.modules = { { "00-virtio_mmio.ko", bytes_text("M0") }, { "01-vsock.ko", bytes_text("M1") } },
	};
}

static void bundle(struct buf *out)
{
	const struct ramdisk0 f = files();
	struct cloister_fault why;
	uint8_t room[2048];

	WANT_OK(platform_write(bzimage(room, true, 1096), &f, out, &why), &why);
}

static void written_and_read(void **state)
{
	own(buf_fini) struct buf a = BUF_INIT(1 << 20), b = BUF_INIT(1 << 20);
	struct cloister_fault why;
	struct platform p;

	(void)state;
	bundle(&a);
	bundle(&b);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	WANT_OK(platform_read(buf_bytes(&a), &p, &why), &why);
	assert_true(bytes_are(p.files.init, "INIT") && bytes_are(p.files.agent, "AGENT"));
	assert_int_equal(p.files.n_modules, 2);
	assert_string_equal(p.files.modules[1].name, "01-vsock.ko");
	assert_string_equal(p.kernel_version, "6.12.1-test");
	assert_int_equal(p.eif.ramdisks[0].len % RAMDISK_PAGE, 0);
}

/* Init comes first: whoever cuts the front off the ramdisk cuts init off. */
static void init_is_first(void **state)
{
	own(buf_fini) struct buf ramdisk = BUF_INIT(1 << 20);
	const struct ramdisk0 f = files();
	struct cloister_fault why;
	struct cpio_entry e;

	(void)state;
	WANT_OK(ramdisk0_write(&f, &ramdisk, &why), &why);
	struct cpio c = cpio_open(buf_bytes(&ramdisk));
	WANT_OK(cpio_next(&c, &e, &why), &why);
	assert_true(bytes_are(e.name, "init"));
	WANT_OK(cpio_find(buf_bytes(&ramdisk), "files", &e, &why), &why);
	assert_true(bytes_are(e.content, "4 init\n5 agent\n14 cmdline\n2 modules/00-virtio_mmio.ko\n"
					 "2 modules/01-vsock.ko\n"));
}

static void module_names(void **state)
{
	static const char *const bad[] = { "01-a.ko", "00-.ko", "00-A.ko", "00-a.xz", "0-a.ko",
					   "00_a.ko", "00-a/b.ko", "" };

	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		own(buf_fini) struct buf ramdisk = BUF_INIT(1 << 20);
		struct ramdisk0 f = files();
		struct cloister_fault why;

		snprintf(f.modules[0].name, sizeof f.modules[0].name, "%s", bad[i]);
		if (ramdisk0_write(&f, &ramdisk, &why) != CLOISTER_E_MALFORMED)
			fail_msg("module `%s` was accepted", bad[i]);
	}
}

/* A byte of ramdisk 0 changed, whatever it is, is another ramdisk or none. */
static void every_byte_of_ramdisk0(void **state)
{
	own(buf_fini) struct buf ramdisk = BUF_INIT(1 << 20), again = BUF_INIT(1 << 20);
	const struct ramdisk0 f = files();
	struct cloister_fault why;
	struct ramdisk0 r;

	(void)state;
	WANT_OK(ramdisk0_write(&f, &ramdisk, &why), &why);
	for (size_t i = 0; i < ramdisk.len; i++) {
		ramdisk.data[i] ^= 0x40;
		if (ramdisk0_read(buf_bytes(&ramdisk), &r, &why) == CLOISTER_OK) {
			/* content, or a field of the header that no reader of ours believes */
			again.len = 0;
			WANT_OK(ramdisk0_write(&r, &again, &why), &why);
		}
		ramdisk.data[i] ^= 0x40;
	}
	for (size_t len = 0; len < ramdisk.len; len++)
		assert_int_not_equal(ramdisk0_read(bytes_of(ramdisk.data, len), &r, &why), CLOISTER_OK);
}

/* The same bytes with the border between two sections elsewhere: same PCRs, refused. */
static void moved_borders(void **state)
{
	static const struct {
		size_t from; /* section that gives */
		int bytes;   /* off its end to the next, or from the next to it when negative */
		const char *what, *note;
	} rows[] = {
		{ 0, 1, "kernel", "cut off" },
		{ 0, -9, "kernel", "a section border was moved" },
		{ 1, 3, "magic", "no newc entry" },
		{ 1, -4, "magic", "no newc entry" },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++) {
		own(buf_fini) struct buf good = BUF_INIT(1 << 20), all = BUF_INIT(1 << 20);
		own(buf_fini) struct buf bad = BUF_INIT(1 << 20);
		struct measurements before, after;
		struct cloister_fault why;
		struct platform p;
		struct eif e;

		bundle(&good);
		WANT_OK(eif_read(buf_bytes(&good), &e, &why), &why);
		WANT_OK(measure(&e, &before, &why), &why);
		struct bytes parts[3] = { e.kernel, e.cmdline, e.ramdisks[0] };
		for (size_t k = 0; k < 3; k++)
			buf_put(&all, parts[k].data, parts[k].len);
		size_t len[3] = { parts[0].len, parts[1].len, parts[2].len }, from = rows[i].from;
		len[from] -= (size_t)rows[i].bytes;
		len[from + 1] += (size_t)rows[i].bytes;
		const struct eif_part moved[] = {
			{ EIF_KERNEL, { all.data, len[0] }, len[0] },
			{ EIF_CMDLINE, { all.data + len[0], len[1] }, len[1] },
			{ EIF_METADATA, e.metadata, e.metadata.len },
			{ EIF_RAMDISK, { all.data + len[0] + len[1], len[2] }, len[2] },
		};
		WANT_OK(eif_write(false, moved, 4, &bad, &why), &why);
		WANT_OK(eif_read(buf_bytes(&bad), &e, &why), &why);
		WANT_OK(measure(&e, &after, &why), &why);
		assert_memory_equal(&before, &after, sizeof before);
		enum cloister_err err = platform_of(&e, &p, &why);
		if (err != CLOISTER_E_MALFORMED || strcmp(why.what, rows[i].what) ||
		    !strstr(why.note, rows[i].note))
			fail_msg("row %zu: %s %s: %s", i, cloister_err_name(err), err ? why.what : "",
				 why.note);
	}
}

/* Another command line than ramdisk 0's copy. */
static void other_cmdline(void **state)
{
	own(buf_fini) struct buf ramdisk = BUF_INIT(1 << 20), file = BUF_INIT(1 << 20);
	const struct ramdisk0 f = files();
	struct cloister_fault why;
	uint8_t room[2048];
	struct platform p;

	(void)state;
	WANT_OK(ramdisk0_write(&f, &ramdisk, &why), &why);
	struct bytes kernel = bzimage(room, false, 1072), line = bytes_text("quiet panic=-1 debug");
	const struct eif_part parts[] = {
		{ EIF_KERNEL, kernel, kernel.len },
		{ EIF_CMDLINE, line, line.len },
		{ EIF_METADATA, bytes_text("{}"), 2 },
		{ EIF_RAMDISK, buf_bytes(&ramdisk), ramdisk.len },
	};
	WANT_OK(eif_write(false, parts, 4, &file, &why), &why);
	assert_int_equal(platform_read(buf_bytes(&file), &p, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "cmdline");
	assert_non_null(strstr(why.note, "differs from ramdisk 0's copy"));
}

static struct manifest_spec workload(uint64_t rootfs_len)
{
	static const char *const argv[] = { "sh", NULL }, *const nothing[] = { NULL };

	return (struct manifest_spec){ .argv = argv, .env = nothing, .volumes = nothing, .cwd = "/",
				       .hostname = "c", .stop_signal = 15, .memory_mib = 96,
				       .rootfs_len = rootfs_len };
}

static void ramdisk1(void **state)
{
	static const uint8_t rootfs[2 * RAMDISK_PAGE] = "hsqs";
	own(buf_fini) struct buf b = BUF_INIT(1 << 20);
	const struct manifest_spec spec = workload(sizeof rootfs);
	struct cloister_fault why;
	struct ramdisk1 r;
	size_t head;

	(void)state;
	WANT_OK(ramdisk1_head_len(&spec, &head, &why), &why);
	WANT_OK(ramdisk1_head_write(&spec, &b, &why), &why);
	assert_int_equal(b.len, head);
	assert_int_equal(head % RAMDISK_PAGE, 0);
	buf_put(&b, rootfs, sizeof rootfs);
	WANT_OK(ramdisk1_read(buf_bytes(&b), &r, &why), &why);
	assert_int_equal(r.rootfs.len, sizeof rootfs);
	assert_true(r.rootfs.data == b.data + head);
	assert_int_equal(r.manifest.rootfs_len, sizeof rootfs);
	for (size_t len = 0; len < b.len; len++)
		assert_int_not_equal(ramdisk1_read(bytes_of(b.data, len), &r, &why), CLOISTER_OK);
	b.data[head - 1] = 1;
	assert_int_equal(ramdisk1_read(buf_bytes(&b), &r, &why), CLOISTER_E_MALFORMED);
	b.data[head - 1] = 0;
	buf_put(&b, rootfs, RAMDISK_PAGE);
	buf_put(&b, rootfs, RAMDISK_PAGE);
	assert_int_equal(ramdisk1_read(buf_bytes(&b), &r, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "not as long as"));
}

/* Wherever the length's digits fall, the head is as long as was said before it was known. */
static void head_length_is_stable(void **state)
{
	char pad[RAMDISK_PAGE + 64];
	const char *const argv[] = { pad, NULL };

	(void)state;
	for (size_t n = 3300; n < 3900; n++) {
		own(buf_fini) struct buf small = BUF_INIT(1 << 20), large = BUF_INIT(1 << 20);
		struct manifest_spec a = workload(RAMDISK_PAGE), b = workload((uint64_t)15 << 30);
		struct cloister_fault why;

		memset(pad, 'a', n);
		pad[n] = 0;
		a.argv = b.argv = argv;
		WANT_OK(ramdisk1_head_write(&a, &small, &why), &why);
		WANT_OK(ramdisk1_head_write(&b, &large, &why), &why);
		assert_int_equal(small.len, large.len);
		buf_put(&small, (const uint8_t[RAMDISK_PAGE]){ 0 }, RAMDISK_PAGE);
		struct ramdisk1 r;
		WANT_OK(ramdisk1_read(buf_bytes(&small), &r, &why), &why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(written_and_read), cmocka_unit_test(init_is_first),
		cmocka_unit_test(module_names),	    cmocka_unit_test(every_byte_of_ramdisk0),
		cmocka_unit_test(moved_borders),    cmocka_unit_test(other_cmdline),
		cmocka_unit_test(ramdisk1),	    cmocka_unit_test(head_length_is_stable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
