/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_test.c - each bundle of vectors/azure and vectors/gcp fails its rule and
 * no other; no prefix and no flipped bit of what is signed is accepted; genuine
 * Azure evidence holds as far as it goes.
 */

#include "base/test.h"

#include <dirent.h>
#include <stdio.h>

#include "codec/cert.h"
#include "codec/json.h"
#include "codec/pem.h"
#include "evidence/collateral.h"
#include "evidence/genuine.h"
#include "evidence/kind.h"

#define AT_S 1782864000u /* 2026-07-01 */

static const char *vectors, *genuine;
static unsigned step;

static void load(struct buf *out, const char *dir, const char *name)
{
	char path[8500];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	*out = (struct buf)BUF_INIT(4u << 20);
	if (!read_file(path, out))
		fail_msg("%s cannot be read", path);
}

/* By PKCS#1 an issuer of tokens could have signed it too: there the family has to be said. */
static const char *family_of(const char *name)
{
	return strncmp(name, "gcp/", 4) == 0 ? "google" : NULL;
}

static void lay(struct cloister_trust *t, const char *name, bool root)
{
	struct cloister_fault why = { 0 };
	struct buf b;

	load(&b, vectors, name);
	if (root)
		WANT_OK(cloister_trust_add_root_for(t, family_of(name), lend(buf_bytes(&b)), &why), &why);
	else
		WANT_OK(cloister_trust_add_collateral(t, lend(buf_bytes(&b)), &why), &why);
	buf_fini(&b);
}

/* All roots are the caller's; the hardware's collateral too, but no endorsement. */
static struct cloister_trust *usual_trust(void)
{
	static const char *const roots[] = { "azure/ark.der", "azure/intel-root.pem", "gcp/root.der",
					     "gcp/root-pkcs1.der" },
			  *const pieces[] = { "azure/ask.der",	   "azure/ark.der", "azure/tcb-signer.pem",
					      "azure/root.crl",	   "azure/pck.crl", "azure/tcb-info.pcs",
					      "azure/qe-identity.pcs" };
	struct cloister_fault why = { 0 };
	struct cloister_trust *t;

	WANT_OK(cloister_trust_new(&t, &why), &why);
	for (size_t i = 0; i < N_OF(roots); i++)
		lay(t, roots[i], true);
	for (size_t i = 0; i < N_OF(pieces); i++)
		lay(t, pieces[i], false);
	return t;
}

/* What a good bundle says, in full. */
static struct cloister_policy usual(const char *kind)
{
	static uint8_t user_data[64];
	struct cloister_policy p = expect_anything();
	bool azure = strcmp(kind, "azure") == 0;

	memset(user_data, 0x5a, sizeof user_data);
	p.allow_debug = false;
	p.nonce = (struct want_field){ WANT_EXACTLY, azure ? bytes_text("vTPM nonce") : bytes_text("N\1\2\3") };
	if (azure)
		p.user_data = (struct want_field){ WANT_EXACTLY, BYTES_OF(user_data) };
	return p;
}

static struct cloister_verdict judge(struct cloister_trust *t, struct bytes in, const struct cloister_policy *p)
{
	struct cloister_verdict v;
	struct cloister_fault why = { 0 };

	WANT_OK(evidence_verify(t, p, in, AT_S, &v, &why), &why);
	return v;
}

static void assert_only(const struct cloister_verdict *v, const char *rule, const char *says)
{
	enum check failed = verdict_first_failed(v);

	assert_int_not_equal(failed, CHECK_COUNT);
	for (int c = 0; c < CHECK_COUNT; c++) {
		if (v->finding[c] == CLOISTER_FAILED &&
		    (strcmp(check_id((enum check)c), rule) != 0 || !strstr(v->reason[c], says)))
			fail_msg("%s %s", check_id((enum check)c), v->reason[c]);
		if (c < (int)failed && v->asked[c] && !v->waived[c])
			assert_int_equal(v->finding[c], CLOISTER_HELD);
	}
	assert_false(cloister_verdict_accepts(v));
	assert_true(v->asked[failed]);
	/* without the hardware's signature nothing is claimed, and all the rest stays unanswered */
	if (failed <= CHECK_AZURE_PCRS) {
		for (int c = CHECK_AZURE_HCL; c <= (int)CHECK_PLATFORM; c++)
			if (c <= (int)CHECK_AZURE_PCRS || (c >= (int)CHECK_DEBUG && c <= (int)CHECK_MEASUREMENTS) ||
			    c >= (int)CHECK_NONCE)
				assert_int_equal(v->asked[c], c != (int)CHECK_AZURE_PARAVISOR ||
								      strcmp(v->kind, "azure-snp") == 0);
		assert_int_equal(v->n_claims, 0);
		for (int c = (int)failed + 1; c <= (int)CHECK_AZURE_PCRS; c++)
			assert_int_equal(v->finding[c], CLOISTER_UNCHECKED);
	}
	/* without the endorsement's nothing of it is */
	if (failed < CHECK_GCE_ENDORSED && failed >= CHECK_GCE_FORM) {
		assert_int_equal(v->finding[CHECK_GCE_ENDORSED], CLOISTER_UNCHECKED);
		assert_null(verdict_claim(v, "endorsement_date"));
		assert_int_equal(verdict_claim(v, "endorsement_root_sha256") != NULL, failed == CHECK_GCE_SIGNATURE);
	}
}

static void judge_folder(const char *kind, size_t n_least)
{
	struct cloister_trust *t = usual_trust();
	struct buf text, in;
	struct json entries, e;
	char dir[4096];
	size_t n = 0;

	snprintf(dir, sizeof dir, "%s/%s", vectors, kind);
	load(&text, dir, "index.json");
	assert_int_equal(json_read(buf_bytes(&text), &entries, NULL), CLOISTER_OK);
	for (struct json_walk w = json_walk(entries); json_next(&w, NULL, &e); n++) {
		char file[128], rule[8] = "", says[128];
		struct cloister_policy p = usual(kind);
		assert_true(json_text(json_get(e, "file"), file, sizeof file));
		assert_true(json_text(json_get(e, "says"), says, sizeof says));
		uint64_t least = 0;
		(void)json_bool(json_get(e, "any_vmpl"), &p.snp.any_vmpl);
		(void)json_bool(json_get(e, "gce_required"), &p.gce.required);
		(void)json_u64(json_get(e, "gce_svn_min"), &least);
		p.gce.svn_min = (uint32_t)least;
		bool accepted = !json_text(json_get(e, "fails"), rule, sizeof rule);
		print_message("%s/%s\n", kind, file);
		load(&in, dir, file);
		struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
		enum check c = verdict_first_failed(&v);
		if (!accepted)
			assert_only(&v, rule, says);
		else if (c != CHECK_COUNT)
			fail_msg("%s: %s", check_id(c), v.reason[c]);
		assert_int_equal(cloister_verdict_accepts(&v), accepted);
		verdict_fini(&v);
		buf_fini(&in);
	}
	assert_true(n >= n_least);
	buf_fini(&text);
	cloister_trust_free(t);
}

static void azure_bundles_fail_their_rule(void **state)
{
	(void)state;
	judge_folder("azure", 35);
}

static void gcp_bundles_fail_their_rule(void **state)
{
	(void)state;
	judge_folder("gcp", 20);
}

