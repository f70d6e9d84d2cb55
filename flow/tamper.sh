#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# tamper.sh - damaged images, damaged evidence and debug enclaves: each is refused, each with
# its own sentence.
. "$(dirname "$0")/lib.sh"

eif good "docker-archive:$images/busybox.docker.tar" --log stdout -- \
	/bin/sh -c 'echo up; exec sleep 600'

# damage NAME PROGRAM: $work/NAME.eif made from the good one by a few lines of Python, which
# has `eif` (a bytearray), `sections` (type, flags, offset, size) and the helpers below
cat >"$work/damage.py" <<'END'
import struct, sys, zlib
eif = bytearray(open(sys.argv[1], "rb").read())
HEAD, SECTION = 548, 12
def number(): return struct.unpack_from(">H", eif, 26)[0]
def table():
	n = number()
	return list(struct.unpack_from(">%dQ" % n, eif, 28)), list(struct.unpack_from(">%dQ" % n, eif, 28 + 256))
def section(i): return struct.unpack_from(">HHQ", eif, table()[0][i])
def seal():
	struct.pack_into(">I", eif, 544, zlib.crc32(bytes(eif[:544]) + bytes(eif[548:])))
def put_table(offsets, sizes):
	struct.pack_into(">H", eif, 26, len(offsets))
	eif[28:28 + 512] = bytes(512)
	struct.pack_into(">%dQ" % len(offsets), eif, 28, *offsets)
	struct.pack_into(">%dQ" % len(sizes), eif, 28 + 256, *sizes)
offsets, sizes = table()
END
damage() {
	name=$1
	(cat "$work/damage.py" && cat && echo 'open(sys.argv[2], "wb").write(eif)') >"$work/one.py"
	python3 "$work/one.py" "$work/good.eif" "$work/$name.eif" || die "could not make $name"
}

# each NAME TEXT: describe, run and verify --image share one gate, so each says it
said=$work/sentences
each() {
	expect 1 "$2" cloister describe "$work/$1.eif"
	sed "s|$work/[a-z]*.eif||g" "$work/says" >>"$said"
	expect 1 "$2" cloister run "$work/$1.eif" --name "bad-$1" --memory 512 --detach
	printf x >"$work/empty.bin"
	expect 2 "$2" cloister verify "$work/empty.bin" --nonce any --image "$work/$1.eif"
}

damage crc <<'END'
eif[600] ^= 1
END
each crc 'crc'
damage truncated <<'END'
del eif[-1:]
END
each truncated ''
damage trailing <<'END'
eif += b"\0"
seal()
END
each trailing ''
damage gap <<'END'
at = offsets[3]
eif[at:at] = bytes(16)
put_table(offsets[:3] + [o + 16 for o in offsets[3:]], sizes)
seal()
END
each gap ''
damage overlap <<'END'
offsets[3] -= 4
put_table(offsets, sizes)
seal()
END
each overlap ''
damage duplicate <<'END'
struct.pack_into(">H", eif, offsets[2], 2)
seal()
END
each duplicate ''
damage unknown <<'END'
struct.pack_into(">H", eif, offsets[2], 77)
seal()
END
each unknown ''
damage version <<'END'
struct.pack_into(">H", eif, 4, 9)
seal()
END
each version 'version'
damage magic <<'END'
eif[0] = 0x2f
seal()
END
each magic 'magic'
damage cutline <<'END'
# the command line loses its last byte to a shorter section, everything else moves up
at = offsets[1]
kind, flags, size = section(1)
struct.pack_into(">HHQ", eif, at, kind, flags, size - 1)
del eif[at + SECTION + size - 1]
sizes[1] -= 1
put_table(offsets[:2] + [o - 1 for o in offsets[2:]], sizes)
seal()
END

# Moving a byte from the end of the kernel to the front of the command line leaves PCR0 as it was.
damage shifted <<'END'
kind, flags, size = section(0)
moved = eif[offsets[0] + SECTION + size - 1]
struct.pack_into(">HHQ", eif, offsets[0], kind, flags, size - 1)
del eif[offsets[0] + SECTION + size - 1]
offsets[1] -= 1
kind, flags, size = struct.unpack_from(">HHQ", eif, offsets[1])
struct.pack_into(">HHQ", eif, offsets[1], kind, flags, size + 1)
eif.insert(offsets[1] + SECTION, moved)
sizes[0] -= 1
sizes[1] += 1
put_table(offsets, sizes)
seal()
END
sort "$said" | uniq -d >"$work/twice"
[ ! -s "$work/twice" ] || {
	cat "$work/twice" >&2
	die 'two damages have one sentence'
}
held 'every damage has its own sentence'

# Both moved a border that PCR0 does not bind: the copy in ramdisk 0 tells, and the kernel's own size.
for moved in cutline shifted; do
	expect 0 'warning: "the platform is not one that cloister made' cloister describe "$work/$moved.eif"
done
expect 1 'a section border was moved' cloister run "$work/cutline.eif" --name moved --memory 256 --detach
expect 1 'the bzImage is cut off' cloister run "$work/shifted.eif" --name moved --memory 256 --detach

# Evidence.
boot good "$work/good.eif" --memory 256
nonce=$(nonce)
cloister attest good --nonce "$nonce" -o "$work/evidence.bin" >/dev/null
cloister root export >"$work/root.pem"
judge() {
	cloister verify "$1" --nonce "$nonce" --image "${2:-$work/good.eif}" --root "$work/root.pem"
}
expect 0 'held' judge "$work/evidence.bin"
expect 1 'measurements' judge "$work/evidence.bin" "$work/cutline.eif"
eif other "oci:$images/static"
expect 1 'measurements' judge "$work/evidence.bin" "$work/other.eif"

# flip OFFSET-FROM-THE-END
flip() {
	python3 -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read())
d[int(sys.argv[3])] ^= 1
open(sys.argv[2], "wb").write(d)' "$work/evidence.bin" "$work/flipped.bin" "$1"
}
flip -1 && expect 1 'signature' judge "$work/flipped.bin"
flip 0 && expect 1 'failed' judge "$work/flipped.bin"
flip 300 && expect 1 'failed' judge "$work/flipped.bin"
head -c 1000 "$work/evidence.bin" >"$work/flipped.bin"
expect 1 'failed' judge "$work/flipped.bin"
(cat "$work/evidence.bin" && printf x) >"$work/flipped.bin"
expect 1 'failed' judge "$work/flipped.bin"
expect 0 '' cloister stop --time 1 good

# A debug enclave has a console and no measurements.
boot open "$work/good.eif" --memory 256 --debug
cloister attest open --nonce "$nonce" -o "$work/evidence.bin" >/dev/null
expect 1 'debug' judge "$work/evidence.bin"
expect 0 'debug' cloister verify "$work/evidence.bin" --nonce "$nonce" --measurements any --allow-debug \
	--root "$work/root.pem"
[ -s "$CLOISTER_STATE_DIR/enclaves/open/console" ] || die 'debug has no console'
[ ! -e "$CLOISTER_STATE_DIR/enclaves/good/console" ] || die 'an enclave without --debug has a console'
held 'the console is there with --debug only'
expect 0 '' cloister stop --time 1 open
done_
