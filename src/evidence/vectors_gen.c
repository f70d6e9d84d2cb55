/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors_gen.c - makes vectors/nitro and vectors/cert: documents that fail one
 * rule of doc/rules.md and no other, and some that fail none. Run by hand when a
 * rule changes (`ninja -C build vectors`); the files are committed, since the
 * keys and signatures are fresh each time. Every document is signed after it was
 * spoiled, wherever a forger who holds the leaf's key could have done so.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/hex.h"
#include "codec/cert.h"
#include "codec/json.h"
#include "evidence/forge.h"
#include "evidence/verdict.h"

/* Where a spoiler may reach in: the specifications, the payload before it is signed, the file. */
enum phase { SPEC, PAYLOAD, FILE_BYTES };

struct world {
	enum phase phase;
	struct forge keys;
	struct forge_chain c;
	struct forge_doc d;
	struct buf payload, file;
	/* What the caller expects, when it is not what a good document says; JSON text. */
	const char *nonce, *user_data, *public_key, *pcrs, *at, *max_age, *allow_debug;
	const char *report_data, *platform, *issuer;
};

/* Replace `n` bytes at `at` by those that `hex` spells. */
static void splice(struct buf *b, size_t at, size_t n, const char *hex)
{
	struct buf out = BUF_INIT(b->max);

	if (at + n > b->len)
		abort();
	buf_put(&out, b->data, at);
	forge_hex(&out, hex);
	buf_put(&out, b->data + at + n, b->len - at - n);
	buf_fini(b);
	*b = out;
}

/* Offset behind the first occurrence of `text`. */
static size_t behind(const struct buf *b, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= b->len; i++)
		if (bytes_equal(bytes_of(b->data + i, n), bytes_text(text)))
			return i + n;
	abort();
}

static struct bytes zeros(size_t n)
{
	static const uint8_t room[40000];

	return bytes_of(room, n);
}

#define HEX(...) bytes_of((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

#define KIND (-1) /* K1, not one of the R rules */
#define ISSUER (-2) /* T9 */
#define ZEROS32 "0000000000000000000000000000000000000000000000000000000000000000"
#define ZEROS64 ZEROS32 ZEROS32

#define AT(p) if (w->phase == (p))
#define D (w->d)
#define C (w->c)
#define P (&w->payload)
#define F (&w->file)

/* The file's last 98 bytes: 58 60 and the signature. */
#define SIG (F->len - 98)

/* In front of all certificates between root and leaf, add `n` more authorities. */
static void lengthen(struct world *w, size_t n)
{
	static const char *const names[] = { "Test a", "Test b", "Test c", "Test d",
					     "Test e", "Test f", "Test g", "Test h" };
	struct forge_cert leaf = C.spec[3];
	const char *above = "Test zone";

	C.spec[1].path_len = C.spec[2].path_len = -1;
	for (size_t i = 0; i < n; i++) {
		C.spec[3 + i] = C.spec[2];
		C.spec[3 + i].issuer = above;
		C.spec[3 + i].subject = above = names[i];
		C.key[3 + i] = w->keys.zonal;
		C.signer[3 + i] = w->keys.zonal;
	}
	leaf.issuer = above;
	C.spec[3 + n] = leaf;
	C.key[3 + n] = w->keys.leaf;
	C.signer[3 + n] = w->keys.zonal;
	C.n = 4 + n;
}

#define N384 "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
#define Z384 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"

/*
 * name | rule, 0: accepted | a part of the reason | what it is | the spoiler
 */
