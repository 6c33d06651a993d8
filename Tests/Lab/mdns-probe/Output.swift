import Glibc
import MulticastDNS

/// Lines with the time in milliseconds before them.
enum Output {
  static func line(_ text: String) {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    let line = "\(time.tv_sec * 1000 + time.tv_nsec / 1_000_000) \(text)\n"
    _ = line.withCString { write(1, $0, strlen($0)) }
  }

  static func show(_ event: DiscoveryEvent) {
    switch event {
    case .advertised(let name): line("ADVERTISED \(name)")
    case .renamed(let old, let new): line("RENAMED \(old) -> \(new)")
    case .lost(let name): line("LOST \(DisplayText.safe(name))")
    case .interfacesChanged(let names): line("INTERFACES \(names.joined(separator: ","))")
    case .found(let instance):
      let addresses = instance.addresses.map(\.description).joined(separator: ",")
      let texts = instance.txt.keys.map { "\($0)=\(DisplayText.safe(instance.txt.string($0) ?? ""))" }
      line(
        "FOUND \(instance.displayName) host=\(instance.host) at=\(addresses) port=\(instance.port) "
          + "on=\(instance.interfaces.joined(separator: ",")) txt=\(texts.joined(separator: ";"))")
    }
  }
}

/// Shows that an address as found leads to the service: the scope of a link-local address included.
enum Connection {
  static func attempt(_ instance: ServiceInstance) {
    for address in instance.addresses {
      Output.line("\(isReachable(address, port: instance.port) ? "CONNECTED" : "REFUSED") \(address)")
    }
  }

  private static func isReachable(_ address: ScopedAddress, port: UInt16) -> Bool {
    let descriptor = socket(address.isIPv4 ? AF_INET : AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    if address.isIPv4 {
      var target = sockaddr_in()
      target.sin_family = sa_family_t(AF_INET)
      target.sin_port = port.bigEndian
      withUnsafeMutableBytes(of: &target.sin_addr) { $0.copyBytes(from: address.bytes) }
      return reach(&target, descriptor)
    }
    var target = sockaddr_in6()
    target.sin6_family = sa_family_t(AF_INET6)
    target.sin6_port = port.bigEndian
    target.sin6_scope_id = address.scope
    withUnsafeMutableBytes(of: &target.sin6_addr) { $0.copyBytes(from: address.bytes) }
    return reach(&target, descriptor)
  }

  private static func reach<Target>(_ target: inout Target, _ descriptor: Int32) -> Bool {
    withUnsafePointer(to: &target) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<Target>.size)) == 0
      }
    }
  }
}
