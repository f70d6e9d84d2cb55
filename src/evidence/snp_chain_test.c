/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_chain_test.c - the right certificates are found among wrong ones, wherever
 * they stand, and what is tried to find them has a ceiling. argv[1]: vectors.
 */

#include "base/test.h"

#include <stdio.h>

#include "evidence/forge_snp.h"
#include "evidence/kind.h"

static const char *vectors = ".";
static struct snp_forge keys;
static struct forge_key *other_rsa;
static struct buf root, ask; /* what most scenes share */

#define ARK FORGE_AMD_NAME("ARK-Genoa")
#define ASK FORGE_AMD_NAME("SEV-Genoa")
#define VCEK FORGE_AMD_NAME("SEV-VCEK")

/* One judgement: a root that counts, and pieces in the order in which they are given. */
struct scene {
	struct cloister_trust *trust;
	uint8_t report[SNP_REPORT_LEN];
};

static void hand(struct scene *s, struct buf *der)
{
	struct cloister_fault why = { 0 };

	WANT_OK(cloister_trust_add_collateral(s->trust, lend(buf_bytes(der)), &why), &why);
	buf_fini(der);
}

static void make_ark(const struct forge_key *key, struct buf *out)
{
	struct forge_tbs t = snp_forge_ark(ARK);

	*out = (struct buf)BUF_INIT(1u << 16);
	forge_pki_cert(&t, key, key, out);
}

static void give_copy(struct scene *s, const struct buf *shared)
{
	struct buf der = BUF_INIT(1u << 16);

	buf_put(&der, shared->data, shared->len);
	hand(s, &der);
}

static void give_ark(struct scene *s, const struct forge_key *key)
{
	struct buf der;

	if (key == keys.ark) {
		give_copy(s, &root);
		return;
	}
	make_ark(key, &der);
	hand(s, &der);
}

static void make_ask(const char *from, const char *until, struct buf *out)
{
	struct forge_tbs t = snp_forge_ask(ARK, ASK);

	*out = (struct buf)BUF_INIT(1u << 16);
	t.from = from;
	t.until = until;
	forge_pki_cert(&t, keys.ask, keys.ark, out);
}

static void give_ask_from(struct scene *s, const char *from, const char *until)
{
	struct buf der;

	make_ask(from, until, &der);
	hand(s, &der);
}

#define ASK_FROM "201022000000Z"
#define ASK_UNTIL "451022000000Z"

static void give_ask(struct scene *s, const char *until)
{
	if (strcmp(until, ASK_UNTIL) == 0)
		give_copy(s, &ask);
	else
		give_ask_from(s, ASK_FROM, until);
}

/* A VCEK for the chip whose id has this first byte, and what else is asked of it. */
struct vcek {
	unsigned chip, ucode;
	const char *from, *until;
	const char *product; /* DER in hex; NULL: Genoa */
	const struct forge_key *key;
};

static void give_vcek(struct scene *s, struct vcek v)
{
	struct snp_forge_exts exts = snp_forge_exts(SNP_GENOA, false);
	struct forge_tbs t = snp_forge_vek(ASK, VCEK);
	struct buf der = BUF_INIT(1u << 16);
	char hwid[160], level[16];

	snprintf(hwid, sizeof hwid, "%02x%s", v.chip, exts.value[VEK_HWID] + 2);
	snprintf(level, sizeof level, v.ucode > 127 ? "020200%02x" : "0201%02x", v.ucode);
	exts.value[VEK_HWID] = hwid;
	exts.value[VEK_UCODE] = level;
	if (v.product)
		exts.value[VEK_PRODUCT] = v.product;
	if (v.from)
		t.from = v.from;
	t.until = v.until;
	snp_forge_vek_write(&t, &exts, v.key, keys.ask, &der);
	hand(s, &der);
}

/* At which microcode level, until when, whose key. */
static void give_vek(struct scene *s, unsigned chip, unsigned ucode, const char *until,
		     const struct forge_key *key)
{
	give_vcek(s, (struct vcek){ .chip = chip, .ucode = ucode, .until = until, .key = key });
}

#define GOOD_UNTIL "330101000000Z"
#define EXPIRED "260901000000Z"
#define CHIP 1
#define UCODE 0xdb

static void give_good_vek(struct scene *s)
{
	give_vek(s, CHIP, UCODE, GOOD_UNTIL, keys.vek);
}

static void scene_init(struct scene *s, bool masked)
{
	assert_int_equal(cloister_trust_new(&s->trust, NULL), CLOISTER_OK);
	assert_int_equal(cloister_trust_add_root(s->trust, lend(buf_bytes(&root)), NULL), CLOISTER_OK);
	snp_forge_report(SNP_GENOA, 3, s->report);
	if (masked)
		memset(s->report + 0x1a0, 0, SNP_CHIP_ID_LEN);
	snp_forge_sign(s->report, keys.vek);
}

