/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CRYPTO_X509_H
#define CRYPTO_X509_H

/*
 * x509.h - issuing certificates in the profile of AWS's Nitro chains: version
 * 3, P-384 keys, ecdsa-with-SHA384, basicConstraints and keyUsage critical.
 * Judging certificates is not done here but in evidence/, by our own reader.
 * Times are arguments; serial numbers are 16 random bytes.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/sign.h"

enum x509_role {
	X509_ROOT,   /* CA, keyCertSign and cRLSign; signs itself */
	X509_ISSUER, /* CA with pathlen 0, keyCertSign */
	X509_LEAF,   /* no CA, digitalSignature */
};

struct x509_spec {
	enum x509_role role;
	const char *common_name; /* at most 64 bytes, ASCII */
	const char *unit;        /* OU, at most 64 bytes, ASCII */
	uint64_t not_before_s, not_after_s; /* Unix seconds */
};

/* A certificate's DER, of at most LIMIT_CERT bytes. */
struct x509 {
	uint8_t data[LIMIT_CERT];
	size_t len;
};

static inline struct bytes x509_bytes(const struct x509 *c)
{
	return (struct bytes){ c->data, c->len };
}

/*
 * A certificate for `subject`'s public key. `issuer` and `issuer_key` are NULL
 * for X509_ROOT and required otherwise; they must belong together.
 */
enum cloister_err x509_issue(const struct x509_spec *spec, const struct sign_key *subject,
			     const struct x509 *issuer, const struct sign_key *issuer_key,
			     struct x509 *out, struct cloister_fault *why);

/* Exactly one CERTIFICATE block, in DER, of at most LIMIT_CERT bytes. */
enum cloister_err x509_pem_read(struct bytes pem, struct x509 *out, struct cloister_fault *why);
void x509_pem_write(const struct x509 *c, struct buf *out);

/* What a person is told about a certificate of ours. */
struct x509_facts {
	char common_name[65];
	uint64_t not_before_s, not_after_s;
	uint8_t point[SIGN_POINT_LEN];
};
enum cloister_err x509_facts(const struct x509 *c, struct x509_facts *out,
			     struct cloister_fault *why);

#endif
