/* SPDX-License-Identifier: Apache-2.0 */
/* query.c - see query.h. */

#include "daemon/query.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "net/http_head.h"

/* ---- whose ---- */

static bool is_wallet(const char *text)
{
	size_t len = strlen(text);

	if (len == 0 || utf8_valid(bytes_of(text, len)) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		if ((uint8_t)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

/* Take what one place says; false when it is none, or not what another place said. */
static bool agree(const char *said, char out[static LIMIT_WALLET + 1], enum refusal *refusal_out)
{
	*refusal_out = REFUSE_WALLET;
	if (!is_wallet(said))
		return false;
	*refusal_out = REFUSE_WALLETS;
	if (out[0])
		return strcmp(out, said) == 0;
	snprintf(out, LIMIT_WALLET + 1, "%s", said);
	return true;
}

static bool from_query(struct bytes query, char out[static LIMIT_WALLET + 1], enum refusal *refusal_out)
{
	static const char *const names[] = { "wallet", "account", "identifier" };
	char text[LIMIT_WALLET + 1];

	for (size_t i = 0; i < 3; i++) {
		enum cloister_err err = http_query_get(query, names[i], text, sizeof text, NULL);
		if (err == CLOISTER_E_MISSING)
			continue;
		*refusal_out = REFUSE_WALLET;
		if (err != CLOISTER_OK || !agree(text, out, refusal_out))
			return false;
	}
	return true;
}

bool query_wallet(const struct query_said *said, char out[static LIMIT_WALLET + 1], enum refusal *refusal_out)
{
	char wallet[LIMIT_WALLET + 1] = "", text[LIMIT_WALLET + 1];
	struct json in_body = json_get(said->body, "walletAddress");

	if (!from_query(said->query, wallet, refusal_out))
		return false;
	*refusal_out = REFUSE_WALLET;
	if (in_body.type != JSON_NONE &&
	    (!json_text(in_body, text, sizeof text) || !agree(text, wallet, refusal_out)))
		return false;
	*refusal_out = REFUSE_WALLET;
	if (said->header.data) {
		if (said->header.len > LIMIT_WALLET || memchr(said->header.data, 0, said->header.len))
			return false;
		snprintf(text, sizeof text, "%.*s", (int)said->header.len, (const char *)said->header.data);
		if (!agree(text, wallet, refusal_out))
			return false;
	}
	*refusal_out = REFUSE_WALLET;
	if (!wallet[0])
		return false;
	memcpy(out, wallet, sizeof wallet);
	return true;
}

/* ---- which part ---- */

/* 1 … max, at most nine digits. */
static bool small_number(const char *text, uint32_t max, uint32_t *out)
{
	size_t len = strlen(text);

	if (len == 0 || len > 9 || strspn(text, "0123456789") != len)
		return false;
	*out = (uint32_t)strtoul(text, NULL, 10);
	return *out >= 1 && *out <= max;
}

/* Sixteen lower-case digits, so that each place has one cursor. */
static bool read_cursor(const char *text, uint64_t *out)
{
	if (strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
		return false;
	*out = strtoull(text, NULL, 16);
	return *out != 0;
}

bool query_page(struct bytes query, uint32_t preset, uint32_t max, struct query_page *out, enum refusal *refusal_out)
{
	struct query_page page = { .limit = preset };
	char text[64];

	*refusal_out = REFUSE_LIMIT;
	enum cloister_err err = http_query_get(query, "limit", text, sizeof text, NULL);
	if (err != CLOISTER_E_MISSING && (err != CLOISTER_OK || !small_number(text, max, &page.limit)))
		return false;
	page.is_paged = err == CLOISTER_OK;
	*refusal_out = REFUSE_CURSOR;
	err = http_query_get(query, "cursor", text, sizeof text, NULL);
	if (err != CLOISTER_E_MISSING && (err != CLOISTER_OK || !read_cursor(text, &page.before)))
		return false;
	page.is_paged |= err == CLOISTER_OK;
	*out = page;
	return true;
}

void query_cursor(uint64_t seq, char out[static QUERY_CURSOR_ROOM])
{
	snprintf(out, QUERY_CURSOR_ROOM, "%016llx", (unsigned long long)seq);
}

/* ---- what for ---- */

static const struct {
	enum query_scope scope;
	const char *name;
} scopes[] = {
	{ SCOPE_ENCLAVES_READ, "enclaves:read" }, { SCOPE_ENCLAVES_WRITE, "enclaves:write" },
	{ SCOPE_TASKS_READ, "tasks:read" },	  { SCOPE_TASKS_WRITE, "tasks:write" },
	{ SCOPE_LOGS_READ, "logs:read" },
};
#define N_SCOPES (sizeof scopes / sizeof *scopes)

const char *query_scope_name(enum query_scope one)
{
	size_t i = 0;

	while (i < N_SCOPES - 1 && scopes[i].scope != one)
		i++;
	return scopes[i].name;
}

static unsigned scope_of(struct json name)
{
	for (size_t i = 0; i < N_SCOPES; i++)
		if (json_is(name, scopes[i].name))
			return scopes[i].scope;
	return 0;
}

static void blame(struct buf *bad, struct json v)
{
	char text[64];

	if (bad->len)
		buf_text(bad, ", ");
	buf_text(bad, json_text(v, text, sizeof text) ? text : "(no name)");
}

bool query_permissions(struct json array, unsigned *scopes_out, struct buf *bad, enum refusal *refusal_out)
{
	struct json_walk walk = json_walk(array);
	unsigned set = 0;
	struct json v;

	*refusal_out = REFUSE_FIELDS;
	if (array.type != JSON_ARRAY || json_count(array) == 0 || json_count(array) > LIMIT_PERMISSIONS)
		return false;
	*refusal_out = REFUSE_PERMISSIONS;
	while (json_next(&walk, NULL, &v)) {
		unsigned one = scope_of(v);
		if (one == 0 || set & one)
			blame(bad, v);
		set |= one;
	}
	if (bad->len || bad->failed)
		return false;
	*scopes_out = set;
	return true;
}
