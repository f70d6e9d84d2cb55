/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tcb_level_test.c - the evaluation agrees with Intel's own library on every
 * pair of quote and collateral beside the checkout, and with tables of our own
 * where that corpus has gaps.
 */

#include <stdio.h>

#include "base/test.h"
#include "codec/der.h"
#include "evidence/genuine_dcap.h"
#include "evidence/pck.h"
#include "evidence/quote.h"
#include "evidence/tcb_level.h"

static const char *folder = ".";

struct tally {
	size_t with_status, without, wrong;
};

/* The PCK extension, found by its OID: the reader of certificates has its own tests. */
static struct bytes extension(struct bytes der)
{
	struct bytes oid = pck_extension_oid;
	const uint8_t *p = memmem(der.data, der.len, oid.data, oid.len);
	struct cloister_fault why;

	assert_non_null(p);
	p += oid.len;
	struct rd r = rd_open(bytes_of(p, der.len - (size_t)(p - der.data)), &why);
	return der_take(&r, DER_OCTET_STRING, "extension");
}

static void numbers_of(const struct quote *q, const struct pck *p, struct tcb_numbers *out)
{
	*out = (struct tcb_numbers){ .pcesvn = p->pcesvn, .qe_isvsvn = q->qe.isv_svn };
	memcpy(out->sgx, p->components, sizeof out->sgx);
	out->is_tdx = q->body != QUOTE_SGX;
	if (out->is_tdx)
		memcpy(out->tdx, q->td.tee_tcb_svn.data, sizeof out->tdx);
	out->has_current = q->td.tee_tcb_svn_2.data;
	if (out->has_current)
		memcpy(out->tdx_current, q->td.tee_tcb_svn_2.data, sizeof out->tdx_current);
}

static void joined(const struct tcb_answer *a, char *out, size_t room)
{
	size_t n = 0;

	out[0] = 0;
	for (size_t i = 0; i < a->n_advisories; i++)
		n += (size_t)snprintf(out + n, room - n, "%s%.*s", i ? "," : "",
				      (int)a->advisories[i].len, a->advisories[i].data);
}

/* One side, launch or current, against what Intel's library said of it. */
static bool agrees(const struct tcb_answer *a, const char *status, const char *advisories,
		   uint64_t date_s)
{
	char ours[8192];

	joined(a, ours, sizeof ours);
	return a->found && strcmp(tcb_status_name(a->status), status) == 0 &&
	       strcmp(ours, advisories) == 0 && a->date_s == date_s;
}

static void compare(const struct dcap_case *c, void *data)
{
	static struct tcb_info info;
	static struct qe_identity qe;
	static struct tcb_answers a;
	static struct pck_chain chain;
	struct tally *t = data;
	struct cloister_fault why;
	struct tcb_numbers n;
	struct quote q;
	struct pck pck;

	/* What the readers refuse has no evaluation; Intel's library gives such none either. */
	bool read = tcb_info_read(buf_bytes(&c->tcb_info), &info, &why) == CLOISTER_OK &&
		    qe_identity_read(buf_bytes(&c->qe_identity), &qe, &why) == CLOISTER_OK;
	WANT_OK(quote_read(buf_bytes(&c->quote), &q, &why), &why);
	WANT_OK(pck_chain_read(q.pck_chain, &chain, &why), &why);
	WANT_OK(pck_read(extension(chain.certs[0]), &pck, &why), &why);
	numbers_of(&q, &pck, &n);
	bool fits = read && (info.tee == TCB_TDX) == n.is_tdx;
	if (fits)
		tcb_evaluate(&info, &qe, &n, &a);
	bool found = fits && a.launch.found && a.current.found;
	bool good = c->launch[0] ?
		found && agrees(&a.launch, c->launch, c->launch_advisories, c->launch_date_s) &&
			agrees(&a.current, c->current, c->current_advisories, c->current_date_s) :
		!found;
	/* Intel's library reports the lower of the two documents' numbers. */
	uint32_t lower = info.evaluation < qe.evaluation ? info.evaluation : qe.evaluation;
	if (c->evaluation && lower != c->evaluation)
		good = false;
	if (!good) {
		char ours[8192] = "";
		joined(&a.launch, ours, sizeof ours);
		print_error("%s (%s): we say %s %s %llu [%s], they say %s %s %llu [%s]\n", c->name,
			    c->note, found ? tcb_status_name(a.launch.status) : "none",
			    found ? tcb_status_name(a.current.status) : "none",
			    (unsigned long long)a.launch.date_s, ours, c->launch, c->current,
			    (unsigned long long)c->launch_date_s, c->launch_advisories);
	}
	t->wrong += !good;
	*(c->launch[0] ? &t->with_status : &t->without) += 1;
}

