/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run.c - `cloister run`: start a shim and listen to it. In the foreground this
 * process is the enclave's terminal and its leash; detached it waits until the
 * workload has started, or has not.
 */

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/plain.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "enclave/channel.h"
#include "enclave/record.h"
#include "enclave/spawn.h"
#include "enclave/state.h"
#include "sys/io.h"
#include "sys/proc.h"

static const char help_text[] =
	"usage: cloister run IMAGE.eif [OPTION…]\n\n"
	"Run an enclave image in a local enclave. In the foreground its permitted output comes\n"
	"here, INT and TERM stop it, and the exit status is the container's (128 + N after signal N).\n\n"
	"  --name NAME          what to call it; two words when not given\n"
	"  --memory MiB         of the machine; 512, or more where the image needs it\n"
	"  --cpus N             processors of the machine; 1\n"
	"  -p, --publish [ADDRESS:]HOST:GUEST\n"
	"                       a TCP port of this host that leads to one inside; 127.0.0.1 when no\n"
	"                       address is given; may be repeated\n"
	"  -d, --detach         print the name once the workload has started, and leave it running\n"
	"  --debug              open the console; PCR0, 1, 2 and 8 are then zero, and nothing is proven\n"
	"  --accel KIND         auto, kvm or tcg; auto takes KVM where it really boots\n"
	"  --grace SECONDS      between the stop signal and the kill; 10\n"
	"  --state DIR          where enclaves are kept\n"
	"  --raw                control characters of the output also to a terminal\n"
	"  --json               with --detach: print the record instead of the name\n";

struct run {
	const char *argv[32 + 2 * PUBLISH_MAX]; /* the shim's */
	size_t n;
	char image[4096], state[4096], grace_ms[24];
	bool detach, json, debug, raw;
	uint64_t grace_s;
};

/* The shim at work: its channel and what is known of it. */
struct session {
	struct run *run;
	struct proc shim;
	int fd, signal_fd;
	char name[64];
	struct plain out, err; /* what of each has not been printed yet */
	bool output_lost; /* nobody reads our standard output any more */
};

static const uint8_t stop_message[] = { CHANNEL_STOP };

static void arg(struct run *r, const char *option, const char *value)
{
	r->argv[r->n++] = option;
	if (value)
		r->argv[r->n++] = value;
	r->argv[r->n] = NULL;
}

/* The shim changes its directory: names must not depend on ours. */
static bool absolute(const char *path, char *out, size_t room)
{
	char here[4096];

	if (path[0] == '/')
		return (size_t)snprintf(out, room, "%s", path) < room;
	return getcwd(here, sizeof here) && (size_t)snprintf(out, room, "%s/%s", here, path) < room;
}

enum { O_NAME = 256, O_MEMORY, O_CPUS, O_DEBUG, O_ACCEL, O_GRACE, O_STATE, O_JSON, O_RAW };

/* -1 to go on, else an exit status. */
static int option(int c, struct run *r)
{
	struct cloister_fault why;
	struct publish p;
	uint64_t n;

	switch (c) {
	case O_NAME:
		if (state_name_check(optarg, &why) != CLOISTER_OK)
			return cli_fail("run", EXIT_USAGE, &why);
		arg(r, "--name", optarg);
		return -1;
	case O_MEMORY:
		if (!cli_number("run", "--memory", optarg, 16, 1u << 20, &n))
			return EXIT_USAGE;
		arg(r, "--memory", optarg);
		return -1;
	case O_CPUS:
		if (!cli_number("run", "--cpus", optarg, 1, 64, &n))
			return EXIT_USAGE;
		arg(r, "--cpus", optarg);
		return -1;
	case 'p':
		if (publish_read(optarg, &p, &why) != CLOISTER_OK)
			return cli_fail("run", EXIT_USAGE, &why);
		if (r->n + 24 > sizeof r->argv / sizeof *r->argv)
			return cli_usage("run", "more than %d ports are published", PUBLISH_MAX);
		arg(r, "--publish", optarg);
		return -1;
	case 'd':
		r->detach = true;
		arg(r, "--detach", NULL);
		return -1;
	case O_DEBUG:
		r->debug = true;
		arg(r, "--debug", NULL);
		return -1;
	case O_ACCEL:
		if (strcmp(optarg, "auto") != 0 && strcmp(optarg, "kvm") != 0 && strcmp(optarg, "tcg") != 0)
			return cli_usage("run", "--accel is auto, kvm or tcg, not `%s`", optarg);
		arg(r, "--accel", optarg);
		return -1;
	case O_GRACE:
		return cli_number("run", "--grace", optarg, 0, 3600, &r->grace_s) ? -1 : EXIT_USAGE;
	case O_STATE:
		if (!absolute(optarg, r->state, sizeof r->state))
			return cli_usage("run", "--state has too long a path");
		return -1;
	case O_JSON:
		r->json = true;
		return -1;
	case O_RAW:
		r->raw = true;
		return -1;
	default:
		return -1;
	}
}

