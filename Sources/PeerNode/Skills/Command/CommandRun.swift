internal import Glibc
internal import PeerModel
internal import Subprocess

/// One call of a command tool, from the caller's files to the result.
struct CommandRun: Sendable {
  /// `skill.tool`, for messages.
  let name: String
  let tool: CommandTool
  let arguments: SkillArguments

  /// Runs the steps in a folder of their own, within the tool's time.
  /// - Throws: as ``CommandSkill/call(_:_:)``.
  func run() async throws -> SkillOutput {
    let allowed = Duration.seconds(tool.limits.seconds)
    let deadline = ContinuousClock.now + allowed
    guard deadline < arguments.deadline else { return try await run(until: arguments.deadline) }
    return try await Deadline.run(until: deadline, what: name, after: allowed) { try await run(until: deadline) }
  }

  private func run(until deadline: ContinuousClock.Instant) async throws -> SkillOutput {
    try await arguments.workspace.withFolder { path in
      let folder = try RunFolder(path: path)
      var values = CommandValues(values: tool.defaults.merging(arguments.values) { $1 }, folder: path)
      for argument in tool.fileArguments {
        guard let files = arguments.fileLists[argument] ?? arguments.files[argument].map({ [$0] }) else { continue }
        values.paths[argument] = try folder.place(
          files, of: argument, isList: arguments.fileLists[argument] != nil,
          as: tool.inputs[argument] ?? .fixed(nil))
      }
      for (path, text) in tool.files { try folder.write(text, to: path) }
      let usage = FolderUsage(folder: path, limit: tool.limits.diskBytes)
      let printed = try await perform(values, usage, deadline)
      return try collect(printed, path)
    }
  }

  /// What the last step printed.
  private func perform(
    _ values: CommandValues, _ usage: FolderUsage, _ deadline: ContinuousClock.Instant
  ) async throws -> SpooledFile {
    var printed: SpooledFile?
    for step in tool.steps {
      let writer = try makeWriter()
      for each in try targets(of: step, values.folder) {
        var values = values
        values.each = each
        let child = ChildProcess(
          program: try locate(step.program), arguments: try step.arguments.render(values),
          input: step.input.flatMap { arguments.files[$0] }, folder: values.folder,
          environment: try environment(values), limits: tool.limits, deadline: deadline)
        let ending = try await run(child, usage, output: writer)
        if let failure = failure(of: ending, step) { throw failure }
      }
      try usage.check()
      printed = try writer.finish()
    }
    guard let printed else { throw NodeError.internal }
    return printed
  }

  private func locate(_ program: Program) throws(NodeError) -> String {
    guard let path = program.locate() else { throw program.missing }
    return path
  }

  private func environment(_ values: CommandValues) throws(NodeError) -> [String: String] {
    var environment: [String: String] = [:]
    for (name, word) in tool.environment {
      var text = ""
      for piece in word.pieces { text += try values.text(of: piece, 0) }
      environment[name] = text
    }
    return environment
  }

  /// The files that the step runs for; one empty name when it is not repeated.
  private func targets(of step: CommandStep, _ folder: String) throws(NodeError) -> [String] {
    guard let pattern = step.forEach else { return [""] }
    let found = try MadeFiles(folder: folder).matching(pattern, most: tool.limits.files, bytes: .max)
    guard !found.isEmpty else {
      throw NodeError(.skillFailed, "\(name): there is nothing for \(step.program.name) to work on")
    }
    return found.map(\.path)
  }

  private func run(
    _ child: ChildProcess, _ usage: FolderUsage, output: SpoolWriter
  ) async throws -> ChildProcess.Ending {
    try await withThrowingTaskGroup(of: ChildProcess.Ending?.self) { group in
      group.addTask { try await child.run(output: output) }
      group.addTask {
        try await usage.watch()
        return nil
      }
      defer { group.cancelAll() }
      while let ending = try await group.next() { if let ending { return ending } }
      throw CancellationError()
    }
  }

  private var input: String? {
    tool.steps.lazy.compactMap(\.input).first.flatMap { arguments.files[$0]?.name }
      ?? tool.fileArguments.lazy.compactMap { arguments.files[$0]?.name }.first
  }

  private func makeWriter() throws(NodeError) -> SpoolWriter {
    try arguments.workspace.makeWriter(
      name: tool.output.fileName(input: input, tool: tool.description.name), mediaType: tool.output.mediaType,
      limit: min(tool.output.limit, outputBytes))
  }

  private var outputBytes: Int { min(tool.limits.outputBytes, arguments.limits.outputBytes) }

  private func collect(_ printed: SpooledFile, _ folder: String) throws(NodeError) -> SkillOutput {
    guard let path = tool.output.path else { return try tool.output.result(of: printed, limits: arguments.limits) }
    let made = try MadeFiles(folder: "\(folder)/\(RunFolder.output)")
      .matching(path, most: tool.limits.files, bytes: outputBytes)
    if tool.output.form == .files { return list(made) }
    guard let file = made.first?.file else {
      throw NodeError(.skillFailed, "\(tool.steps.last?.program.name ?? name) made no file")
    }
    var output = tool.output
    // What a pattern found tells its kind itself.
    if path.contains(where: "*?[".contains) { output = CommandOutput(output.form, path: file.name) }
    let label = output.fileName(input: input, tool: tool.description.name)
    return try output.result(of: file.labelled(name: label, mediaType: output.mediaType), limits: arguments.limits)
  }

  private func list(_ made: [MadeFiles.Entry]) -> SkillOutput {
    let references = made.enumerated().map { index, entry in
      var members =
        FileReference(
          name: entry.file.name, content: .stream(index + 1), size: entry.file.size, mediaType: entry.file.mediaType
        ).json.objectValue ?? [:]
      if let slash = entry.path.lastIndex(of: "/") { members["folder"] = .string(String(entry.path[..<slash])) }
      return JSONValue.object(members)
    }
    return SkillOutput(value: .array(references), files: made.map(\.file))
  }

  /// nil when the program did its work.
  private func failure(of ending: ChildProcess.Ending, _ step: CommandStep) -> NodeError? {
    let program = step.program.name
    switch ending.status {
    case .exited(let code) where step.success.contains(code):
      return nil
    case .exited(let code):
      let sentence = Diagnostics.sentence(from: ending.diagnostics)
      let printed = String(decoding: ending.diagnostics, as: UTF8.self)
      let advice = tool.advice.sorted { $0.key < $1.key }.first { printed.contains($0.key) }?.value
      let reason = "\(program): \(sentence ?? "ended with status \(code)")"
      return NodeError(.skillFailed, advice.map { "\(reason); \($0)" } ?? reason, hint: advice)
    case .signaled(SIGXCPU):
      return NodeError(.timedOut, "\(program) used more processor time than it is allowed")
    case .signaled(SIGXFSZ):
      return NodeError(.tooLarge, "\(program) wrote a file of more than \(tool.limits.diskBytes) bytes")
    case .signaled(let signal):
      let memory = tool.limits.memoryBytes >> 20
      return NodeError(
        .skillFailed, "\(program) was ended by signal \(signal)", hint: "it may use at most \(memory) MiB of memory")
    }
  }
}
