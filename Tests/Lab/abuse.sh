#!/bin/bash
# abuse.sh - a thousand slow clients at each door, and malformed input of every kind at every door: memory stays bounded,
# honest callers are answered, every wrong message gets the error it deserves. The work is in abuse.py.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 python3
own_world "$0" "$@"
need_binaries
scratch
node laptop 0 --host 127.0.0.1 --port 8765 || die "the node does not start"
RD_PID=${node_pid[laptop]}
export RD_SOCKET=$T/laptop/rd.sock RD_PID
for part in malformed slow; do
  python3 "$LAB_DIR/abuse.py" $part | tee "$T/out"
  counts=$(tail -n 1 "$T/out")
  [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] || { fail "$part" "abuse.py ended early"; continue; }
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
done
unset RD_SOCKET
stop_node laptop
ok "SIGTERM ends it with status 0" test $? = 0
if [ $failed != 0 ]; then echo "--- log"; tail -n 40 "$T/laptop/log"; fi
finish
