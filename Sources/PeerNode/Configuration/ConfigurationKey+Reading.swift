import PeerModel

extension ConfigurationKey {
  /// Puts the value of `node` in its place; null means the default, so nothing happens.
  /// - Throws: the fault of the value, at its line.
  func read(_ node: YAMLNode, into configuration: inout Configuration) throws(ConfigurationFault) {
    guard !node.isNull else { return }
    switch kind {
    case .flag(let place):
      guard case .scalar(.bool(let value)) = node.content else { throw mismatch(node, hint: "write true or false") }
      configuration[keyPath: place] = value
    case .integer(let place, let range, _):
      guard case .scalar(.integer(let value)) = node.content, let number = Int(exactly: value), range.contains(number)
      else { throw mismatch(node) }
      configuration[keyPath: place] = number
    case .duration(let place, let range):
      guard let seconds = Self.seconds(node), range.contains(seconds) else {
        throw mismatch(node, hint: "write seconds, or a number with s, m, h or d")
      }
      configuration[keyPath: place] = .seconds(seconds)
    case .text(let place, let rule):
      configuration[keyPath: place] = try text(node, rule)
    case .list(let place, let rule):
      guard case .list(let elements) = node.content else { throw mismatch(node, hint: listHint(node)) }
      var list: [String] = []
      for element in elements { list.append(try text(element, rule)) }
      configuration[keyPath: place] = list
    case .trust(let place):
      guard let level = Self.level(node), TrustLevel.grantable.contains(level) else { throw mismatch(node) }
      configuration[keyPath: place] = level
    case .mutualTLS(let place):
      guard case .scalar(.string(let text)) = node.content, let mode = Configuration.P2P.MutualTLS(rawValue: text)
      else { throw mismatch(node) }
      configuration[keyPath: place] = mode
    case .mcpServers(let place):
      configuration[keyPath: place] = try MCPServersReader(path: path).read(node)
    case .sections(let sections):
      try sections.read(node, at: path, into: &configuration)
    }
  }

  /// What values the key takes, for the end of "expected".
  var expectation: String {
    switch kind {
    case .flag: "true or false"
    case .integer(_, let range, let what): "\(what) from \(range.lowerBound) to \(range.upperBound)"
    case .duration(_, let range):
      "a time from \(DurationText.spelling(of: range.lowerBound)) to \(DurationText.spelling(of: range.upperBound))"
    case .text(_, let rule): rule.what
    case .list(_, let rule): "a list, each \(rule.what)"
    case .trust: "basic, trusted or full, or 50, 75 or 100"
    case .mutualTLS: "optional or required"
    case .mcpServers: "servers by name"
    case .sections(let sections): sections.what
    }
  }

  private func mismatch(_ node: YAMLNode, expected: String? = nil, hint: String? = nil) -> ConfigurationFault {
    ConfigurationFault(
      line: node.line, "\(path): expected \(expected ?? expectation), got \(node.found)", hint: hint)
  }

  private func text(_ node: YAMLNode, _ rule: TextRule) throws(ConfigurationFault) -> String {
    guard case .scalar(.string(let text)) = node.content else {
      let hint: String? =
        if case .scalar(let value) = node.content, value != .null { "put it in quotes: \"\(value.text)\"" } else { nil }
      throw mismatch(node, expected: rule.what, hint: hint)
    }
    if let problem = rule.problem(with: text) {
      let shown = text.isEmpty || !rule.isShown ? "the text" : JSONValue.string(text).text
      throw ConfigurationFault(line: node.line, "\(path): \(shown) \(problem)", hint: rule.hint)
    }
    return text
  }

  private func listHint(_ node: YAMLNode) -> String? {
    guard case .scalar(let value) = node.content, let name = steps.last else { return nil }
    return "write \(name): [\(value.stringValue ?? value.text)]"
  }

  private static func seconds(_ node: YAMLNode) -> Int? {
    switch node.content {
    case .scalar(.integer(let value)): Int(exactly: value)
    case .scalar(.string(let text)): DurationText.seconds(text)
    default: nil
    }
  }

  private static func level(_ node: YAMLNode) -> TrustLevel? {
    switch node.content {
    case .scalar(.integer(let value)): Int(exactly: value).flatMap { TrustLevel(value: $0) }
    case .scalar(.string(let text)): TrustLevel(text)
    default: nil
    }
  }
}
