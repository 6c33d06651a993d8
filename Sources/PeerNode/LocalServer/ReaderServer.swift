import Glibc
import LocalAPI
import Logging
import NIOCore
import PeerModel
import ServiceLifecycle

/// The door for those who may only look: a second socket beside the first, while `local.readers` names a group.
///
/// Anybody can connect, and the kernel says who does: owners are owners here too, members of the group are readers, and
/// all others are told which group they are not in.
struct ReaderServer: Service {
  let path: String
  private let settings: Settings
  private let table: OperationTable
  private let audit: AuditLog
  private let maximumConnections: Int
  private let group: any EventLoopGroup
  private let logger = Logger(label: "ReaderServer")
  private let changes: AsyncStream<Void>
  private let change: AsyncStream<Void>.Continuation

  /// - Parameter main: the path of the local socket.
  init(
    main: String, settings: Settings, table: OperationTable, audit: AuditLog, maximumConnections: Int,
    group: any EventLoopGroup
  ) {
    path = SocketPath.readers(of: main)
    self.settings = settings
    self.table = table
    self.audit = audit
    self.maximumConnections = maximumConnections
    self.group = group
    (changes, change) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// The configuration was read again.
  func reconfigure() { change.yield() }

  /// Serves as the configuration has it; a change of the group ends the connections that the old one allowed.
  func run() async throws {
    // A daemon that was killed has left its socket.
    unlink(path)
    var readers = ""
    var door: Door?
    func serve(_ name: String) async {
      guard name != readers else { return }
      readers = name
      await door?.close()
      door = name.isEmpty ? nil : open(name)
    }
    await serve(settings.current.local.readers)
    for await _ in changes.cancelOnGracefulShutdown() { await serve(settings.current.local.readers) }
    // A node that stops drains this door like the others.
    await door?.close()
  }

  /// The second socket while it is served, which can be closed without the node.
  private struct Door {
    let group: ServiceGroup
    let running: Task<Void, Never>

    /// Lets those who are served finish. Cancelling would drop connections that were accepted and not taken up yet.
    func close() async {
      await group.triggerGracefulShutdown()
      await running.value
    }
  }

  private func open(_ readers: String) -> Door? {
    do {
      let server = LocalServer(
        socket: try ListeningSocket.readers(path: path), table: table, maximumConnections: maximumConnections,
        group: group, admit: { uid throws(NodeError) in try admit(uid, readers) })
      let group = ServiceGroup(
        configuration: .init(
          services: [.init(service: server, successTerminationBehavior: .gracefullyShutdownGroup)],
          logger: Node.quietLogger))
      logger.info("readers are served", metadata: ["socket": "\(path)", "group": "\(readers)"])
      // Not a child: it ends when the readers' group changes, which a group of tasks could not tell to one of them.
      let running = Task {
        do { try await group.run() } catch { report(error) }
        unlink(path)
      }
      return Door(group: group, running: running)
    } catch {
      report(error)
      return nil
    }
  }

  private func report(_ error: any Error) {
    logger.error("readers are not served", metadata: ["error": "\((error as? NodeError)?.message ?? "\(error)")"])
  }

  private func admit(_ uid: UInt32, _ readers: String) throws(NodeError) -> Caller {
    if OwnerProof.isOwner(uid) { return .owner(uid: uid) }
    if LocalGroup.contains(uid, group: readers) { return .reader(uid: uid) }
    audit.noteRefusal(of: "uid:\(uid)", .notAllowed)
    throw NodeError(
      .notAllowed, "user \(uid) is neither in the group \(LocalGroup.name), which owns this node, nor in \(readers)",
      hint: "sudo usermod -aG \(LocalGroup.name) $USER")
  }
}
