/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_genuine_test.c - genuine reports get the verdict that their index gives, at
 * the times that it gives, and derived bad ones are refused by the check that it
 * names. Nothing here knows a file's name; without the folder the tests skip.
 *
 *   snp_genuine_test FOLDER STEP     every STEP-th bit is flipped; 1 is all of them (`make soak`)
 */

#include "base/test.h"

#include <stdio.h>

#include "base/date.h"
#include "codec/json.h"
#include "evidence/forge_snp.h"
#include "evidence/genuine.h"
#include "evidence/genuine_pki.h"
#include "evidence/snp_vek.h"
#include "evidence/kind.h"

static const char *folder = ".";
static size_t step = 61;
static struct genuine_pki pki;
static struct buf index_text = BUF_INIT(LIMIT_JSON), negative_text = BUF_INIT(LIMIT_JSON);
static struct json positives, negatives;
static struct cloister_trust *trust, *bare; /* with AMD's authorities, and with nothing */

/* One entry of the index. */
struct item {
	char name[128];
	struct buf report, vek;
	struct json fields, entry;
	uint64_t from_s, until_s;
	uint64_t policy;
};

static bool text_of(struct json v, char *out, size_t room)
{
	out[0] = 0;
	return json_text(v, out, room);
}

static uint64_t time_of(struct json v)
{
	char text[64];
	uint64_t s = 0;

	assert_true(text_of(v, text, sizeof text - 2) && strlen(text) == 19);
	text[10] = 'T';
	text[19] = 'Z';
	text[20] = 0;
	assert_true(date_read(text, &s));
	return s;
}

static void load_file(struct json name, struct buf *out)
{
	char path[4096], file[256];

	*out = (struct buf)BUF_INIT(1u << 20);
	assert_true(text_of(name, file, sizeof file));
	snprintf(path, sizeof path, "%s/%s", folder, file);
	assert_true(read_file(path, out));
}

static void item_load(struct json key, struct json entry, struct item *it)
{
	char policy[32];

	*it = (struct item){ .entry = entry, .fields = json_get(entry, "fields") };
	assert_true(text_of(key, it->name, sizeof it->name));
	load_file(json_get(entry, "report"), &it->report);
	load_file(json_get(entry, "vek"), &it->vek);
	if (it->fields.type != JSON_OBJECT)
		return;
	it->from_s = time_of(json_get(entry, "vek_not_before"));
	it->until_s = time_of(json_get(entry, "vek_not_after"));
	assert_true(text_of(json_get(it->fields, "policy"), policy, sizeof policy));
	it->policy = strtoull(policy, NULL, 16);
}

static void item_free(struct item *it)
{
	buf_fini(&it->report);
	buf_fini(&it->vek);
}

/* Everything that a caller may waive, waived. */
static struct cloister_policy anything(void)
{
	return (struct cloister_policy){
		.nonce.want = WANT_ANY, .user_data.want = WANT_ANY, .public_key.want = WANT_ANY,
		.report_data.want = WANT_ANY, .issuer.want = WANT_ANY, .measurements = WANT_ANY,
		.platforms = WANT_ANY, .max_age_s = CLOISTER_AGE_ANY, .allow_debug = true,
		.snp = { .allow_milan = true, .any_vmpl = true, .allow_migration_agent = true },
	};
}

/* The report with these certificates behind it, as a host would hand them over. */
static void wrap(struct bytes report, struct bytes vek, struct buf *out)
{
	struct snp_forge_table t = { .vcek = vek };

	*out = (struct buf)BUF_INIT(1u << 16);
	buf_put(out, report.data, report.len);
	if (vek.len)
		snp_forge_table(&t, out);
}

/* Who vouches is said: AMD, by the name of the product's root. */
static void assert_root_named(const struct cloister_verdict *v)
{
	static const char *const roots[][2] = { { "Milan", "amd-ark-milan" }, { "Genoa", "amd-ark-genoa" },
						{ "Turin", "amd-ark-turin" } };
	struct bytes product = claim_bytes(v, verdict_claim(v, "product"));
	char due[64];
	size_t i = 0;

	while (i < N_OF(roots) && !bytes_are(product, roots[i][0]))
		i++;
	assert_true(i < N_OF(roots));
	assert_true(bytes_are(claim_bytes(v, verdict_claim(v, "root")), roots[i][1]));
	snprintf(due, sizeof due, "AMD's ARK-%s", roots[i][0]);
	assert_string_equal(v->reason[CHECK_SNP_ROOT], due);
}

