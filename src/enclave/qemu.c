/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qemu.c - QEMU's microvm as an enclave (doc/enclave.md).
 *
 * QEMU is treated as the guest's accomplice: it runs as a user that owns
 * nothing, in its own seccomp sandbox, without network and disk, and is handed
 * descriptors instead of names. What it says on the monitor is read with the
 * same care as what a guest says.
 *
 * It never measures: kernel_fd and initrd_fd are what the shim measured.
 */

#include "enclave/qemu.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "codec/json.h"
#include "sys/io.h"

#define LAST_WORDS 2048u       /* bytes of QEMU's own output that are kept */
#define QMP_LINE (64u << 10)   /* the longest line believed */

enum cloister_err qemu_find(char *out, size_t room, struct cloister_fault *why)
{
	const char *named = getenv("CLOISTER_QEMU");

	return proc_find(named && *named ? named : "qemu-system-x86_64", out, room, why);
}

static void arg(struct qemu_args *a, const char *text)
{
	if (a->n < sizeof a->argv / sizeof *a->argv - 1)
		a->argv[a->n++] = text;
	a->argv[a->n] = NULL;
}

static void arg2(struct qemu_args *a, const char *option, const char *value)
{
	arg(a, option);
	arg(a, value);
}

static void argf(struct qemu_args *a, const char *option, const char *fmt, ...) PRINTF(3, 4);
static void argf(struct qemu_args *a, const char *option, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(a->text[a->n_text], sizeof *a->text, fmt, args);
	va_end(args);
	arg2(a, option, a->text[a->n_text++]);
}

void qemu_args(const struct machine_spec *spec, const char *path, bool qmp, struct qemu_args *out)
{
	bool kvm = strcmp(spec->accelerator, "kvm") == 0;

	*out = (struct qemu_args){ 0 };
	arg(out, path);
	argf(out, "-name", "cloister-%s", spec->name);
	argf(out, "-M", "microvm,memory-backend=mem,isa-serial=%s", spec->debug ? "on" : "off");
	argf(out, "-object", "memory-backend-memfd,id=mem,size=%uM,share=on", spec->memory_mib);
	argf(out, "-m", "%u", spec->memory_mib);
	argf(out, "-smp", "%u", spec->cpus);
	arg2(out, "-accel", kvm ? "kvm" : "tcg,tb-size=256"); /* MiB; a quarter of the default */
	arg2(out, "-cpu", kvm ? "host" : "max");
	arg(out, "-nodefaults");
	arg(out, "-no-user-config");
	arg2(out, "-display", "none");
	arg(out, "-no-reboot");
	arg2(out, "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	arg2(out, "-kernel", "/proc/self/fd/3");
	if (spec->initrd_fd >= 0)
		arg2(out, "-initrd", "/proc/self/fd/4");
	arg2(out, "-append", spec->cmdline);
	if (spec->vsock_fd >= 0) {
		arg2(out, "-chardev", "socket,id=vsock,fd=5");
		arg2(out, "-device", "vhost-user-vsock-device,chardev=vsock");
	}
	if (qmp) {
		arg2(out, "-chardev", "socket,id=qmp,fd=6");
		arg2(out, "-mon", "chardev=qmp,mode=control");
	}
	if (spec->debug) {
		arg2(out, "-chardev", "socket,id=console,fd=7");
		arg2(out, "-serial", "chardev:console");
	}
}

/* QEMU opens /dev/kvm itself; its group is all that an unprivileged user needs. */
static void join_kvm_group(struct proc_spec *p)
{
	struct stat st;

	if (stat("/dev/kvm", &st) == 0)
		p->groups[p->n_groups++] = st.st_gid;
}

/*
 * Where programs and firmware are: whoever gets out of the guest and of QEMU's
 * sandbox still has the user's rights, which may be the operator's. A QEMU
 * from elsewhere finds its own files beside it: bin/.. and all below.
 */
static const char *const *system_dirs(const char *path)
{
	static char prefix[4096];
	enum { OWN = 10 };
	static const char *dirs[OWN + 2] = { "/usr", "/lib", "/lib64", "/bin", "/etc", "/opt", "/nix", "/gnu",
					     "/proc", "/sys" };
	const char *slash = strrchr(path, '/');

	dirs[OWN] = NULL;
	if (slash && strncmp(path, "/usr/", 5) != 0 &&
	    (size_t)snprintf(prefix, sizeof prefix, "%.*s/..", (int)(slash - path), path) < sizeof prefix)
		dirs[OWN] = prefix;
	return dirs;
}

void qemu_process(const struct machine_spec *spec, const char *path, const struct qemu_args *args,
		  int out_fd, int qmp_fd, int serial_fd, struct proc_spec *out)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LC_ALL=C", NULL };
	static const struct proc_limit limits[] = { { RLIMIT_CORE, 0 }, { RLIMIT_NOFILE, 512 } };
	struct proc_spec p = PROC_SPEC_INIT;

	p.path = path;
	p.argv = args->argv;
	p.env = env;
	p.in = -1;
	p.out = p.err = out_fd;
	p.fds[QEMU_FD_KERNEL - 3] = spec->kernel_fd;
	p.fds[QEMU_FD_INITRD - 3] = spec->initrd_fd;
	p.fds[QEMU_FD_VSOCK - 3] = spec->vsock_fd;
	p.fds[QEMU_FD_QMP - 3] = qmp_fd;
	p.fds[QEMU_FD_SERIAL - 3] = serial_fd;
	p.n_fds = QEMU_FD_SERIAL - 3 + 1;
	p.change_user = spec->change_user;
	p.uid = spec->uid;
	p.gid = spec->uid;
	if (spec->change_user && strcmp(spec->accelerator, "kvm") == 0)
		join_kvm_group(&p);
	p.limits = limits;
	p.n_limits = sizeof limits / sizeof *limits;
	p.cgroup_procs = spec->cgroup_procs;
	p.isolate = true;
	p.system_dirs = system_dirs(path);
	p.die_with_parent = true;
	*out = p;
}

