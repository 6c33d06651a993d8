#!/bin/bash
# pairing.sh - nodes that are paired by a code or by an approval, learn by themselves what the other decided, notice who is
# gone and who is back, follow each other to new addresses, and are quiet meanwhile. Real multicast between network
# namespaces, on three switches: one where things happen, one where two nodes are left alone, one where nodes are killed in
# the middle of joining (pairing.py). The time that a thing took is in its line.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 nftables procps python3
own_world "$0" "$@"
need_binaries
scratch
export T

declare -A host=([laptop]=1 [mini]=2 [box]=3 [guest]=4 [home]=5 [cloud]=6 [copy]=7)
start() { local name=$1; shift; node "$name" "${host[$name]}" "$@" || die "$name does not start"; }
config() { # NODE KEY...: these switches of p2p are off
  local name=$1 key
  shift
  mkdir -p "$T/$name"
  { printf 'name: %s\np2p:\n' "$name"; for key; do printf '  %s: false\n' "$key"; done; } >"$T/$name/config.yaml"
}
switch() { # HOSTS: of one family, so that an address that goes is gone
  lab up "$1" || die "the lab does not come up"
  local number
  for number in $(seq "$1"); do
    nsenter "--net=$(lab ns "$number")" sysctl -qw net.ipv6.conf.all.disable_ipv6=1
  done
}
firewall() { # NODE RULE...: what its machine drops, as `input …` or `output …`; none: the firewall goes away
  local name=$1 rule hook
  shift
  { echo "table inet lab"; echo "delete table inet lab"; echo "table inet lab {"
    for hook in input output; do
      echo " chain $hook { type filter hook $hook priority 0; policy accept;"
      for rule; do case $rule in "$hook "*) echo "  ${rule#* } drop;" ;; esac; done
      echo " }"
    done; echo "}"; } >"$T/nft"
  lab exec "${host[$name]}" nft -f "$T/nft"
}
move() { # NODE FROM TO: its machine has another address
  local at=${host[$1]}
  lab exec "$at" ip addr add "$3/24" brd + dev eth0
  lab exec "$at" ip addr del "$2/24" dev eth0
  # The second address of a network goes with its first.
  lab exec "$at" ip addr show dev eth0 | grep -qF "$3/" || lab exec "$at" ip addr add "$3/24" brd + dev eth0
  lab exec "$at" ip route replace 224.0.0.0/4 dev eth0
}

# mark: something happens now; spent: the milliseconds since then.
mark() { since=$(date +%s%N); }
spent() { echo $((($(date +%s%N) - since) / 1000000)); }
seconds() { awk -v ms="$1" 'BEGIN { printf "%.2f s", ms / 1000 }'; }
# soon SECONDS NAME COMMAND...: the command succeeds in that time after the mark.
soon() {
  local limit=$1 name=$2 output milliseconds
  shift 2
  if output=$(until_ok $((limit + 1)) "$@" 2>&1); then
    milliseconds=$(spent)
    if [ "$milliseconds" -le $((limit * 1000)) ]; then
      pass "$name ($(seconds "$milliseconds"))"
    else
      fail "$name" "only after $(seconds "$milliseconds")"
    fi
  else
    fail "$name" "$output"
  fi
}
# stays SECONDS COMMAND...: it succeeds all that time.
stays() { local end=$((SECONDS + $1)); shift; until [ "$SECONDS" -ge "$end" ]; do "$@" || return; sleep 0.3; done; }

id_of() { at "$1" identity --quiet; }
words() { has '"words": 2' timeout 15 env RD_SOCKET="$T/$1/rd.sock" "$R" call "$2" text.word_count text='one two'; }
silent_about() { local pattern=$1; shift; ! has "$pattern" "$@" >/dev/null; }
knows() { at "$1" peers --json | peer_field "$2" status; }
peers_of() { at "$1" peers --quiet | sort; }
online() { peer_is "$1" "$2" online True; }
offline() { peer_is "$1" "$2" online False; }
watch() { # NODE: writes its events down
  local pid
  RD_SOCKET=$T/$1/rd.sock "$R" events --json >"$T/$1/events" 2>/dev/null &
  pid=$!
  until_ok 5 test -d "/proc/$pid"
}
told() { grep -q "\"type\":\"$2\"" "$T/$1/events"; } # NODE TYPE

