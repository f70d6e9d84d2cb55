#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh - the command line of `cloister build`: who has the last word, what leaves nothing
# behind, what a program that shares no code with us measures, and what the container then sees.
. "$(dirname "$0")/lib.sh"
image=oci:$images/busybox
[ -d "$images/busybox" ] || skip 'there is no image busybox; flow/images/all.sh makes it'
[ -e "$CLOISTER_PLATFORM" ] || skip "there is no platform bundle $CLOISTER_PLATFORM"

# manifest FILE: the measured manifest in an image, a member per line
manifest() {
	cloister describe "$1" | sed -n '/^manifest/,/^$/p'
}
# says FILE TEXT: a line of the measured manifest
says() {
	manifest "$1" | tr -s ' ' | grep -qF -- "$2" || {
		manifest "$1" >&2
		die "the manifest of $1 does not say: $2"
	}
	held "$(basename "$1") says $2"
}

cat >"$work/author.yaml" <<'END'
argv: [/bin/sh, -c, 'echo "$A"; id; pwd; hostname; exit 7']
env: { A: "one\ntwo", B: file }
user: guest
cwd: /made/here
hostname: author
log: [stdout]
memory_mib: 200
stop_signal: SIGINT
END
cloister build "$image" --env B=flag -o "$work/a.eif" --manifest "$work/author.yaml" --json >"$work/a.json" || die 'build'
says "$work/a.eif" '"B=flag"'
says "$work/a.eif" 'cwd "/made/here"'
says "$work/a.eif" 'user {"uid":1000,"gid":1000,"groups":[1000,2000]}'
says "$work/a.eif" 'log ["stdout"]'
says "$work/a.eif" 'memory_mib 200'
says "$work/a.eif" 'stop_signal 2'
says "$work/a.eif" '"HOME=/home/guest"'
cloister build "$image" --manifest "$work/author.yaml" --log stderr --user 5:6 -o "$work/b.eif" -- /bin/true x >/dev/null || die 'build'
says "$work/b.eif" 'argv ["/bin/true","x"]'
says "$work/b.eif" 'log ["stderr"]'
says "$work/b.eif" 'user {"uid":5,"gid":6,"groups":[6]}'

# Three ways to the same registers.
for n in 0 1 2; do
	named=$(sed -nE "s/.*\"pcr$n\":\"([0-9a-f]{96})\".*/\1/p" "$work/a.json")
	same "PCR$n by tools/pcr.sh" "$named" "$("$source_dir/tools/pcr.sh" "$work/a.eif" | sed -n "s/^pcr$n //p")"
	same "PCR$n by describe" "$named" "$(cloister describe "$work/a.eif" | tr -d '"' | sed -nE "s/^ *pcr$n +//p")"
done

# Refusals: one sentence each, nothing left, nothing replaced.
mkdir "$work/out"
echo older >"$work/out/x.eif"
expect 1 'names no program' cloister build "oci:$images/busybox" -o "$work/out/x.eif" --entrypoint ''
expect 1 'line 2: this key is not known' sh -c "printf 'user: a\nuse: b\n' >'$work/bad.yaml'; cloister build $image -o '$work/out/x.eif' --manifest '$work/bad.yaml'"
expect 1 'no bundle' cloister build "$image" -o "$work/out/x.eif" --platform "$work/author.yaml"
expect 2 'KEY=VALUE' cloister build "$image" -o "$work/out/x.eif" --env A
expect 2 'one SOURCE' cloister build "$image" "$image" -o "$work/out/x.eif"
expect 2 'wants a value' cloister build "$image" -o
expect 1 'no regular file' cloister build "$image" -o "$work/out"
same 'left in the folder' x.eif "$(ls -A "$work/out")"
same 'the older file' older "$(cat "$work/out/x.eif")"

# What the container sees.
status=0
cloister run "$work/a.eif" --name a --memory 200 >"$work/says" 2>&1 || status=$?
same 'exit status' 7 "$status"
for line in one two 'uid=1000(guest) gid=1000(guest) groups=1000(guest),2000(extra)' /made/here author; do
	grep -qxF -- "$line" "$work/says" || {
		cat "$work/says" >&2
		die "the container did not say: $line"
	}
	held "the container says $line"
done
expect 1 'memory' cloister run "$work/a.eif" --name b --memory 199
done_
