#!/bin/bash
# identity.sh - client certificates, and keys that change, on the built binaries: with curl, with the second implementation of
# the handshake (peer.py), with kill -9 in the middle of a change, and over inherited sockets.
. "$(dirname "$0")/suite.sh"
need_packages curl iproute2 openssl python3-cryptography
own_world "$0" "$@"
need_binaries
scratch

alpha=8765 beta=8766
config() { # NAME PORT [MUTUAL]
  mkdir -p "$T/$1"
  printf 'name: %s\np2p:\n  listen_host: 127.0.0.1\n  listen_port: %s\n  advertise_mdns: false\n  auto_discover: false\n' \
    "$1" "$2" >"$T/$1/config.yaml"
  printf '  tls:\n    mutual: %s\n' "${3:-optional}" >>"$T/$1/config.yaml"
}
config alpha $alpha
config beta $beta
node alpha 0 || die "alpha does not start"
node beta 0 || die "beta does not start"

peer() { python3 "$LAB_DIR/peer.py" 127.0.0.1 "$@"; }
id_of() { at "$1" identity --quiet; }
# status URL CURL-ARGS...: the HTTP status, 000 when TLS fails.
status() { curl -sk --max-time 10 -o "$T/body" -w '%{http_code}' "$@"; }
is() { local want=$1 got; shift; got=$(status "$@"); [ "$got" = "$want" ] || { echo "HTTP $got: $(cat "$T/body" 2>/dev/null)"; return 1; }; }
skills() { local port=$1; shift; is "$1" "https://127.0.0.1:$port/v1/p2p/skills" -H "Authorization: Bearer $2" "${@:3}"; }

# --- client certificates ---------------------------------------------------------------------------------------------------

ok "a stranger with a certificate waits" has '^pending' peer $alpha "$T/one.key" one --certified
ok "approve it" at alpha approve one --trust trusted
read -r said _ bound < <(peer $alpha "$T/one.key" one --certified)
ok "it is let in" test "$said" = authenticated
read -r _ _ free < <(peer $alpha "$T/one.key" one)
own=(--cert "$T/one.key.crt" --key "$T/one.key")
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -keyout "$T/other.key" \
  -out "$T/other.crt" 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=rsa -keyout "$T/rsa.key" -out "$T/rsa.crt" 2>/dev/null
for version in --http1.1 --http2; do
  for tls in "" "--tls-max 1.2"; do
    # shellcheck disable=SC2086
    ok "a bound token with its certificate $version $tls" skills $alpha 200 "$bound" "${own[@]}" $version $tls
    # shellcheck disable=SC2086
    ok "a bound token without certificate $version $tls" skills $alpha 401 "$bound" $version $tls
    # shellcheck disable=SC2086
    ok "a bound token with another certificate $version $tls" \
      skills $alpha 401 "$bound" --cert "$T/other.crt" --key "$T/other.key" $version $tls
  done
done
ok "the refusal says why" grep -q 'bound to another client certificate' "$T/body"
ok "a token without certificate" skills $alpha 200 "$free"
ok "a token with padding" skills $alpha 401 "$free="
ok "a client certificate of another kind is refused in TLS" \
  is 000 https://127.0.0.1:$alpha/health --cert "$T/rsa.crt" --key "$T/rsa.key"

config alpha $alpha required
kill -HUP "${node_pid[alpha]}"
ok "required by a reload: no certificate, no TLS" until_ok 10 is 000 https://127.0.0.1:$alpha/health
ok "curl says why" until_ok 5 has 'certificate required' curl -sSk https://127.0.0.1:$alpha/health
ok "required: a certificate is served" is 200 https://127.0.0.1:$alpha/health "${own[@]}"
ok "required: a token that is not bound" skills $alpha 401 "$free" "${own[@]}"
ok "required: a token that is" skills $alpha 200 "$bound" "${own[@]}"
ok "required: the owner on loopback" is 200 http://localhost:$alpha/v1/p2p/status
ok "required: health without TLS" is 200 http://127.0.0.1:$alpha/health
ok "required: nodes meet" at beta peers add 127.0.0.1:$alpha
ok "required: nodes approve" at alpha approve beta --trust trusted
ok "required: nodes call" at beta call alpha text.word_count text="a b"

# --- another key ---------------------------------------------------------------------------------------------------------------

