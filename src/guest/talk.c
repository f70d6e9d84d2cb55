/* SPDX-License-Identifier: Apache-2.0 */
/* talk.c - the messages between init and agent; the table in talk.h decides what is legal. */

#include "guest/talk.h"

#include "base/rd.h"
#include "base/wr.h"
#include "sys/io.h"

static const struct rule {
	enum talk_type type;
	enum talk_from from;
	size_t min, max;
} rules[] = {
#define M(id, byte, from, min, max) { TALK_##id, from, min, max },
	TALK_MESSAGES(M)
#undef M
};

static const struct rule *rule_of(unsigned type)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if ((unsigned)rules[i].type == type)
			return &rules[i];
	return NULL;
}

enum cloister_err talk_read(struct bytes message, enum talk_from from, struct talk *out,
			    struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(message, why ? why : &local);
	struct talk t = { 0 };

	uint8_t type = rd_u8(&r, "type");
	const struct rule *rule = rule_of(type);
	rd_want(&r, rule && rule->from == from, "type");
	if (rd_ok(&r) && rule) {
		t.type = rule->type;
		rd_want(&r, rd_left(&r) >= rule->min && rd_left(&r) <= rule->max, "length");
	}
	switch ((int)t.type) {
	case TALK_STOP:
		t.grace_ms = rd_be32(&r, "grace_ms");
		break;
	case TALK_SIGNAL:
		t.signal = rd_u8(&r, "signal");
		rd_want(&r, t.signal >= 1 && t.signal <= 64, "signal");
		break;
	case TALK_EXITED:
		t.kind = rd_u8(&r, "kind");
		rd_want(&r, t.kind <= 1, "kind");
		t.value = rd_u8(&r, "value");
		t.text = rd_rest(&r, "text");
		break;
	case TALK_FAULT:
		t.text = rd_rest(&r, "text");
		break;
	}
	TRY(rd_close(&r, "message"));
	*out = t;
	return CLOISTER_OK;
}

enum cloister_err talk_send(int fd, const struct talk *t, int pass_fd, struct cloister_fault *why)
{
	uint8_t room[TALK_MAX];
	struct wr w = wr_open(room, sizeof room);
	struct bytes message;

	wr_u8(&w, (uint8_t)t->type);
	if (t->type == TALK_STOP)
		wr_be32(&w, t->grace_ms);
	if (t->type == TALK_SIGNAL)
		wr_u8(&w, t->signal);
	if (t->type == TALK_EXITED) {
		wr_u8(&w, t->kind);
		wr_u8(&w, t->value);
	}
	if (t->type == TALK_FAULT || t->type == TALK_EXITED)
		wr_put(&w, bytes_of(t->text.data,
				    t->text.len < TALK_TEXT_MAX ? t->text.len : TALK_TEXT_MAX));
	TRY(wr_close(&w, "talk", &message, why));
	return io_send_msg(fd, message, pass_fd, why);
}

enum cloister_err talk_receive(int fd, enum talk_from from, uint8_t room[static TALK_MAX],
			       struct talk *out, int *fd_out, struct cloister_fault *why)
{
	own(drop_fd) int passed = -1;
	size_t len = 0;

	TRY(io_recv_msg(fd, room, TALK_MAX, &len, &passed, why));
	if (len == 0)
		return fail(why, CLOISTER_E_PEER, "talk", "the other end is gone");
	TRY(talk_read(bytes_of(room, len), from, out, why));
	bool wants_fd = out->type == TALK_STDOUT || out->type == TALK_STDERR;
	if (wants_fd != (passed >= 0))
		return fail(why, CLOISTER_E_PEER, "talk", "message `%c` %s a descriptor", (int)out->type,
			    wants_fd ? "without" : "with");
	*fd_out = give(passed, -1);
	return CLOISTER_OK;
}
