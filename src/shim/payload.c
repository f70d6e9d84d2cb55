/* SPDX-License-Identifier: Apache-2.0 */
/* payload.c - from a file name to sealed, measured memory (doc/enclave.md, "Loading"). */

#include "shim/payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "image/platform.h"
#include "image/ramdisk.h"
#include "sys/io.h"

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

void payload_close(struct payload *p)
{
	drop_fd(&p->kernel_fd);
	drop_fd(&p->initrd_fd);
}

static enum cloister_err memory(const char *name, int *out, struct cloister_fault *why)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return fail_sys(why, "image.memory", "%s", name);
	*out = fd;
	return CLOISTER_OK;
}

/* From here on nobody can change it, we included. */
static enum cloister_err seal(int fd, struct bytes *map_out, struct cloister_fault *why)
{
	struct stat st;

	if (fcntl(fd, F_ADD_SEALS, SEALS) < 0 || fstat(fd, &st) < 0)
		return fail_sys(why, "image.seal", "the copy cannot be sealed");
	if (st.st_size == 0)
		return fail(why, CLOISTER_E_MALFORMED, "image", "it is empty");
	void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return fail_sys(why, "image.map", "no memory for the image");
	*map_out = bytes_of(p, (size_t)st.st_size);
	return CLOISTER_OK;
}

/* The file's bytes as they are now, sealed and mapped. */
static enum cloister_err copy_in(const char *path, struct bytes *map_out, struct cloister_fault *why)
{
	own(drop_fd) int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	own(drop_fd) int copy = -1;
	struct stat st;
	uint64_t len = 0;
	ssize_t n;

	if (file < 0 && errno == ENOENT)
		return fail(why, CLOISTER_E_MISSING, "image", "%.140s does not exist", path);
	if (file < 0 || fstat(file, &st) < 0)
		return fail_sys(why, "image.open", "%.120s", path);
	if (!S_ISREG(st.st_mode))
		return fail(why, CLOISTER_E_USAGE, "image", "%.120s is not a regular file", path);
	TRY(memory("image", &copy, why));
	while ((n = sendfile(copy, file, NULL, 64u << 20)) > 0)
		if ((len += (uint64_t)n) > LIMIT_EIF)
			return fail(why, CLOISTER_E_LIMIT, "image", "%.100s is larger than any image", path);
	if (n < 0)
		return fail_sys(why, "image.read", "%.120s", path);
	return seal(copy, map_out, why);
}

/* Put sections behind each other into sealed memory; `sections` then view that memory. */
static enum cloister_err place(const char *name, struct eif_section *const *sections, size_t n,
			       int *fd_out, struct bytes *map_out, struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	size_t at = 0;

	TRY(memory(name, &fd, why));
	for (size_t i = 0; i < n; i++)
		TRY(io_write_full(fd, sections[i]->data.data, sections[i]->data.len, why));
	TRY(seal(fd, map_out, why));
	for (size_t i = 0; i < n; i++) {
		sections[i]->data.data = map_out->data + at;
		at += sections[i]->data.len;
	}
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

/* Whatever reaches QEMU as one argument must be one string, and one that init will compare. */
static enum cloister_err take_cmdline(struct bytes cmdline, struct payload *p,
				      struct cloister_fault *why)
{
	for (size_t i = 0; i < cmdline.len; i++)
		if (cmdline.data[i] < ' ' || cmdline.data[i] > '~')
			return fail_at(why, i, "cmdline", "a byte that is not printable");
	memcpy(p->cmdline, cmdline.data, cmdline.len); /* eif_read() held it to its limit */
	p->cmdline[cmdline.len] = '\0';
	return CLOISTER_OK;
}

static enum cloister_err workload(const struct eif *e, struct payload *p, struct cloister_fault *why)
{
	struct ramdisk1 *r = malloc(sizeof *r);

	if (!r)
		return fail(why, CLOISTER_E_NOMEM, "image", "out of memory");
	enum cloister_err err = ramdisk1_read(e->ramdisks[1], r, why);
	if (err == CLOISTER_OK) {
		p->memory_mib = r->manifest.memory_mib;
		manifest_ports(&r->manifest, &p->ports);
	}
	free(r);
	return err;
}

/* Replace the views of kernel and ramdisks by views of what QEMU gets, then measure those. */
static enum cloister_err measure_placed(struct eif *e, struct payload *p, struct cloister_fault *why)
{
	own(drop_map) struct bytes kernel_map = BYTES_NONE;
	own(drop_map) struct bytes initrd_map = BYTES_NONE;
	struct eif_section *kernel[LIMIT_EIF_SECTIONS], *ramdisks[LIMIT_EIF_SECTIONS];
	size_t n_kernel = 0, n_ramdisks = 0;

	for (size_t i = 0; i < e->n_sections; i++) {
		struct eif_section *s = &e->sections[i];
		if (s->kind == EIF_KERNEL)
			kernel[n_kernel++] = s;
		else if (s->kind == EIF_RAMDISK)
			ramdisks[n_ramdisks++] = s;
		else if (s->kind == EIF_CMDLINE)
			s->data = bytes_text(p->cmdline);
	}
	TRY(place("kernel", kernel, n_kernel, &p->kernel_fd, &kernel_map, why));
	TRY(place("ramdisks", ramdisks, n_ramdisks, &p->initrd_fd, &initrd_map, why));
	return measure(e, &p->measured, why);
}

enum cloister_err payload_open(const char *path, struct payload *out, struct cloister_fault *why)
{
	own(payload_close) struct payload p = PAYLOAD_INIT;
	own(drop_map) struct bytes file = BYTES_NONE;
	own(drop_mem) struct platform *platform = malloc(sizeof *platform);

	if (!platform)
		return fail(why, CLOISTER_E_NOMEM, "image", "out of memory");
	TRY(copy_in(path, &file, why));
	TRY(eif_read(file, &platform->eif, why));
	if (platform->eif.arm64)
		return fail(why, CLOISTER_E_UNSUPPORTED, "image",
			    "it is for arm64, and this machine is x86_64");
	if (platform->eif.n_ramdisks != 2)
		return fail(why, CLOISTER_E_UNSUPPORTED, "image",
			    "it has %zu ramdisks; an image that runs has a platform and a workload",
			    platform->eif.n_ramdisks);
	struct eif e = platform->eif;
	TRY(platform_of(&e, platform, why));
	TRY(take_cmdline(e.cmdline, &p, why));
	TRY(workload(&e, &p, why));
	TRY(measure_placed(&e, &p, why));
	*out = p;
	p = (struct payload)PAYLOAD_INIT;
	return CLOISTER_OK;
}
