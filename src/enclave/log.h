/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENCLAVE_LOG_H
#define ENCLAVE_LOG_H

/*
 * log.h - what is kept of what an enclave said. Two files per log, the newer
 * one appended to; when it is half the ceiling it becomes the older one.
 *
 * `log` has one record per line, as Kubernetes' runtimes write them:
 *
 *   2026-11-24T10:00:00.123Z stdout F a whole line
 *   2026-11-24T10:00:00.124Z stderr P a piece of a line that goes on
 *   2026-11-24T10:00:00.125Z event F the workload started
 *
 * The workload cannot forge a record: its newlines end one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

enum log_stream { LOG_STDOUT = 1, LOG_STDERR = 2, LOG_EVENT = 3 };

struct log {
	int dir_fd; /* borrowed */
	int fd;     /* -1 while idle */
	const char *name;
	uint64_t len, ceiling; /* bytes: of the newer file; of both */
	bool failed; /* a write did not succeed; what follows may be missing */
};

#define LOG_INIT { .dir_fd = -1, .fd = -1 }

/* `name` is static. */
enum cloister_err log_open(struct log *l, int dir_fd, const char *name, uint64_t ceiling,
			   struct cloister_fault *why);
void log_close(struct log *l);

/* Bytes as they are. */
void log_raw(struct log *l, struct bytes b);
/* Bytes of one stream as records of the time `now_ms`. */
void log_record(struct log *l, uint64_t now_ms, enum log_stream stream, struct bytes b);

/* One record read back; `line` without its newline. False when it is none. */
struct log_line {
	struct bytes time;
	enum log_stream stream;
	bool whole; /* a newline follows the text */
	struct bytes text;
};
bool log_line_read(struct bytes line, struct log_line *out);

#endif