/* -1 to go on, else an exit status. */
static int options(int argc, char **argv, struct run *r)
{
	static const struct option longs[] = {
		{ "name", 1, NULL, O_NAME },   { "memory", 1, NULL, O_MEMORY }, { "cpus", 1, NULL, O_CPUS },
		{ "publish", 1, NULL, 'p' },   { "detach", 0, NULL, 'd' },	{ "debug", 0, NULL, O_DEBUG },
		{ "accel", 1, NULL, O_ACCEL }, { "grace", 1, NULL, O_GRACE },	{ "state", 1, NULL, O_STATE },
		{ "json", 0, NULL, O_JSON },   { "raw", 0, NULL, O_RAW },	{ "help", 0, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":p:dh", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c == '?' || c == ':')
			return cli_bad_option("run", c, argv);
		int status = option(c, r);
		if (status >= 0)
			return status;
	}
	if (argc - optind != 1)
		return cli_usage("run", "one image file is wanted");
	if (r->json && !r->detach)
		return cli_usage("run", "--json goes with --detach");
	if (!absolute(argv[optind], r->image, sizeof r->image))
		return cli_usage("run", "the image has too long a path");
	snprintf(r->grace_ms, sizeof r->grace_ms, "%llu", (unsigned long long)r->grace_s * 1000);
	arg(r, "--grace", r->grace_ms);
	arg(r, "--image", r->image);
	if (r->state[0])
		arg(r, "--state", r->state);
	return -1;
}

static enum cloister_err start(struct session *s, struct cloister_fault *why)
{
	sigset_t ours;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &ours, NULL) < 0 ||
	    (s->signal_fd = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return fail_sys(why, "run.signals", "no signalfd");
	return shim_spawn(s->run->argv, s->run->detach ? -1 : STDERR_FILENO, &s->shim, &s->fd, why);
}

/* A signal for us is a stop for the enclave, and a second one a hurry. */
static void pass_signal(struct session *s)
{
	struct signalfd_siginfo info;

	if (read(s->signal_fd, &info, sizeof info) == sizeof info)
		(void)io_send_msg(s->fd, BYTES_OF(stop_message), -1, NULL);
}

static bool wait_fd(struct session *s, int fd, short events)
{
	struct pollfd p[2] = { { .fd = s->signal_fd, .events = POLLIN }, { .fd = fd, .events = events } };

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return false;
		if (p[0].revents)
			pass_signal(s);
		if (p[1].revents)
			return true;
	}
}

/* A reader that went away stops the enclave, as it would a program. */
static void write_all(struct session *s, int fd, struct bytes b)
{
	while (b.len > 0 && !s->output_lost) {
		size_t len = b.len < 4096 ? b.len : 4096; /* what a pipe takes without blocking */
		ssize_t n = wait_fd(s, fd, POLLOUT) ? write(fd, b.data, len) : -1;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n < 0) {
			s->output_lost = true;
			(void)io_send_msg(s->fd, BYTES_OF(stop_message), -1, NULL);
			return;
		}
		b = bytes_of(b.data + n, b.len - (size_t)n);
	}
}

