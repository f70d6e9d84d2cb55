/* SPDX-License-Identifier: Apache-2.0 */
/* forge_snp.c - AMD's certificates, and a report by offsets. For tests only. */

#include "evidence/forge_snp.h"

#include <stdlib.h>
#include <string.h>

#include "evidence/forge_der.h"

struct forge_tbs snp_forge_ark(const char *subject)
{
	return (struct forge_tbs){
		.issuer = subject, .subject = subject, .from = "201022000000Z", .until = "451022000000Z",
		.serial_hex = "010000", .alg = FORGE_PSS_SHA384_TRAILER,
		.constraints_hex = "30030101ff", .usage_hex = FORGE_USAGE_CA,
	};
}

struct forge_tbs snp_forge_ask(const char *issuer, const char *subject)
{
	return (struct forge_tbs){
		.issuer = issuer, .subject = subject, .from = "201022000000Z", .until = "451022000000Z",
		.serial_hex = "010001", .alg = FORGE_PSS_SHA384_TRAILER,
		.constraints_hex = "30060101ff020100", .usage_hex = FORGE_USAGE_PADDED,
	};
}

struct forge_tbs snp_forge_vek(const char *issuer, const char *subject)
{
	return (struct forge_tbs){
		.issuer = issuer, .subject = subject, .from = "260101000000Z", .until = "330101000000Z",
		.serial_hex = "00", .alg = FORGE_PSS_SHA384,
	};
}

/* ---- AMD's extensions ----------------------------------------------------------- */

#define CHIP_64 "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20" \
		"2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40"

struct snp_forge_exts snp_forge_exts(enum snp_product p, bool vlek)
{
	struct snp_forge_exts e = {
		.value = { "020100", "16054d696c616e", "020104", "020100", "020118", "020100", "020100",
			   "020100", "020100", "020200db" },
	};

	if (p == SNP_MILAN && !vlek)
		e.value[VEK_PRODUCT] = "16084d696c616e2d4230"; /* Milan-B0 */
	if (p == SNP_GENOA)
		e.value[VEK_PRODUCT] = "160547656e6f61";
	if (p == SNP_TURIN) {
		e.value[VEK_PRODUCT] = "1605547572696e";
		e.value[VEK_VERSION] = "020101";
		e.value[VEK_4] = NULL;
		e.value[VEK_FMC] = "020101";
	}
	if (vlek)
		e.value[VEK_CSP] = "1612434e3d63632d746573742e6578616d706c65"; /* CN=cc-test.example */
	else
		e.value[VEK_HWID] = p == SNP_TURIN ? "0102030405060708" : CHIP_64;
	return e;
}

void snp_forge_vek_write(const struct forge_tbs *t, const struct snp_forge_exts *e,
			 const struct forge_key *key, const struct forge_key *signer, struct buf *out)
{
#define AMD "2b060104019c7801"
	static const char *const oids[VEK_EXTS] = {
		AMD "01",   AMD "02",	AMD "0301", AMD "0302", AMD "0303", AMD "0304", AMD "0305",
		AMD "0306", AMD "0307", AMD "0308", AMD "0309", AMD "04",   AMD "05",
	};
	struct forge_ext exts[VEK_EXTS + 1];
	struct buf values[VEK_EXTS];
	struct forge_tbs with = *t;

	with.n_ext = 0;
	with.ext = exts;
	for (size_t i = 0; i < VEK_EXTS; i++) {
		values[i] = (struct buf)FORGE_DER_BUF;
		if (!e->value[i])
			continue;
		forge_hex(&values[i], e->value[i]);
		exts[with.n_ext++] = (struct forge_ext){ oids[i], false, buf_bytes(&values[i]) };
	}
	if (e->more.oid_hex)
		exts[with.n_ext++] = e->more;
	forge_pki_cert(&with, key, signer, out);
	for (size_t i = 0; i < VEK_EXTS; i++)
		buf_fini(&values[i]);
}

/* ---- Reports ------------------------------------------------------------------------ */

void snp_put32(uint8_t *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(v >> 8 * i);
}

void snp_put64(uint8_t *at, uint64_t v)
{
	snp_put32(at, (uint32_t)v);
	snp_put32(at + 4, (uint32_t)(v >> 32));
}

