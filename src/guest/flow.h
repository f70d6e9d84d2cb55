/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GUEST_FLOW_H
#define GUEST_FLOW_H

/*
 * flow.h - a bounded run of bytes between two descriptors that do not block:
 * filled at one end, drained at the other. What does not fit is the caller's
 * reason to stop reading, which is how the pressure goes back to the sender.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

struct flow {
	uint8_t *data;
	size_t head, len, room; /* bytes: first used, used, allocated */
};

enum cloister_err flow_init(struct flow *f, size_t room, struct cloister_fault *why);
void flow_fini(struct flow *f); /* an idle one is fine */

static inline size_t flow_left(const struct flow *f)
{
	return f->room - f->len;
}

static inline struct bytes flow_bytes(const struct flow *f)
{
	return bytes_of(f->data + f->head, f->len);
}

/* False, and nothing is added, when it does not fit. */
bool flow_put(struct flow *f, struct bytes b);
void flow_drop(struct flow *f, size_t len);

enum flow_state { FLOW_OK, FLOW_END, FLOW_BROKEN }; /* END: the other side sends no more */

/* One read(2) into, one write(2) from; would-block is FLOW_OK. */
enum flow_state flow_read(struct flow *f, int fd);
enum flow_state flow_write(struct flow *f, int fd);

#endif
