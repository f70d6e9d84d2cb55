/* SPDX-License-Identifier: Apache-2.0 */
/* image.c - see image.h. */

#include "cli/image.h"

#include <getopt.h>
#include <stdio.h>

#include "base/hex.h"
#include "cli/cli.h"

int cli_bad_option(const char *word, int c, char **argv)
{
	const char *text = optind > 0 && argv[optind - 1] ? argv[optind - 1] : "";

	if (c == ':')
		return cli_usage(word, "option `%s` wants a value", text);
	return cli_usage(word, "option `%s` is not known, or not complete", text);
}

void cli_print_pcr(const char *name, const uint8_t pcr[static PCR_LEN])
{
	char hex[2 * PCR_LEN + 1];

	hex_write(bytes_of(pcr, PCR_LEN), hex);
	printf("%-8s %s\n", name, hex);
}
