/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_PROVIDER_H
#define DAEMON_PROVIDER_H

/*
 * provider.h - where enclaves can run: names, regions and the form of a
 * configuration, as GET /api/providers tells them. What a configuration may
 * say is provider_config.h's; the two are tested against each other.
 */

#include <stdbool.h>

#include "codec/json.h"

struct provider {
	const char *id, *alias; /* alias: also taken, never told; NULL without one */
	const char *name, *description;
	const char *const *regions; /* NULL-terminated */
	bool has_instance_types;
};

/* NULL-terminated. */
extern const struct provider *const providers[];

/* By id or alias; NULL when there is none. */
const struct provider *provider_find(const char *id);
bool provider_has_region(const struct provider *p, const char *region);

/* One field of a configuration. */
struct provider_field {
	const char *name, *type, *label, *description;
	const char *const *options; /* NULL-terminated, or NULL */
	const char *preset;         /* what a form begins with; NULL for nothing */
	int min, max;               /* 0, 0: not bounded */
	bool is_required, is_nitro_only;
};
extern const struct provider_field provider_fields[];
extern const size_t n_provider_fields;

/* How this host stands to a provider. */
struct provider_state {
	bool is_emulated;    /* the local emulator serves it: said in the description */
	const char *refusal; /* why it cannot run here; NULL when it can */
};

/* {"id":…,"name":…,"description":…,"regions":[…],"available":…,"reason":…,"configSchema":{…}} */
void provider_put(struct json_out *w, const char *key, const struct provider *p,
		  const struct provider_state *state);

#endif
