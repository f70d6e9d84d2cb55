/* SPDX-License-Identifier: Apache-2.0 */
/* ccel_test.c - event logs of our own making, right or wrong in one place, and the genuine ones. */

#include "base/test.h"

#include <dirent.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/wr.h"
#include "evidence/event_log.h"
#include "evidence/genuine.h"

static const char *folder;

static uint8_t room[1u << 16];

/* A header with SHA-384 alone, as TDX firmware writes it. */
static void put_header(struct wr *w)
{
	wr_le32(w, 1);
	wr_le32(w, 3);
	wr_zero(w, 20);
	wr_le32(w, 33);
	wr_put(w, bytes_of("Spec ID Event03", 16));
	wr_le32(w, 0);
	wr_u8(w, 0);
	wr_u8(w, 2);
	wr_u8(w, 0);
	wr_u8(w, 2);
	wr_le32(w, 1);
	wr_le16(w, 0x0c);
	wr_le16(w, 48);
	wr_u8(w, 0);
}

/* An event whose digest is that of `measured`. */
static void put_event(struct wr *w, uint32_t reg, uint32_t type, struct bytes measured, struct bytes data)
{
	uint8_t digest[SHA384_LEN];

	WANT_OK(hash_sha384(measured, digest, NULL), &(struct cloister_fault){ 0 });
	wr_le32(w, reg);
	wr_le32(w, type);
	wr_le32(w, 1);
	wr_le16(w, 0x0c);
	wr_put(w, BYTES_OF(digest));
	wr_le32(w, (uint32_t)data.len);
	wr_put(w, data);
}

#define SEPARATOR bytes_of("\0\0\0\0", 4)
#define ACTION bytes_text("Exit Boot Services Invocation")

static const uint8_t secure_boot[] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11, 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
	10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
	'S', 0, 'e', 0, 'c', 0, 'u', 0, 'r', 0, 'e', 0, 'B', 0, 'o', 0, 'o', 0, 't', 0, 1,
};

/* Seven events in three registers, one of each manner of proof. */
static struct bytes good_log(void)
{
	struct wr w = wr_open(room, sizeof room);
	struct bytes variable = BYTES_OF(secure_boot), log;

	put_header(&w);
	put_event(&w, 0, 3, bytes_text("never extended"), bytes_text("nothing"));
	put_event(&w, 1, 0x80000001, variable, variable);
	put_event(&w, 1, 0x80000002, bytes_of(secure_boot + 52, 1), variable);
	put_event(&w, 1, 4, SEPARATOR, SEPARATOR);
	put_event(&w, 2, 4, SEPARATOR, SEPARATOR);
	put_event(&w, 2, 0x80000007, ACTION, ACTION);
	put_event(&w, 3, 0xd, bytes_text("set timeout=0"), bytes_of("grub_cmd: set timeout=0", 24));
	put_event(&w, 3, 0x80000003, bytes_text("an image"), bytes_text("\x1b[31mred"));
	WANT_OK(wr_close(&w, "log", &log, NULL), &(struct cloister_fault){ 0 });
	return log;
}

static void a_log_is_replayed(void **state)
{
	uint8_t want[SHA384_LEN] = { 0 }, step[2 * SHA384_LEN] = { 0 };
	struct cloister_fault why = { 0 };
	struct ccel_walk w = CCEL_START;
	struct ccel_event e;
	struct ccel c;
	unsigned n = 0, proven = 0;
	(void)state;

	WANT_OK(ccel_read(good_log(), &c, &why), &why);
	assert_int_equal(c.n_events, 8);
	/* RTMR1 by hand: the separator, then the action. */
	WANT_OK(hash_sha384(SEPARATOR, step + SHA384_LEN, &why), &why);
	WANT_OK(hash_sha384(BYTES_OF(step), step, &why), &why);
	WANT_OK(hash_sha384(ACTION, step + SHA384_LEN, &why), &why);
	WANT_OK(hash_sha384(BYTES_OF(step), want, &why), &why);
	assert_memory_equal(c.rtmr[1], want, SHA384_LEN);
	assert_true(mem_is_zero(c.rtmr[3], SHA384_LEN));
	assert_false(mem_is_zero(c.rtmr[0], SHA384_LEN));

	while (ccel_next(&c, &w, &e)) {
		assert_int_equal(e.digest.len, SHA384_LEN);
		proven += e.proof == CCEL_PROVEN;
		n++;
	}
	assert_int_equal(n, 8);
	assert_int_equal(c.n_extended[0] + c.n_extended[1] + c.n_extended[2] + c.n_extended[3], 7);
	assert_int_equal(c.n_extended[1], 2);
	assert_int_equal(proven, 6); /* not the one that is never extended, not the image */
}

