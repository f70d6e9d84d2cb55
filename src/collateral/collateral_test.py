#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
#
# collateral_test.py - `cloister collateral` against a server on loopback that
# answers like AMD's KDS and Intel's PCS, with our own forged documents, good and
# bad; and, when it lies beside the checkout, with genuine ones.
#
#   collateral_test.py CLOISTER FORGE_KDS VECTORS SHARED [genuine]
import base64, glob, http.server, json, os, shutil, ssl, subprocess, sys, tempfile, threading, time, urllib.parse

cloister, forge, vectors, shared = [os.path.abspath(p) for p in sys.argv[1:5]]
only_genuine = len(sys.argv) > 5
if not shutil.which("openssl"):
    print("openssl is not installed, so there is no certificate for the server")
    sys.exit(77)
if only_genuine and not os.path.isdir(shared):
    print("no genuine evidence lies beside the checkout")
    sys.exit(77)

work = tempfile.mkdtemp()
answers = {}  # path -> (status, headers, body), or a list of those, one for each time
asked = []
wrong = 0
calls = 0


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_GET(self):
        asked.append(self.path)
        answer = answers.get(self.path)
        if callable(answers.get("*")) and answer is None:
            answer = answers["*"](self.path)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        status, headers, body = answer or (404, {}, b"<html>nothing here</html>")
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if headers.get("X-Slow"):
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
        else:
            self.wfile.write(body)
        if "Content-Length" in headers:
            self.close_connection = True


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


def serve(cert):
    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert + ".pem", cert + ".key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return "https://127.0.0.1:%d" % server.server_port


def make_cert(name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", name + ".key", "-out", name + ".pem", "-days", "2", "-subj", "/CN=loopback",
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)


environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
environment["CLOISTER_COLLATERAL_DIR"] = work + "/default"


def run(*args):
    global calls
    calls += 1
    return subprocess.run([cloister, *args], env=environment, capture_output=True, text=True)


def fault(what, r=None):
    global wrong
    wrong += 1
    print("FAIL:", what)
    if r is not None:
        print("  status %d\n  out: %s\n  err: %s" % (r.returncode, r.stdout[-1500:], r.stderr[-1500:]))


def expect(what, r, status, says="", stored=None, folder=None):
    """Its status, what it says, and which files there are now (names that hold each of these)."""
    names = sorted(os.listdir(folder)) if folder and os.path.isdir(folder) else []
    if r.returncode != status or says not in r.stdout + r.stderr:
        fault("%s: not status %d, or without: %s" % (what, status, says), r)
    elif status == 1 and r.stderr.count("\n") != 1:
        fault("%s: not one sentence" % what, r)
    elif stored is not None and (len(names) != len(stored) or
                                 any(not any(s in n for n in names) for s in stored)):
        fault("%s: stored %s, not %s" % (what, names, stored), r)


def read(path):
    with open(path, "rb") as f:
        return f.read()


def pem(*ders):
    text = ""
    for der in ders:
        digits = base64.b64encode(der).decode()
        lines = [digits[i:i + 64] for i in range(0, len(digits), 64)]
        text += "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
    return text


def ok(body, **headers):
    return (200, {k.replace("_", "-"): v for k, v in headers.items()}, body)


fresh_count = 0


def fresh():
    global fresh_count
    fresh_count += 1
    return "%s/dir-%d" % (work, fresh_count)


# ---- AMD ---------------------------------------------------------------------------
CHIP = "".join("%02x" % i for i in range(1, 65))
LEVELS = "blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219"


def kds(product, chip=CHIP, levels=LEVELS):
    d = lambda n: read("%s/kds/%s-%s" % (work, product, n))
    return {
        "/vcek/v1/%s/cert_chain" % product: ok(pem(d("ask.der"), d("ark.der")).encode()),
        "/vlek/v1/%s/cert_chain" % product: ok(pem(d("asvk.der"), d("ark.der")).encode()),
        "/vcek/v1/%s/crl" % product: ok(d("crl.der")),
        "/vcek/v1/%s/%s?%s" % (product, chip, levels): ok(d("vcek.der")),
    }


