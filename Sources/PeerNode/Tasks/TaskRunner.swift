import LocalAPI
import Logging
import PeerModel
import ServiceLifecycle
import Synchronization

/// Accepts tasks, runs them in their turn, and keeps what came of them.
///
/// A task is on disk before it is acknowledged. One that is open when the node ends runs again at the next start, unless a
/// tool was called that may have changed something; then it ends as interrupted.
package final class TaskRunner: Service {
  /// What the audit log calls it.
  static let operation = "task"
  /// Tasks that this node's agent does at a time; the others wait.
  static let concurrency = 4

  /// Does the work of one task.
  /// - Returns: the answer, and which agent gave it.
  typealias Work = @Sendable (TaskRecord, TaskFeed) async throws -> (result: String, agent: String)

  private let store: TaskStore
  private let here: Work
  private let elsewhere: Work
  private let limiter = CallLimiter(running: concurrency, waiting: 256)
  private let feeds = Mutex<(open: [String: TaskFeed], isOver: Bool)>(([:], false))
  private let submitted: AsyncStream<TaskRecord>
  private let submissions: AsyncStream<TaskRecord>.Continuation
  private let logger = Logger(label: "Tasks")

  /// - Parameters:
  ///   - here: does a task with this node's agent.
  ///   - elsewhere: has a peer do it.
  init(store: TaskStore, here: @escaping Work, elsewhere: @escaping Work) {
    self.store = store
    self.here = here
    self.elsewhere = elsewhere
    (submitted, submissions) = AsyncStream.makeStream()
  }

  package func run() async throws {
    let recovered = try await store.recover()
    if !recovered.isEmpty { logger.notice("tasks go on", metadata: ["count": "\(recovered.count)"]) }
    await withDiscardingTaskGroup { group in
      for record in recovered {
        let feed = open(record)
        group.addTask { await self.execute(record, feed) }
      }
      for await record in submitted.cancelOnGracefulShutdown() {
        let feed = open(record)
        group.addTask { await self.execute(record, feed) }
      }
      group.cancelAll()
    }
    // Those who were accepted after the last look go on at the next start; whoever waits hears of it.
    let waiting = feeds.withLock { feeds in
      feeds.isOver = true
      return Array(feeds.open.values)
    }
    for feed in waiting { feed.finish() }
  }

  private func open(_ record: TaskRecord) -> TaskFeed {
    let (feed, isOver) = feeds.withLock { feeds in
      let feed = feeds.open[record.id] ?? TaskFeed()
      feeds.open[record.id] = feed
      return (feed, feeds.isOver)
    }
    if isOver { feed.finish() }
    return feed
  }

  private func feed(of id: TaskID) -> TaskFeed? { feeds.withLock { $0.open[id.text] } }

  /// Accepts a task; it is on disk when this returns.
  /// - Parameter isNoted: the acceptance itself goes into the audit log, because its caller does not wait for the end.
  /// - Returns: the task as it is, and whether it is new; an earlier one when the request is known.
  /// - Throws: as ``TaskStore/add(_:note:)``.
  func submit(_ record: TaskRecord, isNoted: Bool) async throws -> (record: TaskRecord, isNew: Bool) {
    let note = isNoted ? entry(record, operation: "accept_task", outcome: "ok") : nil
    let (accepted, isNew) = try await store.add(record, note: note)
    if isNoted && isNew { AuditNotes.current?.noteEntry() }
    if isNew {
      _ = open(accepted)
      submissions.yield(accepted)
    }
    return (accepted, isNew)
  }

  /// Waits for the end of a task. Who stops waiting does not end it.
  /// - Throws: ``NodeError`` `busy` when the node stops first; `CancellationError`.
  func end(of id: TaskID) async throws -> TaskRecord {
    if let feed = feed(of: id) { for await _ in feed.watch() {} }
    try Task.checkCancellation()
    let record = try await store.get(id)
    guard record.taskState.isEnded else {
      throw NodeError(
        .busy, "the node stops; the task goes on when it is back", hint: "ask again with the same request_id",
        retryAfter: 5)
    }
    return record
  }

  /// Asks for the end of a task, and does not wait for it.
  func cancelSoon(_ id: TaskID) { feed(of: id)?.cancel() }

  /// Ends a task that is open; one that has ended stays as it is.
  func cancel(_ id: TaskID, of caller: String? = nil) async throws -> TaskRecord {
    let record = try await store.get(id, of: caller)
    guard !record.taskState.isEnded, let feed = feed(of: id) else { return record }
    feed.cancel()
    return try await end(of: id)
  }

  /// One task.
  /// - Parameter caller: whose it has to be; nil for the owner.
  /// - Throws: ``NodeError`` `not_found`.
  func get(_ id: TaskID, of caller: String? = nil) async throws -> TaskRecord { try await store.get(id, of: caller) }

  /// Tasks, newest first.
  func list(isOpen: Bool, limit: Int) async throws -> [TaskRecord] {
    try await store.list(isOpen: isOpen, limit: limit)
  }

  /// What happens to a task until it ends.
  /// - Parameter caller: whose task it has to be; nil for the owner.
  func watch(_ id: TaskID, of caller: String? = nil) async throws -> AsyncStream<JSONValue> {
    let record = try await store.get(id, of: caller)
    if let feed = feed(of: id) { return feed.watch() }
    let feed = TaskFeed()
    feed.publish("status", ["status": .string(record.state)])
    feed.finish()
    return feed.watch()
  }

  private func execute(_ record: TaskRecord, _ feed: TaskFeed) async {
    let started = ContinuousClock.now
    var agent: String?
    let outcome: TaskOutcome
    do {
      let answer = try await perform(record, feed)
      (outcome, agent) = (.done(answer.result), answer.agent)
    } catch let error as NodeError {
      outcome = .failed(error)
    } catch is TaskCancelled {
      outcome = .cancelled
    } catch is CancellationError {
      // The node ends: the task stays open on disk.
      return close(record, feed)
    } catch {
      logger.error("a task failed unexpectedly", metadata: ["task_id": "\(record.id)", "error": "\(error)"])
      outcome = .failed(.internal)
    }
    do {
      try await store.finish(
        record.id, outcome, agent: agent, milliseconds: (ContinuousClock.now - started).milliseconds,
        audit: entry(record, operation: Self.operation, outcome: outcome.error?.code.rawValue ?? "ok"))
    } catch {
      logger.error("a task's end is not on disk", metadata: ["task_id": "\(record.id)", "error": "\(error)"])
    }
    feed.publish("status", ["status": .string(outcome.state.rawValue)])
    close(record, feed)
  }

  private func close(_ record: TaskRecord, _ feed: TaskFeed) {
    feeds.withLock { $0.open[record.id] = nil }
    feed.finish()
  }

  private func perform(_ record: TaskRecord, _ feed: TaskFeed) async throws -> (result: String, agent: String) {
    let isHere = record.peer == nil
    let share: CallShare = PeerID(record.caller).map(CallShare.peer) ?? .owner
    let work: @Sendable () async throws -> (result: String, agent: String) = { [self] in
      try await store.start(record.id)
      feed.publish("status", ["status": .string(TaskState.running.rawValue)])
      guard isHere else { return try await elsewhere(record, feed) }
      return try await Deadline.run(until: .now + record.timeLimit, what: "the task", after: record.timeLimit) {
        try await self.here(record, feed)
      }
    }
    return try await Self.unlessCancelled(feed) { [limiter] in
      isHere ? try await limiter.run(for: share) { try await work() } : try await work()
    }
  }

  /// Runs the work until it ends or somebody wants the task to end.
  private static func unlessCancelled<Value: Sendable>(
    _ feed: TaskFeed, _ work: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work() }
      group.addTask {
        for await _ in feed.cancelled {}
        return nil
      }
      defer { group.cancelAll() }
      while let next = try await group.next() {
        if let value = next { return value }
        try Task.checkCancellation()
        throw TaskCancelled()
      }
      throw CancellationError()
    }
  }

  private func entry(_ record: TaskRecord, operation: String, outcome: String) -> AuditEntry {
    AuditEntry(
      caller: record.caller, operation: operation, target: record.peerID, subject: record.id,
      request: record.request, outcome: outcome, at: Clock.now)
  }
}

/// Somebody wanted the task to end.
private struct TaskCancelled: Error {}
