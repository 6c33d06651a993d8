#!/bin/bash
# abuse.sh - a thousand slow clients at each door, and malformed input of every kind at every door: memory stays bounded,
# honest callers are answered, every wrong message gets the error it deserves; and clients that stop in the middle or
# flood with frames of HTTP/2 are closed in time. The work is in abuse.py and stall.py.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 python3
own_world "$0" "$@"
need_binaries
scratch
node laptop 0 --host 127.0.0.1 --port 8765 || die "the node does not start"
RD_PID=${node_pid[laptop]}
export RD_SOCKET=$T/laptop/rd.sock RD_PID
# Those that stop in the middle take a minute to be found out: beside the rest.
python3 "$LAB_DIR/stall.py" stalls >"$T/stalls" 2>&1 &
stalls=$!
count() { # NAME OUTPUT
  local counts
  counts=$(tail -n 1 "$2")
  [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { fail "$1" "ended early"; return; }
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
}
for part in malformed slow; do
  python3 "$LAB_DIR/abuse.py" $part | tee "$T/out"
  count "$part" "$T/out"
done
wait $stalls
cat "$T/stalls"
count "stalls" "$T/stalls"
python3 "$LAB_DIR/stall.py" floods | tee "$T/out"
count "floods of frames" "$T/out"
unset RD_SOCKET
stop_node laptop
ok "SIGTERM ends it with status 0" test $? = 0
if [ $failed != 0 ]; then echo "--- log"; tail -n 40 "$T/laptop/log"; fi
finish
