/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe.c - a test's way to go from a reference to a squashfs and nothing more:
 * `image_probe REFERENCE OUT [ARCH]`. Prints what was found, one fact a line.
 */

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "image/rootfs.h"
#include "image/source.h"
#include "image/tree.h"
#include "sys/io.h"

static enum cloister_err probe(const char *reference, const char *out, const char *arch,
			       struct cloister_fault *why)
{
	const struct rootfs_options options = { .mtime = 1700000000 };
	own(drop_image) struct image *im = NULL;
	own(drop_tree) struct tree *t = NULL;
	own(drop_fd) int fd = -1;
	uint64_t len;

	TRY(image_open(reference, arch, &im, why));
	TRY(image_merge(im, NULL, NULL, &t, why));
	fd = open(out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail_sys(why, "output", "%s", out);
	TRY(rootfs_write(t, &options, fd, &len, why));
	printf("digest %s\nname %s\nlayers %zu\nnodes %zu\nbytes %llu\n", image_digest(im),
	       image_name(im), image_layers(im), t->n_nodes, (unsigned long long)t->n_bytes);
	printf("devices %zu\nsockets %zu\nxattrs %zu\nsquashfs %llu\n", t->n_devices, t->n_sockets,
	       t->n_xattrs, (unsigned long long)len);
	return CLOISTER_OK;
}

int main(int argc, char **argv)
{
	struct cloister_fault why = { 0 };
	char text[512];

	if (argc < 3)
		return 2;
	if (probe(argv[1], argv[2], argc > 3 ? argv[3] : "amd64", &why) == CLOISTER_OK)
		return 0;
	fprintf(stderr, "%s\n", cloister_fault_text(&why, text, sizeof text));
	return 1;
}
