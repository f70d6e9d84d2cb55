/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow.c - the vsock device end to end: QEMU, a Linux guest, and as many
 * connections at once as asked for, half of them made by the guest, half by
 * the host, each with its own lengths, half-closes and guest window; one more
 * stands still until all the others are done, and then must be intact. Both
 * sides check every byte.
 *
 *   vsock_flow PLATFORM.eif GUEST [--conns N] [--mib N] [--window BYTES] [--seconds N] [--seed N]
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "duplex.h"
#include "machine.h"
#include "sys/clock.h"
#include "sys/io.h"

#define CONNS_MAX 512u
#define N_QUITS 4u             /* connections whose reader leaves early, two each way */
#define STALL_BYTES (2u << 20) /* more than window and socket buffers hold */

struct job {
	struct order order;
	bool by_guest;
	unsigned window; /* class */
	int fd;
	bool told; /* the order is sent, bytes may flow */
	bool done;
	struct duplex d;
};

static struct {
	unsigned n_conns;
	unsigned mib; /* each way, all connections together */
	unsigned seconds;
	uint64_t seed;
	struct machine_options machine;
} args = { .n_conns = 50, .mib = 64, .seconds = 170, .seed = 1, .machine = { .mem_mib = 256 } };

static struct job jobs[CONNS_MAX];
static unsigned n_jobs;
static struct machine machine = MACHINE_INIT;
static int control = -1, gate = -1;
static uint64_t deadline_ms;

/* How it ended, if it has; the guest may also have words on the way to the console. */
static void report_end(struct proc *p, const char *name, int timeout_ms)
{
	struct proc_end end;
	bool ended = false;

	if (p->pid && proc_wait(p, timeout_ms, &ended, &end, NULL) == CLOISTER_OK && ended)
		fprintf(stderr, "vsock_flow: %s ended with status %d, signal %d\n", name, end.status,
			end.signal);
}

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "vsock_flow: %s\n", what);
	report_end(&machine.device, "the device", 0);
	report_end(&machine.qemu, "QEMU", 1000);
	machine_drop(&machine);
	exit(1);
}

static void must(enum cloister_err err, const struct cloister_fault *why)
{
	char text[256];

	if (err != CLOISTER_OK)
		die(cloister_fault_text(why, text, sizeof text));
}

static uint64_t dice(uint64_t below)
{
	args.seed = args.seed * 6364136223846793005ull + 1442695040888963407ull;
	return (args.seed >> 33) % below;
}

/* What each end will have received. */
static uint64_t due_up(const struct order *o)
{
	return o->up_quit ? o->up_quit : o->up;
}

static uint64_t due_down(const struct order *o)
{
	return o->down_quit ? o->down_quit : o->down;
}

static void plan_job(struct job *j, unsigned i, uint64_t share)
{
	uint64_t most = windows[i % 8 < 3 ? i % 8 : 4] * 2000ull; /* each window takes a while */

	j->by_guest = i % 2;
	j->window = i % 8 < 3 ? i % 8 : 3 + (unsigned)dice(2);
	j->order.id = i + 1;
	j->order.up = dice(2 * share + 1);
	j->order.down = dice(2 * share + 1);
	if (j->order.down > most)
		j->order.down = most;
	if (i < args.n_conns - N_QUITS)
		return;
	if (j->by_guest)
		j->order.up_quit = j->order.up / 2 + 1;
	else
		j->order.down_quit = j->order.down / 2 + 1;
}

/* Lengths at random; what chance and small windows left out goes to a wide one. */
static void plan(void)
{
	uint64_t total = (uint64_t)args.mib << 20;
	uint64_t up = 0, down = 0;
	struct job *wide = &jobs[3]; /* see plan_job() */

	for (unsigned i = 0; i < args.n_conns; i++) {
		plan_job(&jobs[i], i, total / args.n_conns);
		up += due_up(&jobs[i].order);
		down += due_down(&jobs[i].order);
	}
	wide->order.up += up < total ? total - up : 0;
	wide->order.down += down < total ? total - down : 0;
	n_jobs = args.n_conns + 1;
	jobs[args.n_conns] = (struct job){ .by_guest = true, .window = 4,
					   .order = { .id = n_jobs, .up = STALL_BYTES,
						      .down = STALL_BYTES, .stall = 1 } };
	for (unsigned i = 0; i < n_jobs; i++)
		jobs[i].fd = -1;
}

