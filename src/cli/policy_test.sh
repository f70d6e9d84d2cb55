#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# policy_test.sh - `cloister policy` by its exit status and its words, and the way from
# evidence to a policy and back to a verdict.
#
#   policy_test.sh CLOISTER VECTORS
set -u
cloister=$1
vectors=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CLOISTER_COLLATERAL_DIR="$work/none" # not what this user happens to keep
bad=0
n=0

# expect STATUS TEXT COMMAND...: run, compare the status, find the text in what is printed
expect() {
	want=$1
	text=$2
	shift 2
	"$cloister" "$@" >"$work/out" 2>&1
	got=$?
	n=$((n + 1))
	if [ "$got" -ne "$want" ] || { [ -n "$text" ] && ! grep -qF -- "$text" "$work/out"; }; then
		echo "FAIL: $*: status $got, not $want, or without: $text"
		cat "$work/out"
		bad=$((bad + 1))
	fi
}

doc=$vectors/ok.cose
root="--root $vectors/root.der"
at="--at 2026-09-21T14:13:20Z"
nonce=4e01020300000000000000000000000000000000000000000000000000000000
p0=101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f101112131415161718191a1b1c1d1e1f

# from evidence to a policy, and back
expect 0 "" policy init "$doc" $root $at -o "$work/made.yaml"
expect 0 "kinds          nitro" policy check "$work/made.yaml"
expect 0 "nonce          required" policy check "$work/made.yaml"
expect 0 "3 values in 1 set" policy check "$work/made.yaml"
expect 0 "ACCEPTED" verify "$doc" --policy "$work/made.yaml" --nonce $nonce $root $at
expect 1 "because R18 (nonce)" verify "$doc" --policy "$work/made.yaml" --nonce 00 $root $at
expect 2 "not given: --nonce HEX" verify "$doc" --policy "$work/made.yaml" $root $at
for other in measurements-pcr0 measurements-pcr1 measurements-pcr2; do
	expect 1 "because R16 (measurements)" verify "$vectors/$other.cose" --policy "$work/made.yaml" --nonce $nonce $root $at
done
expect 0 "# Root, given by the caller" policy init "$doc" $root $at
expect 0 "pcr0: $p0" policy init $root $at --nonce $nonce --pcr 0=$p0 "$doc"
expect 0 "measurements: any" policy init "$vectors/debug-all.cose" $root $at --allow-debug
expect 2 "made.yaml is there already" policy init "$doc" $root $at --output "$work/made.yaml"
expect 1 "refused by R6 (root)" policy init "$doc" $at
expect 1 "refused by R18 (nonce)" policy init "$doc" $root $at --nonce 00
expect 1 "refused by R15 (debug)" policy init "$vectors/debug-all.cose" $root $at
expect 2 "name one file" policy init $root $at
expect 2 "nowhere" policy init "$work/nowhere" $root $at

# the same for other kinds
snp=$vectors/../snp
set --
for cert in "$snp"/*.der; do
	case $cert in */ark-*) set -- "$@" --root "$cert" ;; esac
	set -- "$@" --collateral "$cert"
done
for kind in genoa v5 turin; do
	expect 0 "" policy init "$snp/ok-$kind.snp" "$@" $at -o "$work/$kind.yaml"
	expect 2 "not given: --nonce HEX" verify "$snp/ok-$kind.snp" --policy "$work/$kind.yaml" "$@" $at
	sed -i 's/^nonce: required/nonce: any/' "$work/$kind.yaml"
	expect 0 "ACCEPTED" verify "$snp/ok-$kind.snp" --policy "$work/$kind.yaml" "$@" $at
	expect 1 "nitro evidence is not allowed" verify "$doc" --policy "$work/$kind.yaml" $root $at
done
sed -i 's/ucode [0-9]*/ucode 255/' "$work/genoa.yaml"
expect 1 "because S22 (snp-tcb-floor)" verify "$snp/ok-genoa.snp" --policy "$work/genoa.yaml" "$@" $at
expect 0 "guest_svn_min: 5  # the guest's version" policy init "$snp/ok-svn-guest.snp" "$@" $at
for min in guest_svn=5 isv_svn=9; do
	expect 0 "ACCEPTED" verify "$snp/ok-svn-guest.snp" --nonce any --measurements any --min $min "$@" $at
done
expect 1 "because R23 (program-svn): guest_svn is 5, at least 6" verify "$snp/ok-svn-guest.snp" --nonce any \
	--measurements any --min guest_svn=6 "$@" $at
expect 2 "NAME=N" verify "$snp/ok-svn-guest.snp" --nonce any --measurements any --min guest_svn "$@" $at
expect 2 "no key" verify "$snp/ok-svn-guest.snp" --nonce any --measurements any --min svn=1 "$@" $at

