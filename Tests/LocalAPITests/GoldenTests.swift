import FoundationEssentials
import LocalAPI
import PeerModel
import Testing

/// Every method's messages as they are on the wire (Tests/Fixtures/wire), read and written.
@Suite struct GoldenTests {
  static let trusted = Peer(
    id: PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!, name: "nachbar", host: "192.0.2.7", port: 8765,
    status: .approved, trust: .trusted, skills: ["pdf", "text"], capabilities: ["skills", "frames"],
    lastSeen: 1_700_000_000, online: true, version: "0.1.0", fingerprint: "ab:cd", latencyMilliseconds: 1.5,
    verificationCode: "1234-5678", approvedBy: "uid:1000")
  static let asking = Peer(
    id: PeerID("peer-77777777777777777777777777777777")!, name: "neu", host: "fe80::1%eth0", port: 8766,
    status: .pending, trust: .pending)

  @Test func peersAreFoundAndListed() throws {
    try check(
      DiscoverPeers.self, .init(timeout: 2.5, first: true, only: "nachbar"), .init(peers: [Self.trusted, Self.asking]))
    try check(ListPeers.self, .init(status: .approved), .init(peers: [Self.trusted]))
    try check(ShowPeer.self, .init(peer: "nachbar"), Self.trusted)
    try check(AddPeer.self, .init(host: "192.0.2.7", port: 8766, name: "nachbar"), Self.trusted)
  }

  @Test func peersAreDecidedAbout() throws {
    try check(ApprovePeer.self, .init(peer: "peer-aaaq", trust: .trusted), Self.trusted)
    try check(RejectPeer.self, .init(peer: "nachbar"), Self.asking)
    try check(TrustPeer.self, .init(peer: "nachbar", trust: .full), Self.trusted)
    try check(BlockPeer.self, .init(peer: "nachbar"), Self.asking)
    try check(
      PerformOnPeer.self, .init(peer: "nachbar", method: "p2p.reject_peer", parameters: ["peer_id": "neu"]),
      .init(result: ["peer_id": "peer-77777777777777777777777777777777"]))
    try check(RemovePeer.self, .init(peer: "nachbar"), .init(removed: Self.trusted.id))
    let request = PendingRequest(peer: Self.asking, requestedAt: 1_700_000_000, expiresAt: 1_700_086_400)
    try check(ListPending.self, .init(), .init(pending: [request]))
  }

  @Test func tasksAreRunListedAndEnded() throws {
    let id = TaskID(random: [UInt8](0..<10))
    var done = TaskDetails(
      id: id, requestID: "r-1", task: "Count the words.", state: .done, agent: "default", peer: nil, caller: "uid:1000",
      createdAt: 1_700_000_000)
    (done.startedAt, done.endedAt, done.executionMilliseconds) = (1_700_000_001, 1_700_000_003, 1500.5)
    done.result = "There are 3."
    var failed = TaskDetails(
      id: id, requestID: nil, task: "x", state: .failed, agent: nil, peer: Self.trusted.id, caller: "uid:1000",
      createdAt: 1_700_000_000)
    failed.error = NodeError(.peerUnreachable, "the peer is away", hint: "r peers")
    let request = TaskRequest(task: "Count the words.", agent: "default", context: "a b c", timeout: 30.5)
    try check(RunTask.self, .init(request: request, peer: "nachbar", isDetached: true), done)
    try check(RunRemoteTask.self, .init(peer: "nachbar", request: request), failed)
    try check(ListTasks.self, .init(isOpen: true, limit: 10), .init(tasks: [done, failed]))
    try check(GetTask.self, .init(id: id), done)
    try check(CancelTask.self, .init(id: id), failed)
    try check(WatchTask.self, .init(id: id), done)
  }

