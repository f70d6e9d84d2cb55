/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_vectors_gen.c - makes vectors/snp: reports that fail one rule of doc/rules.md
 * and no other, and some that fail none. Run by hand when a rule changes (`ninja
 * -C build snp_vectors`); the files are committed. Each is a report with the host's
 * table behind it; AMD's authorities, as we forge them, lie beside as collateral.
 * Everything is signed after it was spoiled, wherever a forger could have done so.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/json.h"
#include "evidence/forge_der.h"
#include "evidence/forge_snp.h"

/* Where a spoiler may reach in: what is made, the certificates, the report unsigned, signed, the file. */
enum phase { KIND, CERTS, REPORT, SIGNED, WHOLE };

struct world {
	enum phase phase;
	struct snp_forge keys;
	struct forge_key *other_rsa;
	enum snp_product p;
	uint32_t version;
	bool vlek;
	struct forge_tbs ark, ask, vek;
	struct snp_forge_exts exts;
	const struct forge_key *vek_key, *vek_signer, *ask_key, *ask_signer, *ark_key, *report_signer, *crl_signer;
	bool no_vek, give_ask, give_ark, give_crl, other_vek;
	struct forge_crl crl;
	uint8_t report[SNP_REPORT_LEN];
	struct buf ark_der, ask_der, vek_der, crl_der, other_der, file;
	const char *without; /* a file of the collateral that the caller does not have */
	const char *policy;  /* JSON members behind a comma, when it is not the usual one */
};

#define AMD(cn) FORGE_AMD_NAME(cn)
static const char *const arks[] = { AMD("ARK-Milan"), AMD("ARK-Genoa"), AMD("ARK-Turin") };
static const char *const asks[] = { AMD("SEV-Milan"), AMD("SEV-Genoa"), AMD("SEV-Turin") };
static const char *const asvks[] = { AMD("SEV-VLEK-Milan"), AMD("SEV-VLEK-Genoa"), AMD("SEV-VLEK-Turin") };

#define AT(p) if (w->phase == (p))
#define B (w->report)
#define MILAN AT(KIND) w->p = SNP_MILAN
#define TURIN AT(KIND) { w->p = SNP_TURIN; w->version = 5; }
#define V5 AT(KIND) w->version = 5
#define VLEK AT(KIND) w->vlek = true
#define ALLOW_MILAN w->policy = ",\"allow_milan\":true"

static void wipe(uint8_t *at, size_t len)
{
	memset(at, 0, len);
}

static const uint8_t order_n[48] = { /* of P-384, little-endian */
	0x73, 0x29, 0xc5, 0xcc, 0x6a, 0x19, 0xec, 0xec, 0x7a, 0xa7, 0xb0, 0x48, 0xb2, 0x0d, 0x1a, 0x58,
	0xdf, 0x2d, 0x37, 0xf4, 0x81, 0x4d, 0x63, 0xc7, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
};
static const char *const ark_and_ask[] = { "010001", NULL };
static const char *const others[] = { "010002", "00", NULL };

/*
 * name | rule, NULL: accepted | a part of the reason | what it is | the spoiler
 */
