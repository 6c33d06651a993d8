import AsyncHTTPClient
import Crypto
import NIOCore
import NIOPosix
import NIOSSL
import PeerModel
import Synchronization

/// An HTTPS client for one node at one address. The server's key decides: a connection whose certificate has another key
/// than the expected one is closed before a byte of a request is sent; names and certificate authorities mean nothing.
final class PinnedClient: Sendable {
  /// What TLS showed.
  struct Server: Sendable {
    var key: IdentityKey
    var certificateHash: [UInt8]
  }

  /// Another key than the expected one.
  struct WrongServer: Error {
    var found: PeerID?
  }

  let address: PeerAddress
  private let client: HTTPClient
  private let seen: SeenServer

  /// - Parameter expected: nil at first contact, where whoever answers is learnt and then held to.
  init(_ address: PeerAddress, expected: PeerID?, credentials: TLSCredentials, connectTimeout: TimeAmount) {
    self.address = address
    let seen = SeenServer(expected: expected)
    self.seen = seen
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateVerification = .none
    tls.minimumTLSVersion = .tlsv13
    tls.certificateChain = credentials.chain
    tls.privateKey = credentials.key
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: connectTimeout), decompression: .disabled)
    configuration.httpVersion = .http1Only
    // Below the server's idle timeout, so that a request rarely meets a connection that is being closed.
    configuration.connectionPool.idleTimeout = .seconds(20)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
    configuration.connectionPool.retryConnectionEstablishment = false
    // The library resolves this name to the address, so that an IPv6 zone needs no place in a URL.
    configuration.dnsOverride = [Self.host: address.host]
    configuration.http1_1ConnectionDebugInitializer = { channel in
      Self.limitUnacknowledged(channel)
      return channel.eventLoop.submit {
        let certificate = try channel.pipeline.syncOperations.nioSSL_peerCertificate()
        do { try seen.check(certificate) } catch {
          channel.close(promise: nil)
          throw error
        }
      }
    }
    client = HTTPClient(
      eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: configuration)
  }

  private static let host = "node.rd.invalid"

  /// How long the kernel waits for a sign of the machine at the other end while something is on its way there. A node that
  /// has moved, or lost its network, says nothing: without this a request would wait for its own, far longer, limit.
  private static let patience = TimeAmount.seconds(10)

  private static func limitUnacknowledged(_ channel: any Channel) {
    _ = (channel as? any SocketOptionProvider)?.unsafeSetSocketOption(
      level: .tcp, name: .tcpUserTimeout, value: CInt(patience.nanoseconds / 1_000_000))
  }

  /// The server, known after the first request.
  var server: Server? { seen.server }

  /// Why the pin refused, when it did.
  var refusal: WrongServer? { seen.refusal }

  func execute(
    _ method: HTTPMethod, _ path: String, headers: [(String, String)] = [], body: HTTPClientRequest.Body? = nil,
    timeout: TimeAmount
  ) async throws -> HTTPClientResponse {
    var request = HTTPClientRequest(url: "https://\(Self.host):\(address.port)\(path)")
    request.method = .init(rawValue: method.rawValue)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    request.body = body
    return try await client.execute(request, timeout: timeout)
  }

  enum HTTPMethod: String { case get = "GET", post = "POST", delete = "DELETE" }

  func shutdown() async { try? await client.shutdown() }

  /// Closes the client without waiting for it: one that is still connecting takes until its limit to let go.
  func abandon() {
    // Not a child: whoever has found a better address goes on.
    Task { await shutdown() }
  }

  /// Closes the client when what others still do with it has had time to end.
  func retire() {
    // Not a child: whoever found the session stale does not wait for the rest.
    Task {
      try? await Task.sleep(for: .seconds(60))
      await shutdown()
    }
  }
}

/// Holds every connection of a client to one key.
private final class SeenServer: Sendable {
  private struct State {
    var server: PinnedClient.Server?
    var refusal: PinnedClient.WrongServer?
  }
  private let expected: PeerID?
  private let state = Mutex(State())

  init(expected: PeerID?) { self.expected = expected }

  var server: PinnedClient.Server? { state.withLock(\.server) }
  var refusal: PinnedClient.WrongServer? { state.withLock(\.refusal) }

  func check(_ certificate: NIOSSLCertificate?) throws {
    let key = try certificate.flatMap { IdentityKey(der: try $0.extractPublicKey().toSPKIBytes()) }
    let hash = try certificate.map { Array(SHA256.hash(data: try $0.toDERBytes())) }
    try state.withLock { state in
      guard let key, let hash, expected == nil || key.id == expected, state.server == nil || state.server?.key == key
      else {
        let refusal = PinnedClient.WrongServer(found: key?.id)
        state.refusal = refusal
        throw refusal
      }
      if state.server == nil { state.server = PinnedClient.Server(key: key, certificateHash: hash) }
    }
  }
}
