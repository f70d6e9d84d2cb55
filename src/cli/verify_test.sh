#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# verify_test.sh - `cloister verify` by its exit status and its words.
#
#   verify_test.sh CLOISTER VECTORS
set -u
cloister=$1
vectors=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CLOISTER_COLLATERAL_DIR="$work/none" # not what this user happens to keep
bad=0
n=0

# expect STATUS TEXT ARGUMENT...: run, compare the status, find the text in what is printed
expect() {
	want=$1
	text=$2
	shift 2
	"$cloister" verify "$@" >"$work/out" 2>&1
	got=$?
	n=$((n + 1))
	if [ "$got" -ne "$want" ] || ! grep -qF -- "$text" "$work/out"; then
		echo "FAIL: verify $*: status $got, not $want, or without: $text"
		cat "$work/out"
		bad=$((bad + 1))
	fi
}

doc=$vectors/ok.cose
root="--root $vectors/root.der"
at="--at 2026-09-21T14:13:20Z"
nonce=4e01020300000000000000000000000000000000000000000000000000000000
p0=101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f
p1=202122232425262728292a2b2c2d2e2f202122232425262728292a2b2c2d2e2f202122232425262728292a2b2c2d2e2f
p2=303132333435363738393a3b3c3d3e3f303132333435363738393a3b3c3d3e3f303132333435363738393a3b3c3d3e3f
zero=$(printf %096d 0)
printf '{"measurements":{"hash_algorithm":"SHA384","pcr0":"%s","pcr1":"%s","pcr2":"%s"}}' $p0 $p1 $p2 >"$work/m.json"
printf '{"measurements":{"hash_algorithm":"SHA384","pcr0":"%s","pcr1":"%s","pcr2":"%s"}}' $p0 $p2 $p1 >"$work/other.json"
printf 'no image' >"$work/bad.eif"
printf 'x' >"$work/tiny.cose"
printf 'All of this is true.\n' >"$work/m.json.txt"
: >"$work/empty.cose"

# 0: accepted
expect 0 "ACCEPTED, trust level LOW" "$doc" --nonce $nonce --measurements "$work/m.json" $root $at
expect 0 "PCR0 alone does not say" "$doc" --nonce $nonce --pcr 0=$p0 $root $at
expect 0 "It cannot say whether" "$doc" --nonce any --measurements any $root $at
expect 0 'not HIGH because of R18 (nonce): any is accepted' "$doc" --nonce any --pcr 1=$p1 --pcr 2=$p2 $root --at 1790000000
expect 0 '"accepted":true,"kind":"nitro","trust_level":"LOW","failed":null' "$doc" --nonce $nonce --measurements "$work/m.json" $root $at --json
expect 0 '{"id":"R18","name":"nonce","finding":"held"' "$doc" --nonce $nonce --measurements any $root $at --json
expect 0 '{"id":"R16","name":"measurements","finding":"not checked","reason":"any program' "$doc" --nonce $nonce --measurements any $root $at --json
expect 0 "user-data             held" "$doc" --nonce any --measurements any $root $at --user-data 757365722064617461 --public-key 5001020304 --max-age 1
expect 0 "a debug enclave, allowed" "$vectors/debug-all.cose" --nonce any --measurements any $root $at --allow-debug

