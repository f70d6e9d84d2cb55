#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# halt.sh - a host that loads something else than it should: the same kernel and ramdisks are
# given to a machine by hand, each time with one thing changed, and the guest must say which
# and power off before anything of the image runs. (What our own shim would never load is
# refused before boot already; tamper.sh.)
. "$(dirname "$0")/lib.sh"

eif honest "oci:$images/static"
cloister describe "$work/honest.eif" --json >"$work/describe.json"

# parts OUT EDIT: kernel, cmdline and initrd of the image; EDIT is Python over `initrd` and `cmdline`
parts() {
	mkdir -p "$work/$1"
	python3 - "$work" "$1" "$2" <<'PYTHON'
import json, sys
work, out, edit = sys.argv[1:]
image = open(work + "/honest.eif", "rb").read()
sections = json.load(open(work + "/describe.json"))["sections"]
def content(kind):
    for s in sections:
        if s["kind"] == kind:
            yield image[s["offset"]:s["offset"] + s["length"]]
names = {"kernel": b"".join(content("kernel")), "cmdline": b"".join(content("cmdline")).decode(),
         "initrd": bytearray(b"".join(content("ramdisk")))}
names["timing"] = " tsc_early_khz=2500000 lpj=10000000 no_timer_check"
def seen():
    return names["cmdline"], names["timing"], bytes(names["initrd"])
before = seen()
exec(edit, names)
if edit:
    assert seen() != before, "nothing was changed"
open(f"{work}/{out}/kernel", "wb").write(names["kernel"])
open(f"{work}/{out}/initrd", "wb").write(names["initrd"])
open(f"{work}/{out}/cmdline", "w").write(names["cmdline"] + names["timing"])
PYTHON
}

# machine NAME: boot it without any device and keep what the guest prints until it powers off
machine() {
	timeout 120 qemu-system-x86_64 -M microvm -accel tcg -cpu max -m 256 -nodefaults -no-user-config \
		-display none -serial "file:$work/$1/console" -no-reboot -kernel "$work/$1/kernel" \
		-initrd "$work/$1/initrd" -append "$(cat "$work/$1/cmdline")" >"$work/$1/qemu" 2>&1 ||
		die "$1: the machine did not end by itself: $(tail -n 5 "$work/$1/console")"
}

# halts NAME WHY EDIT
halts() {
	parts "$1" "$3"
	machine "$1"
	grep -qF "cloister-init: $2" "$work/$1/console" || {
		tail -n 20 "$work/$1/console" >&2
		die "$1: nothing says \"$2\""
	}
	held "$1: $(grep -F "cloister-init: $2" "$work/$1/console" | head -n 1 | tr -d '\r' | cut -c 1-110)"
}

# The cut takes the console away, which the host then gives back where it may not.
halts cut-at-the-front 'cmdline' 'cmdline = cmdline.split(" ", 1)[1]; timing += " console=ttyS0"'
halts cut-at-the-end 'cmdline' 'cmdline = cmdline.rsplit(" ", 1)[0]'
halts other-init 'cmdline' 'timing += " init=/bin/sh"'
halts repeated-parameter 'cmdline' 'timing += " panic=0"'
halts wrong-length 'files' 'at = initrd.index(b" init\n"); initrd[at - 1] ^= 1'
halts missing-file 'files' 'at = initrd.index(b"agent\0"); initrd[at:at + 5] = b"agenT"'
# What the shim does append passes, and the machine ends where there is no host to talk to.
halts nothing-changed 'heartbeat' ''
done_
