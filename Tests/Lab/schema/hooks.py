"""Hooks of schemathesis, for what a document cannot say:
a scan of the network takes as long as it is told to, which the suite has no time for; a call of a tool that exists is worth
more than many names that do not; and the peer in whose name it calls must not reject or remove itself ($SELF is its id)."""
import itertools
import os

import schemathesis

SELF = os.environ.get("SELF", "peer-none").removeprefix("peer-")
turn = itertools.count()


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@schemathesis.hook
def before_call(context, case, kwargs):
    body = case.body
    if case.path == "/v1/p2p/discover":
        if isinstance(body, dict) and is_number(body.get("timeout", 5)) and 0 <= body.get("timeout", 5) <= 60:
            body["timeout"] = 0.01
        elif not isinstance(body, (dict, list, str, int, float, type(None))):  # no body: the default is 5 s
            case.body = {"timeout": 0.01}
    if case.path == "/v1/p2p/skill" and isinstance(body, dict) and next(turn) % 2:
        if isinstance(body.get("skill"), str) and isinstance(body.get("tool"), str):
            body["skill"], body["tool"] = "text", "word_count"
        if isinstance(body.get("arguments"), dict):
            body["arguments"] = {"text": "one two"}
    word = str((case.path_parameters or {}).get("peer_id", "")).removeprefix("peer-")
    if word and (SELF.startswith(word) or word == "tester"):
        case.path_parameters["peer_id"] = "nobody"
