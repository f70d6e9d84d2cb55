/* SPDX-License-Identifier: Apache-2.0 */
/* platform.c - `cloister platform make|show`: kernel, modules, init and agent as one bundle. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image.h"
#include "image/measure.h"
#include "image/platform.h"
#include "sys/io.h"

static const char help_text[] =
	"usage: cloister platform make --kernel FILE --modules DIR --init FILE --agent FILE -o FILE\n"
	"                              [--cmdline TEXT] [--json]\n"
	"       cloister platform show FILE [--json]\n\n"
	"Make, or show, a platform bundle: the kernel, its modules, init and agent that every\n"
	"image that `cloister build` makes starts from.\n\n"
	"  --kernel FILE    a bzImage, as in /boot\n"
	"  --modules DIR    NN-name.ko files, loaded in the order of their names\n"
	"  --init FILE      cloister-init, a static program\n"
	"  --agent FILE     cloister-agent, a static program\n"
	"  --cmdline TEXT   the kernel's command line, instead of the default\n"
	"  -o, --output FILE\n"
	"  --json           print JSON\n";

struct make {
	const char *kernel, *modules, *init, *agent, *cmdline, *output;
	bool json;
};

/* All files of a bundle, mapped. */
struct parts {
	struct bytes kernel;
	struct ramdisk0 files;
};

static void drop_parts(struct parts *p)
{
	drop_map(&p->kernel);
	drop_map(&p->files.init);
	drop_map(&p->files.agent);
	for (size_t i = 0; i < p->files.n_modules; i++)
		drop_map(&p->files.modules[i].content);
}

struct names {
	struct dirent **list;
	int n;
};

