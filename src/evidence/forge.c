/* SPDX-License-Identifier: Apache-2.0 */
/* forge.c - chains and Nitro documents of our own making, right or wrong in one place. For tests only. */

#include "evidence/forge.h"

#include <stdlib.h>

#include "codec/cbor.h"
#include "codec/cose.h"

static void must(enum cloister_err err)
{
	if (err != CLOISTER_OK)
		abort();
}

static const struct forge_cert root_spec = {
	"Test root", "Test root", "200101000000Z", "491231235959Z", true, -1, 0x86, CERT_GOOD,
};

void forge_init(struct forge *f)
{
	struct sign_key **all[] = { &f->root, &f->other_root, &f->regional,
				    &f->zonal, &f->leaf,      &f->stranger };

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		must(sign_key_new(all[i], NULL));
	f->root_der = (struct buf)BUF_INIT(1u << 16);
	forge_cert(&root_spec, f->root, f->root, &f->root_der);
}

void forge_fini(struct forge *f)
{
	sign_key_free(f->root);
	sign_key_free(f->other_root);
	sign_key_free(f->regional);
	sign_key_free(f->zonal);
	sign_key_free(f->leaf);
	sign_key_free(f->stranger);
	buf_fini(&f->root_der);
}

void forge_chain_init(struct forge_chain *c, const struct forge *f)
{
	*c = (struct forge_chain){
		.keys = f,
		.n = 4,
		.spec = {
			root_spec,
			{ "Test root", "Test region", "260101000000Z", "271231235959Z", true, 1, 0x86, 0 },
			{ "Test region", "Test zone", "260901000000Z", "261031235959Z", true, 0, 0x04, 0 },
			{ "Test zone", "Test leaf", "260921000000Z", "260921235959Z", false, -1, 0xc0, 0 },
		},
		.key = { f->root, f->regional, f->zonal, f->leaf },
		.signer = { f->root, f->root, f->regional, f->zonal },
	};
	for (size_t i = 0; i < FORGE_CERTS; i++)
		c->der[i] = (struct buf)BUF_INIT(1u << 16);
}

void forge_chain_write(struct forge_chain *c)
{
	for (size_t i = 0; i < c->n; i++) {
		bool is_root = c->key[i] == c->keys->root && c->signer[i] == c->keys->root;
		buf_fini(&c->der[i]);
		if (is_root)
			buf_put(&c->der[i], c->keys->root_der.data, c->keys->root_der.len);
		else
			forge_cert(&c->spec[i], c->key[i], c->signer[i], &c->der[i]);
	}
}

void forge_chain_fini(struct forge_chain *c)
{
	for (size_t i = 0; i < FORGE_CERTS; i++)
		buf_fini(&c->der[i]);
}

void forge_doc_init(struct forge_doc *d, const struct forge *f)
{
	static const uint8_t nonce[32] = { 0x4e, 1, 2, 3 }, public_key[5] = { 0x50, 1, 2, 3, 4 };
	uint8_t input[NITRO_PCR_LEN + sizeof FORGE_INSTANCE - 1] = { 0 };

	*d = (struct forge_doc){
		.protected_header = cose_header_es384,
		.module_id = FORGE_INSTANCE "-enc0123456789abcdef",
		.digest = "SHA384",
		.timestamp_ms = (uint64_t)FORGE_AT_S * 1000 + 1,
		.pcr_mask = 0xffff,
		.public_key = BYTES_OF(public_key),
		.user_data = { (const uint8_t *)"user data", 9 },
		.nonce = BYTES_OF(nonce),
		.odd_at = 99,
		.signer = f->leaf,
	};
	for (unsigned i = 0; i <= 2; i++)
		for (unsigned k = 0; k < NITRO_PCR_LEN; k++)
			d->pcr[i][k] = (uint8_t)(0x10 * (i + 1) + k % 16);
	memcpy(input + NITRO_PCR_LEN, FORGE_INSTANCE, sizeof FORGE_INSTANCE - 1);
	must(hash_sha384(BYTES_OF(input), d->pcr[4], NULL));
}

/* Containers of either form. */
static void put_open(struct wr *w, bool map, bool indefinite, uint64_t n)
{
	if (indefinite)
		wr_u8(w, map ? 0xbf : 0x9f);
	else if (map)
		cbor_put_map(w, n);
	else
		cbor_put_array(w, n);
}

