/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_vectors_test.c - every report of vectors/snp fails the rule that the index
 * names, for the reason it names, and no other rule. argv[1] is that folder.
 */

#include "base/test.h"

#include <stdio.h>

#include "codec/json.h"
#include "evidence/forge_snp.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

static const char *folder = ".";
static struct buf index_text = BUF_INIT(LIMIT_JSON);
static struct json entries;

static const char *const authorities[] = {
	"ark-milan.der", "ask-milan.der",  "asvk-milan.der", "ark-genoa.der",  "ask-genoa.der",
	"asvk-genoa.der", "ark-turin.der", "ask-turin.der",  "asvk-turin.der",
};

static void load_file(const char *name, struct buf *out)
{
	char path[4096];

	*out = (struct buf)BUF_INIT(1u << 20);
	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_true(read_file(path, out));
}

/* The three roots are the caller's, and all authorities its collateral but those that it is without. */
static struct cloister_trust *trust_for(struct json entry)
{
	struct cloister_trust *t;
	char without[128] = "";

	(void)json_text(json_get(entry, "without"), without, sizeof without);
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	for (size_t i = 0; i < N_OF(authorities); i++) {
		struct cloister_fault why = { 0 };
		struct buf der;
		load_file(authorities[i], &der);
		if (strncmp(authorities[i], "ark", 3) == 0)
			WANT_OK(cloister_trust_add_root(t, lend(buf_bytes(&der)), &why), &why);
		if (!strstr(without, authorities[i]))
			WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&der)), &why), &why);
		buf_fini(&der);
	}
	return t;
}

/* A field's expectation; `room` keeps its bytes. */
static struct want_field field(struct json v, const char *standard, uint8_t room[static 64])
{
	char text[256];
	size_t len;

	snprintf(text, sizeof text, "%s", standard);
	if (v.type != JSON_NONE)
		assert_true(json_text(v, text, sizeof text));
	if (strcmp(text, "any") == 0)
		return (struct want_field){ .want = WANT_ANY };
	assert_int_equal(hex_read(bytes_text(text), room, 64, &len, NULL), CLOISTER_OK);
	return (struct want_field){ WANT_EXACTLY, { room, len } };
}

static void expect_floor(struct snp_wants *w, struct json floor)
{
	struct json_walk walk = json_walk(floor);
	uint8_t levels[5];
	struct json level;
	uint64_t n;

	if (floor.type != JSON_ARRAY)
		return;
	for (size_t i = 0; i < 5; i++) {
		assert_true(json_next(&walk, NULL, &level) && json_u64(level, &n) && n < 256);
		levels[i] = (uint8_t)n;
	}
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
		w->floor[p].given = true;
		w->floor[p].least = (struct snp_tcb){ levels[0], levels[1], levels[2], levels[3], levels[4] };
	}
}

