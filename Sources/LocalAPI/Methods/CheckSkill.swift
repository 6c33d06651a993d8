package import PeerModel

/// `skills.check`: whether a manifest is right, without using it.
package enum CheckSkill: Method {
  package static let name = "skills.check"
  package static let summary = "Check the manifest of a command skill."

  package struct Parameters: JSONConvertible, Hashable {
    /// The manifest; its bytes travel beside the request.
    package var file: FileReference
    package init(file: FileReference) { self.file = file }
    package init(json: JSONValue) throws(NodeError) { file = try JSONFields(json).required("file") }
    package var json: JSONValue { ["file": file.json] }
  }

  /// One thing that is wrong.
  package struct Fault: JSONConvertible, Hashable {
    /// Counted from 1; nil when the fault belongs to no line.
    package var line: Int?
    /// What is wrong, beginning with the key where there is one.
    package var message: String
    /// What to do about it.
    package var hint: String?
    package init(line: Int?, message: String, hint: String? = nil) {
      self.line = line
      self.message = message
      self.hint = hint
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(
        line: try fields.optional("line"), message: try fields.required("message"), hint: try fields.optional("hint"))
    }
    package var json: JSONValue {
      ["line": line?.json ?? .null, "message": message.json, "hint": hint?.json ?? .null]
    }
    package static let schema = Schema.object([
      "line": .integer("The line, from 1.").orNull, "message": .string("What is wrong."),
      "hint": .string("What to do about it.").orNull,
    ])
  }

  package struct Result: JSONConvertible, Hashable {
    /// What the manifest describes; nil when it is wrong.
    package var skill: SkillDescription?
    /// By line.
    package var faults: [Fault]
    package init(skill: SkillDescription?, faults: [Fault]) {
      self.skill = skill
      self.faults = faults
    }
    package init(json: JSONValue) throws(NodeError) {
      let fields = try JSONFields(json)
      self.init(skill: try fields.optional("skill"), faults: try fields.required("faults"))
    }
    package var json: JSONValue { ["skill": skill?.json ?? .null, "faults": faults.json] }
  }

  package static let parameters = Schema.object(["file": .file("The manifest.")], required: ["file"])
  package static let result = Schema.object([
    "skill": .any("What the manifest describes, or null."), "faults": .array(of: Fault.schema, "By line."),
  ])
}
