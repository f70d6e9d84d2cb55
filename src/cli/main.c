/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the table of commands, and what they share (cli.h). */

#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/plain.h"
#include "cli/commands.h"

static const struct command commands[] = {
#define C(word, summary) { #word, cmd_##word, summary },
	COMMANDS(C)
#undef C
};

void cli_put(FILE *to, const char *text)
{
	own(buf_fini) struct buf out = BUF_INIT(PLAIN_ROOM(strlen(text)));
	struct plain p = { 0 };

	plain_put(&p, bytes_text(text), &out);
	plain_end(&p, &out);
	for (size_t i = 0; !out.failed && i < out.len; i++)
		if (out.data[i] == '\n')
			fputs("^J", to);
		else
			fputc(out.data[i], to);
}

int cli_fail(const char *word, int status, const struct cloister_fault *why)
{
	char text[512];

	cli_progress_end();
	fprintf(stderr, "cloister %s: ", word);
	cli_put(stderr, cloister_fault_text(why, text, sizeof text));
	fputc('\n', stderr);
	return status;
}

int cli_usage(const char *word, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	cli_progress_end();
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	fprintf(stderr, "cloister %s: ", word);
	cli_put(stderr, text);
	fprintf(stderr, "; see `cloister %s --help`\n", word);
	return EXIT_USAGE;
}

int cli_help(const char *text)
{
	fputs(text, stdout);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

int cli_print(struct buf *out)
{
	if (out->failed || printf("%s\n", buf_string(out)) < 0 || fflush(stdout) != 0) {
		fprintf(stderr, "cloister: the output could not be written: %s\n", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

bool cli_number(const char *word, const char *option, const char *text, uint64_t lo, uint64_t hi,
		uint64_t *out)
{
	char *end;

	errno = 0;
	unsigned long long v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || v < lo || v > hi) {
		(void)cli_usage(word, "%s wants a number from %llu to %llu, not `%s`", option,
				(unsigned long long)lo, (unsigned long long)hi, text);
		return false;
	}
	*out = v;
	return true;
}

static bool progress_shown;

void cli_progress(const char *fmt, ...)
{
	va_list args;

	if (!isatty(STDERR_FILENO))
		return;
	fputs("\r\033[K", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fflush(stderr);
	progress_shown = true;
}

void cli_progress_end(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = false;
}

bool cli_colour(void)
{
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static int help(FILE *to)
{
	fputs("cloister - run any container image in a trusted execution environment, and prove it\n\n"
	      "usage: cloister COMMAND [OPTION…]\n\n",
	      to);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(to, "  %-11s %s\n", commands[i].name, commands[i].summary);
	fputs("\n`cloister COMMAND --help` explains one; `cloister --version` prints the version.\n", to);
	return fflush(to) == 0 ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
		return help(stdout);
	if (strcmp(argv[1], "--version") == 0)
		return printf("cloister %s\n", CLOISTER_VERSION) > 0 ? EXIT_DONE : EXIT_FAILED;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fprintf(stderr, "cloister: there is no command `%s`; see `cloister --help`\n", argv[1]);
	return EXIT_USAGE;
}
