/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dcap_flips_test.c - every strict prefix and every single flipped bit of good
 * quotes and of their collateral is refused, and by a check that the place calls for.
 *
 *   dcap_flips_test GENUINE OWN STEP     every STEP-th bit; 1 is all of them (`make soak`)
 */

#include <ctype.h>
#include <stdio.h>

#include "base/test.h"
#include "evidence/genuine.h"
#include "evidence/genuine_dcap.h"
#include "evidence/quote_judge.h"

static const char *genuine_folder = ".", *own_folder = ".";
static size_t step = 1;
static size_t n_flips, n_prefixes, n_by[CHECK_COUNT];

/* The checks from `first` to `last` may be the first to fail when a byte of this part changes. */
struct part {
	struct bytes bytes;
	enum check first, last;
};

/* Of a quote; what is named later overrides. */
static size_t chart(const struct quote *q, struct bytes doc, struct part *out)
{
	const struct td_report *t = &q->td;
	const struct part parts[] = {
		{ doc, CHECK_QUOTE_LAYOUT, CHECK_QUOTE_LAYOUT },
		{ bytes_of(doc.data, QUOTE_HEADER_LEN + 2), CHECK_KIND, CHECK_QUOTE_SIGNATURE },
		{ q->header.user_data, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ t->mrtd.data ? bytes_of(t->tee_tcb_svn.data, 584) : q->sgx.cpu_svn, CHECK_QUOTE_SIGNATURE,
		  CHECK_QUOTE_SIGNATURE },
		{ t->tee_tcb_svn_2.data ? bytes_of(t->tee_tcb_svn_2.data, 64) : BYTES_NONE,
		  CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ q->sgx.attributes, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ q->sgx.misc_select, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ q->sgx.ext_prod_id, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ q->sgx.mrenclave, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ q->sgx.mrsigner, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ bytes_of(q->sgx.config_id.data, q->sgx.raw.data ? 70 : 0), CHECK_QUOTE_SIGNATURE,
		  CHECK_QUOTE_SIGNATURE },
		{ bytes_of(q->sgx.family_id.data, q->sgx.raw.data ? 80 : 0), CHECK_QUOTE_SIGNATURE,
		  CHECK_QUOTE_SIGNATURE },
		{ q->signature, CHECK_QUOTE_SIGNATURE, CHECK_QUOTE_SIGNATURE },
		{ q->attestation_key, CHECK_ATTESTATION_KEY, CHECK_ATTESTATION_KEY },
		{ q->qe.raw, CHECK_QUOTE_LAYOUT, CHECK_QE_REPORT }, /* reserved bytes, or signed ones */
		{ q->qe.mrsigner, CHECK_QE_REPORT, CHECK_QE_REPORT },
		{ q->qe.report_data, CHECK_QE_REPORT, CHECK_QE_REPORT },
		{ q->qe_signature, CHECK_QE_REPORT, CHECK_QE_REPORT },
		{ q->qe_auth, CHECK_ATTESTATION_KEY, CHECK_ATTESTATION_KEY },
		{ q->pck_chain, CHECK_PCK_CERTIFICATES, CHECK_PCK_CHAIN },
	};

	memcpy(out, parts, sizeof parts);
	return N_OF(parts);
}

static const struct part *part_of(const struct part *parts, size_t n, const uint8_t *at)
{
	while (n-- > 0)
		if (parts[n].bytes.len && at >= parts[n].bytes.data &&
		    at < parts[n].bytes.data + parts[n].bytes.len)
			return &parts[n];
	return NULL;
}

/* With every status tolerated, so that only the bytes matter. */
static enum check first_failed(struct cloister_trust *t, struct bytes quote, uint64_t at_s)
{
	struct cloister_policy p = expect_anything();
	struct cloister_fault why;
	struct cloister_verdict v;

	p.dcap = (struct dcap_wants){ .tolerated = (1u << TCB_REVOKED) - 2, .grace_s = UINT64_MAX,
				      .allow_service_td = true };
	WANT_OK(evidence_verify(t, &p, quote, at_s, &v, &why), &why);
	enum check c = verdict_first_failed(&v);
	assert_int_equal(cloister_verdict_accepts(&v), c == CHECK_COUNT);
	verdict_fini(&v);
	return c;
}

static void refuse_prefixes(struct cloister_trust *t, struct bytes doc, uint64_t at_s)
{
	for (size_t len = 0; len < doc.len; len++) {
		uint8_t *copy = malloc(len ? len : 1); /* so that a read past the end is seen */
		memcpy(copy, doc.data, len);
		enum check c = first_failed(t, bytes_of(copy, len), at_s);
		assert_true(c == CHECK_KIND || (c >= CHECK_QUOTE_SIZE && c <= CHECK_QUOTE_LAYOUT));
		free(copy);
		n_prefixes++;
	}
}

static void refuse_flips(struct cloister_trust *t, const char *name, struct bytes doc, uint64_t at_s)
{
	struct part parts[32];
	struct cloister_fault why;
	uint8_t *copy = malloc(doc.len);
	struct quote q;

	memcpy(copy, doc.data, doc.len);
	WANT_OK(quote_read(doc, &q, &why), &why);
	size_t n = chart(&q, doc, parts);
	for (size_t bit = doc.len % step; bit < doc.len * 8; bit += step) {
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		enum check c = first_failed(t, bytes_of(copy, doc.len), at_s);
		const struct part *p = part_of(parts, n, doc.data + bit / 8);
		if (!p || c < p->first || c > p->last)
			fail_msg("%s: bit %zu of byte %zu: %s", name, bit % 8, bit / 8, check_word(c));
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		n_by[c]++;
		n_flips++;
	}
	assert_int_equal(first_failed(t, bytes_of(copy, doc.len), at_s), CHECK_COUNT);
	free(copy);
}