static void expect(struct json entry, struct cloister_policy *p, uint64_t *at_s)
{
	uint8_t program[48];
	uint64_t n = 0;
	size_t len;
	char text[256];

	*p = (struct cloister_policy){
		.issuer.want = WANT_ANY, .platforms = WANT_ANY, .max_age_s = CLOISTER_AGE_ANY,
	};
	*at_s = SNP_FORGE_AT_S;
	p->nonce = field(json_get(entry, "nonce"), "4e010203", p->room[0]);
	p->user_data = field(json_get(entry, "user_data"), "any", p->room[1]);
	p->public_key = field(json_get(entry, "public_key"), "any", p->room[2]);
	p->report_data = field(json_get(entry, "report_data"), "any", p->room[3]);
	memset(program, 'm', sizeof program);
	assert_int_equal(policy_expect(p, 0, "measurement", BYTES_OF(program), NULL), CLOISTER_OK);
	(void)json_u64(json_get(entry, "at"), at_s);
	(void)json_u64(json_get(entry, "max_age"), &p->max_age_s);
	(void)json_bool(json_get(entry, "allow_debug"), &p->allow_debug);
	(void)json_bool(json_get(entry, "allow_milan"), &p->snp.allow_milan);
	(void)json_bool(json_get(entry, "allow_migration_agent"), &p->snp.allow_migration_agent);
	(void)json_bool(json_get(entry, "require_crl"), &p->snp.require_crl);
	(void)json_bool(json_get(entry, "any_vmpl"), &p->snp.any_vmpl);
	if (json_u64(json_get(entry, "vmpl"), &n))
		p->snp.vmpl = (uint32_t)n;
	(void)json_u64(json_get(entry, "platform_info"), &p->snp.platform_info);
	(void)json_u64(json_get(entry, "platform_info_clear"), &p->snp.platform_info_clear);
	(void)json_u64(json_get(entry, "guest_policy"), &p->snp.guest_policy);
	(void)json_u64(json_get(entry, "guest_policy_clear"), &p->snp.guest_policy_clear);
	p->snp.abi.given = json_u64(json_get(entry, "abi_min"), &n);
	p->snp.abi.major = p->snp.abi.given ? (uint8_t)(n >> 8) : 0;
	p->snp.abi.minor = p->snp.abi.given ? (uint8_t)n : 0;
	(void)json_u64(json_get(entry, "mitigations"), &p->snp.mitigations);
	if (json_u64(json_get(entry, "guest_svn_min"), &n))
		p->snp.guest_svn = (struct want_least){ true, (uint32_t)n };
	if (json_text(json_get(entry, "issuer"), (char *)p->room[4], sizeof p->room[4]))
		p->issuer = (struct want_field){ WANT_EXACTLY, bytes_text((char *)p->room[4]) };
	expect_floor(&p->snp, json_get(entry, "floor"));
	if (!json_text(json_get(entry, "platform"), text, sizeof text))
		return;
	assert_int_equal(hex_read(bytes_text(text), p->platform[0].id, 64, &len, NULL), CLOISTER_OK);
	p->platform[0].len = (uint8_t)len;
	p->n_platforms = 1;
	p->platforms = WANT_EXACTLY;
}

static struct cloister_verdict judge(struct json entry)
{
	struct cloister_trust *t = trust_for(entry);
	static struct cloister_policy p;
	struct cloister_verdict v;
	char name[128];
	struct buf doc;
	uint64_t at_s;

	expect(entry, &p, &at_s);
	assert_true(json_text(json_get(entry, "file"), name, sizeof name));
	load_file(name, &doc);
	assert_int_equal(evidence_verify(t, &p, buf_bytes(&doc), at_s, &v, NULL), CLOISTER_OK);
	/* Twice, with what was remembered the first time. */
	struct cloister_verdict again;
	assert_int_equal(evidence_verify(t, &p, buf_bytes(&doc), at_s, &again, NULL), CLOISTER_OK);
	assert_true(bytes_equal(BYTES_OF(v.finding), BYTES_OF(again.finding)));
	assert_true(bytes_equal(BYTES_OF(v.reason), BYTES_OF(again.reason)));
	memset(v.claims, 0, sizeof v.claims); /* loans from what goes away here */
	buf_fini(&doc);
	cloister_trust_free(t);
	return v;
}

static void assert_only(const struct cloister_verdict *v, const char *rule, const char *says)
{
	int failed = CHECK_COUNT;

	for (int c = CHECK_COUNT; c-- > 0;)
		if (v->finding[c] == CLOISTER_FAILED) {
			print_message("    %s %s: %s\n", check_id((enum check)c), check_word((enum check)c),
				      v->reason[c]);
			assert_string_equal(check_id((enum check)c), rule);
			assert_non_null(strstr(v->reason[c], says));
			failed = c;
		}
	assert_int_not_equal(failed, CHECK_COUNT);
	assert_false(cloister_verdict_accepts(v));
	assert_int_equal(cloister_verdict_level(v), CLOISTER_LEVEL_NONE);
	bool believed = failed > CHECK_SNP_SIGNATURE || failed == CHECK_TOKEN_ISSUER;
	assert_int_equal(v->n_claims > 0, believed);
	for (int c = 0; c < CHECK_COUNT; c++) {
		if (!v->asked[c] || c == failed || (v->waived[c] && (c < failed || believed)))
			continue;
		assert_false(v->waived[c]);
		assert_int_equal(v->finding[c], c < failed || believed ? CLOISTER_HELD : CLOISTER_UNCHECKED);
	}
}

