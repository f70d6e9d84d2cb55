/* SPDX-License-Identifier: Apache-2.0 */
/* spawn.c - finding the shim and starting it with one end of a channel. */

#include "enclave/spawn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sys/io.h"

/* Beside this program in its build, or where it was installed. */
static enum cloister_err find_shim(char *out, size_t room, struct cloister_fault *why)
{
	static const char *const places[] = { "/cloister-shim", "/../shim/cloister-shim",
					      "/../libexec/cloister/cloister-shim" };
	const char *named = getenv("CLOISTER_SHIM");
	char self[4096];

	if (named && *named)
		return proc_find(named, out, room, why);
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	if (len <= 0)
		return fail_sys(why, "shim", "/proc/self/exe");
	self[len] = '\0';
	*strrchr(self, '/') = '\0';
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int n = snprintf(out, room, "%s%s", self, places[i]);
		if (n > 0 && (size_t)n < room && access(out, X_OK) == 0)
			return CLOISTER_OK;
	}
	return fail(why, CLOISTER_E_MISSING, "shim", "cloister-shim is not where it was installed");
}

enum cloister_err shim_spawn(const char **argv, int err_fd, struct proc *out, int *fd_out,
			     struct cloister_fault *why)
{
	struct proc_spec spec = PROC_SPEC_INIT;
	own(drop_fd) int ours = -1;
	own(drop_fd) int theirs = -1;
	char path[4096];
	int ends[2];

	TRY(find_shim(path, sizeof path, why));
	TRY(io_pair(SOCK_SEQPACKET, ends, why));
	ours = ends[0];
	theirs = ends[1];
	argv[0] = path;
	spec.path = path;
	spec.argv = argv;
	spec.in = spec.out = -1;
	spec.err = err_fd;
	spec.fds[0] = theirs;
	spec.n_fds = 1;
	spec.new_session = true;
	spec.die_with_parent = true; /* until it listens to the channel, see shim_run() */
	enum cloister_err err = proc_start(&spec, out, why);
	argv[0] = NULL; /* ours goes with this call */
	if (err == CLOISTER_OK)
		*fd_out = give(ours, -1);
	return err;
}