#define VECTORS(V)                                                                                  \
	V(ok, 0, "", "a document of the usual form", )                                              \
	V(ok_indefinite, 0, "", "maps and arrays without lengths, as devices write them since 2025", \
	  AT(SPEC) D.indefinite = true;)                                                            \
	V(ok_nulls, 0, "", "the optional members are null",                                         \
	  AT(SPEC) { D.nonce = D.user_data = D.public_key = BYTES_NONE; }                           \
	  w->nonce = w->user_data = w->public_key = "\"any\"";)                                     \
	V(ok_absent, 0, "", "the optional members are absent",                                      \
	  AT(SPEC) D.leave_out = 7 << 6;                                                            \
	  w->nonce = w->user_data = w->public_key = "\"any\"";)                                     \
	V(ok_empty_user_data, 0, "", "user_data is there and empty",                                \
	  AT(SPEC) D.user_data = zeros(0);                                                          \
	  w->user_data = "\"\"";)                                                                   \
	V(ok_1024, 0, "", "each field has 1024 bytes",                                              \
	  AT(SPEC) { D.nonce = D.user_data = D.public_key = zeros(1024); }                          \
	  w->nonce = w->user_data = w->public_key = "\"any\"";)                                     \
	V(ok_short_chain, 0, "", "the root issues the leaf",                                        \
	  AT(SPEC) {                                                                                \
		  C.n = 2;                                                                          \
		  C.spec[1] = C.spec[3];                                                            \
		  C.spec[1].issuer = "Test root";                                                   \
		  C.key[1] = w->keys.leaf;                                                          \
	  })                                                                                        \
	V(ok_long_chain, 0, "", "as many certificates as are allowed",                              \
	  AT(SPEC) lengthen(w, 5);)                                                                 \
	V(ok_32_pcrs, 0, "", "all 32 PCRs are listed", AT(SPEC) D.pcr_mask = 0xffffffff;)           \
	V(ok_skew, 0, "", "made 60 seconds in the future", AT(SPEC) D.timestamp_ms += 60000;)       \
	V(ok_age, 0, "", "exactly as old as allowed", AT(SPEC) D.timestamp_ms -= 300000;)           \
	V(ok_debug_allowed, 0, "", "a debug enclave, allowed", AT(SPEC) memset(D.pcr, 0, 3 * 48);   \
	  w->allow_debug = "true"; w->pcrs = "\"any\"";)                                            \
                                                                                                    \
	V(kind_empty, KIND, "no bytes", "no bytes at all", AT(FILE_BYTES) buf_fini(F);)             \
	V(kind_text, KIND, "of no kind", "a text", AT(FILE_BYTES) {                                 \
		  buf_fini(F);                                                                      \
		  buf_text(F, "It is all true, you can trust me.\n");                               \
	  })                                                                                        \
	V(size_large, 1, "32769 bytes", "one byte more than 32 KiB", AT(FILE_BYTES) {               \
		size_t more = LIMIT_EVIDENCE + 1 - F->len;                                          \
		buf_put(F, zeros(more).data, more);                                                 \
	})                                                                                          \
                                                                                                    \
	V(envelope_tagged, 2, "tags", "with COSE's tag 18", AT(FILE_BYTES) splice(F, 0, 0, "d2");)  \
	V(envelope_trailing, 2, "left over", "a byte behind it", AT(FILE_BYTES) buf_byte(F, 0);)    \
	V(envelope_truncated, 2, "signature", "the last byte is missing", AT(FILE_BYTES) F->len--;) \
	V(envelope_three, 2, "COSE_Sign1", "three parts, no signature", AT(FILE_BYTES) {            \
		splice(F, 0, 1, "83");                                                              \
		F->len -= 98;                                                                       \
	})                                                                                          \
	V(envelope_five, 2, "COSE_Sign1", "five parts", AT(FILE_BYTES) {                            \
		splice(F, 0, 1, "85");                                                              \
		buf_byte(F, 0);                                                                     \
	})                                                                                          \
	V(envelope_indefinite, 2, "COSE_Sign1", "an array without length", AT(FILE_BYTES) {         \
		splice(F, 0, 1, "9f");                                                              \
		buf_byte(F, 0xff);                                                                  \
	})                                                                                          \
	V(envelope_long_head, 2, "shortest", "the array's length in two bytes",                     \
	  AT(FILE_BYTES) splice(F, 0, 1, "9804");)                                                  \
	V(envelope_long_payload, 2, "shortest", "the payload's length in four bytes",               \
	  AT(FILE_BYTES) splice(F, 7, 1, "5a0000");)                                                \
	V(envelope_unprotected, 2, "unprotected", "a header outside the signature",                 \
	  AT(FILE_BYTES) splice(F, 6, 1, "a10441ff");)                                              \
	V(envelope_unprotected_open, 2, "unprotected", "an empty map without length",               \
	  AT(FILE_BYTES) splice(F, 6, 1, "bfff");)                                                  \
	V(envelope_protected_map, 2, "protected", "the protected header is not in a byte string",   \
	  AT(FILE_BYTES) splice(F, 1, 1, "");)                                                      \
	V(envelope_detached, 2, "payload", "the payload is null",                                   \
	  AT(FILE_BYTES) splice(F, 7, w->payload.len + 3, "f6");)                                   \
	V(envelope_short_signature, 2, "signature", "95 bytes of signature", AT(FILE_BYTES) {       \
		splice(F, SIG, 2, "585f");                                                          \
		F->len--;                                                                           \
	})                                                                                          \
	V(envelope_long_signature, 2, "signature", "97 bytes of signature", AT(FILE_BYTES) {        \
		splice(F, SIG, 2, "5861");                                                          \
		buf_byte(F, 0);                                                                     \
	})                                                                                          \
                                                                                                    \
	V(algorithm_es256, 3, "protected", "the header says ES256",                                 \
	  AT(SPEC) D.protected_header = HEX(0xa1, 0x01, 0x26);)                                     \
	V(algorithm_dummy, 3, "protected", "algorithm -1, as QEMU writes it",                       \
	  AT(SPEC) D.protected_header = HEX(0xa1, 0x01, 0x20);)                                     \
	V(algorithm_none, 3, "protected", "an empty header", AT(SPEC) D.protected_header = zeros(0);) \
	V(algorithm_empty_map, 3, "protected", "a header that is an empty map",                     \
	  AT(SPEC) D.protected_header = HEX(0xa0);)                                                 \
	V(algorithm_more, 3, "protected", "a second header parameter",                              \
	  AT(SPEC) D.protected_header = HEX(0xa2, 0x01, 0x38, 0x22, 0x04, 0x40);)                   \
	V(algorithm_long_form, 3, "protected", "-35 in three bytes",                                \
	  AT(SPEC) D.protected_header = HEX(0xa1, 0x01, 0x39, 0x00, 0x22);)                         \
	V(algorithm_trailing, 3, "protected", "a byte behind the header's map",                     \
	  AT(SPEC) D.protected_header = HEX(0xa1, 0x01, 0x38, 0x22, 0x00);)                         \
                                                                                                    \
	V(payload_no_map, 4, "a map", "the payload is a number", AT(PAYLOAD) {                      \
		buf_fini(P);                                                                        \
		buf_byte(P, 0);                                                                     \
	})                                                                                          \
	V(payload_trailing, 4, "left over", "a byte behind the map", AT(PAYLOAD) buf_byte(P, 0);)   \
	V(payload_truncated, 4, "payload", "the last byte of the payload is missing",               \
	  AT(PAYLOAD) P->len--;)                                                                    \
	V(payload_unended, 4, "payload", "a map without length and without end",                    \
	  AT(SPEC) D.indefinite = true; AT(PAYLOAD) P->len--;)                                      \
	V(payload_repeated, 4, "repeated", "digest comes twice", AT(SPEC) {                         \
		D.odd_member = "6664696765737466534841333834";                                      \
		D.odd_at = 9;                                                                       \
	})                                                                                          \
	V(payload_repeated_pcr, 4, "repeated", "PCR5 comes twice",                                  \
	  AT(PAYLOAD) splice(P, behind(P, "pcrs") + 1 + 6 * 51, 1, "05");)                          \
	V(payload_long_number, 4, "shortest", "PCR0's index in two bytes",                          \
	  AT(PAYLOAD) splice(P, behind(P, "pcrs") + 1, 1, "1800");)                                 \
	V(payload_tag, 4, "tags", "the timestamp is tagged",                                        \
	  AT(PAYLOAD) splice(P, behind(P, "timestamp"), 0, "c1");)                                  \
	V(payload_float, 4, "floating", "a number with a fraction", AT(SPEC) {                      \
		D.odd_member = "6178f93c00";                                                        \
		D.odd_at = 0;                                                                       \
	})                                                                                          \
	V(payload_pieces, 4, "pieces", "digest is a text in pieces",                                \
	  AT(PAYLOAD) splice(P, behind(P, "digest"), 7, "7f66534841333834ff");)                     \
	V(payload_not_utf8, 4, "UTF-8", "module_id is not UTF-8",                                   \
	  AT(PAYLOAD) splice(P, behind(P, "module_id") + 2, 1, "ff");)                              \
	V(payload_deep, 4, "deep", "nine arrays in each other", AT(SPEC) {                          \
		D.odd_member = "617881818181818181818100";                                          \
		D.odd_at = 9;                                                                       \
	})                                                                                          \
	V(payload_large, 4, "16384", "a payload of more than 16384 bytes", AT(PAYLOAD) {            \
		splice(P, 0, 1, "aa");                                                              \
		forge_hex(P, "6178593fff");                                                         \
		buf_put(P, zeros(0x3fff).data, 0x3fff);                                             \
	})                                                                                          \
                                                                                                    \
	V(members_no_module_id, 5, "module_id", "no module_id", AT(SPEC) D.leave_out = 1 << 0;)     \
	V(members_no_digest, 5, "digest", "no digest", AT(SPEC) D.leave_out = 1 << 1;)              \
	V(members_no_timestamp, 5, "timestamp", "no timestamp", AT(SPEC) D.leave_out = 1 << 2;)     \
	V(members_no_pcrs, 5, "pcrs", "no pcrs", AT(SPEC) D.leave_out = 1 << 3;)                    \
	V(members_no_certificate, 5, "certificate", "no certificate",                               \
	  AT(SPEC) D.leave_out = 1 << 4;)                                                           \
	V(members_no_cabundle, 5, "cabundle", "no cabundle", AT(SPEC) D.leave_out = 1 << 5;)        \
	V(members_unknown, 5, "unknown", "a member that nobody knows", AT(SPEC) {                   \
		D.odd_member = "617800";                                                            \
		D.odd_at = 9;                                                                       \
	})                                                                                          \
	V(members_number_key, 5, "document at", "a member whose name is a number", AT(SPEC) {              \
		D.odd_member = "0000";                                                              \
		D.odd_at = 9;                                                                       \
	})                                                                                          \
	V(members_module_id_empty, 5, "module_id", "module_id is empty",                            \
	  AT(SPEC) D.module_id = "";)                                                               \
	V(members_module_id_long, 5, "module_id", "module_id has 257 bytes",                        \
	  AT(PAYLOAD) {                                                                             \
		  size_t at = behind(P, "module_id");                                               \
		  struct buf rest = BUF_INIT(1u << 16);                                             \
		  buf_put(&rest, P->data + at + 2 + 39, P->len - at - 2 - 39);                      \
		  P->len = at;                                                                      \
		  forge_hex(P, "790101");                                                           \
		  for (int i = 0; i < 257; i++)                                                     \
			  buf_byte(P, 'i');                                                         \
		  buf_put(P, rest.data, rest.len);                                                  \
		  buf_fini(&rest);                                                                  \
	  })                                                                                        \
	V(members_module_id_bytes, 5, "module_id", "module_id is a byte string",                    \
	  AT(PAYLOAD) splice(P, behind(P, "module_id"), 1, "58");)                                  \
	V(members_digest_sha256, 5, "digest", "the digest is SHA256",                               \
	  AT(SPEC) D.digest = "SHA256";)                                                            \
	V(members_digest_longer, 5, "digest", "the digest is SHA3840",                              \
	  AT(SPEC) D.digest = "SHA3840";)                                                           \
	V(members_timestamp_zero, 5, "timestamp", "the timestamp is zero",                          \
	  AT(SPEC) D.timestamp_ms = 0;)                                                             \
	V(members_timestamp_text, 5, "timestamp", "the timestamp is a text",                        \
	  AT(PAYLOAD) splice(P, behind(P, "timestamp"), 9, "6131");)                                \
	V(members_pcrs_empty, 5, "pcrs", "no PCR is listed", AT(SPEC) D.pcr_mask = 0;)              \
	V(members_pcr_32, 5, "pcrs", "a PCR32",                                                     \
	  AT(PAYLOAD) splice(P, behind(P, "pcrs") + 1 + 15 * 51, 1, "1820");)                       \
	V(members_pcr_short, 5, "pcrs[]", "a PCR of 47 bytes",                                      \
	  AT(PAYLOAD) splice(P, behind(P, "pcrs") + 2, 3, "582f");)                                 \
	V(members_pcr_sha256, 5, "pcrs[]", "a PCR of 32 bytes",                                     \
	  AT(PAYLOAD) splice(P, behind(P, "pcrs") + 2, 2 + 16, "5820");)                            \
	V(members_pcr_sha512, 5, "pcrs[]", "a PCR of 64 bytes",                                     \
	  AT(PAYLOAD) splice(P, behind(P, "pcrs") + 2, 2, "584000000000000000000000000000000000");) \
	V(members_certificate_empty, 5, "certificate", "the certificate is empty",                  \
	  AT(PAYLOAD) {                                                                             \
		  size_t at = behind(P, "certificate");                                             \
		  splice(P, at, 3 + C.der[C.n - 1].len, "40");                                      \
	  })                                                                                        \
	V(members_certificate_large, 5, "certificate", "the certificate has 1025 bytes",            \
	  AT(PAYLOAD) {                                                                             \
		  size_t at = behind(P, "certificate"), more = 1025 - C.der[C.n - 1].len;           \
		  splice(P, at, 3, "590401");                                                       \
		  for (size_t i = 0; i < more; i++)                                                 \
			  splice(P, at + 3, 0, "00");                                               \
	  })                                                                                        \
	V(members_cabundle_empty, 5, "cabundle", "cabundle is empty", AT(SPEC) {                    \
		C.n = 1;                                                                            \
		C.spec[0] = C.spec[3];                                                              \
		C.key[0] = w->keys.leaf;                                                            \
		C.signer[0] = w->keys.zonal;                                                        \
	})                                                                                          \
	V(members_cabundle_nine, 5, "cabundle", "nine certificates above the leaf",                 \
	  AT(SPEC) lengthen(w, 6);)                                                                 \
	V(members_cabundle_large, 5, "cabundle[]", "a certificate of 1025 bytes in cabundle",       \
	  AT(PAYLOAD) {                                                                             \
		  size_t at = behind(P, "cabundle") + 1, more = 1025 - C.der[0].len;                \
		  splice(P, at, 3, "590401");                                                       \
		  for (size_t i = 0; i < more; i++)                                                 \
			  splice(P, at + 3, 0, "00");                                               \
	  })                                                                                        \
	V(members_cabundle_hole, 5, "cabundle[]", "an empty certificate in cabundle",               \
	  AT(PAYLOAD) {                                                                             \
		  size_t at = behind(P, "cabundle");                                                \
		  splice(P, at, 1, "8440");                                                         \
	  })                                                                                        \
	V(members_public_key_empty, 5, "public_key", "public_key is there and empty",               \
	  AT(SPEC) D.public_key = zeros(0); w->public_key = "\"any\"";)                             \
	V(members_public_key_large, 5, "public_key", "public_key has 1025 bytes",                   \
	  AT(SPEC) D.public_key = zeros(1025); w->public_key = "\"any\"";)                          \
	V(members_user_data_large, 5, "user_data", "user_data has 1025 bytes",                      \
	  AT(SPEC) D.user_data = zeros(1025); w->user_data = "\"any\"";)                            \
	V(members_nonce_large, 5, "nonce", "nonce has 1025 bytes",                                  \
	  AT(SPEC) D.nonce = zeros(1025); w->nonce = "\"any\"";)                                    \
	V(members_nonce_text, 5, "nonce", "nonce is a text",                                        \
	  AT(PAYLOAD) splice(P, behind(P, "nonce"), 34, "6161");)                                   \
                                                                                                    \
	V(root_other, 6, "SHA-256", "a chain of the same names under another root", AT(SPEC) {      \
		C.key[0] = C.signer[0] = C.signer[1] = w->keys.other_root;                          \
	})                                                                                          \
	V(root_missing, 6, "SHA-256", "the chain begins below the root", AT(SPEC) {                 \
		for (size_t i = 0; i < 3; i++) {                                                    \
			C.spec[i] = C.spec[i + 1];                                                  \
			C.key[i] = C.key[i + 1];                                                    \
			C.signer[i] = C.signer[i + 1];                                              \
		}                                                                                   \
		C.n = 3;                                                                            \
	})                                                                                          \
	V(root_last, 6, "SHA-256", "the right root, but not in the first place", AT(SPEC) {         \
		struct forge_cert s = C.spec[0];                                                    \
		C.spec[0] = C.spec[2];                                                              \
		C.spec[2] = s;                                                                      \
		C.key[0] = w->keys.zonal;                                                           \
		C.signer[0] = w->keys.regional;                                                     \
		C.key[2] = C.signer[2] = w->keys.root;                                              \
	})                                                                                          \
                                                                                                    \
	V(certificates_garbage, 7, "certificate 4 of 4", "the leaf is no certificate",              \
	  AT(PAYLOAD) memset(P->data + behind(P, "certificate") + 3, 0, C.der[3].len);)             \
	V(certificates_unknown_critical, 7, "certificate 3 of 4 extension",                         \
	  "an unknown critical extension", AT(SPEC) C.spec[2].defect = CERT_UNKNOWN_CRITICAL;)      \
	V(certificates_trailing, 7, "certificate 2 of 4 certificate",                               \
	  "a byte behind a certificate", AT(SPEC) C.spec[1].defect = CERT_TRAILING;)                \
	V(certificates_usage_twice, 7, "certificate 4 of 4 extension", "keyUsage comes twice",      \
	  AT(SPEC) C.spec[3].defect = CERT_USAGE_TWICE;)                                            \
	V(certificates_version_2, 7, "certificate 3 of 4 version", "a certificate of version 2",    \
	  AT(SPEC) C.spec[2].defect = CERT_VERSION_2;)                                              \
                                                                                                    \
	V(path_not_ca, 8, "certificate 2 of 4 is not an authority", "an authority that is none",    \
	  AT(SPEC) C.spec[1].is_ca = false;)                                                        \
	V(path_no_cert_sign, 8, "certificate 3 of 4 may not sign",                                  \
	  "an authority that may not sign certificates", AT(SPEC) C.spec[2].usage = 0x80;)          \
	V(path_no_usage, 8, "certificate 3 of 4 may not sign", "an authority without keyUsage",     \
	  AT(SPEC) C.spec[2].usage = FORGE_NO_USAGE;)                                               \
	V(path_too_long, 8, "certificate 2 of 4 allows fewer", "a path length that is too short",   \
	  AT(SPEC) C.spec[1].path_len = 0;)                                                         \
	V(path_leaf_ca, 8, "certificate 4 of 4 is the leaf and yet an authority",                   \
	  "the leaf is an authority", AT(SPEC) C.spec[3].is_ca = true;)                             \
	V(path_leaf_silent, 8, "certificate 4 of 4 is the leaf and may not sign",                   \
	  "the leaf may not sign", AT(SPEC) C.spec[3].usage = 0x40;)                                \
	V(path_leaf_no_usage, 8, "certificate 4 of 4 is the leaf and may not sign",                 \
	  "the leaf has no keyUsage", AT(SPEC) C.spec[3].usage = FORGE_NO_USAGE;)                   \
	V(path_leaf_cert_sign, 8, "certificate 4 of 4 is the leaf and yet may sign",                \
	  "the leaf may sign certificates", AT(SPEC) C.spec[3].usage = 0x84;)                       \
                                                                                                    \
	V(names_other_issuer, 9, "certificate 3 of 4 names another issuer",                         \
	  "an issuer that is not the one above", AT(SPEC) C.spec[2].issuer = "Test regian";)        \
	V(names_leaf, 9, "certificate 4 of 4 names another issuer", "the leaf names another issuer", \
	  AT(SPEC) C.spec[3].issuer = "Test zone 2";)                                               \
	V(names_self_issued, 9, "certificate 2 of 4 names itself",                                  \
	  "an authority of the root's own name", AT(SPEC) {                                         \
		  C.spec[1].subject = "Test root";                                                  \
		  C.spec[2].issuer = "Test root";                                                   \
	  })                                                                                        \
                                                                                                    \
	V(validity_expired, 10, "certificate 3 of 4 expired 1 s", "an authority that has expired",  \
	  AT(SPEC) C.spec[2].until = "260921141319Z";)                                              \
	V(validity_leaf_expired, 10, "certificate 4 of 4 expired 1 s", "the leaf has expired",      \
	  AT(SPEC) C.spec[3].until = "260921141319Z";)                                              \
	V(validity_early, 10, "certificate 4 of 4 begins 1 s", "the leaf is not valid yet",         \
	  AT(SPEC) C.spec[3].from = "260921141321Z";)                                               \
	V(validity_root, 10, "certificate 1 of 4 expired", "the root alone has expired",            \
	  w->at = "2524608000"; AT(SPEC) {                                                          \
		  D.timestamp_ms = 2524608000000;                                                   \
		  for (size_t i = 1; i < C.n; i++)                                                  \
			  C.spec[i].until = "20600101000000Z";                                      \
	  })                                                                                        \
                                                                                                    \
	V(chain_leaf, 11, "certificate 4 of 4", "the leaf is signed by a stranger",                 \
	  AT(SPEC) C.signer[3] = w->keys.stranger;)                                                 \
	V(chain_zone, 11, "certificate 3 of 4", "an authority is signed by a stranger",             \
	  AT(SPEC) C.signer[2] = w->keys.stranger;)                                                 \
	V(chain_region, 11, "certificate 2 of 4",                                                   \
	  "the authority below the root is signed by a stranger",                                   \
	  AT(SPEC) C.signer[1] = w->keys.stranger;)                                                 \
                                                                                                    \
	V(signature_stranger, 12, "not the leaf's", "signed by a stranger",                         \
	  AT(SPEC) D.signer = w->keys.stranger;)                                                    \
	V(signature_issuer, 12, "not the leaf's", "signed by the authority above the leaf",         \
	  AT(SPEC) D.signer = w->keys.zonal;)                                                       \
	V(signature_payload, 12, "not the leaf's", "one bit of a PCR is flipped",                   \
	  AT(FILE_BYTES) F->data[behind(F, "pcrs") + 10] ^= 1;)                                     \
	V(signature_r_zero, 12, "not the leaf's", "r is zero",                                      \
	  AT(FILE_BYTES) splice(F, SIG + 2, 48, Z384);)                                             \
	V(signature_s_zero, 12, "not the leaf's", "s is zero",                                      \
	  AT(FILE_BYTES) splice(F, SIG + 50, 48, Z384);)                                            \
	V(signature_r_n, 12, "not the leaf's", "r is the group's order",                            \
	  AT(FILE_BYTES) splice(F, SIG + 2, 48, N384);)                                             \
	V(signature_s_n, 12, "not the leaf's", "s is the group's order",                            \
	  AT(FILE_BYTES) splice(F, SIG + 50, 48, N384);)                                            \
	V(signature_zero, 12, "not the leaf's", "r and s are zero",                                 \
	  AT(FILE_BYTES) splice(F, SIG + 2, 96, Z384 Z384);)                                        \
	V(signature_swapped, 12, "not the leaf's", "r and s have changed places",                   \
	  AT(FILE_BYTES) {                                                                          \
		  uint8_t r[48];                                                                    \
		  memcpy(r, F->data + SIG + 2, 48);                                                 \
		  memmove(F->data + SIG + 2, F->data + SIG + 50, 48);                               \
		  memcpy(F->data + SIG + 50, r, 48);                                                \
	  })                                                                                        \
                                                                                                    \
	V(timestamp_future, 13, "61 s after", "made 61 seconds in the future",                      \
	  AT(SPEC) D.timestamp_ms += 61000;)                                                        \
	V(timestamp_far_future, 13, "after", "made at the end of time",                             \
	  AT(SPEC) D.timestamp_ms = UINT64_MAX;)                                                    \
                                                                                                    \
	V(age_old, 14, "301 s old", "one second older than allowed",                                \
	  AT(SPEC) D.timestamp_ms -= 301000;)                                                       \
                                                                                                    \
	V(debug_all, 15, "debug enclave", "PCR0, PCR1 and PCR2 are zero",                           \
	  AT(SPEC) memset(D.pcr, 0, 3 * 48); w->pcrs = "\"any\"";)                                  \
	V(debug_pcr0, 15, "debug enclave", "PCR0 is zero",                                          \
	  AT(SPEC) memset(D.pcr[0], 0, 48); w->pcrs = "\"any\"";)                                   \
	V(debug_pcr1, 15, "debug enclave", "PCR1 is zero",                                          \
	  AT(SPEC) memset(D.pcr[1], 0, 48); w->pcrs = "\"any\"";)                                   \
	V(debug_pcr2, 15, "debug enclave", "PCR2 is zero",                                          \
	  AT(SPEC) memset(D.pcr[2], 0, 48); w->pcrs = "\"any\"";)                                   \
	V(debug_pcr0_missing, 15, "missing", "PCR0 is not listed, and debug enclaves are allowed",  \
	  AT(SPEC) D.pcr_mask &= ~1u; w->pcrs = "\"any\""; w->allow_debug = "true";)                \
	V(debug_pcr2_missing, 15, "missing", "PCR2 is not listed",                                  \
	  AT(SPEC) D.pcr_mask &= ~4u; w->pcrs = "\"any\"";)                                         \
                                                                                                    \
	V(measurements_pcr0, 16, "PCR0", "another PCR0", AT(SPEC) D.pcr[0][0] ^= 1;)                \
	V(measurements_pcr1, 16, "PCR1", "another PCR1", AT(SPEC) D.pcr[1][47] ^= 0x80;)            \
	V(measurements_pcr2, 16, "PCR2", "another PCR2", AT(SPEC) D.pcr[2][24] ^= 1;)               \
	V(measurements_pcr16, 16, "PCR16 is not in", "PCR16 is expected and not listed",            \
	  w->pcrs = "{\"0\":\"101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f"     \
		    "101112131415161718191a1b1c1d1e1f\","                                           \
		    "\"16\":\"101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f"     \
		    "101112131415161718191a1b1c1d1e1f\"}";)                                         \
                                                                                                    \
	V(instance_other, 17, "another instance", "module_id names another instance",               \
	  AT(SPEC) D.module_id = "i-0123456789abcdef1-enc0123456789abcdef";)                        \
	V(instance_none, 17, "no instance", "module_id has another form",                           \
	  AT(SPEC) D.module_id = FORGE_INSTANCE;)                                                   \
	V(instance_nameless, 17, "no instance", "module_id begins with -enc",                       \
	  AT(SPEC) D.module_id = "-enc0123456789abcdef";)                                           \
	V(instance_pcr4, 17, "another instance", "PCR4 is zero", AT(SPEC) memset(D.pcr[4], 0, 48);) \
	V(instance_pcr4_missing, 17, "PCR4 is not in", "PCR4 is not listed",                        \
	  AT(SPEC) D.pcr_mask &= ~(1u << 4);)                                                       \
                                                                                                    \
	V(nonce_other, 18, "not the one", "the last byte of the nonce differs",                     \
	  w->nonce = "\"4e01020300000000000000000000000000000000000000000000000000000001\"";)       \
	V(nonce_prefix, 18, "not the one", "the nonce is the beginning of the expected one",        \
	  w->nonce = "\"4e0102030000000000000000000000000000000000000000000000000000000000\"";)     \
	V(nonce_longer, 18, "not the one", "the expected nonce is the beginning of the nonce",      \
	  w->nonce = "\"4e010203\"";)                                                               \
	V(nonce_absent, 18, "none", "no nonce", AT(SPEC) D.nonce = BYTES_NONE;)                     \
	V(nonce_empty, 18, "not the one", "an empty nonce", AT(SPEC) D.nonce = zeros(0);)           \
                                                                                                    \
	V(user_data_other, 19, "not the one", "other user data",                                    \
	  AT(SPEC) D.user_data = bytes_text("user dat4");)                                          \
	V(user_data_absent, 19, "none", "no user data", AT(SPEC) D.user_data = BYTES_NONE;)         \
	V(user_data_not_empty, 19, "not the one", "user data where empty ones are expected",        \
	  w->user_data = "\"\"";)                                                                   \
	V(user_data_null_not_empty, 19, "none", "null where empty user data are expected",          \
	  AT(SPEC) D.user_data = BYTES_NONE; w->user_data = "\"\"";)                                \
                                                                                                    \
	V(public_key_other, 20, "not the one", "another public key",                                \
	  w->public_key = "\"5001020305\"";)                                                        \
	V(public_key_absent, 20, "none", "no public key", AT(SPEC) D.public_key = BYTES_NONE;)    \
	V(report_data_none, 21, "has none", "report data are expected, and Nitro has none",         \
	  w->report_data = "\"" ZEROS64 "\"";)                                                      \
	V(platform_other, 22, "none of the 1", "another machine", w->platform = "\"692d30\"";)     \
	V(issuer_of_a_document, ISSUER, "no token", "an issuer is expected, as only tokens have one", \
	  w->issuer = "\"https://portal.example\"";)

