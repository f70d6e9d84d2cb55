/* SPDX-License-Identifier: Apache-2.0 */
/* genuine.c - reads the index of the genuine documents; for tests only. */

#include "evidence/genuine.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "codec/json.h"

bool read_file(const char *path, struct buf *out)
{
	uint8_t chunk[4096];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return false;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_put(out, chunk, n);
	fclose(f);
	return !out->failed;
}

struct cloister_policy expect_anything(void)
{
	return (struct cloister_policy){
		.nonce.want = WANT_ANY,
		.user_data.want = WANT_ANY,
		.public_key.want = WANT_ANY,
		.measurements = WANT_ANY,
		.report_data.want = WANT_ANY,
		.issuer.want = WANT_ANY,
		.platforms = WANT_ANY,
		.max_age_s = CLOISTER_AGE_ANY,
		.allow_debug = true,
	};
}

static void print_bytes(struct bytes b, struct buf *out)
{
	size_t same = 0;

	while (same < b.len && b.data[same] == b.data[0])
		same++;
	if (same == b.len && b.len > 1) {
		buf_print(out, "%zu x %02x", b.len, b.data[0]);
		return;
	}
	for (size_t i = 0; i < b.len; i++)
		buf_print(out, "%02x", b.data[i]);
}

void claims_print(const struct cloister_verdict *v, struct buf *out)
{
	struct cloister_claim c;

	for (size_t i = 0; cloister_verdict_claim(v, i, &c); i++) {
		buf_print(out, "%s ", c.name);
		if (c.type == CLOISTER_CLAIM_BYTES)
			print_bytes(borrow(c.bytes), out);
		else if (c.type == CLOISTER_CLAIM_TEXT)
			buf_print(out, "\"%.*s\"", (int)c.bytes.len, (const char *)c.bytes.data);
		else if (c.type == CLOISTER_CLAIM_BOOL)
			buf_text(out, c.number ? "true" : "false");
		else
			buf_print(out, "%s%llu", c.type == CLOISTER_CLAIM_TIME ? "at " : "",
				  (unsigned long long)c.number);
		buf_byte(out, '\n');
	}
}

void answers_print(const struct cloister_verdict *v, struct buf *out)
{
	static const char *const found[] = {
		[CLOISTER_UNCHECKED] = "unchecked", [CLOISTER_FAILED] = "failed", [CLOISTER_HELD] = "held",
	};
	struct cloister_answer a;

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++)
		buf_print(out, "%s %s%s: %s\n", a.id, a.is_waived ? "waived" : found[a.finding],
			  a.lowers_level ? ", lowers" : "", a.reason);
}

/* The digits of "len 32 <hex>", when the index gives them. */
static void field_hex(struct json v, char *out, size_t room)
{
	char text[512] = "";

	out[0] = 0;
	const char *space = json_text(v, text, sizeof text) ? strrchr(text, ' ') : NULL;
	if (space && space - text > 4)
		snprintf(out, room, "%s", space + 1);
}

static bool load_one(const char *folder, struct json entry, struct genuine *g)
{
	char path[4096];
	uint64_t at_ms = 0;

	*g = (struct genuine){ .doc = BUF_INIT(1 << 20) };
	if (!json_text(json_get(entry, "file"), g->file, sizeof g->file) ||
	    !json_text(json_get(entry, "expect"), g->expect, sizeof g->expect))
		return false;
	(void)json_u64(json_get(entry, "verify_at_ms"), &at_ms);
	g->at_s = at_ms / 1000;
	field_hex(json_get(entry, "nonce"), g->nonce_hex, sizeof g->nonce_hex);
	(void)json_text(json_get(json_get(entry, "nonzero_pcrs"), "0"), g->pcr0_hex,
			sizeof g->pcr0_hex);
	snprintf(path, sizeof path, "%s/%s", folder, g->file);
	return read_file(path, &g->doc);
}

size_t genuine_load(const char *folder, struct genuine out[static GENUINE_MAX])
{
	struct buf index = BUF_INIT(LIMIT_JSON);
	char path[4096];
	struct json root, entry;
	size_t n = 0;

	snprintf(path, sizeof path, "%s/vectors.json", folder);
	if (read_file(path, &index) && json_read(buf_bytes(&index), &root, NULL) == CLOISTER_OK) {
		struct json_walk w = json_walk(root);
		while (n < GENUINE_MAX && json_next(&w, NULL, &entry))
			if (load_one(folder, entry, &out[n]))
				n++;
	}
	buf_fini(&index);
	return n;
}

void genuine_free(struct genuine *g, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_fini(&g[i].doc);
}
