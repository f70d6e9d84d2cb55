/* SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAGE_LAUNCH_H
#define IMAGE_LAUNCH_H

/*
 * launch.h - what an image's configuration means, the way Docker means it, and
 * what its author wants instead: the values of the measured manifest.
 *
 *   argv        ENTRYPOINT then CMD; the author's command replaces CMD, the author's
 *               entrypoint replaces both
 *   env         PATH (Docker's default) and HOSTNAME first, the image's, the author's by key,
 *               HOME from /etc/passwd unless set
 *   cwd         WORKDIR, "/" when absent, relative to "/"; made when missing
 *   user        USER by the image's own /etc/passwd and /etc/group
 *   log         nothing leaves the enclave unless the author says so
 */

#include "base/strv.h"
#include "image/manifest.h"
#include "image/source.h"
#include "image/tree.h"
#include "image/users.h"

/* Absent members (NULL, false, empty lists without `has_`) leave the image's value. */
struct launch_wish {
	struct strv argv;       /* the whole command, ENTRYPOINT and CMD together */
	struct strv entrypoint; /* replaces ENTRYPOINT; the image's CMD is dropped with it */
	struct strv cmd;        /* replaces CMD */
	struct strv env;        /* KEY=value, merged by key */
	struct strv volumes;
	char *user, *cwd, *hostname, *stop_signal;
	uint16_t *ports;
	size_t n_ports;
	bool has_ports, has_volumes;
	bool log_stdout, log_stderr;
	uint32_t memory_mib; /* at least this much; 0 for what the image needs */
};

void launch_wish_fini(struct launch_wish *w);

/* Add one port and keep the list ascending without repeats. */
enum cloister_err launch_wish_port(struct launch_wish *w, uint16_t port, struct cloister_fault *why);

struct launch {
	struct manifest_spec spec; /* borrows from the rest; rootfs_len and memory_mib are the builder's */
	struct strv argv, env, volumes;
	struct image_user user;
	char cwd[4096], hostname[64];
	uint16_t *ports;
};

/* `passwd` and `group` are the image's files, or BYTES_NONE. Views nothing of `c` or `w`. */
enum cloister_err launch_resolve(const struct image_config *c, const struct launch_wish *w,
				 struct bytes passwd, struct bytes group, struct launch *out,
				 struct cloister_fault *why);
void launch_fini(struct launch *l);

/*
 * Make what the guest mounts over, and the working directory, where missing:
 * the root filesystem is read-only below its overlay.
 */
enum cloister_err launch_prepare(const struct launch *l, struct tree *t, struct cloister_fault *why);

/* "SIGTERM", "TERM", "15", "SIGRTMIN+3"; 0 when it is none. */
int launch_signal(const char *text);

/*
 * `path` against "/", without empty, "." and ".." parts, into `out`. False when
 * it does not fit.
 */
bool launch_clean_path(const char *path, char *out, size_t room);

#endif