#define V(name, rule, says, about, ...)                                           \
	static void spoil_##name(struct world *w)                                 \
	{                                                                         \
		(void)w;                                                          \
		__VA_ARGS__                                                       \
	}
VECTORS(V)
#undef V

static const struct vector {
	const char *name;
	int rule;
	const char *says, *about;
	void (*spoil)(struct world *w);
} vectors[] = {
#define V(name, rule, says, about, ...) { #name, rule, says, about, spoil_##name },
	VECTORS(V)
#undef V
};

static void write_file(const char *folder, const char *name, struct bytes b)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0) {
		fprintf(stderr, "vectors_gen: %s cannot be written\n", path);
		exit(1);
	}
}

/* One document into w->file, under the keys of `w`. */
static void make(struct world *w, const struct vector *v)
{
	static const enum phase order[] = { SPEC, PAYLOAD, FILE_BYTES };

	w->payload = w->file = (struct buf)BUF_INIT(1u << 20);
	w->nonce = w->user_data = w->public_key = w->pcrs = w->at = w->max_age = w->allow_debug = NULL;
	w->report_data = w->platform = w->issuer = NULL;
	forge_chain_init(&w->c, &w->keys);
	forge_doc_init(&w->d, &w->keys);
	for (size_t i = 0; i < 3; i++) {
		w->phase = order[i];
		v->spoil(w);
		if (order[i] == SPEC) {
			forge_chain_write(&w->c);
			forge_payload(&w->d, &w->c, &w->payload);
		} else if (order[i] == PAYLOAD) {
			forge_frame(&w->d, buf_bytes(&w->payload), &w->file);
		}
	}
}