/* What an accepted vector's policy lets pass keeps the verdict from HIGH, and nothing else does. */
static void assert_lowered(const struct cloister_verdict *v, struct json entry)
{
	static const struct {
		const char *member, *rule;
		bool lowers_when_there;
	} rows[] = {
		{ "allow_milan", "S18", true },		  { "any_vmpl", "S19", true },
		{ "allow_migration_agent", "S20", true }, { "floor", "S22", false },
		{ "allow_debug", "R15", true },
	};
	struct cloister_answer a;
	uint64_t due_bits = 0;

	(void)json_u64(json_get(entry, "platform_info"), &due_bits);

	for (size_t i = 0; cloister_verdict_answer(v, i, &a); i++) {
		bool due = strcmp(a.id, "S12") == 0 && a.is_waived;
		for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
			if (strcmp(a.id, rows[k].rule) == 0)
				due = (json_get(entry, rows[k].member).type != JSON_NONE) ==
				      rows[k].lowers_when_there;
		if (strcmp(a.id, "S23") == 0)
			due = !(due_bits & SNP_PLATFORM_ALIAS_CHECK);
		if (a.lowers_level != due)
			fail_msg("%s lowers the level: %d", a.id, a.lowers_level);
	}
}

/* The level of a report with a list beside it under this policy, were its root AMD's. */
static enum cloister_level level_under(struct json entry, const struct cloister_policy *p)
{
	struct cloister_trust *t = trust_for(entry);
	struct cloister_verdict v;
	struct buf doc;
	char name[128];

	assert_true(json_text(json_get(entry, "file"), name, sizeof name));
	load_file(name, &doc);
	assert_int_equal(evidence_verify(t, p, buf_bytes(&doc), SNP_FORGE_AT_S, &v, NULL), CLOISTER_OK);
	assert_true(cloister_verdict_accepts(&v));
	v.root_is_builtin = true;
	enum cloister_level level = cloister_verdict_level(&v);
	verdict_fini(&v);
	buf_fini(&doc);
	cloister_trust_free(t);
	return level;
}

static struct json entry_of(const char *file)
{
	struct json_walk w = json_walk(entries);
	struct json entry;

	while (json_next(&w, NULL, &entry))
		if (json_is(json_get(entry, "file"), file))
			return entry;
	fail_msg("there is no %s", file);
	return entry;
}

/* HIGH can be had, and whatever of it is left unsaid costs it. */
static void high_wants_all_of_it(void **state)
{
	struct json with_list = entry_of("ok-crl-demanded.snp"), without = entry_of("ok-genoa.snp");
	static struct cloister_policy p, q;
	uint64_t at_s;

	(void)state;
	expect(with_list, &p, &at_s);
	p.snp.floor[SNP_GENOA].given = true;
	p.snp.floor[SNP_GENOA].least.snp = 1;
	p.snp.platform_info = SNP_PLATFORM_ALIAS_CHECK;
	assert_int_equal(level_under(with_list, &p), CLOISTER_LEVEL_HIGH);
	q = p;
	q.snp.platform_info = 0;
	q.snp.platform_info_clear = 1ull << 7;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_MEDIUM);
	q.snp.platform_info = 1;
	q.snp.platform_info_clear = 0;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_MEDIUM);
	q = p;
	q.snp.floor[SNP_GENOA].least.snp = 0;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_MEDIUM);
	q.snp.floor[SNP_GENOA].given = false;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_MEDIUM);
	q = p;
	q.snp.platform_info = 0;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_MEDIUM);
	q = p;
	q.snp.any_vmpl = true;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_MEDIUM);
	q = p;
	q.snp.require_crl = false;
	assert_int_equal(level_under(with_list, &q), CLOISTER_LEVEL_HIGH);
	assert_int_equal(level_under(without, &q), CLOISTER_LEVEL_MEDIUM);
}

