#!/bin/bash
# try.sh BINARIES - two nodes on this machine find each other, are approved, and do each other's work. Every step is
# printed with what happened. Called by install.sh --try; installs nothing, needs no systemd and no second machine.
#
# Where the system allows it the two nodes get a network of their own (two namespaces and a cable between them), as root
# or in a user namespace. Otherwise both run on this machine's own network interface.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
binaries=$(realpath "${1:?usage: try.sh BINARIES}")
pdfs=$(dirname "$here")/Tests/Fixtures/pdfs
unset RD_SOCKET R_CLI_CONFIG STATE_DIRECTORY NOTIFY_SOCKET LISTEN_FDS LISTEN_PID
die() { echo "try: $*" >&2; exit 1; }

world=(unshare --net --mount --pid --fork --kill-child --mount-proc)
[ "$(id -u)" = 0 ] || world=(unshare --user --map-root-user --net --mount --pid --fork --kill-child --mount-proc)
if [ -z "${TRY_NETWORK:-}" ]; then
  if "${world[@]}" ip link add name try0 type veth peer name try1 2>/dev/null; then
    exec "${world[@]}" env TRY_NETWORK=own bash "$0" "$binaries"
  fi
  TRY_NETWORK=shared
  interface=$(ip -o link show up | awk -F': ' '/MULTICAST/ && !/LOOPBACK/ { sub(/@.*/, "", $2); print $2; exit }')
  [ -n "$interface" ] || die "no namespaces here and no network interface that can multicast: run it as root"
fi

scratch=$(mktemp -d)
pids=()
finish() {
  local status=$?
  trap - EXIT
  [ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
  wait "${pids[@]}" 2>/dev/null || true
  if [ $status != 0 ]; then
    for name in laptop mini; do
      echo "--- the last words of $name:" >&2
      tail -n 15 "$scratch/$name/log" >&2 2>/dev/null || true
    done
  fi
  rm -rf "$scratch"
  exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# The second node's network: a namespace held open by a sleeping process, joined to the first by a cable.
other=()
if [ "$TRY_NETWORK" = own ]; then
  unshare --net sleep infinity &
  pids+=($!)
  holder=$!
  until [ "$(readlink "/proc/$holder/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
  other=(nsenter "--net=/proc/$holder/ns/net" --)
  ip link add eth0 type veth peer name eth0 netns "$holder"
  for side in 1 2; do
    enter=()
    [ $side = 1 ] || enter=("${other[@]}")
    "${enter[@]}" ip link set lo up
    "${enter[@]}" ip address add "10.99.0.$side/24" dev eth0
    "${enter[@]}" ip link set eth0 up
    "${enter[@]}" ip route add 224.0.0.0/4 dev eth0
  done
fi

step=0
title() { step=$((step + 1)); printf '\n[%d] %s\n' $step "$*"; }
# free_port: one that nobody listens on.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 20000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo $port; return; }
  done
}
# start NAME PORT ENTER...: a node with its own state and socket.
start() {
  local name=$1 port=$2
  shift 2
  mkdir "$scratch/$name"
  echo "name: $name" >"$scratch/$name/config.yaml"
  "$@" "$binaries/rd" --config "$scratch/$name/config.yaml" --state-dir "$scratch/$name/state" \
    --socket "$scratch/$name/rd.sock" --host 0.0.0.0 --port "$port" >"$scratch/$name/log" 2>&1 </dev/null &
  pids+=($!)
  for _ in $(seq 100); do
    ! RD_SOCKET=$scratch/$name/rd.sock "$binaries/r" status >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  die "$name does not start"
}
# at NODE ARGS...: the client on that node;  run: the same, shown as one would type it there, with what it prints.
at() { RD_SOCKET=$scratch/$1/rd.sock "$binaries/r" "${@:2}"; }
run() { printf '%s$ r %s\n' "$1" "${*:2}"; at "$@" 2>&1 | sed 's/^/    /'; }
# field NODE PEER FIELD: one field of a peer as that node shows it; nothing when the peer is not there.
field() {
  at "$1" peers --json | tr -d '\n' | grep -oE '\{[^{}]*\}' | grep -E "\"name\": ?\"$2\"" |
    grep -oE "\"$3\": ?(\"[^\"]*\"|[^,}]*)" | head -n 1 | sed -E 's/^[^:]*: ?"?//; s/"$//'
}
# becomes NODE PEER FIELD VALUE: waits for it.
becomes() {
  for _ in $(seq 150); do
    [ "$(field "$1" "$2" "$3" || true)" != "$4" ] || return 0
    sleep 0.1
  done
  die "on $1, $3 of $2 is '$(field "$1" "$2" "$3" || true)', not '$4'"
}

title "Two nodes start, each with its own identity and state"
if [ "$TRY_NETWORK" = own ]; then
  start laptop 8765
  start mini 8765 "${other[@]}"
  echo "    laptop at 10.99.0.1:8765 and mini at 10.99.0.2:8765, on a network of their own"
else
  start laptop "$(free_port)"
  start mini "$(free_port)"
  echo "    laptop and mini, both on $interface"
fi
run laptop status

title "They find each other by mDNS, and each asks the other for approval"
run laptop discover --timeout 2
becomes laptop mini status pending
becomes mini laptop status pending
run mini pending

title "The owner compares the codes that both screens show"
mine=$(field laptop mini verification_code)
theirs=$(field mini laptop verification_code)
printf '    laptop shows %s for mini\n    mini shows   %s for laptop\n' "$mine" "$theirs"
if [ -z "$mine" ] || [ "$mine" != "$theirs" ]; then die "the codes differ"; fi
echo "    the same: nobody sits between them"

title "Before approval nothing is allowed"
status=0
run laptop call mini pdf.extract_text "file=@$pdfs/text.pdf" || status=$?
echo "    exit status $status"
[ $status = 77 ] || die "that should have been 77: not allowed"

title "Each owner lets the other in"
run mini approve laptop --trust trusted --yes
run laptop approve mini --trust trusted --yes
becomes laptop mini status approved
becomes mini laptop trust trusted

title "They authenticate (challenge and response), and laptop may use mini's PDF skill"
run laptop can mini pdf.extract_text

title "mini extracts the text of laptop's PDF files, and laptop the text of mini's"
same() { # FROM TO FILE
  local got want
  got=$scratch/got want=$scratch/want
  printf '%s$ r call %s pdf.extract_text file=@%s\n' "$1" "$2" "$3"
  at "$1" call "$2" pdf.extract_text "file=@$pdfs/$3" >"$got" || die "the call failed"
  head -n 4 "$got" | sed 's/^/    /'
  pdftotext "$pdfs/$3" - >"$want"
  cmp "$got" "$want" || die "that is not what pdftotext says"
  echo "    ($(wc -c <"$got") bytes, the same as pdftotext's here)"
}
same laptop mini text.pdf
same laptop mini mixed.pdf
same mini laptop text.pdf

title "mini changes its mind: the very next call is refused"
run mini reject laptop
status=0
run laptop call mini pdf.extract_text "file=@$pdfs/text.pdf" || status=$?
echo "    exit status $status"
[ $status = 77 ] || die "that should have been 77: not allowed"

title "Both stop"
for pid in "${pids[@]: -2}"; do
  kill "$pid"
  wait "$pid" || die "a node ended with status $?"
done
pids=("${pids[@]:0:${#pids[@]}-2}")
printf '    with status 0\n\nAll of it worked.\n'