static void put_raw(struct json_out *j, const char *key, const char *json)
{
	if (json)
		json_put_raw(j, key, bytes_text(json));
}

static void file_name(const char *id, const char *ending, char *out, size_t room)
{
	snprintf(out, room, "%s%s", id, ending);
	for (char *p = out; *p; p++)
		*p = *p == '_' ? '-' : *p;
}

static void make_documents(struct world *w, const char *folder)
{
	struct buf index = BUF_INIT(1u << 20);
	struct json_out j = json_out(&index);
	char name[128], rule[8];

	write_file(folder, "root.der", buf_bytes(&w->keys.root_der));
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const struct vector *v = &vectors[i];
		make(w, v);
		file_name(v->name, ".cose", name, sizeof name);
		write_file(folder, name, buf_bytes(&w->file));
		buf_byte(&index, '\n'); /* one document a line, for the sake of diffs */
		json_open(&j, NULL, '{');
		json_put_text(&j, "file", name);
		snprintf(rule, sizeof rule, v->rule == KIND ? "K1" : v->rule == ISSUER ? "T9" : "R%d", v->rule);
		json_put_text(&j, "fails", v->rule ? rule : NULL);
		json_put_text(&j, "says", v->says);
		json_put_text(&j, "about", v->about);
		put_raw(&j, "at", w->at);
		put_raw(&j, "max_age", w->max_age);
		put_raw(&j, "nonce", w->nonce);
		put_raw(&j, "user_data", w->user_data);
		put_raw(&j, "public_key", w->public_key);
		put_raw(&j, "pcrs", w->pcrs);
		put_raw(&j, "allow_debug", w->allow_debug);
		put_raw(&j, "report_data", w->report_data);
		put_raw(&j, "platform", w->platform);
		put_raw(&j, "issuer", w->issuer);
		json_close(&j, '}');
		forge_chain_fini(&w->c);
		buf_fini(&w->payload);
		buf_fini(&w->file);
	}
	json_close(&j, ']');
	buf_byte(&index, '\n');
	write_file(folder, "index.json", buf_bytes(&index));
	buf_fini(&index);
}

