"""The checks: what a user of the discovery may count on, measured between network namespaces."""
import re
import signal
import subprocess
import sys
import threading
import time
import traceback

from harness import PYTHON, Lab, Results, Settings, now


def ready(process, count=1, timeout=15):
    return process.wait(lambda lines: sum("ADVERTISED" in l or "established" in l for _, l in lines) >= count, timeout)


def settle(process):
    """Until the last announcement of a name is out."""
    ready(process)
    time.sleep(3.2)


def since(found, start):
    return found[0] - start if found else None


# Starting and scanning


def start_to_seen(lab):
    """Each runs six times against running browsers of all kinds."""
    browsers = {"ours": lab.browse(2), "zeroconf": lab.zeroconf(3, "--browse")}
    time.sleep(2)
    for kind, limit in (("ours", 1500), ("zeroconf", 2500), ("avahi", 2500)):
        times = {key: [] for key in browsers}
        for turn in range(6 if kind == "ours" else 2):
            name = f"{kind}-{turn}"
            process = {
                "ours": lambda: lab.advertise(1, name), "zeroconf": lambda: lab.zeroconf(
                    1, "--advertise", name, "--host", name, "--address", "10.99.0.1"),
                "avahi": lambda: lab.avahi(1, [name]),
            }[kind]()
            for key, browser in browsers.items():
                times[key].append(since(browser.line(f"FOUND {name} ", 6), process.started))
            process.stop()
        if kind == "ours":
            for key in browsers:
                Results.within(f"start of ours to seen by {key}", times[key], limit)
        else:
            Results.within(f"start of {kind} to seen by ours", times["ours"], limit, note="includes its own start")
    for browser in browsers.values():
        browser.stop()


def scanning(lab):
    """Twenty cold browsers for each advertiser; the types take turns, for a record is multicast once a second."""
    sides = {
        "1 of ours": ("_one._tcp", 1, lambda kind: lab.advertise(1, "one", "--type", kind, label="rd-one")),
        "50 of ours": ("_fifty._tcp", 50, lambda kind: lab.advertise(1, "p", "--count", 50, "--type", kind)),
        "50 of zeroconf": ("_zc._tcp", 50, lambda kind: lab.zeroconf(
            3, "--advertise", "p", "--count", 50, "--type", kind, "--address", "10.99.0.3")),
        "50 of avahi": ("_av._tcp", 50, lambda kind: lab.avahi(4, [f"p-{i}" for i in range(50)], kind)),
    }
    processes = [start(kind) for kind, _, start in sides.values()]
    for process, (_, count, _) in zip(processes, sides.values()):
        ready(process, count, 20)
    time.sleep(5)
    times = {key: [] for key in sides}
    missed = {key: 0 for key in sides}
    for turn in range(20):
        for key, (kind, count, _) in sides.items():
            browser = lab.browse(2, "--type", kind, label=f"rd-w{turn}")
            found = browser.wait_names(count, 3)
            begin = browser.line("START", 1)[0]
            missed[key] += count - len(found)
            times[key].append(max(found.values()) - begin if len(found) >= count else None)
            browser.stop()
        # zeroconf answers the question over IPv4 at once and that over IPv6 a second later, and for a second after
        # that, it answers late.
        time.sleep(2)
    for key in sides:
        Results.within(f"cold scan by ours finds {key}, 20 runs", times[key], 1000, note=f"{missed[key]} missed")
    hot = lab.browse(2, "--type", "_fifty._tcp")
    hot.wait_names(50, 3)
    sent = now()
    hot.send(signal.SIGUSR1)
    time.sleep(1.5)
    lost = hot.matching("LOST", sent)
    Results.report("a scan in a running browser loses nobody", not lost and hot.alive, f"{len(hot.names())} known")
    hot.stop()
    other = []
    for _ in range(3):
        browser = lab.zeroconf(2, "--browse", "--type", "_fifty._tcp")
        found = browser.wait_names(50, 5)
        other.append(max(found.values()) - browser.line("START", 1)[0] if len(found) >= 50 else None)
        browser.stop()
    Results.within("cold scan by zeroconf finds 50 of ours, 3 runs", other, 1500)
    bus = lab.avahi_with_bus(2)
    other = []
    for _ in range(3):
        browser = lab.avahi_browse(2, "_fifty._tcp")
        found = browser.wait_names(50, 5)
        other.append(max(found.values()) - browser.started if len(found) >= 50 else None)
        browser.stop()
    Results.within("cold scan by avahi finds 50 of ours, 3 runs", other, 2000)
    bus.stop()
    for process in processes:
        process.stop()


