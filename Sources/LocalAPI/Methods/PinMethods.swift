package import PeerModel

/// A tool of somebody else that is pinned.
package struct PinSummary: JSONConvertible, Hashable {
  /// A peer's id, or `mcp:NAME`.
  package var source: String
  /// The peer's name, or the source again.
  package var name: String
  package var skill: String
  package var tool: String
  package var digest: String
  /// Seconds since 1970.
  package var pinnedAt: Int
  /// Who accepted it; nil when its first use did.
  package var acceptedBy: String?
  /// How it compares with what the source last told.
  package var state: PinState

  package init(
    source: String, name: String, skill: String, tool: String, digest: String, pinnedAt: Int, acceptedBy: String?,
    state: PinState
  ) {
    self.source = source
    self.name = name
    self.skill = skill
    self.tool = tool
    self.digest = digest
    self.pinnedAt = pinnedAt
    self.acceptedBy = acceptedBy
    self.state = state
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      source: try fields.required("source"), name: try fields.required("name"), skill: try fields.required("skill"),
      tool: try fields.required("tool"), digest: try fields.required("digest"),
      pinnedAt: try fields.required("pinned_at"), acceptedBy: try fields.optional("accepted_by"),
      state: try fields.required("state"))
  }
  package var json: JSONValue {
    [
      "source": source.json, "name": name.json, "skill": skill.json, "tool": tool.json, "digest": digest.json,
      "pinned_at": pinnedAt.json, "accepted_by": acceptedBy?.json ?? .null, "state": state.json,
    ]
  }
  package static let schema = Schema.object([
    "source": .string("A peer's id, or mcp:NAME."), "name": .string("The peer's name."),
    "skill": .string("The skill."), "tool": .string("The tool."), "digest": .string("sha256: and 64 digits."),
    "pinned_at": .integer("Seconds since 1970."), "accepted_by": .string("Who accepted it.").orNull,
    "state": PinState.schema,
  ]).whole
}

/// How a pinned tool compares with what its source last told.
package enum PinState: String, JSONConvertible, Hashable, CaseIterable {
  case same
  case changed
  /// Its source has it no more.
  case gone
  /// It is not pinned: nobody has used it.
  case new
  /// It is not known what its source has.
  case unknown

  package init(json: JSONValue) throws(NodeError) {
    guard let state = Self(rawValue: try String(json: json)) else {
      throw NodeError(.invalidArguments, "not a state of a pin")
    }
    self = state
  }
  package var json: JSONValue { rawValue.json }
  package static let schema = Schema.enumeration(
    allCases.map(\.rawValue), "How it compares with what its source last told.")
}

/// Parameters of a method about one tool of somebody else.
package struct ToolParameters: JSONConvertible, Hashable {
  /// A peer as commands take it, or `mcp:NAME`.
  package var source: String
  package var skill: String
  package var tool: String
  package init(source: String, skill: String, tool: String) {
    self.source = source
    self.skill = skill
    self.tool = tool
  }
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      source: try fields.required("source"), skill: try fields.required("skill"), tool: try fields.required("tool"))
  }
  package var json: JSONValue { ["source": source.json, "skill": skill.json, "tool": tool.json] }
  package static let properties: [String: Schema] = [
    "source": .string("A peer's id, unique prefix of it, or name; or mcp:NAME.", maximumLength: 255),
    "skill": .string("The skill's name.", maximumLength: 64), "tool": .string("The tool's name.", maximumLength: 64),
  ]
}

