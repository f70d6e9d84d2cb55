/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge_kds.c - for tests only: what AMD's KDS would answer under keys of our own
 * (public ones, trusted nowhere), good and bad, into a folder, with reports to match.
 *
 *   forge_kds VECTORS FOLDER
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/forge_snp.h"
#include "sys/io.h"

struct world {
	const char *folder;
	enum snp_product product;
	struct snp_forge keys;
	char ark[256], ask[256], asvk[256];
};

static void save(const struct world *w, const char *name, struct bytes content)
{
	struct cloister_fault why;
	char path[4096];

	snprintf(path, sizeof path, "%s/%s-%s", w->folder, snp_product_name(w->product), name);
	if (file_write(AT_FDCWD, path, 0644, content, &why) != CLOISTER_OK)
		abort();
}

static void save_cert(const struct world *w, const char *name, const struct forge_tbs *t,
		      const struct forge_key *key, const struct forge_key *signer)
{
	own(buf_fini) struct buf der = BUF_INIT(1u << 16);

	forge_pki_cert(t, key, signer, &der);
	save(w, name, buf_bytes(&der));
}

static void save_vek(const struct world *w, const char *name, const struct forge_tbs *t,
		     const struct snp_forge_exts *e, const struct forge_key *signer)
{
	own(buf_fini) struct buf der = BUF_INIT(1u << 16);

	snp_forge_vek_write(t, e, w->keys.vek, signer, &der);
	save(w, name, buf_bytes(&der));
}

static void save_veks(const struct world *w)
{
	struct forge_tbs good = snp_forge_vek(w->ask, FORGE_AMD_NAME("SEV-VCEK")), t = good;
	struct snp_forge_exts mine = snp_forge_exts(w->product, false), e = mine;

	save_vek(w, "vcek.der", &good, &mine, w->keys.ask);
	save_vek(w, "vcek-stranger.der", &good, &mine, w->keys.ark);
	e.value[VEK_UCODE] = "020200da";
	save_vek(w, "vcek-other-tcb.der", &good, &e, w->keys.ask);
	e = mine;
	e.value[VEK_HWID] = w->product == SNP_TURIN ?
		"f102030405060708" :
		"f102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
		"2122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40";
	save_vek(w, "vcek-other-chip.der", &good, &e, w->keys.ask);
	t.until = "260920000000Z";
	save_vek(w, "vcek-expired.der", &t, &mine, w->keys.ask);
	t = good;
	t.from = "260801000000Z";
	save_vek(w, "vcek-renewed.der", &t, &mine, w->keys.ask);
	e = snp_forge_exts(w->product == SNP_MILAN ? SNP_GENOA : SNP_MILAN, false);
	if (w->product != SNP_TURIN)
		save_vek(w, "vcek-other-product.der", &good, &e, w->keys.ask);
	e = snp_forge_exts(w->product, true);
	t = snp_forge_vek(w->asvk, FORGE_AMD_NAME("SEV-VLEK"));
	save_vek(w, "vlek.der", &t, &e, w->keys.ask);
}

static void save_crl(const struct world *w, const char *name, const char *next, const char *const *serials,
		     const struct forge_key *signer)
{
	own(buf_fini) struct buf der = BUF_INIT(1u << 16);
	struct forge_crl c = {
		.issuer = w->ark, .this_update = "260901000000Z", .next_update = next,
		.alg = FORGE_PSS_SHA384_TRAILER, .number_hex = "01", .serials_hex = serials,
	};

	forge_pki_crl(&c, signer, &der);
	save(w, name, buf_bytes(&der));
}

static void save_report(const struct world *w, const char *name, uint32_t version)
{
	uint8_t report[SNP_REPORT_LEN];

	snp_forge_report(w->product, version, report);
	snp_forge_sign(report, w->keys.vek);
	save(w, name, BYTES_OF(report));
	memset(report + 0x1a0, 0, 64); /* masked */
	snp_forge_sign(report, w->keys.vek);
	char masked[64];
	snprintf(masked, sizeof masked, "masked-%s", name);
	save(w, masked, BYTES_OF(report));
	report[0x48] = SNP_VLEK << 2;
	snp_forge_sign(report, w->keys.vek);
	snprintf(masked, sizeof masked, "vlek-%s", name);
	save(w, masked, BYTES_OF(report));
}

static void save_all(struct world *w)
{
	static const char *const nobody[] = { NULL }, *const ask_serial[] = { "010001", NULL };
	const char *product = snp_product_name(w->product);

	snprintf(w->ark, sizeof w->ark, FORGE_AMD_NAME("ARK-%s"), product);
	snprintf(w->ask, sizeof w->ask, FORGE_AMD_NAME("SEV-%s"), product);
	snprintf(w->asvk, sizeof w->asvk, FORGE_AMD_NAME("SEV-VLEK-%s"), product);
	struct forge_tbs ark = snp_forge_ark(w->ark), ask = snp_forge_ask(w->ark, w->ask);
	struct forge_tbs asvk = snp_forge_ask(w->ark, w->asvk);
	asvk.serial_hex = "010002";
	save_cert(w, "ark.der", &ark, w->keys.ark, w->keys.ark);
	save_cert(w, "ark-stranger.der", &ark, w->keys.ask, w->keys.ask);
	save_cert(w, "ask.der", &ask, w->keys.ask, w->keys.ark);
	save_cert(w, "ask-stranger.der", &ask, w->keys.ask, w->keys.ask);
	save_cert(w, "asvk.der", &asvk, w->keys.ask, w->keys.ark);
	save_veks(w);
	save_crl(w, "crl.der", "270901000000Z", nobody, w->keys.ark);
	save_crl(w, "crl-stale.der", "260920000000Z", nobody, w->keys.ark);
	save_crl(w, "crl-stranger.der", "270901000000Z", nobody, w->keys.ask);
	save_crl(w, "crl-revokes.der", "270901000000Z", ask_serial, w->keys.ark);
	save_report(w, "v3.bin", 3);
	save_report(w, "v2.bin", 2);
}

int main(int argc, char **argv)
{
	struct world w = { 0 };

	if (argc != 3)
		return 2;
	w.folder = argv[2];
	snp_forge_init(&w.keys, argv[1]);
	for (int p = SNP_MILAN; p < SNP_PRODUCTS; p++) {
		w.product = p;
		save_all(&w);
	}
	snp_forge_fini(&w.keys);
	return 0;
}
