import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
package import PeerModel

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

  // One for the whole run of the tests; it never ends.
  private static let client: HTTPClient = {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateVerification = .none
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    return HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
  }()

  /// - Parameters:
  ///   - headers: replace what the client would send under the same names.
  ///   - plain: without TLS.
  package static func send(
    _ method: String, _ path: String, to port: Int, token: String? = nil, headers: [(String, String)] = [],
    body: [UInt8]? = nil, plain: Bool = false
  ) async throws -> Web {
    var request = HTTPClientRequest(url: "\(plain ? "http" : "https")://127.0.0.1:\(port)\(path)")
    request.method = HTTPMethod(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    if let token { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
    if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
    let response = try await client.execute(request, timeout: .seconds(20))
    let bytes = try await response.body.collect(upTo: 64 << 20)
    return Web(
      status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
      body: Array(bytes.readableBytesView))
  }

  package static func get(_ path: String, from port: Int, token: String? = nil, plain: Bool = false) async throws -> Web
  {
    try await send("GET", path, to: port, token: token, plain: plain)
  }

  package static func post(
    _ path: String, _ json: JSONValue, to port: Int, token: String? = nil, plain: Bool = false
  ) async throws -> Web {
    try await send("POST", path, to: port, token: token, body: json.bytes, plain: plain)
  }
}
