#!/bin/bash
# run.sh - builds every fuzz target and runs each for some time; ends with `N passed, N failed`. Exits non-zero when one found
# a crash or does not build. New inputs and crashes are kept in .build-fuzz/; no network, no root.
#
#   Tests/Fuzz/run.sh [--seconds N] [TARGET...]
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$(dirname "$here")")
build=$root/.build-fuzz
seconds=60 targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds) seconds=${2:?--seconds needs a number}; shift ;;
    -*) sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 64 ;;
    *) targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=(json rpc handshake firstbyte mcp dns)
mkdir -p "$build"
passed=0 failed=0

result() { # NAME STATUS TEXT
  if [ "$2" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
  printf '%-10s %s %s\n' "$1" "$([ "$2" = 0 ] && echo ok || echo FAILED)" "$3"
}

# sources NAME: the sources that make one module with the target, so that it reaches the inside.
sources() {
  case $1 in
    json) find "$root/Sources/PeerModel" -name '*.swift' ;;
    rpc) find "$root/Sources/PeerModel" "$root/Sources/LocalAPI" -name '*.swift' ! -path '*/Client/*' ;;
    dns) find "$root/Sources/MulticastDNS" -name '*.swift' ;;
  esac
}

# One module has no other module to import.
own_imports='^(package |public |internal )?import (PeerModel|LocalAPI)$'

libfuzzer() { # NAME
  local name=$1 log=$build/$1.log binary=$build/$1-fuzz corpus=$build/$1-corpus file
  mkdir -p "$corpus" "$build/$name"
  rm -f "$build/$name"/*.swift
  while read -r file; do
    grep -vE "$own_imports" "$file" >"$build/$name/$(basename "$file")"
  done < <(sources "$name"; find "$here/$name" -name '*.swift')
  if ! swiftc -sanitize=fuzzer -parse-as-library -swift-version 6 -package-name rd -O \
    -enable-upcoming-feature InternalImportsByDefault -enable-upcoming-feature ExistentialAny \
    -module-name Fuzz -o "$binary" "$build/$name"/*.swift >"$log" 2>&1; then
    result "$name" 1 "does not build, see $log"
    return
  fi
  "$binary" -max_len=4096 -timeout=10 -rss_limit_mb=2048 -max_total_time="$seconds" -print_final_stats=1 \
    -artifact_prefix="$build/$name-" "$corpus" "$here/$name/corpus" >"$log" 2>&1
  local status=$?
  result "$name" $status "$(awk '/average_exec_per_sec/ {r = $2} /number_of_executed_units/ {n = $2} /Test unit written/ {c = $NF}
    END {printf "%s executions/s, %s in all%s", r, n, c ? ", " c : ""}' "$log")"
}

# Targets that need the packages: a program of the package with its own mutation loop (PeerFuzz).
peerfuzz() { # NAME
  local log=$build/$1.log status
  if ! swift build --package-path "$root" --product peer-fuzz >"$log" 2>&1; then
    result "$1" 1 "does not build, see $log"
    return
  fi
  "$(swift build --package-path "$root" --show-bin-path)/peer-fuzz" "$1" "$here/$1/corpus" "$seconds" \
    "$build/$1-crash" >"$log" 2>&1
  status=$?
  result "$1" $status "$(tail -n 1 "$log")"
}

for target in "${targets[@]}"; do
  case $target in
    json | rpc) libfuzzer "$target" ;;
    dns) if [ -e "$here/dns/DNSFuzz.swift" ]; then libfuzzer dns; fi ;;
    handshake | firstbyte | mcp) peerfuzz "$target" ;;
    *) echo "run.sh: there is no target named $target" >&2; exit 64 ;;
  esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
