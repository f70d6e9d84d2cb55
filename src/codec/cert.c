/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert.c - RFC 5280 section 4.1, straight down. Never follows a pointer that
 * the certificate names (CRLs, authorities); never says whether it is trusted.
 */

#include "codec/cert.h"

#include "base/limits.h"
#include "base/rd.h"
#include "codec/der.h"

#define OID(name, ...) static const uint8_t name[] = { __VA_ARGS__ }

/* Whole AlgorithmIdentifiers, compared at once. RFC 5758 3.2: no parameters. */
OID(ecdsa_with_sha384, 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03);
OID(p384_key, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, /* id-ecPublicKey */
    0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22);                                  /* secp384r1 */
OID(basic_constraints, 0x55, 0x1d, 0x13);
OID(key_usage, 0x55, 0x1d, 0x0f);

static void want(struct rd *r, size_t at, bool holds, enum cloister_err err, const char *field,
		 const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, err, field, note);
	r->why->at = at;
}

static void algorithm(struct rd *r, struct bytes expected, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = der_whole(r, DER_SEQUENCE, field);

	want(r, at, bytes_equal(b, expected), CLOISTER_E_UNSUPPORTED, field,
	     "only P-384 with SHA-384 is accepted");
}

/* RFC 5280 4.1.2.4: a sequence of sets of (type, value); the values are compared, never read. */
static struct bytes name(struct rd *r, const char *field)
{
	const uint8_t *from = r->at;
	struct rd rdns = der_enter(r, DER_SEQUENCE, field);

	want(&rdns, rd_at(&rdns), rd_left(&rdns) > 0, CLOISTER_E_MALFORMED, field, "the name is empty");
	while (rd_ok(&rdns) && rd_left(&rdns)) {
		struct rd set = der_enter(&rdns, DER_SET, field);
		struct rd pair = der_enter(&set, DER_SEQUENCE, field);
		(void)der_take(&pair, DER_OID, field);
		der_skip(&pair, field);
		(void)rd_close(&pair, field);
		(void)rd_close(&set, field); /* one pair per set, as every CA here writes */
	}
	return rd_ok(r) ? bytes_of(from, (size_t)(r->at - from)) : BYTES_NONE;
}

static void validity(struct rd *r, struct cert *c)
{
	struct rd v = der_enter(r, DER_SEQUENCE, "validity");
	size_t at = rd_at(&v);

	c->not_before_s = der_time(&v, "notBefore");
	c->not_after_s = der_time(&v, "notAfter");
	want(&v, at, c->not_before_s <= c->not_after_s, CLOISTER_E_MALFORMED, "validity",
	     "it ends before it begins");
	(void)rd_close(&v, "validity");
}

