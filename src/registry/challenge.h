/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REGISTRY_CHALLENGE_H
#define REGISTRY_CHALLENGE_H

/*
 * challenge.h - what a registry answers to somebody it does not know:
 * WWW-Authenticate, RFC 9110 section 11.6.1, and the token that a Bearer challenge
 * leads to (the distribution project's "Token Authentication Specification").
 */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "crypto/secret.h"

enum challenge_kind { CHALLENGE_BASIC = 1, CHALLENGE_BEARER };

struct challenge {
	enum challenge_kind kind;
	char realm[LIMIT_URL];              /* of Bearer: the URL to ask for a token */
	char service[LIMIT_CHALLENGE_PART]; /* "" when absent */
};

/*
 * The header's value: a list of challenges, of which the first Bearer is taken, else
 * the first Basic. The whole list must be well formed. Scopes are not read: a token is
 * asked for what we want to do, and not for what the registry proposes.
 *
 * Errors: CLOISTER_E_MALFORMED with the offset, CLOISTER_E_UNSUPPORTED (neither is there).
 */
enum cloister_err challenge_read(struct bytes value, struct challenge *out,
				 struct cloister_fault *why);

/*
 * "Bearer TOKEN" from the realm's answer, JSON with `token` or `access_token`. What is no
 * b64token (RFC 6750, 2.1) could be anything in a header, and is refused. No error tells a part of it.
 */
enum cloister_err token_read(struct bytes json_text, struct secret *out, struct cloister_fault *why);

#endif