static struct cloister_verdict judge(struct cloister_trust *t, const struct cloister_policy *p,
				     struct bytes report, struct bytes vek, uint64_t at_s)
{
	struct cloister_verdict v;
	struct buf doc;

	wrap(report, vek, &doc);
	assert_int_equal(evidence_verify(t, p, buf_bytes(&doc), at_s, &v, NULL), CLOISTER_OK);
	if (cloister_verdict_accepts(&v) && v.root_is_builtin)
		assert_root_named(&v);
	memset(v.claims, 0, sizeof v.claims); /* loans from what goes away here */
	buf_fini(&doc);
	assert_int_equal(cloister_verdict_accepts(&v), verdict_first_failed(&v) == CHECK_COUNT);
	return v;
}

static enum check first_failed(struct cloister_trust *t, const struct cloister_policy *p,
			       struct bytes report, struct bytes vek, uint64_t at_s)
{
	struct cloister_verdict v = judge(t, p, report, vek, at_s);

	return verdict_first_failed(&v);
}

static void assert_fails(enum check is, enum check due, const char *name)
{
	if (is != due)
		fail_msg("%s: %s instead of %s", name, is < CHECK_COUNT ? check_id(is) : "accepted",
			 due < CHECK_COUNT ? check_id(due) : "accepted");
}

/* `…` runs for each genuine report as `it`. */
#define EACH(...)                                                  \
	do {                                                       \
		struct json_walk walk_ = json_walk(positives);     \
		struct json key_, entry_;                          \
		if (positives.type != JSON_OBJECT)                 \
			skip();                                    \
		while (json_next(&walk_, &key_, &entry_)) {        \
			struct item it;                            \
			item_load(key_, entry_, &it);              \
			struct bytes report = buf_bytes(&it.report), vek = buf_bytes(&it.vek); \
			(void)report;                              \
			(void)vek;                                 \
			__VA_ARGS__                                \
			item_free(&it);                            \
		}                                                  \
	} while (0)

static void each_is_accepted_while_its_key_is_valid(void **state)
{
	struct cloister_policy p = anything();

	(void)state;
	EACH({
		uint64_t mid_s = it.from_s + (it.until_s - it.from_s) / 2;
		print_message("%s\n", it.name);
		struct cloister_verdict v = judge(trust, &p, report, vek, mid_s);
		if (!cloister_verdict_accepts(&v))
			fail_msg("%s: %s", check_id(verdict_first_failed(&v)), v.reason[verdict_first_failed(&v)]);
		assert_true(v.root_is_builtin);
		assert_int_equal(cloister_verdict_level(&v),
				 it.policy >> 19 & 1 ? CLOISTER_LEVEL_LOW : CLOISTER_LEVEL_MEDIUM);
		assert_fails(first_failed(trust, &p, report, vek, it.from_s), CHECK_COUNT, it.name);
		assert_fails(first_failed(trust, &p, report, vek, it.until_s), CHECK_COUNT, it.name);
		assert_fails(first_failed(trust, &p, report, vek, it.from_s - 1), CHECK_SNP_VALIDITY, it.name);
		assert_fails(first_failed(trust, &p, report, vek, it.until_s + 1), CHECK_SNP_VALIDITY, it.name);
	});
}

static void defaults_refuse_debug_milan_and_other_levels(void **state)
{
	(void)state;
	EACH({
		struct cloister_policy p = anything();
		char product[16];
		uint64_t vmpl = 0;
		assert_true(text_of(json_get(it.entry, "product"), product, sizeof product));
		assert_true(json_u64(json_get(it.fields, "vmpl"), &vmpl));
		p.allow_debug = false;
		assert_fails(first_failed(trust, &p, report, vek, it.from_s),
			     it.policy >> 19 & 1 ? CHECK_DEBUG : CHECK_COUNT, it.name);
		p.allow_debug = true;
		p.snp.allow_milan = false;
		assert_fails(first_failed(trust, &p, report, vek, it.from_s),
			     strcmp(product, "milan") == 0 ? CHECK_SNP_MILAN : CHECK_COUNT, it.name);
		p.snp = (struct snp_wants){ .allow_milan = true };
		assert_fails(first_failed(trust, &p, report, vek, it.from_s),
			     vmpl ? CHECK_SNP_VMPL : CHECK_COUNT, it.name);
	});
}

