import Crypto
package import PeerModel

/// What the owner types on the joining machine: seven groups of four lower-case base32 letters (RFC 4648, section 6).
///
/// The first 8 letters begin the inviter's id, by which it is found; 16 are the secret of 80 bits; 4 tell a typing
/// mistake at once.
package struct InvitationCode: Hashable, Sendable {
  /// The beginning of the inviter's id.
  package let idLetters: String
  /// 10 bytes.
  package let secret: [UInt8]

  package static let secretCount = 10
  private static let idCount = 8
  private static let count = 28

  /// - Parameter secret: ``secretCount`` fresh random bytes.
  package init(inviter: PeerID, secret: [UInt8]) {
    idLetters = String(inviter.letters.prefix(Self.idCount))
    self.secret = secret
  }

  /// Reads a code as people type it: in either case, with or without the dashes between the groups.
  /// - Throws: ``NodeError`` `invalid_arguments` for what is no code, or one with a typing mistake.
  package init(_ text: String) throws(NodeError) {
    let letters = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }.map { $0 | 0x20 }
    guard text.utf8.count <= 2 * Self.count, letters.count == Self.count, letters.allSatisfy(Base32.isLetter),
      let secret = Base32.bytes(letters[Self.idCount..<24])
    else {
      throw NodeError(
        .invalidArguments, "/code: a code has \(Self.count) letters, a to z and 2 to 7, in groups of four",
        hint: "on the other node, run: r invite")
    }
    idLetters = String(decoding: letters.prefix(Self.idCount), as: UTF8.self)
    self.secret = secret
    guard Array(letters.suffix(4)) == Array(check.utf8) else {
      throw NodeError(
        .invalidArguments, "/code: there is a typing mistake in the code", hint: "compare it letter by letter")
    }
  }

  /// In groups of four.
  package var text: String {
    let letters = Array((idLetters + Base32.letters(secret) + check).utf8)
    return stride(from: 0, to: Self.count, by: 4)
      .map { String(decoding: letters[$0..<$0 + 4], as: UTF8.self) }.joined(separator: "-")
  }

  /// Whether a node's id begins with the letters.
  package func means(_ id: PeerID) -> Bool { id.letters.hasPrefix(idLetters) }

  private var check: String {
    let covered = Array("rd invitation check 1".utf8) + Array(idLetters.utf8) + secret
    return String(Base32.letters(SHA256.hash(data: covered).prefix(5)).prefix(4))
  }
}
