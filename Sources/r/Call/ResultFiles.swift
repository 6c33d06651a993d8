internal import Glibc
internal import LocalAPI
internal import PeerModel

/// The files of a result: where each of them goes, and what the result says in their place.
struct ResultFiles {
  /// What `--output` and `--force` said.
  struct Destination {
    var output: String?
    var replaces: Bool

    /// The folder for files that bring their own name.
    var folder: String? {
      guard let output else { return "." }
      var facts = stat()
      return stat(output, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR ? output : nil
    }
  }

  /// By stream number.
  private(set) var references: [Int: FileReference] = [:]

  /// - Throws: ``NodeError`` `malformed` for a file whose name could lead elsewhere.
  init(in result: JSONValue) throws(NodeError) { try collect(result) }

  private mutating func collect(_ value: JSONValue) throws(NodeError) {
    switch value {
    case .array(let elements): for element in elements { try collect(element) }
    case .object(let members) where members["$stream"] != nil:
      let reference: FileReference
      do { reference = try FileReference(json: value) } catch {
        throw NodeError(.malformed, "refused a file of the result: \(error.message)")
      }
      guard case .stream(let number) = reference.content,
        references.updateValue(reference, forKey: number) == nil
      else { throw NodeError(.malformed, "rd numbered two files alike") }
    case .object(let members): for member in members.values { try collect(member) }
    case .null, .bool, .integer, .number, .string: return
    }
  }

  /// Makes the file on disk that each stream goes to.
  func create(at destination: Destination) throws(NodeError) -> [Int: OutputFile] {
    var files: [Int: OutputFile] = [:]
    var taken: Set<String> = []
    for (number, reference) in references.sorted(by: { $0.key < $1.key }) {
      if let folder = destination.folder {
        let name = Self.unused(Self.harmless(reference.name), taken: &taken)
        files[number] = try OutputFile(
          folder: folder == "." ? "" : folder, name: name, number: number, replaces: destination.replaces,
          expectedSize: reference.size)
        continue
      }
      guard references.count == 1, let path = destination.output else {
        throw NodeError(.localFile, "the result has \(references.count) files: --output must be an existing folder")
      }
      files[number] = try Self.file(at: path, replaces: destination.replaces, size: reference.size)
    }
    return files
  }

  /// The file that the user named.
  static func file(at path: String, replaces: Bool, size: Int? = nil) throws(NodeError) -> OutputFile {
    let slash = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    let name = String(path[slash...])
    guard FileReference.isSafe(name: name) else { throw NodeError(.localFile, "\(path): there is no such folder") }
    return try OutputFile(
      folder: String(path[..<slash]), name: name, number: 0, replaces: replaces, expectedSize: size)
  }

  /// The result with the places where its files are now.
  static func placed(_ value: JSONValue, _ files: [Int: OutputFile]) -> JSONValue {
    switch value {
    case .array(let elements): return .array(elements.map { placed($0, files) })
    case .object(var members):
      guard let number = members["$stream"]?.integerValue, let file = files[Int(number)] else {
        return .object(members.mapValues { placed($0, files) })
      }
      members["$stream"] = nil
      members["path"] = file.path.json
      members["size"] = file.size.json
      return .object(members)
    case .null, .bool, .integer, .number, .string: return value
    }
  }

  /// The name as it is used here: never hidden, never an option, never one that looks like another.
  private static func harmless(_ name: String) -> String {
    var output = String.UnicodeScalarView()
    for scalar in name.unicodeScalars { output.append(SafeText.isSafe(scalar) ? scalar : "_") }
    let text = String(output)
    return text.hasPrefix(".") || text.hasPrefix("-") ? "_" + text.dropFirst() : text
  }

  /// `a.pdf`, then `a-2.pdf`, when a result brings a name twice.
  private static func unused(_ name: String, taken: inout Set<String>) -> String {
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    var candidate = name
    var count = 1
    while !taken.insert(candidate).inserted {
      count += 1
      candidate = "\(name[..<dot])-\(count)\(name[dot...])"
    }
    return candidate
  }
}