static void put_tcb(uint8_t *at, enum snp_product p)
{
	static const uint8_t old[] = { 4, 0, 0, 0, 0, 0, 0x18, 0xdb }, turin[] = { 1, 4, 0, 0x18, 0, 0, 0, 0xdb };

	memcpy(at, p == SNP_TURIN ? turin : old, SNP_TCB_LEN);
}

void snp_forge_report(enum snp_product p, uint32_t version, uint8_t b[static SNP_REPORT_LEN])
{
	static const uint8_t cpuid[][3] = { { 0x19, 0x01, 1 }, { 0x19, 0x11, 1 }, { 0x1a, 0x02, 1 } };

	memset(b, 0, SNP_REPORT_LEN);
	snp_put32(b, version);
	snp_put32(b + 0x004, 2);
	snp_put64(b + 0x008, 0x30000);
	memset(b + 0x010, 'f', 16);
	memset(b + 0x020, 'i', 16);
	snp_put32(b + 0x034, 1);
	snp_put64(b + 0x040, 0x25);
	memcpy(b + 0x050, "N\1\2\3", 4); /* the nonce, then zeros */
	memset(b + 0x090, 'm', 48);
	memset(b + 0x0c0, 'h', 32);
	memset(b + 0x140, 'r', 32);
	memset(b + 0x160, 0xff, 32);
	if (version >= 3)
		memcpy(b + 0x188, cpuid[p], 3);
	for (uint8_t i = 0; i < (p == SNP_TURIN ? 8 : 64); i++)
		b[0x1a0 + i] = (uint8_t)(i + 1);
	static const uint32_t tcbs[] = { 0x038, 0x180, 0x1e0, 0x1f0 };
	for (size_t i = 0; i < 4; i++)
		put_tcb(b + tcbs[i], p);
	memcpy(b + 0x1e8, "\x1d\x37\x01\0\x1d\x37\x01", 7);
	if (version >= 5) {
		snp_put64(b + 0x1f8, 0x0b);
		snp_put64(b + 0x200, 0x0b);
	}
}

void snp_forge_sign(uint8_t b[static SNP_REPORT_LEN], const struct forge_key *vek)
{
	struct buf sig = BUF_INIT(SNP_SIG_LEN);

	forge_sign(vek, FORGE_ECDSA_SHA384, bytes_of(b, SNP_SIGNED_LEN), &sig);
	if (sig.failed || sig.len != SNP_SIG_LEN)
		abort();
	memset(b + 0x2a0, 0, 144);
	for (size_t i = 0; i < 48; i++) {
		b[0x2a0 + i] = sig.data[47 - i];
		b[0x2e8 + i] = sig.data[95 - i];
	}
	buf_fini(&sig);
}

void snp_forge_table(const struct snp_forge_table *t, struct buf *out)
{
	const struct {
		const char *guid;
		struct bytes data;
	} rows[] = {
		{ "a406b4c003a8524997433fb6014cd0ae", t->ark },	 { "79b3b74aacbbe44fa02f05aef327c782", t->ask },
		{ "8d75da6364e66445adc5f4b93be8accd", t->vcek }, { "c24b07a85aa23e48aae639c045a0b8a1", t->vlek },
		{ "c31bf89211583d4d97ffd19f88dc67ea", t->crl },
	};
	size_t n = sizeof rows / sizeof *rows, at = 24;
	uint8_t place[24] = { 0 };

	for (size_t i = 0; i < n; i++)
		at += rows[i].data.len ? 24 : 0;
	for (size_t i = 0; i < n; i++) {
		if (rows[i].data.len == 0)
			continue;
		snp_put32(place, (uint32_t)at);
		snp_put32(place + 4, (uint32_t)rows[i].data.len);
		forge_hex(out, rows[i].guid);
		buf_put(out, place, 8);
		at += rows[i].data.len;
	}
	memset(place, 0, sizeof place);
	buf_put(out, place, sizeof place);
	for (size_t i = 0; i < n; i++)
		buf_put(out, rows[i].data.data, rows[i].data.len);
}

void snp_forge_init(struct snp_forge *f, const char *vectors)
{
	f->ark = forge_key_load(vectors, "rsa4096-a");
	f->ask = forge_key_load(vectors, "rsa4096-b");
	f->vek = forge_key_load(vectors, "p384-a");
	f->stranger = forge_key_load(vectors, "p384-b");
}

void snp_forge_fini(struct snp_forge *f)
{
	forge_key_free(f->ark);
	forge_key_free(f->ask);
	forge_key_free(f->vek);
	forge_key_free(f->stranger);
}
