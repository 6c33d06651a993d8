import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import PeerModel
import Synchronization

/// An HTTP request as curl would make it, and what came back.
package struct Web: Sendable {
  package var status: Int
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]

  /// The first value of a header field.
  package func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
  package var json: JSONValue { (try? JSONParser.parse(body)) ?? .null }
  /// The code of a problem document.
  package var code: String? { json["code"]?.stringValue }

  /// How a request is made.
  package struct Style: Hashable, Sendable {
    /// Files of the client certificate and its key, PEM.
    package var certificate: String?
    package var key: String?
    package var isHTTP2 = false

    package static let ordinary = Style()

    package init(certificate: String? = nil, key: String? = nil, isHTTP2: Bool = false) {
      self.certificate = certificate
      self.key = key
      self.isHTTP2 = isHTTP2
    }
  }

  // One of each style for the whole run of the tests; they never end.
  private static let clients = Mutex<[Style: HTTPClient]>([:])

  private static func client(_ style: Style) throws -> HTTPClient {
    try clients.withLock { clients in
      if let client = clients[style] { return client }
      var tls = TLSConfiguration.makeClientConfiguration()
      tls.certificateVerification = .none
      if let certificate = style.certificate, let key = style.key {
        tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
      }
      var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
      configuration.httpVersion = style.isHTTP2 ? .automatic : .http1Only
      let client = HTTPClient(
        eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
      clients[style] = client
      return client
    }
  }

  /// - Parameters:
  ///   - headers: replace what the client would send under the same names.
  ///   - plain: without TLS.
  package static func send(
    _ method: String, _ path: String, to port: Int, token: String? = nil, headers: [(String, String)] = [],
    body: [UInt8]? = nil, plain: Bool = false, style: Style = .ordinary
  ) async throws -> Web {
    var request = HTTPClientRequest(url: "\(plain ? "http" : "https")://127.0.0.1:\(port)\(path)")
    request.method = HTTPMethod(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response = try await client(style).execute(request, timeout: .seconds(20))
    let bytes = try await response.body.collect(upTo: 64 << 20)
    return Web(
      status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
      body: Array(bytes.readableBytesView))
  }

  package static func get(
    _ path: String, from port: Int, token: String? = nil, plain: Bool = false, style: Style = .ordinary
  ) async throws -> Web {
    try await send("GET", path, to: port, token: token, plain: plain, style: style)
  }

  package static func post(
    _ path: String, _ json: JSONValue, to port: Int, token: String? = nil, plain: Bool = false,
    style: Style = .ordinary
  ) async throws -> Web {
    try await send("POST", path, to: port, token: token, body: json.bytes, plain: plain, style: style)
  }
}
