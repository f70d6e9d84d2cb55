#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# static.sh - one static program and nothing else: no shell, no passwd, no directory.
. "$(dirname "$0")/lib.sh"
image static
static httpd.c httpd
layer
config --config.user 4711 --config.entrypoint /httpd --config.cmd 8080 --config.exposedports 8080/tcp
finish oci
