import PeerModel

/// Puts the files of a result into its JSON, for callers that have only JSON.
enum InlineFiles {
  /// Largest sum of the files, bytes.
  static let maximumSize = 4 << 20

  /// - Throws: ``NodeError`` `too_large`, naming the way to get larger ones.
  static func inline(_ value: JSONValue, _ files: FileChunks) async throws -> JSONValue {
    var contents: [Int: [UInt8]] = [:]
    var size = 0
    for try await chunk in files {
      size += chunk.bytes.readableBytes
      guard size <= maximumSize else {
        throw NodeError(
          .tooLarge, "the result's files are larger than \(maximumSize) bytes, too large for JSON",
          hint: "send the header Accept: \(MediaType.frames)")
      }
      contents[chunk.stream, default: []] += chunk.bytes.readableBytesView
    }
    return replace(value, contents)
  }

  private static func replace(_ value: JSONValue, _ contents: [Int: [UInt8]]) -> JSONValue {
    switch value {
    case .object(let members):
      guard var reference = try? FileReference(json: value), case .stream(let number) = reference.content,
        let bytes = contents[number]
      else { return .object(members.mapValues { replace($0, contents) }) }
      if reference.mediaType?.hasPrefix("text/") == true, let text = String(validating: bytes, as: UTF8.self) {
        reference.content = .text(text)
      } else {
        reference.content = .base64(Base64.encode(bytes))
      }
      return reference.json
    case .array(let elements): return .array(elements.map { replace($0, contents) })
    default: return value
    }
  }
}
