/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ASKED_H
#define CLI_ASKED_H

/*
 * asked.h - what the caller of a command that judges evidence says: the evidence,
 * the roots, the collateral, the wishes, the time. Wishes come from one policy file, from options,
 * or from options where the file says `required`; what is said in two places is
 * refused. Everything here prints its own sentence when it fails.
 */

#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/strv.h"
#include "cloister/policy.h"
#include "cloister/verify.h"

struct asked {
	const char *word;        /* the command, for messages */
	const char *short_options; /* of the command; NULL: none */
	const char *file;        /* the evidence */
	const char *policy_path; /* NULL: the wishes come from options alone */
	const char *image, *measurements;
	struct cloister_trust *trust;
	struct cloister_policy *policy;
	struct bytes evidence;   /* mapped; the verdict's claims lie in it */
	const char *log_path;    /* of an event log beside it, or NULL */
	struct bytes event_log;  /* mapped; the verdict's events lie in it */
	uint64_t at_s;
	bool by_register;        /* some measurement came by --pcr or --measurement */
	bool at_given;
	struct strv collateral;  /* files and directories */
	bool collateral_given, no_collateral;
	bool any_by_default;     /* what was not said at all does not matter */
};

/* The rows of these options, for the table of a command; its own ids start at ASKED_OWN. */
enum asked_option {
	ASKED_NONCE = 1, ASKED_IMAGE, ASKED_MEASUREMENTS, ASKED_MEASUREMENT, ASKED_MIN, ASKED_PCR, ASKED_ROOT,
	ASKED_AT, ASKED_MAX_AGE, ASKED_DEBUG, ASKED_USER_DATA, ASKED_KEY, ASKED_REPORT_DATA, ASKED_KIND,
	ASKED_POLICY, ASKED_COLLATERAL, ASKED_NO_COLLATERAL, ASKED_OWN
};
#define ASKED_OPTIONS                                               \
	{ "nonce", required_argument, NULL, ASKED_NONCE },          \
	{ "image", required_argument, NULL, ASKED_IMAGE },          \
	{ "measurements", required_argument, NULL, ASKED_MEASUREMENTS }, \
	{ "measurement", required_argument, NULL, ASKED_MEASUREMENT }, \
	{ "min", required_argument, NULL, ASKED_MIN },              \
	{ "pcr", required_argument, NULL, ASKED_PCR },              \
	{ "root", required_argument, NULL, ASKED_ROOT },            \
	{ "at", required_argument, NULL, ASKED_AT },                \
	{ "max-age", required_argument, NULL, ASKED_MAX_AGE },      \
	{ "allow-debug", no_argument, NULL, ASKED_DEBUG },          \
	{ "user-data", required_argument, NULL, ASKED_USER_DATA },  \
	{ "public-key", required_argument, NULL, ASKED_KEY },       \
	{ "report-data", required_argument, NULL, ASKED_REPORT_DATA }, \
	{ "kind", required_argument, NULL, ASKED_KIND },            \
	{ "policy", required_argument, NULL, ASKED_POLICY },        \
	{ "collateral", required_argument, NULL, ASKED_COLLATERAL }, \
	{ "no-collateral", no_argument, NULL, ASKED_NO_COLLATERAL }

/*
 * Begin: the clock, the built-in roots, and the file of --policy wherever it stands on
 * the command line. False: a sentence was printed, the exit status is EXIT_USAGE.
 */
bool asked_open(struct asked *a, int argc, char **argv, const struct option *options);
void asked_close(struct asked *a);

/* One option that is no command's own. */
bool asked_take(struct asked *a, int id, const char *value);

/* After the options: the one file of evidence, and whether all that is due was said. */
bool asked_complete(struct asked *a, int argc, char **argv);

/* Judge. The exit status when there is no verdict, else EXIT_DONE. */
int asked_judge(struct asked *a, struct cloister_verdict **out);

/* What a person should know besides the verdict; NULL-terminated. */
#define ASKED_WARNINGS 2
void asked_warnings(const struct asked *a, const char *out[static ASKED_WARNINGS + 1]);

/* A policy file, with the files that it names beside it. */
enum cloister_err asked_policy_read(const char *path, struct cloister_policy **out,
				    struct cloister_fault *why);

void drop_verdict(struct cloister_verdict **v); /* for own() */

#endif
