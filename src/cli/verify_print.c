/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_print.c - says what was found and, always, what no evidence can say.
 * Text out of the document never reaches a terminal unfiltered.
 */

#include "cli/verify_print.h"

#include "base/date.h"
#include "codec/json.h"
#include "evidence/verdict.h"

static const char cannot_say[] =
	"Attestation says which program runs and who vouches for it. It cannot say whether that "
	"program is any good, or exclude physical attacks on the machine.";

static const char emulated[] =
	"The root is one that the caller gave. If it is an emulator's, the enclave ran in no TEE and "
	"its host can read everything.";

static const char *root_name(const struct cloister_claims *c)
{
	return c->root_is_builtin ? "aws-nitro-root-g1" : "caller-root";
}

/* Printable ASCII as it is, everything else as a dot. */
static void put_printable(struct buf *out, struct cloister_bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		buf_byte(out, b.data[i] >= 0x20 && b.data[i] < 0x7f ? b.data[i] : '.');
}

static void put_hex(struct buf *out, struct cloister_bytes b, size_t most)
{
	for (size_t i = 0; i < b.len && i < most; i++)
		buf_print(out, "%02x", b.data[i]);
	if (b.len > most)
		buf_print(out, "… (%zu bytes)", b.len);
}

static void row_time(struct buf *out, const char *name, uint64_t s)
{
	char text[DATE_ROOM];

	date_write(s, text);
	buf_print(out, "  %-12s%s\n", name, text);
}

static void row_field(struct buf *out, const char *name, struct cloister_bytes b)
{
	buf_print(out, "  %-12s", name);
	if (!b.data)
		buf_text(out, "none");
	else if (b.len == 0)
		buf_text(out, "empty");
	put_hex(out, b, 48);
	buf_byte(out, '\n');
}

static bool is_zero_pcr(struct cloister_bytes b)
{
	return mem_is_zero(b.data, b.len);
}

static void claims_table(const struct cloister_claims *c, struct buf *out)
{
	buf_text(out, "\nWhat it says:\n  module_id   ");
	put_printable(out, c->module_id);
	buf_byte(out, '\n');
	row_time(out, "made", c->timestamp_ms / 1000);
	row_time(out, "valid from", c->valid_from_s);
	row_time(out, "valid until", c->valid_until_s);
	buf_print(out, "  %-12s%s %02x%02x%02x%02x…\n", "root", root_name(c), c->root_sha256[0],
		  c->root_sha256[1], c->root_sha256[2], c->root_sha256[3]);
	for (unsigned i = 0; i < CLOISTER_PCR_COUNT; i++) {
		if (!(c->pcr_mask >> i & 1) || (i > 2 && is_zero_pcr(c->pcr[i])))
			continue;
		buf_print(out, "  PCR%-9u", i);
		put_hex(out, c->pcr[i], CLOISTER_PCR_LEN);
		buf_byte(out, '\n');
	}
	row_field(out, "nonce", c->nonce);
	row_field(out, "user_data", c->user_data);
	row_field(out, "public_key", c->public_key);
}

static void check_row(const struct cloister_verdict *v, int c, bool colour, struct buf *out)
{
	static const char *const colours[] = { "\033[33m", "\033[31m", "\033[32m" };
	enum cloister_check check = (enum cloister_check)c;

	buf_print(out, "  %-4s%-22s%s%-13s%s", cloister_check_id(check), cloister_check_name(check),
		  colour ? colours[v->finding[c]] : "", cloister_finding_name(v->finding[c]),
		  colour ? "\033[0m" : "");
	const char *colon = "";
	switch (v->finding[c]) {
	case CLOISTER_HELD: /* what it is that held, then how */
		buf_text(out, cloister_check_question(check));
		colon = v->reason[c][0] ? ": " : "";
		break;
	case CLOISTER_FAILED:
	case CLOISTER_UNCHECKED:
		break;
	}
	buf_text(out, colon);
	put_printable(out, lend(bytes_text(v->reason[c])));
	buf_byte(out, '\n');
}