/* Which registers are the log's, one by one: each in full, and no shorter or longer value. */
static void registers_are_compared(void **state)
{
	struct cloister_fault why = { 0 };
	struct bytes rtmr[CCEL_RTMRS];
	struct event_log log;
	bool same[CCEL_RTMRS];
	(void)state;

	WANT_OK(event_log_read(good_log(), &log, &why), &why);
	for (unsigned i = 0; i < CCEL_RTMRS; i++)
		rtmr[i] = BYTES_OF(log.rtmr[i]);
	event_log_compare(&log, rtmr, same);
	assert_true(same[0] && same[1] && same[2] && same[3]);
	rtmr[2] = BYTES_OF(log.rtmr[1]);
	rtmr[3] = bytes_of(log.rtmr[3], 0);
	event_log_compare(&log, rtmr, same);
	assert_true(same[0] && same[1] && !same[2] && !same[3]);
	for (unsigned at = 0; at < SHA384_LEN; at++) {
		uint8_t other[SHA384_LEN];
		memcpy(other, log.rtmr[0], sizeof other);
		other[at] ^= 1;
		rtmr[0] = BYTES_OF(other);
		event_log_compare(&log, rtmr, same);
		assert_false(same[0]);
	}
}

/* The events as people read them. */
static void account(struct bytes in, struct buf *out)
{
	struct cloister_fault why = { 0 };
	struct event_log log;
	struct log_event e;
	size_t n = 0;

	WANT_OK(event_log_read(in, &log, &why), &why);
	for (size_t at = 0; event_log_next(&log, &at, &e); n++) {
		const char *name = event_log_type_name(&log, e.type);
		buf_print(out, "%u %s(%s) %c %s\n", e.reg, name ? name : "none", e.label,
			  e.proof == CCEL_PROVEN ? '=' : '?', e.text);
		assert_true(strlen(e.label) < EVENT_LABEL_MAX);
		assert_true(strlen(e.text) < EVENT_TEXT_MAX);
		assert_true(e.is_extended || e.proof == CCEL_CLAIMED);
	}
	assert_int_equal(n, log.n_events);
	for (size_t i = 0; i < out->len; i++)
		assert_true(out->data[i] == '\n' || (out->data[i] >= 0x20 && out->data[i] < 0x7f));
}

static void the_account_is_printable(void **state)
{
	struct buf out = BUF_INIT(1u << 16);
	(void)state;

	account(good_log(), &out);
	const char *text = buf_string(&out);
	assert_non_null(strstr(text, "1 EV_EFI_VARIABLE_DRIVER_CONFIG() = SecureBoot 8be4df61-93ca-11d2-aa0d-00e098032b8c 01\n"));
	assert_non_null(strstr(text, "3 EV_IPL(grub_cmd) = set timeout=0\n"));
	assert_non_null(strstr(text, "3 EV_EFI_BOOT_SERVICES_APPLICATION() ? 1b5b33316d726564\n"));
	assert_non_null(strstr(text, "0 EV_NO_ACTION() ? "));
	/* of a variable whose content alone is measured, the name is only said */
	assert_non_null(strstr(text, "1 EV_EFI_VARIABLE_BOOT(SecureBoot) = 01\n"));
	buf_fini(&out);
}

/* A label is only said, so it may not look like more: nothing in it ends it or begins a text. */
static void labels_are_plain(void **state)
{
	struct wr w = wr_open(room, sizeof room);
	struct buf out = BUF_INIT(1u << 16);
	char prefix[200];
	(void)state;

	memset(prefix, 'p', sizeof prefix);
	memcpy(prefix + sizeof prefix - 7, ": quiet", 7);
	put_header(&w);
	put_event(&w, 3, 0xd, bytes_text("quiet"), bytes_text("a) = b (\xff: quiet"));
	put_event(&w, 3, 0xd, bytes_text("quiet"), bytes_of(prefix, sizeof prefix));
	put_event(&w, 3, 0xd, bytes_text("quiet"), bytes_of("quiet", 6));
	account(bytes_of(room, w.len), &out);
	const char *text = buf_string(&out);
	assert_non_null(strstr(text, "3 EV_IPL(a....b...) = quiet\n"));
	assert_non_null(strstr(text, "ppp...) = quiet\n"));
	assert_non_null(strstr(text, "3 EV_IPL() = quiet\n"));
	buf_fini(&out);
}

/* The line of one event: `=` when `measured` proves it, `?` when it does not. */
static void assert_told(uint32_t type, struct bytes measured, struct bytes data, const char *line)
{
	own(buf_fini) struct buf out = BUF_INIT(1u << 16);
	struct wr w = wr_open(room, sizeof room);

	put_header(&w);
	put_event(&w, 1, type, measured, data);
	assert_false(w.full);
	account(bytes_of(room, w.len), &out);
	assert_string_equal(buf_string(&out), line);
}

#define OTHER bytes_text("other")
#define HEX(b) "0" b "0" b "0" b "0" b "0" b "0" b "0" b "0" b
#define HEX32(b) HEX(b) HEX(b) HEX(b) HEX(b)

