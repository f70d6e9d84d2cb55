/* SPDX-License-Identifier: Apache-2.0 */
/* config.c - the configuration, from hostile JSON to plain C values. Decides nothing about it. */

#include "image/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "image/shown.h"

static enum cloister_err nomem(struct cloister_fault *why)
{
	return fail(why, CLOISTER_E_NOMEM, "config", "out of memory");
}

/* A string without NULs, on the heap; null and absent are "". */
static enum cloister_err string(struct json v, const char *field, char **out,
				struct cloister_fault *why)
{
	own(buf_fini) struct buf b = BUF_INIT(v.text.len);

	if (v.type != JSON_NONE && v.type != JSON_NULL && !json_string_to(v, &b))
		return fail(why, CLOISTER_E_MALFORMED, field, "it is not a string");
	if (b.len && memchr(b.data, 0, b.len))
		return fail(why, CLOISTER_E_MALFORMED, field, "a NUL in a string");
	*out = mem_text(buf_bytes(&b));
	return *out ? CLOISTER_OK : nomem(why);
}

static void drop_list(char ***list)
{
	for (char **p = *list; p && *p; p++)
		free(*p);
	free(*list);
	*list = NULL;
}

/* An array of strings, or the keys of an object (Volumes); null and absent are empty. */
static enum cloister_err list(struct json v, enum json_type type, const char *field, char ***out,
			      struct cloister_fault *why)
{
	own(drop_list) char **l = NULL;
	size_t n = json_count(v), i = 0;
	struct json_walk w = json_walk(v);
	struct json key, value;

	if (v.type != JSON_NONE && v.type != JSON_NULL && v.type != type)
		return fail(why, CLOISTER_E_MALFORMED, field, "it has the wrong JSON type");
	if (n > LIMIT_ARGV)
		return fail(why, CLOISTER_E_LIMIT, field, "more than %u entries", LIMIT_ARGV);
	l = calloc(n + 1, sizeof *l);
	if (!l)
		return nomem(why);
	while (json_next(&w, &key, &value))
		TRY(string(type == JSON_OBJECT ? key : value, field, &l[i++], why));
	*out = give(l, NULL);
	return CLOISTER_OK;
}

/* "6379/tcp" or "6379"; other protocols are no error and no port. */
static enum cloister_err port(const char *text, uint16_t *out, struct cloister_fault *why)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || end - text > 5 || n == 0 || n > 65535 ||
	    (*end && *end != '/'))
		return fail(why, CLOISTER_E_MALFORMED, "config.ExposedPorts", "`%s` is not a port",
			    shown_text(text).text);
	*out = *end == 0 || strcmp(end, "/tcp") == 0 ? (uint16_t)n : 0;
	return CLOISTER_OK;
}

