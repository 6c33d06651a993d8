#!/bin/bash
# sync.sh - context and documents among three nodes on the built binaries: a chain converges, whoever may not is refused,
# kill -9 at either end loses nothing that was acknowledged and brings nothing back, documents arrive byte for byte at flat
# memory, and a full disk is a named error.
. "$(dirname "$0")/suite.sh"
need_packages curl iproute2 python3-cryptography
own_world "$0" "$@"
need_binaries
scratch

declare -A port=([alpha]=8765 [beta]=8766 [gamma]=8767)
config() { # NAME [SCOPES]
  mkdir -p "$T/$1"
  printf 'name: %s\np2p:\n  listen_host: 127.0.0.1\n  listen_port: %s\n  advertise_mdns: false\n  auto_discover: false\n' \
    "$1" "${port[$1]}" >"$T/$1/config.yaml"
  [ $# = 1 ] || printf '  sync_scopes: %s\n' "$2" >>"$T/$1/config.yaml"
}
for name in alpha beta gamma; do
  config $name
  node $name 0 || die "$name does not start"
done
# What a node has, in one line an entry, the same wherever it is listed.
entries() {
  at "$1" context --limit 1000 --json | python3 -c '
import json, sys
for entry in sorted(json.load(sys.stdin)["entries"], key=lambda entry: entry["id"]):
    print(entry["id"], entry["scope"], entry["session"], entry["role"], entry["created_at"], entry["text"])'
}
equal() { # NODE NODE
  local first second
  first=$(entries "$1") && second=$(entries "$2") || return 1
  [ "$first" = "$second" ] || { diff <(echo "$first") <(echo "$second"); return 1; }
}
# meets NODE PEER LEVEL: the peer lets the node in.
meets() { at "$1" peers add "127.0.0.1:${port[$2]}" && at "$2" approve "$1" --trust "$3"; }

# --- levels -------------------------------------------------------------------------------------------------------------

ok "alpha and beta meet at level basic" meets alpha beta basic
ok "beta and gamma meet" meets beta gamma trusted
at beta context add "secret of beta" >/dev/null
exits 77 "at level basic, r sync is refused" at alpha sync beta
ok "and says what would change it" has 'on beta, run: r trust|r trust' at alpha sync beta
no "nothing has come" has 'secret of beta' at alpha context
read -r said _ token < <(python3 "$LAB_DIR/peer.py" 127.0.0.1 "${port[beta]}" "$T/low.key" low)
ok "a second implementation asks" test "$said" = pending
at beta approve low --trust basic >/dev/null
read -r said _ token < <(python3 "$LAB_DIR/peer.py" 127.0.0.1 "${port[beta]}" "$T/low.key" low)
status() { curl -sk --max-time 20 -o "$T/body" -w '%{http_code}' -H "Authorization: Bearer $token" "$@"; }
url=https://127.0.0.1:${port[beta]}/v1/p2p
ok "level basic: sync is 403" test "$(status "$url/sync" -d '{}')" = 403
ok "level basic: documents are 403" test "$(status "$url/documents")" = 403
ok "level basic: giving a document is 403" test "$(status "$url/documents" -d '{"document":{"name":"a","text":"a"}}')" = 403
at beta trust low trusted >/dev/null
read -r said _ token < <(python3 "$LAB_DIR/peer.py" 127.0.0.1 "${port[beta]}" "$T/low.key" low)
ok "level trusted: sync is 200" test "$(status "$url/sync" -d '{"request_id":"r-1","direction":"pull"}')" = 200
ok "and gives what is asked for" grep -q 'secret of beta' "$T/body"
at beta trust alpha trusted >/dev/null

# --- a chain --------------------------------------------------------------------------------------------------------------

at alpha context add "of alpha" >/dev/null
at gamma context add --session talk --role user "of gamma" >/dev/null
ok "alpha syncs with beta" has '^beta: 1 entry sent, 1 entry received$' at alpha sync beta
ok "beta syncs with gamma" has '^gamma: 2 entries sent, 1 entry received$' at beta sync gamma
ok "alpha syncs with beta again" has '^beta: 0 entries sent, 1 entry received$' at alpha sync beta
ok "alpha and beta have the same" equal alpha beta
ok "beta and gamma have the same" equal beta gamma
ok "all of it" test "$(entries gamma | wc -l)" = 3
ok "alpha takes its entry back" at alpha context remove m1
ok "it goes along the chain" at alpha sync beta --direction push
ok "to the end" at beta sync gamma --direction push
no "gamma has it no more" has 'of alpha' at gamma context
ok "a pull from there brings nothing back" has 'beta: 0 entries sent, 0 entries received' at alpha sync beta
no "nobody else takes it back" at beta context remove "$(at beta context --from gamma --quiet)"
config beta '[memory]'
kill -HUP "${node_pid[beta]}"
ok "beta syncs memory only, after a reload" until_ok 10 has 'syncs nothing of scope session' at alpha sync beta
exits 77 "sessions are refused" at alpha sync beta --scope session
config beta
kill -HUP "${node_pid[beta]}"
ok "and both again" until_ok 10 at alpha sync beta --scope session

# --- kill -9 in the middle ------------------------------------------------------------------------------------------------

# write ROUND NODE: what was printed is acknowledged; every third entry is taken back again. An entry whose removal was not
# answered may be either.
write() {
  local n id
  for n in $(seq 1 20); do
    id=$(at "$2" context add "round $1 of $2: $n" --quiet 2>/dev/null) || break
    if [ $((n % 3)) != 0 ]; then
      echo "$id" >>"$T/added.$2"
    elif at "$2" context remove "$id" >/dev/null 2>&1; then
      echo "$id" >>"$T/removed.$2"
    fi
  done
}
rounds=0
for round in $(seq 1 16); do
  write "$round" alpha &
  first=$!
  write "$round" beta &
  second=$!
  while :; do at alpha sync beta >/dev/null 2>&1; done &
  syncing=$!
  sleep "0.$((RANDOM % 60 + 20))"
  victim=$([ $((round % 2)) = 0 ] && echo alpha || echo beta)
  stop_node "$victim" KILL 2>/dev/null
  wait "$first" "$second"
  kill "$syncing"
  wait "$syncing" 2>/dev/null
  node "$victim" 0 || { fail "round $round: $victim does not start"; break; }
  rounds=$round
done
ok "16 rounds of kill -9 at either end" test "$rounds" = 16
ok "alpha and beta sync" until_ok 15 at alpha sync beta
ok "they have the same" equal alpha beta
cat "$T"/added.* >"$T/added"
cat "$T"/removed.* >"$T/removed"
have() { at beta context --limit 1000 --quiet | sort -u; }
lost() { ! comm -23 <(sort -u "$T/added") <(have) | grep .; }
risen() { ! comm -12 <(sort -u "$T/removed") <(have) | grep .; }
ok "nothing that was acknowledged is lost ($(wc -l <"$T/added") entries)" lost
ok "nothing that was removed comes back ($(wc -l <"$T/removed") entries)" risen
ok "gamma gets it all" at beta sync gamma
ok "and has the same" equal beta gamma

# --- documents ------------------------------------------------------------------------------------------------------------

ok "gamma lets alpha in" meets alpha gamma trusted
head -c 3000000 /dev/urandom >"$T/plan.bin"
cd "$T" || exit 1
ok "a file goes to two peers at once" at alpha share ./plan.bin beta gamma
for name in beta gamma; do
  ok "$name has it from alpha" has 'plan.bin .* alpha ' at $name docs
  ok "$name writes it" at $name docs get plan.bin -o "$T/$name.bin"
  ok "$name has the same bytes" cmp "$T/plan.bin" "$T/$name.bin"
done
exits 1 "one peer that does not exist stops no other" at alpha share plan.bin nobody beta
ok "the others are told" has '^beta has plan.bin' at alpha share plan.bin nobody beta
ok "beta has it once" test "$(at beta docs --quiet | wc -l)" = 1

head -c 200000000 /dev/urandom >"$T/large.bin"
high() { awk '/^VmHWM/ { print $2 }' "/proc/${node_pid[$1]}/status"; }
before_alpha=$(high alpha) before_beta=$(high beta)
ok "200 MB are shared" at alpha share ./large.bin beta
ok "200 MB are written" at beta docs get large.bin -o "$T/large.copy"
ok "200 MB are the same bytes" cmp "$T/large.bin" "$T/large.copy"
growth_alpha=$(($(high alpha) - before_alpha)) growth_beta=$(($(high beta) - before_beta))
ok "memory stays flat: alpha +$growth_alpha KiB, beta +$growth_beta KiB" \
  test $((growth_alpha < 65536 && growth_beta < 65536)) = 1
rm -f "$T/large.copy"

ok "beta makes room" at beta docs remove large.bin
whole=0
for round in 1 2 3 4; do
  at alpha share large.bin beta >/dev/null 2>&1 &
  client=$!
  sleep "0.$((RANDOM % 50 + 10))"
  victim=$([ $((round % 2)) = 0 ] && echo alpha || echo beta)
  stop_node "$victim" KILL 2>/dev/null
  wait $client
  node "$victim" 0 || { fail "round $round: $victim does not start"; break; }
  # Whole or not at all, and nothing left of what was not.
  if at beta docs --quiet | grep -q . && at beta docs get large.bin -o "$T/large.copy" --force >/dev/null 2>&1; then
    cmp -s "$T/large.bin" "$T/large.copy" || { fail "round $round: another document"; break; }
    at beta docs remove large.bin >/dev/null
  fi
  [ "$(find "$T/beta/state/documents" -type f | wc -l)" = 1 ] || { fail "round $round: something is left"; break; }
  whole=$round
done
ok "kill -9 in the middle of a transfer leaves whole documents or none" test "$whole" = 4
ok "and the next one succeeds" until_ok 15 at alpha share large.bin beta
rm -f "$T/large.bin" "$T/large.copy"

# --- a full disk ------------------------------------------------------------------------------------------------------------

stop_node gamma
mkdir -p "$T/small"
mount -t tmpfs -o size=90m small "$T/small" && cp -a "$T/gamma/state" "$T/small/"
rm -rf "$T/gamma/state"
ln -s "$T/small/state" "$T/gamma/state"
node gamma 0 || die "gamma does not start on the small disk"
head -c 40000000 /dev/urandom >"$T/big.bin"
exits 1 "a document that does not fit is refused" at alpha share ./big.bin gamma
ok "as a full disk" has 'too full' at alpha share big.bin gamma
ok "of which nothing is left" test "$(find "$T/small/state/documents" -name 'rd-new-*' | wc -l)" = 0
ok "gamma still takes context" at gamma context add "on a small disk"
dd if=/dev/zero of="$T/small/fill" bs=64k 2>/dev/null
exits 1 "on a full disk an entry is refused" at gamma context add "$(head -c 60000 /dev/zero | tr '\0' a)"
rm "$T/small/fill"
ok "with room, it goes on" until_ok 10 at gamma context add "there is room"
stop_node gamma
ok "SIGTERM ends gamma with status 0" test $? = 0
umount "$T/small"
no "nothing unexpected is in the logs" grep -hE 'failed unexpectedly|Fatal error' "$T"/*/log
[ $failed = 0 ] || { for name in alpha beta gamma; do echo "--- log of $name"; tail -n 20 "$T/$name/log"; done; }
finish
