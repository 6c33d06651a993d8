#!/usr/bin/env python3
"""skills.py PID TOKEN...: each peer makes twenty calls at once on the node at 10.99.0.2, one sent after the other over
connections of their own. Every call has to bring its own answer, no peer may be kept behind the others, the node runs no
more than its limit at one time, starts each peer's calls in their order, and takes no memory for them that it keeps."""
import json
import os
import ssl
import statistics
import sys
import threading
import time

import http.client

from tally import check, finish, memory

PID, TOKENS = int(sys.argv[1]), sys.argv[2:]
CALLS = 20
# Places that run at one time, and those of one peer (SkillLimits, CallLimiter).
PLACES = 2 * os.cpu_count()
OWN = max(1, PLACES // 2)
answers, over = [], threading.Event()


def programs():
    """How many runs of psql the node has now."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/comm") as comm:
                    count += comm.read() == "psql\n"
            except OSError:
                pass
    return count


def call(peer, token, number, connection):
    query = "SELECT $1::bigint AS peer, $2::bigint AS number, extract(epoch FROM clock_timestamp())::float8 AS begun, " \
            "pg_sleep(0.05)::text"
    body = {"request_id": f"{peer}-{number}-{os.getpid()}", "skill": "sql", "tool": "query",
            "arguments": {"database": "sales", "query": query, "parameters": [peer, number]}, "timeout": 100}
    began = time.monotonic()
    connection.request("POST", "/v1/p2p/skill", json.dumps(body), {"Authorization": f"Bearer {token}"})
    sent.release()
    response = connection.getresponse()
    answer = json.loads(response.read())
    answers.append((peer, number, response.status, answer, time.monotonic() - began))


def watch(found):
    while not over.is_set():
        found.append((programs(), memory(PID)))
        time.sleep(0.02)


connections = {}
for peer in range(len(TOKENS)):
    for number in range(CALLS):
        connections[peer, number] = http.client.HTTPSConnection(
            "10.99.0.2", 8765, context=ssl._create_unverified_context(), timeout=120)
        connections[peer, number].connect()
before, found, threads = memory(PID), [], []
watcher = threading.Thread(target=watch, args=(found,))
watcher.start()
sent = threading.Semaphore(0)
began = time.monotonic()
for number in range(CALLS):
    for peer, token in enumerate(TOKENS):
        threads.append(threading.Thread(target=call, args=(peer, token, number, connections[peer, number])))
        threads[-1].start()
        sent.acquire()
    # A peer's next call is sent when its last one has surely arrived.
    time.sleep(0.02)
for thread in threads:
    thread.join()
took = time.monotonic() - began
over.set()
watcher.join()

total = CALLS * len(TOKENS)
good = [a for a in answers if a[2] == 200 and a[3]["success"] and a[3]["result"]["rows"][0][:2] == [a[0], a[1]]]
check(f"{total} calls of {len(TOKENS)} peers bring their own answers", len(good) == total,
      [a[2:4] for a in answers if a not in good][:3])
begun = {(a[0], a[1]): a[3]["result"]["rows"][0][2] for a in good}
late = [(p, n) for p, n in begun if any(begun.get((p, m), 0) < begun[p, n] for m in range(n + OWN + 1, CALLS))]
check("each peer's calls begin in their order", not late, late[:5])
most = max(count for count, _ in found)
check(f"at most {PLACES} run at one time", 0 < most <= PLACES, most)
ends = [max(a[4] for a in good if a[0] == peer) for peer in range(len(TOKENS))]
check("no peer waits twice as long as another", max(ends) <= 2 * min(ends), ends)
peak = max(size for _, size in found)
check("memory grows by at most 64 MiB", peak - before <= 64, (before, peak))
times = sorted(a[4] for a in good)
print(f"{total} calls in {took:.1f} s; a call p50 {statistics.median(times):.2f} s, longest {times[-1]:.2f} s; at most {most} at "
      f"one time; memory {before:.0f} MiB before, {peak:.0f} MiB at most, {memory(PID):.0f} MiB after")
finish()
