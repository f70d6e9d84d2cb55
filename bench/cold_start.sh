#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# cold_start.sh - from `cloister run` of a busybox image to its first accepted verdict, beside
# bare QEMU with the same kernel, memory and accelerator and an init that switches off at once.
# In turns, ROUNDS (10) times each; medians and their ratio. The target is at most 1.5.
. "$(dirname "$0")/../flow/lib.sh"
rounds=${ROUNDS:-10}
memory=256

ms() {
	echo $(($(date +%s%N) / 1000000))
}
median() {
	sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

eif busybox "docker-archive:$images/busybox.docker.tar" -- /bin/sleep 600
musl-gcc -static -O2 -s -o "$work/init" "$source_dir/bench/bare_init.c"
(cd "$work" && echo init | busybox cpio -o -H newc 2>/dev/null) >"$work/bare.cpio"

ours_once() {
	begun=$(ms)
	cloister run "$work/busybox.eif" --name bench --memory $memory --cpus 1 --detach >/dev/null || die 'run'
	nonce=$(nonce)
	cloister attest bench --nonce "$nonce" -o "$work/evidence.bin" >/dev/null || die 'attest'
	cloister verify "$work/evidence.bin" --nonce "$nonce" --image "$work/busybox.eif" --root "$work/root.pem" \
		>/dev/null || die 'not accepted'
	echo $(($(ms) - begun))
}
over() {
	cloister ps --json >"$work/ps.json"
	accelerator=$(field accelerator "$work/ps.json")
	cloister stop --time 1 bench >/dev/null || die 'stop'
	cloister rm bench >/dev/null || die 'rm'
}
bare_once() {
	begun=$(ms)
	cpu=max
	[ "$accelerator" != kvm ] || cpu=host
	timeout 120 qemu-system-x86_64 -M microvm,memory-backend=mem,isa-serial=off \
		-object memory-backend-memfd,id=mem,size=${memory}M,share=on -m $memory -smp 1 \
		-accel "$accelerator" -cpu $cpu -nodefaults -no-user-config -display none -no-reboot \
		-kernel "$build/kernel/vmlinuz" -initrd "$work/bare.cpio" \
		-append "reboot=t panic=-1 quiet tsc_early_khz=2500000 lpj=10000000 no_timer_check" || die 'bare QEMU'
	echo $(($(ms) - begun))
}

# Once for the caches, and for the answer whether KVM boots here.
cloister root show >/dev/null 2>&1 || true
cloister run "$work/busybox.eif" --name bench --memory $memory --cpus 1 --detach >/dev/null || die 'run'
cloister root export >"$work/root.pem"
over
bare_once >/dev/null
i=0
while [ "$i" -lt "$rounds" ]; do
	i=$((i + 1))
	ours_once >>"$work/ours"
	over
	bare_once >>"$work/bare"
done
a=$(median "$work/ours")
b=$(median "$work/bare")
echo "cold start with $accelerator, median of $rounds: $a ms from run to the first accepted verdict, bare QEMU $b ms"
awk "BEGIN { printf \"cold start ratio: %.2f (target at most 1.5)\n\", $a / $b }"
