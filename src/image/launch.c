/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.c - from configuration and wishes to the manifest's values; what Docker's daemon
 * does in daemon/create.go and oci_linux.go. Reads no file: the caller brings passwd and group.
 */

#include "image/launch.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

#define DEFAULT_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEFAULT_HOSTNAME "cloister"
#define SIGNAL_RTMIN 34 /* the C libraries keep 32 and 33 */
#define SIGNAL_RTMAX 64

/* Linux, x86 and arm64; index is the number. */
static const char *const signals[] = {
	[1] = "HUP",     [2] = "INT",    [3] = "QUIT",  [4] = "ILL",     [5] = "TRAP",
	[6] = "ABRT",    [7] = "BUS",    [8] = "FPE",   [9] = "KILL",    [10] = "USR1",
	[11] = "SEGV",   [12] = "USR2",  [13] = "PIPE", [14] = "ALRM",   [15] = "TERM",
	[16] = "STKFLT", [17] = "CHLD",  [18] = "CONT", [19] = "STOP",   [20] = "TSTP",
	[21] = "TTIN",   [22] = "TTOU",  [23] = "URG",  [24] = "XCPU",   [25] = "XFSZ",
	[26] = "VTALRM", [27] = "PROF",  [28] = "WINCH", [29] = "IO",    [30] = "PWR",
	[31] = "SYS",
};

/* A number of one or two digits up to `max`, or -1. */
static int small_number(const char *text, int max)
{
	char *end;
	long v = *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;

	return v >= 0 && v <= max && *end == 0 ? (int)v : -1;
}

static int real_time_signal(const char *name)
{
	bool from_max = strncmp(name, "RTMAX", 5) == 0;
	int base = from_max ? SIGNAL_RTMAX : SIGNAL_RTMIN;

	if (!from_max && strncmp(name, "RTMIN", 5) != 0)
		return 0;
	if (name[5] == 0)
		return base;
	int off = name[5] == (from_max ? '-' : '+') ? small_number(name + 6, 30) : -1;
	if (off < 0)
		return 0;
	return from_max ? base - off : base + off;
}

int launch_signal(const char *text)
{
	int number = small_number(text, SIGNAL_RTMAX);
	char name[16];
	size_t n = 0;

	if (number >= 0)
		return number;
	for (; n < sizeof name - 1 && text[n]; n++)
		name[n] = (char)(text[n] >= 'a' && text[n] <= 'z' ? text[n] - 32 : text[n]);
	name[n] = 0;
	if (text[n])
		return 0;
	const char *bare = strncmp(name, "SIG", 3) == 0 ? name + 3 : name;
	for (int i = 1; i <= 31; i++)
		if (strcmp(bare, signals[i]) == 0)
			return i;
	return real_time_signal(bare);
}

bool launch_clean_path(const char *path, char *out, size_t room)
{
	size_t len = 0;

	if (room < 2)
		return false;
	while (*path) {
		size_t part = strcspn(path, "/");
		if (part == 2 && strncmp(path, "..", 2) == 0) {
			while (len && out[--len] != '/')
				;
		} else if (part && !(part == 1 && *path == '.')) {
			if (len + part + 2 > room)
				return false;
			out[len++] = '/';
			memcpy(out + len, path, part);
			len += part;
		}
		path += part + (path[part] == '/');
	}
	if (len == 0)
		out[len++] = '/';
	out[len] = 0;
	return true;
}

void launch_wish_fini(struct launch_wish *w)
{
	strv_fini(&w->argv);
	strv_fini(&w->entrypoint);
	strv_fini(&w->cmd);
	strv_fini(&w->env);
	strv_fini(&w->volumes);
	free(w->user);
	free(w->cwd);
	free(w->hostname);
	free(w->stop_signal);
	free(w->ports);
	*w = (struct launch_wish){ 0 };
}

enum cloister_err launch_wish_port(struct launch_wish *w, uint16_t port, struct cloister_fault *why)
{
	size_t at = 0;

