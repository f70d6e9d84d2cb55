#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# vsock.sh - bytes through the vsock device beside the same bytes through a socat relay between
# two unix sockets, in turns, ROUNDS (5) times MIB (512) each way; medians and ratios. Then what
# a real guest moves, where its kernel and the emulated processor are the limit.
set -eu
build=${CLOISTER_BUILD:-build}
rounds=${ROUNDS:-5}
mib=${MIB:-512}
work=$(mktemp -d)
relay=
trap '[ -z "$relay" ] || kill "$relay" 2>/dev/null; rm -rf "$work"' EXIT

median() {
	awk -v f="$1" '{ print $f }' "$work/rates" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
i=0
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	rm -f "$work/near" "$work/far"
	socat -b 65536 "UNIX-LISTEN:$work/near" "UNIX-CONNECT:$work/far" &
	relay=$!
	while [ ! -S "$work/near" ]; do kill -0 "$relay"; done
	"$build/bench/vsock_bench" "$mib" "$work" >>"$work/rates"
	wait "$relay" || true
	relay=
done
up=$(median 1)
down=$(median 2)
relay_up=$(median 3)
relay_down=$(median 4)
echo "vsock device, $mib MiB each way, median of $rounds: guest to host $up MiB/s, host to guest $down MiB/s; socat $relay_up and $relay_down MiB/s"
awk "BEGIN { printf \"vsock ratio to socat: up %.2f, down %.2f\n\", $up / $relay_up, $down / $relay_down }"
"$build/flow/vsock/vsock_flow" "$build/platform.eif" "$build/flow/vsock/vsock_guest" --conns 10 --mib "${GUEST_MIB:-64}" 2>/dev/null |
	sed -n 's/^vsock_flow: /through QEMU (tcg) and Linux: /p' | tail -n 1
