import LocalAPI
import PeerModel

/// `GET /v1/p2p/skills`: what this node exposes to the peer that asks.
enum PeerListSkills: Method {
  static let name = "peer.skills"
  static let summary = "List the skills that this node exposes."

  struct Parameters: JSONConvertible, Hashable {
    /// The list that the caller has.
    var known: String?
    init(json: JSONValue) throws(NodeError) { known = try JSONFields(json).optional("known") }
    var json: JSONValue { .compact(["known": known?.json]) }
  }
  struct Result: JSONConvertible, Hashable {
    var version: String?
    /// Nil where the caller's list is this one.
    var skills: [SkillDescription]?

    init(_ exposed: ExposedSkills, known: String?) {
      version = exposed.version
      skills = known == exposed.version ? nil : exposed.skills
    }
    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      version = try fields.optional("version")
      skills = try fields.optional("skills")
    }
    var json: JSONValue { .compact(["version": version?.json, "skills": skills?.json]) }
  }
  static let parameters = Schema.object([
    "known": .string("The version of the list that the caller has.", maximumLength: 64)
  ])
  static let result = Schema.object(
    [
      "version": .string("Changes when the list does."),
      "skills": .array(of: SkillDescription.schema, "By name; absent when the caller has this version."),
    ], required: ["version"])
}

/// `POST /v1/p2p/skill`: a peer invokes a tool of this node.
enum PeerCallSkill: Method {
  static let name = "peer.skill"
  static let summary = "Receive a skill invocation."

  struct Parameters: JSONConvertible, Hashable {
    /// The same id from the same peer never runs twice.
    var requestID: String?
    var call: CallSkill.Parameters
    /// Seconds that the caller waits.
    var timeout: Double?
    /// How the caller knows the tool; it is called only when it is still so.
    var digest: ToolDigest?

    init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      requestID = try fields.optional("request_id")
      call = try CallSkill.Parameters(json: json)
      timeout = try fields.optional("timeout")
      digest = try fields.optional("tool_digest")
    }
    var json: JSONValue {
      var members = call.json.objectValue ?? [:]
      members["request_id"] = requestID?.json
      members["timeout"] = timeout?.json
      members["tool_digest"] = digest?.json
      return .object(members)
    }
  }
  typealias Result = SkillResult
  static let parameters = Schema.object(
    [
      "request_id": .string("The caller's id; the same never runs twice.", maximumLength: 128).orNull,
      "skill": .string("The skill's name.", maximumLength: 64), "tool": .string("The tool's name.", maximumLength: 64),
      "arguments": .object([:], "Arguments, as the tool's schema has them.", open: true),
      "args": .object([:], "The same under its short name.", open: true),
      "timeout": .number("Seconds that the caller waits.", minimum: 0.1, maximum: 86400).orNull,
      "tool_digest": .string("How the caller knows the tool; refused when it has changed.", maximumLength: 71).orNull,
    ], required: ["skill", "tool"])
  static let result = SkillResult.schema
}
