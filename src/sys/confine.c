/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine.c - no-new-privs, limits, Landlock, seccomp, in that order: each
 * step needs calls that the next one forbids. Never undoes anything.
 *
 * Landlock has no library; the structures are those of Documentation/
 * userspace-api/landlock.rst, sized by the ABI that the kernel answers.
 */

#include "sys/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/io.h"

/* Pages mapped now, or 0 when /proc does not say. */
static uint64_t mapped_pages(void)
{
	char text[64] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	return n > 0 ? strtoull(text, NULL, 10) : 0;
}

static enum cloister_err limit_memory(uint64_t more, struct cloister_fault *why)
{
	uint64_t pages = mapped_pages();
	rlim_t bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE) + more;
	struct rlimit l = { bytes, bytes };

	/* Without /proc the limit alone would be below what is mapped already: leave it out. */
	if (more == 0 || pages == 0)
		return CLOISTER_OK;
	if (setrlimit(RLIMIT_AS, &l) < 0)
		return fail_sys(why, "confine.memory", "the limit could not be set");
	return CLOISTER_OK;
}

struct landlock_rules {
	uint64_t handled_fs;
	uint64_t handled_net; /* ABI 4 */
	uint64_t scoped;      /* ABI 6 */
};

enum { EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, REMOVE_DIR = 1 << 4,
       REMOVE_FILE = 1 << 5, MAKE_REG = 1 << 8, TRUNCATE = 1 << 14 /* ABI 3 */,
       IOCTL_DEV = 1 << 15 /* ABI 5 */ };
enum { SCOPE_ABSTRACT = 1, SCOPE_SIGNAL = 2 };

#define CONFINE_DIRS_MAX 16

struct landlock_beneath {
	uint64_t allowed;
	int32_t dir_fd;
} __attribute__((packed));
#define RULE_BENEATH 1

/* Everything that this ABI can forbid, and how long its structure is. */
static size_t landlock_all(int abi, bool signals, struct landlock_rules *r)
{
	unsigned fs_bits = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;

	r->handled_fs = ((uint64_t)1 << fs_bits) - 1;
	r->handled_net = abi >= 4 ? 3 : 0;
	r->scoped = abi >= 6 ? SCOPE_ABSTRACT | (signals ? 0u : SCOPE_SIGNAL) : 0;
	return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

static uint64_t rights(const struct confine_dir *d)
{
	const unsigned files = WRITE_FILE | READ_FILE | READ_DIR | REMOVE_FILE | MAKE_REG | TRUNCATE;

	return (d->files ? files : 0u) | (d->rmdir ? REMOVE_DIR : 0u) |
	       (d->system ? EXECUTE | READ_FILE | READ_DIR : 0u) |
	       (d->devices ? READ_FILE | WRITE_FILE | READ_DIR | IOCTL_DEV : 0u);
}

/* Returns what failed, with errno, or NULL. */
static const char *restrict_to(int abi, const struct confine_dir *dirs, size_t n)
{
	struct landlock_rules r;
	/* Who keeps directories also keeps children that it has to end. */
	size_t size = landlock_all(abi, n > 0, &r);
	own(drop_fd) int fd = (int)syscall(SYS_landlock_create_ruleset, &r, size, 0u);

	if (fd < 0)
		return "no rule set";
	for (size_t i = 0; i < n; i++) {
		struct landlock_beneath b = { rights(&dirs[i]) & r.handled_fs, dirs[i].fd };
		if (dirs[i].fd >= 0 && syscall(SYS_landlock_add_rule, fd, RULE_BENEATH, &b, 0u) < 0)
			return "a directory was not accepted";
	}
	return syscall(SYS_landlock_restrict_self, fd, 0u) < 0 ? "the rules were not accepted" : NULL;
}

static int landlock_abi(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1u /* ask for the version */);
}

static enum cloister_err forbid_files(const struct confine *c, const char **degraded,
				      struct cloister_fault *why)
{
	int abi = landlock_abi();

	if (abi < 1) {
		*degraded = "this kernel has no Landlock, so one of three walls is missing";
		return CLOISTER_OK;
	}
	const char *failed = restrict_to(abi, c->dirs, c->n_dirs);
	return failed ? fail_sys(why, "confine.landlock", "%s", failed) : CLOISTER_OK;
}

bool confine_to_system(const char *const *paths)
{
	struct confine_dir dirs[CONFINE_DIRS_MAX] = { { open("/dev", O_PATH | O_CLOEXEC), .devices = true } };
	int abi = landlock_abi();
	size_t n = 1;

	for (; *paths && n < CONFINE_DIRS_MAX; paths++)
		dirs[n++] = (struct confine_dir){ open(*paths, O_PATH | O_DIRECTORY | O_CLOEXEC),
						  .system = true };
	bool done = abi >= 1 && restrict_to(abi, dirs, n) == NULL;
	while (n > 0)
		drop_fd(&dirs[--n].fd);
	return done;
}

static int allow(scmp_filter_ctx ctx, int nr)
{
	const struct scmp_arg_cmp is_unix = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = AF_UNIX };

	if (nr == SCMP_SYS(mmap) || nr == SCMP_SYS(mprotect))
		return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 1,
					SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (nr == SCMP_SYS(socket))
		return seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, nr, 1, &is_unix);
	return seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
}

static void drop_filter(scmp_filter_ctx *ctx)
{
	if (*ctx)
		seccomp_release(*ctx);
}

static enum cloister_err allow_only(const struct confine *c, struct cloister_fault *why)
{
	uint32_t otherwise = c->gentle ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS;
	own(drop_filter) scmp_filter_ctx ctx = seccomp_init(otherwise);

	if (!ctx)
		return fail(why, CLOISTER_E_NOMEM, "confine.seccomp", "out of memory");
	for (size_t i = 0; i < c->n_allow; i++) {
		int err = allow(ctx, c->allow[i]);
		if (err < 0) {
			errno = -err;
			return fail_sys(why, "confine.seccomp", "system call %d", c->allow[i]);
		}
	}
	int err = seccomp_load(ctx);
	if (err < 0) {
		errno = -err;
		return fail_sys(why, "confine.seccomp", "the filter could not be loaded");
	}
	return CLOISTER_OK;
}

enum cloister_err confine(const struct confine *c, const char **degraded_out,
			  struct cloister_fault *why)
{
	const char *degraded = NULL;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return fail_sys(why, "confine", "no-new-privs");
	TRY(limit_memory(c->memory, why));
	if (c->no_files)
		TRY(forbid_files(c, &degraded, why));
	TRY(allow_only(c, why));
	if (degraded_out)
		*degraded_out = degraded;
	return CLOISTER_OK;
}
