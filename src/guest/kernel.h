/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_KERNEL_H
#define GUEST_KERNEL_H

/*
 * kernel.h - the guest's door to its kernel: every ioctl, mount, module and
 * clone that init and agent need, each under a name that says what it is for.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/fault.h"

/* mount(2), with the target and the type in the fault. */
enum cloister_err kernel_mount(const char *source, const char *target, const char *type,
			       unsigned long flags, const char *data, struct cloister_fault *why);
/* The same on an open directory or file (O_PATH does), so that no path is walked again. */
enum cloister_err kernel_mount_at(const char *source, int target_fd, const char *type,
				  unsigned long flags, const char *data,
				  struct cloister_fault *why);

/* Open `path` below `root_fd`, where every symbolic link means what it means inside. */
enum cloister_err kernel_open_in(int root_fd, const char *path, int flags, mode_t mode, int *fd_out,
				 struct cloister_fault *why);
/* As mkdir -p below `root_fd`, new directories root's and 0755, and open it with O_PATH. */
enum cloister_err kernel_mkdirs_in(int root_fd, const char *path, int *fd_out,
				   struct cloister_fault *why);

enum cloister_err kernel_write_text(const char *path, const char *text, struct cloister_fault *why);

enum cloister_err kernel_load_module(const char *path, struct cloister_fault *why);

/* A read-only loop device over `file_fd`, from `offset` for `len` bytes. */
enum cloister_err kernel_loop(int file_fd, uint64_t offset, uint64_t len, char path[static 32],
			      struct cloister_fault *why);

/* Add `seed` to the random pool and count all of its bits. */
enum cloister_err kernel_add_entropy(struct bytes seed, struct cloister_fault *why);
enum cloister_err kernel_set_clock(uint64_t unix_ms, struct cloister_fault *why);
enum cloister_err kernel_lo_up(struct cloister_fault *why);

/* As fork(2), the child in new namespaces of `flags` (CLONE_NEW…). -1 and errno on failure. */
pid_t kernel_fork(unsigned long flags);

/* The real NSM device: one request, one response into `room`. */
enum cloister_err kernel_nsm_ioctl(int fd, struct bytes request, uint8_t *room, size_t room_len,
				   size_t *len_out, struct cloister_fault *why);

/* Stream sockets of address family AF_VSOCK, CLOEXEC. */
enum cloister_err kernel_vsock_connect(unsigned port, unsigned wait_ms, int *fd_out,
				       struct cloister_fault *why);
enum cloister_err kernel_vsock_listen(unsigned port, int *fd_out, struct cloister_fault *why);

/*
 * Keep only the capabilities of `mask` in the bounding set, none inheritable
 * or ambient. Before the user changes.
 */
enum cloister_err kernel_caps_bound(uint64_t mask, struct cloister_fault *why);
/* Permitted and effective. */
enum cloister_err kernel_caps_set(uint64_t mask, struct cloister_fault *why);

_Noreturn void kernel_power_off(void);

#endif