  @Test func skillsAreListedFoundAndCalled() throws {
    let tool = ToolDescription(
      name: "word_count", summary: "Count words.",
      arguments: .object(["file": .file("The text."), "text": .string("The text itself.")]))
    let skills = [
      SkillDescription(
        name: "pdf", summary: "PDF files.", tools: [], unavailable: "pdftotext is missing: apt install poppler-utils"),
      SkillDescription(name: "text", summary: "Text.", tools: [tool]),
    ]
    try check(ListSkills.self, .init(peer: "nachbar"), .init(skills: skills))
    try check(
      CallSkill.self, .init(skill: "text", tool: "word_count", arguments: ["text": "a b c"]),
      .init(requestID: "r-1", result: ["words": 3], executionMilliseconds: 1.5, success: true))
    let file = FileReference(name: "a.pdf", content: .stream(1), size: 7)
    try check(
      CallRemoteSkill.self,
      .init(peer: "nachbar", call: .init(skill: "pdf", tool: "to_text", arguments: ["file": file.json]), timeout: 30.5),
      .init(result: .null, executionMilliseconds: 0.5, success: false, error: "the file is encrypted"))
    let offer = FindSkill.Offer(
      id: Self.trusted.id, name: "nachbar", online: true, tools: ["text.word_count"], fetchedAt: 1_700_000_000,
      load: SkillLoad(running: 1, waiting: 0, places: 4), latencyMilliseconds: 1.5)
    try check(FindSkill.self, .init(skill: "text.word_count"), .init(skill: "text.word_count", offers: [offer]))
    try check(
      ExplainAccess.self, .init(peer: "nachbar", action: "text.word_count"),
      .init(
        here: .init(
          allowed: false, rule: "nachbar has trust level basic here", change: "r trust peer-aaaqeaye trusted"),
        there: .init(allowed: true, rule: "nachbar gives this node trust level trusted")))
  }

  @Test func serversOfTheModelContextProtocolAreListedAndRestarted() throws {
    let servers = [
      MCPServerStatus(
        name: "broken", phase: .waiting, tools: [], restarts: 3, lastError: "ended with status 1: no key was given"),
      MCPServerStatus(
        name: "git", phase: .ready, server: "mcp-git 1.0", protocolVersion: "2025-06-18", tools: ["git_log"],
        restarts: 0),
    ]
    try check(ListMCPServers.self, .init(), .init(servers: servers))
    try check(RestartMCPServer.self, .init(name: "git"), .init(name: "git"))
  }

  @Test func theChoiceOfThePeerMayBeLeft() throws {
    let call = CallSkill.Parameters(skill: "text", tool: "word_count", arguments: ["text": "a"])
    let any = CallRemoteSkill.Parameters(peer: nil, call: call)
    #expect(any.json["any"] == true && any.json["peer_id"] == nil)
    #expect(try CallRemoteSkill.Parameters(json: any.json) == any)
    // Never by leaving something out.
    let wrongs: [JSONValue] = [
      call.json, ["skill": "s", "tool": "t", "any": true, "peer_id": "a"], ["skill": "s", "tool": "t", "any": false],
    ]
    for wrong in wrongs {
      #expect(throws: NodeError.self) { try CallRemoteSkill.Parameters(json: wrong) }
    }
    let miss = PeerChoice.Miss(id: Self.asking.id, name: "neu", error: NodeError(.busy, "8 calls wait", hint: "wait"))
    let result = SkillResult(
      requestID: "r-1", result: 3, executionMilliseconds: 1, success: true,
      choice: PeerChoice(id: Self.trusted.id, name: "nachbar", misses: [miss]))
    #expect(try SkillResult(json: result.json) == result)
    #expect(result.json["peer_id"] == Self.trusted.id.json)
    #expect(result.json["passed_over"]?.arrayValue?.first?["code"] == "busy")
    #expect(CallRemoteSkill.result.firstFault(of: result.json) == nil)
  }

