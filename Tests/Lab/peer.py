#!/usr/bin/python3
"""peer.py HOST PORT KEYFILE [NAME] [--certified] [--from OLDKEYFILE]...: the client's end of the handshake.
peer.py HOST PORT KEYFILE [NAME] --join CODE: pairs with the node that has made the code.
peer.py HOST PORT --rotations: verifies the statements of a node that has changed its key.

A second implementation, written from the documentation alone, keeps the documentation
(Sources/PeerNode/Documentation.docc/Handshake.md) honest, and gives benchmarks and tests a token. Makes KEYFILE when it does
not exist. With --certified it shows a client certificate, which it leaves in KEYFILE.crt; with --from it says that its key
has come after another one, newest first. Prints one line: `pending ID CODE`, `refused CODE`, `authenticated ID TOKEN`, or `joined ID TRUST`;
with --rotations one line a statement, `SEQUENCE OLD NEW`, newest first. Needs Debian's python3-cryptography.
"""
import argparse
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import ssl
import struct
import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import NameOID


def encode(label, *fields):
    parts = [label, *fields]
    parts = [p.encode() if isinstance(p, str) else p for p in parts]
    return b"".join(struct.pack(">I", len(p)) + p for p in parts)


def text(raw):
    return base64.b64encode(raw).decode()


def identity(public):
    digest = hashlib.sha256(public).digest()[:20]
    return "peer-" + base64.b32encode(digest).decode().lower()


def read_code(code):
    """The letters of the inviter's id and the secret."""
    letters = code.lower().replace("-", "")
    secret = base64.b32decode(letters[8:24].upper())
    check = hashlib.sha256(b"rd invitation check 1" + letters[:8].encode() + secret).digest()
    assert base64.b32encode(check[:5]).decode().lower()[:4] == letters[24:], "a typing mistake in the code"
    return letters[:8], secret


def join_values(agreement, secret, version, joiner, inviter, nonce, other, certificate):
    """The key and the transcript of a pairing."""
    key = HKDF(hashes.SHA256(), 32, nonce + other, b"rd join 1").derive(agreement + secret)
    return key, encode("rd join 1", version, identity(joiner), identity(inviter), joiner, inviter, nonce, other,
                       certificate)


def connect(host, port, context=None):
    connection = http.client.HTTPSConnection(host, port, context=context or ssl._create_unverified_context(), timeout=10)
    connection.connect()
    return connection


class Peer:
    def __init__(self, path, name):
        self.path, self.name = path, name
        if not os.path.exists(path):
            pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            with open(path, "wb") as file:
                file.write(pem)
        with open(path, "rb") as file:
            self.key = serialization.load_pem_private_key(file.read(), None)
        self.public = self.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.id = identity(self.public)

    def sign(self, message):
        r, s = utils.decode_dss_signature(self.key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def code(self, other):
        first, second = sorted([self.public, other])
        number = int.from_bytes(hashlib.sha256(b"rd verification code 1" + first + second).digest()[:8], "big")
        digits = f"{number % 10**8:08d}"
        return digits[:4] + "-" + digits[4:]

    def certificate(self):
        """A TLS context that shows a self-signed certificate of this key; what it says beside the key means nothing."""
        path = self.path + ".crt"
        if not os.path.exists(path):
            name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a second implementation")])
            made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
                    .serial_number(x509.random_serial_number()).not_valid_before(datetime.datetime(2000, 1, 1))
                    .not_valid_after(datetime.datetime(2001, 1, 1)).sign(self.key, hashes.SHA256()))
            with open(path, "wb") as file:
                file.write(made.public_bytes(serialization.Encoding.PEM))
        context = ssl._create_unverified_context()
        context.load_cert_chain(path, self.path)
        return context

    def handshake(self, host, port, context=None, rotations=None):
        connection = connect(host, port, context)
        certificate = hashlib.sha256(connection.sock.getpeercert(True)).digest()
        nonce, version = os.urandom(32), "1.0"
        hello = self.hello("hello", version, nonce, certificate)
        if rotations:
            hello["rotations"] = rotations
        status, reply = self.send(connection, hello)
        if status == 202:
            return "pending", reply["peer_id"], self.code(base64.b64decode(reply["public_key"]))
        if status != 200:
            return "refused", reply["code"]
        server = base64.b64decode(reply["public_key"])
        assert identity(server) == reply["peer_id"], "the server's id is not its key's"
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

    def hello(self, step, version, nonce, certificate):
        signed = encode("rd hello 1", version, self.id, self.name, "0", self.public, nonce, certificate)
        return {"step": step, "version": version, "peer_id": self.id, "name": self.name, "port": 0,
                "public_key": text(self.public), "nonce": text(nonce), "signature": text(self.sign(signed))}

    def join(self, host, port, code, context=None):
        letters, secret = read_code(code)
        connection = connect(host, port, context)
        shown = connection.sock.getpeercert(True)
        certificate = hashlib.sha256(shown).digest()
        inviter = x509.load_der_x509_certificate(shown).public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        assert identity(inviter).startswith("peer-" + letters), "the code is of another node"
        nonce, version = os.urandom(32), "1.0"
        status, reply = self.send(connection, self.hello("join", version, nonce, certificate))
        if status != 200:
            return "refused", reply["code"]
        assert base64.b64decode(reply["public_key"]) == inviter, "the key is not the certificate's"
        agreement = self.key.exchange(ec.ECDH(), serialization.load_der_public_key(inviter))
        other = base64.b64decode(reply["nonce"])
        key, transcript = join_values(agreement, secret, version, self.public, inviter, nonce, other, certificate)
        proof = hmac.new(key, encode("joiner", transcript), "sha256").digest()
        status, reply = self.send(connection, {"step": "invitation", "session": reply["session"], "proof": text(proof)})
        if status != 200:
            return "refused", reply["code"]
        expected = hmac.new(key, encode("inviter", transcript, reply["trust"]), "sha256").digest()
        assert hmac.compare_digest(expected, base64.b64decode(reply["proof"])), "the inviter's proof is wrong"
        return "joined", identity(inviter), reply["trust"]

    @staticmethod
    def send(connection, message):
        connection.request("POST", "/v1/p2p/auth/handshake", json.dumps(message))
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def rotation_bytes(old, new, when, sequence):
    return encode("rd rotation 1", identity(old), old, identity(new), new, str(when), str(sequence))


