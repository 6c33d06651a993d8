internal import LocalAPI
internal import PeerModel

/// What the server sends.
extension MCPSession {
  /// Takes one line of its standard output, which has been checked for its length.
  package mutating func receive(_ line: some Sequence<UInt8>, at now: ContinuousClock.Instant) -> [Action] {
    guard phase != .closed, phase != .new else { return [] }
    let messages: [MCPMessage]
    do { messages = try MCPMessage.read(line, limits: limits) } catch {
      return junk("a line that is no JSON: \(error)", now)
    }
    var actions: [Action] = []
    for message in messages where phase != .closed { actions += receive(message, at: now) }
    return actions
  }

  private mutating func receive(_ message: MCPMessage, at now: ContinuousClock.Instant) -> [Action] {
    switch message {
    case .response(let id, let result):
      guard let request = pending.removeValue(forKey: id) else { return unexpected(id, now) }
      return answered(request, .success(result), now)
    case .failure(let id, let code, let message):
      guard let request = pending.removeValue(forKey: id) else { return unexpected(id, now) }
      // What it says is for people, and the number only for the log.
      let text = Diagnostics.sentence(from: Array(message.utf8.prefix(Diagnostics.keptBytes))) ?? "error \(code)"
      return answered(request, .failure(NodeError(.skillFailed, text)), now)
    case .request(let id, let method, _):
      guard unsolicited.take(at: now) else { return flooded() }
      return [.send(Self.reply(to: id, method))]
    case .notification(let method, let parameters):
      guard unsolicited.take(at: now) else { return flooded() }
      return notified(method, parameters, now)
    case .junk(let what): return junk(what, now)
    }
  }

  /// An answer that nothing waits for: late, given twice, or made up.
  private mutating func unexpected(_ id: Int64, _ now: ContinuousClock.Instant) -> [Action] {
    if abandoned.remove(id) != nil { return [] }
    return junk(id < nextID && id > 0 ? "a second answer" : "an answer to a request that was not made", now)
  }

  private mutating func junk(_ what: String, _ now: ContinuousClock.Instant) -> [Action] {
    guard unsolicited.take(limits.junkCost, at: now) else { return flooded() }
    return [.log(.warning, "sent \(what)")]
  }

  private mutating func flooded() -> [Action] { close("sends too much that nobody asked for") }

  /// Asking for roots, samples of a model, or the user needs a capability that was not offered.
  private static func reply(to id: RequestID, _ method: String) -> [UInt8] {
    if method == "ping" { return Message.response(id: id, result: [:]).line }
    let error: JSONValue = ["code": -32601, "message": "Method not found: this client offers only ping"]
    return JSONValue.object(["jsonrpc": "2.0", "id": id.json, "error": error]).bytes + [0x0A]
  }

  private mutating func notified(
    _ method: String, _ parameters: JSONValue, _ now: ContinuousClock.Instant
  ) -> [Action] {
    switch method {
    case "notifications/tools/list_changed":
      isStale = true
      return listWhenStale(at: now)
    case "notifications/progress": return progressed(parameters, now)
    case "notifications/message":
      let text = parameters["data"].map { $0.stringValue ?? $0.text } ?? ""
      let isBad = ["warning", "error", "critical", "alert", "emergency"].contains(parameters["level"]?.stringValue)
      return text.isEmpty ? [] : [.log(isBad ? .warning : .debug, "says: \(text)")]
    default: return []
    }
  }

  private mutating func progressed(_ parameters: JSONValue, _ now: ContinuousClock.Instant) -> [Action] {
    guard let id = parameters["progressToken"]?.integerValue, var request = pending[id],
      case .call(let call) = request.purpose, let done = parameters["progress"]?.doubleValue
    else { return [] }
    // A server that works may take as long as the caller waits.
    request.deadline = min(request.latest, now + patience)
    let isDue = request.lastProgress.map { now - $0 >= limits.progressInterval } ?? true
    if isDue { request.lastProgress = now }
    pending[id] = request
    guard isDue else { return [] }
    let total = parameters["total"]?.doubleValue
    let words = parameters["message"]?.stringValue.map { MCPText.line($0, limit: 200) } ?? ""
    let count = Self.spelled(done) + (total.map { " of \(Self.spelled($0))" } ?? "")
    let value = JSONValue.compact([
      "progress": .number(done), "total": total.map(JSONValue.number),
      "message": .string(words.isEmpty ? count : words),
    ])
    return [.progress(call, value)]
  }

  private static func spelled(_ number: Double) -> String {
    Int64(exactly: number).map(String.init) ?? "\(number)"
  }

  private mutating func answered(
    _ request: Pending, _ answer: Result<JSONValue, NodeError>, _ now: ContinuousClock.Instant
  ) -> [Action] {
    switch (request.purpose, answer) {
    case (.initialize, .success(let result)): return welcomed(result, now)
    case (.initialize, .failure(let error)): return close("refuses: \(error.message)")
    case (.list, .success(let result)): return listed(result, now)
    case (.list, .failure(let error)): return close("does not list its tools: \(error.message)")
    // Any answer shows that it is there.
    case (.ping, _): return []
    case (.call(let call), _):
      calls[call] = nil
      return [.finish(call, answer)]
    }
  }

  private mutating func welcomed(_ result: JSONValue, _ now: ContinuousClock.Instant) -> [Action] {
    guard let spoken = result["protocolVersion"]?.stringValue, Self.versions.contains(spoken) else {
      let theirs = result["protocolVersion"]?.stringValue.map { MCPText.line($0, limit: 32) } ?? "none"
      return close(
        "speaks revision \(theirs) of the protocol, and this node \(Self.versions.sorted().joined(separator: ", "))")
    }
    version = spoken
    let names = [result["serverInfo"]?["name"], result["serverInfo"]?["version"]].compactMap { $0?.stringValue }
    serverName = names.isEmpty ? nil : MCPText.line(names.joined(separator: " "), limit: 100)
    let hello = Action.send(Message.notification(method: "notifications/initialized", parameters: [:]).line)
    guard result["capabilities"]?["tools"]?.objectValue != nil else {
      phase = .ready
      lastListed = now
      return [hello, .log(.warning, "offers no tools"), .tools]
    }
    return [hello] + list(at: now)
  }

  private mutating func listed(_ result: JSONValue, _ now: ContinuousClock.Instant) -> [Action] {
    guard let page = result["tools"]?.arrayValue else { return close("does not list its tools as it should") }
    var actions: [Action] = []
    for json in page {
      guard incoming.tools.count < limits.tools else {
        incoming.surplus += 1
        continue
      }
      do throws(MCPTool.Fault) {
        let taken = Set(incoming.tools.map(\.description.name))
        incoming.tools.append(try MCPTool(json, taken: taken, limits: limits, trustsHints: trustsHints))
      } catch {
        actions.append(.log(.warning, "offers \(error.message)"))
      }
    }
    if let cursor = result["nextCursor"]?.stringValue, incoming.surplus == 0 {
      guard incoming.cursors.count + 1 < limits.pages, incoming.cursors.insert(cursor).inserted else {
        return actions + close("lists its tools without end")
      }
      return actions + list(at: now, cursor: cursor)
    }
    if incoming.surplus > 0 {
      actions.append(.log(.warning, "offers more than \(limits.tools) tools; the others are left out"))
    }
    phase = .ready
    lastListed = now
    tools = incoming.tools
    incoming = ([], [], 0)
    return actions + [.tools]
  }
}
