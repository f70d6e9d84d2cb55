/* SPDX-License-Identifier: Apache-2.0 */
/*
 * asked.c - from options and files to trust, wishes and a time. Decides nothing: a
 * thing that was not said is a usage error, never a skipped check.
 */

#include "cli/asked.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/hex.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/collateral_dir.h"
#include "cli/roots.h"
#include "codec/eif.h"
#include "crypto/hash.h"
#include "evidence/kind.h"
#include "image/measure.h"
#include "policy/file.h"
#include "sys/clock.h"
#include "sys/io.h"

#define MAX_MEASUREMENTS (1u << 20) /* a build record is a few kilobytes */
#define LAST_SECOND 253402300799u   /* of the year 9999 */

/* ---- Files ------------------------------------------------------------------------ */

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

static enum cloister_err read_measurements(int dir_fd, const char *path, struct measurements *out,
					   struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(MAX_MEASUREMENTS);

	TRY(file_read(dir_fd, path, text.max, &text, why));
	return measurements_read(buf_bytes(&text), out, why);
}

static enum cloister_err expect_measurements(struct cloister_policy *p, unsigned set,
					     const struct measurements *m, struct cloister_fault *why)
{
	TRY(policy_expect(p, set, "pcr0", BYTES_OF(m->pcr0), why));
	TRY(policy_expect(p, set, "pcr1", BYTES_OF(m->pcr1), why));
	TRY(policy_expect(p, set, "pcr2", BYTES_OF(m->pcr2), why));
	return m->is_signed ? policy_expect(p, set, "pcr8", BYTES_OF(m->pcr8), why) : CLOISTER_OK;
}

/* `measurements: { file: PATH }`, beside the policy file, whose folder `ctx` points to. */
static enum cloister_err take_named_file(void *ctx, const char *path, unsigned set,
					 struct cloister_policy *p, struct cloister_fault *why)
{
	const int *dir_fd = ctx;
	struct cloister_fault below;
	struct measurements m;
	char text[CLOISTER_NOTE_MAX];

	enum cloister_err err = read_measurements(*dir_fd, path, &m, &below);
	if (err != CLOISTER_OK)
		return fail(why, err, "measurements", "%.48s cannot be used: %s", path,
			    cloister_fault_text(&below, text, sizeof text));
	return expect_measurements(p, set, &m, why);
}

/* The folder that `path` lies in, opened. */
static enum cloister_err open_folder(const char *path, int *fd_out, struct cloister_fault *why)
{
	const char *slash = strrchr(path, '/');
	own(drop_mem) char *folder = !slash ? mem_text(bytes_text(".")) :
				     mem_text(bytes_of(path, slash == path ? 1 : (size_t)(slash - path)));

	if (!folder)
		return fail(why, CLOISTER_E_NOMEM, "policy", "out of memory");
	*fd_out = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return *fd_out < 0 ? fail_sys(why, "policy", "%.100s", folder) : CLOISTER_OK;
}

enum cloister_err asked_policy_read(const char *path, struct cloister_policy **out,
				    struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY + 1);
	own(drop_fd) int dir_fd = -1;

	TRY(file_read(AT_FDCWD, path, text.max, &text, why));
	TRY(open_folder(path, &dir_fd, why));
	return policy_read(buf_bytes(&text), take_named_file, &dir_fd, out, why);
}

/* ---- Options ---------------------------------------------------------------------- */

/* A value that the policy file says too would have to be looked for in two places. */
static bool is_free(struct asked *a, const char *option, enum want file_says)
{
	if (!a->policy_path || file_says == WANT_REQUIRED)
		return true;
	(void)cli_usage(a->word, "%s: %s says it already, and does not call it `required`", option,
			a->policy_path);
	return false;
}

