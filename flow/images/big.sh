#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# big.sh - 300 MB that no compressor makes smaller, the same bytes every time, and a
# static busybox that prints the SHA-256 of every file.
. "$(dirname "$0")/lib.sh"
image big
mkdir -p "$work/root/bin" "$work/root/data/small"
cp "$(command -v busybox)" "$work/root/bin/busybox"
# noise KEY LENGTH: AES in counter mode over zeros
noise() {
	head -c "$2" /dev/zero | openssl enc -aes-128-ctr -K "$(printf '%032x' "$1")" -iv "$(printf '%032x' 0)"
}
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	noise "$i" $((25000000 + i)) >"$work/root/data/part$i"
done
for i in 1 7 511 512 513 4095 4096 4097 131071 131072 131073; do
	noise $((i + 100)) "$i" >"$work/root/data/small/$i"
done
: >"$work/root/data/small/empty"
(cd "$work/root/data" && find . -type f | LC_ALL=C sort | xargs sha256sum) >"$images/big.sums"
layer
config --config.entrypoint /bin/busybox --config.cmd sh --config.cmd -c --config.cmd \
	'cd /data && busybox find . -type f | busybox sort | busybox xargs /bin/busybox sha256sum' \
	--config.env PATH=/bin
finish
