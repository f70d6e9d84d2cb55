/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ccel_account.c - an event log for people. Every byte of it may be hostile:
 * what is not printable ASCII becomes a dot, and long data are cut.
 */

#include "base/hex.h"
#include "base/rd.h"
#include "evidence/ccel.h"

#define TEXT_MAX 400u
#define HEX_MAX 32u

static const struct {
	uint32_t type;
	const char *name;
} types[] = {
	{ 0x00000000, "EV_PREBOOT_CERT" },
	{ 0x00000001, "EV_POST_CODE" },
	{ 0x00000003, "EV_NO_ACTION" },
	{ 0x00000004, "EV_SEPARATOR" },
	{ 0x00000005, "EV_ACTION" },
	{ 0x00000006, "EV_EVENT_TAG" },
	{ 0x00000007, "EV_S_CRTM_CONTENTS" },
	{ 0x00000008, "EV_S_CRTM_VERSION" },
	{ 0x00000009, "EV_CPU_MICROCODE" },
	{ 0x0000000a, "EV_PLATFORM_CONFIG_FLAGS" },
	{ 0x0000000b, "EV_TABLE_OF_DEVICES" },
	{ 0x0000000c, "EV_COMPACT_HASH" },
	{ 0x0000000d, "EV_IPL" },
	{ 0x0000000e, "EV_IPL_PARTITION_DATA" },
	{ 0x0000000f, "EV_NONHOST_CODE" },
	{ 0x00000010, "EV_NONHOST_CONFIG" },
	{ 0x00000011, "EV_NONHOST_INFO" },
	{ 0x00000012, "EV_OMIT_BOOT_DEVICE_EVENTS" },
	{ 0x0000001a, "EV_AAEL" },
	{ 0x80000001, "EV_EFI_VARIABLE_DRIVER_CONFIG" },
	{ 0x80000002, "EV_EFI_VARIABLE_BOOT" },
	{ 0x80000003, "EV_EFI_BOOT_SERVICES_APPLICATION" },
	{ 0x80000004, "EV_EFI_BOOT_SERVICES_DRIVER" },
	{ 0x80000005, "EV_EFI_RUNTIME_SERVICES_DRIVER" },
	{ 0x80000006, "EV_EFI_GPT_EVENT" },
	{ 0x80000007, "EV_EFI_ACTION" },
	{ 0x80000008, "EV_EFI_PLATFORM_FIRMWARE_BLOB" },
	{ 0x80000009, "EV_EFI_HANDOFF_TABLES" },
	{ 0x8000000a, "EV_EFI_PLATFORM_FIRMWARE_BLOB2" },
	{ 0x8000000b, "EV_EFI_HANDOFF_TABLES2" },
	{ 0x8000000c, "EV_EFI_VARIABLE_BOOT2" },
	{ 0x8000000d, "EV_EFI_GPT_EVENT2" },
	{ 0x80000010, "EV_EFI_HCRTM_EVENT" },
	{ 0x800000e0, "EV_EFI_VARIABLE_AUTHORITY" },
	{ 0x800000e1, "EV_EFI_SPDM_FIRMWARE_BLOB" },
	{ 0x800000e2, "EV_EFI_SPDM_FIRMWARE_CONFIG" },
	{ 0x800000e3, "EV_EFI_SPDM_DEVICE_POLICY" },
	{ 0x800000e4, "EV_EFI_SPDM_DEVICE_AUTHORITY" },
};

const char *ccel_type_name(uint32_t type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (types[i].type == type)
			return types[i].name;
	return NULL;
}

static void put_char(struct buf *out, unsigned c)
{
	buf_byte(out, c >= 0x20 && c < 0x7f ? (uint8_t)c : '.');
}

/* Up to the first NUL or newline-free end; a final NUL is not shown. */
static void put_ascii(struct buf *out, struct bytes b)
{
	size_t n = b.len && b.data[b.len - 1] == 0 ? b.len - 1 : b.len;

	for (size_t i = 0; i < n && i < TEXT_MAX; i++)
		put_char(out, b.data[i]);
	if (n > TEXT_MAX)
		buf_print(out, " ... %zu bytes", n);
}

static void put_utf16(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i + 1 < b.len && i < 2 * TEXT_MAX; i += 2) {
		unsigned c = b.data[i] | (unsigned)b.data[i + 1] << 8;
		if (c == 0 && i + 2 >= b.len)
			break;
		put_char(out, c);
	}
}

static void put_hex(struct buf *out, struct bytes b)
{
	char text[2 * HEX_MAX + 1];

	hex_write(bytes_of(b.data, b.len < HEX_MAX ? b.len : HEX_MAX), text);
	buf_text(out, text);
	if (b.len > HEX_MAX)
		buf_print(out, " ... %zu bytes", b.len);
}

/* As registries print GUIDs: the first three fields are little-endian. */
static void put_guid(struct buf *out, struct bytes g)
{
	static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };

	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_byte(out, '-');
		buf_print(out, "%02x", g.data[order[i]]);
	}
}

/* UEFI_VARIABLE_DATA */
static bool put_variable(struct buf *out, struct bytes data)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	struct bytes guid = rd_take(&r, 16, "VariableName");
	uint64_t n_chars = rd_le64(&r, "UnicodeNameLength"), len = rd_le64(&r, "VariableDataLength");
	rd_want(&r, n_chars <= data.len / 2, "UnicodeNameLength");
	struct bytes name = rd_take(&r, n_chars * 2, "UnicodeName");
	struct bytes content = rd_take(&r, len, "VariableData");
	if (rd_close(&r, "variable") != CLOISTER_OK)
		return false;
	put_utf16(out, name);
	buf_byte(out, ' ');
	put_guid(out, guid);
	buf_text(out, content.len ? " " : " empty");
	put_hex(out, content);
	return true;
}