static void every_rule_has_a_vector(void **state)
{
	static const char *const kinds[] = { "azure", "gcp" };
	static const enum check first[] = { CHECK_AZURE_HCL, CHECK_GCE_FORM },
				last[] = { CHECK_AZURE_PCRS, CHECK_GCE_SVN };
	(void)state;

	for (size_t k = 0; k < 2; k++) {
		struct buf text;
		struct json entries, e;
		char dir[4096];
		snprintf(dir, sizeof dir, "%s/%s", vectors, kinds[k]);
		load(&text, dir, "index.json");
		assert_int_equal(json_read(buf_bytes(&text), &entries, NULL), CLOISTER_OK);
		for (int c = (int)first[k]; c <= (int)last[k]; c++) {
			bool found = false;
			for (struct json_walk w = json_walk(entries); !found && json_next(&w, NULL, &e);)
				found = json_is(json_get(e, "fails"), check_id((enum check)c));
			assert_true(found);
		}
		buf_fini(&text);
	}
}

/* Of an SNP machine: what the vTPM says is claimed, register by register, and compared. */
static void what_is_claimed(void **state)
{
	struct cloister_trust *t = usual_trust();
	struct cloister_policy p = usual("azure");
	uint8_t pcr[32];
	struct buf in;
	(void)state;

	load(&in, vectors, "azure/ok-some-registers.json");
	struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
	assert_true(cloister_verdict_accepts(&v));
	assert_string_equal(v.kind, "azure-snp");
	for (unsigned i = 0; i < 24; i++) {
		char name[16];
		snprintf(name, sizeof name, "vtpm_pcr%u", i);
		assert_int_equal(verdict_claim(&v, name) != NULL, i == 0 || i == 7 || i == 11);
	}
	memset(pcr, 12, sizeof pcr);
	assert_true(bytes_equal(claim_bytes(&v, verdict_claim(&v, "vtpm_pcr11")), BYTES_OF(pcr)));
	assert_true(bytes_are(claim_bytes(&v, verdict_claim(&v, "nonce")), "vTPM nonce"));
	assert_int_equal(verdict_claim(&v, "secure_boot")->number, 1);
	assert_non_null(verdict_claim(&v, "measurement"));
	verdict_fini(&v);

	/* a register that is selected can be expected, one that is not never holds, whatever was sent along */
	uint8_t program[48];
	memset(program, 'm', sizeof program);
	p.measurements = WANT_EXACTLY;
	assert_int_equal(policy_expect(&p, 0, "measurement", BYTES_OF(program), NULL), CLOISTER_OK);
	assert_int_equal(policy_expect(&p, 0, "vtpm_pcr11", BYTES_OF(pcr), NULL), CLOISTER_OK);
	v = judge(t, buf_bytes(&in), &p);
	assert_true(cloister_verdict_accepts(&v));
	verdict_fini(&v);
	memset(pcr, 13, sizeof pcr);
	assert_int_equal(policy_expect(&p, 0, "vtpm_pcr12", BYTES_OF(pcr), NULL), CLOISTER_OK);
	v = judge(t, buf_bytes(&in), &p);
	assert_int_equal(verdict_first_failed(&v), CHECK_MEASUREMENTS);
	verdict_fini(&v);

	p = usual("azure");
	p.nonce.value = bytes_text("vTPM nonc");
	v = judge(t, buf_bytes(&in), &p);
	assert_int_equal(verdict_first_failed(&v), CHECK_NONCE);
	verdict_fini(&v);
	p = usual("azure");
	p.user_data.value = bytes_text("other");
	v = judge(t, buf_bytes(&in), &p);
	assert_int_equal(verdict_first_failed(&v), CHECK_USER_DATA);
	verdict_fini(&v);
	p = usual("azure");
	p.kinds = 1u << KIND_SNP;
	v = judge(t, buf_bytes(&in), &p);
	assert_int_equal(verdict_first_failed(&v), CHECK_KIND);
	verdict_fini(&v);
	buf_fini(&in);
	cloister_trust_free(t);
}

/* What is printed of the verdict on a good bundle. */
static void print_verdict(const char *file, void print(const struct cloister_verdict *v, struct buf *out),
			  struct buf *said)
{
	struct cloister_trust *t = usual_trust();
	struct cloister_policy p = usual(strncmp(file, "azure", 5) == 0 ? "azure" : "gcp");
	struct buf in;

	*said = (struct buf)BUF_INIT(1u << 16);
	load(&in, vectors, file);
	struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
	print(&v, said);
	buf_byte(said, '$'); /* the end */
	verdict_fini(&v);
	buf_fini(&in);
	cloister_trust_free(t);
}

