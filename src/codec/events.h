/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_EVENTS_H
#define CODEC_EVENTS_H

/*
 * events.h - the plain part of YAML, as libyaml's events: no aliases, anchors or
 * tags, no value that is null or has a NUL. What a document may say is its
 * reader's business; each refusal has the line. (Not yaml.h, which is libyaml's.)
 */

#include <yaml.h>

#include "base/bytes.h"
#include "base/fault.h"

struct events {
	yaml_parser_t parser;
	const char *what; /* static: whose document it is, "policy" say; for faults */
	struct cloister_fault *why;
};

/* UTF-8 text, which must outlive the events. CLOISTER_E_NOMEM. */
enum cloister_err events_open(struct events *in, struct bytes text, const char *what,
			      struct cloister_fault *why);
void events_close(struct events *in);

/* CLOISTER_E_MALFORMED: "line N: KEY: note"; an empty key is left out. */
enum cloister_err events_refuse(const struct events *in, const yaml_event_t *e, const char *key,
				const char *note);

/* The next event, dropped by the caller, also after a refusal. */
enum cloister_err events_next(struct events *in, yaml_event_t *e);
void drop_event(yaml_event_t *e);

/* A scalar event's text, terminated, which lives as long as the event. */
enum cloister_err events_scalar(const struct events *in, const yaml_event_t *e, const char *key,
				const char **out);

#endif
