/// A service to make known: one DNS-SD instance.
package struct Advertisement: Sendable, Equatable {
  /// What people see, up to 63 bytes of UTF-8; cut at a character boundary when longer, control characters left out.
  /// Not an identity: on a conflict it gets a number (RFC 6762 section 9).
  package var instanceName: String
  /// For example `_r-cli._tcp`.
  package var type: String
  /// TCP or UDP port, in host order.
  package var port: UInt16
  /// Key/value pairs; where identity belongs.
  package var txt: TXTRecord

  package init(instanceName: String, type: String, port: UInt16, txt: TXTRecord) {
    self.instanceName = instanceName
    self.type = type
    self.port = port
    self.txt = txt
  }
}
