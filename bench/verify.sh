#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify.sh - verdicts per second, cold and with the chain cached, beside OpenSSL's own P-384
# verifications, SECONDS_EACH (5) of measuring; and an SEV-SNP report's verdict beside its signatures.
set -eu
"${CLOISTER_BUILD:-build}/src/evidence/verify_bench" "${SECONDS_EACH:-5}"
"${CLOISTER_BUILD:-build}/src/evidence/snp_bench" "$(dirname "$0")/../vectors" 300
