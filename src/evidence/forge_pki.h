/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVIDENCE_FORGE_PKI_H
#define EVIDENCE_FORGE_PKI_H

/*
 * forge_pki.h - for tests and vectors only: certificates and revocation lists
 * in the forms of AMD, Intel and token issuers, and bare signatures, all by
 * the keys in vectors/keys. THOSE PRIVATE KEYS ARE PUBLIC AND THROW-AWAY: they
 * are committed so that vectors can be written again, and must never be
 * trusted anywhere. Everything aborts when it cannot do its work; everything
 * comes out the same each time.
 */

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "crypto/forge_key.h"

/* `vectors`: the folder. Names: p256-a … p256-f, p384-a … p384-c, rsa4096-a, -b, rsa2048-a, rsa3072-a
 * (and rsa4104-large, which is too large). */
struct forge_key *forge_key_load(const char *vectors, const char *name);

/* How something is signed. PSS: MGF1 of the same hash, salt of its length. */
enum forge_alg {
	FORGE_ECDSA_SHA256,
	FORGE_ECDSA_SHA384,
	FORGE_PSS_SHA384,
	FORGE_PSS_SHA384_TRAILER, /* the same; its AlgorithmIdentifier has trailerField written out, as AMD's CAs */
	FORGE_PSS_SHA256,
	FORGE_RSA_SHA256,         /* PKCS#1 v1.5 */
	FORGE_RSA_SHA384,
	FORGE_RSA_SHA512,
};

/* Hash and sign: r || s for EC keys (P-256: 64 bytes, P-384: 96), the bare number for RSA. Appends. */
void forge_sign(const struct forge_key *k, enum forge_alg alg, struct bytes message, struct buf *out);

/* A Name as "CN=Some,O=Thing,C=XX", one attribute per relative name in this order. */
#define FORGE_AMD_NAME(cn) "OU=Engineering,C=US,L=Santa Clara,ST=CA,O=Advanced Micro Devices,CN=" cn
#define FORGE_INTEL_NAME(cn) "CN=" cn ",O=Intel Corporation,L=Santa Clara,ST=CA,C=US"
void forge_name(struct buf *out, const char *text);

struct forge_ext {
	const char *oid_hex; /* content bytes: "551d23" */
	bool critical;
	struct bytes value;  /* content of the OCTET STRING */
};

#define FORGE_USAGE_CA "03020106"     /* keyCertSign, cRLSign */
#define FORGE_USAGE_CERTS "03020204"  /* keyCertSign */
#define FORGE_USAGE_PADDED "03020104" /* the same as AMD's ASK writes it */
#define FORGE_USAGE_LEAF "030206c0"   /* digitalSignature, nonRepudiation */

struct forge_tbs {
	const char *issuer, *subject; /* names as above */
	const char *from, *until;     /* "YYMMDDHHMMSSZ", or with YYYY */
	const char *serial_hex;       /* content of the INTEGER */
	enum forge_alg alg;
	const char *constraints_hex;  /* value of basicConstraints: "30060101ff020100", "3000"; NULL: none */
	const char *usage_hex;        /* value of keyUsage; NULL: none */
	const struct forge_ext *ext;  /* behind those two */
	size_t n_ext;
};

/* Appends the DER. `key`'s public half goes in, `signer` signs. */
void forge_pki_cert(const struct forge_tbs *t, const struct forge_key *key,
		    const struct forge_key *signer, struct buf *out);

struct forge_crl {
	const char *issuer;
	const char *this_update, *next_update;
	enum forge_alg alg;
	const char *number_hex;           /* content of the INTEGER; NULL: none */
	const char *key_id_hex;           /* keyIdentifier; NULL: none */
	const char *const *serials_hex;   /* of the revoked; contents of INTEGERs, NULL at the end */
	const struct forge_ext *entry_ext; /* one for every entry, in place of a reasonCode; or NULL */
	const struct forge_ext *ext;
	size_t n_ext;
};
void forge_pki_crl(const struct forge_crl *c, const struct forge_key *signer, struct buf *out);

/* One PEM block "CERTIFICATE" (or another label) with lines of 64 digits. */
void forge_pem(struct buf *out, const char *label, struct bytes der);

#endif
