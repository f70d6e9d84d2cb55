/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_print.c - says what was found and, always, what no evidence can say.
 * Text out of the document never reaches a terminal unfiltered.
 */

#include "cli/verify_print.h"

#include <string.h>

#include "base/date.h"
#include "base/plain.h"
#include "codec/json.h"
#include "evidence/verdict.h"

static const char cannot_say[] =
	"Attestation says which program runs and who vouches for it. It cannot say whether that "
	"program is any good, or exclude physical attacks on the machine.";

static const char emulated[] =
	"The root is one that the caller gave. If it is an emulator's, the enclave ran in no TEE and "
	"its host can read everything.";

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

static void claim_row(const struct cloister_claim *c, struct buf *out)
{
	char text[DATE_ROOM];

	buf_print(out, "  %-24s", c->name);
	switch (c->type) {
	case CLOISTER_CLAIM_BYTES:
		if (c->bytes.len == 0)
			buf_text(out, "empty");
		put_hex(out, c->bytes, 64);
		break;
	case CLOISTER_CLAIM_TEXT:
		put_printable(out, c->bytes);
		break;
	case CLOISTER_CLAIM_NUMBER:
		buf_print(out, "%llu", (unsigned long long)c->number);
		break;
	case CLOISTER_CLAIM_TIME:
		date_write(c->number, text);
		buf_text(out, text);
		break;
	case CLOISTER_CLAIM_BOOL:
		buf_text(out, c->number ? "yes" : "no");
		break;
	}
	buf_byte(out, '\n');
}

/* Registers that were never extended say nothing; the first three are shown whatever they hold. */
static bool is_dull(const struct cloister_claim *c)
{
	bool is_first = strcmp(c->name, "pcr0") == 0 || strcmp(c->name, "pcr1") == 0 ||
			strcmp(c->name, "pcr2") == 0;

	return strncmp(c->name, "pcr", 3) == 0 && !is_first && mem_is_zero(c->bytes.data, c->bytes.len);
}

static void claims_table(const struct cloister_verdict *v, struct buf *out)
{
	struct cloister_claim c;

	if (!cloister_verdict_claim(v, 0, &c))
		return;
	buf_text(out, "\nWhat it says:\n");
	for (size_t i = 0; cloister_verdict_claim(v, i, &c); i++)
		if (!is_dull(&c))
			claim_row(&c, out);
}

/* ---- The event log ------------------------------------------------------------ */

static void registers_table(const struct cloister_verdict *v, struct buf *out)
{
	struct cloister_register r;

	for (size_t i = 0; cloister_verdict_register(v, i, &r); i++) {
		buf_print(out, "  %-8s%-16s%zu events, replayed to ", r.name,
			  r.is_reproduced ? "reproduced" : "NOT REPRODUCED", r.n_events);
		put_hex(out, lend(BYTES_OF(r.replayed)), sizeof r.replayed);
		buf_byte(out, '\n');
	}
}

/* Where the text is proven the beginning of the digest is enough to find it; else it is all there is. */
static void event_row(const struct cloister_event *e, struct buf *out)
{
	char mark = e->is_proven ? '=' : e->is_measured ? '?' : '-';

	buf_print(out, "  %-6s%c ", e->reg, mark);
	put_hex(out, lend(bytes_of(e->digest, e->is_proven ? 8 : sizeof e->digest)), sizeof e->digest);
	if (e->type_name)
		buf_print(out, " %s", e->type_name);
	else
		buf_print(out, " type %08x", e->type);
	if (e->label[0])
		buf_print(out, " (%s)", e->label);
	buf_print(out, "%s%s\n", e->text[0] ? ": " : "", e->text);
}

static void log_table(const struct cloister_verdict *v, struct buf *out)
{
	struct cloister_register r;
	struct cloister_event e;

	if (!cloister_verdict_register(v, 0, &r))
		return;
	buf_text(out, "\nWhere the event log leads:\n");
	registers_table(v, out);
	buf_text(out, "\nWhat it says was measured, in this order. What follows the colon is\n"
		      "  = proven by the digest   ? only said, the digest alone counts\n"
		      "  - only said, and in no register that was reproduced\n");
	for (size_t at = 0; cloister_verdict_next_event(v, &at, &e);)
		event_row(&e, out);
}

