/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zone.c - TZif (RFC 9636) and the rule in its footer (POSIX.1-2017, 8.3, with the
 * hours that version 3 allows). All times are seconds of a clock without leap seconds.
 */

#include "daemon/zone.h"

#include "base/date.h"
#include "base/limits.h"
#include "base/rd.h"

#define DAY 86400
#define TYPE_LEN 6u

/* ---- the footer ---- */

static int peek(const struct rd *r)
{
	return rd_ok(r) && r->at < r->end ? *r->at : -1;
}

static bool eat(struct rd *r, int c)
{
	return peek(r) == c && rd_u8(r, "footer") == c;
}

static void refuse(struct rd *r, const char *note)
{
	rd_refuse(r, CLOISTER_E_MALFORMED, "footer", note);
}

/* One to three digits, 0 … max. */
static int number(struct rd *r, int max)
{
	int v = 0, n = 0;

	for (int c = peek(r); n < 3 && c >= '0' && c <= '9'; c = peek(r), n++)
		v = v * 10 + rd_u8(r, "footer") - '0';
	if (n == 0 || v > max)
		refuse(r, "a number is missing or too large");
	return v;
}

/* [+-]h[:m[:s]], in seconds. */
static int32_t clock_time(struct rd *r, int hours_max)
{
	bool minus = eat(r, '-');

	if (!minus)
		(void)eat(r, '+');
	int32_t s = number(r, hours_max) * 3600;
	if (eat(r, ':'))
		s += number(r, 59) * 60;
	if (eat(r, ':'))
		s += number(r, 59);
	return minus ? -s : s;
}