#define ZEROS_60 "000000000000000000000000000000000000000000000000000000000000" \
		 "000000000000000000000000000000000000000000000000000000000000"

/* Of the first report all claims, of the others some that stand together. */
static const struct {
	const char *file, *claims;
} claimed[] = {
	{ "ok-differs.snp",
	  "version 5\n"
	  "measurement 48 x 6d\n"
	  "report_data 4e010203" ZEROS_60 "\n"
	  "host_data 32 x 68\n"
	  "id_key_digest 48 x 6b\n"
	  "author_key_digest 48 x 61\n"
	  "author_key_en true\n"
	  "family_id 16 x 66\n"
	  "image_id 16 x 69\n"
	  "guest_svn 2\n"
	  "policy 196608\n"
	  "debug false\n"
	  "vmpl 0\n"
	  "report_id 32 x 72\n"
	  "report_id_ma 32 x ff\n"
	  "platform_info 37\n"
	  "tcb \"bl 4 tee 0 snp 24 ucode 219\"\n"
	  "committed_tcb \"bl 5 tee 1 snp 25 ucode 220\"\n"
	  "current_tcb \"bl 6 tee 2 snp 26 ucode 221\"\n"
	  "launch_tcb \"bl 7 tee 3 snp 27 ucode 222\"\n"
	  "current_version \"1.0.0\"\n"
	  "committed_version \"0.255.255\"\n"
	  "launch_mit_vector 3\n"
	  "current_mit_vector 11\n"
	  "product \"Genoa\"\n"
	  "signing_key \"vcek\"\n"
	  "platform_id 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40\n"
	  "root \"caller-root\"\n"
	  "root_sha256 a51a4aa10c428653000fb9c932fc3affa9a577c96422bf33483c8d5a69180d63\n"
	  "valid_from at 1767225600\n"
	  "valid_until at 1988150400\n" },
	{ "ok-turin.snp",
	  "launch_tcb \"fmc 1 bl 4 tee 0 snp 24 ucode 219\"\n"
	  "current_version \"1.55.29\"\n" },
	{ "ok-turin.snp",
	  "product \"Turin\"\n"
	  "signing_key \"vcek\"\n"
	  "platform_id 0102030405060708\n"
	  "root \"caller-root\"\n" },
	{ "ok-vlek.snp",
	  "committed_version \"1.55.29\"\n"
	  "product \"Genoa\"\n"
	  "signing_key \"vlek\"\n"
	  "csp_id \"CN=cc-test.example\"\n"
	  "root \"caller-root\"\n" },
	{ "ok-vlek-chip.snp",
	  "signing_key \"vlek\"\n"
	  "platform_id 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40\n"
	  "csp_id \"CN=cc-test.example\"\n" },
	{ "ok-masked.snp",
	  "signing_key \"vcek\"\n"
	  "platform_id 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40\n" },
	{ "ok-abi.snp",
	  "policy 196919\n"
	  "debug false\n" },
	{ "ok-debug.snp",
	  "policy 720896\n"
	  "debug true\n" },
	{ "ok-crl-demanded.snp",
	  "valid_until at 1988150400\n"
	  "collateral_date at 1785542400\n"
	  "collateral_next_update at 1798675200\n" },
};

static void print_verdict(const char *file, void print(const struct cloister_verdict *v, struct buf *out),
			  struct buf *out)
{
	struct json entry = entry_of(file);
	struct cloister_trust *t = trust_for(entry);
	static struct cloister_policy p;
	struct cloister_verdict v;
	struct buf doc;
	uint64_t at_s;

