package import PeerModel

/// Rules for the names that nodes claim.
package enum PeerName {
  /// Separates a claimed name from the number that tells two claimants apart; not allowed in a claim.
  static let suffixMark: Character = "~"

  /// - Returns: the name, when it can be shown and typed.
  /// - Throws: ``NodeError`` `invalid_arguments`.
  package static func check(_ name: String) throws(NodeError) -> String {
    let isPlain = name.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
      default: scalar != "~" && scalar != "/"
      }
    }
    guard !name.isEmpty, name.utf8.count <= 63, isPlain, name.first != "-", name.first != " ", name.last != " " else {
      throw NodeError(
        .invalidArguments, "/name: 1 to 63 bytes of plain text, without / and ~, not beginning with a dash")
    }
    return name
  }
}
