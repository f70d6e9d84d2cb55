/* SPDX-License-Identifier: Apache-2.0 */
/*
 * logs.c - `cloister logs`: the records of enclave/log.h, older file first.
 * Standard output goes to ours, everything else to our standard error.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/plain.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "codec/json.h"
#include "enclave/ask.h"
#include "enclave/log.h"
#include "sys/io.h"

static const char help_text[] =
	"usage: cloister logs NAME [OPTION…]\n\n"
	"Print what an enclave's image lets out of it, standard output and standard error each to\n"
	"ours, and what happened to it (lines with `*`, on standard error).\n\n"
	"  -f, --follow        go on until the enclave has ended\n"
	"  -n, --tail N        only the last N records\n"
	"  -t, --timestamps    each record's time before it\n"
	"  --console           the machine's console instead (enclaves run with --debug)\n"
	"  --raw               control characters also to a terminal, which obeys them\n"
	"  --state DIR         where enclaves are kept\n"
	"  --json              one JSON object per record\n";

#define FOLLOW_MS 100

struct logs {
	const char *name, *state;
	uint64_t tail; /* UINT64_MAX for all */
	bool follow, json, times, console, raw;
	struct plain plain[LOG_EVENT + 1]; /* what of each stream has not been printed yet */
	bool mid_line[LOG_EVENT + 1]; /* the last record of the stream has no newline yet */
};

static void print_json(const struct log_line *l)
{
	static const char *const names[] = { [LOG_STDOUT] = "stdout", [LOG_STDERR] = "stderr",
					     [LOG_EVENT] = "event" };
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_JSON);
	struct json_out w = json_out(&out);

	json_open(&w, NULL, '{');
	json_put_bytes(&w, "time", l->time);
	json_put_text(&w, "stream", names[l->stream]);
	json_put_bool(&w, "whole", l->whole);
	json_put_loose(&w, "text", l->text);
	json_close(&w, '}');
	puts(buf_string(&out));
}

/* The bytes themselves, but for a terminal, which has a `plain`, only their text. */
static void put(struct plain *p, struct bytes b, FILE *to)
{
	own(buf_fini) struct buf text = BUF_INIT(PLAIN_ROOM(b.len));

	if (p) {
		plain_put(p, b, &text);
		b = buf_bytes(&text);
	}
	fwrite(b.data, 1, b.len, to);
}

static void print(struct logs *o, struct bytes line)
{
	struct log_line l;

	if (!log_line_read(line, &l))
		return;
	if (o->json) {
		print_json(&l);
		return;
	}
	FILE *to = l.stream == LOG_STDOUT ? stdout : stderr;
	struct plain *plain = o->raw || !isatty(fileno(to)) ? NULL : &o->plain[l.stream];
	if (o->times && !o->mid_line[l.stream])
		fprintf(to, "%.*s ", (int)l.time.len, (const char *)l.time.data);
	if (l.stream == LOG_EVENT)
		fputs("* ", to);
	put(plain, l.text, to);
	if (l.whole)
		put(plain, bytes_text("\n"), to);
	o->mid_line[l.stream] = !l.whole;
}

/* Print whole records from `b`; what follows the last newline stays for later. */
static size_t print_all(struct logs *o, struct bytes b)
{
	size_t at = 0;

	for (const uint8_t *nl; at < b.len && (nl = memchr(b.data + at, '\n', b.len - at));) {
		size_t len = (size_t)(nl - (b.data + at));
		print(o, bytes_of(b.data + at, len));
		at += len + 1;
	}
	fflush(stdout);
	return at;
}

/* The part of `b` with its last `n` records. */
static struct bytes last(struct bytes b, uint64_t n)
{
	size_t at = b.len;

	for (; at > 0; at--)
		if (b.data[at - 1] == '\n' && at != b.len && n-- <= 1)
			break;
	return n == 0 && at == b.len ? BYTES_NONE : bytes_of(b.data + at, b.len - at);
}

/* The newer file as it grows, over its changes. */
struct tail {
	int dir, fd;
	struct buf rest; /* the beginning of a record */
};

