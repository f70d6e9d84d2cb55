#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# big.sh - an image of 300 MB that no compressor shrinks boots with memory at most 1.4 times
# its file, and every file inside has the hash that the image's files have.
. "$(dirname "$0")/lib.sh"

eif big "oci:$images/big" --log stdout
size=$(stat -c %s "$work/big.eif")
memory=$((size * 14 / 10 / 1048576))
[ "$size" -gt 300000000 ] || die "the image is only $size bytes"
echo "image $size bytes, memory $memory MiB: $((memory * 1048576 * 100 / size)) %"
timeout 400 cloister run "$work/big.eif" --name big --memory "$memory" >"$work/sums" 2>"$work/err" || {
	cat "$work/err" >&2
	die 'the enclave did not end well'
}
grep -E '^[0-9a-f]{64}  ' "$work/sums" >"$work/inside" || die 'no hash came out'
cmp "$work/inside" "$images/big.sums" || die 'the hashes differ'
held "$(wc -l <"$work/inside") files, all hashes equal, with $memory MiB"
done_