#define VECTORS(V)                                                                                      \
	V(ok_genoa, NULL, "", "a report of the usual form", )                                           \
	V(ok_v4, NULL, "", "version 4 has the layout of 3", AT(KIND) w->version = 4;)                   \
	V(ok_v5, NULL, "", "version 5", V5;)                                                            \
	V(ok_turin, NULL, "", "Turin: other TCB bytes, a short chip id", TURIN;)                        \
	V(ok_siena, NULL, "", "Siena is a Genoa by another model number; a peer crashes",               \
	  AT(REPORT) B[0x189] = 0xa0;)                                                                  \
	V(ok_v2, NULL, "", "version 2 names no product; the key's certificate does",                    \
	  AT(KIND) w->version = 2;)                                                                     \
	V(ok_v2_turin, NULL, "", "version 2 with a short chip id",                                      \
	  AT(KIND) { w->p = SNP_TURIN; w->version = 2; })                                               \
	V(ok_v2_masked, NULL, "", "version 2 with a masked chip id",                                    \
	  AT(KIND) w->version = 2; AT(REPORT) wipe(B + 0x1a0, 64);)                                     \
	V(ok_milan, NULL, "", "Milan, allowed", MILAN; ALLOW_MILAN;)                                    \
	V(ok_vlek, NULL, "", "signed by a provider's key",                                              \
	  VLEK; AT(REPORT) wipe(B + 0x1a0, 64);)                                                        \
	V(ok_vlek_chip, NULL, "", "signed by a provider's key, the chip id not masked", VLEK;)          \
	V(ok_vlek_turin, NULL, "", "the same on Turin",                                                 \
	  TURIN; VLEK; AT(REPORT) wipe(B + 0x1a0, 64);)                                                 \
	V(ok_masked, NULL, "", "the host masks the chip id; the certificate has it",                    \
	  AT(REPORT) wipe(B + 0x1a0, 64);)                                                              \
	V(ok_masked_two, NULL, "", "two keys fit a masked report; the one that signed it is second",    \
	  AT(CERTS) w->other_vek = true; AT(REPORT) wipe(B + 0x1a0, 64);)                               \
	V(ok_octets, NULL, "", "the chip id in an OCTET STRING",                                        \
	  TURIN; AT(CERTS) w->exts.value[VEK_HWID] = "04080102030405060708";)                           \
	V(ok_first_second, NULL, "", "the first second of the key's certificate",                       \
	  w->policy = ",\"at\":1767225600";)                                                            \
	V(ok_last_second, NULL, "", "the last second of the key's certificate",                         \
	  w->policy = ",\"at\":1988150400";)                                                            \
	V(ok_crl, NULL, "", "the root's list names others", AT(CERTS) w->give_crl = true;)              \
	V(ok_crl_demanded, NULL, "", "the same, demanded", AT(CERTS) w->give_crl = true;                \
	  w->policy = ",\"require_crl\":true";)                                                         \
	V(ok_crl_other, NULL, "", "a list of another root is not looked at", AT(CERTS) {                \
		w->give_crl = true;                                                                     \
		w->crl.issuer = AMD("ARK-Milan");                                                       \
		w->crl.serials_hex = ark_and_ask;                                                       \
	})                                                                                              \
	V(ok_label, NULL, "", "the table calls the root a VLEK and the key a root", AT(WHOLE) {         \
		w->file.len = SNP_REPORT_LEN;                                                           \
		snp_forge_table(&(struct snp_forge_table){ .ark = buf_bytes(&w->vek_der),               \
							   .vlek = buf_bytes(&w->ark_der) }, &w->file);  \
	})                                                                                              \
	V(ok_own_chain, NULL, "", "the authority comes with the report",                                \
	  AT(CERTS) w->give_ask = true; w->without = "ask-genoa.der";)                                  \
	V(ok_provisional, NULL, "", "the committed TCB is behind the current one",                      \
	  AT(REPORT) { B[0x038 + 7] = 0xff; B[0x1e8]++; })                                              \
	V(ok_debug, NULL, "", "a debug guest, allowed",                                                 \
	  AT(REPORT) B[0x00a] |= 8; w->policy = ",\"allow_debug\":true";)                               \
	V(ok_vmpl, NULL, "", "the privilege level expected",                                            \
	  AT(REPORT) B[0x030] = 3; w->policy = ",\"vmpl\":3";)                                          \
	V(ok_vmpl_any, NULL, "", "any privilege level",                                                 \
	  AT(REPORT) B[0x030] = 2; w->policy = ",\"any_vmpl\":true";)                                   \
	V(ok_migration, NULL, "", "a migration agent, allowed", AT(REPORT) {                            \
		B[0x00a] |= 4;                                                                          \
		memset(B + 0x160, 'a', 32);                                                             \
	} w->policy = ",\"allow_migration_agent\":true";)                                               \
	V(ok_floor, NULL, "", "exactly the least TCB", w->policy = ",\"floor\":[0,4,0,24,219]";)        \
	V(ok_floor_turin, NULL, "", "exactly the least TCB on Turin",                                   \
	  TURIN; w->policy = ",\"floor\":[1,4,0,24,219]";)                                              \
	V(ok_platform_info, NULL, "", "the alias check is demanded, and done",                          \
	  w->policy = ",\"platform_info\":32";)                                                         \
	V(ok_mitigations, NULL, "", "mitigations are demanded, and there",                              \
	  V5; w->policy = ",\"mitigations\":9";)                                                        \
	V(ok_differs, NULL, "", "no two fields say the same: each of the four TCBs is ahead of the one before", \
	  V5; AT(REPORT) {                                                                              \
		memcpy(B + 0x1e0, "\5\1\0\0\0\0\x19\xdc", 8);                                          \
		memcpy(B + 0x038, "\6\2\0\0\0\0\x1a\xdd", 8);                                          \
		memcpy(B + 0x1f0, "\7\3\0\0\0\0\x1b\xde", 8);                                          \
		memcpy(B + 0x1e8, "\0\0\1\0\xff\xff\0", 7);                                           \
		memset(B + 0x0e0, 'k', 48);                                                             \
		memset(B + 0x110, 'a', 48);                                                             \
		B[0x48] |= 1;                                                                           \
		B[0x1f8] = 3;                                                                           \
	})                                                                                              \
	V(ok_platform, NULL, "", "a chip that is allowed",                                              \
	  TURIN; w->policy = ",\"platform\":\"0102030405060708\"";)                                     \
	V(ok_platform_vlek, NULL, "", "a VLEK, the chip id not masked, a chip that is allowed",         \
	  TURIN; VLEK; w->policy = ",\"platform\":\"0102030405060708\"";)                                \
	V(ok_report_data, NULL, "", "all 64 bytes of report data", w->policy = ",\"nonce\":\"any\",\"report_data\":" \
	  "\"4e010203000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"";) \
                                                                                                        \
	V(size_short, "S1", "1183 bytes instead of 1184", "one byte short", AT(WHOLE) w->file.len = 1183;)                    \
	V(size_long, "S1", "1185 bytes instead of 1184", "one byte long", AT(WHOLE) { w->file.len = 1185; w->file.data[1184] = 0; }) \
	V(size_table, "S1", "bytes", "a table that is broken", AT(WHOLE) w->file.len--;)                \
	V(format_version_0, "S2", "version", "version 0", AT(REPORT) B[0] = 0;                          \
	  AT(WHOLE) w->file.len = SNP_REPORT_LEN;)                                                      \
	V(format_version_1, "S2", "version", "version 1", AT(REPORT) B[0] = 1;)                         \
	V(format_version_6, "S2", "version", "version 6", AT(REPORT) B[0] = 6;)                         \
	V(format_algorithm, "S2", "signature_algo", "algorithm 2", AT(REPORT) B[0x34] = 2;)             \
	V(format_tail, "S2", "signature.reserved", "something behind the signature",                    \
	  AT(SIGNED) B[0x330] = 1;)                                                                     \
	V(format_tail_end, "S2", "signature.reserved", "something in the last byte",                    \
	  AT(SIGNED) B[0x49f] = 1;)                                                                     \
	V(format_zeros, "S2", "version", "nothing but zeros", AT(SIGNED) wipe(B, SNP_REPORT_LEN);       \
	  AT(WHOLE) w->file.len = SNP_REPORT_LEN;)                                                      \
	V(key_kind_masked, "S3", "masks", "MASK_CHIP_KEY", AT(REPORT) B[0x48] = 2;)                     \
	V(key_kind_none, "S3", "nobody", "no key", AT(REPORT) B[0x48] = 7 << 2;)                        \
	V(key_kind_two, "S3", "2", "a key of kind 2", AT(REPORT) B[0x48] = 2 << 2;)                     \
	V(key_kind_reserved, "S3", "reserved", "a reserved bit", AT(REPORT) B[0x48] = 1 << 5;)          \
	V(product_rome, "S4", "17h", "Rome has no SNP",                                                 \
	  AT(REPORT) { B[0x188] = 0x17; B[0x189] = 0x31; })                                             \
	V(product_none, "S4", "00h", "version 3 without CPUID", AT(REPORT) wipe(B + 0x188, 3);)         \
	V(product_venice, "S4", "Venice", "a product without a public root",                            \
	  TURIN; AT(REPORT) B[0x189] = 0x50;)                                                           \
	V(key_missing, "S5", "no SEV-VCEK", "the key's certificate is missing", AT(CERTS) w->no_vek = true;) \
	V(key_vlek_said, "S5", "no SEV-VLEK", "the report says VLEK, a VCEK is there",                  \
	  AT(REPORT) B[0x48] = 1 << 2;)                                                                 \
	V(key_vcek_said, "S5", "no SEV-VCEK", "the report says VCEK, a VLEK is there",                  \
	  VLEK; AT(REPORT) B[0x48] = 0;)                                                                \
	V(key_name, "S5", "no SEV-VCEK", "called VCEK, as a peer would have it",                        \
	  AT(CERTS) w->vek.subject = AMD("VCEK");)                                                      \
	V(key_unreadable, "S5", "no SEV-VCEK", "its certificate has a byte behind it",                  \
	  AT(WHOLE) {                                                                                   \
		w->file.len = SNP_REPORT_LEN;                                                           \
		buf_byte(&w->vek_der, 0);                                                               \
		snp_forge_table(&(struct snp_forge_table){ .vcek = buf_bytes(&w->vek_der) }, &w->file); \
	})                                                                                              \
	V(key_authority, "S5", "no SEV-VCEK", "the key is an authority",                                \
	  AT(CERTS) { w->vek.constraints_hex = "30030101ff"; w->vek.usage_hex = FORGE_USAGE_CERTS; })   \
	V(key_rsa, "S5", "no SEV-VCEK", "the key is an RSA key", AT(CERTS) w->vek_key = w->keys.ask;)   \
	V(certificates_no_hwid, "S6", "hwID", "no chip id in the certificate; a peer goes on",          \
	  AT(CERTS) w->exts.value[VEK_HWID] = NULL;)                                                    \
	V(certificates_expired_too, "S6", "hwID", "the same of a certificate that has expired: it is the one at hand", \
	  AT(CERTS) { w->exts.value[VEK_HWID] = NULL; w->vek.until = "260901000000Z"; })                \
	V(certificates_no_ucode, "S6", "ucodeSPL", "a level is missing; a peer goes on",                \
	  AT(CERTS) w->exts.value[VEK_UCODE] = NULL;)                                                   \
	V(certificates_fmc, "S6", "fmcSPL", "a level that Genoa has not",                               \
	  AT(CERTS) w->exts.value[VEK_FMC] = "020100";)                                                 \
	V(certificates_unknown, "S6", "not known", "an extension of AMD's that nobody knows",           \
	  AT(CERTS) w->exts.more = (struct forge_ext){ "2b060104019c780106", false, bytes_text("\5") };) \
	V(certificates_product, "S6", "productName", "a product that nobody knows",                     \
	  AT(CERTS) w->exts.value[VEK_PRODUCT] = "160656656e696365";)                                   \
	V(certificates_no_ask, "S6", "issuer", "the authority is missing", w->without = "ask-genoa.der";) \
	V(certificates_no_ark, "S6", "root", "the root is missing", w->without = "ark-genoa.der";)      \
	V(root_forged, "S7", "6b130acd… is not the SHA-256 of AMD's ARK-Genoa, nor of a root that was given", "everything right but the root, which is self-made",            \
	  AT(CERTS) {                                                                                   \
		w->give_ark = w->give_ask = true;                                                       \
		w->ark_key = w->ask_signer = w->other_rsa;                                              \
		w->ask_key = w->vek_signer = w->other_rsa;                                              \
	} w->without = "ask-genoa.der ark-genoa.der";)                                                  \
	V(root_only, "S7", "SHA-256", "the same under AMD's own names, AMD's root at hand",             \
	  AT(CERTS) {                                                                                   \
		w->give_ark = true;                                                                     \
		w->ark_key = w->other_rsa;                                                              \
	} w->without = "ark-genoa.der";)                                                                \
	V(path_ask_not_ca, "S8", "not an authority", "the authority is none",                           \
	  AT(CERTS) { w->give_ask = true; w->ask.constraints_hex = "3000"; }                            \
	  w->without = "ask-genoa.der";)                                                                \
	V(path_ask_silent, "S8", "may not sign", "the authority may not sign certificates",             \
	  AT(CERTS) { w->give_ask = true; w->ask.usage_hex = FORGE_USAGE_LEAF; }                        \
	  w->without = "ask-genoa.der";)                                                                \
	V(path_key_signs, "S8", "may sign certificates", "the key may sign certificates",               \
	  AT(CERTS) w->vek.usage_hex = "03020284";)                                                     \
	V(names_other_product, "S9", "ARK-Milan", "a Genoa chain for a report from Milan",              \
	  AT(REPORT) B[0x189] = 1;)                                                                     \
	V(names_vlek_by_ask, "S9", "SEV-VLEK-Genoa", "a VLEK by the VCEKs' authority",                  \
	  VLEK; AT(CERTS) w->vek.issuer = AMD("SEV-Genoa");)                                            \
	V(names_vcek_by_asvk, "S9", "SEV-Genoa", "a VCEK by the VLEKs' authority",                      \
	  AT(CERTS) w->vek.issuer = AMD("SEV-VLEK-Genoa");)                                             \
	V(names_by_root, "S9", "names itself as its issuer", "the root itself certified the key",       \
	  AT(CERTS) { w->vek.issuer = AMD("ARK-Genoa"); w->vek_signer = w->keys.ark; })                 \
	V(names_issuer, "S9", "ARK-Genoa", "the authority is another root's",                           \
	  AT(CERTS) { w->give_ask = true; w->ask.issuer = AMD("ARK-Milan"); }                           \
	  w->without = "ask-genoa.der";)                                                                \
	V(validity_expired, "S10", "expired", "a second after the key's certificate", w->policy = ",\"at\":1988150401";) \
	V(validity_early, "S10", "begins", "a second before the key's certificate", w->policy = ",\"at\":1767225599";) \
	V(validity_ask, "S10", "2 of 3", "the authority has expired",                                   \
	  AT(CERTS) { w->give_ask = true; w->ask.until = "260101000000Z"; } w->without = "ask-genoa.der";) \
	V(chain_key, "S11", "3 of 3", "the key is certified by a stranger",                             \
	  AT(CERTS) w->vek_signer = w->other_rsa;)                                                      \
	V(chain_ask, "S11", "2 of 3", "the authority is certified by a stranger",                       \
	  AT(CERTS) { w->give_ask = true; w->ask_signer = w->other_rsa; } w->without = "ask-genoa.der";) \
	V(revocation_ask, "S12", "revoked", "the authority is revoked",                                 \
	  AT(CERTS) { w->give_crl = true; w->crl.serials_hex = ark_and_ask; })                          \
	V(revocation_stale, "S12", "ended", "the list has ended",                                       \
	  AT(CERTS) { w->give_crl = true; w->crl.next_update = "260901000000Z"; })                      \
	V(revocation_early, "S12", "begins", "the list begins later",                                   \
	  AT(CERTS) { w->give_crl = true; w->crl.this_update = "261001000000Z"; })                      \
	V(revocation_unsigned, "S12", "did not sign", "the list is a stranger's",                       \
	  AT(CERTS) { w->give_crl = true; w->crl_signer = w->other_rsa; })                              \
	V(revocation_missing, "S12", "no revocation list", "a list is demanded and there is none",      \
	  w->policy = ",\"require_crl\":true";)                                                         \
	V(match_extension, "S13", "Milan", "Genoa's authority certified a key for Milan",               \
	  AT(CERTS) w->exts.value[VEK_PRODUCT] = "16054d696c616e";)                                     \
	V(chip_other, "S14", "another chip", "the key of another chip, which signed", AT(REPORT) B[0x1a0] ^= 1;) \
	V(chip_last, "S14", "another chip", "another in the last byte", AT(REPORT) B[0x1df] ^= 1;)      \
	V(chip_turin, "S14", "another chip", "another chip on Turin", TURIN; AT(REPORT) B[0x1a7] ^= 1;) \
	V(chip_turin_long, "S14", "longer", "a long chip id on Turin", TURIN; AT(REPORT) B[0x1df] = 1;) \
	V(tcb_bl, "S15", "bl 5", "bl differs", AT(REPORT) B[0x180]++;)                                  \
	V(tcb_tee, "S15", "tee 1", "tee differs", AT(REPORT) B[0x181]++;)                               \
	V(tcb_snp, "S15", "snp 25", "snp differs", AT(REPORT) B[0x186]++;)                              \
	V(tcb_ucode, "S15", "ucode 91", "ucode differs in its highest bit", AT(REPORT) B[0x187] ^= 0x80;) \
	V(tcb_fmc, "S15", "fmc 2", "fmc differs on Turin", TURIN; AT(REPORT) B[0x180]++;)               \
	V(tcb_turin_snp, "S15", "snp 25", "snp differs on Turin", TURIN; AT(REPORT) B[0x183]++;)        \
	V(signature_stranger, "S16", "not the key's", "signed by a stranger", AT(CERTS) w->report_signer = w->keys.stranger;) \
	V(signature_report_data, "S16", "not the key's", "report data changed", AT(SIGNED) B[0x50] ^= 1;) \
	V(signature_last, "S16", "not the key's", "the last signed byte changed", AT(SIGNED) B[0x29f] ^= 1;) \
	V(signature_r_zero, "S16", "zero", "r is zero", AT(SIGNED) wipe(B + 0x2a0, 72);)                \
	V(signature_s_zero, "S16", "zero", "s is zero", AT(SIGNED) wipe(B + 0x2e8, 72);)                \
	V(signature_zero, "S16", "zero", "r and s are zero", AT(SIGNED) wipe(B + 0x2a0, 144);)          \
	V(signature_r_n, "S16", "not the key's", "r is n", AT(SIGNED) memcpy(B + 0x2a0, order_n, 48);)  \
	V(signature_s_n, "S16", "not the key's", "s is n", AT(SIGNED) memcpy(B + 0x2e8, order_n, 48);)  \
	V(signature_r_high, "S16", "48 bytes", "r has a 49th byte", AT(SIGNED) B[0x2a0 + 48] = 1;)      \
	V(signature_s_high, "S16", "48 bytes", "s has a 72nd byte", AT(SIGNED) B[0x2e8 + 71] = 1;)      \
	V(signature_swapped, "S16", "not the key's", "r and s change places", AT(SIGNED) {              \
		uint8_t r[72];                                                                          \
		memcpy(r, B + 0x2a0, 72);                                                               \
		memcpy(B + 0x2a0, B + 0x2e8, 72);                                                       \
		memcpy(B + 0x2e8, r, 72);                                                               \
	})                                                                                              \
	V(reserved_04c, "S17", "04c", "signed, and a reserved field set", AT(REPORT) B[0x04f] = 1;)     \
	V(reserved_188, "S17", "188", "version 2 with a CPUID",                                         \
	  AT(KIND) w->version = 2; AT(REPORT) B[0x188] = 0x19;)                                         \
	V(reserved_18b, "S17", "18b", "signed, and a reserved field set", AT(REPORT) B[0x19f] = 1;)     \
	V(reserved_firmware, "S17", "firmware", "signed, and a reserved byte set", AT(REPORT) B[0x1ef] = 1;) \
	V(reserved_1f8, "S17", "1f8", "version 3 with mitigations", AT(REPORT) B[0x1f8] = 1;)           \
	V(reserved_208, "S17", "208", "signed, and the last byte set", V5; AT(REPORT) B[0x29f] = 1;)    \
	V(reserved_policy_17, "S17", "bit 17", "a bit that must be set is not, and its neighbours are", \
	  AT(REPORT) { B[0x008] = B[0x009] = 0xff; B[0x00a] = 0x11; }) \
	V(reserved_policy_26, "S17", "policy", "an unknown bit of the guest's policy", AT(REPORT) B[0x00b] |= 4;) \
	V(reserved_policy_63, "S17", "policy", "an unknown bit of the guest's policy", AT(REPORT) B[0x00f] = 0x80;) \
	V(reserved_platform_info, "S17", "PLATFORM_INFO", "an unknown bit of the platform's", AT(REPORT) B[0x041] = 1;) \
	V(reserved_vmpl, "S17", "VMPL 4", "a privilege level that is none", AT(REPORT) B[0x030] = 4;    \
	  w->policy = ",\"any_vmpl\":true";)                                                            \
	V(reserved_tcb, "S17", "REPORTED_TCB", "a reserved byte of a TCB", AT(REPORT) B[0x182] = 1;)    \
	V(reserved_tcb_launch, "S17", "LAUNCH_TCB", "a reserved byte of a TCB on Turin",                \
	  TURIN; AT(REPORT) B[0x1f4] = 1;)                                                              \
	V(milan, "S18", "2605.12990", "Milan, not allowed", MILAN;)                                     \
	V(milan_v2, "S18", "2605.12990", "Milan in version 2, not allowed",                             \
	  AT(KIND) { w->p = SNP_MILAN; w->version = 2; })                                               \
	V(vmpl_other, "S19", "VMPL 1", "another privilege level", AT(REPORT) B[0x030] = 1;)             \
	V(vmpl_zero, "S19", "VMPL 0", "another privilege level, 1 expected", w->policy = ",\"vmpl\":1";) \
	V(vmpl_host, "S19", "host", "the host asked for it",                                            \
	  AT(REPORT) memset(B + 0x030, 0xff, 4); w->policy = ",\"any_vmpl\":true";)                     \
	V(migration_policy, "S20", "the guest's policy lets one be bound", "a migration agent may be bound", AT(REPORT) B[0x00a] |= 4;) \
	V(migration_agent, "S20", "is bound to the guest", "a migration agent is bound", AT(REPORT) B[0x17f] = 0xfe;) \
	V(migration_agent_first, "S20", "is bound to the guest", "one whose id differs in the first byte", \
	  AT(REPORT) B[0x160] = 0xfe;)                                                                  \
	V(order_reported, "S21", "REPORTED_TCB", "reported above committed", AT(REPORT) B[0x1e0]--;)    \
	V(order_committed, "S21", "COMMITTED_TCB", "committed above current", AT(REPORT) B[0x03e]--;)   \
	V(order_firmware, "S21", "firmware", "committed firmware newer than the current one", AT(REPORT) B[0x1ed]++;) \
	V(floor_bl, "S22", "at least bl 5", "bl below", w->policy = ",\"floor\":[0,5,0,0,0]";)          \
	V(floor_ucode, "S22", "at least", "ucode below, everything else above", w->policy = ",\"floor\":[0,0,0,0,220]";) \
	V(floor_fmc, "S22", "fmc 2", "fmc below on Turin", TURIN; w->policy = ",\"floor\":[2,0,0,0,0]";) \
	V(floor_reported, "S22", "REPORTED_TCB is bl 4 tee 0 snp 24 ucode 219, at least bl 5 tee 0 snp 0 ucode 0 is expected", \
	  "the reported TCB alone is below it", AT(REPORT) {                                            \
		B[0x1e0]++;                                                                             \
		B[0x038]++;                                                                             \
		B[0x1f0]++;                                                                             \
	} w->policy = ",\"floor\":[0,5,0,0,0]";)                                                        \
	V(floor_launch, "S22", "LAUNCH_TCB", "the guest was launched below it",                         \
	  AT(REPORT) B[0x1f6]--; w->policy = ",\"floor\":[0,4,0,24,0]";)                                \
	V(platform_info_alias, "S23", "20h is missing", "the alias check is demanded and not done",      \
	  AT(REPORT) B[0x040] = 5; w->policy = ",\"platform_info\":33";)                                \
	V(platform_info_set, "S23", "1h is missing", "SMT is demanded and off; nothing else is demanded",  \
	  AT(REPORT) B[0x040] &= 0xfe; w->policy = ",\"platform_info\":1";)                             \
	V(platform_info_clear, "S23", "1h is set", "SMT is forbidden and on",                            \
	  w->policy = ",\"platform_info_clear\":1";)                                                    \
	V(guest_policy_set, "S25", "100000h is missing", "one socket is demanded and not promised",       \
	  w->policy = ",\"guest_policy\":1048576";)                                                     \
	V(guest_policy_clear, "S25", "10000h is set", "SMT is forbidden and allowed",                    \
	  w->policy = ",\"guest_policy_clear\":65536";)                                                 \
	V(guest_policy_abi, "S25", "ABI 1.54, at least 1.55", "an older ABI is enough for the guest",     \
	  AT(REPORT) { B[0x008] = 54; B[0x009] = 1; } w->policy = ",\"abi_min\":311";)                  \
	V(guest_policy_set_too, "S25", "100000h is missing", "the ABI will do, the sockets will not",     \
	  w->policy = ",\"abi_min\":0,\"guest_policy\":1048576";)                                        \
	V(guest_policy_clear_too, "S25", "10000h is set", "the ABI will do, SMT will not",                \
	  w->policy = ",\"abi_min\":0,\"guest_policy_clear\":65536";)                                    \
	V(guest_policy_abi_major, "S25", "ABI 0.255, at least 1.0", "a minor version that is larger, of an older ABI", \
	  AT(REPORT) B[0x008] = 255; w->policy = ",\"abi_min\":256";)                                    \
	V(ok_abi_major, NULL, "", "a newer ABI with a smaller minor version",                            \
	  AT(REPORT) B[0x009] = 2; w->policy = ",\"abi_min\":311";)                                      \
	V(ok_clear, NULL, "", "SMT is forbidden and off",                                                \
	  AT(REPORT) B[0x040] &= 0xfe; w->policy = ",\"platform_info_clear\":1";)                       \
	V(ok_guest_policy, NULL, "", "one socket and no SMT, demanded and promised",                     \
	  AT(REPORT) B[0x00a] = 0x12; w->policy = ",\"guest_policy\":1048576,\"guest_policy_clear\":65536";) \
	V(ok_abi, NULL, "", "exactly the least ABI", AT(REPORT) { B[0x008] = 55; B[0x009] = 1; }         \
	  w->policy = ",\"abi_min\":311";)                                                              \
	V(mitigations_bit, "S24", "10h is missing", "a mitigation is not in place",                      \
	  V5; w->policy = ",\"mitigations\":17";)                                                       \
	V(mitigations_v3, "S24", "missing", "version 3 says nothing of mitigations", w->policy = ",\"mitigations\":1";) \
                                                                                                        \
	V(age, "R14", "does not say", "an age is demanded, reports have none", w->policy = ",\"max_age\":300";) \
	V(debug, "R15", "bit 19", "a debug guest", AT(REPORT) B[0x00a] |= 8;)                           \
	V(measurement, "R16", "measurement", "another program", AT(REPORT) B[0x0bf] ^= 1;)              \
	V(measurement_first, "R16", "measurement", "another program", AT(REPORT) B[0x090] ^= 1;)        \
	V(nonce, "R18", "nonce", "another nonce", AT(REPORT) B[0x050] ^= 1;)                            \
	V(nonce_longer, "R18", "nonce", "the nonce, and something behind it", AT(REPORT) B[0x08f] = 1;) \
	V(nonce_none, "R18", "nonce", "zeros", AT(REPORT) wipe(B + 0x050, 64);)                         \
	V(user_data, "R19", "none", "user data are demanded, reports have none", w->policy = ",\"user_data\":\"00\"";) \
	V(report_data, "R21", "expected", "other report data", AT(REPORT) B[0x08f] = 1; w->policy = ",\"nonce\":\"any\",\"report_data\":" \
	  "\"4e010203000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000\"";) \
	V(platform, "R22", "none of", "a chip that is not allowed", w->policy = ",\"platform\":\"0102030405060708\"";) \
	V(platform_vlek, "R22", "does not say", "a VLEK with a masked chip id, and chips are listed",   \
	  VLEK; AT(REPORT) wipe(B + 0x1a0, 64); w->policy = ",\"platform\":\"0102030405060708\"";)   \
	V(ok_svn_guest, NULL, "", "exactly the least GUEST_SVN", AT(REPORT) B[0x004] = 5;               \
	  w->policy = ",\"guest_svn_min\":5";)                                                          \
	V(svn_guest, "R23", "guest_svn is 4, at least 5", "an older GUEST_SVN", AT(REPORT) B[0x004] = 4; \
	  w->policy = ",\"guest_svn_min\":5";)                                                          \
	V(issuer_of_a_report, "T9", "no token", "an issuer is expected, as only tokens have one",       \
	  w->policy = ",\"issuer\":\"https://portal.example\"";)

