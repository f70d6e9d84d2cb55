/* SPDX-License-Identifier: Apache-2.0 */
/*
 * order.c - the tables of order.h walked in both directions. A message is read
 * straight down its list of fields; writing reads back what it wrote, so that
 * there is one judge of what is well-formed.
 */

#include "daemon/order.h"

#include <stdbool.h>
#include <stddef.h>

#include "base/rd.h"
#include "base/utf8.h"
#include "base/wr.h"
#include "codec/json.h"
#include "enclave/state.h"

enum kind { NAME, TEXT, JSON, BYTES, U32, U64 };

/* clang-format off */
enum field {
#define F(field, kind, min, max) FIELD_##field,
	ORDER_FIELDS(F)
#undef F
};

static const struct form {
	const char *name;
	enum kind kind;
	uint32_t min, max;
	size_t at;
} forms[] = {
#define F(field, kind, min, max) { #field, kind, min, max, offsetof(struct order, field) },
	ORDER_FIELDS(F)
#undef F
};

#define FIELDS_MAX 6

static const struct message {
	const char *name;
	enum order_type type;
	enum order_from from;
	struct { uint8_t n; uint8_t field[FIELDS_MAX]; } has;
} messages[] = {
#define PICK(_0, _1, _2, _3, _4, _5, _6, n, ...) n
#define LIST0() { 0 }
#define LIST1(a) { 1, { FIELD_##a } }
#define LIST2(a, b) { 2, { FIELD_##a, FIELD_##b } }
#define LIST3(a, b, c) { 3, { FIELD_##a, FIELD_##b, FIELD_##c } }
#define LIST4(a, b, c, d) { 4, { FIELD_##a, FIELD_##b, FIELD_##c, FIELD_##d } }
#define LIST6(a, b, c, d, e, f) { 6, { FIELD_##a, FIELD_##b, FIELD_##c, FIELD_##d, FIELD_##e, FIELD_##f } }
#define M(id, wire, from, ...) { #id, wire, from, PICK(0, ##__VA_ARGS__, LIST6, LIST5, LIST4, LIST3, LIST2, LIST1, LIST0)(__VA_ARGS__) },
	ORDER_MESSAGES(M)
#undef M
};
/* clang-format on */

static const struct message *message_of(enum order_type type)
{
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
		if (messages[i].type == type)
			return &messages[i];
	return NULL;
}

const char *order_name(enum order_type type)
{
	const struct message *m = message_of(type);

	return m ? m->name : "nothing";
}

static bool is_text(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		if (b.data[i] < ' ' || b.data[i] == 0x7f)
			return false;
	return utf8_valid(b) == b.len;
}

static bool is_object(struct bytes b)
{
	struct json top;

	return json_read(b, &top, NULL) == CLOISTER_OK && top.type == JSON_OBJECT;
}

static void read_field(struct rd *r, const struct form *f, uint8_t *out)
{
	if (f->kind == U32) {
		*(uint32_t *)out = rd_be32(r, f->name);
		rd_want(r, f->max == 0 || *(uint32_t *)out <= f->max, "is larger than it may be");
		return;
	}
	if (f->kind == U64) {
		*(uint64_t *)out = rd_be64(r, f->name);
		return;
	}
	uint32_t len = rd_be32(r, f->name);
	rd_want(r, len >= f->min && len <= f->max, "has a length that it may not have");
	struct bytes b = rd_take(r, rd_ok(r) ? len : 0, f->name);
	rd_want(r, f->kind != NAME || state_name_good(b), "is no enclave's name");
	rd_want(r, f->kind != TEXT || is_text(b), "is not plain UTF-8 text");
	rd_want(r, f->kind != JSON || !rd_ok(r) || is_object(b), "is no JSON object");
	*(struct bytes *)out = b;
}

enum cloister_err order_read(struct bytes in, enum order_from from, struct order *out,
			      struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	struct order m = { .type = rd_u8(&r, "type") };
	const struct message *form = message_of(m.type);

	if (rd_ok(&r) && (!form || form->from != from))
		rd_refuse(&r, CLOISTER_E_UNSUPPORTED, "type", "nothing that this side may say");
	m.id = rd_be32(&r, "id");
	rd_want(&r, from == ORDER_LAUNCHER || m.id != 0, "a request has a number");
	for (size_t i = 0; rd_ok(&r) && i < form->has.n; i++) {
		const struct form *f = &forms[form->has.field[i]];
		read_field(&r, f, (uint8_t *)&m + f->at);
	}
	TRY(rd_close(&r, "order"));
	*out = m;
	return CLOISTER_OK;
}

static void write_field(struct wr *w, const struct form *f, const uint8_t *v)
{
	if (f->kind == U32) {
		wr_be32(w, *(const uint32_t *)v);
	} else if (f->kind == U64) {
		wr_be64(w, *(const uint64_t *)v);
	} else {
		const struct bytes *b = (const struct bytes *)v;
		wr_be32(w, b->len > UINT32_MAX ? UINT32_MAX : (uint32_t)b->len);
		wr_put(w, *b);
	}
}

enum cloister_err order_write(const struct order *m, enum order_from from, uint8_t *room, struct bytes *out,
			       struct cloister_fault *why)
{
	const struct message *form = message_of(m->type);
	struct wr w = wr_open(room, ORDER_MAX);
	struct order again;
	struct bytes text;

	if (!form)
		return fail(why, CLOISTER_E_UNSUPPORTED, "order", "no such message");
	wr_u8(&w, (uint8_t)m->type);
	wr_be32(&w, m->id);
	for (size_t i = 0; i < form->has.n; i++) {
		const struct form *f = &forms[form->has.field[i]];
		write_field(&w, f, (const uint8_t *)m + f->at);
	}
	TRY(wr_close(&w, "order", &text, why));
	TRY(order_read(text, from, &again, why));
	*out = text;
	return CLOISTER_OK;
}