struct machine {
	struct loop *loop;
	struct machine_events events;
	struct proc proc;
	int words_fd, qmp_fd, serial_fd;
	struct watch on_end, on_words, on_qmp, on_serial;
	char words[LAST_WORDS]; /* the end of what QEMU printed */
	size_t n_words;
	struct buf qmp;
	bool killed;    /* by us */
	bool may_stop;  /* we asked it to */
	char shutdown[32]; /* the monitor's word for why the machine stopped */
	char broken[128];  /* why we killed it, when it was not asked for */
	char confinement[160];
};

static void keep_words(struct machine *m, struct bytes b)
{
	if (!b.len)
		return;
	if (b.len >= LAST_WORDS) {
		b = bytes_of(b.data + b.len - LAST_WORDS, LAST_WORDS);
		m->n_words = 0;
	}
	if (m->n_words + b.len > LAST_WORDS) {
		size_t drop = m->n_words + b.len - LAST_WORDS;
		memmove(m->words, m->words + drop, m->n_words - drop);
		m->n_words -= drop;
	}
	memcpy(m->words + m->n_words, b.data, b.len);
	m->n_words += b.len;
}

/* Read what is there; an end or an error ends the watch. */
static struct bytes drain(struct machine *m, struct watch *w, uint8_t *room, size_t len)
{
	ssize_t n = read(w->fd, room, len);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return BYTES_NONE;
	if (n <= 0) {
		loop_remove(m->loop, w);
		return BYTES_NONE;
	}
	return bytes_of(room, (size_t)n);
}

static void words(struct watch *w, uint32_t events)
{
	struct machine *m = w->owner;
	uint8_t room[1024];

	(void)events;
	keep_words(m, drain(m, w, room, sizeof room));
}

static void serial(struct watch *w, uint32_t events)
{
	struct machine *m = w->owner;
	uint8_t room[4096];

	(void)events;
	struct bytes b = drain(m, w, room, sizeof room);
	if (b.len > 0)
		m->events.console(m->events.owner, b);
}

static void kill_it(struct machine *m)
{
	m->killed = true;
	(void)proc_signal(&m->proc, SIGKILL, NULL); /* gone already is as good */
}

static void kill_because(struct machine *m, const char *broken)
{
	if (!m->killed)
		snprintf(m->broken, sizeof m->broken, "%s", broken);
	kill_it(m);
}