/* A length byte and a name, then what is measured: blobs and tables of the second form. */
static bool put_described(struct buf *out, struct bytes data)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	struct bytes name = rd_take(&r, rd_u8(&r, "size"), "description");
	struct bytes rest = rd_rest(&r, "rest");
	if (rd_close(&r, "described") != CLOISTER_OK)
		return false;
	put_ascii(out, name);
	buf_byte(out, ' ');
	put_hex(out, rest);
	return true;
}

/* The text of the file path nodes (type 4, subtype 4) of a device path. */
static void put_path(struct buf *out, struct bytes path)
{
	struct cloister_fault why;
	struct rd r = rd_open(path, &why);

	while (rd_left(&r)) {
		uint8_t type = rd_u8(&r, "type"), subtype = rd_u8(&r, "subtype");
		size_t len = rd_le16(&r, "length");
		rd_want(&r, len >= 4, "length");
		struct bytes body = rd_take(&r, len - 4, "node");
		if (!rd_ok(&r))
			return;
		if (type == 4 && subtype == 4) {
			buf_byte(out, ' ');
			put_utf16(out, body);
		}
	}
}

/* UEFI_IMAGE_LOAD_EVENT */
static bool put_image(struct buf *out, struct bytes data)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	uint64_t at = rd_le64(&r, "ImageLocationInMemory"), len = rd_le64(&r, "ImageLengthInMemory");
	rd_le64(&r, "ImageLinkTimeAddress");
	struct bytes path = rd_take(&r, rd_le64(&r, "LengthOfDevicePath"), "DevicePath");
	if (rd_close(&r, "image") != CLOISTER_OK)
		return false;
	buf_print(out, "image of %llu bytes at %llx", (unsigned long long)len, (unsigned long long)at);
	put_path(out, path);
	return true;
}

static bool put_tag(struct buf *out, struct bytes data)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	uint32_t id = rd_le32(&r, "taggedEventID");
	struct bytes text = rd_take(&r, rd_le32(&r, "taggedEventDataSize"), "taggedEventData");
	if (rd_close(&r, "tag") != CLOISTER_OK)
		return false;
	buf_print(out, "tag %08x ", id);
	put_ascii(out, text);
	return true;
}

static void put_whole(struct buf *out, const struct ccel_event *e)
{
	bool done = false;

	switch (e->type) {
	case EV_EFI_VARIABLE_DRIVER_CONFIG:
	case EV_EFI_VARIABLE_BOOT:
	case EV_EFI_VARIABLE_BOOT2:
	case EV_EFI_VARIABLE_AUTHORITY:
		done = put_variable(out, e->data);
		break;
	case EV_EFI_BOOT_SERVICES_APPLICATION:
	case EV_EFI_BOOT_SERVICES_DRIVER:
	case EV_EFI_RUNTIME_SERVICES_DRIVER:
		done = put_image(out, e->data);
		break;
	case EV_EFI_PLATFORM_FIRMWARE_BLOB2:
	case EV_EFI_HANDOFF_TABLES2:
		done = put_described(out, e->data);
		break;
	case EV_EVENT_TAG:
		done = put_tag(out, e->data);
		break;
	case EV_ACTION:
	case EV_PLATFORM_CONFIG_FLAGS:
	case EV_IPL:
	case EV_AAEL:
	case EV_EFI_ACTION:
		put_ascii(out, e->data);
		done = true;
		break;
	}
	if (!done)
		put_hex(out, e->data);
}

/* Of names that others chose nothing is left that could end a label or pass for a text. */
static void put_label(struct buf *out, struct bytes b, size_t step)
{
	for (size_t i = 0; i < b.len; i += step) {
		bool is_plain = (b.data[i] >= '0' && b.data[i] <= '9') || b.data[i] == '_' || b.data[i] == '-' ||
				((b.data[i] | 0x20) >= 'a' && (b.data[i] | 0x20) <= 'z');
		buf_byte(out, is_plain && (step == 1 || b.data[i + 1] == 0) ? b.data[i] : '.');
	}
}

/* UEFI_VARIABLE_DATA, whose form held when a part of it was proven. */
static void put_variable_name(struct buf *out, struct bytes data)
{
	struct cloister_fault why;
	struct rd r = rd_open(data, &why);

	rd_take(&r, 16, "VariableName");
	uint64_t n_chars = rd_le64(&r, "UnicodeNameLength");
	rd_le64(&r, "VariableDataLength");
	put_label(out, rd_take(&r, n_chars * 2, "UnicodeName"), 2);
}

/* What the log says of a part that is proven. */
static void put_said(struct buf *out, const struct ccel_event *e)
{
	struct cloister_fault why;
	struct rd r = rd_open(e->data, &why);
	size_t before = (size_t)(e->proven.data - e->data.data);

	switch (e->type) {
	case EV_EFI_VARIABLE_BOOT:
		put_variable_name(out, e->data);
		break;
	case EV_IPL: /* "grub_cmd: " */
		put_label(out, bytes_of(e->data.data, before ? before - 2 : 0), 1);
		break;
	case EV_EVENT_TAG:
	case EV_AAEL:
		if (before)
			buf_print(out, "tag %08x", rd_le32(&r, "taggedEventID"));
		break;
	}
}

void ccel_event_text(const struct ccel_event *e, struct buf *label, struct buf *text)
{
	if (e->proof != CCEL_PROVEN || e->proven.len == e->data.len) {
		put_whole(text, e);
		return;
	}
	put_said(label, e);
	if (e->type == EV_EFI_VARIABLE_BOOT)
		put_hex(text, e->proven);
	else
		put_ascii(text, e->proven);
}
