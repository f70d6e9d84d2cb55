/* SPDX-License-Identifier: Apache-2.0 */
/* qe_identity_test.c - identities of our own, right and wrong in one place each. */

#include "base/test.h"
#include "evidence/qe_identity.h"

#define SIGNATURE                                                          \
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f" \
	"202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

static const char qe[] =
	"{\"enclaveIdentity\":{\"id\":\"TD_QE\",\"version\":2,\"issueDate\":\"2026-06-12T22:19:21Z\","
	"\"nextUpdate\":\"2026-07-12T22:19:21Z\",\"tcbEvaluationDataNumber\":21,"
	"\"miscselect\":\"00000001\",\"miscselectMask\":\"FFFFFFFE\","
	"\"attributes\":\"11000000000000000000000000000000\","
	"\"attributesMask\":\"FBFFFFFFFFFFFFFF0000000000000000\","
	"\"mrsigner\":\"DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5\",\"isvprodid\":2,"
	"\"tcbLevels\":[{\"tcb\":{\"isvsvn\":4},\"tcbDate\":\"2024-03-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},"
	"{\"tcb\":{\"isvsvn\":3},\"tcbDate\":\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDate\","
	"\"advisoryIDs\":[\"INTEL-SA-1\"]}]},\"signature\":\"" SIGNATURE "\"}";

static struct qe_identity q;

/* `base` with the first `from` replaced. */
static struct bytes replaced(const char *base, const char *from, const char *to, struct buf *room)
{
	const char *p = strstr(base, from);

	assert_non_null(p);
	*room = (struct buf)BUF_INIT(LIMIT_PCS_JSON + 1);
	buf_put(room, base, (size_t)(p - base));
	buf_text(room, to);
	buf_text(room, p + strlen(from));
	assert_false(room->failed);
	return buf_bytes(room);
}

static void an_identity_is_read(void **state)
{
	struct cloister_fault why;
	struct buf room;

	(void)state;
	WANT_OK(qe_identity_read(bytes_text(qe), &q, &why), &why);
	assert_int_equal(q.id, QE_TDX);
	assert_int_equal(q.evaluation, 21);
	assert_int_equal(q.issued_s, 1781302761);
	assert_memory_equal(q.miscselect, "\0\0\0\1", 4);
	assert_memory_equal(q.miscselect_mask, "\xff\xff\xff\xfe", 4);
	assert_int_equal(q.attributes[0], 0x11);
	assert_int_equal(q.attributes_mask[0], 0xfb);
	assert_int_equal(q.mrsigner[31], 0xc5);
	assert_int_equal(q.isvprodid, 2);
	assert_int_equal(q.n_levels, 2);
	assert_int_equal(q.levels[1].isvsvn, 3);
	assert_int_equal(q.levels[1].said.status, TCB_OUT_OF_DATE);
	assert_ptr_equal(q.sent.body.data, strstr(qe, "{\"id\""));
	assert_ptr_equal(q.sent.body.data + q.sent.body.len, strstr(qe, ",\"signature\""));
	WANT_OK(qe_identity_read(replaced(qe, "TD_QE", "QE", &room), &q, &why), &why);
	assert_int_equal(q.id, QE_SGX);
	buf_fini(&room);
}

