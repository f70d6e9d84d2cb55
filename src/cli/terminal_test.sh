#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# terminal_test.sh - what a hostile guest, image or file name may do to the operator's terminal:
# nothing. Files and pipes get the bytes as they are. A terminal is made with script(1).
#
#   terminal_test.sh CLOISTER
set -u
cloister=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
n=0
export CLOISTER_STATE_DIR="$work/state"
esc=$(printf '\033')
c1=$(printf '\302\233')

mkdir -p -m 700 "$work/state/enclaves/evil"
{
	printf '2026-11-24T10:00:00.123Z stdout F red \033[31m and gone\033[2J \302\2332J\r\n'
	printf '2026-11-24T10:00:00.124Z stderr F a\b\b* the workload exited\rx\n'
	printf '2026-11-24T10:00:00.125Z stdout F Z\303\274rich\n'
} >"$work/state/enclaves/evil/log"
printf 'boot\r\n\033]0;owned\a\033[8mhidden\r\n' >"$work/state/enclaves/evil/console"

# on_terminal COMMAND...: its output, standard error included, as a terminal receives it
on_terminal() {
	script -qec "$(printf "'%s' " "$@")" /dev/null </dev/null >"$work/out" 2>&1
}

hold() {
	n=$((n + 1))
	if ! eval "$2"; then
		echo "FAIL: $1"
		od -c "$work/out"
		bad=$((bad + 1))
	fi
}
clean='! grep -q "$esc\|$c1\|$(printf "\b")\|$(printf "\a")" "$work/out"'

on_terminal "$cloister" logs evil
hold 'logs: nothing that a terminal obeys' "$clean"
hold 'logs: it is shown' 'grep -qF "red ^[[31m and gone^[[2J \u009b2J" "$work/out"'
hold 'logs: a line cannot be overwritten' 'grep -qF "a^H^H* the workload exited^Mx" "$work/out"'
hold 'logs: letters stay' 'grep -q "Zürich" "$work/out"'
on_terminal "$cloister" logs evil --console
hold 'console: nothing that a terminal obeys' "$clean"
hold 'console: it is shown' 'grep -qF "^[]0;owned^G^[[8mhidden" "$work/out"'
on_terminal "$cloister" logs evil --raw
hold 'logs --raw: as it is' 'grep -qF "$esc[2J" "$work/out"'
on_terminal "$cloister" logs evil --json
hold 'logs --json: nothing that a terminal obeys' "$clean"
hold 'logs --json: letters stay' 'grep -q "Zürich" "$work/out"'

"$cloister" logs evil >"$work/out" 2>/dev/null
hold 'a pipe: as it is' 'grep -qF "gone$esc[2J" "$work/out"'

# Names and sentences are nobody's to format, on any output.
for word in describe "platform show" "verify --nonce any --measurements any" run logs rm stop; do
	"$cloister" $word "$work/${esc}[2Jno" >"$work/out" 2>&1
	hold "$word: a file name" '! grep -q "$esc" "$work/out" && grep -qF "^[[2Jno" "$work/out"'
done
"$cloister" rm "a
b" >"$work/out" 2>&1
hold 'a name of two lines' 'grep -qF "a^Jb" "$work/out"'
"$cloister" describe --"$esc[2J" >"$work/out" 2>&1
hold 'an option' '! grep -q "$esc" "$work/out"'


[ "$bad" -eq 0 ] && echo "$n things held"
exit "$bad"
