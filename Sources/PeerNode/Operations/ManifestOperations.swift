import LocalAPI
import PeerModel

/// Working on manifests of command skills.
extension NodeParts {
  var manifestOperations: [Operation] {
    [
      Operation(
        CheckSkill.self, .administer,
        withFiles: { parameters, context in
          let bytes = try await skills.contents(
            of: parameters.file, in: parameters.json, context.files, limit: SkillManifest.maximumSize)
          return Operation.Result(await Self.check(bytes).json)
        })
    ]
  }

  private static func check(_ bytes: [UInt8]) async -> CheckSkill.Result {
    do {
      return CheckSkill.Result(skill: await (try SkillManifest.read(bytes)).description(), faults: [])
    } catch {
      return CheckSkill.Result(
        skill: nil, faults: error.all.map { .init(line: $0.line, message: $0.message, hint: $0.hint) })
    }
  }
}

extension SkillService {
  /// The bytes of a small file that came with a request.
  /// - Throws: ``NodeError`` `too_large`, `invalid_arguments`, `storage_full`.
  func contents(
    of reference: FileReference, in parameters: JSONValue, _ files: FileChunks?, limit: Int
  ) async throws -> [UInt8] {
    let spooled = try await Spooling.collect(
      ExpectedChunks(files, for: parameters, limit: limit), names: Spooling.streams(in: parameters),
      workspace: workspace, limit: limit)
    let resolved = try FileArguments(schema: CheckSkill.parameters, workspace: workspace, limit: limit)
      .resolve(parameters, streams: spooled)
    return try resolved.files["file"]?.contents(limit: limit) ?? []
  }
}
