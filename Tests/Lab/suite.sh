# shellcheck shell=bash
# suite.sh - what the lab's suites share. Source it; it sets:
#   ROOT      the checkout             LAB_DIR   this folder
#   RD, R     the binaries under test: $RD_BINARIES/{rd,r}, by default the debug build
#   T         a scratch folder, removed at the end with everything the suite started
# A suite ends with `finish`, which prints `N passed, N failed`. A suite may define `clean_up` for what it made itself.
set -uo pipefail
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH LC_ALL=C.UTF-8
LAB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(cd "$LAB_DIR/../.." && pwd)
RD_BINARIES=$(realpath "${RD_BINARIES:-$ROOT/.build/debug}" 2>/dev/null || echo "${RD_BINARIES:-$ROOT/.build/debug}")
RD=$RD_BINARIES/rd R=$RD_BINARIES/r
export RD R RD_BINARIES
unset RD_SOCKET R_CLI_CONFIG STATE_DIRECTORY NOTIFY_SOCKET LISTEN_FDS LISTEN_PID
passed=0 failed=0

die() { echo "${0##*/}: $*" >&2; exit 1; }

# --- the suite's own world ---------------------------------------------------------------------------------------------

# own_world "$0" "$@": runs the script again in network, mount and process namespaces of its own. Nothing it starts
# outlives it, every port is free, and no packet reaches the real network. Lab hosts (lab.sh) can be made inside.
own_world() {
  [ "$(id -u)" = 0 ] || die "needs root, to make network namespaces"
  if [ -z "${OWN_WORLD:-}" ]; then
    exec unshare --net --mount --propagation private --pid --fork --kill-child --mount-proc \
      env OWN_WORLD=1 bash "$@" || die "cannot make namespaces"
  fi
  mount -t tmpfs -o mode=755 run /run
  ip link set lo up
}

# scratch: makes $T and arranges the end.
scratch() {
  T=$(mktemp -d "${TMPDIR:-/tmp}/rd-lab.XXXXXX") || exit 1
  chmod 755 "$T"
  trap at_exit EXIT
  trap 'exit 130' INT TERM HUP
}
at_exit() {
  local status=$? name
  trap - EXIT
  for name in "${!node_pid[@]}"; do stop_node "$name" KILL; done
  if declare -F clean_up >/dev/null; then clean_up; fi
  rm -rf "$T" 2>/dev/null || { sleep 1; rm -rf "$T"; }
  exit "$status"
}

# need_packages PACKAGE...: installs what is missing, or fails. Before own_world, where the network is gone.
need_packages() {
  local package missing=()
  for package; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  echo "installing ${missing[*]}"
  [ "$(id -u)" = 0 ] || die "as root: apt-get install ${missing[*]}"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}"; } >/dev/null </dev/null || die "cannot install ${missing[*]}"
}

need_binaries() { { [ -x "$RD" ] && [ -x "$R" ]; } || die "no rd and r in $RD_BINARIES: build them, or set RD_BINARIES"; }

# --- checks: each one line, with the output when it fails ----------------------------------------------------------------

pass() { passed=$((passed + 1)); echo "ok   $1"; }
fail() { failed=$((failed + 1)); echo "FAIL $1: ${2:-}"; }
# ok NAME COMMAND...: the command succeeds.
ok() { local name=$1 output; shift; if output=$("$@" 2>&1); then pass "$name"; else fail "$name" "$output"; fi; }
# no NAME COMMAND...: the command fails.
no() { local name=$1 output; shift; if output=$("$@" 2>&1); then fail "$name" "succeeded: $output"; else pass "$name"; fi; }
# exits STATUS NAME COMMAND...: the command ends with that status.
exits() {
  local want=$1 name=$2 output status=0
  shift 2
  output=$("$@" 2>&1) || status=$?
  if [ "$status" = "$want" ]; then pass "$name"; else fail "$name" "exit $status instead of $want: $output"; fi
}
# has PATTERN COMMAND...: the command's output has a line that matches; fails with the output otherwise.
has() { local pattern=$1 output; shift; output=$("$@" 2>&1); grep -qE -- "$pattern" <<<"$output" || { echo "$output"; return 1; }; }
# silent COMMAND...: the command succeeds and says nothing.
silent() { local output; if output=$("$@" 2>&1) && [ -z "$output" ]; then return 0; fi; echo "$output"; return 1; }
# until_ok SECONDS COMMAND...: tries until the command succeeds.
until_ok() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { "$@"; return; }
    sleep 0.1
  done
}
# within SECONDS COMMAND...: the command ends in that time, with its own status.
within() {
  local limit=$1 start status=0
  shift
  start=$(date +%s%N)
  "$@" || status=$?
  local milliseconds=$((($(date +%s%N) - start) / 1000000))
  [ $milliseconds -le $((limit * 1000)) ] || { echo "took $milliseconds ms"; return 1; }
  return $status
}
finish() {
  echo "$passed passed, $failed failed"
  [ $failed = 0 ]
  exit
}

