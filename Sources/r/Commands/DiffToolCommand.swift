internal import LocalAPI
internal import PeerModel

/// `r skills diff`: what a peer has changed about a tool.
enum DiffToolCommand: Command {
  static let syntax = Syntax(
    verb: "skills diff", group: .skills, summary: "Show what a peer has changed about a tool since it was pinned.",
    details: """
      The first use of a peer's tool pins its description and the schema of its
      arguments. A tool that has changed since is not called until r skills accept.
      Ends with status 1 when it has changed.
      """,
    arguments: [
      .peer, Argument(name: "SKILL.TOOL", help: "The tool.", completion: .toolsOfPeer),
    ],
    examples: ["r skills diff office-mac pdf.extract_text"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let words = invocation.input.words
    let answer = try invocation.session.call(
      CompareTool.self, try parameters(words[0], words[1]), seconds: Session.networkPatience)
    let result = try answer.value()
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: output.line(result.state.rawValue)
    case .text:
      output.note("\(result.name) \(words[1]): \(meaning(of: result))")
      for line in result.difference { output.line(line, style(of: line)) }
    }
    if result.state == .changed {
      throw NodeError(
        .toolDiffers, "\(words[1]) has changed",
        hint: "r skills accept \(ErrorReport.quoted(words[0])) \(ErrorReport.quoted(words[1]))")
    }
  }

  static func parameters(_ source: String, _ word: String) throws(NodeError) -> ToolParameters {
    let parts = word.split(separator: ".", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw NodeError(.usage, "\(word) is not SKILL.TOOL", hint: "r skills pins \(ErrorReport.quoted(source))")
    }
    return ToolParameters(source: source, skill: parts[0], tool: parts[1])
  }

  static func meaning(of result: CompareTool.Result) -> String {
    switch result.state {
    case .same: "as it was when it was pinned"
    case .changed: "changed since it was pinned" + (result.pinnedAt.map { ", \(TimeText.relative($0))" } ?? "")
    case .gone: "not offered any more"
    case .new: "not used yet; this is what the first use pins"
    case .unknown: "what it offers now is not known"
    }
  }

  static func style(of line: String) -> Style? {
    switch line.utf8.first {
    case UInt8(ascii: "+"): .green
    case UInt8(ascii: "-"): .red
    case UInt8(ascii: "@"): .dim
    default: nil
    }
  }
}

extension ErrorCode {
  /// Ends `r skills diff`, like diff(1), with status 1 where there is a difference.
  static let toolDiffers = ErrorCode(rawValue: "tool_differs")
}
