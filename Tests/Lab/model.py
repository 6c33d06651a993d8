#!/usr/bin/env python3
"""model.py PORT LOG - a language model behind the chat completions API that does what the task's text says. Each request is
one line in LOG: the round, the task, and the key that was sent.

  count: TEXT      calls text__word_count, and answers with what it gave
  change: TEXT     calls note__keep, whose tool is not read-only, then as slow
  slow: SECONDS    answers after that time
  refuse           answers 401 with a secret in the text"""
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOG = open(sys.argv[2], "a", buffering=1)  # noqa: SIM115


def call(name, **arguments):
    return {"content": None, "tool_calls": [
        {"id": "c1", "type": "function", "function": {"name": name, "arguments": json.dumps(arguments)}}]}


def answer(task, results):
    kind, _, rest = task.partition(": ")
    if kind == "count":
        return {"content": f"words: {results[0]}"} if results else call("text__word_count", text=rest)
    if kind == "change":
        if not results:
            return call("note__keep", text=rest)
        time.sleep(3)
        return {"content": "kept"}
    if kind == "slow":
        time.sleep(float(rest))
        return {"content": "slept"}
    return {"content": f"I do not know how to {task}"}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        tasks = [entry["content"] for entry in body["messages"] if entry["role"] == "user"]
        results = [entry["content"] for entry in body["messages"] if entry["role"] == "tool"]
        LOG.write(f"{len(results)}\t{tasks[-1]}\t{self.headers['Authorization']}\n")
        if tasks[-1] == "refuse":
            return self.reply(401, {"error": {"message": "bad key sk-secret-of-the-account"}})
        return self.reply(200, {"choices": [{"message": {"role": "assistant", **answer(tasks[-1], results)}}]})

    def reply(self, status, value):
        data = json.dumps(value).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
        except OSError:
            pass  # The daemon went away, which is what some stories are about.

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Model).serve_forever()
