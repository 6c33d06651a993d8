#!/usr/bin/env python3
"""abuse.py slow|malformed - what a node must bear. Started by abuse.sh in a network namespace of its own, with a node on
127.0.0.1:8765; R, RD_SOCKET and RD_PID come in the environment.

slow: a thousand clients that hold their connection and say next to nothing, on the peer port and on the local socket.
malformed: bytes of every wrong kind at the local socket, at plain HTTP and at TLS; each gets its error, none hurts."""
import http.client
import json
import os
import resource
import select
import socket
import ssl
import subprocess
import sys
import time

from tally import check, finish, memory

SOCKET, PID, PORT = os.environ["RD_SOCKET"], os.environ["RD_PID"], 8765


def honest():
    """Seconds until an honest local caller has its answer; None when it has none."""
    start = time.time()
    try:
        done = subprocess.run([os.environ["R"], "status", "--json"], capture_output=True, timeout=10)
    except subprocess.TimeoutExpired:
        return None
    return time.time() - start if done.returncode == 0 else None


def health():
    """The same for a caller over HTTP."""
    start = time.time()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        connection.request("GET", "/health")
        return time.time() - start if connection.getresponse().status == 200 else None
    except OSError:
        return None


def connect(kind):
    if kind == "local":
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        door.settimeout(2)
        door.connect(SOCKET)
        return door
    return socket.create_connection(("127.0.0.1", PORT), timeout=2)


def slow_clients(kind, opening):
    """Opens a thousand connections and keeps them for 8 s, a byte a second each; honest callers are served meanwhile."""
    before = memory(PID)
    held, refused = [], 0
    for _ in range(1000):
        try:
            door = connect(kind)
            door.setblocking(False)
            door.send(opening)
            held.append(door)
        except OSError:
            refused += 1
    worst = 0.0
    for _ in range(8):
        for door in held:
            try:
                door.send(b"a")
            except OSError:
                pass
        for caller, question in (("local", honest), ("HTTP", health)):
            took = question()
            if took is None:
                check(f"{kind}: the honest {caller} caller is answered", False, "no answer within 10 s")
            else:
                worst = max(worst, took)
        time.sleep(0.5)
    during = memory(PID)
    check(f"{kind}: honest callers are answered, the slowest in {worst * 1000:.0f} ms", worst < 5)
    for door in held:
        door.close()
    time.sleep(1)
    check(f"{kind}: memory is bounded: {before:.0f} MiB before, {during:.0f} MiB with {len(held)} clients "
          f"({refused} refused), {memory(PID):.0f} MiB after", during - before < 64)