	while (at < w->n_ports && w->ports[at] < port)
		at++;
	w->has_ports = true;
	if (port == 0 || (at < w->n_ports && w->ports[at] == port))
		return port ? CLOISTER_OK : fail(why, CLOISTER_E_USAGE, "ports", "0 is no port");
	uint16_t *ports = reallocarray(w->ports, w->n_ports + 1, sizeof *ports);
	if (!ports)
		return fail(why, CLOISTER_E_NOMEM, "ports", "out of memory");
	memmove(ports + at + 1, ports + at, (w->n_ports - at) * sizeof *ports);
	ports[at] = port;
	w->ports = ports;
	w->n_ports++;
	return CLOISTER_OK;
}

static enum cloister_err resolve_argv(const struct image_config *c, const struct launch_wish *w,
				      struct strv *out, struct cloister_fault *why)
{
	const struct strv *entry = &w->entrypoint;

	if (w->argv.n) {
		strv_add_all(out, strv_list(&w->argv));
	} else {
		strv_add_all(out, entry->n ? strv_list(entry) : (const char *const *)c->entrypoint);
		if (w->cmd.n)
			strv_add_all(out, strv_list(&w->cmd));
		else if (entry->n == 0)
			strv_add_all(out, (const char *const *)c->cmd);
	}
	TRY(strv_ok(out, "argv", why));
	if (out->n == 0 || out->list[0][0] == 0)
		return fail(why, CLOISTER_E_USAGE, "argv",
			    "the image names no program (no ENTRYPOINT, no CMD); give one after --");
	return CLOISTER_OK;
}

static bool has_key(const struct strv *env, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->list[i], key, len) == 0 && env->list[i][len] == '=')
			return true;
	return false;
}

/* An entry of the image without "=" sets nothing in Docker either. */
static enum cloister_err resolve_env(const struct image_config *c, const struct launch_wish *w,
				     const struct launch *l, struct strv *out,
				     struct cloister_fault *why)
{
	char entry[sizeof l->user.home + 16];

	strv_add(out, DEFAULT_PATH);
	snprintf(entry, sizeof entry, "HOSTNAME=%s", l->hostname);
	strv_add(out, entry);
	for (char **e = c->env; *e; e++)
		if (strchr(*e, '=') > *e)
			strv_set(out, *e);
	for (const char *const *e = strv_list(&w->env); *e; e++) {
		if (**e == '=' || !strchr(*e, '='))
			return fail(why, CLOISTER_E_USAGE, "env", "`%.100s` is not KEY=value", *e);
		strv_set(out, *e);
	}
	snprintf(entry, sizeof entry, "HOME=%s", l->user.home);
	if (!has_key(out, "HOME"))
		strv_add(out, entry);
	return strv_ok(out, "env", why);
}

static enum cloister_err resolve_cwd(const struct image_config *c, const struct launch_wish *w,
				     struct launch *l, struct cloister_fault *why)
{
	const char *cwd = w->cwd ? w->cwd : c->working_dir;

	if (!launch_clean_path(cwd, l->cwd, sizeof l->cwd))
		return fail(why, CLOISTER_E_LIMIT, "cwd", "longer than %zu bytes", sizeof l->cwd);
	return CLOISTER_OK;
}

static enum cloister_err resolve_volumes(const struct image_config *c, const struct launch_wish *w,
					 struct strv *out, struct cloister_fault *why)
{
	const char *const *from = w->has_volumes ? strv_list(&w->volumes) :
						   (const char *const *)c->volumes;
	char path[LIMIT_PATH];

	for (; *from; from++) {
		if (!launch_clean_path(*from, path, sizeof path) || path[1] == 0)
			return fail(why, CLOISTER_E_USAGE, "volumes", "`%.100s` cannot be a volume",
				    *from);
		strv_add(out, path);
	}
	strv_sort(out);
	return strv_ok(out, "volumes", why);
}