/* The first check that fails; the scene ends. */
static enum check finish(struct scene *s)
{
	static struct cloister_verdict v;
	struct cloister_policy p = {
		.nonce.want = WANT_ANY, .user_data.want = WANT_ANY, .public_key.want = WANT_ANY,
		.report_data.want = WANT_ANY, .issuer.want = WANT_ANY, .measurements = WANT_ANY,
		.platforms = WANT_ANY, .max_age_s = CLOISTER_AGE_ANY,
	};

	assert_int_equal(evidence_verify(s->trust, &p, BYTES_OF(s->report), SNP_FORGE_AT_S, &v, NULL),
			 CLOISTER_OK);
	enum check c = verdict_first_failed(&v);
	assert_int_equal(cloister_verdict_accepts(&v), c == CHECK_COUNT);
	if (c < CHECK_COUNT)
		print_message("%s: %s\n", check_word(c), v.reason[c]);
	verdict_fini(&v);
	cloister_trust_free(s->trust);
	return c;
}

/* More than could be tried, so it is the chip and the TCB by which it is found. */
static void the_key_is_found_among_many(void **state)
{
	struct scene s;

	(void)state;
	for (int by_chip = 0; by_chip < 2; by_chip++) {
		scene_init(&s, false);
		give_ark(&s, keys.ark);
		give_ask(&s, ASK_UNTIL);
		for (unsigned i = 0; i < 2 * LIMIT_SNP_CANDIDATES; i++)
			give_vek(&s, by_chip ? 100 + i : CHIP, by_chip ? UCODE : i, GOOD_UNTIL, keys.stranger);
		give_good_vek(&s);
		assert_int_equal(finish(&s), CHECK_COUNT);
	}
}

static void some_are_tried_and_not_more(void **state)
{
	struct scene s;

	(void)state;
	for (unsigned others = LIMIT_SNP_CANDIDATES - 1; others <= LIMIT_SNP_CANDIDATES; others++) {
		scene_init(&s, true);
		give_ark(&s, keys.ark);
		give_ask(&s, ASK_UNTIL);
		for (unsigned i = 0; i < others; i++)
			give_vek(&s, 100 + i, UCODE, GOOD_UNTIL, keys.stranger);
		give_good_vek(&s);
		assert_int_equal(finish(&s), others < LIMIT_SNP_CANDIDATES ? CHECK_COUNT : CHECK_SNP_SIGNATURE);
	}
}

static void renewed_certificates_are_preferred(void **state)
{
	struct scene s;

	(void)state;
	for (int renewed = 0; renewed < 2; renewed++) {
		scene_init(&s, false);
		give_ark(&s, keys.ark);
		give_ask(&s, EXPIRED);
		give_vek(&s, CHIP, UCODE, EXPIRED, keys.vek);
		if (renewed) {
			give_ask(&s, ASK_UNTIL);
			give_good_vek(&s);
			give_ask(&s, EXPIRED);
		}
		assert_int_equal(finish(&s), renewed ? CHECK_COUNT : CHECK_SNP_VALIDITY);
	}
}

#define NOW "260921141320Z" /* SNP_FORGE_AT_S */
#define A_SECOND_AGO "260921141319Z"
#define IN_A_SECOND "260921141321Z"

#define FIRST "260101000000Z"

/* Of two of the same key, which a signature does not tell apart, the one that fits, whichever comes first. */
static void the_better_of_two_is_chosen(void **state)
{
	const struct {
		struct vcek right, other;
		enum check fails; /* when there is no better one */
	} rows[] = {
		{ { CHIP, UCODE, FIRST, GOOD_UNTIL, NULL, keys.vek },
		  { CHIP + 1, UCODE, FIRST, GOOD_UNTIL, NULL, keys.vek }, CHECK_SNP_CHIP },
		{ { CHIP, UCODE, FIRST, GOOD_UNTIL, NULL, keys.vek },
		  { CHIP, UCODE + 1, FIRST, GOOD_UNTIL, NULL, keys.vek }, CHECK_SNP_TCB },
		{ { CHIP, UCODE, FIRST, GOOD_UNTIL, NULL, keys.vek },
		  { CHIP, UCODE, FIRST, GOOD_UNTIL, "16054d696c616e", keys.vek }, CHECK_SNP_MATCH },
		{ { CHIP, UCODE, FIRST, NOW, NULL, keys.vek },
		  { CHIP, UCODE, FIRST, A_SECOND_AGO, NULL, keys.vek }, CHECK_SNP_VALIDITY },
		{ { CHIP, UCODE, NOW, GOOD_UNTIL, NULL, keys.vek },
		  { CHIP, UCODE, IN_A_SECOND, GOOD_UNTIL, NULL, keys.vek }, CHECK_SNP_VALIDITY },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		for (int order = 0; order < 3; order++) {
			struct scene s;
			scene_init(&s, false);
			if (order == 0)
				give_vcek(&s, rows[i].right);
			give_vcek(&s, rows[i].other);
			if (order == 1)
				give_vcek(&s, rows[i].right);
			give_ark(&s, keys.ark);
			give_ask(&s, ASK_UNTIL);
			assert_int_equal(finish(&s), order < 2 ? CHECK_COUNT : rows[i].fails);
		}
}

/* What fits equally well and has the same key is not told apart: the first is kept. */
static void the_first_of_equals_is_kept(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		struct snp_forge_exts exts = snp_forge_exts(SNP_GENOA, false);
		struct forge_tbs t = snp_forge_vek(ASK, VCEK);
		struct buf der = BUF_INIT(1u << 16);
		struct scene s;
		scene_init(&s, false);
		if (order == 0)
			give_good_vek(&s);
		snp_forge_vek_write(&t, &exts, keys.vek, other_rsa, &der);
		hand(&s, &der);
		if (order == 1)
			give_good_vek(&s);
		give_ark(&s, keys.ark);
		give_ask(&s, ASK_UNTIL);
		assert_int_equal(finish(&s), order == 0 ? CHECK_COUNT : CHECK_SNP_CHAIN);
	}
}

