internal import Glibc
internal import PeerModel

/// `r serve`: becomes the daemon, in the foreground.
enum ServeCommand: Command {
  static let syntax = Syntax(
    verb: "serve", group: .node, summary: "Run the daemon rd in the foreground.",
    details: "Every option is passed on to rd, which explains them all: rd --help.",
    options: [
      Option(name: "host", value: "HOST", help: "Address of the peer API."),
      Option(name: "port", value: "PORT", help: "Its port; 8765 unless configured."),
      Option(name: "name", value: "NAME", help: "This node's name."),
      Option(name: "config", value: "FILE", help: "The configuration file.", completion: .files),
      Option(name: "state-dir", value: "DIR", help: "Where identity and data are kept.", completion: .directories),
      Option(name: "socket", value: "PATH", help: "The local socket to make.", completion: .files),
      Option(
        name: "log-level", value: "LEVEL", help: "How much to log.",
        completion: .words(["trace", "debug", "info", "notice", "warning", "error", "critical"])),
      Option(name: "check-config", help: "Only check the configuration."),
    ],
    examples: ["r serve --host 0.0.0.0 --port 8765"], passesWordsOn: true)

  static func run(_ invocation: Invocation) throws(NodeError) {
    var words = ["rd"]
    if let socket = invocation.input["socket"] { words += ["--socket", socket] }
    words += invocation.input.words
    var arguments = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    if let sibling { execv(sibling, &arguments) }
    execvp("rd", &arguments)
    throw NodeError(.daemonUnreachable, "cannot start rd: \(String(cString: strerror(errno)))", hint: "command -v rd")
  }

  /// The daemon beside this very program.
  private static var sibling: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return String(decoding: path[...slash], as: UTF8.self) + "rd"
  }
}
