#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# http_get_test.py - a web server on loopback that behaves and misbehaves, with a
# certificate made for the occasion, and the test program that asks it.
#
#   http_get_test.py PROGRAM
import gzip, http.server, os, select, shutil, socket, ssl, subprocess, sys, tempfile, threading, time

if not shutil.which("openssl"):
    print("openssl is not installed, so there is no certificate for the server")
    sys.exit(77)

work = tempfile.mkdtemp()
seen = {}
away = plain = None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, status, body=b"", headers=(), length=None):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def do_CONNECT(self):
        """A proxy that puts in a header of its own."""
        self.close_connection = True
        host, port = self.path.rsplit(":", 1)
        with socket.create_connection((host, int(port))) as up:
            self.wfile.write(b"HTTP/1.1 200 fine\r\nTCB-Info-Issuer-Chain: proxy\r\n\r\n")
            other = {self.connection: up, up: self.connection}
            while True:
                for end in select.select(list(other), [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    other[end].sendall(data)

    def ask(self, path, here):
        """What http_ask() can besides."""
        who = self.headers.get("Authorization", "nobody")
        where = self.headers.get("Range", "all")
        if path == "who":
            self.say(200, ("%s, %s" % (who, self.headers.get("Accept"))).encode())
        elif path == "moved":
            self.say(307, b"", [("Location", "/ask/who")])
        elif path == "away":
            self.say(307, b"", [("Location", away + "/ask/who")])
        elif path == "away-and-back":
            self.say(307, b"", [("Location", away + "/ask/back?" + here)])
        elif path.startswith("back?"):
            self.say(307, b"", [("Location", path[5:] + "/ask/who")])
        elif path == "away-in-plain":
            self.say(307, b"", [("Location", plain + "/ask/who")])
        elif path == "away-401":
            self.say(307, b"", [("Location", away + "/ask/401")])
        elif path == "401":
            self.say(401, b"who?", [("WWW-Authenticate", "Basic")])
        elif path == "range":
            self.say(206, b"4567", [("Content-Range", "bytes 4-7/8")])
        elif path == "range-from-0":
            self.say(200, b"01234567")
        elif path == "range-elsewhere":
            self.say(206, b"567", [("Content-Range", "bytes 5-7/8")])
        elif path == "range-untold":
            self.say(206, b"4567")
        elif path == "range-asked":
            self.say(200, where.encode())
        elif path == "endless-500":
            self.send_response(500)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            while True:
                self.wfile.write(b"10000\r\n" + b"z" * 0x10000 + b"\r\n")
        else:
            self.say(404)

    def do_GET(self):
        path = self.path
        here = "%s://127.0.0.1:%d" % (self.server.scheme, self.server.server_port)
        seen[path] = seen.get(path, 0) + 1
        asked_for = {k.lower() for k in self.headers}
        if asked_for & {"cookie", "proxy-authorization", "accept-encoding"} or \
                ("authorization" in asked_for and not path.startswith("/ask/")):
            return self.say(400, b"too much was said")
        if path.startswith("/ask/"):
            return self.ask(path[5:], here)
        if path == "/ok":
            self.say(200, b"fine")
        elif path == "/echo":
            self.say(200, ("%s %s" % (self.requestline, self.headers["user-agent"])).encode())
        elif path in ("/wait", "/busy"):
            if seen[path] == 1:
                return self.say(429 if path == "/wait" else 503, b"not now", [("Retry-After", "1")])
            self.say(200, b"patient")
        elif path == "/wait-for-ever":
            self.say(429, b"", [("Retry-After", "3600")])
        elif path == "/gzip":
            self.say(200, gzip.compress(b"x" * 5000), [("Content-Encoding", "gzip")])
        elif path == "/moved":
            self.say(302, b"elsewhere", [("Location", "/ok")])
        elif path == "/moved-away":
            self.say(302, b"", [("Location", away + "/ok")])
        elif path == "/moved-to-http":
            self.say(301, b"", [("Location", here.replace("https", "http") + "/ok")])
        elif path == "/moved-to-file":
            self.say(301, b"", [("Location", "file:///etc/hostname")])
        elif path == "/moved-in-circles":
            self.say(307, b"", [("Location", path)])
        elif path == "/moved-nowhere":
            self.say(302)
        elif path == "/broken":
            self.say(500, b"oops")
        elif path == "/large":
            self.say(200, b"x" * 1001)
        elif path == "/large-chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for _ in range(1000):
                self.wfile.write(b"400\r\n" + b"y" * 0x400 + b"\r\n")
        elif path == "/many-headers":
            self.say(200, b"fine", [("X-Filler-%d" % i, "z" * 4000) for i in range(90)])
        elif path == "/truncated":
            self.say(200, b"half", length=8)
            self.close_connection = True
        elif path == "/slow":
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            for _ in range(100):
                self.wfile.write(b"s")
                time.sleep(0.2)
        elif path == "/hangup":
            self.close_connection = True
        elif path == "/empty":
            self.say(200)
        elif path.startswith("/chain"):
            chain = ("tcb-info-issuer-chain", "-----BEGIN%20X-----%0A")
            if path.startswith("/chain-moved"):
                times = 2 if path == "/chain-moved-twice" else 1
                return self.say(302, b"", [chain] * times + [("Location", "/chain")])
            if path == "/chain-long":
                chain = (chain[0], "c" * 101)
            self.say(200, b"ok", [chain] * (2 if path == "/chain-twice" else 1))
        else:
            self.say(404, b"<html>nothing here</html>")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # clients hang up on purpose


def serve(scheme):
    server = Server(("127.0.0.1", 0), Handler)
    server.scheme = scheme
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(work + "/cert.pem", work + "/key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "%s://127.0.0.1:%d" % (scheme, server.server_port)


try:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", work + "/key.pem", "-out", work + "/cert.pem", "-days", "2", "-subj", "/CN=loopback",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    base, plain, away = serve("https"), serve("http"), serve("https")
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    status = subprocess.run([sys.argv[1], base, plain, work + "/cert.pem"], env=environment).returncode
finally:
    shutil.rmtree(work)
sys.exit(status)
