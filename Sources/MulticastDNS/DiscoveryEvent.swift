/// What the discovery has to say.
package enum DiscoveryEvent: Sendable, Equatable {
  /// Our instance is announced under this name on at least one link. Comes again after a rename.
  case advertised(name: String)
  /// Someone else holds the name; ours is now the other one (RFC 6762 section 9). The TXT record is unchanged.
  case renamed(from: String, to: String)
  /// A service is new, or something about it changed.
  case found(ServiceInstance)
  /// A service said goodbye, stopped answering, or its link is gone.
  case lost(name: String)
  /// The interfaces in use, sorted by name; empty when there is none. Comes also when the address of one has changed.
  case interfacesChanged([String])
}
