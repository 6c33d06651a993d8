extension TextRule {
  /// The name of a database or of a folder, which callers use.
  static let dataName = TextRule(what: "a name", hint: "a name has letters, digits, - and _, such as sales") {
    if $0.isEmpty { return "is empty" }
    let isPlain = $0.utf8.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") }
    return isPlain && $0.utf8.count <= 64 ? nil : "is no name: letters, digits, - and _, at most 64"
  }

  /// Where a database is. A password in it would be seen in the list of processes and by `r config`.
  static let database: TextRule = {
    var rule = TextRule(
      what: "a database's URL", hint: "write sqlite:/path/file.db or postgresql://user@host/name",
      check: problemOfDatabase)
    rule.isShown = false
    return rule
  }()

  private static func problemOfDatabase(_ text: String) -> String? {
    if text.isEmpty { return "is empty" }
    guard text.utf8.count <= 4000, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      return "has a blank or control character, or is too long"
    }
    if text.hasPrefix("sqlite:") {
      return text.hasPrefix("sqlite:/") && !text.hasPrefix("sqlite://") ? nil : "is no sqlite:/absolute/path"
    }
    guard let scheme = ["postgresql://", "postgres://"].first(where: { text.hasPrefix($0) }) else {
      return "is no database's URL"
    }
    let rest = text.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    let user = authority.lastIndex(of: "@").map { authority[..<$0] } ?? ""
    let query = rest.firstIndex(of: "?").map { rest[$0...].lowercased() } ?? ""
    let hasPassword = user.contains(":") || query.contains("password=") || query.contains("passfile=")
    return hasPassword ? "has a password in it: use password_file, password_env or pgpass" : nil
  }

  /// A file, wherever the daemon was started, or nothing.
  static let optionalFile = TextRule(what: "an absolute path", hint: "write the whole path, such as /etc/r-cli/sales") {
    $0.isEmpty ? nil : folder.problem(with: $0)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
      || byte == UInt8(ascii: "_")
  }
}
