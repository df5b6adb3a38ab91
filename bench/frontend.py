#!/usr/bin/env python3
"""Measures `portcullis check --no-lint` and `opa check` side by side, as whole processes, on a generated corpus.

    bench/frontend.py [--modules N] [--runs N] [--portcullis PATH] [--opa PATH] [--directory PATH]

Both run in turn, so that a machine that gets slower or faster meets both. Each run's wall time is taken around the
process, its processor time and its peak memory are what the operating system says of it (`wait4`). The corpus is
written by `cargo run --example corpus`; the same number of modules always gives the same bytes. Needs `opa` and, to
be comparable, an idle machine; the load before and after is printed.
"""

import argparse
import os
import pathlib
import platform
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
    directory = arguments.directory or tempfile.mkdtemp(prefix="portcullis-corpus-")
    generate(directory, arguments.modules)
    files = sorted(pathlib.Path(directory).rglob("*.rego"))
    size = sum(path.stat().st_size for path in files)
    print(f"corpus: {len(files)} modules, {size} bytes")
    print(f"machine: {processor()}, {os.cpu_count()} processors, {memory_gib():.0f} GiB, {platform.system()}")
    print(f"portcullis: {first_line([arguments.portcullis, '--version'])}")
    print(f"opa: {first_line([arguments.opa, 'version'])}")
    print(f"load before: {os.getloadavg()[0]:.2f}")
    commands = {
        "portcullis": [str(arguments.portcullis), "check", "--no-lint", directory],
        "opa": [arguments.opa, "check", directory],
    }
    for command in commands.values():
        measure(command)  # files and programs are in memory for all runs that count
    figures = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            figures[name].append(measure(command))
    print(f"load after: {os.getloadavg()[0]:.2f}")
    report(figures)


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--portcullis", type=pathlib.Path, default=ROOT / "target/release/portcullis")
    parser.add_argument("--opa", default="opa")
    parser.add_argument("--directory", help="an empty or new directory for the corpus; default: a temporary one")
    return parser.parse_args()


def generate(directory, modules):
    command = ["cargo", "run", "--quiet", "--package", "portcullis", "--example", "corpus", "--"]
    subprocess.run([*command, directory, str(modules)], cwd=ROOT, check=True)


def measure(command):
    """Runs a command; gives wall seconds, processor seconds and peak bytes of memory."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def report(figures):
    print(f"\n| median of {len(figures['opa'])} (least to most) | portcullis | opa | opa / portcullis |")
    print("|---|---|---|---|")
    rows = [("wall, s", 0, 1), ("processor, s", 1, 1), ("peak memory, MiB", 2, 1024 * 1024)]
    for label, column, unit in rows:
        values = {name: [run[column] / unit for run in runs] for name, runs in figures.items()}
        middle = {name: statistics.median(list_) for name, list_ in values.items()}
        cells = [f"{middle[name]:.2f} ({min(values[name]):.2f} to {max(values[name]):.2f})" for name in values]
        print(f"| {label} | {cells[0]} | {cells[1]} | {middle['opa'] / middle['portcullis']:.2f} |")


def first_line(command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[0]


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


if __name__ == "__main__":
    main()