/* Two keys fit, and the first of them comes again behind the one that signed. */
static void a_signer_between_others_is_found(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, true);
	give_vek(&s, 100, UCODE, GOOD_UNTIL, keys.stranger);
	give_good_vek(&s);
	give_vek(&s, 100, UCODE, GOOD_UNTIL, keys.stranger);
	give_ark(&s, keys.ark);
	give_ask(&s, ASK_UNTIL);
	assert_int_equal(finish(&s), CHECK_COUNT);
}

/* Keys of another kind are none, also when they signed, and when there are several. */
static void keys_of_another_kind_are_none(void **state)
{
	struct scene s;

	(void)state;
	scene_init(&s, false);
	for (int i = 0; i < 2; i++) {
		struct snp_forge_exts exts = snp_forge_exts(SNP_GENOA, true);
		struct forge_tbs t = snp_forge_vek(ASK, FORGE_AMD_NAME("SEV-VLEK"));
		struct buf der = BUF_INIT(1u << 16);
		snp_forge_vek_write(&t, &exts, i ? keys.vek : keys.stranger, keys.ask, &der);
		hand(&s, &der);
	}
	give_ark(&s, keys.ark);
	give_ask(&s, ASK_UNTIL);
	assert_int_equal(finish(&s), CHECK_SNP_KEY);
}

/* The same of the authority: its first and its last second count as valid. */
static void an_authority_is_valid_to_the_second(void **state)
{
	static const struct {
		const char *from, *until;
		bool valid;
	} rows[] = {
		{ NOW, ASK_UNTIL, true },	       { "201022000000Z", NOW, true },
		{ IN_A_SECOND, ASK_UNTIL, false },     { "201022000000Z", A_SECOND_AGO, false },
	};

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		for (int order = 0; order < 2; order++) {
			struct scene s;
			scene_init(&s, false);
			if (order)
				give_ask_from(&s, rows[i].from, rows[i].until);
			give_ask(&s, EXPIRED);
			if (!order)
				give_ask_from(&s, rows[i].from, rows[i].until);
			give_ark(&s, keys.ark);
			give_good_vek(&s);
			assert_int_equal(finish(&s), rows[i].valid ? CHECK_COUNT : CHECK_SNP_VALIDITY);
		}
}

/* The one authority, in the first place; then it alone is missing. */
static void an_authority_in_the_first_place(void **state)
{
	struct scene s;

	(void)state;
	for (int there = 0; there < 2; there++) {
		scene_init(&s, false);
		if (there)
			give_ask(&s, ASK_UNTIL);
		give_ark(&s, keys.ark);
		give_good_vek(&s);
		assert_int_equal(finish(&s), there ? CHECK_COUNT : CHECK_SNP_CERTIFICATES);
	}
}

static void a_root_that_counts_is_preferred(void **state)
{
	struct scene s;

	(void)state;
	for (int there = 0; there < 2; there++) {
		scene_init(&s, false);
		give_ark(&s, other_rsa);
		if (there)
			give_ark(&s, keys.ark);
		give_ark(&s, other_rsa);
		give_ask(&s, ASK_UNTIL);
		give_good_vek(&s);
		assert_int_equal(finish(&s), there ? CHECK_COUNT : CHECK_SNP_ROOT);
	}
}

