/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collateral.c - `cloister collateral fetch|import|show|check`: the only part of
 * verification that knows a network, and it decides nothing. What comes in is
 * checked as the verifier will check it, or it is not stored.
 */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/strv.h"
#include "cli/cli.h"
#include "cli/collateral_dir.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "cli/roots.h"
#include "codec/json.h"
#include "collateral/fetch.h"
#include "collateral/keep.h"
#include "collateral/need.h"
#include "evidence/verdict.h"
#include "net/http_get.h"
#include "sys/clock.h"
#include "sys/io.h"

#define WORD "collateral"
#define LAST_SECOND 253402300799u /* of the year 9999 */
#define TIMEOUT_S 120u

static const char help[] =
	"usage: cloister collateral fetch [EVIDENCE…] [--snp PRODUCT:CHIPID:TCB]…\n"
	"                                 [--fmspc HEX]… [--tee tdx|sgx]\n"
	"                                 [--kds URL] [--pcs URL] [--certificates URL] [--ca PEM]\n"
	"                                 [--timeout SECONDS]\n"
	"       cloister collateral import FILE…\n"
	"       cloister collateral show\n"
	"       cloister collateral check\n"
	"       each with [--dir DIR] [--root PEM]… [--at TIME] [--json]\n"
	"\n"
	"Keep what verifying needs besides the evidence: certificates, revocation lists, TCB\n"
	"information. `fetch` asks AMD and Intel, `import` takes files, `show` lists, `check`\n"
	"verifies all of it again. Nothing is stored before its signatures led to a root and\n"
	"its dates held. The directory can be copied to a machine without a network.\n"
	"Exit status: 0 done, 1 something failed, is bad or out of date, 2 wrong usage.\n"
	"\n"
	"  --snp PRODUCT:CHIPID:TCB  what reports of this SEV-SNP machine need\n"
	"  --fmspc HEX            what quotes of machines of this FMSPC need, with --tee\n"
	"  --tee tdx|sgx          for which kind of quotes; may be given twice\n"
	"  --kds URL              ask this server in AMD's place (" FETCH_KDS ")\n"
	"  --pcs URL              ask this one, a PCCS say, in Intel's place\n"
	"                         (" FETCH_PCS ")\n"
	"  --certificates URL     and this one for the root's list; a PCCS has it itself\n"
	"                         (" FETCH_CERTIFICATES ")\n"
	"  --ca PEM               who may vouch for these servers' names, not for what they say\n"
	"  --timeout SECONDS      for one document, waiting included (120)\n"
	"  --dir DIR              instead of $CLOISTER_COLLATERAL_DIR or the default\n"
	"  --root [FAMILY:]PEM    also accept this root; may be repeated\n"
	"  --at TIME              as of TIME (RFC 3339 or Unix seconds), for archives\n"
	"  --json                 print JSON\n";

enum { DIR = 1, ROOT, AT, JSON, HELP, SNP, FMSPC, TEE, KDS, PCS, CERTIFICATES, CA, TIMEOUT };

/* What the command line said. */
struct asked {
	const char *dir;
	struct cloister_trust *trust;
	uint64_t at_s, timeout_s;
	bool json, tdx, sgx;
	const char *kds, *pcs, *certificates, *ca;
	struct strv fmspcs;
	struct needs needs;
	/* While at work. */
	struct buf out;
	struct json_out w;
	bool bad;
};

static void drop_asked(struct asked *a)
{
	cloister_trust_free(a->trust);
	strv_fini(&a->fmspcs);
	needs_fini(&a->needs);
	buf_fini(&a->out);
}

/* ---- Options: each prints its sentence and says whether to go on. ------------------- */

