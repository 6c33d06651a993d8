internal import LocalAPI
internal import PeerModel

/// `r skills pins`: which tools of others were used, and whether they are still as they were.
enum PinsCommand: Command {
  static let syntax = Syntax(
    verb: "skills pins", group: .skills,
    summary: "List the tools of peers that were used, changed or not.",
    arguments: [
      Argument(name: "PEER", help: "Of this peer only, or mcp:NAME.", isOptional: true, completion: .peers)
    ],
    examples: ["r skills pins", "r skills pins office-mac"])

  static func run(_ invocation: Invocation) throws(NodeError) {
    let answer = try invocation.session.call(ListPins.self, .init(source: invocation.input.word(0)))
    let pins = try answer.value().pins
    let output = invocation.output
    switch output.format {
    case .json: output.json(answer.json)
    case .ids: for pin in pins { output.line("\(pin.skill).\(pin.tool)") }
    case .text where pins.isEmpty: output.note("no tool of another node was used yet")
    case .text:
      var table = Table(["PEER", "TOOL", "STATE", "PINNED", "BY"])
      for pin in pins {
        table.add([
          .init(pin.name), .init("\(pin.skill).\(pin.tool)"), .init(pin.state.rawValue, style(of: pin.state)),
          .init(TimeText.relative(pin.pinnedAt)), .init(pin.acceptedBy ?? "first use"),
        ])
      }
      output.table(table)
    }
  }

  private static func style(of state: PinState) -> Style? {
    switch state {
    case .same: .green
    case .changed: .red
    case .gone, .unknown: .dim
    case .new: nil
    }
  }
}
