internal import Glibc
internal import PeerModel

/// One call of a tool of the skill `fs`.
struct FilesCall: Sendable {
  let root: RootFolder
  let arguments: SkillArguments

  /// The path that an argument names; the root itself when it is not given.
  func path(_ argument: String = "path") throws(NodeError) -> RelativePath {
    try RelativePath(arguments.values[argument]?.stringValue ?? "", argument: argument)
  }

  func flag(_ argument: String) -> Bool { arguments.values[argument] == true }

  /// - Throws: ``NodeError`` `not_allowed` when the root is for reading.
  func requireWrite() throws(NodeError) {
    guard root.isWritable else {
      throw NodeError(
        .notAllowed, "the root \(root.name) is for reading: fs.roots.\(root.name).write is false on that node",
        hint: "on the node, in its configuration: fs: {roots: {\(root.name): {write: true}}}")
    }
  }

  func info() throws(NodeError) -> SkillOutput {
    let path = try path()
    return SkillOutput(value: FolderEntry(path: path.text, try root.thing(at: path).facts).json("path"))
  }

  func list() async throws -> SkillOutput {
    let path = try path()
    var listing = FolderTree.Listing()
    FolderTree.forEachEntry(of: try root.folder(at: path.steps[...]), kept: root.kept) { name, facts in
      listing.add(name.map { FolderEntry(path: $0, facts) }, most: FilesSkill.mostEntries)
    }
    return SkillOutput(value: listing.json("name"))
  }

  /// The whole file, or lines of it.
  func read() async throws -> SkillOutput {
    let path = try path()
    let (descriptor, _) = try root.file(at: path)
    let name = path.steps.last.flatMap { FileReference.isSafe(name: $0) ? $0 : nil } ?? "file"
    let isText = arguments.values["first_line"] != nil || arguments.values["lines"] != nil
    let media = name.lastIndex(of: ".").map { CommandOutput.mediaType(of: String(name[name.index(after: $0)...])) }
    let writer = try arguments.workspace.makeWriter(
      name: name, mediaType: media, limit: arguments.limits.outputBytes)
    try await Self.copy(descriptor, to: writer)
    let file = try writer.finish()
    return isText ? SkillOutput(value: try await lines(of: file)) : SkillOutput(file: file)
  }

  /// Copies all that is in the file now: it may be written to meanwhile.
  private static func copy(_ descriptor: OwnedDescriptor, to writer: SpoolWriter) async throws {
    var buffer = [UInt8](repeating: 0, count: SpooledFile.chunkBytes)
    while true {
      try Task.checkCancellation()
      let count = pread(descriptor.rawValue, &buffer, buffer.count, writer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw RootFolder.failure(errno, writer.name) }
      if count == 0 { return }
      try writer.write(buffer[..<count])
      await Task.yield()
    }
  }

  /// Bytes of text that are given at once.
  private static let mostText = 1 << 20

  private func lines(of file: SpooledFile) async throws -> JSONValue {
    let first = Int(arguments.values["first_line"]?.integerValue ?? 1)
    let wanted = Int(arguments.values["lines"]?.integerValue ?? 1000)
    var (line, given, offset) = (1, 0, 0)
    var bytes: [UInt8] = []
    var isPartOfLine = false
    scan: while true {
      let chunk = try file.read(at: offset)
      if chunk.isEmpty { break }
      offset += chunk.count
      for byte in chunk {
        if given == wanted { break scan }
        isPartOfLine = byte != UInt8(ascii: "\n")
        if line >= first {
          guard bytes.count < Self.mostText else {
            throw NodeError(
              .tooLarge, "these lines are larger than \(Self.mostText) bytes", hint: "ask for fewer lines")
          }
          bytes.append(byte)
          if !isPartOfLine { given += 1 }
        }
        if !isPartOfLine { line += 1 }
      }
      await Task.yield()
      try Task.checkCancellation()
    }
    if isPartOfLine, line >= first, given < wanted { given += 1 }
    return [
      "text": .string(String(decoding: bytes, as: UTF8.self)), "first_line": first.json, "lines": given.json,
      "size": file.size.json,
    ]
  }

  func find() async throws -> SkillOutput {
    let path = try path()
    let search = try FolderSearch(arguments.values)
    let listing = try await search.run(in: try root.folder(at: path.steps[...]), kept: root.kept, below: path)
    return SkillOutput(value: listing.json("path"))
  }
}
