#!/bin/bash
# curl.sh - every curl line of the specification, as printed there (with real hosts and ids put in), against real nodes;
# and the doors that must stay shut: other users, web pages, wrong host names, plain HTTP from elsewhere.
# Three nodes on a switch of their own: laptop (asked here), mini (found by mDNS), box (silent: only found by address).
. "$(dirname "$0")/suite.sh"
need_packages curl iputils-ping iproute2 python3-cryptography
own_world "$0" "$@"
need_binaries
scratch

# People of this machine: alice is in the group rd, carol in watchers, mallory in neither. Seen only inside the suite's
# mount namespace.
for file in passwd group; do cp "/etc/$file" "$T/$file"; done
sed -i '/^rd:/d' "$T/group"
printf '%s\n' rd:x:7000:alice watchers:x:7010:carol >>"$T/group"
printf '%s:x:%s:%s::/nonexistent:/bin/sh\n' alice 7001 7001 mallory 7002 7002 carol 7003 7003 >>"$T/passwd"
for file in passwd group; do mount --bind "$T/$file" "/etc/$file"; done

lab up 3 || die "the lab does not come up"
mkdir "$T/box" "$T/laptop"
printf 'name: laptop\nlocal:\n  readers: watchers\n' >"$T/laptop/config.yaml"
printf 'name: box\np2p:\n  advertise_mdns: false\n  auto_discover: false\n' >"$T/box/config.yaml"
node laptop 1 --host 0.0.0.0 --port 8765 || die "laptop does not start"
node mini 2 --host 0.0.0.0 --port 8765 || die "mini does not start"
node box 3 --host 0.0.0.0 --port 8765 || die "box does not start"

on_laptop() { lab exec 1 "$@"; }
# answer STATUS PATTERN COMMAND...: what curl gets has that status, and a body that matches.
answer() {
  local want=$1 pattern=$2 got body
  shift 2
  got=$(on_laptop "$@" -sS --max-time 20 -o "$T/body" -w '%{http_code}') || { echo "curl failed: $got"; return 1; }
  body=$(tr -d '\n' <"$T/body")
  rm -f "$T/body"
  [[ $got =~ ^($want)$ ]] || { echo "HTTP $got: $body"; return 1; }
  grep -qE -- "$pattern" <<<"$body" || { echo "the body does not match $pattern: $body"; return 1; }
}
as_user() { local user=$1; shift; on_laptop setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups -- "$@"; }
# answer_as USER STATUS PATTERN COMMAND...
answer_as() {
  local user=$1 want=$2 pattern=$3
  shift 3
  has "^HTTP/1.1 ($want)" as_user "$user" "$@" -sSi --max-time 20 && has "$pattern" as_user "$user" "$@" -sS --max-time 20
}

url=http://localhost:8765
ok "quick start: discover" answer 200 '"discovered": ?1.*"mini"' curl -X POST $url/v1/p2p/discover
until_ok 10 asks_at laptop mini >/dev/null
ok "quick start: pending" answer 200 '"mini"' curl $url/v1/p2p/pending
id=$(at laptop pending --json | peer_field mini peer_id) || die "mini does not ask for approval: $id"
ok "quick start: approve" answer 200 '"status": ?"approved"' curl -X POST "$url/v1/p2p/approve/$id"
ok "the approved peer left the pending list" answer 200 '"count": ?0' curl $url/v1/p2p/pending

ok "discovery: a scan of some seconds" answer 200 '"name": ?"mini".*' \
  curl -X POST $url/v1/p2p/discover -d '{"timeout": 5}'
ok "discovery: name, host and port of each" answer 200 '"host": ?"[^"]+".*"port": ?8765' \
  curl -X POST $url/v1/p2p/discover -d '{"timeout": 1}'
ok "discovery: add by address" answer '200|201|202' '"cloud-server"' \
  curl -X POST $url/v1/p2p/peers -H "Content-Type: application/json" -d '{
    "host": "10.99.0.3",
    "port": 8765,
    "name": "cloud-server"
  }'

ok "troubleshooting: ping" on_laptop ping -c 1 10.99.0.2
ok "troubleshooting: health of another node" answer 200 '"status": ?"ok"' curl http://10.99.0.2:8765/health
ok "troubleshooting: add by address, no name" answer '200|201|202' '"peer_id"' \
  curl -X POST $url/v1/p2p/peers -d '{"host": "10.99.0.3", "port": 8765}'
ok "troubleshooting: peers" answer 200 '"mini".*' curl $url/v1/p2p/peers
ok "troubleshooting: approve again" answer 200 '"approved"' curl -X POST "$url/v1/p2p/approve/$id"

ok "status" answer 200 "\"name\": ?\"laptop\"" curl $url/v1/p2p/status
ok "one peer" answer 200 "$id" curl "$url/v1/p2p/peers/$id"
ok "reject" answer 200 '"rejected"' curl -X POST "$url/v1/p2p/reject/$id"
ok "remove" answer 200 "$id" curl -X DELETE "$url/v1/p2p/peers/$id"
ok "an unknown peer is 404 with a stable code" answer 404 '"code": ?"peer_not_found"' \
  curl $url/v1/p2p/peers/peer-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ok "info is open" answer 200 '"peer_id"' curl $url/v1/p2p/info
ok "the OpenAPI document is open" answer 200 '"openapi"' curl $url/openapi.json

ok "a member of group rd is an owner" answer_as alice 200 '"name"' curl $url/v1/p2p/status
for path in status pending peers; do
  ok "another user of the machine: no $path" answer_as mallory 403 '"code": ?"not_allowed"' curl $url/v1/p2p/$path