# --- two nodes that are left alone -------------------------------------------------------------------------------------------

# Their story is told at the end: this is its beginning.
host[alpha]=1 host[beta]=2
export LAB=quiet
switch 2
start alpha
start beta
ok "a node asks for approval by itself where it finds another" until_ok 15 asks_at alpha beta
watch beta
ok "and waits" peer_is beta alpha granted_trust None
mark
ok "its owner approves it" at alpha approve beta --trust trusted
# At once, but not within five seconds of having asked.
soon 8 "the node that was approved learns of it" peer_is beta alpha granted_trust trusted
soon 8 "and tells it in its events" told beta approved_by_peer
ok "which say what it got" grep -q '"detail":"trusted".*"type":"approved_by_peer"' "$T/beta/events"
ok "and in its log" grep -q 'a peer has approved this node' "$T/beta/log"
ok "the call that was not allowed is" words beta alpha
at beta approve alpha --trust trusted >/dev/null
for name in alpha beta; do
  lab exec "${host[$name]}" nft -f - <<'N'
table inet count {
  counter connections { }
  counter multicast { }
  chain output {
    type filter hook output priority 0;
    tcp flags & (syn | ack) == syn counter name connections
    udp dport 5353 counter name multicast
  }
}
N
done
counted() { # NODE COUNTER: packets
  lab exec "${host[$1]}" nft list counter inet count "$2" | awk '/packets/ { print $2 }'
}
ticks() { awk '{ print $14 + $15 }' "/proc/${node_pid[$1]}/stat"; }
declare -A before=()
for name in alpha beta; do before[$name]=$(ticks $name); done
quiet_since=$(date +%s%N)

# --- and two that are killed in the middle -----------------------------------------------------------------------------------

export LAB=kills
switch 2
INVITER_NETNS=$(lab ns 1) JOINER_NETNS=$(lab ns 2)
export INVITER_NETNS JOINER_NETNS
lab wire 1 delay=30 || die "the cable is not slow"
python3 "$LAB_DIR/pairing.py" 20 >"$T/kills" 2>&1 &
kills=$!

# --- a code pairs both sides ---------------------------------------------------------------------------------------------------

