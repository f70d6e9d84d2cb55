/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - looks the sentences up; words nothing itself but what holds for every rule. */

#include "policy/explain.h"

#include <stdio.h>
#include <string.h>

static const struct explanation {
	const char *id, *means, *todo, *waived;
} rows[] = {
#define EXPLAIN(id, means, todo, waived) { id, means, todo, waived },
#include "policy/explain.def"
#undef EXPLAIN
};

static const struct explanation *row_of(enum check c)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (strcmp(rows[i].id, check_id(c)) == 0)
			return &rows[i];
	return NULL;
}

bool explain_has_row(enum check c)
{
	return row_of(c) != NULL;
}

enum check check_named(const char *id_or_word)
{
	for (int c = 0; c < CHECK_COUNT; c++)
		if (strcmp(check_id((enum check)c), id_or_word) == 0 ||
		    strcmp(check_word((enum check)c), id_or_word) == 0)
			return (enum check)c;
	return CHECK_COUNT;
}

void explain(enum check c, enum ending ending, struct buf *out)
{
	const struct explanation *row = row_of(c);

	switch (ending) {
	case ENDED_FAILED:
		if (row)
			buf_print(out, "%s %s", row->means, row->todo);
		else
			buf_print(out, "It does not hold that %s.", check_question(c));
		return;
	case ENDED_WAIVED:
		buf_text(out, row && row->waived[0] ? row->waived :
						      "The caller said that this does not matter.");
		return;
	case ENDED_UNREACHED:
		buf_text(out, "Nothing is known about this, because an earlier check failed.");
		return;
	}
}

bool cloister_verdict_explain(const struct cloister_verdict *v, size_t index, char *out, size_t size)
{
	own(buf_fini) struct buf text = BUF_INIT(CLOISTER_EXPLANATION_MAX);
	struct cloister_answer a;

	if (!v || !out || size == 0 || !cloister_verdict_answer(v, index, &a))
		return false;
	switch (a.finding) {
	case CLOISTER_HELD:
		break;
	case CLOISTER_FAILED:
		explain(check_named(a.id), ENDED_FAILED, &text);
		break;
	case CLOISTER_UNCHECKED:
		explain(check_named(a.id), a.is_waived ? ENDED_WAIVED : ENDED_UNREACHED, &text);
		break;
	}
	snprintf(out, size, "%s", buf_string(&text));
	return true;
}
