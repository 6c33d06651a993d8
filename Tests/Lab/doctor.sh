#!/bin/bash
# doctor.sh - `r doctor` in situations that are made for real: nodes that are stopped, unplugged, behind firewalls, not
# approved, posed as, misconfigured. Each must be found and named, and the command that doctor prints is run where it
# says, and must show what doctor claims. Two nodes on a switch, laptop and mini, and a third host for others.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 iputils-ping nftables curl openssl python3
own_world "$0" "$@"
need_binaries
scratch

# alice is in the group rd, mallory is not; seen only inside the suite's mount namespace.
for file in passwd group; do cp "/etc/$file" "$T/$file"; done
sed -i '/^rd:/d' "$T/group"
echo 'rd:x:7000:alice' >>"$T/group"
printf '%s:x:%s:%s::/nonexistent:/bin/sh\n' alice 7001 7001 mallory 7002 7002 >>"$T/passwd"
printf '%s:x:%s:\n' alice 7001 mallory 7002 >>"$T/group"
for file in passwd group; do mount --bind "$T/$file" "/etc/$file"; done

lab up 3 || die "the lab does not come up"
declare -A host=([laptop]=1 [mini]=2 [box]=3)
start() { local name=$1; shift; node "$name" "${host[$name]}" "$@" || die "$name does not start"; }
firewall() { # NODE RULES...: one rule an argument, `input …` or `output …`; none: the firewall goes away
  local name=$1 rule
  shift
  { echo "table inet lab"; echo "delete table inet lab"; echo "table inet lab {"
    for hook in input output; do
      echo " chain $hook { type filter hook $hook priority 0; policy accept;"
      for rule; do case $rule in "$hook "*) echo "  ${rule#* };" ;; esac; done
      echo " }"
    done; echo "}"
    [ $# -gt 0 ] || echo "delete table inet lab"; } >"$T/nft"
  lab exec "${host[$name]}" nft -f "$T/nft"
}

# ask NODE [ARGS...]: its diagnosis into $T/found; the exit status is doctor's.
ask() {
  local name=$1
  shift
  lab exec "${host[$name]}" env RD_SOCKET="$T/$name/rd.sock" "$R" doctor --json "$@" >"$T/found" 2>"$T/found.err"
}
# says ID STATUS [REGEX]: the last diagnosis has that.
says() { python3 "$LAB_DIR/doctor.py" finding "$T/found" "$@"; }
# tried NODE ID REGEX: runs the command that the last diagnosis of NODE gave for the check, on the node that it names;
# its output must match. The command's own status does not count: curl and ping fail where they prove a failure.
tried() {
  local place command
  IFS=$'\t' read -r place command < <(python3 "$LAB_DIR/doctor.py" command "$T/found" "$2") || { echo "no command"; return 1; }
  [ "$place" != - ] || place=$1
  has "$3" lab exec "${host[$place]}" env RD_SOCKET="$T/$place/rd.sock" PATH="$RD_BINARIES:$PATH" timeout 20 \
    bash -c "$command" || { echo "on $place: $command"; return 1; }
}
# now_says SECONDS NODE PEER ID STATUS [REGEX]: asks until the diagnosis has that.
now_says() {
  local limit=$1 name=$2 peer=$3
  shift 3
  asked() { ask "$name" ${peer:+"$peer"}; says "$@"; }
  until_ok "$limit" asked "$@"
}

# --- strangers, then friends -------------------------------------------------------------------------------------------------

start laptop
ask laptop
ok "a node alone: nothing fails" says node.identity ok
ok "its port is open" says listen.port ok
ok "and bound to every address" says listen.reach ok 'every address'
ok "its interface is used" says mdns.interface ok 'eth0'
ok "loopback is left out, with the reason" says mdns.interface skip 'lo is left out: loopback'
ok "it is in the groups" says mdns.membership ok eth0
ok "its packets come back" says mdns.echo ok 'eth0 \(IPv4\).*eth0 \(IPv6\)|eth0 \(IPv6\).*eth0 \(IPv4\)'
exits 0 "the exit status is 0" ask laptop
exits 1 "a peer that nobody knows" ask laptop mimi
ok "is not found, with the reason" says peer.known fail 'was ever seen or added'
ok "and the command to search runs" tried laptop peer.known 'no node answered'

start mini
exits 0 "an address that is not known can be examined" ask laptop 10.99.0.2
ok "who answers is told" says peer.identity ok 'peer-'
ok "no request for approval was made" says peer.handshake skip 'ask it for approval'
until_ok 20 asks_at laptop mini >/dev/null || die "the two do not find each other"
until_ok 20 asks_at mini laptop >/dev/null || die "the two do not find each other"
exits 1 "two nodes that nobody approved" ask laptop mini
ok "here: it waits" says peer.trust warn 'waits for your approval'
ok "there: not approved yet" says peer.grant fail 'has not approved this node yet'
ok "the handshake itself works" says peer.handshake ok
ok "the command for the other side approves" tried laptop peer.grant 'approved laptop.* trusted'
exits 0 "approved one way only: calls from here work" ask laptop mini
ok "and the other direction is told" says peer.trust warn 'waits'
exits 1 "asked on the other side, it is a failure" ask mini laptop
ok "with the cause there" says peer.grant fail 'laptop has not approved'
ok "and the command approves" tried mini peer.grant 'approved mini.* trusted'

exits 0 "a healthy pair" ask laptop mini
for id in known trust address identity health version clock latency handshake grant sighting visibility timeout skills; do
  ok "healthy: peer.$id" says "peer.$id" ok
done
exits 0 "and in brief" ask laptop
ok "one line tells that all is well" says peer.known ok 'mini answers at .*both ways are open'
ok "it is seen" says mdns.heard ok mini
ok "people see sections and lines" has '^  ok    mini accepts|^  ok    10\.99\.0\.2:8765 accepts' at laptop doctor mini
ok "--quiet is silent when nothing fails" silent at laptop doctor mini --quiet

# --- trust ---------------------------------------------------------------------------------------------------------------------

at mini trust laptop basic >/dev/null
exits 0 "lowered to basic: a warning" ask laptop mini
ok "that names the level" says peer.grant warn 'basic: tasks, but no skills'
ok "and the command mends it" tried laptop peer.grant trusted
at mini reject laptop >/dev/null
exits 1 "rejected by the peer" ask laptop mini
ok "is told" says peer.grant fail 'rejected or blocked this node'
ok "and the command mends it" tried laptop peer.grant 'approved laptop'
at laptop reject mini >/dev/null
exits 1 "rejected here" ask laptop mini
ok "is told" says peer.trust fail 'you have rejected mini'
ok "and the command mends it" tried laptop peer.trust 'approved mini'
at laptop trust mini trusted >/dev/null
exits 0 "all is well again" ask laptop mini

# --- not there -------------------------------------------------------------------------------------------------------------------

kill -STOP "${node_pid[mini]}"
at laptop call mini text.word_count text=a --timeout 1 >/dev/null 2>&1
exits 1 "the peer's rd hangs" ask laptop mini --timeout 1
ok "it is told apart from one that is off" says peer.identity fail 'then says nothing.*hangs'
kill -CONT "${node_pid[mini]}"
exits 0 "it goes on" ask laptop mini
ok "the call that timed out is remembered" says peer.timeout warn 'did not end within 1 s.*task_timeout is 120 s here'
ok "and its limit is shown" tried laptop peer.timeout 'task_timeout: 120'

stop_node mini
exits 1 "the peer's rd is stopped" ask laptop mini
ok "its machine is on, nothing listens" says peer.address fail 'machine is on, and nothing listens'
exits 1 "in brief too" ask laptop
ok "with the same cause" says peer.address fail 'its rd is not running'
ok "--quiet prints the ids of what failed" has '^peer.address$' at laptop doctor --quiet mini

other() { # another node at mini's address
  node "$@" || die "$1 does not start"
}
host[evil]=2
other evil 2
exits 1 "another node answers at the peer's address" ask laptop mini
ok "that is told" says peer.identity fail 'evil|peer-[a-z2-7]+ answers at .*, not mini'
ok "and the command shows who it is" tried laptop peer.identity '"name": ?"evil"'
stop_node evil
start mini
ok "the right one is back" now_says 20 laptop mini peer.identity ok

lab cut 2
exits 1 "the peer is unplugged" ask laptop mini --timeout 1
ok "no sign of life is told" says peer.address fail 'No sign of life: the machine is off or asleep'
# What the kernel still believes of the neighbour wears off within a minute: not waited for.
lab exec 1 ip neigh flush dev eth0
ok "the network has nobody at the address" now_says 30 laptop mini peer.address fail 'is not there.*off, asleep, unplugged'
ok "and ping shows it" tried laptop peer.address '100% packet loss|Unreachable'
lab join 2
ok "plugged in again" now_says 20 laptop mini peer.address ok

firewall mini "input tcp dport 8765 drop"
exits 1 "a firewall drops TCP 8765 on the peer" ask laptop mini --timeout 1
ok "it is told from a machine that is off" says peer.address fail 'is on, but port 8765 does not answer.*firewall'
ok "and the command shows the rule" tried laptop peer.address 'dport 8765 drop'
firewall mini
lab exec 1 ip route add unreachable 10.98.0.0/24
exits 1 "no way there" ask laptop 10.98.0.1:8765 --timeout 1
ok "is told" says peer.address fail 'is not there|no route'
exits 1 "a host name that does not exist" ask laptop nowhere.invalid
ok "is told" says peer.address fail 'host name nowhere.invalid is not known'

# --- discovery ---------------------------------------------------------------------------------------------------------------------

firewall mini "input udp dport 5353 drop"
sleep 4 # an announcement of a moment ago would count as an answer
ask laptop mini
ok "a firewall drops UDP 5353 on the peer: it is named" says peer.sighting fail 'firewall on mini drops UDP port 5353'
ok "and the command shows the rule there" tried laptop peer.sighting 'dport 5353 drop'
ask mini
ok "on the peer itself: own packets do not come back" says mdns.echo fail 'firewall on this machine drops UDP port 5353'
ok "and the command shows the rule" tried mini mdns.echo 'dport 5353 drop'
firewall mini
ok "without it they see each other" now_says 20 laptop mini peer.sighting ok

firewall laptop "input udp dport 5353 drop"
sleep 4
ask laptop mini
ok "the same here: it is this machine" says peer.sighting fail 'firewall on this machine drops UDP port 5353'
firewall laptop
firewall laptop "output udp dport 5353 drop"
sleep 4
ask laptop
ok "a rule for outgoing packets is told apart" says mdns.echo fail 'does not let packets out'
ok "and shown" tried laptop mdns.echo 'dport 5353 drop'
ask laptop mini
ok "one way: it does not see us, and why" says peer.visibility fail 'forbids outgoing packets'
firewall laptop
firewall laptop "input udp dport 5353 ip saddr != 10.99.0.1 drop" "input udp dport 5353 ip6 saddr != { fd99::1, fe80::99:1 } drop"
sleep 4
ask laptop mini
ok "a loss in between is not blamed on either" says peer.sighting warn 'lost in between'
ok "and the address works" tried laptop peer.sighting 'added mini'
firewall laptop
ok "all is well again" now_says 20 laptop mini peer.sighting ok

lab exec 3 python3 "$LAB_DIR/doctor.py" hold >"$T/held" 2>&1 &
until_ok 10 grep -q '^[0-9]' "$T/held"
free_port() { ! has . lab exec 3 ss -Hlun 'sport = :5353'; }
start box
exits 1 "another program holds port 5353" ask box
ok "it is named" says mdns.port fail 'held by python3? \(pid [0-9]+\), which does not share'
ok "and shown" tried box mdns.port '5353.*python3?'
kill "$(cat "$T/held")"
until_ok 10 free_port || die "port 5353 is still held"
ask box
ok "gone, rd must start again" says mdns.port fail 'Nobody else holds UDP port 5353 now'
stop_node box

mkdir -p "$T/copy"
cp -r "$T/mini/state" "$T/copy/state"
rm -f "$T/copy/state/"*lock* "$T/copy/state/rd.sqlite"*
host[copy]=3
other copy 3
ok "a copy of the identity is announced: found" now_says 20 mini "" mdns.identity fail 'also announced at 10.99.0.3:8765|also announced at .*10.99.0.3'
ok "and shown" tried mini mdns.identity '"name": ?"copy"'
stop_node copy

# --- other versions, other clocks ------------------------------------------------------------------------------------------------

lab exec 3 python3 "$LAB_DIR/doctor.py" far 9001 2.0 7200 >"$T/far" 2>&1 &
lab exec 3 python3 "$LAB_DIR/doctor.py" far 9002 1.7 60 >"$T/far2" 2>&1 &
until_ok 10 grep -q peer- "$T/far"
until_ok 10 grep -q peer- "$T/far2"
exits 1 "a node of another major version" ask laptop 10.99.0.3:9001
ok "both versions are named" says peer.version fail 'protocol 2.0, this node 1.0.*here is too old'
ok "and shown" tried laptop peer.version 'protocol 1.0'
ok "its clock is hours ahead" says peer.clock fail '1[12][0-9] min ahead.*lifetime of a token'
ok "and both are shown" tried laptop peer.clock '^[0-9]+$'
exits 0 "a newer minor version is no failure" ask laptop 10.99.0.3:9002
ok "a minute apart is a warning" says peer.clock warn '60 s ahead'
kill "$(cut -d' ' -f1 "$T/far")" "$(cut -d' ' -f1 "$T/far2")"
lab exec 3 python3 -m http.server 9003 >/dev/null 2>&1 &
until_ok 10 lab exec 3 curl -s -o "$T/null" http://127.0.0.1:9003/
exits 1 "a web server is no node" ask laptop 10.99.0.3:9003
ok "is told" says peer.identity fail 'does not speak TLS'
ok "and curl shows it" tried laptop peer.identity 'SSL|wrong version'

# --- this node -------------------------------------------------------------------------------------------------------------------

chmod 644 "$T/mini/state/identity.key"
exits 1 "a key that others may read" ask mini
ok "is found" says node.identity fail 'can be read by other users'
tried mini node.identity '' >/dev/null
exits 0 "and the command mends it" ask mini
cp "$T/laptop/state/identity.crt" "$T/mini/state/identity.crt"
ask mini
ok "a certificate of another key is found" says node.certificate warn 'belongs to another key'
stop_node mini

printf 'name: mini\np2p:\n  require_approval: false\n  advertise_mdns: false\n  auto_discover: false\n  hide_skills: [text]\n' \
  >"$T/mini/config.yaml"
start mini --host 127.0.0.1
exits 1 "bound to loopback only" ask mini
ok "is found" says listen.reach fail 'bound to 127.0.0.1: no other machine'
ok "and shown" tried mini listen.reach '127.0.0.1:8765'
for pair in "approval require_approval" "advertise advertise_mdns" "discover auto_discover"; do
  read -r id key <<<"$pair"
  ok "p2p.$key is off: a warning" says "config.$id" warn "p2p.$key is false"
  ok "and shown" tried mini "config.$id" "$key: false"
done
ok "what is hidden is listed" says config.skills ok 'hidden from them: text'
printf 'name: mini\n' >"$T/mini/config.yaml"
cause=$(python3 -c 'import json, sys
print(next(c["cause"] for c in json.load(open(sys.argv[1]))["checks"] if c["id"] == "config.approval"))' "$T/found")
command=$(grep -o 'kill -HUP [0-9]*' <<<"$cause")
ok "the way to reload that the cause names works" bash -c "$command"
reloaded() { ask mini; says config.approval ok; }
ok "and is in force" until_ok 10 reloaded
exits 1 "seen from elsewhere: refused" ask laptop mini --timeout 1
ok "loopback is among the causes" says peer.address fail 'only on its loopback'
stop_node mini
printf 'name: mini\np2p:\n  enabled: false\n' >"$T/mini/config.yaml"
start mini
exits 1 "peer-to-peer is off" ask mini
ok "is found" says config.enabled fail 'p2p.enabled is false'
ok "and shown" tried mini config.enabled 'enabled: false'

# --- the way to the daemon -----------------------------------------------------------------------------------------------------

as() { # USER [GROUPS...]: doctor on mini's socket
  local user=$1
  shift
  setpriv --reuid "$user" --regid "$(id -g "$user")" "$@" -- env RD_SOCKET="$T/mini/rd.sock" \
    "$R" doctor --json >"$T/found" 2>"$T/found.err"
}
exits 77 "a user outside the group" as mallory --init-groups
ok "is told which" says client.group fail 'mallory is not a member of group rd'
ok "with the command" grep -q 'usermod -aG rd mallory' "$T/found"
exits 77 "a member whose login is older than the membership" as alice --clear-groups
ok "is told so" says client.group fail 'this login is older'
command=$(python3 "$LAB_DIR/doctor.py" command "$T/found" client.group | cut -f 2)
ok "and the command works" has 'rd answers' setpriv --reuid alice --regid 7001 --clear-groups -- \
  env RD_SOCKET="$T/mini/rd.sock" PATH="$RD_BINARIES:$PATH" bash -c "$command"
exits 1 "a member of the group gets the diagnosis" as alice --init-groups
ok "of the node" says config.enabled fail
stop_node mini
exits 69 "rd is down" ask mini
ok "doctor still says what it sees" says client.daemon fail 'rd is not running'
ok "and what to do" grep -q '"command":"r serve"' "$T/found"
rm -f "$T/mini/rd.sock"
exits 69 "no socket at all" ask mini
ok "is told" says client.socket fail 'there is no socket'

if [ $failed != 0 ]; then
  cat "$T/found" "$T/found.err"
  for name in laptop mini; do echo "--- log of $name"; tail -n 15 "$T/$name/log"; done
fi
finish