# --- nodes outside a machine: rd with its own state, socket and name ---------------------------------------------------------

declare -A node_pid=()
# lab ARGS...: the switch of this suite.
lab() { LAB=${LAB:-rd$$} "$LAB_DIR/lab.sh" "$@"; }
# node NAME HOST OPTIONS...: starts a node on a lab host (0: this namespace) and waits until it answers.
node() {
  local name=$1 host=$2 where=()
  shift 2
  mkdir -p "$T/$name"
  [ -e "$T/$name/config.yaml" ] || echo "name: $name" >"$T/$name/config.yaml"
  [ "$host" = 0 ] || where=(nsenter "--net=$(lab ns "$host")" --)
  "${where[@]}" "$RD" --config "$T/$name/config.yaml" --state-dir "$T/$name/state" --socket "$T/$name/rd.sock" \
    "$@" >>"$T/$name/log" 2>&1 </dev/null &
  node_pid[$name]=$!
  until_ok 20 at "$name" status >/dev/null 2>&1 || { tail -n 30 "$T/$name/log" >&2; return 1; }
}
# at NODE ARGS...: the client, talking to that node.
at() { local name=$1; shift; RD_SOCKET=$T/$name/rd.sock "$R" "$@"; }
# stop_node NAME [SIGNAL]: its status is the node's. Not inside `ok`, which runs in a subshell that has no children.
stop_node() {
  kill "-${2:-TERM}" "${node_pid[$1]}" 2>/dev/null
  wait "${node_pid[$1]}" 2>/dev/null
  local status=$?
  unset "node_pid[$1]"
  return $status
}
# peer_field PEER FIELD: reads `r peers --json` or `r pending --json`; fails when the peer is not there.
peer_field() {
  python3 -c '
import json, sys
answer = json.load(sys.stdin)
for peer in answer.get("peers", answer.get("pending", [])):
    if sys.argv[1] in (peer["name"], peer["peer_id"]):
        print(peer[sys.argv[2]])
        sys.exit(0)
sys.exit(f"no peer {sys.argv[1]} in {json.dumps(answer)}")' "$1" "$2"
}
# peer_is NODE PEER FIELD VALUE
peer_is() {
  local answer value
  answer=$(at "$1" peers --json) || return 1
  value=$(peer_field "$2" "$3" <<<"$answer") || return 1
  [ "$value" = "$4" ] || { echo "$3 of $2 on $1 is $value, not $4"; return 1; }
}
# asks_at NODE PEER: the peer waits for approval there.
asks_at() { local answer; answer=$(at "$1" pending --json) && peer_field "$2" peer_id <<<"$answer"; }

# python_tool PACKAGE VERSION [REQUIREMENT...]: a program from PyPI in a virtual environment of its own, kept under .build; sets TOOL to its
# folder of programs. Before own_world, where the network is gone.
python_tool() {
  local folder=$ROOT/.build/python/$1-$2 package=$1 version=$2
  shift 2
  TOOL=$folder/bin
  export TOOL
  [ ! -e "$folder/complete" ] || return 0
  echo "installing $package $version from PyPI"
  rm -rf "$folder"
  { python3 -m venv "$folder" && "$TOOL/pip" install -q --disable-pip-version-check "$package==$version" "$@" </dev/null \
    >/dev/null && touch "$folder/complete"; } || die "cannot install $package $version from PyPI"
}
