import PeerModel

/// A JWT in compact form (RFC 7519, section 3), read strictly before any library sees it: one spelling a token, no member
/// twice, no header but our own.
struct CompactToken {
  /// The JSON of the claims.
  let claims: JSONValue

  private static let header: JSONValue = ["alg": "HS256", "typ": "JWT"]

  /// Nil for what this node never made: another algorithm, `none`, a `kid`, padding, bits that mean nothing.
  init?(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64.decodeURL(parts[0]), let claims = Base64.decodeURL(parts[1]),
      let signature = Base64.decodeURL(parts[2]), signature.count == 32, (try? JSONParser.parse(header)) == Self.header,
      let json = try? JSONParser.parse(claims)
    else { return nil }
    self.claims = json
  }
}

extension Base64 {
  /// base64url without padding (RFC 4648, section 5).
  static func encodeURL(_ bytes: [UInt8]) -> String {
    String(encode(bytes).filter { $0 != "=" }.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
  }

  /// The bytes of base64url in its one canonical spelling: without padding, no bits set that stand for nothing.
  static func decodeURL(_ text: String) -> [UInt8]? { decodeURL(text.utf8[...]) }

  fileprivate static func decodeURL(_ text: Substring.UTF8View) -> [UInt8]? {
    var standard: [UInt8] = []
    for byte in text {
      switch byte {
      case UInt8(ascii: "-"): standard.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): standard.append(UInt8(ascii: "/"))
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: standard.append(byte)
      }
    }
    guard standard.count % 4 != 1 else { return nil }
    standard += [UInt8](repeating: UInt8(ascii: "="), count: (4 - standard.count % 4) % 4)
    var decoder = Base64Decoder(String(decoding: standard, as: UTF8.self))
    return decoder.next()
  }
}
