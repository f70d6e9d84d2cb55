/* SPDX-License-Identifier: Apache-2.0 */
/* shape.c - one function per kind of answer. */

#include "daemon/shape.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/hex.h"

#define ID_DIGITS 9u

void shape_time(uint64_t unix_ms, char out[static SHAPE_TIME_ROOM])
{
	char date[DATE_ROOM];

	date_write(unix_ms / 1000, date);
	snprintf(out, SHAPE_TIME_ROOM, "%.19s.%03uZ", date, (unsigned)(unix_ms % 1000)); /* without "+00:00" */
}

void shape_id(const char *prefix, uint64_t unix_ms, const uint8_t random[static 8], char out[static SHAPE_ID_ROOM])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char tail[ID_DIGITS + 1] = "";
	uint64_t n = 0;

	for (size_t i = 0; i < 8; i++)
		n = n << 8 | random[i];
	for (size_t i = 0; i < ID_DIGITS; i++, n /= 36)
		tail[i] = digits[n % 36];
	snprintf(out, SHAPE_ID_ROOM, "%s_%llu_%s", prefix, (unsigned long long)unix_ms, tail);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

bool shape_is_id(const char *prefix, struct bytes text)
{
	size_t n = 0;

	if (text.len >= SHAPE_ID_ROOM || !bytes_skip(&text, prefix) || !bytes_skip(&text, "_"))
		return false;
	while (n < text.len && is_digit(text.data[n]))
		n++;
	if (n == 0 || text.len != n + 1 + ID_DIGITS || text.data[n] != '_')
		return false;
	for (n++; n < text.len; n++)
		if (!is_digit(text.data[n]) && !(text.data[n] >= 'a' && text.data[n] <= 'z'))
			return false;
	return true;
}

void shape_key(const uint8_t random[static 16], char out[static SHAPE_KEY_ROOM])
{
	memcpy(out, "treza_live_", 11);
	hex_write(bytes_of(random, 16), out + 11);
}

static void put(struct json_out *w, const char *key, struct bytes text)
{
	if (text.data)
		json_put_bytes(w, key, text);
}

static void put_time(struct json_out *w, const char *key, uint64_t unix_ms)
{
	char text[SHAPE_TIME_ROOM];

	if (unix_ms == 0)
		return;
	shape_time(unix_ms, text);
	json_put_text(w, key, text);
}

static void put_ports(struct json_out *w, const struct shape_enclave *e)
{
	if (e->n_ports == 0)
		return;
	json_open(w, "publishedPorts", '[');
	for (size_t i = 0; i < e->n_ports; i++) {
		json_open(w, NULL, '{');
		json_put_u64(w, "hostPort", e->ports[i].host);
		json_put_u64(w, "port", e->ports[i].enclave);
		json_close(w, '}');
	}
	json_close(w, ']');
}

void shape_enclave_put(struct json_out *w, const char *key, const struct shape_enclave *e)
{
	json_open(w, key, '{');
	put(w, "id", e->id);
	put(w, "name", e->name);
	put(w, "description", e->description);
	put(w, "status", e->status);
	put(w, "region", e->region);
	put(w, "walletAddress", e->wallet);
	put(w, "providerId", e->provider);
	if (e->config.data)
		json_put_raw(w, "providerConfig", e->config);
	put_time(w, "createdAt", e->created_ms);
	put_time(w, "updatedAt", e->updated_ms);
	put(w, "sourceType", e->source);
	put(w, "buildId", e->build_id);
	put(w, "buildStatus", e->build_status);
	put(w, "error_message", e->error);
	if (e->exit_code >= 0)
		json_put_i64(w, "exitCode", e->exit_code);
	put_ports(w, e);
	json_close(w, '}');
}

void shape_task_put(struct json_out *w, const char *key, const struct shape_task *t)
{
	json_open(w, key, '{');
	put(w, "id", t->id);
	put(w, "name", t->name);
	put(w, "description", t->description);
	put(w, "enclaveId", t->enclave);
	put(w, "status", t->status);
	put(w, "schedule", t->schedule);
	put(w, "timeZone", t->zone);
	put(w, "walletAddress", t->wallet);
	put_time(w, "createdAt", t->created_ms);
	put_time(w, "updatedAt", t->updated_ms);
	put_time(w, "lastRun", t->last_run_ms);
	put_time(w, "nextRun", t->next_run_ms);
	json_close(w, '}');
}

