/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REGISTRY_H
#define CLI_REGISTRY_H

/* registry.h - what `pull` and `build registry:…` share: the options about registries, and pulling by them. */

#include <stdbool.h>

#include "base/strv.h"
#include "registry/pull.h"

struct registry_asked {
	const char *registry; /* for names without a host */
	const char *user, *password_file, *ca;
	struct strv insecure;
	uint64_t timeout_s;
	struct secret password; /* read when it is first wanted; standard input can be read once only */
	bool has_password;
};

#define REGISTRY_ASKED_INIT { .timeout_s = 3600 }

void registry_asked_fini(struct registry_asked *a); /* for own() */

/* getopt_long()'s values for these options, far from a command's own. */
enum { REGISTRY = 1000, REGISTRY_USER, INSECURE, PASSWORD_FILE, CA, TIMEOUT };
#define REGISTRY_OPTIONS(user)                                            \
	{ "registry", 1, NULL, REGISTRY }, { "insecure", 1, NULL, INSECURE }, \
	{ user, 1, NULL, REGISTRY_USER }, { "ca", 1, NULL, CA },              \
	{ "password-file", 1, NULL, PASSWORD_FILE }, { "timeout", 1, NULL, TIMEOUT }

/* Take one of them; -1 to go on, else the exit status. */
int registry_option(struct registry_asked *a, const char *word, int c, const char *value);
/* Whether they make sense together; -1, or the exit status after a sentence. */
int registry_check(const struct registry_asked *a, const char *word);

/* Where images are kept: `images` in the state directory, which is made. */
enum cloister_err registry_dir(char *out, size_t room, struct cloister_fault *why);

/* Pull `text` into `dir`, with progress on a terminal. */
enum cloister_err registry_pull(struct registry_asked *a, const char *text, const char *dir,
				struct pulled *out, struct cloister_fault *why);

#endif
