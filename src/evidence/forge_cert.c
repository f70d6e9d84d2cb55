/* SPDX-License-Identifier: Apache-2.0 */
/* forge_cert.c - a DER writer that can be told to make one mistake. For tests only. */

#include <stdio.h>
#include <stdlib.h>

#include "evidence/forge.h"

static const struct {
	const char *name, *field;
} defects[CERT_DEFECTS] = {
	[CERT_GOOD] = { "good", NULL },
	[CERT_VERSION_ABSENT] = { "version-absent", "version" },
	[CERT_VERSION_2] = { "version-2", "version" },
	[CERT_SERIAL_ZERO] = { "serial-zero", "serialNumber" },
	[CERT_SERIAL_NEGATIVE] = { "serial-negative", "serialNumber" },
	[CERT_SERIAL_PADDED] = { "serial-padded", "serialNumber" },
	[CERT_SERIAL_LONG] = { "serial-long", "serialNumber" },
	[CERT_INNER_SHA256] = { "inner-sha256", "signature" },
	[CERT_OUTER_SHA256] = { "outer-sha256", "signatureAlgorithm" },
	[CERT_ALGORITHM_NULL] = { "algorithm-null", "signature" },
	[CERT_ISSUER_EMPTY] = { "issuer-empty", "issuer" },
	[CERT_SUBJECT_EMPTY] = { "subject-empty", "subject" },
	[CERT_NAME_TWO_IN_SET] = { "name-two-in-set", "subject" },
	[CERT_TIME_WITHOUT_Z] = { "time-without-z", "notBefore" },
	[CERT_TIME_MONTH_13] = { "time-month-13", "notBefore" },
	[CERT_TIME_LEAP_SECOND] = { "time-leap-second", "notBefore" },
	[CERT_TIME_GENERALIZED_EARLY] = { "time-generalized-early", "notBefore" },
	[CERT_TIME_BACKWARDS] = { "time-backwards", "validity" },
	[CERT_CURVE_P256] = { "curve-p256", "subjectPublicKeyInfo.algorithm" },
	[CERT_POINT_COMPRESSED] = { "point-compressed", "subjectPublicKey" },
	[CERT_POINT_SHORT] = { "point-short", "subjectPublicKey" },
	[CERT_POINT_UNUSED_BITS] = { "point-unused-bits", "subjectPublicKey" },
	[CERT_UNIQUE_ID] = { "unique-id", "extensions" },
	[CERT_EXTENSIONS_NONE] = { "extensions-none", "extensions" },
	[CERT_EXTENSIONS_EMPTY] = { "extensions-empty", "extensions" },
	[CERT_EXTENSIONS_MANY] = { "extensions-many", "extensions" },
	[CERT_UNKNOWN_CRITICAL] = { "unknown-critical", "extension" },
	[CERT_UNKNOWN_TWICE] = { "unknown-twice", "extension" },
	[CERT_USAGE_TWICE] = { "usage-twice", "extension" },
	[CERT_CRITICAL_FALSE] = { "critical-false", "extension.critical" },
	[CERT_CA_NOT_CRITICAL] = { "ca-not-critical", "basicConstraints" },
	[CERT_CA_FALSE_WRITTEN] = { "ca-false-written", "basicConstraints.cA" },
	[CERT_CA_TRUE_AS_01] = { "ca-true-as-01", "basicConstraints.cA" },
	[CERT_PATHLEN_PADDED] = { "pathlen-padded", "basicConstraints.pathLenConstraint" },
	[CERT_PATHLEN_NEGATIVE] = { "pathlen-negative", "basicConstraints.pathLenConstraint" },
	[CERT_PATHLEN_WITHOUT_CA] = { "pathlen-without-ca", "basicConstraints" },
	[CERT_CONSTRAINTS_LONGER] = { "constraints-longer", "basicConstraints" },
	[CERT_USAGE_TRAILING_ZEROS] = { "usage-trailing-zeros", "keyUsage" },
	[CERT_USAGE_UNUSED_SET] = { "usage-unused-set", "keyUsage" },
	[CERT_USAGE_EMPTY] = { "usage-empty", "keyUsage" },
	[CERT_EXTENSION_LONGER] = { "extension-longer", "extension" },
	[CERT_TBS_LONGER] = { "tbs-longer", "tbsCertificate" },
	[CERT_LONGER] = { "longer", "certificate" },
	[CERT_TRAILING] = { "trailing", "certificate" },
	[CERT_LENGTH_LONG] = { "length-long", "version" },
	[CERT_LENGTH_INDEFINITE] = { "length-indefinite", "certificate" },
	[CERT_SIG_R_ZERO] = { "sig-r-zero", "signatureValue.r" },
	[CERT_SIG_R_NEGATIVE] = { "sig-r-negative", "signatureValue.r" },
	[CERT_SIG_R_PADDED] = { "sig-r-padded", "signatureValue.r" },
	[CERT_SIG_S_LONG] = { "sig-s-long", "signatureValue.s" },
	[CERT_SIG_LONGER] = { "sig-longer", "signatureValue" },
	[CERT_SIG_UNUSED_BITS] = { "sig-unused-bits", "signatureValue" },
};

