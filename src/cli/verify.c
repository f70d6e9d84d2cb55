/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - `cloister verify`: gather what the verifier may rely on (files,
 * flags, the clock), ask it once, print. Decides nothing by itself; a thing
 * that was not said is a usage error, never a skipped check.
 */

#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/limits.h"
#include "base/date.h"
#include "cli/cli.h"
#include "cli/collateral_dir.h"
#include "cli/commands.h"
#include "cli/verify_print.h"
#include "cloister/policy.h"
#include "codec/eif.h"
#include "crypto/hash.h"
#include "evidence/kind.h"
#include "image/measure.h"
#include "sys/clock.h"
#include "sys/io.h"

#define WORD "verify"
#define MAX_MEASUREMENTS (1u << 20) /* a build record is a few kilobytes */
#define MAX_WARNINGS 4
#define LAST_SECOND 253402300799u /* of the year 9999 */

static const char help[] =
	"usage: cloister verify FILE --nonce HEX|any\n"
	"                       (--image EIF | --measurements FILE|any | --pcr N=HEX…)\n"
	"                       [--root PEM]… [--at TIME] [--max-age SECONDS] [--allow-debug]\n"
	"                       [--user-data HEX] [--public-key HEX] [--json]\n"
	"                       [--collateral PATH]… [--no-collateral]\n"
	"\n"
	"Decide whether the attestation document FILE deserves trust. Every check is listed\n"
	"as held, failed or not checked. Exit status: 0 accepted, 1 refused, 2 not decided.\n"
	"\n"
	"  --nonce HEX|any        the nonce that the document must carry\n"
	"  --image EIF            expect the measurements of this image\n"
	"  --measurements FILE    expect those that `cloister build --json` printed; or: any\n"
	"  --pcr N=HEX            expect this PCR; may be repeated\n"
	"  --root PEM             also accept this root (an emulator's, say); may be repeated\n"
	"  --at TIME              judge as of TIME (RFC 3339 or Unix seconds), for archives\n"
	"  --max-age SECONDS      refuse a document that is older\n"
	"  --allow-debug          let a debug enclave pass\n"
	"  --user-data HEX        expect these user data\n"
	"  --public-key HEX       expect this public key\n"
	"  --collateral PATH      use the collateral in this file or directory; may be repeated\n"
	"  --no-collateral        use none, also not what `cloister collateral` keeps\n"
	"  --json                 print JSON\n"
	"\n"
	"A root that you give counts less than the built-in one of AWS: never as HIGH.\n";

/* Everything that the command line and the files it names say. */
struct asked {
	const char *file;
	struct cloister_trust *trust;
	struct cloister_policy policy;
	const char *image, *measurements;
	bool by_pcr; /* some came by --pcr */
	uint64_t at_s;
	bool at_given, json;
	bool collateral_given, no_collateral;
};

static void drop_asked(struct asked *a)
{
	cloister_trust_free(a->trust);
}

