/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert.c - RFC 5280 section 4.1, straight down. Never follows a pointer that
 * the certificate names (CRLs, authorities); never says whether it is trusted.
 */

#include "codec/cert.h"

#include "base/limits.h"
#include "base/rd.h"
#include "codec/cert_parts.h"
#include "codec/der.h"

#define OID(name, ...) static const uint8_t name[] = { __VA_ARGS__ }

OID(basic_constraints, 0x55, 0x1d, 0x13);
OID(key_usage, 0x55, 0x1d, 0x0f);
OID(common_name, 0x55, 0x04, 0x03);

/* Whole AlgorithmIdentifiers of keys, compared at once. */
OID(p384_key, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* id-ecPublicKey */
    0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22);                                  /* secp384r1 */
OID(p256_key, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07);                /* secp256r1 */
OID(rsa_key, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00);                                                                /* rsaEncryption */

#define RSA_MIN 256u /* bytes of a modulus: 2048 .. 4096 bits */
#define RSA_MAX 512u
#define RSA_EXPONENT_MAX 4u

const struct cert_profile cert_profile_nitro = {
	.keys = CERT_KEY_P384,
	.algs = CERT_ECDSA_SHA384,
	.max = LIMIT_CERT,
	.crl_key_id = true,
	.accepts = "only P-384 with SHA-384 is accepted",
};
const struct cert_profile cert_profile_amd = {
	.keys = CERT_KEY_RSA | CERT_KEY_P384,
	.algs = CERT_RSA_PSS_SHA384,
	.max = LIMIT_CERT_LARGE,
	.zero_serial = true,
	.padded_usage = true,
	.accepts = "only RSA and P-384 keys are accepted, and RSASSA-PSS with SHA-384",
};
const struct cert_profile cert_profile_intel = {
	.keys = CERT_KEY_P256,
	.algs = CERT_ECDSA_SHA256,
	.max = LIMIT_CERT_LARGE,
	.crl_key_id = true,
	.accepts = "only P-256 with SHA-256 is accepted",
};
const struct cert_profile cert_profile_token = {
	.keys = CERT_KEY_RSA,
	.algs = CERT_RSA_PSS_SHA384 | CERT_RSA_SHA256 | CERT_RSA_SHA384 | CERT_RSA_SHA512,
	.max = LIMIT_CERT_LARGE,
	.crl_key_id = true,
	.accepts = "only RSA with SHA-256, SHA-384 or SHA-512 is accepted",
};
const struct cert_profile cert_profile_google = {
	.keys = CERT_KEY_RSA,
	.algs = CERT_RSA_PSS_SHA256 | CERT_RSA_SHA256,
	.max = LIMIT_CERT_LARGE,
	.accepts = "only RSA with SHA-256 is accepted",
};
const struct cert_profile cert_profile_any = {
	.keys = CERT_KEY_P384 | CERT_KEY_P256 | CERT_KEY_RSA,
	.algs = CERT_ECDSA_SHA384 | CERT_ECDSA_SHA256 | CERT_RSA_PSS_SHA384 | CERT_RSA_SHA256 |
		CERT_RSA_SHA384 | CERT_RSA_SHA512 | CERT_RSA_PSS_SHA256,
	.max = LIMIT_CERT_LARGE,
	.zero_serial = true,
	.padded_usage = true,
	.accepts = "neither P-384, P-256 nor RSA in a form that is accepted",
};

static void validity(struct rd *r, struct cert *c)
{
	struct rd v = der_enter(r, DER_SEQUENCE, "validity");
	size_t at = rd_at(&v);

	c->not_before_s = der_time(&v, "notBefore");
	c->not_after_s = der_time(&v, "notAfter");
	part_want(&v, at, c->not_before_s <= c->not_after_s, CLOISTER_E_MALFORMED, "validity",
	     "it ends before it begins");
	(void)rd_close(&v, "validity");
}

static enum cert_key_kind key_kind(struct rd *r, const struct cert_profile *p)
{
	static const char field[] = "subjectPublicKeyInfo.algorithm";
	size_t at = rd_at(r);
	struct bytes b = der_whole(r, DER_SEQUENCE, field);
	unsigned kind = bytes_equal(b, BYTES_OF(p384_key)) ? CERT_KEY_P384 :
			bytes_equal(b, BYTES_OF(p256_key)) ? CERT_KEY_P256 :
			bytes_equal(b, BYTES_OF(rsa_key))  ? CERT_KEY_RSA :
							     0;

