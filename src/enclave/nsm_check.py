#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check one attestation document without any code of ours.

    nsm_check.py DOCUMENT ROOT.pem AT MODULE_ID NONCE USER_DATA PUBLIC_KEY [N=HEX ...]

Reads the CBOR by itself (standard library only) and leaves certificates and
signatures to the openssl program. AT is Unix seconds; a field is HEX, or
"null"; every PCR of the document must be given, and no other. Prints what it
found and exits 0, or says what is wrong and exits 1.
"""
import hashlib
import os
import subprocess
import sys
import tempfile


def wrong(text):
    sys.exit("nsm_check: " + text)


def item(b, at):
    """The value at `at` and where the next one begins."""
    major, info = b[at] >> 5, b[at] & 31
    at += 1
    if info < 24:
        n = info
    elif info <= 27:
        size = 1 << (info - 24)
        n = int.from_bytes(b[at:at + size], "big")
        at += size
    else:
        wrong("indefinite or reserved item at %d" % (at - 1))
    if major == 0:
        return n, at
    if major == 1:
        return -1 - n, at
    if major in (2, 3):
        if at + n > len(b):
            wrong("string runs out at %d" % at)
        s = bytes(b[at:at + n])
        return (s if major == 2 else s.decode("utf-8")), at + n
    if major == 4:
        out = []
        for _ in range(n):
            v, at = item(b, at)
            out.append(v)
        return out, at
    if major == 5:
        out = {}  # keeps the order
        for _ in range(n):
            k, at = item(b, at)
            v, at = item(b, at)
            if k in out:
                wrong("key %r twice" % (k,))
            out[k] = v
        return out, at
    if major == 7 and info == 22:
        return None, at
    wrong("unexpected item at %d" % (at - 1))


def whole(b):
    v, at = item(b, 0)
    if at != len(b):
        wrong("%d bytes left over" % (len(b) - at))
    return v


def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    for info, size in ((24, 1), (25, 2), (26, 4)):
        if n < 1 << (8 * size):
            return bytes([major << 5 | info]) + n.to_bytes(size, "big")


def der_integer(b):
    b = b.lstrip(b"\0") or b"\0"
    b = b"\0" + b if b[0] & 0x80 else b
    return bytes([2, len(b)]) + b


def openssl(*args):
    p = subprocess.run(("openssl",) + args, stdin=subprocess.DEVNULL, capture_output=True)
    if p.returncode:
        wrong("openssl %s: %s" % (args[0], (p.stdout + p.stderr).decode(errors="replace").strip()))
    return p.stdout


def field(text):
    return None if text == "null" else bytes.fromhex(text)


def main():
    document, root_pem, at, module_id, nonce, user_data, public_key = sys.argv[1:8]
    pcrs = {int(k): bytes.fromhex(v) for k, v in (a.split("=") for a in sys.argv[8:])}
    doc = open(document, "rb").read()

    parts = whole(doc)
    if doc[0] != 0x84 or not isinstance(parts, list):
        wrong("not an untagged array of four")
    protected, unprotected, payload, signature = parts
    if protected != bytes.fromhex("a1013822") or unprotected != {} or len(signature) != 96:
        wrong("not ES384 with an empty unprotected header")

    p = whole(payload)
    order = ["module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle",
             "public_key", "user_data", "nonce"]
    if list(p) != order:
        wrong("members are %s" % list(p))
    want = {"module_id": module_id, "digest": "SHA384", "pcrs": pcrs, "nonce": field(nonce),
            "user_data": field(user_data), "public_key": field(public_key)}
    for k, v in want.items():
        if p[k] != v:
            wrong("%s is %r, not %r" % (k, p[k], v))
    if p["timestamp"] // 1000 != int(at):
        wrong("timestamp %d" % p["timestamp"])
    instance = module_id.split("-enc")[0]
    if p["pcrs"][4] != hashlib.sha384(bytes(48) + instance.encode()).digest():
        wrong("PCR4 is not the module id's")

    certificates = p["cabundle"] + [p["certificate"]]
    if any(not 1 <= len(c) <= 1024 for c in certificates):
        wrong("certificate sizes %s" % [len(c) for c in certificates])
    with tempfile.TemporaryDirectory() as d:
        names = [os.path.join(d, "%d.pem" % i) for i in range(len(certificates))]
        for name, der in zip(names, certificates):
            open(name + ".der", "wb").write(der)
            openssl("x509", "-inform", "der", "-in", name + ".der", "-out", name)
        if openssl("x509", "-in", root_pem, "-outform", "der") != certificates[0]:
            wrong("the bundle does not begin with the root")
        between = os.path.join(d, "between.pem")
        with open(between, "w") as f:
            for name in names[1:-1]:
                f.write(open(name).read())
        openssl("verify", "-x509_strict", "-check_ss_sig", "-no-CApath", "-no-CAstore", "-attime", at,
                "-CAfile", root_pem, "-untrusted", between, names[-1])

        r, s = der_integer(signature[:48]), der_integer(signature[48:])
        signed = (b"\x84" + head(3, 10) + b"Signature1" + head(2, len(protected)) + protected +
                  head(2, 0) + head(2, len(payload)) + payload)
        open(os.path.join(d, "signed"), "wb").write(signed)
        open(os.path.join(d, "sig"), "wb").write(bytes([0x30, len(r + s)]) + r + s)
        open(os.path.join(d, "key"), "wb").write(openssl("x509", "-in", names[-1], "-noout", "-pubkey"))
        openssl("dgst", "-sha384", "-verify", os.path.join(d, "key"), "-signature",
                os.path.join(d, "sig"), os.path.join(d, "signed"))
    print("%d bytes, %d PCRs, %d certificates: good" % (len(doc), len(pcrs), len(certificates)))


main()
