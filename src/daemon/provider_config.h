/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_PROVIDER_CONFIG_H
#define DAEMON_PROVIDER_CONFIG_H

/*
 * provider_config.h - what a client wants to run: `providerConfig` and what some
 * clients send beside it, in every form that is in use, read into one.
 *
 * Numbers come as numbers or strings of digits, lists as arrays or separated by
 * commas, environmentVariables as an object or as a string that holds one. A
 * registry's password is either privateRegistryUrl/Username/Password or
 * privateRegistry{registryUrl,username,password}. All of this, sourceType and dockerImage
 * may stand in the request itself; what stands in both places must agree.
 * null and "" are as if nothing was said. What is unknown is refused by name.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/strv.h"
#include "codec/json.h"
#include "crypto/secret.h"
#include "daemon/provider.h"

enum workload_type { WORKLOAD_SERVICE = 0, WORKLOAD_BATCH, WORKLOAD_DAEMON };

struct provider_config {
	char image[LIMIT_IMAGE_REFERENCE + 1]; /* "redis:7@sha256:…", as registry/reference.h reads it */
	uint32_t cpus, memory_mib;
	enum workload_type workload;
	bool is_debug, is_private;
	char instance_type[16];
	char health_path[256]; /* "": no health check */
	uint32_t health_s;
	struct strv env;       /* KEY=value, in the order they came */
	struct strv aws_services, compliance;
	uint16_t ports[LIMIT_WORKLOAD_PORTS];
	size_t n_ports;
	char registry_url[256], registry_user[256]; /* "": anonymous */
	struct secret registry_password;
};

/*
 * Read `config` (JSON_NONE counts as empty) and what stands beside it in `request`. Every
 * fault is a sentence in `details`: "cpuCount: …". *out is to be fini'd in any case and holds
 * only what was right.
 *
 * Errors: CLOISTER_E_MALFORMED (`details` says why), CLOISTER_E_NOMEM.
 */
enum cloister_err provider_config_read(const struct provider *p, struct json config, struct json request,
				       struct provider_config *out, struct strv *details,
				       struct cloister_fault *why);
void provider_config_fini(struct provider_config *c);

/*
 * As clients get it back, in the forms that they send: no credentials, ever. `signing_address`
 * may be NULL.
 */
void provider_config_put(struct json_out *w, const char *key, const struct provider_config *c,
			 const char *signing_address);

/* "service", "batch", "daemon". */
const char *workload_type_name(enum workload_type t);

#endif
