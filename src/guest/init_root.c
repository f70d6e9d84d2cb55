/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_root.c - the measured squashfs from the end of the initial ramdisk, a
 * tmpfs on top of it, volumes and the few files that a container finds written
 * for it. Nothing here changes the measured bytes.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest/copy.h"
#include "guest/init.h"
#include "guest/kernel.h"
#include "sys/io.h"

#define INITRD "/sys/firmware/initrd" /* there because of retain_initrd on the command line */
#define PAGE 4096u

static enum cloister_err make_dir(const char *path, mode_t mode, struct cloister_fault *why)
{
	if (mkdir(path, mode) < 0 && errno != EEXIST)
		return fail_sys(why, "mkdir", "%s", path);
	return CLOISTER_OK;
}

/* The last rootfs.length bytes of the ramdisk, which must begin like a squashfs. */
static enum cloister_err find_rootfs(int initrd, uint64_t len, uint64_t *offset_out,
				     struct cloister_fault *why)
{
	struct stat st;
	uint8_t magic[4];

	if (fstat(initrd, &st) < 0)
		return fail_sys(why, "rootfs.stat", INITRD);
	if (len == 0 || len % PAGE != 0 || len > (uint64_t)st.st_size)
		return fail(why, CLOISTER_E_MALFORMED, "rootfs.length",
			    "%llu bytes, of a ramdisk of %llu", (unsigned long long)len,
			    (unsigned long long)st.st_size);
	uint64_t offset = (uint64_t)st.st_size - len;
	if (offset % PAGE != 0)
		return fail(why, CLOISTER_E_MALFORMED, "rootfs", "not on a page boundary (%llu)",
			    (unsigned long long)offset);
	if (pread(initrd, magic, sizeof magic, (off_t)offset) != sizeof magic)
		return fail_sys(why, "rootfs.read", INITRD);
	if (!bytes_are(BYTES_OF(magic), "hsqs"))
		return fail_at(why, offset, "rootfs", "no squashfs there");
	*offset_out = offset;
	return CLOISTER_OK;
}

enum cloister_err root_mount(struct boot *b, struct cloister_fault *why)
{
	own(drop_fd) int initrd = open(INITRD, O_RDONLY | O_CLOEXEC);
	uint64_t offset = 0;
	char loop[32];

	if (initrd < 0)
		return fail_sys(why, "rootfs.open", INITRD);
	TRY(find_rootfs(initrd, b->manifest.rootfs_len, &offset, why));
	TRY(kernel_loop(initrd, offset, b->manifest.rootfs_len, loop, why));
	TRY(kernel_mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755", why));
	TRY(make_dir("/run/lower", 0755, why));
	return kernel_mount(loop, "/run/lower", "squashfs", MS_RDONLY | MS_NODEV, NULL, why);
}

enum cloister_err root_overlay(struct boot *b, struct cloister_fault *why)
{
	static const char options[] = "lowerdir=/run/lower,upperdir=/run/upper,workdir=/run/work";
	struct stat st;

	(void)b;
	/* The root directory is the upper one's: it takes mode and owner of the image's. */
	if (stat("/run/lower", &st) < 0)
		return fail_sys(why, "overlay.stat", "/run/lower");
	TRY(make_dir("/run/upper", 0755, why));
	TRY(make_dir("/run/work", 0700, why));
	if (chown("/run/upper", st.st_uid, st.st_gid) < 0 || chmod("/run/upper", st.st_mode & 07777) < 0)
		return fail_sys(why, "overlay.upper", "/run/upper");
	/* Set-user-id programs work, as in Docker; device nodes do not. */
	return kernel_mount("overlay", CAGE_ROOT, "overlay", MS_NODEV, options, why);
}

/* A tmpfs over `path`, holding what the image has there, with its owner and mode. */
static enum cloister_err make_volume(int root, const char *path, struct cloister_fault *why)
{
	own(drop_fd) int below = -1;
	own(drop_fd) int above = -1;
	struct stat st;
	char options[64];

	TRY(kernel_mkdirs_in(root, path, &below, why));
	if (fstat(below, &st) < 0)
		return fail_sys(why, "volume.stat", "%s", path);
	snprintf(options, sizeof options, "mode=%o,uid=%u,gid=%u", st.st_mode & 07777u, st.st_uid,
		 st.st_gid);
	TRY(kernel_mount_at("tmpfs", below, "tmpfs", MS_NODEV, options, why));
	TRY(kernel_open_in(root, path, O_PATH | O_DIRECTORY, 0, &above, why));
	return copy_tree(below, above, why);
}

enum cloister_err root_volumes(struct boot *b, struct cloister_fault *why)
{
	own(drop_fd) int root = open(CAGE_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct json_walk w = json_walk(b->manifest.volumes);
	struct json item;
	char path[4096];

	if (root < 0)
		return fail_sys(why, "volumes", CAGE_ROOT);
	while (json_next(&w, NULL, &item)) {
		if (!json_text(item, path, sizeof path))
			return fail(why, CLOISTER_E_MALFORMED, "volumes", "not a path");
		TRY(make_volume(root, path, why));
	}
	return CLOISTER_OK;
}

/* Replace /etc/NAME: a link of the image's must not lead elsewhere. */
static enum cloister_err write_name(int etc, const char *name, const char *text,
				    struct cloister_fault *why)
{
	if (unlinkat(etc, name, 0) < 0 && errno != ENOENT)
		return fail_sys(why, "names.unlink", "/etc/%s", name);
	own(drop_fd) int fd =
		openat(etc, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return fail_sys(why, "names.create", "/etc/%s", name);
	return io_write_full(fd, text, strlen(text), why);
}

enum cloister_err root_names(struct boot *b, struct cloister_fault *why)
{
	own(drop_fd) int root = open(CAGE_ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	own(drop_fd) int etc = -1;
	char text[256];

	if (root < 0)
		return fail_sys(why, "names", CAGE_ROOT);
	TRY(kernel_mkdirs_in(root, "/etc", &etc, why));
	snprintf(text, sizeof text, "%s\n", b->manifest.hostname);
	TRY(write_name(etc, "hostname", text, why));
	snprintf(text, sizeof text, "127.0.0.1\tlocalhost %s\n::1\tlocalhost ip6-localhost ip6-loopback\n",
		 b->manifest.hostname);
	TRY(write_name(etc, "hosts", text, why));
	/* There is no network, so there is no name server. */
	return write_name(etc, "resolv.conf", "", why);
}
