/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state.c - directories, names and holds. Everything is relative to a
 * directory descriptor, so a path that changes under us changes nothing.
 *
 * The hold is a POSIX record lock and not flock(): it stays with one process,
 * so forked children cannot keep a dead shim's enclave alive.
 */

#include "enclave/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/cgroup.h"
#include "sys/clock.h"
#include "sys/io.h"

#define LOCK_FILE "lock"
#define SUN_PATH_MAX 107u /* bytes, sockaddr_un without its terminator */
/* The longest name of a socket that anybody makes in a runtime directory. */
#define LONGEST_SOCKET "/vsock.sock_4294967295"

static enum cloister_err say_path(char *out, size_t room, struct cloister_fault *why,
				  const char *fmt, const char *a, const char *b)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	int n = snprintf(out, room, fmt, a, b);
#pragma GCC diagnostic pop
	if (n < 0 || (size_t)n >= room)
		return fail(why, CLOISTER_E_LIMIT, "state", "the path is too long");
	return CLOISTER_OK;
}

enum cloister_err state_path(const char *option, char *out, size_t room, bool *is_default_out,
			     struct cloister_fault *why)
{
	const char *named = option ? option : getenv("CLOISTER_STATE_DIR");
	const char *xdg = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	*is_default_out = !named || !*named;
	if (!*is_default_out)
		return say_path(out, room, why, "%s%s", named, "");
	if (geteuid() == 0)
		return say_path(out, room, why, "%s%s", "/var/lib/cloister", "");
	if (xdg && *xdg == '/')
		return say_path(out, room, why, "%s%s", xdg, "/cloister");
	if (home && *home == '/')
		return say_path(out, room, why, "%s%s", home, "/.local/state/cloister");
	return fail(why, CLOISTER_E_MISSING, "state", "neither --state nor HOME says where to keep state");
}

/* mkdir -p, 0700 for what is new. */
static enum cloister_err make_all(char *path, struct cloister_fault *why)
{
	for (char *p = path + 1;; p++) {
		char c = *p;
		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		bool failed = mkdir(path, 0700) < 0 && errno != EEXIST;
		if (failed)
			(void)fail_sys(why, "state.mkdir", "%.120s", path);
		*p = c;
		if (failed)
			return CLOISTER_E_SYSTEM;
		if (c == '\0')
			return CLOISTER_OK;
	}
}

static enum cloister_err open_dir(int at, const char *path, int *out, struct cloister_fault *why)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
	if (fd < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "state", "%.120s does not exist", path);
	if (fd < 0)
		return fail_sys(why, "state.open", "%.120s", path);
	*out = fd;
	return CLOISTER_OK;
}

/* Whoever can write here decides what we run and whom we believe. */
static enum cloister_err only_ours(int fd, const char *path, struct cloister_fault *why)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fail_sys(why, "state.stat", "%.120s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return fail(why, CLOISTER_E_USAGE, "state",
			    "%.90s must belong to this user, and nobody else may write there", path);
	return CLOISTER_OK;
}

enum cloister_err state_open(const char *option, struct state *out, struct cloister_fault *why)
{
	char path[PATH_MAX];
	own(state_close) struct state s = STATE_INIT;

	TRY(state_path(option, path, sizeof path, &s.is_default, why));
	TRY(make_all(path, why));
	TRY(open_dir(AT_FDCWD, path, &s.dir_fd, why));
	TRY(only_ours(s.dir_fd, path, why));
	if (!realpath(path, s.path))
		return fail_sys(why, "state.path", "%.120s", path);
	if (mkdirat(s.dir_fd, "enclaves", 0700) < 0 && errno != EEXIST)
		return fail_sys(why, "state.mkdir", "enclaves in %.100s", path);
	TRY(open_dir(s.dir_fd, "enclaves", &s.enclaves_fd, why));
	*out = s;
	s = (struct state)STATE_INIT;
	return CLOISTER_OK;
}

void state_close(struct state *s)
{
	drop_fd(&s->enclaves_fd);
	drop_fd(&s->dir_fd);
}

bool state_name_good(struct bytes name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t c = name.data[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!word && (i == 0 || (c != '-' && c != '_' && c != '.')))
			return false;
	}
	return name.len >= 1 && name.len <= 63;
}

enum cloister_err state_name_check(const char *name, struct cloister_fault *why)
{
	if (!state_name_good(bytes_text(name)))
		return fail(why, CLOISTER_E_USAGE, "name",
			    "`%.64s` is no name: 1 to 63 of a-z 0-9 - _ . beginning with a letter or digit",
			    name);
	return CLOISTER_OK;
}

