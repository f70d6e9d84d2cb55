/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors_test.c - every document of vectors/nitro fails the rule that the index
 * names, for the reason it names, and no other rule. argv[1] is that folder.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "evidence/forge.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *folder = ".";
static struct buf index_text = BUF_INIT(LIMIT_JSON);
static struct json entries;
static struct cloister_trust *trust;
static uint8_t root_sha256[SHA256_LEN];

/* What a good document says; an entry may expect something else. */
#define NONCE "4e01020300000000000000000000000000000000000000000000000000000000"
#define USER_DATA "757365722064617461"
#define PUBLIC_KEY "5001020304"

/* A field's expectation; `room` keeps its bytes. */
static struct want_field field(struct json v, const char *standard, uint8_t room[static 64])
{
	char text[256];
	size_t len;

	if (v.type == JSON_NONE)
		snprintf(text, sizeof text, "%s", standard);
	else
		assert_true(json_text(v, text, sizeof text));
	if (strcmp(text, "any") == 0)
		return (struct want_field){ .want = WANT_ANY };
	assert_int_equal(hex_read(bytes_text(text), room, 64, &len, NULL), CLOISTER_OK);
	return (struct want_field){ WANT_EXACTLY, { room, len } };
}

static void expect_pcrs(struct cloister_policy *e, struct json pcrs)
{
	struct json key, value;
	uint8_t pcr[48];
	char text[128];
	size_t len;

	if (json_is(pcrs, "any")) {
		e->measurements = WANT_ANY;
		return;
	}
	for (unsigned i = 0; pcrs.type == JSON_NONE && i <= 2; i++) {
		for (unsigned k = 0; k < sizeof pcr; k++)
			pcr[k] = (uint8_t)(0x10 * (i + 1) + k % 16);
		assert_int_equal(policy_expect_pcr(e, i, BYTES_OF(pcr), NULL), CLOISTER_OK);
	}
	struct json_walk w = json_walk(pcrs);
	while (pcrs.type == JSON_OBJECT && json_next(&w, &key, &value)) {
		assert_true(json_text(value, text, sizeof text));
		assert_int_equal(hex_read(bytes_text(text), pcr, sizeof pcr, &len, NULL), CLOISTER_OK);
		assert_int_equal(policy_expect_pcr(e, json_is(key, "16") ? 16 : 0,
						     bytes_of(pcr, len), NULL),
				 CLOISTER_OK);
	}
}

/* What was said, in `said` when it is not NULL, before the document goes away. */
static struct cloister_verdict judge(struct json entry, void print(const struct cloister_verdict *v, struct buf *out),
				     struct buf *said)
{
	uint8_t rooms[4][64], platform[64];
	size_t len;
	struct cloister_policy e = { .report_data.want = WANT_ANY, .issuer.want = WANT_ANY, .platforms = WANT_ANY,
		.max_age_s = 300 };
	struct cloister_verdict v;
	struct buf doc = BUF_INIT(1u << 20);
	char name[128], path[4096];
	uint64_t at_s = FORGE_AT_S;

	e.nonce = field(json_get(entry, "nonce"), NONCE, rooms[0]);
	e.user_data = field(json_get(entry, "user_data"), USER_DATA, rooms[1]);
	e.public_key = field(json_get(entry, "public_key"), PUBLIC_KEY, rooms[2]);
	if (json_text(json_get(entry, "issuer"), (char *)e.room[4], sizeof e.room[4]))
		e.issuer = (struct want_field){ WANT_EXACTLY, bytes_text((char *)e.room[4]) };
	e.report_data = field(json_get(entry, "report_data"), "any", rooms[3]);
	if (json_text(json_get(entry, "platform"), name, sizeof name)) {
		assert_int_equal(hex_read(bytes_text(name), platform, sizeof platform, &len, NULL), 0);
		memcpy(e.platform[0].id, platform, len);
		e.platform[0].len = (uint8_t)len;
		e.n_platforms = 1;
		e.platforms = WANT_EXACTLY;
	}
	expect_pcrs(&e, json_get(entry, "pcrs"));
	(void)json_bool(json_get(entry, "allow_debug"), &e.allow_debug);
	(void)json_u64(json_get(entry, "at"), &at_s);
	assert_true(json_text(json_get(entry, "file"), name, sizeof name));
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_true(read_file(path, &doc));
	assert_int_equal(evidence_verify(trust, &e, buf_bytes(&doc), at_s, &v, NULL), CLOISTER_OK);
	if (said)
		print(&v, said);
	/* The claims are loans from a document that goes away here; how many there were is looked at. */
	memset(v.claims, 0, sizeof v.claims);
	verdict_fini(&v);
	buf_fini(&doc);
	return v;
}