static void drop_names(struct names *names)
{
	for (int i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

static int is_module(const struct dirent *e)
{
	size_t len = strlen(e->d_name);

	return len > 3 && len < 64 && strcmp(e->d_name + len - 3, ".ko") == 0;
}

/* By byte value; alphasort() would ask the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum cloister_err map_modules(const char *dir, struct ramdisk0 *files,
				     struct cloister_fault *why)
{
	own(drop_names) struct names names = { 0 };
	own(drop_fd) int dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	names.n = dir_fd < 0 ? -1 : scandir(dir, &names.list, is_module, by_name);
	if (names.n < 0)
		return fail_sys(why, "modules", "%s", dir);
	if (names.n > (int)RAMDISK_MODULES_MAX)
		return fail(why, CLOISTER_E_LIMIT, "modules", "%s has %d modules, at most %u fit", dir,
			    names.n, RAMDISK_MODULES_MAX);
	for (int i = 0; i < names.n; i++) {
		struct ramdisk_module *m = &files->modules[files->n_modules];
		snprintf(m->name, sizeof m->name, "%.63s", names.list[i]->d_name);
		TRY(file_map(dir_fd, names.list[i]->d_name, UINT32_MAX, &m->content, why));
		files->n_modules++;
	}
	return CLOISTER_OK;
}

static enum cloister_err write_bundle(const struct make *o, struct buf *out,
				      struct cloister_fault *why)
{
	own(drop_parts) struct parts p = { .files.cmdline = bytes_text(o->cmdline) };

	TRY(file_map(AT_FDCWD, o->kernel, UINT32_MAX, &p.kernel, why));
	TRY(file_map(AT_FDCWD, o->init, UINT32_MAX, &p.files.init, why));
	TRY(file_map(AT_FDCWD, o->agent, UINT32_MAX, &p.files.agent, why));
	TRY(map_modules(o->modules, &p.files, why));
	TRY(platform_write(p.kernel, &p.files, out, why));
	return file_write(AT_FDCWD, o->output, 0644, buf_bytes(out), why);
}

static void show_text(const struct platform *p, const struct measurements *m)
{
	char line[LIMIT_EIF_CMDLINE + 64];

	printf("kernel   %s, %zu bytes\n", p->kernel_version[0] ? p->kernel_version : "of unknown version",
	       p->eif.kernel.len);
	snprintf(line, sizeof line, "cmdline  %.*s", (int)p->files.cmdline.len,
		 (const char *)p->files.cmdline.data);
	cli_put(stdout, line);
	printf("\ninit     %zu bytes\nagent    %zu bytes\n", p->files.init.len, p->files.agent.len);
	for (size_t i = 0; i < p->files.n_modules; i++) {
		snprintf(line, sizeof line, "module   %s, %zu bytes", p->files.modules[i].name,
			 p->files.modules[i].content.len);
		cli_put(stdout, line);
		putchar('\n');
	}
	cli_print_pcr("pcr1", m->pcr1);
}

static enum cloister_err show(const char *name, struct bytes file, bool json, int *status_out,
			      struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_JSON);
	struct json_out w = json_out(&text);
	struct measurements m;
	struct platform p;

	TRY(platform_read(file, &p, why));
	TRY(measure(&p.eif, &m, why));
	*status_out = EXIT_DONE;
	if (!json) {
		show_text(&p, &m);
		*status_out = fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
		return CLOISTER_OK;
	}
	json_open(&w, NULL, '{');
	json_put_loose(&w, "image", bytes_text(name));
	TRY(platform_put(&w, "platform", &p, why));
	json_put_hex(&w, "pcr1", BYTES_OF(m.pcr1));
	json_close(&w, '}');
	*status_out = cli_print(&text);
	return CLOISTER_OK;
}

static int make(int argc, char **argv)
{
	enum { KERNEL = 256, MODULES, INIT, AGENT, CMDLINE, JSON, HELP };
	static const struct option options[] = {
		{ "kernel", 1, NULL, KERNEL },	 { "modules", 1, NULL, MODULES },
		{ "init", 1, NULL, INIT },	 { "agent", 1, NULL, AGENT },
		{ "cmdline", 1, NULL, CMDLINE }, { "output", 1, NULL, 'o' },
		{ "json", 0, NULL, JSON },	 { "help", 0, NULL, HELP },
		{ 0 },
	};
	struct make o = { .cmdline = PLATFORM_CMDLINE };
	own(buf_fini) struct buf out = BUF_INIT((size_t)1 << 30);
	struct cloister_fault why;
	int status = EXIT_FAILED;

	for (int c; (c = getopt_long(argc, argv, "+:o:", options, NULL)) != -1;) {
		switch (c) {
		case KERNEL: o.kernel = optarg; break;
		case MODULES: o.modules = optarg; break;
		case INIT: o.init = optarg; break;
		case AGENT: o.agent = optarg; break;
		case CMDLINE: o.cmdline = optarg; break;
		case 'o': o.output = optarg; break;
		case JSON: o.json = true; break;
		case HELP: return cli_help(help_text);
		default: return cli_bad_option("platform", c, argv);
		}
	}
	if (optind != argc || !o.kernel || !o.modules || !o.init || !o.agent || !o.output)
		return cli_usage("platform", "make wants --kernel, --modules, --init, --agent and -o");
	if (write_bundle(&o, &out, &why) || show(o.output, buf_bytes(&out), o.json, &status, &why))
		return cli_fail("platform", EXIT_FAILED, &why);
	return status;
}

static int show_file(int argc, char **argv)
{
	static const struct option options[] = { { "json", 0, NULL, 'j' }, { "help", 0, NULL, 'h' }, { 0 } };
	own(drop_map) struct bytes file = BYTES_NONE;
	struct cloister_fault why;
	bool json = false;
	int status = EXIT_FAILED;

	for (int c; (c = getopt_long(argc, argv, ":", options, NULL)) != -1;) {
		if (c == 'h')
			return cli_help(help_text);
		if (c != 'j')
			return cli_bad_option("platform", c, argv);
		json = true;
	}
	if (optind + 1 != argc)
		return cli_usage("platform", "show wants one file");
	if (file_map(AT_FDCWD, argv[optind], LIMIT_EIF, &file, &why) ||
	    show(argv[optind], file, json, &status, &why))
		return cli_fail("platform", EXIT_FAILED, &why);
	return status;
}

int cmd_platform(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "make") == 0)
		return make(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "show") == 0)
		return show_file(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "--help") == 0)
		return cli_help(help_text);
	return cli_usage("platform", "say `make` or `show`");
}
