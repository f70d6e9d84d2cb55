/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dcap_vectors_test.c - every vector of one folder (vectors/tdx, vectors/sgx)
 * fails the rule that the index names, for the reason it names, and no other
 * rule. argv[1] is the folder; see dcap_vectors_gen.c for what is in it.
 */

#include <stdio.h>

#include "base/test.h"
#include "evidence/genuine.h"
#include "evidence/quote_judge.h"

static const char *folder = ".";
static struct buf index_text = BUF_INIT(LIMIT_JSON);
static struct json entries;

#define AT_S 1782864000u /* 2026-07-01 */

static void load(const char *name, struct buf *out)
{
	char path[4096];

	*out = (struct buf)BUF_INIT(1u << 20);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!read_file(path, out))
		fail_msg("%s cannot be read", path);
}

static void say_hex(struct json v, struct want_field *field, uint8_t *room)
{
	char text[256];
	size_t len;

	if (v.type == JSON_NONE)
		return;
	assert_true(json_text(v, text, sizeof text));
	assert_int_equal(hex_read(bytes_text(text), room, 128, &len, NULL), CLOISTER_OK);
	*field = (struct want_field){ WANT_EXACTLY, bytes_of(room, len) };
}

static void say_registers(struct json registers, struct cloister_policy *p)
{
	struct json_walk w = json_walk(registers);
	char name[64], hex[256];
	uint8_t value[128];
	struct json key, v;
	size_t len;

	while (json_next(&w, &key, &v)) {
		assert_true(json_text(key, name, sizeof name) && json_text(v, hex, sizeof hex));
		assert_int_equal(hex_read(bytes_text(hex), value, sizeof value, &len, NULL), CLOISTER_OK);
		assert_int_equal(policy_expect(p, 0, name, bytes_of(value, len), NULL), CLOISTER_OK);
	}
}

static void say_platform(struct json v, struct cloister_policy *p)
{
	char hex[256];
	size_t len;

	if (!json_text(v, hex, sizeof hex))
		return;
	assert_int_equal(hex_read(bytes_text(hex), p->platform[0].id, REGISTER_MAX, &len, NULL), CLOISTER_OK);
	p->platform[0].len = (uint8_t)len;
	p->platforms = WANT_EXACTLY;
	p->n_platforms = 1;
}

static struct cloister_policy policy_of(struct json e, uint8_t rooms[3][128])
{
	struct cloister_policy p = expect_anything();
	char words[512] = "";
	uint64_t n;

	p.allow_debug = json_get(e, "allow_debug").type == JSON_BOOL;
	p.dcap = (struct dcap_wants){ 0 };
	p.dcap.allow_service_td = json_get(e, "allow_service_td").type == JSON_BOOL;
	if (json_u64(json_get(e, "evaluation_min"), &n))
		p.dcap.evaluation_min = (uint32_t)n;
	if (json_text(json_get(e, "tolerate"), words, sizeof words))
		p.dcap.grace_s = json_u64(json_get(e, "grace"), &n) ? n : UINT64_MAX;
	char *save = NULL;
	for (char *word = strtok_r(words, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		unsigned s = 0;
		while (s < TCB_STATUS_COUNT && strcmp(tcb_status_name(s), word) != 0)
			s++;
		assert_true(s < TCB_STATUS_COUNT);
		p.dcap.tolerated |= 1u << s;
	}
	if (json_u64(json_get(e, "isv_svn_min"), &n))
		p.sgx.isv_svn = (struct want_least){ true, (uint32_t)n };
	if (json_u64(json_get(e, "config_svn_min"), &n))
		p.sgx.config_svn = (struct want_least){ true, (uint32_t)n };
	if (json_text(json_get(e, "issuer"), (char *)rooms[2], sizeof rooms[2]))
		p.issuer = (struct want_field){ WANT_EXACTLY, bytes_text((char *)rooms[2]) };
	say_hex(json_get(e, "nonce"), &p.nonce, rooms[0]);
	say_hex(json_get(e, "report_data"), &p.report_data, rooms[1]);
	say_registers(json_get(e, "registers"), &p);
	say_platform(json_get(e, "platform"), &p);
	return p;
}

static const char *const pieces[][2] = {
	{ "tcb_info", "tcb_info.json" }, { "qe_identity", "qe_identity.json" }, { "signer", "signer.pem" },
	{ "root_crl", "root.crl" },	 { "pck_crl", "pck.crl" },
};

static void hand_over(struct cloister_trust *t, const char *file)
{
	struct cloister_fault why;
	struct buf b;

	load(file, &b);
	if (b.len)
		WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
}

/* The good set, one piece of which is the vector itself, unless it comes beside it. */
static struct cloister_trust *trust_of(const char *as, const char *file, bool beside)
{
	struct cloister_trust *t;
	struct cloister_fault why;
	struct buf b;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	load("root.pem", &b);
	WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
	for (size_t i = 0; i < N_OF(pieces); i++) {
		bool is_it = strcmp(as, pieces[i][0]) == 0;
		if (is_it)
			hand_over(t, file);
		if (!is_it || beside)
			hand_over(t, pieces[i][1]);
	}
	return t;
}

/* Of an accepted vector: what its policy lets pass keeps the verdict from HIGH, and nothing else. */
static bool lowered_as_due(const struct cloister_verdict *v, struct json e)
{
	struct cloister_answer a;
	bool good = true;

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++) {
		bool due = (strcmp(a.id, "D24") == 0 && json_get(e, "tolerate").type != JSON_NONE) ||
			   (strcmp(a.id, "D28") == 0 && json_get(e, "allow_service_td").type != JSON_NONE) ||
			   (strcmp(a.id, "R15") == 0 && json_get(e, "allow_debug").type != JSON_NONE) ||
			   (strcmp(a.id, "R16") == 0 && a.is_waived) ||
			   (strcmp(a.id, "R16") == 0 && strcmp(v->kind, "tdx") == 0) ||
			   (strcmp(a.id, "R18") == 0 && json_get(e, "report_data").type == JSON_NONE &&
			    json_get(e, "nonce").type == JSON_NONE);
		if (a.lowers_level != due)
			print_error("%s lowers the level: %d\n", a.id, a.lowers_level);
		good &= a.lowers_level == due;
	}
	return good;
}

