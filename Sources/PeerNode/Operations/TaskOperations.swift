import LocalAPI
import PeerModel

/// Having tasks done, here and by peers; and doing them for peers.
extension NodeParts {
  var taskOperations: [Operation] {
    [
      Operation(RunTask.self, .ownerOnly) { parameters, context in
        try await run(
          parameters.request, peer: parameters.peer, isDetached: parameters.isDetached, context)
      },
      Operation(RunRemoteTask.self, .ownerOnly) { parameters, context in
        try await run(parameters.request, peer: parameters.peer, isDetached: false, context)
      },
      Operation(ListTasks.self, .view) { parameters, _ in
        let records = try await tasks.list(isOpen: parameters.isOpen, limit: parameters.limit)
        return ListTasks.Result(tasks: records.map(\.details))
      },
      Operation(GetTask.self, .view) { parameters, _ in try await tasks.get(parameters.id).details },
      Operation(CancelTask.self, .administer) { parameters, _ in try await tasks.cancel(parameters.id).details },
      Operation(WatchTask.self, .view, audit: .stream) { parameters, context in
        for await event in try await tasks.watch(parameters.id) { try await context.progress(event) }
        return try await tasks.end(of: parameters.id).details
      },
    ] + servedTasks
  }

  private var servedTasks: [Operation] {
    [
      Operation(
        PeerRunTask.self, .runTask, .post("/v1/p2p/task"), audience: .peers,
        withFiles: { parameters, context in try await serve(parameters, context) }),
      Operation(
        PeerGetTask.self, .runTask, .get("/v1/p2p/tasks/{task_id}"), audience: .peers, audit: .look
      ) { parameters, context in
        try await tasks.get(parameters.id, of: context.caller.auditName).details
      },
      Operation(PeerCancelTask.self, .runTask, .delete("/v1/p2p/tasks/{task_id}"), audience: .peers) {
        parameters, context in
        try await tasks.cancel(parameters.id, of: context.caller.auditName).details
      },
      Operation(
        PeerWatchTask.self, .runTask, .get("/v1/p2p/tasks/{task_id}/events"), audience: .peers, audit: .look,
        withFiles: { parameters, context in
          var result = Operation.Result([:])
          result.events = try await tasks.watch(parameters.id, of: context.caller.auditName)
          return result
        }),
    ]
  }

  /// What may be asked for a task's time: never more than the configuration allows.
  private func limit(_ wanted: Double?) -> Duration {
    let most = settings.current.p2p.taskTimeout
    return min(most, wanted.map { .milliseconds(max(1, Int($0 * 1000))) } ?? most)
  }

  /// - Throws: ``NodeError`` `agent_unavailable`, or `invalid_arguments` for an agent that this node does not have.
  private func checkAgent(_ wanted: String?) throws(NodeError) {
    _ = try LanguageModel(settings.current.llm)
    guard wanted == nil || wanted == Agent.name else {
      throw NodeError(
        .invalidArguments, "/agent: there is no agent \(wanted?.prefix(64) ?? "")",
        hint: "the agent here is \(Agent.name)")
    }
  }

  private func run(
    _ request: TaskRequest, peer: String?, isDetached: Bool, _ context: Operation.Context
  ) async throws -> TaskDetails {
    let id = TaskID(random: Random.bytes(TaskID.count))
    let target = try peer.map { word throws(NodeError) in try registry.resolve(word) }
    if target == nil { try checkAgent(request.agent) }
    let record = TaskRecord(
      id: id, request: request, requestID: nil, peer: target, timeout: limit(request.timeout),
      isPatient: isDetached, by: context.caller, at: Clock.now)
    let accepted = try await tasks.submit(record, isNoted: isDetached).record
    if isDetached { return accepted.details }
    let ended = try await wait(for: id, context)
    AuditNotes.current?.noteEntry()
    return try Self.answer(ended)
  }

  /// Waits for the end and tells what happens until then; whoever goes away ends the task.
  private func wait(for id: TaskID, _ context: Operation.Context) async throws -> TaskRecord {
    try await withTaskCancellationHandler {
      for await event in try await tasks.watch(id) { try await context.progress(event) }
      return try await tasks.end(of: id)
    } onCancel: {
      tasks.cancelSoon(id)
    }
  }

