/* SPDX-License-Identifier: Apache-2.0 */
/* forge_dcap.c - what Intel's PCK and PCS hand out, made here; for tests only. */

#include "evidence/forge_dcap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/hex.h"
#include "crypto/hash.h"
#include "evidence/forge_der.h"
#include "evidence/verdict.h"

#define ROOT FORGE_INTEL_NAME("Intel SGX Root CA")
#define AUTHORITY FORGE_INTEL_NAME("Intel SGX PCK Platform CA")

void dcap_keys_load(struct dcap_keys *k, const char *vectors)
{
	k->root = forge_key_load(vectors, "p256-a");
	k->authority = forge_key_load(vectors, "p256-b");
	k->pck = forge_key_load(vectors, "p256-c");
	k->tcb = forge_key_load(vectors, "p256-d");
	k->attestation = forge_key_load(vectors, "p256-e");
	k->stranger = forge_key_load(vectors, "p256-f");
}

void dcap_keys_free(struct dcap_keys *k)
{
	forge_key_free(k->root);
	forge_key_free(k->authority);
	forge_key_free(k->pck);
	forge_key_free(k->tcb);
	forge_key_free(k->attestation);
	forge_key_free(k->stranger);
}

/* ---- The PCK extension ------------------------------------------------------------ */

void forge_pck_items(struct pck_item items[static PCK_ITEMS])
{
	static const char *const arcs[] = { "0201", "0202", "0203", "0204", "0205", "0206",
					    "0207", "0208", "0209", "020a", "020b", "020c",
					    "020d", "020e", "020f", "0210" };

	items[PCK_PPID] = (struct pck_item){ "01", "04", "11111111111111111111111111111111" };
	for (size_t i = 0; i < 16; i++)
		items[PCK_SVN_1 + i] = (struct pck_item){ arcs[i], "02", "05" };
	items[PCK_SVN_1 + 1].value = "00ff";
	items[PCK_PCESVN] = (struct pck_item){ "0211", "02", "0b" };
	items[PCK_CPUSVN] = (struct pck_item){ "0212", "04", "22222222222222222222222222222222" };
	items[PCK_PCEID] = (struct pck_item){ "03", "04", "0001" };
	items[PCK_FMSPC] = (struct pck_item){ "04", "04", "00806fab0000" };
	items[PCK_TYPE] = (struct pck_item){ "05", "0a", "01" };
	items[PCK_PLATFORM] = (struct pck_item){ "06", "04", "33333333333333333333333333333333" };
	items[PCK_DYNAMIC] = (struct pck_item){ "0701", "01", "ff" };
	items[PCK_CACHED] = (struct pck_item){ "0702", "01", "00" };
	items[PCK_SMT] = (struct pck_item){ "0703", "01", "ff" };
}

/* SEQUENCE {OID, `value`}, consumed. */
static void named(struct buf *out, const char *arcs, struct buf *value)
{
	struct buf oid = FORGE_DER_BUF, both = FORGE_DER_BUF;

	forge_hex(&oid, "2a864886f84d010d01");
	forge_hex(&oid, arcs);
	forge_wrap(&both, 0x06, &oid);
	buf_put(&both, value->data, value->len);
	buf_fini(value);
	forge_wrap(out, 0x30, &both);
}

static void item(struct buf *out, const struct pck_item *it)
{
	struct buf value = FORGE_DER_BUF, tag = FORGE_DER_BUF;

	if (!it->arcs)
		return;
	forge_hex(&tag, it->tag);
	forge_put(&value, tag.data[0], it->value);
	named(out, it->arcs, &value);
	buf_fini(&tag);
}

static void items_of(struct buf *out, const char *arcs, const struct pck_item *items, size_t n)
{
	struct buf list = FORGE_DER_BUF, seq = FORGE_DER_BUF;

	for (size_t i = 0; i < n; i++)
		item(&list, &items[i]);
	forge_wrap(&seq, 0x30, &list);
	named(out, arcs, &seq);
}

