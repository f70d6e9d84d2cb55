/* SPDX-License-Identifier: Apache-2.0 */
/*
 * control.c - which frame is allowed when, and what it means. The table is the
 * protocol; whatever is not in it ends the enclave.
 */

#include "shim/control.h"

#include <stdio.h>
#include <string.h>

#include "base/rd.h"

#define SENTENCE_MAX 512u

/* Text of the guest for people: printable ASCII, everything else a question mark. */
static void printable(struct bytes text, char *out, size_t room)
{
	size_t len = text.len < room - 1 ? text.len : room - 1;

	for (size_t i = 0; i < len; i++)
		out[i] = text.data[i] >= ' ' && text.data[i] <= '~' ? (char)text.data[i] : '?';
	out[len] = '\0';
}

static void broken(struct control *c, const char *reason)
{
	control_close(c);
	c->events.broken(c->events.owner, reason);
}

static bool hello(struct control *c, struct bytes body)
{
	char text[96];

	if (body.data[0] != WIRE_VERSION) {
		snprintf(text, sizeof text, "the agent speaks version %u of the protocol, this is %u",
			 body.data[0], WIRE_VERSION);
		broken(c, text);
		return false;
	}
	c->state = CONTROL_WAITING;
	c->events.hello(c->events.owner);
	return true;
}

static bool started(struct control *c, struct bytes body)
{
	(void)body;
	c->state = CONTROL_RUNNING;
	c->events.started(c->events.owner);
	return true;
}

static bool output(struct control *c, struct bytes body)
{
	unsigned stream = body.data[0];

	if (stream != 1 && stream != 2) {
		broken(c, "the agent sent output of a stream that does not exist");
		return false;
	}
	c->events.output(c->events.owner, stream, bytes_of(body.data + 1, body.len - 1));
	return true;
}

static bool exited(struct control *c, struct bytes body)
{
	bool by_signal = body.data[0] == 1;

	if (body.data[0] > 1 || (by_signal && (body.data[1] == 0 || body.data[1] > 64))) {
		broken(c, "the agent told an end that cannot be");
		return false;
	}
	c->state = CONTROL_EXITED;
	c->events.exited(c->events.owner, by_signal, body.data[1]);
	return true;
}

static bool fault(struct control *c, struct bytes body)
{
	char said[SENTENCE_MAX + 1], text[SENTENCE_MAX + 32];

	printable(body, said, sizeof said);
	snprintf(text, sizeof text, "the enclave gave up: %s", said);
	broken(c, text);
	return false;
}

static bool evidence(struct control *c, struct bytes body)
{
	struct cloister_fault why;
	struct rd r = rd_open(body, &why);
	uint32_t id = rd_be32(&r, "id");
	uint8_t granted = rd_u8(&r, "granted");

	rd_want(&r, granted <= 1, "granted");
	struct bytes document = rd_rest(&r, "document");
	if (rd_close(&r, "evidence") != CLOISTER_OK) {
		broken(c, "the agent's answer with evidence is malformed");
		return false;
	}
	c->events.evidence(c->events.owner, id, !granted, document);
	return true;
}

#define IN(state) (1u << CONTROL_##state)

/* A handler says false when the control is closed and must not be touched. */
static const struct rule {
	enum wire_type type;
	unsigned states;
	bool (*handle)(struct control *c, struct bytes body);
} rules[] = {
	{ WIRE_HELLO, IN(GREETING), hello },
	{ WIRE_STARTED, IN(WAITING), started },
	{ WIRE_LOG, IN(WAITING) | IN(RUNNING), output },
	{ WIRE_EVIDENCE, IN(WAITING) | IN(RUNNING) | IN(EXITED), evidence },
	{ WIRE_EXITED, IN(WAITING) | IN(RUNNING), exited },
	{ WIRE_FAULT, IN(GREETING) | IN(WAITING) | IN(RUNNING) | IN(EXITED), fault },
};

static bool handle(struct control *c, enum wire_type type, struct bytes body)
{
	char text[96];

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (rules[i].type == type && (rules[i].states & 1u << c->state))
			return rules[i].handle(c, body);
	snprintf(text, sizeof text, "the agent sent message %u out of turn", (unsigned)type);
	broken(c, text);
	return false;
}

static void frames(struct stream *s)
{
	struct control *c = s->owner;
	struct cloister_fault why;
	enum wire_type type;
	struct bytes body;
	size_t used;
	char text[256], whole[300];

	while (!s->paused && s->fd >= 0) {
		if (wire_next(buf_bytes(&s->in), WIRE_GUEST, &type, &body, &used, &why) != CLOISTER_OK) {
			snprintf(whole, sizeof whole, "the agent broke the protocol: %s",
				 cloister_fault_text(&why, text, sizeof text));
			broken(c, whole);
			return;
		}
		if (used == 0 || !handle(c, type, body))
			return;
		stream_eat(s, used);
	}
}

static void ended(struct stream *s)
{
	struct control *c = s->owner;

	control_close(c);
	if (c->state != CONTROL_EXITED)
		c->events.hung_up(c->events.owner);
}

void control_arrived(struct control *c, struct loop *loop, int fd)
{
	if (c->state != CONTROL_NONE) {
		struct stream second = STREAM_INIT;
		second.loop = loop;
		second.fd = fd;
		stream_fini(&second);
		return;
	}
	c->state = CONTROL_GREETING;
	if (stream_open(&c->stream, loop, fd, WIRE_FRAME_MAX, 64u << 10, frames, ended, c, NULL) !=
	    CLOISTER_OK)
		broken(c, "no memory for the agent's connection");
}

void control_close(struct control *c)
{
	stream_fini(&c->stream);
}

bool control_send(struct control *c, enum wire_type type, struct bytes body)
{
	uint8_t head[WIRE_HEAD];

	return c->state != CONTROL_NONE && c->stream.fd >= 0 &&
	       wire_head(type, WIRE_HOST, body.len, head, NULL) == CLOISTER_OK &&
	       WIRE_HEAD + body.len <= c->stream.out.max - c->stream.out.len &&
	       stream_put(&c->stream, BYTES_OF(head)) && stream_put(&c->stream, body);
}

void control_pause(struct control *c, bool paused)
{
	if (c->stream.fd < 0)
		return;
	if (!stream_pause(&c->stream, paused))
		broken(c, "no memory for the agent's connection");
	else if (!paused)
		frames(&c->stream); /* what came before the pause */
}
