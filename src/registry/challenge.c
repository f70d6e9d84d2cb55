/* SPDX-License-Identifier: Apache-2.0 */
/* challenge.c - RFC 9110's lists of challenges, read strictly; and the one member of a token's JSON. */

#include "registry/challenge.h"

#include <strings.h>

#include "base/mem.h"
#include "codec/json.h"

struct reader {
	struct bytes all, left;
	struct cloister_fault *why;
};

static enum cloister_err bad(const struct reader *r, const char *note)
{
	return fail_at(r->why, r->all.len - r->left.len, "WWW-Authenticate", "%s", note);
}

static int peek(const struct reader *r)
{
	return r->left.len ? r->left.data[0] : -1;
}

static void step(struct reader *r)
{
	r->left = bytes_of(r->left.data + 1, r->left.len - 1);
}

static void skip_space(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t')
		step(r);
}

static bool is_token(int c)
{
	return c > 0x20 && c < 0x7f && !strchr("\"(),/:;<=>?@[\\]{}", c);
}

/* token, RFC 9110 section 5.6.2 */
static struct bytes token(struct reader *r)
{
	struct bytes start = r->left;

	while (is_token(peek(r)))
		step(r);
	return bytes_of(start.data, start.len - r->left.len);
}

static bool are(struct bytes name, const char *text)
{
	return name.len == strlen(text) && strncasecmp((const char *)name.data, text, name.len) == 0;
}

/* quoted-string without its quotes, visible ASCII and spaces only */
static enum cloister_err quoted(struct reader *r, struct buf *out)
{
	step(r);
	for (;; step(r)) {
		int c = peek(r);
		if (c == '"')
			break;
		if (c == '\\') {
			step(r);
			c = peek(r);
		}
		if (c < 0x20 || c > 0x7e)
			return bad(r, c < 0 ? "a text in quotes does not end" : "this cannot stand in a text");
		buf_byte(out, (uint8_t)c);
	}
	step(r);
	return CLOISTER_OK;
}

/* token | quoted-string */
static enum cloister_err value(struct reader *r, struct buf *out)
{
	if (peek(r) == '"')
		return quoted(r, out);
	struct bytes t = token(r);
	if (!t.len)
		return bad(r, "a parameter has no value");
	buf_put(out, t.data, t.len);
	return CLOISTER_OK;
}

static enum cloister_err keep(struct reader *r, char *to, size_t room, bool *seen, struct buf *text)
{
	if (give(*seen, true))
		return bad(r, "a parameter comes twice");
	if (text->failed || text->len >= room)
		return bad(r, "a parameter is too long");
	if (text->len)
		memcpy(to, text->data, text->len);
	to[text->len] = 0;
	return CLOISTER_OK;
}

struct seen {
	bool realm, service;
};

/* NAME BWS "=" BWS VALUE, of which the name is read */
static enum cloister_err parameter(struct reader *r, struct bytes name, struct challenge *c,
				   struct seen *seen)
{
	own(buf_fini) struct buf text = BUF_INIT(LIMIT_CHALLENGE);

	step(r); /* = */
	skip_space(r);
	TRY(value(r, &text));
	if (are(name, "realm"))
		return keep(r, c->realm, sizeof c->realm, &seen->realm, &text);
	if (are(name, "service"))
		return keep(r, c->service, sizeof c->service, &seen->service, &text);
	return CLOISTER_OK;
}

/* A comma, and something behind it. */
static enum cloister_err comma(struct reader *r)
{
	if (peek(r) != ',')
		return bad(r, "a comma is due here");
	step(r);
	skip_space(r);
	return peek(r) < 0 ? bad(r, "nothing comes behind the comma") : CLOISTER_OK;
}

/* Parameters up to the end or to the next challenge: behind a comma, a name without "=" is a scheme. */
static enum cloister_err parameters(struct reader *r, struct challenge *c)
{
	struct seen seen = { 0 };

	for (bool first = true; peek(r) >= 0; first = false) {
		struct bytes before = r->left, name = token(r);
		skip_space(r);
		if (!name.len || (first && peek(r) != '='))
			return bad(r, "a parameter is due here");
		if (peek(r) != '=') {
			r->left = before;
			return CLOISTER_OK;
		}
		TRY(parameter(r, name, c, &seen));
		skip_space(r);
		if (peek(r) >= 0)
			TRY(comma(r));
	}
	return CLOISTER_OK;
}

/* SCHEME [ SP parameters ] */
static enum cloister_err challenge(struct reader *r, struct challenge *c)
{
	struct bytes scheme = token(r);

	if (!scheme.len)
		return bad(r, "a scheme is due here");
	if (are(scheme, "Basic"))
		c->kind = CHALLENGE_BASIC;
	if (are(scheme, "Bearer"))
		c->kind = CHALLENGE_BEARER;
	if (peek(r) == ' ')
		skip_space(r);
	else if (peek(r) >= 0)
		return comma(r);
	return peek(r) == ',' ? comma(r) : parameters(r, c);
}

enum cloister_err challenge_read(struct bytes header, struct challenge *out,
				 struct cloister_fault *why)
{
	struct bytes all = bytes_trimmed(header);
	struct reader r = { all, all, why };
	struct challenge best = { 0 };

	do {
		struct challenge c = { 0 };
		TRY(challenge(&r, &c));
		if (c.kind > best.kind)
			best = c;
	} while (r.left.len);
	if (!best.kind)
		return fail(why, CLOISTER_E_UNSUPPORTED, "WWW-Authenticate", "neither Basic nor Bearer is offered");
	if (best.kind == CHALLENGE_BEARER && !best.realm[0])
		return fail_at(why, 0, "WWW-Authenticate", "Bearer has no realm");
	*out = best;
	return CLOISTER_OK;
}

/* b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"=" */
static bool is_b64token(struct bytes b)
{
	size_t i = 0;

	while (i < b.len && (is_token(b.data[i]) || b.data[i] == '/') && !strchr("!#$%&'*^`|", b.data[i]))
		i++;
	if (i == 0)
		return false;
	while (i < b.len && b.data[i] == '=')
		i++;
	return i == b.len;
}

static void wipe_text(char (*text)[SECRET_MAX])
{
	mem_wipe(text, sizeof *text);
}

enum cloister_err token_read(struct bytes answer, struct secret *out, struct cloister_fault *why)
{
	own(wipe_text) char text[SECRET_MAX];
	struct json doc, v;

	/* The reader's faults tell offsets, and no text. */
	TRY(json_read(answer, &doc, why));
	v = json_get(doc, "token");
	if (v.type != JSON_STRING || v.text.len <= 2) /* no more than its quotes */
		v = json_get(doc, "access_token");
	if (!json_text(v, text, sizeof text) || !is_b64token(bytes_text(text)))
		return fail(why, CLOISTER_E_PEER, "token", "the answer holds none, or one that no header may hold");
	out->len = 0;
	TRY(secret_put(out, bytes_text("Bearer "), why));
	return secret_put(out, bytes_text(text), why);
}