static void attach(struct job *j, int fd)
{
	struct cloister_fault why;

	j->fd = fd;
	must(io_send_full(fd, &j->order, sizeof j->order, &why), &why);
	must(io_nonblock(fd, true, &why), &why);
	duplex_init(&j->d, fd, &j->order, false);
	j->d.hold = j->order.stall;
	j->told = true;
}

/* The guest's connections are alike until they are told what they are. */
static void attach_next(int fd)
{
	for (unsigned i = 0; i < n_jobs; i++) {
		if (jobs[i].by_guest && !jobs[i].told) {
			attach(&jobs[i], fd);
			return;
		}
	}
	die("the guest made one connection too many");
}

static void command(uint64_t what, uint64_t n, uint64_t window)
{
	struct command c = { what, n, window };
	struct cloister_fault why;

	must(io_send_full(control, &c, sizeof c, &why), &why);
}

static void on_event(void)
{
	struct cloister_fault why;
	uint32_t port;
	int fd;

	must(machine_event(&machine, &port, &fd, &why), &why);
	if (port == PORT_CONTROL)
		control = fd;
	else if (port == PORT_GATE)
		gate = fd;
	else if (port == PORT_UP)
		attach_next(fd);
	else if (fd >= 0)
		die("the guest connected to a port of nobody's");
}

static int left_ms(void)
{
	uint64_t now = clock_mono_ms();

	return now < deadline_ms ? (int)(deadline_ms - now) : 0;
}

static void wait_for_control(void)
{
	struct pollfd p = { .fd = machine.channel, .events = POLLIN };

	while (control < 0) {
		if (poll(&p, 1, left_ms()) <= 0)
			die("the guest did not come up in time");
		on_event();
	}
}

static void dial_all(void)
{
	struct cloister_fault why;
	int fd;

	for (unsigned i = 0; i < n_jobs; i++) {
		if (jobs[i].by_guest) {
			command('c', 1, windows[jobs[i].window]);
			continue;
		}
		must(machine_dial(&machine, PORT_DOWN + jobs[i].window, &fd, &why), &why);
		attach(&jobs[i], fd);
	}
}

static _Noreturn void report_stuck(void)
{
	for (unsigned i = 0; i < n_jobs; i++)
		if (!jobs[i].done)
			fprintf(stderr,
				"connection %u (%s, window %u): %s, sent %llu, received %llu, "
				"%llu to come\n",
				i + 1, jobs[i].by_guest ? "guest's" : "host's",
				windows[jobs[i].window], jobs[i].told ? "under way" : "never made",
				(unsigned long long)jobs[i].d.sent,
				(unsigned long long)jobs[i].d.received,
				(unsigned long long)jobs[i].d.to_receive);
	die("the time is up");
}

static void step(struct job *j, short revents)
{
	char text[160];

	duplex_step(&j->d, revents);
	if (j->d.bad) {
		snprintf(text, sizeof text, "connection %llu: %s, sent %llu, received %llu (%s)",
			 (unsigned long long)j->order.id, j->d.bad, (unsigned long long)j->d.sent,
			 (unsigned long long)j->d.received, strerror(errno));
		die(text);
	}
	if (duplex_done(&j->d)) {
		j->done = true;
		drop_fd(&j->fd);
	}
}

static unsigned n_left(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < n_jobs; i++)
		n += !jobs[i].done;
	return n;
}

