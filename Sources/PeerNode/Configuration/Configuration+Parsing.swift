package import PeerModel

extension Configuration {
  /// Reads the text of a configuration file.
  /// - Parameter file: what errors call the file.
  /// - Throws: ``PeerModel/NodeError`` with code `configuration`; see ``load(path:mustExist:)``.
  package static func parse(text: String, file: String) throws(NodeError) -> Configuration {
    try parse(bytes: Array(text.utf8), file: file)
  }

  /// Reads the bytes of a configuration file; see ``parse(text:file:)``.
  static func parse(bytes: [UInt8], file: String) throws(NodeError) -> Configuration {
    guard bytes.count <= maximumFileSize else { throw tooLarge(file) }
    var configuration = Configuration()
    var faults: [ConfigurationFault] = []
    do {
      if let root = try YAMLReader.read(bytes), !root.isNull {
        configuration.read(root, at: "", &faults)
      }
    } catch {
      faults.append(error)
    }
    guard faults.isEmpty else { throw ConfigurationFault.error(faults, file: file) }
    return configuration
  }

  /// Sets one key from the text of a command-line option, which beats the file.
  /// - Parameters:
  ///   - path: a path of ``ConfigurationKey/table``; one that is no list.
  ///   - text: the option's value.
  ///   - option: the option, as errors call it.
  /// - Throws: ``PeerModel/NodeError`` with code `usage`.
  package mutating func set(_ path: String, to text: String, option: String) throws(NodeError) {
    guard let key = ConfigurationKey.named(path) else {
      throw NodeError(.usage, "\(option): there is no setting \(path)")
    }
    var value = YAMLNode.plainScalar(text)
    // A text needs no quotes on the command line, and an empty value is no default there.
    if case .text = key.kind { value = .string(text) }
    if value == .null { value = .string(text) }
    do {
      try key.read(YAMLNode(content: .scalar(value), line: 1), into: &self)
    } catch {
      throw NodeError(.usage, "\(option): " + error.message.dropFirst(path.count + 2), hint: error.hint)
    }
  }

  private mutating func read(_ node: YAMLNode, at section: String, _ faults: inout [ConfigurationFault]) {
    guard case .mapping(let members) = node.content else {
      let place = section.isEmpty ? "" : "\(section): "
      faults.append(
        ConfigurationFault(line: node.line, "\(place)expected keys with their values, got \(node.found)", hint: nil))
      return
    }
    for member in members {
      let path = section.isEmpty ? member.key : "\(section).\(member.key)"
      if let key = ConfigurationKey.named(path) {
        do { try key.read(member.value, into: &self) } catch { faults.append(error) }
      } else if !ConfigurationKey.isSection(path) {
        faults.append(ConfigurationKey.unknown(member.key, in: section, line: member.line))
      } else if !member.value.isNull {
        read(member.value, at: path, &faults)
      }
    }
  }
}
