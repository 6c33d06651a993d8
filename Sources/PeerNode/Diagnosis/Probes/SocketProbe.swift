import Glibc

/// Which sockets this machine has, and whose they are, as far as the kernel lets this process see.
enum SocketProbe {
  /// Addresses with a TCP socket that listens on the port.
  static func listening(on port: Int) -> [String] {
    let rows = ["tcp", "tcp6"].flatMap { ProcNet.sockets(read($0)) }
    return Set(rows.filter { $0.state == ProcNet.listening && $0.port == port }.map(\.address)).sorted()
  }

  /// Programs other than this one with a socket on UDP port 5353.
  static func multicastHolders() -> [MulticastChecks.Holder] {
    let rows = ["udp", "udp6"].flatMap { ProcNet.sockets(read($0)) }.filter { $0.port == 5353 && $0.inode != 0 }
    guard !rows.isEmpty else { return [] }
    let own = inodes(ofProcess: "self")
    let foreign = rows.filter { !own.contains($0.inode) }
    let names = processes(holding: Set(foreign.map(\.inode)))
    return Array(Set(foreign.map { MulticastChecks.Holder(uid: $0.uid, process: names[$0.inode]) }))
      .sorted { $0.text < $1.text }
  }

  static func memberships() -> NetworkChecks.Memberships {
    NetworkChecks.Memberships(
      ipv4: ProcNet.ipv4Members(read("igmp")), ipv6: ProcNet.ipv6Members(read("igmp6")))
  }

  private static func read(_ table: String) -> String {
    let bytes = (try? File.read("/proc/self/net/\(table)", limit: 8 << 20)) ?? nil
    return String(decoding: bytes ?? [], as: UTF8.self)
  }

  /// `name (pid N)` for each inode whose holder may be read.
  private static func processes(holding inodes: Set<Int>) -> [Int: String] {
    var names: [Int: String] = [:]
    for pid in entries(of: "/proc") where pid.allSatisfy(\.isNumber) && names.count < inodes.count {
      let held = self.inodes(ofProcess: pid).intersection(inodes)
      guard !held.isEmpty else { continue }
      let bytes = (try? File.read("/proc/\(pid)/comm", limit: 64)) ?? nil
      let name = String(decoding: (bytes ?? []).prefix { $0 != 0x0A }, as: UTF8.self)
      for inode in held { names[inode] = "\(name) (pid \(pid))" }
    }
    return names
  }

  private static func inodes(ofProcess pid: String) -> Set<Int> {
    let folder = "/proc/\(pid)/fd"
    return Set(
      entries(of: folder).compactMap { name in
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer -> Int? in
          guard let base = buffer.baseAddress else { return nil }
          let count = readlink("\(folder)/\(name)", base, buffer.count)
          guard count > 0 else { return nil }
          let link = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
          guard link.hasPrefix("socket:["), link.hasSuffix("]") else { return nil }
          return Int(link.dropFirst(8).dropLast())
        }
      })
  }

  private static func entries(of path: String) -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: pointer.pointee)) {
          String(cString: $0)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }
}
