import GRDB
import PeerModel
import SeededRandom
import Testing

@testable import PeerNode

/// Whatever happens in whatever order, nodes that can reach each other end with the same context.
@Suite struct ContextPropertyTests {
  /// Who talks to whom at the end, among three nodes.
  static let topologies: [[(Int, Int)]] = [
    [(0, 1), (1, 2)], [(1, 0), (1, 2)], [(0, 1), (2, 1)], [(0, 1), (1, 2), (2, 0)], [(2, 0), (0, 1)],
  ]

  /// What the owners have written and not removed, and what they have removed.
  struct Expected {
    var there: [ContextID: String] = [:]
    var removed: Set<ContextID> = []
  }

  @Test(arguments: 0..<60) func nodesConverge(_ seed: Int) async throws {
    var random = SeededGenerator(seed: UInt64(seed))
    var limits = ContextLog.Limits()
    limits.pageRecords = Int.random(in: 1...4, using: &random)
    let nodes = try (0..<3).map { _ in try ContextBench(limits: limits) }
    var expected = Expected()
    for step in 0..<60 {
      let node = nodes.randomElement(using: &random)!
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let text = "entry \(step)"
        let record = try await node.add(text, ContextScope.allCases.randomElement(using: &random)!)
        expected.there[record.id] = text
      case 4..<6:
        let own = expected.there.keys.filter { $0.origin == node.identity.id }.sorted {
          $0.description < $1.description
        }
        guard let id = own.randomElement(using: &random) else { continue }
        try await node.remove(id)
        expected.there[id] = nil
        expected.removed.insert(id)
      default: try await exchange(node, nodes, &random)
      }
      // Nothing comes back at any time, wherever it was removed.
      for node in nodes {
        let own = try await node.texts().keys.filter { $0.origin == node.identity.id }
        #expect(Set(own) == Set(expected.there.keys.filter { $0.origin == node.identity.id }))
      }
    }
    let edges = Self.topologies.randomElement(using: &random)!
    for _ in 0..<2 { for (from, to) in edges { try await nodes[from].sync(with: nodes[to]) } }
    try await checkEqual(nodes, expected)
    for (from, to) in edges {
      let again = try await nodes[from].sync(with: nodes[to])
      #expect(again.sent == 0 && again.received == 0, "what is there is not sent again")
    }
  }

  /// Any two nodes, any direction and scope; every third time the connection breaks somewhere.
  private func exchange(
    _ node: ContextBench, _ nodes: [ContextBench], _ random: inout SeededGenerator
  ) async throws {
    let other = nodes.randomElement(using: &random)!
    guard other.identity.id != node.identity.id else { return }
    let direction = SyncDirection.allCases.randomElement(using: &random)!
    let selection = ContextSelection.allCases.randomElement(using: &random)!
    let breaks = Int.random(in: 0..<3, using: &random) == 0
    let lost = breaks ? (Int.random(in: 1...4, using: &random), Bool.random(using: &random)) : nil
    do { try await node.sync(with: other, direction, selection, lost: lost) } catch let error as NodeError {
      #expect(error.code == .peerUnreachable)
    }
  }

  private func checkEqual(_ nodes: [ContextBench], _ expected: Expected) async throws {
    let vector = try await nodes[0].log.vector(Set(ContextScope.allCases))
    for node in nodes {
      #expect(try await node.texts() == expected.there)
      #expect(try await node.log.vector(Set(ContextScope.allCases)) == vector)
      let kept = try await node.queue.read { db in
        try String.fetchAll(
          db, sql: "SELECT origin || '.' || substr(scope, 1, 1) || counter FROM context WHERE text IS NOT NULL")
      }
      #expect(
        expected.removed.isDisjoint(with: kept.compactMap { ContextID($0) }), "the text of what was removed is gone")
      #expect(kept.count == expected.there.count)
    }
  }

  /// Merging is idempotent, and the order in which logs arrive does not matter.
  @Test func whatComesTwiceOrInAnotherOrderChangesNothing() async throws {
    let (alpha, beta, first, second) = try (ContextBench(), ContextBench(), ContextBench(), ContextBench())
    let gone = try await alpha.add("gone")
    _ = try await alpha.add("stays")
    try await alpha.remove(gone.id)
    _ = try await beta.add("of beta", .session)
    let (ofAlpha, ofBeta) = try await (alpha.all(), beta.all())
    for _ in 0..<2 {
      _ = try await first.log.merge(ofAlpha + ofBeta, via: alpha.identity.id)
      _ = try await second.log.merge(ofBeta, via: beta.identity.id)
      _ = try await second.log.merge(ofAlpha, via: beta.identity.id)
    }
    let texts = try await first.texts()
    #expect(try await second.texts() == texts)
    #expect(texts.values.sorted() == ["of beta", "stays"])
    #expect(try await first.log.merge(ofAlpha + ofBeta, via: alpha.identity.id) == 0)
  }
}
