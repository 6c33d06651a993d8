import GRDB
import Glibc
import Logging
import PeerModel
import Synchronization

/// The audit log: who asked for what, and what came of it, as a chain of hashes (``AuditChain``).
///
/// What changes something, or runs something for somebody, is on disk before it is answered. Looks and refusals are
/// written in the background, equal ones counted as one, so that neither slows anything down or fills the disk.
package final class AuditLog: Sendable {
  /// Entries that are kept at most.
  package static let maximumEntries = 1_000_000
  /// Different looks and refusals of one owner, and of anybody else, in one batch.
  static let maximumOfOwner = 256
  static let maximumOfOthers = 16
  /// Different addresses of strangers in one minute.
  static let maximumAddresses = 8
  /// Entries that are pruned in one transaction.
  private static let pruneStep = 2000
  /// Entries after which it is looked for some to prune.
  private static let pruneInterval = 1024

  let pool: DatabasePool
  private let commits: GroupCommit
  private let waiting = Mutex<(looks: AuditBatch, refusals: AuditBatch)>((AuditBatch(), AuditBatch()))
  private let written = Mutex(0)
  private let logger = Logger(label: "Audit")

  /// Something waits: looks, refusals of strangers.
  let looked: AsyncStream<Void>
  let refused: AsyncStream<Void>
  /// There may be some to prune.
  let grown: AsyncStream<Void>
  private let lookSignal: AsyncStream<Void>.Continuation
  private let refusalSignal: AsyncStream<Void>.Continuation
  private let growthSignal: AsyncStream<Void>.Continuation

  package init(store: Store) {
    pool = store.pool
    commits = GroupCommit(pool: store.pool)
    (looked, lookSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (refused, refusalSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (grown, growthSignal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  // MARK: Writing

  /// Writes an entry; on disk when this returns.
  /// - Throws: what the database throws.
  package func write(_ entry: AuditEntry) async throws {
    try await commits.write { try entry.append(to: $0) }
    noteWritten(1)
  }

  /// Entries have been written, here or in a transaction that had more to do.
  func noteWritten(_ count: Int) {
    let isMuch = written.withLock { written in
      written += count
      guard written >= Self.pruneInterval else { return false }
      written = 0
      return true
    }
    if isMuch { growthSignal.yield() }
  }

  /// Notes a look, or a refusal of somebody who is known, to be written soon.
  func note(_ entry: AuditEntry, by caller: Caller) {
    let limit = if case .owner = caller { Self.maximumOfOwner } else { Self.maximumOfOthers }
    let overflow = AuditEntry(
      caller: entry.caller, operation: "others", outcome: entry.outcome, isLook: entry.isLook, at: entry.at)
    waiting.withLock { $0.looks.add(entry, group: entry.caller, limit: limit, overflow: overflow) }
    lookSignal.yield()
  }

  /// Counts a request that was refused before it was known who asks: one entry an address and minute.
  /// - Parameter who: `address:…`, or `uid:…` for a local user who is neither owner nor reader.
  func noteRefusal(of who: String, _ code: ErrorCode) {
    func entry(_ caller: String) -> AuditEntry {
      AuditEntry(caller: caller, operation: "request", outcome: code.rawValue, at: Clock.now)
    }
    waiting.withLock { waiting in
      waiting.refusals.add(
        entry(who), group: "", limit: Self.maximumAddresses, overflow: entry("address:others"))
    }
    refusalSignal.yield()
  }

  /// The same for a stranger on the network; one network of 64 bits counts as one address.
  func noteRefusal(ofAddress address: String, _ code: ErrorCode) {
    noteRefusal(of: "address:\(Self.network(address))", code)
  }

  /// As ``AddressGroup`` has it, whichever interface it came by.
  static func network(_ address: String) -> String { AddressGroup.key(of: String(address.prefix { $0 != "%" })) }

  /// Writes what waits. What cannot be written waits on.
  func flush(looks: Bool = true, refusals: Bool = true) async {
    let taken = Mutex<(looks: [AuditEntry], refusals: [AuditEntry])>(([], []))
    do {
      // Taken in the transaction, so that whoever flushes later finds everything from before on disk.
      let count = try await commits.write { [self] db in
        let entries = waiting.withLock { waiting in
          (looks ? waiting.looks.take() : [], refusals ? waiting.refusals.take() : [])
        }
        taken.withLock { $0 = entries }
        for entry in entries.0 + entries.1 { try entry.append(to: db) }
        return entries.0.count + entries.1.count
      }
      noteWritten(count)
    } catch {
      let entries = taken.withLock { $0 }
      waiting.withLock { waiting in
        waiting.looks.restore(entries.looks)
        waiting.refusals.restore(entries.refusals)
      }
      logger.error("the audit log cannot be written", metadata: ["error": "\(error)"])
    }
  }

  /// How long entries are kept has changed.
  func reconfigure() { growthSignal.yield() }

  /// Forgets what is older than `keep` or too much.
  func prune(keep: Duration) async {
    let cutoff = Clock.now - Int(keep.components.seconds)
    do {
      while try await commits.write({ db in
        try AuditChain.prune(before: cutoff, keeping: Self.maximumEntries, limit: Self.pruneStep, db)
      }) {}
    } catch { logger.error("old audit entries cannot be pruned", metadata: ["error": "\(error)"]) }
  }

  // MARK: Reading

  /// Proves the chain, with everything that happened until now in it.
  /// - Parameter expected: see ``AuditChain/verify(expecting:_:)``.
  package func verify(expecting expected: [UInt8]? = nil) async throws -> AuditChain.Proof {
    await flush()
    return try await pool.read { try AuditChain.verify(expecting: expected, $0) }
  }
}