def leaving(lab):
    browsers = {"ours": lab.browse(2), "zeroconf": lab.zeroconf(3, "--browse")}
    time.sleep(1.5)
    sides = {
        "ours": lab.advertise(1, "gone-ours"),
        "zeroconf": lab.zeroconf(1, "--advertise", "gone-zeroconf", "--address", "10.99.0.1"),
        "avahi": lab.avahi(4, ["gone-avahi"]),
    }
    for key in sides:
        browsers["ours"].line(f"FOUND gone-{key} ", 6)
    time.sleep(2.5)
    for key, process in sides.items():
        begin = now()
        process.send(signal.SIGTERM)
        if key == "ours":
            for side, browser in browsers.items():
                seen = browser.line(f"LOST gone-{key}", 5, begin)
                Results.within(f"goodbye of ours seen by {side}", [since(seen, begin)], 1500)
        else:
            seen = browsers["ours"].line(f"LOST gone-{key}", 5, begin)
            Results.within(f"goodbye of {key} seen by ours", [since(seen, begin)], 1500)
        process.stop()
    for browser in browsers.values():
        browser.stop()


class Killed:
    """Runs beside everything else, since it takes two minutes."""

    def __init__(self):
        self.lab = Lab("k", 3)
        self.browser = self.lab.browse(2)
        self.victims = {
            "ours": self.lab.advertise(1, "killed-ours"),
            "zeroconf": self.lab.zeroconf(3, "--advertise", "killed-zeroconf", "--address", "10.99.0.3"),
        }
        for key in self.victims:
            self.browser.line(f"FOUND killed-{key} ", 8)
        time.sleep(4)
        self.begin = now()
        for process in self.victims.values():
            process.stop(signal.SIGKILL)

    def finish(self):
        for key in self.victims:
            left = self.begin / 1000 + 135 - time.time()
            seen = self.browser.line(f"LOST killed-{key}", max(1, left), self.begin)
            Results.within(f"kill -9 of {key} noticed by ours", [since(seen, self.begin)], 130_000)
        self.lab.close()


# Cables, cards and addresses


