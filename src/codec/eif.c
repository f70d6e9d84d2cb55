/* SPDX-License-Identifier: Apache-2.0 */
/*
 * eif.c - Enclave Image Format version 4, strictly (doc/eif.md has the layout).
 *
 * Never allocates while reading and never looks inside a section, but for
 * eif_check_kernel(), which reads the boot header of Linux's boot protocol
 * (Documentation/arch/x86/boot.rst, arch/arm64/booting.rst).
 */

#include "codec/eif.h"

#include <zlib.h>

#include "base/rd.h"
#include "base/wr.h"

#define EIF_VERSION 4
#define FLAG_ARM64 1
#define MIN_SECTIONS 4 /* kernel, command line, metadata, one ramdisk */

/* The order in which sections follow each other; the ramdisks' place repeats. */
static const struct kind {
	const char *name;
	int place;
	uint64_t max; /* bytes */
} kinds[] = {
	[EIF_KERNEL] = { "kernel", 1, LIMIT_EIF },
	[EIF_CMDLINE] = { "cmdline", 2, LIMIT_EIF_CMDLINE },
	[EIF_METADATA] = { "metadata", 3, LIMIT_EIF_METADATA },
	[EIF_RAMDISK] = { "ramdisk", 4, LIMIT_EIF },
	[EIF_SIGNATURE] = { "signature", 5, LIMIT_EIF_SIGNATURE },
};
#define N_KINDS (sizeof kinds / sizeof *kinds)

const char *eif_kind_name(enum eif_kind kind)
{
	return (size_t)kind < N_KINDS && kinds[kind].name ? kinds[kind].name : "unknown";
}

/* As rd_want(), with a sentence of its own and a code. */
static void want_as(struct rd *r, bool holds, enum cloister_err err, const char *field,
		    const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, err, field, note);
	r->why->at = (size_t)(r->field - r->base);
}

static void want(struct rd *r, bool holds, const char *field, const char *note)
{
	want_as(r, holds, CLOISTER_E_MALFORMED, field, note);
}

struct tables {
	size_t n;
	uint64_t at[LIMIT_EIF_SECTIONS];   /* of each section's header */
	uint64_t size[LIMIT_EIF_SECTIONS]; /* of its data */
};

static void read_table(struct rd *r, uint64_t table[LIMIT_EIF_SECTIONS], size_t n,
		       const char *field, const char *unused_note)
{
	for (size_t i = 0; i < LIMIT_EIF_SECTIONS; i++) {
		table[i] = rd_be64(r, field);
		want(r, i < n || table[i] == 0, field, unused_note);
	}
}

static void read_header(struct rd *r, struct eif *e, struct tables *t)
{
	/* 000h */ struct bytes magic = rd_take(r, 4, "magic");
	want(r, bytes_are(magic, ".eif"), "magic", "this is not an enclave image file (.eif)");
	/* 004h */ uint16_t version = rd_be16(r, "version");
	want_as(r, version == EIF_VERSION, CLOISTER_E_UNSUPPORTED, "version",
		"only version 4 of the format is read");
	/* 006h */ uint16_t flags = rd_be16(r, "flags");
	want(r, (flags & ~FLAG_ARM64) == 0, "flags", "a flag other than the architecture is set");
	e->arm64 = flags & FLAG_ARM64;
	/* 008h */ e->default_mem = rd_be64(r, "default_mem");
	/* 010h */ e->default_cpus = rd_be64(r, "default_cpus");
	/* 018h */ want(r, rd_be16(r, "reserved") == 0, "reserved", "reserved bytes are not zero");
	/* 01ah */ t->n = rd_be16(r, "num_sections");
	want(r, t->n >= MIN_SECTIONS, "num_sections",
	     "kernel, command line, metadata and a ramdisk are the least");
	want(r, t->n <= LIMIT_EIF_SECTIONS, "num_sections", "more than 32 sections");
	/* 01ch */ read_table(r, t->at, t->n, "section_offsets", "an unused offset is not zero");
	/* 11ch */ read_table(r, t->size, t->n, "section_sizes", "an unused size is not zero");
	/* 21ch */ want(r, rd_be32(r, "unused") == 0, "unused", "unused bytes are not zero");
	/* 220h */ e->crc32 = rd_be32(r, "crc32");
}

