package import PeerModel

/// The tools that an agent may call for a task: those skills that the one who asked may use, and no others.
package struct Toolbox: Sendable {
  /// Tools that a model is told of.
  static let maximumCount = 128
  /// Bytes of a result that the model gets to read.
  static let maximumResult = 32 << 10

  /// Where a name leads.
  private struct Place: Sendable {
    var skill: String
    var tool: String
    var isReadOnly: Bool
  }

  /// As the model is told of them.
  package let tools: [ChatTool]
  private let places: [String: Place]
  private let perform: @Sendable (_ skill: String, _ tool: String, _ arguments: JSONValue) async throws -> SkillOutput

  /// - Parameters:
  ///   - skills: what may be used.
  ///   - perform: calls a tool.
  package init(
    _ skills: [SkillDescription],
    perform: @escaping @Sendable (_ skill: String, _ tool: String, _ arguments: JSONValue) async throws -> SkillOutput
  ) {
    self.perform = perform
    var tools: [ChatTool] = []
    var places: [String: Place] = [:]
    for skill in skills where skill.unavailable == nil {
      for tool in skill.tools where tool.unavailable == nil && tools.count < Self.maximumCount {
        let name = Self.name(of: tool.name, in: skill.name, number: tools.count)
        places[name] = Place(skill: skill.name, tool: tool.name, isReadOnly: tool.isReadOnly)
        tools.append(ChatTool(name: name, summary: tool.summary, arguments: tool.arguments))
      }
    }
    (self.tools, self.places) = (tools, places)
  }

  /// A dot is not allowed in it.
  private static func name(of tool: String, in skill: String, number: Int) -> String {
    let name = "\(skill)__\(tool)"
    return name.utf8.count <= 64 ? name : "tool\(number)_\(tool.prefix(48))"
  }

  /// `skill.tool`; nil when the model made the name up.
  package func label(of name: String) -> String? { places[name].map { "\($0.skill).\($0.tool)" } }

  /// Whether calling it may change something.
  package func mayChange(_ name: String) -> Bool { places[name].map { !$0.isReadOnly } ?? false }

  /// Calls a tool.
  /// - Returns: what the model gets to read.
  /// - Throws: ``NodeError`` that the model may hear of; `CancellationError`.
  package func call(_ name: String, _ arguments: String) async throws -> String {
    guard let place = places[name] else {
      throw NodeError(.skillNotFound, "there is no tool \(name.prefix(64))")
    }
    let text = arguments.isEmpty ? "{}" : arguments
    guard let json = try? JSONParser.parse(Array(text.utf8)), json.objectValue != nil else {
      throw NodeError(.invalidArguments, "the arguments are no JSON object")
    }
    let output = try await perform(place.skill, place.tool, json)
    return Self.bounded(try Self.text(of: output))
  }

  /// The value, and what the files in it say where they are text.
  private static func text(of output: SkillOutput) throws(NodeError) -> String {
    var parts = output.value == .null ? [] : [output.value.stringValue ?? output.value.text]
    for file in output.files where file.mediaType?.hasPrefix("text/") == true || file.mediaType == MediaType.json {
      let bytes = try file.read(at: 0, count: maximumResult)
      parts.append("\(file.name):\n\(String(decoding: bytes, as: UTF8.self))")
    }
    return parts.joined(separator: "\n\n")
  }

  private static func bounded(_ text: String) -> String {
    guard text.utf8.count > maximumResult else { return text }
    return String(decoding: text.utf8.prefix(maximumResult), as: UTF8.self)
      + "\n[cut off here: the whole has \(text.utf8.count) bytes]"
  }
}
