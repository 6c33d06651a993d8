package import PeerModel

/// One setting as the configuration file spells it: the row that parsing, JSON and the reference page share.
package struct ConfigurationKey: Sendable {
  /// Where it stands in the file: `name`, `p2p.listen_port`.
  package let path: String
  /// What it means, one sentence in Markdown.
  package let meaning: String
  /// The first version that had it.
  package let since: String
  /// When a changed value counts.
  package let effect: Effect
  /// Which values it takes, and where ``Configuration`` keeps them.
  let kind: Kind

  /// When a changed value counts.
  package enum Effect: String, Sendable {
    /// At SIGHUP; peer sessions stay.
    case reload
    /// When the daemon starts again.
    case restart
  }

  /// Where ``Configuration`` keeps a value.
  typealias Place<Value> = any WritableKeyPath<Configuration, Value> & Sendable

  /// The type of a value, with its place.
  enum Kind: Sendable {
    case flag(Place<Bool>)
    /// A whole number; `what` names it with its article.
    case integer(Place<Int>, ClosedRange<Int>, what: String)
    /// Whole seconds, or a number with `s`, `m`, `h` or `d`; the range is in seconds.
    case duration(Place<Duration>, ClosedRange<Int>)
    case text(Place<String>, TextRule)
    case list(Place<[String]>, TextRule)
    /// The name or number of a level that an owner can grant.
    case trust(Place<TrustLevel>)
    case mutualTLS(Place<Configuration.P2P.MutualTLS>)
    case mcpServers(Place<[String: Configuration.MCPServer]>)
    case sections(NamedSections)
  }

  init(_ path: String, _ kind: Kind, since: String, effect: Effect = .reload, _ meaning: String) {
    self.path = path
    self.kind = kind
    self.since = since
    self.effect = effect
    self.meaning = meaning
  }

  /// The steps of ``path``, outermost first.
  var steps: [String] { path.split(separator: ".").map(String.init) }

  /// The value that `configuration` has for this key, as the file would spell it.
  package func json(in configuration: Configuration) -> JSONValue {
    switch kind {
    case .flag(let place): configuration[keyPath: place].json
    case .integer(let place, _, _): configuration[keyPath: place].json
    case .duration(let place, _): .integer(configuration[keyPath: place].components.seconds)
    case .text(let place, _): configuration[keyPath: place].json
    case .list(let place, _): configuration[keyPath: place].json
    case .trust(let place): configuration[keyPath: place].json
    case .mutualTLS(let place): configuration[keyPath: place].rawValue.json
    case .mcpServers(let place): .object(configuration[keyPath: place].mapValues(\.json))
    case .sections(let sections): sections.json(in: configuration)
    }
  }

  /// Whether two configurations have the same value for this key, secrets included.
  func isEqual(in left: Configuration, _ right: Configuration) -> Bool {
    if case .mcpServers(let place) = kind { return left[keyPath: place] == right[keyPath: place] }
    return json(in: left) == json(in: right)
  }
}
