#!/bin/bash
# crash.sh - a node is killed (SIGKILL) 50 times in the middle of approvals, rejections and calls; after every restart its
# store opens and holds every change that was acknowledged, and its audit log is one chain. The work is in crash.py; this makes the nodes.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 python3
own_world "$0" "$@"
need_binaries
scratch
export T
lab up 3 || die "the lab does not come up"
LAPTOP_NETNS=$(lab ns 1)
export LAPTOP_NETNS
node laptop 1 --host 0.0.0.0 --port 8765 || die "laptop does not start"
node mini 2 --host 0.0.0.0 --port 8765 || die "mini does not start"
node box 3 --host 0.0.0.0 --port 8765 || die "box does not start"
until_ok 15 asks_at laptop mini >/dev/null || die "mini does not ask for approval"
until_ok 15 asks_at laptop box >/dev/null || die "box does not ask for approval"
stop_node laptop || die "laptop does not stop"
python3 "$LAB_DIR/crash.py" 50 "${CRASH_SECONDS:-80}"
