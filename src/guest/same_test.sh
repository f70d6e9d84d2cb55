#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# same_test.sh SOURCE INIT AGENT - the guest's programs are static, carry no build id and no
# path, and two clones at different places, with other flags and another umask, build the same bytes.
set -eu
source=$1 init=$2 agent=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
die() {
	echo "same_test: $*" >&2
	exit 1
}

for program in "$init" "$agent"; do
	headers=$(LC_ALL=C readelf --wide --program-headers --sections "$program")
	case $headers in
	*INTERP* | *.dynamic*) die "$program is a dynamic program" ;;
	*build-id*) die "$program has a build id" ;;
	esac
	if LC_ALL=C grep -aqF "$source" "$program"; then
		die "$program names $source"
	fi
done

# build PLACE UMASK OPTION…: a copy of the tree there, and only the two programs
build() {
	place=$1
	umask "$2"
	shift 2
	mkdir -p "$place"
	(cd "$source" && tar --exclude='./build*' --exclude=./.git -cf - .) | tar -xf - -C "$place"
	meson setup "$place/out" "$place" "$@" >"$place.log" 2>&1 &&
		ninja -C "$place/out" src/guest/cloister-init src/guest/cloister-agent >>"$place.log" 2>&1 ||
		{ tail -n 20 "$place.log" >&2; die "no build in $place"; }
}
build "$work/a" 022
(
	LC_ALL=C.UTF-8 TZ=Asia/Kathmandu CFLAGS='-O3 -g' SOURCE_DATE_EPOCH=1
	export LC_ALL TZ CFLAGS SOURCE_DATE_EPOCH
	build "$work/elsewhere/a longer place" 077 --buildtype=debug
)
for name in cloister-init cloister-agent; do
	cmp "$work/a/out/src/guest/$name" "$work/elsewhere/a longer place/out/src/guest/$name" ||
		die "$name differs between two clones"
	cmp "$work/a/out/src/guest/$name" "$(dirname "$init")/$name" ||
		die "$name differs between a clone and this build"
	echo "$name: the same $(wc -c <"$work/a/out/src/guest/$name") bytes three times"
done
