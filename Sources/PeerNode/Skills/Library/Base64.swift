/// Strict base64 (RFC 4648, section 4): the standard alphabet, padding where it belongs, no line breaks, and no bits
/// set that stand for nothing, so every sequence of bytes has exactly one text.
struct Base64Decoder {
  /// Characters that are decoded in one step: a multiple of four.
  private static let stepCharacters = 1 << 18

  private let characters: [UInt8]
  private var position = 0

  init(_ text: String) { characters = Array(text.utf8) }

  /// The next bytes, about 192 KiB at most; empty at the end; nil when the text is not base64.
  mutating func next() -> [UInt8]? {
    guard characters.count % 4 == 0 else { return nil }
    let end = min(position + Self.stepCharacters, characters.count)
    var bytes: [UInt8] = []
    bytes.reserveCapacity((end - position) / 4 * 3)
    while position < end {
      // Padding may stand in the very last group only.
      let isLast = position + 4 == characters.count
      let padding = isLast ? characters[position..<position + 4].reversed().prefix { $0 == UInt8(ascii: "=") }.count : 0
      guard padding <= 2 else { return nil }
      var group: UInt32 = 0
      for index in position..<position + 4 - padding {
        let value = Self.values[Int(characters[index])]
        guard value < 64 else { return nil }
        group = group << 6 | UInt32(value)
      }
      group <<= UInt32(6 * padding)
      let unused = UInt32(1) << UInt32(8 * padding) - 1
      guard group & unused == 0 else { return nil }
      for shift in stride(from: UInt32(16), through: UInt32(8 * padding), by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: group >> shift))
      }
      position += 4
    }
    return bytes
  }

  /// What each character stands for; 255 for those outside the alphabet.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: 255, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
    return values
  }()
}
