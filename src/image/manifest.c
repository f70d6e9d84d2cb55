/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifest.c - the measured manifest, written canonically and read strictly.
 *
 * Runs in the enclave as well: needs base and codec/json and nothing else,
 * allocates only in the writer's buffer.
 */

#include "image/manifest.h"

#include "base/limits.h"

#define VERSION 1

/* `what` is static text; JSON offsets are gone by now, the member's name is what helps. */
static enum cloister_err bad(struct cloister_fault *why, const char *what, const char *note)
{
	return fail(why, CLOISTER_E_MALFORMED, what, "%s", note);
}

/* Every element a string without NUL; `holds` says the rest. */
static enum cloister_err each_string(struct json list, const char *what, size_t max_count,
				     bool (*holds)(struct bytes), const char *note,
				     struct cloister_fault *why)
{
	struct json_walk w = json_walk(list);
	struct json v;

	if (list.type != JSON_ARRAY)
		return bad(why, what, "a list of strings is expected");
	if (json_count(list) > max_count)
		return fail(why, CLOISTER_E_LIMIT, what, "more than %zu entries", max_count);
	while (json_next(&w, NULL, &v)) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
		if (!json_string_to(v, &text))
			return bad(why, what, "a list of strings is expected");
		TRY(buf_ok(&text, what, why));
		if (text.len && memchr(text.data, 0, text.len))
			return bad(why, what, "a string contains a NUL");
		if (!holds(buf_bytes(&text)))
			return bad(why, what, note);
	}
	return CLOISTER_OK;
}

static bool any_text(struct bytes b)
{
	(void)b;
	return true;
}

static bool has_key(struct bytes b)
{
	const uint8_t *eq = b.len ? memchr(b.data, '=', b.len) : NULL;

	return eq && eq > b.data;
}

static bool absolute(struct bytes b)
{
	return b.len > 0 && b.data[0] == '/' && b.len < LIMIT_PATH;
}

static enum cloister_err read_number(struct json v, const char *what, uint64_t lo, uint64_t hi,
				     uint64_t *out, struct cloister_fault *why)
{
	if (!json_u64(v, out) || *out < lo || *out > hi)
		return fail(why, CLOISTER_E_MALFORMED, what, "a number from %llu to %llu is expected",
			    (unsigned long long)lo, (unsigned long long)hi);
	return CLOISTER_OK;
}

static enum cloister_err read_argv(struct json v, struct json *out, struct cloister_fault *why)
{
	struct json_walk w = json_walk(v);
	struct json first;

	TRY(each_string(v, "argv", LIMIT_ARGV, any_text, "", why));
	if (!json_next(&w, NULL, &first) || json_is(first, ""))
		return bad(why, "argv", "there is no program to run");
	*out = v;
	return CLOISTER_OK;
}

static enum cloister_err read_user(struct json v, struct manifest *m, struct cloister_fault *why)
{
	static const char *const known[] = { "uid", "gid", "groups", NULL };
	/* (uid_t)-1 means "leave it alone" to the kernel */
	const uint64_t most = UINT32_MAX - 1;
	uint64_t n;

	TRY(json_only(v, known, "user", why));
	TRY(read_number(json_get(v, "uid"), "user.uid", 0, most, &n, why));
	m->uid = (uint32_t)n;
	TRY(read_number(json_get(v, "gid"), "user.gid", 0, most, &n, why));
	m->gid = (uint32_t)n;
	m->groups = json_get(v, "groups");
	if (m->groups.type != JSON_ARRAY || json_count(m->groups) > MANIFEST_GROUPS_MAX)
		return bad(why, "user.groups", "a list of at most 256 numbers is expected");
	m->n_groups = (uint32_t)json_count(m->groups);
	struct json_walk w = json_walk(m->groups);
	for (struct json g; json_next(&w, NULL, &g);)
		TRY(read_number(g, "user.groups", 0, most, &n, why));
	return CLOISTER_OK;
}

