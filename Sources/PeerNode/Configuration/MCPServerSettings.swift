package import PeerModel

extension Configuration {
  /// One entry of the `mcp_servers:` section: a program that speaks the Model Context Protocol on its standard streams.
  package struct MCPServer: Sendable, Hashable {
    /// The program: an absolute path, or a name that is looked up in the folders of `PATH`.
    package var command: String
    /// Its arguments.
    package var arguments: [String] = []
    /// Variables of its environment beside those that every server gets. Their values are secrets: they are never shown.
    package var environment: [String: String] = [:]
    /// Absolute path of its working directory; its own private folder when nil.
    package var folder: String?
    /// Whether it may use the network.
    package var network = false
    /// Whether it is not to be started.
    package var isDisabled = false
    /// How long it may take to answer, or to report progress.
    package var timeout = Duration.seconds(60)
    /// Whether its word that a tool changes nothing is believed, so that calls of the tool may be repeated.
    package var trustsHints = false

    /// A server with the defaults.
    package init(command: String) { self.command = command }

    /// What is shown in the place of a secret.
    package static let hidden = "(hidden)"

    /// As the file spells it, without the values of ``environment``.
    package var json: JSONValue {
      .compact([
        "command": command.json, "args": arguments.json,
        "env": .object(environment.mapValues { _ in .string(Self.hidden) }), "cwd": folder?.json,
        "network": network.json, "disabled": isDisabled.json, "timeout": .integer(timeout.components.seconds),
        "trust_hints": trustsHints.json,
      ])
    }
  }
}

/// Reads the `mcp_servers:` section.
struct MCPServersReader {
  /// Servers that a node may have.
  static let maximumServers = 32
  /// Arguments, and variables, that a server may have.
  static let maximumWords = 256

  private static let keys = ["command", "args", "env", "cwd", "network", "disabled", "timeout", "trust_hints"]
  private let path: String

  /// - Parameter path: where the section stands.
  init(path: String) { self.path = path }

  /// - Throws: the first fault, at its line. No value of a variable is in it.
  func read(_ node: YAMLNode) throws(ConfigurationFault) -> [String: Configuration.MCPServer] {
    let entries = try members(of: node, path, what: "servers by name")
    guard entries.count <= Self.maximumServers else {
      throw ConfigurationFault(line: node.line, "\(path): more than \(Self.maximumServers) servers", hint: nil)
    }
    var servers: [String: Configuration.MCPServer] = [:]
    for entry in entries {
      let place = "\(path).\(ConfigurationFault.shown(entry.key))"
      if let problem = TextRule.skill.problem(with: entry.key) {
        throw ConfigurationFault(
          line: entry.line, "\(place): the name \(problem)", hint: "it is the name of the skill, such as git")
      }
      servers[entry.key] = try server(entry.value, place)
    }
    return servers
  }

  private typealias Members = [(key: String, line: Int, value: YAMLNode)]

  private func members(of node: YAMLNode, _ place: String, what: String) throws(ConfigurationFault) -> Members {
    guard case .mapping(let members) = node.content else {
      throw ConfigurationFault(line: node.line, "\(place): expected \(what), got \(node.found)", hint: nil)
    }
    return members
  }

  private func server(_ node: YAMLNode, _ place: String) throws(ConfigurationFault) -> Configuration.MCPServer {
    let entries = try members(of: node, place, what: "keys with their values")
    var server = Configuration.MCPServer(command: "")
    for entry in entries {
      let path = "\(place).\(ConfigurationFault.shown(entry.key))"
      guard Self.keys.contains(entry.key) else { throw unknown(entry.key, path, entry.line) }
      guard !entry.value.isNull else { continue }
      switch entry.key {
      case "command": server.command = try text(entry.value, .program, path)
      case "args": server.arguments = try list(entry.value, path)
      case "env": server.environment = try environment(entry.value, path)
      case "cwd": server.folder = try text(entry.value, .folder, path)
      case "network": server.network = try flag(entry.value, path)
      case "disabled": server.isDisabled = try flag(entry.value, path)
      case "trust_hints": server.trustsHints = try flag(entry.value, path)
      default: server.timeout = try duration(entry.value, path)
      }
    }
    guard !server.command.isEmpty else {
      throw ConfigurationFault(
        line: node.line, "\(place).command: missing", hint: "name the program, such as command: mcp-server-git")
    }
    return server
  }

