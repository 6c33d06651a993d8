internal import Glibc
internal import PeerModel

/// What the kernel tells about the machine, by system calls: most of /proc is hidden from the service.
enum MachineFacts {
  static var all: JSONValue {
    var members = system.objectValue ?? [:]
    members["cpu"] = processors
    members["memory"] = memory
    members["disks"] = disks
    return .object(members)
  }

  private static var system: JSONValue {
    var names = utsname()
    uname(&names)
    return [
      "system": .string(Self.text(names.sysname)), "kernel": .string(Self.text(names.release)),
      "architecture": .string(Self.text(names.machine)), "uptime": uptime.json,
    ]
  }

  /// Seconds since the start, sleep included.
  private static var uptime: Int {
    var time = timespec()
    clock_gettime(CLOCK_BOOTTIME, &time)
    return time.tv_sec
  }

  static var processors: JSONValue {
    var load = [Double](repeating: 0, count: 3)
    let count = getloadavg(&load, 3)
    return [
      "online": sysconf(Int32(_SC_NPROCESSORS_ONLN)).json, "installed": sysconf(Int32(_SC_NPROCESSORS_CONF)).json,
      "load": .array(load.prefix(max(0, Int(count))).map { .number(($0 * 100).rounded() / 100) }),
    ]
  }

  static var memory: JSONValue {
    let page = sysconf(Int32(_SC_PAGESIZE))
    return [
      "total": (sysconf(Int32(_SC_PHYS_PAGES)) * page).json, "free": (sysconf(Int32(_SC_AVPHYS_PAGES)) * page).json,
    ]
  }

  /// File systems of devices, each once, as this process sees them.
  static var disks: JSONValue {
    guard let table = fopen("/proc/self/mountinfo", "re") else { return [] }
    defer { fclose(table) }
    var disks: [JSONValue] = []
    var seen: Set<Substring> = []
    var line = [CChar](repeating: 0, count: 8192)
    while fgets(&line, Int32(line.count), table) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      // proc_pid_mountinfo(5): mount id, parent, device, root, mount point, options, …, -, type, source.
      let words = text.split(separator: " ")
      guard words.count > 9, let dash = words.firstIndex(of: "-"), words.count > dash + 2,
        words[dash + 2].hasPrefix("/"),
        !seen.contains(words[2]), disks.count < 64, let disk = disk(at: unescaped(words[4]), type: words[dash + 1])
      else { continue }
      seen.insert(words[2])
      disks.append(disk)
    }
    return .array(disks)
  }

  private static func disk(at path: String, type: Substring) -> JSONValue? {
    var facts = statvfs()
    guard statvfs(path, &facts) == 0, facts.f_blocks > 0 else { return nil }
    let unit = Int64(facts.f_frsize)
    return [
      "mount": .string(path), "type": .string(String(type)), "size": .integer(Int64(facts.f_blocks) * unit),
      "free": .integer(Int64(facts.f_bavail) * unit), "read_only": .bool(facts.f_flag & UInt(ST_RDONLY) != 0),
    ]
  }

  /// Blanks stand there as `\040`.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(code)
      rest = rest.dropFirst(3)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text of an array of characters that C declares.
  private static func text<Characters>(_ characters: Characters) -> String {
    withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
