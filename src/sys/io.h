/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SYS_IO_H
#define SYS_IO_H

/*
 * io.h - descriptors: owning, reading and writing whole things, unix sockets
 * of any directory depth, passing descriptors, and files that appear whole or
 * not at all. Everything opened here is CLOEXEC.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"

/* For own(): closes unless -1. */
void drop_fd(int *fd);

/* Until `len` bytes moved. An early end of input is CLOISTER_E_PEER. Blocking descriptors. */
enum cloister_err io_read_full(int fd, void *data, size_t len, struct cloister_fault *why);
enum cloister_err io_write_full(int fd, const void *data, size_t len, struct cloister_fault *why);
/* As io_write_full() with MSG_NOSIGNAL, for sockets. */
enum cloister_err io_send_full(int fd, const void *data, size_t len, struct cloister_fault *why);

enum cloister_err io_nonblock(int fd, bool on, struct cloister_fault *why);

/*
 * Unix stream sockets named `name` inside directory `dir_fd`: the name never
 * meets sun_path's 107 bytes with its directory, see io.c.
 */
enum cloister_err io_unix_listen(int dir_fd, const char *name, int *fd_out,
				 struct cloister_fault *why);
enum cloister_err io_unix_connect(int dir_fd, const char *name, int *fd_out,
				  struct cloister_fault *why);
/* The same without waiting for a slow listener; the descriptor does not block either. */
enum cloister_err io_unix_connect_now(int dir_fd, const char *name, int *fd_out,
				      struct cloister_fault *why);
enum cloister_err io_pair(int type, int fds_out[2], struct cloister_fault *why); /* socketpair */

/* One datagram (SOCK_SEQPACKET) with at most one descriptor; fd -1 for none. */
enum cloister_err io_send_msg(int fd, struct bytes body, int pass_fd, struct cloister_fault *why);
/*
 * *len_out 0 with CLOISTER_OK means the peer closed. *fd_out is -1 or owned by the caller.
 * CLOISTER_E_LIMIT: the message was too long, or its descriptor one too many for this
 * process; it is gone, and the next one can be received.
 */
enum cloister_err io_recv_msg(int fd, void *room, size_t room_len, size_t *len_out, int *fd_out,
			      struct cloister_fault *why);

/* A whole regular file of at most `max` bytes onto the end of `out`. */
enum cloister_err file_read(int dir_fd, const char *path, size_t max, struct buf *out,
			    struct cloister_fault *why);

/* Map a regular file read-only; file_unmap() or own(drop_map) releases it. */
enum cloister_err file_map(int dir_fd, const char *path, uint64_t max, struct bytes *out,
			   struct cloister_fault *why);
/* The same for an open file, as it is now; later writes to it may show. */
enum cloister_err file_map_fd(int fd, uint64_t max, struct bytes *out, struct cloister_fault *why);
void drop_map(struct bytes *map);

/*
 * Replace a file as a whole: a temporary name beside it, mode, fsync, rename.
 * For large content use file_new() and file_commit() with a descriptor.
 */
enum cloister_err file_write(int dir_fd, const char *path, mode_t mode, struct bytes content,
			     struct cloister_fault *why);

/*
 * As file_write(), but a file that is there already stays and is no error: of
 * processes that race, all go on with what the first one wrote.
 */
enum cloister_err file_once(int dir_fd, const char *path, mode_t mode, struct bytes content,
			    struct cloister_fault *why);

/*
 * A file under construction, without a name until file_commit() where the file
 * system allows; file_drop() removes what was not committed.
 */
struct file_new {
	int fd; /* -1 while idle */
	int dir_fd; /* borrowed */
	bool named; /* `temp` exists */
	char temp[4096];
	char path[4096];
};
#define FILE_NEW_INIT { .fd = -1, .dir_fd = -1 }
enum cloister_err file_new(int dir_fd, const char *path, mode_t mode, struct file_new *out,
			   struct cloister_fault *why);
enum cloister_err file_commit(struct file_new *f, struct cloister_fault *why);
void file_drop(struct file_new *f);

/* An unlinked scratch file in `dir` (NULL: TMPDIR or /var/tmp). */
enum cloister_err file_scratch(const char *dir, int *fd_out, struct cloister_fault *why);

#endif
