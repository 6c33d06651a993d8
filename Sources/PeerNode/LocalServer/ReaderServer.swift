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
    var serving: Task<Void, Never>?
    func serve(_ name: String) async {
      guard name != readers else { return }
      readers = name
      serving?.cancel()
      await serving?.value
      // Not a child: it ends when the group changes, which a group of tasks could not tell to one of them.
      serving = name.isEmpty ? nil : start(name)
    }
    await serve(settings.current.local.readers)
    for await _ in changes.cancelOnGracefulShutdown() { await serve(settings.current.local.readers) }
    // A node that stops drains this door like the others.
    guard let serving else { return }
    await withTaskCancellationHandler {
      await serving.value
    } onCancel: {
      serving.cancel()
    }
  }

  private func start(_ readers: String) -> Task<Void, Never> {
    Task {
      do {
        let server = LocalServer(
          socket: try ListeningSocket.readers(path: path), table: table, maximumConnections: maximumConnections,
          group: group, admit: { uid throws(NodeError) in try admit(uid, readers) })
        logger.info("readers are served", metadata: ["socket": "\(path)", "group": "\(readers)"])
        try await server.run()
      } catch is CancellationError {
      } catch {
        logger.error(
          "readers are not served", metadata: ["error": "\((error as? NodeError)?.message ?? "\(error)")"])
      }
      unlink(path)
    }
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