# 1: refused, by name
expect 1 "because R6 (root)" "$doc" --nonce $nonce --measurements any $at
expect 1 "because R10 (certificate-validity)" "$doc" --nonce any --measurements any $root --at 2026-09-23T00:00:00Z
expect 1 "because R18 (nonce)" "$doc" --nonce 00 --measurements any $root $at
expect 1 "because R16 (measurements): PCR1" "$doc" --nonce any --measurements "$work/other.json" $root $at
expect 1 "because R15 (debug)" "$vectors/debug-all.cose" --nonce any --measurements any $root $at
expect 1 "a debug enclave cannot say" "$vectors/debug-all.cose" --nonce any --pcr 0=$p0 $root $at --allow-debug
expect 1 "because R14 (age)" "$vectors/age-old.cose" --nonce any --measurements any $root $at --max-age 300
expect 1 "because R19 (user-data)" "$doc" --nonce any --measurements any $root $at --user-data ""
expect 1 "because R20 (public-key)" "$doc" --nonce any --measurements any $root $at --public-key 00
expect 1 "because K1 (kind)" "$work/empty.cose" --nonce any --measurements any
expect 1 "because K1 (kind)" "$work/tiny.cose" --nonce any --measurements any
printf "\204" >"$work/stub.cose"
expect 1 "because R2 (envelope)" "$work/stub.cose" --nonce any --measurements any
expect 1 '"accepted":false,"kind":"nitro","trust_level":"NONE","failed":"root"' "$doc" --nonce any --measurements any $at --json
expect 1 '"claims":null' "$doc" --nonce any --measurements any $at --json

# collateral: from files, folders and the place where it is kept; evidence that needs none is judged as before
mkdir "$work/kept" "$work/bare"
cp "$vectors/root.der" "$work/kept/"
cp "$work/tiny.cose" "$work/kept/notes.txt"
expect 0 "ACCEPTED" "$doc" --nonce any --measurements any $root $at --collateral "$work/kept" --collateral "$vectors/root.der"
expect 1 "because R6 (root)" "$doc" --nonce any --measurements any $at --collateral "$work/kept"
expect 2 "contradict" "$doc" --nonce any --measurements any $root $at --collateral "$work/kept" --no-collateral
expect 2 "nowhere" "$doc" --nonce any --measurements any $root $at --collateral "$work/nowhere"
expect 2 "bad.eif: " "$doc" --nonce any --measurements any $root $at --collateral "$work/bad.eif"
printf '{"odd":1}' >"$work/kept/odd.json"
expect 2 "odd.json: " "$doc" --nonce any --measurements any $root $at --collateral "$work/kept"
CLOISTER_COLLATERAL_DIR=$work/kept
expect 2 "odd.json: " "$doc" --nonce any --measurements any $root $at
expect 0 "ACCEPTED" "$doc" --nonce any --measurements any $root $at --no-collateral
expect 0 "ACCEPTED" "$doc" --nonce any --measurements any $root $at --collateral "$work/bare"
CLOISTER_COLLATERAL_DIR=$work/nowhere
expect 0 "ACCEPTED" "$doc" --nonce any --measurements any $root $at
CLOISTER_COLLATERAL_DIR=$work/none

# 2: not decided
expect 2 "--nonce HEX, or --nonce any" "$doc" --measurements any $root $at
expect 2 "which program is expected" "$doc" --nonce any $root $at
expect 2 "name one file" --nonce any --measurements any
expect 2 "name one file" "$doc" "$doc" --nonce any --measurements any
expect 2 "nowhere.cose" "$work/nowhere.cose" --nonce any --measurements any
expect 2 "hex digits" "$doc" --nonce 0g --measurements any
expect 2 "--nonce is empty" "$doc" --nonce "" --measurements any
expect 2 "96 hex digits" "$doc" --nonce any --pcr 0
expect 2 "96 hex digits" "$doc" --nonce any --pcr 32=$p0
expect 2 "48 bytes" "$doc" --nonce any --pcr 0=00
expect 2 "all-zero PCR0" "$doc" --nonce any --pcr 0=$zero
expect 2 "given twice" "$doc" --nonce any --pcr 0=$p0 --pcr 0=$p0
expect 2 "given twice" "$doc" --nonce any --pcr 0=$p0 --measurements "$work/m.json"
expect 2 "PCR0, or PCR1 and PCR2" "$doc" --nonce any --pcr 8=$p0
expect 2 "PCR0, or PCR1 and PCR2" "$doc" --nonce any --pcr 2=$p0
expect 2 "contradict" "$doc" --nonce any --measurements any --pcr 0=$p0
expect 2 "give one of them" "$doc" --nonce any --measurements any --image "$work/bad.eif"
expect 2 "bad.eif cannot be used" "$doc" --nonce any --image "$work/bad.eif"
expect 2 "tiny.cose cannot be used" "$doc" --nonce any --measurements "$work/tiny.cose"
expect 2 "no root certificate" "$doc" --nonce any --measurements any --root "$work/m.json"
expect 0 "ACCEPTED" "$doc" --nonce any --measurements any --root "nitro:$vectors/root.der" $at
for family in snp dcap token google; do
	expect 2 "no chain of $family can have such a root" "$doc" --nonce any --measurements any \
		--root "$family:$vectors/root.der" $at
