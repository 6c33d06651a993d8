internal import LocalAPI
internal import PeerModel

/// `r config`: the configuration in force.
enum ConfigCommand: Command {
  static let syntax = Syntax(
    verb: "config", group: .node, summary: "Show the configuration in force, defaults included.",
    details: "Printed as in the config file; secrets are not part of it.", examples: ["r config", "r config --json"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(ShowConfiguration.self, .init())
    switch invocation.output.format {
    case .json, .ids: invocation.output.json(answer.json)
    case .text: for line in lines(of: answer.json, indent: "") { invocation.output.line(line) }
    }
  }

  /// The value as YAML.
  private static func lines(of value: JSONValue, indent: String) -> [String] {
    switch value {
    case .object(let members) where !members.isEmpty:
      members.sorted { isScalar($0.value) == isScalar($1.value) ? $0.key < $1.key : isScalar($0.value) }.flatMap {
        isScalar($0.value)
          ? ["\(indent)\(scalar(.string($0.key))): \(scalar($0.value))"]
          : ["\(indent)\(scalar(.string($0.key))):"] + lines(of: $0.value, indent: indent + "  ")
      }
    case .array(let elements) where !elements.isEmpty:
      elements.flatMap { element in
        isScalar(element)
          ? ["\(indent)- \(scalar(element))"] : ["\(indent)-"] + lines(of: element, indent: indent + "  ")
      }
    default: ["\(indent)\(scalar(value))"]
    }
  }

  private static func isScalar(_ value: JSONValue) -> Bool {
    switch value {
    case .object(let members): members.isEmpty
    case .array(let elements): elements.isEmpty
    default: true
    }
  }

  /// A plain word stays plain; everything else is JSON, which YAML takes.
  private static func scalar(_ value: JSONValue) -> String {
    guard case .string(let text) = value else { return value.text }
    let isPlain = text.utf8.allSatisfy { byte in
      "._/-".utf8.contains(byte) || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte)
    }
    let meansOther = ["true", "false", "null", "yes", "no", "on", "off"].contains(text.lowercased())
    let startsPlain = text.unicodeScalars.first?.properties.isAlphabetic ?? false
    return isPlain && startsPlain && !meansOther ? text : value.text
  }
}
