/* SPDX-License-Identifier: Apache-2.0 */
/* pcs.c - Intel's PCS API version 4, the parts that its signed statements share. */

#include "evidence/pcs.h"

#include "base/date.h"
#include "base/hex.h"

#define ISV_STATUSES (1u << TCB_UP_TO_DATE | 1u << TCB_OUT_OF_DATE | 1u << TCB_REVOKED)

enum cloister_err pcs_signed_read(struct bytes doc, const char *name, struct pcs_signed *out,
				  struct cloister_fault *why)
{
	const char *const known[] = { name, "signature", NULL };
	struct pcs_signed s;
	struct json outer, member[2];

	if (doc.len > LIMIT_PCS_JSON)
		return fail(why, CLOISTER_E_LIMIT, name, "%zu bytes, at most %u are accepted", doc.len,
			    LIMIT_PCS_JSON);
	TRY(json_read(doc, &outer, why));
	TRY(json_members(outer, known, member, name, why));
	s.json = member[0];
	if (s.json.type != JSON_OBJECT)
		return fail(why, CLOISTER_E_MALFORMED, name, "no such object in the document");
	s.body = s.json.text;
	TRY(pcs_hex(member[1], "signature", s.sig, sizeof s.sig, why));
	*out = s;
	return CLOISTER_OK;
}

enum cloister_err pcs_hex(struct json v, const char *name, uint8_t *out, size_t len,
			  struct cloister_fault *why)
{
	size_t n;

	if (v.type != JSON_STRING || v.text.len != 2 * len + 2)
		return fail(why, CLOISTER_E_MALFORMED, name, "not a string of %zu digits", 2 * len);
	if (hex_read(bytes_of(v.text.data + 1, 2 * len), out, len, &n, NULL) != CLOISTER_OK)
		return fail(why, CLOISTER_E_MALFORMED, name, "not hexadecimal digits");
	return CLOISTER_OK;
}

enum cloister_err pcs_number(struct json v, const char *name, uint64_t max, uint64_t *out,
			     struct cloister_fault *why)
{
	uint64_t n;

	if (!json_u64(v, &n) || n > max)
		return fail(why, CLOISTER_E_MALFORMED, name, "not a number from 0 to %llu",
			    (unsigned long long)max);
	*out = n;
	return CLOISTER_OK;
}

enum cloister_err pcs_date(struct json v, const char *name, uint64_t *unix_s_out,
			   struct cloister_fault *why)
{
	char text[sizeof "2025-05-27T19:31:43Z"];
	uint64_t unix_s;

	/* A date for which there is room, and which ends in Z, is as long as that. */
	if (!json_text(v, text, sizeof text) || !date_read(text, &unix_s) || text[10] != 'T' || text[19] != 'Z')
		return fail(why, CLOISTER_E_MALFORMED, name, "not a date like 2025-05-27T19:31:43Z");
	*unix_s_out = unix_s;
	return CLOISTER_OK;
}

static bool is_advisory(struct json v)
{
	char text[LIMIT_ADVISORY + 1];

	/* Its text is its bytes: no escapes, nothing that a list of them could be misread by. */
	if (!json_text(v, text, sizeof text) || text[0] == 0 || strlen(text) != v.text.len - 2)
		return false;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || *p == ',')
			return false;
	return true;
}

static enum cloister_err advisories(struct json list, struct json *out, struct cloister_fault *why)
{
	struct json_walk w = json_walk(list);
	struct json id;
	size_t n = 0;

	if (list.type != JSON_NONE && list.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "advisoryIDs", "not a list");
	while (json_next(&w, NULL, &id))
		if (++n > LIMIT_ADVISORIES || !is_advisory(id))
			return fail(why, CLOISTER_E_MALFORMED, "advisoryIDs",
				    "entry %zu is no name of 1 to %u characters, or one too many", n,
				    LIMIT_ADVISORY);
	*out = list;
	return CLOISTER_OK;
}

enum cloister_err pcs_level_read(struct json object, uint32_t allowed, struct pcs_level *out,
				 struct json *tcb_out, struct cloister_fault *why)
{
	static const char *const known[] = { "tcb", "tcbDate", "tcbStatus", "advisoryIDs", NULL };
	struct json member[4];
	unsigned s = 0;

	TRY(json_members(object, known, member, "tcbLevels", why));
	while (s < TCB_STATUS_COUNT && !(allowed >> s & 1 && json_is(member[2], tcb_status_name(s))))
		s++;
	if (s == TCB_STATUS_COUNT)
		return fail(why, CLOISTER_E_MALFORMED, "tcbStatus", "not a status of such a level");
	out->status = s;
	*tcb_out = member[0];
	TRY(pcs_date(member[1], "tcbDate", &out->date_s, why));
	return advisories(member[3], &out->advisories, why);
}

static enum cloister_err isv_level(struct json v, struct pcs_isv_level *out,
				   struct cloister_fault *why)
{
	static const char *const known[] = { "isvsvn", NULL };
	struct json tcb, member;
	uint64_t svn;

	TRY(pcs_level_read(v, ISV_STATUSES, &out->said, &tcb, why));
	TRY(json_members(tcb, known, &member, "tcb", why));
	TRY(pcs_number(member, "isvsvn", UINT16_MAX, &svn, why));
	out->isvsvn = (uint16_t)svn;
	return CLOISTER_OK;
}

enum cloister_err pcs_isv_levels_read(struct json array, struct pcs_isv_level *out, size_t room,
				      size_t *n_out, struct cloister_fault *why)
{
	struct json_walk w = json_walk(array);
	struct json v;
	size_t n = 0;

	if (array.type != JSON_ARRAY)
		return fail(why, CLOISTER_E_MALFORMED, "tcbLevels", "no list of levels");
	for (; json_next(&w, NULL, &v); n++) {
		if (n == room)
			return fail(why, CLOISTER_E_LIMIT, "tcbLevels", "too many levels");
		TRY(isv_level(v, &out[n], why));
		for (size_t i = 0; i < n; i++)
			if (out[i].isvsvn == out[n].isvsvn)
				return fail(why, CLOISTER_E_MALFORMED, "tcbLevels",
					    "two levels for isvsvn %u", out[n].isvsvn);
	}
	if (n == 0)
		return fail(why, CLOISTER_E_MALFORMED, "tcbLevels", "an empty list of levels");
	*n_out = n;
	return CLOISTER_OK;
}
