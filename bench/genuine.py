#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Name one genuine document of each kind that lies beside the checkout, with what it needs.

    genuine.py FOLDER

Prints lines of tab-separated fields: kind, document, Unix seconds, collateral folder
(or "-"), then the files of collateral. Prints nothing where there is none.
"""

import datetime
import glob
import json
import os
import sys


def load(path):
    try:
        with open(path) as file:
            return json.load(file)
    except OSError:
        return {}


def quotes(folder, tee):
    """The first quote whose evaluation everybody agrees on: up to date, or for SGX merely to be hardened."""
    for name, quote in sorted(load(f"{folder}/{tee}/expected.json").items()):
        for one in quote.get("evaluations", []):
            verdict = one["intel_qvl"]
            bundle = f"{folder}/{tee}/collateral/{one['bundle']}"
            path = f"{folder}/{tee}/quotes/{name}.bin"
            good = verdict.get("launch_status") in ("UpToDate", "SWHardeningNeeded")
            if not one["pck_valid"] or not good or not os.path.exists(path):
                continue
            files = [path for path in sorted(glob.glob(f"{bundle}/*")) if not path.endswith("bundle.json")]
            if any(os.path.basename(path).startswith("pck_crl") for path in files):
                return [tee, path, str(one["verify_at"]), bundle, *files]
    return None


def report(folder):
    for name, one in sorted(load(f"{folder}/snp/expected.json").items(), reverse=True):
        vek = f"{folder}/snp/{one['vek']}"
        roots = sorted(glob.glob(f"{folder}/snp/roots/*{one['product']}*"))
        if os.path.exists(vek) and roots and all(one["checks"].values()):
            until = datetime.datetime.fromisoformat(one["vek_not_after"].replace("Z", "+00:00"))
            at = int(until.replace(tzinfo=until.tzinfo or datetime.timezone.utc).timestamp()) - 86400
            return ["snp", f"{folder}/snp/{one['report']}", str(at), "-", vek, *roots]
    return None


def document(folder):
    listed = load(f"{folder}/nitro/vectors.json")
    for one in listed if isinstance(listed, list) else listed.get("vectors", []):
        path = f"{folder}/nitro/{one.get('file', '')}"
        if os.path.isfile(path) and "accept" in str(one.get("expect", "")) and one.get("verify_at_ms"):
            return ["nitro", path, str(one["verify_at_ms"] // 1000), "-"]
    return None


def main():
    folder = sys.argv[1]
    for found in (document(folder), report(folder), quotes(folder, "tdx"), quotes(folder, "sgx")):
        if found:
            print("\t".join(found))


if __name__ == "__main__":
    main()
