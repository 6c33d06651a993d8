internal import Glibc
internal import LocalAPI
internal import PeerModel

/// One run of `r`: words in, exit status out.
enum Application {
  static func run(_ words: [String]) -> Int32 {
    var output = Output(format: .text)
    guard !words.isEmpty else {
      output.notice(Help.overview())
      return ErrorCode.usage.mapping.exit
    }
    do {
      let line = try CommandLineParser.parse(words)
      output = Output(format: line.input.format)
      let session = Session(socket: line.input["socket"], node: line.input[Option.node.name])
      try line.command.run(Invocation(input: line.input, output: output, session: session))
      return 0
    } catch {
      let status = error.code == .cancelled ? Interrupts.exitStatus ?? error.code.mapping.exit : error.code.mapping.exit
      ErrorReport(error: error, words: words).print(to: output)
      return status
    }
  }
}

/// What a command is given to do its work.
struct Invocation {
  var input: Input
  var output: Output
  var session: Session
}

/// The value of an environment variable, nil when it is not set or empty.
func environment(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
}