void forge_pck_extension(const struct pck_item *items, bool platform, struct buf *out)
{
	struct buf list = FORGE_DER_BUF;

	item(&list, &items[PCK_PPID]);
	items_of(&list, "02", items + PCK_SVN_1, PCK_CPUSVN + 1 - PCK_SVN_1);
	for (size_t i = PCK_PCEID; i <= (platform ? PCK_PLATFORM : PCK_TYPE); i++)
		item(&list, &items[i]);
	if (platform)
		items_of(&list, "07", items + PCK_DYNAMIC, 3);
	forge_wrap(out, 0x30, &list);
}

/* ---- Documents ---------------------------------------------------------------------- */

#define ZERO48 "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
#define NO_MODULE "\"mrsigner\":\"" ZERO48 "\",\"attributes\":\"0000000000000000\",\"attributesMask\":\"FFFFFFFFFFFFFFFF\""
#define DATES "\"issueDate\":\"2026-06-20T00:00:00Z\",\"nextUpdate\":\"2026-07-20T00:00:00Z\""
#define SVN4(n) "{\"svn\":" n "},{\"svn\":" n "},{\"svn\":" n "},{\"svn\":" n "}"
#define SVN16(n) SVN4(n) "," SVN4(n) "," SVN4(n) "," SVN4(n)
#define LEVEL_UP ",\"tcbDate\":\"2026-02-11T00:00:00Z\",\"tcbStatus\":\"UpToDate\"}"
#define LEVEL_OLD ",\"tcbDate\":\"2025-08-13T00:00:00Z\",\"tcbStatus\":\"OutOfDate\",\"advisoryIDs\":[\"INTEL-SA-00002\",\"INTEL-SA-00001\"]}"

static const char tdx_info[] =
	"{\"id\":\"TDX\",\"version\":3," DATES ",\"fmspc\":\"00806FAB0000\",\"pceId\":\"0001\",\"tcbType\":0,"
	"\"tcbEvaluationDataNumber\":20,\"tdxModule\":{" NO_MODULE "},\"tdxModuleIdentities\":[{\"id\":\"TDX_01\","
	NO_MODULE ",\"tcbLevels\":[{\"tcb\":{\"isvsvn\":5}" LEVEL_UP ",{\"tcb\":{\"isvsvn\":3}" LEVEL_OLD "]}],"
	"\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomponents\":[" SVN16("5") "],\"pcesvn\":11,\"tdxtcbcomponents\":["
	SVN16("5") "]}" LEVEL_UP ",{\"tcb\":{\"sgxtcbcomponents\":[" SVN16("4") "],\"pcesvn\":5,"
	"\"tdxtcbcomponents\":[" SVN16("4") "]}" LEVEL_OLD "]}";

static const char sgx_info[] =
	"{\"id\":\"SGX\",\"version\":3," DATES ",\"fmspc\":\"00806fab0000\",\"pceId\":\"0001\",\"tcbType\":0,"
	"\"tcbEvaluationDataNumber\":20,\"tcbLevels\":[{\"tcb\":{\"sgxtcbcomponents\":[" SVN16("5")
	"],\"pcesvn\":11}" LEVEL_UP ",{\"tcb\":{\"sgxtcbcomponents\":[" SVN16("4") "],\"pcesvn\":5}" LEVEL_OLD "]}";

static const char identity[] =
	"{\"id\":\"%s\",\"version\":2," DATES ",\"tcbEvaluationDataNumber\":20,\"miscselect\":\"00000000\","
	"\"miscselectMask\":\"FFFFFFFF\",\"attributes\":\"11000000000000000000000000000000\","
	"\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\",\"mrsigner\":"
	"\"3232323232323232323232323232323232323232323232323232323232323232\",\"isvprodid\":%u,"
	"\"tcbLevels\":[{\"tcb\":{\"isvsvn\":5}" LEVEL_UP ",{\"tcb\":{\"isvsvn\":2}" LEVEL_OLD "]}";

