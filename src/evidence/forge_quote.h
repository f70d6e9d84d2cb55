/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_FORGE_QUOTE_H
#define EVIDENCE_FORGE_QUOTE_H

/*
 * forge_quote.h - for tests only: DCAP quotes of our own, field by field. What
 * is not set is what a good quote has; nothing is checked, so that bad ones can
 * be made. Signatures are whatever the caller puts there.
 */

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "evidence/quote.h"

struct forge_quote {
	uint16_t version, body_type; /* the body's type also where the version does not state it */
	uint16_t key_type;
	uint32_t tee;
	uint8_t reserved[4];
	uint8_t vendor[16], user_data[20];
	uint8_t body[885]; /* as many as the type has */
	uint8_t signature[64], key[64];
	uint8_t qe[384], qe_signature[64];
	uint8_t qe_auth[64];
	uint16_t qe_auth_len;
	struct bytes chain; /* PEM; borrowed */
	size_t padding;
	/* added to what would be right */
	int body_size_off, auth_len_off, outer_len_off, chain_len_off;
	uint16_t outer_type, inner_type;
};

/* `version` 3 to 5, `body` 1 to 4. Each field of the body is filled with a byte of its own. */
void forge_quote_begin(struct forge_quote *f, uint16_t version, enum quote_body body);

size_t forge_body_len(enum quote_body body);

/* Header and body: what the attestation key signs. */
void forge_quote_signed(const struct forge_quote *f, struct buf *out);
void forge_quote_write(const struct forge_quote *f, struct buf *out);

#endif
