#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# nsm.sh - a program in a container that knows /dev/nsm and nothing of us gets a document that
# verifies with the emulator root and is refused without it; so does one that asks the socket.
. "$(dirname "$0")/lib.sh"

image_with asks "$build/src/guest/guest_nsm" "$build/src/guest/guest_http"
first=$(nonce)
second=$(nonce)
cat >"$work/script" <<END
echo "== document"; guest_nsm document $first
echo "== random"; guest_nsm random && echo fine
echo "== many"; guest_nsm many 8 && echo fine
echo "== limits"; guest_nsm limits && echo fine
echo "== identity"; guest_http GET /v1/identity
echo "== chance"; guest_http GET "/v1/random?bytes=32"
echo "== extend"; guest_http POST /v1/pcr/17/extend '{"data":"0102","encoding":"hex"}'
echo "== pcr"; guest_http GET /v1/pcr/17
echo "== evidence"; guest_http POST /v1/evidence '{"nonce":"$second","user_data":"c0ffee","encoding":"hex"}'
echo "== nothing"; guest_http GET /v1/nothing
echo "== garbage"; guest_http raw 'GET / HTTP/9.9\r\n\r\n'
echo "== crowd"; guest_http crowd 64 GET /v1/nothing
echo "== end"
END
eif asks "oci:$work/asks" --log stdout --user guest -- /bin/sh -c "$(cat "$work/script")"
timeout 120 cloister run "$work/asks.eif" --name asks --memory 256 >"$work/out" 2>"$work/err" || {
	cat "$work/out" "$work/err" >&2
	die 'the enclave did not end well'
}
# part NAME: what was printed under that heading
part() {
	sed -n "/^== $1\$/,/^== /p" "$work/out" | grep -v '^== ' || die "nothing under $1: $(cat "$work/out")"
}
cloister root export >"$work/root.pem"

part document | python3 -c 'import sys
sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >"$work/one.bin"
expect 0 'held' cloister verify "$work/one.bin" --nonce "$first" --image "$work/asks.eif" --root "$work/root.pem"
expect 1 'failed' cloister verify "$work/one.bin" --nonce "$first" --image "$work/asks.eif"
expect 1 'nonce' cloister verify "$work/one.bin" --nonce "$second" --image "$work/asks.eif" --root "$work/root.pem"
cloister verify "$work/one.bin" --nonce "$first" --image "$work/asks.eif" --root "$work/root.pem" --json >"$work/verdict.json"
case $(field trust_level "$work/verdict.json") in
[Hh][Ii][Gg][Hh]) die 'an emulated module has high trust' ;;
esac
held 'the trust level is not high'

for what in random many limits; do
	same "$what" fine "$(part $what | tail -n 1)"
done
part identity | sed 1d >"$work/identity.json"
same 'module of identity and evidence' "$(field module_id "$work/identity.json")" "$(field module_id "$work/verdict.json")"
same emulated true "$(field emulated "$work/identity.json")"
same 'chance answers' 200 "$(part chance | head -n 1)"
part extend | sed 1d >"$work/extend.json"
part pcr | sed 1d >"$work/pcr.json"
same 'pcr17 is SHA-384 of zeros and the data' \
	"$(python3 -c 'import hashlib; print(hashlib.sha384(bytes(48) + bytes([1, 2])).hexdigest())')" \
	"$(field value "$work/pcr.json")"
part evidence | sed 1d >"$work/evidence.json"
field document "$work/evidence.json" | base64 -d >"$work/two.bin"
expect 0 'held' cloister verify "$work/two.bin" --nonce "$second" --image "$work/asks.eif" --root "$work/root.pem" \
	--user-data c0ffee
expect 1 'failed' cloister verify "$work/two.bin" --nonce "$second" --image "$work/asks.eif" --root "$work/root.pem" \
	--user-data c0ffef
same 'an unknown path answers' 404 "$(part nothing | head -n 1)"
part garbage | head -n 1 | grep -qE '^HTTP/1\.1 (400|505)' || die "garbage is answered by $(part garbage | head -n 1)"
held 'garbage is refused'
same 'idle clients give way' 404 "$(part crowd | head -n 1)"
done_
