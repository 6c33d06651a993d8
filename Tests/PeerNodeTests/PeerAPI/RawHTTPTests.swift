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

  private static let post = "POST /v1/p2p/discover HTTP/1.1\r\nHost: localhost\r\n"
  private static let get = "GET /health HTTP/1.1\r\nHost: localhost\r\n"
  private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

  /// What no client says by accident, or what two programs could read differently.
  static let refused: [(what: String, bytes: String)] = [
    ("no HTTP", "hello\r\n\r\n"), ("no target", "GET\r\n\r\n"), ("binary", "\u{0}\u{1}\u{2}\r\n\r\n"),
    ("HTTP/0.9", "GET /health\r\n\r\n"), ("HTTP/0.9 said", "GET /health HTTP/0.9\r\nHost: localhost\r\n\r\n"),
    ("HTTP/1.2", "GET /health HTTP/1.2\r\nHost: localhost\r\n\r\n"),
    ("HTTP/2.0", "GET /health HTTP/2.0\r\nHost: localhost\r\n\r\n"),
    ("HTTP/9.9", "GET /health HTTP/9.9\r\nHost: localhost\r\n\r\n"),
    ("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("no Host", "GET /health HTTP/1.1\r\n\r\n"), ("two Hosts", get + "Host: localhost\r\n\r\n"),
    ("absolute form", "GET http://localhost/health HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("authority form", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("tabs", "GET\t/health\tHTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("letters beyond ASCII", "GET /hé HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ("no colon", get + "no colon\r\n\r\n"), ("space before the colon", "GET /health HTTP/1.1\r\nHost : a\r\n\r\n"),
    ("no name", get + ": a\r\n\r\n"), ("folded line", get + "X: a\r\n b\r\n\r\n"),
    ("folded first line", "GET /health HTTP/1.1\r\n X: a\r\nHost: localhost\r\n\r\n"),
    ("bare LF", "GET /health HTTP/1.1\nHost: localhost\n\n"), ("one bare LF", get + "X: a\nY: b\r\n\r\n"),
    ("bare CR", get + "X: a\rY: b\r\n\r\n"), ("NUL in a value", get + "X: a\u{0}b\r\n\r\n"),
    ("NUL in a name", get + "X\u{0}: a\r\n\r\n"), ("NUL in the path", "GET /hea\u{0}lth HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("length and chunks", post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunks and length", post + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    ("two lengths", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
    ("two different lengths", post + "Content-Length: 2\r\nContent-Length: 20\r\n\r\n{}"),
    ("list of lengths", post + "Content-Length: 2, 2\r\n\r\n{}"), ("no number", post + "Content-Length: x\r\n\r\n"),
    ("negative length", post + "Content-Length: -2\r\n\r\n{}"),
    ("signed length", post + "Content-Length: +2\r\n\r\n{}"),
    ("hexadecimal length", post + "Content-Length: 0x2\r\n\r\n{}"), ("empty length", post + "Content-Length:\r\n\r\n"),
    ("endless length", post + "Content-Length: 99999999999999999999999\r\n\r\n{}"),
    ("identity", post + "Transfer-Encoding: identity\r\n\r\n"),
    ("gzip and chunked", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked and identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("xchunked", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("chunked twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("quoted chunked", post + "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n"),
    ("vertical tab", post + "Transfer-Encoding: \u{B}chunked\r\n\r\n0\r\n\r\n"),
    ("folded chunked", post + "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"),
    ("chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunk of no size", chunked + "zz\r\n"), ("chunk of negative size", chunked + "-2\r\n{}\r\n0\r\n\r\n"),
    ("chunk size overflow", chunked + "10000000000000002\r\n{}\r\n0\r\n\r\n"),
    ("chunk size with 0x", chunked + "0x2\r\n{}\r\n0\r\n\r\n"), ("chunk size with LF", chunked + "2\n{}\n0\n\n"),
    ("chunk without end", chunked + "2\r\n{}0\r\n\r\n"), ("chunk extension with LF", chunked + "2;a\n{}\r\n0\r\n\r\n"),
    ("length in the trailer", chunked + "2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"),
  ]

  /// One answer, the connection closed, and what follows never taken for a request.
  @Test func whatCouldBeReadInTwoWaysIsRefused() async throws {
    try await TestNode.run { node in
      for (what, bytes) in Self.refused {
        let answer = try await Self.exchange(bytes + Self.get + "\r\n", node)
        #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(what): \(answer)")
        #expect(answer.split(separator: "HTTP/1.1 ").count == 1, "\(what): \(answer)")
        #expect(answer.contains("\"code\":\"malformed\""), "\(what): \(answer)")
        #expect(answer.lowercased().contains("connection: close"), "\(what): \(answer)")
      }
      #expect(try await Web.get("/health", from: node.port, plain: true).status == 200, "the node goes on")
    }
  }

  @Test(arguments: [
    "GET /health HTTP/1.0\r\n\r\n",
    get + "Connection: close, Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
    get + "Connection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n", "\r\n" + get + "Connection: close\r\n\r\n",
    post + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\nd;a=b\r\n{\"timeout\":0}\r\n0\r\n\r\n",
    post + "Connection: close\r\nTransfer-Encoding:\tCHUNKED\r\n\r\nd\r\n{\"timeout\":0}\r\n0\r\n\r\n",
  ])
  func whatIsUnusualAndClearIsServed(_ text: String) async throws {
    try await TestNode.run { node in
      let connection = try await RawConnection.connect(port: node.port)
      try await connection.send(text)
      let line = try await connection.line()
      #expect(String(decoding: line ?? [], as: UTF8.self).hasPrefix("HTTP/1.1 200 OK"))
      await connection.close()
    }
  }

  @Test(arguments: [
    ("%ff", "422"), ("%zz", "422"), ("%4", "422"), ("%2570eer", "404"), ("%2e%2e", "404"), ("%00", "404"),
  ])
  func escapesInThePathAreReadOnce(_ word: String, _ status: String) async throws {
    try await TestNode.run { node in
      let answer = try await Self.exchange(
        "GET /v1/p2p/peers/\(word) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", node)
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
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

  /// Nothing, the first byte of TLS, part of a head, part of a body.
  @Test(arguments: [
    "", "\u{16}", "GET /health HT", "POST /v1/p2p/discover HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{",
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
