/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys.c - one table of keys for policy files, programs and messages. A key is
 * said once; what is not in the table is refused, so a misspelt rule is never a
 * rule that silently does not count.
 */

#include "policy/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/mem.h"
#include "evidence/expect.h"
#include "evidence/kind.h"

#define MEASUREMENTS "measurements"
#define MAX_SECONDS UINT32_MAX /* 136 years */

struct policy_key;

/* One value of one key, on its way into a policy. */
struct saying {
	struct cloister_policy *p;
	const struct policy_key *key;
	const char *value;
	bool again; /* the key was said before: a list has one more value */
	struct cloister_fault *why;
};
typedef enum cloister_err set_key(const struct saying *s);

struct policy_key {
	const char *name;
	set_key *set;
	size_t at;     /* of the member in struct cloister_policy */
	unsigned arg;  /* the setter's: a room, a product, the most */
	unsigned how;  /* LIST, DUE */
};

#define ONCE 0u
#define LIST 1u /* may be said several times, with other values */
#define DUE 2u  /* a policy file has to say it */

#define MEMBER(s, type) ((type *)((char *)(s)->p + (s)->key->at))

static enum cloister_err wants(const struct saying *s, const char *what)
{
	return fail(s->why, CLOISTER_E_USAGE, s->key->name, "wants %s", what);
}

static enum cloister_err twice(const struct saying *s)
{
	return fail(s->why, CLOISTER_E_USAGE, s->key->name, "says `%.40s` twice", s->value);
}

static bool is(const struct saying *s, const char *word)
{
	return strcmp(s->value, word) == 0;
}

/* Decimal digits without a leading zero; *end is what follows them. */
static bool digits(const char *text, uint64_t most, uint64_t *out, const char **end)
{
	uint64_t n = 0;

	*end = text + strspn(text, "0123456789");
	if (*end == text || *end - text > 10 || (*text == '0' && *end - text > 1))
		return false;
	for (const char *c = text; c < *end; c++)
		n = n * 10 + (uint64_t)(*c - '0');
	*out = n;
	return n <= most;
}

static bool number(const char *text, uint64_t most, uint64_t *out)
{
	const char *end;

	return digits(text, most, out, &end) && !*end;
}

/* ---- One function per form of value ------------------------------------------------ */

static enum cloister_err set_field(const struct saying *s)
{
	struct want_field *f = MEMBER(s, struct want_field);
	uint8_t *room = s->p->room[s->key->arg];
	size_t len;

	if (is(s, "any") || is(s, "required")) {
		f->want = is(s, "any") ? WANT_ANY : WANT_REQUIRED;
		return CLOISTER_OK;
	}
	if (hex_read(bytes_text(s->value), room, sizeof *s->p->room, &len, NULL) != CLOISTER_OK)
		return fail(s->why, CLOISTER_E_USAGE, s->key->name,
			    "wants at most %zu bytes in hex digits, or the word any",
			    sizeof *s->p->room);
	*f = (struct want_field){ WANT_EXACTLY, bytes_of(room, len) };
	return CLOISTER_OK;
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static enum cloister_err set_text(const struct saying *s)
{
	struct want_field *f = MEMBER(s, struct want_field);
	uint8_t *room = s->p->room[s->key->arg];
	size_t len = strlen(s->value);

	if (is(s, "any")) {
		f->want = WANT_ANY;
		return CLOISTER_OK;
	}
	if (len == 0 || len > sizeof *s->p->room || !is_printable(s->value))
		return wants(s, "a line of text, or the word any");
	memcpy(room, s->value, len);
	*f = (struct want_field){ WANT_EXACTLY, bytes_of(room, len) };
	return CLOISTER_OK;
}

/* Seconds, or minutes, hours, days with their letter; never none. */
static enum cloister_err set_seconds(const struct saying *s)
{
	static const struct {
		const char *letter;
		uint32_t s;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 } };
	uint64_t n, *out = MEMBER(s, uint64_t);
	const char *end;

