internal import Glibc
internal import LocalAPI
internal import PeerModel

/// `r context add`: writes an entry.
enum AddContextCommand: Command {
  static let syntax = Syntax(
    verb: "context add", group: .context, summary: "Write an entry of context or memory.",
    arguments: [Argument(name: "TEXT", help: "What to remember; - is standard input.")],
    options: [
      Option(
        name: "scope", value: "SCOPE", help: "session or memory; session with --session, else memory.",
        completion: .words(ContextScope.allCases.map(\.rawValue))),
      ContextOptions.session,
      Option(
        name: "role", value: "ROLE", help: "user, assistant, system or note; note when left out.",
        completion: .words(ContextRole.allCases.map(\.rawValue))),
    ],
    examples: ["r context add 'the printer is 192.168.1.40'", "r context add --session trip --role user 'to Lisbon'"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let input = invocation.input
    let session = input["session"]
    let text = input.words[0] == "-" ? try standardInput() : input.words[0]
    let answer = try invocation.session.call(
      AppendContext.self,
      .init(
        scope: try input.choice("scope") ?? (session == nil ? .memory : .session), session: session,
        role: try input.choice("role") ?? .note, text: text))
    let entry = try answer.value()
    switch invocation.output.format {
    case .json: invocation.output.json(answer.json)
    case .ids: invocation.output.line(entry.id.description)
    case .text: invocation.output.line("wrote \(entry.id.short) to \(entry.id.scope.rawValue)")
    }
  }

  private static func standardInput() throws(NodeError) -> String {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count <= ContextLimits.text {
      let count = read(STDIN_FILENO, &chunk, chunk.count)
      if count < 0, errno == EINTR, Interrupts.exitStatus == nil { continue }
      guard count >= 0 else {
        throw NodeError(.localFile, "cannot read standard input: \(String(cString: strerror(errno)))")
      }
      if count == 0 { break }
      bytes += chunk[..<count]
    }
    guard bytes.count <= ContextLimits.text else {
      throw NodeError(
        .tooLarge, "an entry has at most \(ContextLimits.text) bytes",
        hint: "longer texts are documents: r docs add FILE")
    }
    if bytes.last == 0x0A { bytes.removeLast() }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw NodeError(.localFile, "standard input is not UTF-8")
    }
    return text
  }
}
