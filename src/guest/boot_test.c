/* SPDX-License-Identifier: Apache-2.0 */
/* boot_test.c - the command line and the file list: what passes, and each thing that must not. */

#include "base/test.h"

#include "base/limits.h"
#include "base/mem.h"
#include "guest/boot.h"

#define MEASURED "console=ttyS0 reboot=t quiet"

static const struct {
	const char *running;
	bool ok, timing;
	size_t at; /* of the refusal, when it is malformed */
} lines[] = {
	{ MEASURED, true, false, 0 },
	{ MEASURED "\n", true, false, 0 },
	{ MEASURED " \n", true, false, 0 },
	{ MEASURED " virtio_mmio.device=512@0xfeb00e00:12", true, false, 0 },
	{ MEASURED " virtio_mmio.device=4K@0xd0000000:5:1  virtio_mmio.device=4K@0xd0001000:6", true, false, 0 },
	{ MEASURED " no_timer_check\n", true, true, 0 },
	{ MEASURED " tsc_early_khz=2500000 lpj=10000000 no_timer_check\n", true, true, 0 },
	{ MEASURED " lpj=1 virtio_mmio.device=512@0xfeb00e00:12 tsc_early_khz=1", true, true, 0 },
	/* cut, shifted, extended */
	{ "", false, false, 0 },
	{ "reboot=t quiet", false, false, 0 },
	{ "onsole=ttyS0 reboot=t quiet", false, false, 0 },
	{ "console=ttyS0 reboot=t quie", false, false, 0 },
	{ " " MEASURED, false, false, 0 },
	{ MEASURED "r", false, false, 28 },
	{ MEASURED "\tlpj=1", false, false, 28 },
	{ MEASURED " init=/bin/sh", false, false, 29 },
	{ MEASURED " rdinit=/agent lpj=1", false, false, 29 },
	{ MEASURED " lpj=1 lpj=2", false, false, 35 },
	{ MEASURED " no_timer_check no_timer_check", false, false, 44 },
	{ MEASURED " lpj=", false, false, 29 },
	{ MEASURED " lpj=1x", false, false, 29 },
	{ MEASURED " lpj=-1", false, false, 29 },
	{ MEASURED " tsc_early_khz=12345678901", false, false, 29 },
	{ MEASURED " no_timer_check=1", false, false, 29 },
	{ MEASURED " virtio_mmio.device=512@0xfeb00e00", false, false, 29 },
	{ MEASURED " virtio_mmio.device=512@0xfeb00e00:12,x", false, false, 29 },
	{ MEASURED " virtio_mmio.device=512@0xFEB00E00:12", false, false, 29 },
	{ MEASURED " virtio_mmio.device=", false, false, 29 },
	{ MEASURED " virtio_mmio.devices=512@0xfeb00e00:12", false, false, 29 },
	{ MEASURED " \"lpj=1\"", false, false, 29 },
	{ MEASURED " -- sh", false, false, 29 },
	{ MEASURED " console=ttyS0", false, false, 29 },
	{ MEASURED " lpj=1\nlpj=2", false, false, 29 },
};

static void command_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(lines); i++) {
		struct cloister_fault why = { 0 };
		bool timing = !lines[i].timing;
		enum cloister_err err = boot_cmdline(bytes_text(lines[i].running), bytes_text(MEASURED),
						     &timing, &why);
		if ((err == CLOISTER_OK) != lines[i].ok)
			fail_msg("row %zu: `%s`: %s", i, lines[i].running, why.note);
		if (lines[i].ok)
			assert_int_equal(timing, lines[i].timing);
		else
			assert_string_equal(why.what, "cmdline");
		if (err == CLOISTER_E_MALFORMED && why.at != lines[i].at)
			fail_msg("row %zu: refused at %zu, not at %zu", i, why.at, lines[i].at);
	}
}

static void no_measured_copy(void **state)
{
	static char huge[LIMIT_EIF_CMDLINE + 1];
	struct cloister_fault why;
	bool timing;
	(void)state;

	memset(huge, 'x', sizeof huge);
	assert_int_equal(boot_cmdline(bytes_text("x"), BYTES_NONE, &timing, &why), CLOISTER_E_LIMIT);
	assert_int_equal(boot_cmdline(BYTES_OF(huge), BYTES_OF(huge), &timing, &why), CLOISTER_E_LIMIT);
}

