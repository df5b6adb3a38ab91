#!/usr/bin/env python3
"""Measures `portcullis build` and `opa build` side by side, as whole processes: packing, signing and verifying.

    bench/bundles.py [--modules N] [--megabytes N] [--runs N] [--portcullis PATH] [--opa PATH] [--directory PATH]

The bundle is generated: modules that look into grants, and a data.json of so many megabytes with the grants; the same numbers give
the same bytes. The programs run in turn, and medians count. OPA has no command that only verifies, so both are asked to
verify a signed archive and pack it again, and beside that stands what `portcullis verify` takes alone. Needs `opa`, `openssl` and
memory for OPA: about 14 times the data.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    arguments = read_arguments()
    if not arguments.portcullis.exists():
        sys.exit(f"{arguments.portcullis} does not exist: cargo build --release")
    directory = pathlib.Path(arguments.directory or tempfile.mkdtemp(prefix="portcullis-bundle-"))
    source = directory / "source"
    generate(source, arguments.modules, arguments.megabytes)
    private, public = keys(directory)
    ours, theirs = str(arguments.portcullis), arguments.opa
    signed = {name: str(directory / f"{name}.signed.tar.gz") for name in ("portcullis", "opa")}
    out = str(directory / "out.tar.gz")
    sign = ["--signing-key", private]
    verify = ["--verification-key", public]
    commands = {
        "build": {
            "portcullis": [ours, "build", "-b", str(source), "-o", out],
            "opa": [theirs, "build", "-b", str(source), "-o", out],
        },
        "build and sign": {
            "portcullis": [ours, "build", "-b", str(source), *sign, "-o", signed["portcullis"]],
            "opa": [theirs, "build", "-b", str(source), *sign, "-o", signed["opa"]],
        },
        "verify and build": {
            "portcullis": [ours, "build", "-b", signed["opa"], *verify, "-o", out],
            "opa": [theirs, "build", "-b", signed["portcullis"], *verify, "-o", out],
        },
        "verify alone": {"portcullis": [ours, "verify", signed["opa"], "--key", public]},
    }
    size = (source / "grants" / "data.json").stat().st_size
    print(f"bundle: {arguments.modules} modules, {size} bytes of data; {arguments.runs} runs, load {os.getloadavg()[0]:.2f}")
    print(f"portcullis: {first_line([ours, '--version'])}; opa: {first_line([theirs, 'version'])}")
    for what, programs in commands.items():
        figures = {name: [] for name in programs}
        for _ in range(arguments.runs):
            for name, command in programs.items():
                figures[name].append(measure(command))
        report(what, figures)
    print(f"load after: {os.getloadavg()[0]:.2f}")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", type=int, default=2000)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--portcullis", type=pathlib.Path, default=ROOT / "target/release/portcullis")
    parser.add_argument("--opa", default="opa")
    parser.add_argument("--directory", help="an empty or new directory; default: a temporary one")
    return parser.parse_args()


def generate(source, modules, megabytes):
    if (source / "grants" / "data.json").exists():
        return
    rule = (
        '# Rule {rule}\nallow if {{\n\tinput.action == "a{rule}"\n\tsome g in grants.g{module}\n'
        "\tg.caller == input.caller\n\tcount(g.actions) > {rule}\n}}\n\n"
    )
    for module in range(modules):
        folder = source / f"p{module % 50}"
        folder.mkdir(parents=True, exist_ok=True)
        text = f"package p{module % 50}.m{module}\n\nimport data.grants\n\ndefault allow := false\n\n"
        text += "".join(rule.format(rule=number, module=module) for number in range(10))
        (folder / f"m{module}.rego").write_text(text)
    (source / "grants").mkdir(parents=True)
    random.seed(1)
    with open(source / "grants" / "data.json", "w") as file:
        file.write("{")
        written = number = 0
        while written < megabytes << 20:
            grants = [
                {
                    "caller": f"spiffe://example.org/agent/{random.randrange(10**6)}",
                    "callee": f"spiffe://example.org/tool/{random.randrange(10**5)}",
                    "actions": ["read", "write"],
                    "level": random.randrange(100) / 10,
                }
                for _ in range(100)
            ]
            text = ("," if number else "") + f'"g{number}":' + json.dumps(grants)
            file.write(text)
            written += len(text)
            number += 1
        file.write("}")


def keys(directory):
    private, public = str(directory / "key.pem"), str(directory / "key.pub.pem")
    run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["openssl", "genrsa", "-out", private, "2048"], **run)
    subprocess.run(["openssl", "rsa", "-in", private, "-pubout", "-out", public], **run)
    return private, public


def measure(command):
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{command}: {said.decode()[:500]}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def report(what, figures):
    medians = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in figures.items()}
    for name, (wall, cpu, memory) in medians.items():
        print(f"{what:18} {name:11} {wall:7.2f} s {cpu:7.2f} s of processors {memory:7.0f} MiB")
    if len(medians) == 2:
        wall, cpu, memory = (theirs / ours for ours, theirs in zip(medians["portcullis"], medians["opa"]))
        print(f"{what:18} {'OPA/ours':11} {wall:7.2f}   {cpu:7.2f}   {'':13} {memory:7.2f}")


def first_line(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


if __name__ == "__main__":
    main()