static enum cloister_err reopen(struct tail *t, struct cloister_fault *why)
{
	drop_fd(&t->fd);
	t->fd = openat(t->dir, "log", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return t->fd < 0 ? fail_sys(why, "logs", "the log is gone") : CLOISTER_OK;
}

/* Whether the file that is open is not the newer one any more. */
static bool replaced(const struct tail *t)
{
	struct stat ours, now;

	return fstat(t->fd, &ours) == 0 && fstatat(t->dir, "log", &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       ours.st_ino != now.st_ino;
}

static enum cloister_err catch_up(struct logs *o, struct tail *t, struct cloister_fault *why)
{
	uint8_t room[65536];
	ssize_t n;

	while ((n = read(t->fd, room, sizeof room)) > 0) {
		buf_put(&t->rest, room, (size_t)n);
		TRY(buf_ok(&t->rest, "logs", why));
		size_t used = print_all(o, buf_bytes(&t->rest));
		memmove(t->rest.data, t->rest.data + used, t->rest.len - used);
		t->rest.len -= used;
	}
	return CLOISTER_OK;
}

static enum cloister_err follow(struct logs *o, struct tail *t, int pidfd, struct cloister_fault *why)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	bool over = pidfd < 0;

	for (;;) {
		bool was_replaced = replaced(t); /* asked first: then its end has been written */
		TRY(catch_up(o, t, why));
		if (was_replaced) {
			TRY(reopen(t, why));
			continue;
		}
		if (over)
			return CLOISTER_OK;
		over = poll(&end, 1, FOLLOW_MS) > 0;
	}
}

static enum cloister_err console(const struct logs *o, int dir, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(2 * LIMIT_LOG_BYTES);

	if (file_read(dir, "console.1", LIMIT_LOG_BYTES, &text, why) == CLOISTER_E_SYSTEM)
		return CLOISTER_E_SYSTEM;
	if (file_read(dir, "console", LIMIT_LOG_BYTES, &text, why) != CLOISTER_OK)
		return fail(why, CLOISTER_E_MISSING, "logs",
			    "it has no console; only enclaves run with --debug have one");
	struct plain p = { 0 };
	put(o->raw || !isatty(STDOUT_FILENO) ? NULL : &p, buf_bytes(&text), stdout);
	return CLOISTER_OK;
}

static void drop_tail(struct tail *t)
{
	drop_fd(&t->fd);
	buf_fini(&t->rest);
}

static enum cloister_err logs(struct logs *o, struct cloister_fault *why)
{
	own(state_close) struct state s = STATE_INIT;
	own(drop_fd) int dir = -1;
	own(drop_fd) int pidfd = -1;
	own(buf_fini) struct buf old = BUF_INIT(2 * LIMIT_LOG_BYTES);
	own(drop_tail) struct tail t = { .fd = -1, .rest = BUF_INIT(2 * LIMIT_LOG_BYTES) };
	struct stat st;

	TRY(state_open(o->state, &s, why));
	TRY(state_enclave_open(&s, o->name, &dir, why));
	if (o->console)
		return console(o, dir, why);
	if (o->follow)
		TRY(enclave_shim(&s, o->name, &pidfd, why));
	t.dir = dir;
	TRY(reopen(&t, why));
	if (file_read(dir, "log.1", LIMIT_LOG_BYTES, &old, why) == CLOISTER_E_SYSTEM)
		return CLOISTER_E_SYSTEM;
	if (fstat(t.fd, &st) < 0)
		return fail_sys(why, "logs", "the log's length is unknown");
	for (uint8_t room[65536]; (uint64_t)lseek(t.fd, 0, SEEK_CUR) < (uint64_t)st.st_size;) {
		ssize_t n = read(t.fd, room, sizeof room);
		if (n <= 0)
			break;
		buf_put(&old, room, (size_t)n);
	}
	TRY(buf_ok(&old, "logs", why));
	struct bytes b = o->tail == UINT64_MAX ? buf_bytes(&old) : last(buf_bytes(&old), o->tail);
	size_t used = print_all(o, b);
	buf_put(&t.rest, b.data + used, b.len - used);
	return o->follow ? follow(o, &t, pidfd, why) : CLOISTER_OK;
}

int cmd_logs(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "follow", 0, NULL, 'f' },  { "tail", 1, NULL, 'n' },	{ "timestamps", 0, NULL, 't' },
		{ "console", 0, NULL, 'c' }, { "state", 1, NULL, 's' }, { "json", 0, NULL, 'j' },
		{ "raw", 0, NULL, 'r' },     { "help", 0, NULL, 'h' },	{ NULL, 0, NULL, 0 },
	};
	struct logs o = { .tail = UINT64_MAX };
	struct cloister_fault why;

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":fn:th", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c == 'f')
			o.follow = true;
		else if (c == 't')
			o.times = true;
		else if (c == 'c')
			o.console = true;
		else if (c == 'j')
			o.json = true;
		else if (c == 'r')
			o.raw = true;
		else if (c == 's')
			o.state = optarg;
		else if (c != 'n')
			return cli_bad_option("logs", c, argv);
		else if (!cli_number("logs", "--tail", optarg, 0, 1u << 30, &o.tail))
			return EXIT_USAGE;
	}
	if (argc - optind != 1)
		return cli_usage("logs", "the name of one enclave is wanted");
	o.name = argv[optind];
	if (logs(&o, &why) != CLOISTER_OK)
		return cli_fail("logs", EXIT_FAILED, &why);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
