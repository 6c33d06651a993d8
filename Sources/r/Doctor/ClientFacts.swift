internal import Glibc
internal import LocalAPI

/// What this process sees of the way to the daemon.
struct ClientFacts {
  enum Socket {
    case missing
    /// A folder on the way may not be entered.
    case hidden
    case present(group: gid_t, isWritable: Bool)
  }
  /// What systemd's files tell of rd's units; what has failed is in none of them.
  struct Unit {
    /// `--user` where they are the user's own.
    var manager = ""
    var isInstalled = false
    var isEnabled = false
    var isRunning = false
  }

  var path: String
  var socket: Socket
  var user: String
  /// Groups of this process, and those that the group database gives the user.
  var groups: Set<gid_t>
  var databaseGroups: Set<gid_t>
  /// Nil where systemd does not run, or the socket is not one of its.
  var unit: Unit?
  /// The kernel's clock is synchronised; nil when the kernel does not tell.
  var isClockSynchronized: Bool?

  init(path: String) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0 {
      socket = .present(group: status.st_gid, isWritable: access(path, W_OK) == 0)
    } else {
      socket = errno == EACCES ? .hidden : .missing
    }
    let entry = getpwuid(geteuid())?.pointee
    let name = entry.map { String(cString: $0.pw_name) }
    user = name ?? "\(geteuid())"
    groups = Self.processGroups
    databaseGroups = name.map { Self.groups(of: $0, primary: entry?.pw_gid ?? getgid()) } ?? []
    unit = Self.unit(path)
    isClockSynchronized = KernelClock.isSynchronized
  }

  /// The name of a group; its number where it has none.
  static func name(of group: gid_t) -> String {
    getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? "\(group)"
  }

  private static var processGroups: Set<gid_t> {
    var groups = [gid_t](repeating: 0, count: Int(max(0, getgroups(0, nil))))
    let count = getgroups(Int32(groups.count), &groups)
    return Set(groups.prefix(Int(max(0, count)))).union([getegid()])
  }

  private static func groups(of user: String, primary: gid_t) -> Set<gid_t> {
    var groups = [gid_t](repeating: 0, count: 1024)
    var count = Int32(groups.count)
    guard getgrouplist(user, primary, &groups, &count) >= 0 else { return [primary] }
    return Set(groups.prefix(Int(count)))
  }

  private static func unit(_ path: String) -> Unit? {
    guard exists("/run/systemd/system") else { return nil }
    if path == SocketPath.system {
      let folders = [
        "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
      ]
      return Unit(
        isInstalled: folders.contains { exists($0 + "/rd.service") },
        isEnabled: exists("/etc/systemd/system/sockets.target.wants/rd.socket")
          || exists("/etc/systemd/system/multi-user.target.wants/rd.service"),
        isRunning: exists("/run/systemd/units/invocation:rd.service"))
    }
    guard path == SocketPath.user(environment: environment), let runtime = environment("XDG_RUNTIME_DIR") else {
      return nil
    }
    let own = (environment("XDG_CONFIG_HOME") ?? (environment("HOME") ?? "") + "/.config") + "/systemd/user"
    let folders = [own, "/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"]
    let wants = ["/sockets.target.wants/rd.socket", "/default.target.wants/rd.service"]
    return Unit(
      manager: "--user ", isInstalled: folders.contains { exists($0 + "/rd.service") },
      isEnabled: [own, "/etc/systemd/user"].contains { folder in wants.contains { exists(folder + $0) } },
      isRunning: exists(runtime + "/systemd/units/invocation:rd.service"))
  }

  /// Also for a link that leads nowhere, as systemd keeps some of its facts.
  private static func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }
}

/// The kernel's own opinion of its clock (adjtimex(2)).
enum KernelClock {
  private static let unsynchronized: Int32 = 0x40
  private static let size = 208

  /// Nil when the kernel does not tell. `rd` cannot ask where its sandbox protects the clock.
  static var isSynchronized: Bool? {
    // The C library's module does not carry sys/timex.h; with all of the structure zero, nothing is changed.
    guard let symbol = dlsym(nil, "adjtimex") else { return nil }
    let adjtimex = unsafeBitCast(symbol, to: (@convention(c) (UnsafeMutableRawPointer) -> Int32).self)
    return withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { buffer in
      buffer.initializeMemory(as: UInt8.self, repeating: 0)
      guard let base = buffer.baseAddress, adjtimex(base) >= 0 else { return nil }
      // struct timex: modes, offset, freq, maxerror, esterror, status.
      return buffer.load(fromByteOffset: 5 * MemoryLayout<Int>.size, as: Int32.self) & unsynchronized == 0
    }
  }
}
