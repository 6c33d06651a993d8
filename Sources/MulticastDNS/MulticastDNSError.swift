/// What can go wrong at the front door. Nothing on the wire is an error here: hostile packets are counted and dropped.
package enum MulticastDNSError: Error, Equatable, CustomStringConvertible {
  /// A system call failed while setting up. `code` is errno.
  case system(operation: String, code: Int32, text: String)
  /// Someone holds UDP port 5353 without sharing it, so that no second responder can run on this host.
  case portTaken(text: String)
  /// Neither IPv4 nor IPv6 is there.
  case noNetwork
  /// Not of the form `_name._tcp` or `_name._udp` (RFC 6763 section 7).
  case invalidServiceType(String)
  /// A TXT pair that RFC 6763 section 6 does not allow, by its key.
  case invalidTXT(key: String)

  /// One line of text for people.
  package var description: String {
    switch self {
    case .system(let operation, let code, let text): "multicast DNS: \(operation): \(text) (errno \(code))"
    case .portTaken(let text):
      "multicast DNS: UDP port 5353 is held by a program that does not share it: \(text)"
    case .noNetwork: "multicast DNS: this kernel has neither IPv4 nor IPv6"
    case .invalidServiceType(let type): "multicast DNS: not a service type: \(DisplayText.safe(type))"
    case .invalidTXT(let key): "multicast DNS: TXT pair not allowed: \(DisplayText.safe(key))"
    }
  }
}