/* UEFI_VARIABLE_DATA in `out`; GUID of ones, a name of n times `c`, the content. */
static struct bytes variable(uint8_t *out, size_t n, unsigned c, struct bytes content)
{
	struct wr w = wr_open(out, 2048);

	for (int i = 0; i < 16; i++)
		wr_u8(&w, (uint8_t)i);
	wr_le64(&w, n);
	wr_le64(&w, content.len);
	for (size_t i = 0; i < n; i++)
		wr_le16(&w, (uint16_t)c);
	wr_put(&w, content);
	return bytes_of(out, w.len);
}

#define GUID "03020100-0504-0706-0809-0a0b0c0d0e0f"

static void texts_are_ascii_and_end(void **state)
{
	static char text[1001], line[2000];
	(void)state;

	assert_told(EV_ACTION, OTHER, bytes_of("a\x1f ~\x7f\x80", 7), "1 EV_ACTION() ? a. ~..\n");
	assert_told(EV_ACTION, OTHER, bytes_of("ab", 3), "1 EV_ACTION() ? ab\n");
	assert_told(EV_ACTION, OTHER, bytes_of("ab\0", 4), "1 EV_ACTION() ? ab.\n");
	assert_told(EV_ACTION, OTHER, bytes_of("b", 2), "1 EV_ACTION() ? b\n");
	assert_told(EV_ACTION, OTHER, BYTES_NONE, "1 EV_ACTION() ? \n");
	memset(text, 'x', sizeof text);
	snprintf(line, sizeof line, "1 EV_ACTION() ? %.400s\n", text);
	assert_told(EV_ACTION, OTHER, bytes_of(text, 400), line);
	snprintf(line, sizeof line, "1 EV_ACTION() ? %.400s ... 401 bytes\n", text);
	assert_told(EV_ACTION, OTHER, bytes_of(text, 401), line);
	assert_told(EV_EFI_ACTION, bytes_of("ab", 3), bytes_of("ab", 3), "1 EV_EFI_ACTION() = ab\n");
	assert_told(EV_IPL, bytes_of("", 0), BYTES_NONE, "1 EV_IPL() = \n");
	/* anything else is digits */
	memset(text, 1, sizeof text);
	assert_told(1, OTHER, bytes_of(text, 32), "1 EV_POST_CODE() ? " HEX32("1") "\n");
	assert_told(1, OTHER, bytes_of(text, 33), "1 EV_POST_CODE() ? " HEX32("1") " ... 33 bytes\n");
	assert_told(0, OTHER, bytes_of(text, 1), "1 EV_PREBOOT_CERT() ? 01\n");
	assert_told(0x08000001, OTHER, bytes_of(text, 1), "1 none() ? 01\n"); /* dstack's, but in no log of dstack's */
}

static void variables_are_told(void **state)
{
	static uint8_t data[2048];
	static char name[501], line[2000];
	struct bytes v;
	(void)state;

	v = variable(data, 3, 'n', bytes_of("\x01", 1));
	assert_told(EV_EFI_VARIABLE_AUTHORITY, v, v, "1 EV_EFI_VARIABLE_AUTHORITY() = nnn " GUID " 01\n");
	assert_told(EV_EFI_VARIABLE_BOOT, v, v, "1 EV_EFI_VARIABLE_BOOT() = nnn " GUID " 01\n");
	v = variable(data, 3, 'n', bytes_of("", 0));
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, "1 EV_EFI_VARIABLE_BOOT2() = nnn " GUID " empty\n");
	v = variable(data, 2, 'n' | 0x100, bytes_of("\x01", 1)); /* no ASCII */
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, "1 EV_EFI_VARIABLE_BOOT2() = .. " GUID " 01\n");
	assert_told(EV_EFI_VARIABLE_BOOT, bytes_of("\x01", 1), v, "1 EV_EFI_VARIABLE_BOOT(..) = 01\n");
	v = variable(data, 2, 0, bytes_of("\x01", 1)); /* the last NUL ends it, one before does not */
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, "1 EV_EFI_VARIABLE_BOOT2() = . " GUID " 01\n");
	memset(name, 'n', sizeof name - 1);
	v = variable(data, 100, 'n', bytes_of("\x01", 1)); /* nearly all is name */
	snprintf(line, sizeof line, "1 EV_EFI_VARIABLE_BOOT2() = %.100s " GUID " 01\n", name);
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, line);
	snprintf(line, sizeof line, "1 EV_EFI_VARIABLE_BOOT(%.60s...) = 01\n", name);
	assert_told(EV_EFI_VARIABLE_BOOT, bytes_of("\x01", 1), v, line);
	v = variable(data, 401, 'n', bytes_of("\x01", 1));
	snprintf(line, sizeof line, "1 EV_EFI_VARIABLE_BOOT2() = %.400s " GUID " 01\n", name);
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, line);
	/* of another form: digits */
	v = variable(data, 1, 'n', bytes_of("\x01", 1));
	v.len++;
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, "1 EV_EFI_VARIABLE_BOOT2() = 000102030405060708090a0b0c0d0e0f0100000000000000"
		    "0100000000000000 ... 36 bytes\n");
	/* as many letters as wrap to none */
	data[16] = 0, data[23] = 0x80, data[24] = 4;
	assert_told(EV_EFI_VARIABLE_BOOT2, v, v, "1 EV_EFI_VARIABLE_BOOT2() = 000102030405060708090a0b0c0d0e0f0000000000000080"
		    "0400000000000000 ... 36 bytes\n");
}

