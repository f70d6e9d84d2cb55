/* SPDX-License-Identifier: Apache-2.0 */
/* build.c - `cloister build`: options into wishes, an image into an enclave image file. */

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "cli/registry.h"
#include "image/author.h"
#include "image/build.h"
#include "sys/io.h"

#define WORD "build"
#define EPOCH_MAX 253402300799u /* the last second of the year 9999 */

static const char help_text[] =
	"usage: cloister build SOURCE -o FILE [OPTION…] [-- ARGUMENT…]\n\n"
	"Build an enclave image from an unmodified container image and print its measurements.\n"
	"SOURCE is docker-archive:FILE, oci:DIR[:TAG], oci-archive:FILE[:TAG], or registry:REFERENCE,\n"
	"which is pulled first. Arguments after -- replace the image's CMD.\n\n"
	"  -o, --output FILE\n"
	"  --platform FILE      the platform bundle, or an image built before\n"
	"  --manifest FILE      YAML whose members replace the image's configuration\n"
	"  --entrypoint PROGRAM instead of the image's ENTRYPOINT and CMD\n"
	"  --env KEY=VALUE      add or replace a variable; may be repeated\n"
	"  --user USER[:GROUP]  instead of the image's USER\n"
	"  --workdir DIR        instead of the image's WORKDIR\n"
	"  --hostname NAME      the enclave's host name (cloister)\n"
	"  --stop-signal NAME   instead of the image's STOPSIGNAL\n"
	"  --log WHAT           what leaves the enclave: stdout, stderr, all, none (none)\n"
	"  --memory MIB         the least memory to run in, if more than the image needs\n"
	"  --name NAME          name in the unmeasured metadata\n"
	"  --version VERSION    version in the unmeasured metadata\n"
	"  --json               print JSON, which `cloister verify` takes as measurements\n\n"
	"For registry:REFERENCE, as in `cloister pull`:\n\n"
	"  --registry HOST[:PORT], --insecure HOST[:PORT], --registry-user NAME,\n"
	"  --password-file FILE, --ca PEM, --timeout SECONDS\n\n"
	"SOURCE_DATE_EPOCH, in seconds, replaces the image's creation date.\n";

#define SOURCE_ROOM (4096 + 64 + 80) /* "oci:", the state directory's images, ":sha256:" and digits */

struct asked {
	struct build_request q;
	struct registry_asked registry;
	char source[SOURCE_ROOM]; /* what was pulled */
	struct launch_wish wish;
	const char *manifest;
	bool json, has_log;
	struct build_news shown;
};

static void drop_asked(struct asked *a)
{
	launch_wish_fini(&a->wish);
	registry_asked_fini(&a->registry);
}

/* One line per MiB at most: a terminal is slower than a build. */
static void show_progress(void *ctx, const struct build_news *n)
{
	struct asked *a = ctx;
	struct build_news shown = give(a->shown, *n);
	unsigned long long mib = n->bytes >> 20;

	switch (n->step) {
	case BUILD_OPEN: cli_progress("reading the image"); break;
	case BUILD_ROOTFS: cli_progress("compressing the root filesystem"); break;
	case BUILD_MEASURE: cli_progress("measuring"); break;
	case BUILD_LAYERS:
		if (n->layer != shown.layer || mib != shown.bytes >> 20)
			cli_progress("layer %zu of %zu, %llu MiB", n->layer, n->n_layers, mib);
		break;
	}
}

enum {
	PLATFORM = 256, MANIFEST, ENTRYPOINT, ENV, USER, WORKDIR, HOSTNAME, STOP_SIGNAL, LOG, MEMORY,
	NAME, VERSION, JSON, HELP,
};

static const struct option options[] = {
	{ "output", 1, NULL, 'o' },	   { "platform", 1, NULL, PLATFORM },
	{ "manifest", 1, NULL, MANIFEST }, { "entrypoint", 1, NULL, ENTRYPOINT },
	{ "env", 1, NULL, ENV },	   { "user", 1, NULL, USER },
	{ "workdir", 1, NULL, WORKDIR },   { "hostname", 1, NULL, HOSTNAME },
	{ "stop-signal", 1, NULL, STOP_SIGNAL }, { "log", 1, NULL, LOG },
	{ "memory", 1, NULL, MEMORY },	   { "name", 1, NULL, NAME },
	{ "version", 1, NULL, VERSION },   { "json", 0, NULL, JSON },
	{ "help", 0, NULL, HELP },	   REGISTRY_OPTIONS("registry-user"),
	{ 0 },
};