done
expect 2 "aws:" "$doc" --nonce any --measurements any --root "aws:$vectors/root.der" $at
expect 2 "say for which (token, google)" "$doc" --nonce any --measurements any \
	--root "$vectors/../gcp/root-pkcs1.der" $at
expect 2 "nowhere.pem" "$doc" --nonce any --measurements any --root "$work/nowhere.pem"
expect 2 "--at wants" "$doc" --nonce any --measurements any --at yesterday
expect 2 "--max-age wants" "$doc" --nonce any --measurements any --max-age 0
expect 2 "unknown" "$doc" --nonce any --measurements any --trust-me
expect 0 "usage: cloister verify" --help

# what has no policy file needs none
rd=$(printf %0128d 0)
expect 0 "ACCEPTED" "$doc" --nonce any --measurement pcr0=$p0 --kind nitro --kind snp $root $at
expect 1 "because R16 (measurements): PCR0" "$doc" --nonce any --measurement pcr0=$p1 $root $at
expect 1 "because K1 (kind): nitro evidence is not allowed" "$doc" --nonce any --measurements any --kind snp $root $at
expect 1 "because R21 (report-data)" "$doc" --nonce any --measurements any --report-data $rd $root $at
expect 2 "NAME=HEX" "$doc" --nonce any --measurement $p0
expect 2 "no register" "$doc" --nonce any --measurement pcr99=$p0
expect 2 "NAME=HEX" "$doc" --nonce any --measurement 1.pcr0=$p0
expect 2 "--kind wants nitro" "$doc" --nonce any --measurements any --kind all
expect 2 "64 to 64 bytes" "$doc" --nonce any --measurements any --report-data 00
expect 2 "--max-age wants" "$doc" --nonce any --measurements any --max-age 5w

