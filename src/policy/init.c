/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.c - the file's story is the table of keys, top to bottom. What an accepted
 * verdict claims is written as is where it should stay the same, and as a comment
 * where it may well change. The result is read back before it is handed out.
 */

#include "policy/init.h"

#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/rd.h"
#include "evidence/kind.h"
#include "evidence/quote.h"
#include "policy/file.h"
#include "policy/keys.h"

struct writing {
	const struct cloister_verdict *v;
	enum kind kind;
	struct buf *out;
};

static void put_hex(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		buf_print(out, "%02x", b.data[i]);
}

/* For comments: nothing in them can end the line. */
static void put_printable(struct buf *out, struct bytes b)
{
	for (size_t i = 0; i < b.len; i++)
		buf_byte(out, b.data[i] >= 0x20 && b.data[i] < 0x7f ? b.data[i] : '.');
}

/* The bytes of a claim, if it is there and of that type. */
static bool claimed(const struct writing *w, const char *name, enum cloister_claim_type type,
		    struct bytes *out)
{
	struct cloister_claim c;

	if (!cloister_verdict_claim_named(w->v, name, &c) || c.type != type)
		return false;
	*out = borrow(c.bytes);
	return true;
}

static bool claimed_number(const struct writing *w, const char *name, uint64_t *out)
{
	struct cloister_claim c;

	if (!cloister_verdict_claim_named(w->v, name, &c) || c.type != CLOISTER_CLAIM_NUMBER)
		return false;
	*out = c.number;
	return true;
}

static bool has(const struct writing *w, const char *name)
{
	struct cloister_claim c;

	return cloister_verdict_claim_named(w->v, name, &c);
}

static void put_head(const struct writing *w)
{
	struct bytes root = BYTES_NONE, digest = BYTES_NONE;

	buf_print(w->out, "# Made by `cloister policy init` from %s evidence of trust level %s.\n",
		  cloister_verdict_kind(w->v), cloister_level_name(cloister_verdict_level(w->v)));
	(void)claimed(w, "root", CLOISTER_CLAIM_TEXT, &root);
	(void)claimed(w, "root_sha256", CLOISTER_CLAIM_BYTES, &digest);
	buf_print(w->out, "# Root, %s: ",
		  cloister_verdict_root_is_builtin(w->v) ? "built in" : "given by the caller, as it has to be again");
	put_printable(w->out, root);
	buf_text(w->out, " ");
	put_hex(w->out, digest);
	buf_text(w->out, "\n#\n# This is what was seen. Whether it is what should run, only you know: read it.\n"
			 "# doc/policy.md explains each key.\n\n");
}

/* What the evidence has in a field, as a comment, and that it does not matter. */
static void put_field(const struct writing *w, const char *key)
{
	struct bytes b;

	buf_print(w->out, "%s: any", key);
	if (claimed(w, key, CLOISTER_CLAIM_BYTES, &b)) {
		buf_text(w->out, b.len ? "  # seen: " : "  # seen: ''");
		put_hex(w->out, b);
	}
	buf_text(w->out, "\n");
}

static void put_fields(const struct writing *w)
{
	buf_print(w->out, "kinds: [%s]\n\n", kind_name(w->kind));
	buf_text(w->out, "# A new one for each time that you ask: --nonce\nnonce: required\n\n"
			 "# Or a value, or `required` for one that you give: --user-data and so on\n");
	put_field(w, "user_data");
	put_field(w, "public_key");
	put_field(w, "report_data");
}

/* ---- Measurements ------------------------------------------------------------------ */

/* Registers that say what runs, and should stay; the others are mentioned. */
static const struct {
	const char *name;
	const char *remark;
} pins[] = {
	{ "pcr0", "the whole image" },
	{ "pcr1", "kernel, command line, first ramdisk" },
	{ "pcr2", "the application" },
	{ "pcr8", "who signed the image" },
	{ "measurement", "what the guest was started with" },
	{ "mrtd", "the firmware that the TD was started with" },
	{ "rtmr1", "boot loader and kernel" },
	{ "rtmr2", "command line and ramdisk" },
	{ "mrenclave", "the enclave's code" },
	{ "vtpm_pcr4", "boot loader and kernel" },
	{ "vtpm_pcr9", "command line and ramdisk" },
	{ "vtpm_pcr11", "the unified kernel image" },
	{ "mrservicetd", "the service TD that is bound" },
};

