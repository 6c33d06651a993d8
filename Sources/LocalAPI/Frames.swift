package import PeerModel

/// The head of a run of raw bytes: a `$/data` notification on a line of its own, after whose newline exactly `size`
/// bytes follow. Files travel this way beside the JSON, on the local socket and between peers, at constant memory.
package struct DataFrame: Hashable, Sendable {
  /// The request that the bytes belong to; nil between peers, where one exchange carries one request.
  package var request: RequestID?
  /// The stream's number in that request.
  package var stream: Int
  /// Raw bytes that follow the newline.
  package var size: Int
  /// No more bytes of this stream will come.
  package var isLast: Bool

  /// Most bytes in one frame.
  package static let maximumSize = 1 << 20
  /// What senders put in one frame.
  package static let preferredSize = 256 << 10

  package init(request: RequestID?, stream: Int, size: Int, isLast: Bool) {
    self.request = request
    self.stream = stream
    self.size = size
    self.isLast = isLast
  }

  /// - Throws: ``NodeError`` `invalid_request` for a size out of range.
  package init(parameters: JSONValue) throws(NodeError) {
    let fields = try JSONFields(parameters)
    stream = try fields.required("stream")
    size = try fields.required("size")
    isLast = try fields.optional("last") ?? false
    request = fields.value("id").flatMap(RequestID.init(json:))
    guard (0...Self.maximumSize).contains(size) else {
      throw NodeError(.invalidRequest, "a data frame has at most \(Self.maximumSize) bytes")
    }
  }

  /// The head line, newline included.
  package var head: [UInt8] {
    Message.notification(
      method: Notification.data,
      parameters: .compact(["id": request?.json, "stream": stream.json, "size": size.json, "last": isLast.json])
    ).line
  }
}

/// Cuts a byte stream into lines and the raw runs that data frames announce, without copying or allocating: the owner of
/// the buffer feeds what it has and is told how much of it is what.
package struct FrameScanner: Sendable {
  package enum Step: Hashable, Sendable {
    /// Nothing complete yet.
    case needMore
    /// A line of that many bytes, followed by a newline that is not counted.
    case line(length: Int)
    /// That many raw bytes of the announced run; `isEnd` when the run ends with them.
    case data(length: Int, isEnd: Bool)
  }

  /// Longest line, newline not counted.
  package static let maximumLine = 8 << 20

  private var scanned = 0
  private var expected: Int?

  package init() {}

  /// After a data frame's head: that many raw bytes come next.
  package mutating func expectData(_ size: Int) { expected = size }

  /// Looks at the unread bytes; the caller consumes what the step names before it calls again.
  /// - Throws: ``NodeError`` `invalid_request` when a line is longer than ``maximumLine``.
  package mutating func next(_ unread: UnsafeRawBufferPointer) throws(NodeError) -> Step {
    if let remaining = expected {
      guard remaining == 0 || !unread.isEmpty else { return .needMore }
      let length = min(remaining, unread.count)
      expected = remaining == length ? nil : remaining - length
      return .data(length: length, isEnd: expected == nil)
    }
    if let newline = unread[scanned...].firstIndex(of: 0x0A), newline <= Self.maximumLine {
      scanned = 0
      return .line(length: newline)
    }
    scanned = unread.count
    guard scanned <= Self.maximumLine else {
      throw NodeError(.invalidRequest, "a line is longer than \(Self.maximumLine) bytes")
    }
    return .needMore
  }
}
