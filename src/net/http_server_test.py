#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# http_server_test.py - raw clients on loopback: well behaved, slow, half closed,
# gone, smuggling. A case is a function; its name is what must hold.
#
#   http_server_test.py PROGRAM
import contextlib, json, os, shutil, signal, socket, ssl, subprocess, sys, tempfile, time

work = tempfile.mkdtemp()


class Server:
    def __init__(self, *options):
        listening = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = listening.getsockname()[1]
        os.set_inheritable(listening.fileno(), True)
        self.process = subprocess.Popen([sys.argv[1], str(listening.fileno()), *options],
                                        pass_fds=[listening.fileno()])
        listening.close()
        self.host = f"127.0.0.1:{self.port}"

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def head(self, line, *fields):
        return "\r\n".join([line + " HTTP/1.1", "Host: " + self.host, *fields, "", ""]).encode()

    def counts(self):
        with self.connect() as s:
            s.sendall(self.head("GET /api/counts", "Connection: close"))
            return json.loads(everything(s).split(b"\r\n\r\n", 1)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(10)
        assert code == 0, f"the server ended with {code}"


@contextlib.contextmanager
def server(*options):
    s = Server(*options)
    try:
        yield s
    except BaseException:
        s.process.kill()
        s.process.wait()
        raise
    s.stop()


def everything(s):
    parts = []
    while True:
        try:
            part = s.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


# One answer off a connection: status, fields, body.
def answer(s, held=b"", no_body=False):
    while b"\r\n\r\n" not in held:
        part = s.recv(65536)
        assert part, f"closed after {held!r}"
        held += part
    head, body = held.split(b"\r\n\r\n", 1)
    lines = head.decode().split("\r\n")
    fields = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
    length = 0 if no_body else int(fields.get("content-length", 0))
    while len(body) < length:
        body += s.recv(65536)
    return int(lines[0].split()[1]), fields, body[:length], body[length:]


def ask(srv, raw):
    with srv.connect() as s:
        s.sendall(raw)
        return answer(s)[:3]


def error_of(srv, raw):
    with srv.connect() as s:
        s.sendall(raw)
        status, fields, body, _ = answer(s)
        assert fields["content-type"] == "application/json", fields
        assert isinstance(json.loads(body)["error"], str)
        return status


def gone_within(srv, gone, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if srv.counts()["gone"] >= gone:
            return True
        time.sleep(0.05)
    return False


def plain_answers(srv):
    status, fields, body = ask(srv, srv.head("GET /api/hello"))
    assert (status, body) == (200, b'{"hello":"world"}')
    assert fields["x-content-type-options"] == "nosniff" and fields["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in fields["content-security-policy"]
    status, fields, body = ask(srv, srv.head("POST /api/echo/a%20b", "Content-Type: application/json", "Content-Length: 2") + b"{}")
    assert (status, body, fields["x-name"]) == (200, b"{}", "a b")
    with srv.connect() as s:
        s.sendall(srv.head("HEAD /api/hello"))
        status, fields, _, rest = answer(s, no_body=True)
        assert status == 200 and fields["content-length"] == "17" and rest == b""
        s.sendall(srv.head("GET /api/hello"))
        assert answer(s)[2] == b'{"hello":"world"}'


def assets_have_etags(srv):
    status, fields, body = ask(srv, srv.head("GET /"))
    assert status == 200 and b"<title>" in body and "script-src 'self'" in fields["content-security-policy"]
    status, fields, body = ask(srv, srv.head("GET /", "If-None-Match: " + fields["etag"]))
    assert status == 304 and body == b"" and "content-length" not in fields


def refusals_are_json(srv):
    h = srv.head
    assert error_of(srv, h("GET /api/nothing")) == 404
    assert error_of(srv, h("GET /nothing")) == 404
    status, fields, _ = ask(srv, h("DELETE /api/hello"))
    assert status == 405 and fields["allow"] == "GET, HEAD, OPTIONS"
    status, fields, _ = ask(srv, h("OPTIONS /api/echo/x"))
    assert status == 204 and fields["allow"] == "POST, OPTIONS" and "access-control-allow-origin" not in fields
    assert error_of(srv, h("BREW /api/hello")) == 405
    assert error_of(srv, h("GET /api/enclaves/..%2f1")) == 400
    assert error_of(srv, h("GET /api/../hello")) == 400
    assert error_of(srv, b"GET / HTTP/1.1\nHost: x\n\n") == 400
    assert error_of(srv, b"\x16\x03\x01\x02\x00") == 400
    assert error_of(srv, h("GET /" + "x" * 17000)) == 414
    assert error_of(srv, h("GET /" + "x" * 2000)) == 414
    assert error_of(srv, h("GET /", "X: " + "x" * 17000)) == 431
    assert error_of(srv, b"GET / HTTP/3.0\r\n\r\n") == 505


def hosts_and_origins_are_ours(srv):
    with_host = lambda host, *more: "\r\n".join(["GET /api/hello HTTP/1.1", "Host: " + host, *more, "", ""]).encode()
    port = srv.port
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", "c.example:9", "C.Example:9"):
        assert ask(srv, with_host(host))[0] == 200, host
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.2:{port}", "c.example", f"localhost:{port + 1}", f"[::1]:{port}"):
        assert error_of(srv, with_host(host)) == 421, host
    for origin in (f"http://127.0.0.1:{port}", "https://c.example:9"):
        assert ask(srv, srv.head("GET /api/hello", "Origin: " + origin))[0] == 200, origin
    for origin in ("null", "http://evil.example", f"https://127.0.0.1:{port}", "http://c.example:9", f"http://127.0.0.1:{port}.evil.example", ""):
        assert error_of(srv, srv.head("GET /api/hello", "Origin: " + origin)) == 403, origin
    json_type = ("Content-Type: application/json", "Content-Length: 2")
    assert error_of(srv, srv.head("POST /api/echo/x", "Sec-Fetch-Site: cross-site", *json_type) + b"{}") == 403
    assert ask(srv, srv.head("GET /", "Sec-Fetch-Site: cross-site"))[0] == 200


def bodies_have_a_type_and_a_size(srv):
    post = lambda *f: srv.head("POST /api/echo/x", *f)
    assert ask(srv, post("Content-Type: application/json; charset=utf-8", "Content-Length: 2") + b"{}")[0] == 200
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", "multipart/form-data"):
        assert error_of(srv, post("Content-Type: " + kind, "Content-Length: 2") + b"{}") == 415, kind
    assert error_of(srv, post("Content-Length: 2") + b"{}") == 415
    assert error_of(srv, post("Content-Type: application/json", "Content-Encoding: gzip", "Content-Length: 2") + b"{}") == 415
    assert error_of(srv, post("Content-Type: application/json", "Content-Length: 100001")) == 413  # before it came
    assert error_of(srv, srv.head("GET /api/hello", "Content-Type: application/json", "Content-Length: 2") + b"{}") == 413
    assert ask(srv, srv.head("GET /api/hello", "Content-Type: application/json"))[0] == 200
    chunked = post("Content-Type: application/json", "Transfer-Encoding: chunked")
    assert ask(srv, chunked + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")[2] == b"abcde"
    assert error_of(srv, chunked + b"186a1\r\n" + b"x" * 100001) == 413
    assert error_of(srv, chunked + b"3;x=y\r\nabc\r\n0\r\n\r\n") == 400
    assert error_of(srv, srv.head("POST /api/key", "Content-Type: application/json", "Content-Length: 50000")) == 401  # admit() comes first
    big = b"y" * 100000
    assert ask(srv, post("Content-Type: application/json", "Content-Length: 100000") + big)[2] == big


def continue_is_said_when_due(srv):
    fields = ("Content-Type: application/json", "Expect: 100-continue")
    with srv.connect() as s:
        s.sendall(srv.head("POST /api/echo/x", "Content-Length: 2", *fields))
        assert s.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        s.sendall(b"{}")
        assert answer(s)[2] == b"{}"
    for route, length, want in (("POST /api/echo/x", 100001, 413), ("POST /api/key", 2, 401), ("POST /api/none", 2, 404)):
        assert ask(srv, srv.head(route, f"Content-Length: {length}", *fields))[0] == want


def pipelines_are_in_order(srv):
    with srv.connect() as s:
        s.sendall(srv.head("GET /api/later") + b"".join(
            srv.head(f"POST /api/echo/{i}", "Content-Type: application/json", "Content-Length: 2") + b"{}" for i in range(200)))
        status, _, body, rest = answer(s)
        assert body == b'{"later":true}'
        for i in range(200):
            status, fields, body, rest = answer(s, rest)
            assert fields["x-name"] == str(i) and body == b"{}"
    with srv.connect() as s:  # nothing hides behind a refusal
        s.sendall(srv.head("GET /api/hello", "Content-Length: 1", "Transfer-Encoding: chunked") + srv.head("GET /api/hello"))
        said = everything(s)
        assert said.count(b"HTTP/1.1 ") == 1 and b" 400 " in said


def byte_by_byte(srv):
    with srv.connect() as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for b in srv.head("POST /api/echo/x", "Content-Type: application/json", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n":
            s.send(bytes([b]))
        assert answer(s)[2] == b"{}"


def half_closed_clients_get_their_answers(srv):
    with srv.connect() as s:
        s.sendall(srv.head("GET /api/hello") + srv.head("GET /api/later"))
        s.shutdown(socket.SHUT_WR)
        said = everything(s)
        assert said.endswith(b'{"later":true}') and said.count(b"HTTP/1.1 200") == 2
    with srv.connect() as s:
        s.sendall(b"GET / HT")
        s.shutdown(socket.SHUT_WR)
        assert everything(s) == b""


def old_clients_are_answered_and_closed(srv):
    with srv.connect() as s:
        s.sendall(f"GET /api/hello HTTP/1.0\r\nHost: {srv.host}\r\nConnection: keep-alive\r\n\r\n".encode())
        said = everything(s)
        assert said.endswith(b'{"hello":"world"}') and b"Connection: close" in said


def request_ids(srv):
    assert ask(srv, srv.head("GET /api/hello", "X-Request-Id: my-id.0001"))[1]["x-request-id"] == "my-id.0001"
    for bad in ("short", "x" * 65, "bad id here", 'quote"quote'):
        assert ask(srv, srv.head("GET /api/hello", "X-Request-Id: " + bad))[1]["x-request-id"] != bad
    a, b = (ask(srv, srv.head("GET /api/hello"))[1]["x-request-id"] for _ in range(2))
    assert a != b


def proxies_are_believed_when_named(srv):
    assert ask(srv, srv.head("GET /api/who", "X-Forwarded-For: 192.0.2.7"))[2] == b"127.0.0.1"
    with server("proxy=127.0.0.0/8") as s:
        assert ask(s, s.head("GET /api/who"))[2] == b"127.0.0.1"
        assert ask(s, s.head("GET /api/who", "X-Forwarded-For: 10.0.0.1, 192.0.2.7"))[2] == b"192.0.2.7"
        assert ask(s, s.head("GET /api/who", "X-Forwarded-For: 10.0.0.1, 192.0.2.7, 127.0.0.9"))[2] == b"192.0.2.7"
        assert ask(s, s.head("GET /api/who", "X-Forwarded-For: 1.1.1.1", "X-Forwarded-For: 2001:db8::1"))[2] == b"2001:db8::1"
        assert ask(s, s.head("GET /api/who", "X-Forwarded-For: me"))[0] == 400


def deadlines_are_total(_):
    with server("head=600", "body=600", "idle=600") as srv:
        start = time.monotonic()
        with srv.connect() as s:  # never idle for long, and never done
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                s.sendall(b"GET / HTTP/1.1\r\n")
                while time.monotonic() < start + 5:
                    s.sendall(b"X: y\r\n")
                    time.sleep(0.1)
            assert time.monotonic() < start + 3
        for raw in (srv.head("POST /api/echo/x", "Content-Type: application/json", "Content-Length: 9") + b"{", b"GET / H"):
            start = time.monotonic()
            with srv.connect() as s:
                s.sendall(raw)
                assert answer(s)[0] == 408
            assert 0.5 < time.monotonic() - start < 2
        for raw in (b"", srv.head("GET /api/hello")):
            start = time.monotonic()
            with srv.connect() as s:
                s.sendall(raw)
                everything(s)
            assert 0.5 < time.monotonic() - start < 2


def departed_streams_are_noticed(srv):
    for reset in (False, True):
        before = srv.counts()
        with srv.connect() as s:
            s.sendall(srv.head("GET /api/events"))
            held = b""
            while not held.endswith(b"\r\n\r\n26\r\nid: 7\nevent: log\ndata: one\ndata: two\n\n\r\n"):
                held += s.recv(4096)
                assert len(held) < 4096, held
            assert srv.counts()["streams"] == before["streams"] + 1
            if reset:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        assert gone_within(srv, before["gone"] + 1, 2), "not noticed within 2 s"
        assert srv.counts()["streams"] == before["streams"]


def the_departed_are_still_answered_for(srv):
    before = srv.counts()["gone"]
    s = srv.connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    s.sendall(srv.head("GET /api/later"))
    time.sleep(0.05)
    s.close()
    assert gone_within(srv, before + 1, 2)
    time.sleep(0.3)
    assert ask(srv, srv.head("GET /api/hello"))[0] == 200


def quiet_streams_beat(_):
    with server("beat=200") as srv:
        with srv.connect() as s:
            s.sendall(srv.head("GET /api/events"))
            held = b""
            while held.count(b"\r\n:\n\n\r\n") < 3:
                held += s.recv(4096)


def streams_wait_for_their_clients(_):
    with server("stall=700") as srv:
        with srv.connect() as s:  # takes all it can
            s.sendall(srv.head("GET /api/flood"))
            got = 0
            while got < 20 << 20:
                got += len(s.recv(1 << 20))
            with open(f"/proc/{srv.process.pid}/status") as f:
                rss = [int(line.split()[1]) for line in f if line.startswith("VmRSS")][0]
            assert rss < 200000, f"{rss} KB"
        with srv.connect() as s:  # takes nothing
            s.sendall(srv.head("GET /api/flood"))
            assert gone_within(srv, 2, 5), "stays although it takes nothing"


def connections_have_ceilings(_):
    with server("each=20") as srv:
        held = [srv.connect() for _ in range(20)]
        time.sleep(0.2)
        with srv.connect() as s:
            assert everything(s) == b""
        for s in held:
            s.close()
    with server("conns=10") as srv:  # who idles makes room
        held = [srv.connect() for _ in range(10)]
        for s in held:
            s.sendall(srv.head("GET /api/hello"))
            answer(s)
        assert ask(srv, srv.head("GET /api/hello"))[0] == 200
        assert everything(held[0]) == b""
        for s in held:
            s.close()


def many_connections(_):
    with server("each=2000", "conns=2000") as srv:
        held = [srv.connect() for _ in range(400)]
        for turn in range(3):
            for s in held:
                s.sendall(srv.head("GET /api/hello"))
            for s in held:
                assert answer(s)[2] == b'{"hello":"world"}'
        streams = held[:200]
        for s in streams:
            s.sendall(srv.head("GET /api/events"))
        for s in held[200:]:
            s.close()
        for s in streams:
            s.recv(4096)
        assert srv.counts()["streams"] == 200
        for s in streams:
            s.close()
        assert gone_within(srv, 200, 2)


def draining_finishes_what_it_began(_):
    srv = Server()
    with srv.connect() as slow, srv.connect() as idle, srv.connect() as stream:
        stream.sendall(srv.head("GET /api/events"))
        stream.recv(4096)
        slow.sendall(srv.head("GET /api/later"))
        srv.counts()
        start = time.monotonic()
        srv.process.send_signal(signal.SIGTERM)
        status, fields, body, _ = answer(slow)
        assert body == b'{"later":true}' and fields["connection"] == "close"
        assert everything(stream).endswith(b"0\r\n\r\n")
        assert everything(idle) == b""
        try:
            srv.connect().close()
            raise AssertionError("it still listens")
        except ConnectionRefusedError:
            pass
    assert srv.process.wait(5) == 0 and time.monotonic() - start < 3


def certificate(name, chain, key):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=" + name, "-keyout", key, "-out", chain], check=True, stderr=subprocess.DEVNULL)


def tls_connect(srv, low=None, high=None, alpn=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if high:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = low
        context.maximum_version = high
    if alpn:
        context.set_alpn_protocols(alpn)
    return context.wrap_socket(srv.connect())


def name_of(s):
    return s.getpeercert(True)


def tls(_):
    if not shutil.which("openssl"):
        print("tls: openssl is not installed: skipped")
        return
    chain, key = os.path.join(work, "chain.pem"), os.path.join(work, "key.pem")
    certificate("one", chain, key)
    with server("chain=" + chain, "key=" + key, "head=700", "public=https://c.example") as srv:
        import warnings
        warnings.simplefilter("ignore")
        old = tls_connect(srv)
        old.sendall(srv.head("GET /api/hello"))
        status, fields, body, _ = answer(old)
        assert body == b'{"hello":"world"}' and "strict-transport-security" in fields
        first = name_of(old)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with tls_connect(srv, version, version, ["h2", "http/1.1"]) as s:
                assert s.selected_alpn_protocol() == "http/1.1"
                big = b"z" * 100000
                s.sendall(srv.head("POST /api/echo/x", "Content-Type: application/json", "Content-Length: 100000") + big)
                assert answer(s)[2] == big
        for attempt in ((ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, None), (None, None, ["h2"])):
            try:
                tls_connect(srv, *attempt).close()
                raise AssertionError(f"{attempt} was taken")
            except (ssl.SSLError, ConnectionResetError):
                pass
        start = time.monotonic()
        with srv.connect() as s:  # a handshake has the head's deadline
            assert everything(s) == b"" and 0.5 < time.monotonic() - start < 3
        with srv.connect() as s:
            s.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"x" * 600)
            assert b"HTTP" not in everything(s)
        certificate("two", chain, key)
        srv.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        with tls_connect(srv) as s:
            assert name_of(s) != first, "the old certificate after a reload"
        old.sendall(srv.head("GET /api/hello"))
        assert answer(old)[2] == b'{"hello":"world"}', "a reload dropped a connection"
        second = None
        with open(chain, "w") as f:
            f.write("no certificate\n")
        srv.process.send_signal(signal.SIGHUP)
        time.sleep(0.2)
        with tls_connect(srv) as s:
            s.sendall(srv.head("GET /api/events"))
            s.recv(4096)
        old.close()


def curl(srv):
    if not shutil.which("curl"):
        print("curl: not installed: skipped")
        return
    out = subprocess.run(["curl", "-sS", "--noproxy", "*", "-H", "Content-Type: application/json", "-d", "{}", f"http://{srv.host}/api/echo/x",
                          "--next", "-sS", "--noproxy", "*", f"http://{srv.host}/api/hello"], capture_output=True, timeout=20, check=True)
    assert out.stdout == b'{}{"hello":"world"}', out


try:
    with server("public=https://c.example:9") as shared:
        cases = [plain_answers, assets_have_etags, refusals_are_json, hosts_and_origins_are_ours, bodies_have_a_type_and_a_size,
                 continue_is_said_when_due, pipelines_are_in_order, byte_by_byte, half_closed_clients_get_their_answers,
                 old_clients_are_answered_and_closed, request_ids, proxies_are_believed_when_named, deadlines_are_total,
                 departed_streams_are_noticed, the_departed_are_still_answered_for, quiet_streams_beat,
                 streams_wait_for_their_clients, connections_have_ceilings, many_connections, draining_finishes_what_it_began, tls, curl]
        for case in cases:
            try:
                case(shared)
            except BaseException:
                print(case.__name__.replace("_", " "), "does not hold", flush=True)
                raise
            print(case.__name__.replace("_", " "), flush=True)
finally:
    shutil.rmtree(work)
