/* SPDX-License-Identifier: Apache-2.0 */
/* provider_config.c - a reader per field, a table of them, and what they say together. */

#include "daemon/provider_config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "registry/reference.h"

struct reading {
	const struct provider *provider;
	struct provider_config *c;
	struct strv *details;
	const char *field; /* being read */
};

static void say(struct reading *r, const char *fmt, ...) PRINTF(2, 3);
static void say(struct reading *r, const char *fmt, ...)
{
	own(drop_mem) char *sentence = NULL;
	char *line = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&sentence, fmt, args) < 0)
		sentence = NULL;
	va_end(args);
	if (sentence && asprintf(&line, "%s: %s", r->field, sentence) < 0)
		line = NULL;
	strv_take(r->details, line);
}

/* ---- words ---- */

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower((char)(c | 32)) || is_digit(c);
}

/* How many characters at the front satisfy `is`. */
static size_t run(const char *p, bool (*is)(char))
{
	size_t n = 0;

	while (p[n] && is(p[n]))
		n++;
	return n;
}

static bool is_visible(char c)
{
	return c > ' ' && c < 0x7f;
}

static bool is_option(const char *name, const char *text)
{
	for (size_t i = 0; i < n_provider_fields; i++)
		for (size_t k = 0; strcmp(provider_fields[i].name, name) == 0 && provider_fields[i].options &&
				   provider_fields[i].options[k]; k++)
			if (strcmp(provider_fields[i].options[k], text) == 0)
				return true;
	return false;
}

/* ---- values ---- */

/* A number, or a string of digits. */
static bool number(struct json v, uint64_t *out)
{
	char text[20];

	if (v.type != JSON_STRING)
		return json_u64(v, out);
	if (!json_text(v, text, sizeof text) || !is_digit(text[0]) || text[run(text, is_digit)])
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static void read_text(struct reading *r, struct json v, char *out, size_t room)
{
	if (!json_text(v, out, room)) {
		out[0] = 0;
		say(r, "must be a string of at most %zu bytes", room - 1);
	}
}

/* A string, number or truth value as text; false for what cannot be one line of text. */
static bool scalar(struct json v, struct buf *out)
{
	if (v.type == JSON_NUMBER || v.type == JSON_BOOL)
		buf_put(out, v.text.data, v.text.len);
	else if (!json_string_to(v, out))
		return false;
	return out->len == 0 || !memchr(out->data, 0, out->len);
}

/* An array of strings and numbers, or a string with commas; blanks around each do not count. */
static bool items(struct json v, struct strv *out)
{
	struct json_walk walk = json_walk(v);
	struct json one;

	if (v.type == JSON_STRING || v.type == JSON_NUMBER) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_WORKLOAD_TEXT);
		if (!scalar(v, &text))
			return false;
		char *rest = (char *)(uintptr_t)buf_string(&text), *word;
		while ((word = strsep(&rest, ","))) {
			struct bytes b = bytes_trimmed(bytes_text(word));
			strv_take(out, mem_text(b));
		}
		out->failed |= text.starved;
		return !text.failed;
	}
	while (json_next(&walk, NULL, &one)) {
		own(buf_fini) struct buf text = BUF_INIT(LIMIT_WORKLOAD_TEXT);
		bool is_item = one.type != JSON_BOOL && scalar(one, &text) && !text.failed;
		strv_add(out, buf_string(&text));
		out->failed |= text.starved;
		if (!is_item)
			return false;
	}
	return v.type == JSON_ARRAY;
}

static void read_labels(struct reading *r, struct json v, struct strv *out, bool (*is)(char), const char *form)
{
	own(strv_fini) struct strv list = { 0 };

	bool is_list = items(v, &list);
	r->details->failed |= list.failed;
	if (!is_list || list.n > LIMIT_WORKLOAD_LABELS) {
		say(r, "must be a list, or words separated by commas, of at most %u", LIMIT_WORKLOAD_LABELS);
		return;
	}
	for (size_t i = 0; i < list.n && list.list[i]; i++) {
		size_t len = strlen(list.list[i]);
		if (len == 0 || len > 32 || run(list.list[i], is) != len)
			say(r, "entry %zu must be 1 to 32 %s", i + 1, form);
		else
			strv_add(out, list.list[i]);
	}
}

