import PeerModel
import SeededRandom
import Testing

@Suite struct PeerStatusTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var from: PeerStatus
    /// After `sighted, requested, approve, reject, block`; nil for a conflict.
    var after: [PeerStatus?]
    var testDescription: String { from.rawValue }
  }

  static let events: [PeerEvent] = [.sighted, .requested, .approve, .reject, .block]
  static let table: [Row] = [
    Row(from: .discovered, after: [.discovered, .pending, .approved, .rejected, .blocked]),
    Row(from: .pending, after: [.pending, .pending, .approved, .rejected, .blocked]),
    Row(from: .approved, after: [.approved, .approved, .approved, .rejected, .blocked]),
    Row(from: .rejected, after: [.rejected, .rejected, .approved, .rejected, .blocked]),
    Row(from: .blocked, after: [.blocked, .blocked, nil, nil, .blocked]),
  ]

  @Test func theTableNamesEveryStatus() { #expect(Self.table.map(\.from) == PeerStatus.allCases) }

  @Test(arguments: table) func eachEventLeadsWhereTheTableSays(_ row: Row) throws {
    for (event, expected) in zip(Self.events, row.after) {
      if let expected {
        #expect(try row.from.after(event) == expected, "\(event)")
      } else {
        let error = #expect(throws: NodeError.self, "\(event)") { try row.from.after(event) }
        #expect(error?.code == .conflict)
        #expect(error?.hint == "remove it first: r remove PEER")
      }
    }
  }

  /// Whatever comes from the network, in any order, never ends above `pending`.
  @Test func nothingButADecisionRaisesAnybody() throws {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<200 {
      var status = PeerStatus.discovered
      for _ in 0..<20 {
        status = try status.after(Bool.random(using: &generator) ? .sighted : .requested)
        #expect([.discovered, .pending].contains(status))
      }
    }
  }

  @Test(arguments: [
    (PeerStatus.discovered, "discovered"), (.pending, "pending"), (.approved, "approved"), (.rejected, "rejected"),
    (.blocked, "blocked"),
  ])
  func theWordsOnTheWireAreThoseOfTheContract(_ status: PeerStatus, _ word: String) throws {
    #expect(status.json == .string(word))
    #expect(try PeerStatus(json: .string(word)) == status)
  }

  @Test(arguments: [JSONValue.string("Approved"), "", "online", 50, true, .null])
  func otherWordsAreRefused(_ json: JSONValue) {
    let error = #expect(throws: NodeError.self) { try PeerStatus(json: json) }
    #expect(error?.message == "expected one of discovered, pending, approved, rejected, blocked")
  }
}
