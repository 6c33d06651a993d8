package import PeerModel

/// Says that one node goes on with another key: signed by the old key, which its peers know, and by the new one.
package struct RotationStatement: Hashable, Sendable {
  package var old: IdentityKey
  package var new: IdentityKey
  /// Seconds since 1970.
  package var time: Int
  /// 1 for a node's first change of its key, and one more with each.
  package var sequence: Int
  /// ECDSA of both keys over ``signedBytes``, r‖s.
  package var oldSignature: [UInt8]
  package var newSignature: [UInt8]

  /// Sequence numbers that are taken: a bound on what one node can make its peers remember.
  package static let sequences = 1...999

  /// - Throws: what the cryptographic library throws, which does not happen for valid keys.
  init(from old: Identity, to new: Identity, sequence: Int, time: Int) throws {
    self.old = old.publicKey
    self.new = new.publicKey
    self.time = time
    self.sequence = sequence
    let signed = Self.signedBytes(old: old.publicKey, new: new.publicKey, time: time, sequence: sequence)
    oldSignature = try old.sign(signed)
    newSignature = try new.sign(signed)
  }

  static func signedBytes(old: IdentityKey, new: IdentityKey, time: Int, sequence: Int) -> [UInt8] {
    Transcript.encode(
      "rd rotation 1",
      [
        Array(old.id.description.utf8), old.der, Array(new.id.description.utf8), new.der, Array(String(time).utf8),
        Array(String(sequence).utf8),
      ])
  }

  /// - Throws: ``NodeError`` `unauthenticated` unless both keys have signed.
  package func verify() throws(NodeError) {
    let signed = Self.signedBytes(old: old, new: new, time: time, sequence: sequence)
    guard old.verifies(oldSignature, of: signed), new.verifies(newSignature, of: signed) else {
      throw NodeError(.unauthenticated, "the statement that \(old.id) goes on as \(new.id) is not signed by both keys")
    }
  }
}

extension RotationStatement: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    old = try Self.key("old", fields)
    new = try Self.key("new", fields)
    time = try fields.required("time")
    sequence = try fields.required("sequence")
    guard time >= 0 else { throw NodeError(.invalidArguments, "/time: not a time") }
    guard Self.sequences.contains(sequence) else { throw NodeError(.invalidArguments, "/sequence: not from 1 to 999") }
    guard old != new else { throw NodeError(.invalidArguments, "/new_key: the same as the old one") }
    oldSignature = try Base64.decode(try fields.required("old_signature"), count: 64, field: "old_signature")
    newSignature = try Base64.decode(try fields.required("new_signature"), count: 64, field: "new_signature")
  }

  private static func key(_ which: String, _ fields: JSONFields) throws(NodeError) -> IdentityKey {
    let der = try Base64.decode(try fields.required("\(which)_key"), count: 91, field: "\(which)_key")
    guard let key = IdentityKey(der: der) else {
      throw NodeError(.invalidArguments, "/\(which)_key: not a P-256 SubjectPublicKeyInfo")
    }
    guard try fields.required("\(which)_id", as: PeerID.self) == key.id else {
      throw NodeError(.invalidArguments, "/\(which)_id: does not belong to the key")
    }
    return key
  }

  package var json: JSONValue {
    [
      "old_id": old.id.json, "old_key": .string(Base64.encode(old.der)), "new_id": new.id.json,
      "new_key": .string(Base64.encode(new.der)), "time": time.json, "sequence": sequence.json,
      "old_signature": .string(Base64.encode(oldSignature)), "new_signature": .string(Base64.encode(newSignature)),
    ]
  }
}