def cables(lab):
    peer = lab.browse(2, "--advertise", "peer", label="rd-2")
    other = lab.zeroconf(3, "--browse")
    settle(peer)
    lab.sh("cut", 1)
    late = lab.browse(1, "--advertise", "late", label="rd-1")
    time.sleep(2)
    begin = now()
    lab.sh("join", 1)
    Results.within("started unplugged, plugged in: seen by ours", [since(peer.line("FOUND late ", 6), begin)], 2000)
    Results.within("started unplugged, plugged in: seen by zeroconf", [since(other.line("FOUND late ", 6), begin)], 2000)
    Results.within("started unplugged, plugged in: sees others", [since(late.line("FOUND peer ", 6), begin)], 2000)
    time.sleep(3)
    out, back, shown = [], [], []
    for _ in range(3):
        begin = now()
        lab.sh("cut", 1)
        out.append(since(late.line("LOST peer", 5, begin), begin))
        time.sleep(1)
        begin = now()
        lab.sh("join", 1)
        back.append(since(late.line("FOUND peer ", 5, begin), begin))
        time.sleep(1.5)
    Results.within("own cable out: peers lost", out, 1000)
    Results.within("own cable back: peers seen again", back, 2000)
    begin = now()
    lab.ip(1, "addr del 10.99.0.1/24 dev eth0; addr add 10.99.0.101/24 brd + dev eth0")
    shown = peer.line(r"FOUND late .*at=\S*10\.99\.0\.101", 5, begin)
    Results.within("changed address seen by ours", [since(shown, begin)], 2000)
    seen = other.wait(lambda _: other.matching(r"FOUND late .*10\.99\.0\.101", begin), 5)
    Results.within("changed address seen by zeroconf", [since(seen[0] if seen else None, begin)], 3000)
    gone = peer.wait(
        lambda lines: next(((t, l) for t, l in lines if t > begin and re.search(r"FOUND late .*at=10\.99\.0\.101,", l)
                            and "10.99.0.1," not in l), None), 5)
    Results.within("old address gone", [since(gone, begin)], 3000)
    begin = now()
    lab.sh("nic", 1, "eth1", "lan2", "10.98.0.1/24")
    lab.sh("nic", 4, "eth1", "lan2", "10.98.0.4/24")
    far = lab.browse(4, "--deny", "eth0", label="rd-4")
    seen = far.line(r"FOUND late .*on=eth1", 6)
    Results.within("new interface: found over it", [since(seen, max(begin, far.started))], 2000)
    Results.report("new interface is told", bool(late.line("INTERFACES eth0,eth1", 2)))
    addresses = seen[1] if seen else ""
    Results.report("an interface carries its own addresses only", "10.98.0.1" in addresses and "10.99" not in addresses)
    for process in (peer, other, late, far):
        process.stop()


def families(lab):
    """IPv4 only, IPv6 only by link-local addresses, and that a found address can be connected to."""
    listener = lab.run(1, [PYTHON, "-u", "-c", (
        "import socket\ns=socket.create_server(('::',7000),family=socket.AF_INET6,dualstack_ipv6=True,backlog=64)\n"
        "print('LISTENING',flush=True)\nwhile True: s.accept()[0].close()")])
    listener.line("LISTENING", 10)
    server = lab.advertise(1, "conn")
    client = lab.browse(2, "--connect")
    line = client.line(r"CONNECTED fe80::99:1%eth0", 6)
    client.wait(lambda _: len(client.matching("CONNECTED")) >= 3, 2)
    reached = {l.split()[1] for _, l in client.matching("CONNECTED")}
    Results.report("every address found can be connected to, with its scope", bool(line) and len(reached) == 3
                   and not client.matching("REFUSED"), ", ".join(sorted(reached)))
    server.stop()
    client.stop()
    for host in (1, 2, 3):
        lab.ip(host, f"addr del 10.99.0.{host}/24 dev eth0; addr del fd99::{host}/64 dev eth0")
    client = lab.browse(2, "--connect")
    time.sleep(1)
    server = lab.advertise(1, "six")
    seen = client.line(r"FOUND six .*at=fe80::99:1%eth0 ", 6)
    Results.within("IPv6 only: seen", [since(seen, server.started)], 1500)
    Results.report("IPv6 only: connected by the link-local address", bool(client.line("CONNECTED fe80::99:1%eth0", 3)))
    # A record is multicast once a second, and its last announcement comes three seconds after the first.
    time.sleep(4.5)
    cold = lab.browse(3)
    Results.within("IPv6 only: cold scan", [since(cold.line("FOUND six ", 3), cold.started)], 1000)
    avahi = lab.avahi(3, ["six-avahi"])
    Results.within("IPv6 only: avahi seen by ours", [since(client.line("FOUND six-avahi ", 6), avahi.started)], 2500)
    for process in (client, server, cold, avahi, listener):
        process.stop()
    for host in (1, 2, 3):
        lab.ip(host, f"addr flush dev eth0; addr add 10.99.0.{host}/24 brd + dev eth0")
        for knob in ("all", "eth0"):
            subprocess.run(
                ["nsenter", f"--net=/run/netns/{lab.name}-h{host}", "sysctl", "-qw",
                 f"net.ipv6.conf.{knob}.disable_ipv6=1"], check=True)
    client = lab.browse(2)
    zeroconf = lab.zeroconf(3, "--browse", "--ip", "4")
    time.sleep(1.5)
    server = lab.advertise(1, "four")
    seen = client.line(r"FOUND four .*at=10\.99\.0\.1 ", 6)
    Results.within("IPv4 only: seen by ours", [since(seen, server.started)], 1500)
    Results.within("IPv4 only: seen by zeroconf", [since(zeroconf.line("FOUND four ", 6), server.started)], 1500)
    for process in (client, server, zeroconf):
        process.stop()


