/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp.c - the report's layout, after AMD's "SEV Secure Nested Paging Firmware ABI
 * Specification" (56860), table ATTESTATION_REPORT, read straight down. Nothing
 * is believed here: which root, which key and which policy is snp_judge.c's.
 */

#include "evidence/snp.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rd.h"

#define ECDSA_P384_SHA384 1u /* SIGNATURE_ALGO, the only one */
#define OLDEST 2u
#define NEWEST 5u

/* A reserved field of the signed part is noted, not refused: see snp.h. */
static void reserved(struct rd *r, struct snp_report *s, size_t len, const char *field)
{
	size_t at = rd_at(r);
	struct bytes b = rd_take(r, len, field);

	if (s->reserved || mem_is_zero(b.data, b.len))
		return;
	s->reserved = field;
	s->reserved_at = at;
}

static struct snp_firmware firmware(struct rd *r, struct snp_report *s, const char *field)
{
	struct snp_firmware f;

	f.build = rd_u8(r, field);
	f.minor = rd_u8(r, field);
	f.major = rd_u8(r, field);
	reserved(r, s, 1, "reserved after the firmware version");
	return f;
}

static void refuse_at(struct rd *r, size_t at, bool holds, const char *field, const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_UNSUPPORTED, field, note);
	r->why->at = at;
}

static void read_signed_part(struct rd *r, struct snp_report *s)
{
	/* 000h */ s->version = rd_le32(r, "version");
	refuse_at(r, 0x000, s->version >= OLDEST && s->version <= NEWEST, "version",
		  "only versions 2 to 5 are known here");
	/* 004h */ s->guest_svn = rd_le32(r, "guest_svn");
	/* 008h */ s->policy = rd_le64(r, "policy");
	/* 010h */ s->family_id = rd_take(r, 16, "family_id");
	/* 020h */ s->image_id = rd_take(r, 16, "image_id");
	/* 030h */ s->vmpl = rd_le32(r, "vmpl");
	/* 034h */ refuse_at(r, 0x034, rd_le32(r, "signature_algo") == ECDSA_P384_SHA384,
			     "signature_algo", "only ECDSA P-384 with SHA-384 is known here");
	/* 038h */ s->current_tcb = rd_take(r, SNP_TCB_LEN, "current_tcb");
	/* 040h */ s->platform_info = rd_le64(r, "platform_info");
	/* 048h */ s->key_info = rd_le32(r, "key_info");
	/* 04Ch */ reserved(r, s, 4, "reserved_04c");
	/* 050h */ s->report_data = rd_take(r, 64, "report_data");
	/* 090h */ s->measurement = rd_take(r, 48, "measurement");
	/* 0C0h */ s->host_data = rd_take(r, 32, "host_data");
	/* 0E0h */ s->id_key_digest = rd_take(r, 48, "id_key_digest");
	/* 110h */ s->author_key_digest = rd_take(r, 48, "author_key_digest");
	/* 140h */ s->report_id = rd_take(r, 32, "report_id");
	/* 160h */ s->report_id_ma = rd_take(r, 32, "report_id_ma");
	/* 180h */ s->reported_tcb = rd_take(r, SNP_TCB_LEN, "reported_tcb");
	if (s->version >= 3) {
		/* 188h */ s->family = rd_u8(r, "cpuid_fam_id");
		/* 189h */ s->model = rd_u8(r, "cpuid_mod_id");
		/* 18Ah */ s->stepping = rd_u8(r, "cpuid_step");
		/* 18Bh */ reserved(r, s, 21, "reserved_18b");
	} else {
		/* 188h */ reserved(r, s, 24, "reserved_188");
	}
	/* 1A0h */ s->chip_id = rd_take(r, SNP_CHIP_ID_LEN, "chip_id");
	/* 1E0h */ s->committed_tcb = rd_take(r, SNP_TCB_LEN, "committed_tcb");
	/* 1E8h */ s->current = firmware(r, s, "current_version");
	/* 1ECh */ s->committed = firmware(r, s, "committed_version");
	/* 1F0h */ s->launch_tcb = rd_take(r, SNP_TCB_LEN, "launch_tcb");
	s->has_mitigations = s->version >= 5;
	if (s->has_mitigations) {
		/* 1F8h */ s->launch_mitigations = rd_le64(r, "launch_mit_vector");
		/* 200h */ s->current_mitigations = rd_le64(r, "current_mit_vector");
		/* 208h */ reserved(r, s, 152, "reserved_208");
	} else {
		/* 1F8h */ reserved(r, s, 168, "reserved_1f8");
	}
}

enum cloister_err snp_report_read(struct bytes report, struct snp_report *out,
				  struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(report, why ? why : &local);
	struct snp_report s = { 0 };

	const uint8_t *from = r.at;
	read_signed_part(&r, &s);
	/* 2A0h */ s.sig_r = rd_take(&r, 72, "signature.r");
	/* 2E8h */ s.sig_s = rd_take(&r, 72, "signature.s");
	/* 330h */ rd_zero(&r, 368, "signature.reserved"); /* unsigned: nobody vouches for it */

	enum cloister_err err = rd_close(&r, "attestation_report");
	if (err != CLOISTER_OK)
		return err;
	s.signed_part = bytes_of(from, SNP_SIGNED_LEN);
	s.author_key_en = s.key_info & 1;
	s.mask_chip_key = s.key_info >> 1 & 1;
	s.signer = (enum snp_signer)(s.key_info >> 2 & 7);
	*out = s;
	return CLOISTER_OK;
}

