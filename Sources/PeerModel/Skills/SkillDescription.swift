/// What a skill is and what it can do, as it is shown to owners, peers and agents.
package struct SkillDescription: Hashable, Sendable {
  package var name: String
  package var summary: String
  package var tools: [ToolDescription]
  /// Why it cannot be used right now, with what to do about it; nil when it can.
  package var unavailable: String?

  package init(name: String, summary: String, tools: [ToolDescription], unavailable: String? = nil) {
    self.name = name
    self.summary = summary
    self.tools = tools
    self.unavailable = unavailable
  }
}

/// One thing that a skill does.
package struct ToolDescription: Hashable, Sendable {
  package var name: String
  package var summary: String
  /// JSON Schema of the arguments object.
  package var arguments: Schema
  /// It changes nothing, so running it again after a crash harms nobody.
  package var isReadOnly: Bool
  /// Why it cannot be used right now, with what to do about it; nil when it can.
  package var unavailable: String?

  package init(
    name: String, summary: String, arguments: Schema, isReadOnly: Bool = false, unavailable: String? = nil
  ) {
    self.name = name
    self.summary = summary
    self.arguments = arguments
    self.isReadOnly = isReadOnly
    self.unavailable = unavailable
  }
}

extension SkillDescription: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      name: try fields.required("name"), summary: try fields.required("description"),
      tools: try fields.required("tools"), unavailable: try fields.optional("unavailable"))
  }
  package var json: JSONValue {
    .compact([
      "name": name.json, "description": summary.json, "tools": tools.json, "available": .bool(unavailable == nil),
      "unavailable": unavailable?.json,
    ])
  }
  package static let schema = Schema.object(
    [
      "name": .string("The skill's name."), "description": .string("What it is for."),
      "tools": .array(of: ToolDescription.schema, "What it can do."), "available": .boolean("Can be used now."),
      "unavailable": .string("Why not, and what to do about it."),
    ], required: ["name", "description", "tools"])
}

extension ToolDescription: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    let fields = try JSONFields(json)
    self.init(
      name: try fields.required("name"), summary: try fields.required("description"),
      arguments: Schema(shown: try fields.required("input_schema")),
      isReadOnly: try fields.optional("read_only") ?? false, unavailable: try fields.optional("unavailable"))
  }
  package var json: JSONValue {
    .compact([
      "name": name.json, "description": summary.json, "input_schema": arguments.json, "read_only": isReadOnly.json,
      "unavailable": unavailable?.json,
    ])
  }
  package static let schema = Schema.object(
    [
      "name": .string("The tool's name."), "description": .string("What it does."),
      "input_schema": .object([:], "JSON Schema of its arguments.", open: true),
      "read_only": .boolean("It changes nothing."),
      "unavailable": .string("Why it cannot be used now, and what to do about it."),
    ], required: ["name", "description", "input_schema"])
}