#define SPOILER(name, rule, says, about, ...)       \
	static void spoil_##name(struct world *w)   \
	{                                           \
		(void)w;                            \
		__VA_ARGS__                         \
	}
VECTORS(SPOILER)

static const struct vector {
	const char *name, *rule, *says, *about;
	void (*spoil)(struct world *w);
} vectors[] = {
#define ROW(name, rule, says, about, ...) { #name, rule, says, about, spoil_##name },
	VECTORS(ROW)
};

static void write_file(const char *folder, const char *name, struct bytes b)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(b.data, 1, b.len, f) != b.len || fclose(f) != 0) {
		fprintf(stderr, "snp_vectors_gen: %s cannot be written\n", path);
		exit(1);
	}
}

static void enter(struct world *w, const struct vector *v, enum phase phase)
{
	w->phase = phase;
	v->spoil(w);
}

/* What every good certificate is, before a spoiler changes it. */
static void begin(struct world *w)
{
	w->ark = snp_forge_ark(arks[w->p]);
	w->ask = snp_forge_ask(arks[w->p], w->vlek ? asvks[w->p] : asks[w->p]);
	w->vek = snp_forge_vek(w->ask.subject, w->vlek ? AMD("SEV-VLEK") : AMD("SEV-VCEK"));
	w->exts = snp_forge_exts(w->p, w->vlek);
	w->ark_key = w->ask_signer = w->crl_signer = w->keys.ark;
	w->ask_key = w->vek_signer = w->keys.ask;
	w->vek_key = w->report_signer = w->keys.vek;
	w->crl = (struct forge_crl){
		.issuer = w->ark.subject, .this_update = "260801000000Z", .next_update = "261231000000Z",
		.alg = FORGE_PSS_SHA384, .number_hex = "05", .key_id_hex = "0102030405", .serials_hex = others,
	};
}