static void as_intel_says(size_t (*each)(const char *, dcap_visit *, void *), const char *what)
{
	struct tally t = { 0 };

	if (each(folder, compare, &t) == 0) {
		print_message("no %s quotes beside the checkout: skipped\n", what);
		skip();
	}
	print_message("%s: %zu with a status, %zu without, %zu differ\n", what, t.with_status,
		      t.without, t.wrong);
	assert_int_equal(t.wrong, 0);
}

static void genuine_as_intel_says(void **state)
{
	(void)state;
	as_intel_says(genuine_dcap_each, "genuine");
}

static void synthetic_as_intel_says(void **state)
{
	(void)state;
	as_intel_says(synthetic_dcap_each, "synthetic");
}

/* ---- tables of our own ---- */

static struct tcb_info info;
static struct qe_identity qe;
static struct tcb_numbers numbers;
static struct tcb_answers answers;

#define DAY 86400u

static struct pcs_level said(enum tcb_status status, uint64_t day, const char *advisories)
{
	struct pcs_level l = { .status = status, .date_s = day * DAY };

	if (advisories)
		assert_int_equal(json_read(bytes_text(advisories), &l.advisories, NULL), CLOISTER_OK);
	return l;
}

/*
 * A platform of which every number is 5, under one level whose numbers are 5; a
 * module 1.5 and a QE 5 with one level each. Later days from left to right.
 */
static void begin(enum tcb_status platform, enum tcb_status enclave, enum tcb_status module)
{
	info = (struct tcb_info){ .tee = TCB_TDX, .version = 3, .n_levels = 1, .n_identities = 1,
				  .n_module_levels = 1 };
	memset(info.levels[0].sgx, 5, TCB_COMPONENTS);
	memset(info.levels[0].tdx, 5, TCB_COMPONENTS);
	info.levels[0].pcesvn = 5;
	info.levels[0].said = said(platform, 30, NULL);
	info.identities[0] = (struct tdx_module_identity){ .version = 1, .n = 1 };
	info.module_levels[0] = (struct pcs_isv_level){ 5, said(module, 32, NULL) };
	qe = (struct qe_identity){ .id = QE_TDX, .n_levels = 1 };
	qe.levels[0] = (struct pcs_isv_level){ 5, said(enclave, 31, NULL) };
	numbers = (struct tcb_numbers){ .pcesvn = 5, .qe_isvsvn = 5, .is_tdx = true };
	memset(numbers.sgx, 5, TCB_COMPONENTS);
	memset(numbers.tdx, 5, TCB_COMPONENTS);
	numbers.tdx[1] = 1;
}

static const struct tcb_answer *evaluated(void)
{
	tcb_evaluate(&info, &qe, &numbers, &answers);
	return &answers.launch;
}

/* What a part makes of the platform's status, in words; rows as Intel's library has them. */
static const struct {
	enum tcb_status platform, if_out_of_date;
} table[] = {
	{ TCB_UP_TO_DATE, TCB_OUT_OF_DATE },
	{ TCB_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE },
	{ TCB_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
	{ TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
	{ TCB_OUT_OF_DATE, TCB_OUT_OF_DATE },
	{ TCB_OUT_OF_DATE_CONFIGURATION_NEEDED, TCB_OUT_OF_DATE_CONFIGURATION_NEEDED },
	{ TCB_REVOKED, TCB_REVOKED },
};
static const enum tcb_status parts[] = { TCB_UP_TO_DATE, TCB_OUT_OF_DATE, TCB_REVOKED };

/*
 * Every platform, QE and module status. Peers got this wrong: go-tdx-guest took
 * the module's status alone and dropped the platform's, so a revoked platform
 * with a module up to date passed; dcap-qvl took the worse of two words, so
 * ConfigurationNeeded and OutOfDate made OutOfDate.
 */
static void parts_converge(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(table); i++)
		for (size_t k = 0; k < N_OF(parts); k++)
			for (size_t m = 0; m < N_OF(parts); m++) {
				bool revoked = parts[k] == TCB_REVOKED || parts[m] == TCB_REVOKED;
				bool old = parts[k] == TCB_OUT_OF_DATE || parts[m] == TCB_OUT_OF_DATE;
				begin(table[i].platform, parts[k], parts[m]);
				assert_true(evaluated()->found);
				assert_int_equal(answers.launch.status,
						 revoked ? TCB_REVOKED :
						 old     ? table[i].if_out_of_date :
							   table[i].platform);
				assert_int_equal(answers.current.status, answers.launch.status);
				assert_int_equal(answers.launch.date_s, 30 * DAY);
			}
}

static void the_platform_is_not_dropped(void **state)
{
	(void)state;
	begin(TCB_REVOKED, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	assert_int_equal(evaluated()->status, TCB_REVOKED);
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	numbers.pcesvn = 4; /* no level: a module up to date does not help */
	assert_false(evaluated()->found);
	assert_string_equal(answers.launch.missing, "the platform");
	numbers.pcesvn = 5;
	numbers.sgx[15] = 4;
	assert_false(evaluated()->found);
}

/* Each of the numbers one less than the level's: no level. A larger one does not make up for a smaller. */
static void every_number_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TCB_COMPONENTS; i++) {
		begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
		memset(numbers.sgx, 200, TCB_COMPONENTS);
		numbers.sgx[i] = 5;
		assert_true(evaluated()->found);
		numbers.sgx[i] = 4;
		assert_false(evaluated()->found);
		begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
		numbers.tdx[1] = 0; /* no version: all sixteen count */
		info.levels[0].tdx[1] = 0;
		assert_true(evaluated()->found);
		info.levels[0].tdx[i] = numbers.tdx[i] + 1;
		assert_false(evaluated()->found);
	}
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	info.levels[0].pcesvn = 0x00ff; /* compared as a number: its first byte is the larger one */
	numbers.pcesvn = 0x0100;
	assert_true(evaluated()->found);
}

