/* SPDX-License-Identifier: Apache-2.0 */
/* cert_parts.c - algorithms, names and signatures: RFC 5280 sections 4.1.1 and 4.1.2.4. */

#include "codec/cert_parts.h"

#include "base/limits.h"
#include "codec/der.h"

#define RSA_SIG_MIN 256u /* RSA-2048 */
#define RSA_SIG_MAX 512u /* RSA-4096 */

#define ID(...)                                                          \
	{                                                                \
		(const uint8_t[]){ __VA_ARGS__ },                        \
			sizeof((const uint8_t[]){ __VA_ARGS__ })         \
	}

/* RFC 4055: SHA-384, MGF1 with SHA-384, salt of 48 bytes. */
#define PSS_SHA384                                                                             \
	0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05,    \
		0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,  \
		0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,  \
		0x04, 0x02, 0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x30
/* The same with SHA-256 and a salt of 32. */
#define PSS_SHA256                                                                             \
	0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,    \
		0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,  \
		0x01, 0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,  \
		0x04, 0x02, 0x01, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x20
#define PSS_OID 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a
#define PKCS1(last) \
	0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, last, 0x05, 0x00
#define ECDSA(last) 0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, last

/* Whole AlgorithmIdentifiers, compared at once, in every form that is known to occur. */
static const struct {
	enum cert_alg alg;
	struct bytes der;
} algorithms[] = {
	{ CERT_ECDSA_SHA384, ID(ECDSA(0x03)) }, /* RFC 5758 3.2: no parameters */
	{ CERT_ECDSA_SHA256, ID(ECDSA(0x02)) },
	{ CERT_RSA_PSS_SHA384, ID(0x30, 0x41, PSS_OID, 0x30, 0x34, 0xa0, 0x0f, PSS_SHA384) },
	/* AMD's authorities write the default trailerField, 1, which DER leaves out. */
	{ CERT_RSA_PSS_SHA384, ID(0x30, 0x46, PSS_OID, 0x30, 0x39, 0xa0, 0x0f, PSS_SHA384, 0xa3,
				  0x03, 0x02, 0x01, 0x01) },
	{ CERT_RSA_PSS_SHA256, ID(0x30, 0x41, PSS_OID, 0x30, 0x34, 0xa0, 0x0f, PSS_SHA256) },
	{ CERT_RSA_PSS_SHA256, ID(0x30, 0x46, PSS_OID, 0x30, 0x39, 0xa0, 0x0f, PSS_SHA256, 0xa3,
				  0x03, 0x02, 0x01, 0x01) },
	{ CERT_RSA_SHA256, ID(PKCS1(0x0b)) }, /* RFC 4055: NULL parameters */
	{ CERT_RSA_SHA384, ID(PKCS1(0x0c)) },
	{ CERT_RSA_SHA512, ID(PKCS1(0x0d)) },
};

void part_want(struct rd *r, size_t at, bool holds, enum cloister_err err, const char *field,
	       const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, err, field, note);
	r->why->at = at;
}

struct bytes part_algorithm(struct rd *r, const struct cert_profile *p, const char *field,
			    enum cert_alg *alg)
{
	size_t at = rd_at(r);
	struct bytes b = der_whole(r, DER_SEQUENCE, field);

	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++)
		if ((p->algs & algorithms[i].alg) && bytes_equal(b, algorithms[i].der)) {
			*alg = algorithms[i].alg;
			return b;
		}
	part_want(r, at, false, CLOISTER_E_UNSUPPORTED, field, p->accepts);
	return BYTES_NONE;
}

void part_same_algorithm(struct rd *r, const struct cert_profile *p, struct bytes first)
{
	static const char field[] = "signatureAlgorithm";
	size_t at = rd_at(r);
	enum cert_alg alg;
	struct bytes b = part_algorithm(r, p, field, &alg);

	part_want(r, at, bytes_equal(b, first), CLOISTER_E_MALFORMED, field,
		  "another algorithm than the signed part says");
}

struct bytes part_name(struct rd *r, const char *field)
{
	const uint8_t *from = r->at;
	struct rd rdns = der_enter(r, DER_SEQUENCE, field);

	part_want(&rdns, rd_at(&rdns), rd_left(&rdns) > 0, CLOISTER_E_MALFORMED, field,
		  "the name is empty");
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

/* RFC 3279 2.2.3: ECDSA-Sig-Value inside the bit string. */
static void ecdsa_value(struct rd *bits, size_t half, uint8_t *ec)
{
	struct rd sig = der_enter(bits, DER_SEQUENCE, "signatureValue");

	der_positive_fixed(&sig, ec, half, "signatureValue.r");
	der_positive_fixed(&sig, ec + half, half, "signatureValue.s");
	(void)rd_close(&sig, "signatureValue");
}

struct bytes part_signature(struct rd *r, enum cert_alg alg, uint8_t ec[static CERT_SIG_EC_MAX])
{
	size_t at = rd_at(r);
	struct rd bits = der_enter(r, DER_BIT_STRING, "signatureValue");
	uint8_t unused = rd_u8(&bits, "signatureValue");

	part_want(&bits, at, unused == 0, CLOISTER_E_MALFORMED, "signatureValue",
		  "not a whole number of bytes");
	struct bytes raw = bytes_of(bits.at, rd_left(&bits));
	if (alg == CERT_ECDSA_SHA384 || alg == CERT_ECDSA_SHA256) {
		ecdsa_value(&bits, alg == CERT_ECDSA_SHA384 ? 48 : 32, ec);
	} else {
		part_want(&bits, at, raw.len >= RSA_SIG_MIN && raw.len <= RSA_SIG_MAX,
			  CLOISTER_E_MALFORMED, "signatureValue", "no RSA signature has this length");
		(void)rd_rest(&bits, "signatureValue");
	}
	(void)rd_close(&bits, "signatureValue");
	return rd_ok(r) ? raw : BYTES_NONE;
}

static struct bytes extension(struct rd *r, part_extension_fn *each, void *ctx)
{
	size_t at = rd_at(r);
	struct rd ext = der_enter(r, DER_SEQUENCE, "extension");
	struct bytes oid = der_take(&ext, DER_OID, "extension.extnID");
	bool critical = der_flag(&ext, "extension.critical");
	struct rd value = der_enter(&ext, DER_OCTET_STRING, "extension.extnValue");

	(void)rd_close(&ext, "extension");
	if (!each(ctx, &(struct part_extension){ at, oid, critical, &value })) {
		part_want(r, at, !critical, CLOISTER_E_UNSUPPORTED, "extension",
			  "critical, but not known here");
		(void)rd_rest(&value, "extension.extnValue");
	}
	(void)rd_close(&value, "extension.extnValue");
	return oid;
}

void part_extensions(struct rd *list, part_extension_fn *each, void *ctx)
{
	struct bytes seen[LIMIT_CERT_EXTENSIONS];
	size_t n = 0;

	part_want(list, rd_at(list), rd_left(list) > 0, CLOISTER_E_MALFORMED, "extensions",
		  "the list is empty");
	while (rd_ok(list) && rd_left(list)) {
		size_t at = rd_at(list);
		if (n == LIMIT_CERT_EXTENSIONS) {
			rd_refuse(list, CLOISTER_E_LIMIT, "extensions", "too many");
			return;
		}
		seen[n] = extension(list, each, ctx);
		for (size_t i = 0; i < n; i++)
			part_want(list, at, !bytes_equal(seen[i], seen[n]), CLOISTER_E_MALFORMED,
				  "extension", "it comes twice");
		n++;
	}
}