export LAB=main
switch 7
config box auto_discover
start laptop
start mini
start box
mini_id=$(id_of mini)
ok "a node that does not search knows nobody" test -z "$(peers_of box)"
code=$(at mini invite --trust trusted --quiet)
ok "a code is seven groups of four" grep -qE '^([a-z2-7]{4}-){6}[a-z2-7]{4}$' <<<"$code"
mark
ok "who joins finds the inviter by the code alone" has '^paired with mini .*at trust level basic' at box join "$code"
soon 5 "which was searched for and found" peer_is box mini host 10.99.0.2
ok "the inviter has approved the joiner, at the level of the code" peer_is mini box trust trusted
ok "the joiner has approved the inviter, at its own" peer_is box mini trust basic
mark
soon 3 "the joiner learns what it got" peer_is box mini granted_trust trusted
soon 12 "and the inviter" peer_is mini box granted_trust basic
ok "the joiner may call" words box mini
ok "the inviter may not" has 'trust level basic does not allow this' words mini box
exits 77 "with the status for what is not allowed" at mini call box text.word_count text=a
ok "until the level is raised" at box trust mini trusted
ok "then it may" words mini box
# Said of every code that does not fit, so that a stranger learns nothing.
invalid='the invitation is not valid: it may be mistyped, used, revoked or expired'
exits 77 "a code is good once" at laptop join "$code"
ok "and the refusal says so" has "$invalid" at laptop join "$code"
code=$(at mini invite --expires 1s --quiet)
sleep 1.2
exits 77 "an expired code is refused" at laptop join "$code"
ok "it is not listed any more" silent at mini invite list --quiet
code=$(at mini invite --quiet)
at mini invite revoke --all >/dev/null
exits 77 "a revoked code is refused" at laptop join "$code"
exits 64 "a code with a typing mistake is noticed here" at laptop join "$(tr a-y b-z <<<"${code:0:4}")${code:4}"
# Well formed, for this inviter, and with a secret that nobody has given.
wrong=$(python3 - "$code" <<'P'
import base64, hashlib, os, sys
letters = sys.argv[1].replace("-", "")[:8]
secret = os.urandom(10)
check = hashlib.sha256(b"rd invitation check 1" + letters.encode() + secret).digest()[:5]
print(letters + base64.b32encode(secret).decode().lower() + base64.b32encode(check).decode().lower()[:4])
P
)
code=$(at mini invite --quiet)
was=$(peers_of mini)
exits 77 "a code that nobody has given is refused" at box join "$wrong"
ok "with the same words" has "$invalid" at box join "$wrong"
ok "it leaves nothing behind at the inviter" test "$(peers_of mini)" = "$was"
ok "nor at the joiner" peer_is box mini trust trusted
ok "and the open code stays open" test "$(at mini invite list --quiet | wc -l)" = 1
exits 77 "a stranger with it gets as far" at laptop join "$wrong"
no "and has approved nobody" peer_is laptop mini status approved
at mini block box >/dev/null
exits 77 "a blocked node cannot join" at box join "$code"
at mini remove box >/dev/null

# Where the last known address is stale.
at box remove mini >/dev/null
at box peers add 10.99.0.2 >/dev/null
stop_node mini
move mini 10.99.0.2 10.99.0.22
start mini
code=$(at mini invite --trust trusted --quiet)
mark
ok "where the known address is stale, joining searches" at box join "$code" --trust trusted
soon 12 "and finds the inviter where it is now" words box mini
stop_node box

# --- an approval is learnt by itself, also behind a firewall ---------------------------------------------------------------------

firewall guest "input tcp dport 8765"
start guest
at guest peers add 10.99.0.22 >/dev/null
ok "a node that nobody can call waits" until_ok 5 asks_at mini guest
sleep 1
mark
at mini approve guest --trust trusted >/dev/null
soon 25 "it learns of its approval by asking" peer_is guest mini granted_trust trusted
ok "and is seen online from its calls" online mini guest
stop_node guest
firewall guest

# --- who is there ------------------------------------------------------------------------------------------------------------------

code=$(at mini invite --trust trusted --quiet)
ok "two for the rest of the story" at laptop join "$code" --trust trusted
watch laptop
ok "a peer that answers is online" until_ok 5 online laptop mini
mark
stop_node mini
soon 5 "stopped: it is offline, without a call" offline laptop mini
ok "the events say so" told laptop peer_offline
start mini
mark
soon 10 "started: it is online" online laptop mini
stop_node mini KILL
mark
exits 75 "killed: a call fails" at laptop call mini text.word_count text=a
soon 2 "at once, and it is offline" offline laptop mini
start mini
mark
soon 10 "back: it is online" online laptop mini
lab exec "${host[laptop]}" ip neigh flush dev eth0
sleep 0.1
lab cut "${host[mini]}"
mark
no "unplugged: a call fails" words laptop mini
soon 14 "and it is offline" offline laptop mini
lab join "${host[mini]}"
mark
soon 12 "plugged in: it is online" online laptop mini

# mDNS goes on, and nobody is behind it.
firewall mini "input tcp dport 8765" "output tcp dport 8765"
mark
no "a firewall on TCP alone: a call fails" words laptop mini
soon 14 "it is offline" offline laptop mini
kill -HUP "${node_pid[mini]}"
ok "it announces itself anew over mDNS" until_ok 10 has "$mini_id" at laptop discover --timeout 2 --quiet
ok "which does not make it online" stays 6 offline laptop mini
firewall mini
mark
soon 15 "without the firewall it is online" online laptop mini

