#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# ports.sh - an image that lists its ports is closed on all others, also to a host that leaves
# the shim out and speaks to the agent itself.
. "$(dirname "$0")/lib.sh"

cat >"$work/manifest" <<'END'
argv:
  - /bin/sh
  - -c
  - |
    mkdir /tmp/w && echo inside >/tmp/w/index.html
    httpd -p 127.0.0.1:8081 -h /tmp/w
    httpd -p 127.0.0.1:8080 -h /tmp/w
    until wget -qO- http://127.0.0.1:8081/; do sleep 1; done
    exec sleep 600
ports: [8080]
log: [stdout]
END
eif web "docker-archive:$images/busybox.docker.tar" --manifest "$work/manifest"

expect 1 'does not let port 8081 be reached' cloister run "$work/web.eif" --name early --publish 0:8081
cloister ps -a --json >"$work/ps.json"
same 'nothing was kept of that' "$(cat "$work/ps.json")" '[]'

boot ports "$work/web.eif" --memory 192 --publish 0:8080
said_inside() { cloister logs ports | grep -q inside; }
within 60 said_inside
cloister ps --json >"$work/ps.json"
cat >"$work/ask.py" <<'END'
import socket, sys
for port in 8080, 8081, 22, 0:
	s = socket.socket(socket.AF_UNIX)
	s.settimeout(20)
	s.connect(sys.argv[1] + "/vsock.sock")
	s.sendall(b"CONNECT 9100\n")
	f = s.makefile("rb")
	f.readline()
	s.sendall(port.to_bytes(2, "big"))
	print(f.read(1)[0])
END
python3 "$work/ask.py" "$(field run_dir "$work/ps.json")" >"$work/asked"
same '8080 is open; 8081, which is served, 22 and 0 are not' "$(tr '\n' ' ' <"$work/asked")" '0 1 1 1 '
done_