def two_cards(lab):
    """Cable and Wi-Fi in one LAN: the same host twice is not two hosts."""
    lab.sh("nic", 1, "eth1", "br0", "10.99.0.51/24")
    watcher = lab.browse(2)
    both = lab.browse(1, "--advertise", "both", label="rd-both")
    settle(both)
    time.sleep(3)
    renamed = both.matching("RENAMED")
    both.send(signal.SIGUSR2)
    told = both.line("STATISTICS", 3)
    name = told[1] if told else ""
    seen = watcher.matching(r"FOUND both .*host=rd-both\.local.*at=\S*10\.99\.0\.51")
    Results.report("two cards in one LAN: no rename, one service, both addresses",
                   not renamed and 'hostName: "rd-both.local"' in name and bool(seen) and len(watcher.names()) == 1)
    Results.report("two cards in one LAN: does not find itself", not both.names())
    for process in (both, watcher):
        process.stop()


# Names


def duplicates(lab):
    watcher = lab.browse(3)
    time.sleep(1)

    def holder_and_newcomer(what, holder, newcomer, ours_is_newcomer, holder_id, newcomer_id):
        first = holder()
        ready(first)
        time.sleep(2.5)
        second = newcomer()
        pattern = rf"FOUND dup.* (id={newcomer_id}\b|txt=.*id={newcomer_id}\b)"
        watcher.line(pattern, 8, second.started)
        time.sleep(1.5)
        held = watcher.matching(rf"FOUND dup host=.*id={holder_id}\b", first.started)
        new = [l for _, l in watcher.matching(pattern, second.started)]
        stolen = [l for l in new if re.match("FOUND dup host=", l)]
        renamed = [l for _, l in first.matching("RENAMED")]
        good = bool(held) and bool(new) and not stolen and not renamed
        if ours_is_newcomer:
            good = good and bool(second.matching("RENAMED dup -> dup \\(2\\)"))
        name = re.match(r"FOUND (.+?) host=", new[-1])[1] if new else "nothing"
        Results.report(f"duplicate instance, {what}: the newcomer renames, identities stay", good, f"dup, {name}")
        second.stop()
        first.stop()
        time.sleep(1.5)

    def ours(host, ident):
        return lab.probe(host, "--host", f"rd-{host}", "--advertise", "dup", "--txt", f"id={ident}")

    def zeroconf(host):
        return lab.zeroconf(host, "--advertise", "dup", "--host", f"zc{host}", "--address", f"10.99.0.{host}")

    holder_and_newcomer("ours holds, ours comes", lambda: ours(1, "A"), lambda: ours(2, "B"), True, "A", "B")
    holder_and_newcomer("zeroconf holds, ours comes", lambda: zeroconf(1), lambda: ours(2, "B"), True, "dup", "B")
    holder_and_newcomer("ours holds, zeroconf comes", lambda: ours(1, "A"), lambda: zeroconf(2), False, "A", "dup")
    holder_and_newcomer("avahi holds, ours comes", lambda: lab.avahi(1, ["dup"]), lambda: ours(2, "B"), True, "dup", "B")
    holder_and_newcomer("ours holds, avahi comes", lambda: ours(1, "A"), lambda: lab.avahi(2, ["dup"]), False, "A", "dup")
    first = lab.advertise(1, "first", label="same")
    settle(first)
    second = lab.advertise(2, "second", label="same")
    third = lab.avahi(4, ["third"], label="same")
    seen = [watcher.line(p, 8) for p in (r"FOUND first host=same\.local", r"FOUND second host=same-\d+\.local",
                                         r"FOUND third host=same-\d+\.local")]
    time.sleep(1)
    moved = watcher.matching(r"FOUND first host=same-")
    Results.report("duplicate host name: the newcomers rename, the holder does not", all(seen) and not moved,
                   ", ".join(s[1].split()[2] for s in seen if s))
    for process in (first, second, third, watcher):
        process.stop()


