/* SPDX-License-Identifier: Apache-2.0 */
/* pause.c - `cloister pause` and `cloister resume`: the machine's processors stop, and go on. */

#include <getopt.h>
#include <stdio.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "enclave/ask.h"

#define ANSWER_MS 15000u /* the shim gives its machine ten */

static const char pause_help[] =
	"usage: cloister pause NAME… [--state DIR]\n\n"
	"Stop the processors of running enclaves, which keep their memory, ports and connections,\n"
	"until `cloister resume`. Prints the names of those that are paused.\n\n"
	"  --state DIR   where enclaves are kept\n";

static const char resume_help[] =
	"usage: cloister resume NAME… [--state DIR]\n\n"
	"Let paused enclaves go on. Prints the names of those that run.\n\n"
	"  --state DIR   where enclaves are kept\n";

static int each(const char *word, const char *help, int argc, char **argv)
{
	static const struct option longs[] = { { "state", 1, NULL, 's' }, { "help", 0, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	own(state_close) struct state s = STATE_INIT;
	struct cloister_fault why;
	const char *dir = NULL;
	int status = EXIT_DONE;
	char request[32];

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":h", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help);
		if (c != 's')
			return cli_bad_option(word, c, argv);
		dir = optarg;
	}
	if (optind == argc)
		return cli_usage(word, "the name of an enclave is wanted");
	if (state_open(dir, &s, &why) != CLOISTER_OK)
		return cli_fail(word, EXIT_FAILED, &why);
	snprintf(request, sizeof request, "{\"op\":\"%s\"}", word);
	for (int i = optind; i < argc; i++) {
		own(buf_fini) struct buf text = BUF_INIT(ASK_REPLY_MAX);
		struct json top;
		if (enclave_ask(&s, argv[i], bytes_text(request), ANSWER_MS, &text, &top, &why) != CLOISTER_OK)
			status = cli_fail(word, EXIT_FAILED, &why);
		else
			puts(argv[i]);
	}
	return fflush(stdout) == 0 ? status : EXIT_FAILED;
}

int cmd_pause(int argc, char **argv)
{
	return each("pause", pause_help, argc, argv);
}

int cmd_resume(int argc, char **argv)
{
	return each("resume", resume_help, argc, argv);
}
