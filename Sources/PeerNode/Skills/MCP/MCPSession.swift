internal import LocalAPI
package import PeerModel

/// The protocol with one server, from the first message to the end: what comes in, what is to be done. It knows no
/// process and no clock; whoever drives it tells it the time and does what it says.
///
/// Model Context Protocol, revisions 2024-11-05, 2025-03-26 and 2025-06-18, over stdio, with the capability `tools`.
package struct MCPSession: Sendable {
  /// The revision that is offered, and those that are accepted in answer.
  package static let newestVersion = "2025-06-18"
  package static let versions: Set<String> = [newestVersion, "2025-03-26", "2024-11-05"]

  /// Names a call for whoever made it.
  package typealias CallNumber = Int

  /// What is to be done.
  package enum Action: Hashable, Sendable {
    /// Write these bytes, which are a line, to the server.
    case send([UInt8])
    /// The tools are known, or are others than before.
    case tools
    /// A call has ended: the result of `tools/call`, or why there is none.
    case finish(CallNumber, Result<JSONValue, NodeError>)
    /// A call goes on.
    case progress(CallNumber, JSONValue)
    /// Worth a line in the log.
    case log(Severity, String)
    /// The server cannot be used any longer, and why, at the end of a sentence that begins with its name.
    case close(String)
  }
  package enum Severity: Hashable, Sendable { case debug, info, warning }

  enum Phase: Hashable { case new, initializing, listing, ready, closed }

  /// A request of ours that waits for its answer.
  struct Pending {
    enum Purpose { case initialize, list, ping, call(CallNumber) }
    var purpose: Purpose
    /// When it is given up; moved by progress, never beyond `latest`.
    var deadline: ContinuousClock.Instant
    var latest: ContinuousClock.Instant
    var lastProgress: ContinuousClock.Instant?
  }

  let limits: MCPLimits
  let trustsHints: Bool
  /// How long an answer may take.
  let patience: Duration

  var phase = Phase.new
  var nextID: Int64 = 1
  var pending: [Int64: Pending] = [:]
  var calls: [CallNumber: Int64] = [:]
  var abandoned: Set<Int64> = []
  var unsolicited: MCPAllowance

  /// The list that is being read.
  var incoming: (tools: [MCPTool], cursors: Set<String>, surplus: Int) = ([], [], 0)
  var lastListed: ContinuousClock.Instant?
  /// The server has said that its tools are others now.
  var isStale = false

  /// The revision that both speak; nil until the server has answered.
  package internal(set) var version: String?
  /// What the server calls itself, with its version.
  package internal(set) var serverName: String?
  /// In the server's order.
  package internal(set) var tools: [MCPTool] = []

  /// A session that has not begun.
  /// - Parameters:
  ///   - patience: how long the server may take to answer, or to report progress.
  ///   - trustsHints: see ``MCPTool``.
  package init(patience: Duration, trustsHints: Bool = false, limits: MCPLimits = MCPLimits()) {
    self.patience = patience
    self.trustsHints = trustsHints
    self.limits = limits
    unsolicited = limits.unsolicited
  }

  /// Whether tools can be called.
  package var isReady: Bool { phase == .ready || phase == .listing && lastListed != nil }

  /// Says hello.
  package mutating func start(at now: ContinuousClock.Instant) -> [Action] {
    guard phase == .new else { return [] }
    phase = .initializing
    let parameters: JSONValue = [
      "protocolVersion": .string(Self.newestVersion), "capabilities": [:],
      "clientInfo": ["name": "rd", "version": .string(Software.version)],
    ]
    return [request(.initialize, "initialize", parameters, until: now + patience)]
  }

  /// When ``tick(at:)`` has something to do; nil when nothing is due.
  package var nextDeadline: ContinuousClock.Instant? {
    var next = pending.values.map(\.deadline).min()
    if phase == .ready, isStale, let lastListed {
      let due = lastListed + limits.listInterval
      next = next.map { min($0, due) } ?? due
    }
    return phase == .closed ? nil : next
  }

  /// Gives up what has taken too long.
  package mutating func tick(at now: ContinuousClock.Instant) -> [Action] {
    var actions: [Action] = []
    for (id, late) in pending.sorted(by: { $0.key < $1.key }) where late.deadline <= now {
      switch late.purpose {
      case .initialize: return actions + close("did not answer within \(patience.components.seconds) s")
      case .list: return actions + close("did not list its tools within \(patience.components.seconds) s")
      case .ping: return actions + close("does not answer any more")
      case .call(let call):
        actions.append(.finish(call, .failure(NodeError(.timedOut, "the server took too long to answer"))))
        actions += abandon(id, call, "the caller waits no longer", now)
      }
      guard phase != .closed else { return actions }
    }
    return actions + listWhenStale(at: now)
  }

  /// Asks for a tool to be run.
  /// - Parameters:
  ///   - tool: one of ``tools``, by the server's name.
  ///   - deadline: when the caller stops waiting.
  package mutating func call(
    _ call: CallNumber, _ tool: String, _ arguments: JSONValue, until deadline: ContinuousClock.Instant,
    at now: ContinuousClock.Instant
  ) -> [Action] {
    guard isReady else {
      return [.finish(call, .failure(NodeError(.skillUnavailable, "the server is not ready", hint: "r mcp")))]
    }
    guard calls.count < limits.calls else {
      let busy = NodeError(
        .busy, "the server runs \(calls.count) calls already", hint: "try again in a moment", retryAfter: 2)
      return [.finish(call, .failure(busy))]
    }
    let id = nextID
    let parameters: JSONValue = [
      "name": .string(tool), "arguments": arguments, "_meta": ["progressToken": .integer(id)],
    ]
    calls[call] = id
    let message = request(.call(call), "tools/call", parameters, until: min(deadline, now + patience))
    pending[id]?.latest = deadline
    return [message]
  }

  /// Gives a call up. Nothing more is heard of it.
  package mutating func cancel(_ call: CallNumber, at now: ContinuousClock.Instant) -> [Action] {
    guard let id = calls[call] else { return [] }
    return abandon(id, call, "the caller has gone", now)
  }

  /// The end: nothing more comes from the server.
  /// - Parameter reason: what the calls that run are told, at the end of a sentence that begins with `the server`.
  package mutating func end(_ reason: String) -> [Action] {
    phase = .closed
    defer {
      pending = [:]
      calls = [:]
    }
    return calls.keys.sorted().map { call in
      .finish(call, .failure(NodeError(.skillFailed, "the server \(reason)", hint: "r mcp")))
    }
  }

  // MARK: Parts

  mutating func request(
    _ purpose: Pending.Purpose, _ method: String, _ parameters: JSONValue, until deadline: ContinuousClock.Instant
  ) -> Action {
    let id = nextID
    nextID += 1
    pending[id] = Pending(purpose: purpose, deadline: deadline, latest: deadline)
    return .send(Message.request(id: .integer(id), method: method, parameters: parameters).line)
  }

  mutating func close(_ reason: String) -> [Action] { end(reason) + [.close(reason)] }

  private mutating func abandon(
    _ id: Int64, _ call: CallNumber, _ reason: String, _ now: ContinuousClock.Instant
  ) -> [Action] {
    pending[id] = nil
    calls[call] = nil
    abandoned.insert(id)
    let note = Message.notification(
      method: "notifications/cancelled", parameters: ["requestId": .integer(id), "reason": .string(reason)])
    guard abandoned.count <= limits.abandoned else {
      return close("does not end the calls that are cancelled")
    }
    // Whether it is still there shows in a ping; one at a time does.
    let isAsked = pending.values.contains { if case .ping = $0.purpose { true } else { false } }
    return [.send(note.line)] + (isAsked ? [] : [request(.ping, "ping", [:], until: now + limits.pingPatience)])
  }

  mutating func listWhenStale(at now: ContinuousClock.Instant) -> [Action] {
    guard phase == .ready, isStale, lastListed.map({ $0 + limits.listInterval <= now }) ?? true else { return [] }
    return list(at: now)
  }

  mutating func list(at now: ContinuousClock.Instant, cursor: String? = nil) -> [Action] {
    if cursor == nil {
      phase = .listing
      isStale = false
      incoming = ([], [], 0)
    }
    return [request(.list, "tools/list", .compact(["cursor": cursor.map(JSONValue.string)]), until: now + patience)]
  }
}