def amd():
    f = lambda n: "%s/kds/%s" % (work, n)
    common = ["--kds", base + "/", "--ca", tls, "--at", "1790000000", "--timeout", "6"]
    roots = [x for p in ("Milan", "Genoa", "Turin") for x in ("--root", f(p + "-ark.der"))]
    vcek = "/vcek/v1/Milan/%s?%s" % (CHIP, LEVELS)

    def fetch(folder, *args):
        return run("collateral", "fetch", "--dir", folder, *common, *roots, *args)

    # good: from reports and from a machine's names, once and again
    answers.clear()
    for p in ("Milan", "Genoa"):
        answers.update(kds(p))
    answers.update(kds("Turin", CHIP[:16], "fmcSPL=01&blSPL=04&teeSPL=00&snpSPL=24&ucodeSPL=219"))
    folder = fresh()
    everything = ["milan-ark", "milan-ask", "milan-crl", "milan-vcek-%s-bl4-tee0-snp24-ucode219.der" % CHIP]
    expect("milan", fetch(folder, f("Milan-v3.bin")), 0, "stored", everything, folder)
    expect("milan again", fetch(folder, f("Milan-v3.bin")), 0, "unchanged", everything, folder)
    if any(os.stat(folder + "/" + n).st_mode & 0o777 != 0o644 for n in os.listdir(folder)):
        fault("a file is not 0644")
    if not all(n.startswith("by-") for n in os.listdir(folder)):
        fault("what a given root vouches for has a vendor's name")
    r = run("verify", f("Milan-v3.bin"), "--nonce", "any", "--measurements", "any", "--collateral", folder,
            "--root", f("Milan-ark.der"), "--at", "1790000000", "--json")
    verdict = json.loads(r.stdout)
    held = {c["id"]: c["finding"] for c in verdict["checks"]}
    if any(held["S%d" % i] != "held" for i in range(5, 14)):  # certificates, and the list is one of them
        fault("a report is not verified with what was fetched", r)
    if not verdict["claims"].get("collateral_next_update"):
        fault("the verdict does not say how old the list is", r)
    folder = fresh()
    expect("genoa", fetch(folder, f("Genoa-v3.bin")), 0, "VCEK certificate for Genoa", None, folder)
    r = run("verify", f("Genoa-v3.bin"), "--nonce", "any", "--measurements", "any", "--collateral", folder,
            "--root", f("Genoa-ark.der"), "--at", "1790000000")
    expect("a report, from the server to the verdict", r, 0, "ACCEPTED")
    for name, machine in (("milan", "Milan:%s:bl4-tee0-snp24-ucode219" % CHIP), ("milan", "milan:%s:04000000000018db" % CHIP),
                          ("turin", "Turin:%s:fmc1-bl4-tee0-snp24-ucode219" % CHIP[:16])):
        folder = fresh()
        expect(machine, fetch(folder, "--snp", machine), 0, "VCEK certificate", [name + x for x in ("-ark", "-ask", "-crl", "-vcek")], folder)
    folder = fresh()
    expect("turin's report", fetch(folder, f("Turin-v3.bin")), 0, "fmc 1 bl 4", None, folder)
    folder = fresh()
    expect("a VLEK's authorities", fetch(folder, f("Milan-vlek-v3.bin")), 0, "ASVK", ["milan-ark", "milan-asvk", "milan-crl"], folder)
    expect("and the VLEK", run("collateral", "import", "--dir", folder, *roots, "--at", "1790000000", f("Milan-vlek.der")), 0,
           "VLEK certificate for Milan CN=cc-test.example", ["milan-ark", "milan-asvk", "milan-crl", "milan-vlek-CN_cc-test.example-bl4"], folder)
    # version 2 names no product: Milan, then Genoa
    folder = fresh()
    del answers[vcek]
    expect("version 2", fetch(folder, f("Genoa-v2.bin")), 0, "VCEK certificate for Genoa", None, folder)
    answers.update(kds("Milan"))

    # refused, and nothing stored that was not good
    folder = fresh()
    chain = ["milan-ark", "milan-ask", "milan-crl"]
    expect("a chip id that is hidden", fetch(folder, f("Milan-masked-v3.bin")), 1, "the host hides it", chain, folder)
    large = b"\x30" * ((1 << 20) + 1)
    rows = [
        ("another chip's", ok(read(f("Milan-vcek-other-chip.der"))), "not what was asked for"),
        ("another TCB's", ok(read(f("Milan-vcek-other-tcb.der"))), "not what was asked for"),
        ("another signer's", ok(read(f("Milan-vcek-stranger.der"))), "is not signed by the one above"),
        ("an expired one", ok(read(f("Milan-vcek-expired.der"))), "expired"),
        ("another product's", ok(read(f("Milan-vcek-other-product.der"))), "a key of Genoa"),
        ("the authority", ok(read(f("Milan-ask.der"))), "not what was asked for"),
        ("two at once", ok(pem(read(f("Milan-vcek.der")), read(f("Milan-vcek-other-chip.der"))).encode()), "not what was asked for"),
        ("half of it", ok(read(f("Milan-vcek.der"))[:-40]), "certificate"),
        ("a body that ends early", ok(read(f("Milan-vcek.der")), Content_Length="5000"), "ended the answer early"),
        ("too much", ok(large), "more than 1048576 bytes"),
        ("nothing", ok(b""), "neither DER, PEM nor JSON"),
        ("a web page", ok(b"<html>Welcome</html>", Content_Type="text/html"), "neither DER, PEM nor JSON"),
        ("another status", (403, {}, b"no"), "status 403"),
        ("not there", (404, {}, b"no"), "no such document"),
        ("elsewhere", (302, {"Location": other + vcek}, b""), "redirects to"),
        ("slow", ok(b"x" * 400, X_Slow="1"), "too slow"),
        ("busy for long", (429, {"Retry-After": "600"}, b""), "come back in 600 s"),
    ]
    for what, answer, says in rows:
        answers[vcek] = answer
        folder = fresh()
        expect("VCEK: " + what, fetch(folder, f("Milan-v3.bin")), 1, says, chain, folder)
    answers[vcek] = [(429, {"Retry-After": "1"}, b"busy"), (429, {"Retry-After": "1"}, b"busy"), ok(read(f("Milan-vcek.der")))]
    folder = fresh()
    expect("busy, then not", fetch(folder, f("Milan-v3.bin")), 0, "VCEK", everything, folder)

    # renewed, and not gone back
    answers[vcek] = ok(read(f("Milan-vcek-renewed.der")))
    expect("a renewed one", fetch(folder, f("Milan-v3.bin")), 0, "renewed", everything, folder)
    answers.update(kds("Milan"))
    expect("the older one", fetch(folder, f("Milan-v3.bin")), 0, "a newer one is there", everything, folder)

    list_rows = [("stale", "was to be renewed"), ("stranger", "its issuer's key did not sign it")]
    for name, says in list_rows:
        answers["/vcek/v1/Milan/crl"] = ok(read(f("Milan-crl-%s.der" % name)))
        folder = fresh()
        expect("list: " + name, fetch(folder, f("Milan-v3.bin")), 1, says, ["milan-ark", "milan-ask", "milan-vcek"], folder)
    answers["/vcek/v1/Milan/crl"] = ok(read(f("Genoa-crl.der")))
    folder = fresh()
    r = fetch(folder, f("Milan-v3.bin"))
    expect("another product's list", r, 1, "AMD revocation list", ["milan-ark", "milan-ask", "milan-vcek"], folder)
    # the authority is revoked: its keys are not taken any more
    answers["/vcek/v1/Milan/crl"] = ok(read(f("Milan-crl-revokes.der")))
    folder = fresh()
    expect("a revoked authority", fetch(folder, f("Milan-v3.bin")), 1, "is revoked", ["milan-ark", "milan-ask", "milan-crl"], folder)
    r = run("collateral", "check", "--dir", folder, *roots, "--at", "1790000000")
    if r.returncode != 1 or "BAD: ASK certificate: certificate 2 of 2 is revoked" not in r.stdout:
        fault("check does not see what is revoked", r)

    # roots: not given, and somebody else's of the same name
    answers.clear()
    answers.update(kds("Milan"))
    folder = fresh()
    r = run("collateral", "fetch", "--dir", folder, *common, f("Milan-v3.bin"))
    if r.returncode != 1 or os.listdir(folder) or "neither built in nor given" not in r.stderr:
        fault("a root that nobody gave is taken", r)
    answers["/vcek/v1/Milan/cert_chain"] = ok(pem(read(f("Milan-ask-stranger.der")), read(f("Milan-ark-stranger.der"))).encode())
    folder = fresh()
    r = fetch(folder, f("Milan-v3.bin"))
    if r.returncode != 1 or os.listdir(folder):
        fault("a stranger's root of that name is taken", r)

    # the server itself
    answers.update(kds("Milan"))
    folder = fresh()
    r = run("collateral", "fetch", "--dir", folder, "--kds", base, "--at", "1790000000", *roots, f("Milan-v3.bin"))
    if r.returncode != 1 or os.listdir(folder) or "certificate" not in r.stderr:
        fault("a server that nobody vouches for is believed", r)

    # files: the host's table, all in one file, and what cannot be used
    import_ = lambda folder, *files: run("collateral", "import", "--dir", folder, *roots, "--at", "1790000000", *files)
    guid = {"ark": "a406b4c003a85249" "97433fb6014cd0ae", "ask": "79b3b74aacbbe44f" "a02f05aef327c782",
            "vcek": "8d75da6364e66445" "adc5f4b93be8accd"}
    parts = [(guid[k], read(f("Milan-%s.der" % k))) for k in ("vcek", "ask", "ark")]
    head, data = b"", b""
    for g, der in parts:
        head += bytes.fromhex(g) + (24 * 4 + len(data)).to_bytes(4, "little") + len(der).to_bytes(4, "little")
        data += der
    with open(work + "/host.table", "wb") as out:
        out.write(head + b"\0" * 24 + data)
    folder = fresh()
    expect("the host's table", import_(folder, work + "/host.table"), 0, "VCEK", ["milan-ark", "milan-ask", "milan-vcek"], folder)
    r = run("verify", f("Milan-v3.bin"), "--nonce", "any", "--measurements", "any", "--collateral", work + "/host.table", *roots,
            "--at", "1790000000", "--json")
    if r.returncode == 2:
        fault("the host's table is no collateral to verify with", r)
    for check in json.loads(r.stdout)["checks"]:
        if check["id"] in ("S5", "S6", "S11") and check["finding"] != "held":
            fault("the host's table does not verify: " + check["id"], r)
    folder = fresh()
    expect("in any order", import_(folder, f("Milan-vcek.der"), f("Milan-ask.der"), f("Milan-ark.der")), 0, "VCEK",
           ["milan-ark", "milan-ask", "milan-vcek"], folder)
    folder = fresh()
    expect("without its issuer", import_(folder, f("Milan-vcek.der")), 1, "neither stored nor given", [], folder)
    expect("no collateral", import_(folder, f("Milan-v3.bin")), 1, "neither DER, PEM nor JSON", [], folder)
    expect("no file", import_(folder, f("nowhere.der")), 1, "nowhere.der", [], folder)
    with open(work + "/all.pem", "w") as out:
        out.write(pem(read(f("Milan-vcek-stranger.der")), read(f("Milan-ask.der")), read(f("Milan-ark.der"))))
    expect("one bad in a file", import_(folder, work + "/all.pem"), 1, "all.pem", [], folder)


