/* SPDX-License-Identifier: Apache-2.0 */
/*
 * path_test.c - a chain in each form that holds, and rows that change one
 * thing in it: the question that says no, and what it says. Everything is
 * properly signed unless the row is about that.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/verify.h"
#include "evidence/forge_der.h"
#include "evidence/forge_pki.h"
#include "evidence/known.h"
#include "evidence/path.h"

#include <cmocka.h> /* last: it has a macro named fail */

#define NOW_S 1795500000u /* 24 November 2026, 06:00:00 */
#define MAX 6

static const char *vectors;
static struct cloister_trust *trust;

static const char *const key_names[] = { "p256-a", "p256-b", "p256-c", "p256-d", "p256-e",
					 "p384-a", "p384-b", "rsa4096-a", "rsa4096-b", "rsa3072-a",
					 "rsa2048-a" };
#define KEYS (sizeof key_names / sizeof *key_names)
static struct forge_key *keys[KEYS];

static struct forge_key *key(const char *name)
{
	for (size_t i = 0; i < KEYS; i++)
		if (strcmp(key_names[i], name) == 0)
			return keys[i];
	abort();
}

struct link {
	struct forge_tbs tbs;
	const char *key, *signer;
};

struct chain {
	const struct cert_profile *profile;
	enum path_leaf leaf;
	size_t n;
	struct link link[MAX];
};

#define CA "30060101ff020101"
#define CA_2 "30060101ff020102"
#define CA_0 "30060101ff020100"
#define CA_ANY "30030101ff"
#define LINK(from_name, to_name, algorithm, constraints, usage, k, s)                                  \
	{                                                                                              \
		{ .issuer = from_name, .subject = to_name, .from = "260101000000Z",                   \
		  .until = "270101000000Z", .serial_hex = "0102", .alg = algorithm,                    \
		  .constraints_hex = constraints, .usage_hex = usage },                                \
			k, s                                                                           \
	}

static const struct chain intel = {
	&cert_profile_intel, PATH_LEAF_SIGNS, 4,
	{ LINK("CN=Root", "CN=Root", FORGE_ECDSA_SHA256, CA_2, FORGE_USAGE_CA, "p256-a", "p256-a"),
	  LINK("CN=Root", "CN=Upper", FORGE_ECDSA_SHA256, CA, FORGE_USAGE_CA, "p256-b", "p256-a"),
	  LINK("CN=Upper", "CN=Lower", FORGE_ECDSA_SHA256, CA_0, FORGE_USAGE_CA, "p256-c", "p256-b"),
	  LINK("CN=Lower", "CN=Leaf", FORGE_ECDSA_SHA256, "3000", FORGE_USAGE_LEAF, "p256-d", "p256-c") },
};
static const struct chain amd = {
	&cert_profile_amd, PATH_LEAF_UNSAID, 3,
	{ LINK("CN=ARK", "CN=ARK", FORGE_PSS_SHA384_TRAILER, CA_ANY, FORGE_USAGE_CA, "rsa4096-a", "rsa4096-a"),
	  LINK("CN=ARK", "CN=ASK", FORGE_PSS_SHA384_TRAILER, CA_0, FORGE_USAGE_PADDED, "rsa4096-b", "rsa4096-a"),
	  LINK("CN=ASK", "CN=VEK", FORGE_PSS_SHA384, NULL, NULL, "p384-a", "rsa4096-b") },
};
static const struct chain token = {
	&cert_profile_token, PATH_LEAF_SIGNS, 3,
	{ LINK("CN=A", "CN=A", FORGE_RSA_SHA512, CA_ANY, FORGE_USAGE_CA, "rsa3072-a", "rsa3072-a"),
	  LINK("CN=A", "CN=B", FORGE_RSA_SHA384, CA_0, FORGE_USAGE_CERTS, "rsa2048-a", "rsa3072-a"),
	  LINK("CN=B", "CN=C", FORGE_RSA_SHA256, "3000", FORGE_USAGE_LEAF, "rsa3072-a", "rsa2048-a") },
};
/* An EC authority and P-384 throughout, by way of the profile that knows all. */
static const struct chain mixed = {
	&cert_profile_any, PATH_LEAF_SIGNS, 3,
	{ LINK("CN=A", "CN=A", FORGE_ECDSA_SHA384, CA_ANY, FORGE_USAGE_CA, "p384-b", "p384-b"),
	  LINK("CN=A", "CN=B", FORGE_ECDSA_SHA384, CA_0, FORGE_USAGE_CA, "p256-a", "p384-b"),
	  LINK("CN=B", "CN=C", FORGE_ECDSA_SHA256, "3000", FORGE_USAGE_LEAF, "rsa2048-a", "p256-a") },
};

/* Without any keyUsage: accepted of issuers of tokens only. */
static const struct chain bare = {
	&cert_profile_token, PATH_USAGE_UNSAID, 3,
	{ LINK("CN=A", "CN=A", FORGE_RSA_SHA512, CA_ANY, NULL, "rsa3072-a", "rsa3072-a"),
	  LINK("CN=A", "CN=B", FORGE_RSA_SHA384, CA_0, NULL, "rsa2048-a", "rsa3072-a"),
	  LINK("CN=B", "CN=C", FORGE_RSA_SHA256, "3000", NULL, "rsa3072-a", "rsa2048-a") },
};
static const struct chain google = {
	&cert_profile_google, PATH_LEAF_SIGNS, 2,
	{ LINK("CN=A", "CN=A", FORGE_PSS_SHA256, CA_ANY, FORGE_USAGE_CA, "rsa4096-a", "rsa4096-a"),
	  LINK("CN=A", "CN=B", FORGE_PSS_SHA256, "3000", FORGE_USAGE_LEAF, "rsa2048-a", "rsa4096-a") },
};

enum stage { READ, ROLES, NAMES, VALIDITY, SIGNED, GOOD };

/* The first question that says no. The certificates in p borrow from `ders`. */
static enum stage ask(const struct chain *c, struct buf *ders, uint64_t now_s, struct cloister_trust *t,
		      struct path *p)
{
	static const struct forge_ext chip_id = { "2b060104019c780104", false, { (const uint8_t *)"1234", 4 } };
	struct bytes views[MAX];
	bool good = true;