	*out = (struct buf)BUF_INIT(1u << 14);
	expect(entry, &p, &at_s);
	load_file(file, &doc);
	assert_int_equal(evidence_verify(t, &p, buf_bytes(&doc), at_s, &v, NULL), CLOISTER_OK);
	print(&v, out);
	verdict_fini(&v);
	buf_fini(&doc);
	cloister_trust_free(t);
}

static void what_is_claimed(void **state)
{
	struct buf text;

	(void)state;
	for (size_t i = 0; i < N_OF(claimed); i++) {
		print_verdict(claimed[i].file, claims_print, &text);
		if (i == 0)
			assert_string_equal(buf_string(&text), claimed[i].claims);
		else if (!strstr(buf_string(&text), claimed[i].claims))
			fail_msg("%s claims\n%s", claimed[i].file, buf_string(&text));
		buf_fini(&text);
	}
}

/* And the whole table of a report that is accepted, then lines of others. */
static const struct {
	const char *file, *answers;
} answered[] = {
	{ "ok-differs.snp",
	  "K1 held: snp\n"
	  "S1 held: \n"
	  "S2 held: version 5\n"
	  "S3 held: VCEK\n"
	  "S4 held: Genoa\n"
	  "S5 held: SEV-VCEK\n"
	  "S6 held: 3 certificates\n"
	  "S7 held: a root given by the caller\n"
	  "S8 held: \n"
	  "S9 held: ARK-Genoa, SEV-Genoa, SEV-VCEK\n"
	  "S10 held: for another 198150400 s\n"
	  "S11 held: \n"
	  "S12 waived, lowers: no revocation list of ARK-Genoa was given\n"
	  "S13 held: Genoa\n"
	  "S14 held: 64 bytes compared\n"
	  "S15 held: bl 4 tee 0 snp 24 ucode 219\n"
	  "S16 held: \n"
	  "S17 held: \n"
	  "S18 held: Genoa\n"
	  "S19 held: VMPL 0\n"
	  "S20 held: \n"
	  "S21 held: \n"
	  "S22 waived, lowers: no least TCB was given for Genoa\n"
	  "S23 waived, lowers: nothing is demanded; the report says 25h\n"
	  "S24 waived: nothing is demanded; the report says bh\n"
	  "S25 waived: nothing is demanded; the report says 30000h\n"
	  "R15 held: \n"
	  "R16 held: 1 registers compared\n"
	  "R18 held: all 64 bytes of report data compared\n"
	  "R21 waived: any is accepted; the evidence has one of 64 bytes\n"
	  "R22 waived: any machine is accepted by the caller\n"
	  "R23 waived: no least version is expected\n" },
	{ "ok-turin.snp", "S4 held: Turin\n" },
	{ "ok-turin.snp", "S9 held: ARK-Turin, SEV-Turin, SEV-VCEK\n" },
	{ "ok-turin.snp",
	  "S12 waived, lowers: no revocation list of ARK-Turin was given\n"
	  "S13 held: Turin\n"
	  "S14 held: 8 bytes compared\n"
	  "S15 held: fmc 1 bl 4 tee 0 snp 24 ucode 219\n" },
	{ "ok-turin.snp", "S22 waived, lowers: no least TCB was given for Turin\n" },
	{ "ok-vlek.snp",
	  "S3 held: VLEK\n"
	  "S4 held: Genoa\n"
	  "S5 held: SEV-VLEK\n" },
	{ "ok-vlek.snp", "S9 held: ARK-Genoa, SEV-VLEK-Genoa, SEV-VLEK\n" },
	{ "ok-vlek.snp", "S14 held: a VLEK is a provider's, not one chip's\n" },
	{ "ok-masked.snp", "S14 held: the host masks the chip id; the certificate names the chip\n" },
	{ "ok-milan.snp", "S13 held: Milan-B0\n" },
	{ "ok-milan.snp", "S18 waived, lowers: Milan, allowed by the caller: software can extract a chip's keys, and then sign anything\n" },
	{ "ok-v2.snp",
	  "S2 held: version 2\n"
	  "S3 held: VCEK\n"
	  "S4 held: version 2 names none: the key's certificate does\n" },
	{ "ok-crl-demanded.snp", "S12 held: certificate 2 of 3 is not revoked\n" },
	{ "ok-floor-turin.snp", "S22 held: at least fmc 1 bl 4 tee 0 snp 24 ucode 219\n" },
	{ "ok-clear.snp", "S23 held, lowers: 24h, but the alias check was not demanded\n" },
	{ "ok-platform-info.snp", "S23 held: 25h\n" },
	{ "ok-mitigations.snp", "S24 held: bh\n" },
	{ "ok-abi.snp", "S25 held: it asks for ABI 1.55\n" },
	{ "ok-guest-policy.snp", "S25 held: 120000h\n" },
	{ "ok-migration.snp", "S20 waived, lowers: a migration agent is bound to the guest, allowed by the caller\n" },
	{ "ok-vmpl-any.snp", "S19 waived, lowers: VMPL 2; any is accepted by the caller\n" },
	{ "ok-vmpl.snp", "S19 held: VMPL 3\n" },
};

