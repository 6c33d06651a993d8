#!/usr/bin/env python3
"""pairing.py ROUNDS - one node joins another with a code, and one of the two is killed (SIGKILL) on the way, at each moment
in turn. Afterwards both have approved each other, or the code is still good, or it is refused with a sentence and a new one
does. Started by pairing.sh, which gives RD, R, T and the namespaces; the cable is slow, so that the steps lie apart."""
import json
import os
import random
import signal
import subprocess
import sys
import time

from tally import check, finish

ROUNDS = int(sys.argv[1])
R, RD, T = os.environ["R"], os.environ["RD"], os.environ["T"]
NAMESPACES = {"inviter": os.environ["INVITER_NETNS"], "joiner": os.environ["JOINER_NETNS"]}
ADDRESS = "10.99.0.1"


class Node:
    def __init__(self, name):
        self.name, self.process = name, None
        os.makedirs(f"{T}/{name}")
        with open(f"{T}/{name}/config.yaml", "w") as file:
            file.write(f"name: {name}\np2p:\n  advertise_mdns: false\n  auto_discover: false\n")
        self.start()
        self.id = self.ask("identity", "--quiet")[1].strip()

    def start(self):
        folder = f"{T}/{self.name}"
        with open(f"{folder}/log", "a") as log:
            self.process = subprocess.Popen(
                ["nsenter", f"--net={NAMESPACES[self.name]}", "--", RD, "--config", f"{folder}/config.yaml",
                 "--state-dir", f"{folder}/state", "--socket", f"{folder}/rd.sock"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.time() + 20
        while self.ask("status")[0] != 0:
            if self.process.poll() is not None or time.time() > end:
                with open(f"{folder}/log") as log:
                    sys.exit(f"{self.name} does not come back:\n" + log.read()[-3000:])
            time.sleep(0.02)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def begin(self, *words):
        return subprocess.Popen(
            [R, *words], env={**os.environ, "RD_SOCKET": f"{T}/{self.name}/rd.sock"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ask(self, *words):
        process = self.begin(*words)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def has_approved(self, other):
        status, out, err = self.ask("peers", "--json")
        if status != 0:
            raise RuntimeError(err)
        return any(peer["peer_id"] == other.id and peer["status"] == "approved" for peer in json.loads(out)["peers"])

    def uses(self, other):
        status, out, err = self.ask("call", other.id, "text.word_count", "text=one two", "--timeout", "10")
        return "" if status == 0 else f"{self.name} cannot call {other.name}: exit {status}: {out}{err}"


inviter, joiner = Node("inviter"), Node("joiner")


def code():
    status, out, err = inviter.ask("invite", "--trust", "trusted", "--quiet")
    if status != 0:
        raise RuntimeError(err)
    return out.strip()


def join(secret):
    return joiner.begin("join", secret, ADDRESS, "--trust", "trusted")


def part():
    """Back to two nodes that do not know each other."""
    inviter.ask("invite", "revoke", "--all")
    for node, other in ((inviter, joiner), (joiner, inviter)):
        node.ask("remove", other.id)


def mend(secret):
    """What the owner may do when a join did not succeed, and what it took. Raises what must not be."""
    here, there = joiner.has_approved(inviter), inviter.has_approved(joiner)
    if here and there:
        return "both had approved"
    if here:
        raise AssertionError("the joiner has approved a node that has not let it in")
    half = ", the joiner was let in already" if there else ""
    again = join(secret)
    _, err = again.communicate(timeout=60)
    if again.returncode == 0:
        return "the same code was still good" + half
    if again.returncode != 77 or "the invitation is not valid" not in err:
        raise AssertionError(f"the code is refused with exit {again.returncode}: {err}")
    fresh = join(code())
    _, err = fresh.communicate(timeout=60)
    if fresh.returncode != 0:
        raise AssertionError(f"a new code does not do either: exit {fresh.returncode}: {err}")
    return "the code was used up, a new one did" + half


def disturbed(secret, victim, moment):
    """Joins, kills the victim meanwhile, and returns what it took to pair the two after that."""
    joining = join(secret)
    time.sleep(moment)
    victim.kill()
    joining.communicate(timeout=60)
    victim.start()
    if joining.returncode == 0 and not (joiner.has_approved(inviter) and inviter.has_approved(joiner)):
        raise AssertionError("the join was acknowledged, and is lost")
    outcome = mend(secret)
    broken = [words for words in (joiner.uses(inviter), inviter.uses(joiner)) if words]
    if broken:
        raise AssertionError("; ".join(broken))
    return outcome


began = time.time()
quiet = join(code())
quiet.communicate(timeout=60)
whole = time.time() - began
check(f"a join that nobody disturbs ({whole:.2f} s)", quiet.returncode == 0 and not joiner.uses(inviter))
part()
seed = int(os.environ.get("PAIRING_SEED", time.time()))
print(f"PAIRING_SEED={seed}", flush=True)
random.seed(seed)
outcomes = {}
for number in range(ROUNDS):
    victim = (inviter, joiner)[number % 2]
    moment = whole * (number // 2 + random.random()) / (ROUNDS // 2)
    name = f"{victim.name} killed {moment:.2f} s into a join"
    try:
        outcome = disturbed(code(), victim, moment)
    except (AssertionError, RuntimeError, subprocess.TimeoutExpired) as error:
        check(name, False, error)
    else:
        check(f"{name}: {outcome}", True)
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    part()
for node in (inviter, joiner):
    node.process.terminate()
    check(f"{node.name} ends with status 0", node.process.wait(timeout=20) == 0)
print("; ".join(f"{count} × {outcome}" for outcome, count in sorted(outcomes.items())))
finish()