/* ---- Products ---------------------------------------------------------------- */

const char *snp_product_name(enum snp_product p)
{
	static const char *const names[] = {
		[SNP_MILAN] = "Milan",	 [SNP_GENOA] = "Genoa",	      [SNP_TURIN] = "Turin",
		[SNP_VENICE] = "Venice", [SNP_NAMELESS] = "no product", [SNP_STRANGE] = "an unknown product",
	};

	return (unsigned)p < sizeof names / sizeof *names ? names[p] : names[SNP_STRANGE];
}

/* CPUID Fn0000_0001, family and model combined from base and extended, as reports have them. */
static const struct {
	uint8_t family, first, last;
	enum snp_product product;
} models[] = {
	{ 0x19, 0x00, 0x0f, SNP_MILAN },  { 0x19, 0x10, 0x1f, SNP_GENOA },
	{ 0x19, 0xa0, 0xaf, SNP_GENOA },  { 0x1a, 0x00, 0x11, SNP_TURIN },
	{ 0x1a, 0x50, 0x57, SNP_VENICE }, { 0x1a, 0x90, 0x9f, SNP_VENICE },
	{ 0x1a, 0xa0, 0xaf, SNP_VENICE }, { 0x1a, 0xc0, 0xc7, SNP_VENICE },
};

bool snp_chip_is_masked(const struct snp_report *r)
{
	return mem_is_zero(r->chip_id.data, r->chip_id.len);
}

enum snp_product snp_report_product(const struct snp_report *r)
{
	bool short_id = mem_is_zero(r->chip_id.data + SNP_TURIN_ID_LEN,
				    r->chip_id.len - SNP_TURIN_ID_LEN);

	if (r->version < 3)
		return short_id && !snp_chip_is_masked(r) ? SNP_TURIN : SNP_NAMELESS;
	for (size_t i = 0; i < sizeof models / sizeof *models; i++)
		if (r->family == models[i].family && r->model >= models[i].first &&
		    r->model <= models[i].last)
			return models[i].product;
	return SNP_STRANGE;
}

struct bytes snp_chip_id(const struct snp_report *r, enum snp_product p)
{
	return bytes_of(r->chip_id.data, p >= SNP_TURIN ? SNP_TURIN_ID_LEN : SNP_CHIP_ID_LEN);
}

/* ---- TCB versions ------------------------------------------------------------ */

bool snp_tcb_read(enum snp_product p, struct bytes raw, struct snp_tcb *out)
{
	const uint8_t *b = raw.data;

	if (p >= SNP_TURIN) {
		*out = (struct snp_tcb){ .fmc = b[0], .bl = b[1], .tee = b[2], .snp = b[3], .ucode = b[7] };
		return mem_is_zero(b + 4, 3);
	}
	*out = (struct snp_tcb){ .bl = b[0], .tee = b[1], .snp = b[6], .ucode = b[7] };
	return mem_is_zero(b + 2, 4);
}

bool snp_tcb_equal(const struct snp_tcb *a, const struct snp_tcb *b)
{
	return a->fmc == b->fmc && a->bl == b->bl && a->tee == b->tee && a->snp == b->snp &&
	       a->ucode == b->ucode;
}

const char *snp_tcb_below(const struct snp_tcb *t, const struct snp_tcb *least)
{
	return t->fmc < least->fmc     ? "fmc" :
	       t->bl < least->bl       ? "bl" :
	       t->tee < least->tee     ? "tee" :
	       t->snp < least->snp     ? "snp" :
	       t->ucode < least->ucode ? "ucode" :
					 NULL;
}

const char *snp_tcb_text(enum snp_product p, const struct snp_tcb *t, char out[static SNP_TCB_TEXT])
{
	if (p >= SNP_TURIN)
		snprintf(out, SNP_TCB_TEXT, "fmc %u bl %u tee %u snp %u ucode %u", t->fmc, t->bl, t->tee,
			 t->snp, t->ucode);
	else
		snprintf(out, SNP_TCB_TEXT, "bl %u tee %u snp %u ucode %u", t->bl, t->tee, t->snp,
			 t->ucode);
	return out;
}

/* ---- The signature ----------------------------------------------------------- */

enum { PART = SNP_SIG_LEN / 2 };

/* 72 little-endian bytes, of which 48 count. */
static bool component(struct bytes le, uint8_t out[static PART])
{
	for (size_t i = 0; i < PART; i++)
		out[i] = le.data[PART - 1 - i];
	return mem_is_zero(le.data + PART, le.len - PART) && !mem_is_zero(out, PART);
}

bool snp_signature(const struct snp_report *r, uint8_t out[static SNP_SIG_LEN])
{
	bool r_fits = component(r->sig_r, out), s_fits = component(r->sig_s, out + PART);

	return r_fits && s_fits;
}