static int by_number(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

static enum cloister_err ports(struct json v, struct image_config *c, struct cloister_fault *why)
{
	own(drop_list) char **names = NULL;
	size_t n = 0;

	TRY(list(v, JSON_OBJECT, "config.ExposedPorts", &names, why));
	c->ports = calloc(json_count(v) + 1, sizeof *c->ports);
	if (!c->ports)
		return nomem(why);
	for (char **p = names; *p; p++) {
		TRY(port(*p, &c->ports[n], why));
		n += c->ports[n] != 0;
	}
	qsort(c->ports, n, sizeof *c->ports, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || c->ports[i] != c->ports[c->n_ports - 1])
			c->ports[c->n_ports++] = c->ports[i];
	return CLOISTER_OK;
}

enum cloister_err digest_read(struct json v, uint8_t out[static SHA256_LEN],
			      struct cloister_fault *why)
{
	char text[8 + 2 * SHA256_LEN];
	size_t len;

	if (!json_text(v, text, sizeof text) || strlen(text) != sizeof text - 1 ||
	    strncmp(text, "sha256:", 7) != 0 || strpbrk(text + 7, "ABCDEF") ||
	    hex_read(bytes_text(text + 7), out, SHA256_LEN, &len, NULL) != CLOISTER_OK)
		return fail(why, CLOISTER_E_UNSUPPORTED, "digest", "%s is not a SHA-256 digest",
			    v.type == JSON_STRING ? shown(v.text).text : "something");
	return CLOISTER_OK;
}

static enum cloister_err diff_ids(struct json rootfs, struct diff_ids *out,
				  struct cloister_fault *why)
{
	struct json ids = json_get(rootfs, "diff_ids");
	struct json_walk w = json_walk(ids);
	struct json v;

	if (ids.type != JSON_ARRAY || !json_is(json_get(rootfs, "type"), "layers"))
		return fail(why, CLOISTER_E_MALFORMED, "config.rootfs", "it lists no layers");
	if (json_count(ids) > LIMIT_LAYERS)
		return fail(why, CLOISTER_E_LIMIT, "config.rootfs", "more than %u layers", LIMIT_LAYERS);
	out->ids = calloc(json_count(ids) + 1, sizeof *out->ids);
	if (!out->ids)
		return nomem(why);
	while (json_next(&w, NULL, &v))
		TRY(digest_read(v, out->ids[out->n++], why));
	return CLOISTER_OK;
}

static enum cloister_err read_into(struct json doc, struct image_config *c, struct diff_ids *layers,
				   struct cloister_fault *why)
{
	struct json config = json_get(doc, "config");

	if (doc.type != JSON_OBJECT || (config.type != JSON_OBJECT && config.type != JSON_NONE &&
					config.type != JSON_NULL))
		return fail(why, CLOISTER_E_MALFORMED, "config", "it is not an image configuration");
	TRY(string(json_get(doc, "architecture"), "config.architecture", &c->architecture, why));
	TRY(string(json_get(doc, "os"), "config.os", &c->os, why));
	TRY(string(json_get(doc, "created"), "config.created", &c->created, why));
	TRY(list(json_get(config, "Entrypoint"), JSON_ARRAY, "config.Entrypoint", &c->entrypoint, why));
	TRY(list(json_get(config, "Cmd"), JSON_ARRAY, "config.Cmd", &c->cmd, why));
	TRY(list(json_get(config, "Env"), JSON_ARRAY, "config.Env", &c->env, why));
	TRY(list(json_get(config, "Volumes"), JSON_OBJECT, "config.Volumes", &c->volumes, why));
	TRY(string(json_get(config, "User"), "config.User", &c->user, why));
	TRY(string(json_get(config, "WorkingDir"), "config.WorkingDir", &c->working_dir, why));
	TRY(string(json_get(config, "StopSignal"), "config.StopSignal", &c->stop_signal, why));
	TRY(ports(json_get(config, "ExposedPorts"), c, why));
	return diff_ids(json_get(doc, "rootfs"), layers, why);
}

enum cloister_err config_read(struct bytes text, struct image_config *config,
			      struct diff_ids *layers, struct cloister_fault *why)
{
	own(config_fini) struct image_config c = { 0 };
	own(diff_ids_fini) struct diff_ids d = { 0 };
	struct json doc;

	TRY(json_read(text, &doc, why));
	TRY(read_into(doc, &c, &d, why));
	*config = give(c, (struct image_config){ 0 });
	*layers = give(d, (struct diff_ids){ 0 });
	return CLOISTER_OK;
}

enum cloister_err config_fits(const struct image_config *c, const char *arch, struct cloister_fault *why)
{
	if ((!c->os[0] || strcmp(c->os, "linux") == 0) && strcmp(c->architecture, arch) == 0)
		return CLOISTER_OK;
	return fail(why, CLOISTER_E_UNSUPPORTED, "image", "it is for %s/%s, this machine runs linux/%s",
		    c->os[0] ? shown_text(c->os).text : "linux", shown_text(c->architecture).text, arch);
}

void config_fini(struct image_config *c)
{
	drop_list(&c->entrypoint);
	drop_list(&c->cmd);
	drop_list(&c->env);
	drop_list(&c->volumes);
	free(c->user);
	free(c->working_dir);
	free(c->stop_signal);
	free(c->ports);
	free(c->architecture);
	free(c->os);
	free(c->created);
	*c = (struct image_config){ 0 };
}

void diff_ids_fini(struct diff_ids *d)
{
	free(d->ids);
	*d = (struct diff_ids){ 0 };
}
