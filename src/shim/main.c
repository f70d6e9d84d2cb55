/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - cloister-shim, which `cloister run` starts; its options (man/cloister-shim.8). */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "enclave/channel.h"
#include "shim/shim.h"

static const char help_text[] =
	"usage: cloister-shim --image FILE [OPTION…]   (started by `cloister run`)\n\n"
	"One enclave: its machine, its devices, its record. Descriptor 3 is the channel to the\n"
	"command that started it.\n\n"
	"  --state DIR  --name NAME  --image FILE  --memory MiB  --cpus N  --grace MS\n"
	"  --publish [ADDRESS:]HOST:GUEST  --accel auto|kvm|tcg  --debug  --detach\n";

static int usage(const char *what)
{
	fprintf(stderr, "cloister-shim: %s; see `cloister-shim --help`\n", what);
	return 2;
}

static bool number(const char *text, uint32_t lo, uint32_t hi, uint32_t *out)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || v < lo || v > hi)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool publish(const char *text, struct shim_options *o)
{
	return o->n_ports < PUBLISH_MAX && publish_read(text, &o->ports[o->n_ports], NULL) == CLOISTER_OK &&
	       ++o->n_ports;
}

/* False: the value is wrong. */
static bool option(int c, struct shim_options *o)
{
	switch (c) {
	case 's':
		o->state = optarg;
		return true;
	case 'n':
		o->name = optarg;
		return true;
	case 'i':
		o->image = optarg;
		return true;
	case 'm':
		return number(optarg, 1, 1u << 20, &o->memory_mib);
	case 'c':
		return number(optarg, 1, 255, &o->cpus);
	case 'g':
		return number(optarg, 0, SHIM_GRACE_MAX_MS, &o->grace_ms);
	case 'p':
		return publish(optarg, o);
	case 'a':
		o->accelerator = optarg;
		return strcmp(optarg, "auto") == 0 || strcmp(optarg, "kvm") == 0 || strcmp(optarg, "tcg") == 0;
	case 'D':
		o->debug = true;
		return true;
	case 'd':
		o->detach = true;
		return true;
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "state", 1, NULL, 's' },   { "name", 1, NULL, 'n' },  { "image", 1, NULL, 'i' },
		{ "memory", 1, NULL, 'm' },  { "cpus", 1, NULL, 'c' },  { "grace", 1, NULL, 'g' },
		{ "publish", 1, NULL, 'p' }, { "accel", 1, NULL, 'a' }, { "debug", 0, NULL, 'D' },
		{ "detach", 0, NULL, 'd' },  { "help", 0, NULL, 'h' },  { NULL, 0, NULL, 0 },
	};
	static struct shim_options o = { .accelerator = "auto", .cpus = 1, .grace_ms = 10000,
					 .parent_fd = CHANNEL_FD };

	for (int c; (c = getopt_long(argc, argv, "h", longs, NULL)) >= 0;) {
		if (c == 'h')
			return fputs(help_text, stdout) < 0;
		if (!option(c, &o))
			return usage("an option is unknown or has no good value");
	}
	if (optind != argc || !o.image)
		return usage("an image and nothing but options is wanted");
	return shim_run(&o);
}
