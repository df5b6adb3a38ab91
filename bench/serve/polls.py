"""Holds many long polls at once, says how much memory the server needs for them, and how long a new revision takes to reach all.

usage: polls.py HOST:PORT PATH ETAG COUNT PID COMMAND...

COMMAND replaces the bundle; it is run once all polls wait.
"""
import asyncio
import subprocess
import sys
import time


def resident(pid):
    """KiB of memory."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


async def poll(host, port, request, waiting, places):
    async with places:
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request)
        await writer.drain()
    waiting.append(None)
    head = await reader.readuntil(b"\r\n\r\n")
    end = time.monotonic()
    writer.close()
    return head.split(b" ", 2)[1], end


async def main(address, path, etag, count, pid, *command):
    host, port = address.rsplit(":", 1)
    count = int(count)
    before = resident(pid)
    request = (
        f"GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: Open-Policy-Agent/1.22.2 (linux, amd64)\r\n"
        f"prefer: modes=snapshot,delta;wait=300\r\nif-none-match: {etag}\r\naccept-encoding: gzip\r\n\r\n"
    ).encode()
    waiting, places = [], asyncio.Semaphore(200)
    polls = [asyncio.create_task(poll(host, port, request, waiting, places)) for _ in range(count)]
    while len(waiting) < count:
        await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    while_waiting = resident(pid)
    start = time.monotonic()
    subprocess.run(command, check=True)
    answers = await asyncio.gather(*polls)
    news = sum(status == b"200" for status, _ in answers)
    ends = sorted(end - start for _, end in answers)
    print(f"{count} polls: {before / 1024:.0f} MiB before, {while_waiting / 1024:.0f} MiB while they wait, "
          f"{resident(pid) / 1024:.0f} MiB after; {news} got the new revision, the first after {ends[0]:.2f} s, the last after {ends[-1]:.2f} s")


asyncio.run(main(*sys.argv[1:]))