#define ECDSA_SHA384 "300a06082a8648ce3d040303"
#define ECDSA_SHA256 "300a06082a8648ce3d040302"
#define KEY_P384 "301006072a8648ce3d020106052b81040022"
#define KEY_P256 "301306072a8648ce3d020106082a8648ce3d030107"

const char *forge_defect_name(enum cert_defect d)
{
	return defects[d].name;
}

const char *forge_defect_field(enum cert_defect d)
{
	return defects[d].field;
}

static void put_name(struct buf *out, const char *common_name, bool empty, bool two_in_set)
{
	struct buf name = FORGE_DER_BUF, set = FORGE_DER_BUF, pair = FORGE_DER_BUF, text = FORGE_DER_BUF;

	forge_put(&pair, 0x06, "550403");
	buf_text(&text, common_name);
	forge_wrap(&pair, 0x0c, &text);
	forge_wrap(&set, 0x30, &pair);
	if (two_in_set)
		forge_hex(&set, "3009060355040613025858");
	if (empty)
		buf_fini(&set);
	else
		forge_wrap(&name, 0x31, &set);
	forge_wrap(out, 0x30, &name);
}

static void put_validity(const struct forge_cert *c, struct buf *out)
{
	struct buf in = FORGE_DER_BUF;
	const char *from = c->defect == CERT_TIME_WITHOUT_Z	    ? "260101000000+" :
			   c->defect == CERT_TIME_MONTH_13	    ? "261301000000Z" :
			   c->defect == CERT_TIME_LEAP_SECOND	    ? "260101000060Z" :
			   c->defect == CERT_TIME_GENERALIZED_EARLY ? "20260101000000Z" :
								      c->from;

	forge_time(&in, c->defect == CERT_TIME_BACKWARDS ? c->until : from);
	forge_time(&in, c->defect == CERT_TIME_BACKWARDS ? c->from : c->until);
	forge_wrap(out, 0x30, &in);
}

static void put_key(const struct forge_cert *c, const struct sign_key *key, struct buf *out)
{
	uint8_t point[SIGN_POINT_LEN];
	struct buf in = FORGE_DER_BUF, bits = FORGE_DER_BUF;

	if (sign_key_point(key, point, NULL) != CLOISTER_OK)
		abort();
	if (c->defect == CERT_POINT_COMPRESSED)
		point[0] = 2 + (point[SIGN_POINT_LEN - 1] & 1);
	forge_hex(&in, c->defect == CERT_CURVE_P256 ? KEY_P256 : KEY_P384);
	buf_byte(&bits, c->defect == CERT_POINT_UNUSED_BITS ? 1 : 0);
	buf_put(&bits, point, c->defect == CERT_POINT_SHORT	 ? sizeof point - 1 :
			      c->defect == CERT_POINT_COMPRESSED ? 49 :
								   sizeof point);
	forge_wrap(&in, 0x03, &bits);
	forge_wrap(out, 0x30, &in);
}

static void put_extension(struct buf *out, const char *oid, bool critical, const char *value)
{
	struct buf in = FORGE_DER_BUF;

	forge_put(&in, 0x06, oid);
	if (critical)
		forge_put(&in, 0x01, "ff");
	forge_put(&in, 0x04, value);
	forge_wrap(out, 0x30, &in);
}

