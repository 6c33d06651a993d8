internal import Glibc
internal import PeerModel

/// `r skills new`: a manifest to begin with.
enum NewSkillCommand: Command {
  static let syntax = Syntax(
    verb: "skills new", group: .skills, summary: "Write a manifest to begin a command skill with.",
    details: """
      A command skill is a file that says which installed program a tool runs, and
      how. This one works, and its comments explain the rest.
      """,
    arguments: [Argument(name: "NAME", help: "The skill's name: letters, digits, - and _.")],
    options: [
      Option(
        name: "output", short: "o", value: "FILE", help: "Write it to this file, which must not exist.",
        completion: .files),
      Option(name: "force", short: "f", help: "Overwrite an existing file."),
    ],
    examples: ["r skills new words", "r skills new words --output /etc/r-cli/skills.d/words.yaml"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let name = invocation.input.words[0]
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-_".utf8.contains(byte)
    }
    guard isPlain, !name.isEmpty, name.utf8.count <= 64 else {
      throw NodeError(
        .usage, "\(name): a skill's name has letters, digits, - and _, at most 64", hint: "r help skills new")
    }
    let text = StarterManifest.text(name: name)
    guard let path = invocation.input["output"], path != "-" else { return invocation.output.block(text) }
    let file = try ResultFiles.file(at: path, replaces: invocation.input.has("force"))
    try Array(text.utf8).withUnsafeBytes { bytes in
      Result { () throws(NodeError) in try file.write(bytes) }
    }.get()
    try file.finish()
    if invocation.output.format == .ids { return invocation.output.line(path) }
    invocation.output.note("wrote \(path)")
    invocation.output.hint("r skills check \(ErrorReport.quoted(path))")
  }
}