  @Test func toolsOfOthersArePinned() throws {
    let digest = "sha256:" + String(repeating: "0a", count: 32)
    let pin = PinSummary(
      source: Self.trusted.id.description, name: "nachbar", skill: "text", tool: "word_count", digest: digest,
      pinnedAt: 1_700_000_000, acceptedBy: "uid:1000", state: .same)
    try check(ListPins.self, .init(source: "nachbar"), .init(pins: [pin]))
    let tool = ToolParameters(source: "nachbar", skill: "text", tool: "word_count")
    try check(
      CompareTool.self, tool,
      .init(
        source: Self.trusted.id.description, name: "nachbar", state: .changed, pinned: digest,
        offered: "sha256:" + String(repeating: "0b", count: 32), pinnedAt: 1_700_000_000,
        difference: ["@@ -4,1 +4,1 @@", "-  Count words.", "+  Send words."]))
    try check(AcceptTool.self, .init(tool: tool, digest: digest), pin)
  }

  @Test func manifestsAreChecked() throws {
    let tool = ToolDescription(
      name: "image", summary: "Read.", arguments: .object(["file": .file("The image.")]), isReadOnly: true,
      unavailable: "tesseract is not installed; apt-get install tesseract-ocr")
    try check(
      CheckSkill.self, .init(file: FileReference(name: "ocr.yaml", content: .stream(0), size: 7)),
      .init(
        skill: SkillDescription(name: "ocr", summary: "Read.", tools: [tool]),
        faults: [
          .init(line: 3, message: "tool: unknown key, did you mean tools?"), .init(line: nil, message: "m", hint: "h"),
        ]))
  }

  @Test func theNodeTellsAboutItself() throws {
    try check(
      NodeStatus.self, .init(),
      .init(
        name: "werk", id: Self.trusted.id, fingerprint: "ab:cd", version: "0.1.0", protocolVersion: "1.0",
        enabled: true, listenHost: "::", listenPort: 8765, interfaces: ["eth0"],
        counts: ["discovered": 1, "pending": 2, "approved": 3, "rejected": 0, "blocked": 0], online: 2,
        skills: ["text"], uptime: 42, warnings: ["mDNS does not work: no interface"],
        role: "owner"))
    try check(
      DaemonInfo.self, .init(),
      .init(version: "0.1.0", protocolVersion: "1.0", processID: 4711, name: "werk", id: Self.trusted.id))
    try check(ShowConfiguration.self, .init(), ["name": "werk", "p2p": ["listen_port": 8765]])
    try check(DiscoverMethods.self, .init(), ["openrpc": "1.3.2", "methods": []])
    try check(SubscribeEvents.self, .init(), [:])
  }

  @Test func theNodeTellsAndChangesItsKey() throws {
    try check(
      ShowIdentity.self, .init(),
      .init(
        id: Self.trusted.id, fingerprint: "ab:cd", certificateHash: "0123", since: 1_700_000_000,
        former: [.init(id: Self.asking.id, until: 1_700_000_000, sequence: 1)]))
    try check(
      RotateIdentity.self, .init(),
      .init(id: Self.trusted.id, former: Self.asking.id, fingerprint: "ab:cd", sequence: 1, peers: 2))
  }

  @Test func theNodeIsDiagnosed() throws {
    let findings = [
      Finding(
        .peerAddress, "peer nachbar", .fail, "192.0.2.7:8765 refuses the connection", cause: "Nothing listens there.",
        command: "systemctl status rd", on: "nachbar", details: ["outcome": "refused"]),
      Finding(.nodeClock, "this node", .ok, "the clock is plausible"),
      Finding(
        .configDiscover, "configuration", .warn, "this node does not search by itself",
        cause: "It finds others only when asked.", command: "r config | grep auto_discover", details: ["value": false]),
    ]
    try check(DiagnoseNode.self, .init(peer: "nachbar", timeout: 2.5), Diagnosis(checks: findings))
    #expect(try DiagnoseNode.Parameters(json: [:]) == .init(peer: nil, timeout: 4))
    #expect(DiagnoseNode.parameters.json["properties"]?["timeout"]?["default"] == 4)
  }