static void put_close(struct wr *w, bool indefinite)
{
	if (indefinite)
		wr_u8(w, 0xff);
}

static void put_pcrs(struct wr *w, const struct forge_doc *d)
{
	put_open(w, true, d->indefinite, (uint64_t)__builtin_popcount(d->pcr_mask));
	for (unsigned i = 0; i < LIMIT_PCRS; i++) {
		if (!(d->pcr_mask >> i & 1))
			continue;
		cbor_put_uint(w, i);
		cbor_put_bstr(w, BYTES_OF(d->pcr[i]));
	}
	put_close(w, d->indefinite);
}

static void put_cabundle(struct wr *w, const struct forge_doc *d, const struct forge_chain *c)
{
	put_open(w, false, d->indefinite, c->n - 1);
	for (size_t i = 0; i + 1 < c->n; i++)
		cbor_put_bstr(w, buf_bytes(&c->der[i]));
	put_close(w, d->indefinite);
}

static void put_member(struct wr *w, unsigned m, const struct forge_doc *d,
		       const struct forge_chain *c)
{
	static const char *const names[] = { "module_id",   "digest",	"timestamp",
					     "pcrs",	    "certificate", "cabundle",
					     "public_key", "user_data", "nonce" };

	cbor_put_text(w, names[m]);
	switch (m) {
	case 0:
		cbor_put_text(w, d->module_id);
		break;
	case 1:
		cbor_put_text(w, d->digest);
		break;
	case 2:
		cbor_put_uint(w, d->timestamp_ms);
		break;
	case 3:
		put_pcrs(w, d);
		break;
	case 4:
		cbor_put_bstr(w, buf_bytes(&c->der[c->n - 1]));
		break;
	case 5:
		put_cabundle(w, d, c);
		break;
	case 6:
		cbor_put_bstr_or_null(w, d->public_key);
		break;
	case 7:
		cbor_put_bstr_or_null(w, d->user_data);
		break;
	case 8:
		cbor_put_bstr_or_null(w, d->nonce);
		break;
	}
}

void forge_payload(const struct forge_doc *d, const struct forge_chain *c, struct buf *out)
{
	static uint8_t room[64u << 10];
	struct wr w = wr_open(room, sizeof room);
	struct buf odd = BUF_INIT(32u << 10);
	unsigned left_out = (unsigned)__builtin_popcount(d->leave_out & 0x1ff);
	struct bytes b;

	if (d->odd_member)
		forge_hex(&odd, d->odd_member);
	put_open(&w, true, d->indefinite, 9 - left_out + (d->odd_member != NULL));
	for (unsigned m = 0; m <= 9; m++) {
		if (m == d->odd_at)
			wr_put(&w, buf_bytes(&odd));
		if (m < 9 && !(d->leave_out >> m & 1))
			put_member(&w, m, d, c);
	}
	put_close(&w, d->indefinite);
	must(wr_close(&w, "payload", &b, NULL));
	buf_put(out, b.data, b.len);
	buf_fini(&odd);
}

void forge_frame(const struct forge_doc *d, struct bytes payload, struct buf *out)
{
	static uint8_t room[80u << 10];
	uint8_t head_room[COSE_HEAD_ROOM], digest[SHA384_LEN], sig[SIGN_SIG_LEN];
	struct cose_sign1 frame = { d->protected_header, payload, BYTES_OF(sig) };
	struct wr w = wr_open(room, sizeof room);
	struct hash *h;
	struct bytes b;

	must(cose_sign1_head(&frame, head_room, sizeof head_room, &b, NULL));
	must(hash_new(HASH_SHA384, &h, NULL));
	hash_update(h, b);
	hash_update(h, payload);
	must(hash_final(h, digest, NULL));
	hash_free(h);
	must(sign_es384(d->signer, digest, sig, NULL));
	cose_sign1_put(&w, &frame);
	must(wr_close(&w, "document", &b, NULL));
	buf_put(out, b.data, b.len);
}

void forge_document(const struct forge_doc *d, const struct forge_chain *c, struct buf *out)
{
	struct buf payload = BUF_INIT(64u << 10);

	forge_payload(d, c, &payload);
	forge_frame(d, buf_bytes(&payload), out);
	buf_fini(&payload);
	if (out->failed)
		abort();
}