void shape_api_key_put(struct json_out *w, const char *key, const struct shape_api_key *k)
{
	json_open(w, key, '{');
	put(w, "id", k->id);
	put(w, "name", k->name);
	put(w, "key", k->plain);
	json_put_hex(w, "keyHash", k->hash);
	json_open(w, "permissions", '[');
	for (size_t i = 0; k->permissions[i]; i++)
		json_put_text(w, NULL, k->permissions[i]);
	json_close(w, ']');
	json_put_text(w, "status", k->is_active ? "active" : "inactive");
	put(w, "walletAddress", k->wallet);
	put_time(w, "createdAt", k->created_ms);
	put_time(w, "updatedAt", k->updated_ms);
	put_time(w, "lastUsed", k->used_ms);
	put_time(w, "expiresAt", k->expires_ms);
	json_close(w, '}');
}

void shape_log_put(struct json_out *w, const char *key, const struct shape_log *l)
{
	json_open(w, key, '{');
	json_put_u64(w, "timestamp", l->at_ms);
	json_put_loose(w, "message", l->message);
	json_put_text(w, "source", l->source);
	if (l->stream)
		json_put_text(w, "stream", l->stream);
	if (l->type)
		json_put_text(w, "type", l->type);
	json_close(w, '}');
}

/* ---- evidence ---- */

/* Text from the heap, which is written even when it is a failure: the buffer remembers that. */
static void put_owned(struct json_out *w, const char *key, char *text)
{
	own(drop_mem) char *owned = text;

	if (!owned)
		w->to->failed = w->to->starved = true;
	else
		json_put_text(w, key, owned);
}

static void put_b64(struct json_out *w, const char *key, struct bytes b)
{
	char *text = b.data ? malloc(B64_ROOM(b.len)) : NULL;

	if (!b.data)
		return;
	if (text)
		b64_write(b, text);
	put_owned(w, key, text);
}

/* RFC 7468: lines of 64 characters. */
static char *pem(struct bytes der)
{
	own(drop_mem) char *b64 = malloc(B64_ROOM(der.len));
	struct buf out = BUF_INIT(2 * B64_ROOM(der.len) + 128);

	if (!b64)
		return NULL;
	b64_write(der, b64);
	buf_text(&out, "-----BEGIN CERTIFICATE-----\n");
	for (const char *p = b64; *p; p += strnlen(p, 64))
		buf_print(&out, "%.64s\n", p);
	buf_text(&out, "-----END CERTIFICATE-----\n");
	buf_byte(&out, 0);
	if (!out.failed)
		return (char *)out.data;
	buf_fini(&out);
	return NULL;
}

static void put_pcrs(struct json_out *w, const struct nitro_doc *d)
{
	json_open(w, "pcrs", '{');
	for (unsigned i = 0; i < LIMIT_PCRS; i++) {
		char name[12];

		snprintf(name, sizeof name, "%u", i);
		if (d->pcr_mask >> i & 1)
			json_put_hex(w, name, d->pcr[i]);
	}
	json_close(w, '}');
}

static void put_digest(struct json_out *w, const struct nitro_doc *d)
{
	own(buf_fini) struct buf text = BUF_INIT(256);
	char hex[2 * NITRO_PCR_LEN + 1] = "";

	if (d->pcr_mask & 1)
		hex_write(d->pcr[0], hex);
	buf_print(&text, "sha384:%s", hex);
	w->to->failed |= text.failed;
	w->to->starved |= text.starved;
	json_put_text(w, "digest", buf_string(&text));
}

static void put_read(struct json_out *w, const struct nitro_doc *d)
{
	put(w, "moduleId", d->module_id);
	put_digest(w, d);
	json_put_u64(w, "timestamp", d->timestamp_ms);
	put_pcrs(w, d);
	put_owned(w, "certificate", pem(d->certs[d->n_certs - 1]));
	json_open(w, "cabundle", '[');
	for (size_t i = 0; i + 1 < d->n_certs; i++)
		put_owned(w, NULL, pem(d->certs[i]));
	json_close(w, ']');
	put_b64(w, "publicKey", d->public_key);
	put_b64(w, "userData", d->user_data);
	if (d->nonce.data)
		json_put_loose(w, "nonce", d->nonce);
}

static void put_document(struct json_out *w, const struct shape_attestation *a)
{
	json_open(w, "attestationDocument", '{');
	if (a->read)
		put_read(w, a->read);
	put_b64(w, "document", a->document);
	json_close(w, '}');
}

static void put_sentences(struct json_out *w, const char *key, const struct strv *list)
{
	json_open(w, key, '[');
	for (size_t i = 0; i < list->n; i++)
		json_put_text(w, NULL, list->list[i]);
	json_close(w, ']');
}

