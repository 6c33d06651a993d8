"""Hosts, processes and measurements for the multicast DNS lab checks."""
import os
import re
import signal
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LAB_SH = os.path.join(HERE, "..", "lab.sh")
AVAHI_SH = os.path.join(HERE, "..", "avahi-host.sh")
PYTHON = "/usr/bin/python3"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
TYPE = "_r-cli._tcp"


class Settings:
    probe = ""
    work = ""
    prefix = ""


def now():
    return time.time() * 1000


class Process:
    """A process with its lines of output and the time of each in milliseconds."""

    def __init__(self, command, env=None):
        self.lines = []
        self.changed = threading.Condition()
        self.started = now()
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1,
            errors="replace", env=env)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            at = now()
            match = re.match(r"(\d{13})(?:\.\d+)? (.*)", line.rstrip("\n"))
            with self.changed:
                self.lines.append((float(match[1]), match[2]) if match else (at, line.rstrip("\n")))
                self.changed.notify_all()

    def wait(self, predicate, timeout):
        """The first true value of predicate(lines), or None when the time is over."""
        end = time.time() + timeout
        with self.changed:
            while True:
                value = predicate(self.lines)
                if value:
                    return value
                rest = end - time.time()
                if rest <= 0:
                    return None
                self.changed.wait(rest)

    def line(self, pattern, timeout=5, since=0.0):
        """The time and text of the first line that matches and is not older than since, or None."""
        expression = re.compile(pattern)
        return self.wait(
            lambda lines: next(((t, l) for t, l in lines if t >= since and expression.search(l)), None), timeout)

    def matching(self, pattern, since=0.0):
        expression = re.compile(pattern)
        return [(t, l) for t, l in list(self.lines) if t >= since and expression.search(l)]

    def names(self):
        """The instances found so far, with the time of the first sighting."""
        found = {}
        for t, line in list(self.lines):
            match = re.match(r"FOUND (.+?) host=", line) or re.match(r"=;\w+;IPv\d;([^;]+);", line)
            if match and match[1] not in found:
                found[match[1]] = t
        return found

    def wait_names(self, count, timeout):
        self.wait(lambda _: len(self.names()) >= count, timeout)
        return self.names()

    @property
    def pid(self):
        return self.process.pid

    @property
    def alive(self):
        return self.process.poll() is None

    def send(self, number):
        if self.alive:
            self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=6):
        self.send(number)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(2)

    def cpu_ms(self):
        """Processor time so far, in milliseconds, from the scheduler (the clock ticks of stat are too coarse)."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        return total / 1e6

    def rss_kb(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read())[1])


class Lab:
    """A switch with hosts of its own; leaves nothing behind."""

    all = []

    def __init__(self, name, hosts):
        self.name = f"{Settings.prefix}{name}"
        self.env = dict(os.environ, LAB=self.name)
        self.processes = []
        Lab.all.append(self)
        self.sh("up", hosts)

    def sh(self, *arguments):
        subprocess.run([LAB_SH, *map(str, arguments)], env=self.env, check=True, stdin=subprocess.DEVNULL)

    def ip(self, host, command):
        """Runs ip(8) commands in a host, all at once; ';' separates them."""
        text = "\n".join(part.strip() for part in command.split(";")) + "\n"
        subprocess.run(["ip", "-n", f"{self.name}-h{host}", "-batch", "-"], input=text, text=True, check=True)

    def run(self, host, command, user=None):
        prefix = ["nsenter", f"--net=/run/netns/{self.name}-h{host}", "--"]
        process = Process(prefix + (NOBODY if user == "nobody" else []) + command, env=self.env)
        self.processes.append(process)
        return process

    def probe(self, host, *arguments):
        """Our own, as nobody and without capabilities."""
        return self.run(host, [Settings.probe, *map(str, arguments)], user="nobody")

    def advertise(self, host, name, *arguments, label=None):
        return self.probe(host, "--host", label or f"rd-{host}", "--advertise", name, *arguments)

    def browse(self, host, *arguments, label=None):
        return self.probe(host, "--host", label or f"rd-{host}w", "--browse", *arguments)

    def zeroconf(self, host, *arguments, user="nobody"):
        command = [PYTHON, "-u", os.path.join(HERE, "zeroconf_peer.py"), *map(str, arguments)]
        return self.run(host, command, user=user)

    def hostile(self, host, *arguments):
        return self.run(host, [PYTHON, "-u", os.path.join(HERE, "hostile.py"), *map(str, arguments)])

    def avahi(self, host, names=(), kind=TYPE, label=None):
        """avahi-daemon with these services, without D-Bus."""
        folder = os.path.join(Settings.work, f"{self.name}-services-{host}")
        os.makedirs(folder, exist_ok=True)
        for file in os.listdir(folder):
            os.remove(os.path.join(folder, file))
        for index, name in enumerate(names):
            with open(os.path.join(folder, f"{index}.service"), "w", encoding="utf-8") as file:
                file.write(
                    '<?xml version="1.0" standalone="no"?><!DOCTYPE service-group SYSTEM "avahi-service.dtd">'
                    f"<service-group><name>{name}</name><service><type>{kind}</type><port>{7000 + index}</port>"
                    f"<txt-record>id={name}</txt-record></service></service-group>")
        script = """mount -t tmpfs none /run; mkdir -p /run/avahi-daemon; mount --bind "$1" /etc/avahi/services
