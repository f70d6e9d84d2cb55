/* SPDX-License-Identifier: Apache-2.0 */
/* ctl.c - the clients of ctl.sock. Each has one request, one reply and a deadline. */

#include "shim/ctl.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hex.h"
#include "codec/json.h"
#include "sys/stream.h"
#include "sys/io.h"
#include "sys/listener.h"

struct ctl_client {
	struct ctl *all;
	struct ctl_client *next, **link;
	struct stream stream;
	int timer_fd;
	struct watch timer;
	uint32_t evidence_id; /* 0: does not wait for evidence */
	bool waits_for_end;
	bool waits_for_pause, waits_for_resume;
	bool asked; /* its request has been read */
};

struct ctl {
	struct loop *loop;
	struct ctl_events events;
	struct listener listener;
	struct ctl_client *first;
	size_t n;
	uint32_t last_id;
};

static void drop(struct ctl_client *c)
{
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->all->n--;
	loop_remove(c->all->loop, &c->timer);
	drop_fd(&c->timer_fd);
	stream_fini(&c->stream);
	free(c);
}

/* Send what `text` has and a newline; the client is dropped when all of it went. */
static void reply(struct ctl_client *c, struct buf *text)
{
	buf_byte(text, '\n');
	c->evidence_id = 0;
	c->waits_for_end = c->waits_for_pause = c->waits_for_resume = false;
	timer_set(c->timer_fd, CTL_LINE_MS); /* for a client that does not read */
	if (!text->failed)
		(void)stream_put(&c->stream, buf_bytes(text)); /* what does not fit ends unanswered */
	stream_finish(&c->stream);
}

void ctl_refuse(struct ctl_client *c, const char *sentence)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_CTL_LINE);
	struct json_out w = json_out(&text);

	json_open(&w, NULL, '{');
	json_put_bool(&w, "ok", false);
	json_put_text(&w, "error", sentence);
	json_close(&w, '}');
	reply(c, &text);
}

void ctl_done(struct ctl_client *c)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_CTL_LINE);

	buf_text(&text, "{\"ok\":true}");
	reply(c, &text);
}

void ctl_record(struct ctl_client *c)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_CTL_LINE);

	buf_text(&text, "{\"ok\":true,\"record\":");
	c->all->events.record(c->all->events.owner, &text);
	buf_text(&text, "}");
	reply(c, &text);
}

uint32_t ctl_wait_evidence(struct ctl_client *c)
{
	c->evidence_id = ++c->all->last_id;
	timer_set(c->timer_fd, CTL_ATTEST_MS);
	return c->evidence_id;
}

void ctl_wait_pause(struct ctl_client *c, bool pause)
{
	c->waits_for_pause = pause;
	c->waits_for_resume = !pause;
	timer_set(c->timer_fd, CTL_PAUSE_MS);
}

void ctl_paused(struct ctl *all, bool is_paused)
{
	for (struct ctl_client *c = all->first; c; c = c->next) {
		if (is_paused ? c->waits_for_pause : c->waits_for_resume)
			ctl_record(c);
		else if (c->waits_for_pause || c->waits_for_resume)
			ctl_refuse(c, "somebody else asked for the opposite");
	}
}

void ctl_wait_end(struct ctl_client *c)
{
	c->waits_for_end = true;
	timer_set(c->timer_fd, 0);
}

static void document(struct ctl_client *c, struct bytes b)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_CTL_LINE);
	own(drop_mem) char *encoded = malloc(B64_ROOM(b.len));

	if (!encoded) {
		ctl_refuse(c, "out of memory");
		return;
	}
	b64_write(b, encoded);
	buf_print(&text, "{\"ok\":true,\"document\":\"%s\"}", encoded);
	reply(c, &text);
}

void ctl_evidence(struct ctl *all, uint32_t id, bool refused, struct bytes b)
{
	char sentence[256];

	for (struct ctl_client *c = all->first; c; c = c->next) {
		if (!id || c->evidence_id != id)
			continue;
		if (!refused) {
			document(c, b);
			return;
		}
		size_t len = b.len < sizeof sentence - 1 ? b.len : sizeof sentence - 1;
		for (size_t i = 0; i < len; i++)
			sentence[i] = b.data[i] >= ' ' && b.data[i] <= '~' ? (char)b.data[i] : '?';
		sentence[len] = '\0';
		ctl_refuse(c, sentence);
		return;
	}
}

