/* SPDX-License-Identifier: Apache-2.0 */
/* rm.c - `cloister rm`: forget enclaves that have ended: record and logs. */

#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "enclave/ask.h"

static const char help_text[] =
	"usage: cloister rm NAME… [-f] [--state DIR]\n\n"
	"Forget enclaves that have ended: their records and logs. Prints their names.\n\n"
	"  -f, --force   end those that run, at once and without their stop signal\n"
	"  --state DIR   where enclaves are kept\n";

static enum cloister_err forget(const struct state *s, const char *name, bool force,
				struct cloister_fault *why)
{
	if (force && enclave_stop(s, name, 0, NULL) != CLOISTER_OK)
		TRY(enclave_kill(s, name, why));
	return state_enclave_remove(s, name, why);
}

int cmd_rm(int argc, char **argv)
{
	static const struct option longs[] = { { "force", 0, NULL, 'f' }, { "state", 1, NULL, 's' },
					       { "help", 0, NULL, 'h' },  { NULL, 0, NULL, 0 } };
	own(state_close) struct state s = STATE_INIT;
	struct cloister_fault why;
	const char *dir = NULL;
	int status = EXIT_DONE;
	bool force = false;

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":fh", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c == 's')
			dir = optarg;
		else if (c == 'f')
			force = true;
		else
			return cli_bad_option("rm", c, argv);
	}
	if (optind == argc)
		return cli_usage("rm", "the name of an enclave is wanted");
	if (state_open(dir, &s, &why) != CLOISTER_OK)
		return cli_fail("rm", EXIT_FAILED, &why);
	for (int i = optind; i < argc; i++) {
		if (forget(&s, argv[i], force, &why) != CLOISTER_OK)
			status = cli_fail("rm", EXIT_FAILED, &why);
		else
			puts(argv[i]);
	}
	return fflush(stdout) == 0 ? status : EXIT_FAILED;
}
