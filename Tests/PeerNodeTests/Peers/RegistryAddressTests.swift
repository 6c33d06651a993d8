import GRDB
import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Where peers are looked for.
@Suite struct RegistryAddressTests {
  private func approvedPeer(in bench: RegistryBench) async throws -> PeerID {
    let identity = HandshakeBench.identity()
    try await bench.registry.sighted(
      identity.id, name: "moving", at: [PeerAddress(host: "192.0.2.1", port: 8765)], key: identity.publicKey)
    try await bench.registry.approve(identity.id, trust: .trusted, maximum: 20, by: .owner(uid: 0))
    return identity.id
  }

  private func address(_ last: Int) -> PeerAddress { PeerAddress(host: "192.0.2.\(last)", port: 8765) }

  @Test func theLastFourAddressesThatProvedRightOutliveARestart() async throws {
    let bench = try RegistryBench()
    let id = try await approvedPeer(in: bench)
    for last in [2, 3, 4, 5, 6, 4] { try await bench.registry.proved(id, at: address(last)) }
    #expect(bench.registry.addresses(of: id) == [1, 4, 6, 5, 3].map(address))
    #expect(try bench.reopened().registry.addresses(of: id) == [1, 4, 6, 5, 3].map(address))
  }

  @Test func announcementsLeaveRoomForWhatIsProven() async throws {
    let bench = try RegistryBench()
    let id = try await approvedPeer(in: bench)
    try await bench.registry.proved(id, at: address(2))
    bench.registry.note(id) { $0.sighted = (100..<120).map(address) }
    #expect(Array(bench.registry.addresses(of: id).prefix(4)) == [1, 100, 2, 101].map(address))
  }

  @Test func addressesOfSomebodyWhoDoesNotMatterAreNotKept() async throws {
    let bench = try RegistryBench()
    let id = HandshakeBench.identity().id
    try await bench.registry.sighted(id, name: "seen", at: [address(1)])
    try await bench.registry.proved(id, at: address(2))
    #expect(bench.registry.addresses(of: id) == [address(1)])
  }

  @Test func aPeerThatIsForgottenLeavesNoAddress() async throws {
    let bench = try RegistryBench()
    let id = try await approvedPeer(in: bench)
    try await bench.registry.proved(id, at: address(2))
    try await bench.registry.remove(id, by: .owner(uid: 0))
    #expect(bench.registry.addresses(of: id).isEmpty)
    let kept = try await bench.store.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM address") }
    #expect(kept == 0)
  }
}