static void report(void)
{
	print_message("%zu prefixes, %zu flips refused:", n_prefixes, n_flips);
	for (int c = 0; c < CHECK_COUNT; c++)
		if (n_by[c])
			print_message(" %s %zu", check_word((enum check)c), n_by[c]);
	print_message("\n");
	n_prefixes = n_flips = 0;
	memset(n_by, 0, sizeof n_by);
}

/* ---- ours ---- */

#define AT_S 1782864000u /* 2026-07-01 */

static const char *const pieces[] = { "tcb_info.json", "qe_identity.json", "signer.pem", "root.crl",
				      "pck.crl" };

static void load(const char *kind, const char *name, struct buf *out)
{
	char path[4096];

	*out = (struct buf)BUF_INIT(1u << 20);
	snprintf(path, sizeof path, "%s/%s/%s", own_folder, kind, name);
	if (!read_file(path, out))
		fail_msg("%s cannot be read", path);
}

/* The good set, one piece of which may be given instead. False: the given one cannot be handed over. */
static bool own_trust(const char *kind, const char *instead_of, struct bytes instead,
		      struct cloister_trust **out)
{
	struct cloister_fault why;
	struct buf b;
	bool taken = true;

	WANT_OK(cloister_trust_new(out, &why), &why);
	load(kind, "root.pem", &b);
	WANT_OK(cloister_trust_add_root(*out, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
	for (size_t i = 0; i < N_OF(pieces); i++) {
		if (instead_of && strcmp(instead_of, pieces[i]) == 0) {
			taken = cloister_trust_add_collateral(*out, lend(instead), &why) == CLOISTER_OK;
			continue;
		}
		load(kind, pieces[i], &b);
		WANT_OK(cloister_trust_add_collateral(*out, lend(buf_bytes(&b)), &why), &why);
		buf_fini(&b);
	}
	return taken;
}

static void own_quotes(void **state)
{
	static const char *const quotes[][2] = { { "sgx", "good.bin" }, { "tdx", "ok-v4.bin" },
						 { "tdx", "good.bin" } };

	(void)state;
	for (size_t i = 0; i < N_OF(quotes); i++) {
		struct cloister_trust *t;
		struct buf b;
		assert_true(own_trust(quotes[i][0], NULL, BYTES_NONE, &t));
		load(quotes[i][0], quotes[i][1], &b);
		refuse_prefixes(t, buf_bytes(&b), AT_S);
		refuse_flips(t, quotes[i][1], buf_bytes(&b), AT_S);
		buf_fini(&b);
		cloister_trust_free(t);
	}
	report();
}

/* A piece of collateral with one bit changed is no piece, or none that counts. */
static void own_collateral(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(pieces); i++) {
		struct buf b, quote;
		load("tdx", pieces[i], &b);
		load("tdx", "good.bin", &quote);
		for (size_t bit = i; bit < b.len * 8; bit += step) {
			struct cloister_trust *t;
			b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			(void)own_trust("tdx", pieces[i], buf_bytes(&b), &t);
			enum check c = first_failed(t, buf_bytes(&quote), AT_S);
			/* The signature's digits may be of either case, which nobody signs. */
			bool respelt = bit % 8 == 5 && isxdigit(b.data[bit / 8]) &&
				       b.data[b.len - 1] == '}' && bit / 8 > b.len - 131;
			if (respelt ? c != CHECK_COUNT :
				      c < CHECK_PCK_CA_CRL || c > CHECK_QE_IDENTITY_SIGNATURE)
				fail_msg("%s: bit %zu of byte %zu: %s", pieces[i], bit % 8, bit / 8,
					 check_word(c));
			b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			cloister_trust_free(t);
			if (respelt)
				continue;
			n_by[c]++;
			n_flips++;
		}
		buf_fini(&b);
		buf_fini(&quote);
	}
	report();
}

/* ---- genuine: those that are accepted, one of each version ---- */

static void add(struct cloister_trust *t, const struct buf *b)
{
	struct cloister_fault why;

	if (b->len)
		WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(b)), &why), &why);
}

static void genuine_one(const struct dcap_case *c, void *data)
{
	unsigned *seen = data;
	unsigned version = c->quote.data[0];
	struct cloister_trust *t;
	struct cloister_fault why;

	if (!c->pck_valid || !c->launch[0] || *seen >> version & 1)
		return;
	WANT_OK(cloister_trust_new(&t, &why), &why);
	add(t, &c->tcb_info);
	add(t, &c->qe_identity);
	add(t, &c->signing_chain);
	add(t, &c->root_crl);
	add(t, &c->pck_crl);
	add(t, &c->processor_crl);
	if (first_failed(t, buf_bytes(&c->quote), c->at_s) == CHECK_COUNT) {
		*seen |= 1u << version;
		struct quote q;
		WANT_OK(quote_read(buf_bytes(&c->quote), &q, &why), &why);
		if (q.padding == 0)
			refuse_prefixes(t, buf_bytes(&c->quote), c->at_s);
		refuse_flips(t, c->name, buf_bytes(&c->quote), c->at_s);
	}
	cloister_trust_free(t);
}

static void genuine_quotes(void **state)
{
	unsigned seen = 0;

	(void)state;
	if (genuine_dcap_each(genuine_folder, genuine_one, &seen) == 0) {
		print_message("no genuine quotes beside the checkout: skipped\n");
		skip();
	}
	assert_int_not_equal(seen, 0);
	report();
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_quotes),
		cmocka_unit_test(own_collateral),
		cmocka_unit_test(genuine_quotes),
	};

	if (argc != 4)
		return 2;
	genuine_folder = argv[1];
	own_folder = argv[2];
	step = strtoul(argv[3], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