enum cloister_err state_name_pick(const struct state *s, char out[static 64],
				  struct cloister_fault *why)
{
	static const char *const how[16] = { "amber", "bold",  "calm",	"deft",	 "eager", "fair",
					     "grave", "hale",  "keen",	"lucid", "mild",  "noble",
					     "plain", "quiet", "stout", "warm" };
	static const char *const what[16] = { "abbey",  "arch",  "bell",  "candle", "choir", "crypt",
					      "garth", "gate",  "hall",	 "lamp",   "nave",  "psalm",
					      "quire", "spire", "stall", "vault" };
	uint64_t seed = clock_mono_us() ^ (uint64_t)getpid() << 20;
	struct stat st;

	/* Names want variety, not secrecy; whether one is free, mkdir decides. */
	for (int tries = 0; tries < 64; tries++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		snprintf(out, 64, "%s-%s-%u", how[seed >> 60], what[seed >> 56 & 15],
			 (unsigned)(seed >> 48 & 255));
		if (fstatat(s->enclaves_fd, out, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
			return CLOISTER_OK;
	}
	return fail(why, CLOISTER_E_LIMIT, "name", "no free name was found: choose one with --name");
}

enum cloister_err state_enclave_new(const struct state *s, const char *name, int *dir_fd_out,
				    struct cloister_fault *why)
{
	TRY(state_name_check(name, why));
	if (mkdirat(s->enclaves_fd, name, 0700) == 0)
		return open_dir(s->enclaves_fd, name, dir_fd_out, why);
	if (errno != EEXIST)
		return fail_sys(why, "state.mkdir", "enclaves/%s", name);
	struct state_entry e = { 0 };
	if (state_enclave_read(s, name, &e, NULL) == CLOISTER_OK && e.alive)
		return fail(why, CLOISTER_E_USAGE, "name",
			    "an enclave named `%s` is running: stop it or choose another --name", name);
	return fail(why, CLOISTER_E_USAGE, "name",
		    "an enclave named `%s` exists, ended: `cloister rm` it or choose another --name", name);
}

enum cloister_err state_enclave_open(const struct state *s, const char *name, int *dir_fd_out,
				     struct cloister_fault *why)
{
	TRY(state_name_check(name, why));
	enum cloister_err err = open_dir(s->enclaves_fd, name, dir_fd_out, why);
	if (err == CLOISTER_E_MISSING)
		return fail(why, err, "name", "there is no enclave named `%s`: see `cloister ps -a`", name);
	return err;
}

static struct flock whole_file(short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET };
}

enum cloister_err state_enclave_hold(int enclave_fd, int *lock_fd_out, struct cloister_fault *why)
{
	struct flock l = whole_file(F_WRLCK);
	own(drop_fd) int fd = openat(enclave_fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return fail_sys(why, "state.lock", "no lock file");
	if (fcntl(fd, F_SETLK, &l) < 0)
		return errno == EAGAIN || errno == EACCES
			? fail(why, CLOISTER_E_USAGE, "state.lock", "another process holds this enclave")
			: fail_sys(why, "state.lock", "no lock");
	*lock_fd_out = give(fd, -1);
	return CLOISTER_OK;
}

enum cloister_err state_enclave_holder(int enclave_fd, pid_t *pid_out, struct cloister_fault *why)
{
	struct flock l = whole_file(F_WRLCK);
	own(drop_fd) int fd = openat(enclave_fd, LOCK_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	*pid_out = 0;
	if (fd < 0 && errno == ENOENT)
		return CLOISTER_OK;
	if (fd < 0 || fcntl(fd, F_GETLK, &l) < 0)
		return fail_sys(why, "state.lock", "the lock cannot be looked at");
	if (l.l_type != F_UNLCK)
		/* A holder in a process namespace that we do not see has no number, but is somebody. */
		*pid_out = l.l_pid > 0 ? l.l_pid : -1;
	return CLOISTER_OK;
}

static bool unfinished(const struct record *r)
{
	return r->state == RECORD_STARTING || r->state == RECORD_RUNNING || r->state == RECORD_PAUSED;
}

enum cloister_err state_enclave_read(const struct state *s, const char *name,
				     struct state_entry *out, struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;
	struct state_entry e = { 0 };
	pid_t holder = 0;

	TRY(state_enclave_open(s, name, &dir, why));
	TRY(state_enclave_holder(dir, &holder, why));
	/* In this order: a shim that ends in between has written its end by now. */
	TRY(record_read(dir, &e.record, why));
	e.alive = holder != 0;
	if (!e.alive && unfinished(&e.record)) {
		e.record.state = RECORD_FAILED;
		snprintf(e.record.reason, sizeof e.record.reason,
			 "lost: its shim (process %d) was killed and could not say how it ended",
			 (int)e.record.pid);
	}
	*out = e;
	return CLOISTER_OK;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void drop_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* A stream of its own: closing it must not close `dir_fd`, nor share its position. */
static DIR *list(int dir_fd)
{
	int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !d)
		close(fd);
	return d;
}

enum cloister_err state_names(const struct state *s, char ***out, struct cloister_fault *why)
{
	own(state_names_drop) char **names = calloc(1, sizeof *names);
	own(drop_dir) DIR *d = list(s->enclaves_fd);
	size_t n = 0;

