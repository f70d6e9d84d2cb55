/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launcher_probe.c - a server for flow/launcher.sh: gives a launcher orders, one a line of
 * standard input, and prints what it says. The launcher is a child, as it would be its parent.
 *
 *   launcher_probe STATE
 *
 *   start NAME IMAGE MEMORY CPUS PORTS|-     stop NAME GRACE_MS     pause|resume|remove|log|log.1 NAME
 *   signal NAME N     attest NAME NONCE      list                   until NAME STATE
 *   launcher          another launcher in place of this one, which is killed
 *   hostile HEX       bytes that are no order
 */

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hex.h"
#include "codec/json.h"
#include "daemon/launcher.h"
#include "daemon/order.h"
#include "sys/io.h"
#include "sys/proc.h"

#define PATIENCE_MS 120000

struct probe {
	const char *state;
	struct proc launcher;
	int fd;
	uint32_t id;
	/* The last events that nobody waited for yet: they may come before an answer, or after it. */
	struct {
		char name[64], state[16];
	} events[16];
	size_t n_events;
};

static void die(const char *what)
{
	printf("probe: %s\n", what);
	exit(1);
}

static void over(void *owner, const char *reason)
{
	fprintf(stderr, "launcher: %s\n", reason);
	loop_stop(owner);
}

/* The launcher's process; descriptor 3 is the server's. */
static int launcher_main(void *ctx)
{
	own(state_close) struct state s = STATE_INIT;
	own(drop_loop) struct loop *loop = NULL;
	struct launcher *l = NULL;
	struct cloister_fault why;

	signal(SIGPIPE, SIG_IGN);
	enum cloister_err err = state_open(ctx, &s, &why);
	if (err == CLOISTER_OK)
		err = loop_new(&loop, &why);
	if (err == CLOISTER_OK)
		err = launcher_new(loop, &s, 3, over, loop, &l, &why);
	if (err == CLOISTER_OK)
		err = loop_run(loop, &why);
	launcher_free(l);
	return err != CLOISTER_OK;
}

static void start_launcher(struct probe *p)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	int ends[2];

	drop_fd(&p->fd);
	proc_drop(&p->launcher);
	if (io_pair(SOCK_SEQPACKET, ends, NULL) != CLOISTER_OK)
		die("no socket");
	spec.fn = launcher_main;
	spec.ctx = (void *)p->state;
	spec.fds[0] = ends[1];
	spec.n_fds = 1;
	spec.die_with_parent = true;
	if (proc_start(&spec, &p->launcher, NULL) != CLOISTER_OK)
		die("no launcher");
	close(ends[1]);
	p->fd = ends[0];
}

static void print_record(struct probe *p, const struct order *m)
{
	char name[64] = "?", state[16] = "?", reason[768] = "";
	struct json top;

	if (json_read(m->record, &top, NULL) != CLOISTER_OK)
		die("a record that is no JSON");
	json_text(json_get(top, "name"), name, sizeof name);
	json_text(json_get(top, "state"), state, sizeof state);
	json_text(json_get(top, "reason"), reason, sizeof reason);
	if (!m->id && p->n_events < 16) {
		snprintf(p->events[p->n_events].name, 64, "%s", name);
		snprintf(p->events[p->n_events++].state, 16, "%s", state);
	}
	printf("%s %s is %s%s%s\n", m->id ? "record" : "event", name, state, reason[0] ? ": " : "", reason);
}

static void print_file(int fd)
{
	own(buf_fini) struct buf text = BUF_INIT(1u << 20);
	uint8_t room[4096];

	for (ssize_t n; (n = read(fd, room, sizeof room)) > 0;)
		buf_put(&text, room, (size_t)n);
	if (write(fd, "x", 1) >= 0)
		die("a log that can be written");
	printf("%.*s", (int)text.len, (const char *)text.data);
}

/* One message, printed; false when the launcher has gone. */
static bool hear(struct probe *p, struct order *m)
{
	static uint8_t room[ORDER_MAX];
	struct pollfd f = { .fd = p->fd, .events = POLLIN };
	own(drop_fd) int passed = -1;
	size_t len = 0;

	if (poll(&f, 1, PATIENCE_MS) <= 0)
		die("nothing was said in time");
	if (io_recv_msg(p->fd, room, sizeof room, &len, &passed, NULL) != CLOISTER_OK || len == 0)
		return false;
	if (order_read(bytes_of(room, len), ORDER_LAUNCHER, m, NULL) != CLOISTER_OK)
		die("what came is no message");
	if (m->type == ORDER_RECORD)
		print_record(p, m);
	else if (m->type == ORDER_REFUSED)
		printf("refused: %.*s\n", (int)m->sentence.len, (const char *)m->sentence.data);
	else if (m->type == ORDER_DOCUMENT)
		printf("document of %zu bytes\n", m->document.len);
	else
		printf("%s\n", order_name(m->type));
	if (passed >= 0)
		print_file(passed);
	return true;
}