void ctl_ended(struct ctl *all)
{
	for (struct ctl_client *c = all->first; c; c = c->next)
		if (c->waits_for_end)
			ctl_record(c);
		else if (c->evidence_id || c->waits_for_pause || c->waits_for_resume)
			ctl_refuse(c, "the enclave ended");
}

size_t ctl_clients(const struct ctl *all)
{
	return all ? all->n : 0;
}

static void late(struct watch *w, uint32_t events)
{
	struct ctl_client *c = w->owner;

	(void)events;
	timer_clear(c->timer_fd);
	if (c->evidence_id)
		ctl_refuse(c, "the enclave did not answer in time");
	else if (c->waits_for_pause || c->waits_for_resume)
		ctl_refuse(c, "the machine did not answer in time");
	else
		drop(c);
}

static void line(struct stream *s)
{
	struct ctl_client *c = s->owner;
	struct ctl_request r;
	struct cloister_fault why;
	char text[256];

	uint8_t *nl = memchr(s->in.data, '\n', s->in.len);
	if (!nl)
		return;
	struct bytes request = bytes_of(s->in.data, (size_t)(nl - s->in.data));
	if (c->asked || s->in.len != request.len + 1) {
		drop(c); /* one request per connection */
		return;
	}
	c->asked = true;
	if (ctl_request_read(request, &r, &why) != CLOISTER_OK)
		ctl_refuse(c, cloister_fault_text(&why, text, sizeof text));
	else
		c->all->events.request(c->all->events.owner, c, &r);
}

static void ended(struct stream *s)
{
	drop(s->owner);
}

/* The directory is closed to others already; this says so to whoever got a descriptor of it. */
static bool is_operator(int fd)
{
	struct ucred who;
	socklen_t len = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 &&
	       (who.uid == 0 || who.uid == geteuid());
}

static void accepted(void *owner, int client)
{
	struct ctl *all = owner;
	own(drop_fd) int fd = client;

	if (!is_operator(fd) || all->n >= CTL_CLIENTS_MAX)
		return;
	struct ctl_client *c = calloc(1, sizeof *c);
	if (!c)
		return;
	c->all = all;
	c->timer_fd = -1;
	c->timer = (struct watch)WATCH_INIT;
	c->next = all->first;
	c->link = &all->first;
	if (c->next)
		c->next->link = &c->next;
	all->first = c;
	all->n++;
	if (stream_open(&c->stream, all->loop, give(fd, -1), LIMIT_CTL_LINE, LIMIT_CTL_LINE, line, ended, c,
			NULL) != CLOISTER_OK ||
	    timer_open(&c->timer_fd, NULL) != CLOISTER_OK ||
	    loop_add(all->loop, &c->timer, c->timer_fd, EPOLLIN, late, c, NULL) != CLOISTER_OK) {
		drop(c);
		return;
	}
	timer_set(c->timer_fd, CTL_LINE_MS);
}

enum cloister_err ctl_open(struct loop *loop, int run_fd, const struct ctl_events *events,
			   struct ctl **out, struct cloister_fault *why)
{
	struct ctl *c = calloc(1, sizeof *c);
	int fd = -1;

	if (!c)
		return fail(why, CLOISTER_E_NOMEM, "ctl", "out of memory");
	*c = (struct ctl){ .loop = loop, .events = *events, .listener = LISTENER_INIT };
	enum cloister_err err = io_unix_listen(run_fd, "ctl.sock", &fd, why);
	if (err == CLOISTER_OK)
		err = listener_open(&c->listener, loop, fd, 0, accepted, c, why);
	if (err != CLOISTER_OK)
		ctl_free(c);
	else
		*out = c;
	return err;
}

void ctl_free(struct ctl *c)
{
	if (!c)
		return;
	while (c->first)
		drop(c->first);
	listener_close(&c->listener);
	free(c);
}
