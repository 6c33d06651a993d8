internal import PeerModel

/// Turns the file references among a call's arguments into files.
struct FileArguments {
  let schema: Schema
  let workspace: Workspace
  /// Bytes that one file may have.
  let limit: Int

  /// The arguments apart: plain values, and files by argument name.
  struct Resolved {
    var values: [String: JSONValue]
    var files: [String: SpooledFile]
    var fileLists: [String: [SpooledFile]] = [:]
  }

  /// Files that one argument may have.
  static let maximumFiles = 64

  /// - Parameters:
  ///   - arguments: valid by the schema.
  ///   - streams: the files that came beside the arguments, by number.
  /// - Throws: ``NodeError`` `invalid_arguments` with a JSON pointer for a stream that is missing or that nothing
  ///   refers to, and for bytes that are not base64; `too_large`, `storage_full`.
  func resolve(_ arguments: JSONValue, streams: [Int: SpooledFile]) throws(NodeError) -> Resolved {
    var resolved = Resolved(values: arguments.objectValue ?? [:], files: [:])
    var unused = Set(streams.keys)
    for name in schema.fileProperties {
      guard let json = resolved.values.removeValue(forKey: name) else { continue }
      resolved.files[name] = try resolve(json, at: name, streams: streams, unused: &unused)
    }
    for name in schema.fileListProperties {
      guard let elements = resolved.values.removeValue(forKey: name)?.arrayValue else { continue }
      guard elements.count <= Self.maximumFiles else {
        throw fault(name, "must have at most \(Self.maximumFiles) files")
      }
      var files: [SpooledFile] = []
      for (index, json) in elements.enumerated() {
        files.append(try resolve(json, at: "\(name)/\(index)", streams: streams, unused: &unused))
      }
      resolved.fileLists[name] = files
    }
    if let number = unused.min() {
      throw NodeError(.invalidArguments, "/: no argument refers to stream \(number)")
    }
    return resolved
  }

  private func resolve(
    _ json: JSONValue, at name: String, streams: [Int: SpooledFile], unused: inout Set<Int>
  ) throws(NodeError) -> SpooledFile {
    let reference = try FileReference(json: json)
    let file: SpooledFile
    switch reference.content {
    case .stream(let number):
      guard let stream = streams[number] else { throw fault(name, "stream \(number) did not come with the call") }
      unused.remove(number)
      file = stream.labelled(
        // A reference without a name of its own leaves the stream's.
        name: json["name"] == nil ? stream.name : reference.name, mediaType: reference.mediaType ?? stream.mediaType)
    case .base64(let text):
      file = try decode(text, reference, argument: name)
    case .text(let text):
      guard text.utf8.count <= limit else { throw tooLarge(name, text.utf8.count) }
      file = try spool(text, reference)
    }
    if let size = reference.size, size != file.size {
      throw fault(name, "announced as \(size) bytes, but \(file.size) came")
    }
    guard file.size <= limit else { throw tooLarge(name, file.size) }
    return file
  }

  private func decode(_ text: String, _ reference: FileReference, argument: String) throws(NodeError) -> SpooledFile {
    // Checked first, so that nothing is written in vain.
    let size = text.utf8.count / 4 * 3 - text.utf8.suffix(2).count { $0 == UInt8(ascii: "=") }
    guard size <= limit else { throw tooLarge(argument, size) }
    let writer = try workspace.makeWriter(name: reference.name, mediaType: reference.mediaType, limit: limit)
    var decoder = Base64Decoder(text)
    while true {
      guard let bytes = decoder.next() else { throw fault("\(argument)/base64", "not base64 (RFC 4648, section 4)") }
      if bytes.isEmpty { return try writer.finish() }
      try writer.write(bytes)
    }
  }

  private func spool(_ text: String, _ reference: FileReference) throws(NodeError) -> SpooledFile {
    let mediaType = reference.mediaType ?? "text/plain; charset=utf-8"
    let writer = try workspace.makeWriter(name: reference.name, mediaType: mediaType, limit: limit)
    try writer.write(text.utf8)
    return try writer.finish()
  }

  private func fault(_ pointer: String, _ reason: String) -> NodeError {
    NodeError(.invalidArguments, "/\(pointer): \(reason)")
  }

  private func tooLarge(_ argument: String, _ size: Int) -> NodeError {
    NodeError(.tooLarge, "/\(argument): the file has \(size) bytes, the limit is \(limit)")
  }
}

extension Schema {
  /// Names of the properties that take a list of files.
  var fileListProperties: [String] {
    properties.filter { $0.schema["items"]?["format"] == "file" }.map(\.name)
  }
}