/* Until the quote is believed each step stands on those before: behind a failure nothing is looked at. */
static bool stops_there(const struct cloister_verdict *v)
{
	enum check first = verdict_first_failed(v);

	if (first < CHECK_QUOTE_SIZE || first > CHECK_QUOTE_SIGNATURE)
		return true;
	for (int c = (int)first + 1; c <= CHECK_TCB_STATUS; c++)
		if (!v->asked[c] || v->finding[c] != CLOISTER_UNCHECKED)
			return false;
	return v->n_claims == 0 && v->finding[CHECK_DEBUG] == CLOISTER_UNCHECKED && v->asked[CHECK_DEBUG] &&
	       v->asked[CHECK_MEASUREMENTS] && v->asked[CHECK_NONCE] && v->asked[CHECK_PLATFORM];
}

static void each_fails_its_rule(void **state)
{
	struct json_walk w = json_walk(entries);
	size_t n = 0, wrong = 0;
	struct json e;

	(void)state;
	for (; json_next(&w, NULL, &e); n++) {
		char file[128], as[32], fails[8] = "", says[128];
		uint8_t rooms[3][128];
		struct cloister_fault why;
		assert_true(json_text(json_get(e, "file"), file, sizeof file));
		assert_true(json_text(json_get(e, "as"), as, sizeof as));
		assert_true(json_text(json_get(e, "says"), says, sizeof says));
		(void)json_text(json_get(e, "fails"), fails, sizeof fails);
		struct cloister_trust *t = trust_of(as, file, json_get(e, "beside").type == JSON_BOOL);
		struct cloister_policy p = policy_of(e, rooms);
		struct cloister_verdict v = verdict_new("quote");
		struct judge j = { t, &p, NULL, AT_S };
		struct buf quote;
		load(strcmp(as, "quote") == 0 ? file : "good.bin", &quote);
		WANT_OK(expect_ready(&p, &why), &why);
		/* Straight to the judge, since some do not even look like quotes. */
		verdict_held(&v, CHECK_KIND, "%s", "");
		WANT_OK(quote_judge(&j, buf_bytes(&quote), &v, &why), &why);
		verdict_seal(&v);
		enum check first = verdict_first_failed(&v);
		size_t failed = 0;
		for (int c = 0; c < CHECK_COUNT; c++)
			failed += v.finding[c] == CLOISTER_FAILED;
		bool good = fails[0] ? failed == 1 && strcmp(check_id(first), fails) == 0 &&
					       strstr(v.reason[first], says) && stops_there(&v) &&
					       !cloister_verdict_accepts(&v) :
				       cloister_verdict_accepts(&v) &&
					       cloister_verdict_level(&v) == CLOISTER_LEVEL_LOW &&
					       lowered_as_due(&v, e);
		if (!good)
			print_error("%s: %zu failed, first %s (%s): %s; due %s: %s\n", file, failed,
				    check_id(first), check_word(first),
				    first < CHECK_COUNT ? v.reason[first] : "", fails, says);
		wrong += !good;
		buf_fini(&quote);
		cloister_trust_free(t);
	}
	print_message("%zu vectors\n", n);
	assert_true(n > 50);
	assert_int_equal(wrong, 0);
}

static int open_index(void **state)
{
	(void)state;
	load("index.json", &index_text);
	return json_read(buf_bytes(&index_text), &entries, NULL) == CLOISTER_OK ? 0 : -1;
}

static int close_index(void **state)
{
	(void)state;
	buf_fini(&index_text);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fails_its_rule),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, open_index, close_index);
}
