#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""zone_gen.py - our own TZif files (RFC 8536) for the tests of zone.c and cron.c.

    src/daemon/zone_gen.py vectors/zone

What each zone's clocks do from 2000 to 2045 is asked of this machine's zoneinfo, an instant at a time;
the files are written here, both blocks, and the rule behind the last change is in the table.
"""
import struct
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

FIRST, LAST = 946684800, 2366841600  # 2000 and 2045
ZONES = {
    "Pacific/Apia": "<+13>-13",
    "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
    "Africa/Casablanca": "<+01>-1",
    "Europe/Dublin": "IST-1GMT0,M10.5.0,M3.5.0/1",
    "Asia/Kolkata": "IST-5:30",
    "Australia/Lord_Howe": "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "America/New_York": "EST5EDT,M3.2.0,M11.1.0",
    "America/Nuuk": "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "America/Santiago": "<-04>4<-03>,M9.1.6/24,M4.1.6/24",
}


def clock(zone, t):
    """What is valid at `t`: seconds east, summer or not, its name."""
    d = datetime.fromtimestamp(t, zone)
    return int(d.utcoffset().total_seconds()), int(bool(d.dst())), d.tzname()


def changes(zone):
    """Every (instant, clock) at which another clock begins."""
    step = 6 * 3600
    for t in range(FIRST, LAST, step):
        low, high = t, t + step
        if clock(zone, low) == clock(zone, high):
            continue
        while high - low > 1:
            mid = (low + high) // 2
            low, high = (mid, high) if clock(zone, mid) == clock(zone, low) else (low, mid)
        yield high, clock(zone, high)


def block(first, found, width):
    """One header and its data, with times of so many bytes."""
    kept = [(t, c) for t, c in found if width == 8 or t < 1 << 31]
    types = list(dict.fromkeys([first] + [c for _, c in kept]))
    names = list(dict.fromkeys(name for _, _, name in types))
    chars = b"".join(n.encode() + b"\0" for n in names)
    at = {n: chars.index(n.encode() + b"\0") for n in names}
    out = b"TZif2" + bytes(15) + struct.pack(">6I", 0, 0, 0, len(kept), len(types), len(chars))
    out += b"".join(struct.pack(">q" if width == 8 else ">i", t) for t, _ in kept)
    out += bytes(types.index(c) for _, c in kept)
    out += b"".join(struct.pack(">iBB", east, summer, at[name]) for east, summer, name in types)
    return out + chars


def main(folder):
    for name, rule in ZONES.items():
        zone = ZoneInfo(name)
        first, found = clock(zone, FIRST), list(changes(zone))
        text = block(first, found, 4) + block(first, found, 8) + b"\n" + rule.encode() + b"\n"
        (Path(folder) / name.split("/")[1]).write_bytes(text)


main(sys.argv[1])
