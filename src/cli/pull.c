/* SPDX-License-Identifier: Apache-2.0 */
/* pull.c - `cloister pull`: an image from a registry into a directory. */

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "cli/registry.h"
#include "codec/json.h"

#define WORD "pull"

static const char help_text[] =
	"usage: cloister pull REFERENCE [-o DIR] [OPTION…]\n\n"
	"Fetch an image from a registry, check it blob by blob, and print its manifest's digest.\n"
	"REFERENCE is [HOST[:PORT]/]PATH[:TAG][@sha256:HEX]. `cloister build oci:DIR:sha256:HEX`\n"
	"builds it; `cloister build registry:REFERENCE` does both.\n\n"
	"  -o, --output DIR      an OCI image layout, shared between images (images in the state\n"
	"                        directory)\n"
	"  --registry HOST[:PORT]\n"
	"                        whose names without a host are ($CLOISTER_REGISTRY, docker.io)\n"
	"  --insecure HOST[:PORT]\n"
	"                        may be asked without TLS; may be repeated\n"
	"  --user NAME           who asks, when the registry wants to know\n"
	"  --password-file FILE  holds the password or token in its first line; - for standard input\n"
	"  --ca PEM              who may vouch for the servers' names, instead of the system's list\n"
	"  --timeout SECONDS     for all of it (3600)\n"
	"  --json                print JSON\n";

static int print_result(const char *dir, const struct pulled *p, bool json)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON), source = BUF_INIT(LIMIT_JSON);
	struct json_out w = json_out(&text);
	char digest[sizeof p->digest + 8];

	snprintf(digest, sizeof digest, "sha256:%s", p->digest);
	buf_print(&source, "oci:%s:%s", dir, digest);
	if (!json)
		return puts(digest) >= 0 && fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
	json_open(&w, NULL, '{');
	json_put_text(&w, "name", p->name);
	json_put_text(&w, "digest", digest);
	json_put_loose(&w, "source", buf_bytes(&source));
	json_put_u64(&w, "layers", p->n_layers);
	json_put_u64(&w, "bytes", p->bytes);
	json_put_u64(&w, "fetched", p->fetched);
	json_close(&w, '}');
	return cli_print(&text);
}

int cmd_pull(int argc, char **argv)
{
	enum { JSON = 256, HELP };
	static const struct option options[] = {
		REGISTRY_OPTIONS("user"), { "output", 1, NULL, 'o' }, { "json", 0, NULL, JSON },
		{ "help", 0, NULL, HELP }, { 0 },
	};
	own(registry_asked_fini) struct registry_asked a = REGISTRY_ASKED_INIT;
	struct cloister_fault why;
	const char *dir = NULL;
	struct pulled pulled;
	char room[4096 + 64];
	bool json = false;
	int status = -1;

	for (int c; status < 0 && (c = getopt_long(argc, argv, ":o:", options, NULL)) != -1;) {
		switch (c) {
		case 'o': dir = optarg; break;
		case JSON: json = true; break;
		case HELP: return cli_help(help_text);
		case '?':
		case ':': return cli_bad_option(WORD, c, argv);
		default: status = registry_option(&a, WORD, c, optarg);
		}
	}
	if (status < 0)
		status = registry_check(&a, WORD);
	if (status >= 0)
		return status;
	if (optind + 1 != argc)
		return cli_usage(WORD, "one REFERENCE is wanted");
	if (!dir && registry_dir(room, sizeof room, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	dir = dir ? dir : room;
	if (registry_pull(&a, argv[optind], dir, &pulled, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	return print_result(dir, &pulled, json);
}
