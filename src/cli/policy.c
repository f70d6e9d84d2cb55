/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.c - `cloister policy check|explain|init`: read a policy file and say what it
 * leaves open; say what the failures of a verdict mean; write a file from evidence.
 */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/plain.h"
#include "cli/asked.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "codec/json.h"
#include "evidence/kind.h"
#include "policy/explain.h"
#include "policy/init.h"
#include "policy/keys.h"
#include "sys/io.h"

#define WORD "policy"

static const char help[] =
	"usage: cloister policy check FILE\n"
	"       cloister policy explain VERDICT.json|RULE…\n"
	"       cloister policy init EVIDENCE [-o FILE] [--root PEM]… [--at TIME]\n"
	"                            [--collateral PATH]… [options of `cloister verify`]\n"
	"\n"
	"check reads a policy file and says what it expects and what it leaves open.\n"
	"explain says of each check that did not hold in what `cloister verify --json`\n"
	"printed, or of each rule named (R18, nonce), what it means and what to do.\n"
	"init writes a policy file that expects what accepted EVIDENCE says.\n"
	"\n"
	"  -o, --output FILE     write to FILE, which must not be there yet\n"
	"      --root [FAMILY:]PEM  also accept this root; may be repeated\n"
	"      --at TIME         judge as of TIME, for archives\n"
	"      --collateral PATH use the collateral in this file or directory\n"
	"\n"
	"doc/policy.md and cloister-policy(5) have the keys of policy files.\n";

/* ---- check ------------------------------------------------------------------------- */

static void put_want(struct buf *out, const char *key, const struct want_field *f)
{
	switch (f->want) {
	case WANT_EXACTLY:
		buf_print(out, "  %-14s one value of %zu bytes\n", key, f->value.len);
		return;
	case WANT_REQUIRED:
		buf_print(out, "  %-14s required: the caller gives it each time\n", key);
		return;
	case WANT_ANY:
	case WANT_UNSAID:
		buf_print(out, "  %-14s any\n", key);
		return;
	}
}

/* The one wish that is a text. */
static void put_issuer(struct buf *out, const struct want_field *f)
{
	struct plain plain = { 0 };

	if (f->want != WANT_EXACTLY) {
		put_want(out, "issuer", f);
		return;
	}
	buf_print(out, "  %-14s ", "issuer");
	plain_put(&plain, f->value, out);
	plain_end(&plain, out);
	buf_text(out, "; only a token can have it\n");
}

static void put_kinds(struct buf *out, uint32_t kinds)
{
	buf_print(out, "  %-14s", "kinds");
	for (int k = KIND_NONE + 1; k < KIND_COUNT; k++)
		if (kinds >> k & 1)
			buf_print(out, " %s", kind_name((enum kind)k));
	buf_text(out, kinds ? "\n" : " any\n");
}

static void put_measurements(struct buf *out, const struct cloister_policy *p)
{
	size_t n_sets = 0;

	for (size_t i = 0; i < p->n_expected; i++)
		if (p->expected[i].set + 1u > n_sets)
			n_sets = p->expected[i].set + 1u;
	if (p->measurements == WANT_EXACTLY)
		buf_print(out, "  %-14s %zu values in %zu set%s\n", "measurements", p->n_expected, n_sets,
			  n_sets == 1 ? "" : "s, of which one has to hold");
	else
		buf_print(out, "  %-14s %s\n", "measurements",
			  p->measurements == WANT_ANY ? "any" : "required: the caller gives them each time");
}

/* Of the keys that one kind of evidence has, those that the file says. */
static void put_special(struct buf *out, const struct cloister_policy *p)
{
	const char *name;
	size_t n = 0;

	buf_print(out, "  %-14s", "besides");
	for (size_t i = 0; (name = policy_key_at(i)); i++)
		if (strchr(name, '.') && policy_key_said(p, i))
			buf_print(out, "%s %s", n++ ? "," : "", name);
	buf_text(out, n ? "\n" : " nothing\n");
}

