/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_test.c - each token of our own fails its rule and no other; what a caller
 * expects of a token is compared; genuine and synthetic ones of Trust Authority
 * get the verdict that their index gives.
 */

#include "base/test.h"

#include <dirent.h>
#include <stdio.h>

#include "codec/json.h"
#include "codec/jwt.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#define AT_S 1790000000u
#define ISSUER "https://issuer.example"
#define HEX16 "00112233445566778899aabbccddeeff"

static const char *own, *genuine;
static unsigned step; /* of the flips */
static struct buf index_text = BUF_INIT(LIMIT_JSON);
static struct json entries;

static void load(struct buf *out, const char *dir, const char *name, const char *suffix)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s%s", dir, name, suffix);
	*out = (struct buf)BUF_INIT(1u << 20);
	if (!read_file(path, out))
		fail_msg("%s cannot be read", path);
}

/* With our root and one key set, or with a root and a set of somebody else's. */
static struct cloister_trust *trust_with(const char *dir, const char *root, const char *jwks)
{
	struct cloister_fault why = { 0 };
	struct cloister_trust *t;
	struct buf b;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	load(&b, dir, root, "");
	WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
	if (strcmp(jwks, "none.json") == 0)
		return t;
	load(&b, dir, jwks, "");
	WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
	return t;
}

static void expect_hex(struct want_field *f, const char *hex, uint8_t *room, size_t size)
{
	size_t len;

	assert_int_equal(hex_read(bytes_text(hex), room, size, &len, NULL), CLOISTER_OK);
	*f = (struct want_field){ WANT_EXACTLY, bytes_of(room, len) };
}

/* What a good token of ours says, in full. */
static struct cloister_policy usual(void)
{
	static uint8_t mrtd[48];
	struct cloister_policy p = expect_anything();
	size_t len;

	p.allow_debug = false;
	p.max_age_s = 300;
	p.issuer = (struct want_field){ WANT_EXACTLY, bytes_text(ISSUER) };
	p.nonce = (struct want_field){ WANT_EXACTLY, bytes_text("nonce of the verifier") };
	p.user_data = (struct want_field){ WANT_EXACTLY, bytes_text("held data") };
	assert_int_equal(hex_read(bytes_text(HEX16 HEX16 HEX16), mrtd, sizeof mrtd, &len, NULL), CLOISTER_OK);
	p.measurements = WANT_EXACTLY;
	assert_int_equal(policy_expect(&p, 0, "measurement", bytes_of(mrtd, 48), NULL), CLOISTER_OK);
	assert_int_equal(policy_expect(&p, 1, "measurement", bytes_of(mrtd, 32), NULL), CLOISTER_OK);
	return p;
}

static struct cloister_policy policy_of(struct json e, uint8_t rooms[2][64])
{
	struct cloister_policy p = usual();
	struct want_field *fields[] = { &p.nonce, &p.user_data };
	static const char *const names[] = { "nonce", "user_data" };
	char text[128];
	uint64_t n;

	for (size_t i = 0; i < 2; i++) {
		struct json f = json_get(e, names[i]);
		if (json_is(f, "any"))
			fields[i]->want = WANT_ANY;
		else if (json_text(f, text, sizeof text))
			expect_hex(fields[i], text, rooms[i], 64);
	}
	if (json_is(json_get(e, "issuer"), "any"))
		p.issuer.want = WANT_ANY;
	if (json_u64(json_get(e, "tolerated"), &n))
		p.dcap.tolerated = (uint32_t)n;
	(void)json_u64(json_get(e, "grace"), &p.dcap.grace_s);
	(void)json_bool(json_get(e, "allow_debug"), &p.allow_debug);
	(void)json_bool(json_get(e, "allow_service_td"), &p.dcap.allow_service_td);
	return p;
}

static struct cloister_verdict judge_file(const char *dir, const char *file, struct cloister_trust *t,
					  const struct cloister_policy *p, uint64_t at_s)
{
	struct cloister_verdict v;
	struct cloister_fault why = { 0 };
	struct buf token;

	load(&token, dir, file, "");
	WANT_OK(evidence_verify(t, p, buf_bytes(&token), at_s, &v, &why), &why);
	assert_string_equal(v.kind, "token");
	buf_fini(&token);
	return v;
}

