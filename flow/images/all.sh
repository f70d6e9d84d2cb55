#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# all.sh - make every test image that is not there yet, two at a time.
#
#   flow/images/all.sh [NAME ...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || set -- redis nginx python big busybox static
for name; do echo "$name"; done | xargs -r -n 1 -P 2 sh -c '"$0/$1.sh"' "$here"
