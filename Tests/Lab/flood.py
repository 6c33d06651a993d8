#!/usr/bin/env python3
"""flood.py honest|flood|judge - an honest peer's latency while others flood. Started by flood.sh.

honest HOST TOKEN SECONDS: calls a skill over one kept TLS connection, 60 times a second; prints the latencies in ms as JSON.
flood KIND HOST RATE: floods with connections of that kind from the addresses of this host until it is ended; prints what it
got done. It is one thread and paced: what is measured is the daemon, not how fast a client can take a processor away."""
import base64
import http.client
import json
import os
import random
import selectors
import signal
import socket
import ssl
import sys
import time

import h2wire as h2

PORT = 8765
SOURCES = [f"10.99.0.{number}" for number in range(50, 250)]


def context():
    found = ssl.create_default_context()
    found.check_hostname, found.verify_mode = False, ssl.CERT_NONE
    return found


def honest(host, token, seconds):
    body = json.dumps({"skill": "text", "tool": "word_count", "arguments": {"text": "one two three"}})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection = http.client.HTTPSConnection(host, PORT, context=context(), timeout=10)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    latencies, due = [], time.perf_counter()
    end = due + seconds
    while due < end:
        time.sleep(max(0, due - time.perf_counter()))
        began = time.perf_counter()
        connection.request("POST", "/v1/p2p/skill", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"the honest peer got {answer.status}")
        latencies.append((time.perf_counter() - began) * 1000)
        due += 1 / 60
    print(json.dumps(latencies))


class Flood:
    """Paced attempts, of which the last 12,000 connections stay open for as long as the node lets them."""

    def __init__(self, host, rate):
        self.host, self.rate = host, rate
        self.held = []
        self.counts = {"tried": 0, "refused": 0, "answered": 0}
        self.tls = context()

    def open(self, blocking=False):
        door = socket.socket()
        door.bind((random.choice(SOURCES), 0))
        door.settimeout(2 if blocking else 0)
        try:
            door.connect((self.host, PORT))
        except BlockingIOError:
            pass
        return door

    def idle(self):
        """Connections that say nothing."""
        self.held.append(self.open())
        if len(self.held) > 12_000:
            self.held.pop(0).close()

    def slow(self):
        """A head that never ends."""
        door = self.open(blocking=True)
        door.send(b"GET /health HTTP/1.1\r\nX: ")
        self.held.append(door)
        if len(self.held) > 12_000:
            self.held.pop(0).close()

    def post(self, path, body, headers=""):
        with self.tls.wrap_socket(self.open(blocking=True)) as door:
            door.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            if door.recv(4096).startswith(b"HTTP/1.1"):
                self.counts["answered"] += 1

    def handshake(self):
        """Hellos whose keys are real and whose signatures are not: the most that a stranger can make the node compute."""
        self.post("/v1/p2p/auth/handshake", HELLO)

    def token(self):
        """Tokens that are not ours."""
        self.post("/v1/p2p/skill", b"{}", "Authorization: Bearer " + TOKEN + "\r\n")

    def reset(self):
        """Rapid reset over HTTP/2."""
        self.tls.set_alpn_protocols(["h2"])
        with self.tls.wrap_socket(self.open(blocking=True)) as door:
            door.sendall(h2.PREFACE + h2.settings() + b"".join(
                h2.request(stream) + h2.frame(h2.RST_STREAM, 0, stream, bytes(4)) for stream in range(1, 201, 2)))
            door.recv(4096)
            self.counts["answered"] += 1

    def run(self, kind):
        ending = []
        signal.signal(signal.SIGTERM, lambda *_: ending.append(True))
        due = time.perf_counter()
        while not ending:
            time.sleep(max(0, due - time.perf_counter()))
            self.counts["tried"] += 1
            try:
                getattr(self, kind)()
            except OSError:
                self.counts["refused"] += 1
            # A client that cannot keep the pace does not catch up: bursts would measure the client.
            due = max(due + 1 / self.rate, time.perf_counter() - 0.1)
        print(json.dumps(self.counts))


def hello():
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    sys.path.insert(0, os.path.dirname(__file__))
    from peer import identity
    public = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = lambda raw: base64.b64encode(raw).decode()  # noqa: E731
    return json.dumps({
        "step": "hello", "version": "1.0", "peer_id": identity(public), "name": "flood", "port": 0,
        "public_key": text(public), "nonce": text(bytes(32)), "signature": text(bytes([1] * 64))}).encode()


def url64(value):
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode().rstrip("=")


TOKEN = ".".join((url64({"alg": "HS256", "typ": "JWT"}), url64({"iss": "x", "sub": "x", "aud": "x", "exp": 9e9}), "A" * 43))
HELLO = b""

if __name__ == "__main__":
    if sys.argv[1] == "honest":
        honest(sys.argv[2], sys.argv[3], float(sys.argv[4]))
    elif sys.argv[1] == "flood":
        if sys.argv[2] == "handshake":
            HELLO = hello()
        Flood(sys.argv[3], float(sys.argv[4])).run(sys.argv[2])
    else:
        sys.exit(__doc__)
