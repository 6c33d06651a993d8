#!/bin/bash
# tls.sh - the listener as sslyze sees it: protocols, cipher suites, curves, renegotiation, compression, resumption, and the
# known attacks. No findings but the two that are the design: the certificate is self-signed, and lasts as the identity does.
. "$(dirname "$0")/suite.sh"
need_packages iproute2 python3 python3-venv
python_tool sslyze 6.3.1
own_world "$0" "$@"
need_binaries
scratch
node laptop 0 --host 127.0.0.1 --port 8765 || die "the node does not start"
timeout 90 "$TOOL/sslyze" --quiet --json_out="$T/scan.json" --mozilla_config=disable --sslv2 --sslv3 --tlsv1 --tlsv1_1 \
  --tlsv1_2 --tlsv1_3 --compression --early_data --openssl_ccs --fallback --heartbleed --robot --reneg --resum \
  --elliptic_curves --ems 127.0.0.1:8765 >"$T/scan" 2>&1 || { cat "$T/scan"; fail "the scan" "sslyze failed"; }
python3 "$LAB_DIR/tls.py" "$T/scan.json" | tee "$T/out"
counts=$(tail -n 1 "$T/out")
if [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
else
  fail "the findings" "tls.py ended early"
fi
# Mozilla's guideline by sslyze's own verdict, which exits 1 for any deviation.
"$TOOL/sslyze" --mozilla_config=intermediate 127.0.0.1:8765 >"$T/scan" 2>&1
deviations=$(grep -oE '^ +\* (certificate|tls|cipher|rsa|ecdh|ocsp|maximum|minimum|hsts)[a-z_]*:' "$T/scan" | tr -d ' *:' | sort | xargs)
ok "Mozilla's guideline, but for what the certificate is by design" \
  test "$deviations" = "certificate_path_validation maximum_certificate_lifespan"
ok "the guideline was applied" grep -q 'Checking results against Mozilla' "$T/scan"
stop_node laptop
ok "SIGTERM ends the node with status 0" test $? = 0
if [ $failed != 0 ]; then tail -n 30 "$T/scan"; fi
finish