/* ---- one reader per field ---- */

/* Of which registry a name without one is, is the operator's to say and does not matter here. */
static void read_image(struct reading *r, struct json v)
{
	struct reference image;
	struct cloister_fault why;

	read_text(r, v, r->c->image, sizeof r->c->image);
	if (!r->c->image[0] || reference_read(bytes_text(r->c->image), "docker.io", &image, &why) == CLOISTER_OK)
		return;
	r->c->image[0] = 0;
	say(r, "must be name[:tag][@sha256:…]; %s", why.note);
}

static void read_cpus(struct reading *r, struct json v)
{
	uint64_t n;

	if (number(v, &n) && (n == 2 || n == 4 || n == 8 || n == 16))
		r->c->cpus = (uint32_t)n;
	else
		say(r, "must be 2, 4, 8 or 16");
}

static void read_memory(struct reading *r, struct json v)
{
	uint64_t n;

	if (number(v, &n) && n >= 1024 && n <= 16384)
		r->c->memory_mib = (uint32_t)n;
	else
		say(r, "must be a number from 1024 to 16384");
}

static void read_instance(struct reading *r, struct json v)
{
	char *type = r->c->instance_type;

	if (json_text(v, type, sizeof r->c->instance_type) && is_option("instanceType", type))
		return;
	type[0] = 0;
	say(r, "is not one of the instance types that are offered");
}

static void read_workload(struct reading *r, struct json v)
{
	if (json_is(v, "service"))
		r->c->workload = WORKLOAD_SERVICE;
	else if (json_is(v, "batch"))
		r->c->workload = WORKLOAD_BATCH;
	else if (json_is(v, "daemon"))
		r->c->workload = WORKLOAD_DAEMON;
	else
		say(r, "must be batch, service or daemon");
}

static void read_debug(struct reading *r, struct json v)
{
	if (json_is(v, "true") || json_is(v, "false"))
		r->c->is_debug = json_is(v, "true");
	else if (!json_bool(v, &r->c->is_debug))
		say(r, "must be true or false");
}

static bool env_name_ok(const char *name)
{
	if (is_digit(name[0]) || !name[0])
		return false;
	for (; *name; name++)
		if (!is_alnum(*name) && *name != '_')
			return false;
	return true;
}

static void read_variable(struct reading *r, struct json key, struct json v)
{
	own(buf_fini) struct buf entry = BUF_INIT(LIMIT_WORKLOAD_TEXT);
	char name[256];

	if (!json_text(key, name, sizeof name) || !env_name_ok(name)) {
		say(r, "a name is letters, digits and _, and does not begin with a digit");
		return;
	}
	buf_print(&entry, "%s=", name);
	if (!scalar(v, &entry) || entry.failed)
		say(r, "%s must be a string without NUL", name);
	else
		strv_add(&r->c->env, buf_string(&entry));
	r->details->failed |= entry.starved;
}

static void read_env(struct reading *r, struct json v)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_WORKLOAD_TEXT);
	struct json object = v, key, value;

	if (v.type == JSON_STRING &&
	    (!json_string_to(v, &text) || text.failed || json_read(buf_bytes(&text), &object, NULL) != CLOISTER_OK))
		object.type = JSON_NONE;
	r->details->failed |= text.starved;
	if (object.type != JSON_OBJECT || json_count(object) > LIMIT_WORKLOAD_ENV) {
		say(r, "must be a JSON object of at most %u strings, or a string that holds one", LIMIT_WORKLOAD_ENV);
		return;
	}
	struct json_walk walk = json_walk(object);
	while (json_next(&walk, &key, &value))
		read_variable(r, key, value);
}

static void read_health_path(struct reading *r, struct json v)
{
	char *path = r->c->health_path;

	read_text(r, v, path, sizeof r->c->health_path);
	if (path[0] && (path[0] != '/' || path[run(path, is_visible)])) {
		path[0] = 0;
		say(r, "must begin with / and have no spaces");
	}
}