/*
 * The manifest file comes before every other option, wherever it stands: flags have the last
 * word. getopt reorders what it is given, so this looks at a copy.
 */
static enum cloister_err find_manifest(int argc, char **argv, struct asked *a,
				       struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_MANIFEST);
	own(drop_mem) char **copy = calloc((size_t)argc + 1, sizeof *copy);

	if (!copy)
		return fail(why, CLOISTER_E_NOMEM, "options", "out of memory");
	memcpy(copy, argv, (size_t)argc * sizeof *copy);
	optind = 0;
	for (int c; (c = getopt_long(argc, copy, ":o:", options, NULL)) != -1;)
		if (c == MANIFEST)
			a->manifest = optarg;
	optind = 0;
	if (!a->manifest)
		return CLOISTER_OK;
	TRY(file_read(AT_FDCWD, a->manifest, LIMIT_MANIFEST, &text, why));
	return author_read(buf_bytes(&text), &a->wish, why);
}

static bool set_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
	return *to != NULL;
}

static bool set_log(struct asked *a, const char *what)
{
	struct launch_wish *w = &a->wish;
	bool all = strcmp(what, "all") == 0, none = strcmp(what, "none") == 0;
	bool out = strcmp(what, "stdout") == 0, err = strcmp(what, "stderr") == 0;

	/* `--log stdout --log stderr` is `--log all`; the first one forgets the manifest file's. */
	bool keep = give(a->has_log, true) && !none;
	w->log_stdout = all || out || (keep && w->log_stdout);
	w->log_stderr = all || err || (keep && w->log_stderr);
	return all || none || out || err;
}

/* -1 to go on, else the exit status. */
static int set_option(struct asked *a, int c, char **argv)
{
	struct launch_wish *w = &a->wish;
	uint64_t n = 0;

	switch (c) {
	case 'o': a->q.output = optarg; return -1;
	case PLATFORM: a->q.platform = optarg; return -1;
	case MANIFEST: return -1;
	case ENTRYPOINT:
		strv_fini(&w->argv);
		strv_fini(&w->entrypoint);
		strv_add(&w->entrypoint, optarg);
		return -1;
	case ENV:
		if (*optarg == '=' || !strchr(optarg, '='))
			return cli_usage(WORD, "--env wants KEY=VALUE, not `%s`", optarg);
		strv_set(&w->env, optarg);
		return -1;
	case USER: return set_text(&w->user, optarg) ? -1 : EXIT_FAILED;
	case WORKDIR: return set_text(&w->cwd, optarg) ? -1 : EXIT_FAILED;
	case HOSTNAME: return set_text(&w->hostname, optarg) ? -1 : EXIT_FAILED;
	case STOP_SIGNAL: return set_text(&w->stop_signal, optarg) ? -1 : EXIT_FAILED;
	case LOG:
		return set_log(a, optarg) ? -1 :
			cli_usage(WORD, "--log wants stdout, stderr, all or none, not `%s`", optarg);
	case MEMORY:
		if (!cli_number(WORD, "--memory", optarg, 1, 1u << 20, &n))
			return EXIT_USAGE;
		w->memory_mib = (uint32_t)n;
		return -1;
	case NAME: a->q.name = optarg; return -1;
	case VERSION: a->q.version = optarg; return -1;
	case JSON: a->json = true; return -1;
	case HELP: return cli_help(help_text);
	case '?':
	case ':': return cli_bad_option(WORD, c, argv);
	default: return registry_option(&a->registry, WORD, c, optarg);
	}
}

/* How many arguments stand before the first `--`. */
static int count_own(int argc, char **argv)
{
	int n = 1;

	while (n < argc && strcmp(argv[n], "--") != 0)
		n++;
	return n;
}

/* What stands behind `--` replaces CMD, and a whole command that the manifest file gave. */
static void set_command(struct launch_wish *w, int argc, char **argv)
{
	if (argc > 0)
		strv_fini(&w->argv);
	for (int i = 0; i < argc; i++)
		strv_add(&w->cmd, argv[i]);
}

static bool readable(const char *path)
{
	return access(path, R_OK) == 0;
}

/*
 * $CLOISTER_PLATFORM; else platform.eif beside the program, at the top of the build folder it
 * lies in, or where `make install` puts it.
 */
