/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_SCORE_H
#define DAEMON_SCORE_H

/*
 * score.h - what the API says of a verdict: five answers, points, a level and
 * advice. Everything follows from the verdict's own answers by the tables in
 * score.c, which doc/api.md repeats ("Scores"); nothing here can make a
 * verdict better than it is.
 */

#include <stdbool.h>

#include "base/strv.h"
#include "cloister/verify.h"

/* Whose nonce the evidence was asked for with. */
enum score_nonce {
	SCORE_NONCE_NONE = 0, /* nobody's: the document was there before */
	SCORE_NONCE_SERVER,   /* fresh, but the client can not know */
	SCORE_NONCE_CLIENT,
};

/* What an operator holds evidence of; false is what is known without. */
struct score_compliance {
	bool soc2, hipaa, fips, common_criteria;
};

struct score_input {
	const struct cloister_verdict *verdict; /* NULL: nobody looked */
	enum score_nonce nonce;
	bool is_emulated; /* the server knows that its emulator made the evidence */
	struct score_compliance operator_says;
};

struct score {
	bool is_valid; /* the verdict accepts */
	enum cloister_level level;
	bool pcrs, chain, timestamp, signature, nonce; /* verificationDetails */
	unsigned integrity, risk; /* 0 to 100 */
	struct score_compliance compliance;
	struct strv recommendations, errors; /* sentences; errors: one per check that failed */
};

/* Errors: CLOISTER_E_NOMEM. */
enum cloister_err score_of(const struct score_input *in, struct score *out, struct cloister_fault *why);
void score_fini(struct score *s);

/* "HIGH", "MEDIUM", "LOW"; of a refusal "LOW", since the API has no word below it. */
const char *score_level_name(const struct score *s);

#endif