  /// A task that was worked on in vain is an answer; one that could not be worked on, or was ended, is an error.
  private static func answer(_ record: TaskRecord) throws(NodeError) -> TaskDetails {
    if let failure = record.failure, failure.code != .taskFailed { throw failure }
    return record.details
  }

  private func serve(
    _ parameters: PeerRunTask.Parameters, _ context: Operation.Context
  ) async throws -> Operation.Result {
    try checkAgent(parameters.request.agent)
    let record = TaskRecord(
      id: TaskID(random: Random.bytes(TaskID.count)), request: parameters.request, requestID: parameters.requestID,
      peer: nil, timeout: limit(parameters.request.timeout), by: context.caller, at: Clock.now)
    let (accepted, isNew) = try await tasks.submit(record, isNoted: context.prefersAsync)
    let id = accepted.details.id
    if context.prefersAsync {
      var result = Operation.Result([
        "task_id": id.json, "request_id": accepted.request?.json ?? .null, "status": .string(accepted.state),
      ])
      result.pending = "/v1/p2p/tasks/\(id)"
      return result
    }
    let ended = try await wait(for: id, context)
    if isNew { AuditNotes.current?.noteEntry() }
    return Operation.Result(PeerRunTask.Result(try Self.answer(ended)).json)
  }
}

extension NodeParts {
  /// What does the tasks of this node, to be run as a service.
  static func makeTasks(
    store: Store, settings: Settings, skills: SkillService, exchange: PeerExchange, audit: AuditLog
  ) -> TaskRunner {
    let store = TaskStore(store: store)
    return TaskRunner(
      store: store,
      here: { record, feed in
        try skills.checkMayRunTasks(record.caller)
        let model = try LanguageModel(settings.current.llm)
        let agent = Agent(
          toolbox: await skills.toolbox(for: record, audit),
          willChange: { try await store.touch(record.id) },
          report: { feed.publish($0) },
          model: { try await model.reply(to: $0, tools: $1) })
        return (try await agent.perform(record.task, context: record.context), Agent.name)
      },
      elsewhere: { record, feed in try await exchange.perform(record, feed, store) })
  }
}

extension TaskFeed {
  /// A step of the agent.
  func publish(_ step: Agent.Step) {
    switch step {
    case .calling(let tool): publish("tool", ["tool": .string(tool), "status": "started"])
    case .called(let tool, nil): publish("tool", ["tool": .string(tool), "status": "done"])
    case .called(let tool, let error?):
      publish("tool", ["tool": .string(tool), "status": "failed", "error": .string(error.message)])
    }
  }
}

extension SkillService {
  /// Whether a task goes on: its caller may have been rejected, removed or lowered since it was accepted.
  /// - Throws: ``NodeError`` `not_approved` or `not_allowed`.
  func checkMayRunTasks(_ caller: String) throws(NodeError) {
    guard let peer = PeerID(caller) else { return }
    let standing = registry.standing(of: peer)
    try Caller.peer(peer, standing?.status == .approved ? standing?.trust ?? .unknown : .unknown).authorize(.runTask)
  }

  /// What the agent may use for a task: what the one who asked for it may, looked up again at each call.
  func toolbox(for record: TaskRecord, _ audit: AuditLog) async -> Toolbox {
    let peer = PeerID(record.caller)
    let audience: Audience = peer == nil ? .owner : .peers
    let share: CallShare = peer.map(CallShare.peer) ?? .owner
    let visible = await all().filter { isVisible($0.name, to: audience) }
    return Toolbox(visible) { skill, tool, arguments in
      func note(_ outcome: String) async throws {
        try await audit.write(
          AuditEntry(
            caller: record.caller, operation: "task_skill", subject: "\(skill).\(tool)", request: record.id,
            outcome: outcome, at: Clock.now))
      }
      do {
        try checkMayRunTasks(record.caller)
        let output = try await library.call(
          skill: skill, tool: tool, arguments: arguments, timeout: record.timeLimit, share: share,
          allowing: { isVisible($0, to: audience) })
        try await note("ok")
        return output
      } catch let error as NodeError {
        try await note(error.code.rawValue)
        throw error
      }
    }
  }
}
