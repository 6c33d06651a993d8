#!/usr/bin/env python3
"""flood_rounds.py - an honest peer's p99 during each kind of flood against its p99 in quiet, in the same run. Started by
flood.sh with LAB namespaces in the environment.

A round is quiet, then flood; the median of three rounds counts. Where it is too high, up to six more are made: a round in
which programs that are no part of it used the processors does not count when there are enough others. The flooding client is bound to one processor and paced, the
honest one to the other; the daemon may use both, as it does in life."""
import json
import os
import statistics
import subprocess
import sys
import time

from tally import check, finish, memory

HONEST, FLOODER, PID = os.environ["HONEST_NS"], os.environ["FLOODER_NS"], int(os.environ["RD_PID"])
HOST, TOKEN = "10.99.0.1", os.environ["TOKEN"]
HERE = os.path.dirname(os.path.abspath(__file__))
CPUS = sorted(os.sched_getaffinity(0))
SECONDS, ROUNDS, RETRIES, FACTOR = 2, 3, 6, 3.0
# Processor seconds a second that programs beside these may use in a round that counts. The kernel's own work for the
# network is nobody's process: some is always there.
CALM = 0.6
# Attempts a second: what one client gets out of one processor with some left, so that pacing holds.
RATES = {"idle": 2000, "slow": 400, "handshake": 100, "token": 100, "reset": 60}
# Below this a p99 is the scheduler's, not the daemon's.
FLOOR = 2.0


def inside(namespace, cpu, *arguments):
    return subprocess.Popen(
        ["nsenter", f"--net={namespace}", "taskset", "-c", str(cpu), sys.executable, f"{HERE}/flood.py", *arguments],
        stdout=subprocess.PIPE, text=True)


def used(pid):
    """Processor seconds of a process with its threads."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy():
    """Processor seconds that the machine has worked."""
    with open("/proc/stat") as stat:
        numbers = [int(word) for word in stat.readline().split()[1:]]
    return (sum(numbers[:8]) - numbers[3] - numbers[4]) / os.sysconf("SC_CLK_TCK")


def measure(*parts):
    """p99 of the honest peer, and the share of one processor that programs beside these took meanwhile."""
    client = inside(HONEST, CPUS[0], "honest", HOST, TOKEN, str(SECONDS))
    pids = [PID, client.pid, *parts]
    began, all_before = time.time(), busy()
    before = sum(used(pid) for pid in pids)
    output = client.stdout.read()
    own = sum(used(pid) for pid in pids) - before
    others = (busy() - all_before - own) / (time.time() - began)
    if client.wait() != 0:
        return None, others
    latencies = sorted(json.loads(output))
    return latencies[int(len(latencies) * 0.99) - 1], others


def round_of(kind):
    """What one round found; None when the honest peer was not served."""
    quiet, others_quiet = measure()
    flood = inside(FLOODER, CPUS[-1], "flood", kind, HOST, str(RATES[kind]))
    time.sleep(1)
    loud, others_loud = measure(flood.pid)
    flood.terminate()
    counts = json.loads(flood.communicate(timeout=30)[0] or "{}")
    time.sleep(0.5)
    if quiet is None or loud is None:
        return None
    return {"quiet": quiet, "loud": loud, "counts": counts, "others": max(others_quiet, others_loud)}


def verdict(rounds):
    """The median ratio of the rounds that the machine left alone, of all when it left none alone."""
    calm = [entry for entry in rounds if entry["others"] < CALM]
    chosen = calm if len(calm) >= ROUNDS else rounds
    return statistics.median(entry["loud"] / max(entry["quiet"], FLOOR) for entry in chosen), chosen


start = memory(PID)
for kind in RATES:
    rounds, ratio, chosen = [], 0, []
    while len(rounds) < ROUNDS + RETRIES and (len(rounds) < ROUNDS or ratio > FACTOR):
        result = round_of(kind)
        if result is None:
            check(f"{kind}: an honest peer is served", False, "it was not")
            break
        rounds.append(result)
        ratio, chosen = verdict(rounds)
    if not chosen:
        continue
    quiet, loud = (statistics.median(entry[name] for entry in chosen) for name in ("quiet", "loud"))
    tried, refused = (sum(entry["counts"][name] for entry in chosen) for name in ("tried", "refused"))
    check(f"{kind}: p99 of an honest peer {quiet:.1f} ms quiet, {loud:.1f} ms in the flood: {ratio:.1f} times "
          f"({tried} attempts, {refused} cut off; {len(rounds)} rounds)", ratio <= FACTOR,
          [{name: round(entry[name], 1) for name in ("quiet", "loud", "others")} for entry in rounds])
    check(f"{kind}: memory {memory(PID):.0f} MiB", memory(PID) - start < 160, f"{start:.0f} MiB at the start")
finish()
