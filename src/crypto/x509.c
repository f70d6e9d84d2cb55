/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509.c - certificates made by OpenSSL, field by field in RFC 5280's order.
 * Never reads a clock: validity is what the caller says.
 */

#include "crypto/x509.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/hex.h"
#include "crypto/random.h"
#include "crypto/sign_key.h"

#define ORGANIZATION "Cloister"
#define TEXT_MAX 64 /* RFC 5280: ub-common-name, ub-organizational-unit-name */
#define LAST_SECOND 253402300799u /* 9999-12-31T23:59:59Z, the last GeneralizedTime */

static void drop_cert(X509 **c)
{
	X509_free(*c);
}

static void drop_bio(BIO **b)
{
	BIO_free(*b);
}

static enum cloister_err broke(struct cloister_fault *why, const char *sentence)
{
	ERR_clear_error();
	return fail(why, CLOISTER_E_NOMEM, "x509", "%s", sentence);
}

static X509 *decode(const struct x509 *c)
{
	const uint8_t *p = c->data;
	X509 *x = d2i_X509(NULL, &p, (long)c->len);

	if (x && p == c->data + c->len)
		return x;
	X509_free(x);
	ERR_clear_error();
	return NULL;
}

static enum cloister_err encode(X509 *x, struct x509 *out, struct cloister_fault *why)
{
	int len = i2d_X509(x, NULL);
	uint8_t *p = out->data;

	if (len <= 0)
		return broke(why, "the certificate could not be encoded");
	if ((size_t)len > sizeof out->data)
		return fail(why, CLOISTER_E_LIMIT, "x509",
			    "the certificate has %d bytes, not at most %zu", len, sizeof out->data);
	out->len = (size_t)i2d_X509(x, &p);
	return CLOISTER_OK;
}

/* 16 random bytes: positive, and never needing a leading zero, so all serials are one length. */
static bool set_serial(X509 *x)
{
	uint8_t serial[16];

	if (random_bytes(serial, sizeof serial, NULL) != CLOISTER_OK)
		return false;
	serial[0] = (uint8_t)((serial[0] & 0x7f) | 0x40);
	BIGNUM *n = BN_bin2bn(serial, sizeof serial, NULL);
	bool good = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	return good;
}

static bool add_text(X509_NAME *name, const char *type, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, type, MBSTRING_ASC, (const uint8_t *)text, -1, -1,
					  0) == 1;
}

static bool set_subject(X509 *x, const struct x509_spec *spec)
{
	X509_NAME *name = X509_get_subject_name(x);

	return add_text(name, "O", ORGANIZATION) && add_text(name, "OU", spec->unit) &&
	       add_text(name, "CN", spec->common_name);
}

static bool set_times(X509 *x, const struct x509_spec *spec)
{
	return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)spec->not_before_s) &&
	       ASN1_TIME_set(X509_getm_notAfter(x), (time_t)spec->not_after_s);
}

static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	bool good = e && X509_add_ext(x, e, -1) == 1;
	X509_EXTENSION_free(e);
	return good;
}

static bool set_extensions(X509 *x, X509 *issuer, enum x509_role role)
{
	static const struct {
		const char *constraints, *usage;
	} by_role[] = {
		[X509_ROOT] = { "critical,CA:TRUE", "critical,keyCertSign,cRLSign" },
		[X509_ISSUER] = { "critical,CA:TRUE,pathlen:0", "critical,keyCertSign" },
		[X509_LEAF] = { "critical,CA:FALSE", "critical,digitalSignature" },
	};

	return add_extension(x, issuer, NID_basic_constraints, by_role[role].constraints) &&
	       add_extension(x, issuer, NID_key_usage, by_role[role].usage) &&
	       add_extension(x, issuer, NID_subject_key_identifier, "hash") &&
	       (role == X509_ROOT ||
		add_extension(x, issuer, NID_authority_key_identifier, "keyid:always"));
}

/* What would otherwise come back from OpenSSL without a reason. */
static enum cloister_err check_spec(const struct x509_spec *spec, const struct x509 *issuer,
				    const struct sign_key *issuer_key, struct cloister_fault *why)
{
	bool is_root = spec->role == X509_ROOT;

	if (is_root != (issuer == NULL) || is_root != (issuer_key == NULL))
		return fail(why, CLOISTER_E_USAGE, "x509",
			    "a root has no issuer, all others have one");
	if (strlen(spec->common_name) > TEXT_MAX || strlen(spec->unit) > TEXT_MAX)
		return fail(why, CLOISTER_E_USAGE, "x509", "a name is longer than %d bytes",
			    TEXT_MAX);
	if (spec->not_before_s >= spec->not_after_s || spec->not_after_s > LAST_SECOND)
		return fail(why, CLOISTER_E_USAGE, "x509", "the validity ends before it begins");
	return CLOISTER_OK;
}