/* "CET" or "<+0330>"; nobody needs what it says. */
static void name(struct rd *r)
{
	bool quoted = eat(r, '<');
	int n = 0;

	for (int c = peek(r); ((c | 32) >= 'a' && (c | 32) <= 'z') ||
			      (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-'));
	     c = peek(r), n++)
		rd_u8(r, "footer");
	if (n < 3 || (quoted && !eat(r, '>')))
		refuse(r, "a name has three letters or more");
}

static struct zone_date date(struct rd *r, int hours_max)
{
	struct zone_date d = { .form = '0', .at_s = 2 * 3600 };

	if (eat(r, 'M')) {
		d.form = 'M';
		d.month = number(r, 12);
		bool dots = eat(r, '.');
		d.week = number(r, 5);
		dots = eat(r, '.') && dots;
		d.day = number(r, 6);
		if (!dots || d.month == 0 || d.week == 0)
			refuse(r, "M is followed by month, week and day");
	} else if (eat(r, 'J')) {
		d.form = 'J';
		d.day = number(r, 365);
		if (d.day == 0)
			refuse(r, "J is followed by a day, counted from 1");
	} else {
		d.day = number(r, 365);
	}
	if (eat(r, '/'))
		d.at_s = clock_time(r, hours_max);
	return d;
}

static struct zone_rule footer(struct rd *r, int hours_max)
{
	struct zone_rule rule = { 0 };

	name(r);
	rule.standard_s = -clock_time(r, 24); /* POSIX counts west */
	if (peek(r) == '\n')
		return rule;
	rule.has_summer = true;
	name(r);
	rule.summer_s = peek(r) == ',' ? rule.standard_s + 3600 : -clock_time(r, 24);
	if (!eat(r, ','))
		refuse(r, "a comma was expected");
	rule.begins = date(r, hours_max);
	if (!eat(r, ','))
		refuse(r, "a comma was expected");
	rule.ends = date(r, hours_max);
	return rule;
}

/* ---- what the footer means ---- */

/* 0 is Sunday; 1970-01-01 was a Thursday. */
static int weekday(int64_t day)
{
	return (int)(((day + 4) % 7 + 7) % 7);
}

/* Seconds from 1970 of a local clock, when the date of the rule comes in `year`. */
static int64_t local_time(const struct zone_date *d, int year)
{
	int64_t day;

	if (d->form == 'M') {
		int64_t first = date_day_number(year, d->month, 1);
		int ahead = (d->day - weekday(first) + 7) % 7 + 7 * (d->week - 1);

		/* the fifth week is the last one */
		day = first + (ahead < date_month_days(year, d->month) ? ahead : ahead - 7);
	} else {
		/* J60 is 1 March in every year */
		bool after_leap_day = d->form == 'J' && d->day >= 60 && date_month_days(year, 2) == 29;

		day = date_day_number(year, 1, 1) + d->day - (d->form == 'J') + after_leap_day;
	}
	return day * DAY + d->at_s;
}

static void narrow(struct zone_span *s, int64_t t, int64_t change, int32_t offset_s)
{
	if (change <= t && change >= s->from) {
		s->from = change;
		s->offset_s = offset_s;
	}
	if (change > t && change < s->until)
		s->until = change;
}

static struct zone_span by_rule(const struct zone_rule *rule, int64_t t)
{
	struct zone_span s = { INT64_MIN, INT64_MAX, rule->standard_s };
	int year, month, day;

	if (!rule->has_summer)
		return s;
	date_of_day((t - ((t % DAY) + DAY) % DAY) / DAY, &year, &month, &day);
	/* Within these lies a change before `t` and one after. Where an end meets the next beginning, it is always summer. */
	for (int y = year - 2; y <= year + 2; y++)
		narrow(&s, t, local_time(&rule->ends, y) - rule->summer_s, rule->standard_s);
	for (int y = year - 2; y <= year + 2; y++)
		narrow(&s, t, local_time(&rule->begins, y) - rule->standard_s, rule->summer_s);
	return s;
}

/* ---- the file ---- */

struct counts {
	uint8_t version;
	uint32_t n_ut, n_standard, n_leaps, n_times, n_types, n_chars;
};

/* RFC 9636, 3.1 */
static struct counts header(struct rd *r)
{
	struct counts c;

	rd_want(r, bytes_are(rd_take(r, 4, "magic"), "TZif"), "magic");
	c.version = rd_u8(r, "version");
	if (c.version < '2' || c.version > '4')
		rd_refuse(r, CLOISTER_E_UNSUPPORTED, "version", "only versions 2 to 4 are known here");
	rd_zero(r, 15, "reserved");
	c.n_ut = rd_be32(r, "isutcnt");
	c.n_standard = rd_be32(r, "isstdcnt");
	c.n_leaps = rd_be32(r, "leapcnt");
	c.n_times = rd_be32(r, "timecnt");
	c.n_types = rd_be32(r, "typecnt");
	c.n_chars = rd_be32(r, "charcnt");
	if (c.n_leaps > 0)
		rd_refuse(r, CLOISTER_E_UNSUPPORTED, "leapcnt", "leap seconds are not known here");
	if (c.n_times > LIMIT_ZONE_TIMES)
		rd_refuse(r, CLOISTER_E_LIMIT, "timecnt", "too many transitions");
	rd_want(r, c.n_types <= 256 && c.n_chars <= 256, "typecnt");
	rd_want(r, c.n_ut == 0 || c.n_ut == c.n_types, "isutcnt");
	rd_want(r, c.n_standard == 0 || c.n_standard == c.n_types, "isstdcnt");
	return c;
}

static int64_t be64_at(struct bytes b, size_t i)
{
	uint64_t v = 0;

	for (size_t k = 0; k < 8; k++)
		v = v << 8 | b.data[8 * i + k];
	return (int64_t)v;
}

static int32_t type_offset(const struct zone *z, size_t type)
{
	const uint8_t *p = z->types.data + TYPE_LEN * type;

	return (int32_t)((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
}

static void check_times(struct rd *r, const struct zone *z, size_t n_types)
{
	for (size_t i = 0; rd_ok(r) && i < z->n_times; i++) {
		rd_want(r, i == 0 || be64_at(z->times, i - 1) < be64_at(z->times, i), "transition_times");
		rd_want(r, z->kinds.data[i] < n_types, "transition_types");
	}
}

static void check_types(struct rd *r, const struct zone *z, const struct counts *c)
{
	for (size_t i = 0; rd_ok(r) && i < c->n_types; i++) {
		const uint8_t *p = z->types.data + TYPE_LEN * i;
		int32_t offset = type_offset(z, i);

		/* RFC 9636, 3.2: -25 to 26 hours */
		rd_want(r, offset > -25 * 3600 && offset < 26 * 3600, "utoff");
		rd_want(r, p[4] <= 1, "isdst");
		rd_want(r, p[5] < c->n_chars, "desigidx");
	}
}

static void check_flags(struct rd *r, size_t n, const char *field)
{
	for (size_t i = 0; rd_ok(r) && i < n; i++) /* a count that was refused may be 2^32 */
		rd_want(r, rd_u8(r, field) <= 1, field);
}

/* RFC 9636, 3.3: the footer agrees with the last transition. */
static void check_footer(struct rd *r, const struct zone *z)
{
	if (!rd_ok(r) || z->n_times == 0)
		return;
	int64_t last = be64_at(z->times, z->n_times - 1);
	if (last >= 0 && last <= DATE_LAST && by_rule(&z->rule, last).offset_s != type_offset(z, z->kinds.data[z->n_times - 1]))
		refuse(r, "it contradicts the last transition");
}

enum cloister_err zone_read(struct bytes tzif, struct zone *out, struct cloister_fault *why)
{
	struct cloister_fault local;
	struct rd r = rd_open(tzif, why ? why : &local);
	struct zone z = { 0 };

	struct counts c = header(&r);
	rd_take(&r, 5 * (size_t)c.n_times + TYPE_LEN * (size_t)c.n_types + c.n_chars + c.n_standard + c.n_ut,
		"version 1");
	uint8_t version = c.version;
	c = header(&r);
	rd_want(&r, c.version == version && c.n_types > 0 && c.n_chars > 0, "second header");
	z.n_times = c.n_times;
	z.times = rd_take(&r, 8 * (size_t)c.n_times, "transition_times");
	z.kinds = rd_take(&r, c.n_times, "transition_types");
	check_times(&r, &z, c.n_types);
	z.types = rd_take(&r, TYPE_LEN * (size_t)c.n_types, "local_time_types");
	check_types(&r, &z, &c);
	struct bytes names = rd_take(&r, c.n_chars, "designations");
	rd_want(&r, !rd_ok(&r) || names.data[names.len - 1] == 0, "designations");
	check_flags(&r, c.n_standard, "standard indicators");
	check_flags(&r, c.n_ut, "UT indicators");
	rd_want(&r, rd_u8(&r, "footer") == '\n', "footer");
	z.rule = footer(&r, version >= '3' ? 167 : 24);
	rd_want(&r, rd_u8(&r, "footer") == '\n', "footer");
	check_footer(&r, &z);
	TRY(rd_close(&r, "tzif"));
	*out = z;
	return CLOISTER_OK;
}

struct zone zone_utc(void)
{
	return (struct zone){ 0 };
}

/* ---- asking ---- */

/* How many transitions lie at or before `t`. */
static size_t n_before(const struct zone *z, int64_t t)
{
	size_t low = 0, high = z->n_times;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (be64_at(z->times, mid) <= t)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

struct zone_span zone_at(const struct zone *z, int64_t unix_s)
{
	size_t n = n_before(z, unix_s);

	if (n == z->n_times) {
		struct zone_span s = by_rule(&z->rule, unix_s);
		if (n > 0 && s.from < be64_at(z->times, n - 1))
			s.from = be64_at(z->times, n - 1);
		return s;
	}
	return (struct zone_span){
		.from = n ? be64_at(z->times, n - 1) : INT64_MIN,
		.until = be64_at(z->times, n),
		.offset_s = type_offset(z, n ? z->kinds.data[n - 1] : 0),
	};
}

bool zone_name_ok(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > LIMIT_ZONE_NAME || name[len - 1] == '/')
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = name[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!letter && !(i > 0 && ((c >= '0' && c <= '9') || strchr("+-_", c))) &&
		    !(c == '/' && i > 0 && name[i - 1] != '/'))
			return false;
	}
	return true;
}