	for (size_t i = 0; i < c->n; i++) {
		struct forge_tbs tbs = c->link[i].tbs;
		tbs.ext = &chip_id;
		tbs.n_ext = 1;
		buf_fini(&ders[i]);
		ders[i] = (struct buf)FORGE_DER_BUF;
		forge_pki_cert(&tbs, key(c->link[i].key), key(c->link[i].signer), &ders[i]);
		views[i] = buf_bytes(&ders[i]);
	}
	if (!path_read(p, views, c->n, c->profile))
		return READ;
	if (!path_roles(p, c->leaf))
		return ROLES;
	if (!path_names(p))
		return NAMES;
	if (!path_valid(p, now_s))
		return VALIDITY;
	assert_int_equal(path_signed(p, t, now_s, &good, NULL), CLOISTER_OK);
	return good ? GOOD : SIGNED;
}

static void drop_ders(struct buf *ders)
{
	for (size_t i = 0; i < MAX; i++)
		buf_fini(&ders[i]);
}

static void each_form_holds(void **state)
{
	static const struct chain *const all[] = { &intel, &amd, &token, &mixed, &google, &bare };
	struct buf ders[MAX] = { 0 };
	struct path p;

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		for (int round = 0; round < 2; round++) { /* computed, and remembered */
			assert_int_equal(ask(all[i], ders, NOW_S, trust, &p), GOOD);
			assert_int_equal(p.valid_from_s, 1767225600);  /* 2026-01-01 */
			assert_int_equal(p.valid_until_s, 1798761600); /* 2027-01-01 */
		}
		assert_int_equal(ask(all[i], ders, NOW_S, NULL, &p), GOOD);
	}
	drop_ders(ders);
}

/* A yes has its sentence too, and never the one of an earlier no. */
static void sentences(void **state)
{
	struct buf ders[MAX] = { 0 };
	struct bytes views[LIMIT_CHAIN + 2] = { 0 };
	struct path p;
	bool good;

	(void)state;
	assert_int_equal(ask(&intel, ders, NOW_S, trust, &p), GOOD);
	for (size_t i = 0; i < intel.n; i++)
		views[i] = buf_bytes(&ders[i]);
	assert_false(path_read(&p, views, LIMIT_CHAIN + 2, &cert_profile_intel));
	assert_string_equal(p.say, "10 certificates: 1 to 9 are accepted");
	assert_false(path_read(&p, views, LIMIT_CHAIN + 1, &cert_profile_intel));
	assert_memory_equal(p.say, "certificate 5 of 9 ", 19);
	assert_false(path_read(&p, views, 0, &cert_profile_intel));
	assert_string_equal(p.say, "0 certificates: 1 to 9 are accepted");
	assert_true(path_read(&p, views, 4, &cert_profile_intel));
	assert_string_equal(p.say, "4 certificates");
	assert_true(path_roles(&p, PATH_LEAF_SIGNS));
	assert_string_equal(p.say, "");
	assert_false(path_valid(&p, 0));
	assert_true(path_names(&p));
	assert_string_equal(p.say, "");
	assert_true(path_valid(&p, 1798761600 - 7));
	assert_string_equal(p.say, "for another 7 s");
	assert_int_equal(path_signed(&p, trust, NOW_S, &good, NULL), CLOISTER_OK);
	assert_string_equal(p.say, "");
	drop_ders(ders);
}

/* What is remembered is exactly this: every run from the root down, and a list with its issuer. */
static void the_memory(void **state)
{
	struct cloister_trust *fresh;
	struct buf ders[MAX] = { 0 };
	struct path p;
	uint8_t run[2][SHA384_LEN] = { 0 };

	(void)state;
	assert_int_equal(cloister_trust_new(&fresh, NULL), CLOISTER_OK);
	assert_int_equal(ask(&intel, ders, NOW_S, NULL, &p), GOOD);
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(hash_sha384(p.certs[i].der, run[1], NULL), CLOISTER_OK);
		assert_int_equal(hash_sha384(BYTES_OF(run), run[0], NULL), CLOISTER_OK);
		assert_false(trust_knows(fresh, run[0]));
	}
	struct chain c = intel;
	c.link[3].signer = "p256-e"; /* the last one does not hold: all above it do */
	assert_int_equal(ask(&c, ders, NOW_S, fresh, &p), SIGNED);
	memset(run, 0, sizeof run);
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(hash_sha384(p.certs[i].der, run[1], NULL), CLOISTER_OK);
		assert_int_equal(hash_sha384(BYTES_OF(run), run[0], NULL), CLOISTER_OK);
		assert_int_equal(trust_knows(fresh, run[0]), i < 3);
	}
	drop_ders(ders);
	cloister_trust_free(fresh);
}

/* What is remembered counts: a chain that nobody signed would pass if its run were known, and no other's run helps. */
static void what_is_known_is_not_computed_again(void **state)
{
	struct chain c = intel;
	struct buf ders[MAX] = { 0 };
	uint8_t run[2][SHA384_LEN] = { 0 };
	struct path p;
	struct cloister_trust *fresh;
	bool good;

	(void)state;
	assert_int_equal(cloister_trust_new(&fresh, NULL), CLOISTER_OK);
	c.link[1].signer = c.link[3].signer = "p256-e";
	assert_int_equal(ask(&c, ders, NOW_S, fresh, &p), SIGNED);
	assert_memory_equal(p.say, "certificate 2 of 4", 18);
	for (size_t i = 0; i < p.n; i++) {
		assert_int_equal(hash_sha384(p.certs[i].der, run[1], NULL), CLOISTER_OK);
		assert_int_equal(hash_sha384(BYTES_OF(run), run[0], NULL), CLOISTER_OK);
		if (i == 1 || i == 3)
			trust_remember(fresh, run[0], UINT64_MAX, NOW_S);
		assert_int_equal(path_signed(&p, fresh, NOW_S, &good, NULL), CLOISTER_OK);
		assert_int_equal(good, i == 3);
		if (!good) /* the fourth is asked about once the second is known */
			assert_memory_equal(p.say, i == 0 ? "certificate 2 of 4" : "certificate 4 of 4", 18);
	}
	assert_int_equal(path_signed(&p, NULL, NOW_S, &good, NULL), CLOISTER_OK);
	assert_false(good);
	cloister_trust_free(fresh);
	drop_ders(ders);
}

