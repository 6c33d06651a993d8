import Glibc
import PeerModel

/// What a text in the configuration has to look like.
struct TextRule: Sendable {
  /// The thing, with its article, as an error names it: "a skill name".
  let what: String
  /// What to do about a fault.
  let hint: String
  private let check: @Sendable (String) -> String?
  /// Whether a faulty text may be repeated in an error; one that may hold a password is not.
  var isShown = true

  /// The fault of `text` as the end of a sentence ("is empty"), nil when there is none.
  func problem(with text: String) -> String? { check(text) }

  /// A node's name: it becomes a DNS-SD instance name (RFC 6763, section 4.1.1: at most 63 bytes of UTF-8).
  static let nodeName = TextRule(what: "a name", hint: "a name is 1 to 63 bytes on one line, such as office-mac") {
    if $0.isEmpty { return "is empty" }
    if $0.utf8.count > 63 { return "is longer than 63 bytes" }
    if $0.first == " " || $0.last == " " { return "begins or ends with a space" }
    return $0.unicodeScalars.allSatisfy(\.isVisible) ? nil : "has a control character"
  }

  /// An address to listen on. Host names are refused: what they mean would depend on the network at start-up.
  static let listenHost = TextRule(
    what: "an address", hint: "use an IP address of this machine, localhost, or \"\" for every address"
  ) {
    var address = in6_addr()
    if $0.isEmpty || $0 == "localhost" || inet_pton(AF_INET, $0, &address) == 1 { return nil }
    // A link-local address names its interface after a percent sign (RFC 4007, section 11).
    let parts = $0.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let zone = parts.count == 2 ? interface.problem(with: parts[1]) : nil
    return inet_pton(AF_INET6, parts[0], &address) == 1 && zone == nil ? nil : "is not an IP address"
  }

  /// A network interface's name, by the kernel's own rule (IFNAMSIZ is 16).
  static let interface = TextRule(what: "an interface name", hint: "ip -brief link") {
    if $0.isEmpty { return "is empty" }
    if $0.utf8.count > 15 { return "is longer than 15 bytes" }
    let isPlain = $0.unicodeScalars.allSatisfy { $0.isVisible && !$0.properties.isWhitespace && $0 != "/" && $0 != ":" }
    return isPlain && $0 != "." && $0 != ".." ? nil : "is no interface name"
  }

  /// A skill's name; a tool cannot be exposed or hidden by itself.
  static let skill = TextRule(what: "a skill name", hint: "r skills") {
    if $0.isEmpty { return "is empty" }
    if let dot = $0.firstIndex(of: "."), dot != $0.startIndex {
      return "names a tool, but skills are exposed and hidden whole: write \($0[..<dot])"
    }
    let isPlain = $0.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
    return isPlain && $0.utf8.count <= 64 ? nil : "is no skill name: letters, digits, - and _, at most 64"
  }

  /// A scope of context.
  static let scope = TextRule(what: "a scope", hint: "the scopes are session and memory") {
    ContextScope(rawValue: $0) == nil ? "is no scope of context" : nil
  }

  /// The name of a Unix group (useradd(8)), or nothing.
  static let group = TextRule(what: "a group name", hint: "getent group") {
    let isPlain = $0.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-_.".utf8.contains(byte)
    }
    return isPlain && $0.first != "-" && $0.utf8.count <= 32 ? nil : "is no group name"
  }

  /// Where an HTTP API is (RFC 3986), or nothing.
  static let url = TextRule(what: "a URL", hint: "write it whole, such as http://127.0.0.1:8080/v1") {
    if $0.isEmpty { return nil }
    let scheme = ["http://", "https://"].first(where: $0.hasPrefix)
    guard let scheme else { return "does not begin with http:// or https://" }
    let rest = $0.dropFirst(scheme.count)
    guard let host = rest.split(separator: "/", omittingEmptySubsequences: false).first, !host.isEmpty else {
      return "names no host"
    }
    if host.contains("@") { return "has a user or password in it: use llm.api_key_env" }
    if $0.contains("?") || $0.contains("#") { return "has a query or fragment" }
    let isPlain = $0.unicodeScalars.allSatisfy { (0x21...0x7E).contains($0.value) }
    return isPlain && $0.utf8.count <= 2000 ? nil : "is no URL"
  }

  /// A language model's name, whatever its server takes.
  static let model = TextRule(what: "a model's name", hint: "curl -s BASE_URL/models lists them") {
    if $0.utf8.count > 200 { return "is longer than 200 bytes" }
    return $0.unicodeScalars.allSatisfy(\.isVisible) ? nil : "has a control character"
  }

  /// The name of an environment variable (POSIX, 8.1), or nothing.
  static let variable = TextRule(what: "the name of an environment variable", hint: "such as OPENAI_API_KEY") {
    let isPlain = $0.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
    return isPlain && $0.first?.isNumber != true && $0.utf8.count <= 128
      ? nil : "is no name of a variable: the key itself does not belong here"
  }

  /// A folder, wherever the daemon was started.
  static let folder = TextRule(what: "an absolute path", hint: "write the whole path, such as /srv/skills.d") {
    if $0.isEmpty { return "is empty" }
    if $0.utf8.count > 4000 { return "is longer than 4000 bytes" }
    if $0.hasPrefix("~") { return "is not absolute: ~ is not replaced here" }
    return $0.hasPrefix("/") && $0.unicodeScalars.allSatisfy(\.isVisible) ? nil : "is not an absolute path"
  }

  /// A program: a name to look up, or an absolute path.
  static let program = TextRule(
    what: "a program", hint: "a name such as mcp-server-git, or an absolute path; arguments go into args"
  ) {
    if $0.isEmpty { return "is empty" }
    if $0.utf8.count > 4000 { return "is longer than 4000 bytes" }
    if $0.hasPrefix("~") { return "is not absolute: ~ is not replaced here" }
    guard $0.unicodeScalars.allSatisfy(\.isVisible) else { return "has a control character" }
    return $0.hasPrefix("/") || !$0.contains("/") ? nil : "is neither a name nor an absolute path"
  }

  init(what: String, hint: String, check: @escaping @Sendable (String) -> String?) {
    self.what = what
    self.hint = hint
    self.check = check
  }
}
