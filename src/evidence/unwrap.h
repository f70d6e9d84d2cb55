/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_UNWRAP_H
#define EVIDENCE_UNWRAP_H

/*
 * unwrap.h - from what tools write to the bytes that hardware signed: text to
 * bytes, and the JSON in which evidence travels with its certificates and logs.
 * doc/evidence-files.md lists the forms. Nothing here is believed: a wrapping
 * chooses what is read, and everything read has to be signed.
 *
 * Decoded bytes lie in a store that never moves, so views of it stay good.
 */

#include <stdbool.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/mem.h"
#include "codec/json.h"
#include "evidence/kind.h"

/* Room for everything that an input of `len` bytes can unwrap to; allocated at the first use. */
struct buf unwrap_store(size_t len);

/* `len` bytes of the store, to be written once. CLOISTER_E_LIMIT when it is used up. */
enum cloister_err unwrap_room(struct buf *store, size_t len, uint8_t **out, struct cloister_fault *why);

/* Without the white space around it. */
struct bytes unwrap_trim(struct bytes text);

/* Only printable ASCII and white space. */
bool unwrap_is_text(struct bytes b);

/*
 * Hexadecimal digits (0x before them or not), or else base64 in either alphabet,
 * padded or not; white space anywhere. A text that is both is hexadecimal.
 * CLOISTER_E_MALFORMED: neither.
 */
enum cloister_err unwrap_text(struct buf *store, struct bytes text, struct bytes *out,
			      struct cloister_fault *why);

/* A string's text as it is. A view where nothing is escaped. */
enum cloister_err unwrap_string(struct buf *store, struct json v, struct bytes *out,
				struct cloister_fault *why);

/* Bytes from a string (as unwrap_text) or from an array of numbers below 256. */
enum cloister_err unwrap_value(struct buf *store, struct json v, struct bytes *out,
			       struct cloister_fault *why);

/*
 * Take an object apart: what it carries beside the evidence goes into `e`, what
 * may itself be wrapped becomes *inner_out. *kinds_out: a bit per kind that this
 * form can hold.
 *
 * Errors: CLOISTER_E_UNSUPPORTED (no form known here, or several at once),
 * CLOISTER_E_MALFORMED, CLOISTER_E_LIMIT, CLOISTER_E_NOMEM.
 */
enum cloister_err unwrap_json(struct bytes text, struct evidence *e, struct bytes *inner_out,
			      uint32_t *kinds_out, struct cloister_fault *why);

/* Certificates and lists of a host's table (snp_table.h) into the pool. */
enum cloister_err unwrap_table(struct bytes table, struct evidence *e, struct cloister_fault *why);

#endif