static void put_constraints(const struct forge_cert *c, struct buf *out)
{
	char value[64] = "";
	const char *flag = c->defect == CERT_CA_FALSE_WRITTEN ? "010100" :
			   c->defect == CERT_CA_TRUE_AS_01    ? "010101" :
			   c->is_ca			      ? "0101ff" :
								"";

	if (c->defect == CERT_PATHLEN_PADDED)
		snprintf(value, sizeof value, "3007%s02020000", flag);
	else if (c->defect == CERT_PATHLEN_NEGATIVE)
		snprintf(value, sizeof value, "3006%s0201ff", flag);
	else if (c->defect == CERT_PATHLEN_WITHOUT_CA)
		snprintf(value, sizeof value, "3003020100");
	else if (c->defect == CERT_CONSTRAINTS_LONGER)
		snprintf(value, sizeof value, "3008%s0201000500", flag);
	else if (c->is_ca && c->path_len >= 0)
		snprintf(value, sizeof value, "3006%s0201%02x", flag, (unsigned)c->path_len & 0x7f);
	else
		snprintf(value, sizeof value, "30%02zx%s", strlen(flag) / 2, flag);
	put_extension(out, "551d13", c->defect != CERT_CA_NOT_CRITICAL, value);
}

static void put_usage(const struct forge_cert *c, struct buf *out)
{
	char value[32];
	unsigned unused = 0, usage = (unsigned)c->usage & 0xff;

	if (c->usage == FORGE_NO_USAGE)
		return;
	while (usage && !(usage >> unused & 1))
		unused++;
	snprintf(value, sizeof value, "0302%02x%02x", unused, usage);
	put_extension(out, "551d0f", true,
		      c->defect == CERT_USAGE_TRAILING_ZEROS ? "03020084" :
		      c->defect == CERT_USAGE_UNUSED_SET     ? "030202c5" :
		      c->defect == CERT_USAGE_EMPTY	     ? "030100" :
							       value);
}

static void put_extensions(const struct forge_cert *c, struct buf *out)
{
	struct buf list = FORGE_DER_BUF, outer = FORGE_DER_BUF;

	if (c->defect == CERT_EXTENSIONS_NONE)
		return;
	if (c->defect != CERT_EXTENSIONS_EMPTY) {
		put_constraints(c, &list);
		put_usage(c, &list);
	}
	if (c->defect == CERT_USAGE_TWICE)
		put_usage(c, &list);
	if (c->defect == CERT_UNKNOWN_CRITICAL)
		put_extension(&list, "2a0304", true, "0500");
	for (int i = 0; c->defect == CERT_UNKNOWN_TWICE && i < 2; i++)
		put_extension(&list, "2a0304", false, "0500");
	for (unsigned i = 0; c->defect == CERT_EXTENSIONS_MANY && i < LIMIT_CERT_EXTENSIONS; i++) {
		char oid[] = "2a0300";
		oid[5] = "0123456789abcdef"[i % 16];
		put_extension(&list, oid, false, "0500");
	}
	if (c->defect == CERT_CRITICAL_FALSE)
		forge_hex(&list, "300c06032a030401010004020500");
	if (c->defect == CERT_EXTENSION_LONGER)
		forge_hex(&list, "300b06032a0304040205000500");
	forge_wrap(&outer, 0x30, &list);
	forge_wrap(out, 0xa3, &outer);
}