# ---- Intel -------------------------------------------------------------------------
def intel():
    f = lambda n: "%s/tdx/%s" % (vectors, n)
    at = ["--at", "2026-07-01T00:00:00Z"]
    trust = ["--root", f("root.pem")]
    common = ["--pcs", base, "--certificates", base + "/certs", "--ca", tls, "--timeout", "6", *at, *trust]
    info = json.loads(read(f("tcb_info.json")))["tcbInfo"]
    fmspc = info["fmspc"].lower()
    quote = read(f("ok.bin"))
    begin = quote.index(b"-----BEGIN")
    pck_chain = quote[begin:quote.rindex(b"-----END CERTIFICATE-----") + 25].decode() + "\n"
    blocks = [b + "-----END CERTIFICATE-----\n" for b in pck_chain.split("-----END CERTIFICATE-----\n") if b.strip()]
    ca = "platform" if b"Platform CA" in base64.b64decode("".join(blocks[1].strip().split("\n")[1:-1])) else "processor"
    signer_chain = urllib.parse.quote(read(f("signer.pem")).decode() + read(f("root.pem")).decode())
    ca_chain = urllib.parse.quote(blocks[1] + read(f("root.pem")).decode())
    tcb_url, qe_url = "/tdx/certification/v4/tcb?fmspc=" + fmspc, "/tdx/certification/v4/qe/identity"
    pck_url = "/sgx/certification/v4/pckcrl?ca=%s&encoding=der" % ca

    def pcs():
        answers.clear()
        answers.update({
            "/certs/IntelSGXRootCA.der": ok(read(f("root.crl"))),
            "/sgx/certification/v4/rootcacrl": ok(read(f("root.crl")).hex().encode()),
            pck_url: ok(read(f("pck.crl")), SGX_PCK_CRL_Issuer_Chain=ca_chain),
            tcb_url: ok(read(f("tcb_info.json")), TCB_Info_Issuer_Chain=signer_chain),
            qe_url: ok(read(f("qe_identity.json")), SGX_Enclave_Identity_Issuer_Chain=signer_chain),
        })

    def fetch(folder, *args):
        return run("collateral", "fetch", "--dir", folder, *common, *args)

    lists = ["root-crl", "pck-%s-crl" % ca]
    certs = ["root-ca", "tcb-signing", "pck-%s-ca" % ca]
    good = lists + certs + ["tdx-tcb-info-" + fmspc, "tdx-qe-identity"]
    pcs()
    folder = fresh()
    expect("a quote's collateral", fetch(folder, f("ok.bin")), 0, "stored", good, folder)
    expect("a quote's collateral again", fetch(folder, f("ok.bin")), 0, "unchanged", good, folder)
    r = run("collateral", "check", "--dir", folder, *trust, *at)
    expect("check", r, 0, "TCB info")
    r = run("collateral", "check", "--dir", folder, *trust, "--at", "2026-12-01T00:00:00Z", "--json")
    late = {p["file"].split("-intel-")[1]: p["good"] for p in json.loads(r.stdout)}
    if r.returncode != 1 or late["tdx-qe-identity.json"] or not late["root-ca-" + [k for k in late if k.startswith("root-ca-")][0][8:]]:
        fault("check does not see what is stale", r)
    expect("show never fails", run("collateral", "show", "--dir", folder, *trust, "--at", "2026-12-01T00:00:00Z"), 0, "BAD: ")
    args = ["verify", f("ok.bin"), "--nonce", "any", "--measurements", "any", *trust, *at, "--json"]
    r = run(*args, "--collateral", folder)
    if r.returncode != 0 or not json.loads(r.stdout)["claims"].get("collateral_next_update"):
        fault("a quote is not accepted with what was fetched", r)
    if run(*args).returncode != 1:
        fault("a quote is accepted without collateral")
    shutil.copytree(folder, work + "/default")
    if run(*args).returncode != 0 or run(*args, "--no-collateral").returncode != 1:
        fault("the default directory is not used, or always")
    shutil.rmtree(work + "/default")

    # a PCCS: the root's list in digits, at the same place
    folder = fresh()
    r = run("collateral", "fetch", "--dir", folder, "--pcs", base, "--ca", tls, *at, *trust, f("ok.bin"))
    expect("a PCCS", r, 0, "Intel root revocation list", good, folder)
    if not any("rootcacrl" in p for p in asked):
        fault("the PCCS was not asked for the root's list")
    # by FMSPC: both authorities' lists are asked for
    folder = fresh()
    r = fetch(folder, "--fmspc", fmspc.upper(), "--tee", "tdx")
    expect("by FMSPC", r, 1, "no such document", good, folder)

    rows = [
        ("tampered", tcb_url, ok(read(f("tcb-info-tampered.json")), TCB_Info_Issuer_Chain=signer_chain), "did not sign it"),
        ("a stranger's", tcb_url, ok(read(f("tcb-info-stranger.json")), TCB_Info_Issuer_Chain=signer_chain), "did not sign it"),
        ("stale", tcb_url, ok(read(f("tcb-info-stale.json")), TCB_Info_Issuer_Chain=signer_chain), "was to be renewed 1 s"),
        ("from the future", tcb_url, ok(read(f("tcb-info-future.json")), TCB_Info_Issuer_Chain=signer_chain), "issued 1 s after"),
        ("another FMSPC's", tcb_url, ok(read(f("tcb-info-fmspc.json")), TCB_Info_Issuer_Chain=signer_chain), "not what was asked for"),
        ("another TEE's", tcb_url, ok(read(f("tcb-info-other-tee.json")), TCB_Info_Issuer_Chain=signer_chain), "not what was asked for"),
        ("unknown members", tcb_url, ok(read(f("tcb-info-unknown.json")), TCB_Info_Issuer_Chain=signer_chain), "more"),
        ("identity in its place", tcb_url, ok(read(f("qe_identity.json")), TCB_Info_Issuer_Chain=signer_chain), "not what was asked for"),
        ("a web page", tcb_url, ok(b"<!doctype html><title>Sorry</title>"), "neither DER, PEM nor JSON"),
        ("another JSON", tcb_url, ok(b'{"error":"unknown"}'), "JSON of no kind"),
        ("broken JSON", tcb_url, ok(read(f("tcb_info.json"))[:-9], TCB_Info_Issuer_Chain=signer_chain), ""),
        ("a chain of nonsense", tcb_url, ok(read(f("tcb_info.json")), TCB_Info_Issuer_Chain="%zz"), "URL encoding"),
        ("another chain", tcb_url, ok(read(f("tcb_info.json")), TCB_Info_Issuer_Chain=urllib.parse.quote(read(f("tcb-signer-stranger.pem")).decode())), "not signed"),
    ]
    for what, url, answer, says in rows:
        pcs()
        answers[url] = answer
        folder = fresh()
        missing = [g for g in good if "tcb-info" not in g]
        expect("TCB info: " + what, fetch(folder, f("ok.bin")), 1, says, missing, folder)
    for name, says in (("pck-crl-stale", "was to be renewed"), ("pck-crl-stranger", "did not sign it"), ("pck-crl-root", "did not sign it"),
                       ("pck-crl-early", "issued")):
        pcs()
        answers[pck_url] = ok(read(f(name + ".crl")), SGX_PCK_CRL_Issuer_Chain=ca_chain)
        folder = fresh()
        expect("list: " + name, fetch(folder, f("ok.bin")), 1, says, None, folder)
        if any("pck-%s-crl" % ca in n for n in os.listdir(folder)):
            fault("list: %s is stored" % name)

    # a set as it travels, and a quote for the authority in it
    pcs()
    folder = fresh()
    tcb, qe = json.loads(read(f("tcb_info.json"))), json.loads(read(f("qe_identity.json")))
    inner = lambda n, k: read(f(n)).decode().split('"%s":' % k, 1)[1].rsplit(',"signature"', 1)[0]
    whole = {
        "pck_crl_issuer_chain": urllib.parse.unquote(ca_chain), "root_ca_crl": read(f("root.crl")).hex(), "pck_crl": read(f("pck.crl")).hex(),
        "tcb_info_issuer_chain": urllib.parse.unquote(signer_chain), "tcb_info": inner("tcb_info.json", "tcbInfo"), "tcb_info_signature": tcb["signature"],
        "qe_identity_issuer_chain": urllib.parse.unquote(signer_chain), "qe_identity": inner("qe_identity.json", "enclaveIdentity"),
        "qe_identity_signature": qe["signature"],
    }
    with open(work + "/set.json", "w") as out:
        json.dump(whole, out)
    expect("a set", run("collateral", "import", "--dir", folder, *trust, *at, work + "/set.json"), 0, "TCB info", good, folder)
    whole["qe_identity_signature"] = "00" * 64
    with open(work + "/set.json", "w") as out:
        json.dump(whole, out)
    folder = fresh()
    expect("a set with one bad", run("collateral", "import", "--dir", folder, *trust, *at, work + "/set.json"), 1, "QE identity", [], folder)

    # a machine whose certificate leads nowhere: nobody is asked
    before = len(asked)
    folder = fresh()
    r = run("collateral", "fetch", "--dir", folder, "--pcs", base, "--ca", tls, *at, f("ok.bin"))
    expect("an unknown root", r, 1, "neither built in nor given", [], folder)
    if len(asked) != before:
        fault("a server was asked for a machine that nobody vouches for")


