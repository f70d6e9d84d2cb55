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
    return host


try:
    if part == "real":
        for tool in ("docker-registry", "skopeo", "openssl"):
            if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin"):
                print("%s is not installed" % tool)
                sys.exit(77)
        real()
finally:
    for p in started:
        p.kill()
        p.wait()
    shutil.rmtree(work)
print("%d things looked at, %d wrong" % (held, wrong))
sys.exit(1 if wrong else 0)