static const char *find_platform(char *room, size_t len)
{
	static const char *const places[] = { "platform.eif", "../../platform.eif",
					      "../share/cloister/platform.eif" };
	const char *named = getenv("CLOISTER_PLATFORM");
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (named && *named)
		return named;
	self[n > 0 ? n : 0] = 0;
	char *slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < sizeof places / sizeof *places; i++) {
		snprintf(room, len, "%.*s/%s", (int)(slash - self), self, places[i]);
		if (readable(room))
			return room;
	}
	return NULL;
}

static int set_epoch(struct build_request *q)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");

	if (!text || !*text)
		return -1;
	q->has_epoch = true;
	return cli_number(WORD, "SOURCE_DATE_EPOCH", text, 0, EPOCH_MAX, &q->epoch) ? -1 : EXIT_USAGE;
}

static int print_result(const struct asked *a, struct build_result *r)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	struct json_out w = json_out(&text);

	if (!a->json) {
		printf("%s: %llu bytes, %zu layers, %zu files, boots in %u MiB\n", a->q.output,
		       (unsigned long long)r->len, r->n_layers, r->n_nodes, r->memory_mib);
		cli_print_pcr("pcr0", r->measurements.pcr0);
		cli_print_pcr("pcr1", r->measurements.pcr1);
		cli_print_pcr("pcr2", r->measurements.pcr2);
		return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
	}
	json_open(&w, NULL, '{');
	json_put_loose(&w, "image", bytes_text(a->q.output));
	json_put_u64(&w, "length", r->len);
	json_put_u64(&w, "memory_mib", r->memory_mib);
	measurements_put(&w, "measurements", &r->measurements);
	json_put_raw(&w, "record", buf_bytes(&r->record));
	json_close(&w, '}');
	return cli_print(&text);
}

/* A registry's image is built from where it was pulled to, by its digest: the name may move meanwhile. */
static enum cloister_err fetch(struct asked *a, struct cloister_fault *why)
{
	struct bytes rest = bytes_text(a->q.reference);
	char dir[4096 + 64];
	struct pulled pulled;

	if (!bytes_skip(&rest, "registry:"))
		return CLOISTER_OK;
	TRY(registry_dir(dir, sizeof dir, why));
	TRY(registry_pull(&a->registry, (const char *)rest.data, dir, &pulled, why));
	snprintf(a->source, sizeof a->source, "oci:%s:sha256:%s", dir, pulled.digest);
	a->q.reference = a->source;
	return CLOISTER_OK;
}

static int build(struct asked *a)
{
	own(build_result_fini) struct build_result r = { 0 };
	struct cloister_fault why;
	char room[4096 + 64];

	if (!a->q.platform)
		a->q.platform = find_platform(room, sizeof room);
	if (!a->q.platform) {
		(void)fail(&why, CLOISTER_E_MISSING, "platform",
			   "no platform bundle was found; name one with --platform FILE");
		return cli_fail(WORD, EXIT_FAILED, &why);
	}
	if (fetch(a, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	a->q.wish = &a->wish;
	a->q.progress = show_progress;
	a->q.ctx = a;
	enum cloister_err err = build_image(&a->q, &r, &why);
	cli_progress_end();
	return err ? cli_fail(WORD, EXIT_FAILED, &why) : print_result(a, &r);
}

int cmd_build(int argc, char **argv)
{
	own(drop_asked) struct asked a = { .registry = REGISTRY_ASKED_INIT };
	int own_argc = count_own(argc, argv), status = -1;
	struct cloister_fault why;

	if (find_manifest(own_argc, argv, &a, &why) != CLOISTER_OK)
		return cli_fail(WORD, EXIT_FAILED, &why);
	set_command(&a.wish, argc - own_argc - 1, argv + own_argc + 1);
	for (int c; status < 0 && (c = getopt_long(own_argc, argv, ":o:", options, NULL)) != -1;)
		status = set_option(&a, c, argv);
	if (status < 0)
		status = registry_check(&a.registry, WORD);
	if (status < 0)
		status = set_epoch(&a.q);
	if (status >= 0)
		return status;
	if (optind + 1 != own_argc || !a.q.output)
		return cli_usage(WORD, "one SOURCE and -o FILE are wanted");
	a.q.reference = argv[optind];
	return build(&a);
}
