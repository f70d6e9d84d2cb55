#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# registry_test.py - `cloister pull` and `cloister build registry:…` against Debian's
# docker-registry, filled by skopeo, and against servers that lie.
#
#   registry_test.py CLOISTER real|hostile
import base64, gzip, hashlib, http.server, io, json, os, shutil, signal, socket, ssl, subprocess, sys, tarfile, tempfile, threading, time

cloister = os.path.abspath(sys.argv[1])
part = sys.argv[2]
work = tempfile.mkdtemp()
state = work + "/state"
environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy") and not k.startswith("CLOISTER")}
environment["CLOISTER_STATE_DIR"] = state
wrong = held = 0
OCI = "application/vnd.oci.image."
DOCKER = "application/vnd.docker.distribution.manifest."


def fault(what, r=None):
    global wrong
    wrong += 1
    print("FAIL:", what)
    if r is not None:
        print("  status %d\n  out: %s\n  err: %s" % (r.returncode, r.stdout[-1500:], r.stderr[-1500:]))


def want(holds, what, r=None):
    global held
    held += 1
    if not holds:
        fault(what, r)


def run(*args, stdin=None, more=None):
    return subprocess.run([cloister, *args], env={**environment, **(more or {})}, input=stdin, capture_output=True,
                          text=True, timeout=60)


def expect(what, r, status, says=""):
    """Its status and what it says; a failure says one sentence."""
    want(r.returncode == status and says in r.stdout + r.stderr and (status == 0 or r.stderr.count("\n") == 1),
         "%s: not status %d in one sentence, or without: %s" % (what, status, says), r)
    return r


def sha(data):
    return hashlib.sha256(data).hexdigest()


def named(data):
    return "sha256:" + sha(data)


# ---- images ------------------------------------------------------------------------
def tar_of(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as t:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            t.addfile(member, io.BytesIO(content))
    return out.getvalue()


def descriptor(kind, data, **more):
    return {"mediaType": kind, "digest": named(data), "size": len(data), **more}


def image(arch="amd64", layers=2, size=50000, salt=b""):
    """blobs by digest, and the manifest"""
    tars = [tar_of([("bin/program%d" % i, salt + os.urandom(size))]) for i in range(layers)]
    packed = [gzip.compress(t, mtime=0) for t in tars]
    config = json.dumps({"architecture": arch, "os": "linux", "created": "2020-02-03T04:05:06Z",
                         "config": {"Entrypoint": ["/bin/program0"]},
                         "rootfs": {"type": "layers", "diff_ids": [named(t) for t in tars]}}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                           "config": descriptor(OCI + "config.v1+json", config),
                           "layers": [descriptor(OCI + "layer.v1.tar+gzip", p) for p in packed]}).encode()
    return {named(b): b for b in [config, *packed]}, manifest


def index_of(*entries):
    return json.dumps({"schemaVersion": 2, "mediaType": OCI + "index.v1+json", "manifests": [
        descriptor(OCI + "manifest.v1+json", m, platform={"os": "linux", "architecture": arch})
        for arch, m in entries]}).encode()


def layout(path, blobs, top, kind):
    os.makedirs(path + "/blobs/sha256")
    for b in [*blobs.values(), top]:
        with open("%s/blobs/sha256/%s" % (path, sha(b)), "wb") as f:
            f.write(b)
    with open(path + "/oci-layout", "w") as f:
        f.write('{"imageLayoutVersion":"1.0.0"}')
    with open(path + "/index.json", "w") as f:
        json.dump({"schemaVersion": 2, "manifests": [descriptor(kind, top, annotations={
            "org.opencontainers.image.ref.name": "latest"})]}, f)


def blobs_in(path):
    folder = path + "/blobs/sha256"
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def whole(path):
    """Whether each blob there is what its name says, and nothing else lies about."""
    def right(name):
        with open("%s/blobs/sha256/%s" % (path, name), "rb") as f:
            return sha(f.read()) == name
    return all(len(n) == 64 and right(n) for n in blobs_in(path)) and \
        set(os.listdir(path)) <= {"blobs", "index.json", "oci-layout"}


