#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# redis.sh - Debian's redis-server as images of it usually are: its own user, a
# working directory that is a volume, ENTRYPOINT and CMD apart.
. "$(dirname "$0")/lib.sh"
image redis
debian redis-server 'chroot "$1" install -d -o redis -g redis -m 750 /data'
config --config.user redis --config.workingdir /data --config.volume /data \
	--config.exposedports 6379/tcp --config.env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
	--config.entrypoint redis-server --config.cmd --port --config.cmd 6379
finish docker
