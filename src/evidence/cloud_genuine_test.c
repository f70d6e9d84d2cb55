/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_genuine_test.c - genuine TDX evidence of clouds with Intel's collateral of
 * its day: event logs lead to the registers of their quotes, and Azure's TDX
 * machines are accepted when there is collateral for them.
 */

#include "base/test.h"

#include <dirent.h>
#include <stdio.h>

#include "codec/json.h"
#include "evidence/genuine.h"
#include "evidence/genuine_dcap.h"
#include "evidence/kind.h"

#define ITEMS 16

static const char *folder;

/* Evidence as JSON, and the quote by which a case of collateral is found. */
struct item {
	char name[300];
	struct buf quote, log, json, spoilt;
	unsigned tried, accepted;
};

static struct item logs[ITEMS], machines[ITEMS];
static size_t n_logs, n_machines;

static bool load(struct buf *out, const char *dir, const char *name)
{
	char path[8500];

	*out = (struct buf)BUF_INIT(4u << 20);
	snprintf(path, sizeof path, "%s/%s", dir, name);
	return read_file(path, out);
}

static void put_base64(struct json_out *w, const char *key, const struct buf *b)
{
	char *text = malloc(B64_ROOM(b->len));

	b64_write(buf_bytes(b), text);
	json_put_text(w, key, text);
	free(text);
}

static void write_log_evidence(const struct buf *quote, const struct buf *log, struct buf *out)
{
	struct json_out w = json_out(out);

	*out = (struct buf)BUF_INIT(4u << 20);
	json_open(&w, NULL, '{');
	put_base64(&w, "quote", quote);
	put_base64(&w, "cc_eventlog", log);
	json_close(&w, '}');
}

static void add_log(const char *dir)
{
	struct item *it = &logs[n_logs];

	if (n_logs == ITEMS || !load(&it->log, dir, "ccel.bin") || !load(&it->quote, dir, "quote.bin"))
		return;
	snprintf(it->name, sizeof it->name, "%s", dir);
	write_log_evidence(&it->quote, &it->log, &it->json);
	/* one bit of the first event's digest: another start */
	it->log.data[65 + 4 + 4 + 4 + 2] ^= 1;
	write_log_evidence(&it->quote, &it->log, &it->spoilt);
	n_logs++;
}

static void add_machine(const char *dir)
{
	struct item *it = &machines[n_machines];
	struct buf hcl, message, signature, pcrs;

	if (n_machines == ITEMS || !load(&it->quote, dir, "td_quote.bin") || !load(&hcl, dir, "hcl_report.bin") ||
	    !load(&message, dir, "tpm_quote.msg") || !load(&signature, dir, "tpm_quote.sig") ||
	    !load(&pcrs, dir, "pcrs_sha256.bin"))
		return;
	snprintf(it->name, sizeof it->name, "%s", dir);
	it->json = (struct buf)BUF_INIT(1u << 20);
	struct json_out w = json_out(&it->json);
	json_open(&w, NULL, '{');
	json_put_u64(&w, "version", 1);
	put_base64(&w, "hcl_report", &hcl);
	put_base64(&w, "td_quote", &it->quote);
	json_open(&w, "tpm_quote", '{');
	json_put_hex(&w, "message", buf_bytes(&message));
	json_put_hex(&w, "signature", buf_bytes(&signature));
	json_open(&w, "pcrs", '[');
	for (size_t i = 0; i < 24; i++)
		json_put_hex(&w, NULL, bytes_of(pcrs.data + 32 * i, 32));
	json_close(&w, ']');
	json_close(&w, '}');
	json_close(&w, '}');
	buf_fini(&hcl);
	buf_fini(&message);
	buf_fini(&signature);
	buf_fini(&pcrs);
	n_machines++;
}

static void each_in(const char *part, void add(const char *dir))
{
	char path[4096], item[8192];

	snprintf(path, sizeof path, "%s/%s", folder, part);
	DIR *d = opendir(path);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		snprintf(item, sizeof item, "%s/%s", path, e->d_name);
		if (e->d_name[0] != '.')
			add(item);
	}
	if (d)
		closedir(d);
}