/* Lines that stand together, of claims and of answers. */
static const struct {
	const char *file;
	void (*print)(const struct cloister_verdict *v, struct buf *out);
	const char *says;
} said[] = {
	{ "azure/ok-snp.json", claims_print,
	  "valid_until at 1988150400\n"
	  "vtpm_pcr0 32 x 01\n"
	  "vtpm_pcr1 32 x 02\n"
	  "vtpm_pcr2 32 x 03\n"
	  "vtpm_pcr3 32 x 04\n"
	  "vtpm_pcr4 32 x 05\n"
	  "vtpm_pcr5 32 x 06\n"
	  "vtpm_pcr6 32 x 07\n"
	  "vtpm_pcr7 32 x 08\n"
	  "vtpm_pcr8 32 x 09\n"
	  "vtpm_pcr9 32 x 0a\n"
	  "vtpm_pcr10 32 x 0b\n"
	  "vtpm_pcr11 32 x 0c\n"
	  "vtpm_pcr12 32 x 0d\n"
	  "vtpm_pcr13 32 x 0e\n"
	  "vtpm_pcr14 32 x 0f\n"
	  "vtpm_pcr15 32 x 10\n"
	  "vtpm_pcr16 32 x 11\n"
	  "vtpm_pcr17 32 x 12\n"
	  "vtpm_pcr18 32 x 13\n"
	  "vtpm_pcr19 32 x 14\n"
	  "vtpm_pcr20 32 x 15\n"
	  "vtpm_pcr21 32 x 16\n"
	  "vtpm_pcr22 32 x 17\n"
	  "vtpm_pcr23 32 x 18\n"
	  "vtpm_pcrs 16777215\n"
	  "nonce 7654504d206e6f6e6365\n"
	  "user_data 64 x 5a\n"
	  "vtpm_signer 000b5151515151515151515151515151515151515151515151515151515151515151\n"
	  "vtpm_resets 1\n"
	  "vtpm_restarts 0\n"
	  "vtpm_firmware 8230\n"
	  "runtime_data 7b226b657973223a5b7b" },
	{ "azure/ok-snp.json", claims_print,
	  "41227d\n"
	  "secure_boot true\n"
	  "tpm_enabled true\n"
	  "console_enabled true\n"
	  "vm_unique_id \"00000000-0000-0000-0000-000000000001\"\n" },
	{ "azure/ok-vm.json", claims_print,
	  "41227d\n"
	  "secure_boot false\n"
	  "tpm_enabled true\n"
	  "tpm_persisted true\n"
	  "console_enabled false\n"
	  "filtered_vpci_devices_allowed true\n"
	  "vm_unique_id \"00000000-0000-0000-0000-000000000001\"\n"
	  "root_cert_thumbprint \"thumb\"\n" },
	{ "azure/user-data-none.json", claims_print,
	  "nonce 7654504d206e6f6e6365\nvtpm_signer 000b5151515151515151515151515151515151515151515151515151515151515151\n" },
	{ "azure/ok-some-registers.json", claims_print,
	  "valid_until at 1988150400\n"
	  "vtpm_pcr0 32 x 01\n"
	  "vtpm_pcr7 32 x 08\n"
	  "vtpm_pcr11 32 x 0c\n"
	  "vtpm_pcrs 2177\n"
	  "nonce 7654504d206e6f6e6365\n"
	  "user_data 64 x 5a\n"
	  "vtpm_signer 000b5151515151515151515151515151515151515151515151515151515151515151\n"
	  "vtpm_resets 1\n"
	  "vtpm_restarts 0\n"
	  "vtpm_firmware 8230\n" },
	{ "azure/ok-snp.json", answers_print,
	  "K1 held: azure-snp\n"
	  "A1 held: version 2\n"
	  "A2 held: 1110 bytes\n"
	  "A3 held: 123 bytes\n"
	  "A4 held: all 64 bytes of report data compared\n"
	  "A5 held: VMPL 0\n"
	  "A6 held: \n"
	  "A7 held: 24 registers of the SHA-256 bank\n"
	  "S1 held: \n" },
	{ "azure/ok-snp.json", answers_print,
	  "S25 waived: nothing is demanded; the report says 30000h\n"
	  "R15 held: \n"
	  "R16 waived, lowers: any program is accepted by the caller\n"
	  "R18 held: 10 bytes compared\n"
	  "R19 held: 64 bytes compared\n"
	  "R20 waived: any is accepted; the evidence has none\n"
	  "R21 waived: any is accepted; the evidence has one of 64 bytes\n"
	  "R22 waived: any machine is accepted by the caller\n"
	  "R23 waived: no least version is expected\n" },
	{ "azure/ok-tdx.json", answers_print,
	  "K1 held: azure-tdx\n"
	  "A1 held: version 2\n"
	  "A2 held: 1110 bytes\n"
	  "A3 held: 123 bytes\n"
	  "A4 held: all 64 bytes of report data compared\n"
	  "A6 held: \n"
	  "A7 held: 24 registers of the SHA-256 bank\n"
	  "D1 held: 4217 bytes\n" },
	{ "azure/ok-tdx.json", answers_print,
	  "D28 held: \n"
	  "R15 held: \n"
	  "R16 waived, lowers: any program is accepted by the caller\n"
	  "R18 held: 10 bytes compared\n"
	  "R19 held: 64 bytes compared\n"
	  "R20 waived: any is accepted; the evidence has none\n"
	  "R21 waived: any is accepted; the evidence has one of 64 bytes\n"
	  "R22 waived: any machine is accepted by the caller\n" },
	{ "azure/ok-header-1.json", answers_print,
	  "A1 held: version 1\n" },
	{ "gcp/ok-digestless.json", claims_print, "endorsed_vcpus 4\nendorsement_svn 7\n$" },
	{ "gcp/ok-newer.json", claims_print, "endorsed_vcpus 4\nendorsement_svn 9\n" },
	{ "gcp/svn-tdx-low.json", claims_print, "endorsed_ram_gib 16\nendorsement_svn 7\n" },
	{ "gcp/ok-required.json", claims_print,
	  "valid_until at 1988150400\n"
	  "endorsement_root_sha256 924cab596ce7ca96937d60c4a2f18a01cfa7f93f7a95e43ff1e85f4854ef8324\n"
	  "endorsement_date at 1780000000\n"
	  "endorsed_vcpus 4\n"
	  "endorsement_svn 7\n"
	  "firmware_sha384 48 x d1\n" },
	{ "gcp/ok-tdx.json", claims_print,
	  "endorsement_root_sha256 924cab596ce7ca96937d60c4a2f18a01cfa7f93f7a95e43ff1e85f4854ef8324\n"
	  "endorsement_date at 1780000000\n"
	  "endorsed_ram_gib 16\n"
	  "endorsement_svn 7\n"
	  "firmware_sha384 48 x d1\n" },
	{ "gcp/ok-required.json", answers_print,
	  "K1 held: snp\n"
	  "G1 held: made 1780000000, from the evidence\n"
	  "G2 held: a root given by the caller\n"
	  "G3 held: 3264 bytes\n"
	  "G4 held: for 4 virtual CPUs\n"
	  "S1 held: \n" },
	{ "gcp/ok-tdx.json", answers_print,
	  "K1 held: tdx\n"
	  "G1 held: made 1780000000, from the evidence\n"
	  "G2 held: a root given by the caller\n"
	  "G3 held: 3264 bytes\n"
	  "G4 held: for 16 GiB of memory\n"
	  "D1 held: 4217 bytes\n" },
	{ "gcp/ok-log.json", claims_print,
	  "log_events 4\n" },
	{ "gcp/ok-log.json", answers_print,
	  "K1 held: tdx\n"
	  "G5 held: 4 events\n"
	  "D1 held: 4217 bytes\n" },
	{ "gcp/ok-log-dstack.json", answers_print,
	  "K1 held: tdx\n"
	  "G5 held: 2 events\n"
	  "D1 held: 4217 bytes\n" },
};

static void what_is_said(void **state)
{
	struct buf text;

	(void)state;
	for (size_t i = 0; i < N_OF(said); i++) {
		print_verdict(said[i].file, said[i].print, &text);
		if (!strstr(buf_string(&text), said[i].says))
			fail_msg("%s says\n%s\nand not\n%s", said[i].file, buf_string(&text), said[i].says);
		buf_fini(&text);
	}
}

/* Once it is known who speaks, what he says is told and compared, though it does not suffice. */
static void what_is_said_and_refused(void **state)
{
	static const char *const files[] = { "azure/ok-snp.json", "azure/ok-tdx.json" };
	static const enum check fails[] = { CHECK_SNP_TCB_FLOOR, CHECK_TCB_EVALUATION };
	struct cloister_trust *t = usual_trust();

	(void)state;
	for (size_t i = 0; i < N_OF(files); i++) {
		struct cloister_policy p = usual("azure");
		struct buf in;
		p.snp.floor[SNP_GENOA].given = true;
		p.snp.floor[SNP_GENOA].least.bl = 255;
		p.dcap.evaluation_min = 1000;
		load(&in, vectors, files[i]);
		struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
		assert_int_equal(verdict_first_failed(&v), fails[i]);
		assert_int_equal(v.finding[CHECK_NONCE], CLOISTER_HELD);
		assert_int_equal(v.finding[CHECK_USER_DATA], CLOISTER_HELD);
		assert_non_null(verdict_claim(&v, "vtpm_pcrs"));
		verdict_fini(&v);
		buf_fini(&in);
	}
	cloister_trust_free(t);
}

/* ---- parts that do not belong together -------------------------------------------- */

static struct buf enclave_quote;

static void call_it_tdx(struct evidence *e)
{
	e->kind = KIND_AZURE_TDX;
}

static void call_it_snp(struct evidence *e)
{
	e->kind = KIND_AZURE_SNP;
}

static void without_a_register(struct evidence *e)
{
	e->tpm_pcrs.len -= 32;
}

static void with_a_register(struct evidence *e)
{
	e->tpm_pcrs.len += 32;
}

static void cut_signature(struct evidence *e)
{
	e->tpm_signature.len--;
}

static void cut_td_quote(struct evidence *e)
{
	e->td_quote.len = 700;
}

static void quote_of_an_enclave(struct evidence *e)
{
	e->td_quote = buf_bytes(&enclave_quote);
}

static void change_version(struct evidence *e)
{
	((uint8_t *)e->body.data)[32] = 9; /* ours: of the scratch */
}