done
ok "another user of the machine: no approval" answer_as mallory 403 '"code": ?"not_allowed"' \
  curl -X POST "$url/v1/p2p/approve/$id"
ok "another user of the machine: health" answer_as mallory 200 ok curl $url/health

# The local socket: who owns, who may look, who may not.
r_as() { local user=$1; shift; as_user "$user" env RD_SOCKET="$T/laptop/rd.sock" "$R" "$@"; }
reload() { kill -HUP "${node_pid[laptop]}"; }
ok "r as an owner" r_as alice pending
ok "the readers' socket is there" has '^666 ' stat -c '%a %n' "$T/laptop/read.sock"
for words in status peers pending skills "find text" audit "audit verify" version; do
  # shellcheck disable=SC2086
  ok "r as a reader: $words" r_as carol $words
done
ok "a reader is told to be one" has '^you +may only look' r_as carol status
ok "an owner is not" silent sh -c "RD_SOCKET=$T/laptop/rd.sock '$R' status | grep may.only || true"
for words in "approve mini --yes" "reject mini" "remove mini" "trust mini full" "block mini" "peers add 10.99.0.3" \
  "call text.word_count text=a" "discover --timeout 0" config; do
  # shellcheck disable=SC2086
  exits 77 "r as a reader may not: $words" r_as carol $words
done
ok "and is told which group owns" has 'hint: sudo usermod -aG rd .USER$' r_as carol approve mini --yes
ok "completion works for a reader" has '^box' r_as carol __complete -- peers show ''
exits 77 "r as anyone else" r_as mallory status
ok "who is told the same" has 'hint: sudo usermod -aG rd .USER$' r_as mallory status
ok "what a reader was refused is on record" has 'reader:7003 +approve +- +not_allowed' r_as carol audit --failed --caller reader:7003
ok "who may not even look is too" has 'uid:7002 +request +- +not_allowed' r_as carol audit --failed
printf 'name: laptop\n' >"$T/laptop/config.yaml"
reload
looks_no_more() { ! r_as carol status; }
ok "a reload without readers ends it" until_ok 10 looks_no_more
exits 77 "a reader of before may not look" r_as carol status
no "there is no socket for readers" test -e "$T/laptop/read.sock"
printf 'name: laptop\nlocal:\n  readers: watchers\n' >"$T/laptop/config.yaml"
reload
ok "a reload with readers begins it" until_ok 10 r_as carol status
ok "the audit log is one chain" at laptop audit verify
ok "an independent program says so too" "$LAB_DIR/audit.py" "$T/laptop/state"

for header in "Origin: http://localhost:8765" "Referer: http://evil.example/" "Sec-Fetch-Site: cross-site" \
  "Host: evil.example" "Host: evil.example:8765"; do
  ok "refused with $header" answer 403 '"code": ?"not_allowed"' curl -H "$header" $url/v1/p2p/status
  ok "refused to change with $header" answer 403 '"code": ?"not_allowed"' \
    curl -X POST -H "$header" $url/v1/p2p/discover -d '{"timeout": 0}'
done
ok "a loopback address is a good host name" answer 200 '"name"' curl http://127.0.0.1:8765/v1/p2p/status

for host in 10.99.0.1 10.99.0.2; do
  ok "plain HTTP to $host: health" answer 200 ok curl http://$host:8765/health
  for path in v1/p2p/status v1/p2p/pending v1/p2p/info openapi.json nothing; do
    ok "plain HTTP to $host: /$path is refused, names https" answer 403 https curl http://$host:8765/$path
  done
  ok "plain HTTP to $host: approve is refused" answer 403 https curl -X POST "http://$host:8765/v1/p2p/approve/$id"
done
ok "HTTPS to another node: open endpoint" answer 200 '"peer_id"' curl -k https://10.99.0.2:8765/v1/p2p/info
ok "HTTPS to another node: no owner endpoint without a token" answer '401|403' '"code"' \
  curl -k https://10.99.0.2:8765/v1/p2p/pending
ok "TLS 1.2 is accepted" answer 200 ok curl -k --tls-max 1.2 https://10.99.0.2:8765/health
no "TLS 1.1 is not" on_laptop curl -sS -k --tls-max 1.1 https://10.99.0.2:8765/health

# The second implementation pairs with a code, once.
code=$(at laptop invite --trust basic --quiet) || die "no code: $code"
python_joins() { lab exec 2 /usr/bin/python3 "$LAB_DIR/peer.py" 10.99.0.1 8765 "$T/python.key" --join "$code"; }
ok "a second implementation joins with a code" has '^joined peer-[a-z2-7]{32} basic' python_joins
ok "the code is used up" has '^refused unauthenticated' python_joins

# As printed in the quick start: a node in the foreground.
stop_node box
serve() { # in a home of its own, as a first-time user has it
  lab exec 3 env HOME="$T/home" XDG_RUNTIME_DIR="$T/home/run" PATH="$RD_BINARIES:$PATH" \
    r serve --host 0.0.0.0 --port 8765 >"$T/serve.log" 2>&1 </dev/null &
  node_pid[serve]=$!
}
mkdir -p "$T/home/run"
serve
ok "quick start: serve" until_ok 20 answer 200 ok curl http://10.99.0.3:8765/health
[ $failed = 0 ] || { echo "--- log of laptop"; tail -n 40 "$T/laptop/log"; echo "--- serve"; tail -n 5 "$T/serve.log"; }
stop_node laptop
ok "SIGTERM ends a node with status 0" test $? = 0
finish
