/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init_host.c - the heartbeat, the seed and the time, before anything of the
 * image runs. What the host answers is checked as a stranger's; what it means
 * when the machine is emulated is said in doc/guest.md.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "codec/wire.h"
#include "base/rd.h"
#include "base/wr.h"
#include "guest/init.h"
#include "guest/kernel.h"
#include "guest/nsm.h"
#include "sys/clock.h"
#include "sys/io.h"

#define WAIT_HOST_MS 20000u

/* A blocking stream to the host whose reads and writes end in an error, not in a hang. */
static enum cloister_err connect_host(unsigned port, int *fd_out, struct cloister_fault *why)
{
	const struct timeval limit = { .tv_sec = WAIT_HOST_MS / 1000 };
	own(drop_fd) int fd = -1;

	TRY(kernel_vsock_connect(port, WAIT_HOST_MS, &fd, why));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0)
		return fail_sys(why, "vsock.timeout", "port %u", port);
	*fd_out = give(fd, -1);
	return CLOISTER_OK;
}

enum cloister_err host_heartbeat(struct boot *b, struct cloister_fault *why)
{
	uint8_t beat = WIRE_HEARTBEAT;
	own(drop_fd) int fd = -1;

	(void)b;
	TRY(connect_host(WIRE_PORT_HEARTBEAT, &fd, why));
	TRY(io_send_full(fd, &beat, 1, why));
	TRY(io_read_full(fd, &beat, 1, why));
	if (beat != WIRE_HEARTBEAT)
		return fail(why, CLOISTER_E_PEER, "heartbeat", "the host answered %02x", beat);
	return CLOISTER_OK;
}

/* The security module: the machine's own device, or the emulator behind vsock. */
static enum cloister_err open_nsm(const struct boot *b, int *fd_out, struct cloister_fault *why)
{
	if (!b->real_tee)
		return connect_host(WIRE_PORT_NSM, fd_out, why);
	*fd_out = open("/dev/nsm", O_RDWR | O_CLOEXEC);
	return *fd_out < 0 ? fail_sys(why, "nsm.open", "/dev/nsm") : CLOISTER_OK;
}

/* A read alone has its limit by the socket; this is for all reads of one answer. */
static enum cloister_err read_until(int fd, uint8_t *p, size_t len, uint64_t until_ms,
				    struct cloister_fault *why)
{
	while (len > 0) {
		if (clock_mono_ms() >= until_ms)
			return fail(why, CLOISTER_E_TIMEOUT, "nsm", "%zu bytes missing after %u ms", len,
				    WAIT_HOST_MS);
		ssize_t n = read(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_sys(why, "nsm.read", "%zu bytes missing", len);
		if (n == 0)
			return fail(why, CLOISTER_E_PEER, "nsm", "the host hung up %zu bytes early", len);
		p += n;
		len -= (size_t)n;
	}
	return CLOISTER_OK;
}

static enum cloister_err over_vsock(int fd, struct bytes request, uint8_t *room, size_t room_len,
				    size_t *len_out, struct cloister_fault *why)
{
	uint64_t until_ms = clock_mono_ms() + WAIT_HOST_MS;
	uint8_t head[4];
	struct wr w = wr_open(head, sizeof head);

	wr_be32(&w, (uint32_t)request.len);
	TRY(io_send_full(fd, head, sizeof head, why));
	TRY(io_send_full(fd, request.data, request.len, why));
	TRY(read_until(fd, head, sizeof head, until_ms, why));
	struct cloister_fault local;
	struct rd r = rd_open(BYTES_OF(head), &local);
	uint32_t len = rd_be32(&r, "length");
	if (len == 0 || len > room_len)
		return fail(why, CLOISTER_E_PEER, "nsm", "an answer of %u bytes", len);
	TRY(read_until(fd, room, len, until_ms, why));
	*len_out = len;
	return CLOISTER_OK;
}

static enum cloister_err ask(const struct boot *b, int fd, struct bytes request,
			     uint8_t room[static LIMIT_NSM_RESPONSE], struct bytes *answer_out,
			     struct cloister_fault *why)
{
	size_t len = 0;

	if (b->real_tee)
		TRY(kernel_nsm_ioctl(fd, request, room, LIMIT_NSM_RESPONSE, &len, why));
	else
		TRY(over_vsock(fd, request, room, LIMIT_NSM_RESPONSE, &len, why));
	*answer_out = bytes_of(room, len);
	return CLOISTER_OK;
}

static enum cloister_err draw(const struct boot *b, int fd, uint8_t *room, struct bytes *out,
			      struct cloister_fault *why)
{
	uint8_t request[64];
	struct bytes asked, answer;

	TRY(nsm_ask_random(request, sizeof request, &asked, why));
	TRY(ask(b, fd, asked, room, &answer, why));
	TRY(nsm_read_random(answer, out, why));
	if (out->len > 256)
		out->len = 256;
	return CLOISTER_OK;
}

enum cloister_err host_entropy(struct boot *b, struct cloister_fault *why)
{
	static uint8_t rooms[2][LIMIT_NSM_RESPONSE];
	struct bytes first, second;
	own(drop_fd) int fd = -1;

	TRY(open_nsm(b, &fd, why));
	TRY(draw(b, fd, rooms[0], &first, why));
	TRY(draw(b, fd, rooms[1], &second, why));
	TRY(nsm_seed_check(first, second, why));
	TRY(kernel_add_entropy(first, why));
	TRY(kernel_add_entropy(second, why));
	mem_wipe(rooms, sizeof rooms);
	return CLOISTER_OK;
}

enum cloister_err host_clock(struct boot *b, struct cloister_fault *why)
{
	static uint8_t room[LIMIT_NSM_RESPONSE];
	const struct nsm_fields none = { 0 };
	uint8_t request[128];
	struct bytes asked, answer, document;
	struct nsm_identity id;
	own(drop_fd) int fd = -1;

	TRY(open_nsm(b, &fd, why));
	TRY(nsm_ask_document(&none, request, sizeof request, &asked, why));
	TRY(ask(b, fd, asked, room, &answer, why));
	TRY(nsm_read_document(answer, &document, why));
	TRY(nsm_document_identity(document, &id, why));
	return kernel_set_clock(id.unix_ms, why);
}

void host_fault(const char *sentence)
{
	uint8_t head[WIRE_HEAD];
	size_t len = strnlen(sentence, 512);
	own(drop_fd) int fd = -1;
	struct pollfd answer;

	if (kernel_vsock_connect(WIRE_PORT_CONTROL, 2000, &fd, NULL) != CLOISTER_OK ||
	    wire_head(WIRE_FAULT, WIRE_GUEST, len, head, NULL) != CLOISTER_OK ||
	    io_send_full(fd, head, sizeof head, NULL) != CLOISTER_OK ||
	    io_send_full(fd, sentence, len, NULL) != CLOISTER_OK)
		return;
	/* BYE or the end of the connection: the host has read it. */
	answer = (struct pollfd){ fd, POLLIN, 0 };
	poll(&answer, 1, 3000);
}
