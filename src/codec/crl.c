/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crl.c - RFC 5280 section 5.1, straight down. Entries are walked where they
 * lie, once when the list is read and once for every question.
 */

#include "codec/crl.h"

#include "base/limits.h"
#include "codec/cert_parts.h"
#include "codec/der.h"

#define OID(name, ...) static const uint8_t name[] = { __VA_ARGS__ }

OID(crl_number, 0x55, 0x1d, 0x14);
OID(authority_key_id, 0x55, 0x1d, 0x23);
/* Never skipped, critical or not: each makes the list say less, or more, than it seems to. */
OID(delta_indicator, 0x55, 0x1d, 0x1b);
OID(issuing_point, 0x55, 0x1d, 0x1c);
OID(certificate_issuer, 0x55, 0x1d, 0x1d);

/* RFC 5280 4.2.1.1. The key identifier comes first; what may follow it names the same key. */
static struct bytes key_id(struct rd *value)
{
	struct rd seq = der_enter(value, DER_SEQUENCE, "authorityKeyIdentifier");
	struct bytes id = der_take(&seq, DER_IMPLICIT_0, "authorityKeyIdentifier.keyIdentifier");

	while (rd_ok(&seq) && rd_left(&seq))
		der_skip(&seq, "authorityKeyIdentifier");
	return id;
}

static bool extension(void *ctx, const struct part_extension *e)
{
	struct crl *c = ctx;

	if (bytes_equal(e->oid, BYTES_OF(crl_number))) {
		c->number = der_natural(e->value, 20, "cRLNumber");
		return true;
	}
	if (bytes_equal(e->oid, BYTES_OF(authority_key_id))) {
		c->authority_key_id = key_id(e->value);
		return true;
	}
	part_want(e->value, e->at,
		  !bytes_equal(e->oid, BYTES_OF(delta_indicator)) &&
			  !bytes_equal(e->oid, BYTES_OF(issuing_point)),
		  CLOISTER_E_UNSUPPORTED, "extension", "only complete lists are accepted");
	return false;
}

static void extensions(struct rd *r, const struct cert_profile *p, struct crl *c)
{
	size_t at = rd_at(r);
	struct rd outer = der_enter(r, DER_EXPLICIT_0, "crlExtensions");
	struct rd list = der_enter(&outer, DER_SEQUENCE, "crlExtensions");

	(void)rd_close(&outer, "crlExtensions");
	part_extensions(&list, extension, c);
	part_want(r, at, c->number.len > 0, CLOISTER_E_MALFORMED, "cRLNumber", "it is missing");
	part_want(r, at, c->authority_key_id.len > 0 || !p->crl_key_id, CLOISTER_E_MALFORMED,
		  "authorityKeyIdentifier", "it is missing");
}

static bool entry_extension(void *ctx, const struct part_extension *e)
{
	(void)ctx;
	part_want(e->value, e->at, !bytes_equal(e->oid, BYTES_OF(certificate_issuer)),
		  CLOISTER_E_UNSUPPORTED, "extension", "the entry speaks for another issuer");
	return false;
}

/* One entry, and the serial number in it. */
static struct bytes entry(struct rd *list)
{
	struct rd e = der_enter(list, DER_SEQUENCE, "revokedCertificate");
	struct bytes serial = der_natural(&e, 20, "userCertificate");

	(void)der_time(&e, "revocationDate");
	if (rd_ok(&e) && rd_left(&e)) {
		struct rd ext = der_enter(&e, DER_SEQUENCE, "crlEntryExtensions");
		part_extensions(&ext, entry_extension, NULL);
	}
	(void)rd_close(&e, "revokedCertificate");
	return serial;
}

/* OPTIONAL, and absent when no certificate is revoked: RFC 5280 5.1.2.6. */
static void revoked(struct rd *r, struct crl *c)
{
	if (der_peek(r) != DER_SEQUENCE)
		return;
	struct rd list = der_enter(r, DER_SEQUENCE, "revokedCertificates");
	c->entries = bytes_of(list.at, rd_left(&list));
	part_want(&list, rd_at(&list), rd_left(&list) > 0, CLOISTER_E_MALFORMED,
		  "revokedCertificates", "the list is empty");
	for (; rd_ok(&list) && rd_left(&list); c->n_entries++)
		(void)entry(&list);
}

/* The algorithm that it names. */
static struct bytes tbs_cert_list(struct rd *r, const struct cert_profile *p, struct crl *c)
{
	size_t at = rd_at(r);
	uint32_t v = der_small(r, 127, "version");

	part_want(r, at, v == 1, CLOISTER_E_UNSUPPORTED, "version", "only version 2 is accepted");
	struct bytes alg = part_algorithm(r, p, "signature", &c->alg);
	c->issuer = part_name(r, "issuer");
	at = rd_at(r);
	c->this_update_s = der_time(r, "thisUpdate");
	c->next_update_s = der_time(r, "nextUpdate");
	part_want(r, at, c->this_update_s <= c->next_update_s, CLOISTER_E_MALFORMED, "nextUpdate",
		  "it is before thisUpdate");
	revoked(r, c);
	extensions(r, p, c);
	(void)rd_close(r, "tbsCertList");
	return alg;
}

enum cloister_err crl_read(struct bytes der, const struct cert_profile *p, struct crl *out,
			   struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(der, why ? why : &local);
	struct crl c = { .der = der };

	if (der.len > LIMIT_CRL)
		rd_refuse(&r, CLOISTER_E_LIMIT, "certificateList", "too large");
	struct rd list = der_enter(&r, DER_SEQUENCE, "certificateList");
	(void)rd_close(&r, "certificateList"); /* no bytes behind it */
	const uint8_t *from = list.at;
	struct rd tbs = der_enter(&list, DER_SEQUENCE, "tbsCertList");
	c.tbs = bytes_of(from, (size_t)(list.at - from));
	struct bytes alg = tbs_cert_list(&tbs, p, &c);
	part_same_algorithm(&list, p, alg);
	c.sig = part_signature(&list, c.alg, c.sig_ec);

	enum cloister_err err = rd_close(&list, "certificateList");
	if (err == CLOISTER_OK)
		*out = c;
	return err;
}

/* The entries were read before; were one broken now, the answer is that the list names everybody. */
bool crl_lists(const struct crl *c, struct bytes serial)
{
	struct cloister_fault ignored;
	struct rd list = rd_open(c->entries, &ignored);

	/* A number that is listed lies there byte by byte; most lie nowhere, which is sooner seen. */
	if (!bytes_hold(c->entries, serial))
		return false;
	while (rd_ok(&list) && rd_left(&list))
		if (bytes_equal(entry(&list), serial))
			return true;
	return !rd_ok(&list);
}