enum what { ISSUER, SUBJECT, FROM, UNTIL, CONSTRAINTS, USAGE, SIGNER, ALGORITHM, KEY };

static const struct {
	const char *name;
	const struct chain *base;
	size_t i;
	enum what what;
	const char *value;
	enum stage stage;
	const char *say;
} rows[] = {
	{ "authority is none", &intel, 2, CONSTRAINTS, "3000", ROLES, "certificate 3 of 4 is not an authority" },
	{ "authority without constraints", &intel, 1, CONSTRAINTS, NULL, ROLES,
	  "certificate 2 of 4 is not an authority" },
	{ "root is no authority", &intel, 0, CONSTRAINTS, "3000", ROLES, "certificate 1 of 4 is not an authority" },
	{ "authority without keyUsage", &intel, 2, USAGE, NULL, ROLES, "certificate 3 of 4 may not sign certificates" },
	{ "authority that signs documents", &intel, 1, USAGE, "03020780", ROLES,
	  "certificate 2 of 4 may not sign certificates" },
	{ "authority that signs lists only", &intel, 1, USAGE, "03020102", ROLES,
	  "certificate 2 of 4 may not sign certificates" },
	{ "AMD's authority without keyUsage", &amd, 1, USAGE, NULL, ROLES,
	  "certificate 2 of 3 may not sign certificates" },
	{ "root allows none below", &intel, 0, CONSTRAINTS, CA_0, ROLES,
	  "certificate 1 of 4 allows fewer authorities below it" },
	{ "root allows one below", &intel, 0, CONSTRAINTS, CA, ROLES,
	  "certificate 1 of 4 allows fewer authorities below it" },
	{ "upper allows none below", &intel, 1, CONSTRAINTS, CA_0, ROLES,
	  "certificate 2 of 4 allows fewer authorities below it" },
	{ "root allows three", &intel, 0, CONSTRAINTS, "30060101ff020103", GOOD, "" },
	{ "root allows any", &intel, 0, CONSTRAINTS, CA_ANY, GOOD, "" },
	{ "leaf is an authority", &intel, 3, CONSTRAINTS, CA_0, ROLES,
	  "certificate 4 of 4 is the leaf and yet an authority" },
	{ "AMD's leaf is an authority", &amd, 2, CONSTRAINTS, CA_0, ROLES,
	  "certificate 3 of 3 is the leaf and yet an authority" },
	{ "leaf without keyUsage", &intel, 3, USAGE, NULL, ROLES,
	  "certificate 4 of 4 is the leaf and may not sign documents" },
	{ "leaf for keyAgreement", &intel, 3, USAGE, "03020308", ROLES,
	  "certificate 4 of 4 is the leaf and may not sign documents" },
	{ "AMD's leaf for keyAgreement", &amd, 2, USAGE, "03020308", ROLES,
	  "certificate 3 of 3 is the leaf and may not sign documents" },
	{ "AMD's leaf with keyUsage", &amd, 2, USAGE, FORGE_USAGE_LEAF, GOOD, "" },
	{ "leaf signs certificates", &intel, 3, USAGE, "03020284", ROLES,
	  "certificate 4 of 4 is the leaf and yet may sign certificates" },
	{ "AMD's leaf signs certificates", &amd, 2, USAGE, "03020284", ROLES,
	  "certificate 3 of 3 is the leaf and yet may sign certificates" },
	{ "leaf without constraints", &intel, 3, CONSTRAINTS, NULL, GOOD, "" },
	{ "token's authority without keyUsage", &token, 1, USAGE, NULL, ROLES,
	  "certificate 2 of 3 may not sign certificates" },
	{ "bare authority that signs lists only", &bare, 1, USAGE, "03020102", ROLES,
	  "certificate 2 of 3 may not sign certificates" },
	{ "bare authority that signs certificates", &bare, 1, USAGE, FORGE_USAGE_CERTS, GOOD, "" },
	{ "bare authority that is none", &bare, 1, CONSTRAINTS, NULL, ROLES,
	  "certificate 2 of 3 is not an authority" },
	{ "bare leaf for keyAgreement", &bare, 2, USAGE, "03020308", ROLES,
	  "certificate 3 of 3 is the leaf and may not sign documents" },
	{ "bare leaf that signs certificates", &bare, 2, USAGE, "03020284", ROLES,
	  "certificate 3 of 3 is the leaf and yet may sign certificates" },
	{ "bare leaf that is an authority", &bare, 2, CONSTRAINTS, CA_0, ROLES,
	  "certificate 3 of 3 is the leaf and yet an authority" },
	{ "leaf of another issuer", &intel, 3, ISSUER, "CN=Upper", NAMES,
	  "certificate 4 of 4 names another issuer than the one above it" },
	{ "authority of another issuer", &intel, 1, ISSUER, "CN=Roots", NAMES,
	  "certificate 2 of 4 names another issuer than the one above it" },
	{ "root of another issuer", &intel, 0, ISSUER, "CN=Other", NAMES,
	  "certificate 1 of 4 names another issuer than the one above it" },
	{ "the issuer's name and more", &intel, 2, ISSUER, "CN=Upper,C=US", NAMES,
	  "certificate 3 of 4 names another issuer than the one above it" },
	{ "leaf that names itself", &intel, 3, SUBJECT, "CN=Lower", NAMES,
	  "certificate 4 of 4 names itself as its issuer" },
	{ "leaf not yet valid", &intel, 3, FROM, "261124060001Z", VALIDITY,
	  "certificate 4 of 4 begins 1 s after" },
	{ "leaf expired", &intel, 3, UNTIL, "261124055959Z", VALIDITY, "certificate 4 of 4 expired 1 s before" },
	{ "authority expired", &intel, 1, UNTIL, "260601000000Z", VALIDITY, "certificate 2 of 4 expired" },
	{ "root expired", &intel, 0, UNTIL, "260601000000Z", VALIDITY, "certificate 1 of 4 expired" },
	{ "root not yet valid", &intel, 0, FROM, "261201000000Z", VALIDITY, "certificate 1 of 4 begins" },
	{ "leaf by somebody else", &intel, 3, SIGNER, "p256-e", SIGNED,
	  "certificate 4 of 4 is not signed by the one above" },
	{ "leaf by the one two above", &intel, 3, SIGNER, "p256-b", SIGNED,
	  "certificate 4 of 4 is not signed by the one above" },
	{ "leaf by itself", &intel, 3, SIGNER, "p256-d", SIGNED, "certificate 4 of 4 is not signed by the one above" },
	{ "authority by somebody else", &intel, 1, SIGNER, "p256-e", SIGNED,
	  "certificate 2 of 4 is not signed by the one above" },
	{ "root by somebody else", &intel, 0, SIGNER, "p256-e", SIGNED,
	  "certificate 1 of 4 is not signed by the one above" },
	{ "AMD's leaf by somebody else", &amd, 2, SIGNER, "rsa4096-a", SIGNED,
	  "certificate 3 of 3 is not signed by the one above" },
	{ "token's leaf by somebody else", &token, 2, SIGNER, "rsa3072-a", SIGNED,
	  "certificate 3 of 3 is not signed by the one above" },
	{ "an RSA signature below P-384", &mixed, 1, SIGNER, "rsa2048-a", READ, "certificate 2 of 3" },
	{ "P-256's algorithm above P-384", &mixed, 0, ALGORITHM, "sha256", READ,
	  "certificate 1 of 3 signatureValue.r" },
	{ "P-384's algorithm above P-256", &mixed, 2, ALGORITHM, "sha384", SIGNED,
	  "certificate 3 of 3 is not signed by the one above" },
	{ "another kind of key than the profile's", &intel, 3, KEY, "p384-a", READ, "certificate 4 of 4" },
	{ "the upper authority's key is another", &intel, 1, KEY, "p256-e", SIGNED,
	  "certificate 3 of 4 is not signed by the one above" },
};