static enum cloister_err resolve_hostname(const struct launch_wish *w, struct launch *l,
					  struct cloister_fault *why)
{
	const char *name = w->hostname ? w->hostname : DEFAULT_HOSTNAME;

	if (!manifest_hostname_ok(name))
		return fail(why, CLOISTER_E_USAGE, "hostname",
			    "`%.80s` is not a host name of at most 63 characters", name);
	snprintf(l->hostname, sizeof l->hostname, "%s", name);
	return CLOISTER_OK;
}

static enum cloister_err resolve_signal(const struct image_config *c, const struct launch_wish *w,
					int *out, struct cloister_fault *why)
{
	const char *text = w->stop_signal ? w->stop_signal : c->stop_signal;

	*out = *text ? launch_signal(text) : 15;
	if (*out < 1)
		return fail(why, CLOISTER_E_USAGE, "stop_signal", "`%.40s` is no signal", text);
	return CLOISTER_OK;
}

static enum cloister_err resolve_ports(const struct image_config *c, const struct launch_wish *w,
				       struct launch *l, struct cloister_fault *why)
{
	size_t n = w->has_ports ? w->n_ports : c->n_ports;

	l->ports = calloc(n + 1, sizeof *l->ports);
	if (!l->ports)
		return fail(why, CLOISTER_E_NOMEM, "ports", "out of memory");
	if (n)
		memcpy(l->ports, w->has_ports ? w->ports : c->ports, n * sizeof *l->ports);
	l->spec.ports = l->ports;
	l->spec.n_ports = n;
	return CLOISTER_OK;
}

static enum cloister_err resolve(const struct image_config *c, const struct launch_wish *w,
				 struct bytes passwd, struct bytes group, struct launch *l,
				 struct cloister_fault *why)
{
	TRY(user_resolve(w->user ? w->user : c->user, passwd, group, &l->user, why));
	TRY(resolve_hostname(w, l, why));
	TRY(resolve_argv(c, w, &l->argv, why));
	TRY(resolve_env(c, w, l, &l->env, why));
	TRY(resolve_cwd(c, w, l, why));
	TRY(resolve_volumes(c, w, &l->volumes, why));
	TRY(resolve_ports(c, w, l, why));
	return resolve_signal(c, w, &l->spec.stop_signal, why);
}

enum cloister_err launch_resolve(const struct image_config *c, const struct launch_wish *w,
				 struct bytes passwd, struct bytes group, struct launch *out,
				 struct cloister_fault *why)
{
	/* The result points into itself, so it is made in place and undone on failure. */
	*out = (struct launch){ 0 };
	enum cloister_err err = resolve(c, w, passwd, group, out, why);
	if (err) {
		launch_fini(out);
		return err;
	}
	out->spec.argv = strv_list(&out->argv);
	out->spec.env = strv_list(&out->env);
	out->spec.volumes = strv_list(&out->volumes);
	out->spec.cwd = out->cwd;
	out->spec.hostname = out->hostname;
	out->spec.uid = out->user.uid;
	out->spec.gid = out->user.gid;
	out->spec.groups = out->user.groups;
	out->spec.n_groups = out->user.n_groups;
	out->spec.log_stdout = w->log_stdout;
	out->spec.log_stderr = w->log_stderr;
	return CLOISTER_OK;
}

void launch_fini(struct launch *l)
{
	strv_fini(&l->argv);
	strv_fini(&l->env);
	strv_fini(&l->volumes);
	free(l->ports);
	*l = (struct launch){ 0 };
}

enum cloister_err launch_prepare(const struct launch *l, struct tree *t, struct cloister_fault *why)
{
	static const char *const mounts[] = { "/proc", "/sys", "/dev", "/run", "/etc" };

	for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
		TRY(tree_mkdir(t, mounts[i], why));
	for (size_t i = 0; i < l->volumes.n; i++)
		TRY(tree_mkdir(t, l->volumes.list[i], why));
	return tree_mkdir(t, l->cwd, why);
}
