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
  /// Until a whole JSON body, and a whole handshake message.
  static let bodyTimeout = Duration.seconds(120)
  static let handshakeTimeout = Duration.seconds(30)

  let identity: Identity
  let settings: Settings
  let table: OperationTable
  let callers: CallerIdentification
  let desk: HandshakeDesk
  let admission: Admission
  let running: RunningRequests
  let audit: AuditLog
  let offerNote: @Sendable () async -> OfferNote
  let logger = Logger(label: "PeerAPI")
  private let bodies = BodyBudget()
  /// The part of a path that names an operation instead of one of its parameters.
  static let operationParameter = "operation"

  /// The endpoints that are no operations.
  static let openRoutes: [Operation.Route] = [
    .get("/health"), .get("/v1/p2p/info"), .get("/openapi.json"), .post("/v1/p2p/auth/handshake"),
    .post("/v1/p2p/operations/{\(operationParameter)}"),
  ]

  func makeResponder() -> some HTTPResponder<PeerRequestContext> {
    let router = Router(context: PeerRequestContext.self)
    router.get("/health") { _, _ in Self.json(["status": "ok"]) }
    router.get("/v1/p2p/info") { _, _ in Self.json(info) }
    // Made once and shared by all answers: it is by far the longest that a stranger can ask for.
    let description = Self.json(OpenAPIDocument(table: table).json)
    router.get("/openapi.json") { _, _ in description }
    router.post("/v1/p2p/auth/handshake") { request, context in
      try admission.handshake(from: context.clientHost)
      let share = bodies.share(of: context.clientHost)
      let json = try await Self.body(
        of: request, emptyIs: nil, limit: Self.maximumHandshake, timeout: Self.handshakeTimeout,
        share: share)
      let reply = try await desk.answer(
        try HandshakeRequest(json: json), from: context.clientHost,
        certificate: callers.certificates.of(context.channel))
      var response = Self.json(reply.json, status: .init(code: reply.status))
      if case .authenticated(_, _, let trust) = reply {
        admission.noteProof(from: context.clientHost)
        await remark(in: &response, to: trust)
      }
      return response
    }
    for operation in table.operations {
      guard let route = operation.route else { continue }
      router.on(.init(route.path), method: .init(route.verb.rawValue) ?? .get) { request, context in
        try await serve(operation, request, context)
      }
    }
    router.post("/v1/p2p/operations/{\(Self.operationParameter)}") { request, context in
      try await serveByName(request, context)
    }
    return router.buildResponder()
  }

  /// Who this node is, for everybody.
  private var info: JSONValue {
    [
      "name": settings.name.json, "peer_id": identity.id.json, "version": .string(Software.version),
      "protocol": .string(ProtocolVersion.current.description), "capabilities": Software.capabilities.json,
      "fingerprint": identity.publicKey.fingerprint.json, "rotations": identity.rotations.presented.json,
      "time": .number(Clock.preciseNow),
    ]
  }

  /// Any operation of the owner by its name, for an owner who administers this node from another one.
  private func serveByName(_ request: Request, _ context: PeerRequestContext) async throws -> Response {
    // A stranger, or a peer of a lower level, learns no names.
    try await caller(.owner, request, context).authorize(.view)
    let operation = try table.owner(String(context.parameters.get(Self.operationParameter) ?? ""))
    guard operation.permission != .ownerOnly else {
      throw NodeError(.notAllowed, "\(operation.name) is for the owner at the machine itself")
    }
    guard operation.audit != .stream else {
      throw NodeError(.notAllowed, "\(operation.name) goes on without end, which is possible at the local socket only")
    }
    return try await serve(operation, request, context)
  }

  private func serve(
    _ operation: Operation, _ request: Request, _ context: PeerRequestContext
  ) async throws -> Response {
    let caller = try await caller(operation.audience, request, context)
    guard case .peer(_, let trust) = caller else { return try await serve(operation, request, context, for: caller) }
    var response: Response
    do { response = try await serve(operation, request, context, for: caller) } catch let error as NodeError {
      response = ProblemResponse.response(error)
    }
    await remark(in: &response, to: trust)
    return response
  }

  /// Tells a peer that may use skills how busy this node is, and which list of them it has.
  private func remark(in response: inout Response, to trust: TrustLevel) async {
    guard trust >= Permission.useSkills.requiredTrust ?? .full, let name = HTTPField.Name(OfferNote.header) else {
      return
    }
    response.headers[name] = await offerNote().text
  }

  private func serve(
    _ operation: Operation, _ request: Request, _ context: PeerRequestContext, for caller: Caller
  ) async throws -> Response {
    // Before the body is read: a stranger's megabytes are not worth parsing.
    try operation.admit(caller)
    let share = bodies.share(of: caller.auditName)
    var parameters: JSONValue
    var files: FileChunks?
    if request.headers[.contentType] == MediaType.frames {
      let reader = FrameReader(request.body.makeAsyncIterator())
      parameters = try await reader.head()
      files = reader
    } else {
      parameters = try await Self.body(of: request, emptyIs: [:], share: share)
    }
    parameters = try RequestParameters.merge(parameters, request, context, operation.parameters)
    var operationContext = Operation.Context(caller: caller, address: context.clientHost, files: files)
    operationContext.prefersAsync = Self.prefersAsync(request)
    let result = try await running.run(on: context.channel) { [parameters, operationContext] in
      defer { withExtendedLifetime(share) {} }
      return try await operation.perform(parameters, operationContext)
    }
    if let content = result.content { return try ContentResponse.make(content, request) }
    if let events = result.events { return EventStream.response(events) }
    if let place = result.pending {
      var response = Self.json(result.value, status: .accepted)
      response.headers[.location] = place
      response.headers[Self.preferenceApplied] = Self.respondAsync
      return response
    }
    guard let files = result.files else { return Self.json(result.value) }
    guard request.headers[.accept]?.contains(MediaType.frames) == true else {
      return Self.json(try await InlineFiles.inline(result.value, files))
    }
    let body = FramedBody(head: result.value, files: files)
    return Response(
      status: .ok, headers: [.contentType: MediaType.frames], body: .init(asyncSequence: body))
  }

  private static let prefer = HTTPField.Name("Prefer")!
  private static let preferenceApplied = HTTPField.Name("Preference-Applied")!
  private static let respondAsync = "respond-async"

  /// Whether one of the preferences (RFC 7240, section 2) is not to wait.
  private static func prefersAsync(_ request: Request) -> Bool {
    request.headers[values: prefer].contains { field in
      field.split(separator: ",").contains { preference in
        let name = preference.split(separator: ";").first ?? ""
        return name.lowercased().filter { !$0.isWhitespace } == respondAsync
      }
    }
  }

  private func caller(
    _ audience: Operation.Audience, _ request: Request, _ context: PeerRequestContext
  ) async throws -> Caller {
    do {
      return try await admission.identify(context) {
        switch audience {
        case .owner: try await callers.ownerOrPeer(request, context)
        case .peers: try await callers.peer(request, context)
        }
      }
    } catch {
      if let refusal = error as? NodeError { audit.noteRefusal(ofAddress: context.clientHost, refusal.code) }
      throw error
    }
  }

  /// The body as JSON, whatever its Content-Type: curl -d sends a form's.
  private static func body(
    of request: Request, emptyIs empty: JSONValue?, limit: Int = maximumBody,
    timeout: Duration = bodyTimeout, share: BodyBudget.Share
  ) async throws -> JSONValue {
    let body = request.body
    let buffer = try await Deadline.run(until: .now + timeout, what: "the body", after: timeout) {
      var whole = ByteBuffer()
      for try await var piece in body {
        guard whole.readableBytes + piece.readableBytes <= limit else {
          throw NodeError(.tooLarge, "a JSON body has at most \(limit) bytes here")
        }
        try share.take(piece.readableBytes)
        whole.writeBuffer(&piece)
      }
      return whole
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
