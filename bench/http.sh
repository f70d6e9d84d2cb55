#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# http.sh - a small JSON answer from our server beside the same bytes as a file from nginx (one
# worker), asked by wrk in turns, ROUNDS (5) times SECONDS_EACH (3); the ratio of the medians.
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd)
build=${CLOISTER_BUILD:-$tree/build}
for program in "${NGINX:-nginx}" "${WRK:-wrk}"; do
	PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || {
		echo "$program is not installed: compared with nobody (Debian's nginx and wrk; installing nginx starts it)"
		exit 0
	}
done
PATH=$PATH:/usr/sbin exec python3 "$tree/bench/http.py" "$build/src/net/http_server_probe"
