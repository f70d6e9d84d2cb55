#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# demo.sh - the whole path once, for real, explained: a redis image from Debian's packages
# becomes a measured enclave, answers redis-cli from inside, and proves what it is.
#
# `make demo` runs it. It keeps everything in build/demo, cleans up after itself, and can be
# interrupted and run again.
set -eu
export LC_ALL=C.UTF-8
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
build=${CLOISTER_BUILD:-$top/build}
here=$build/demo
export CLOISTER_STATE_DIR="$here/state" CLOISTER_PLATFORM="$build/platform.eif"
PATH=$build/src/cli:$PATH
name=demo-cache
mkdir -p "$here"
n=0
bold= plain= dim=
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m') dim=$(printf '\033[2m')
fi

forget() {
	timeout 30 cloister stop --time 1 "$name" >/dev/null 2>&1 || true
	timeout 30 cloister rm --force "$name" >/dev/null 2>&1 || true
}
clean_up() {
	status=$?
	trap - EXIT INT TERM
	if [ "$status" -ne 0 ]; then
		echo "The demo stopped at step $n with status $status." >&2
		cloister logs "$name" 2>/dev/null | tail -n 20 >&2
	fi
	forget
	rm -rf "$here"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM
forget

# step SENTENCE...
step() {
	n=$((n + 1))
	printf '\n%s%d. %s%s\n' "$bold" "$n" "$*" "$plain"
}
# show COMMAND...: shown, run, its output indented; `got` is its status
show() {
	printf '%s   $ %s%s\n' "$dim" "$(echo "$*" | sed "s|$here/||g; s|$build/||g")" "$plain"
	got=0
	"$@" >"$here/out" 2>&1 || got=$?
	sed 's/^/   /' "$here/out"
}
# run COMMAND...: as show, and it must work
run() {
	show "$@"
	[ "$got" -eq 0 ] || exit "$got"
}
# slow COMMAND...: with a sign of life every few seconds instead of its output
slow() {
	"$@" >"$here/out" 2>&1 &
	job=$!
	seconds=0
	while kill -0 "$job" 2>/dev/null; do
		sleep 1
		seconds=$((seconds + 1))
		[ $((seconds % 10)) -ne 0 ] || echo "   … $seconds s"
	done
	wait "$job" || {
		cat "$here/out" >&2
		exit 1
	}
}

echo "${bold}Cloister: run any container image in a trusted execution environment, and prove it.${plain}"
echo "The enclave here is an emulated one, on this machine; no special hardware is used."

step "A real image: Debian's redis-server, packed by mmdebstrap, umoci and skopeo as \`docker save\` would. (Half a minute the first time.)"
slow flow/images/all.sh redis
cp "$build/images/redis.docker.tar" "$here/redis.tar"
echo "   redis.tar, $(($(stat -c %s "$here/redis.tar") / 1048576)) MiB; nothing of Cloister is in it"

step "Build the enclave image. No daemon, no root: layers become a read-only root filesystem, and the measurements are known before anything runs."
run cloister build "docker-archive:$here/redis.tar" -o "$here/redis.eif"

step "What is in it: the measured manifest says command, user and what may leave as a log."
run cloister describe "$here/redis.eif"

port=6379
if ! python3 -c 'import socket; socket.socket().bind(("127.0.0.1", 6379))' 2>/dev/null; then
	port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
fi
step "Run it in an enclave of its own: a separate kernel, no disk, no network device, no console; one port is published."
run cloister run "$here/redis.eif" --name "$name" --memory 512 --cpus 1 --publish "127.0.0.1:$port:6379" --detach
run cloister ps

step "The unmodified server answers from inside the enclave."
tries=0
until redis-cli -p "$port" ping >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ "$tries" -lt 100 ] || break
	sleep 0.2
done
run redis-cli -p "$port" set k 'kept inside an enclave'
run redis-cli -p "$port" get k

nonce=$(openssl rand -hex 32)
step "Ask the enclave who it is, with a nonce that nobody could have known before; it answers with a signed document."
run cloister attest "$name" --nonce "$nonce" -o "$here/evidence.bin"

step "Without a root that you chose, the evidence is worth nothing: an emulated enclave is not believed. This must be refused."
show cloister verify "$here/evidence.bin" --nonce "$nonce" --image "$here/redis.eif"
[ "$got" -eq 1 ] || {
	echo "evidence without a trusted root was not refused (status $got)" >&2
	exit 1
}

step "Stop it and forget it."
run cloister stop "$name"
run cloister logs "$name"
run cloister rm "$name"

step "Now hand over this machine's emulator root, say which image and which nonce you expect, and get the verdict. (The enclave is gone; evidence stays.)"
printf '%s   $ cloister root export > emulator-root.pem%s\n' "$dim" "$plain"
cloister root export >"$here/emulator-root.pem"
run cloister verify "$here/evidence.bin" --nonce "$nonce" --image "$here/redis.eif" --root "$here/emulator-root.pem"
