#!/usr/bin/env python3
"""pending.py HOST SOURCE...: from each source address a new node asks to be let in; prints how many are recorded."""
import http.client
import os
import sys
import tempfile

import peer

host, sources = sys.argv[1], sys.argv[2:]
original, recorded = http.client.HTTPSConnection.__init__, 0
for source in sources:
    def bound(self, *arguments, source=source, **named):
        original(self, *arguments, source_address=(source, 0), **named)

    http.client.HTTPSConnection.__init__ = bound
    with tempfile.TemporaryDirectory() as folder:
        recorded += peer.Peer(os.path.join(folder, "key"), "asks").handshake(host, 8765)[0] == "pending"
print(recorded)