void dcap_replace(char *text, size_t room, const char *from, const char *to)
{
	char *p = strstr(text, from), *rest = p ? mem_text(bytes_text(p + strlen(from))) : NULL;

	if (!rest || (size_t)(p - text) + strlen(to) + strlen(rest) >= room)
		abort();
	snprintf(p, room - (size_t)(p - text), "%s%s", to, rest);
	free(rest);
}

/* ---- A world ------------------------------------------------------------------------- */

static const char *const nobody[] = { "0102", NULL }; /* lists are not empty, and name a stranger */

void dcap_forge_begin(struct dcap_forge *f, const struct dcap_keys *keys, uint16_t version,
		      enum quote_body body)
{
	bool sgx = body == QUOTE_SGX;
	struct forge_tbs ca = { .from = "180101000000Z", .until = "330101000000Z",
				.alg = FORGE_ECDSA_SHA256, .usage_hex = FORGE_USAGE_CA };
	struct forge_tbs leaf = ca;
	struct forge_crl crl = { .this_update = "260620000000Z", .next_update = "260720000000Z",
				 .alg = FORGE_ECDSA_SHA256, .number_hex = "01",
				 .key_id_hex = "0101010101010101010101010101010101010101",
				 .serials_hex = nobody };

	*f = (struct dcap_forge){ .keys = *keys };
	ca.constraints_hex = "30060101ff020101";
	ca.issuer = ca.subject = ROOT;
	ca.serial_hex = "01";
	f->root = (struct dcap_cert){ ca, keys->root, keys->root };
	ca.constraints_hex = "30060101ff020100";
	ca.subject = AUTHORITY;
	ca.serial_hex = "02";
	f->authority = (struct dcap_cert){ ca, keys->authority, keys->root };
	leaf.constraints_hex = "3000";
	leaf.usage_hex = FORGE_USAGE_LEAF;
	leaf.issuer = AUTHORITY;
	leaf.subject = FORGE_INTEL_NAME("Intel SGX PCK Certificate");
	leaf.serial_hex = "03";
	f->pck = (struct dcap_cert){ leaf, keys->pck, keys->authority };
	leaf.issuer = ROOT;
	leaf.subject = FORGE_INTEL_NAME("Intel SGX TCB Signing");
	leaf.serial_hex = "04";
	f->tcb = (struct dcap_cert){ leaf, keys->tcb, keys->root };
	forge_pck_items(f->items);
	crl.issuer = ROOT;
	f->root_crl = crl;
	crl.issuer = AUTHORITY;
	f->pck_crl = crl;
	f->root_crl_signer = keys->root;
	f->pck_crl_signer = keys->authority;
	forge_quote_begin(&f->q, version, body);
	f->attestation = f->quote_signer = keys->attestation;
	f->qe_signer = keys->pck;
	snprintf(f->tcb_info, sizeof f->tcb_info, "%s", sgx ? sgx_info : tdx_info);
	snprintf(f->qe_identity, sizeof f->qe_identity, identity, sgx ? "QE" : "TD_QE", sgx ? 1u : 2u);
	f->tcb_info_signer = f->qe_identity_signer = keys->tcb;
}

/* ---- The pieces ------------------------------------------------------------------------ */

static void cert_pem(const struct dcap_cert *c, struct buf *out)
{
	struct buf der = FORGE_DER_BUF;

	forge_pki_cert(&c->tbs, c->key, c->signer, &der);
	forge_pem(out, "CERTIFICATE", buf_bytes(&der));
	buf_fini(&der);
}

static void pck_pem(const struct dcap_forge *f, struct buf *out)
{
	struct buf value = FORGE_DER_BUF;
	struct dcap_cert c = f->pck;

	forge_pck_extension(f->items, !f->no_platform, &value);
	struct forge_ext ext = { "2a864886f84d010d01", false, buf_bytes(&value) };
	if (!f->no_extension) {
		c.tbs.ext = &ext;
		c.tbs.n_ext = 1;
	}
	cert_pem(&c, out);
	buf_fini(&value);
}

