import PeerModel

/// What the operations work with.
package struct NodeParts: Sendable {
  package let identity: Identity
  package let settings: Settings
  package let store: Store
  package let registry: Registry
  package let exchange: PeerExchange
  package let discovery: Discovery
  package let skills: SkillService
  package let events: EventHub
  /// Steady seconds of the start.
  package let started: Int
}

extension NodeParts {
  /// All operations of this node.
  package var operations: [Operation] {
    statusOperations + peerOperations + skillOperations + manifestOperations + eventOperations
  }
}
