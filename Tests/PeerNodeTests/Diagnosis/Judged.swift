import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// One row of a table of judgements: what a finding must say.
struct Judged: Sendable {
  var status: Finding.Status
  /// Part of the summary or the cause.
  var words: String
  /// Part of the command; nil for none.
  var command: String?
  /// Where it is to be run.
  var place: String?

  init(_ status: Finding.Status, _ words: String, _ command: String? = nil, on place: String? = nil) {
    (self.status, self.words, self.command, self.place) = (status, words, command, place)
  }

  func check(_ finding: Finding, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(finding.status == status, "\(finding.json.text)", sourceLocation: sourceLocation)
    #expect(
      "\(finding.summary) \(finding.cause ?? "")".contains(words), "\(finding.json.text)",
      sourceLocation: sourceLocation)
    if let command {
      #expect(finding.command?.contains(command) == true, "\(finding.json.text)", sourceLocation: sourceLocation)
    } else {
      #expect(finding.command == nil, "\(finding.json.text)", sourceLocation: sourceLocation)
    }
    #expect(finding.place == place, "\(finding.json.text)", sourceLocation: sourceLocation)
    // What is not well always has a cause.
    if status == .warn || status == .fail {
      #expect(finding.cause != nil, "\(finding.json.text)", sourceLocation: sourceLocation)
    }
  }
}

enum Known {
  static let own = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!
  static let other = PeerID("peer-77777777777777777777777777777777")!
  static let address = PeerAddress(host: "192.0.2.7", port: 8765)
  static let advice = Advice(start: .systemUnit, configurationPath: "/etc/r-cli/config.yaml")
}
