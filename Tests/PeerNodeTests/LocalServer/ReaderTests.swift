import LocalAPI
import Logging
import NIOPosix
import PeerModel
import PeerTestSupport
import ServiceLifecycle
import Testing

@testable import PeerNode

/// Those who may look: every method of the local API as a reader.
@Suite(.serialized) struct ReaderTests {
  /// What a reader may call, with parameters that lead somewhere; all others change something.
  static let looks: [String: JSONValue] = [
    "p2p.p2p_status": [:], "daemon.info": [:], "identity.show": [:], "p2p.list_peers": [:],
    "p2p.peer_status": ["peer_id": "nobody"],
    "pending.list": [:], "skills.list": [:], "skills.pins": [:],
    "skills.diff": ["source": "nobody", "skill": "text", "tool": "word_count"], "p2p.find_skill": ["skill": "text"],
    "peers.can": ["peer_id": "nobody", "action": "run_task"], "audit.list": [:], "audit.verify": [:],
    "events.subscribe": [:], "rpc.discover": [:], "mcp.list": [:],
    "tasks.list": [:], "tasks.get": ["task_id": "nobody"], "tasks.events": ["task_id": "nobody"],
  ]

  /// A node's operations behind a socket at which everybody is a reader.
  static func run(_ body: (String, Node) async throws -> Void) async throws {
    let folder = TemporaryFolder()
    let node = try await Node(TestNode.options(in: folder))
    let path = folder.path + "/readers"
    let server = LocalServer(
      socket: try ListeningSocket.readers(path: path), table: OperationTable(node.parts.operations),
      maximumConnections: 8, group: MultiThreadedEventLoopGroup.singleton, admit: { .reader(uid: $0 + 1001) })
    let group = ServiceGroup(
      services: [server], logger: Logger(label: "ReaderTests") { _ in SwiftLogNoOpLogHandler() })
    async let running: Void = group.run()
    do { try await body(path, node) } catch {
      await group.triggerGracefulShutdown()
      throw error
    }
    await group.triggerGracefulShutdown()
    try await running
  }

  @Test func everyMethodLooksOrIsRefused() async throws {
    try await Self.run { path, node in
      let methods = node.parts.operations.filter { $0.audience == .owner }.map(\.name) + ["rpc.discover"]
      #expect(Set(Self.looks.keys).isSubset(of: methods))
      for method in methods.sorted() {
        let local = try await LocalSocket(path)
        if let parameters = Self.looks[method] {
          try await local.send(method: method, parameters)
          if method == "events.subscribe" {
            try await local.send(["jsonrpc": "2.0", "method": "$/cancel", "params": ["id": 1]])
          }
          do { _ = try await local.answer(to: 1) } catch let error as NodeError {
            #expect([.peerNotFound, .notFound, .cancelled].contains(error.code), "\(method): \(error)")
          }
        } else {
          let error = await #expect(throws: NodeError.self) { try await local.call(method) }
          #expect(error?.code == .notAllowed, "\(method): \(error?.description ?? "works")")
          // Only the daemon's own owner, and everybody who is one, is told to join the group.
          #expect(error?.hint == "sudo usermod -aG rd $USER", "\(method)")
        }
        await local.close()
      }
    }
  }

  @Test func aReaderIsToldSo() async throws {
    try await Self.run { path, _ in
      let local = try await LocalSocket(path)
      #expect(try await local.call("p2p.p2p_status")["role"] == "reader")
      await local.close()
    }
    try await TestNode.run { node in
      let status = try await node.call("p2p.p2p_status")
      #expect(status["role"] == "owner")
    }
  }

  @Test func whatAReaderIsRefusedIsOnRecord() async throws {
    try await Self.run { path, node in
      let local = try await LocalSocket(path)
      for _ in 0..<3 { _ = try? await local.call("p2p.approve_peer", ["peer_id": "a"]) }
      let entries = try await local.call("audit.list")["entries"]?.arrayValue ?? []
      #expect(entries.count == 1 && entries.first?["count"] == 3)
      #expect(entries.first?["operation"] == "approve" && entries.first?["outcome"] == "not_allowed")
      #expect(entries.first?["caller"]?.stringValue?.hasPrefix("reader:") == true)
      await local.close()
    }
  }