def rotations(peers):
    """The statements from the last of these peers to the first."""
    chain = []
    for index, (new, old) in enumerate(zip(peers, peers[1:])):
        sequence, when = len(peers) - 1 - index, int(time.time())
        signed = rotation_bytes(old.public, new.public, when, sequence)
        chain.append({"old_id": old.id, "old_key": text(old.public), "new_id": new.id, "new_key": text(new.public),
                      "time": when, "sequence": sequence, "old_signature": text(old.sign(signed)),
                      "new_signature": text(new.sign(signed))})
    return chain


def verify_rotations(host, port):
    """Checks every statement that a node presents, and that they lead to the key of its certificate."""
    connection = connect(host, port)
    shown = x509.load_der_x509_certificate(connection.sock.getpeercert(True)).public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    connection.request("GET", "/v1/p2p/info")
    key, above = shown, 1000
    for statement in json.loads(connection.getresponse().read())["rotations"]:
        old, new = base64.b64decode(statement["old_key"]), base64.b64decode(statement["new_key"])
        assert (statement["old_id"], statement["new_id"]) == (identity(old), identity(new)), "an id is not its key's"
        assert new == key, "the chain does not lead to the key in use"
        assert 0 < statement["sequence"] < above, "the numbers do not fall"
        signed = rotation_bytes(old, new, statement["time"], statement["sequence"])
        for public, signature in ((old, "old_signature"), (new, "new_signature")):
            raw = base64.b64decode(statement[signature])
            der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
            try:
                serialization.load_der_public_key(public).verify(der, signed, ec.ECDSA(hashes.SHA256()))
            except InvalidSignature:
                raise SystemExit(f"{signature} of statement {statement['sequence']} does not verify")
        print(statement["sequence"], statement["old_id"], statement["new_id"])
        key, above = old, statement["sequence"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("key", nargs="?")
    parser.add_argument("name", nargs="?", default="python-peer")
    parser.add_argument("--certified", action="store_true")
    parser.add_argument("--from", dest="former", action="append", default=[])
    parser.add_argument("--join", metavar="CODE")
    parser.add_argument("--rotations", action="store_true")
    options = parser.parse_args()
    if options.rotations:
        verify_rotations(options.host, options.port)
    elif options.key and options.join:
        peer = Peer(options.key, options.name)
        print(*peer.join(options.host, options.port, options.join, peer.certificate() if options.certified else None))
    elif options.key:
        peer = Peer(options.key, options.name)
        former = [Peer(path, options.name) for path in options.former]
        print(*peer.handshake(options.host, options.port, peer.certificate() if options.certified else None,
                              rotations([peer, *former])))
    else:
        parser.error("name a key file, or --rotations")
