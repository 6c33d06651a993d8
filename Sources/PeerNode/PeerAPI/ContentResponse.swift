import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import PeerModel

/// Answers with the bytes of a file: whole, or the one range that is asked for (RFC 9110, sections 13 and 14).
enum ContentResponse {
  static let mediaType = "application/octet-stream"

  static func make(_ content: Operation.Content, _ request: Request) throws(NodeError) -> Response {
    let size = content.file.size
    let tag = "\"\(content.hash)\""
    // What peers have given is shown by no browser as anything but a download.
    var headers: HTTPFields = [
      .contentType: mediaType, .eTag: tag, .acceptRanges: "bytes", .cacheControl: "private, no-cache",
      .contentDisposition: "attachment", .xContentTypeOptions: "nosniff",
    ]
    if let known = request.headers[.ifNoneMatch], matches(known, tag) {
      return Response(status: .notModified, headers: headers)
    }
    var range = 0..<size
    var status = HTTPResponse.Status.ok
    if let text = request.headers[.range], request.headers[.ifRange] ?? tag == tag, let wanted = parse(text) {
      guard let found = wanted.range(in: size) else {
        throw NodeError(.rangeNotSatisfiable, "the document has \(size) bytes")
      }
      range = found
      status = .partialContent
      headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)"
    }
    let (file, part) = (content.file, range)
    let body = ResponseBody(contentLength: range.count) { writer in
      var offset = part.lowerBound
      while offset < part.upperBound {
        let bytes = try file.read(at: offset, count: part.upperBound - offset)
        guard !bytes.isEmpty else { throw ChannelError.eof }
        try await writer.write(ByteBuffer(bytes: bytes))
        offset += bytes.count
      }
      try await writer.finish(nil)
    }
    return Response(status: status, headers: headers, body: body)
  }

  /// Whether a list of entity tags, weak or strong, has this one.
  private static func matches(_ list: String, _ tag: String) -> Bool {
    list.split(separator: ",").contains { element in
      let word = element.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
      let text = String(word)
      return text == "*" || text == tag || text == "W/" + tag
    }
  }

  /// One range of bytes as it is written.
  enum Wanted: Hashable {
    case from(Int, through: Int?)
    case last(Int)

    /// Nil when nothing of it is there.
    func range(in size: Int) -> Range<Int>? {
      switch self {
      case .from(let first, let last): first < size ? first..<min(size, last.map { $0 + 1 } ?? size) : nil
      case .last(let count): count > 0 && size > 0 ? max(0, size - count)..<size : nil
      }
    }
  }

  /// Nil for what is not one range of bytes, which is answered with the whole (section 14.2).
  static func parse(_ text: String) -> Wanted? {
    guard text.hasPrefix("bytes="), text.utf8.count <= 64 else { return nil }
    let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    func number(_ text: String) -> Int? {
      text.utf8.allSatisfy { (0x30...0x39).contains($0) } && text.utf8.count <= 18 ? Int(text) : nil
    }
    guard parts.count == 2 else { return nil }
    if parts[0].isEmpty { return number(parts[1]).map { .last($0) } }
    guard let first = number(parts[0]) else { return nil }
    if parts[1].isEmpty { return .from(first, through: nil) }
    guard let last = number(parts[1]), last >= first else { return nil }
    return .from(first, through: last)
  }
}