static void read_health_interval(struct reading *r, struct json v)
{
	uint64_t n;

	if (number(v, &n) && n >= 5 && n <= 300)
		r->c->health_s = (uint32_t)n;
	else
		say(r, "must be a number from 5 to 300");
}

static bool has_port(const struct provider_config *c, unsigned long port)
{
	for (size_t i = 0; i < c->n_ports; i++)
		if (c->ports[i] == port)
			return true;
	return false;
}

static void read_port(struct reading *r, const char *text)
{
	size_t len = strlen(text);
	unsigned long port = len <= 5 ? strtoul(text, NULL, 10) : 0;

	if (run(text, is_digit) != len || port < 1 || port > 65535)
		say(r, "each must be a number from 1 to 65535");
	else if (has_port(r->c, port))
		say(r, "%lu is there twice", port);
	else
		r->c->ports[r->c->n_ports++] = (uint16_t)port;
}

static void read_ports(struct reading *r, struct json v)
{
	own(strv_fini) struct strv list = { 0 };

	bool is_list = items(v, &list);
	r->details->failed |= list.failed;
	if (!is_list || list.n > LIMIT_WORKLOAD_PORTS) {
		say(r, "must be a list, or numbers separated by commas, of at most %u", LIMIT_WORKLOAD_PORTS);
		return;
	}
	for (size_t i = 0; i < list.n && list.list[i]; i++)
		read_port(r, list.list[i]);
}

static bool is_service(char c)
{
	return is_lower(c) || is_digit(c) || c == '-';
}

static void read_services(struct reading *r, struct json v)
{
	read_labels(r, v, &r->c->aws_services, is_service, "lower-case letters, digits and hyphens");
}

static bool is_label(char c)
{
	return is_alnum(c) || strchr(" -_.", c);
}

static void read_compliance(struct reading *r, struct json v)
{
	read_labels(r, v, &r->c->compliance, is_label, "letters, digits, spaces, - _ and .");
}

static void read_source(struct reading *r, struct json v)
{
	if (json_is(v, "github"))
		say(r, "github is not built from by this server; build the image and name it");
	else if (json_is(v, "private-registry"))
		r->c->is_private = true;
	else if (!json_is(v, "registry"))
		say(r, "must be registry or private-registry");
}

/* Where a registry is: https://host[:port][/…], or without a scheme; no user in it. */
static void read_registry_url(struct reading *r, struct json v)
{
	char *url = r->c->registry_url;

	read_text(r, v, url, sizeof r->c->registry_url);
	if (url[0] && (url[run(url, is_visible)] || strpbrk(url, "@?#\\"))) {
		url[0] = 0;
		say(r, "must be the address of a registry, without user, query or fragment");
	}
}

static void read_registry_user(struct reading *r, struct json v)
{
	char *user = r->c->registry_user;

	read_text(r, v, user, sizeof r->c->registry_user);
	if (strchr(user, ':')) { /* RFC 7617, 2 */
		user[0] = 0;
		say(r, "must have no colon");
	}
}

static void read_registry_password(struct reading *r, struct json v)
{
	char text[LIMIT_REGISTRY_PASSWORD + 1];

	drop_secret(&r->c->registry_password);
	if (!json_text(v, text, sizeof text) ||
	    secret_put(&r->c->registry_password, bytes_text(text), NULL) != CLOISTER_OK)
		say(r, "must be a string of at most %u bytes", LIMIT_REGISTRY_PASSWORD);
	mem_wipe(text, sizeof text);
}

static bool is_said(struct json v)
{
	return v.type != JSON_NONE && v.type != JSON_NULL && !json_is(v, "");
}

