/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CODEC_CERT_H
#define CODEC_CERT_H

/*
 * cert.h - one X.509 certificate of version 3 (RFC 5280), in a profile: the
 * keys and signature algorithms that chains of one kind have. What is
 * malformed, of another algorithm, or critical and unknown is refused. This
 * reads; it does not judge: names, times, roles and signatures are the
 * caller's to check. Views borrow from the input; nothing is allocated.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"

#define CERT_P384_LEN 97u /* 04 || x || y */
#define CERT_P256_LEN 65u
#define CERT_SIG_EC_MAX 96u

enum cert_key_kind { CERT_KEY_P384 = 1, CERT_KEY_P256 = 2, CERT_KEY_RSA = 4 };

/* How a certificate or a list is signed. PSS: MGF1 of the same hash, salt of its length. */
enum cert_alg {
	CERT_ECDSA_SHA384 = 1, /* on P-384 */
	CERT_ECDSA_SHA256 = 2, /* on P-256 */
	CERT_RSA_PSS_SHA384 = 4,
	CERT_RSA_SHA256 = 8, /* PKCS#1 v1.5 */
	CERT_RSA_SHA384 = 16,
	CERT_RSA_SHA512 = 32,
	CERT_RSA_PSS_SHA256 = 64,
};

struct cert_key {
	enum cert_key_kind kind;
	struct bytes point;             /* EC: CERT_P384_LEN or CERT_P256_LEN bytes */
	struct bytes modulus, exponent; /* RSA: big-endian, no leading zeros; 2048..4096, ..32 bits */
};

struct cert_profile {
	unsigned keys, algs; /* sets of the enums above */
	size_t max;          /* bytes of a certificate */
	bool zero_serial;    /* AMD numbers every endorsement key's certificate 0 */
	bool padded_usage;   /* AMD writes keyCertSign with a zero bit behind it, which DER leaves out */
	bool crl_key_id;     /* its revocation lists name the issuer's key: RFC 5280 5.2.1 */
	const char *accepts; /* a sentence about keys and algs */
};
extern const struct cert_profile cert_profile_nitro; /* P-384 */
extern const struct cert_profile cert_profile_amd;   /* RSA and P-384 keys, PSS signatures */
extern const struct cert_profile cert_profile_intel; /* P-256 */
extern const struct cert_profile cert_profile_token; /* RSA */
extern const struct cert_profile cert_profile_google; /* RSA, of launch endorsements */
extern const struct cert_profile cert_profile_any;   /* all of these, to find out which */

/* RFC 5280 section 4.2.1.3, as bits of `usage`. */
#define CERT_DIGITAL_SIGNATURE (1u << 0)
#define CERT_SIGNS_CERTS (1u << 5)
#define CERT_SIGNS_CRLS (1u << 6)

struct cert {
	struct bytes der;
	struct bytes tbs;     /* what the signature covers */
	struct bytes serial;  /* magnitude, 1..20 bytes; zero is one byte */
	struct bytes issuer;  /* whole Name elements, to be compared byte by byte */
	struct bytes subject;
	uint64_t not_before_s, not_after_s; /* Unix seconds, both inclusive */
	struct cert_key key;
	struct bytes spki;    /* the whole subjectPublicKeyInfo */
	enum cert_alg alg;    /* the issuer's */
	uint8_t sig_ec[CERT_SIG_EC_MAX]; /* ECDSA: r || s, 48 or 32 bytes each */
	struct bytes sig;     /* the bit string's content */
	bool is_ca;
	bool has_path_len;
	uint32_t path_len;
	bool has_usage;
	uint32_t usage; /* 0 without one */
	struct bytes extensions; /* for cert_extension() */
};

enum cloister_err cert_read(struct bytes der, const struct cert_profile *p, struct cert *out,
			    struct cloister_fault *why);

/* The content of the OCTET STRING of the extension with this OID (its content bytes), if there. */
bool cert_extension(const struct cert *c, struct bytes oid, struct bytes *value_out);

/*
 * The text of a Name's attribute, for a Name that was read here: UTF8String or
 * PrintableString. False when it is not there, is there twice or of another type.
 */
bool name_attribute(struct bytes name, struct bytes oid, struct bytes *value_out);
bool cert_common_name_is(struct bytes name, const char *text);

#endif
