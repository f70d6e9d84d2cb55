/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_PB_H
#define CODEC_PB_H

/*
 * pb.h - protobuf's wire format as far as signed statements here use it: numbers
 * and runs of bytes, over the sticky reader. Strict where the format is not:
 * varints in their shortest form, no groups, no fixed-width fields. What a field
 * number means, and whether it may be there twice, is the caller's to know.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/rd.h"

enum pb_wire { PB_VARINT = 0, PB_BYTES = 2 };

struct pb_field {
	uint32_t number;
	enum pb_wire wire;
	uint64_t value;     /* PB_VARINT */
	struct bytes bytes; /* PB_BYTES */
	size_t at;          /* offset of the field's tag */
};

/* The next field of the message that `r` walks; false at its end or after a failure. */
bool pb_next(struct rd *r, struct pb_field *out);

/*
 * Refuse the field unless it is of this wire type; with `seen`, also when its bit
 * is set there already, and set it. `number` is at most 63. `name` is static text.
 */
void pb_want(struct rd *r, const struct pb_field *f, enum pb_wire wire, uint64_t *seen, const char *name);

#endif
