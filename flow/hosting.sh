#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# hosting.sh - the host's side of an enclave: what is refused before anything boots and leaves
# nothing behind; what QEMU may do; published ports; the sockets; long paths; a user without rights.
. "$(dirname "$0")/lib.sh"

eif web "docker-archive:$images/busybox.docker.tar" --log all -- \
	/bin/sh -c 'mkdir /tmp/w && echo from-inside >/tmp/w/index.html && echo up && exec httpd -f -p 8080 -h /tmp/w'

# Refused before the boot.
port=$(free_port)
python3 -c 'import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); print("there", flush=True); time.sleep(300)' "$port" "$work/taken" >"$work/taken" &
taken=$!
within 60 grep -q there "$work/taken"
expect 1 "port $port of 127.0.0.1 is in use" cloister run "$work/web.eif" --name early --publish "$port:8080"
kill "$taken"
expect 1 '16 MiB were asked for, this image needs at least' cloister run "$work/web.eif" --name early --memory 16
expect 1 'does not exist' cloister run "$work/none.eif" --name early
expect 2 'is no name' cloister run "$work/web.eif" --name Early
expect 2 'is not [ADDRESS:]HOST:GUEST' cloister run "$work/web.eif" --publish 80
cloister ps -a --json >"$work/ps.json"
same 'nothing was kept of all that' "$(cat "$work/ps.json")" '[]'

