/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.c - YAML events, one after the other, straight into cloister_policy_set(): a
 * value's key is the path of mappings above it. No tree is built, so nothing can
 * refer back; what the table of keys does not have is refused with its line.
 */

#include "policy/file.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/events.h"
#include "evidence/expect.h"
#include "policy/keys.h"

#define WHAT "policy"
#define MEASUREMENTS "measurements"

struct reading {
	struct events in;
	struct cloister_policy *policy;
	policy_file *file;
	void *ctx;
	struct buf seen; /* "\npath\n" of each key that was there */
};

/* Where a value stands. */
struct place {
	char key[LIMIT_POLICY_KEY]; /* "", "snp", "snp.floor.genoa", "measurements.1.pcr0" */
	unsigned set;               /* of measurements */
	bool in_set;                /* the mapping is a set of registers */
	bool is_file;               /* the value names a file of them */
};

static void drop_policy(struct cloister_policy **p)
{
	cloister_policy_free(*p);
}

static enum cloister_err refuse(struct reading *r, const yaml_event_t *e, const char *key,
				const char *note)
{
	return events_refuse(&r->in, e, key, note);
}

/* A fault of below, with the line. Running out of memory stays what it is. */
static enum cloister_err refuse_as(struct reading *r, const yaml_event_t *e, enum cloister_err err,
				   const struct cloister_fault *below)
{
	return fail(r->in.why, err == CLOISTER_E_USAGE ? CLOISTER_E_MALFORMED : err, WHAT, "line %zu: %s: %s",
		    e->start_mark.line + 1, below->what, below->note);
}

static enum cloister_err set_scalar(struct reading *r, const yaml_event_t *e, const struct place *at)
{
	struct cloister_fault below;
	const char *value;

	TRY(events_scalar(&r->in, e, at->key, &value));
	if (policy_key_form(at->key) == KEY_GROUP)
		return refuse(r, e, at->key, "a mapping of keys is expected");
	enum cloister_err err = cloister_policy_set(r->policy, at->key, value, &below);
	return err == CLOISTER_OK ? err : refuse_as(r, e, err, &below);
}

/* `file: PATH` in a set of measurements. */
static enum cloister_err set_file(struct reading *r, const yaml_event_t *e, const struct place *at)
{
	struct cloister_fault below;
	const char *path;

	if (e->type != YAML_SCALAR_EVENT)
		return refuse(r, e, at->key, "the name of a file is expected");
	TRY(events_scalar(&r->in, e, at->key, &path));
	if (!r->file)
		return refuse(r, e, at->key, "files are not opened here");
	enum cloister_err err = r->file(r->ctx, path, at->set, r->policy, &below);
	return err == CLOISTER_OK ? err : refuse_as(r, e, err, &below);
}

/* The place of member `name` below `at`; false when the table of keys has none. */
static bool go_down(const struct place *at, const char *name, struct place *out)
{
	struct place p = { .set = at->set, .is_file = at->in_set && strcmp(name, "file") == 0 };
	int n = snprintf(p.key, sizeof p.key, "%s%s%s", at->key, at->key[0] ? "." : "", name);

	if ((size_t)n >= sizeof p.key || strchr(name, '.'))
		return false;
	*out = p;
	return p.is_file || policy_key_form(p.key) != KEY_UNKNOWN;
}

/* Each key once, also those whose values add up. */
static enum cloister_err see(struct reading *r, const yaml_event_t *e, const struct place *at)
{
	char line[LIMIT_POLICY_KEY + 2];

	snprintf(line, sizeof line, "\n%s\n", at->key);
	if (strstr(buf_string(&r->seen), line))
		return refuse(r, e, at->key, "this key is there twice");
	buf_text(&r->seen, line);
	return buf_ok(&r->seen, WHAT, r->in.why);
}

static enum cloister_err read_mapping(struct reading *r, const yaml_event_t *first,
				      const struct place *at);

/* The items of a list: values of one key, or sets of measurements. */
static enum cloister_err read_list(struct reading *r, const yaml_event_t *first, const struct place *at)
{
	bool of_sets = strcmp(at->key, MEASUREMENTS) == 0;

	if (!of_sets && policy_key_form(at->key) != KEY_LIST)
		return refuse(r, first, at->key, "a list is not accepted here");
	for (unsigned n = 0;; n++) {
		own(drop_event) yaml_event_t e = { .type = YAML_NO_EVENT };
		TRY(events_next(&r->in, &e));
		if (e.type == YAML_SEQUENCE_END_EVENT)
			return n ? CLOISTER_OK : refuse(r, first, at->key, "the list is empty");
		if (e.type != (of_sets ? YAML_MAPPING_START_EVENT : YAML_SCALAR_EVENT))
			return refuse(r, &e, at->key, of_sets ? "a set of registers is expected" :
								"a single value is expected");
		if (!of_sets) {
			TRY(set_scalar(r, &e, at));
			continue;
		}
		struct place one = { .set = n, .in_set = true };
		if (n == LIMIT_EXPECTED_SETS)
			return refuse(r, &e, at->key, "there are too many sets");
		snprintf(one.key, sizeof one.key, MEASUREMENTS ".%u", n);
		TRY(read_mapping(r, &e, &one));
	}
}

