import FoundationEssentials
import PeerModel

/// Bytes in JSON: base64 with padding (RFC 4648, section 4), decoded strictly.
enum Base64 {
  static func encode(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// - Parameter count: the exact number of bytes expected.
  /// - Throws: ``NodeError`` `invalid_arguments` naming `field`.
  static func decode(_ text: String, count: Int, field: String) throws(NodeError) -> [UInt8] {
    var decoder = Base64Decoder(text)
    guard text.utf8.count == (count + 2) / 3 * 4, let bytes = decoder.next(), bytes.count == count else {
      throw NodeError(.invalidArguments, "/\(field): expected base64 of \(count) bytes")
    }
    return bytes
  }
}
