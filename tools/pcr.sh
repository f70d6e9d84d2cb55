#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# pcr.sh - PCR0, PCR1 and PCR2 of an enclave image, computed with od, dd and sha384sum.
#
#   tools/pcr.sh FILE
#
# It shares no line with src/: its own reading of the format, its own hashing. The tests hold
# `cloister build`, `cloister describe` and the documents of running enclaves against it.
# It checks nothing; it believes the section table.
set -eu
LC_ALL=C
export LC_ALL
[ $# = 1 ] || { echo "usage: tools/pcr.sh FILE" >&2; exit 2; }
file=$1

# number OFFSET LENGTH: a big-endian number from the file
number() {
	printf %d "0x$(od -An -v -tx1 -j "$1" -N "$2" "$file" | tr -d ' \n')"
}
cut_out() {
	dd if="$file" bs=1048576 iflag=skip_bytes,count_bytes skip="$1" count="$2" status=none
}

# A line per section: TYPE OFFSET LENGTH, in file order.
sections() {
	i=0
	while [ $i -lt "$n" ]; do
		header=$(number $((28 + 8 * i)) 8)
		echo "$(number "$header" 2) $((header + 12)) $(number $((284 + 8 * i)) 8)"
		i=$((i + 1))
	done
}

# content WHICH: the sections that a register covers, one after the other
content() {
	ramdisk=0
	echo "$table" | while read -r type at len; do
		case $type in
		1 | 2) part=01 ;;
		3)
			[ $ramdisk = 0 ] && part=01 || part=02
			ramdisk=$((ramdisk + 1))
			;;
		*) continue ;;
		esac
		case $part in
		*"$1"*) cut_out "$at" "$len" ;;
		esac
	done
}

# 48 zero bytes and the digest of standard input, hashed once more
extend() {
	digest=$(sha384sum | cut -c1-96)
	{
		dd if=/dev/zero bs=48 count=1 status=none
		echo "$digest" | sed 's/../\\x&/g' | xargs -d '\n' /usr/bin/printf
	} | sha384sum | cut -c1-96
}

n=$(number 26 2)
table=$(sections)
for pcr in 0 1 2; do
	echo "pcr$pcr $(content $pcr | extend)"
done
