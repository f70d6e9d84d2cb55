/* SPDX-License-Identifier: Apache-2.0 */
/* enclave.c - asking a shim by its control socket, and waiting for its end. */

#include "cli/enclave.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/date.h"
#include "sys/io.h"
#include "sys/proc.h"

#define REPLY_MAX (128u << 10)
#define GRACE_MAX_MS 3600000u
#define AFTER_GRACE_MS 30000 /* for the guest to power off, and the shim to write its record */

static enum cloister_err connect_to(const struct state *s, const char *name, unsigned timeout_ms,
				    int *out, struct cloister_fault *why)
{
	struct timeval t = { .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000 };
	struct state_entry e = { 0 };

	TRY(state_enclave_read(s, name, &e, why));
	if (!e.alive)
		return fail(why, CLOISTER_E_MISSING, "name", "the enclave `%s` is not running (%s)", name,
			    record_state_name(e.record.state));
	own(drop_fd) int dir = -1;
	own(drop_fd) int fd = -1;
	enum cloister_err err = state_run_open(e.record.run_dir, &dir, why);
	if (err == CLOISTER_E_SYSTEM)
		return fail_sys(why, "enclave", "`%s` cannot be asked yet", name);
	TRY(err);
	TRY(io_unix_connect(dir, "ctl.sock", &fd, why));
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t);
	*out = give(fd, -1);
	return CLOISTER_OK;
}

static enum cloister_err read_line(int fd, const char *name, struct buf *text,
				   struct cloister_fault *why)
{
	uint8_t room[8192];

	for (;;) {
		ssize_t n = recv(fd, room, sizeof room, 0);
		if (n < 0)
			return fail(why, CLOISTER_E_TIMEOUT, "enclave", "`%s` did not answer in time", name);
		if (n == 0)
			return fail(why, CLOISTER_E_PEER, "enclave", "`%s` ended before it answered", name);
		buf_put(text, room, (size_t)n);
		TRY(buf_ok(text, "reply", why));
		if (room[n - 1] == '\n') {
			text->len--;
			return CLOISTER_OK;
		}
	}
}

enum cloister_err enclave_ask(const struct state *s, const char *name, struct bytes request,
			      unsigned timeout_ms, struct buf *text, struct json *top_out,
			      struct cloister_fault *why)
{
	own(drop_fd) int fd = -1;
	char sentence[CLOISTER_NOTE_MAX];
	bool ok = false;

	TRY(connect_to(s, name, timeout_ms, &fd, why));
	TRY(io_send_full(fd, request.data, request.len, why));
	TRY(io_send_full(fd, "\n", 1, why));
	TRY(read_line(fd, name, text, why));
	TRY(json_read(buf_bytes(text), top_out, why));
	if (json_bool(json_get(*top_out, "ok"), &ok) && ok)
		return CLOISTER_OK;
	if (!json_text(json_get(*top_out, "error"), sentence, sizeof sentence))
		return fail(why, CLOISTER_E_PEER, "enclave", "`%s` refused", name);
	return fail(why, CLOISTER_E_PEER, "enclave", "%s", sentence);
}

enum cloister_err enclave_shim(const struct state *s, const char *name, int *pidfd_out,
			       struct cloister_fault *why)
{
	own(drop_fd) int dir = -1;
	own(drop_fd) int pidfd = -1;
	pid_t pid = 0, still = 0;

	TRY(state_enclave_open(s, name, &dir, why));
	TRY(state_enclave_holder(dir, &pid, why));
	pidfd = proc_open_pid(pid);
	/* Asked again: the number may have gone to another process in between. */
	TRY(state_enclave_holder(dir, &still, why));
	*pidfd_out = still == pid ? give(pidfd, -1) : -1;
	return CLOISTER_OK;
}

static enum cloister_err wait_for(int pidfd, const char *name, int64_t timeout_ms,
				  struct cloister_fault *why)
{
	if (pidfd >= 0 && !proc_gone(pidfd, (int)timeout_ms))
		return fail(why, CLOISTER_E_TIMEOUT, "enclave",
			    "`%s` has not ended; `cloister rm -f %s` ends it by force", name, name);
	return CLOISTER_OK;
}

enum cloister_err enclave_stop(const struct state *s, const char *name, int64_t grace_ms,
			       struct cloister_fault *why)
{
	own(buf_fini) struct buf text = BUF_INIT(REPLY_MAX);
	own(drop_fd) int pidfd = -1;
	int64_t longest = (grace_ms < 0 ? GRACE_MAX_MS : grace_ms) + AFTER_GRACE_MS;
	char request[64] = "{\"op\":\"stop\"}";
	struct cloister_fault asked;
	struct json top;

	TRY(enclave_shim(s, name, &pidfd, why));
	if (pidfd < 0)
		return CLOISTER_OK;
	if (grace_ms >= 0)
		snprintf(request, sizeof request, "{\"op\":\"stop\",\"grace_ms\":%lld}", (long long)grace_ms);
	enum cloister_err err =
		enclave_ask(s, name, bytes_text(request), (unsigned)longest, &text, &top, &asked);
	if (err == CLOISTER_E_SYSTEM || err == CLOISTER_E_USAGE) /* no socket: about to start, to end, replaced */
		(void)proc_pidfd_signal(pidfd, SIGTERM);
	else if (err == CLOISTER_E_TIMEOUT) {
		if (why)
			*why = asked;
		return err;
	}
	return wait_for(pidfd, name, longest, why);
}

enum cloister_err enclave_kill(const struct state *s, const char *name, struct cloister_fault *why)
{
	own(drop_fd) int pidfd = -1;

	TRY(enclave_shim(s, name, &pidfd, why));
	if (pidfd < 0)
		return CLOISTER_OK;
	if (!proc_pidfd_signal(pidfd, SIGKILL))
		return fail_sys(why, "enclave", "`%s` cannot be killed", name);
	return wait_for(pidfd, name, 10000, why);
}

const char *enclave_time(uint64_t unix_ms, char *out, size_t room)
{
	char date[DATE_ROOM];

	date_write(unix_ms / 1000, date);
	if (unix_ms == 0)
		snprintf(out, room, "-");
	else
		snprintf(out, room, "%.19sZ", date);
	return out;
}
