internal import Glibc

/// A piece of text that is looked for in lines as it stands.
struct LiteralPattern {
  private enum Form {
    case exact([UInt8])
    /// Lower case; other bytes than ASCII letters match themselves.
    case anyCaseASCII([UInt8], borders: [Int])
    /// Lower case by Unicode's mapping, scalar by scalar.
    case anyCase([Unicode.Scalar], borders: [Int])
  }

  private let form: Form

  /// - Parameter text: not empty.
  /// - Parameter ignoreCase: whether upper and lower case are the same, by Unicode's simple mapping.
  init(_ text: String, ignoreCase: Bool) {
    if !ignoreCase {
      form = .exact(Array(text.utf8))
    } else if text.utf8.allSatisfy({ $0 < 0x80 }) {
      let bytes = text.utf8.map(Self.lowered)
      form = .anyCaseASCII(bytes, borders: Self.borders(of: bytes))
    } else {
      let scalars = text.unicodeScalars.map(Self.lowered)
      form = .anyCase(scalars, borders: Self.borders(of: scalars))
    }
  }

  /// The first match in the line.
  /// - Returns: how many characters (Unicode scalars) stand before it; nil when there is none.
  func firstMatch(in line: UnsafeRawBufferPointer) -> Int? {
    switch form {
    case .exact(let bytes):
      return Self.offset(of: bytes, in: line).map { Self.characters(in: line[..<$0]) }
    case .anyCaseASCII(let bytes, let borders):
      var matched = 0
      for (offset, byte) in line.enumerated() where Self.advance(&matched, Self.lowered(byte), bytes, borders) {
        return Self.characters(in: line[..<(offset + 1 - bytes.count)])
      }
      return nil
    case .anyCase(let scalars, let borders):
      var matched = 0
      var position = 0
      for scalar in String(decoding: line, as: UTF8.self).unicodeScalars {
        position += 1
        if Self.advance(&matched, Self.lowered(scalar), scalars, borders) { return position - scalars.count }
      }
      return nil
    }
  }

  /// For each length of a match, how much of it may be the beginning of another (Knuth, Morris, Pratt): no text makes the
  /// search longer than twice its own length.
  private static func borders<Element: Equatable>(of pattern: [Element]) -> [Int] {
    var borders = [0]
    var length = 0
    for element in pattern.dropFirst() {
      while length > 0, pattern[length] != element { length = borders[length - 1] }
      if pattern[length] == element { length += 1 }
      borders.append(length)
    }
    return borders
  }

  /// Takes the next element of the text; true when the pattern ends with it.
  private static func advance<Element: Equatable>(
    _ matched: inout Int, _ element: Element, _ pattern: [Element], _ borders: [Int]
  ) -> Bool {
    while matched > 0, pattern[matched] != element { matched = borders[matched - 1] }
    if pattern[matched] == element { matched += 1 }
    return matched == pattern.count
  }

  private static func offset(of bytes: [UInt8], in line: UnsafeRawBufferPointer) -> Int? {
    guard let first = bytes.first, let base = line.baseAddress else { return nil }
    var start = 0
    while start + bytes.count <= line.count {
      let candidates = line.count - bytes.count - start + 1
      guard let found = memchr(base + start, Int32(first), candidates) else { return nil }
      if memcmp(found, bytes, bytes.count) == 0 { return UnsafeRawPointer(found) - base }
      start = UnsafeRawPointer(found) - base + 1
    }
    return nil
  }

  private static func characters(in bytes: Slice<UnsafeRawBufferPointer>) -> Int {
    bytes.count { $0 & 0xC0 != 0x80 }
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
  }

  private static func lowered(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.isASCII { return Unicode.Scalar(lowered(UInt8(truncatingIfNeeded: scalar.value))) }
    let mapped = scalar.properties.lowercaseMapping.unicodeScalars
    // The one scalar whose mapping is two (U+0130) stays itself, so that columns stay right.
    guard mapped.count == 1, let first = mapped.first else { return scalar }
    return first
  }
}