/* vectors/cert: one certificate per defect, and the field and offset that cert_read() blames. */
static void make_certificates(struct world *w, const char *folder)
{
	struct buf index = BUF_INIT(1u << 20);
	char name[128], line[256];

	for (int d = 0; d < CERT_DEFECTS; d++) {
		bool leaf = d == CERT_CA_FALSE_WRITTEN || d == CERT_PATHLEN_WITHOUT_CA;
		struct forge_cert spec = { "Test region", "Test zone", "260901000000Z",
					   "261031235959Z", !leaf, 0, 0x84, (enum cert_defect)d };
		struct buf der = BUF_INIT(1u << 16);
		struct cloister_fault why = { 0 };
		struct cert c;
		forge_cert(&spec, w->keys.zonal, w->keys.regional, &der);
		(void)cert_read(buf_bytes(&der), &cert_profile_nitro, &c, &why);
		file_name(forge_defect_name((enum cert_defect)d), ".der", name, sizeof name);
		write_file(folder, name, buf_bytes(&der));
		const char *field = forge_defect_field((enum cert_defect)d);
		if ((why.what == NULL) != (field == NULL) || (field && strcmp(field, why.what) != 0))
			fprintf(stderr, "vectors_gen: %s: %s is blamed, not %s\n", name,
				why.what ? why.what : "nothing", field ? field : "nothing");
		snprintf(line, sizeof line, "%-30s %-36s %zu\n", name, field ? field : "-", why.at);
		buf_text(&index, line);
		buf_fini(&der);
	}
	write_file(folder, "index.txt", buf_bytes(&index));
	buf_fini(&index);
}

int main(int argc, char **argv)
{
	static struct world w;
	char folder[2048];

	if (argc != 2) {
		fprintf(stderr, "usage: vectors_gen FOLDER    (makes FOLDER/nitro and FOLDER/cert)\n");
		return 2;
	}
	forge_init(&w.keys);
	snprintf(folder, sizeof folder, "%s/nitro", argv[1]);
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return 1;
	make_documents(&w, folder);
	snprintf(folder, sizeof folder, "%s/cert", argv[1]);
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return 1;
	make_certificates(&w, folder);
	forge_fini(&w.keys);
	return 0;
}