static void turn(void)
{
	static struct pollfd p[CONNS_MAX + 1];

	p[n_jobs] = (struct pollfd){ .fd = machine.channel, .events = POLLIN };
	for (unsigned i = 0; i < n_jobs; i++) {
		short events = jobs[i].told && !jobs[i].done ? duplex_events(&jobs[i].d) : 0;
		p[i] = (struct pollfd){ .fd = events ? jobs[i].fd : -1, .events = events };
	}
	if (poll(p, n_jobs + 1, left_ms()) <= 0)
		report_stuck();
	for (unsigned i = 0; i < n_jobs; i++)
		if (p[i].fd >= 0 && p[i].revents)
			step(&jobs[i], p[i].revents);
	if (p[n_jobs].revents)
		on_event();
}

static void run_all(void)
{
	struct job *stalled = &jobs[n_jobs - 1];
	struct cloister_fault why;

	while (n_left() > 1 || !stalled->told || gate < 0)
		turn();
	if (stalled->done || stalled->d.received > 0 || stalled->d.sent >= STALL_BYTES)
		die("the stalled connection did not stall");
	printf("vsock_flow: all others done; the stalled one took %llu bytes and now drains\n",
	       (unsigned long long)stalled->d.sent);
	stalled->d.hold = false;
	must(io_send_full(gate, "", 1, &why), &why);
	while (n_left() > 0)
		turn();
}

static void finish(void)
{
	struct cloister_fault why;
	struct tally t;

	command('q', n_jobs, 0);
	must(io_read_full(control, &t, sizeof t, &why), &why);
	if (t.good != n_jobs || t.bad != 0)
		die("the guest saw it otherwise");
	drop_fd(&control);
	drop_fd(&gate);
	must(machine_end(&machine, left_ms(), &why), &why);
}

static _Noreturn void usage(void)
{
	fputs("usage: vsock_flow PLATFORM.eif GUEST [--conns N] [--mib N] [--window BYTES] "
	      "[--seconds N] [--seed N]\n",
	      stderr);
	exit(2);
}

static void read_args(int argc, char **argv)
{
	if (argc < 3)
		usage();
	args.machine.platform = argv[1];
	args.machine.init = argv[2];
	for (int i = 3; i < argc; i += 2) {
		uint64_t v = i + 1 < argc ? strtoull(argv[i + 1], NULL, 10) : 0;
		if (strcmp(argv[i], "--conns") == 0 && v > 2 * N_QUITS && v < CONNS_MAX)
			args.n_conns = (unsigned)v;
		else if (strcmp(argv[i], "--mib") == 0 && v > 0)
			args.mib = (unsigned)v;
		else if (strcmp(argv[i], "--window") == 0 && v > 0)
			args.machine.window = (uint32_t)v;
		else if (strcmp(argv[i], "--seconds") == 0 && v > 0)
			args.seconds = (unsigned)v;
		else if (strcmp(argv[i], "--seed") == 0)
			args.seed = v;
		else
			usage();
	}
}

int main(int argc, char **argv)
{
	struct cloister_fault why;
	uint64_t up = 0, down = 0, began;

	read_args(argc, argv);
	if (access(args.machine.platform, R_OK) != 0) {
		printf("vsock_flow: skipped: there is no %s\n", args.machine.platform);
		return 77;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	plan();
	deadline_ms = clock_mono_ms() + args.seconds * 1000ull;
	must(machine_start(&args.machine, &machine, &why), &why);
	wait_for_control();
	began = clock_mono_ms();
	dial_all();
	run_all();
	began = clock_mono_ms() - began;
	finish();
	for (unsigned i = 0; i < n_jobs; i++) {
		up += jobs[i].d.received;
		down += due_down(&jobs[i].order); /* the guest's tally says it came */
	}
	if (up >> 20 < args.mib || down >> 20 < args.mib)
		die("fewer bytes went than were asked for");
	printf("vsock_flow: %u connections, %llu MiB up, %llu MiB down, every byte checked, %.1f s, "
	       "%.1f MiB/s\n",
	       n_jobs, (unsigned long long)(up >> 20), (unsigned long long)(down >> 20),
	       (double)began / 1000, (double)(up + down) / 1048.576 / (double)began);
	return 0;
}
