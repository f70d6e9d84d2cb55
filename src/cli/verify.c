/* SPDX-License-Identifier: Apache-2.0 */
/* verify.c - `cloister verify`: gather what the verifier may rely on, ask it once, print. */

#include <getopt.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/asked.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/verify_print.h"

#define WORD "verify"

static const char help[] =
	"usage: cloister verify FILE --nonce HEX|any\n"
	"                       (--image EIF | --measurements FILE|any | --pcr N=HEX…)\n"
	"                       [--measurement NAME=HEX]… [--min NAME=N]… [--root PEM]… [--at TIME]\n"
	"                       [--max-age TIME] [--allow-debug] [--user-data HEX]\n"
	"                       [--public-key HEX] [--report-data HEX] [--kind KIND]…\n"
	"                       [--collateral PATH]… [--no-collateral] [--event-log FILE]\n"
	"                       [--explain] [--json]\n"
	"       cloister verify FILE --policy FILE [--nonce HEX] [--root PEM]… [--at TIME]\n"
	"                       [--collateral PATH]… [--no-collateral] [--event-log FILE]\n"
	"                       [--explain] [--json]\n"
	"\n"
	"Decide whether the evidence in FILE deserves trust. Every check is listed\n"
	"as held, failed or not checked. Exit status: 0 accepted, 1 refused, 2 not decided.\n"
	"\n"
	"  --policy FILE          what is expected, as `cloister policy` explains\n"
	"  --nonce HEX|any        the nonce that the document must carry\n"
	"  --image EIF            expect the measurements of this image\n"
	"  --measurements FILE    expect those that `cloister build --json` printed; or: any\n"
	"  --pcr N=HEX            expect this PCR; may be repeated\n"
	"  --measurement NAME=HEX expect this register, like mrtd; may be repeated\n"
	"  --min NAME=N           expect at least this isv_svn, config_svn or guest_svn\n"
	"  --root [FAMILY:]PEM    also accept this root (an emulator's, say) for evidence of\n"
	"                         one family: nitro, snp, dcap, token, google; may be repeated\n"
	"  --at TIME              judge as of TIME (RFC 3339 or Unix seconds), for archives\n"
	"  --max-age TIME         refuse a document that is older: seconds, or 5m, 2h, 3d\n"
	"  --allow-debug          let a debug enclave pass\n"
	"  --user-data HEX        expect these user data\n"
	"  --public-key HEX       expect this public key\n"
	"  --report-data HEX      expect these report data, all 64 bytes\n"
	"  --kind KIND            only this kind of evidence; may be repeated\n"
	"  --collateral PATH      use the collateral in this file or directory; may be repeated\n"
	"  --no-collateral        use none, also not what `cloister collateral` keeps\n"
	"  --event-log FILE       replay this log (CCEL, or dstack's JSON) and say what was measured\n"
	"  --explain              say of each check that did not hold what it means\n"
	"  --json                 print JSON\n"
	"\n"
	"A root that you give counts less than a built-in one: never as HIGH.\n";

enum { JSON = ASKED_OWN, EXPLAIN, EVENT_LOG, HELP };

struct shape {
	bool as_json, explain;
};

static int judge(struct asked *a, const struct shape *shape)
{
	/* claims can be as large as evidence, and are written in hex digits; each event is a line */
	own(buf_fini) struct buf out =
		BUF_INIT(2 * LIMIT_EVIDENCE_FILE + LIMIT_CCEL_EVENTS * VERIFY_EVENT_MAX + (1u << 20));
	own(drop_verdict) struct cloister_verdict *verdict = NULL;
	const char *warnings[ASKED_WARNINGS + 1];

	int status = asked_judge(a, &verdict);
	if (status != EXIT_DONE)
		return status;
	asked_warnings(a, warnings);
	struct verdict_print p = { verdict, a->file, a->at_s, a->at_given, shape->explain, warnings };
	if (shape->as_json)
		verify_print_json(&p, &out);
	else
		verify_print_table(&p, cli_colour(), &out);
	if (cli_print(&out) != EXIT_DONE)
		return EXIT_USAGE;
	return cloister_verdict_accepts(verdict) ? EXIT_DONE : EXIT_FAILED;
}

static bool take_event_log(struct asked *a, const char *path)
{
	if (a->log_path)
		(void)cli_usage(WORD, "--event-log is given twice");
	return !a->log_path && (a->log_path = path);
}

static bool take(struct asked *a, struct shape *shape, int id, const char *value)
{
	switch (id) {
	case JSON:
		return shape->as_json = true;
	case EXPLAIN:
		return shape->explain = true;
	case EVENT_LOG:
		return take_event_log(a, value);
	}
	return asked_take(a, id, value);
}

int cmd_verify(int argc, char **argv)
{
	static const struct option options[] = {
		ASKED_OPTIONS,
		{ "event-log", required_argument, NULL, EVENT_LOG },
		{ "explain", no_argument, NULL, EXPLAIN },
		{ "json", no_argument, NULL, JSON },
		{ "help", no_argument, NULL, HELP },
		{ 0 },
	};
	own(asked_close) struct asked a = { .word = WORD };
	struct shape shape = { 0 };
	int id;

	if (!asked_open(&a, argc, argv, options))
		return EXIT_USAGE;
	while ((id = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (id == HELP)
			return cli_help(help);
		if (!take(&a, &shape, id, optarg))
			return EXIT_USAGE;
	}
	return asked_complete(&a, argc, argv) ? judge(&a, &shape) : EXIT_USAGE;
}
