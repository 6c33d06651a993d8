import PeerModel
import PeerTestSupport
import Testing

@testable import PeerNode

/// Events, cancelling, and what a client leaves behind.
@Suite(.serialized) struct StreamingTests {
  static func cancel(_ id: JSONValue, _ local: LocalSocket) async throws {
    try await local.send(["jsonrpc": "2.0", "method": "$/cancel", "params": ["id": id]])
  }

  @Test func eventsComeAsTheyHappen() async throws {
    try await TestNode.run { node in
      let watching = try await LocalSocket(node.socket)
      try await watching.send(method: "events.subscribe", id: "watch")
      // The subscription is there when a second request of the connection has been answered and one event was seen.
      let peer = try TestPeer("nachbar")
      try await eventually("an event of this peer comes") {
        _ = try await peer.handshake(with: node)
        _ = try await node.call("peers.remove", ["peer_id": peer.id.json])
        return try await watching.next()["method"] == "$/progress"
      }
      _ = try await peer.handshake(with: node)
      _ = try await node.call("p2p.approve_peer", ["peer_id": "nachbar", "trust": "basic"])
      _ = try await node.call("p2p.reject_peer", ["peer_id": "nachbar"])
      var kinds: [String] = []
      while kinds.last != "peer_rejected" {
        let message = try await watching.next()
        #expect(message["method"] == "$/progress")
        #expect(message["id"] == nil)
        #expect(message["params"]?["id"] == "watch")
        let value = message["params"]?["value"]
        #expect(value?["peer"]?["peer_id"] == peer.id.json)
        #expect(value?["time"]?.integerValue != nil)
        if let kind = value?["type"]?.stringValue { kinds.append(kind) }
      }
      #expect(kinds.suffix(3) == ["peer_pending", "peer_approved", "peer_rejected"])
      await watching.close()
    }
  }

  @Test func aCancelledRequestIsAnsweredSo() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(method: "events.subscribe", id: "watch")
      try await Self.cancel("watch", local)
      let answer = try await local.next()
      #expect(answer["id"] == "watch")
      #expect(answer["error"]?["data"]?["code"] == "cancelled")
      #expect(try await local.call("daemon.info")["name"] == "node")
      await local.close()
    }
  }

  @Test func cancellingWhatDoesNotRunDoesNothing() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      for id in [1, "x", .null, 1.5, [:]] as [JSONValue] { try await Self.cancel(id, local) }
      try await local.send(["jsonrpc": "2.0", "method": "$/cancel"])
      #expect(try await local.call("daemon.info")["name"] == "node")
      await local.close()
    }
  }

  /// However it was asked for: as a request, within a batch, without an id.
  @Test(arguments: [
    #"{"jsonrpc":"2.0","method":"events.subscribe","id":1}"#,
    #"[{"jsonrpc":"2.0","method":"events.subscribe","id":1}]"#,
    #"{"jsonrpc":"2.0","method":"events.subscribe"}"#,
  ])
  func whatAClosedConnectionStartedIsCancelled(_ line: String) async throws {
    let node = try await TestNode()
    let local = try await LocalSocket(node.socket)
    try await local.connection.send(line + "\n")
    try await local.send(method: "daemon.info", id: 2)
    _ = try await local.next()
    await local.close()
    // What still ran would keep the node from stopping.
    try await node.stop(within: 10)
  }

  @Test func aClientThatGoesAwayInTheMiddleOfAFileLeavesNothing() async throws {
    try await TestNode.run { node in
      let local = try await LocalSocket(node.socket)
      try await local.send(
        method: "skills.call",
        ["skill": "text", "tool": "word_count", "arguments": ["file": ["name": "a", "$stream": 1]]])
      try await local.connection.send(
        #"{"jsonrpc":"2.0","method":"$/data","params":{"id":1,"stream":1,"size":1000,"last":true}}"# + "\nabc")
      await local.close()
      #expect(try await node.call("daemon.info")["name"] == "node")
    }
  }
}