def slow():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    slow_clients("peer", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
    slow_clients("peer", b"\x16\x03\x01\x02\x00\x01\x00")  # a TLS hello that never ends
    slow_clients("peer", b"POST /v1/p2p/auth/handshake HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
    slow_clients("local", b'{"jsonrpc":"2.0","id":1,"method":"')


def converse(door, data, timeout=5):
    """Sends everything and reads until the other side closes or is silent for a while."""
    answer = b""
    door.setblocking(False)
    end, silent_since = time.time() + timeout, None
    while time.time() < end:
        readable, writable, _ = select.select([door], [door] if data else [], [], 0.1)
        try:
            if writable:
                data = data[door.send(data[:65536]):]
            if readable:
                piece = door.recv(65536)
                if not piece:
                    break
                answer += piece
                silent_since = None
                continue
        except (ConnectionError, ssl.SSLError, OSError):
            break
        if answer and not data:
            silent_since = silent_since or time.time()
            if time.time() - silent_since > 0.3:
                break
    door.close()
    return answer


def local(data, timeout=5):
    return converse(connect("local"), data, timeout)


def request(method, params="{}"):
    return f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}\n'.encode()


LOCAL = [  # what is sent, which error numbers are right, what it is
    (b"{\n", [-32700], "half an object"),
    (b"\n\n\n" + b"nonsense\n", [-32700], "no JSON"),
    (b"\xff\xfe\x00\n", [-32700], "no UTF-8"),
    (b'{"jsonrpc":"2.0","id":1,"method":"\xc3\x28"}\n', [-32700], "broken UTF-8 in a string"),
    (b"[" * 100_000 + b"\n", [-32700, -32600], "a hundred thousand brackets"),
    (b"[]\n", [-32600], "an empty batch"),
    (b"[1,2]\n", [-32600], "a batch of no requests"),
    (b"1\n", [-32600], "a number"),
    (b"{}\n", [-32600], "an empty object"),
    (b'{"jsonrpc":"1.0","id":1,"method":"daemon.info"}\n', [-32600], "another version of JSON-RPC"),
    (b'{"jsonrpc":"2.0","id":{},"method":"daemon.info"}\n', [-32600], "an id that is an object"),
    (b'{"jsonrpc":"2.0","id":1,"method":7}\n', [-32600], "a method that is a number"),
    (b'{"jsonrpc":"2.0","id":1,"method":"daemon.info","params":7}\n', [-32600, -32602], "params that are a number"),
    (b'{"jsonrpc":"2.0","id":1,"method":"no.such"}\n', [-32601], "an unknown method"),
    (request("p2p.peer_status"), [-32602], "a missing argument"),
    (request("p2p.peer_status", '{"peer_id":7}'), [-32602], "an argument of the wrong type"),
    (request("p2p.peer_status", '{"peer_id":"nobody","more":1}'), [-32602], "an argument too many"),
    (request("p2p.discover_peers", '{"timeout":1e9}'), [-32602], "a number out of range"),
    (request("p2p.peer_status", '{"peer_id":"nobody-here"}'), [-32001, -32602], "a peer that is not there"),
    (b'{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":0,"size":-1}}\n', [-32600, -32602],
     "a data frame of negative size"),
    (b'{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":0,"size":9999999999}}\n', [-32600, -32602],
     "a data frame of ten gigabytes"),
    (b"x" * (9 << 20) + b"\n", [-32600], "a line of 9 MiB"),
]


def http_request(line, headers=(), body=b""):
    text = "\r\n".join([line, *headers, "", ""])
    return text.encode("latin-1") + body


def json_post(path, body, headers=()):
    return http_request(f"POST {path} HTTP/1.1", ["Host: localhost", f"Content-Length: {len(body)}", *headers], body)


# What is sent, which statuses are right (0: closed without a word), what it is.
HTTP = [
    (b"nonsense\r\n\r\n", [400, 0], "no HTTP"),
    (b"\x00\x01\x02\x03" * 100, [400, 0], "binary"),
    (http_request("GET /health HTTP/9.9", ["Host: localhost"]), [400, 505, 0], "another version of HTTP"),
    (http_request("BREW /v1/p2p/status HTTP/1.1", ["Host: localhost"]), [400, 404, 405, 501, 0], "an unknown method"),
    (http_request("GET /v1/p2p/status HTTP/1.1", ["Host: localhost", "Bad Header: x"]), [400, 0], "a bad header"),
    (http_request("GET /health HTTP/1.1", ["Host: localhost", "X: " + "y" * 200_000]), [400, 431, 0], "a huge header"),
    (http_request("GET /" + "a" * 200_000 + " HTTP/1.1", ["Host: localhost"]), [400, 404, 414, 431, 0], "a huge path"),
    (http_request("GET /v1/p2p/status HTTP/1.1", ["Host: localhost", "Content-Length: -5"]), [400, 0],
     "a negative length"),
    (http_request("POST /v1/p2p/discover HTTP/1.1",
                  ["Host: localhost", "Content-Length: 3", "Transfer-Encoding: chunked"], b"0\r\n\r\n"), [400, 200, 0],
     "length and chunks at once"),
    (http_request("POST /v1/p2p/discover HTTP/1.1", ["Host: localhost", "Transfer-Encoding: chunked"], b"zz\r\n"),
     [400, 0], "bad chunks"),
    (http_request("GET /../../etc/passwd HTTP/1.1", ["Host: localhost"]), [400, 404], "a path upwards"),
    (http_request("GET /%00%ff%2e%2e/x HTTP/1.1", ["Host: localhost"]), [400, 404], "an escaped path"),
    (http_request("GET /nowhere HTTP/1.1", ["Host: localhost"]), [404], "an unknown path"),
    (http_request("DELETE /v1/p2p/status HTTP/1.1", ["Host: localhost"]), [404, 405], "the wrong method"),
    (json_post("/v1/p2p/discover", b'{"timeout"'), [400], "half a body"),
    (json_post("/v1/p2p/discover", b'{"timeout":"soon"}'), [400, 422], "an argument of the wrong type"),
    (json_post("/v1/p2p/discover", b'[]'), [400, 422], "an array as body"),
    (json_post("/v1/p2p/discover", b'\xff\xff'), [400], "a body that is no UTF-8"),
    (json_post("/v1/p2p/peers", b'{"host":"","port":99999}'), [400, 422], "values out of range"),
    (json_post("/v1/p2p/peers", b'{}'), [400, 422], "an empty object"),
    (json_post("/v1/p2p/approve/%2e%2e", b''), [400, 404, 422], "an id that is a path"),
    (json_post("/v1/p2p/auth/handshake", b'{"step":"hello"}'), [400, 422], "half a hello"),
    (json_post("/v1/p2p/auth/handshake", b'{"step":"proof","session":"x","proof":"y"}'), [400, 401, 403, 404, 422],
     "a proof without a session"),
    (json_post("/v1/p2p/auth/handshake", b"[" * 100_000), [400, 413], "deep nesting"),
    (json_post("/v1/p2p/auth/handshake", b'{"step":"' + b"x" * 3_000_000 + b'"}'), [400, 413, 422], "3 MB of hello"),
    (json_post("/v1/p2p/skill", b"{}"), [401], "a skill call without a token"),
    (json_post("/v1/p2p/skill", b"{}", ["Authorization: Bearer x.y.z"]), [401], "a bad token"),
    (json_post("/v1/p2p/skill", b"{}", ["Authorization: Bearer eyJhbGciOiJub25lIn0.e30."]), [401], "a token of alg none"),
    (json_post("/v1/p2p/skill", b"{}", ["Authorization: Basic eDp5"]), [401], "another scheme"),
]
TLS = [
    (b"\x16\x03\x01\xff\xff" + b"\x00" * 70_000, "a TLS record of zeros"),
    (b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00", "a TLS hello of nothing"),
    (b"\x80\x2e\x01\x00\x02" + b"\x00" * 40, "an SSL 2 hello"),
    (b"\x15\x03\x03\x00\x02\x02\x28", "a TLS alert"),
    (os.urandom(4096), "random bytes"),
]


def status_of(answer):
    if not answer:
        return 0
    parts = answer.split(None, 2)
    return int(parts[1]) if answer.startswith(b"HTTP/") and len(parts) > 1 and parts[1].isdigit() else -1


def tls_connection():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", PORT), timeout=5))


def leaks(answer):
    """Whether an answer tells what it must not: a path of the machine, a trace."""
    return any(word in answer for word in (b"/var/", b"/home/", b"/root", b".swift", b"Fatal error", b"0x0000"))


def malformed():
    for data, wanted, what in LOCAL:
        answer = local(data)
        numbers = []
        for line in answer.splitlines():
            try:
                reply = json.loads(line)
            except ValueError:
                numbers.append("not JSON")
                continue
            numbers += [one.get("error", {}).get("code") for one in (reply if isinstance(reply, list) else [reply])]
        check(f"local socket: {what}", numbers and numbers[0] in wanted, f"{numbers}: {answer[:300]}")
        check(f"local socket: {what} reveals nothing", not leaks(answer), answer[:300])
    check("local socket: a call after a bad line is still answered",
          b'"result"' in local(b"nonsense\n" + request("daemon.info")))
    for name, door in (("plain HTTP", lambda: connect("peer")), ("TLS", tls_connection)):
        for data, wanted, what in HTTP:
            answer = converse(door(), data)
            status = status_of(answer)
            # Over TLS nobody is the owner: what is refused before its body is read is refused rightly.
            also = [401, 403] if name == "TLS" else []
            check(f"{name}: {what}", status in wanted + also, f"HTTP {status}: {answer[:300]}")
            if status >= 400 and b"\r\n\r\n" in answer and name == "plain HTTP" and status not in (400, 431, 505, 501):
                check(f"{name}: {what}: a problem document", b"application/problem+json" in answer, answer[:400])
            check(f"{name}: {what} reveals nothing", not leaks(answer), answer[:300])
    for data, what in TLS:
        check(f"TLS: {what} is closed", not converse(connect("peer"), data, 15).startswith(b"HTTP/1.1 2"))
    check("an honest local caller is answered afterwards", honest() is not None)
    check("an honest HTTP caller is answered afterwards", health() is not None)


{"slow": slow, "malformed": malformed}[sys.argv[1]]()
check("the daemon lives", os.path.exists(f"/proc/{PID}/exe"))
finish()
