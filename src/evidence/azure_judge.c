/* SPDX-License-Identifier: Apache-2.0 */
/*
 * azure_judge.c - an Azure confidential VM: A1 to A7 tie the vTPM's quote to the
 * hardware's report, and the hardware's own judge then says who speaks. None of
 * the seven believes anything: each compares bytes with bytes, and the claims
 * come after the hardware's signature held. They are the paravisor's: anybody can
 * start another one, with a vTPM of his own, so what vtpm_* says is worth as much
 * as the comparison of the hardware's measurement (R16).
 */

#include <stdio.h>

#include "crypto/verify.h"
#include "evidence/hcl.h"
#include "evidence/kind.h"
#include "evidence/quote.h"
#include "evidence/quote_judge.h"
#include "evidence/snp.h"
#include "evidence/tpm.h"

struct azure {
	const struct judge *j;
	const struct evidence *e;
	struct cloister_verdict *v;
	struct hcl hcl;
	struct hcl_runtime rt;
	struct tpm_quote quote;
	struct bytes signature;
	struct bytes pcr[TPM_PCRS];
};

/* A1 to A3: the parts, each in its form. */
static bool read_parts(struct azure *a)
{
	bool snp = a->e->kind == KIND_AZURE_SNP;
	struct cloister_fault why;

	if (hcl_read(a->e->body, &a->hcl, &why) != CLOISTER_OK)
		verdict_fault(a->v, CHECK_AZURE_HCL, &why);
	else if (a->hcl.tee != (snp ? HCL_SNP : HCL_TDX))
		verdict_failed(a->v, CHECK_AZURE_HCL, "the report is of another kind of hardware");
	else
		verdict_held(a->v, CHECK_AZURE_HCL, "version %u", a->hcl.version);
	if (!verdict_held_to(a->v, CHECK_AZURE_HCL))
		return false;

	if (hcl_runtime_read(a->hcl.runtime, &a->rt, &why) != CLOISTER_OK)
		verdict_fault(a->v, CHECK_AZURE_RUNTIME, &why);
	else
		verdict_held(a->v, CHECK_AZURE_RUNTIME, "%zu bytes", a->hcl.runtime.len);
	if (!verdict_held_to(a->v, CHECK_AZURE_RUNTIME))
		return false;

	if (tpm_quote_read(a->e->tpm_quote, &a->quote, &why) != CLOISTER_OK ||
	    tpm_signature_read(a->e->tpm_signature, &a->signature, &why) != CLOISTER_OK)
		verdict_fault(a->v, CHECK_AZURE_QUOTE, &why);
	else if (a->e->tpm_pcrs.len != TPM_PCRS * TPM_PCR_LEN)
		verdict_failed(a->v, CHECK_AZURE_QUOTE, "not %u register values", TPM_PCRS);
	else
		verdict_held(a->v, CHECK_AZURE_QUOTE, "%zu bytes", a->e->tpm_quote.len);
	if (!verdict_held_to(a->v, CHECK_AZURE_QUOTE))
		return false;
	for (unsigned i = 0; i < TPM_PCRS; i++)
		a->pcr[i] = bytes_of(a->e->tpm_pcrs.data + i * TPM_PCR_LEN, TPM_PCR_LEN);
	return true;
}

/*
 * The report data that vouch: an SNP report's own; of a TDX machine those of the
 * quote, since only the machine itself can check a TDREPORT. BYTES_NONE, with a
 * fault, when there are none.
 */
static struct bytes vouching_data(struct azure *a, struct cloister_fault *why)
{
	struct quote q;

	if (a->e->kind == KIND_AZURE_SNP)
		return a->hcl.report_data;
	if (quote_read(a->e->td_quote, &q, why) != CLOISTER_OK)
		return BYTES_NONE;
	if (q.body == QUOTE_SGX) {
		(void)fail(why, CLOISTER_E_UNSUPPORTED, "td_quote", "of an enclave");
		return BYTES_NONE;
	}
	/* in this form the view is of the quote's bytes, which outlive `q` */
	return q.td.report_data;
}