static enum cloister_err read_value(struct reading *r, const yaml_event_t *e, const struct place *at)
{
	struct place below = *at;

	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return set_scalar(r, e, at);
	case YAML_SEQUENCE_START_EVENT:
		return read_list(r, e, at);
	case YAML_MAPPING_START_EVENT:
		below.in_set = strcmp(at->key, MEASUREMENTS) == 0;
		if (!below.in_set && policy_key_form(at->key) != KEY_GROUP)
			return refuse(r, e, at->key, "a mapping is not accepted here");
		return read_mapping(r, e, &below);
	default:
		return refuse(r, e, at->key, "a value is expected");
	}
}

/* One member; *end when the mapping is over. */
static enum cloister_err read_member(struct reading *r, const struct place *at, bool *end)
{
	own(drop_event) yaml_event_t k = { .type = YAML_NO_EVENT }, v = k;
	struct place here;
	const char *name;

	TRY(events_next(&r->in, &k));
	*end = k.type == YAML_MAPPING_END_EVENT;
	if (*end)
		return CLOISTER_OK;
	if (k.type != YAML_SCALAR_EVENT)
		return refuse(r, &k, "", "the name of a key is expected");
	TRY(events_scalar(&r->in, &k, at->key, &name));
	if (!go_down(at, name, &here))
		return fail(r->in.why, CLOISTER_E_MALFORMED, WHAT, "line %zu: there is no key `%s%s%.40s`",
			    k.start_mark.line + 1, at->key, at->key[0] ? "." : "", name);
	TRY(see(r, &k, &here));
	TRY(events_next(&r->in, &v));
	if (here.is_file)
		return set_file(r, &v, &here);
	return read_value(r, &v, &here);
}

static enum cloister_err read_mapping(struct reading *r, const yaml_event_t *first,
				      const struct place *at)
{
	bool end = false;

	for (size_t n = 0; !end; n++) {
		TRY(read_member(r, at, &end));
		if (end && n == 0)
			return refuse(r, first, at->key, "the mapping is empty");
	}
	return CLOISTER_OK;
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
static enum cloister_err expect(struct reading *r, yaml_event_type_t type, const char *note)
{
	own(drop_event) yaml_event_t e = { .type = YAML_NO_EVENT };

	TRY(events_next(&r->in, &e));
	if (has_directives(&e))
		return refuse(r, &e, "", "directives are not accepted");
	return e.type == type ? CLOISTER_OK : refuse(r, &e, "", note);
}

static enum cloister_err read_document(struct reading *r)
{
	own(drop_event) yaml_event_t top = { .type = YAML_NO_EVENT };
	const struct place root = { 0 };

	TRY(expect(r, YAML_STREAM_START_EVENT, "not YAML"));
	TRY(expect(r, YAML_DOCUMENT_START_EVENT, "the file is empty"));
	TRY(events_next(&r->in, &top));
	if (top.type != YAML_MAPPING_START_EVENT)
		return refuse(r, &top, "", "a mapping of keys is expected");
	TRY(read_mapping(r, &top, &root));
	TRY(expect(r, YAML_DOCUMENT_END_EVENT, "something follows"));
	return expect(r, YAML_STREAM_END_EVENT, "a second document follows");
}

/* What a file must say and this one does not, all of it in one sentence. */
static enum cloister_err nothing_is_missing(struct reading *r)
{
	own(buf_fini) struct buf names = BUF_INIT(CLOISTER_NOTE_MAX);
	const char *name;

	for (size_t i = 0; (name = policy_key_at(i)); i++) {
		bool said = strcmp(name, MEASUREMENTS) == 0 ? r->policy->measurements != WANT_UNSAID :
							      policy_key_said(r->policy, i);
		if (policy_key_is_due(i) && !said)
			buf_print(&names, "%s%s", names.len ? ", " : "", name);
	}
	TRY(buf_ok(&names, WHAT, r->in.why));
	if (names.len == 0)
		return CLOISTER_OK;
	return fail(r->in.why, CLOISTER_E_MALFORMED, WHAT, "it does not say %s (a value, or the word any)",
		    buf_string(&names));
}

static enum cloister_err read_whole(struct reading *r)
{
	struct cloister_fault below;

	TRY(read_document(r));
	TRY(nothing_is_missing(r));
	if (expect_possible(r->policy, &below) != CLOISTER_OK)
		return fail(r->in.why, CLOISTER_E_MALFORMED, WHAT, "%s: %s", below.what, below.note);
	return CLOISTER_OK;
}

enum cloister_err policy_read(struct bytes yaml, policy_file *file, void *ctx,
			      struct cloister_policy **out, struct cloister_fault *why)
{
	own(buf_fini) struct buf seen = BUF_INIT(LIMIT_POLICY);
	own(drop_policy) struct cloister_policy *policy = NULL;

	if (yaml.len > LIMIT_POLICY)
		return fail(why, CLOISTER_E_LIMIT, WHAT, "larger than %u bytes", LIMIT_POLICY);
	TRY(cloister_policy_new(&policy, why));
	struct reading r = { .policy = policy, .file = file, .ctx = ctx, .seen = seen };
	TRY(events_open(&r.in, yaml, WHAT, why));
	enum cloister_err err = read_whole(&r);
	events_close(&r.in);
	seen = r.seen;
	if (err == CLOISTER_OK)
		*out = give(policy, NULL);
	return err;
}

enum cloister_err cloister_policy_read(struct cloister_bytes yaml, struct cloister_policy **out,
				       struct cloister_fault *why)
{
	if (!out || (!yaml.data && yaml.len))
		return fail(why, CLOISTER_E_USAGE, WHAT, "bytes and a place for the policy are due");
	return policy_read(bytes_of(yaml.data, yaml.len), NULL, NULL, out, why);
}