ok "alpha knows where beta is" at alpha peers add 127.0.0.1:$beta
ok "beta approves alpha" at beta approve alpha --trust full
was=$(id_of alpha)
ok "alpha gets another key" has "was $was" at alpha identity rotate
now=$(id_of alpha)
ok "it is another one" test "$now" != "$was"
ok "it lists the former one" has "$was" at alpha identity show
ok "beta follows by itself" until_ok 10 peer_is beta "$now" trust full
no "beta has no other alpha" peer_is beta "$was" trust full
ok "alpha calls on" at alpha call beta text.word_count text="a b"
ok "beta calls on" at beta call alpha text.word_count text="a b"
ok "the files are whole" test "$(cd "$T/alpha/state" && echo identity.*)" = "identity.crt identity.key identity.rotations"
ok "the key is for its owner only" test "$(stat -c %a "$T/alpha/state/identity.key")" = 600
config alpha $alpha
kill -HUP "${node_pid[alpha]}"
ok "the second implementation verifies the statement" until_ok 10 has "^1 $was $now$" peer $alpha --rotations
ok "a token of the old key ends" skills $alpha 401 "$free"
ok "another change" at alpha identity rotate
ok "and the chain of both" until_ok 10 has "^2 $now $(id_of alpha)$" peer $alpha --rotations

# The second implementation changes its own key.
ok "a peer comes with a new key and the statement" has '^authenticated' peer $alpha "$T/two.key" one --from "$T/one.key"
ok "it is the same peer" peer_is alpha one trust trusted
ok "its old key is refused" has '^refused identity_replaced' peer $alpha "$T/one.key" one
ok "another way on from the old key too" has '^refused identity_replaced' peer $alpha "$T/thief.key" one --from "$T/one.key"
ok "two changes at once" has '^authenticated' peer $alpha "$T/four.key" one --from "$T/three.key" --from "$T/two.key" \
  --from "$T/one.key"
ok "a stranger with a history waits" has '^pending' peer $alpha "$T/s2.key" stranger --from "$T/s1.key"

# --- kill -9 in the middle -------------------------------------------------------------------------------------------------------

whole=0
for round in $(seq 1 12); do
  before=$(id_of alpha)
  at alpha identity rotate --quiet >"$T/answer" 2>/dev/null &
  client=$!
  sleep "0.0$((RANDOM % 60 + 10))"
  stop_node alpha KILL 2>/dev/null
  wait $client
  node alpha 0 || { fail "round $round: alpha does not start"; break; }
  after=$(id_of alpha)
  answered=$(cat "$T/answer")
  # What was answered holds; what was not may be either.
  [ "$after" = "${answered:-$after}" ] || { fail "round $round: answered $answered, is $after"; break; }
  at beta call alpha text.word_count text="a b" >/dev/null 2>&1 || { fail "round $round: beta lost alpha ($before, $after)"; break; }
  whole=$round
done
ok "kill -9 in the middle of a change leaves a whole identity that peers follow" test "$whole" = 12
ok "the chain is whole" peer $alpha --rotations

# --- signals and sockets --------------------------------------------------------------------------------------------------------

at alpha identity rotate --quiet >/dev/null &
sleep 0.05
kill -HUP "${node_pid[alpha]}"
wait $!
ok "a reload in the middle of a change" until_ok 10 at alpha status
at alpha identity rotate --quiet >/dev/null
stop_node alpha
ok "SIGTERM in the middle of a change ends the node with status 0" test $? = 0
no "nobody listens any more" is 200 http://127.0.0.1:$alpha/health

# As systemd does it: the sockets come with the process, and stay when the node starts anew.
cat >"$T/activate.py" <<'P'
import os, socket, sys
local = socket.socket(socket.AF_UNIX)
local.bind(sys.argv[1])
peer = socket.create_server(("127.0.0.1", int(sys.argv[2])))
local.listen()
first, second = os.dup(local.fileno()), os.dup(peer.fileno())
os.dup2(first, 3)
os.dup2(second, 4)
for number in (3, 4):
    os.set_inheritable(number, True)
os.environ.update(LISTEN_FDS="2", LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES="local:peer")
os.execv(sys.argv[3], sys.argv[3:])
P
rm -f "$T/alpha/rd.sock"
python3 "$T/activate.py" "$T/alpha/rd.sock" $alpha "$RD" --config "$T/alpha/config.yaml" --state-dir "$T/alpha/state" \
  --socket "$T/alpha/rd.sock" >>"$T/alpha/log" 2>&1 </dev/null &
node_pid[alpha]=$!
ok "with inherited sockets" until_ok 20 at alpha status
for _ in 1 2 3; do
  was=$(id_of alpha)
  ok "another key over inherited sockets" has "was $was" at alpha identity rotate
  ok "the peer port is served" is 200 https://127.0.0.1:$alpha/health
done
ok "beta still follows" at beta call alpha text.word_count text="a b"
[ $failed = 0 ] || { echo "--- log of alpha"; tail -n 40 "$T/alpha/log"; echo "--- log of beta"; tail -n 20 "$T/beta/log"; }
stop_node alpha
ok "SIGTERM ends it with status 0" test $? = 0
finish
