package import PeerModel

/// A small blocking client of the local API: one thread, one connection, constant memory whatever travels beside the JSON.
///
/// It reads while it writes, so the daemon may refuse a request before all of its files are sent.
package final class LocalClient {
  enum Incoming {
    case message(Message)
    /// A piece of a file, at the head of the inbox until it is consumed.
    case data(DataFrame, length: Int, isEnd: Bool)
  }

  let connection: Connection
  private let cancelSeconds: Double
  private var scanner = FrameScanner()
  private var incomingFrame: DataFrame?
  private var uploads: ArraySlice<Upload> = []
  private var uploadRequest = RequestID.null
  private var lastID: Int64 = 0

  /// Connects.
  /// - Parameters:
  ///   - interrupt: a descriptor that becomes readable when the user wants to stop.
  ///   - connectSeconds: how long to wait for a daemon that does not accept.
  ///   - cancelSeconds: how long to wait for the daemon to say that it gave up what was cancelled.
  /// - Throws: ``NodeError`` `daemon_unreachable`, or `not_allowed` when the socket is not for this user.
  package init(
    socket path: String, interrupt: Int32? = nil, connectSeconds: Double = 10, cancelSeconds: Double = 0.5
  ) throws(NodeError) {
    self.cancelSeconds = cancelSeconds
    connection = try Connection(path: path, interrupt: interrupt, connectSeconds: connectSeconds)
  }

  /// Connects as the owner where this user may, else as one who may only look, where the daemon lets readers in.
  /// - Throws: ``NodeError`` of the owners' socket.
  package static func connect(
    socket path: String, interrupt: Int32? = nil, connectSeconds: Double = 10, cancelSeconds: Double = 0.5
  ) throws(NodeError) -> LocalClient {
    func open(_ path: String) throws(NodeError) -> LocalClient {
      try LocalClient(
        socket: path, interrupt: interrupt, connectSeconds: connectSeconds, cancelSeconds: cancelSeconds)
    }
    do { return try open(path) } catch {
      guard error.code == .notAllowed, let reader = try? open(SocketPath.readers(of: path)) else { throw error }
      return reader
    }
  }

  /// Queues a request; its files follow while its answer is awaited.
  package func send<M: Method>(
    _ method: M.Type, _ parameters: M.Parameters, uploads: [Upload] = []
  ) throws(NodeError) -> RequestID {
    lastID += 1
    let id = RequestID.integer(lastID)
    let line = Message.request(id: id, method: M.name, parameters: parameters.json).line
    guard line.count <= FrameScanner.maximumLine else {
      let limit = FrameScanner.maximumLine
      throw NodeError(.tooLarge, "the request is longer than \(limit) bytes; pass large values as files: key=@FILE")
    }
    connection.queue(line)
    self.uploads = uploads[...]
    uploadRequest = id
    return id
  }

  /// The next message from the daemon.
  package func receive(until deadline: Deadline? = nil) throws(NodeError) -> Message {
    guard case .message(let message) = try nextIncoming(until: deadline) else { throw Self.unexpectedBytes }
    return message
  }

  /// Sends a request and waits for its answer. An interrupt, or the end of the deadline, cancels it on the daemon.
  /// - Parameter progress: called for every `$/progress` on this connection with the request it belongs to.
  package func call<M: Method>(
    _ method: M.Type, _ parameters: M.Parameters, uploads: [Upload] = [], until deadline: Deadline? = nil,
    progress: (RequestID, JSONValue) throws(NodeError) -> Void = { _, _ in }
  ) throws(NodeError) -> Answer<M> {
    let id = try send(method, parameters, uploads: uploads)
    do {
      return Answer(request: id, json: try result(of: id, until: deadline, progress: progress))
    } catch {
      if error.code == .cancelled || error.code == .timedOut { cancel(id) }
      throw error
    }
  }

  private func result(
    of id: RequestID, until deadline: Deadline?, progress: (RequestID, JSONValue) throws(NodeError) -> Void
  ) throws(NodeError) -> JSONValue {
    while true {
      switch try receive(until: deadline) {
      case .response(id, let result): return result
      case .failure(id, let error), .failure(.null, let error): throw error
      case .notification(Notification.progress, let parameters):
        if let request = parameters["id"].flatMap(RequestID.init(json:)), let value = parameters["value"] {
          try progress(request, value)
        }
      case .request, .response, .failure, .notification: continue
      }
    }
  }

  /// Tells the daemon to give up a request and waits a moment for it to say that it did.
  package func cancel(_ id: RequestID) {
    uploads = []
    connection.queue(Message.notification(method: Notification.cancel, parameters: ["id": id.json]).line)
    let deadline = Deadline(after: cancelSeconds)
    while let incoming = try? nextIncoming(until: deadline, interruptible: false) {
      switch incoming {
      case .message(.response(id, _)), .message(.failure(id, _)): return
      case .message: continue
      case .data(_, let length, _): connection.inbox.consume(length)
      }
    }
  }

  /// Sends and receives until something complete has come.
  func nextIncoming(until deadline: Deadline?, interruptible: Bool = true) throws(NodeError) -> Incoming {
    while true {
      connection.flush()
      if let incoming = try scan() { return incoming }
      let ready = try connection.wait(
        source: uploads.first?.descriptor, until: deadline, interruptible: interruptible)
      if ready.canReceive { try connection.receive() }
      if ready.sourceReady, let upload = uploads.first, let next = try upload.nextFrame(of: uploadRequest) {
        connection.queue(next.frame.head)
        connection.queue(next.bytes)
        if next.frame.isLast { uploads.removeFirst() }
      }
    }
  }

  /// What is complete in the inbox, nil when more bytes are needed.
  private func scan() throws(NodeError) -> Incoming? {
    switch try scanner.next(connection.inbox.unread) {
    case .needMore: return nil
    case .data(let length, let isEnd):
      guard let frame = incomingFrame else { throw Self.unexpectedBytes }
      return .data(frame, length: length, isEnd: isEnd)
    case .line(let length):
      let message = try parse(UnsafeRawBufferPointer(rebasing: connection.inbox.unread[..<length]))
      connection.inbox.consume(length + 1)
      guard case .notification(Notification.data, let parameters) = message else { return .message(message) }
      let frame = try DataFrame(parameters: parameters)
      incomingFrame = frame
      scanner.expectData(frame.size)
      connection.inbox.reserve(DataFrame.preferredSize)
      return try scan()
    }
  }

  private func parse(_ line: UnsafeRawBufferPointer) throws(NodeError) -> Message {
    do {
      return try Message(reply: JSONParser.parse(line.bindMemory(to: UInt8.self)))
    } catch let error as NodeError {
      throw error
    } catch {
      throw NodeError(.malformed, "rd sent a line that is not JSON: \(error)")
    }
  }

  static let unexpectedBytes = NodeError(.malformed, "rd sent bytes of a file that nobody asked for")
}
