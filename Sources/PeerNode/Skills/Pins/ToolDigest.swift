import Crypto
package import PeerModel

/// What a caller is shown of a tool, as one hash: SHA-256 over the one-line JSON, keys sorted, of its skill's name, its
/// own name, description, schema of the arguments, and whether it is read-only. Whether it is available just now is not
/// part of it.
package struct ToolDigest: Hashable, Sendable, CustomStringConvertible {
  static let prefix = "sha256:"

  /// `sha256:` and 64 digits in lower case.
  package let description: String

  /// - Parameter skill: the skill's name.
  package init(_ tool: ToolDescription, of skill: String) {
    let shown: JSONValue = [
      "skill": skill.json, "tool": tool.name.json, "description": tool.summary.json,
      "input_schema": tool.arguments.json, "read_only": tool.isReadOnly.json,
    ]
    description = Self.prefix + Hexadecimal.text(SHA256.hash(data: shown.bytes))
  }

  /// Nil for what is no such hash.
  package init?(_ text: String) {
    guard text.hasPrefix(Self.prefix), let bytes = Hexadecimal.bytes(String(text.dropFirst(Self.prefix.count))),
      bytes.count == SHA256.byteCount, text == text.lowercased()
    else { return nil }
    description = text
  }
}

extension ToolDigest: JSONConvertible {
  package init(json: JSONValue) throws(NodeError) {
    guard let digest = Self(try String(json: json)) else {
      throw NodeError(.invalidArguments, "expected \(Self.prefix) and 64 hexadecimal digits in lower case")
    }
    self = digest
  }
  package var json: JSONValue { description.json }
}
