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

  package init(
    requestID: String? = nil, result: JSONValue, executionMilliseconds: Double, success: Bool, error: String? = nil
  ) {
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
      error: try fields.optional("error"))
  }
  package var json: JSONValue {
    [
      "request_id": requestID?.json ?? .null, "result": result, "execution_time_ms": executionMilliseconds.json,
      "success": success.json, "error": error?.json ?? .null,
    ]
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
    package init(peer: String? = nil) { self.peer = peer }
    package init(json: JSONValue) throws(NodeError) { peer = try JSONFields(json).optional("peer_id") }
    package var json: JSONValue { .compact(["peer_id": peer?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var skills: [SkillDescription]
    /// Why manifests of this node are not used; each one sentence.
    package var warnings: [String]
    package init(skills: [SkillDescription], warnings: [String] = []) {
      self.skills = skills
      self.warnings = warnings
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(skills: try fields.required("skills"), warnings: try fields.optional("warnings") ?? [])
    }
    package var json: JSONValue {
      .compact(["skills": skills.json, "warnings": warnings.isEmpty ? nil : warnings.json])
    }
  }
  package static let parameters = Schema.object(["peer_id": PeerParameters.peerSchema])
  package static let result = Schema.object(
    [
      "skills": .array(of: SkillDescription.schema, "By name."),
      "warnings": .array(of: .string("A sentence."), "Why manifests of this node are not used."),
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

/// `p2p.remote_skill`: invokes a tool on a peer.
package enum CallRemoteSkill: Method {
  package static let name = "p2p.remote_skill"
  package static let summary = "Invoke a specific skill on a peer."

  package struct Parameters: JSONConvertible, Hashable {
    package var peer: String
    package var call: CallSkill.Parameters
    /// Seconds; the configured `task_timeout` when absent.
    package var timeout: Double?
    package init(peer: String, call: CallSkill.Parameters, timeout: Double? = nil) {
      self.peer = peer
      self.call = call
      self.timeout = timeout
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      peer = try fields.required("peer_id")
      call = try CallSkill.Parameters(json: json)
      timeout = try fields.optional("timeout")
    }
    package var json: JSONValue {
      var members = call.json.objectValue ?? [:]
      members["peer_id"] = peer.json
      members["timeout"] = timeout?.json
      return .object(members)
    }
  }
  package typealias Result = SkillResult
  package static let parameters = Schema.object(
    [
      "peer_id": PeerParameters.peerSchema, "skill": .string("The skill's name.", maximumLength: 64),
      "tool": .string("The tool's name.", maximumLength: 64),
      "arguments": .object([:], "Arguments, as the tool's schema has them.", open: true),
      "args": .object([:], "The same under its short name.", open: true),
      "timeout": .number("Seconds to wait.", minimum: 0.1, maximum: 86400),
    ], required: ["peer_id", "skill", "tool"])
  package static let result = SkillResult.schema
}

/// `p2p.find_skill`: which approved peers offer a skill.
package enum FindSkill: Method {
  package static let name = "p2p.find_skill"
  package static let summary = "Find the peers that offer a skill."

  package struct Parameters: JSONConvertible, Hashable {
    /// `skill` or `skill.tool`.
    package var skill: String
    package init(skill: String) { self.skill = skill }
    package init(json: JSONValue) throws(NodeError) { skill = try JSONFields(json).required("skill") }
    package var json: JSONValue { ["skill": skill.json] }
  }
  package struct Offer: JSONConvertible, Hashable {
    package var id: PeerID
    package var name: String
    package var online: Bool
    package var tools: [String]
    package init(id: PeerID, name: String, online: Bool, tools: [String]) {
      self.id = id
      self.name = name
      self.online = online
      self.tools = tools
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        id: try fields.required("peer_id"), name: try fields.required("name"), online: try fields.required("online"),
        tools: try fields.required("tools"))
    }
    package var json: JSONValue {
      ["peer_id": id.json, "name": name.json, "online": online.json, "tools": tools.json]
    }
  }
  package struct Result: JSONConvertible, Hashable {
    package var skill: String
    package var offers: [Offer]
    package init(skill: String, offers: [Offer]) {
      self.skill = skill
      self.offers = offers
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      skill = try fields.required("skill")
      offers = try fields.required("peers")
    }
    package var json: JSONValue { ["skill": skill.json, "peers": offers.json] }
  }
  package static let parameters = Schema.object(
    ["skill": .string("A skill, or skill.tool.", maximumLength: 129)], required: ["skill"])
  package static let result = Schema.object([
    "skill": .string("What was asked for."),
    "peers": .array(
      of: .object([
        "peer_id": .string("The peer."), "name": .string("Its name."), "online": .boolean("Reached lately."),
        "tools": .array(of: .string("skill.tool"), "The tools that match."),
      ]), "Online peers first."),
  ])
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
