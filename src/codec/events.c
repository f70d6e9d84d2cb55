/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - libyaml's events, less all that a plain document does not need. */

#include "codec/events.h"

#include <string.h>

enum cloister_err events_open(struct events *in, struct bytes text, const char *what,
			      struct cloister_fault *why)
{
	in->what = what;
	in->why = why;
	if (!yaml_parser_initialize(&in->parser))
		return fail(why, CLOISTER_E_NOMEM, what, "out of memory");
	yaml_parser_set_encoding(&in->parser, YAML_UTF8_ENCODING);
	/* libyaml asserts that there is a place, also of no bytes */
	yaml_parser_set_input_string(&in->parser, text.data ? text.data : (const uint8_t *)"", text.len);
	return CLOISTER_OK;
}

void events_close(struct events *in)
{
	yaml_parser_delete(&in->parser);
}

enum cloister_err events_refuse(const struct events *in, const yaml_event_t *e, const char *key,
				const char *note)
{
	return fail(in->why, CLOISTER_E_MALFORMED, in->what, "line %zu: %s%s%s", e->start_mark.line + 1,
		    key, *key ? ": " : "", note);
}

void drop_event(yaml_event_t *e)
{
	yaml_event_delete(e);
}

/* Whether an event carries an anchor or a tag; plain documents have neither. */
static bool is_marked(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.anchor || e->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.anchor || e->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.anchor || e->data.mapping_start.tag;
	default:
		return false;
	}
}

enum cloister_err events_next(struct events *in, yaml_event_t *e)
{
	if (!yaml_parser_parse(&in->parser, e)) {
		memset(e, 0, sizeof *e);
		if (in->parser.error == YAML_MEMORY_ERROR)
			return fail(in->why, CLOISTER_E_NOMEM, in->what, "out of memory");
		return fail(in->why, CLOISTER_E_MALFORMED, in->what, "line %zu: %.100s",
			    in->parser.problem_mark.line + 1,
			    in->parser.problem ? in->parser.problem : "not YAML");
	}
	if (e->type == YAML_ALIAS_EVENT)
		return events_refuse(in, e, "", "aliases are not accepted");
	if (is_marked(e))
		return events_refuse(in, e, "", "anchors and tags are not accepted");
	return CLOISTER_OK;
}

enum cloister_err events_scalar(const struct events *in, const yaml_event_t *e, const char *key,
				const char **out)
{
	const char *text = (const char *)e->data.scalar.value;

	if (e->type != YAML_SCALAR_EVENT)
		return events_refuse(in, e, key, "a single value is expected");
	if (strlen(text) != e->data.scalar.length)
		return events_refuse(in, e, key, "the value contains a NUL");
	/* `key:` with nothing, and `~`, are null in YAML: nobody's value here. */
	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
	    (!*text || strcmp(text, "~") == 0 || strcmp(text, "null") == 0))
		return events_refuse(in, e, key, "a value is missing");
	*out = text;
	return CLOISTER_OK;
}
