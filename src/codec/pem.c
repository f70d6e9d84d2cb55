/* SPDX-License-Identifier: Apache-2.0 */
/* pem.c - RFC 7468 section 3, the strict grammar. Joins the lines, lets b64_read() judge them. */

#include "codec/pem.h"

#include <string.h>

#include "base/hex.h"
#include "base/rd.h"

#define LINE_MAX_DIGITS 76u
#define BODY_MAX 32768u /* base64 digits; far above any certificate or revocation list accepted here */

bool pem_looks_like(struct bytes text)
{
	static const char begin[] = "-----BEGIN ";

	return text.len >= sizeof begin - 1 &&
	       bytes_equal(bytes_of(text.data, sizeof begin - 1), bytes_text(begin));
}

/* Refuse with the offset of the line that is wrong, not of where reading stopped. */
static void want(struct rd *r, size_t at, bool holds, const char *field, const char *note)
{
	if (holds || !rd_ok(r))
		return;
	rd_refuse(r, CLOISTER_E_MALFORMED, field, note);
	r->why->at = at;
}

/* The next line without its end; blanks at its end are forgiven. */
static struct bytes line(struct rd *r)
{
	const uint8_t *nl = rd_left(r) ? memchr(r->at, '\n', rd_left(r)) : NULL;
	struct bytes b = rd_take(r, nl ? (size_t)(nl - r->at) : rd_left(r), "line");

	if (nl)
		(void)rd_u8(r, "line");
	while (b.len && (b.data[b.len - 1] == '\r' || b.data[b.len - 1] == ' '))
		b.len--;
	return b;
}

/* Whether it goes on with this text, which is then taken off. */
static bool takes(struct bytes *b, const char *text)
{
	size_t len = strlen(text);

	if (b->len < len || !bytes_equal(bytes_of(b->data, len), bytes_of(text, len)))
		return false;
	*b = bytes_of(b->data + len, b->len - len);
	return true;
}

/* Asked of every line, so nothing is printed to be compared. */
static bool is_boundary(struct bytes b, const char *word, const char *label)
{
	return takes(&b, "-----") && takes(&b, word) && takes(&b, " ") && takes(&b, label) &&
	       bytes_are(b, "-----");
}

static void only_white(struct rd *r)
{
	while (rd_ok(r) && rd_left(r)) {
		uint8_t c = rd_u8(r, "text behind the block");
		rd_want(r, c == '\n' || c == '\r' || c == ' ' || c == '\t', "text behind the block");
	}
}

enum cloister_err pem_read(struct bytes text, const char *label, uint8_t *out, size_t room,
			   size_t *len_out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(text, why ? why : &local);
	uint8_t body[BODY_MAX];
	size_t n = 0;

	struct bytes first = line(&r);
	want(&r, 0, is_boundary(first, "BEGIN", label), "BEGIN line", "another block, or none");
	size_t at = rd_at(&r);
	for (struct bytes b = line(&r); rd_ok(&r) && !is_boundary(b, "END", label); b = line(&r)) {
		want(&r, at, b.len > 0 && b.len <= LINE_MAX_DIGITS, "base64 line",
		     "empty, too long, or no END line");
		if (b.len > BODY_MAX - n)
			rd_refuse(&r, CLOISTER_E_LIMIT, "base64", "the block is too large");
		if (!rd_ok(&r))
			break;
		memcpy(body + n, b.data, b.len);
		n += b.len;
		at = rd_at(&r);
	}
	only_white(&r);
	TRY(rd_close(&r, "PEM"));
	return b64_read(bytes_of(body, n), out, room, len_out, why);
}

bool pem_is(struct bytes block, const char *label)
{
	struct cloister_fault local;
	struct rd r = rd_open(block, &local);

	return is_boundary(line(&r), "BEGIN", label);
}

static bool is_white(uint8_t c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

bool pem_next(struct bytes *text, struct bytes *block_out)
{
	static const char end[] = "-----END ";
	struct cloister_fault local;

	while (text->len && is_white(text->data[0]))
		*text = bytes_of(text->data + 1, text->len - 1);
	if (!pem_looks_like(*text))
		return false;
	struct rd r = rd_open(*text, &local);
	while (rd_ok(&r) && rd_left(&r)) {
		struct bytes b = line(&r);
		if (b.len < sizeof end - 1 ||
		    !bytes_equal(bytes_of(b.data, sizeof end - 1), bytes_text(end)))
			continue;
		*block_out = bytes_of(text->data, rd_at(&r));
		*text = bytes_of(text->data + rd_at(&r), text->len - rd_at(&r));
		return true;
	}
	return false;
}