static void put_tbs(const struct forge_cert *c, const struct sign_key *key, struct buf *out)
{
	struct buf tbs = FORGE_DER_BUF;

	if (c->defect == CERT_LENGTH_LONG)
		forge_hex(&tbs, "a08103020102");
	else if (c->defect != CERT_VERSION_ABSENT)
		forge_hex(&tbs, c->defect == CERT_VERSION_2 ? "a003020101" : "a003020102");
	forge_put(&tbs, 0x02,
	    c->defect == CERT_SERIAL_ZERO     ? "00" :
	    c->defect == CERT_SERIAL_NEGATIVE ? "80" :
	    c->defect == CERT_SERIAL_PADDED   ? "0001" :
	    c->defect == CERT_SERIAL_LONG     ? "010203040506070809101112131415161718192021" :
						"00f93175681b90afe11d46ccb4e4e7f856");
	forge_hex(&tbs, c->defect == CERT_INNER_SHA256	 ? ECDSA_SHA256 :
			c->defect == CERT_ALGORITHM_NULL ? "300c06082a8648ce3d0403030500" :
							   ECDSA_SHA384);
	put_name(&tbs, c->issuer, c->defect == CERT_ISSUER_EMPTY, false);
	put_validity(c, &tbs);
	put_name(&tbs, c->subject, c->defect == CERT_SUBJECT_EMPTY, c->defect == CERT_NAME_TWO_IN_SET);
	put_key(c, key, &tbs);
	if (c->defect == CERT_UNIQUE_ID)
		forge_hex(&tbs, "81020000");
	put_extensions(c, &tbs);
	if (c->defect == CERT_TBS_LONGER)
		forge_hex(&tbs, "0500");
	forge_wrap(out, 0x30, &tbs);
}

/* An INTEGER from 48 big-endian bytes. */
static void put_integer(struct buf *out, const uint8_t *p, enum cert_defect d)
{
	struct buf in = FORGE_DER_BUF;
	size_t at = 0;

	while (at < 47 && p[at] == 0)
		at++;
	if (d == CERT_SIG_R_PADDED)
		forge_hex(&in, "0000");
	else if (d == CERT_SIG_S_LONG)
		forge_hex(&in, "01");
	else if (p[at] >= 0x80 && d != CERT_SIG_R_NEGATIVE)
		buf_byte(&in, 0);
	if (d == CERT_SIG_R_NEGATIVE)
		forge_hex(&in, "80");
	if (d == CERT_SIG_R_ZERO)
		buf_byte(&in, 0);
	else
		buf_put(&in, p + (d == CERT_SIG_S_LONG ? 0 : at), 48 - (d == CERT_SIG_S_LONG ? 0 : at));
	if (d == CERT_SIG_R_ZERO && in.len > 1) { /* no sign byte before a zero */
		buf_fini(&in);
		buf_byte(&in, 0);
	}
	forge_wrap(out, 0x02, &in);
}

static void put_signature(const struct forge_cert *c, struct bytes tbs,
			  const struct sign_key *signer, struct buf *out)
{
	uint8_t digest[SHA384_LEN], sig[SIGN_SIG_LEN];
	struct buf pair = FORGE_DER_BUF, bits = FORGE_DER_BUF;

	if (hash_sha384(tbs, digest, NULL) != CLOISTER_OK ||
	    sign_es384(signer, digest, sig, NULL) != CLOISTER_OK)
		abort();
	put_integer(&pair, sig, c->defect == CERT_SIG_S_LONG ? CERT_GOOD : c->defect);
	put_integer(&pair, sig + 48, c->defect == CERT_SIG_S_LONG ? CERT_SIG_S_LONG : CERT_GOOD);
	if (c->defect == CERT_SIG_LONGER)
		forge_hex(&pair, "0500");
	buf_byte(&bits, c->defect == CERT_SIG_UNUSED_BITS ? 1 : 0);
	forge_wrap(&bits, 0x30, &pair);
	forge_wrap(out, 0x03, &bits);
}

void forge_cert(const struct forge_cert *c, const struct sign_key *key,
		const struct sign_key *signer, struct buf *out)
{
	struct buf in = FORGE_DER_BUF;

	put_tbs(c, key, &in);
	struct buf tbs = FORGE_DER_BUF;
	buf_put(&tbs, in.data, in.len);
	forge_hex(&in, c->defect == CERT_OUTER_SHA256 ? ECDSA_SHA256 : ECDSA_SHA384);
	put_signature(c, buf_bytes(&tbs), signer, &in);
	buf_fini(&tbs);
	if (c->defect == CERT_LONGER)
		forge_hex(&in, "0500");
	if (c->defect == CERT_LENGTH_INDEFINITE) {
		forge_hex(out, "3080");
		buf_put(out, in.data, in.len);
		forge_hex(out, "0000");
		buf_fini(&in);
	} else {
		forge_wrap(out, 0x30, &in);
	}
	if (c->defect == CERT_TRAILING)
		buf_byte(out, 0);
	if (out->failed)
		abort();
}
