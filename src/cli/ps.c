/* SPDX-License-Identifier: Apache-2.0 */
/* ps.c - `cloister ps`: enclaves and how they are, from their records. */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "enclave/state.h"

/* "2026-11-24T10:00:00Z", or "-" for 0. */
static const char *when(uint64_t unix_ms, char *out, size_t room)
{
	char date[DATE_ROOM];

	date_write(unix_ms / 1000, date);
	if (unix_ms == 0)
		snprintf(out, room, "-");
	else
		snprintf(out, room, "%.19sZ", date);
	return out;
}

static const char help_text[] =
	"usage: cloister ps [-a] [--state DIR] [--json]\n\n"
	"List enclaves that run.\n\n"
	"  -a, --all     also those that have ended, with the reason\n"
	"  --state DIR   where enclaves are kept\n"
	"  --json        print the records as a JSON list\n";

struct ps {
	const char *state;
	bool all, json;
};

static void ports(const struct record *r, char *out, size_t room)
{
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->n_ports && at < room; i++) {
		char text[64];
		at += (size_t)snprintf(out + at, room - at, "%s%s", i ? "," : "",
				       publish_text(&r->ports[i], text, sizeof text));
	}
}

static void row(const struct record *r)
{
	own(buf_fini) struct buf line = BUF_INIT(16u << 10);
	char created[24], published[1024];
	const char *slash = strrchr(r->image, '/');

	ports(r, published, sizeof published);
	buf_print(&line, "%-20s %-9s %-5s %5u %4u  %-20s  %-24s %s%s%s%s", r->name,
		  record_state_name(r->state),
	       r->accelerator[0] ? r->accelerator : "-", r->memory_mib, r->cpus,
	       when(r->created_ms, created, sizeof created), slash ? slash + 1 : r->image,
	       r->debug ? "DEBUG " : "", published, published[0] && r->reason[0] ? "  " : "", r->reason);
	cli_put(stdout, buf_string(&line)); /* the image's name and the guest's last words */
	putchar('\n');
}

static enum cloister_err list(const struct ps *o, struct buf *out, struct cloister_fault *why)
{
	own(state_close) struct state s = STATE_INIT;
	own(state_names_drop) char **names = NULL;
	own(drop_mem) struct state_entry *e = calloc(1, sizeof *e);
	struct json_out w = json_out(out);

	if (!e)
		return fail(why, CLOISTER_E_NOMEM, "ps", "out of memory");
	TRY(state_open(o->state, &s, why));
	TRY(state_names(&s, &names, why));
	json_open(&w, NULL, '[');
	if (!o->json)
		puts("NAME                 STATE     ACCEL   MiB CPUS  CREATED               IMAGE");
	for (char **n = names; *n; n++) {
		own(buf_fini) struct buf one = BUF_INIT(RECORD_MAX);
		/* Without a record: just being made, or just being removed. */
		if (state_enclave_read(&s, *n, e, NULL) != CLOISTER_OK || (!o->all && !e->alive))
			continue;
		if (!o->json) {
			row(&e->record);
			continue;
		}
		record_put(&e->record, &one);
		json_put_raw(&w, NULL, buf_bytes(&one));
	}
	json_close(&w, ']');
	return CLOISTER_OK;
}

int cmd_ps(int argc, char **argv)
{
	static const struct option longs[] = { { "all", 0, NULL, 'a' },	  { "state", 1, NULL, 's' },
					       { "json", 0, NULL, 'j' },  { "help", 0, NULL, 'h' },
					       { NULL, 0, NULL, 0 } };
	own(buf_fini) struct buf out = BUF_INIT(LIMIT_JSON);
	struct cloister_fault why;
	struct ps o = { 0 };

	optind = 0;
	for (int c; (c = getopt_long(argc, argv, ":ah", longs, NULL)) >= 0;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c == 'a')
			o.all = true;
		else if (c == 's')
			o.state = optarg;
		else if (c == 'j')
			o.json = true;
		else
			return cli_bad_option("ps", c, argv);
	}
	if (optind != argc)
		return cli_usage("ps", "it takes no names");
	if (list(&o, &out, &why) != CLOISTER_OK)
		return cli_fail("ps", EXIT_FAILED, &why);
	if (o.json)
		return cli_print(&out);
	return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
}