/* Exactly `rule` failed, what is before it held, and claims are there only when somebody speaks. */
static void assert_only(const struct cloister_verdict *v, const char *rule, const char *says)
{
	int failed = -1;

	for (int c = 0; c < CHECK_COUNT; c++) {
		if (v->finding[c] == CLOISTER_FAILED) {
			if (strcmp(check_id((enum check)c), rule) != 0 || !strstr(v->reason[c], says))
				fail_msg("%s %s", check_id((enum check)c), v->reason[c]);
			assert_int_equal(failed, -1);
			failed = c;
		}
		if (failed < 0 && v->asked[c] && !v->waived[c])
			assert_int_equal(v->finding[c], CLOISTER_HELD);
	}
	assert_int_not_equal(failed, -1);
	assert_false(cloister_verdict_accepts(v));
	assert_int_equal(v->n_claims > 0, failed > CHECK_TOKEN_CLAIMS);
	/* whatever comes behind is asked all the same, and nothing is said about it before somebody speaks */
	for (int c = CHECK_TOKEN_FORM; c <= CHECK_REPORT_DATA; c++) {
		bool is_tokens = c <= CHECK_TOKEN_BINDING || (c >= CHECK_TIMESTAMP && c <= CHECK_MEASUREMENTS) ||
				 (c >= CHECK_NONCE && c <= CHECK_REPORT_DATA);
		if (is_tokens)
			assert_true(v->asked[c]);
		if (is_tokens && failed < CHECK_TOKEN_SIGNATURE && c > failed)
			assert_int_equal(v->finding[c], CLOISTER_UNCHECKED);
	}
}

static void each_fails_its_rule_only(void **state)
{
	struct json e;
	size_t n = 0;
	(void)state;

	for (struct json_walk w = json_walk(entries); json_next(&w, NULL, &e); n++) {
		char file[128], rule[8] = "", says[128], set[64] = "jwks";
		uint8_t rooms[2][64];
		struct cloister_policy p = policy_of(e, rooms);
		assert_true(json_text(json_get(e, "file"), file, sizeof file));
		assert_true(json_text(json_get(e, "says"), says, sizeof says));
		(void)json_text(json_get(e, "jwks"), set, sizeof set - 6);
		bool accepted = !json_text(json_get(e, "fails"), rule, sizeof rule);
		strncat(set, ".json", 6);
		print_message("%s\n", file);
		struct cloister_trust *t = trust_with(own, "root.der", set);
		struct cloister_verdict v = judge_file(own, file, t, &p, AT_S);
		if (accepted) {
			enum check c = verdict_first_failed(&v);
			if (c != CHECK_COUNT)
				fail_msg("%s: %s", check_id(c), v.reason[c]);
			assert_true(cloister_verdict_accepts(&v));
			assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW);
		} else {
			assert_only(&v, rule, says);
		}
		verdict_fini(&v);
		cloister_trust_free(t);
	}
	assert_true(n > 50);
}

static void every_rule_has_a_vector(void **state)
{
	(void)state;
	for (int c = CHECK_TOKEN_FORM; c <= CHECK_TOKEN_BINDING; c++) {
		struct json_walk w = json_walk(entries);
		struct json e;
		bool found = false;
		while (!found && json_next(&w, NULL, &e))
			found = json_is(json_get(e, "fails"), check_id((enum check)c));
		assert_true(found);
	}
}

static bool claims_text(const struct cloister_verdict *v, const char *name, const char *text)
{
	const struct claim *c = verdict_claim(v, name);

	return c && bytes_are(claim_bytes(v, c), text);
}

