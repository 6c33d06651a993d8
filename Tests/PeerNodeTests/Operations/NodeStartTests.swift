import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// A start works or says in one sentence why not.
@Suite(.serialized) struct NodeStartTests {
  @Test func twoNodesOnOneStateFolderAreRefused() async throws {
    try await TestNode.run { node in
      let options = TestNode.options(in: node.folder)
      await expectRefusal(.alreadyRunning) { try await Node(options) }
      let info = try await node.call("daemon.info")
      #expect(info["peer_id"] == node.id.json, "the first goes on")
    }
  }

  @Test func twoNodesOnOneSocketAreRefused() async throws {
    try await TestNode.run { node in
      var options = TestNode.options(in: TemporaryFolder())
      options.socket = node.socket
      let wanted = options
      await expectRefusal(.alreadyRunning) { try await Node(wanted) }
      let info = try await node.call("daemon.info")
      #expect(info["peer_id"] == node.id.json, "the first goes on")
    }
  }

  @Test func aTakenPortIsSaid() async throws {
    try await TestNode.run { node in
      let options = TestNode.options(in: TemporaryFolder()) { $0.p2p.listenPort = node.port }
      let error = await #expect(throws: NodeError.self) { try await Node(options) }
      #expect(error?.code == .configuration)
      #expect(error?.message == "cannot listen on port \(node.port): Address already in use")
      #expect(error?.hint?.hasPrefix("find who has it: ss -ltnp") == true)
    }
  }

  @Test func anAddressOfAnotherMachineIsSaid() async throws {
    let options = TestNode.options(in: TemporaryFolder()) { $0.p2p.listenHost = "192.0.2.1" }
    await expectRefusal(.configuration) { try await Node(options) }
  }

  @Test func withoutPeerToPeerOnlyTheLocalSocketIsServed() async throws {
    try await TestNode.run(configure: { $0.p2p.enabled = false }) { node in
      #expect(node.port == 0)
      let status = try await node.call("p2p.p2p_status")
      #expect(status["enabled"] == false)
      #expect(status["listen_port"] == .null)
      await expectRefusal(.conflict) { try await node.call("p2p.discover_peers", ["timeout": 0]) }
    }
  }

  @Test func theConfigurationInForceIsShown() async throws {
    try await TestNode.run(configure: { $0.p2p.maxPeers = 7 }) { node in
      let configuration = try await node.call("daemon.config")
      #expect(configuration["p2p"]?["max_peers"] == 7)
      #expect(configuration["name"] == "node")
    }
  }

  @Test func stoppingDoesNotWaitForOpenConnections() async throws {
    let node = try await TestNode()
    let idle = try await LocalSocket(node.socket)
    let watching = try await LocalSocket(node.socket)
    try await watching.send(method: "events.subscribe")
    _ = try await idle.call("daemon.info")
    let web = try await RawConnection.connect(port: node.port)
    try await web.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    _ = try await web.line()
    try await node.stop(within: 10)
  }
}
