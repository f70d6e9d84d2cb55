/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent.c - cloister-agent: everything in the enclave that talks to the host.
 * It opens all it will ever need, gives up every right, says READY, and then
 * is one loop. It holds no secret of the workload's and never sees its files.
 */

#include "guest/agent.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/filter.h"
#include "guest/kernel.h"
#include "sys/io.h"

/* Nobody's: no image has a user of this number by accident. */
#define AGENT_UID 2147418112u

/* Two for each of the host's connections, then the local clients and what is open for good. */
#define FILES_MAX (2 * LIMIT_VSOCK_CONNS + 256)

_Noreturn void agent_die(const char *where, const struct cloister_fault *why)
{
	char text[256] = "";

	if (why)
		cloister_fault_text(why, text, sizeof text);
	fprintf(stderr, "cloister-agent: %s: %s\n", where, text);
	exit(1);
}

/* Everything that is open stays open; nothing else can be opened, and nobody looks in. */
static enum cloister_err confine(struct cloister_fault *why)
{
	static const char empty[] = "/run/agent";

	if (mkdir(empty, 0555) < 0 || chroot(empty) < 0 || chdir("/") < 0)
		return fail_sys(why, "agent.chroot", "%s", empty);
	TRY(kernel_caps_bound(0, why));
	if (setgroups(0, NULL) < 0 || setresgid(AGENT_UID, AGENT_UID, AGENT_UID) < 0 ||
	    setresuid(AGENT_UID, AGENT_UID, AGENT_UID) < 0)
		return fail_sys(why, "agent.user", "user %u", AGENT_UID);
	TRY(kernel_caps_set(0, why));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_sys(why, "agent.prctl", "prctl");
	return filter_install_agent(why);
}

static void on_init(struct watch *w, uint32_t events)
{
	uint8_t room[TALK_MAX];
	struct cloister_fault why = { 0 };
	struct talk t;
	int fd = -1;

	(void)events;
	if (talk_receive(w->fd, TALK_INIT, room, &t, &fd, &why) != CLOISTER_OK ||
	    control_told(&t, fd, &why) != CLOISTER_OK)
		agent_die("init", &why);
}

static enum cloister_err open_all(struct loop *l, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
	struct manifest_ports ports;
	struct manifest manifest;
	bool is_real = false;

	TRY(control_open(l, why));
	TRY(nsm_open(l, &is_real, why));
	if (!is_real)
		TRY(cuse_open(l, why));
	TRY(file_read(AT_FDCWD, "/" MANIFEST_PATH, LIMIT_MANIFEST, &text, why));
	TRY(manifest_read(buf_bytes(&text), &manifest, why));
	manifest_ports(&manifest, &ports);
	TRY(ingress_open(l, &ports, why));
	return api_open(l, buf_bytes(&text), !is_real, why);
}

/* The kernel starts its first process with 1024, fewer than LIMIT_VSOCK_CONNS take. */
static enum cloister_err allow_files(struct cloister_fault *why)
{
	const struct rlimit l = { FILES_MAX, FILES_MAX };

	if (setrlimit(RLIMIT_NOFILE, &l) < 0)
		return fail_sys(why, "agent.files", "%u", FILES_MAX);
	return CLOISTER_OK;
}

static enum cloister_err serve(struct cloister_fault *why)
{
	static struct watch init = WATCH_INIT;
	own(drop_loop) struct loop *l = NULL;

	TRY(allow_files(why));
	TRY(loop_new(&l, why));
	TRY(open_all(l, why));
	TRY(loop_add(l, &init, TALK_FD, EPOLLIN, on_init, NULL, why));
	TRY(confine(why));
	TRY(control_hello(why));
	TRY(talk_send(TALK_FD, &(struct talk){ .type = TALK_READY }, -1, why));
	return loop_run(l, why);
}

int main(void)
{
	struct cloister_fault why = { 0 };

	if (getppid() != 1) {
		fprintf(stderr, "cloister-agent: a part of an enclave, started by cloister-init\n");
		return 2;
	}
	if (serve(&why) != CLOISTER_OK)
		agent_die("agent", &why);
	return 0;
}