static void assert_hex(const struct cloister_verdict *v, const char *claim, struct json due, size_t len)
{
	const struct claim *c = verdict_claim(v, claim);
	uint8_t is[64];
	char text[256];
	size_t n;

	assert_non_null(c);
	assert_true(text_of(due, text, sizeof text));
	assert_int_equal(hex_read(bytes_text(text), is, sizeof is, &n, NULL), CLOISTER_OK);
	assert_true(n >= len); /* the index has all 64 bytes of Turin's short chip ids */
	assert_true(bytes_equal(claim_bytes(v, c), bytes_of(is, len ? len : n)));
}

static void assert_number(const struct cloister_verdict *v, const char *claim, struct json due)
{
	const struct claim *c = verdict_claim(v, claim);
	uint64_t number;
	char text[32];

	assert_non_null(c);
	if (!json_u64(due, &number)) {
		assert_true(text_of(due, text, sizeof text));
		number = strtoull(text, NULL, 16);
	}
	assert_int_equal(c->number, number);
}

static void claims_are_what_the_index_says(void **state)
{
	struct cloister_policy p = anything();

	(void)state;
	EACH({
		struct cloister_verdict v;
		struct buf doc;
		char kind[8], text[64], due[64];
		wrap(report, vek, &doc);
		assert_int_equal(evidence_verify(trust, &p, buf_bytes(&doc), it.from_s, &v, NULL), CLOISTER_OK);
		static const char *const hexes[] = { "measurement", "report_data", "host_data" };
		for (size_t i = 0; i < N_OF(hexes); i++)
			assert_hex(&v, hexes[i], json_get(it.fields, hexes[i]), 0);
		assert_number(&v, "version", json_get(it.fields, "version"));
		assert_number(&v, "policy", json_get(it.fields, "policy"));
		assert_number(&v, "platform_info", json_get(it.fields, "platform_info"));
		assert_number(&v, "guest_svn", json_get(it.fields, "guest_svn"));
		assert_number(&v, "vmpl", json_get(it.fields, "vmpl"));
		assert_true(text_of(json_get(it.entry, "key"), kind, sizeof kind));
		if (strcmp(kind, "vcek") == 0)
			assert_hex(&v, "platform_id", json_get(it.fields, "chip_id"),
				   claim_bytes(&v, verdict_claim(&v, "platform_id")).len);
		else
			assert_non_null(verdict_claim(&v, "csp_id"));
		struct bytes is = claim_bytes(&v, verdict_claim(&v, "current_version"));
		snprintf(text, sizeof text, "%.*s", (int)is.len, (const char *)is.data);
		assert_true(text_of(json_get(it.fields, "current_fw"), due, sizeof due));
		assert_string_equal(text, due);
		buf_fini(&doc);
		verdict_fini(&v);
	});
}

/* Which checks may be the first to fail at the stage that an index names. */
static bool belongs_to(enum check c, const char *stage)
{
	if (strcmp(stage, "format") == 0)
		return c == CHECK_KIND || c == CHECK_SNP_SIZE || c == CHECK_SNP_FORMAT;
	if (strcmp(stage, "key-kind") == 0)
		return c == CHECK_SNP_KEY_KIND || c == CHECK_SNP_KEY;
	/* A key of another chip or product is found out before its signature is looked at. */
	if (strcmp(stage, "signature") == 0)
		return c == CHECK_SNP_SIGNATURE || c == CHECK_SNP_ROOT || c == CHECK_SNP_NAMES ||
		       c == CHECK_SNP_MATCH || c == CHECK_SNP_CHIP || c == CHECK_SNP_TCB;
	return c >= CHECK_SNP_SIZE && c <= CHECK_SNP_SIGNATURE;
}

static void each_bad_one_is_refused_where_it_should_be(void **state)
{
	struct cloister_policy p = anything();
	struct json_walk w = json_walk(negatives);
	struct json key, entry;
	struct cert vek;

	(void)state;
	if (negatives.type != JSON_OBJECT)
		skip();
	while (json_next(&w, &key, &entry)) {
		struct item it;
		char stage[32];
		item_load(key, entry, &it);
		assert_true(json_is(json_get(entry, "expect"), "reject"));
		assert_true(text_of(json_get(entry, "stage"), stage, sizeof stage));
		assert_int_equal(cert_read(buf_bytes(&it.vek), &cert_profile_amd, &vek, NULL), CLOISTER_OK);
		struct cloister_verdict v = judge(trust, &p, buf_bytes(&it.report), buf_bytes(&it.vek),
						  vek.not_before_s);
		enum check c = verdict_first_failed(&v);
		print_message("%s: %s: %s: %s\n", it.name, stage, c < CHECK_COUNT ? check_word(c) : "accepted",
			      c < CHECK_COUNT ? v.reason[c] : "");
		assert_false(cloister_verdict_accepts(&v));
		assert_true(c < CHECK_COUNT && belongs_to(c, stage));
		assert_int_equal(v.n_claims, 0);
		item_free(&it);
	}
}

