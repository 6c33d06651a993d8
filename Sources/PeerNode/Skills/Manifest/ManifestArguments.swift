internal import PeerModel

/// The arguments that a tool declares.
struct ManifestArguments {
  struct Argument {
    /// Its schema, complete.
    var schema: JSONValue
    var isFile: Bool
    var isList: Bool
    var line: Int
  }

  var known: [String: Argument] = [:]
  var required: [String] = []

  /// Arguments of one tool.
  static let maximum = 64

  /// The schema of the arguments object.
  var schema: Schema {
    .object(known.mapValues { Schema(shown: $0.schema) }, required: required)
  }

  /// The values that stand for arguments that are not given.
  var defaults: [String: JSONValue] { known.compactMapValues { $0.schema["default"] } }

  /// The end of a sentence about an argument that does not exist.
  func suggestion(for name: String) -> String {
    Spelling.nearest(to: name, among: known.keys.sorted()).map { ", did you mean \($0)?" } ?? ""
  }

  /// Whether an argument or a tool can be called so.
  static func isName(_ name: String) -> Bool {
    name.utf8.count <= 64 && name.first.map { $0.isASCII && $0.isLetter } == true
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }
}

extension ToolReader {
  private static let keywords = [
    "type", "description", "default", "enum", "minimum", "maximum", "minLength", "maxLength", "items", "maxItems",
    "format",
    "title", "examples",
  ]
  private static let types = ["string", "integer", "number", "boolean", "array"]
  private static let otherTypes = [
    "int": "integer", "bool": "boolean", "str": "string", "text": "string", "list": "array", "float": "number",
    "double": "number", "path": "string",
  ]

  mutating func readArguments(_ section: ManifestReader.Section) {
    let place = "\(place).arguments"
    if let node = section["arguments"] {
      let members = reader.mapping(node, at: place, expected: "arguments by name, each a JSON Schema")
      if members.count > ManifestArguments.maximum {
        reader.fault(node.line, place, "a tool has at most \(ManifestArguments.maximum) arguments")
      }
      for member in members.prefix(ManifestArguments.maximum) {
        readArgument(member.key, member.line, member.value, "\(place).\(ConfigurationFault.shown(member.key))")
      }
    }
    for node in reader.list("required", in: section, orOne: true) {
      let place = "\(self.place).required"
      guard let name = reader.text(node, place, expected: "the name of an argument") else { continue }
      guard arguments.known[name] != nil else {
        reader.fault(node.line, place, "there is no argument \(name)\(arguments.suggestion(for: name))")
        continue
      }
      arguments.required.append(name)
    }
  }

  private mutating func readArgument(_ name: String, _ line: Int, _ node: YAMLNode, _ place: String) {
    // Known even when it is wrong, so that a place for it is no second fault.
    arguments.known[name] = .init(schema: [:], isFile: false, isList: false, line: line)
    if ["folder", "each"].contains(name) {
      reader.fault(line, place, "<\(name)> has a meaning of its own; choose another name")
    } else if !ManifestArguments.isName(name) {
      reader.fault(line, place, "is no name of an argument: letters, digits and _, at most 64")
    }
    guard case .mapping(let members) = node.content else {
      let hint = node.text.map { "write \(name): {type: \(Self.otherTypes[$0] ?? $0)}" }
      reader.mismatch(
        node.isNull ? YAMLNode(content: node.content, line: line) : node, place, expected: "a JSON Schema", hint: hint)
      return
    }
    let before = reader.faults.count
    let json = schema(members, line, place)
    guard reader.faults.count == before else { return }
    if let fault = Schema.fault(inManifest: json) {
      reader.fault(self.line(of: fault.key, in: members) ?? line, "\(place).\(fault.key)", fault.reason)
      return
    }
    let isList = json["type"] == "array"
    let isFile = json["format"] == "file" || json["items"]?["format"] == "file"
    arguments.known[name] = .init(schema: json, isFile: isFile, isList: isList, line: line)
    guard let standard = json["default"] else { return }
    let place = "\(place).default"
    let defaultLine = self.line(of: "default", in: members) ?? line
    if isFile {
      reader.fault(defaultLine, place, "a file has no default")
    } else if let fault = Schema(shown: json).firstFault(of: standard) {
      reader.fault(defaultLine, place, "does not fit its own schema: \(fault.reason)")
    }
  }

  private func line(of key: String, in members: [(key: String, line: Int, value: YAMLNode)]) -> Int? {
    members.first { $0.key == key }?.line
  }

  private mutating func schema(
    _ members: [(key: String, line: Int, value: YAMLNode)], _ line: Int, _ place: String, isItem: Bool = false
  ) -> JSONValue {
    var json: [String: JSONValue] = [:]
    for member in members {
      guard Self.keywords.contains(member.key) else {
        let near = Spelling.nearest(to: member.key, among: Self.keywords).map { ", did you mean \($0)?" } ?? ""
        let hint = member.key == "required" ? "the tool lists them: required: [NAME]" : nil
        reader.fault(
          member.line, "\(place).\(ConfigurationFault.shown(member.key))",
          "this keyword of JSON Schema is not supported here\(near)", hint: hint)
        continue
      }
      if member.key == "items", case .mapping(let inner) = member.value.content {
        json["items"] = schema(inner, member.line, "\(place).items", isItem: true)
      } else {
        json[member.key] = member.value.json
      }
    }
    if json["format"] == "file", json["type"] == nil { json["type"] = "object" }
    checkType(json, line, place, isItem)
    return .object(json)
  }

  private mutating func checkType(_ json: [String: JSONValue], _ line: Int, _ place: String, _ isItem: Bool) {
    let expected = "type: string, integer, number, boolean\(isItem ? "" : " or array"), or format: file"
    guard let type = json["type"] else { return reader.fault(line, place, "has no type; write \(expected)") }
    guard json["format"] != "file" else {
      if type != "object" { reader.fault(line, "\(place).type", "a file has the type object; leave it out") }
      return
    }
    guard let name = type.stringValue, Self.types.contains(name), !(isItem && name == "array") else {
      let given = type.stringValue ?? type.text
      let meant = given == "file" ? "format: file" : Self.otherTypes[given].map { "type: \($0)" }
      let near = meant ?? Spelling.nearest(to: given, among: Self.types).map { "type: \($0)" }
      let what = given == "object" ? "an object cannot be given to a program" : "expected \(expected), got \(given)"
      return reader.fault(line, "\(place).type", what + (near.map { ", did you mean \($0)?" } ?? ""))
    }
    if name == "array", json["items"] == nil {
      reader.fault(line, "\(place).items", "missing; it says what the list holds, such as items: {type: string}")
    }
  }
}

extension Schema {
  /// The keyword of a schema that does not have the shape it needs, and why.
  fileprivate static func fault(inManifest json: JSONValue) -> (key: String, reason: String)? {
    do {
      _ = try Schema(checking: json)
      return nil
    } catch {
      // `/keyword: reason`, or deeper.
      let parts = error.message.split(separator: ":", maxSplits: 1).map(String.init)
      let keys = parts[0].split(separator: "/")
      return (keys.first.map(String.init) ?? "", parts.count > 1 ? String(parts[1].dropFirst()) : error.message)
    }
  }
}

extension YAMLNode {
  /// The value as JSON.
  var json: JSONValue {
    switch content {
    case .scalar(let value): value
    case .list(let elements): .array(elements.map(\.json))
    case .mapping(let members): .object(Dictionary(members.map { ($0.key, $0.value.json) }, uniquingKeysWith: { $1 }))
    }
  }
}
