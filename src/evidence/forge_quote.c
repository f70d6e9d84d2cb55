/* SPDX-License-Identifier: Apache-2.0 */
/* forge_quote.c - writes what quote.c reads; for tests only. */

#include "evidence/forge_quote.h"

#include <string.h>

static void le16(struct buf *out, unsigned v)
{
	buf_byte(out, (uint8_t)v);
	buf_byte(out, (uint8_t)(v >> 8));
}

static void le32(struct buf *out, size_t v)
{
	le16(out, v & 0xffff);
	le16(out, v >> 16 & 0xffff);
}

size_t forge_body_len(enum quote_body body)
{
	return body == QUOTE_SGX ? 384 : body == QUOTE_TD_10 ? 584 : body == QUOTE_TD_15 ? 648 : 885;
}

/* An enclave's report: INIT and MODE64, numbers 5, the identities by a byte each. */
static void enclave(uint8_t r[static 384], uint8_t mrenclave, uint8_t mrsigner)
{
	memset(r, 0, 384);
	memset(r, 5, 16);                   /* CPUSVN */
	r[0x30] = 0x05;                     /* INIT, MODE64 */
	r[0x38] = 0xe7;                     /* XFRM */
	memset(r + 0x40, mrenclave, 32);
	memset(r + 0x80, mrsigner, 32);
	r[0x100] = 1;                       /* ISVPRODID */
	r[0x102] = 5;                       /* ISVSVN */
}

static void td(uint8_t *b, enum quote_body body)
{
	static const struct {
		uint16_t at, len;
		uint8_t fill;
	} fields[] = {
		{ 0x010, 48, 0x51 }, /* MRSEAM */
		{ 0x088, 48, 0x52 }, /* MRTD */
		{ 0x0b8, 48, 0x53 }, /* MRCONFIGID */
		{ 0x0e8, 48, 0x54 }, /* MROWNER */
		{ 0x118, 48, 0x55 }, /* MROWNERCONFIG */
		{ 0x148, 48, 0x60 }, /* RTMR0 … */
		{ 0x178, 48, 0x61 },
		{ 0x1a8, 48, 0x62 },
		{ 0x1d8, 48, 0x63 },
		{ 0x208, 64, 0x70 }, /* REPORTDATA */
	};

	memset(b, 0, 885);
	memset(b, 5, 16); /* TEE_TCB_SVN: module 1.5 */
	b[1] = 1;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		memset(b + fields[i].at, fields[i].fill, fields[i].len);
	b[0x07b] = 0x10; /* SEPT_VE_DISABLE */
	b[0x080] = 0xe7; /* XFAM */
	b[0x082] = 0x06;
	if (body >= QUOTE_TD_15)
		memcpy(b + 0x248, b, 16);
}

void forge_quote_begin(struct forge_quote *f, uint16_t version, enum quote_body body)
{
	static const uint8_t vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
					    0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

	*f = (struct forge_quote){ .version = version, .body_type = (uint16_t)body, .key_type = 2,
				   .tee = body == QUOTE_SGX ? 0 : 0x81, .qe_auth_len = 32,
				   .outer_type = 6, .inner_type = 5 };
	memcpy(f->vendor, vendor, sizeof vendor);
	memset(f->user_data, 0x0d, sizeof f->user_data);
	if (body == QUOTE_SGX)
		enclave(f->body, 0x41, 0x42);
	else
		td(f->body, body);
	if (body == QUOTE_SGX)
		memset(f->body + 0x140, 0x70, 64); /* REPORTDATA */
	memset(f->signature, 0x21, sizeof f->signature);
	memset(f->key, 0x22, sizeof f->key);
	enclave(f->qe, 0x31, 0x32);
	f->qe[0x30] = 0x15; /* a provisioning enclave: PROVISIONKEY too */
	f->qe[0x100] = body == QUOTE_SGX ? 1 : 2;
	memset(f->qe_signature, 0x23, sizeof f->qe_signature);
	for (size_t i = 0; i < sizeof f->qe_auth; i++)
		f->qe_auth[i] = (uint8_t)i;
}

void forge_quote_signed(const struct forge_quote *f, struct buf *out)
{
	size_t len = forge_body_len(f->body_type);

	le16(out, f->version);
	le16(out, f->key_type);
	le32(out, f->tee);
	buf_put(out, f->reserved, sizeof f->reserved);
	buf_put(out, f->vendor, sizeof f->vendor);
	buf_put(out, f->user_data, sizeof f->user_data);
	if (f->version == 5) {
		le16(out, f->body_type);
		le32(out, len + (size_t)f->body_size_off);
	}
	buf_put(out, f->body, len);
}

static void certification(const struct forge_quote *f, struct buf *out)
{
	buf_put(out, f->qe, sizeof f->qe);
	buf_put(out, f->qe_signature, sizeof f->qe_signature);
	le16(out, f->qe_auth_len);
	buf_put(out, f->qe_auth, f->qe_auth_len < sizeof f->qe_auth ? f->qe_auth_len : sizeof f->qe_auth);
	le16(out, f->inner_type);
	le32(out, f->chain.len + (size_t)f->chain_len_off);
	buf_put(out, f->chain.data, f->chain.len);
}

void forge_quote_write(const struct forge_quote *f, struct buf *out)
{
	size_t inner = 384 + 64 + 2 + f->qe_auth_len + 2 + 4 + f->chain.len;
	bool wrapped = f->version > 3;

	forge_quote_signed(f, out);
	le32(out, 64 + 64 + (wrapped ? 6 : 0) + inner + (size_t)f->auth_len_off);
	buf_put(out, f->signature, sizeof f->signature);
	buf_put(out, f->key, sizeof f->key);
	if (wrapped) {
		le16(out, f->outer_type);
		le32(out, inner + (size_t)f->outer_len_off);
	}
	certification(f, out);
	for (size_t i = 0; i < f->padding; i++)
		buf_byte(out, 0);
}
