#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# verify.sh - verdicts per second, cold and with the chain cached, beside OpenSSL's own P-384
# verifications; SECONDS_EACH (5) of measuring.
set -eu
"${CLOISTER_BUILD:-build}/src/evidence/verify_bench" "${SECONDS_EACH:-5}"