def company(lab):
    """avahi-daemon, zeroconf and two of ours on one host, all on port 5353 under different users."""
    avahi = lab.avahi(1, ["c-avahi"])
    zeroconf = lab.zeroconf(1, "--advertise", "c-zeroconf", "--host", "c-zc", "--address", "10.99.0.1")
    ours = [lab.advertise(1, "c-one", label="rd-c1"),
            lab.run(1, [Settings.probe, "--host", "rd-c2", "--advertise", "c-two"])]
    for process in (avahi, zeroconf, *ours):
        ready(process)
    time.sleep(4)
    wanted = {"c-avahi", "c-zeroconf", "c-one", "c-two"}
    for where, start in (("outside by ours", lambda: lab.browse(2)), ("inside by ours", lambda: lab.browse(1)),
                         ("outside by zeroconf", lambda: lab.zeroconf(3, "--browse"))):
        times = []
        for _ in range(4):
            browser = start()
            browser.wait(lambda _, b=browser: wanted <= set(b.names()), 4)
            found = browser.names()
            begin = browser.line("START", 1)[0]
            times.append(max(found[n] for n in wanted) - begin if wanted <= set(found) else None)
            browser.stop()
            time.sleep(1.5)
        Results.within(f"one host, four responders: all found from {where}", times, 2000)
    renames = [l for p in (avahi, zeroconf, *ours) for _, l in p.matching("RENAMED|ollision|#2|-2")]
    Results.report("one host, four responders: nobody renames", not renames and all(p.alive for p in ours))
    with open(f"/proc/{ours[0].pid}/status", encoding="ascii") as file:
        status = file.read()
    plain = re.search(r"Uid:\s+65534\s+65534", status) and re.search(r"CapEff:\s+0+\n", status)
    Results.report("runs as nobody without capabilities", bool(plain))
    for process in (avahi, zeroconf, *ours):
        process.stop()
    script = ("import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
              "s.bind(('',5353));print('BOUND',flush=True);time.sleep(30)")
    hog = lab.run(1, [PYTHON, "-u", "-c", script])
    hog.line("BOUND", 10)
    refused = lab.advertise(1, "never")
    line = refused.line("ERROR", 3)
    Results.report("a port that is not shared is a named error", bool(line) and "5353" in line[1] and "use" in line[1],
                   line[1] if line else "no error")
    hog.stop(signal.SIGKILL)


# Malice