static void change(struct chain *c, size_t row)
{
	struct link *l = &c->link[rows[row].i];
	const char *value = rows[row].value;

	switch (rows[row].what) {
	case ISSUER:
		l->tbs.issuer = value;
		break;
	case SUBJECT:
		l->tbs.subject = value;
		break;
	case FROM:
		l->tbs.from = value;
		break;
	case UNTIL:
		l->tbs.until = value;
		break;
	case CONSTRAINTS:
		l->tbs.constraints_hex = value;
		break;
	case USAGE:
		l->tbs.usage_hex = value;
		break;
	case SIGNER:
		l->signer = value;
		break;
	case ALGORITHM:
		l->tbs.alg = strcmp(value, "sha256") ? FORGE_ECDSA_SHA384 : FORGE_ECDSA_SHA256;
		break;
	case KEY:
		l->key = value;
		break;
	}
}

static void one_thing_wrong(void **state)
{
	struct buf ders[MAX] = { 0 };
	struct path p;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct chain c = *rows[i].base;
		/* The good chain is remembered: it must not help the bad one. */
		assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
		change(&c, i);
		for (int round = 0; round < 3; round++) { /* and without any memory */
			enum stage stage = ask(&c, ders, NOW_S, round < 2 ? trust : NULL, &p);
			if (stage != rows[i].stage || strncmp(p.say, rows[i].say, strlen(rows[i].say)))
				print_error("%s: stage %d: %s\n", rows[i].name, stage, p.say);
			assert_int_equal(stage, rows[i].stage);
			assert_memory_equal(p.say, rows[i].say, strlen(rows[i].say));
		}
	}
	drop_ders(ders);
}

/*
 * ECDSA-SHA384 by P-256, spelled so that the 64 bytes of the P-256 signature lead the 96 that the
 * algorithm stands for. It would pass: only asking which key an algorithm belongs to refuses it.
 */
static void sign_across_curves(struct bytes der, const struct forge_key *signer, struct buf *out)
{
	struct buf sig = FORGE_DER_BUF, pair = FORGE_DER_BUF, bits = FORGE_DER_BUF, whole = FORGE_DER_BUF;
	uint8_t ec[96] = { 0 }, digest[SHA384_LEN];
	struct cert c;
	bool good;

	assert_int_equal(cert_read(der, &cert_profile_any, &c, NULL), CLOISTER_OK);
	forge_sign(signer, FORGE_ECDSA_SHA384, c.tbs, &sig);
	assert_int_equal(sig.len, 64);
	memcpy(ec, sig.data, sig.len);
	buf_fini(&sig);
	assert_int_equal(hash_sha384(c.tbs, digest, NULL), CLOISTER_OK);
	assert_int_equal(p256_verify(signer->point, digest, ec, &good, NULL), CLOISTER_OK);
	assert_true(good);

	forge_integer(&pair, bytes_of(ec, 48));
	forge_integer(&pair, bytes_of(ec + 48, 48));
	buf_byte(&bits, 0);
	forge_wrap(&bits, 0x30, &pair);
	buf_put(&whole, c.tbs.data, (size_t)(c.sig.data - 3 - c.tbs.data)); /* with the algorithm */
	forge_wrap(&whole, 0x03, &bits);
	forge_wrap(out, 0x30, &whole);
}

static void an_algorithm_has_its_curve(void **state)
{
	struct buf ders[MAX] = { 0 }, der = FORGE_DER_BUF;
	struct chain c = mixed;
	struct cert cert;
	struct path p;
	bool good = true;

	(void)state;
	c.link[2].tbs.alg = FORGE_ECDSA_SHA384;
	assert_int_equal(ask(&c, ders, NOW_S, NULL, &p), SIGNED);
	sign_across_curves(buf_bytes(&ders[2]), key("p256-a"), &der);
	assert_int_equal(cert_read(buf_bytes(&der), &cert_profile_any, &cert, NULL), CLOISTER_OK);
	assert_int_equal(path_cert_signed_by(&cert, &p.certs[1].key, &good, NULL), CLOISTER_OK);
	assert_false(good);
	buf_fini(&der);
	drop_ders(ders);
}