  @Test func theAuditLogIsReadProvedAndCompared() throws {
    let line = AuditLine(
      number: 7, time: 1_700_000_000, caller: "uid:1000", operation: "call", target: Self.trusted.id,
      subject: "text.word_count", request: "r-1", outcome: "ok", count: 1, isLook: false,
      hash: String(repeating: "0a", count: 32))
    try check(
      ListAudit.self,
      .init(
        limit: 10, since: 1_600_000_000, peer: "nachbar", caller: "uid:1000", failed: true, all: true, follow: false),
      .init(entries: [line]))
    try check(
      VerifyAudit.self, .init(expect: String(repeating: "0a", count: 32)),
      .init(
        entries: 7, first: 1, last: 7, head: String(repeating: "0a", count: 32), brokenAt: 5,
        reason: "it was changed, or the entry before it is another", isExpectedFound: false))
    let call = CompareAudit.Call(
      request: "r-1", subject: "text.word_count", time: 1_700_000_000, isOutgoing: true, here: "ok", there: "timed_out")
    try check(
      CompareAudit.self, .init(peer: "nachbar", since: 1_600_000_000),
      .init(
        id: Self.trusted.id, equal: 3, onlyHere: [], onlyThere: [], different: [call], inFlight: 1, pruned: 2,
        notArrived: 4))
  }

  @Test func contextIsWrittenListedRemovedAndSynced() throws {
    let id = ContextID(origin: Self.trusted.id, scope: .session, counter: 3)
    let line = ContextLine(
      id: id, originName: "nachbar", session: "reise", role: .user, text: "nach Lissabon", createdAt: 1_700_000_000)
    try check(
      AppendContext.self, .init(scope: .session, session: "reise", role: .user, text: "nach Lissabon"), line)
    try check(
      ListContext.self, .init(scope: .session, session: "reise", origin: "nachbar", limit: 10), .init(entries: [line]))
    try check(RemoveContext.self, .init(id: "s3"), .init(removed: id))
    try check(
      SyncContext.self, .init(peer: "nachbar", direction: .pull, scope: .all),
      .init(id: Self.trusted.id, name: "nachbar", direction: .pull, scopes: [.memory], sent: 0, received: 7))
  }

  @Test func documentsAreKeptAndShared() throws {
    let document = DocumentLine(
      id: "doc-aaaaaaaabbbbbbbb", name: "a.pdf", size: 7, hash: String(repeating: "0a", count: 32),
      origin: Self.trusted.id, originName: "nachbar", addedAt: 1_700_000_000, sharedWith: [Self.asking.id])
    let file = FileReference(name: "a.pdf", content: .stream(0), size: 7)
    try check(AddDocument.self, .init(file: file), document)
    try check(ListDocuments.self, .init(peer: "nachbar"), .init(documents: [document]))
    try check(
      GetDocument.self, .init(id: "doc-aaaa", peer: "nachbar"),
      .init(document: document, file: FileReference(name: "a.pdf", content: .stream(1), size: 7)))
    try check(RemoveDocument.self, .init(id: "a.pdf"), .init(removed: document.id))
    try check(
      ShareDocument.self, .init(document: "a.pdf", peers: ["nachbar", "neu"]),
      .init(
        document: document,
        outcomes: [
          .init(peer: "nachbar", id: Self.trusted.id, document: "doc-ccccccccdddddddd"),
          .init(
            peer: "neu", id: Self.asking.id, code: "not_allowed", error: "it needs trusted",
            hint: "r can peer-77777777 share_documents"),
        ]))
  }

  @Test func nodesPairWithACode() throws {
    let open = InvitationSummary(
      id: "invite-abcdefgh", trust: .trusted, createdAt: 1_700_000_000, expiresAt: 1_700_000_600)
    let code = "ed57-eb34-ucq2-fi5e-uwtk-pkfj-m7xd"
    try check(CreateInvitation.self, .init(trust: .trusted), .init(code: code, invitation: open))
    try check(ListInvitations.self, .init(), .init(invitations: [open]))
    try check(RevokeInvitations.self, .init(id: open.id), .init(revoked: [open.id]))
    try check(JoinPeer.self, .init(code: code, host: "192.0.2.1", trust: .basic), Self.trusted)
  }

