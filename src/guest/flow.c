/* SPDX-License-Identifier: Apache-2.0 */
/* flow.c - the bounded buffer between two descriptors. */

#include "guest/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum cloister_err flow_init(struct flow *f, size_t room, struct cloister_fault *why)
{
	uint8_t *data = malloc(room);

	if (!data)
		return fail(why, CLOISTER_E_NOMEM, "flow", "%zu bytes", room);
	*f = (struct flow){ .data = data, .room = room };
	return CLOISTER_OK;
}

void flow_fini(struct flow *f)
{
	free(f->data);
	*f = (struct flow){ 0 };
}

/* All free room in one piece, at the end. */
static void gather(struct flow *f)
{
	if (f->head > 0)
		memmove(f->data, f->data + f->head, f->len);
	f->head = 0;
}

bool flow_put(struct flow *f, struct bytes b)
{
	if (b.len > flow_left(f))
		return false;
	if (b.len > f->room - f->head - f->len)
		gather(f);
	if (b.len > 0)
		memcpy(f->data + f->head + f->len, b.data, b.len);
	f->len += b.len;
	return true;
}

void flow_drop(struct flow *f, size_t len)
{
	f->head += len;
	f->len -= len;
	if (f->len == 0)
		f->head = 0;
}

enum flow_state flow_read(struct flow *f, int fd)
{
	if (f->head + f->len == f->room)
		gather(f);
	if (f->len == f->room)
		return FLOW_OK;
	ssize_t n = read(fd, f->data + f->head + f->len, f->room - f->head - f->len);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? FLOW_OK : FLOW_BROKEN;
	f->len += (size_t)n;
	return n == 0 ? FLOW_END : FLOW_OK;
}

enum flow_state flow_write(struct flow *f, int fd)
{
	if (f->len == 0)
		return FLOW_OK;
	ssize_t n = send(fd, f->data + f->head, f->len, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? FLOW_OK : FLOW_BROKEN;
	flow_drop(f, (size_t)n);
	return FLOW_OK;
}
