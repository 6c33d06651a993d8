#!/usr/bin/python3
"""peer.py HOST PORT KEYFILE [NAME]: the client's end of the handshake, written from the documentation alone.

A second implementation keeps the documentation (Sources/PeerNode/Documentation.docc/Handshake.md) honest, and gives
benchmarks and tests a token. Makes KEYFILE when it does not exist. Prints one line: `pending ID CODE`, `refused CODE`,
or `authenticated ID TOKEN`. Needs Debian's python3-cryptography.
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import ssl
import struct
import sys

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def encode(label, *fields):
    parts = [label, *fields]
    parts = [p.encode() if isinstance(p, str) else p for p in parts]
    return b"".join(struct.pack(">I", len(p)) + p for p in parts)


def text(raw):
    return base64.b64encode(raw).decode()


class Peer:
    def __init__(self, path, name):
        self.name = name
        if not os.path.exists(path):
            pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            with open(path, "wb") as file:
                file.write(pem)
        with open(path, "rb") as file:
            self.key = serialization.load_pem_private_key(file.read(), None)
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.id = self.identity(self.public)

    @staticmethod
    def identity(public):
        digest = hashlib.sha256(public).digest()[:20]
        return "peer-" + base64.b32encode(digest).decode().lower()

    def sign(self, message):
        r, s = utils.decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def code(self, other):
        first, second = sorted([self.public, other])
        number = int.from_bytes(hashlib.sha256(b"rd verification code 1" + first + second).digest()[:8], "big")
        digits = f"{number % 10**8:08d}"
        return digits[:4] + "-" + digits[4:]

    def handshake(self, host, port):
        context = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(host, port, context=context, timeout=10)
        connection.connect()
        certificate = hashlib.sha256(connection.sock.getpeercert(True)).digest()
        nonce, version = os.urandom(32), "1.0"
        signed = encode("rd hello 1", version, self.id, self.name, "0", self.public, nonce, certificate)
        hello = {"step": "hello", "version": version, "peer_id": self.id, "name": self.name, "port": 0,
                 "public_key": text(self.public), "nonce": text(nonce), "signature": text(self.sign(signed))}
        status, reply = self.send(connection, hello)
        if status == 202:
            return "pending", reply["peer_id"], self.code(base64.b64decode(reply["public_key"]))
        if status != 200:
            return "refused", reply["code"]
        server = base64.b64decode(reply["public_key"])
        assert self.identity(server) == reply["peer_id"], "the server's id is not its key's"
        secret = self.key.exchange(ec.ECDH(), serialization.load_der_public_key(server))
        server_nonce = base64.b64decode(reply["nonce"])
        derived = HKDF(hashes.SHA256(), 32, nonce + server_nonce, b"rd handshake 1").derive(secret)
        transcript = encode("rd handshake 1", version, self.id, reply["peer_id"], self.public, server, nonce,
                            server_nonce, certificate)
        expected = hmac.new(derived, encode("server", transcript), "sha256").digest()
        assert hmac.compare_digest(expected, base64.b64decode(reply["proof"])), "the server's proof is wrong"
        proof = hmac.new(derived, encode("client", transcript), "sha256").digest()
        status, reply = self.send(connection, {"step": "proof", "session": reply["session"], "proof": text(proof)})
        if status != 200:
            return "refused", reply["code"]
        return "authenticated", self.id, reply["token"]

    @staticmethod
    def send(connection, message):
        connection.request("POST", "/v1/p2p/auth/handshake", json.dumps(message))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    peer = Peer(sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else "python-peer")
    print(*peer.handshake(sys.argv[1], int(sys.argv[2])))
