package import PeerModel

/// One provider of tools: built in, a command, or an MCP server.
package protocol Skill: Sendable {
  /// The name that callers and the configuration use: letters, digits, `_` and `-`, never a dot.
  var name: String { get }

  /// What it offers. Whether it is available is looked up at every call, because programs come and go.
  func description() async -> SkillDescription

  /// Waits while what it offers is about to be known: for some seconds, and no longer than the caller does.
  func settle(until deadline: ContinuousClock.Instant) async

  /// Runs one tool.
  /// - Parameter arguments: already valid by the tool's schema.
  /// - Throws: ``NodeError``: `skill_failed` with a sentence when the work itself fails, `invalid_arguments` for what a
  ///   schema cannot say, `timed_out`, `too_large`, `storage_full`, `skill_unavailable`; `CancellationError` when the
  ///   task is cancelled.
  func call(_ tool: String, _ arguments: SkillArguments) async throws -> SkillOutput
}

extension Skill {
  /// What it offers is known from the beginning.
  package func settle(until deadline: ContinuousClock.Instant) async {}
}

/// What a tool gets to work with.
package struct SkillArguments: Sendable {
  /// The arguments by name, without those that are files.
  package var values: [String: JSONValue]
  /// The files by argument name, of the arguments that take one.
  package var files: [String: SpooledFile]
  /// The files by argument name, of the arguments that take a list of them.
  package var fileLists: [String: [SpooledFile]]
  /// When the caller stops waiting.
  package var deadline: ContinuousClock.Instant
  /// Where the tool may write.
  package var workspace: Workspace
  /// What the call may use at most.
  package var limits: SkillLimits
  /// Tells the caller how far the work is, where the caller can be told: an object with a sentence as `message`.
  package var progress: @Sendable (JSONValue) async throws -> Void

  /// Arguments from their parts.
  package init(
    values: [String: JSONValue], files: [String: SpooledFile] = [:], fileLists: [String: [SpooledFile]] = [:],
    deadline: ContinuousClock.Instant, workspace: Workspace, limits: SkillLimits = SkillLimits(),
    progress: @escaping @Sendable (JSONValue) async throws -> Void = { _ in }
  ) {
    self.values = values
    self.files = files
    self.fileLists = fileLists
    self.deadline = deadline
    self.workspace = workspace
    self.limits = limits
    self.progress = progress
  }
}

/// What a tool gives back.
package struct SkillOutput: Sendable {
  /// The result. A ``FileReference`` in it whose content is `stream(n)` means `files[n - 1]`.
  package var value: JSONValue
  /// The files of the result, in the order of their stream numbers, which start at 1.
  package var files: [SpooledFile]

  /// A result from its parts.
  package init(value: JSONValue, files: [SpooledFile] = []) {
    self.value = value
    self.files = files
  }

  /// A result that is one file.
  package init(file: SpooledFile) {
    let reference = FileReference(
      name: file.name, content: .stream(1), size: file.size, mediaType: file.mediaType)
    self.init(value: reference.json, files: [file])
  }
}
