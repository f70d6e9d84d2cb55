/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_COSE_H
#define CODEC_COSE_H

/*
 * cose.h - COSE_Sign1 (RFC 9052 section 4.2), untagged, payload inside, with an
 * empty unprotected header and nothing behind it. Reading only cuts the frame
 * apart; what the parts say, and the signature, are the caller's to check.
 */

#include "base/bytes.h"
#include "base/fault.h"
#include "base/wr.h"

#define COSE_SIG_LEN 96u /* r || s of ES384 */

struct cose_sign1 {
	struct bytes protected_header; /* the encoded map inside its byte string */
	struct bytes payload;
	struct bytes signature; /* COSE_SIG_LEN bytes */
};

enum cloister_err cose_sign1_read(struct bytes doc, struct cose_sign1 *out,
				  struct cloister_fault *why);

/* The whole protected header when all it says is "ES384": {1: -35}. */
extern const struct bytes cose_header_es384;

/*
 * What is signed is Sig_structure = ["Signature1", protected, h'', payload]:
 * this head, then the payload's own bytes. `room` of COSE_HEAD_ROOM is enough.
 */
#define COSE_HEAD_ROOM 64u
enum cloister_err cose_sign1_head(const struct cose_sign1 *c, uint8_t *room, size_t room_len,
				  struct bytes *out, struct cloister_fault *why);

/* Writer: the same frame. */
void cose_sign1_put(struct wr *w, const struct cose_sign1 *c);

#endif