static void claims_are_mapped(void **state)
{
	struct cloister_trust *t = trust_with(own, "root.der", "jwks.json");
	struct cloister_policy p = usual();
	struct cloister_verdict v = judge_file(own, "ok.jwt", t, &p, AT_S);
	static const struct {
		const char *name, *text;
	} texts[] = { { "issuer", ISSUER },
		      { "tee", "tdx" },
		      { "tcb_status", "UpToDate" },
		      { "advisories", "TEST-SA-00001,TEST-SA-00002" },
		      { "nonce", "nonce of the verifier" },
		      { "user_data", "held data" } };
	struct buf root;
	uint8_t sha256[SHA256_LEN];
	static const char *const registers[] = { "measurement", "mrtd", "rtmr0", "rtmr3", "mrconfigid" };
	static const struct {
		const char *name;
		uint64_t at_s;
	} times[] = { { "timestamp", AT_S }, { "expires", AT_S + 300 }, { "tcb_date", 1777593600 },
		      { "valid_from", 1767225600 }, { "valid_until", 1830297600 } };
	(void)state;

	for (size_t i = 0; i < N_OF(texts); i++) {
		const struct claim *c = verdict_claim(&v, texts[i].name);
		assert_non_null(c);
		assert_true(bytes_are(claim_bytes(&v, c), texts[i].text));
	}
	for (size_t i = 0; i < N_OF(registers); i++)
		assert_int_equal(claim_bytes(&v, verdict_claim(&v, registers[i])).len, 48);
	assert_int_equal(claim_bytes(&v, verdict_claim(&v, "report_data")).len, 64);
	assert_int_equal(verdict_claim(&v, "debug")->number, 0);
	for (size_t i = 0; i < N_OF(times); i++) {
		assert_non_null(verdict_claim(&v, times[i].name));
		assert_int_equal(verdict_claim(&v, times[i].name)->number, times[i].at_s);
	}
	assert_true(claims_text(&v, "root", "caller-root"));
	load(&root, own, "root.der", "");
	WANT_OK(hash_sha256(buf_bytes(&root), sha256, NULL), &(struct cloister_fault){ 0 });
	assert_true(bytes_equal(claim_bytes(&v, verdict_claim(&v, "root_sha256")), BYTES_OF(sha256)));
	assert_null(verdict_claim(&v, "isv_prod_id"));
	assert_true(v.asked[CHECK_TD_SERVICE]);
	assert_string_equal(v.reason[CHECK_TOKEN_CLAIMS], "TDX");
	assert_string_equal(v.reason[CHECK_TOKEN_PATH], "for another 40297600 s");
	verdict_fini(&v);
	buf_fini(&root);
	v = judge_file(own, "ok-sgx.jwt", t, &p, AT_S);
	assert_true(claims_text(&v, "tee", "sgx"));
	assert_int_equal(verdict_claim(&v, "isv_svn")->number, 3);
	assert_false(v.asked[CHECK_TD_SERVICE]);
	assert_string_equal(v.reason[CHECK_TOKEN_CLAIMS], "SGX");
	assert_int_equal(claim_bytes(&v, verdict_claim(&v, "mrenclave")).len, 32);
	assert_true(bytes_equal(claim_bytes(&v, verdict_claim(&v, "isv_prod_id")), bytes_of("\7\0", 2)));
	verdict_fini(&v);
	cloister_trust_free(t);
}

/* What a token does not have is no claim; what is large is whole. */
static void claims_are_those_of_the_token(void **state)
{
	struct cloister_trust *t = trust_with(own, "root.der", "jwks.json");
	struct cloister_policy p = usual();
	(void)state;

	p.dcap.tolerated = 1u << TCB_OUT_OF_DATE;
	p.dcap.grace_s = UINT64_MAX;
	p.nonce.want = p.user_data.want = WANT_ANY;
	struct cloister_verdict v = judge_file(own, "ok-no-nonce.jwt", t, &p, AT_S);
	assert_null(verdict_claim(&v, "nonce"));
	assert_null(verdict_claim(&v, "user_data"));
	verdict_fini(&v);
	v = judge_file(own, "ok-dateless.jwt", t, &p, AT_S);
	assert_null(verdict_claim(&v, "tcb_date"));
	assert_true(claims_text(&v, "tcb_status", "OutOfDate"));
	verdict_fini(&v);
	v = judge_file(own, "ok-no-advisories.jwt", t, &p, AT_S);
	assert_true(claims_text(&v, "advisories", ""));
	verdict_fini(&v);
	v = judge_file(own, "ok-advisories-64.jwt", t, &p, AT_S);
	assert_int_equal(claim_bytes(&v, verdict_claim(&v, "advisories")).len, 64 * 32 - 1);
	verdict_fini(&v);
	v = judge_file(own, "ok-sgx-most.jwt", t, &p, AT_S);
	assert_true(bytes_equal(claim_bytes(&v, verdict_claim(&v, "isv_prod_id")), bytes_of("\xff\xff", 2)));
	assert_int_equal(verdict_claim(&v, "isv_svn")->number, 65535);
	verdict_fini(&v);
	cloister_trust_free(t);
}

