/// Why bytes are not a DNS message that multicast DNS has to look at.
enum MessageError: Error, Equatable {
  /// The bytes end before the counted questions and records do.
  case truncated
  /// A label, a compression pointer or the length of a name is not allowed.
  case malformedName
  /// Operation or result code is not zero (RFC 6762 sections 18.3 and 18.11).
  case unsupported
}

/// A DNS message, as far as multicast DNS uses one.
struct Message: Equatable, Sendable {
  static let headerLength = 12
  /// Longest payload that RFC 6762 section 17 allows: 9000 bytes with IPv4 and UDP headers.
  static let maximumLength = 8972

  var id: UInt16 = 0
  var isResponse = false
  /// In a query: more known answers follow in the next packet (section 7.2).
  var isTruncated = false
  var questions: [Question] = []
  var answers: [ResourceRecord] = []
  var authorities: [ResourceRecord] = []
  var additionals: [ResourceRecord] = []
}
