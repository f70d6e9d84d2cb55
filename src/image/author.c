/* SPDX-License-Identifier: Apache-2.0 */
/*
 * author.c - YAML events, one after the other, straight into wishes. No tree is built, so
 * nothing can refer back, and what is not a mapping of known keys to texts and lists is refused.
 */

#include "image/author.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "codec/events.h"

#define WHAT "manifest"

struct author {
	struct events in;
	struct launch_wish *wish;
	unsigned seen; /* bit per member of the table */
};

static enum cloister_err refuse(struct author *a, const yaml_event_t *e, const char *note)
{
	return events_refuse(&a->in, e, "", note);
}

static enum cloister_err scalar(struct author *a, const yaml_event_t *e, const char **out)
{
	return events_scalar(&a->in, e, "", out);
}

static enum cloister_err number(struct author *a, const yaml_event_t *e, uint64_t hi, uint64_t *out)
{
	const char *text;
	char *end;

	TRY(scalar(a, e, &text));
	*out = *text >= '0' && *text <= '9' && strlen(text) < 12 ? strtoull(text, &end, 10) : 0;
	if (*out < 1 || *out > hi || *end)
		return refuse(a, e, "a number is expected, or it is too large");
	return CLOISTER_OK;
}

/* Call `add` for each scalar of a list. */
static enum cloister_err each(struct author *a, const yaml_event_t *first,
			      enum cloister_err (*add)(struct author *, const yaml_event_t *))
{
	if (first->type != YAML_SEQUENCE_START_EVENT)
		return refuse(a, first, "a list is expected");
	for (size_t n = 0;; n++) {
		own(drop_event) yaml_event_t e = { 0 };
		TRY(events_next(&a->in, &e));
		if (e.type == YAML_SEQUENCE_END_EVENT)
			return CLOISTER_OK;
		if (n == LIMIT_ARGV)
			return refuse(a, &e, "the list is too long");
		TRY(add(a, &e));
	}
}

static enum cloister_err add_text(struct author *a, const yaml_event_t *e, struct strv *to)
{
	const char *text;

	TRY(scalar(a, e, &text));
	strv_add(to, text);
	return strv_ok(to, WHAT, a->in.why);
}

static enum cloister_err add_argv(struct author *a, const yaml_event_t *e)
{
	return add_text(a, e, &a->wish->argv);
}

static enum cloister_err add_volume(struct author *a, const yaml_event_t *e)
{
	return add_text(a, e, &a->wish->volumes);
}

static enum cloister_err add_env(struct author *a, const yaml_event_t *e)
{
	const char *text;

	TRY(scalar(a, e, &text));
	if (*text == '=' || !strchr(text, '='))
		return refuse(a, e, "KEY=value is expected");
	strv_set(&a->wish->env, text);
	return strv_ok(&a->wish->env, WHAT, a->in.why);
}

static enum cloister_err add_port(struct author *a, const yaml_event_t *e)
{
	uint64_t port;

	TRY(number(a, e, 65535, &port));
	return launch_wish_port(a->wish, (uint16_t)port, a->in.why);
}

static enum cloister_err add_log(struct author *a, const yaml_event_t *e)
{
	const char *text;

	TRY(scalar(a, e, &text));
	bool *stream = strcmp(text, "stdout") == 0 ? &a->wish->log_stdout :
		       strcmp(text, "stderr") == 0 ? &a->wish->log_stderr : NULL;
	if (!stream || *stream)
		return refuse(a, e, "only stdout and stderr, each once");
	*stream = true;
	return CLOISTER_OK;
}

static enum cloister_err read_argv(struct author *a, const yaml_event_t *e)
{
	TRY(each(a, e, add_argv));
	return a->wish->argv.n ? CLOISTER_OK : refuse(a, e, "argv names no program");
}

/* One pair of `env: { KEY: value }`; *end when the mapping is over. */
static enum cloister_err env_pair(struct author *a, bool *end)
{
	own(drop_event) yaml_event_t k = { 0 }, v = { 0 };
	own(buf_fini) struct buf entry = BUF_INIT(LIMIT_MANIFEST);
	const char *key, *value;

	TRY(events_next(&a->in, &k));
	*end = k.type == YAML_MAPPING_END_EVENT;
	if (*end)
		return CLOISTER_OK;
	TRY(scalar(a, &k, &key));
	if (!*key || strchr(key, '='))
		return refuse(a, &k, "the name of a variable is expected");
	size_t before = a->wish->env.n;
	TRY(events_next(&a->in, &v));
	TRY(scalar(a, &v, &value));
	buf_print(&entry, "%s=%s", key, value);
	TRY(buf_ok(&entry, "env", a->in.why));
	strv_set(&a->wish->env, buf_string(&entry));
	TRY(strv_ok(&a->wish->env, WHAT, a->in.why));
	return a->wish->env.n > before ? CLOISTER_OK : refuse(a, &k, "the variable is there twice");
}

static enum cloister_err read_env(struct author *a, const yaml_event_t *e)
{
	bool end = false;