/* Certificates of the same kind of another chip, whose key is a stranger's. */
static void write_other(struct world *w)
{
	struct snp_forge_exts exts = w->exts;

	exts.value[VEK_HWID] = "04080102030405060709";
	if (w->p != SNP_TURIN)
		exts.value[VEK_HWID] = "0440"
			"ff02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
			"2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40";
	snp_forge_vek_write(&w->vek, &exts, w->keys.stranger, w->vek_signer, &w->other_der);
}

static void make(struct world *w, const struct vector *v)
{
	struct snp_forge_table t = { 0 };

	w->p = SNP_GENOA;
	w->version = 3;
	w->vlek = w->no_vek = w->give_ask = w->give_ark = w->give_crl = w->other_vek = false;
	w->without = w->policy = NULL;
	w->ark_der = w->ask_der = w->vek_der = w->crl_der = w->other_der = w->file =
		(struct buf)BUF_INIT(1u << 20);
	enter(w, v, KIND);
	begin(w);
	enter(w, v, CERTS);
	forge_pki_cert(&w->ark, w->ark_key, w->ark_key, &w->ark_der);
	forge_pki_cert(&w->ask, w->ask_key, w->ask_signer, &w->ask_der);
	snp_forge_vek_write(&w->vek, &w->exts, w->vek_key, w->vek_signer, &w->vek_der);
	if (w->other_vek)
		write_other(w);
	if (w->give_crl)
		forge_pki_crl(&w->crl, w->crl_signer, &w->crl_der);
	snp_forge_report(w->p, w->version, w->report);
	w->report[0x48] = w->vlek ? SNP_VLEK << 2 : SNP_VCEK << 2;
	enter(w, v, REPORT);
	snp_forge_sign(w->report, w->report_signer);
	enter(w, v, SIGNED);
	if (w->give_ark)
		t.ark = buf_bytes(&w->ark_der);
	if (w->give_ask)
		t.ask = buf_bytes(&w->ask_der);
	if (!w->no_vek && w->other_vek)
		t = (struct snp_forge_table){ .vcek = buf_bytes(&w->other_der), .vlek = buf_bytes(&w->vek_der) };
	else if (!w->no_vek)
		*(w->vlek ? &t.vlek : &t.vcek) = buf_bytes(&w->vek_der);
	if (w->give_crl)
		t.crl = buf_bytes(&w->crl_der);
	buf_put(&w->file, w->report, sizeof w->report);
	snp_forge_table(&t, &w->file);
	enter(w, v, WHOLE);
}

