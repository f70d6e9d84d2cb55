/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_IMAGE_H
#define CLI_IMAGE_H

/* image.h - what the commands about images share: option errors and printed measurements. */

#include "image/measure.h"

/* The sentence for getopt_long()'s '?' and ':'; returns EXIT_USAGE. Uses optind and optopt. */
int cli_bad_option(const char *word, int c, char **argv);

/* "pcr0  HEX" on standard output. */
void cli_print_pcr(const char *name, const uint8_t pcr[static PCR_LEN]);

#endif
