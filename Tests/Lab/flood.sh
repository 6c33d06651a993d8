#!/bin/bash
# flood.sh - what strangers do to a node from 200 addresses (connections that say nothing, slow heads, handshakes, bad tokens,
# rapid reset) and what an approved peer notices of it: at most three times its quiet p99, and bounded memory. Requests that
# wait for approval stay within their limits. Measured by flood_rounds.py, which says how.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 python3 python3-cryptography util-linux
own_world "$0" "$@"
need_binaries
scratch
ulimit -n 20000 || die "20,000 open files are needed"
# The node has as many as its unit gives it.
lab up 3 || die "the lab does not come up"
for number in $(seq 50 249); do echo "addr add 10.99.0.$number/24 dev eth0"; done | lab exec 3 ip -batch - || die "no addresses"
seq 1 20 | xargs printf 'addr add fd99::ffff:%x/64 dev eth0 nodad\n' | lab exec 3 ip -batch - || die "no addresses"
node laptop 1 --host :: --port 8765 || die "the node does not start"
peer() { # NAMESPACE NAME HOST [SOURCE]
  lab exec "$1" python3 "$LAB_DIR/peer.py" "$3" 8765 "$T/$2.key" "$2"
}

# --- requests for approval -------------------------------------------------------------------------------------------------

# Each from an address of its own, 20 IPv6 addresses of one network, then from many IPv4 addresses.
ask() { # NAME HOST SOURCE
  lab exec 3 python3 "$LAB_DIR/pending.py" "$@"
}
mapfile -t sources < <(seq 1 20 | xargs printf 'fd99::ffff:%x\n')
ok "one IPv6 network counts as one address: 8 of its 20 may ask" test "$(ask fd99::1 "${sources[@]}")" = 8
mapfile -t sources < <(seq 50 249 | xargs printf '10.99.0.%d\n')
ok "200 addresses fill the list of 64 and no more" test "$(ask 10.99.0.1 "${sources[@]}")" = 56
waiting() { at laptop pending --quiet | wc -l; }
ok "64 wait" test "$(waiting)" = 64
RD_SOCKET=$T/laptop/rd.sock "$R" pending --quiet | while read -r id; do at laptop remove "$id"; done >/dev/null
peer 2 honest 10.99.0.1 >/dev/null
ok "the owner decides, and there is room again" at laptop approve honest --trust trusted
read -r outcome _ TOKEN < <(peer 2 honest 10.99.0.1)
ok "the peer is let in" test "$outcome" = authenticated

# --- an honest peer meanwhile ------------------------------------------------------------------------------------------------

RD_PID=${node_pid[laptop]} HONEST_NS=$(lab ns 2) FLOODER_NS=$(lab ns 3)
export RD_PID HONEST_NS FLOODER_NS TOKEN
python3 "$LAB_DIR/flood_rounds.py" | tee "$T/out"
counts=$(tail -n 1 "$T/out")
if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
else
  fail "the floods" "flood_rounds.py ended early"
fi
# A stranger's 401s become 429s, and the peer that has a token behind the same address goes on.
skills() { lab exec "$1" curl --http1.1 -sSki https://10.99.0.1:8765/v1/p2p/skills "${@:2}"; }
exhaust() { # one connection, so that it is quick
  lab exec "$1" curl --http1.1 -sko /dev/null "https://10.99.0.1:8765/v1/p2p/skills?[1-150]"
}
for host in 3 2; do
  exhaust $host
  # Five a second are good for a 401 again.
  ok "host $host: a flood without a token is refused with 429" until_ok 10 has '^HTTP/1.1 429' skills $host
  ok "host $host: with a bad one too, and told when to come back" until_ok 10 has '^[Rr]etry-[Aa]fter: [0-9]+' \
    skills $host -H "Authorization: Bearer x"
done
exhaust 2
ok "the peer with a token at the same address goes on" has '^HTTP/1.1 200' skills 2 -H "Authorization: Bearer $TOKEN"
ok "the owner is" at laptop status
stop_node laptop
ok "SIGTERM ends the node with status 0" test $? = 0
if [ $failed != 0 ]; then echo "--- log"; tail -n 20 "$T/laptop/log"; fi
finish