/* A4: the hardware's report data are the digest of the runtime data, then zeros. */
static enum cloister_err check_binding(struct azure *a, struct cloister_fault *why)
{
	uint8_t due[HCL_REPORT_DATA_LEN];
	struct cloister_fault local;
	struct bytes is = vouching_data(a, &local);

	TRY(hcl_binding(&a->hcl, due, why));
	if (!is.data)
		verdict_fault(a->v, CHECK_AZURE_BINDING, &local);
	else if (is.len == sizeof due && mem_same(is.data, due, sizeof due))
		verdict_held(a->v, CHECK_AZURE_BINDING, "all %zu bytes of report data compared", is.len);
	else
		verdict_failed(a->v, CHECK_AZURE_BINDING,
			       "the report data are not the digest of the runtime data");
	return CLOISTER_OK;
}

/*
 * A5: who asked for an SNP report; a guest can ask for one too, at its own level. A TD
 * quote has no such levels: whatever asked is part of what MRTD measured.
 */
static void check_paravisor(struct azure *a)
{
	struct cloister_fault why;
	struct snp_report r;

	if (snp_report_read(a->hcl.report, &r, &why) != CLOISTER_OK)
		verdict_fault(a->v, CHECK_AZURE_PARAVISOR, &why);
	else if (r.vmpl != 0)
		verdict_failed(a->v, CHECK_AZURE_PARAVISOR, "the report was made at VMPL %u, not by the paravisor",
			       r.vmpl);
	else
		verdict_held(a->v, CHECK_AZURE_PARAVISOR, "VMPL 0");
}

/* A6: TPM2_Quote with RSASSA and SHA-256, by the key in the runtime data. */
static enum cloister_err check_signature(struct azure *a, struct cloister_fault *why)
{
	const struct jwk *ak = &a->rt.ak;
	uint8_t digest[SHA256_LEN];
	bool good;

	TRY(hash_sha256(a->e->tpm_quote, digest, why));
	TRY(rsa_verify(RSA_PKCS1_SHA256, bytes_of(ak->n, ak->n_len), bytes_of(ak->e, ak->e_len),
		       BYTES_OF(digest), a->signature, &good, why));
	if (good)
		verdict_held(a->v, CHECK_AZURE_SIGNATURE, "%s", "");
	else
		verdict_failed(a->v, CHECK_AZURE_SIGNATURE, "the vTPM's key did not sign this quote");
	return CLOISTER_OK;
}

/* A7: over exactly the registers that the quote selects. */
static enum cloister_err check_pcrs(struct azure *a, struct cloister_fault *why)
{
	uint8_t digest[SHA256_LEN];

	TRY(tpm_pcr_digest(a->quote.pcrs, a->pcr, digest, why));
	if (mem_same(digest, a->quote.digest.data, sizeof digest))
		verdict_held(a->v, CHECK_AZURE_PCRS, "%d registers of the SHA-256 bank",
			     __builtin_popcount(a->quote.pcrs));
	else
		verdict_failed(a->v, CHECK_AZURE_PCRS,
			       "the values are not those that the quote selects and digests");
	return CLOISTER_OK;
}

/* ---- claims ---------------------------------------------------------------------- */

static const char *const pcr_names[TPM_PCRS] = {
	"vtpm_pcr0",  "vtpm_pcr1",  "vtpm_pcr2",  "vtpm_pcr3",  "vtpm_pcr4",  "vtpm_pcr5",
	"vtpm_pcr6",  "vtpm_pcr7",  "vtpm_pcr8",  "vtpm_pcr9",  "vtpm_pcr10", "vtpm_pcr11",
	"vtpm_pcr12", "vtpm_pcr13", "vtpm_pcr14", "vtpm_pcr15", "vtpm_pcr16", "vtpm_pcr17",
	"vtpm_pcr18", "vtpm_pcr19", "vtpm_pcr20", "vtpm_pcr21", "vtpm_pcr22", "vtpm_pcr23",
};

