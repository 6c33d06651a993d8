import LocalAPI
import Logging
import NIOCore
import PeerModel
import Synchronization

/// One local client: reads its messages, runs its requests side by side, writes what comes of them.
final class LocalConnection: Sendable {
  typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>
  typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>

  /// Requests of one connection that run at one time.
  static let maximumRequests = 64
  /// Batches and notifications of one connection that run at one time.
  static let maximumAside = 8
  /// Requests of one batch.
  static let maximumBatch = 64

  private struct Running {
    var cancel: @Sendable () -> Void
    var files: FilePipe
  }

  private let caller: Caller
  private let table: OperationTable
  private let outbound: Outbound
  private let logger: Logger
  private let running = Mutex<[RequestID: Running]>([:])
  private let received = Atomic(false)
  private let aside = Mutex<(next: Int, cancels: [Int: @Sendable () -> Void])>((0, [:]))

  init(caller: Caller, table: OperationTable, outbound: Outbound, logger: Logger) {
    self.caller = caller
    self.table = table
    self.outbound = outbound
    self.logger = logger
  }

  /// Serves until the client closes; what it started is cancelled then.
  func run(_ inbound: Inbound, closed: EventLoopFuture<Void>) async throws {
    try await withThrowingDiscardingTaskGroup { requests in
      var reader = LineReader(inbound.makeAsyncIterator())
      do {
        while let item = try await reader.next() {
          received.store(true, ordering: .relaxed)
          switch item {
          case .line(let line): try await receive(line, &reader, &requests)
          case .chunk(let frame, let chunk):
            if let files = running.withLock({ $0[frame.request ?? .null]?.files }) { await files.send(chunk) }
          }
        }
      } catch let error as NodeError {
        try await send(.failure(id: .null, error: error))
        outbound.finish()
        requests.cancelAll()
        return
      }
      for files in running.withLock({ $0.values.map(\.files) }) { await files.close() }
      // The client has sent its last: it may still wait for answers, or be gone altogether, which the channel tells.
      closed.whenComplete { [weak self] _ in self?.cancelAll() }
    }
    outbound.finish()
  }

  /// Whether the client has sent anything yet.
  var hasReceived: Bool { received.load(ordering: .relaxed) }

  /// Ends streams that have no end of their own, so that a shutdown does not wait for them.
  func drain() { cancelAll() }

  private func cancelAll() {
    for request in running.withLock({ Array($0.values) }) { request.cancel() }
    for cancel in aside.withLock({ Array($0.cancels.values) }) { cancel() }
  }

  /// Room for a batch or a notification, which have no id of their own to be cancelled by; nil when there is none: a
  /// client that does not read its answers must not pile them up.
  private func enterAside() -> (number: Int, stream: AsyncStream<Void>)? {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    return aside.withLock { aside in
      guard aside.cancels.count < Self.maximumAside else { return nil }
      aside.next += 1
      aside.cancels[aside.next] = { continuation.finish() }
      return (aside.next, stream)
    }
  }

  private func leaveAside(_ number: Int) { aside.withLock { $0.cancels[number] = nil } }

  private func receive(
    _ line: ByteBuffer, _ reader: inout LineReader, _ requests: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    let json: JSONValue
    do { json = try JSONParser.parse(line.readableBytesView) } catch {
      try await send(.failure(id: .null, error: NodeError(.malformed, "not JSON: \(error)")))
      return
    }
    guard case .array(let batch) = json else {
      try await receive(one: json, &reader, &requests)
      return
    }
    guard !batch.isEmpty, batch.count <= Self.maximumBatch else {
      try await send(
        .failure(id: .null, error: NodeError(.invalidRequest, "a batch has 1 to \(Self.maximumBatch) requests")))
      return
    }
    guard let gate = enterAside() else {
      try await send(.failure(id: .null, error: NodeError(.busy, "too many batches run on this connection")))
      return
    }
    requests.addTask { [self] in
      defer { leaveAside(gate.number) }
      _ = await untilCancelled(gate.stream) { [self] in
        try await answer(batch)
        return Operation.Result(.null)
      }
    }
  }

  private func receive(
    one json: JSONValue, _ reader: inout LineReader, _ requests: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    let message: Message
    do { message = try Message(request: json) } catch {
      try await send(.failure(id: json["id"].flatMap(RequestID.init(json:)) ?? .null, error: error))
      return
    }
    switch message {
    case .notification(Notification.data, let parameters): try reader.expect(DataFrame(parameters: parameters))
    case .notification(Notification.cancel, let parameters):
      if let id = parameters["id"].flatMap(RequestID.init(json:)) { running.withLock { $0[id] }?.cancel() }
    case .notification(let method, let parameters):
      guard let gate = enterAside() else { return }
      requests.addTask { [self] in
        defer { leaveAside(gate.number) }
        _ = await untilCancelled(gate.stream) { [self] in try await perform(method, parameters, id: nil, files: nil) }
      }
    case .request(let id, let method, let parameters):
      try await start(id, method, parameters, &requests)
    case .response, .failure: break
    }
  }