/* What reading a bundle would not let through, or no forger could sign: the judge looks for itself. */
static const struct mismatch {
	const char *file, *about;
	void (*spoil)(struct evidence *e);
	enum check fails;
	const char *says;
} mismatches[] = {
	{ "azure/ok-snp.json", "called a TDX machine", call_it_tdx, CHECK_AZURE_HCL, "another kind of hardware" },
	{ "azure/ok-tdx.json", "called an SNP machine", call_it_snp, CHECK_AZURE_HCL, "another kind of hardware" },
	{ "azure/ok-snp.json", "23 registers", without_a_register, CHECK_AZURE_QUOTE, "not 24 register values" },
	{ "azure/ok-snp.json", "25 registers", with_a_register, CHECK_AZURE_QUOTE, "not 24 register values" },
	{ "azure/ok-snp.json", "a signature cut short", cut_signature, CHECK_AZURE_QUOTE, "sigAlg" },
	{ "azure/ok-tdx.json", "a TD quote cut short", cut_td_quote, CHECK_AZURE_BINDING, "the input ends" },
	{ "azure/ok-tdx.json", "an enclave's quote", quote_of_an_enclave, CHECK_AZURE_BINDING, "of an enclave" },
	{ "azure/ok-snp.json", "an SNP report of version 9", change_version, CHECK_AZURE_PARAVISOR, "version" },
};

static void parts_belong_together(void **state)
{
	struct cloister_trust *t = usual_trust();

	(void)state;
	load(&enclave_quote, vectors, "sgx/good.bin");
	for (size_t i = 0; i < N_OF(mismatches); i++) {
		const struct mismatch *m = &mismatches[i];
		struct cloister_policy p = usual("azure");
		struct cloister_fault why = { 0 };
		struct evidence e;
		struct buf in;
		print_message("%s: %s\n", m->file, m->about);
		load(&in, vectors, m->file);
		WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
		struct judge j = { t, &p, &e.given, AT_S };
		for (int spoilt = 0; spoilt < 2; spoilt++) {
			if (spoilt)
				m->spoil(&e);
			struct cloister_verdict v = verdict_new(kind_name(e.kind));
			verdict_held(&v, CHECK_KIND, "%s", "");
			WANT_OK(azure_judge(&j, &e, &v, &why), &why);
			verdict_seal(&v);
			assert_int_equal(verdict_first_failed(&v), spoilt ? m->fails : CHECK_COUNT);
			if (spoilt)
				assert_only(&v, check_id(m->fails), m->says);
			verdict_fini(&v);
		}
		evidence_fini(&e);
		buf_fini(&in);
	}
	buf_fini(&enclave_quote);
	cloister_trust_free(t);
}

/* ---- whose endorsement --------------------------------------------------------------- */

/* The endorsement of one bundle becomes the caller's. */
static void give_endorsement(struct cloister_trust *t, const char *file)
{
	struct cloister_fault why = { 0 };
	struct evidence e;
	struct buf in;
	size_t at = 0;

	load(&in, vectors, file);
	WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
	while (e.given.items[at].kind != ITEM_ENDORSEMENT)
		at++;
	WANT_OK(cloister_trust_add_collateral(t, lend(e.given.items[at].data), &why), &why);
	evidence_fini(&e);
	buf_fini(&in);
}

/* Evidence does not choose among Google's endorsements: the caller's alone count, where there are any. */
static void the_callers_endorsement_counts(void **state)
{
	static const struct {
		const char *callers, *evidence;
		uint32_t svn_min;
		enum check fails;
	} rows[] = {
		{ NULL, "gcp/ok-newer.json", 8, CHECK_COUNT },
		{ "gcp/ok-snp.json", "gcp/ok-newer.json", 8, CHECK_GCE_SVN },
		{ "gcp/ok-newer.json", "gcp/ok-snp.json", 8, CHECK_COUNT },
		{ "gcp/endorsed-other.json", "gcp/ok-snp.json", 0, CHECK_GCE_ENDORSED },
		{ "gcp/ok-snp.json", "gcp/endorsed-other.json", 0, CHECK_COUNT },
		{ "gcp/signature-key.json", "gcp/ok-snp.json", 7, CHECK_GCE_SIGNATURE },
		{ "gcp/ok-snp.json", "gcp/signature-key.json", 0, CHECK_COUNT },
		{ "gcp/ok-snp.json", "gcp/ok-none.json", 7, CHECK_COUNT },
		{ "gcp/ok-snp.json", "gcp/ok-none.json", 8, CHECK_GCE_SVN },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_trust *t = usual_trust();
		struct cloister_policy p = usual("gcp");
		struct buf in;
		p.gce.required = true;
		p.gce.svn_min = rows[i].svn_min;
		if (rows[i].callers)
			give_endorsement(t, rows[i].callers);
		load(&in, vectors, rows[i].evidence);
		struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
		if (verdict_first_failed(&v) != rows[i].fails)
			fail_msg("row %zu: %s", i, check_word(verdict_first_failed(&v)));
		assert_int_equal(cloister_verdict_accepts(&v), rows[i].fails == CHECK_COUNT);
		assert_non_null(strstr(v.reason[CHECK_GCE_FORM], rows[i].callers ? "from the caller" : "from the evidence"));
		assert_int_equal(v.asked[CHECK_GCE_SVN], rows[i].svn_min != 0);
		verdict_fini(&v);
		buf_fini(&in);
		cloister_trust_free(t);
	}
}

static struct bytes endorsement_in(const struct evidence *e)
{
	size_t at = 0;

	while (e->given.items[at].kind != ITEM_ENDORSEMENT)
		at++;
	return e->given.items[at].data;
}

/* Of several the first that lists the measurement; without one the first that has its form. */
static void one_of_several_endorsements(void **state)
{
	static const struct {
		const char *first, *second; /* a '!' before it: its last byte, of the signature, is changed */
		uint32_t svn_min;
		enum check fails;
	} rows[] = {
		{ "endorsed-other", "ok-snp", 7, CHECK_COUNT },
		{ "ok-snp", "endorsed-other", 7, CHECK_COUNT },
		{ "ok-snp", "ok-newer", 8, CHECK_GCE_SVN },
		{ "ok-newer", "ok-snp", 8, CHECK_COUNT },
		{ "!ok-snp", "ok-snp", 0, CHECK_GCE_SIGNATURE },
		{ "ok-snp", "!ok-snp", 0, CHECK_COUNT },
		{ "endorsed-other", "!endorsed-other", 0, CHECK_GCE_ENDORSED },
		{ "!endorsed-other", "endorsed-other", 0, CHECK_GCE_SIGNATURE },
		{ "form-short", "ok-snp", 0, CHECK_COUNT },
		{ "form-short", "endorsed-other", 0, CHECK_GCE_ENDORSED },
		{ "ok-snp", "form-short", 0, CHECK_COUNT },
		{ "form-short", "form-twice", 0, CHECK_GCE_FORM },
	};
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_trust *t = usual_trust();
		struct cloister_policy p = usual("gcp");
		struct cloister_fault why = { 0 };
		struct evidence e, from[2];
		struct buf in, ins[2];
		p.gce.svn_min = rows[i].svn_min;
		load(&in, vectors, "gcp/ok-none.json");
		WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
		for (size_t k = 0; k < 2; k++) {
			const char *name = k ? rows[i].second : rows[i].first;
			char file[64];
			snprintf(file, sizeof file, "gcp/%s.json", name + (*name == '!'));
			load(&ins[k], vectors, file);
			WANT_OK(evidence_open(buf_bytes(&ins[k]), &from[k], &why), &why);
			struct bytes one = endorsement_in(&from[k]);
			((uint8_t *)one.data)[one.len - 1] ^= *name == '!';
			WANT_OK(pool_add(&e.given, ITEM_ENDORSEMENT, one, &why), &why);
		}
		struct judge j = { t, &p, &e.given, AT_S };
		struct cloister_verdict v = verdict_new("snp");
		verdict_held(&v, CHECK_KIND, "%s", "");
		WANT_OK(snp_judge(&j, e.body, &v, &why), &why);
		WANT_OK(cloud_judge(&j, &e, &v, &why), &why);
		if (verdict_first_failed(&v) != rows[i].fails)
			fail_msg("row %zu: %s", i, check_word(verdict_first_failed(&v)));
		assert_int_equal(cloister_verdict_accepts(&v), rows[i].fails == CHECK_COUNT);
		verdict_fini(&v);
		for (size_t k = 0; k < 2; k++) {
			evidence_fini(&from[k]);
			buf_fini(&ins[k]);
		}
		evidence_fini(&e);
		buf_fini(&in);
		cloister_trust_free(t);
	}
}

