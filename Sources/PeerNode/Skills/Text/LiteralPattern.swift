internal import Glibc

/// A piece of text that is looked for in lines as it stands.
struct LiteralPattern {
  private enum Form {
    case exact([UInt8])
    /// Lower case; other bytes than ASCII letters match themselves.
    case anyCaseASCII([UInt8])
    /// Lower case by Unicode's mapping, scalar by scalar.
    case anyCase([Unicode.Scalar])
  }

  private let form: Form

  /// - Parameter ignoreCase: whether upper and lower case are the same, by Unicode's simple mapping.
  init(_ text: String, ignoreCase: Bool) {
    if !ignoreCase {
      form = .exact(Array(text.utf8))
    } else if text.utf8.allSatisfy({ $0 < 0x80 }) {
      form = .anyCaseASCII(text.utf8.map(Self.lowered))
    } else {
      form = .anyCase(text.unicodeScalars.map(Self.lowered))
    }
  }

  /// The first match in the line.
  /// - Returns: how many characters (Unicode scalars) stand before it; nil when there is none.
  func firstMatch(in line: UnsafeRawBufferPointer) -> Int? {
    switch form {
    case .exact(let bytes):
      return Self.offset(of: bytes, in: line).map { Self.characters(in: line[..<$0]) }
    case .anyCaseASCII(let bytes):
      guard line.count >= bytes.count else { return nil }
      let starts = 0...(line.count - bytes.count)
      let offset = starts.first { start in
        bytes.indices.allSatisfy { Self.lowered(line[start + $0]) == bytes[$0] }
      }
      return offset.map { Self.characters(in: line[..<$0]) }
    case .anyCase(let scalars):
      let text = String(decoding: line, as: UTF8.self).unicodeScalars.map(Self.lowered)
      guard text.count >= scalars.count else { return nil }
      return (0...(text.count - scalars.count)).first { text[$0...].starts(with: scalars) }
    }
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
    let mapped = scalar.properties.lowercaseMapping.unicodeScalars
    // The one scalar whose mapping is two (U+0130) stays itself, so that columns stay right.
    guard mapped.count == 1, let first = mapped.first else { return scalar }
    return first
  }
}