	part_want(r, at, p->keys & kind, CLOISTER_E_UNSUPPORTED, field, p->accepts);
	return kind;
}

static void ec_point(struct rd *spki, struct cert_key *key)
{
	size_t at = rd_at(spki), len = key->kind == CERT_KEY_P384 ? CERT_P384_LEN : CERT_P256_LEN;

	key->point = der_bits(spki, "subjectPublicKey");
	part_want(spki, at, rd_ok(spki) && key->point.len == len && key->point.data[0] == 4,
		  CLOISTER_E_MALFORMED, "subjectPublicKey", "an uncompressed point is due");
}

/* RFC 8017 A.1.1: RSAPublicKey inside the bit string. */
static void rsa_numbers(struct rd *spki, struct cert_key *key)
{
	size_t at = rd_at(spki);
	struct rd bits = der_enter(spki, DER_BIT_STRING, "subjectPublicKey");
	uint8_t unused = rd_u8(&bits, "subjectPublicKey");

	part_want(&bits, at, unused == 0, CLOISTER_E_MALFORMED, "subjectPublicKey",
		  "not a whole number of bytes");
	struct rd pair = der_enter(&bits, DER_SEQUENCE, "subjectPublicKey");
	at = rd_at(&pair);
	key->modulus = der_positive(&pair, RSA_MAX, "subjectPublicKey.modulus");
	part_want(&pair, at, key->modulus.len >= RSA_MIN, CLOISTER_E_UNSUPPORTED,
		  "subjectPublicKey.modulus", "fewer than 2048 bits");
	key->exponent = der_positive(&pair, RSA_EXPONENT_MAX, "subjectPublicKey.exponent");
	(void)rd_close(&pair, "subjectPublicKey");
	(void)rd_close(&bits, "subjectPublicKey");
}

static struct bytes public_key(struct rd *r, const struct cert_profile *p, struct cert_key *key)
{
	const uint8_t *from = r->at;
	struct rd spki = der_enter(r, DER_SEQUENCE, "subjectPublicKeyInfo");

	key->kind = key_kind(&spki, p);
	if (key->kind == CERT_KEY_RSA)
		rsa_numbers(&spki, key);
	else
		ec_point(&spki, key);
	(void)rd_close(&spki, "subjectPublicKeyInfo");
	return bytes_of(from, (size_t)(r->at - from));
}

static void read_basic_constraints(struct rd *value, struct cert *c)
{
	struct rd seq = der_enter(value, DER_SEQUENCE, "basicConstraints");

	c->is_ca = der_flag(&seq, "basicConstraints.cA");
	if (c->is_ca && rd_left(&seq)) {
		c->path_len = der_small(&seq, 127, "basicConstraints.pathLenConstraint");
		c->has_path_len = true;
	}
	(void)rd_close(&seq, "basicConstraints");
}

struct reading {
	const struct cert_profile *profile;
	struct cert *cert;
};

static void read_usage(struct rd *value, const struct cert_profile *p, struct cert *c)
{
	static const uint8_t padded[] = { 0x03, 0x02, 0x01, 0x04 };

	c->has_usage = true;
	if (p->padded_usage && bytes_equal(bytes_of(value->at, rd_left(value)), BYTES_OF(padded))) {
		(void)rd_rest(value, "keyUsage");
		c->usage = CERT_SIGNS_CERTS;
	} else {
		c->usage = der_named_bits(value, "keyUsage");
	}
}

/* basicConstraints and keyUsage are read, others may be there if not critical. */
static bool extension(void *ctx, const struct part_extension *e)
{
	const struct reading *reading = ctx;
	struct cert *c = reading->cert;

	if (bytes_equal(e->oid, BYTES_OF(basic_constraints))) {
		read_basic_constraints(e->value, c);
		part_want(e->value, e->at, !c->is_ca || e->critical, CLOISTER_E_MALFORMED,
			  "basicConstraints", "an authority's must be critical");
		return true;
	}
	if (bytes_equal(e->oid, BYTES_OF(key_usage))) {
		read_usage(e->value, reading->profile, c);
		return true;
	}
	return false;
}

