/* SPDX-License-Identifier: Apache-2.0 */
/* attest.c - `cloister attest`: ask a running enclave for evidence about itself. */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "crypto/hash.h"
#include "enclave/ask.h"
#include "sys/io.h"

static const char help_text[] =
	"usage: cloister attest NAME --nonce HEX -o FILE [OPTION…]\n\n"
	"Ask a running enclave for an attestation document. What it is worth is for\n"
	"`cloister verify` to say, on any machine.\n\n"
	"  --nonce HEX        the verifier's fresh challenge, at most 1024 bytes\n"
	"  --user-data HEX    bytes for the document to carry, at most 1024\n"
	"  --public-key HEX   a key for the document to carry, at most 1024 bytes\n"
	"  -o, --output FILE  where the document goes; - for standard output\n"
	"  --state DIR        where enclaves are kept\n"
	"  --json             print file, length and SHA-256 as JSON\n";

#define ANSWER_MS 65000u /* a little more than the shim gives the guest */

struct attest {
	const char *name, *nonce, *user_data, *public_key, *output, *state;
	bool json;
};

static enum cloister_err ask(const struct attest *o, uint8_t *room, size_t *len_out,
			     struct cloister_fault *why)
{
	own(state_close) struct state s = STATE_INIT;
	own(buf_fini) struct buf request = BUF_INIT(LIMIT_CTL_LINE), reply = BUF_INIT(2 * LIMIT_CTL_LINE);
	own(drop_mem) char *encoded = malloc(B64_ROOM(LIMIT_EVIDENCE));
	struct json_out w = json_out(&request);
	struct json top;

	if (!encoded)
		return fail(why, CLOISTER_E_NOMEM, "attest", "out of memory");
	json_open(&w, NULL, '{');
	json_put_text(&w, "op", "attest");
	json_put_text(&w, "nonce", o->nonce);
	json_put_text(&w, "user_data", o->user_data);
	json_put_text(&w, "public_key", o->public_key);
	json_close(&w, '}');
	TRY(buf_ok(&request, "attest", why));
	TRY(state_open(o->state, &s, why));
	TRY(enclave_ask(&s, o->name, buf_bytes(&request), ANSWER_MS, &reply, &top, why));
	if (!json_text(json_get(top, "document"), encoded, B64_ROOM(LIMIT_EVIDENCE)))
		return fail(why, CLOISTER_E_PEER, "attest", "the shim's reply has no document");
	return b64_read(bytes_text(encoded), room, LIMIT_EVIDENCE, len_out, why);
}

static enum cloister_err keep(const struct attest *o, struct bytes document, struct cloister_fault *why)
{
	if (strcmp(o->output, "-") == 0)
		return io_write_full(STDOUT_FILENO, document.data, document.len, why);
	return file_write(AT_FDCWD, o->output, 0644, document, why);
}

static enum cloister_err tell(const struct attest *o, struct bytes document, int *status_out,
			      struct cloister_fault *why)
{
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_CTL_LINE);
	struct json_out w = json_out(&out);
	uint8_t digest[SHA256_LEN];

	*status_out = EXIT_DONE;
	if (strcmp(o->output, "-") == 0)
		return CLOISTER_OK;
	if (!o->json) {
		buf_print(&out, "%s: %zu bytes of evidence from %s", o->output, document.len, o->name);
		*status_out = cli_print(&out);
		return CLOISTER_OK;
	}
	TRY(hash_sha256(document, digest, why));
	json_open(&w, NULL, '{');
	json_put_text(&w, "name", o->name);
	json_put_loose(&w, "file", bytes_text(o->output));
	json_put_u64(&w, "bytes", document.len);
	json_put_hex(&w, "sha256", BYTES_OF(digest));
	json_close(&w, '}');
	*status_out = cli_print(&out);
	return CLOISTER_OK;
}

/* The shim would refuse it too; this says which option. */
static bool hex_option(const char *option, const char *text)
{
	uint8_t room[LIMIT_NSM_FIELD];
	size_t len;

	if (!text || hex_read(bytes_text(text), room, sizeof room, &len, NULL) == CLOISTER_OK)
		return true;
	(void)cli_usage("attest", "%s wants at most %u bytes in hexadecimal", option, LIMIT_NSM_FIELD);
	return false;
}

/* -1 to go on, else an exit status. */
static int options(int argc, char **argv, struct attest *o)
{
	static const struct option longs[] = {
		{ "nonce", 1, NULL, 'n' },  { "user-data", 1, NULL, 'u' }, { "public-key", 1, NULL, 'k' },
		{ "output", 1, NULL, 'o' }, { "state", 1, NULL, 's' },	   { "json", 0, NULL, 'j' },
		{ "help", 0, NULL, 'h' },   { NULL, 0, NULL, 0 },
	};

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":o:h", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c == '?' || c == ':')
			return cli_bad_option("attest", c, argv);
		const char **texts[] = { ['n'] = &o->nonce, ['u'] = &o->user_data, ['k'] = &o->public_key,
					 ['o'] = &o->output, ['s'] = &o->state };
		if (c == 'j')
			o->json = true;
		else
			*texts[c] = optarg;
	}
	if (argc - optind != 1)
		return cli_usage("attest", "the name of one enclave is wanted");
	if (!o->nonce || !o->output)
		return cli_usage("attest", "%s is wanted", o->nonce ? "-o FILE" : "--nonce HEX");
	o->name = argv[optind];
	bool good = hex_option("--nonce", o->nonce) && hex_option("--user-data", o->user_data) &&
		    hex_option("--public-key", o->public_key);
	return good ? -1 : EXIT_USAGE;
}

int cmd_attest(int argc, char **argv)
{
	own(drop_mem) uint8_t *room = malloc(LIMIT_EVIDENCE);
	struct attest o = { 0 };
	struct cloister_fault why;
	size_t len = 0;

	int status = options(argc, argv, &o);
	if (status >= 0)
		return status;
	if (!room || ask(&o, room, &len, &why) != CLOISTER_OK ||
	    keep(&o, bytes_of(room, len), &why) != CLOISTER_OK ||
	    tell(&o, bytes_of(room, len), &status, &why) != CLOISTER_OK)
		return cli_fail("attest", EXIT_FAILED, &why);
	return status;
}