void verify_print_table(const struct verdict_print *p, bool colour, struct buf *out)
{
	const struct cloister_verdict *v = p->verdict;
	bool accepted = cloister_verdict_accepts(v);
	enum cloister_check first = cloister_verdict_first_failed(v);
	char at[DATE_ROOM];

	date_write(p->at_s, at);
	buf_print(out, "%s: %s, trust level %s, as of %s (%s)\n", p->file,
		  accepted ? "ACCEPTED" : "REFUSED", cloister_level_name(cloister_verdict_level(v)), at,
		  p->at_given ? "given by --at" : "this machine's clock");
	if (first < CLOISTER_CHECK_COUNT) {
		buf_print(out, "because %s (%s): ", cloister_check_id(first), cloister_check_name(first));
		put_printable(out, lend(bytes_text(v->reason[first])));
		buf_byte(out, '\n');
	}
	buf_byte(out, '\n');
	for (int c = 0; c < CLOISTER_CHECK_COUNT; c++)
		check_row(v, c, colour, out);
	if (v->claims.module_id.data)
		claims_table(&v->claims, out);
	buf_byte(out, '\n');
	for (size_t i = 0; p->warnings[i]; i++)
		buf_print(out, "Warning: %s\n", p->warnings[i]);
	if (accepted && !v->claims.root_is_builtin)
		buf_print(out, "%s\n", emulated);
	buf_text(out, cannot_say);
}

static void put_field(struct json_out *w, const char *key, struct cloister_bytes b)
{
	if (b.data)
		json_put_hex(w, key, borrow(b));
	else
		json_put_null(w, key);
}

static void put_time(struct json_out *w, const char *key, uint64_t s)
{
	char text[DATE_ROOM];

	date_write(s, text);
	json_put_text(w, key, text);
}

static void claims_json(struct json_out *w, const struct cloister_claims *c)
{
	if (!c->module_id.data) {
		json_put_null(w, "claims");
		return;
	}
	json_open(w, "claims", '{');
	json_put_bytes(w, "module_id", borrow(c->module_id));
	json_put_u64(w, "timestamp_ms", c->timestamp_ms);
	put_time(w, "timestamp", c->timestamp_ms / 1000);
	json_open(w, "pcrs", '{');
	for (unsigned i = 0; i < CLOISTER_PCR_COUNT; i++) {
		char key[3] = { (char)(i < 10 ? '0' + i : '0' + i / 10),
				(char)(i < 10 ? 0 : '0' + i % 10), 0 };
		if (c->pcr_mask >> i & 1)
			put_field(w, key, c->pcr[i]);
	}
	json_close(w, '}');
	put_field(w, "nonce", c->nonce);
	put_field(w, "user_data", c->user_data);
	put_field(w, "public_key", c->public_key);
	json_put_bool(w, "debug", c->is_debug);
	json_put_text(w, "root", root_name(c));
	json_put_hex(w, "root_sha256", BYTES_OF(c->root_sha256));
	put_time(w, "valid_from", c->valid_from_s);
	put_time(w, "valid_until", c->valid_until_s);
	json_close(w, '}');
}

static void checks_json(struct json_out *w, const struct cloister_verdict *v)
{
	json_open(w, "checks", '[');
	for (int c = 0; c < CLOISTER_CHECK_COUNT; c++) {
		json_open(w, NULL, '{');
		json_put_text(w, "id", cloister_check_id((enum cloister_check)c));
		json_put_text(w, "name", cloister_check_name((enum cloister_check)c));
		json_put_text(w, "finding", cloister_finding_name(v->finding[c]));
		json_put_text(w, "reason", v->reason[c]);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void verify_print_json(const struct verdict_print *p, struct buf *out)
{
	const struct cloister_verdict *v = p->verdict;
	enum cloister_check first = cloister_verdict_first_failed(v);
	struct json_out w = json_out(out);

	json_open(&w, NULL, '{');
	json_put_bool(&w, "accepted", cloister_verdict_accepts(v));
	json_put_text(&w, "kind", v->kind);
	json_put_text(&w, "trust_level", cloister_level_name(cloister_verdict_level(v)));
	json_put_text(&w, "failed",
		      first < CLOISTER_CHECK_COUNT ? cloister_check_name(first) : NULL);
	json_open(&w, "time", '{');
	put_time(&w, "at", p->at_s);
	json_put_u64(&w, "unix_s", p->at_s);
	json_put_text(&w, "source", p->at_given ? "given" : "clock");
	json_close(&w, '}');
	claims_json(&w, &v->claims);
	checks_json(&w, v);
	json_open(&w, "warnings", '[');
	for (size_t i = 0; p->warnings[i]; i++)
		json_put_text(&w, NULL, p->warnings[i]);
	json_close(&w, ']');
	json_put_text(&w, "cannot_say", cannot_say);
	json_close(&w, '}');
}
