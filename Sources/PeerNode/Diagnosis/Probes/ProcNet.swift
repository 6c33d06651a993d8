/// Reads the text tables under /proc/self/net (proc(5)).
enum ProcNet {
  /// One row of tcp, tcp6, udp or udp6.
  struct Socket: Hashable, Sendable {
    /// In its usual text.
    var address: String
    var port: Int
    /// 0x0A for a TCP socket that listens.
    var state: Int
    var uid: Int
    var inode: Int
  }

  static let listening = 0x0A

  /// The rows that can be read; a kernel that adds columns at the end changes nothing.
  static func sockets(_ table: String) -> [Socket] {
    table.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count >= 10, let (address, port) = end(fields[1]), let state = Int(fields[3], radix: 16),
        let uid = Int(fields[7]), let inode = Int(fields[9])
      else { return nil }
      return Socket(address: address, port: port, state: state, uid: uid, inode: inode)
    }
  }

  /// Interfaces that are in 224.0.0.251, from /proc/net/igmp: a line for each device, then one for each of its groups.
  static func ipv4Members(_ table: String) -> Set<String> {
    var device = ""
    var members: Set<String> = []
    for line in table.split(separator: "\n").dropFirst() {
      let fields = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      if line.first?.isWhitespace == true {
        // The address as the machine keeps it: 224.0.0.251 on a little-endian one.
        if fields.first == "FB0000E0" { members.insert(device) }
      } else if fields.count >= 2 {
        device = String(fields[1])
      }
    }
    return members
  }

  /// Interfaces that are in ff02::fb, from /proc/net/igmp6: index, device, group, ….
  static func ipv6Members(_ table: String) -> Set<String> {
    Set(
      table.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ")
        return fields.count >= 3 && fields[2] == "ff0200000000000000000000000000fb" ? String(fields[1]) : nil
      })
  }

  /// `0100007F:1F90`: words of 32 bits in the order of a little-endian machine, and the port.
  private static func end(_ text: Substring) -> (String, Int)? {
    let parts = text.split(separator: ":")
    guard parts.count == 2, parts[0].count == 8 || parts[0].count == 32, let port = Int(parts[1], radix: 16) else {
      return nil
    }
    var bytes: [UInt8] = []
    var rest = parts[0]
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      bytes += (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
      rest = rest.dropFirst(8)
    }
    return (AddressText.text(SocketTable.unmapped(bytes)), port)
  }
}
