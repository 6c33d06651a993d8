#if DEBUG
  import PeerModel

  @testable import PeerNode

  /// Any bytes from a server's standard output, in any pieces, with calls that run meanwhile.
  struct MCPFuzz: FuzzTarget {
    private let beginning = ContinuousClock.now
    private let workspace: Workspace

    init() throws { workspace = try Workspace(directory: "/tmp/rd-mcp-fuzz") }

    var seeds: [[UInt8]] {
      let hello = #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}}}}"#
      let list = #"{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"a","inputSchema":{"type":"object"}}]}}"#
      let more = [
        #"{"jsonrpc":"2.0","id":2,"result":{"tools":[],"nextCursor":"p"}}"#,
        #"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"text","text":"{}"}],"structuredContent":{"a":1}}}"#,
        #"{"jsonrpc":"2.0","id":3,"result":{"content":[{"type":"image","data":"AAEC","mimeType":"image/png"}]}}"#,
        #"{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"no"}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":3,"progress":1,"total":2}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#,
        #"{"jsonrpc":"2.0","id":"x","method":"ping"}"#,
        #"[{"jsonrpc":"2.0","id":3,"result":{"isError":true,"content":[]}}]"#,
      ]
      return ([[hello, list]] + more.map { [hello, list, $0] }).map {
        Array("\u{20}\($0.joined(separator: "\n"))\n".utf8)
      }
    }

    func run(_ bytes: [UInt8]) {
      guard let first = bytes.first else { return }
      var limits = MCPLimits()
      limits.lineBytes = 2048
      limits.tools = 4
      limits.pages = 3
      var session = MCPSession(patience: .seconds(5), limits: limits)
      var lines = MCPLines(limit: limits.lineBytes)
      var open: Set<Int> = []
      var isClosed = false
      var made = 0
      func check(_ actions: [MCPSession.Action]) {
        for action in actions {
          precondition(!isClosed, "nothing is done after the end")
          switch action {
          case .send(let line): precondition(line.last == 0x0A && !line.dropLast().contains(0x0A), "one message a line")
          case .finish(let call, let outcome):
            precondition(open.remove(call) != nil, "a call ends once")
            if case .success(let json) = outcome {
              var reader = MCPResult(name: "a.b", workspace: workspace, limits: SkillLimits())
              if let output = try? reader.output(of: json) {
                precondition(output.value.text.components(of: "$stream") <= output.files.count, "no file without bytes")
              }
            }
          case .progress(let call, _): precondition(open.contains(call), "progress is of a call that runs")
          case .close:
            precondition(open.isEmpty, "the end ends every call")
            isClosed = true
          case .tools: precondition(session.tools.count <= limits.tools, "no more tools than are allowed")
          case .log: break
          }
        }
      }
      check(session.start(at: beginning))
      var rest = bytes.dropFirst()
      var now = beginning
      while !rest.isEmpty, !isClosed {
        let piece = Array(rest.prefix(max(1, Int(first))))
        rest = rest.dropFirst(piece.count)
        guard let whole = try? piece.withUnsafeBytes({ try lines.take($0) }) else { break }
        for line in whole where !isClosed {
          precondition(line.count <= limits.lineBytes, "no line is longer than allowed")
          check(session.receive(line, at: now))
          now += .milliseconds(Int(line.count))
          guard !isClosed else { break }
          check(session.tick(at: now))
          guard !isClosed, session.isReady else { continue }
          made += 1
          open.insert(made)
          check(session.call(made, "a", [:], until: now + .seconds(2), at: now))
          if line.count % 7 == 0 { check(cancelled(made, &session, &open, now)) }
        }
      }
      if !isClosed { check(session.end("has ended")) }
      precondition(open.isEmpty, "no call is left")
      precondition(session.nextDeadline == nil, "nothing is due after the end")
    }

    /// A call that its caller gave up hears nothing more.
    private func cancelled(
      _ call: Int, _ session: inout MCPSession, _ open: inout Set<Int>, _ now: ContinuousClock.Instant
    ) -> [MCPSession.Action] {
      let actions = session.cancel(call, at: now)
      open.remove(call)
      return actions
    }
  }

  extension String {
    /// How often `word` is in the text.
    fileprivate func components(of word: String) -> Int {
      split(separator: "\"\(word)\"", omittingEmptySubsequences: false).count - 1
    }
  }
#endif
