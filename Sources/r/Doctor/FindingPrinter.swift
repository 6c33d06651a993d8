internal import LocalAPI
internal import PeerModel

/// Shows findings as they come: a heading a section, a line a check, cause and command below what is not well.
struct FindingPrinter {
  let output: Output
  private(set) var findings: [Finding] = []

  init(output: Output) { self.output = output }

  mutating func add(_ finding: Finding) {
    let isNewSection = findings.last?.section != finding.section
    findings.append(finding)
    guard output.format == .text else { return }
    if isNewSection { output.line(finding.section, .bold) }
    let isBad = finding.status == .fail || finding.status == .warn
    output.line(
      "  \(Self.word(finding.status))  \(finding.summary)\(isBad ? " [\(finding.id)]" : "")", Self.style(finding.status)
    )
    if let cause = finding.cause { output.line("        \(cause)") }
    if let command = finding.command {
      output.line("        try\(finding.place.map { " on \($0)" } ?? ""): \(command)")
    }
  }

  /// The object, the ids of what failed, or a last line.
  func finish() {
    let diagnosis = Diagnosis(checks: findings)
    switch output.format {
    case .json: output.json(diagnosis.json)
    case .ids: for finding in findings where finding.status == .fail { output.line(finding.id) }
    case .text:
      let counts = Finding.Status.allCases.map { "\(diagnosis.count($0)) \(Self.word($0).trimmed)" }
      output.line(counts.joined(separator: ", "))
    }
  }

  var failed: Int { findings.count { $0.status == .fail } }

  private static func word(_ status: Finding.Status) -> String {
    switch status {
    case .ok: "ok  "
    case .warn: "warn"
    case .fail: "FAIL"
    case .skip: "skip"
    }
  }

  private static func style(_ status: Finding.Status) -> Style? {
    switch status {
    case .ok: nil
    case .warn: .yellow
    case .fail: .red
    case .skip: .dim
    }
  }
}

extension String {
  fileprivate var trimmed: String { String(prefix { $0 != " " }) }
}