/* Both ends of the validity belong to it, and the window is that of all. */
static void validity_is_inclusive(void **state)
{
	const uint64_t from = 1767225600, until = 1798761600;
	struct buf ders[MAX] = { 0 };
	struct chain c = amd;
	struct path p;

	(void)state;
	assert_int_equal(ask(&c, ders, from, trust, &p), GOOD);
	assert_int_equal(ask(&c, ders, from - 1, trust, &p), VALIDITY);
	assert_int_equal(ask(&c, ders, until, trust, &p), GOOD);
	assert_int_equal(ask(&c, ders, until + 1, trust, &p), VALIDITY);
	c.link[1].tbs.from = "260201000000Z";
	c.link[2].tbs.until = "261201000000Z";
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
	assert_int_equal(p.valid_from_s, 1769904000);
	assert_int_equal(p.valid_until_s, 1796083200);
	assert_int_equal(ask(&c, ders, from, trust, &p), VALIDITY);
	assert_int_equal(p.valid_from_s, 1769904000); /* said anyway */
	assert_int_equal(p.valid_until_s, 1796083200);
	c = amd;
	c.link[0].tbs.until = "261201000000Z";
	c.link[2].tbs.from = "260201000000Z";
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
	assert_int_equal(p.valid_from_s, 1769904000);
	assert_int_equal(p.valid_until_s, 1796083200);
	c.link[1].tbs.until = c.link[2].tbs.until = "260301000000Z"; /* the first of two is named */
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), VALIDITY);
	assert_memory_equal(p.say, "certificate 2 of 3 expired", 26);
	c.link[2].tbs.until = "270301000000Z";
	c.link[2].tbs.from = "261201000000Z";
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), VALIDITY);
	assert_memory_equal(p.say, "certificate 2 of 3 expired", 26);
	c.link[1].tbs = c.link[2].tbs; /* two that begin later */
	c.link[1].tbs.issuer = "CN=ARK";
	c.link[1].tbs.subject = "CN=ASK";
	c.link[1].tbs.constraints_hex = CA_0;
	c.link[1].tbs.usage_hex = FORGE_USAGE_PADDED;
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), VALIDITY);
	assert_memory_equal(p.say, "certificate 2 of 3 begins", 25);
	/* the widest window, from the first second that dates can name */
	for (size_t i = 0; i < amd.n; i++) {
		c.link[i] = amd.link[i];
		c.link[i].tbs.from = "700101000000Z";
	}
	assert_int_equal(ask(&c, ders, 0, trust, &p), GOOD);
	assert_int_equal(p.valid_from_s, 0);
	drop_ders(ders);
}

/* A path of authorities only, as an issuer of lists has; a root alone. */
static void authorities_alone(void **state)
{
	struct buf ders[MAX] = { 0 };
	struct chain c = intel;
	struct path p;

	(void)state;
	c.leaf = PATH_AUTHORITY;
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), ROLES);
	assert_string_equal(p.say, "certificate 4 of 4 is not an authority");
	c.n = 3;
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
	c.link[0].tbs.constraints_hex = CA_0; /* the last of a path is not counted: RFC 5280 6.1 */
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), ROLES);
	c.n = 2;
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
	c.n = 1;
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
	c.leaf = PATH_LEAF_SIGNS;
	assert_int_equal(ask(&c, ders, NOW_S, trust, &p), ROLES);
	drop_ders(ders);
}

static void too_few_and_too_many(void **state)
{
	struct bytes ders[LIMIT_CHAIN + 2] = { 0 };
	struct path p;

	(void)state;
	assert_false(path_read(&p, ders, 0, &cert_profile_intel));
	assert_false(path_read(&p, ders, LIMIT_CHAIN + 2, &cert_profile_intel));
}

