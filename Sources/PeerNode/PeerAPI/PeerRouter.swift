import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import PeerModel

/// The HTTP API: the open endpoints, and one thin door for every operation that has a route.
struct PeerRouter: Sendable {
  /// Longest JSON body, bytes.
  static let maximumBody = 8 << 20
  /// Longest handshake message, bytes: anybody may send one.
  static let maximumHandshake = 16 << 10
  /// Until a whole JSON body.
  static let bodyTimeout = Duration.seconds(120)

  let identity: Identity
  let settings: Settings
  let table: OperationTable
  let callers: CallerIdentification
  let desk: HandshakeDesk
  let running: RunningRequests
  let audit: AuditLog
  let logger = Logger(label: "PeerAPI")

  func makeResponder() -> some HTTPResponder<PeerRequestContext> {
    let router = Router(context: PeerRequestContext.self)
    router.get("/health") { _, _ in Self.json(["status": "ok"]) }
    router.get("/v1/p2p/info") { _, _ in Self.json(info) }
    router.get("/openapi.json") { _, _ in Self.json(OpenAPIDocument(table: table).json) }
    router.post("/v1/p2p/auth/handshake") { request, context in
      try desk.admit(context.clientHost)
      let json = try await Self.body(of: request, emptyIs: nil, limit: Self.maximumHandshake)
      let reply = try await desk.answer(try HandshakeRequest(json: json), from: context.clientHost)
      return Self.json(reply.json, status: .init(code: reply.status))
    }
    for operation in table.operations {
      guard let route = operation.route else { continue }
      router.on(.init(route.path), method: .init(route.verb.rawValue) ?? .get) { request, context in
        try await serve(operation, request, context)
      }
    }
    return router.buildResponder()
  }

  /// Who this node is, for everybody.
  private var info: JSONValue {
    [
      "name": settings.name.json, "peer_id": identity.id.json, "version": .string(Software.version),
      "protocol": .string(ProtocolVersion.current.description), "capabilities": Software.capabilities.json,
      "fingerprint": identity.publicKey.fingerprint.json,
    ]
  }

  private func serve(
    _ operation: Operation, _ request: Request, _ context: PeerRequestContext
  ) async throws -> Response {
    let caller = try await caller(of: operation, request, context)
    // Before the body is read: a stranger's megabytes are not worth parsing.
    try operation.admit(caller)
    var parameters: JSONValue
    var files: FileChunks?
    if request.headers[.contentType] == MediaType.frames {
      let reader = FrameReader(request.body.makeAsyncIterator())
      parameters = try await reader.head()
      files = reader
    } else {
      parameters = try await Self.body(of: request, emptyIs: [:])
    }
    parameters = try Self.merge(parameters, request, context)
    // A query has no numbers.
    if request.method == .get { parameters = ArgumentCoercion.coerce(parameters, to: operation.parameters) }
    let operationContext = Operation.Context(caller: caller, files: files)
    let result = try await running.run(on: context.channel) { [parameters] in
      try await operation.perform(parameters, operationContext)
    }
    guard let files = result.files else { return Self.json(result.value) }
    guard request.headers[.accept]?.contains(MediaType.frames) == true else {
      return Self.json(try await InlineFiles.inline(result.value, files))
    }
    let body = FramedBody(head: result.value, files: files)
    return Response(
      status: .ok, headers: [.contentType: MediaType.frames], body: .init(asyncSequence: body))
  }

  private func caller(
    of operation: Operation, _ request: Request, _ context: PeerRequestContext
  ) async throws(NodeError) -> Caller {
    do {
      return switch operation.audience {
      case .owner: try await callers.ownerOrPeer(request, context)
      case .peers: try await callers.peer(request)
      }
    } catch {
      audit.noteRefusal(ofAddress: context.clientHost, error.code)
      throw error
    }
  }

  /// Parameters of the path, and of the query of a GET, join those of the body.
  private static func merge(
    _ json: JSONValue, _ request: Request, _ context: PeerRequestContext
  ) throws(NodeError) -> JSONValue {
    guard case .object(var members) = json else {
      throw NodeError(.invalidArguments, "/: expected an object, got \(json.typeName)")
    }
    for (name, value) in context.parameters { members[String(name)] = .string(String(value)) }
    if request.method == .get {
      for (name, value) in request.uri.queryParameters { members[String(name)] = .string(String(value)) }
    }
    return .object(members)
  }

  /// The body as JSON, whatever its Content-Type: curl -d sends a form's.
  private static func body(
    of request: Request, emptyIs empty: JSONValue?, limit: Int = maximumBody
  ) async throws -> JSONValue {
    let buffer: ByteBuffer
    do {
      let body = request.body
      buffer = try await Deadline.run(until: .now + bodyTimeout, what: "the body", after: bodyTimeout) {
        try await body.collect(upTo: limit)
      }
    } catch is NIOTooManyBytesError {
      throw NodeError(.tooLarge, "a JSON body has at most \(limit) bytes here")
    }
    if buffer.readableBytes == 0, let empty { return empty }
    do { return try JSONParser.parse(buffer.readableBytesView) } catch {
      throw NodeError(.malformed, "the body is not JSON: \(error)")
    }
  }

  static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
    let body = ByteBuffer(bytes: value.bytes + [0x0A])
    return Response(
      status: status, headers: [.contentType: MediaType.json, .cacheControl: "no-store"],
      body: .init(byteBuffer: body))
  }
}