/// `skills.pins`: which tools of others have been used, and whether they are still as they were.
package enum ListPins: Method {
  package static let name = "skills.pins"
  package static let summary = "List the tools of peers that have been used, and whether they have changed since."

  package struct Parameters: JSONConvertible, Hashable {
    /// Only of this peer, or `mcp:NAME`.
    package var source: String?
    package init(source: String? = nil) { self.source = source }
    package init(json: JSONValue) throws(NodeError) { source = try JSONFields(json).optional("source") }
    package var json: JSONValue { .compact(["source": source?.json]) }
  }
  package struct Result: JSONConvertible, Hashable {
    package var pins: [PinSummary]
    package init(pins: [PinSummary]) { self.pins = pins }
    package init(json: JSONValue) throws(NodeError) { pins = try JSONFields(json).required("pins") }
    package var json: JSONValue { ["pins": pins.json] }
  }
  package static let parameters = Schema.object([
    "source": .string("Only of this peer, or mcp:NAME.", maximumLength: 255)
  ])
  package static let result = Schema.object(["pins": .array(of: PinSummary.schema, "By source and name.")]).whole
}

/// `skills.diff`: what has changed about a tool since it was pinned.
package enum CompareTool: Method {
  package static let name = "skills.diff"
  package static let summary = "Show what a peer has changed about a tool since it was first used or accepted."
  package typealias Parameters = ToolParameters

  package struct Result: JSONConvertible, Hashable {
    /// A peer's id, or `mcp:NAME`.
    package var source: String
    package var name: String
    package var state: PinState
    /// The hash that is pinned, and the one of what the source tells now: what `skills.accept` takes.
    package var pinned: String?
    package var offered: String?
    package var pinnedAt: Int?
    /// Lines of the unified format, without names of files; of a tool that is not pinned, all of it.
    package var difference: [String]
    package init(
      source: String, name: String, state: PinState, pinned: String?, offered: String?, pinnedAt: Int?,
      difference: [String]
    ) {
      self.source = source
      self.name = name
      self.state = state
      self.pinned = pinned
      self.offered = offered
      self.pinnedAt = pinnedAt
      self.difference = difference
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        source: try fields.required("source"), name: try fields.required("name"), state: try fields.required("state"),
        pinned: try fields.optional("pinned"), offered: try fields.optional("offered"),
        pinnedAt: try fields.optional("pinned_at"), difference: try fields.required("diff"))
    }
    package var json: JSONValue {
      [
        "source": source.json, "name": name.json, "state": state.json, "pinned": pinned?.json ?? .null,
        "offered": offered?.json ?? .null, "pinned_at": pinnedAt?.json ?? .null, "diff": difference.json,
      ]
    }
  }
  package static let parameters = Schema.object(ToolParameters.properties, required: ["source", "skill", "tool"])
  package static let result = Schema.object([
    "source": .string("A peer's id, or mcp:NAME."), "name": .string("The peer's name."), "state": PinState.schema,
    "pinned": .string("The pinned hash.").orNull, "offered": .string("The hash of what the source tells now.").orNull,
    "pinned_at": .integer("Seconds since 1970.").orNull,
    "diff": .array(of: .string("A line."), "The difference in the unified format."),
  ]).whole
}

/// `skills.accept`: the owner takes a changed tool as it is now.
package enum AcceptTool: Method {
  package static let name = "skills.accept"
  package static let summary = "Accept what a peer has changed about a tool, so that it may be used again."

  package struct Parameters: JSONConvertible, Hashable {
    package var tool: ToolParameters
    /// The `offered` hash of what was looked at: what the source tells now must still be that.
    package var digest: String
    package init(tool: ToolParameters, digest: String) {
      self.tool = tool
      self.digest = digest
    }
    package init(json: JSONValue) throws(NodeError) {
      tool = try ToolParameters(json: json)
      digest = try JSONFields(json).required("digest")
    }
    package var json: JSONValue {
      var members = tool.json.objectValue ?? [:]
      members["digest"] = digest.json
      return .object(members)
    }
  }
  package typealias Result = PinSummary
  package static let parameters = Schema.object(
    ToolParameters.properties.merging([
      "digest": .string("The hash that skills.diff gave as offered.", maximumLength: 71)
    ]) { $1 }, required: ["source", "skill", "tool", "digest"])
  package static let result = PinSummary.schema
}