/* Each of these prints its sentence and says whether to go on. */
static bool say(struct asked *a, const char *key, const char *option, const char *value)
{
	struct cloister_fault why;

	if (cloister_policy_set(&a->policy, key, value, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(WORD, "%s %s", option, why.note);
	return false;
}

static bool take_nonce(struct asked *a, const char *text)
{
	if (*text)
		return say(a, "nonce", "--nonce", text);
	(void)cli_usage(WORD, "--nonce is empty; say which one is expected, or any");
	return false;
}

static bool expect_pcr(struct asked *a, unsigned index, struct bytes value)
{
	struct cloister_fault why;

	if (policy_expect_pcr(&a->policy, index, value, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(WORD, "%s", why.note);
	return false;
}

static bool take_pcr(struct asked *a, const char *text)
{
	uint8_t value[SHA384_LEN];
	size_t len = 0;
	char *end;
	unsigned long index = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '=' || index >= LIMIT_PCRS ||
	    hex_read(bytes_text(end + 1), value, sizeof value, &len, NULL) != CLOISTER_OK) {
		(void)cli_usage(WORD, "--pcr wants N=HEX with N from 0 to 31 and 96 hex digits, not `%s`",
				text);
		return false;
	}
	a->by_pcr = true;
	return expect_pcr(a, (unsigned)index, bytes_of(value, len));
}

static bool take_root(struct asked *a, const char *path)
{
	own(buf_fini) struct buf pem = BUF_INIT(64u << 10);
	struct cloister_fault why;

	if (file_read(AT_FDCWD, path, pem.max, &pem, &why) != CLOISTER_OK) {
		(void)cli_fail(WORD, EXIT_USAGE, &why);
		return false;
	}
	if (cloister_trust_add_root(a->trust, lend(buf_bytes(&pem)), &why) == CLOISTER_OK)
		return true;
	char text[256];
	(void)cli_usage(WORD, "--root %s is no root certificate that can be used: %s", path,
			cloister_fault_text(&why, text, sizeof text));
	return false;
}

/* NULL: the directory in which `cloister collateral` keeps it, if there is one. */
static bool take_collateral(struct asked *a, const char *path)
{
	struct cloister_fault why;

	a->collateral_given = path != NULL;
	if (collateral_give(path, a->trust, &why) == CLOISTER_OK)
		return true;
	(void)cli_fail(WORD, EXIT_USAGE, &why);
	return false;
}

static bool take_time(struct asked *a, const char *text)
{
	bool is_number = *text && strspn(text, "0123456789") == strlen(text);

	if (is_number)
		return a->at_given = cli_number(WORD, "--at", text, 0, LAST_SECOND, &a->at_s);
	if (date_read(text, &a->at_s))
		return a->at_given = true;
	(void)cli_usage(WORD, "--at wants a time like 2026-01-31T12:00:00Z or Unix seconds, not `%s`",
			text);
	return false;
}

static bool expect_measurements(struct asked *a, const struct measurements *m)
{
	return expect_pcr(a, 0, BYTES_OF(m->pcr0)) && expect_pcr(a, 1, BYTES_OF(m->pcr1)) &&
	       expect_pcr(a, 2, BYTES_OF(m->pcr2)) &&
	       (!m->is_signed || expect_pcr(a, 8, BYTES_OF(m->pcr8)));
}

static enum cloister_err measure_file(const char *path, struct measurements *out,
				      struct cloister_fault *why)
{
	own(drop_map) struct bytes file = BYTES_NONE;
	struct eif eif;

	TRY(file_map(AT_FDCWD, path, LIMIT_EIF, &file, why));
	TRY(eif_read(file, &eif, why));
	TRY(eif_check_kernel(&eif, why));
	return measure(&eif, out, why);
}

static enum cloister_err read_measurements(const char *path, struct measurements *out,
					   struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(MAX_MEASUREMENTS);

	TRY(file_read(AT_FDCWD, path, text.max, &text, why));
	return measurements_read(buf_bytes(&text), out, why);
}

/* --image and --measurements, once all options are known. */
static bool take_program(struct asked *a)
{
	struct cloister_fault why;
	struct measurements m;

	if (a->image && a->measurements) {
		(void)cli_usage(WORD, "--image and --measurements say the same thing: give one of them");
		return false;
	}
	if (a->measurements && strcmp(a->measurements, "any") == 0) {
		if (a->by_pcr) {
			(void)cli_usage(WORD, "--measurements any and --pcr contradict each other");
			return false;
		}
		a->policy.measurements = WANT_ANY;
		return true;
	}
	if (!a->image && !a->measurements)
		return true;
	enum cloister_err err = a->image ? measure_file(a->image, &m, &why) :
					   read_measurements(a->measurements, &m, &why);
	if (err == CLOISTER_OK)
		return expect_measurements(a, &m);
	char text[256];
	(void)cli_usage(WORD, "%s cannot be used: %s", a->image ? a->image : a->measurements,
			cloister_fault_text(&why, text, sizeof text));
	return false;
}

enum option_id { NONCE = 1, IMAGE, MEASUREMENTS, PCR, ROOT, AT, MAX_AGE, DEBUG, USER_DATA, KEY, JSON, HELP,
		 COLLATERAL, NO_COLLATERAL };

static bool take_option(struct asked *a, int id, const char *value)
{
	switch (id) {
	case NONCE:
		return take_nonce(a, value);
	case IMAGE:
		a->image = value;
		return true;
	case MEASUREMENTS:
		a->measurements = value;
		return true;
	case PCR:
		return take_pcr(a, value);
	case ROOT:
		return take_root(a, value);
	case AT:
		return take_time(a, value);
	case MAX_AGE:
		return cli_number(WORD, "--max-age", value, 1, UINT32_MAX, &a->policy.max_age_s);
	case DEBUG:
		return a->policy.allow_debug = true;
	case USER_DATA:
		return say(a, "user_data", "--user-data", value);
	case KEY:
		return say(a, "public_key", "--public-key", value);
	case JSON:
		return a->json = true;
	case COLLATERAL:
		return take_collateral(a, value);
	case NO_COLLATERAL:
		return a->no_collateral = true;
	}
	(void)cli_usage(WORD, "an option is unknown or lacks its value");
	return false;
}

/* What must be said, in the order that helps a person most. */
static bool is_complete(struct asked *a, int argc, char **argv)
{
	if (optind != argc - 1) {
		(void)cli_usage(WORD, "name one file of evidence");
		return false;
	}
	a->file = argv[optind];
	if (a->policy.nonce.want == WANT_UNSAID) {
		(void)cli_usage(WORD, "say which nonce the evidence must carry: --nonce HEX, or --nonce any");
		return false;
	}
	if (!take_program(a))
		return false;
	if (a->no_collateral && a->collateral_given) {
		(void)cli_usage(WORD, "--collateral and --no-collateral contradict each other");
		return false;
	}
	if (!a->no_collateral && !a->collateral_given && !take_collateral(a, NULL))
		return false;
	if (a->policy.measurements == WANT_UNSAID) {
		(void)cli_usage(WORD, "say which program is expected: --image EIF, --measurements FILE, "
				      "--pcr N=HEX, or --measurements any");
		return false;
	}
	return true;
}

static bool expects(const struct asked *a, const char *reg)
{
	for (size_t i = 0; i < a->policy.n_expected; i++)
		if (strcmp(a->policy.expected[i].reg->name, reg) == 0)
			return true;
	return false;
}

static void warnings_of(const struct asked *a, const char *out[static MAX_WARNINGS + 1])
{
	size_t n = 0;

	if (expects(a, "pcr0") && !expects(a, "pcr1") && !expects(a, "pcr2"))
		out[n++] = "PCR0 alone does not say where the kernel, its command line and the "
			   "ramdisks begin; expect PCR1 and PCR2 too";
	if (a->at_given)
		out[n++] = "judged as of a time that was given, not as of now: good for archives only";
	if (a->policy.nonce.want == WANT_ANY)
		out[n++] = "without a nonce the document may have been made for somebody else, earlier";
	out[n] = NULL;
}

static void drop_verdict(struct cloister_verdict **v)
{
	cloister_verdict_free(*v);
}

/* What was not said is of no account to this caller; what must be said was said by now. */
static void let_the_rest_be_any(struct cloister_policy *p)
{
	struct want_field *const rest[] = { &p->user_data, &p->public_key, &p->report_data, &p->issuer };

	for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
		if (rest[i]->want == WANT_UNSAID)
			rest[i]->want = WANT_ANY;
	if (p->platforms == WANT_UNSAID)
		p->platforms = WANT_ANY;
	if (p->max_age_s == 0)
		p->max_age_s = CLOISTER_AGE_ANY;
}

static int judge(struct asked *a)
{
	own(drop_map) struct bytes evidence = BYTES_NONE;
	own(buf_fini) struct buf out = BUF_INIT(1u << 20);
	const char *warnings[MAX_WARNINGS + 1];
	own(drop_verdict) struct cloister_verdict *verdict = NULL;
	struct cloister_fault why;

	if (file_map(AT_FDCWD, a->file, UINT32_MAX, &evidence, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_USAGE, &why);
	let_the_rest_be_any(&a->policy);
	if (cloister_verify(a->trust, &a->policy, lend(evidence), a->at_s, &verdict, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_USAGE, &why);
	warnings_of(a, warnings);
	struct verdict_print p = { verdict, a->file, a->at_s, a->at_given, warnings };
	if (a->json)
		verify_print_json(&p, &out);
	else
		verify_print_table(&p, cli_colour(), &out);
	if (cli_print(&out) != EXIT_DONE)
		return EXIT_USAGE;
	return cloister_verdict_accepts(verdict) ? EXIT_DONE : EXIT_FAILED;
}

int cmd_verify(int argc, char **argv)
{
	static const struct option options[] = {
		{ "nonce", required_argument, NULL, NONCE },
		{ "image", required_argument, NULL, IMAGE },
		{ "measurements", required_argument, NULL, MEASUREMENTS },
		{ "pcr", required_argument, NULL, PCR },
		{ "root", required_argument, NULL, ROOT },
		{ "at", required_argument, NULL, AT },
		{ "max-age", required_argument, NULL, MAX_AGE },
		{ "allow-debug", no_argument, NULL, DEBUG },
		{ "user-data", required_argument, NULL, USER_DATA },
		{ "public-key", required_argument, NULL, KEY },
		{ "json", no_argument, NULL, JSON },
		{ "collateral", required_argument, NULL, COLLATERAL },
		{ "no-collateral", no_argument, NULL, NO_COLLATERAL },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	own(drop_asked) struct asked a = {
		.at_s = clock_unix_ms() / 1000,
	};
	struct cloister_fault why;
	int id;

	if (cloister_trust_new(&a.trust, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_USAGE, &why);
	opterr = 0;
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (id == HELP)
			return cli_help(help);
		if (!take_option(&a, id, optarg))
			return EXIT_USAGE;
	}
	if (!is_complete(&a, argc, argv))
		return EXIT_USAGE;
	return judge(&a);
}
