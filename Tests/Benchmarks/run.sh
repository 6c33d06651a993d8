#!/bin/bash
# run.sh - what rd and r cost, each number beside a yardstick measured in the same run: a C program, git, nginx, curl.
#
#   Tests/Benchmarks/run.sh [--quick]     with the release build, or the binaries in $RD_BINARIES; as root
#
# Everything happens in namespaces of its own, so ports are free and nothing reaches the network. Two nodes on a switch:
# laptop and mini. --quick takes fewer samples and a smaller document.
here=$(cd "$(dirname "$0")" && pwd)
export RD_BINARIES=${RD_BINARIES:-$here/../../.build-release/release}
# shellcheck source=../Lab/suite.sh
. "$here/../Lab/suite.sh"
need_packages nginx-light wrk curl git gcc libc6-dev iproute2 openssl python3 python3-cryptography
own_world "$0" "$@"
need_binaries
scratch
export T
runs=200 idle=60 load=10 size=1024
if [ "${1:-}" = --quick ]; then runs=30 idle=5 load=3 size=64; fi
measure() { python3 "$here/measure.py" "$@"; }
# value NAME: reads that line of measure.py's output.
value() { awk -v name="$1" '$1 == name { print $2 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { if (b + 0 > 0) printf "%.2f", a / b; else printf "-" }'; }
row() { printf '%-46s %17s %-4s %-32s %8s  %s\n' "$1" "$2" "$3" "${4:-}" "${5:-}" "${6:-}"; }
line() { printf '%.0s-' {1..120}; echo; }
seconds() { # COMMAND...: how long it takes; its output is dropped
  local start
  start=$(date +%s%N)
  "$@" >/dev/null || return 1
  awk -v a="$start" -v b="$(date +%s%N)" 'BEGIN { printf "%.2f", (b - a) / 1e9 }'
}
peak() { awk '/^VmHWM/ { printf "%.0f", $2 / 1024 }' "/proc/$1/status"; }

cc -O2 -o "$T/status" "$here/status.c" || die "status.c does not compile"
lab up 2 || die "the lab does not come up"

echo "$(nproc) cores, $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo), Linux $(uname -r);" \
  "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
row "what" "value" "unit" "yardstick" "ratio" "goal"
line

# --- start, and being seen ---------------------------------------------------------------------------------------------------


# More than a peer may ask for by default: here it is the only one.
for name in laptop mini; do
  mkdir -p "$T/$name"
  printf 'name: %s\np2p:\n  peer_rate: 1000000\n' "$name" >"$T/$name/config.yaml"
done
rd=(nsenter "--net=$(lab ns 1)" -- "$RD" --config "$T/laptop/config.yaml" --state-dir "$T/laptop/state"
  --socket "$T/laptop/rd.sock" --host 0.0.0.0 --port 8765)
row "start of rd to READY" "$(measure ready ms "${rd[@]}" | value ms)" ms
node laptop 1 --host 0.0.0.0 --port 8765 || die "laptop does not start"
sleep 2 # its own announcements are over
measure seen "$R" "$T/laptop/rd.sock" mini 30 >"$T/seen" &
watcher=$!
node mini 2 --host 0.0.0.0 --port 8765 || die "mini does not start"
wait $watcher
row "a new node is seen by mDNS, its start included" "$(value seen_ms <"$T/seen")" ms

# --- the client ----------------------------------------------------------------------------------------------------------------

socket=$T/laptop/rd.sock
until_ok 15 asks_at laptop mini >/dev/null || die "mini does not ask for approval"
until_ok 15 asks_at mini laptop >/dev/null || die "laptop does not ask for approval"
at laptop approve mini --trust trusted --yes >/dev/null || die "laptop does not approve mini"
at mini approve laptop --trust trusted --yes >/dev/null || die "mini does not approve laptop"
RD_SOCKET=$socket measure spawn "$runs" "status=$R status" "c=$T/status $socket" "git=git --version" \
  "complete=$R __complete -- call m" >"$T/spawn" || die "the client fails"
status=$(value status <"$T/spawn")
row "r status, whole process" "$status" ms "C program: $(value c <"$T/spawn") ms" \
  "$(ratio "$status" "$(value c <"$T/spawn")")" "<= 2"
row "" "" "" "git --version: $(value git <"$T/spawn") ms" "$(ratio "$status" "$(value git <"$T/spawn")")"
row "completion of a peer's name, whole process" "$(value complete <"$T/spawn")" ms "" "" "<= 10 ms"

