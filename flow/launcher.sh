#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# launcher.sh - the launcher's orders against real enclaves: start to remove, one that somebody
# else started, a launcher that is killed, and a server that says what it may not.
. "$(dirname "$0")/lib.sh"

probe=$build/src/daemon/launcher_probe
eif clock "docker-archive:$images/busybox.docker.tar" --log all -- /bin/sh -c \
	'trap "echo bye; exit 3" TERM; i=0; while :; do i=$((i+1)); echo "tick $i"; sleep 0.3 & wait $!; done'
image=$(sha256sum "$work/clock.eif" | cut -c 1-64)
mkdir -p -m 700 "$CLOISTER_STATE_DIR/built"
cp "$work/clock.eif" "$CLOISTER_STATE_DIR/built/$image.eif"
missing=$(echo "$image" | tr '0-9a-f' '1-9a-f0')

# orders LINE...: what the launcher said to them
orders() {
	printf '%s\n' "$@" | "$probe" "$CLOISTER_STATE_DIR" >"$work/said" 2>"$work/over" ||
		die "the probe gave up: $(cat "$work/said" "$work/over")"
}
# said TEXT: it said so, in a line of its own or at the start of one
said() {
	grep -q "^$1" "$work/said" || {
		cat "$work/said" "$work/over" >&2
		die "it did not say: $1"
	}
	held "$1"
}

# Nothing runs, and what cannot be done is refused in a sentence.
orders list "start a $missing 192 1 -" "start a $image 15 1 -" "start a $image 192 65 -" "start a $image 192 1 8080" \
	'stop unknown 0' 'pause unknown' 'attest unknown 00' 'log unknown' 'remove unknown' 'build a'
said 'refused: start: no image'
said 'refused: start: memory is 16 to'
said 'refused: publish: .8080. is not'
[ "$(grep -c '^refused' "$work/said")" -eq 10 ] || die "not all was refused: $(cat "$work/said")"
[ -z "$(ls "$CLOISTER_STATE_DIR/enclaves" 2>/dev/null)" ] || die 'a refused start left something'
held 'ten orders that cannot be obeyed leave nothing'

# A whole life.
orders "start one $image 192 1 -" 'until one running' list "start one $image 192 1 -"
said 'event one is running'
said 'record one is running'
said 'refused: name: an enclave named .one. is running'
within 30 sh -c 'cloister logs one | grep -q "tick 2"'
orders "start one $image 192 1 -" list 'attest one 0102' 'pause one' \
	'attest one 03' 'resume one' 'log one' 'log.1 one' 'remove one' 'stop one 20000' 'until one stopped' list 'remove one' list
said 'refused: .*one'
said 'document of [0-9][0-9][0-9][0-9] bytes'
said 'record one is paused'
said 'refused: .*is paused'
said 'record one is running'
grep -q ' stdout F tick 1$' "$work/said" || die 'the log was not handed over'
said 'event one is stopped: the workload exited with status 3'
[ ! -e "$CLOISTER_STATE_DIR/enclaves/one" ] || die 'it was not removed'
held 'start, attest, pause, resume, log, stop, remove'

# Enclaves outlive the launcher; the next one finds them, and those of `cloister run`.
boot byhand "$work/clock.eif" --memory 192
orders "start two $image 192 1 -" 'until two running' launcher list 'pause two' 'resume two' 'signal two 0' \
	'stop two 20000' 'until two stopped' 'stop byhand 20000' 'until byhand stopped'
said 'record byhand is running'
said 'record two is paused'
said 'event two is stopped'
said 'event byhand is stopped'
held 'a killed launcher costs no enclave'

# A shim that is killed is told of, and so is one that was found.
orders "start three $image 192 1 -" 'until three running' >/dev/null
shim=$(cloister ps --json | tr ',' '\n' | sed -n 's/.*"pid":\([0-9]*\).*/\1/p' | head -n 1)
{ echo list; sleep 1; kill -KILL "$shim"; echo 'until three failed'; } | "$probe" "$CLOISTER_STATE_DIR" >"$work/said" 2>&1
said 'event three is failed'

# Whoever says what is no order is not heard again; enclaves go on.
orders 'hostile 00' 'hostile 0300000001' 'hostile 4000000001' 'hostile 0a0000000000' 'hostile 040000000100000007' list
[ "$(grep -c '^it hung up' "$work/said")" -eq 5 ] || die "it went on: $(cat "$work/said")"
held 'five messages that are no order end the conversation'
done_
