/* SPDX-License-Identifier: Apache-2.0 */
/* Time zones: rows of zoneinfo's answers, footers by hand, and files with one thing wrong. */

#include "daemon/zone_test.h"

#include "base/date.h"
#include "base/wr.h"

/* vectors/zone/rows.txt; the rest of its lines is cron_test.c's. */
static void rows(void **state)
{
	size_t len, n = 0;
	char *text = (char *)zone_file(getenv("CLOISTER_SOURCE"), "rows.txt", &len), *rest = text, *line;

	(void)state;
	text[len] = 0;
	while ((line = strsep(&rest, "\n"))) {
		char name[LIMIT_ZONE_NAME + 1];
		long long t;
		int offset;

		if (strncmp(line, "offset ", 7) != 0)
			continue;
		char *end = strchr(line + 7, ' ');
		snprintf(name, sizeof name, "%.*s", (int)(end - line - 7), line + 7);
		t = strtoll(end, &end, 10);
		offset = (int)strtol(end, NULL, 10);
		struct zone_span s = zone_at(zone_named(getenv("CLOISTER_SOURCE"), name), t);
		if (s.offset_s != offset || s.from > t || s.until <= t)
			fail_msg("%s: %d", line, s.offset_s);
		n++;
	}
	free(text);
	assert_true(n > 100);
}

/* A file of one type, one transition to it if `last` is not 0, and this footer. */
struct made {
	uint8_t version;
	uint32_t n_types, n_leaps, n_chars;
	int64_t times[2];
	uint8_t kind;
	int32_t offset;
	uint8_t is_summer, name_at;
	const char *footer;
};

static const struct made good = {
	.version = '3', .n_types = 1, .n_chars = 4, .offset = 3600, .footer = "\nCET-1\n",
};

static void put_header(struct wr *w, const struct made *m, bool second)
{
	wr_put(w, bytes_text("TZif"));
	wr_u8(w, m->version);
	wr_zero(w, 15);
	wr_be32(w, 0);
	wr_be32(w, second ? m->n_types : 0);
	wr_be32(w, second ? m->n_leaps : 0);
	wr_be32(w, second ? (m->times[0] != 0) + (m->times[1] != 0) : 0);
	wr_be32(w, second ? m->n_types : 0);
	wr_be32(w, second ? m->n_chars : 0);
}

static struct bytes make(const struct made *m, uint8_t room[static 512])
{
	struct wr w = wr_open(room, 512);
	struct bytes out;

	put_header(&w, m, false);
	put_header(&w, m, true);
	for (int i = 0; i < 2 && m->times[i]; i++)
		wr_be64(&w, (uint64_t)m->times[i]);
	for (int i = 0; i < 2 && m->times[i]; i++)
		wr_u8(&w, m->kind);
	for (uint32_t i = 0; i < m->n_types; i++) {
		wr_be32(&w, (uint32_t)m->offset);
		wr_u8(&w, m->is_summer);
		wr_u8(&w, m->name_at);
	}
	wr_put(&w, bytes_of("CETCETCETCET", m->n_chars - 1));
	wr_u8(&w, 0);
	for (uint32_t i = 0; i < m->n_types; i++)
		wr_u8(&w, 0);
	wr_put(&w, bytes_text(m->footer));
	WANT_OK(wr_close(&w, "zone", &out, NULL), NULL);
	return out;
}

