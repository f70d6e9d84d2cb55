/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cron.c - reading a schedule into sets of bits, and walking the spans of a time zone,
 * within which a local clock runs evenly, until one has a due minute.
 */

#include "daemon/cron.h"

#include "base/date.h"
#include "base/limits.h"
#include "base/rd.h"

#define DAY 86400
#define EVERY_HOUR 0xffffffu

/* ---- reading ---- */

struct field {
	const char *name;
	int min, max;
	const char *words; /* of three letters each, for min, min + 1, … */
};

static const struct field fields[] = {
	{ "minute", 0, 59, "" },
	{ "hour", 0, 23, "" },
	{ "day of month", 1, 31, "" },
	{ "month", 1, 12, "janfebmaraprmayjunjulaugsepoctnovdec" },
	{ "weekday", 0, 7, "sunmontuewedthufrisat" },
};

static int peek(const struct rd *r)
{
	return rd_ok(r) && r->at < r->end ? *r->at : -1;
}

static bool eat(struct rd *r, const struct field *f, int c)
{
	return peek(r) == c && rd_u8(r, f->name) == c;
}

static void refuse(struct rd *r, const struct field *f, const char *note)
{
	rd_refuse(r, CLOISTER_E_MALFORMED, f->name, note);
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t';
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

/* One or two digits. */
static int number(struct rd *r, const struct field *f)
{
	int v = 0, n = 0;

	for (; n < 2 && is_digit(peek(r)); n++)
		v = v * 10 + rd_u8(r, f->name) - '0';
	if (n == 0)
		refuse(r, f, "a number, a name or * was expected");
	if (is_digit(peek(r)))
		refuse(r, f, "a number is too large");
	return v;
}

static int word(struct rd *r, const struct field *f)
{
	struct bytes b = rd_take(r, rd_left(r) < 3 ? rd_left(r) : 3, f->name);

	for (int i = 0; b.len == 3 && f->words[3 * i]; i++)
		if ((b.data[0] | 32) == f->words[3 * i] && (b.data[1] | 32) == f->words[3 * i + 1] &&
		    (b.data[2] | 32) == f->words[3 * i + 2])
			return f->min + i;
	refuse(r, f, "a name that is unknown here");
	return f->min;
}

static int value(struct rd *r, const struct field *f)
{
	int c = peek(r);

	if ((c | 32) >= 'a' && (c | 32) <= 'z')
		return word(r, f);
	int v = number(r, f);
	if (v < f->min || v > f->max)
		refuse(r, f, "a number is outside the field's range");
	return v;
}

static int step(struct rd *r, const struct field *f)
{
	if (!eat(r, f, '/'))
		return 1;
	int v = number(r, f);
	if (v < 1 || v > f->max)
		refuse(r, f, "a step is at least 1 and at most the field's largest value");
	return rd_ok(r) ? v : 1; /* never 0: it is counted with */
}

static uint64_t bits(int first, int last, int by)
{
	uint64_t set = 0;

	for (int i = first; i <= last; i += by)
		set |= 1ull << i;
	return set;
}

static uint64_t range(struct rd *r, const struct field *f)
{
	if (eat(r, f, '*'))
		return bits(f->min, f->max, step(r, f));
	int first = value(r, f);
	if (peek(r) == '/')
		refuse(r, f, "a step follows * or a range: write 5-59/10, not 5/10");
	if (!eat(r, f, '-'))
		return rd_ok(r) ? 1ull << first : 0;
	bool named = !is_digit(peek(r));
	int last = value(r, f);
	if (named && last == 0)
		last = 7; /* fri-sun ends the week */
	if (last < first)
		refuse(r, f, "a range ends before it begins");
	int by = step(r, f);
	return rd_ok(r) ? bits(first, last, by) : 0;
}

static uint64_t list(struct rd *r, const struct field *f)
{
	uint64_t set = range(r, f);

	while (eat(r, f, ','))
		set |= range(r, f);
	return set;
}

static void blanks(struct rd *r, const struct field *f)
{
	if (rd_ok(r) && rd_left(r) == 0)
		refuse(r, f, "a schedule has five fields: minute, hour, day of month, month, weekday");
	else if (!is_blank(peek(r)))
		refuse(r, f, "a comma or a space was expected");
	while (is_blank(peek(r)))
		rd_u8(r, f->name);
}

static const struct {
	const char *name, *meaning;
} nicknames[] = {
	{ "@hourly", "0 * * * *" }, { "@daily", "0 0 * * *" },	 { "@midnight", "0 0 * * *" },
	{ "@weekly", "0 0 * * 0" }, { "@monthly", "0 0 1 * *" }, { "@yearly", "0 0 1 1 *" },
	{ "@annually", "0 0 1 1 *" },
};

static struct bytes meaning(struct bytes text)
{
	for (size_t i = 0; i < sizeof nicknames / sizeof *nicknames; i++)
		if (bytes_are(text, nicknames[i].name))
			return bytes_text(nicknames[i].meaning);
	return text;
}

/* Whether any day fits. Every day of the calendar, 29 February too, falls on each weekday in some year. */
static bool ever_comes(const struct cron *c)
{
	for (int month = 1; month <= 12; month++)
		if (c->months >> month & 1 &&
		    (c->either_day || c->days & bits(1, date_month_days(2000, month), 1)))
			return true;
	return false;
}

enum cloister_err cron_read(struct bytes text, struct cron *out, struct cloister_fault *why)
{
	struct bytes in = meaning(bytes_trimmed(text));
	uint64_t set[5] = { 0 };
	bool star[5] = { false };

	if (text.len > LIMIT_CRON)
		return fail_at(why, LIMIT_CRON, "schedule", "more than %u characters", LIMIT_CRON);
	if (in.len > 0 && in.data[0] == '@')
		return fail_at(why, 0, "schedule", "no such nickname here; @hourly, @daily, @weekly, @monthly and @yearly are");
	struct cloister_fault local;
	struct rd r = rd_open(in, why ? why : &local);
	for (int i = 0; i < 5; i++) {
		star[i] = peek(&r) == '*';
		set[i] = list(&r, &fields[i]);
		if (i < 4)
			blanks(&r, &fields[i]);
	}
	if (is_blank(peek(&r)))
		refuse(&r, &fields[4], "a schedule has no sixth field");
	else if (peek(&r) >= 0)
		refuse(&r, &fields[4], "a comma or the end was expected");
	TRY(rd_close(&r, "schedule"));
	struct cron c = {
		.minutes = set[0],
		.hours = (uint32_t)set[1],
		.days = (uint32_t)set[2],
		.months = (uint16_t)set[3],
		.weekdays = (uint8_t)((set[4] | set[4] >> 7) & 0x7f),
		.either_day = !star[2] && !star[4],
	};
	if (!ever_comes(&c))
		return fail_at(why, 0, "schedule", "this never comes: no month that it names has such a day");
	*out = c;
	return CLOISTER_OK;
}

/* ---- when ---- */

static int64_t day_of(int64_t local)
{
	return (local - (local % DAY + DAY) % DAY) / DAY;
}

static bool due_day(const struct cron *c, int64_t day, int of_month)
{
	bool by_month = c->days >> of_month & 1;
	bool by_week = c->weekdays >> ((day + 4) % 7 + 7) % 7 & 1;

	return c->either_day ? by_month || by_week : by_month && by_week;
}

/* The first due minute of a due day at or after minute `from`, in minutes, or -1. */
static int due_minute(const struct cron *c, int from)
{
	for (int hour = from / 60; hour < 24; hour++) {
		int least = hour == from / 60 ? from % 60 : 0;
		uint64_t left = c->minutes >> least;

		if (c->hours >> hour & 1 && left)
			return hour * 60 + least + __builtin_ctzll(left);
	}
	return -1;
}

/* The first due time of a local clock in [from, end), or `end`. */
static int64_t due_local(const struct cron *c, int64_t from, int64_t end)
{
	int64_t day = day_of(from + 59);
	int minute = (int)((from + 59 - day * DAY) / 60); /* a minute begins, or the next one counts */

	while (day * DAY < end) {
		int year, month, of_month, due = -1;

		date_of_day(day, &year, &month, &of_month);
		if (!(c->months >> month & 1)) {
			day += date_month_days(year, month) - of_month + 1;
			minute = 0;
			continue;
		}
		if (due_day(c, day, of_month))
			due = due_minute(c, minute);
		if (due >= 0)
			return day * DAY + due * 60 < end ? day * DAY + due * 60 : end;
		day++;
		minute = 0;
	}
	return end;
}

/* Whether the clocks were set forward when `s` began, over a time that was due. */
static bool due_in_gap(const struct cron *c, const struct zone_span *before, const struct zone_span *s)
{
	int64_t from = s->from + before->offset_s, end = s->from + s->offset_s;

	return from < end && due_local(c, from, end) < end;
}

/* Where the local clock shows what it has not shown in the span before. */
static int64_t news_from(const struct zone_span *before, const struct zone_span *s, int64_t local)
{
	int64_t again = s->from + before->offset_s;
	int64_t began = before->from < -7 * DAY ? -7 * DAY : before->from; /* no time here is that early */

	return local < again && began + before->offset_s <= local ? again : local;
}

/* The first due instant in [from, s->until), where `from` lies in `s`. */
static bool due_in_span(const struct cron *c, const struct zone *z, const struct zone_span *s, int64_t from,
			int64_t *out)
{
	int64_t until = s->until <= DATE_LAST ? s->until : DATE_LAST + 1, local = from + s->offset_s;

	if (s->from >= 0 && c->hours != EVERY_HOUR) {
		struct zone_span before = zone_at(z, s->from - 1);
		if (from == s->from && due_in_gap(c, &before, s)) {
			*out = from;
			return true;
		}
		local = news_from(&before, s, local);
	}
	int64_t due = due_local(c, local, until + s->offset_s);
	*out = due - s->offset_s;
	return *out < until;
}

enum cloister_err cron_next(const struct cron *c, const struct zone *z, int64_t after_s,
			    int64_t *next_s_out, struct cloister_fault *why)
{
	int64_t t = after_s + 1, due;

	while (t <= DATE_LAST) {
		struct zone_span s = zone_at(z, t);
		if (due_in_span(c, z, &s, t, &due)) {
			*next_s_out = due;
			return CLOISTER_OK;
		}
		t = s.until < DATE_LAST ? s.until : DATE_LAST + 1;
	}
	return fail(why, CLOISTER_E_MISSING, "schedule", "it is not due before the year 10000");
}