static void what_is_answered(void **state)
{
	struct buf text;

	(void)state;
	for (size_t i = 0; i < N_OF(answered); i++) {
		print_verdict(answered[i].file, answers_print, &text);
		if (i == 0)
			assert_string_equal(buf_string(&text), answered[i].answers);
		else if (!strstr(buf_string(&text), answered[i].answers))
			fail_msg("%s answers\n%s", answered[i].file, buf_string(&text));
		buf_fini(&text);
	}
}

/* Whatever fails, the same is asked. */
static void assert_asked(const struct cloister_verdict *v)
{
	static const enum check of_all[] = { CHECK_KIND, CHECK_DEBUG, CHECK_MEASUREMENTS, CHECK_NONCE, CHECK_REPORT_DATA };

	for (size_t i = 0; i < N_OF(of_all); i++)
		assert_true(v->asked[of_all[i]]);
	for (int c = CHECK_SNP_SIZE; c <= CHECK_SNP_GUEST_POLICY; c++)
		assert_true(v->asked[c]);
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
		assert_asked(&v);
		if (!accepted) {
			assert_only(&v, rule, says);
			continue;
		}
		enum check c = verdict_first_failed(&v);
		if (c < CHECK_COUNT)
			fail_msg("%s: %s", check_id(c), v.reason[c]);
		assert_true(cloister_verdict_accepts(&v));
		assert_lowered(&v, entry);
		assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_LOW); /* the caller's roots */
		assert_false(v.root_is_builtin);
	}
	assert_true(n > 100);
}

static void every_rule_has_a_vector(void **state)
{
	(void)state;
	for (int c = CHECK_SNP_SIZE; c <= CHECK_SNP_GUEST_POLICY; c++) {
		struct json_walk w = json_walk(entries);
		struct json entry;
		bool found = false;
		while (!found && json_next(&w, NULL, &entry))
			found = json_is(json_get(entry, "fails"), check_id((enum check)c));
		assert_true(found);
	}
}

static int load(void **state)
{
	(void)state;
	load_file("index.json", &index_text);
	return json_read(buf_bytes(&index_text), &entries, NULL) == CLOISTER_OK ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	buf_fini(&index_text);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(high_wants_all_of_it),
		cmocka_unit_test(what_is_claimed),
		cmocka_unit_test(what_is_answered),
		cmocka_unit_test(each_fails_its_rule_only),
		cmocka_unit_test(every_rule_has_a_vector),
	};

	if (argc > 1)
		folder = argv[1];
	return cmocka_run_group_tests(tests, load, unload);
}
