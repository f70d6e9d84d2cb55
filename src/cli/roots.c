/* SPDX-License-Identifier: Apache-2.0 */
/* roots.c - from the text behind --root to a root that counts for one family. */

#include "cli/roots.h"

#include <fcntl.h>
#include <string.h>

#include "base/mem.h"
#include "evidence/verdict.h"
#include "sys/io.h"

static const char *const families[] = { "nitro", "snp", "dcap", "token", "google" };

/* The family that the text begins with; *path is what follows, or all of it. */
static const char *family_of(const char *text, const char **path)
{
	size_t len = strcspn(text, ":");

	*path = text;
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		if (text[len] != ':' || strlen(families[i]) != len || strncmp(families[i], text, len) != 0)
			continue;
		*path = text + len + 1;
		return families[i];
	}
	return NULL;
}

enum cloister_err root_give(struct cloister_trust *trust, const char *text, struct cloister_fault *why)
{
	own(buf_fini) struct buf pem = BUF_INIT(64u << 10);
	const char *path, *family = family_of(text, &path);

	TRY(file_read(AT_FDCWD, path, pem.max, &pem, why));
	return family ? cloister_trust_add_root_for(trust, family, lend(buf_bytes(&pem)), why) :
			cloister_trust_add_root(trust, lend(buf_bytes(&pem)), why);
}
