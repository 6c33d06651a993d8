import PeerModel
import Testing

@testable import PeerNode

/// What a statement must be like, and what a chain must be like.
@Suite struct RotationStatementTests {
  let old = HandshakeBench.identity()
  let new = HandshakeBench.identity()

  private func statement() throws -> RotationStatement {
    try RotationStatement(from: old, to: new, sequence: 3, time: 1_700_000_000)
  }

  @Test func itComesBackFromTheWireAsItWas() throws {
    let statement = try statement()
    let read = try RotationStatement(json: JSONParser.parse(statement.json.bytes))
    #expect(read == statement)
    #expect(throws: Never.self) { try read.verify() }
  }

  static let alterations: [@Sendable (inout RotationStatement) -> Void] = [
    { $0.old = HandshakeBench.identity().publicKey }, { $0.new = HandshakeBench.identity().publicKey },
    { $0.time += 1 }, { $0.sequence += 1 }, { $0.oldSignature[0] ^= 1 }, { $0.newSignature[63] ^= 1 },
    { $0.oldSignature = $0.newSignature }, { $0.newSignature = $0.oldSignature },
    { ($0.oldSignature, $0.newSignature) = ($0.newSignature, $0.oldSignature) },
  ]

  @Test(arguments: alterations.indices) func whatBothKeysHaveNotSignedDoesNotVerify(_ index: Int) throws {
    var statement = try statement()
    Self.alterations[index](&statement)
    expectRefusal(.unauthenticated) { try statement.verify() }
  }

  @Test(
    arguments: [
      ("old_id", .string(HandshakeBench.identity().id.description)), ("new_id", "peer-x"), ("old_key", "AAAA"),
      ("new_key", nil), ("time", -1), ("time", "now"), ("sequence", 0), ("sequence", 1000), ("sequence", 1.5),
      ("old_signature", "AAAA"), ("new_signature", nil),
    ] as [(String, JSONValue?)])
  func aMalformedOneIsRefusedByField(_ field: String, _ value: JSONValue?) throws {
    var members = try statement().json.objectValue ?? [:]
    members[field] = value
    let json = JSONValue.object(members)
    let error = #expect(throws: NodeError.self) { try RotationStatement(json: json) }
    #expect(error?.code == .invalidArguments)
    #expect(error?.message.contains(field) == true)
  }

  @Test func aChainIsInOrderAndEndsNowhereTwice() throws {
    let identities = (0..<4).map { _ in HandshakeBench.identity() }
    func link(_ from: Int, _ to: Int, _ sequence: Int) throws -> RotationStatement {
      try RotationStatement(from: identities[from], to: identities[to], sequence: sequence, time: 1)
    }
    let good = try RotationChain([link(2, 3, 9), link(1, 2, 5), link(0, 1, 1)])
    #expect(good.leading(from: identities[1].id)?.statements.count == 2)
    #expect(good.leading(from: identities[3].id) == nil)
    #expect(throws: NodeError.self, "oldest first") { try RotationChain([link(0, 1, 1), link(1, 2, 2)]) }
    #expect(throws: NodeError.self, "a gap") { try RotationChain([link(2, 3, 3), link(0, 1, 1)]) }
    #expect(throws: NodeError.self, "equal numbers") { try RotationChain([link(1, 2, 1), link(0, 1, 1)]) }
    #expect(throws: NodeError.self, "a circle") { try RotationChain([link(1, 0, 2), link(0, 1, 1)]) }
  }

  @Test func aLongChainIsRefusedBeforeItIsRead() {
    expectRefusal(.invalidArguments) { try RotationChain(json: .array(Array(repeating: .null, count: 9))) }
    expectRefusal(.invalidArguments) { try RotationChain(json: [:]) }
  }
}