	if (is(s, "any")) {
		*out = CLOISTER_AGE_ANY;
		return CLOISTER_OK;
	}
	if (digits(s->value, MAX_SECONDS, &n, &end) && n > 0)
		for (size_t i = 0; i < sizeof units / sizeof *units; i++)
			if (strcmp(units[i].letter, end) == 0 && n <= MAX_SECONDS / units[i].s) {
				*out = n * units[i].s;
				return CLOISTER_OK;
			}
	return wants(s, "seconds, or a number with s, m, h or d behind it, or the word any");
}

static enum cloister_err set_truth(const struct saying *s)
{
	if (!is(s, "true") && !is(s, "false"))
		return wants(s, "true or false");
	*MEMBER(s, bool) = is(s, "true");
	return CLOISTER_OK;
}

static enum cloister_err set_debug(const struct saying *s)
{
	if (!is(s, "allow") && !is(s, "refuse"))
		return wants(s, "the word refuse or allow");
	s->p->allow_debug = is(s, "allow");
	return CLOISTER_OK;
}

static enum cloister_err set_kind(const struct saying *s)
{
	enum kind kind;

	if (is(s, "any") && !s->again)
		return CLOISTER_OK;
	if (is(s, "any") || (s->again && s->p->kinds == 0))
		return wants(s, "any, or a list, not both");
	if (!kind_of_name(s->value, &kind))
		return wants(s, "nitro, snp, tdx, sgx, azure-snp, azure-tdx, token, or the word any");
	if (s->p->kinds >> kind & 1)
		return twice(s);
	s->p->kinds |= 1u << kind;
	return CLOISTER_OK;
}

static enum cloister_err set_measurements(const struct saying *s)
{
	if (s->p->measurements != WANT_UNSAID)
		return wants(s, "any, or registers, not both");
	if (!is(s, "any") && !is(s, "required"))
		return wants(s, "the word any or required, or registers as in measurements.pcr0");
	s->p->measurements = is(s, "any") ? WANT_ANY : WANT_REQUIRED;
	return CLOISTER_OK;
}

static enum cloister_err set_platform(const struct saying *s)
{
	struct cloister_policy *p = s->p;
	struct want_platform one = { 0 };
	size_t len;

	if (p->platforms == WANT_ANY || (p->platforms == WANT_EXACTLY && is(s, "any")))
		return wants(s, "any, or a list, not both");
	if (is(s, "any")) {
		p->platforms = WANT_ANY;
		return CLOISTER_OK;
	}
	if (hex_read(bytes_text(s->value), one.id, sizeof one.id, &len, NULL) != CLOISTER_OK || len == 0)
		return wants(s, "an id in hex digits, or the word any");
	one.len = (uint8_t)len;
	for (size_t i = 0; i < p->n_platforms; i++)
		if (p->platform[i].len == one.len && mem_same(p->platform[i].id, one.id, one.len))
			return twice(s);
	if (p->n_platforms == LIMIT_PLATFORMS)
		return fail(s->why, CLOISTER_E_LIMIT, s->key->name, "lists more than %u machines",
			    LIMIT_PLATFORMS);
	p->platform[p->n_platforms++] = one;
	p->platforms = WANT_EXACTLY;
	return CLOISTER_OK;
}

static enum cloister_err set_vmpl(const struct saying *s)
{
	uint64_t n = 0;

	s->p->snp.any_vmpl = is(s, "any");
	if (!s->p->snp.any_vmpl && !number(s->value, 3, &n))
		return wants(s, "a number from 0 to 3, or the word any");
	s->p->snp.vmpl = (uint32_t)n;
	return CLOISTER_OK;
}

static enum cloister_err set_bit(const struct saying *s, unsigned bit)
{
	uint64_t *bits = MEMBER(s, uint64_t);

	if (*bits >> bit & 1)
		return twice(s);
	*bits |= 1ull << bit;
	return CLOISTER_OK;
}

/* PLATFORM_INFO in AMD's 56860; bit 6 has no name there. */
static const char *const platform_bits[] = { "smt", "tsme", "ecc", "rapl_disabled",
					     "ciphertext_hiding", "alias_check", NULL, "tio" };

const char *policy_platform_bit(unsigned bit)
{
	return bit < sizeof platform_bits / sizeof *platform_bits ? platform_bits[bit] : NULL;
}

