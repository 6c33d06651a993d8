package import PeerModel

/// Brings the files of a message to disk, so that memory stays flat and a tool may read them as it likes.
package enum Spooling {
  /// Bytes between two looks at the room that is left.
  private static let checkInterval = 4 << 20
  /// Most files of one message.
  package static let maximumFiles = 64

  /// - Parameters:
  ///   - names: the name of each stream, as the arguments have it.
  ///   - limit: bytes of one file.
  /// - Returns: the files by stream number.
  /// - Throws: ``NodeError`` for a file too large, a full disk, or streams out of order; what the sender's end throws.
  package static func collect(
    _ chunks: FileChunks?, names: [Int: String], workspace: Workspace, limit: Int
  ) async throws -> [Int: SpooledFile] {
    var files: [Int: SpooledFile] = [:]
    guard let chunks else { return files }
    guard names.count <= maximumFiles else {
      throw NodeError(.tooLarge, "a message has at most \(maximumFiles) files")
    }
    var writer: (stream: Int, spool: SpoolWriter)?
    var unchecked = checkInterval
    for try await chunk in chunks {
      if writer?.stream != chunk.stream {
        guard writer == nil, let name = names[chunk.stream] else {
          throw NodeError(.invalidRequest, "stream \(chunk.stream) begins within another one")
        }
        writer = (chunk.stream, try workspace.makeWriter(name: name, limit: limit))
      }
      unchecked += chunk.bytes.readableBytes
      if unchecked >= checkInterval {
        try workspace.requireRoom()
        unchecked = 0
      }
      if let spool = writer?.spool {
        try chunk.bytes.withUnsafeReadableBytes { bytes in Result { () throws(NodeError) in try spool.write(bytes) } }
          .get()
        if chunk.isLast {
          files[chunk.stream] = try spool.finish()
          writer = nil
        }
      }
    }
    return files
  }

  /// The names of the streams that arguments refer to.
  package static func streams(in json: JSONValue) -> [Int: String] { references(in: json).mapValues(\.name) }

  /// The streams that arguments or a result refer to, by number.
  package static func references(in json: JSONValue) -> [Int: FileReference] {
    switch json {
    case .object(let members):
      if let reference = try? FileReference(json: json), case .stream(let number) = reference.content {
        return [number: reference]
      }
      return members.values.reduce(into: [:]) { $0.merge(references(in: $1)) { first, _ in first } }
    case .array(let elements):
      return elements.reduce(into: [:]) { $0.merge(references(in: $1)) { first, _ in first } }
    default: return [:]
    }
  }
}
