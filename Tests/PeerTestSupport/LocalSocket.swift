package import PeerModel

/// A client of the local socket that knows JSON lines and data frames and nothing of the library under test.
package final class LocalSocket: Sendable {
  package let connection: RawConnection

  package init(_ path: String) async throws { connection = try await RawConnection.connect(unix: path) }

  package func send(_ json: JSONValue) async throws { try await connection.send(json.bytes + [0x0A]) }

  package func send(method: String, _ parameters: JSONValue = [:], id: JSONValue = 1) async throws {
    try await send(["jsonrpc": "2.0", "id": id, "method": .string(method), "params": parameters])
  }

  /// Sends a file as frames of at most `size` bytes.
  package func send(file bytes: [UInt8], stream: Int = 1, id: JSONValue = 1, frame size: Int = 100_000) async throws {
    var offset = 0
    repeat {
      let piece = bytes[offset..<min(offset + size, bytes.count)]
      offset += piece.count
      let head: JSONValue = [
        "jsonrpc": "2.0", "method": "$/data",
        "params": [
          "id": id, "stream": .integer(Int64(stream)), "size": .integer(Int64(piece.count)),
          "last": .bool(offset == bytes.count),
        ],
      ]
      try await connection.send(head.bytes + [0x0A] + piece)
    } while offset < bytes.count
  }

  /// The next line as JSON.
  package func next() async throws -> JSONValue {
    guard let line = try await connection.line() else { throw TestFailure("the daemon closed the connection") }
    return try JSONParser.parse(line)
  }

  /// The result of one request that nothing else is going on beside.
  /// - Throws: the ``NodeError`` that came instead.
  package func call(_ method: String, _ parameters: JSONValue = [:], id: JSONValue = 1) async throws -> JSONValue {
    try await send(method: method, parameters, id: id)
    return try await answer(to: id)
  }

  /// The answer to a request; notifications before it are dropped.
  package func answer(to id: JSONValue) async throws -> JSONValue {
    while true {
      let message = try await next()
      guard message["method"] == nil else { continue }
      guard message["id"] == id else { throw TestFailure("an answer to something else: \(message.text)") }
      if let error = message["error"] { throw NodeError(rpcObject: error) }
      guard let result = message["result"] else { throw TestFailure("neither result nor error: \(message.text)") }
      return result
    }
  }

  /// The file that follows an answer, put together from its frames.
  package func file(stream: Int = 1) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      let head = try await next()
      guard head["method"] == "$/data", let parameters = head["params"], let size = parameters["size"]?.integerValue,
        parameters["stream"] == .integer(Int64(stream))
      else { throw TestFailure("not the expected frame: \(head.text)") }
      bytes += try await connection.bytes(Int(size))
      if parameters["last"] == true { return bytes }
    }
  }

  package func close() async { await connection.close() }
}
