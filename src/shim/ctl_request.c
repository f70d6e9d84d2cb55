/* SPDX-License-Identifier: Apache-2.0 */
/* ctl_request.c - reading one request of ctl.sock (ctl.h). Pure. */

#include "base/hex.h"
#include "codec/json.h"
#include "shim/ctl.h"

static enum cloister_err hex_field(struct json object, const char *name, struct ctl_field *out,
				   struct cloister_fault *why)
{
	struct json v = json_get(object, name);
	char text[2 * LIMIT_NSM_FIELD + 1];

	*out = (struct ctl_field){ 0 };
	if (v.type == JSON_NONE || v.type == JSON_NULL)
		return CLOISTER_OK;
	if (!json_text(v, text, sizeof text))
		return fail(why, CLOISTER_E_USAGE, "ctl", "`%s` is no text of at most %u hex digits", name,
			    2 * LIMIT_NSM_FIELD);
	if (hex_read(bytes_text(text), out->data, sizeof out->data, &out->len, NULL) != CLOISTER_OK)
		return fail(why, CLOISTER_E_USAGE, "ctl", "`%s` is not hexadecimal", name);
	out->present = true;
	return CLOISTER_OK;
}

/* Operations that want nothing. */
static enum cloister_err bare(struct json o, struct ctl_request *r, struct cloister_fault *why)
{
	static const char *const known[] = { "op", NULL };

	(void)r;
	return json_only(o, known, "ctl", why);
}

static enum cloister_err attest(struct json o, struct ctl_request *r, struct cloister_fault *why)
{
	static const char *const known[] = { "op", "nonce", "user_data", "public_key", NULL };

	TRY(json_only(o, known, "ctl", why));
	TRY(hex_field(o, "nonce", &r->nonce, why));
	TRY(hex_field(o, "user_data", &r->user_data, why));
	return hex_field(o, "public_key", &r->public_key, why);
}

static enum cloister_err stop(struct json o, struct ctl_request *r, struct cloister_fault *why)
{
	static const char *const known[] = { "op", "grace_ms", NULL };
	struct json grace = json_get(o, "grace_ms");

	TRY(json_only(o, known, "ctl", why));
	r->grace_ms = UINT64_MAX;
	if (grace.type != JSON_NONE && (!json_u64(grace, &r->grace_ms) || r->grace_ms > 3600000))
		return fail(why, CLOISTER_E_USAGE, "ctl", "`grace_ms` is no number up to 3600000");
	return CLOISTER_OK;
}

static enum cloister_err signal_(struct json o, struct ctl_request *r, struct cloister_fault *why)
{
	static const char *const known[] = { "op", "signal", NULL };
	uint64_t n;

	TRY(json_only(o, known, "ctl", why));
	if (!json_u64(json_get(o, "signal"), &n) || n < 1 || n > 64)
		return fail(why, CLOISTER_E_USAGE, "ctl", "`signal` is no number from 1 to 64");
	r->signal = (unsigned)n;
	return CLOISTER_OK;
}

static const struct {
	const char *name;
	enum ctl_op op;
	enum cloister_err (*read)(struct json o, struct ctl_request *r, struct cloister_fault *why);
} ops[] = {
	{ "status", CTL_STATUS, bare },
	{ "attest", CTL_ATTEST, attest },
	{ "stop", CTL_STOP, stop },
	{ "signal", CTL_SIGNAL, signal_ },
	{ "pause", CTL_PAUSE, bare },
	{ "resume", CTL_RESUME, bare },
};

enum cloister_err ctl_request_read(struct bytes line, struct ctl_request *out,
				   struct cloister_fault *why)
{
	struct ctl_request r = { 0 };
	struct json o;

	TRY(json_read(line, &o, why));
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
		if (!json_is(json_get(o, "op"), ops[i].name))
			continue;
		r.op = ops[i].op;
		TRY(ops[i].read(o, &r, why));
		*out = r;
		return CLOISTER_OK;
	}
	return fail(why, CLOISTER_E_UNSUPPORTED, "ctl", "no operation that this shim knows");
}
