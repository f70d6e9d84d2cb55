#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judge a piece of evidence with libcloister, by nothing but ctypes.

    verify.py EVIDENCE KEY=VALUE... [--root FILE]... [--collateral FILE]... [--at SECONDS]

KEY=VALUE is what cloister_policy_set(3) takes: nonce=HEX, measurements.pcr0=HEX,
platforms=any. Nothing is skipped by silence, except the keys in WAIVED below.
The library is looked for where the system keeps libraries, or is $CLOISTER_LIBRARY.
Exit status: 0 accepted, 1 refused, 2 not decided.
"""

import argparse
import ctypes
import os
import sys
import time
from ctypes import POINTER, byref, c_bool, c_char, c_char_p, c_int, c_size_t, c_uint64, c_void_p

# What matters to few callers. Anybody else says it, and then it is compared.
WAIVED = ("user_data", "public_key", "report_data", "platforms", "max_age")
FINDINGS = ("not checked", "failed", "held")
BYTES, TEXT, NUMBER, TIME, BOOL = range(1, 6)


class Bytes(ctypes.Structure):
    """A loan: the caller keeps `data` alive."""

    _fields_ = [("data", c_void_p), ("len", c_size_t)]

    def copy(self):
        return ctypes.string_at(self.data, self.len) if self.len else b""


class Fault(ctypes.Structure):
    _fields_ = [("err", c_int), ("sys", c_int), ("at", c_size_t), ("what", c_char_p), ("note", c_char * 160)]


class Answer(ctypes.Structure):
    _fields_ = [("id", c_char_p), ("name", c_char_p), ("question", c_char_p), ("reason", c_char_p),
                ("finding", c_int), ("is_waived", c_bool), ("lowers_level", c_bool)]


class Claim(ctypes.Structure):
    _fields_ = [("name", c_char_p), ("type", c_int), ("bytes", Bytes), ("number", c_uint64)]

    def value(self):
        if self.type == BYTES:
            return self.bytes.copy().hex()
        if self.type == TEXT:
            return self.bytes.copy().decode()
        return bool(self.number) if self.type == BOOL else self.number


class CloisterError(Exception):
    """A call that could not do its work; a refusal is none."""


def load(path=None):
    lib = ctypes.CDLL(path or os.environ.get("CLOISTER_LIBRARY", "libcloister.so.0"))
    fault = POINTER(Fault)
    prototypes = {
        "cloister_trust_new": (c_int, POINTER(c_void_p), fault),
        "cloister_trust_add_root": (c_int, c_void_p, Bytes, fault),
        "cloister_trust_add_collateral": (c_int, c_void_p, Bytes, fault),
        "cloister_trust_free": (None, c_void_p),
        "cloister_policy_new": (c_int, POINTER(c_void_p), fault),
        "cloister_policy_set": (c_int, c_void_p, c_char_p, c_char_p, fault),
        "cloister_policy_free": (None, c_void_p),
        "cloister_verify": (c_int, c_void_p, c_void_p, Bytes, c_uint64, POINTER(c_void_p), fault),
        "cloister_verdict_free": (None, c_void_p),
        "cloister_verdict_accepts": (c_bool, c_void_p),
        "cloister_verdict_level": (c_int, c_void_p),
        "cloister_verdict_kind": (c_char_p, c_void_p),
        "cloister_verdict_answer": (c_bool, c_void_p, c_size_t, POINTER(Answer)),
        "cloister_verdict_claim": (c_bool, c_void_p, c_size_t, POINTER(Claim)),
        "cloister_level_name": (c_char_p, c_int),
        "cloister_fault_text": (c_char_p, fault, c_char_p, c_size_t),
    }
    for name, (result, *arguments) in prototypes.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib


class Verifier:
    """Trust that is built once and then used for any number of documents."""

    def __init__(self, lib):
        self.lib, self.trust = lib, c_void_p()
        self._call(lib.cloister_trust_new, byref(self.trust))

    def close(self):
        self.lib.cloister_trust_free(self.trust)
        self.trust = c_void_p()

    def _call(self, function, *arguments):
        why = Fault()
        if function(*arguments, byref(why)) != 0:
            text = ctypes.create_string_buffer(512)
            raise CloisterError(self.lib.cloister_fault_text(byref(why), text, len(text)).decode())

    def add_root(self, der_or_pem):
        self._call(self.lib.cloister_trust_add_root, self.trust, lend(der_or_pem))

    def add_collateral(self, piece):
        self._call(self.lib.cloister_trust_add_collateral, self.trust, lend(piece))

    def verify(self, evidence, expected, now_s):
        """(accepted, kind, level, checks, claims) of `evidence`; copies, so nothing has to be kept."""
        policy, verdict = c_void_p(), c_void_p()
        self._call(self.lib.cloister_policy_new, byref(policy))
        try:
            for key, value in expected.items():
                self._call(self.lib.cloister_policy_set, policy, key.encode(), value.encode())
            self._call(self.lib.cloister_verify, self.trust, policy, lend(evidence), now_s, byref(verdict))
            return self._told(verdict)
        finally:
            self.lib.cloister_verdict_free(verdict)
            self.lib.cloister_policy_free(policy)

    def _told(self, verdict):
        lib, answer, claim = self.lib, Answer(), Claim()
        checks, claims, i = [], {}, 0
        while lib.cloister_verdict_answer(verdict, i, byref(answer)):
            checks.append((answer.id.decode(), answer.name.decode(), FINDINGS[answer.finding],
                           answer.reason.decode()))
            i += 1
        i = 0
        while lib.cloister_verdict_claim(verdict, i, byref(claim)):
            claims[claim.name.decode()] = claim.value()
            i += 1
        level = lib.cloister_level_name(lib.cloister_verdict_level(verdict)).decode()
        return (lib.cloister_verdict_accepts(verdict), lib.cloister_verdict_kind(verdict).decode(), level,
                checks, claims)


def lend(data):
    """A loan of a bytes object, which ctypes keeps alive for as long as the structure lives."""
    loan = Bytes(ctypes.cast(ctypes.c_char_p(data), c_void_p), len(data))
    loan.owner = data
    return loan


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description="Judge a piece of evidence with libcloister.")
    parser.add_argument("evidence")
    parser.add_argument("expected", nargs="*", metavar="KEY=VALUE")
    parser.add_argument("--root", action="append", default=[])
    parser.add_argument("--collateral", action="append", default=[])
    parser.add_argument("--at", type=int, default=None, help="Unix seconds; now by default")
    asked = parser.parse_args()
    expected = dict(word.split("=", 1) for word in asked.expected)
    for key in WAIVED:
        expected.setdefault(key, "any")
    verifier = Verifier(load())
    try:
        for path in asked.root:
            verifier.add_root(read(path))
        for path in asked.collateral:
            verifier.add_collateral(read(path))
        now_s = int(time.time()) if asked.at is None else asked.at
        accepted, kind, level, checks, claims = verifier.verify(read(asked.evidence), expected, now_s)
    finally:
        verifier.close()
    for number, name, finding, reason in checks:
        print(f"{number:<4}{name:<22}{finding:<13}{reason}")
    for name, value in claims.items():
        print(f"  {name}: {value}")
    print(f"{'accepted' if accepted else 'refused'}, {kind}, trust level {level}")
    return 0 if accepted else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (CloisterError, OSError, ValueError) as error:
        print(f"verify.py: {error}", file=sys.stderr)
        sys.exit(2)
