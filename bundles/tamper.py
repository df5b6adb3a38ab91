#!/usr/bin/env python3
"""Makes archives of good/signed-rs256.tar.gz whose signatures don't hold: python3 bundles/tamper.py RSA-PUBLIC.pem"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import tarfile

from make import HERE, packed, tar

with tarfile.open(HERE / "good" / "signed-rs256.tar.gz") as archive:
    FILES = {"/" + m.name.lstrip("/"): archive.extractfile(m).read() for m in archive.getmembers()}
SIGNATURES = next(name for name in FILES if name.endswith(".signatures.json"))
HEADER, PAYLOAD, SIGNATURE = json.loads(FILES[SIGNATURES])["signatures"][0].split(".")


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def write(name, **changes):
    files = dict(FILES)
    for path, data in changes.pop("files", {}).items():
        if data is None:
            del files[path]
        else:
            files[path] = data
    if "tokens" in changes:
        files[SIGNATURES] = json.dumps({"signatures": changes["tokens"]}).encode()
    (HERE / "bad" / f"signed-{name}.tar.gz").write_bytes(packed(tar(list(files.items()))))


def header(**fields):
    return encode(json.dumps(fields).encode())


token = f"{HEADER}.{PAYLOAD}.{SIGNATURE}"
write("changed-file", files={"/a/policy.rego": FILES["/a/policy.rego"].replace(b"alice", b"mallory")})
write("changed-data", files={"/a/data.json": b'{"users":["mallory"]}'})
write("extra-file", files={"/a/extra.rego": b"package a.extra\n"})
write("missing-file", files={"/a/data.json": None})
write("no-token", tokens=[])
write("two-tokens", tokens=[token, token])
write("alg-none", tokens=[f"{header(alg='none')}.{PAYLOAD}."])
confused = f"{header(alg='HS256')}.{PAYLOAD}"
code = hmac.new(pathlib.Path(sys.argv[1]).read_bytes(), confused.encode(), hashlib.sha256).digest()
write("public-key-as-secret", tokens=[f"{confused}.{encode(code)}"])
payload = json.loads(base64.urlsafe_b64decode(PAYLOAD + "=="))
payload["files"][0]["hash"] = "0" * 64
write("changed-payload", tokens=[f"{HEADER}.{encode(json.dumps(payload).encode())}.{SIGNATURE}"])
write("unsigned", files={SIGNATURES: None})
