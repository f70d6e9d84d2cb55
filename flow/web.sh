#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# web.sh - three more unmodified images run as their own user and answer curl: nginx with a
# named user, Python's http.server with a number that no passwd knows, and one that is
# nothing but a static program.
. "$(dirname "$0")/lib.sh"

# web NAME SOURCE MEMORY GUEST-PORT TEXT
web() {
	eif "$1" "$2" --log all
	port=$(free_port)
	boot "$1" "$work/$1.eif" --memory "$3" --publish "127.0.0.1:$port:$4"
	within 90 curl -sSf -m 10 "http://127.0.0.1:$port/"
	expect 0 "$5" curl -sSf -m 10 "http://127.0.0.1:$port/"
}

# Enough connections at once that one stalled forward would show.
many() {
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		curl -sSf -m 30 "http://127.0.0.1:$port/" -o "$work/many.$i" &
	done
	wait
	same "sixteen answers of $1" 1 "$(cat "$work"/many.* | sort -u | wc -l)"
	same 'answers' 16 "$(cat "$work"/many.* | wc -l)"
	rm -f "$work"/many.*
}

web nginx "oci-archive:$images/nginx.oci.tar" 384 8080 'hello from nginx'
many nginx
within 10 sh -c 'cloister logs nginx | grep -q "GET / HTTP"'
expect 0 '' cloister stop nginx

web python "docker-archive:$images/python.docker.tar" 384 8000 'hello from python'
many python
expect 0 '' cloister stop python

web static "oci:$images/static:latest" 128 8080 'uid 4711 gid 0 argc 2 cwd /'
expect 0 'listening on 8080' cloister logs static
expect 0 '' cloister stop static
done_