static void public_key(struct rd *r, struct cert *c)
{
	struct rd spki = der_enter(r, DER_SEQUENCE, "subjectPublicKeyInfo");

	algorithm(&spki, BYTES_OF(p384_key), "subjectPublicKeyInfo.algorithm");
	size_t at = rd_at(&spki);
	c->point = der_bits(&spki, "subjectPublicKey");
	want(&spki, at, rd_ok(&spki) && c->point.len == CERT_POINT_LEN && c->point.data[0] == 4,
	     CLOISTER_E_MALFORMED, "subjectPublicKey", "an uncompressed P-384 point is due");
	(void)rd_close(&spki, "subjectPublicKeyInfo");
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

/* One extension. basicConstraints and keyUsage are read, others may be there if not critical. */
static struct bytes extension(struct rd *r, struct cert *c)
{
	size_t at = rd_at(r);
	struct rd ext = der_enter(r, DER_SEQUENCE, "extension");
	struct bytes oid = der_take(&ext, DER_OID, "extension.extnID");
	bool critical = der_flag(&ext, "extension.critical");
	struct rd value = der_enter(&ext, DER_OCTET_STRING, "extension.extnValue");

	(void)rd_close(&ext, "extension");
	if (bytes_equal(oid, BYTES_OF(basic_constraints))) {
		read_basic_constraints(&value, c);
		want(r, at, !c->is_ca || critical, CLOISTER_E_MALFORMED, "basicConstraints",
		     "an authority's must be critical");
	} else if (bytes_equal(oid, BYTES_OF(key_usage))) {
		c->usage = der_named_bits(&value, "keyUsage");
		c->has_usage = true;
	} else {
		want(r, at, !critical, CLOISTER_E_UNSUPPORTED, "extension",
		     "critical, but not known here");
		(void)rd_rest(&value, "extension.extnValue");
	}
	(void)rd_close(&value, "extension.extnValue");
	return oid;
}

static void extensions(struct rd *r, struct cert *c)
{
	struct bytes seen[LIMIT_CERT_EXTENSIONS];
	size_t n = 0;
	struct rd outer = der_enter(r, DER_EXPLICIT_3, "extensions");
	struct rd list = der_enter(&outer, DER_SEQUENCE, "extensions");

	(void)rd_close(&outer, "extensions");
	want(&list, rd_at(&list), rd_left(&list) > 0, CLOISTER_E_MALFORMED, "extensions",
	     "the list is empty");
	while (rd_ok(&list) && rd_left(&list)) {
		size_t at = rd_at(&list);
		if (n == LIMIT_CERT_EXTENSIONS) {
			rd_refuse(&list, CLOISTER_E_LIMIT, "extensions", "too many");
			return;
		}
		seen[n] = extension(&list, c);
		for (size_t i = 0; i < n; i++)
			want(&list, at, !bytes_equal(seen[i], seen[n]), CLOISTER_E_MALFORMED,
			     "extension", "it comes twice");
		n++;
	}
}

static void tbs_certificate(struct rd *r, struct cert *c)
{
	struct rd version = der_enter(r, DER_EXPLICIT_0, "version");
	size_t at = rd_at(&version);
	uint32_t v = der_small(&version, 127, "version");

	want(&version, at, v == 2, CLOISTER_E_UNSUPPORTED, "version", "only version 3 is accepted");
	(void)rd_close(&version, "version");
	c->serial = der_positive(r, 20, "serialNumber");
	algorithm(r, BYTES_OF(ecdsa_with_sha384), "signature");
	c->issuer = name(r, "issuer");
	validity(r, c);
	c->subject = name(r, "subject");
	public_key(r, c);
	extensions(r, c); /* the unique identifiers of version 2 are not accepted before it */
	(void)rd_close(r, "tbsCertificate");
}

/* RFC 3279 2.2.3: ECDSA-Sig-Value inside the bit string. */
static void signature_value(struct rd *r, struct cert *c)
{
	size_t at = rd_at(r);
	struct rd bits = der_enter(r, DER_BIT_STRING, "signatureValue");
	uint8_t unused = rd_u8(&bits, "signatureValue");

	want(&bits, at, unused == 0, CLOISTER_E_MALFORMED, "signatureValue",
	     "not a whole number of bytes");
	struct rd sig = der_enter(&bits, DER_SEQUENCE, "signatureValue");
	der_positive_fixed(&sig, c->sig, CERT_SIG_LEN / 2, "signatureValue.r");
	der_positive_fixed(&sig, c->sig + CERT_SIG_LEN / 2, CERT_SIG_LEN / 2, "signatureValue.s");
	(void)rd_close(&sig, "signatureValue");
	(void)rd_close(&bits, "signatureValue");
}

enum cloister_err cert_read(struct bytes der, struct cert *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(der, why ? why : &local);
	struct cert c = { .der = der };

	struct rd cert = der_enter(&r, DER_SEQUENCE, "certificate");
	(void)rd_close(&r, "certificate"); /* no bytes behind it */
	const uint8_t *from = cert.at;
	struct rd tbs = der_enter(&cert, DER_SEQUENCE, "tbsCertificate");
	c.tbs = bytes_of(from, (size_t)(cert.at - from));
	tbs_certificate(&tbs, &c);
	algorithm(&cert, BYTES_OF(ecdsa_with_sha384), "signatureAlgorithm");
	signature_value(&cert, &c);

	enum cloister_err err = rd_close(&cert, "certificate");
	if (err == CLOISTER_OK)
		*out = c;
	return err;
}
