/* SPDX-License-Identifier: Apache-2.0 */
/* root.c - `cloister root export|show`: the emulator root of this host, its public part only. */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hex.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "codec/json.h"
#include "crypto/hash.h"
#include "enclave/emulator.h"
#include "enclave/state.h"
#include "sys/clock.h"

static const char help_text[] =
	"usage: cloister root export [--state DIR] [--json]\n"
	"       cloister root show [--state DIR] [--json]\n\n"
	"The root certificate under which this host's emulated enclaves sign their evidence.\n"
	"`export` prints it as PEM, for `cloister verify --root`, and makes it when there is\n"
	"none yet. `show` describes it. It vouches for this host's emulator, never for a TEE:\n"
	"give it to nobody as a reason to trust more than this host's operator.\n\n"
	"  --state DIR   where enclaves and the root are kept\n"
	"  --json        print JSON\n";

struct root {
	struct x509 cert;
	struct x509_facts facts;
	uint8_t sha256[SHA256_LEN];
	char instance_id[NSM_INSTANCE_ID_LEN + 1];
	char path[4096 + 64];
};

/* With `make` a missing root is made; without, it is CLOISTER_E_MISSING. */
static enum cloister_err open_root(const char *option, bool make, struct root *out,
				   struct cloister_fault *why)
{
	own(state_close) struct state state = STATE_INIT;
	own(emulator_close) struct emulator e = EMULATOR_INIT;

	TRY(state_open(option, &state, why));
	if (!make && faccessat(state.dir_fd, EMULATOR_ROOT_DIR "/" EMULATOR_ROOT_KEY, F_OK, 0) < 0)
		return fail(why, CLOISTER_E_MISSING, "root",
			    "there is none in %.80s yet; `cloister root export` makes it",
			    state.path);
	TRY(emulator_open(state.dir_fd, clock_unix_ms() / 1000, &e, why));
	TRY(x509_facts(&e.root, &out->facts, why));
	TRY(hash_sha256(x509_bytes(&e.root), out->sha256, why));
	out->cert = e.root;
	memcpy(out->instance_id, e.instance_id, sizeof out->instance_id);
	snprintf(out->path, sizeof out->path, "%s/" EMULATOR_ROOT_DIR "/" EMULATOR_ROOT_CERT,
		 state.path);
	return CLOISTER_OK;
}

/* RFC 3339 in UTC. */
static const char *when(uint64_t s, char *out, size_t room)
{
	time_t t = (time_t)s;
	struct tm tm;

	if (!gmtime_r(&t, &tm) || strftime(out, room, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		*out = '\0';
	return out;
}

static int print_json(const struct root *r)
{
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_JSON), pem = BUF_INIT(4 * LIMIT_CERT);
	struct json_out w = json_out(&out);
	char time[32];

	x509_pem_write(&r->cert, &pem);
	json_open(&w, NULL, '{');
	json_put_text(&w, "name", r->facts.common_name);
	json_put_hex(&w, "sha256", BYTES_OF(r->sha256));
	json_put_text(&w, "not_before", when(r->facts.not_before_s, time, sizeof time));
	json_put_text(&w, "not_after", when(r->facts.not_after_s, time, sizeof time));
	json_put_text(&w, "instance_id", r->instance_id);
	json_put_loose(&w, "path", bytes_text(r->path));
	json_put_bytes(&w, "pem", buf_bytes(&pem));
	json_close(&w, '}');
	out.failed |= pem.failed;
	return cli_print(&out);
}

static int print_pem(const struct root *r)
{
	own(buf_fini) struct buf pem = BUF_INIT(4 * LIMIT_CERT);

	x509_pem_write(&r->cert, &pem);
	pem.len -= pem.failed ? 0 : 1; /* cli_print() ends the last line */
	return cli_print(&pem);
}

static int print_text(const struct root *r)
{
	char from[32], to[32], hex[2 * SHA256_LEN + 1];

	hex_write(BYTES_OF(r->sha256), hex);
	printf("name      %s\n", r->facts.common_name);
	printf("sha256    %s\n", hex);
	printf("valid     %s to %s\n", when(r->facts.not_before_s, from, sizeof from),
	       when(r->facts.not_after_s, to, sizeof to));
	printf("instance  %s\n", r->instance_id);
	printf("file      %s\n", r->path);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int run(int argc, char **argv, bool is_export)
{
	static const struct option options[] = {
		{ "state", 1, NULL, 's' },
		{ "json", 0, NULL, 'j' },
		{ "help", 0, NULL, 'h' },
		{ 0 },
	};
	struct cloister_fault why = { 0 };
	const char *state = NULL;
	struct root root;
	bool json = false;

	for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
		switch (c) {
		case 's':
			state = optarg;
			break;
		case 'j':
			json = true;
			break;
		case 'h':
			return cli_help(help_text);
		default:
			return cli_bad_option("root", c, argv);
		}
	}
	if (optind != argc)
		return cli_usage("root", "`%s` is one word too many", argv[optind]);
	if (open_root(state, is_export, &root, &why))
		return cli_fail("root", EXIT_FAILED, &why);
	return json ? print_json(&root) : is_export ? print_pem(&root) : print_text(&root);
}

int cmd_root(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "export") == 0)
		return run(argc - 1, argv + 1, true);
	if (argc > 1 && strcmp(argv[1], "show") == 0)
		return run(argc - 1, argv + 1, false);
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return cli_help(help_text);
	return cli_usage("root", "say `export` or `show`");
}