def malice(lab):
    victim = lab.browse(1, "--advertise", "alice", label="rd-1")
    honest = lab.advertise(2, "honest")
    settle(victim)
    victim.line("FOUND honest ", 5)
    before = victim.rss_kb()

    def works(label):
        """The victim is alive, answers, and finds who comes new."""
        cold = lab.browse(3, label=f"rd-{label}")
        answered = cold.line(r"FOUND alice", 3)
        cold.stop()
        late = lab.advertise(4, f"late-{label}", label=f"rd-late-{label}")
        seen = victim.line(f"FOUND late-{label} ", 4)
        late.stop()
        return victim.alive and bool(answered) and bool(seen)

    def attack(*arguments):
        process = lab.hostile(3, *arguments)
        process.process.wait(60)
        process.reader.join(2)
        return process

    attack("cname", "10.99.0.3", "rd-2.local", "honest")
    Results.report("CNAME chains and compression loops: alive, answers, finds", works("cname"))
    begin = now()
    attack("forge", "10.99.0.3", "onlink")
    on_link = victim.line("FOUND onlink ", 2, begin)
    lab.ip(3, "addr add 172.30.0.3/24 dev eth0")
    begin = now()
    attack("forge", "172.30.0.3", "offlink")
    off_link = victim.line("FOUND offlink ", 2, begin)
    lab.ip(3, "addr del 172.30.0.3/24 dev eth0")
    Results.report("a source from another network is ignored", bool(on_link) and not off_link)
    begin = now()
    attack("strange", "10.99.0.3")
    victim.line("FOUND big-txt ", 4, begin)
    shown = "".join(l for _, l in victim.matching("FOUND", begin))
    Results.report("strange names are shown safely", "\\u{1b}" in shown and "\\xff\\xfe" in shown and "\x1b" not in shown
                   and "\u202e" not in shown and "big-txt" in shown)
    cpu = victim.cpu_ms()
    begin = now()
    attack("fuzz", "10.99.0.3", 10000, 7)
    took = now() - begin
    cpu = victim.cpu_ms() - cpu
    Results.report("10,000 hostile packets: alive, answers, finds", works("fuzz") and victim.rss_kb() < before + 15_000,
                   f"in {took / 1000:.1f} s, {cpu:.0f} ms CPU, RSS {before} -> {victim.rss_kb()} kB")
    cpu = victim.cpu_ms()
    flood = lab.hostile(3, "flood", "10.99.0.3", 10000, 8)
    time.sleep(2)
    late = lab.advertise(4, "in-the-flood", label="rd-flood")
    seen = victim.line("FOUND in-the-flood ", 5)
    cold = lab.browse(2, label="rd-cold")
    answered = cold.line(r"FOUND alice", 4)
    told = flood.line("SENT", 15)
    sent, seconds = (float(x) for x in told[1].split()[1:]) if told else (0, 1)
    cpu = victim.cpu_ms() - cpu
    kept = not victim.matching("LOST honest")
    good = victim.alive and bool(seen) and bool(answered) and kept and victim.rss_kb() < before + 30_000
    Results.report("a flood from one source: others still found and finding, bounded", good and sent / seconds > 9000,
                   f"{sent / seconds:.0f} packets/s for {seconds:.0f} s, newcomer seen after "
                   f"{since(seen, late.started) or -1:.0f} ms, {cpu / seconds / 10:.1f} % of a core, "
                   f"RSS {before} -> {victim.rss_kb()} kB")
    late.stop()
    cold.stop()
    victim.send(signal.SIGUSR2)
    told = victim.line("STATISTICS", 3)
    limited, entries = (int(re.search(rf"{k}: (\d+)", told[1])[1]) for k in ("limited", "cacheEntries")) if told else (0, 0)
    Results.report("the flood is cut at its source", limited > 10_000 and entries < 4000,
                   f"{limited} packets dropped unread, {entries} records kept")
    victim.stop()
    honest.stop()


# Many