static const char *pin_remark(const char *name)
{
	for (size_t i = 0; i < sizeof pins / sizeof *pins; i++)
		if (strcmp(pins[i].name, name) == 0)
			return pins[i].remark;
	return NULL;
}

/* PCR0, MRTD and MRENCLAVE are there under their own names. */
static bool is_double(const struct writing *w, const char *name)
{
	return strcmp(name, "measurement") == 0 && (has(w, "pcr0") || has(w, "mrtd") || has(w, "mrenclave"));
}

static void put_registers(const struct writing *w, bool pinned)
{
	const struct reg *r;
	struct bytes b;

	for (size_t i = 0; (r = reg_at(i)); i++) {
		const char *remark = pin_remark(r->name);
		if (!(r->kinds >> w->kind & 1) || !claimed(w, r->name, CLOISTER_CLAIM_BYTES, &b) ||
		    mem_is_zero(b.data, b.len) || is_double(w, r->name) || !remark == pinned)
			continue;
		buf_print(w->out, "%s%s: ", pinned ? "  " : "#  ", r->name);
		put_hex(w->out, b);
		if (remark)
			buf_print(w->out, "  # %s", remark);
		buf_text(w->out, "\n");
	}
}

static void put_measurements(const struct writing *w)
{
	if (w->v->is_debug) {
		buf_text(w->out, "\n# A debug enclave cannot say what runs in it.\nmeasurements: any\n");
		return;
	}
	buf_text(w->out, "\nmeasurements:\n");
	put_registers(w, true);
	buf_text(w->out, "# Seen besides; what is not zero and may change from machine to machine or start to start:\n");
	put_registers(w, false);
}

/* ---- Machines and their state --------------------------------------------------------- */

static void put_platforms(const struct writing *w)
{
	struct cloister_claim c;

	buf_text(w->out, "\n# Or a list of the machines that you know.\nplatforms: any\n");
	if (cloister_verdict_claim_named(w->v, "platform_id", &c) && c.bytes.len <= REGISTER_MAX) {
		buf_text(w->out, "#platforms:\n#- ");
		put_hex(w->out, borrow(c.bytes));
		buf_text(w->out, "\n");
	}
	buf_text(w->out, "\n# The nonce shows that it is fresh; kinds that say when they were made can be held to, say, 5m.\n"
			 "max_age: any\n\n");
	buf_print(w->out, "debug: %s\n", w->v->is_debug ? "allow  # the host can read everything in it" : "refuse");
}

/* "genoa", for a product that has a floor. */
static const char *floor_of(struct bytes product)
{
	static const char *const names[][2] = { { "Milan", "milan" }, { "Genoa", "genoa" }, { "Turin", "turin" } };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (bytes_are(product, names[i][0]))
			return names[i][1];
	return NULL;
}

static void put_bits(const struct writing *w, uint64_t info)
{
	/* ciphertext_hiding and alias_check protect; the others describe, and a machine without them is no worse. */
	static const unsigned protecting[] = { 4, 5 };
	bool any = false;

	for (size_t i = 0; i < sizeof protecting / sizeof *protecting; i++) {
		if (!(info >> protecting[i] & 1))
			continue;
		buf_print(w->out, "%s%s", any ? ", " : "  platform_info: [", policy_platform_bit(protecting[i]));
		any = true;
	}
	if (any)
		buf_text(w->out, "]\n");
}

#define POLICY_MIGRATE_MA (1ull << 18) /* AMD 56860, table 10 */

static void put_snp(const struct writing *w)
{
	struct bytes product, tcb;
	uint64_t n;

	if (!claimed(w, "product", CLOISTER_CLAIM_TEXT, &product) || !floor_of(product))
		return;
	buf_text(w->out, "\nsnp:\n");
	if (bytes_are(product, "Milan"))
		buf_text(w->out, "  allow_milan: true  # its keys can be extracted in software\n");
	if (claimed(w, "tcb", CLOISTER_CLAIM_TEXT, &tcb)) {
		buf_print(w->out, "  floor:  # no older than this\n    %s: ", floor_of(product));
		put_printable(w->out, tcb);
		buf_text(w->out, "\n");
	}
	if (claimed_number(w, "guest_svn", &n) && n)
		buf_print(w->out, "  guest_svn_min: %llu  # the guest's version, no older than this\n",
			  (unsigned long long)n);
	if (claimed_number(w, "vmpl", &n))
		buf_print(w->out, "  vmpl: %llu\n", (unsigned long long)n);
	if (claimed_number(w, "policy", &n) && (n & POLICY_MIGRATE_MA))
		buf_text(w->out, "  allow_migration_agent: true  # it may move the guest: trust it too\n");
	if (claimed_number(w, "platform_info", &n))
		put_bits(w, n);
}