# check: what is open is said, what is wrong has its line
base="kinds: any
user_data: any
public_key: any
report_data: any
platforms: [00, 01]
max_age: 5m"
printf '%s\n' "$base" "nonce: any" "measurements: any" "debug: allow" "snp: {allow_milan: true}" >"$work/open.yaml"
expect 0 "Warning: measurements: Any program may be running" policy check "$work/open.yaml"
expect 0 "Warning: nonce: The evidence may be an old one" policy check "$work/open.yaml"
expect 0 "Warning: debug: The host can read" policy check "$work/open.yaml"
expect 0 "Warning: snp.allow_milan" policy check "$work/open.yaml"
expect 0 "max_age        300 s" policy check "$work/open.yaml"
expect 0 "platforms      2" policy check "$work/open.yaml"
expect 0 "issuer         any" policy check "$work/open.yaml"
expect 0 "besides        snp.allow_milan" policy check "$work/open.yaml"
printf '%s\n' "$base" "nonce: any" "measurements: any" "debug: refuse" >"$work/plain.yaml"
expect 0 "besides        nothing" policy check "$work/plain.yaml"
printf '%s\n' "sgx: {config_svn_min: 2}" "snp: {guest_policy: [smt], abi_min: 1.55}" >>"$work/plain.yaml"
expect 0 "besides        snp.guest_policy, snp.abi_min, sgx.config_svn_min" policy check "$work/plain.yaml"
printf '%s\n' "$base" "nonce: any" "measurements: any" "debug: refuse" "issuer: https://portal.example" >"$work/issuer.yaml"
expect 0 "issuer         https://portal.example; only a token can have it" policy check "$work/issuer.yaml"
sed -e 's/^platforms.*/platforms: any/' -e 's/^max_age.*/max_age: any/' "$work/issuer.yaml" >"$work/issued.yaml"
expect 1 "because T9 (token-issuer): the evidence is no token" verify "$doc" --policy "$work/issued.yaml" $root $at
printf '%s\n' "$base" "nonce: $nonce" "debug: refuse" "measurements: {file: m.json}" >"$work/file.yaml"
expect 2 "file.yaml: policy: line 9: measurements: m.json cannot be used" policy check "$work/file.yaml"
printf '{"hash_algorithm":"SHA384","pcr0":"%s","pcr1":"%s","pcr2":"%s"}' $p0 $p0 $p0 >"$work/m.json"
expect 0 "better: required" policy check "$work/file.yaml"
printf '%s\n' "$base" "nonce: any" >"$work/less.yaml"
expect 1 "it does not say measurements, debug (a value, or the word any)" policy check "$work/less.yaml"
printf '%s\n' "$base" "nonce: &a any" >"$work/anchor.yaml"
expect 1 "line 7: anchors and tags are not accepted" policy check "$work/anchor.yaml"
expect 2 "nowhere.yaml" policy check "$work/nowhere.yaml"

# explain: the verdict in JSON, with its own words, or rules by name
"$cloister" verify "$doc" --nonce 00 --measurements any $root $at --json >"$work/verdict.json"
expect 0 "R18 nonce failed: " policy explain "$work/verdict.json"
expect 0 "Ask for evidence with a nonce that you chose now" policy explain "$work/verdict.json"
expect 0 "R16 measurements was not checked: any program" policy explain "$work/verdict.json"
"$cloister" verify "$doc" --nonce 00 --measurements any $at --json >"$work/verdict.json"
expect 0 "R12 signature was not reached" policy explain "$work/verdict.json"
expect 0 "When it fails: The evidence was made for another nonce" policy explain nonce
expect 0 "R6 root: the first certificate" policy explain R18 R6
printf '{"checks":[]}' >"$work/held.json"
expect 0 "every check held" policy explain "$work/held.json"
printf '{"checks":[{"id":"Z9","finding":"failed","reason":"","waived":false}]}' >"$work/odd.json"
expect 2 'there is no rule `Z9`' policy explain "$work/odd.json"
printf '{"checks":[{"id":"R6","finding":"failed","reason":"a\\nb\\u001b[31m","waived":false}]}' >"$work/odd.json"
expect 0 "R6 root failed: a…" policy explain "$work/odd.json"
printf '{"checks":[{"id":"R6"}]}' >"$work/odd.json"
expect 2 "lacks" policy explain "$work/odd.json"
printf '{}' >"$work/odd.json"
expect 2 "not what \`cloister verify --json\` prints" policy explain "$work/odd.json"
expect 2 "nowhere" policy explain "$work/nowhere"

# verify --explain says the same at once
expect 1 "What that means:" verify "$doc" --nonce 00 --measurements any $root $at --explain
expect 1 "Ask for evidence with a nonce that you chose now" verify "$doc" --nonce 00 --measurements any $root $at --explain
expect 1 '"waived":false,"explanation":"The evidence was made for another nonce' verify "$doc" --nonce 00 --measurements any $root $at --explain --json
expect 0 '"waived":true}' verify "$doc" --nonce any --measurements any $root $at --json

# 2: not understood
expect 2 "say check FILE" policy
expect 2 "say check FILE" policy check
expect 2 "say check FILE" policy check "$work/open.yaml" "$work/open.yaml"
expect 2 "say check FILE" policy explain
expect 2 "say check FILE" policy change
expect 2 "unknown" policy init "$doc" --trust-me
expect 0 "usage: cloister policy" policy --help
expect 0 "usage: cloister policy" policy init --help

echo "$n calls, $bad wrong"
[ "$bad" -eq 0 ]