/* A list that has ended says less than one that has not, but revoked is revoked. */
static void a_stale_list_revokes(void **state)
{
	static const char *const authority[] = { "010001", NULL }, *const nobody[] = { NULL };

	(void)state;
	for (int revoked = 0; revoked < 2; revoked++) {
		struct forge_crl old = {
			.issuer = ARK, .this_update = "260101000000Z", .next_update = "260601000000Z",
			.alg = FORGE_PSS_SHA384, .number_hex = "01", .key_id_hex = "0102",
			.serials_hex = revoked ? authority : nobody,
		}, current = old;
		struct scene s;
		current.this_update = "260801000000Z";
		current.next_update = "261231000000Z";
		current.serials_hex = nobody;
		scene_init(&s, false);
		give_ark(&s, keys.ark);
		give_ask(&s, ASK_UNTIL);
		give_good_vek(&s);
		for (int i = 0; i < 2; i++) {
			struct buf der = BUF_INIT(1u << 16);
			forge_pki_crl(i ? &current : &old, keys.ark, &der);
			hand(&s, &der);
		}
		assert_int_equal(finish(&s), revoked ? CHECK_SNP_REVOCATION : CHECK_COUNT);
	}
}

/* Cut short it is an error when the caller gives it, and beside the evidence it is named. */
static void a_damaged_list_is_not_none(void **state)
{
	static const char *const nobody[] = { NULL };
	static struct cloister_verdict v;
	const struct forge_crl list = {
		.issuer = ARK, .this_update = "260801000000Z", .next_update = "261231000000Z",
		.alg = FORGE_PSS_SHA384, .number_hex = "01", .key_id_hex = "0102", .serials_hex = nobody,
	};
	const struct cloister_policy p = {
		.nonce.want = WANT_ANY, .user_data.want = WANT_ANY, .public_key.want = WANT_ANY,
		.report_data.want = WANT_ANY, .issuer.want = WANT_ANY, .measurements = WANT_ANY,
		.platforms = WANT_ANY, .max_age_s = CLOISTER_AGE_ANY,
	};
	struct buf der = BUF_INIT(1u << 16);

	(void)state;
	forge_pki_crl(&list, keys.ark, &der);
	const size_t lens[] = { 1, 2, 40, 200, der.len - 1, der.len };
	for (size_t i = 0; i < N_OF(lens); i++) {
		struct buf evidence = BUF_INIT(1u << 16);
		struct snp_forge_table table = { .crl = bytes_of(der.data, lens[i]) };
		bool whole = lens[i] == der.len;
		struct scene s;
		scene_init(&s, false);
		give_ark(&s, keys.ark);
		give_ask(&s, ASK_UNTIL);
		give_good_vek(&s);
		assert_int_equal(cloister_trust_add_collateral(s.trust, lend(table.crl), NULL) ==
					 CLOISTER_OK, whole);
		assert_int_equal(trust_pool(s.trust)->n, whole ? 4 : 3);
		buf_put(&evidence, s.report, sizeof s.report);
		snp_forge_table(&table, &evidence);
		assert_int_equal(evidence_verify(s.trust, &p, buf_bytes(&evidence), SNP_FORGE_AT_S, &v, NULL),
				 CLOISTER_OK);
		assert_int_equal(verdict_first_failed(&v), whole ? CHECK_COUNT : CHECK_SNP_REVOCATION);
		if (!whole)
			assert_non_null(strstr(v.reason[CHECK_SNP_REVOCATION], "cannot be read"));
		verdict_fini(&v);
		cloister_trust_free(s.trust);
		buf_fini(&evidence);
	}
	buf_fini(&der);
}

static int begin(void **state)
{
	(void)state;
	snp_forge_init(&keys, vectors);
	other_rsa = forge_key_load(vectors, "rsa3072-a");
	make_ark(keys.ark, &root);
	make_ask(ASK_FROM, ASK_UNTIL, &ask);
	return 0;
}

static int end(void **state)
{
	(void)state;
	snp_forge_fini(&keys);
	forge_key_free(other_rsa);
	buf_fini(&root);
	buf_fini(&ask);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_key_is_found_among_many),
		cmocka_unit_test(some_are_tried_and_not_more),
		cmocka_unit_test(renewed_certificates_are_preferred),
		cmocka_unit_test(the_better_of_two_is_chosen),
		cmocka_unit_test(the_first_of_equals_is_kept),
		cmocka_unit_test(a_signer_between_others_is_found),
		cmocka_unit_test(keys_of_another_kind_are_none),
		cmocka_unit_test(an_authority_is_valid_to_the_second),
		cmocka_unit_test(an_authority_in_the_first_place),
		cmocka_unit_test(a_root_that_counts_is_preferred),
		cmocka_unit_test(a_stale_list_revokes),
		cmocka_unit_test(a_damaged_list_is_not_none),
	};

	if (argc > 1)
		vectors = argv[1];
	return cmocka_run_group_tests(tests, begin, end);
}
