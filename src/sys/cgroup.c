/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.c - ROOT/cloister/NAME with memory.max and cpu.max. Controllers are
 * handed down one level at a time (kernel doc admin-guide/cgroup-v2.rst,
 * "Enabling and Disabling").
 */

#include "sys/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "sys/io.h"

#define PERIOD_US 100000u

static void say(struct cgroup *g, const char *fmt, ...) PRINTF(2, 3);
static void say(struct cgroup *g, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(g->said, sizeof g->said, fmt, args);
	va_end(args);
}

static bool put(const char *dir, const char *file, const char *text)
{
	char path[600];

	snprintf(path, sizeof path, "%s/%s", dir, file);
	own(drop_fd) int fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Both controllers are in the group's list. */
static bool has_controllers(const char *dir)
{
	char path[600], text[256] = " ";

	snprintf(path, sizeof path, "%s/cgroup.controllers", dir);
	own(drop_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text + 1, sizeof text - 3);
	if (n <= 0)
		return false;
	text[n] = text[n] == '\n' ? ' ' : text[n];
	text[n + 1] = '\0';
	text[strcspn(text, "\n")] = ' ';
	return strstr(text, " memory ") && strstr(text, " cpu ");
}

static const char *mounted(void)
{
	static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
	char path[64];

	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "%s/cgroup.controllers", places[i]);
		if (access(path, R_OK) == 0)
			return places[i];
	}
	return NULL;
}

/* Make DIR below a group that has the controllers, and hand them down to it. */
static bool make(struct cgroup *g, const char *above, const char *dir)
{
	if (!has_controllers(above)) {
		say(g, "no cgroup: the host has no memory and cpu controllers in version 2");
		return false;
	}
	if (!put(above, "cgroup.subtree_control", "+memory +cpu")) {
		say(g, "no cgroup: the controllers cannot be handed down: %s", strerror(errno));
		return false;
	}
	if (mkdir(dir, 0755) < 0 && errno != EEXIST) {
		say(g, "no cgroup: none can be made: %s", strerror(errno));
		return false;
	}
	return true;
}

static bool limit(struct cgroup *g, const struct cgroup_spec *spec)
{
	char memory[32], cpu[64], procs[600];

	snprintf(memory, sizeof memory, "%llu", (unsigned long long)spec->memory);
	snprintf(cpu, sizeof cpu, "%u %u", spec->cpus * PERIOD_US, PERIOD_US);
	if (!put(g->path, "memory.max", memory) || !put(g->path, "cpu.max", cpu)) {
		say(g, "no cgroup: it takes no limits: %s", strerror(errno));
		return false;
	}
	(void)put(g->path, "memory.swap.max", "0"); /* not there without swap accounting */
	(void)put(g->path, "memory.oom.group", "1");
	snprintf(procs, sizeof procs, "%s/cgroup.procs", g->path);
	g->procs_fd = open(procs, O_WRONLY | O_CLOEXEC);
	if (g->procs_fd < 0) {
		say(g, "no cgroup: nothing can be put into it: %s", strerror(errno));
		return false;
	}
	say(g, "cgroup: at most %llu MiB and %u processors", (unsigned long long)spec->memory >> 20,
	    spec->cpus);
	return true;
}

void cgroup_new(const struct cgroup_spec *spec, struct cgroup *out)
{
	const char *root = spec->root ? spec->root : mounted();
	char base[256];

	*out = (struct cgroup)CGROUP_INIT;
	if (!root) {
		say(out, "no cgroup: version 2 is not mounted");
		return;
	}
	snprintf(base, sizeof base, "%.200s/cloister", root);
	if (!make(out, root, base))
		return;
	snprintf(out->path, sizeof out->path, "%s/%.100s", base, spec->name);
	if (!make(out, base, out->path)) {
		out->path[0] = '\0';
		return;
	}
	if (!limit(out, spec)) {
		rmdir(out->path);
		out->path[0] = '\0';
	}
}

void cgroup_drop(struct cgroup *g)
{
	drop_fd(&g->procs_fd);
	if (g->path[0] && (rmdir(g->path) == 0 || errno == ENOENT))
		g->path[0] = '\0';
}

void cgroup_remove(const char *root, const char *name)
{
	char path[512];

	root = root ? root : mounted();
	if (!root || !*name || *name == '.' || strchr(name, '/'))
		return;
	snprintf(path, sizeof path, "%.200s/cloister/%.100s", root, name);
	(void)rmdir(path); /* it holds somebody, or there was none */
}
