import LocalAPI
import PeerModel
import Testing

@testable import PeerNode

/// The end that asks, as a state machine: when it goes on, when it is done, and what it does not put up with.
@Suite struct ContextSyncTests {
  static let id = PeerID("peer-aaaqeayeaudaocajbifqydiob4ibceqt")!

  static func vector(_ memory: Int) -> ContextVector {
    var vector = ContextVector()
    vector[.memory, id] = memory
    return vector
  }
  static func answer(
    have: Int, scopes: [ContextScope] = [.memory, .session], accepted: Int = 0, more: Bool = false
  ) -> PeerSync.Result {
    .init(requestID: nil, entries: [], have: vector(have), scopes: scopes, accepted: accepted, hasMore: more)
  }

  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var direction: SyncDirection
    var own: Int
    var theirs: Int
    var more: Bool
    var goesOn: Bool
    var testDescription: String { name }
  }
  static let rows = [
    Row(name: "equal", direction: .both, own: 3, theirs: 3, more: false, goesOn: false),
    Row(name: "they lack", direction: .both, own: 3, theirs: 1, more: false, goesOn: true),
    Row(name: "they lack, pull", direction: .pull, own: 3, theirs: 1, more: false, goesOn: false),
    Row(name: "more comes", direction: .both, own: 3, theirs: 9, more: true, goesOn: true),
    Row(name: "more comes, push", direction: .push, own: 3, theirs: 9, more: true, goesOn: false),
    Row(name: "all came", direction: .pull, own: 9, theirs: 9, more: false, goesOn: false),
  ]
  @Test(arguments: rows) func itGoesOnWhileOneSideLacksSomething(_ row: Row) throws {
    var machine = ContextSync(row.direction, .all)
    _ = machine.request(have: Self.vector(row.own), records: [])
    let goesOn = try machine.receive(
      Self.answer(have: row.theirs, more: row.more), taken: 0, have: Self.vector(row.own))
    #expect(goesOn == row.goesOn)
    #expect(machine.theirs == Self.vector(row.theirs))
  }

  @Test func anAnswerWithoutAStepForwardEndsIt() throws {
    var machine = ContextSync(.both, .all)
    _ = machine.request(have: Self.vector(3), records: [])
    let goesOn = try machine.receive(Self.answer(have: 1), taken: 0, have: Self.vector(3))
    #expect(goesOn)
    expectRefusal(.remoteFailed) { try machine.receive(Self.answer(have: 1), taken: 0, have: Self.vector(3)) }
    expectRefusal(.remoteFailed) {
      try machine.receive(Self.answer(have: 1, more: true), taken: 0, have: Self.vector(3))
    }
  }

  @Test func whatWasNotOfferedCannotBeAccepted() throws {
    var machine = ContextSync(.push, .memory)
    _ = machine.request(have: Self.vector(3), records: [])
    expectRefusal(.remoteFailed) {
      try machine.receive(Self.answer(have: 3, accepted: 1), taken: 0, have: Self.vector(3))
    }
    expectRefusal(.remoteFailed) {
      try machine.receive(Self.answer(have: 3, scopes: [.session]), taken: 0, have: Self.vector(3))
    }
  }

  static let vectors: [JSONValue] = [
    [], ["memory": []], ["memory": ["office": 1]], ["memory": ["peer-aaaqeayeaudaocajbifqydiob4ibceqt": -1]],
    ["session": ["peer-aaaqeayeaudaocajbifqydiob4ibceqt": "1"]],
    [
      "session": .object(
        Dictionary(uniqueKeysWithValues: (0...ContextVector.maximumLogs).map { ("peer-\($0)", .integer(1)) }))
    ],
  ]
  @Test(arguments: vectors) func whatIsNoVectorIsRefused(_ json: JSONValue) {
    expectRefusal(.invalidArguments) { try ContextVector(json: json) }
  }
}