static void extensions(struct rd *r, const struct cert_profile *p, struct cert *c)
{
	struct reading reading = { p, c };
	struct rd outer = der_enter(r, DER_EXPLICIT_3, "extensions");
	struct rd list = der_enter(&outer, DER_SEQUENCE, "extensions");

	c->extensions = bytes_of(list.at, rd_left(&list));
	(void)rd_close(&outer, "extensions");
	part_extensions(&list, extension, &reading);
}

/* The algorithm that it names. */
static struct bytes tbs_certificate(struct rd *r, const struct cert_profile *p, struct cert *c)
{
	struct rd version = der_enter(r, DER_EXPLICIT_0, "version");
	size_t at = rd_at(&version);
	uint32_t v = der_small(&version, 127, "version");

	part_want(&version, at, v == 2, CLOISTER_E_UNSUPPORTED, "version",
		  "only version 3 is accepted");
	(void)rd_close(&version, "version");
	c->serial = p->zero_serial ? der_natural(r, 20, "serialNumber") :
				     der_positive(r, 20, "serialNumber");
	struct bytes alg = part_algorithm(r, p, "signature", &c->alg);
	c->issuer = part_name(r, "issuer");
	validity(r, c);
	c->subject = part_name(r, "subject");
	c->spki = public_key(r, p, &c->key);
	extensions(r, p, c); /* the unique identifiers of version 2 are not accepted before it */
	(void)rd_close(r, "tbsCertificate");
	return alg;
}

enum cloister_err cert_read(struct bytes der, const struct cert_profile *p, struct cert *out,
			    struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(der, why ? why : &local);
	struct cert c = { .der = der };

	if (der.len > p->max)
		rd_refuse(&r, CLOISTER_E_LIMIT, "certificate", "too large");
	struct rd cert = der_enter(&r, DER_SEQUENCE, "certificate");
	(void)rd_close(&r, "certificate"); /* no bytes behind it */
	const uint8_t *from = cert.at;
	struct rd tbs = der_enter(&cert, DER_SEQUENCE, "tbsCertificate");
	c.tbs = bytes_of(from, (size_t)(cert.at - from));
	struct bytes alg = tbs_certificate(&tbs, p, &c);
	part_same_algorithm(&cert, p, alg);
	c.sig = part_signature(&cert, c.alg, c.sig_ec);

	enum cloister_err err = rd_close(&cert, "certificate");
	if (err == CLOISTER_OK)
		*out = c;
	return err;
}

/* The list was read before, so nothing can be wrong with it; were it, nothing is found. */
bool cert_extension(const struct cert *c, struct bytes oid, struct bytes *value_out)
{
	struct cloister_fault ignored;
	struct rd list = rd_open(c->extensions, &ignored);

	while (rd_ok(&list) && rd_left(&list)) {
		struct rd ext = der_enter(&list, DER_SEQUENCE, "extension");
		bool same = bytes_equal(der_take(&ext, DER_OID, "extension"), oid);
		(void)der_flag(&ext, "extension");
		struct bytes value = der_take(&ext, DER_OCTET_STRING, "extension");
		if (!rd_ok(&list))
			return false;
		if (!same)
			continue;
		*value_out = value;
		return true;
	}
	return false;
}

bool name_attribute(struct bytes name, struct bytes oid, struct bytes *value_out)
{
	struct cloister_fault ignored;
	struct rd r = rd_open(name, &ignored);
	struct rd rdns = der_enter(&r, DER_SEQUENCE, "name");
	struct bytes value = BYTES_NONE;
	size_t n = 0;

	while (rd_ok(&rdns) && rd_left(&rdns)) {
		struct rd set = der_enter(&rdns, DER_SET, "name");
		struct rd pair = der_enter(&set, DER_SEQUENCE, "name");
		if (!bytes_equal(der_take(&pair, DER_OID, "name"), oid))
			continue;
		bool utf8 = der_peek(&pair) == DER_UTF8_STRING;
		value = der_take(&pair, utf8 ? DER_UTF8_STRING : DER_PRINTABLE_STRING, "name");
		n++;
	}
	if (!rd_ok(&r) || n != 1)
		return false;
	*value_out = value;
	return true;
}

bool cert_common_name_is(struct bytes name, const char *text)
{
	struct bytes value;

	return name_attribute(name, BYTES_OF(common_name), &value) && bytes_are(value, text);
}
