/* SPDX-License-Identifier: Apache-2.0 */
/* stop.c - `cloister stop`: the workload's stop signal, and the end of it after a grace period. */

#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "enclave/ask.h"

static const char help_text[] =
	"usage: cloister stop NAME… [--grace SECONDS] [--state DIR]\n\n"
	"Stop enclaves: the image's stop signal, then, after the grace period, the end. Returns\n"
	"when they have ended, and prints their names.\n\n"
	"  -t, --grace, --time SECONDS   instead of what `cloister run --grace` said\n"
	"  --state DIR                   where enclaves are kept\n";

int cmd_stop(int argc, char **argv)
{
	static const struct option longs[] = { { "grace", 1, NULL, 't' }, { "time", 1, NULL, 't' },
					       { "state", 1, NULL, 's' }, { "help", 0, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	own(state_close) struct state s = STATE_INIT;
	struct cloister_fault why;
	const char *dir = NULL;
	int64_t grace_ms = -1;
	int status = EXIT_DONE;
	uint64_t n;

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":t:h", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c == 's')
			dir = optarg;
		else if (c != 't')
			return cli_bad_option("stop", c, argv);
		else if (!cli_number("stop", "--grace", optarg, 0, 3600, &n))
			return EXIT_USAGE;
		else
			grace_ms = (int64_t)n * 1000;
	}
	if (optind == argc)
		return cli_usage("stop", "the name of an enclave is wanted");
	if (state_open(dir, &s, &why) != CLOISTER_OK)
		return cli_fail("stop", EXIT_FAILED, &why);
	for (int i = optind; i < argc; i++) {
		if (enclave_stop(&s, argv[i], grace_ms, &why) != CLOISTER_OK)
			status = cli_fail("stop", EXIT_FAILED, &why);
		else
			puts(argv[i]);
	}
	return fflush(stdout) == 0 ? status : EXIT_FAILED;
}
