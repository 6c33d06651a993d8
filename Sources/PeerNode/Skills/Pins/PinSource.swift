package import PeerModel

/// Whose tool it is: of a peer, or of an MCP server that this node runs.
package enum PinSource: Hashable, Sendable, CustomStringConvertible {
  case peer(PeerID)
  case mcp(String)

  static let mark = "mcp:"

  /// A peer's id, or `mcp:NAME`.
  package var description: String {
    switch self {
    case .peer(let id): id.description
    case .mcp(let name): Self.mark + name
    }
  }

  /// Nil for what is neither.
  package init?(_ text: String) {
    if text.hasPrefix(Self.mark) {
      self = .mcp(String(text.dropFirst(Self.mark.count)))
    } else if let id = PeerID(text) {
      self = .peer(id)
    } else {
      return nil
    }
  }

  /// As commands take it.
  package var word: String {
    switch self {
    case .peer(let id): id.short
    case .mcp: description
    }
  }
}