static void read_registry(struct reading *r, struct json v)
{
	static const struct {
		const char *name;
		void (*read)(struct reading *r, struct json v);
	} parts[] = {
		{ "registryUrl", read_registry_url },
		{ "username", read_registry_user },
		{ "password", read_registry_password },
	};
	struct json_walk walk = json_walk(v);
	struct json key, value;

	if (v.type != JSON_OBJECT)
		say(r, "must be an object with registryUrl, username and password");
	while (v.type == JSON_OBJECT && json_next(&walk, &key, &value)) {
		size_t i = 0;
		while (i < 3 && !json_is(key, parts[i].name))
			i++;
		if (i == 3)
			say(r, "has registryUrl, username and password, and nothing else");
		else if (is_said(value))
			parts[i].read(r, value);
	}
}

/* The server's own: clients send it back with the rest. */
static void ignore(struct reading *r, struct json v)
{
	(void)r;
	(void)v;
}

static const struct field {
	const char *name;
	bool also_beside; /* may stand in the request itself */
	void (*read)(struct reading *r, struct json v);
} fields[] = {
	{ "dockerImage", true, read_image },
	{ "cpuCount", false, read_cpus },
	{ "memoryMiB", false, read_memory },
	{ "instanceType", false, read_instance },
	{ "workloadType", false, read_workload },
	{ "enableDebug", false, read_debug },
	{ "environmentVariables", false, read_env },
	{ "healthCheckPath", false, read_health_path },
	{ "healthCheckInterval", false, read_health_interval },
	{ "exposePorts", false, read_ports },
	{ "awsServices", false, read_services },
	{ "compliance", false, read_compliance },
	{ "sourceType", true, read_source },
	{ "privateRegistry", true, read_registry },
	{ "privateRegistryUrl", true, read_registry_url },
	{ "privateRegistryUsername", true, read_registry_user },
	{ "privateRegistryPassword", true, read_registry_password },
	{ "signingAddress", false, ignore },
};
#define N_FIELDS (sizeof fields / sizeof *fields)

/* ---- all of it ---- */

static void sort_members(struct reading *r, struct json config, struct json out[static N_FIELDS])
{
	struct json_walk walk = json_walk(config);
	struct json key, value;
	char name[64];

	while (config.type == JSON_OBJECT && json_next(&walk, &key, &value)) {
		size_t i = 0;
		while (i < N_FIELDS && !json_is(key, fields[i].name))
			i++;
		if (i < N_FIELDS) {
			out[i] = value;
			continue;
		}
		r->field = json_text(key, name, sizeof name) ? name : "providerConfig";
		say(r, "is unknown here");
	}
}

static void read_members(struct reading *r, const struct json in[static N_FIELDS], struct json request)
{
	for (size_t i = 0; i < N_FIELDS; i++) {
		struct json v = in[i], beside = { 0 };

		r->field = fields[i].name;
		if (fields[i].also_beside)
			beside = json_get(request, fields[i].name);
		if (is_said(v) && is_said(beside) && !bytes_equal(v.text, beside.text))
			say(r, "is there twice, and differs");
		if (!is_said(v))
			v = beside;
		if (is_said(v))
			fields[i].read(r, v);
	}
}

/* What the fields say together. */
static void check(struct reading *r, const struct json in[static N_FIELDS], struct json request)
{
	const struct provider_config *c = r->c;
	bool has_registry = c->registry_url[0] || c->registry_user[0] || c->registry_password.len;
	bool all = c->registry_url[0] && c->registry_user[0] && c->registry_password.len;

	r->field = "dockerImage";
	if (!is_said(in[0]) && !is_said(json_get(request, r->field)))
		say(r, "is required");
	r->field = "memoryMiB";
	if (c->memory_mib < 512 * c->cpus)
		say(r, "must be at least 512 for each processor: %u", 512 * c->cpus);
	r->field = "instanceType";
	if (c->instance_type[0] && !r->provider->has_instance_types)
		say(r, "is not known to %s", r->provider->id);
	r->field = "privateRegistry";
	if ((has_registry || c->is_private) && !all && r->details->n == 0)
		say(r, "address, username and password belong together");
}

enum cloister_err provider_config_read(const struct provider *p, struct json config, struct json request,
				       struct provider_config *out, struct strv *details,
				       struct cloister_fault *why)
{
	struct reading r = { p, out, details, "providerConfig" };
	struct json in[N_FIELDS] = { 0 };
	size_t before = details->n;

