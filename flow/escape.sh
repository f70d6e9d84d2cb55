#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# escape.sh - as the image's root, none of these works: the agent's memory or process, a module,
# /dev/cuse, the platform's files, a console, another namespace, a network besides lo.
. "$(dirname "$0")/lib.sh"

image_with hostile "$build/src/guest/guest_hostile"
eif hostile "oci:$work/hostile" --log stdout -- /bin/sh -c \
	'id -u; guest_hostile; echo "status $?"; echo "== mounts"; cat /proc/mounts; echo "== links"; ls /sys/class/net; echo "== dev"; ls /dev'
timeout 120 cloister run "$work/hostile.eif" --name hostile --memory 256 >"$work/out" 2>"$work/err" || {
	cat "$work/out" "$work/err" >&2
	die 'the enclave did not end well'
}
cat "$work/out"
same 'the user inside is' 0 "$(head -n 1 "$work/out")"
if grep -q '^REACHED' "$work/out"; then
	die "$(grep '^REACHED' "$work/out")"
fi
grep -q '^status 0$' "$work/out" || die 'the program did not come to its end'
n=$(grep -c '^refused' "$work/out")
same 'attempts, as doc/guest.md says' "$(sed -n 's/.*tries \([0-9]*\) things.*/\1/p' "$source_dir/doc/guest.md")" "$n"
held "$n attempts, none worked"
same 'network interfaces' lo "$(sed -n '/^== links$/,/^== dev$/p' "$work/out" | grep -v '^==' | tr '\n' ' ' | sed 's/ $//')"
done_