# --- at rest -------------------------------------------------------------------------------------------------------------------

sleep 3
measure idle "${node_pid[laptop]}" "$idle" >"$T/idle"
row "rd at rest, one peer: resident memory" "$(value memory_mib <"$T/idle")" MiB
row "rd at rest: wake-ups" "$(value wakeups_per_s <"$T/idle")" "/s"
row "rd at rest: processor" "$(value cpu_percent <"$T/idle")" "%"

# --- calls, beside nginx over TLS -------------------------------------------------------------------------------------------------

mkdir -p "$T/www"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost \
  -keyout "$T/key.pem" -out "$T/certificate.pem" 2>/dev/null || die "openssl fails"
chmod -R a+rX "$T/www" "$T/certificate.pem"
echo '{"words":3}' >"$T/www/small"
cat >"$T/nginx.conf" <<C
daemon off;
user root;
pid $T/nginx.pid;
error_log $T/nginx.log;
worker_processes 1;
events {}
http {
  access_log off;
  sendfile on;
  server {
    listen 9443 ssl;
    ssl_certificate $T/certificate.pem;
    ssl_certificate_key $T/key.pem;
    root $T/www;
  }
}
C
nsenter "--net=$(lab ns 2)" -- nginx -c "$T/nginx.conf" </dev/null 2>"$T/nginx.err" &
node_pid[nginx]=$!
on_laptop() { lab exec 1 "$@"; }
until_ok 10 on_laptop curl -ksS https://10.99.0.2:9443/small >/dev/null || die "nginx does not start: $(cat "$T/nginx.err")"
mini=$(at laptop peers --json | peer_field mini peer_id)

# A third peer, only a token holder, calls mini with the same load generator as nginx gets.
peer() { on_laptop python3 "$LAB_DIR/peer.py" 10.99.0.2 8765 "$T/driver.key" driver; }
peer >/dev/null || die "peer.py fails"
at mini approve driver --trust trusted --yes >/dev/null || die "the load driver is not approved"
TOKEN=$(peer | awk '$1 == "authenticated" { print $3 }')
export TOKEN
load() { on_laptop wrk -t 1 -c "$1" -d "${load}s" --latency "${@:2}" >"$T/wrk"; }
requests() { awk '/^Requests\/sec/ { print $2 }' "$T/wrk"; }
latency() { awk -v part="$1" '$1 == part { print $2 }' "$T/wrk"; }
for wide in 1 32; do
  load $wide https://10.99.0.2:9443/small
  theirs=$(requests) their_latency="$(latency 50%), $(latency 99%)"
  load $wide -s "$here/skill.lua" https://10.99.0.2:8765 || die "wrk fails"
  if grep -q 'Non-2xx' "$T/wrk"; then die "calls fail: $(grep Non-2xx "$T/wrk")"; fi
  row "skill call by TLS, $wide connections" "$(requests)" "/s" "nginx static: $theirs /s" "$(ratio "$theirs" "$(requests)")"
  row "  p50, p99" "$(latency 50%), $(latency 99%)" "" "nginx: $their_latency"
  measure calls "$socket" "$mini" $wide $load >"$T/calls" || die "calls fail"
  row "skill call through both daemons, $wide in flight" "$(value per_s <"$T/calls")" "/s"
  row "  p50" "$(value p50_ms <"$T/calls")" ms
  row "  p99" "$(value p99_ms <"$T/calls")" ms
done

# --- a big document ----------------------------------------------------------------------------------------------------------------

yes 'the quick brown fox jumps over the lazy dog' | head -c ${size}M >"$T/www/big"
ours=$(RD_SOCKET=$socket seconds "$R" call mini text.word_count "file=@$T/www/big") || die "the big call fails"
theirs=$(seconds on_laptop curl -ksS -o /dev/null https://10.99.0.2:9443/big) || die "curl fails"
row "a document of $size MiB through a call" "$ours" s "nginx to curl: $theirs s" "$(ratio "$ours" "$theirs")"
row "  and counting its words" "" "" "wc -w: $(LC_ALL=C seconds wc -w "$T/www/big") s"
row "  peak memory of the calling rd" "$(peak "${node_pid[laptop]}")" MiB
row "  peak memory of the called rd" "$(peak "${node_pid[mini]}")" MiB
line
echo "medians of $runs runs; $load s of load; $idle s of rest"
