/// Base32 in lower case and without padding (RFC 4648, section 6), for bytes that come in multiples of five.
package enum Base32 {
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

  package static func letters(_ bytes: some Sequence<UInt8>) -> String {
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

  /// Nil when one of them is no letter of the alphabet.
  package static func bytes(_ letters: some Sequence<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    var (buffer, bits) = (0, 0)
    for letter in letters {
      guard let number = alphabet.firstIndex(of: letter) else { return nil }
      (buffer, bits) = (buffer << 5 | number, bits + 5)
      guard bits >= 8 else { continue }
      bits -= 8
      bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
      buffer &= 1 << bits - 1
    }
    return bytes
  }

  package static func isLetter(_ byte: UInt8) -> Bool { alphabet.contains(byte) }
}
