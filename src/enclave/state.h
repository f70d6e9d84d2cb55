/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_STATE_H
#define ENCLAVE_STATE_H

/*
 * state.h - the directories of doc/architecture.md "State on the host":
 * where they are, names of enclaves, and who holds an enclave.
 *
 * A name is taken by making its directory, which only one process can do. The
 * shim of a living enclave holds a lock in it for its whole life; the kernel
 * releases it with the process, so a killed shim is recognised without asking
 * anybody and without trusting process numbers.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "enclave/record.h"

struct state {
	int dir_fd;      /* STATE; -1 while idle */
	int enclaves_fd; /* STATE/enclaves */
	char path[4096]; /* absolute */
	bool is_default; /* not named by an option or the environment */
};

#define STATE_INIT { .dir_fd = -1, .enclaves_fd = -1 }

/*
 * The state directory's path: `option` (NULL when not given), else
 * $CLOISTER_STATE_DIR, else the default of root or of the user.
 */
enum cloister_err state_path(const char *option, char *out, size_t room, bool *is_default_out,
			     struct cloister_fault *why);

/* Open it, making what is missing with mode 0700. Refused when others may write there. */
enum cloister_err state_open(const char *option, struct state *out, struct cloister_fault *why);
void state_close(struct state *s); /* for own() */

/* 1 to 63 of a-z, 0-9, `-`, `_`, `.`, the first a letter or digit. */
enum cloister_err state_name_check(const char *name, struct cloister_fault *why);
bool state_name_good(struct bytes name); /* the same of a text that is not terminated */

/* Two words that no enclave here is called; `out` has 64 bytes. */
enum cloister_err state_name_pick(const struct state *s, char out[static 64],
				  struct cloister_fault *why);

/* Take a name: make its directory. A name that is taken is CLOISTER_E_USAGE with a sentence. */
enum cloister_err state_enclave_new(const struct state *s, const char *name, int *dir_fd_out,
				    struct cloister_fault *why);
/* CLOISTER_E_MISSING when there is no such enclave. */
enum cloister_err state_enclave_open(const struct state *s, const char *name, int *dir_fd_out,
				     struct cloister_fault *why);

/*
 * Hold the enclave until this process ends. Children do not inherit the hold;
 * a process must lock one enclave once only. Held already: CLOISTER_E_USAGE.
 */
enum cloister_err state_enclave_hold(int enclave_fd, int *lock_fd_out, struct cloister_fault *why);
/* Who holds it: 0 for nobody, -1 for somebody unseen. Not for the holder itself to ask. */
enum cloister_err state_enclave_holder(int enclave_fd, pid_t *pid_out, struct cloister_fault *why);

/* A record and whether its shim still lives. */
struct state_entry {
	struct record record;
	bool alive;
};

/*
 * Read the record. One whose shim is gone without having written its end is
 * told as failed, with that reason.
 */
enum cloister_err state_enclave_read(const struct state *s, const char *name,
				     struct state_entry *out, struct cloister_fault *why);

/* Names in order, a NULL-terminated list; own(state_names_drop). */
enum cloister_err state_names(const struct state *s, char ***out, struct cloister_fault *why);
void state_names_drop(char ***names);

/* Forget an enclave that nobody holds: its record, its logs, its sockets. */
enum cloister_err state_enclave_remove(const struct state *s, const char *name,
				       struct cloister_fault *why);

/*
 * Make the enclave's runtime directory (0700, empty) and open it: RUN/NAME, or
 * a fresh directory under /tmp where a socket's path would pass 107 bytes.
 */
enum cloister_err state_run_new(const struct state *s, const char *name, char *path_out,
				size_t room, int *dir_fd_out, struct cloister_fault *why);
/*
 * Open one that a record names. It may be in a folder where everybody writes
 * and its own directory may be gone from there, so it is refused when it is a
 * link, another user's, or open to others.
 */
enum cloister_err state_run_open(const char *path, int *dir_fd_out, struct cloister_fault *why);
/* Remove it with the sockets in it; what state_run_open() refuses is left alone. */
void state_run_remove(const char *path);

#endif
