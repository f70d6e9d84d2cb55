/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_GENUINE_H
#define EVIDENCE_GENUINE_H

/*
 * genuine.h - for tests only: the genuine AWS documents that lie beside the
 * checkout, with what is known about each. They are not ours to commit, so a
 * test that finds none skips with a sentence.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "evidence/kind.h"

#define GENUINE_MAX 64

struct genuine {
	char file[256];
	char expect[64];
	uint64_t at_s; /* a moment at which it is valid; 0: unknown */
	char nonce_hex[520]; /* when the index gives it whole */
	char pcr0_hex[128];
	struct buf doc;
};

/* All documents that `folder`/vectors.json lists; 0 when there is no such file. */
size_t genuine_load(const char *folder, struct genuine out[static GENUINE_MAX]);
void genuine_free(struct genuine *g, size_t n);

/* Everything waived, debug too. */
struct cloister_policy expect_anything(void);

/* A whole file, or false. */
bool read_file(const char *path, struct buf *out);

/*
 * Every claim in its order, a line each, so that one comparison says what is claimed and
 * what is not: `name 0a0b`, `name 48 x 6d`, `name "text"`, `name 7`, `name at 7`, `name true`.
 */
void claims_print(const struct cloister_verdict *v, struct buf *out);

/* Every answer likewise: `R2 held: reason`, `R2 held, lowers: reason`, `R2 waived: reason`, `R2 failed: reason`. */
void answers_print(const struct cloister_verdict *v, struct buf *out);

#endif
