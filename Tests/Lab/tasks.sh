#!/bin/bash
# tasks.sh - tasks in plain English between two real daemons, with a language model that does what the story says (model.py):
# who may ask for what, what is seen meanwhile, and that nothing is lost or done twice when either side is killed.
. "$(dirname "$0")/suite.sh"
need_packages curl iproute2 python3 python3-cryptography
own_world "$0" "$@"
need_binaries
scratch

laptop=8765 cloud=8766 port=9100
config() { # NAME PORT
  mkdir -p "$T/$1/skills.d"
  cat >"$T/$1/config.yaml" <<Y
name: $1
p2p: {listen_host: 127.0.0.1, listen_port: $2, advertise_mdns: false, auto_discover: false}
skills: {dirs: [$T/$1/skills.d]}
Y
  cat >"$T/$1/skills.d/note.yaml" <<'Y'
name: note
description: Keeps a note.
programs: {cat: coreutils}
tools:
  keep:
    description: Keep a note.
    arguments: {text: {type: string, description: The note.}}
    required: [text]
    files: {note.txt: kept}
    run: [cat, note.txt, --, <text>]
    success: [0, 1]
Y
}
# Of the port that each daemon is started with here.
llm() { printf 'llm: {base_url: "http://127.0.0.1:%s/v1", model: any, api_key_env: LAB_KEY}\n' $port >>"$T/$1/config.yaml"; }
config laptop $laptop
config cloud $cloud
llm cloud
export LAB_KEY=sk-lab-key-of-the-test
python3 "$LAB_DIR/model.py" $port "$T/asked" 2>/dev/null &
model=$!
clean_up() { kill "$model" 2>/dev/null; }
node laptop 0 || die "laptop does not start"
node cloud 0 || die "cloud does not start"
# asked TEXT [ROUND]: how often the model was asked to begin with that task.
asked() { grep -cF "${2:-0}	$1	" "$T/asked"; }
is() { local want=$1 got; shift; got=$("$@" 2>&1); [ "$got" = "$want" ] || { echo "$got, not $want"; return 1; }; }

# --- who may ask for what ------------------------------------------------------------------------------------------------

ok "the peer is added" at laptop peers add 127.0.0.1:$cloud
exits 77 "a peer that is not approved has nothing done" at laptop ask cloud 'count: a b c'
ok "and the model was not asked" is 0 asked 'count: a b c'
ok "approve it at level basic" at cloud approve laptop --trust basic
exits 77 "at level basic it may use no skill itself" at laptop call cloud text.word_count text='a b c'
ok "but have a task done, with the skills of the node" has '^words: .*3' at laptop ask cloud 'count: a b c'
ok "the key was sent to the model" grep -qF "Bearer $LAB_KEY" "$T/asked"
no "and is nowhere in what the daemon says" grep -rqF "$LAB_KEY" "$T/cloud" "$T/laptop"
no "nor in its configuration" has "$LAB_KEY" at cloud config --json
ok "the tool's call is on record under the task" has 'task_skill +text.word_count' at cloud audit
ok "and the log proves itself" at cloud audit verify
exits 1 "a node without a model says so" at laptop ask 'count: a b c'
ok "with the setting to make" has 'hint: .*llm.base_url' at laptop ask 'count: a b c'
ok "the node itself asks its agent" has '^words: .*2' at cloud ask 'count: a b'
exits 1 "a model that refuses is no answer" at cloud ask refuse
no "and its words stay in the log of the node" has 'sk-secret' at cloud ask refuse
exits 75 "a task may take no longer than it is given" at laptop ask cloud 'slow: 5' --timeout 0.5
ok "the task comes from standard input" has '^words: .*4' bash -c "echo 'count: a b c d' | RD_SOCKET=$T/laptop/rd.sock $R ask cloud -"

# --- over HTTP ----------------------------------------------------------------------------------------------------------------