def usage():
    for args, says in (
        ([], "say `fetch`"), (["burn"], "there is no `burn`"), (["fetch"], "name evidence"), (["import"], "name the files"),
        (["show", "x"], "one word too many"), (["fetch", "--snp", "Milan"], "PRODUCT:CHIPID:TCB"),
        (["fetch", "--snp", "Rome:00:00"], "Milan, Genoa or Turin"), (["fetch", "--snp", "Milan:00:00"], "128 hexadecimal digits"),
        (["fetch", "--snp", "Turin:%s:00" % CHIP], "16 hexadecimal digits"), (["fetch", "--snp", "Milan:%s:bl3" % CHIP], "a TCB of Milan"),
        (["fetch", "--snp", "Milan:%s:bl4-tee0-snp24-ucode256" % CHIP], "a TCB of Milan"),
        (["fetch", "--snp", "Milan:%s:04000001000018db" % CHIP], "a TCB of Milan"),
        (["fetch", "--fmspc", "00806f050000"], "--tee"), (["fetch", "--fmspc", "0080", "--tee", "tdx"], "12 hexadecimal digits"),
        (["fetch", "--tee", "sev"], "tdx or sgx"), (["fetch", "--kds", "http://kds.example"], "only https"),
        (["fetch", "--pcs", "https://u:p@pcs.example"], "never sent"), (["fetch", "--certificates", "ftp://x"], "only https"),
        (["fetch", "--timeout", "0"], "--timeout"), (["show", "--at", "soon"], "--at wants"), (["show", "--root", "/dev/null"], "--root"),
        (["show", "--frobnicate"], "frobnicate"),
    ):
        r = run("collateral", *args)
        expect("usage: %s" % args, r, 2, says)
    expect("help", run("collateral", "--help"), 0, "usage: cloister collateral")
    expect("no directory yet", run("collateral", "show", "--dir", work + "/nowhere"), 1, "there is no directory")
    expect("nitro", run("collateral", "fetch", vectors + "/nitro/ok.cose"), 0, "needs nothing more")


