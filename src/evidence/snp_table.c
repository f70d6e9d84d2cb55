/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_table.c - the list is read first and sorted by offset; then one reader
 * walks the whole table over entries and gaps, so that no offset is ever added
 * to a pointer and nothing is looked at twice.
 */

#include "evidence/snp_table.h"

#include "base/mem.h"
#include "base/rd.h"

#define GUID_LEN 16u
#define ROW_LEN 24u /* GUID, offset, length */

struct row {
	size_t at; /* where the list has it, for faults */
	struct bytes guid;
	uint32_t offset, len; /* from the table's first byte */
};

/* As stored: the first three groups little-endian. */
static const struct {
	uint8_t guid[GUID_LEN];
	enum snp_label label;
} labels[] = {
	/* c0b406a4-a803-4952-9743-3fb6014cd0ae */
	{ { 0xa4, 0x06, 0xb4, 0xc0, 0x03, 0xa8, 0x52, 0x49, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae },
	  SNP_LABEL_ARK },
	/* 4ab7b379-bbac-4fe4-a02f-05aef327c782 */
	{ { 0x79, 0xb3, 0xb7, 0x4a, 0xac, 0xbb, 0xe4, 0x4f, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 },
	  SNP_LABEL_ASK },
	/* 63da758d-e664-4564-adc5-f4b93be8accd */
	{ { 0x8d, 0x75, 0xda, 0x63, 0x64, 0xe6, 0x64, 0x45, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd },
	  SNP_LABEL_VCEK },
	/* a8074bc2-a25a-483e-aae6-39c045a0b8a1 */
	{ { 0xc2, 0x4b, 0x07, 0xa8, 0x5a, 0xa2, 0x3e, 0x48, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1 },
	  SNP_LABEL_VLEK },
	/* 92f81bc3-5811-4d3d-97ff-d19f88dc67ea */
	{ { 0xc3, 0x1b, 0xf8, 0x92, 0x11, 0x58, 0x3d, 0x4d, 0x97, 0xff, 0xd1, 0x9f, 0x88, 0xdc, 0x67, 0xea },
	  SNP_LABEL_CRL },
};

static enum snp_label label_of(struct bytes guid)
{
	for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
		if (bytes_equal(guid, BYTES_OF(labels[i].guid)))
			return labels[i].label;
	return SNP_LABEL_OTHER;
}

static void refuse(struct rd *r, size_t at, const char *field, const char *note)
{
	rd_refuse(r, CLOISTER_E_MALFORMED, field, note);
	r->why->at = at;
}

/* Keep the rows sorted by offset, while they come. */
static void insert(struct row *rows, size_t n, struct row row)
{
	for (; n > 0 && rows[n - 1].offset > row.offset; n--)
		rows[n] = rows[n - 1];
	rows[n] = row;
}

/* The list up to its end mark; how many rows. The rows are within the table's size, if not yet apart. */
static size_t read_list(struct rd *r, struct row rows[static LIMIT_SNP_TABLE_ENTRIES])
{
	size_t n = 0;

	while (rd_ok(r)) {
		struct row row = { .at = rd_at(r), .guid = rd_take(r, GUID_LEN, "table.guid") };
		row.offset = rd_le32(r, "table.offset");
		row.len = rd_le32(r, "table.length");
		if (!rd_ok(r))
			break;
		if (mem_is_zero(row.guid.data, GUID_LEN)) {
			if (row.offset || row.len)
				refuse(r, row.at, "table.end", "the end mark is not all zeros");
			break;
		}
		for (size_t i = 0; i < n; i++)
			if (bytes_equal(rows[i].guid, row.guid))
				refuse(r, row.at, "table.guid", "it comes twice");
		if (row.len == 0)
			refuse(r, row.at, "table.length", "the entry is empty");
		if (n == LIMIT_SNP_TABLE_ENTRIES) {
			rd_refuse(r, CLOISTER_E_LIMIT, "table", "too many entries");
			break;
		}
		insert(rows, n++, row);
	}
	return n;
}

enum cloister_err snp_table_read(struct bytes table, struct snp_table *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(table, why ? why : &local);
	struct row rows[LIMIT_SNP_TABLE_ENTRIES];
	struct snp_table t = { 0 };

	if (table.len > LIMIT_SNP_TABLE)
		return fail(r.why, CLOISTER_E_LIMIT, "table", "larger than %u bytes", LIMIT_SNP_TABLE);
	size_t n = read_list(&r, rows);
	for (size_t i = 0; i < n && rd_ok(&r); i++) {
		if (rows[i].offset < rd_at(&r))
			refuse(&r, rows[i].at, "table.offset", "the entry lies over something else");
		else
			rd_zero(&r, rows[i].offset - rd_at(&r), "table.gap");
		t.entries[t.n++] = (struct snp_table_entry){
			.label = label_of(rows[i].guid),
			.guid = rows[i].guid,
			.data = rd_take(&r, rows[i].len, "table.data"),
		};
	}
	rd_zero(&r, rd_left(&r), "table.gap"); /* filled up to whole pages */

	enum cloister_err err = rd_close(&r, "table");
	if (err == CLOISTER_OK)
		*out = t;
	return err;
}
