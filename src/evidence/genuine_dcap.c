/* SPDX-License-Identifier: Apache-2.0 */
/* genuine_dcap.c - walks the indices of the quotes beside the checkout; for tests only. */

#include "evidence/genuine_dcap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "codec/json.h"
#include "evidence/genuine.h"

/* A file that the index names must be there; one that a bundle may lack need not. */
static void load(struct buf *b, bool must, const char *folder, const char *file)
{
	char path[4096];

	b->len = 0;
	b->max = 1u << 20;
	b->failed = false;
	snprintf(path, sizeof path, "%s/%s", folder, file);
	if (!read_file(path, b) && must) {
		fprintf(stderr, "%s: cannot be read\n", path);
		abort();
	}
}

static void text(struct json from, const char *key, char *out, size_t room)
{
	if (!json_text(json_get(from, key), out, room))
		out[0] = 0;
}

static void said_by_intel(struct json v, struct dcap_case *c)
{
	text(v, "launch_status", c->launch, sizeof c->launch);
	text(v, "current_status", c->current, sizeof c->current);
	text(v, "launch_advisories", c->launch_advisories, sizeof c->launch_advisories);
	text(v, "current_advisories", c->current_advisories, sizeof c->current_advisories);
	c->launch_date_s = c->current_date_s = c->evaluation = 0;
	(void)json_u64(json_get(v, "launch_tcb_date"), &c->launch_date_s);
	(void)json_u64(json_get(v, "current_tcb_date"), &c->current_date_s);
	(void)json_u64(json_get(v, "eval"), &c->evaluation);
}

static struct json index_read(const char *folder, const char *file, struct buf *room)
{
	struct json root = { 0 };
	char path[4096];

	*room = (struct buf)BUF_INIT(LIMIT_JSON);
	snprintf(path, sizeof path, "%s/%s", folder, file);
	if (read_file(path, room))
		(void)json_read(buf_bytes(room), &root, NULL);
	return root;
}

static void case_fini(struct dcap_case *c)
{
	buf_fini(&c->quote);
	buf_fini(&c->tcb_info);
	buf_fini(&c->qe_identity);
	buf_fini(&c->signing_chain);
	buf_fini(&c->root_crl);
	buf_fini(&c->pck_crl);
	buf_fini(&c->processor_crl);
	buf_fini(&c->root);
}

static void load_bundle(struct dcap_case *c, const char *folder, const char *bundle)
{
	char at[2048];

	snprintf(at, sizeof at, "%s/collateral/%s", folder, bundle);
	load(&c->tcb_info, true, at, "tcb_info.json");
	load(&c->qe_identity, true, at, "qe_identity.json");
	load(&c->signing_chain, true, at, "tcb_signing_chain.pem");
	load(&c->root_crl, true, at, "root_ca_crl.der");
	load(&c->pck_crl, false, at, "pck_crl_platform.der");
	load(&c->processor_crl, false, at, "pck_crl_processor.der");
}

static size_t genuine_in(const char *folder, dcap_visit *visit, void *data)
{
	struct dcap_case c = { 0 };
	struct buf room;
	struct json_walk w = json_walk(index_read(folder, "expected.json", &room));
	struct json key, entry, one;
	size_t n = 0;

	while (json_next(&w, &key, &entry)) {
		char file[512], bundle[256];
		struct json_walk each = json_walk(json_get(entry, "evaluations"));
		text(entry, "file", file, sizeof file);
		load(&c.quote, true, folder, file);
		while (json_next(&each, NULL, &one)) {
			text(one, "bundle", bundle, sizeof bundle);
			snprintf(c.name, sizeof c.name, "%.*s with %s", (int)key.text.len,
				 (const char *)key.text.data, bundle);
			load_bundle(&c, folder, bundle);
			said_by_intel(json_get(one, "intel_qvl"), &c);
			(void)json_u64(json_get(one, "verify_at"), &c.at_s);
			(void)json_bool(json_get(one, "pck_valid"), &c.pck_valid);
			visit(&c, data);
			n++;
		}
	}
	case_fini(&c);
	buf_fini(&room);
	return n;
}

static size_t both(const char *folder, const char *tail, size_t (*each)(const char *, dcap_visit *, void *),
		   dcap_visit *visit, void *data)
{
	char tdx[2048], sgx[2048];

	snprintf(tdx, sizeof tdx, "%s/tdx%s", folder, tail);
	snprintf(sgx, sizeof sgx, "%s/sgx%s", folder, tail);
	return each(tdx, visit, data) + each(sgx, visit, data);
}

size_t genuine_dcap_each(const char *folder, dcap_visit *visit, void *data)
{
	return both(folder, "", genuine_in, visit, data);
}

static size_t synthetic_in(const char *folder, dcap_visit *visit, void *data)
{
	struct dcap_case c = { .synthetic = true, .pck_valid = true };
	struct buf room;
	struct json_walk w = json_walk(index_read(folder, "expected.json", &room));
	struct json entry;
	size_t n = 0;

	for (; json_next(&w, NULL, &entry); n++) {
		char file[512];
		text(entry, "name", c.name, sizeof c.name);
		text(entry, "note", c.note, sizeof c.note);
		text(entry, "expected", c.expected, sizeof c.expected);
		said_by_intel(json_get(entry, "intel_qvl"), &c);
		(void)json_u64(json_get(entry, "verify_at"), &c.at_s);
		text(entry, "quote", file, sizeof file);
		load(&c.quote, true, folder, file);
		text(entry, "tcb_info", file, sizeof file);
		load(&c.tcb_info, true, folder, file);
		text(entry, "qe_identity", file, sizeof file);
		load(&c.qe_identity, true, folder, file);
		text(entry, "root_crl", file, sizeof file);
		load(&c.root_crl, true, folder, file);
		text(entry, "intermediate_crl", file, sizeof file);
		load(&c.pck_crl, true, folder, file);
		load(&c.signing_chain, true, folder, "tcb_signing_chain.pem");
		load(&c.root, true, folder, "root.pem");
		visit(&c, data);
	}
	case_fini(&c);
	buf_fini(&room);
	return n;
}

size_t synthetic_dcap_each(const char *folder, dcap_visit *visit, void *data)
{
	return both(folder, "/synthetic", synthetic_in, visit, data);
}

static size_t negative_in(const char *folder, dcap_visit *visit, void *data)
{
	struct dcap_case c = { .pck_valid = true };
	struct buf room;
	struct json_walk w = json_walk(index_read(folder, "negative/expected.json", &room));
	struct json key, entry;
	size_t n = 0;

	for (; json_next(&w, &key, &entry); n++) {
		char file[512], bundle[256];
		snprintf(c.name, sizeof c.name, "%.*s", (int)key.text.len,
			 (const char *)key.text.data);
		text(entry, "stage", c.stage, sizeof c.stage);
		text(entry, "note", c.note, sizeof c.note);
		(void)json_u64(json_get(entry, "verify_at"), &c.at_s);
		text(entry, "file", file, sizeof file);
		load(&c.quote, true, folder, file);
		text(entry, "bundle", bundle, sizeof bundle);
		load_bundle(&c, folder, bundle);
		visit(&c, data);
	}
	case_fini(&c);
	buf_fini(&room);
	return n;
}

size_t negative_dcap_each(const char *folder, dcap_visit *visit, void *data)
{
	return both(folder, "", negative_in, visit, data);
}
