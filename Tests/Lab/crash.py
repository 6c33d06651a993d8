#!/usr/bin/env python3
"""crash.py ROUNDS SECONDS - kills a node in the middle of approvals, rejections and calls, and compares after every
restart what it acknowledged with what it kept, the audit log included. Started by crash.sh, which gives RD, R, T and the lab in the environment.

laptop is killed; mini calls it all the time, and other peers' records (made by adding mini and box) are changed."""
import functools
import json
import os
import random
import signal
import subprocess
import sys
import time

import tally
from audit import prove

ROUNDS, SECONDS = int(sys.argv[1]), float(sys.argv[2])
R, RD, T = os.environ["R"], os.environ["RD"], os.environ["T"]
NETNS = os.environ["LAPTOP_NETNS"]
check = functools.partial(tally.check, quiet=True)  # there are thousands


def client(node, *words, wait=True):
    process = subprocess.Popen(
        [R, *words], env={**os.environ, "RD_SOCKET": f"{T}/{node}/rd.sock"},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if not wait:
        return process
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def peers():
    status, out, err = client("laptop", "peers", "--json")
    if status != 0:
        raise RuntimeError(f"exit {status}: {err}")
    return {peer["peer_id"]: (peer["status"], peer["trust"]) for peer in json.loads(out)["peers"]}


def start():
    log = open(f"{T}/laptop/log", "a")
    node = subprocess.Popen(
        ["nsenter", f"--net={NETNS}", "--", RD, "--config", f"{T}/laptop/config.yaml", "--state-dir",
         f"{T}/laptop/state", "--socket", f"{T}/laptop/rd.sock", "--host", "0.0.0.0", "--port", "8765"],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    end = time.time() + 15
    while time.time() < end:
        status, _, _ = client("laptop", "status", "--json")
        if status == 0:
            return node
        if node.poll() is not None:
            break
        time.sleep(0.02)
    sys.exit(f"laptop does not come back (exit {node.poll()}):\n" + open(f"{T}/laptop/log").read()[-3000:])


def change(peer):
    """A change to one peer and the state it leads to."""
    level = random.choice(["basic", "trusted", "full"])
    return random.choice([
        (["approve", peer, "--trust", level, "--yes", "--json"], ("approved", level)),
        (["reject", peer, "--json"], ("rejected", None)),
    ])


def fits(state, wanted):
    return state is not None and state[0] == wanted[0] and (wanted[1] is None or state[1] == wanted[1])


def prove_chain(when, head):
    """The audit log's chain holds, and what an earlier proof saw is still in it."""
    expected = ["--expect", head] if head else []
    status, out, err = client("laptop", "audit", "verify", *expected, "--json")
    check(f"{when}: the audit log's chain holds", status == 0, f"exit {status}: {out} {err}")
    return json.loads(out or "{}").get("head", head)


seed = int(os.environ.get("CRASH_SEED", time.time()))
print(f"CRASH_SEED={seed}", flush=True)
random.seed(seed)
node = start()
head = prove_chain("before", None)
acknowledged = {peer: [state] for peer, state in peers().items()}  # what must be there, each one of a list
targets = sorted(acknowledged)
check("two peers to decide about", len(targets) >= 2, targets)
began = time.time()
changes = calls = rounds = 0
answered = 0
for rounds in range(1, ROUNDS + 1):
    if time.time() - began > SECONDS:
        rounds -= 1
        break
    background = [client("mini", "call", "laptop", "text.word_count", "text=one two three", "--json", wait=False)
                  for _ in range(2)]
    # Some changes that are acknowledged, then one that the kill may meet half-way.
    for _ in range(random.randint(0, 2)):
        peer = random.choice(targets)
        words, wanted = change(peer)
        status, out, err = client("laptop", *words)
        check("a change is accepted", status == 0, f"{words}: exit {status}: {err}")
        if status == 0:
            acknowledged[peer] = [wanted]
            changes += 1
    peer = random.choice(targets)
    words, wanted = change(peer)
    racing = client("laptop", *words, wait=False)
    time.sleep(random.uniform(0, 0.15))
    node.send_signal(signal.SIGKILL)
    node.wait()
    said, _ = racing.communicate(timeout=30)
    if racing.returncode == 0:
        check("an acknowledgement says what became of the peer", json.loads(said or "{}").get("status") == wanted[0], said)
        acknowledged[peer] = [wanted]
        changes += 1
    else:  # it may have happened or not, but nothing in between
        acknowledged[peer] = acknowledged[peer] + [wanted]
    for call in background:
        call.communicate(timeout=60)
        calls += 1
        answered += call.returncode == 0
        check("a call that is cut off ends with a status of the contract", call.returncode in (0, 1, 75, 77),
              call.returncode)
    node = start()
    found = peers()
    head = prove_chain(f"round {rounds}", head)
    for target, possible in acknowledged.items():
        check(f"round {rounds}: what was acknowledged is there", any(fits(found.get(target), one) for one in possible),
              f"{target} is {found.get(target)}, acknowledged {possible}")
        if len(possible) > 1:  # settle what it was
            acknowledged[target] = [found.get(target)]
check(f"{ROUNDS} kills in {SECONDS:.0f} s", rounds == ROUNDS, f"only {rounds}")
node.terminate()
check("SIGTERM ends with 0", node.wait(timeout=20) == 0, node.returncode)
proof, good = prove(f"{T}/laptop/state", head)
check("an independent program proves the same chain", good, proof)
print(f"{rounds} kills, {changes} changes acknowledged, {calls} calls of which {answered} were answered, "
      f"{time.time() - began:.0f} s")
tally.finish()
