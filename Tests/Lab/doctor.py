#!/usr/bin/env python3
"""doctor.py - what doctor.sh needs beside a shell.

finding FILE ID STATUS [REGEX]  the diagnosis in FILE has such a check, whose summary and cause match
command FILE ID                 prints `PLACE<tab>COMMAND` of the first check of that id that is not well (`-`: this node)
far PORT VERSION OFFSET         a far side that is no node: TLS with a P-256 key, /v1/p2p/info of another protocol version
                                and a clock that is OFFSET seconds ahead; prints its process and peer id when it listens
hold                            holds UDP port 5353 and does not share it; prints its process id"""
import base64
import hashlib
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time


def checks(path):
    with open(path) as file:
        return json.load(file)["checks"]


def finding(path, wanted, status, pattern=""):
    found = [check for check in checks(path) if check["id"] == wanted]
    for check in found:
        text = f"{check['summary']} {check['cause'] or ''}"
        if check["status"] == status and re.search(pattern, text):
            return
    sys.exit("\n".join(f"{c['id']} {c['status']}: {c['summary']} / {c['cause']}" for c in found) or f"no check {wanted}")


def command(path, wanted):
    for check in checks(path):
        if check["id"] == wanted and check["status"] != "ok" and check["command"]:
            print(check["command_on"] or "-", check["command"], sep="\t")
            return
    sys.exit(f"{wanted} names no command")


def far(port, version, offset):
    folder = tempfile.mkdtemp()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=far",
         "-keyout", f"{folder}/key", "-out", f"{folder}/crt"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "x509", "-in", f"{folder}/crt", "-noout", "-pubkey"], check=True,
                            capture_output=True).stdout
    der = base64.b64decode(b"".join(public.splitlines()[1:-1]))
    identity = "peer-" + base64.b32encode(hashlib.sha256(der).digest()[:20]).decode().lower()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = {"status": "ok"} if self.path == "/health" else {
                "name": "far", "peer_id": identity, "version": "9.0.0", "protocol": version,
                "time": time.time() + float(offset)}
            data = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("", int(port)), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/crt", f"{folder}/key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(os.getpid(), identity, flush=True)
    server.serve_forever()


def hold():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("", 5353))
        print(os.getpid(), flush=True)
        while True:
            time.sleep(3600)


if __name__ == "__main__":
    {"finding": finding, "command": command, "far": far, "hold": hold}[sys.argv[1]](*sys.argv[2:])