/* Every cut of the front and of the back of the measured text is another command line. */
static void every_cut(void **state)
{
	static const char text[] = MEASURED;
	struct cloister_fault why;
	bool timing;
	(void)state;

	for (size_t cut = 1; cut < sizeof text; cut++) {
		assert_int_not_equal(boot_cmdline(bytes_text(text + cut), bytes_text(text), &timing, &why),
				     CLOISTER_OK);
		assert_int_not_equal(boot_cmdline(bytes_of(text, sizeof text - 1 - cut), bytes_text(text),
						  &timing, &why),
				     CLOISTER_OK);
	}
}

static void a_good_list(void **state)
{
	struct boot_file files[BOOT_FILES_MAX];
	struct cloister_fault why = { 0 };
	size_t n = 0;
	(void)state;

	WANT_OK(boot_files(bytes_text("122056 init\n174632 agent\n97 cmdline\n0 modules/00-a_b.ko\n"), files,
			   &n, &why),
		&why);
	assert_int_equal(n, 4);
	assert_string_equal(files[0].name, "init");
	assert_int_equal(files[0].len, 122056);
	assert_string_equal(files[3].name, "modules/00-a_b.ko");
	assert_int_equal(files[3].len, 0);
}

#define GOOD "1 init\n2 agent\n3 cmdline\n"

static const struct {
	const char *list;
	enum cloister_err err;
	const char *what;
	size_t at;
} lists[] = {
	{ "", CLOISTER_E_MISSING, "files", CLOISTER_NOWHERE },
	{ "1 init\n2 agent\n", CLOISTER_E_MISSING, "files", CLOISTER_NOWHERE },
	{ "2 agent\n3 cmdline\n", CLOISTER_E_MISSING, "files", CLOISTER_NOWHERE },
	{ "1 init\n2 agent\n3 cmdline", CLOISTER_E_MALFORMED, "line feed", 24 },
	{ GOOD "1 init\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "\n", CLOISTER_E_MALFORMED, "length", 25 },
	{ GOOD "x\n", CLOISTER_E_MALFORMED, "length", 25 },
	{ GOOD "01 x\n", CLOISTER_E_MALFORMED, "length", 25 },
	{ GOOD "-1 x\n", CLOISTER_E_MALFORMED, "length", 25 },
	{ GOOD "1234567890123456 x\n", CLOISTER_E_MALFORMED, "length", 25 },
	{ GOOD "1\n", CLOISTER_E_MALFORMED, "space", 25 },
	{ GOOD "1\tx\n", CLOISTER_E_MALFORMED, "space", 25 },
	{ GOOD "1 \n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1  x\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 /x\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 ../x\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 a/../x\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 a//x\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 a/\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 .\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 a b\n", CLOISTER_E_MALFORMED, "name", 25 },
	{ GOOD "1 \xc3\xa4\n", CLOISTER_E_MALFORMED, "name", 25 },
};

static void bad_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(lists); i++) {
		struct boot_file files[BOOT_FILES_MAX];
		struct cloister_fault why = { 0 };
		size_t n = 77;
		enum cloister_err err = boot_files(bytes_text(lists[i].list), files, &n, &why);
		if (err != lists[i].err || strcmp(why.what, lists[i].what) != 0 || why.at != lists[i].at)
			fail_msg("row %zu: %s, %s at %zu", i, cloister_err_name(err), why.what, why.at);
		assert_int_equal(n, 77);
	}
}

static void too_many_files(void **state)
{
	struct boot_file files[BOOT_FILES_MAX];
	own(buf_fini) struct buf list = BUF_INIT(BOOT_LIST_MAX);
	struct cloister_fault why;
	size_t n;
	(void)state;

	for (unsigned i = 0; i <= BOOT_FILES_MAX; i++)
		buf_print(&list, "1 f%u\n", i);
	assert_int_equal(boot_files(buf_bytes(&list), files, &n, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "files");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_lines), cmocka_unit_test(no_measured_copy),
		cmocka_unit_test(every_cut),	 cmocka_unit_test(a_good_list),
		cmocka_unit_test(bad_lists),	 cmocka_unit_test(too_many_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