# --- addresses change ----------------------------------------------------------------------------------------------------------

# Each time a call has left a connection open, which leads to where the peer was.
ok "a call, before mini moves" words laptop mini
move mini 10.99.0.22 10.99.0.32
mark
soon 5 "mini has moved: laptop sees where to" peer_is laptop mini host 10.99.0.32
mark
soon 3 "and calls it there" words laptop mini
move mini 10.99.0.32 10.99.0.42
mark
soon 15 "mini has moved again: a call that is made at once succeeds" words laptop mini
move laptop 10.99.0.1 10.99.0.11
sleep 1 # until its kernel and its rd have noticed
mark
soon 3 "laptop has moved itself: it calls on" words laptop mini
mark
soon 5 "and mini knows where it is" peer_is mini laptop host 10.99.0.11

# Where mDNS does not reach: who moves says so.
config home advertise_mdns auto_discover
config cloud advertise_mdns auto_discover
start home
start cloud
code=$(at home invite --trust trusted --quiet)
ok "two nodes without mDNS" at cloud join "$code" 10.99.0.5 --trust trusted
ok "home calls cloud" words home cloud
ok "cloud calls home" words cloud home
move cloud 10.99.0.6 10.99.0.16
mark
soon 10 "cloud has moved: home learns where to, from cloud" peer_is home cloud host 10.99.0.16
mark
soon 3 "and calls it there" words home cloud
move home 10.99.0.5 10.99.0.15
mark
soon 20 "home, which cloud has added by its address, has moved: cloud calls it" words cloud home
ok "the address that the owner gave is still shown" peer_is cloud home host 10.99.0.5
mark
soon 3 "and so does home" words home cloud
stop_node home
stop_node cloud

# --- several addresses, and the first is dead ----------------------------------------------------------------------------------

lab exec "${host[mini]}" ip addr add 10.99.0.43/24 dev eth0
ok "the owner gives mini's address" at laptop peers add 10.99.0.42
ok "mini has another one as well" until_ok 10 has '10\.99\.0\.43' at laptop doctor mini
# first_call: restarts laptop, so that no connection is open, and puts the milliseconds of a call into $took.
first_call() {
  stop_node laptop
  start laptop
  until_ok 30 online laptop mini || return
  mark
  words laptop mini || return
  took=$(spent)
}
took=0
first_call
healthy=$took
firewall mini "input ip daddr 10.99.0.42 tcp dport 8765 counter"
first_call
ok "the first address of mini is dead: a call takes $(seconds "$took") instead of $(seconds "$healthy")" \
  test "$took" -gt 0 -a "$took" -lt 2000
ok "it was tried" has 'counter packets [1-9]' lab exec "${host[mini]}" nft list table inet lab
ok "and is still the one that the owner gave" peer_is laptop mini host 10.99.0.42
ok "mini is online" online laptop mini
firewall mini "input ip daddr 10.99.0.43 tcp dport 8765"
mark
soon 15 "the other one dies under an open connection: a call goes on" words laptop mini
firewall mini

# --- loops, oneself, and a copy ------------------------------------------------------------------------------------------------

config guest advertise_mdns auto_discover
config box advertise_mdns auto_discover
rm -rf "$T/guest/state" "$T/box/state"
start guest
start box
# both COMMAND-OF-GUEST COMMAND-OF-BOX: at once; succeeds when both do.
both() {
  local words one two status=0
  read -ra words <<<"$1"
  at guest "${words[@]}" >"$T/one" 2>&1 &
  one=$!
  read -ra words <<<"$2"
  at box "${words[@]}" >"$T/two" 2>&1 &
  two=$!
  wait "$one" || status=1
  wait "$two" || status=1
  [ "$status" = 0 ] || { cat "$T/one" "$T/two"; return 1; }
}
alone() { test "$(at "$1" peers --quiet | wc -l)" = 1 && peer_is "$1" "$2" status "$3"; } # NODE PEER STATUS: one peer, once
ok "two nodes add each other at once" both "peers add 10.99.0.3" "peers add 10.99.0.4"
ok "each knows one other" alone guest box pending
ok "each knows one other" alone box guest pending
ok "they approve each other at once" both "approve box --trust trusted" "approve guest --trust trusted"
ok "and call" words guest box
ok "both ways" words box guest
ok "parted" both "remove box" "remove guest"
one=$(at guest invite --trust trusted --quiet) two=$(at box invite --trust trusted --quiet)
ok "two nodes join each other at once" \
  both "join $two 10.99.0.3 --trust trusted" "join $one 10.99.0.4 --trust trusted"
