import Crypto
import LocalAPI
package import PeerModel

/// One link of a node's log of context: an entry, or the removal of an earlier one. Signed by the node that wrote it, so
/// that whoever passes it on can change nothing about it.
package struct ContextRecord: Hashable, Sendable {
  /// An entry's text and what removed it are the two things that the signature of the entry does not cover: the text
  /// only by its hash, so that an entry can be passed on when its text is gone.
  package struct Entry: Hashable, Sendable {
    package var session: String?
    package var role: ContextRole
    /// Nil when the entry has been removed.
    package var text: String?
    package var textHash: [UInt8]
    /// What removed it; there exactly when the text is not.
    package var removal: Removal?
  }
  /// The removal of an entry, as a later record of the same log has it.
  package struct Removal: Hashable, Sendable {
    package var counter: Int
    package var createdAt: Int
    package var signature: [UInt8]
  }
  package enum Content: Hashable, Sendable {
    case entry(Entry)
    /// Of the entry with this number, in the same log.
    case removal(of: Int)
  }

  package var id: ContextID
  /// Of the node that wrote it; its id is the hash of this.
  package var key: IdentityKey
  package var content: Content
  /// Seconds since 1970 by that node's clock.
  package var createdAt: Int
  /// ECDSA over ``signedBytes``, r‖s.
  package var signature: [UInt8]

  static let times = 0...1 << 40

  package init(id: ContextID, key: IdentityKey, content: Content, createdAt: Int, signature: [UInt8]) {
    self.id = id
    self.key = key
    self.content = content
    self.createdAt = createdAt
    self.signature = signature
  }

  /// A new record of this node.
  /// - Throws: what the cryptographic library throws, which does not happen for a valid key.
  init(_ content: Content, scope: ContextScope, counter: Int, by identity: Identity, at time: Int) throws {
    self.init(
      id: ContextID(origin: identity.id, scope: scope, counter: counter), key: identity.publicKey, content: content,
      createdAt: time, signature: [])
    signature = try identity.sign(signedBytes)
  }

  static func hash(of text: String) -> [UInt8] { Array(SHA256.hash(data: Array(text.utf8))) }

  var signedBytes: [UInt8] {
    let head = [id.scope.rawValue, id.origin.description, String(id.counter), String(createdAt)]
    let (words, hash): ([String], [[UInt8]]) =
      switch content {
      case .entry(let entry): (["entry", entry.session ?? "", entry.role.rawValue], [entry.textHash])
      case .removal(let target): (["removal", String(target)], [])
      }
    return Transcript.encode("rd context 1", (head + words).map { Array($0.utf8) } + hash)
  }

  /// The record that removed this entry; nil for others.
  var removal: ContextRecord? {
    guard case .entry(let entry) = content, let removal = entry.removal else { return nil }
    return ContextRecord(
      id: ContextID(origin: id.origin, scope: id.scope, counter: removal.counter), key: key,
      content: .removal(of: id.counter), createdAt: removal.createdAt, signature: removal.signature)
  }

  /// - Throws: ``NodeError`` `invalid_arguments` for what breaks a rule, `unauthenticated` unless its origin has signed it.
  package func verify() throws(NodeError) {
    guard key.id == id.origin else {
      throw NodeError(.unauthenticated, "\(id) comes with the key of another node")
    }
    if case .entry(let entry) = content {
      try Self.check(session: entry.session, scope: id.scope)
      if let text = entry.text {
        try Self.check(text: text)
        guard Self.hash(of: text) == entry.textHash else {
          throw NodeError(.unauthenticated, "the text of \(id) is not the one that was signed")
        }
      }
      try removal?.verify()
    }
    guard key.verifies(signature, of: signedBytes) else {
      throw NodeError(.unauthenticated, "\(id) is not signed by the node that is said to have written it")
    }
  }

  static func check(text: String) throws(NodeError) {
    guard (1...ContextLimits.text).contains(text.utf8.count), !text.utf8.contains(0) else {
      throw NodeError(
        .invalidArguments, "/text: must have from 1 to \(ContextLimits.text) bytes, and no NUL",
        hint: "longer texts are documents: r docs add FILE")
    }
  }

  static func check(session: String?, scope: ContextScope) throws(NodeError) {
    guard let session else {
      guard scope == .memory else {
        throw NodeError(.invalidArguments, "/session: needed in scope session", hint: "r help context add")
      }
      return
    }
    guard (1...ContextLimits.session).contains(session.utf8.count),
      session.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) })
    else {
      throw NodeError(
        .invalidArguments, "/session: must have from 1 to \(ContextLimits.session) bytes, and no control characters")
    }
  }
}