static void check_row(const struct cloister_answer *a, bool colour, struct buf *out)
{
	static const char *const colours[] = { "\033[33m", "\033[31m", "\033[32m" };
	buf_print(out, "  %-4s%-22s%s%-13s%s", a->id, a->name, colour ? colours[a->finding] : "",
		  cloister_finding_name(a->finding), colour ? "\033[0m" : "");
	switch (a->finding) {
	case CLOISTER_HELD: /* what it is that held, then how */
		buf_text(out, a->question);
		buf_text(out, a->reason[0] ? ": " : "");
		break;
	case CLOISTER_FAILED:
	case CLOISTER_UNCHECKED:
		break;
	}
	put_printable(out, lend(bytes_text(a->reason)));
	buf_byte(out, '\n');
}

/* Of each check that failed or was passed over; of what was not reached nothing is known. */
static void explanations(const struct cloister_verdict *v, struct buf *out)
{
	char text[CLOISTER_EXPLANATION_MAX];
	struct cloister_answer a;
	size_t n = 0;

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++) {
		bool not_reached = a.finding == CLOISTER_UNCHECKED && !a.is_waived;
		if (not_reached || !cloister_verdict_explain(v, i, text, sizeof text) || !text[0])
			continue;
		buf_print(out, "%s  %-4s%-22s%s\n", n++ ? "" : "\nWhat that means:\n", a.id, a.name, text);
	}
}

/* Why an accepted verdict is not HIGH, one sentence for each check that let something pass. */
static bool lowering(const struct cloister_verdict *v, size_t *i, struct cloister_answer *a)
{
	while (cloister_verdict_accepts(v) && cloister_verdict_answer(v, (*i)++, a))
		if (a->lowers_level)
			return true;
	return false;
}

static void put_lowering(const struct cloister_answer *a, struct buf *out)
{
	buf_print(out, "not HIGH because of %s (%s): ", a->id, a->name);
	put_printable(out, lend(bytes_text(a->reason)));
}

void verify_print_table(const struct verdict_print *p, bool colour, struct buf *out)
{
	const struct cloister_verdict *v = p->verdict;
	bool accepted = cloister_verdict_accepts(v);
	struct cloister_answer a;
	char at[DATE_ROOM];

	date_write(p->at_s, at);
	plain_put(&(struct plain){ 0 }, bytes_text(p->file), out); /* a name that somebody else chose */
	buf_print(out, ": %s, trust level %s, as of %s (%s), %s evidence\n",
		  accepted ? "ACCEPTED" : "REFUSED", cloister_level_name(cloister_verdict_level(v)), at,
		  p->at_given ? "given by --at" : "this machine's clock", cloister_verdict_kind(v));
	if (cloister_verdict_refusal(v, &a)) {
		buf_print(out, "because %s (%s): ", a.id, a.name);
		put_printable(out, lend(bytes_text(a.reason)));
		buf_byte(out, '\n');
	}
	buf_byte(out, '\n');
	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++)
		check_row(&a, colour, out);
	if (p->explain)
		explanations(v, out);
	claims_table(v, out);
	log_table(v, out);
	buf_byte(out, '\n');
	for (size_t i = 0; p->warnings[i]; i++)
		buf_print(out, "Warning: %s\n", p->warnings[i]);
	for (size_t i = 0; lowering(v, &i, &a);) {
		buf_text(out, "Warning: ");
		put_lowering(&a, out);
		buf_byte(out, '\n');
	}
	if (accepted && !cloister_verdict_root_is_builtin(v))
		buf_print(out, "%s\n", emulated);
	buf_text(out, cannot_say);
}

static void put_time(struct json_out *w, const char *key, uint64_t s)
{
	char text[DATE_ROOM];

	date_write(s, text);
	json_put_text(w, key, text);
}

static void put_claim(struct json_out *w, const struct cloister_claim *c, const char *key)
{
	switch (c->type) {
	case CLOISTER_CLAIM_BYTES:
		json_put_hex(w, key, borrow(c->bytes));
		break;
	case CLOISTER_CLAIM_TEXT:
		json_put_loose(w, key, borrow(c->bytes));
		break;
	case CLOISTER_CLAIM_NUMBER:
		json_put_u64(w, key, c->number);
		break;
	case CLOISTER_CLAIM_TIME:
		put_time(w, key, c->number);
		break;
	case CLOISTER_CLAIM_BOOL:
		json_put_bool(w, key, c->number);
		break;
	}
}

static bool is_pcr(const char *name)
{
	return strncmp(name, "pcr", 3) == 0;
}

