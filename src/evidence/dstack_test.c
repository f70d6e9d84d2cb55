/* SPDX-License-Identifier: Apache-2.0 */
/* dstack_test.c - dstack's logs, replayed, and wrong in one place. */

#include "base/test.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/nomem.h"
#include "evidence/dstack.h"
#include "evidence/event_log.h"

#define ZERO16 "00000000000000000000000000000000"
#define ZERO48 ZERO16 ZERO16 ZERO16
#define BOOT "{\"imr\":1,\"event_type\":4,\"digest\":\"" ZERO48 "\",\"event\":\"\",\"event_payload\":\"\"}"

/* type ":" name ":" payload, of the event that log_of() writes */
static void own_digest(char hex[static 97])
{
	uint8_t digest[SHA384_LEN];

	assert_int_equal(hash_sha384(bytes_of("\1\0\0\x08:app-id:\xaa\xbb", 14), digest, NULL), CLOISTER_OK);
	hex_write(BYTES_OF(digest), hex);
}

static const char *log_of_type(unsigned type, unsigned imr, const char *digest, const char *name,
			       const char *payload)
{
	static char text[512];

	snprintf(text, sizeof text,
		 "[{\"imr\":%u,\"event_type\":%u,\"digest\":\"%s\",\"event\":\"%s\",\"event_payload\":\"%s\"}]",
		 imr, type, digest, name, payload);
	return text;
}

static const char *log_of(unsigned imr, const char *digest, const char *name, const char *payload)
{
	return log_of_type(DSTACK_EVENT, imr, digest, name, payload);
}

static void a_log_is_replayed(void **state)
{
	uint8_t pair[2][SHA384_LEN] = { 0 }, want[SHA384_LEN];
	struct cloister_fault why = { 0 };
	struct dstack_log log;
	char hex[97];
	size_t len;
	(void)state;

	WANT_OK(dstack_log_read(bytes_text("[" BOOT "," BOOT "]"), &log, &why), &why);
	assert_int_equal(log.n_events, 2);
	assert_int_equal(hash_sha384(BYTES_OF(pair), pair[0], NULL), CLOISTER_OK);
	assert_int_equal(hash_sha384(BYTES_OF(pair), want, NULL), CLOISTER_OK);
	assert_memory_equal(log.rtmr[1], want, SHA384_LEN);
	assert_true(mem_is_zero(log.rtmr[0], SHA384_LEN) && mem_is_zero(log.rtmr[3], SHA384_LEN));

	own_digest(hex);
	WANT_OK(dstack_log_read(bytes_text(log_of(3, hex, "app-id", "aabb")), &log, &why), &why);
	memset(pair, 0, sizeof pair);
	assert_int_equal(hex_read(bytes_text(hex), pair[1], SHA384_LEN, &len, NULL), CLOISTER_OK);
	assert_int_equal(hash_sha384(BYTES_OF(pair), want, NULL), CLOISTER_OK);
	assert_memory_equal(log.rtmr[3], want, SHA384_LEN);
	WANT_OK(dstack_log_read(bytes_text("[]"), &log, &why), &why);
	assert_int_equal(log.n_events, 0);
}

