/* SPDX-License-Identifier: Apache-2.0 */
/* measure.c - PCR0, 1, 2 and 8 of an image (doc/eif.md, "Measurements"), and their JSON. */

#include "image/measure.h"

#include <stdlib.h>

#include "base/hex.h"
#include "codec/eif_sign.h"

enum cloister_err measure_extend(const uint8_t digest[static PCR_LEN], uint8_t out[static PCR_LEN],
				 struct cloister_fault *why)
{
	uint8_t both[2 * PCR_LEN] = { 0 };

	memcpy(both + PCR_LEN, digest, PCR_LEN);
	return hash_sha384(BYTES_OF(both), out, why);
}

static enum cloister_err finish(struct hash *h, uint8_t out[static PCR_LEN],
				struct cloister_fault *why)
{
	uint8_t digest[PCR_LEN];

	TRY(hash_final(h, digest, why));
	return measure_extend(digest, out, why);
}

static enum cloister_err measure_signer(struct bytes section, uint8_t out[static PCR_LEN],
					struct cloister_fault *why)
{
	own(drop_mem) struct eif_signature *s = malloc(sizeof *s);
	uint8_t digest[PCR_LEN];

	if (!s)
		return fail(why, CLOISTER_E_NOMEM, "signature", "out of memory");
	TRY(eif_signature_read(section, s, why));
	TRY(hash_sha384(bytes_of(s->cert_der, s->cert_len), digest, why));
	return measure_extend(digest, out, why);
}

enum cloister_err measure(const struct eif *e, struct measurements *out, struct cloister_fault *why)
{
	own(drop_hash) struct hash *all = NULL, *platform = NULL, *workload = NULL;
	struct measurements m = { .is_signed = e->signature.len > 0 };

	TRY(hash_new(HASH_SHA384, &all, why));
	TRY(hash_new(HASH_SHA384, &platform, why));
	TRY(hash_new(HASH_SHA384, &workload, why));
	for (size_t i = 0, ramdisks = 0; i < e->n_sections; i++) {
		const struct eif_section *s = &e->sections[i];
		if (s->kind == EIF_METADATA || s->kind == EIF_SIGNATURE)
			continue;
		bool first = s->kind != EIF_RAMDISK || ramdisks++ == 0;
		hash_update(all, s->data);
		hash_update(first ? platform : workload, s->data);
	}
	TRY(finish(all, m.pcr0, why));
	TRY(finish(platform, m.pcr1, why));
	TRY(finish(workload, m.pcr2, why));
	if (m.is_signed)
		TRY(measure_signer(e->signature, m.pcr8, why));
	*out = m;
	return CLOISTER_OK;
}

void measurements_put(struct json_out *w, const char *key, const struct measurements *m)
{
	json_open(w, key, '{');
	json_put_text(w, "hash_algorithm", "SHA384");
	json_put_hex(w, "pcr0", BYTES_OF(m->pcr0));
	json_put_hex(w, "pcr1", BYTES_OF(m->pcr1));
	json_put_hex(w, "pcr2", BYTES_OF(m->pcr2));
	if (m->is_signed)
		json_put_hex(w, "pcr8", BYTES_OF(m->pcr8));
	json_close(w, '}');
}

static enum cloister_err read_pcr(struct json object, const char *name, uint8_t out[static PCR_LEN],
				  struct cloister_fault *why)
{
	char hex[2 * PCR_LEN + 1];
	size_t len = 0;

	if (!json_text(json_get(object, name), hex, sizeof hex) ||
	    hex_read(bytes_text(hex), out, PCR_LEN, &len, why) != CLOISTER_OK || len != PCR_LEN)
		return fail(why, CLOISTER_E_MALFORMED, name, "96 hex digits are expected");
	return CLOISTER_OK;
}

enum cloister_err measurements_read(struct bytes text, struct measurements *out,
				    struct cloister_fault *why)
{
	static const char *const known[] = { "hash_algorithm", "pcr0", "pcr1", "pcr2", "pcr8", NULL };
	struct measurements m = { 0 };
	struct json doc;

	TRY(json_read(text, &doc, why));
	struct json inner = json_get(doc, "measurements");
	struct json o = inner.type == JSON_OBJECT ? inner : doc;
	TRY(json_only(o, known, "measurements", why));
	if (!json_is(json_get(o, "hash_algorithm"), "SHA384"))
		return fail(why, CLOISTER_E_UNSUPPORTED, "hash_algorithm", "only SHA384 is known");
	TRY(read_pcr(o, "pcr0", m.pcr0, why));
	TRY(read_pcr(o, "pcr1", m.pcr1, why));
	TRY(read_pcr(o, "pcr2", m.pcr2, why));
	m.is_signed = json_get(o, "pcr8").type != JSON_NONE;
	if (m.is_signed)
		TRY(read_pcr(o, "pcr8", m.pcr8, why));
	*out = m;
	return CLOISTER_OK;
}
