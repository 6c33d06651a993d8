#!/usr/bin/env python3
"""measure.py - the clock of the benchmarks. Each verb prints `name value` lines, times in milliseconds.

  measure.py spawn RUNS NAME=COMMAND...       whole processes, taken in turns so that noise hits all alike: medians
  measure.py ready NAME COMMAND...            from exec to READY=1 of a daemon, which is then stopped
  measure.py idle PID SECONDS                 resident memory, CPU time and wake-ups of a process left alone
  measure.py calls SOCKET PEER WIDE SECONDS   warm skill calls to a peer through the local socket, WIDE in flight
  measure.py seen R SOCKET NAME SECONDS       from now until the node at SOCKET lists a peer of that name
"""
import json
import os
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time

QUIET = os.open(os.devnull, os.O_RDWR)


def process(words):
    """Runs one process to its end; seconds."""
    start = time.perf_counter()
    pid = os.posix_spawnp(words[0], words, os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, QUIET, 0), (os.POSIX_SPAWN_DUP2, QUIET, 1), (os.POSIX_SPAWN_DUP2, QUIET, 2)])
    _, status = os.waitpid(pid, 0)
    took = time.perf_counter() - start
    if status != 0:
        sys.exit(f"measure.py: {shlex.join(words)} ended with {os.waitstatus_to_exitcode(status)}")
    return took


def spawn(runs, *commands):
    named = [(name, shlex.split(command)) for name, _, command in (word.partition("=") for word in commands)]
    times = {name: [] for name, _ in named}
    for turn in range(int(runs) + 3):
        for name, words in named:
            took = process(words)
            if turn >= 3:  # the first ones warm the page cache
                times[name].append(took)
    for name, taken in times.items():
        print(name, f"{statistics.median(taken) * 1000:.2f}")


def ready(name, *words):
    taken = []
    for _ in range(10):
        path = f"{os.environ['T']}/notify"
        if os.path.exists(path):
            os.unlink(path)
        door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        door.bind(path)
        door.settimeout(20)
        start = time.perf_counter()
        daemon = subprocess.Popen(words, env={**os.environ, "NOTIFY_SOCKET": path}, stdin=QUIET, stdout=QUIET, stderr=QUIET)
        while b"READY=1" not in door.recv(4096):
            pass
        taken.append(time.perf_counter() - start)
        daemon.send_signal(signal.SIGTERM)
        daemon.wait()
        door.close()
    print(name, f"{statistics.median(taken) * 1000:.1f}")


def threads(pid):
    """How often each thread has gone to sleep so far."""
    counts = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as status:
            counts[thread] = sum(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
    return counts


def resident(pid):
    """Resident memory, MiB."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def processor(pid):
    """Processor time used so far, seconds."""
    with open(f"/proc/{pid}/stat") as stat:
        words = stat.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def idle(pid, seconds):
    used, before, wakeups = processor(pid), threads(pid), 0
    for _ in range(int(seconds)):  # threads come and go, so look often
        time.sleep(1)
        now = threads(pid)
        wakeups += sum(count - before.get(thread, 0) for thread, count in now.items())
        before = now
    print("memory_mib", f"{resident(pid):.1f}")
    print("wakeups_per_s", f"{wakeups / int(seconds):.2f}")
    print("cpu_percent", f"{(processor(pid) - used) / int(seconds) * 100:.3f}")


def calls(path, peer, wide, seconds):
    """One connection; as many requests in flight as asked; each answer is followed by the next request."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.connect(path)
    sent, taken, number = {}, [], 0

    def ask():
        nonlocal number
        number += 1
        sent[number] = time.perf_counter()
        door.sendall(json.dumps({
            "jsonrpc": "2.0", "id": number, "method": "p2p.remote_skill",
            "params": {"peer_id": peer, "skill": "text", "tool": "word_count", "arguments": {"text": "one two three"}},
        }).encode() + b"\n")

    for _ in range(int(wide)):
        ask()
    warm, end, unread = time.perf_counter() + 1, time.perf_counter() + 1 + float(seconds), b""
    while time.perf_counter() < end:
        unread += door.recv(1 << 20)
        *lines, unread = unread.split(b"\n")
        for line in lines:
            answer = json.loads(line)
            if "id" not in answer:
                continue
            now = time.perf_counter()
            if "error" in answer or not answer["result"]["success"]:
                sys.exit(f"measure.py: a call failed: {line[:300]!r}")
            took = now - sent.pop(answer["id"])
            if now > warm:
                taken.append(took)
            ask()
    taken.sort()
    print("p50_ms", f"{taken[len(taken) // 2] * 1000:.2f}")
    print("p99_ms", f"{taken[len(taken) * 99 // 100] * 1000:.2f}")
    print("per_s", f"{len(taken) / float(seconds):.0f}")


def seen(client, path, name, seconds):
    start = time.perf_counter()
    while time.perf_counter() - start < float(seconds):
        answer = subprocess.run([client, "peers", "--json"], env={**os.environ, "RD_SOCKET": path}, capture_output=True)
        if answer.returncode == 0 and any(peer["name"] == name for peer in json.loads(answer.stdout)["peers"]):
            print("seen_ms", f"{(time.perf_counter() - start) * 1000:.0f}")
            return
        time.sleep(0.005)
    sys.exit(f"measure.py: {name} was not seen in {seconds} s")


verbs = {"spawn": spawn, "ready": ready, "idle": idle, "calls": calls, "seen": seen}
if len(sys.argv) < 2 or sys.argv[1] not in verbs:
    sys.exit(__doc__)
verbs[sys.argv[1]](*sys.argv[2:])