/* What cannot have one does not pass where one is required. */
static void other_kinds_have_no_endorsement(void **state)
{
	static const char *const files[] = { "azure/ok-snp.json", "azure/ok-tdx.json" };
	struct cloister_trust *t = usual_trust();
	(void)state;

	give_endorsement(t, "gcp/ok-snp.json");
	for (size_t i = 0; i < 2 * N_OF(files); i++) {
		struct cloister_policy p = usual("azure");
		struct buf in;
		p.gce.required = i & 1;
		p.gce.svn_min = !(i & 1);
		load(&in, vectors, files[i / 2]);
		struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
		assert_int_equal(verdict_first_failed(&v), CHECK_GCE_FORM);
		assert_non_null(strstr(v.reason[CHECK_GCE_FORM], "cannot have"));
		assert_false(cloister_verdict_accepts(&v));
		verdict_fini(&v);
		buf_fini(&in);
	}
	cloister_trust_free(t);
}

/* ---- a log beside the evidence ---------------------------------------------------- */

/* Bundle and log of two vectors, the log as the caller's; NULL: without one. */
static struct cloister_verdict *judge_with(struct cloister_trust *t, const char *kind, const struct buf *doc,
					   const struct bytes *log)
{
	struct cloister_policy p = usual(kind);
	struct cloister_evidence in = { .document = lend(buf_bytes(doc)) };
	struct cloister_verdict *v = NULL;
	struct cloister_fault why = { 0 };

	if (log)
		in.event_log = lend(*log);
	WANT_OK(cloister_verify_evidence(t, &p, &in, AT_S, &v, &why), &why);
	return v;
}

static enum check first_failed(struct cloister_verdict *v)
{
	enum check c = verdict_first_failed(v);

	cloister_verdict_free(v);
	return c;
}

/* The good log of the CCEL form is taken out of its bundle, and goes beside others. */
static void a_log_beside_the_evidence(void **state)
{
	struct cloister_trust *t = usual_trust();
	struct buf with_log, other, tdx, snp;
	struct cloister_register r;
	struct cloister_fault why = { 0 };
	struct bytes empty = bytes_text(""), table = bytes_text("CCEL8\0\0\0");
	struct cloister_event event;
	struct evidence e;
	size_t at = 0;
	(void)state;

	load(&with_log, vectors, "gcp/ok-log.json");
	load(&other, vectors, "gcp/log-other.json");
	load(&tdx, vectors, "gcp/ok-tdx.json");
	load(&snp, vectors, "gcp/ok-snp.json");
	WANT_OK(evidence_open(buf_bytes(&with_log), &e, &why), &why);

	/* in place of the one inside */
	assert_int_equal(first_failed(judge_with(t, "gcp", &with_log, &e.event_log)), CHECK_COUNT);
	assert_int_equal(first_failed(judge_with(t, "gcp", &with_log, &empty)), CHECK_EVENT_LOG);
	assert_int_equal(first_failed(judge_with(t, "gcp", &with_log, &table)), CHECK_EVENT_LOG);
	/* evidence without one is as good as before, and with another machine's refused */
	assert_int_equal(first_failed(judge_with(t, "gcp", &tdx, NULL)), CHECK_COUNT);
	assert_int_equal(first_failed(judge_with(t, "gcp", &tdx, &e.event_log)), CHECK_EVENT_LOG);
	assert_int_equal(first_failed(judge_with(t, "gcp", &snp, &e.event_log)), CHECK_EVENT_LOG);

	struct cloister_verdict *v = judge_with(t, "gcp", &with_log, &e.event_log);
	for (size_t i = 0; i < CCEL_RTMRS; i++) {
		static const size_t due[] = { 1, 2, 1, 0 };
		assert_true(cloister_verdict_register(v, i, &r));
		assert_true(r.is_reproduced && r.name[4] == '0' + (char)i && r.n_events == due[i]);
		assert_memory_equal(r.replayed, claim_bytes(v, verdict_claim(v, r.name)).data, sizeof r.replayed);
	}
	assert_false(cloister_verdict_register(v, CCEL_RTMRS, &r));
	while (cloister_verdict_next_event(v, &at, &event))
		assert_true(event.is_measured && event.is_proven);
	assert_string_equal(event.reg, "rtmr2"); /* the last one */
	assert_string_equal(event.type_name, "EV_IPL");
	assert_string_equal(event.text, "kernel_cmdline: quiet");
	cloister_verdict_free(v);

	/* registers that are not reproduced prove nothing, whatever the digests say */
	v = judge_with(t, "gcp", &other, &e.event_log);
	assert_int_equal(verdict_first_failed(v), CHECK_EVENT_LOG);
	assert_null(verdict_claim(v, "log_events"));
	for (at = 0; cloister_verdict_next_event(v, &at, &event);) {
		assert_int_equal(event.is_measured, strcmp(event.reg, "rtmr1") != 0);
		assert_int_equal(event.is_proven, event.is_measured);
	}
	assert_true(cloister_verdict_register(v, 0, &r) && r.is_reproduced);
	assert_true(cloister_verdict_register(v, 1, &r) && !r.is_reproduced);
	cloister_verdict_free(v);

	/* evidence that nobody vouches for has no registers to compare with */
	struct cloister_trust *nobody;
	at = 0;
	assert_int_equal(cloister_trust_new(&nobody, NULL), CLOISTER_OK);
	v = judge_with(nobody, "gcp", &with_log, &e.event_log);
	assert_false(cloister_verdict_accepts(v));
	assert_false(cloister_verdict_register(v, 0, &r));
	assert_false(cloister_verdict_next_event(v, &at, &event));
	assert_int_equal(v->finding[CHECK_EVENT_LOG], CLOISTER_UNCHECKED);
	assert_true(v->asked[CHECK_EVENT_LOG]);
	cloister_verdict_free(v);
	cloister_trust_free(nobody);
	assert_int_equal(cloister_verify_evidence(t, &(struct cloister_policy){ 0 }, NULL, AT_S, &v, NULL),
			 CLOISTER_E_USAGE);

	evidence_fini(&e);
	buf_fini(&with_log);
	buf_fini(&other);
	buf_fini(&tdx);
	buf_fini(&snp);
	cloister_trust_free(t);
}