static void images_and_blobs_are_told(void **state)
{
	static const struct {
		const char *hex; /* the device path */
		const char *text;
	} paths[] = {
		{ "0404080061006200" "7fff0400", " ab" },
		{ "0404080061006200" "04040600" "6300", " ab c" },
		{ "04040400", " " },
		{ "0404050061", " " },
		{ "04040300" "040406006100", "" },   /* shorter than its head: no more is read */
		{ "040408006100", "" },              /* longer than what is left */
		{ "0401060061000501060061007fff0400", "" }, /* nodes of other types */
		{ "0304060061000404060062007fff0400", " b" },
		{ "0404", "" },
		{ "", "" },
	};
	static const uint8_t blob[] = { 2, 'a', 'b', 0x10, 0x20 }, cut[] = { 5, 'a', 'b' };
	static const uint8_t tag[] = { 4, 3, 2, 1, 2, 0, 0, 0, 'a', 'b', 'c' };
	char line[256];
	(void)state;

	for (size_t i = 0; i < N_OF(paths); i++) {
		uint8_t data[256];
		struct wr w = wr_open(data, sizeof data);
		size_t len;
		uint8_t *path = test_hex(paths[i].hex, &len);
		wr_le64(&w, 0x1000);
		wr_le64(&w, 77);
		wr_le64(&w, 0);
		wr_le64(&w, len);
		wr_put(&w, bytes_of(path, len));
		snprintf(line, sizeof line, "1 EV_EFI_BOOT_SERVICES_DRIVER() ? image of 77 bytes at 1000%s\n", paths[i].text);
		assert_told(EV_EFI_BOOT_SERVICES_DRIVER, OTHER, bytes_of(data, w.len), line);
		free(path);
	}
	static const uint8_t lies[33] = { [24] = 2 };
	assert_told(EV_EFI_RUNTIME_SERVICES_DRIVER, OTHER, BYTES_OF(lies),
		    "1 EV_EFI_RUNTIME_SERVICES_DRIVER() ? 0000000000000000000000000000000000000000000000000200000000000000"
		    " ... 33 bytes\n");
	assert_told(EV_EFI_PLATFORM_FIRMWARE_BLOB2, OTHER, BYTES_OF(blob), "1 EV_EFI_PLATFORM_FIRMWARE_BLOB2() ? ab 1020\n");
	assert_told(EV_EFI_HANDOFF_TABLES2, OTHER, BYTES_OF(cut), "1 EV_EFI_HANDOFF_TABLES2() ? 056162\n");
	assert_told(EV_EVENT_TAG, OTHER, bytes_of(tag, 10), "1 EV_EVENT_TAG() ? tag 01020304 ab\n");
	assert_told(EV_EVENT_TAG, OTHER, BYTES_OF(tag), "1 EV_EVENT_TAG() ? 0403020102000000616263\n");
	assert_told(EV_EVENT_TAG, bytes_text("ab"), bytes_of(tag, 10), "1 EV_EVENT_TAG(tag 01020304) = ab\n");
	/* a tag of a wrong size holds nothing, and no part of it is proven by the digest of nothing */
	assert_told(EV_EVENT_TAG, bytes_text(""), BYTES_OF(tag), "1 EV_EVENT_TAG() ? 0403020102000000616263\n");
	assert_told(EV_AAEL, bytes_text("ab"), bytes_of("ab", 3), "1 EV_AAEL() = ab\n");
}

/* What stands before GRUB's first ": " is the label; every letter that may stand in one. */
static void prefixes_are_labels(void **state)
{
	(void)state;
	assert_told(EV_IPL, bytes_text("x"), bytes_text(": x"), "1 EV_IPL() = x\n");
	assert_told(EV_IPL, bytes_text("x"), bytes_text("a: x"), "1 EV_IPL(a) = x\n");
	assert_told(EV_IPL, bytes_text(""), bytes_text("ab: "), "1 EV_IPL(ab) = \n");
	assert_told(EV_IPL, bytes_text("y"), bytes_text("a:b: y"), "1 EV_IPL(a.b) = y\n");
	assert_told(EV_IPL, bytes_text("x"), bytes_text("/09: x"), "1 EV_IPL(.09) = x\n");
	assert_told(EV_IPL, bytes_text("x"), bytes_text(";@AZ[`az{_-\x01\xc1: x"), "1 EV_IPL(..AZ..az._-..) = x\n");
	assert_told(EV_IPL, bytes_text("x"), bytes_text("9:: x"), "1 EV_IPL(9.) = x\n");
}