	*out = (struct provider_config){ .cpus = 2, .memory_mib = 1024, .health_s = 30 };
	if (config.type != JSON_OBJECT && config.type != JSON_NONE && config.type != JSON_NULL)
		say(&r, "must be an object");
	sort_members(&r, config, in);
	read_members(&r, in, request);
	check(&r, in, request);
	TRY(strv_ok(details, "details", why));
	TRY(strv_ok(&out->env, "environmentVariables", why));
	TRY(strv_ok(&out->aws_services, "awsServices", why));
	TRY(strv_ok(&out->compliance, "compliance", why));
	if (details->n > before)
		return fail(why, CLOISTER_E_MALFORMED, "providerConfig", "%s", details->list[before]);
	return CLOISTER_OK;
}

void provider_config_fini(struct provider_config *c)
{
	strv_fini(&c->env);
	strv_fini(&c->aws_services);
	strv_fini(&c->compliance);
	drop_secret(&c->registry_password);
}

const char *workload_type_name(enum workload_type t)
{
	static const char *const names[] = { "service", "batch", "daemon" };

	return names[t];
}

static void put_number(struct json_out *w, const char *key, uint32_t n)
{
	char text[16];

	snprintf(text, sizeof text, "%u", n);
	json_put_text(w, key, text);
}

static void put_list(struct json_out *w, const char *key, const struct strv *list)
{
	if (list->n == 0)
		return;
	json_open(w, key, '[');
	for (size_t i = 0; i < list->n; i++)
		json_put_text(w, NULL, list->list[i]);
	json_close(w, ']');
}

/* An object within a string, which is what clients send. */
static void put_env(struct json_out *w, const struct strv *env)
{
	own(buf_fini) struct buf text = BUF_INIT(w->to->max);
	struct json_out inner = json_out(&text);

	if (env->n == 0)
		return;
	json_open(&inner, NULL, '{');
	for (size_t i = 0; i < env->n; i++) {
		const char *value = strchr(env->list[i], '=');
		own(drop_mem) char *name = mem_text(bytes_of(env->list[i], (size_t)(value - env->list[i])));
		if (!name)
			text.failed = text.starved = true;
		json_put_text(&inner, name ? name : "", value + 1);
	}
	json_close(&inner, '}');
	if (text.failed) {
		w->to->failed = true;
		w->to->starved |= text.starved;
	}
	json_put_text(w, "environmentVariables", buf_string(&text));
}

static void put_ports(struct json_out *w, const struct provider_config *c)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_WORKLOAD_TEXT);

	for (size_t i = 0; i < c->n_ports; i++)
		buf_print(&text, "%s%u", i ? "," : "", c->ports[i]);
	if (text.failed)
		w->to->failed = w->to->starved = true;
	if (c->n_ports)
		json_put_text(w, "exposePorts", buf_string(&text));
}

void provider_config_put(struct json_out *w, const char *key, const struct provider_config *c,
			 const char *signing_address)
{
	json_open(w, key, '{');
	json_put_text(w, "dockerImage", c->image);
	put_number(w, "cpuCount", c->cpus);
	put_number(w, "memoryMiB", c->memory_mib);
	if (c->instance_type[0])
		json_put_text(w, "instanceType", c->instance_type);
	json_put_text(w, "workloadType", workload_type_name(c->workload));
	json_put_bool(w, "enableDebug", c->is_debug);
	put_env(w, &c->env);
	if (c->health_path[0])
		json_put_text(w, "healthCheckPath", c->health_path);
	put_number(w, "healthCheckInterval", c->health_s);
	put_ports(w, c);
	put_list(w, "awsServices", &c->aws_services);
	put_list(w, "compliance", &c->compliance);
	json_put_text(w, "sourceType", c->is_private ? "private-registry" : "registry");
	if (signing_address)
		json_put_text(w, "signingAddress", signing_address);
	json_close(w, '}');
}
