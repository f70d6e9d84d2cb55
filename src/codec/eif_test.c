/* SPDX-License-Identifier: Apache-2.0 */
/* The EIF reader: what is refused, where and in which words; every prefix; every flipped bit. */

#include "codec/eif.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hex.h"
#include "codec/eif_test.h"

/* One section of each kind, two ramdisks. Headers at 548, 572, 598, 612, 632, 652; 668 bytes. */
static const struct part {
	char letter;
	enum eif_kind kind;
	const char *data;
} samples[] = {
	{ 'K', EIF_KERNEL, "KERNELKERNEL" }, { 'C', EIF_CMDLINE, "quiet panic=-1" },
	{ 'M', EIF_METADATA, "{}" },	     { 'R', EIF_RAMDISK, "RAMDISK0" },
	{ 'S', EIF_SIGNATURE, "SIG!" },
};

static void make(const char *letters, struct buf *out)
{
	struct eif_part parts[LIMIT_EIF_SECTIONS];
	struct cloister_fault why;
	size_t n = 0;

	for (; *letters; letters++)
		for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
			if (samples[i].letter == *letters)
				parts[n++] = (struct eif_part){ samples[i].kind,
								bytes_text(samples[i].data),
								strlen(samples[i].data) };
	assert_int_equal(eif_write(false, parts, n, out, &why), CLOISTER_OK);
}

static void fix_crc(struct buf *file)
{
	struct wr w = wr_open(file->data + EIF_CRC_AT, 4);

	wr_be32(&w, eif_crc(buf_bytes(file)));
}

static void good_file(void **state)
{
	own(buf_fini) struct buf file = BUF_INIT(1 << 20);
	struct cloister_fault why;
	struct eif e;

	(void)state;
	make("KCMRRS", &file);
	assert_int_equal(file.len, 668);
	assert_int_equal(eif_read(buf_bytes(&file), &e, &why), CLOISTER_OK);
	assert_false(e.arm64);
	assert_int_equal(e.n_sections, 6);
	assert_int_equal(e.n_ramdisks, 2);
	assert_true(bytes_are(e.kernel, "KERNELKERNEL"));
	assert_true(bytes_are(e.cmdline, "quiet panic=-1"));
	assert_true(bytes_are(e.metadata, "{}"));
	assert_true(bytes_are(e.signature, "SIG!"));
	assert_int_equal(e.sections[4].at, 644);
	assert_string_equal(eif_kind_name(e.sections[4].kind), "ramdisk");
}

/* Sections by letter: which may be there, how often, in which order. */
static const struct {
	const char *letters;
	enum cloister_err err;
	const char *what;
	size_t at;
	const char *note;
} orders[] = {
	{ "KCMR", 0, NULL, 0, NULL },
	{ "KCMRR", 0, NULL, 0, NULL },
	{ "KCMRRRS", 0, NULL, 0, NULL },
	{ "KCM", CLOISTER_E_MALFORMED, "num_sections", 0x1a, "the least" },
	{ "KKCMR", CLOISTER_E_MALFORMED, "section_type", 572, "second kernel" },
	{ "KCCMR", CLOISTER_E_MALFORMED, "section_type", 598, "second kernel, command line" },
	{ "KCMMR", CLOISTER_E_MALFORMED, "section_type", 612, "second kernel, command line" },
	{ "KCMRSS", CLOISTER_E_MALFORMED, "section_type", 648, "signature section" },
	{ "CKMR", CLOISTER_E_MALFORMED, "section_type", 574, "not in the order" },
	{ "RKCM", CLOISTER_E_MALFORMED, "section_type", 568, "not in the order" },
	{ "KCRM", CLOISTER_E_MALFORMED, "section_type", 618, "not in the order" },
	{ "KMCR", CLOISTER_E_MALFORMED, "section_type", 586, "not in the order" },
	{ "KCMSR", CLOISTER_E_MALFORMED, "section_type", 628, "not in the order" },
	{ "KCMS", CLOISTER_E_MALFORMED, "ramdisk", 0x1a, "no ramdisk" },
	{ "CMRR", CLOISTER_E_MALFORMED, "kernel", 0x1a, "no kernel" },
	{ "KMRR", CLOISTER_E_MALFORMED, "cmdline", 0x1a, "no command line" },
	{ "KCRR", CLOISTER_E_MALFORMED, "metadata", 0x1a, "no metadata" },
};

static void expect(enum cloister_err err, const struct cloister_fault *why, enum cloister_err want,
		   const char *what, size_t at, const char *note)
{
	if (err != want || (err && (strcmp(why->what, what) || why->at != at || !strstr(why->note, note)))) {
		char text[512];
		print_error("%s\n", err ? cloister_fault_text(why, text, sizeof text) : "accepted");
		fail_msg("expected %s at %zu: %s", what ? what : "success", at, note ? note : "");
	}
}

static void section_orders(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
		own(buf_fini) struct buf file = BUF_INIT(1 << 20);
		struct cloister_fault why;
		struct eif e;

		print_message("%s\n", orders[i].letters);
		make(orders[i].letters, &file);
		enum cloister_err err = eif_read(buf_bytes(&file), &e, &why);
		expect(err, &why, orders[i].err, orders[i].what, orders[i].at, orders[i].note);
	}
}

