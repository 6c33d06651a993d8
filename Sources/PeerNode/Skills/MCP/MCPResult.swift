package import PeerModel

/// What a tool of a server gave back (`CallToolResult`), as the result of a skill.
package struct MCPResult {
  let name: String
  let workspace: Workspace
  let limits: SkillLimits
  private var files: [SpooledFile] = []

  /// - Parameter name: `skill.tool`, for messages.
  package init(name: String, workspace: Workspace, limits: SkillLimits) {
    (self.name, self.workspace, self.limits) = (name, workspace, limits)
  }

  /// Items of content that a result may have.
  static let maximumItems = 1000

  /// The result: what is structured as it is, text as text or as the JSON that it is, and bytes as files.
  /// - Throws: ``NodeError`` `skill_failed` with the server's own sentence when it reports an error, and for what is no
  ///   result; `too_large`, `storage_full`.
  package mutating func output(of json: JSONValue) throws(NodeError) -> SkillOutput {
    let content = json["content"]?.arrayValue ?? []
    guard json.objectValue != nil, content.count <= Self.maximumItems else { throw improper("no proper result") }
    if json["isError"] == true { throw failure(content) }
    var items: [JSONValue] = []
    for item in content {
      if let value = try value(of: item) { items.append(value) }
    }
    guard let structured = json["structuredContent"], structured != .null else {
      let value = items.count == 1 ? items[0] : items.isEmpty ? .null : .array(items)
      return SkillOutput(value: value, files: files)
    }
    // Its text says the same again; what else there is comes as files.
    let value = try checked(structured)
    guard !files.isEmpty else { return SkillOutput(value: value) }
    return SkillOutput(value: ["result": value, "files": .array(items.filter { $0["$stream"] != nil })], files: files)
  }

  private func failure(_ content: [JSONValue]) -> NodeError {
    let text = content.lazy.compactMap { $0["text"]?.stringValue }.first ?? ""
    let sentence = Diagnostics.sentence(from: Array(text.utf8.prefix(Diagnostics.keptBytes)))
    return NodeError(.skillFailed, sentence.map { "\(name): \($0)" } ?? "\(name) failed without saying why")
  }

  private func improper(_ what: String) -> NodeError {
    NodeError(.skillFailed, "\(name): the server sent \(what)")
  }

  private mutating func value(of item: JSONValue) throws(NodeError) -> JSONValue? {
    switch item["type"]?.stringValue {
    case "text":
      guard let text = item["text"]?.stringValue else { throw improper("text without text") }
      return try value(of: text)
    case "image", "audio":
      guard let data = item["data"]?.stringValue, let type = item["type"]?.stringValue else {
        throw improper("no proper image or sound")
      }
      return try file(data, item["mimeType"]?.stringValue, name: type)
    case "resource":
      guard let resource = item["resource"] else { throw improper("no proper resource") }
      let name = resource["uri"]?.stringValue?.split(separator: "/").last.map(String.init) ?? "resource"
      if let data = resource["blob"]?.stringValue {
        return try file(data, resource["mimeType"]?.stringValue, name: name)
      }
      return try checked(
        .compact(["uri": resource["uri"], "media_type": resource["mimeType"], "text": resource["text"]]))
    case "resource_link":
      return try checked(
        .compact([
          "uri": item["uri"], "name": item["name"], "media_type": item["mimeType"], "description": item["description"],
        ]))
    default: throw improper("a kind of content that this node does not know")
    }
  }

  /// Objects and lists in JSON are taken for what they are; a long text becomes a file.
  private mutating func value(of text: String) throws(NodeError) -> JSONValue {
    if let first = text.utf8.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
      let json = try? JSONParser.parse(text), json.bytes.count <= limits.resultBytes, !Self.hasStream(json)
    {
      return json
    }
    let value = JSONValue.string(text)
    if text.utf8.count <= CommandOutput.inlineBytes, value.bytes.count <= limits.resultBytes { return value }
    let writer = try workspace.makeWriter(
      name: "result.txt", mediaType: CommandOutput.mediaType(of: "txt"), limit: limits.outputBytes)
    try writer.write(text.utf8)
    return reference(to: try writer.finish())
  }

  private mutating func file(_ data: String, _ mediaType: String?, name: String) throws(NodeError) -> JSONValue {
    let known = mediaType.flatMap { Self.extensions[$0] }
    var label = FileReference.isSafe(name: name) ? name : "file"
    if let known, !label.contains(".") { label += files.isEmpty ? ".\(known)" : "-\(files.count + 1).\(known)" }
    let isPlain = mediaType.map {
      $0.utf8.count <= 127 && $0.unicodeScalars.allSatisfy { (0x21...0x7E).contains($0.value) }
    }
    let writer = try workspace.makeWriter(
      name: label, mediaType: isPlain == true ? mediaType : nil, limit: limits.outputBytes)
    var decoder = Base64Decoder(data)
    while true {
      guard let bytes = decoder.next() else { throw improper("bytes that are no base64") }
      if bytes.isEmpty { return reference(to: try writer.finish()) }
      try writer.write(bytes)
    }
  }

  private mutating func reference(to file: SpooledFile) -> JSONValue {
    files.append(file)
    return FileReference(
      name: file.name, content: .stream(files.count), size: file.size, mediaType: file.mediaType
    ).json
  }

  /// Refuses JSON that poses as a file: no bytes would follow, and whoever asked would wait for them.
  private func checked(_ json: JSONValue) throws(NodeError) -> JSONValue {
    guard !Self.hasStream(json) else { throw improper("a member named $stream, which stands for a file here") }
    return json
  }

  private static func hasStream(_ json: JSONValue) -> Bool {
    switch json {
    case .object(let members): members["$stream"] != nil || members.values.contains(where: hasStream)
    case .array(let elements): elements.contains(where: hasStream)
    default: false
    }
  }

  private static let extensions = [
    "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp", "image/svg+xml": "svg",
    "audio/wav": "wav", "audio/x-wav": "wav", "audio/mpeg": "mp3", "audio/ogg": "ogg", "application/pdf": "pdf",
    "application/json": "json", "text/plain": "txt", "text/csv": "csv", "text/html": "html",
  ]
}