static void assert_only(const struct cloister_verdict *v, const char *rule, const char *says)
{
	int failed = CHECK_COUNT;

	for (int c = CHECK_COUNT; c-- > 0;)
		if (v->finding[c] == CLOISTER_FAILED) {
			print_message("    %s %s: %s\n", check_id((enum check)c),
				      check_word((enum check)c), v->reason[c]);
			assert_string_equal(check_id((enum check)c), rule);
			assert_non_null(strstr(v->reason[c], says));
			failed = c;
		}
	assert_int_not_equal(failed, CHECK_COUNT);
	assert_false(cloister_verdict_accepts(v));
	assert_int_equal(cloister_verdict_level(v), CLOISTER_LEVEL_NONE);
	bool parsed = failed > CHECK_SIGNATURE;
	assert_int_equal(v->n_claims > 0, parsed);
	for (int c = 0; c < CHECK_COUNT; c++) {
		bool waived = v->waived[c];
		if (!v->asked[c])
			continue;
		if (c != failed && (c < failed || parsed) && !waived)
			assert_int_equal(v->finding[c], CLOISTER_HELD);
		if (c > failed && !parsed)
			assert_int_equal(v->finding[c], CLOISTER_UNCHECKED);
	}
}

/* Everything that a good document claims; the root's digest, which differs with each making, between. */
static const char *const claimed[] = {
	  "module_id \"i-0123456789abcdef0-enc0123456789abcdef\"\n"
	  "timestamp at 1790000000\n"
	  "timestamp_ms 1790000000001\n"
	  "measurement 101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f\n"
	  "pcr0 101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f\n"
	  "pcr1 202122232425262728292a2b2c2d2e2f202122232425262728292a2b2c2d2e2f202122232425262728292a2b2c2d2e2f\n"
	  "pcr2 303132333435363738393a3b3c3d3e3f303132333435363738393a3b3c3d3e3f303132333435363738393a3b3c3d3e3f\n"
	  "pcr3 48 x 00\n"
	  "pcr4 d6432900ac1c343cb40286898792c55e962aef0cc35c4910c0c286145b51af19e782cb21cc31a042671d7dfbd398251c\n"
	  "pcr5 48 x 00\n"
	  "pcr6 48 x 00\n"
	  "pcr7 48 x 00\n"
	  "pcr8 48 x 00\n"
	  "pcr9 48 x 00\n"
	  "pcr10 48 x 00\n"
	  "pcr11 48 x 00\n"
	  "pcr12 48 x 00\n"
	  "pcr13 48 x 00\n"
	  "pcr14 48 x 00\n"
	  "pcr15 48 x 00\n"
	  "nonce 4e01020300000000000000000000000000000000000000000000000000000000\n"
	  "user_data 757365722064617461\n"
	  "public_key 5001020304\n"
	  "debug false\n"
	  "platform_id \"i-0123456789abcdef0-enc0123456789abcdef\"\n"
	  "root \"caller-root\"\n"
	  "root_sha256 ",
	  "\n"
	  "valid_from at 1789948800\n"
	  "valid_until at 1790035199\n"
};

/* Of others some lines that stand together. */
static const struct {
	const char *file, *says;
	bool is_claim;
} lines[] = {
	{ "ok-32-pcrs.cose",
	  "pcr15 48 x 00\n"
	  "pcr16 48 x 00\n"
	  "pcr17 48 x 00\n"
	  "pcr18 48 x 00\n"
	  "pcr19 48 x 00\n"
	  "pcr20 48 x 00\n"
	  "pcr21 48 x 00\n"
	  "pcr22 48 x 00\n"
	  "pcr23 48 x 00\n"
	  "pcr24 48 x 00\n"
	  "pcr25 48 x 00\n"
	  "pcr26 48 x 00\n"
	  "pcr27 48 x 00\n"
	  "pcr28 48 x 00\n"
	  "pcr29 48 x 00\n"
	  "pcr30 48 x 00\n"
	  "pcr31 48 x 00\n"
	  "nonce 4e01020300000000000000000000000000000000000000000000000000000000\n",
	  true },
	{ "ok-absent.cose", "pcr15 48 x 00\ndebug false\n", true },
	{ "ok-debug-allowed.cose", "public_key 5001020304\ndebug true\n", true },
	{ "ok-empty-user-data.cose", "user_data \npublic_key 5001020304\n", true },
	{ "ok.cose", "K1 held: nitro\nR1 held: ", false },
	{ "ok.cose", " bytes\nR2 held: \nR3 held: ES384\nR4 held: ", false },
	{ "ok.cose",
	  " bytes\nR5 held: \nR6 held: a root given by the caller\nR7 held: 4 certificates\n"
	  "R8 held: \nR9 held: \nR10 held: for another 35199 s\nR11 held: \nR12 held: \n"
	  "R13 held: made 0 s before the chosen time\nR14 held: 0 s old\nR15 held: \n"
	  "R16 held: 3 registers compared\nR17 held: \nR18 held: 32 bytes compared\n"
	  "R19 held: 9 bytes compared\nR20 held: 5 bytes compared\n"
	  "R22 waived: any machine is accepted by the caller\n", false },
};