/* Edits of the good file: bytes put at an offset, a new length, the checksum made right or left. */
static const struct tamper {
	const char *name;
	size_t at;
	const char *hex;
	size_t cut_to;
	const char *append;
	bool right_crc;
	enum cloister_err err;
	const char *what;
	size_t fault_at;
	const char *note;
} tampers[] = {
	{ "magic", 0, "2e656967", 0, "", 1, CLOISTER_E_MALFORMED, "magic", 0, "not an enclave image" },
	{ "version 3", 4, "0003", 0, "", 1, CLOISTER_E_UNSUPPORTED, "version", 4, "only version 4" },
	{ "flag bit 1", 6, "0002", 0, "", 1, CLOISTER_E_MALFORMED, "flags", 6, "other than the architecture" },
	{ "arm64", 6, "0001", 0, "", 1, CLOISTER_OK, NULL, 0, NULL },
	{ "reserved", 0x18, "0001", 0, "", 1, CLOISTER_E_MALFORMED, "reserved", 0x18, "not zero" },
	{ "33 sections", 0x1a, "0021", 0, "", 1, CLOISTER_E_MALFORMED, "num_sections", 0x1a, "more than 32" },
	{ "unused offset", 0x1c + 8 * 6, "0000000000000001", 0, "", 1, CLOISTER_E_MALFORMED, "section_offsets", 0x1c + 8 * 6, "unused offset" },
	{ "unused size", 0x11c + 8 * 31, "0000000000000001", 0, "", 1, CLOISTER_E_MALFORMED, "section_sizes", 0x11c + 8 * 31, "unused size" },
	{ "unused word", 0x21c, "00000100", 0, "", 1, CLOISTER_E_MALFORMED, "unused", 0x21c, "not zero" },
	{ "wrong checksum", 0x220, "00000000", 0, "", 0, CLOISTER_E_MALFORMED, "crc32", 0x220, "the checksum is 00000000 but" },
	{ "changed content", 624, "58", 0, "", 0, CLOISTER_E_MALFORMED, "crc32", 0x220, "checksum" },
	{ "gap", 0x1c + 8, "0000000000000240", 0, "", 1, CLOISTER_E_MALFORMED, "section_offsets", 0x1c + 8, "gap before" },
	{ "overlap", 0x1c + 16, "0000000000000255", 0, "", 1, CLOISTER_E_MALFORMED, "section_offsets", 0x1c + 16, "overlaps" },
	{ "first section in the header", 0x1c, "0000000000000010", 0, "", 1, CLOISTER_E_MALFORMED, "section_offsets", 0x1c, "overlaps" },
	{ "section type 0", 612, "0000", 0, "", 1, CLOISTER_E_MALFORMED, "section_type", 612, "not known" },
	{ "section type 6", 612, "0006", 0, "", 1, CLOISTER_E_MALFORMED, "section_type", 612, "not known" },
	{ "section type 65535", 612, "ffff", 0, "", 1, CLOISTER_E_MALFORMED, "section_type", 612, "not known" },
	{ "section flags", 614, "8000", 0, "", 1, CLOISTER_E_MALFORMED, "section_flags", 614, "flag is set" },
	{ "two sizes", 616, "0000000000000007", 0, "", 1, CLOISTER_E_MALFORMED, "section_size", 616, "another size" },
	{ "two sizes, table", 0x11c, "000000000000000b", 0, "", 1, CLOISTER_E_MALFORMED, "section_size", 552, "another size" },
	{ "NUL in the command line", 590, "00", 0, "", 1, CLOISTER_E_MALFORMED, "cmdline", 584, "a NUL or a line feed" },
	{ "line feed in the command line", 597, "0a", 0, "", 1, CLOISTER_E_MALFORMED, "cmdline", 584, "a NUL or a line feed" },
	{ "trailing byte", 0, "", 0, "x", 1, CLOISTER_E_MALFORMED, "file size", 668, "behind the last section" },
	{ "last byte cut", 0, "", 667, "", 1, CLOISTER_E_MALFORMED, "section_size", 656, "ends inside this section" },
	{ "last section cut", 0, "", 652, "", 1, CLOISTER_E_MALFORMED, "section_type", 652, "ends inside this field" },
	{ "header only", 0, "", 548, "", 1, CLOISTER_E_MALFORMED, "section_type", 548, "ends inside this field" },
};

static void tamper_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof tampers / sizeof *tampers; i++) {
		const struct tamper *t = &tampers[i];
		own(buf_fini) struct buf file = BUF_INIT(1 << 20);
		struct cloister_fault why;
		struct eif e;
		size_t n = 0;

		print_message("%s\n", t->name);
		make("KCMRRS", &file);
		assert_int_equal(hex_read(bytes_text(t->hex), file.data + t->at, 8, &n, &why), CLOISTER_OK);
		file.len = t->cut_to ? t->cut_to : file.len;
		buf_text(&file, t->append);
		if (t->right_crc)
			fix_crc(&file);
		enum cloister_err err = eif_read(buf_bytes(&file), &e, &why);
		expect(err, &why, t->err, t->what, t->fault_at, t->note);
	}
}