/* One event, in one register: each alone is enough, and none at all is not. */
static void a_log_of_one_register(void **state)
{
	static const char *const names[CCEL_RTMRS] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };
	struct cloister_trust *t = usual_trust();
	struct cloister_policy p = usual("gcp");
	struct pool none = { 0 };
	struct judge j = { t, &p, &none, AT_S };

	(void)state;
	for (unsigned reg = 0; reg <= CCEL_RTMRS; reg++) {
		uint8_t rtmr[CCEL_RTMRS][SHA384_LEN] = { 0 }, pair[2 * SHA384_LEN] = { 0 };
		struct buf log = BUF_INIT(1024);
		struct evidence e = { .kind = KIND_TDX };
		struct cloister_verdict v = verdict_new("tdx");
		struct cloister_fault why;
		bool own = reg == 3; /* dstack's events, whose digest is of type, name and payload */
		char digest[2 * SHA384_LEN + 1];
		WANT_OK(hash_sha384(bytes_of("\1\0\0\x08:a:", 7), pair + SHA384_LEN, &why), &why);
		hex_write(bytes_of(pair + SHA384_LEN, SHA384_LEN), digest);
		buf_byte(&log, '[');
		if (reg < CCEL_RTMRS) {
			WANT_OK(hash_sha384(BYTES_OF(pair), rtmr[reg], &why), &why);
			buf_print(&log, "{\"imr\":%u,\"event_type\":%u,\"digest\":\"%s\",\"event\":\"%s\",\"event_payload\":\"\"}",
				  reg, own ? 0x08000001u : 1, digest, own ? "a" : "");
		}
		buf_byte(&log, ']');
		e.event_log = buf_bytes(&log);
		verdict_claim_bytes(&v, "measurement", BYTES_OF(pair));
		for (unsigned i = 0; i < CCEL_RTMRS; i++)
			verdict_claim_bytes(&v, names[i], BYTES_OF(rtmr[i]));
		WANT_OK(cloud_judge(&j, &e, &v, &why), &why);
		assert_int_equal(v.finding[CHECK_EVENT_LOG], reg < CCEL_RTMRS ? CLOISTER_HELD : CLOISTER_FAILED);
		assert_string_equal(v.reason[CHECK_EVENT_LOG],
				    reg < CCEL_RTMRS ? "1 events" : "the log has no event that went into a register");
		verdict_fini(&v);
		buf_fini(&log);
	}
	cloister_trust_free(t);
}

/*
 * Anybody can start a paravisor of his own whose vTPM says what he likes: register by
 * register right, it is refused where the hardware measured another, and worth no more
 * than MEDIUM where the hardware's measurement was not compared.
 */
static void a_vtpm_is_worth_its_measurement(void **state)
{
	static const struct {
		const char *file, *reg;
	} rows[] = { { "azure/ok-snp.json", "measurement" }, { "azure/ok-tdx.json", "mrtd" } };
	struct cloister_trust *t = usual_trust();
	(void)state;

	for (size_t i = 0; i < N_OF(rows); i++) {
		struct cloister_policy p = usual("azure"), alone = p;
		struct cloister_fault why;
		uint8_t value[48], pcr4[32], pcr9[32];
		struct buf in;
		load(&in, vectors, rows[i].file);
		memset(pcr4, 5, sizeof pcr4);
		memset(pcr9, 10, sizeof pcr9);

		/* a policy that speaks of the vTPM alone is none */
		assert_int_equal(policy_expect(&alone, 0, "vtpm_pcr4", BYTES_OF(pcr4), NULL), CLOISTER_OK);
		struct cloister_verdict v;
		assert_int_equal(evidence_verify(t, &alone, buf_bytes(&in), AT_S, &v, &why), CLOISTER_E_USAGE);

		v = judge(t, buf_bytes(&in), &p);
		assert_true(cloister_verdict_accepts(&v));
		v.root_is_builtin = true;
		assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
		memcpy(value, claim_bytes(&v, verdict_claim(&v, rows[i].reg)).data, sizeof value);
		verdict_fini(&v);

		for (unsigned spoil = 0; spoil < 2; spoil++) {
			p = usual("azure");
			value[47] ^= (uint8_t)spoil;
			assert_int_equal(policy_expect(&p, 0, rows[i].reg, BYTES_OF(value), NULL), CLOISTER_OK);
			assert_int_equal(policy_expect(&p, 0, "vtpm_pcr4", BYTES_OF(pcr4), NULL), CLOISTER_OK);
			assert_int_equal(policy_expect(&p, 0, "vtpm_pcr9", BYTES_OF(pcr9), NULL), CLOISTER_OK);
			v = judge(t, buf_bytes(&in), &p);
			assert_int_equal(verdict_first_failed(&v), spoil ? CHECK_MEASUREMENTS : CHECK_COUNT);
			verdict_fini(&v);
		}
		buf_fini(&in);
	}
	cloister_trust_free(t);
}

/* The roots alone decide: without them, and with nothing else changed, nobody speaks. */
static void without_roots(void **state)
{
	static const char *const files[] = { "azure/ok-snp.json", "azure/ok-tdx.json", "gcp/ok-snp.json" };
	struct cloister_trust *t;
	struct buf in;
	(void)state;

	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	for (size_t i = 0; i < N_OF(files); i++) {
		struct cloister_policy p = usual(i < 2 ? "azure" : "gcp");
		p.gce.required = true;
		load(&in, vectors, files[i]);
		struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
		assert_false(cloister_verdict_accepts(&v));
		assert_int_equal(v.n_claims, 0);
		assert_true(v.asked[CHECK_GCE_FORM]);
		assert_int_equal(v.finding[CHECK_GCE_FORM], CLOISTER_UNCHECKED);
		verdict_fini(&v);
		buf_fini(&in);
	}
	cloister_trust_free(t);
}

/* ---- prefixes and flips ------------------------------------------------------------- */

static bool holds(struct cloister_trust *t, const struct evidence *e)
{
	struct cloister_policy p = usual("azure");
	struct judge j = { t, &p, &e->given, AT_S };
	struct cloister_verdict v = verdict_new(kind_name(e->kind));
	struct cloister_fault why = { 0 };

	verdict_held(&v, CHECK_KIND, "%s", "");
	WANT_OK(azure_judge(&j, e, &v, &why), &why);
	bool yes = cloister_verdict_accepts(&v);
	verdict_fini(&v);
	return yes;
}

/*
 * Of a TDREPORT, bytes 32 to 1055 of an HCL report, only the type is looked at:
 * nobody but the machine itself can verify the rest.
 */
static bool says_nothing(const struct evidence *e, size_t byte)
{
	return e->kind == KIND_AZURE_TDX && byte >= 36 && byte < 1056;
}

