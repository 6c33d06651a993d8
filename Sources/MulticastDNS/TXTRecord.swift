/// The key/value pairs beside a service (RFC 6763 section 6).
///
/// Keys are compared without regard to ASCII case, and of equal keys the first counts (section 6.4). A key without
/// `=` has no value, which is not the same as an empty value: `contains` is true for both, the subscript is nil for
/// the former and empty for the latter.
package struct TXTRecord: Sendable, Equatable {
  /// Longest `key=value`, in bytes.
  static let maximumPairLength = 255
  /// Most bytes a record can take and still fit a multicast DNS packet with its name.
  static let maximumLength = 8192

  /// The record as on the wire: strings, each behind its length. Never empty.
  let wire: [UInt8]

  /// A record with these pairs in this order; a nil value gives a key without `=`.
  ///
  /// - Throws: `MulticastDNSError.invalidTXT` naming the key when a key is empty, has bytes outside printable ASCII
  ///   or `=`, when a pair is over 255 bytes, or when the whole is over 8192 bytes.
  package init(_ pairs: [(key: String, value: [UInt8]?)]) throws(MulticastDNSError) {
    var wire: [UInt8] = []
    for (key, value) in pairs {
      let pair = Array(key.utf8) + (value.map { [UInt8(ascii: "=")] + $0 } ?? [])
      guard !key.isEmpty, key.utf8.allSatisfy(Self.isKeyByte), pair.count <= Self.maximumPairLength,
        wire.count + pair.count < Self.maximumLength
      else { throw .invalidTXT(key: key) }
      wire.append(UInt8(pair.count))
      wire += pair
    }
    self.wire = wire.isEmpty ? [0] : wire
  }

  /// A record of text values. Errors as above.
  package init(_ pairs: [(key: String, value: String)]) throws(MulticastDNSError) {
    try self.init(pairs.map { (key: $0.key, value: Array($0.value.utf8)) })
  }

  /// A record without pairs.
  package init() { wire = [0] }

  /// A record from received bytes that are known to be well-formed.
  init(checkedWire: [UInt8]) { wire = checkedWire.isEmpty ? [0] : checkedWire }

  /// The value of `key`; nil when the key is absent or has no value.
  package subscript(key: String) -> [UInt8]? {
    guard let pair = pair(key), let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { return nil }
    return Array(pair[(equals + 1)...])
  }

  /// The value of `key` as text; nil when it is absent, has no value or is not UTF-8.
  package func string(_ key: String) -> String? {
    self[key].flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// Whether `key` is present, with or without a value.
  package func contains(_ key: String) -> Bool { pair(key) != nil }

  /// The keys in order of appearance, as spelt by the sender; a repeated key appears once.
  package var keys: [String] {
    var seen: Set<String> = []
    return pairs.compactMap { pair in
      let key = String(decoding: Self.key(of: pair), as: UTF8.self)
      return seen.insert(key.lowercased()).inserted ? key : nil
    }
  }

  private func pair(_ key: String) -> ArraySlice<UInt8>? {
    let wanted = key.utf8.map(Self.folded)
    return pairs.first { Self.key(of: $0).lazy.map(Self.folded).elementsEqual(wanted) }
  }

  /// The strings that have a key; section 6.4 says to ignore the others silently.
  private var pairs: [ArraySlice<UInt8>] {
    var result: [ArraySlice<UInt8>] = []
    var index = 0
    while index < wire.count {
      let end = index + 1 + Int(wire[index])
      let pair = wire[index + 1..<end]
      let key = Self.key(of: pair)
      if !key.isEmpty, key.allSatisfy(Self.isKeyByte) { result.append(pair) }
      index = end
    }
    return result
  }

  private static func key(of pair: ArraySlice<UInt8>) -> ArraySlice<UInt8> { pair.prefix { $0 != UInt8(ascii: "=") } }
  private static func isKeyByte(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "=") }
  private static func folded(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

  /// Whether the strings fill the bytes exactly.
  static func isWellFormed(_ bytes: ArraySlice<UInt8>) -> Bool {
    var index = bytes.startIndex
    while index < bytes.endIndex { index += 1 + Int(bytes[index]) }
    return index == bytes.endIndex
  }
}
