#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nginx.sh - Debian's nginx as an unprivileged web server: its own user, its own
# configuration in a second layer, logs on the container's output.
. "$(dirname "$0")/lib.sh"
image nginx
debian nginx-light 'rm -rf "$1/etc/nginx/sites-enabled" "$1/var/www/html"'
mkdir -p "$work/root/etc/nginx" "$work/root/var/www/html" "$work/root/var/log/nginx"
cat >"$work/root/etc/nginx/nginx.conf" <<'CONF'
worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr;
events { worker_connections 64; }
http {
	access_log /dev/stdout;
	client_body_temp_path /tmp/body;
	proxy_temp_path /tmp/proxy;
	fastcgi_temp_path /tmp/fastcgi;
	uwsgi_temp_path /tmp/uwsgi;
	scgi_temp_path /tmp/scgi;
	server {
		listen 8080;
		root /var/www/html;
	}
}
CONF
echo 'hello from nginx' >"$work/root/var/www/html/index.html"
ln -s /dev/stdout "$work/root/var/log/nginx/access.log"
ln -s /dev/stderr "$work/root/var/log/nginx/error.log"
layer
config --config.user www-data --config.exposedports 8080/tcp --config.stopsignal SIGQUIT \
	--config.env PATH=/usr/sbin:/usr/bin:/sbin:/bin \
	--config.cmd nginx --config.cmd -g --config.cmd 'daemon off;'
finish oci
