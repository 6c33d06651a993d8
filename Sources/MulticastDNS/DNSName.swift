/// A domain name as a sequence of byte labels (RFC 1035 section 3.1, RFC 6762 section 16).
///
/// Labels may hold any byte. Equality and hashing ignore the case of ASCII letters and nothing else; the original
/// spelling is kept for the wire and for people.
package struct DNSName: Hashable, Sendable, CustomStringConvertible {
  /// Longest label, in bytes.
  static let maximumLabelLength = 63
  /// Longest name on the wire, in bytes, terminating zero included.
  static let maximumLength = 255

  /// Length-prefixed labels and the terminating zero, as sent uncompressed.
  let wire: [UInt8]
  /// `wire` with ASCII letters in lower case. Length bytes are at most 63 and so never taken for letters.
  let folded: [UInt8]

  /// A name from bytes that the caller has already checked to be well-formed.
  init(checkedWire wire: [UInt8]) {
    self.wire = wire
    let isUpper: (UInt8) -> Bool = { $0 >= 0x41 && $0 <= 0x5A }
    self.folded = wire.contains(where: isUpper) ? wire.map { isUpper($0) ? $0 | 0x20 : $0 } : wire
  }

  /// A name from labels, or nil when a label is empty or over 63 bytes, or the whole is over 255 bytes.
  init?(labels: [[UInt8]]) {
    var wire: [UInt8] = []
    for label in labels {
      guard (1...Self.maximumLabelLength).contains(label.count) else { return nil }
      wire.append(UInt8(label.count))
      wire += label
    }
    wire.append(0)
    guard wire.count <= Self.maximumLength else { return nil }
    self.init(checkedWire: wire)
  }

  /// A name from dotted text without escapes, such as a service type; nil when it is not a valid name.
  init?(dotted text: some StringProtocol) {
    self.init(labels: text.split(separator: ".", omittingEmptySubsequences: false).map { Array($0.utf8) })
  }

  /// This name one label deeper, or nil when that does not fit.
  func prepending(_ label: [UInt8]) -> DNSName? {
    guard (1...Self.maximumLabelLength).contains(label.count) else { return nil }
    guard wire.count + label.count + 1 <= Self.maximumLength else { return nil }
    return DNSName(checkedWire: [UInt8(label.count)] + label + wire)
  }

  /// Whether this name is `parent` with exactly one label in front of it.
  func isChild(of parent: DNSName) -> Bool {
    let skip = 1 + Int(folded[0])
    return skip > 1 && folded.count == skip + parent.folded.count && folded[skip...].elementsEqual(parent.folded)
  }

  /// The labels, outermost last.
  var labels: [ArraySlice<UInt8>] {
    var result: [ArraySlice<UInt8>] = []
    var index = 0
    while wire[index] != 0 {
      let end = index + 1 + Int(wire[index])
      result.append(wire[index + 1..<end])
      index = end
    }
    return result
  }

  /// The first label as text: for an instance name, what its owner called it. Bytes that are not UTF-8 become `\xNN`.
  var firstLabelText: String { DisplayText.decode(labels.first ?? []) }

  /// Dotted text for logs; not reversible, because dots inside labels are not escaped.
  package var description: String { labels.map { DisplayText.decode($0) }.joined(separator: ".") }

  package static func == (left: DNSName, right: DNSName) -> Bool { left.folded == right.folded }
  package func hash(into hasher: inout Hasher) { hasher.combine(folded) }

  /// The link-local domain of RFC 6762.
  static let local = DNSName(checkedWire: [5] + Array("local".utf8) + [0])
  /// The service type enumeration name of RFC 6763 section 9.
  static let serviceTypes = DNSName(
    checkedWire: [9] + Array("_services".utf8) + [7] + Array("_dns-sd".utf8) + [4] + Array("_udp".utf8) + local.wire)
}