static enum cloister_err open_issuer(const struct x509 *issuer, const struct sign_key *key,
				     X509 **out, struct cloister_fault *why)
{
	own(drop_cert) X509 *x = decode(issuer);

	if (!x)
		return fail_at(why, 0, "x509.issuer", "the issuer is no certificate");
	if (X509_check_private_key(x, key->pkey) != 1) {
		ERR_clear_error();
		return fail(why, CLOISTER_E_USAGE, "x509", "the key is not the issuer's");
	}
	*out = give(x, NULL);
	return CLOISTER_OK;
}

enum cloister_err x509_issue(const struct x509_spec *spec, const struct sign_key *subject,
			     const struct x509 *issuer, const struct sign_key *issuer_key,
			     struct x509 *out, struct cloister_fault *why)
{
	own(drop_cert) X509 *x = X509_new();
	own(drop_cert) X509 *up = NULL;
	struct x509 made;

	TRY(check_spec(spec, issuer, issuer_key, why));
	if (issuer)
		TRY(open_issuer(issuer, issuer_key, &up, why));
	if (!x || X509_set_version(x, X509_VERSION_3) != 1 || !set_serial(x) ||
	    !set_subject(x, spec) ||
	    X509_set_issuer_name(x, X509_get_subject_name(up ? up : x)) != 1 ||
	    !set_times(x, spec) || X509_set_pubkey(x, subject->pkey) != 1 ||
	    !set_extensions(x, up ? up : x, spec->role) ||
	    X509_sign(x, (issuer_key ? issuer_key : subject)->pkey, EVP_sha384()) <= 0)
		return broke(why, "the certificate could not be made");
	TRY(encode(x, &made, why));
	*out = made;
	return CLOISTER_OK;
}

enum cloister_err x509_pem_read(struct bytes pem, struct x509 *out, struct cloister_fault *why)
{
	static const char head[] = "-----BEGIN CERTIFICATE-----\n";
	struct x509 c;

	if (pem.len < sizeof head - 1 || pem.len > 4 * LIMIT_CERT ||
	    !bytes_equal(bytes_of(pem.data, sizeof head - 1), bytes_text(head)))
		return fail_at(why, 0, "certificate",
			       "one PEM block `CERTIFICATE` is due, and nothing before it");
	own(drop_bio) BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	own(drop_cert) X509 *x = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	ERR_clear_error();
	if (!x)
		return fail_at(why, 0, "certificate", "not an X.509 certificate");
	if (BIO_ctrl_pending(bio) > 0)
		return fail_at(why, pem.len - BIO_ctrl_pending(bio), "certificate",
			       "bytes are left over");
	TRY(encode(x, &c, why));
	*out = c;
	return CLOISTER_OK;
}

void x509_pem_write(const struct x509 *c, struct buf *out)
{
	char text[B64_ROOM(LIMIT_CERT)];

	b64_write(x509_bytes(c), text);
	buf_text(out, "-----BEGIN CERTIFICATE-----\n");
	for (const char *line = text; *line; line += strnlen(line, 64))
		buf_print(out, "%.64s\n", line);
	buf_text(out, "-----END CERTIFICATE-----\n");
}

static bool unix_time(const ASN1_TIME *t, uint64_t *out)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	time_t s = timegm(&tm);
	*out = s > 0 ? (uint64_t)s : 0;
	return s >= 0;
}

enum cloister_err x509_facts(const struct x509 *c, struct x509_facts *out,
			     struct cloister_fault *why)
{
	own(drop_cert) X509 *x = decode(c);
	struct x509_facts f = { 0 };
	uint8_t *point = NULL;

	if (!x)
		return fail_at(why, 0, "certificate", "not an X.509 certificate");
	bool good = X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName,
					      f.common_name, sizeof f.common_name) > 0 &&
		    unix_time(X509_get0_notBefore(x), &f.not_before_s) &&
		    unix_time(X509_get0_notAfter(x), &f.not_after_s) && X509_get0_pubkey(x) &&
		    EVP_PKEY_get1_encoded_public_key(X509_get0_pubkey(x), &point) == sizeof f.point;
	if (good)
		memcpy(f.point, point, sizeof f.point);
	OPENSSL_free(point);
	ERR_clear_error();
	if (!good)
		return fail_at(why, 0, "certificate",
			       "no name, times and P-384 key that we understand");
	*out = f;
	return CLOISTER_OK;
}