static void missing_certificates_are_missed(void **state)
{
	struct cloister_policy p = anything();

	(void)state;
	EACH({
		assert_fails(first_failed(trust, &p, report, BYTES_NONE, it.from_s), CHECK_SNP_KEY, it.name);
		assert_fails(first_failed(bare, &p, report, vek, it.from_s), CHECK_SNP_CERTIFICATES, it.name);
	});
}

/* With every genuine certificate of every product at hand, each report finds its own. */
static void the_right_key_is_found_among_all(void **state)
{
	struct cloister_policy p = anything();
	struct cloister_trust *all;

	(void)state;
	assert_int_equal(cloister_trust_new(&all, NULL), CLOISTER_OK);
	for (size_t i = 0; i < pki.n; i++)
		assert_int_equal(cloister_trust_add_collateral(all, lend(pki.items[i].der), NULL), CLOISTER_OK);
	EACH({
		assert_fails(first_failed(all, &p, report, BYTES_NONE, it.from_s), CHECK_COUNT, it.name);
		assert_fails(first_failed(all, &p, report, vek, it.from_s), CHECK_COUNT, it.name);
	});
	cloister_trust_free(all);
}

static void keys_of_others_are_refused(void **state)
{
	struct cloister_policy p = anything();
	size_t n = 0;

	(void)state;
	EACH({
		for (size_t i = 0; i < pki.n; i++) {
			struct cert c;
			if (bytes_equal(pki.items[i].der, vek) || pki.items[i].is_crl ||
			    cert_read(pki.items[i].der, &cert_profile_amd, &c, NULL) != CLOISTER_OK)
				continue;
			enum check f = first_failed(trust, &p, report, pki.items[i].der, it.from_s);
			/* Unless it is the same key, certified once more. */
			struct cert own;
			assert_int_equal(cert_read(vek, &cert_profile_amd, &own, NULL), CLOISTER_OK);
			if (bytes_equal(own.key.point, c.key.point) && c.key.point.len)
				continue;
			assert_true(f >= CHECK_SNP_KEY && f <= CHECK_SNP_SIGNATURE);
			n++;
			/* AMD's root for another product is no root for this one. */
			struct snp_report r;
			struct snp_vek v;
			struct snp_vek other;
			assert_int_equal(snp_report_read(report, &r, NULL), CLOISTER_OK);
			assert_int_equal(snp_vek_read(&own, &v, NULL), CLOISTER_OK);
			if (snp_vek_read(&c, &other, NULL) == CLOISTER_OK && other.kind == v.kind &&
			    other.product != v.product && snp_report_product(&r) < SNP_PRODUCTS)
				assert_fails(f, CHECK_SNP_ROOT, it.name);
		}
	});
	print_message("%zu pairs\n", n);
}

static void prefixes_are_refused(void **state)
{
	struct cloister_policy p = anything();

	(void)state;
	EACH({
		struct buf doc;
		wrap(report, vek, &doc);
		for (size_t len = 0; len < doc.len; len++) {
			struct cloister_verdict v;
			uint8_t *copy = malloc(len ? len : 1);
			assert_non_null(copy);
			memcpy(copy, doc.data, len);
			assert_int_equal(evidence_verify(trust, &p, bytes_of(copy, len), it.from_s, &v, NULL), 0);
			/* Eight bytes tell reports from quotes. */
			assert_fails(verdict_first_failed(&v), len < 8 ? CHECK_KIND :
				     len == SNP_REPORT_LEN ? CHECK_SNP_KEY : CHECK_SNP_SIZE, it.name);
			free(copy);
		}
		buf_fini(&doc);
	});
}

#define BIT(c) (1ull << ((int)CHECK_SNP_##c - (int)CHECK_SNP_SIZE))

