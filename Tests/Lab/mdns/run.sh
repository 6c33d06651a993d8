#!/bin/bash
# run.sh [MDNS_PROBE_BINARY [PART...]] - the multicast DNS checks between network namespaces, against avahi-daemon,
# python-zeroconf and ourselves. As root; needs avahi-daemon, avahi-utils, dbus, python3-zeroconf, nftables, iproute2.
# Parts: mesh killed start_to_seen scanning leaving cables families two_cards duplicates company malice.
# Ends with "N passed, N failed". Everything happens inside namespaces made here, which are gone afterwards.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
PROBE=${1:-$HERE/../../../.build/release/mdns-probe}
[ $# -gt 0 ] && shift
[ "$(id -u)" = 0 ] || { echo "run.sh: needs root" >&2; exit 2; }
[ -x "$PROBE" ] || { echo "run.sh: no probe at $PROBE (swift build -c release --product mdns-probe)" >&2; exit 2; }
WORK=$(mktemp -d /tmp/mdns-lab.XXXXXX)
PREFIX=md$$
cleanup() {
  local lab
  for lab in $(cd /run/netns 2>/dev/null && printf '%s\n' "$PREFIX"* | sed -n 's/-\(sw\|h[0-9]*\)$//p' | sort -u); do
    LAB=$lab "$HERE/../lab.sh" down || true
  done
  rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
# The unprivileged user has to be able to run it.
chmod 755 "$WORK"
install -m 755 "$PROBE" "$WORK/mdns-probe"
export SWIFT_BACKTRACE=enable=no PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 -u "$HERE/checks.py" "$WORK/mdns-probe" "$WORK" "$PREFIX" "$@" </dev/null