# a policy file; FILES it names lie beside it
mkdir "$work/p"
cp "$work/m.json" "$work/p/good.json"
base="kinds: [nitro]
user_data: any
public_key: any
report_data: any
platforms: any
max_age: any
debug: refuse"
# policy NAME LINE...: write $work/p/NAME.yaml
policy() {
	name=$1
	shift
	printf '%s\n' "$base" "$@" >"$work/p/$name.yaml"
}
policy good "nonce: required" "measurements: {file: good.json}"
policy open "nonce: any" "measurements: any"
policy owed "nonce: required" "measurements: required"
policy sets "nonce: $nonce" "measurements:" "- pcr0: $p1" "- {pcr1: $p1, pcr2: $p2}"
policy none "nonce: $nonce" "measurements:" "- pcr0: $p1" "- {pcr1: $p2, pcr2: $p2}"
policy lost "nonce: any" "measurements: {file: lost.json}"
policy less "nonce: any"
policy more "nonce: any" "measurements: any" "trust_me: true"
expect 0 "ACCEPTED, trust level LOW" "$doc" --policy "$work/p/good.yaml" --nonce $nonce $root $at
expect 0 "ACCEPTED, trust level LOW" --nonce $nonce "$doc" $root $at --policy "$work/p/good.yaml"
expect 0 "ACCEPTED" "$doc" --policy "$work/p/open.yaml" $root $at
expect 0 "ACCEPTED" "$doc" --policy "$work/p/sets.yaml" $root $at
expect 0 "ACCEPTED" "$doc" --policy "$work/p/owed.yaml" --nonce $nonce --measurements "$work/m.json" --pcr 4=d6432900ac1c343cb40286898792c55e962aef0cc35c4910c0c286145b51af19e782cb21cc31a042671d7dfbd398251c $root $at
expect 1 "none of 2 sets is equal" "$doc" --policy "$work/p/none.yaml" $root $at
expect 1 "because R18 (nonce)" "$doc" --policy "$work/p/good.yaml" --nonce 00 $root $at
expect 1 "because R6 (root)" "$doc" --policy "$work/p/good.yaml" --nonce $nonce $at
expect 2 "requires a value that was not given: --nonce HEX" "$doc" --policy "$work/p/good.yaml" $root $at
expect 2 "not given: --image" "$doc" --policy "$work/p/owed.yaml" --nonce $nonce $root $at
expect 2 "is no answer" "$doc" --policy "$work/p/good.yaml" --nonce any $root $at
expect 2 "is no answer" "$doc" --policy "$work/p/owed.yaml" --nonce $nonce --measurements any $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --nonce $nonce $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --pcr 0=$p0 $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --measurement pcr0=$p0 $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --measurements any $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --image "$work/bad.eif" $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --max-age 5 $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --kind nitro $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --allow-debug $root $at
expect 2 "says it already" "$doc" --policy "$work/p/sets.yaml" --user-data 00 $root $at
expect 2 "line 9: measurements: lost.json cannot be used" "$doc" --policy "$work/p/lost.yaml" $root $at
expect 2 "it does not say measurements" "$doc" --policy "$work/p/less.yaml" $root $at
expect 2 'line 10: there is no key `trust_me`' "$doc" --policy "$work/p/more.yaml" $root $at
expect 2 "nowhere.yaml" "$doc" --policy "$work/p/nowhere.yaml" $root $at
expect 2 "line 1: the file is empty" "$doc" --policy "$work/empty.cose" $root $at
expect 2 "given twice" "$doc" --policy "$work/p/good.yaml" --policy "$work/p/open.yaml" --nonce $nonce $root $at

# an event log beside a quote: replayed, told line by line, and refused where it leads elsewhere
cloud=$vectors/../gcp
# member NAME FILE: the text of a member of a bundle
member() {
	sed -n "s/.*\"$1\":\"\(\(\\\\.\|[^\"\\\\]\)*\)\".*/\1/p" "$2"
}
for v in ok-log log-other ok-log-dstack; do
	member evidence "$cloud/$v.json" | base64 -d >"$work/$v.quote"
done
member event_log "$cloud/ok-log.json" | base64 -d >"$work/ccel"
member event_log "$cloud/ok-log-dstack.json" | sed 's/\\"/"/g' >"$work/dstack.json"
printf 'CCEL8' >"$work/table"
hw=$vectors/../azure
intel="--root $hw/intel-root.pem --at 2026-07-01T00:00:00Z --nonce any --measurements any"
for piece in tcb-signer.pem root.crl pck.crl tcb-info.pcs qe-identity.pcs; do
	intel="$intel --collateral $hw/$piece"
