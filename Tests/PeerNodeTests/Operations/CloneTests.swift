import FoundationEssentials
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// One identity in two places, and nodes that meet themselves or each other at one moment.
@Suite(.serialized) struct CloneTests {
  /// A second folder with the identity of the first.
  private static func copy(of node: TestNode) throws -> TemporaryFolder {
    let copy = TemporaryFolder()
    try FileManager.default.createDirectory(atPath: copy.path + "/state", withIntermediateDirectories: true)
    for name in ["identity.key", "identity.crt"] {
      try FileManager.default.copyItem(
        atPath: node.folder.path + "/state/" + name, toPath: copy.path + "/state/" + name)
    }
    return copy
  }

  private static func warnings(_ node: TestNode) async throws -> [String] {
    try await node.call("p2p.p2p_status")["warnings"]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  @Test func aCopyOfTheStateFolderIsNamedAtBothEnds() async throws {
    try await TestNode.run("original") { original in
      try await TestNode.run("copy", in: try Self.copy(of: original)) { copy in
        #expect(copy.id == original.id)
        let error = await #expect(throws: NodeError.self) {
          try await copy.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(original.port))])
        }
        #expect(error?.code == .conflict)
        #expect(
          error?.message
            == "the node at 127.0.0.1:\(original.port) has this node's own identity: it is a copy of its state folder")
        #expect(error?.hint?.contains("identity.key") == true)
        for (node, place) in [(original, "127.0.0.1"), (copy, "127.0.0.1:\(original.port)")] {
          let warnings = try await Self.warnings(node)
          #expect(warnings.count == 1)
          #expect(warnings.first?.hasPrefix("this node's identity is also used at \(place); ") == true)
          #expect(warnings.first?.contains("remove identity.key and identity.crt") == true)
          #expect(try await node.call("p2p.list_peers")["count"] == 0)
        }
      }
    }
  }

  @Test func aNodeThatAddsItselfIsToldSoAndWarnsOfNothing() async throws {
    try await TestNode.run { node in
      for _ in 0..<3 {
        let error = await #expect(throws: NodeError.self) {
          try await node.call("p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(node.port))])
        }
        #expect(error?.code == .conflict)
        #expect(error?.message == "127.0.0.1:\(node.port) is this node itself")
      }
      let warnings = try await Self.warnings(node)
      #expect(warnings.isEmpty)
      let peers = try await node.call("p2p.list_peers")
      #expect(peers["count"] == 0)
    }
  }

  @Test func twoNodesThatAddEachOtherAtOneMomentStandAsIfOneHadBeenFirst() async throws {
    try await TestNode.runTwo { alpha, beta in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<5 {
          for (node, other) in [(alpha, beta), (beta, alpha)] {
            group.addTask {
              let added = try await node.call(
                "p2p.add_peer", ["host": "127.0.0.1", "port": .integer(Int64(other.port))])
              #expect(added["peer_id"] == other.id.json)
            }
          }
        }
        try await group.waitForAll()
      }
      for (node, other) in [(alpha, beta), (beta, alpha)] {
        let peers = try await node.call("p2p.list_peers")
        #expect(peers["count"] == 1)
        #expect(peers["peers"]?.arrayValue?.first?["peer_id"] == other.id.json)
        #expect(peers["peers"]?.arrayValue?.first?["status"] == "pending")
        #expect(try await Self.warnings(node).isEmpty)
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (node, other) in [(alpha, beta), (beta, alpha)] {
          group.addTask {
            _ = try await node.call("p2p.approve_peer", ["peer_id": other.id.json, "trust": "trusted"])
          }
        }
        try await group.waitForAll()
      }
      #expect(try await TwoNodesTests.callBeta(alpha)["success"] == true)
    }
  }

  // MARK: What mDNS says

  private struct Bench {
    let registry: RegistryBench
    let discovery: Discovery

    init() throws {
      registry = try RegistryBench()
      let folder = TemporaryFolder()
      let credentials = try TLSCredentials(try IdentityFiles(directory: folder.path).loadOrCreate())
      let settings = Settings(Configuration(name: "here"))
      settings.advertisedPort = 8765
      discovery = Discovery(
        identity: registry.identity, settings: settings, registry: registry.registry,
        exchange: PeerExchange(
          identity: registry.identity, credentials: credentials, registry: registry.registry, settings: settings,
          audit: AuditLog(store: registry.store)))
    }

    func found(_ name: String, _ id: PeerID, at address: String, port: Int = 8765) async throws {
      try await discovery.found(name, id: id, name: "n", version: nil, at: [PeerAddress(host: address, port: port)])
    }
  }

  @Test func theOwnIdentityAtAnAddressOfAnotherMachineIsWarnedAbout() async throws {
    let bench = try Bench()
    try await bench.found("copy", bench.registry.identity.id, at: "192.0.2.77")
    let warning = try #require(bench.registry.registry.clones.warnings.first)
    #expect(warning.hasPrefix("mDNS announces this node's identity at 192.0.2.77:8765, which is not this node; "))
    bench.discovery.lost("copy")
    #expect(bench.registry.registry.clones.warnings.isEmpty)
  }

  @Test func theOwnAnnouncementIsNotAndACopyOnThisMachineIs() async throws {
    let bench = try Bench()
    let own = try #require(LocalAddresses.all.first { $0.hasPrefix("127.") })
    try await bench.found("here", bench.registry.identity.id, at: own)
    #expect(bench.registry.registry.clones.warnings.isEmpty)
    try await bench.found("copy", bench.registry.identity.id, at: own, port: 9999)
    #expect(bench.registry.registry.clones.warnings.count == 1)
  }

  @Test func aPeerThatTwoMachinesAnnounceIsWarnedAbout() async throws {
    let bench = try Bench()
    let id = HandshakeBench.identity().id
    try await bench.found("one", id, at: "192.0.2.1")
    #expect(bench.discovery.warnings.isEmpty)
    // The same machine under another name is no copy.
    try await bench.found("one (2)", id, at: "192.0.2.1")
    #expect(bench.discovery.warnings.isEmpty)
    try await bench.found("two", id, at: "192.0.2.2")
    let warning = try #require(bench.discovery.warnings.first)
    #expect(
      warning.hasPrefix("two machines announce themselves as \(id.short), at 192.0.2.1:8765 and at 192.0.2.2:8765"))
    bench.discovery.lost("two")
    #expect(bench.discovery.warnings.isEmpty)
  }
}