/* The key may be in any of the caller's sets; one that cannot be read is not passed over. */
static void sets_are_searched_in_turn(void **state)
{
	static const char *const other[] = { "{\"keys\":[{\"kid\":\"another\",\"kty\":\"EC\"}]}",
					     "{\"keys\":[{\"kid\":\"test-key-1\",\"kty\":\"EC\"}]}" };
	struct cloister_policy p = usual();
	(void)state;

	for (int i = 0; i < 4; i++) {
		struct cloister_trust *t = trust_with(own, "root.der", i & 1 ? "jwks.json" : "none.json");
		struct buf set;
		WANT_OK(cloister_trust_add_collateral(t, lend(bytes_text(other[i / 2])), NULL), &(struct cloister_fault){ 0 });
		load(&set, own, "jwks.json", "");
		if (!(i & 1))
			WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&set)), NULL), &(struct cloister_fault){ 0 });
		struct cloister_verdict v = judge_file(own, "ok.jwt", t, &p, AT_S);
		assert_int_equal(verdict_first_failed(&v), i == 2 ? CHECK_TOKEN_KEY : CHECK_COUNT);
		verdict_fini(&v);
		buf_fini(&set);
		cloister_trust_free(t);
	}
}

/* The common checks, by what the caller expects of one good token. */
static void expectations_are_compared(void **state)
{
	struct cloister_trust *t = trust_with(own, "root.der", "jwks.json");
	uint8_t other[64] = { 1 };
	(void)state;

	for (int i = 0; i < 9; i++) {
		struct cloister_policy p = usual();
		uint64_t at_s = AT_S;
		enum check due = CHECK_COUNT;
		switch (i) {
		case 0:
			p.nonce.value = bytes_text("nonce of the verifies");
			due = CHECK_NONCE;
			break;
		case 1:
			p.nonce.value = bytes_text("nonce of the verifie");
			due = CHECK_NONCE;
			break;
		case 2:
			p.user_data.value = bytes_text("held date");
			due = CHECK_USER_DATA;
			break;
		case 3:
			p.report_data = (struct want_field){ WANT_EXACTLY, BYTES_OF(other) };
			due = CHECK_REPORT_DATA;
			break;
		case 4:
			p.expected[0].value[47] ^= 1;
			due = CHECK_MEASUREMENTS;
			break;
		case 5:
			p.max_age_s = 10;
			at_s += 11;
			due = CHECK_AGE;
			break;
		case 6:
			p.public_key = (struct want_field){ WANT_EXACTLY, BYTES_OF(other) };
			due = CHECK_PUBLIC_KEY;
			break;
		case 7:
			p.platforms = WANT_EXACTLY;
			p.n_platforms = 1;
			p.platform[0].len = 16;
			due = CHECK_PLATFORM;
			break;
		case 8:
			at_s += 300;
			due = CHECK_TOKEN_DATES;
			break;
		}
		struct cloister_verdict v = judge_file(own, "ok.jwt", t, &p, at_s);
		print_message("%s: %s\n", check_word(due), v.reason[due]);
		assert_int_equal(verdict_first_failed(&v), due);
		assert_false(cloister_verdict_accepts(&v));
		verdict_fini(&v);
	}
	struct cloister_policy p = usual();
	struct cloister_verdict v = judge_file(own, "ok-debug-allowed.jwt", t, &p, AT_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_DEBUG);
	verdict_fini(&v);
	p.kinds = 1u << KIND_NITRO;
	v = judge_file(own, "ok.jwt", t, &p, AT_S);
	assert_int_equal(verdict_first_failed(&v), CHECK_KIND);
	verdict_fini(&v);
	cloister_trust_free(t);
}

static bool accepts(struct cloister_trust *t, struct bytes token)
{
	struct cloister_policy p = usual();
	struct cloister_verdict v;
	struct cloister_fault why;

	WANT_OK(evidence_verify(t, &p, token, AT_S, &v, &why), &why);
	bool yes = cloister_verdict_accepts(&v);
	if (!yes)
		assert_int_equal(v.n_claims, 0);
	verdict_fini(&v);
	return yes;
}