printf '[server]\\nhost-name=%s\\nenable-dbus=no\\nratelimit-burst=1000\\n[publish]\\npublish-hinfo=no\\n' "$2" > /run/a.conf
printf 'publish-workstation=no\\n' >> /run/a.conf
exec avahi-daemon -f /run/a.conf --no-drop-root --no-chroot --no-rlimits --no-proc-title"""
        command = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh", folder, label or f"av-{host}"]
        return self.run(host, command)

    def avahi_with_bus(self, host):
        """avahi-daemon with a system bus of its own, for avahi-browse."""
        logs = os.path.join(Settings.work, f"{self.name}-bus")
        process = Process([AVAHI_SH, str(host), logs], env=self.env)
        self.processes.append(process)
        process.line("Server startup complete", 10)
        return process

    def avahi_browse(self, host, kind=TYPE):
        with open(os.path.join(Settings.work, f"{self.name}-bus", f"avahi-{host}.pid"), encoding="ascii") as file:
            pid = file.read().strip()
        command = ["nsenter", "-t", pid, "-m", "-n", "-u", "avahi-browse", "-rp", kind]
        process = Process(command, env=self.env)
        self.processes.append(process)
        return process

    def received(self, host):
        """Packets that a host's card has received."""
        command = ["nsenter", f"--net=/run/netns/{self.name}-h{host}", "ip", "-s", "link", "show", "eth0"]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return int(re.search(r"RX:.*\n\s*(\d+)\s+(\d+)", text)[2])

    def close(self):
        for process in self.processes:
            if process.alive:
                process.process.kill()
        for process in self.processes:
            process.stop(signal.SIGKILL)
        self.processes = []
        self.sh("down")
        if self in Lab.all:
            Lab.all.remove(self)


class Results:
    """One line per check."""

    lock = threading.Lock()
    passed = 0
    failed = 0

    @classmethod
    def report(cls, behaviour, good, figures=""):
        with cls.lock:
            if good:
                cls.passed += 1
            else:
                cls.failed += 1
            print(f"{'ok' if good else 'FAIL'} {behaviour}" + (f" ({figures})" if figures else ""), flush=True)

    @classmethod
    def within(cls, behaviour, times, limit, wanted=None, note=""):
        """Checks that all times (None for never) are there and at most limit milliseconds."""
        there = sorted(t for t in times if t is not None)
        wanted = len(times) if wanted is None else wanted
        if there:
            text = f"{there[len(there) // 2]:.0f} ms median, {there[-1]:.0f} ms max, n={len(there)}, limit {limit}"
        else:
            text = "never"
        missed = wanted - len(there)
        if missed:
            text += f", {missed} missed"
        cls.report(behaviour, bool(there) and not missed and there[-1] <= limit, text + (f"; {note}" if note else ""))