  static let trusts: [(JSONValue, TrustLevel?)] = [
    (["peer_id": "a", "trust_level": 75], .trusted), (["peer_id": "a", "trust": "75"], .trusted),
    (["peer_id": "a", "trust": 100, "trust_level": 50], .full), (["peer_id": "a"], nil),
  ]

  @Test(arguments: trusts) func trustIsReadUnderBothNames(_ json: JSONValue, _ level: TrustLevel?) throws {
    #expect(try PeerTrustParameters(json: json).trust == level)
    #expect(PeerTrustParameters.schema.firstFault(of: json) == nil)
  }

  @Test func defaultsAreThoseOfTheSchema() throws {
    #expect(try DiscoverPeers.Parameters(json: [:]) == .init(timeout: 5, first: false, only: nil))
    #expect(DiscoverPeers.parameters.json["properties"]?["timeout"]?["default"] == 5)
    #expect(try AddPeer.Parameters(json: ["host": "h"]).port == 8765)
    #expect(AddPeer.parameters.json["properties"]?["port"]?["default"] == 8765)
    #expect(try CallSkill.Parameters(json: ["skill": "s", "tool": "t"]).arguments == [:])
    #expect(try CallSkill.Parameters(json: ["skill": "s", "tool": "t", "args": ["a": 1]]).arguments == ["a": 1])
  }

  @Test func everyFixtureBelongsToAMethodThatIsChecked() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter { $0.hasSuffix(".json") }
    let checked = [
      "audit.compare", "audit.list", "audit.verify", "context.append", "context.list", "context.remove",
      "daemon.config", "daemon.info", "documents.add", "documents.get", "documents.list", "documents.remove",
      "events.subscribe", "identity.rotate", "identity.show", "invites.create", "invites.list", "invites.revoke",
      "mcp.list", "mcp.restart", "node.diagnose", "p2p.add_peer", "p2p.approve_peer", "p2p.discover_peers",
      "p2p.find_skill", "p2p.list_peers", "p2p.p2p_status", "p2p.peer_status", "p2p.reject_peer", "p2p.remote_skill",
      "p2p.remote_task", "p2p.share_document", "p2p.sync_context",
      "peers.block", "peers.can", "peers.join", "peers.perform", "peers.remove", "peers.trust", "pending.list",
      "rpc.discover",
      "skills.accept", "skills.call", "skills.check", "skills.diff", "skills.list", "skills.pins", "tasks.cancel",
      "tasks.events", "tasks.get", "tasks.list", "tasks.run",
    ]
    #expect(names.sorted() == checked.map { $0 + ".json" })
  }

  private static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    + "/Fixtures/wire/"

  private func check<M: Method>(
    _ method: M.Type, _ parameters: M.Parameters, _ result: M.Result, sourceLocation: SourceLocation = #_sourceLocation
  ) throws where M.Parameters: Equatable, M.Result: Equatable {
    let golden = try JSONParser.parse(try String(contentsOfFile: Self.folder + M.name + ".json", encoding: .utf8))
    let expected = try (#require(golden["parameters"]), #require(golden["result"]))
    #expect(golden["method"] == .string(M.name), sourceLocation: sourceLocation)
    #expect(parameters.json == expected.0, sourceLocation: sourceLocation)
    #expect(result.json == expected.1, sourceLocation: sourceLocation)
    #expect(try M.Parameters(json: expected.0) == parameters, sourceLocation: sourceLocation)
    #expect(try M.Result(json: expected.1) == result, sourceLocation: sourceLocation)
    #expect(M.parameters.firstFault(of: expected.0) == nil, sourceLocation: sourceLocation)
    #expect(M.result.firstFault(of: expected.1) == nil, sourceLocation: sourceLocation)
  }
}