	if (e->type != YAML_MAPPING_START_EVENT)
		return each(a, e, add_env);
	while (!end)
		TRY(env_pair(a, &end));
	return CLOISTER_OK;
}

static enum cloister_err read_text(struct author *a, const yaml_event_t *e, char **to)
{
	const char *text;

	TRY(scalar(a, e, &text));
	*to = strdup(text);
	return *to ? CLOISTER_OK : fail(a->in.why, CLOISTER_E_NOMEM, WHAT, "out of memory");
}

static enum cloister_err read_user(struct author *a, const yaml_event_t *e)
{
	return read_text(a, e, &a->wish->user);
}

static enum cloister_err read_cwd(struct author *a, const yaml_event_t *e)
{
	return read_text(a, e, &a->wish->cwd);
}

static enum cloister_err read_hostname(struct author *a, const yaml_event_t *e)
{
	return read_text(a, e, &a->wish->hostname);
}

static enum cloister_err read_signal(struct author *a, const yaml_event_t *e)
{
	return read_text(a, e, &a->wish->stop_signal);
}

static enum cloister_err read_ports(struct author *a, const yaml_event_t *e)
{
	a->wish->has_ports = true;
	return each(a, e, add_port);
}

static enum cloister_err read_volumes(struct author *a, const yaml_event_t *e)
{
	a->wish->has_volumes = true;
	return each(a, e, add_volume);
}

static enum cloister_err read_log(struct author *a, const yaml_event_t *e)
{
	return each(a, e, add_log);
}

static enum cloister_err read_memory(struct author *a, const yaml_event_t *e)
{
	uint64_t mib;

	TRY(number(a, e, 1u << 20, &mib));
	a->wish->memory_mib = (uint32_t)mib;
	return CLOISTER_OK;
}

static const struct member {
	const char *key;
	enum cloister_err (*read)(struct author *a, const yaml_event_t *value);
} members[] = {
	{ "argv", read_argv },		 { "env", read_env },	      { "user", read_user },
	{ "cwd", read_cwd },		 { "hostname", read_hostname }, { "ports", read_ports },
	{ "volumes", read_volumes },	 { "log", read_log },	      { "memory_mib", read_memory },
	{ "stop_signal", read_signal },
};

/* One member; *end when the mapping is over. */
static enum cloister_err read_member(struct author *a, bool *end)
{
	own(drop_event) yaml_event_t k = { 0 }, v = { 0 };
	const char *key;
	size_t i = 0;

	TRY(events_next(&a->in, &k));
	*end = k.type == YAML_MAPPING_END_EVENT;
	if (*end)
		return CLOISTER_OK;
	TRY(scalar(a, &k, &key));
	while (i < sizeof members / sizeof *members && strcmp(members[i].key, key) != 0)
		i++;
	if (i == sizeof members / sizeof *members)
		return refuse(a, &k, "this key is not known");
	if (a->seen & 1u << i)
		return refuse(a, &k, "this key is there twice");
	a->seen |= 1u << i;
	TRY(events_next(&a->in, &v));
	return members[i].read(a, &v);
}

/* %YAML and %TAG lines. */
static bool has_directives(const yaml_event_t *e)
{
	return e->type == YAML_DOCUMENT_START_EVENT &&
	       (e->data.document_start.version_directive ||
		e->data.document_start.tag_directives.start !=
			e->data.document_start.tag_directives.end);
}

/* The next event must be of this type. */
static enum cloister_err expect(struct author *a, yaml_event_type_t type, const char *note)
{
	own(drop_event) yaml_event_t e = { 0 };

	TRY(events_next(&a->in, &e));
	if (has_directives(&e))
		return refuse(a, &e, "directives are not accepted");
	return e.type == type ? CLOISTER_OK : refuse(a, &e, note);
}

static enum cloister_err read_document(struct author *a)
{
	bool end = false;

	TRY(expect(a, YAML_STREAM_START_EVENT, "not YAML"));
	TRY(expect(a, YAML_DOCUMENT_START_EVENT, "the file is empty"));
	TRY(expect(a, YAML_MAPPING_START_EVENT, "a mapping of keys is expected"));
	while (!end)
		TRY(read_member(a, &end));
	TRY(expect(a, YAML_DOCUMENT_END_EVENT, "something follows"));
	return expect(a, YAML_STREAM_END_EVENT, "a second document follows");
}

enum cloister_err author_read(struct bytes text, struct launch_wish *out, struct cloister_fault *why)
{
	own(launch_wish_fini) struct launch_wish wish = { 0 };
	struct author a = { .wish = &wish };

	if (text.len > LIMIT_MANIFEST)
		return fail(why, CLOISTER_E_LIMIT, WHAT, "larger than %u bytes", LIMIT_MANIFEST);
	TRY(events_open(&a.in, text, WHAT, why));
	enum cloister_err err = read_document(&a);
	events_close(&a.in);
	if (err)
		return err;
	*out = give(wish, (struct launch_wish){ 0 });
	return CLOISTER_OK;
}