static enum cloister_err set_platform_bit(const struct saying *s)
{
	for (unsigned i = 0; i < sizeof platform_bits / sizeof *platform_bits; i++)
		if (platform_bits[i] && is(s, platform_bits[i]))
			return set_bit(s, i);
	return wants(s, "smt, tsme, ecc, rapl_disabled, ciphertext_hiding, alias_check or tio");
}

/* POLICY, table 10, without what has keys of its own: MIGRATE_MA and DEBUG. */
static const struct {
	const char *name;
	unsigned bit;
} guest_bits[] = {
	{ "smt", 16 },		    { "single_socket", 20 }, { "cxl", 21 },
	{ "mem_aes_256_xts", 22 },  { "rapl_disabled", 23 }, { "ciphertext_hiding", 24 },
	{ "page_swap_disabled", 25 },
};

static enum cloister_err set_guest_bit(const struct saying *s)
{
	for (size_t i = 0; i < sizeof guest_bits / sizeof *guest_bits; i++)
		if (is(s, guest_bits[i].name))
			return set_bit(s, guest_bits[i].bit);
	return wants(s, "smt, single_socket, cxl, mem_aes_256_xts, rapl_disabled, ciphertext_hiding or "
			"page_swap_disabled");
}

/* "1.55" */
static enum cloister_err set_abi(const struct saying *s)
{
	const char *end;
	uint64_t major, minor;

	if (!digits(s->value, UINT8_MAX, &major, &end) || *end != '.' || !number(end + 1, UINT8_MAX, &minor))
		return wants(s, "two numbers up to 255, like 1.55");
	s->p->snp.abi.given = true;
	s->p->snp.abi.major = (uint8_t)major;
	s->p->snp.abi.minor = (uint8_t)minor;
	return CLOISTER_OK;
}

static enum cloister_err set_mitigation(const struct saying *s)
{
	uint64_t n;

	if (!number(s->value, 63, &n))
		return wants(s, "numbers of bits, from 0 to 63");
	return set_bit(s, (unsigned)n);
}

/* "bl 9 tee 0 snp 23 ucode 72", as verdicts write it: every level, in this order. */
static enum cloister_err set_floor(const struct saying *s)
{
	static const char *const names[] = { "fmc ", "bl ", "tee ", "snp ", "ucode " };
	bool is_turin = s->key->arg == SNP_TURIN;
	uint8_t level[5] = { 0 };
	const char *at = s->value;
	uint64_t n;

	for (size_t i = is_turin ? 0 : 1; i < 5; i++) {
		bool held = strncmp(at, names[i], strlen(names[i])) == 0 &&
			    digits(at + strlen(names[i]), UINT8_MAX, &n, &at) &&
			    *at == (i < 4 ? ' ' : '\0');
		if (!held)
			return wants(s, is_turin ? "all levels, like `fmc 1 bl 1 tee 1 snp 4 ucode 81`" :
						   "all levels, like `bl 9 tee 0 snp 23 ucode 72`");
		level[i] = (uint8_t)n;
		at += *at == ' ';
	}
	s->p->snp.floor[s->key->arg].given = true;
	s->p->snp.floor[s->key->arg].least =
		(struct snp_tcb){ level[0], level[1], level[2], level[3], level[4] };
	return CLOISTER_OK;
}

/* TCB_STATUS_COUNT: none. */
static enum tcb_status status_named(const struct saying *s)
{
	int i = 0;

	while (i < TCB_STATUS_COUNT && !is(s, tcb_status_name((enum tcb_status)i)))
		i++;
	return (enum tcb_status)i;
}

static enum cloister_err set_status(const struct saying *s)
{
	uint32_t *tolerated = &s->p->dcap.tolerated;
	enum tcb_status status = status_named(s);

	if (status == TCB_STATUS_COUNT)
		return wants(s, "TCB statuses as Intel spells them: OutOfDate, SWHardeningNeeded, …");
	if (status == TCB_REVOKED)
		return fail(s->why, CLOISTER_E_USAGE, s->key->name, "Revoked is never tolerated");
	if (status == TCB_UP_TO_DATE)
		return fail(s->why, CLOISTER_E_USAGE, s->key->name, "UpToDate needs no tolerance");
	if (*tolerated >> status & 1)
		return twice(s);
	*tolerated |= 1u << status;
	return CLOISTER_OK;
}