# ---- Genuine evidence -----------------------------------------------------------------
def genuine_snp():
    n = 0
    folder = fresh()
    ders = [read(p) for p in glob.glob(shared + "/snp/vek/*.der")]
    roots = {p: read("%s/snp/roots/%s.pem" % (shared, p)) for p in ("milan_ask", "milan_ark", "genoa_ask", "genoa_ark", "turin_ask", "turin_ark")}

    def answer(path):
        word = path.split("?")[0].split("/")
        if word[-1] == "cert_chain":
            p = word[-2].lower()
            return ok(roots[p + "_ask"] + roots[p + "_ark"])
        for der in ders:
            if len(word[-1]) > 8 and word[1] == "vcek" and bytes.fromhex(word[-1]) in der and word[-2].encode() in der:
                return ok(der)
        return (404, {}, b"")

    answers.clear()
    answers["*"] = answer
    for path in sorted(glob.glob(shared + "/snp/reports/*.bin")):
        report = read(path)
        if report[0x48] >> 2 & 7:  # a VLEK's certificate is not KDS's
            continue
        r = run("collateral", "fetch", "--dir", folder, "--kds", base, "--ca", tls, "--at", "2026-09-21T00:00:00Z", path)
        said = [line for line in r.stderr.splitlines() if "revocation list" not in line]  # none is kept here
        v = run("verify", path, "--nonce", "any", "--measurements", "any", "--allow-debug", "--collateral", folder,
                "--at", "2026-09-21T00:00:00Z", "--json")
        verdict = json.loads(v.stdout)
        findings = {c["id"]: c["finding"] for c in verdict["checks"]}
        bad = [i for i in range(5, 12) if findings["S%d" % i] != "held"]
        if said or bad:
            fault("%s: %s, not held: %s" % (os.path.basename(path), said, bad), v)
        n += 1
    return n


