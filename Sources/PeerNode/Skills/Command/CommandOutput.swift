internal import PeerModel

/// What becomes of what a tool's programs print or make.
package struct CommandOutput: Hashable, Sendable {
  /// How the bytes are read.
  package enum Form: String, CaseIterable, Sendable {
    /// Text: a string when it is short (``inlineBytes``) and valid UTF-8, else a file.
    case text
    /// One JSON value.
    case json
    /// A list of the lines.
    case lines
    /// Lines of `Key: value` as an object. Of two with one key the later counts.
    case fields
    /// One file.
    case file
    /// A list of files, each a reference with the `folder` that it was in.
    case files
  }

  /// How the bytes are read.
  package var form: Form
  /// The file in the folder `out`, or for `files` the pattern of files there; standard output when nil.
  package var path: String?
  /// The extension of the file that the caller gets.
  package var fileExtension: String
  /// The media type of that file (RFC 6838).
  package var mediaType: String

  /// Output of that form.
  /// - Parameters:
  ///   - path: where it is in the folder `out`; standard output when nil.
  ///   - fileExtension: of the file that the caller gets; the path's own, else `txt`, when nil.
  ///   - mediaType: found by the extension when nil.
  package init(_ form: Form, path: String? = nil, fileExtension: String? = nil, mediaType: String? = nil) {
    self.form = form
    self.path = path
    let own = path.flatMap { path in path.lastIndex(of: ".").map { String(path[path.index(after: $0)...]) } }
    self.fileExtension = fileExtension ?? own ?? "txt"
    self.mediaType = mediaType ?? Self.mediaType(of: self.fileExtension)
  }

  /// Text that a program prints.
  package static let text = CommandOutput(.text)

  /// Bytes of text that travel as a string.
  static let inlineBytes = 1 << 20
  /// Bytes from which a JSON result is read.
  static let parsedBytes = 4 << 20

  /// Bytes that may be printed.
  var limit: Int {
    switch form {
    case .text, .file, .files: .max
    case .json, .lines, .fields: Self.parsedBytes
    }
  }

  /// The label of the file: the input's name with another extension.
  /// - Parameters:
  ///   - input: the input's label; nil when there is none.
  ///   - tool: stands in for it.
  func fileName(input: String?, tool: String) -> String {
    var base = Substring(input ?? tool)
    if let dot = base.lastIndex(of: "."), dot != base.startIndex { base = base[..<dot] }
    // A file name has at most 255 bytes.
    while base.utf8.count + 1 + fileExtension.utf8.count > 255 { base.removeLast() }
    return "\(base).\(fileExtension)"
  }

  /// The tool's result, of one file.
  /// - Throws: ``NodeError`` `skill_failed` when the bytes cannot be read as they should, `too_large`.
  func result(of made: SpooledFile, limits: SkillLimits) throws(NodeError) -> SkillOutput {
    switch form {
    case .file, .files:
      return SkillOutput(file: made)
    case .text:
      guard made.size <= Self.inlineBytes,
        let text = String(validating: try made.contents(limit: Self.inlineBytes), as: UTF8.self)
      else { return SkillOutput(file: made) }
      let value = JSONValue.string(text)
      // Control characters grow sixfold in JSON.
      return value.bytes.count <= limits.resultBytes ? SkillOutput(value: value) : SkillOutput(file: made)
    case .json:
      do { return SkillOutput(value: try JSONParser.parse(try made.contents(limit: limit))) } catch let error
        as NodeError
      {
        throw error
      } catch {
        throw NodeError(.skillFailed, "the program printed no JSON: \(error)")
      }
    case .lines:
      return SkillOutput(value: .array(try lines(of: made).map { .string(String($0)) }))
    case .fields:
      return SkillOutput(value: .object(Self.fields(try lines(of: made))))
    }
  }

  private func lines(of made: SpooledFile) throws(NodeError) -> [Substring] {
    String(decoding: try made.contents(limit: limit), as: UTF8.self).split(whereSeparator: \.isNewline)
  }

  /// What a document says of itself comes first in such lists and could contain line ends; what the program measured
  /// comes after it, so the later line counts.
  private static func fields(_ lines: [Substring]) -> [String: JSONValue] {
    var members: [String: JSONValue] = [:]
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { continue }
      members[String(line[..<colon])] = .string(String(line[line.index(after: colon)...].drop { $0 == " " }))
    }
    return members
  }

  /// The media type of files with that extension, `application/octet-stream` where none is known.
  static func mediaType(of fileExtension: String) -> String {
    switch fileExtension {
    case "txt", "md": "text/plain; charset=utf-8"
    case "html": "text/html; charset=utf-8"
    case "csv": "text/csv; charset=utf-8"
    case "json": "application/json"
    case "pdf": "application/pdf"
    case "zip": "application/zip"
    case "gz": "application/gzip"
    case "png", "webp", "gif", "tiff": "image/\(fileExtension)"
    case "jpg", "jpeg": "image/jpeg"
    case "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    case "odt": "application/vnd.oasis.opendocument.text"
    default: "application/octet-stream"
    }
  }
}