/* Which checks may be the first to fail when a bit of this byte is flipped. */
static uint64_t may_fail(size_t at)
{
	static const struct {
		size_t from, to;
		uint64_t may;
	} rows[] = {
		{ 0x000, 0x004, BIT(FORMAT) | BIT(PRODUCT) | BIT(SIGNATURE) },
		{ 0x034, 0x038, BIT(FORMAT) },
		{ 0x048, 0x04c, BIT(KEY_KIND) | BIT(KEY) | BIT(SIGNATURE) },
		{ 0x180, 0x188, BIT(TCB) | BIT(SIGNATURE) }, /* reserved bytes are not compared */
		{ 0x188, 0x18a, BIT(PRODUCT) | BIT(ROOT) | BIT(SIGNATURE) },
		{ 0x1a0, 0x1e0, BIT(CHIP) | BIT(SIGNATURE) }, /* of a VLEK nothing is compared */
		{ 0x330, 0x4a0, BIT(FORMAT) },
	};

	for (size_t i = 0; i < N_OF(rows); i++)
		if (at >= rows[i].from && at < rows[i].to)
			return rows[i].may;
	return BIT(SIGNATURE);
}

static void flipped_reports_are_refused(void **state)
{
	struct cloister_policy p = anything();
	size_t n = 0;

	(void)state;
	EACH({
		uint8_t copy[SNP_REPORT_LEN];
		memcpy(copy, report.data, sizeof copy);
		for (size_t bit = n % step; bit < 8 * sizeof copy; bit += step, n++) {
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
			enum check c = first_failed(trust, &p, BYTES_OF(copy), vek, it.from_s);
			/* Without its version it may be no report at all, but a quote that is none either. */
			bool is_snp = c >= CHECK_SNP_SIZE && c <= CHECK_SNP_SIGNATURE;
			bool fits = is_snp ? may_fail(bit / 8) >> ((int)c - (int)CHECK_SNP_SIZE) & 1 :
					     bit < 32 && c < CHECK_COUNT;
			if (!fits)
				fail_msg("%s: bit %zu of byte %zx: %s", it.name, bit % 8, bit / 8,
					 c < CHECK_COUNT ? check_word(c) : "accepted");
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	});
	print_message("%zu flips\n", n);
}

static void flipped_certificates_are_refused(void **state)
{
	struct cloister_policy p = anything();
	size_t n = 0;

	(void)state;
	EACH({
		uint8_t *copy = malloc(vek.len);
		assert_non_null(copy);
		memcpy(copy, vek.data, vek.len);
		for (size_t bit = n % step; bit < 8 * vek.len; bit += step, n++) {
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
			enum check c = first_failed(trust, &p, report, bytes_of(copy, vek.len), it.from_s);
			if (c < CHECK_SNP_KEY || c > CHECK_SNP_CHAIN)
				fail_msg("%s: bit %zu of byte %zx: %s", it.name, bit % 8, bit / 8,
					 c < CHECK_COUNT ? check_word(c) : "accepted");
			copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		free(copy);
	});
	print_message("%zu flips\n", n);
}

static void load_index(const char *name, struct buf *text, struct json *out)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!read_file(path, text) || json_read(buf_bytes(text), out, NULL) != CLOISTER_OK)
		print_message("no genuine reports beside the checkout: skipped\n");
}

static int begin(void **state)
{
	struct cert c;

	(void)state;
	load_index("expected.json", &index_text, &positives);
	load_index("negative/expected.json", &negative_text, &negatives);
	pki = genuine_pki_load(folder);
	if (cloister_trust_new(&trust, NULL) != CLOISTER_OK || cloister_trust_new(&bare, NULL) != CLOISTER_OK)
		return -1;
	for (size_t i = 0; i < pki.n; i++)
		if (!pki.items[i].is_crl &&
		    cert_read(pki.items[i].der, &cert_profile_amd, &c, NULL) == CLOISTER_OK && c.is_ca &&
		    cloister_trust_add_collateral(trust, lend(pki.items[i].der), NULL) != CLOISTER_OK)
			return -1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	genuine_pki_free(&pki);
	cloister_trust_free(trust);
	cloister_trust_free(bare);
	buf_fini(&index_text);
	buf_fini(&negative_text);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_accepted_while_its_key_is_valid),
		cmocka_unit_test(defaults_refuse_debug_milan_and_other_levels),
		cmocka_unit_test(claims_are_what_the_index_says),
		cmocka_unit_test(each_bad_one_is_refused_where_it_should_be),
		cmocka_unit_test(missing_certificates_are_missed),
		cmocka_unit_test(the_right_key_is_found_among_all),
		cmocka_unit_test(keys_of_others_are_refused),
		cmocka_unit_test(prefixes_are_refused),
		cmocka_unit_test(flipped_reports_are_refused),
		cmocka_unit_test(flipped_certificates_are_refused),
	};

	if (argc == 3) {
		folder = argv[1];
		step = strtoul(argv[2], NULL, 10);
	}
	return step ? cmocka_run_group_tests(tests, begin, end) : 2;
}
