/// A file in arguments or in a result. Its bytes are inline, or travel beside the JSON as a numbered stream; it never is
/// a path, so nobody can make the daemon open one.
package struct FileReference: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// The bytes as base64 (RFC 4648, section 4), for callers that have only JSON.
    case base64(String)
    /// The text itself, as UTF-8.
    case text(String)
    /// Number of the stream among those of this message.
    case stream(Int)
  }

  /// The last component of the file's name where it came from: a label, never a path.
  package var name: String
  package var content: Content
  /// Bytes, where known beforehand.
  package var size: Int?
  package var mediaType: String?

  package init(name: String, content: Content, size: Int? = nil, mediaType: String? = nil) {
    self.name = name
    self.content = content
    self.size = size
    self.mediaType = mediaType
  }

  /// Whether `name` can be used as one path component anywhere.
  package static func isSafe(name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 255 && name != "." && name != ".."
      && name.unicodeScalars.allSatisfy { $0 != "/" && $0.value >= 0x20 && $0.value != 0x7F }
  }
}

extension FileReference: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    let name: String = try fields.optional("name") ?? "file"
    guard Self.isSafe(name: name) else { throw NodeError(.invalidArguments, "name: not a plain file name") }
    let forms: [Content?] = [
      try fields.optional("base64").map(Content.base64), try fields.optional("text").map(Content.text),
      try fields.optional("$stream").map(Content.stream),
    ]
    let given = forms.compactMap { $0 }
    guard given.count == 1, let content = given.first else {
      throw NodeError(.invalidArguments, "a file is {\"name\":…,\"base64\":…} or {\"name\":…,\"text\":…}")
    }
    self.init(
      name: name, content: content, size: try fields.optional("size"), mediaType: try fields.optional("media_type"))
  }

  package var json: JSONValue {
    var members: [String: JSONValue] = ["name": .string(name)]
    switch content {
    case .base64(let text): members["base64"] = .string(text)
    case .text(let text): members["text"] = .string(text)
    case .stream(let number): members["$stream"] = .integer(Int64(number))
    }
    members["size"] = size?.json
    members["media_type"] = mediaType?.json
    return .object(members)
  }
}