static void unmake(struct world *w)
{
	buf_fini(&w->ark_der);
	buf_fini(&w->ask_der);
	buf_fini(&w->vek_der);
	buf_fini(&w->crl_der);
	buf_fini(&w->other_der);
	buf_fini(&w->file);
}

/* The authorities of each product. */
static void make_collateral(struct world *w, const char *folder)
{
	static const char *const products[] = { "milan", "genoa", "turin" };
	char name[64];

	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++)
		for (int i = 0; i < 3; i++) {
			struct forge_tbs t = i == 0 ? snp_forge_ark(arks[p]) :
					     snp_forge_ask(arks[p], i == 1 ? asks[p] : asvks[p]);
			struct buf der = BUF_INIT(1u << 16);
			forge_pki_cert(&t, i ? w->keys.ask : w->keys.ark, w->keys.ark, &der);
			snprintf(name, sizeof name, "%s-%s.der", i == 0 ? "ark" : i == 1 ? "ask" : "asvk",
				 products[p]);
			write_file(folder, name, buf_bytes(&der));
			buf_fini(&der);
		}
}

int main(int argc, char **argv)
{
	static struct world w;
	struct buf index = BUF_INIT(1u << 20);
	struct json_out j = json_out(&index);
	char folder[2048], name[128];

	if (argc != 2) {
		fprintf(stderr, "usage: snp_vectors_gen FOLDER    (makes FOLDER/snp by FOLDER/keys)\n");
		return 2;
	}
	snp_forge_init(&w.keys, argv[1]);
	w.other_rsa = forge_key_load(argv[1], "rsa3072-a");
	snprintf(folder, sizeof folder, "%s/snp", argv[1]);
	if (mkdir(folder, 0777) != 0 && errno != EEXIST)
		return 1;
	make_collateral(&w, folder);
	json_open(&j, NULL, '[');
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		const struct vector *v = &vectors[i];
		make(&w, v);
		snprintf(name, sizeof name, "%s.snp", v->name);
		for (char *p = name; *p; p++)
			*p = *p == '_' ? '-' : *p;
		write_file(folder, name, buf_bytes(&w.file));
		buf_byte(&index, '\n'); /* one report a line, for the sake of diffs */
		json_open(&j, NULL, '{');
		json_put_text(&j, "file", name);
		json_put_text(&j, "fails", v->rule);
		json_put_text(&j, "says", v->says);
		json_put_text(&j, "about", v->about);
		if (w.without)
			json_put_text(&j, "without", w.without);
		if (w.policy)
			buf_text(&index, w.policy);
		json_close(&j, '}');
		unmake(&w);
	}
	json_close(&j, ']');
	buf_byte(&index, '\n');
	write_file(folder, "index.json", buf_bytes(&index));
	buf_fini(&index);
	forge_key_free(w.other_rsa);
	snp_forge_fini(&w.keys);
	return 0;
}
