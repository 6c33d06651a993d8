#!/usr/bin/env python3
"""tls.py SCAN.json: judges what sslyze found, line by line. What a newer sslyze names otherwise fails here."""
import json
import sys

from tally import check, finish

with open(sys.argv[1]) as file:
    scan = json.load(file)["server_scan_results"][0]
check("the scan is complete", scan["scan_status"] == "COMPLETED", scan["scan_status"])
found = {name: entry["result"] or {} for name, entry in scan["scan_result"].items()}


def suites(protocol):
    return {entry["cipher_suite"]["name"] for entry in found[f"{protocol}_cipher_suites"]["accepted_cipher_suites"]}


for protocol in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
    check(f"{protocol} is refused", suites(protocol) == set(), suites(protocol))
forward = {f"TLS_ECDHE_ECDSA_WITH_{rest}" for rest in
           ("AES_128_GCM_SHA256", "AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256")}
check("TLS 1.2 has forward secrecy and authenticated encryption only", suites("tls_1_2") == forward, suites("tls_1_2"))
modern = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
check("TLS 1.3 has its three suites", suites("tls_1_3") == modern, suites("tls_1_3"))
curves = {curve["name"] for curve in found["elliptic_curves"]["supported_curves"]}
check("the curves are sound", curves == {"X25519", "secp256r1", "secp384r1"}, curves)
for name, key, value, what in (
        ("tls_compression", "supports_compression", False, "compression is refused (CRIME)"),
        ("tls_1_3_early_data", "supports_early_data", False, "early data is refused (replay)"),
        ("openssl_ccs_injection", "is_vulnerable_to_ccs_injection", False, "no CCS injection"),
        ("tls_fallback_scsv", "supports_fallback_scsv", True, "a downgrade is noticed"),
        ("heartbleed", "is_vulnerable_to_heartbleed", False, "no Heartbleed"),
        ("robot", "robot_result", "NOT_VULNERABLE_RSA_NOT_SUPPORTED", "no ROBOT"),
        ("session_renegotiation", "supports_secure_renegotiation", True, "renegotiation is not insecure"),
        ("session_renegotiation", "is_vulnerable_to_client_renegotiation_dos", False, "a client cannot renegotiate"),
        ("tls_extended_master_secret", "supports_ems_extension", True, "the master secret covers the handshake"),
):
    check(what, found[name].get(key) == value, found[name])
# Resumption does no harm where it is offered for both kinds or not at all; half of it points to a broken cache.
resumption = found["session_resumption"]
kinds = [resumption.get("session_id_resumption_result"), resumption.get("tls_ticket_resumption_result")]
check("resumption works or is not offered",
      all(kind in ("FULLY_SUPPORTED", "NOT_SUPPORTED") for kind in kinds), resumption)
finish()