done
expect 0 "ACCEPTED" "$work/ok-log.quote" $intel
expect 0 "  rtmr1   reproduced      2 events" "$work/ok-log.quote" $intel --event-log "$work/ccel"
expect 0 "  rtmr1 = 77a0dab2312b4e1e EV_EFI_ACTION: Calling EFI Application from Boot Option" "$work/ok-log.quote" $intel --event-log "$work/ccel"
expect 0 '"proven":true,"text":"kernel_cmdline: quiet","said":{"type":13,"type_name":"EV_IPL","label":""}' "$work/ok-log.quote" $intel --event-log "$work/ccel" --json
expect 0 '{"name":"rtmr3","reproduced":true,"events":0,' "$work/ok-log.quote" $intel --event-log "$work/ccel" --json
expect 0 '"event_log":null' "$work/ok-log.quote" $intel --json
expect 0 "dstack: app-id aabb" "$work/ok-log-dstack.quote" $intel --event-log "$work/dstack.json"
expect 0 '"measured":true,"proven":false,"text":""' "$work/ok-log-dstack.quote" $intel --event-log "$work/dstack.json" --json
expect 1 "because G5 (event-log): the log does not lead to RTMR1" "$work/log-other.quote" $intel --event-log "$work/ccel"
expect 1 "  rtmr1   NOT REPRODUCED  2 events" "$work/log-other.quote" $intel --event-log "$work/ccel"
expect 1 "  rtmr1 - 77a0dab2312b4e1e57a84d865a21e5b2ee8d677a21012ada819d0a98988078d3d740f6346bfe0abaa938ca20439a8d71 EV_EFI_ACTION: " "$work/log-other.quote" $intel --event-log "$work/ccel"
expect 1 "does not lead to RTMR0 RTMR1 RTMR2 RTMR3" "$work/ok-log-dstack.quote" $intel --event-log "$work/ccel"
expect 1 "because G5 (event-log): " "$work/ok-log.quote" $intel --event-log "$work/empty.cose"
expect 1 "because G5 (event-log): " "$work/ok-log.quote" $intel --event-log "$work/ok-log.quote"
expect 1 "/sys/firmware/acpi/tables/data/CCEL" "$work/ok-log.quote" $intel --event-log "$work/table"
expect 1 "no registers" "$doc" --nonce any --measurements any $root $at --event-log "$work/ccel"
expect 2 "nowhere.log" "$work/ok-log.quote" $intel --event-log "$work/nowhere.log"
expect 2 "is not a regular file" "$work/ok-log.quote" $intel --event-log "$work"
expect 2 "given twice" "$work/ok-log.quote" $intel --event-log "$work/ccel" --event-log "$work/ccel"

# what is no evidence: one sentence, at once
head -c 5000 /dev/urandom | tr '\200-\377\000-\037{"' '\001' >"$work/garbage"
printf '\377\376\375\000\001garbage' >"$work/binary"
mkfifo "$work/fifo"
truncate -s 1G "$work/large"
truncate -s 5G "$work/larger"
hex=$(od -An -v -tx1 "$doc")
printf '%s\n' "$hex" >"$work/hex"
base64 "$doc" >"$work/base64"
printf '{"document":"%s"}' "$(base64 -w 0 "$doc")" >"$work/json"
begun=$(date +%s)
expect 1 "because K1 (kind): " "$work/garbage" --nonce any --measurements any
expect 1 "12 bytes of no kind" "$work/binary" --nonce any --measurements any
expect 1 "there are no bytes at all" "$work/empty.cose" --nonce any --measurements any
expect 1 "characters of text of no kind" "$work/m.json.txt" --nonce any --measurements any
expect 1 "holds no evidence" "$work/m.json" --nonce any --measurements any
expect 1 "1073741824 bytes, more than 4194304" "$work/large" --nonce any --measurements any
expect 2 "has more than" "$work/larger" --nonce any --measurements any
expect 2 "is not a regular file" "$work" --nonce any --measurements any
expect 2 "is not a regular file" "$work/fifo" --nonce any --measurements any
expect 2 "is not a regular file" /dev/zero --nonce any --measurements any
expect 2 "does not exist" "$work/nothing" --nonce any --measurements any
[ $(($(date +%s) - begun)) -le 15 ] || {
	echo "FAIL: files that are no evidence keep verify busy"
	bad=$((bad + 1))
}

# wrapped as tools do
for form in hex base64 json; do
	expect 0 "ACCEPTED, trust level LOW" "$work/$form" --nonce $nonce --measurements "$work/m.json" $root $at
done

echo "$n calls, $bad wrong"
[ "$bad" -eq 0 ]