static enum cloister_err set_number(const struct saying *s)
{
	uint64_t n;

	if (!number(s->value, UINT32_MAX, &n))
		return wants(s, "a number");
	*MEMBER(s, uint32_t) = (uint32_t)n;
	return CLOISTER_OK;
}

/* A least version, which may be 0 and then is one that was said. */
static enum cloister_err set_least(const struct saying *s)
{
	uint64_t n;

	if (!number(s->value, s->key->arg, &n))
		return fail(s->why, CLOISTER_E_USAGE, s->key->name, "wants a number up to %u", s->key->arg);
	*MEMBER(s, struct want_least) = (struct want_least){ true, (uint32_t)n };
	return CLOISTER_OK;
}

/* ---- The table --------------------------------------------------------------------- */

#define AT(member) offsetof(struct cloister_policy, member)

static const struct policy_key keys[] = {
	{ "kinds", set_kind, AT(kinds), 0, LIST | DUE },
	{ "nonce", set_field, AT(nonce), 0, DUE },
	{ "user_data", set_field, AT(user_data), 1, DUE },
	{ "public_key", set_field, AT(public_key), 2, DUE },
	{ "report_data", set_field, AT(report_data), 3, DUE },
	{ MEASUREMENTS, set_measurements, AT(measurements), 0, DUE },
	{ "platforms", set_platform, AT(platforms), 0, LIST | DUE },
	{ "max_age", set_seconds, AT(max_age_s), 0, DUE },
	{ "debug", set_debug, AT(allow_debug), 0, DUE },
	{ "issuer", set_text, AT(issuer), 4, ONCE },
	{ "snp.allow_milan", set_truth, AT(snp.allow_milan), 0, ONCE },
	{ "snp.allow_migration_agent", set_truth, AT(snp.allow_migration_agent), 0, ONCE },
	{ "snp.require_crl", set_truth, AT(snp.require_crl), 0, ONCE },
	{ "snp.vmpl", set_vmpl, AT(snp.vmpl), 0, ONCE },
	{ "snp.floor.milan", set_floor, AT(snp), SNP_MILAN, ONCE },
	{ "snp.floor.genoa", set_floor, AT(snp), SNP_GENOA, ONCE },
	{ "snp.floor.turin", set_floor, AT(snp), SNP_TURIN, ONCE },
	{ "snp.platform_info", set_platform_bit, AT(snp.platform_info), 0, LIST },
	{ "snp.platform_info_clear", set_platform_bit, AT(snp.platform_info_clear), 0, LIST },
	{ "snp.guest_policy", set_guest_bit, AT(snp.guest_policy), 0, LIST },
	{ "snp.guest_policy_clear", set_guest_bit, AT(snp.guest_policy_clear), 0, LIST },
	{ "snp.abi_min", set_abi, AT(snp), 0, ONCE },
	{ "snp.mitigations", set_mitigation, AT(snp.mitigations), 0, LIST },
	{ "snp.guest_svn_min", set_least, AT(snp.guest_svn), UINT32_MAX, ONCE },
	{ "sgx.isv_svn_min", set_least, AT(sgx.isv_svn), UINT16_MAX, ONCE },
	{ "sgx.config_svn_min", set_least, AT(sgx.config_svn), UINT16_MAX, ONCE },
	{ "dcap.tolerate", set_status, AT(dcap.tolerated), 0, LIST },
	{ "dcap.grace", set_seconds, AT(dcap.grace_s), 0, ONCE },
	{ "dcap.evaluation_min", set_number, AT(dcap.evaluation_min), 0, ONCE },
	{ "dcap.allow_service_td", set_truth, AT(dcap.allow_service_td), 0, ONCE },
	{ "gce.required", set_truth, AT(gce.required), 0, ONCE },
	{ "gce.svn_min", set_number, AT(gce.svn_min), 0, ONCE },
};

#define N_KEYS (sizeof keys / sizeof *keys)
_Static_assert(N_KEYS <= 64, "a bit per key");

const char *policy_key_at(size_t i)
{
	return i < N_KEYS ? keys[i].name : NULL;
}

bool policy_key_is_due(size_t i)
{
	return i < N_KEYS && (keys[i].how & DUE);
}