  private func unknown(_ key: String, _ path: String, _ line: Int) -> ConfigurationFault {
    let near = Spelling.nearest(to: key, among: Self.keys)
    let isRemote = ["url", "type", "transport", "headers"].contains(key)
    let hint = isRemote ? "only servers that are started as programs (command) can be used" : nil
    return ConfigurationFault(
      line: line, "\(path): unknown key" + (isRemote ? "" : near.map { ", did you mean \($0)?" } ?? ""),
      hint: hint ?? (near == nil ? "the keys here are: \(Self.keys.joined(separator: ", "))" : nil))
  }

  private func flag(_ node: YAMLNode, _ path: String) throws(ConfigurationFault) -> Bool {
    guard case .scalar(.bool(let value)) = node.content else {
      throw ConfigurationFault(
        line: node.line, "\(path): expected true or false, got \(node.found)", hint: "write true or false")
    }
    return value
  }

  private func duration(_ node: YAMLNode, _ path: String) throws(ConfigurationFault) -> Duration {
    let seconds: Int? =
      switch node.content {
      case .scalar(.integer(let value)): Int(exactly: value)
      case .scalar(.string(let text)): DurationText.seconds(text)
      default: nil
      }
    guard let seconds, (1...86_400).contains(seconds) else {
      throw ConfigurationFault(
        line: node.line, "\(path): expected a time from 1s to 1d, got \(node.found)",
        hint: "write seconds, or a number with s, m, h or d")
    }
    return .seconds(seconds)
  }

  private func text(_ node: YAMLNode, _ rule: TextRule, _ path: String) throws(ConfigurationFault) -> String {
    guard case .scalar(.string(let text)) = node.content else {
      throw ConfigurationFault(line: node.line, "\(path): expected \(rule.what), got \(node.found)", hint: rule.hint)
    }
    if let problem = rule.problem(with: text) {
      throw ConfigurationFault(
        line: node.line, "\(path): \(text.isEmpty ? "the text" : JSONValue.string(text).text) \(problem)",
        hint: rule.hint)
    }
    return text
  }

  private func list(_ node: YAMLNode, _ path: String) throws(ConfigurationFault) -> [String] {
    guard case .list(let elements) = node.content, elements.count <= Self.maximumWords else {
      throw ConfigurationFault(
        line: node.line, "\(path): expected a list of at most \(Self.maximumWords) texts, got \(node.found)", hint: nil)
    }
    var words: [String] = []
    for element in elements {
      guard case .scalar(.string(let text)) = element.content, !text.utf8.contains(0) else {
        let hint: String? =
          if case .scalar(let value) = element.content { "put it in quotes: \"\(value.text)\"" } else { nil }
        throw ConfigurationFault(line: element.line, "\(path): expected a text, got \(element.found)", hint: hint)
      }
      words.append(text)
    }
    return words
  }

  private func environment(_ node: YAMLNode, _ path: String) throws(ConfigurationFault) -> [String: String] {
    // Nothing that is found here is shown: it may be the secret itself.
    guard case .mapping(let members) = node.content, members.count <= Self.maximumWords else {
      throw ConfigurationFault(
        line: node.line, "\(path): expected variables with their values, as NAME: text", hint: nil)
    }
    var variables: [String: String] = [:]
    for member in members {
      let isName =
        member.key.utf8.first.map { !(0x30...0x39).contains($0) } == true
        && member.key.utf8.allSatisfy { byte in
          (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "_")
        }
      guard isName, member.key.utf8.count <= 128 else {
        throw ConfigurationFault(
          line: member.line, "\(path): a name that no variable can have", hint: "letters, digits and _, such as API_KEY"
        )
      }
      guard case .scalar(.string(let text)) = member.value.content, !text.utf8.contains(0) else {
        throw ConfigurationFault(
          line: member.value.line, "\(path).\(member.key): expected a text",
          hint: "put the value in quotes; numbers, true and false need them")
      }
      variables[member.key] = text
    }
    return variables
  }
}