static void put_verification(struct json_out *w, const struct shape_attestation *a)
{
	const struct score *s = a->score;

	json_open(w, "verification", '{');
	json_put_bool(w, "isValid", s && s->is_valid);
	json_put_text(w, "trustLevel", s ? score_level_name(s) : "LOW");
	json_put_text(w, "verificationStatus", !s ? "PENDING" : s->is_valid ? "VERIFIED" : "FAILED");
	json_put_u64(w, "integrityScore", s ? s->integrity : 0);
	if (s)
		put_time(w, "lastVerified", a->verified_ms);
	else
		json_put_null(w, "lastVerified");
	if (s && s->errors.n)
		put_sentences(w, "errors", &s->errors);
	json_close(w, '}');
}

/* https://host/api/enclaves/ID… */
static void put_endpoint(struct json_out *w, const char *key, const struct shape_attestation *a, const char *tail)
{
	own(buf_fini) struct buf url = BUF_INIT(4096);

	buf_print(&url, "%s/api/enclaves/%.*s%s", a->base_url, (int)a->enclave.len, (const char *)a->enclave.data, tail);
	w->to->failed |= url.failed;
	w->to->starved |= url.starved;
	json_put_text(w, key, buf_string(&url));
}

void shape_attestation_put(struct json_out *w, const char *key, const struct shape_attestation *a)
{
	json_open(w, key, '{');
	put(w, "enclaveId", a->enclave);
	put_document(w, a);
	put_verification(w, a);
	json_open(w, "endpoints", '{');
	put_endpoint(w, "verificationUrl", a, "/attestation/verify");
	put_endpoint(w, "apiEndpoint", a, "/attestation");
	put_endpoint(w, "webhookUrl", a, "/attestation/webhook");
	json_close(w, '}');
	json_close(w, '}');
}

/* Every check, by number, with what was found: more than the contract asks, and what scores come from. */
static void put_checks(struct json_out *w, const struct cloister_verdict *v)
{
	struct cloister_answer a;

	json_open(w, "checks", '[');
	for (size_t i = 0; v && cloister_verdict_answer(v, i, &a); i++) {
		json_open(w, NULL, '{');
		json_put_text(w, "id", a.id);
		json_put_text(w, "name", a.name);
		json_put_text(w, "question", a.question);
		json_put_text(w, "finding", cloister_finding_name(a.finding));
		json_put_bool(w, "waived", a.is_waived);
		json_put_loose(w, "reason", bytes_text(a.reason));
		json_close(w, '}');
	}
	json_close(w, ']');
}

void shape_verification_put(struct json_out *w, const char *key, const struct score *s,
			    const struct cloister_verdict *v, uint64_t verified_ms)
{
	json_open(w, key, '{');
	json_put_bool(w, "isValid", s->is_valid);
	json_put_text(w, "trustLevel", score_level_name(s));
	json_open(w, "verificationDetails", '{');
	json_put_bool(w, "pcrVerification", s->pcrs);
	json_put_bool(w, "certificateChain", s->chain);
	json_put_bool(w, "timestampValid", s->timestamp);
	json_put_bool(w, "nonceMatches", s->nonce);
	json_put_bool(w, "signatureValid", s->signature);
	json_close(w, '}');
	json_open(w, "complianceChecks", '{');
	json_put_bool(w, "soc2", s->compliance.soc2);
	json_put_bool(w, "hipaa", s->compliance.hipaa);
	json_put_bool(w, "fips", s->compliance.fips);
	json_put_bool(w, "commonCriteria", s->compliance.common_criteria);
	json_close(w, '}');
	json_put_u64(w, "integrityScore", s->integrity);
	json_put_u64(w, "riskScore", s->risk);
	put_sentences(w, "recommendations", &s->recommendations);
	put_time(w, "verifiedAt", verified_ms);
	put_checks(w, v);
	json_close(w, '}');
}

void shape_verification_status_put(struct json_out *w, const char *key, struct bytes enclave, struct bytes status,
				   const struct score *s, uint64_t verified_ms)
{
	json_open(w, key, '{');
	put(w, "enclaveId", enclave);
	json_put_bool(w, "isVerified", s && s->is_valid);
	put(w, "status", status);
	if (s)
		put_time(w, "lastVerified", verified_ms);
	else
		json_put_null(w, "lastVerified");
	json_put_text(w, "trustLevel", s ? score_level_name(s) : "UNKNOWN");
	json_close(w, '}');
}