static const struct {
	const char *name, *from, *to, *field;
} bad[] = {
	{ "TCB information", "\"enclaveIdentity\"", "\"tcbInfo\"", "enclaveIdentity" },
	{ "version 1", "\"version\":2", "\"version\":1", "version" },
	{ "version 3", "\"version\":2", "\"version\":3", "version" },
	{ "the QVE is no QE", "TD_QE", "QVE", "id" },
	{ "unknown member", "\"isvprodid\":2", "\"isvprodid\":2,\"x\":0", "enclaveIdentity" },
	{ "version a text", "\"version\":2", "\"version\":\"2\"", "version" },
	{ "issue date of another form", "2026-06-12T22:19:21Z", "2026-06-12 22:19:21Z", "issueDate" },
	{ "no next update", "\"nextUpdate\":\"2026-07-12T22:19:21Z\",", "", "nextUpdate" },
	{ "evaluation number large", "Number\":21", "Number\":4294967296", "tcbEvaluationDataNumber" },
	{ "miscselect's mask short", "\"FFFFFFFE\"", "\"FFFFFF\"", "miscselectMask" },
	{ "no mrsigner", "\"mrsigner\"", "\"mrenclave\"", "enclaveIdentity" },
	{ "mrsigner short", "54A8C5", "54A8", "mrsigner" },
	{ "isvprodid large", "\"isvprodid\":2", "\"isvprodid\":65536", "isvprodid" },
	{ "no isvprodid", "\"isvprodid\":2,", "", "isvprodid" },
	{ "miscselect short", "\"00000001\"", "\"000001\"", "miscselect" },
	{ "no mask", "\"miscselectMask\":\"FFFFFFFE\",", "", "miscselectMask" },
	{ "attributes short", "\"1100000000", "\"11000000", "attributes" },
	{ "attributes no digits", "\"1100000000", "\"x100000000", "attributes" },
	{ "attributes' mask long", "\"FBFF", "\"FBFFFF", "attributesMask" },
	{ "level of a platform's status", "\"UpToDate\"", "\"ConfigurationNeeded\"", "tcbStatus" },
	{ "level twice", "\"isvsvn\":3", "\"isvsvn\":4", "tcbLevels" },
	{ "level unknown member", "\"UpToDate\"", "\"UpToDate\",\"x\":0", "tcbLevels" },
	{ "level without a date", "\"tcbDate\":\"2024-03-13T00:00:00Z\",", "", "tcbDate" },
	{ "no levels", "\"tcbLevels\":[", "\"levels\":[", "enclaveIdentity" },
	{ "levels an object", "\"tcbLevels\":[", "\"tcbLevels\":{},\"x\":[", "enclaveIdentity" },
	{ "evaluation number missing", "\"tcbEvaluationDataNumber\":21,", "", "tcbEvaluationDataNumber" },
	{ "signature short", "3d3e3f\"", "3d3e\"", "signature" },
};

static void one_wrong_place_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why;
		struct buf room;
		struct bytes doc = replaced(qe, bad[i].from, bad[i].to, &room);
		enum cloister_err err = qe_identity_read(doc, &q, &why);
		if (err == CLOISTER_OK || strcmp(why.what, bad[i].field) != 0)
			fail_msg("%s: %s: %s", bad[i].name, err ? why.what : "accepted", why.note);
		buf_fini(&room);
	}
}

/* A level for each isvsvn from 0 on, `n` of them. */
static void many_levels(size_t n, struct buf *out)
{
	const char *from = strstr(qe, "{\"tcb\":");

	*out = (struct buf)BUF_INIT(1u << 16);
	buf_put(out, qe, (size_t)(from - qe));
	for (size_t i = 0; i < n; i++)
		buf_print(out, "%s{\"tcb\":{\"isvsvn\":%zu},\"tcbDate\":\"2018-01-04T00:00:00Z\",\"tcbStatus\":\"OutOfDate\"}",
			  i ? "," : "", i);
	buf_text(out, "]},\"signature\":\"" SIGNATURE "\"}");
}

static void levels_are_bounded(void **state)
{
	struct cloister_fault why;
	struct buf room;

	(void)state;
	many_levels(LIMIT_QE_LEVELS, &room);
	WANT_OK(qe_identity_read(buf_bytes(&room), &q, &why), &why);
	assert_int_equal(q.n_levels, LIMIT_QE_LEVELS);
	buf_fini(&room);
	many_levels(LIMIT_QE_LEVELS + 1, &room);
	assert_int_equal(qe_identity_read(buf_bytes(&room), &q, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.what, "tcbLevels");
	buf_fini(&room);
}

static void numbers_are_read_whole(void **state)
{
	struct cloister_fault why;
	struct buf room;

	(void)state;
	WANT_OK(qe_identity_read(replaced(qe, "\"isvprodid\":2", "\"isvprodid\":65535", &room), &q, &why), &why);
	assert_int_equal(q.isvprodid, 65535);
	buf_fini(&room);
	WANT_OK(qe_identity_read(replaced(qe, "Number\":21", "Number\":4294967295", &room), &q, &why), &why);
	assert_int_equal(q.evaluation, UINT32_MAX);
	buf_fini(&room);
	assert_int_equal(qe_identity_read(replaced(qe, "\"version\":2", "\"version\":258", &room), &q, &why),
			 CLOISTER_E_UNSUPPORTED);
	assert_string_equal(why.note, "enclave identity of version 258");
	buf_fini(&room);
}

static void every_prefix_is_refused(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof qe - 1; len++) {
		char *copy = malloc(len ? len : 1);
		memcpy(copy, qe, len);
		assert_int_not_equal(qe_identity_read(bytes_of(copy, len), &q, NULL), CLOISTER_OK);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_is_read),
		cmocka_unit_test(one_wrong_place_is_named),
		cmocka_unit_test(levels_are_bounded),
		cmocka_unit_test(numbers_are_read_whole),
		cmocka_unit_test(every_prefix_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
