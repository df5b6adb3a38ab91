#!/usr/bin/env python3
"""Makes the unsigned archives in good/ and bad/ again, byte for byte: python3 bundles/make.py"""

import gzip
import io
import pathlib
import tarfile

HERE = pathlib.Path(__file__).parent
MODULE = b"package a\n\nallow if input.user == \"alice\"\n"
MANIFEST = b'{"revision":"1","roots":["a"],"rego_version":1}'
PLAIN = [("/a/policy.rego", MODULE), ("/a/data.json", b'{"users":["alice"]}'), ("/.manifest", MANIFEST)]


def header(name, size=0, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo("x")
    info.size, info.type, info.linkname, info.mode = size, kind, link, 0o600
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    raw = name if isinstance(name, bytes) else name.encode()
    if len(raw) <= 100:
        return finish(block, raw)
    long = raw + b"\0"
    first = header(b"././@LongLink", len(long), b"L") + pad(long)
    return first + finish(block, raw[:100])


def finish(block, name):
    block[0:100] = name.ljust(100, b"\0")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pad(data):
    return data + b"\0" * (-len(data) % 512)


def tar(members, end=b"\0" * 1024):
    out = io.BytesIO()
    for name, data in members:
        if isinstance(data, bytes):
            out.write(header(name, len(data)) + pad(data))
        else:
            kind, link = data
            out.write(header(name, 0, kind, link))
    return out.getvalue() + end


def packed(data):
    out = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=out, mtime=0, compresslevel=9) as stream:
        stream.write(data)
    return out.getvalue()


def write(folder, name, data):
    (HERE / folder / f"{name}.tar.gz").write_bytes(data)


def bad(name, members):
    write("bad", name, packed(tar(members)))


def main():
    whole = packed(tar(PLAIN))
    write("good", "plain", whole)
    write("good", "relative-names", packed(tar([("./" + name.lstrip("/"), data) for name, data in PLAIN])))
    write("good", "with-directories", packed(tar([("a/", (tarfile.DIRTYPE, ""))] + PLAIN)))
    write("good", "git-archive", packed(tar([("pax_global_header", (tarfile.XGLTYPE, ""))] + PLAIN)))
    write("good", "long-names", packed(tar([("/a/" + "n" * 120 + "/policy.rego", MODULE)])))

    bad("climbs", PLAIN + [("/a/../../etc/data.json", b"{}")])
    bad("absolute", PLAIN + [("//etc/data.json", b"{}")])
    bad("drive", PLAIN + [("C:/data.json", b"{}")])
    bad("backslash", PLAIN + [("a\\..\\data.json", b"{}")])
    bad("control-character", PLAIN + [("a/b\n/data.json", b"{}")])
    bad("name-no-utf8", PLAIN + [(b"a/\xff/data.json", b"{}")])
    bad("overlong-name", PLAIN + [("/a/" + "n" * 300 + "/data.json", b"{}")])
    bad("overlong-path", PLAIN + [("/a/" + "n/" * 600 + "data.json", b"{}")])
    bad("symbolic-link", PLAIN + [("/a/b/data.json", (tarfile.SYMTYPE, "/etc/passwd"))])
    bad("hard-link", PLAIN + [("/a/b/data.json", (tarfile.LNKTYPE, "/etc/passwd"))])
    bad("device", PLAIN + [("/a/b/data.json", (tarfile.CHRTYPE, ""))])
    bad("pipe", PLAIN + [("/a/b/data.json", (tarfile.FIFOTYPE, ""))])
    bad("duplicate", PLAIN + [("/a/policy.rego", MODULE.replace(b"alice", b"mallory"))])
    bad("duplicate-spelt-otherwise", PLAIN + [("./a/policy.rego", MODULE.replace(b"alice", b"mallory"))])
    bad("case", PLAIN + [("/a/Policy.rego", MODULE)])
    bad("two-manifests", PLAIN + [("/a/other.manifest", b"{}")])
    bad("deep-json", [("/a/data.json", b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}")])
    bad("not-a-number", [("/a/data.json", b'{"a": NaN}')])
    bad("no-utf8", [("/a/data.json", b'{"a": "\xff"}')])
    bad("module-no-utf8", [("/a/policy.rego", b"package a\n# \xff\n")])
    bad("after-value", [("/a/data.json", b'{"a": 1} {"a": 2}')])
    bad("outside-of-roots", PLAIN + [("/b/data.json", b"1")])
    bad("package-outside-of-roots", PLAIN + [("/b.rego", b"package b\n")])
    bad("overlapping-roots", [("/.manifest", b'{"roots":["a","a/b"]}')])
    bad("manifest-no-object", [("/.manifest", b"[]")])
    bad("version-of-the-future", [("/.manifest", b'{"rego_version":2}')])
    bad("bomb", [("/a/data.json", b'"' + b" " * (96 << 20) + b'"')])
    write("bad", "truncated", whole[: len(whole) // 2])
    write("bad", "truncated-tar", packed(tar(PLAIN)[:700]))
    write("bad", "checksum", whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:])
    write("bad", "trailing-bytes", whole + b"x")
    write("bad", "second-member", whole + packed(b"x"))
    write("bad", "after-end", packed(tar(PLAIN) + b"x" * 512))
    write("bad", "no-gzip", tar(PLAIN))
    write("bad", "no-tar", packed(b"no archive at all" * 100))
    write("bad", "empty", b"")


if __name__ == "__main__":
    main()