/* What is printed of the verdict on a file of the index. */
static void print_verdict(const char *file, void print(const struct cloister_verdict *v, struct buf *out),
			  struct buf *said)
{
	struct json_walk w = json_walk(entries);
	struct json entry;

	*said = (struct buf)BUF_INIT(1u << 15);
	while (json_next(&w, NULL, &entry) && !json_is(json_get(entry, "file"), file))
		;
	(void)judge(entry, print, said);
}

static void all_that_is_claimed(void **state)
{
	struct buf said, due = BUF_INIT(1u << 15);
	char hex[2 * SHA256_LEN + 1];

	(void)state;
	hex_write(BYTES_OF(root_sha256), hex);
	buf_print(&due, "%s%s%s", claimed[0], hex, claimed[1]);
	print_verdict("ok.cose", claims_print, &said);
	assert_string_equal(buf_string(&said), buf_string(&due));
	buf_fini(&said);
	buf_fini(&due);
}

static void lines_of_others(void **state)
{
	struct buf said;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		print_verdict(lines[i].file, lines[i].is_claim ? claims_print : answers_print, &said);
		if (!strstr(buf_string(&said), lines[i].says)) {
			print_error("%s says\n%s", lines[i].file, buf_string(&said));
			_fail(__FILE__, __LINE__);
		}
		buf_fini(&said);
	}
}

/* Whatever fails, the same is asked, once it is known what it is. */
static void assert_asked(const struct cloister_verdict *v)
{
	for (int c = CHECK_SIZE; c <= CHECK_PUBLIC_KEY; c++)
		if (c <= CHECK_SIGNATURE || c >= CHECK_TIMESTAMP)
			assert_int_equal(v->asked[c], v->finding[CHECK_KIND] == CLOISTER_HELD);
}

static void each_fails_its_rule_only(void **state)
{
	struct json_walk w = json_walk(entries);
	struct json entry;
	size_t n = 0;

	(void)state;
	for (; json_next(&w, NULL, &entry); n++) {
		char file[128], rule[8] = "", says[128];
		assert_true(json_text(json_get(entry, "file"), file, sizeof file));
		assert_true(json_text(json_get(entry, "says"), says, sizeof says));
		bool accepted = !json_text(json_get(entry, "fails"), rule, sizeof rule);
		print_message("%s\n", file);
		struct cloister_verdict v = judge(entry, NULL, NULL);
		assert_asked(&v);
		if (!accepted) {
			assert_only(&v, rule, says);
			continue;
		}
		assert_int_equal(verdict_first_failed(&v), CHECK_COUNT);
		assert_true(cloister_verdict_accepts(&v));
		/* A root that the caller gave is worth little, whatever else is right. */
		assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
		assert_false(v.root_is_builtin);
	}
	assert_true(n > 100);
}

static bool of_nitro(int c)
{
	return c <= CHECK_SIGNATURE || (c >= CHECK_TIMESTAMP && c <= CHECK_PLATFORM);
}

static void every_rule_has_a_vector(void **state)
{
	(void)state;
	for (int c = 0; c < CHECK_COUNT; c++) {
		if (!of_nitro(c))
			continue;
		struct json_walk w = json_walk(entries);
		struct json entry;
		bool found = false;
		while (!found && json_next(&w, NULL, &entry))
			found = json_is(json_get(entry, "fails"),
					check_id((enum check)c));
		assert_true(found);
	}
}

static int load(void **state)
{
	char path[4096];
	struct buf root = BUF_INIT(1u << 16);

	(void)state;
	snprintf(path, sizeof path, "%s/index.json", folder);
	if (!read_file(path, &index_text) ||
	    json_read(buf_bytes(&index_text), &entries, NULL) != CLOISTER_OK)
		return -1;
	snprintf(path, sizeof path, "%s/root.der", folder);
	if (!read_file(path, &root) || cloister_trust_new(&trust, NULL) != CLOISTER_OK)
		return -1;
	enum cloister_err err = hash_sha256(buf_bytes(&root), root_sha256, NULL);
	if (err == CLOISTER_OK)
		err = cloister_trust_add_root(trust, lend(buf_bytes(&root)), NULL);
	buf_fini(&root);
	return err == CLOISTER_OK ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	cloister_trust_free(trust);
	buf_fini(&index_text);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_claimed),
		cmocka_unit_test(lines_of_others),
		cmocka_unit_test(each_fails_its_rule_only),
		cmocka_unit_test(every_rule_has_a_vector),
	};

	if (argc > 1)
		folder = argv[1];
	return cmocka_run_group_tests(tests, load, unload);
}
