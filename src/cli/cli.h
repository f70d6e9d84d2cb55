/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

/*
 * cli.h - what every command of `cloister` shares.
 *
 * A command is one file named after its word: `int cmd_WORD(int argc, char **argv)`
 * with argv[0] the word. It returns the exit status: 0 done (or accepted), 1 failed
 * (or refused), 2 wrong usage (or could not decide). Errors are one sentence on
 * standard error: what, where, what to do.
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary; /* one line for --help */
};

/* Print `cloister WORD: sentence` to standard error and return `status`. */
int cli_fail(const char *word, int status, const struct cloister_fault *why);
int cli_usage(const char *word, const char *fmt, ...) PRINTF(2, 3); /* returns EXIT_USAGE */

/* Print what others wrote, a sentence or a name, on one line and with nothing that a terminal obeys. */
void cli_put(FILE *to, const char *text);

/* Print `text` (the command's help) and return EXIT_DONE. */
int cli_help(const char *text);

/* Write `out` and a newline to standard output; EXIT_FAILED when that fails. */
int cli_print(struct buf *out);

/* A decimal number in lo..hi, or a usage error naming `option`. */
bool cli_number(const char *word, const char *option, const char *text, uint64_t lo, uint64_t hi,
		uint64_t *out);

/*
 * A progress line on a terminal's standard error ("layer 3 of 7"), nothing
 * elsewhere. cli_progress_end() clears it.
 */
void cli_progress(const char *fmt, ...) PRINTF(1, 2);
void cli_progress_end(void);

/* Pick the colour only when standard output is a terminal and NO_COLOR is unset. */
bool cli_colour(void);

#endif
