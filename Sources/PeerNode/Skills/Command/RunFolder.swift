internal import Glibc
internal import PeerModel

/// The folder of one run: the caller's files in `in`, the tool's output in `out`, and room for whatever else the
/// programs need beside them.
struct RunFolder: Sendable {
  /// Absolute path.
  let path: String

  static let input = "in"
  static let output = "out"
  /// How many files and folders a run may have in it.
  static let maximumEntries = 10_000

  /// Makes `in` and `out` in an empty folder.
  /// - Throws: ``NodeError`` `storage_full` or `internal`.
  init(path: String) throws(NodeError) {
    self.path = path
    for folder in [Self.input, Self.output] {
      guard mkdir("\(path)/\(folder)", 0o700) == 0 else { throw Workspace.failure(errno) }
    }
  }

  /// Copies an argument's files into the folder, so that nothing a program does can change the caller's.
  /// - Returns: their paths relative to the folder, in order.
  /// - Throws: ``NodeError`` `invalid_arguments` for a file of the wrong kind, `storage_full`, `internal`;
  ///   `CancellationError`.
  func place(_ files: [SpooledFile], of argument: String, isList: Bool, as name: InputName) throws -> [String] {
    var folder = Self.input
    if isList || name == .kept {
      folder += "/\(argument)"
      guard mkdir("\(path)/\(folder)", 0o700) == 0 else { throw Workspace.failure(errno) }
    }
    var taken: Set<String> = []
    return try files.enumerated().map { index, file in
      let base = isList ? String(String(index + 1_000_001).dropFirst()) : argument
      let wanted =
        switch name {
        case .fixed(let suffix): base + (suffix.map { ".\($0)" } ?? "")
        case .oneOf(let allowed): "\(base).\(try Self.fileExtension(of: file, among: allowed, argument))"
        case .kept: Self.unused(file.name, &taken)
        }
      let relative = "\(folder)/\(wanted)"
      try copy(file, to: "\(path)/\(relative)")
      return relative
    }
  }

  /// Puts a text into the folder, and makes the folders above it.
  /// - Throws: ``NodeError`` `storage_full` or `internal`.
  func write(_ text: String, to relative: String) throws(NodeError) {
    let steps = relative.split(separator: "/")
    for depth in 1..<max(1, steps.count) {
      let above = "\(path)/\(steps[..<depth].joined(separator: "/"))"
      guard mkdir(above, 0o700) == 0 || errno == EEXIST else { throw Workspace.failure(errno) }
    }
    let descriptor = open("\(path)/\(relative)", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Workspace.failure(errno) }
    defer { close(descriptor) }
    try Self.write(Array(text.utf8), to: descriptor)
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) throws(NodeError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Workspace.failure(errno) }
      written += count
    }
  }

  private static func fileExtension(
    of file: SpooledFile, among allowed: [String], _ argument: String
  ) throws(NodeError) -> String {
    let own = file.name.lastIndex(of: ".").map { file.name[file.name.index(after: $0)...].lowercased() }
    guard let own, allowed.contains(own) else {
      throw NodeError(
        .invalidArguments, "/\(argument): the file's name must end with .\(allowed.joined(separator: ", ."))")
    }
    return own
  }

  /// The name, with a number before its extension when an earlier file has it.
  private static func unused(_ name: String, _ taken: inout Set<String>) -> String {
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    var candidate = name
    var count = 1
    while !taken.insert(candidate).inserted {
      count += 1
      candidate = "\(name[..<dot])-\(count)\(name[dot...])"
    }
    return candidate
  }

  private func copy(_ file: SpooledFile, to path: String) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Workspace.failure(errno) }
    defer { close(descriptor) }
    var offset = 0
    while true {
      try Task.checkCancellation()
      let chunk = try file.read(at: offset)
      guard !chunk.isEmpty else { return }
      try Self.write(chunk, to: descriptor)
      offset += chunk.count
    }
  }
}