static void a_log_without_events(void **state)
{
	struct wr w = wr_open(room, sizeof room);
	struct buf out = BUF_INIT(64);
	struct cloister_fault why = { 0 };
	struct ccel_walk at = CCEL_START;
	struct ccel_event e;
	struct ccel c;
	(void)state;

	put_header(&w);
	WANT_OK(ccel_read(bytes_of(room, w.len), &c, &why), &why);
	assert_int_equal(c.n_events, 0);
	assert_non_null(c.events.data); /* nothing is added to NULL */
	assert_int_equal(c.events.len, 0);
	assert_false(ccel_next(&c, &at, &e));
	account(bytes_of(room, w.len), &out);
	assert_int_equal(out.len, 0);
	buf_fini(&out);
}

/* A prefix that ends between two events is a log; any other is refused. */
static void prefixes(void **state)
{
	struct bytes log = good_log();
	struct cloister_fault why = { 0 };
	struct ccel whole, c;
	size_t n_logs = 0;
	(void)state;

	WANT_OK(ccel_read(log, &whole, &why), &why);
	for (size_t n = 0; n < log.len; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, log.data, n);
		if (ccel_read(bytes_of(cut, n), &c, &why) == CLOISTER_OK) {
			assert_true(c.n_events < whole.n_events);
			n_logs++;
		}
		free(cut);
	}
	assert_int_equal(n_logs, whole.n_events);
}

/* Every flipped bit is refused or changes a register, if it is not in data that no digest covers. */
static void flips(void **state)
{
	struct bytes log = good_log();
	struct ccel whole, c;
	struct cloister_fault why = { 0 };
	(void)state;

	WANT_OK(ccel_read(log, &whole, &why), &why);
	size_t quiet = 0;
	for (size_t bit = 0; bit < 8 * log.len; bit++) {
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (ccel_read(log, &c, &why) == CLOISTER_OK &&
		    memcmp(c.rtmr, whole.rtmr, sizeof c.rtmr) == 0)
			quiet++;
		room[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	/* header: index, class, errata, uintnSize; types; texts that are only claimed; EV_NO_ACTION */
	assert_in_range(quiet, 1, 8 * log.len / 4);
}

struct defect {
	const char *name, *what;
	size_t at; /* of the byte to change */
	uint8_t to;
	enum cloister_err err;
};

#define HEADER_LEN 65u
#define FIRST_LEN (4 + 4 + 4 + 2 + 48 + 4 + 7u) /* the event of MRTD */
#define SECOND (HEADER_LEN + FIRST_LEN)

static const struct defect defects[] = {
	{ "header index", "pcrIndex", 0, 5, CLOISTER_E_MALFORMED },
	{ "header type", "eventType", 4, 4, CLOISTER_E_MALFORMED },
	{ "header digest", "digest", 8, 1, CLOISTER_E_MALFORMED },
	{ "header size", "vendorInfoSize", 28, 32, CLOISTER_E_MALFORMED },
	{ "header size", "TCG_EfiSpecIDEvent", 28, 34, CLOISTER_E_MALFORMED },
	{ "signature", "signature", 46, '2', CLOISTER_E_MALFORMED },
	{ "minor", "specVersionMinor", 52, 1, CLOISTER_E_MALFORMED },
	{ "major", "specVersionMajor", 53, 1, CLOISTER_E_MALFORMED },
	{ "uintn", "uintnSize", 55, 4, CLOISTER_E_MALFORMED },
	{ "no algorithms", "numberOfAlgorithms", 56, 0, CLOISTER_E_MALFORMED },
	{ "many algorithms", "numberOfAlgorithms", 56, 9, CLOISTER_E_MALFORMED },
	{ "more algorithms than are there", "algorithmId", 56, 8, CLOISTER_E_MALFORMED },
	{ "unknown algorithm", "algorithmId", 60, 0x27, CLOISTER_E_MALFORMED },
	{ "digest size", "digestSize", 62, 32, CLOISTER_E_MALFORMED },
	{ "vendor info", "vendorInfo", 64, 1, CLOISTER_E_MALFORMED },
	{ "index", "mrIndex", SECOND, 5, CLOISTER_E_MALFORMED },
	{ "MRTD extended", "event", SECOND, 0, CLOISTER_E_MALFORMED },
	{ "digests", "digests.count", SECOND + 8, 2, CLOISTER_E_MALFORMED },
	{ "no digest", "digests.count", SECOND + 8, 0, CLOISTER_E_MALFORMED },
	{ "algorithm", "hashAlg", SECOND + 12, 0x0b, CLOISTER_E_MALFORMED },
	{ "digest", "event", SECOND + 14, 0, CLOISTER_E_MALFORMED },
	{ "data", "event", SECOND + 66 + 52, 0, CLOISTER_E_MALFORMED },
	{ "size", "event", SECOND + 62 + 3, 0xff, CLOISTER_E_MALFORMED },
};

static void one_byte_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(defects); i++) {
		const struct defect *d = &defects[i];
		struct cloister_fault why = { 0 };
		struct ccel c = { .n_events = 77 };
		struct bytes log = good_log();
		room[d->at] = d->to;
		enum cloister_err err = ccel_read(log, &c, &why);
		if (err != d->err || strcmp(why.what, d->what) != 0)
			fail_msg("%s: %s, %s at %zu: %s", d->name, cloister_err_name(err),
				 why.what ? why.what : "-", why.at, why.note);
		assert_int_equal(c.n_events, 77);
	}
}

