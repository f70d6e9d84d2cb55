/* SPDX-License-Identifier: Apache-2.0 */
/* boot.c - the command line and the file list, held against the measured copies. */

#include "guest/boot.h"

#include "base/limits.h"
#include "base/rd.h"

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f');
}

/* The run of bytes at the front of `*b` that `is` accepts; `*b` moves past it. */
static size_t span(struct bytes *b, bool (*is)(uint8_t))
{
	size_t n = 0;

	while (n < b->len && is(b->data[n]))
		n++;
	*b = bytes_of(b->data + n, b->len - n);
	return n;
}

static bool is_number(struct bytes b)
{
	size_t n = span(&b, is_digit);

	return n > 0 && n <= 10 && b.len == 0;
}

/* SIZE[K]@0xADDRESS:IRQ[:ID], what the kernel's virtio_mmio parses. */
static bool is_device(struct bytes b)
{
	if (span(&b, is_digit) == 0)
		return false;
	bytes_skip(&b, "K");
	if (!bytes_skip(&b, "@0x") || span(&b, is_hex) == 0)
		return false;
	if (!bytes_skip(&b, ":") || span(&b, is_digit) == 0)
		return false;
	if (b.len > 0 && (!bytes_skip(&b, ":") || span(&b, is_digit) == 0))
		return false;
	return b.len == 0;
}

enum { TSC = 1, LPJ = 2, NO_TIMER_CHECK = 4 };

/* The timing parameter that `word` is, 0 for none. */
static unsigned timing(struct bytes word)
{
	struct bytes value = word;

	if (bytes_are(word, "no_timer_check"))
		return NO_TIMER_CHECK;
	if (bytes_skip(&value, "tsc_early_khz="))
		return is_number(value) ? TSC : 0;
	if (bytes_skip(&value, "lpj="))
		return is_number(value) ? LPJ : 0;
	return 0;
}

static bool not_space(uint8_t c)
{
	return c != ' ';
}

enum cloister_err boot_cmdline(struct bytes running, struct bytes measured, bool *timing_out,
			       struct cloister_fault *why)
{
	unsigned seen = 0;

	if (measured.len == 0 || measured.len > LIMIT_EIF_CMDLINE)
		return fail(why, CLOISTER_E_LIMIT, "cmdline", "the measured copy has %zu bytes",
			    measured.len);
	/* The kernel ends the text with one line feed. */
	if (running.len > 0 && running.data[running.len - 1] == '\n')
		running.len--;
	if (running.len < measured.len ||
	    !bytes_equal(bytes_of(running.data, measured.len), measured))
		return fail(why, CLOISTER_E_PEER, "cmdline",
			    "the machine was started with another command line than the measured one");
	struct bytes left = bytes_of(running.data + measured.len, running.len - measured.len);
	if (left.len > 0 && left.data[0] != ' ')
		return fail_at(why, measured.len, "cmdline", "the measured text runs on");
	while (left.len > 0) {
		while (bytes_skip(&left, " "))
			;
		struct bytes word = left;
		word.len = span(&left, not_space);
		struct bytes value = word;
		unsigned which = timing(word);
		if (word.len == 0 || (bytes_skip(&value, "virtio_mmio.device=") && is_device(value)))
			continue;
		if (which == 0 || (seen & which))
			return fail_at(why, (size_t)(word.data - running.data), "cmdline",
				       "`%.*s` is not allowed behind the measured text",
				       word.len < 64 ? (int)word.len : 64, (const char *)word.data);
		seen |= which;
	}
	*timing_out = seen != 0;
	return CLOISTER_OK;
}

static bool is_name_byte(uint8_t c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
	       c == '_' || c == '-' || c == '/';
}

static bool not_line_feed(uint8_t c)
{
	return c != '\n';
}

/* A path that stays where it is: no leading slash, no empty, "." or ".." component. */
static bool is_plain_path(const char *name)
{
	for (const char *p = name;;) {
		size_t len = strcspn(p, "/");
		if (len == 0 || (len == 1 && p[0] == '.') || (len == 2 && p[0] == '.' && p[1] == '.'))
			return false;
		if (p[len] == 0)
			return true;
		p += len + 1;
	}
}

static void read_line(struct rd *r, struct bytes line, struct boot_file *out)
{
	struct bytes name = line;
	size_t digits = span(&name, is_digit);

	rd_want(r, digits > 0 && digits <= 15 && (digits == 1 || line.data[0] != '0'), "length");
	for (size_t i = 0; rd_ok(r) && i < digits; i++)
		out->len = out->len * 10 + (line.data[i] - '0');
	rd_want(r, bytes_skip(&name, " "), "space");
	rd_want(r, name.len > 0 && name.len <= BOOT_NAME_MAX, "name");
	if (!rd_ok(r))
		return;
	memcpy(out->name, name.data, name.len);
	span(&name, is_name_byte);
	rd_want(r, name.len == 0 && is_plain_path(out->name), "name");
}

static bool has(const struct boot_file *files, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(files[i].name, name) == 0)
			return true;
	return false;
}

enum cloister_err boot_files(struct bytes list, struct boot_file out[static BOOT_FILES_MAX],
			     size_t *n_out, struct cloister_fault *why)
{
	static const char *const required[] = { "init", "agent", "cmdline" };
	struct cloister_fault local;
	struct rd r = rd_open(list, why ? why : &local);
	size_t n = 0;

	while (rd_ok(&r) && rd_left(&r) > 0) {
		if (n == BOOT_FILES_MAX) {
			rd_refuse(&r, CLOISTER_E_LIMIT, "files", "too many files");
			break;
		}
		struct bytes rest = bytes_of(r.at, rd_left(&r));
		size_t len = span(&rest, not_line_feed);
		struct boot_file f = { 0 };
		struct bytes line = rd_take(&r, len, "line");
		read_line(&r, line, &f);
		rd_want(&r, !has(out, n, f.name), "name");
		rd_want(&r, rd_u8(&r, "line feed") == '\n', "line feed");
		out[n++] = f;
	}
	TRY(rd_close(&r, "files"));
	for (size_t i = 0; i < sizeof required / sizeof *required; i++)
		if (!has(out, n, required[i]))
			return fail(why, CLOISTER_E_MISSING, "files", "%s is not listed", required[i]);
	*n_out = n;
	return CLOISTER_OK;
}
