/* SPDX-License-Identifier: Apache-2.0 */
/* roots.c - from the text behind --root to a root that counts for one family. */

#include "cli/roots.h"

#include <fcntl.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/trust.h"
#include "evidence/verdict.h"
#include "sys/io.h"

/* The family that the text begins with; *path is what follows, or all of it. */
static const char *family_of(const char *text, const char **path)
{
	size_t len = strcspn(text, ":");
	const char *family = text[len] ? root_family_name(bytes_of(text, len)) : NULL;

	*path = family ? text + len + 1 : text;
	return family;
}

enum cloister_err root_give(struct cloister_trust *trust, const char *text, struct cloister_fault *why)
{
	own(buf_fini) struct buf pem = BUF_INIT(64u << 10);
	const char *path, *family = family_of(text, &path);

	TRY(file_read(AT_FDCWD, path, pem.max, &pem, why));
	return family ? cloister_trust_add_root_for(trust, family, lend(buf_bytes(&pem)), why) :
			cloister_trust_add_root(trust, lend(buf_bytes(&pem)), why);
}
