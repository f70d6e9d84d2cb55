#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# python.sh - Python's http.server as a user who is only a number.
. "$(dirname "$0")/lib.sh"
image python
debian python3
mkdir -p "$work/root/srv"
echo 'hello from python' >"$work/root/srv/index.html"
layer
config --config.user 12345:23456 --config.workingdir /srv --config.exposedports 8000/tcp \
	--config.env PATH=/usr/bin:/bin --config.env PYTHONUNBUFFERED=1 --config.env PYTHONDONTWRITEBYTECODE=1 \
	--config.entrypoint python3 --config.cmd -m --config.cmd http.server --config.cmd 8000
finish docker