static bool take_root(struct asked *a, const char *root)
{
	struct cloister_fault why;
	char text[256];

	if (root_give(a->trust, root, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(WORD, "--root %s is no root certificate that can be used: %s", root,
			cloister_fault_text(&why, text, sizeof text));
	return false;
}

static bool take_time(struct asked *a, const char *text)
{
	if (*text && strspn(text, "0123456789") == strlen(text))
		return cli_number(WORD, "--at", text, 0, LAST_SECOND, &a->at_s);
	if (date_read(text, &a->at_s))
		return true;
	(void)cli_usage(WORD, "--at wants a time like 2026-01-31T12:00:00Z or Unix seconds, not `%s`", text);
	return false;
}

static bool take_tee(struct asked *a, const char *text)
{
	a->tdx |= strcmp(text, "tdx") == 0;
	a->sgx |= strcmp(text, "sgx") == 0;
	if (strcmp(text, "tdx") == 0 || strcmp(text, "sgx") == 0)
		return true;
	(void)cli_usage(WORD, "--tee is tdx or sgx, not `%s`", text);
	return false;
}

static bool say(enum cloister_err err, const struct cloister_fault *why)
{
	if (err == CLOISTER_OK)
		return true;
	(void)cli_usage(WORD, "%s %s", why->what, why->note);
	return false;
}

static bool take_url(const char *option, const char **out, const char *url)
{
	struct cloister_fault why;

	*out = url;
	if (http_base_check(url, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(WORD, "%s %s", option, why.note);
	return false;
}

static bool take_option(struct asked *a, int id, const char *value)
{
	struct cloister_fault why;

	switch (id) {
	case DIR:
		a->dir = value;
		return true;
	case ROOT:
		return take_root(a, value);
	case AT:
		return take_time(a, value);
	case JSON:
		return a->json = true;
	case SNP:
		return say(needs_of_snp(value, &a->needs, &why), &why);
	case FMSPC:
		strv_add(&a->fmspcs, value);
		return say(strv_ok(&a->fmspcs, "--fmspc", &why), &why);
	case TEE:
		return take_tee(a, value);
	case KDS:
		return take_url("--kds", &a->kds, value);
	case PCS:
		return take_url("--pcs", &a->pcs, value);
	case CERTIFICATES:
		return take_url("--certificates", &a->certificates, value);
	case CA:
		a->ca = value;
		return true;
	case TIMEOUT:
		return cli_number(WORD, "--timeout", value, 1, 86400, &a->timeout_s);
	}
	return false;
}

/* ---- What is said about pieces --------------------------------------------------------- */

static const char *when(uint64_t s, char out[static DATE_ROOM])
{
	date_write(s, out);
	return out;
}

/* "3 h", "12 d": as long as a person wants to know. */
static const char *span(uint64_t s, char *out, size_t room)
{
	if (s < 2 * 3600)
		snprintf(out, room, "%llu min", (unsigned long long)(s / 60));
	else if (s < 48 * 3600)
		snprintf(out, room, "%llu h", (unsigned long long)(s / 3600));
	else
		snprintf(out, room, "%llu d", (unsigned long long)(s / 86400));
	return out;
}

/* Chip ids have 128 digits; sixteen tell them apart for people. */
static const char *in_short(const char *machine, char out[static LIMIT_NAME + 1])
{
	size_t run = 0, n = 0;

	for (const char *c = machine; *c; c++) {
		run = strchr("0123456789abcdef", *c) ? run + 1 : 0;
		if (run == 17)
			n += (size_t)snprintf(out + n, 4, "…");
		if (run < 17)
			out[n++] = *c;
	}
	out[n] = '\0';
	return out;
}

static const char *did_word(enum keep_did did)
{
	static const char *const words[] = {
		[KEEP_NEW] = "stored", [KEEP_RENEWED] = "renewed", [KEEP_SAME] = "unchanged",
		[KEEP_OLDER] = "passed over: a newer one is there",
	};

	return words[did];
}

static void put_piece(struct asked *a, const char *file, const struct piece *p)
{
	char date[DATE_ROOM];

	json_open(&a->w, NULL, '{');
	json_put_text(&a->w, "file", file);
	if (p) {
		json_put_text(&a->w, "what", piece_what(p->kind));
		json_put_text(&a->w, "machine", p->machine[0] ? p->machine : NULL);
		json_put_text(&a->w, "issued", when(p->issued_s, date));
		json_put_text(&a->w, "until", when(p->until_s, date));
		json_put_u64(&a->w, "age_s", a->at_s > p->issued_s ? a->at_s - p->issued_s : 0);
		if (p->kind == PIECE_TCB_INFO || p->kind == PIECE_QE_IDENTITY)
			json_put_u64(&a->w, "evaluation", p->evaluation);
		json_put_hex(&a->w, "root_sha256", BYTES_OF(p->root_sha256));
		json_put_bool(&a->w, "root_is_builtin", p->root_is_builtin);
	}
}

static void said(void *ctx, const struct piece *p, enum keep_did did)
{
	struct asked *a = ctx;
	char date[DATE_ROOM], machine[LIMIT_NAME + 1];

	cli_progress_end();
	if (!a->json) {
		buf_print(&a->out, "%s%s%s, until %.10s: %s\n", piece_what(p->kind),
			  p->machine[0] ? " for " : "", in_short(p->machine, machine),
			  when(p->until_s, date), did_word(did));
		return;
	}
	put_piece(a, p->name, p);
	json_put_text(&a->w, "did", did_word(did));
	json_close(&a->w, '}');
}

static enum cloister_err open_keep(struct asked *a, bool make, struct keep *out, struct cloister_fault *why)
{
	char dir[4096];

	TRY(collateral_dir(a->dir, dir, sizeof dir, why));
	out->said = said;
	out->ctx = a;
	return keep_open(dir, make, a->trust, a->at_s, out, why);
}

static int finish(struct asked *a)
{
	if (a->json)
		json_close(&a->w, ']');
	else if (a->out.len)
		a->out.len--; /* cli_print() ends the last line */
	if ((a->json || a->out.len) && cli_print(&a->out) != EXIT_DONE)
		return EXIT_FAILED;
	return a->bad ? EXIT_FAILED : EXIT_DONE;
}

static void complain(struct asked *a, const char *about, const struct cloister_fault *why)
{
	char text[256];

	cli_progress_end();
	fprintf(stderr, "cloister " WORD ": %s: %s\n", about, cloister_fault_text(why, text, sizeof text));
	a->bad = true;
}

/* ---- fetch ------------------------------------------------------------------------------ */

static void waiting(void *ctx, const char *host, uint64_t wait_s)
{
	(void)ctx;
	cli_progress("%s lets us wait: %llu s", host, (unsigned long long)wait_s);
}

static const char *without_slash(const char *url, char *out, size_t room)
{
	size_t len = strlen(url);

	while (len && url[len - 1] == '/')
		len--;
	snprintf(out, room, "%.*s", (int)len, url);
	return out;
}

static void add_evidence(struct asked *a, const char *path)
{
	own(drop_map) struct bytes evidence = BYTES_NONE;
	struct cloister_fault why;
	size_t before = a->needs.n;

	if (file_map(AT_FDCWD, path, LIMIT_EVIDENCE_FILE, &evidence, &why) != CLOISTER_OK ||
	    needs_of(a->trust, evidence, a->at_s, &a->needs, &why) != CLOISTER_OK)
		complain(a, path, &why);
	else if (a->needs.n == before && !a->json)
		fprintf(stderr, "cloister " WORD ": %s needs nothing more\n", path);
}

static bool add_fmspcs(struct asked *a)
{
	struct cloister_fault why;

	if (a->fmspcs.n && !a->tdx && !a->sgx) {
		(void)cli_usage(WORD, "--fmspc wants --tee tdx or --tee sgx");
		return false;
	}
	for (size_t i = 0; i < a->fmspcs.n; i++) {
		if (a->tdx && !say(needs_of_fmspc(a->fmspcs.list[i], TCB_TDX, &a->needs, &why), &why))
			return false;
		if (a->sgx && !say(needs_of_fmspc(a->fmspcs.list[i], TCB_SGX, &a->needs, &why), &why))
			return false;
	}
	return true;
}

/* Lists come before what they may revoke, authorities before all: one pass by kind. */
static void fetch_all(struct asked *a, const struct fetch *f)
{
	size_t at = 0;

	for (int kind = NEED_AMD_CHAIN; kind <= NEED_QE_IDENTITY; kind++) {
		for (size_t i = 0; i < a->needs.n; i++) {
			const struct need *n = &a->needs.list[i];
			struct cloister_fault why;
			char text[NEED_TEXT];
			if ((int)n->kind != kind)
				continue;
			cli_progress("%zu of %zu: %s", ++at, a->needs.n, need_text(n, text));
			if (fetch_need(f, n, &why) != CLOISTER_OK)
				complain(a, need_text(n, text), &why);
		}
	}
	cli_progress_end();
}

static int fetch(struct asked *a, char **files, int n)
{
	own(keep_close) struct keep keep = KEEP_INIT;
	own(drop_http) struct http *http = NULL;
	char kds[LIMIT_URL], pcs[LIMIT_URL], certificates[LIMIT_URL];
	const struct http_options o = { .ca_file = a->ca, .timeout_ms = a->timeout_s * 1000,
					.waiting = waiting };
	struct cloister_fault why;

	if (!add_fmspcs(a))
		return EXIT_USAGE;
	if (n == 0 && a->needs.n == 0)
		return cli_usage(WORD, "name evidence, or a machine: --snp, or --fmspc and --tee");
	for (int i = 0; i < n; i++)
		add_evidence(a, files[i]);
	if (a->needs.n == 0)
		return finish(a);
	if (open_keep(a, true, &keep, &why) != CLOISTER_OK ||
	    keep_beside(&keep, &a->needs.beside, &why) != CLOISTER_OK || http_open(&o, &http, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	const char *root_list = a->certificates ? a->certificates : a->pcs ? NULL : FETCH_CERTIFICATES;
	struct fetch f = {
		.http = http,
		.keep = &keep,
		.kds = without_slash(a->kds ? a->kds : FETCH_KDS, kds, sizeof kds),
		.pcs = without_slash(a->pcs ? a->pcs : FETCH_PCS, pcs, sizeof pcs),
		.certificates = root_list ? without_slash(root_list, certificates, sizeof certificates) : NULL,
	};
	fetch_all(a, &f);
	return finish(a);
}

/* ---- import ------------------------------------------------------------------------------ */

static enum cloister_err read_file(const char *path, struct batch *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf content = BUF_INIT(LIMIT_COLLATERAL);

	TRY(file_read(AT_FDCWD, path, LIMIT_COLLATERAL, &content, why));
	return batch_add(out, buf_bytes(&content), why);
}

/* One file may hold the issuer of what is in another; each stands or falls as a whole. */
static int import(struct asked *a, char **files, int n)
{
	own(keep_close) struct keep keep = KEEP_INIT;
	struct cloister_fault why;

	if (n == 0)
		return cli_usage(WORD, "name the files to import");
	if (open_keep(a, true, &keep, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	for (int i = 0; i < n; i++) {
		own(batch_fini) struct batch b = { 0 };
		if (read_file(files[i], &b, &why) != CLOISTER_OK ||
		    keep_beside(&keep, &b, &why) != CLOISTER_OK)
			complain(a, files[i], &why);
	}
	for (int i = 0; i < n; i++) {
		own(batch_fini) struct batch b = { 0 };
		if (read_file(files[i], &b, &why) == CLOISTER_OK &&
		    keep_batch(&keep, &b, NULL, NULL, &why) != CLOISTER_OK)
			complain(a, files[i], &why);
	}
	return finish(a);
}

/* ---- show and check ------------------------------------------------------------------------ */

static const char *judged(const struct cloister_fault *bad, char *out, size_t room)
{
	return bad ? cloister_fault_text(bad, out, room) : "good";
}

static enum cloister_err seen(void *ctx, const char *file, const struct piece *p,
			      const struct cloister_fault *bad, struct cloister_fault *why)
{
	struct asked *a = ctx;
	char issued[DATE_ROOM], until[DATE_ROOM], age[32], text[LIMIT_NAME + 1];

	(void)why;
	a->bad |= bad != NULL;
	if (a->json) {
		put_piece(a, file, p);
		json_put_bool(&a->w, "good", !bad);
		json_put_text(&a->w, "reason", bad ? judged(bad, text, sizeof text) : NULL);
		json_close(&a->w, '}');
		return CLOISTER_OK;
	}
	if (p)
		buf_print(&a->out, "%-30s  %.10s  %.10s  %7s  %s\n", piece_what(p->kind),
			  when(p->issued_s, issued), when(p->until_s, until),
			  a->at_s < p->issued_s ? "-" : span(a->at_s - p->issued_s, age, sizeof age), file);
	else
		buf_print(&a->out, "%-30s  %-10s  %-10s  %7s  %s\n", "?", "-", "-", "-", file);
	if (p && p->machine[0])
		buf_print(&a->out, "  %s\n", in_short(p->machine, text));
	if (bad)
		buf_print(&a->out, "  BAD: %s\n", judged(bad, text, sizeof text));
	return CLOISTER_OK;
}

static int look(struct asked *a, bool is_check)
{
	own(keep_close) struct keep keep = KEEP_INIT;
	struct cloister_fault why;

	if (open_keep(a, false, &keep, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	if (!a->json)
		buf_print(&a->out, "%-30s  %-10s  %-10s  %7s  %s\n", "WHAT", "ISSUED", "UNTIL", "AGE", "FILE");
	if (keep_each(&keep, seen, a, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	a->bad &= is_check;
	return finish(a);
}

int cmd_collateral(int argc, char **argv)
{
	static const struct option options[] = {
		{ "dir", required_argument, NULL, DIR },
		{ "root", required_argument, NULL, ROOT },
		{ "at", required_argument, NULL, AT },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, HELP },
		{ "snp", required_argument, NULL, SNP },
		{ "fmspc", required_argument, NULL, FMSPC },
		{ "tee", required_argument, NULL, TEE },
		{ "kds", required_argument, NULL, KDS },
		{ "pcs", required_argument, NULL, PCS },
		{ "certificates", required_argument, NULL, CERTIFICATES },
		{ "ca", required_argument, NULL, CA },
		{ "timeout", required_argument, NULL, TIMEOUT },
		{ 0 },
	};
	own(drop_asked) struct asked a = {
		.at_s = clock_unix_ms() / 1000,
		.timeout_s = TIMEOUT_S,
		.out = BUF_INIT(LIMIT_JSON),
	};
	struct cloister_fault why;

	if (cloister_trust_new(&a.trust, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	for (int id; (id = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
		if (id == HELP)
			return cli_help(help);
		if (id == '?' || id == ':')
			return cli_bad_option(WORD, id, argv);
		if (!take_option(&a, id, optarg))
			return EXIT_USAGE;
	}
	if (optind == argc)
		return cli_usage(WORD, "say `fetch`, `import`, `show` or `check`");
	const char *verb = argv[optind++];
	char **files = argv + optind;
	int n = argc - optind;
	a.w = json_out(&a.out);
	if (a.json)
		json_open(&a.w, NULL, '[');
	if (strcmp(verb, "fetch") == 0)
		return fetch(&a, files, n);
	if (strcmp(verb, "import") == 0)
		return import(&a, files, n);
	if (strcmp(verb, "show") != 0 && strcmp(verb, "check") != 0)
		return cli_usage(WORD, "there is no `%s`; say `fetch`, `import`, `show` or `check`", verb);
	if (n)
		return cli_usage(WORD, "`%s` is one word too many", files[0]);
	return look(&a, strcmp(verb, "check") == 0);
}
