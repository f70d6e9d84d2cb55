/* SPDX-License-Identifier: Apache-2.0 */
/* forge_pki.c - RFC 5280 written straight down, as AMD, Intel and token issuers write it. For tests only. */

#include "evidence/forge_pki.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "evidence/forge_der.h"

#define PSS_HEAD "06092a864886f70d01010a"
#define PSS_BODY                                                                         \
	"a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d0609608648" \
	"0165030402020500a203020130"
#define PSS_BODY_SHA256                                                                  \
	"a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d0609608648" \
	"0165030402010500a203020120"

static const struct {
	struct forge_scheme scheme;
	const char *identifier;
} algs[] = {
	[FORGE_ECDSA_SHA256] = { { .hash = HASH_SHA256 }, "300a06082a8648ce3d040302" },
	[FORGE_ECDSA_SHA384] = { { .hash = HASH_SHA384 }, "300a06082a8648ce3d040303" },
	[FORGE_PSS_SHA384] = { { .hash = HASH_SHA384, .pss = true, .salt_len = -1 },
			       "3041" PSS_HEAD "3034" PSS_BODY },
	[FORGE_PSS_SHA384_TRAILER] = { { .hash = HASH_SHA384, .pss = true, .salt_len = -1 },
				       "3046" PSS_HEAD "3039" PSS_BODY "a303020101" },
	[FORGE_PSS_SHA256] = { { .hash = HASH_SHA256, .pss = true, .salt_len = -1 },
			       "3041" PSS_HEAD "3034" PSS_BODY_SHA256 },
	[FORGE_RSA_SHA256] = { { .hash = HASH_SHA256 }, "300d06092a864886f70d01010b0500" },
	[FORGE_RSA_SHA384] = { { .hash = HASH_SHA384 }, "300d06092a864886f70d01010c0500" },
	[FORGE_RSA_SHA512] = { { .hash = HASH_SHA512 }, "300d06092a864886f70d01010d0500" },
};

struct forge_key *forge_key_load(const char *vectors, const char *name)
{
	char path[4096];
	uint8_t pem[8192];

	snprintf(path, sizeof path, "%s/keys/%s.pem", vectors, name);
	FILE *f = fopen(path, "rb");
	if (!f)
		abort();
	size_t len = fread(pem, 1, sizeof pem, f);
	fclose(f);
	return forge_key_read(bytes_of(pem, len));
}

void forge_sign(const struct forge_key *k, enum forge_alg alg, struct bytes message, struct buf *out)
{
	uint8_t sig[FORGE_SIG_MAX];
	size_t len = forge_key_sign_message(k, &algs[alg].scheme, message, sig);

	buf_put(out, sig, len);
}

static const char *attribute_oid(const char *type, size_t len)
{
	static const char *const known[][2] = {
		{ "CN", "550403" }, { "C", "550406" },	{ "L", "550407" },
		{ "ST", "550408" }, { "O", "55040a" },	{ "OU", "55040b" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i][0]) == len && strncmp(known[i][0], type, len) == 0)
			return known[i][1];
	abort();
}

void forge_name(struct buf *out, const char *text)
{
	struct buf name = FORGE_DER_BUF;

	while (*text) {
		struct buf set = FORGE_DER_BUF, pair = FORGE_DER_BUF, value = FORGE_DER_BUF;
		size_t type_len = strcspn(text, "=");
		const char *from = text + type_len + 1;
		size_t len = strcspn(from, ",");
		bool country = type_len == 1 && *text == 'C';
		forge_put(&pair, 0x06, attribute_oid(text, type_len));
		buf_put(&value, from, len);
		forge_wrap(&pair, country ? 0x13 : 0x0c, &value); /* RFC 5280: PrintableString */
		forge_wrap(&set, 0x30, &pair);
		forge_wrap(&name, 0x31, &set);
		text = from + len + (from[len] == ',');
	}
	forge_wrap(out, 0x30, &name);
}

static void put_key(const struct forge_key *k, struct buf *out)
{
	struct buf in = FORGE_DER_BUF, bits = FORGE_DER_BUF, pair = FORGE_DER_BUF;

	forge_hex(&in, k->is_rsa	     ? "300d06092a864886f70d0101010500" :
		       k->point_len == 65 ? "301306072a8648ce3d020106082a8648ce3d030107" :
					    "301006072a8648ce3d020106052b81040022");
	buf_byte(&bits, 0);
	if (k->is_rsa) {
		forge_integer(&pair, forge_key_modulus(k));
		forge_integer(&pair, forge_key_exponent(k));
		forge_wrap(&bits, 0x30, &pair);
	} else {
		buf_put(&bits, k->point, k->point_len);
	}
	forge_wrap(&in, 0x03, &bits);
	forge_wrap(out, 0x30, &in);
}

static void put_extension(const struct forge_ext *e, struct buf *out)
{
	struct buf in = FORGE_DER_BUF, value = FORGE_DER_BUF;

	forge_put(&in, 0x06, e->oid_hex);
	if (e->critical)
		forge_put(&in, 0x01, "ff");
	buf_put(&value, e->value.data, e->value.len);
	forge_wrap(&in, 0x04, &value);
	forge_wrap(out, 0x30, &in);
}

static void put_extension_hex(const char *oid_hex, bool critical, const char *value_hex,
			      struct buf *out)
{
	struct buf value = FORGE_DER_BUF;

