/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_KEYS_H
#define POLICY_KEYS_H

/*
 * keys.h - the table of keys, for the readers and writers of this folder. How one
 * is set is public: cloister_policy_set().
 */

#include <stdbool.h>
#include <stddef.h>

#include "cloister/policy.h"

enum key_form {
	KEY_UNKNOWN = 0,
	KEY_VALUE, /* one value */
	KEY_LIST,  /* one value or several, each set by a call of its own */
	KEY_GROUP  /* no value: other keys follow behind a dot */
};
enum key_form policy_key_form(const char *key);

/* The keys in order, registers left out; NULL past the end. */
const char *policy_key_at(size_t i);

/* Whether a file has to say it, with no default. */
bool policy_key_is_due(size_t i);

/* Whether policy_key_at(i) was said. */
bool policy_key_said(const struct cloister_policy *p, size_t i);

/* "alias_check", …: the bits of PLATFORM_INFO by number; NULL: that bit has no name. */
const char *policy_platform_bit(unsigned bit);

#endif
