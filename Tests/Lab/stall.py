#!/usr/bin/env python3
"""stall.py - clients that stop in the middle, each in its own way, and frames of HTTP/2 that flood: every one is closed in
time, and the node serves others meanwhile. Started by abuse.sh beside a node on 127.0.0.1:8765, whose RD_PID it is told."""
import os
import select
import socket
import struct
import sys
import time

import h2wire as h2
from tally import check, finish, memory

PORT, PID = 8765, os.environ["RD_PID"]
SMALL = 4096  # of receive buffer, so that a client that does not read is noticed soon


def plain(data=b"", buffer=None):
    door = socket.socket()
    if buffer:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    door.connect(("127.0.0.1", PORT))
    door.sendall(data)
    return door


def secure(data, protocols=("h2",), buffer=None):
    door = h2.tls(protocols=protocols, buffer=buffer)
    door.sendall(data)
    return door


def fill(door, data, most=4 << 20):
    """Sends until nothing more is taken."""
    door.setblocking(False)
    sent = 0
    while sent < most:
        try:
            sent += door.send(data)
        except (BlockingIOError, OSError):
            if not select.select([], [door], [], 0.5)[1]:
                break
    return door


HEAD = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
OPEN = h2.PREFACE + h2.settings()
POST = b"POST /v1/p2p/auth/handshake HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
# How it begins, what is sent every second after that, how long it may last, whether the client reads.
STALLS = {
    "nothing said": (lambda: plain(), b"", 35, True),
    "a TLS hello byte by byte": (lambda: plain(b"\x16\x03\x01\x02\x00\x01\x00"), b"\0", 35, True),
    "TLS, then nothing": (lambda: secure(b"", protocols=()), b"", 35, True),
    "a head byte by byte": (lambda: plain(b"GET /health HTTP/1.1\r\nX: "), b"a", 35, True),
    "a head byte by byte in TLS": (lambda: secure(b"GET /health HTTP/1.1\r\nX: ", ()), b"a", 35, True),
    "a body byte by byte": (lambda: plain(POST), b"a", 70, True),
    "an answered request whose body goes on": (
        lambda: plain(b"GET /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"), b"a", 35, True),
    "a chunk extension without end": (
        lambda: plain(POST.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked") + b"1;"), b"a", 70, True),
    "answers that nobody reads": (lambda: fill(plain(buffer=SMALL), HEAD * 50), b"", 75, False),
    "answers that nobody reads, in TLS": (lambda: fill(secure(b"", (), SMALL), HEAD * 50), b"", 75, False),
    "HTTP/2, then nothing": (lambda: secure(OPEN), b"", 40, True),
    "HTTP/2 kept alive by PING": (lambda: secure(OPEN), h2.frame(h2.PING, payload=bytes(8)), 40, True),
    "HTTP/2 kept alive by WINDOW_UPDATE": (
        lambda: secure(OPEN), h2.frame(h2.WINDOW_UPDATE, payload=struct.pack(">I", 1)), 40, True),
    "an answer of HTTP/2 without a window": (
        lambda: secure(h2.PREFACE + h2.settings(window=0) + h2.request(1, "GET", "/openapi.json")),
        b"", 75, True),
    "answers of HTTP/2 that nobody reads": (
        lambda: fill(secure(h2.PREFACE + h2.settings(window=(1 << 31) - 1), buffer=SMALL),
                     b"".join(h2.request(stream, "GET", "/openapi.json") for stream in range(1, 100, 2)), 4000),
        b"", 75, False),
    "a body of HTTP/2 byte by byte": (
        lambda: secure(OPEN + h2.request(1, "POST", "/v1/p2p/auth/handshake", end=False)),
        h2.frame(h2.DATA, 0, 1, b"a"), 75, True),
}
FLOODS = {
    "rapid reset": b"".join(
        h2.request(stream) + h2.frame(h2.RST_STREAM, 0, stream, struct.pack(">I", 8)) for stream in range(1, 8001, 2)),
    "SETTINGS": h2.settings() * 20_000,
    "PING": h2.frame(h2.PING, payload=bytes(8)) * 20_000,
    "PRIORITY": h2.frame(h2.PRIORITY, 0, 1, bytes(5)) * 20_000,
    "empty DATA": h2.request(1, "POST", "/health", end=False) + h2.frame(h2.DATA, 0, 1) * 20_000,
    "CONTINUATION": h2.frame(h2.HEADERS, 0, 1, h2.fields("GET", "/health"))
    + h2.frame(h2.CONTINUATION, 0, 1, h2.field("x", "y")) * 20_000,
    "a header list without end": b"".join(
        h2.request(stream, "GET", "/health", *(("x-" + "n" * 100, "v" * 8000) for _ in range(4)))
        for stream in range(1, 4001, 2)),
    "streams that close themselves": b"".join(h2.request(stream, "GET", "") for stream in range(1, 4001, 2)),
    "a frame of 16 MiB": b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + bytes(1 << 20),
    "frames of no kind": b"\x00\x00\x01\xfa\xff\x7f\xff\xff\xff\x00" * 200_000 + h2.frame(h2.DATA, 0, 99, b"x"),
    "HTTP/1 after h2 was agreed": b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 1000,
}


def is_closed(door, reads):
    """Whether the node has ended the connection. A client that does not read learns nothing of it: ask the kernel."""
    if not reads:
        return not is_held(door)
    door.setblocking(False)
    try:
        while True:
            if not door.recv(65536):
                return True
    except (BlockingIOError, h2.ssl.SSLWantReadError):
        return False
    except OSError:
        return True


def is_held(door):
    """Whether the node still has its end of the connection: a socket that no process holds has inode 0."""
    mine = f"{door.getsockname()[1]:04X}"
    with open("/proc/net/tcp") as table:
        for line in table.readlines()[1:]:
            words = line.split()
            if words[1].endswith(f":{PORT:04X}") and words[2].endswith(f":{mine}"):
                return words[9] != "0"
    return False


def stalls():
    doors = {name: (begin(), step, limit, reads) for name, (begin, step, limit, reads) in STALLS.items()}
    began, ended = time.time(), {}
    while len(ended) < len(doors) and time.time() - began < 80:
        for name, (door, step, _, reads) in doors.items():
            if name in ended:
                continue
            try:
                if step:
                    door.setblocking(False)
                    door.send(step)
                closed = is_closed(door, reads)
            except (BlockingIOError, h2.ssl.SSLWantWriteError):
                closed = False
            except OSError:
                closed = True
            if closed:
                ended[name] = time.time() - began
        time.sleep(1)
    for name, (door, _, limit, _) in doors.items():
        took = ended.get(name)
        check(f"closed: {name}" + (f" ({took:.0f} s)" if took else ""), took is not None and took <= limit,
              f"after {took} s, {limit} s are allowed")
        door.close()


def floods():
    for name, data in FLOODS.items():
        before, began = memory(PID), time.time()
        door = secure(OPEN)
        door.setblocking(False)
        closed, sent = False, 0
        while time.time() - began < 20 and not closed:
            try:
                if sent < len(data):
                    sent += door.send(data[sent:sent + 65536])
            except (BlockingIOError, h2.ssl.SSLWantWriteError):
                pass
            except OSError:
                closed = True
            closed = closed or is_closed(door, True)
            if sent >= len(data):
                time.sleep(0.05)
        took = time.time() - began
        check(f"HTTP/2: {name}: closed after {took:.1f} s, {sent >> 10} KiB taken", closed, f"{sent} bytes and still open")
        check(f"HTTP/2: {name}: memory is bounded", memory(PID) - before < 48, f"{before:.0f} MiB before, {memory(PID):.0f} after")
        door.close()


if __name__ == "__main__":
    {"stalls": stalls, "floods": floods}[sys.argv[1]]()
    check("the daemon lives", os.path.exists(f"/proc/{PID}/exe"))
    finish()
