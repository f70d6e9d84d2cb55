/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_PEM_H
#define CODEC_PEM_H

/*
 * pem.h - RFC 7468 textual encoding, strictly: one block of one label, lines
 * of at most 64 digits (76 are accepted), LF or CR LF, white space around the
 * block only. Text outside the block is refused, so that nobody mistakes which
 * of several certificates counts.
 */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"

/* Whether `text` begins like a PEM block; DER never does. */
bool pem_looks_like(struct bytes text);

/*
 * Decode the one block labelled `label` ("CERTIFICATE") into `out` (room bytes).
 * Errors: CLOISTER_E_MALFORMED with the offset, CLOISTER_E_LIMIT.
 */
enum cloister_err pem_read(struct bytes text, const char *label, uint8_t *out, size_t room,
			   size_t *len_out, struct cloister_fault *why);

/* Whether a block has this label. */
bool pem_is(struct bytes block, const char *label);

/*
 * Cut the next block off the front of *text, white space before it too, its END
 * line included. False when what is left does not begin with one: nothing is left,
 * or what is left is not PEM.
 */
bool pem_next(struct bytes *text, struct bytes *block_out);

#endif