def names_in(path):
    if not os.path.exists(path + "/index.json"):
        return []
    with open(path + "/index.json") as f:
        return sorted(m["annotations"]["org.opencontainers.image.ref.name"] for m in json.load(f)["manifests"])


def platform():
    """A bundle that is well formed and boots nowhere."""
    k = bytearray(b"\xcc" * 1072)
    for at, data in ((0, b"MZ"), (2, bytes(0x3a)), (0x3c, b"\x40\0\0\0"), (0x40, bytes(24)), (0x1f1, b"\1\0\0\3\0\0\0"),
                     (0x1fe, b"\x55\xaa"), (0x202, b"HdrS\x0f\x02")):
        k[at:at + len(data)] = data
    os.mkdir(work + "/modules")
    for name, data in (("kernel", bytes(k)), ("init", b"INIT"), ("agent", b"AGENT")):
        with open(work + "/" + name, "wb") as f:
            f.write(data)
    expect("a platform", run("platform", "make", "--kernel", work + "/kernel", "--modules", work + "/modules", "--init",
                             work + "/init", "--agent", work + "/agent", "-o", work + "/platform.eif"), 0)
    environment["CLOISTER_PLATFORM"] = work + "/platform.eif"


# ---- a real registry ---------------------------------------------------------------
started = []


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_registry(name, extra=""):
    port = free_port()
    path = "%s/%s" % (work, name)
    os.mkdir(path)
    with open(path + "/config.yml", "w") as f:
        f.write("version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
                "storage: {filesystem: {rootdirectory: %s/data}}\nhttp: {addr: '127.0.0.1:%d', secret: here}\n%s" % (path, port, extra))
    with open(path + "/log", "w") as log:
        started.append(subprocess.Popen(["docker-registry", "serve", path + "/config.yml"], stdout=log, stderr=log))
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return "127.0.0.1:%d" % port
        except OSError:
            time.sleep(0.05)
    raise SystemExit("docker-registry does not answer")


def skopeo(*args):
    subprocess.run(["skopeo", "--insecure-policy", "copy", "--quiet", *args], check=True, env=environment,
                   stdout=subprocess.DEVNULL)


