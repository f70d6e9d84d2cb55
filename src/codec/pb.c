/* SPDX-License-Identifier: Apache-2.0 */
/* pb.c - "Encoding" in protobuf's documentation: tags, varints, lengths. */

#include "codec/pb.h"

static void refuse(struct rd *r, size_t at, const char *field, const char *note)
{
	if (!rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, field, note);
	r->why->at = at;
}

/* Little-endian groups of seven bits; the last of several is not zero. */
static uint64_t varint(struct rd *r, const char *field)
{
	size_t at = rd_at(r);
	uint64_t v = 0;

	for (unsigned shift = 0; rd_ok(r); shift += 7) {
		uint8_t byte = rd_u8(r, field);
		if (shift == 63 && byte > 1)
			refuse(r, at, field, "more than 64 bits");
		if (shift > 0 && byte == 0)
			refuse(r, at, field, "not in its shortest form");
		v |= (uint64_t)(byte & 0x7f) << (shift & 63);
		if (byte < 0x80)
			break;
	}
	return rd_ok(r) ? v : 0;
}

bool pb_next(struct rd *r, struct pb_field *out)
{
	struct pb_field f = { .at = rd_at(r) };

	if (!rd_ok(r) || rd_left(r) == 0)
		return false;
	uint64_t tag = varint(r, "tag");
	f.number = (uint32_t)(tag >> 3);
	f.wire = (enum pb_wire)(tag & 7);
	if (tag >> 32 || f.number == 0)
		refuse(r, f.at, "tag", "no field has this number");
	if (f.wire == PB_VARINT) {
		f.value = varint(r, "value");
	} else if (f.wire == PB_BYTES) {
		uint64_t len = varint(r, "length");
		f.bytes = rd_take(r, len < SIZE_MAX ? (size_t)len : SIZE_MAX, "bytes");
	} else {
		refuse(r, f.at, "tag", "a wire type that is not used here");
	}
	if (!rd_ok(r))
		return false;
	*out = f;
	return true;
}

void pb_want(struct rd *r, const struct pb_field *f, enum pb_wire wire, uint64_t *seen, const char *name)
{
	if (f->wire != wire)
		refuse(r, f->at, name, "of another wire type");
	if (seen && *seen >> f->number & 1)
		refuse(r, f->at, name, "the field is repeated");
	if (seen)
		*seen |= UINT64_C(1) << f->number;
}