# One that runs, with free ports of the host's choosing.
boot web "$work/web.eif" --memory 192 --publish 0:8080 --publish 0:8081
expect 1 'is running: stop it or choose another --name' cloister run "$work/web.eif" --name web
cloister ps --json >"$work/ps.json"
said=$(python3 -c 'import json, sys; print(" ".join(p.split(":")[1] for p in json.load(open(sys.argv[1]))[0]["ports"]))' "$work/ps.json")
open=${said% *}
closed=${said#* }
within 60 curl -sf "http://127.0.0.1:$open/"
same 'the page' "$(curl -sf "http://127.0.0.1:$open/")" from-inside
expect 56 '' curl -sS "http://127.0.0.1:$closed/"

# The sockets beside it: a question to the shim, and Firecracker's way in.
run_dir=$(field run_dir "$work/ps.json")
cat >"$work/ask.py" <<'END'
import json, socket, sys
def open_(name):
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(20)
	s.connect(sys.argv[1] + "/" + name)
	return s
s = open_("ctl.sock")
s.sendall(b'{"op":"status"}\n')
print(json.loads(s.makefile().readline())["record"]["state"])
s = open_("vsock.sock")
for piece in (b"CONN", b"ECT 91", b"00\n"):
	s.sendall(piece)
f = s.makefile("rb")
print(f.readline().decode()[:3])
s.sendall((8080).to_bytes(2, "big"))
print(f.read(1)[0])
s.sendall(b"GET / HTTP/1.0\r\n\r\n")
print(f.read().split(b"\r\n\r\n")[1].decode().strip())
s = open_("vsock.sock")
s.sendall(b"CONNECT 77777777777\n")
print(s.recv(1))
END
python3 "$work/ask.py" "$run_dir" >"$work/asked"
same 'the sockets' "$(tr '\n' ' ' <"$work/asked")" "running OK  0 from-inside b'' "

# What QEMU is, seen from outside.
# machine NAME: the process number of its QEMU
machine() {
	for p in /proc/[0-9]*; do
		if { tr '\0' ' ' <"$p/cmdline" | grep -q "cloister-$1 "; } 2>/dev/null; then echo "${p#/proc/}"; fi
	done
}
qemu=$(machine web)
[ -n "$qemu" ] || die 'no QEMU is to be seen'
# status FIELD [PROCESS]: QEMU's when no other is named
status() {
	sed -n "s/^$1:[[:space:]]*//p" "/proc/${2:-$qemu}/status" | head -n 1
}
same 'no new privileges' "$(status NoNewPrivs)" 1
same 'a system call filter' "$(status Seccomp)" 2
same 'no capability' "$(status CapEff)" 0000000000000000
if [ "$(id -u)" -eq 0 ]; then
	uid=$(field uid "$work/ps.json")
	same 'a user of its own' "$(status Uid | tr '\t' ' ')" "$uid $uid $uid $uid"
	[ "$uid" -ge 61184 ] || die "its user is $uid"
	same 'no network but lo' "$(tail -n +3 "/proc/$qemu/net/dev" | cut -d: -f1 | tr -d ' ')" lo
fi
files=$(for fd in "/proc/$qemu"/fd/*; do readlink "$fd"; done | grep '^/' |
	grep -vE '^(/dev/(null|kvm)|/memfd:|/dev/zero|/usr/|/lib)' || true)
[ -z "$files" ] || die "QEMU has open: $files"
held 'QEMU has no file of anybody open'
shim=$(field pid "$work/ps.json")
same 'no new privileges for the shim' "$(status NoNewPrivs "$shim")" 1
same "the shim's system call filter" "$(status Seccomp "$shim")" 2
expect 0 'the shim: no program, no network' cloister logs web

# A device that is gone is the end of it, told as such, and QEMU goes too.
shim=$(field pid "$work/ps.json")
for p in /proc/[0-9]*; do
	pid=${p#/proc/}
	if [ "$(sed -n 's/^PPid:[[:space:]]*//p' "$p/status" 2>/dev/null)" = "$shim" ] && [ "$pid" != "$qemu" ]; then
		device=$pid
	fi
done
gone() {
	[ ! -d "/proc/$1" ] || grep -q '^State:	Z' "/proc/$1/status"
}
kill -KILL "$device"
within 2 gone "$qemu"
within 5 sh -c 'cloister ps -a | grep web | grep -q failed'
expect 0 'the vsock device was killed by signal 9' cloister logs web
[ ! -e "$run_dir" ] || die "$run_dir is left"
held 'its runtime directory is gone'
expect 1 'exists, ended' cloister run "$work/web.eif" --name web
expect 0 'web' cloister rm web

# A state directory whose sockets would not fit an address.
long=$work/$(printf '%0150d' 0)
out=$(cloister run "$work/web.eif" --state "$long" --memory 192 --detach)
cloister ps --state "$long" --json >"$work/ps.json"
same 'the name that was picked' "$(field name "$work/ps.json")" "$out"
run_dir=$(field run_dir "$work/ps.json")
[ ${#run_dir} -lt 86 ] || die "$run_dir is too long"
python3 "$work/ask.py" "$run_dir" >"$work/asked" || true
same 'a socket of it' "$(head -n 1 "$work/asked")" running
expect 0 "$out" cloister stop "$out" --state "$long"
[ ! -e "$run_dir" ] || die "$run_dir is left"
expect 0 "$out" cloister rm "$out" --state "$long"

# The console, with --debug only.
boot debug "$work/web.eif" --memory 192 --debug
expect 0 '' cloister logs debug --console
[ -e "$CLOISTER_STATE_DIR/enclaves/debug/console" ] || die 'a debug enclave keeps no console'

# A dead QEMU is told as such.
kill -KILL "$(machine debug)"
within 5 sh -c 'cloister ps -a | grep debug | grep -q failed'
expect 0 'while the workload ran: QEMU was killed by signal 9' cloister ps -a
expect 0 'debug' cloister rm -f debug

# A user without rights, where the build can be read by one.
user=61999
if [ "$(id -u)" -eq 0 ] && setpriv --reuid $user --regid $user --clear-groups test -x "$build/src/shim/cloister-shim"; then
	mkdir "$work/home"
	chown $user:$user "$work/home"
	chmod 644 "$work/web.eif"
	as_user() {
		setpriv --reuid $user --regid $user --clear-groups \
			env -u XDG_RUNTIME_DIR -u XDG_STATE_HOME HOME="$work/home" CLOISTER_STATE_DIR= PATH="$PATH" cloister "$@"
	}
	expect 0 'mine' as_user run "$work/web.eif" --name mine --memory 192 --publish 0:8080 --detach
	expect 0 'running' as_user ps
	expect 0 'evidence from mine' as_user attest mine --nonce "$(nonce)" -o "$work/home/evidence"
	[ -d "$work/home/.local/state/cloister/enclaves/mine" ] || die 'its state is somewhere else'
	expect 0 'mine' as_user stop mine
	expect 0 'mine' as_user rm mine
fi

left=$(ours)
[ -z "$left" ] || die "processes are left: $left"
held 'no process is left'
done_
