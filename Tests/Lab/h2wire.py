"""h2wire.py - HTTP/2 frames by hand (RFC 9113, RFC 7541), for messages that no proper client would send."""
import socket
import ssl
import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 7, 8, 9
END_STREAM, ACK, END_HEADERS = 1, 1, 4


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def settings(**values):
    numbers = {"table": 1, "streams": 3, "window": 4, "frame": 5, "list": 6}
    return frame(SETTINGS, payload=b"".join(struct.pack(">HI", numbers[name], value) for name, value in values.items()))


def integer(value, prefix, first=0):
    limit = (1 << prefix) - 1
    if value < limit:
        return bytes((first | value,))
    out, value = [first | limit], value - limit
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes((*out, value))


def field(name, value):
    """A literal that is not indexed and not compressed."""
    name, value = name.encode(), value.encode()
    return b"\0" + integer(len(name), 7) + name + integer(len(value), 7) + value


def fields(method, path, *more):
    pairs = ((":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost"), *more)
    return b"".join(field(name, value) for name, value in pairs)


def request(stream, method="GET", path="/health", *more, end=True):
    return frame(HEADERS, END_HEADERS | (END_STREAM if end else 0), stream, fields(method, path, *more))


def tls(host="127.0.0.1", port=8765, protocols=("h2",), source=None, timeout=10, buffer=None):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if protocols:
        context.set_alpn_protocols(list(protocols))
    plain = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    if buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    if source:
        plain.bind((source, 0))
    plain.settimeout(timeout)
    plain.connect((host, port))
    return context.wrap_socket(plain)