/* Every prefix, and flipped bits, of a token that is accepted. Every byte of it is signed or the signature. */
static void prefixes_and_flips(void **state)
{
	struct cloister_trust *t = trust_with(own, "root.der", "jwks.json");
	struct buf b;
	(void)state;

	load(&b, own, "ok.jwt", "");
	assert_true(accepts(t, buf_bytes(&b)));
	for (size_t n = 0; n < b.len; n++) {
		uint8_t *cut = malloc(n ? n : 1);
		memcpy(cut, b.data, n);
		assert_false(accepts(t, bytes_of(cut, n)));
		free(cut);
	}
	for (size_t bit = 0; bit < 8 * b.len; bit += step) {
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_false(accepts(t, buf_bytes(&b)));
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	buf_fini(&b);
	cloister_trust_free(t);
}

/* A line end behind the token is the file's, not the token's. */
static void a_line_end_is_forgiven(void **state)
{
	struct cloister_trust *t = trust_with(own, "root.der", "jwks.json");
	struct buf b;
	(void)state;

	load(&b, own, "ok.jwt", "");
	buf_text(&b, "\r\n");
	assert_true(accepts(t, buf_bytes(&b)));
	buf_text(&b, "\n");
	assert_true(accepts(t, buf_bytes(&b)));
	buf_text(&b, "x");
	assert_false(accepts(t, buf_bytes(&b)));
	buf_fini(&b);
	cloister_trust_free(t);
}

/* ---- Trust Authority's own ----------------------------------------------------- */

static void synthetic_ones_have_their_verdict(void **state)
{
	struct buf text;
	struct json root, key, e;
	char dir[4096], path[8192];
	(void)state;

	snprintf(dir, sizeof dir, "%s/synthetic", genuine);
	snprintf(path, sizeof path, "%s/expected.json", dir);
	text = (struct buf)BUF_INIT(1u << 20);
	if (!read_file(path, &text)) {
		print_message("no Trust Authority tokens beside the checkout: skipped\n");
		skip();
	}
	struct cloister_trust *t = trust_with(dir, "root.pem", "jwks.json");
	assert_int_equal(json_read(buf_bytes(&text), &root, NULL), CLOISTER_OK);
	for (struct json_walk w = json_walk(root); json_next(&w, &key, &e);) {
		char name[128], file[140];
		uint64_t at_s = 0;
		assert_true(json_text(key, name, sizeof name));
		assert_true(json_u64(json_get(e, "verify_at"), &at_s));
		snprintf(file, sizeof file, "%s.jwt", name);
		struct cloister_policy p = expect_anything();
		p.issuer = (struct want_field){ WANT_EXACTLY, bytes_text("https://portal.trustauthority.intel.com") };
		struct cloister_verdict v = judge_file(dir, file, t, &p, at_s);
		enum check c = verdict_first_failed(&v);
		print_message("%s: %s %s\n", name, c == CHECK_COUNT ? "accepted" : check_id(c),
			      c == CHECK_COUNT ? "" : v.reason[c]);
		assert_int_equal(cloister_verdict_accepts(&v), json_is(json_get(e, "expect"), "accept"));
		if (json_is(json_get(e, "expect"), "policy")) /* well signed, and yet refused */
			assert_true(c > CHECK_TOKEN_SIGNATURE);
		verdict_fini(&v);
	}
	cloister_trust_free(t);

	/* under another root the good one is nothing */
	t = trust_with(dir, "other_root.pem", "jwks.json");
	struct cloister_policy p = expect_anything();
	struct json_walk w = json_walk(root);
	while (json_next(&w, &key, &e)) {
		char name[128], file[140];
		assert_true(json_text(key, name, sizeof name));
		snprintf(file, sizeof file, "%s.jwt", name);
		struct cloister_verdict v = judge_file(dir, file, t, &p, 1800000060);
		assert_false(cloister_verdict_accepts(&v));
		verdict_fini(&v);
	}
	cloister_trust_free(t);
	buf_fini(&text);
}

/* A trust with one key set whose key bears `kid`, and the root of that key's certificates. */
static struct cloister_trust *trust_renamed(struct bytes jwks, const char *kid)
{
	struct buf renamed = BUF_INIT(1u << 20);
	struct cloister_fault why = { 0 };
	struct json set, key = { 0 }, old;
	struct cloister_trust *t;
	uint8_t der[LIMIT_JWK_CERT];
	struct jwk k;
	size_t len;

	WANT_OK(json_read(jwks, &set, &why), &why);
	struct json_walk w = json_walk(json_get(set, "keys"));
	assert_true(json_next(&w, NULL, &key));
	WANT_OK(jwk_read(key, &k, &why), &why);
	WANT_OK(jwk_cert(&k, k.n_x5c - 1, der, sizeof der, &len, &why), &why);
	old = json_get(key, "kid");
	buf_put(&renamed, jwks.data, (size_t)(old.text.data - jwks.data));
	buf_print(&renamed, "\"%s\"", kid);
	const uint8_t *behind = old.text.data + old.text.len;
	buf_put(&renamed, behind, jwks.len - (size_t)(behind - jwks.data));
	WANT_OK(cloister_trust_new(&t, &why), &why);
	WANT_OK(cloister_trust_add_root(t, lend(bytes_of(der, len)), &why), &why);
	WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&renamed)), &why), &why);
	buf_fini(&renamed);
	return t;
}

