/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - enclave.json, both ways. The table of members is the format. */

#include "enclave/record.h"

#include <stddef.h>
#include <string.h>

#include "base/hex.h"
#include "sys/io.h"

#define RECORD_VERSION 1u

static const char *const state_names[RECORD_STATES] = {
	[RECORD_NONE] = "unknown",  [RECORD_STARTING] = "starting", [RECORD_RUNNING] = "running",
	[RECORD_PAUSED] = "paused", [RECORD_STOPPED] = "stopped",	 [RECORD_FAILED] = "failed",
};

const char *record_state_name(enum record_state state)
{
	return (unsigned)state < RECORD_STATES ? state_names[state] : state_names[RECORD_NONE];
}

enum kind { TEXT, U32, U64, I32, BOOL, HEX };

/* clang-format off */
#define M(member, kind) { #member, kind, offsetof(struct record, member), sizeof((struct record *)0)->member }
static const struct member {
	const char *name;
	enum kind kind;
	size_t at, size;
} members[] = {
	M(name, TEXT),         M(id, TEXT),            M(pid, I32),
	M(image, TEXT),        M(run_dir, TEXT),       M(debug, BOOL),
	M(pcr0, HEX),          M(pcr1, HEX),           M(pcr2, HEX),         M(pcr8, HEX),
	M(memory_mib, U32),    M(cpus, U32),           M(uid, U32),          M(accelerator, TEXT),
	M(limits, TEXT),       M(confinement, TEXT),
	M(created_ms, U64),    M(started_ms, U64),     M(ended_ms, U64),
	M(exit_code, I32),     M(reason, TEXT),
};
#undef M
/* clang-format on */
enum { N_MEMBERS = sizeof members / sizeof *members };

static void put_member(struct json_out *w, const struct member *m, const uint8_t *v)
{
	switch (m->kind) {
	case TEXT:
		json_put_loose(w, m->name, bytes_text((const char *)v)); /* a path may be of any bytes */
		return;
	case U32:
		json_put_u64(w, m->name, *(const uint32_t *)v);
		return;
	case U64:
		json_put_u64(w, m->name, *(const uint64_t *)v);
		return;
	case I32:
		json_put_i64(w, m->name, *(const int32_t *)v);
		return;
	case BOOL:
		json_put_bool(w, m->name, *(const bool *)v);
		return;
	case HEX:
		json_put_hex(w, m->name, bytes_of(v, m->size));
		return;
	}
}

void record_put(const struct record *r, struct buf *out)
{
	struct json_out w = json_out(out);
	char text[64];

	json_open(&w, NULL, '{');
	json_put_u64(&w, "version", RECORD_VERSION);
	json_put_text(&w, "state", record_state_name(r->state));
	for (size_t i = 0; i < N_MEMBERS; i++)
		put_member(&w, &members[i], (const uint8_t *)r + members[i].at);
	json_open(&w, "ports", '[');
	for (size_t i = 0; i < r->n_ports; i++)
		json_put_text(&w, NULL, publish_text(&r->ports[i], text, sizeof text));
	json_close(&w, ']');
	json_close(&w, '}');
}

static bool hex(struct json v, uint8_t *out, size_t len)
{
	char text[2 * RECORD_PCR + 1];
	size_t got;

	return json_text(v, text, sizeof text) &&
	       hex_read(bytes_text(text), out, len, &got, NULL) == CLOISTER_OK && got == len;
}

static bool get_member(struct json v, const struct member *m, uint8_t *out)
{
	uint64_t u;
	int64_t i;

	switch (m->kind) {
	case TEXT:
		return json_text(v, (char *)out, m->size);
	case U32:
		if (!json_u64(v, &u) || u > UINT32_MAX)
			return false;
		*(uint32_t *)out = (uint32_t)u;
		return true;
	case U64:
		return json_u64(v, (uint64_t *)out);
	case I32:
		if (!json_i64(v, &i) || i < INT32_MIN || i > INT32_MAX)
			return false;
		*(int32_t *)out = (int32_t)i;
		return true;
	case BOOL:
		return json_bool(v, (bool *)out);
	case HEX:
		return hex(v, out, m->size);
	}
	return false;
}

static enum record_state state_of(struct json v)
{
	for (int s = RECORD_NONE + 1; s < RECORD_STATES; s++)
		if (json_is(v, state_names[s]))
			return (enum record_state)s;
	return RECORD_NONE;
}

static enum cloister_err ports(struct json v, struct record *r, struct cloister_fault *why)
{
	struct json_walk walk = json_walk(v);
	struct json port;
	char text[64];

	if (v.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "record.ports", "no list");
	while (json_next(&walk, NULL, &port)) {
		if (r->n_ports == PUBLISH_MAX || !json_text(port, text, sizeof text) ||
		    publish_read(text, &r->ports[r->n_ports], why) != CLOISTER_OK)
			return fail(why, CLOISTER_E_MALFORMED, "record.ports", "no published port");
		r->n_ports++;
	}
	return CLOISTER_OK;
}

enum cloister_err record_parse(struct bytes text, struct record *out, struct cloister_fault *why)
{
	struct record r = { 0 };
	struct json top;
	uint64_t version;

	TRY(json_read(text, &top, why));
	if (!json_u64(json_get(top, "version"), &version))
		return fail(why, CLOISTER_E_MALFORMED, "record.version", "missing");
	if (version != RECORD_VERSION)
		return fail(why, CLOISTER_E_UNSUPPORTED, "record.version", "written by another Cloister");
	r.state = state_of(json_get(top, "state"));
	if (r.state == RECORD_NONE)
		return fail(why, CLOISTER_E_MALFORMED, "record.state", "no known state");
	for (size_t i = 0; i < N_MEMBERS; i++)
		if (!get_member(json_get(top, members[i].name), &members[i], (uint8_t *)&r + members[i].at))
			return fail(why, CLOISTER_E_MALFORMED, members[i].name,
				    "the record lacks it or has it in another form");
	TRY(ports(json_get(top, "ports"), &r, why));
	*out = r;
	return CLOISTER_OK;
}

enum cloister_err record_write(int dir_fd, const struct record *r, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(RECORD_MAX);

	record_put(r, &text);
	buf_byte(&text, '\n');
	TRY(buf_ok(&text, "record", why));
	return file_write(dir_fd, RECORD_FILE, 0600, buf_bytes(&text), why);
}

enum cloister_err record_read(int dir_fd, struct record *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(RECORD_MAX);

	TRY(file_read(dir_fd, RECORD_FILE, RECORD_MAX, &text, why));
	return record_parse(buf_bytes(&text), out, why);
}
