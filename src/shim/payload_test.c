/* SPDX-License-Identifier: Apache-2.0 */
/*
 * payload_test.c - the gate before the boot, with images made from the platform
 * bundle that the end-to-end tests use; skipped where there is none.
 */

#include "shim/payload.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/test.h"
#include "image/platform.h"
#include "image/ramdisk.h"
#include "sys/io.h"

#define ROOTFS_LEN 8192u

static char dir_name[64], path[128];
static int dir = -1;
static struct bytes bundle;
static struct platform platform;

static int set_up(void **state)
{
	const char *name = getenv("CLOISTER_PLATFORM");

	(void)state;
	snprintf(dir_name, sizeof dir_name, "/tmp/cloister-payload-XXXXXX");
	if (!mkdtemp(dir_name))
		return -1;
	snprintf(path, sizeof path, "%s/image", dir_name);
	dir = open(dir_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!name || file_map(AT_FDCWD, name, LIMIT_EIF, &bundle, NULL) != CLOISTER_OK)
		return 0;
	return platform_read(bundle, &platform, NULL) != CLOISTER_OK;
}

static int tear_down(void **state)
{
	(void)state;
	drop_map(&bundle);
	unlinkat(dir, "image", 0);
	close(dir);
	return rmdir(dir_name);
}

/* An image on the bundle's platform that asks for `memory_mib`. */
static void image(uint32_t memory_mib, struct buf *out)
{
	static const char *const argv[] = { "/bin/true", NULL }, *const none[] = { NULL };
	own(buf_fini) struct buf ramdisk = BUF_INIT(1u << 20);
	static const uint8_t rootfs[ROOTFS_LEN] = { 'h', 's', 'q', 's' };
	struct manifest_spec spec = { .argv = argv, .env = none, .volumes = none, .cwd = "/",
				      .hostname = "t", .stop_signal = 15, .memory_mib = memory_mib,
				      .rootfs_len = ROOTFS_LEN };
	struct cloister_fault why = { 0 };
	const struct eif *e = &platform.eif;

	if (!bundle.data)
		skip();
	WANT_OK(ramdisk1_head_write(&spec, &ramdisk, &why), &why);
	buf_put(&ramdisk, rootfs, sizeof rootfs);
	struct bytes workload = buf_bytes(&ramdisk);
	const struct eif_part parts[] = {
		{ EIF_KERNEL, e->kernel, e->kernel.len },
		{ EIF_CMDLINE, e->cmdline, e->cmdline.len },
		{ EIF_METADATA, e->metadata, e->metadata.len },
		{ EIF_RAMDISK, e->ramdisks[0], e->ramdisks[0].len },
		{ EIF_RAMDISK, workload, workload.len },
	};
	WANT_OK(eif_write(false, parts, N_OF(parts), out, &why), &why);
}

static void put(struct bytes b)
{
	struct cloister_fault why = { 0 };

	WANT_OK(file_write(dir, "image", 0644, b, &why), &why);
}

static void want_sealed(int fd, struct bytes want)
{
	struct stat st;
	int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

	assert_int_equal(fcntl(fd, F_GET_SEALS) & seals, seals);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, want.len);
	own(drop_mem) uint8_t *got = malloc(want.len);
	assert_int_equal(pread(fd, got, want.len, 0), want.len);
	assert_true(bytes_equal(bytes_of(got, want.len), want));
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
}

static void laid_out_sealed_and_measured(void **state)
{
	(void)state;
	own(buf_fini) struct buf file = BUF_INIT(64u << 20), initrd = BUF_INIT(64u << 20);
	own(payload_close) struct payload p = PAYLOAD_INIT;
	struct measurements want;
	struct cloister_fault why = { 0 };
	struct eif e;

	image(77, &file);
	put(buf_bytes(&file));
	WANT_OK(payload_open(path, &p, &why), &why);
	WANT_OK(eif_read(buf_bytes(&file), &e, &why), &why);
	WANT_OK(measure(&e, &want, &why), &why);
	assert_memory_equal(&p.measured, &want, sizeof want);
	assert_int_equal(p.memory_mib, 77);
	assert_true(bytes_are(e.cmdline, p.cmdline));
	want_sealed(p.kernel_fd, e.kernel);
	for (size_t i = 0; i < e.n_ramdisks; i++)
		buf_put(&initrd, e.ramdisks[i].data, e.ramdisks[i].len);
	want_sealed(p.initrd_fd, buf_bytes(&initrd));
}

/* Every byte that is cut off, and a spread of flipped ones. The checksum is behind none of it. */
static void damaged(void **state)
{
	(void)state;
	own(buf_fini) struct buf file = BUF_INIT(64u << 20);
	own(payload_close) struct payload p = PAYLOAD_INIT;

	image(77, &file);
	for (size_t i = 0; i < 12; i++) {
		put(bytes_of(file.data, file.len * i / 12));
		assert_int_not_equal(payload_open(path, &p, NULL), CLOISTER_OK);
	}
	for (size_t i = 0; i < 12; i++) {
		size_t at = (file.len - 1) * i / 11;
		file.data[at] ^= 0x10;
		put(buf_bytes(&file));
		assert_int_not_equal(payload_open(path, &p, NULL), CLOISTER_OK);
		file.data[at] ^= 0x10;
	}
	assert_int_equal(p.kernel_fd, -1);
}

static void refused(void **state)
{
	(void)state;
	own(payload_close) struct payload p = PAYLOAD_INIT;
	struct cloister_fault why;

	unlinkat(dir, "image", 0);
	assert_int_equal(payload_open(path, &p, &why), CLOISTER_E_MISSING);
	assert_non_null(strstr(why.note, "does not exist"));
	assert_int_equal(payload_open(dir_name, &p, &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "not a regular file"));
	put(BYTES_NONE);
	assert_int_equal(payload_open(path, &p, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "empty"));
	if (!bundle.data)
		skip();
	put(bundle);
	assert_int_equal(payload_open(path, &p, &why), CLOISTER_E_UNSUPPORTED);
	assert_non_null(strstr(why.note, "it has 1 ramdisks"));
}

static void for_another_machine(void **state)
{
	(void)state;
	own(buf_fini) struct buf file = BUF_INIT(64u << 20);
	own(payload_close) struct payload p = PAYLOAD_INIT;
	struct cloister_fault why;

	image(77, &file);
	file.data[7] |= 1; /* flags: arm64 */
	uint32_t crc = eif_crc(buf_bytes(&file));
	for (int i = 0; i < 4; i++)
		file.data[EIF_CRC_AT + (unsigned)i] = (uint8_t)(crc >> (24 - 8 * i));
	put(buf_bytes(&file));
	assert_int_equal(payload_open(path, &p, &why), CLOISTER_E_UNSUPPORTED);
	assert_non_null(strstr(why.note, "arm64"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(laid_out_sealed_and_measured),
		cmocka_unit_test(damaged),
		cmocka_unit_test(for_another_machine),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
