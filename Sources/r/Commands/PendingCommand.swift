internal import LocalAPI
internal import PeerModel

/// `r pending`: who waits for approval.
enum PendingCommand: Command {
  static let syntax = Syntax(
    verb: "pending", group: .peers, summary: "List the peers that wait for approval.",
    details: "With --watch, keeps running and shows new requests as they come.",
    options: [Option(name: "watch", help: "Go on showing new requests until interrupted.")],
    examples: ["r pending", "r pending --watch --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    if invocation.input.has("watch") { return try watch(invocation) }
    let answer = try invocation.session.call(ListPending.self, .init())
    let pending = try answer.value().pending
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for request in pending { output.line(request.peer.id.description) }
    case .text where pending.isEmpty: output.note("nobody waits for approval")
    case .text:
      output.table(table(pending))
      output.hint("r approve \(pending[0].peer.id.short) --trust trusted")
    }
  }

  private static func table(_ pending: [PendingRequest]) -> Table {
    var table = Table(["NAME", "ID", "CODE", "ADDRESS", "ASKED", "EXPIRES"])
    for request in pending {
      table.add([
        .init(request.peer.name), .init(request.peer.id.short), .init(request.peer.verificationCode ?? "-"),
        .init(PeerText.address(request.peer)), .init(TimeText.relative(request.requestedAt)),
        .init(TimeText.relative(request.expiresAt)),
      ])
    }
    return table
  }

  /// Subscribes first and lists then, so no request falls between the two.
  private static func watch(_ invocation: Invocation) throws(NodeError) {
    let client = try invocation.session.client()
    let subscription = try client.send(SubscribeEvents.self, .init())
    var shown: Set<PeerID> = []
    var isListOld = true
    while true {
      while isListOld {
        isListOld = false
        let answer = try invocation.session.call(ListPending.self, .init()) { (event) throws(NodeError) in
          isListOld = isListOld || isRequest(event)
        }
        for request in try answer.value().pending where shown.insert(request.peer.id).inserted {
          show(request, invocation.output)
        }
      }
      switch try client.receive() {
      case .notification(Notification.progress, let parameters): isListOld = isRequest(parameters["value"] ?? .null)
      case .failure(subscription, let error), .failure(.null, let error): throw error
      case .response(subscription, _): return
      case .request, .response, .failure, .notification: continue
      }
    }
  }

  /// Whether an event says that a peer waits.
  private static func isRequest(_ event: JSONValue) -> Bool {
    event["peer"]?["status"] == .string(PeerStatus.pending.rawValue)
  }

  private static func show(_ request: PendingRequest, _ output: Output) {
    switch output.format {
    case .json: output.jsonLine(request.json)
    case .ids: output.line(request.peer.id.description)
    case .text:
      let code = request.peer.verificationCode.map { "  code \($0)" } ?? ""
      let time = TimeText.clock(request.requestedAt)
      output.line("\(time)  \(PeerText.label(request.peer))  \(PeerText.address(request.peer))\(code)")
      output.hint("r approve \(request.peer.id.short) --trust trusted")
    }
  }
}