/* A row says what differs from the good one, after it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"

static void refused(void **state)
{
	static const struct {
		const char *name, *field;
		enum cloister_err err;
		struct made m;
	} cases[] = {
#define CASE(what, where, code, ...) { what, where, CLOISTER_E_##code, { \
	.version = '3', .n_types = 1, .n_chars = 4, .offset = 3600, .footer = "\nCET-1\n", __VA_ARGS__ } }
		CASE("version 1", "version", UNSUPPORTED, .version = 0),
		CASE("version 5", "version", UNSUPPORTED, .version = '5'),
		CASE("leap seconds", "leapcnt", UNSUPPORTED, .n_leaps = 1),
		CASE("no type", "second header", MALFORMED, .n_types = 0),
		CASE("times that stand still", "transition_times", MALFORMED, .times = { 5, 5 }),
		CASE("times that go back", "transition_times", MALFORMED, .times = { 5, -5 }),
		CASE("a type that is not there", "transition_types", MALFORMED, .times = { 5 }, .kind = 1),
		CASE("26 hours", "utoff", MALFORMED, .offset = 26 * 3600),
		CASE("-25 hours", "utoff", MALFORMED, .offset = -25 * 3600),
		CASE("half a summer", "isdst", MALFORMED, .is_summer = 2),
		CASE("a name that is not there", "desigidx", MALFORMED, .name_at = 4),
		CASE("another offset after the last time", "footer", MALFORMED, .times = { 5 }, .offset = 3601),
		CASE("no footer", "footer", MALFORMED, .footer = "\n\n"),
		CASE("a footer without its beginning", "footer", MALFORMED, .footer = "CET-1\n"),
		CASE("a footer without its end", "footer", MALFORMED, .footer = "\nCET-1"),
		CASE("bytes behind it", "tzif", MALFORMED, .footer = "\nCET-1\n\n"),
		CASE("a short name", "footer", MALFORMED, .footer = "\nCE-1\n"),
		CASE("a name not closed", "footer", MALFORMED, .footer = "\n<CET-1\n"),
		CASE("no offset", "footer", MALFORMED, .footer = "\nCET\n"),
		CASE("25 hours", "footer", MALFORMED, .footer = "\nCET-25\n"),
		CASE("60 minutes", "footer", MALFORMED, .footer = "\nCET-1:60\n"),
		CASE("summer without dates", "footer", MALFORMED, .footer = "\nCET-1CEST\n"),
		CASE("one date", "footer", MALFORMED, .footer = "\nCET-1CEST,M3.5.0\n"),
		CASE("month 0", "footer", MALFORMED, .footer = "\nCET-1CEST,M0.5.0,M10.5.0\n"),
		CASE("month 13", "footer", MALFORMED, .footer = "\nCET-1CEST,M13.5.0,M10.5.0\n"),
		CASE("week 0", "footer", MALFORMED, .footer = "\nCET-1CEST,M3.0.0,M10.5.0\n"),
		CASE("week 6", "footer", MALFORMED, .footer = "\nCET-1CEST,M3.6.0,M10.5.0\n"),
		CASE("weekday 7", "footer", MALFORMED, .footer = "\nCET-1CEST,M3.5.7,M10.5.0\n"),
		CASE("no weekday", "footer", MALFORMED, .footer = "\nCET-1CEST,M3.5,M10.5.0\n"),
		CASE("J0", "footer", MALFORMED, .footer = "\nCET-1CEST,J0,M10.5.0\n"),
		CASE("day 366", "footer", MALFORMED, .footer = "\nCET-1CEST,366,M10.5.0\n"),
		CASE("a time of 168 hours", "footer", MALFORMED, .footer = "\nCET-1CEST,M3.5.0/168,M10.5.0\n"),
		CASE("a time of version 3 in version 2", "footer", MALFORMED, .version = '2',
		     .footer = "\nCET-1CEST,M3.5.0/25,M10.5.0\n"),
#undef CASE
	};
	uint8_t room[512];
	struct zone z;

	(void)state;
	WANT_OK(zone_read(make(&good, room), &z, NULL), NULL);
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct cloister_fault why;

		print_message("%s\n", cases[i].name);
		assert_int_equal(zone_read(make(&cases[i].m, room), &z, &why), cases[i].err);
		assert_string_equal(why.what, cases[i].field);
	}
}

#pragma GCC diagnostic pop

static void every_prefix(void **state)
{
	size_t len;
	uint8_t *data = zone_file(getenv("CLOISTER_SOURCE"), "Apia", &len);
	struct zone z;

	(void)state;
	for (size_t n = 0; n < len; n++)
		assert_int_not_equal(zone_read(bytes_of(data, n), &z, NULL), CLOISTER_OK);
	WANT_OK(zone_read(bytes_of(data, len), &z, NULL), NULL);
	free(data);
}

static int64_t when(const char *date)
{
	uint64_t t = 0;

	assert_true(date_read(date, &t));
	return (int64_t)t;
}

/* Footers, each with an instant, the offset then and when the next change comes. */
static void footers(void **state)
{
	static const struct {
		const char *footer, *at;
		int32_t offset;
		const char *until;
	} cases[] = {
		{ "\nCET-1\n", "2030-07-01T00:00:00Z", 3600, NULL },
		{ "\n<+0330>-3:30\n", "2030-07-01T00:00:00Z", 12600, NULL },
		{ "\n<-003015>0:30:15\n", "2030-07-01T00:00:00Z", -1815, NULL },
		{ "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2030-03-31T00:59:59Z", 3600, "2030-03-31T01:00:00Z" },
		{ "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2030-03-31T01:00:00Z", 7200, "2030-10-27T01:00:00Z" },
		{ "\nCET-1CEST,M3.5.0,M10.5.0/3\n", "2030-12-31T23:59:59Z", 3600, "2031-03-30T01:00:00Z" },
		/* the offset of summer, given */
		{ "\nCET-1CEST-3,M3.5.0,M10.5.0/3\n", "2030-06-01T00:00:00Z", 10800, "2030-10-27T00:00:00Z" },
		/* J60 is 1 March, leap year or not; day 59 is 1 March or 29 February */
		{ "\nAAA0BBB,J60/0,J300/0\n", "2032-02-29T23:59:59Z", 0, "2032-03-01T00:00:00Z" },
		{ "\nAAA0BBB,J60/0,J300/0\n", "2031-02-28T23:59:59Z", 0, "2031-03-01T00:00:00Z" },
		{ "\nAAA0BBB,J59/0,J300/0\n", "2032-02-27T23:59:59Z", 0, "2032-02-28T00:00:00Z" },
		{ "\nAAA0BBB,59/0,J300/0\n", "2032-02-27T00:00:00Z", 0, "2032-02-29T00:00:00Z" },
		{ "\nAAA0BBB,59/0,J300/0\n", "2031-02-27T00:00:00Z", 0, "2031-03-01T00:00:00Z" },
		/* the fourth week is not the last one; times before and after the day */
		{ "\nAAA0BBB,M3.4.0/0,J300/0\n", "2030-03-20T00:00:00Z", 0, "2030-03-24T00:00:00Z" },
		{ "\nAAA0BBB,M3.1.5/-1,J300/0\n", "2030-02-20T00:00:00Z", 0, "2030-02-28T23:00:00Z" },
		{ "\nAAA0BBB,M3.4.4/50,J300/0\n", "2030-03-20T00:00:00Z", 0, "2030-03-30T02:00:00Z" },
		/* summer over the new year; winter as the exception, as in Dublin; summer always */
		{ "\nAAA0BBB,M10.1.0,M4.1.0/3\n", "2031-01-01T00:00:00Z", 3600, "2031-04-06T02:00:00Z" },
		{ "\nIST-1GMT0,M10.5.0,M3.5.0/1\n", "2031-01-01T00:00:00Z", 0, "2031-03-30T01:00:00Z" },
		{ "\nEST5EDT,0/0,J365/25\n", "2031-01-01T04:59:59Z", -14400, NULL },
		{ "\nEST5EDT,0/0,J365/25\n", "2031-01-01T05:00:00Z", -14400, NULL },
	};
	uint8_t room[512];

	(void)state;
	for (size_t i = 0; i < N_OF(cases); i++) {
		struct made m = good;
		struct zone z;

		print_message("%s at %s", cases[i].footer + 1, cases[i].at);
		m.footer = cases[i].footer;
		WANT_OK(zone_read(make(&m, room), &z, NULL), NULL);
		struct zone_span s = zone_at(&z, when(cases[i].at));
		assert_int_equal(s.offset_s, cases[i].offset);
		if (cases[i].until)
			assert_int_equal(s.until, when(cases[i].until));
		assert_true(s.from <= when(cases[i].at));
	}
}

static void utc(void **state)
{
	struct zone z = zone_utc();
	struct zone_span s = zone_at(&z, 1795515330);

	(void)state;
	assert_int_equal(s.offset_s, 0);
	assert_true(s.from == INT64_MIN && s.until == INT64_MAX);
}

static void names(void **state)
{
	static const char *const yes[] = { "UTC", "Europe/Berlin", "Etc/GMT+8", "America/Argentina/ComodRivadavia",
					   "America/Port-au-Prince", "EST5EDT" };
	static const char *const no[] = { "", "/etc/passwd", "..", "../x", "Europe/../x", "Europe//Berlin", "Europe/",
					  "Europe/Berlin\n", "Europe/.x", "a b", "+1",
					  "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < N_OF(yes); i++)
		assert_true(zone_name_ok(yes[i]));
	for (size_t i = 0; i < N_OF(no); i++)
		assert_false(zone_name_ok(no[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),	   cmocka_unit_test(refused), cmocka_unit_test(every_prefix),
		cmocka_unit_test(footers), cmocka_unit_test(utc),     cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
