package import PeerModel

/// What came of one invocation of a tool.
package struct SkillResult: JSONConvertible, Hashable {
  package var requestID: String?
  /// The tool's result; a file in it is a ``FileReference``.
  package var result: JSONValue
  package var executionMilliseconds: Double
  package var success: Bool
  /// One sentence when `success` is false.
  package var error: String?
  /// Who did it, where the caller left the choice; see ``CallRemoteSkill``.
  package var choice: PeerChoice?

  package init(
    requestID: String? = nil, result: JSONValue, executionMilliseconds: Double, success: Bool, error: String? = nil,
    choice: PeerChoice? = nil
  ) {
    self.choice = choice
    self.requestID = requestID
    self.result = result
    self.executionMilliseconds = executionMilliseconds
    self.success = success
    self.error = error
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      requestID: try fields.optional("request_id"), result: fields.value("result") ?? .null,
      executionMilliseconds: try fields.required("execution_time_ms"), success: try fields.required("success"),
      error: try fields.optional("error"), choice: try PeerChoice(in: json))
  }
  package var json: JSONValue {
    var members: [String: JSONValue] = [
      "request_id": requestID?.json ?? .null, "result": result, "execution_time_ms": executionMilliseconds.json,
      "success": success.json, "error": error?.json ?? .null,
    ]
    if let choice { members.merge(choice.members) { first, _ in first } }
    return .object(members)
  }
  package static let schema = Schema.object([
    "request_id": .string("The caller's id of this request.").orNull, "result": .any("What the tool returned."),
    "execution_time_ms": .number("How long it ran."), "success": .boolean("Whether it did its work."),
    "error": .string("Why not.").orNull,
  ]).whole
}

/// `skills.list`: what this node can do, or what a peer offers.
package enum ListSkills: Method {
  package static let name = "skills.list"
  package static let summary = "List the skills of this node, or those that a peer offers."

  package struct Parameters: JSONConvertible, Hashable {
    /// The peer to ask; this node when absent.
    package var peer: String?
    /// Ask the peer now, instead of answering with what it last told.
    package var refresh: Bool
    package init(peer: String? = nil, refresh: Bool = false) {
      self.peer = peer
      self.refresh = refresh
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(peer: try fields.optional("peer_id"), refresh: try fields.optional("refresh") ?? false)
    }
    package var json: JSONValue { .compact(["peer_id": peer?.json, "refresh": refresh ? true : nil]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var skills: [SkillDescription]
    /// Why manifests of this node are not used; each one sentence.
    package var warnings: [String]
    /// When a peer told its list, seconds since 1970; nil for this node's own.
    package var fetchedAt: Int?
    package init(skills: [SkillDescription], warnings: [String] = [], fetchedAt: Int? = nil) {
      self.skills = skills
      self.warnings = warnings
      self.fetchedAt = fetchedAt
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        skills: try fields.required("skills"), warnings: try fields.optional("warnings") ?? [],
        fetchedAt: try fields.optional("fetched_at"))
    }
    package var json: JSONValue {
      .compact([
        "skills": skills.json, "warnings": warnings.isEmpty ? nil : warnings.json, "fetched_at": fetchedAt?.json,
      ])
    }
  }
  package static let parameters = Schema.object([
    "peer_id": PeerParameters.peerSchema,
    "refresh": .boolean("Ask the peer now; else the list is what it last told."),
  ])
  package static let result = Schema.object(
    [
      "skills": .array(of: SkillDescription.schema, "By name."),
      "warnings": .array(of: .string("A sentence."), "Why manifests of this node are not used."),
      "fetched_at": .integer("When the peer told its list, seconds since 1970."),
    ], required: ["skills"])
}

/// `skills.call`: invokes a tool on this node.
package enum CallSkill: Method {
  package static let name = "skills.call"
  package static let summary = "Invoke a tool of a skill on this node."

  package struct Parameters: JSONConvertible, Hashable {
    package var skill: String
    package var tool: String
    package var arguments: JSONValue
    package init(skill: String, tool: String, arguments: JSONValue) {
      self.skill = skill
      self.tool = tool
      self.arguments = arguments
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        skill: try fields.required("skill"), tool: try fields.required("tool"),
        arguments: fields.value("arguments") ?? fields.value("args") ?? [:])
    }
    package var json: JSONValue { ["skill": skill.json, "tool": tool.json, "arguments": arguments] }
  }
  package typealias Result = SkillResult
  package static let parameters = Schema.object(
    [
      "skill": .string("The skill's name.", maximumLength: 64), "tool": .string("The tool's name.", maximumLength: 64),
      "arguments": .object([:], "Arguments, as the tool's schema has them.", open: true),
      "args": .object([:], "The same under its short name.", open: true),
    ], required: ["skill", "tool"])
  package static let result = SkillResult.schema
}

