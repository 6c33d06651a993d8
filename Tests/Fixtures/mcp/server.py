#!/usr/bin/env python3
"""A server of the Model Context Protocol over stdio, with the standard library alone: what the real ones do, and everything
that one must not do. The words of the command line say how it behaves:

  garbage        prints lines that are no messages before it begins      huge          answers calls with a line of 9 MB
  wrong-ids      answers under ids that nobody gave, then properly       twice         answers everything twice
  no-hello       never answers initialize                                no-answer     never answers a call
  dies           ends in the middle of the answer to a call              floods        answers a call with notifications only
  pages=N        lists N tools, one a page                               endless       lists pages without end
  no-cancel      goes on with calls that are cancelled                   stubborn      ignores SIGTERM and the end of its input
  stderr=BYTES   writes so much to its standard error                    version=V     insists on that revision
  no-tools       does not offer tools                                    deaf          stops reading after its tools are listed
  orphan         leaves a process that keeps its standard output open    exits=N       ends at once with that status
  batch          answers in batches
"""
import json
import os
import signal
import subprocess
import sys
import threading
import time

modes = dict((word.split("=", 1) + [""])[:2] for word in sys.argv[1:])
lock = threading.Lock()
cancelled = set()
answers = {}
changed = False


def write(text):
    with lock:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()


def send(message):
    message = {"jsonrpc": "2.0", **message}
    write(json.dumps([message] if "batch" in modes and "id" in message else message))


def answer(id, result):
    if "wrong-ids" in modes:
        send({"id": 4711, "result": result})
        send({"id": "text", "result": result})
    for _ in range(2 if "twice" in modes else 1):
        send({"id": id, "result": result})


def text(words, **more):
    return {"content": [{"type": "text", "text": words}], **more}


def tool(name, properties=None, **more):
    return {"name": name, "description": f"The tool\n{name}.", "inputSchema": {
        "type": "object", "properties": properties or {}}, **more}


TOOLS = [
    tool("echo", {"text": {"type": "string"}, "count": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
         annotations={"readOnlyHint": True}),
    tool("pid"), tool("environment"), tool("fail"), tool("files"), tool("structured"), tool("pretend"), tool("ask"),
    tool("change"), tool("slow", {"steps": {"type": "integer"}}), tool("hang"), tool("secret"), tool("dotted.name"),
    tool("dotted_name"), {"name": "broken", "inputSchema": True},
]


def tools():
    names = [f"tool{number}" for number in range(int(modes.get("pages") or 0))]
    return [tool(name) for name in names] or TOOLS + ([tool("added")] if changed else [])


def ask(method):
    """Asks the client, and waits for what it says."""
    id = f"ask-{method}"
    send({"id": id, "method": method, "params": {}})
    while id not in answers:
        time.sleep(0.01)
    return answers[id]


def call(id, name, arguments, token):
    global changed
    if "no-answer" in modes:
        return
    if "dies" in modes:
        sys.stdout.write('{"jsonrpc":"2.0","id":')
        sys.stdout.flush()
        os._exit(3)
    if "huge" in modes:
        return answer(id, text("x" * 9_000_000))
    if "floods" in modes:
        while True:
            send({"method": "notifications/message", "params": {"level": "info", "data": "again"}})
    if name == "echo":
        return answer(id, text(json.dumps(arguments)))
    if name == "pid":
        return answer(id, text(str(os.getpid())))
    if name == "environment":
        return answer(id, text(json.dumps({"env": dict(os.environ), "cwd": os.getcwd()})))
    if name == "fail":
        return answer(id, text("Warning: old\nno such table: \u001b[31msales in /srv/secret/db", isError=True))
    if name == "files":
        return answer(id, {"content": [
            {"type": "text", "text": "two files"}, {"type": "image", "data": "iVBORw0KGgo=", "mimeType": "image/png"},
            {"type": "resource", "resource": {"uri": "file:///tmp/data.bin", "blob": "AAEC"}}]})
    if name == "structured":
        return answer(id, text("{}", structuredContent={"rows": [1, 2]}))
    if name == "pretend":
        return answer(id, text("", structuredContent={"$stream": 1, "name": "file"}))
    if name == "ask":
        return answer(id, text(json.dumps([ask(method) for method in
                                           ("ping", "roots/list", "sampling/createMessage", "elicitation/create")])))
    if name == "change":
        changed = True
        send({"method": "notifications/tools/list_changed"})
        return answer(id, text("done"))
    if name == "slow":
        for step in range(arguments.get("steps", 3)):
            send({"method": "notifications/progress", "params": {
                "progressToken": token, "progress": step + 1, "total": arguments.get("steps", 3), "message": f"step {step + 1}"}})
            time.sleep(0.15)
        return answer(id, text("done"))
    if name == "hang":
        while id not in cancelled or "no-cancel" in modes:
            time.sleep(0.01)
        print("cancelled a call", file=sys.stderr, flush=True)
        return None
    if name == "secret":
        print("the key is", os.environ.get("API_KEY"), file=sys.stderr, flush=True)
        return answer(id, text(f"bad key {os.environ.get('API_KEY')}", isError=True))
    return answer(id, text(name))


def handle(message):
    method, id, params = message.get("method"), message.get("id"), message.get("params", {})
    if method == "initialize" and "no-hello" not in modes:
        capabilities = {} if "no-tools" in modes else {"tools": {"listChanged": True}}
        answer(id, {"protocolVersion": modes.get("version") or params["protocolVersion"], "capabilities": capabilities,
                    "serverInfo": {"name": "misbehaver", "version": "1"}})
    elif method == "tools/list":
        listed = tools()
        if "endless" in modes:
            return answer(id, {"tools": [], "nextCursor": os.urandom(4).hex()})
        if "pages" in modes:
            place = int(params.get("cursor", 0))
            more = {"nextCursor": str(place + 1)} if place + 1 < len(listed) else {}
            return answer(id, {"tools": listed[place:place + 1], **more})
        answer(id, {"tools": listed})
        if "deaf" in modes:
            time.sleep(3600)
    elif method == "tools/call":
        token = params.get("_meta", {}).get("progressToken")
        work = (id, params["name"], params.get("arguments", {}), token)
        threading.Thread(target=call, args=work, daemon=True).start()
    elif method == "notifications/cancelled":
        cancelled.add(params.get("requestId"))
    elif method == "ping":
        answer(id, {})
    elif method is None:
        answers[id] = message.get("result", message.get("error"))


if "exits" in modes:
    print("Traceback: all of it\nValueError: no key was given", file=sys.stderr)
    sys.exit(int(modes["exits"]))
if "stubborn" in modes:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "orphan" in modes:
    subprocess.Popen(["sleep", "3600"], start_new_session=True)
if "garbage" in modes:
    print("Welcome to the server!\n{\"half\": \n[1, 2\n\n{}\n\"\\ud800\"", flush=True)
    sys.stdout.buffer.write(b"\xff\xfe\x00 bytes\r\n")
    sys.stdout.buffer.flush()
if "stderr" in modes:
    left = int(modes["stderr"])
    while left > 0:
        left -= sys.stderr.write("e" * 65_535 + "\n")
for line in sys.stdin:
    handle(json.loads(line))
if "stubborn" in modes:
    time.sleep(3600)
