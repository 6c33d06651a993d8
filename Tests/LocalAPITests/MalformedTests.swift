import LocalAPI
import PeerModel
import Testing

/// What each message says about members that are missing or of another type.
@Suite struct MalformedTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var read: @Sendable (JSONValue) throws(NodeError) -> Void
    var json: JSONValue
    var message: String
    var testDescription: String { "\(message) ← \(json.text)" }

    init<Value: JSONConvertible>(_ type: Value.Type, _ json: JSONValue, _ message: String) {
      read = { json throws(NodeError) in _ = try Value(json: json) }
      self.json = json
      self.message = message
    }
  }

  static let peer: JSONValue = [
    "peer_id": "peer-aaaqeayeaudaocajbifqydiob4ibceqt", "name": "n", "host": "h", "port": 1, "status": "approved",
    "trust": "basic",
  ]

  static func with(_ name: String, _ value: JSONValue?, in json: JSONValue = peer) -> JSONValue {
    var members = json.objectValue ?? [:]
    members[name] = value
    return .object(members)
  }

  static let cases: [Case] = [
    Case(NoParameters.self, [], "/: expected an object, got array"),
    Case(PeerParameters.self, [:], "/peer_id: missing"),
    Case(PeerParameters.self, ["peer_id": 7], "/peer_id: expected a string, got integer"),
    Case(
      PeerTrustParameters.self, ["peer_id": "a", "trust": "owner"],
      "/trust: unknown trust level \"owner\"; use basic, trusted, full or 50, 75, 100"),
    Case(
      PeerTrustParameters.self, ["peer_id": "a", "trust_level": 51],
      "/trust_level: unknown trust level 51; use basic, trusted, full or 50, 75, 100"),
    Case(DiscoverPeers.Parameters.self, ["timeout": "5"], "/timeout: expected a number, got string"),
    Case(DiscoverPeers.Parameters.self, ["first": 1], "/first: expected true or false, got integer"),
    Case(DiscoverPeers.Result.self, ["discovered": 0], "/peers: missing"),
    Case(DiscoverPeers.Result.self, ["peers": [peer, 1]], "/peers/1/: expected an object, got integer"),
    Case(
      ListPeers.Parameters.self, ["status": "gone"],
      "/status: expected one of discovered, pending, approved, rejected, blocked"),
    Case(ListPeers.Result.self, ["peers": [with("name", nil)]], "/peers/0/name: missing"),
    Case(AddPeer.Parameters.self, [:], "/host: missing"),
    Case(AddPeer.Parameters.self, ["host": "h", "port": "8765"], "/port: expected an integer, got string"),
    Case(AddPeer.Parameters.self, ["host": "h", "port": 1.5], "/port: expected an integer, got number"),
    Case(RemovePeer.Result.self, ["removed": "a"], "/removed: expected a peer id: peer- and 32 letters"),
    Case(Peer.self, with("peer_id", "peer-short"), "/peer_id: expected a peer id: peer- and 32 letters"),
    Case(Peer.self, with("status", nil), "/status: missing"),
    Case(Peer.self, with("skills", ["a", 1]), "/skills/1: expected a string, got integer"),
    Case(Peer.self, with("online", "yes"), "/online: expected true or false, got string"),
    Case(Peer.self, with("latency_ms", "1"), "/latency_ms: expected a number, got string"),
    Case(PendingRequest.self, peer, "/requested_at: missing"),
    Case(PendingRequest.self, with("requested_at", 1), "/expires_at: missing"),
    Case(ListPending.Result.self, ["pending": [peer]], "/pending/0/requested_at: missing"),
    Case(ListSkills.Parameters.self, ["peer_id": []], "/peer_id: expected a string, got array"),
    Case(ListSkills.Result.self, ["skills": [["name": "a"]]], "/skills/0/description: missing"),
    Case(
      ListSkills.Result.self,
      ["skills": [["name": "a", "description": "b", "tools": [["name": "t", "description": "d"]]]]],
      "/skills/0/tools/0/input_schema: missing"),
    Case(CallSkill.Parameters.self, ["tool": "t"], "/skill: missing"),
    Case(CallSkill.Parameters.self, ["skill": "s"], "/tool: missing"),
    Case(CallRemoteSkill.Parameters.self, ["skill": "s", "tool": "t"], "/peer_id: missing"),
    Case(CallRemoteSkill.Parameters.self, ["peer_id": "p", "tool": "t"], "/skill: missing"),
    Case(
      CallRemoteSkill.Parameters.self, ["peer_id": "p", "skill": "s", "tool": "t", "timeout": "1"],
      "/timeout: expected a number, got string"),
    Case(SkillResult.self, ["success": true], "/execution_time_ms: missing"),
    Case(SkillResult.self, ["execution_time_ms": 1], "/success: missing"),
    Case(FindSkill.Parameters.self, [:], "/skill: missing"),
    Case(FindSkill.Result.self, ["skill": "s", "peers": [["name": "n"]]], "/peers/0/peer_id: missing"),
    Case(ExplainAccess.Parameters.self, ["peer_id": "p"], "/action: missing"),
    Case(ExplainAccess.Result.self, ["here": ["allowed": true, "rule": "r"]], "/there: missing"),
    Case(ExplainAccess.Verdict.self, ["allowed": 1, "rule": "r"], "/allowed: expected true or false, got integer"),
    Case(NodeStatus.Result.self, [:], "/peers: missing"),
    Case(NodeStatus.Result.self, ["peers": []], "/peers: expected an object, got array"),
    Case(NodeStatus.Result.self, ["peers": ["pending": "1"]], "/peers/pending: expected an integer, got string"),
    Case(DaemonInfo.Result.self, ["version": "1", "protocol": "1.0"], "/pid: missing"),
  ]

  @Test(arguments: cases) func theFaultIsNamedByItsPointer(_ test: Case) {
    let error = #expect(throws: NodeError.self) { try test.read(test.json) }
    #expect(error == NodeError(.invalidArguments, test.message))
  }

  struct Unfit: Sendable, CustomTestStringConvertible {
    var schema: Schema
    var json: JSONValue
    var fault: String
    var testDescription: String { fault }
    init(_ schema: Schema, _ json: JSONValue, _ fault: String) {
      (self.schema, self.json, self.fault) = (schema, json, fault)
    }
  }

  /// What the schema refuses before a handler sees it.
  static let unfit: [Unfit] = [
    Unfit(DiscoverPeers.parameters, ["timeout": 61], "/timeout must be at most 60.0"),
    Unfit(DiscoverPeers.parameters, ["timeout": -1], "/timeout must be at least 0.0"),
    Unfit(AddPeer.parameters, ["host": "h", "port": 0], "/port must be at least 1"),
    Unfit(AddPeer.parameters, ["host": "h", "port": 65536], "/port must be at most 65535"),
    Unfit(
      AddPeer.parameters, ["host": .string(String(repeating: "h", count: 256))],
      "/host must have at most 255 characters"),
    Unfit(AddPeer.parameters, ["host": "h", "nam": "a"], "/nam unknown argument, did you mean name?"),
    Unfit(
      ListPeers.parameters, ["status": "gone"],
      "/status must be one of discovered, pending, approved, rejected, blocked"),
    Unfit(ApprovePeer.parameters, ["peer_id": "a", "trust": 1.5], "/trust expected string or integer, got number"),
    Unfit(CallSkill.parameters, ["skill": "s", "tool": "t", "arguments": []], "/arguments expected object, got array"),
    Unfit(
      CallRemoteSkill.parameters, ["peer_id": "p", "skill": "s", "tool": "t", "timeout": 0],
      "/timeout must be at least 0.1"),
    Unfit(NoParameters.schema, ["a": 1], "/a unknown argument"),
  ]

  @Test(arguments: unfit) func theSchemaRefusesValuesOutOfRange(_ test: Unfit) {
    let fault = test.schema.firstFault(of: test.json)
    #expect(fault.map { "\($0.pointer) \($0.reason)" } == test.fault)
  }
}