/// `p2p.remote_skill`: invokes a tool on a peer, or with `any` on the best of the approved ones.
package enum CallRemoteSkill: Method {
  package static let name = "p2p.remote_skill"
  package static let summary = "Invoke a specific skill on a peer, or on the best of the peers that have it."

  package struct Parameters: JSONConvertible, Hashable {
    /// Nil leaves the choice among the approved peers to the daemon.
    package var peer: String?
    package var call: CallSkill.Parameters
    /// Seconds; the configured `task_timeout` when absent. Of several peers that are tried, for all together.
    package var timeout: Double?
    package init(peer: String?, call: CallSkill.Parameters, timeout: Double? = nil) {
      self.peer = peer
      self.call = call
      self.timeout = timeout
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      peer = try fields.optional("peer_id")
      call = try CallSkill.Parameters(json: json)
      timeout = try fields.optional("timeout")
      // Said, not left out: a word that came out empty somewhere must not go to just anybody.
      guard try (fields.optional("any") ?? false) != (peer != nil) else {
        throw NodeError(.invalidArguments, peer == nil ? "/peer_id: missing" : "/any: a peer is named already")
      }
    }
    package var json: JSONValue {
      var members = call.json.objectValue ?? [:]
      members["peer_id"] = peer?.json
      members["any"] = peer == nil ? true : nil
      members["timeout"] = timeout?.json
      return .object(members)
    }
  }
  package typealias Result = SkillResult
  package static let parameters = Schema.object(
    [
      "peer_id": PeerParameters.peerSchema,
      "any": .boolean("Instead of a peer: the best of the approved ones that have the tool."),
      "skill": .string("The skill's name.", maximumLength: 64),
      "tool": .string("The tool's name.", maximumLength: 64),
      "arguments": .object([:], "Arguments, as the tool's schema has them.", open: true),
      "args": .object([:], "The same under its short name.", open: true),
      "timeout": .number("Seconds to wait.", minimum: 0.1, maximum: 86400),
    ], required: ["skill", "tool"])
  package static let result = PeerChoice.added(to: SkillResult.schema)
}

/// `peers.can`: explains what a peer may do here and what we may do there.
package enum ExplainAccess: Method {
  package static let name = "peers.can"
  package static let summary = "Explain in both directions whether a tool may be used, and what would change it."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String
    /// `skill.tool`, or the name of a permission such as `run_task`.
    package var action: String
    package init(peer: String, action: String) {
      self.peer = peer
      self.action = action
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      peer = try fields.required("peer_id")
      action = try fields.required("action")
    }
    package var json: JSONValue { ["peer_id": peer.json, "action": action.json] }
  }
  /// One direction's verdict.
  package struct Verdict: JSONConvertible, Hashable {
    package var allowed: Bool
    /// What decided, one sentence.
    package var rule: String
    /// The command or config line that would change it.
    package var change: String?
    package init(allowed: Bool, rule: String, change: String? = nil) {
      self.allowed = allowed
      self.rule = rule
      self.change = change
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        allowed: try fields.required("allowed"), rule: try fields.required("rule"),
        change: try fields.optional("change"))
    }
    package var json: JSONValue { ["allowed": allowed.json, "rule": rule.json, "change": change?.json ?? .null] }
    package static let schema = Schema.object([
      "allowed": .boolean("The verdict."), "rule": .string("What decided."),
      "change": .string("The command or config line that would change it.").orNull,
    ])
  }
  package struct Result: JSONConvertible, Hashable {
    /// May the peer do it on this node?
    package var here: Verdict
    /// May this node do it on the peer?
    package var there: Verdict
    package init(here: Verdict, there: Verdict) {
      self.here = here
      self.there = there
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      here = try fields.required("here")
      there = try fields.required("there")
    }
    package var json: JSONValue { ["here": here.json, "there": there.json] }
  }
  package static let parameters = Schema.object(
    [
      "peer_id": PeerParameters.peerSchema,
      "action": .string("skill.tool, or a permission such as run_task.", maximumLength: 129),
    ], required: ["peer_id", "action"])
  package static let result = Schema.object(["here": Verdict.schema, "there": Verdict.schema])
}
