/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.c - one table of keys for policy files, programs and messages. A key is
 * said once; what is not in the table is refused, so a misspelt rule is never a
 * rule that silently does not count.
 */

#include "cloister/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/mem.h"
#include "evidence/expect.h"

struct policy_key;
typedef enum cloister_err set_key(struct cloister_policy *p, const struct policy_key *k,
				  const char *value, struct cloister_fault *why);

struct policy_key {
	const char *name;
	set_key *set;
	size_t at;   /* of the member in struct cloister_policy */
	unsigned room; /* which of the policy's rooms keeps the value */
};

static enum cloister_err said_twice(const struct policy_key *k, struct cloister_fault *why)
{
	return fail(why, CLOISTER_E_USAGE, k->name, "is said twice");
}

static enum cloister_err set_field(struct cloister_policy *p, const struct policy_key *k,
				   const char *value, struct cloister_fault *why)
{
	struct want_field *f = (struct want_field *)((char *)p + k->at);
	size_t len;

	if (f->want != WANT_UNSAID)
		return said_twice(k, why);
	if (strcmp(value, "any") == 0) {
		f->want = WANT_ANY;
		return CLOISTER_OK;
	}
	if (hex_read(bytes_text(value), p->room[k->room], sizeof p->room[0], &len, NULL) != CLOISTER_OK)
		return fail(why, CLOISTER_E_USAGE, k->name,
			    "wants at most %zu bytes in hex digits, or the word any", sizeof p->room[0]);
	*f = (struct want_field){ WANT_EXACTLY, bytes_of(p->room[k->room], len) };
	return CLOISTER_OK;
}

static enum cloister_err set_age(struct cloister_policy *p, const struct policy_key *k,
				 const char *value, struct cloister_fault *why)
{
	char *end;

	if (p->max_age_s != 0)
		return said_twice(k, why);
	if (strcmp(value, "any") == 0) {
		p->max_age_s = CLOISTER_AGE_ANY;
		return CLOISTER_OK;
	}
	unsigned long long s = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || s == 0 || s > UINT32_MAX)
		return fail(why, CLOISTER_E_USAGE, k->name, "wants seconds, or the word any");
	p->max_age_s = s;
	return CLOISTER_OK;
}

static enum cloister_err set_debug(struct cloister_policy *p, const struct policy_key *k,
				   const char *value, struct cloister_fault *why)
{
	if (strcmp(value, "allow") != 0 && strcmp(value, "refuse") != 0)
		return fail(why, CLOISTER_E_USAGE, k->name, "wants the word refuse or allow");
	p->allow_debug = value[0] == 'a';
	return CLOISTER_OK;
}

static enum cloister_err set_any_measurements(struct cloister_policy *p, const struct policy_key *k,
					      const char *value, struct cloister_fault *why)
{
	if (p->measurements != WANT_UNSAID)
		return said_twice(k, why);
	if (strcmp(value, "any") != 0)
		return fail(why, CLOISTER_E_USAGE, k->name,
			    "wants the word any, or registers as in measurements.pcr0");
	p->measurements = WANT_ANY;
	return CLOISTER_OK;
}

static enum cloister_err set_any_platforms(struct cloister_policy *p, const struct policy_key *k,
					   const char *value, struct cloister_fault *why)
{
	struct want_platform *one;
	size_t len;

	if (p->platforms == WANT_ANY || (p->platforms == WANT_EXACTLY && strcmp(value, "any") == 0))
		return fail(why, CLOISTER_E_USAGE, k->name, "any and a list contradict each other");
	if (strcmp(value, "any") == 0) {
		p->platforms = WANT_ANY;
		return CLOISTER_OK;
	}
	if (p->n_platforms == LIMIT_PLATFORMS)
		return fail(why, CLOISTER_E_LIMIT, k->name, "more than %u machines", LIMIT_PLATFORMS);
	one = &p->platform[p->n_platforms];
	if (hex_read(bytes_text(value), one->id, sizeof one->id, &len, NULL) != CLOISTER_OK || len == 0)
		return fail(why, CLOISTER_E_USAGE, k->name, "wants an id in hex digits, or the word any");
	one->len = (uint8_t)len;
	p->n_platforms++;
	p->platforms = WANT_EXACTLY;
	return CLOISTER_OK;
}

static const struct policy_key keys[] = {
	{ "nonce", set_field, offsetof(struct cloister_policy, nonce), 0 },
	{ "user_data", set_field, offsetof(struct cloister_policy, user_data), 1 },
	{ "public_key", set_field, offsetof(struct cloister_policy, public_key), 2 },
	{ "report_data", set_field, offsetof(struct cloister_policy, report_data), 3 },
	{ "max_age", set_age, 0, 0 },
	{ "debug", set_debug, 0, 0 },
	{ "measurements", set_any_measurements, 0, 0 },
	{ "platforms", set_any_platforms, 0, 0 },
};

static enum cloister_err set_register(struct cloister_policy *p, const char *reg, const char *value,
				      struct cloister_fault *why)
{
	uint8_t bytes[REGISTER_MAX];
	size_t len;

	if (p->measurements == WANT_ANY)
		return fail(why, CLOISTER_E_USAGE, "measurements",
			    "any and registers contradict each other");
	if (hex_read(bytes_text(value), bytes, sizeof bytes, &len, NULL) != CLOISTER_OK)
		return fail(why, CLOISTER_E_USAGE, "measurements", "%s wants hex digits", reg);
	return policy_expect(p, 0, reg, bytes_of(bytes, len), why);
}

enum cloister_err cloister_policy_set(struct cloister_policy *p, const char *key, const char *value,
				      struct cloister_fault *why)
{
	static const char prefix[] = "measurements.";

	if (!p || !key || !value)
		return fail(why, CLOISTER_E_USAGE, "policy", "a policy, a key and a value are due");
	if (strncmp(key, prefix, sizeof prefix - 1) == 0)
		return set_register(p, key + sizeof prefix - 1, value, why);
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (strcmp(keys[i].name, key) == 0)
			return keys[i].set(p, &keys[i], value, why);
	return fail(why, CLOISTER_E_USAGE, "policy", "there is no key `%.64s`", key);
}

enum cloister_err cloister_policy_new(struct cloister_policy **out, struct cloister_fault *why)
{
	struct cloister_policy *p = calloc(1, sizeof *p);

	if (!p)
		return fail(why, CLOISTER_E_NOMEM, "policy", "out of memory");
	p->issuer.want = WANT_ANY;
	*out = p;
	return CLOISTER_OK;
}

void cloister_policy_free(struct cloister_policy *p)
{
	free(p);
}
