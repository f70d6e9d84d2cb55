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
#include "evidence/forge.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#include <cmocka.h> /* last: it has a macro named fail */

static const char *folder = ".";
static struct buf index_text = BUF_INIT(LIMIT_JSON);
static struct json entries;
static struct cloister_trust *trust;

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

static struct cloister_verdict judge(struct json entry)
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
		struct cloister_verdict v = judge(entry);
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
	enum cloister_err err = cloister_trust_add_root(trust, lend(buf_bytes(&root)), NULL);
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
		cmocka_unit_test(each_fails_its_rule_only),
		cmocka_unit_test(every_rule_has_a_vector),
	};

	if (argc > 1)
		folder = argv[1];
	return cmocka_run_group_tests(tests, load, unload);
}