peer() { python3 "$LAB_DIR/peer.py" 127.0.0.1 "$@"; }
peer $cloud "$T/curl.key" curl >/dev/null
at cloud approve curl --trust basic >/dev/null 2>&1
read -r _ _ token < <(peer $cloud "$T/curl.key" curl)
api() { curl -sk --max-time 20 -H "Authorization: Bearer $token" "https://127.0.0.1:$cloud$1" "${@:2}"; }
api /v1/p2p/task -H 'Prefer: respond-async' -D "$T/head" -d '{"request_id":"c1","task":"slow: 1"}' >"$T/body"
ok "a caller that does not wait gets 202" grep -q '^HTTP.* 202' "$T/head"
place=$(sed -n 's/^[Ll]ocation: \([^[:space:]]*\).*/\1/p' "$T/head")
ok "the events stream to the end" has '"status":"done"' api "$place/events" -N
ok "the result is where Location says" has '"result":"slept"' api "$place"
ok "the same request again is the same task" has "${place##*/}" \
  api /v1/p2p/task -H 'Prefer: respond-async' -d '{"request_id":"c1","task":"slow: 1"}'
ok "it ran once" is 1 asked 'slow: 1'
ok "another peer's task does not exist" has '"status":404' api "/v1/p2p/tasks/task-aaaaaaaaaaaaaaaa"

# --- interrupted ----------------------------------------------------------------------------------------------------------------

# A shell's background jobs ignore SIGINT.
RD_SOCKET=$T/laptop/rd.sock env --default-signal=INT "$R" ask cloud 'slow: 30' >"$T/out" 2>&1 &
asker=$!
until_ok 10 is 1 asked 'slow: 30' || fail "the task runs" "it does not"
kill -INT $asker
wait $asker
ok "an interrupted r ends with 130" test $? = 130
ends() { has "task-[a-z2-7]+ +$2 .*$3" at "$1" tasks; }
ok "and the task is ended on the peer" until_ok 10 ends cloud cancelled 'slow: 30'

# --- killed ------------------------------------------------------------------------------------------------------------------------

again() { stop_node "$1" KILL; node "$1" 0 || die "$1 does not start again"; }
id=$(at laptop ask cloud 'slow: 2' --detach --quiet)
until_ok 10 is 1 asked 'slow: 2'
again cloud
ok "the peer is killed: the task runs again and its answer arrives" has '^slept' at laptop tasks show --watch "$id"
ok "since it had changed nothing" is 2 asked 'slow: 2'
id=$(at laptop ask cloud 'slow: 2.5' --detach --quiet)
until_ok 10 is 1 asked 'slow: 2.5'
again laptop
ok "the asking node is killed: the answer arrives all the same" has '^slept' at laptop tasks show --watch "$id"
ok "and the task ran once" is 1 asked 'slow: 2.5'
id=$(at laptop ask cloud 'change: x' --detach --quiet)
until_ok 10 is 1 asked 'change: x' 1
again cloud
exits 1 "killed after something may have changed" at laptop tasks show --watch "$id"
ok "it says so" has 'may have changed something' at laptop tasks show "$id"
ok "and it is not run again" is 1 asked 'change: x'

# Five tasks a round, and one of the two is killed somewhere in it.
ids=()
for round in 1 2 3 4 5 6; do
  for number in 1 2 3 4 5; do
    if id=$(at laptop ask cloud "count: $(printf 'w%.0s ' $(seq $((round * 5 + number))))" --detach --quiet 2>/dev/null); then
      ids+=("$id $((round * 5 + number))")
    fi
  done
  sleep "0.$((RANDOM % 4))"
  if [ $((round % 2)) = 0 ]; then again laptop; else again cloud; fi
done
lost=0
for entry in "${ids[@]}"; do
  read -r id words <<<"$entry"
  has "^words: .*[^0-9]${words}[^0-9]" timeout 60 "$R" --socket "$T/laptop/rd.sock" tasks show --watch "$id" || lost=$((lost + 1))
done
ok "six kills: of ${#ids[@]} accepted tasks none is lost or wrong" test "$lost" = 0
ok "enough were accepted to say that" test ${#ids[@]} -ge 20
ok "the audit log of both is whole" bash -c "RD_SOCKET=$T/laptop/rd.sock $R audit verify && RD_SOCKET=$T/cloud/rd.sock $R audit verify"
finish