static void event(struct machine *m, struct json name, struct json top)
{
	if (json_is(name, "SHUTDOWN"))
		(void)json_text(json_get(json_get(top, "data"), "reason"), m->shutdown,
				sizeof m->shutdown);
	else if (json_is(name, "STOP") && m->may_stop)
		m->events.paused(m->events.owner, true);
	else if (json_is(name, "STOP") && !m->shutdown[0])
		/* Unasked it is how QEMU reports one that cannot go on ("KVM internal error"). */
		kill_because(m, "the processor stopped and cannot go on");
	else if (json_is(name, "RESUME") && m->may_stop) {
		m->may_stop = false;
		m->events.paused(m->events.owner, false);
	}
}

static void monitor_says(struct machine *m, struct bytes line)
{
	struct json top;

	if (json_read(line, &top, NULL) != CLOISTER_OK) {
		kill_because(m, "its monitor said something that is not JSON");
		return;
	}
	if (json_get(top, "event").type != JSON_NONE)
		event(m, json_get(top, "event"), top);
	else if (json_get(top, "QMP").type == JSON_OBJECT)
		(void)io_send_full(m->qmp_fd, "{\"execute\":\"qmp_capabilities\"}\n", 31, NULL);
}

static void qmp(struct watch *w, uint32_t events)
{
	struct machine *m = w->owner;
	uint8_t room[4096];

	(void)events;
	struct bytes b = drain(m, w, room, sizeof room);
	buf_put(&m->qmp, b.data, b.len);
	for (uint8_t *nl; m->qmp.len > 0 && (nl = memchr(m->qmp.data, '\n', m->qmp.len));) {
		size_t used = (size_t)(nl - m->qmp.data) + 1;
		monitor_says(m, bytes_of(m->qmp.data, used - 1));
		memmove(m->qmp.data, m->qmp.data + used, m->qmp.len - used);
		m->qmp.len -= used;
	}
	if (m->qmp.failed)
		kill_because(m, "its monitor said more than it should");
}

/* The last line that QEMU printed, printable, into `out`. */
static void last_line(const struct machine *m, char *out, size_t room)
{
	size_t end = m->n_words;

	while (end > 0 && (m->words[end - 1] == '\n' || m->words[end - 1] == '\r'))
		end--;
	size_t at = end;
	while (at > 0 && m->words[at - 1] != '\n')
		at--;
	size_t len = end - at < room - 1 ? end - at : room - 1;
	for (size_t i = 0; i < len; i++) {
		char c = m->words[at + i];
		out[i] = c >= ' ' && c <= '~' ? c : '?';
	}
	out[len] = '\0';
}

static void how_it_ended(const struct machine *m, struct proc_end how, struct machine_end *end)
{
	char line[256];
	const char *after;

	*end = (struct machine_end){ 0 };
	last_line(m, line, sizeof line);
	after = line[0] ? ": " : "";
	if (m->broken[0])
		snprintf(end->reason, sizeof end->reason, "QEMU was killed, %s%s%s", m->broken, after, line);
	else if (m->killed)
		snprintf(end->reason, sizeof end->reason, "the machine was switched off");
	else if (how.signal >= 0)
		snprintf(end->reason, sizeof end->reason, "QEMU was killed by signal %d%s%s", how.signal,
			 after, line);
	else if (how.status != 0)
		snprintf(end->reason, sizeof end->reason, "QEMU exited with status %d%s%s", how.status,
			 after, line);
	else {
		end->by_guest = strncmp(m->shutdown, "guest-", 6) == 0;
		snprintf(end->reason, sizeof end->reason, "the machine was switched off (%s)",
			 m->shutdown[0] ? m->shutdown : "no reason given");
	}
}

/* What was said before the end may still lie in the sockets. */
static void last_words(struct machine *m)
{
	struct watch *all[] = { &m->on_words, &m->on_qmp, &m->on_serial };
	watch_fn *fns[] = { words, qmp, serial };

	for (size_t i = 0; i < 3; i++)
		for (int turn = 0; turn < 4096 && all[i]->fd >= 0; turn++) {
			char c;
			if (recv(all[i]->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) < 0)
				break;
			fns[i](all[i], EPOLLIN);
		}
}

