import Glibc

/// Unix groups of this machine: the one whose members own this node, and the one whose members may look.
enum LocalGroup {
  /// The owners'.
  static let name = "rd"

  /// The owners' group's number; nil when the machine has no such group.
  static var number: gid_t? { number(of: name) }

  static func number(of name: String) -> gid_t? {
    lookUp { buffer, count in
      var group = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      guard getgrnam_r(name, &group, buffer, count, &found) == 0, found != nil else { return nil }
      return group.gr_gid
    }
  }

  /// Whether the user is a member of the group, by primary or supplementary group.
  static func contains(_ uid: UInt32, group name: String = name) -> Bool {
    guard let number = number(of: name) else { return false }
    let user: (name: String, group: gid_t)? = lookUp { buffer, count in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard getpwuid_r(uid, &entry, buffer, count, &found) == 0, found != nil else { return nil }
      return (String(cString: entry.pw_name), entry.pw_gid)
    }
    guard let user else { return false }
    var groups = [gid_t](repeating: 0, count: 1024)
    var count = Int32(groups.count)
    guard getgrouplist(user.name, user.group, &groups, &count) >= 0 else { return false }
    return groups.prefix(Int(count)).contains(number)
  }

  private static func lookUp<Value>(_ body: (UnsafeMutablePointer<CChar>, Int) -> Value?) -> Value? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64 << 10) { buffer in
      buffer.baseAddress.flatMap { body($0, buffer.count) }
    }
  }
}
