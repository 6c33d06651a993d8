#!/bin/bash
# mcp.sh - MCP servers as skills, on the built binaries: real servers from PyPI (two generations of their library) and one that
# misbehaves, called here and by a peer, killed, reloaded, and gone with the daemon however it ends.
. "$(dirname "$0")/suite.sh"
need_packages git iproute2 procps python3 python3-venv sqlite3 util-linux
python_tool mcp-server-time 2026.10.19
TIME=$TOOL/mcp-server-time
python_tool mcp-server-git 2026.10.19
GIT=$TOOL/mcp-server-git
python_tool mcp-server-fetch 2026.10.24
FETCH=$TOOL/mcp-server-fetch
# The last one of its kind; it needs the library of its time.
python_tool mcp-server-sqlite 2025.4.25 mcp==1.26.0
SQLITE=$TOOL/mcp-server-sqlite
own_world "$0" "$@"
need_binaries
scratch

SERVER=$ROOT/Tests/Fixtures/mcp/server.py
config() { # NAME [LINE...]: a node with these lines under mcp_servers:
  local name=$1 line
  shift
  mkdir -p "$T/$name"
  {
    printf 'name: %s\np2p:\n  listen_host: 127.0.0.1\n  listen_port: 0\n  advertise_mdns: false\n  auto_discover: false\n' "$name"
    [ $# = 0 ] || echo "mcp_servers:"
    for line; do echo "  $line"; done
  } >"$T/$name/config.yaml"
}
servers=(
  "time: {command: $TIME}"
  "git: {command: $GIT, timeout: 30s}"
  "db: {command: $SQLITE, args: [--db-path, $T/test.db]}"
  "web: {command: $FETCH, args: [--ignore-robots-txt, --allow-private-ips], network: true}"
  "offline: {command: $FETCH, args: [--ignore-robots-txt, --allow-private-ips]}"
  "mis: {command: python3, args: [\"$SERVER\", stubborn], env: {API_KEY: \"secret-of-mine\"}}"
  "broken: {command: python3, args: [\"$SERVER\", exits=7]}"
)
git -c init.defaultBranch=main init -q "$T/repo"
git -C "$T/repo" -c user.name=tester -c user.email=tester@example.org commit -q --allow-empty -m "The first of all"

config alpha "${servers[@]}"
config beta
node alpha 0 || die "alpha does not start"
node beta 0 || die "beta does not start"

# server NAME FIELD: a field of `r mcp --json` on alpha.
server() { at alpha mcp --json | python3 -c '
import json, sys
entry = [one for one in json.load(sys.stdin)["servers"] if one["name"] == sys.argv[1]][0]
value = entry[sys.argv[2]]
print(len(value) if isinstance(value, list) else value)' "$1" "$2"; }
is() { local got; got=$(server "$1" "$2"); [ "$got" = "$3" ] || { echo "$2 of $1 is $got, not $3"; return 1; }; }
# processes: of the servers, which run in sessions of their own.
processes() { pgrep -f "mcp-server-|$SERVER"; }
none_left() { ! processes; }

# --- real servers ------------------------------------------------------------------------------------------------------------

# The first call comes while the server is being started, and waits for it.
ok "time: a call" has Europe/Paris at alpha call time.get_current_time timezone=Europe/Paris
for name in time git db web offline mis; do ok "$name is ready" until_ok 30 is $name state ready; done
ok "the revision that was agreed on" is time protocol_version 2025-06-18
ok "the tools are skills" has '^time\.convert_time ' at alpha skills
exits 1 "time: what the server refuses" at alpha call time.get_current_time timezone=Nowhere
ok "... in its own words" has 'Invalid timezone' at alpha call time.get_current_time timezone=Nowhere
exits 64 "an argument that is missing" at alpha call time.get_current_time
ok "git: a call with a number" has "The first of all" at alpha call git.git_log "repo_path=$T/repo" max_count=1
ok "git: a branch" at alpha call git.git_create_branch "repo_path=$T/repo" branch_name=other
ok "... was made" has '^  other' git -C "$T/repo" branch
ok "db: a table" at alpha call db.create_table query="CREATE TABLE sales (year INTEGER, sum INTEGER)"
ok "db: a row" at alpha call db.write_query query="INSERT INTO sales VALUES (2026, 7)"
ok "db: a query" has 2026 at alpha call db.read_query query="SELECT * FROM sales"
ok "... the row is in the file" has '^2026' sqlite3 "$T/test.db" "SELECT * FROM sales"
mkdir "$T/web" && echo "<html><body><h1>Hello of the loopback</h1></body></html>" >"$T/web/page.html"
python3 -m http.server 8080 --bind 127.0.0.1 --directory "$T/web" >"$T/web.log" 2>&1 &
web=$!
# raw: the server would fetch a program to read HTML with.
until_ok 10 bash -c ': </dev/tcp/127.0.0.1/8080'
ok "fetch: a page, with the network" has "Hello of the loopback" at alpha call web.fetch url=http://127.0.0.1:8080/page.html raw=true
exits 1 "fetch: no page without the network" at alpha call offline.fetch url=http://127.0.0.1:8080/page.html raw=true
kill "$web"

# --- what is shown -------------------------------------------------------------------------------------------------------------

ok "r mcp is a table" has '^git +ready +2025-06-18 +12 +0' at alpha mcp
ok "a server that does not start says why" until_ok 10 is broken last_error "ended with status 7: ValueError: no key was given"
ok "... as a skill too" has '^broken +unavailable: .*no key was given' at alpha skills
exits 1 "... and to its callers" at alpha call broken.echo
ok "r status warns" has 'some MCP servers do not run' at alpha status
exits 1 "a secret in an error" at alpha call mis.secret
no "... is not shown" has secret-of-mine at alpha call mis.secret
no "secrets are not in the configuration as it is shown" has secret-of-mine at alpha config
no "secrets are not in the log" grep secret-of-mine "$T/alpha/log"
ok "the environment of a server has nothing of the daemon's" \
  bash -c "RD_SOCKET=$T/alpha/rd.sock '$R' call mis.environment --json | python3 -c '
import json, sys
names = set(json.load(sys.stdin)[\"result\"][\"env\"]) - {\"LC_CTYPE\"}
assert names == {\"API_KEY\", \"PATH\", \"LANG\", \"HOME\", \"TMPDIR\"}, names'"

# --- from a peer ---------------------------------------------------------------------------------------------------------------

port=$(at alpha status --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["listen_port"])')
ok "beta gets to know alpha" at beta peers add "127.0.0.1:$port"
ok "alpha approves" until_ok 10 at alpha approve beta --trust trusted
ok "a peer lists them" until_ok 20 has '^git\.git_log ' at beta skills alpha
ok "a peer calls git" has "The first of all" at beta call alpha git.git_log "repo_path=$T/repo"
ok "a peer calls time" has Asia/Tokyo at beta call alpha time.get_current_time timezone=Asia/Tokyo
ok "a peer finds the tool" has alpha at beta find db.read_query

# --- kills and restarts ----------------------------------------------------------------------------------------------------------

pid=$(at alpha call mis.pid)
at alpha call mis.hang >"$T/hang" 2>&1 &
hang=$!
at alpha call mis.pid >/dev/null
kill -9 "$pid"
wait $hang
ok "a call that runs when its server is killed fails" test $? = 1
ok "... and says so" grep -q 'the server has ended' "$T/hang"
ok "the server is started again" until_ok 20 is mis restarts 1
ok "... and can be used" until_ok 20 at alpha call mis.echo text=again
ok "r mcp restart" at alpha mcp restart time
ok "... starts it again" until_ok 20 is time restarts 1
ok "... and it can be used" at alpha call time.get_current_time timezone=UTC
exits 1 "r mcp restart of none" at alpha mcp restart tme
timeout --signal INT 1 env "RD_SOCKET=$T/alpha/rd.sock" "$R" call mis.hang >/dev/null 2>&1
ok "a call that is interrupted is cancelled at its server" until_ok 10 grep -q 'cancelled a call' "$T/alpha/log"

# --- reload ----------------------------------------------------------------------------------------------------------------------

before=$(at alpha call mis.pid)
config alpha "${servers[1]}" "${servers[2]}" "${servers[5]}" "text: {command: $TIME}" "clock: {command: $TIME}"
kill -HUP "${node_pid[alpha]}"
ok "a new server is started" until_ok 20 is clock state ready
ok "... and used" has UTC at alpha call clock.get_current_time timezone=UTC
exits 1 "a removed one is gone" at alpha call time.get_current_time timezone=UTC
ok "one that stays goes on" test "$(at alpha call mis.pid)" = "$before"
ok "a name that a built-in skill has is refused" is text state refused
ok "... which r skills says" has 'mcp_servers.text is not used: another skill has its name' at alpha skills
config alpha "git: {comand: x}"
kill -HUP "${node_pid[alpha]}"
ok "a wrong configuration is refused" until_ok 10 grep -q 'mcp_servers.git.comand: unknown key, did you mean command' "$T/alpha/log"
ok "... and everything goes on" test "$(at alpha call mis.pid)" = "$before"

# --- the end -----------------------------------------------------------------------------------------------------------------------

ticks() { awk '{print $14 + $15}' "/proc/${node_pid[alpha]}/stat"; }
first=$(ticks)
sleep 5
used=$(($(ticks) - first))
ok "idle servers cost the daemon nothing: $used ticks in 5 s" test $used -le 5
ok "servers run" processes
config alpha "${servers[@]:0:6}"
stop_node alpha
ok "SIGTERM ends the node with status 0" test $? = 0
ok "no server is left" until_ok 10 none_left
node alpha 0 || die "alpha does not start again"
for name in time git db mis; do ok "$name is ready again" until_ok 30 is $name state ready; done
stop_node alpha KILL
ok "kill -9 of the daemon leaves no server" until_ok 10 none_left
no "nothing unexpected is in the log" grep -E 'failed unexpectedly|panic|Fatal' "$T/alpha/log"
if [ $failed != 0 ]; then echo "--- log"; tail -n 40 "$T/alpha/log"; fi
finish
