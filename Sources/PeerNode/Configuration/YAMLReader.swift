import PeerModel
import Yams

/// Reads the YAML that configuration files are written in: one document of mappings, lists and scalars. Anchors, aliases
/// and tags are refused, so a document is as large as it looks, and a value is what it says.
enum YAMLReader {
  /// How deep a document may be nested.
  static let maximumDepth = 16
  /// How many aliases the parser may see at most; each can double the work before anything can refuse them.
  static let maximumAliases = 8

  /// - Returns: the document, nil when there is nothing in it.
  /// - Throws: the first fault of the text.
  static func read(_ bytes: [UInt8]) throws(ConfigurationFault) -> YAMLNode? {
    let text = try text(of: bytes)
    try refuseManyAliases(in: text)
    do {
      let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      // The parser owns the anchors, and nodes refer to them weakly.
      return try withExtendedLifetime(parser) {
        try parser.singleRoot().map { try convert($0, depth: 0) }
      }
    } catch let fault as ConfigurationFault {
      throw fault
    } catch {
      throw fault(of: error)
    }
  }

  /// The bytes as text. The parser would refuse the same, but could not tell the line.
  private static func text(of bytes: [UInt8]) throws(ConfigurationFault) -> String {
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      if String(validating: line, as: UTF8.self) == nil {
        throw ConfigurationFault(line: index + 1, "not UTF-8 text", hint: "save the file as UTF-8")
      }
      if let byte = line.first(where: { $0 == 0x7F || $0 < 0x20 && $0 != 0x09 && $0 != 0x0D }) {
        throw ConfigurationFault(line: index + 1, "control character \(byte)", hint: "delete it")
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Counts what may be an alias: `*` at the start of a word, outside comments that have a line for themselves.
  private static func refuseManyAliases(in text: String) throws(ConfigurationFault) {
    var count = 0
    for (index, line) in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      var previous = UInt8(ascii: " ")
      var isComment = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") } == UInt8(ascii: "#")
      for byte in line {
        // YAML 1.1 has more line breaks: a carriage return, and three beyond ASCII.
        let mayBreak = previous == UInt8(ascii: "\r") || previous >= 0x80
        if mayBreak { isComment = false }
        let beginsWord = mayBreak || " \t[{,-?:".utf8.contains(previous)
        if byte == UInt8(ascii: "*"), beginsWord, !isComment { count += 1 }
        previous = byte
      }
      guard count <= maximumAliases else { throw unused("aliases (*name)", line: index + 1) }
    }
  }

  private static func convert(_ node: Yams.Node, depth: Int) throws(ConfigurationFault) -> YAMLNode {
    let line = node.mark?.line ?? 1
    guard node.anchor == nil else {
      throw unused("anchors (&name)", line: line)
    }
    guard depth < maximumDepth else {
      throw ConfigurationFault(line: line, "nested deeper than \(maximumDepth) levels", hint: nil)
    }
    guard [Tag.Name.str, .seq, .map].contains(where: { $0.rawValue == node.tag.rawValue }) else {
      throw unused("tags (!name)", line: line)
    }
    switch node {
    case .scalar(let scalar):
      let value = scalar.style == .plain ? YAMLNode.plainScalar(scalar.string) : .string(scalar.string)
      return YAMLNode(content: .scalar(value), line: line)
    case .sequence(let elements):
      var list: [YAMLNode] = []
      for element in elements { list.append(try convert(element, depth: depth + 1)) }
      return YAMLNode(content: .list(list), line: line)
    case .mapping(let pairs):
      var members: [(key: String, line: Int, value: YAMLNode)] = []
      for (key, value) in pairs {
        let keyLine = key.mark?.line ?? line
        guard case .scalar(let name) = key, key.anchor == nil else {
          throw ConfigurationFault(line: keyLine, "a key has to be a single word", hint: nil)
        }
        members.append((name.string, keyLine, try convert(value, depth: depth + 1)))
      }
      return YAMLNode(content: .mapping(members), line: line)
    case .alias:
      throw unused("aliases (*name)", line: line)
    }
  }

  private static func unused(_ what: String, line: Int) -> ConfigurationFault {
    ConfigurationFault(line: line, "\(what) are not used in this file", hint: "write the value out")
  }
}
