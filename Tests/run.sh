#!/bin/bash
# run.sh - every test of the project: installs what they need, builds, runs the suites one after the other, and ends
# with `N passed, N failed`. As root (the lab makes namespaces and boots machines); no terminal needed.
#
#   Tests/run.sh [--only SUITE[,SUITE...]] [--release] [--no-build]
#
#   unit   the Swift tests                            curl    the specification's curl lines, and the doors that stay shut
#   mdns   MulticastDNS among other implementations   crash   kills in the middle of work; slow and hostile clients
#   lab    systemd machines on a switch; the installer   fuzz    the fuzz targets, for a short time each
#   schema the HTTP API against its own description   tls     the listener as sslyze sees it
#   flood  an honest peer's latency while strangers flood
#   identity   client certificates, keys that change
#   tasks  tasks in plain English, and kills in the middle of them
#   pinning    tools of peers that change, and the choice among peers
#   doctor what r doctor says in situations that are made for real
#   mcp    MCP servers from PyPI, and one that misbehaves, as skills
#   skills the shipped skills between machines, with a real PostgreSQL
#   pairing    codes, approvals, liveness, addresses that change, and kills in between
#   sync   context and documents among three nodes
#
# --release tests the binaries of a release build (the unit tests stay debug); --no-build uses what is built.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
export PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
die() { echo "run.sh: $*" >&2; echo "0 passed, 1 failed"; exit 1; }

# Those that are one script of the lab, with the seconds that they may take.
declare -A seconds=([curl]=180 [schema]=240 [tls]=180 [identity]=180 [pairing]=300 [doctor]=420 [mcp]=300 [skills]=300
  [sync]=420 [pinning]=240 [tasks]=240 [flood]=420)
suites=(unit fuzz mdns curl schema tls identity pairing pinning doctor mcp skills sync tasks crash flood lab) build=yes release=no
while [ $# -gt 0 ]; do
  case $1 in
    --only) IFS=, read -ra suites <<<"${2:?--only needs a suite}"; shift ;;
    --release) release=yes ;;
    --no-build) build=no ;;
    *) sed -n '2,21s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
  esac
  shift
done
for suite in "${suites[@]}"; do
  [[ -n ${seconds[$suite]:-} || $suite =~ ^(unit|mdns|lab|crash|fuzz)$ ]] || die "there is no suite named $suite"
done
[ "$(id -u)" = 0 ] || die "needs root: the lab makes network namespaces and boots systemd machines"
command -v swift >/dev/null || die "no swift in PATH: see https://www.swift.org/install"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM HUP

# --- what the tests need -----------------------------------------------------------------------------------------------------

packages=(libsystemd-dev libsqlite3-dev pkg-config poppler-utils systemd-container nftables avahi-daemon avahi-utils dbus
  iproute2 iputils-ping procps curl openssl python3 python3-zeroconf python3-cryptography python3-venv
  git sqlite3 qpdf tesseract-ocr libarchive-tools libvips-tools pandoc groff libreoffice-writer-nogui
  postgresql)
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "== installing ${missing[*]}"
  # The tests start servers of their own: installing PostgreSQL is to make and start none.
  [ -e /etc/postgresql-common/createcluster.conf ] ||
    install -Dm 644 <(echo 'create_main_cluster = false') /etc/postgresql-common/createcluster.conf
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}"; } </dev/null >/dev/null || die "cannot install ${missing[*]}"
fi
# A machine that cannot make namespaces would fail in obscure ways later: say it here.
unshare --net --mount --pid --fork --mount-proc true || die "this machine cannot make namespaces"

# --- build ---------------------------------------------------------------------------------------------------------------------

if [ $build = yes ]; then
  echo "== building (debug, with tests)"
  swift build --build-tests --package-path "$root" </dev/null || die "the build failed"
fi
RD_BINARIES=$root/.build/debug
if [ $release = yes ]; then
  RD_BINARIES=$root/.build-release/release
  for product in rd r; do
    [ $build = yes ] || break
    echo "== building $product (release)"
    swift build -c release --static-swift-stdlib --package-path "$root" --scratch-path "$root/.build-release" \
      --product "$product" </dev/null || die "the release build failed"
  done
fi
export RD_BINARIES

# --- suites ----------------------------------------------------------------------------------------------------------------------

passed=0 failed=0 summary=()
count() { # NAME PASSED FAILED
  passed=$((passed + $2)) failed=$((failed + $3))
  summary+=("$(printf '%-12s %5d passed, %3d failed' "$1" "$2" "$3")")
}
# suite NAME SECONDS COMMAND...: a script that ends with `N passed, N failed`.
suite() {
  local name=$1 limit=$2 status last began=$SECONDS
  shift 2
  printf '\n== %s\n' "$name"
  timeout -k 15 "$limit" "$@" </dev/null 2>&1 | tee "$scratch/log"
  status=${PIPESTATUS[0]}
  echo "== $name took $((SECONDS - began)) s"
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$scratch/log" | tail -n 1)
  if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    local good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
    # An exit status that the counts do not explain is a failure of its own.
    [ "$status" = 0 ] || [ "$bad" != 0 ] || { echo "FAIL $name ended with status $status"; bad=1; }
    count "$name" "$good" "$bad"
  else
    echo "FAIL $name ended with status $status and no count"
    count "$name" 0 1
  fi
}
unit() {
  local status=0
  # All tests at once wait for each other longer than any of them may take.
  SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8 \
    swift test --skip-build --disable-xctest --package-path "$root" --xunit-output "$scratch/unit.xml" || status=$?
  python3 - "$scratch/unit.xml" <<'P'
import sys, xml.etree.ElementTree as tree
cases = list(tree.parse(sys.argv[1]).getroot().iter("testcase"))
bad = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
skipped = [f"{case.get('classname')} {case.get('name')}" for case in cases if case.find("skipped") is not None]
for name in skipped:
    print("skipped", name)
print(f"{len(cases) - bad - len(skipped)} passed, {bad} failed")
P
  return $status
}
for suite in "${suites[@]}"; do
  case $suite in
    unit) export -f unit; export scratch root; suite unit 600 bash -c unit ;;
    # The figures of this suite are of processor time: they are taken of what is shipped, an optimised build.
    mdns)
      swift build -c release --product mdns-probe --package-path "$root" </dev/null || die "the probe's build failed"
      suite mdns 480 "$here/Lab/mdns/run.sh" "$root/.build/release/mdns-probe"
      ;;
    crash) suite crash 180 "$here/Lab/crash.sh"; suite abuse 240 "$here/Lab/abuse.sh" ;;
    lab) suite install 240 "$here/Lab/install.sh"; suite e2e 420 "$here/Lab/e2e.sh" ;;
    fuzz) if [ -e "$here/Fuzz/run.sh" ]; then suite fuzz 420 "$here/Fuzz/run.sh" --seconds 20; fi ;;
    *) suite "$suite" "${seconds[$suite]}" "$here/Lab/$suite.sh" ;;
  esac
done

printf '\n'
printf '%s\n' ${summary[@]+"${summary[@]}"}
echo "$passed passed, $failed failed"
[ $failed = 0 ]
