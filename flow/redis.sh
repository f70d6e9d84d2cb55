#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# redis.sh - the main job: an unmodified redis image becomes an enclave, answers a real
# client as its own user, and proves what it is; every way of asking wrongly is refused.
. "$(dirname "$0")/lib.sh"

cloister build "docker-archive:$images/redis.docker.tar" -o "$work/redis.eif" --json >"$work/build.json" ||
	die "build"
expect 0 'redis-server' cloister describe "$work/redis.eif"
cloister describe "$work/redis.eif" --json >"$work/describe.json"
for n in 0 1 2; do
	same "pcr$n of describe and build" "$(field pcr$n "$work/describe.json")" "$(field pcr$n "$work/build.json")"
done

# Refused before any machine starts.
python3 -c 'import socket, time
s = socket.socket()
s.bind(("127.0.0.1", 0))
s.listen(1)
print(s.getsockname()[1], flush=True)
time.sleep(60)' >"$work/taken" &
helpers=$!
within 10 test -s "$work/taken"
expect 1 'in use' cloister run "$work/redis.eif" --name a --memory 512 --publish "127.0.0.1:$(cat "$work/taken"):6379" --detach
expect 1 'memory' cloister run "$work/redis.eif" --name a --memory 32 --detach

port=$(free_port)
boot cache "$work/redis.eif" --memory 512 --cpus 1 --publish "127.0.0.1:$port:6379"
within 30 redis-cli -p "$port" ping
expect 0 'OK' redis-cli -p "$port" set k v
expect 0 'v' redis-cli -p "$port" get k
redis-cli -p "$port" config get dir >"$work/dir"
same 'working directory' /data "$(tail -n 1 "$work/dir")"
expect 0 'started' redis-cli -p "$port" bgsave
expect 0 'cache' cloister ps
expect 1 'cache' cloister run "$work/redis.eif" --name cache --memory 512 --detach

# Its evidence, and everybody who must not believe it.
nonce=$(nonce)
expect 0 '' cloister attest cache --nonce "$nonce" -o "$work/evidence.bin"
cloister root export >"$work/root.pem"
root="--root $work/root.pem"
expect 0 'held' cloister verify "$work/evidence.bin" --nonce "$nonce" --image "$work/redis.eif" $root
cloister verify "$work/evidence.bin" --nonce "$nonce" --image "$work/redis.eif" $root --json >"$work/verdict.json"
same accepted true "$(field accepted "$work/verdict.json")"
case $(field trust_level "$work/verdict.json") in
[Hh][Ii][Gg][Hh]) die 'an emulated enclave has high trust' ;;
esac
held 'the trust level is not high'
expect 1 'failed' cloister verify "$work/evidence.bin" --nonce "$nonce" --image "$work/redis.eif"
expect 1 'nonce' cloister verify "$work/evidence.bin" --nonce "$(nonce)" --image "$work/redis.eif" $root
expect 2 'nonce' cloister verify "$work/evidence.bin" --image "$work/redis.eif" $root
expect 2 'measurements' cloister verify "$work/evidence.bin" --nonce "$nonce" $root
eif other "oci:$images/static"
expect 1 'failed' cloister verify "$work/evidence.bin" --nonce "$nonce" --image "$work/other.eif" $root
expect 1 'validity' cloister verify "$work/evidence.bin" --nonce "$nonce" --image "$work/redis.eif" $root \
	--at "$(($(date +%s) + 400 * 86400))"

# What the document says, the builder predicted, and a script without our code computes.
for n in 0 1 2; do
	said=$(field "$n" "$work/verdict.json")
	same "pcr$n of evidence and build" "$said" "$(field pcr$n "$work/build.json")"
	same "pcr$n of evidence and the independent script" "$said" \
		"$("$source_dir/tools/pcr.sh" "$work/redis.eif" | sed -nE "s/^pcr$n +([0-9a-f]{96})\$/\1/ip")"
done

expect 0 '' cloister stop cache
expect 0 'cache' cloister ps -a
expect 0 '' cloister logs cache
expect 0 '' cloister rm cache
expect 1 'cache' cloister logs cache
cloister ps -a >"$work/ps"
if grep -q cache "$work/ps"; then
	die 'rm forgot nothing'
fi
left=$(ours)
[ -z "$left" ] || die "processes are left: $left"
held 'no process is left'
done_
