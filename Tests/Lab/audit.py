#!/usr/bin/python3
"""audit.py STATE [HEAD]: proves the hash chain of a node's audit log from the documentation alone (Audit.md).

A second implementation keeps the documentation honest. STATE is the node's state folder. Prints entries and head, and
ends with 1 at the first entry that does not fit, or when HEAD is not among the hashes."""
import hashlib
import sqlite3
import struct
import sys


def prove(state, expected=None):
    db = sqlite3.connect(f"file:{state}/rd.sqlite?mode=ro", uri=True)
    db.text_factory = bytes
    anchor = db.execute("SELECT value FROM meta WHERE key = 'audit anchor'").fetchone()
    head = anchor[0][8:] if anchor else bytes(32)
    entries, found = 0, expected in (None, head.hex())
    for row in db.execute("SELECT id, at, caller, operation, target, subject, request, outcome, count, isLook, hash"
                          " FROM audit ORDER BY id"):
        number, at, caller, operation, *optional, outcome, count, look, stored = row
        fields = [b"rd audit 1", head, b"%d" % number, b"%d" % at, caller, operation,
                  *(b"" if field is None else b"+" + field for field in optional), outcome, b"%d" % count, b"%d" % look]
        head = hashlib.sha256(b"".join(struct.pack(">I", len(field)) + field for field in fields)).digest()
        if head != stored:
            return f"entry {number} does not fit", False
        entries, found = entries + 1, found or head.hex() == expected
    return f"{entries} entries, head {head.hex()}", found


if __name__ == "__main__":
    text, good = prove(*sys.argv[1:])
    print(text)
    sys.exit(not good)
