import PeerModel

@testable import PeerNode

/// A session without a server: a test says what the server sends and when.
struct MCPSessionBench {
  var session: MCPSession
  /// Seconds since the beginning.
  private(set) var now = 0.0
  private let beginning = ContinuousClock.now

  init(patience: Int = 60, trustsHints: Bool = false, limits: MCPLimits = MCPLimits()) {
    session = MCPSession(patience: .seconds(patience), trustsHints: trustsHints, limits: limits)
  }

  /// A moment, in seconds since the beginning.
  func moment(_ seconds: Double) -> ContinuousClock.Instant { beginning + .milliseconds(Int(seconds * 1000)) }

  /// What the actions are, each in a few words.
  static func words(_ actions: [MCPSession.Action]) -> [String] {
    actions.map { action in
      switch action {
      case .send(let bytes):
        let json = try? JSONParser.parse(bytes.dropLast())
        let id = json?["id"].map { " \($0.text)" } ?? ""
        let cursor = json?["params"]?["cursor"].map { " at \($0.text)" } ?? ""
        let number = json?["params"]?["requestId"].map { " \($0.text)" } ?? ""
        let answer = json?["error"]?["code"].map { "error \($0.text)" } ?? "result"
        return "send \(json?["method"]?.stringValue ?? answer)\(id)\(cursor)\(number)"
      case .tools: return "tools"
      case .finish(let call, .success(let value)): return "finish \(call) \(value.text)"
      case .finish(let call, .failure(let error)): return "fail \(call) \(error.code.rawValue)"
      case .progress(let call, let value): return "progress \(call) \(value["message"]?.stringValue ?? "")"
      case .log(_, let text): return "log \(text)"
      case .close(let reason): return "close \(reason)"
      }
    }
  }

  mutating func wait(_ seconds: Double) -> [String] {
    now += seconds
    return Self.words(session.tick(at: moment(now)))
  }
  mutating func start() -> [String] { Self.words(session.start(at: moment(now))) }
  mutating func receive(_ text: String) -> [String] { Self.words(session.receive(text.utf8, at: moment(now))) }
  mutating func answer(_ id: Int, _ result: String) -> [String] {
    receive(#"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#)
  }
  mutating func notify(_ method: String, _ parameters: String = "{}") -> [String] {
    receive(#"{"jsonrpc":"2.0","method":"notifications/\#(method)","params":\#(parameters)}"#)
  }
  mutating func call(_ number: Int, within seconds: Double = 1000) -> [String] {
    Self.words(session.call(number, "echo", ["a": 1], until: moment(now + seconds), at: moment(now)))
  }
  mutating func cancel(_ number: Int) -> [String] { Self.words(session.cancel(number, at: moment(now))) }

  static let hello =
    #"{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"a","version":"1"}}"#
  static func tool(_ name: String) -> String { #"{"name":"\#(name)","inputSchema":{"type":"object"}}"# }

  /// As far as its tools are listed: requests 1 and 2 are answered.
  static func ready(patience: Int = 60, limits: MCPLimits = MCPLimits()) -> MCPSessionBench {
    var bench = MCPSessionBench(patience: patience, limits: limits)
    _ = bench.start()
    _ = bench.answer(1, hello)
    _ = bench.answer(2, #"{"tools":[\#(tool("echo"))]}"#)
    return bench
  }
}