static void ended(struct watch *w, uint32_t events)
{
	struct machine *m = w->owner;
	struct machine_end end;
	struct proc_end how;
	bool is_over;

	(void)events;
	if (proc_wait(&m->proc, 0, &is_over, &how, NULL) != CLOISTER_OK || !is_over)
		return;
	loop_remove(m->loop, &m->on_end);
	last_words(m);
	how_it_ended(m, how, &end);
	m->events.ended(m->events.owner, &end);
}

static void machine_free(struct machine *m)
{
	if (!m)
		return;
	struct watch *all[] = { &m->on_end, &m->on_words, &m->on_qmp, &m->on_serial };
	for (size_t i = 0; i < 4; i++)
		loop_remove(m->loop, all[i]);
	proc_drop(&m->proc);
	drop_fd(&m->words_fd);
	drop_fd(&m->qmp_fd);
	drop_fd(&m->serial_fd);
	buf_fini(&m->qmp);
	free(m);
}

static void drop_machine(struct machine **m)
{
	machine_free(*m);
}

/* One end for us, not blocking, the other for the child. */
static enum cloister_err pair(int *ours, int *theirs, struct cloister_fault *why)
{
	int ends[2];

	TRY(io_pair(SOCK_STREAM, ends, why));
	*ours = ends[0];
	*theirs = ends[1];
	return io_nonblock(*ours, true, why);
}

static enum cloister_err watch_all(struct machine *m, struct cloister_fault *why)
{
	TRY(loop_add(m->loop, &m->on_end, m->proc.pidfd, EPOLLIN, ended, m, why));
	TRY(loop_add(m->loop, &m->on_words, m->words_fd, EPOLLIN, words, m, why));
	TRY(loop_add(m->loop, &m->on_qmp, m->qmp_fd, EPOLLIN, qmp, m, why));
	if (m->serial_fd >= 0)
		TRY(loop_add(m->loop, &m->on_serial, m->serial_fd, EPOLLIN, serial, m, why));
	return CLOISTER_OK;
}

static enum cloister_err start(struct loop *loop, const struct machine_spec *spec,
			       const struct machine_events *events, struct machine **out,
			       struct cloister_fault *why)
{
	own(drop_machine) struct machine *m = calloc(1, sizeof *m);
	own(drop_fd) int words_end = -1;
	own(drop_fd) int qmp_end = -1;
	own(drop_fd) int serial_end = -1;
	struct proc_spec process;
	struct qemu_args args;
	char path[4096];

	if (!m)
		return fail(why, CLOISTER_E_NOMEM, "qemu", "out of memory");
	m->loop = loop;
	m->events = *events;
	m->proc = (struct proc)PROC_INIT;
	m->words_fd = m->qmp_fd = m->serial_fd = -1;
	m->on_end = m->on_words = m->on_qmp = m->on_serial = (struct watch)WATCH_INIT;
	m->qmp = (struct buf)BUF_INIT(QMP_LINE);
	TRY(qemu_find(path, sizeof path, why));
	TRY(pair(&m->words_fd, &words_end, why));
	TRY(pair(&m->qmp_fd, &qmp_end, why));
	if (spec->debug)
		TRY(pair(&m->serial_fd, &serial_end, why));
	qemu_args(spec, path, true, &args);
	qemu_process(spec, path, &args, words_end, qmp_end, serial_end, &process);
	TRY(proc_start(&process, &m->proc, why));
	TRY(watch_all(m, why));
	snprintf(m->confinement, sizeof m->confinement, "QEMU: seccomp sandbox, %s, %s, %s",
		 spec->change_user ? "a user of its own" : "the operator's user",
		 m->proc.isolated ? "no network namespace but its own" : "the host's network namespace",
		 m->proc.walled ? "the system's files only" : "every file of its user");
	*out = give(m, NULL);
	return CLOISTER_OK;
}

static enum cloister_err pause_it(struct machine *m, bool stop, struct cloister_fault *why)
{
	const char *line = stop ? "{\"execute\":\"stop\"}\n" : "{\"execute\":\"cont\"}\n";

	m->may_stop = true; /* until it says RESUME */
	return io_send_full(m->qmp_fd, line, strlen(line), why);
}

static const char *confinement(const struct machine *m)
{
	return m->confinement;
}

const struct backend backend_qemu = {
	.name = "qemu",
	.start = start,
	.confinement = confinement,
	.pause = pause_it,
	.kill = kill_it,
	.free = machine_free,
};
