/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launcher.c - orders in, shims and questions to shims out. Everything that is under way is
 * a life (an enclave that is watched until it ends) or a question (an order that waits for a
 * shim's answer). Nothing here waits; a server that does not read its answers is ended.
 */

#include "daemon/launcher.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/hex.h"
#include "daemon/order.h"
#include "enclave/ask.h"
#include "enclave/channel.h"
#include "enclave/log.h"
#include "enclave/spawn.h"
#include "sys/io.h"
#include "sys/proc.h"

#define SEND_S 10                /* for the server to read */
#define ASK_MS 15000u            /* what a shim answers at once */
#define ATTEST_MS 65000u         /* the shim gives its guest a minute */
#define AFTER_GRACE_MS 30000u
#define GRACE_MAX_MS 3600000u
#define MEMORY_MAX_MIB (1u << 20)
#define CPUS_MAX 64u

/* An enclave that is watched. Of those we started we have the channel and must reap the shim. */
struct life {
	struct life *next, **link;
	struct launcher *all;
	char name[64];
	struct proc proc; /* idle for another's */
	int pidfd;        /* another's shim; -1 for ours */
	int channel;
	struct watch on_end, on_channel;
	uint32_t order; /* the START that is not answered yet; 0 for none */
	bool refused;   /* by the shim: there is no enclave of ours behind the name */
};

struct question {
	struct question *next, **link;
	struct launcher *all;
	struct ask *ask;
	enum order_type type;
	uint32_t order;
};

struct launcher {
	struct loop *loop;
	const struct state *state;
	int fd, images_fd;
	struct watch watch;
	void (*over)(void *owner, const char *reason);
	void *owner;
	struct life *lives;
	struct question *questions;
	size_t n_lives, n_questions;
};

static void finish(struct launcher *l, const char *reason)
{
	if (l->fd < 0)
		return;
	loop_remove(l->loop, &l->watch);
	drop_fd(&l->fd);
	l->over(l->owner, reason);
}

static void say_with(struct launcher *l, const struct order *m, int pass_fd)
{
	static uint8_t room[ORDER_MAX];
	struct cloister_fault why;
	struct bytes text;

	if (l->fd < 0)
		return;
	if (order_write(m, ORDER_LAUNCHER, room, &text, &why) != CLOISTER_OK) {
		/* What a shim said does not fit: whoever asked is told so. */
		struct order no = { .type = ORDER_REFUSED, .id = m->id, .number = why.err,
				    .sentence = bytes_text("the answer cannot be told") };
		if (order_write(&no, ORDER_LAUNCHER, room, &text, NULL) != CLOISTER_OK)
			return;
	}
	if (io_send_msg(l->fd, text, pass_fd, NULL) != CLOISTER_OK)
		finish(l, "the server does not listen");
}

static void say(struct launcher *l, const struct order *m)
{
	say_with(l, m, -1);
}

static void done(struct launcher *l, uint32_t id)
{
	say(l, &(struct order){ .type = ORDER_DONE, .id = id });
}

static void refuse(struct launcher *l, uint32_t id, const struct cloister_fault *why)
{
	char text[512];

	cloister_fault_text(why, text, sizeof text);
	for (char *c = text; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?'; /* a guest's words may be in it */
	say(l, &(struct order){ .type = ORDER_REFUSED, .id = id, .number = why->err, .sentence = bytes_text(text) });
}

/* The record as it is on disk, told with `id`. */
static enum cloister_err tell_record(struct launcher *l, const char *name, uint32_t id, bool *alive_out,
				     struct cloister_fault *why)
{
	own(drop_mem) struct state_entry *e = calloc(1, sizeof *e);
	own(buf_fini) struct buf text = BUF_INIT(RECORD_MAX);

	if (!e)
		return fail(why, CLOISTER_E_NOMEM, "record", "out of memory");
	TRY(state_enclave_read(l->state, name, e, why));
	record_put(&e->record, &text);
	TRY(buf_ok(&text, "record", why));
	say(l, &(struct order){ .type = ORDER_RECORD, .id = id, .record = buf_bytes(&text) });
	if (alive_out)
		*alive_out = e->alive;
	return CLOISTER_OK;
}

/* Lives. */

static void life_drop(struct life *f)
{
	*f->link = f->next;
	if (f->next)
		f->next->link = f->link;
	f->all->n_lives--;
	loop_remove(f->all->loop, &f->on_end);
	loop_remove(f->all->loop, &f->on_channel);
	drop_fd(&f->channel);
	drop_fd(&f->pidfd);
	drop_fd(&f->proc.pidfd); /* not killed: it lives on, or is reaped by now */
	free(f);
}

static struct life *life_of(struct launcher *l, const char *name)
{
	for (struct life *f = l->lives; f; f = f->next)
		if (!f->refused && strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

static enum cloister_err life_new(struct launcher *l, const char *name, struct life **out,
				  struct cloister_fault *why)
{
	if (l->n_lives >= LAUNCHER_LIVES)
		return fail(why, CLOISTER_E_LIMIT, "enclaves", "%u run already, and no more are watched",
			    LAUNCHER_LIVES);
	struct life *f = calloc(1, sizeof *f);
	if (!f)
		return fail(why, CLOISTER_E_NOMEM, "enclaves", "out of memory");
	*f = (struct life){ .all = l, .proc = PROC_INIT, .pidfd = -1, .channel = -1, .on_end = WATCH_INIT,
			    .on_channel = WATCH_INIT, .next = l->lives, .link = &l->lives };
	snprintf(f->name, sizeof f->name, "%s", name);
	if (f->next)
		f->next->link = &f->next;
	l->lives = f;
	l->n_lives++;
	*out = f;
	return CLOISTER_OK;
}

/* One message of a shim of ours; false when no more come. */
static bool channel_turn(struct life *f)
{
	static uint8_t room[1 + CHANNEL_BODY_MAX];
	own(drop_fd) int none = -1;
	struct cloister_fault why;
	size_t len = 0;
	char c;

	if (recv(f->channel, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (io_recv_msg(f->channel, room, sizeof room, &len, &none, NULL) != CLOISTER_OK || len == 0)
		return false;
	struct bytes body = bytes_of(room + 1, len - 1);
	switch ((enum channel_type)room[0]) {
	case CHANNEL_NAME:
		done(f->all, give(f->order, 0));
		return true;
	case CHANNEL_REFUSED:
		(void)fail(&why, CLOISTER_E_PEER, "enclave", "%.*s", (int)(body.len < 400 ? body.len : 400),
			   (const char *)body.data);
		f->refused = true;
		if (f->order)
			refuse(f->all, give(f->order, 0), &why);
		return true;
	case CHANNEL_STARTED:
		(void)tell_record(f->all, f->name, 0, NULL, NULL);
		return true;
	default:
		return true; /* its end is told when it is over */
	}
}

static void channel(struct watch *w, uint32_t events)
{
	struct life *f = w->owner;

	if (!channel_turn(f) && (events & (EPOLLHUP | EPOLLERR)))
		loop_remove(f->all->loop, &f->on_channel);
}

static enum cloister_err life_found(struct launcher *l, const char *name, struct cloister_fault *why);

static void life_ended(struct watch *w, uint32_t events)
{
	struct life *f = w->owner;
	struct launcher *l = f->all;
	struct cloister_fault why;
	struct proc_end how;
	bool is_over = true;
	char name[64];

	(void)events;
	while (f->channel >= 0 && channel_turn(f))
		;
	if (f->proc.pidfd >= 0 && (proc_wait(&f->proc, 0, &is_over, &how, NULL) != CLOISTER_OK || !is_over))
		return;
	if (f->order) {
		(void)fail(&why, CLOISTER_E_PEER, "enclave", "the shim of `%s` ended without a word", f->name);
		refuse(l, f->order, &why);
	} else if (!f->refused) {
		(void)tell_record(l, f->name, 0, NULL, NULL); /* removed by somebody: nothing to tell */
	}
	memcpy(name, f->name, sizeof name);
	life_drop(f);
	/* Whoever had the name first was not watched while this one stood in the way. */
	(void)life_found(l, name, NULL);
}

/* Watch one that somebody else started, or our predecessor. */
static enum cloister_err life_found(struct launcher *l, const char *name, struct cloister_fault *why)
{
	struct life *f;
	int pidfd = -1;

	if (life_of(l, name))
		return CLOISTER_OK;
	TRY(enclave_shim(l->state, name, &pidfd, why));
	if (pidfd < 0)
		return CLOISTER_OK;
	enum cloister_err err = life_new(l, name, &f, why);
	if (err != CLOISTER_OK) {
		close(pidfd);
		return err;
	}
	f->pidfd = pidfd;
	err = loop_add(l->loop, &f->on_end, pidfd, EPOLLIN, life_ended, f, why);
	if (err != CLOISTER_OK)
		life_drop(f);
	return err;
}

/* Orders. Texts of an order are not terminated. */

static const char *text_of(struct bytes b, char *out, size_t room)
{
	snprintf(out, room, "%.*s", (int)b.len, (const char *)b.data);
	return out;
}

/* The shim's options, with room for their texts. */
struct start_args {
	char name[64], image[4096 + 100], memory[16], cpus[16], ports[1024 + 1];
	const char *argv[20 + 2 * PUBLISH_MAX];
	size_t n;
};

static void arg(struct start_args *a, const char *option, const char *value)
{
	a->argv[a->n++] = option;
	if (value)
		a->argv[a->n++] = value;
}

static enum cloister_err ports(struct start_args *a, struct bytes list, struct cloister_fault *why)
{
	struct publish p;
	char *at = a->ports;
	size_t n = 0;

	text_of(list, a->ports, sizeof a->ports);
	while (at && *at) {
		char *port = at;
		at = strchr(at, ',');
		if (at)
			*at++ = '\0';
		if (n++ == PUBLISH_MAX)
			return fail(why, CLOISTER_E_LIMIT, "ports", "more than %d ports", PUBLISH_MAX);
		TRY(publish_read(port, &p, why));
		arg(a, "--publish", port);
	}
	return CLOISTER_OK;
}

static enum cloister_err start_args(struct launcher *l, const struct order *o, struct start_args *a,
				    struct cloister_fault *why)
{
	char hex[65], file[80];

	*a = (struct start_args){ .n = 1 };
	if (o->memory < 16 || o->memory > MEMORY_MAX_MIB || o->cpus < 1 || o->cpus > CPUS_MAX)
		return fail(why, CLOISTER_E_USAGE, "start", "memory is 16 to %u MiB, processors 1 to %u",
			    MEMORY_MAX_MIB, CPUS_MAX);
	hex_write(o->image, hex);
	snprintf(file, sizeof file, "%s.eif", hex);
	if (faccessat(l->images_fd, file, R_OK, AT_EACCESS) < 0)
		return fail(why, CLOISTER_E_MISSING, "start", "no image %.16s... has been built", hex);
	snprintf(a->image, sizeof a->image, "%s/built/%s", l->state->path, file);
	snprintf(a->memory, sizeof a->memory, "%u", o->memory);
	snprintf(a->cpus, sizeof a->cpus, "%u", o->cpus);
	arg(a, "--state", l->state->path);
	arg(a, "--name", text_of(o->name, a->name, sizeof a->name));
	arg(a, "--image", a->image);
	arg(a, "--memory", a->memory);
	arg(a, "--cpus", a->cpus);
	arg(a, "--detach", NULL);
	if (o->debug)
		arg(a, "--debug", NULL);
	return ports(a, o->ports, why);
}

static enum cloister_err start(struct launcher *l, const struct order *o, struct cloister_fault *why)
{
	struct start_args a;
	struct life *f;

	TRY(start_args(l, o, &a, why));
	if (life_of(l, a.name))
		return fail(why, CLOISTER_E_USAGE, "name", "an enclave named `%s` is running", a.name);
	TRY(life_new(l, a.name, &f, why));
	enum cloister_err err = shim_spawn(a.argv, -1, &f->proc, &f->channel, why);
	if (err == CLOISTER_OK)
		err = loop_add(l->loop, &f->on_channel, f->channel, EPOLLIN, channel, f, why);
	if (err == CLOISTER_OK)
		err = loop_add(l->loop, &f->on_end, f->proc.pidfd, EPOLLIN, life_ended, f, why);
	if (err != CLOISTER_OK) {
		proc_drop(&f->proc);
		life_drop(f);
		return err;
	}
	f->order = o->id;
	return CLOISTER_OK;
}

static void question_drop(struct question *q)
{
	*q->link = q->next;
	if (q->next)
		q->next->link = q->link;
	q->all->n_questions--;
	free(q);
}

static enum cloister_err document(struct question *q, struct json top, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(ASK_REPLY_MAX);
	own(drop_mem) uint8_t *raw = NULL;
	size_t len = 0;

	if (!json_string_to(json_get(top, "document"), &text))
		return fail(why, CLOISTER_E_PEER, "attest", "the shim sent no document");
	raw = malloc(text.len ? text.len : 1);
	if (!raw)
		return fail(why, CLOISTER_E_NOMEM, "attest", "out of memory");
	TRY(b64_read(buf_bytes(&text), raw, text.len, &len, why));
	say(q->all, &(struct order){ .type = ORDER_DOCUMENT, .id = q->order, .document = bytes_of(raw, len) });
	return CLOISTER_OK;
}

static void answered(void *owner, struct json top, const struct cloister_fault *why)
{
	struct question *q = owner;
	struct cloister_fault wrong;
	enum cloister_err err = CLOISTER_OK;
	struct json record = json_get(top, "record");

	if (why) {
		refuse(q->all, q->order, why);
	} else if (q->type == ORDER_SIGNAL) {
		done(q->all, q->order);
	} else if (q->type == ORDER_ATTEST) {
		err = document(q, top, &wrong);
	} else if (record.type == JSON_OBJECT) {
		say(q->all, &(struct order){ .type = ORDER_RECORD, .id = q->order, .record = record.text });
	} else {
		err = fail(&wrong, CLOISTER_E_PEER, "enclave", "the shim sent no record");
	}
	if (err != CLOISTER_OK)
		refuse(q->all, q->order, &wrong);
	question_drop(q);
}

static enum cloister_err ask(struct launcher *l, const struct order *o, struct buf *request, unsigned timeout_ms,
			     struct cloister_fault *why)
{
	char name[64];

	TRY(buf_ok(request, "request", why));
	if (l->n_questions >= LAUNCHER_ASKS)
		return fail(why, CLOISTER_E_LIMIT, "orders", "%u are under way; ask again later", LAUNCHER_ASKS);
	struct question *q = calloc(1, sizeof *q);
	if (!q)
		return fail(why, CLOISTER_E_NOMEM, "orders", "out of memory");
	*q = (struct question){ .all = l, .type = o->type, .order = o->id, .next = l->questions,
				.link = &l->questions };
	if (q->next)
		q->next->link = &q->next;
	l->questions = q;
	l->n_questions++;
	enum cloister_err err = ask_open(l->loop, l->state, text_of(o->name, name, sizeof name),
					 buf_bytes(request), timeout_ms, answered, q, &q->ask, why);
	if (err != CLOISTER_OK)
		question_drop(q);
	return err;
}

/* Pause, resume, signal, stop. One that has ended is stopped; one that cannot be asked yet is told by signal. */
static enum cloister_err plain(struct launcher *l, const struct order *o, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(256);
	uint32_t grace = o->grace < GRACE_MAX_MS ? o->grace : GRACE_MAX_MS;
	char name[64];
	struct life *f;

	switch (o->type) {
	case ORDER_PAUSE:
	case ORDER_RESUME:
		buf_print(&text, "{\"op\":\"%s\"}", o->type == ORDER_PAUSE ? "pause" : "resume");
		return ask(l, o, &text, ASK_MS, why);
	case ORDER_SIGNAL:
		buf_print(&text, "{\"op\":\"signal\",\"signal\":%u}", o->number);
		return ask(l, o, &text, ASK_MS, why);
	default:
		break;
	}
	buf_print(&text, "{\"op\":\"stop\",\"grace_ms\":%u}", grace);
	enum cloister_err err = ask(l, o, &text, grace + AFTER_GRACE_MS, why);
	text_of(o->name, name, sizeof name);
	if (err == CLOISTER_E_MISSING)
		return tell_record(l, name, o->id, NULL, why);
	if (err != CLOISTER_E_SYSTEM && err != CLOISTER_E_USAGE)
		return err;
	f = life_of(l, name);
	if (!f || !proc_pidfd_signal(f->pidfd >= 0 ? f->pidfd : f->proc.pidfd, SIGTERM))
		return err;
	return tell_record(l, name, o->id, NULL, why);
}

static enum cloister_err attest(struct launcher *l, const struct order *o, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(8192);
	struct json_out w = json_out(&text);

	json_open(&w, NULL, '{');
	json_put_text(&w, "op", "attest");
	json_put_hex(&w, "nonce", o->nonce);
	json_put_hex(&w, "user_data", o->user_data);
	json_close(&w, '}');
	return ask(l, o, &text, ATTEST_MS, why);
}

static enum cloister_err list(struct launcher *l, const struct order *o, struct cloister_fault *why)
{
	own(state_names_drop) char **names = NULL;

	TRY(state_names(l->state, &names, why));
	for (size_t i = 0; names[i]; i++) {
		bool alive = false;
		/* One that goes away while we look is no fault. */
		if (tell_record(l, names[i], o->id, &alive, NULL) == CLOISTER_OK && alive)
			TRY(life_found(l, names[i], why));
	}
	done(l, o->id);
	return CLOISTER_OK;
}

static enum cloister_err log_of(struct launcher *l, const struct order *o, struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;
	char name[64];

	TRY(state_enclave_open(l->state, text_of(o->name, name, sizeof name), &dir, why));
	own(drop_fd) int fd = openat(dir, o->number ? "log.1" : "log", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? fail(why, CLOISTER_E_MISSING, "log", "`%s` has none such", name)
				       : fail_sys(why, "log", "of `%s`", name);
	say_with(l, &(struct order){ .type = ORDER_DONE, .id = o->id }, fd);
	return CLOISTER_OK;
}

static enum cloister_err obey(struct launcher *l, const struct order *o, struct cloister_fault *why)
{
	char name[64];

	switch (o->type) {
	case ORDER_START:
		return start(l, o, why);
	case ORDER_STOP:
	case ORDER_PAUSE:
	case ORDER_RESUME:
	case ORDER_SIGNAL:
		return plain(l, o, why);
	case ORDER_REMOVE:
		TRY(state_enclave_remove(l->state, text_of(o->name, name, sizeof name), why));
		done(l, o->id);
		return CLOISTER_OK;
	case ORDER_ATTEST:
		return attest(l, o, why);
	case ORDER_LOG:
		return log_of(l, o, why);
	case ORDER_LIST:
		return list(l, o, why);
	default:
		return fail(why, CLOISTER_E_UNSUPPORTED, "order", "%s is not known to this launcher",
			    order_name(o->type));
	}
}

static void ordered(struct watch *w, uint32_t events)
{
	static uint8_t room[ORDER_MAX];
	struct launcher *l = w->owner;
	own(drop_fd) int none = -1; /* nobody hands us descriptors */
	struct cloister_fault why;
	struct order o;
	size_t len = 0;

	(void)events;
	if (io_recv_msg(l->fd, room, sizeof room, &len, &none, NULL) != CLOISTER_OK || len == 0) {
		finish(l, "the server has gone");
		return;
	}
	if (order_read(bytes_of(room, len), ORDER_SERVER, &o, NULL) != CLOISTER_OK) {
		finish(l, "the server said what it may not say");
		return;
	}
	if (obey(l, &o, &why) != CLOISTER_OK)
		refuse(l, o.id, &why);
}

static enum cloister_err open_images(const struct state *s, int *out, struct cloister_fault *why)
{
	if (mkdirat(s->dir_fd, "built", 0700) < 0 && errno != EEXIST)
		return fail_sys(why, "built", "%s/built cannot be made", s->path);
	*out = openat(s->dir_fd, "built", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *out < 0 ? fail_sys(why, "built", "%s/built", s->path) : CLOISTER_OK;
}

enum cloister_err launcher_new(struct loop *loop, const struct state *s, int server_fd,
			       void (*over)(void *owner, const char *reason), void *owner,
			       struct launcher **out, struct cloister_fault *why)
{
	struct timeval patience = { .tv_sec = SEND_S };
	own(drop_fd) int fd = server_fd;
	own(drop_fd) int images = -1;

	TRY(open_images(s, &images, why));
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0)
		return fail_sys(why, "launcher", "the server's socket");
	struct launcher *l = calloc(1, sizeof *l);
	if (!l)
		return fail(why, CLOISTER_E_NOMEM, "launcher", "out of memory");
	*l = (struct launcher){ .loop = loop, .state = s, .fd = give(fd, -1), .images_fd = give(images, -1),
				.watch = WATCH_INIT, .over = over, .owner = owner };
	enum cloister_err err = loop_add(loop, &l->watch, l->fd, EPOLLIN, ordered, l, why);
	if (err != CLOISTER_OK)
		launcher_free(l);
	else
		*out = l;
	return err;
}

void launcher_free(struct launcher *l)
{
	if (!l)
		return;
	loop_remove(l->loop, &l->watch);
	while (l->lives)
		life_drop(l->lives);
	while (l->questions) {
		ask_free(l->questions->ask);
		question_drop(l->questions);
	}
	drop_fd(&l->fd);
	drop_fd(&l->images_fd);
	free(l);
}
