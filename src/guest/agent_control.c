/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_control.c - the one connection to the host for the enclave's life:
 * frames of codec/wire.h, both ways, and between them the workload's output,
 * as far as the manifest lets it leave.
 *
 * Order that the host may rely on: HELLO, STARTED, LOG …, EXITED; EXITED comes
 * after the last byte of output. The host's BYE ends the machine.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/rd.h"
#include "base/wr.h"
#include "codec/wire.h"
#include "guest/agent.h"
#include "guest/flow.h"
#include "guest/kernel.h"
#include "guest/nsm.h"
#include "sys/io.h"

#define OUT_ROOM (1u << 20)
#define LOG_CHUNK 32768u
#define LOG_ROOM (256u << 10) /* output waits in its pipe while more than this is unsent */
#define ATTEST_MAX 16u        /* at the module at once; the host waits beyond */
#define CONNECT_MS 20000u

struct stream {
	uint8_t number; /* 1 stdout, 2 stderr */
	int fd;         /* -1: stays inside, or has ended */
	struct watch watch;
};

static struct {
	struct loop *loop;
	int fd;
	struct watch watch;
	struct flow in, out;
	unsigned n_attest;
	struct stream streams[2];
	bool exited, told; /* init said EXITED; the host was told */
	struct talk exit;  /* its text in exit_text */
	char exit_text[TALK_TEXT_MAX];
} control = {
	.fd = -1,
	.watch = WATCH_INIT,
	.streams = { { 1, -1, WATCH_INIT }, { 2, -1, WATCH_INIT } },
};

/* Listen only to what there is room to answer. */
static void adjust(void)
{
	bool hears = control.n_attest < ATTEST_MAX && control.out.len < OUT_ROOM / 2;
	bool logs = control.out.len < LOG_ROOM;

	loop_change(control.loop, &control.watch,
		    (hears ? EPOLLIN : 0u) | (control.out.len ? EPOLLOUT : 0u));
	for (size_t i = 0; i < 2; i++)
		loop_change(control.loop, &control.streams[i].watch, logs ? EPOLLIN : 0u);
}

static enum cloister_err send_frame(enum wire_type type, struct bytes a, struct bytes b,
				    struct cloister_fault *why)
{
	uint8_t head[WIRE_HEAD];

	TRY(wire_head(type, WIRE_GUEST, a.len + b.len, head, why));
	if (sizeof head + a.len + b.len > flow_left(&control.out))
		return fail(why, CLOISTER_E_LIMIT, "control", "the host does not read");
	flow_put(&control.out, BYTES_OF(head));
	flow_put(&control.out, a);
	flow_put(&control.out, b);
	adjust();
	return CLOISTER_OK;
}

static void must(enum cloister_err err, const struct cloister_fault *why)
{
	if (err != CLOISTER_OK)
		agent_die("control", why);
}

/* EXITED once there is an end and no output before it. */
static enum cloister_err tell_exit(struct cloister_fault *why)
{
	const uint8_t body[] = { control.exit.kind, control.exit.value };

	if (!control.exited || control.told || control.streams[0].fd >= 0 ||
	    control.streams[1].fd >= 0)
		return CLOISTER_OK;
	control.told = true;
	return send_frame(WIRE_EXITED, BYTES_OF(body), control.exit.text, why);
}

static void on_output(struct watch *w, uint32_t events)
{
	struct stream *s = w->owner;
	uint8_t chunk[LOG_CHUNK];
	struct cloister_fault why = { 0 };

	(void)events;
	ssize_t n = read(s->fd, chunk, sizeof chunk);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		must(send_frame(WIRE_LOG, bytes_of(&s->number, 1), bytes_of(chunk, (size_t)n), &why),
		     &why);
		return;
	}
	loop_remove(control.loop, &s->watch);
	drop_fd(&s->fd);
	must(tell_exit(&why), &why);
}

static enum cloister_err take_stream(struct stream *s, int fd, struct cloister_fault *why)
{
	if (s->fd >= 0)
		return fail(why, CLOISTER_E_PEER, "control", "stream %u came twice", s->number);
	s->fd = fd;
	TRY(io_nonblock(fd, true, why));
	return loop_add(control.loop, &s->watch, fd, EPOLLIN, on_output, s, why);
}