static void own_events_are_checked(void **state)
{
	struct cloister_fault why = { 0 };
	struct dstack_log log = { .n_events = 77 };
	char hex[97];
	(void)state;

	own_digest(hex);
	assert_int_equal(dstack_log_read(bytes_text(log_of(3, hex, "app-id", "aabc")), &log, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "digest");
	assert_int_equal(dstack_log_read(bytes_text(log_of(3, hex, "app-ie", "aabb")), &log, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(dstack_log_read(bytes_text(log_of(2, hex, "app-id", "aabb")), &log, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(dstack_log_read(bytes_text(log_of(3, hex, "app-id", "aab")), &log, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "hex");
	hex[0] = hex[0] == '0' ? '1' : '0';
	assert_int_equal(dstack_log_read(bytes_text(log_of(3, hex, "app-id", "aabb")), &log, &why), CLOISTER_E_MALFORMED);
	assert_int_equal(log.n_events, 77);
}

/* The digest covers name ":" payload, whose border could be moved to another colon. */
static void a_name_has_no_colon(void **state)
{
	struct cloister_fault why = { 0 };
	uint8_t digest[SHA384_LEN];
	struct dstack_log log;
	char hex[97];
	(void)state;

	assert_int_equal(hash_sha384(bytes_of("\1\0\0\x08:a:b:c", 10), digest, NULL), CLOISTER_OK);
	hex_write(BYTES_OF(digest), hex);
	WANT_OK(dstack_log_read(bytes_text(log_of(3, hex, "a", "623a63")), &log, &why), &why);
	assert_int_equal(dstack_log_read(bytes_text(log_of(3, hex, "a:b", "63")), &log, &why), CLOISTER_E_MALFORMED);
	assert_string_equal(why.what, "event");
}

/* A cursor of another log, or of none. */
static void a_cursor_past_the_end_finds_nothing(void **state)
{
	struct cloister_fault why = { 0 };
	struct event_log log;
	struct log_event e;
	(void)state;

	WANT_OK(event_log_read(bytes_text("[" BOOT "]"), &log, &why), &why);
	for (size_t at = sizeof BOOT + 2; at; at = at > SIZE_MAX / 4 ? 0 : at * 4)
		assert_false(event_log_next(&log, &(size_t){ at }, &e));
	assert_false(event_log_next(&log, &(size_t){ SIZE_MAX }, &e));
}

/* Nobody signs the type: another one must not spare an event the check. */
static void other_types_are_not_for_rtmr3(void **state)
{
	static const unsigned types[] = { 0, 1, 0x0d, 0x1a, 0x08000000, 0x08000002, 0x80000003, UINT32_MAX };
	struct dstack_log log = { .n_events = 77 };
	char hex[97];
	(void)state;

	own_digest(hex);
	for (size_t i = 0; i < N_OF(types); i++) {
		struct cloister_fault why = { 0 };
		for (unsigned payload = 0; payload < 2; payload++) {
			const char *text = log_of_type(types[i], 3, hex, "app-id", payload ? "aabc" : "aabb");
			assert_int_equal(dstack_log_read(bytes_text(text), &log, &why), CLOISTER_E_MALFORMED);
			assert_string_equal(why.what, "event_type");
		}
	}
	for (unsigned imr = 0; imr < 3; imr++)
		assert_int_equal(dstack_log_read(bytes_text(log_of(imr, hex, "app-id", "aabb")), &log, NULL),
				 CLOISTER_E_MALFORMED);
	assert_int_equal(log.n_events, 77);
}

/* Own events are proven; of the others the name is not even shown. */
static void what_was_measured_is_told(void **state)
{
	static const char boot[] = "[{\"imr\":0,\"event_type\":4,\"digest\":\"%s\",\"event\":\"a name\",\"event_payload\":\"%s\"}]";
	static const char *const payloads[] = { "00000000", "00000001", "", "no digits" };
	struct cloister_fault why = { 0 };
	uint8_t digest[SHA384_LEN];
	struct event_log log;
	struct log_event e;
	char hex[97], text[512], key[600];
	size_t at = 0;
	(void)state;

	own_digest(hex);
	WANT_OK(event_log_read(bytes_text(log_of(3, hex, "app-id", "aabb")), &log, &why), &why);
	assert_true(event_log_next(&log, &at, &e));
	assert_string_equal(e.text, "app-id aabb");
	assert_true(e.reg == 4 && e.is_extended && e.proof == CCEL_PROVEN && e.type == DSTACK_EVENT);
	assert_string_equal(event_log_type_name(&log, e.type), "dstack");
	assert_false(event_log_next(&log, &at, &e));

	assert_int_equal(hash_sha384(bytes_of("\1\0\0\x08:k:{\"a\"}", 12), digest, NULL), CLOISTER_OK);
	hex_write(BYTES_OF(digest), hex);
	snprintf(text, sizeof text, "%s", log_of(3, hex, "k", "7b2261227d"));
	WANT_OK(event_log_read(bytes_text(text), &log, &why), &why);
	at = 0;
	assert_true(event_log_next(&log, &at, &e));
	assert_string_equal(e.text, "k \"{\"a\"}\"");

	assert_int_equal(hash_sha384(bytes_of("\0\0\0\0", 4), digest, NULL), CLOISTER_OK);
	hex_write(BYTES_OF(digest), hex);
	for (size_t i = 0; i < N_OF(payloads); i++) {
		snprintf(text, sizeof text, boot, hex, payloads[i]);
		WANT_OK(event_log_read(bytes_text(text), &log, &why), &why);
		at = 0;
		assert_true(event_log_next(&log, &at, &e));
		assert_null(strstr(e.text, "a name"));
		assert_string_equal(e.text, i < 2 ? payloads[i] : "");
		assert_int_equal(e.proof, i == 0 ? CCEL_PROVEN : CCEL_CLAIMED);
		assert_string_equal(event_log_type_name(&log, e.type), "EV_SEPARATOR");
	}

	/* what is longer than the text may be is cut, and says so */
	memset(key, 'x', sizeof key);
	struct buf own = BUF_INIT(1024), long_log = BUF_INIT(4096);
	buf_put(&own, "\1\0\0\x08:", 5);
	buf_put(&own, key, sizeof key);
	buf_text(&own, ":");
	assert_int_equal(hash_sha384(buf_bytes(&own), digest, NULL), CLOISTER_OK);
	hex_write(BYTES_OF(digest), hex);
	buf_print(&long_log, "[{\"imr\":3,\"event_type\":%u,\"digest\":\"%s\",\"event\":\"%.600s\",\"event_payload\":\"\"}]",
		  DSTACK_EVENT, hex, key);
	WANT_OK(event_log_read(buf_bytes(&long_log), &log, &why), &why);
	at = 0;
	assert_true(event_log_next(&log, &at, &e));
	assert_int_equal(strlen(e.text), EVENT_TEXT_MAX - 1);
	assert_string_equal(e.text + EVENT_TEXT_MAX - 6, "xx...");
	buf_fini(&own);
	buf_fini(&long_log);
}

/* One own event, whose name is `name` as JSON and whose payload is `payload`. */
static void assert_told(const char *name, struct bytes measured_name, const char *payload, struct bytes measured_payload,
			const char *text)
{
	own(buf_fini) struct buf own = BUF_INIT(1024);
	struct cloister_fault why = { 0 };
	uint8_t digest[SHA384_LEN];
	struct event_log log;
	struct log_event e;
	char hex[97];
	size_t at = 0;

	buf_put(&own, "\1\0\0\x08:", 5);
	buf_put(&own, measured_name.data, measured_name.len);
	buf_text(&own, ":");
	buf_put(&own, measured_payload.data, measured_payload.len);
	assert_int_equal(hash_sha384(buf_bytes(&own), digest, NULL), CLOISTER_OK);
	hex_write(BYTES_OF(digest), hex);
	WANT_OK(event_log_read(bytes_text(log_of(3, hex, name, payload)), &log, &why), &why);
	assert_int_equal(log.n_events, 1);
	assert_int_equal(log.n_extended[3], 1);
	assert_false(mem_is_zero(log.rtmr[3], SHA384_LEN));
	assert_true(event_log_next(&log, &at, &e));
	assert_memory_equal(e.digest, digest, SHA384_LEN);
	assert_string_equal(e.text, text);
	assert_string_equal(e.label, "");
}

static void what_is_told_is_printable(void **state)
{
	(void)state;
	assert_told("k\\u001f ~\\u007f", bytes_text("k\x1f ~\x7f"), "41", bytes_text("A"), "k. ~. \"A\"");
	assert_told("k", bytes_text("k"), "207e", bytes_text(" ~"), "k \" ~\"");
	assert_told("k", bytes_text("k"), "1f41", bytes_text("\x1f" "A"), "k 1f41");
	assert_told("k", bytes_text("k"), "7f", bytes_text("\x7f"), "k 7f");
	assert_told("k", bytes_text("k"), "41ff", bytes_text("A\xff"), "k 41ff");
	assert_told("k", bytes_text("k"), "", bytes_text(""), "k ");
}

/* What precedes the array, and what only looks like it. */
static void logs_are_recognised(void **state)
{
	static const char *const white[] = { " ", "\t", "\r", "\n", " \n\t\r" };
	struct cloister_fault why = { 0 };
	struct event_log log;
	char text[64];
	(void)state;

	for (size_t i = 0; i < N_OF(white); i++) {
		snprintf(text, sizeof text, "%s[]", white[i]);
		WANT_OK(event_log_read(bytes_text(text), &log, &why), &why);
		assert_true(log.is_dstack);
	}
	static const char *const other[] = { "", " ", "\v[]", "{}", "x[]" };
	for (size_t i = 0; i < N_OF(other); i++) {
		assert_int_equal(event_log_read(bytes_text(other[i]), &log, &why), CLOISTER_E_MALFORMED);
		assert_string_equal(why.what, "pcrIndex");
	}
	assert_int_equal(event_log_read(bytes_text("CCEL and so on"), &log, &why), CLOISTER_E_UNSUPPORTED);
	assert_non_null(strstr(why.note, "/sys/firmware/acpi/tables/data/CCEL"));
}

static void logs_have_a_ceiling(void **state)
{
	struct cloister_fault why = { 0 };
	struct dstack_log log;
	char *large = malloc(LIMIT_CCEL + 1);
	(void)state;

	assert_non_null(large);
	memset(large, ' ', LIMIT_CCEL + 1);
	memcpy(large, "[]", 2);
	WANT_OK(dstack_log_read(bytes_of(large, LIMIT_CCEL), &log, &why), &why);
	assert_int_equal(dstack_log_read(bytes_of(large, LIMIT_CCEL + 1), &log, &why), CLOISTER_E_LIMIT);
	assert_string_equal(why.note, "larger than 4194304 bytes");
	free(large);
	/* so has a type */
	WANT_OK(dstack_log_read(bytes_text("[{\"imr\":0,\"event_type\":4294967295,\"digest\":\"" ZERO48
					  "\",\"event\":\"\",\"event_payload\":\"\"}]"), &log, &why), &why);
}

/* With one allocation less there is no shorter log, and none that was not checked. */
static void each_allocation_fails_once(void **state)
{
	enum cloister_err err = CLOISTER_E_NOMEM;
	char hex[97];
	(void)state;

	own_digest(hex);
	const char *text = log_of(3, hex, "app-id", "aabb");
	for (size_t n = 0; OWN_MALLOC && err != CLOISTER_OK; n++) {
		struct event_log log;
		left = n;
		armed = true;
		err = event_log_read(bytes_text(text), &log, NULL);
		armed = false;
		assert_true(err == CLOISTER_E_NOMEM || (err == CLOISTER_OK && left < SIZE_MAX / 2));
		assert_true(n < 100);
	}
}

static const struct {
	const char *text, *what;
} bad[] = {
	{ "{}", "event log" },
	{ "[1]", "imr" },
	{ "[{}]", "imr" },
	{ "[{\"imr\":4}]", "imr" },
	{ "[{\"imr\":-1}]", "imr" },
	{ "[{\"imr\":\"1\"}]", "imr" },
	{ "[{\"imr\":1}]", "event_type" },
	{ "[{\"imr\":1,\"event_type\":4294967296}]", "event_type" },
	{ "[{\"imr\":1,\"event_type\":1}]", "digest" },
	{ "[{\"imr\":1,\"event_type\":1,\"digest\":\"00\"}]", "digest" },
	{ "[{\"imr\":1,\"event_type\":1,\"digest\":\"" ZERO48 "00\"}]", "digest" },
	{ "[{\"imr\":1,\"event_type\":1,\"digest\":\"" ZERO48 "\"}]", "event" },
	{ "[{\"imr\":1,\"event_type\":1,\"digest\":\"" ZERO48 "\",\"event\":\"\"}]", "event" },
	{ "[{\"imr\":1,\"event_type\":1,\"digest\":\"" ZERO48 "\",\"event\":1,\"event_payload\":\"\"}]", "event" },
	{ "[{\"imr\":1,\"event_type\":1,\"digest\":\"" ZERO48 "\",\"event\":\"\",\"event_payload\":1}]", "event" },
	{ "[" BOOT, "json" },
	{ "[" BOOT "] x", "json" },
	{ "[{\"imr\":1,\"imr\":1}]", "json" },
};

static void wrong_ones_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_OF(bad); i++) {
		struct cloister_fault why = { 0 };
		struct dstack_log log = { .n_events = 77 };
		if (dstack_log_read(bytes_text(bad[i].text), &log, &why) != CLOISTER_E_MALFORMED ||
		    strcmp(why.what, bad[i].what) != 0)
			fail_msg("row %zu: %s: %s", i, why.what ? why.what : "accepted", why.note);
		if (strcmp(bad[i].what, "digest") == 0)
			assert_string_equal(why.note, "event 0: not 48 bytes in hex");
		if (strcmp(bad[i].what, "event log") == 0)
			assert_int_equal(why.at, 0);
		assert_int_equal(log.n_events, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_replayed),
		cmocka_unit_test(a_name_has_no_colon),
		cmocka_unit_test(a_cursor_past_the_end_finds_nothing),
		cmocka_unit_test(own_events_are_checked),
		cmocka_unit_test(other_types_are_not_for_rtmr3),
		cmocka_unit_test(what_was_measured_is_told),
		cmocka_unit_test(what_is_told_is_printable),
		cmocka_unit_test(logs_are_recognised),
		cmocka_unit_test(logs_have_a_ceiling),
		cmocka_unit_test(each_allocation_fails_once),
		cmocka_unit_test(wrong_ones_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