static void tell(struct probe *p, struct order *m)
{
	static uint8_t room[ORDER_MAX];
	struct bytes text;
	struct order got;

	m->id = ++p->id;
	if (order_write(m, ORDER_SERVER, room, &text, NULL) != CLOISTER_OK)
		die("that is no order");
	if (io_send_msg(p->fd, text, -1, NULL) != CLOISTER_OK)
		die("the launcher does not listen");
	do {
		if (!hear(p, &got))
			die("the launcher has gone");
	} while (got.id != m->id || (m->type == ORDER_LIST && got.type == ORDER_RECORD));
}

static void until(struct probe *p, const char *name, const char *state)
{
	struct order m;

	size_t i;

	for (i = 0;; i++) {
		while (i == p->n_events)
			if (!hear(p, &m))
				die("the launcher has gone");
		if (strcmp(p->events[i].name, name) == 0 && strcmp(p->events[i].state, state) == 0)
			break;
	}
	p->n_events -= i + 1;
	memmove(p->events, p->events + i + 1, p->n_events * sizeof *p->events);
}

static void hostile(struct probe *p, const char *hex)
{
	uint8_t raw[4096];
	struct order m;
	size_t len;

	if (hex_read(bytes_text(hex), raw, sizeof raw, &len, NULL) != CLOISTER_OK)
		die("no hexadecimal");
	if (io_send_msg(p->fd, bytes_of(raw, len), -1, NULL) != CLOISTER_OK || hear(p, &m))
		die("the launcher went on");
	printf("it hung up\n");
	start_launcher(p);
}

static void order(struct probe *p, char *word[6])
{
	static const struct {
		const char *word;
		enum order_type type;
	} words[] = { { "start", ORDER_START },	  { "stop", ORDER_STOP },     { "pause", ORDER_PAUSE },
		      { "resume", ORDER_RESUME }, { "remove", ORDER_REMOVE }, { "log", ORDER_LOG },
		      { "log.1", ORDER_LOG },	  { "signal", ORDER_SIGNAL }, { "attest", ORDER_ATTEST },
		      { "list", ORDER_LIST },	  { "build", ORDER_BUILD } };
	uint8_t image[32] = { 0 }, nonce[64];
	struct order m = { .name = bytes_text(word[1]) };
	size_t len = 0;

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(word[0], words[i].word) == 0)
			m.type = words[i].type;
	switch (m.type) {
	case ORDER_START:
		if (hex_read(bytes_text(word[2]), image, sizeof image, &len, NULL) != CLOISTER_OK)
			die("no image");
		m.image = bytes_of(image, len);
		m.memory = (uint32_t)strtoul(word[3], NULL, 10);
		m.cpus = (uint32_t)strtoul(word[4], NULL, 10);
		m.ports = strcmp(word[5], "-") == 0 ? BYTES_NONE : bytes_text(word[5]);
		break;
	case ORDER_STOP:
		m.grace = (uint32_t)strtoul(word[2], NULL, 10);
		break;
	case ORDER_SIGNAL:
		m.number = (uint32_t)strtoul(word[2], NULL, 10);
		break;
	case ORDER_LOG:
		m.number = word[0][3] != '\0';
		break;
	case ORDER_ATTEST:
		if (hex_read(bytes_text(word[2]), nonce, sizeof nonce, &len, NULL) != CLOISTER_OK)
			die("no nonce");
		m.nonce = bytes_of(nonce, len);
		break;
	case ORDER_BUILD:
		m.reference = bytes_text("nginx"), m.settings = bytes_text("{}");
		break;
	default:
		break;
	}
	tell(p, &m);
}

int main(int argc, char **argv)
{
	struct probe p = { .launcher = PROC_INIT, .fd = -1 };
	char line[512];

	if (argc != 2)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	setvbuf(stdout, NULL, _IOLBF, 0);
	p.state = argv[1];
	start_launcher(&p);
	while (fgets(line, sizeof line, stdin)) {
		char *word[6] = { line, "", "", "", "", "" }, *at = line;
		line[strcspn(line, "\n")] = '\0';
		for (size_t n = 1; n < 6 && (at = strchr(at, ' ')); n++)
			*at++ = '\0', word[n] = at;
		printf("> %s %s\n", word[0], word[1]);
		if (strcmp(word[0], "launcher") == 0)
			start_launcher(&p);
		else if (strcmp(word[0], "until") == 0)
			until(&p, word[1], word[2]);
		else if (strcmp(word[0], "hostile") == 0)
			hostile(&p, word[1]);
		else
			order(&p, word);
	}
	drop_fd(&p.fd);
	proc_drop(&p.launcher);
	return 0;
}