/* go-tdx-guest and dcap-qvl compare all sixteen numbers also when the module has levels of its own. */
static void a_versioned_module_answers_for_two_numbers(void **state)
{
	(void)state;
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	assert_true(evaluated()->found); /* tdx[1] is 1, the level wants 5 */
	info.levels[0].tdx[0] = 200;
	assert_true(evaluated()->found);
	info.levels[0].tdx[2] = 6;
	assert_false(evaluated()->found);

	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_REVOKED);
	numbers.tdx[1] = 0; /* no version: no module level, all sixteen are compared */
	assert_false(evaluated()->found);
	info.levels[0].tdx[1] = 0;
	assert_int_equal(evaluated()->status, TCB_UP_TO_DATE);
	info.levels[0].tdx[0] = 6;
	assert_false(evaluated()->found);
}

static void every_part_needs_a_level(void **state)
{
	(void)state;
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	numbers.qe_isvsvn = 4;
	assert_false(evaluated()->found);
	assert_string_equal(answers.launch.missing, "the quoting enclave");
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	numbers.tdx[0] = 4;
	assert_false(evaluated()->found);
	assert_string_equal(answers.launch.missing, "the TDX module");
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	info.n_identities = 0; /* dcap-qvl passes over the module when the list is empty */
	assert_false(evaluated()->found);
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	numbers.tdx[1] = 2;
	assert_false(evaluated()->found);
}

/* The highest level that fits counts, wherever it stands in the document. */
static void levels_are_sorted_by_us(void **state)
{
	(void)state;
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	for (size_t first = 0; first < 2; first++) {
		struct tcb_level *high = &info.levels[first], *low = &info.levels[1 - first];
		info.n_levels = 2;
		*high = *low = info.levels[0];
		high->said = said(TCB_UP_TO_DATE, 40, NULL);
		low->said = said(TCB_OUT_OF_DATE, 20, NULL);
		low->sgx[0] = 4;
		low->sgx[1] = 5;
		assert_int_equal(evaluated()->status, TCB_UP_TO_DATE);
		*low = *high;
		low->pcesvn = 4;
		low->said = said(TCB_OUT_OF_DATE, 20, NULL);
		assert_int_equal(evaluated()->status, TCB_UP_TO_DATE);
		*low = *high;
		low->tdx[15] = 4;
		low->said = said(TCB_OUT_OF_DATE, 20, NULL);
		assert_int_equal(evaluated()->status, TCB_UP_TO_DATE);
		/* The first components outweigh everything behind them. */
		*low = *high;
		low->sgx[0] = 4;
		low->pcesvn = 3;
		high->pcesvn = 2;
		low->said = said(TCB_OUT_OF_DATE, 20, NULL);
		assert_int_equal(evaluated()->status, TCB_UP_TO_DATE);
		*high = *low;
		memset(high->sgx, 5, TCB_COMPONENTS);
		high->pcesvn = 5;
	}
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	info.n_module_levels = info.identities[0].n = 3;
	info.module_levels[0] = (struct pcs_isv_level){ 3, said(TCB_OUT_OF_DATE, 1, NULL) };
	info.module_levels[1] = (struct pcs_isv_level){ 6, said(TCB_REVOKED, 1, NULL) };
	info.module_levels[2] = (struct pcs_isv_level){ 5, said(TCB_UP_TO_DATE, 50, NULL) };
	assert_int_equal(evaluated()->status, TCB_UP_TO_DATE);
}

static void sgx_has_no_tdx_numbers(void **state)
{
	(void)state;
	begin(TCB_SW_HARDENING_NEEDED, TCB_OUT_OF_DATE, TCB_REVOKED);
	numbers.is_tdx = false; /* whatever stands there: module 1.5, revoked, and 5 where 200 is due */
	info.levels[0].tdx[15] = 200;
	assert_int_equal(evaluated()->status, TCB_OUT_OF_DATE);
}