/* PCRs lie in a map of their own, by number; fields that Nitro leaves out are null. */
static void claims_json(struct json_out *w, const struct cloister_verdict *v)
{
	static const char *const nullable[] = { "nonce", "user_data", "public_key" };
	struct cloister_claim c;

	if (!cloister_verdict_claim(v, 0, &c)) {
		json_put_null(w, "claims");
		return;
	}
	json_open(w, "claims", '{');
	for (size_t i = 0; cloister_verdict_claim(v, i, &c); i++)
		if (!is_pcr(c.name))
			put_claim(w, &c, c.name);
	if (strcmp(cloister_verdict_kind(v), "nitro") == 0) {
		for (size_t i = 0; i < sizeof nullable / sizeof *nullable; i++)
			if (!cloister_verdict_claim_named(v, nullable[i], &c))
				json_put_null(w, nullable[i]);
		json_open(w, "pcrs", '{');
		for (size_t i = 0; cloister_verdict_claim(v, i, &c); i++)
			if (is_pcr(c.name))
				put_claim(w, &c, c.name + strlen("pcr"));
		json_close(w, '}');
	}
	json_close(w, '}');
}

static void event_json(struct json_out *w, const struct cloister_event *e)
{
	json_open(w, NULL, '{');
	json_put_text(w, "register", e->reg);
	json_put_hex(w, "digest", BYTES_OF(e->digest));
	json_put_bool(w, "measured", e->is_measured);
	json_put_bool(w, "proven", e->is_proven);
	json_put_text(w, "text", e->text);
	json_open(w, "said", '{');
	json_put_u64(w, "type", e->type);
	json_put_text(w, "type_name", e->type_name);
	json_put_text(w, "label", e->label);
	json_close(w, '}');
	json_close(w, '}');
}

static void log_json(struct json_out *w, const struct cloister_verdict *v)
{
	struct cloister_register r;
	struct cloister_event e;

	if (!cloister_verdict_register(v, 0, &r)) {
		json_put_null(w, "event_log");
		return;
	}
	json_open(w, "event_log", '{');
	json_open(w, "registers", '[');
	for (size_t i = 0; cloister_verdict_register(v, i, &r); i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "name", r.name);
		json_put_bool(w, "reproduced", r.is_reproduced);
		json_put_u64(w, "events", r.n_events);
		json_put_hex(w, "replayed", BYTES_OF(r.replayed));
		json_close(w, '}');
	}
	json_close(w, ']');
	json_open(w, "events", '[');
	for (size_t at = 0; cloister_verdict_next_event(v, &at, &e);)
		event_json(w, &e);
	json_close(w, ']');
	json_close(w, '}');
}

static void checks_json(struct json_out *w, const struct cloister_verdict *v, bool explain)
{
	char text[CLOISTER_EXPLANATION_MAX];
	struct cloister_answer a;

	json_open(w, "checks", '[');
	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "id", a.id);
		json_put_text(w, "name", a.name);
		json_put_text(w, "finding", cloister_finding_name(a.finding));
		json_put_loose(w, "reason", bytes_text(a.reason));
		json_put_bool(w, "lowers_level", a.lowers_level);
		json_put_bool(w, "waived", a.is_waived);
		if (explain && cloister_verdict_explain(v, i, text, sizeof text))
			json_put_text(w, "explanation", text);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void verify_print_json(const struct verdict_print *p, struct buf *out)
{
	const struct cloister_verdict *v = p->verdict;
	struct json_out w = json_out(out);
	struct cloister_answer a;

	json_open(&w, NULL, '{');
	json_put_bool(&w, "accepted", cloister_verdict_accepts(v));
	json_put_text(&w, "kind", cloister_verdict_kind(v));
	json_put_text(&w, "trust_level", cloister_level_name(cloister_verdict_level(v)));
	json_put_text(&w, "failed", cloister_verdict_refusal(v, &a) ? a.name : NULL);
	json_open(&w, "time", '{');
	put_time(&w, "at", p->at_s);
	json_put_u64(&w, "unix_s", p->at_s);
	json_put_text(&w, "source", p->at_given ? "given" : "clock");
	json_close(&w, '}');
	claims_json(&w, v);
	log_json(&w, v);
	checks_json(&w, v, p->explain);
	json_open(&w, "warnings", '[');
	for (size_t i = 0; p->warnings[i]; i++)
		json_put_text(&w, NULL, p->warnings[i]);
	for (size_t i = 0; lowering(v, &i, &a);) {
		own(buf_fini) struct buf text = BUF_INIT(2 * CLOISTER_NOTE_MAX);
		put_lowering(&a, &text);
		json_put_loose(&w, NULL, buf_bytes(&text));
	}
	json_close(&w, ']');
	json_put_text(&w, "cannot_say", cannot_say);
	json_close(&w, '}');
}