static bool say(struct asked *a, const char *key, const char *option, const char *value)
{
	struct cloister_fault why;

	if (cloister_policy_set(a->policy, key, value, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(a->word, "%s %s", option, why.note);
	return false;
}

static bool say_field(struct asked *a, const struct want_field *f, const char *key, const char *option,
		      const char *value)
{
	return is_free(a, option, f->want) && say(a, key, option, value);
}

static bool take_nonce(struct asked *a, const char *text)
{
	if (*text)
		return say_field(a, &a->policy->nonce, "nonce", "--nonce", text);
	(void)cli_usage(a->word, "--nonce is empty; say which one is expected, or any");
	return false;
}

/* Measurements that the file requires may come from several options. */
static bool may_measure(struct asked *a, const char *option)
{
	return a->by_register || is_free(a, option, a->policy->measurements);
}

static bool take_pcr(struct asked *a, const char *text)
{
	uint8_t value[SHA384_LEN];
	struct cloister_fault why;
	size_t len = 0;
	char *end;
	unsigned long index = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '=' || index >= LIMIT_PCRS ||
	    hex_read(bytes_text(end + 1), value, sizeof value, &len, NULL) != CLOISTER_OK) {
		(void)cli_usage(a->word, "--pcr wants N=HEX with N from 0 to 31 and 96 hex digits, not `%s`",
				text);
		return false;
	}
	if (!may_measure(a, "--pcr"))
		return false;
	a->by_register = true;
	if (policy_expect_pcr(a->policy, (unsigned)index, bytes_of(value, len), &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(a->word, "%s", why.note);
	return false;
}

static bool take_measurement(struct asked *a, const char *text)
{
	const char *equals = strchr(text, '=');
	char key[LIMIT_POLICY_KEY];
	struct cloister_fault why;

	if (!equals || equals == text || equals - text > 32 || memchr(text, '.', (size_t)(equals - text))) {
		(void)cli_usage(a->word, "--measurement wants NAME=HEX, like mrtd=…, not `%s`", text);
		return false;
	}
	if (!may_measure(a, "--measurement"))
		return false;
	a->by_register = true;
	snprintf(key, sizeof key, "measurements.%.*s", (int)(equals - text), text);
	if (cloister_policy_set(a->policy, key, equals + 1, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(a->word, "--measurement: %s", why.note);
	return false;
}

/* The least version of a program: isv_svn, config_svn of enclaves, guest_svn of SNP guests. */
static bool take_min(struct asked *a, const char *text)
{
	const char *equals = strchr(text, '=');
	char key[LIMIT_POLICY_KEY];

	if (!equals || equals == text || equals - text > 16) {
		(void)cli_usage(a->word, "--min wants NAME=N, like isv_svn=5, not `%s`", text);
		return false;
	}
	snprintf(key, sizeof key, "%s.%.*s_min", strncmp(text, "guest_svn=", 10) == 0 ? "snp" : "sgx",
		 (int)(equals - text), text);
	return is_free(a, "--min", WANT_EXACTLY) && say(a, key, "--min", equals + 1);
}

static bool take_root(struct asked *a, const char *root)
{
	struct cloister_fault why;
	char text[256];

	if (root_give(a->trust, root, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(a->word, "--root %s is no root certificate that can be used: %s", root,
			cloister_fault_text(&why, text, sizeof text));
	return false;
}

static bool take_time(struct asked *a, const char *text)
{
	bool is_number = *text && strspn(text, "0123456789") == strlen(text);

	if (is_number)
		return a->at_given = cli_number(a->word, "--at", text, 0, LAST_SECOND, &a->at_s);
	if (date_read(text, &a->at_s))
		return a->at_given = true;
	(void)cli_usage(a->word, "--at wants a time like 2026-01-31T12:00:00Z or Unix seconds, not `%s`",
			text);
	return false;
}

static bool allow_debug(struct asked *a)
{
	if (!is_free(a, "--allow-debug", WANT_EXACTLY))
		return false;
	return a->policy->allow_debug = true;
}

bool asked_take(struct asked *a, int id, const char *value)
{
	switch (id) {
	case ASKED_NONCE:
		return take_nonce(a, value);
	case ASKED_IMAGE:
		a->image = value;
		return may_measure(a, "--image");
	case ASKED_MEASUREMENTS:
		a->measurements = value;
		return may_measure(a, "--measurements");
	case ASKED_MEASUREMENT:
		return take_measurement(a, value);
	case ASKED_MIN:
		return take_min(a, value);
	case ASKED_PCR:
		return take_pcr(a, value);
	case ASKED_ROOT:
		return take_root(a, value);
	case ASKED_AT:
		return take_time(a, value);
	case ASKED_MAX_AGE:
		return is_free(a, "--max-age", WANT_EXACTLY) && say(a, "max_age", "--max-age", value);
	case ASKED_DEBUG:
		return allow_debug(a);
	case ASKED_USER_DATA:
		return say_field(a, &a->policy->user_data, "user_data", "--user-data", value);
	case ASKED_KEY:
		return say_field(a, &a->policy->public_key, "public_key", "--public-key", value);
	case ASKED_REPORT_DATA:
		return say_field(a, &a->policy->report_data, "report_data", "--report-data", value);
	case ASKED_KIND:
		return is_free(a, "--kind", WANT_EXACTLY) && say(a, "kinds", "--kind", value);
	case ASKED_POLICY:
		return true; /* asked_open() read it */
	case ASKED_COLLATERAL:
		a->collateral_given = true;
		strv_add(&a->collateral, value);
		return true;
	case ASKED_NO_COLLATERAL:
		return a->no_collateral = true;
	}
	(void)cli_usage(a->word, "an option is unknown or lacks its value");
	return false;
}

/* ---- Whether all was said ----------------------------------------------------------- */

/* --image and --measurements, once all options are known. */
static bool take_program(struct asked *a)
{
	struct cloister_fault why;
	struct measurements m;
	char text[256];

	if (a->image && a->measurements) {
		(void)cli_usage(a->word, "--image and --measurements say the same thing: give one of them");
		return false;
	}
	if (a->measurements && strcmp(a->measurements, "any") == 0) {
		if (a->by_register) {
			(void)cli_usage(a->word, "--measurements any and single registers contradict each other");
			return false;
		}
		if (a->policy->measurements == WANT_REQUIRED) {
			(void)cli_usage(a->word, "--measurements any is no answer where the policy says "
						 "`required`");
			return false;
		}
		a->policy->measurements = WANT_ANY;
		return true;
	}
	if (!a->image && !a->measurements)
		return true;
	enum cloister_err err = a->image ? measure_file(a->image, &m, &why) :
					   read_measurements(AT_FDCWD, a->measurements, &m, &why);
	if (err != CLOISTER_OK) {
		(void)cli_usage(a->word, "%s cannot be used: %s", a->image ? a->image : a->measurements,
				cloister_fault_text(&why, text, sizeof text));
		return false;
	}
	if (expect_measurements(a->policy, 0, &m, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(a->word, "%s", why.note);
	return false;
}

/* What the policy file calls `required` and nobody gave. */
static bool owes_nothing(struct asked *a)
{
	const struct {
		enum want want;
		const char *options;
	} owed[] = {
		{ a->policy->nonce.want, "--nonce HEX" },
		{ a->policy->user_data.want, "--user-data HEX" },
		{ a->policy->public_key.want, "--public-key HEX" },
		{ a->policy->report_data.want, "--report-data HEX" },
		{ a->policy->measurements, "--image EIF, --measurements FILE, --pcr N=HEX or --measurement NAME=HEX" },
	};

	for (size_t i = 0; i < sizeof owed / sizeof *owed; i++) {
		if (owed[i].want != WANT_REQUIRED)
			continue;
		(void)cli_usage(a->word, "%s requires a value that was not given: %s", a->policy_path,
				owed[i].options);
		return false;
	}
	return true;
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

static bool collateral_is_clear(const struct asked *a)
{
	if (a->no_collateral && a->collateral_given) {
		(void)cli_usage(a->word, "--collateral and --no-collateral contradict each other");
		return false;
	}
	return true;
}

bool asked_complete(struct asked *a, int argc, char **argv)
{
	struct cloister_policy *p = a->policy;

	if (optind != argc - 1) {
		(void)cli_usage(a->word, "name one file of evidence");
		return false;
	}
	a->file = argv[optind];
	if (p->nonce.want == WANT_UNSAID && a->any_by_default)
		p->nonce.want = WANT_ANY;
	if (p->nonce.want == WANT_UNSAID) {
		(void)cli_usage(a->word, "say which nonce the evidence must carry: --nonce HEX, or --nonce any");
		return false;
	}
	if (!take_program(a))
		return false;
	if (p->measurements == WANT_UNSAID && a->any_by_default)
		p->measurements = WANT_ANY;
	if (p->measurements == WANT_UNSAID) {
		(void)cli_usage(a->word, "say which program is expected: --image EIF, --measurements FILE, "
					 "--pcr N=HEX, --measurement NAME=HEX, or --measurements any");
		return false;
	}
	if (!owes_nothing(a) || !collateral_is_clear(a))
		return false;
	let_the_rest_be_any(p);
	return true;
}

/* ---- The whole --------------------------------------------------------------------- */

/* The file of --policy, which has to be read before any option is taken. */
static bool find_policy(struct asked *a, int argc, char **argv, const struct option *options)
{
	bool twice = false;
	int id;

	optind = 0;
	while ((id = getopt_long(argc, argv, a->short_options ? a->short_options : "", options, NULL)) != -1) {
		if (id != ASKED_POLICY)
			continue;
		twice |= a->policy_path != NULL;
		a->policy_path = optarg;
	}
	optind = 0;
	if (twice)
		(void)cli_usage(a->word, "--policy is given twice");
	return !twice;
}

bool asked_open(struct asked *a, int argc, char **argv, const struct option *options)
{
	struct cloister_fault why;
	char text[256];

	opterr = 0;
	a->at_s = clock_unix_ms() / 1000;
	if (!find_policy(a, argc, argv, options))
		return false;
	enum cloister_err err = cloister_trust_new(&a->trust, &why);
	if (err == CLOISTER_OK && !a->policy_path)
		err = cloister_policy_new(&a->policy, &why);
	if (err != CLOISTER_OK) {
		(void)cli_fail(a->word, EXIT_USAGE, &why);
		return false;
	}
	if (!a->policy_path || asked_policy_read(a->policy_path, &a->policy, &why) == CLOISTER_OK)
		return true;
	(void)cli_usage(a->word, "%s cannot be used: %s", a->policy_path,
			cloister_fault_text(&why, text, sizeof text));
	return false;
}

void asked_close(struct asked *a)
{
	drop_map(&a->evidence);
	drop_map(&a->event_log);
	strv_fini(&a->collateral);
	cloister_policy_free(a->policy);
	cloister_trust_free(a->trust);
}

/* What was named, else the directory in which `cloister collateral` keeps it, if there is one. */
static enum cloister_err add_collateral(struct asked *a, struct cloister_fault *why)
{
	TRY(strv_ok(&a->collateral, "collateral", why));
	for (size_t i = 0; i < a->collateral.n; i++)
		TRY(collateral_give(a->collateral.list[i], a->evidence, a->trust, why));
	if (a->collateral_given || a->no_collateral)
		return CLOISTER_OK;
	return collateral_give(NULL, a->evidence, a->trust, why);
}

int asked_judge(struct asked *a, struct cloister_verdict **out)
{
	struct cloister_evidence e = { 0 };
	struct cloister_fault why;

	if (file_map(AT_FDCWD, a->file, UINT32_MAX, &a->evidence, &why) != CLOISTER_OK)
		return cli_fail(a->word, EXIT_USAGE, &why);
	if (a->log_path && file_map(AT_FDCWD, a->log_path, UINT32_MAX, &a->event_log, &why) != CLOISTER_OK)
		return cli_fail(a->word, EXIT_USAGE, &why);
	if (add_collateral(a, &why) != CLOISTER_OK)
		return cli_fail(a->word, EXIT_USAGE, &why);
	e.document = lend(a->evidence);
	/* a file without a byte is a log, too, and no good one */
	if (a->log_path)
		e.event_log = lend(a->event_log.len ? a->event_log : bytes_text(""));
	if (cloister_verify_evidence(a->trust, a->policy, &e, a->at_s, out, &why) != CLOISTER_OK)
		return cli_fail(a->word, EXIT_USAGE, &why);
	return EXIT_DONE;
}

static bool expects(const struct asked *a, const char *reg)
{
	for (size_t i = 0; i < a->policy->n_expected; i++)
		if (strcmp(a->policy->expected[i].reg->name, reg) == 0)
			return true;
	return false;
}

void asked_warnings(const struct asked *a, const char *out[static ASKED_WARNINGS + 1])
{
	size_t n = 0;

	if (expects(a, "pcr0") && !expects(a, "pcr1") && !expects(a, "pcr2"))
		out[n++] = "PCR0 alone does not say where the kernel, its command line and the "
			   "ramdisks begin; expect PCR1 and PCR2 too";
	if (a->at_given)
		out[n++] = "judged as of a time that was given, not as of now: good for archives only";
	out[n] = NULL;
}

void drop_verdict(struct cloister_verdict **v)
{
	cloister_verdict_free(*v);
}