static struct cloister_trust *trust_of(const struct dcap_case *c)
{
	const struct buf *pieces[] = { &c->tcb_info,	  &c->qe_identity, &c->signing_chain,
				       &c->root_crl,	  &c->pck_crl,	   &c->processor_crl };
	struct cloister_fault why = { 0 };
	struct cloister_trust *t;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	for (size_t i = 0; i < N_OF(pieces); i++)
		if (pieces[i]->len)
			(void)cloister_trust_add_collateral(t, lend(buf_bytes(pieces[i])), &why);
	return t;
}

static struct cloister_policy tolerant(void)
{
	struct cloister_policy p = expect_anything();

	p.dcap.tolerated = (1u << TCB_REVOKED) - 1;
	p.dcap.grace_s = UINT64_MAX;
	p.dcap.allow_service_td = true;
	return p;
}

static struct cloister_verdict judge(struct cloister_trust *t, const struct buf *json, uint64_t at_s)
{
	struct cloister_policy p = tolerant();
	struct cloister_verdict v;
	struct cloister_fault why = { 0 };

	WANT_OK(evidence_verify(t, &p, buf_bytes(json), at_s, &v, &why), &why);
	return v;
}

/* Quotes are equal but for the zeros behind them. */
static bool same_quote(const struct buf *a, const struct buf *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	const struct buf *longer = a->len < b->len ? b : a;

	return len > 1000 && bytes_equal(bytes_of(a->data, len), bytes_of(b->data, len)) &&
	       (longer->len == len || mem_is_zero(longer->data + len, longer->len - len));
}

static void visit(const struct dcap_case *c, void *data)
{
	(void)data;
	for (size_t i = 0; i < n_logs; i++) {
		if (!c->pck_valid || !same_quote(&c->quote, &logs[i].quote))
			continue;
		struct cloister_trust *t = trust_of(c);
		struct cloister_verdict v = judge(t, &logs[i].json, c->at_s);
		logs[i].tried++;
		if (cloister_verdict_accepts(&v)) {
			logs[i].accepted++;
			assert_int_equal(v.finding[CHECK_EVENT_LOG], CLOISTER_HELD);
			verdict_fini(&v);
			v = judge(t, &logs[i].spoilt, c->at_s);
			assert_int_equal(verdict_first_failed(&v), CHECK_EVENT_LOG);
		}
		verdict_fini(&v);
		cloister_trust_free(t);
	}
	/* collateral of whatever TDX quote: its own makes the difference */
	for (size_t i = 0; i < n_machines; i++) {
		if (machines[i].accepted)
			continue;
		struct cloister_trust *t = trust_of(c);
		struct cloister_verdict v = judge(t, &machines[i].json, c->at_s);
		machines[i].tried++;
		machines[i].accepted += cloister_verdict_accepts(&v);
		if (cloister_verdict_accepts(&v))
			assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
		assert_true(verdict_held_to(&v, CHECK_AZURE_PCRS));
		verdict_fini(&v);
		cloister_trust_free(t);
	}
}

static void with_the_collateral_of_their_day(void **state)
{
	unsigned accepted = 0;
	(void)state;

	each_in("tdx/ccel", add_log);
	each_in("gcp", add_log);
	each_in("azure", add_machine);
	if (n_logs + n_machines == 0 || genuine_dcap_each(folder, visit, NULL) == 0) {
		print_message("no genuine evidence beside the checkout: skipped\n");
		skip();
	}
	for (size_t i = 0; i < n_logs; i++) {
		print_message("%s: accepted %u of %u times\n", logs[i].name, logs[i].accepted, logs[i].tried);
		assert_true(logs[i].accepted > 0 || logs[i].tried == 0);
		accepted += logs[i].accepted;
	}
	for (size_t i = 0; i < n_machines; i++) {
		print_message("%s: %s, %u sets of collateral tried\n", machines[i].name,
			      machines[i].accepted ? "accepted" : "there is none for it", machines[i].tried);
		accepted += machines[i].accepted;
	}
	assert_int_not_equal(accepted, 0);
}

/* argv[1]: the folder of genuine evidence, which need not be there. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_the_collateral_of_their_day),
	};

	folder = argc > 1 ? argv[1] : ".";
	return cmocka_run_group_tests(tests, NULL, NULL);
}
