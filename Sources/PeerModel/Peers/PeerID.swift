/// A node's identity: `peer-` and 32 lower-case base32 letters of the first 20 bytes of SHA-256(SubjectPublicKeyInfo).
///
/// Names are claims, ids are identity: whoever holds the private key is the peer, whatever it is called.
package struct PeerID: Hashable, Sendable, Comparable {
  /// The 32 letters, without the prefix.
  package let letters: String

  package static let prefix = "peer-"

  /// The id of a key whose SubjectPublicKeyInfo hashes to `digest`.
  /// - Parameter digest: at least 20 bytes of SHA-256; more are ignored.
  package init?(digest: some Collection<UInt8>) {
    guard digest.count >= 20 else { return nil }
    letters = Base32.letters(digest.prefix(20))
  }

  /// Reads the full form only; short forms are resolved against the known peers.
  package init?(_ text: String) {
    guard text.hasPrefix(Self.prefix) else { return nil }
    let letters = text.dropFirst(Self.prefix.count)
    guard letters.utf8.count == 32, letters.utf8.allSatisfy(Base32.isLetter) else { return nil }
    self.letters = String(letters)
  }

  package static func < (left: PeerID, right: PeerID) -> Bool { left.letters < right.letters }

  /// The form for tables and hints: enough letters to be unique among a person's machines.
  package var short: String { Self.prefix + letters.prefix(8) }
}

extension PeerID: CustomStringConvertible {
  package var description: String { Self.prefix + letters }
}

extension PeerID: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    guard let id = json.stringValue.flatMap({ PeerID($0) }) else {
      throw NodeError(.invalidArguments, "expected a peer id: peer- and 32 letters")
    }
    self = id
  }
  package var json: JSONValue { .string(description) }
}