static void sign(const struct forge_key *key, struct bytes message, uint8_t out[static 64])
{
	struct buf sig = BUF_INIT(64);

	forge_sign(key, FORGE_ECDSA_SHA256, message, &sig);
	if (sig.len != 64)
		abort();
	memcpy(out, sig.data, 64);
	buf_fini(&sig);
}

void dcap_forge_quote(const struct dcap_forge *f, struct buf *out)
{
	struct forge_quote q = f->q;
	struct buf chain = BUF_INIT(1u << 16), bound = BUF_INIT(1u << 10), body = BUF_INIT(1u << 12);

	if (!q.chain.data) {
		pck_pem(f, &chain);
		cert_pem(&f->authority, &chain);
		cert_pem(&f->root, &chain);
		q.chain = buf_bytes(&chain);
	}
	memcpy(q.key, f->attestation->point + 1, sizeof q.key);
	if (!f->keep_report_data) {
		buf_put(&bound, q.key, sizeof q.key);
		buf_put(&bound, q.qe_auth, q.qe_auth_len);
		memset(q.qe + 0x140, 0, 64);
		if (hash_sha256(buf_bytes(&bound), q.qe + 0x140, NULL) != CLOISTER_OK)
			abort();
	}
	sign(f->qe_signer, BYTES_OF(q.qe), q.qe_signature);
	forge_quote_signed(&q, &body);
	sign(f->quote_signer, buf_bytes(&body), q.signature);
	forge_quote_write(&q, out);
	buf_fini(&chain);
	buf_fini(&bound);
	buf_fini(&body);
}

void dcap_forge_root(const struct dcap_forge *f, struct buf *pem)
{
	cert_pem(&f->root, pem);
}

void dcap_forge_signer(const struct dcap_forge *f, struct buf *pem)
{
	cert_pem(&f->tcb, pem);
}

void dcap_forge_root_crl(const struct dcap_forge *f, struct buf *der)
{
	forge_pki_crl(&f->root_crl, f->root_crl_signer, der);
}

void dcap_forge_pck_crl(const struct dcap_forge *f, struct buf *der)
{
	forge_pki_crl(&f->pck_crl, f->pck_crl_signer, der);
}

static void signed_document(const char *name, const char *body, const struct forge_key *signer,
			    struct buf *out)
{
	uint8_t sig[64];
	char hex[129];

	sign(signer, bytes_text(body), sig);
	hex_write(BYTES_OF(sig), hex);
	buf_print(out, "{\"%s\":%s,\"signature\":\"%s\"}", name, body, hex);
}

void dcap_forge_tcb_info(const struct dcap_forge *f, struct buf *json)
{
	signed_document("tcbInfo", f->tcb_info, f->tcb_info_signer, json);
}

void dcap_forge_qe_identity(const struct dcap_forge *f, struct buf *json)
{
	signed_document("enclaveIdentity", f->qe_identity, f->qe_identity_signer, json);
}

struct cloister_trust *dcap_forge_trust(const struct dcap_forge *f)
{
	static void (*const pieces[])(const struct dcap_forge *, struct buf *) = {
		dcap_forge_tcb_info, dcap_forge_qe_identity, dcap_forge_signer, dcap_forge_root_crl,
		dcap_forge_pck_crl,
	};
	struct buf root = BUF_INIT(1u << 16);
	struct cloister_trust *t;

	dcap_forge_root(f, &root);
	if (cloister_trust_new(&t, NULL) != CLOISTER_OK ||
	    cloister_trust_add_root(t, lend(buf_bytes(&root)), NULL) != CLOISTER_OK)
		abort();
	buf_fini(&root);
	for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
		struct buf b = BUF_INIT(1u << 16);
		pieces[i](f, &b);
		if (cloister_trust_add_collateral(t, lend(buf_bytes(&b)), NULL) != CLOISTER_OK)
			abort();
		buf_fini(&b);
	}
	return t;
}