static void put_summary(struct buf *out, const struct cloister_policy *p)
{
	put_kinds(out, p->kinds);
	put_want(out, "nonce", &p->nonce);
	put_want(out, "user_data", &p->user_data);
	put_want(out, "public_key", &p->public_key);
	put_want(out, "report_data", &p->report_data);
	put_issuer(out, &p->issuer);
	put_measurements(out, p);
	if (p->platforms == WANT_EXACTLY)
		buf_print(out, "  %-14s %zu\n", "platforms", p->n_platforms);
	else
		buf_print(out, "  %-14s any\n", "platforms");
	if (p->max_age_s == CLOISTER_AGE_ANY)
		buf_print(out, "  %-14s any\n", "max_age");
	else
		buf_print(out, "  %-14s %llu s\n", "max_age", (unsigned long long)p->max_age_s);
	buf_print(out, "  %-14s %s\n", "debug", p->allow_debug ? "allow" : "refuse");
	put_special(out, p);
}

/* What a person may not have meant. */
static void put_warnings(struct buf *out, const struct cloister_policy *p)
{
	const struct {
		bool so;
		enum check check;
	} open[] = {
		{ p->measurements == WANT_ANY, CHECK_MEASUREMENTS },
		{ p->nonce.want == WANT_ANY && p->report_data.want == WANT_ANY, CHECK_NONCE },
		{ p->allow_debug, CHECK_DEBUG },
	};

	for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
		if (!open[i].so)
			continue;
		buf_print(out, "Warning: %s: ", check_word(open[i].check));
		explain(open[i].check, ENDED_WAIVED, out);
		buf_byte(out, '\n');
	}
	if (p->snp.allow_milan)
		buf_text(out, "Warning: snp.allow_milan: whoever extracted a Milan machine's keys can forge its reports.\n");
	if (p->nonce.want == WANT_EXACTLY)
		buf_text(out, "Warning: nonce: a nonce in a file is used more than once; better: required\n");
}

static int check_file(const char *path)
{
	own(buf_fini) struct buf out = BUF_INIT(64u << 10);
	struct cloister_policy *p = NULL;
	struct cloister_fault why;
	char text[256];

	enum cloister_err err = asked_policy_read(path, &p, &why);
	if (err != CLOISTER_OK) {
		buf_print(&out, "cloister policy: %s: %s", path, cloister_fault_text(&why, text, sizeof text));
		cli_put(stderr, buf_string(&out));
		fputc('\n', stderr);
		return err == CLOISTER_E_SYSTEM || err == CLOISTER_E_MISSING ? EXIT_USAGE : EXIT_FAILED;
	}
	buf_print(&out, "%s is a policy:\n", path);
	put_summary(&out, p);
	put_warnings(&out, p);
	cloister_policy_free(p);
	if (out.len && !out.failed)
		out.len--; /* cli_print() ends the line */
	return cli_print(&out);
}

/* ---- explain ----------------------------------------------------------------------- */

/* Text from a file that somebody wrote, for a terminal: one line of it. */
static void put_line(struct buf *out, const char *text)
{
	struct plain p = { 0 };
	size_t len = strcspn(text, "\n\t");

	plain_put(&p, bytes_of(text, len), out);
	plain_end(&p, out);
	buf_text(out, text[len] ? "…" : "");
}

static void put_explained(struct buf *out, enum check c, enum ending ending, const char *reason)
{
	buf_print(out, "%s %s %s", check_id(c), check_word(c),
		  ending == ENDED_FAILED ? "failed" : ending == ENDED_WAIVED ? "was not checked" :
									       "was not reached");
	buf_text(out, *reason ? ": " : "");
	put_line(out, reason);
	buf_text(out, "\n    ");
	explain(c, ending, out);
	buf_byte(out, '\n');
}

/* One check of a verdict as verify_print.c writes it. */
static enum cloister_err explain_check(struct json o, struct buf *out, struct cloister_fault *why)
{
	char id[16], reason[2 * CLOISTER_NOTE_MAX];
	struct json finding = json_get(o, "finding");
	bool waived;

	if (!json_text(json_get(o, "id"), id, sizeof id) ||
	    !json_text(json_get(o, "reason"), reason, sizeof reason) ||
	    !json_bool(json_get(o, "waived"), &waived) || finding.type != JSON_STRING)
		return fail(why, CLOISTER_E_MALFORMED, "checks", "a check lacks id, finding, reason or waived");
	if (json_is(finding, cloister_finding_name(CLOISTER_HELD)))
		return CLOISTER_OK;
	enum check c = check_named(id);
	if (c == CHECK_COUNT)
		return fail(why, CLOISTER_E_UNSUPPORTED, "checks", "there is no rule `%s` here", id);
	bool failed = json_is(finding, cloister_finding_name(CLOISTER_FAILED));
	put_explained(out, c, failed ? ENDED_FAILED : waived ? ENDED_WAIVED : ENDED_UNREACHED, reason);
	return CLOISTER_OK;
}

