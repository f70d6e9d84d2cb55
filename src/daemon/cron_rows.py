#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""cron_rows.py - what Python's zoneinfo says of the zones in vectors/zone, as rows for cron_test.c.

    src/daemon/cron_rows.py > vectors/zone/rows.txt

The answers are found in another way than cron.c finds them: day by day on the local clock,
each due minute converted by itself. Needs the five fields as sets, which it reads itself.
"""
import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = timezone.utc
FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "zone"
SCHEDULES = ["* * * * *", "*/5 * * * *", "30 * * * *", "0 */6 * * *", "30 2 * * *", "15 1 * * *", "*/20 2,3 * * *",
             "0 0 * * 0", "0 0 1 * *", "0 12 13 * 5", "59 23 29 2 *", "0 0 */2 * 1-5", "10 3 31 * *"]
YEARS = [2011, 2024, 2027, 2039]


def field(text, low, high):
    out = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if span == "*" else span).partition("-")
        out |= set(range(int(first), int(last or first) + 1, int(step or 1)))
    return out


class Cron:
    def __init__(self, text):
        f = text.split()
        self.minutes, self.hours = field(f[0], 0, 59), field(f[1], 0, 23)
        self.days, self.months = field(f[2], 1, 31), field(f[3], 1, 12)
        self.weekdays = {d % 7 for d in field(f[4], 0, 7)}
        self.either = f[2][0] != "*" and f[4][0] != "*"
        self.hourly = len(self.hours) == 24

    def due_day(self, d):
        if d.month not in self.months:
            return False
        fits = (d.day in self.days, d.isoweekday() % 7 in self.weekdays)
        return any(fits) if self.either else all(fits)


def offset(zone, t):
    return datetime.fromtimestamp(t, zone).utcoffset()


def changes(zone, first, last):
    """The instants in [first, last) at which the offset changes."""
    for t in range(first, last, 3600):
        if offset(zone, t) != offset(zone, t + 3600):
            low, high = t, t + 3600
            while high - low > 1:
                mid = (low + high) // 2
                low, high = (mid, high) if offset(zone, mid) == offset(zone, t) else (low, mid)
            yield high


def instants(cron, zone, local):
    """When a due local minute is due: once, twice, or at the end of the gap that has it."""
    exact = []
    for fold in (0, 1):
        t = int(local.replace(tzinfo=zone, fold=fold).timestamp())
        if datetime.fromtimestamp(t, zone).replace(tzinfo=None) == local:
            exact.append(t)
    if exact:
        return exact if cron.hourly else exact[:1]
    if cron.hourly:
        return []
    after = int(local.replace(tzinfo=zone, fold=0).timestamp())
    before = int(local.replace(tzinfo=zone, fold=1).timestamp())
    return [next(changes(zone, before - 7200, after + 7200))]


def due_next(cron, zone, after):
    day = (datetime.fromtimestamp(after, zone).replace(tzinfo=None) - timedelta(days=2)).replace(
        hour=0, minute=0, second=0, microsecond=0)
    best, left = None, None
    while left is None or left > 0:
        if cron.due_day(day):
            for hour in sorted(cron.hours):
                for minute in sorted(cron.minutes):
                    for t in instants(cron, zone, day.replace(hour=hour, minute=minute)):
                        if t > after and (best is None or t < best):
                            best = t
        day += timedelta(days=1)
        left = left - 1 if left else 2 if best is not None and left is None else left
    return best


def main():
    rng = random.Random(4)
    for path in sorted(p for p in FOLDER.iterdir() if p.suffix == ""):
        with path.open("rb") as f:
            zone = ZoneInfo.from_file(f)
        for year in YEARS:
            start = int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
            end = int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp())
            turns = list(changes(zone, start, end)) or [start]
            for t in turns:
                for at in (t - 1, t):
                    print(f"offset {path.name} {at} {int(offset(zone, at).total_seconds())}")
            for schedule in rng.sample(SCHEDULES, 6):
                t = rng.choice(turns)
                for after in (t - 5400, t - 1, t, t + rng.randrange(5400), rng.randrange(start, end)):
                    print(f"next {path.name} {after} {due_next(Cron(schedule), zone, after)} {schedule}")


if __name__ == "__main__":
    main()