def real():
    host = start_registry("open")
    blobs, manifest = image()
    other_blobs, other = image(arch="arm64", layers=1)
    index = index_of(("arm64", other), ("amd64", manifest))
    layout(work + "/one", blobs, manifest, OCI + "manifest.v1+json")
    layout(work + "/many", {**blobs, **other_blobs, "m": manifest, "o": other}, index, OCI + "index.v1+json")
    layout(work + "/arm", other_blobs, other, OCI + "manifest.v1+json")
    to = ["--dest-tls-verify=false"]
    skopeo(*to, "oci:%s/one:latest" % work, "docker://%s/library/one:latest" % host)
    skopeo(*to, "--format", "v2s2", "oci:%s/one:latest" % work, "docker://%s/docker/one:v2" % host)
    skopeo(*to, "--all", "oci:%s/many:latest" % work, "docker://%s/many:1.0" % host)
    skopeo(*to, "oci:%s/arm:latest" % work, "docker://%s/arm:latest" % host)

    d = work + "/pulled"
    r = expect("a bare name at the registry that is named", run("pull", "one", "--registry", host, "-o", d), 0)
    want(r.stdout == named(manifest) + "\n", "the digest is printed", r)
    want(len(blobs_in(d)) == 4 and whole(d), "manifest, configuration and two layers, whole")
    want(names_in(d) == [host + "/library/one:latest"], "its name is %s" % names_in(d))
    r = expect("again", run("pull", host + "/library/one", "-o", d, "--json"), 0)
    said = json.loads(r.stdout)
    want(said["fetched"] == 0 and said["layers"] == 2 and said["bytes"] == sum(map(len, blobs.values())) and
         said["digest"] == named(manifest) and said["source"] == "oci:%s:%s" % (d, named(manifest)), "nothing is fetched twice", r)

    r = expect("an index, of which our architecture is taken", run("pull", host + "/many:1.0", "-o", d, "--json"), 0)
    want(json.loads(r.stdout)["digest"] == named(manifest) and json.loads(r.stdout)["fetched"] == 0, "shared blobs", r)
    want(len(blobs_in(d)) == 5 and sha(index) in blobs_in(d) and whole(d), "the index is kept, nothing of the other architecture")
    r = expect("Docker's types", run("pull", host + "/docker/one:v2", "-o", work + "/docker", "--json"), 0)
    want(json.loads(r.stdout)["layers"] == 2 and whole(work + "/docker"), "Docker's types", r)
    expect("by the index's digest", run("pull", "%s/many@%s" % (host, named(index)), "-o", d), 0, named(manifest))
    expect("by tag and digest", run("pull", "%s/library/one:latest@%s" % (host, named(manifest)), "-o", d), 0, named(manifest))
    expect("another architecture", run("pull", host + "/arm", "-o", d), 1, "linux/arm64")
    expect("no such tag", run("pull", host + "/many:2.0", "-o", d), 1, "has no `many` called `2.0`")
    expect("no such image", run("pull", host + "/none", "-o", d), 1, "has no `none`")
    expect("no such digest", run("pull", "%s/many@%s" % (host, named(b"x")), "-o", d), 1, "has no `many`")
    want(len(names_in(d)) == 4 and whole(d), "what failed has no name: %s" % names_in(d))

    # What was damaged is fetched again.
    broken = "%s/blobs/sha256/%s" % (d, sha(list(blobs.values())[1]))
    size = os.path.getsize(broken)
    with open(broken, "r+b") as f:
        f.seek(size // 2)
        byte = f.read(1)[0] ^ 1
        f.seek(size // 2)
        f.write(bytes([byte]))
    r = expect("a damaged blob", run("pull", host + "/library/one", "-o", d, "--json"), 0)
    want(json.loads(r.stdout)["fetched"] == size and whole(d), "is fetched, and nothing else", r)

    # A tag that moves; two at once; the state directory; environment.
    blobs2, manifest2 = image(layers=1)
    layout(work + "/two", blobs2, manifest2, OCI + "manifest.v1+json")
    skopeo(*to, "oci:%s/two:latest" % work, "docker://%s/library/one:latest" % host)
    expect("a tag that moved", run("pull", host + "/library/one", "-o", d), 0, named(manifest2))
    want(len(names_in(d)) == 4, "the name moved with it")
    both = [subprocess.Popen([cloister, "pull", "%s/%s" % (host, n), "-o", work + "/both"], env=environment, stdout=subprocess.DEVNULL)
            for n in ("library/one", "many:1.0", "docker/one:v2", "library/one")]
    want([p.wait() for p in both] == [0] * 4 and len(names_in(work + "/both")) == 3 and whole(work + "/both"), "at the same time")
    r = expect("without -o", run("pull", "one", "--json", more={"CLOISTER_REGISTRY": host}), 0)
    want(json.loads(r.stdout)["source"] == "oci:%s/images:%s" % (state, named(manifest2)), "in the state directory", r)

    platform()
    r = expect("pulled and built at once", run("build", "registry:%s/many:1.0" % host, "-o", work + "/a.eif", "--json"), 0)
    expect("the same from what was pulled", run("build", "oci:%s:%s" % (d, named(manifest)), "-o", work + "/b.eif"), 0, "pcr0")
    expect("the same from the directory it came from", run("build", "oci:%s/one:latest" % work, "-o", work + "/c.eif"), 0)
    pcrs = json.loads(r.stdout)["measurements"]
    want(pcrs == json.loads(run("describe", work + "/b.eif", "--json").stdout)["measurements"] ==
         json.loads(run("describe", work + "/c.eif", "--json").stdout)["measurements"], "the same measurements", r)
    want(named(manifest)[7:] in json.dumps(json.loads(r.stdout)["record"]), "the record names the manifest", r)
    expect("nothing to build from", run("build", "registry:%s/none" % host, "-o", work + "/n.eif"), 1, "has no `none`")
    want(not os.path.exists(work + "/n.eif"), "no file is left")

    # With everything there a digest needs no registry.
    expect("offline", run("pull", "127.0.0.1:1/library/one@" + named(manifest2), "-o", d), 0, named(manifest2))
    return manifest


def with_password(manifest):
    """The same registry, which wants to know who asks."""
    line = subprocess.run(["htpasswd", "-nbB", USER, PASSWORD], check=True, capture_output=True).stdout
    with open(work + "/htpasswd", "wb") as f:
        f.write(line)
    host = start_registry("closed", "auth: {htpasswd: {realm: here, path: %s/htpasswd}}\n" % work)
    skopeo("--dest-tls-verify=false", "--dest-creds", USER + ":" + PASSWORD, "oci:%s/one:latest" % work, "docker://%s/web:1" % host)
    name = host + "/web:1"
    expect("nobody", run("pull", name, "-o", work + "/p"), 1, "wants a user and a password")
    expect("somebody", run("pull", name, "-o", work + "/p", *login()), 0, named(manifest))
    expect("by standard input", run("pull", name, "-o", work + "/q", "--user", USER, "--password-file", "-", stdin=PASSWORD), 0)
    expect("somebody else", run("pull", name, "-o", work + "/p", "--user", "other", "--password-file", work + "/password"), 1,
           "does not let this user")
    expect("another password", run("pull", name, "-o", work + "/p", "--user", USER, "--password-file", "-", stdin="x\n"), 1,
           "does not let this user")
    expect("no password", run("pull", name, "-o", work + "/p", "--user", USER, "--password-file", "-", stdin="\n"), 1, "no password")
    expect("built at once", run("build", "registry:" + name, "-o", work + "/p.eif", "--registry-user", USER, "--password-file",
                                work + "/password"), 0)
    for folder, _, files in os.walk(work):
        for f in files:
            path = os.path.join(folder, f)
            with open(path, "rb") as opened:
                text = opened.read()
            want(path in (work + "/password",) or not any(c in text for c in (b"Canary", BASIC[6:20].encode())),
                 "the password is in %s" % path)


# ---- registries that lie -------------------------------------------------------------
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def say(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name.replace("_", "-"), one)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        if length is not None and length != len(body):
            self.close_connection = True

    def endless(self, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while True:
            self.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    def do_GET(self):
        server = self.server
        server.asked.append((self.path, self.headers.get("Authorization")))
        if server.hook and server.hook(self):
            return
        if self.path in server.answers:
            kind, body = server.answers[self.path]
            return self.say(200, body, Content_Type=kind)
        self.say(404, b"{}")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def serve(tls=False, address="127.0.0.1"):
    server = Server((address, 0), Handler)
    server.asked, server.answers, server.hook = [], {}, None
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(work + "/cert.pem", work + "/key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.host = "127.0.0.1:%d" % server.server_port
    server.url = ("https://" if tls else "http://") + server.host
    return server


def offer(server, blobs, top, kind=OCI + "manifest.v1+json", tag="latest", repo="team/web"):
    for d, b in blobs.items():
        server.answers["/v2/%s/blobs/%s" % (repo, d)] = ("application/octet-stream", b)
    for name in (tag, named(top)):
        server.answers["/v2/%s/manifests/%s" % (repo, name)] = (kind, top)


USER, PASSWORD = "somebody", "Canary-0451-\u00e4 with spaces"
BASIC = "Basic " + base64.b64encode((USER + ":" + PASSWORD).encode()).decode()
n_pulls = 0


def attempt(what, server, status, says="", *options, host=None, name="team/web"):
    """Pull into a fresh directory; afterwards nothing half-written is there, and no secret was said."""
    global n_pulls
    n_pulls += 1
    d = "%s/try%d" % (work, n_pulls)
    server.asked.clear()
    r = expect(what, run("pull", "%s/%s" % (host or server.host, name), "-o", d, "--ca", work + "/cert.pem",
                         "--timeout", "5", *options), status, says)
    want(whole(d) and (status == 0) == (len(names_in(d)) == 1), "%s: nothing half-written, no name" % what, r)
    told = r.stdout + r.stderr
    want(not any(c in told for c in ("Canary", BASIC[6:20], "TOKEN")), "%s: a secret is told" % what, r)
    return r


def login():
    with open(work + "/password", "w") as f:
        f.write(PASSWORD + "\nand a second line\n")
    return ["--user", USER, "--password-file", work + "/password"]


def blob_path(server, i):
    return [p for p in server.answers if "/blobs/" in p][i]


def hostile_blobs(server, blobs, manifest):
    target = blob_path(server, 1)  # the first layer
    body = server.answers[target][1]
    half = len(body) // 2
    state_ = {"n": 0}

    def on_target(act):
        def hook(h):
            if h.path != target:
                return False
            state_["n"] += 1
            act(h)
            return True
        state_["n"] = 0
        server.hook = hook

    def part_of(h, spoil=0, length=None):
        begin = int(h.headers["Range"][6:-1])
        end = len(body) if length is None else begin + length
        h.say(206, body[begin:end], length=len(body) - begin,
              Content_Range="bytes %d-%d/%d" % (begin + spoil, len(body) - 1, len(body)))

    attempt("as it should be", server, 0)
    on_target(lambda h: h.say(200, body[:half] + bytes([body[half] ^ 1]) + body[half + 1:]))
    attempt("another content", server, 1, "is not what its manifest says")
    on_target(lambda h: h.say(200, body[:half]))
    attempt("a shorter one", server, 1, "it ends after %d of the %d bytes" % (half, len(body)))
    on_target(lambda h: h.say(200, body + b"x"))
    attempt("a longer one", server, 1, "longer than the %d bytes" % len(body))
    on_target(lambda h: h.endless())
    attempt("one without end", server, 1, "longer than the")
    on_target(lambda h: h.say(404))
    attempt("none", server, 1, "does not have sha256:")
    on_target(lambda h: h.endless(500))
    attempt("an error without end", server, 1, "with status 500")
    on_target(lambda h: time.sleep(4))
    attempt("silence", server, 1, "too slow", "--timeout", "1")

    on_target(lambda h: part_of(h) if "Range" in h.headers else h.say(200, body[:half], length=len(body)))
    attempt("one that breaks off", server, 0)
    want(state_["n"] == 2, "is taken up once")
    on_target(lambda h: h.say(200, body[:half] if state_["n"] == 1 else body, length=len(body)))
    attempt("one that can only begin anew", server, 0)
    on_target(lambda h: part_of(h, spoil=1) if "Range" in h.headers else h.say(200, body[:half], length=len(body)))
    attempt("another part than asked for", server, 1, "status 206")
    on_target(lambda h: part_of(h, length=10) if "Range" in h.headers else h.say(200, body[:10], length=len(body)))
    attempt("ten bytes at a time", server, 1, "early")
    want(state_["n"] == 5, "is tried five times, not %d" % state_["n"])
    on_target(lambda h: h.say(200, b"", length=len(body)))
    attempt("nothing at all", server, 1, "early")
    want(state_["n"] == 1, "is tried once")
    on_target(lambda h: h.say(429, Retry_After="1") if state_["n"] == 1 else h.say(200, body))
    attempt("patience", server, 0)
    server.hook = None


def hostile_documents(server, blobs, manifest):
    top = "/v2/team/web/manifests/latest"
    doc = json.loads(manifest)

    def with_top(what, body, says, kind=OCI + "manifest.v1+json", **headers):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()

        def hook(h):
            if h.path == top:
                h.say(200, data, Content_Type=kind, **headers)
            return h.path == top
        server.hook = hook
        attempt(what, server, 0 if says is None else 1, says or "")

    layer = doc["layers"][0]
    with_top("schema 1", {"schemaVersion": 1, "name": "web", "fsLayers": []}, "schema 1", kind=DOCKER + "v1+prettyjws")
    with_top("schema 1 under another name", {"schemaVersion": 1, "fsLayers": []}, "schema 1")
    with_top("index and manifest at once", {**doc, "manifests": []}, "at once")
    with_top("a manifest that is called an index", manifest, "media type", kind=OCI + "index.v1+json")
    with_top("a manifest that calls itself an index", {**doc, "mediaType": OCI + "index.v1+json"}, "media type")
    with_top("a type with a parameter", manifest, None, kind=OCI + "manifest.v1+json; charset=utf-8")
    with_top("no type, as files are served", manifest, None, kind="application/json")
    with_top("neither", {"schemaVersion": 2}, "neither")
    with_top("no JSON", b"<html>", "json")
    with_top("a digest of its own", manifest, "the registry says", Docker_Content_Digest=named(b"x"))
    with_top("the right digest", manifest, None, Docker_Content_Digest=named(manifest))
    with_top("two digests", manifest, "sent twice", Docker_Content_Digest=[named(manifest), named(b"x")])
    with_top("too many layers", {**doc, "layers": [layer] * 128}, "127 layers")
    with_top("too many bytes", {**doc, "layers": [{**layer, "size": 9 << 30}] * 2}, "bytes")
    want(not any("/blobs/" in p for p, _ in server.asked), "too many bytes: nothing is fetched")
    with_top("a sum that wraps", {**doc, "layers": [{**layer, "size": (1 << 63)}] * 2}, "bytes")
    with_top("more layers than the configuration", {**doc, "layers": doc["layers"] * 2}, "the configuration 2")
    with_top("SHA-512", {**doc, "layers": [{**layer, "digest": "sha512:" + "0" * 128}]}, "SHA-256")
    with_top("a path for a digest", {**doc, "layers": [{**layer, "digest": "sha256:../../../x"}]}, "SHA-256")
    with_top("no platform of ours", index_of(("arm64", manifest), ("s390x", manifest)), "linux/s390x", kind=OCI + "index.v1+json")
    with_top("an entry that is not there", index_of(("amd64", manifest + b" ")), "has no `team/web`", kind=OCI + "index.v1+json")
    entry = descriptor(OCI + "manifest.v1+json", manifest, platform={"os": "linux", "architecture": "amd64"})
    index = {"schemaVersion": 2, "manifests": [entry]}
    with_top("another size", {**index, "manifests": [{**entry, "size": 5}]}, "the index says 5", kind=OCI + "index.v1+json")
    with_top("a manifest where an index should be", {**index, "manifests": [{**entry, "mediaType": OCI + "index.v1+json"}]},
             "not what the index says", kind=OCI + "index.v1+json")
    nest = manifest
    for depth in range(5):
        nest = json.dumps({"schemaVersion": 2, "manifests": [descriptor(OCI + ("index" if depth else "manifest") + ".v1+json", nest)]}).encode()
        offer(server, {}, nest, OCI + "index.v1+json", tag="nest%d" % depth)
    server.hook = None
    attempt("nested four deep", server, 0, "", name="team/web:nest3")
    attempt("nested five deep", server, 1, "deeper than 4", name="team/web:nest4")

    def gigabyte(h):
        if h.path == top:
            h.endless(Content_Type=OCI + "manifest.v1+json")
        return h.path == top
    server.hook = gigabyte
    attempt("a manifest of a gigabyte", server, 1, "more than 4194304 bytes")
    server.hook = lambda h: time.sleep(4) or True
    attempt("silence from the start", server, 1, "too slow", "--timeout", "1")
    server.hook = None
    # By digest, the registry has no word in it.
    d = "/v2/team/web/manifests/" + named(manifest)
    server.hook = lambda h: h.path == d and (h.say(200, manifest + b" ", Content_Type=OCI + "manifest.v1+json") or True)
    attempt("another manifest than was named", server, 1, "not what its name says", name="team/web@" + named(manifest))
    server.hook = None
    arm_blobs, arm = image(arch="arm64", layers=1)
    offer(server, arm_blobs, arm, tag="arm")
    attempt("the wrong architecture, seen before its layers", server, 1, "linux/arm64", name="team/web:arm")
    want(sum("/blobs/" in p for p, _ in server.asked) == 1, "its layers are not fetched")


def redirects(server, other, blobs, manifest):
    target = blob_path(server, 1)
    body = server.answers[target][1]
    plain = serve()

    def on_target(to, status=307):
        server.hook = lambda h: h.path == target and (h.say(status, Location=to) or True)

    other.answers["/blob"] = plain.answers["/blob"] = ("application/octet-stream", body)
    on_target(other.url + "/blob")
    attempt("a blob elsewhere, over TLS", server, 0)
    on_target(plain.url + "/blob")
    attempt("a blob elsewhere, without TLS", server, 1, "which was not asked for")
    want(not plain.asked, "it is not asked")
    on_target(target)
    attempt("in circles", server, 1, "more than 3 times")
    on_target("file:///etc/hostname")
    attempt("to a file", server, 1, "which was not asked for")
    on_target("http://user:word@%s%s" % (server.host, target))
    attempt("to a place with a user", server, 1, "which was not asked for")
    other.hook = lambda h: h.say(302, Location=server.url + target) or True
    on_target(other.url + "/blob")
    attempt("back without TLS", server, 1, "which was not asked for")
    other.hook = None

    # With credentials, which stay where they belong.
    def guarded(h):
        if h.headers.get("Authorization") != BASIC:
            h.say(401, WWW_Authenticate='Basic realm="here"')
            return True
        return h.path == target and (h.say(307, Location=other.url + "/blob") or True)
    server.hook = guarded
    other.asked.clear()
    attempt("a password, and a blob elsewhere", server, 0, "", *login())
    want(other.asked == [("/blob", None)], "elsewhere nobody was named: %s" % other.asked)
    want(server.asked[0][1] is None and server.asked[1][1] == BASIC, "named only when asked")
    other.hook = lambda h: h.say(401, WWW_Authenticate='Basic realm="here too"') or True
    attempt("elsewhere wants a password", server, 1, "status 401", *login())
    other.hook = lambda h: h.say(401, WWW_Authenticate='Bearer realm="%s/token"' % other.url) or True
    attempt("elsewhere sends for a token", server, 1, "status 401", *login())
    want(all(a is None for _, a in other.asked), "elsewhere nobody was named")
    other.hook = server.hook = None


def challenges(server, other, tokens, blobs, manifest):
    def refuse(**headers):
        server.hook = lambda h: h.say(401, b"{}", **headers) or True

    for what, says, value in (
            ("no header", "does not say how", {}),
            ("two headers", "sent twice", {"WWW_Authenticate": ['Basic realm="a"', 'Basic realm="b"']}),
            ("no challenge", "WWW-Authenticate", {"WWW_Authenticate": 'Basic realm="a'}),
            ("other schemes", "neither Basic nor Bearer", {"WWW_Authenticate": 'Negotiate'}),
            ("a password refused", "does not let this user", {"WWW_Authenticate": 'Basic realm="a"'}),
            ("a realm without TLS", "no https:// URL", {"WWW_Authenticate": 'Bearer realm="http://auth.example/token"'}),
            ("a realm with a user", "no https:// URL", {"WWW_Authenticate": 'Bearer realm="https://u:p@auth.example/"'}),
            ("a realm with a query", "no https:// URL", {"WWW_Authenticate": 'Bearer realm="%s/token?x=y"' % tokens.url}),
            ("a realm that is a file", "no https:// URL", {"WWW_Authenticate": 'Bearer realm="file:///etc/passwd"'})):
        refuse(**value)
        tokens.asked.clear()
        attempt(what, server, 1, says, *login())
        want(not tokens.asked, "%s: the realm is not asked" % what)
    refuse(WWW_Authenticate='Basic realm="a"')
    attempt("a password is wanted", server, 1, "wants a user and a password")

    # Tokens. The scope that the registry proposes is not what is asked for.
    good = {"token": "TOKEN.1-2_3~4+5/6=="}
    state_ = {"uses": 0, "renewed": 0, "answer": good, "limit": 1 << 30, "realm": tokens.url + "/token"}

    def guarded(h):
        state_["uses"] += 1
        if h.headers.get("Authorization") == "Bearer " + good["token"] and state_["uses"] <= state_["limit"]:
            return False
        h.say(401, WWW_Authenticate='Bearer realm="%s",service="a service",scope="repository:team/web:pull,push repository:all:*"' % state_["realm"])
        return True

    def issue(h):
        state_["renewed"] += 1
        state_["uses"] = 0
        h.say(200, json.dumps(state_["answer"]).encode(), Content_Type="application/json")
        return True
    server.hook, tokens.hook = guarded, issue
    tokens.asked.clear()
    attempt("a token for nobody", server, 0)
    path = "/token?service=a%20service&scope=repository%3Ateam%2Fweb%3Apull"
    want(tokens.asked == [(path, None)], "asked for pulling this, by nobody: %s" % tokens.asked)
    tokens.asked.clear()
    attempt("a token for somebody", server, 0, "", *login())
    want(tokens.asked == [(path, BASIC)] and BASIC not in [a for _, a in server.asked], "the password goes to the realm alone")
    state_.update(limit=2, renewed=0)
    attempt("tokens that expire", server, 0)
    want(state_["renewed"] >= 2, "are renewed")
    state_.update(limit=0)
    tokens.asked.clear()
    attempt("a token that is no good", server, 1, "does not let this user")
    want(len(tokens.asked) == 1, "no second one is asked for: %s" % tokens.asked)
    state_.update(limit=1 << 30, realm=other.url + "/token")
    other.hook = issue
    attempt("a realm over TLS", server, 0)
    for what, answer in (("a token with a line end", {"token": "a\r\nTOKEN: b"}), ("no token", {}), ("a number", {"token": 5})):
        state_["answer"] = answer
        attempt(what, server, 1, "holds none")
    state_["answer"] = good
    other.hook = lambda h: h.say(401) or True
    attempt("a realm that refuses", server, 1, "refuses this user", *login())
    other.hook = lambda h: h.endless() or True
    attempt("a token without end", server, 1, "more than 65536 bytes")
    other.hook = lambda h: h.say(302, Location=tokens.url + "/token") or True
    tokens.asked.clear()
    attempt("a realm that sends elsewhere", server, 1, "which was not asked for", *login())
    want(not tokens.asked, "elsewhere is not asked")
    server.hook = other.hook = tokens.hook = None


def own_address():
    """One of this machine's that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.connect(("192.0.2.1", 9))
            return s.getsockname()[0]
        except OSError:
            return None


def insecure(blobs, manifest):
    address = own_address()
    if not address or address.startswith("127."):
        print("this machine has no address but loopback: --insecure is not tried")
        return
    server, tokens = serve(address=address), serve()
    offer(server, blobs, manifest)
    host = "%s:%d" % (address, server.server_port)
    attempt("without TLS", server, 1, address, host=host)
    attempt("without TLS, another one listed", server, 1, address, "--insecure", address + ":1", host=host)
    want(not server.asked, "nothing is asked in plain text")
    attempt("without TLS, listed", server, 0, "", "--insecure", host, host=host)
    # A registry elsewhere cannot have this machine asked for a token.
    server.hook = lambda h: h.say(401, WWW_Authenticate='Bearer realm="%s/token"' % tokens.url) or True
    attempt("a realm on this machine", server, 1, "no https:// URL", "--insecure", host, *login(), host=host)
    want(not tokens.asked, "it is not asked")


def usage():
    for what, says, args in (("no reference", "one REFERENCE", []), ("two", "one REFERENCE", ["a", "b"]),
                             ("a user alone", "go together", ["a", "--user", "u"]),
                             ("a file alone", "go together", ["a", "--password-file", "-"]),
                             ("a host", "--insecure wants", ["a", "--insecure", "http://x"]),
                             ("a registry", "--registry wants", ["a", "--registry", "x/y"]),
                             ("a time", "--timeout wants", ["a", "--timeout", "0"])):
        expect(what, run("pull", *args), 2, says)
    expect("a name that is none", run("pull", "a.b/C", "-o", work + "/x"), 1, "path at byte 4")
    expect("a directory that is another's", run("pull", "a.b/c", "-o", work + "/cert.pem"), 1, "cert.pem")


def hostile():
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", work + "/key.pem", "-out", work + "/cert.pem", "-days", "2", "-subj", "/CN=loopback",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
    server, other, tokens = serve(), serve(tls=True), serve()
    blobs, manifest = image()
    offer(server, blobs, manifest)
    usage()
    hostile_blobs(server, blobs, manifest)
    hostile_documents(server, blobs, manifest)
    redirects(server, other, blobs, manifest)
    challenges(server, other, tokens, blobs, manifest)
    insecure(blobs, manifest)


try:
    if part == "real":
        for tool in ("docker-registry", "skopeo", "htpasswd"):
            if not shutil.which(tool):
                print("%s is not installed" % tool)
                sys.exit(77)
        with_password(real())
    else:
        hostile()
finally:
    for p in started:
        p.kill()
        p.wait()
    shutil.rmtree(work)
print("%d things looked at, %d wrong" % (held, wrong))
sys.exit(1 if wrong else 0)