ok "both are approved" alone guest box approved
ok "both are approved" alone box guest approved
ok "and call" words guest box
ok "both ways" words box guest

for address in 127.0.0.1 localhost 10.99.0.4; do
  ok "a node that adds itself at $address is told" has "^r: $address:8765 is this node itself" at guest peers add "$address"
done
ok "nor does it join itself" has 'the code is of this node itself' at guest join "$(at guest invite --quiet)"
ok "nor by its own address" has 'the code is of this node itself' at guest join "$(at guest invite --quiet)" 10.99.0.4
ok "of which nothing is left" alone guest box approved

mkdir "$T/copy"
stop_node mini
cp -r "$T/mini/state" "$T/mini/config.yaml" "$T/copy/"
start mini
start copy
mark
soon 20 "a copy of a state folder: mini names it" \
  has "^WARNING: mDNS announces this node's identity at 10\.99\.0\.7:8765, which is not this node; it is a copy" at mini status
# The copy itself sees mini's announcement in some runs only (it takes the name for its own until it has lost it); it learns
# of mini for certain when one of them calls the other, below.
soon 30 "and who sees both says so" has "^WARNING: two machines announce themselves as ${mini_id:0:13}" at laptop status
ok "mini is told when it adds the copy" \
  has "the node at 10\.99\.0\.7:8765 has this node's own identity: it is a copy of its state folder" at mini peers add 10.99.0.7
ok "with what to do" has '^r: hint: on the copy, start as a new node' at mini peers add 10.99.0.7
ok "the copy has noticed" has "^WARNING: this node's identity is also used at 10\.99\.0\.4[23]" at copy status
no "neither is a peer of the other" knows mini "$mini_id"
stop_node copy
ok "and when it is gone, laptop is content" until_ok 15 silent_about 'two machines' at laptop status

# --- what became of the others -------------------------------------------------------------------------------------------------

wait $kills
cat "$T/kills"
counts=$(tail -n 1 "$T/kills")
if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
else
  fail "the kills" "pairing.py ended early"
fi

export LAB=quiet
quiet=$((($(date +%s%N) - quiet_since) / 1000000000))
[ "$quiet" -ge 60 ] || sleep $((60 - quiet))
quiet=$((($(date +%s%N) - quiet_since) / 1000000000))
for name in alpha beta; do
  used=$(($(ticks $name) - ${before[$name]}))
  part=$(awk -v ticks="$used" -v hertz="$(getconf CLK_TCK)" -v s="$quiet" 'BEGIN { printf "%.2f", 100 * ticks / hertz / s }')
  memory=$(awk '/^VmRSS:/ { printf "%d", $2 / 1024 }' "/proc/${node_pid[$name]}/status")
  connections=$(counted $name connections) packets=$(counted $name multicast)
  ok "$name, approved and left alone for $quiet s: $part % of a core" awk -v p="$part" 'BEGIN { exit !(p < 0.5) }'
  ok "$memory MiB of memory" test "$memory" -lt 128
  ok "$connections connections from it" test "$connections" -le $((2 + quiet / 60))
  ok "$packets packets of mDNS" test "$packets" -le $((20 + quiet / 5))
done
ok "and they still see each other" online alpha beta

if [ $failed != 0 ]; then
  for name in laptop mini copy guest box home cloud; do echo "--- log of $name"; tail -n 15 "$T/$name/log"; done
fi
finish
