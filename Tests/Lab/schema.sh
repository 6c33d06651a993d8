#!/bin/bash
# schema.sh - the HTTP API is what /openapi.json says: schemathesis makes requests of every kind, right and wrong, from the
# document, and checks every answer against it. As the owner over plain HTTP on loopback, and as a peer at level full over
# TLS from another host. A fixed seed, so that two runs ask the same.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 python3 python3-venv python3-cryptography
python_tool schemathesis 4.32.5
own_world "$0" "$@"
need_binaries
scratch
lab up 2 || die "the lab does not come up"
# A language model, so that tasks are done.
lab exec 1 python3 "$LAB_DIR/model.py" 9100 "$T/asked" >/dev/null 2>&1 &
model=$!
clean_up() { kill "$model" 2>/dev/null; }
mkdir -p "$T/laptop"
printf 'name: laptop\nllm: {base_url: "http://127.0.0.1:9100/v1"}\n' >"$T/laptop/config.yaml"
node laptop 1 --host 0.0.0.0 --port 8765 || die "the node does not start"

# caller NAME: does the handshake from the second host, as far as it goes.
caller() { lab exec 2 python3 "$LAB_DIR/peer.py" 10.99.0.1 8765 "$T/$1.key" "$1"; }
# Peers for the calls to find, decide about and remove.
decoys() { local name; for name in decoy1 decoy2 decoy3; do caller "$name" >/dev/null || return 1; done; }
# conforms HOST URL OPTIONS...: schemathesis finds nothing, and has tried every operation of the document.
conforms() {
  local host=$1 url=$2 output
  shift 2
  output=$(cd "$LAB_DIR/schema" && SCHEMATHESIS_HOOKS=hooks PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 \
    lab exec "$host" timeout 100 "$TOOL/schemathesis" --config-file schemathesis.toml run "$url" --checks all --seed 1 \
    --max-examples 40 --phases examples,coverage,fuzzing --request-timeout 10 --continue-on-failure \
    --generation-database none "$@" 2>&1) || { echo "$output"; return 1; }
  grep -E '^ *[0-9]+ generated' <<<"$output" >&2
  grep -qE "^ *Tested: $operations\$" <<<"$output" || { echo "not all $operations operations: $output"; return 1; }
}

operations=$(lab exec 1 curl -sS http://localhost:8765/openapi.json | python3 -c '
import json, sys
# schemathesis leaves out the path that it has the document from.
print(sum(len(item) for path, item in json.load(sys.stdin)["paths"].items() if path != "/openapi.json"))') || die "there is no document"
ok "peers ask" decoys
ok "the owner over plain HTTP on loopback: $operations operations are as described" \
  conforms 1 http://localhost:8765/openapi.json

# The owner has removed them all.
ok "peers ask again" decoys
caller tester >/dev/null
ok "one of them is let in" at laptop approve tester --trust full
read -r outcome SELF token < <(caller tester)
export SELF
ok "it gets a token" test "$outcome" = authenticated
ok "a peer at level full over TLS: $operations operations are as described" \
  conforms 2 https://10.99.0.1:8765/openapi.json --tls-verify false --header "Authorization: Bearer $token"
no "nothing unexpected is in the log" grep -E 'failed unexpectedly|panic|Fatal' "$T/laptop/log"
stop_node laptop
ok "SIGTERM ends the node with status 0" test $? = 0
if [ $failed != 0 ]; then echo "--- log"; tail -n 20 "$T/laptop/log"; fi
finish