/* The good log with one more event behind it. */
static enum cloister_err with(uint32_t reg, uint32_t type, struct bytes measured, struct bytes data,
			      struct cloister_fault *why)
{
	struct bytes log = good_log();
	struct wr w = wr_open(room, sizeof room);
	struct ccel c;

	w.len = log.len;
	put_event(&w, reg, type, measured, data);
	enum cloister_err err = ccel_read(bytes_of(room, w.len), &c, why);
	if (err == CLOISTER_E_MALFORMED)
		assert_int_equal(why->at, log.len);
	return err;
}

static void one_event_wrong(void **state)
{
	struct cloister_fault why = { 0 };
	struct bytes ff = bytes_of("\xff\xff\xff\xff", 4), error = bytes_of("\1\0\0\0", 4);
	(void)state;

	WANT_OK(with(3, 4, SEPARATOR, SEPARATOR, &why), &why);
	WANT_OK(with(4, 4, ff, ff, &why), &why);
	assert_int_equal(with(1, 4, SEPARATOR, SEPARATOR, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "second separator"));
	assert_int_equal(with(2, 4, ff, ff, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "second separator"));
	assert_int_equal(with(3, 4, error, error, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "reports an error"));
	assert_int_equal(with(3, 4, SEPARATOR, ff, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "digest"));
	assert_int_equal(with(3, 0x80000007, ACTION, SEPARATOR, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(with(1, 0x800000e0, ACTION, SEPARATOR, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(with(1, 0x8000000c, ACTION, SEPARATOR, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(with(1, 0x80000002, ACTION, BYTES_OF(secure_boot), &why), CLOISTER_E_MALFORMED);
	/* of another form: nothing of it is content, and the digest of nothing proves nothing */
	assert_int_equal(with(1, 0x80000002, bytes_of("", 0), ACTION, &why), CLOISTER_E_MALFORMED);
	uint8_t wraps[36] = { [23] = 0x80, [24] = 4 };
	assert_int_equal(with(1, 0x80000002, bytes_of(wraps + 32, 4), BYTES_OF(wraps), &why), CLOISTER_E_MALFORMED);
	WANT_OK(with(1, 3, ACTION, ACTION, &why), &why);
	assert_int_equal(with(0, 6, ACTION, ACTION, &why), CLOISTER_E_MALFORMED);
	assert_non_null(strstr(why.note, "MRTD"));
}

/* Application events: the tagged form and the plain one. */
static void application_events(void **state)
{
	static const char text[] = "github.com/confidential-containers PullImage {}";
	uint8_t tagged[128];
	struct wr w = wr_open(tagged, sizeof tagged);
	struct cloister_fault why = { 0 };
	struct bytes log = good_log();
	struct ccel_walk at = CCEL_START;
	struct ccel_event e;
	struct ccel c;
	(void)state;

	wr_le32(&w, 0x4141454c);
	wr_le32(&w, sizeof text - 1);
	wr_put(&w, bytes_text(text));
	struct bytes tag = bytes_of(tagged, w.len);
	w = wr_open(room, sizeof room);
	w.len = log.len;
	put_event(&w, 4, 6, bytes_text(text), tag);
	put_event(&w, 4, 6, tag, tag);
	put_event(&w, 4, 0x1a, bytes_text(text), bytes_text(text));
	put_event(&w, 4, 0x1a, bytes_text("another"), bytes_text(text));
	WANT_OK(ccel_read(bytes_of(room, w.len), &c, &why), &why);
	for (unsigned i = 0; ccel_next(&c, &at, &e); i++)
		if (i >= 8)
			assert_int_equal(e.proof, i < 11 ? CCEL_PROVEN : CCEL_CLAIMED);
	struct buf out = BUF_INIT(1u << 16);
	account(bytes_of(room, w.len), &out);
	assert_non_null(strstr(buf_string(&out), "4 EV_EVENT_TAG(tag 4141454c) = github.com/confidential-containers PullImage {}\n"));
	assert_non_null(strstr(buf_string(&out), "4 EV_AAEL() = github.com/confidential-containers PullImage {}\n"));
	assert_non_null(strstr(buf_string(&out), "4 EV_AAEL() ? github.com/confidential-containers PullImage {}\n"));
	assert_non_null(strstr(buf_string(&out), "4 EV_EVENT_TAG() = tag 4141454c github.com/confidential-containers PullImage {}\n"));
	buf_fini(&out);
}

static void padding(void **state)
{
	struct cloister_fault why = { 0 };
	struct ccel c;
	(void)state;

	for (int byte = 0; byte <= 0xff; byte += 0xff)
		for (size_t n = 1; n <= 64; n++) {
			size_t len = good_log().len, least = byte ? 4 : 12;
			memset(room + len, byte, n);
			assert_int_equal(ccel_read(bytes_of(room, len + n), &c, &why) == CLOISTER_OK, n >= least);
			if (n > least) {
				room[len + n - 1] ^= 1;
				assert_int_equal(ccel_read(bytes_of(room, len + n), &c, &why),
						 CLOISTER_E_MALFORMED);
				assert_string_equal(why.what, "padding");
			}
		}
	/* a byte in the midst of it */
	for (int byte = 0; byte <= 0xff; byte += 0xff) {
		size_t len = good_log().len;
		memset(room + len, byte, 64);
		room[len + 32] ^= 1;
		assert_int_equal(ccel_read(bytes_of(room, len + 64), &c, &why), CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, "padding");
	}
	size_t len = good_log().len;
	uint8_t *large = calloc(1, LIMIT_CCEL + 1);
	memcpy(large, room, len);
	WANT_OK(ccel_read(bytes_of(large, LIMIT_CCEL), &c, &why), &why);
	assert_int_equal(ccel_read(bytes_of(large, LIMIT_CCEL + 1), &c, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "larger than 4194304 bytes");
	free(large);
}

/* Values of the header that are as good as the usual ones. */
static void other_headers(void **state)
{
	static const struct {
		size_t at;
		uint8_t to;
	} good[] = { { 0, 0 }, { 0, 4 }, { 54, 9 }, { 55, 1 }, { 55, 2 }, { 48, 1 } };
	(void)state;

	for (size_t i = 0; i < N_OF(good); i++) {
		struct cloister_fault why = { 0 };
		struct bytes log = good_log();
		struct ccel c;
		room[good[i].at] = good[i].to;
		WANT_OK(ccel_read(log, &c, &why), &why);
	}
}

/* A cursor of another log, or of none. */
static void cursors_elsewhere_find_nothing(void **state)
{
	struct cloister_fault why = { 0 };
	struct bytes log = good_log();
	struct event_log all;
	struct log_event e;
	(void)state;

	WANT_OK(event_log_read(log, &all, &why), &why);
	static const size_t beyond[] = { 0, 1, 100, SIZE_MAX / 2 };
	for (size_t i = 0; i < N_OF(beyond); i++)
		assert_false(event_log_next(&all, &(size_t){ all.ccel.events.len + beyond[i] }, &e));
	assert_false(event_log_next(&all, &(size_t){ SIZE_MAX }, &e));
	for (size_t at = 1; at < 8; at++)
		assert_false(event_log_next(&all, &(size_t){ at }, &e));
	size_t at = 0;
	assert_true(event_log_next(&all, &at, &e));
	assert_memory_equal(e.digest, all.ccel.events.data + 14, SHA384_LEN);
}

/* SHA-384 in front of SHA-1: the digest is still its own. */
static void banks_in_other_order(void)
{
	uint8_t kept[200], digest[SHA384_LEN];
	struct cloister_fault why = { 0 };
	struct ccel_walk at = CCEL_START;
	struct ccel_event e;
	struct ccel c;

	memcpy(kept, room, sizeof kept);
	struct wr w = wr_open(room, sizeof room);
	put_header(&w);
	room[28] = 37;
	room[56] = 2;
	w.len = 64;
	wr_le16(&w, 0x04);
	wr_le16(&w, 20);
	wr_u8(&w, 0);
	wr_le32(&w, 1);
	wr_le32(&w, 4);
	wr_le32(&w, 2);
	wr_le16(&w, 0x0c);
	WANT_OK(hash_sha384(SEPARATOR, digest, &why), &why);
	wr_put(&w, BYTES_OF(digest));
	wr_le16(&w, 0x04);
	wr_zero(&w, 20);
	wr_le32(&w, 4);
	wr_put(&w, SEPARATOR);
	WANT_OK(ccel_read(bytes_of(room, w.len), &c, &why), &why);
	assert_true(ccel_next(&c, &at, &e));
	assert_true(bytes_equal(e.digest, BYTES_OF(digest)));
	memcpy(room, kept, sizeof kept);
}

/* Another bank beside SHA-384 is read over; a log without SHA-384 is not ours. */
static void banks(void **state)
{
	struct wr w = wr_open(room, sizeof room);
	uint8_t digest[SHA384_LEN];
	struct cloister_fault why = { 0 };
	struct ccel c;
	(void)state;

	put_header(&w);
	room[28] = 37;
	room[56] = 2;
	w.len = 60;
	wr_le16(&w, 0x0b);
	wr_le16(&w, 32);
	wr_le16(&w, 0x0c);
	wr_le16(&w, 48);
	wr_u8(&w, 0);
	wr_le32(&w, 1);
	wr_le32(&w, 4);
	wr_le32(&w, 2);
	wr_le16(&w, 0x0b);
	wr_zero(&w, 32);
	wr_le16(&w, 0x0c);
	WANT_OK(hash_sha384(SEPARATOR, digest, &why), &why);
	wr_put(&w, BYTES_OF(digest));
	wr_le32(&w, 4);
	wr_put(&w, SEPARATOR);
	WANT_OK(ccel_read(bytes_of(room, w.len), &c, &why), &why);
	assert_int_equal(c.n_events, 1);
	struct ccel_walk at = CCEL_START;
	struct ccel_event e;
	assert_true(ccel_next(&c, &at, &e));
	assert_int_equal(e.digest.len, SHA384_LEN);
	banks_in_other_order();
	room[64] = 0x0b; /* twice the same */
	room[66] = 32;
	assert_int_equal(ccel_read(bytes_of(room, w.len), &c, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "algorithmId");
	room[64] = 0x0d;
	room[66] = 64;
	assert_int_equal(ccel_read(bytes_of(room, w.len), &c, &why), CLOISTER_E_UNSUPPORTED);
}

/* ---- the genuine ones ------------------------------------------------------- */

/* RTMR i of a TDX quote: version 4 has its body at 48, version 5 at 54. */
static struct bytes quoted(const struct buf *quote, unsigned i)
{
	size_t body = quote->len > 2 && quote->data[0] == 5 ? 54 : 48;

	assert_true(quote->len > body + 520);
	return bytes_of(quote->data + body + 328 + i * SHA384_LEN, SHA384_LEN);
}

static bool replays(const char *dir)
{
	struct buf bytes = BUF_INIT(LIMIT_CCEL), quote = BUF_INIT(1u << 16), out = BUF_INIT(1u << 22);
	struct cloister_fault why = { 0 };
	char path[8300], text[512];
	struct bytes rtmr[CCEL_RTMRS];
	struct event_log log;
	bool same[CCEL_RTMRS];

	snprintf(path, sizeof path, "%s/ccel.bin", dir);
	bool has_log = read_file(path, &bytes);
	snprintf(path, sizeof path, "%s/quote.bin", dir);
	bool has_quote = has_log && read_file(path, &quote);
	if (has_log) {
		enum cloister_err err = event_log_read(buf_bytes(&bytes), &log, &why);
		print_message("%s: %s\n", dir, err ? cloister_fault_text(&why, text, sizeof text) : "read");
		if (strstr(dir, "dupe-separator")) {
			assert_int_equal(err, CLOISTER_E_MALFORMED);
			assert_non_null(strstr(why.note, "second separator"));
		}
		if (has_quote) {
			WANT_OK(err, &why);
			for (unsigned i = 0; i < CCEL_RTMRS; i++)
				rtmr[i] = quoted(&quote, i);
			event_log_compare(&log, rtmr, same);
			assert_true(same[0] && same[1] && same[2] && same[3]);
		}
		if (err == CLOISTER_OK)
			account(buf_bytes(&bytes), &out);
	}
	buf_fini(&bytes);
	buf_fini(&quote);
	buf_fini(&out);
	return has_log;
}

static void genuine_logs_replay_to_their_quotes(void **state)
{
	static const char *const parts[] = { "tdx/ccel", "gcp" };
	size_t n = 0;
	(void)state;

	for (size_t i = 0; i < N_OF(parts); i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", folder, parts[i]);
		DIR *dir = opendir(path);
		struct dirent *e;
		while (dir && (e = readdir(dir))) {
			char item[8192];
			snprintf(item, sizeof item, "%s/%s", path, e->d_name);
			n += replays(item);
		}
		if (dir)
			closedir(dir);
	}
	if (n == 0) {
		print_message("no genuine event logs beside the checkout: skipped\n");
		skip();
	}
}

/* argv[1]: the folder of genuine evidence, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_replayed),
		cmocka_unit_test(registers_are_compared),
		cmocka_unit_test(the_account_is_printable),
		cmocka_unit_test(labels_are_plain),
		cmocka_unit_test(texts_are_ascii_and_end),
		cmocka_unit_test(variables_are_told),
		cmocka_unit_test(images_and_blobs_are_told),
		cmocka_unit_test(prefixes_are_labels),
		cmocka_unit_test(other_headers),
		cmocka_unit_test(cursors_elsewhere_find_nothing),
		cmocka_unit_test(a_log_without_events),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(flips),
		cmocka_unit_test(one_byte_wrong),
		cmocka_unit_test(one_event_wrong),
		cmocka_unit_test(application_events),
		cmocka_unit_test(padding),
		cmocka_unit_test(banks),
		cmocka_unit_test(genuine_logs_replay_to_their_quotes),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