  // MARK: The socket

  /// This process belongs to an owner, who is one at this door too.
  @Test func anOwnerIsAnOwnerAtTheReadersDoorToo() async throws {
    try await TestNode.run(configure: { $0.local.readers = "nogroup" }) { node in
      let path = SocketPath.readers(of: node.socket)
      #expect(path == node.folder.path + "/read.sock")
      try await eventually("readers are served") { (try? await LocalSocket(path)) != nil }
      let local = try await LocalSocket(path)
      #expect(try await local.call("p2p.p2p_status")["role"] == "owner")
      await local.close()
    }
  }

  @Test func withoutAGroupThereIsNoSecondSocket() async throws {
    try await TestNode.run { node in
      await #expect(throws: (any Error).self) { try await LocalSocket(SocketPath.readers(of: node.socket)) }
    }
  }

  @Test func theSocketComesAndGoesWithTheSetting() async throws {
    let folder = TemporaryFolder()
    let settings = Settings(Configuration(name: "node"))
    let store = try Store(directory: folder.path)
    let server = ReaderServer(
      main: folder.path + "/rd.sock", settings: settings, table: OperationTable([]), audit: AuditLog(store: store),
      maximumConnections: 8, group: MultiThreadedEventLoopGroup.singleton)
    let group = ServiceGroup(
      services: [server], logger: Logger(label: "ReaderTests") { _ in SwiftLogNoOpLogHandler() })
    async let running: Void = group.run()
    func set(_ readers: String) {
      settings.replace(with: reading(readers))
      server.reconfigure()
    }
    for _ in 0..<2 {
      set("nogroup")
      try await eventually("it is served") { (try? await LocalSocket(server.path)) != nil }
      let local = try await LocalSocket(server.path)
      set("")
      // Whoever is connected loses the connection, and nobody gets a new one.
      #expect(try await local.connection.rest() == [])
      try await eventually("it is gone") { (try? await LocalSocket(server.path)) == nil }
    }
    await group.triggerGracefulShutdown()
    try await running
  }

  @Test func whoComesWhileTheSocketGoesIsLetGoOf() async throws {
    let folder = TemporaryFolder()
    let settings = Settings(Configuration(name: "node"))
    let store = try Store(directory: folder.path)
    let server = ReaderServer(
      main: folder.path + "/rd.sock", settings: settings, table: OperationTable([]), audit: AuditLog(store: store),
      maximumConnections: 200, group: MultiThreadedEventLoopGroup.singleton)
    let group = ServiceGroup(
      services: [server], logger: Logger(label: "ReaderTests") { _ in SwiftLogNoOpLogHandler() })
    async let running: Void = group.run()
    for _ in 0..<20 {
      settings.replace(with: reading("nogroup"))
      server.reconfigure()
      try await eventually("it is served") { (try? await LocalSocket(server.path)) != nil }
      settings.replace(with: reading(""))
      try await withThrowingTaskGroup { clients in
        for number in 0..<40 {
          if number == 20 { server.reconfigure() }
          clients.addTask {
            guard let local = try? await LocalSocket(server.path) else { return }
            _ = try? await local.connection.rest()
          }
        }
        try await clients.waitForAll()
      }
    }
    await group.triggerGracefulShutdown()
    try await running
  }

  private func reading(_ readers: String) -> Configuration {
    var configuration = Configuration(name: "node")
    configuration.local.readers = readers
    return configuration
  }

  @Test(arguments: [
    ("/run/rd/rd.sock", "/run/rd/read.sock"), ("rd.sock", "read.sock"), ("/tmp/a/laptop", "/tmp/a/laptop.read"),
    ("/tmp/other-rd.sock", "/tmp/other-rd.sock.read"),
  ])
  func theReadersSocketIsBesideTheFirst(_ main: String, _ readers: String) {
    #expect(SocketPath.readers(of: main) == readers)
  }

  @Test func aGroupThatIsNotThereIsWarnedAbout() async throws {
    try await TestNode.run(configure: { $0.local.readers = "nosuchgroup" }) { node in
      let warnings = try await node.call("p2p.p2p_status")["warnings"]?.arrayValue ?? []
      #expect(warnings.contains("local.readers is nosuchgroup, and this machine has no such group: nobody may look"))
    }
  }
}
