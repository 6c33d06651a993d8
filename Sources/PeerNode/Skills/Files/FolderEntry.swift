internal import Glibc
internal import PeerModel

/// What something in a folder is.
enum EntryKind: String, Sendable {
  case file
  case folder
  case link
  /// A pipe, a device or a socket.
  case other

  init(_ facts: stat) {
    self =
      switch facts.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
  }

  /// With its article, for sentences.
  var article: String {
    switch self {
    case .file: "a plain file"
    case .folder: "a folder"
    case .link: "a symbolic link"
    case .other: "a pipe, device or socket"
    }
  }
}

/// Something in a folder, as callers see it.
struct FolderEntry: Sendable {
  /// The name, or the path below the root.
  var path: String
  var kind: EntryKind
  /// Bytes, of a plain file.
  var size: Int
  /// Seconds since 1970.
  var modified: Int

  init(path: String, _ facts: stat) {
    self.path = path
    kind = EntryKind(facts)
    size = Int(facts.st_size)
    modified = facts.st_mtim.tv_sec
  }

  /// - Parameter label: what the path is called: `name` or `path`.
  func json(_ label: String) -> JSONValue {
    var members: [String: JSONValue] = [
      label: .string(path), "type": .string(kind.rawValue), "modified": .string(UTCTime.text(modified)),
    ]
    if kind == .file { members["size"] = size.json }
    return .object(members)
  }
}

/// Instants as RFC 3339 has them, in UTC and whole seconds.
enum UTCTime {
  static func text(_ seconds: Int) -> String {
    var (seconds, parts) = (time_t(seconds), tm())
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  /// The seconds since 1970 of `2026-11-25` or `2026-11-25T14:00:00Z`; nil for anything else.
  static func seconds(_ text: String) -> Int? {
    let full = text.utf8.count == 10 ? text + "T00:00:00Z" : text
    guard full.utf8.count == 20 else { return nil }
    let numbers = full.split { "-T:Z".contains($0) }.compactMap { Int32($0) }
    guard numbers.count == 6 else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    let seconds = timegm(&parts)
    // Other signs between the numbers, or a day that no month has, come back different.
    return self.text(seconds) == full ? seconds : nil
  }
}