/* No older than what was seen; a token's too. */
static void put_sgx(const struct writing *w)
{
	uint64_t n;

	if (!claimed_number(w, "isv_svn", &n))
		return;
	buf_print(w->out, "\nsgx:\n  isv_svn_min: %llu  # the enclave's version, no older than this\n",
		  (unsigned long long)n);
	if (claimed_number(w, "config_svn", &n) && n)
		buf_print(w->out, "  config_svn_min: %llu  # its configuration's\n", (unsigned long long)n);
}

static bool is_migratable(struct bytes attributes)
{
	struct cloister_fault why;
	struct rd r = rd_open(attributes, &why);
	bool is = rd_le64(&r, "td_attributes") & TD_MIGRATABLE;

	return rd_close(&r, "td_attributes") == CLOISTER_OK && is;
}

/* D28: a service TD is bound, or MIGRATABLE says that one may be. */
static bool is_served(const struct writing *w)
{
	struct bytes service, attributes;

	return (claimed(w, "mrservicetd", CLOISTER_CLAIM_BYTES, &service) &&
		!mem_is_zero(service.data, service.len)) ||
	       (claimed(w, "td_attributes", CLOISTER_CLAIM_BYTES, &attributes) && is_migratable(attributes));
}

static void put_dcap(const struct writing *w)
{
	struct bytes status;
	uint64_t n;
	bool late = claimed(w, "tcb_status", CLOISTER_CLAIM_TEXT, &status) &&
		    !bytes_are(status, tcb_status_name(TCB_UP_TO_DATE));
	bool served = is_served(w);
	bool numbered = claimed_number(w, "tcb_evaluation", &n);

	if (late || served || numbered)
		buf_text(w->out, "\ndcap:\n");
	if (late) {
		buf_text(w->out, "  tolerate: [");
		put_printable(w->out, status);
		buf_text(w->out, "]  # not up to date when it was seen\n  grace: any  # better: 30d, and an update\n");
	}
	if (numbered)
		buf_print(w->out, "  evaluation_min: %llu\n", (unsigned long long)n);
	if (served)
		buf_text(w->out, "  allow_service_td: true  # it can act on the TD: trust it too\n");
}

static void put_gce(const struct writing *w)
{
	uint64_t n;

	if (claimed_number(w, "endorsement_svn", &n))
		buf_print(w->out, "\ngce:\n  required: true\n  svn_min: %llu  # of the firmware\n",
			  (unsigned long long)n);
}

static void put_issuer(const struct writing *w)
{
	struct bytes issuer;

	if (!claimed(w, "issuer", CLOISTER_CLAIM_TEXT, &issuer))
		return;
	buf_text(w->out, "\nissuer: '");
	for (size_t i = 0; i < issuer.len; i++) {
		buf_byte(w->out, issuer.data[i]);
		if (issuer.data[i] == '\'')
			buf_byte(w->out, '\'');
	}
	buf_text(w->out, "'\n");
}

/* What was written is a policy. */
static enum cloister_err read_back(const struct buf *text, struct cloister_fault *why)
{
	struct cloister_policy *p;

	TRY(buf_ok(text, "policy", why));
	TRY(policy_read(buf_bytes(text), NULL, NULL, &p, why));
	cloister_policy_free(p);
	return CLOISTER_OK;
}

enum cloister_err policy_init(const struct cloister_verdict *v, struct buf *out,
			      struct cloister_fault *why)
{
	struct writing w = { .v = v, .out = out };

	if (!cloister_verdict_accepts(v) || !kind_of_name(cloister_verdict_kind(v), &w.kind))
		return fail(why, CLOISTER_E_USAGE, "policy", "only accepted evidence says what to expect");
	put_head(&w);
	put_fields(&w);
	put_measurements(&w);
	put_platforms(&w);
	put_issuer(&w);
	put_snp(&w);
	put_sgx(&w);
	put_dcap(&w);
	put_gce(&w);
	return read_back(out, why);
}