/* The offset that the header's table gives for section i: no gap, no overlap. */
static void check_offset(struct rd *r, uint64_t offset, size_t i)
{
	if (!rd_ok(r) || offset == rd_at(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, "section_offsets",
		  offset > rd_at(r) ? "there is a gap before this section" :
				      "this section overlaps what is before it");
	r->why->at = 0x1c + 8 * i;
}

static void check_kind(struct rd *r, const struct eif *e, unsigned type)
{
	int before = e->n_sections ? kinds[e->sections[e->n_sections - 1].kind].place : 0;
	bool known = type < N_KINDS && kinds[type].name;

	want(r, known, "section_type", "this type of section is not known");
	if (!rd_ok(r))
		return;
	for (size_t i = 0; i < e->n_sections; i++)
		want(r, type == EIF_RAMDISK || e->sections[i].kind != type, "section_type",
		     "there is a second kernel, command line, metadata or signature section");
	want(r, kinds[type].place >= before, "section_type",
	     "sections are not in the order kernel, command line, metadata, ramdisks, signature");
}

static void check_cmdline(struct rd *r, struct bytes text)
{
	for (size_t i = 0; rd_ok(r) && i < text.len; i++)
		want(r, text.data[i] != 0 && text.data[i] != '\n', "cmdline",
		     "the command line contains a NUL or a line feed");
}

static void keep(struct eif *e, enum eif_kind kind, struct bytes data, uint64_t at)
{
	struct bytes *const place[N_KINDS] = {
		[EIF_KERNEL] = &e->kernel,     [EIF_CMDLINE] = &e->cmdline,
		[EIF_METADATA] = &e->metadata, [EIF_SIGNATURE] = &e->signature,
	};

	e->sections[e->n_sections++] = (struct eif_section){ kind, data, at };
	if (kind == EIF_RAMDISK)
		e->ramdisks[e->n_ramdisks++] = data;
	else
		*place[kind] = data;
}

static void read_section(struct rd *r, struct eif *e, const struct tables *t, size_t i)
{
	check_offset(r, t->at[i], i);
	/* 0 */ unsigned type = rd_be16(r, "section_type");
	check_kind(r, e, type);
	/* 2 */ want(r, rd_be16(r, "section_flags") == 0, "section_flags", "a section flag is set");
	/* 4 */ uint64_t len = rd_be64(r, "section_size");
	want(r, len == t->size[i], "section_size", "the file header gives this section another size");
	want(r, len > 0, "section_size", "the section is empty");
	if (!rd_ok(r))
		return;
	want(r, len <= kinds[type].max, "section_size", "the section is larger than its kind may be");
	want(r, len <= rd_left(r), "section_size", "the file ends inside this section");
	uint64_t at = rd_at(r);
	struct bytes data = rd_take(r, rd_ok(r) ? (size_t)len : 0, kinds[type].name);
	if (type == EIF_CMDLINE)
		check_cmdline(r, data);
	if (rd_ok(r))
		keep(e, type, data, at);
}

/* What must be there; that nothing is there twice was seen on the way. */
static void check_whole(struct rd *r, const struct eif *e)
{
	r->field = r->base + 0x1a;
	want(r, e->kernel.len > 0, "kernel", "there is no kernel section");
	want(r, e->cmdline.len > 0, "cmdline", "there is no command line section");
	want(r, e->metadata.len > 0, "metadata", "there is no metadata section");
	want(r, e->n_ramdisks > 0, "ramdisk", "there is no ramdisk section");
}

/* zlib takes 32-bit lengths. */
static uint32_t crc_add(uint32_t crc, struct bytes b)
{
	return (uint32_t)crc32_z(crc, b.data, b.len);
}

uint32_t eif_crc(struct bytes file)
{
	uint32_t crc = crc_add(0, bytes_of(file.data, EIF_CRC_AT));

	return crc_add(crc, bytes_of(file.data + EIF_HEADER, file.len - EIF_HEADER));
}

enum cloister_err eif_read(struct bytes file, struct eif *out, struct cloister_fault *why)
{
	struct cloister_fault mine;
	struct rd r = rd_open(file, why ? why : &mine);
	struct eif e = { 0 };
	struct tables t = { 0 };

	if (file.len > LIMIT_EIF)
		return fail(why, CLOISTER_E_LIMIT, "file size", "more than 16 GiB");
	read_header(&r, &e, &t);
	for (size_t i = 0; rd_ok(&r) && i < t.n; i++)
		read_section(&r, &e, &t, i);
	check_whole(&r, &e);
	r.field = r.at;
	want(&r, rd_left(&r) == 0, "file size", "there are bytes behind the last section");
	TRY(rd_close(&r, "file size"));
	if (eif_crc(file) != e.crc32)
		return fail_at(why, EIF_CRC_AT, "crc32", "the checksum is %08x but the file's is %08x",
			       e.crc32, eif_crc(file));
	*out = e;
	return CLOISTER_OK;
}

/* The length of a bzImage by its own header, 0 when it is none. */
static uint64_t bzimage_len(struct rd *r)
{
	/* 000h */ rd_take(r, 0x1f1, "boot sector");
	/* 1f1h */ uint64_t setup_sects = rd_u8(r, "setup_sects");
	/* 1f2h */ rd_take(r, 2, "root_flags");
	/* 1f4h */ uint64_t syssize = rd_le32(r, "syssize");
	/* 1f8h */ rd_take(r, 6, "ram_size");
	/* 1feh */ want(r, rd_le16(r, "boot_flag") == 0xaa55, "boot_flag", "the kernel is no bzImage");
	/* 200h */ rd_take(r, 2, "jump");
	/* 202h */ want(r, bytes_are(rd_take(r, 4, "header"), "HdrS"), "header", "the kernel is no bzImage");
	/* 206h */ want(r, rd_le16(r, "version") >= 0x204, "version",
			"the boot protocol is older than 2.04");
	return rd_ok(r) ? ((setup_sects ? setup_sects : 4) + 1) * 512 + syssize * 16 : 0;
}

/*
 * The Secure Boot signature that distributions put behind a bzImage: its length
 * by the PE header (PE format, "Attribute Certificate Table"), 0 when there is
 * none or when it is said to be elsewhere than right behind the image.
 */
static uint64_t signature_len(struct bytes kernel, uint64_t image_len)
{
	struct cloister_fault none;
	struct rd r = rd_open(kernel, &none);

	/* 00h */ bool mz = bytes_are(rd_take(&r, 2, "mz"), "MZ");
	/* 02h */ rd_take(&r, 0x3a, "dos header");
	/* 3ch */ uint32_t pe_at = rd_le32(&r, "pe_offset");
	r = rd_open(kernel, &none);
	rd_take(&r, pe_at, "stub");
	/* 00h */ bool pe = rd_le32(&r, "pe") == 0x4550; /* "PE", two NULs */
	/* 04h */ rd_take(&r, 20, "coff header");
	/* 18h */ bool plus = rd_le16(&r, "optional magic") == 0x20b;
	/* 1ah */ rd_take(&r, 106, "optional header");
	/* 84h */ bool listed = rd_le32(&r, "n_directories") > 4;
	/* 88h */ rd_take(&r, 4 * 8, "directories");
	/* a8h */ uint64_t at = rd_le32(&r, "certificate offset");
	/* ach */ uint64_t len = rd_le32(&r, "certificate size");

	return rd_ok(&r) && mz && pe && plus && listed && at == image_len ? len : 0;
}

static enum cloister_err check_arm64(struct bytes kernel, struct cloister_fault *why)
{
	struct rd r = rd_open(kernel, why);

	/* 00h */ rd_take(&r, 56, "code0");
	/* 38h */ want(&r, bytes_are(rd_take(&r, 4, "magic"), "ARM\x64"), "magic",
		       "the kernel is no uncompressed arm64 Image");
	(void)rd_rest(&r, "kernel");
	return rd_close(&r, "kernel");
}

enum cloister_err eif_check_kernel(const struct eif *e, struct cloister_fault *why)
{
	struct cloister_fault mine;
	why = why ? why : &mine;
	struct rd r = rd_open(e->kernel, why);

	if (e->arm64)
		return check_arm64(e->kernel, why);
	uint64_t len = bzimage_len(&r);
	if (!rd_ok(&r))
		return why->err;
	len += signature_len(e->kernel, len);
	if (e->kernel.len > len)
		return fail_at(why, (size_t)len, "kernel",
			       "%zu bytes follow the bzImage, a section border was moved",
			       e->kernel.len - (size_t)len);
	if (e->kernel.len < len)
		return fail_at(why, e->kernel.len, "kernel", "the bzImage is cut off");
	return CLOISTER_OK;
}

void eif_kernel_version(struct bytes kernel, char out[static 64])
{
	struct cloister_fault why;
	struct rd r = rd_open(kernel, &why);
	size_t n = 0;

	/* 20eh: offset of a NUL-terminated text, counted from 200h */
	rd_take(&r, 0x20e, "setup");
	uint16_t at = rd_le16(&r, "kernel_version");
	r = rd_open(kernel, &why);
	rd_take(&r, 0x200u + at, "kernel_version");
	for (uint8_t c; at && n < 63 && (c = rd_u8(&r, "kernel_version")) > ' ' && c < 0x7f;)
		out[n++] = (char)c;
	out[n] = 0;
}

void eif_section_header_write(enum eif_kind kind, uint64_t len,
			      uint8_t out[static EIF_SECTION_HEADER])
{
	struct wr w = wr_open(out, EIF_SECTION_HEADER);

	wr_be16(&w, (uint16_t)kind);
	wr_be16(&w, 0);
	wr_be64(&w, len);
}

void eif_header_write(bool arm64, const struct eif_part *parts, size_t n,
		      uint8_t out[static EIF_HEADER])
{
	struct wr w = wr_open(out, EIF_HEADER);
	uint64_t at = EIF_HEADER;

	/* 000h */ wr_put(&w, bytes_text(".eif"));
	/* 004h */ wr_be16(&w, EIF_VERSION);
	/* 006h */ wr_be16(&w, arm64 ? FLAG_ARM64 : 0);
	/* 008h */ wr_be64(&w, (uint64_t)1 << 30); /* what AWS's builder writes; nothing uses it */
	/* 010h */ wr_be64(&w, 2);
	/* 018h */ wr_be16(&w, 0);
	/* 01ah */ wr_be16(&w, (uint16_t)n);
	/* 01ch */ for (size_t i = 0; i < LIMIT_EIF_SECTIONS; i++) {
		wr_be64(&w, i < n ? at : 0);
		at += i < n ? EIF_SECTION_HEADER + parts[i].len : 0;
	}
	/* 11ch */ for (size_t i = 0; i < LIMIT_EIF_SECTIONS; i++)
		wr_be64(&w, i < n ? parts[i].len : 0);
	/* 21ch */ wr_be32(&w, 0);
	/* 220h */ wr_be32(&w, 0);
}

enum cloister_err eif_write(bool arm64, const struct eif_part *parts, size_t n, struct buf *out,
			    struct cloister_fault *why)
{
	uint8_t head[EIF_HEADER], section[EIF_SECTION_HEADER];

	eif_header_write(arm64, parts, n, head);
	buf_put(out, head, sizeof head);
	for (size_t i = 0; i < n; i++) {
		eif_section_header_write(parts[i].kind, parts[i].data.len, section);
		buf_put(out, section, sizeof section);
		buf_put(out, parts[i].data.data, parts[i].data.len);
	}
	TRY(buf_ok(out, "image", why));
	struct wr crc = wr_open(out->data + EIF_CRC_AT, 4);
	wr_be32(&crc, eif_crc(buf_bytes(out)));
	return CLOISTER_OK;
}