def genuine_editions():
    """Of statements that are current at once, the higher number stays, whichever came first."""
    found = []
    for path in sorted(glob.glob(shared + "/*/collateral/*/bundle.json")):
        b = json.loads(read(path))
        found.append((b["tee"], b["fmspc"], b["tcbEvaluationDataNumber"], b["tcb_issue"], b["tcb_next"], os.path.dirname(path)))
    for high in found:
        for low in found:
            at = max(high[3], low[3])
            if high[:2] != low[:2] or high[2] <= low[2] or at > min(high[4], low[4]):
                continue
            for first, second in ((high, low), (low, high)):
                folder = fresh()
                for edition in (first, second):
                    r = run("collateral", "import", "--dir", folder, "--at", at, edition[5] + "/tcb_info.json",
                            edition[5] + "/tcb_signing_chain.pem")
                kept = json.loads(read("%s/intel-%s-tcb-info-%s.json" % (folder, high[0], high[1].lower())))
                if kept["tcbInfo"]["tcbEvaluationDataNumber"] != high[2] or r.returncode != 0:
                    fault("%s, then %s: the lower number is kept" % (first[5], second[5]), r)
            return True
    return False


def genuine_quotes(kind):
    n = 0
    with open("%s/%s/expected.json" % (shared, kind)) as f:
        expected = json.load(f)
    for name in sorted(expected):
        path = "%s/%s/quotes/%s.bin" % (shared, kind, name)
        cases = [e for e in expected[name].get("evaluations", []) if e["pck_valid"]]
        if not os.path.exists(path) or not cases:
            continue
        case = max(cases, key=lambda e: e["verify_at"])
        bundle = "%s/%s/collateral/%s/" % (shared, kind, case["bundle"])
        if not os.path.isdir(bundle):
            continue
        quote = read(path)
        chain = quote[quote.index(b"-----BEGIN"):quote.rindex(b"-----END CERTIFICATE-----") + 25].decode().replace("\r", "")
        blocks = [b.strip() + "\n-----END CERTIFICATE-----\n" for b in chain.split("-----END CERTIFICATE-----") if b.strip()]
        ca_chain = urllib.parse.quote(blocks[1] + blocks[2])
        signers = urllib.parse.quote(read(bundle + "tcb_signing_chain.pem").decode())
        get = lambda n: read(bundle + n) if os.path.exists(bundle + n) else None

        def answer(p):
            body = get("root_ca_crl.der") if "RootCA" in p else get("qe_identity.json") if "identity" in p else \
                get("tcb_info.json") if "tcb?" in p else get("pck_crl_%s.der" % p.split("ca=")[1].split("&")[0])
            return ok(body, TCB_Info_Issuer_Chain=signers, SGX_Enclave_Identity_Issuer_Chain=signers,
                      SGX_PCK_CRL_Issuer_Chain=ca_chain) if body else (404, {}, b"")

        answers.clear()
        answers["*"] = answer
        folder, at = fresh(), ["--at", str(case["verify_at"])]
        r = run("collateral", "fetch", "--dir", folder, "--pcs", base, "--certificates", base, "--ca", tls, *at, path)
        v = run("verify", path, "--nonce", "any", "--measurements", "any", "--allow-debug", "--collateral", folder, *at, "--json")
        verdict = json.loads(v.stdout)
        status = (verdict["claims"] or {}).get("tcb_status")
        due = case["intel_qvl"].get("launch_status")
        missing = r.returncode != 0 and "no such document" not in r.stderr and "renewed" not in r.stderr
        if missing or (r.returncode == 0 and status != due and due in ("UpToDate", "OutOfDate", "SWHardeningNeeded")):
            fault("%s with %s: %s, not %s; fetch: %s" % (name, case["bundle"], status, due, r.stderr), v)
        n += r.returncode == 0
    return n


try:
    make_cert(work + "/tls")
    tls = work + "/tls.pem"
    base, other = serve(work + "/tls"), serve(work + "/tls")
    if only_genuine:
        n = (genuine_snp(), genuine_quotes("tdx"), genuine_quotes("sgx"))
        print("%d reports, %d TDX quotes, %d SGX quotes verified with what was fetched" % n)
        print("editions that are current at once: %s" % ("compared" if genuine_editions() else "none here"))
        if 0 in n:
            fault("nothing genuine of some kind was verified")
    else:
        os.mkdir(work + "/kds")
        subprocess.run([forge, vectors, work + "/kds"], check=True)
        usage()
        amd()
        intel()
finally:
    shutil.rmtree(work)
print("%d calls, %d wrong" % (calls, wrong))
sys.exit(wrong > 0)