/* The enclave's output on ours: the bytes themselves, but for a terminal only its text. */
static void print(struct session *s, int fd, struct plain *p, struct bytes b)
{
	own(buf_fini) struct buf text = BUF_INIT(PLAIN_ROOM(b.len));

	if (s->run->raw || !isatty(fd)) {
		write_all(s, fd, b);
		return;
	}
	plain_put(p, b, &text);
	write_all(s, fd, buf_bytes(&text));
}

static int started(struct session *s, struct bytes record)
{
	if (!s->run->detach)
		return -1;
	own(buf_fini) struct buf out = BUF_INIT(RECORD_MAX);
	if (s->run->json)
		buf_put(&out, record.data, record.len);
	else
		buf_text(&out, s->name);
	return cli_print(&out);
}

/* Words of the shim, some of which it heard from the guest. */
static void say(const char *fmt, ...) PRINTF(1, 2);
static void say(const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	fputs("cloister run: ", stderr);
	cli_put(stderr, text);
	fputc('\n', stderr);
}

static int ended(struct session *s, struct bytes text)
{
	struct cloister_fault why;
	struct record *r = calloc(1, sizeof *r);
	int status = EXIT_FAILED;

	if (!r || record_parse(text, r, &why) != CLOISTER_OK)
		fprintf(stderr, "cloister run: the end of `%s` cannot be read\n", s->name);
	else if (r->state != RECORD_STOPPED || s->run->detach)
		say("%s: %s", r->name, r->reason);
	else
		status = r->exit_code;
	free(r);
	return status;
}

static int refused(struct bytes sentence)
{
	say("%.*s", (int)sentence.len, (const char *)sentence.data);
	return EXIT_FAILED;
}

/* -1 to go on, else the exit status. */
static int message(struct session *s, char type, struct bytes body)
{
	switch (type) {
	case CHANNEL_NAME:
		snprintf(s->name, sizeof s->name, "%.*s", (int)body.len, (const char *)body.data);
		return -1;
	case CHANNEL_STARTED:
		return started(s, body);
	case CHANNEL_STDOUT:
		print(s, STDOUT_FILENO, &s->out, body);
		return -1;
	case CHANNEL_STDERR:
		print(s, STDERR_FILENO, &s->err, body);
		return -1;
	case CHANNEL_REFUSED:
		return refused(body);
	case CHANNEL_ENDED:
		return ended(s, body);
	default:
		return -1;
	}
}

/* The channel closed without a last message. */
static int shim_died(struct session *s)
{
	struct proc_end end = { -1, -1 };
	bool over = false;

	(void)proc_wait(&s->shim, 2000, &over, &end, NULL);
	if (over && end.signal >= 0)
		fprintf(stderr, "cloister run: the shim of `%s` was killed by signal %d\n", s->name, end.signal);
	else
		fprintf(stderr, "cloister run: the shim of `%s` ended without a word\n", s->name);
	return EXIT_FAILED;
}

static int listen_to(struct session *s)
{
	static uint8_t room[1 + CHANNEL_BODY_MAX];

	for (;;) {
		own(drop_fd) int none = -1;
		size_t len = 0;
		if (!wait_fd(s, s->fd, POLLIN))
			return shim_died(s);
		if (io_recv_msg(s->fd, room, sizeof room, &len, &none, NULL) != CLOISTER_OK || len == 0)
			return shim_died(s);
		int status = message(s, (char)room[0], bytes_of(room + 1, len - 1));
		if (status >= 0)
			return status;
	}
}

int cmd_run(int argc, char **argv)
{
	struct run r = { .n = 1, .grace_s = 10 };
	struct session s = { .run = &r, .shim = PROC_INIT, .fd = -1, .signal_fd = -1, .name = "?" };
	struct cloister_fault why;

	int status = options(argc, argv, &r);
	if (status >= 0)
		return status;
	if (r.debug)
		fputs("cloister run: debug: the console is open and the measurements read as zero; "
		      "this enclave proves nothing\n",
		      stderr);
	if (start(&s, &why) != CLOISTER_OK)
		status = cli_fail("run", EXIT_FAILED, &why);
	else
		status = listen_to(&s);
	drop_fd(&s.fd);
	drop_fd(&s.signal_fd);
	drop_fd(&s.shim.pidfd); /* it lives on, or has ended by itself */
	return status;
}
