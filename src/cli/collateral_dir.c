/* SPDX-License-Identifier: Apache-2.0 */
/* collateral_dir.c - the directory's name, by option, environment or default. */

#include "cli/collateral_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collateral/shelf.h"
#include "enclave/state.h"

enum cloister_err collateral_dir(const char *option, char *out, size_t room,
				 struct cloister_fault *why)
{
	const char *named = option ? option : getenv("CLOISTER_COLLATERAL_DIR");
	char state[4096];
	bool is_default;
	int n;

	if (named && *named) {
		n = snprintf(out, room, "%s", named);
	} else {
		TRY(state_path(NULL, state, sizeof state, &is_default, why));
		n = snprintf(out, room, "%s/collateral", state);
	}
	if (n < 0 || (size_t)n >= room)
		return fail(why, CLOISTER_E_LIMIT, "collateral", "the directory's path is too long");
	return CLOISTER_OK;
}

enum cloister_err collateral_give(const char *path, struct cloister_trust *trust,
				  struct cloister_fault *why)
{
	char kept[4096];

	if (path)
		return shelf_give(path, trust, why);
	/* Who has no home has no collateral. */
	if (collateral_dir(NULL, kept, sizeof kept, NULL) != CLOISTER_OK || access(kept, F_OK) < 0)
		return CLOISTER_OK;
	return shelf_give(kept, trust, why);
}