/* RFC 1123: letters, digits and inner hyphens, in labels of 1..63. */
bool manifest_hostname_ok(const char *name)
{
	size_t label = 0;
	char before = '-';

	for (const char *p = name;; before = *p++) {
		if (*p == '.' || *p == 0) {
			if (label == 0 || label > 63 || before == '-')
				return false;
			label = 0;
			if (*p == 0)
				return p - name < 64;
			continue;
		}
		bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			      (*p >= '0' && *p <= '9');
		if (!letter && (*p != '-' || label == 0))
			return false;
		label++;
	}
}

static enum cloister_err read_ports(struct json v, struct json *out, struct cloister_fault *why)
{
	struct json_walk w = json_walk(v);
	uint64_t before = 0, port;

	if (v.type != JSON_ARRAY)
		return bad(why, "ports", "a list of numbers is expected");
	for (struct json p; json_next(&w, NULL, &p); before = port) {
		TRY(read_number(p, "ports", 1, 65535, &port, why));
		if (port <= before)
			return bad(why, "ports", "the ports are not ascending");
	}
	*out = v;
	return CLOISTER_OK;
}

static enum cloister_err read_log(struct json v, struct manifest *m, struct cloister_fault *why)
{
	struct json_walk w = json_walk(v);

	if (v.type != JSON_ARRAY)
		return bad(why, "log", "a list of stream names is expected");
	for (struct json s; json_next(&w, NULL, &s);) {
		bool *stream = json_is(s, "stdout") ? &m->log_stdout :
			       json_is(s, "stderr") ? &m->log_stderr : NULL;
		if (!stream || *stream)
			return bad(why, "log", "only stdout and stderr, each once");
		*stream = true;
	}
	return CLOISTER_OK;
}

static enum cloister_err read_rootfs(struct json v, struct manifest *m, struct cloister_fault *why)
{
	static const char *const known[] = { "format", "length", NULL };

	TRY(json_only(v, known, "rootfs", why));
	if (!json_is(json_get(v, "format"), "squashfs"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "rootfs.format", "only squashfs is known");
	TRY(read_number(json_get(v, "length"), "rootfs.length", 4096, LIMIT_EIF, &m->rootfs_len, why));
	if (m->rootfs_len % 4096)
		return bad(why, "rootfs.length", "not a multiple of 4096");
	return CLOISTER_OK;
}

static enum cloister_err read_members(struct json doc, struct manifest *m, struct cloister_fault *why)
{
	uint64_t n;

	TRY(read_argv(json_get(doc, "argv"), &m->argv, why));
	m->env = json_get(doc, "env");
	TRY(each_string(m->env, "env", LIMIT_ARGV, has_key, "an entry is not KEY=value", why));
	if (!json_text(json_get(doc, "cwd"), m->cwd, sizeof m->cwd) || m->cwd[0] != '/')
		return bad(why, "cwd", "an absolute path is expected");
	TRY(read_user(json_get(doc, "user"), m, why));
	if (!json_text(json_get(doc, "hostname"), m->hostname, sizeof m->hostname) ||
	    !manifest_hostname_ok(m->hostname))
		return bad(why, "hostname", "not a host name of at most 63 characters");
	TRY(read_number(json_get(doc, "stop_signal"), "stop_signal", 1, 64, &n, why));
	m->stop_signal = (int)n;
	TRY(read_ports(json_get(doc, "ports"), &m->ports, why));
	m->volumes = json_get(doc, "volumes");
	TRY(each_string(m->volumes, "volumes", LIMIT_ARGV, absolute, "a path is not absolute", why));
	TRY(read_log(json_get(doc, "log"), m, why));
	TRY(read_number(json_get(doc, "memory_mib"), "memory_mib", 1, 1u << 20, &n, why));
	m->memory_mib = (uint32_t)n;
	return read_rootfs(json_get(doc, "rootfs"), m, why);
}

enum cloister_err manifest_read(struct bytes text, struct manifest *out, struct cloister_fault *why)
{
	static const char *const known[] = { "version", "argv",	     "env",	    "cwd",
					     "user",	"hostname",  "stop_signal", "ports",
					     "volumes", "log",	     "memory_mib",  "rootfs",
					     NULL };
	struct manifest m = { 0 };
	struct json doc;
	uint64_t version;

