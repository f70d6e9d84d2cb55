#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# build.sh - `cloister build` of the redis image beside what one would do by hand: umoci unpacks
# it, mksquashfs packs it with the same compressor, sha384sum reads the result. In turns, ROUNDS
# (5) times each; medians and their ratio.
. "$(dirname "$0")/../flow/lib.sh"
rounds=${ROUNDS:-5}

ms() {
	echo $(($(date +%s%N) / 1000000))
}
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
i=0
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	rm -rf "$work/bundle" "$work/root.squashfs"
	begun=$(ms)
	cloister build "oci:$images/redis" -o "$work/redis.eif" >/dev/null || die 'build'
	echo $(($(ms) - begun)) >>"$work/ours"
	begun=$(ms)
	umoci unpack --rootless --image "$images/redis:latest" "$work/bundle" 2>/dev/null
	mksquashfs "$work/bundle/rootfs" "$work/root.squashfs" -comp zstd -no-progress -quiet >/dev/null
	sha384sum "$work/root.squashfs" >/dev/null
	echo $(($(ms) - begun)) >>"$work/hand"
done
a=$(median "$work/ours")
b=$(median "$work/hand")
echo "build of redis, median of $rounds: $a ms ($(stat -c %s "$work/redis.eif") bytes), umoci + mksquashfs + sha384sum $b ms ($(stat -c %s "$work/root.squashfs") bytes)"
awk "BEGIN { printf \"build ratio: %.2f\n\", $a / $b }"