/* Every bit of the last certificate's signed part and signature counts, remembered or not. */
static void flips(void **state)
{
	static const struct chain *const all[] = { &intel, &amd, &token };
	struct buf ders[MAX] = { 0 };
	struct path p;

	(void)state;
	for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
		size_t last = all[k]->n - 1;
		struct bytes views[MAX];
		assert_int_equal(ask(all[k], ders, NOW_S, trust, &p), GOOD);
		for (size_t i = 0; i <= last; i++)
			views[i] = buf_bytes(&ders[i]);
		for (size_t bit = 0; bit < 8 * ders[last].len; bit += 13) {
			bool good = false;
			ders[last].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (path_read(&p, views, all[k]->n, all[k]->profile) && path_roles(&p, all[k]->leaf) &&
			    path_names(&p) && path_valid(&p, NOW_S))
				assert_int_equal(path_signed(&p, trust, NOW_S, &good, NULL), CLOISTER_OK);
			assert_false(good);
			ders[last].data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	drop_ders(ders);
}

static const char *const lists_leaf[] = { "0101", "0102", NULL };
static const char *const lists_others[] = { "02", "0103", "010200", NULL };

static const struct {
	const char *name;
	const char *issuer;
	const char *from, *until;
	const char *const *serials;
	const char *signer;
	enum path_crl answer;
	const char *say;
} lists[] = {
	{ "clear", "CN=Lower", "261101000000Z", "261201000000Z", lists_others, "p256-c", PATH_CRL_CLEAR,
	  "certificate 4 of 4 is not revoked" },
	{ "nobody is revoked", "CN=Lower", "261101000000Z", "261201000000Z", NULL, "p256-c", PATH_CRL_CLEAR, "" },
	{ "revoked", "CN=Lower", "261101000000Z", "261201000000Z", lists_leaf, "p256-c", PATH_CRL_REVOKED,
	  "certificate 4 of 4 is revoked" },
	{ "revoked by a stale list", "CN=Lower", "260101000000Z", "260201000000Z", lists_leaf, "p256-c",
	  PATH_CRL_REVOKED, "" },
	{ "revoked by a list of the future", "CN=Lower", "270101000000Z", "270201000000Z", lists_leaf, "p256-c",
	  PATH_CRL_REVOKED, "" },
	{ "stale", "CN=Lower", "261001000000Z", "261124055959Z", lists_others, "p256-c", PATH_CRL_STALE,
	  "certificate 4 of 4 has a revocation list that ended" },
	{ "its last second", "CN=Lower", "261001000000Z", "261124060000Z", lists_others, "p256-c",
	  PATH_CRL_CLEAR, "" },
	{ "its first second", "CN=Lower", "261124060000Z", "261201000000Z", lists_others, "p256-c",
	  PATH_CRL_CLEAR, "" },
	{ "early", "CN=Lower", "261124060001Z", "261201000000Z", lists_others, "p256-c", PATH_CRL_EARLY,
	  "certificate 4 of 4 has a revocation list that begins" },
	{ "of another issuer", "CN=Upper", "261101000000Z", "261201000000Z", lists_others, "p256-c",
	  PATH_CRL_FOREIGN, "certificate 4 of 4 has a revocation list of another issuer" },
	{ "of another issuer, listing it", "CN=Upper", "261101000000Z", "261201000000Z", lists_leaf, "p256-b",
	  PATH_CRL_FOREIGN, "" },
	{ "by somebody else", "CN=Lower", "261101000000Z", "261201000000Z", lists_others, "p256-e",
	  PATH_CRL_UNSIGNED, "certificate 4 of 4 has a revocation list that its issuer did not sign" },
	{ "by somebody else, listing it", "CN=Lower", "261101000000Z", "261201000000Z", lists_leaf, "p256-e",
	  PATH_CRL_UNSIGNED, "" },
};
#define LISTS (sizeof lists / sizeof *lists)

static void make_list(size_t i, struct buf *out)
{
	const struct forge_crl c = {
		.issuer = lists[i].issuer,
		.this_update = lists[i].from,
		.next_update = lists[i].until,
		.alg = FORGE_ECDSA_SHA256,
		.number_hex = "01",
		.key_id_hex = "0102",
		.serials_hex = lists[i].serials,
	};

	*out = (struct buf)FORGE_DER_BUF;
	forge_pki_crl(&c, key(lists[i].signer), out);
}

static void revocation(void **state)
{
	struct buf ders[MAX] = { 0 };
	enum path_crl answer;
	struct path p;

	(void)state;
	assert_int_equal(ask(&intel, ders, NOW_S, trust, &p), GOOD);
	assert_int_equal(path_revoked(&p, 3, NULL, trust, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_MISSING);
	for (size_t i = 0; i < LISTS; i++) {
		struct buf der;
		struct crl crl;
		make_list(i, &der);
		assert_int_equal(crl_read(buf_bytes(&der), &cert_profile_intel, &crl, NULL), CLOISTER_OK);
		for (int round = 0; round < 3; round++) { /* computed, remembered, computed */
			assert_int_equal(path_revoked(&p, 3, &crl, round < 2 ? trust : NULL, NOW_S, &answer,
						      NULL),
					 CLOISTER_OK);
			if (answer != lists[i].answer)
				print_error("%s: %d: %s\n", lists[i].name, answer, p.say);
			assert_int_equal(answer, lists[i].answer);
			assert_memory_equal(p.say, lists[i].say, strlen(lists[i].say));
		}
		buf_fini(&der);
	}
	drop_ders(ders);
}

static void issuers_that_may_not_sign_lists(void **state)
{
	struct buf ders[MAX] = { 0 }, der;
	struct chain c = intel;
	enum path_crl answer;
	struct crl crl;
	struct path p;

	(void)state;
	make_list(0, &der);
	assert_int_equal(crl_read(buf_bytes(&der), &cert_profile_intel, &crl, NULL), CLOISTER_OK);
	for (int i = 0; i < 2; i++) { /* the second may sign documents too */
		c.link[2].tbs.usage_hex = i ? "03020284" : FORGE_USAGE_CERTS;
		assert_int_equal(ask(&c, ders, NOW_S, trust, &p), GOOD);
		assert_int_equal(path_revoked(&p, 3, &crl, trust, NOW_S, &answer, NULL), CLOISTER_OK);
		assert_int_equal(answer, PATH_CRL_FOREIGN);
		assert_string_equal(p.say, "certificate 4 of 4 has an issuer that may not sign revocation lists");
	}
	buf_fini(&der);
	drop_ders(ders);
}

/* What the memory calls a list of the lower authority's: by the authority and all above it. */
static void name_of_list(const struct path *p, struct bytes list, uint8_t name[static SHA384_LEN])
{
	uint8_t parts[4 + 2 * SHA384_LEN] = "list", run[2][SHA384_LEN] = { 0 };

	for (size_t i = 0; i <= 2; i++) {
		assert_int_equal(hash_sha384(p->certs[i].der, run[1], NULL), CLOISTER_OK);
		assert_int_equal(hash_sha384(BYTES_OF(run), run[0], NULL), CLOISTER_OK);
	}
	memcpy(parts + 4, run[0], SHA384_LEN);
	assert_int_equal(hash_sha384(list, parts + 4 + SHA384_LEN, NULL), CLOISTER_OK);
	assert_int_equal(hash_sha384(BYTES_OF(parts), name, NULL), CLOISTER_OK);
}

static bool knows_list(struct cloister_trust *t, const struct path *p, const struct crl *crl)
{
	uint8_t name[SHA384_LEN];

	name_of_list(p, crl->der, name);
	return trust_knows(t, name);
}

/* A good list is remembered with its issuer, a bad one not, and another issuer of the name gains nothing. */
static void the_memory_of_lists(void **state)
{
	struct buf ders[MAX] = { 0 }, der, bad_der;
	struct cloister_trust *fresh;
	struct chain other = intel;
	enum path_crl answer;
	struct crl crl, bad;
	struct path p;

	(void)state;
	assert_int_equal(cloister_trust_new(&fresh, NULL), CLOISTER_OK);
	make_list(0, &der);
	make_list(11, &bad_der);
	assert_int_equal(crl_read(buf_bytes(&der), &cert_profile_intel, &crl, NULL), CLOISTER_OK);
	assert_int_equal(crl_read(buf_bytes(&bad_der), &cert_profile_intel, &bad, NULL), CLOISTER_OK);
	assert_int_equal(ask(&intel, ders, NOW_S, fresh, &p), GOOD);
	assert_false(knows_list(fresh, &p, &crl));
	assert_int_equal(path_revoked(&p, 3, &crl, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_CLEAR);
	assert_true(knows_list(fresh, &p, &crl));
	assert_int_equal(path_revoked(&p, 3, &bad, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_UNSIGNED);
	assert_false(knows_list(fresh, &p, &bad));
	/* were it known, its signature would not be looked at again */
	uint8_t name[SHA384_LEN];
	name_of_list(&p, bad.der, name);
	trust_remember(fresh, name, UINT64_MAX, NOW_S);
	assert_int_equal(path_revoked(&p, 3, &bad, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_CLEAR);
	assert_int_equal(path_revoked(&p, 3, &bad, NULL, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_UNSIGNED);
	other.link[2].key = other.link[3].signer = "p256-e";
	assert_int_equal(ask(&other, ders, NOW_S, fresh, &p), GOOD);
	assert_int_equal(path_revoked(&p, 3, &crl, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_UNSIGNED);
	cloister_trust_free(fresh);
	buf_fini(&der);
	buf_fini(&bad_der);
	drop_ders(ders);
}

/* AMD: the list is the root's, signed by PSS; the certificate asked about is the second. */
static void amd_revocation(void **state)
{
	static const char *const listed[] = { "0102", NULL };
	struct buf ders[MAX] = { 0 };
	enum path_crl answer;
	struct crl crl;
	struct path p;

	(void)state;
	assert_int_equal(ask(&amd, ders, NOW_S, trust, &p), GOOD);
	for (int i = 0; i < 4; i++) {
		struct buf der = FORGE_DER_BUF;
		forge_pki_crl(&(struct forge_crl){ .issuer = "CN=ARK", .this_update = "261101000000Z",
						   .next_update = "261201000000Z",
						   .alg = i & 1 ? FORGE_PSS_SHA384 : FORGE_PSS_SHA384_TRAILER,
						   .number_hex = "01",
						   .serials_hex = i & 2 ? listed : NULL },
			      key("rsa4096-a"), &der);
		assert_int_equal(crl_read(buf_bytes(&der), &cert_profile_amd, &crl, NULL), CLOISTER_OK);
		assert_int_equal(path_revoked(&p, 1, &crl, trust, NOW_S, &answer, NULL), CLOISTER_OK);
		assert_int_equal(answer, i & 2 ? PATH_CRL_REVOKED : PATH_CRL_CLEAR);
		assert_int_equal(path_revoked(&p, 2, &crl, trust, NOW_S, &answer, NULL), CLOISTER_OK);
		assert_int_equal(answer, PATH_CRL_FOREIGN);
		buf_fini(&der);
	}
	drop_ders(ders);
}

static void add(struct pool *p, struct bytes list)
{
	assert_int_equal(pool_add(p, ITEM_CRL, list, NULL), CLOISTER_OK);
}

#define UNREADABLE "certificate 4 of 4 has a revocation list that cannot be read: "

/* A damaged list is not the same as none, wherever the damage is; beside a good one it is nothing. */
static void unreadable_lists(void **state)
{
	struct buf ders[MAX] = { 0 }, good;
	static struct pool own, given;
	struct path_lists l = { .own = &own, .given = &given, .profile = &cert_profile_intel };
	enum path_crl answer;
	struct path p;

	(void)state;
	assert_int_equal(ask(&intel, ders, NOW_S, trust, &p), GOOD);
	make_list(0, &good);
	for (size_t len = 0; len < good.len; len++) {
		own.n = given.n = 0;
		add(len % 2 ? &own : &given, bytes_of(good.data, len));
		assert_int_equal(path_revoked_by(&p, 3, &l, trust, NOW_S, &answer, NULL), CLOISTER_OK);
		assert_int_equal(answer, PATH_CRL_UNREADABLE);
		assert_memory_equal(p.say, UNREADABLE, strlen(UNREADABLE));
		add(&own, buf_bytes(&good));
		assert_int_equal(path_revoked_by(&p, 3, &l, trust, NOW_S, &answer, NULL), CLOISTER_OK);
		assert_int_equal(answer, PATH_CRL_CLEAR);
	}
	buf_fini(&good);
	drop_ders(ders);
}

/*
 * A list of another algorithm than the profile's says something about damage only when it names this
 * issuer: others have lists of their own here.
 */
static void lists_of_other_profiles(void **state)
{
	static const struct {
		const char *issuer;
		enum path_crl answer;
	} by[] = {
		{ "CN=Lower", PATH_CRL_UNREADABLE },
		{ "CN=Upper", PATH_CRL_MISSING },
		{ "CN=Leaf", PATH_CRL_MISSING },
		{ "CN=Other", PATH_CRL_MISSING },
	};
	struct buf ders[MAX] = { 0 };
	static struct pool own;
	enum path_crl answer;
	struct path p;

	(void)state;
	assert_int_equal(ask(&intel, ders, NOW_S, trust, &p), GOOD);
	for (size_t i = 0; i < sizeof by / sizeof *by; i++) {
		struct path_lists l = { .own = &own, .profile = &cert_profile_intel };
		struct buf der = FORGE_DER_BUF;
		forge_pki_crl(&(struct forge_crl){ .issuer = by[i].issuer, .this_update = "261101000000Z",
						   .next_update = "261201000000Z", .alg = FORGE_PSS_SHA384,
						   .number_hex = "01" },
			      key("rsa4096-a"), &der);
		memset(&l.used, 0xee, sizeof l.used);
		own.n = 0;
		add(&own, buf_bytes(&der));
		assert_int_equal(path_revoked_by(&p, 3, &l, trust, NOW_S, &answer, NULL), CLOISTER_OK);
		assert_int_equal(answer, by[i].answer);
		assert_null(l.used.der.data); /* nothing was decisive */
		assert_int_equal(l.used.this_update_s, 0);
		buf_fini(&der);
	}
	drop_ders(ders);
}

/* Any two lists, either place and order: revoked beats all, then clear, then what came closest. */
static void several_lists(void **state)
{
	static const int rank[] = {
		[PATH_CRL_MISSING] = 0, [PATH_CRL_UNREADABLE] = 0, [PATH_CRL_FOREIGN] = 0,
		[PATH_CRL_UNSIGNED] = 1, [PATH_CRL_EARLY] = 2,
		[PATH_CRL_STALE] = 3,	[PATH_CRL_CLEAR] = 4,	[PATH_CRL_REVOKED] = 5,
	};
	struct buf ders[MAX] = { 0 }, made[LISTS];
	static struct pool own, given;
	enum path_crl answer;
	struct path p;

	(void)state;
	assert_int_equal(ask(&intel, ders, NOW_S, trust, &p), GOOD);
	for (size_t i = 0; i < LISTS; i++)
		make_list(i, &made[i]);
	for (size_t i = 0; i < LISTS; i++)
		for (size_t k = 0; k < LISTS; k++) {
			struct path_lists l = { .own = &own, .given = &given, .profile = &cert_profile_intel };
			own.n = given.n = 0;
			add(&own, bytes_text("nothing"));
			add(&own, buf_bytes(&made[i]));
			add(&given, buf_bytes(&made[k]));
			assert_int_equal(path_revoked_by(&p, 3, &l, trust, NOW_S, &answer, NULL), CLOISTER_OK);
			int a = rank[lists[i].answer], b = rank[lists[k].answer];
			if (rank[answer] != (a > b ? a : b))
				print_error("%s and %s: %d: %s\n", lists[i].name, lists[k].name, answer, p.say);
			assert_int_equal(rank[answer], a > b ? a : b);
			/* The sentence is the chosen one's; lists of other issuers do not even come up. */
			const char *say = answer == PATH_CRL_UNREADABLE ? UNREADABLE :
					  a >= b		     ? lists[i].say :
								       lists[k].say;
			assert_int_not_equal(answer, PATH_CRL_FOREIGN);
			assert_int_not_equal(answer, PATH_CRL_MISSING);
			if (lists[i].answer != lists[k].answer)
				assert_memory_equal(p.say, say, strlen(say));
			if (answer == PATH_CRL_CLEAR || answer == PATH_CRL_REVOKED)
				assert_true(l.used.der.data == made[i].data || l.used.der.data == made[k].data);
		}
	struct path_lists none = { .profile = &cert_profile_intel };
	assert_int_equal(path_revoked_by(&p, 3, &none, trust, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_MISSING);
	assert_string_equal(p.say, "certificate 4 of 4 has no revocation list");
	/* Of two current lists the newer: its dates are what the caller is told. */
	own.n = given.n = 0;
	add(&own, buf_bytes(&made[7]));
	add(&given, buf_bytes(&made[0]));
	struct path_lists l = { .own = &own, .given = &given, .profile = &cert_profile_intel };
	assert_int_equal(path_revoked_by(&p, 3, &l, trust, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_ptr_equal(l.used.der.data, made[7].data);
	l = (struct path_lists){ .own = &given, .given = &own, .profile = &cert_profile_intel };
	assert_int_equal(path_revoked_by(&p, 3, &l, trust, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_ptr_equal(l.used.der.data, made[7].data);
	for (size_t i = 0; i < LISTS; i++)
		buf_fini(&made[i]);
	drop_ders(ders);
}

/*
 * A list that was read when the caller gave it is taken from there, with its digest, by those who read
 * lists in the same way, and by nobody else. The bytes beside it are another list here, to tell the two apart.
 */
static void lists_that_were_read_before(void **state)
{
	struct buf ders[MAX] = { 0 }, clear, listing, twin;
	struct cloister_trust *fresh;
	static struct pool own;
	struct path_lists l = { .own = &own, .profile = &cert_profile_intel };
	enum path_crl answer;
	struct known *known;
	struct path p;

	(void)state;
	make_list(0, &clear);
	make_list(2, &listing);
	assert_int_equal(cloister_trust_new(&fresh, NULL), CLOISTER_OK);
	assert_int_equal(ask(&intel, ders, NOW_S, fresh, &p), GOOD);
	assert_int_equal(known_new(ITEM_CRL, buf_bytes(&clear), &known, NULL), CLOISTER_OK);
	own.n = 0;
	add(&own, buf_bytes(&listing));
	own.items[0].known = known;
	assert_int_equal(path_revoked_by(&p, 3, &l, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_CLEAR);
	assert_ptr_equal(l.used.der.data, clear.data);
	assert_true(knows_list(fresh, &p, &known->crl)); /* by the name that it has when it comes alone */
	l.profile = &cert_profile_any;
	assert_int_equal(path_revoked_by(&p, 3, &l, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_REVOKED);
	/* The digest that was made then is not made again: one of other bytes makes another name of it. */
	assert_int_equal(hash_sha384(bytes_text("other bytes"), known->sha384, NULL), CLOISTER_OK);
	l.profile = &cert_profile_intel;
	assert_int_equal(path_revoked_by(&p, 3, &l, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_CLEAR);
	uint8_t name[SHA384_LEN];
	name_of_list(&p, bytes_text("other bytes"), name);
	assert_true(trust_knows(fresh, name));
	known_free(known);
	/* Of two that say the same from the same second on, the first that is met counts. */
	make_list(0, &twin);
	own.n = 0;
	add(&own, buf_bytes(&clear));
	add(&own, buf_bytes(&twin));
	assert_int_equal(path_revoked_by(&p, 3, &l, fresh, NOW_S, &answer, NULL), CLOISTER_OK);
	assert_int_equal(answer, PATH_CRL_CLEAR);
	assert_ptr_equal(l.used.der.data, clear.data);
	cloister_trust_free(fresh);
	buf_fini(&clear);
	buf_fini(&listing);
	buf_fini(&twin);
	drop_ders(ders);
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		keys[i] = forge_key_load(vectors, key_names[i]);
	return cloister_trust_new(&trust, NULL) == CLOISTER_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		forge_key_free(keys[i]);
	cloister_trust_free(trust);
	return 0;
}

/* argv[1]: the folder of the vectors, for its keys. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_form_holds),
		cmocka_unit_test(sentences),
		cmocka_unit_test(the_memory),
		cmocka_unit_test(what_is_known_is_not_computed_again),
		cmocka_unit_test(one_thing_wrong),
		cmocka_unit_test(an_algorithm_has_its_curve),
		cmocka_unit_test(validity_is_inclusive),
		cmocka_unit_test(authorities_alone),
		cmocka_unit_test(too_few_and_too_many),
		cmocka_unit_test(flips),
		cmocka_unit_test(revocation),
		cmocka_unit_test(issuers_that_may_not_sign_lists),
		cmocka_unit_test(the_memory_of_lists),
		cmocka_unit_test(amd_revocation),
		cmocka_unit_test(lists_of_other_profiles),
		cmocka_unit_test(several_lists),
		cmocka_unit_test(unreadable_lists),
		cmocka_unit_test(lists_that_were_read_before),
	};

	vectors = argc > 1 ? argv[1] : "vectors";
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