	if (text.len > LIMIT_MANIFEST)
		return fail(why, CLOISTER_E_LIMIT, "manifest", "larger than %u bytes", LIMIT_MANIFEST);
	TRY(json_read(text, &doc, why));
	if (doc.type != JSON_OBJECT)
		return bad(why, "manifest", "an object is expected");
	TRY(read_number(json_get(doc, "version"), "version", 0, UINT32_MAX, &version, why));
	if (version != VERSION)
		return fail(why, CLOISTER_E_UNSUPPORTED, "version", "only version 1 is known");
	TRY(json_only(doc, known, "manifest", why));
	TRY(read_members(doc, &m, why));
	*out = m;
	return CLOISTER_OK;
}

void manifest_ports(const struct manifest *m, struct manifest_ports *out)
{
	struct json_walk w = json_walk(m->ports);
	uint64_t port;

	*out = (struct manifest_ports){ .all = true };
	for (struct json p; json_next(&w, NULL, &p) && json_u64(p, &port) && port <= UINT16_MAX;) {
		out->all = false;
		out->bit[port / 8] |= (uint8_t)(1u << port % 8);
	}
}

bool manifest_port_open(const struct manifest_ports *p, uint16_t port)
{
	return port != 0 && (p->all || p->bit[port / 8] & 1u << port % 8);
}

static void put_list(struct json_out *w, const char *key, const char *const *list)
{
	json_open(w, key, '[');
	for (; list && *list; list++)
		json_put_text(w, NULL, *list);
	json_close(w, ']');
}

static void put_user(struct json_out *w, const struct manifest_spec *spec)
{
	json_open(w, "user", '{');
	json_put_u64(w, "uid", spec->uid);
	json_put_u64(w, "gid", spec->gid);
	json_open(w, "groups", '[');
	for (size_t i = 0; i < spec->n_groups; i++)
		json_put_u64(w, NULL, spec->groups[i]);
	json_close(w, ']');
	json_close(w, '}');
}

static void put_members(struct json_out *w, const struct manifest_spec *spec)
{
	json_put_u64(w, "version", VERSION);
	put_list(w, "argv", spec->argv);
	put_list(w, "env", spec->env);
	json_put_text(w, "cwd", spec->cwd);
	put_user(w, spec);
	json_put_text(w, "hostname", spec->hostname);
	json_put_i64(w, "stop_signal", spec->stop_signal);
	json_open(w, "ports", '[');
	for (size_t i = 0; i < spec->n_ports; i++)
		json_put_u64(w, NULL, spec->ports[i]);
	json_close(w, ']');
	put_list(w, "volumes", spec->volumes);
	json_open(w, "log", '[');
	if (spec->log_stdout)
		json_put_text(w, NULL, "stdout");
	if (spec->log_stderr)
		json_put_text(w, NULL, "stderr");
	json_close(w, ']');
	json_put_u64(w, "memory_mib", spec->memory_mib);
	json_open(w, "rootfs", '{');
	json_put_text(w, "format", "squashfs");
	json_put_u64(w, "length", spec->rootfs_len);
	json_close(w, '}');
}

enum cloister_err manifest_write(const struct manifest_spec *spec, struct buf *out,
				 struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
	struct json_out w = json_out(&text);
	struct manifest back;

	json_open(&w, NULL, '{');
	put_members(&w, spec);
	json_close(&w, '}');
	TRY(buf_ok(&text, "manifest", why));
	TRY(manifest_read(buf_bytes(&text), &back, why));
	buf_put(out, text.data, text.len);
	return buf_ok(out, "manifest", why);
}
