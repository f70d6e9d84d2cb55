/* SPDX-License-Identifier: Apache-2.0 */
/* collateral_dir.c - the directory's name, by option, environment or default. */

#include "cli/collateral_dir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collateral/shelf.h"
#include "enclave/state.h"
#include "evidence/kind.h"

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

static void drop_evidence(struct evidence *e)
{
	evidence_fini(e);
}

enum cloister_err collateral_give(const char *path, struct bytes evidence, struct cloister_trust *trust,
				  struct cloister_fault *why)
{
	own(drop_evidence) struct evidence e = { 0 };
	struct cloister_fault unused;
	char kept[4096];

	/* Without its wrapping, in which ids may be spelt in digits. What is no evidence names no chip. */
	if (evidence_open(evidence, &e, &unused) != CLOISTER_OK)
		e.body = BYTES_NONE;
	if (path)
		return shelf_give(path, e.body, trust, why);
	/* Who has no home has no collateral. */
	if (collateral_dir(NULL, kept, sizeof kept, NULL) != CLOISTER_OK || access(kept, F_OK) < 0)
		return CLOISTER_OK;
	return shelf_give(kept, e.body, trust, why);
}
