internal import Glibc
package import LocalAPI
package import PeerModel

/// One message of a server: JSON-RPC 2.0 as the Model Context Protocol has it, on one line of its standard output.
package enum MCPMessage: Hashable, Sendable {
  /// It wants something of this node.
  case request(id: RequestID, method: String, parameters: JSONValue)
  case notification(method: String, parameters: JSONValue)
  /// The answer to a request; all of ours have numbers.
  case response(id: Int64, result: JSONValue)
  case failure(id: Int64, code: Int64, message: String)
  /// It is JSON, but no message, or the answer to something that this node has not asked.
  case junk(String)

  /// The messages of one line: one, or several as a batch (revision 2025-03-26 only).
  /// - Throws: `JSONSyntaxError` when the line is no JSON.
  package static func read(_ line: some Sequence<UInt8>, limits: MCPLimits) throws(JSONSyntaxError) -> [MCPMessage] {
    let json = try JSONParser.parse(line)
    guard let batch = json.arrayValue else { return [MCPMessage(json)] }
    guard (1...limits.batch).contains(batch.count) else { return [.junk("a batch of \(batch.count) messages")] }
    return batch.map(MCPMessage.init)
  }

  private init(_ json: JSONValue) {
    guard json["jsonrpc"] == "2.0" else {
      self = .junk("JSON that is no JSON-RPC 2.0")
      return
    }
    let id = json["id"].flatMap(RequestID.init(json:))
    if let method = json["method"]?.stringValue {
      let parameters = json["params"] ?? [:]
      switch (json["id"], id) {
      case (nil, _): self = .notification(method: method, parameters: parameters)
      case (_, .integer?), (_, .string?):
        self = .request(id: id ?? .null, method: method, parameters: parameters)
      default: self = .junk("a request without a proper id")
      }
      return
    }
    guard case .integer(let number)? = id else {
      self = .junk("an answer without the id of a request")
      return
    }
    if let error = json["error"] {
      self = .failure(
        id: number, code: error["code"]?.integerValue ?? 0,
        message: error["message"]?.stringValue ?? "an error without a message")
    } else if let result = json["result"] {
      self = .response(id: number, result: result)
    } else {
      self = .junk("an answer without a result")
    }
  }
}

/// Cuts a stream of bytes into lines, none of them longer than a limit.
package struct MCPLines: Sendable {
  private let limit: Int
  private var rest: [UInt8] = []

  /// - Parameter limit: bytes of a line, without its end.
  package init(limit: Int) { self.limit = limit }

  /// A line is longer than the limit; nothing after it can be read.
  package struct TooLong: Error, Hashable {}

  /// The lines that end in `bytes`, without their ends; empty ones are left out.
  package mutating func take(_ bytes: UnsafeRawBufferPointer) throws(TooLong) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var start = 0
    while let end = Self.end(in: bytes, from: start) {
      guard rest.count + end - start <= limit else { throw TooLong() }
      rest.append(contentsOf: bytes[start..<end])
      if rest.last == 0x0D { rest.removeLast() }
      if !rest.isEmpty { lines.append(rest) }
      rest.removeAll()
      start = end + 1
    }
    guard rest.count + bytes.count - start <= limit else { throw TooLong() }
    rest.append(contentsOf: bytes[start...])
    return lines
  }

  /// Where the line that begins at `start` ends; nil when its end is not among the bytes.
  static func end(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
    guard start < bytes.count, let base = bytes.baseAddress else { return nil }
    return memchr(base + start, 0x0A, bytes.count - start).map { UnsafeRawPointer($0) - base }
  }
}
