import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Bytes that no proper client would send.
@Suite(.serialized) struct RawHTTPTests {
  /// Sends bytes as they are and returns all that comes back until the node closes.
  static func exchange(_ text: String, _ node: TestNode) async throws -> String {
    let connection = try await RawConnection.connect(port: node.port)
    try await connection.send(text)
    let answer = try await connection.rest()
    await connection.close()
    return String(decoding: answer, as: UTF8.self)
  }

  @Test(arguments: [
    "hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "\u{0}\u{1}\u{2}\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    "POST /v1/p2p/discover HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST /v1/p2p/discover HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
  ])
  func whatIsNoHTTPIsAnswered400OrClosed(_ text: String) async throws {
    try await TestNode.run { node in
      let answer = try await Self.exchange(text, node)
      #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
      #expect(try await Web.get("/health", from: node.port, plain: true).status == 200, "the node goes on")
    }
  }

  @Test func notHTTPIsToldSo() async throws {
    try await TestNode.run { node in
      let answer = try await Self.exchange("hello\r\n\r\n", node)
      #expect(answer.hasPrefix("HTTP/1.1 400 "))
      #expect(answer.contains("this is not HTTP/1.1"))
      #expect(answer.lowercased().contains("connection: close"))
    }
  }

  @Test func aHeaderHasALimit() async throws {
    try await TestNode.run { node in
      let long = "GET /health HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n"
      let many = "GET /health HTTP/1.1\r\nHost: localhost\r\n" + (0..<200).map { "X\($0): y\r\n" }.joined() + "\r\n"
      for text in [long, many] {
        let answer = try await Self.exchange(text, node)
        #expect(answer.hasPrefix("HTTP/1.1 431 "), "\(answer.prefix(200))")
        #expect(answer.contains("\"code\":\"headers_too_large\""))
      }
    }
  }

  @Test func aBrokenTLSHandshakeIsClosed() async throws {
    try await TestNode.run { node in
      let connection = try await RawConnection.connect(port: node.port)
      try await connection.send([0x16, 0x03, 0x01, 0x00, 0x05] + [UInt8](repeating: 0xFF, count: 64))
      let answer = try await connection.rest()
      #expect(!String(decoding: answer, as: UTF8.self).contains("HTTP"))
      #expect(try await Web.get("/health", from: node.port).status == 200)
    }
  }

  @Test func requestsOneAfterTheOtherAreAnsweredInOrder() async throws {
    try await TestNode.run { node in
      let connection = try await RawConnection.connect(port: node.port)
      let request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
      try await connection.send(request + "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
      let answer = String(decoding: try await connection.rest(), as: UTF8.self)
      let heads = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
      #expect(heads == ["200", "404"], "\(answer)")
    }
  }

  @Test func aRequestThatArrivesByteByByteIsAnswered() async throws {
    try await TestNode.run { node in
      let connection = try await RawConnection.connect(port: node.port)
      for byte in "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8 {
        try await connection.send([byte])
      }
      #expect(String(decoding: try await connection.rest(), as: UTF8.self).hasPrefix("HTTP/1.1 200 OK"))
    }
  }

  /// The first byte of TLS, part of a head, part of a body.
  @Test(arguments: [
    "\u{16}", "GET /health HT", "POST /v1/p2p/discover HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{",
  ])
  func aConnectionThatStopsHoldsNobodyUp(_ beginning: String) async throws {
    let node = try await TestNode()
    var idle: [RawConnection] = []
    for number in 0..<20 {
      let connection = try await RawConnection.connect(port: node.port)
      if !beginning.isEmpty { try await connection.send(beginning) }
      if number % 2 == 0 { await connection.close() } else { idle.append(connection) }
    }
    #expect(try await Web.get("/health", from: node.port).status == 200)
    try await node.stop(within: 10)
    withExtendedLifetime(idle) {}
  }
}