static enum cloister_err explain_verdict(const char *path, struct buf *out, struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	struct json doc, check;

	TRY(file_read(AT_FDCWD, path, text.max, &text, why));
	TRY(json_read(buf_bytes(&text), &doc, why));
	struct json checks = json_get(doc, "checks");
	if (checks.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "checks", "this is not what `cloister verify --json` prints");
	struct json_walk walk = json_walk(checks);
	while (json_next(&walk, NULL, &check))
		TRY(explain_check(check, out, why));
	if (out->len == 0)
		buf_text(out, "every check held\n");
	return buf_ok(out, "checks", why);
}

static int explain_all(char **names)
{
	own(buf_fini) struct buf out = BUF_INIT(1u << 20);
	struct cloister_fault why;

	for (; *names; names++) {
		enum check c = check_named(*names);
		if (c == CHECK_COUNT) {
			if (explain_verdict(*names, &out, &why) != CLOISTER_OK)
				return cli_fail(WORD, EXIT_USAGE, &why);
			continue;
		}
		buf_print(&out, "%s %s: %s\n    When it fails: ", check_id(c), check_word(c), check_question(c));
		explain(c, ENDED_FAILED, &out);
		buf_byte(&out, '\n');
	}
	if (out.len && !out.failed)
		out.len--;
	return cli_print(&out);
}

/* ---- init -------------------------------------------------------------------------- */

enum { OUTPUT = ASKED_OWN, HELP };

static const struct option options[] = {
	ASKED_OPTIONS,
	{ "output", required_argument, NULL, OUTPUT },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static int write_policy(struct asked *a, const char *output)
{
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_POLICY);
	own(drop_verdict) struct cloister_verdict *verdict = NULL;
	struct cloister_answer refusal;
	struct cloister_fault why;

	int status = asked_judge(a, &verdict);
	if (status != EXIT_DONE)
		return status;
	if (cloister_verdict_refusal(verdict, &refusal)) {
		buf_print(&out, "cloister policy: %s is refused by %s (%s): %s; `cloister verify` says more",
			  a->file, refusal.id, refusal.name, refusal.reason);
		cli_put(stderr, buf_string(&out));
		fputc('\n', stderr);
		return EXIT_FAILED;
	}
	if (policy_init(verdict, &out, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	if (!output) {
		out.len--;
		return cli_print(&out);
	}
	if (faccessat(AT_FDCWD, output, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return cli_usage(WORD, "%s is there already", output);
	return file_write(AT_FDCWD, output, 0644, buf_bytes(&out), &why) == CLOISTER_OK ?
		       EXIT_DONE :
		       cli_fail(WORD, EXIT_FAILED, &why);
}

static int init(int argc, char **argv)
{
	own(asked_close) struct asked a = { .word = WORD, .short_options = "o:", .any_by_default = true };
	const char *output = NULL;
	int id;

	if (!asked_open(&a, argc, argv, options))
		return EXIT_USAGE;
	while ((id = getopt_long(argc, argv, a.short_options, options, NULL)) != -1) {
		if (id == HELP)
			return cli_help(help);
		if (id == OUTPUT || id == 'o')
			output = optarg;
		else if (!asked_take(&a, id, optarg))
			return EXIT_USAGE;
	}
	return asked_complete(&a, argc, argv) ? write_policy(&a, output) : EXIT_USAGE;
}

int cmd_policy(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return cli_help(help);
	if (strcmp(verb, "init") == 0)
		return init(argc - 1, argv + 1);
	if (strcmp(verb, "check") == 0 && argc == 3 && argv[2][0] != '-')
		return check_file(argv[2]);
	if (strcmp(verb, "explain") == 0 && argc > 2 && argv[2][0] != '-')
		return explain_all(argv + 2);
	return cli_usage(WORD, "say check FILE, explain VERDICT.json, or init EVIDENCE");
}
