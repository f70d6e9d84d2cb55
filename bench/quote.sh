#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quote.sh - verdicts on TDX and SGX quotes per second, the first and those that follow, in single
# P-256 verifications; SECONDS_EACH (5) of measuring for each.
set -eu
cd "$(dirname "$0")/.."
"${CLOISTER_BUILD:-build}/src/evidence/quote_bench" vectors ../shared/vectors "${SECONDS_EACH:-5}"