class Mesh:
    """Fifty hosts that all advertise and browse."""

    size = 50

    def __init__(self):
        self.lab = Lab("m", self.size + 1)
        before = self.lab.received(self.size + 1)
        begin = now()
        self.probes = [
            self.lab.browse(i + 1, "--advertise", f"peer-{i}", label=f"rd-{i}") for i in range(self.size)]
        # How long fifty processes take to start says more about this machine than about discovery.
        started = max(probe.line("START", 20)[0] for probe in self.probes)
        times = []
        for probe in self.probes:
            found = probe.wait_names(self.size - 1, max(0.1, 30 - (now() - begin) / 1000))
            times.append(max(found.values()) - started if len(found) >= self.size - 1 else None)
        Results.within("50 hosts started together all see each other", times, 8000,
                       note=f"after the start of the last, which was {started - begin:.0f} ms after the first; "
                            f"{self.lab.received(self.size + 1) - before} packets")
        self.settled = now()

    def scan(self):
        times = []
        for turn in range(5):
            browser = self.lab.browse(self.size + 1, label=f"rd-w{turn}")
            found = browser.wait_names(self.size, 5)
            begin = browser.line("START", 1)[0]
            times.append(max(found.values()) - begin if len(found) >= self.size else None)
            browser.stop()
            time.sleep(1.2)
        Results.within("cold scan finds 50 hosts, 5 runs", times, 2000)

    def steady(self, seconds=40):
        """From a minute after the start on, when the questions have become rare."""
        time.sleep(max(0, self.settled / 1000 + 60 - time.time()))
        cpu = [probe.cpu_ms() for probe in self.probes]
        packets = self.lab.received(self.size + 1)
        time.sleep(seconds)
        rate = (self.lab.received(self.size + 1) - packets) / seconds
        load = sorted((p.cpu_ms() - c) / seconds / 10 for p, c in zip(self.probes, cpu))
        Results.report("50 hosts at rest send at most 20 packets/s together", rate <= 20, f"{rate:.1f} packets/s")
        Results.report("at rest with 50 peers under 0.1 % of a core", load[len(load) // 2] < 0.1,
                       f"median {load[len(load) // 2]:.3f} %, max {load[-1]:.3f} %, over {seconds} s")
        memory = sorted(probe.rss_kb() for probe in self.probes)
        Results.report("under 15 MB with 50 peers", memory[-1] < 15_000, f"RSS max {memory[-1]} kB")
        lost = sum(len(probe.matching("LOST peer|RENAMED")) for probe in self.probes)
        Results.report("nobody was lost or renamed meanwhile", lost == 0)

    def leave(self):
        for probe in self.probes:
            probe.send(signal.SIGTERM)
        self.lab.close()


def guarded(name, function, *arguments):
    """A check that breaks is a check that failed, and no more."""
    begin = time.time()
    try:
        function(*arguments)
    except Exception:  # pylint: disable=broad-except
        traceback.print_exc()
        Results.report(f"{name} ran to its end", False)
    print(f"# {name}: {time.time() - begin:.0f} s", flush=True)


def with_lab(name, hosts, function):
    lab = Lab(name, hosts)
    try:
        function(lab)
    finally:
        lab.close()


def main():
    Settings.probe, Settings.work, Settings.prefix = sys.argv[1:4]
    only = sys.argv[4:]
    small = [("start_to_seen", 3, start_to_seen), ("scanning", 4, scanning), ("leaving", 4, leaving), ("cables", 4, cables),
             ("families", 3, families), ("two_cards", 2, two_cards), ("duplicates", 4, duplicates),
             ("company", 3, company), ("malice", 4, malice)]
    parts = {}
    if not only or "mesh" in only:
        guarded("mesh", lambda: parts.update(mesh=Mesh()))
    if "mesh" in parts:
        guarded("mesh_scan", parts["mesh"].scan)
    if not only or "killed" in only:
        guarded("killed", lambda: parts.update(killed=Killed()))
    # Those that wait most of the time share the machine; those that measure work run alone.
    quiet = [c for c in small if c[0] in ("cables", "families", "two_cards", "duplicates", "company", "leaving")]
    alone = [c for c in small if c not in quiet]
    threads = []
    if "mesh" in parts:
        guarded("mesh_steady", parts["mesh"].steady)
        guarded("mesh_leave", parts["mesh"].leave)
    for name, hosts, check in quiet:
        if not only or name in only:
            threads.append(threading.Thread(target=guarded, args=(name, with_lab, name[:2], hosts, check)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, hosts, check in alone:
        if not only or name in only:
            guarded(name, with_lab, name[:2], hosts, check)
    if "killed" in parts:
        guarded("killed_finish", parts["killed"].finish)
    print(f"{Results.passed} passed, {Results.failed} failed", flush=True)
    sys.exit(1 if Results.failed or not Results.passed else 0)


if __name__ == "__main__":
    main()
