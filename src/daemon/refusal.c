/* SPDX-License-Identifier: Apache-2.0 */
/* refusal.c - a table and one writer. */

#include "daemon/refusal.h"

#include "base/limits.h"

static const struct {
	int status;
	const char *text;
} refusals[] = {
#define R(id, code, sentence) { code, sentence },
	REFUSALS(R)
#undef R
};

int refusal_status(enum refusal r)
{
	return refusals[r].status;
}

static void fill(struct buf *out, const char *text, const char *const values[static 2])
{
	size_t n = 0;

	for (const char *place; (place = strstr(text, "{}")); text = place + 2) {
		buf_put(out, text, (size_t)(place - text));
		if (n < 2 && values[n])
			buf_text(out, values[n]);
		n++;
	}
	buf_text(out, text);
}

void refusal_put(struct buf *out, enum refusal r, const char *a, const char *b, const struct strv *details,
		 const char *state)
{
	own(buf_fini) struct buf sentence = BUF_INIT(LIMIT_REFUSAL);
	struct json_out w = json_out(out);

	fill(&sentence, refusals[r].text, (const char *const[]){ a, b });
	if (sentence.starved)
		out->failed = out->starved = true;
	json_open(&w, NULL, '{');
	if (sentence.failed) /* too long: without what was put in */
		json_put_text(&w, "error", refusals[r].text);
	else
		json_put_loose(&w, "error", buf_bytes(&sentence));
	if (details && details->n) {
		json_open(&w, "details", '[');
		for (size_t i = 0; i < details->n; i++)
			json_put_loose(&w, NULL, bytes_text(details->list[i]));
		json_close(&w, ']');
	}
	if (state)
		json_put_text(&w, "status", state);
	json_close(&w, '}');
}