	forge_hex(&value, value_hex);
	put_extension(&(struct forge_ext){ oid_hex, critical, buf_bytes(&value) }, out);
	buf_fini(&value);
}

static void put_cert_extensions(const struct forge_tbs *t, struct buf *out)
{
	struct buf list = FORGE_DER_BUF, outer = FORGE_DER_BUF;

	if (t->constraints_hex)
		put_extension_hex("551d13", true, t->constraints_hex, &list);
	if (t->usage_hex)
		put_extension_hex("551d0f", true, t->usage_hex, &list);
	for (size_t i = 0; i < t->n_ext; i++)
		put_extension(&t->ext[i], &list);
	forge_wrap(&outer, 0x30, &list);
	forge_wrap(out, 0xa3, &outer);
}

/* SEQUENCE { tbs, algorithm, signature over tbs }; `in`, the content of tbs, is consumed. */
static void sign_around(struct buf *in, enum forge_alg alg, const struct forge_key *signer,
			struct buf *out)
{
	struct buf whole = FORGE_DER_BUF, sig = FORGE_DER_BUF, bits = FORGE_DER_BUF;

	forge_wrap(&whole, 0x30, in);
	forge_sign(signer, alg, buf_bytes(&whole), &sig);
	forge_hex(&whole, algs[alg].identifier);
	buf_byte(&bits, 0);
	if (signer->is_rsa) {
		buf_put(&bits, sig.data, sig.len);
	} else {
		struct buf pair = FORGE_DER_BUF;
		forge_integer(&pair, bytes_of(sig.data, sig.len / 2));
		forge_integer(&pair, bytes_of(sig.data + sig.len / 2, sig.len / 2));
		forge_wrap(&bits, 0x30, &pair);
	}
	forge_wrap(&whole, 0x03, &bits);
	forge_wrap(out, 0x30, &whole);
	buf_fini(&sig);
}

void forge_pki_cert(const struct forge_tbs *t, const struct forge_key *key,
		    const struct forge_key *signer, struct buf *out)
{
	struct buf tbs = FORGE_DER_BUF, validity = FORGE_DER_BUF;

	forge_hex(&tbs, "a003020102");
	forge_put(&tbs, 0x02, t->serial_hex);
	forge_hex(&tbs, algs[t->alg].identifier);
	forge_name(&tbs, t->issuer);
	forge_time(&validity, t->from);
	forge_time(&validity, t->until);
	forge_wrap(&tbs, 0x30, &validity);
	forge_name(&tbs, t->subject);
	put_key(key, &tbs);
	put_cert_extensions(t, &tbs);
	sign_around(&tbs, t->alg, signer, out);
}

static void put_revoked(const struct forge_crl *c, struct buf *out)
{
	struct buf list = FORGE_DER_BUF;

	if (!c->serials_hex || !*c->serials_hex)
		return;
	for (const char *const *serial = c->serials_hex; *serial; serial++) {
		struct buf entry = FORGE_DER_BUF, ext = FORGE_DER_BUF;
		forge_put(&entry, 0x02, *serial);
		forge_time(&entry, c->this_update);
		if (c->entry_ext)
			put_extension(c->entry_ext, &ext);
		else
			put_extension_hex("551d15", false, "0a0101", &ext); /* keyCompromise */
		forge_wrap(&entry, 0x30, &ext);
		forge_wrap(&list, 0x30, &entry);
	}
	forge_wrap(out, 0x30, &list);
}

static void put_crl_extensions(const struct forge_crl *c, struct buf *out)
{
	struct buf list = FORGE_DER_BUF, outer = FORGE_DER_BUF;

	if (c->number_hex) {
		struct buf number = FORGE_DER_BUF;
		forge_put(&number, 0x02, c->number_hex);
		put_extension(&(struct forge_ext){ "551d14", false, buf_bytes(&number) }, &list);
		buf_fini(&number);
	}
	if (c->key_id_hex) {
		struct buf id = FORGE_DER_BUF, seq = FORGE_DER_BUF;
		forge_put(&seq, 0x80, c->key_id_hex);
		forge_wrap(&id, 0x30, &seq);
		put_extension(&(struct forge_ext){ "551d23", false, buf_bytes(&id) }, &list);
		buf_fini(&id);
	}
	for (size_t i = 0; i < c->n_ext; i++)
		put_extension(&c->ext[i], &list);
	if (list.len == 0)
		return;
	forge_wrap(&outer, 0x30, &list);
	forge_wrap(out, 0xa0, &outer);
}

void forge_pki_crl(const struct forge_crl *c, const struct forge_key *signer, struct buf *out)
{
	struct buf tbs = FORGE_DER_BUF;

	forge_hex(&tbs, "020101");
	forge_hex(&tbs, algs[c->alg].identifier);
	forge_name(&tbs, c->issuer);
	forge_time(&tbs, c->this_update);
	forge_time(&tbs, c->next_update);
	put_revoked(c, &tbs);
	put_crl_extensions(c, &tbs);
	sign_around(&tbs, c->alg, signer, out);
}

void forge_pem(struct buf *out, const char *label, struct bytes der)
{
	char *text = malloc(B64_ROOM(der.len));

	if (!text)
		abort();
	b64_write(der, text);
	buf_print(out, "-----BEGIN %s-----\n", label);
	for (const char *line = text; *line; line += strnlen(line, 64))
		buf_print(out, "%.64s\n", line);
	buf_print(out, "-----END %s-----\n", label);
	free(text);
}