static void on_document(void *owner, enum cloister_err err, struct bytes answer,
			const struct cloister_fault *told)
{
	uint8_t head[5];
	struct wr w = wr_open(head, sizeof head);
	struct cloister_fault why = told ? *told : (struct cloister_fault){ 0 };
	struct bytes document = BYTES_NONE;
	char sentence[256];

	control.n_attest--;
	if (err == CLOISTER_OK)
		err = nsm_read_document(answer, &document, &why);
	wr_be32(&w, (uint32_t)(uintptr_t)owner);
	wr_u8(&w, err == CLOISTER_OK);
	if (err != CLOISTER_OK)
		document = bytes_text(cloister_fault_text(&why, sentence, sizeof sentence));
	must(send_frame(WIRE_EVIDENCE, BYTES_OF(head), document, &why), &why);
}

static enum cloister_err attest(struct bytes body, struct cloister_fault *why)
{
	uint8_t room[LIMIT_NSM_REQUEST];
	struct wire_attest a;
	struct bytes request;

	TRY(wire_attest_read(body, &a, why));
	const struct nsm_fields fields = { a.nonce, a.user_data, a.public_key };
	TRY(nsm_ask_document(&fields, room, sizeof room, &request, why));
	control.n_attest++;
	return nsm_submit(request, on_document, (void *)(uintptr_t)a.id, NULL, why);
}

static enum cloister_err tell_init(struct talk t, struct cloister_fault *why)
{
	return talk_send(TALK_FD, &t, -1, why);
}

static enum cloister_err obey(enum wire_type type, struct bytes body, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(body, &local);

	switch (type) {
	case WIRE_ATTEST:
		return attest(body, why);
	case WIRE_STOP:
		return tell_init((struct talk){ .type = TALK_STOP,
						.grace_ms = rd_be32(&r, "grace_ms") }, why);
	case WIRE_SIGNAL:
		return tell_init((struct talk){ .type = TALK_SIGNAL, .signal = rd_u8(&r, "signal") },
				 why);
	case WIRE_BYE:
		return tell_init((struct talk){ .type = TALK_DONE }, why);
	default:
		return fail(why, CLOISTER_E_PEER, "control", "message type %d", (int)type);
	}
}

static enum cloister_err obey_all(struct cloister_fault *why)
{
	enum wire_type type;
	struct bytes body;
	size_t used = 0;

	while (control.n_attest < ATTEST_MAX) {
		TRY(wire_next(flow_bytes(&control.in), WIRE_HOST, &type, &body, &used, why));
		if (used == 0)
			break;
		TRY(obey(type, body, why));
		flow_drop(&control.in, used);
	}
	return CLOISTER_OK;
}

static void on_event(struct watch *w, uint32_t events)
{
	struct cloister_fault why = { 0 };

	enum flow_state s = flow_write(&control.out, w->fd);
	if (s == FLOW_OK && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
		s = flow_read(&control.in, w->fd);
	if (s != FLOW_OK)
		must(fail(&why, CLOISTER_E_PEER, "control", "the host ended the connection"), &why);
	must(obey_all(&why), &why);
	adjust();
}

enum cloister_err control_open(struct loop *l, struct cloister_fault *why)
{
	control.loop = l;
	TRY(flow_init(&control.in, WIRE_FRAME_MAX, why));
	TRY(flow_init(&control.out, OUT_ROOM, why));
	TRY(kernel_vsock_connect(WIRE_PORT_CONTROL, CONNECT_MS, &control.fd, why));
	TRY(io_nonblock(control.fd, true, why));
	return loop_add(l, &control.watch, control.fd, EPOLLIN, on_event, NULL, why);
}

enum cloister_err control_hello(struct cloister_fault *why)
{
	const uint8_t version = WIRE_VERSION;

	return send_frame(WIRE_HELLO, bytes_of(&version, 1), BYTES_NONE, why);
}

enum cloister_err control_told(const struct talk *t, int fd, struct cloister_fault *why)
{
	own(drop_fd) int passed = fd;

	switch ((int)t->type) {
	case TALK_STDOUT:
		return take_stream(&control.streams[0], give(passed, -1), why);
	case TALK_STDERR:
		return take_stream(&control.streams[1], give(passed, -1), why);
	case TALK_RUNNING:
		return send_frame(WIRE_STARTED, BYTES_NONE, BYTES_NONE, why);
	case TALK_FAULT:
		return send_frame(WIRE_FAULT, t->text, BYTES_NONE, why);
	case TALK_EXITED:
		control.exited = true;
		control.exit = *t;
		memcpy(control.exit_text, t->text.data, t->text.len);
		control.exit.text = bytes_of(control.exit_text, t->text.len);
		return tell_exit(why);
	default:
		return fail(why, CLOISTER_E_PEER, "control", "init said `%c`", (int)t->type);
	}
}