/* The first JWK set in the folder. */
static bool find_set(const char *dir, struct buf *out)
{
	DIR *d = opendir(dir);
	char path[8500];
	bool found = false;

	for (struct dirent *f = d ? readdir(d) : NULL; f && !found; f = readdir(d)) {
		out->len = 0;
		snprintf(path, sizeof path, "%s/%s", dir, f->d_name);
		found = strstr(f->d_name, ".json") && read_file(path, out) && jwks_looks_like(buf_bytes(out));
	}
	if (d)
		closedir(d);
	return found;
}

/*
 * The index says which verify with the folder's key, whatever name they give it.
 * Under its own name no token of it is known; under the token's, the signature
 * rule must say the same as the index.
 */
static void real_ones_verify_as_known(void **state)
{
	struct buf text = BUF_INIT(1u << 20), jwks = BUF_INIT(1u << 20);
	struct json root, key, e;
	char dir[4096], path[8500];
	(void)state;

	snprintf(dir, sizeof dir, "%s/real", genuine);
	snprintf(path, sizeof path, "%s/index.json", dir);
	if (!read_file(path, &text) || !find_set(dir, &jwks)) {
		print_message("no Trust Authority tokens beside the checkout: skipped\n");
		skip();
	}
	assert_int_equal(json_read(buf_bytes(&text), &root, NULL), CLOISTER_OK);
	for (struct json_walk w = json_walk(root); json_next(&w, &key, &e);) {
		char name[128], file[140], kid[256] = "none";
		uint64_t at_s = 1795500000;
		bool verifies;
		assert_true(json_text(key, name, sizeof name));
		assert_true(json_bool(json_get(e, "verifies_with_test_jwks"), &verifies));
		(void)json_u64(json_get(json_get(e, "claims"), "iat"), &at_s);
		(void)json_text(json_get(json_get(e, "header"), "kid"), kid, sizeof kid);
		snprintf(file, sizeof file, "%s.jwt", name);
		struct cloister_trust *t = trust_renamed(buf_bytes(&jwks), kid);
		struct cloister_policy p = expect_anything();
		p.dcap.tolerated = 1u << TCB_OUT_OF_DATE;
		p.dcap.grace_s = UINT64_MAX;
		struct cloister_verdict v = judge_file(dir, file, t, &p, at_s);
		enum check c = verdict_first_failed(&v);
		print_message("%s: %s %s\n", name, c == CHECK_COUNT ? "accepted" : check_id(c),
			      c == CHECK_COUNT ? "" : v.reason[c]);
		assert_int_equal(cloister_verdict_accepts(&v), verifies);
		if (!verifies)
			assert_int_equal(v.n_claims, 0);
		verdict_fini(&v);
		/* and today none of them is worth anything */
		v = judge_file(dir, file, t, &p, 1795500000);
		assert_false(cloister_verdict_accepts(&v));
		verdict_fini(&v);
		cloister_trust_free(t);
	}
	buf_fini(&text);
	buf_fini(&jwks);
}

/* argv: our vectors, the genuine ones (which need not be there), and the step of the flips. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_fails_its_rule_only),
		cmocka_unit_test(every_rule_has_a_vector),
		cmocka_unit_test(claims_are_mapped),
		cmocka_unit_test(claims_are_those_of_the_token),
		cmocka_unit_test(sets_are_searched_in_turn),
		cmocka_unit_test(expectations_are_compared),
		cmocka_unit_test(prefixes_and_flips),
		cmocka_unit_test(a_line_end_is_forgiven),
		cmocka_unit_test(synthetic_ones_have_their_verdict),
		cmocka_unit_test(real_ones_verify_as_known),
	};

	if (argc < 4)
		return 2;
	own = argv[1];
	genuine = argv[2];
	step = (unsigned)atoi(argv[3]);
	load(&index_text, own, "index.json", "");
	if (json_read(buf_bytes(&index_text), &entries, NULL) != CLOISTER_OK)
		return 2;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