bool policy_key_said(const struct cloister_policy *p, size_t i)
{
	return i < N_KEYS && (p->said >> i & 1);
}

/* "measurements.pcr0" or "measurements.3.pcr0": the set, and the register's name; or NULL. */
static const char *register_of(const char *key, unsigned *set)
{
	static const char prefix[] = MEASUREMENTS ".";
	const char *name = key + sizeof prefix - 1, *end;
	uint64_t n = 0;

	if (strncmp(key, prefix, sizeof prefix - 1) != 0)
		return NULL;
	if (digits(name, LIMIT_EXPECTED_SETS - 1, &n, &end) && *end == '.')
		name = end + 1;
	*set = (unsigned)n;
	return name;
}

enum key_form policy_key_form(const char *key)
{
	size_t len = strlen(key);
	unsigned set;
	const char *reg = register_of(key, &set);

	if (reg)
		return reg_find(reg) ? KEY_VALUE : KEY_UNKNOWN;
	for (size_t i = 0; i < N_KEYS; i++) {
		if (strcmp(keys[i].name, key) == 0)
			return keys[i].how & LIST ? KEY_LIST : KEY_VALUE;
		if (strncmp(keys[i].name, key, len) == 0 && keys[i].name[len] == '.')
			return KEY_GROUP;
	}
	return KEY_UNKNOWN;
}

static enum cloister_err set_register(struct cloister_policy *p, unsigned set, const char *reg,
				      const char *value, struct cloister_fault *why)
{
	uint8_t bytes[REGISTER_MAX];
	size_t len;

	if (p->measurements == WANT_ANY)
		return fail(why, CLOISTER_E_USAGE, MEASUREMENTS,
			    "any and registers contradict each other");
	if (hex_read(bytes_text(value), bytes, sizeof bytes, &len, NULL) != CLOISTER_OK)
		return fail(why, CLOISTER_E_USAGE, MEASUREMENTS, "%.32s wants hex digits", reg);
	return policy_expect(p, set, reg, bytes_of(bytes, len), why);
}

/* Whether this key may be said now: for the first time, as one more of a list, or as was required. */
static bool may_say(const struct cloister_policy *p, const struct policy_key *k, bool again)
{
	const struct want_field *f = (const struct want_field *)((const char *)p + k->at);

	if (!again || (k->how & LIST))
		return true;
	return k->set == set_field && f->want == WANT_REQUIRED;
}

static enum cloister_err set_named(struct cloister_policy *p, size_t i, const char *value,
				   struct cloister_fault *why)
{
	struct saying s = { p, &keys[i], value, policy_key_said(p, i), why };

	if (!may_say(p, &keys[i], s.again))
		return fail(why, CLOISTER_E_USAGE, keys[i].name, "is said twice");
	if (s.again && keys[i].set == set_field && (is(&s, "any") || is(&s, "required")))
		return fail(why, CLOISTER_E_USAGE, keys[i].name, "is required: `%s` is no answer", value);
	TRY(keys[i].set(&s));
	p->said |= 1ull << i;
	return CLOISTER_OK;
}

enum cloister_err cloister_policy_set(struct cloister_policy *p, const char *key, const char *value,
				      struct cloister_fault *why)
{
	unsigned set;

	if (!p || !key || !value)
		return fail(why, CLOISTER_E_USAGE, "policy", "a policy, a key and a value are due");
	const char *reg = register_of(key, &set);
	if (reg)
		return set_register(p, set, reg, value, why);
	for (size_t i = 0; i < N_KEYS; i++)
		if (strcmp(keys[i].name, key) == 0)
			return set_named(p, i, value, why);
	return fail(why, CLOISTER_E_USAGE, "policy", "there is no key `%.64s`", key);
}

enum cloister_err cloister_policy_new(struct cloister_policy **out, struct cloister_fault *why)
{
	struct cloister_policy *p = malloc(sizeof *p);

	if (!p)
		return fail(why, CLOISTER_E_NOMEM, "policy", "out of memory");
	*p = (struct cloister_policy){ .issuer.want = WANT_ANY };
	*out = p;
	return CLOISTER_OK;
}

void cloister_policy_free(struct cloister_policy *p)
{
	free(p);
}
