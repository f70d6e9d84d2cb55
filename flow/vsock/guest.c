/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guest.c - the init of the tested machine: loads the modules it finds, does
 * what the control connection says (one process per connection), counts, and
 * powers off.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "duplex.h"

#define HOST 3 /* as in a Nitro enclave; every other connection goes to 2 */

static struct tally tally;
static unsigned n_children;

static _Noreturn void stop(const char *what)
{
	printf("guest: %s: %s\n", what, strerror(errno));
	fflush(stdout);
	reboot(RB_AUTOBOOT);
	exit(1);
}

static void open_console(void)
{
	if (mount("dev", "/dev", "devtmpfs", 0, NULL) != 0)
		return; /* then without words; the count still tells */
	int fd = open("/dev/console", O_RDWR);
	for (int i = 0; fd >= 0 && i < 3; i++)
		dup2(fd, i);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

static void load_modules(void)
{
	char path[64];

	for (unsigned i = 0; i < 16; i++) {
		snprintf(path, sizeof path, "/modules/%02u.ko", i);
		int fd = open(path, O_RDONLY);
		if (fd < 0)
			return;
		if (syscall(SYS_finit_module, fd, "", 0) != 0)
			stop(path);
		close(fd);
	}
}

static void set_window(int fd, uint64_t bytes)
{
	uint64_t least = 1;

	if (setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_MIN_SIZE, &least, sizeof least) ||
	    setsockopt(fd, AF_VSOCK, SO_VM_SOCKETS_BUFFER_SIZE, &bytes, sizeof bytes))
		stop("receive window");
}

static int dial(unsigned cid, unsigned port, uint64_t window)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port };
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		stop("socket");
	if (window)
		set_window(fd, window);
	if (connect(fd, (struct sockaddr *)&a, sizeof a))
		stop("connect");
	return fd;
}

static int serve(unsigned port, uint64_t window)
{
	struct sockaddr_vm a = { .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_ANY,
				 .svm_port = port };
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		stop("socket");
	set_window(fd, window);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) || listen(fd, 128))
		stop("listen");
	return fd;
}

static void read_all(int fd, void *p, size_t len)
{
	for (uint8_t *at = p; len > 0;) {
		ssize_t n = read(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			stop("read");
		at += n;
		len -= (size_t)n;
	}
}

static int run(int fd)
{
	static struct duplex d;
	struct order o;
	struct pollfd p[2] = { { .fd = fd }, { .fd = -1, .events = POLLIN } };

	read_all(fd, &o, sizeof o);
	duplex_init(&d, fd, &o, true);
	if (o.stall) {
		d.hold = true;
		p[1].fd = dial(HOST, PORT_GATE, 0);
	}
	while (!duplex_done(&d)) {
		p[0].events = duplex_events(&d);
		p[0].fd = p[0].events ? fd : -1; /* a hang-up alone is nothing to do yet */
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].fd >= 0 && p[1].revents) {
			p[1].fd = -1;
			d.hold = false;
		}
		duplex_step(&d, p[0].revents);
	}
	if (d.bad)
		printf("guest: connection %llu: %s after %llu bytes up, %llu down (errno %d)\n",
		       (unsigned long long)o.id, d.bad, (unsigned long long)d.sent,
		       (unsigned long long)d.received, errno);
	fflush(stdout);
	close(fd);
	return d.bad ? 1 : 0;
}

static void count(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		tally.good++;
	else
		tally.bad++;
	n_children--;
}

static void start(int fd, unsigned cid, uint64_t window)
{
	pid_t pid = fork();

	if (pid < 0)
		stop("fork");
	if (pid == 0)
		_exit(run(fd >= 0 ? fd : dial(cid, PORT_UP, window)));
	if (fd >= 0)
		close(fd);
	n_children++;
}

static void finish(int control, uint64_t n_all)
{
	int status;

	while (n_children > 0 && tally.good + tally.bad < n_all && wait(&status) > 0)
		count(status);
	if (write(control, &tally, sizeof tally) != sizeof tally)
		stop("tally");
	char c;
	while (read(control, &c, 1) > 0)
		;
	reboot(RB_AUTOBOOT); /* with `reboot=t panic=-1` and QEMU's -no-reboot: off */
}

int main(void)
{
	struct pollfd p[N_WINDOWS + 1];
	struct command c;
	int status;

	open_console();
	load_modules();
	for (unsigned i = 0; i < N_WINDOWS; i++)
		p[i] = (struct pollfd){ .fd = serve(PORT_DOWN + i, windows[i]), .events = POLLIN };
	p[N_WINDOWS] = (struct pollfd){ .fd = dial(HOST, PORT_CONTROL, 0), .events = POLLIN };
	for (;;) {
		if (poll(p, N_WINDOWS + 1, -1) < 0)
			continue;
		while (waitpid(-1, &status, WNOHANG) > 0)
			count(status);
		for (unsigned i = 0; i < N_WINDOWS; i++)
			if (p[i].revents)
				start(accept(p[i].fd, NULL, NULL), 0, 0);
		if (!p[N_WINDOWS].revents)
			continue;
		read_all(p[N_WINDOWS].fd, &c, sizeof c);
		for (uint64_t i = 0; c.what == 'c' && i < c.n; i++)
			start(-1, i % 2 ? HOST : 2, c.window);
		if (c.what == 'q')
			finish(p[N_WINDOWS].fd, c.n);
	}
}
