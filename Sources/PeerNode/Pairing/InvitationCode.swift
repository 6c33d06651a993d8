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
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  /// - Parameter secret: ``secretCount`` fresh random bytes.
  package init(inviter: PeerID, secret: [UInt8]) {
    idLetters = String(inviter.letters.prefix(Self.idCount))
    self.secret = secret
  }

  /// Reads a code as people type it: in either case, with or without the dashes between the groups.
  /// - Throws: ``NodeError`` `invalid_arguments` for what is no code, or one with a typing mistake.
  package init(_ text: String) throws(NodeError) {
    let letters = text.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: " ") }.map { $0 | 0x20 }
    let numbers = text.utf8.count > 2 * Self.count ? [] : letters.compactMap { Self.alphabet.firstIndex(of: $0) }
    guard letters.count == Self.count, numbers.count == Self.count else {
      throw NodeError(
        .invalidArguments, "/code: a code has \(Self.count) letters, a to z and 2 to 7, in groups of four",
        hint: "on the other node, run: r invite")
    }
    var bytes: [UInt8] = []
    var (buffer, bits) = (0, 0)
    for number in numbers[Self.idCount..<24] {
      (buffer, bits) = (buffer << 5 | number, bits + 5)
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
      buffer &= 1 << bits - 1
    }
    idLetters = String(decoding: letters.prefix(Self.idCount), as: UTF8.self)
    secret = bytes
    guard Array(letters.suffix(4)) == Array(check.utf8) else {
      throw NodeError(
        .invalidArguments, "/code: there is a typing mistake in the code", hint: "compare it letter by letter")
    }
  }

  /// In groups of four.
  package var text: String {
    let letters = Array((idLetters + Self.letters(secret) + check).utf8)
    return stride(from: 0, to: Self.count, by: 4)
      .map { String(decoding: letters[$0..<$0 + 4], as: UTF8.self) }.joined(separator: "-")
  }

  /// Whether a node's id begins with the letters.
  package func means(_ id: PeerID) -> Bool { id.letters.hasPrefix(idLetters) }

  private var check: String {
    let covered = Array("rd invitation check 1".utf8) + Array(idLetters.utf8) + secret
    return String(Self.letters(Array(SHA256.hash(data: covered).prefix(5))).prefix(4))
  }

  /// Base32 of a multiple of five bytes.
  static func letters(_ bytes: [UInt8]) -> String {
    var letters: [UInt8] = []
    var (buffer, bits) = (0, 0)
    for byte in bytes {
      (buffer, bits) = (buffer << 8 | Int(byte), bits + 8)
      while bits >= 5 {
        bits -= 5
        letters.append(alphabet[buffer >> bits & 31])
      }
      buffer &= 1 << bits - 1
    }
    return String(decoding: letters, as: UTF8.self)
  }
}