  private func start(
    _ id: RequestID, _ method: String, _ parameters: JSONValue,
    _ requests: inout ThrowingDiscardingTaskGroup<any Error>
  ) async throws {
    let files = FilePipe()
    let (gate, cancel) = AsyncStream.makeStream(of: Void.self)
    let refusal: NodeError? = running.withLock { running in
      if running[id] != nil { return NodeError(.invalidRequest, "a request with this id is running") }
      if running.count >= Self.maximumRequests { return NodeError(.busy, "too many requests run on this connection") }
      running[id] = Running(cancel: { cancel.finish() }, files: files)
      return nil
    }
    if let refusal {
      try await send(.failure(id: id, error: refusal))
      return
    }
    requests.addTask { [self] in
      let answer = await untilCancelled(gate) { [self] in try await perform(method, parameters, id: id, files: files) }
      await files.drop()
      // Before the answer: whoever has it may use the id again.
      running.withLock { $0[id] = nil }
      switch answer {
      case .success(let result):
        defer { result.afterwards?() }
        try await send(.response(id: id, result: result.value))
        if let chunks = result.files {
          for try await chunk in chunks { try await outbound.write(chunk.frame(request: id)) }
        }
      case .failure(let error): try await send(.failure(id: id, error: error))
      }
    }
  }

  /// Runs the work until it is done or the gate closes.
  private func untilCancelled(
    _ gate: AsyncStream<Void>, _ work: @escaping @Sendable () async throws -> Operation.Result
  ) async -> Result<Operation.Result, NodeError> {
    await withTaskGroup(of: Result<Operation.Result, NodeError>?.self) { group in
      group.addTask { [self] in
        do { return .success(try await work()) } catch { return .failure(describe(error)) }
      }
      group.addTask {
        for await _ in gate {}
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first ?? .failure(NodeError(.cancelled, "the request was cancelled"))
    }
  }

  /// A batch's answers, in its order, as one array; notifications have none (JSON-RPC 2.0, section 6).
  private func answer(_ batch: [JSONValue]) async throws {
    var answers: [JSONValue] = []
    var afterwards: [@Sendable () -> Void] = []
    defer { for action in afterwards { action() } }
    for json in batch {
      do {
        switch try Message(request: json) {
        case .request(let id, let method, let parameters):
          do {
            let result = try await perform(method, parameters, id: id, files: nil)
            if let action = result.afterwards { afterwards.append(action) }
            guard result.files == nil else {
              throw NodeError(.invalidRequest, "a result with files needs its own request")
            }
            answers.append(Message.response(id: id, result: result.value).json)
          } catch { answers.append(Message.failure(id: id, error: describe(error)).json) }
        case .notification(let method, let parameters):
          _ = try? await perform(method, parameters, id: nil, files: nil)
        case .response, .failure: break
        }
      } catch { answers.append(Message.failure(id: .null, error: error).json) }
    }
    if !answers.isEmpty { try await outbound.write(ByteBuffer(bytes: JSONValue.array(answers).bytes + [0x0A])) }
  }

  private func perform(
    _ method: String, _ parameters: JSONValue, id: RequestID?, files: FilePipe?
  ) async throws -> Operation.Result {
    if method == DiscoverMethods.name {
      try DiscoverMethods.parameters.validate(parameters)
      return Operation.Result(OpenRPCDocument(table: table).json)
    }
    let operation = try table.owner(method)
    let outbound = outbound
    let context = Operation.Context(caller: caller, files: files) { value in
      guard let id else { return }
      let message = Message.notification(method: Notification.progress, parameters: ["id": id.json, "value": value])
      try await outbound.write(ByteBuffer(bytes: message.line))
    }
    return try await operation.perform(parameters, context)
  }

  private func describe(_ error: any Error) -> NodeError {
    switch error {
    case let error as NodeError: return error
    case is CancellationError: return NodeError(.cancelled, "the request was cancelled")
    case let error where NodeError(storage: error) != nil: return NodeError(storage: error) ?? .internal
    default:
      logger.error("a request failed unexpectedly", metadata: ["error": "\(error)"])
      return .internal
    }
  }

  private func send(_ message: Message) async throws { try await outbound.write(ByteBuffer(bytes: message.line)) }
}