static void advisories_are_sorted_and_once(void **state)
{
	char ours[256];

	(void)state;
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	info.levels[0].said = said(TCB_UP_TO_DATE, 9, "[\"INTEL-SA-3\", \"INTEL-SA-1\"]");
	qe.levels[0].said = said(TCB_UP_TO_DATE, 8, "[\"INTEL-SA-1\",\"INTEL-SA-10\"]");
	info.module_levels[0].said = said(TCB_UP_TO_DATE, 7, "[\"A\",\"INTEL-SA-3\",\"A\"]");
	joined(evaluated(), ours, sizeof ours);
	assert_string_equal(ours, "A,INTEL-SA-1,INTEL-SA-10,INTEL-SA-3");
	assert_int_equal(answers.launch.date_s, 7 * DAY);
}

/* More names than there is room for, which the readers never let through. */
static void advisories_have_a_ceiling(void **state)
{
	struct buf list = BUF_INIT(1u << 14);

	(void)state;
	for (unsigned i = 0; i < 400; i++)
		buf_print(&list, "%s\"A%03u\"", i ? "," : "[", i);
	buf_text(&list, "]");
	buf_byte(&list, 0);
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	info.levels[0].said = said(TCB_UP_TO_DATE, 9, (const char *)list.data);
	assert_int_equal(evaluated()->n_advisories, TCB_ADVISORIES);
	assert_true(bytes_are(answers.launch.advisories[0], "A000"));
	assert_true(bytes_are(answers.launch.advisories[TCB_ADVISORIES - 1], "A383"));
	buf_fini(&list);
}

/* An old launch whose platform was updated since: every pair of launch and current status. */
static void a_relaunch_is_advised(void **state)
{
	(void)state;
	for (size_t l = 0; l < N_OF(table); l++)
		for (size_t c = 0; c < N_OF(table); c++) {
			enum tcb_status launch = table[l].platform, current = table[c].platform;
			bool was_old = launch == TCB_OUT_OF_DATE ||
				       launch == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
			bool is_well = current != TCB_OUT_OF_DATE && current != TCB_REVOKED &&
				       current != TCB_OUT_OF_DATE_CONFIGURATION_NEEDED;
			bool configure = launch == TCB_OUT_OF_DATE_CONFIGURATION_NEEDED ||
					 current == TCB_CONFIGURATION_NEEDED ||
					 current == TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED;
			begin(launch, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
			info.n_levels = 2;
			info.levels[1] = info.levels[0];
			info.levels[1].tdx[2] = 6;
			info.levels[1].said = said(current, 33, NULL);
			numbers.has_current = true;
			memcpy(numbers.tdx_current, numbers.tdx, sizeof numbers.tdx);
			numbers.tdx_current[2] = 6;
			assert_int_equal(evaluated()->status,
					 !was_old || !is_well ? launch :
					 configure ? TCB_TD_RELAUNCH_ADVISED_CONFIGURATION_NEEDED :
						     TCB_TD_RELAUNCH_ADVISED);
			assert_int_equal(answers.current.status, current);
			assert_int_equal(answers.launch.date_s, 30 * DAY);
			assert_int_equal(answers.current.date_s, 31 * DAY);
		}
}

static void the_current_numbers_need_a_level_too(void **state)
{
	(void)state;
	begin(TCB_UP_TO_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	numbers.has_current = true; /* all zero */
	assert_true(evaluated()->found);
	assert_false(answers.current.found);
	assert_int_equal(answers.current.status, TCB_REVOKED); /* to whoever does not ask whether it was found */
	/* nor is a launch advised anew because of it */
	begin(TCB_OUT_OF_DATE, TCB_UP_TO_DATE, TCB_UP_TO_DATE);
	numbers.has_current = true;
	assert_int_equal(evaluated()->status, TCB_OUT_OF_DATE);
}

/* argv[1]: the folder beside the checkout, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(genuine_as_intel_says),
		cmocka_unit_test(synthetic_as_intel_says),
		cmocka_unit_test(parts_converge),
		cmocka_unit_test(the_platform_is_not_dropped),
		cmocka_unit_test(every_number_counts),
		cmocka_unit_test(a_versioned_module_answers_for_two_numbers),
		cmocka_unit_test(every_part_needs_a_level),
		cmocka_unit_test(levels_are_sorted_by_us),
		cmocka_unit_test(sgx_has_no_tdx_numbers),
		cmocka_unit_test(advisories_are_sorted_and_once),
		cmocka_unit_test(advisories_have_a_ceiling),
		cmocka_unit_test(a_relaunch_is_advised),
		cmocka_unit_test(the_current_numbers_need_a_level_too),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