	if (!names)
		return fail(why, CLOISTER_E_NOMEM, "state.list", "out of memory");
	if (!d)
		return fail_sys(why, "state.list", "%.120s/enclaves", s->path);
	for (struct dirent *e; (e = readdir(d));) {
		if (state_name_check(e->d_name, NULL) != CLOISTER_OK)
			continue;
		char **more = reallocarray(names, n + 2, sizeof *names);
		if (more) {
			names = more;
			names[n + 1] = NULL;
			names[n] = strdup(e->d_name);
		}
		if (!more || !names[n++])
			return fail(why, CLOISTER_E_NOMEM, "state.list", "out of memory");
	}
	qsort(names, n, sizeof *names, by_name);
	*out = give(names, NULL);
	return CLOISTER_OK;
}

void state_names_drop(char ***names)
{
	for (char **p = *names; p && *p; p++)
		free(*p);
	free(*names);
	*names = NULL;
}

/* Unlink every name in a flat directory; directories in it are left alone. */
static void empty(int dir_fd)
{
	own(drop_dir) DIR *d = list(dir_fd);

	for (struct dirent *e; d && (e = readdir(d));)
		if (e->d_name[0] != '.' || (e->d_name[1] && e->d_name[1] != '.'))
			unlinkat(dir_fd, e->d_name, 0);
}

enum cloister_err state_enclave_remove(const struct state *s, const char *name,
				       struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;
	own(drop_fd) int lock = -1;
	struct record r;

	TRY(state_enclave_open(s, name, &dir, why));
	if (state_enclave_hold(dir, &lock, why) == CLOISTER_E_USAGE)
		return fail(why, CLOISTER_E_USAGE, "name",
			    "the enclave `%s` is running: stop it first, or `cloister rm -f %s`", name, name);
	if (lock < 0)
		return why ? why->err : CLOISTER_E_SYSTEM;
	/* A shim that was killed could remove neither. */
	if (record_read(dir, &r, NULL) == CLOISTER_OK) {
		state_run_remove(r.run_dir);
		cgroup_remove(NULL, r.id);
	}
	empty(dir);
	if (unlinkat(s->enclaves_fd, name, AT_REMOVEDIR) < 0)
		return fail_sys(why, "state.remove", "enclaves/%s", name);
	return CLOISTER_OK;
}

/* RUN of doc/architecture.md; another state directory has its sockets inside itself. */
static enum cloister_err run_base(const struct state *s, char *out, size_t room,
				  struct cloister_fault *why)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");

	if (s->is_default && geteuid() == 0)
		return say_path(out, room, why, "%s%s", "/run/cloister", "");
	if (s->is_default && xdg && *xdg == '/')
		return say_path(out, room, why, "%s%s", xdg, "/cloister");
	return say_path(out, room, why, "%s%s", s->path, "/run");
}

enum cloister_err state_run_open(const char *path, int *dir_fd_out, struct cloister_fault *why)
{
	own(drop_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_sys(why, "state.run", "%.120s", path);
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return fail(why, CLOISTER_E_USAGE, "state.run",
			    "%.90s is not the directory that this user's shim made", path);
	*dir_fd_out = give(fd, -1);
	return CLOISTER_OK;
}

enum cloister_err state_run_new(const struct state *s, const char *name, char *path_out,
				size_t room, int *dir_fd_out, struct cloister_fault *why)
{
	char base[PATH_MAX], path[PATH_MAX];
	own(drop_fd) int base_fd = -1;
	own(drop_fd) int fd = -1;

	TRY(run_base(s, base, sizeof base, why));
	TRY(say_path(path, sizeof path, why, "%s/%s", base, name));
	if (strlen(path) + strlen(LONGEST_SOCKET) > SUN_PATH_MAX) {
		snprintf(path, sizeof path, "/tmp/cloister-XXXXXX");
		if (!mkdtemp(path)) /* 0700 and ours */
			return fail_sys(why, "state.run", "/tmp");
		TRY(state_run_open(path, &fd, why)); /* and still so, should /tmp not be sticky */
	} else {
		TRY(make_all(base, why));
		TRY(open_dir(AT_FDCWD, base, &base_fd, why));
		TRY(only_ours(base_fd, base, why));
		if (mkdirat(base_fd, name, 0700) < 0 && errno != EEXIST)
			return fail_sys(why, "state.run", "%.120s", path);
		TRY(open_dir(base_fd, name, &fd, why));
		empty(fd); /* of an earlier holder of this name that was killed */
	}
	TRY(say_path(path_out, room, why, "%s%s", path, ""));
	*dir_fd_out = give(fd, -1);
	return CLOISTER_OK;
}

void state_run_remove(const char *path)
{
	own(drop_fd) int fd = -1;

	if (state_run_open(path, &fd, NULL) != CLOISTER_OK)
		return;
	empty(fd);
	rmdir(path);
}