static void spoil(const char *file)
{
	struct cloister_trust *t = usual_trust();
	struct cloister_fault why = { 0 };
	struct evidence e;
	struct buf in;

	load(&in, vectors, file);
	WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
	assert_true(holds(t, &e));
	struct bytes *const parts[] = { &e.body, &e.tpm_quote, &e.tpm_signature, &e.tpm_pcrs, &e.td_quote };
	for (size_t i = 0; i < N_OF(parts); i++) {
		struct bytes whole = *parts[i];
		uint8_t *data = (uint8_t *)whole.data; /* ours: of `in`, or of the scratch */
		size_t used = whole.len;
		/* zeros behind an HCL report or a quote are padding: some may be missing */
		while (used && (i == 0 || i == 4) && data[used - 1] == 0)
			used--;
		for (size_t n = 0; n < used; n += 1 + (i == 0 || i == 4 ? step / 8 : 0)) {
			*parts[i] = bytes_of(data, n);
			if (holds(t, &e))
				fail_msg("%s: part %zu cut at %zu", file, i, n);
		}
		*parts[i] = whole;
		for (size_t bit = 0; bit < 8 * whole.len; bit += step) {
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (holds(t, &e) && !(i == 0 && says_nothing(&e, bit / 8)))
				fail_msg("%s: part %zu, bit %zu", file, i, bit);
			data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	evidence_fini(&e);
	buf_fini(&in);
	cloister_trust_free(t);
}

static bool endorsed(struct cloister_trust *t, const struct evidence *e)
{
	struct cloister_policy p = usual("gcp");
	struct judge j = { t, &p, &e->given, AT_S };
	struct cloister_verdict v = verdict_new(kind_name(e->kind));
	struct cloister_fault why = { 0 };

	verdict_held(&v, CHECK_KIND, "%s", "");
	WANT_OK(snp_judge(&j, e->body, &v, &why), &why);
	assert_true(cloister_verdict_accepts(&v));
	WANT_OK(cloud_judge(&j, e, &v, &why), &why);
	bool yes = cloister_verdict_accepts(&v);
	if (!yes)
		assert_null(verdict_claim(&v, "endorsement_date"));
	verdict_fini(&v);
	return yes;
}

static void spoil_endorsement(void)
{
	struct cloister_trust *t = usual_trust();
	struct cloister_fault why = { 0 };
	struct evidence e;
	struct buf in;
	size_t at = 0;

	load(&in, vectors, "gcp/ok-snp.json");
	WANT_OK(evidence_open(buf_bytes(&in), &e, &why), &why);
	while (e.given.items[at].kind != ITEM_ENDORSEMENT)
		at++;
	struct bytes whole = e.given.items[at].data;
	uint8_t *data = (uint8_t *)whole.data;
	assert_true(endorsed(t, &e));
	for (size_t n = 0; n < whole.len; n += 1 + step / 8) {
		e.given.items[at].data = bytes_of(data, n);
		if (endorsed(t, &e))
			fail_msg("endorsement cut at %zu", n);
	}
	e.given.items[at].data = whole;
	for (size_t bit = 0; bit < 8 * whole.len; bit += step) {
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (endorsed(t, &e))
			fail_msg("endorsement: bit %zu", bit);
		data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	evidence_fini(&e);
	buf_fini(&in);
	cloister_trust_free(t);
}

static void prefixes_and_flips(void **state)
{
	(void)state;
	spoil_endorsement();
	spoil("azure/ok-snp.json");
	spoil("azure/ok-tdx.json");
}

/* ---- genuine ---------------------------------------------------------------------------- */

static void put_base64(struct json_out *w, const char *key, const struct buf *b)
{
	char *text = malloc(B64_ROOM(b->len));

	b64_write(buf_bytes(b), text);
	json_put_text(w, key, text);
	free(text);
}

/* Whatever lies in snp/roots: authorities, as a caller would have fetched them. */
static void give_folder(struct cloister_trust *t, const char *dir)
{
	DIR *d = opendir(dir);

	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		struct buf b = BUF_INIT(1u << 20);
		char path[8500];
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.' && read_file(path, &b))
			(void)cloister_trust_add_collateral(t, lend(buf_bytes(&b)), NULL);
		buf_fini(&b);
	}
	if (d)
		closedir(d);
}

static void judge_genuine(struct cloister_trust *t, const char *dir, bool snp)
{
	struct buf hcl, quote, sig, pcrs, vcek = BUF_INIT(1u << 16), td = BUF_INIT(1u << 16), out = BUF_INIT(1u << 20);
	struct json_out w = json_out(&out);
	struct cloister_policy p = expect_anything();
	uint64_t at_s = AT_S;
	struct cert c;

	load(&hcl, dir, "hcl_report.bin");
	load(&quote, dir, "tpm_quote.msg");
	load(&sig, dir, "tpm_quote.sig");
	load(&pcrs, dir, "pcrs_sha256.bin");
	json_open(&w, NULL, '{');
	json_put_u64(&w, "version", 1);
	put_base64(&w, "hcl_report", &hcl);
	json_open(&w, "tpm_quote", '{');
	json_put_hex(&w, "message", buf_bytes(&quote));
	json_put_hex(&w, "signature", buf_bytes(&sig));
	json_open(&w, "pcrs", '[');
	for (size_t i = 0; i < 24; i++)
		json_put_hex(&w, NULL, bytes_of(pcrs.data + 32 * i, 32));
	json_close(&w, ']');
	json_close(&w, '}');
	if (snp) {
		load(&vcek, dir, "vcek.der");
		put_base64(&w, "vcek", &vcek);
		assert_int_equal(cert_read(buf_bytes(&vcek), &cert_profile_amd, &c, NULL), CLOISTER_OK);
		at_s = c.not_before_s + 86400;
	} else {
		load(&td, dir, "td_quote.bin");
		put_base64(&w, "td_quote", &td);
	}
	json_close(&w, '}');
	p.snp.allow_milan = true;
	struct cloister_verdict v;
	struct cloister_fault why = { 0 };
	WANT_OK(evidence_verify(t, &p, buf_bytes(&out), at_s, &v, &why), &why);
	enum check failed = verdict_first_failed(&v);
	print_message("%s: %s %s\n", dir, failed == CHECK_COUNT ? "accepted" : check_id(failed),
		      failed == CHECK_COUNT ? "" : v.reason[failed]);
	assert_true(verdict_held_to(&v, CHECK_AZURE_PCRS));
	if (snp) {
		assert_true(cloister_verdict_accepts(&v));
		assert_int_equal(cloister_verdict_level(&v), CLOISTER_LEVEL_MEDIUM);
	} else { /* no collateral is given here: it is asked for, and nothing is claimed without */
		assert_true(failed >= CHECK_QUOTE_SIZE && failed <= CHECK_TCB_STATUS);
		assert_int_equal(v.n_claims, 0);
	}
	verdict_fini(&v);
	buf_fini(&hcl);
	buf_fini(&quote);
	buf_fini(&sig);
	buf_fini(&pcrs);
	buf_fini(&vcek);
	buf_fini(&td);
	buf_fini(&out);
}

static void genuine_azure_evidence(void **state)
{
	struct buf index = BUF_INIT(1u << 20);
	struct cloister_trust *t;
	struct json root, key, value;
	char path[4096], name[256], dir[4400];
	uint64_t type;
	size_t n = 0;
	(void)state;

	snprintf(path, sizeof path, "%s/azure/expected.json", genuine);
	if (!read_file(path, &index)) {
		print_message("no genuine Azure evidence beside the checkout: skipped\n");
		skip();
	}
	assert_int_equal(cloister_trust_new(&t, NULL), CLOISTER_OK);
	snprintf(path, sizeof path, "%s/snp/roots", genuine);
	give_folder(t, path);
	assert_int_equal(json_read(buf_bytes(&index), &root, NULL), CLOISTER_OK);
	for (struct json_walk w = json_walk(root); json_next(&w, &key, &value); n++) {
		assert_true(json_text(key, name, sizeof name));
		assert_true(json_u64(json_get(json_get(value, "hcl"), "report_type"), &type));
		snprintf(dir, sizeof dir, "%s/azure/%s", genuine, name);
		judge_genuine(t, dir, type == 2);
	}
	assert_int_not_equal(n, 0);
	buf_fini(&index);
	cloister_trust_free(t);
}

static enum cloister_err count_item(void *ctx, enum item_kind kind, struct bytes data,
				    struct cloister_fault *why)
{
	struct cert c;

	assert_int_equal(kind, ITEM_CERT);
	assert_int_equal(cert_read(data, &cert_profile_amd, &c, why), CLOISTER_OK);
	++*(size_t *)ctx;
	return CLOISTER_OK;
}

static void put_pem(struct buf *out, const struct buf *der)
{
	char *text = malloc(B64_ROOM(der->len));

	b64_write(buf_bytes(der), text);
	buf_text(out, "-----BEGIN CERTIFICATE-----\n");
	for (size_t i = 0, len = strlen(text); i < len; i += 64)
		buf_print(out, "%.64s\n", text + i);
	buf_text(out, "-----END CERTIFICATE-----\n");
	free(text);
}

/* What Azure's metadata service answered, put together again: every certificate comes out. */
static void certificates_of_the_metadata_service(void **state)
{
	struct buf pem = BUF_INIT(1u << 20), json = BUF_INIT(1u << 20);
	struct json_out w = json_out(&json);
	struct cloister_fault why = { 0 };
	char dir[4096], path[8500];
	size_t n = 0, out = 0;
	(void)state;

	snprintf(dir, sizeof dir, "%s/azure/imds", genuine);
	DIR *d = opendir(dir);
	for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
		struct buf der = BUF_INIT(1u << 16);
		snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (e->d_name[0] != '.' && read_file(path, &der)) {
			put_pem(&pem, &der);
			n++;
		}
		buf_fini(&der);
	}
	if (d)
		closedir(d);
	if (n == 0) {
		print_message("no genuine Azure evidence beside the checkout: skipped\n");
		skip();
	}
	json_open(&w, NULL, '{');
	json_put_bytes(&w, "vcekCert", buf_bytes(&pem));
	json_put_text(&w, "certificateChain", NULL);
	json_put_text(&w, "tcbm", "00");
	json_close(&w, '}');
	WANT_OK(collateral_sort(buf_bytes(&json), count_item, &out, &why), &why);
	assert_int_equal(out, n);
	buf_fini(&pem);
	buf_fini(&json);
}

/* Which families a root may be given for, and which one it is of when nobody says. */
static void a_given_root_counts_for_one_family(void **state)
{
	static const char *const names[] = { "nitro", "snp", "dcap", "token", "google" };
	static const enum root_family families[] = { ROOT_AWS, ROOT_AMD_GENOA, ROOT_INTEL, ROOT_TOKEN,
						     ROOT_GOOGLE };
	static const struct {
		const char *file;
		unsigned can_be; /* bit per name */
	} rows[] = {
		{ "nitro/root.der", 1 },      { "snp/ark-genoa.der", 2 }, { "snp/ark-turin.der", 2 },
		{ "tdx/root.pem", 4 },	      { "token/root.der", 8 },	  { "gcp/root.der", 16 },
		{ "gcp/root-pkcs1.der", 24 },
	};
	struct cloister_fault why;

	(void)state;
	for (size_t i = 0; i < N_OF(rows); i++)
		for (size_t k = 0; k <= N_OF(names); k++) {
			const char *name = k < N_OF(names) ? names[k] : NULL;
			bool one = !(rows[i].can_be & (rows[i].can_be - 1));
			bool due = name ? rows[i].can_be >> k & 1 : one;
			uint8_t sha256[SHA256_LEN], der[LIMIT_CERT_LARGE];
			struct cloister_trust *t;
			struct buf b;
			size_t len;
			bool builtin;
			WANT_OK(cloister_trust_new(&t, &why), &why);
			load(&b, vectors, rows[i].file);
			enum cloister_err err = cloister_trust_add_root_for(t, name, lend(buf_bytes(&b)), &why);
			assert_int_equal(err, due  ? CLOISTER_OK :
					      name ? CLOISTER_E_UNSUPPORTED :
						     CLOISTER_E_USAGE);
			struct bytes root = buf_bytes(&b);
			if (pem_read(root, "CERTIFICATE", der, sizeof der, &len, NULL) == CLOISTER_OK)
				root = bytes_of(der, len);
			WANT_OK(hash_sha256(root, sha256, &why), &why);
			for (size_t f = 0; f < N_OF(families); f++) {
				bool of_it = name ? f == k : rows[i].can_be >> f & 1;
				assert_int_equal(trust_has_root(t, families[f], sha256, &builtin), due && of_it);
				assert_false(builtin);
			}
			buf_fini(&b);
			cloister_trust_free(t);
		}
	assert_int_equal(cloister_trust_add_root_for(NULL, "snp", (struct cloister_bytes){ 0 }, &why),
			 CLOISTER_E_USAGE);
}

/* What an issuer of tokens may have signed is no endorsement, though the certificate be the same. */
static void a_root_of_another_family_vouches_for_nothing(void **state)
{
	static const char *const others[] = { "token", "google" };
	static const char *const pieces[] = { "azure/ask.der", "azure/ark.der" };
	struct cloister_policy p = usual("gcp");
	struct cloister_fault why;
	struct buf root, in;

	(void)state;
	load(&root, vectors, "gcp/root-pkcs1.der");
	load(&in, vectors, "gcp/ok-pkcs1-chain.json");
	for (size_t i = 0; i < N_OF(others); i++) {
		struct cloister_trust *t;
		WANT_OK(cloister_trust_new(&t, &why), &why);
		lay(t, "azure/ark.der", true);
		for (size_t k = 0; k < N_OF(pieces); k++)
			lay(t, pieces[k], false);
		WANT_OK(cloister_trust_add_root_for(t, others[i], lend(buf_bytes(&root)), &why), &why);
		struct cloister_verdict v = judge(t, buf_bytes(&in), &p);
		assert_int_equal(verdict_first_failed(&v), i == 0 ? CHECK_GCE_PATH : CHECK_COUNT);
		verdict_fini(&v);
		cloister_trust_free(t);
	}
	struct cloister_trust *t = usual_trust();
	assert_int_equal(cloister_trust_add_root_for(t, "amd", lend(buf_bytes(&root)), &why), CLOISTER_E_USAGE);
	assert_non_null(strstr(why.note, "not `amd`"));
	cloister_trust_free(t);
	buf_fini(&root);
	buf_fini(&in);
}

/* argv: our vectors, the genuine ones (which need not be there), and for prefixes and flips alone their step. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(azure_bundles_fail_their_rule),
		cmocka_unit_test(gcp_bundles_fail_their_rule),
		cmocka_unit_test(every_rule_has_a_vector),
		cmocka_unit_test(what_is_claimed),
		cmocka_unit_test(what_is_said),
		cmocka_unit_test(what_is_said_and_refused),
		cmocka_unit_test(parts_belong_together),
		cmocka_unit_test(the_callers_endorsement_counts),
		cmocka_unit_test(one_of_several_endorsements),
		cmocka_unit_test(other_kinds_have_no_endorsement),
		cmocka_unit_test(a_log_beside_the_evidence),
		cmocka_unit_test(a_log_of_one_register),
		cmocka_unit_test(a_vtpm_is_worth_its_measurement),
		cmocka_unit_test(without_roots),
		cmocka_unit_test(a_given_root_counts_for_one_family),
		cmocka_unit_test(a_root_of_another_family_vouches_for_nothing),
		cmocka_unit_test(genuine_azure_evidence),
		cmocka_unit_test(certificates_of_the_metadata_service),
	};

	const struct CMUnitTest flips[] = { cmocka_unit_test(prefixes_and_flips) };

	if (argc < 3)
		return 2;
	vectors = argv[1];
	genuine = argv[2];
	if (argc == 3)
		return cmocka_run_group_tests(tests, NULL, NULL);
	step = (unsigned)atoi(argv[3]);
	return cmocka_run_group_tests(flips, NULL, NULL);
}