/* Sizes that agree with each other and are still too much. */
static void ceilings(void **state)
{
	static const struct {
		size_t section, header_at;
		const char *size, *note;
	} rows[] = {
		{ 1, 572, "0000000000000801", "larger than its kind" },
		{ 2, 598, "0000000000100001", "larger than its kind" },
		{ 3, 612, "0000000400000001", "larger than its kind" },
		{ 3, 612, "ffffffffffffffff", "larger than its kind" },
		{ 3, 612, "0000000100000000", "ends inside this section" },
		{ 5, 652, "0000000000008001", "larger than its kind" },
		{ 5, 652, "0000000000000000", "is empty" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		own(buf_fini) struct buf file = BUF_INIT(1 << 20);
		struct cloister_fault why;
		struct eif e;
		size_t n;

		make("KCMRRS", &file);
		uint8_t *table = file.data + 0x11c + 8 * rows[i].section;
		assert_int_equal(hex_read(bytes_text(rows[i].size), table, 8, &n, &why), CLOISTER_OK);
		memcpy(file.data + rows[i].header_at + 4, table, 8);
		fix_crc(&file);
		enum cloister_err err = eif_read(buf_bytes(&file), &e, &why);
		expect(err, &why, CLOISTER_E_MALFORMED, "section_size", rows[i].header_at + 4, rows[i].note);
	}
}

static void every_prefix_and_bit(void **state)
{
	own(buf_fini) struct buf file = BUF_INIT(1 << 20);
	struct cloister_fault why;
	struct eif e;

	(void)state;
	make("KCMRRS", &file);
	for (size_t len = 0; len < file.len; len++) {
		uint8_t *copy = malloc(len ? len : 1);
		memcpy(copy, file.data, len);
		assert_int_not_equal(eif_read(bytes_of(copy, len), &e, &why), CLOISTER_OK);
		free(copy);
	}
	for (size_t bit = 0; bit < 8 * file.len; bit++) {
		file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(eif_read(buf_bytes(&file), &e, &why), CLOISTER_OK);
		file.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(eif_read(buf_bytes(&file), &e, &why), CLOISTER_OK);
}

static void kernels(void **state)
{
	static const struct {
		const char *name;
		bool is_signed;
		size_t len, spoil_at;
		const char *what, *note;
		size_t at;
	} rows[] = {
		{ "whole", false, 1072, 0, NULL, NULL, 0 },
		{ "signed for Secure Boot", true, 1096, 0, NULL, NULL, 0 },
		{ "nine bytes of command line behind", false, 1081, 0, "kernel", "9 bytes follow", 1072 },
		{ "nine bytes behind the signature", true, 1105, 0, "kernel", "9 bytes follow", 1096 },
		{ "signature that no header announces", false, 1096, 0, "kernel", "24 bytes follow", 1072 },
		{ "cut off", false, 1071, 0, "kernel", "cut off", 1071 },
		{ "signature cut off", true, 1072, 0, "kernel", "cut off", 1072 },
		{ "no boot flag", false, 1072, 0x1fe, "boot_flag", "no bzImage", 0x1fe },
		{ "no HdrS", false, 1072, 0x203, "header", "no bzImage", 0x202 },
		{ "empty", false, 0, 0, "boot sector", "ends inside", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct cloister_fault why;
		struct eif e = { 0 };
		uint8_t room[2048];

		print_message("%s\n", rows[i].name);
		e.kernel = bzimage(room, rows[i].is_signed, rows[i].len);
		if (rows[i].spoil_at)
			room[rows[i].spoil_at] ^= 1;
		enum cloister_err err = eif_check_kernel(&e, &why);
		expect(err, &why, rows[i].what ? CLOISTER_E_MALFORMED : CLOISTER_OK, rows[i].what,
		       rows[i].at, rows[i].note);
	}
}

static void kernel_versions(void **state)
{
	uint8_t room[2048];
	char version[64];

	(void)state;
	eif_kernel_version(bzimage(room, false, 1072), version);
	assert_string_equal(version, "6.12.1-test");
	eif_kernel_version(bytes_text("short"), version);
	assert_string_equal(version, "");
}

static void arm64_kernels(void **state)
{
	struct cloister_fault why;
	uint8_t image[64] = { 0 };
	struct eif e = { .arm64 = true, .kernel = BYTES_OF(image) };

	(void)state;
	expect(eif_check_kernel(&e, &why), &why, CLOISTER_E_MALFORMED, "magic", 56, "arm64 Image");
	memcpy(image + 56, "ARM\x64", 4);
	assert_int_equal(eif_check_kernel(&e, &why), CLOISTER_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file),	    cmocka_unit_test(section_orders),
		cmocka_unit_test(tamper_table),	    cmocka_unit_test(ceilings),
		cmocka_unit_test(every_prefix_and_bit), cmocka_unit_test(kernels),
		cmocka_unit_test(kernel_versions),  cmocka_unit_test(arm64_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
