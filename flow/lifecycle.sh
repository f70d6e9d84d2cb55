#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lifecycle.sh - how enclaves end: with the workload's own status, by its stop signal, by force,
# with a killed shim, with a killed QEMU; and what is left afterwards: nothing.
. "$(dirname "$0")/lib.sh"

# sh_eif NAME SCRIPT [OPTION...]
sh_eif() {
	name=$1
	script=$2
	shift 2
	eif "$name" "docker-archive:$images/busybox.docker.tar" --log all "$@" -- /bin/sh -c "$script"
}
# says NAME TEXT: its log has it, at last
says() {
	within 30 sh -c "cloister logs $1 | grep -q '$2'"
}

# The foreground's status and output are the container's.
sh_eif seven 'echo out; echo err >&2; id -u; exit 7' --user guest
expect 7 'out' cloister run "$work/seven.eif" --name seven --memory 192
expect 0 'seven' cloister ps -a
expect 0 'err' cloister logs seven
expect 0 '1000' cloister logs seven

# The image's STOPSIGNAL reaches the workload, which may end in its own way.
sh_eif polite 'trap "echo bye; exit 3" TERM; echo up; while :; do sleep 1 & wait $!; done'
boot polite "$work/polite.eif" --memory 192
says polite up
expect 0 '' cloister stop polite
expect 0 'bye' cloister logs polite

# One that does not listen is killed after the grace period.
sh_eif deaf 'trap "" TERM; echo up; while :; do sleep 1; done'
boot deaf "$work/deaf.eif" --memory 192
says deaf up
begun=$(date +%s)
expect 0 '' cloister stop --time 2 deaf
took=$(($(date +%s) - begun))
[ "$took" -ge 2 ] && [ "$took" -lt 30 ] || die "the stop took $took s"
held "a deaf workload is gone after $took s"

# A paused one stands still with all it has, says nothing about itself, and goes on.
sh_eif clock 'trap "echo bye; exit 4" TERM; i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.2 & wait $!; done'
boot clock "$work/clock.eif" --memory 192
says clock 'tick 3'
expect 0 'clock' cloister pause clock
expect 0 'paused' cloister ps
expect 0 'clock' cloister pause clock
ticks() {
	cloister logs clock | grep -c tick
}
then=$(ticks)
sleep 2
[ "$(ticks)" -eq "$then" ] || die "a paused enclave went on from tick $then"
expect 1 'is paused' cloister attest clock --nonce 00 -o "$work/paused.bin"
expect 0 'clock' cloister resume clock
within 20 sh -c "[ \$(cloister logs clock | grep -c tick) -gt $then ]"
expect 0 'running' cloister ps
expect 0 'clock' cloister resume clock
held 'a paused enclave stands still and goes on'
expect 0 '' cloister pause clock
expect 0 'clock' cloister stop clock
expect 0 'bye' cloister logs clock
expect 1 'is not running' cloister pause clock
held 'a paused enclave can be stopped in its own way'

# machine NAME: the process number of its QEMU
machine() {
	for proc in /proc/[0-9]*; do
		case $(readlink "$proc/exe" 2>/dev/null) in
		*/qemu-system-*) ;;
		*) continue ;;
		esac
		if cat "$proc/cmdline" 2>/dev/null | tr '\0' ' ' | grep -qF -- "-name cloister-$1 "; then
			echo "${proc#/proc/}"
		fi
	done
}
gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:	Z' "/proc/$1/status"
}

# A killed shim leaves no QEMU within two seconds, and is told from a living one.
boot orphan "$work/deaf.eif" --memory 192
cloister ps --json >"$work/ps.json"
qemu=$(machine orphan)
[ -n "$qemu" ] || die 'no QEMU is to be seen'
shim=$(field pid "$work/ps.json")
kill -KILL "$shim"
within 2 gone "$qemu"
expect 0 'failed' cloister ps -a
expect 0 '' cloister rm orphan

# A dead QEMU is reported with a reason.
boot broken "$work/deaf.eif" --memory 192
qemu=$(machine broken)
kill -KILL "$qemu"
within 10 sh -c 'cloister ps -a | grep broken | grep -q failed'

# A foreground enclave whose CLI is killed leaves no QEMU; a detached one outlives its CLI.
cloister run "$work/deaf.eif" --name fore --memory 192 >"$work/fore.log" 2>&1 &
cli=$!
within 60 sh -c 'cloister ps | grep fore | grep -q running'
qemu=$(machine fore)
kill -KILL "$cli"
wait "$cli" 2>/dev/null || true
within 2 gone "$qemu"

for name in seven polite deaf broken fore; do
	expect 0 '' cloister rm "$name"
done
left=$(ours)
[ -z "$left" ] || die "processes are left: $left"
held 'no process is left'
done_