/* What the paravisor says about the VM, when it does and in its form. */
static void claim_vm(const struct azure *a)
{
	static const struct {
		const char *is, *claim;
	} flags[] = { { "secure-boot", "secure_boot" },
		      { "tpm-enabled", "tpm_enabled" },
		      { "tpm-persisted", "tpm_persisted" },
		      { "console-enabled", "console_enabled" },
		      { "filtered-vpci-devices-allowed", "filtered_vpci_devices_allowed" } },
	  texts[] = { { "vmUniqueId", "vm_unique_id" },
		      { "root-cert-thumbprint", "root_cert_thumbprint" } };
	char text[128];
	bool yes;

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (json_bool(json_get(a->rt.vm, flags[i].is), &yes))
			verdict_claim_bool(a->v, flags[i].claim, yes);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (json_text(json_get(a->rt.vm, texts[i].is), text, sizeof text))
			verdict_claim_text_copy(a->v, texts[i].claim, text);
}

static void claim(const struct azure *a)
{
	for (unsigned i = 0; i < TPM_PCRS; i++)
		if (a->quote.pcrs >> i & 1)
			verdict_claim_bytes(a->v, pcr_names[i], a->pcr[i]);
	verdict_claim_u64(a->v, "vtpm_pcrs", a->quote.pcrs);
	verdict_claim_bytes(a->v, "nonce", a->quote.extra);
	if (a->rt.has_user_data)
		verdict_claim_bytes_copy(a->v, "user_data", BYTES_OF(a->rt.user_data));
	verdict_claim_bytes(a->v, "vtpm_signer", a->quote.signer);
	verdict_claim_u64(a->v, "vtpm_resets", a->quote.resets);
	verdict_claim_u64(a->v, "vtpm_restarts", a->quote.restarts);
	verdict_claim_u64(a->v, "vtpm_firmware", a->quote.firmware);
	verdict_claim_bytes(a->v, "runtime_data", a->hcl.runtime);
	claim_vm(a);
}

/* ---- the order ------------------------------------------------------------------- */

static enum cloister_err bind(struct azure *a, struct cloister_fault *why)
{
	if (!read_parts(a))
		return CLOISTER_OK;
	TRY(check_binding(a, why));
	if (verdict_held_to(a->v, CHECK_AZURE_BINDING) && a->e->kind == KIND_AZURE_SNP)
		check_paravisor(a);
	if (verdict_held_to(a->v, CHECK_AZURE_PARAVISOR))
		TRY(check_signature(a, why));
	if (verdict_held_to(a->v, CHECK_AZURE_SIGNATURE))
		TRY(check_pcrs(a, why));
	return CLOISTER_OK;
}

enum cloister_err azure_judge(const struct judge *j, const struct evidence *e, struct cloister_verdict *v,
			      struct cloister_fault *why)
{
	bool snp = e->kind == KIND_AZURE_SNP;
	struct azure a = { .j = j, .e = e, .v = v };
	struct spoken said;

	verdict_ask(v, CHECK_AZURE_HCL, CHECK_AZURE_BINDING);
	if (snp)
		verdict_ask(v, CHECK_AZURE_PARAVISOR, CHECK_AZURE_PARAVISOR);
	verdict_ask(v, CHECK_AZURE_SIGNATURE, CHECK_AZURE_PCRS);
	verdict_ask(v, CHECK_DEBUG, CHECK_MEASUREMENTS);
	verdict_ask(v, CHECK_NONCE, CHECK_PLATFORM);
	TRY(bind(&a, why));
	if (!verdict_held_to(v, CHECK_AZURE_PCRS))
		return CLOISTER_OK;
	if (snp)
		TRY(snp_check(j, a.hcl.report, &said, v, why));
	else
		TRY(quote_check(j, e->td_quote, v, &said, why));
	if (!verdict_held_to(v, snp ? CHECK_SNP_SIGNATURE : CHECK_QUOTE_SIGNATURE))
		return CLOISTER_OK;
	claim(&a);
	said.kind = e->kind;
	said.has_fields = true;
	said.nonce = a.quote.extra;
	said.user_data = a.rt.has_user_data ? BYTES_OF(a.rt.user_data) : BYTES_NONE;
	expect_common(j->policy, &said, j->now_s, v);
	return CLOISTER_OK;
}
